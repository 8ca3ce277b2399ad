/* Of two processes that believe they hold one lease, only the later one can write. */
#include "store/leases.h"

#include "jd_test.h"
#include "rig.h"
#include "store/jobs.h"

#define EFFECT "INSERT INTO settings (name, value) VALUES (?1, 'written')"

static const struct jd_statement write_effect = { "test.effect", JD_SCOPE_SYSTEM, EFFECT };

/* What a holder does: checks its lease, writes, tells, commits; all or nothing. */
static enum jd_status
write_under(struct rig *rig, const struct jd_lease *lease, const char *name)
{
    struct jd_error error = { 0 };
    enum jd_status status = jd_tx_begin(rig->db, JD_TX_BULK, INT64_MAX, &error);
    if (status == JD_OK) {
        status = jd_db_run(rig->db, &write_effect, 0, JD_VALUES(JD_TEXT(jd_span_of(name))),
                NULL, NULL, NULL, &error);
    }
    if (status == JD_OK) {
        jd_tx_event(rig->db, rig->user, "test.written", JD_SPAN("{}"));
        status = jd_lease_check(rig->db, lease, &error);
    }
    if (status == JD_OK) {
        return jd_tx_commit(rig->db, &error);
    }
    jd_tx_rollback(rig->db);
    return status;
}

TEST(a_lease_has_one_holder_until_it_runs_out)
{
    struct rig rig = rig_open();
    struct jd_lease first, second;
    struct jd_error error = { 0 };
    CHECK_OK(jd_lease_take(rig.db, "account:1", JD_SPAN("a"), 60000, &first, &error), error);
    CHECK_INT(
            jd_lease_take(rig.db, "account:1", JD_SPAN("b"), 60000, &second, &error), JD_NONE);
    CHECK_OK(jd_lease_release(rig.db, &first, &error), error);
    CHECK_OK(jd_lease_take(rig.db, "account:1", JD_SPAN("b"), 60000, &second, &error), error);
    CHECK(second.token > first.token);
    CHECK_OK(jd_lease_release(rig.db, &first, &error), error); // not ours any more: fine
    CHECK_OK(jd_lease_extend(rig.db, &second, 60000, &error), error);
    rig_close(&rig);
}

TEST(the_earlier_of_two_believers_cannot_write)
{
    struct rig rig = rig_open();
    struct jd_lease first, second;
    struct jd_error error = { 0 };
    CHECK_OK(jd_lease_take(rig.db, "account:1", JD_SPAN("a"), 0, &first, &error), error);
    CHECK_OK(jd_lease_take(rig.db, "account:1", JD_SPAN("b"), 60000, &second, &error), error);
    int64_t before = RIG_COUNT(&rig, "SELECT count(*) FROM events");
    CHECK_INT(write_under(&rig, &first, "first"), JD_REJECTED);
    CHECK_INT(jd_lease_extend(rig.db, &first, 60000, &error), JD_REJECTED);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM settings WHERE name = 'first'"), 0);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM events"), before);
    CHECK_INT(write_under(&rig, &second, "second"), JD_OK);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM settings WHERE name = 'second'"), 1);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM events"), before + 1);
    rig_close(&rig);
}

TEST(leases_of_a_dead_process_end)
{
    struct rig rig = rig_open();
    struct jd_lease lease;
    struct jd_error error = { 0 };
    CHECK_OK(jd_lease_take(
                     rig.db, "account:1", JD_SPAN("node/worker-1/5"), 60000, &lease, &error),
            error);
    CHECK_OK(jd_jobs_release_owner(rig.db, JD_SPAN("node/worker-2/"), &error), error);
    CHECK_INT(jd_lease_take(rig.db, "account:1", JD_SPAN("b"), 1, &lease, &error), JD_NONE);
    CHECK_OK(jd_jobs_release_owner(rig.db, JD_SPAN("node/worker-1/"), &error), error);
    CHECK_OK(jd_lease_take(rig.db, "account:1", JD_SPAN("b"), 1, &lease, &error), error);
    rig_close(&rig);
}

int main(void)
{
    RUN(a_lease_has_one_holder_until_it_runs_out);
    RUN(the_earlier_of_two_believers_cannot_write);
    RUN(leases_of_a_dead_process_end);
    return REPORT();
}
