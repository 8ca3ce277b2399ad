#include "base/json.h"

#include <math.h>

#include "jd_test.h"

#define MAX_BYTES 100000

TEST(takes_rfc_8259_and_nothing_else)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        { "null", true },
        { " \t\r\n true \n", true },
        { "\"\"", true },
        { "{}", true },
        { "[]", true },
        { "{\"a\":[1,2,{\"b\":null}],\"c\":false}", true },
        { "0", true },
        { "-0.5e+10", true },
        { "1E9", true },
        { "\"\\u00e9\\ud83d\\ude00\\n\\\"\\/\"", true },
        { "\"\xC3\xA9\"", true },
        { "", false },
        { " ", false },
        { "nul", false },
        { "True", false },
        { "{", false },
        { "[1", false },
        { "[1,]", false },
        { "[,1]", false },
        { "[1 2]", false },
        { "{\"a\"}", false },
        { "{\"a\":}", false },
        { "{\"a\":1,}", false },
        { "{a:1}", false },
        { "{\"a\":1 \"b\":2}", false },
        { "{} {}", false },
        { "01", false },
        { "-", false },
        { "+1", false },
        { ".5", false },
        { "1.", false },
        { "1e", false },
        { "1e+", false },
        { "0x10", false },
        { "NaN", false },
        { "Infinity", false },
        { "1//", false },
        { "\"", false },
        { "\"\\", false },
        { "\"\\x\"", false },
        { "\"\\u12\"", false },
        { "\"\\u12g4\"", false },
        { "\"\\u0000\"", false }, // a text would end there
        { "\"\\ud83d\"", false }, // half a pair
        { "\"\\ude00\"", false },
        { "\"\\ud83d\\ud83d\"", false },
        { "\"\n\"", false },
        { "\"\x1F\"", false },
        { "\"\xFF\"", false },
        { "\"\xC3\"", false },
        { "\"\xED\xA0\x80\"", false },
        { "\xEF\xBB\xBF{}", false },
        { "'a'", false },
        { "111111111111111111111111111111111111111111111111111111111111", true },
        { "1111111111111111111111111111111111111111111111111111111111111", false },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_error error;
        struct jd_json *document = NULL;
        enum jd_status status =
                jd_json_parse(jd_span_of(cases[i].text), MAX_BYTES, &document, &error);
        if (status != (cases[i].good ? JD_OK : JD_BAD_INPUT)) {
            FAIL("%s: status %d", cases[i].text, status);
        }
        CHECK_INT(document != NULL, cases[i].good);
        jd_json_destroy(&document);
    }
    struct jd_error error;
    struct jd_json *document = NULL;
    CHECK_INT(jd_json_parse(JD_SPAN("\"a\0b\""), MAX_BYTES, &document, &error), JD_BAD_INPUT);
    CHECK_INT(jd_json_parse((struct jd_span){ NULL, 0 }, 0, &document, &error), JD_BAD_INPUT);
}

TEST(tells_line_and_column)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        { "{\n  \"a\": 1,\n  \"b\" 2\n}", "JSON line 3, column 7: ':' is missing" },
        { "[1,\n2", "JSON line 2, column 2: ',' or ']' is missing" },
        { "[tru]", "JSON line 1, column 2: no JSON value begins so" },
        { "{} x", "JSON line 1, column 4: something follows the value" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_error error;
        struct jd_json *document = NULL;
        CHECK_INT(jd_json_parse(jd_span_of(cases[i].text), MAX_BYTES, &document, &error),
                JD_BAD_INPUT);
        CHECK_TEXT(jd_span_of(error.text), cases[i].sentence);
    }
}

