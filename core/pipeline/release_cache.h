/** The files of rule sets, read from storage once, and their way into compute children. One
 * thread. */
#ifndef JD_PIPELINE_RELEASE_CACHE_H
#define JD_PIPELINE_RELEASE_CACHE_H

#include "pipeline/pool.h"
#include "store/releases.h"

struct jd_release_cache;

struct jd_release_cache *jd_release_cache_create(void);
void jd_release_cache_destroy(struct jd_release_cache **cache);
/** Makes `child` ready to decide with `set`. */
enum jd_status jd_release_cache_load(struct jd_release_cache *cache,
        struct jd_db *db,
        struct jd_child *child,
        const struct jd_rule_set *set,
        struct jd_error *error);

#endif
