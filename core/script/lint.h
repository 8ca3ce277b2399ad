/**
 * What is doubtful in a release, before it decides anything: names that do not exist, globals,
 * conditions that can never hold, evidence that nothing can outvote, what is listed and never
 * used. lint.c looks at what was compiled, lint_source.c at the text.
 *
 * Findings live in the arena that the caller names, but for paths, which live in the release.
 */
#ifndef JD_SCRIPT_LINT_H
#define JD_SCRIPT_LINT_H

#include "base/arena.h"
#include "script/engine.h"

#define JD_LINT_FINDINGS_MAX 500 // of which half may be warnings

struct jd_lint_finding {
    enum jd_severity severity;
    const char *code; // "unknown-name": a word of a closed list, docs/rules.md explains each
    struct jd_span path;
    int line;            // 0: of the file
    struct jd_span text; // one sentence
    struct jd_span cure; // what to do about it; may be empty
};

struct jd_lint {
    struct jd_release *release;
    struct jd_arena *arena;
    struct jd_lint_finding *findings; // JD_LINT_FINDINGS_MAX; later ones are left out
    uint32_t count;
};

/** Findings by path and line; errors before warnings of one line. JD_BAD_INPUT: they do not fit
 * into the arena. */
enum jd_status jd_release_lint(struct jd_release *release,
        struct jd_arena *arena,
        struct jd_lint_finding **out_findings,
        uint32_t *out_count,
        struct jd_error *error);

/* For the two files. */

void jd_lint_add(struct jd_lint *lint, struct jd_lint_finding finding);
/** "did you mean 'NAME'?" of the nearest candidate, or empty. Candidates end with NULL. */
struct jd_span
jd_lint_meant(struct jd_lint *lint, struct jd_span name, const char *const *candidates);
/** Names of one rule file or test file. */
void jd_lint_source(struct jd_lint *lint,
        struct jd_span path,
        struct jd_span text,
        bool is_test);

#endif
