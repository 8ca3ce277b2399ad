/** A canonical hash of what was decided: content keys, verdicts, tasks, drafts and thread
 * membership; no ids, no times of ours. */
#ifndef JD_STORE_DIGEST_H
#define JD_STORE_DIGEST_H

#include "base/seal.h"
#include "store/db.h"

/** Over all users, in content order; the same for any order of arrival. */
enum jd_status jd_store_digest(struct jd_db *db,
        uint8_t out_hash[JD_HASH_BYTES],
        int64_t *out_messages,
        struct jd_error *error);

#endif
