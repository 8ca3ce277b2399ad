/* Decided messages: lists, the reader, why, and the user's changes. */
#include "base/id.h"
#include "base/span.h"
#include "gateway/handlers.h"
#include "gateway/page.h"
#include "gateway/problem.h"
#include "gateway/question.h"
#include "store/record_json.h"

#define QUERY_BYTES_MAX 400

static enum jd_status take_row(void *context, const struct jd_message *message)
{
    struct jd_page *page = context;
    jd_message_item_json(&page->writer, NULL, message);
    jd_page_count(page, message->received_ms, message->id);
    return JD_OK;
}

static enum jd_status search(struct jd_request *request,
        struct jd_db *db,
        struct jd_span words,
        struct jd_error *error)
{
    static const char *const filters[] = { "category", "account", "unread" };
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        if (jd_query_text(request, filters[i]).data) {
            return jd_request_refuse(
                    request, error, filters[i], "q stands alone beside limit and cursor");
        }
    }
    if (words.len == 0 || words.len > QUERY_BYTES_MAX) {
        return jd_request_refuse(
                request, error, "q", "q is a text of 1 to %d bytes", QUERY_BYTES_MAX);
    }
    struct jd_page page;
    struct jd_span list =
            jd_arena_format(request->arena, "search " JD_SPAN_FMT, JD_SPAN_ARG(words));
    enum jd_status status = jd_page_open(request, list, &page, error);
    if (status == JD_OK) {
        request->field = "q"; // what a refusal below is about
        status = jd_messages_search(db, request->caller.user, words, page.cursor.keys[0],
                page.cursor.keys[1], page.limit, take_row, &page, error);
    }
    return status == JD_OK ? jd_page_close(&page, error) : status;
}

static enum jd_status read_filter(struct jd_request *request,
        struct jd_message_filter *out_filter,
        struct jd_error *error)
{
    struct jd_message_filter filter = { 0 };
    enum jd_status status =
            jd_query_choice(request, "category", JD_CATEGORIES, &filter.category, error);
    if (status == JD_OK) {
        status = jd_query_id(request, "account", &filter.account, error);
    }
    if (status == JD_OK) {
        status = jd_query_bool(request, "unread", &filter.unread, error);
    }
    *out_filter = filter;
    return status;
}

