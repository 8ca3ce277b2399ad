/*
 * The worker role: claims jobs and runs their steps. The table of job kinds comes first.
 *
 * Job threads: the first takes urgent jobs alone, so that new mail and people never wait behind
 * the backlog; the others take everything. A suspect job runs with no other beside it.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/span.h"
#include "base/thread.h"
#include "pipeline/ask.h"
#include "pipeline/backtest.h"
#include "pipeline/blame.h"
#include "pipeline/desk.h"
#include "pipeline/figures.h"
#include "pipeline/news.h"
#include "pipeline/release_cache.h"
#include "pipeline/watch.h"

static const struct kind {
    const char *name;
    jd_step_fn step;
    bool merges; // several small jobs of one account may be one batch
} kinds[] = {
    { "analyse", jd_step_analyse, true },
    { "backlog", jd_step_backlog, false },
    { "settle", jd_step_settle, false },
    { "remove", jd_step_remove, false },
    { "backtest", jd_step_backtest, false },
    { "ask", jd_step_ask, false },
};

#define THREADS_MAX     65
#define CLAIM_BYTES_MAX (256u * 1024) // of one job's row
#define IDLE_WAIT_MS    1000
#define ATTEMPTS_MAX    5
#define RETRY_MS_MAX    (60LL * 1000) // as long as a source that is away is not looked for

struct jd_worker {
    struct jd_pipeline_options options;
    struct jd_pool *pool;
    struct jd_news *news;
    struct jd_watch *watch;
    struct jd_desk_db shared;
    struct jd_figures *figures; // with the shared connection
    pthread_rwlock_t alone;     // a suspect writes, all others read
    pthread_t threads[THREADS_MAX];
    uint32_t threads_count;
    _Atomic int32_t stopping;
};

struct job_thread {
    struct jd_worker *worker;
    int32_t priority_max;
    struct jd_arena *claims; // the rows claimed; reset after each round
    struct jd_job_desk desk;
};

static const struct kind *find_kind(struct jd_span name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (jd_span_equal(name, jd_span_of(kinds[i].name))) {
            return &kinds[i];
        }
    }
    return NULL;
}

static void forget(struct job_thread *thread, const struct jd_job *jobs, uint32_t count)
{
    const struct jd_queue_instance *queue =
            &jd_store_services(thread->worker->options.store)->queue;
    int64_t ids[JD_MERGE_MAX];
    struct jd_error error;
    for (uint32_t i = 0; i < count; i++) {
        ids[i] = jobs[i].id;
    }
    if (queue->ops->ack(queue->self, ids, count, &error) != JD_OK) {
        jd_log_error(JD_LOG_WARNING, "the queue was not told that a job is done", &error, NULL);
    }
}

static int64_t retry_at(const struct jd_job *job, const struct jd_error *error)
{
    int64_t wait = 500LL << (job->attempts < 10 ? job->attempts : 10);
    wait = wait > error->after_ms ? wait : error->after_ms;
    return jd_clock_now_ms() + (wait < RETRY_MS_MAX ? wait : RETRY_MS_MAX);
}

/* A step failed: the class of the error decides what becomes of the job. */
static void give_back(struct job_thread *thread,
        const struct jd_job *job,
        enum jd_status failure,
        const struct jd_error *why)
{
    struct jd_error error = { 0 };
    bool hopeless = failure == JD_BAD_INPUT || failure == JD_BUG || failure == JD_GONE;
    bool again = failure == JD_REJECTED || failure == JD_CANCELLED;
    enum jd_status status;
    if (hopeless && job->attempts + 1 >= ATTEMPTS_MAX) {
        status = jd_span_equal(job->kind, JD_SPAN("backtest"))
                         ? jd_backtest_abandon(thread->desk.db, job, why->text, &error)
                         : jd_blame_hopeless(thread->desk.db, job, why->text, &error);
    } else {
        int64_t at = again ? jd_clock_now_ms() : retry_at(job, why);
        status = jd_job_retry(
                thread->desk.db, job, at, !again, jd_span_of(again ? "" : why->text), &error);
    }
    if (status != JD_OK && status != JD_REJECTED) {
        jd_log_error(
                JD_LOG_WARNING, "a job was not given back; its lease runs out", &error, NULL);
    }
}

