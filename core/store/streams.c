/* Reading the event streams; the numbers are given in db.c, as the last statements before
 * COMMIT. */
#include "store/streams.h"

#include <stdlib.h>

#include "base/span.h"
#include "store/db_internal.h"
#include "store/statements.h"

enum {
    POSITION,
    OLDEST,
    READ,
    TRIM
};

static const struct jd_statement statements[] = {
    [POSITION] = { "streams.position", JD_SCOPE_SYSTEM,
            "SELECT epoch, seq FROM streams WHERE name = ?1" },
    [OLDEST] = { "streams.oldest", JD_SCOPE_SYSTEM,
            "SELECT coalesce(min(seq), ?2) FROM events WHERE stream = ?1" },
    [READ] = { "streams.read", JD_SCOPE_SYSTEM,
            "SELECT seq, at_ms, type, data FROM events "
            "WHERE stream = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3" },
    // The oldest alone, up to the first that is young enough: a stream has no hole.
    [TRIM] = { "streams.trim", JD_SCOPE_SYSTEM,
            "DELETE FROM events WHERE (stream, seq) IN (SELECT e.stream, e.seq FROM streams AS s "
            "JOIN events AS e ON e.stream = s.name AND e.seq < coalesce("
            "(SELECT k.seq FROM events AS k WHERE k.stream = s.name AND k.at_ms >= ?1 ORDER BY k.seq LIMIT 1), "
            "s.seq + 1) ORDER BY s.name, e.seq LIMIT ?2)" },
};
const struct jd_statement_set jd_streams_set = JD_STATEMENT_SET(statements);

void jd_stream_topic(int64_t user, char out[JD_STREAM_TOPIC_BYTES])
{
    if (user == 0) {
        snprintf(out, JD_STREAM_TOPIC_BYTES, "stream/system");
    } else {
        snprintf(out, JD_STREAM_TOPIC_BYTES, "stream/user:%lld", (long long)user);
    }
}

int64_t jd_stream_topic_user(struct jd_span topic)
{
    static const char prefix[] = "stream/user:";
    char number[24];
    if (jd_span_equal(topic, JD_SPAN("stream/system"))) {
        return 0;
    }
    struct jd_span rest = jd_span_sub(topic, sizeof(prefix) - 1, topic.len);
    if (!jd_span_starts(topic, jd_span_of(prefix)) || rest.len == 0 ||
            rest.len >= sizeof(number)) {
        return -1;
    }
    memcpy(number, rest.data, rest.len);
    number[rest.len] = '\0';
    char *end;
    long long user = strtoll(number, &end, 10);
    return *end == '\0' && user > 0 ? user : -1;
}

static struct jd_span name_of(int64_t user, char buffer[JD_STREAM_TOPIC_BYTES])
{
    jd_stream_topic(user, buffer);
    return jd_span_of(buffer + strlen("stream/"));
}

static enum jd_status
take_position(void *context, const struct jd_value *columns, uint32_t count)
{
    struct jd_position *position = context;
    if (count == 2) {
        position->epoch = jd_column_int(&columns[0]);
        position->seq = jd_column_int(&columns[1]);
    }
    return JD_OK;
}

static enum jd_status stored_position(struct jd_db *db,
        struct jd_span name,
        struct jd_position *out_position,
        struct jd_error *error)
{
    struct jd_position position = { 0 };
    enum jd_status status = jd_db_run(db, &statements[POSITION], 0, JD_VALUES(JD_TEXT(name)),
            take_position, &position, NULL, error);
    if (status == JD_OK) {
        *out_position = position;
    }
    return status;
}

enum jd_status jd_stream_position(struct jd_db *db,
        int64_t user,
        struct jd_position *out_position,
        struct jd_error *error)
{
    char buffer[JD_STREAM_TOPIC_BYTES];
    struct jd_span name = name_of(user, buffer);
    struct jd_shared *shared = jd_store_shared(jd_db_store(db));
    if (shared &&
            jd_shared_stream_get(shared, name, &out_position->epoch, &out_position->seq)) {
        return JD_OK;
    }
    enum jd_status status = stored_position(db, name, out_position, error);
    if (status == JD_OK && shared && out_position->epoch) {
        jd_shared_stream_set(shared, name, out_position->epoch, out_position->seq);
    }
    return status;
}

struct reading {
    jd_event_fn event;
    void *context;
};

static enum jd_status take_event(void *context, const struct jd_value *columns, uint32_t count)
{
    const struct reading *reading = context;
    if (count != 4) {
        return JD_BUG;
    }
    struct jd_event event = {
        .seq = jd_column_int(&columns[0]),
        .at_ms = jd_column_int(&columns[1]),
        .type = jd_column_bytes(&columns[2]),
        .json = jd_column_bytes(&columns[3]),
    };
    return reading->event(reading->context, &event);
}

enum jd_status jd_stream_read(struct jd_db *db,
        int64_t user,
        struct jd_position after,
        int limit,
        jd_event_fn event,
        void *context,
        struct jd_error *error)
{
    char buffer[JD_STREAM_TOPIC_BYTES];
    struct jd_span name = name_of(user, buffer);
    struct jd_position now;
    int64_t oldest = 0;
    enum jd_status status = stored_position(db, name, &now, error);
    if (status == JD_OK && now.seq == after.seq && (now.epoch == after.epoch || now.seq == 0)) {
        return JD_OK;
    }
    if (status == JD_OK) {
        status = jd_db_int(db, &statements[OLDEST], 0,
                JD_VALUES(JD_TEXT(name), JD_INT(now.seq + 1)), &oldest, error);
    }
    if (status != JD_OK) {
        return status;
    }
    if (after.epoch != now.epoch && !(after.epoch == 0 && after.seq == 0)) {
        return jd_error_set(
                error, JD_GONE, "the event stream began anew; read everything again");
    }
    if (after.seq > now.seq || (after.seq < now.seq && oldest > after.seq + 1)) {
        return jd_error_set(error, JD_GONE,
                "event %lld is no longer kept; read everything again", (long long)after.seq);
    }
    struct reading reading = { event, context };
    return jd_db_run(db, &statements[READ], 0,
            JD_VALUES(JD_TEXT(name), JD_INT(after.seq), JD_INT(limit)), take_event, &reading,
            NULL, error);
}

enum jd_status jd_streams_trim(struct jd_db *db,
        int64_t before_ms,
        int limit,
        int64_t *out_count,
        struct jd_error *error)
{
    return jd_db_run(db, &statements[TRIM], 0, JD_VALUES(JD_INT(before_ms), JD_INT(limit)),
            NULL, NULL, out_count, error);
}
