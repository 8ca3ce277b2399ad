/* Releases: their rows, their files, and what is active. Activation is an UPDATE of the owner's
 * one row, so it is exact on any number of workers. */
#include "store/releases.h"

#include "base/id.h"
#include "base/span.h"
#include "base/utf8.h"
#include "store/statements.h"

#define ROW_COLUMNS                                                                               \
 "r.id, r.owner_id, r.number, r.created_ms, r.base_id, r.version, r.state, r.author, r.comment, " \
 "r.report, EXISTS (SELECT 1 FROM active_releases AS a WHERE a.owner_id = r.owner_id AND "        \
 "a.candidate_id = r.id), (SELECT count(*) FROM release_files AS f WHERE f.release_id = r.id)"

enum {
    ACTIVE,
    CANDIDATE,
    LIST,
    GET,
    FIND,
    FILES,
    FILE_GET,
    CREATE,
    COPY_FILES,
    PUT_FILE,
    REMOVE_FILE,
    TOUCH,
    BYTES,
    CHECKED,
    DESCRIBE,
    DROP,
    DROP_FILES,
    RETIRE,
    SET_ACTIVE,
    SET_STATE,
    SET_CANDIDATE,
    PREVIOUS,
    ADD_CHANGE,
    LOG,
};

static const struct jd_statement statements[] = {
    [ACTIVE] = { "releases.active", JD_SCOPE_SYSTEM,
            "SELECT release_id FROM active_releases WHERE owner_id = ?1 AND release_id > 0" },
    [CANDIDATE] = { "releases.candidate", JD_SCOPE_SYSTEM,
            "SELECT candidate_id FROM active_releases WHERE owner_id = ?1 AND candidate_id > 0" },
    [LIST] = { "releases.list", JD_SCOPE_SYSTEM,
            "SELECT " ROW_COLUMNS " FROM releases AS r WHERE r.owner_id = ?1 AND "
            "(?2 = 0 OR r.number < ?2) ORDER BY r.number DESC LIMIT ?3" },
    [GET] = { "releases.get", JD_SCOPE_SYSTEM,
            "SELECT " ROW_COLUMNS " FROM releases AS r WHERE r.owner_id = ?1 AND r.id = ?2" },
    [FIND] = { "releases.find", JD_SCOPE_SYSTEM,
            "SELECT " ROW_COLUMNS
            " FROM releases AS r WHERE r.owner_id = ?1 AND r.number = ?2" },
    [FILES] = { "releases.files", JD_SCOPE_SYSTEM,
            "SELECT path, content FROM release_files WHERE release_id = ?1 ORDER BY path" },
    [FILE_GET] = { "releases.file", JD_SCOPE_SYSTEM,
            "SELECT f.content FROM release_files AS f JOIN releases AS r ON r.id = f.release_id "
            "WHERE r.owner_id = ?1 AND f.release_id = ?2 AND f.path = ?3" },
    [CREATE] = { "releases.create", JD_SCOPE_SYSTEM,
            "INSERT INTO releases (id, owner_id, number, state, base_id, author, comment, created_ms) "
            "VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM releases WHERE owner_id = ?2), "
            "'open', ?3, ?4, ?5, @now)" },
    [COPY_FILES] = { "releases.copy_files", JD_SCOPE_SYSTEM,
            "INSERT INTO release_files (release_id, path, content) "
            "SELECT ?1, f.path, f.content FROM release_files AS f JOIN releases AS r "
            "ON r.id = f.release_id WHERE f.release_id = ?2 AND r.owner_id = ?3" },
    [PUT_FILE] = { "releases.put_file", JD_SCOPE_SYSTEM,
            "INSERT INTO release_files (release_id, path, content) VALUES (?1, ?2, ?3) "
            "ON CONFLICT (release_id, path) DO UPDATE SET content = ?3" },
    [REMOVE_FILE] = { "releases.remove_file", JD_SCOPE_SYSTEM,
            "DELETE FROM release_files WHERE release_id = ?1 AND path = ?2" },
    [TOUCH] = { "releases.touch", JD_SCOPE_SYSTEM,
            "UPDATE releases SET state = 'open', version = version + 1, report = '' "
            "WHERE id = ?1" },
    [BYTES] = { "releases.bytes", JD_SCOPE_SYSTEM,
            "SELECT coalesce(sum(length(CAST(content AS BLOB))), 0) FROM release_files "
            "WHERE release_id = ?1" },
    [CHECKED] = { "releases.checked", JD_SCOPE_SYSTEM,
            "UPDATE releases SET report = ?4, state = CASE WHEN state IN ('open', 'tested') "
            "THEN CASE WHEN ?5 THEN 'tested' ELSE 'open' END ELSE state END "
            "WHERE owner_id = ?1 AND id = ?2 AND version = ?3" },
    [DESCRIBE] = { "releases.describe", JD_SCOPE_SYSTEM,
            "UPDATE releases SET comment = ?3 WHERE owner_id = ?1 AND id = ?2" },
    [DROP] = { "releases.drop", JD_SCOPE_SYSTEM, "DELETE FROM releases WHERE id = ?1" },
    [DROP_FILES] = { "releases.drop_files", JD_SCOPE_SYSTEM,
            "DELETE FROM release_files WHERE release_id = ?1" },
    [RETIRE] = { "releases.retire", JD_SCOPE_SYSTEM,
            "UPDATE releases SET state = 'retired' WHERE owner_id = ?1 AND state = 'active'" },
    [SET_ACTIVE] = { "releases.set_active", JD_SCOPE_SYSTEM,
            "INSERT INTO active_releases (owner_id, release_id) VALUES (?1, ?2) "
            "ON CONFLICT (owner_id) DO UPDATE SET release_id = ?2, "
            "candidate_id = CASE WHEN candidate_id = ?2 THEN 0 ELSE candidate_id END" },
    [SET_STATE] = { "releases.set_state", JD_SCOPE_SYSTEM,
            "UPDATE releases SET state = 'active' WHERE id = ?1" },
    [SET_CANDIDATE] = { "releases.set_candidate", JD_SCOPE_SYSTEM,
            "INSERT INTO active_releases (owner_id, release_id, candidate_id) VALUES (?1, 0, ?2) "
            "ON CONFLICT (owner_id) DO UPDATE SET candidate_id = ?2" },
    [PREVIOUS] = { "releases.previous", JD_SCOPE_SYSTEM,
            "SELECT from_id FROM release_log WHERE owner_id = ?1 AND kind = 'activate' AND "
            "to_id = ?2 AND from_id > 0 ORDER BY id DESC LIMIT 1" },
    [ADD_CHANGE] = { "releases.add_change", JD_SCOPE_SYSTEM,
            "INSERT INTO release_log (id, owner_id, at_ms, kind, from_id, to_id, author, comment) "
            "VALUES (?1, ?2, @now, ?3, ?4, ?5, ?6, ?7)" },
    [LOG] = { "releases.log", JD_SCOPE_SYSTEM,
            "SELECT id, at_ms, kind, from_id, to_id, author, comment FROM release_log "
            "WHERE owner_id = ?1 AND (?2 = 0 OR id < ?2) ORDER BY id DESC LIMIT ?3" },
};
const struct jd_statement_set jd_releases_set = JD_STATEMENT_SET(statements);

