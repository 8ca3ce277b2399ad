/**
 * Rules that fail. Each failure is skipped and counted; a rule that failed JD_SUSPEND_AFTER
 * times in its rule set is suspended: left out of every decision until another release is
 * active or a person lifts it. Which rules were left out is kept with each analysis.
 */
#ifndef JD_STORE_SUSPENSIONS_H
#define JD_STORE_SUSPENSIONS_H

#include "store/releases.h"

#define JD_SUSPEND_AFTER 20
#define JD_SUSPENDED_MAX 1000 // of one rule set

struct jd_rule_failure {
    struct jd_span rule; // "pack/rule"
    struct jd_span kind; // "runtime" "instructions" "memory" "time" "output"
    struct jd_span path,
            text; // where, and what it said; the text is the rule's, not the mail's
    int64_t line, count, at_ms;
    bool suspended;
};

/** The suspended rules of the set, in `arena`. */
enum jd_status jd_suspensions_read(struct jd_db *db,
        const struct jd_rule_set *set,
        struct jd_arena *arena,
        struct jd_span **out_rules,
        uint32_t *out_count,
        struct jd_error *error);
/** Counts a failure (rule, kind, path, line and text of it), and suspends the rule when it was
 * one too many, with event "rule.suspended" for those who run Jackdaw. In a transaction of the
 * caller. */
enum jd_status jd_suspensions_note(struct jd_db *db,
        const struct jd_rule_set *set,
        const struct jd_rule_failure *failure,
        struct jd_error *error);

typedef enum jd_status (
        *jd_rule_failure_fn)(void *context, const struct jd_rule_failure *failure);
/** Rules that failed under `release`, most often first. owner: JD_ORGANISATION, else the user
 * whose layer it is. */
enum jd_status jd_suspensions_list(struct jd_db *db,
        int64_t owner,
        int64_t release,
        jd_rule_failure_fn row,
        void *context,
        struct jd_error *error);
/** The rule takes part again, with a new count. In a transaction of its own. JD_GONE: it is not
 * suspended. */
enum jd_status jd_suspension_lift(struct jd_db *db,
        int64_t owner,
        int64_t release,
        struct jd_span rule,
        struct jd_error *error);

#endif
