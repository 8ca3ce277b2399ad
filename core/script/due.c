/* Date phrases: tokens, then readers for days and times, then the best pair of both. */
#include "script/due.h"

#include "base/span.h"

#define TOKENS_MAX 160
#define DAY_S      86400
#define PAST_DAYS  45 // a day without a year this long ago means that day, not next year's

enum token_kind {
    WORD = 1,
    NUMBER,
    SIGN
};

struct token {
    enum token_kind kind;
    struct jd_span text;
    int32_t value;  // NUMBER
    int32_t digits; // NUMBER
    bool glued;     // no white space before it
};

/* What was found at a place: `used` tokens. */
struct mention {
    int at, used;
    int64_t day;
    bool marked;  // by a deadline word
    bool is_weak; // "end of day": gives way to a day beside it
};

struct clock {
    int at, used;
    int32_t hour, minute;
    bool marked;
};

struct reader {
    struct token tokens[TOKENS_MAX];
    int count;
    int64_t today; // days
    struct jd_civil now;
    int32_t weekday; // of today
};

static bool is_letter_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c & 0x80);
}

static bool is_digit_byte(char c)
{
    return c >= '0' && c <= '9';
}

static void read_tokens(struct reader *r, struct jd_span text)
{
    bool glued = false;
    for (size_t at = 0; at < text.len && r->count < TOKENS_MAX;) {
        if (text.data[at] == ' ') {
            glued = false;
            at++;
            continue;
        }
        struct token *token = &r->tokens[r->count++];
        size_t end = at;
        *token = (struct token){ .kind = SIGN, .glued = glued };
        if (is_digit_byte(text.data[at])) {
            token->kind = NUMBER;
            while (end < text.len && is_digit_byte(text.data[end])) {
                token->value = end - at < 6 ? token->value * 10 + (text.data[end] - '0') : 0;
                end++;
            }
            token->digits = end - at > 6 ? 99 : (int32_t)(end - at);
        } else if (is_letter_byte(text.data[at])) {
            token->kind = WORD;
            while (end < text.len && is_letter_byte(text.data[end])) {
                end++;
            }
        } else {
            end++;
        }
        token->text = jd_span_sub(text, at, end - at);
        glued = true;
        at = end;
    }
}

static bool is_word(const struct reader *r, int at, const char *word)
{
    return at >= 0 && at < r->count && jd_span_equal(r->tokens[at].text, jd_span_of(word));
}

/* `words`: "by|until|bis". */
static bool is_one_of(const struct reader *r, int at, const char *words)
{
    if (at < 0 || at >= r->count) {
        return false;
    }
    struct jd_span rest = jd_span_of(words), word;
    while (jd_span_split(&rest, '|', &word)) {
        if (jd_span_equal(r->tokens[at].text, word)) {
            return true;
        }
    }
    return false;
}

/* Place of the token in "a|b|c", from 1; several forms of one by ','. 0: none. */
static int place_in(const struct reader *r, int at, const char *forms)
{
    if (at < 0 || at >= r->count || r->tokens[at].kind != WORD) {
        return 0;
    }
    struct jd_span rest = jd_span_of(forms), group, form;
    for (int place = 1; jd_span_split(&rest, '|', &group); place++) {
        while (jd_span_split(&group, ',', &form)) {
            if (jd_span_equal(r->tokens[at].text, form)) {
                return place;
            }
        }
    }
    return 0;
}

static const char weekdays[] =
        "monday,mondays,montag,montags|tuesday,dienstag|wednesday,mittwoch|thursday,donnerstag|"
        "friday,freitag|saturday,samstag,sonnabend|sunday,sonntag";
static const char weekdays_short[] =
        "mon,mo|tue,tues,di|wed,mi|thu,thur,thurs,do|fri,fr|sat,sa|sun,so";
static const char months[] =
        "january,jan,januar,janner|february,feb,februar,febr,feber|march,mar,marz,maerz|"
        "april,apr|may,mai|june,jun,juni|july,jul,juli|august,aug|september,sep,sept|"
        "october,oct,oktober,okt|november,nov|december,dec,dezember,dez";
static const char number_words[] =
        "one,a,an,ein,eine,einem,einer,eines|two,zwei|three,drei|four,vier|five,funf|six,sechs|"
        "seven,sieben|eight,acht|nine,neun|ten,zehn|eleven,elf|twelve,zwolf";
