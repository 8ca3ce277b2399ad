/* Zones against the C library's own reading of the same files. */
#include "script/zone.h"

#include <stdlib.h>
#include <time.h>

#include "base/file.h"
#include "jd_test.h"

static const char *const names[] = { "Europe/Berlin", "America/New_York", "America/Sao_Paulo",
    "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Auckland", "Africa/Casablanca",
    "Asia/Tehran", "Europe/Dublin", "UTC", "Pacific/Apia", "America/St_Johns" };

TEST(offsets_are_those_of_the_c_library)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char path[200];
        struct jd_buf bytes = jd_buf_init(1u << 20);
        struct jd_error error;
        struct jd_zone zone;
        snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", names[i]);
        if (jd_file_read(path, &bytes, &error) != JD_OK) {
            printf("# %s is not installed\n", names[i]);
            jd_buf_finish(&bytes);
            continue;
        }
        CHECK_OK(jd_zone_read(jd_buf_span(&bytes), &zone, &error), error);
        setenv("TZ", names[i], 1);
        tzset();
        // From 1950 to 2100 in steps that meet every hour of the day.
        for (time_t t = -631152000; t < 4102444800; t += 5 * 86400 + 3607) {
            struct tm tm;
            localtime_r(&t, &tm);
            struct jd_civil c = jd_zone_civil(&zone, t);
            if (jd_zone_offset(&zone, t) != tm.tm_gmtoff || c.year != tm.tm_year + 1900 ||
                    c.month != tm.tm_mon + 1 || c.day != tm.tm_mday || c.hour != tm.tm_hour ||
                    c.minute != tm.tm_min) {
                FAIL("%s at %lld: %d, expected %ld", names[i], (long long)t,
                        jd_zone_offset(&zone, t), tm.tm_gmtoff);
                break;
            }
            if (jd_zone_civil(&zone, jd_zone_time(&zone, c)).minute != c.minute) {
                FAIL("%s at %lld: there and back differ", names[i], (long long)t);
                break;
            }
        }
        jd_buf_finish(&bytes);
    }
}

static const struct {
    const char *text;
    bool good;
} posix[] = {
    { "UTC0", true },
    { "CET-1CEST,M3.5.0,M10.5.0/3", true },
    { "<+0530>-5:30", true },
    { "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", true },
    { "EST5EDT,J60,300/1:30:15", true },
    { "XXX-167:59:59", true },
    { "", false },
    { "CET", false },
    { "C-1", false },
    { "CET-1CEST", false },
    { "CET-1CEST,M13.5.0,M10.5.0", false },
    { "CET-1CEST,M3.6.0,M10.5.0", false },
    { "CET-1CEST,M3.5.7,M10.5.0", false },
    { "CET-1CEST,M3.5.0", false },
    { "CET-168", false },
    { "CET-1 ", false },
    { "<>0", false },
    { "<abc", false },
    { "CET-1CEST,J0,J10", false },
    { "CET-1CEST,366,10", false },
};

TEST(posix_texts)
{
    for (size_t i = 0; i < sizeof(posix) / sizeof(*posix); i++) {
        struct jd_zone zone;
        struct jd_error error;
        bool good = jd_zone_read_posix(jd_span_of(posix[i].text), &zone, &error) == JD_OK;
        if (good != posix[i].good) {
            FAIL("\"%s\" is %s", posix[i].text, good ? "read" : "refused");
        }
    }
}

TEST(broken_files_are_refused)
{
    struct jd_buf made = jd_buf_init(1000);
    struct jd_zone zone;
    struct jd_error error;
    jd_zone_write(&made, JD_SPAN("CET-1CEST,M3.5.0,M10.5.0/3"));
    CHECK_OK(jd_zone_read(jd_buf_span(&made), &zone, &error), error);
    CHECK_INT(jd_zone_offset(&zone, 1740992400), 3600);
    CHECK_INT(jd_zone_offset(&zone, 1751360400), 7200);
    // Cut anywhere: an error or a zone, never a read beyond the end.
    for (size_t len = 1; len < made.len; len++) {
        char *copy = malloc(len);
        memcpy(copy, made.data, len);
        if (jd_zone_read((struct jd_span){ copy, len }, &zone, &error) == JD_OK) {
            (void)jd_zone_offset(&zone, 1740992400);
        }
        free(copy);
    }
    for (size_t i = 0; i < made.len; i++) {
        char saved = made.data[i];
        made.data[i] = (char)0xff;
        if (jd_zone_read(jd_buf_span(&made), &zone, &error) == JD_OK) {
            (void)jd_zone_offset(&zone, 1740992400);
        }
        made.data[i] = saved;
    }
    CHECK_OK(jd_zone_read((struct jd_span){ NULL, 0 }, &zone, &error), error);
    CHECK_INT(jd_zone_offset(&zone, 0), 0);
    jd_buf_finish(&made);
}

TEST(days)
{
    CHECK_INT(jd_civil_days(1970, 1, 1), 0);
    CHECK_INT(jd_civil_days(2000, 3, 1), 11017);
    CHECK_INT(jd_civil_days(2024, 14, 1), jd_civil_days(2025, 2, 1));
    CHECK_INT(jd_civil_days(2025, 0, 1), jd_civil_days(2024, 12, 1));
    CHECK_INT(jd_civil_weekday(0), 4);
    CHECK_INT(jd_civil_weekday(-1), 3);
    CHECK_INT(jd_civil_month_days(2024, 2), 29);
    CHECK_INT(jd_civil_month_days(1900, 2), 28);
    for (int64_t day = -200000; day < 200000; day += 37) {
        struct jd_civil c = jd_civil_of_days(day);
        CHECK_INT(jd_civil_days(c.year, c.month, c.day), day);
    }
}

int main(void)
{
    RUN(offsets_are_those_of_the_c_library);
    RUN(posix_texts);
    RUN(broken_files_are_refused);
    RUN(days);
    return REPORT();
}
