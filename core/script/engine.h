/**
 * Rules over a message: compile a release once, decide many messages.
 *
 *     jd_release_compile(files, count, &release, &report, &error);
 *     jd_release_decide(release, &subject, arena, &verdict, &error);
 *
 * A release is compiled into frozen C structures (evidence, word sets matched in one pass over
 * the text, regular expressions) and one Lua state for the escapes (`where`, `each_sentence`,
 * `route`). Nothing mutable survives a message. The same subject gives the same verdict,
 * always: no clock, no randomness, no order of rules. One thread at a time per release.
 */
#ifndef JD_SCRIPT_ENGINE_H
#define JD_SCRIPT_ENGINE_H

#include "mail/message.h"

struct jd_release;

struct jd_release_file {
    struct jd_span path; // "standard/newsletter.lua"
    struct jd_span content;
};

/** A finding of compiling or linting; lives in the report's arena. */
struct jd_release_problem {
    struct jd_span path;
    int line; // 0: unknown
    struct jd_span text;
    const char *kind; // "compile", or how it failed while loading, as of jd_verdict_failure
};

struct jd_release_report {
    struct jd_release_problem *problems;
    uint32_t problems_count;
    uint32_t rules_count; // rules that are active
    /* of loading all files */
    int64_t instructions, time_ns;
    size_t peak_bytes;
};

/**
 * Compiles what compiles. A rule file that does not is left out and named in the report; the
 * others work. JD_BAD_INPUT when no pack could be made of the files at all.
 */
enum jd_status jd_release_compile(const struct jd_release_file *files,
        size_t files_count,
        struct jd_arena *report_arena,
        struct jd_release **out_release,
        struct jd_release_report *out_report,
        struct jd_error *error);
void jd_release_destroy(struct jd_release **release);

/** Everything that a rule may read. */
struct jd_subject {
    const struct jd_mail *mail;
    int64_t received_ms; // "now" for the rules
    int64_t date_ms;     // the mail's Date, else received_ms
    uint32_t facts;      // enum jd_fact
    const struct jd_span *owner_addresses;
    uint32_t owner_addresses_count;
    struct jd_span zone_file;        // TZif; empty: UTC
    const struct jd_span *suspended; // "pack/rule"
    uint32_t suspended_count;
    double budget_spent; // 0..1, the part of the owner's AI budget that is used; for `route`
    uint32_t want;       // enum jd_want: what the verdict tells beside
    bool want_is_task;   // whether a rule sees a task or a sentence asks (script/request.h)
};

struct jd_verdict_evidence {
    struct jd_span id;    // "pack/rule/evidence"; lives in the release
    struct jd_span scale; // "receipt", "priority:high", "needs-reply"
    double weight;
    struct jd_span words; // may be empty
};

struct jd_verdict_task {
    struct jd_span title, rule;
    uint32_t start, end; // the quote, bytes of mail->text
    int64_t due_ms;    // INT64_MIN: none; a date without time is its end of day in the owner's
                       // zone
    char due_date[11]; // "2025-03-07" or "" when a time of day was said
    double confidence;
};

struct jd_verdict_draft {
    struct jd_span rule, kind, subject, body, language;
};

struct jd_verdict_failure {
    struct jd_span rule, path, text;
    const char *kind; // "runtime" "instructions" "memory" "time" "output"
    int line;
};

/** What one rule did, and what it took. */
struct jd_verdict_run {
    struct jd_span rule, path;
    int line;
    bool matched; // evidence fired, or a task, draft or route was made
    int64_t instructions, time_ns;
    size_t peak_bytes;                        // of the sandbox meanwhile
    const struct jd_verdict_failure *failure; // NULL: none
};

/** Why a rule did not fire. */
struct jd_verdict_why {
    struct jd_span rule, evidence; // evidence: the first one; empty: the rule did not apply
    struct jd_span condition;      // the first that fails, as written
    struct jd_span value;          // of the mail, that the condition asks for
};

/** What a model of the release says (script/learner.h). */
struct jd_verdict_learned {
    struct jd_span name, label; // live in the release
    double score;               // probability of the label
};

struct jd_verdict {
    struct jd_span category; // never empty
    const char *priority;    // "urgent" "high" "normal" "low"
    bool needs_reply;
    double confidence;                    // of the category, 0..1
    struct jd_verdict_evidence *evidence; // what fired, strongest first
    uint32_t evidence_count;
    struct jd_verdict_task *tasks;
    uint32_t tasks_count;
    struct jd_verdict_draft *drafts;
    uint32_t drafts_count;
    struct jd_verdict_failure *failures;
    uint32_t failures_count;
    bool route_ask;
    struct jd_span route_reason;
    bool is_task;                       // if it was wanted
    struct jd_verdict_learned *learned; // of each model, by name
    uint32_t learned_count;
    struct jd_verdict_run *runs; // if wanted: of each rule that is not off, by path and line
    uint32_t runs_count;
    struct jd_verdict_why *whys; // if wanted: of each rule that neither fired nor failed
    uint32_t whys_count;
};

/** Fills the verdict; everything lives in `arena` or in the release. Rules that fail are
 * skipped and named. */
enum jd_status jd_release_decide(struct jd_release *release,
        const struct jd_subject *subject,
        struct jd_arena *arena,
        struct jd_verdict *out_verdict,
        struct jd_error *error);

/** One case of a `*.test.lua` file. */
struct jd_release_case {
    struct jd_span name, path;
    int line;
    bool passed;
    struct jd_span text; // what differed: "category: expected receipt, got personal"
};

/** Runs every `test` of the release's test files; the cases live in `arena`. */
enum jd_status jd_release_test(struct jd_release *release,
        struct jd_arena *arena,
        struct jd_release_case **out_cases,
        uint32_t *out_count,
        struct jd_error *error);

#endif