static const char next_words[] = "next|nachste|nachsten|nachster|nachstes|nachstem|kommende|"
                                 "kommenden|kommender|coming|folgende|folgenden|folgender";
static const char this_words[] = "this|diese|diesen|dieser|dieses|diesem|current|laufenden";
static const char deadline_words[] =
        "by|until|till|til|before|due|deadline|bis|spatestens|frist|"
        "fallig|latest|vor|within|innerhalb|binnen|expires|ends|"
        "abgabe|zahlbar|rsvp";
static const char past_words[] = "since|from|last|seit|ab|vom|letzten|letzter|letzte|letztem|"
                                 "vergangenen|vergangener|after|past|nach|gestern|yesterday|"
                                 "dated|every|jeden|each";
/* Words that may stand between a deadline word and its date. */
static const char between_words[] = "the|of|on|at|zum|zur|den|dem|der|am|um|spatestens|latest|"
                                    "this|next|close|end|,|(|:|is|ist|nachsten|kommenden|"
                                    "diesen|ende|no|later|than|sometime|around|uhr";

static bool is_before(const struct reader *r, int at, const char *words)
{
    for (int back = 1; back <= 4; back++) {
        if (is_one_of(r, at - back, words)) {
            return true;
        }
        if (!is_one_of(r, at - back, between_words)) {
            return false;
        }
    }
    return false;
}

static int64_t to_weekday(const struct reader *r, int64_t from, int weekday)
{
    (void)r;
    return from + (weekday - jd_civil_weekday(from) + 7) % 7;
}

/* Monday of this week. */
static int64_t week_start(const struct reader *r)
{
    return r->today - (r->weekday - 1);
}

static int64_t end_of_this_week(const struct reader *r)
{
    return r->weekday <= 5 ? week_start(r) + 4 : week_start(r) + 6;
}

static int64_t month_end(const struct reader *r, int32_t months_ahead)
{
    return jd_civil_days(r->now.year, r->now.month + months_ahead + 1, 1) - 1;
}

/* The coming day of that month and day; an invalid one is none. */
static bool
day_of_year(const struct reader *r, int32_t year, int month, int32_t day, int64_t *out)
{
    if (year >= 0 && year < 100) {
        year += 2000;
    }
    bool has_year = year >= 0;
    year = has_year ? year : r->now.year;
    if (month < 1 || month > 12 || day < 1 || year < 1970 || year > 2200 ||
            day > jd_civil_month_days(year, month)) {
        return false;
    }
    *out = jd_civil_days(year, month, day);
    if (!has_year && *out < r->today - PAST_DAYS) {
        *out = jd_civil_days(year + 1, month, day);
    }
    return true;
}

static bool is_ordinal_suffix(const struct reader *r, int at)
{
    return at < r->count && r->tokens[at].glued && is_one_of(r, at, "st|nd|rd|th|.");
}

static bool is_number(const struct reader *r, int at, int32_t min, int32_t max)
{
    return at >= 0 && at < r->count && r->tokens[at].kind == NUMBER &&
           r->tokens[at].digits <= 4 && r->tokens[at].value >= min &&
           r->tokens[at].value <= max;
}

/* A year at `at`: four digits, or two behind an apostrophe are not read. -1: none. */
static int32_t year_at(const struct reader *r, int at, int *used)
{
    if (is_number(r, at, 1990, 2199) && r->tokens[at].digits == 4) {
        *used += 1;
        return r->tokens[at].value;
    }
    if (is_word(r, at, ",") && is_number(r, at + 1, 1990, 2199) &&
            r->tokens[at + 1].digits == 4) {
        *used += 2;
        return r->tokens[at + 1].value;
    }
    return -1;
}

/* The readers of days: each looks at `at` and fills `m`. */

/* 2025-03-07 */
static bool read_iso(const struct reader *r, int at, struct mention *m)
{
    if (!is_number(r, at, 1990, 2199) || r->tokens[at].digits != 4 ||
            !is_word(r, at + 1, "-") || !is_number(r, at + 2, 1, 12) ||
            !is_word(r, at + 3, "-") || !is_number(r, at + 4, 1, 31)) {
        return false;
    }
    m->used = 5;
    return day_of_year(
            r, r->tokens[at].value, r->tokens[at + 2].value, r->tokens[at + 4].value, &m->day);
}