/* ---- reading ---- */

static struct jd_release_row read_row(const struct jd_value *columns)
{
    return (struct jd_release_row){
        .id = jd_column_int(&columns[0]),
        .owner_id = jd_column_int(&columns[1]),
        .number = jd_column_int(&columns[2]),
        .created_ms = jd_column_int(&columns[3]),
        .base_id = jd_column_int(&columns[4]),
        .version = jd_column_int(&columns[5]),
        .state = jd_column_bytes(&columns[6]),
        .author = jd_column_bytes(&columns[7]),
        .comment = jd_column_bytes(&columns[8]),
        .report = jd_column_bytes(&columns[9]),
        .is_candidate = jd_column_int(&columns[10]) != 0,
        .files_count = jd_column_int(&columns[11]),
    };
}

struct listing {
    jd_release_fn row;
    void *context;
};

static enum jd_status pass_row(void *context, const struct jd_value *columns, uint32_t count)
{
    const struct listing *listing = context;
    if (count != 12) {
        return JD_BUG;
    }
    struct jd_release_row row = read_row(columns);
    return listing->row(listing->context, &row);
}

enum jd_status jd_releases_list(struct jd_db *db,
        int64_t owner,
        int64_t before,
        int limit,
        jd_release_fn row,
        void *context,
        struct jd_error *error)
{
    struct listing listing = { row, context };
    return jd_db_run(db, &statements[LIST], 0,
            JD_VALUES(JD_INT(owner), JD_INT(before), JD_INT(limit)), pass_row, &listing, NULL,
            error);
}

