/** What the verbs of `jackdaw rules` share. */
#ifndef JD_CLI_RULES_H
#define JD_CLI_RULES_H

#include "cli/bootstrap.h"
#include "pipeline/pool.h"
#include "store/releases.h"

#define JD_RULES_ARENA_BYTES (256u * 1024 * 1024)

/** Files as a child takes them; they live in `arena`. */
struct jd_rules_files {
    struct jd_arena *arena;
    struct jd_child_file list[2 * JD_RELEASE_FILES_MAX];
    uint32_t count;
    uint32_t own_count; // the first ones: what was asked for; the others are what they stand on
};

/** FOLDER is a folder of packs, or one pack itself. Hidden files are left out. */
enum jd_status
jd_rules_read(struct jd_rules_files *files, const char *folder, struct jd_error *error);
/** The pack of this very program. */
void jd_rules_take_standard(struct jd_rules_files *files);

/** Adds the pack of this program where a pack extends it and it is not among the files, so that
 * they are looked at as they will run. */
void jd_rules_add_standard(struct jd_rules_files *files);
/** Whether a path is of what was asked for. */
bool jd_rules_is_own(const struct jd_rules_files *files, struct jd_span path);

/** To standard output, whole; false: it could not be, and that was told. */
bool jd_rules_print(struct jd_span text);

/** Work for one compute child in a sandbox of its own; started and ended around `work`. */
typedef enum jd_status (
        *jd_rules_work)(void *context, struct jd_child *child, struct jd_error *error);
enum jd_status jd_rules_in_child(jd_rules_work work, void *context, struct jd_error *error);

/** Releases: each returns the exit code, and has told. */
struct jd_rules_call {
    struct jd_bootstrap *boot;
    const char *word, *second; // behind the verb; NULL: none
    const char *layer, *comment, *release, *last, *category;
};
int jd_rules_list(const struct jd_rules_call *call);
int jd_rules_log(const struct jd_rules_call *call);
int jd_rules_diff(const struct jd_rules_call *call);
int jd_rules_push(const struct jd_rules_call *call);
int jd_rules_pull(const struct jd_rules_call *call);
int jd_rules_check(const struct jd_rules_call *call);
int jd_rules_activate(const struct jd_rules_call *call);
int jd_rules_rollback(const struct jd_rules_call *call);
int jd_rules_backtest(const struct jd_rules_call *call);
int jd_rules_candidate(const struct jd_rules_call *call);
int jd_rules_shadow(const struct jd_rules_call *call);
int jd_rules_figures(const struct jd_rules_call *call);
int jd_rules_resume(const struct jd_rules_call *call);
int jd_rules_apply(const struct jd_rules_call *call);

/** Verbs that need no storage read options of their own; argv[0] is the verb. */
int jd_rules_run(int argc, char **argv);
int jd_rules_api(int argc, char **argv);
int jd_rules_explain(int argc, char **argv);
int jd_rules_lint(int argc, char **argv);

/** A release of the call's layer by the number that stands in `word`. */
struct jd_rules_session {
    const struct jd_rules_call *call;
    struct jd_bootstrap *boot;
    int64_t user;  // whose layer "mine" is
    int64_t owner; // JD_ORGANISATION or the user
};
/** False: told. */
bool jd_rules_begin(struct jd_rules_session *session, const struct jd_rules_call *call);
/** 0, or 1 with what went wrong told; JD_CANCELLED: it was told already. */
int jd_rules_end(struct jd_rules_session *session, enum jd_status status);
enum jd_status jd_rules_find(struct jd_rules_session *session,
        const char *word,
        struct jd_release_row *out_row);

/** That of --release, else the active one. */
enum jd_status jd_rules_chosen(struct jd_rules_session *session,
        struct jd_release_row *out_row);

#endif
