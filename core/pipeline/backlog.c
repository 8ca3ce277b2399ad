/* The cursor jobs: backlog begins, analyse slices continue, settle ends. */
#include "pipeline/backlog.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/span.h"
#include "pipeline/desk.h"
#include "pipeline/identify.h"
#include "pipeline/slice.h"
#include "store/decisions.h"
#include "store/items.h"

#define SETTLE_SOON_MS   2000
#define IDENTIFY_SOON_MS 1000
#define STALE_MAX        2000 // items made again per settling; more take another

enum jd_status
jd_backlog_begin(struct jd_db *db, const struct jd_account *account, struct jd_error *error)
{
    int64_t under_way = 0;
    enum jd_status status = jd_jobs_count(db, account->id, "backlog", &under_way, error);
    if (status != JD_OK || under_way) {
        return status;
    }
    return jd_job_add(db, account->user_id, account->id, "backlog", JD_SPAN("{}"),
            JD_PRIORITY_BACKLOG, 0, NULL, error);
}

enum jd_status jd_backlog_identify_soon(struct jd_db *db,
        const struct jd_account *account,
        struct jd_error *error)
{
    int64_t under_way = 0;
    enum jd_status status = jd_jobs_count(db, account->id, "backlog", &under_way, error);
    if (status != JD_OK || under_way) {
        return status;
    }
    return jd_job_add(db, account->user_id, account->id, "backlog", JD_SPAN("{}"),
            JD_PRIORITY_BACKLOG, jd_clock_now_ms() + IDENTIFY_SOON_MS, NULL, error);
}

/* out_added: false when nothing waits. */
static enum jd_status add_slice(struct jd_db *db,
        const struct jd_account *account,
        bool *out_added,
        struct jd_error *error)
{
    int64_t items[JD_BACKLOG_SLICE];
    uint32_t count = 0;
    enum jd_status status = jd_items_take(
            db, account->user_id, account->id, JD_BACKLOG_SLICE, items, &count, error);
    *out_added = status == JD_OK && count > 0;
    if (!*out_added) {
        return status;
    }
    struct jd_slice slice = { items, count, true };
    return jd_slice_add(db, account, &slice, JD_PRIORITY_BACKLOG, false, error);
}

static enum jd_status add_settle(struct jd_db *db,
        const struct jd_account *account,
        int64_t run_at_ms,
        struct jd_error *error)
{
    return jd_job_add(db, account->user_id, account->id, "settle", JD_SPAN("{}"),
            JD_PRIORITY_NORMAL, run_at_ms, NULL, error);
}

enum jd_status
jd_backlog_next(struct jd_db *db, const struct jd_account *account, struct jd_error *error)
{
    bool added = false;
    int64_t under_way = 0;
    enum jd_status status = add_slice(db, account, &added, error);
    if (status == JD_OK && !added) {
        status = jd_jobs_count_at(
                db, account->id, "analyse", JD_PRIORITY_BACKLOG, &under_way, error);
    }
    return status == JD_OK && !added && under_way == 0 ? add_settle(db, account, 0, error)
                                                       : status;
}

enum jd_status jd_backlog_settle_soon(struct jd_db *db,
        const struct jd_account *account,
        struct jd_error *error)
{
    return add_settle(db, account, jd_clock_now_ms() + SETTLE_SOON_MS, error);
}

static enum jd_status end_step(struct jd_job_desk *desk,
        enum jd_status status,
        const struct jd_job *job,
        struct jd_error *error)
{
    if (status == JD_OK) {
        status = jd_job_finish(desk->db, job, error);
    }
    if (status == JD_OK) {
        return jd_tx_commit(desk->db, error);
    }
    jd_tx_rollback(desk->db);
    return status;
}

static enum jd_status
finish_gone(struct jd_job_desk *desk, const struct jd_job *job, struct jd_error *error)
{
    return end_step(desk, jd_tx_begin(desk->db, JD_TX_BULK, INT64_MAX, error), job, error);
}

enum jd_status jd_step_backlog(struct jd_job_desk *desk,
        const struct jd_job *jobs,
        uint32_t count,
        struct jd_error *error)
{
    struct jd_account account;
    bool added = true;
    (void)count; // one at a time: only analyse jobs are merged
    enum jd_status status = jd_account_get(
            desk->db, jobs->user_id, jobs->account_id, desk->arena, &account, error);
    if (status == JD_GONE) {
        return finish_gone(desk, jobs, error);
    }
    if (status == JD_OK && jd_identify_wanted(&account)) {
        status = jd_identify(desk, &account, error);
    }
    if (status == JD_OK) {
        status = jd_tx_begin(desk->db, JD_TX_BULK, INT64_MAX, error);
    }
    for (int i = 0; i < JD_BACKLOG_WIDTH && status == JD_OK && added; i++) {
        status = add_slice(desk->db, &account, &added, error);
    }
    return end_step(desk, status, jobs, error);
}

/* Items whose verdict rests on history that has changed: slices that settle again at their end.
 */