struct getting {
    struct jd_arena *arena;
    struct jd_release_row row;
};

static enum jd_status copy_row(void *context, const struct jd_release_row *row)
{
    struct getting *getting = context;
    struct jd_span *spans[] = { &getting->row.state, &getting->row.author,
        &getting->row.comment, &getting->row.report };
    getting->row = *row;
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        *spans[i] = jd_arena_copy(getting->arena, *spans[i]);
        if (!spans[i]->data) {
            return JD_BUG;
        }
    }
    return JD_OK;
}

/* By id or number. */
static enum jd_status read_one(struct jd_db *db,
        int which,
        int64_t owner,
        int64_t value,
        struct jd_arena *arena,
        struct jd_release_row *out_release,
        struct jd_error *error)
{
    struct getting getting = { .arena = arena };
    struct listing listing = { copy_row, &getting };
    enum jd_status status = jd_db_run(db, &statements[which], 0,
            JD_VALUES(JD_INT(owner), JD_INT(value)), pass_row, &listing, NULL, error);
    if (status == JD_OK && getting.row.id == 0) {
        return which == FIND ? jd_error_set(error, JD_GONE, "there is no release %lld",
                                       (long long)value)
                             : jd_error_set(error, JD_GONE, "there is no such release");
    }
    if (status == JD_OK) {
        *out_release = getting.row;
    }
    return status;
}

enum jd_status jd_release_get(struct jd_db *db,
        int64_t owner,
        int64_t release,
        struct jd_arena *arena,
        struct jd_release_row *out_release,
        struct jd_error *error)
{
    return read_one(db, GET, owner, release, arena, out_release, error);
}

enum jd_status jd_release_find(struct jd_db *db,
        int64_t owner,
        int64_t number,
        struct jd_arena *arena,
        struct jd_release_row *out_release,
        struct jd_error *error)
{
    return read_one(db, FIND, owner, number, arena, out_release, error);
}

enum jd_status
jd_release_active(struct jd_db *db, int64_t owner, int64_t *out_release, struct jd_error *error)
{
    return jd_db_int(db, &statements[ACTIVE], 0, JD_VALUES(JD_INT(owner)), out_release, error);
}

enum jd_status jd_release_candidate(struct jd_db *db,
        int64_t owner,
        int64_t *out_release,
        struct jd_error *error)
{
    return jd_db_int(
            db, &statements[CANDIDATE], 0, JD_VALUES(JD_INT(owner)), out_release, error);
}

struct files {
    struct jd_arena *arena;
    struct jd_release_content *list;
    uint32_t count;
};

