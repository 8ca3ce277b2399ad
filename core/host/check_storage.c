/* The contract of jackdaw/storage.h, in SQL that both dialects understand. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/span.h"
#include "base/thread.h"
#include "host/check_case.h"

#define LONG_MS      30000
#define SHORT_MS     60
#define LATE_MS      10000 // on the busiest machine
#define MANY_ROWS    1000
#define KEPT_ROWS    16
#define KEPT_COLUMNS 8
#define WRITERS      3
#define WRITES       50

/* The first rows of a statement, copied. */
struct rows {
    struct jd_row_sink sink;
    struct jd_check *check;
    struct jd_value kept[KEPT_ROWS][KEPT_COLUMNS];
    uint32_t columns;
    size_t count;
    size_t stop_after; // answers stop_with at this row; 0: never
    enum jd_status stop_with;
};

static const struct jd_storage_ops *ops_of(const struct jd_check *check)
{
    return check->service->ops;
}

static enum jd_status
take_row(struct jd_row_sink *sink, const struct jd_value *columns, uint32_t count)
{
    struct rows *rows = (struct rows *)sink;
    rows->columns = count;
    for (uint32_t i = 0; i < count && i < KEPT_COLUMNS && rows->count < KEPT_ROWS; i++) {
        rows->kept[rows->count][i] = columns[i];
        rows->kept[rows->count][i].bytes = jd_arena_copy(rows->check->arena, columns[i].bytes);
    }
    rows->count++;
    return rows->count == rows->stop_after ? rows->stop_with : JD_OK;
}

static struct rows *new_rows(struct jd_check *check)
{
    struct rows *rows = jd_arena_new(check->arena, struct rows);
    rows->sink = (struct jd_row_sink){ JD_SIZE(jd_row_sink), take_row };
    rows->check = check;
    return rows;
}

/* An instance with one connection. */
struct store {
    void *self, *connection;
};

static bool connect_to(struct jd_check *check, void *self, void **out_connection)
{
    struct jd_error error = { 0 };
    enum jd_status status = ops_of(check)->connect(self, out_connection, &error);
    if (status != JD_OK) {
        jd_check_fail(check, "connect answered %s: %s", jd_status_name(status), error.text);
    }
    return status == JD_OK;
}

static bool open_store(struct jd_check *check, struct store *out)
{
    return jd_check_open(check, &out->self) && connect_to(check, out->self, &out->connection);
}

static void close_store(struct jd_check *check, struct store *store)
{
    ops_of(check)->disconnect(store->connection);
    ops_of(check)->close(store->self);
}

/* SQL is written with ?1; postgres says $1, and BYTEA for BLOB. SQL without these may come from
 * any thread of a case. */
static struct jd_span speak(struct jd_check *check, const char *sql)
{
    bool differs = strchr(sql, '?') || strstr(sql, "BLOB");
    if (!differs || strcmp(ops_of(check)->dialect, "postgres") != 0) {
        return jd_span_of(sql);
    }
    struct jd_buf out = jd_buf_init(64 * 1024);
    for (const char *at = sql; *at; at++) {
        if (strncmp(at, "BLOB", 4) == 0) {
            jd_buf_text(&out, "BYTEA");
            at += 3;
        } else {
            jd_buf_char(&out, (char)(*at == '?' ? '$' : *at));
        }
    }
    struct jd_span copy = jd_arena_copy(check->arena, jd_buf_span(&out));
    jd_buf_finish(&out);
    return copy;
}

static bool script(struct jd_check *check, void *connection, const char *sql)
{
    struct jd_error error = { 0 };
    enum jd_status status = ops_of(check)->script(connection, speak(check, sql), &error);
    if (status != JD_OK) {
        jd_check_fail(check, "script answered %s: %s", jd_status_name(status), error.text);
    }
    return status == JD_OK;
}

static bool prepare(struct jd_check *check, void *connection, const char *sql, void **out)
{
    struct jd_error error = { 0 };
    enum jd_status status = ops_of(check)->prepare(connection, speak(check, sql), out, &error);
    if (status != JD_OK) {
        jd_check_fail(check, "prepare of %s answered %s: %s", sql, jd_status_name(status),
                error.text);
    }
    return status == JD_OK;
}

