/**
 * The cache service: a hash table in this process, least recently used out first, with a time
 * to live for each entry.
 *
 * The table is cut into shards with a lock each. An entry never changes once it is in: a write
 * puts a new one in its place. So a reader takes a reference under the lock and hands the value
 * over after it, and no caller's code runs under a lock of ours.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

#include "local.h"

#define CACHE_MAGIC       UINT32_C(0x43614c6f)
#define SHARDS_MAX        16
#define SHARD_BYTES_MIN   (1 << 20) // below, fewer shards: a shard must hold a large value
#define SHARD_ENTRIES_MIN 1024      // and enough entries to be fair about their age
#define BUCKETS_MIN       64
#define ENTRY_OVERHEAD    32 // of malloc and the bucket
#define KEY_BYTES_MAX     4096
#define NUMBER_TEXT_BYTES 24

struct entry {
    struct entry *next; // in its bucket
    struct entry *newer, *older;
    uint64_t hash;
    int64_t expires_ms; // 0: never
    _Atomic uint32_t references;
    uint32_t key_length;
    uint32_t value_length;
    char bytes[]; // key, then value
};

// All guarded by `lock`.
struct shard {
    pthread_mutex_t lock;
    struct entry **buckets;
    size_t bucket_count; // a power of two
    struct entry *newest, *oldest;
    size_t count, count_max;
    size_t bytes, bytes_max;
};

struct cache {
    uint32_t magic;
    const struct jd_host *host;
    uint64_t seed; // keys come from outside: their order in the table must not be guessed
    uint32_t shard_count;
    struct shard shards[SHARDS_MAX];
};

static struct cache *cache_of(void *self, struct jd_error *error)
{
    struct cache *cache = self;
    if (!cache || cache->magic != CACHE_MAGIC) {
        jd_error_set(error, JD_BUG, "local: this is no open cache");
        return NULL;
    }
    return cache;
}

static int64_t now_ms(const struct cache *cache)
{
    return cache->host->now_ms(cache->host->context);
}

/** 0: never. */
static int64_t expiry_ms(int64_t now, int64_t ttl_ms)
{
    int64_t expires_ms = 0;
    return ttl_ms > 0 && !__builtin_add_overflow(now, ttl_ms, &expires_ms) ? expires_ms : 0;
}

static uint64_t mix(uint64_t value)
{
    value ^= value >> 32;
    value *= UINT64_C(0xd6e8feb86659fd93);
    value ^= value >> 32;
    value *= UINT64_C(0xd6e8feb86659fd93);
    return value ^ value >> 32;
}

static uint64_t hash_key(const struct cache *cache, struct jd_span key)
{
    uint64_t hash = cache->seed ^ key.len;
    size_t at = 0;
    for (; at + 8 <= key.len; at += 8) {
        uint64_t word = 0;
        memcpy(&word, key.data + at, 8);
        hash = mix(hash ^ word);
    }
    uint64_t rest = 0;
    memcpy(&rest, key.len ? key.data + at : "", key.len - at);
    return mix(hash ^ rest);
}

static struct shard *shard_of(struct cache *cache, uint64_t hash)
{
    return &cache->shards[(hash >> 48) & (cache->shard_count - 1)];
}

static size_t entry_bytes(const struct entry *entry)
{
    return sizeof(*entry) + entry->key_length + entry->value_length + ENTRY_OVERHEAD;
}

static struct jd_span entry_value(const struct entry *entry)
{
    return (struct jd_span){ entry->bytes + entry->key_length, entry->value_length };
}

static void drop_reference(struct entry *entry)
{
    if (atomic_fetch_sub(&entry->references, 1) == 1) {
        free(entry);
    }
}

static struct entry *
create_entry(uint64_t hash, struct jd_span key, struct jd_span value, int64_t expires_ms)
{
    struct entry *entry = malloc(sizeof(*entry) + key.len + value.len);
    if (entry) {
        memset(entry, 0, sizeof(*entry));
        entry->hash = hash;
        entry->expires_ms = expires_ms;
        entry->references = 1;
        entry->key_length = (uint32_t)key.len;
        entry->value_length = (uint32_t)value.len;
        memcpy(entry->bytes, key.data, key.len);
        memcpy(entry->bytes + key.len, value.len ? value.data : "", value.len);
    }
    return entry;
}