static enum jd_status take_file(void *context, const struct jd_value *columns, uint32_t count)
{
    struct files *files = context;
    if (count != 2 || files->count == JD_RELEASE_FILES_MAX) {
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
        .list = jd_arena_zalloc(arena, JD_RELEASE_FILES_MAX, sizeof(*files.list)) };
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

struct one_file {
    struct jd_arena *arena;
    struct jd_span content;
    bool found;
};

static enum jd_status
take_content(void *context, const struct jd_value *columns, uint32_t count)
{
    struct one_file *one = context;
    if (count != 1) {
        return JD_BUG;
    }
    one->content = jd_arena_copy(one->arena, jd_column_bytes(&columns[0]));
    one->found = true;
    return one->content.data ? JD_OK : JD_BUG;
}

enum jd_status jd_release_file(struct jd_db *db,
        int64_t owner,
        int64_t release,
        struct jd_span path,
        struct jd_arena *arena,
        struct jd_span *out_content,
        struct jd_error *error)
{
    struct one_file one = { .arena = arena };
    enum jd_status status = jd_db_run(db, &statements[FILE_GET], 0,
            JD_VALUES(JD_INT(owner), JD_INT(release), JD_TEXT(path)), take_content, &one, NULL,
            error);
    if (status == JD_OK && !one.found) {
        return jd_error_set(
                error, JD_GONE, "the release has no file '%.*s'", (int)path.len, path.data);
    }
    if (status == JD_OK) {
        *out_content = one.content;
    }
    return status;
}

/* ---- editing ---- */

enum jd_status jd_release_create(struct jd_db *db,
        int64_t owner,
        int64_t base,
        const struct jd_release_note *note,
        int64_t *out_release,
        struct jd_error *error)
{
    int64_t id = jd_id_next();
    enum jd_status status = jd_db_run(db, &statements[CREATE], 0,
            JD_VALUES(JD_INT(id), JD_INT(owner), JD_INT(base), JD_TEXT(note->author),
                    JD_TEXT(note->comment)),
            NULL, NULL, NULL, error);
    if (status == JD_OK && base) {
        status = jd_db_run(db, &statements[COPY_FILES], 0,
                JD_VALUES(JD_INT(id), JD_INT(base), JD_INT(owner)), NULL, NULL, NULL, error);
    }
    if (status == JD_OK) {
        *out_release = id;
    }
    return status;
}

static bool is_path_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-_./", c);
}

/* "office/lists/shops.txt": folders and files of plain letters, no way up, none hidden. */
static bool is_path(struct jd_span path)
{
    struct jd_span rest = path, part;
    size_t parts = 0;
    for (size_t i = 0; i < path.len; i++) {
        if (path.data[i] == '\0' || !is_path_char(path.data[i])) {
            return false;
        }
    }
    while (jd_span_split(&rest, '/', &part)) {
        if (part.len == 0 || part.data[0] == '.') {
            return false;
        }
        parts++;
    }
    return parts >= 2 && path.len <= JD_RELEASE_PATH_BYTES_MAX;
}

/* UTF-8 without NUL. */
static bool is_text(struct jd_span text)
{
    while (text.len) {
        uint32_t code_point = jd_utf8_take(&text);
        if (code_point == 0 || code_point == JD_UTF8_INVALID) {
            return false;
        }
    }
    return true;
}

static bool is_model(struct jd_span path)
{
    return jd_span_starts(path, JD_SPAN("learned/")) && jd_span_ends(path, JD_SPAN(".model"));
}

enum jd_status jd_release_check_file(const struct jd_release_content *file,
        struct jd_error *error)
{
    size_t most = is_model(file->path) ? JD_RELEASE_MODEL_BYTES_MAX : JD_RELEASE_FILE_BYTES_MAX;
    if (!is_path(file->path)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "'%.*s' is no path of a release: FOLDER/FILE of letters, digits, '-', '_' and '.', "
                "at most %d bytes",
                (int)jd_span_sub(file->path, 0, JD_RELEASE_PATH_BYTES_MAX).len, file->path.data,
                JD_RELEASE_PATH_BYTES_MAX);
    }
    if (file->content.len > most) {
        return jd_error_set(error, JD_BAD_INPUT, "%.*s has %zu bytes; at most %zu are taken",
                (int)file->path.len, file->path.data, file->content.len, most);
    }
    if (!is_text(file->content)) {
        return jd_error_set(
                error, JD_BAD_INPUT, "%.*s is not UTF-8", (int)file->path.len, file->path.data);
    }
    return JD_OK;
}

