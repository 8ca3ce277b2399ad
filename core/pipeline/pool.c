/*
 * The compute children of a worker: a row of slots, each with at most one child.
 *
 * A slot is empty, starting (ordered from the zygote), idle, borrowed, or dying (done with, its
 * end not yet reported). The pool's thread moves slots between empty, starting and idle, and
 * takes the zygote's reports; borrowers move them between idle and borrowed. One lock guards
 * the slots' states and is never held over a call that waits.
 */
#include "pipeline/pool.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/record.h"
#include "base/thread.h"
#include "pipeline/pool_child.h"

#define READY_MS_MAX    10000 // a zygote's start
#define END_MS_MAX      2000  // from a child's silence to the report of its end
#define BACK_OFF_MS_MIN 100
#define BACK_OFF_MS_MAX 5000

_Static_assert(JD_POOL_CHILDREN_MAX <= JD_COMPUTE_SLOTS, "each child has a slot in the zygote");
struct jd_pool {
    struct jd_pool_options options;
    char *program; // owned; NULL: this program
    pthread_t thread;
    int wake_fd; // eventfd: the thread looks at the slots

    pthread_mutex_t lock;
    pthread_cond_t changed; // a slot's state, or an end
    bool stopping;
    bool zygote_alive;
    struct jd_zygote zygote; // replaced by the thread alone
    int64_t zygote_after_ms; // not started before
    int64_t zygote_back_off_ms;
    int64_t fork_after_ms; // no child is started before
    int64_t fork_back_off_ms;
    struct jd_child children[JD_POOL_CHILDREN_MAX];
};

static int64_t next_back_off(int64_t back_off_ms)
{
    int64_t next_ms = back_off_ms ? back_off_ms * 2 : BACK_OFF_MS_MIN;
    return next_ms > BACK_OFF_MS_MAX ? BACK_OFF_MS_MAX : next_ms;
}

static void wake_thread(struct jd_pool *pool)
{
    const uint64_t one = 1;
    // Fails only when the counter is full, and then the thread is awake.
    (void)!write(pool->wake_fd, &one, sizeof(one));
}

/* Slots. All with the lock held. */

static void empty_slot(struct jd_child *child)
{
    jd_zygote_child_close(&child->link);
    jd_buf_finish(&child->answer);
    child->state = JD_CHILD_EMPTY;
    pthread_cond_broadcast(&child->pool->changed);
}

static bool child_is_quiet(const struct jd_child *child)
{
    struct pollfd link = { .fd = child->link.fd, .events = POLLIN };
    return poll(&link, 1, 0) == 0;
}

/** Not asked for anything and yet speaking, or closed, or at the end of its work: its end will
 * be reported. */
static void give_up_child(struct jd_child *child)
{
    child->state = JD_CHILD_DYING;
    if (child->pool->zygote_alive) {
        jd_zygote_kill(&child->pool->zygote, child->slot);
    }
}

/** Children that die unused must not be forked in a tight loop. */
static void slow_down(struct jd_pool *pool)
{
    pool->fork_back_off_ms = next_back_off(pool->fork_back_off_ms);
    pool->fork_after_ms = jd_clock_monotonic_ms() + pool->fork_back_off_ms;
}

static void note_end(struct jd_child *child, int wait_status)
{
    struct jd_pool *pool = child->pool;
    child->ended = true;
    child->wait_status = wait_status;
    if (child->state != JD_CHILD_BORROWED && child->state != JD_CHILD_EMPTY) {
        empty_slot(child);
    }
    pthread_cond_broadcast(&pool->changed);
}

static void fill_slot(struct jd_child *child)
{
    struct jd_pool *pool = child->pool;
    struct jd_error error;
    struct jd_zygote_child link;
    if (jd_zygote_fork(&pool->zygote, child->slot, pool->options.memory_bytes_max, &link,
                &error) != JD_OK) {
        jd_log_error(JD_LOG_WARNING, "compute child not started", &error, NULL);
        slow_down(pool);
        return;
    }
    *child = (struct jd_child){
        .pool = pool,
        .slot = child->slot,
        .state = JD_CHILD_STARTING,
        .wait_status = -1,
        .link = link,
        .death = { .index = -1 },
        .batch_ms_max = pool->options.batch_ms_max,
        .message_ms_max = pool->options.message_ms_max,
        .answer = jd_buf_init(JD_WIRE_FRAME_MAX + JD_RECORD_HEADER_BYTES),
    };
}

