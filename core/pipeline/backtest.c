/*
 * A slice of a back-test: the messages are fetched again and decided with the release in
 * question; what differs from the stored verdicts is booked with the end of the job. Mail that
 * cannot be had now is counted as unreadable: a back-test waits for nobody.
 */
#include "pipeline/backtest.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/span.h"
#include "pipeline/batch.h"
#include "pipeline/release_cache.h"
#include "pipeline/tally.h"
#include "store/items.h"

#define PAYLOAD_BYTES_MAX (32 * 1024)
#define DEATHS_MAX        5                        // of compute children in one slice
#define ARENA_BYTES_FULL  (JD_JOB_ARENA_BYTES / 2) // what is left then is not read any more

struct slice {
    struct jd_job_desk *desk;
    const struct jd_job *job;
    int64_t backtest;
    int64_t messages[JD_BACKTEST_SLICE];
    uint32_t messages_count;
    struct jd_rule_set set;
    struct jd_backtest_was *was;          // by account
    struct jd_decided_message **verdicts; // of `was`; NULL: it could not be read
    bool *guilty;                         // of `was`: it ended a compute child
    uint32_t count;
    uint32_t deaths;
};

static enum jd_status
read_payload(const struct jd_job *job, struct slice *slice, struct jd_error *error)
{
    struct jd_json *payload = NULL;
    enum jd_status status = jd_json_parse(job->payload, PAYLOAD_BYTES_MAX, &payload, error);
    if (status != JD_OK) {
        return status;
    }
    char number[24];
    struct jd_span part, id = jd_json_text(jd_json_member(payload, "backtest"), JD_SPAN(""));
    struct jd_span list = jd_json_text(jd_json_member(payload, "messages"), JD_SPAN(""));
    snprintf(number, sizeof(number), JD_SPAN_FMT, JD_SPAN_ARG(id));
    slice->backtest = strtoll(number, NULL, 10);
    while (slice->messages_count < JD_BACKTEST_SLICE && jd_span_split(&list, ' ', &part)) {
        snprintf(number, sizeof(number), JD_SPAN_FMT, JD_SPAN_ARG(part));
        slice->messages[slice->messages_count++] = strtoll(number, NULL, 10);
    }
    jd_json_destroy(&payload);
    return JD_OK;
}

static int compare_accounts(const void *a, const void *b)
{
    const struct jd_backtest_was *x = a, *y = b;
    return x->account_id < y->account_id ? -1 : x->account_id > y->account_id;
}

static enum jd_status read_messages(struct slice *slice, struct jd_error *error)
{
    struct jd_arena *arena = slice->desk->arena;
    enum jd_status status = jd_backtest_read(slice->desk->db, slice->job->user_id,
            slice->messages, slice->messages_count, arena, &slice->was, &slice->count, error);
    if (status != JD_OK) {
        return status;
    }
    qsort(slice->was, slice->count, sizeof(*slice->was), compare_accounts);
    slice->verdicts =
            jd_arena_zalloc(arena, slice->count + 1, sizeof(struct jd_decided_message *));
    slice->guilty = jd_arena_zalloc(arena, slice->count + 1, sizeof(*slice->guilty));
    return slice->verdicts && slice->guilty
                   ? JD_OK
                   : jd_error_set(error, JD_BUG, "no room for a slice of a back-test");
}

/* The messages of one account that still want a verdict, and where they stand in the slice. */
struct group {
    struct jd_batch batch;
    uint32_t *places; // of the pieces
};

/* Messages from `from` to `to` are of one account; those whose item is gone stay without a
 * verdict. */
static enum jd_status gather(struct slice *slice,
        uint32_t from,
        uint32_t to,
        struct group *group,
        struct jd_error *error)
{
    struct jd_job_desk *desk = slice->desk;
    struct jd_batch *batch = &group->batch;
    batch->count = 0;
    batch->pieces = jd_arena_zalloc(desk->arena, to - from + 1, sizeof(*batch->pieces));
    group->places = jd_arena_zalloc(desk->arena, to - from + 1, sizeof(*group->places));
    if (!batch->pieces || !group->places) {
        return jd_error_set(error, JD_BUG, "no room for a slice of a back-test");
    }
    enum jd_status status = JD_OK;
    for (uint32_t i = from; i < to && status == JD_OK; i++) {
        struct jd_item *items = NULL;
        uint32_t count = 0;
        if (slice->verdicts[i] || slice->guilty[i]) {
            continue;
        }
        status = jd_items_get(desk->db, slice->job->user_id, batch->account.id,
                &slice->was[i].item_id, 1, desk->arena, &items, &count, error);
        if (status == JD_OK && count) {
            group->places[batch->count] = i;
            batch->pieces[batch->count++] =
                    (struct jd_piece){ .item = items[0], .facts = slice->was[i].facts };
        }
    }
    return status;
}

