/**
 * Time zones from TZif bytes (RFC 8536, versions 1 to 4) with their POSIX footer: no file, no
 * environment, no process-wide zone. A zone borrows the bytes it was read from. Any thread.
 *
 * Times here are seconds since 1970 in UTC; a civil time is a date and a clock reading.
 */
#ifndef JD_SCRIPT_ZONE_H
#define JD_SCRIPT_ZONE_H

#include "base/buf.h"
#include "base/error.h"

/** Proleptic Gregorian; month and day from 1. */
struct jd_civil {
    int32_t year, month, day, hour, minute, second;
};

/** One rule of a footer: when daylight time begins or ends. */
struct jd_zone_change {
    char form; // 'M' week of month, 'J' day without leap day, 'N' day with it
    int32_t month, week, day;
    int32_t time_s; // after local midnight
};

struct jd_zone {
    struct jd_span times, kinds, types; // parts of the bytes; empty: the footer alone
    uint32_t times_count, types_count;
    uint32_t time_bytes; // 4 or 8
    bool has_footer, has_daylight;
    int32_t standard_s, daylight_s; // offsets east of UTC
    struct jd_zone_change begin, end;
};

/** UTC for empty bytes. JD_BAD_INPUT when it is not TZif. */
enum jd_status
jd_zone_read(struct jd_span tzif, struct jd_zone *out_zone, struct jd_error *error);
/** A zone from a POSIX text alone: "CET-1CEST,M3.5.0,M10.5.0/3", "<+01>-1". */
enum jd_status
jd_zone_read_posix(struct jd_span text, struct jd_zone *out_zone, struct jd_error *error);
/** Appends the TZif file of a zone that is nothing but this POSIX text. */
void jd_zone_write(struct jd_buf *out, struct jd_span posix);

/** Seconds east of UTC at that time. */
int32_t jd_zone_offset(const struct jd_zone *zone, int64_t utc_s);
struct jd_civil jd_zone_civil(const struct jd_zone *zone, int64_t utc_s);
/** Fields out of range carry over (day 0 is the last of the month before). A time that the
 * clocks skip is moved forward by the gap; of a time that comes twice, the first. */
int64_t jd_zone_time(const struct jd_zone *zone, struct jd_civil civil);

/** Days since 1970-01-01 and back. */
int64_t jd_civil_days(int32_t year, int32_t month, int32_t day);
struct jd_civil jd_civil_of_days(int64_t days);
/** Monday is 1, Sunday 7. */
int32_t jd_civil_weekday(int64_t days);
int32_t jd_civil_month_days(int32_t year, int32_t month);

#endif