static void run_jobs(struct job_thread *thread,
        const struct kind *kind,
        const struct jd_job *jobs,
        uint32_t count)
{
    struct jd_error error = { 0 };
    enum jd_status status = kind->step(&thread->desk, jobs, count, &error);
    if (status == JD_OK) {
        forget(thread, jobs, count);
        jd_metric_add(jd_metric("jackdaw_jobs_done_total", NULL), count);
        return;
    }
    if (status == JD_CANCELLED && !atomic_load(&thread->worker->stopping)) {
        return; // booked already
    }
    if (status != JD_REJECTED && status != JD_CANCELLED) {
        jd_log_error(JD_LOG_WARNING, "a job failed", &error, "kind", "%s", kind->name, NULL);
    }
    for (uint32_t i = 0; i < count; i++) {
        give_back(thread, &jobs[i], status, &error);
    }
}

static void
run_alone(struct job_thread *thread, const struct kind *kind, const struct jd_job *job)
{
    struct jd_error error = { 0 };
    jd_desk_leave(&thread->desk);
    pthread_rwlock_unlock(&thread->worker->alone);
    pthread_rwlock_wrlock(&thread->worker->alone);
    jd_desk_enter(&thread->desk);
    enum jd_status status = jd_blame_claimed(thread->desk.db, job, &error);
    if (status == JD_NONE) {
        status = jd_job_alone(thread->desk.db, job, &error);
    }
    if (status == JD_OK) {
        run_jobs(thread, kind, job, 1);
    } else if (status != JD_CANCELLED && status != JD_REJECTED) {
        give_back(thread, job, status, &error);
    }
    jd_desk_leave(&thread->desk);
    pthread_rwlock_unlock(&thread->worker->alone);
    pthread_rwlock_rdlock(&thread->worker->alone);
    jd_desk_enter(&thread->desk);
}

/* Jobs that one batch may hold: the same kind and account, neither of them suspect. */
static uint32_t
count_mergeable(const struct kind *kind, const struct jd_job *jobs, uint32_t count)
{
    uint32_t merged = 1;
    while (kind->merges && merged < count && !jobs[merged].suspect &&
            jobs[merged].account_id == jobs[0].account_id &&
            jd_span_equal(jobs[merged].kind, jobs[0].kind)) {
        merged++;
    }
    return merged;
}

static void run_claimed(struct job_thread *thread, const struct jd_job *jobs, uint32_t count)
{
    for (uint32_t at = 0; at < count;) {
        const struct kind *kind = find_kind(jobs[at].kind);
        uint32_t merged = 1;
        thread->desk.held = &jobs[at];
        thread->desk.held_count = count - at;
        if (!kind) {
            struct jd_error error = { 0 };
            jd_error_set(&error, JD_BUG, "this Jackdaw does not know jobs of kind '%s'",
                    jobs[at].kind.data);
            give_back(thread, &jobs[at], JD_BUG, &error);
        } else if (jobs[at].suspect) {
            run_alone(thread, kind, &jobs[at]);
        } else {
            merged = count_mergeable(kind, &jobs[at], count - at);
            run_jobs(thread, kind, &jobs[at], merged);
        }
        at += merged;
        jd_arena_reset(thread->desk.arena);
    }
}