static enum jd_status
run_child(struct slice *slice, struct group *group, struct jd_error *error)
{
    struct jd_job_desk *desk = slice->desk;
    struct jd_decided_message **verdicts = NULL;
    enum jd_status status = jd_release_cache_load(
            desk->releases, desk->db, group->batch.child, &slice->set, error);
    if (status == JD_OK) {
        status = jd_batch_parse(&group->batch, true, error);
    }
    if (status == JD_OK) {
        status = jd_batch_decide(&group->batch, slice->set.key, &verdicts, error);
    }
    for (uint32_t i = 0; i < group->batch.count && status == JD_OK; i++) {
        slice->verdicts[group->places[i]] = verdicts[i];
    }
    return status;
}

/* A message that ends its process under this release is one that the release fails on; a kill
 * from outside is nobody's fault. */
static enum jd_status book_death(struct slice *slice,
        const struct group *group,
        const struct jd_child_death *death,
        struct jd_error *error)
{
    int64_t rank = -1;
    if (death->end == JD_CHILD_KILLED) {
        return jd_error_set(error, JD_REJECTED, "the compute child was killed");
    }
    if (++slice->deaths > DEATHS_MAX || death->index < 0) {
        return jd_error_set(error, JD_BAD_INPUT, "this release ends its process (%s)",
                jd_child_end_name(death->end));
    }
    for (uint32_t i = 0; i < group->batch.count; i++) {
        rank += jd_piece_is_readable(&group->batch.pieces[i]);
        if (rank == death->index) {
            slice->guilty[group->places[i]] = true;
            break;
        }
    }
    return JD_NONE; // once more without it
}

/* JD_NONE: once more. */
static enum jd_status compute(struct slice *slice, struct group *group, struct jd_error *error)
{
    struct jd_job_desk *desk = slice->desk;
    struct jd_pool_claim claim = { .job = slice->job->id };
    jd_desk_leave(desk);
    enum jd_status status = jd_pool_borrow(
            desk->pool, &claim, jd_clock_monotonic_ms() + 20000, &group->batch.child, error);
    jd_desk_enter(desk);
    if (status != JD_OK) {
        return status;
    }
    status = run_child(slice, group, error);
    struct jd_child_death death = jd_child_death(group->batch.child);
    jd_pool_return(desk->pool, &group->batch.child);
    return death.end == JD_CHILD_ALIVE ? status : book_death(slice, group, &death, error);
}

static bool is_full(const struct slice *slice)
{
    return jd_arena_used(slice->desk->arena) > ARENA_BYTES_FULL;
}

/* Rounds over the messages of one account until nothing more can be had of it: large mail does
 * not fit into one batch. */
static enum jd_status
run_account(struct slice *slice, uint32_t from, uint32_t to, struct jd_error *error)
{
    struct jd_job_desk *desk = slice->desk;
    struct group group = { .batch = { .desk = desk,
                                   .jobs = slice->job,
                                   .jobs_count = 1,
                                   .leased_ms = jd_clock_monotonic_ms() } };
    enum jd_status status = jd_account_find(desk->db, slice->job->user_id,
            slice->was[from].account_id, desk->arena, &group.batch.account, error);
    if (status == JD_GONE) {
        return JD_OK;
    }
    if (status == JD_OK) {
        status = jd_owner_read(&group.batch.account, desk->arena, &group.batch.owner, error);
    }
    while (status == JD_OK && !is_full(slice)) {
        status = gather(slice, from, to, &group, error);
        if (status != JD_OK || group.batch.count == 0) {
            return status;
        }
        jd_desk_leave(desk);
        status = jd_batch_fetch(&group.batch, error);
        jd_desk_enter(desk);
        if (status == JD_RETRY_LATER) {
            return JD_OK; // the source has nothing of it now
        }
        bool left = false, came = false;
        for (uint32_t i = 0; i < group.batch.count; i++) {
            left = left || group.batch.pieces[i].left;
            came = came || jd_piece_is_readable(&group.batch.pieces[i]);
        }
        if (status == JD_OK && came) {
            status = compute(slice, &group, error);
        }
        if (status == JD_OK && (!left || !came)) {
            return JD_OK;
        }
        status = status == JD_NONE ? JD_OK : status;
    }
    return status;
}

