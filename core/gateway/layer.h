/**
 * Whose releases a request is about, and what the caller may do with them: each user has a
 * layer of its own ("me"); the organisation's is for editors, and what decides everybody's mail
 * for admins. As in gate.c, JD_OK with request->answer filled means: refused, go no further.
 */
#ifndef JD_GATEWAY_LAYER_H
#define JD_GATEWAY_LAYER_H

#include "gateway/request.h"
#include "store/releases.h"

/** Whether a handler goes on. */
static inline bool jd_layer_ok(const struct jd_request *request, enum jd_status status)
{
    return status == JD_OK && request->answer.status == 0;
}

/** The owner that `word` ("organisation" or "me") names. least: the role that the
 * organisation's layer asks for. */
enum jd_status jd_layer_owner(struct jd_request *request,
        struct jd_span word,
        enum jd_role least,
        int64_t *out_owner,
        struct jd_error *error);
/** The same for the query parameter "owner", which must be there. */
enum jd_status jd_layer_query(struct jd_request *request,
        enum jd_role least,
        int64_t *out_owner,
        struct jd_error *error);
/** The same for the body's member "owner". */
enum jd_status jd_layer_body(struct jd_request *request,
        enum jd_role least,
        int64_t *out_owner,
        struct jd_error *error);
/** The release with this id, the caller's own or, for editors, the organisation's. JD_GONE:
 * there is none that the caller may see. */
enum jd_status jd_layer_release(struct jd_request *request,
        struct jd_db *db,
        int64_t id,
        enum jd_role least,
        struct jd_release_row *out_release,
        struct jd_error *error);
/** The same for the id in the path. */
enum jd_status jd_layer_path(struct jd_request *request,
        struct jd_db *db,
        enum jd_role least,
        struct jd_release_row *out_release,
        struct jd_error *error);
/** The same for a member of the body, which must be there. */
enum jd_status jd_layer_member(struct jd_request *request,
        struct jd_db *db,
        const char *member,
        struct jd_release_row *out_release,
        struct jd_error *error);

#endif
