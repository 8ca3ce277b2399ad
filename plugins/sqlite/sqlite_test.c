/** The sqlite plugin as a host sees it: what the conformance suite cannot ask of every engine
 * (kills, full disks, wiped files, the order at the gate). Loaded as the daemon loads it. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ftw.h>
#include <sched.h>

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

// --- Storage: the gate ---

struct contender {
    void *store;
    enum jd_tx_mode mode;
    int tid; // set once it runs
    int *order;
    int place; // in which it got its turn, from 1
};

static void *contend(void *argument)
{
    struct contender *contender = argument;
    void *connection = open_connection(contender->store);
    __atomic_store_n(&contender->tid, gettid(), __ATOMIC_SEQ_CST);
    begin(connection, contender->mode);
    contender->place = ++*contender->order; // whose turn it is, is alone
    commit(connection);
    storage->disconnect(connection);
    return NULL;
}

/** Until the kernel says, several times in a row, that the thread sleeps. */
static void wait_until_asleep(const struct contender *contender)
{
    int asleep = 0;
    while (asleep < 5) {
        int tid = __atomic_load_n(&contender->tid, __ATOMIC_SEQ_CST);
        char path[64];
        char line[256] = "";
        snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
        FILE *file = tid ? fopen(path, "r") : NULL;
        if (file) {
            if (!fgets(line, sizeof(line), file)) {
                line[0] = '\0';
            }
            fclose(file);
        }
        const char *state = strrchr(line, ')');
        asleep = state && state[2] == 'S' ? asleep + 1 : 0;
        sched_yield();
    }
}

TEST(interactive_goes_before_bulk_each_in_order_of_arrival)
{
    static const enum jd_tx_mode modes[] = { JD_TX_BULK, JD_TX_BULK, JD_TX_INTERACTIVE,
        JD_TX_BULK, JD_TX_INTERACTIVE };
    static const int places[] = { 3, 4, 1, 5, 2 };
    void *store = open_store(in_folder("order.db"));
    void *connection = open_connection(store);
    struct contender contenders[5];
    pthread_t threads[5];
    int order = 0;
    begin(connection, JD_TX_BULK);
    for (int i = 0; i < 5; i++) {
        contenders[i] = (struct contender){ .store = store, .mode = modes[i], .order = &order };
        pthread_create(&threads[i], NULL, contend, &contenders[i]);
        wait_until_asleep(&contenders[i]);
    }
    commit(connection);
    for (int i = 0; i < 5; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(contenders[i].place, places[i]);
    }
    storage->disconnect(connection);
    storage->close(store);
}

/**
 * Starts this program anew as a writer (see main). SQLite's handles do not survive a fork, so a
 * child that shared the parent's would prove nothing.
 */
static pid_t start_writer(const char *kind, const char *path, int who)
{
    char number[16];
    snprintf(number, sizeof(number), "%d", who);
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "writer", kind, path, number, (char *)NULL);
        _exit(127);
    }
    return child;
}

/** Writes bulk transactions of about 10 ms, one after the other, until it is killed. */
static void write_bulk(const char *path)
{
    void *store = open_store(path);
    void *connection = open_connection(store);
    void *insert = prepare(connection, "INSERT INTO log(kind, body) VALUES(1, zeroblob(2000))");
    for (;;) {
        begin(connection, JD_TX_BULK);
        for (int i = 0; i < 400; i++) {
            run(insert, NULL, 0);
        }
        commit(connection);
    }
}

