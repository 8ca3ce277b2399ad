/**
 * The queue service: a dispatch index in a SQLite file of its own, without any sync to disk.
 *
 * The file may be lost at any time, also while running: when it is gone, replaced or damaged it
 * is made anew, empty, and the call goes on. Callers on any thread borrow a connection from a
 * small pool, so that no thread waits for another but where SQLite itself lets one writer in.
 *
 * An item that is claimed keeps its place in the order for the case that its claim runs out;
 * two partial indexes hold the ready and the hidden items apart, so that neither slows the
 * search among the others.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sqlite.h"

#define QUEUE_MAGIC   UINT32_C(0x51755172)
#define PATIENCE_MS   5000
#define POOL_MAX      4 // idle connections that are kept
#define PRIORITY_MAX  9
#define REBUILD_TRIES 3

static const char schema[] =
        "BEGIN IMMEDIATE;"
        "CREATE TABLE IF NOT EXISTS item("
        " job INTEGER PRIMARY KEY,"
        " priority INTEGER NOT NULL,"
        " run_at_ms INTEGER NOT NULL,"
        " place INTEGER NOT NULL,"            // order of arrival among equals
        " hidden_until_ms INTEGER NOT NULL);" // 0: not claimed
        "CREATE INDEX IF NOT EXISTS ready ON item(priority, run_at_ms, place)"
        " WHERE hidden_until_ms = 0;"
        "CREATE INDEX IF NOT EXISTS hidden ON item(hidden_until_ms) WHERE hidden_until_ms > 0;"
        "COMMIT;";

enum statement {
    BEGIN_WRITE,
    COMMIT,
    ROLLBACK,
    OFFER,
    EXPIRED,
    EXPIRE,
    DUE,
    HIDE,
    EXTEND,
    ACK,
    DEPTH,
    STATEMENTS
};

static const char *const statement_sql[STATEMENTS] = {
    [BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [OFFER] = "INSERT INTO item(job, priority, run_at_ms, place, hidden_until_ms)"
              " VALUES(?1, ?2, ?3, ?4, 0)"
              " ON CONFLICT(job) DO UPDATE SET priority = excluded.priority,"
              " run_at_ms = min(run_at_ms, excluded.run_at_ms)"
              " WHERE excluded.priority < priority",
    [EXPIRED] =
            "SELECT 1 FROM item WHERE hidden_until_ms > 0 AND hidden_until_ms <= ?1 LIMIT 1",
    [EXPIRE] = "UPDATE item SET hidden_until_ms = 0"
               " WHERE hidden_until_ms > 0 AND hidden_until_ms <= ?1",
    [DUE] = "SELECT job FROM item WHERE hidden_until_ms = 0 AND priority = ?1 AND run_at_ms <= ?2"
            " ORDER BY run_at_ms, place LIMIT ?3",
    [HIDE] = "UPDATE item SET hidden_until_ms = ?2 WHERE job = ?1",
    [EXTEND] = "UPDATE item SET hidden_until_ms = ?2 WHERE job = ?1 AND hidden_until_ms > 0",
    [ACK] = "DELETE FROM item WHERE job = ?1",
    [DEPTH] = "SELECT count(*), count(*) FILTER (WHERE hidden_until_ms > ?1) FROM item",
};

// One SQLite handle; belongs to the thread that borrowed it.
struct handle {
    struct handle *next;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    dev_t device; // of the file when it was opened
    ino_t inode;
    int64_t deadline_ms; // monotonic
};

struct queue {
    uint32_t magic;
    const struct jd_host *host;
    char path[PATH_MAX];
    pthread_mutex_t lock;
    struct handle *idle; // guarded by lock
    uint32_t idle_count; // guarded by lock
    int64_t last_place;  // guarded by lock
};

/** What one call does on a handle; a SQLite result code. */
struct task {
    int (*run)(struct queue *queue, struct handle *handle, struct task *task);
    const struct jd_queue_item *items;
    const int64_t *jobs;
    uint32_t count; // of items or jobs; claim: how many are wanted
    int32_t priority_max;
    int64_t visibility_ms;
    int64_t *out_jobs;
    uint32_t out_count;
    int64_t ready, claimed;
    int64_t place; // of the first item
};

static int64_t now_ms(const struct queue *queue)
{
    return queue->host->now_ms(queue->host->context);
}

