/**
 * One message on its way through the phases, and what the phases share. engine.c prepares,
 * classifies and routes; engine_extract.c finds tasks; engine_draft.c fills templates.
 */
#ifndef JD_SCRIPT_ENGINE_RUN_H
#define JD_SCRIPT_ENGINE_RUN_H

#include "script/bind_run.h"

struct jd_run {
    struct jd_release *release;
    const struct jd_subject *subject;
    struct jd_arena *arena;
    struct jd_look look;
    struct jd_verdict verdict;
    struct jd_verdict_run *runs; // by the rules' index; NULL: not wanted
    int64_t started_ns;          // of the rule that is measured
    int64_t regex_steps;         // that were left when it began
    bool full;                   // the arena is: the decision fails
};

/** What to call, and with what. */
struct jd_run_request {
    uint32_t function;
    const struct jd_sentence *sentence; // of extract, before the mail
    bool with_verdict;                  // of route, behind the mail
};

/** Looks for all words in a text: region bits into the release's hits and marks. How many of
 * words_seen are new in the region. */
uint32_t jd_run_scan(struct jd_run *run, struct jd_span text, enum jd_region region);
/** Of that kind, not off and not suspended. */
bool jd_run_is_active(const struct jd_run *run,
        const struct jd_rule *rule,
        enum jd_rule_kind kind);
/** Opens the account of a rule, and closes it. A rule may be taken up again; what it took adds
 * up. */
void jd_run_begin_rule(struct jd_run *run);
void jd_run_end_rule(struct jd_run *run, const struct jd_rule *rule);
/** The rule has something to say. */
void jd_run_note_match(struct jd_run *run, const struct jd_rule *rule);
/** Whether the rule's only_if holds; one that failed is noted. */
bool jd_run_applies(struct jd_run *run, const struct jd_rule *rule);
/** Notes that the rule failed and is skipped. */
void jd_run_add_failure(struct jd_run *run,
        const struct jd_rule *rule,
        struct jd_verdict_failure failure);
struct jd_verdict_failure jd_run_failure(struct jd_run *run,
        const struct jd_sandbox_failure *failure);
/**
 * Calls on the account of the rule and of the mail; the result is on the stack. A dead state is
 * replaced at once: look at release->renewed.
 */
bool jd_run_call(struct jd_release *release,
        const struct jd_run_request *request,
        struct jd_sandbox_failure *failure);
/** Whether the function left all it had captured as it was; puts it back. */
bool jd_run_check_captured(struct jd_release *release,
        uint32_t function,
        struct jd_sandbox_failure *failure);

/** What each rule did and took, if it is wanted (engine_measure.c). */
void jd_run_open_runs(struct jd_run *run);
void jd_run_measure_begin(struct jd_run *run);
/** Why the others did not fire, if it is wanted (engine_why.c); before the runs are closed. */
void jd_run_explain(struct jd_run *run);
/** Into the verdict, in the order of the files. */
void jd_run_close_runs(struct jd_run *run);

/** The phases behind the verdict. */
void jd_run_extract(struct jd_run *run);
void jd_run_draft(struct jd_run *run);

#endif