static bool begin(struct jd_check *check, void *connection, enum jd_tx_mode mode)
{
    struct jd_error error = { 0 };
    enum jd_status status =
            ops_of(check)->begin(connection, mode, jd_clock_now_ms() + LONG_MS, &error);
    if (status != JD_OK) {
        jd_check_fail(check, "begin answered %s: %s", jd_status_name(status), error.text);
    }
    return status == JD_OK;
}

static bool commit(struct jd_check *check, void *connection)
{
    struct jd_error error = { 0 };
    enum jd_status status = ops_of(check)->commit(connection, &error);
    if (status != JD_OK) {
        jd_check_fail(check, "commit answered %s: %s", jd_status_name(status), error.text);
    }
    return status == JD_OK;
}

/* One integer of a query; -1 and a failed case when there is none. */
static int64_t ask(struct jd_check *check, void *connection, const char *sql)
{
    void *statement;
    struct jd_error error = { 0 };
    struct rows *rows = new_rows(check);
    if (!prepare(check, connection, sql, &statement)) {
        return -1;
    }
    enum jd_status status = ops_of(check)->run(statement, NULL, 0, &rows->sink, NULL, &error);
    if (status != JD_OK || rows->count != 1 || rows->kept[0][0].type != JD_VALUE_INT) {
        jd_check_fail(check, "%s gave %zu rows: %s", sql, rows->count, error.text);
        return -1;
    }
    return rows->kept[0][0].integer;
}

/* A table `pairs` (id, name unique), made once for most cases. */
static bool open_with_table(struct jd_check *check, struct store *out)
{
    return open_store(check, out) &&
           script(check, out->connection,
                   "CREATE TABLE pairs (id BIGINT PRIMARY KEY, name TEXT UNIQUE);"
                   "INSERT INTO pairs VALUES (1, 'one'); INSERT INTO pairs VALUES (2, 'two')");
}

#define INT_VALUE(number)                                                                      \
 (struct jd_value)                                                                             \
 {                                                                                             \
  .type = JD_VALUE_INT, .integer = (number)                                                    \
 }
#define TEXT_VALUE(text)                                                                       \
 (struct jd_value)                                                                             \
 {                                                                                             \
  .type = JD_VALUE_TEXT, .bytes = jd_span_of(text)                                             \
 }

/* --- The cases. --- */

static void declare_dialect(struct jd_check *check)
{
    const char *dialect = ops_of(check)->dialect;
    EXPECT(check, dialect, "there is no dialect");
    EXPECT(check, strcmp(dialect, "sqlite") == 0 || strcmp(dialect, "postgres") == 0,
            "dialect '%s' is neither sqlite nor postgres", dialect);
}

static void check_round_trip(struct jd_check *check,
        void *insert,
        void *query,
        struct jd_value value,
        const char *what)
{
    struct jd_error error = { 0 };
    const struct jd_storage_ops *ops = ops_of(check);
    static const char *const columns[] = { "null", "integer", "real", "text", "blob" };
    struct jd_value row[4] = { 0 };
    int64_t changes = -1;
    if (value.type != JD_VALUE_NULL) {
        row[value.type - JD_VALUE_INT] = value;
    }
    EXPECT_OK(check, ops->run(insert, row, 4, NULL, &changes, &error), error);
    EXPECT(check, changes == 1, "%s: %lld rows written", what, (long long)changes);
    struct rows *rows = new_rows(check);
    EXPECT_OK(check, ops->run(query, NULL, 0, &rows->sink, NULL, &error), error);
    EXPECT(check, rows->count == 1 && rows->columns == 4, "%s: no row came back", what);
    for (int i = 0; i < 4; i++) {
        const struct jd_value *got = &rows->kept[0][i];
        const struct jd_value *sent = &row[i];
        EXPECT(check, got->type == sent->type, "%s: the %s column came back as %s", what,
                columns[i + 1], columns[got->type]);
        EXPECT(check, sent->type != JD_VALUE_INT || got->integer == sent->integer,
                "%s came back as %lld", what, (long long)got->integer);
        EXPECT(check, sent->type != JD_VALUE_REAL || got->real == sent->real,
                "%s came back as %.17g", what, got->real);
        bool has_bytes = sent->type == JD_VALUE_TEXT || sent->type == JD_VALUE_BLOB;
        EXPECT(check, !has_bytes || jd_span_equal(got->bytes, sent->bytes),
                "%s came back with %zu other bytes", what, got->bytes.len);
    }
}