/* 7.3.2025, 7.3.25, 7.3. */
static bool read_dotted(const struct reader *r, int at, struct mention *m)
{
    if (!is_number(r, at, 1, 31) || !is_word(r, at + 1, ".") || !is_number(r, at + 2, 1, 12) ||
            !r->tokens[at + 1].glued || r->tokens[at].digits > 2 ||
            r->tokens[at + 2].digits > 2 || !is_word(r, at + 3, ".") ||
            (at > 0 && is_word(r, at - 1, ".") && r->tokens[at].glued)) {
        return false;
    }
    int32_t year = -1;
    m->used = 4;
    if (is_number(r, at + 4, 0, 2199) && r->tokens[at + 4].value != 0 &&
            (r->tokens[at + 4].digits == 4 ||
                    (r->tokens[at + 4].digits == 2 && r->tokens[at + 4].glued))) {
        year = r->tokens[at + 4].value;
        m->used = 5;
    } else if (at + 4 < r->count && r->tokens[at + 4].kind == NUMBER &&
               r->tokens[at + 4].glued) {
        return false; // 3.5.2 is a version
    }
    return day_of_year(r, year, r->tokens[at + 2].value, r->tokens[at].value, &m->day);
}

/* 3/7/2025, 7/3/25: month first unless that cannot be. */
static bool read_slashed(const struct reader *r, int at, struct mention *m)
{
    if (!is_number(r, at, 1, 31) || !is_word(r, at + 1, "/") || !is_number(r, at + 2, 1, 31) ||
            !r->tokens[at + 1].glued || !r->tokens[at + 2].glued ||
            (at > 0 && is_word(r, at - 1, "/"))) {
        return false;
    }
    int32_t year = -1;
    m->used = 3;
    if (is_word(r, at + 3, "/") && r->tokens[at + 3].glued && is_number(r, at + 4, 1, 2199) &&
            (r->tokens[at + 4].digits == 4 || r->tokens[at + 4].digits == 2)) {
        year = r->tokens[at + 4].value;
        m->used = 5;
    } else if (!is_before(r, at, deadline_words)) {
        return false; // 3/4 is a fraction, a score, a page
    }
    int32_t month = r->tokens[at].value, day = r->tokens[at + 2].value;
    if (month > 12) {
        int32_t swap = month;
        month = day;
        day = swap;
    }
    return day_of_year(r, year, month, day, &m->day);
}

/* 7 March, 7th of March 2025, 7. März, the 7th March */
static bool read_day_month(const struct reader *r, int at, struct mention *m)
{
    if (!is_number(r, at, 1, 31) || r->tokens[at].digits > 2) {
        return false;
    }
    int next = at + 1;
    next += is_ordinal_suffix(r, next);
    next += is_word(r, next, "of");
    int month = place_in(r, next, months);
    if (month == 0) {
        return false;
    }
    next++;
    next += is_word(r, next, ".") && r->tokens[next].glued && next + 1 < r->count &&
            r->tokens[next + 1].kind == NUMBER;
    m->used = next - at;
    int32_t year = year_at(r, next, &m->used);
    return day_of_year(r, year, month, r->tokens[at].value, &m->day);
}

/* March 7, March 7th, 2025; "may" needs its day right behind it. */
static bool read_month_day(const struct reader *r, int at, struct mention *m)
{
    int month = place_in(r, at, months);
    int next = at + 1;
    next += is_word(r, next, ".") || is_word(r, next, "the");
    if (month == 0 || !is_number(r, next, 1, 31) || r->tokens[next].digits > 2) {
        return false;
    }
    int32_t day = r->tokens[next].value;
    if (is_word(r, at, "may") && !is_one_of(r, at - 1, "on|by|until|till|before|due|,|:")) {
        return false; // "you may 5 times ..."
    }
    if (is_one_of(r, next + 1, ":|%|uhr|pm|am")) {
        return false; // "in March 5 pm", "may 5% ..."
    }
    next++;
    next += is_ordinal_suffix(r, next) && !is_word(r, next, ".");
    m->used = next - at;
    int32_t year = year_at(r, next, &m->used);
    return day_of_year(r, year, month, day, &m->day);
}

