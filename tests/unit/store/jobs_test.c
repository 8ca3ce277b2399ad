/* Jobs are rows: fenced, released, offered again. The queue may be wiped at any time. */
#include "store/jobs.h"

#include "jd_test.h"
#include "rig.h"

#define LEASE_MS 60000

static int64_t add(struct rig *rig, const char *kind)
{
    int64_t job = 0;
    RIG_NEED(jd_tx_begin(rig->db, JD_TX_BULK, INT64_MAX, &error));
    RIG_NEED(jd_job_add(rig->db, rig->user, rig->account, kind, JD_SPAN("{}"),
            JD_PRIORITY_BACKLOG, 0, &job, &error));
    RIG_NEED(jd_tx_commit(rig->db, &error));
    return job;
}

/* How many of one job `owner` gets: 0 or 1. */
static uint32_t
claim(struct rig *rig, int64_t id, const char *owner, int64_t lease_ms, struct jd_job *out_job)
{
    struct jd_job *jobs = NULL;
    uint32_t count = 0;
    RIG_NEED(jd_jobs_claim(
            rig->db, &id, 1, jd_span_of(owner), lease_ms, rig->arena, &jobs, &count, &error));
    if (count) {
        *out_job = jobs[0];
    }
    return count;
}

/* The transaction of a step: an effect, its event and the end of its job. */
static enum jd_status finish(struct rig *rig, const struct jd_job *job, const char *effect)
{
    static const struct jd_statement write = { "test.effect", JD_SCOPE_SYSTEM,
        "INSERT INTO settings (name, value) VALUES (?1, '')" };
    struct jd_error error = { 0 };
    enum jd_status status = jd_tx_begin(rig->db, JD_TX_BULK, INT64_MAX, &error);
    if (status == JD_OK) {
        status = jd_db_run(rig->db, &write, 0, JD_VALUES(JD_TEXT(jd_span_of(effect))), NULL,
                NULL, NULL, &error);
    }
    if (status == JD_OK) {
        jd_tx_event(rig->db, rig->user, "test.effect", JD_SPAN("{}"));
        status = jd_job_finish(rig->db, job, &error);
    }
    if (status == JD_OK) {
        return jd_tx_commit(rig->db, &error);
    }
    jd_tx_rollback(rig->db);
    return status;
}

static int64_t count_told(struct rig *rig)
{
    return RIG_COUNT(rig, "SELECT count(*) FROM events WHERE type = 'test.effect'");
}

static int64_t count_effects(struct rig *rig)
{
    return RIG_COUNT(rig, "SELECT count(*) FROM settings WHERE name IN ('first', 'second')");
}

/* What the queue would give a worker now, up to 16. */
static uint32_t count_offered(struct rig *rig, int64_t *out_ids)
{
    const struct jd_queue_instance *queue = &rig->services->queue;
    struct jd_error error = { 0 };
    uint32_t count = 0;
    enum jd_status status =
            queue->ops->claim(queue->self, 9, 16, LEASE_MS, out_ids, &count, &error);
    if (status != JD_OK && status != JD_NONE) {
        FAIL("queue: %s", error.text);
    }
    return status == JD_OK ? count : 0;
}

TEST(a_leased_job_is_nobody_elses)
{
    struct rig rig = rig_open();
    struct jd_job job, other;
    int64_t id = add(&rig, "analyse");
    CHECK_INT(claim(&rig, id, "a", LEASE_MS, &job), 1);
    CHECK_INT(claim(&rig, id, "b", LEASE_MS, &other), 0);
    CHECK_INT(finish(&rig, &job, "first"), JD_OK);
    CHECK_INT(claim(&rig, id, "b", LEASE_MS, &other), 0);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM jobs"), 0);
    rig_close(&rig);
}