static struct queue *queue_of(void *self, struct jd_error *error)
{
    struct queue *queue = self;
    if (!queue || queue->magic != QUEUE_MAGIC) {
        jd_error_set(error, JD_BUG, "sqlite: this is no open queue");
        return NULL;
    }
    return queue;
}

static void close_handle(struct handle *handle)
{
    for (int i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(handle->statements[i]);
    }
    sqlite3_close_v2(handle->db);
    free(handle);
}

/** Runs a statement that is bound and has no rows; a SQLite result code. */
static int finish(sqlite3_stmt *statement)
{
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

static int run_plain(struct handle *handle, enum statement statement)
{
    return finish(handle->statements[statement]);
}

static int offer_items(struct queue *queue, struct handle *handle, struct task *task)
{
    sqlite3_stmt *statement = handle->statements[OFFER];
    int64_t now = now_ms(queue);
    int code = run_plain(handle, BEGIN_WRITE);
    for (uint32_t i = 0; i < task->count && code == SQLITE_OK; i++) {
        const struct jd_queue_item *item = &task->items[i];
        sqlite3_bind_int64(statement, 1, item->job);
        sqlite3_bind_int(statement, 2, item->priority);
        sqlite3_bind_int64(statement, 3, item->run_at_ms ? item->run_at_ms : now);
        sqlite3_bind_int64(statement, 4, task->place + i);
        code = finish(statement);
    }
    return code == SQLITE_OK ? run_plain(handle, COMMIT) : code;
}

/** Appends due jobs of one priority to the task's answer. */
static int
read_due(struct handle *handle, struct task *task, int priority, int64_t now, int64_t max)
{
    sqlite3_stmt *statement = handle->statements[DUE];
    sqlite3_bind_int(statement, 1, priority);
    sqlite3_bind_int64(statement, 2, now);
    sqlite3_bind_int64(statement, 3, max);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        task->out_jobs[task->out_count++] = sqlite3_column_int64(statement, 0);
    }
    return sqlite3_reset(statement);
}

static int read_all_due(struct handle *handle, struct task *task, int64_t now, uint32_t max)
{
    int code = SQLITE_OK;
    task->out_count = 0;
    for (int32_t priority = 0; priority <= task->priority_max && priority <= PRIORITY_MAX &&
                               task->out_count < max && code == SQLITE_OK;
            priority++) {
        code = read_due(handle, task, priority, now, max - task->out_count);
    }
    return code;
}

static int hide_jobs(struct handle *handle,
        enum statement which,
        const int64_t *jobs,
        uint32_t count,
        int64_t until_ms)
{
    sqlite3_stmt *statement = handle->statements[which];
    int code = SQLITE_OK;
    for (uint32_t i = 0; i < count && code == SQLITE_OK; i++) {
        sqlite3_bind_int64(statement, 1, jobs[i]);
        sqlite3_bind_int64(statement, 2, until_ms);
        code = finish(statement);
    }
    return code;
}

/** Whether a claim has run out. */
static int find_expired(struct handle *handle, int64_t now, bool *out_found)
{
    sqlite3_stmt *statement = handle->statements[EXPIRED];
    sqlite3_bind_int64(statement, 1, now);
    *out_found = sqlite3_step(statement) == SQLITE_ROW;
    return sqlite3_reset(statement);
}

/** Workers ask often when there is nothing: that is found out by reading alone. */
static int claim_jobs(struct queue *queue, struct handle *handle, struct task *task)
{
    int64_t now = now_ms(queue);
    bool expired = false;
    int code = find_expired(handle, now, &expired);
    if (code == SQLITE_OK && !expired) {
        code = read_all_due(handle, task, now, 1);
        if (code != SQLITE_OK || task->out_count == 0) {
            return code;
        }
    }
    if (code == SQLITE_OK) {
        code = run_plain(handle, BEGIN_WRITE);
    }
    if (code == SQLITE_OK) {
        sqlite3_bind_int64(handle->statements[EXPIRE], 1, now);
        code = run_plain(handle, EXPIRE);
    }
    if (code == SQLITE_OK) {
        code = read_all_due(handle, task, now, task->count);
    }
    if (code == SQLITE_OK) {
        code = hide_jobs(
                handle, HIDE, task->out_jobs, task->out_count, now + task->visibility_ms);
    }
    return code == SQLITE_OK ? run_plain(handle, COMMIT) : code;
}

