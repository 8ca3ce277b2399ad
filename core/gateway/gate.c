/* What every request passes on its way to a handler. */
#include "gateway/gate.h"

#include <strings.h>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/span.h"
#include "gateway/auth.h"
#include "gateway/cache.h"
#include "gateway/context.h"
#include "gateway/handlers.h"
#include "gateway/problem.h"
#include "gateway/rate.h"
#include "gateway/route.h"
#include "gateway/static.h"
#include "gateway/store_threads.h"
#include "gateway/waiter.h"
#include "store/releases.h"

/* Nothing that the API answers may be shown as a page. */
#define API_POLICY          "default-src 'none'; frame-ancestors 'none'"

/* A text file of a release as JSON, where one byte may become six. */
#define FILE_BODY_BYTES_MAX (6 * JD_RELEASE_FILE_BYTES_MAX + 1024)

/* A step looks at one thing. JD_OK without an answer: on to the next step. */
typedef enum jd_status (*step_fn)(struct jd_request *request, struct jd_error *error);

static bool is_api(struct jd_span path)
{
    return jd_span_starts(path, JD_SPAN("/api/")) || jd_span_starts(path, JD_SPAN("/health/"));
}

static enum jd_status answer_without_route(struct jd_request *request, const char *allow)
{
    if (*allow) {
        jd_answer_header(request, "Allow", allow);
        return request->method == JD_METHOD_OPTIONS
                       ? jd_answer_empty(request, 204)
                       : jd_problem(request, 405, "this path takes %s", allow);
    }
    if (!is_api(request->path)) {
        if (request->method != JD_METHOD_GET) {
            jd_answer_header(request, "Allow", "GET, HEAD");
            return jd_problem(request, 405, "pages are only read");
        }
        if (jd_static_answer(request->gateway->files, request)) {
            return JD_OK;
        }
    }
    return jd_problem(request, 404, "there is nothing at this path");
}

static enum jd_status find_route(struct jd_request *request, struct jd_error *error)
{
    if (request->path.len == 0 || request->path.data[0] != '/') {
        return jd_error_set(error, JD_BAD_INPUT, "the path is not valid");
    }
    const char *allow;
    request->route = jd_route_find(request, &allow);
    return request->route ? JD_OK : answer_without_route(request, allow);
}

static enum jd_status refuse_when_draining(struct jd_request *request, struct jd_error *error)
{
    if (!atomic_load(&request->gateway->draining)) {
        return JD_OK;
    }
    request->answer.close = true;
    return jd_error_set(error, JD_CANCELLED, "the server is stopping");
}

static enum jd_status authenticate(struct jd_request *request, struct jd_error *error)
{
    if (!request->route->role) {
        return JD_OK;
    }
    enum jd_status status = jd_auth_caller(request, error);
    if (status == JD_OK && request->caller.role < request->route->role) {
        return jd_problem(request, 403, "only %s may do this",
                request->route->role == JD_ROLE_ADMIN ? "admins" : "editors and admins");
    }
    return status;
}

static enum jd_status read_query(struct jd_request *request, struct jd_error *error)
{
    enum jd_status status = jd_request_parse_query(request, error);
    for (unsigned i = 0; i < request->query_count && status == JD_OK; i++) {
        struct jd_span name = request->query[i].name;
        if (!jd_is_choice(name, request->route->query)) {
            status = jd_request_refuse(request, error, name.data,
                    "there is no query parameter '" JD_SPAN_FMT "' here%s%s", JD_SPAN_ARG(name),
                    *request->route->query ? "; there are: " : "", request->route->query);
        }
    }
    return status;
}

/* "a! b": takes the next name off the front. */
static bool next_member(struct jd_span *rest, struct jd_span *out_name, bool *out_needed)
{
    if (!jd_span_split(rest, ' ', out_name) || out_name->len == 0) {
        return false;
    }
    *out_needed = jd_span_ends(*out_name, JD_SPAN("!"));
    out_name->len -= *out_needed;
    return true;
}

static bool is_member(struct jd_span name, const char *members)
{
    struct jd_span rest = jd_span_of(members), known;
    bool needed;
    while (next_member(&rest, &known, &needed)) {
        if (jd_span_equal(known, name)) {
            return true;
        }
    }
    return false;
}

