/* The contract of jackdaw/bus.h. Delivery is asked on an idle machine with few messages: there
 * "at most once" is expected to be once. */
#include <poll.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/span.h"
#include "host/check_case.h"

#define HEARD_MAX     4096
#define FLOOD         20000 // more than any sane buffer holds of these
#define FLOOD_PAYLOAD 1024

struct heard {
    struct jd_bus_sink sink;
    struct jd_check *check;
    struct jd_span topics[HEARD_MAX], payloads[HEARD_MAX];
    size_t count;
};

static void hear(struct jd_bus_sink *sink, struct jd_span topic, struct jd_span payload)
{
    struct heard *heard = (struct heard *)sink;
    if (heard->count < HEARD_MAX) {
        heard->topics[heard->count] = jd_arena_copy(heard->check->arena, topic);
        heard->payloads[heard->count] = jd_arena_copy(heard->check->arena, payload);
    }
    heard->count++;
}

static struct heard *new_heard(struct jd_check *check)
{
    struct heard *heard = jd_arena_new(check->arena, struct heard);
    heard->sink = (struct jd_bus_sink){ JD_SIZE(jd_bus_sink), hear };
    heard->check = check;
    return heard;
}

static const struct jd_bus_ops *ops_of(const struct jd_check *check)
{
    return check->service->ops;
}

static bool subscribe(struct jd_check *check, void *self, const char *prefix, void **out)
{
    struct jd_error error = { 0 };
    enum jd_status status = ops_of(check)->subscribe(self, jd_span_of(prefix), out, &error);
    if (status != JD_OK) {
        jd_check_fail(check, "subscribe answered %s: %s", jd_status_name(status), error.text);
    }
    return status == JD_OK;
}

static bool publish(struct jd_check *check, void *self, const char *topic, const char *payload)
{
    struct jd_error error = { 0 };
    enum jd_status status =
            ops_of(check)->publish(self, jd_span_of(topic), jd_span_of(payload), &error);
    if (status != JD_OK) {
        jd_check_fail(check, "publish answered %s: %s", jd_status_name(status), error.text);
    }
    return status == JD_OK;
}

/* Receives until `count` messages were heard or patience ends. */
static bool
listen_for(struct jd_check *check, void *subscription, struct heard *heard, size_t count)
{
    int64_t deadline = jd_clock_monotonic_ms() + check->wait_ms;
    while (heard->count < count) {
        struct jd_error error = { 0 };
        struct pollfd wait = { .fd = ops_of(check)->descriptor(subscription),
            .events = POLLIN };
        int64_t left = deadline - jd_clock_monotonic_ms();
        if (left <= 0 || poll(&wait, 1, (int)left) == 0) {
            jd_check_fail(check, "%zu of %zu messages came", heard->count, count);
            return false;
        }
        enum jd_status status = ops_of(check)->receive(subscription, &heard->sink, &error);
        if (status != JD_OK && status != JD_NONE) {
            jd_check_fail(check, "receive answered %s: %s", jd_status_name(status), error.text);
            return false;
        }
    }
    return true;
}

/* Takes what is there without waiting. */
static bool drain(struct jd_check *check, void *subscription, struct heard *heard)
{
    struct jd_error error = { 0 };
    enum jd_status status = JD_OK;
    for (int i = 0; status == JD_OK && i < 1000; i++) {
        status = ops_of(check)->receive(subscription, &heard->sink, &error);
    }
    if (status != JD_NONE) {
        jd_check_fail(check, "receive answered %s, expected none when all is taken",
                jd_status_name(status));
    }
    return status == JD_NONE;
}

