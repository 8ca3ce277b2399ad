/**
 * Answers of lists, kept in the cache service. The key names the user, the place of the user's
 * stream and the request's target, so a change makes new keys and nothing needs deleting.
 *
 * jd_list_cache_key is called before the list is read: an answer may then be newer than its key
 * says, never older. Any thread; never waits for storage.
 */
#ifndef JD_GATEWAY_CACHE_H
#define JD_GATEWAY_CACHE_H

#include "base/shared.h"
#include "gateway/request.h"
#include "host/host.h"
#include "store/streams.h"

/** Where the user's stream stands as far as this node knows. False: ask storage. */
bool jd_list_cache_position(const struct jd_shared *shared,
        int64_t user,
        struct jd_position *out_position);
/** Sets request->cache_key. */
void jd_list_cache_key(struct jd_request *request, const struct jd_position *position);
/** Answers from the cache; 304 when the client has it already. False: not there. */
bool jd_list_cache_answer(const struct jd_services *services, struct jd_request *request);
/** Keeps the answer, if it is a 200 and has a key. */
void jd_list_cache_keep(const struct jd_services *services, const struct jd_request *request);
/** Adds the ETag of the key, and turns the answer into a 304 when the client has it. */
void jd_list_cache_tag(struct jd_request *request);

#endif