static void link_newest(struct shard *shard, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = shard->newest;
    if (shard->newest) {
        shard->newest->newer = entry;
    } else {
        shard->oldest = entry;
    }
    shard->newest = entry;
}

static void unlink_age(struct shard *shard, struct entry *entry)
{
    if (entry->newer) {
        entry->newer->older = entry->older;
    } else {
        shard->newest = entry->older;
    }
    if (entry->older) {
        entry->older->newer = entry->newer;
    } else {
        shard->oldest = entry->newer;
    }
}

/** The place in the chain that points to the entry of this key, or to the chain's end. */
static struct entry **find_place(struct shard *shard, uint64_t hash, struct jd_span key)
{
    struct entry **place = &shard->buckets[hash & (shard->bucket_count - 1)];
    while (*place &&
            ((*place)->hash != hash ||
                    !jd_span_equal(
                            (struct jd_span){ (*place)->bytes, (*place)->key_length }, key))) {
        place = &(*place)->next;
    }
    return place;
}

static void take_out(struct shard *shard, struct entry **place)
{
    struct entry *entry = *place;
    *place = entry->next;
    unlink_age(shard, entry);
    shard->count--;
    shard->bytes -= entry_bytes(entry);
    drop_reference(entry);
}

/** NULL when it is not there; one that has run out is taken out. */
static struct entry *
find_live(struct shard *shard, uint64_t hash, struct jd_span key, int64_t now)
{
    struct entry **place = find_place(shard, hash, key);
    if (*place && (*place)->expires_ms && (*place)->expires_ms <= now) {
        take_out(shard, place);
        return NULL;
    }
    return *place;
}

/** Doubles the buckets when chains get long; without memory they just stay long. */
static void grow(struct shard *shard)
{
    if (shard->count < shard->bucket_count) {
        return;
    }
    size_t wider = shard->bucket_count * 2;
    struct entry **buckets = calloc(wider, sizeof(struct entry *));
    if (!buckets) {
        return;
    }
    for (size_t i = 0; i < shard->bucket_count; i++) {
        while (shard->buckets[i]) {
            struct entry *entry = shard->buckets[i];
            shard->buckets[i] = entry->next;
            entry->next = buckets[entry->hash & (wider - 1)];
            buckets[entry->hash & (wider - 1)] = entry;
        }
    }
    free(shard->buckets);
    shard->buckets = buckets;
    shard->bucket_count = wider;
}

/** Puts the entry in place of the one of its key and makes room; takes the entry. How many
 * others had to go. */
static int64_t put(struct shard *shard, struct entry *entry)
{
    struct jd_span key = { entry->bytes, entry->key_length };
    struct entry **place = find_place(shard, entry->hash, key);
    if (*place) {
        take_out(shard, place);
    }
    int64_t evicted = 0;
    if (entry_bytes(entry) > shard->bytes_max) {
        drop_reference(entry); // larger than its shard: never cached, which is a cache's right
        return 1;
    }
    while (shard->oldest && (shard->bytes + entry_bytes(entry) > shard->bytes_max ||
                                    shard->count >= shard->count_max)) {
        struct entry *oldest = shard->oldest;
        struct jd_span oldest_key = { oldest->bytes, oldest->key_length };
        take_out(shard, find_place(shard, oldest->hash, oldest_key));
        evicted++;
    }
    grow(shard);
    struct entry **bucket = &shard->buckets[entry->hash & (shard->bucket_count - 1)];
    entry->next = *bucket;
    *bucket = entry;
    link_newest(shard, entry);
    shard->count++;
    shard->bytes += entry_bytes(entry);
    return evicted;
}

static void count_evicted(const struct cache *cache, int64_t evicted)
{
    if (evicted > 0) {
        cache->host->count(cache->host->context, "cache_evicted_total", evicted);
    }
}

static enum jd_status check_key(struct jd_span key, struct jd_error *error)
{
    return key.len > 0 && key.len <= KEY_BYTES_MAX
                   ? JD_OK
                   : jd_error_set(error, JD_BUG, "cache: a key of %zu bytes (1 to %d)", key.len,
                             KEY_BYTES_MAX);
}

