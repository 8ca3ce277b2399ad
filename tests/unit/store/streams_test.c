/* Sequence numbers have no gap and no reversal in commit order, whoever writes; an event is
 * never seen without its effect. */
#include "store/streams.h"

#include <sys/wait.h>

#include "jd_test.h"
#include "rig.h"

#define WRITERS 4
#define WRITES  60

static const struct jd_statement write_effect = { "test.effect", JD_SCOPE_SYSTEM,
    "INSERT INTO settings (name, value) VALUES (?1, 'effect')" };

/* One transaction: an effect and its event; every seventh is thought better of. */
static void write_one(struct rig *rig, int writer, int number)
{
    char name[40], json[64];
    int len = snprintf(name, sizeof(name), "effect-%d-%d", writer, number);
    snprintf(json, sizeof(json), "{\"effect\":\"%s\"}", name);
    RIG_NEED(jd_tx_begin(
            rig->db, number % 2 ? JD_TX_BULK : JD_TX_INTERACTIVE, INT64_MAX, &error));
    RIG_NEED(jd_db_run(rig->db, &write_effect, 0,
            JD_VALUES(JD_TEXT(jd_span_new(name, (size_t)len))), NULL, NULL, NULL, &error));
    jd_tx_event(rig->db, 7, "test.effect", jd_span_of(json));
    if (number % 7 == 6) {
        jd_tx_rollback(rig->db);
        return;
    }
    RIG_NEED(jd_tx_commit(rig->db, &error));
}

static _Noreturn void write_all(const char *folder, int writer)
{
    struct rig rig = rig_attach(folder);
    RIG_NEED(jd_db_open(rig.store, &rig.db, &error));
    for (int i = 0; i < WRITES; i++) {
        write_one(&rig, writer, i);
    }
    rig_detach(&rig);
    _exit(0);
}

/* Each count is of one snapshot. */
static int64_t count_faults(struct rig *rig)
{
    return RIG_COUNT(rig,
            "SELECT (SELECT count(*) <> coalesce(max(seq), 0) FROM events WHERE stream = 'user:7') + "
            "(SELECT count(*) FROM events WHERE stream = 'user:7') - "
            "(SELECT count(*) FROM settings WHERE value = 'effect') + "
            "(SELECT coalesce(max(seq), 0) FROM events WHERE stream = 'user:7') - "
            "coalesce((SELECT seq FROM streams WHERE name = 'user:7'), 0) + "
            "(SELECT count(*) FROM events AS e WHERE e.stream = 'user:7' AND NOT EXISTS "
            "(SELECT 1 FROM settings AS s WHERE e.data = '{\"effect\":\"' || s.name || '\"}'))");
}

TEST(four_writers_leave_no_gap_and_no_reversal)
{
    struct rig rig = rig_open();
    pid_t writers[WRITERS];
    int running = WRITERS;
    fflush(stdout);
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = fork();
        if (writers[i] == 0) {
            write_all(rig.folder, i);
        }
    }
    while (running) {
        int status;
        CHECK_INT(count_faults(&rig), 0);
        pid_t ended = waitpid(-1, &status, WNOHANG);
        if (ended != 0) {
            CHECK(ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
            running--;
        }
    }
    int kept = 0;
    for (int i = 0; i < WRITES; i++) {
        kept += i % 7 != 6;
    }
    CHECK_INT(count_faults(&rig), 0);
    CHECK_INT(RIG_COUNT(&rig, "SELECT seq FROM streams WHERE name = 'user:7'"), WRITERS * kept);
    rig_close(&rig);
}

struct reading {
    int64_t seq;
    int count;
};

static enum jd_status take_event(void *context, const struct jd_event *event)
{
    struct reading *reading = context;
    CHECK_INT(event->seq, reading->seq + 1);
    reading->seq = event->seq;
    reading->count++;
    return JD_OK;
}