static int compare_numbers(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

#define BULK_WRITERS 4
#define BULK_ROWS    400

TEST(an_interactive_writer_waits_for_the_current_bulk_writer_alone)
{
    enum {
        ROUNDS = 100
    };
    const char *path = in_folder("latency.db");
    void *store = open_store(path);
    void *connection = open_connection(store);
    script(connection, "CREATE TABLE log(id INTEGER PRIMARY KEY, kind INT, body BLOB)");
    void *last = prepare(connection, "SELECT max(id) FROM log");
    void *insert = prepare(connection, "INSERT INTO log(kind) VALUES(2) RETURNING id");
    pid_t children[BULK_WRITERS];
    for (int i = 0; i < BULK_WRITERS; i++) {
        children[i] = start_writer("bulk", path, i);
    }
    while (read_number(last) < BULK_WRITERS * BULK_ROWS) {
        sched_yield();
    }
    int64_t waits[ROUNDS];
    int64_t overtaken = 0;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t before = read_number(last);
        int64_t start = now_us();
        begin(connection, JD_TX_INTERACTIVE);
        waits[i] = now_us() - start;
        overtaken += (read_number(insert) - before) / BULK_ROWS;
        commit(connection);
    }
    for (int i = 0; i < BULK_WRITERS; i++) {
        kill(children[i], SIGKILL);
        waitpid(children[i], NULL, 0);
    }
    qsort(waits, ROUNDS, sizeof(waits[0]), compare_numbers);
    size_t middle = ROUNDS / 2;
    printf("# beside %d bulk writers: p50 %.1f ms, p99 %.1f ms, at most %.1f ms; %.1f bulk "
           "transactions before its own\n",
            BULK_WRITERS, (double)waits[middle] / 1000, (double)waits[ROUNDS - 2] / 1000,
            (double)waits[ROUNDS - 1] / 1000, (double)overtaken / ROUNDS);
    // The current one, now and then one more that began before we were in line; in a fair line
    // without classes it would be all four.
    CHECK(overtaken < 2 * ROUNDS);
    storage->disconnect(connection);
    storage->close(store);
}

/** Writes pairs, each in one transaction, until it is killed. */
static void write_pairs(const char *path, int who)
{
    unsigned seed = (unsigned)getpid();
    void *store = open_store(path);
    void *connection = open_connection(store);
    void *insert = prepare(connection, "INSERT INTO pair(token, half) VALUES(?1, ?2)");
    for (int64_t i = 0;; i++) {
        struct jd_value row[] = { integer((int64_t)getpid() << 32 | i), integer(0) };
        begin(connection, (who + i) % 3 ? JD_TX_BULK : JD_TX_INTERACTIVE);
        run(insert, row, 2);
        if (rand_r(&seed) % 4 == 0) {
            sched_yield();
        }
        row[1] = integer(1);
        run(insert, row, 2);
        if (rand_r(&seed) % 5 == 0) {
            storage->rollback(connection);
        } else {
            commit(connection);
        }
    }
}

