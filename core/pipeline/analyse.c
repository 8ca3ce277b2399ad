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
#include "base/timezone.h"
#include "pipeline/backlog.h"
#include "pipeline/blame.h"
#include "pipeline/decision.h"
#include "pipeline/desk.h"
#include "pipeline/release_cache.h"
#include "pipeline/slice.h"
#include "store/releases.h"

#define RAW_MIB_MAX 64 // of one mail
#define BATCH_BYTES_MAX                                                                        \
 (48u * 1024 * 1024) // of one batch; what is beyond becomes a job of its own
#define FETCH_MS      (JD_JOB_LEASE_MS / 2) // of one mail; leases are kept between two
#define EVENT_IDS_MAX 100

/* One mail on its way. */
struct piece {
    struct jd_item item;
    struct jd_span raw;
    struct jd_span refusal; // why it cannot be read; empty: it can
    struct jd_analysed_message *message;
    uint32_t facts;
    struct jd_decided_message *verdict;
    int64_t stored; // the message's id
    bool left;      // not with this batch: did not fit, or is away
};

struct batch {
    struct jd_job_desk *desk;
    const struct jd_job *jobs;
    uint32_t jobs_count;
    struct jd_account account;
    struct jd_owner owner;
    struct piece *pieces;
    uint32_t count;
    struct jd_child *child;
    int64_t release;
    int64_t leased_ms; // monotonic: when the jobs' leases were last made longer
    uint32_t decided;  // stored
};

static enum jd_status fetch_piece(struct batch *batch,
        struct jd_source *source,
        struct piece *piece,
        struct jd_buf *buf,
        struct jd_error *error)
{
    struct jd_buf_sink sink = jd_buf_sink(buf);
    struct jd_call call = { JD_SIZE(jd_call), .deadline_ms = jd_clock_now_ms() + FETCH_MS,
        .cancelled = (const int32_t *)batch->desk->stopping };
    jd_buf_clear(buf);
    enum jd_status status =
            source->ops->fetch(source->self, &call, piece->item.key, &sink.sink, error);
    if (status == JD_GONE) {
        piece->left = true; // perhaps its folder is away: for good it is when sync says so
        return JD_OK;
    }
    if (buf->failed) { // whatever the source made of its sink's refusal
        piece->refusal = jd_arena_format(
                batch->desk->arena, "the message is larger than %d MiB", RAW_MIB_MAX);
        return JD_OK;
    }
    if (status == JD_BAD_INPUT) {
        piece->refusal = jd_arena_copy(batch->desk->arena, jd_span_of(error->text));
        return JD_OK;
    }
    if (status != JD_OK) {
        jd_sources_drop(batch->desk->sources, batch->account.id);
        return status;
    }
    if (buf->len == 0) {
        piece->refusal = JD_SPAN("the message is empty");
        return JD_OK;
    }
    piece->raw = jd_arena_copy(batch->desk->arena, jd_buf_span(buf));
    return piece->raw.data ? JD_OK
                           : jd_error_set(error, JD_BUG, "a batch is larger than its arena");
}

static bool leases_are_due(const struct batch *batch)
{
    return jd_clock_monotonic_ms() - batch->leased_ms >= batch->desk->keep_ms;
}

/* A slow source or a hard batch must not let another worker believe that this one is dead; nor
 * must jobs be lost that wait behind it. */
static enum jd_status keep_leases(struct batch *batch, struct jd_error *error)
{
    const struct jd_job_desk *desk = batch->desk;
    enum jd_status status = JD_OK;
    if (!leases_are_due(batch)) {
        return JD_OK;
    }
    batch->leased_ms = jd_clock_monotonic_ms();
    for (uint32_t i = 0; i < desk->held_count && status == JD_OK; i++) {
        status = jd_job_extend(desk->db, &desk->held[i], JD_JOB_LEASE_MS, error);
        if (status == JD_REJECTED && i >= batch->jobs_count) {
            status = JD_OK; // its own step will find that it is lost
        }
    }
    return status;
}

/* What is wrong with a source is not the fault of its mails: they wait until it is back. */
static enum jd_status wait_for_source(struct jd_error *error)
{
    error->status = JD_RETRY_LATER;
    return JD_RETRY_LATER;
}

static enum jd_status fetch_all(struct batch *batch, struct jd_error *error)
{
    struct jd_source *source = NULL;
    size_t bytes = 0;
    uint32_t came = 0;
    enum jd_status status =
            jd_sources_get(batch->desk->sources, &batch->account, &source, error);
    if (status == JD_BAD_INPUT) {
        return wait_for_source(error);
    }
    struct jd_buf buf = jd_buf_init((size_t)RAW_MIB_MAX * 1024 * 1024);
    for (uint32_t i = 0; i < batch->count && status == JD_OK; i++) {
        struct piece *piece = &batch->pieces[i];
        piece->left = i >= JD_CHILD_BATCH_MAX || bytes > BATCH_BYTES_MAX;
        if (!piece->left) {
            status = fetch_piece(batch, source, piece, &buf, error);
            // The sizes are known only now; the first mail always has its turn.
            piece->left =
                    piece->left || (bytes && bytes + piece->raw.len > JD_CHILD_BATCH_BYTES_MAX);
            bytes += piece->raw.len;
        }
        came += !piece->left;
        if (status == JD_OK && leases_are_due(batch)) {
            jd_desk_enter(batch->desk);
            status = keep_leases(batch, error);
            jd_desk_leave(batch->desk);
        }
    }
    jd_buf_finish(&buf);
    return status == JD_OK && batch->count && !came ? wait_for_source(error) : status;
}

