/**
 * Joining messages into threads, in the transaction that stores them (after J. Zawinski,
 * "Message threading"): messages that share a Message-ID, directly or through References, are
 * one thread. The result does not depend on the order in which messages arrive; on a merge the
 * older thread's id survives. Mail without references joins by its base subject only between
 * the same two people.
 */
#ifndef JD_STORE_THREADS_H
#define JD_STORE_THREADS_H

#include "store/db.h"

#define JD_THREAD_IDS_MAX 80

/** hashes: jd_hash63 of each id that names the thread, at least 1. out_merged: threads were
 * joined, so what their messages' history says may have changed. */
enum jd_status jd_thread_join(struct jd_db *db,
        int64_t user,
        const int64_t *hashes,
        uint32_t count,
        int64_t *out_thread,
        bool *out_merged,
        struct jd_error *error);
/** Fills `out_hashes` (JD_THREAD_IDS_MAX) for a message; returns how many. Pure. content_key
 * stands in for a missing Message-ID. */
struct jd_thread_names {
    struct jd_span message_id;
    const struct jd_span *references;
    uint32_t references_count;
    struct jd_span base_subject, from, first_to, content_key;
    bool is_reply, is_bulk;
};
uint32_t jd_thread_hashes(const struct jd_thread_names *names,
        int64_t out_hashes[JD_THREAD_IDS_MAX]);

#endif