TEST(bounds_depth_and_size)
{
    for (int depth = 1; depth <= 40; depth++) {
        struct jd_error error;
        struct jd_json *document = NULL;
        char text[100];
        memset(text, depth % 2 ? '[' : ']', sizeof(text));
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        enum jd_status status = jd_json_parse(
                (struct jd_span){ text, (size_t)depth * 2 }, MAX_BYTES, &document, &error);
        CHECK_INT(status, depth <= 32 ? JD_OK : JD_BAD_INPUT);
        jd_json_destroy(&document);
    }
    static char deep[MAX_BYTES];
    memset(deep, '[', sizeof(deep));
    struct jd_error error;
    struct jd_json *document = NULL;
    CHECK_INT(
            jd_json_parse((struct jd_span){ deep, sizeof(deep) }, MAX_BYTES, &document, &error),
            JD_BAD_INPUT);
    CHECK_INT(jd_json_parse(JD_SPAN("[1,2]"), 4, &document, &error), JD_BAD_INPUT);
    CHECK_OK(jd_json_parse(JD_SPAN("[1,2]"), 5, &document, &error), error);
    jd_json_destroy(&document);
}

TEST(reads_values)
{
    struct jd_error error;
    struct jd_json *document;
    CHECK_OK(jd_json_parse(
                     JD_SPAN("{\"text\":\"h\\u00e9\",\"int\":-42,\"real\":1.5,\"big\":1e300,"
                             "\"huge\":1e999,\"yes\":true,\"null\":null,\"list\":[1,\"2\",{}],"
                             "\"Text\":\"other\",\"\":0}"),
                     MAX_BYTES, &document, &error),
            error);
    const struct jd_json *text = jd_json_member(document, "text");
    CHECK_TEXT(jd_json_text(text, JD_SPAN("-")), "h\xC3\xA9");
    CHECK_TEXT(jd_json_text(jd_json_member(document, "Text"), JD_SPAN("-")), "other");
    CHECK_TEXT(jd_json_text(jd_json_member(document, "int"), JD_SPAN("-")), "-");
    CHECK_TEXT(jd_json_text(jd_json_member(document, "none"), JD_SPAN("-")), "-");
    CHECK_INT(jd_json_int(jd_json_member(document, "int"), 7), -42);
    CHECK_INT(jd_json_int(jd_json_member(document, "real"), 7), 7); // no whole number
    CHECK_INT(jd_json_int(jd_json_member(document, "big"), 7), 7);
    CHECK_INT(jd_json_int(jd_json_member(document, "huge"), 7), 7);
    CHECK_INT(jd_json_int(text, 7), 7);
    CHECK(jd_json_real(jd_json_member(document, "real"), 0) == 1.5);
    CHECK(jd_json_real(jd_json_member(document, "huge"), 0) == 0);
    CHECK(jd_json_bool(jd_json_member(document, "yes"), false));
    CHECK(jd_json_bool(NULL, true));
    CHECK(jd_json_is_null(jd_json_member(document, "null")));
    CHECK(!jd_json_is_null(jd_json_member(document, "none")));
    CHECK_INT(jd_json_int(jd_json_member(document, ""), 7), 0);
    CHECK(jd_json_member(text, "x") == NULL);
    CHECK(jd_json_member(NULL, "x") == NULL);
    jd_json_destroy(&document);
    CHECK(document == NULL);
}

TEST(walks)
{
    struct jd_error error;
    struct jd_json *document;
    CHECK_OK(
            jd_json_parse(JD_SPAN("{\"a\":1,\"b\":[true,null]}"), MAX_BYTES, &document, &error),
            error);
    CHECK_INT(jd_json_count(document), 2);
    const struct jd_json *member = jd_json_first(document);
    CHECK_TEXT(jd_json_name(member), "a");
    CHECK(jd_json_is_number(member));
    member = jd_json_next(member);
    CHECK_TEXT(jd_json_name(member), "b");
    CHECK(jd_json_is_array(member));
    CHECK_INT(jd_json_count(member), 2);
    CHECK(jd_json_is_bool(jd_json_first(member)));
    CHECK_TEXT(jd_json_name(jd_json_first(member)), "");
    CHECK(jd_json_next(jd_json_next(jd_json_first(member))) == NULL);
    CHECK(jd_json_next(member) == NULL);
    CHECK(jd_json_first(NULL) == NULL);
    CHECK(jd_json_next(NULL) == NULL);
    CHECK_INT(jd_json_count(NULL), 0);
    jd_json_destroy(&document);
}

