/* Reads events and hands them to the hub. */
#include "gateway/feeder.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/span.h"
#include "base/thread.h"

#define READ_MAX 500 // events of one stream before the others have their turn

/* A stream with clients. */
struct feed {
    int64_t user;
    unsigned clients;
    struct jd_position position; // behind the last event that was delivered
    bool due;                    // there may be news
};

/* A client that came or went. */
struct notice {
    struct jd_post_item item;
    bool leaves;
    struct jd_hub_join join; // of a leave, only the user
};

struct jd_feeder {
    struct jd_feeder_options options;
    pthread_t thread;
    bool running; // the thread is there to be joined
    int wake;
    atomic_bool stopping;
    struct jd_post notices;
    // Feeder thread alone:
    struct jd_db *db;
    const struct jd_bus_ops *bus;
    void *subscription;   // NULL: the bus is not heard
    int64_t subscribe_ms; // when to try again, monotonic
    struct jd_map *feeds; // by user
};

static struct jd_span key_of(const int64_t *user)
{
    return jd_span_new((const char *)user, sizeof(*user));
}

/* --- reading --- */

struct reading {
    struct jd_delivery *delivery;
    int64_t last_seq; // not beyond this one
    int count;
};

static enum jd_status take_event(void *context, const struct jd_event *event)
{
    struct reading *reading = context;
    reading->count++;
    if (event->seq > reading->last_seq) {
        return JD_NONE;
    }
    jd_delivery_add(reading->delivery, jd_frame_event(event));
    reading->delivery->position.seq = event->seq;
    return JD_OK;
}

/* Starts anew behind a break in the stream: everyone loads again. */
static void begin_anew(struct jd_feeder *feeder, struct feed *feed)
{
    struct jd_error error;
    if (jd_stream_position(feeder->db, feed->user, &feed->position, &error) != JD_OK) {
        jd_log_error(JD_LOG_WARNING, "stream position not read", &error, NULL);
        return;
    }
    struct jd_delivery *delivery = jd_delivery_create(feed->user, 0);
    jd_delivery_add(delivery, jd_frame_resync(feed->position));
    delivery->position = feed->position;
    jd_hub_deliver(feeder->options.hub, delivery);
}

/* A stream gets its epoch with its first event; who came before must be told. */
static enum jd_status learn_epoch(struct jd_feeder *feeder,
        struct feed *feed,
        struct jd_delivery *delivery,
        struct jd_error *error)
{
    if (feed->position.epoch) {
        return JD_OK;
    }
    struct jd_position now;
    enum jd_status status = jd_stream_position(feeder->db, feed->user, &now, error);
    if (status == JD_OK && now.epoch) {
        feed->position.epoch = now.epoch;
        jd_delivery_add(delivery, jd_frame_welcome(feed->position));
    }
    return status;
}

static void read_feed(struct jd_feeder *feeder, struct feed *feed)
{
    struct jd_error error;
    struct reading reading = {
        .delivery = jd_delivery_create(feed->user, 0),
        .last_seq = INT64_MAX,
    };
    feed->due = false;
    enum jd_status status = learn_epoch(feeder, feed, reading.delivery, &error);
    reading.delivery->position = feed->position;
    if (status == JD_OK) {
        status = jd_stream_read(
                feeder->db, feed->user, feed->position, READ_MAX, take_event, &reading, &error);
    }
    // What was read before a failure is delivered all the same: the place is behind it.
    feed->position = reading.delivery->position;
    feed->due = reading.count == READ_MAX;
    if (reading.delivery->count) {
        jd_hub_deliver(feeder->options.hub, reading.delivery);
    } else {
        jd_delivery_destroy(&reading.delivery);
    }
    if (status == JD_GONE) {
        begin_anew(feeder, feed);
    } else if (status != JD_OK) {
        jd_log_error(JD_LOG_WARNING, "events not read", &error, NULL);
    }
}

static void read_due(struct jd_feeder *feeder, bool all)
{
    size_t cursor = 0;
    struct jd_span key;
    void *value;
    while (jd_map_next(feeder->feeds, &cursor, &key, &value)) {
        struct feed *feed = value;
        if (feed->due || all) {
            read_feed(feeder, feed);
        }
    }
}

/* --- clients that come and go --- */

static bool can_replay(const struct feed *feed, const struct jd_hub_join *join)
{
    bool from_birth = join->after.epoch == 0 && join->after.seq == 0;
    return (from_birth || join->after.epoch == feed->position.epoch) &&
           join->after.seq <= feed->position.seq &&
           feed->position.seq - join->after.seq <= JD_FEEDER_REPLAY_MAX;
}