/* Urgent jobs in batches, others one at a time: the backlog's are whole batches already. */
static enum jd_status
claim_ids(struct job_thread *thread, int64_t *ids, uint32_t *out_count, struct jd_error *error)
{
    const struct jd_queue_instance *queue =
            &jd_store_services(thread->worker->options.store)->queue;
    enum jd_status status = queue->ops->claim(
            queue->self, JD_PRIORITY_NEW, JD_MERGE_MAX, JD_JOB_LEASE_MS, ids, out_count, error);
    if (status == JD_NONE && thread->priority_max > JD_PRIORITY_NEW) {
        status = queue->ops->claim(
                queue->self, thread->priority_max, 1, JD_JOB_LEASE_MS, ids, out_count, error);
    }
    return status;
}

static void forget_unclaimed(struct job_thread *thread,
        const int64_t *ids,
        uint32_t count,
        const struct jd_job *jobs,
        uint32_t jobs_count)
{
    struct jd_job gone[JD_MERGE_MAX];
    uint32_t gone_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool ours = false;
        for (uint32_t k = 0; k < jobs_count; k++) {
            ours = ours || jobs[k].id == ids[i];
        }
        if (!ours) {
            gone[gone_count++].id = ids[i];
        }
    }
    if (gone_count) {
        forget(thread, gone, gone_count);
    }
}

/* Stable: what people wait for goes before new mail. */
static void sort_by_priority(struct jd_job *jobs, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct jd_job job = jobs[i];
        uint32_t at = i;
        for (; at > 0 && jobs[at - 1].priority > job.priority; at--) {
            jobs[at] = jobs[at - 1];
        }
        jobs[at] = job;
    }
}

/* JD_NONE: nothing due. */
static enum jd_status work_once(struct job_thread *thread, struct jd_error *error)
{
    int64_t ids[JD_MERGE_MAX];
    struct jd_job *jobs = NULL;
    uint32_t count = 0, jobs_count = 0;
    enum jd_status status = claim_ids(thread, ids, &count, error);
    if (status != JD_OK) {
        return status;
    }
    status = jd_jobs_claim(thread->desk.db, ids, count,
            jd_span_of(thread->worker->options.owner), JD_JOB_LEASE_MS, thread->claims, &jobs,
            &jobs_count, error);
    if (status != JD_OK) {
        return status;
    }
    forget_unclaimed(thread, ids, count, jobs, jobs_count);
    sort_by_priority(jobs, jobs_count);
    run_claimed(thread, jobs, jobs_count);
    jd_arena_reset(thread->claims);
    return JD_OK;
}

static void open_desk(struct job_thread *thread)
{
    const struct jd_pipeline_options *options = &thread->worker->options;
    thread->claims = jd_arena_create(JD_MERGE_MAX * CLAIM_BYTES_MAX);
    thread->desk = (struct jd_job_desk){
        .options = options,
        .pool = thread->worker->pool,
        .shared = &thread->worker->shared,
        .arena = jd_arena_create(JD_JOB_ARENA_BYTES),
        .sources = jd_sources_create(options->registry, options->data_dir),
        .releases = jd_release_cache_create(),
        .figures = thread->worker->figures,
        .stopping = &thread->worker->stopping,
        .keep_ms = JD_LEASE_KEEP_MS,
    };
}

static void close_desk(struct job_thread *thread)
{
    jd_sources_destroy(&thread->desk.sources);
    jd_release_cache_destroy(&thread->desk.releases);
    jd_arena_destroy(&thread->desk.arena);
    jd_arena_destroy(&thread->claims);
}

/* Who calls holds the connection, or is alone. */
static void write_figures(struct jd_worker *worker)
{
    struct jd_error error;
    if (worker->shared.db &&
            jd_figures_write(worker->figures, worker->shared.db, true, &error) != JD_OK) {
        jd_log_error(JD_LOG_WARNING, "figures of rules were not written", &error, NULL);
    }
}