static bool is_state(const struct jd_release_row *row, const char *state)
{
    return jd_span_equal(row->state, jd_span_of(state));
}

static enum jd_status write_file(struct jd_db *db,
        int64_t release,
        const struct jd_release_content *file,
        struct jd_error *error)
{
    int64_t changes = 0, bytes = 0;
    if (!file->content.data) {
        enum jd_status status = jd_db_run(db, &statements[REMOVE_FILE], 0,
                JD_VALUES(JD_INT(release), JD_TEXT(file->path)), NULL, NULL, &changes, error);
        return status == JD_OK && changes == 0
                       ? jd_error_set(error, JD_GONE, "the release has no file '%.*s'",
                                 (int)file->path.len, file->path.data)
                       : status;
    }
    enum jd_status status = jd_release_check_file(file, error);
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[PUT_FILE], 0,
                JD_VALUES(JD_INT(release), JD_TEXT(file->path), JD_TEXT(file->content)), NULL,
                NULL, NULL, error);
    }
    if (status == JD_OK) {
        status =
                jd_db_int(db, &statements[BYTES], 0, JD_VALUES(JD_INT(release)), &bytes, error);
    }
    if (status == JD_OK && bytes > JD_RELEASE_BYTES_MAX) {
        return jd_error_set(
                error, JD_BAD_INPUT, "a release has at most %d bytes", JD_RELEASE_BYTES_MAX);
    }
    return status;
}

enum jd_status jd_release_put(struct jd_db *db,
        int64_t owner,
        int64_t release,
        int64_t if_version,
        const struct jd_release_content *file,
        struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(JD_RELEASE_BYTES_MAX);
    struct jd_release_row row;
    enum jd_status status = jd_release_get(db, owner, release, arena, &row, error);
    if (status == JD_OK && !is_state(&row, "open") && !is_state(&row, "tested")) {
        status = jd_error_set(error, JD_REJECTED,
                "release %lld is %s and stays as it is; make a new one from it",
                (long long)row.number, row.state.data);
    } else if (status == JD_OK && if_version && if_version != row.version) {
        status = jd_error_set(error, JD_REJECTED,
                "release %lld was edited meanwhile (version %lld); read it again",
                (long long)row.number, (long long)row.version);
    } else if (status == JD_OK && file->content.data &&
               row.files_count >= JD_RELEASE_FILES_MAX) {
        status = jd_error_set(
                error, JD_BAD_INPUT, "a release has at most %d files", JD_RELEASE_FILES_MAX);
    }
    if (status == JD_OK) {
        status = write_file(db, release, file, error);
    }
    if (status == JD_OK) {
        status = jd_db_run(
                db, &statements[TOUCH], 0, JD_VALUES(JD_INT(release)), NULL, NULL, NULL, error);
    }
    jd_arena_destroy(&arena);
    return status;
}

static enum jd_status end(struct jd_db *db, enum jd_status status, struct jd_error *error)
{
    if (status == JD_OK) {
        return jd_tx_commit(db, error);
    }
    jd_tx_rollback(db);
    return status;
}

enum jd_status jd_release_checked(struct jd_db *db,
        int64_t owner,
        int64_t release,
        int64_t version,
        bool passed,
        struct jd_span report,
        struct jd_error *error)
{
    int64_t changes = 0;
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[CHECKED], 0,
                JD_VALUES(JD_INT(owner), JD_INT(release), JD_INT(version), JD_TEXT(report),
                        JD_INT(passed)),
                NULL, NULL, &changes, error);
    }
    if (status == JD_OK && changes == 0) {
        status = jd_error_set(error, JD_REJECTED,
                "the release was edited while it was checked; check it again");
    }
    return end(db, status, error);
}

enum jd_status jd_release_describe(struct jd_db *db,
        int64_t owner,
        int64_t release,
        struct jd_span comment,
        struct jd_error *error)
{
    int64_t changes = 0;
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status != JD_OK) {
        return status;
    }
    status = jd_db_run(db, &statements[DESCRIBE], 0,
            JD_VALUES(JD_INT(owner), JD_INT(release), JD_TEXT(comment)), NULL, NULL, &changes,
            error);
    if (status == JD_OK && changes == 0) {
        status = jd_error_set(error, JD_GONE, "there is no such release");
    }
    return end(db, status, error);
}

