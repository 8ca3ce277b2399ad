/* Errors as RFC 9457 problem documents. */
#include "gateway/problem.h"

#include "base/id.h"
#include "base/log.h"
#include "base/span.h"
#include "gateway/context.h"
#include "gateway/disk.h"
#include "gateway/route.h"

static const struct {
    unsigned status;
    const char *title;
} titles[] = {
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 415, "Unsupported Media Type" },
    { 426, "Upgrade Required" },
    { 429, "Too Many Requests" },
    { 500, "Internal Server Error" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
    { 507, "Insufficient Storage" },
};

static const char *title_of(unsigned status)
{
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
        if (titles[i].status == status) {
            return titles[i].title;
        }
    }
    return "Error";
}

static void begin_problem(struct jd_json_writer *writer, unsigned status, struct jd_span detail)
{
    jd_json_open_object(writer, NULL);
    jd_json_add_text(writer, "type", JD_SPAN("about:blank"));
    jd_json_add_text(writer, "title", jd_span_of(title_of(status)));
    jd_json_add_int(writer, "status", status);
    jd_json_add_text(writer, "detail", detail);
}

void jd_problem_write(struct jd_buf *out, unsigned status, struct jd_span detail)
{
    struct jd_json_writer writer = jd_json_writer(out);
    begin_problem(&writer, status, detail);
    jd_json_close_object(&writer);
}

/* What the request itself has to say of its problem. */
static void add_members(struct jd_json_writer *writer,
        const struct jd_request *request,
        const char *position)
{
    if (request->field) {
        jd_json_add_text(writer, "field", jd_span_of(request->field));
    }
    if (position) {
        jd_json_add_text(writer, "position", jd_span_of(position));
    }
    if (request->job) {
        char job[JD_ID_TEXT_BYTES];
        jd_id_format(request->job, job);
        jd_json_add_text(writer, "job", jd_span_of(job));
    }
    if (request->reasons.len) {
        jd_json_add_raw(writer, "reasons", request->reasons);
    }
}

static enum jd_status
answer(struct jd_request *request, unsigned status, struct jd_span detail, const char *position)
{
    jd_buf_clear(&request->out);
    struct jd_json_writer writer = jd_json_writer(&request->out);
    begin_problem(&writer, status, detail);
    add_members(&writer, request, position);
    jd_json_close_object(&writer);
    request->answer.status = status;
    request->answer.content_type = "application/problem+json";
    request->answer.body = jd_buf_span(&request->out);
    request->cache_key = jd_span_new("", 0);
    if (status == 401) {
        jd_answer_header(request, "WWW-Authenticate", "Bearer realm=\"jackdaw\"");
    }
    return JD_OK;
}

enum jd_status jd_problem(struct jd_request *request, unsigned status, const char *format, ...)
{
    char detail[500];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    return answer(request, status, jd_span_of(detail), NULL);
}

enum jd_status jd_problem_resync(struct jd_request *request, int64_t epoch, int64_t seq)
{
    char position[48];
    snprintf(position, sizeof(position), "%lld.%lld", (long long)epoch, (long long)seq);
    return answer(request, 410,
            JD_SPAN("events after this place are not kept: load anew and go on from position"),
            position);
}

unsigned jd_problem_status(enum jd_status status)
{
    switch (status) {
    case JD_BAD_INPUT:
        return 400;
    case JD_UNAUTHORISED:
        return 401;
    case JD_GONE:
    case JD_NONE:
        return 404;
    case JD_REJECTED:
        return 409;
    case JD_RATE_LIMITED:
        return 429;
    case JD_RETRY_LATER:
    case JD_CANCELLED:
        return 503;
    case JD_OK:
    case JD_BUG:
        break;
    }
    return 500;
}

static void add_retry_after(struct jd_request *request, int64_t after_ms)
{
    int64_t seconds = (after_ms + 999) / 1000;
    struct jd_span text =
            jd_arena_format(request->arena, "%lld", (long long)(seconds > 0 ? seconds : 1));
    if (text.data) {
        jd_answer_header(request, "Retry-After", text.data);
    }
}

void jd_problem_from_error(struct jd_request *request,
        enum jd_status status,
        const struct jd_error *error)
{
    unsigned code = jd_problem_status(status);
    struct jd_error full;
    if (status == JD_RETRY_LATER && jd_disk_look(request->gateway->disk, &full) != JD_OK) {
        // Why storage failed, in words without its path; that stands in the log.
        code = 507;
    }
    if (code >= 500) {
        jd_log_error(code == 500 ? JD_LOG_ERROR : JD_LOG_WARNING, "request failed", error,
                "url.path", "%s", request->route ? request->route->path : "-", NULL);
    }
    if (code == 429 || code == 503 || code == 507) {
        add_retry_after(request, error->after_ms);
    }
    if (code == 507) {
        jd_problem(request, code, "%s; nothing of this request was stored", full.text);
    } else if (code == 500) {
        jd_problem(request, code, "something is wrong on our side; the log says what");
    } else if (status == JD_NONE || status == JD_CANCELLED) {
        jd_problem(request, code,
                status == JD_NONE ? "there is no such thing" : "the server is stopping");
    } else {
        jd_problem(request, code, "%s", error->text);
    }
}