TEST(killed_writers_leave_neither_halves_nor_a_closed_gate)
{
    enum {
        WRITERS = 4,
        KILLS = 60
    };
    const char *path = in_folder("kills.db");
    void *store = open_store(path);
    void *connection = open_connection(store);
    struct jd_error error = { 0 };
    script(connection, "CREATE TABLE pair(token INTEGER, half INTEGER)");
    void *count = prepare(connection, "SELECT count(*) FROM pair");
    pid_t children[WRITERS] = { 0 };
    unsigned seed = 42;
    for (int i = 0; i < KILLS + WRITERS; i++) {
        pid_t *child = &children[i % WRITERS];
        if (*child) {
            kill(*child, SIGKILL);
            if (i % 2) {
                waitpid(*child, NULL, 0); // else it stays a zombie while we take the turn
            }
        }
        // Each round the survivors must get something in.
        begin(connection, JD_TX_INTERACTIVE);
        commit(connection);
        if (*child) {
            waitpid(*child, NULL, 0);
        }
        *child = start_writer("pairs", path, i);
        int64_t seen = read_number(count);
        int64_t wanted = seen + 2 + rand_r(&seed) % 100;
        while (read_number(count) < wanted) {
            sched_yield();
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        kill(children[i], SIGKILL);
        waitpid(children[i], NULL, 0);
    }
    CHECK_OK(storage->begin(connection, JD_TX_BULK, wall_ms() + 10000, &error), error);
    CHECK_INT(read_number(prepare(connection,
                      "SELECT count(*) FROM (SELECT token FROM pair GROUP BY token"
                      " HAVING count(*) <> 2 OR sum(half) <> 1)")),
            0);
    CHECK_INT(
            read_number(prepare(connection,
                    "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'")),
            1);
    printf("# %d kills, %d rows\n", KILLS, (int)read_number(count));
    commit(connection);
    storage->disconnect(connection);
    storage->close(store);
}

TEST(a_gate_file_of_nonsense_is_cleared_by_the_first_who_comes)
{
    const char *path = in_folder("nonsense.db");
    int fd = open(in_folder("nonsense.db.gate"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    char nonsense[20000];
    memset(nonsense, 0x7f, sizeof(nonsense));
    CHECK_INT(write(fd, nonsense, sizeof(nonsense)), (int)sizeof(nonsense));
    close(fd);
    void *store = open_store(path);
    void *connection = open_connection(store);
    begin(connection, JD_TX_BULK);
    commit(connection);
    storage->disconnect(connection);
    storage->close(store);
}

// --- Storage: upkeep and the faults of the world ---

static int64_t file_bytes(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (int64_t)info.st_size : -1;
}

TEST(maintain_keeps_the_log_short)
{
    struct jd_error error = { 0 };
    void *store = open_store(in_folder("log.db"));
    void *connection = open_connection(store);
    void *other = open_connection(store);
    script(connection, "CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)");
    void *insert = prepare(connection, "INSERT INTO t(b) VALUES(zeroblob(100000))");
    for (int i = 0; i < 300; i++) {
        run(insert, NULL, 0);
        if (i % 100 == 99) {
            CHECK_OK(storage->maintain(other, false, &error), error);
        }
    }
    int64_t bytes = file_bytes(in_folder("log.db-wal"));
    CHECK(bytes > 8 << 20 && bytes < 16 << 20); // begun anew twice: a third of what was written
    void *count = prepare(other, "SELECT count(*) FROM t");
    begin(other, JD_TX_READ);
    CHECK_INT(read_number(count), 300);
    CHECK_OK(storage->maintain(connection, true, &error), error); // a reader is no failure
    CHECK_INT(storage->maintain(other, true, &error), JD_BUG);
    commit(other);
    CHECK_OK(storage->maintain(other, true, &error), error);
    CHECK_INT(file_bytes(in_folder("log.db-wal")), 0);
    storage->disconnect(other);
    storage->disconnect(connection);
    storage->close(store);
}

TEST(maintain_merges_full_text_when_idle)
{
    struct jd_error error = { 0 };
    void *store = open_store(in_folder("merge.db"));
    void *connection = open_connection(store);
    script(connection,
            "CREATE VIRTUAL TABLE \"odd\"\"name\" USING fts5(t, tokenize='jackdaw');"
            "INSERT INTO \"odd\"\"name\"(\"odd\"\"name\", rank) VALUES('automerge', 0);"
            "INSERT INTO \"odd\"\"name\"(\"odd\"\"name\", rank) VALUES('crisismerge', 999)");
    void *insert = prepare(connection, "INSERT INTO \"odd\"\"name\"(t) VALUES('a b c')");
    for (int i = 0; i < 40; i++) {
        run(insert, NULL, 0);
    }
    void *segments =
            prepare(connection, "SELECT count(DISTINCT segid) FROM \"odd\"\"name_idx\"");
    CHECK_INT(read_number(segments), 40);
    CHECK_OK(storage->maintain(connection, false, &error), error);
    CHECK_INT(read_number(segments), 40);
    for (int i = 40; i < 300; i++) {
        run(insert, NULL, 0);
    }
    CHECK_OK(storage->maintain(connection, false, &error), error); // now they are too many
    CHECK(read_number(segments) < 256);
    CHECK_OK(storage->maintain(connection, true, &error), error);
    CHECK_INT(read_number(segments), 1);
    CHECK_INT(
            read_number(prepare(connection,
                    "SELECT count(*) FROM \"odd\"\"name\" WHERE \"odd\"\"name\" MATCH '\"b c\"'")),
            300);
    storage->disconnect(connection);
    storage->close(store);
}

TEST(a_snapshot_is_whole_and_replaces_nothing)
{
    struct jd_error error = { 0 };
    const char *path = in_folder("live.db");
    void *store = open_store(path);
    void *connection = open_connection(store);
    script(connection, "CREATE TABLE log(id INTEGER PRIMARY KEY, kind INT, body BLOB)");
    pid_t child = start_writer("bulk", path, 0);
    void *count = prepare(connection, "SELECT count(*) FROM log");
    while (read_number(count) < 3 * BULK_ROWS) {
        sched_yield();
    }
    char copy[200];
    snprintf(copy, sizeof(copy), "%s", in_folder("copy.db"));
    CHECK_OK(storage->snapshot(connection, copy, &error), error);
    CHECK_INT(storage->snapshot(connection, copy, &error), JD_BAD_INPUT);
    CHECK(strstr(error.text, copy) != NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    CHECK_INT(storage->snapshot(connection, "/missing/folder/copy.db", &error), JD_BAD_INPUT);
    CHECK_INT(file_bytes(in_folder("copy.db.partial")), -1);
    storage->disconnect(connection);
    storage->close(store);
    store = open_store(copy);
    connection = open_connection(store);
    int64_t rows = read_number(prepare(connection, "SELECT count(*) FROM log"));
    CHECK(rows >= 3 * BULK_ROWS && rows % BULK_ROWS == 0);
    storage->disconnect(connection);
    storage->close(store);
}

TEST(a_database_that_cannot_be_used_is_named)
{
    struct jd_error error = { 0 };
    void *store = NULL;
    const char *path = in_folder("garbage.db");
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 2000; i++) {
        fputs("this is no database ", file);
    }
    fclose(file);
    CHECK_INT(try_open(path, &store, &error), JD_BAD_INPUT);
    CHECK(strstr(error.text, path) && strstr(error.text, "snapshots"));
    CHECK_INT(try_open("/missing/folder/jackdaw.db", &store, &error), JD_BAD_INPUT);
    CHECK(strstr(error.text, "/missing/folder/jackdaw.db") &&
            strstr(error.text, "No such file"));
    CHECK(store == NULL);
}

/** Fills the database until it refuses; expects a passing fault, and use after `free_space`. */
static int fill_up(const char *path, void (*free_space)(const char *path))
{
    struct jd_error error = { 0 };
    void *store = open_store(path);
    void *connection = open_connection(store);
    script(connection, "CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)");
    void *insert = prepare(connection, "INSERT INTO t(b) VALUES(randomblob(20000))");
    void *count = prepare(connection, "SELECT count(*) FROM t");
    enum jd_status status = JD_OK;
    int64_t stored = 0;
    for (int i = 0; i < 1000 && status == JD_OK; i++) {
        begin(connection, JD_TX_BULK);
        status = storage->run(insert, NULL, 0, NULL, NULL, &error);
        if (status == JD_OK) {
            status = storage->commit(connection, &error);
        } else {
            CHECK(storage->commit(connection, &error) != JD_BUG);
        }
        stored += status == JD_OK;
    }
    CHECK_INT(status, JD_RETRY_LATER);
    CHECK(strstr(error.text, path) && strstr(error.text, "free some space"));
    CHECK(stored > 10);
    CHECK_INT(read_number(count), stored);
    free_space(path);
    begin(connection, JD_TX_BULK);
    run(insert, NULL, 0);
    commit(connection);
    CHECK_INT(read_number(count), stored + 1);
    storage->disconnect(connection);
    storage->close(store);
    return jd_test_failures;
}

static void lift_limit(const char *path)
{
    (void)path;
    struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
}

/** In a process of its own, whose exit code says how many checks failed. */
static void in_child(void (*body)(void))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        jd_test_failures = 0;
        body();
        fflush(stdout);
        _exit(jd_test_failures ? 1 : 0);
    }
    int result = -1;
    waitpid(child, &result, 0);
    CHECK_INT(result, 0);
}

static void fill_limited_file(void)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 2 << 20;
    setrlimit(RLIMIT_FSIZE, &limit);
    fill_up(in_folder("limited.db"), lift_limit);
}

