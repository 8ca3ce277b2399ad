/* Questions about a stored message, which is decided again: "replay", what the rules with
 * another release say of it beside what was said; "why", the stored explanation with why the
 * other rules did not fire. The history is the one that the stored verdict read; nothing is
 * stored. */
#include "base/clock.h"
#include "base/id.h"
#include "base/span.h"
#include "pipeline/ask.h"
#include "pipeline/batch.h"
#include "pipeline/release_cache.h"
#include "store/backtests.h"
#include "store/record_json.h"

struct replay {
    int64_t message_id;
    struct jd_backtest_was *was;
    struct jd_message message;
    struct jd_message_analysis analysis; // stored
    struct jd_rule_set set;              // that decides again
    struct jd_batch batch;               // of one
    struct jd_decided_message *verdict;
    struct jd_decision now;
};

static enum jd_status
read_was(struct jd_ask *ask, struct replay *replay, struct jd_error *error)
{
    struct jd_db *db = ask->desk->db;
    struct jd_arena *arena = ask->desk->arena;
    int64_t user = ask->job->user_id;
    uint32_t count = 0;
    enum jd_status status = jd_ask_id(ask, "message", &replay->message_id, error);
    if (status == JD_OK) {
        status = jd_message_get(db, user, replay->message_id, arena, &replay->message, error);
    }
    if (status == JD_OK) {
        status = jd_message_analysis(
                db, user, replay->message_id, arena, &replay->analysis, error);
    }
    if (status == JD_OK) {
        status = jd_backtest_read(
                db, user, &replay->message_id, 1, arena, &replay->was, &count, error);
    }
    if (status == JD_OK && count == 0) {
        return jd_error_set(error, JD_GONE, "the message is gone");
    }
    return status;
}

static enum jd_status
read_batch(struct jd_ask *ask, struct replay *replay, struct jd_error *error)
{
    struct jd_job_desk *desk = ask->desk;
    struct jd_batch *batch = &replay->batch;
    struct jd_item *items = NULL;
    uint32_t count = 0;
    *batch = (struct jd_batch){ .desk = desk,
        .jobs = ask->job,
        .jobs_count = 1,
        .count = 1,
        .want = replay->batch.want,
        .leased_ms = jd_clock_monotonic_ms() };
    enum jd_status status = jd_account_find(desk->db, ask->job->user_id,
            replay->was->account_id, desk->arena, &batch->account, error);
    if (status == JD_OK) {
        status = jd_owner_read(&batch->account, desk->arena, &batch->owner, error);
    }
    if (status == JD_OK) {
        status = jd_items_get(desk->db, ask->job->user_id, batch->account.id,
                &replay->was->item_id, 1, desk->arena, &items, &count, error);
    }
    if (status == JD_OK && count == 0) {
        return jd_error_set(error, JD_GONE, "the mail is not at its source any more");
    }
    batch->pieces = jd_arena_zalloc(desk->arena, 1, sizeof(*batch->pieces));
    if (status == JD_OK && !batch->pieces) {
        return jd_error_set(error, JD_BUG, "no room for a replay");
    }
    if (status == JD_OK) {
        batch->pieces[0] = (struct jd_piece){ .item = items[0], .facts = replay->was->facts };
    }
    return status;
}

static enum jd_status decide(struct jd_ask *ask, void *context, struct jd_error *error)
{
    struct replay *replay = context;
    struct jd_job_desk *desk = ask->desk;
    struct jd_piece *piece = &replay->batch.pieces[0];
    struct jd_decided_message **verdicts = NULL;
    replay->batch.child = ask->child;
    enum jd_status status =
            jd_release_cache_load(desk->releases, desk->db, ask->child, &replay->set, error);
    if (status == JD_OK) {
        status = jd_batch_parse(&replay->batch, true, error);
    }
    if (status == JD_OK) {
        status = jd_batch_decide(&replay->batch, replay->set.key, &verdicts, error);
    }
    if (status == JD_OK && !verdicts[0]) {
        return jd_error_set(error, JD_REJECTED, "the mail cannot be read: " JD_SPAN_FMT,
                JD_SPAN_ARG(piece->refusal));
    }
    if (status == JD_OK) {
        replay->verdict = verdicts[0];
        status = jd_decision_make(&piece->item, piece->message, replay->verdict,
                &replay->batch.owner, piece->facts, desk->arena, &replay->now, error);
    }
    return status;
}

/* One side: what was said, or what would be. */
struct side {
    struct jd_span category, priority, analysis;
    bool needs_reply;
    double confidence;
    struct jd_rule_set set;
};

