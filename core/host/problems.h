/**
 * Everything that is wrong with a set-up, collected so that it can be told at once.
 *
 * A problem has a place ("jackdaw.yaml:12", "command line --port") and a sentence. The list and
 * its texts live in the arena given to jd_problems_init. At most JD_PROBLEMS_MAX are kept, the
 * rest is counted. One thread at a time.
 */
#ifndef JD_HOST_PROBLEMS_H
#define JD_HOST_PROBLEMS_H

#include "base/arena.h"
#include "base/error.h"

#define JD_PROBLEMS_MAX 200

struct jd_problem {
    const struct jd_problem *next;
    const char *where; // "" when the sentence names the place itself
    const char *text;
};

struct jd_problems {
    struct jd_arena *arena; // borrowed
    const struct jd_problem *first;
    struct jd_problem *last;
    size_t count; // also those beyond the maximum
};

static inline struct jd_problems jd_problems_init(struct jd_arena *arena)
{
    return (struct jd_problems){ .arena = arena };
}

/** where: may be NULL; copied, as is the sentence. */
__attribute__((format(printf, 3, 4))) void
jd_problems_add(struct jd_problems *problems, const char *where, const char *format, ...);

/** JD_OK when there is none, else JD_BAD_INPUT with the first sentence "and N more". */
enum jd_status jd_problems_status(const struct jd_problems *problems, struct jd_error *error);

#endif
