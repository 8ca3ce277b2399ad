/*
 * Connections, statements, transactions. A transaction carries its events and its job offers:
 * the events are numbered by the last statements before COMMIT, so that commit order is
 * sequence order with any number of writers; bus and queue hear of it only when it is stored.
 */
#include "store/db.h"

#include <pthread.h>
#include <stdlib.h>

#include <malloc.h>

#include "base/id.h"
#include "base/log.h"
#include "base/span.h"
#include "store/db_internal.h"
#include "store/statements.h"
#include "store/streams.h"

#define STATEMENT_BYTES_MAX (32 * 1024)
#define STATEMENTS_MAX      512 // power of two; of one connection
#define PARAMETERS_MAX      64
#define EVENT_BYTES_MAX     (4 * 1024 * 1024) // of one transaction
#define OFFERS_MAX          256

struct jd_store {
    const struct jd_services *services;
    struct jd_shared *shared;
    const struct jd_dialect *dialect;
};

struct prepared {
    const struct jd_statement *statement;
    void *handle;
};

struct event {
    struct event *next;
    int64_t user;
    const char *type;
    struct jd_span json;
};

struct jd_db {
    struct jd_store *store;
    void *connection;
    struct prepared prepared[STATEMENTS_MAX];
    size_t prepared_count;
    bool in_transaction;
    struct jd_arena *tx_arena; // events of the open transaction
    struct event *events, **events_tail;
    bool events_lost;
    struct jd_queue_item offers[OFFERS_MAX];
    uint32_t offers_count;
};

enum {
    TAKE_WRITER,
    STREAM_NEXT,
    EVENT_ADD,
    REST
};

static const struct jd_statement statements[] = {
    [TAKE_WRITER] = { "db.take_writer", JD_SCOPE_SYSTEM,
            "UPDATE counters SET value = value + 1 WHERE name = 'writer' RETURNING value" },
    [STREAM_NEXT] = { "db.stream_next", JD_SCOPE_SYSTEM,
            "INSERT INTO streams (name, epoch, seq) VALUES (?1, @now, ?2) "
            "ON CONFLICT (name) DO UPDATE SET seq = streams.seq + ?2 RETURNING epoch, seq" },
    [REST] = { "db.rest", JD_SCOPE_SYSTEM, "@rest" },
    [EVENT_ADD] = { "db.event_add", JD_SCOPE_SYSTEM,
            "INSERT INTO events (stream, seq, at_ms, type, data) VALUES (?1, ?2, @now, ?3, ?4)" },
};
const struct jd_statement_set jd_db_set = JD_STATEMENT_SET(statements);

enum jd_status jd_store_open(const struct jd_services *services,
        struct jd_shared *shared,
        struct jd_store **out_store,
        struct jd_error *error)
{
    enum jd_status status = jd_statements_check(error);
    if (status != JD_OK) {
        return status;
    }
    const char *name = services->storage.ops->dialect;
    const struct jd_dialect *dialect = jd_dialect_find(name);
    if (!dialect) {
        return jd_error_set(error, JD_BAD_INPUT,
                "the storage plugin speaks SQL dialect '%s'; Jackdaw speaks sqlite and postgres",
                name);
    }
    struct jd_store *store = jd_xalloc(sizeof(*store));
    *store = (struct jd_store){ .services = services, .shared = shared, .dialect = dialect };
    *out_store = store;
    return JD_OK;
}

void jd_store_close(struct jd_store **store)
{
    free(*store);
    *store = NULL;
}

const struct jd_services *jd_store_services(const struct jd_store *store)
{
    return store->services;
}

struct jd_shared *jd_store_shared(const struct jd_store *store)
{
    return store->shared;
}

const struct jd_dialect *jd_store_dialect(const struct jd_store *store)
{
    return store->dialect;
}

static const struct jd_storage_ops *ops_of(const struct jd_db *db)
{
    return db->store->services->storage.ops;
}

static enum jd_status take_writer_number(struct jd_db *db, struct jd_error *error)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool taken;
    pthread_mutex_lock(&lock);
    enum jd_status status = JD_OK;
    if (!taken) {
        int64_t writer = 0;
        status = jd_db_int(db, &statements[TAKE_WRITER], 0, JD_NO_VALUES, &writer, error);
        if (status == JD_OK) {
            jd_id_set_writer((uint32_t)(writer & 1023));
            taken = true;
        }
    }
    pthread_mutex_unlock(&lock);
    return status;
}

