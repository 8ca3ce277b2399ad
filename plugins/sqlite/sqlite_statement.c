/** The storage service: statements and scripts. */
#include <stdlib.h>

#include "sqlite_storage.h"

static struct jd_sqlite_statement *statement_of(void *handle, struct jd_error *error)
{
    struct jd_sqlite_statement *statement = handle;
    if (!statement || statement->magic != JD_SQLITE_STATEMENT_MAGIC) {
        jd_error_set(error, JD_BUG, "sqlite: this is no statement of an open connection");
        return NULL;
    }
    return statement;
}

enum jd_status jd_sqlite_prepare(void *handle,
        struct jd_span sql,
        void **out_statement,
        struct jd_error *error)
{
    struct jd_sqlite_connection *connection = jd_sqlite_connection_of(handle, error);
    if (!connection) {
        return JD_BUG;
    }
    if (sql.len > INT_MAX) {
        return jd_error_set(error, JD_BUG, "sqlite: a statement of %zu bytes", sql.len);
    }
    sqlite3_stmt *prepared = NULL;
    const char *rest = NULL;
    int code = sqlite3_prepare_v3(connection->db, sql.data, (int)sql.len,
            SQLITE_PREPARE_PERSISTENT, &prepared, &rest);
    if (code != SQLITE_OK) {
        return jd_sqlite_connection_fail(connection, code, "prepare", error);
    }
    while (rest < sql.data + sql.len && strchr(" \t\r\n;", *rest)) {
        rest++;
    }
    if (!prepared || rest < sql.data + sql.len) {
        sqlite3_finalize(prepared);
        return jd_error_set(error, JD_BUG, "sqlite: not exactly one statement: %.*s",
                (int)(sql.len < 200 ? sql.len : 200), sql.data);
    }
    struct jd_sqlite_statement *statement = calloc(1, sizeof(*statement));
    if (!statement) {
        sqlite3_finalize(prepared);
        return jd_error_set(error, JD_RETRY_LATER, "sqlite: no memory left for a statement");
    }
    statement->magic = JD_SQLITE_STATEMENT_MAGIC;
    statement->connection = connection;
    statement->handle = prepared;
    statement->next = connection->statements;
    connection->statements = statement;
    *out_statement = statement;
    return JD_OK;
}

void jd_sqlite_finish_statements(struct jd_sqlite_connection *connection)
{
    while (connection->statements) {
        struct jd_sqlite_statement *statement = connection->statements;
        connection->statements = statement->next;
        sqlite3_finalize(statement->handle);
        free(statement->columns);
        statement->magic = 0;
        free(statement);
    }
}

