/* Signing in, staying signed in, signing out. */
#include "base/clock.h"
#include "base/id.h"
#include "base/span.h"
#include "gateway/auth.h"
#include "gateway/context.h"
#include "gateway/handlers.h"
#include "gateway/jwt.h"
#include "gateway/problem.h"
#include "gateway/rate.h"

#define SECRET_BYTES_MAX 256

/* Verified when the name is unknown, so that the answer takes as long as for a known one. */
static const char nobodys_password[] =
        "$argon2id$v=19$m=65536,t=2,p=1$DMzNQcoPz2NwEknNdO00KA$mkLTqZ69P1v5RW/aKx1kd5GGUHAO3zY0wRa6s+mWsGY";

static enum jd_status wait_first(int64_t wait_ms, struct jd_error *error)
{
    jd_error_set(error, JD_RATE_LIMITED, "too many failed sign-ins: try again in %lld seconds",
            (long long)(wait_ms + 999) / 1000);
    error->after_ms = wait_ms;
    return JD_RATE_LIMITED;
}

/* Gives the user a new sign-in family and answers. */
static enum jd_status begin_session(struct jd_request *request,
        struct jd_db *db,
        const struct jd_user *user,
        struct jd_error *error)
{
    struct jd_buf secret = jd_buf_init(SECRET_BYTES_MAX);
    enum jd_status status =
            jd_refresh_create(db, user->id, JD_REFRESH_VALID_MS, &secret, error);
    if (status == JD_OK) {
        status = jd_auth_answer_session(request, user, jd_buf_span(&secret), false, error);
    }
    jd_buf_finish(&secret);
    return status;
}

static enum jd_status check_password(struct jd_request *request,
        struct jd_db *db,
        struct jd_span name,
        struct jd_span password,
        struct jd_user *out_user,
        struct jd_error *error)
{
    enum jd_status status = jd_user_by_name(db, name, request->arena, out_user, error);
    if (status != JD_OK && status != JD_GONE && status != JD_NONE) {
        return status;
    }
    const char *hash = status == JD_OK ? jd_arena_text(request->arena, out_user->password_hash)
                                       : nobodys_password;
    bool good = jd_password_verify(hash ? hash : nobodys_password, password);
    return good && status == JD_OK
                   ? JD_OK
                   : jd_error_set(error, JD_UNAUTHORISED, "the name or the password is wrong");
}

enum jd_status jd_on_login(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_gateway *gateway = request->gateway;
    struct jd_span name, password;
    enum jd_status status = jd_body_text(request, "username", 1, 200, &name, error);
    if (status == JD_OK) {
        status = jd_body_text(request, "password", 1, 1000, &password, error);
    }
    if (status != JD_OK) {
        return status;
    }
    struct jd_span key = jd_arena_format(request->arena, JD_SPAN_FMT " " JD_SPAN_FMT,
            JD_SPAN_ARG(request->peer), JD_SPAN_ARG(name));
    int64_t now_ms = jd_clock_monotonic_ms();
    int64_t wait_ms = jd_throttle_wait_ms(gateway->name_throttle, key, now_ms);
    int64_t address_ms = jd_throttle_wait_ms(gateway->address_throttle, request->peer, now_ms);
    wait_ms = address_ms > wait_ms ? address_ms : wait_ms;
    if (wait_ms) {
        return wait_first(wait_ms, error);
    }
    struct jd_user user;
    status = check_password(request, db, name, password, &user, error);
    if (status == JD_UNAUTHORISED) {
        jd_throttle_fail(gateway->name_throttle, key, now_ms);
        jd_throttle_fail(gateway->address_throttle, request->peer, now_ms);
    }
    if (status != JD_OK) {
        return status;
    }
    jd_throttle_forget(gateway->name_throttle, key);
    return begin_session(request, db, &user, error);
}

enum jd_status jd_on_link(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_span token;
    int64_t user_id;
    struct jd_user user;
    enum jd_status status = jd_body_text(request, "token", 1, 200, &token, error);
    if (status == JD_OK) {
        status = jd_link_use(db, token, &user_id, error);
    }
    if (status == JD_OK) {
        status = jd_user_by_id(db, user_id, request->arena, &user, error);
    }
    return status == JD_OK ? begin_session(request, db, &user, error) : status;
}

/* The refresh secret from the body, else from the cookie; empty: there is none. A cookie counts
 * only from a page of ours. */
static enum jd_status find_refresh(struct jd_request *request,
        struct jd_span *out_secret,
        bool *out_in_body,
        struct jd_error *error)
{
    enum jd_status status = jd_body_text(request, "refresh_token", 1, 200, out_secret, error);
    if (status != JD_OK) {
        return status;
    }
    *out_in_body = out_secret->data != NULL;
    if (!*out_in_body) {
        bool ours = jd_auth_same_origin(
                request->headers[JD_HEADER_ORIGIN], request->headers[JD_HEADER_HOST]);
        *out_secret = ours ? jd_request_cookie(request, request->gateway->refresh_cookie)
                           : jd_span_new("", 0);
    }
    return JD_OK;
}

enum jd_status
jd_on_refresh(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_span secret;
    bool in_body;
    enum jd_status status = find_refresh(request, &secret, &in_body, error);
    if (status != JD_OK) {
        return status;
    }
    if (secret.len == 0) {
        return jd_error_set(error, JD_UNAUTHORISED, "nobody is signed in here");
    }
    struct jd_buf next = jd_buf_init(SECRET_BYTES_MAX);
    int64_t user_id;
    struct jd_user user;
    status = jd_refresh_rotate(db, secret, JD_REFRESH_VALID_MS, &next, &user_id, error);
    if (status == JD_OK) {
        status = jd_user_by_id(db, user_id, request->arena, &user, error);
    }
    if (status == JD_OK) {
        status = jd_auth_answer_session(request, &user, jd_buf_span(&next), in_body, error);
    }
    jd_buf_finish(&next);
    return status;
}

enum jd_status
jd_on_logout(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_span secret;
    bool in_body;
    enum jd_status status = find_refresh(request, &secret, &in_body, error);
    if (status == JD_OK && secret.len) {
        status = jd_refresh_revoke(db, secret, error);
    }
    if (status == JD_OK && !in_body) {
        status = jd_auth_set_cookie(request, jd_span_new("", 0), error);
    }
    return status == JD_OK ? jd_answer_empty(request, 204) : status;
}

enum jd_status jd_on_me(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    (void)db; // the token says it all
    char id[JD_ID_TEXT_BYTES];
    jd_id_format(request->caller.user, id);
    struct jd_json_writer writer = jd_answer_begin(request);
    jd_json_open_object(&writer, NULL);
    jd_json_add_text(&writer, "id", jd_span_of(id));
    jd_json_add_text(&writer, "name", request->caller.name);
    jd_json_add_text(&writer, "role", jd_span_of(jd_role_name(request->caller.role)));
    jd_json_close_object(&writer);
    return jd_answer_json(request, 200, error);
}
