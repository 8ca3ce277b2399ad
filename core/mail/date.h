/** Dates of mail headers: RFC 5322, its obsolete forms, and what programs write instead. */
#ifndef JD_MAIL_DATE_H
#define JD_MAIL_DATE_H

#include "base/span.h"

/**
 * Milliseconds since 1970-01-01T00:00:00Z, INT64_MIN if there is no usable date. A missing or
 * unknown zone is UTC; a year outside 1960 to 2100 is no date. Any thread.
 */
int64_t jd_date_parse(struct jd_span text);

#endif