TEST(of_two_believers_only_the_later_can_write)
{
    struct rig rig = rig_open();
    struct jd_job first, second;
    struct jd_error error = { 0 };
    int64_t id = add(&rig, "analyse");
    CHECK_INT(claim(&rig, id, "a", 0, &first), 1); // runs out at once
    CHECK_INT(claim(&rig, id, "b", LEASE_MS, &second), 1);
    CHECK(second.lease_token > first.lease_token);
    CHECK_INT(finish(&rig, &first, "first"), JD_REJECTED);
    CHECK_INT(count_effects(&rig), 0);
    CHECK_INT(count_told(&rig), 0);
    CHECK_INT(jd_job_extend(rig.db, &first, LEASE_MS, &error), JD_REJECTED);
    CHECK_INT(jd_job_retry(rig.db, &first, 0, true, JD_SPAN("late"), &error), JD_REJECTED);
    CHECK_INT(jd_job_suspect(rig.db, &first, true, &error), JD_REJECTED);
    CHECK_INT(finish(&rig, &second, "second"), JD_OK);
    CHECK_INT(finish(&rig, &second, "first"), JD_REJECTED); // done is done
    CHECK_INT(count_effects(&rig), 1);
    CHECK_INT(count_told(&rig), 1);
    rig_close(&rig);
}

TEST(a_rolled_back_transaction_leaves_nothing)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    int64_t job = 0, ids[16];
    CHECK_OK(jd_tx_begin(rig.db, JD_TX_BULK, INT64_MAX, &error), error);
    CHECK_OK(jd_job_add(rig.db, rig.user, rig.account, "analyse", JD_SPAN("{}"),
                     JD_PRIORITY_NEW, 0, &job, &error),
            error);
    jd_tx_event(rig.db, rig.user, "test.effect", JD_SPAN("{}"));
    jd_tx_rollback(rig.db);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM jobs"), 0);
    CHECK_INT(count_told(&rig), 0);
    CHECK_INT(count_offered(&rig, ids), 0);
    rig_close(&rig);
}

TEST(jobs_of_a_dead_worker_are_free_suspect_and_offered)
{
    struct rig rig = rig_open();
    struct jd_job job, again;
    struct jd_error error = { 0 };
    int64_t ids[16], id = add(&rig, "analyse");
    CHECK_INT(count_offered(&rig, ids), 1);
    CHECK_INT(claim(&rig, id, "node/worker-1/1", LEASE_MS, &job), 1);
    CHECK_INT(count_offered(&rig, ids), 0);
    CHECK_OK(jd_jobs_release_owner(rig.db, JD_SPAN("node/worker-1/"), &error), error);
    CHECK_INT(count_offered(&rig, ids), 1);
    CHECK_INT(finish(&rig, &job, "first"), JD_REJECTED); // the dead one was only slow
    CHECK_INT(claim(&rig, id, "node/worker-2/1", LEASE_MS, &again), 1);
    CHECK(again.suspect);
    CHECK_INT(again.deaths, 0); // it did not run alone
    rig_close(&rig);
}

TEST(a_job_that_a_dead_worker_took_from_the_queue_alone_is_offered_anew)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    int64_t ids[16];
    add(&rig, "analyse");
    CHECK_INT(count_offered(&rig, ids), 1); // and then it died
    CHECK_INT(count_offered(&rig, ids), 0);
    CHECK_OK(jd_jobs_release_owner(rig.db, JD_SPAN("node/worker-1/"), &error), error);
    CHECK_INT(count_offered(&rig, ids), 1);
    CHECK_INT(RIG_COUNT(&rig, "SELECT suspect FROM jobs"), 0); // nobody worked on it
    rig_close(&rig);
}

TEST(a_death_while_alone_counts)
{
    struct rig rig = rig_open();
    struct jd_job job;
    struct jd_error error = { 0 };
    int64_t id = add(&rig, "analyse");
    for (int deaths = 0; deaths < 3; deaths++) {
        CHECK_INT(claim(&rig, id, "node/worker-1/1", LEASE_MS, &job), 1);
        CHECK_INT(job.deaths, deaths);
        CHECK_OK(jd_job_alone(rig.db, &job, &error), error);
        CHECK_OK(jd_jobs_release_owner(rig.db, JD_SPAN("node/worker-1/"), &error), error);
    }
    CHECK_INT(RIG_COUNT(&rig, "SELECT deaths FROM jobs"), 3);
    CHECK_INT(RIG_COUNT(&rig, "SELECT alone FROM jobs"), 0);
    rig_close(&rig);
}

