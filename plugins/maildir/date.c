#include "date.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

enum {
    WORD_BYTES = 16,
    WORDS_MAX = 8,
};

static const int64_t EARLIEST_MS = 631152000000; // 1990-01-01

// The zone names that RFC 5322 keeps for old mail; others count as UTC, as it asks.
static const struct {
    const char *name;
    int hours;
} zones[] = {
    { "EST", -5 },
    { "EDT", -4 },
    { "CST", -6 },
    { "CDT", -5 },
    { "MST", -7 },
    { "MDT", -6 },
    { "PST", -8 },
    { "PDT", -7 },
};

struct parts {
    int year, month, day; // 0, -1, 0: not seen
    int hour, minute, second;
    int zone_minutes;
    bool has_time;
};

static struct jd_span next_word(struct jd_span text, char out_word[WORD_BYTES])
{
    size_t at = 0, len = 0;
    while (at < text.len && (isspace((unsigned char)text.data[at]) || text.data[at] == ',')) {
        at++;
    }
    while (at < text.len && !isspace((unsigned char)text.data[at]) && text.data[at] != ',') {
        if (len < WORD_BYTES - 1) {
            out_word[len++] = text.data[at];
        }
        at++;
    }
    out_word[len] = '\0';
    return (struct jd_span){ text.data + at, text.len - at };
}

static int month_of(const char *word)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int month = 0; month < 12; month++) {
        if (strncasecmp(word, names + (size_t)month * 3, 3) == 0) {
            return month;
        }
    }
    return -1;
}

static void take_number(struct parts *parts, const char *word)
{
    int number = (int)(strtol(word, NULL, 10) % 10000);
    size_t digits = strspn(word, "0123456789");
    if (digits == 4 && parts->year == 0) {
        parts->year = number;
    } else if (digits <= 2 && parts->day == 0) {
        parts->day = number;
    } else if (digits == 2 && parts->year == 0) {
        parts->year = number + (number < 50 ? 2000 : 1900);
    }
}

static void take_name(struct parts *parts, const char *word)
{
    if (parts->month < 0) {
        parts->month = month_of(word);
    }
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        if (strcasecmp(word, zones[i].name) == 0) {
            parts->zone_minutes = zones[i].hours * 60;
        }
    }
}

static void take_word(struct parts *parts, const char *word)
{
    if (strchr(word, ':')) {
        parts->has_time =
                // NOLINTNEXTLINE(cert-err34-c): two digits are always a number
                sscanf(word, "%2d:%2d:%2d", &parts->hour, &parts->minute, &parts->second) >= 2;
    } else if ((word[0] == '+' || word[0] == '-') && isdigit((unsigned char)word[1])) {
        int zone = (int)(strtol(word + 1, NULL, 10) % 10000);
        parts->zone_minutes = (zone / 100 * 60 + zone % 100) * (word[0] == '-' ? -1 : 1);
    } else if (isdigit((unsigned char)word[0])) {
        take_number(parts, word);
    } else {
        take_name(parts, word);
    }
}

int64_t jd_date_parse(struct jd_span text)
{
    struct parts parts = { .month = -1 };
    for (int i = 0; i < WORDS_MAX && text.len > 0; i++) {
        char word[WORD_BYTES];
        text = next_word(text, word);
        take_word(&parts, word);
    }
    if (!parts.has_time || parts.year < 1970 || parts.month < 0 || parts.day < 1 ||
            parts.day > 31) {
        return 0;
    }
    struct tm utc = {
        .tm_year = parts.year - 1900,
        .tm_mon = parts.month,
        .tm_mday = parts.day,
        .tm_hour = parts.hour,
        .tm_min = parts.minute,
        .tm_sec = parts.second,
    };
    return ((int64_t)timegm(&utc) - parts.zone_minutes * 60) * 1000;
}

int64_t jd_date_clamp(int64_t time_ms, int64_t now_ms)
{
    if (time_ms < EARLIEST_MS) {
        return 0;
    }
    return time_ms < now_ms ? time_ms : now_ms;
}