static void fill_empty_slots(struct jd_pool *pool)
{
    for (uint32_t i = 0; i < pool->options.children; i++) {
        if (jd_clock_monotonic_ms() >= pool->fork_after_ms &&
                pool->children[i].state == JD_CHILD_EMPTY) {
            fill_slot(&pool->children[i]);
        }
    }
}

static void take_report(struct jd_pool *pool, const struct jd_zygote_message *message)
{
    struct jd_child *child = &pool->children[message->slot];
    if (message->kind == JD_ZYGOTE_ENDED && message->pid == child->pid && !child->ended) {
        if (!child->useful && child->state != JD_CHILD_BORROWED) {
            slow_down(pool);
        }
        note_end(child, message->value);
    } else if (message->kind == JD_ZYGOTE_FORKED && message->value != 0) {
        slow_down(pool);
        note_end(child, -1);
    } else if (message->kind == JD_ZYGOTE_FORKED && child->state == JD_CHILD_STARTING) {
        child->pid = message->pid;
        child->state = JD_CHILD_IDLE;
        pthread_cond_broadcast(&pool->changed);
    }
}

/* The pool's thread. It alone writes `zygote` and `zygote_alive`, so it reads them freely. */

static void lose_zygote(struct jd_pool *pool)
{
    struct jd_zygote gone = pool->zygote;
    pthread_mutex_lock(&pool->lock);
    pool->zygote_alive = false;
    pool->zygote_after_ms = jd_clock_monotonic_ms() + pool->zygote_back_off_ms;
    pool->zygote_back_off_ms = next_back_off(pool->zygote_back_off_ms);
    for (uint32_t i = 0; i < pool->options.children; i++) {
        if (pool->children[i].state != JD_CHILD_EMPTY && !pool->children[i].ended) {
            note_end(&pool->children[i], -1);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    jd_zygote_drain_log(&gone);
    jd_zygote_stop(&gone);
    jd_log(JD_LOG_WARNING, "compute zygote ended", NULL);
}

static void revive_zygote(struct jd_pool *pool)
{
    struct jd_zygote zygote;
    struct jd_error error;
    int64_t now_ms = jd_clock_monotonic_ms();
    enum jd_status status =
            jd_zygote_start(pool->program, now_ms + READY_MS_MAX, &zygote, &error);
    pthread_mutex_lock(&pool->lock);
    if (status == JD_OK) {
        pool->zygote = zygote;
        pool->zygote_alive = true;
    } else {
        pool->zygote_after_ms = now_ms + pool->zygote_back_off_ms;
        pool->zygote_back_off_ms = next_back_off(pool->zygote_back_off_ms);
    }
    pthread_mutex_unlock(&pool->lock);
    if (status != JD_OK) {
        jd_log_error(JD_LOG_ERROR, "compute zygote not started", &error, NULL);
    }
}

static void take_reports(struct jd_pool *pool)
{
    struct jd_zygote_message message;
    struct jd_error error;
    enum jd_status status;
    while ((status = jd_zygote_receive(&pool->zygote, &message, &error)) == JD_OK) {
        pthread_mutex_lock(&pool->lock);
        take_report(pool, &message);
        pthread_mutex_unlock(&pool->lock);
    }
    if (status == JD_GONE) {
        lose_zygote(pool);
    }
}

/** How long the thread may wait; -1: until something comes. */
static int wait_ms(struct jd_pool *pool)
{
    int64_t now_ms = jd_clock_monotonic_ms();
    int64_t until_ms = INT64_MAX;
    if (!pool->zygote_alive) {
        until_ms = pool->zygote_after_ms;
    }
    for (uint32_t i = 0; pool->zygote_alive && i < pool->options.children; i++) {
        if (pool->children[i].state == JD_CHILD_EMPTY) {
            until_ms = pool->fork_after_ms;
        }
    }
    if (until_ms == INT64_MAX) {
        return -1;
    }
    return until_ms <= now_ms ? 0 : (int)(until_ms - now_ms);
}

static void wait_for_news(struct jd_pool *pool, bool zygote_alive, int timeout_ms)
{
    struct pollfd wanted[] = {
        { .fd = pool->wake_fd, .events = POLLIN },
        { .fd = zygote_alive ? pool->zygote.control_fd : -1, .events = POLLIN },
        { .fd = zygote_alive ? pool->zygote.log_fd : -1, .events = POLLIN },
    };
    if (poll(wanted, sizeof(wanted) / sizeof(wanted[0]), timeout_ms) <= 0) {
        return;
    }
    if (wanted[0].revents) {
        uint64_t count;
        (void)!read(pool->wake_fd, &count, sizeof(count)); // the wake-up was the news
    }
    if (wanted[2].revents & POLLIN) {
        jd_zygote_drain_log(&pool->zygote);
    }
    if (wanted[1].revents) {
        take_reports(pool);
    }
}

static void *run(void *argument)
{
    struct jd_pool *pool = argument;
    for (;;) {
        pthread_mutex_lock(&pool->lock);
        bool stopping = pool->stopping;
        bool zygote_alive = pool->zygote_alive;
        if (!stopping && zygote_alive) {
            fill_empty_slots(pool);
        }
        int timeout_ms = wait_ms(pool);
        pthread_mutex_unlock(&pool->lock);
        if (stopping) {
            return NULL;
        }
        wait_for_news(pool, zygote_alive, timeout_ms);
        if (!pool->zygote_alive && jd_clock_monotonic_ms() >= pool->zygote_after_ms) {
            revive_zygote(pool);
        }
    }
}

/* Blame */

static struct jd_shared_slot *
take_blame_slot(struct jd_shared *shared, int32_t pid, int64_t job)
{
    struct jd_shared_slot *slot =
            shared ? jd_shared_slot_claim(shared, pid, (int32_t)getpid()) : NULL;
    if (slot) {
        atomic_store(&slot->job, job);
    }
    return slot;
}

static void write_blame(struct jd_child *child)
{
    if (!child->blame) {
        return;
    }
    if (child->batch && child->death.index >= 0) {
        atomic_store(&child->blame->item, child->batch[child->death.index].item);
    }
    atomic_store(&child->blame->signal, child->death.signal);
    atomic_store(&child->blame->state, JD_SLOT_DIED);
}

/* Death */

static bool is_fault(int number)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        if (faults[i] == number) {
            return true;
        }
    }
    return false;
}