static int extend_jobs(struct queue *queue, struct handle *handle, struct task *task)
{
    int code = run_plain(handle, BEGIN_WRITE);
    if (code == SQLITE_OK) {
        code = hide_jobs(
                handle, EXTEND, task->jobs, task->count, now_ms(queue) + task->visibility_ms);
    }
    return code == SQLITE_OK ? run_plain(handle, COMMIT) : code;
}

static int ack_jobs(struct queue *queue, struct handle *handle, struct task *task)
{
    (void)queue; // no clock is needed
    sqlite3_stmt *statement = handle->statements[ACK];
    int code = run_plain(handle, BEGIN_WRITE);
    for (uint32_t i = 0; i < task->count && code == SQLITE_OK; i++) {
        sqlite3_bind_int64(statement, 1, task->jobs[i]);
        code = finish(statement);
    }
    return code == SQLITE_OK ? run_plain(handle, COMMIT) : code;
}

static int count_jobs(struct queue *queue, struct handle *handle, struct task *task)
{
    sqlite3_stmt *statement = handle->statements[DEPTH];
    sqlite3_bind_int64(statement, 1, now_ms(queue));
    if (sqlite3_step(statement) == SQLITE_ROW) {
        task->claimed = sqlite3_column_int64(statement, 1);
        task->ready = sqlite3_column_int64(statement, 0) - task->claimed;
    }
    return sqlite3_reset(statement);
}

static int wait_for_lock(void *context, int attempt)
{
    const struct handle *handle = context;
    if (jd_sqlite_monotonic_ms() >= handle->deadline_ms) {
        return 0;
    }
    // Transactions here last well under a millisecond.
    long pause_us = attempt < 10 ? 100 * (attempt + 1) : 2000;
    struct timespec pause = { 0, pause_us * 1000 };
    nanosleep(&pause, NULL);
    return 1;
}

static int prepare_handle(struct handle *handle)
{
    static const char pragmas[] = "PRAGMA journal_mode=WAL;"
                                  "PRAGMA synchronous=OFF;"
                                  "PRAGMA secure_delete=OFF;"
                                  "PRAGMA mmap_size=0;"
                                  "PRAGMA cache_size=-1024;";
    int code = sqlite3_exec(handle->db, pragmas, NULL, NULL, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_exec(handle->db, schema, NULL, NULL, NULL);
    }
    for (int i = 0; i < STATEMENTS && code == SQLITE_OK; i++) {
        code = sqlite3_prepare_v3(handle->db, statement_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                &handle->statements[i], NULL);
    }
    return code;
}

static bool same_file(const struct queue *queue, const struct handle *handle)
{
    struct stat info;
    return stat(queue->path, &info) == 0 && info.st_dev == handle->device &&
           info.st_ino == handle->inode;
}

/** The log of a database that is gone would only mislead the new one. */
static void remove_side_files(const struct queue *queue)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%.*s-wal", (int)sizeof(path) - 8, queue->path);
    unlink(path); // mostly not there
    snprintf(path, sizeof(path), "%.*s-shm", (int)sizeof(path) - 8, queue->path);
    unlink(path); // mostly not there
}

/** Opens the file, making it if missing. `out_code` tells a damaged file from other faults. */
static enum jd_status open_handle(struct queue *queue,
        struct handle **out_handle,
        int *out_code,
        struct jd_error *error)
{
    struct handle *handle = calloc(1, sizeof(*handle));
    if (!handle) {
        return jd_error_set(
                error, JD_RETRY_LATER, "out of memory while opening %s", queue->path);
    }
    if (access(queue->path, F_OK) != 0) {
        remove_side_files(queue);
    }
    enum jd_status status = jd_sqlite_open(queue->path, true, &handle->db, error);
    if (status != JD_OK) {
        free(handle);
        return status;
    }
    struct stat info;
    if (stat(queue->path, &info) == 0) { // else inode 0: opened anew at the next call
        handle->device = info.st_dev;
        handle->inode = info.st_ino;
    }
    handle->deadline_ms = jd_sqlite_monotonic_ms() + PATIENCE_MS;
    sqlite3_busy_handler(handle->db, wait_for_lock, handle);
    *out_code = prepare_handle(handle);
    if (*out_code != SQLITE_OK) {
        status = jd_sqlite_fail(handle->db, *out_code, queue->path, "opening", error);
        close_handle(handle);
        return status;
    }
    *out_handle = handle;
    return JD_OK;
}

