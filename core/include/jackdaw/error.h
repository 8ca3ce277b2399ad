/**
 * A status for the program, a sentence for people.
 *
 * A fallible function returns `enum jd_status` and fills `struct jd_error`, its last parameter,
 * on every answer but JD_OK, JD_NONE and JD_CANCELLED. The sentence names the thing, its place
 * and the cure; code branches on the status alone. The struct is the caller's memory: nothing
 * to free, any thread.
 */
#ifndef JACKDAW_ERROR_H
#define JACKDAW_ERROR_H

#include <stdarg.h>
#include <stdio.h>

#include <jackdaw/types.h>

struct jd_error {
    enum jd_status status;
    int64_t after_ms; // RATE_LIMITED and RETRY_LATER: wait this long; 0: unknown
    char text[500];   // one sentence, UTF-8, NUL-terminated
};

/** Fills `error` (may be NULL) and returns `status`, so that `return jd_error_set(...)` reads
 * well. */
__attribute__((format(printf, 3, 4))) static inline enum jd_status
jd_error_set(struct jd_error *error, enum jd_status status, const char *format, ...)
{
    if (error) {
        va_list args;
        va_start(args, format);
        error->status = status;
        error->after_ms = 0;
        vsnprintf(error->text, sizeof(error->text), format, args);
        va_end(args);
    }
    return status;
}

#endif
