#include "base/map.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"

#define CAPACITY_MIN 16

struct entry {
    char *key; // owned; NULL: never used, or `tombstone`
    size_t len;
    uint64_t hash;
    void *value;
};

struct jd_map {
    struct entry *entries;
    size_t capacity; // a power of two, or 0
    size_t count;    // keys that are there
    size_t used;     // count and tombstones
};

static char tombstone[1]; // stands where a key was taken out, so that probes go on

// Keys come from strangers: without a secret they could be chosen to collide.
static uint64_t seed;
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void make_seed(void)
{
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed)) {
        seed = (uint64_t)(uintptr_t)&seed; // the address is random, if less so
    }
}

struct jd_map *jd_map_create(void)
{
    pthread_once(&seed_once, make_seed);
    return jd_xalloc(sizeof(struct jd_map));
}

static bool is_live(const struct entry *entry)
{
    return entry->key && entry->key != tombstone;
}

void jd_map_destroy(struct jd_map **map)
{
    if (*map == NULL) {
        return;
    }
    for (size_t i = 0; i < (*map)->capacity; i++) {
        if (is_live(&(*map)->entries[i])) {
            free((*map)->entries[i].key);
        }
    }
    free((*map)->entries);
    free(*map);
    *map = NULL;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/** Eight bytes a step, each folded through a 64 x 64 multiplication. */
static uint64_t hash_key(struct jd_span key)
{
    uint64_t hash = seed ^ (key.len * UINT64_C(0x9E3779B97F4A7C15));
    while (key.len) {
        uint64_t word = 0;
        size_t len = key.len < sizeof(word) ? key.len : sizeof(word);
        memcpy(&word, key.data, len);
        hash = mix(hash ^ word ^ UINT64_C(0xA0761D6478BD642F), seed | 1);
        hash ^= hash >> 32;
        key.data += len;
        key.len -= len;
    }
    return mix(hash, UINT64_C(0xE7037ED1A0B428DB));
}

/** The entry of `key`; else the one where it would be put. NULL: no entries at all. */
static struct entry *find(const struct jd_map *map, struct jd_span key, uint64_t hash)
{
    struct entry *free_entry = NULL;
    for (size_t i = 0; i < map->capacity; i++) {
        struct entry *entry = &map->entries[(hash + i) & (map->capacity - 1)];
        if (is_live(entry) && entry->hash == hash &&
                jd_span_equal((struct jd_span){ entry->key, entry->len }, key)) {
            return entry;
        }
        if (free_entry == NULL && !is_live(entry)) {
            free_entry = entry;
        }
        if (entry->key == NULL) {
            break;
        }
    }
    return free_entry;
}

/** Keeps a quarter of the entries unused; drops the tombstones on the way. */
static void make_room(struct jd_map *map)
{
    if ((map->used + 1) * 4 <= map->capacity * 3) {
        return;
    }
    struct jd_map old = *map;
    map->capacity = CAPACITY_MIN;
    while ((map->count + 1) * 2 > map->capacity) {
        map->capacity *= 2;
    }
    map->used = map->count;
    map->entries = jd_xalloc(map->capacity * sizeof(struct entry));
    for (size_t i = 0; i < old.capacity; i++) {
        struct entry *entry = &old.entries[i];
        if (is_live(entry)) {
            *find(map, (struct jd_span){ entry->key, entry->len }, entry->hash) = *entry;
        }
    }
    free(old.entries);
}

void *jd_map_get(const struct jd_map *map, struct jd_span key)
{
    const struct entry *entry = find(map, key, hash_key(key));
    return entry && is_live(entry) ? entry->value : NULL;
}

static char *copy_key(struct jd_span key)
{
    char *copy = jd_xalloc(key.len + 1);
    if (key.len) {
        memcpy(copy, key.data, key.len);
    }
    return copy;
}

void *jd_map_set(struct jd_map *map, struct jd_span key, void *value)
{
    make_room(map);
    uint64_t hash = hash_key(key);
    struct entry *entry = find(map, key, hash);
    if (is_live(entry)) {
        void *before = entry->value;
        entry->value = value;
        return before;
    }
    map->used += entry->key == NULL;
    map->count++;
    *entry = (struct entry){
        .key = copy_key(key),
        .len = key.len,
        .hash = hash,
        .value = value,
    };
    return NULL;
}

void *jd_map_remove(struct jd_map *map, struct jd_span key)
{
    struct entry *entry = find(map, key, hash_key(key));
    if (entry == NULL || !is_live(entry)) {
        return NULL;
    }
    void *value = entry->value;
    free(entry->key);
    *entry = (struct entry){ .key = tombstone };
    map->count--;
    return value;
}

size_t jd_map_count(const struct jd_map *map)
{
    return map->count;
}

bool jd_map_next(const struct jd_map *map,
        size_t *cursor,
        struct jd_span *out_key,
        void **out_value)
{
    while (*cursor < map->capacity) {
        const struct entry *entry = &map->entries[(*cursor)++];
        if (is_live(entry)) {
            *out_key = (struct jd_span){ entry->key, entry->len };
            *out_value = entry->value;
            return true;
        }
    }
    return false;
}
