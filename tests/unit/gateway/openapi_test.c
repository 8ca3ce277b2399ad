/* The page as JSON, and what of YAML it may not use. */
#include "gateway/openapi.h"

#include "base/file.h"
#include "base/json.h"
#include "jd_test.h"

TEST(small_pages)
{
    const struct {
        const char *yaml, *json; // json NULL: refused
    } cases[] = {
        { "a: 1\n", "{\"a\":1}" },
        { "# said\na: x y\n\nb: true\n", "{\"a\":\"x y\",\"b\":true}" },
        { "a:\n  b:\n    c: \"d: e\"\n  f: null\n",
                "{\"a\":{\"b\":{\"c\":\"d: e\"},\"f\":null}}" },
        { "a:\n  - x\n  - \"1\"\n", "{\"a\":[\"x\",\"1\"]}" },
        { "a:\n  - type: o\n    n: 2\n  - { k: v }\n",
                "{\"a\":[{\"type\":\"o\",\"n\":2},{\"k\":\"v\"}]}" },
        { "a: { b: [c, \"n,]\"], d: {} }\n", "{\"a\":{\"b\":[\"c\",\"n,]\"],\"d\":{}}}" },
        { "\"200\": { $ref: \"#/x\" }\n", "{\"200\":{\"$ref\":\"#/x\"}}" },
        { "/p/{id}:\n  get: x\n", "{\"/p/{id}\":{\"get\":\"x\"}}" },
        { "a: \"q\\\"q\"\n", "{\"a\":\"q\\\"q\"}" },
        { "a: -\n", "{\"a\":\"-\"}" },
        { "", NULL },
        { "a\n", NULL },
        { "a:\n", NULL },
        { "a: { b: 1\n", NULL },
        { "a: [1, 2\n", NULL },
        { "a: \"open\n", NULL },
        { "a: { b: 1 } c\n", NULL },
        { "a: 1\n  b: 2\n", NULL },
        { "a:\n    b: 1\n  c: 2\n", NULL },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_buf out = jd_buf_init(4096);
        struct jd_error error;
        enum jd_status status = jd_openapi_json(jd_span_of(cases[i].yaml), &out, &error);
        if (cases[i].json == NULL) {
            CHECK_INT(status, JD_BUG);
        } else {
            CHECK_OK(status, error);
            CHECK_TEXT(jd_buf_span(&out), cases[i].json);
        }
        jd_buf_finish(&out);
    }
}

TEST(nesting_is_bounded)
{
    char yaml[400] = "a: ";
    memset(yaml + 3, '[', 200);
    struct jd_buf out = jd_buf_init(4096);
    struct jd_error error;
    CHECK_INT(jd_openapi_json(jd_span_of(yaml), &out, &error), JD_BUG);
    jd_buf_finish(&out);
}

/* Every reference of the page leads somewhere. */
static void check_references(const struct jd_json *page, const struct jd_json *value)
{
    const struct jd_json *child = jd_json_first(value);
    for (; child; child = jd_json_next(child)) {
        struct jd_span target = jd_json_text(child, (struct jd_span){ "", 0 });
        if (!jd_span_equal(jd_json_name(child), JD_SPAN("$ref"))) {
            check_references(page, child);
            continue;
        }
        char path[200];
        snprintf(path, sizeof(path), "%.*s", (int)target.len, target.data);
        const struct jd_json *at = page;
        CHECK(strncmp(path, "#/", 2) == 0);
        for (char *part = strtok(path + 2, "/"); part && at; part = strtok(NULL, "/")) {
            at = jd_json_member(at, part);
        }
        if (!at) {
            FAIL("%.*s leads nowhere", (int)target.len, target.data);
        }
    }
}

TEST(the_whole_page)
{
    struct jd_buf yaml = jd_buf_init(1024 * 1024), out = jd_buf_init(1024 * 1024);
    struct jd_error error;
    struct jd_json *page = NULL;
    CHECK_OK(jd_file_read(JD_SOURCE_DIR "/core/gateway/openapi.yaml", &yaml, &error), error);
    CHECK_OK(jd_openapi_json(jd_buf_span(&yaml), &out, &error), error);
    CHECK_OK(jd_json_parse(jd_buf_span(&out), out.len, &page, &error), error);
    CHECK_TEXT(jd_json_text(jd_json_member(page, "openapi"), JD_SPAN("")), "3.1.0");
    check_references(page, page);
    jd_json_destroy(&page);
    jd_buf_finish(&out);
    jd_buf_finish(&yaml);
}

int main(void)
{
    RUN(small_pages);
    RUN(nesting_is_bounded);
    RUN(the_whole_page);
    return REPORT();
}
