/**
 * Releases: numbered sets of files (packs, prompts, lists, learned models) of one layer owner,
 * which is the organisation or a user.
 *
 * A release begins `open` and may be edited; it is `tested` when the gates have passed on
 * exactly these files (an edit opens it again); then it may be activated. Each owner has one
 * row that names the active release and, beside it, the candidate that runs in shadow:
 * activation and rollback are an UPDATE of that row, so they are exact on any number of
 * workers. Every such change is a row of the log, which nothing removes.
 *
 * What decides a user's mail is the organisation's active release and the user's own on top of
 * it: a rule set, with one key. Every call that names a release names its owner too, and finds
 * none of another's. Spans of results live in `arena`, or, in a row function, until
 * it returns. Where it says so, a call wants a transaction of the caller.
 */
#ifndef JD_STORE_RELEASES_H
#define JD_STORE_RELEASES_H

#include "store/db.h"

#define JD_ORGANISATION            ((int64_t)0) // as an owner
#define JD_RELEASE_FILES_MAX       1000
#define JD_RELEASE_FILE_BYTES_MAX  (256 * 1024)      // of a text file
#define JD_RELEASE_MODEL_BYTES_MAX (8 * 1024 * 1024) // of learned/NAME.model
#define JD_RELEASE_PATH_BYTES_MAX  200
#define JD_RELEASE_BYTES_MAX       (32 * 1024 * 1024) // of all files of one release

struct jd_release_content {
    struct jd_span path; // "standard/newsletter.lua"
    struct jd_span content;
};

/** What decides a user's mail now. */
struct jd_rule_set {
    int64_t organisation; // release
    int64_t user;         // release of the user's layer; 0: none
    int64_t key;          // the organisation's id without a user's layer, else a hash of both;
                          // of a release that may be edited, its version goes in as well
};

/** Of releases that have decided mail, as an analysis names them. */
struct jd_rule_set jd_rule_set_of(int64_t organisation, int64_t user);
/** JD_BUG: the organisation has none, which migration prevents. */
enum jd_status jd_rule_set_active(struct jd_db *db,
        int64_t user,
        struct jd_rule_set *out_set,
        struct jd_error *error);
/** The active set with one owner's release replaced by `release`: what a back-test or a shadow
 * decides with. JD_GONE: there is no such release. */
enum jd_status jd_rule_set_with(struct jd_db *db,
        int64_t user,
        int64_t release,
        struct jd_rule_set *out_set,
        struct jd_error *error);
/** The set with the candidate of the user's layer, else of the organisation. JD_NONE: there is
 * none. */
enum jd_status jd_rule_set_candidate(struct jd_db *db,
        int64_t user,
        struct jd_rule_set *out_set,
        struct jd_error *error);
/** Within a transaction: JD_REJECTED when another release was activated meanwhile. */
enum jd_status jd_rule_set_check(struct jd_db *db,
        int64_t user,
        const struct jd_rule_set *set,
        struct jd_error *error);
/** The files of both releases, sorted by path; a path of the user's layer that the organisation
 * has too is left out. */
enum jd_status jd_rule_set_files(struct jd_db *db,
        const struct jd_rule_set *set,
        struct jd_arena *arena,
        struct jd_release_content **out_files,
        uint32_t *out_count,
        struct jd_error *error);

struct jd_release_row {
    int64_t id, owner_id, number, created_ms;
    int64_t base_id;      // the release that it was made from; 0: none
    int64_t version;      // raised by every edit; the ETag
    struct jd_span state; // "open" "tested" "active" "retired"
    struct jd_span author, comment;
    struct jd_span report; // JSON of the last check, see docs/rules.md; empty: never checked
    bool is_candidate;
    int64_t files_count;
};
typedef enum jd_status (*jd_release_fn)(void *context, const struct jd_release_row *release);

/** Newest first, before number `before` (0: from the top). */
enum jd_status jd_releases_list(struct jd_db *db,
        int64_t owner,
        int64_t before,
        int limit,
        jd_release_fn row,
        void *context,
        struct jd_error *error);
/** JD_GONE: this owner has no such release. */
enum jd_status jd_release_get(struct jd_db *db,
        int64_t owner,
        int64_t release,
        struct jd_arena *arena,
        struct jd_release_row *out_release,
        struct jd_error *error);
/** By its number. */
enum jd_status jd_release_find(struct jd_db *db,
        int64_t owner,
        int64_t number,
        struct jd_arena *arena,
        struct jd_release_row *out_release,
        struct jd_error *error);
/** JD_NONE: this owner has none. */
enum jd_status jd_release_active(struct jd_db *db,
        int64_t owner,
        int64_t *out_release,
        struct jd_error *error);
