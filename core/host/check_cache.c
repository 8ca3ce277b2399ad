/* The contract of jackdaw/cache.h. Loss is allowed by it, so values are small, few and fresh
 * where a case needs them to be there. */
#include <pthread.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "base/thread.h"
#include "host/check_case.h"

#define LONG_MS     600000
#define SHORT_MS    40
#define LARGE_BYTES ((size_t)256 * 1024)
#define THREADS     4
#define ROUNDS      2000

static const struct jd_cache_ops *ops_of(const struct jd_check *check)
{
    return check->service->ops;
}

/* What stands there: JD_OK with its bytes in `out`, or JD_NONE. */
static enum jd_status
get(struct jd_check *check, void *self, struct jd_span key, struct jd_buf *out)
{
    struct jd_error error = { 0 };
    jd_buf_clear(out);
    struct jd_buf_sink sink = jd_buf_sink(out);
    enum jd_status status = ops_of(check)->get(self, key, &sink.sink, &error);
    if (status != JD_OK && status != JD_NONE) {
        jd_check_fail(check, "get answered %s: %s", jd_status_name(status), error.text);
    }
    return status;
}

static void keep_a_value(struct jd_check *check)
{
    void *self;
    struct jd_error error = { 0 };
    struct jd_buf value = jd_buf_init(1024);
    if (!jd_check_open(check, &self)) {
        return;
    }
    EXPECT(check, get(check, self, JD_SPAN("a"), &value) == JD_NONE, "a new cache holds 'a'");
    EXPECT_OK(check, ops_of(check)->set(self, JD_SPAN("a"), JD_SPAN("one"), LONG_MS, &error),
            error);
    EXPECT(check, get(check, self, JD_SPAN("a"), &value) == JD_OK, "a set value is not there");
    EXPECT(check, jd_span_equal(jd_buf_span(&value), JD_SPAN("one")), "another value came");
    EXPECT_OK(check,
            ops_of(check)->set(
                    self, JD_SPAN("a"), JD_SPAN("longer than before"), LONG_MS, &error),
            error);
    EXPECT(check, get(check, self, JD_SPAN("a"), &value) == JD_OK, "a set value is not there");
    EXPECT(check, jd_span_equal(jd_buf_span(&value), JD_SPAN("longer than before")),
            "the old value came");
    EXPECT(check, get(check, self, JD_SPAN("A"), &value) == JD_NONE, "keys mix up their case");
    jd_buf_finish(&value);
    ops_of(check)->close(self);
}

static void forget_after_ttl(struct jd_check *check)
{
    void *self;
    struct jd_error error = { 0 };
    struct jd_buf value = jd_buf_init(1024);
    if (!jd_check_open(check, &self)) {
        return;
    }
    EXPECT_OK(check, ops_of(check)->set(self, JD_SPAN("short"), JD_SPAN("x"), SHORT_MS, &error),
            error);
    EXPECT_OK(check, ops_of(check)->set(self, JD_SPAN("long"), JD_SPAN("x"), LONG_MS, &error),
            error);
    int64_t deadline = 0;
    enum jd_status status;
    do {
        status = get(check, self, JD_SPAN("short"), &value);
    } while (status == JD_OK && jd_check_pause(check, &deadline));
    EXPECT(check, status == JD_NONE, "a value outlived its ttl");
    EXPECT(check, get(check, self, JD_SPAN("long"), &value) == JD_OK,
            "a value went before its ttl");
    jd_buf_finish(&value);
    ops_of(check)->close(self);
}

