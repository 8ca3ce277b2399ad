/* Events for clients that poll. The WebSocket is the hub's; the acceptor sends it there. */
#include <stdlib.h>

#include "base/span.h"
#include "gateway/handlers.h"
#include "gateway/problem.h"
#include "store/streams.h"

#define NUMBER_DIGITS_MAX 18

/* A connection that spoke HTTP before cannot become a WebSocket: its owner is settled. */
enum jd_status
jd_on_events(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    (void)db, (void)error; // answered from memory, always the same
    request->answer.close = true;
    jd_answer_header(request, "Upgrade", "websocket");
    return jd_problem(request, 426,
            "this path is a WebSocket: ask for an upgrade on a connection of its own");
}

static bool read_number(struct jd_span text, int64_t *out_number)
{
    char digits[NUMBER_DIGITS_MAX + 1];
    if (text.len == 0 || text.len > NUMBER_DIGITS_MAX) {
        return false;
    }
    memcpy(digits, text.data, text.len);
    digits[text.len] = '\0';
    *out_number = strtoll(digits, NULL, 10);
    return strspn(digits, "0123456789") == text.len;
}

static bool read_after(struct jd_span text, struct jd_position *out_after)
{
    struct jd_span rest = text, epoch;
    return jd_span_split(&rest, '.', &epoch) && rest.data &&
           read_number(epoch, &out_after->epoch) && read_number(rest, &out_after->seq);
}

struct log_page {
    struct jd_json_writer writer;
    int64_t last_seq;
};

static enum jd_status take_event(void *context, const struct jd_event *event)
{
    struct log_page *page = context;
    jd_json_open_object(&page->writer, NULL);
    jd_json_add_int(&page->writer, "seq", event->seq);
    jd_json_add_time(&page->writer, "at", event->at_ms);
    jd_json_add_text(&page->writer, "event", event->type);
    jd_json_add_raw(&page->writer, "data", event->json);
    jd_json_close_object(&page->writer);
    page->last_seq = event->seq;
    return JD_OK;
}

enum jd_status
jd_on_events_log(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t limit, user = request->caller.user;
    struct jd_position now, after;
    enum jd_status status = jd_query_int(request, "limit", 1, 200, 50, &limit, error);
    if (status == JD_OK) {
        status = jd_stream_position(db, user, &now, error);
    }
    if (status != JD_OK) {
        return status;
    }
    struct jd_span text = jd_query_text(request, "after");
    if (text.data && !read_after(text, &after)) {
        return jd_request_refuse(request, error, "after",
                "after is EPOCH.SEQ, as `next` of the page before gave it");
    }
    after = text.data ? after : now;
    struct log_page page = { .writer = jd_answer_begin(request), .last_seq = after.seq };
    jd_json_open_object(&page.writer, NULL);
    jd_json_open_array(&page.writer, "items");
    status = jd_stream_read(db, user, after, (int)limit, take_event, &page, error);
    if (status == JD_GONE) {
        return jd_problem_resync(request, now.epoch, now.seq);
    }
    if (status != JD_OK) {
        return status;
    }
    jd_json_close_array(&page.writer);
    jd_json_add_int(&page.writer, "epoch", now.epoch);
    jd_json_add_int(&page.writer, "seq", now.seq > page.last_seq ? now.seq : page.last_seq);
    struct jd_span next = jd_arena_format(
            request->arena, "%lld.%lld", (long long)now.epoch, (long long)page.last_seq);
    jd_json_add_text(&page.writer, "next", next);
    jd_json_close_object(&page.writer);
    return jd_answer_json(request, 200, error);
}
