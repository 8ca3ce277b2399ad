/** The host's time zone and its zone database (/usr/share/zoneinfo). Any thread. */
#ifndef JD_BASE_TIMEZONE_H
#define JD_BASE_TIMEZONE_H

#include "base/buf.h"
#include "base/error.h"

/** IANA name of the host's zone, by TZ, /etc/timezone or /etc/localtime; "UTC" if none says.
 * Constant for the process. */
const char *jd_timezone_host(void);
/** Whether the database has `name`. */
bool jd_timezone_exists(struct jd_span name);
/** Appends the zone's file (TZif, RFC 8536). JD_BAD_INPUT: no such zone. */
enum jd_status
jd_timezone_file(struct jd_span name, struct jd_buf *out, struct jd_error *error);

#endif