static enum jd_status
cache_get(void *self, struct jd_span key, struct jd_byte_sink *sink, struct jd_error *error)
{
    struct cache *cache = cache_of(self, error);
    if (!cache || check_key(key, error) != JD_OK) {
        return JD_BUG;
    }
    uint64_t hash = hash_key(cache, key);
    struct shard *shard = shard_of(cache, hash);
    int64_t now = now_ms(cache);
    pthread_mutex_lock(&shard->lock);
    struct entry *entry = find_live(shard, hash, key, now);
    if (entry) {
        atomic_fetch_add(&entry->references, 1);
        unlink_age(shard, entry);
        link_newest(shard, entry);
    }
    pthread_mutex_unlock(&shard->lock);
    if (!entry) {
        return JD_NONE;
    }
    enum jd_status status = sink->write(sink, entry_value(entry));
    drop_reference(entry);
    if (status != JD_OK && status != JD_NONE && status != JD_CANCELLED) {
        jd_error_set(error, status, "cache: the receiver of a value refused it");
    }
    return status;
}

/** set and add. */
static enum jd_status store(void *self,
        struct jd_span key,
        struct jd_span value,
        int64_t ttl_ms,
        bool only_new,
        struct jd_error *error)
{
    struct cache *cache = cache_of(self, error);
    if (!cache || check_key(key, error) != JD_OK) {
        return JD_BUG;
    }
    if (value.len > UINT32_MAX) {
        return jd_error_set(error, JD_BUG, "cache: a value of %zu bytes", value.len);
    }
    uint64_t hash = hash_key(cache, key);
    struct shard *shard = shard_of(cache, hash);
    int64_t now = now_ms(cache);
    struct entry *entry = create_entry(hash, key, value, expiry_ms(now, ttl_ms));
    if (!entry) {
        return jd_error_set(error, JD_RETRY_LATER, "cache: out of memory");
    }
    int64_t evicted = 0;
    pthread_mutex_lock(&shard->lock);
    bool there = only_new && find_live(shard, hash, key, now);
    if (!there) {
        evicted = put(shard, entry);
    }
    pthread_mutex_unlock(&shard->lock);
    if (there) {
        drop_reference(entry);
        return JD_NONE;
    }
    count_evicted(cache, evicted);
    return JD_OK;
}

static enum jd_status cache_set(void *self,
        struct jd_span key,
        struct jd_span value,
        int64_t ttl_ms,
        struct jd_error *error)
{
    return store(self, key, value, ttl_ms, false, error);
}

static enum jd_status cache_add(void *self,
        struct jd_span key,
        struct jd_span value,
        int64_t ttl_ms,
        struct jd_error *error)
{
    return store(self, key, value, ttl_ms, true, error);
}