/* by the 15th, bis zum 15. */
static bool read_day_alone(const struct reader *r, int at, struct mention *m)
{
    if (!is_number(r, at, 1, 31) || r->tokens[at].digits > 2 || !is_ordinal_suffix(r, at + 1) ||
            !is_before(r, at, deadline_words)) {
        return false;
    }
    if (is_word(r, at + 1, ".") && !is_one_of(r, at - 1, "zum|den|dem|am")) {
        return false;
    }
    int32_t day = r->tokens[at].value;
    m->used = 2;
    for (int32_t ahead = day < r->now.day; ahead < 3; ahead++) {
        int64_t first = jd_civil_days(r->now.year, r->now.month + ahead, 1);
        struct jd_civil civil = jd_civil_of_days(first);
        if (day <= jd_civil_month_days(civil.year, civil.month)) {
            m->day = first + day - 1;
            return true;
        }
    }
    return false;
}

/* today, tomorrow, the day after tomorrow, heute, morgen, übermorgen */
static bool read_near_day(const struct reader *r, int at, struct mention *m)
{
    m->used = 1;
    if (is_one_of(r, at, "today|tonight|heute")) {
        m->day = r->today;
    } else if (is_word(r, at, "day") && is_word(r, at + 1, "after") &&
               is_word(r, at + 2, "tomorrow")) {
        m->used = 3;
        m->day = r->today + 2;
    } else if (is_one_of(r, at, "ubermorgen|uebermorgen")) {
        m->day = r->today + 2;
    } else if (
            is_one_of(r, at, "tomorrow|tmrw|tomorow") ||
            (is_word(r, at, "morgen") &&
                    !is_one_of(r, at - 1,
                            "guten|schonen|am|jeden|dieser|diesen|heute|gestern|einen|den"))) {
        m->day = r->today + 1;
    } else {
        return false;
    }
    m->used += is_one_of(
            r, at + m->used, "morning|afternoon|evening|night|fruh|vormittag|nachmittag|abend");
    return true;
}

/* Whether "next week" follows: "Friday next week", "Freitag nächster Woche". */
static int next_week_follows(const struct reader *r, int at)
{
    int skipped = is_one_of(r, at, "of|in|der|,");
    return is_one_of(r, at + skipped, next_words) &&
                           is_one_of(r, at + skipped + 1, "week|woche")
                   ? skipped + 2
                   : 0;
}

static bool read_weekday(const struct reader *r, int at, struct mention *m)
{
    int weekday = place_in(r, at, weekdays);
    if (weekday == 0) {
        weekday = place_in(r, at, weekdays_short);
        if (weekday == 0 ||
                !is_one_of(r, at - 1,
                        "by|on|until|till|before|this|next|due|bis|am|nachsten|kommenden")) {
            return false;
        }
        if (is_word(r, at, "so") && !is_one_of(r, at - 1, "bis|am")) {
            return false;
        }
    }
    int follows = next_week_follows(r, at + 1);
    m->used = 1 + follows;
    if (follows || is_word(r, at - 1, "next")) {
        m->day = week_start(r) + 7 + weekday - 1;
    } else if (is_one_of(r, at - 1, next_words)) {
        m->day = to_weekday(r, r->today + 1, weekday);
    } else {
        m->day = to_weekday(r, r->today, weekday);
    }
    return true;
}

static bool read_week(const struct reader *r, int at, struct mention *m)
{
    if (is_one_of(r, at, next_words) && is_one_of(r, at + 1, "week|woche")) {
        m->used = 2;
        m->day = week_start(r) + 7 + 4;
    } else if (is_one_of(r, at, this_words) && is_one_of(r, at + 1, "week|woche")) {
        m->used = 2;
        m->day = end_of_this_week(r);
    } else if (is_one_of(r, at, "eow|wochenschluss")) {
        m->used = 1;
        m->day = end_of_this_week(r);
    } else if (is_one_of(r, at, "weekend|wochenende")) {
        bool next = is_one_of(r, at - 1, "next|nachstes|nachsten");
        m->used = 1;
        m->day = week_start(r) + 6 + (next ? 7 : 0);
    } else if (is_one_of(r, at, "kw") && is_number(r, at + 1, 1, 53)) {
        // The first ISO week holds January 4.
        int64_t fourth = jd_civil_days(r->now.year, 1, 4);
        int64_t first = fourth - (jd_civil_weekday(fourth) - 1);
        m->used = 2;
        m->day = first + 7 * (r->tokens[at + 1].value - 1) + 4;
        if (m->day < r->today - PAST_DAYS) {
            fourth = jd_civil_days(r->now.year + 1, 1, 4);
            m->day = fourth - (jd_civil_weekday(fourth) - 1) +
                     7 * (r->tokens[at + 1].value - 1) + 4;
        }
    } else {
        return false;
    }
    return true;
}

