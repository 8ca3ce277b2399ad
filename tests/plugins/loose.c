/* A queue, a bus and a cache that look right at a glance: the queue gives a job again and
 * again, the bus keeps only the newest message, the cache never forgets; none of them locks. */
#include <stdlib.h>
#include <unistd.h>

#include <jackdaw/plugin.h>

#define JOBS_MAX 1000

struct loose {
    struct jd_queue_item items[JOBS_MAX];
    uint32_t count;
    char key[64], value[64];
    size_t key_len, value_len;
    char topic[JD_BUS_TOPIC_MAX];
    char payload[JD_BUS_PAYLOAD_MAX];
    size_t topic_len, payload_len;
    bool unread;
    int ends[2];
};

static enum jd_status open_loose(const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error)
{
    (void)host, (void)config;
    struct loose *loose = calloc(1, sizeof(*loose));
    if (!loose || pipe(loose->ends) != 0) {
        free(loose);
        return jd_error_set(error, JD_RETRY_LATER, "no room");
    }
    *out_self = loose;
    return JD_OK;
}

static void close_loose(void *self)
{
    struct loose *loose = self;
    close(loose->ends[0]);
    close(loose->ends[1]);
    free(loose);
}

static enum jd_status
offer(void *self, const struct jd_queue_item *items, uint32_t count, struct jd_error *error)
{
    struct loose *loose = self;
    (void)error;
    for (uint32_t i = 0; i < count && loose->count < JOBS_MAX; i++) {
        loose->items[loose->count++] = items[i];
    }
    return JD_OK;
}

static enum jd_status claim(void *self,
        int32_t priority_max,
        uint32_t max,
        int64_t visibility_ms,
        int64_t *out_jobs,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct loose *loose = self;
    (void)priority_max, (void)visibility_ms, (void)error;
    for (*out_count = 0; *out_count < max && *out_count < loose->count; (*out_count)++) {
        out_jobs[*out_count] = loose->items[*out_count].job;
    }
    return *out_count ? JD_OK : JD_NONE;
}

static enum jd_status extend(void *self,
        const int64_t *jobs,
        uint32_t count,
        int64_t visibility_ms,
        struct jd_error *error)
{
    (void)self, (void)jobs, (void)count, (void)visibility_ms, (void)error;
    return JD_OK;
}

static enum jd_status
ack(void *self, const int64_t *jobs, uint32_t count, struct jd_error *error)
{
    (void)self, (void)jobs, (void)count, (void)error;
    return JD_OK;
}

static enum jd_status
depth(void *self, int64_t *out_ready, int64_t *out_claimed, struct jd_error *error)
{
    (void)error;
    *out_ready = ((struct loose *)self)->count;
    *out_claimed = 0;
    return JD_OK;
}

static const struct jd_queue_ops queue_ops = {
    JD_SIZE(jd_queue_ops),
    .open = open_loose,
    .close = close_loose,
    .offer = offer,
    .claim = claim,
    .extend = extend,
    .ack = ack,
    .depth = depth,
};

static enum jd_status
publish(void *self, struct jd_span topic, struct jd_span payload, struct jd_error *error)
{
    struct loose *loose = self;
    (void)error;
    loose->topic_len = topic.len < sizeof(loose->topic) ? topic.len : sizeof(loose->topic);
    loose->payload_len =
            payload.len < sizeof(loose->payload) ? payload.len : sizeof(loose->payload);
    memcpy(loose->topic, topic.data, loose->topic_len);
    memcpy(loose->payload, payload.data, loose->payload_len);
    loose->unread = true;
    return JD_OK;
}

static enum jd_status
subscribe(void *self, struct jd_span prefix, void **out_subscription, struct jd_error *error)
{
    (void)prefix, (void)error;
    *out_subscription = self;
    return JD_OK;
}

static int descriptor(void *subscription)
{
    return ((struct loose *)subscription)->ends[0];
}

static enum jd_status
receive(void *subscription, struct jd_bus_sink *sink, struct jd_error *error)
{
    struct loose *loose = subscription;
    (void)error;
    if (!loose->unread) {
        return JD_NONE;
    }
    loose->unread = false;
    sink->message(sink, (struct jd_span){ loose->topic, loose->topic_len },
            (struct jd_span){ loose->payload, loose->payload_len });
    return JD_OK;
}

static void unsubscribe(void *subscription)
{
    (void)subscription;
}

static const struct jd_bus_ops bus_ops = {
    JD_SIZE(jd_bus_ops),
    .open = open_loose,
    .close = close_loose,
    .publish = publish,
    .subscribe = subscribe,
    .descriptor = descriptor,
    .receive = receive,
    .unsubscribe = unsubscribe,
};

static enum jd_status
get(void *self, struct jd_span key, struct jd_byte_sink *sink, struct jd_error *error)
{
    struct loose *loose = self;
    (void)error;
    if (!jd_span_equal(key, (struct jd_span){ loose->key, loose->key_len })) {
        return JD_NONE;
    }
    return sink->write(sink, (struct jd_span){ loose->value, loose->value_len });
}

static enum jd_status set(void *self,
        struct jd_span key,
        struct jd_span value,
        int64_t ttl_ms,
        struct jd_error *error)
{
    struct loose *loose = self;
    (void)ttl_ms, (void)error;
    loose->key_len = key.len < sizeof(loose->key) ? key.len : sizeof(loose->key);
    loose->value_len = value.len < sizeof(loose->value) ? value.len : sizeof(loose->value);
    memcpy(loose->key, key.data, loose->key_len);
    memcpy(loose->value, value.data, loose->value_len);
    return JD_OK;
}

static enum jd_status incr(void *self,
        struct jd_span key,
        int64_t delta,
        int64_t ttl_ms,
        int64_t *out_value,
        struct jd_error *error)
{
    (void)self, (void)key, (void)ttl_ms, (void)error;
    *out_value = delta;
    return JD_OK;
}

static enum jd_status forget_nothing(void *self, struct jd_span key, struct jd_error *error)
{
    (void)self, (void)key, (void)error;
    return JD_OK;
}

static const struct jd_cache_ops cache_ops = {
    JD_SIZE(jd_cache_ops),
    .open = open_loose,
    .close = close_loose,
    .get = get,
    .set = set,
    .add = set,
    .incr = incr,
    .remove = forget_nothing,
};

JD_PLUGIN("org.example.loose",
        "1.0.0",
        "MIT",
        { JD_SIZE(jd_service), JD_QUEUE_1, "loose", &queue_ops, NULL },
        { JD_SIZE(jd_service), JD_BUS_1, "loose", &bus_ops, NULL },
        { JD_SIZE(jd_service), JD_CACHE_1, "loose", &cache_ops, NULL });
