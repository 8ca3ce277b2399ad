#include "base/clock.h"

#include "jd_test.h"

TEST(formats_and_parses_the_same)
{
    static const struct {
        int64_t time_ms;
        const char *text;
    } cases[] = {
        { 0, "1970-01-01T00:00:00.000Z" },
        { -1, "1969-12-31T23:59:59.999Z" },
        { 1772355600000, "2026-03-01T09:00:00.000Z" },
        { 951782400000, "2000-02-29T00:00:00.000Z" },
        { 951868800000, "2000-03-01T00:00:00.000Z" },
        { 4107542400000, "2100-03-01T00:00:00.000Z" },
        { 1709164799999, "2024-02-28T23:59:59.999Z" },
        { -62167219200000, "0000-01-01T00:00:00.000Z" },
        { 253402300799999, "9999-12-31T23:59:59.999Z" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[JD_CLOCK_TEXT_BYTES];
        int64_t time_ms = 1;
        jd_clock_format(cases[i].time_ms, text);
        CHECK_TEXT(jd_span_of(text), cases[i].text);
        CHECK(jd_clock_parse(jd_span_of(cases[i].text), &time_ms));
        CHECK_INT(time_ms, cases[i].time_ms);
    }
}

TEST(clamps)
{
    char text[JD_CLOCK_TEXT_BYTES];
    jd_clock_format(INT64_MIN, text);
    CHECK_TEXT(jd_span_of(text), "0000-01-01T00:00:00.000Z");
    jd_clock_format(INT64_MAX, text);
    CHECK_TEXT(jd_span_of(text), "9999-12-31T23:59:59.999Z");
}

TEST(round_trips_every_day)
{
    char text[JD_CLOCK_TEXT_BYTES];
    for (int64_t day = -719528; day <= 2932896; day += 1) {
        int64_t time_ms = day * 86400000 + 12345678, parsed = 0;
        jd_clock_format(time_ms, text);
        if (!jd_clock_parse(jd_span_of(text), &parsed) || parsed != time_ms) {
            FAIL("day %" PRId64 " gives %s", day, text);
            return;
        }
    }
}

TEST(parses)
{
    static const struct {
        const char *text;
        int64_t time_ms; // -1: refused
    } cases[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01t00:00:01z", 1000 },
        { "1970-01-01 00:00:01Z", 1000 },
        { "1970-01-01T00:00:00.5Z", 500 },
        { "1970-01-01T00:00:00.123456789Z", 123 },
        { "1970-01-01T01:00:00+01:00", 0 },
        { "1969-12-31T23:00:00-01:00", 0 },
        { "1970-01-01T00:00:60Z", 60000 }, // a leap second is the next minute's first
        { "", -1 },
        { "1970-01-01", -1 },
        { "1970-01-01T00:00:00", -1 },
        { "1970-01-01T00:00Z", -1 },
        { "1970-01-01T00:00:00.Z", -1 },
        { "1970-01-01T00:00:00Z ", -1 },
        { "1970-01-01T24:00:00Z", -1 },
        { "1970-01-01T00:60:00Z", -1 },
        { "1970-01-01T00:00:61Z", -1 },
        { "1970-13-01T00:00:00Z", -1 },
        { "1970-00-01T00:00:00Z", -1 },
        { "1970-01-00T00:00:00Z", -1 },
        { "1970-04-31T00:00:00Z", -1 },
        { "1900-02-29T00:00:00Z", -1 },
        { "1970-01-01T00:00:00+0100", -1 },
        { "1970-01-01T00:00:00+24:00", -1 },
        { "+970-01-01T00:00:00Z", -1 },
        { "1970-1-01T00:00:00Z", -1 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t time_ms = -1;
        bool parsed = jd_clock_parse(jd_span_of(cases[i].text), &time_ms);
        if (parsed != (cases[i].time_ms >= 0) || time_ms != cases[i].time_ms) {
            FAIL("\"%s\" gives %" PRId64, cases[i].text, time_ms);
        }
    }
}

TEST(freezes)
{
    jd_clock_freeze(42);
    CHECK_INT(jd_clock_now_ms(), 42);
    jd_clock_freeze(0);
    CHECK(jd_clock_now_ms() > 1600000000000);
    int64_t before = jd_clock_monotonic_us();
    CHECK(jd_clock_monotonic_us() >= before);
    CHECK(jd_clock_monotonic_ms() >= before / 1000);
}

int main(void)
{
    RUN(formats_and_parses_the_same);
    RUN(clamps);
    RUN(round_trips_every_day);
    RUN(parses);
    RUN(freezes);
    return REPORT();
}
