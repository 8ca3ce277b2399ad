/* Who pays for a death: nobody for a kill from outside, in the end the guilty mail alone. */
#include "pipeline/blame.h"

#include "../store/rig.h"
#include "jd_test.h"
#include "pipeline/slice.h"

#define LEASE_MS 60000

static const struct jd_child_death fault = { JD_CHILD_FAULT, 11, 0 };
static const struct jd_child_death killed = { JD_CHILD_KILLED, 9, -1 };
static const struct jd_child_death timeout = { JD_CHILD_TIMEOUT, 9, 0 };

static struct jd_account account_of(const struct rig *rig)
{
    return (struct jd_account){ .id = rig->account, .user_id = rig->user };
}

/* One job over `count` new items, leased. */
static struct jd_job leased(struct rig *rig, uint32_t count, int first)
{
    int64_t items[16];
    struct jd_account account = account_of(rig);
    for (uint32_t i = 0; i < count; i++) {
        items[i] = rig_add_item(rig, first + (int)i);
    }
    struct jd_slice slice = { items, count, true };
    RIG_NEED(jd_tx_begin(rig->db, JD_TX_BULK, INT64_MAX, &error));
    RIG_NEED(jd_items_mark_queued(rig->db, rig->user, items, count, &error));
    RIG_NEED(jd_slice_add(rig->db, &account, &slice, JD_PRIORITY_BACKLOG, false, &error));
    RIG_NEED(jd_tx_commit(rig->db, &error));
    int64_t id = RIG_COUNT(rig, "SELECT max(id) FROM jobs WHERE kind = 'analyse'");
    struct jd_job *jobs = NULL;
    uint32_t claimed = 0;
    RIG_NEED(jd_jobs_claim(
            rig->db, &id, 1, JD_SPAN("worker"), LEASE_MS, rig->arena, &jobs, &claimed, &error));
    CHECK_INT(claimed, 1);
    return jobs[0];
}

/* The only analyse job that is left, leased again. */
static struct jd_job claim_again(struct rig *rig)
{
    int64_t id = RIG_COUNT(rig, "SELECT id FROM jobs WHERE kind = 'analyse'");
    struct jd_job *jobs = NULL;
    uint32_t claimed = 0;
    RIG_NEED(jd_jobs_claim(
            rig->db, &id, 1, JD_SPAN("worker"), LEASE_MS, rig->arena, &jobs, &claimed, &error));
    CHECK_INT(claimed, 1);
    return jobs[0];
}

static void blame(struct rig *rig,
        const struct jd_job *jobs,
        uint32_t count,
        const struct jd_child_death *death)
{
    struct jd_account account = account_of(rig);
    struct jd_error error = { 0 };
    CHECK_INT(jd_blame_child(rig->db, &account, jobs, count, death, &error), JD_CANCELLED);
}

#define JOBS(rig, where)                                                                       \
 RIG_COUNT(rig, "SELECT count(*) FROM jobs WHERE kind = 'analyse' AND " where)

TEST(a_fault_halves_a_job_of_several)
{
    struct rig rig = rig_open();
    struct jd_job job = leased(&rig, 5, 0);
    blame(&rig, &job, 1, &fault);
    CHECK_INT(JOBS(&rig, "state = 'ready' AND suspect = 1"), 2);
    CHECK_INT(JOBS(&rig, "true"), 2);
    CHECK_INT(JOBS(&rig, "length(payload) - length(replace(payload, ' ', '')) = 1"), 1); // two
    CHECK_INT(
            JOBS(&rig, "length(payload) - length(replace(payload, ' ', '')) = 2"), 1); // three
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM items WHERE state = 2"), 5);
    rig_close(&rig);
}

TEST(a_fault_buries_a_job_of_one_and_tells_why)
{
    struct rig rig = rig_open();
    struct jd_job job = leased(&rig, 1, 0);
    blame(&rig, &job, 1, &fault);
    CHECK_INT(JOBS(&rig, "state = 'dead'"), 1);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM items WHERE state = 4 AND "
                              "reason LIKE 'reading this message ended its process%'"),
            1);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM jobs WHERE kind = 'settle'"),
            1); // it goes on
    rig_close(&rig);
}

