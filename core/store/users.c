/* Users and the secrets that sign them in. Only hashes of secrets are stored. */
#include "store/users.h"

#include "base/id.h"
#include "base/span.h"
#include "store/statements.h"

#define SECRET_BYTES 24

enum {
    BY_NAME,
    BY_ID,
    CREATE,
    SET_PASSWORD,
    SIGNED_OUT,
    ADD_SECRET,
    USE_SECRET,
    FIND_SECRET,
    REVOKE_FAMILY,
    REVOKE_USER,
    PURGE
};

static const struct jd_statement statements[] = {
    [BY_NAME] = { "users.by_name", JD_SCOPE_SYSTEM,
            "SELECT id, name, role, password_hash FROM users WHERE name = ?1" },
    [BY_ID] = { "users.by_id", JD_SCOPE_SYSTEM,
            "SELECT id, name, role, password_hash FROM users WHERE id = ?1" },
    [CREATE] = { "users.create", JD_SCOPE_SYSTEM,
            "INSERT INTO users (id, name, role, password_hash, created_ms) VALUES (?1, ?2, ?3, ?4, @now)" },
    [SET_PASSWORD] = { "users.set_password", JD_SCOPE_SYSTEM,
            "UPDATE users SET password_hash = ?2, tokens_from_ms = @now WHERE id = ?1" },
    [SIGNED_OUT] = { "users.signed_out", JD_SCOPE_SYSTEM,
            "SELECT id, tokens_from_ms FROM users WHERE tokens_from_ms > @now - ?1" },
    [ADD_SECRET] = { "users.add_secret", JD_SCOPE_SYSTEM,
            "INSERT INTO secrets (hash, user_id, kind, family, created_ms, expires_ms) "
            "VALUES (?1, ?2, ?3, ?4, @now, @now + ?5)" },
    [USE_SECRET] = { "users.use_secret", JD_SCOPE_SYSTEM,
            "UPDATE secrets SET used_ms = @now WHERE hash = ?1 AND kind = ?2 AND used_ms IS NULL "
            "AND expires_ms > @now RETURNING user_id, family" },
    [FIND_SECRET] = { "users.find_secret", JD_SCOPE_SYSTEM,
            "SELECT user_id, family FROM secrets WHERE hash = ?1 AND kind = ?2" },
    [REVOKE_FAMILY] = { "users.revoke_family", JD_SCOPE_SYSTEM,
            "DELETE FROM secrets WHERE family = ?1" },
    [REVOKE_USER] = { "users.revoke_user", JD_SCOPE_SYSTEM,
            "DELETE FROM secrets WHERE user_id = ?1" },
    [PURGE] = { "users.purge", JD_SCOPE_SYSTEM, "DELETE FROM secrets WHERE expires_ms < @now" },
};
const struct jd_statement_set jd_users_set = JD_STATEMENT_SET(statements);

struct finding {
    struct jd_arena *arena;
    struct jd_user *user;
    bool found;
};

static enum jd_status take_user(void *context, const struct jd_value *columns, uint32_t count)
{
    struct finding *finding = context;
    if (count != 4) {
        return JD_BUG;
    }
    *finding->user = (struct jd_user){
        .id = jd_column_int(&columns[0]),
        .name = jd_arena_copy(finding->arena, jd_column_bytes(&columns[1])),
        .role = jd_arena_copy(finding->arena, jd_column_bytes(&columns[2])),
        .password_hash = jd_arena_copy(finding->arena, jd_column_bytes(&columns[3])),
    };
    finding->found = finding->user->password_hash.data != NULL;
    return JD_OK;
}

static enum jd_status find_user(struct jd_db *db,
        int which,
        struct jd_value key,
        struct jd_arena *arena,
        struct jd_user *out_user,
        struct jd_error *error)
{
    struct jd_user user;
    struct finding finding = { arena, &user, false };
    enum jd_status status = jd_db_run(
            db, &statements[which], 0, JD_VALUES(key), take_user, &finding, NULL, error);
    if (status == JD_OK && !finding.found) {
        return jd_error_set(error, JD_GONE, "there is no such user");
    }
    if (status == JD_OK) {
        *out_user = user;
    }
    return status;
}