/** JD_NONE: this owner has none. */
enum jd_status jd_release_candidate(struct jd_db *db,
        int64_t owner,
        int64_t *out_release,
        struct jd_error *error);

/** All files, sorted by path. */
enum jd_status jd_release_files(struct jd_db *db,
        int64_t release,
        struct jd_arena *arena,
        struct jd_release_content **out_files,
        uint32_t *out_count,
        struct jd_error *error);
/** JD_GONE: no such file, or no such release of this owner. */
enum jd_status jd_release_file(struct jd_db *db,
        int64_t owner,
        int64_t release,
        struct jd_span path,
        struct jd_arena *arena,
        struct jd_span *out_content,
        struct jd_error *error);

/** Who changes what, for the row and the log. */
struct jd_release_note {
    struct jd_span author, comment;
};

/** The next number of `owner`, open, with the files of `base` (0: empty). In a transaction of
 * the caller. */
enum jd_status jd_release_create(struct jd_db *db,
        int64_t owner,
        int64_t base,
        const struct jd_release_note *note,
        int64_t *out_release,
        struct jd_error *error);
/** Whether it may be a file of a release. JD_BAD_INPUT: the path, the size or the encoding,
 * with a sentence. */
enum jd_status jd_release_check_file(const struct jd_release_content *file,
        struct jd_error *error);
/** Writes a file; `content.data` NULL removes it. The release becomes open. In a transaction of
 * the caller. JD_REJECTED: it is active or retired, or if_version (0: any) is not its version;
 * JD_BAD_INPUT: the path or the size is refused; JD_GONE: no such release, or nothing to
 * remove. */
enum jd_status jd_release_put(struct jd_db *db,
        int64_t owner,
        int64_t release,
        int64_t if_version,
        const struct jd_release_content *file,
        struct jd_error *error);
/** Keeps the report of a check; `passed`: it is tested now. In a transaction of its own.
 * JD_REJECTED: it was edited since `version`. */
enum jd_status jd_release_checked(struct jd_db *db,
        int64_t owner,
        int64_t release,
        int64_t version,
        bool passed,
        struct jd_span report,
        struct jd_error *error);
/** Another comment; the files and the version stay. In a transaction of its own. */
enum jd_status jd_release_describe(struct jd_db *db,
        int64_t owner,
        int64_t release,
        struct jd_span comment,
        struct jd_error *error);
/** Drops a release that was never active. In a transaction of its own. JD_REJECTED otherwise.
 */
enum jd_status
jd_release_drop(struct jd_db *db, int64_t owner, int64_t release, struct jd_error *error);

/** In transactions of their own, with event "release.changed". The
 * release must be tested, or have been active. JD_REJECTED with the reason otherwise. */
enum jd_status jd_release_activate(struct jd_db *db,
        int64_t owner,
        int64_t release,
        const struct jd_release_note *note,
        struct jd_error *error);
/** Activates what was active before the active one. JD_REJECTED: there was none. */
enum jd_status jd_release_rollback(struct jd_db *db,
        int64_t owner,
        const struct jd_release_note *note,
        int64_t *out_release,
        struct jd_error *error);
/** release 0: no candidate any more. */
enum jd_status jd_release_set_candidate(struct jd_db *db,
        int64_t owner,
        int64_t release,
        const struct jd_release_note *note,
        struct jd_error *error);

/** Without the gate and in a transaction of the caller: for set-up and for tests. */
enum jd_status jd_release_make_active(struct jd_db *db,
        int64_t owner,
        int64_t release,
        const struct jd_release_note *note,
        struct jd_error *error);
enum jd_status jd_release_make_candidate(struct jd_db *db,
        int64_t owner,
        int64_t release,
        const struct jd_release_note *note,
        struct jd_error *error);

/** What was activated when, by whom. */
struct jd_release_change {
    int64_t id, at_ms, from_id, to_id; // 0: none
    struct jd_span kind;               // "activate" "rollback" "candidate" "discard"
    struct jd_span author, comment;
};
typedef enum jd_status (
        *jd_release_change_fn)(void *context, const struct jd_release_change *change);
/** Newest first, before id `before` (0: from the top). */
enum jd_status jd_release_log(struct jd_db *db,
        int64_t owner,
        int64_t before,
        int limit,
        jd_release_change_fn row,
        void *context,
        struct jd_error *error);

/** The pack that travels inside the binary: fills up to `max` files, returns how many. */
size_t jd_standard_pack(struct jd_release_content *out, size_t max);
/** In a transaction of the caller: without any release of the organisation, release 1 with the
 * standard pack becomes active; with a standard pack that differs from the active one and was
 * not offered yet, a release with it becomes the candidate. Never does it become active by
 * itself. */
enum jd_status jd_standard_offer(struct jd_db *db, struct jd_error *error);

#endif
