/*
 * The sink that a source reports to. Changes are gathered and written in short transactions;
 * the cursor is stored in the transaction that writes the last of what it covers. New mail on a
 * live account becomes an urgent job in that same transaction; many at once become the backlog.
 */
#include "pipeline/sync.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/span.h"
#include "pipeline/backlog.h"
#include "pipeline/identify.h"
#include "pipeline/slice.h"
#include "store/items.h"

#define ROWS_MAX       500  // of one transaction
#define URGENT_MAX     64   // new items that are analysed at once rather than by the backlog
#define BEGIN_BACKLOG  5000 // a longer listing is decided while it still runs
#define CALL_MS        (10LL * 60 * 1000)
#define HELD_SHARE_PCT 20
#define HELD_MIN       50

struct row {
    enum jd_change_kind kind;
    struct jd_span key, old_key, mailbox;
    int64_t flags, received_ms;
};

struct run {
    struct jd_change_sink sink;
    const struct jd_sync *sync;
    struct jd_error *error;
    struct jd_arena *arena; // of the rows gathered
    struct row rows[ROWS_MAX];
    uint32_t rows_count;
    int64_t listing; // 0: live changes
    int64_t fresh;   // new items in all
    int64_t gone;    // reported as gone outside a listing
    int64_t known;   // items of the account when they became many; 0: not counted
    bool doubtful;   // too many of them: only listings are believed
    bool held;       // removals of a listing wait
    int64_t urgent[URGENT_MAX];
    uint32_t urgent_count;
    struct jd_span mailbox; // the last one looked up, so that a listing does not ask per row
    int64_t mailbox_id;
    char mailbox_name[512];
    bool backlog_begun;
};

static enum jd_status begin(struct run *run)
{
    const struct jd_sync *sync = run->sync;
    enum jd_status status = jd_tx_begin(sync->db, run->listing ? JD_TX_BULK : JD_TX_INTERACTIVE,
            jd_clock_now_ms() + 30000, run->error);
    return status == JD_OK ? jd_lease_check(sync->db, sync->lease, run->error) : status;
}

static enum jd_status end(struct run *run, enum jd_status status)
{
    if (status == JD_OK) {
        return jd_tx_commit(run->sync->db, run->error);
    }
    jd_tx_rollback(run->sync->db);
    return status;
}

static enum jd_status find_mailbox(struct run *run, struct jd_span name)
{
    const struct jd_account *account = run->sync->account;
    if (run->mailbox_id && jd_span_equal(run->mailbox, name)) {
        return JD_OK;
    }
    enum jd_status status = jd_account_mailbox(
            run->sync->db, account->user_id, account->id, name, &run->mailbox_id, run->error);
    struct jd_span kept = jd_span_sub(name, 0, sizeof(run->mailbox_name));
    if (kept.len) {
        memcpy(run->mailbox_name, kept.data, kept.len);
    }
    run->mailbox = jd_span_new(run->mailbox_name, kept.len);
    if (status != JD_OK || kept.len != name.len) {
        run->mailbox = JD_SPAN("\n"); // not remembered
    }
    return status;
}

static void tell_message(struct run *run, const char *type, int64_t message)
{
    char id[JD_ID_TEXT_BYTES], json[64];
    jd_id_format(message, id);
    int len = snprintf(json, sizeof(json), "{\"ids\":[\"%s\"]}", id);
    jd_tx_event(
            run->sync->db, run->sync->account->user_id, type, jd_span_new(json, (size_t)len));
}

static void note_fresh(struct run *run, int64_t item)
{
    run->fresh++;
    if (!run->listing && run->urgent_count < URGENT_MAX) {
        run->urgent[run->urgent_count++] = item;
    }
}

static enum jd_status put_row(struct run *run, const struct row *row)
{
    const struct jd_account *account = run->sync->account;
    int64_t item = 0, changed = 0;
    enum jd_status status = find_mailbox(run, row->mailbox);
    struct jd_item_put put = { row->key, run->mailbox_id, row->flags, row->received_ms,
        run->listing };
    if (status == JD_OK && row->kind == JD_CHANGE_MOVED) {
        status = jd_item_move(
                run->sync->db, account->user_id, account->id, row->old_key, &put, run->error);
        if (status != JD_NONE) {
            return status;
        }
        status = JD_OK; // an unknown old key: it is new here
    }
    if (!run->listing) {
        put.listing = account->listing;
    }
    if (status == JD_OK) {
        status = jd_item_put(run->sync->db, account->user_id, account->id, &put, &item,
                &changed, run->error);
    }
    if (status == JD_OK && item) {
        note_fresh(run, item);
    }
    if (status == JD_OK && changed) {
        tell_message(run, "message.changed", changed);
    }
    return status;
}

