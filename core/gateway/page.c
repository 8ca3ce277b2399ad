/* One page of a list. */
#include "gateway/page.h"

#include "gateway/context.h"

#define LIMIT_MAX     200
#define LIMIT_DEFAULT 50

enum jd_status jd_page_open(struct jd_request *request,
        struct jd_span list,
        struct jd_page *out_page,
        struct jd_error *error)
{
    struct jd_page page = {
        .request = request,
        .cursor = { .user = request->caller.user, .list = list },
    };
    int64_t limit;
    enum jd_status status =
            jd_query_int(request, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, &limit, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_span text = jd_query_text(request, "cursor");
    if (text.data && !jd_cursor_read(&request->gateway->cursor_key, text, &page.cursor)) {
        return jd_request_refuse(request, error, "cursor",
                "this cursor is not of this list: begin again without one");
    }
    page.limit = (int)limit;
    page.writer = jd_answer_begin(request);
    jd_json_open_object(&page.writer, NULL);
    jd_json_open_array(&page.writer, "items");
    *out_page = page;
    return JD_OK;
}

void jd_page_count(struct jd_page *page, int64_t first_key, int64_t second_key)
{
    page->count++;
    page->cursor.keys[0] = first_key;
    page->cursor.keys[1] = second_key;
}

enum jd_status jd_page_close(struct jd_page *page, struct jd_error *error)
{
    jd_json_close_array(&page->writer);
    if (page->count == page->limit) {
        struct jd_buf cursor = jd_buf_init(128);
        jd_cursor_write(&page->request->gateway->cursor_key, &page->cursor, &cursor);
        jd_json_add_text(&page->writer, "next_cursor", jd_buf_span(&cursor));
        jd_buf_finish(&cursor);
    } else {
        jd_json_add_null(&page->writer, "next_cursor");
    }
    jd_json_close_object(&page->writer);
    return jd_answer_json(page->request, 200, error);
}
