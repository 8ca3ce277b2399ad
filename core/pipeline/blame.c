/* Deaths of compute children and workers, and what becomes of the jobs they held. */
#include "pipeline/blame.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/span.h"
#include "pipeline/backlog.h"
#include "pipeline/slice.h"
#include "store/items.h"

/* One transaction: two jobs of half the items each in place of one. */
static enum jd_status replace_by_halves(struct jd_db *db,
        const struct jd_account *account,
        const struct jd_job *job,
        const struct jd_slice *slice,
        struct jd_error *error)
{
    uint32_t half = slice->count / 2;
    struct jd_slice parts[2] = { { slice->items, half, slice->backlog },
        { slice->items + half, slice->count - half, slice->backlog } };
    enum jd_status status = jd_tx_begin(db, JD_TX_BULK, INT64_MAX, error);
    for (size_t i = 0; i < 2 && status == JD_OK; i++) {
        status = jd_slice_add(db, account, &parts[i], job->priority, true, error);
    }
    if (status == JD_OK) {
        status = jd_job_finish(db, job, error);
    }
    if (status == JD_OK) {
        return jd_tx_commit(db, error);
    }
    jd_tx_rollback(db);
    return status;
}

/* The guilty message: its job is dead, its item says why, the backlog goes on without it. */
static enum jd_status bury(struct jd_db *db,
        const struct jd_account *account,
        const struct jd_job *job,
        const struct jd_slice *slice,
        const char *reason,
        struct jd_error *error)
{
    enum jd_status status = jd_tx_begin(db, JD_TX_BULK, INT64_MAX, error);
    if (status == JD_OK) {
        status = jd_job_bury(db, job, jd_span_of(reason), error);
    }
    for (uint32_t i = 0; i < slice->count && status == JD_OK; i++) {
        status = jd_item_reject(
                db, account->user_id, slice->items[i], jd_span_of(reason), error);
    }
    if (status == JD_OK && slice->backlog) {
        status = jd_backlog_next(db, account, error);
    }
    if (status == JD_OK) {
        jd_metric_add(jd_metric("jackdaw_jobs_dead_total", NULL), 1);
        return jd_tx_commit(db, error);
    }
    jd_tx_rollback(db);
    return status;
}

static enum jd_status book(struct jd_db *db,
        const struct jd_account *account,
        const struct jd_job *job,
        bool alone,
        const struct jd_child_death *death,
        struct jd_arena *arena,
        struct jd_error *error)
{
    struct jd_slice slice;
    bool killed = death->end == JD_CHILD_KILLED;
    enum jd_status status = jd_slice_read(job, arena, &slice, error);
    if (status != JD_OK) {
        return status;
    }
    if (!alone || (killed && !job->suspect)) {
        return jd_job_suspect(db, job, false, error);
    }
    if (slice.count > 1) {
        return replace_by_halves(db, account, job, &slice, error);
    }
    if (death->end == JD_CHILD_FAULT || job->deaths + 1 >= JD_DEATHS_MAX) {
        char reason[160];
        snprintf(reason, sizeof(reason),
                "reading this message ended its process (%s, signal %d)",
                jd_child_end_name(death->end), death->signal);
        return bury(db, account, job, &slice, reason, error);
    }
    return jd_job_suspect(db, job, true, error);
}

enum jd_status jd_blame_child(struct jd_db *db,
        const struct jd_account *account,
        const struct jd_job *jobs,
        uint32_t count,
        const struct jd_child_death *death,
        struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(4 * 1024 * 1024);
    enum jd_status result = JD_CANCELLED;
    jd_log(JD_LOG_WARNING, "a compute child ended", "end", "%s", jd_child_end_name(death->end),
            "signal", "%d", death->signal, "jobs", "%u", count, NULL);
    for (uint32_t i = 0; i < count; i++) {
        enum jd_status status = book(db, account, &jobs[i], count == 1, death, arena, error);
        if (status != JD_OK && status != JD_REJECTED) {
            result = status;
        }
    }
    jd_arena_destroy(&arena);
    return result;
}

enum jd_status
jd_blame_claimed(struct jd_db *db, const struct jd_job *job, struct jd_error *error)
{
    struct jd_slice slice;
    struct jd_account account;
    if (job->deaths == 0 || !jd_span_equal(job->kind, JD_SPAN("analyse"))) {
        return JD_NONE;
    }
    struct jd_arena *arena = jd_arena_create(4 * 1024 * 1024);
    enum jd_status status = jd_slice_read(job, arena, &slice, error);
    if (status == JD_OK) {
        status = jd_account_find(db, job->user_id, job->account_id, arena, &account, error);
    }
    if (status == JD_OK && slice.count > 1) {
        status = replace_by_halves(db, &account, job, &slice, error);
    } else if (status == JD_OK && job->deaths >= JD_DEATHS_MAX) {
        status = bury(db, &account, job, &slice,
                "its process died three times while it ran alone", error);
    } else if (status == JD_OK || status == JD_GONE) {
        status = JD_NONE;
    }
    jd_arena_destroy(&arena);
    return status == JD_OK ? JD_CANCELLED : status;
}

enum jd_status jd_blame_hopeless(struct jd_db *db,
        const struct jd_job *job,
        const char *reason,
        struct jd_error *error)
{
    struct jd_slice slice = { 0 };
    struct jd_account account = { .id = job->account_id, .user_id = job->user_id };
    struct jd_arena *arena = jd_arena_create(4 * 1024 * 1024);
    if (jd_span_equal(job->kind, JD_SPAN("analyse")) &&
            jd_slice_read(job, arena, &slice, error) != JD_OK) {
        slice.count = 0; // a payload that cannot be read is buried with its job
    }
    enum jd_status status = slice.count > 1
                                    ? replace_by_halves(db, &account, job, &slice, error)
                                    : bury(db, &account, job, &slice, reason, error);
    jd_arena_destroy(&arena);
    return status;
}

enum jd_status jd_release_previous(const struct jd_pipeline_options *options,
        struct jd_error *error)
{
    struct jd_db *db = NULL;
    if (!options->previous) {
        return JD_OK;
    }
    enum jd_status status = jd_db_open(options->store, &db, error);
    if (status == JD_OK) {
        status = jd_jobs_release_owner(db, jd_span_of(options->previous), error);
    }
    jd_db_close(&db);
    return status;
}