/** Reads a decimal number that fills the whole value. */
static bool parse_number(struct jd_span text, int64_t *out)
{
    char copy[NUMBER_TEXT_BYTES];
    if (text.len == 0 || text.len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    char *end = NULL;
    errno = 0;
    *out = strtoll(copy, &end, 10);
    bool begins = copy[0] == '-' || (copy[0] >= '0' && copy[0] <= '9');
    return begins && errno == 0 && end == copy + text.len;
}

/** Replaces the number of a shard that is locked by the caller. */
static enum jd_status incr_locked(struct shard *shard,
        uint64_t hash,
        struct jd_span key,
        int64_t delta,
        int64_t now,
        int64_t expires_ms,
        int64_t *out_value,
        int64_t *out_evicted)
{
    int64_t number = 0;
    const struct entry *old = find_live(shard, hash, key, now);
    if (old) {
        expires_ms = old->expires_ms;
        if (!parse_number(entry_value(old), &number)) {
            return JD_REJECTED;
        }
    }
    if (__builtin_add_overflow(number, delta, &number)) {
        return JD_REJECTED;
    }
    char text[NUMBER_TEXT_BYTES];
    int length = snprintf(text, sizeof(text), "%lld", (long long)number);
    struct entry *entry =
            create_entry(hash, key, (struct jd_span){ text, (size_t)length }, expires_ms);
    if (!entry) {
        return JD_RETRY_LATER;
    }
    *out_evicted = put(shard, entry);
    *out_value = number;
    return JD_OK;
}

static enum jd_status cache_incr(void *self,
        struct jd_span key,
        int64_t delta,
        int64_t ttl_ms,
        int64_t *out_value,
        struct jd_error *error)
{
    struct cache *cache = cache_of(self, error);
    if (!cache || check_key(key, error) != JD_OK) {
        return JD_BUG;
    }
    uint64_t hash = hash_key(cache, key);
    struct shard *shard = shard_of(cache, hash);
    int64_t now = now_ms(cache);
    int64_t evicted = 0;
    pthread_mutex_lock(&shard->lock);
    enum jd_status status = incr_locked(
            shard, hash, key, delta, now, expiry_ms(now, ttl_ms), out_value, &evicted);
    pthread_mutex_unlock(&shard->lock);
    count_evicted(cache, evicted);
    if (status == JD_REJECTED) {
        jd_error_set(
                error, status, "cache: incr on a value that is no number or would overflow");
    } else if (status == JD_RETRY_LATER) {
        jd_error_set(error, status, "cache: out of memory");
    }
    return status;
}

static enum jd_status cache_remove(void *self, struct jd_span key, struct jd_error *error)
{
    struct cache *cache = cache_of(self, error);
    if (!cache || check_key(key, error) != JD_OK) {
        return JD_BUG;
    }
    uint64_t hash = hash_key(cache, key);
    struct shard *shard = shard_of(cache, hash);
    pthread_mutex_lock(&shard->lock);
    struct entry **place = find_place(shard, hash, key);
    bool there = *place != NULL;
    if (there) {
        take_out(shard, place);
    }
    pthread_mutex_unlock(&shard->lock);
    return there ? JD_OK : JD_NONE;
}

static void cache_close(void *self)
{
    struct cache *cache = self;
    for (uint32_t i = 0; i < cache->shard_count; i++) {
        struct shard *shard = &cache->shards[i];
        struct entry *entry = shard->newest;
        while (entry) {
            struct entry *older = entry->older;
            drop_reference(entry);
            entry = older;
        }
        free(shard->buckets);
        pthread_mutex_destroy(&shard->lock);
    }
    cache->magic = 0;
    free(cache);
}

static uint32_t choose_shards(int64_t bytes_max, int64_t entries_max)
{
    uint32_t count = SHARDS_MAX;
    while (count > 1 &&
            (bytes_max / count < SHARD_BYTES_MIN || entries_max / count < SHARD_ENTRIES_MIN)) {
        count /= 2;
    }
    return count;
}

static enum jd_status cache_open(const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error)
{
    struct cache *cache = calloc(1, sizeof(*cache));
    if (!cache) {
        return jd_error_set(error, JD_RETRY_LATER, "%s: out of memory", config->instance);
    }
    int64_t bytes_max = jd_config_number(config, "max_bytes");
    int64_t entries_max = jd_config_number(config, "max_entries");
    uint32_t shards = choose_shards(bytes_max, entries_max);
    bool complete = true;
    cache->magic = CACHE_MAGIC;
    cache->host = host;
    // Without entropy (early at boot) the seed stays 0: only the guard against guessing is
    // lost.
    (void)!getrandom(&cache->seed, sizeof(cache->seed), GRND_NONBLOCK);
    while (cache->shard_count < shards) {
        struct shard *shard = &cache->shards[cache->shard_count++];
        pthread_mutex_init(&shard->lock, NULL);
        shard->bucket_count = BUCKETS_MIN;
        shard->buckets = calloc(BUCKETS_MIN, sizeof(struct entry *));
        shard->bytes_max = (size_t)(bytes_max / shards);
        shard->count_max = (size_t)(entries_max / shards);
        complete = complete && shard->buckets;
    }
    if (!complete) {
        cache_close(cache);
        return jd_error_set(error, JD_RETRY_LATER, "%s: out of memory", config->instance);
    }
    *out_self = cache;
    return JD_OK;
}

const struct jd_option jd_local_cache_options[] = {
    {
            .name = "max_bytes",
            .type = JD_OPTION_INT,
            .default_text = "33554432",
            .min = 65536,
            .max = INT64_C(1) << 40,
            .help = "Memory for keys and values; the least recently used go first.",
    },
    {
            .name = "max_entries",
            .type = JD_OPTION_INT,
            .default_text = "200000",
            .min = 1,
            .max = INT64_C(1) << 32,
            .help = "How many entries are kept at most.",
    },
    { 0 },
};

const struct jd_cache_ops jd_local_cache_ops = {
    JD_SIZE(jd_cache_ops),
    .open = cache_open,
    .close = cache_close,
    .get = cache_get,
    .set = cache_set,
    .add = cache_add,
    .incr = cache_incr,
    .remove = cache_remove,
};
