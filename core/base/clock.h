/** Wall and monotonic time; tests replace the wall clock. Any thread. */
#ifndef JD_BASE_CLOCK_H
#define JD_BASE_CLOCK_H

#include <jackdaw/types.h>

int64_t jd_clock_now_ms(void);       // wall clock, ms since 1970
int64_t jd_clock_monotonic_ms(void); // never goes back
int64_t jd_clock_monotonic_us(void);
int64_t jd_clock_monotonic_ns(void);

/** Tests: the wall clock stands at `now_ms`; 0 lets it run again. */
void jd_clock_freeze(int64_t now_ms);

#define JD_CLOCK_TEXT_BYTES 25
/** RFC 3339, UTC, ms: "2026-03-01T09:00:00.000Z" and NUL into out. Years 0000 to 9999, clamped.
 */
void jd_clock_format(int64_t time_ms, char out[JD_CLOCK_TEXT_BYTES]);
/** RFC 3339 date-time; false when it is none. */
bool jd_clock_parse(struct jd_span text, int64_t *out_time_ms);

#endif
