/* Prepared answers. */
#include "gateway/handlers.h"
#include "gateway/page.h"
#include "store/record_json.h"

static enum jd_status take_row(void *context, const struct jd_draft *draft)
{
    struct jd_page *page = context;
    jd_draft_json(&page->writer, NULL, draft);
    jd_page_count(page, draft->id, 0);
    return JD_OK;
}

enum jd_status
jd_on_drafts(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t message;
    struct jd_page page;
    enum jd_status status = jd_query_id(request, "message", &message, error);
    if (status == JD_OK) {
        struct jd_span list =
                jd_arena_format(request->arena, "drafts message=%lld", (long long)message);
        status = jd_page_open(request, list, &page, error);
    }
    if (status == JD_OK) {
        status = jd_drafts_list(db, request->caller.user, message, page.cursor.keys[0],
                page.limit, take_row, &page, error);
    }
    return status == JD_OK ? jd_page_close(&page, error) : status;
}
