/*
 * The scheduler role: recurring housekeeping by one leader, elected by a lease. It enqueues and
 * tidies; heavy work is never done here. The table of duties comes first.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/span.h"
#include "base/thread.h"
#include "pipeline/backlog.h"
#include "pipeline/blame.h"
#include "pipeline/news.h"
#include "pipeline/pipeline.h"
#include "store/answers.h"
#include "store/items.h"
#include "store/jobs.h"
#include "store/leases.h"
#include "store/streams.h"

#define LEASE_MS         15000
#define TICK_MS          250
#define OFFER_MAX        200
#define EVENTS_KEPT_MS   (7LL * 24 * 3600 * 1000)
#define EVENTS_TRIM_MAX  500
#define ANSWERS_TRIM_MAX 500

struct jd_scheduler {
    struct jd_pipeline_options options;
    struct jd_news *stop; // only its waiting is used: a wake-up ends the tick
    pthread_t thread;
    bool started;
    bool rested; // since there was work; the thread's own
    _Atomic int32_t stopping;
};

static enum jd_status
offer_jobs(struct jd_scheduler *scheduler, struct jd_db *db, struct jd_error *error)
{
    int64_t count = 0;
    (void)scheduler; // every duty has the same shape
    return jd_jobs_reoffer(db, OFFER_MAX, &count, error);
}

static enum jd_status
maintain_storage(struct jd_scheduler *scheduler, struct jd_db *db, struct jd_error *error)
{
    int64_t ready = 0, claimed = 0;
    const struct jd_queue_instance *queue = &jd_store_services(scheduler->options.store)->queue;
    enum jd_status status = queue->ops->depth(queue->self, &ready, &claimed, error);
    if (status != JD_OK) {
        return status;
    }
    jd_metric_set(jd_metric("jackdaw_queue_ready", NULL), ready);
    jd_metric_set(jd_metric("jackdaw_queue_claimed", NULL), claimed);
    bool idle = ready + claimed == 0;
    status = jd_db_maintain(db, idle, error);
    if (idle && !scheduler->rested) {
        jd_db_rest(db);
    }
    scheduler->rested = idle;
    return status;
}

static enum jd_status
trim_events(struct jd_scheduler *scheduler, struct jd_db *db, struct jd_error *error)
{
    int64_t count = 0;
    (void)scheduler; // every duty has the same shape
    return jd_streams_trim(
            db, jd_clock_now_ms() - EVENTS_KEPT_MS, EVENTS_TRIM_MAX, &count, error);
}

static enum jd_status
trim_answers(struct jd_scheduler *scheduler, struct jd_db *db, struct jd_error *error)
{
    int64_t count = 0;
    (void)scheduler; // every duty has the same shape
    return jd_answers_trim(db, ANSWERS_TRIM_MAX, &count, error);
}

/* An account with waiting items and no job that would take them: begun again; items that are
 * said to be in a job, and there is none, wait again. */
static enum jd_status
mend_account(struct jd_db *db, const struct jd_account *account, struct jd_error *error)
{
    struct jd_item_counts counts;
    int64_t slices = 0;
    enum jd_status status = jd_tx_begin(db, JD_TX_BULK, INT64_MAX, error);
    if (status == JD_OK) {
        status = jd_items_count(db, account->user_id, account->id, &counts, error);
    }
    if (status == JD_OK) {
        status = jd_jobs_count(db, account->id, "analyse", &slices, error);
    }
    if (status == JD_OK && counts.queued && slices == 0) {
        status = jd_items_free_queued(db, account->user_id, account->id, error);
    }
    if (status == JD_OK && (counts.waiting || counts.queued) && slices == 0) {
        status = jd_backlog_begin(db, account, error);
    }
    if (status == JD_OK) {
        return jd_tx_commit(db, error);
    }
    jd_tx_rollback(db);
    return status;
}

static enum jd_status
mend_backlogs(struct jd_scheduler *scheduler, struct jd_db *db, struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(64u * 1024 * 1024);
    struct jd_account *accounts = NULL;
    uint32_t count = 0;
    enum jd_status status = jd_accounts_read(db, 0, arena, &accounts, &count, error);
    for (uint32_t i = 0; i < count && status == JD_OK && !atomic_load(&scheduler->stopping);
            i++) {
        if (accounts[i].listed > accounts[i].decided + accounts[i].rejected) {
            status = mend_account(db, &accounts[i], error);
        }
    }
    jd_arena_destroy(&arena);
    return status;
}