enum jd_status
jd_db_connect(struct jd_store *store, struct jd_db **out_db, struct jd_error *error)
{
    void *connection = NULL;
    const struct jd_storage_instance *storage = &store->services->storage;
    enum jd_status status = storage->ops->connect(storage->self, &connection, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_db *db = jd_xalloc(sizeof(*db));
    db->store = store;
    db->connection = connection;
    db->tx_arena = jd_arena_create(EVENT_BYTES_MAX);
    db->events_tail = &db->events;
    *out_db = db;
    return JD_OK;
}

enum jd_status jd_db_open(struct jd_store *store, struct jd_db **out_db, struct jd_error *error)
{
    struct jd_db *db = NULL;
    enum jd_status status = jd_db_connect(store, &db, error);
    if (status == JD_OK) {
        status = take_writer_number(db, error);
    }
    if (status != JD_OK) {
        jd_db_close(&db);
        return status;
    }
    *out_db = db;
    return JD_OK;
}

void jd_db_close(struct jd_db **db)
{
    if (!*db) {
        return;
    }
    jd_tx_rollback(*db);
    ops_of(*db)->disconnect((*db)->connection);
    jd_arena_destroy(&(*db)->tx_arena);
    free(*db);
    *db = NULL;
}

struct jd_store *jd_db_store(struct jd_db *db)
{
    return db->store;
}

enum jd_status jd_db_maintain(struct jd_db *db, bool idle, struct jd_error *error)
{
    return ops_of(db)->maintain(db->connection, idle, error);
}

void jd_db_rest(struct jd_db *db)
{
    struct jd_error error;
    if (jd_db_run(db, &statements[REST], 0, JD_NO_VALUES, NULL, NULL, NULL, &error) != JD_OK) {
        jd_log_error(JD_LOG_WARNING, "a connection keeps its memory", &error, NULL);
    }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // A sanitizer has an allocator of its own; libc's, which it keeps from starting, is not
    // safe to wake by two threads at once.
    malloc_trim(0);
#endif
}

void *jd_db_connection(struct jd_db *db)
{
    return db->connection;
}

/* The prepared form of `statement` on this connection, found by its address. */
static enum jd_status prepare(struct jd_db *db,
        const struct jd_statement *statement,
        void **out_handle,
        struct jd_error *error)
{
    size_t at = ((uintptr_t)statement / sizeof(*statement)) % STATEMENTS_MAX;
    while (db->prepared[at].statement && db->prepared[at].statement != statement) {
        at = (at + 1) % STATEMENTS_MAX;
    }
    if (!db->prepared[at].statement) {
        if (db->prepared_count == STATEMENTS_MAX - 1) {
            return jd_error_set(error, JD_BUG, "more than %d statements", STATEMENTS_MAX - 1);
        }
        struct jd_buf sql = jd_buf_init(STATEMENT_BYTES_MAX);
        void *handle = NULL;
        enum jd_status status =
                jd_dialect_expand(db->store->dialect, jd_span_of(statement->sql), &sql, error);
        if (status == JD_OK) {
            status = ops_of(db)->prepare(db->connection, jd_buf_span(&sql), &handle, error);
        }
        jd_buf_finish(&sql);
        if (status != JD_OK) {
            jd_error_wrap(error, "statement %s", statement->name);
            return status;
        }
        db->prepared[at] = (struct prepared){ statement, handle };
        db->prepared_count++;
    }
    *out_handle = db->prepared[at].handle;
    return JD_OK;
}

struct rows {
    struct jd_row_sink sink;
    jd_row_fn row;
    void *context;
};

static enum jd_status
pass_row(struct jd_row_sink *sink, const struct jd_value *columns, uint32_t count)
{
    struct rows *rows = (struct rows *)sink;
    return rows->row(rows->context, columns, count);
}

enum jd_status jd_db_run(struct jd_db *db,
        const struct jd_statement *statement,
        int64_t user,
        struct jd_values values,
        jd_row_fn row,
        void *context,
        int64_t *out_changes,
        struct jd_error *error)
{
    bool scoped = statement->scope == JD_SCOPE_USER;
    if (scoped != (user != 0)) {
        return jd_error_set(error, JD_BUG, "statement %s: run %s a user", statement->name,
                scoped ? "without" : "with");
    }
    struct jd_value all[PARAMETERS_MAX];
    uint32_t count = 0;
    if (scoped) {
        all[count++] = JD_INT(user);
    }
    if (values.count > PARAMETERS_MAX - count) {
        return jd_error_set(error, JD_BUG, "statement %s: too many values", statement->name);
    }
    for (uint32_t i = 0; i < values.count; i++) {
        all[count++] = values.values[i];
    }
    void *handle = NULL;
    enum jd_status status = prepare(db, statement, &handle, error);
    if (status != JD_OK) {
        return status;
    }
    struct rows rows = { { JD_SIZE(jd_row_sink), .row = pass_row }, row, context };
    status = ops_of(db)->run(handle, all, count, row ? &rows.sink : NULL, out_changes, error);
    if (status != JD_OK && status != JD_NONE && status != JD_CANCELLED) {
        jd_error_wrap(error, "%s", statement->name);
    }
    return status;
}

struct one_int {
    bool found;
    int64_t value;
};

static enum jd_status take_int(void *context, const struct jd_value *columns, uint32_t count)
{
    struct one_int *one = context;
    if (count && !one->found) {
        one->value = jd_column_int(&columns[0]);
        one->found = true;
    }
    return JD_OK;
}

enum jd_status jd_db_int(struct jd_db *db,
        const struct jd_statement *statement,
        int64_t user,
        struct jd_values values,
        int64_t *out_value,
        struct jd_error *error)
{
    struct one_int one = { 0 };
    enum jd_status status = jd_db_run(db, statement, user, values, take_int, &one, NULL, error);
    if (status == JD_OK && !one.found) {
        return JD_NONE;
    }
    if (status == JD_OK) {
        *out_value = one.value;
    }
    return status;
}

static void forget_transaction(struct jd_db *db)
{
    db->in_transaction = false;
    db->events = NULL;
    db->events_tail = &db->events;
    db->events_lost = false;
    db->offers_count = 0;
    jd_arena_reset(db->tx_arena);
}

enum jd_status
jd_tx_begin(struct jd_db *db, enum jd_tx_mode mode, int64_t deadline_ms, struct jd_error *error)
{
    if (db->in_transaction) {
        return jd_error_set(error, JD_BUG, "a transaction was begun inside another");
    }
    forget_transaction(db);
    enum jd_status status = ops_of(db)->begin(db->connection, mode, deadline_ms, error);
    db->in_transaction = status == JD_OK;
    return status;
}

void jd_tx_event(struct jd_db *db, int64_t user, const char *type, struct jd_span json)
{
    struct event *event = jd_arena_new(db->tx_arena, struct event);
    struct jd_span copy = event ? jd_arena_copy(db->tx_arena, json) : (struct jd_span){ 0 };
    if (!copy.data) {
        db->events_lost = true;
        return;
    }
    *event = (struct event){ .user = user, .type = type, .json = copy };
    *db->events_tail = event;
    db->events_tail = &event->next;
}

void jd_tx_offer(struct jd_db *db, int64_t job, int32_t priority, int64_t run_at_ms)
{
    if (db->offers_count == OFFERS_MAX) {
        return; // the scheduler offers what the queue has not seen
    }
    db->offers[db->offers_count++] = (struct jd_queue_item){ job, priority, run_at_ms };
}

struct numbered {
    int64_t epoch, seq;
};

static enum jd_status
take_position(void *context, const struct jd_value *columns, uint32_t count)
{
    struct numbered *numbered = context;
    if (count == 2) {
        numbered->epoch = jd_column_int(&columns[0]);
        numbered->seq = jd_column_int(&columns[1]);
    }
    return JD_OK;
}

/* The topic without its "stream/" is the stream's name. */
static struct jd_span stream_name(const char *topic)
{
    return jd_span_of(topic + strlen("stream/"));
}

static size_t count_events(const struct jd_db *db, int64_t user)
{
    size_t count = 0;
    for (const struct event *event = db->events; event; event = event->next) {
        count += event->user == user;
    }
    return count;
}

/* Numbers and writes the events of one stream. */
static enum jd_status write_stream(struct jd_db *db,
        int64_t user,
        struct numbered *out_numbered,
        struct jd_error *error)
{
    char topic[JD_STREAM_TOPIC_BYTES];
    jd_stream_topic(user, topic);
    struct jd_span name = stream_name(topic);
    int64_t count = (int64_t)count_events(db, user);
    enum jd_status status = jd_db_run(db, &statements[STREAM_NEXT], 0,
            JD_VALUES(JD_TEXT(name), JD_INT(count)), take_position, out_numbered, NULL, error);
    int64_t seq = out_numbered->seq - count;
    for (const struct event *event = db->events; event && status == JD_OK;
            event = event->next) {
        if (event->user == user) {
            seq++;
            status = jd_db_run(db, &statements[EVENT_ADD], 0,
                    JD_VALUES(JD_TEXT(name), JD_INT(seq), JD_TEXT(jd_span_of(event->type)),
                            JD_TEXT(event->json)),
                    NULL, NULL, NULL, error);
        }
    }
    return status;
}

#define STREAMS_MAX 16 // of one transaction

struct touched {
    int64_t users[STREAMS_MAX];
    struct numbered numbered[STREAMS_MAX];
    size_t count;
};

static int compare_users(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

/* Which streams the transaction writes to; sorted, so that two writers never wait crosswise. */
static bool find_touched(const struct jd_db *db, struct touched *out)
{
    out->count = 0;
    for (const struct event *event = db->events; event; event = event->next) {
        size_t i = 0;
        while (i < out->count && out->users[i] != event->user) {
            i++;
        }
        if (i == STREAMS_MAX) {
            return false;
        }
        if (i == out->count) {
            out->users[out->count++] = event->user;
        }
    }
    qsort(out->users, out->count, sizeof(out->users[0]), compare_users);
    return true;
}

static void publish(struct jd_store *store, const char *topic, struct jd_span payload)
{
    const struct jd_bus_instance *bus = &store->services->bus;
    struct jd_error error;
    if (!bus->ops) {
        return;
    }
    enum jd_status status = bus->ops->publish(bus->self, jd_span_of(topic), payload, &error);
    if (status != JD_OK && status != JD_NONE) {
        jd_log_error(
                JD_LOG_WARNING, "news was not published", &error, "topic", "%s", topic, NULL);
    }
}

void jd_store_wake(struct jd_store *store, const char *topic)
{
    publish(store, topic, jd_span_of(""));
}

static void tell_streams(struct jd_db *db, const struct touched *touched)
{
    for (size_t i = 0; i < touched->count; i++) {
        char topic[JD_STREAM_TOPIC_BYTES], payload[48];
        const struct numbered *numbered = &touched->numbered[i];
        jd_stream_topic(touched->users[i], topic);
        if (db->store->shared) {
            jd_shared_stream_set(
                    db->store->shared, stream_name(topic), numbered->epoch, numbered->seq);
        }
        snprintf(payload, sizeof(payload), "%lld %lld", (long long)numbered->epoch,
                (long long)numbered->seq);
        publish(db->store, topic, jd_span_of(payload));
    }
}

static void offer_jobs(struct jd_db *db)
{
    const struct jd_queue_instance *queue = &db->store->services->queue;
    struct jd_error error;
    if (db->offers_count == 0 || !queue->ops) {
        return;
    }
    enum jd_status status =
            queue->ops->offer(queue->self, db->offers, db->offers_count, &error);
    if (status != JD_OK) {
        jd_log_error(JD_LOG_WARNING, "jobs were not offered; the scheduler will", &error, NULL);
        return;
    }
    publish(db->store, "jobs", jd_span_of(""));
}

enum jd_status jd_tx_commit(struct jd_db *db, struct jd_error *error)
{
    struct touched touched = { 0 };
    enum jd_status status = JD_OK;
    if (db->events_lost || !find_touched(db, &touched)) {
        status = jd_error_set(error, JD_BUG, "a transaction has more events than it may carry");
    }
    for (size_t i = 0; i < touched.count && status == JD_OK; i++) {
        status = write_stream(db, touched.users[i], &touched.numbered[i], error);
    }
    if (status != JD_OK) {
        jd_tx_rollback(db);
        return status;
    }
    status = ops_of(db)->commit(db->connection, error);
    if (status == JD_OK) {
        tell_streams(db, &touched);
        offer_jobs(db);
    }
    forget_transaction(db);
    return status;
}

void jd_tx_rollback(struct jd_db *db)
{
    if (db->in_transaction) {
        ops_of(db)->rollback(db->connection);
    }
    forget_transaction(db);
}
