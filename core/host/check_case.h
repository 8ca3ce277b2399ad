/**
 * What the suites share: a case, its instance, and how it fails. Private to check*.c.
 *
 * A case is a function that opens what it needs (jd_check_open), asks, and returns; the first
 * EXPECT that does not hold ends it with its sentence. It runs in a child process: what it
 * leaves open dies with it.
 */
#ifndef JD_HOST_CHECK_CASE_H
#define JD_HOST_CHECK_CASE_H

#include <stdatomic.h>

#include <jackdaw/plugin.h>

#include "base/arena.h"
#include "base/error.h"
#include "host/check.h"

struct jd_check {
    const struct jd_service *service;
    const struct jd_option_text *options; // those that this service declares
    size_t options_count;
    const char *dir;        // absolute, empty at the start of the case
    const char *fixture;    // kind of mail to make; NULL: the options say where mail is
    struct jd_arena *arena; // dies with the case
    int64_t wait_ms;        // patience with what must come
    struct jd_check_outcome *outcome;
};

struct jd_check_outcome { // shared with the parent
    _Atomic bool failed;
    bool skipped;
    char reason[600];
};

struct jd_check_case {
    const char *name; // what holds, as a sentence: NULL ends the table
    void (*run)(struct jd_check *check);
};

extern const struct jd_check_case jd_check_source_cases[];
extern const struct jd_check_case jd_check_storage_cases[];
extern const struct jd_check_case jd_check_queue_cases[];
extern const struct jd_check_case jd_check_bus_cases[];
extern const struct jd_check_case jd_check_cache_cases[];

/** Notes the first reason. Any thread of the case. */
__attribute__((format(printf, 2, 3))) void
jd_check_fail(struct jd_check *check, const char *format, ...);
void jd_check_skip(struct jd_check *check, const char *why);
static inline bool jd_check_over(const struct jd_check *check)
{
    return check->outcome->failed || check->outcome->skipped;
}

/** Opens an instance with the caller's options; `extra` (may be NULL) is one more, stronger
 * than the caller's. State folder: `dir`/state. Two opens are two instances of one service. */
enum jd_status jd_check_open_with(struct jd_check *check,
        const struct jd_option_text *extra,
        void **out_self,
        struct jd_error *error);
/** As above; a failure fails the case. */
bool jd_check_open(struct jd_check *check, void **out_self);

/** Ends the case unless `condition` holds; then a format with what was seen. */
#define EXPECT(check, condition, ...)                                                          \
 do {                                                                                          \
  if (!(condition)) {                                                                          \
   jd_check_fail((check), __VA_ARGS__);                                                        \
   return;                                                                                     \
  }                                                                                            \
 } while (0)

/** Ends the case unless the call answers `expected`; `error` is the struct it fills. */
#define EXPECT_STATUS(check, call, expected, error)                                            \
 EXPECT_ANSWER(check, call, expected, error, #call)
#define EXPECT_OK(check, call, error) EXPECT_ANSWER(check, call, JD_OK, error, #call)
#define EXPECT_ANSWER(check, call, expected, error, words)                                     \
 do {                                                                                          \
  (error).text[0] = '\0';                                                                      \
  enum jd_status jd_answer = (call);                                                           \
  if (jd_answer != (expected)) {                                                               \
   jd_check_fail((check), "%s answered %s%s%s, expected %s", words, jd_status_name(jd_answer), \
           (error).text[0] ? ": " : "", (error).text, jd_status_name(expected));               \
   return;                                                                                     \
  }                                                                                            \
 } while (0)

/** For what takes time by its nature: sleeps a moment between two questions. *deadline_ms is 0
 * at first. False: the case has waited long enough. */
bool jd_check_pause(const struct jd_check *check, int64_t *deadline_ms);

/* Mail for sources: a mailbox of a known kind, made below check->dir. */

/** False when `kind` cannot be made. */
bool jd_fixture_known(const char *kind);
/** The path that a source of this kind is given. */
const char *jd_fixture_path(struct jd_check *check);
/** `count` messages, numbered 1.. */
void jd_fixture_make(struct jd_check *check, unsigned count);
void jd_fixture_add(struct jd_check *check, unsigned number);
/** Not for mbox. */
void jd_fixture_remove(struct jd_check *check, unsigned number);
/** A line that only this message has. */
const char *jd_fixture_mark(struct jd_check *check, unsigned number);

#endif
