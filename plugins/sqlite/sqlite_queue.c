/**
 * The queue service: a dispatch index in a SQLite file of its own, which may be lost.
 *
 * An item that is claimed keeps its place in the order for the case that its claim runs out;
 * two partial indexes hold the ready and the hidden items apart, so that neither slows the
 * search among the others.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "sqlite_expendable.h"

#define QUEUE_MAGIC  UINT32_C(0x51755172)
#define PRIORITY_MAX 9

enum statement {
    OFFER = 0,
    EXPIRED,
    EXPIRE,
    DUE,
    HIDE,
    EXTEND,
    ACK,
    DEPTH,
    STATEMENTS
};

static const char *const statements[STATEMENTS] = {
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

static const struct jd_expendable_layout layout = {
    .schema = "BEGIN IMMEDIATE;"
              "CREATE TABLE IF NOT EXISTS item("
              " job INTEGER PRIMARY KEY,"
              " priority INTEGER NOT NULL,"
              " run_at_ms INTEGER NOT NULL,"
              " place INTEGER NOT NULL,"            // order of arrival among equals
              " hidden_until_ms INTEGER NOT NULL);" // 0: not claimed
              "CREATE INDEX IF NOT EXISTS ready ON item(priority, run_at_ms, place)"
              " WHERE hidden_until_ms = 0;"
              "CREATE INDEX IF NOT EXISTS hidden ON item(hidden_until_ms)"
              " WHERE hidden_until_ms > 0;"
              "COMMIT;",
    .statements = statements,
    .count = STATEMENTS,
};

struct queue {
    uint32_t magic;
    const struct jd_host *host;
    struct jd_expendable *file;
    pthread_mutex_t lock;
    int64_t last_place; // guarded by lock
};

// What the tasks of the calls get and give.

struct offer {
    const struct jd_queue_item *items;
    uint32_t count;
    int64_t place; // of the first item
    int64_t now_ms;
};

struct claim {
    int32_t priority_max;
    uint32_t max;
    int64_t now_ms, until_ms;
    int64_t *jobs;
    uint32_t count;
    bool expired; // some claim of before has run out
};

struct change {
    enum statement statement;
    const int64_t *jobs;
    uint32_t count;
    int64_t until_ms;
};

struct depth {
    int64_t now_ms;
    int64_t ready, claimed;
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

/** Runs a statement that is bound and whose rows do not matter; a SQLite result code. */
static int finish(sqlite3_stmt *statement)
{
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

static int offer_items(sqlite3_stmt *const *prepared, void *context)
{
    const struct offer *offer = context;
    sqlite3_stmt *statement = prepared[OFFER];
    int code = SQLITE_OK;
    for (uint32_t i = 0; i < offer->count && code == SQLITE_OK; i++) {
        const struct jd_queue_item *item = &offer->items[i];
        sqlite3_bind_int64(statement, 1, item->job);
        sqlite3_bind_int(statement, 2, item->priority);
        sqlite3_bind_int64(statement, 3, item->run_at_ms ? item->run_at_ms : offer->now_ms);
        sqlite3_bind_int64(statement, 4, offer->place + i);
        code = finish(statement);
    }
    return code;
}

/** Fills `claim` with up to `max` due jobs, priority by priority: each is one index range. */
static int read_due(sqlite3_stmt *statement, struct claim *claim, uint32_t max)
{
    int code = SQLITE_OK;
    claim->count = 0;
    for (int32_t priority = 0; priority <= PRIORITY_MAX && priority <= claim->priority_max &&
                               claim->count < max && code == SQLITE_OK;
            priority++) {
        sqlite3_bind_int(statement, 1, priority);
        sqlite3_bind_int64(statement, 2, claim->now_ms);
        sqlite3_bind_int64(statement, 3, max - claim->count);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            claim->jobs[claim->count++] = sqlite3_column_int64(statement, 0);
        }
        code = sqlite3_reset(statement);
    }
    return code;
}

/** Workers ask often when there is nothing: that is found out by reading alone. */
static int look_for_jobs(sqlite3_stmt *const *prepared, void *context)
{
    struct claim *claim = context;
    sqlite3_bind_int64(prepared[EXPIRED], 1, claim->now_ms);
    claim->expired = sqlite3_step(prepared[EXPIRED]) == SQLITE_ROW;
    int code = sqlite3_reset(prepared[EXPIRED]);
    return code == SQLITE_OK ? read_due(prepared[DUE], claim, 1) : code;
}

