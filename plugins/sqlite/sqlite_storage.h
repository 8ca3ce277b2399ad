/**
 * The storage service in three parts: connections and transactions (sqlite_storage.c),
 * statements (sqlite_statement.c), upkeep (sqlite_upkeep.c). This is what they share.
 */
#ifndef JD_SQLITE_STORAGE_H
#define JD_SQLITE_STORAGE_H

#include "sqlite.h"
#include "sqlite_gate.h"

#define JD_SQLITE_STORE_MAGIC      UINT32_C(0x53745172)
#define JD_SQLITE_CONNECTION_MAGIC UINT32_C(0x436e5172)
#define JD_SQLITE_STATEMENT_MAGIC  UINT32_C(0x536d5172)

#define JD_SQLITE_PATIENCE_MS      30000 // how long a call may take when no deadline was given

struct jd_sqlite_store {
    uint32_t magic;
    const struct jd_host *host;
    struct jd_gate *gate;
    int64_t cache_kib;
    char path[PATH_MAX];
};

struct jd_sqlite_statement {
    uint32_t magic;
    struct jd_sqlite_connection *connection;
    struct jd_sqlite_statement *next; // of the same connection
    sqlite3_stmt *handle;
    bool running;
    struct jd_value *columns; // room for one row
    uint32_t columns_max;
};

// One thread at a time.
struct jd_sqlite_connection {
    uint32_t magic;
    struct jd_sqlite_store *store;
    sqlite3 *db;
    struct jd_sqlite_statement *statements;
    uint32_t running; // statements inside a row callback

    enum jd_tx_mode mode;     // 0: no transaction is open
    struct jd_gate_turn turn; // held while writing
    int64_t deadline_ms;      // monotonic; of the transaction, else of the call
    bool bounded;             // the deadline also ends statements, not only waiting
    struct jd_error lost;     // status set: SQLite gave the transaction up, and why
};

/** NULL, with `error` filled, when the handle is not one of ours or is closed. */
struct jd_sqlite_connection *jd_sqlite_connection_of(void *handle, struct jd_error *error);

/** Runs SQL that is ours and has no rows to show; a SQLite result code. */
int jd_sqlite_exec(struct jd_sqlite_connection *connection, const char *sql);

/** Waits for the write turn until the connection's deadline, then begins to write. */
enum jd_status jd_sqlite_take_turn(struct jd_sqlite_connection *connection,
        enum jd_gate_kind kind,
        struct jd_error *error);
void jd_sqlite_leave_turn(struct jd_sqlite_connection *connection);

/** Gives calls outside a transaction `patience_ms` from now. */
void jd_sqlite_set_deadline(struct jd_sqlite_connection *connection, int64_t patience_ms);

/** After a failure inside a transaction: notes if SQLite rolled it back by itself. */
void jd_sqlite_note_loss(struct jd_sqlite_connection *connection, const struct jd_error *error);

/** jd_sqlite_fail for a connection. */
enum jd_status jd_sqlite_connection_fail(struct jd_sqlite_connection *connection,
        int code,
        const char *what,
        struct jd_error *error);

enum jd_status jd_sqlite_prepare(void *handle,
        struct jd_span sql,
        void **out_statement,
        struct jd_error *error);
enum jd_status jd_sqlite_run(void *handle,
        const struct jd_value *parameters,
        uint32_t count,
        struct jd_row_sink *sink,
        int64_t *out_changes,
        struct jd_error *error);
enum jd_status jd_sqlite_run_many(void *handle,
        const struct jd_value *parameters,
        uint32_t count,
        uint32_t rows,
        int64_t *out_changes,
        struct jd_error *error);
/** Ends all statements of the connection. */
void jd_sqlite_finish_statements(struct jd_sqlite_connection *connection);

enum jd_status jd_sqlite_script(void *handle, struct jd_span sql, struct jd_error *error);
enum jd_status jd_sqlite_snapshot(void *handle, const char *file, struct jd_error *error);
enum jd_status jd_sqlite_maintain(void *handle, bool idle, struct jd_error *error);

#endif
