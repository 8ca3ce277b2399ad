/* The standard pack travels inside the binary. The first start makes it release 1; a newer one
 * is offered as a candidate and waits for a person. */
#include <stdlib.h>

#include "base/seal.h"
#include "base/span.h"
#include "store/embedded.h"
#include "store/releases.h"
#include "store/statements.h"

#define STANDARD "standard/"

enum {
    OFFERED,
    SET_OFFERED
};

static const struct jd_statement statements[] = {
    [OFFERED] = { "standard.offered", JD_SCOPE_SYSTEM,
            "SELECT count(*) FROM settings WHERE name = 'standard.offered' AND value = ?1" },
    [SET_OFFERED] = { "standard.set_offered", JD_SCOPE_SYSTEM,
            "INSERT INTO settings (name, value) VALUES ('standard.offered', ?1) "
            "ON CONFLICT (name) DO UPDATE SET value = ?1, version = version + 1" },
};
const struct jd_statement_set jd_standard_set = JD_STATEMENT_SET(statements);

/* "rules/standard/x.lua" travels as "standard/x.lua", "prompts/y" as it is. */
static bool pack_path(const char *path, struct jd_span *out)
{
    static const char *const folders[][2] = { { "rules/", "" }, { "prompts/", "prompts/" } };
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        size_t len = strlen(folders[i][0]);
        if (strncmp(path, folders[i][0], len) == 0) {
            *out = jd_span_of(path + len - strlen(folders[i][1]));
            return true;
        }
    }
    return false;
}

size_t jd_standard_pack(struct jd_release_content *out, size_t max)
{
    size_t count = 0;
    for (const struct jd_embedded *file = jd_embedded_files; file->path && count < max;
            file++) {
        if (pack_path(file->path, &out[count].path)) {
            out[count++].content = jd_span_new(file->bytes, file->size);
        }
    }
    return count;
}

static bool is_standard(const struct jd_release_content *file)
{
    return jd_span_starts(file->path, JD_SPAN(STANDARD));
}

static const struct jd_release_content *
find_file(const struct jd_release_content *files, uint32_t count, struct jd_span path)
{
    for (uint32_t i = 0; i < count; i++) {
        if (jd_span_equal(files[i].path, path)) {
            return &files[i];
        }
    }
    return NULL;
}

/* Hash of the pack's paths and contents, as text. */
static void name_pack(const struct jd_release_content *files,
        uint32_t count,
        char out[2 * JD_HASH_BYTES + 1])
{
    struct jd_hasher *hasher = jd_hasher_create();
    uint8_t hash[JD_HASH_BYTES];
    for (uint32_t i = 0; i < count; i++) {
        uint64_t sizes[2] = { files[i].path.len, files[i].content.len };
        jd_hasher_add(hasher, jd_span_new((const char *)sizes, sizeof(sizes)));
        jd_hasher_add(hasher, files[i].path);
        jd_hasher_add(hasher, files[i].content);
    }
    jd_hasher_end(&hasher, hash);
    for (size_t i = 0; i < JD_HASH_BYTES; i++) {
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
    }
}

static enum jd_status put_all(struct jd_db *db,
        int64_t release,
        const struct jd_release_content *files,
        uint32_t count,
        struct jd_error *error)
{
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        status = jd_release_put(db, JD_ORGANISATION, release, 0, &files[i], error);
    }
    return status;
}

static enum jd_status make_first(struct jd_db *db,
        const struct jd_release_content *pack,
        uint32_t count,
        struct jd_error *error)
{
    const struct jd_release_note note = { JD_SPAN("jackdaw"),
        JD_SPAN("the standard pack of Jackdaw " JD_VERSION) };
    int64_t release = 0;
    enum jd_status status = jd_release_create(db, JD_ORGANISATION, 0, &note, &release, error);
    if (status == JD_OK) {
        status = put_all(db, release, pack, count, error);
    }
    return status == JD_OK ? jd_release_make_active(db, JD_ORGANISATION, release, &note, error)
                           : status;
}

/* The active release with the new standard pack in place of its own. */
static enum jd_status make_candidate(struct jd_db *db,
        int64_t active,
        const struct jd_release_content *pack,
        uint32_t count,
        const struct jd_release_content *now,
        uint32_t now_count,
        struct jd_error *error)
{
    const struct jd_release_note note = { JD_SPAN("jackdaw"),
        JD_SPAN("brings the standard pack of Jackdaw " JD_VERSION) };
    int64_t release = 0;
    enum jd_status status =
            jd_release_create(db, JD_ORGANISATION, active, &note, &release, error);
    for (uint32_t i = 0; i < now_count && status == JD_OK; i++) {
        if (is_standard(&now[i]) && !find_file(pack, count, now[i].path)) {
            struct jd_release_content gone = { .path = now[i].path };
            status = jd_release_put(db, JD_ORGANISATION, release, 0, &gone, error);
        }
    }
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        if (is_standard(&pack[i])) {
            status = jd_release_put(db, JD_ORGANISATION, release, 0, &pack[i], error);
        }
    }
    return status == JD_OK
                   ? jd_release_make_candidate(db, JD_ORGANISATION, release, &note, error)
                   : status;
}

static bool is_same_standard(const struct jd_release_content *pack,
        uint32_t count,
        const struct jd_release_content *now,
        uint32_t now_count)
{
    uint32_t ours = 0, theirs = 0;
    for (uint32_t i = 0; i < now_count; i++) {
        theirs += is_standard(&now[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (is_standard(&pack[i])) {
            const struct jd_release_content *file = find_file(now, now_count, pack[i].path);
            if (!file || !jd_span_equal(file->content, pack[i].content)) {
                return false;
            }
            ours++;
        }
    }
    return ours == theirs;
}

static enum jd_status offer_newer(struct jd_db *db,
        int64_t active,
        const struct jd_release_content *pack,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_error *error)
{
    struct jd_release_content *now = NULL;
    uint32_t now_count = 0;
    int64_t offered = 0;
    char name[2 * JD_HASH_BYTES + 1];
    name_pack(pack, count, name);
    struct jd_values value = JD_VALUES(JD_TEXT(jd_span_of(name)));
    enum jd_status status = jd_db_int(db, &statements[OFFERED], 0, value, &offered, error);
    if (status != JD_OK || offered) {
        return status;
    }
    status = jd_release_files(db, active, arena, &now, &now_count, error);
    if (status == JD_OK && !is_same_standard(pack, count, now, now_count)) {
        status = make_candidate(db, active, pack, count, now, now_count, error);
    }
    return status == JD_OK
                   ? jd_db_run(db, &statements[SET_OFFERED], 0, value, NULL, NULL, NULL, error)
                   : status;
}

enum jd_status jd_standard_offer(struct jd_db *db, struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(2u * JD_RELEASE_BYTES_MAX);
    struct jd_release_content *pack =
            jd_arena_zalloc(arena, JD_RELEASE_FILES_MAX, sizeof(*pack));
    int64_t active = 0;
    uint32_t count = (uint32_t)jd_standard_pack(pack, JD_RELEASE_FILES_MAX);
    enum jd_status status = jd_release_active(db, JD_ORGANISATION, &active, error);
    if (status == JD_NONE) {
        status = make_first(db, pack, count, error);
    } else if (status == JD_OK) {
        status = offer_newer(db, active, pack, count, arena, error);
    }
    jd_arena_destroy(&arena);
    return status;
}