static struct handle *take_idle(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    struct handle *handle = queue->idle;
    if (handle) {
        queue->idle = handle->next;
        queue->idle_count--;
    }
    pthread_mutex_unlock(&queue->lock);
    return handle;
}

/** A connection to the file that is there now. */
static enum jd_status
borrow(struct queue *queue, struct handle **out_handle, int *out_code, struct jd_error *error)
{
    struct handle *handle = NULL;
    while ((handle = take_idle(queue)) != NULL) {
        if (same_file(queue, handle)) {
            handle->deadline_ms = jd_sqlite_monotonic_ms() + PATIENCE_MS;
            *out_handle = handle;
            return JD_OK;
        }
        close_handle(handle);
    }
    return open_handle(queue, out_handle, out_code, error);
}

static void give_back(struct queue *queue, struct handle *handle)
{
    pthread_mutex_lock(&queue->lock);
    bool keep = queue->idle_count < POOL_MAX;
    if (keep) {
        handle->next = queue->idle;
        queue->idle = handle;
        queue->idle_count++;
    }
    pthread_mutex_unlock(&queue->lock);
    if (!keep) {
        close_handle(handle);
    }
}

/** Faults that opening the file again may cure. */
static bool needs_reopen(int code)
{
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
        return true;
    default:
        return false;
    }
}

/** Faults of the content, which only a new file cures. */
static bool needs_rebuild(int code)
{
    int kind = code & 0xff;
    return kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB ||
           kind == SQLITE_ERROR || // a table that is missing or has another shape
           code == SQLITE_IOERR_SHORT_READ;
}

/** Removes the file, unless another process has replaced it since (`bad` knows which it was).
 */
static void discard_file(struct queue *queue, const struct stat *bad)
{
    struct stat info;
    if (stat(queue->path, &info) == 0 && info.st_dev == bad->st_dev &&
            info.st_ino == bad->st_ino) {
        unlink(queue->path); // a failure shows when the file is opened again
        remove_side_files(queue);
        queue->host->log(queue->host->context, JD_LOG_WARNING,
                "The queue file was unusable and is made anew", queue->path);
        queue->host->count(queue->host->context, "queue_rebuilt_total", 1);
    }
}

/** Runs the task once; `out_code` is SQLite's answer. */
static enum jd_status
try_task(struct queue *queue, struct task *task, int *out_code, struct jd_error *error)
{
    struct handle *handle = NULL;
    enum jd_status status = borrow(queue, &handle, out_code, error);
    if (status != JD_OK) {
        return status;
    }
    *out_code = task->run(queue, handle, task);
    if (*out_code == SQLITE_OK) {
        give_back(queue, handle);
        return JD_OK;
    }
    status = jd_sqlite_fail(handle->db, *out_code, queue->path, "queue operation", error);
    if (needs_reopen(*out_code)) {
        close_handle(handle);
        return status;
    }
    if (!sqlite3_get_autocommit(handle->db)) {
        run_plain(handle, ROLLBACK); // the failure that counts is reported
    }
    give_back(queue, handle);
    return status;
}

static enum jd_status perform(struct queue *queue, struct task *task, struct jd_error *error)
{
    enum jd_status status = JD_OK;
    for (int i = 0; i < REBUILD_TRIES; i++) {
        struct stat before = { 0 };
        int code = SQLITE_OK;
        stat(queue->path, &before); // inode 0 when missing: then nothing is discarded
        status = try_task(queue, task, &code, error);
        if (!needs_reopen(code)) {
            return status;
        }
        if (needs_rebuild(code)) {
            discard_file(queue, &before);
        }
    }
    return status;
}

static enum jd_status
check_items(const struct jd_queue_item *items, uint32_t count, struct jd_error *error)
{
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].priority < 0 || items[i].priority > PRIORITY_MAX) {
            return jd_error_set(error, JD_BUG, "queue: job %lld has priority %d, not 0 to %d",
                    (long long)items[i].job, items[i].priority, PRIORITY_MAX);
        }
    }
    return JD_OK;
}