enum jd_status jd_user_by_name(struct jd_db *db,
        struct jd_span name,
        struct jd_arena *arena,
        struct jd_user *out_user,
        struct jd_error *error)
{
    return find_user(db, BY_NAME, JD_TEXT(name), arena, out_user, error);
}

enum jd_status jd_user_by_id(struct jd_db *db,
        int64_t user,
        struct jd_arena *arena,
        struct jd_user *out_user,
        struct jd_error *error)
{
    return find_user(db, BY_ID, JD_INT(user), arena, out_user, error);
}

enum jd_status jd_user_create(struct jd_db *db,
        struct jd_span name,
        struct jd_span role,
        struct jd_span password,
        int64_t *out_user,
        struct jd_error *error)
{
    char hash[JD_PASSWORD_HASH_BYTES];
    enum jd_status status = jd_password_hash(password, hash, error);
    if (status != JD_OK) {
        return status;
    }
    int64_t id = jd_id_next();
    status = jd_db_run(db, &statements[CREATE], 0,
            JD_VALUES(JD_INT(id), JD_TEXT(name), JD_TEXT(role), JD_TEXT(jd_span_of(hash))),
            NULL, NULL, NULL, error);
    if (status == JD_REJECTED) {
        return jd_error_set(error, JD_REJECTED, "there is a user named '%.*s' already",
                (int)name.len, name.data);
    }
    if (status == JD_OK) {
        *out_user = id;
    }
    return status;
}

enum jd_status jd_user_set_password(struct jd_db *db,
        int64_t user,
        struct jd_span password,
        struct jd_error *error)
{
    char hash[JD_PASSWORD_HASH_BYTES];
    enum jd_status status = jd_password_hash(password, hash, error);
    if (status == JD_OK) {
        status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    }
    if (status != JD_OK) {
        return status;
    }
    status = jd_db_run(db, &statements[SET_PASSWORD], 0,
            JD_VALUES(JD_INT(user), JD_TEXT(jd_span_of(hash))), NULL, NULL, NULL, error);
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[REVOKE_USER], 0, JD_VALUES(JD_INT(user)), NULL, NULL,
                NULL, error);
    }
    if (status == JD_OK) {
        return jd_tx_commit(db, error);
    }
    jd_tx_rollback(db);
    return status;
}

struct sign_outs {
    jd_signed_out_fn row;
    void *context;
};

static enum jd_status pass_sign_out(void *context, const struct jd_value *c, uint32_t count)
{
    const struct sign_outs *sign_outs = context;
    return count == 2 ? sign_outs->row(
                                sign_outs->context, jd_column_int(&c[0]), jd_column_int(&c[1]))
                      : JD_BUG;
}

enum jd_status jd_users_signed_out(struct jd_db *db,
        int64_t within_ms,
        jd_signed_out_fn row,
        void *context,
        struct jd_error *error)
{
    struct sign_outs sign_outs = { row, context };
    return jd_db_run(db, &statements[SIGNED_OUT], 0, JD_VALUES(JD_INT(within_ms)),
            pass_sign_out, &sign_outs, NULL, error);
}

static struct jd_value hash_value(struct jd_span secret, uint8_t hash[JD_HASH_BYTES])
{
    jd_hash(secret, hash);
    return JD_BLOB(jd_span_new((const char *)hash, JD_HASH_BYTES));
}

static enum jd_status add_secret(struct jd_db *db,
        int64_t user,
        const char *kind,
        int64_t family,
        int64_t valid_ms,
        struct jd_buf *out_secret,
        struct jd_error *error)
{
    uint8_t hash[JD_HASH_BYTES];
    size_t before = out_secret->len;
    jd_random_text(SECRET_BYTES, out_secret);
    struct jd_span secret = jd_span_sub(jd_buf_span(out_secret), before, SIZE_MAX);
    return jd_db_run(db, &statements[ADD_SECRET], 0,
            JD_VALUES(hash_value(secret, hash), JD_INT(user), JD_TEXT(jd_span_of(kind)),
                    JD_INT(family), JD_INT(valid_ms)),
            NULL, NULL, NULL, error);
}