static void add_once(struct jd_check *check)
{
    void *self;
    struct jd_error error = { 0 };
    struct jd_buf value = jd_buf_init(1024);
    if (!jd_check_open(check, &self)) {
        return;
    }
    EXPECT_OK(check, ops_of(check)->add(self, JD_SPAN("k"), JD_SPAN("1"), LONG_MS, &error),
            error);
    EXPECT_STATUS(check, ops_of(check)->add(self, JD_SPAN("k"), JD_SPAN("2"), LONG_MS, &error),
            JD_NONE, error);
    EXPECT(check, get(check, self, JD_SPAN("k"), &value) == JD_OK, "the value is not there");
    EXPECT(check, jd_span_equal(jd_buf_span(&value), JD_SPAN("1")),
            "a second add replaced the first");
    EXPECT_OK(check, ops_of(check)->remove(self, JD_SPAN("k"), &error), error);
    EXPECT_OK(check, ops_of(check)->add(self, JD_SPAN("k"), JD_SPAN("3"), SHORT_MS, &error),
            error);
    int64_t deadline = 0;
    enum jd_status status;
    do {
        status = ops_of(check)->add(self, JD_SPAN("k"), JD_SPAN("4"), LONG_MS, &error);
    } while (status == JD_NONE && jd_check_pause(check, &deadline));
    EXPECT(check, status == JD_OK, "add after the ttl answered %s", jd_status_name(status));
    jd_buf_finish(&value);
    ops_of(check)->close(self);
}

static void count_up(struct jd_check *check)
{
    void *self;
    struct jd_error error = { 0 };
    int64_t value = -1;
    if (!jd_check_open(check, &self)) {
        return;
    }
    EXPECT_OK(
            check, ops_of(check)->incr(self, JD_SPAN("n"), 5, LONG_MS, &value, &error), error);
    EXPECT(check, value == 5, "a missing key plus 5 is %lld", (long long)value);
    EXPECT_OK(
            check, ops_of(check)->incr(self, JD_SPAN("n"), -7, LONG_MS, &value, &error), error);
    EXPECT(check, value == -2, "5 minus 7 is %lld", (long long)value);
    EXPECT_OK(
            check, ops_of(check)->incr(self, JD_SPAN("n"), 0, LONG_MS, &value, &error), error);
    EXPECT(check, value == -2, "plus 0 is %lld", (long long)value);
    EXPECT_OK(
            check, ops_of(check)->incr(self, JD_SPAN("s"), 1, SHORT_MS, &value, &error), error);
    int64_t deadline = 0;
    do {
        EXPECT_OK(check, ops_of(check)->incr(self, JD_SPAN("s"), 0, SHORT_MS, &value, &error),
                error);
    } while (value == 1 && jd_check_pause(check, &deadline));
    EXPECT(check, value == 0, "a counter outlives the ttl it was made with");
    ops_of(check)->close(self);
}

static void remove_a_value(struct jd_check *check)
{
    void *self;
    struct jd_error error = { 0 };
    struct jd_buf value = jd_buf_init(1024);
    if (!jd_check_open(check, &self)) {
        return;
    }
    EXPECT_OK(check, ops_of(check)->set(self, JD_SPAN("a"), JD_SPAN("x"), LONG_MS, &error),
            error);
    EXPECT_OK(check, ops_of(check)->remove(self, JD_SPAN("a"), &error), error);
    EXPECT(check, get(check, self, JD_SPAN("a"), &value) == JD_NONE,
            "a removed value is there");
    enum jd_status status = ops_of(check)->remove(self, JD_SPAN("a"), &error);
    EXPECT(check, status == JD_OK || status == JD_NONE, "remove of nothing answered %s",
            jd_status_name(status));
    jd_buf_finish(&value);
    ops_of(check)->close(self);
}

static void keep_any_bytes(struct jd_check *check)
{
    void *self;
    struct jd_error error = { 0 };
    struct jd_buf value = jd_buf_init(LARGE_BYTES + 1);
    static char large[LARGE_BYTES];
    for (size_t i = 0; i < sizeof(large); i++) {
        large[i] = (char)(i * 31 >> 3);
    }
    if (!jd_check_open(check, &self)) {
        return;
    }
    const struct jd_span keys[] = { { "a\0b", 3 }, { "a\0c", 3 }, { "a", 1 },
        { "\xff\n\r ", 4 } };
    for (size_t i = 0; i < 4; i++) {
        struct jd_span small = { large, i * 3 };
        EXPECT_OK(check, ops_of(check)->set(self, keys[i], small, LONG_MS, &error), error);
    }
    for (size_t i = 0; i < 4; i++) {
        EXPECT(check, get(check, self, keys[i], &value) == JD_OK, "binary key %zu is lost", i);
        EXPECT(check, jd_span_equal(jd_buf_span(&value), (struct jd_span){ large, i * 3 }),
                "binary key %zu holds another value", i);
    }
    EXPECT_OK(check,
            ops_of(check)->set(self, JD_SPAN("large"), (struct jd_span){ large, LARGE_BYTES },
                    LONG_MS, &error),
            error);
    enum jd_status status = get(check, self, JD_SPAN("large"), &value);
    EXPECT(check, status == JD_OK, "a value of 256 KiB is lost at once");
    EXPECT(check, jd_span_equal(jd_buf_span(&value), (struct jd_span){ large, LARGE_BYTES }),
            "a value of 256 KiB came back changed");
    jd_buf_finish(&value);
    ops_of(check)->close(self);
}