static enum jd_status remove_row(struct run *run, const struct row *row)
{
    const struct jd_account *account = run->sync->account;
    int64_t removed = 0;
    enum jd_status status = jd_item_remove(
            run->sync->db, account->user_id, account->id, row->key, &removed, run->error);
    if (status == JD_OK && removed) {
        tell_message(run, "message.removed", removed);
    }
    return status;
}

static enum jd_status write_rows(struct run *run)
{
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; i < run->rows_count && status == JD_OK; i++) {
        const struct row *row = &run->rows[i];
        status = row->kind == JD_CHANGE_GONE ? remove_row(run, row) : put_row(run, row);
    }
    run->rows_count = 0;
    jd_arena_reset(run->arena);
    return status;
}

static enum jd_status begin_backlog(struct run *run)
{
    run->backlog_begun = true;
    return jd_backlog_begin(run->sync->db, run->sync->account, run->error);
}

static enum jd_status count_decided(struct run *run, struct jd_account *account)
{
    struct jd_item_counts counts;
    enum jd_status status =
            jd_items_count(run->sync->db, account->user_id, account->id, &counts, run->error);
    if (status == JD_OK) {
        account->decided = counts.total - counts.waiting - counts.queued - counts.rejected;
    }
    return status;
}

/* Inside the transaction that ends a piece of news: new items become work. */
static enum jd_status add_work(struct run *run)
{
    const struct jd_account *account = run->sync->account;
    if (run->fresh == 0) {
        return JD_OK;
    }
    struct jd_account now = *account;
    enum jd_status status = count_decided(run, &now);
    if (status != JD_OK) {
        return status;
    }
    if (run->listing || run->fresh > URGENT_MAX) {
        return run->backlog_begun ? JD_OK : begin_backlog(run);
    }
    if (jd_identify_wanted(&now)) { // a mailbox that began empty: this mail may tell
        status = jd_backlog_identify_soon(run->sync->db, account, run->error);
    }
    if (status != JD_OK) {
        return status;
    }
    status = jd_items_mark_queued(
            run->sync->db, account->user_id, run->urgent, run->urgent_count, run->error);
    struct jd_slice slice = { run->urgent, run->urgent_count, false };
    return status == JD_OK ? jd_slice_add(run->sync->db, account, &slice, JD_PRIORITY_NEW,
                                     false, run->error)
                           : status;
}

static enum jd_status flush(struct run *run)
{
    enum jd_status status = begin(run);
    if (status == JD_OK) {
        status = write_rows(run);
    }
    if (status == JD_OK && run->listing && run->fresh > BEGIN_BACKLOG && !run->backlog_begun) {
        status = begin_backlog(run);
    }
    return end(run, status);
}

static enum jd_status on_begin_full(struct jd_change_sink *sink)
{
    struct run *run = (struct run *)sink;
    const struct jd_account *account = run->sync->account;
    enum jd_status status = begin(run);
    if (status == JD_OK) {
        status = jd_account_begin_listing(
                run->sync->db, account->user_id, account->id, &run->listing, run->error);
    }
    return end(run, status);
}

static bool is_much(int64_t removals, int64_t total)
{
    return removals > HELD_MIN && removals * 100 > total * HELD_SHARE_PCT;
}

/* Not JD_OK: there are too many, the source is to stop. */
static enum jd_status count_gone(struct run *run)
{
    const struct jd_account *account = run->sync->account;
    enum jd_status status = JD_OK;
    if (++run->gone <= HELD_MIN) {
        return JD_OK;
    }
    if (run->known == 0) {
        struct jd_item_counts counts = { 0 };
        status = jd_items_count(
                run->sync->db, account->user_id, account->id, &counts, run->error);
        run->known = counts.total;
    }
    run->doubtful = status == JD_OK && is_much(run->gone, run->known);
    return run->doubtful ? jd_error_set(run->error, JD_RETRY_LATER,
                                   "many messages left at once: all are listed anew")
                         : status;
}

static enum jd_status on_emit(struct jd_change_sink *sink, const struct jd_change *change)
{
    struct run *run = (struct run *)sink;
    if (change->key.len == 0 || change->key.len > 512) {
        return jd_error_set(run->error, JD_BUG,
                "the source gave a key of %zu bytes; 1 to 512 are allowed", change->key.len);
    }
    enum jd_status status = JD_OK;
    if (change->kind == JD_CHANGE_GONE && !run->listing) {
        status = count_gone(run);
    }
    if (status == JD_OK && run->rows_count == ROWS_MAX) {
        status = flush(run);
    }
    if (status != JD_OK) {
        return status;
    }
    struct row *row = &run->rows[run->rows_count++];
    *row = (struct row){ .kind = (enum jd_change_kind)change->kind,
        .key = jd_arena_copy(run->arena, change->key),
        .old_key = jd_arena_copy(run->arena, change->old_key),
        .mailbox = jd_arena_copy(run->arena, change->mailbox),
        .flags = (int64_t)change->flags,
        .received_ms = change->received_ms };
    return row->key.data && row->old_key.data && row->mailbox.data
                   ? JD_OK
                   : jd_error_set(run->error, JD_BUG, "no room for a change of the source");
}

