/** The payload of an analyse job: which items it holds, and whether it is a piece of the
 * backlog, which then continues with the next. */
#ifndef JD_PIPELINE_SLICE_H
#define JD_PIPELINE_SLICE_H

#include "store/accounts.h"
#include "store/jobs.h"

#define JD_SLICE_MAX 500

struct jd_slice {
    const int64_t *items;
    uint32_t count;
    bool backlog;
};

/** Inside the caller's transaction. suspect: it runs alone. */
enum jd_status jd_slice_add(struct jd_db *db,
        const struct jd_account *account,
        const struct jd_slice *slice,
        int32_t priority,
        bool suspect,
        struct jd_error *error);
/** Items live in `arena`. */
enum jd_status jd_slice_read(const struct jd_job *job,
        struct jd_arena *arena,
        struct jd_slice *out_slice,
        struct jd_error *error);
bool jd_slice_is_backlog(const struct jd_job *job);

#endif
