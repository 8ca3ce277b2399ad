/** Dates of mail headers: RFC 5322, obsolete and broken forms. */
#include "mail/date.h"

#include "jd_test.h"

#define UNUSABLE INT64_MIN

static const struct {
    const char *text;
    int64_t seconds; // UNUSABLE: no date
} cases[] = {
    { "Thu, 1 Jan 1970 00:00:00 +0000", 0 },
    { "Tue, 1 Jul 2003 10:52:37 +0200", 1057049557 },
    { "Fri, 21 Nov 1997 09:55:06 -0600", 880127706 },
    { "21 Nov 1997 09:55 -0600", 880127700 },
    { "Fri, 21 Nov 97 09:55:06 -0600", 880127706 },
    { "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", 880127706 },
    { "Fri, 21 Nov 1997 09:55:06 -0600 (CST (nested))", 880127706 },
    { "Sun, 27 Oct 2002 23:57:07 EST", 1035781027 },
    { "Thu, 10 Jul 1997 14:53:31 EST5EDT", 868564411 },
    { "Thu, 10 Jul 1997 14:53:31 A", 868546411 },
    { "Wed, 27 Jun 99 04:11 +0900 ", 930424260 },
    { "Thu,\n   13\n  Feb\n    1969\n  23:32\n  -0330 (Newfoundland Time)\n", -27723480 },
    { "2 feb 2021 09:55:06 +0200", 1612252506 },
    { "Thu Mar  3 10:00:00 2005", 1109844000 },
    { "Thu Mar  3 10:00:00 CET 2005", 1109840400 },
    { "2005-03-03T10:00:00Z", 1109844000 },
    { "2005-03-03 10:00:00 +01:00", 1109840400 },
    { "Thu, 03 Mar 2005 10:00:00 PM +0000", 1109887200 },
    { "Thu, 3 Mar 105 10:00:00 +0000", 1109844000 },
    { "Thu, 29 Feb 2024 12:00:00 GMT", 1709208000 },
    { "Thu, 3 Mar 2005", 1109808000 },
    { "31 Dec 2016 23:59:60 +0000", 1483228800 },
    { "Tue, 7 All 2026 19:14:51 +0000", UNUSABLE },
    { "Tue, 7 00 2026 19:14:51 +0000", UNUSABLE },
    { "Thu, 29 Feb 2023 12:00:00 GMT", UNUSABLE },
    { "Thu, 3 Mar 3609 10:00:00 +0000", UNUSABLE },
    { "Thu, 3 Mar 1904 10:00:00 +0000", UNUSABLE },
    { "Thu, 3 Mar 2005 25:00:00 +0000", UNUSABLE },
    { "99999999999999999999999999", UNUSABLE },
    { "yesterday", UNUSABLE },
    { "((((((", UNUSABLE },
    { "", UNUSABLE },
};

TEST(reads_dates)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int64_t expected = cases[i].seconds == UNUSABLE ? UNUSABLE : cases[i].seconds * 1000;
        int64_t actual = jd_date_parse(jd_span_of(cases[i].text));
        if (actual != expected) {
            FAIL("\"%s\" is %" PRId64 ", expected %" PRId64, cases[i].text, actual, expected);
        }
    }
}

TEST(empty_span_is_no_date)
{
    CHECK_INT(jd_date_parse((struct jd_span){ NULL, 0 }), UNUSABLE);
}

int main(void)
{
    RUN(reads_dates);
    RUN(empty_span_is_no_date);
    return REPORT();
}
