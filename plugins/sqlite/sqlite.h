/**
 * What the parts of the sqlite plugin share: the two services, error sentences, and what every
 * SQLite handle of ours gets before its first statement.
 */
#ifndef JD_SQLITE_H
#define JD_SQLITE_H

#include <limits.h>

#include <sqlite3.h>

#include <jackdaw/host.h>
#include <jackdaw/queue.h>
#include <jackdaw/storage.h>

extern const struct jd_option jd_sqlite_storage_options[];
extern const struct jd_storage_ops jd_sqlite_storage_ops;
extern const struct jd_option jd_sqlite_queue_options[];
extern const struct jd_queue_ops jd_sqlite_queue_ops;

/** Milliseconds that never go back; deadlines inside the plugin are points on this clock. */
int64_t jd_sqlite_monotonic_ms(void);

/** Fills `out` with the option `path`, or else `default_name` below the state folder. */
enum jd_status jd_sqlite_path(const struct jd_config *config,
        const char *default_name,
        char out[PATH_MAX],
        struct jd_error *error);

/**
 * Opens the handle: no mutex of its own, extended codes, strict about strings and schema.
 * With `create`, a missing file is made, readable by its owner alone. out_db is NULL on
 * failure.
 */
enum jd_status
jd_sqlite_open(const char *path, bool create, sqlite3 **out_db, struct jd_error *error);

/**
 * The class of a SQLite result code and its sentence: names `path`, says what was being done
 * (`what`: "commit") and the cure. `db` may be NULL. Returns the class.
 */
enum jd_status jd_sqlite_fail(sqlite3 *db,
        int code,
        const char *path,
        const char *what,
        struct jd_error *error);

/** Registers jd_now_ms() and the tokenizer "jackdaw"; a SQLite result code. */
int jd_sqlite_extend(sqlite3 *db);

#endif