/** Places grow over all processes as their clocks do, and strictly within this one. */
static int64_t take_places(struct queue *queue, uint32_t count)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t place = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    pthread_mutex_lock(&queue->lock);
    place = place > queue->last_place ? place : queue->last_place + 1;
    queue->last_place = place + count;
    pthread_mutex_unlock(&queue->lock);
    return place;
}

static enum jd_status queue_offer(void *self,
        const struct jd_queue_item *items,
        uint32_t count,
        struct jd_error *error)
{
    struct queue *queue = queue_of(self, error);
    enum jd_status status = queue ? check_items(items, count, error) : JD_BUG;
    if (status != JD_OK || count == 0) {
        return status;
    }
    struct task task = { .run = offer_items, .items = items, .count = count };
    task.place = take_places(queue, count);
    return perform(queue, &task, error);
}

static enum jd_status queue_claim(void *self,
        int32_t priority_max,
        uint32_t max,
        int64_t visibility_ms,
        int64_t *out_jobs,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct queue *queue = queue_of(self, error);
    if (!queue) {
        return JD_BUG;
    }
    struct task task = { .run = claim_jobs,
        .priority_max = priority_max,
        .count = max,
        .visibility_ms = visibility_ms,
        .out_jobs = out_jobs };
    enum jd_status status = max > 0 ? perform(queue, &task, error) : JD_OK;
    if (status != JD_OK) {
        return status;
    }
    *out_count = task.out_count;
    return task.out_count > 0 ? JD_OK : JD_NONE;
}

static enum jd_status queue_extend(void *self,
        const int64_t *jobs,
        uint32_t count,
        int64_t visibility_ms,
        struct jd_error *error)
{
    struct queue *queue = queue_of(self, error);
    if (!queue) {
        return JD_BUG;
    }
    struct task task = {
        .run = extend_jobs, .jobs = jobs, .count = count, .visibility_ms = visibility_ms
    };
    return count > 0 ? perform(queue, &task, error) : JD_OK;
}

static enum jd_status
queue_ack(void *self, const int64_t *jobs, uint32_t count, struct jd_error *error)
{
    struct queue *queue = queue_of(self, error);
    if (!queue) {
        return JD_BUG;
    }
    struct task task = { .run = ack_jobs, .jobs = jobs, .count = count };
    return count > 0 ? perform(queue, &task, error) : JD_OK;
}

static enum jd_status
queue_depth(void *self, int64_t *out_ready, int64_t *out_claimed, struct jd_error *error)
{
    struct queue *queue = queue_of(self, error);
    if (!queue) {
        return JD_BUG;
    }
    struct task task = { .run = count_jobs };
    enum jd_status status = perform(queue, &task, error);
    if (status == JD_OK) {
        *out_ready = task.ready;
        *out_claimed = task.claimed;
    }
    return status;
}

static void queue_close(void *self)
{
    struct queue *queue = self;
    struct handle *handle = NULL;
    while ((handle = take_idle(queue)) != NULL) {
        close_handle(handle);
    }
    pthread_mutex_destroy(&queue->lock);
    queue->magic = 0;
    free(queue);
}

static enum jd_status queue_open(const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error)
{
    struct queue *queue = calloc(1, sizeof(*queue));
    if (!queue) {
        return jd_error_set(error, JD_RETRY_LATER, "%s: out of memory", config->instance);
    }
    queue->magic = QUEUE_MAGIC;
    queue->host = host;
    pthread_mutex_init(&queue->lock, NULL);
    enum jd_status status = jd_sqlite_path(config, "queue.db", queue->path, error);
    if (status == JD_OK) {
        struct task task = { .run = count_jobs };
        status = perform(queue, &task, error); // makes the file and shows a wrong path at once
    }
    if (status == JD_OK) {
        *out_self = queue;
    } else {
        queue_close(queue);
    }
    return status;
}

const struct jd_option jd_sqlite_queue_options[] = {
    {
            .name = "path",
            .type = JD_OPTION_PATH,
            .help = "Queue file; queue.db in the state folder if not given.",
    },
    { 0 },
};

const struct jd_queue_ops jd_sqlite_queue_ops = {
    JD_SIZE(jd_queue_ops),
    .open = queue_open,
    .close = queue_close,
    .offer = queue_offer,
    .claim = queue_claim,
    .extend = queue_extend,
    .ack = queue_ack,
    .depth = queue_depth,
};
