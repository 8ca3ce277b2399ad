/* TZif and POSIX zone rules, read in place. */
#include "script/zone.h"

#include "base/span.h"

#define HEADER_BYTES 44
#define DAY_S        86400

/* Days from civil and back: Howard Hinnant's published algorithms. */
int64_t jd_civil_days(int32_t year, int32_t month, int32_t day)
{
    int64_t y = (int64_t)year + (month - 1 - ((month - 1) % 12 + 12) % 12) / 12;
    int64_t m = ((month - 1) % 12 + 12) % 12 + 1;
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year + day - 1 - 719468;
}

struct jd_civil jd_civil_of_days(int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    struct jd_civil civil = { .day = (int32_t)(of_year - (153 * month + 2) / 5 + 1),
        .month = (int32_t)(month < 10 ? month + 3 : month - 9) };
    civil.year = (int32_t)(year + era * 400 + (civil.month <= 2));
    return civil;
}

int32_t jd_civil_weekday(int64_t days)
{
    return (int32_t)(((days + 3) % 7 + 7) % 7) + 1;
}

int32_t jd_civil_month_days(int32_t year, int32_t month)
{
    return (int32_t)(jd_civil_days(year, month + 1, 1) - jd_civil_days(year, month, 1));
}

static int64_t read_big_endian(const char *data, uint32_t bytes)
{
    int64_t first = (unsigned char)data[0];
    int64_t value = first < 128 ? first : first - 256;
    for (uint32_t i = 1; i < bytes; i++) {
        value = (int64_t)((uint64_t)value << 8 | (unsigned char)data[i]);
    }
    return value;
}

/* The six counts of a header, and how long the block behind it is. */
struct counts {
    uint32_t utc, standard, leap, times, types, chars;
};

static bool read_header(struct jd_span data, struct counts *out)
{
    if (data.len < HEADER_BYTES || memcmp(data.data, "TZif", 4) != 0) {
        return false;
    }
    uint32_t *fields[] = { &out->utc, &out->standard, &out->leap, &out->times, &out->types,
        &out->chars };
    for (size_t i = 0; i < 6; i++) {
        int64_t count = read_big_endian(data.data + 20 + 4 * i, 4);
        if (count < 0 || count > 100000) {
            return false;
        }
        *fields[i] = (uint32_t)count;
    }
    return out->types > 0;
}

static size_t block_bytes(const struct counts *c, uint32_t time_bytes)
{
    return (size_t)c->times * (time_bytes + 1) + (size_t)c->types * 6 + c->chars +
           (size_t)c->leap * (time_bytes + 4) + c->standard + c->utc;
}

static bool take_digits(struct jd_span *rest, int32_t max, int32_t *out)
{
    int32_t value = 0;
    size_t digits = 0;
    while (rest->len && rest->data[0] >= '0' && rest->data[0] <= '9' && digits < 5) {
        value = value * 10 + (rest->data[0] - '0');
        *rest = jd_span_sub(*rest, 1, rest->len);
        digits++;
    }
    *out = value;
    return digits > 0 && value <= max;
}

static bool take_char(struct jd_span *rest, char c)
{
    if (rest->len == 0 || rest->data[0] != c) {
        return false;
    }
    *rest = jd_span_sub(*rest, 1, rest->len);
    return true;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct jd_span *rest, int32_t *out_s)
{
    int32_t sign = take_char(rest, '-') ? -1 : 1;
    if (sign == 1) {
        // A plus says nothing more.
        (void)take_char(rest, '+');
    }
    int32_t hours, minutes = 0, seconds = 0;
    if (!take_digits(rest, 167, &hours) ||
            (take_char(rest, ':') &&
                    (!take_digits(rest, 59, &minutes) ||
                            (take_char(rest, ':') && !take_digits(rest, 59, &seconds))))) {
        return false;
    }
    *out_s = sign * (hours * 3600 + minutes * 60 + seconds);
    return true;
}

static bool take_name(struct jd_span *rest)
{
    size_t len = 0;
    if (take_char(rest, '<')) {
        while (len < rest->len && rest->data[len] != '>') {
            len++;
        }
        *rest = jd_span_sub(*rest, len, rest->len);
        return len > 0 && take_char(rest, '>');
    }
    while (len < rest->len &&
            ((rest->data[len] | 0x20) >= 'a' && (rest->data[len] | 0x20) <= 'z')) {
        len++;
    }
    *rest = jd_span_sub(*rest, len, rest->len);
    return len >= 3;
}

