/* Questions as jobs, answers as rows. */
#include "store/answers.h"

#include "base/json.h"
#include "base/span.h"
#include "store/statements.h"

enum {
    WAITING,
    PENDING,
    GET,
    KEEP,
    TRIM,
};

static const struct jd_statement statements[] = {
    [WAITING] = { "answers.waiting", JD_SCOPE_USER,
            "SELECT count(*) FROM jobs WHERE user_id = ?1 AND account_id = 0 AND kind = 'ask' "
            "AND state <> 'dead'" },
    [PENDING] = { "answers.pending", JD_SCOPE_USER,
            "SELECT count(*) FROM jobs WHERE user_id = ?1 AND id = ?2 AND kind = 'ask' "
            "AND state <> 'dead'" },
    [GET] = { "answers.get", JD_SCOPE_USER,
            "SELECT status, body FROM answers WHERE user_id = ?1 AND job_id = ?2" },
    [KEEP] = { "answers.keep", JD_SCOPE_USER,
            "INSERT INTO answers (job_id, user_id, status, body, at_ms) "
            "VALUES (?2, ?1, ?3, ?4, @now)" },
    [TRIM] = { "answers.trim", JD_SCOPE_SYSTEM,
            "DELETE FROM answers WHERE job_id IN (SELECT job_id FROM answers "
            "WHERE at_ms < @now - ?1 LIMIT ?2)" },
};
const struct jd_statement_set jd_answers_set = JD_STATEMENT_SET(statements);

static enum jd_status end(struct jd_db *db, enum jd_status status, struct jd_error *error)
{
    if (status == JD_OK) {
        return jd_tx_commit(db, error);
    }
    jd_tx_rollback(db);
    return status;
}

enum jd_status jd_question_ask(struct jd_db *db,
        int64_t user,
        struct jd_span question,
        int64_t *out_job,
        struct jd_error *error)
{
    int64_t waiting = 0;
    if (question.len > JD_QUESTION_BYTES_MAX) {
        return jd_error_set(
                error, JD_BAD_INPUT, "a question has at most %d bytes", JD_QUESTION_BYTES_MAX);
    }
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status != JD_OK) {
        return status;
    }
    status = jd_db_int(db, &statements[WAITING], user, JD_NO_VALUES, &waiting, error);
    if (status == JD_OK && waiting >= JD_QUESTIONS_WAITING_MAX) {
        status = jd_error_set(error, JD_RATE_LIMITED,
                "%d questions of yours wait for their answers already",
                JD_QUESTIONS_WAITING_MAX);
        error->after_ms = 1000;
    }
    if (status == JD_OK) {
        status =
                jd_job_add(db, user, 0, "ask", question, JD_PRIORITY_SCREEN, 0, out_job, error);
    }
    return end(db, status, error);
}

/* ---- the answer ---- */

static enum jd_status class_of(struct jd_span name)
{
    static const enum jd_status classes[] = { JD_GONE, JD_REJECTED, JD_BAD_INPUT,
        JD_RETRY_LATER, JD_UNAUTHORISED };
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (jd_span_equal(name, jd_span_of(jd_status_name(classes[i])))) {
            return classes[i];
        }
    }
    return JD_BUG;
}

struct getting {
    struct jd_arena *arena;
    struct jd_answer_row row;
    bool found;
};

static enum jd_status
read_failure(struct getting *getting, struct jd_span body, struct jd_error *error)
{
    struct jd_json *failure = NULL;
    enum jd_status status = jd_json_parse(body, JD_ANSWER_BYTES_MAX, &failure, error);
    if (status == JD_OK) {
        getting->row.status =
                class_of(jd_json_text(jd_json_member(failure, "class"), JD_SPAN("")));
        getting->row.body = jd_arena_copy(
                getting->arena, jd_json_text(jd_json_member(failure, "detail"), JD_SPAN("")));
    }
    jd_json_destroy(&failure);
    return status;
}

static enum jd_status take_answer(void *context, const struct jd_value *columns, uint32_t count)
{
    struct getting *getting = context;
    struct jd_error error;
    if (count != 2) {
        return JD_BUG;
    }
    struct jd_span body = jd_column_bytes(&columns[1]);
    getting->found = true;
    if (!jd_span_equal(jd_column_bytes(&columns[0]), JD_SPAN("done"))) {
        return read_failure(getting, body, &error) == JD_OK ? JD_OK : JD_BUG;
    }
    getting->row = (struct jd_answer_row){ JD_OK, jd_arena_copy(getting->arena, body) };
    return getting->row.body.data ? JD_OK : JD_BUG;
}

enum jd_status jd_answer_get(struct jd_db *db,
        int64_t user,
        int64_t job,
        struct jd_arena *arena,
        struct jd_answer_row *out_answer,
        struct jd_error *error)
{
    struct getting getting = { .arena = arena };
    int64_t pending = 0;
    // The job first: between two looks it may end, and then its answer is there.
    enum jd_status status =
            jd_db_int(db, &statements[PENDING], user, JD_VALUES(JD_INT(job)), &pending, error);
    if (status == JD_OK && pending) {
        return JD_NONE;
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[GET], user, JD_VALUES(JD_INT(job)), take_answer,
                &getting, NULL, error);
    }
    if (status == JD_OK && !getting.found) {
        return jd_error_set(error, JD_GONE,
                "there is no such question of yours, or its answer is forgotten by now");
    }
    if (status == JD_OK) {
        *out_answer = getting.row;
    }
    return status;
}

static enum jd_status write_answer(struct jd_db *db,
        const struct jd_job *job,
        const struct jd_answer_row *answer,
        struct jd_error *error)
{
    struct jd_buf failure = jd_buf_init(8 * 1024);
    struct jd_span body = answer->body;
    if (answer->status != JD_OK) {
        struct jd_json_writer w = jd_json_writer(&failure);
        jd_json_open_object(&w, NULL);
        jd_json_add_text(&w, "class", jd_span_of(jd_status_name(answer->status)));
        jd_json_add_text(&w, "detail", answer->body);
        jd_json_close_object(&w);
        body = jd_buf_span(&failure);
    }
    struct jd_span state = answer->status == JD_OK ? JD_SPAN("done") : JD_SPAN("failed");
    enum jd_status status = jd_db_run(db, &statements[KEEP], job->user_id,
            JD_VALUES(JD_INT(job->id), JD_TEXT(state), JD_TEXT(body)), NULL, NULL, NULL, error);
    jd_buf_finish(&failure);
    return status;
}

enum jd_status jd_answer_keep(struct jd_db *db,
        const struct jd_job *job,
        const struct jd_answer_row *answer,
        struct jd_error *error)
{
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status != JD_OK) {
        return status;
    }
    status = write_answer(db, job, answer, error);
    if (status == JD_OK) {
        status = jd_job_finish(db, job, error);
    }
    status = end(db, status, error);
    if (status == JD_OK) {
        jd_store_wake(jd_db_store(db), JD_ANSWERS_TOPIC);
    }
    return status;
}

enum jd_status
jd_answers_trim(struct jd_db *db, int limit, int64_t *out_count, struct jd_error *error)
{
    return jd_db_run(db, &statements[TRIM], 0,
            JD_VALUES(JD_INT(JD_ANSWERS_KEPT_MS), JD_INT(limit)), NULL, NULL, out_count, error);
}
