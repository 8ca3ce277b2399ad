/* Reading what came: percent signs, queries, bodies, cookies, ETags; and problem documents. */
#include "gateway/request.h"

#include "gateway/problem.h"
#include "jd_test.h"

static struct jd_request request;

static void begin(const char *target)
{
    if (request.arena) {
        jd_arena_destroy(&request.arena);
        jd_buf_finish(&request.out);
        jd_json_destroy(&request.document);
    }
    request = (struct jd_request){ .arena = jd_arena_create(64 * 1024),
        .out = jd_buf_init(64 * 1024),
        .target = jd_span_of(target) };
}

TEST(decodes_percent_signs)
{
    const struct {
        const char *text;
        bool form;
        const char *expected; // NULL: refused
    } cases[] = {
        { "/a%20b", false, "/a b" },
        { "/a+b", false, "/a+b" },
        { "a+b", true, "a b" },
        { "%C3%A4", false, "\xc3\xa4" },
        { "/%2e%2e/x", false, "/../x" }, // looked up in a table of names, so harmless
        { "%", false, NULL },
        { "%2", false, NULL },
        { "a%2", false, NULL },
        { "%zz", false, NULL },
        { "%00", false, NULL },
        { "a%0d%0ab", false, NULL },
        { "a\x7f", false, NULL },
        { "", false, "" },
    };
    begin("/");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_span out = { 0 };
        bool decoded = jd_request_decode(
                request.arena, jd_span_of(cases[i].text), cases[i].form, &out);
        CHECK_INT(decoded, cases[i].expected != NULL);
        if (decoded && cases[i].expected) {
            CHECK_TEXT(out, cases[i].expected);
        }
    }
}

TEST(reads_queries)
{
    struct jd_error error;
    int64_t number;
    int flag;
    begin("/x?limit=20&unread=true&q=a%26b+c&empty=&bare");
    CHECK_INT(jd_request_parse_query(&request, &error), JD_OK);
    CHECK_TEXT(jd_query_text(&request, "q"), "a&b c");
    CHECK_TEXT(jd_query_text(&request, "empty"), "");
    CHECK(jd_query_text(&request, "absent").data == NULL);
    CHECK_INT(jd_query_int(&request, "limit", 1, 200, 50, &number, &error), JD_OK);
    CHECK_INT(number, 20);
    CHECK_INT(jd_query_int(&request, "absent", 1, 200, 50, &number, &error), JD_OK);
    CHECK_INT(number, 50);
    CHECK_INT(jd_query_bool(&request, "unread", &flag, &error), JD_OK);
    CHECK_INT(flag, 1);
    CHECK_INT(jd_query_bool(&request, "absent", &flag, &error), JD_OK);
    CHECK_INT(flag, -1);
}

TEST(refuses_wrong_queries_by_name)
{
    struct jd_error error;
    int64_t number;
    const char *const limits[] = { "/x?limit=0", "/x?limit=201", "/x?limit=", "/x?limit=-1",
        "/x?limit=1e3", "/x?limit=99999999999999999999", "/x?limit=%31x" };
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        begin(limits[i]);
        CHECK_INT(jd_request_parse_query(&request, &error), JD_OK);
        CHECK_INT(jd_query_int(&request, "limit", 1, 200, 50, &number, &error), JD_BAD_INPUT);
        CHECK_TEXT(jd_span_of(request.field), "limit");
    }
    begin("/x?a=1&a=2");
    CHECK_INT(jd_request_parse_query(&request, &error), JD_BAD_INPUT);
    CHECK_TEXT(jd_span_of(request.field), "a");
    begin("/x?a=%zz");
    CHECK_INT(jd_request_parse_query(&request, &error), JD_BAD_INPUT);
    begin("/x?1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17");
    CHECK_INT(jd_request_parse_query(&request, &error), JD_BAD_INPUT);
}

