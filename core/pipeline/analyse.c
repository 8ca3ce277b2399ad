/*
 * Analyse: fetch raw mails, let a compute child parse them, look up history, let it decide, and
 * store everything in one transaction with the end of the job and its event.
 */
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/span.h"
#include "pipeline/backlog.h"
#include "pipeline/batch.h"
#include "pipeline/blame.h"
#include "pipeline/figures.h"
#include "pipeline/release_cache.h"
#include "pipeline/shadow.h"
#include "pipeline/slice.h"
#include "store/suspensions.h"

#define EVENT_IDS_MAX 100

/* A batch and what becomes of it. */
struct analysis {
    struct jd_batch batch;
    struct jd_rule_set set;               // that decides
    struct jd_decided_message **verdicts; // of the pieces
    int64_t *stored;                      // of the pieces: the message's id
    uint32_t decided;                     // stored
    struct jd_shadow shadow;              // what the candidate says
};

static enum jd_status look_up_history(struct jd_batch *batch, struct jd_error *error)
{
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; i < batch->count && status == JD_OK; i++) {
        struct jd_piece *piece = &batch->pieces[i];
        if (!jd_piece_is_readable(piece)) {
            continue;
        }
        struct jd_history_question question =
                jd_decision_question(&piece->item, piece->message, batch->desk->arena);
        status = jd_history_facts(
                batch->desk->db, batch->account.user_id, &question, &piece->facts, error);
        if (jd_owner_has(&batch->owner, piece->message->from.address)) {
            piece->facts |= JD_FACT_FROM_ME;
        }
    }
    return status;
}

static enum jd_status store_piece(struct analysis *analysis,
        uint32_t at,
        int64_t doc,
        bool *out_history,
        struct jd_error *error)
{
    struct jd_batch *batch = &analysis->batch;
    struct jd_piece *piece = &batch->pieces[at];
    struct jd_db *db = batch->desk->db;
    struct jd_decision decision;
    if (piece->refusal.len) {
        return jd_item_reject(
                db, batch->account.user_id, piece->item.id, piece->refusal, error);
    }
    enum jd_status status =
            jd_decision_make(&piece->item, piece->message, analysis->verdicts[at],
                    &batch->owner, piece->facts, batch->desk->arena, &decision, error);
    if (status == JD_OK) {
        status = jd_decision_apply(db, batch->account.user_id, batch->account.id,
                &analysis->set, doc, &decision, &analysis->stored[at], out_history, error);
    }
    if (status == JD_NONE) { // gone meanwhile: nothing was stored
        analysis->stored[at] = 0;
        return JD_OK;
    }
    return status;
}

/* A verdict of the owner's own mail, or joined threads, changes what other verdicts rest on. */
static enum jd_status note_history(struct jd_batch *batch, struct jd_error *error)
{
    bool marked = false;
    enum jd_status status = jd_account_mark_dirty(
            batch->desk->db, batch->account.user_id, batch->account.id, &marked, error);
    return status == JD_OK && marked
                   ? jd_backlog_settle_soon(batch->desk->db, &batch->account, error)
                   : status;
}

/* Each failing rule is named, and counted against. */
static enum jd_status
store_failures(struct analysis *analysis, uint32_t at, struct jd_error *error)
{
    const struct jd_decided_message *verdict = analysis->verdicts[at];
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; verdict && i < verdict->failures_count && status == JD_OK; i++) {
        const struct jd_decided_failure *one = &verdict->failures[i];
        struct jd_rule_failure failure = { .rule = one->rule,
            .kind = jd_span_of(one->kind),
            .path = one->path,
            .text = one->text,
            .line = one->line };
        status = jd_suspensions_note(analysis->batch.desk->db, &analysis->set, &failure, error);
    }
    return status;
}

static bool is_fresh(const struct analysis *analysis, uint32_t at)
{
    return analysis->verdicts[at] && analysis->batch.pieces[at].item.message_id == 0;
}

static enum jd_status store_all(struct analysis *analysis, struct jd_error *error)
{
    struct jd_batch *batch = &analysis->batch;
    int64_t doc = 0, fresh = 0;
    bool history = false;
    for (uint32_t i = 0; i < batch->count; i++) {
        fresh += is_fresh(analysis, i);
    }
    enum jd_status status =
            fresh ? jd_decision_docs(batch->desk->db, fresh, &doc, error) : JD_OK;
    for (uint32_t i = 0; i < batch->count && status == JD_OK; i++) {
        bool changed = false;
        if (!batch->pieces[i].left) {
            status = store_piece(analysis, i, doc, &changed, error);
            if (status == JD_OK && analysis->stored[i]) {
                status = store_failures(analysis, i, error);
            }
            doc += is_fresh(analysis, i);
            history = history || changed;
            analysis->decided += analysis->stored[i] != 0;
        }
    }
    return status == JD_OK && history ? note_history(batch, error) : status;
}

