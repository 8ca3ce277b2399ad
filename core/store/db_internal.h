/** What the files of this folder share about connections and the store, and nobody else needs.
 */
#ifndef JD_STORE_DB_INTERNAL_H
#define JD_STORE_DB_INTERNAL_H

#include "store/db.h"
#include "store/dialect.h"

struct jd_shared *jd_store_shared(const struct jd_store *store); // may be NULL
const struct jd_dialect *jd_store_dialect(const struct jd_store *store);
/** A connection before the schema is there: no writer number is taken. */
enum jd_status
jd_db_connect(struct jd_store *store, struct jd_db **out_db, struct jd_error *error);
/** The storage plugin's connection. */
void *jd_db_connection(struct jd_db *db);

/** The first `last` steps alone: what an older Jackdaw left behind, for tests. */
enum jd_status jd_store_migrate_to(struct jd_store *store,
        int64_t last,
        const char *snapshot_dir,
        struct jd_error *error);

#endif