TEST(a_kill_blames_nobody)
{
    struct rig rig = rig_open();
    struct jd_job job = leased(&rig, 4, 0);
    blame(&rig, &job, 1, &killed);
    CHECK_INT(JOBS(&rig, "state = 'ready' AND suspect = 1 AND deaths = 0 AND attempts = 0"), 1);
    job = claim_again(&rig);
    blame(&rig, &job, 1, &killed); // it ran alone now
    CHECK_INT(JOBS(&rig, "state = 'ready' AND suspect = 1"), 2);
    rig_close(&rig);
}

TEST(a_job_of_one_dies_alone_three_times)
{
    struct rig rig = rig_open();
    struct jd_job job = leased(&rig, 1, 0);
    for (int deaths = 0; deaths <= JD_DEATHS_MAX; deaths++) {
        CHECK_INT(JOBS(&rig, "state = 'dead'"), 0);
        blame(&rig, &job, 1, &killed);
        if (deaths < JD_DEATHS_MAX) {
            job = claim_again(&rig);
            CHECK_INT(job.deaths, deaths);
        }
    }
    CHECK_INT(JOBS(&rig, "state = 'dead'"), 1);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM items WHERE state = 4"), 1);
    rig_close(&rig);
}

TEST(the_clock_counts_before_it_buries)
{
    struct rig rig = rig_open();
    struct jd_job job = leased(&rig, 1, 0);
    blame(&rig, &job, 1, &timeout);
    CHECK_INT(JOBS(&rig, "state = 'ready' AND deaths = 1"), 1);
    rig_close(&rig);
}

TEST(several_jobs_in_one_batch_are_only_suspect)
{
    struct rig rig = rig_open();
    struct jd_job jobs[2] = { leased(&rig, 1, 0), leased(&rig, 1, 1) };
    blame(&rig, jobs, 2, &fault);
    CHECK_INT(JOBS(&rig, "state = 'ready' AND suspect = 1 AND deaths = 0"), 2);
    rig_close(&rig);
}

TEST(a_job_that_went_to_another_is_left_alone)
{
    struct rig rig = rig_open();
    struct jd_job job = leased(&rig, 4, 0);
    struct jd_error error = { 0 };
    CHECK_OK(jd_jobs_release_owner(rig.db, JD_SPAN("worker"), &error), error);
    claim_again(&rig);
    blame(&rig, &job, 1, &fault);
    CHECK_INT(JOBS(&rig, "state = 'leased'"), 1);
    CHECK_INT(JOBS(&rig, "true"), 1);
    rig_close(&rig);
}

TEST(a_claimed_suspect_that_died_alone_is_halved_or_buried)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    struct jd_job job = leased(&rig, 2, 0);
    CHECK_INT(jd_blame_claimed(rig.db, &job, &error), JD_NONE); // no death yet
    CHECK_OK(jd_job_alone(rig.db, &job, &error), error);
    CHECK_OK(jd_jobs_release_owner(rig.db, JD_SPAN("worker"), &error), error);
    job = claim_again(&rig);
    CHECK_INT(jd_blame_claimed(rig.db, &job, &error), JD_CANCELLED);
    CHECK_INT(JOBS(&rig, "state = 'ready' AND suspect = 1 AND deaths = 0"), 2);
    rig_close(&rig);
}

TEST(a_hopeless_job_of_several_is_halved_and_one_is_buried)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    struct jd_job job = leased(&rig, 3, 0);
    CHECK_OK(jd_blame_hopeless(rig.db, &job, "it is too large", &error), error);
    CHECK_INT(JOBS(&rig, "state = 'ready' AND suspect = 1"), 2);
    job = leased(&rig, 1, 3);
    CHECK_OK(jd_blame_hopeless(rig.db, &job, "it is too large", &error), error);
    CHECK_INT(JOBS(&rig, "state = 'dead' AND error = 'it is too large'"), 1);
    CHECK_INT(
            RIG_COUNT(&rig,
                    "SELECT count(*) FROM items WHERE state = 4 AND reason = 'it is too large'"),
            1);
    rig_close(&rig);
}

int main(void)
{
    RUN(a_fault_halves_a_job_of_several);
    RUN(a_fault_buries_a_job_of_one_and_tells_why);
    RUN(a_kill_blames_nobody);
    RUN(a_job_of_one_dies_alone_three_times);
    RUN(the_clock_counts_before_it_buries);
    RUN(several_jobs_in_one_batch_are_only_suspect);
    RUN(a_job_that_went_to_another_is_left_alone);
    RUN(a_claimed_suspect_that_died_alone_is_halved_or_buried);
    RUN(a_hopeless_job_of_several_is_halved_and_one_is_buried);
    return REPORT();
}
