/* Fenced leases: taking one raises its token, so of two believers only the later can write. */
#include "store/leases.h"

#include "store/statements.h"

enum {
    TAKE,
    EXTEND,
    CHECK,
    RELEASE
};

static const struct jd_statement statements[] = {
    [TAKE] = { "leases.take", JD_SCOPE_SYSTEM,
            "INSERT INTO leases (name, owner, token, until_ms) VALUES (?1, ?2, 1, @now + ?3) "
            "ON CONFLICT (name) DO UPDATE SET owner = ?2, token = leases.token + 1, "
            "until_ms = @now + ?3 WHERE leases.until_ms <= @now RETURNING token" },
    [EXTEND] = { "leases.extend", JD_SCOPE_SYSTEM,
            "UPDATE leases SET until_ms = @now + ?3 WHERE name = ?1 AND token = ?2" },
    // Writing the row, not reading it, is what makes two believers meet.
    [CHECK] = { "leases.check", JD_SCOPE_SYSTEM,
            "UPDATE leases SET token = token WHERE name = ?1 AND token = ?2" },
    [RELEASE] = { "leases.release", JD_SCOPE_SYSTEM,
            "UPDATE leases SET until_ms = 0 WHERE name = ?1 AND token = ?2" },
};
const struct jd_statement_set jd_leases_set = JD_STATEMENT_SET(statements);

enum jd_status jd_lease_take(struct jd_db *db,
        const char *name,
        struct jd_span owner,
        int64_t lease_ms,
        struct jd_lease *out_lease,
        struct jd_error *error)
{
    struct jd_lease lease = { 0 };
    snprintf(lease.name, sizeof(lease.name), "%s", name);
    enum jd_status status = jd_db_int(db, &statements[TAKE], 0,
            JD_VALUES(JD_TEXT(jd_span_of(lease.name)), JD_TEXT(owner), JD_INT(lease_ms)),
            &lease.token, error);
    if (status == JD_OK) {
        *out_lease = lease;
    }
    return status;
}

static enum jd_status write_lease(struct jd_db *db,
        int which,
        const struct jd_lease *lease,
        struct jd_values values,
        struct jd_error *error)
{
    int64_t changes = 0;
    enum jd_status status =
            jd_db_run(db, &statements[which], 0, values, NULL, NULL, &changes, error);
    if (status == JD_OK && changes != 1) {
        return jd_error_set(
                error, JD_REJECTED, "the lease '%s' went to another process", lease->name);
    }
    return status;
}

enum jd_status jd_lease_extend(struct jd_db *db,
        const struct jd_lease *lease,
        int64_t lease_ms,
        struct jd_error *error)
{
    return write_lease(db, EXTEND, lease,
            JD_VALUES(JD_TEXT(jd_span_of(lease->name)), JD_INT(lease->token), JD_INT(lease_ms)),
            error);
}

enum jd_status
jd_lease_check(struct jd_db *db, const struct jd_lease *lease, struct jd_error *error)
{
    return write_lease(db, CHECK, lease,
            JD_VALUES(JD_TEXT(jd_span_of(lease->name)), JD_INT(lease->token)), error);
}

enum jd_status
jd_lease_release(struct jd_db *db, const struct jd_lease *lease, struct jd_error *error)
{
    enum jd_status status = write_lease(db, RELEASE, lease,
            JD_VALUES(JD_TEXT(jd_span_of(lease->name)), JD_INT(lease->token)), error);
    return status == JD_REJECTED ? JD_OK : status;
}