static void keep_all_types(struct jd_check *check)
{
    static char bytes[256 * 1024];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(i * 7);
    }
    const struct {
        const char *what;
        struct jd_value value;
    } cases[] = {
        { "NULL", { 0 } },
        { "0", { .type = JD_VALUE_INT } },
        { "the least integer", { .type = JD_VALUE_INT, .integer = INT64_MIN } },
        { "the largest integer", { .type = JD_VALUE_INT, .integer = INT64_MAX } },
        { "an integer over 2^53", { .type = JD_VALUE_INT, .integer = 9007199254740993 } },
        { "0.1", { .type = JD_VALUE_REAL, .real = 0.1 } },
        { "a whole real", { .type = JD_VALUE_REAL, .real = -3.0 } },
        { "a tiny real", { .type = JD_VALUE_REAL, .real = 2.2250738585072014e-308 } },
        { "an empty text", { .type = JD_VALUE_TEXT, .bytes = { "", 0 } } },
        { "a text of digits", { .type = JD_VALUE_TEXT, .bytes = JD_SPAN("0042") } },
        { "a text of all planes",
                { .type = JD_VALUE_TEXT,
                        .bytes = JD_SPAN("Grüße, 鳥, שלום, \xF0\x9F\xA6\x9C, e\xCC\x81") } },
        { "a text with quotes and line ends",
                { .type = JD_VALUE_TEXT, .bytes = JD_SPAN("it's \"so\"\r\n;-- ?1 $1 %s") } },
        { "an empty blob", { .type = JD_VALUE_BLOB, .bytes = { "", 0 } } },
        { "a blob with NUL bytes", { .type = JD_VALUE_BLOB, .bytes = { "a\0b\0", 4 } } },
        { "a blob of 256 KiB", { .type = JD_VALUE_BLOB, .bytes = { bytes, sizeof(bytes) } } },
        { "a text of 64 KiB",
                { .type = JD_VALUE_TEXT,
                        .bytes = { memset(bytes + 128 * 1024, 'x', 65536), 65536 } } },
    };
    struct store store;
    void *insert, *query, *clear;
    struct jd_error error = { 0 };
    if (!open_store(check, &store) ||
            !script(check, store.connection,
                    "CREATE TABLE kinds (i BIGINT, r DOUBLE PRECISION, t TEXT, b BLOB)") ||
            !prepare(check, store.connection, "INSERT INTO kinds VALUES (?1, ?2, ?3, ?4)",
                    &insert) ||
            !prepare(check, store.connection, "SELECT i, r, t, b FROM kinds", &query) ||
            !prepare(check, store.connection, "DELETE FROM kinds", &clear)) {
        return;
    }
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_round_trip(check, insert, query, cases[i].value, cases[i].what);
        if (jd_check_over(check)) {
            return;
        }
        EXPECT_OK(check, ops_of(check)->run(clear, NULL, 0, NULL, NULL, &error), error);
    }
    close_store(check, &store);
}