TEST(reads_etags)
{
    const struct {
        const char *value;
        enum jd_status expected;
        int64_t version;
    } cases[] = {
        { "", JD_OK, 0 },
        { "*", JD_OK, 0 },
        { "\"7\"", JD_OK, 7 },
        { " \"7\" ", JD_OK, 7 },
        { "7", JD_BAD_INPUT, 0 },
        { "\"\"", JD_BAD_INPUT, 0 },
        { "\"0\"", JD_BAD_INPUT, 0 },
        { "\"", JD_BAD_INPUT, 0 },
        { "W/\"7\"", JD_BAD_INPUT, 0 },
        { "\"7\", \"8\"", JD_BAD_INPUT, 0 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_error error;
        int64_t version = 0;
        begin("/");
        request.headers[JD_HEADER_IF_MATCH] = jd_span_of(cases[i].value);
        CHECK_INT(jd_request_if_match(&request, &version, &error), cases[i].expected);
        CHECK_INT(version, cases[i].version);
    }
}

TEST(reads_cookies)
{
    begin("/");
    request.headers[JD_HEADER_COOKIE] =
            JD_SPAN("a=1; jackdaw_refresh=s3cret; xjackdaw_refresh=no");
    CHECK_TEXT(jd_request_cookie(&request, "jackdaw_refresh"), "s3cret");
    CHECK_TEXT(jd_request_cookie(&request, "a"), "1");
    CHECK_TEXT(jd_request_cookie(&request, "jackdaw"), "");
}

TEST(checks_bodies)
{
    struct jd_error error;
    struct jd_span text;
    int flag;
    begin("/");
    struct jd_span body = JD_SPAN("{\"name\":\"robin\",\"unread\":false,\"n\":1,\"nil\":null}");
    CHECK_INT(jd_json_parse(body, body.len, &request.document, &error), JD_OK);
    CHECK_INT(jd_body_text(&request, "name", 1, 10, &text, &error), JD_OK);
    CHECK_TEXT(text, "robin");
    CHECK_INT(jd_body_text(&request, "name", 1, 4, &text, &error), JD_BAD_INPUT);
    CHECK_INT(jd_body_text(&request, "n", 1, 10, &text, &error), JD_BAD_INPUT);
    CHECK_TEXT(jd_span_of(request.field), "n");
    CHECK_INT(jd_body_text(&request, "nil", 1, 10, &text, &error), JD_BAD_INPUT);
    CHECK_INT(jd_body_text(&request, "absent", 1, 10, &text, &error), JD_OK);
    CHECK_INT(text.len, 0);
    CHECK_INT(jd_body_bool(&request, "unread", &flag, &error), JD_OK);
    CHECK_INT(flag, 0);
    CHECK_INT(jd_body_bool(&request, "name", &flag, &error), JD_BAD_INPUT);
    CHECK_INT(jd_body_choice(&request, "name", "kim robin", &text, &error), JD_OK);
    CHECK_INT(jd_body_choice(&request, "name", "kim robins", &text, &error), JD_BAD_INPUT);
}

TEST(writes_problems)
{
    struct jd_error error;
    begin("/");
    CHECK_INT(jd_request_refuse(&request, &error, "limit", "limit is %d", 7), JD_BAD_INPUT);
    jd_problem_from_error(&request, JD_BAD_INPUT, &error);
    CHECK_INT(request.answer.status, 400);
    CHECK_TEXT(jd_span_of(request.answer.content_type), "application/problem+json");
    CHECK_TEXT(request.answer.body,
            "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
            "\"detail\":\"limit is 7\",\"field\":\"limit\"}");
    begin("/");
    jd_problem_resync(&request, 12, 34);
    CHECK_INT(request.answer.status, 410);
    CHECK(strstr(request.answer.body.data, "\"position\":\"12.34\"") != NULL);
}

TEST(each_class_has_its_status)
{
    const struct {
        enum jd_status status;
        unsigned expected;
    } cases[] = {
        { JD_BAD_INPUT, 400 },
        { JD_UNAUTHORISED, 401 },
        { JD_GONE, 404 },
        { JD_NONE, 404 },
        { JD_REJECTED, 409 },
        { JD_RATE_LIMITED, 429 },
        { JD_RETRY_LATER, 503 },
        { JD_CANCELLED, 503 },
        { JD_BUG, 500 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK_INT(jd_problem_status(cases[i].status), cases[i].expected);
    }
}

int main(void)
{
    RUN(decodes_percent_signs);
    RUN(reads_queries);
    RUN(refuses_wrong_queries_by_name);
    RUN(reads_etags);
    RUN(reads_cookies);
    RUN(checks_bodies);
    RUN(writes_problems);
    RUN(each_class_has_its_status);
    begin("/");
    jd_arena_destroy(&request.arena);
    return REPORT();
}