static const struct duty {
    const char *name;
    int64_t every_ms;
    enum jd_status (
            *run)(struct jd_scheduler *scheduler, struct jd_db *db, struct jd_error *error);
} duties[] = {
    { "offer jobs", 2000, offer_jobs },
    { "maintain storage", 250, maintain_storage },
    { "mend backlogs", 15000, mend_backlogs },
    { "trim events", 60000, trim_events },
    { "trim answers", 60000, trim_answers },
};
#define DUTIES (sizeof(duties) / sizeof(duties[0]))

static void
run_duties(struct jd_scheduler *scheduler, struct jd_db *db, int64_t last_ms[DUTIES])
{
    for (size_t i = 0; i < DUTIES && !atomic_load(&scheduler->stopping); i++) {
        struct jd_error error = { 0 };
        int64_t now = jd_clock_monotonic_ms();
        if (now - last_ms[i] < duties[i].every_ms) {
            continue;
        }
        last_ms[i] = now;
        if (duties[i].run(scheduler, db, &error) != JD_OK) {
            jd_log_error(JD_LOG_WARNING, "a duty of the scheduler failed", &error, "duty", "%s",
                    duties[i].name, NULL);
        }
    }
}

/* Keeps the leadership, or tries for it. */
static bool
lead(struct jd_scheduler *scheduler, struct jd_db *db, struct jd_lease *lease, bool leading)
{
    struct jd_error error = { 0 };
    enum jd_status status =
            leading ? jd_lease_extend(db, lease, LEASE_MS, &error)
                    : jd_lease_take(db, "scheduler", jd_span_of(scheduler->options.owner),
                              LEASE_MS, lease, &error);
    if (status != JD_OK && status != JD_NONE && status != JD_REJECTED) {
        jd_log_error(JD_LOG_WARNING, "the scheduler's lease failed", &error, NULL);
    }
    return status == JD_OK;
}

static void *schedule(void *argument)
{
    struct jd_scheduler *scheduler = argument;
    struct jd_error error;
    struct jd_db *db = NULL;
    struct jd_lease lease = { 0 };
    int64_t last_ms[DUTIES] = { 0 };
    bool leading = false;
    if (jd_db_open(scheduler->options.store, &db, &error) != JD_OK) {
        jd_log_error(JD_LOG_ERROR, "the scheduler cannot reach storage", &error, NULL);
        abort();
    }
    while (!atomic_load(&scheduler->stopping)) {
        leading = lead(scheduler, db, &lease, leading);
        if (leading) {
            run_duties(scheduler, db, last_ms);
        }
        jd_news_wait(scheduler->stop, 0, TICK_MS);
    }
    if (leading && jd_lease_release(db, &lease, &error) != JD_OK) {
        jd_log_error(JD_LOG_INFO, "the scheduler's lease runs out by itself", &error, NULL);
    }
    jd_db_close(&db);
    return NULL;
}

enum jd_status jd_scheduler_start(const struct jd_pipeline_options *options,
        struct jd_scheduler **out_scheduler,
        struct jd_error *error)
{
    struct jd_scheduler *scheduler = jd_xalloc(sizeof(*scheduler));
    scheduler->options = *options;
    enum jd_status status = jd_release_previous(options, error);
    if (status == JD_OK) {
        status = jd_news_start(
                jd_store_services(options->store), "scheduler", &scheduler->stop, error);
    }
    if (status == JD_OK) {
        status = jd_thread_start(&scheduler->thread, "schedule", schedule, scheduler, error);
        scheduler->started = status == JD_OK;
    }
    if (status != JD_OK) {
        jd_scheduler_stop(&scheduler);
        return status;
    }
    *out_scheduler = scheduler;
    return JD_OK;
}

void jd_scheduler_stop(struct jd_scheduler **scheduler)
{
    struct jd_scheduler *s = *scheduler;
    if (!s) {
        return;
    }
    atomic_store(&s->stopping, 1);
    if (s->started) {
        jd_news_wake(s->stop);
        pthread_join(s->thread, NULL);
    }
    jd_news_stop(&s->stop);
    free(s);
    *scheduler = NULL;
}
