/** Who is asking, and the answer that signs somebody in. Any thread that owns the request. */
#ifndef JD_GATEWAY_AUTH_H
#define JD_GATEWAY_AUTH_H

#include "gateway/context.h"
#include "gateway/request.h"
#include "store/users.h"

#define JD_REFRESH_VALID_MS ((int64_t)30 * 24 * 60 * 60 * 1000)

/** "jackdaw_refresh_" and 8 letters of the data folder's key: a cookie knows no port, and two
 * Jackdaws on one host must not sign each other out. */
void jd_auth_name_cookie(const struct jd_key *master, char out[JD_COOKIE_NAME_BYTES]);

/** Fills request->caller from the bearer token; JD_UNAUTHORISED: none, or not good. */
enum jd_status jd_auth_caller(struct jd_request *request, struct jd_error *error);

/** Whether a page of `origin` ("https://host:port"; empty: not a browser's page) may speak to
 * us as `host`: only our own may. */
bool jd_auth_same_origin(struct jd_span origin, struct jd_span host);

/** Answers with an access token for `user`, and the refresh secret as a cookie, or in the body
 * when `in_body`. */
enum jd_status jd_auth_answer_session(struct jd_request *request,
        const struct jd_user *user,
        struct jd_span refresh_secret,
        bool in_body,
        struct jd_error *error);
/** Adds the cookie with its attributes; an empty secret deletes it. */
enum jd_status
jd_auth_set_cookie(struct jd_request *request, struct jd_span secret, struct jd_error *error);

#endif