TEST(a_file_size_limit_is_a_passing_fault)
{
    in_child(fill_limited_file);
}

static void remove_filler(const char *path)
{
    char filler[220];
    snprintf(filler, sizeof(filler), "%.200s.filler", path);
    unlink(filler);
}

static void fill_small_disk(void)
{
    char mount_point[200];
    snprintf(mount_point, sizeof(mount_point), "%s", in_folder("disk"));
    mkdir(mount_point, 0700);
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("tmpfs", mount_point, "tmpfs", 0, "size=4m") != 0) {
        printf("# skipped: a small disk cannot be mounted here: %s\n", strerrordesc_np(errno));
        return;
    }
    char path[220];
    char filler[240];
    snprintf(path, sizeof(path), "%s/full.db", mount_point);
    snprintf(filler, sizeof(filler), "%s.filler", path);
    int fd = open(filler, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK_INT(posix_fallocate(fd, 0, 1 << 20), 0);
    close(fd);
    fill_up(path, remove_filler);
}

TEST(a_full_disk_is_a_passing_fault)
{
    in_child(fill_small_disk);
}

// --- The queue ---

static void *open_queue(const char *path)
{
    struct jd_setting settings[] = { { .name = "path", .text = path } };
    struct jd_config config = { JD_SIZE(jd_config), 1, settings, .instance = "queue",
        .state_dir = folder };
    struct jd_error error = { 0 };
    void *queue = NULL;
    CHECK_OK(queue_ops->open(&host, &config, &queue, &error), error);
    return queue;
}

