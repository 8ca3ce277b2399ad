#include "sqlite_expendable.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 5000
#define POOL_MAX    4 // idle connections that are kept
#define TRIES       3 // a file may be lost again while it is made anew

/** Which files a connection has open: the database, its log, and the log's index. One of them
 * replaced is a connection that talks to nobody. */
#define FILES       3
static const char *const suffixes[FILES] = { "", "-wal", "-shm" };

struct identity {
    dev_t device[FILES];
    ino_t inode[FILES]; // 0: not there
};

// Belongs to the thread that borrowed it.
struct handle {
    struct handle *next;
    sqlite3 *db;
    sqlite3_stmt *statements[JD_EXPENDABLE_STATEMENTS_MAX];
    struct identity identity; // when it was opened
    int64_t deadline_ms;      // monotonic
};

struct jd_expendable {
    const struct jd_host *host;
    const struct jd_expendable_layout *layout;
    char path[PATH_MAX];
    pthread_mutex_t lock;
    struct handle *idle; // guarded by lock
    uint32_t idle_count; // guarded by lock
};

static void close_handle(struct handle *handle)
{
    for (int i = 0; i < JD_EXPENDABLE_STATEMENTS_MAX; i++) {
        sqlite3_finalize(handle->statements[i]);
    }
    sqlite3_close_v2(handle->db);
    free(handle);
}

static int run_sql(struct handle *handle, const char *sql)
{
    return sqlite3_exec(handle->db, sql, NULL, NULL, NULL);
}

static int wait_for_lock(void *context, int attempt)
{
    const struct handle *handle = context;
    if (jd_sqlite_monotonic_ms() >= handle->deadline_ms) {
        return 0;
    }
    // Transactions here last well under a millisecond.
    long pause_us = attempt < 10 ? 100 * (attempt + 1) : 2000;
    struct timespec pause = { 0, pause_us * 1000 };
    nanosleep(&pause, NULL);
    return 1;
}

static int prepare_handle(const struct jd_expendable_layout *layout, struct handle *handle)
{
    static const char pragmas[] = "PRAGMA journal_mode=WAL;"
                                  "PRAGMA synchronous=OFF;"
                                  "PRAGMA secure_delete=OFF;"
                                  "PRAGMA mmap_size=0;"
                                  "PRAGMA cache_size=-1024;";
    int code = run_sql(handle, pragmas);
    if (code == SQLITE_OK) {
        code = run_sql(handle, layout->schema);
    }
    for (uint32_t i = 0; i < layout->count && code == SQLITE_OK; i++) {
        code = sqlite3_prepare_v3(handle->db, layout->statements[i], -1,
                SQLITE_PREPARE_PERSISTENT, &handle->statements[i], NULL);
    }
    return code;
}

static struct identity identify(const struct jd_expendable *file)
{
    struct identity identity = { 0 };
    for (size_t i = 0; i < FILES; i++) {
        char path[PATH_MAX + 8];
        struct stat info;
        snprintf(path, sizeof(path), "%s%s", file->path, suffixes[i]);
        if (stat(path, &info) == 0) {
            identity.device[i] = info.st_dev;
            identity.inode[i] = info.st_ino;
        }
    }
    return identity;
}

static bool same_files(const struct jd_expendable *file, const struct handle *handle)
{
    struct identity now = identify(file);
    for (size_t i = 0; i < FILES; i++) {
        if (now.inode[i] != handle->identity.inode[i] ||
                now.device[i] != handle->identity.device[i] || now.inode[0] == 0) {
            return false;
        }
    }
    return true;
}

/** The log of a database that is gone would only mislead the new one. */
static void remove_side_files(const struct jd_expendable *file)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%.*s-wal", (int)sizeof(path) - 8, file->path);
    unlink(path); // mostly not there
    snprintf(path, sizeof(path), "%.*s-shm", (int)sizeof(path) - 8, file->path);
    unlink(path); // mostly not there
}

/** Opens the file, making it if missing. `out_code` is SQLite's answer once it could be opened,
 * and tells a damaged file from other faults. */
static enum jd_status open_handle(struct jd_expendable *file,
        struct handle **out_handle,
        int *out_code,
        struct jd_error *error)
{
    struct handle *handle = calloc(1, sizeof(*handle));
    if (!handle) {
        return jd_error_set(
                error, JD_RETRY_LATER, "out of memory while opening %s", file->path);
    }
    if (access(file->path, F_OK) != 0) {
        remove_side_files(file);
    }
    enum jd_status status = jd_sqlite_open(file->path, true, &handle->db, error);
    if (status != JD_OK) {
        free(handle);
        return status;
    }
    handle->deadline_ms = jd_sqlite_monotonic_ms() + PATIENCE_MS;
    sqlite3_busy_handler(handle->db, wait_for_lock, handle);
    *out_code = prepare_handle(file->layout, handle);
    if (*out_code != SQLITE_OK) {
        status = jd_sqlite_fail(handle->db, *out_code, file->path, "opening", error);
        close_handle(handle);
        return status;
    }
    handle->identity = identify(file);
    *out_handle = handle;
    return JD_OK;
}

