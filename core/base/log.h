/**
 * Structured lines: one event, one line of JSON on stderr in ECS field names ("@timestamp",
 * "log.level", "message", "process.name", ...). An event is a fixed sentence; what varies goes
 * into fields; a field's name without a dot is written as "jackdaw.NAME", since ECS keeps plain
 * names for its own. Never mail text, never a prompt, never a secret. Any thread; one write(2)
 * a line. On a terminal (isatty) the line is plain text instead.
 *
 *     jd_log(JD_LOG_INFO, "account listed", "account", "%s", id, "count", "%zu", count, NULL);
 */
#ifndef JD_BASE_LOG_H
#define JD_BASE_LOG_H

#include <jackdaw/host.h>

#include "base/error.h"

/** Once per process: its name in each line, and the least level that is written. */
void jd_log_init(const char *process, enum jd_log_level level);
/** After `event`: triples (field name, printf format, one argument), then NULL. Formats: %s %d
 * %u %zu %lld (cast int64_t to long long) %f. */
void jd_log(enum jd_log_level level, const char *event, ...);
/** An event with the error's class and sentence as fields error.code and error.message, then
 * triples as above. The same line, word for word, is written once a minute at most; the next
 * one then says in the field left_out how often it was not. */
void jd_log_error(enum jd_log_level level,
        const char *event,
        const struct jd_error *error,
        ...);

#endif