static void offer(void *queue, int64_t job, int32_t priority, int64_t run_at_ms)
{
    struct jd_error error = { 0 };
    struct jd_queue_item item = { job, priority, run_at_ms };
    CHECK_OK(queue_ops->offer(queue, &item, 1, &error), error);
}

/** Claims, and compares with a text like "3 1 2"; "" for nothing due. */
static void check_claim(void *queue, int32_t priority_max, uint32_t max, const char *expected)
{
    struct jd_error error = { 0 };
    int64_t jobs[100];
    uint32_t count = 0;
    char found[400] = "";
    enum jd_status status =
            queue_ops->claim(queue, priority_max, max, 1000, jobs, &count, &error);
    CHECK_INT(status, count > 0 ? JD_OK : JD_NONE);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%d", i ? " " : "",
                (int)jobs[i]);
    }
    CHECK_TEXT(jd_span_of(found), expected);
}

static void check_depth(void *queue, int64_t ready, int64_t claimed)
{
    struct jd_error error = { 0 };
    int64_t found_ready = -1;
    int64_t found_claimed = -1;
    CHECK_OK(queue_ops->depth(queue, &found_ready, &found_claimed, &error), error);
    CHECK_INT(found_ready, ready);
    CHECK_INT(found_claimed, claimed);
}

