/** Points in time as mail writes them, in ms since 1970. */
#ifndef MAILDIR_DATE_H
#define MAILDIR_DATE_H

#include <jackdaw/types.h>

/**
 * The date at the start of `text`: "Tue, 02 Jan 2024 03:04:05 +0100" (RFC 5322) or
 * "Tue Jan  2 03:04:05 2024" (mbox), UTC where no zone is given. 0: not a date.
 */
int64_t jd_date_parse(struct jd_span text);

/** Keeps what is believable: later than now becomes now, earlier than 1990 becomes 0. */
int64_t jd_date_clamp(int64_t time_ms, int64_t now_ms);

#endif
