/**
 * The domain's way to its database: statements with a scope, transactions that carry their
 * events and jobs, migrations.
 *
 *     jd_db_open(store, &db, &error);
 *     jd_tx_begin(db, JD_TX_INTERACTIVE, deadline_ms, &error);
 *     jd_db_run(db, &statements[RENAME], user, JD_VALUES(JD_TEXT(name)), NULL, &changes,
 * &error); jd_tx_event(db, user, "account.changed", json); jd_tx_commit(db, &error);
 *
 * A `struct jd_store` is opened once per process and shared by its threads; a `struct jd_db` is
 * one connection with its prepared statements and belongs to one thread at a time.
 *
 * Separation of users: every statement is registered with a scope. A statement of scope USER
 * has the user as ?1, bound here and nowhere else; jd_statements_check refuses, at start, one
 * whose SQL does not tie every user table it names to ?1.
 */
#ifndef JD_STORE_DB_H
#define JD_STORE_DB_H

#include "base/arena.h"
#include "base/error.h"
#include "base/shared.h"
#include "host/host.h"

struct jd_store;
struct jd_db;

enum jd_statement_scope {
    JD_SCOPE_USER = 1, // ?1 is the user; the caller's values begin at ?2
    JD_SCOPE_SYSTEM,   // sees every user; for jobs, schedulers and sign-in alone
};

/** One SQL statement. Tables of these stand at the top of each noun's file; they are constant
 * and never copied. "@now" stands for the store's clock in ms. */
struct jd_statement {
    const char *name; // "messages.list", for errors and the registry test
    enum jd_statement_scope scope;
    const char *sql;
};

/** A noun's statements, for the registry. */
struct jd_statement_set {
    const struct jd_statement *statements;
    size_t count;
};

/** JD_BUG naming the first statement that breaks its scope. Run at every start, before a role.
 */
enum jd_status jd_statements_check(struct jd_error *error);

/** Values for parameters. Bytes are borrowed until the statement ran. */
#define JD_INT(value)                  ((struct jd_value){ .type = JD_VALUE_INT, .integer = (value) })
#define JD_REAL(value)                 ((struct jd_value){ .type = JD_VALUE_REAL, .real = (value) })
#define JD_TEXT(span)                  ((struct jd_value){ .type = JD_VALUE_TEXT, .bytes = (span) })
#define JD_BLOB(span)                  ((struct jd_value){ .type = JD_VALUE_BLOB, .bytes = (span) })
#define JD_NULL                        ((struct jd_value){ .type = JD_VALUE_NULL })
/** NULL when `present` is false. */
#define JD_INT_OR_NULL(present, value) ((present) ? JD_INT(value) : JD_NULL)
#define JD_TEXT_OR_NULL(span_)         ((span_).len ? JD_TEXT(span_) : JD_NULL)

struct jd_values {
    const struct jd_value *values;
    uint32_t count;
};
#define JD_VALUES(...)                                                                         \
 ((struct jd_values){ (const struct jd_value[]){ __VA_ARGS__ },                                \
         sizeof((const struct jd_value[]){ __VA_ARGS__ }) / sizeof(struct jd_value) })
#define JD_NO_VALUES ((struct jd_values){ NULL, 0 })

/** Takes one row; spans are borrowed until it returns. JD_NONE: enough rows. */
typedef enum jd_status (
        *jd_row_fn)(void *context, const struct jd_value *columns, uint32_t count);

/** Columns as numbers and text whatever the engine made of them: 0 and an empty span for NULL.
 */
static inline int64_t jd_column_int(const struct jd_value *column)
{
    return column->type == JD_VALUE_INT    ? column->integer
           : column->type == JD_VALUE_REAL ? (int64_t)column->real
                                           : 0;
}
static inline double jd_column_real(const struct jd_value *column)
{
    return column->type == JD_VALUE_REAL  ? column->real
           : column->type == JD_VALUE_INT ? (double)column->integer
                                          : 0;
}
static inline struct jd_span jd_column_bytes(const struct jd_value *column)
{
    return column->type == JD_VALUE_TEXT || column->type == JD_VALUE_BLOB
                   ? column->bytes
                   : (struct jd_span){ "", 0 };
}

/** services: storage, queue and bus are open and outlive the store; shared may be NULL
 * (one-shot commands). */
enum jd_status jd_store_open(const struct jd_services *services,
        struct jd_shared *shared,
        struct jd_store **out_store,
        struct jd_error *error);
void jd_store_close(struct jd_store **store);
const struct jd_services *jd_store_services(const struct jd_store *store);
/** Publishes an empty message on the bus topic; whoever waits looks again. Harmless when it
 * fails. */
void jd_store_wake(struct jd_store *store, const char *topic);

/** Brings the schema to this version: snapshot first if there is anything to lose, then each
 * step in one transaction, then release 1. JD_BAD_INPUT: the database is of a newer Jackdaw.
 * One-shot child only. snapshot_dir: absolute. */
enum jd_status
jd_store_migrate(struct jd_store *store, const char *snapshot_dir, struct jd_error *error);
/** JD_OK when the schema is exactly this version's. */
enum jd_status jd_store_check_version(struct jd_store *store, struct jd_error *error);

/** Takes a connection, and once per process the writer number for jd_id_next. */
enum jd_status
jd_db_open(struct jd_store *store, struct jd_db **out_db, struct jd_error *error);
void jd_db_close(struct jd_db **db);
struct jd_store *jd_db_store(struct jd_db *db);
/** Housekeeping by one process at a time; `idle`: nothing else runs. */
enum jd_status jd_db_maintain(struct jd_db *db, bool idle, struct jd_error *error);
/** Before a pause: pages that the connection keeps in memory, and what else lies free in this
 * process, go back to the machine. Outside a transaction. */
void jd_db_rest(struct jd_db *db);

/**
 * Runs a statement. `user` is bound as ?1 for USER statements and must be 0 for SYSTEM ones.
 * row NULL: no rows wanted. out_changes may be NULL.
 */
enum jd_status jd_db_run(struct jd_db *db,
        const struct jd_statement *statement,
        int64_t user,
        struct jd_values values,
        jd_row_fn row,
        void *context,
        int64_t *out_changes,
        struct jd_error *error);
/** As jd_db_run; exactly one integer of the first row. JD_NONE: no row. */
enum jd_status jd_db_int(struct jd_db *db,
        const struct jd_statement *statement,
        int64_t user,
        struct jd_values values,
        int64_t *out_value,
        struct jd_error *error);

/** deadline_ms: wall clock. Transactions do not nest. */
enum jd_status jd_tx_begin(struct jd_db *db,
        enum jd_tx_mode mode,
        int64_t deadline_ms,
        struct jd_error *error);
/** Notes an event for the stream "user:ID" (user 0: "system"); numbered by the last statements
 * before COMMIT. `json` is an object; copied. */
void jd_tx_event(struct jd_db *db, int64_t user, const char *type, struct jd_span json);
/** Notes a job row of this transaction for the queue: offered after COMMIT, and workers are
 * woken. */
void jd_tx_offer(struct jd_db *db, int64_t job, int32_t priority, int64_t run_at_ms);
/** Numbers the events, commits, then tells bus, shared page and queue (whose failure is
 * harmless: the scheduler offers again). On failure nothing is stored. */
enum jd_status jd_tx_commit(struct jd_db *db, struct jd_error *error);
/** Fine when none is open. */
void jd_tx_rollback(struct jd_db *db);

#endif
