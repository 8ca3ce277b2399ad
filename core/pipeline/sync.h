/**
 * Sync: what a source reports becomes item rows, under the account's lease. It is not a job:
 * the account's row holds what a job row would (cursor, state, error), and its lease is the
 * fence.
 */
#ifndef JD_PIPELINE_SYNC_H
#define JD_PIPELINE_SYNC_H

#include "host/host.h"
#include "store/accounts.h"
#include "store/leases.h"

struct jd_sync {
    struct jd_db *db;
    struct jd_arena *arena; // reset by the caller after each run
    const struct jd_lease *lease;
    const struct jd_account *account;
    struct jd_source *source;
    const int32_t *cancelled; // read atomically
    bool list_all;            // whatever the cursor says
    bool may_agree;           // the listing that held removals is long enough ago
};

/**
 * What the source reports, stored. Many removals at once are not believed before two full
 * listings agree: a disk that is not mounted looks like an empty folder.
 *
 * out_held   removals wait: run again later, with a source opened anew and list_all.
 * Removals that are held are done when a listing of the same number comes with may_agree.
 * Returns    JD_NONE: nothing new. JD_REJECTED: the lease went elsewhere.
 */
enum jd_status jd_sync_run(const struct jd_sync *sync, bool *out_held, struct jd_error *error);

#endif