static struct timespec monotonic_in(int64_t ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

/** Makes sure of the child's end and waits for its report; gives the wait status, -1 when there
 * is none. A child that is ending already keeps its own status. */
static int await_end(struct jd_child *child)
{
    struct jd_pool *pool = child->pool;
    const struct timespec until = monotonic_in(END_MS_MAX);
    pthread_mutex_lock(&pool->lock);
    if (!child->ended && pool->zygote_alive) {
        jd_zygote_kill(&pool->zygote, child->slot);
    }
    int result = 0;
    while (!child->ended && result == 0) {
        result = pthread_cond_timedwait(&pool->changed, &pool->lock, &until);
    }
    int wait_status = child->ended ? child->wait_status : -1;
    pthread_mutex_unlock(&pool->lock);
    return wait_status;
}

static void count_death(enum jd_child_end end)
{
    char label[32];
    snprintf(label, sizeof(label), "end=\"%s\"", jd_child_end_name(end));
    jd_metric_add(jd_metric("jackdaw_compute_deaths_total", label), 1);
}

/** A fault signal, or an exit in the midst of a message: a library that gives up, or a
 * sanitizer's report. */
static enum jd_child_end end_of_status(int wait_status, int64_t index)
{
    if (wait_status == -1) {
        return JD_CHILD_KILLED;
    }
    bool fault = WIFSIGNALED(wait_status) && is_fault(WTERMSIG(wait_status));
    bool gave_up = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) != 0 && index >= 0;
    return fault || gave_up ? JD_CHILD_FAULT : JD_CHILD_KILLED;
}