static void tell_decided(struct analysis *analysis)
{
    struct jd_batch *batch = &analysis->batch;
    struct jd_buf json = jd_buf_init(64 * 1024);
    struct jd_json_writer w = jd_json_writer(&json);
    char id[JD_ID_TEXT_BYTES];
    uint32_t count = 0;
    jd_json_open_object(&w, NULL);
    jd_id_format(batch->account.id, id);
    jd_json_add_text(&w, "account_id", jd_span_of(id));
    jd_json_open_array(&w, "ids");
    for (uint32_t i = 0; i < batch->count; i++) {
        if (analysis->stored[i] && count++ < EVENT_IDS_MAX) {
            jd_id_format(analysis->stored[i], id);
            jd_json_add_text(&w, NULL, jd_span_of(id));
        }
    }
    jd_json_close_array(&w);
    jd_json_add_int(&w, "count", count);
    jd_json_close_object(&w);
    if (count) {
        jd_tx_event(batch->desk->db, batch->account.user_id, "messages.decided",
                jd_buf_span(&json));
    }
    jd_buf_finish(&json);
}

/* Items that are left: jobs of their own, in the same transaction. */
static enum jd_status add_left(struct jd_batch *batch, struct jd_error *error)
{
    int64_t *left = jd_arena_zalloc(batch->desk->arena, batch->count + 1, sizeof(*left));
    uint32_t count = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        if (batch->pieces[i].left) {
            left[count++] = batch->pieces[i].item.id;
        }
    }
    if (count == 0) {
        return JD_OK;
    }
    enum jd_status status = JD_OK;
    for (uint32_t at = 0; at < count && status == JD_OK; at += JD_SLICE_MAX) {
        uint32_t rest = count - at;
        struct jd_slice slice = { left + at, rest < JD_SLICE_MAX ? rest : JD_SLICE_MAX,
            jd_slice_is_backlog(&batch->jobs[0]) };
        status = jd_slice_add(batch->desk->db, &batch->account, &slice, batch->jobs[0].priority,
                false, error);
    }
    return status;
}

static enum jd_status finish_jobs(struct jd_batch *batch, struct jd_error *error)
{
    enum jd_status status = JD_OK;
    bool backlog = false;
    for (uint32_t i = 0; i < batch->jobs_count && status == JD_OK; i++) {
        backlog = backlog || jd_slice_is_backlog(&batch->jobs[i]);
        status = jd_job_finish(batch->desk->db, &batch->jobs[i], error);
    }
    return status == JD_OK && backlog ? jd_backlog_next(batch->desk->db, &batch->account, error)
                                      : status;
}

static enum jd_status commit_all(struct analysis *analysis, struct jd_error *error)
{
    struct jd_batch *batch = &analysis->batch;
    struct jd_db *db = batch->desk->db;
    bool urgent = batch->jobs[0].priority <= JD_PRIORITY_NEW;
    enum jd_status status = jd_tx_begin(db, urgent ? JD_TX_INTERACTIVE : JD_TX_BULK,
            jd_clock_now_ms() + JD_JOB_LEASE_MS / 2, error);
    if (status == JD_OK) {
        status = jd_rule_set_check(db, batch->account.user_id, &analysis->set, error);
    }
    if (status == JD_OK) {
        status = store_all(analysis, error);
    }
    if (status == JD_OK) {
        status = jd_shadow_store(
                batch, &analysis->shadow, analysis->verdicts, analysis->stored, error);
    }
    if (status == JD_OK) {
        status = add_left(batch, error);
    }
    if (status == JD_OK) {
        status = finish_jobs(batch, error);
    }
    if (status != JD_OK) {
        jd_tx_rollback(db);
        return status;
    }
    tell_decided(analysis);
    return jd_tx_commit(db, error);
}

/* The items of all jobs, less those that are gone meanwhile. */
static enum jd_status read_items(struct jd_batch *batch, struct jd_error *error)
{
    struct jd_arena *arena = batch->desk->arena;
    struct jd_item *items = NULL;
    uint32_t total = 0;
    enum jd_status status = JD_OK;
    batch->pieces = jd_arena_zalloc(
            arena, (size_t)batch->jobs_count * JD_SLICE_MAX, sizeof(*batch->pieces));
    for (uint32_t i = 0; i < batch->jobs_count && status == JD_OK; i++) {
        struct jd_slice slice;
        uint32_t count = 0;
        status = jd_slice_read(&batch->jobs[i], arena, &slice, error);
        if (status == JD_OK) {
            status = jd_items_get(batch->desk->db, batch->account.user_id, batch->account.id,
                    slice.items, slice.count, arena, &items, &count, error);
        }
        for (uint32_t k = 0; k < count && status == JD_OK; k++) {
            batch->pieces[total++].item = items[k];
        }
    }
    batch->count = total;
    return status;
}