static enum jd_status check_members(struct jd_request *request, struct jd_error *error)
{
    const struct jd_json *member = jd_json_first(request->document);
    for (; member; member = jd_json_next(member)) {
        struct jd_span name = jd_json_name(member);
        if (!is_member(name, request->route->body)) {
            return jd_request_refuse(request, error, jd_arena_text(request->arena, name),
                    "there is no member '" JD_SPAN_FMT "' here", JD_SPAN_ARG(name));
        }
    }
    struct jd_span rest = jd_span_of(request->route->body), name;
    bool needed;
    while (next_member(&rest, &name, &needed)) {
        const char *text = jd_arena_text(request->arena, name);
        if (needed && (!text || !jd_json_member(request->document, text))) {
            return jd_request_refuse(request, error, text,
                    "the member '" JD_SPAN_FMT "' is missing", JD_SPAN_ARG(name));
        }
    }
    return JD_OK;
}

static enum jd_status read_body(struct jd_request *request, struct jd_error *error)
{
    const char *members = request->route->body;
    if (request->body.len == 0) {
        return members ? check_members(request, error) : JD_OK;
    }
    if (!members) {
        return jd_error_set(error, JD_BAD_INPUT, "this request takes no body");
    }
    struct jd_span type = request->headers[JD_HEADER_CONTENT_TYPE];
    struct jd_span json = JD_SPAN("application/json");
    if (type.len < json.len || strncasecmp(type.data, json.data, json.len) != 0) {
        return jd_problem(request, 415, "the body must be application/json");
    }
    enum jd_status status =
            jd_json_parse(request->body, request->body.len, &request->document, error);
    if (status != JD_OK) {
        return jd_error_wrap(error, "the body");
    }
    if (!jd_json_is_object(request->document)) {
        return jd_error_set(error, JD_BAD_INPUT, "the body must be a JSON object");
    }
    return check_members(request, error);
}

static enum jd_status ask_cache(struct jd_request *request, struct jd_error *error)
{
    (void)error; // a cache that does not answer is one that has nothing
    struct jd_gateway *gateway = request->gateway;
    struct jd_position position;
    if (request->route->kept &&
            jd_list_cache_position(gateway->options.shared, request->caller.user, &position)) {
        jd_list_cache_key(request, &position);
        // The answer says whether it was there.
        (void)jd_list_cache_answer(gateway->services, request);
    }
    return JD_OK;
}

static enum jd_status run_in_memory(struct jd_request *request, struct jd_error *error)
{
    return request->route->place == JD_PLACE_MEMORY
                   ? request->route->handle(request, NULL, error)
                   : JD_OK;
}

/* Of a user when one is known, else of an address. The last step: what memory answers is free.
 */
static enum jd_status check_rate(struct jd_request *request, struct jd_error *error)
{
    struct jd_span key = request->caller.user ? jd_arena_format(request->arena, "user:%lld",
                                                        (long long)request->caller.user)
                                              : request->peer;
    int64_t after_ms = 0;
    if (jd_rate_take(request->gateway->rate, key, request->began_us / 1000, &after_ms)) {
        return JD_OK;
    }
    jd_error_set(error, JD_RATE_LIMITED, "too many requests: wait a moment");
    error->after_ms = after_ms;
    return JD_RATE_LIMITED;
}

static const step_fn steps[] = {
    find_route,
    refuse_when_draining,
    authenticate,
    read_query,
    read_body,
    ask_cache,
    run_in_memory,
    check_rate,
};

static void add_headers(struct jd_request *request)
{
    if (request->route || is_api(request->path) || request->answer.status >= 400) {
        jd_answer_header(request, "Content-Security-Policy", API_POLICY);
        jd_answer_header(request, "Cache-Control",
                request->method == JD_METHOD_GET ? "private, no-cache" : "no-store");
    }
}

enum jd_http_verdict jd_gate_handle(void *context, struct jd_request *request)
{
    request->gateway = context;
    enum jd_status status = JD_OK;
    struct jd_error error = { 0 };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        status = steps[i](request, &error);
        if (status != JD_OK) {
            jd_problem_from_error(request, status, &error);
        }
        if (request->answer.status) {
            add_headers(request);
            return JD_HTTP_ANSWERED;
        }
    }
    return JD_HTTP_LATER;
}

