/** The storage service: the instance, its connections, their transactions. */
#include "sqlite_storage.h"

#include <stdlib.h>
#include <time.h>

struct jd_sqlite_connection *jd_sqlite_connection_of(void *handle, struct jd_error *error)
{
    struct jd_sqlite_connection *connection = handle;
    if (!connection || connection->magic != JD_SQLITE_CONNECTION_MAGIC) {
        jd_error_set(error, JD_BUG, "sqlite: this is no open connection");
        return NULL;
    }
    return connection;
}

int jd_sqlite_exec(struct jd_sqlite_connection *connection, const char *sql)
{
    return sqlite3_exec(connection->db, sql, NULL, NULL, NULL);
}

enum jd_status jd_sqlite_connection_fail(struct jd_sqlite_connection *connection,
        int code,
        const char *what,
        struct jd_error *error)
{
    return jd_sqlite_fail(connection->db, code, connection->store->path, what, error);
}

void jd_sqlite_set_deadline(struct jd_sqlite_connection *connection, int64_t patience_ms)
{
    connection->deadline_ms = jd_sqlite_monotonic_ms() + patience_ms;
}

/** SQLite's backstop below the gate: a lock of a foreign program. Sleeps 1, 2, ... 20 ms. */
static int wait_for_lock(void *context, int attempt)
{
    const struct jd_sqlite_connection *connection = context;
    if (jd_sqlite_monotonic_ms() >= connection->deadline_ms) {
        return 0;
    }
    struct timespec pause = { 0, (attempt < 20 ? attempt + 1 : 20) * 1000000L };
    nanosleep(&pause, NULL);
    return 1;
}

/** Non-zero ends the statement that is running. */
static int check_deadline(void *context)
{
    const struct jd_sqlite_connection *connection = context;
    return connection->bounded && jd_sqlite_monotonic_ms() >= connection->deadline_ms;
}

void jd_sqlite_note_loss(struct jd_sqlite_connection *connection, const struct jd_error *error)
{
    if (connection->mode && !connection->lost.status &&
            sqlite3_get_autocommit(connection->db)) {
        connection->lost = *error;
    }
}

enum jd_status jd_sqlite_take_turn(struct jd_sqlite_connection *connection,
        enum jd_gate_kind kind,
        struct jd_error *error)
{
    struct jd_sqlite_store *store = connection->store;
    int64_t wait_ms = connection->deadline_ms - jd_sqlite_monotonic_ms();
    enum jd_status status = jd_gate_enter(
            store->gate, kind, wait_ms < 0 ? 0 : wait_ms, &connection->turn, error);
    if (status == JD_RETRY_LATER) {
        store->host->count(store->host->context, "storage_turn_timeouts_total", 1);
    }
    return status;
}

void jd_sqlite_leave_turn(struct jd_sqlite_connection *connection)
{
    jd_gate_leave(connection->store->gate, &connection->turn);
}

/** A plain BEGIN takes its snapshot at the first read, so one is made at once. */
static int begin_read(struct jd_sqlite_connection *connection)
{
    int code = jd_sqlite_exec(connection, "BEGIN");
    if (code == SQLITE_OK) {
        code = jd_sqlite_exec(connection, "SELECT 1 FROM sqlite_schema LIMIT 1");
        if (code != SQLITE_OK) {
            jd_sqlite_exec(connection, "ROLLBACK"); // nothing was written
        }
    }
    return code;
}

static enum jd_status begin_write(struct jd_sqlite_connection *connection,
        enum jd_tx_mode mode,
        struct jd_error *error)
{
    enum jd_status status = jd_sqlite_take_turn(
            connection, mode == JD_TX_BULK ? JD_GATE_BULK : JD_GATE_INTERACTIVE, error);
    if (status != JD_OK) {
        return status;
    }
    int code = jd_sqlite_exec(connection, "BEGIN IMMEDIATE");
    if (code != SQLITE_OK) {
        status = jd_sqlite_connection_fail(connection, code, "begin", error);
        jd_sqlite_leave_turn(connection);
    }
    return status;
}

