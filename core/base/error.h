/**
 * What jackdaw/error.h leaves out: the names of the classes and adding context on the way up.
 * Any thread.
 */
#ifndef JD_BASE_ERROR_H
#define JD_BASE_ERROR_H

#include <jackdaw/error.h>

/** "retry_later", "bad_input", ...; stable, for logs and metrics. */
const char *jd_status_name(enum jd_status status);

/** Puts "context: " before the sentence and returns its status. */
__attribute__((format(printf, 2, 3))) enum jd_status
jd_error_wrap(struct jd_error *error, const char *format, ...);

/** As jd_error_set, with strerror(number) behind the sentence; picks the class by errno
 * (ENOSPC: RETRY_LATER, ENOENT: GONE, EACCES: UNAUTHORISED, else RETRY_LATER). */
__attribute__((format(printf, 3, 4))) enum jd_status
jd_error_errno(struct jd_error *error, int number, const char *format, ...);

#endif
