/* Who is asking, and the answer that signs somebody in. */
#include "gateway/auth.h"

#include <strings.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/span.h"
#include "gateway/context.h"
#include "gateway/jwt.h"
#include "gateway/sign_outs.h"

enum jd_status jd_auth_caller(struct jd_request *request, struct jd_error *error)
{
    struct jd_span value = jd_span_trim(request->headers[JD_HEADER_AUTHORIZATION]);
    struct jd_span scheme = JD_SPAN("Bearer ");
    if (value.len < scheme.len || strncasecmp(value.data, scheme.data, scheme.len) != 0) {
        return jd_error_set(error, JD_UNAUTHORISED,
                "sign in first: the request needs 'Authorization: Bearer TOKEN'");
    }
    struct jd_gateway *gateway = request->gateway;
    enum jd_status status = jd_jwt_verify(&gateway->jwt_key,
            jd_span_trim(jd_span_sub(value, scheme.len, value.len)), jd_clock_now_ms(),
            request->arena, &request->caller, error);
    return status == JD_OK ? jd_sign_outs_hold(gateway->sign_outs, &request->caller, error)
                           : status;
}

bool jd_auth_same_origin(struct jd_span origin, struct jd_span host)
{
    if (origin.len == 0) {
        return true;
    }
    struct jd_span schemes[] = { JD_SPAN("http://"), JD_SPAN("https://") };
    for (size_t i = 0; i < 2; i++) {
        if (jd_span_starts(origin, schemes[i])) {
            return jd_span_equal_nocase(jd_span_sub(origin, schemes[i].len, origin.len), host);
        }
    }
    return false; // "null" and the like
}

void jd_auth_name_cookie(const struct jd_key *master, char out[JD_COOKIE_NAME_BYTES])
{
    struct jd_key key;
    uint8_t mark[32];
    jd_key_derive(master, "cookie", &key);
    jd_mac(&key, JD_SPAN("refresh"), mark);
    snprintf(out, JD_COOKIE_NAME_BYTES, "jackdaw_refresh_%02x%02x%02x%02x", mark[0], mark[1],
            mark[2], mark[3]);
}

enum jd_status
jd_auth_set_cookie(struct jd_request *request, struct jd_span secret, struct jd_error *error)
{
    struct jd_span cookie = jd_arena_format(request->arena,
            "%s=" JD_SPAN_FMT "; Path=/api/v1/auth; HttpOnly; SameSite=Strict; Max-Age=%lld%s",
            request->gateway->refresh_cookie, JD_SPAN_ARG(secret),
            (long long)(secret.len ? JD_REFRESH_VALID_MS / 1000 : 0),
            request->gateway->options.behind_tls_proxy ? "; Secure" : "");
    if (!cookie.data) {
        return jd_error_set(error, JD_BAD_INPUT, "the request is too large");
    }
    jd_answer_header(request, "Set-Cookie", cookie.data);
    return JD_OK;
}

enum jd_status jd_auth_answer_session(struct jd_request *request,
        const struct jd_user *user,
        struct jd_span refresh_secret,
        bool in_body,
        struct jd_error *error)
{
    struct jd_caller caller = {
        .user = user->id,
        .name = user->name,
        .role = jd_role_parse(user->role),
    };
    if (!caller.role) {
        return jd_error_set(error, JD_BUG, "a user has the unknown role '" JD_SPAN_FMT "'",
                JD_SPAN_ARG(user->role));
    }
    struct jd_buf token = jd_buf_init(JD_JWT_BYTES_MAX);
    jd_jwt_issue(&request->gateway->jwt_key, &caller, jd_clock_now_ms(), &token);
    char id[JD_ID_TEXT_BYTES];
    jd_id_format(user->id, id);

    struct jd_json_writer writer = jd_answer_begin(request);
    jd_json_open_object(&writer, NULL);
    jd_json_add_text(&writer, "access_token", jd_buf_span(&token));
    jd_json_add_text(&writer, "token_type", JD_SPAN("Bearer"));
    jd_json_add_int(&writer, "expires_in", JD_JWT_VALID_MS / 1000);
    if (in_body) {
        jd_json_add_text(&writer, "refresh_token", refresh_secret);
    }
    jd_json_open_object(&writer, "user");
    jd_json_add_text(&writer, "id", jd_span_of(id));
    jd_json_add_text(&writer, "name", user->name);
    jd_json_add_text(&writer, "role", user->role);
    jd_json_close_object(&writer);
    jd_json_close_object(&writer);
    jd_buf_finish(&token);
    enum jd_status status =
            in_body ? JD_OK : jd_auth_set_cookie(request, refresh_secret, error);
    return status == JD_OK ? jd_answer_json(request, 200, error) : status;
}