struct counter {
    struct jd_check *check;
    void *self;
    pthread_t thread;
};

static void *count_rounds(void *argument)
{
    struct counter *counter = argument;
    const struct jd_cache_ops *ops = ops_of(counter->check);
    struct jd_buf value = jd_buf_init(1024);
    for (int i = 0; i < ROUNDS && !counter->check->outcome->failed; i++) {
        struct jd_error error = { 0 };
        char key[16];
        int64_t seen;
        int len = snprintf(key, sizeof(key), "key-%d", i % 50);
        struct jd_span span = { key, (size_t)len };
        enum jd_status status =
                ops->incr(counter->self, JD_SPAN("counter"), 1, LONG_MS, &seen, &error);
        if (status == JD_OK) {
            status = ops->set(counter->self, span, span, LONG_MS, &error);
        }
        if (status != JD_OK) {
            jd_check_fail(counter->check, "under four threads a call answered %s: %s",
                    jd_status_name(status), error.text);
        }
        if (get(counter->check, counter->self, span, &value) == JD_OK &&
                !jd_span_equal(jd_buf_span(&value), span)) {
            jd_check_fail(counter->check, "a key holds the value of another");
        }
    }
    jd_buf_finish(&value);
    return NULL;
}

static void serve_many_threads(struct jd_check *check)
{
    struct counter counters[THREADS];
    struct jd_error error = { 0 };
    void *self;
    int64_t value = 0;
    if (!jd_check_open(check, &self)) {
        return;
    }
    for (int i = 0; i < THREADS; i++) {
        counters[i] = (struct counter){ .check = check, .self = self };
        EXPECT_OK(check,
                jd_thread_start(
                        &counters[i].thread, "counter", count_rounds, &counters[i], &error),
                error);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(counters[i].thread, NULL);
    }
    EXPECT_OK(check, ops_of(check)->incr(self, JD_SPAN("counter"), 0, LONG_MS, &value, &error),
            error);
    EXPECT(check, value == THREADS * ROUNDS, "%d increments made %lld", THREADS * ROUNDS,
            (long long)value);
    ops_of(check)->close(self);
}

/* More than a cache can hold: it forgets, and goes on. */
static void forget_under_pressure(struct jd_check *check)
{
    void *self;
    struct jd_error error = { 0 };
    static char block[64 * 1024];
    struct jd_buf value = jd_buf_init(sizeof(block));
    if (!jd_check_open(check, &self)) {
        return;
    }
    for (int i = 0; i < 4096; i++) {
        char key[24];
        int len = snprintf(key, sizeof(key), "block-%d", i);
        EXPECT_OK(check,
                ops_of(check)->set(self, (struct jd_span){ key, (size_t)len },
                        (struct jd_span){ block, sizeof(block) }, LONG_MS, &error),
                error);
    }
    EXPECT_OK(check, ops_of(check)->set(self, JD_SPAN("last"), JD_SPAN("x"), LONG_MS, &error),
            error);
    EXPECT(check, get(check, self, JD_SPAN("last"), &value) == JD_OK,
            "after 256 MiB the newest value is not there");
    jd_buf_finish(&value);
    ops_of(check)->close(self);
}

const struct jd_check_case jd_check_cache_cases[] = {
    { "what is set is there, and replaced", keep_a_value },
    { "a value goes when its ttl ends", forget_after_ttl },
    { "add does not replace", add_once },
    { "incr starts at 0 and keeps the ttl it began with", count_up },
    { "what is removed is not there", remove_a_value },
    { "keys and values are any bytes, up to 256 KiB", keep_any_bytes },
    { "many threads at once", serve_many_threads },
    { "it forgets rather than fails", forget_under_pressure },
    { NULL, NULL },
};
