/** Releases: numbered sets of packs, prompts and lists of one layer owner (0: the
 * organisation). One active row per owner. */
#ifndef JD_STORE_RELEASES_H
#define JD_STORE_RELEASES_H

#include "store/db.h"

struct jd_release_content {
    struct jd_span path; // "standard/newsletter.lua"
    struct jd_span content;
};

/** JD_NONE: this owner has none. */
enum jd_status jd_release_active(struct jd_db *db,
        int64_t owner,
        int64_t *out_release,
        struct jd_error *error);
/** All files, sorted by path; in `arena`. */
enum jd_status jd_release_files(struct jd_db *db,
        int64_t release,
        struct jd_arena *arena,
        struct jd_release_content **out_files,
        uint32_t *out_count,
        struct jd_error *error);
/** Inside the caller's transaction: the next number of `owner`. */
enum jd_status jd_release_create(struct jd_db *db,
        int64_t owner,
        struct jd_span author,
        struct jd_span comment,
        const struct jd_release_content *files,
        uint32_t count,
        int64_t *out_release,
        struct jd_error *error);
/** Inside the caller's transaction: what was active is retired. */
enum jd_status
jd_release_activate(struct jd_db *db, int64_t owner, int64_t release, struct jd_error *error);
/** Within a transaction: JD_REJECTED when `release` is not the owner's active one any more. */
enum jd_status
jd_release_check(struct jd_db *db, int64_t owner, int64_t release, struct jd_error *error);

/** The pack that travels inside the binary: fills up to `max` files, returns how many. */
size_t jd_standard_pack(struct jd_release_content *out, size_t max);

#endif