static bool is_readable(const struct piece *piece)
{
    return !piece->left && piece->refusal.len == 0;
}

/* Sends the readable mails to the child; each piece gets its message. */
static enum jd_status parse_all(struct batch *batch, struct jd_error *error)
{
    struct jd_arena *arena = batch->desk->arena;
    struct jd_child_mail *mails = jd_arena_zalloc(arena, batch->count + 1, sizeof(*mails));
    struct jd_analysed_message *messages = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        struct piece *piece = &batch->pieces[i];
        if (is_readable(piece)) {
            mails[count++] = (struct jd_child_mail){ piece->raw, piece->item.received_ms,
                piece->item.id };
        }
    }
    if (count == 0) {
        return JD_OK;
    }
    jd_desk_leave(batch->desk);
    enum jd_status status = jd_child_parse(batch->child, mails, count, arena, &messages, error);
    jd_desk_enter(batch->desk);
    if (status == JD_OK) {
        status = keep_leases(batch, error);
    }
    for (uint32_t i = 0, at = 0; i < batch->count && status == JD_OK; i++) {
        struct piece *piece = &batch->pieces[i];
        if (!is_readable(piece)) {
            continue;
        }
        piece->message = &messages[at++];
        if (piece->message->unreadable) {
            piece->refusal = piece->message->problem.len
                                     ? piece->message->problem
                                     : JD_SPAN("no message could be made of it");
        }
    }
    return status;
}

static enum jd_status look_up_history(struct batch *batch, struct jd_error *error)
{
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; i < batch->count && status == JD_OK; i++) {
        struct piece *piece = &batch->pieces[i];
        if (!is_readable(piece)) {
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

/* The place of a piece in the batch that the child parsed is its rank among the raw mails sent.
 */
static enum jd_status decide_all(struct batch *batch, struct jd_error *error)
{
    struct jd_arena *arena = batch->desk->arena;
    struct jd_child_facts *facts = jd_arena_zalloc(arena, batch->count + 1, sizeof(*facts));
    struct piece **asked = jd_arena_zalloc(arena, batch->count + 1, sizeof(struct piece *));
    struct jd_decided_message *verdicts = NULL;
    struct jd_buf zone = jd_buf_init(64 * 1024);
    uint32_t sent = 0, count = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        struct piece *piece = &batch->pieces[i];
        sent += piece->message != NULL;
        if (piece->message && is_readable(piece)) {
            asked[count] = piece;
            facts[count++] = (struct jd_child_facts){ sent - 1, piece->facts };
        }
    }
    if (count == 0) {
        return JD_OK;
    }
    enum jd_status status = jd_timezone_file(batch->account.time_zone, &zone, error);
    if (status == JD_OK || status == JD_BAD_INPUT) {
        struct jd_child_question question = { .release = batch->release,
            .owner_addresses = batch->owner.addresses,
            .owner_addresses_count = batch->owner.count,
            .zone_file = status == JD_OK ? jd_buf_span(&zone) : JD_SPAN(""),
            .messages = facts,
            .messages_count = count };
        jd_desk_leave(batch->desk);
        status = jd_child_decide(batch->child, &question, arena, &verdicts, error);
        jd_desk_enter(batch->desk);
        if (status == JD_OK) {
            status = keep_leases(batch, error);
        }
    }
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        asked[i]->verdict = &verdicts[i];
    }
    jd_buf_finish(&zone);
    return status;
}

static enum jd_status store_piece(struct batch *batch,
        struct piece *piece,
        int64_t doc,
        bool *out_history,
        struct jd_error *error)
{
    struct jd_db *db = batch->desk->db;
    struct jd_decision decision;
    if (piece->refusal.len) {
        return jd_item_reject(
                db, batch->account.user_id, piece->item.id, piece->refusal, error);
    }
    enum jd_status status = jd_decision_make(&piece->item, piece->message, piece->verdict,
            &batch->owner, piece->facts, batch->desk->arena, &decision, error);
    if (status == JD_OK) {
        status = jd_decision_apply(db, batch->account.user_id, batch->account.id,
                batch->release, doc, &decision, &piece->stored, out_history, error);
    }
    if (status == JD_NONE) { // gone meanwhile: nothing was stored
        piece->stored = 0;
        return JD_OK;
    }
    return status;
}

/* A verdict of the owner's own mail, or joined threads, changes what other verdicts rest on. */
static enum jd_status note_history(struct batch *batch, struct jd_error *error)
{
    bool marked = false;
    enum jd_status status = jd_account_mark_dirty(
            batch->desk->db, batch->account.user_id, batch->account.id, &marked, error);
    return status == JD_OK && marked
                   ? jd_backlog_settle_soon(batch->desk->db, &batch->account, error)
                   : status;
}

