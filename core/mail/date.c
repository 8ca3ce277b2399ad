/**
 * Dates. The text is cut into words and numbers and each is taken for what it can be, so that
 * order, missing weekdays and stray punctuation do not matter.
 */
#include "mail/date.h"

enum {
    YEAR_MIN = 1960,
    YEAR_MAX = 2100,
    UNSET = -1,
    NUMBER_DIGITS_MAX = 8,
};

/* Zones with one meaning in mail; the military letters are UTC, as RFC 5322, 4.3 advises. */
static const struct {
    const char *name;
    int minutes;
} zones[] = {
    { "UTC", 0 },
    { "GMT", 0 },
    { "UT", 0 },
    { "Z", 0 },
    { "EST", -5 * 60 },
    { "EDT", -4 * 60 },
    { "CST", -6 * 60 },
    { "CDT", -5 * 60 },
    { "MST", -7 * 60 },
    { "MDT", -6 * 60 },
    { "PST", -8 * 60 },
    { "PDT", -7 * 60 },
    { "WET", 0 },
    { "WEST", 60 },
    { "BST", 60 },
    { "CET", 60 },
    { "MET", 60 },
    { "MEZ", 60 },
    { "CEST", 2 * 60 },
    { "MEST", 2 * 60 },
    { "MESZ", 2 * 60 },
    { "EET", 2 * 60 },
    { "EEST", 3 * 60 },
    { "MSK", 3 * 60 },
    { "MSD", 4 * 60 },
    { "IST", 5 * 60 + 30 },
    { "SGT", 8 * 60 },
    { "HKT", 8 * 60 },
    { "JST", 9 * 60 },
    { "KST", 9 * 60 },
    { "AEST", 10 * 60 },
    { "AEDT", 11 * 60 },
    { "NZST", 12 * 60 },
    { "NZDT", 13 * 60 },
};

struct parsed {
    int day, month, year, hour, minute, second;
    int zone_minutes;
    bool zone_known;
};

struct token {
    struct jd_span text;
    bool number;
    char before; // the byte in front of it, 0 at the start
    char after;  // the byte behind it and behind spaces and comments, 0 at the end
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/** The length of the comment at the start of `text`, nested comments included. */
static size_t comment_length(struct jd_span text)
{
    int depth = 0;
    for (size_t i = 0; i < text.len; i++) {
        depth += text.data[i] == '(';
        depth -= text.data[i] == ')';
        if (depth == 0) {
            return i + 1;
        }
    }
    return text.len;
}

static char byte_behind(struct jd_span rest)
{
    while (rest.len && (rest.data[0] == ' ' || rest.data[0] == '(')) {
        size_t skip = rest.data[0] == '(' ? comment_length(rest) : 1;
        rest = jd_span_sub(rest, skip, rest.len);
    }
    return rest.len ? rest.data[0] : '\0';
}

/** The next run of digits or of letters; comments are skipped. */
static bool next_token(struct jd_span *rest, const char *begin, struct token *out_token)
{
    while (rest->len) {
        char c = rest->data[0];
        size_t skip = 1;
        if (c == '(') {
            skip = comment_length(*rest);
        } else if (is_digit(c) || is_word_char(c)) {
            size_t len = 0;
            while (len < rest->len &&
                    (is_digit(c) ? is_digit(rest->data[len]) : is_word_char(rest->data[len]))) {
                len++;
            }
            out_token->text = jd_span_sub(*rest, 0, len);
            out_token->number = is_digit(c);
            out_token->before = rest->data > begin ? rest->data[-1] : '\0';
            *rest = jd_span_sub(*rest, len, rest->len);
            out_token->after = byte_behind(*rest);
            return true;
        }
        *rest = jd_span_sub(*rest, skip, rest->len);
    }
    return false;
}

static int number_value(struct jd_span digits)
{
    int value = 0;
    for (size_t i = 0; i < digits.len && i < NUMBER_DIGITS_MAX; i++) {
        value = value * 10 + (digits.data[i] - '0');
    }
    return value;
}

static int month_number(struct jd_span word)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (word.len < 3) {
        return UNSET;
    }
    for (int i = 0; i < 12; i++) {
        if (jd_span_equal_nocase(jd_span_sub(word, 0, 3), jd_span_new(names + i * 3, 3))) {
            return i + 1;
        }
    }
    return UNSET;
}

/** Takes the next token if it is a number. */
static bool take_number_token(struct jd_span *rest, const char *begin, struct token *out_token)
{
    struct jd_span behind = *rest;
    if (!next_token(&behind, begin, out_token) || !out_token->number) {
        return false;
    }
    *rest = behind;
    return true;
}

