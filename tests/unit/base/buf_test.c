#include "base/buf.h"

#include "jd_test.h"

TEST(appends_and_terminates)
{
    struct jd_buf buf = jd_buf_init(100);
    CHECK_TEXT(jd_buf_span(&buf), "");
    jd_buf_text(&buf, "a");
    jd_buf_char(&buf, 'b');
    jd_buf_add(&buf, JD_SPAN("cd"));
    jd_buf_add(&buf, (struct jd_span){ NULL, 0 });
    jd_buf_format(&buf, "%d-%s", 5, "e");
    CHECK_TEXT(jd_buf_span(&buf), "abcd5-e");
    CHECK_INT(buf.data[buf.len], 0);
    CHECK(!buf.failed);
    jd_buf_finish(&buf);
    CHECK(buf.data == NULL && buf.max_bytes == 100);
}

TEST(drops_what_passes_the_maximum)
{
    static const struct {
        size_t max;
        const char *first, *second, *kept;
        bool failed;
    } cases[] = {
        { 0, "", "", "", false }, { 0, "a", "", "", true }, { 3, "abc", "", "abc", false },
        { 3, "ab", "cd", "ab", true },
        { 3, "abcd", "e", "", true }, // once failed, nothing more: no text with a hole
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_buf added = jd_buf_init(cases[i].max);
        struct jd_buf formatted = jd_buf_init(cases[i].max);
        jd_buf_text(&added, cases[i].first);
        jd_buf_text(&added, cases[i].second);
        jd_buf_format(&formatted, "%s", cases[i].first);
        jd_buf_format(&formatted, "%s", cases[i].second);
        CHECK_TEXT(jd_buf_span(&added), cases[i].kept);
        CHECK_TEXT(jd_buf_span(&formatted), cases[i].kept);
        CHECK_INT(added.failed, cases[i].failed);
        CHECK_INT(formatted.failed, cases[i].failed);
        jd_buf_finish(&added);
        jd_buf_finish(&formatted);
    }
}

TEST(formats_at_every_length)
{
    struct jd_buf buf = jd_buf_init(200);
    for (int width = 1; width <= 200; width++) {
        jd_buf_clear(&buf);
        jd_buf_format(&buf, "%*d", width, 7);
        CHECK_INT(buf.len, width);
        CHECK(!buf.failed);
        CHECK_INT(buf.data[buf.len], 0);
    }
    jd_buf_clear(&buf);
    jd_buf_format(&buf, "%*d", 201, 7);
    CHECK(buf.failed);
    CHECK_TEXT(jd_buf_span(&buf), "");
    CHECK_INT(buf.data[0], 0);
    jd_buf_finish(&buf);
}

TEST(reserves)
{
    struct jd_buf buf = jd_buf_init(10);
    char *room = jd_buf_reserve(&buf, 10);
    memcpy(room, "abcde", 5);
    buf.len += 5;
    CHECK_INT(buf.data[5], 0); // filled less than asked for: still terminated
    CHECK(jd_buf_reserve(&buf, 5) != NULL);
    CHECK(jd_buf_reserve(&buf, 6) == NULL);
    CHECK(buf.failed);
    jd_buf_clear(&buf);
    CHECK(!buf.failed);
    CHECK_TEXT(jd_buf_span(&buf), "");
    CHECK(jd_buf_reserve(&buf, SIZE_MAX) == NULL);
    jd_buf_finish(&buf);
}

TEST(is_a_sink)
{
    struct jd_buf buf = jd_buf_init(5);
    struct jd_buf_sink sink = jd_buf_sink(&buf);
    CHECK_INT(sink.sink.write(&sink.sink, JD_SPAN("abc")), JD_OK);
    CHECK_INT(sink.sink.write(&sink.sink, JD_SPAN("def")), JD_BAD_INPUT);
    CHECK_TEXT(jd_buf_span(&buf), "abc");
    jd_buf_finish(&buf);
}

int main(void)
{
    RUN(appends_and_terminates);
    RUN(drops_what_passes_the_maximum);
    RUN(formats_at_every_length);
    RUN(reserves);
    RUN(is_a_sink);
    return REPORT();
}
