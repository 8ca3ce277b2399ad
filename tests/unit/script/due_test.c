/* Date phrases against a known day, in three zones, over both changes of the clocks. */
#include "script/due.h"

#include "jd_test.h"

#define BERLIN    "CET-1CEST,M3.5.0,M10.5.0/3"
#define NEW_YORK  "EST5EDT,M3.2.0,M11.1.0"

/* Monday, 3 March 2025, 10:00 in Berlin. */
#define MONDAY_MS 1740992400000

static struct jd_fold fold;

/* "2025-03-07", "2025-03-07T17:00" or "" in the zone. */
static void find(const char *sentence, const char *zone_text, int64_t date_ms, char out[64])
{
    struct jd_zone zone;
    struct jd_error error;
    struct jd_due due;
    struct jd_buf folded = jd_buf_init(10000);
    out[0] = '\0';
    CHECK_OK(jd_zone_read_posix(jd_span_of(zone_text), &zone, &error), error);
    jd_fold_append(&fold, &folded, jd_span_of(sentence));
    if (jd_due_find(jd_buf_span(&folded), &zone, date_ms, &due)) {
        struct jd_civil c = jd_civil_of_days(due.day);
        snprintf(out, 64, "%04d-%02d-%02d", c.year, c.month, c.day);
        if (due.has_time) {
            snprintf(out + 10, 54, "T%02d:%02d", due.hour, due.minute);
        }
    }
    jd_buf_finish(&folded);
}

