/**
 * One page of a list: its limit and cursor in, its items and the next cursor out.
 *
 *     jd_page_open(request, JD_SPAN("drafts"), &page, &error);
 *     ... for each row: jd_draft_json(&page.writer, NULL, draft);
 *                       jd_page_count(&page, draft->id, 0); ...
 *     jd_page_close(&page, &error);
 */
#ifndef JD_GATEWAY_PAGE_H
#define JD_GATEWAY_PAGE_H

#include "gateway/cursor.h"
#include "gateway/request.h"

struct jd_page {
    struct jd_request *request;
    struct jd_json_writer writer;
    struct jd_cursor cursor; // keys: where the page before ended, then of the newest row
    int limit, count;
};

/** list: its name and filters; lives as long as the page. The keys are 0 on the first page. */
enum jd_status jd_page_open(struct jd_request *request,
        struct jd_span list,
        struct jd_page *out_page,
        struct jd_error *error);
/** A row was written; its place in the keyset. */
void jd_page_count(struct jd_page *page, int64_t first_key, int64_t second_key);
/** Answers the request. A full page has a next one, which may turn out empty. */
enum jd_status jd_page_close(struct jd_page *page, struct jd_error *error);

#endif
