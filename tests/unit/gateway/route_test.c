/* The route table and openapi.yaml say the same: paths, methods, who may, parameters, bodies.
 */
#include "gateway/route.h"

#include <ctype.h>

#include "base/file.h"
#include "base/span.h"
#include "gateway/openapi.h"
#include "jd_test.h"

static struct jd_json *page;
static const struct jd_span none = { "", 0 };

static const struct {
    const char *name;
    enum jd_method method;
} methods[] = {
    { "get", JD_METHOD_GET },
    { "post", JD_METHOD_POST },
    { "put", JD_METHOD_PUT },
    { "patch", JD_METHOD_PATCH },
    { "delete", JD_METHOD_DELETE },
};

static const struct jd_json *resolve(const struct jd_json *value)
{
    char path[200];
    struct jd_span target = jd_json_text(jd_json_member(value, "$ref"), none);
    if (target.len == 0) {
        return value;
    }
    snprintf(path, sizeof(path), "%.*s", (int)target.len, target.data);
    const struct jd_json *at = page;
    for (char *part = strtok(path + 2, "/"); part; part = strtok(NULL, "/")) {
        at = jd_json_member(at, part);
    }
    return at;
}

/* "/messages/{id}" as the table writes it: "/messages/{}". */
static void plain_path(struct jd_span path, char *out)
{
    bool inside = false;
    for (size_t i = 0; i < path.len; i++) {
        inside = path.data[i] == '}' ? false : inside;
        if (!inside) {
            *out++ = path.data[i];
        }
        inside = path.data[i] == '{' ? true : inside;
    }
    *out = '\0';
}

static const struct jd_route *route_of(const char *path, enum jd_method method)
{
    for (const struct jd_route *route = jd_routes; route->path; route++) {
        if (route->method == method && strcmp(route->path, path) == 0) {
            return route;
        }
    }
    return NULL;
}

static int words_in(const char *text)
{
    int count = 0;
    for (; *text; text++) {
        count += !isspace((unsigned char)*text) && (text[1] == ' ' || text[1] == '\0');
    }
    return count;
}

static void check_parameters(const struct jd_route *route, const struct jd_json *operation)
{
    int count = 0;
    const struct jd_json *each = jd_json_first(jd_json_member(operation, "parameters"));
    for (; each; each = jd_json_next(each)) {
        const struct jd_json *parameter = resolve(each);
        struct jd_span name = jd_json_text(jd_json_member(parameter, "name"), none);
        if (!jd_span_equal(
                    jd_json_text(jd_json_member(parameter, "in"), none), JD_SPAN("query"))) {
            continue;
        }
        count++;
        if (!jd_is_choice(name, route->query)) {
            FAIL("%s does not take %.*s", route->path, (int)name.len, name.data);
        }
    }
    CHECK_INT(words_in(route->query), count);
}

static bool is_required(const struct jd_json *schema, struct jd_span name)
{
    const struct jd_json *each = jd_json_first(jd_json_member(schema, "required"));
    for (; each; each = jd_json_next(each)) {
        if (jd_span_equal(jd_json_text(each, none), name)) {
            return true;
        }
    }
    return false;
}

static void check_body(const struct jd_route *route, const struct jd_json *operation)
{
    const struct jd_json *body = jd_json_member(operation, "requestBody");
    if (!body || !route->body) {
        CHECK(!body && !route->body);
        return;
    }
    const struct jd_json *schema = resolve(jd_json_member(
            jd_json_member(jd_json_member(body, "content"), "application/json"), "schema"));
    int count = 0;
    const struct jd_json *member = jd_json_first(jd_json_member(schema, "properties"));
    for (; member; member = jd_json_next(member)) {
        char word[80];
        struct jd_span name = jd_json_name(member);
        snprintf(word, sizeof(word), "%.*s%s", (int)name.len, name.data,
                is_required(schema, name) ? "!" : "");
        count++;
        if (!jd_is_choice(jd_span_of(word), route->body)) {
            FAIL("%s does not take the member %s", route->path, word);
        }
    }
    CHECK_INT(words_in(route->body), count);
}

