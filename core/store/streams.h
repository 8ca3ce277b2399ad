/**
 * Event streams: "user:ID" per user and "system" for admins. Rows are written by jd_tx_commit
 * alone; here they are read. Sequence numbers have no gap and follow commit order.
 */
#ifndef JD_STORE_STREAMS_H
#define JD_STORE_STREAMS_H

#include "store/db.h"

struct jd_position {
    int64_t epoch;
    int64_t seq;
};

struct jd_event {
    int64_t seq;
    int64_t at_ms;
    struct jd_span type;
    struct jd_span json; // an object
};

typedef enum jd_status (*jd_event_fn)(void *context, const struct jd_event *event);

/** user 0: the system stream. A stream without events stands at seq 0. From the shared page if
 * it is there, else storage. */
enum jd_status jd_stream_position(struct jd_db *db,
        int64_t user,
        struct jd_position *out_position,
        struct jd_error *error);
/** Events after `after`, in order, at most `limit`. JD_GONE: another epoch, or older than what
 * is kept: the client must resync. */
enum jd_status jd_stream_read(struct jd_db *db,
        int64_t user,
        struct jd_position after,
        int limit,
        jd_event_fn event,
        void *context,
        struct jd_error *error);
/** Forgets at most `limit` events older than `before_ms`. Scheduler. */
enum jd_status jd_streams_trim(struct jd_db *db,
        int64_t before_ms,
        int limit,
        int64_t *out_count,
        struct jd_error *error);

/** The bus topic of a stream: "stream/user:ID" or "stream/system"; payload "EPOCH SEQ". */
#define JD_STREAM_TOPIC_BYTES 48
void jd_stream_topic(int64_t user, char out[JD_STREAM_TOPIC_BYTES]);
/** The user of a stream topic; -1 when it is none. */
int64_t jd_stream_topic_user(struct jd_span topic);

#endif
