#include "base/id.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "jd_test.h"

#define NOW_MS INT64_C(1772355600000)

TEST(carries_time_writer_and_count)
{
    jd_clock_freeze(NOW_MS);
    jd_id_set_writer(1023);
    int64_t first = jd_id_next(), second = jd_id_next();
    CHECK_INT(jd_id_time_ms(first), NOW_MS);
    CHECK_INT(first >> 12 & 1023, 1023);
    CHECK_INT(second, first + 1);
    jd_id_set_writer(0);
}

TEST(borrows_from_the_next_ms)
{
    jd_clock_freeze(NOW_MS + 1000);
    int64_t previous = jd_id_next();
    CHECK_INT(previous & 4095, 0);
    for (int i = 1; i < 3 * 4096; i++) {
        int64_t id = jd_id_next();
        CHECK(id > previous);
        CHECK_INT(jd_id_time_ms(id), NOW_MS + 1000 + i / 4096);
        previous = id;
    }
    jd_clock_freeze(NOW_MS + 500); // the clock steps back: the ids do not
    CHECK(jd_id_next() > previous);
    jd_clock_freeze(1); // before the epoch of the ids
    CHECK(jd_id_next() > previous);
}

TEST(sorts_as_text)
{
    static const int64_t ids[] = { 0, 1, 31, 32, 1023, INT64_C(1) << 40, INT64_MAX / 3,
        INT64_MAX - 1, INT64_MAX };
    char before[JD_ID_TEXT_BYTES] = "";
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        char text[JD_ID_TEXT_BYTES];
        int64_t parsed = -1;
        jd_id_format(ids[i], text);
        CHECK(strcmp(before, text) < 0);
        CHECK(jd_id_parse(jd_span_of(text), &parsed));
        CHECK_INT(parsed, ids[i]);
        memcpy(before, text, sizeof(before));
    }
    CHECK_TEXT(jd_span_of(before), "7ZZZZZZZZZZZZ");
}

TEST(parses)
{
    static const struct {
        const char *text;
        int64_t id; // -1: refused
    } cases[] = {
        { "0000000000000", 0 },
        { "000000000000Z", 31 },
        { "000000000000z", 31 },
        { "0000000000010", 32 },
        { "7zzzzzzzzzzzz", INT64_MAX },
        { "8000000000000", -1 }, // 64 bits
        { "", -1 },
        { "000000000000", -1 },
        { "00000000000000", -1 },
        { "000000000000U", -1 },
        { "000000000000I", -1 },
        { "000000000000-", -1 },
        { "-000000000001", -1 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t id = -1;
        bool parsed = jd_id_parse(jd_span_of(cases[i].text), &id);
        if (parsed != (cases[i].id >= 0) || id != cases[i].id) {
            FAIL("\"%s\" gives %" PRId64, cases[i].text, id);
        }
    }
}

#define THREADS    4
#define PER_THREAD 20000

static int64_t made[THREADS][PER_THREAD];

static void *make_ids(void *argument)
{
    int64_t *ids = argument;
    for (int i = 0; i < PER_THREAD; i++) {
        ids[i] = jd_id_next();
    }
    return NULL;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

TEST(is_unique_among_threads)
{
    jd_clock_freeze(0);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, make_ids, made[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    qsort(made, THREADS * PER_THREAD, sizeof(int64_t), compare_ids);
    const int64_t *all = &made[0][0];
    for (size_t i = 1; i < THREADS * PER_THREAD; i++) {
        CHECK(all[i - 1] < all[i]);
    }
}

int main(void)
{
    RUN(carries_time_writer_and_count);
    RUN(borrows_from_the_next_ms);
    RUN(sorts_as_text);
    RUN(parses);
    RUN(is_unique_among_threads);
    return REPORT();
}