static void deliver_to_all(struct jd_check *check)
{
    void *selves[2], *subscriptions[3];
    // Two instances stand for two processes.
    if (!jd_check_open(check, &selves[0]) || !jd_check_open(check, &selves[1]) ||
            !subscribe(check, selves[0], "", &subscriptions[0]) ||
            !subscribe(check, selves[1], "", &subscriptions[1]) ||
            !subscribe(check, selves[1], "user:", &subscriptions[2]) ||
            !publish(check, selves[0], "user:7", "hello")) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        struct heard *heard = new_heard(check);
        if (!listen_for(check, subscriptions[i], heard, 1)) {
            return;
        }
        EXPECT(check, heard->count == 1, "subscriber %d heard it %zu times", i, heard->count);
        EXPECT(check, jd_span_equal(heard->topics[0], JD_SPAN("user:7")), "another topic came");
        EXPECT(check, jd_span_equal(heard->payloads[0], JD_SPAN("hello")),
                "another payload came");
    }
    for (int i = 0; i < 3; i++) {
        ops_of(check)->unsubscribe(subscriptions[i]);
    }
    ops_of(check)->close(selves[1]);
    ops_of(check)->close(selves[0]);
}

static void filter_by_prefix(struct jd_check *check)
{
    void *self, *subscription;
    struct heard *heard = new_heard(check);
    if (!jd_check_open(check, &self) || !subscribe(check, self, "user:7", &subscription) ||
            !publish(check, self, "user:8", "no") || !publish(check, self, "user:", "no") ||
            !publish(check, self, "USER:7", "no") || !publish(check, self, "user:7", "yes") ||
            !publish(check, self, "jobs", "no") || !publish(check, self, "user:71", "yes") ||
            !listen_for(check, subscription, heard, 2) || !drain(check, subscription, heard)) {
        return;
    }
    EXPECT(check, heard->count == 2, "%zu messages came, 2 have the prefix", heard->count);
    EXPECT(check,
            jd_span_equal(heard->payloads[0], JD_SPAN("yes")) &&
                    jd_span_equal(heard->payloads[1], JD_SPAN("yes")),
            "a message of another topic came");
    ops_of(check)->unsubscribe(subscription);
    ops_of(check)->close(self);
}

static void keep_order(struct jd_check *check)
{
    enum {
        MESSAGES = 200
    };
    void *self, *subscription;
    struct heard *heard = new_heard(check);
    if (!jd_check_open(check, &self) || !subscribe(check, self, "order", &subscription)) {
        return;
    }
    // In small groups, so that no buffer has to hold them all.
    for (int i = 0; i < MESSAGES; i++) {
        char number[16];
        snprintf(number, sizeof(number), "%d", i);
        if (!publish(check, self, "order", number) ||
                (i % 20 == 19 && !listen_for(check, subscription, heard, (size_t)i + 1))) {
            return;
        }
    }
    EXPECT(check, heard->count == MESSAGES, "%zu of %d messages came", heard->count, MESSAGES);
    for (int i = 0; i < MESSAGES; i++) {
        char number[16];
        snprintf(number, sizeof(number), "%d", i);
        EXPECT(check, jd_span_equal(heard->payloads[i], jd_span_of(number)),
                "place %d holds message " JD_SPAN_FMT, i, JD_SPAN_ARG(heard->payloads[i]));
    }
    ops_of(check)->unsubscribe(subscription);
    ops_of(check)->close(self);
}

static void carry_large_and_odd(struct jd_check *check)
{
    void *self, *subscription;
    struct jd_error error = { 0 };
    struct heard *heard = new_heard(check);
    static char payload[JD_BUS_PAYLOAD_MAX + 1];
    static char topic[JD_BUS_TOPIC_MAX + 1];
    for (size_t i = 0; i < sizeof(payload); i++) {
        payload[i] = (char)i;
    }
    memset(topic, 't', sizeof(topic));
    if (!jd_check_open(check, &self) || !subscribe(check, self, "t", &subscription)) {
        return;
    }
    struct jd_span whole = { payload, JD_BUS_PAYLOAD_MAX };
    struct jd_span name = { topic, JD_BUS_TOPIC_MAX };
    EXPECT_OK(check, ops_of(check)->publish(self, name, whole, &error), error);
    EXPECT_OK(check, ops_of(check)->publish(self, JD_SPAN("t"), JD_SPAN(""), &error), error);
    if (!listen_for(check, subscription, heard, 2)) {
        return;
    }
    EXPECT(check, jd_span_equal(heard->payloads[0], whole), "the largest payload was changed");
    EXPECT(check, jd_span_equal(heard->topics[0], name), "the longest topic was changed");
    EXPECT(check, heard->payloads[1].len == 0, "an empty payload is not empty");
    struct jd_span long_payload = { payload, sizeof(payload) };
    struct jd_span long_topic = { topic, sizeof(topic) };
    EXPECT_STATUS(check, ops_of(check)->publish(self, JD_SPAN("t"), long_payload, &error),
            JD_BAD_INPUT, error);
    EXPECT_STATUS(check, ops_of(check)->publish(self, long_topic, JD_SPAN("x"), &error),
            JD_BAD_INPUT, error);
    ops_of(check)->unsubscribe(subscription);
    ops_of(check)->close(self);
}