/** "hh:mm" or "hh:mm:ss", or with dots; the first number is `token`. False: it was no time. */
static bool take_time(struct parsed *parsed,
        const struct token *token,
        struct jd_span *rest,
        const char *begin)
{
    struct token minute;
    struct token second;
    if (!take_number_token(rest, begin, &minute)) {
        return false;
    }
    bool seconds = minute.after == ':' || minute.after == '.';
    parsed->hour = number_value(token->text);
    parsed->minute = number_value(minute.text);
    parsed->second =
            seconds && take_number_token(rest, begin, &second) ? number_value(second.text) : 0;
    return true;
}

static int full_year(int year, size_t digits)
{
    if (digits <= 2) {
        return year + (year < 50 ? 2000 : 1900);
    }
    return digits == 3 ? year + 1900 : year;
}

/** "+0100", "-08:00", "+1"; the sign stands in front of `token`. */
static void take_offset(struct parsed *parsed,
        const struct token *token,
        struct jd_span *rest,
        const char *begin)
{
    int value = number_value(token->text);
    int minutes = 0;
    struct token next;
    if (token->text.len > 2) {
        minutes = value / 100 % 100 * 60 + value % 100;
    } else {
        minutes = value * 60;
        if (token->after == ':' && take_number_token(rest, begin, &next)) {
            minutes += number_value(next.text);
        }
    }
    // Beyond a day it is noise, not a place on earth.
    parsed->zone_minutes = minutes > 24 * 60 ? 0 : (token->before == '-' ? -minutes : minutes);
    parsed->zone_known = true;
}

static void take_number(struct parsed *parsed, const struct token *token)
{
    int value = number_value(token->text);
    bool iso = parsed->year != UNSET && parsed->day == UNSET && parsed->month == UNSET;
    if (token->text.len == 4 && parsed->year == UNSET) {
        parsed->year = value;
    } else if (iso && value >= 1 && value <= 12) {
        parsed->month = value;
    } else if (parsed->day == UNSET && token->text.len <= 2) {
        parsed->day = value;
    } else if (parsed->year == UNSET && parsed->month != UNSET) {
        parsed->year = full_year(value, token->text.len);
    }
}

static bool find_zone(struct jd_span name, int *out_minutes)
{
    for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
        if (jd_span_equal_nocase(name, jd_span_of(zones[i].name))) {
            *out_minutes = zones[i].minutes;
            return true;
        }
    }
    return false;
}

static void take_word(struct parsed *parsed, const struct token *token)
{
    int month = month_number(token->text);
    int zone;
    if (parsed->month == UNSET && month != UNSET) {
        parsed->month = month;
    } else if (parsed->hour != UNSET && jd_span_equal_nocase(token->text, JD_SPAN("pm"))) {
        parsed->hour += parsed->hour < 12 ? 12 : 0;
    } else if (parsed->hour != UNSET && jd_span_equal_nocase(token->text, JD_SPAN("am"))) {
        parsed->hour = parsed->hour == 12 ? 0 : parsed->hour;
    } else if (parsed->hour != UNSET && !parsed->zone_known && find_zone(token->text, &zone)) {
        parsed->zone_minutes = zone;
        parsed->zone_known = true;
    }
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/** Days since 1970-01-01 in the Gregorian calendar, years beginning in March. */
static int64_t days_since_epoch(int year, int month, int day)
{
    int shifted = month <= 2 ? year - 1 : year;
    int era = shifted / 400;
    int year_of_era = shifted - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era =
            (int64_t)year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * 146097 + day_of_era - 719468;
}

static bool is_usable(const struct parsed *parsed)
{
    return parsed->year >= YEAR_MIN && parsed->year <= YEAR_MAX && parsed->month >= 1 &&
           parsed->month <= 12 && parsed->day >= 1 &&
           parsed->day <= days_in_month(parsed->year, parsed->month) && parsed->hour <= 24 &&
           parsed->minute < 60 && parsed->second <= 60;
}

int64_t jd_date_parse(struct jd_span text)
{
    struct parsed parsed = { UNSET, UNSET, UNSET, UNSET, 0, 0, 0, false };
    struct jd_span rest = jd_span_sub(text, 0, 256);
    const char *begin = rest.data;
    struct token token;
    while (next_token(&rest, begin, &token)) {
        bool time_mark = token.after == ':' || (token.after == '.' && parsed.year != UNSET);
        if (!token.number) {
            take_word(&parsed, &token);
        } else if (parsed.hour == UNSET && time_mark &&
                   take_time(&parsed, &token, &rest, begin)) {
            continue;
        } else if (parsed.hour != UNSET && !parsed.zone_known &&
                   (token.before == '+' || token.before == '-')) {
            take_offset(&parsed, &token, &rest, begin);
        } else {
            take_number(&parsed, &token);
        }
    }
    parsed.hour = parsed.hour == UNSET ? 0 : parsed.hour;
    if (!is_usable(&parsed)) {
        return INT64_MIN;
    }
    int64_t minutes =
            (days_since_epoch(parsed.year, parsed.month, parsed.day) * 24 + parsed.hour) * 60 +
            parsed.minute - parsed.zone_minutes;
    return (minutes * 60 + parsed.second) * 1000;
}