/* Welcome and what the client missed, or false. */
static bool replay(struct jd_feeder *feeder,
        const struct feed *feed,
        const struct jd_hub_join *join,
        struct jd_delivery *delivery)
{
    if (join->has_after && !can_replay(feed, join)) {
        return false;
    }
    jd_delivery_add(delivery, jd_frame_welcome(feed->position));
    delivery->position = feed->position;
    if (!join->has_after || join->after.seq == feed->position.seq) {
        return true;
    }
    struct reading reading = { .delivery = delivery, .last_seq = feed->position.seq };
    struct jd_error error;
    enum jd_status status = jd_stream_read(feeder->db, feed->user, join->after,
            JD_FEEDER_REPLAY_MAX, take_event, &reading, &error);
    if (status != JD_OK && status != JD_GONE) {
        jd_log_error(JD_LOG_WARNING, "events not read", &error, NULL);
    }
    return status == JD_OK && delivery->position.seq == feed->position.seq;
}

static struct feed *find_feed(struct jd_feeder *feeder, int64_t user)
{
    struct feed *feed = jd_map_get(feeder->feeds, key_of(&user));
    if (feed) {
        return feed;
    }
    feed = jd_xalloc(sizeof(*feed));
    feed->user = user;
    struct jd_error error;
    if (jd_stream_position(feeder->db, user, &feed->position, &error) != JD_OK) {
        // Then it reads from the beginning, and finds its place or a break.
        jd_log_error(JD_LOG_WARNING, "stream position not read", &error, NULL);
    }
    // There was none.
    (void)jd_map_set(feeder->feeds, key_of(&user), feed);
    return feed;
}

static void join(struct jd_feeder *feeder, const struct jd_hub_join *join)
{
    struct feed *feed = find_feed(feeder, join->user);
    feed->clients++;
    // The client may have heard elsewhere of events that were not delivered here yet.
    do {
        read_feed(feeder, feed);
    } while (feed->due);
    struct jd_delivery *delivery = jd_delivery_create(join->user, join->client);
    if (!replay(feeder, feed, join, delivery)) {
        jd_delivery_destroy(&delivery);
        delivery = jd_delivery_create(join->user, join->client);
        jd_delivery_add(delivery, jd_frame_resync(feed->position));
        delivery->position = feed->position;
    }
    jd_hub_deliver(feeder->options.hub, delivery);
}

static void leave(struct jd_feeder *feeder, int64_t user)
{
    struct feed *feed = jd_map_get(feeder->feeds, key_of(&user));
    if (feed && --feed->clients == 0) {
        free(jd_map_remove(feeder->feeds, key_of(&user)));
    }
}

static void take_notices(struct jd_feeder *feeder)
{
    struct jd_post_item *item = jd_post_take(&feeder->notices);
    while (item) {
        struct notice *notice = (struct notice *)item;
        item = item->next;
        if (notice->leaves) {
            leave(feeder, notice->join.user);
        } else {
            join(feeder, &notice->join);
        }
        free(notice);
    }
}

/* --- the bus --- */

struct listening {
    struct jd_bus_sink sink; // first
    struct jd_feeder *feeder;
};

static void on_news(struct jd_bus_sink *sink, struct jd_span topic, struct jd_span payload)
{
    (void)payload; // the place is read from storage: news may come twice, late or never
    struct jd_feeder *feeder = ((struct listening *)sink)->feeder;
    int64_t user = jd_stream_topic_user(topic);
    struct feed *feed = user >= 0 ? jd_map_get(feeder->feeds, key_of(&user)) : NULL;
    if (feed) {
        feed->due = true;
    }
}

/* The bus is news, not truth: while it is gone, looking every JD_FEEDER_LOOK_MS stands in. */
static void lose_bus(struct jd_feeder *feeder, const struct jd_error *error)
{
    jd_log_error(JD_LOG_WARNING, "the bus is not heard", error, NULL);
    if (feeder->subscription) {
        feeder->bus->unsubscribe(feeder->subscription);
        feeder->subscription = NULL;
    }
    feeder->subscribe_ms = jd_clock_monotonic_ms() + JD_FEEDER_LOOK_MS;
}

static void find_bus(struct jd_feeder *feeder)
{
    struct jd_error error;
    void *bus = jd_store_services(feeder->options.store)->bus.self;
    if (feeder->bus->subscribe(bus, JD_SPAN("stream/"), &feeder->subscription, &error) !=
            JD_OK) {
        feeder->subscription = NULL;
        lose_bus(feeder, &error);
    }
}

static void hear_news(struct jd_feeder *feeder)
{
    struct listening listening = {
        .sink = { JD_SIZE(jd_bus_sink), .message = on_news },
        .feeder = feeder,
    };
    struct jd_error error;
    if (!feeder->subscription && jd_clock_monotonic_ms() >= feeder->subscribe_ms) {
        find_bus(feeder);
    }
    enum jd_status status = feeder->subscription ? feeder->bus->receive(feeder->subscription,
                                                           &listening.sink, &error)
                                                 : JD_NONE;
    if (status != JD_OK && status != JD_NONE) {
        lose_bus(feeder, &error);
    }
}

