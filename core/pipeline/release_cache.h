/** The active release and its files, read from storage when another was activated. One thread.
 */
#ifndef JD_PIPELINE_RELEASE_CACHE_H
#define JD_PIPELINE_RELEASE_CACHE_H

#include "pipeline/pool.h"
#include "store/db.h"

struct jd_release_cache;

struct jd_release_cache *jd_release_cache_create(void);
void jd_release_cache_destroy(struct jd_release_cache **cache);
/** The organisation's active release; loads it into `child` if the child does not have it yet.
 */
enum jd_status jd_release_cache_load(struct jd_release_cache *cache,
        struct jd_db *db,
        struct jd_child *child,
        int64_t *out_release,
        struct jd_error *error);

#endif