TEST(the_queue_orders_hides_and_forgets)
{
    struct jd_error error = { 0 };
    clock_ms = 1000000;
    void *queue = open_queue(in_folder("queue.db"));
    check_claim(queue, 9, 10, "");
    offer(queue, 30, 5, 0);
    offer(queue, 10, 5, 0);
    offer(queue, 20, 1, 0);
    offer(queue, 40, 1, clock_ms + 500); // not yet
    offer(queue, 30, 7, 0);              // keeps its place and its priority
    offer(queue, 50, 9, 0);
    check_depth(queue, 5, 0);
    check_claim(queue, 4, 10, "20");
    check_claim(queue, 9, 2, "30 10");
    check_depth(queue, 2, 3);
    offer(queue, 50, 0, 0); // now it is urgent
    clock_ms += 500;
    check_claim(queue, 0, 10, "50");
    check_claim(queue, 9, 10, "40");
    CHECK_OK(queue_ops->ack(queue, (int64_t[]){ 20, 99 }, 2, &error), error);
    CHECK_OK(queue_ops->extend(queue, (int64_t[]){ 30, 99 }, 2, 2000, &error), error);
    clock_ms += 500; // the claim of 10 has run out, that of 30 was extended
    check_depth(queue, 1, 3);
    offer(queue, 60, 5, 0);
    check_claim(queue, 9, 10, "10 60"); // it kept its place before the newcomer
    clock_ms += 5000;
    check_claim(queue, 9, 10, "50 40 30 10 60");
    CHECK_OK(queue_ops->ack(queue, (int64_t[]){ 10, 30, 40, 50, 60 }, 5, &error), error);
    check_depth(queue, 0, 0);
    struct jd_queue_item bad = { 1, 10, 0 };
    CHECK_INT(queue_ops->offer(queue, &bad, 1, &error), JD_BUG);
    queue_ops->close(queue);
    clock_ms = 0;
}

/** Overwrites what the file holds. */
static void damage(const char *path)
{
    char nonsense[4096];
    memset(nonsense, 'x', sizeof(nonsense));
    int fd = open(path, O_RDWR | O_CLOEXEC);
    for (int64_t at = 0; at < file_bytes(path); at += (int64_t)sizeof(nonsense)) {
        CHECK_INT(pwrite(fd, nonsense, sizeof(nonsense), at), (int)sizeof(nonsense));
    }
    close(fd);
}

TEST(the_queue_survives_the_loss_of_its_file)
{
    clock_ms = 1000000;
    char path[200];
    snprintf(path, sizeof(path), "%s", in_folder("wiped.db"));
    void *queue = open_queue(path);
    void *other = open_queue(path);
    offer(queue, 1, 5, 0);
    offer(other, 2, 5, 0);
    CHECK_INT(unlink(path), 0); // the log of the old file stays behind
    offer(queue, 3, 5, 0);
    check_claim(other, 9, 10, "3");
    char side[220];
    unlink(path);
    snprintf(side, sizeof(side), "%s-wal", path);
    unlink(side);
    snprintf(side, sizeof(side), "%s-shm", path);
    unlink(side);
    check_claim(other, 9, 10, "");
    offer(other, 4, 5, 0);
    check_depth(queue, 1, 0);
    damage(path); // while it is open
    snprintf(side, sizeof(side), "%s-wal", path);
    damage(side);
    void *third = open_queue(path);
    offer(third, 5, 5, 0);
    check_claim(queue, 9, 10, "5");
    check_depth(other, 0, 1);
    queue_ops->close(third);
    queue_ops->close(other);
    queue_ops->close(queue);
    damage(path); // while nobody has it open
    queue = open_queue(path);
    offer(queue, 6, 5, 0);
    check_claim(queue, 9, 10, "6");
    queue_ops->close(queue);
    clock_ms = 0;
}

TEST(a_queue_file_without_its_table_is_made_anew)
{
    char path[200];
    snprintf(path, sizeof(path), "%s", in_folder("shape.db"));
    void *store = open_store(path);
    void *connection = open_connection(store);
    script(connection, "CREATE TABLE item(something TEXT)");
    storage->disconnect(connection);
    storage->close(store);
    void *queue = open_queue(path);
    offer(queue, 1, 5, 0);
    check_claim(queue, 9, 10, "1");
    queue_ops->close(queue);
}

struct claimer {
    void *queue;
    int *taken; // by job
};

static void *claim_all(void *argument)
{
    struct claimer *claimer = argument;
    struct jd_error error = { 0 };
    int64_t jobs[16];
    uint32_t count = 0;
    while (queue_ops->claim(claimer->queue, 9, 16, 60000, jobs, &count, &error) == JD_OK) {
        for (uint32_t i = 0; i < count; i++) {
            __atomic_add_fetch(&claimer->taken[jobs[i]], 1, __ATOMIC_SEQ_CST);
        }
        CHECK_OK(queue_ops->ack(claimer->queue, jobs, count, &error), error);
    }
    return NULL;
}

