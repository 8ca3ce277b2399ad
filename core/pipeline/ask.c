/* Questions that a person waits for. The table of their kinds comes first. */
#include "pipeline/ask.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/span.h"
#include "store/answers.h"

static const struct {
    const char *name;
    jd_ask_fn answer;
} kinds[] = {
    { "check", jd_ask_check },
    { "replay", jd_ask_replay },
    { "why", jd_ask_why },
};

#define BORROW_MS 8000 // longer than that nobody waits for the answer
#define TRIES     3    // of children that are killed from outside

static enum jd_status answer(struct jd_ask *ask, struct jd_error *error)
{
    struct jd_span kind = jd_json_text(jd_json_member(ask->question, "kind"), JD_SPAN(""));
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (jd_span_equal(kind, jd_span_of(kinds[i].name))) {
            return kinds[i].answer(ask, error);
        }
    }
    return jd_error_set(error, JD_BUG, "there are no questions of kind '" JD_SPAN_FMT "'",
            JD_SPAN_ARG(kind));
}

static enum jd_status
read_question(const struct jd_job *job, struct jd_json **out_question, struct jd_error *error)
{
    // A process that dies with a question in its hands is not asked for ever.
    if (job->deaths) {
        return jd_error_set(
                error, JD_REJECTED, "the worker ended while it looked for the answer");
    }
    return jd_json_parse(job->payload, JD_QUESTION_BYTES_MAX, out_question, error);
}

enum jd_status jd_step_ask(struct jd_job_desk *desk,
        const struct jd_job *jobs,
        uint32_t count,
        struct jd_error *error)
{
    struct jd_buf body = jd_buf_init(JD_ANSWER_BYTES_MAX);
    struct jd_json *question = NULL;
    struct jd_error why = { 0 };
    int64_t started = jd_clock_monotonic_us();
    (void)count; // one at a time
    enum jd_status status = read_question(jobs, &question, &why);
    if (status == JD_OK) {
        struct jd_ask ask = {
            .desk = desk, .job = jobs, .question = question, .writer = jd_json_writer(&body)
        };
        status = answer(&ask, &why);
    }
    if (status == JD_OK && body.failed) {
        status = jd_error_set(
                &why, JD_BAD_INPUT, "the answer has more than %d bytes", JD_ANSWER_BYTES_MAX);
    }
    if (status == JD_CANCELLED) {
        *error = why;
    } else {
        if (status == JD_BUG) {
            jd_log_error(JD_LOG_ERROR, "a question was not answered", &why, NULL);
        }
        struct jd_answer_row row = { status,
            status == JD_OK ? jd_buf_span(&body) : jd_span_of(why.text) };
        status = jd_answer_keep(desk->db, jobs, &row, error);
    }
    jd_json_destroy(&question);
    jd_buf_finish(&body);
    jd_metric_observe_us("jackdaw_ask_seconds", NULL, jd_clock_monotonic_us() - started);
    return status;
}

enum jd_status
jd_ask_id(const struct jd_ask *ask, const char *member, int64_t *out_id, struct jd_error *error)
{
    struct jd_span text =
            jd_json_text(jd_json_member(ask->question, member), JD_SPAN("absent"));
    return jd_id_parse(text, out_id)
                   ? JD_OK
                   : jd_error_set(error, JD_BUG, "a question without '%s'", member);
}

enum jd_status jd_ask_in_child(struct jd_ask *ask,
        enum jd_status (*work)(struct jd_ask *ask, void *context, struct jd_error *error),
        void *context,
        struct jd_error *error)
{
    struct jd_job_desk *desk = ask->desk;
    struct jd_pool_claim claim = { .interactive = true, .job = ask->job->id };
    struct jd_child_death death = { .end = JD_CHILD_KILLED };
    enum jd_status status = JD_OK;
    for (int i = 0; i < TRIES && death.end == JD_CHILD_KILLED; i++) {
        jd_desk_leave(desk);
        status = jd_pool_borrow(
                desk->pool, &claim, jd_clock_monotonic_ms() + BORROW_MS, &ask->child, error);
        jd_desk_enter(desk);
        if (status != JD_OK) {
            return status;
        }
        status = work(ask, context, error);
        death = jd_child_death(ask->child);
        jd_pool_return(desk->pool, &ask->child);
    }
    if (death.end != JD_CHILD_ALIVE) {
        return jd_error_set(error, JD_REJECTED, "these rules end their process (%s)",
                jd_child_end_name(death.end));
    }
    return status;
}