static void keep_transactions(struct jd_check *check)
{
    struct store store;
    if (!open_with_table(check, &store) || !begin(check, store.connection, JD_TX_INTERACTIVE) ||
            !script(check, store.connection, "INSERT INTO pairs VALUES (3, 'three')") ||
            !commit(check, store.connection)) {
        return;
    }
    EXPECT(check, ask(check, store.connection, "SELECT count(*) FROM pairs") == 3,
            "what was committed is not there");
    if (!begin(check, store.connection, JD_TX_BULK) ||
            !script(check, store.connection, "DELETE FROM pairs")) {
        return;
    }
    EXPECT(check, ask(check, store.connection, "SELECT count(*) FROM pairs") == 0,
            "a transaction does not see its own writes");
    ops_of(check)->rollback(store.connection);
    EXPECT(check, ask(check, store.connection, "SELECT count(*) FROM pairs") == 3,
            "what was rolled back is not back");
    if (!begin(check, store.connection, JD_TX_BULK) ||
            !script(check, store.connection, "DELETE FROM pairs")) {
        return;
    }
    ops_of(check)->disconnect(store.connection);
    if (!connect_to(check, store.self, &store.connection)) {
        return;
    }
    EXPECT(check, ask(check, store.connection, "SELECT count(*) FROM pairs") == 3,
            "disconnect did not roll back what was open");
    close_store(check, &store);
}

/* A deferred constraint lets COMMIT itself fail. */
static void fail_a_commit_whole(struct jd_check *check)
{
    struct store store;
    struct jd_error error = { 0 };
    if (!open_with_table(check, &store) ||
            !script(check, store.connection,
                    "CREATE TABLE tied (pair BIGINT REFERENCES pairs (id)"
                    " DEFERRABLE INITIALLY DEFERRED)") ||
            !begin(check, store.connection, JD_TX_BULK) ||
            !script(check, store.connection, "INSERT INTO pairs VALUES (3, 'three')") ||
            !script(check, store.connection, "INSERT INTO tied VALUES (77)")) {
        return;
    }
    EXPECT_STATUS(check, ops_of(check)->commit(store.connection, &error), JD_REJECTED, error);
    EXPECT(check, error.text[0], "the refused commit has no sentence");
    EXPECT(check, ask(check, store.connection, "SELECT count(*) FROM pairs") == 2,
            "a part of a failed commit is stored");
    if (!begin(check, store.connection, JD_TX_BULK) || !commit(check, store.connection)) {
        return; // a failed commit is over: the next begins
    }
    close_store(check, &store);
}

static void isolate_connections(struct jd_check *check)
{
    struct store store;
    void *other;
    if (!open_with_table(check, &store) || !connect_to(check, store.self, &other) ||
            !begin(check, store.connection, JD_TX_INTERACTIVE) ||
            !script(check, store.connection, "INSERT INTO pairs VALUES (3, 'three')")) {
        return;
    }
    EXPECT(check, ask(check, other, "SELECT count(*) FROM pairs") == 2,
            "another connection sees what is not committed");
    if (!begin(check, other, JD_TX_READ)) {
        return;
    }
    EXPECT(check, ask(check, other, "SELECT count(*) FROM pairs") == 2,
            "a reader sees what is not committed");
    if (!commit(check, store.connection)) {
        return;
    }
    EXPECT(check, ask(check, other, "SELECT count(*) FROM pairs") == 2,
            "a snapshot changed under its reader");
    ops_of(check)->rollback(other);
    EXPECT(check, ask(check, other, "SELECT count(*) FROM pairs") == 3,
            "after the snapshot the commit is not seen");
    ops_of(check)->disconnect(other);
    close_store(check, &store);
}

static void share_between_instances(struct jd_check *check)
{
    struct store one, two;
    if (!open_with_table(check, &one) || !open_store(check, &two)) {
        return;
    }
    EXPECT(check, ask(check, two.connection, "SELECT count(*) FROM pairs") == 2,
            "a second process does not see the first one's tables");
    close_store(check, &two);
    close_store(check, &one);
    if (!open_store(check, &one)) {
        return;
    }
    EXPECT(check, ask(check, one.connection, "SELECT count(*) FROM pairs") == 2,
            "what was stored is gone after a reopen");
    close_store(check, &one);
}

