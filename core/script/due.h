/**
 * Dates that a sentence names, in English and German, against the mail's own date in the
 * owner's time zone. Pure; any thread.
 *
 * A date that a deadline word marks ("by", "until", "due", "bis", "spätestens", ...) wins over
 * others; dates of the past, and those behind "since", "from", "last", "seit", "ab", "vom",
 * are none. "Friday" is the coming one, today included; "next Friday" lies in the next week,
 * weeks begin on Monday; a week ends on Friday, a weekend on Sunday. A day without a year is
 * the coming one.
 */
#ifndef JD_SCRIPT_DUE_H
#define JD_SCRIPT_DUE_H

#include "script/fold.h"
#include "script/zone.h"

struct jd_due {
    int64_t due_ms;    // the time, or the last millisecond of the day in the zone
    int64_t day;       // days since 1970, in the zone
    int32_t days_left; // from the mail's date
    bool has_time;
    int32_t hour, minute; // has_time
};

/** False when there is none, or it is over. `folded` as jd_fold_append makes it. */
bool jd_due_find(struct jd_span folded,
        const struct jd_zone *zone,
        int64_t date_ms,
        struct jd_due *out_due);

#endif
