/**
 * Access tokens: JSON Web Tokens (RFC 7519), signed with HMAC-SHA-256 under a key that never
 * leaves the gateway. The header is one constant text: a token with any other header, another
 * algorithm or none, is not ours (RFC 8725, 3.1). Any thread.
 */
#ifndef JD_GATEWAY_JWT_H
#define JD_GATEWAY_JWT_H

#include "base/seal.h"
#include "gateway/request.h"

#define JD_JWT_VALID_MS  (15 * 60 * 1000)
#define JD_JWT_BYTES_MAX 1024

/** Appends a token for `caller`, good for JD_JWT_VALID_MS from now_ms (wall clock).
 * caller's times are not looked at. */
void jd_jwt_issue(const struct jd_key *key,
        const struct jd_caller *caller,
        int64_t now_ms,
        struct jd_buf *out);
/** Checks signature, then claims. out_caller's name lives in `arena`. JD_UNAUTHORISED: why, in
 * words for the client. */
enum jd_status jd_jwt_verify(const struct jd_key *key,
        struct jd_span token,
        int64_t now_ms,
        struct jd_arena *arena,
        struct jd_caller *out_caller,
        struct jd_error *error);

/** "admin", "editor", "user"; 0 for anything else. */
enum jd_role jd_role_parse(struct jd_span text);
const char *jd_role_name(enum jd_role role);

#endif