static enum jd_status
sqlite_begin(void *handle, enum jd_tx_mode mode, int64_t deadline_ms, struct jd_error *error)
{
    struct jd_sqlite_connection *connection = jd_sqlite_connection_of(handle, error);
    if (!connection) {
        return JD_BUG;
    }
    if (connection->mode || mode < JD_TX_READ || mode > JD_TX_BULK) {
        return jd_error_set(error, JD_BUG, "sqlite: begin (mode %d) %s", (int)mode,
                connection->mode ? "inside a transaction" : "with an unknown mode");
    }
    const struct jd_host *host = connection->store->host;
    int64_t left_ms =
            deadline_ms ? deadline_ms - host->now_ms(host->context) : JD_SQLITE_PATIENCE_MS;
    jd_sqlite_set_deadline(connection, left_ms);
    enum jd_status status = JD_OK;
    if (mode == JD_TX_READ) {
        int code = begin_read(connection);
        if (code != SQLITE_OK) {
            status = jd_sqlite_connection_fail(connection, code, "begin", error);
        }
    } else {
        status = begin_write(connection, mode, error);
    }
    if (status == JD_OK) {
        connection->mode = mode;
    }
    return status;
}

static void end_transaction(struct jd_sqlite_connection *connection)
{
    if (!sqlite3_get_autocommit(connection->db)) {
        jd_sqlite_exec(connection, "ROLLBACK"); // cannot fail but by being done already
    }
    jd_sqlite_leave_turn(connection);
    connection->mode = 0;
    connection->lost.status = JD_OK;
}

static enum jd_status sqlite_commit(void *handle, struct jd_error *error)
{
    struct jd_sqlite_connection *connection = jd_sqlite_connection_of(handle, error);
    if (!connection) {
        return JD_BUG;
    }
    if (!connection->mode || connection->running) {
        return jd_error_set(error, JD_BUG, "sqlite: commit %s",
                connection->mode ? "inside a row callback" : "without begin");
    }
    enum jd_status status = connection->lost.status;
    if (status != JD_OK) {
        if (error) {
            *error = connection->lost;
        }
    } else {
        int code = jd_sqlite_exec(connection, "COMMIT");
        if (code != SQLITE_OK) {
            status = jd_sqlite_connection_fail(connection, code, "commit", error);
        }
    }
    end_transaction(connection);
    return status;
}

static void sqlite_rollback(void *handle)
{
    struct jd_sqlite_connection *connection = jd_sqlite_connection_of(handle, NULL);
    if (connection && connection->mode) {
        end_transaction(connection);
    }
}

static enum jd_status configure(struct jd_sqlite_connection *connection, struct jd_error *error)
{
    // One checkpointer (maintain), so none after a commit, and a log that was long once is cut
    // when it begins anew; mapped files would count as memory of ours; what is deleted is
    // overwritten where its page is written anyway.
    char pragmas[400];
    snprintf(pragmas, sizeof(pragmas),
            "PRAGMA synchronous=NORMAL;"
            "PRAGMA wal_autocheckpoint=0;"
            "PRAGMA journal_size_limit=67108864;"
            "PRAGMA foreign_keys=ON;"
            "PRAGMA temp_store=MEMORY;"
            "PRAGMA mmap_size=0;"
            "PRAGMA secure_delete=FAST;"
            "PRAGMA cache_size=-%lld;",
            (long long)connection->store->cache_kib);
    sqlite3_busy_handler(connection->db, wait_for_lock, connection);
    sqlite3_progress_handler(connection->db, 20000, check_deadline, connection);
    int code = jd_sqlite_extend(connection->db);
    if (code == SQLITE_OK) {
        code = jd_sqlite_exec(connection, pragmas);
    }
    return code == SQLITE_OK ? JD_OK
                             : jd_sqlite_connection_fail(connection, code, "opening", error);
}

static void sqlite_disconnect(void *handle)
{
    struct jd_sqlite_connection *connection = jd_sqlite_connection_of(handle, NULL);
    if (!connection) {
        return;
    }
    sqlite_rollback(connection);
    jd_sqlite_finish_statements(connection);
    sqlite3_close_v2(connection->db);
    connection->magic = 0;
    free(connection);
}

