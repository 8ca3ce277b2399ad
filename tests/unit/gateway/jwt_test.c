/* Access tokens: what is taken, and everything that is not. */
#include "gateway/jwt.h"

#include "base/id.h"
#include "jd_test.h"

#define NOW_MS INT64_C(1772000000000)

static struct jd_key key;
static struct jd_caller robin;

static struct jd_buf issue(void)
{
    struct jd_buf token = jd_buf_init(JD_JWT_BYTES_MAX);
    jd_jwt_issue(&key, &robin, NOW_MS, &token);
    return token;
}

static enum jd_status verify(struct jd_span token, int64_t now_ms, struct jd_caller *out_caller)
{
    static struct jd_arena *arena;
    arena = arena ? arena : jd_arena_create(64 * 1024);
    struct jd_error error;
    return jd_jwt_verify(&key, token, now_ms, arena, out_caller, &error);
}

/* "header.claims" with a signature under our own key. */
static struct jd_buf forge(const char *header, const char *claims)
{
    struct jd_buf token = jd_buf_init(4096);
    uint8_t mac[32];
    jd_base64url_encode(jd_span_of(header), &token);
    jd_buf_char(&token, '.');
    jd_base64url_encode(jd_span_of(claims), &token);
    jd_mac(&key, jd_buf_span(&token), mac);
    jd_buf_char(&token, '.');
    jd_base64url_encode((struct jd_span){ (const char *)mac, sizeof(mac) }, &token);
    return token;
}

TEST(takes_its_own_token)
{
    struct jd_buf token = issue();
    struct jd_caller caller = { 0 };
    CHECK_INT(verify(jd_buf_span(&token), NOW_MS, &caller), JD_OK);
    CHECK_INT(caller.user, robin.user);
    CHECK_INT(caller.role, JD_ROLE_ADMIN);
    CHECK_TEXT(caller.name, "Robin \"R\" Ä");
    CHECK_INT(caller.issued_ms, NOW_MS);
    CHECK_INT(caller.expires_ms, NOW_MS + JD_JWT_VALID_MS);
    jd_buf_finish(&token);
}

TEST(expires_to_the_second)
{
    struct jd_buf token = issue();
    struct jd_caller caller;
    CHECK_INT(verify(jd_buf_span(&token), NOW_MS + JD_JWT_VALID_MS - 1, &caller), JD_OK);
    CHECK_INT(verify(jd_buf_span(&token), NOW_MS + JD_JWT_VALID_MS, &caller), JD_UNAUTHORISED);
    jd_buf_finish(&token);
}

TEST(refuses_each_changed_byte)
{
    struct jd_buf token = issue();
    for (size_t i = 0; i < token.len; i++) {
        char kept = token.data[i];
        struct jd_caller caller;
        token.data[i] = kept == 'A' ? 'Q' : 'A';
        // The last character of a signature holds four bits; the others of it are ignored by
        // nobody: our decoder refuses a second spelling.
        if (verify(jd_buf_span(&token), NOW_MS, &caller) == JD_OK) {
            FAIL("byte %zu may be changed", i);
        }
        token.data[i] = kept;
    }
    jd_buf_finish(&token);
}

TEST(refuses_each_shorter_token)
{
    struct jd_buf token = issue();
    for (size_t len = 0; len < token.len; len++) {
        struct jd_caller caller;
        CHECK_INT(
                verify((struct jd_span){ token.data, len }, NOW_MS, &caller), JD_UNAUTHORISED);
    }
    jd_buf_finish(&token);
}

TEST(refuses_other_algorithms_and_claims)
{
    char claims[200], id[JD_ID_TEXT_BYTES];
    jd_id_format(robin.user, id);
    snprintf(claims, sizeof(claims),
            "{\"sub\":\"%s\",\"name\":\"R\",\"role\":\"admin\",\"exp\":9999999999}", id);
    static const char ours[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    const struct {
        const char *header, *claims;
        enum jd_status expected;
    } cases[] = {
        { ours, claims, JD_OK }, // the forger of this test works
        { "{\"alg\":\"none\",\"typ\":\"JWT\"}", claims, JD_UNAUTHORISED },
        { "{\"alg\":\"None\"}", claims, JD_UNAUTHORISED },
        { "{\"alg\":\"HS512\",\"typ\":\"JWT\"}", claims, JD_UNAUTHORISED },
        { "{\"alg\":\"RS256\",\"typ\":\"JWT\"}", claims, JD_UNAUTHORISED },
        { "{\"typ\":\"JWT\",\"alg\":\"HS256\"}", claims, JD_UNAUTHORISED },
        { "", claims, JD_UNAUTHORISED },
        { ours, "", JD_UNAUTHORISED },
        { ours, "[]", JD_UNAUTHORISED },
        { ours, "{\"sub\":\"0000000000001\",\"role\":\"admin\"}", JD_UNAUTHORISED },
        { ours, "{\"sub\":\"0000000000001\",\"role\":\"root\",\"exp\":9999999999}",
                JD_UNAUTHORISED },
        { ours, "{\"sub\":\"x\",\"role\":\"user\",\"exp\":9999999999}", JD_UNAUTHORISED },
        { ours, "{\"sub\":\"0000000000001\",\"role\":\"user\",\"exp\":\"9999999999\"}",
                JD_UNAUTHORISED },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_buf token = forge(cases[i].header, cases[i].claims);
        struct jd_caller caller;
        if (verify(jd_buf_span(&token), NOW_MS, &caller) != cases[i].expected) {
            FAIL("case %zu: %s %s", i, cases[i].header, cases[i].claims);
        }
        jd_buf_finish(&token);
    }
}

TEST(refuses_an_unsigned_token)
{
    struct jd_buf token = issue();
    struct jd_caller caller;
    char *end = strrchr(token.data, '.');
    CHECK_INT(verify((struct jd_span){ token.data, (size_t)(end - token.data) + 1 }, NOW_MS,
                      &caller),
            JD_UNAUTHORISED);
    struct jd_key other;
    jd_random(other.bytes, sizeof(other.bytes));
    struct jd_buf foreign = jd_buf_init(JD_JWT_BYTES_MAX);
    jd_jwt_issue(&other, &robin, NOW_MS, &foreign);
    CHECK_INT(verify(jd_buf_span(&foreign), NOW_MS, &caller), JD_UNAUTHORISED);
    jd_buf_finish(&foreign);
    jd_buf_finish(&token);
}

int main(void)
{
    struct jd_error error;
    if (jd_seal_init(&error) != JD_OK) {
        return 1;
    }
    jd_random(key.bytes, sizeof(key.bytes));
    robin = (struct jd_caller){
        .user = jd_id_next(), .name = JD_SPAN("Robin \"R\" Ä"), .role = JD_ROLE_ADMIN
    };
    RUN(takes_its_own_token);
    RUN(expires_to_the_second);
    RUN(refuses_each_changed_byte);
    RUN(refuses_each_shorter_token);
    RUN(refuses_other_algorithms_and_claims);
    RUN(refuses_an_unsigned_token);
    return REPORT();
}