static void reuse_statements(struct jd_check *check)
{
    struct store store;
    void *insert, *query;
    struct jd_error error = { 0 };
    if (!open_with_table(check, &store) ||
            !prepare(check, store.connection, "INSERT INTO pairs VALUES (?1, ?2)", &insert) ||
            !prepare(check, store.connection, "SELECT name FROM pairs WHERE id = ?1", &query)) {
        return;
    }
    for (int64_t id = 10; id < 60; id++) {
        char name[16];
        snprintf(name, sizeof(name), "n%lld", (long long)id);
        const struct jd_value row[] = { INT_VALUE(id), TEXT_VALUE(name) };
        EXPECT_OK(check, ops_of(check)->run(insert, row, 2, NULL, NULL, &error), error);
        struct rows *rows = new_rows(check);
        EXPECT_OK(check, ops_of(check)->run(query, row, 1, &rows->sink, NULL, &error), error);
        EXPECT(check,
                rows->count == 1 && jd_span_equal(rows->kept[0][0].bytes, jd_span_of(name)),
                "run %lld of a statement gave another row", (long long)id);
    }
    // After a failed run the statement is good again.
    const struct jd_value twice[] = { INT_VALUE(10), TEXT_VALUE("again") };
    EXPECT_STATUS(check, ops_of(check)->run(insert, twice, 2, NULL, NULL, &error), JD_REJECTED,
            error);
    const struct jd_value fresh[] = { INT_VALUE(99), TEXT_VALUE("fresh") };
    EXPECT_OK(check, ops_of(check)->run(insert, fresh, 2, NULL, NULL, &error), error);
    close_store(check, &store);
}

static void return_rows_of_writes(struct jd_check *check)
{
    struct store store;
    void *update;
    struct jd_error error = { 0 };
    int64_t changes = -1;
    if (!open_with_table(check, &store) ||
            !prepare(check, store.connection,
                    "UPDATE pairs SET name = name || '!' WHERE id >= ?1 RETURNING id",
                    &update)) {
        return;
    }
    struct rows *rows = new_rows(check);
    const struct jd_value from = INT_VALUE(1);
    EXPECT_OK(
            check, ops_of(check)->run(update, &from, 1, &rows->sink, &changes, &error), error);
    EXPECT(check, rows->count == 2 && changes == 2, "2 rows changed: %zu came back, %lld told",
            rows->count, (long long)changes);
    const struct jd_value none = INT_VALUE(100);
    EXPECT_OK(check, ops_of(check)->run(update, &none, 1, NULL, &changes, &error), error);
    EXPECT(check, changes == 0, "no row changed, %lld told", (long long)changes);
    close_store(check, &store);
}

static void run_many_rows(struct jd_check *check)
{
    struct store store;
    void *insert;
    struct jd_error error = { 0 };
    int64_t changes = -1;
    static struct jd_value rows[MANY_ROWS * 2];
    for (int64_t i = 0; i < MANY_ROWS; i++) {
        rows[i * 2] = INT_VALUE(100 + i);
        rows[i * 2 + 1] = (struct jd_value){ .type = JD_VALUE_NULL };
    }
    if (!open_with_table(check, &store) ||
            !prepare(check, store.connection, "INSERT INTO pairs VALUES (?1, ?2)", &insert) ||
            !begin(check, store.connection, JD_TX_BULK)) {
        return;
    }
    EXPECT_OK(check, ops_of(check)->run_many(insert, rows, 2, MANY_ROWS, &changes, &error),
            error);
    EXPECT(check, changes == MANY_ROWS, "%lld of %d rows written", (long long)changes,
            MANY_ROWS);
    if (!commit(check, store.connection)) {
        return;
    }
    EXPECT(check, ask(check, store.connection, "SELECT count(*) FROM pairs") == MANY_ROWS + 2,
            "not all rows are there");
    EXPECT_OK(check, ops_of(check)->run_many(insert, rows, 2, 0, &changes, &error), error);
    close_store(check, &store);
}

