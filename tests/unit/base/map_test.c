#include "base/map.h"

#include <stdio.h>

#include "jd_test.h"

static int values[20000];

static struct jd_span key_of(int i)
{
    static char text[16];
    return (struct jd_span){ text, (size_t)snprintf(text, sizeof(text), "key%d", i) };
}

TEST(sets_gets_removes)
{
    struct jd_map *map = jd_map_create();
    CHECK(jd_map_get(map, JD_SPAN("a")) == NULL);
    CHECK(jd_map_remove(map, JD_SPAN("a")) == NULL);
    CHECK(jd_map_set(map, JD_SPAN("a"), &values[1]) == NULL);
    CHECK(jd_map_set(map, JD_SPAN("a"), &values[2]) == &values[1]);
    CHECK(jd_map_set(map, JD_SPAN(""), &values[3]) == NULL);
    CHECK(jd_map_set(map, JD_SPAN("a\0b"), &values[4]) == NULL);
    CHECK_INT(jd_map_count(map), 3);
    CHECK(jd_map_get(map, JD_SPAN("a")) == &values[2]);
    CHECK(jd_map_get(map, (struct jd_span){ NULL, 0 }) == &values[3]);
    CHECK(jd_map_get(map, JD_SPAN("a\0b")) == &values[4]);
    CHECK(jd_map_remove(map, JD_SPAN("a")) == &values[2]);
    CHECK(jd_map_get(map, JD_SPAN("a")) == NULL);
    CHECK_INT(jd_map_count(map), 2);
    jd_map_destroy(&map);
    CHECK(map == NULL);
    jd_map_destroy(&map);
}

TEST(holds_many)
{
    struct jd_map *map = jd_map_create();
    for (int i = 0; i < 20000; i++) {
        jd_map_set(map, key_of(i), &values[i]);
    }
    for (int i = 0; i < 20000; i += 2) {
        CHECK(jd_map_remove(map, key_of(i)) == &values[i]);
    }
    CHECK_INT(jd_map_count(map), 10000);
    for (int i = 0; i < 20000; i++) {
        CHECK(jd_map_get(map, key_of(i)) == (i % 2 ? &values[i] : NULL));
    }
    jd_map_destroy(&map);
}

TEST(survives_coming_and_going)
{
    struct jd_map *map = jd_map_create();
    for (int i = 0; i < 100000; i++) { // the entries taken out must not fill the table
        jd_map_set(map, key_of(i), &values[i % 20000]);
        if (i >= 10) {
            CHECK(jd_map_remove(map, key_of(i - 10)) != NULL);
        }
        CHECK(jd_map_get(map, JD_SPAN("never there")) == NULL);
    }
    CHECK_INT(jd_map_count(map), 10);
    jd_map_destroy(&map);
}

TEST(walks_and_removes_on_the_way)
{
    struct jd_map *map = jd_map_create();
    for (int i = 0; i < 1000; i++) {
        jd_map_set(map, key_of(i), &values[i]);
    }
    size_t cursor = 0, seen = 0;
    struct jd_span key;
    void *value;
    while (jd_map_next(map, &cursor, &key, &value)) {
        CHECK(jd_map_get(map, key) == value);
        seen++;
        if ((int *)value - values >= 500) {
            CHECK(jd_map_remove(map, key) == value);
        }
    }
    CHECK_INT(seen, 1000);
    CHECK_INT(jd_map_count(map), 500);
    cursor = 0;
    for (seen = 0; jd_map_next(map, &cursor, &key, &value); seen++) {
        CHECK((int *)value - values < 500);
    }
    CHECK_INT(seen, 500);
    jd_map_destroy(&map);
}

int main(void)
{
    RUN(sets_gets_removes);
    RUN(holds_many);
    RUN(survives_coming_and_going);
    RUN(walks_and_removes_on_the_way);
    return REPORT();
}
