/* Every change and its inverse. */
#include "base/id.h"
#include "gateway/handlers.h"
#include "gateway/page.h"
#include "gateway/problem.h"
#include "store/record_json.h"

static const char *const results[] = {
    [JD_UNDONE] = "undone",
    [JD_UNDO_CHANGED_SINCE] = "changed_since",
    [JD_UNDO_GONE] = "gone",
};

static enum jd_status take_item(void *context, const struct jd_undo_item *item)
{
    struct jd_json_writer *writer = context;
    char id[JD_ID_TEXT_BYTES];
    jd_id_format(item->id, id);
    jd_json_open_object(writer, NULL);
    jd_json_add_text(writer, "object", jd_span_of(item->object));
    jd_json_add_text(writer, "id", jd_span_of(id));
    jd_json_add_text(writer, "result", jd_span_of(results[item->result]));
    jd_json_close_object(writer);
    return JD_OK;
}

enum jd_status jd_on_undo(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t operation, undoing;
    enum jd_status status = jd_path_id(request, &operation, error);
    struct jd_json_writer writer = jd_answer_begin(request);
    jd_json_open_object(&writer, NULL);
    jd_json_open_array(&writer, "items");
    if (status == JD_OK) {
        status = jd_operation_undo(
                db, request->caller.user, operation, &undoing, take_item, &writer, error);
    }
    if (status == JD_GONE) {
        return jd_problem(request, 410, "%s", error->text);
    }
    if (status != JD_OK) {
        return status;
    }
    char id[JD_ID_TEXT_BYTES];
    jd_id_format(undoing, id);
    jd_json_close_array(&writer);
    if (undoing) {
        jd_json_add_text(&writer, "operation", jd_span_of(id));
    } else {
        jd_json_add_null(&writer, "operation");
    }
    jd_json_close_object(&writer);
    return jd_answer_json(request, 200, error);
}

static enum jd_status take_row(void *context, const struct jd_operation *operation)
{
    struct jd_page *page = context;
    jd_operation_json(&page->writer, NULL, operation);
    jd_page_count(page, operation->id, 0);
    return JD_OK;
}

enum jd_status
jd_on_operations(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_page page;
    enum jd_status status = jd_page_open(request, JD_SPAN("operations"), &page, error);
    if (status == JD_OK) {
        status = jd_operations_list(db, request->caller.user, page.cursor.keys[0], page.limit,
                take_row, &page, error);
    }
    return status == JD_OK ? jd_page_close(&page, error) : status;
}
