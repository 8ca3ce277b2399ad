/** Users, their passwords and what keeps them signed in. Spans of results live in `arena`. */
#ifndef JD_STORE_USERS_H
#define JD_STORE_USERS_H

#include "base/seal.h"
#include "store/db.h"

struct jd_user {
    int64_t id;
    struct jd_span name;
    struct jd_span role;          // "admin", "editor", "user"
    struct jd_span password_hash; // PHC string
};

enum jd_status jd_user_by_name(struct jd_db *db,
        struct jd_span name,
        struct jd_arena *arena,
        struct jd_user *out_user,
        struct jd_error *error);
enum jd_status jd_user_by_id(struct jd_db *db,
        int64_t user,
        struct jd_arena *arena,
        struct jd_user *out_user,
        struct jd_error *error);
/** JD_REJECTED: the name is taken. */
enum jd_status jd_user_create(struct jd_db *db,
        struct jd_span name,
        struct jd_span role,
        struct jd_span password,
        int64_t *out_user,
        struct jd_error *error);
/** Signs the user out everywhere as well: refresh tokens are gone, and access tokens of until
 * now are refused. */
enum jd_status jd_user_set_password(struct jd_db *db,
        int64_t user,
        struct jd_span password,
        struct jd_error *error);

typedef enum jd_status (*jd_signed_out_fn)(void *context, int64_t user, int64_t at_ms);
/** Who was signed out everywhere within the last within_ms. */
enum jd_status jd_users_signed_out(struct jd_db *db,
        int64_t within_ms,
        jd_signed_out_fn row,
        void *context,
        struct jd_error *error);

/** Makes a single-use sign-in link's secret (base64url text appended to out_secret); only its
 * hash is stored. */
enum jd_status jd_link_create(struct jd_db *db,
        int64_t user,
        int64_t valid_ms,
        struct jd_buf *out_secret,
        struct jd_error *error);
/** Uses it up. JD_UNAUTHORISED: unknown, used or expired. */
enum jd_status
jd_link_use(struct jd_db *db, struct jd_span secret, int64_t *out_user, struct jd_error *error);

/** Refresh tokens rotate: using one gives the next of the same family; using one twice revokes
 * the family (RFC 9700, 4.14.2). */
enum jd_status jd_refresh_create(struct jd_db *db,
        int64_t user,
        int64_t valid_ms,
        struct jd_buf *out_secret,
        struct jd_error *error);
enum jd_status jd_refresh_rotate(struct jd_db *db,
        struct jd_span secret,
        int64_t valid_ms,
        struct jd_buf *out_secret,
        int64_t *out_user,
        struct jd_error *error);
/** Signs out: revokes the family. Fine when unknown. */
enum jd_status
jd_refresh_revoke(struct jd_db *db, struct jd_span secret, struct jd_error *error);

#endif