static enum jd_status add_stale(struct jd_job_desk *desk,
        const struct jd_account *account,
        uint32_t *out_count,
        struct jd_error *error)
{
    int64_t *items = jd_arena_zalloc(desk->arena, STALE_MAX, sizeof(*items));
    enum jd_status status = jd_decisions_stale(
            desk->db, account->user_id, account->id, STALE_MAX, items, out_count, error);
    for (uint32_t at = 0; at < *out_count && status == JD_OK; at += JD_BACKLOG_SLICE) {
        uint32_t left = *out_count - at;
        struct jd_slice slice = { items + at, left < JD_BACKLOG_SLICE ? left : JD_BACKLOG_SLICE,
            true };
        status = jd_slice_add(desk->db, account, &slice, JD_PRIORITY_BACKLOG, false, error);
    }
    return status;
}

static void tell_settled(struct jd_job_desk *desk, const struct jd_account *account)
{
    char id[JD_ID_TEXT_BYTES], json[64];
    jd_id_format(account->id, id);
    int len = snprintf(json, sizeof(json), "{\"account_id\":\"%s\"}", id);
    jd_tx_event(desk->db, account->user_id, "account.settled", jd_span_new(json, (size_t)len));
}

/* New mail is being decided: the verdicts are looked at after it. One settling that waits is
 * enough; this one still counts itself. */
static enum jd_status
settle_later(struct jd_db *db, const struct jd_account *account, struct jd_error *error)
{
    int64_t settlings = 0;
    enum jd_status status = jd_jobs_count(db, account->id, "settle", &settlings, error);
    return status == JD_OK && settlings <= 1 ? jd_backlog_settle_soon(db, account, error)
                                             : status;
}

static enum jd_status
settle(struct jd_job_desk *desk, const struct jd_account *account, struct jd_error *error)
{
    struct jd_item_counts counts;
    uint32_t stale = 0;
    int64_t under_way = 0;
    bool dirty = false;
    enum jd_status status =
            jd_items_count(desk->db, account->user_id, account->id, &counts, error);
    if (status == JD_OK) {
        status = jd_jobs_count(desk->db, account->id, "analyse", &under_way, error);
    }
    if (status != JD_OK || counts.waiting) {
        return status; // the backlog's last slice settles
    }
    if (under_way) {
        return settle_later(desk->db, account, error);
    }
    status = jd_account_take_dirty(desk->db, account->user_id, account->id, &dirty, error);
    if (status == JD_OK && dirty) {
        status = add_stale(desk, account, &stale, error);
    }
    if (status == JD_OK && stale == STALE_MAX) {
        status = jd_account_mark_dirty(desk->db, account->user_id, account->id, &dirty, error);
    }
    if (status == JD_OK && stale == 0) {
        tell_settled(desk, account);
    }
    return status;
}

enum jd_status jd_step_settle(struct jd_job_desk *desk,
        const struct jd_job *jobs,
        uint32_t count,
        struct jd_error *error)
{
    struct jd_account account;
    (void)count; // one at a time
    enum jd_status status = jd_account_find(
            desk->db, jobs->user_id, jobs->account_id, desk->arena, &account, error);
    if (status == JD_GONE) {
        return finish_gone(desk, jobs, error);
    }
    if (status == JD_OK) {
        status = jd_tx_begin(desk->db, JD_TX_BULK, INT64_MAX, error);
    }
    if (status == JD_OK) {
        status = settle(desk, &account, error);
    }
    return end_step(desk, status, jobs, error);
}

#define REMOVE_SLICE 100

/* Before the account's row goes: whoever dies meanwhile does it again. */
static void forget_state(struct jd_job_desk *desk, int64_t account)
{
    struct jd_error error;
    if (jd_account_forget(desk->options->data_dir, account, &error) != JD_OK) {
        jd_log_error(JD_LOG_WARNING, "an account's folder stays", &error, NULL);
    }
}

/* One slice of a removal; the job goes on until nothing is left, then drops the account. */
static enum jd_status remove_slice(struct jd_job_desk *desk,
        const struct jd_job *job,
        int64_t *out_left,
        struct jd_error *error)
{
    enum jd_status status = jd_tx_begin(desk->db, JD_TX_BULK, INT64_MAX, error);
    if (status == JD_OK) {
        status = jd_job_extend(desk->db, job, JD_JOB_LEASE_MS, error);
    }
    if (status == JD_OK) {
        status = jd_jobs_drop_account(desk->db, job->account_id, job->id, error);
    }
    if (status == JD_OK) {
        status = jd_items_remove_some(
                desk->db, job->user_id, job->account_id, REMOVE_SLICE, out_left, error);
    }
    if (status == JD_OK && *out_left == 0) {
        forget_state(desk, job->account_id);
        status = jd_account_drop(desk->db, job->user_id, job->account_id, error);
        return end_step(desk, status, job, error);
    }
    if (status == JD_OK) {
        return jd_tx_commit(desk->db, error);
    }
    jd_tx_rollback(desk->db);
    return status;
}

enum jd_status jd_step_remove(struct jd_job_desk *desk,
        const struct jd_job *jobs,
        uint32_t count,
        struct jd_error *error)
{
    int64_t left = 1;
    enum jd_status status = JD_OK;
    (void)count; // one at a time
    jd_sources_drop(desk->sources, jobs->account_id);
    while (status == JD_OK && left) {
        status = remove_slice(desk, jobs, &left, error);
    }
    return status;
}
