#include "base/arena.h"

#include "jd_test.h"

TEST(aligns_and_counts)
{
    struct jd_arena *arena = jd_arena_create(1 << 20);
    for (size_t bytes = 0; bytes < 200; bytes++) {
        char *memory = jd_arena_alloc(arena, bytes);
        CHECK(memory != NULL);
        CHECK_INT((uintptr_t)memory % 16, 0);
        memset(memory, 0xEE, bytes);
    }
    CHECK(jd_arena_used(arena) >= 199 * 200 / 2);
    jd_arena_destroy(&arena);
    CHECK(arena == NULL);
    jd_arena_destroy(&arena);
}

TEST(refuses_beyond_the_cap)
{
    static const struct {
        size_t cap, bytes;
        bool fits;
    } cases[] = {
        { 0, 1, false },
        { 16, 16, false }, // the header of the block counts
        { 256, 100, true },
        { 256, 256, false },
        { 1 << 20, 900 * 1024, true },
        { 1 << 20, 1 << 20, false },
        { 1 << 20, SIZE_MAX, false },
        { 1 << 20, SIZE_MAX - 15, false },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_arena *arena = jd_arena_create(cases[i].cap);
        bool fits = jd_arena_alloc(arena, cases[i].bytes) != NULL;
        if (fits != cases[i].fits) {
            FAIL("case %zu: cap %zu, %zu bytes", i, cases[i].cap, cases[i].bytes);
        }
        jd_arena_destroy(&arena);
    }
}

TEST(stays_within_the_cap_in_many_small_steps)
{
    struct jd_arena *arena = jd_arena_create(100 * 1024);
    size_t given = 0;
    while (jd_arena_alloc(arena, 48)) {
        given += 48;
    }
    CHECK(given > 90 * 1024 && given < 100 * 1024);
    CHECK_INT(jd_arena_used(arena), given);
    jd_arena_destroy(&arena);
}

TEST(clears_and_checks_products)
{
    struct jd_arena *arena = jd_arena_create(1 << 20);
    memset(jd_arena_alloc(arena, 4000), 0xEE, 4000);
    jd_arena_reset(arena);
    const char *cleared = jd_arena_zalloc(arena, 40, 100);
    for (size_t i = 0; i < 4000; i++) {
        CHECK_INT(cleared[i], 0);
    }
    CHECK(jd_arena_zalloc(arena, SIZE_MAX / 2, 3) == NULL);
    jd_arena_destroy(&arena);
}

TEST(copies_texts)
{
    struct jd_arena *arena = jd_arena_create(4096);
    struct jd_span copy = jd_arena_copy(arena, JD_SPAN("ab\0cd"));
    CHECK_SPAN(copy, JD_SPAN("ab\0cd"));
    CHECK_INT(copy.data[copy.len], 0);
    CHECK_TEXT(jd_arena_copy(arena, (struct jd_span){ NULL, 0 }), "");
    CHECK_TEXT(jd_span_of(jd_arena_text(arena, JD_SPAN("text"))), "text");
    CHECK_TEXT(jd_arena_format(arena, "%s has %d", "inbox", 42), "inbox has 42");

    char large[8192] = { 0 };
    copy = jd_arena_copy(arena, (struct jd_span){ large, sizeof(large) });
    CHECK(copy.data == NULL && copy.len == 0);
    copy = jd_arena_format(arena, "%08000d", 1);
    CHECK(copy.data == NULL && copy.len == 0);
    jd_arena_destroy(&arena);
}

TEST(forgets_on_reset)
{
    struct jd_arena *arena = jd_arena_create(300 * 1024);
    for (int round = 0; round < 100; round++) {
        CHECK(jd_arena_alloc(arena, 1000) != NULL);
        CHECK(jd_arena_alloc(arena, 200 * 1024) != NULL);
        jd_arena_reset(arena);
        CHECK_INT(jd_arena_used(arena), 0);
    }
    jd_arena_destroy(&arena);
}

int main(void)
{
    RUN(aligns_and_counts);
    RUN(refuses_beyond_the_cap);
    RUN(stays_within_the_cap_in_many_small_steps);
    RUN(clears_and_checks_products);
    RUN(copies_texts);
    RUN(forgets_on_reset);
    return REPORT();
}