static void
check_operation(const char *path, enum jd_method method, const struct jd_json *operation)
{
    const struct jd_route *route = route_of(path, method);
    if (!route) {
        FAIL("no route for %s", path);
        return;
    }
    const struct jd_json *security = jd_json_member(operation, "security");
    bool is_public = security && jd_json_count(security) == 0;
    if (is_public != (route->role == 0)) {
        FAIL("%s: public is %d in the page", path, is_public);
    }
    check_parameters(route, operation);
    check_body(route, operation);
}

TEST(the_page_and_the_table_agree)
{
    int operations = 0, routes = 0;
    const struct jd_json *path = jd_json_first(jd_json_member(page, "paths"));
    for (; path; path = jd_json_next(path)) {
        char plain[100];
        plain_path(jd_json_name(path), plain);
        for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
            const struct jd_json *operation = jd_json_member(path, methods[i].name);
            if (operation) {
                operations++;
                check_operation(plain, methods[i].method, operation);
            }
        }
    }
    for (const struct jd_route *route = jd_routes; route->path; route++) {
        routes++;
    }
    CHECK(operations > 20);
    CHECK_INT(operations, routes); // each route was found once
}

TEST(paths_find_their_routes)
{
    const struct {
        enum jd_method method;
        const char *path;
        const char *route; // NULL: none
        const char *id, *allow;
    } cases[] = {
        { JD_METHOD_GET, "/api/v1/messages", "/api/v1/messages", "", "" },
        { JD_METHOD_GET, "/api/v1/messages/", NULL, "", "" },
        { JD_METHOD_GET, "/api/v1/messages/counts", "/api/v1/messages/counts", "", "" },
        { JD_METHOD_GET, "/api/v1/messages/01K3", "/api/v1/messages/{}", "01K3", "" },
        { JD_METHOD_GET, "/api/v1/messages/01K3/explain", "/api/v1/messages/{}/explain", "01K3",
                "" },
        { JD_METHOD_GET, "/api/v1/messages/01K3/other", NULL, "", "" },
        { JD_METHOD_DELETE, "/api/v1/messages/01K3", NULL, "", "GET, HEAD, PATCH, OPTIONS" },
        { JD_METHOD_PATCH, "/api/v1/accounts", NULL, "", "GET, HEAD, POST, OPTIONS" },
        { JD_METHOD_OPTIONS, "/api/v1/auth/login", NULL, "", "POST, OPTIONS" },
        { JD_METHOD_GET, "/", NULL, "", "" },
        { JD_METHOD_GET, "", NULL, "", "" },
        { JD_METHOD_GET, "/api/v1/messages/a/b/c", NULL, "", "" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_request request = { .method = cases[i].method,
            .path = jd_span_of(cases[i].path),
            .arena = jd_arena_create(64 * 1024),
            .ids = { none, none } };
        const char *allow;
        const struct jd_route *route = jd_route_find(&request, &allow);
        if ((route == NULL) != (cases[i].route == NULL) ||
                (route && strcmp(route->path, cases[i].route) != 0)) {
            FAIL("%s finds %s", cases[i].path, route ? route->path : "nothing");
        }
        CHECK_TEXT(request.ids[0], cases[i].id);
        CHECK_TEXT(jd_span_of(allow), cases[i].allow);
        jd_arena_destroy(&request.arena);
    }
}

static void load_page(void)
{
    struct jd_buf yaml = jd_buf_init(1024 * 1024), json = jd_buf_init(1024 * 1024);
    struct jd_error error = { 0 };
    if (jd_file_read(JD_SOURCE_DIR "/core/gateway/openapi.yaml", &yaml, &error) != JD_OK ||
            jd_openapi_json(jd_buf_span(&yaml), &json, &error) != JD_OK ||
            jd_json_parse(jd_buf_span(&json), json.len, &page, &error) != JD_OK) {
        printf("# %s\n", error.text);
    }
    jd_buf_finish(&yaml);
    jd_buf_finish(&json);
}

int main(void)
{
    load_page();
    RUN(the_page_and_the_table_agree);
    RUN(paths_find_their_routes);
    jd_json_destroy(&page);
    return REPORT();
}
