/* Questions and answers: who asked reads the answer, nobody else; nobody asks without end. */
#include "store/answers.h"

#include "jd_test.h"
#include "rig.h"

static int64_t ask(struct rig *rig, int64_t user)
{
    int64_t job = 0;
    RIG_NEED(jd_question_ask(rig->db, user, JD_SPAN("{\"kind\":\"check\"}"), &job, &error));
    return job;
}

static struct jd_job *claim(struct rig *rig, int64_t id)
{
    struct jd_job *jobs = NULL;
    uint32_t count = 0;
    RIG_NEED(jd_jobs_claim(
            rig->db, &id, 1, JD_SPAN("worker"), 60000, rig->arena, &jobs, &count, &error));
    CHECK_INT(count, 1);
    return jobs;
}

static void answer(struct rig *rig, int64_t id, struct jd_answer_row row)
{
    RIG_NEED(jd_answer_keep(rig->db, claim(rig, id), &row, &error));
}

TEST(an_answer_is_read_by_who_asked)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    struct jd_answer_row row;
    int64_t first = ask(&rig, rig.user), second = ask(&rig, rig.user);
    CHECK_INT(jd_answer_get(rig.db, rig.user, first, rig.arena, &row, &error), JD_NONE);
    CHECK_INT(jd_answer_get(rig.db, rig.user + 1, first, rig.arena, &row, &error), JD_GONE);
    answer(&rig, first, (struct jd_answer_row){ JD_OK, JD_SPAN("{\"passed\":true}") });
    answer(&rig, second, (struct jd_answer_row){ JD_REJECTED, JD_SPAN("it was \"edited\"") });
    CHECK_OK(jd_answer_get(rig.db, rig.user, first, rig.arena, &row, &error), error);
    CHECK_INT(row.status, JD_OK);
    CHECK_TEXT(row.body, "{\"passed\":true}");
    CHECK_OK(jd_answer_get(rig.db, rig.user, second, rig.arena, &row, &error), error);
    CHECK_INT(row.status, JD_REJECTED);
    CHECK_TEXT(row.body, "it was \"edited\"");
    CHECK_INT(jd_answer_get(rig.db, rig.user + 1, first, rig.arena, &row, &error), JD_GONE);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM jobs WHERE kind = 'ask'"), 0);
    rig_close(&rig);
}

TEST(an_answer_by_who_lost_the_job_is_not_kept)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    int64_t job = ask(&rig, rig.user);
    struct jd_job *jobs = claim(&rig, job);
    CHECK_OK(jd_jobs_release_owner(rig.db, JD_SPAN("worker"), &error), error);
    struct jd_answer_row row = { JD_OK, JD_SPAN("{}") };
    CHECK_INT(jd_answer_keep(rig.db, jobs, &row, &error), JD_REJECTED);
    CHECK_INT(jd_answer_get(rig.db, rig.user, job, rig.arena, &row, &error), JD_NONE);
    rig_close(&rig);
}

TEST(nobody_asks_without_end)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    int64_t job = 0;
    for (int i = 0; i < JD_QUESTIONS_WAITING_MAX; i++) {
        job = ask(&rig, rig.user);
    }
    CHECK_INT(jd_question_ask(rig.db, rig.user, JD_SPAN("{}"), &job, &error), JD_RATE_LIMITED);
    CHECK(error.after_ms > 0);
    ask(&rig, rig.user + 1);
    answer(&rig, job, (struct jd_answer_row){ JD_OK, JD_SPAN("{}") });
    ask(&rig, rig.user);
    rig_close(&rig);
}

TEST(answers_are_forgotten_after_their_time)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    struct jd_answer_row row;
    int64_t job = ask(&rig, rig.user), count = 0;
    answer(&rig, job, (struct jd_answer_row){ JD_OK, JD_SPAN("{}") });
    CHECK_OK(jd_answers_trim(rig.db, 10, &count, &error), error);
    CHECK_INT(count, 0);
    static const struct jd_statement age = { "test.age", JD_SCOPE_SYSTEM,
        "UPDATE answers SET at_ms = at_ms - 3600001" };
    CHECK_OK(jd_db_run(rig.db, &age, 0, JD_NO_VALUES, NULL, NULL, NULL, &error), error);
    CHECK_OK(jd_answers_trim(rig.db, 10, &count, &error), error);
    CHECK_INT(count, 1);
    CHECK_INT(jd_answer_get(rig.db, rig.user, job, rig.arena, &row, &error), JD_GONE);
    rig_close(&rig);
}

int main(void)
{
    RUN(an_answer_is_read_by_who_asked);
    RUN(an_answer_by_who_lost_the_job_is_not_kept);
    RUN(nobody_asks_without_end);
    RUN(answers_are_forgotten_after_their_time);
    return REPORT();
}