TEST(a_lease_that_ran_out_is_offered_again)
{
    struct rig rig = rig_open();
    struct jd_job job;
    struct jd_error error = { 0 };
    int64_t ids[16], offered = 0, id = add(&rig, "analyse");
    CHECK_INT(claim(&rig, id, "a", 0, &job), 1);
    CHECK_OK(jd_jobs_reoffer(rig.db, 100, &offered, &error), error);
    CHECK_INT(offered, 1);
    CHECK_INT(count_offered(&rig, ids), 1);
    CHECK_INT(RIG_COUNT(&rig, "SELECT suspect FROM jobs WHERE state = 'ready'"), 1);
    rig_close(&rig);
}

TEST(a_wiped_queue_is_filled_again)
{
    enum {
        JOBS = 10
    };
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    int64_t ids[16], wanted[JOBS], offered = 0;
    const struct jd_queue_instance *queue = &rig.services->queue;
    for (int i = 0; i < JOBS; i++) {
        wanted[i] = add(&rig, "analyse");
    }
    CHECK_OK(queue->ops->ack(queue->self, wanted, JOBS, &error), error); // as if it were empty
    CHECK_INT(count_offered(&rig, ids), 0);
    CHECK_OK(jd_jobs_reoffer(rig.db, 100, &offered, &error), error);
    CHECK_INT(offered, JOBS);
    CHECK_INT(count_offered(&rig, ids), JOBS);
    for (int i = 0; i < JOBS; i++) {
        CHECK_INT(ids[i], wanted[i]); // oldest first, as before
    }
    rig_close(&rig);
}

TEST(a_dead_job_waits_for_its_revival)
{
    struct rig rig = rig_open();
    struct jd_job job;
    struct jd_error error = { 0 };
    int64_t ids[16], offered = 0, id = add(&rig, "analyse");
    CHECK_INT(count_offered(&rig, ids), 1); // taken from the queue, and never acknowledged
    CHECK_INT(claim(&rig, id, "a", LEASE_MS, &job), 1);
    CHECK_OK(jd_tx_begin(rig.db, JD_TX_BULK, INT64_MAX, &error), error);
    CHECK_OK(jd_job_bury(rig.db, &job, JD_SPAN("it was hopeless"), &error), error);
    CHECK_OK(jd_tx_commit(rig.db, &error), error);
    CHECK_OK(jd_jobs_reoffer(rig.db, 100, &offered, &error), error);
    CHECK_INT(offered, 0);
    CHECK_INT(claim(&rig, id, "a", LEASE_MS, &job), 0);
    CHECK_INT(count_offered(&rig, ids), 0);
    CHECK_OK(jd_job_revive(rig.db, id, &error), error);
    CHECK_INT(count_offered(&rig, ids), 1); // at once, not when the queue's own time is over
    CHECK_INT(jd_job_revive(rig.db, id, &error), JD_REJECTED);
    CHECK_INT(claim(&rig, id, "a", LEASE_MS, &job), 1);
    CHECK(job.suspect);
    CHECK_TEXT(job.error, "it was hopeless");
    rig_close(&rig);
}

int main(void)
{
    RUN(a_leased_job_is_nobody_elses);
    RUN(of_two_believers_only_the_later_can_write);
    RUN(a_rolled_back_transaction_leaves_nothing);
    RUN(jobs_of_a_dead_worker_are_free_suspect_and_offered);
    RUN(a_job_that_a_dead_worker_took_from_the_queue_alone_is_offered_anew);
    RUN(a_death_while_alone_counts);
    RUN(a_lease_that_ran_out_is_offered_again);
    RUN(a_wiped_queue_is_filled_again);
    RUN(a_dead_job_waits_for_its_revival);
    return REPORT();
}