enum jd_status
jd_on_messages(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_span words = jd_query_text(request, "q");
    if (words.data) {
        return search(request, db, words, error);
    }
    struct jd_message_filter filter;
    enum jd_status status = read_filter(request, &filter, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_page page;
    struct jd_span list = jd_arena_format(request->arena,
            "messages category=" JD_SPAN_FMT " account=%lld unread=%d",
            JD_SPAN_ARG(filter.category), (long long)filter.account, filter.unread);
    status = jd_page_open(request, list, &page, error);
    if (status == JD_OK) {
        filter.before_ms = page.cursor.keys[0];
        filter.before_id = page.cursor.keys[1];
        filter.limit = page.limit;
        status = jd_messages_list(db, request->caller.user, &filter, take_row, &page, error);
    }
    return status == JD_OK ? jd_page_close(&page, error) : status;
}

struct counting {
    struct jd_json_writer writer;
    int64_t total, unread, waiting;
};

static enum jd_status take_count(void *context, const struct jd_message_counts *counts)
{
    struct counting *counting = context;
    struct jd_json_writer *writer = &counting->writer;
    jd_json_open_object(writer, NULL);
    jd_json_add_text(writer, "category", counts->category);
    jd_json_add_int(writer, "total", counts->total);
    jd_json_add_int(writer, "unread", counts->unread);
    jd_json_close_object(writer);
    counting->total += counts->total;
    counting->unread += counts->unread;
    return JD_OK;
}

static enum jd_status take_progress(void *context, const struct jd_account *account)
{
    struct counting *counting = context;
    int64_t waiting = account->listed - account->decided - account->rejected;
    counting->waiting += waiting > 0 ? waiting : 0;
    return JD_OK;
}

enum jd_status
jd_on_counts(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct counting counting = { .writer = jd_answer_begin(request) };
    struct jd_json_writer *writer = &counting.writer;
    jd_json_open_object(writer, NULL);
    jd_json_open_array(writer, "items");
    enum jd_status status =
            jd_messages_counts(db, request->caller.user, take_count, &counting, error);
    if (status == JD_OK) {
        status = jd_accounts_list(db, request->caller.user, take_progress, &counting, error);
    }
    if (status != JD_OK) {
        return status;
    }
    jd_json_close_array(writer);
    jd_json_add_int(writer, "total", counting.total);
    jd_json_add_int(writer, "unread", counting.unread);
    jd_json_add_int(writer, "waiting", counting.waiting);
    jd_json_close_object(writer);
    return jd_answer_json(request, 200, error);
}

enum jd_status
jd_on_message(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id;
    struct jd_message message;
    struct jd_message_body body;
    enum jd_status status = jd_path_id(request, &id, error);
    if (status == JD_OK) {
        status = jd_message_get(db, request->caller.user, id, request->arena, &message, error);
    }
    if (status != JD_OK) {
        return status;
    }
    if (jd_answer_version(request, message.version)) {
        return jd_answer_empty(request, 304);
    }
    status = jd_message_body(db, request->caller.user, id, request->arena, &body, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_json_writer writer = jd_answer_begin(request);
    jd_message_json(&writer, NULL, &message, &body);
    return jd_answer_json(request, 200, error);
}

static enum jd_status read_patch(struct jd_request *request,
        struct jd_message_patch *out_patch,
        struct jd_error *error)
{
    struct jd_message_patch patch;
    enum jd_status status = jd_body_bool(request, "unread", &patch.unread, error);
    if (status == JD_OK) {
        status = jd_body_bool(request, "flagged", &patch.flagged, error);
    }
    if (status == JD_OK) {
        status = jd_body_choice(request, "category", JD_CATEGORIES, &patch.category, error);
    }
    if (status == JD_OK) {
        status = jd_request_if_match(request, &patch.if_version, error);
    }
    if (status == JD_OK && patch.unread < 0 && patch.flagged < 0 && !patch.category.len) {
        return jd_error_set(
                error, JD_BAD_INPUT, "nothing to change: give unread, flagged or category");
    }
    if (status == JD_OK) {
        *out_patch = patch;
    }
    return status;
}

enum jd_status
jd_on_message_patch(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id, operation;
    struct jd_message_patch patch;
    struct jd_message message;
    enum jd_status status = jd_path_id(request, &id, error);
    if (status == JD_OK) {
        status = read_patch(request, &patch, error);
    }
    if (status == JD_OK) {
        status = jd_message_patch(db, request->caller.user, id, &patch, &operation, error);
    }
    if (status == JD_REJECTED) {
        return jd_problem(request, 412, "%s", error->text);
    }
    if (status == JD_OK) {
        status = jd_message_get(db, request->caller.user, id, request->arena, &message, error);
    }
    if (status != JD_OK) {
        return status;
    }
    // If-None-Match means nothing to a change.
    (void)jd_answer_version(request, message.version);
    char text[JD_ID_TEXT_BYTES];
    jd_id_format(operation, text);
    struct jd_json_writer writer = jd_answer_begin(request);
    jd_json_open_object(&writer, NULL);
    jd_json_add_text(&writer, "operation", jd_span_of(text));
    jd_message_item_json(&writer, "message", &message);
    jd_json_close_object(&writer);
    return jd_answer_json(request, 200, error);
}

enum jd_status
jd_on_explain(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id;
    int why_not = 0;
    struct jd_message message;
    struct jd_message_analysis analysis;
    enum jd_status status = jd_path_id(request, &id, error);
    if (status == JD_OK) {
        status = jd_query_bool(request, "why_not", &why_not, error);
    }
    if (status == JD_OK) {
        status = jd_message_get(db, request->caller.user, id, request->arena, &message, error);
    }
    if (status == JD_OK && why_not == 1) {
        const struct jd_question_id ids[] = { { "message", id } };
        return jd_question_put(request, db, "why", ids, 1, error);
    }
    if (status == JD_OK) {
        status = jd_message_analysis(
                db, request->caller.user, id, request->arena, &analysis, error);
    }
    if (status != JD_OK) {
        return status;
    }
    struct jd_json_writer writer = jd_answer_begin(request);
    jd_json_open_object(&writer, NULL);
    jd_explanation_members(&writer, &message, &analysis);
    jd_json_close_object(&writer);
    return jd_answer_json(request, 200, error);
}

struct thread {
    struct jd_json_writer writer;
    int count;
};

static enum jd_status take_thread_row(void *context, const struct jd_message *message)
{
    struct thread *thread = context;
    jd_message_item_json(&thread->writer, NULL, message);
    thread->count++;
    return JD_OK;
}

enum jd_status
jd_on_thread(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id;
    enum jd_status status = jd_path_id(request, &id, error);
    if (status != JD_OK) {
        return status;
    }
    char text[JD_ID_TEXT_BYTES];
    jd_id_format(id, text);
    struct thread thread = { .writer = jd_answer_begin(request) };
    jd_json_open_object(&thread.writer, NULL);
    jd_json_add_text(&thread.writer, "id", jd_span_of(text));
    jd_json_open_array(&thread.writer, "items");
    status = jd_messages_thread(db, request->caller.user, id, take_thread_row, &thread, error);
    if (status != JD_OK) {
        return status;
    }
    if (thread.count == 0) {
        return jd_error_set(error, JD_GONE, "there is no such thread");
    }
    jd_json_close_array(&thread.writer);
    jd_json_close_object(&thread.writer);
    return jd_answer_json(request, 200, error);
}
