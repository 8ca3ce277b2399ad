/** Opening a SQLite file the way we want it, and saying in one sentence what went wrong. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "sqlite.h"

int64_t jd_sqlite_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum jd_status jd_sqlite_path(const struct jd_config *config,
        const char *default_name,
        char out[PATH_MAX],
        struct jd_error *error)
{
    const char *path = jd_config_text(config, "path");
    int length = path ? snprintf(out, PATH_MAX, "%s", path)
                      : snprintf(out, PATH_MAX, "%s/%s", config->state_dir, default_name);
    if (length >= PATH_MAX - 16) { // room for "-wal", ".gate" and the like
        return jd_error_set(error, JD_BAD_INPUT, "%s: the option path is longer than %d bytes",
                config->instance, PATH_MAX - 16);
    }
    return JD_OK;
}

/** Free space of the file system that holds `path`, in MiB; -1: unknown. */
static long long free_mib(const char *path)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof(folder), "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash) {
        slash[1] = '\0';
    }
    struct statvfs info;
    if (statvfs(folder, &info) != 0) {
        return -1;
    }
    return (long long)((info.f_bavail * (unsigned long long)info.f_frsize) >> 20);
}

static enum jd_status fail_cannot_open(sqlite3 *db, const char *path, struct jd_error *error)
{
    int cause = db ? sqlite3_system_errno(db) : errno;
    bool passing = cause == EMFILE || cause == ENFILE || cause == ENOSPC || cause == ENOMEM;
    return jd_error_set(error, passing ? JD_RETRY_LATER : JD_BAD_INPUT,
            "database %s cannot be opened: %s; it and its folder must exist and be writable by "
            "this user",
            path, cause ? strerrordesc_np(cause) : "not a file");
}

static enum jd_status fail_corrupt(const char *path, struct jd_error *error)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) : 0;
    return jd_error_set(error, JD_BAD_INPUT,
            "database %s is damaged or not a database: restore a snapshot from %.*s/snapshots",
            path, folder, path);
}

enum jd_status jd_sqlite_fail(sqlite3 *db,
        int code,
        const char *path,
        const char *what,
        struct jd_error *error)
{
    const char *text = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    switch (code & 0xff) {
    case SQLITE_FULL:
        return jd_error_set(error, JD_RETRY_LATER,
                "database %s: the disk is full (%lld MiB free): free some space; nothing of "
                "this %s was stored",
                path, free_mib(path), what);
    case SQLITE_IOERR:
        return jd_error_set(error, JD_RETRY_LATER,
                "database %s: the %s could not be written or read (%s, %lld MiB free): free "
                "some space or check the disk",
                path, what, db ? strerrordesc_np(sqlite3_system_errno(db)) : text,
                free_mib(path));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return jd_error_set(error, JD_RETRY_LATER,
                "database %s: another program held its lock during this %s", path, what);
    case SQLITE_INTERRUPT:
        return jd_error_set(error, JD_RETRY_LATER,
                "database %s: the %s did not end before its deadline", path, what);
    case SQLITE_NOMEM:
        return jd_error_set(
                error, JD_RETRY_LATER, "database %s: out of memory in a %s", path, what);
    case SQLITE_CONSTRAINT:
        return jd_error_set(
                error, JD_REJECTED, "database %s refused a %s: %s", path, what, text);
    case SQLITE_TOOBIG:
        return jd_error_set(
                error, JD_BAD_INPUT, "database %s: a value of this %s is too big", path, what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return fail_corrupt(path, error);
    case SQLITE_CANTOPEN:
        return fail_cannot_open(db, path, error);
    case SQLITE_READONLY:
        return jd_error_set(error, JD_BAD_INPUT,
                "database %s cannot be written (%s): make it and its folder writable for this "
                "user, and restart if the file was replaced",
                path, text);
    default:
        return jd_error_set(error, JD_BUG, "database %s: %s failed: %s", path, what, text);
    }
}

static void configure_once(void)
{
    // Without SQLite's own memory statistics no lock is taken at each allocation. Refused if
    // somebody used SQLite before us, which only costs that lock.
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/** Makes the file readable by its owner alone: SQLite gives its side files the same mode. */
static void create_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd); // a failure shows in the open that follows, with its reason
    }
}

enum jd_status
jd_sqlite_open(const char *path, bool create, sqlite3 **out_db, struct jd_error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT; // process-wide, as the setting is
    pthread_once(&once, configure_once);
    if (create && access(path, F_OK) != 0) {
        create_private(path);
    }
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                SQLITE_OPEN_EXRESCODE;
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(path, &db, flags, NULL);
    if (code != SQLITE_OK) {
        enum jd_status status = jd_sqlite_fail(db, code, path, "opening", error);
        sqlite3_close_v2(db);
        return status;
    }
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    *out_db = db;
    return JD_OK;
}