static enum jd_status run_all(struct slice *slice, struct jd_error *error)
{
    enum jd_status status = JD_OK;
    for (uint32_t from = 0, to; from < slice->count && status == JD_OK; from = to) {
        for (to = from + 1;
                to < slice->count && slice->was[to].account_id == slice->was[from].account_id;
                to++) {
        }
        status = run_account(slice, from, to, error);
    }
    return status;
}

/* What the slice came to, with the next slice and the end of this job. */
static enum jd_status
commit(struct slice *slice, const struct jd_backtest_result *result, struct jd_error *error)
{
    struct jd_db *db = slice->desk->db;
    bool added = false;
    enum jd_status status =
            jd_tx_begin(db, JD_TX_BULK, jd_clock_now_ms() + JD_JOB_LEASE_MS / 2, error);
    if (status != JD_OK) {
        return status;
    }
    status = jd_backtest_book(db, slice->job->user_id, slice->backtest, result, error);
    if (status == JD_OK) {
        status = jd_backtest_hand_out(db, slice->job->user_id, slice->backtest, &added, error);
    }
    if (status == JD_OK || status == JD_NONE) { // NONE: it was cancelled
        status = jd_job_finish(db, slice->job, error);
    }
    if (status == JD_OK) {
        return jd_tx_commit(db, error);
    }
    jd_tx_rollback(db);
    return status;
}

static enum jd_status book(struct slice *slice, struct jd_error *error)
{
    struct jd_tally *tally = jd_tally_create(slice->desk->arena, slice->count);
    struct jd_backtest_result result;
    for (uint32_t i = 0; i < slice->count; i++) {
        jd_tally_add(tally, &slice->was[i], slice->verdicts[i]);
    }
    enum jd_status status = jd_tally_result(tally, &result, error);
    // Messages that went since the slice was handed out.
    result.done += slice->messages_count - slice->count;
    result.unreadable += slice->messages_count - slice->count;
    if (status == JD_OK) {
        status = commit(slice, &result, error);
    }
    jd_tally_destroy(&tally);
    return status;
}

enum jd_status jd_step_backtest(struct jd_job_desk *desk,
        const struct jd_job *jobs,
        uint32_t count,
        struct jd_error *error)
{
    struct slice slice = { .desk = desk, .job = jobs };
    struct jd_backtest backtest;
    (void)count; // one at a time
    enum jd_status status = read_payload(jobs, &slice, error);
    if (status == JD_OK) {
        status = jd_backtest_get(
                desk->db, jobs->user_id, slice.backtest, desk->arena, &backtest, error);
    }
    if (status == JD_GONE ||
            (status == JD_OK && !jd_span_equal(backtest.state, JD_SPAN("running")))) {
        slice.count = slice.messages_count = 0;
        return book(&slice, error); // books nothing: the job ends
    }
    if (status == JD_OK) {
        status = jd_rule_set_with(
                desk->db, jobs->user_id, backtest.release_id, &slice.set, error);
    }
    if (status == JD_OK) {
        status = read_messages(&slice, error);
    }
    if (status == JD_OK) {
        status = run_all(&slice, error);
    }
    return status == JD_OK ? book(&slice, error) : status;
}

enum jd_status jd_backtest_abandon(struct jd_db *db,
        const struct jd_job *job,
        const char *why,
        struct jd_error *error)
{
    struct slice slice = { .job = job };
    enum jd_status status = read_payload(job, &slice, error);
    if (status == JD_OK) {
        status = jd_backtest_fail(db, job->user_id, slice.backtest, jd_span_of(why), error);
    }
    if (status == JD_OK || status == JD_REJECTED) { // REJECTED: it has ended already
        status = jd_tx_begin(db, JD_TX_BULK, INT64_MAX, error);
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