enum jd_status jd_child_bury(struct jd_child *child,
        enum jd_child_end end,
        const char *what,
        struct jd_error *error)
{
    int wait_status = await_end(child);
    uint64_t word = atomic_load_explicit(&child->link.progress->word, memory_order_relaxed);
    int64_t index = jd_progress_index(word, child->request, child->batch_count);
    child->death = (struct jd_child_death){
        .end = end == JD_CHILD_ALIVE ? end_of_status(wait_status, index) : end,
        .signal = wait_status != -1 && WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0,
        .index = index,
    };
    write_blame(child);
    count_death(child->death.end);
    return jd_error_set(error, JD_GONE, "a compute child is no more: %s (signal %d): %s",
            jd_child_end_name(child->death.end), child->death.signal, what);
}

/* Borrowing. With the lock held. */

/** Bulk work leaves the reserved children alone. */
static bool may_borrow(const struct jd_pool *pool, bool interactive)
{
    uint32_t bulk = 0;
    for (uint32_t i = 0; i < pool->options.children; i++) {
        const struct jd_child *child = &pool->children[i];
        bulk += child->state == JD_CHILD_BORROWED && !child->interactive;
    }
    return interactive || bulk < pool->options.children - pool->options.interactive_children;
}

/** Bulk work takes from the front and people from the back, so that each finds its releases
 * loaded. */
static struct jd_child *find_idle(struct jd_pool *pool, bool interactive)
{
    uint32_t count = pool->options.children;
    for (uint32_t i = 0; i < count; i++) {
        struct jd_child *child = &pool->children[interactive ? count - 1 - i : i];
        if (child->state != JD_CHILD_IDLE) {
            continue;
        }
        if (child_is_quiet(child)) {
            return child;
        }
        give_up_child(child);
    }
    return NULL;
}

static struct jd_child *
wait_for_idle(struct jd_pool *pool, bool interactive, const struct timespec *until)
{
    int result = 0;
    for (;;) {
        struct jd_child *child =
                may_borrow(pool, interactive) ? find_idle(pool, interactive) : NULL;
        if (child || result != 0) {
            return child;
        }
        result = pthread_cond_timedwait(&pool->changed, &pool->lock, until);
    }
}

/* The face */

struct jd_pool_options jd_pool_options_default(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t children = processors > 0 ? (uint32_t)processors + 1 : 2;
    return (struct jd_pool_options){
        .children = children < JD_POOL_CHILDREN_MAX ? children : JD_POOL_CHILDREN_MAX,
        .interactive_children = 1,
        .memory_bytes_max = 512u * 1024 * 1024,
        .work_bytes_max = 256u * 1024 * 1024,
        .batch_ms_max = 30000,
        .message_ms_max = 10000,
    };
}

static void pool_free(struct jd_pool *pool)
{
    jd_zygote_stop(&pool->zygote);
    for (uint32_t i = 0; i < pool->options.children; i++) {
        struct jd_child *child = &pool->children[i];
        struct pollfd link = { .fd = child->link.fd, .events = POLLIN };
        if (child->state != JD_CHILD_EMPTY) {
            (void)poll(&link, 1, END_MS_MAX); // its closed end says that it is gone
            empty_slot(child);
        }
    }
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
    if (pool->wake_fd >= 0) {
        close(pool->wake_fd);
    }
    free(pool->program);
    free(pool);
}