static bool take_change(struct jd_span *rest, struct jd_zone_change *out)
{
    *out = (struct jd_zone_change){ .form = 'N', .time_s = 2 * 3600 };
    bool good;
    if (take_char(rest, 'M')) {
        out->form = 'M';
        good = take_digits(rest, 12, &out->month) && take_char(rest, '.') &&
               take_digits(rest, 5, &out->week) && take_char(rest, '.') &&
               take_digits(rest, 6, &out->day) && out->month >= 1 && out->week >= 1;
    } else {
        out->form = take_char(rest, 'J') ? 'J' : 'N';
        good = take_digits(rest, 365, &out->day) && (out->form == 'N' || out->day >= 1);
    }
    return good && (!take_char(rest, '/') || take_time(rest, &out->time_s));
}

static bool read_footer(struct jd_span text, struct jd_zone *zone)
{
    int32_t west;
    if (!take_name(&text) || !take_time(&text, &west)) {
        return false;
    }
    zone->standard_s = -west;
    zone->has_footer = true;
    if (text.len == 0) {
        return true;
    }
    if (!take_name(&text)) {
        return false;
    }
    zone->daylight_s = zone->standard_s + 3600;
    if (text.len && text.data[0] != ',') {
        if (!take_time(&text, &west)) {
            return false;
        }
        zone->daylight_s = -west;
    }
    zone->has_daylight = true;
    return take_char(&text, ',') && take_change(&text, &zone->begin) && take_char(&text, ',') &&
           take_change(&text, &zone->end) && text.len == 0;
}

static bool has_good_types(const struct jd_zone *zone)
{
    for (uint32_t i = 0; i < zone->times_count; i++) {
        if ((unsigned char)zone->kinds.data[i] >= zone->types_count) {
            return false;
        }
    }
    for (uint32_t i = 0; i < zone->types_count; i++) {
        int64_t offset = read_big_endian(zone->types.data + 6 * i, 4);
        if (offset < -26 * 3600 || offset > 26 * 3600) {
            return false;
        }
    }
    return true;
}

enum jd_status
jd_zone_read(struct jd_span tzif, struct jd_zone *out_zone, struct jd_error *error)
{
    struct jd_zone zone = { 0 };
    if (tzif.len == 0) {
        *out_zone = zone;
        return JD_OK;
    }
    struct counts c;
    struct jd_span rest = tzif;
    bool good = read_header(rest, &c);
    zone.time_bytes = 4;
    if (good && tzif.data[4] >= '2') {
        zone.time_bytes = 8;
        rest = jd_span_sub(rest, HEADER_BYTES + block_bytes(&c, 4), rest.len);
        good = read_header(rest, &c);
    }
    if (!good || rest.len < HEADER_BYTES + block_bytes(&c, zone.time_bytes)) {
        return jd_error_set(error, JD_BAD_INPUT, "the time zone is no whole TZif file");
    }
    size_t at = HEADER_BYTES;
    zone.times = jd_span_sub(rest, at, (size_t)c.times * zone.time_bytes);
    zone.kinds = jd_span_sub(rest, at += zone.times.len, c.times);
    zone.types = jd_span_sub(rest, at + c.times, (size_t)c.types * 6);
    zone.times_count = c.times;
    zone.types_count = c.types;
    struct jd_span footer =
            jd_span_sub(rest, HEADER_BYTES + block_bytes(&c, zone.time_bytes), rest.len);
    footer = jd_span_trim(footer);
    if (!has_good_types(&zone) ||
            (zone.time_bytes == 8 && footer.len && !read_footer(footer, &zone))) {
        return jd_error_set(error, JD_BAD_INPUT, "the time zone file has a broken part");
    }
    *out_zone = zone;
    return JD_OK;
}

enum jd_status
jd_zone_read_posix(struct jd_span text, struct jd_zone *out_zone, struct jd_error *error)
{
    struct jd_zone zone = { 0 };
    if (!read_footer(text, &zone)) {
        return jd_error_set(error, JD_BAD_INPUT, "'" JD_SPAN_FMT "' is no POSIX time zone",
                JD_SPAN_ARG(text));
    }
    *out_zone = zone;
    return JD_OK;
}

