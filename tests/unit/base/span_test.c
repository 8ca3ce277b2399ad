#include "base/span.h"

#include "jd_test.h"

TEST(cuts)
{
    struct jd_span text = JD_SPAN("hello");
    CHECK_TEXT(jd_span_sub(text, 1, 3), "ell");
    CHECK_TEXT(jd_span_sub(text, 3, 100), "lo");
    CHECK_TEXT(jd_span_sub(text, 100, 1), "");
    CHECK_TEXT(jd_span_sub((struct jd_span){ NULL, 0 }, 1, 1), "");
}

TEST(compares)
{
    CHECK(jd_span_starts(JD_SPAN("hello"), JD_SPAN("he")));
    CHECK(!jd_span_starts(JD_SPAN("h"), JD_SPAN("he")));
    CHECK(jd_span_ends(JD_SPAN("hello"), JD_SPAN("lo")));
    CHECK(!jd_span_ends(JD_SPAN("o"), JD_SPAN("lo")));
    CHECK(jd_span_equal_nocase(JD_SPAN("HeLLo"), JD_SPAN("hEllO")));
    CHECK(!jd_span_equal_nocase(JD_SPAN("hello"), JD_SPAN("hellO!")));
    CHECK(jd_span_compare(JD_SPAN("a"), JD_SPAN("b")) < 0);
    CHECK(jd_span_compare(JD_SPAN("ab"), JD_SPAN("a")) > 0);
    CHECK_INT(jd_span_compare(JD_SPAN(""), (struct jd_span){ NULL, 0 }), 0);
}

TEST(trims)
{
    CHECK_TEXT(jd_span_trim(JD_SPAN(" \t\r\n a b \n")), "a b");
    CHECK_TEXT(jd_span_trim(JD_SPAN(" \n ")), "");
    CHECK_SPAN(jd_span_trim(JD_SPAN("\0a\0")), JD_SPAN("\0a\0"));
}

TEST(splits)
{
    static const char *const parts[] = { "a", "", "b", "" };
    struct jd_span rest = JD_SPAN("a,,b,"), part;
    size_t count = 0;
    while (jd_span_split(&rest, ',', &part)) {
        CHECK(count < 4);
        CHECK_TEXT(part, parts[count]);
        count++;
    }
    CHECK_INT(count, 4);
}

int main(void)
{
    RUN(cuts);
    RUN(compares);
    RUN(trims);
    RUN(splits);
    return REPORT();
}