/* A subscriber that never reads may lose news; it must not hold anybody up. A publish that
 * waited would keep this case from ending within its time. */
static void never_block(struct jd_check *check)
{
    void *self, *deaf, *good;
    struct jd_error error = { 0 };
    static char payload[FLOOD_PAYLOAD];
    struct heard *heard = new_heard(check);
    if (!jd_check_open(check, &self) || !subscribe(check, self, "", &deaf)) {
        return;
    }
    for (int i = 0; i < FLOOD; i++) {
        enum jd_status status = ops_of(check)->publish(
                self, JD_SPAN("flood"), (struct jd_span){ payload, sizeof(payload) }, &error);
        EXPECT(check, status == JD_OK || status == JD_RETRY_LATER,
                "publish to a deaf subscriber answered %s", jd_status_name(status));
    }
    if (!subscribe(check, self, "after", &good) ||
            !publish(check, self, "after", "the flood") || !listen_for(check, good, heard, 1)) {
        return;
    }
    ops_of(check)->unsubscribe(good);
    ops_of(check)->unsubscribe(deaf);
    ops_of(check)->close(self);
}

static void say_none(struct jd_check *check)
{
    void *self, *subscription;
    struct heard *heard = new_heard(check);
    if (!jd_check_open(check, &self) || !subscribe(check, self, "", &subscription) ||
            !drain(check, subscription, heard)) {
        return;
    }
    EXPECT(check, heard->count == 0, "a message came that nobody sent");
    EXPECT(check, ops_of(check)->descriptor(subscription) >= 0, "there is no descriptor");
    struct pollfd wait = { .fd = ops_of(check)->descriptor(subscription), .events = POLLIN };
    EXPECT(check, poll(&wait, 1, 0) == 0, "the descriptor is readable and nothing is there");
    ops_of(check)->unsubscribe(subscription);
    if (!publish(check, self, "nobody", "listens")) {
        return;
    }
    ops_of(check)->close(self);
}

static void survive_a_reopen(struct jd_check *check)
{
    void *self, *subscription;
    for (int i = 0; i < 20; i++) {
        struct heard *heard = new_heard(check);
        if (!jd_check_open(check, &self) || !subscribe(check, self, "", &subscription) ||
                !publish(check, self, "round", "again") ||
                !listen_for(check, subscription, heard, 1)) {
            return;
        }
        EXPECT(check, heard->count == 1, "a message of an earlier round came");
        ops_of(check)->unsubscribe(subscription);
        ops_of(check)->close(self);
    }
}

const struct jd_check_case jd_check_bus_cases[] = {
    { "every subscriber of every instance hears it, the publisher's own too", deliver_to_all },
    { "only topics with the prefix come", filter_by_prefix },
    { "messages of one publisher keep their order", keep_order },
    { "payloads up to 8192 bytes and topics up to 128, not more", carry_large_and_odd },
    { "a subscriber that never reads holds nobody up", never_block },
    { "nothing there is none, and not readable", say_none },
    { "it can be closed and opened again", survive_a_reopen },
    { NULL, NULL },
};
