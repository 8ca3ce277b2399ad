/* Files of one release; what did not compile is said once per release and child. */
#include "pipeline/release_cache.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/span.h"
#include "store/releases.h"

#define FILES_BYTES_MAX (64u * 1024 * 1024)

struct jd_release_cache {
    struct jd_arena *arena;
    int64_t release; // 0: none read yet
    struct jd_child_file *files;
    uint32_t count;
    bool told; // its problems were logged
};

struct jd_release_cache *jd_release_cache_create(void)
{
    struct jd_release_cache *cache = jd_xalloc(sizeof(*cache));
    cache->arena = jd_arena_create(FILES_BYTES_MAX);
    return cache;
}

void jd_release_cache_destroy(struct jd_release_cache **cache)
{
    if (!*cache) {
        return;
    }
    jd_arena_destroy(&(*cache)->arena);
    free(*cache);
    *cache = NULL;
}

static enum jd_status read_files(struct jd_release_cache *cache,
        struct jd_db *db,
        int64_t release,
        struct jd_error *error)
{
    struct jd_release_content *contents = NULL;
    uint32_t count = 0;
    cache->release = 0;
    jd_arena_reset(cache->arena);
    enum jd_status status =
            jd_release_files(db, release, cache->arena, &contents, &count, error);
    if (status != JD_OK) {
        return status;
    }
    cache->files = jd_arena_zalloc(cache->arena, count ? count : 1, sizeof(*cache->files));
    if (!cache->files) {
        return jd_error_set(error, JD_BUG, "no room for release %lld", (long long)release);
    }
    cache->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!jd_span_starts(contents[i].path, JD_SPAN("prompts/"))) {
            cache->files[cache->count++] =
                    (struct jd_child_file){ contents[i].path, contents[i].content };
        }
    }
    cache->release = release;
    cache->told = false;
    return JD_OK;
}

static void tell_problems(struct jd_release_cache *cache,
        const struct jd_loaded_release *loaded)
{
    for (uint32_t i = 0; i < loaded->problems_count && !cache->told; i++) {
        const struct jd_loaded_problem *problem = &loaded->problems[i];
        jd_log(JD_LOG_WARNING, "a rule file is left out", "file", "%s", problem->path.data,
                "line", "%d", problem->line, NULL);
    }
    cache->told = true;
}

enum jd_status jd_release_cache_load(struct jd_release_cache *cache,
        struct jd_db *db,
        struct jd_child *child,
        int64_t *out_release,
        struct jd_error *error)
{
    int64_t release = 0;
    enum jd_status status = jd_release_active(db, 0, &release, error);
    if (status == JD_NONE) {
        return jd_error_set(error, JD_BUG, "no release is active; run `jackdaw migrate`");
    }
    if (status == JD_OK && cache->release != release) {
        status = read_files(cache, db, release, error);
    }
    if (status == JD_OK && !jd_child_has_release(child, release)) {
        struct jd_arena *arena = jd_arena_create(4 * 1024 * 1024);
        struct jd_loaded_release loaded = { 0 };
        status = jd_child_load(
                child, release, cache->files, cache->count, arena, &loaded, error);
        if (status == JD_OK) {
            tell_problems(cache, &loaded);
        }
        jd_arena_destroy(&arena);
    }
    if (status == JD_OK) {
        *out_release = release;
    }
    return status;
}