static enum jd_status store_all(struct batch *batch, struct jd_error *error)
{
    int64_t doc = 0, fresh = 0;
    bool history = false;
    for (uint32_t i = 0; i < batch->count; i++) {
        fresh += batch->pieces[i].verdict && batch->pieces[i].item.message_id == 0;
    }
    enum jd_status status =
            fresh ? jd_decision_docs(batch->desk->db, fresh, &doc, error) : JD_OK;
    for (uint32_t i = 0; i < batch->count && status == JD_OK; i++) {
        struct piece *piece = &batch->pieces[i];
        bool changed = false;
        if (!piece->left) {
            status = store_piece(batch, piece, doc, &changed, error);
            doc += piece->verdict && piece->item.message_id == 0;
            history = history || changed;
            batch->decided += piece->stored != 0;
        }
    }
    return status == JD_OK && history ? note_history(batch, error) : status;
}

static void tell_decided(struct batch *batch)
{
    struct jd_buf json = jd_buf_init(64 * 1024);
    struct jd_json_writer w = jd_json_writer(&json);
    char id[JD_ID_TEXT_BYTES];
    uint32_t count = 0;
    jd_json_open_object(&w, NULL);
    jd_id_format(batch->account.id, id);
    jd_json_add_text(&w, "account_id", jd_span_of(id));
    jd_json_open_array(&w, "ids");
    for (uint32_t i = 0; i < batch->count; i++) {
        if (batch->pieces[i].stored && count++ < EVENT_IDS_MAX) {
            jd_id_format(batch->pieces[i].stored, id);
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
static enum jd_status add_left(struct batch *batch, struct jd_error *error)
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

static enum jd_status finish_jobs(struct batch *batch, struct jd_error *error)
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

static enum jd_status commit_all(struct batch *batch, struct jd_error *error)
{
    struct jd_db *db = batch->desk->db;
    bool urgent = batch->jobs[0].priority <= JD_PRIORITY_NEW;
    enum jd_status status = jd_tx_begin(db, urgent ? JD_TX_INTERACTIVE : JD_TX_BULK,
            jd_clock_now_ms() + JD_JOB_LEASE_MS / 2, error);
    if (status == JD_OK) {
        status = jd_release_check(db, 0, batch->release, error);
    }
    if (status == JD_OK) {
        status = store_all(batch, error);
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
    tell_decided(batch);
    return jd_tx_commit(db, error);
}

/* The items of all jobs, less those that are gone meanwhile. */
static enum jd_status read_items(struct batch *batch, struct jd_error *error)
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

static enum jd_status run_child(struct batch *batch, struct jd_error *error)
{
    struct jd_job_desk *desk = batch->desk;
    enum jd_status status = keep_leases(batch, error); // a child may have been waited for
    if (status == JD_OK) {
        status = jd_release_cache_load(
                desk->releases, desk->db, batch->child, &batch->release, error);
    }
    if (status == JD_OK) {
        status = keep_leases(batch, error);
    }
    if (status == JD_OK) {
        status = parse_all(batch, error);
    }
    if (status == JD_OK) {
        status = look_up_history(batch, error);
    }
    return status == JD_OK ? decide_all(batch, error) : status;
}

/* Borrows a child for the batch; a child that died is booked, and the jobs are given back. */
static enum jd_status compute_all(struct batch *batch, struct jd_error *error)
{
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
    status = run_child(batch, error);
    struct jd_child_death death = jd_child_death(batch->child);
    jd_pool_return(desk->pool, &batch->child);
    if (death.end != JD_CHILD_ALIVE) {
        return jd_blame_child(
                desk->db, &batch->account, batch->jobs, batch->jobs_count, &death, error);
    }
    return status;
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
    struct batch batch = {
        .desk = desk, .jobs = jobs, .jobs_count = count, .leased_ms = jd_clock_monotonic_ms()
    };
    int64_t started = jd_clock_monotonic_us();
    enum jd_status status = jd_account_find(
            desk->db, jobs[0].user_id, jobs[0].account_id, desk->arena, &batch.account, error);
    if (status == JD_GONE) {
        return finish_without_account(desk, jobs, count, error);
    }
    if (status == JD_OK) {
        status = jd_owner_read(&batch.account, desk->arena, &batch.owner, error);
    }
    if (status == JD_OK) {
        status = read_items(&batch, error);
    }
    if (status == JD_OK) {
        jd_desk_leave(desk);
        status = fetch_all(&batch, error);
        jd_desk_enter(desk);
    }
    if (status == JD_OK) {
        status = compute_all(&batch, error);
    }
    if (status == JD_OK) {
        status = commit_all(&batch, error);
    }
    if (status == JD_OK) {
        jd_metric_add(jd_metric("jackdaw_messages_decided_total", NULL), batch.decided);
        jd_metric_observe_us(
                "jackdaw_analyse_seconds", NULL, jd_clock_monotonic_us() - started);
    }
    return status;
}
