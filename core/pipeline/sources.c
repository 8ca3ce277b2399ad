/* Open sources, the least recently used closed first. */
#include "pipeline/sources.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <ftw.h>

#include "base/id.h"
#include "base/json.h"

#define OPEN_MAX    4
#define OPTIONS_MAX 32
#define WALK_FDS    8

struct open_source {
    int64_t account, version;
    uint64_t used;
    struct jd_source *source;
};

struct jd_sources {
    const struct jd_registry *registry;
    const char *data_dir;
    struct open_source open[OPEN_MAX];
    uint64_t clock;
};

struct jd_sources *jd_sources_create(const struct jd_registry *registry, const char *data_dir)
{
    struct jd_sources *sources = jd_xalloc(sizeof(*sources));
    sources->registry = registry;
    sources->data_dir = data_dir;
    return sources;
}

void jd_sources_drop_all(struct jd_sources *sources)
{
    for (size_t i = 0; i < OPEN_MAX; i++) {
        jd_source_close(&sources->open[i].source);
    }
}

void jd_sources_destroy(struct jd_sources **sources)
{
    if (!*sources) {
        return;
    }
    jd_sources_drop_all(*sources);
    free(*sources);
    *sources = NULL;
}

static size_t
read_options(const struct jd_json *options, struct jd_arena *arena, struct jd_option_text *out)
{
    size_t count = 0;
    for (const struct jd_json *o = jd_json_first(options); o && count < OPTIONS_MAX;
            o = jd_json_next(o)) {
        out[count++] = (struct jd_option_text){
            .name = jd_arena_text(arena, jd_json_name(o)),
            .text = jd_arena_text(arena, jd_json_text(o, JD_SPAN(""))),
        };
    }
    return count;
}

static void name_state_dir(const char *data_dir, int64_t account, char out[PATH_MAX])
{
    char id[JD_ID_TEXT_BYTES];
    jd_id_format(account, id);
    snprintf(out, PATH_MAX, "%s/accounts/%s", data_dir, id);
}

enum jd_status jd_account_open(const struct jd_registry *registry,
        const char *data_dir,
        const struct jd_account *account,
        struct jd_source **out_source,
        struct jd_error *error)
{
    struct jd_json *options = NULL;
    struct jd_option_text texts[OPTIONS_MAX];
    char state_dir[PATH_MAX];
    enum jd_status status = jd_json_parse(account->options, 64 * 1024, &options, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_arena *arena = jd_arena_create(1024 * 1024);
    size_t count = read_options(options, arena, texts);
    name_state_dir(data_dir, account->id, state_dir);
    char *kind = jd_arena_text(arena, account->kind),
         *name = jd_arena_text(arena, account->name);
    status = jd_source_open(registry, kind, texts, count, name, state_dir, out_source, error);
    jd_json_destroy(&options);
    jd_arena_destroy(&arena);
    return status;
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *place)
{
    (void)stat, (void)type, (void)place; // whatever it is
    return remove(path);
}

enum jd_status jd_account_forget(const char *data_dir, int64_t account, struct jd_error *error)
{
    char state_dir[PATH_MAX];
    name_state_dir(data_dir, account, state_dir);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): without FTW_CHDIR it keeps nothing of its own
    if (nftw(state_dir, remove_entry, WALK_FDS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0 &&
            errno != ENOENT) {
        return jd_error_errno(error, errno, "removing %.200s", state_dir);
    }
    return JD_OK;
}

static struct open_source *find(struct jd_sources *sources, int64_t account)
{
    for (size_t i = 0; i < OPEN_MAX; i++) {
        if (sources->open[i].source && sources->open[i].account == account) {
            return &sources->open[i];
        }
    }
    return NULL;
}

static struct open_source *make_room(struct jd_sources *sources)
{
    struct open_source *oldest = &sources->open[0];
    for (size_t i = 0; i < OPEN_MAX; i++) {
        if (!sources->open[i].source) {
            return &sources->open[i];
        }
        if (sources->open[i].used < oldest->used) {
            oldest = &sources->open[i];
        }
    }
    jd_source_close(&oldest->source);
    return oldest;
}

enum jd_status jd_sources_get(struct jd_sources *sources,
        const struct jd_account *account,
        struct jd_source **out_source,
        struct jd_error *error)
{
    struct open_source *found = find(sources, account->id);
    if (found && found->version != account->version) {
        jd_source_close(&found->source);
        found = NULL;
    }
    if (!found) {
        struct jd_source *source = NULL;
        enum jd_status status =
                jd_account_open(sources->registry, sources->data_dir, account, &source, error);
        if (status != JD_OK) {
            return status;
        }
        found = make_room(sources);
        *found = (struct open_source){
            .account = account->id, .version = account->version, .source = source
        };
    }
    found->used = ++sources->clock;
    *out_source = found->source;
    return JD_OK;
}

void jd_sources_drop(struct jd_sources *sources, int64_t account)
{
    struct open_source *found = find(sources, account);
    if (found) {
        jd_source_close(&found->source);
    }
}