static void add_id(struct jd_json_writer *w, const char *name, int64_t id)
{
    char text[JD_ID_TEXT_BYTES];
    if (id) {
        jd_id_format(id, text);
        jd_json_add_text(w, name, jd_span_of(text));
    } else {
        jd_json_add_null(w, name);
    }
}

static void open_side(struct jd_json_writer *w, const char *name, const struct side *side)
{
    jd_json_open_object(w, name);
    add_id(w, "release_id", side->set.organisation);
    add_id(w, "user_release_id", side->set.user);
    jd_json_add_text(w, "category", side->category);
    jd_json_add_text(w, "priority", side->priority);
    jd_json_add_bool(w, "needs_reply", side->needs_reply);
    jd_json_add_real(w, "confidence", side->confidence, 3);
    jd_json_add_raw(w, "analysis", side->analysis);
    jd_json_open_array(w, "tasks"); // quotes
}

static void close_side(struct jd_json_writer *w)
{
    jd_json_close_array(w);
    jd_json_close_object(w);
}

static void write_answer(struct jd_json_writer *w, const struct replay *replay)
{
    const struct jd_backtest_was *was = replay->was;
    const struct jd_decision *now = &replay->now;
    struct side before = { was->category, was->priority, replay->analysis.json,
        was->needs_reply, replay->message.confidence,
        { .organisation = replay->analysis.release_id,
                .user = replay->analysis.user_release_id } };
    struct side after = { now->category, now->priority, now->result, now->needs_reply,
        now->confidence, replay->set };
    jd_json_open_object(w, NULL);
    add_id(w, "message_id", replay->message_id);
    open_side(w, "was", &before);
    for (uint32_t i = 0; i < was->tasks_count; i++) {
        jd_json_add_text(w, NULL, was->tasks[i]);
    }
    close_side(w);
    open_side(w, "now", &after);
    for (uint32_t i = 0; i < now->tasks_count; i++) {
        jd_json_add_text(w, NULL, now->tasks[i].quote);
    }
    close_side(w);
    jd_json_close_object(w);
}

/* After the message and the set are known. */
static enum jd_status
decide_again(struct jd_ask *ask, struct replay *replay, struct jd_error *error)
{
    struct jd_job_desk *desk = ask->desk;
    enum jd_status status = read_batch(ask, replay, error);
    if (status == JD_OK) {
        jd_desk_leave(desk);
        status = jd_batch_fetch(&replay->batch, error);
        jd_desk_enter(desk);
    }
    return status == JD_OK ? jd_ask_in_child(ask, decide, replay, error) : status;
}

enum jd_status jd_ask_replay(struct jd_ask *ask, struct jd_error *error)
{
    struct replay replay = { 0 };
    int64_t release = 0;
    enum jd_status status = read_was(ask, &replay, error);
    if (status == JD_OK) {
        status = jd_ask_id(ask, "release", &release, error);
    }
    if (status == JD_OK) {
        status =
                jd_rule_set_with(ask->desk->db, ask->job->user_id, release, &replay.set, error);
    }
    if (status == JD_OK) {
        status = decide_again(ask, &replay, error);
    }
    if (status == JD_OK) {
        write_answer(&ask->writer, &replay);
    }
    return status;
}

static void write_whys(struct jd_json_writer *w, const struct jd_decided_message *verdict)
{
    jd_json_open_array(w, "not_fired");
    for (uint32_t i = 0; i < verdict->whys_count; i++) {
        const struct jd_decided_why *why = &verdict->whys[i];
        jd_json_open_object(w, NULL);
        jd_json_add_text(w, "rule", why->rule);
        if (why->evidence.len) {
            jd_json_add_text(w, "evidence", why->evidence);
        } else {
            jd_json_add_null(w, "evidence");
        }
        jd_json_add_text(w, "condition", why->condition);
        jd_json_add_text(w, "value", why->value);
        jd_json_close_object(w);
    }
    jd_json_close_array(w);
}

enum jd_status jd_ask_why(struct jd_ask *ask, struct jd_error *error)
{
    struct replay replay = { .batch.want = JD_WANT_WHY };
    enum jd_status status = read_was(ask, &replay, error);
    if (status == JD_OK) { // what decided is kept for ever, so it can be asked again
        replay.set =
                jd_rule_set_of(replay.analysis.release_id, replay.analysis.user_release_id);
        status = decide_again(ask, &replay, error);
    }
    if (status == JD_OK) {
        jd_json_open_object(&ask->writer, NULL);
        jd_explanation_members(&ask->writer, &replay.message, &replay.analysis);
        write_whys(&ask->writer, replay.verdict);
        jd_json_close_object(&ask->writer);
    }
    return status;
}