static void stop_at_first_failure(struct jd_check *check)
{
    struct store store;
    void *insert;
    struct jd_error error = { 0 };
    const struct jd_value rows[] = { INT_VALUE(10), TEXT_VALUE("ten"), INT_VALUE(1),
        TEXT_VALUE("there already"), INT_VALUE(11), TEXT_VALUE("eleven") };
    if (!open_with_table(check, &store) ||
            !prepare(check, store.connection, "INSERT INTO pairs VALUES (?1, ?2)", &insert) ||
            !begin(check, store.connection, JD_TX_BULK)) {
        return;
    }
    EXPECT_STATUS(check, ops_of(check)->run_many(insert, rows, 2, 3, NULL, &error), JD_REJECTED,
            error);
    ops_of(check)->rollback(store.connection);
    EXPECT(check, ask(check, store.connection, "SELECT count(*) FROM pairs") == 2,
            "rows of a failed run_many outlive the rollback");
    close_store(check, &store);
}

static void stop_when_the_sink_says(struct jd_check *check)
{
    struct store store;
    void *query;
    struct jd_error error = { 0 };
    if (!open_with_table(check, &store) ||
            !prepare(check, store.connection, "SELECT id FROM pairs ORDER BY id", &query)) {
        return;
    }
    struct rows *enough = new_rows(check);
    enough->stop_after = 1;
    enough->stop_with = JD_NONE;
    EXPECT_OK(check, ops_of(check)->run(query, NULL, 0, &enough->sink, NULL, &error), error);
    EXPECT(check, enough->count == 1, "%zu rows came after the sink had enough", enough->count);
    struct rows *refusing = new_rows(check);
    refusing->stop_after = 1;
    refusing->stop_with = JD_CANCELLED;
    EXPECT_STATUS(check, ops_of(check)->run(query, NULL, 0, &refusing->sink, NULL, &error),
            JD_CANCELLED, error);
    EXPECT(check, refusing->count == 1, "the sink was called again after it refused");
    EXPECT_OK(check, ops_of(check)->run(query, NULL, 0, NULL, NULL, &error), error);
    struct rows *all = new_rows(check);
    EXPECT_OK(check, ops_of(check)->run(query, NULL, 0, &all->sink, NULL, &error), error);
    EXPECT(check, all->count == 2, "after an early stop %zu of 2 rows came", all->count);
    close_store(check, &store);
}

static void reject_constraints(struct jd_check *check)
{
    static const char *const refused[] = {
        "INSERT INTO rules VALUES (1, 'x', 1)",  // primary key
        "INSERT INTO rules VALUES (2, 'a', 1)",  // unique
        "INSERT INTO rules VALUES (3, NULL, 1)", // not null
        "INSERT INTO rules VALUES (4, 'd', -1)", // check
    };
    struct store store;
    struct jd_error error = { 0 };
    if (!open_store(check, &store) ||
            !script(check, store.connection,
                    "CREATE TABLE rules (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
                    " n BIGINT CHECK (n > 0)); INSERT INTO rules VALUES (1, 'a', 1)")) {
        return;
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        void *statement;
        if (!prepare(check, store.connection, refused[i], &statement)) {
            return;
        }
        EXPECT_STATUS(check, ops_of(check)->run(statement, NULL, 0, NULL, NULL, &error),
                JD_REJECTED, error);
        EXPECT(check, error.text[0], "refused, and no sentence");
    }
    close_store(check, &store);
}

static void name_bad_sql(struct jd_check *check)
{
    static const char *const wrong[] = { "SELEKT 1", "SELECT nothing FROM nowhere",
        "SELECT 'unfinished", "" };
    struct store store;
    struct jd_error error = { 0 };
    void *statement = NULL;
    if (!open_store(check, &store)) {
        return;
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        error.text[0] = '\0';
        enum jd_status status = ops_of(check)->prepare(
                store.connection, speak(check, wrong[i]), &statement, &error);
        if (status == JD_OK) { // an engine may look at names only when it runs
            status = ops_of(check)->run(statement, NULL, 0, NULL, NULL, &error);
        }
        EXPECT(check, status == JD_BAD_INPUT || status == JD_BUG, "'%s' answered %s", wrong[i],
                jd_status_name(status));
        EXPECT(check, error.text[0], "'%s' was refused without a sentence", wrong[i]);
    }
    EXPECT(check, ask(check, store.connection, "SELECT 42") == 42,
            "after bad SQL the connection is of no use");
    close_store(check, &store);
}