TEST(each_item_is_claimed_once_by_many_threads_and_processes)
{
    enum {
        ITEMS = 4000,
        THREADS = 3,
        PROCESSES = 2
    };
    struct jd_error error = { 0 };
    char path[200];
    snprintf(path, sizeof(path), "%s", in_folder("shared.db"));
    int *taken = mmap(NULL, (ITEMS + 1) * sizeof(int), PROT_READ | PROT_WRITE,
            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    void *queue = open_queue(path);
    static struct jd_queue_item items[ITEMS];
    for (int i = 0; i < ITEMS; i++) {
        items[i] = (struct jd_queue_item){ i + 1, i % 10, 0 };
    }
    int64_t start = now_us();
    for (int i = 0; i < ITEMS; i += 500) {
        CHECK_OK(queue_ops->offer(queue, items + i, 500, &error), error);
    }
    printf("# offer of 500: %.2f ms\n", (double)(now_us() - start) / (1000.0 * ITEMS / 500));
    queue_ops->close(queue);
    start = now_us();
    pid_t children[PROCESSES];
    fflush(stdout);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct claimer claimer = { open_queue(path), taken };
            pthread_t threads[THREADS];
            for (int j = 0; j < THREADS; j++) {
                pthread_create(&threads[j], NULL, claim_all, &claimer);
            }
            for (int j = 0; j < THREADS; j++) {
                pthread_join(threads[j], NULL);
            }
            queue_ops->close(claimer.queue);
            _exit(jd_test_failures ? 1 : 0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int result = -1;
        waitpid(children[i], &result, 0);
        CHECK_INT(result, 0);
    }
    printf("# %d items claimed by 16 and acked by %d threads in %d processes: %.0f/s\n", ITEMS,
            THREADS * PROCESSES, PROCESSES, ITEMS * 1e6 / (double)(now_us() - start));
    for (int i = 1; i <= ITEMS; i++) {
        CHECK_INT(taken[i], 1);
    }
    munmap(taken, (ITEMS + 1) * sizeof(int));
}

/** nftw(3): the folder of the test, from its leaves. */
static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return remove(path);
}

/** Alone: runs the tests. As a writer (KIND PATH NUMBER): writes until it is killed. */
int main(int argc, char **argv)
{
    void *library = dlopen(JD_PLUGIN_FILE, RTLD_NOW | RTLD_LOCAL);
    plugin = library ? dlsym(library, "jd_plugin_entry") : NULL;
    if (plugin && argc == 4) {
        storage = find_ops(JD_STORAGE_1);
        strcmp(argv[1], "bulk") == 0 ? write_bulk(argv[2])
                                     : write_pairs(argv[2], (int)strtol(argv[3], NULL, 10));
    }
    if (!plugin || !mkdtemp(folder)) {
        printf("# cannot load %s\n0 passed, 1 failed\n", JD_PLUGIN_FILE);
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
    RUN(interactive_goes_before_bulk_each_in_order_of_arrival);
    RUN(an_interactive_writer_waits_for_the_current_bulk_writer_alone);
    RUN(killed_writers_leave_neither_halves_nor_a_closed_gate);
    RUN(a_gate_file_of_nonsense_is_cleared_by_the_first_who_comes);
    RUN(maintain_keeps_the_log_short);
    RUN(maintain_merges_full_text_when_idle);
    RUN(a_snapshot_is_whole_and_replaces_nothing);
    RUN(a_database_that_cannot_be_used_is_named);
    RUN(a_file_size_limit_is_a_passing_fault);
    RUN(a_full_disk_is_a_passing_fault);
    RUN(the_queue_orders_hides_and_forgets);
    RUN(the_queue_survives_the_loss_of_its_file);
    RUN(a_queue_file_without_its_table_is_made_anew);
    RUN(each_item_is_claimed_once_by_many_threads_and_processes);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the other threads have ended
    CHECK_INT(nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
    return REPORT();
}