static int bind_value(sqlite3_stmt *handle, int index, const struct jd_value *value)
{
    // A NULL pointer would bind NULL; an empty text or blob is a value.
    const char *bytes = value->bytes.len > 0 ? value->bytes.data : "";
    switch (value->type) {
    case JD_VALUE_NULL:
        return sqlite3_bind_null(handle, index);
    case JD_VALUE_INT:
        return sqlite3_bind_int64(handle, index, value->integer);
    case JD_VALUE_REAL:
        return sqlite3_bind_double(handle, index, value->real);
    case JD_VALUE_TEXT:
        return sqlite3_bind_text64(
                handle, index, bytes, value->bytes.len, SQLITE_STATIC, SQLITE_UTF8);
    case JD_VALUE_BLOB:
        return sqlite3_bind_blob64(handle, index, bytes, value->bytes.len, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

static struct jd_value read_column(sqlite3_stmt *handle, int index)
{
    struct jd_value value = { .type = JD_VALUE_NULL };
    switch (sqlite3_column_type(handle, index)) {
    case SQLITE_INTEGER:
        value.type = JD_VALUE_INT;
        value.integer = sqlite3_column_int64(handle, index);
        break;
    case SQLITE_FLOAT:
        value.type = JD_VALUE_REAL;
        value.real = sqlite3_column_double(handle, index);
        break;
    case SQLITE_TEXT:
        value.type = JD_VALUE_TEXT;
        value.bytes.data = (const char *)sqlite3_column_text(handle, index);
        value.bytes.len = (size_t)sqlite3_column_bytes(handle, index);
        break;
    case SQLITE_BLOB:
        value.type = JD_VALUE_BLOB;
        value.bytes.data = sqlite3_column_blob(handle, index);
        value.bytes.len = (size_t)sqlite3_column_bytes(handle, index);
        break;
    default:
        break;
    }
    return value;
}

static enum jd_status pass_row(struct jd_sqlite_statement *statement, struct jd_row_sink *sink)
{
    uint32_t count = (uint32_t)sqlite3_column_count(statement->handle);
    for (uint32_t i = 0; i < count; i++) {
        statement->columns[i] = read_column(statement->handle, (int)i);
    }
    return sink->row(sink, statement->columns, count);
}

/** Room for one row; a changed schema may have changed its width. */
static int make_room(struct jd_sqlite_statement *statement)
{
    uint32_t count = (uint32_t)sqlite3_column_count(statement->handle);
    if (count > statement->columns_max) {
        struct jd_value *columns = realloc(statement->columns, count * sizeof(*columns));
        if (!columns) {
            return SQLITE_NOMEM;
        }
        statement->columns = columns;
        statement->columns_max = count;
    }
    return SQLITE_OK;
}

/** Steps to the end; a sink that stops early sets `out_sink`. A SQLite result code. */
static int step_through(struct jd_sqlite_statement *statement,
        struct jd_row_sink *sink,
        enum jd_status *out_sink)
{
    int code = SQLITE_ROW;
    *out_sink = JD_OK;
    while ((code = sqlite3_step(statement->handle)) == SQLITE_ROW) {
        if (!sink) {
            continue;
        }
        code = make_room(statement);
        if (code != SQLITE_OK) {
            return code;
        }
        *out_sink = pass_row(statement, sink);
        if (*out_sink != JD_OK) {
            return SQLITE_OK;
        }
    }
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/** Binds, steps, resets. `error` is not NULL. */
static enum jd_status execute(struct jd_sqlite_statement *statement,
        const struct jd_value *parameters,
        uint32_t count,
        struct jd_row_sink *sink,
        int64_t *out_changes,
        struct jd_error *error)
{
    struct jd_sqlite_connection *connection = statement->connection;
    enum jd_status stopped = JD_OK;
    int64_t before = sqlite3_total_changes64(connection->db);
    int code = SQLITE_OK;
    for (uint32_t i = 0; i < count && code == SQLITE_OK; i++) {
        code = bind_value(statement->handle, (int)i + 1, &parameters[i]);
    }
    if (code == SQLITE_OK) {
        statement->running = true;
        connection->running++;
        code = step_through(statement, sink, &stopped);
        connection->running--;
        statement->running = false;
    }
    enum jd_status status = JD_OK;
    if (code != SQLITE_OK) {
        status = jd_sqlite_connection_fail(connection, code, "statement", error);
    }
    int reset = sqlite3_reset(statement->handle);
    if (code == SQLITE_OK && reset != SQLITE_OK) { // only now: an autocommit that failed
        status = jd_sqlite_connection_fail(connection, reset, "statement", error);
    }
    bool wrote = sqlite3_total_changes64(connection->db) != before;
    *out_changes = wrote && status == JD_OK ? sqlite3_changes64(connection->db) : 0;
    if (status == JD_OK && stopped != JD_OK && stopped != JD_NONE) {
        if (error->status != stopped) { // else the sink has said why in this very struct
            jd_error_set(error, stopped, "the receiver of the rows stopped");
        }
        status = stopped;
    }
    return status;
}

static enum jd_status
check_parameters(struct jd_sqlite_statement *statement, uint32_t count, struct jd_error *error)
{
    int wanted = sqlite3_bind_parameter_count(statement->handle);
    if ((uint32_t)wanted != count) {
        return jd_error_set(error, JD_BUG, "sqlite: %u parameters given, %d wanted: %.200s",
                count, wanted, sqlite3_sql(statement->handle));
    }
    if (statement->running) {
        return jd_error_set(error, JD_BUG, "sqlite: a statement ran inside its own row: %.200s",
                sqlite3_sql(statement->handle));
    }
    return JD_OK;
}

/** What the open transaction (or its absence) allows. */
static enum jd_status
check_transaction(struct jd_sqlite_connection *connection, bool writes, struct jd_error *error)
{
    if (connection->lost.status) {
        *error = connection->lost;
        return error->status;
    }
    if (writes && connection->mode == JD_TX_READ) {
        return jd_error_set(error, JD_BUG, "sqlite: a write in a read transaction");
    }
    return JD_OK;
}

/** A statement that began or ended a transaction behind our back. */
static enum jd_status check_balance(struct jd_sqlite_connection *connection,
        struct jd_error *error)
{
    bool open = !sqlite3_get_autocommit(connection->db);
    if (open == (connection->mode != 0)) {
        return JD_OK;
    }
    if (open) {
        jd_sqlite_exec(connection, "ROLLBACK"); // the failure that counts is the one below
    }
    return jd_error_set(error, JD_BUG,
            "sqlite: transactions are begun and ended by begin, commit and rollback alone");
}

/** Runs one row of parameters in the transaction, or else in one of its own. */
static enum jd_status run_once(struct jd_sqlite_statement *statement,
        const struct jd_value *parameters,
        uint32_t count,
        struct jd_row_sink *sink,
        int64_t *out_changes,
        struct jd_error *error)
{
    struct jd_sqlite_connection *connection = statement->connection;
    bool writes = !sqlite3_stmt_readonly(statement->handle);
    bool own_turn = writes && !connection->turn.ticket;
    enum jd_status status = check_transaction(connection, writes, error);
    if (status != JD_OK) {
        return status;
    }
    if (!connection->mode && !connection->running) {
        jd_sqlite_set_deadline(connection, JD_SQLITE_PATIENCE_MS);
    }
    if (own_turn) {
        status = jd_sqlite_take_turn(connection, JD_GATE_INTERACTIVE, error);
        if (status != JD_OK) {
            return status;
        }
    }
    connection->bounded = true;
    status = execute(statement, parameters, count, sink, out_changes, error);
    connection->bounded = connection->running > 0;
    if (status == JD_OK) {
        status = check_balance(connection, error);
    }
    if (status != JD_OK) {
        jd_sqlite_note_loss(connection, error);
    }
    if (own_turn) {
        jd_sqlite_leave_turn(connection);
    }
    return status;
}

enum jd_status jd_sqlite_run(void *handle,
        const struct jd_value *parameters,
        uint32_t count,
        struct jd_row_sink *sink,
        int64_t *out_changes,
        struct jd_error *error)
{
    struct jd_error unseen;
    int64_t changes = 0;
    error = error ? error : &unseen;
    error->status = JD_OK;
    struct jd_sqlite_statement *statement = statement_of(handle, error);
    enum jd_status status = statement ? check_parameters(statement, count, error) : JD_BUG;
    if (status == JD_OK) {
        status = run_once(statement, parameters, count, sink, &changes, error);
    }
    if (status == JD_OK && out_changes) {
        *out_changes = changes;
    }
    return status;
}

enum jd_status jd_sqlite_run_many(void *handle,
        const struct jd_value *parameters,
        uint32_t count,
        uint32_t rows,
        int64_t *out_changes,
        struct jd_error *error)
{
    struct jd_error unseen;
    int64_t total = 0;
    error = error ? error : &unseen;
    error->status = JD_OK;
    struct jd_sqlite_statement *statement = statement_of(handle, error);
    enum jd_status status = statement ? check_parameters(statement, count, error) : JD_BUG;
    for (uint32_t i = 0; i < rows && status == JD_OK; i++) {
        int64_t changes = 0;
        status = run_once(
                statement, parameters + (size_t)i * count, count, NULL, &changes, error);
        total += changes;
    }
    if (status == JD_OK && out_changes) {
        *out_changes = total;
    }
    return status;
}

/** Runs the script on a connection that has the write turn. `error` is not NULL. */
static enum jd_status
run_script(struct jd_sqlite_connection *connection, const char *sql, struct jd_error *error)
{
    int code = jd_sqlite_exec(connection, sql);
    enum jd_status status = JD_OK;
    if (code != SQLITE_OK) {
        status = jd_sqlite_connection_fail(connection, code, "script", error);
        if (!connection->mode && !sqlite3_get_autocommit(connection->db)) {
            jd_sqlite_exec(connection, "ROLLBACK"); // of a BEGIN in the script
        }
    } else {
        status = check_balance(connection, error);
    }
    if (status != JD_OK) {
        jd_sqlite_note_loss(connection, error);
    }
    return status;
}

enum jd_status jd_sqlite_script(void *handle, struct jd_span sql, struct jd_error *error)
{
    struct jd_error unseen;
    error = error ? error : &unseen;
    struct jd_sqlite_connection *connection = jd_sqlite_connection_of(handle, error);
    enum jd_status status = connection ? check_transaction(connection, true, error) : JD_BUG;
    if (status != JD_OK) {
        return status;
    }
    char *text = strndup(sql.len ? sql.data : "", sql.len);
    if (!text) {
        return jd_error_set(error, JD_RETRY_LATER, "out of memory for a script");
    }
    if (connection->mode) {
        status = run_script(connection, text, error);
    } else {
        jd_sqlite_set_deadline(connection, JD_SQLITE_PATIENCE_MS);
        status = jd_sqlite_take_turn(connection, JD_GATE_BULK, error);
        if (status == JD_OK) {
            status = run_script(connection, text, error);
            jd_sqlite_leave_turn(connection);
        }
    }
    free(text);
    return status;
}
