/**
 * The storage service: snapshots and housekeeping.
 *
 * The write-ahead log grows until a checkpoint has copied all of it into the database and no
 * reader needs it; the next writer then begins it anew. While writers follow one another a
 * plain (PASSIVE) checkpoint never catches up with the end, so a log that is still long after
 * one gets a second, short one inside a write turn.
 *
 * A full-text index whose own merging is switched off (automerge 0) takes messages at half the
 * cost and grows one segment per transaction; they are merged here, when nothing else runs, in
 * steps that an interactive writer can wait for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite_storage.h"

#define TURN_FRAMES_MAX   512 // with more left to copy, writers are not made to wait
#define PASSES_MAX        4
#define WAL_BYTES_MAX     (8 << 20)   // checkpoint beyond this
#define WAL_BYTES_HARD    (128 << 20) // beyond this writers wait, however long it takes
#define PAGE_BYTES        4096        // SQLite's default, which we keep
#define RESTART_WAIT_MS   15          // for readers, while writers wait
#define TURN_WAIT_MS      2000
#define MERGE_PAGES       64 // of a full-text index, per write turn
#define IDLE_MERGE_MS     500
#define BUSY_MERGE_MS     60
#define BUSY_SEGMENTS_MAX 256
#define FTS5_TABLES_MAX   16

static int64_t wal_bytes(const struct jd_sqlite_store *store)
{
    char path[PATH_MAX];
    struct stat info;
    snprintf(path, sizeof(path), "%.*s-wal", (int)sizeof(path) - 8, store->path);
    return stat(path, &info) == 0 ? (int64_t)info.st_size : 0;
}

/** A checkpoint inside a write turn, so that the log ends where it ended. BUSY (a reader needs
 * the log) is no failure: the next call tries again. */
static enum jd_status
checkpoint_in_turn(struct jd_sqlite_connection *connection, int mode, struct jd_error *error)
{
    jd_sqlite_set_deadline(connection, TURN_WAIT_MS);
    enum jd_status status = jd_sqlite_take_turn(connection, JD_GATE_INTERACTIVE, error);
    if (status != JD_OK) {
        return status;
    }
    jd_sqlite_set_deadline(connection, RESTART_WAIT_MS);
    int code = sqlite3_wal_checkpoint_v2(connection->db, NULL, mode, NULL, NULL);
    jd_sqlite_leave_turn(connection);
    return code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY
                   ? JD_OK
                   : jd_sqlite_connection_fail(connection, code, "checkpoint", error);
}

/** Copies without a turn until little of the log is left to copy: each pass is shorter than the
 * one before, as it copies what came during that one. */
static enum jd_status checkpoint_beside_writers(struct jd_sqlite_connection *connection,
        int *out_frames,
        int *out_left,
        struct jd_error *error)
{
    int frames = 0;
    int copied = 0;
    for (int pass = 0; pass < PASSES_MAX; pass++) {
        int code = sqlite3_wal_checkpoint_v2(
                connection->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &copied);
        if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) {
            return jd_sqlite_connection_fail(connection, code, "checkpoint", error);
        }
        if (frames - copied <= TURN_FRAMES_MAX) {
            break;
        }
    }
    *out_frames = frames;
    *out_left = frames - copied;
    return JD_OK;
}

static enum jd_status
checkpoint(struct jd_sqlite_connection *connection, bool idle, struct jd_error *error)
{
    int64_t bytes = wal_bytes(connection->store);
    if (bytes == 0 || (bytes < WAL_BYTES_MAX && !idle)) {
        return JD_OK;
    }
    int frames = 0;
    int left = 0;
    enum jd_status status = checkpoint_beside_writers(connection, &frames, &left, error);
    if (status != JD_OK) {
        return status;
    }
    if (idle) {
        return checkpoint_in_turn(connection, SQLITE_CHECKPOINT_TRUNCATE, error);
    }
    // The file keeps its length when the log begins anew, so the frames in use decide.
    int64_t used = (int64_t)frames * PAGE_BYTES;
    bool short_turn = used > WAL_BYTES_MAX && left <= TURN_FRAMES_MAX;
    return short_turn || used > WAL_BYTES_HARD
                   ? checkpoint_in_turn(connection, SQLITE_CHECKPOINT_RESTART, error)
                   : JD_OK;
}

