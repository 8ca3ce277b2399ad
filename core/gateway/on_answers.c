/* What a worker answers: questions that are handed over, and answers that came late. */
#include "base/id.h"
#include "base/span.h"
#include "gateway/handlers.h"
#include "gateway/layer.h"
#include "gateway/problem.h"
#include "gateway/question.h"
#include "gateway/waiter.h"
#include "store/messages.h"

enum jd_status jd_question_put(struct jd_request *request,
        struct jd_db *db,
        const char *kind,
        const struct jd_question_id *ids,
        size_t count,
        struct jd_error *error)
{
    struct jd_buf question = jd_buf_init(JD_QUESTION_BYTES_MAX);
    struct jd_json_writer writer = jd_json_writer(&question);
    jd_json_open_object(&writer, NULL);
    jd_json_add_text(&writer, "kind", jd_span_of(kind));
    for (size_t i = 0; i < count; i++) {
        char text[JD_ID_TEXT_BYTES];
        jd_id_format(ids[i].id, text);
        jd_json_add_text(&writer, ids[i].member, jd_span_of(text));
    }
    jd_json_close_object(&writer);
    enum jd_status status = jd_question_ask(
            db, request->caller.user, jd_buf_span(&question), &request->job, error);
    jd_buf_finish(&question);
    return status;
}

enum jd_status
jd_on_answer(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t job = 0;
    struct jd_answer_row row;
    enum jd_status status = jd_path_id(request, &job, error);
    if (status == JD_OK) {
        status = jd_answer_get(db, request->caller.user, job, request->arena, &row, error);
    }
    if (status == JD_NONE) {
        return jd_answer_empty(request, 202);
    }
    return status == JD_OK ? jd_waiter_answer(request, &row, error) : status;
}

enum jd_status
jd_on_replay(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id = 0;
    struct jd_message message;
    struct jd_release_row release;
    enum jd_status status = jd_path_id(request, &id, error);
    if (status == JD_OK) {
        status = jd_message_get(db, request->caller.user, id, request->arena, &message, error);
    }
    if (status == JD_OK) {
        status = jd_layer_member(request, db, "release", &release, error);
    }
    if (!jd_layer_ok(request, status)) {
        return status;
    }
    const struct jd_question_id ids[] = { { "message", id }, { "release", release.id } };
    return jd_question_put(request, db, "replay", ids, 2, error);
}