/* A listing that would remove much is held until a second one agrees. */
static enum jd_status
hold_or_remove(struct run *run, int64_t unseen, int64_t total, bool *out_remove)
{
    const struct jd_account *account = run->sync->account;
    char text[200] = "";
    bool agrees = account->held == unseen && run->sync->may_agree;
    run->held = is_much(unseen, total) && !agrees;
    if (run->held) {
        snprintf(text, sizeof(text),
                "the source no longer lists %lld of %lld messages; they stay until a second listing agrees",
                (long long)unseen, (long long)total);
    }
    *out_remove = unseen > 0 && !run->held;
    return jd_account_hold(run->sync->db, account->user_id, account->id, run->held ? unseen : 0,
            jd_span_of(text), run->error);
}

static enum jd_status remove_unseen(struct run *run)
{
    const struct jd_account *account = run->sync->account;
    int64_t count = 1;
    enum jd_status status = JD_OK;
    while (status == JD_OK && count) {
        status = begin(run);
        if (status == JD_OK) {
            status = jd_items_remove_unseen(run->sync->db, account->user_id, account->id,
                    run->listing, 100, &count, run->error);
        }
        if (status == JD_OK && count) {
            jd_tx_event(run->sync->db, account->user_id, "messages.removed", JD_SPAN("{}"));
        }
        status = end(run, status);
    }
    return status;
}

static enum jd_status end_listing(struct run *run)
{
    const struct jd_account *account = run->sync->account;
    int64_t unseen = 0, total = 0;
    bool remove = false;
    enum jd_status status = begin(run);
    if (status == JD_OK) {
        status = jd_items_unseen(run->sync->db, account->user_id, account->id, run->listing,
                &unseen, &total, run->error);
    }
    if (status == JD_OK) {
        status = hold_or_remove(run, unseen, total, &remove);
    }
    status = end(run, status);
    return status == JD_OK && remove ? remove_unseen(run) : status;
}

static void tell_synced(struct run *run)
{
    const struct jd_account *account = run->sync->account;
    char id[JD_ID_TEXT_BYTES], json[96];
    jd_id_format(account->id, id);
    int len = snprintf(json, sizeof(json), "{\"account_id\":\"%s\",\"new\":%lld}", id,
            (long long)run->fresh);
    jd_tx_event(
            run->sync->db, account->user_id, "account.synced", jd_span_new(json, (size_t)len));
}

static enum jd_status on_commit(struct jd_change_sink *sink, struct jd_span cursor)
{
    struct run *run = (struct run *)sink;
    const struct jd_account *account = run->sync->account;
    enum jd_status status = JD_OK;
    if (run->listing) {
        status = flush(run);
        status = status == JD_OK ? end_listing(run) : status;
    }
    if (status == JD_OK) {
        status = begin(run);
    }
    if (status == JD_OK) {
        status = write_rows(run);
    }
    if (status == JD_OK) {
        status = add_work(run);
    }
    if (status == JD_OK) {
        status = jd_account_set_cursor(
                run->sync->db, account->user_id, account->id, cursor, run->error);
    }
    if (status == JD_OK && (run->fresh || run->listing)) {
        tell_synced(run);
    }
    run->fresh = 0;
    run->urgent_count = 0;
    run->listing = 0;
    return end(run, status);
}

static enum jd_status ask_source(struct run *run, struct jd_span cursor)
{
    struct jd_source *source = run->sync->source;
    struct jd_call call = { JD_SIZE(jd_call), .deadline_ms = jd_clock_now_ms() + CALL_MS,
        .cancelled = run->sync->cancelled };
    return source->ops->changes(source->self, &call, cursor, &run->sink, run->error);
}

enum jd_status jd_sync_run(const struct jd_sync *sync, bool *out_held, struct jd_error *error)
{
    struct run *run = jd_arena_new(sync->arena, struct run);
    run->sink = (struct jd_change_sink){ JD_SIZE(jd_change_sink), on_begin_full, on_emit,
        on_commit };
    run->sync = sync;
    run->error = error;
    run->arena = jd_arena_create(4 * 1024 * 1024);
    enum jd_status status =
            ask_source(run, sync->list_all ? JD_SPAN("") : sync->account->cursor);
    jd_tx_rollback(sync->db);
    if (run->doubtful) {
        run->rows_count = 0;
        jd_arena_reset(run->arena);
        status = ask_source(run, JD_SPAN(""));
        jd_tx_rollback(sync->db);
    }
    *out_held = run->held;
    jd_arena_destroy(&run->arena);
    return status;
}
