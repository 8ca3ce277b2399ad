/**
 * The gate before a release may become active: it compiles, lint finds no error in it, and its
 * tests pass, all in a compute child, with the files of the organisation and the layer
 * together.
 *
 * A failing test of the standard pack is told and blocks nobody: an organisation that tunes a
 * weight means to differ.
 */
#ifndef JD_PIPELINE_RELEASE_CHECK_H
#define JD_PIPELINE_RELEASE_CHECK_H

#include "pipeline/pool.h"
#include "store/releases.h"

/** A release with what it stands on. */
struct jd_release_checked_set {
    int64_t key;                       // what the child calls it
    const struct jd_child_file *files; // of the whole set, without prompts
    uint32_t files_count;
    const struct jd_release_content *own; // of the release alone, sorted by path
    uint32_t own_count;
};
/** The rule set of `user` with `release` in its place; in `arena`. JD_GONE: there is none. */
enum jd_status jd_release_check_gather(struct jd_db *db,
        int64_t user,
        int64_t release,
        struct jd_arena *arena,
        struct jd_release_checked_set *out_set,
        struct jd_error *error);

struct jd_release_findings {
    bool passed;
    uint32_t rules, problems, warnings, cases, failed; // failed: that block
    /* JSON: {"passed","rules","problems":[{"path","line","text","code","cure"}],"warnings":[as
     * problems],"tests":{"passed","failed":[{"path","line","name","text","blocks"}]}} */
    struct jd_span report;
};

/** Everything lives in `arena`. JD_GONE: the child died; jd_child_death says how. */
enum jd_status jd_release_check_run(struct jd_child *child,
        const struct jd_release_checked_set *set,
        struct jd_arena *arena,
        struct jd_release_findings *out_findings,
        struct jd_error *error);

#endif