TEST(a_reader_goes_on_where_it_was)
{
    struct rig rig = rig_open();
    struct jd_position position = { 0 };
    struct jd_error error = { 0 };
    struct reading reading = { 0 };
    for (int i = 0; i < 6; i++) {
        write_one(&rig, 0, i);
    }
    CHECK_OK(jd_stream_position(rig.db, 7, &position, &error), error);
    CHECK_INT(position.seq, 6);
    struct jd_position at = { position.epoch, 0 };
    CHECK_OK(jd_stream_read(rig.db, 7, at, 4, take_event, &reading, &error), error);
    CHECK_INT(reading.count, 4);
    at.seq = 4;
    CHECK_OK(jd_stream_read(rig.db, 7, at, 4, take_event, &reading, &error), error);
    CHECK_INT(reading.count, 6);
    CHECK_OK(jd_stream_read(rig.db, 7, position, 4, take_event, &reading, &error), error);
    CHECK_INT(reading.count, 6);
    at.epoch++;
    CHECK_INT(jd_stream_read(rig.db, 7, at, 4, take_event, &reading, &error), JD_GONE);
    rig_close(&rig);
}

TEST(a_reader_older_than_what_is_kept_must_begin_anew)
{
    struct rig rig = rig_open();
    struct jd_position position = { 0 };
    struct jd_error error = { 0 };
    struct reading reading = { .seq = 0 };
    int64_t trimmed = 0;
    for (int i = 0; i < 5; i++) {
        write_one(&rig, 0, i);
    }
    CHECK_OK(jd_stream_position(rig.db, 7, &position, &error), error);
    CHECK_OK(jd_streams_trim(rig.db, INT64_MAX, 1000, &trimmed, &error), error);
    CHECK(trimmed >= 5);
    struct jd_position old = { position.epoch, 2 };
    CHECK_INT(jd_stream_read(rig.db, 7, old, 10, take_event, &reading, &error), JD_GONE);
    CHECK_OK(jd_stream_read(rig.db, 7, position, 10, take_event, &reading, &error), error);
    write_one(&rig, 0, 5);
    reading.seq = position.seq;
    CHECK_OK(jd_stream_read(rig.db, 7, position, 10, take_event, &reading, &error), error);
    CHECK_INT(reading.seq, 6);
    rig_close(&rig);
}

static int64_t trim(struct rig *rig, int64_t before_ms)
{
    int64_t trimmed = 0;
    RIG_NEED(jd_streams_trim(rig->db, before_ms, 1000, &trimmed, &error));
    return trimmed;
}

TEST(a_clock_that_steps_back_leaves_no_hole)
{
    static const struct jd_statement stamp = { "test.stamp", JD_SCOPE_SYSTEM,
        "UPDATE events SET at_ms = ?2 WHERE stream = 'user:7' AND seq = ?1" };
    const int64_t noon = INT64_C(1770000000000), hour = 3600000;
    const int64_t at_ms[] = { noon, noon, noon - hour, noon - hour, noon, noon + hour };
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    for (int i = 0; i < 6; i++) {
        write_one(&rig, 0, i);
        CHECK_OK(jd_db_run(rig.db, &stamp, 0, JD_VALUES(JD_INT(i + 1), JD_INT(at_ms[i])), NULL,
                         NULL, NULL, &error),
                error);
    }
    CHECK_INT(trim(&rig, noon), 0); // the two old ones lie behind two young ones
    CHECK_INT(trim(&rig, noon + 1), 5);
    CHECK_INT(RIG_COUNT(&rig, "SELECT seq FROM events WHERE stream = 'user:7'"), 6);
    CHECK_INT(trim(&rig, noon + hour + 1), 1);
    CHECK_INT(RIG_COUNT(&rig, "SELECT seq FROM streams WHERE name = 'user:7'"), 6);
    rig_close(&rig);
}

int main(void)
{
    RUN(four_writers_leave_no_gap_and_no_reversal);
    RUN(a_reader_goes_on_where_it_was);
    RUN(a_reader_older_than_what_is_kept_must_begin_anew);
    RUN(a_clock_that_steps_back_leaves_no_hole);
    return REPORT();
}
