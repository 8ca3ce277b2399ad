/* A few rule sets, the one used longest ago goes; what did not compile is said once per set. */
#include "pipeline/release_cache.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/span.h"

#define FILES_BYTES_MAX (80u * 1024 * 1024)
#define SETS_MAX        4

struct cached {
    int64_t key; // 0: free
    uint64_t used;
    struct jd_arena *arena; // made with the first set that is kept here
    struct jd_child_file *files;
    uint32_t count;
    bool told; // its problems were logged
};

struct jd_release_cache {
    struct cached sets[SETS_MAX];
    uint64_t clock; // counts uses
};

struct jd_release_cache *jd_release_cache_create(void)
{
    return jd_xalloc(sizeof(struct jd_release_cache));
}

void jd_release_cache_destroy(struct jd_release_cache **cache)
{
    if (!*cache) {
        return;
    }
    for (size_t i = 0; i < SETS_MAX; i++) {
        jd_arena_destroy(&(*cache)->sets[i].arena);
    }
    free(*cache);
    *cache = NULL;
}

/* The place of the set, or the one that goes for it. */
static struct cached *find(struct jd_release_cache *cache, int64_t key)
{
    struct cached *oldest = &cache->sets[0];
    for (size_t i = 0; i < SETS_MAX; i++) {
        struct cached *set = &cache->sets[i];
        if (set->key == key) {
            return set;
        }
        oldest = set->used < oldest->used ? set : oldest;
    }
    return oldest;
}

static enum jd_status read_files(struct cached *cached,
        struct jd_db *db,
        const struct jd_rule_set *set,
        struct jd_error *error)
{
    struct jd_release_content *contents = NULL;
    uint32_t count = 0;
    cached->key = 0;
    cached->count = 0;
    cached->told = false;
    cached->arena = cached->arena ? cached->arena : jd_arena_create(FILES_BYTES_MAX);
    jd_arena_reset(cached->arena);
    enum jd_status status = jd_rule_set_files(db, set, cached->arena, &contents, &count, error);
    if (status != JD_OK) {
        return status;
    }
    cached->files = jd_arena_zalloc(cached->arena, count + 1, sizeof(*cached->files));
    if (!cached->files) {
        return jd_error_set(error, JD_BUG, "no room for a rule set");
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!jd_span_starts(contents[i].path, JD_SPAN("prompts/"))) {
            cached->files[cached->count++] =
                    (struct jd_child_file){ contents[i].path, contents[i].content };
        }
    }
    cached->key = set->key;
    return JD_OK;
}

static void tell_problems(struct cached *cached, const struct jd_loaded_release *loaded)
{
    for (uint32_t i = 0; i < loaded->problems_count && !cached->told; i++) {
        const struct jd_loaded_problem *problem = &loaded->problems[i];
        jd_log(JD_LOG_WARNING, "a rule file is left out", "file", "%s", problem->path.data,
                "line", "%d", problem->line, NULL);
    }
    cached->told = true;
}

enum jd_status jd_release_cache_load(struct jd_release_cache *cache,
        struct jd_db *db,
        struct jd_child *child,
        const struct jd_rule_set *set,
        struct jd_error *error)
{
    struct cached *cached = find(cache, set->key);
    enum jd_status status = JD_OK;
    cached->used = ++cache->clock;
    if (cached->key != set->key) {
        status = read_files(cached, db, set, error);
    }
    if (status == JD_OK && !jd_child_has_release(child, set->key)) {
        struct jd_arena *arena = jd_arena_create(4 * 1024 * 1024);
        struct jd_loaded_release loaded = { 0 };
        status = jd_child_load(
                child, set->key, cached->files, cached->count, arena, &loaded, error);
        if (status == JD_OK) {
            tell_problems(cached, &loaded);
        }
        jd_arena_destroy(&arena);
    }
    return status;
}