/** One small step of merging a full-text index; `out_more`: it had something to do. */
static enum jd_status merge_step(struct jd_sqlite_connection *connection,
        const char *sql,
        bool *out_more,
        struct jd_error *error)
{
    jd_sqlite_set_deadline(connection, TURN_WAIT_MS);
    enum jd_status status = jd_sqlite_take_turn(connection, JD_GATE_BULK, error);
    if (status != JD_OK) {
        return status;
    }
    int64_t before = sqlite3_total_changes64(connection->db);
    int code = jd_sqlite_exec(connection, sql);
    jd_sqlite_leave_turn(connection);
    *out_more = sqlite3_total_changes64(connection->db) - before >= 2; // as FTS5 documents
    return code == SQLITE_OK
                   ? JD_OK
                   : jd_sqlite_connection_fail(connection, code, "index merge", error);
}

/** Of how many segments a full-text index consists: one seek for each. A SQLite result code. */
static int count_segments(sqlite3 *db, const char *table, int64_t *out_count)
{
    char *sql = sqlite3_mprintf("WITH RECURSIVE s(id) AS ("
                                " SELECT min(segid) FROM \"%w_idx\" UNION ALL"
                                " SELECT (SELECT min(segid) FROM \"%w_idx\" WHERE segid > s.id)"
                                " FROM s WHERE s.id IS NOT NULL) SELECT count(id) FROM s",
            table, table);
    sqlite3_stmt *statement = NULL;
    int code = sql ? sqlite3_prepare_v2(db, sql, -1, &statement, NULL) : SQLITE_NOMEM;
    sqlite3_free(sql);
    if (code == SQLITE_OK) {
        *out_count =
                sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
        code = sqlite3_finalize(statement);
    }
    return code;
}

/** While there is load, an index is left alone until its many segments slow down searches. */
static enum jd_status merge_index(struct jd_sqlite_connection *connection,
        const char *table,
        bool idle,
        struct jd_error *error)
{
    int64_t segments = 0;
    int code = count_segments(connection->db, table, &segments);
    if (code != SQLITE_OK) {
        return jd_sqlite_connection_fail(connection, code, "index check", error);
    }
    if (segments < (idle ? 2 : BUSY_SEGMENTS_MAX)) {
        return JD_OK;
    }
    char *sql = sqlite3_mprintf(
            "INSERT INTO \"%w\"(\"%w\", rank) VALUES('merge', %d)", table, table, MERGE_PAGES);
    if (!sql) {
        return jd_error_set(error, JD_RETRY_LATER, "out of memory for an index merge");
    }
    int64_t end_ms = jd_sqlite_monotonic_ms() + (idle ? IDLE_MERGE_MS : BUSY_MERGE_MS);
    enum jd_status status = JD_OK;
    bool more = true;
    while (status == JD_OK && more && jd_sqlite_monotonic_ms() < end_ms) {
        status = merge_step(connection, sql, &more, error);
    }
    sqlite3_free(sql);
    return status;
}

/** The names of the full-text tables; the caller frees them. A SQLite result code. */
static int list_indexes(sqlite3 *db, char *names[FTS5_TABLES_MAX], int *out_count)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db,
            "SELECT name FROM sqlite_schema WHERE type = 'table' "
            "AND sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'",
            -1, &statement, NULL);
    *out_count = 0;
    while (code == SQLITE_OK && *out_count < FTS5_TABLES_MAX &&
            sqlite3_step(statement) == SQLITE_ROW) {
        char *name = strdup((const char *)sqlite3_column_text(statement, 0));
        if (name) { // without memory one table waits for the next time
            names[(*out_count)++] = name;
        }
    }
    return code == SQLITE_OK ? sqlite3_finalize(statement) : code;
}

static enum jd_status
merge_indexes(struct jd_sqlite_connection *connection, bool idle, struct jd_error *error)
{
    char *names[FTS5_TABLES_MAX];
    int count = 0;
    int code = list_indexes(connection->db, names, &count);
    enum jd_status status = code == SQLITE_OK ? JD_OK
                                              : jd_sqlite_connection_fail(
                                                        connection, code, "index list", error);
    for (int i = 0; i < count; i++) {
        if (status == JD_OK) {
            status = merge_index(connection, names[i], idle, error);
        }
        free(names[i]);
    }
    return status;
}