static void keep_the_deadline(struct jd_check *check)
{
    struct store store;
    void *other;
    struct jd_error error = { 0 };
    if (!open_with_table(check, &store) || !connect_to(check, store.self, &other) ||
            !begin(check, store.connection, JD_TX_INTERACTIVE) ||
            !script(check, store.connection, "UPDATE pairs SET name = 'held' WHERE id = 1")) {
        return;
    }
    int64_t began = jd_clock_monotonic_ms();
    // An engine may refuse at begin or, with row locks, when the same row is touched.
    enum jd_status status =
            ops_of(check)->begin(other, JD_TX_BULK, jd_clock_now_ms() + SHORT_MS, &error);
    if (status == JD_OK) {
        status = ops_of(check)->script(
                other, speak(check, "UPDATE pairs SET name = 'mine' WHERE id = 1"), &error);
        ops_of(check)->rollback(other);
    }
    EXPECT(check, status == JD_RETRY_LATER, "while another writes, a writer is answered %s",
            jd_status_name(status));
    EXPECT(check, error.text[0], "refused, and no sentence");
    EXPECT(check, jd_clock_monotonic_ms() - began < LATE_MS,
            "a begin with %d ms to wait came back after more than %d", SHORT_MS, LATE_MS);
    if (!commit(check, store.connection) || !begin(check, other, JD_TX_BULK) ||
            !script(check, other, "UPDATE pairs SET name = 'mine' WHERE id = 1") ||
            !commit(check, other)) {
        return;
    }
    ops_of(check)->disconnect(other);
    close_store(check, &store);
}

struct writer {
    struct jd_check *check;
    void *self;
    enum jd_tx_mode mode;
    pthread_t thread;
};

static void *write_turns(void *argument)
{
    struct writer *writer = argument;
    struct jd_check *check = writer->check;
    void *connection;
    if (!connect_to(check, writer->self, &connection)) {
        return NULL;
    }
    bool fine = true;
    for (int i = 0; fine && i < WRITES && !check->outcome->failed; i++) {
        fine = begin(check, connection, writer->mode) &&
               script(check, connection, "UPDATE tally SET n = n + 1") &&
               commit(check, connection);
    }
    ops_of(check)->disconnect(connection);
    return NULL;
}

static void let_writers_take_turns(struct jd_check *check)
{
    struct store store, second;
    struct writer writers[WRITERS];
    struct jd_error error = { 0 };
    if (!open_store(check, &store) || !jd_check_open(check, &second.self) ||
            !script(check, store.connection,
                    "CREATE TABLE tally (n BIGINT); INSERT INTO tally VALUES (0)")) {
        return;
    }
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){
            .check = check,
            .self = i % 2 ? second.self : store.self,
            .mode = i == 0 ? JD_TX_INTERACTIVE : JD_TX_BULK,
        };
        EXPECT_OK(check,
                jd_thread_start(&writers[i].thread, "writer", write_turns, &writers[i], &error),
                error);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(writers[i].thread, NULL);
    }
    EXPECT(check, !check->outcome->failed, "a writer failed");
    int64_t n = ask(check, store.connection, "SELECT n FROM tally");
    EXPECT(check, n == WRITERS * WRITES, "%d increments made %lld", WRITERS * WRITES,
            (long long)n);
    ops_of(check)->close(second.self);
    close_store(check, &store);
}

/* The copy is opened as another instance whose option `path` is the file. */
static void copy_whole(struct jd_check *check)
{
    struct store store;
    struct jd_error error = { 0 };
    if (!jd_option_find(check->service->options, "path")) {
        jd_check_skip(check, "a snapshot is opened by the option path, which it has not");
        return;
    }
    if (!open_with_table(check, &store)) {
        return;
    }
    const char *file = jd_arena_format(check->arena, "%s/copy.db", check->dir).data;
    EXPECT_OK(check, ops_of(check)->snapshot(store.connection, file, &error), error);
    EXPECT(check, jd_file_exists(file), "there is no file %s", file);
    EXPECT(check, ops_of(check)->snapshot(store.connection, file, &error) != JD_OK,
            "a snapshot wrote over a file that is there");
    if (!script(check, store.connection, "DELETE FROM pairs")) {
        return;
    }
    struct jd_option_text path = { .name = "path", .text = file };
    struct store copy;
    EXPECT_OK(check, jd_check_open_with(check, &path, &copy.self, &error), error);
    if (!connect_to(check, copy.self, &copy.connection)) {
        return;
    }
    EXPECT(check, ask(check, copy.connection, "SELECT count(*) FROM pairs") == 2,
            "the copy has not the rows of its moment");
    close_store(check, &copy);
    close_store(check, &store);
}