static struct jd_pool *pool_new(const struct jd_pool_options *options)
{
    struct jd_pool *pool = jd_xalloc(sizeof(*pool));
    pthread_condattr_t monotonic;
    pool->options = *options;
    pool->program = options->program ? jd_xstrdup(options->program) : NULL;
    pool->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    for (uint32_t i = 0; i < JD_POOL_CHILDREN_MAX; i++) {
        pool->children[i] = (struct jd_child){ .pool = pool, .slot = i, .link = { .fd = -1 } };
    }
    return pool;
}

enum jd_status jd_pool_create(const struct jd_pool_options *options,
        struct jd_pool **out_pool,
        struct jd_error *error)
{
    if (options->children < 1 || options->children > JD_POOL_CHILDREN_MAX ||
            options->interactive_children >= options->children + (options->children == 1)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "a compute pool has 1 to %d children, fewer of them interactive, not %u and %u",
                JD_POOL_CHILDREN_MAX, options->children, options->interactive_children);
    }
    struct jd_pool *pool = pool_new(options);
    enum jd_status status = jd_zygote_start(
            pool->program, jd_clock_monotonic_ms() + READY_MS_MAX, &pool->zygote, error);
    pool->zygote_alive = status == JD_OK;
    if (status == JD_OK) {
        status = jd_thread_start(&pool->thread, "compute", run, pool, error);
    }
    if (status != JD_OK) {
        pool_free(pool);
        return status;
    }
    *out_pool = pool;
    return JD_OK;
}

void jd_pool_destroy(struct jd_pool **pool)
{
    if (!*pool) {
        return;
    }
    pthread_mutex_lock(&(*pool)->lock);
    (*pool)->stopping = true;
    pthread_mutex_unlock(&(*pool)->lock);
    wake_thread(*pool);
    pthread_join((*pool)->thread, NULL);
    pool_free(*pool);
    *pool = NULL;
}

enum jd_status jd_pool_borrow(struct jd_pool *pool,
        const struct jd_pool_claim *claim,
        int64_t deadline_ms,
        struct jd_child **out_child,
        struct jd_error *error)
{
    const struct timespec until = { deadline_ms / 1000, deadline_ms % 1000 * 1000000 };
    pthread_mutex_lock(&pool->lock);
    struct jd_child *child = wait_for_idle(pool, claim->interactive, &until);
    if (child) {
        child->state = JD_CHILD_BORROWED;
        child->interactive = claim->interactive;
    }
    pthread_mutex_unlock(&pool->lock);
    if (!child) {
        return jd_error_set(error, JD_RETRY_LATER, "no compute child was free in time");
    }
    child->blame = take_blame_slot(pool->options.shared, child->pid, claim->job);
    *out_child = child;
    return JD_OK;
}

void jd_pool_return(struct jd_pool *pool, struct jd_child **child)
{
    struct jd_child *one = *child;
    if (!one) {
        return;
    }
    *child = NULL;
    if (one->blame) {
        jd_shared_slot_free(one->blame);
        one->blame = NULL;
    }
    bool fit = one->death.end == JD_CHILD_ALIVE &&
               one->work_bytes < pool->options.work_bytes_max && jd_child_forget(one);
    pthread_mutex_lock(&pool->lock);
    if (one->useful) {
        pool->fork_back_off_ms = 0;
        pool->zygote_back_off_ms = 0;
    }
    if (one->ended) {
        empty_slot(one);
    } else if (fit) {
        one->state = JD_CHILD_IDLE;
        pthread_cond_broadcast(&pool->changed);
    } else {
        give_up_child(one);
    }
    pthread_mutex_unlock(&pool->lock);
    if (!fit) {
        wake_thread(pool);
    }
}

struct jd_child_death jd_child_death(const struct jd_child *child)
{
    return child->death;
}

const char *jd_child_end_name(enum jd_child_end end)
{
    static const char *const names[] = {
        [JD_CHILD_ALIVE] = "alive",
        [JD_CHILD_FAULT] = "fault",
        [JD_CHILD_KILLED] = "killed",
        [JD_CHILD_TIMEOUT] = "timeout",
        [JD_CHILD_LIED] = "lied",
    };
    return names[end];
}

int32_t jd_child_pid(const struct jd_child *child)
{
    return child->pid;
}