static const struct {
    const char *sentence, *due;
} phrases[] = {
    // weekdays
    { "Please pay by Friday.", "2025-03-07" },
    { "Can you send it by friday?", "2025-03-07" },
    { "I need this on Wednesday", "2025-03-05" },
    { "by this Thursday", "2025-03-06" },
    { "by next Friday", "2025-03-14" },
    { "Please reply by Monday", "2025-03-03" },
    { "next Monday works", "2025-03-10" },
    { "by Fri.", "2025-03-07" },
    { "no later than Tuesday", "2025-03-04" },
    { "Friday next week", "2025-03-14" },
    { "The deadline is Sunday", "2025-03-09" },
    { "due Thursday, thanks", "2025-03-06" },
    { "bis Freitag", "2025-03-07" },
    { "Bitte bis spätestens Donnerstag antworten", "2025-03-06" },
    { "bis nächsten Freitag", "2025-03-07" },
    { "am kommenden Dienstag", "2025-03-04" },
    { "Freitag nächster Woche", "2025-03-14" },
    { "Abgabe ist am Mittwoch", "2025-03-05" },
    { "bis Fr.", "2025-03-07" },
    { "bis zum Samstag", "2025-03-08" },
    // near days
    { "today please", "2025-03-03" },
    { "by tomorrow", "2025-03-04" },
    { "the day after tomorrow", "2025-03-05" },
    { "tomorrow morning", "2025-03-04" },
    { "bis heute Abend", "2025-03-03" },
    { "Kannst du das bis morgen machen?", "2025-03-04" },
    { "übermorgen", "2025-03-05" },
    { "Guten Morgen", "" },
    { "morgen früh", "2025-03-04" },
    { "tonight", "2025-03-03" },
    // day and month
    { "until 7 March", "2025-03-07" },
    { "before March 15", "2025-03-15" },
    { "by March 7th, 2026", "2026-03-07" },
    { "by the 7th of April", "2025-04-07" },
    { "due 21st March 2025", "2025-03-21" },
    { "on Apr. 2", "2025-04-02" },
    { "by January 10", "2026-01-10" },
    { "until Feb 28", "" },
    { "by May 5", "2025-05-05" },
    { "You may 5 times", "" },
    { "bis 7. März", "2025-03-07" },
    { "bis zum 15. April 2025", "2025-04-15" },
    { "bis 7. Maerz 2026", "2026-03-07" },
    { "spätestens am 1. Juni", "2025-06-01" },
    { "bis zum 15.", "2025-03-15" },
    { "bis zum 2.", "2025-04-02" },
    { "by the 15th", "2025-03-15" },
    { "by the 31st", "2025-03-31" },
    { "by February 30", "" },
    // numbers
    { "by 2025-03-07", "2025-03-07" },
    { "Deadline: 2025-12-31", "2025-12-31" },
    { "bis 7.3.", "2025-03-07" },
    { "bis 07.03.2025", "2025-03-07" },
    { "bis zum 7.3.25 bitte", "2025-03-07" },
    { "zahlbar bis 31.03.2025", "2025-03-31" },
    { "due 3/14/2025", "2025-03-14" },
    { "due 14/3/2025", "2025-03-14" },
    { "by 3/14", "2025-03-14" },
    { "about 3/4 of them", "" },
    { "version 3.5.2 is out", "" },
    { "total 19.90 euro", "" },
    // times of day
    { "by 5 pm", "2025-03-03T17:00" },
    { "by 9 am", "2025-03-04T09:00" },
    { "until 17:00", "2025-03-03T17:00" },
    { "by Friday at 5 pm", "2025-03-07T17:00" },
    { "by 5:30 p.m. on Friday", "2025-03-07T17:30" },
    { "by noon tomorrow", "2025-03-04T12:00" },
    { "bis Freitag um 17 Uhr", "2025-03-07T17:00" },
    { "bis morgen, 12:30 Uhr", "2025-03-04T12:30" },
    { "bis 17 Uhr", "2025-03-03T17:00" },
    { "bis Freitag 12 Uhr", "2025-03-07T12:00" },
    { "by 2025-03-07 14:00", "2025-03-07T14:00" },
    { "the meeting took 2:30", "" },
    // periods
    { "by end of day", "2025-03-03" },
    { "by EOD Friday", "2025-03-07" },
    { "by close of business on Wednesday", "2025-03-05" },
    { "by end of week", "2025-03-07" },
    { "by the end of this week", "2025-03-07" },
    { "end of next week", "2025-03-14" },
    { "by the end of the month", "2025-03-31" },
    { "by end of next month", "2025-04-30" },
    { "end of March", "2025-03-31" },
    { "by the end of the year", "2025-12-31" },
    { "by the end of the quarter", "2025-03-31" },
    { "next week", "2025-03-14" },
    { "this week", "2025-03-07" },
    { "over the weekend", "2025-03-09" },
    { "next month", "2025-04-30" },
    { "EOM", "2025-03-31" },
    { "bis Ende der Woche", "2025-03-07" },
    { "bis Ende des Monats", "2025-03-31" },
    { "bis Monatsende", "2025-03-31" },
    { "bis Ende April", "2025-04-30" },
    { "nächste Woche", "2025-03-14" },
    { "bis Jahresende", "2025-12-31" },
    { "Mitte April", "2025-04-15" },
    { "in KW 12", "2025-03-21" },
    { "bis zum Wochenende", "2025-03-09" },
    // spans
    { "in 3 days", "2025-03-06" },
    { "within two weeks", "2025-03-17" },
    { "within 5 business days", "2025-03-10" },
    { "in a week", "2025-03-10" },
    { "in a month", "2025-04-03" },
    { "in drei Tagen", "2025-03-06" },
    { "innerhalb von 14 Tagen", "2025-03-17" },
    { "in den nächsten zwei Wochen", "2025-03-17" },
    { "within 24 hours", "2025-03-04T10:00" },
    { "in 2 Stunden", "2025-03-03T12:00" },
    { "in 30 minutes", "2025-03-03T10:30" },
    // what is none
    { "since Friday", "" },
    { "last Tuesday was fine", "" },
    { "seit Montag", "" },
    { "3 days ago", "" },
    { "It was on 1.3.2025", "" },
    { "on 2024-03-07", "" },
    { "Total: 5 items", "" },
    { "sun is shining", "" },
    { "so it is", "" },
    { "see http://example.com/2.3", "" },
    { "", "" },
    // the marked one wins
    { "We met on Tuesday, please answer by Thursday", "2025-03-06" },
    { "From Monday on we wait, due Wednesday", "2025-03-05" },
};