static struct handle *take_idle(struct jd_expendable *file)
{
    pthread_mutex_lock(&file->lock);
    struct handle *handle = file->idle;
    if (handle) {
        file->idle = handle->next;
        file->idle_count--;
    }
    pthread_mutex_unlock(&file->lock);
    return handle;
}

/** A connection to the file that is there now. */
static enum jd_status borrow(struct jd_expendable *file,
        struct handle **out_handle,
        int *out_code,
        struct jd_error *error)
{
    struct handle *handle = NULL;
    while ((handle = take_idle(file)) != NULL) {
        if (same_files(file, handle)) {
            handle->deadline_ms = jd_sqlite_monotonic_ms() + PATIENCE_MS;
            *out_handle = handle;
            return JD_OK;
        }
        close_handle(handle);
    }
    return open_handle(file, out_handle, out_code, error);
}

static void give_back(struct jd_expendable *file, struct handle *handle)
{
    pthread_mutex_lock(&file->lock);
    bool keep = file->idle_count < POOL_MAX;
    if (keep) {
        handle->next = file->idle;
        file->idle = handle;
        file->idle_count++;
    }
    pthread_mutex_unlock(&file->lock);
    if (!keep) {
        close_handle(handle);
    }
}

/** Faults that opening the file again may cure. */
static bool needs_reopen(int code)
{
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
        return true;
    default:
        return false;
    }
}

/** Faults of the content, which only a new file cures. */
static bool needs_rebuild(int code)
{
    int kind = code & 0xff;
    return kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB ||
           kind == SQLITE_ERROR || // a table that is missing or has another shape
           code == SQLITE_IOERR_SHORT_READ;
}

/** Removes the file, unless another process has replaced it since (`bad`: which it was). */
static void discard_file(struct jd_expendable *file, const struct stat *bad)
{
    struct stat info;
    if (stat(file->path, &info) == 0 && info.st_dev == bad->st_dev &&
            info.st_ino == bad->st_ino) {
        unlink(file->path); // a failure shows when the file is opened again
        remove_side_files(file);
        file->host->log(file->host->context, JD_LOG_WARNING,
                "A database that may be lost was unusable and is made anew", file->path);
        file->host->count(file->host->context, "sqlite_rebuilt_total", 1);
    }
}

static int run_task(struct handle *handle,
        enum jd_expendable_mode mode,
        jd_expendable_task task,
        void *context)
{
    bool writes = mode == JD_EXPENDABLE_WRITE;
    int code = writes ? run_sql(handle, "BEGIN IMMEDIATE") : SQLITE_OK;
    if (code == SQLITE_OK) {
        code = task(handle->statements, context);
    }
    return code == SQLITE_OK && writes ? run_sql(handle, "COMMIT") : code;
}

/** One try; `out_code` is SQLite's answer. */
static enum jd_status try_task(struct jd_expendable *file,
        enum jd_expendable_mode mode,
        jd_expendable_task task,
        void *context,
        int *out_code,
        struct jd_error *error)
{
    struct handle *handle = NULL;
    enum jd_status status = borrow(file, &handle, out_code, error);
    if (!handle) {
        return status;
    }
    *out_code = run_task(handle, mode, task, context);
    if (*out_code == SQLITE_OK) {
        give_back(file, handle);
        return JD_OK;
    }
    status = jd_sqlite_fail(handle->db, *out_code, file->path, "operation", error);
    if (needs_reopen(*out_code)) {
        close_handle(handle);
        return status;
    }
    if (!sqlite3_get_autocommit(handle->db)) {
        run_sql(handle, "ROLLBACK"); // the failure that counts is reported
    }
    give_back(file, handle);
    return status;
}

enum jd_status jd_expendable_perform(struct jd_expendable *file,
        enum jd_expendable_mode mode,
        jd_expendable_task task,
        void *context,
        struct jd_error *error)
{
    enum jd_status status = JD_OK;
    for (int i = 0; i < TRIES; i++) {
        struct stat before = { 0 };
        int code = SQLITE_OK;
        if (stat(file->path, &before) != 0) {
            before.st_ino = 0; // missing: there will be nothing to discard
        }
        status = try_task(file, mode, task, context, &code, error);
        if (!needs_reopen(code)) {
            return status;
        }
        if (needs_rebuild(code)) {
            discard_file(file, &before);
        }
    }
    return status;
}

enum jd_status jd_expendable_open(const struct jd_host *host,
        const char *path,
        const struct jd_expendable_layout *layout,
        struct jd_expendable **out_file,
        struct jd_error *error)
{
    struct jd_expendable *file = calloc(1, sizeof(*file));
    if (!file) {
        return jd_error_set(error, JD_RETRY_LATER, "out of memory while opening %s", path);
    }
    file->host = host;
    file->layout = layout;
    snprintf(file->path, sizeof(file->path), "%s", path);
    pthread_mutex_init(&file->lock, NULL);
    *out_file = file;
    return JD_OK;
}

void jd_expendable_close(struct jd_expendable **file)
{
    if (!*file) {
        return;
    }
    struct handle *handle = NULL;
    while ((handle = take_idle(*file)) != NULL) {
        close_handle(handle);
    }
    pthread_mutex_destroy(&(*file)->lock);
    free(*file);
    *file = NULL;
}