TEST(writes)
{
    struct jd_buf buf = jd_buf_init(1000);
    struct jd_json_writer writer = jd_json_writer(&buf);
    jd_json_open_object(&writer, NULL);
    jd_json_add_text(&writer, "text", JD_SPAN("a\"b\\\n\x01\xC3\xA9"));
    jd_json_add_int(&writer, "int", INT64_MIN);
    jd_json_open_array(&writer, "list");
    jd_json_add_bool(&writer, NULL, true);
    jd_json_add_null(&writer, NULL);
    jd_json_open_object(&writer, NULL);
    jd_json_close_object(&writer);
    jd_json_close_array(&writer);
    jd_json_add_time(&writer, "time", 1772355600000);
    jd_json_add_raw(&writer, "raw", JD_SPAN("[1]"));
    jd_json_close_object(&writer);
    CHECK_TEXT(jd_buf_span(&buf),
            "{\"text\":\"a\\\"b\\\\\\n\\u0001\xC3\xA9\",\"int\":-9223372036854775808,"
            "\"list\":[true,null,{}],\"time\":\"2026-03-01T09:00:00.000Z\",\"raw\":[1]}");
    jd_buf_finish(&buf);
}

TEST(writes_valid_utf8_whatever_comes)
{
    static const struct {
        struct jd_span text;
        const char *json;
    } cases[] = {
        { { NULL, 0 }, "\"\"" },
        { { "a\xFF"
            "b",
                  3 },
                "\"a\xEF\xBF\xBD"
                "b\"" },
        { { "\xC3", 1 }, "\"\xEF\xBF\xBD\"" },
        { { "\xE2\x82", 2 }, "\"\xEF\xBF\xBD\xEF\xBF\xBD\"" },
        { { "\0", 1 }, "\"\\u0000\"" },
        { { "\x7F", 1 }, "\"\x7F\"" },
        { { "\b\f\r\t", 4 }, "\"\\b\\f\\r\\t\"" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_buf buf = jd_buf_init(100);
        struct jd_json_writer writer = jd_json_writer(&buf);
        jd_json_add_text(&writer, NULL, cases[i].text);
        CHECK_TEXT(jd_buf_span(&buf), cases[i].json);
        jd_buf_finish(&buf);
    }
}

TEST(writes_reals)
{
    static const struct {
        double value;
        int digits;
        const char *text;
    } cases[] = {
        { 0, 3, "0" },
        { -0.0, 3, "0" },
        { -0.0001, 3, "0" },
        { 0.5, 3, "0.5" },
        { 0.12345, 3, "0.123" },
        { 100, 0, "100" },
        { 100, 2, "100" },
        { -1.50, 2, "-1.5" },
        { 1e300, 2, "1.0000000000000001e+300" },
        { NAN, 2, "null" },
        { INFINITY, 2, "null" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_buf buf = jd_buf_init(100);
        struct jd_json_writer writer = jd_json_writer(&buf);
        jd_json_add_real(&writer, NULL, cases[i].value, cases[i].digits);
        CHECK_TEXT(jd_buf_span(&buf), cases[i].text);
        jd_buf_finish(&buf);
    }
}

int main(void)
{
    RUN(takes_rfc_8259_and_nothing_else);
    RUN(tells_line_and_column);
    RUN(bounds_depth_and_size);
    RUN(reads_values);
    RUN(walks);
    RUN(writes);
    RUN(writes_valid_utf8_whatever_comes);
    RUN(writes_reals);
    return REPORT();
}