static enum jd_status drop(struct jd_db *db,
        int64_t owner,
        int64_t release,
        struct jd_arena *arena,
        struct jd_error *error)
{
    struct jd_release_row row;
    enum jd_status status = jd_release_get(db, owner, release, arena, &row, error);
    if (status == JD_OK &&
            (row.is_candidate || is_state(&row, "active") || is_state(&row, "retired"))) {
        return jd_error_set(error, JD_REJECTED,
                row.is_candidate ? "release %lld is the candidate; take it out of shadow first"
                                 : "release %lld has decided mail and is kept",
                (long long)row.number);
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[DROP_FILES], 0, JD_VALUES(JD_INT(release)), NULL,
                NULL, NULL, error);
    }
    return status == JD_OK ? jd_db_run(db, &statements[DROP], 0, JD_VALUES(JD_INT(release)),
                                     NULL, NULL, NULL, error)
                           : status;
}

enum jd_status
jd_release_drop(struct jd_db *db, int64_t owner, int64_t release, struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(1024 * 1024);
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status == JD_OK) {
        status = end(db, drop(db, owner, release, arena, error), error);
    }
    jd_arena_destroy(&arena);
    return status;
}

/* ---- what is active ---- */

static enum jd_status add_change(struct jd_db *db,
        int64_t owner,
        const char *kind,
        int64_t from,
        int64_t to,
        const struct jd_release_note *note,
        struct jd_error *error)
{
    char id[JD_ID_TEXT_BYTES] = "", json[128];
    enum jd_status status = jd_db_run(db, &statements[ADD_CHANGE], 0,
            JD_VALUES(JD_INT(jd_id_next()), JD_INT(owner), JD_TEXT(jd_span_of(kind)),
                    JD_INT(from), JD_INT(to), JD_TEXT(note->author), JD_TEXT(note->comment)),
            NULL, NULL, NULL, error);
    if (to) {
        jd_id_format(to, id);
    }
    int len = snprintf(json, sizeof(json), "{\"kind\":\"%s\",\"release_id\":\"%s\"}", kind, id);
    jd_tx_event(db, owner, "release.changed", jd_span_new(json, (size_t)len));
    return status;
}

/* The row, the states, the log. */
static enum jd_status switch_to(struct jd_db *db,
        int64_t owner,
        int64_t release,
        const char *kind,
        const struct jd_release_note *note,
        struct jd_error *error)
{
    int64_t from = 0;
    enum jd_status status = jd_release_active(db, owner, &from, error);
    if (status == JD_OK || status == JD_NONE) {
        status = jd_db_run(
                db, &statements[RETIRE], 0, JD_VALUES(JD_INT(owner)), NULL, NULL, NULL, error);
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[SET_STATE], 0, JD_VALUES(JD_INT(release)), NULL,
                NULL, NULL, error);
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[SET_ACTIVE], 0,
                JD_VALUES(JD_INT(owner), JD_INT(release)), NULL, NULL, NULL, error);
    }
    return status == JD_OK ? add_change(db, owner, kind, from, release, note, error) : status;
}

enum jd_status jd_release_make_active(struct jd_db *db,
        int64_t owner,
        int64_t release,
        const struct jd_release_note *note,
        struct jd_error *error)
{
    return switch_to(db, owner, release, "activate", note, error);
}

enum jd_status jd_release_make_candidate(struct jd_db *db,
        int64_t owner,
        int64_t release,
        const struct jd_release_note *note,
        struct jd_error *error)
{
    int64_t before = 0;
    enum jd_status status = jd_release_candidate(db, owner, &before, error);
    if (status == JD_OK || status == JD_NONE) {
        status = jd_db_run(db, &statements[SET_CANDIDATE], 0,
                JD_VALUES(JD_INT(owner), JD_INT(release)), NULL, NULL, NULL, error);
    }
    return status == JD_OK ? add_change(db, owner, release ? "candidate" : "discard", before,
                                     release, note, error)
                           : status;
}

