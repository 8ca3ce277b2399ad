/* Asking the candidate, and booking where it differs. */
#include "pipeline/shadow.h"

#include "base/log.h"
#include "base/span.h"
#include "pipeline/release_cache.h"
#include "pipeline/tally.h"
#include "store/shadow.h"

#define DEATHS_MAX 3

static enum jd_status ask(struct jd_batch *batch,
        const struct jd_rule_set *set,
        struct jd_shadow *shadow,
        struct jd_error *error)
{
    struct jd_job_desk *desk = batch->desk;
    batch->suspended_count = 0; // that was of the active set
    batch->want = 0;
    enum jd_status status =
            jd_release_cache_load(desk->releases, desk->db, batch->child, set, error);
    return status == JD_OK ? jd_batch_decide(batch, set->key, &shadow->verdicts, error)
                           : status;
}

void jd_shadow_decide(struct jd_batch *batch,
        const struct jd_rule_set *active,
        struct jd_shadow *out_shadow)
{
    struct jd_rule_set set;
    struct jd_error error = { 0 };
    *out_shadow = (struct jd_shadow){ 0 };
    enum jd_status status =
            jd_rule_set_candidate(batch->desk->db, batch->account.user_id, &set, &error);
    if (status == JD_NONE) {
        return;
    }
    if (status == JD_OK) {
        bool own = set.user != active->user;
        out_shadow->release = own ? set.user : set.organisation;
        out_shadow->owner = own ? batch->account.user_id : JD_ORGANISATION;
        status = ask(batch, &set, out_shadow, &error);
    }
    if (status != JD_OK) {
        enum jd_child_end end = jd_child_death(batch->child).end;
        out_shadow->verdicts = NULL;
        out_shadow->died = end != JD_CHILD_ALIVE && end != JD_CHILD_KILLED;
        jd_log_error(JD_LOG_WARNING, "the candidate could not be asked", &error, NULL);
    }
}

static enum jd_status store_death(struct jd_db *db,
        int64_t user,
        const struct jd_shadow *shadow,
        struct jd_error *error)
{
    const struct jd_release_note note = { JD_SPAN("jackdaw"),
        JD_SPAN("it ended its process three times") };
    int64_t times = 0;
    enum jd_status status = jd_shadow_book_death(db, user, shadow->release, &times, error);
    return status == JD_OK && times >= DEATHS_MAX
                   ? jd_release_make_candidate(db, shadow->owner, 0, &note, error)
                   : status;
}

/* The verdict that counts, as a back-test would have read it. */
static struct jd_backtest_was
was_of(struct jd_arena *arena, int64_t message, const struct jd_decided_message *verdict)
{
    struct jd_backtest_was was = { .message_id = message,
        .category = verdict->category,
        .priority = jd_span_of(verdict->priority),
        .needs_reply = verdict->needs_reply,
        .tasks = jd_arena_zalloc(arena, verdict->tasks_count + 1, sizeof(struct jd_span)) };
    for (uint32_t i = 0; was.tasks && i < verdict->tasks_count; i++) {
        was.tasks[was.tasks_count++] = verdict->tasks[i].quote;
    }
    return was;
}

enum jd_status jd_shadow_store(const struct jd_batch *batch,
        const struct jd_shadow *shadow,
        struct jd_decided_message *const *verdicts,
        const int64_t *stored,
        struct jd_error *error)
{
    struct jd_arena *arena = batch->desk->arena;
    struct jd_db *db = batch->desk->db;
    if (shadow->died) {
        return store_death(db, batch->account.user_id, shadow, error);
    }
    if (!shadow->verdicts) {
        return JD_OK;
    }
    struct jd_tally *tally = jd_tally_create(arena, batch->count);
    struct jd_backtest_result result;
    for (uint32_t i = 0; i < batch->count; i++) {
        if (stored[i] && shadow->verdicts[i]) {
            struct jd_backtest_was was = was_of(arena, stored[i], verdicts[i]);
            jd_tally_add(tally, &was, shadow->verdicts[i]);
        }
    }
    enum jd_status status = jd_tally_result(tally, &result, error);
    if (status == JD_OK && result.done) {
        status = jd_shadow_book(db, batch->account.user_id, shadow->release, &result, error);
    }
    jd_tally_destroy(&tally);
    return status;
}