static int claim_jobs(sqlite3_stmt *const *prepared, void *context)
{
    struct claim *claim = context;
    sqlite3_bind_int64(prepared[EXPIRE], 1, claim->now_ms);
    int code = finish(prepared[EXPIRE]);
    if (code == SQLITE_OK) {
        code = read_due(prepared[DUE], claim, claim->max);
    }
    for (uint32_t i = 0; i < claim->count && code == SQLITE_OK; i++) {
        sqlite3_bind_int64(prepared[HIDE], 1, claim->jobs[i]);
        sqlite3_bind_int64(prepared[HIDE], 2, claim->until_ms);
        code = finish(prepared[HIDE]);
    }
    return code;
}

/** Extends or acks. */
static int change_jobs(sqlite3_stmt *const *prepared, void *context)
{
    const struct change *change = context;
    sqlite3_stmt *statement = prepared[change->statement];
    int code = SQLITE_OK;
    for (uint32_t i = 0; i < change->count && code == SQLITE_OK; i++) {
        sqlite3_bind_int64(statement, 1, change->jobs[i]);
        if (change->statement == EXTEND) {
            sqlite3_bind_int64(statement, 2, change->until_ms);
        }
        code = finish(statement);
    }
    return code;
}

static int count_jobs(sqlite3_stmt *const *prepared, void *context)
{
    struct depth *depth = context;
    sqlite3_stmt *statement = prepared[DEPTH];
    sqlite3_bind_int64(statement, 1, depth->now_ms);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        depth->claimed = sqlite3_column_int64(statement, 1);
        depth->ready = sqlite3_column_int64(statement, 0) - depth->claimed;
    }
    return sqlite3_reset(statement);
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
    struct offer offer = { items, count, take_places(queue, count), now_ms(queue) };
    return jd_expendable_perform(queue->file, JD_EXPENDABLE_WRITE, offer_items, &offer, error);
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
    struct claim claim = { .priority_max = priority_max, .max = max, .jobs = out_jobs };
    claim.now_ms = now_ms(queue);
    claim.until_ms = claim.now_ms + visibility_ms;
    enum jd_status status = JD_OK;
    if (max > 0) {
        status = jd_expendable_perform(
                queue->file, JD_EXPENDABLE_READ, look_for_jobs, &claim, error);
    }
    if (status == JD_OK && (claim.count > 0 || claim.expired)) {
        status = jd_expendable_perform(
                queue->file, JD_EXPENDABLE_WRITE, claim_jobs, &claim, error);
    }
    if (status != JD_OK) {
        return status;
    }
    *out_count = claim.count;
    return claim.count > 0 ? JD_OK : JD_NONE;
}

static enum jd_status queue_extend(void *self,
        const int64_t *jobs,
        uint32_t count,
        int64_t visibility_ms,
        struct jd_error *error)
{
    struct queue *queue = queue_of(self, error);
    if (!queue || count == 0) {
        return queue ? JD_OK : JD_BUG;
    }
    struct change change = { EXTEND, jobs, count, now_ms(queue) + visibility_ms };
    return jd_expendable_perform(queue->file, JD_EXPENDABLE_WRITE, change_jobs, &change, error);
}

static enum jd_status
queue_ack(void *self, const int64_t *jobs, uint32_t count, struct jd_error *error)
{
    struct queue *queue = queue_of(self, error);
    if (!queue || count == 0) {
        return queue ? JD_OK : JD_BUG;
    }
    struct change change = { ACK, jobs, count, 0 };
    return jd_expendable_perform(queue->file, JD_EXPENDABLE_WRITE, change_jobs, &change, error);
}

static enum jd_status
queue_depth(void *self, int64_t *out_ready, int64_t *out_claimed, struct jd_error *error)
{
    struct queue *queue = queue_of(self, error);
    if (!queue) {
        return JD_BUG;
    }
    struct depth depth = { .now_ms = now_ms(queue) };
    enum jd_status status =
            jd_expendable_perform(queue->file, JD_EXPENDABLE_READ, count_jobs, &depth, error);
    if (status == JD_OK) {
        *out_ready = depth.ready;
        *out_claimed = depth.claimed;
    }
    return status;
}

static void queue_close(void *self)
{
    struct queue *queue = self;
    jd_expendable_close(&queue->file);
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
    char path[PATH_MAX];
    int64_t ready = 0;
    int64_t claimed = 0;
    queue->magic = QUEUE_MAGIC;
    queue->host = host;
    pthread_mutex_init(&queue->lock, NULL);
    enum jd_status status = jd_sqlite_path(config, "queue.db", path, error);
    if (status == JD_OK) {
        status = jd_expendable_open(host, path, &layout, &queue->file, error);
    }
    if (status == JD_OK) { // makes the file, and shows a wrong path at once
        status = queue_depth(queue, &ready, &claimed, error);
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