static enum jd_status optimize(struct jd_sqlite_connection *connection, struct jd_error *error)
{
    jd_sqlite_set_deadline(connection, TURN_WAIT_MS);
    enum jd_status status = jd_sqlite_take_turn(connection, JD_GATE_BULK, error);
    if (status != JD_OK) {
        return status;
    }
    int code = jd_sqlite_exec(connection, "PRAGMA analysis_limit=400; PRAGMA optimize;");
    jd_sqlite_leave_turn(connection);
    return code == SQLITE_OK ? JD_OK
                             : jd_sqlite_connection_fail(connection, code, "optimize", error);
}

enum jd_status jd_sqlite_maintain(void *handle, bool idle, struct jd_error *error)
{
    struct jd_sqlite_connection *connection = jd_sqlite_connection_of(handle, error);
    if (!connection) {
        return JD_BUG;
    }
    if (connection->mode || connection->running) {
        return jd_error_set(error, JD_BUG, "sqlite: maintain inside a transaction");
    }
    enum jd_status status = merge_indexes(connection, idle, error);
    if (status == JD_OK && idle) {
        status = optimize(connection, error);
    }
    if (status == JD_OK) {
        status = checkpoint(connection, idle, error);
    }
    if (idle) {
        sqlite3_db_release_memory(connection->db);
    }
    return status;
}

/** Copies all pages as of one moment: writers go on meanwhile. A SQLite result code. */
static int copy_pages(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup) {
        return sqlite3_errcode(to);
    }
    int code = sqlite3_backup_step(backup, -1);
    int finished = sqlite3_backup_finish(backup);
    return code == SQLITE_DONE ? finished : code;
}

/** Puts the finished copy in its place for good. */
static enum jd_status
publish_copy(const char *partial, const char *file, struct jd_error *error)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof(folder), "%s", file);
    *(strrchr(folder, '/') + 1) = '\0';
    int file_fd = open(partial, O_RDONLY | O_CLOEXEC);
    int folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = file_fd >= 0 && folder_fd >= 0 && fsync(file_fd) == 0 &&
                renameat2(AT_FDCWD, partial, AT_FDCWD, file, RENAME_NOREPLACE) == 0 &&
                fsync(folder_fd) == 0;
    int code = errno;
    if (file_fd >= 0) {
        close(file_fd);
    }
    if (folder_fd >= 0) {
        close(folder_fd);
    }
    return done ? JD_OK
                : jd_error_set(error, code == EEXIST ? JD_BAD_INPUT : JD_RETRY_LATER,
                          "snapshot %s could not be stored: %s", file, strerrordesc_np(code));
}

static enum jd_status
write_copy(struct jd_sqlite_connection *connection, const char *partial, struct jd_error *error)
{
    sqlite3 *copy = NULL;
    enum jd_status status = jd_sqlite_open(partial, true, &copy, error);
    if (status != JD_OK) {
        return status;
    }
    // A copy that breaks off is removed, so it needs no journal; it is synced once, at the end.
    int code = sqlite3_exec(
            copy, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;", NULL, NULL, NULL);
    if (code == SQLITE_OK) {
        code = copy_pages(connection->db, copy);
    }
    if (code != SQLITE_OK) {
        status = jd_sqlite_fail(copy, code, partial, "snapshot", error);
    }
    sqlite3_close_v2(copy);
    return status;
}

enum jd_status jd_sqlite_snapshot(void *handle, const char *file, struct jd_error *error)
{
    struct jd_sqlite_connection *connection = jd_sqlite_connection_of(handle, error);
    if (!connection) {
        return JD_BUG;
    }
    if (connection->mode || connection->running || file[0] != '/') {
        return jd_error_set(error, JD_BUG, "sqlite: snapshot to %s %s", file,
                file[0] == '/' ? "inside a transaction" : "(the path must be absolute)");
    }
    char partial[PATH_MAX];
    int length = snprintf(partial, sizeof(partial), "%s.partial", file);
    if (length >= (int)sizeof(partial) || access(file, F_OK) == 0) {
        return jd_error_set(error, JD_BAD_INPUT,
                "snapshot %s exists already or has too long a "
                "name: choose another",
                file);
    }
    unlink(partial); // of a snapshot that was killed; mostly not there
    jd_sqlite_set_deadline(connection, JD_SQLITE_PATIENCE_MS);
    enum jd_status status = write_copy(connection, partial, error);
    if (status == JD_OK) {
        status = publish_copy(partial, file, error);
    }
    if (status != JD_OK) {
        unlink(partial); // best effort: the failure itself is reported
    }
    return status;
}