static enum jd_status run_child(struct analysis *analysis, struct jd_error *error)
{
    struct jd_batch *batch = &analysis->batch;
    struct jd_job_desk *desk = batch->desk;
    // A child may have been waited for.
    enum jd_status status = jd_batch_keep_leases(batch, error);
    if (status == JD_OK) {
        status = jd_rule_set_active(desk->db, batch->account.user_id, &analysis->set, error);
    }
    if (status == JD_OK) {
        status = jd_suspensions_read(desk->db, &analysis->set, desk->arena, &batch->suspended,
                &batch->suspended_count, error);
    }
    if (status == JD_OK) {
        status = jd_release_cache_load(
                desk->releases, desk->db, batch->child, &analysis->set, error);
    }
    if (status == JD_OK) {
        status = jd_batch_keep_leases(batch, error);
    }
    if (status == JD_OK) {
        status = jd_batch_parse(batch, false, error);
    }
    if (status == JD_OK) {
        status = look_up_history(batch, error);
    }
    batch->want = desk->figures && jd_figures_measure(desk->figures) ? JD_WANT_RUNS : 0;
    return status == JD_OK
                   ? jd_batch_decide(batch, analysis->set.key, &analysis->verdicts, error)
                   : status;
}

/* Borrows a child for the batch; a child that died is booked, and the jobs are given back. */
static enum jd_status compute_all(struct analysis *analysis, struct jd_error *error)
{
    struct jd_batch *batch = &analysis->batch;
    struct jd_job_desk *desk = batch->desk;
    struct jd_pool_claim claim = { .interactive = batch->jobs[0].priority <= JD_PRIORITY_NEW,
        .job = batch->jobs[0].id };
    jd_desk_leave(desk);
    enum jd_status status = jd_pool_borrow(
            desk->pool, &claim, jd_clock_monotonic_ms() + 20000, &batch->child, error);
    jd_desk_enter(desk);
    if (status != JD_OK) {
        return status;
    }
    status = run_child(analysis, error);
    struct jd_child_death death = jd_child_death(batch->child);
    if (status == JD_OK) {
        jd_shadow_decide(batch, &analysis->set, &analysis->shadow);
    }
    jd_pool_return(desk->pool, &batch->child);
    if (death.end != JD_CHILD_ALIVE) {
        return jd_blame_child(
                desk->db, &batch->account, batch->jobs, batch->jobs_count, &death, error);
    }
    return status;
}

/* What is not stored was not decided. */
static void note_figures(struct analysis *analysis)
{
    struct jd_job_desk *desk = analysis->batch.desk;
    struct jd_error error;
    for (uint32_t i = 0; i < analysis->batch.count; i++) {
        analysis->verdicts[i] = analysis->stored[i] ? analysis->verdicts[i] : NULL;
    }
    jd_figures_note(desk->figures, &analysis->set, analysis->verdicts, analysis->batch.count);
    if (jd_figures_write(desk->figures, desk->db, false, &error) != JD_OK) {
        jd_log_error(JD_LOG_WARNING, "figures of rules were not written", &error, NULL);
    }
}

static enum jd_status finish_without_account(struct jd_job_desk *desk,
        const struct jd_job *jobs,
        uint32_t count,
        struct jd_error *error)
{
    enum jd_status status = jd_tx_begin(desk->db, JD_TX_BULK, jd_clock_now_ms() + 10000, error);
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        status = jd_job_finish(desk->db, &jobs[i], error);
    }
    if (status == JD_OK) {
        return jd_tx_commit(desk->db, error);
    }
    jd_tx_rollback(desk->db);
    return status;
}

enum jd_status jd_step_analyse(struct jd_job_desk *desk,
        const struct jd_job *jobs,
        uint32_t count,
        struct jd_error *error)
{
    struct analysis analysis = { .batch = { .desk = desk,
                                         .jobs = jobs,
                                         .jobs_count = count,
                                         .leased_ms = jd_clock_monotonic_ms() } };
    struct jd_batch *batch = &analysis.batch;
    int64_t started = jd_clock_monotonic_us();
    enum jd_status status = jd_account_find(
            desk->db, jobs[0].user_id, jobs[0].account_id, desk->arena, &batch->account, error);
    if (status == JD_GONE) {
        return finish_without_account(desk, jobs, count, error);
    }
    if (status == JD_OK) {
        status = jd_owner_read(&batch->account, desk->arena, &batch->owner, error);
    }
    if (status == JD_OK) {
        status = read_items(batch, error);
        analysis.stored =
                jd_arena_zalloc(desk->arena, batch->count + 1, sizeof(*analysis.stored));
    }
    if (status == JD_OK) {
        jd_desk_leave(desk);
        status = jd_batch_fetch(batch, error);
        jd_desk_enter(desk);
    }
    if (status == JD_OK) {
        status = compute_all(&analysis, error);
    }
    if (status == JD_OK) {
        status = commit_all(&analysis, error);
    }
    if (status == JD_OK && desk->figures) {
        note_figures(&analysis);
    }
    if (status == JD_OK) {
        jd_metric_add(jd_metric("jackdaw_messages_decided_total", NULL), analysis.decided);
        jd_metric_observe_us(
                "jackdaw_analyse_seconds", NULL, jd_clock_monotonic_us() - started);
    }
    return status;
}
