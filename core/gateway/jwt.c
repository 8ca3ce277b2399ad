/* Access tokens: JSON Web Tokens with one algorithm. */
#include "gateway/jwt.h"

#include "base/id.h"
#include "base/span.h"

/* base64url of {"alg":"HS256","typ":"JWT"} */
static const char header[] = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

#define CLAIMS_BYTES_MAX 700
#define MAC_BYTES        32

static const char *const role_names[] = {
    [JD_ROLE_USER] = "user",
    [JD_ROLE_EDITOR] = "editor",
    [JD_ROLE_ADMIN] = "admin",
};

enum jd_role jd_role_parse(struct jd_span text)
{
    for (enum jd_role role = JD_ROLE_USER; role <= JD_ROLE_ADMIN; role++) {
        if (jd_span_equal(text, jd_span_of(role_names[role]))) {
            return role;
        }
    }
    return 0;
}

const char *jd_role_name(enum jd_role role)
{
    return role_names[role];
}

void jd_jwt_issue(const struct jd_key *key,
        const struct jd_caller *caller,
        int64_t now_ms,
        struct jd_buf *out)
{
    struct jd_buf claims = jd_buf_init(CLAIMS_BYTES_MAX);
    struct jd_json_writer writer = jd_json_writer(&claims);
    char subject[JD_ID_TEXT_BYTES];
    jd_id_format(caller->user, subject);
    jd_json_open_object(&writer, NULL);
    jd_json_add_text(&writer, "sub", jd_span_of(subject));
    jd_json_add_text(&writer, "name", jd_span_sub(caller->name, 0, 200));
    jd_json_add_text(&writer, "role", jd_span_of(jd_role_name(caller->role)));
    jd_json_add_int(&writer, "iat", now_ms / 1000);
    jd_json_add_int(&writer, "iat_ms", now_ms); // a sign-out may be of the same second
    jd_json_add_int(&writer, "exp", (now_ms + JD_JWT_VALID_MS) / 1000);
    jd_json_close_object(&writer);

    size_t start = out->len;
    jd_buf_text(out, header);
    jd_buf_char(out, '.');
    jd_base64url_encode(jd_buf_span(&claims), out);
    uint8_t mac[MAC_BYTES];
    jd_mac(key, jd_span_sub(jd_buf_span(out), start, out->len), mac);
    jd_buf_char(out, '.');
    jd_base64url_encode(jd_span_new((const char *)mac, sizeof(mac)), out);
    jd_buf_finish(&claims);
}

/* Cuts "header.claims.signature"; false when the header is not ours. */
static bool split(struct jd_span token,
        struct jd_span *out_signed,
        struct jd_span *out_claims,
        struct jd_span *out_signature)
{
    struct jd_span rest = token, head;
    if (token.len > JD_JWT_BYTES_MAX || !jd_span_split(&rest, '.', &head) ||
            !jd_span_equal(head, jd_span_new(header, sizeof(header) - 1)) ||
            !jd_span_split(&rest, '.', out_claims) || rest.data == NULL ||
            memchr(rest.data, '.', rest.len)) {
        return false;
    }
    *out_signature = rest;
    *out_signed = jd_span_sub(token, 0, token.len - rest.len - 1);
    return true;
}

static bool
signature_holds(const struct jd_key *key, struct jd_span signed_part, struct jd_span signature)
{
    struct jd_buf mac = jd_buf_init(MAC_BYTES);
    bool holds = jd_base64url_decode(signature, &mac) && mac.len == MAC_BYTES &&
                 jd_mac_verify(key, signed_part, (const uint8_t *)mac.data);
    jd_buf_finish(&mac);
    return holds;
}

static enum jd_status read_claims(const struct jd_json *claims,
        int64_t now_ms,
        struct jd_arena *arena,
        struct jd_caller *out_caller,
        struct jd_error *error)
{
    struct jd_span none = { "", 0 };
    struct jd_caller caller = {
        .role = jd_role_parse(jd_json_text(jd_json_member(claims, "role"), none)),
        .name = jd_arena_copy(arena, jd_json_text(jd_json_member(claims, "name"), none)),
        .issued_ms = jd_json_int(jd_json_member(claims, "iat_ms"), 0),
        .expires_ms = jd_json_int(jd_json_member(claims, "exp"), 0) * 1000,
    };
    if (!caller.role ||
            !jd_id_parse(jd_json_text(jd_json_member(claims, "sub"), none), &caller.user)) {
        return jd_error_set(error, JD_UNAUTHORISED, "the access token says nobody's name");
    }
    if (caller.expires_ms <= now_ms) {
        return jd_error_set(error, JD_UNAUTHORISED, "the access token has expired: refresh it");
    }
    *out_caller = caller;
    return JD_OK;
}

enum jd_status jd_jwt_verify(const struct jd_key *key,
        struct jd_span token,
        int64_t now_ms,
        struct jd_arena *arena,
        struct jd_caller *out_caller,
        struct jd_error *error)
{
    struct jd_span signed_part, claims_part, signature;
    if (!split(token, &signed_part, &claims_part, &signature) ||
            !signature_holds(key, signed_part, signature)) {
        return jd_error_set(error, JD_UNAUTHORISED, "the access token is not one of ours");
    }
    struct jd_buf text = jd_buf_init(JD_JWT_BYTES_MAX);
    struct jd_json *claims = NULL;
    enum jd_status status = JD_UNAUTHORISED;
    if (jd_base64url_decode(claims_part, &text)) {
        status = jd_json_parse(jd_buf_span(&text), JD_JWT_BYTES_MAX, &claims, error);
    }
    if (status == JD_OK) {
        status = read_claims(claims, now_ms, arena, out_caller, error);
    } else {
        status = jd_error_set(error, JD_UNAUTHORISED, "the access token is not one of ours");
    }
    jd_json_destroy(&claims);
    jd_buf_finish(&text);
    return status;
}
