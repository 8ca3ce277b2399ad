/** The sqlite plugin as a host sees it: what the conformance suite cannot ask of every engine
 * (kills, full disks, wiped files, the order at the gate). Loaded as the daemon loads it. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jackdaw/plugin.h>

#include "jd_test.h"

static int64_t clock_ms; // 0: the true time

static void
test_log(void *context, enum jd_log_level level, const char *event, const char *detail)
{
    (void)context, (void)level, (void)event, (void)detail;
}

static int64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t test_now_ms(void *context)
{
    (void)context;
    return clock_ms ? clock_ms : wall_ms();
}

static void test_count(void *context, const char *name, int64_t delta)
{
    (void)context, (void)name, (void)delta;
}

static const struct jd_host host = { JD_SIZE(jd_host), .log = test_log, .now_ms = test_now_ms,
    .count = test_count };

static const struct jd_plugin *plugin;
static const struct jd_storage_ops *storage;
static const struct jd_queue_ops *queue_ops;
static char folder[] = "/tmp/jd-sqlite-XXXXXX";

static const void *find_ops(enum jd_service_kind kind)
{
    for (uint32_t i = 0; i < plugin->services_count; i++) {
        if (plugin->services[i].kind == kind) {
            return plugin->services[i].ops;
        }
    }
    return NULL;
}

/** A path in the test's folder; valid until the next call but three. */
static const char *in_folder(const char *name)
{
    static char paths[4][200];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

// --- Storage: small words, so that the tests read ---

static enum jd_status try_open(const char *path, void **out_store, struct jd_error *error)
{
    struct jd_setting settings[] = {
        { .name = "path", .text = path },
        { .name = "cache_kib", .number = 4096 },
    };
    struct jd_config config = { JD_SIZE(jd_config), 2, settings, .instance = "storage",
        .state_dir = folder };
    return storage->open(&host, &config, out_store, error);
}

static void *open_store(const char *path)
{
    struct jd_error error = { 0 };
    void *store = NULL;
    CHECK_OK(try_open(path, &store, &error), error);
    return store;
}

static void *open_connection(void *store)
{
    struct jd_error error = { 0 };
    void *connection = NULL;
    CHECK_OK(storage->connect(store, &connection, &error), error);
    return connection;
}

static void script(void *connection, const char *sql)
{
    struct jd_error error = { 0 };
    CHECK_OK(storage->script(connection, jd_span_of(sql), &error), error);
}

static void *prepare(void *connection, const char *sql)
{
    struct jd_error error = { 0 };
    void *statement = NULL;
    CHECK_OK(storage->prepare(connection, jd_span_of(sql), &statement, &error), error);
    return statement;
}

struct number_sink {
    struct jd_row_sink sink;
    int64_t value;
    int rows;
};

static enum jd_status
take_number(struct jd_row_sink *sink, const struct jd_value *columns, uint32_t count)
{
    struct number_sink *number = (struct number_sink *)sink;
    number->value = count > 0 ? columns[0].integer : 0;
    number->rows++;
    return JD_OK;
}

static int64_t read_number(void *statement)
{
    struct number_sink number = { .sink = { JD_SIZE(jd_row_sink), take_number } };
    struct jd_error error = { 0 };
    CHECK_OK(storage->run(statement, NULL, 0, &number.sink, NULL, &error), error);
    return number.value;
}

static struct jd_value integer(int64_t value)
{
    return (struct jd_value){ .type = JD_VALUE_INT, .integer = value };
}

static struct jd_value text(struct jd_span bytes)
{
    return (struct jd_value){ .type = JD_VALUE_TEXT, .bytes = bytes };
}

static void begin(void *connection, enum jd_tx_mode mode)
{
    struct jd_error error = { 0 };
    CHECK_OK(storage->begin(connection, mode, wall_ms() + 60000, &error), error);
}

static void commit(void *connection)
{
    struct jd_error error = { 0 };
    CHECK_OK(storage->commit(connection, &error), error);
}

static void run(void *statement, const struct jd_value *parameters, uint32_t count)
{
    struct jd_error error = { 0 };
    CHECK_OK(storage->run(statement, parameters, count, NULL, NULL, &error), error);
}

// --- Storage: values, statements, transactions ---

struct row_sink {
    struct jd_row_sink sink;
    struct jd_value columns[8];
    char bytes[8][64];
    uint32_t count;
    int rows;
    enum jd_status answer;
};

static enum jd_status
take_row(struct jd_row_sink *sink, const struct jd_value *columns, uint32_t count)
{
    struct row_sink *row = (struct row_sink *)sink;
    row->count = count;
    row->rows++;
    for (uint32_t i = 0; i < count; i++) {
        row->columns[i] = columns[i];
        if (columns[i].bytes.len > 0) { // borrowed: copied before we return
            memcpy(row->bytes[i], columns[i].bytes.data, columns[i].bytes.len);
        }
        row->columns[i].bytes.data = row->bytes[i];
    }
    return row->answer;
}

TEST(values_come_back_as_they_went)
{
    void *store = open_store(in_folder("values.db"));
    void *connection = open_connection(store);
    struct jd_error error = { 0 };
    static const char blob[] = { 0, 1, 0, -1 };
    struct jd_value values[] = {
        { .type = JD_VALUE_NULL },
        integer(INT64_MIN),
        { .type = JD_VALUE_REAL, .real = -0.5 },
        text(JD_SPAN("h\xc3\xa9 and a \0 inside")),
        { .type = JD_VALUE_BLOB, .bytes = { blob, sizeof(blob) } },
        text((struct jd_span){ NULL, 0 }),
        { .type = JD_VALUE_BLOB, .bytes = { NULL, 0 } },
    };
    void *echo = prepare(connection, "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7");
    struct row_sink row = { .sink = { JD_SIZE(jd_row_sink), take_row } };
    CHECK_OK(storage->run(echo, values, 7, &row.sink, NULL, &error), error);
    CHECK_INT(row.count, 7);
    for (int i = 0; i < 7; i++) {
        CHECK_INT(row.columns[i].type, values[i].type);
        CHECK_INT(row.columns[i].integer, values[i].integer);
        CHECK(row.columns[i].real == values[i].real);
        CHECK_SPAN(row.columns[i].bytes, values[i].bytes);
    }
    void *now = prepare(connection, "SELECT jd_now_ms()");
    int64_t before = wall_ms();
    int64_t told = read_number(now);
    CHECK(told >= before && told <= wall_ms());
    storage->disconnect(connection);
    storage->close(store);
}

TEST(changes_are_counted_and_sinks_may_stop)
{
    void *store = open_store(in_folder("changes.db"));
    void *connection = open_connection(store);
    struct jd_error error = { 0 };
    int64_t changes = -1;
    script(connection, "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT NOT NULL)");
    void *insert = prepare(connection, "INSERT INTO t VALUES(?1, ?2)");
    struct jd_value rows[100];
    for (int i = 0; i < 50; i++) {
        rows[2 * i] = integer(i);
        rows[2 * i + 1] = text(JD_SPAN("x"));
    }
    begin(connection, JD_TX_BULK);
    CHECK_OK(storage->run_many(insert, rows, 2, 50, &changes, &error), error);
    CHECK_INT(changes, 50);
    commit(connection);
    void *update = prepare(connection, "UPDATE t SET b = 'y' WHERE a < ?1 RETURNING a");
    struct jd_value limit = integer(10);
    struct row_sink row = { .sink = { JD_SIZE(jd_row_sink), take_row }, .answer = JD_NONE };
    CHECK_OK(storage->run(update, &limit, 1, &row.sink, &changes, &error), error);
    CHECK_INT(row.rows, 1);
    CHECK_INT(changes, 10); // a sink that has enough does not undo the rest
    void *select = prepare(connection, "SELECT a FROM t");
    CHECK_OK(storage->run(select, NULL, 0, NULL, &changes, &error), error);
    CHECK_INT(changes, 0);
    row.answer = JD_RATE_LIMITED;
    CHECK_INT(storage->run(select, NULL, 0, &row.sink, NULL, &error), JD_RATE_LIMITED);
    CHECK_INT(error.status, JD_RATE_LIMITED);
    limit = integer(0);
    CHECK_OK(storage->run(update, &limit, 1, NULL, &changes, &error), error);
    CHECK_INT(changes, 0);
    storage->disconnect(connection);
    storage->close(store);
}

TEST(mistakes_are_told_apart)
{
    void *store = open_store(in_folder("mistakes.db"));
    void *connection = open_connection(store);
    struct jd_error error = { 0 };
    void *statement = NULL;
    script(connection, "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT NOT NULL)");
    static const char *const bad[] = { "SELEC 1", "SELECT 1; SELECT 2", "",
        "SELECT \"no column\"", "SELECT * FROM missing" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_INT(storage->prepare(connection, jd_span_of(bad[i]), &statement, &error), JD_BUG);
        CHECK(statement == NULL);
    }
    void *insert = prepare(connection, "INSERT INTO t VALUES(?1, ?2);  ");
    struct jd_value values[] = { integer(1), text(JD_SPAN("x")) };
    CHECK_INT(storage->run(insert, values, 1, NULL, NULL, &error), JD_BUG);
    run(insert, values, 2);
    CHECK_INT(storage->run(insert, values, 2, NULL, NULL, &error), JD_REJECTED);
    CHECK(strstr(error.text, "t.a") != NULL);
    values[1].type = JD_VALUE_NULL;
    values[0] = integer(2);
    CHECK_INT(storage->run(insert, values, 2, NULL, NULL, &error), JD_REJECTED);
    begin(connection, JD_TX_READ);
    CHECK_INT(storage->run(insert, values, 2, NULL, NULL, &error), JD_BUG);
    CHECK_INT(storage->begin(connection, JD_TX_READ, 0, &error), JD_BUG);
    commit(connection);
    CHECK_INT(storage->commit(connection, &error), JD_BUG);
    void *own_begin = prepare(connection, "BEGIN");
    CHECK_INT(storage->run(own_begin, NULL, 0, NULL, NULL, &error), JD_BUG);
    CHECK_INT(storage->script(connection, JD_SPAN("BEGIN; DELETE FROM t"), &error), JD_BUG);
    CHECK_INT(storage->run(connection, NULL, 0, NULL, NULL, &error), JD_BUG);
    CHECK_INT(storage->begin(insert, JD_TX_READ, 0, &error), JD_BUG);
    CHECK_INT(read_number(prepare(connection, "SELECT count(*) FROM t")), 1);
    storage->disconnect(connection);
    storage->close(store);
}

TEST(a_statement_that_ends_the_transaction_is_found_out)
{
    void *store = open_store(in_folder("balance.db"));
    void *connection = open_connection(store);
    struct jd_error error = { 0 };
    script(connection, "CREATE TABLE t(a)");
    void *own_commit = prepare(connection, "COMMIT");
    void *insert = prepare(connection, "INSERT INTO t VALUES(1)");
    begin(connection, JD_TX_INTERACTIVE);
    run(insert, NULL, 0);
    CHECK_INT(storage->run(own_commit, NULL, 0, NULL, NULL, &error), JD_BUG);
    CHECK_INT(storage->run(insert, NULL, 0, NULL, NULL, &error), JD_BUG);
    CHECK_INT(storage->commit(connection, &error), JD_BUG);
    begin(connection, JD_TX_INTERACTIVE);
    run(insert, NULL, 0);
    commit(connection);
    storage->disconnect(connection);
    storage->close(store);
}

TEST(a_read_transaction_is_a_snapshot_from_its_begin)
{
    void *store = open_store(in_folder("snapshot-isolation.db"));
    void *reader = open_connection(store);
    void *writer = open_connection(store);
    script(writer, "CREATE TABLE t(a)");
    void *count = prepare(reader, "SELECT count(*) FROM t");
    void *insert = prepare(writer, "INSERT INTO t VALUES(1)");
    begin(reader, JD_TX_READ);
    begin(writer, JD_TX_INTERACTIVE);
    run(insert, NULL, 0);
    commit(writer);
    CHECK_INT(read_number(count), 0);
    commit(reader);
    CHECK_INT(read_number(count), 1);
    begin(writer, JD_TX_INTERACTIVE);
    run(insert, NULL, 0);
    storage->rollback(writer);
    storage->rollback(writer); // nothing is open: nothing happens
    CHECK_INT(read_number(count), 1);
    begin(writer, JD_TX_INTERACTIVE);
    run(insert, NULL, 0);
    storage->disconnect(writer); // rolls back
    CHECK_INT(read_number(count), 1);
    storage->disconnect(reader);
    storage->close(store);
}

TEST(full_text_finds_tokens_and_phrases)
{
    void *store = open_store(in_folder("fts.db"));
    void *connection = open_connection(store);
    script(connection, "CREATE VIRTUAL TABLE f USING fts5(t, content='', tokenize='jackdaw')");
    void *insert = prepare(connection, "INSERT INTO f(rowid, t) VALUES(?1, ?2)");
    struct jd_value row[] = { integer(7), text(JD_SPAN("caf\xc3\xa9  is\nopen today ")) };
    run(insert, row, 2);
    void *match = prepare(connection, "SELECT count(*) FROM f WHERE f MATCH ?1");
    static const struct {
        const char *query;
        int64_t found;
    } cases[] = {
        { "\"caf\xc3\xa9\"", 1 },
        { "cafe", 0 },
        { "\"is\nopen today\"", 1 },
        { "\"today open\"", 0 },
        { "TODAY", 0 },
        { "tod*", 1 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_value query = text(jd_span_of(cases[i].query));
        struct number_sink number = { .sink = { JD_SIZE(jd_row_sink), take_number } };
        struct jd_error error = { 0 };
        CHECK_OK(storage->run(match, &query, 1, &number.sink, NULL, &error), error);
        CHECK_INT(number.value, cases[i].found);
    }
    storage->disconnect(connection);
    storage->close(store);
}

TEST(a_statement_ends_at_its_deadline)
{
    void *store = open_store(in_folder("deadline.db"));
    void *connection = open_connection(store);
    struct jd_error error = { 0 };
    void *endless = prepare(connection,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n");
    CHECK_OK(storage->begin(connection, JD_TX_READ, wall_ms() + 50, &error), error);
    CHECK_INT(storage->run(endless, NULL, 0, NULL, NULL, &error), JD_RETRY_LATER);
    CHECK(strstr(error.text, "deadline") != NULL);
    storage->rollback(connection);
    // The connection is of use afterwards.
    CHECK(read_number(prepare(connection, "SELECT jd_now_ms()")) > 0);
    storage->disconnect(connection);
    storage->close(store);
}

TEST(a_turn_that_does_not_come_is_told)
{
    void *store = open_store(in_folder("turn.db"));
    void *first = open_connection(store);
    void *second = open_connection(store);
    struct jd_error error = { 0 };
    begin(first, JD_TX_BULK);
    CHECK_INT(
            storage->begin(second, JD_TX_INTERACTIVE, wall_ms() + 30, &error), JD_RETRY_LATER);
    CHECK_INT(storage->begin(second, JD_TX_BULK, wall_ms() - 1, &error), JD_RETRY_LATER);
    storage->rollback(first);
    begin(second, JD_TX_INTERACTIVE);
    commit(second);
    storage->disconnect(second);
    storage->disconnect(first);
    storage->close(store);
}

int main(void)
{
    void *library = dlopen(JD_PLUGIN_FILE, RTLD_NOW | RTLD_LOCAL);
    plugin = library ? dlsym(library, "jd_plugin_entry") : NULL;
    if (!plugin || !mkdtemp(folder)) {
        printf("# cannot load %s: %s\n0 passed, 1 failed\n", JD_PLUGIN_FILE, dlerror());
        return 1;
    }
    storage = find_ops(JD_STORAGE_1);
    queue_ops = find_ops(JD_QUEUE_1);
    RUN(values_come_back_as_they_went);
    RUN(changes_are_counted_and_sinks_may_stop);
    RUN(mistakes_are_told_apart);
    RUN(a_statement_that_ends_the_transaction_is_found_out);
    RUN(a_read_transaction_is_a_snapshot_from_its_begin);
    RUN(full_text_finds_tokens_and_phrases);
    RUN(a_statement_ends_at_its_deadline);
    RUN(a_turn_that_does_not_come_is_told);
    char command[80];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command) == 0 ? REPORT() : 1;
}
