/* Token buckets and the pause after failed sign-ins, on a clock of the test's own. */
#include "gateway/rate.h"

#include "jd_test.h"

TEST(a_bucket_empties_and_fills)
{
    struct jd_rate *rate = jd_rate_create(10, 3);
    int64_t after_ms = 0;
    for (int i = 0; i < 3; i++) {
        CHECK(jd_rate_take(rate, JD_SPAN("a"), 1000, &after_ms));
    }
    CHECK(!jd_rate_take(rate, JD_SPAN("a"), 1000, &after_ms));
    CHECK(after_ms > 90 && after_ms <= 101);
    CHECK(jd_rate_take(rate, JD_SPAN("b"), 1000, &after_ms));
    CHECK(jd_rate_take(rate, JD_SPAN("a"), 1000 + after_ms, &after_ms));
    CHECK(!jd_rate_take(rate, JD_SPAN("a"), 1102, &after_ms));
    for (int i = 0; i < 3; i++) {
        CHECK(jd_rate_take(rate, JD_SPAN("a"), 60000, &after_ms));
    }
    CHECK(!jd_rate_take(rate, JD_SPAN("a"), 60000, &after_ms)); // never more than the burst
    jd_rate_destroy(&rate);
}

TEST(failures_double_the_pause)
{
    struct jd_throttle *throttle = jd_throttle_create(3);
    struct jd_span key = JD_SPAN("robin 127.0.0.1");
    const int64_t pauses[] = { 0, 0, 0, 0, 1000, 2000, 4000, 8000 };
    int64_t now_ms = 1000;
    for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        CHECK_INT(jd_throttle_wait_ms(throttle, key, now_ms), pauses[i]);
        now_ms += pauses[i];
        CHECK_INT(jd_throttle_wait_ms(throttle, key, now_ms), 0);
        jd_throttle_fail(throttle, key, now_ms);
    }
    CHECK_INT(jd_throttle_wait_ms(throttle, JD_SPAN("kim 127.0.0.1"), now_ms), 0);
    for (int i = 0; i < 40; i++) {
        jd_throttle_fail(throttle, key, now_ms);
    }
    CHECK_INT(jd_throttle_wait_ms(throttle, key, now_ms), 15 * 60 * 1000);
    jd_throttle_forget(throttle, key);
    CHECK_INT(jd_throttle_wait_ms(throttle, key, now_ms), 0);
    jd_throttle_destroy(&throttle);
}

TEST(old_failures_are_forgotten)
{
    struct jd_throttle *throttle = jd_throttle_create(1);
    struct jd_span key = JD_SPAN("robin");
    for (int i = 0; i < 5; i++) {
        jd_throttle_fail(throttle, key, 1000);
    }
    CHECK(jd_throttle_wait_ms(throttle, key, 1000) > 0);
    jd_throttle_fail(throttle, key, 1000 + 61 * 60 * 1000);
    CHECK_INT(jd_throttle_wait_ms(throttle, key, 1000 + 61 * 60 * 1000), 0);
    jd_throttle_destroy(&throttle);
}

/* The table is bounded: it forgets, and goes on. */
TEST(more_keys_than_the_table_holds)
{
    struct jd_rate *rate = jd_rate_create(1, 1);
    for (int i = 0; i < 3 * JD_RATE_KEYS_MAX; i++) {
        char key[16];
        int64_t after_ms;
        snprintf(key, sizeof(key), "%d", i);
        CHECK(jd_rate_take(rate, jd_span_of(key), 1000 + i, &after_ms));
        CHECK(!jd_rate_take(rate, jd_span_of(key), 1000 + i, &after_ms));
    }
    jd_rate_destroy(&rate);
}

int main(void)
{
    RUN(a_bucket_empties_and_fills);
    RUN(failures_double_the_pause);
    RUN(old_failures_are_forgotten);
    RUN(more_keys_than_the_table_holds);
    return REPORT();
}