static bool anything_due(const struct jd_feeder *feeder)
{
    size_t cursor = 0;
    struct jd_span key;
    void *value;
    while (jd_map_next(feeder->feeds, &cursor, &key, &value)) {
        if (((const struct feed *)value)->due) {
            return true;
        }
    }
    return false;
}

static void wait_for_news(struct jd_feeder *feeder, int64_t until_ms)
{
    struct pollfd descriptors[] = {
        { .fd = feeder->wake, .events = POLLIN },
        { .fd = feeder->subscription ? feeder->bus->descriptor(feeder->subscription) : -1,
                .events = POLLIN },
    };
    int64_t left_ms = until_ms - jd_clock_monotonic_ms();
    if (left_ms < 0 || anything_due(feeder)) {
        left_ms = 0;
    }
    if (jd_map_count(feeder->feeds) == 0 && feeder->subscription) {
        left_ms = -1; // nobody listens: until somebody joins
    }
    // Interrupted or failed: the loop looks at everything anyway.
    (void)poll(descriptors, 2, (int)left_ms);
    uint64_t count;
    ssize_t got = read(feeder->wake, &count, sizeof(count)); // non-blocking: may be empty
    (void)got;
}

static void *work(void *argument)
{
    struct jd_feeder *feeder = argument;
    int64_t look_ms = jd_clock_monotonic_ms() + JD_FEEDER_LOOK_MS;
    while (!atomic_load(&feeder->stopping)) {
        wait_for_news(feeder, look_ms);
        hear_news(feeder);
        take_notices(feeder);
        bool all = jd_clock_monotonic_ms() >= look_ms;
        read_due(feeder, all);
        if (all) {
            look_ms = jd_clock_monotonic_ms() + JD_FEEDER_LOOK_MS;
        }
    }
    return NULL;
}

static void wake(struct jd_feeder *feeder)
{
    uint64_t one = 1;
    // An eventfd takes a one at any time.
    ssize_t written = write(feeder->wake, &one, sizeof(one));
    (void)written;
}

static void post(struct jd_feeder *feeder, const struct notice *notice)
{
    struct notice *copy = jd_xalloc(sizeof(*copy));
    *copy = *notice;
    jd_post_put(&feeder->notices, &copy->item);
    wake(feeder);
}

enum jd_status jd_feeder_start(const struct jd_feeder_options *options,
        struct jd_feeder **out_feeder,
        struct jd_error *error)
{
    const struct jd_services *services = jd_store_services(options->store);
    struct jd_feeder *feeder = jd_xalloc(sizeof(*feeder));
    feeder->options = *options;
    feeder->bus = services->bus.ops;
    feeder->feeds = jd_map_create();
    jd_post_init(&feeder->notices);
    feeder->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum jd_status status = feeder->wake >= 0 ? JD_OK
                                              : jd_error_errno(error, errno,
                                                        "the event feeder has no descriptor");
    if (status == JD_OK) {
        status = jd_db_open(options->store, &feeder->db, error);
    }
    if (status == JD_OK) {
        status = feeder->bus->subscribe(
                services->bus.self, JD_SPAN("stream/"), &feeder->subscription, error);
    }
    if (status == JD_OK) {
        status = jd_thread_start(&feeder->thread, "gw-feed", work, feeder, error);
    }
    if (status != JD_OK) {
        jd_feeder_destroy(&feeder);
        return status;
    }
    feeder->running = true;
    *out_feeder = feeder;
    return JD_OK;
}

void jd_feeder_join(struct jd_feeder *feeder, const struct jd_hub_join *join)
{
    post(feeder, &(struct notice){ .join = *join });
}

void jd_feeder_leave(struct jd_feeder *feeder, int64_t user)
{
    post(feeder, &(struct notice){ .leaves = true, .join.user = user });
}

void jd_feeder_stop(struct jd_feeder *feeder)
{
    if (feeder && feeder->running) {
        atomic_store(&feeder->stopping, true);
        wake(feeder);
        pthread_join(feeder->thread, NULL);
        feeder->running = false;
    }
}

void jd_feeder_destroy(struct jd_feeder **feeder)
{
    if (!*feeder) {
        return;
    }
    jd_feeder_stop(*feeder);
    if ((*feeder)->subscription) {
        (*feeder)->bus->unsubscribe((*feeder)->subscription);
    }
    jd_db_close(&(*feeder)->db);
    struct jd_post_item *item = jd_post_take(&(*feeder)->notices);
    while (item) {
        struct jd_post_item *next = item->next;
        free(item);
        item = next;
    }
    jd_post_finish(&(*feeder)->notices);
    size_t cursor = 0;
    struct jd_span key;
    void *feed;
    while (jd_map_next((*feeder)->feeds, &cursor, &key, &feed)) {
        free(feed);
    }
    jd_map_destroy(&(*feeder)->feeds);
    if ((*feeder)->wake >= 0) {
        close((*feeder)->wake);
    }
    free(*feeder);
    *feeder = NULL;
}
