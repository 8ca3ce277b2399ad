/*
 * Migrations: numbered steps of plain SQL that travel inside the binary, applied by a one-shot
 * child before any role starts. A database that holds something is copied first.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/span.h"
#include "store/db_internal.h"
#include "store/embedded.h"
#include "store/releases.h"

#define STEP_BYTES_MAX (256 * 1024)
#define SQL_FOLDER     "core/store/migrations/"

/* One step is one or more files: what is common, then what only one dialect has. */
struct step {
    const char *files[2];
};

static const struct step steps[] = {
    { { "0001_begin.sql", "0001_search" } },
    { { "0002_rejected.sql" } },
    { { "0003_releases.sql" } },
    { { "0004_backtests.sql" } },
    { { "0005_answers.sql" } },
    { { "0006_shadow.sql" } },
    { { "0007_figures.sql" } },
    { { "0008_suspensions.sql" } },
    { { "0009_undo_and_tokens.sql" } },
    { { "0010_limits.sql" } },
};
#define VERSION ((int64_t)(sizeof(steps) / sizeof(steps[0])))

static const struct jd_statement version_read = { "migrate.version", JD_SCOPE_SYSTEM,
    "SELECT version FROM schema_version" };
static const struct jd_statement version_write = { "migrate.set_version", JD_SCOPE_SYSTEM,
    "UPDATE schema_version SET version = ?1" };

static const struct jd_embedded *find_file(const char *name)
{
    for (const struct jd_embedded *file = jd_embedded_files; file->path; file++) {
        if (strncmp(file->path, SQL_FOLDER, strlen(SQL_FOLDER)) == 0 &&
                strcmp(file->path + strlen(SQL_FOLDER), name) == 0) {
            return file;
        }
    }
    return NULL;
}

static enum jd_status
run_script(struct jd_db *db, const char *sql_text, size_t len, struct jd_error *error)
{
    struct jd_store *store = jd_db_store(db);
    struct jd_buf sql = jd_buf_init(STEP_BYTES_MAX);
    enum jd_status status =
            jd_dialect_expand(jd_store_dialect(store), jd_span_new(sql_text, len), &sql, error);
    if (status == JD_OK) {
        status = jd_store_services(store)->storage.ops->script(
                jd_db_connection(db), jd_buf_span(&sql), error);
    }
    jd_buf_finish(&sql);
    return status;
}

static enum jd_status run_file(struct jd_db *db, const char *name, struct jd_error *error)
{
    char with_dialect[100];
    const struct jd_embedded *file = find_file(name);
    if (!file) {
        snprintf(with_dialect, sizeof(with_dialect), "%s.%s.sql", name,
                jd_dialect_name(jd_store_dialect(jd_db_store(db))));
        file = find_file(with_dialect);
    }
    if (!file) {
        return jd_error_set(error, JD_BUG, "migration %s is not in this binary", name);
    }
    enum jd_status status = run_script(db, file->bytes, file->size, error);
    return status == JD_OK ? JD_OK : jd_error_wrap(error, "migration %s", name);
}

/* 0: the database is empty. */
static enum jd_status
read_version(struct jd_db *db, int64_t *out_version, struct jd_error *error)
{
    static const char create[] =
            "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL);"
            "INSERT INTO schema_version SELECT 0 "
            "WHERE NOT EXISTS (SELECT 1 FROM schema_version);";
    enum jd_status status = run_script(db, create, sizeof(create) - 1, error);
    return status == JD_OK ? jd_db_int(db, &version_read, 0, JD_NO_VALUES, out_version, error)
                           : status;
}

static enum jd_status check_newer(int64_t version, struct jd_error *error)
{
    if (version > VERSION) {
        return jd_error_set(error, JD_BAD_INPUT,
                "the database is of a newer Jackdaw (schema %lld, this one knows %lld); run that version, or restore the snapshot from before the upgrade",
                (long long)version, (long long)VERSION);
    }
    return JD_OK;
}

static enum jd_status take_snapshot(struct jd_db *db,
        int64_t version,
        const char *snapshot_dir,
        struct jd_error *error)
{
    char file[4096];
    enum jd_status status = jd_file_mkdirs(snapshot_dir, 0700, error);
    snprintf(file, sizeof(file), "%s/schema-%lld-%lld.db", snapshot_dir, (long long)version,
            (long long)jd_clock_now_ms());
    return status == JD_OK ? jd_store_services(jd_db_store(db))
                                     ->storage.ops->snapshot(jd_db_connection(db), file, error)
                           : status;
}

static enum jd_status run_step(struct jd_db *db, int64_t number, struct jd_error *error)
{
    const struct step *step = &steps[number - 1];
    enum jd_status status = jd_tx_begin(db, JD_TX_BULK, INT64_MAX, error);
    for (size_t i = 0; i < 2 && status == JD_OK && step->files[i]; i++) {
        status = run_file(db, step->files[i], error);
    }
    if (status == JD_OK) {
        status = jd_db_run(
                db, &version_write, 0, JD_VALUES(JD_INT(number)), NULL, NULL, NULL, error);
    }
    if (status == JD_OK) {
        return jd_tx_commit(db, error);
    }
    jd_tx_rollback(db);
    return status;
}

/* The standard pack of this version: release 1, or a candidate. */
static enum jd_status offer_pack(struct jd_db *db, struct jd_error *error)
{
    enum jd_status status = jd_tx_begin(db, JD_TX_BULK, INT64_MAX, error);
    if (status == JD_OK) {
        status = jd_standard_offer(db, error);
    }
    if (status == JD_OK) {
        return jd_tx_commit(db, error);
    }
    jd_tx_rollback(db);
    return status;
}

enum jd_status jd_store_migrate_to(struct jd_store *store,
        int64_t last,
        const char *snapshot_dir,
        struct jd_error *error)
{
    struct jd_db *db = NULL;
    int64_t version = 0;
    enum jd_status status = jd_db_connect(store, &db, error);
    if (status == JD_OK) {
        status = read_version(db, &version, error);
    }
    if (status == JD_OK) {
        status = check_newer(version, error);
    }
    if (status == JD_OK && version > 0 && version < last) {
        status = take_snapshot(db, version, snapshot_dir, error);
    }
    while (status == JD_OK && version < last) {
        status = run_step(db, ++version, error);
    }
    if (status == JD_OK && last == VERSION) {
        status = offer_pack(db, error);
    }
    jd_db_close(&db);
    return status;
}

enum jd_status
jd_store_migrate(struct jd_store *store, const char *snapshot_dir, struct jd_error *error)
{
    return jd_store_migrate_to(store, VERSION, snapshot_dir, error);
}

enum jd_status jd_store_check_version(struct jd_store *store, struct jd_error *error)
{
    struct jd_db *db = NULL;
    int64_t version = 0;
    enum jd_status status = jd_db_connect(store, &db, error);
    if (status == JD_OK) {
        status = jd_db_int(db, &version_read, 0, JD_NO_VALUES, &version, error);
    }
    jd_db_close(&db);
    if (status == JD_OK) {
        status = check_newer(version, error);
    }
    if (status == JD_OK && version < VERSION) {
        return jd_error_set(error, JD_RETRY_LATER,
                "the database still has schema %lld of %lld; run `jackdaw migrate`",
                (long long)version, (long long)VERSION);
    }
    return status;
}