static enum jd_status
require_tested(struct jd_db *db, int64_t owner, int64_t release, struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(1024 * 1024);
    struct jd_release_row row;
    enum jd_status status = jd_release_get(db, owner, release, arena, &row, error);
    if (status == JD_OK && is_state(&row, "open")) {
        status = jd_error_set(error, JD_REJECTED,
                row.report.len
                        ? "release %lld did not pass its check; its report says why"
                        : "release %lld was not checked since its last edit; check it first",
                (long long)row.number);
    } else if (status == JD_OK && is_state(&row, "active")) {
        status = jd_error_set(
                error, JD_REJECTED, "release %lld is active already", (long long)row.number);
    }
    jd_arena_destroy(&arena);
    return status;
}

enum jd_status jd_release_activate(struct jd_db *db,
        int64_t owner,
        int64_t release,
        const struct jd_release_note *note,
        struct jd_error *error)
{
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status != JD_OK) {
        return status;
    }
    status = require_tested(db, owner, release, error);
    if (status == JD_OK) {
        status = switch_to(db, owner, release, "activate", note, error);
    }
    return end(db, status, error);
}

enum jd_status jd_release_rollback(struct jd_db *db,
        int64_t owner,
        const struct jd_release_note *note,
        int64_t *out_release,
        struct jd_error *error)
{
    int64_t active = 0, previous = 0;
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status != JD_OK) {
        return status;
    }
    status = jd_release_active(db, owner, &active, error);
    if (status == JD_OK) {
        status = jd_db_int(db, &statements[PREVIOUS], 0,
                JD_VALUES(JD_INT(owner), JD_INT(active)), &previous, error);
    }
    if (status == JD_NONE) {
        status = jd_error_set(error, JD_REJECTED,
                "there is nothing to roll back to: no release was active before");
    }
    if (status == JD_OK) {
        status = switch_to(db, owner, previous, "rollback", note, error);
    }
    if (status == JD_OK) {
        *out_release = previous;
    }
    return end(db, status, error);
}

enum jd_status jd_release_set_candidate(struct jd_db *db,
        int64_t owner,
        int64_t release,
        const struct jd_release_note *note,
        struct jd_error *error)
{
    int64_t before = 0;
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status != JD_OK) {
        return status;
    }
    if (release) {
        status = require_tested(db, owner, release, error);
    } else {
        status = jd_release_candidate(db, owner, &before, error);
        status = status == JD_NONE ? jd_error_set(error, JD_GONE, "there is no candidate")
                                   : status;
    }
    if (status == JD_OK) {
        status = jd_release_make_candidate(db, owner, release, note, error);
    }
    return end(db, status, error);
}

struct log_listing {
    jd_release_change_fn row;
    void *context;
};

static enum jd_status pass_change(void *context, const struct jd_value *columns, uint32_t count)
{
    const struct log_listing *listing = context;
    if (count != 7) {
        return JD_BUG;
    }
    struct jd_release_change change = {
        .id = jd_column_int(&columns[0]),
        .at_ms = jd_column_int(&columns[1]),
        .kind = jd_column_bytes(&columns[2]),
        .from_id = jd_column_int(&columns[3]),
        .to_id = jd_column_int(&columns[4]),
        .author = jd_column_bytes(&columns[5]),
        .comment = jd_column_bytes(&columns[6]),
    };
    return listing->row(listing->context, &change);
}

enum jd_status jd_release_log(struct jd_db *db,
        int64_t owner,
        int64_t before,
        int limit,
        jd_release_change_fn row,
        void *context,
        struct jd_error *error)
{
    struct log_listing listing = { row, context };
    return jd_db_run(db, &statements[LOG], 0,
            JD_VALUES(JD_INT(owner), JD_INT(before), JD_INT(limit)), pass_change, &listing,
            NULL, error);
}