/* Not in the public table: only the metrics listener has it. */
static const struct jd_route detail_route = {
    .method = JD_METHOD_GET,
    .path = "/health/detail",
    .place = JD_PLACE_STORE,
    .handle = jd_on_health_detail,
};

enum jd_http_verdict jd_gate_handle_metrics(void *context, struct jd_request *request)
{
    request->gateway = context;
    if (request->method != JD_METHOD_GET) {
        jd_answer_header(request, "Allow", "GET, HEAD");
        jd_problem(request, 405, "metrics are only read");
    } else if (jd_span_equal(request->path, JD_SPAN("/metrics"))) {
        jd_metrics_write(&request->out);
        request->answer.status = 200;
        request->answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
        request->answer.body = jd_buf_span(&request->out);
    } else if (jd_span_equal(request->path, jd_span_of(detail_route.path))) {
        struct jd_error error;
        enum jd_status status = refuse_when_draining(request, &error);
        if (status == JD_OK) {
            request->route = &detail_route;
            return JD_HTTP_LATER;
        }
        jd_problem_from_error(request, status, &error);
    } else {
        jd_problem(request, 404, "here are /metrics and /health/detail");
    }
    return JD_HTTP_ANSWERED;
}

size_t jd_gate_body_bytes(void *context, struct jd_request *request)
{
    struct jd_gateway *gateway = context;
    size_t most = gateway->options.body_bytes_max;
    const char *allow;
    struct jd_error error;
    const struct jd_route *route = jd_route_find(request, &allow);
    request->gateway = gateway;
    // Strangers are not given the memory: the body is read before it is looked at.
    bool is_file = route && route->handle == jd_on_release_file_put &&
                   jd_auth_caller(request, &error) == JD_OK;
    return is_file && most < FILE_BODY_BYTES_MAX ? FILE_BODY_BYTES_MAX : most;
}

bool jd_gate_defer(void *context, struct jd_request *request)
{
    struct jd_gateway *gateway = context;
    struct jd_store_threads *threads = request->route->place == JD_PLACE_SIGN_IN
                                               ? gateway->sign_in_threads
                                               : gateway->threads;
    if (jd_store_threads_put(threads, request)) {
        return true;
    }
    jd_answer_header(request, "Retry-After", "1");
    jd_problem(request, 503, "too many requests are waiting: try again in a second");
    add_headers(request);
    return false;
}

static enum jd_status
run_handler(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    if (request->route->kept && request->cache_key.len == 0) {
        struct jd_position position;
        enum jd_status status = jd_stream_position(db, request->caller.user, &position, error);
        if (status != JD_OK) {
            return status;
        }
        jd_list_cache_key(request, &position);
    }
    return request->route->handle(request, db, error);
}

void jd_gate_finish(struct jd_request *request,
        enum jd_status status,
        const struct jd_error *error)
{
    if (status != JD_OK) {
        jd_problem_from_error(request, status, error);
    } else if (request->route->kept) {
        jd_list_cache_keep(request->gateway->services, request);
        jd_list_cache_tag(request);
    }
    add_headers(request);
    jd_http_answered(request);
}

void jd_gate_run(struct jd_request *request, struct jd_db *db)
{
    struct jd_error error = { 0 };
    enum jd_status status = run_handler(request, db, &error);
    bool waits = status == JD_OK && request->job && !request->answer.status;
    if (waits && jd_waiter_put(request->gateway->waiter, request)) {
        return;
    }
    if (waits) {
        status = jd_error_set(&error, JD_RETRY_LATER, "too many requests wait for answers");
    }
    jd_gate_finish(request, status, &error);
}

void jd_gate_finished(void *context, const struct jd_request *request)
{
    struct jd_gateway *gateway = context;
    unsigned class = request->answer.status / 100;
    if (class >= 1 && class <= JD_STATUS_CLASSES) {
        jd_metric_add(gateway->answered[class - 1], 1);
    }
    if (request->route && request->route->place != JD_PLACE_MEMORY) {
        jd_metric_observe_us("jackdaw_http_request_seconds", NULL,
                jd_clock_monotonic_us() - request->began_us);
    }
}