static int64_t quarter_end(const struct reader *r)
{
    int32_t last = (r->now.month - 1) / 3 * 3 + 3;
    return jd_civil_days(r->now.year, last + 1, 1) - 1;
}

/* What "end of" is said of, at `at`. */
static bool read_period(const struct reader *r, int at, struct mention *m)
{
    int start = at;
    at += is_one_of(r, at, "the|der|des|vom");
    bool next = is_one_of(r, at, next_words);
    at += next || is_one_of(r, at, this_words);
    at += is_one_of(r, at, "business|working|arbeits");
    m->used = at - start + 1;
    if (is_one_of(r, at, "day|business|tages|tag")) {
        m->day = r->today;
        m->is_weak = true;
    } else if (is_one_of(r, at, "week|woche")) {
        m->day = next ? week_start(r) + 11 : end_of_this_week(r);
    } else if (is_one_of(r, at, "month|monats|monat")) {
        m->day = month_end(r, next);
    } else if (is_one_of(r, at, "quarter|quartals")) {
        m->day = quarter_end(r);
    } else if (is_one_of(r, at, "year|jahres|jahr")) {
        m->day = jd_civil_days(r->now.year + next, 12, 31);
    } else if (place_in(r, at, months)) {
        int month = place_in(r, at, months);
        int used = 0;
        int32_t year = year_at(r, at + 1, &used);
        int32_t of_year = year >= 0 ? year : r->now.year;
        m->used += used;
        return day_of_year(r, year, month, jd_civil_month_days(of_year, month), &m->day);
    } else {
        return false;
    }
    return true;
}

static bool read_end(const struct reader *r, int at, struct mention *m)
{
    if ((is_one_of(r, at, "end|close") && is_word(r, at + 1, "of")) || is_word(r, at, "ende")) {
        int head = is_word(r, at, "ende") ? 1 : 2;
        bool found = read_period(r, at + head, m);
        m->used += head;
        return found;
    }
    if (is_word(r, at, "mitte") || (is_word(r, at, "mid") && !is_word(r, at + 1, "day"))) {
        int month = place_in(r, at + 1 + is_word(r, at + 1, "-"), months);
        m->used = 2 + is_word(r, at + 1, "-");
        return month && day_of_year(r, -1, month, 15, &m->day);
    }
    m->used = 1;
    if (is_one_of(r, at, "eod|cob|tagesende|feierabend")) {
        m->day = r->today;
        m->is_weak = true;
    } else if (is_one_of(r, at, "eom|monatsende")) {
        m->day = month_end(r, 0);
    } else if (is_one_of(r, at, "eoq|quartalsende")) {
        m->day = quarter_end(r);
    } else if (is_one_of(r, at, "eoy|jahresende")) {
        m->day = jd_civil_days(r->now.year, 12, 31);
    } else if ((is_word(r, at, "next") && is_word(r, at + 1, "month")) ||
               (is_one_of(r, at, next_words) && is_word(r, at + 1, "monat"))) {
        m->used = 2;
        m->day = month_end(r, 1);
    } else if (is_one_of(r, at, this_words) && is_one_of(r, at + 1, "month|monat")) {
        m->used = 2;
        m->day = month_end(r, 0);
    } else {
        return false;
    }
    return true;
}

static int64_t add_working_days(const struct reader *r, int32_t count)
{
    int64_t day = r->today;
    while (count > 0) {
        day++;
        count -= jd_civil_weekday(day) <= 5;
    }
    return day;
}

/* in 3 days, within two weeks, in den nächsten 14 Tagen, innerhalb eines Monats */
static bool read_span(const struct reader *r, int at, struct mention *m)
{
    if (!is_one_of(r, at, "in|within|innerhalb|binnen")) {
        return false;
    }
    int next = at + 1;
    while (next < at + 5 && (is_one_of(r, next, "the|den|der|von|of|about|ca|etwa|max|.") ||
                                    is_one_of(r, next, next_words))) {
        next++;
    }
    int32_t count = is_number(r, next, 1, 400) ? r->tokens[next].value
                                               : place_in(r, next, number_words);
    next++;
    bool working = is_one_of(r, next, "business|working|work|werktagen|arbeitstagen|werktage");
    next += is_one_of(r, next, "business|working|work|full|calendar");
    m->used = next - at + 1;
    if (count == 0) {
        return false;
    }
    if (is_one_of(r, next, "day|days|tag|tagen|tage|werktagen|arbeitstagen|werktage|tages")) {
        m->day = working ? add_working_days(r, count) : r->today + count;
    } else if (is_one_of(r, next, "week|weeks|woche|wochen")) {
        m->day = r->today + 7 * count;
    } else if (is_one_of(r, next, "month|months|monat|monaten|monate|monats")) {
        int64_t first = jd_civil_days(r->now.year, r->now.month + count, 1);
        struct jd_civil civil = jd_civil_of_days(first);
        int32_t last = jd_civil_month_days(civil.year, civil.month);
        m->day = first + (r->now.day < last ? r->now.day : last) - 1;
    } else {
        return false;
    }
    return true;
}

