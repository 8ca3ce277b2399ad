/* Tasks: the list, and finishing them. */
#include "base/id.h"
#include "base/span.h"
#include "gateway/handlers.h"
#include "gateway/page.h"
#include "gateway/problem.h"
#include "store/record_json.h"

#define STATES "open done dismissed"

static enum jd_status take_row(void *context, const struct jd_task *task)
{
    struct jd_page *page = context;
    jd_task_json(&page->writer, NULL, task);
    jd_page_count(page, task->due_ms, task->id);
    return JD_OK;
}

enum jd_status jd_on_tasks(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_task_filter filter = { 0 };
    enum jd_status status = jd_query_choice(request, "state", STATES, &filter.state, error);
    if (status == JD_OK) {
        status = jd_query_id(request, "message", &filter.message, error);
    }
    if (status != JD_OK) {
        return status;
    }
    struct jd_page page;
    struct jd_span list =
            jd_arena_format(request->arena, "tasks state=" JD_SPAN_FMT " message=%lld",
                    JD_SPAN_ARG(filter.state), (long long)filter.message);
    status = jd_page_open(request, list, &page, error);
    if (status == JD_OK) {
        filter.after_due_ms = page.cursor.keys[0];
        filter.after_id = page.cursor.keys[1];
        filter.limit = page.limit;
        status = jd_tasks_list(db, request->caller.user, &filter, take_row, &page, error);
    }
    return status == JD_OK ? jd_page_close(&page, error) : status;
}

enum jd_status
jd_on_task_patch(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id, version, operation;
    struct jd_span state;
    enum jd_status status = jd_path_id(request, &id, error);
    if (status == JD_OK) {
        status = jd_body_choice(request, "state", STATES, &state, error);
    }
    if (status == JD_OK) {
        status = jd_request_if_match(request, &version, error);
    }
    if (status == JD_OK) {
        status = jd_task_patch(db, request->caller.user, id, state, version, &operation, error);
    }
    if (status == JD_REJECTED) {
        return jd_problem(request, 412, "%s", error->text);
    }
    if (status != JD_OK) {
        return status;
    }
    char task_text[JD_ID_TEXT_BYTES], operation_text[JD_ID_TEXT_BYTES];
    jd_id_format(id, task_text);
    jd_id_format(operation, operation_text);
    struct jd_json_writer writer = jd_answer_begin(request);
    jd_json_open_object(&writer, NULL);
    jd_json_add_text(&writer, "operation", jd_span_of(operation_text));
    jd_json_add_text(&writer, "id", jd_span_of(task_text));
    jd_json_add_text(&writer, "state", state);
    jd_json_close_object(&writer);
    return jd_answer_json(request, 200, error);
}