static void *work(void *argument)
{
    struct job_thread *thread = argument;
    struct jd_worker *worker = thread->worker;
    bool worked = false;
    open_desk(thread);
    while (!atomic_load(&worker->stopping)) {
        struct jd_error error = { 0 };
        uint64_t seen = jd_news_count(worker->news);
        pthread_rwlock_rdlock(&worker->alone);
        jd_desk_enter(&thread->desk);
        enum jd_status status = work_once(thread, &error);
        jd_desk_leave(&thread->desk);
        pthread_rwlock_unlock(&worker->alone);
        if (status != JD_OK && status != JD_NONE) {
            jd_log_error(JD_LOG_WARNING, "jobs were not claimed", &error, NULL);
        }
        if (status == JD_OK) {
            worked = true;
            continue;
        }
        jd_news_wait(worker->news, seen, IDLE_WAIT_MS);
        if (worked && jd_news_count(worker->news) == seen) {
            // A quiet second after work: what batches used goes back to the machine.
            jd_sources_drop_all(thread->desk.sources);
            jd_desk_enter(&thread->desk);
            write_figures(worker);
            jd_db_rest(thread->desk.db);
            jd_desk_leave(&thread->desk);
            worked = false;
        }
    }
    close_desk(thread);
    free(thread);
    return NULL;
}

static enum jd_status start_threads(struct jd_worker *worker, struct jd_error *error)
{
    uint32_t wanted = worker->options.compute + 2;
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; i < wanted && i < THREADS_MAX && status == JD_OK; i++) {
        struct job_thread *thread = jd_xalloc(sizeof(*thread));
        char name[16];
        thread->worker = worker;
        thread->priority_max = i == 0 ? JD_PRIORITY_NEW : 9;
        snprintf(name, sizeof(name), i == 0 ? "jobs-urgent" : "jobs-%u", i);
        status = jd_thread_start(&worker->threads[i], name, work, thread, error);
        worker->threads_count += status == JD_OK;
    }
    return status;
}

enum jd_status jd_worker_start(const struct jd_pipeline_options *options,
        struct jd_worker **out_worker,
        struct jd_error *error)
{
    struct jd_worker *worker = jd_xalloc(sizeof(*worker));
    pthread_rwlockattr_t fair;
    worker->options = *options;
    pthread_rwlockattr_init(&fair);
    pthread_rwlockattr_setkind_np(&fair, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&worker->alone, &fair);
    pthread_rwlockattr_destroy(&fair);
    pthread_mutex_init(&worker->shared.lock, NULL);
    worker->figures = jd_figures_create();
    struct jd_pool_options pool = jd_pool_options_default();
    pool.children = options->compute + 1;
    pool.interactive_children = 1;
    pool.shared = options->shared;
    enum jd_status status = jd_release_previous(options, error);
    if (status == JD_OK) {
        status = jd_db_open(options->store, &worker->shared.db, error);
    }
    if (status == JD_OK) {
        status = jd_pool_create(&pool, &worker->pool, error);
    }
    if (status == JD_OK) {
        status = jd_news_start(jd_store_services(options->store), "jobs", &worker->news, error);
    }
    if (status == JD_OK) {
        status = jd_watch_start(&worker->options, &worker->watch, error);
    }
    if (status == JD_OK) {
        status = start_threads(worker, error);
    }
    if (status != JD_OK) {
        jd_worker_stop(&worker);
        return status;
    }
    *out_worker = worker;
    return JD_OK;
}

void jd_worker_stop(struct jd_worker **worker)
{
    struct jd_worker *w = *worker;
    if (!w) {
        return;
    }
    atomic_store(&w->stopping, 1);
    jd_watch_stop(&w->watch);
    if (w->news) {
        jd_news_wake(w->news);
    }
    for (uint32_t i = 0; i < w->threads_count; i++) {
        pthread_join(w->threads[i], NULL);
    }
    jd_news_stop(&w->news);
    jd_pool_destroy(&w->pool);
    write_figures(w);
    jd_figures_destroy(&w->figures);
    jd_db_close(&w->shared.db);
    pthread_mutex_destroy(&w->shared.lock);
    pthread_rwlock_destroy(&w->alone);
    free(w);
    *worker = NULL;
}
