/**
 * Storage: an SQL engine that declares its dialect. Provisional until two engines pass the
 * suite.
 *
 * The instance may be used from any thread; a connection belongs to one thread at a time and is
 * never entered twice. All calls may block until the deadline given to `begin`, else 30 s.
 * A statement is prepared once per connection and lives until the connection closes.
 * Dialect "sqlite": parameters are ?1, ?2, ...; the scalar function jd_now_ms() is the store's
 * clock; the full-text tokenizer "jackdaw" splits at spaces alone (text arrives tokenised).
 */
#ifndef JACKDAW_STORAGE_H
#define JACKDAW_STORAGE_H

#include <jackdaw/host.h>

enum jd_value_type {
    JD_VALUE_NULL = 0,
    JD_VALUE_INT,
    JD_VALUE_REAL,
    JD_VALUE_TEXT,
    JD_VALUE_BLOB
};

/** One parameter or column. Bytes are borrowed: parameters until run returns, columns until the
 * row callback returns. */
struct jd_value {
    enum jd_value_type type;
    int64_t integer;
    double real;
    struct jd_span bytes;
};

struct jd_row_sink {
    uint32_t size;
    /** One row. Any answer but JD_OK ends the statement and is returned by run (JD_NONE: enough
     * rows, run returns JD_OK). */
    enum jd_status (
            *row)(struct jd_row_sink *sink, const struct jd_value *columns, uint32_t count);
};

enum jd_tx_mode {
    JD_TX_READ = 1,    // a snapshot; may go to a replica
    JD_TX_INTERACTIVE, // a person waits: goes before bulk writers
    JD_TX_BULK,        // the machine's own work; keep it under 20 ms or 500 rows
};

struct jd_storage_ops {
    uint32_t size;
    const char *dialect; // "sqlite" or "postgres"
    enum jd_status (*open)(const struct jd_host *host,
            const struct jd_config *config,
            void **out_self,
            struct jd_error *error);
    void (*close)(void *self); // all connections are closed before
    enum jd_status (*connect)(void *self, void **out_connection, struct jd_error *error);
    void (*disconnect)(void *connection); // rolls back what is open
    /** JD_RETRY_LATER: the writer's turn did not come before deadline_ms (wall clock). */
    enum jd_status (*begin)(void *connection,
            enum jd_tx_mode mode,
            int64_t deadline_ms,
            struct jd_error *error);
    /** On failure nothing of the transaction is stored and it is over. JD_RETRY_LATER: disk
     * full or locked. */
    enum jd_status (*commit)(void *connection, struct jd_error *error);
    void (*rollback)(void *connection);
    enum jd_status (*prepare)(void *connection,
            struct jd_span sql,
            void **out_statement,
            struct jd_error *error);
    /** Runs with `count` parameters. sink NULL: rows are dropped. out_changes (may be NULL):
     * rows written. JD_REJECTED: a constraint refused it. */
    enum jd_status (*run)(void *statement,
            const struct jd_value *parameters,
            uint32_t count,
            struct jd_row_sink *sink,
            int64_t *out_changes,
            struct jd_error *error);
    /** Runs once per row of `parameters` (rows x count values, row after row). Stops at the
     * first failure. */
    enum jd_status (*run_many)(void *statement,
            const struct jd_value *parameters,
            uint32_t count,
            uint32_t rows,
            int64_t *out_changes,
            struct jd_error *error);
    /** Several statements without parameters, outside a prepared life (migrations). Inside the
     * open transaction if there is one. */
    enum jd_status (*script)(void *connection, struct jd_span sql, struct jd_error *error);
    /** A consistent copy of the whole database to the absolute path `file`, which must not
     * exist. */
    enum jd_status (*snapshot)(void *connection, const char *file, struct jd_error *error);
    /** Housekeeping by one process at a time (the scheduler): checkpoints and the like. `idle`:
     * nothing else runs, take your time. */
    enum jd_status (*maintain)(void *connection, bool idle, struct jd_error *error);
    const void *(*extension)(void *self, const char *name); // may be NULL
};

#endif