static void know_the_time(struct jd_check *check)
{
    struct store store;
    if (strcmp(ops_of(check)->dialect, "sqlite") != 0) {
        jd_check_skip(check, "only dialect sqlite has jd_now_ms()");
        return;
    }
    if (!open_store(check, &store)) {
        return;
    }
    int64_t before = jd_clock_now_ms();
    int64_t now = ask(check, store.connection, "SELECT jd_now_ms()");
    int64_t after = jd_clock_now_ms();
    EXPECT(check, now >= before && now <= after, "jd_now_ms() is %lld, the clock says %lld",
            (long long)now, (long long)before);
    close_store(check, &store);
}

static void find_words(struct jd_check *check)
{
    struct store store;
    if (strcmp(ops_of(check)->dialect, "sqlite") != 0) {
        jd_check_skip(check, "only dialect sqlite has the tokenizer jackdaw");
        return;
    }
    if (!open_store(check, &store) ||
            !script(check, store.connection,
                    "CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='jackdaw');"
                    "INSERT INTO words (rowid, text) VALUES (1, 'gr\xC3\xBC\xC3\x9F"
                    "e a-b x@y.z');"
                    "INSERT INTO words (rowid, text) VALUES (2, 'other x y z')")) {
        return;
    }
    EXPECT(check,
            ask(check, store.connection,
                    "SELECT rowid FROM words WHERE words MATCH '\"x@y.z\"'") == 1,
            "a token is split at something else than a space");
    EXPECT(check,
            ask(check, store.connection,
                    "SELECT count(*) FROM words WHERE words MATCH '\"a\"'") == 0,
            "a token is split at a hyphen");
    close_store(check, &store);
}

static void keep_house(struct jd_check *check)
{
    struct store store;
    struct jd_error error = { 0 };
    if (!open_with_table(check, &store)) {
        return;
    }
    EXPECT_OK(check, ops_of(check)->maintain(store.connection, false, &error), error);
    EXPECT_OK(check, ops_of(check)->maintain(store.connection, true, &error), error);
    EXPECT(check, ask(check, store.connection, "SELECT count(*) FROM pairs") == 2,
            "housekeeping lost rows");
    close_store(check, &store);
}

const struct jd_check_case jd_check_storage_cases[] = {
    { "the dialect is one that Jackdaw speaks", declare_dialect },
    { "every type comes back as it was", keep_all_types },
    { "commit keeps, rollback and disconnect undo", keep_transactions },
    { "a failed commit stores nothing and is over", fail_a_commit_whole },
    { "connections do not see what is not committed", isolate_connections },
    { "instances share one store, which outlives them", share_between_instances },
    { "a statement runs again and again", reuse_statements },
    { "rows of writes come back, and their number", return_rows_of_writes },
    { "run_many runs each row", run_many_rows },
    { "run_many stops at the first failure", stop_at_first_failure },
    { "a sink may have enough, or refuse", stop_when_the_sink_says },
    { "a broken constraint is rejected", reject_constraints },
    { "bad SQL is bad_input or bug, with a sentence", name_bad_sql },
    { "begin keeps its deadline while another writes", keep_the_deadline },
    { "writers of all instances take turns", let_writers_take_turns },
    { "a snapshot is a whole, usable copy", copy_whole },
    { "jd_now_ms() is the clock", know_the_time },
    { "the tokenizer splits at spaces alone", find_words },
    { "housekeeping loses nothing", keep_house },
    { NULL, NULL },
};