static enum jd_status sqlite_connect(void *self, void **out_connection, struct jd_error *error)
{
    struct jd_sqlite_store *store = self;
    if (!store || store->magic != JD_SQLITE_STORE_MAGIC) {
        return jd_error_set(error, JD_BUG, "sqlite: this is no open storage");
    }
    struct jd_sqlite_connection *connection = calloc(1, sizeof(*connection));
    if (!connection) {
        return jd_error_set(
                error, JD_RETRY_LATER, "out of memory while opening %s", store->path);
    }
    connection->magic = JD_SQLITE_CONNECTION_MAGIC;
    connection->store = store;
    jd_sqlite_set_deadline(connection, JD_SQLITE_PATIENCE_MS);
    enum jd_status status = jd_sqlite_open(store->path, false, &connection->db, error);
    if (status == JD_OK) {
        status = configure(connection, error);
    }
    if (status == JD_OK) {
        *out_connection = connection;
    } else {
        sqlite_disconnect(connection);
    }
    return status;
}

/** Makes the file if missing and turns it to WAL, which it then keeps. */
static enum jd_status prepare_file(const char *path, struct jd_error *error)
{
    sqlite3 *db = NULL;
    enum jd_status status = jd_sqlite_open(path, true, &db, error);
    if (status != JD_OK) {
        return status;
    }
    sqlite3_busy_timeout(db, JD_SQLITE_PATIENCE_MS);
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, "PRAGMA journal_mode=WAL", -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    if (code != SQLITE_ROW) {
        status = jd_sqlite_fail(db, code, path, "opening", error);
    } else if (strcmp((const char *)sqlite3_column_text(statement, 0), "wal") != 0) {
        status = jd_error_set(error, JD_BAD_INPUT,
                "database %s cannot use a write-ahead log: keep it on a local file system "
                "that has shared memory (not NFS)",
                path);
    }
    sqlite3_finalize(statement);
    sqlite3_close_v2(db);
    return status;
}

static void sqlite_close(void *self)
{
    struct jd_sqlite_store *store = self;
    jd_gate_close(&store->gate);
    store->magic = 0;
    free(store);
}

static enum jd_status sqlite_open(const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error)
{
    struct jd_sqlite_store *store = calloc(1, sizeof(*store));
    if (!store) {
        return jd_error_set(error, JD_RETRY_LATER, "%s: out of memory", config->instance);
    }
    store->magic = JD_SQLITE_STORE_MAGIC;
    store->host = host;
    store->cache_kib = jd_config_number(config, "cache_kib");
    enum jd_status status = jd_sqlite_path(config, "jackdaw.db", store->path, error);
    if (status == JD_OK) {
        status = prepare_file(store->path, error);
    }
    if (status == JD_OK) {
        char gate[PATH_MAX];
        snprintf(gate, sizeof(gate), "%.*s.gate", (int)sizeof(gate) - 8, store->path);
        status = jd_gate_open(gate, &store->gate, error);
    }
    if (status == JD_OK) {
        *out_self = store;
    } else {
        sqlite_close(store);
    }
    return status;
}

const struct jd_option jd_sqlite_storage_options[] = {
    {
            .name = "path",
            .type = JD_OPTION_PATH,
            .help = "Database file; jackdaw.db in the state folder if not given.",
    },
    {
            .name = "cache_kib",
            .type = JD_OPTION_INT,
            .default_text = "2048",
            .min = 256,
            .max = 4 << 20,
            .help = "Page cache of each connection; the system's own cache does the rest.",
    },
    { 0 },
};

const struct jd_storage_ops jd_sqlite_storage_ops = {
    JD_SIZE(jd_storage_ops),
    .dialect = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close,
    .connect = sqlite_connect,
    .disconnect = sqlite_disconnect,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .prepare = jd_sqlite_prepare,
    .run = jd_sqlite_run,
    .run_many = jd_sqlite_run_many,
    .script = jd_sqlite_script,
    .snapshot = jd_sqlite_snapshot,
    .maintain = jd_sqlite_maintain,
};