void jd_zone_write(struct jd_buf *out, struct jd_span posix)
{
    char header[HEADER_BYTES] = { 'T', 'Z', 'i', 'f', '2' };
    header[39] = 1; // one type
    header[43] = 1; // of one character
    static const char block[7] = { 0 };
    for (int version = 1; version <= 2; version++) {
        jd_buf_add(out, jd_span_new(header, sizeof(header)));
        jd_buf_add(out, jd_span_new(block, sizeof(block)));
    }
    jd_buf_char(out, '\n');
    jd_buf_add(out, posix);
    jd_buf_char(out, '\n');
}

/* Local seconds since 1970 at which a change of that year happens, on the clock before it. */
static int64_t change_local_s(const struct jd_zone_change *change, int32_t year)
{
    int64_t first = jd_civil_days(year, 1, 1);
    int64_t day;
    if (change->form == 'M') {
        int64_t month_first = jd_civil_days(year, change->month, 1);
        int32_t weekday = change->day == 0 ? 7 : change->day;
        day = month_first + (weekday - jd_civil_weekday(month_first) + 7) % 7 +
              7 * (change->week - 1);
        if (day >= month_first + jd_civil_month_days(year, change->month)) {
            day -= 7;
        }
    } else if (change->form == 'J') {
        bool leap = jd_civil_month_days(year, 2) == 29;
        day = first + change->day - 1 + (leap && change->day >= 60);
    } else {
        day = first + change->day;
    }
    return day * DAY_S + change->time_s;
}

static int32_t footer_offset(const struct jd_zone *zone, int64_t utc_s)
{
    if (!zone->has_daylight) {
        return zone->standard_s;
    }
    int64_t days = (utc_s + zone->standard_s) / DAY_S;
    days -= (utc_s + zone->standard_s) % DAY_S < 0;
    int32_t year = jd_civil_of_days(days).year;
    int64_t begin = change_local_s(&zone->begin, year) - zone->standard_s;
    int64_t end = change_local_s(&zone->end, year) - zone->daylight_s;
    bool daylight = begin < end ? utc_s >= begin && utc_s < end : utc_s >= begin || utc_s < end;
    return daylight ? zone->daylight_s : zone->standard_s;
}

static int64_t transition(const struct jd_zone *zone, uint32_t i)
{
    return read_big_endian(zone->times.data + (size_t)i * zone->time_bytes, zone->time_bytes);
}

int32_t jd_zone_offset(const struct jd_zone *zone, int64_t utc_s)
{
    uint32_t count = zone->times_count;
    if (zone->has_footer && (count == 0 || utc_s >= transition(zone, count - 1))) {
        return footer_offset(zone, utc_s);
    }
    if (zone->types_count == 0) {
        return 0;
    }
    uint32_t low = 0, high = count; // the first transition after utc_s
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (transition(zone, middle) <= utc_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint32_t type = low == 0 ? 0 : (unsigned char)zone->kinds.data[low - 1];
    return (int32_t)read_big_endian(zone->types.data + 6 * (size_t)type, 4);
}

struct jd_civil jd_zone_civil(const struct jd_zone *zone, int64_t utc_s)
{
    int64_t local = utc_s + jd_zone_offset(zone, utc_s);
    int64_t days = local / DAY_S - (local % DAY_S < 0);
    int32_t of_day = (int32_t)(local - days * DAY_S);
    struct jd_civil civil = jd_civil_of_days(days);
    civil.hour = of_day / 3600;
    civil.minute = of_day / 60 % 60;
    civil.second = of_day % 60;
    return civil;
}

int64_t jd_zone_time(const struct jd_zone *zone, struct jd_civil civil)
{
    int64_t local = jd_civil_days(civil.year, civil.month, civil.day) * DAY_S +
                    civil.hour * 3600LL + civil.minute * 60LL + civil.second;
    // The offsets a day before and after hold whatever change lies near.
    int64_t before = local - jd_zone_offset(zone, local - DAY_S);
    int64_t after = local - jd_zone_offset(zone, local + DAY_S);
    int64_t early = before < after ? before : after;
    int64_t late = before < after ? after : before;
    if (early + jd_zone_offset(zone, early) == local) {
        return early;
    }
    if (late + jd_zone_offset(zone, late) == local) {
        return late;
    }
    // In the gap: the reading of the clock that was not yet put forward lies behind the gap.
    return before;
}