struct owner {
    int64_t user, family;
};

static enum jd_status take_owner(void *context, const struct jd_value *columns, uint32_t count)
{
    struct owner *owner = context;
    if (count == 2) {
        owner->user = jd_column_int(&columns[0]);
        owner->family = jd_column_int(&columns[1]);
    }
    return JD_OK;
}

static enum jd_status owner_of(struct jd_db *db,
        int which,
        struct jd_span secret,
        const char *kind,
        struct owner *out_owner,
        struct jd_error *error)
{
    uint8_t hash[JD_HASH_BYTES];
    *out_owner = (struct owner){ 0 };
    return jd_db_run(db, &statements[which], 0,
            JD_VALUES(hash_value(secret, hash), JD_TEXT(jd_span_of(kind))), take_owner,
            out_owner, NULL, error);
}

enum jd_status jd_link_create(struct jd_db *db,
        int64_t user,
        int64_t valid_ms,
        struct jd_buf *out_secret,
        struct jd_error *error)
{
    enum jd_status status =
            jd_db_run(db, &statements[PURGE], 0, JD_NO_VALUES, NULL, NULL, NULL, error);
    return status == JD_OK
                   ? add_secret(db, user, "link", jd_id_next(), valid_ms, out_secret, error)
                   : status;
}

enum jd_status
jd_link_use(struct jd_db *db, struct jd_span secret, int64_t *out_user, struct jd_error *error)
{
    struct owner owner;
    enum jd_status status = owner_of(db, USE_SECRET, secret, "link", &owner, error);
    if (status == JD_OK && owner.user == 0) {
        return jd_error_set(error, JD_UNAUTHORISED,
                "this sign-in link was used or has expired; start Jackdaw again for a fresh one, or sign in with the password");
    }
    if (status == JD_OK) {
        *out_user = owner.user;
    }
    return status;
}

enum jd_status jd_refresh_create(struct jd_db *db,
        int64_t user,
        int64_t valid_ms,
        struct jd_buf *out_secret,
        struct jd_error *error)
{
    return add_secret(db, user, "refresh", jd_id_next(), valid_ms, out_secret, error);
}

enum jd_status
jd_refresh_revoke(struct jd_db *db, struct jd_span secret, struct jd_error *error)
{
    struct owner owner;
    enum jd_status status = owner_of(db, FIND_SECRET, secret, "refresh", &owner, error);
    if (status != JD_OK || owner.user == 0) {
        return status;
    }
    return jd_db_run(db, &statements[REVOKE_FAMILY], 0, JD_VALUES(JD_INT(owner.family)), NULL,
            NULL, NULL, error);
}

/* Inside the transaction: the next of the family, or, for a secret seen before, the family's
 * end. */
static enum jd_status rotate(struct jd_db *db,
        struct jd_span secret,
        int64_t valid_ms,
        struct jd_buf *out_secret,
        struct owner *out_owner,
        struct jd_error *error)
{
    enum jd_status status = owner_of(db, USE_SECRET, secret, "refresh", out_owner, error);
    if (status != JD_OK || out_owner->user != 0) {
        return status != JD_OK ? status
                               : add_secret(db, out_owner->user, "refresh", out_owner->family,
                                         valid_ms, out_secret, error);
    }
    return jd_refresh_revoke(db, secret, error);
}

enum jd_status jd_refresh_rotate(struct jd_db *db,
        struct jd_span secret,
        int64_t valid_ms,
        struct jd_buf *out_secret,
        int64_t *out_user,
        struct jd_error *error)
{
    struct owner owner;
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status != JD_OK) {
        return status;
    }
    status = rotate(db, secret, valid_ms, out_secret, &owner, error);
    if (status != JD_OK) {
        jd_tx_rollback(db);
        return status;
    }
    status = jd_tx_commit(db, error);
    if (status == JD_OK && owner.user == 0) {
        return jd_error_set(error, JD_UNAUTHORISED, "this session has ended; sign in again");
    }
    if (status == JD_OK) {
        *out_user = owner.user;
    }
    return status;
}