TEST(phrases)
{
    for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++) {
        char got[64];
        find(phrases[i].sentence, BERLIN, MONDAY_MS, got);
        if (strcmp(got, phrases[i].due) != 0) {
            FAIL("\"%s\" is due \"%s\", expected \"%s\"", phrases[i].sentence, got,
                    phrases[i].due);
        }
    }
    printf("# %zu phrases\n", sizeof(phrases) / sizeof(*phrases));
}

/* The last millisecond of the day, in UTC, on days of 23, 24 and 25 hours. */
static const struct {
    const char *sentence, *zone;
    int64_t date_ms, due_ms;
} instants[] = {
    { "by Friday", "UTC0", MONDAY_MS, 1741391999999 },
    { "by Friday", BERLIN, MONDAY_MS, 1741388399999 },
    { "by Friday", NEW_YORK, MONDAY_MS, 1741409999999 },
    // 30 March 2025: 02:00 becomes 03:00 in Berlin
    { "by 2025-03-30", BERLIN, MONDAY_MS, 1743371999999 },
    { "by 2025-03-30 02:30", BERLIN, MONDAY_MS, 1743298200000 },
    { "by 2025-03-30 03:30", BERLIN, MONDAY_MS, 1743298200000 },
    // 26 October 2025: 03:00 becomes 02:00
    { "by 2025-10-26", BERLIN, MONDAY_MS, 1761519599999 },
    { "by 2025-10-26 02:30", BERLIN, MONDAY_MS, 1761438600000 },
    // 9 March and 2 November 2025 in New York
    { "by 2025-03-09", NEW_YORK, MONDAY_MS, 1741579199999 },
    { "by 2025-11-02 01:30", NEW_YORK, MONDAY_MS, 1762061400000 },
    // the day is the owner's: 23:30 UTC on Sunday is Monday in Berlin
    { "today", BERLIN, 1740958200000, 1741042799999 },
    { "today", "UTC0", 1740958200000, 1740959999999 },
};

TEST(instants_and_clock_changes)
{
    for (size_t i = 0; i < sizeof(instants) / sizeof(*instants); i++) {
        struct jd_zone zone;
        struct jd_error error;
        struct jd_due due = { 0 };
        struct jd_buf folded = jd_buf_init(10000);
        CHECK_OK(jd_zone_read_posix(jd_span_of(instants[i].zone), &zone, &error), error);
        jd_fold_append(&fold, &folded, jd_span_of(instants[i].sentence));
        CHECK(jd_due_find(jd_buf_span(&folded), &zone, instants[i].date_ms, &due));
        if (due.due_ms != instants[i].due_ms) {
            FAIL("\"%s\" in %s: %" PRId64 ", expected %" PRId64, instants[i].sentence,
                    instants[i].zone, due.due_ms, instants[i].due_ms);
        }
        jd_buf_finish(&folded);
    }
}

TEST(time_zones_of_the_world)
{
    char got[64];
    find("by 5 pm", "<+0530>-5:30", MONDAY_MS, got); // 14:30 there
    CHECK_TEXT(jd_span_of(got), "2025-03-03T17:00");
    find("tomorrow", "NZST-12NZDT,M9.5.0,M4.1.0/3", MONDAY_MS, got); // 22:00 there
    CHECK_TEXT(jd_span_of(got), "2025-03-04");
    find("tomorrow", "HST10", MONDAY_MS, got); // still Sunday there
    CHECK_TEXT(jd_span_of(got), "2025-03-03");
}

int main(void)
{
    jd_fold_init(&fold);
    RUN(phrases);
    RUN(instants_and_clock_changes);
    RUN(time_zones_of_the_world);
    return REPORT();
}