static bool read_day(const struct reader *r, int at, struct mention *out)
{
    static bool (*const readers[])(const struct reader *, int, struct mention *) = { read_iso,
        read_dotted, read_slashed, read_day_month, read_month_day, read_day_alone,
        read_near_day, read_weekday, read_week, read_end, read_span };
    for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
        struct mention found = { .at = at };
        if (readers[i](r, at, &found)) {
            *out = found;
            return true;
        }
    }
    return false;
}

/* Times of day. */

/* "am", "a.m.", "pm", "p.m." at `at`: how many tokens; out_pm. */
static int read_meridiem(const struct reader *r, int at, bool *out_pm)
{
    *out_pm = is_one_of(r, at, "pm|p");
    if (is_one_of(r, at, "am|pm")) {
        return 1;
    }
    if (is_one_of(r, at, "a|p") && is_word(r, at + 1, ".") && is_word(r, at + 2, "m")) {
        return 3 + is_word(r, at + 3, ".");
    }
    return 0;
}

/* 5 pm, 5:30 pm, 17:00, 17.30 Uhr, 17 Uhr, noon, mittags, midnight */
static bool read_clock(const struct reader *r, int at, struct clock *c)
{
    *c = (struct clock){ .at = at, .used = 1 };
    if (is_one_of(r, at, "noon|midday|mittag|mittags")) {
        c->hour = 12;
        return true;
    }
    if (is_one_of(r, at, "midnight|mitternacht")) {
        c->hour = 24;
        return true;
    }
    if (!is_number(r, at, 0, 24) || r->tokens[at].digits > 2) {
        return false;
    }
    c->hour = r->tokens[at].value;
    int next = at + 1;
    bool has_minutes = (is_word(r, next, ":") || is_word(r, next, ".")) &&
                       is_number(r, next + 1, 0, 59) && r->tokens[next + 1].digits == 2 &&
                       r->tokens[next].glued && r->tokens[next + 1].glued;
    bool has_colon = has_minutes && is_word(r, next, ":");
    if (has_minutes) {
        c->minute = r->tokens[next + 1].value;
        next += 2;
        if (has_colon && is_word(r, next, ":") && is_number(r, next + 1, 0, 59)) {
            next += 2; // seconds
        }
    }
    bool pm;
    int meridiem = read_meridiem(r, next, &pm);
    bool oclock = is_word(r, next, "uhr") ||
                  (is_word(r, next, "o") && is_one_of(r, next + 2, "clock"));
    if (meridiem) {
        if (c->hour < 1 || c->hour > 12) {
            return false;
        }
        c->hour = c->hour % 12 + (pm ? 12 : 0);
    } else if (!oclock && !has_colon) {
        return false;
    }
    c->used = next + meridiem + (is_word(r, next, "uhr") ? 1 : 0) - at;
    return c->hour < 24 || c->minute == 0;
}

/* Choosing. */

static bool overlaps(const struct mention *m, const struct clock *c)
{
    return c->at < m->at + m->used && m->at < c->at + c->used;
}

/* The day to take: a marked one before others, a strong one before a weak one, then the first;
 * days that are over are no candidates. */
static bool choose_day(const struct reader *r, struct mention *out)
{
    bool found = false;
    for (int at = 0; at < r->count;) {
        struct mention m;
        if (!read_day(r, at, &m)) {
            at++;
            continue;
        }
        m.marked = is_before(r, at, deadline_words) ||
                   is_one_of(r, at, "within|innerhalb|binnen|eod|cob|eow|eom");
        bool past = is_before(r, at, past_words) || is_one_of(r, at + m.used, "ago");
        at += m.used;
        if (past || m.day < r->today) {
            continue;
        }
        // "by end of day Friday": the weak one passes its mark on.
        if (found && out->is_weak && m.at - (out->at + out->used) <= 1) {
            m.marked = m.marked || out->marked;
            *out = m;
        } else if (!found || (m.marked && !out->marked)) {
            *out = m;
        }
        found = true;
    }
    return found;
}

