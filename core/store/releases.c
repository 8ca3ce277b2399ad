/* Releases. Activation is an UPDATE of the owner's one row, so it is exact on any number of
 * workers. */
#include "store/releases.h"

#include "base/id.h"
#include "store/statements.h"

#define FILES_MAX 1000

enum {
    ACTIVE,
    FILES,
    CREATE,
    ADD_FILE,
    RETIRE,
    SET_ACTIVE,
    SET_STATE
};

static const struct jd_statement statements[] = {
    [ACTIVE] = { "releases.active", JD_SCOPE_SYSTEM,
            "SELECT release_id FROM active_releases WHERE owner_id = ?1" },
    [FILES] = { "releases.files", JD_SCOPE_SYSTEM,
            "SELECT path, content FROM release_files WHERE release_id = ?1 ORDER BY path" },
    [CREATE] = { "releases.create", JD_SCOPE_SYSTEM,
            "INSERT INTO releases (id, owner_id, number, state, author, comment, created_ms) "
            "VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM releases WHERE owner_id = ?2), "
            "'open', ?3, ?4, @now)" },
    [ADD_FILE] = { "releases.add_file", JD_SCOPE_SYSTEM,
            "INSERT INTO release_files (release_id, path, content) VALUES (?1, ?2, ?3)" },
    [RETIRE] = { "releases.retire", JD_SCOPE_SYSTEM,
            "UPDATE releases SET state = 'retired' WHERE owner_id = ?1 AND state = 'active'" },
    [SET_ACTIVE] = { "releases.set_active", JD_SCOPE_SYSTEM,
            "INSERT INTO active_releases (owner_id, release_id) VALUES (?1, ?2) "
            "ON CONFLICT (owner_id) DO UPDATE SET release_id = ?2" },
    [SET_STATE] = { "releases.set_state", JD_SCOPE_SYSTEM,
            "UPDATE releases SET state = 'active' WHERE id = ?1" },
};
const struct jd_statement_set jd_releases_set = JD_STATEMENT_SET(statements);

enum jd_status
jd_release_active(struct jd_db *db, int64_t owner, int64_t *out_release, struct jd_error *error)
{
    return jd_db_int(db, &statements[ACTIVE], 0, JD_VALUES(JD_INT(owner)), out_release, error);
}

struct files {
    struct jd_arena *arena;
    struct jd_release_content *list;
    uint32_t count;
};

static enum jd_status take_file(void *context, const struct jd_value *columns, uint32_t count)
{
    struct files *files = context;
    if (count != 2 || files->count == FILES_MAX) {
        return JD_BUG;
    }
    struct jd_release_content *file = &files->list[files->count];
    file->path = jd_arena_copy(files->arena, jd_column_bytes(&columns[0]));
    file->content = jd_arena_copy(files->arena, jd_column_bytes(&columns[1]));
    files->count++;
    return file->path.data && file->content.data ? JD_OK : JD_BUG;
}

enum jd_status jd_release_files(struct jd_db *db,
        int64_t release,
        struct jd_arena *arena,
        struct jd_release_content **out_files,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct files files = { .arena = arena,
        .list = jd_arena_zalloc(arena, FILES_MAX, sizeof(*files.list)) };
    if (!files.list) {
        return jd_error_set(
                error, JD_BUG, "no room for the files of release %lld", (long long)release);
    }
    enum jd_status status = jd_db_run(db, &statements[FILES], 0, JD_VALUES(JD_INT(release)),
            take_file, &files, NULL, error);
    if (status == JD_OK) {
        *out_files = files.list;
        *out_count = files.count;
    }
    return status;
}

enum jd_status jd_release_create(struct jd_db *db,
        int64_t owner,
        struct jd_span author,
        struct jd_span comment,
        const struct jd_release_content *files,
        uint32_t count,
        int64_t *out_release,
        struct jd_error *error)
{
    int64_t id = jd_id_next();
    enum jd_status status = jd_db_run(db, &statements[CREATE], 0,
            JD_VALUES(JD_INT(id), JD_INT(owner), JD_TEXT(author), JD_TEXT(comment)), NULL, NULL,
            NULL, error);
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        status = jd_db_run(db, &statements[ADD_FILE], 0,
                JD_VALUES(JD_INT(id), JD_TEXT(files[i].path), JD_TEXT(files[i].content)), NULL,
                NULL, NULL, error);
    }
    if (status == JD_OK) {
        *out_release = id;
    }
    return status;
}

enum jd_status
jd_release_activate(struct jd_db *db, int64_t owner, int64_t release, struct jd_error *error)
{
    enum jd_status status = jd_db_run(
            db, &statements[RETIRE], 0, JD_VALUES(JD_INT(owner)), NULL, NULL, NULL, error);
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[SET_STATE], 0, JD_VALUES(JD_INT(release)), NULL,
                NULL, NULL, error);
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[SET_ACTIVE], 0,
                JD_VALUES(JD_INT(owner), JD_INT(release)), NULL, NULL, NULL, error);
    }
    return status;
}

enum jd_status
jd_release_check(struct jd_db *db, int64_t owner, int64_t release, struct jd_error *error)
{
    int64_t active = 0;
    enum jd_status status = jd_release_active(db, owner, &active, error);
    if (status == JD_NONE || (status == JD_OK && active != release)) {
        return jd_error_set(error, JD_REJECTED, "another release was activated meanwhile");
    }
    return status;
}
