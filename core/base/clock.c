#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define DAY_MS      86400000
#define YEAR_0_MS   INT64_C(-62167219200000) // 0000-01-01T00:00:00.000Z
#define YEAR_MAX_MS INT64_C(253402300799999) // 9999-12-31T23:59:59.999Z

static _Atomic int64_t frozen_ms; // 0: runs

static int64_t read_clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t jd_clock_now_ms(void)
{
    int64_t frozen = atomic_load_explicit(&frozen_ms, memory_order_relaxed);
    return frozen ? frozen : read_clock_ns(CLOCK_REALTIME) / 1000000;
}

int64_t jd_clock_monotonic_ns(void)
{
    return read_clock_ns(CLOCK_MONOTONIC);
}

int64_t jd_clock_monotonic_us(void)
{
    return jd_clock_monotonic_ns() / 1000;
}

int64_t jd_clock_monotonic_ms(void)
{
    return jd_clock_monotonic_us() / 1000;
}

void jd_clock_freeze(int64_t now_ms)
{
    atomic_store(&frozen_ms, now_ms);
}

struct date {
    int year, month, day; // month and day from 1
};

/**
 * Days since 1970 to a date of the proleptic Gregorian calendar and back. Counting years from
 * March puts the leap day last, so that a date within a 400-year era is plain arithmetic
 * (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
 */
static struct date date_from_days(int64_t days)
{
    days += 719468; // from 0000-03-01
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int day_of_era = (int)(days - era * 146097);
    int year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (5 * day_of_year + 2) / 153;
    int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (struct date){
        .year = (int)(year_of_era + era * 400) + (month <= 2),
        .month = month,
        .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
    };
}

static int64_t days_from_date(struct date date)
{
    int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int month_from_march = date.month > 2 ? date.month - 3 : date.month + 9;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void jd_clock_format(int64_t time_ms, char out[JD_CLOCK_TEXT_BYTES])
{
    if (time_ms < YEAR_0_MS) {
        time_ms = YEAR_0_MS;
    } else if (time_ms > YEAR_MAX_MS) {
        time_ms = YEAR_MAX_MS;
    }
    int64_t days = (time_ms >= 0 ? time_ms : time_ms - (DAY_MS - 1)) / DAY_MS;
    int ms = (int)(time_ms - days * DAY_MS);
    struct date date = date_from_days(days);
    snprintf(out, JD_CLOCK_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", date.year,
            date.month, date.day, ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
}

/** Takes exactly `digits` digits off the front; -1 when they are not there. */
static int take_number(struct jd_span *text, size_t digits)
{
    if (text->len < digits) {
        return -1;
    }
    int number = 0;
    for (size_t i = 0; i < digits; i++) {
        char c = text->data[i];
        if (c < '0' || c > '9') {
            return -1;
        }
        number = number * 10 + (c - '0');
    }
    text->data += digits;
    text->len -= digits;
    return number;
}

static bool take_char(struct jd_span *text, char a, char b)
{
    if (text->len == 0 || (text->data[0] != a && text->data[0] != b)) {
        return false;
    }
    text->data++;
    text->len--;
    return true;
}

static bool take_date(struct jd_span *text, struct date *out)
{
    static const int days_of_month[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    out->year = take_number(text, 4);
    if (out->year < 0 || !take_char(text, '-', '-')) {
        return false;
    }
    out->month = take_number(text, 2);
    if (out->month < 1 || out->month > 12 || !take_char(text, '-', '-')) {
        return false;
    }
    out->day = take_number(text, 2);
    bool leap = out->year % 4 == 0 && (out->year % 100 != 0 || out->year % 400 == 0);
    int last = days_of_month[out->month - 1] + (out->month == 2 && leap);
    return out->day >= 1 && out->day <= last;
}

/** ms of the fraction behind the seconds; digits behind the third are dropped. */
static bool take_fraction(struct jd_span *text, int *out_ms)
{
    *out_ms = 0;
    if (!take_char(text, '.', '.')) {
        return true;
    }
    int scale = 100;
    int digit = take_number(text, 1);
    if (digit < 0) {
        return false;
    }
    for (; digit >= 0; digit = take_number(text, 1)) {
        *out_ms += digit * scale;
        scale /= 10;
    }
    return true;
}

/** A leap second (60) counts as the first of the next minute. */
static bool take_time(struct jd_span *text, int *out_ms)
{
    int fraction_ms = 0;
    int hour = take_number(text, 2);
    if (hour < 0 || hour > 23 || !take_char(text, ':', ':')) {
        return false;
    }
    int minute = take_number(text, 2);
    if (minute < 0 || minute > 59 || !take_char(text, ':', ':')) {
        return false;
    }
    int second = take_number(text, 2);
    if (second < 0 || second > 60 || !take_fraction(text, &fraction_ms)) {
        return false;
    }
    *out_ms = ((hour * 60 + minute) * 60 + second) * 1000 + fraction_ms;
    return true;
}

static bool take_offset(struct jd_span *text, int *out_ms)
{
    *out_ms = 0;
    if (take_char(text, 'Z', 'z')) {
        return true;
    }
    if (text->len == 0) {
        return false;
    }
    int sign = text->data[0] == '-' ? -1 : 1;
    if (!take_char(text, '+', '-')) {
        return false;
    }
    int hour = take_number(text, 2);
    if (hour < 0 || hour > 23 || !take_char(text, ':', ':')) {
        return false;
    }
    int minute = take_number(text, 2);
    if (minute < 0 || minute > 59) {
        return false;
    }
    *out_ms = sign * (hour * 60 + minute) * 60000;
    return true;
}

bool jd_clock_parse(struct jd_span text, int64_t *out_time_ms)
{
    struct date date;
    int time_ms, offset_ms;
    if (!take_date(&text, &date) || text.len == 0 ||
            !(take_char(&text, 'T', 't') || take_char(&text, ' ', ' ')) ||
            !take_time(&text, &time_ms) || !take_offset(&text, &offset_ms) || text.len) {
        return false;
    }
    *out_time_ms = days_from_date(date) * DAY_MS + time_ms - offset_ms;
    return true;
}