/* The time beside the day: at most three small words between them. */
static bool choose_clock(const struct reader *r, const struct mention *day, struct clock *out)
{
    for (int at = 0; at < r->count; at++) {
        struct clock c;
        if (!read_clock(r, at, &c)) {
            continue;
        }
        c.marked = is_before(r, at, deadline_words);
        if (day == NULL) {
            if (c.marked) {
                *out = c;
                return true;
            }
        } else if (!overlaps(day, &c)) {
            int gap =
                    c.at >= day->at ? c.at - (day->at + day->used) : day->at - (c.at + c.used);
            if (gap <= 3) {
                *out = c;
                return true;
            }
        }
        at += c.used - 1;
    }
    return false;
}

static int64_t time_of(const struct jd_zone *zone, int64_t day, int32_t hour, int32_t minute)
{
    struct jd_civil civil = jd_civil_of_days(day);
    civil.hour = hour;
    civil.minute = minute;
    return jd_zone_time(zone, civil) * 1000;
}

/* within 24 hours, in zwei Stunden, in 30 minutes: from the mail's own time. */
static bool read_hours(const struct reader *r, int64_t date_ms, int64_t *out_ms)
{
    for (int at = 0; at + 2 < r->count; at++) {
        if (!is_one_of(r, at, "in|within|innerhalb|binnen")) {
            continue;
        }
        int next = at + 1;
        next += is_one_of(r, next, "the|den|von|about");
        next += is_one_of(r, next, next_words);
        int64_t count = is_number(r, next, 1, 400) ? r->tokens[next].value
                                                   : place_in(r, next, number_words);
        if (count && is_one_of(r, next + 1, "hour|hours|stunde|stunden|hrs")) {
            *out_ms = date_ms + count * 3600 * 1000;
            return true;
        }
        if (count && is_one_of(r, next + 1, "minute|minutes|minuten|min|mins")) {
            *out_ms = date_ms + count * 60 * 1000;
            return true;
        }
    }
    return false;
}

static void fill_time(const struct reader *r,
        const struct jd_zone *zone,
        int64_t due_ms,
        struct jd_due *out)
{
    int64_t due_s = due_ms / 1000 - (due_ms % 1000 < 0);
    struct jd_civil civil = jd_zone_civil(zone, due_s);
    out->due_ms = due_ms;
    out->day = jd_civil_days(civil.year, civil.month, civil.day);
    out->has_time = true;
    out->hour = civil.hour;
    out->minute = civil.minute;
    out->days_left = (int32_t)(out->day - r->today);
}

bool jd_due_find(struct jd_span folded,
        const struct jd_zone *zone,
        int64_t date_ms,
        struct jd_due *out_due)
{
    struct reader r = { 0 };
    read_tokens(&r, folded);
    int64_t date_s = date_ms / 1000 - (date_ms % 1000 < 0);
    r.now = jd_zone_civil(zone, date_s);
    r.today = jd_civil_days(r.now.year, r.now.month, r.now.day);
    r.weekday = jd_civil_weekday(r.today);
    struct mention day = { 0 };
    struct clock clock;
    struct jd_due due = { 0 };
    bool has_day = choose_day(&r, &day);
    int64_t hours_ms;
    if (!has_day && read_hours(&r, date_ms, &hours_ms)) {
        fill_time(&r, zone, hours_ms, &due);
    } else if (choose_clock(&r, has_day ? &day : NULL, &clock)) {
        int64_t on = has_day ? day.day : r.today;
        due.due_ms = time_of(zone, on, clock.hour, clock.minute);
        if (!has_day && due.due_ms <= date_ms) {
            due.due_ms =
                    time_of(zone, on + 1, clock.hour, clock.minute); // "by 9 am", said at 5
        }
        fill_time(&r, zone, due.due_ms, &due);
    } else if (has_day) {
        due.day = day.day;
        due.days_left = (int32_t)(day.day - r.today);
        due.due_ms = time_of(zone, day.day + 1, 0, 0) - 1;
    } else {
        return false;
    }
    if (due.due_ms < date_ms) {
        return false;
    }
    *out_due = due;
    return true;
}
