/* The one door to libmicrohttpd: from its callbacks to struct jd_request and back. */
#include "gateway/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/clock.h"
#include "base/span.h"
#include "gateway/problem.h"

/* What one connection may hold at once: request line, headers, and the answer's headers. */
#define CONNECTION_MEMORY_BYTES (16 * 1024)

struct jd_http {
    struct jd_http_options options;
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock;
    pthread_cond_t idle;
    unsigned under_way; // guarded by lock: requests from their last byte to the end of their
                        // answer
};

enum stage {
    STAGE_HEADERS = 0,
    STAGE_BODY,
    STAGE_DEFERRED, // another thread has the request
    STAGE_QUEUED,   // the answer is libmicrohttpd's
};

/* A request together with what libmicrohttpd knows of it. */
struct exchange {
    struct jd_request request; // first, so that jd_http_answered finds the rest
    struct jd_http *http;
    struct MHD_Connection *connection;
    enum stage stage;
    bool under_way; // came whole
    struct jd_buf body;
};

static const struct {
    const char *name;
    enum jd_method method;
} methods[] = {
    { MHD_HTTP_METHOD_GET, JD_METHOD_GET },
    { MHD_HTTP_METHOD_HEAD, JD_METHOD_GET },
    { MHD_HTTP_METHOD_POST, JD_METHOD_POST },
    { MHD_HTTP_METHOD_PUT, JD_METHOD_PUT },
    { MHD_HTTP_METHOD_PATCH, JD_METHOD_PATCH },
    { MHD_HTTP_METHOD_DELETE, JD_METHOD_DELETE },
    { MHD_HTTP_METHOD_OPTIONS, JD_METHOD_OPTIONS },
};

static const char *const header_names[JD_HEADERS] = {
    [JD_HEADER_AUTHORIZATION] = MHD_HTTP_HEADER_AUTHORIZATION,
    [JD_HEADER_COOKIE] = MHD_HTTP_HEADER_COOKIE,
    [JD_HEADER_IF_MATCH] = MHD_HTTP_HEADER_IF_MATCH,
    [JD_HEADER_IF_NONE_MATCH] = MHD_HTTP_HEADER_IF_NONE_MATCH,
    [JD_HEADER_ACCEPT_ENCODING] = MHD_HTTP_HEADER_ACCEPT_ENCODING,
    [JD_HEADER_CONTENT_TYPE] = MHD_HTTP_HEADER_CONTENT_TYPE,
    [JD_HEADER_ORIGIN] = MHD_HTTP_HEADER_ORIGIN,
    [JD_HEADER_HOST] = MHD_HTTP_HEADER_HOST,
    [JD_HEADER_FORWARDED_FOR] = "X-Forwarded-For",
};

static enum jd_method method_of(const char *name)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].name, name) == 0) {
            return methods[i].method;
        }
    }
    return JD_METHOD_OTHER;
}

/* Called with the request line, before anything else: the only place that shows the target as
 * it was sent. */
static void *begin_request(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct jd_http *http = context;
    struct exchange *exchange = jd_xalloc(sizeof(*exchange));
    exchange->http = http;
    exchange->connection = connection;
    exchange->body = jd_buf_init(http->options.body_bytes_max);
    struct jd_request *request = &exchange->request;
    request->arena = jd_arena_create(JD_REQUEST_ARENA_BYTES_MAX);
    request->out = jd_buf_init(JD_REQUEST_ANSWER_BYTES_MAX);
    request->target = jd_arena_copy(request->arena, jd_span_of(uri));
    request->began_us = jd_clock_monotonic_us();
    return exchange;
}

/* A request that still comes in holds nothing up: it would be refused at a stop. */
static void count_under_way(struct jd_http *http, int change)
{
    pthread_mutex_lock(&http->lock);
    http->under_way += (unsigned)change;
    pthread_cond_broadcast(&http->idle);
    pthread_mutex_unlock(&http->lock);
}

static void end_request(void *context,
        struct MHD_Connection *connection,
        void **state,
        enum MHD_RequestTerminationCode code)
{
    // The connection and the reason change nothing here.
    (void)connection, (void)code;
    struct jd_http *http = context;
    struct exchange *exchange = *state;
    if (!exchange) {
        return;
    }
    *state = NULL;
    if (http->options.finished) {
        http->options.finished(http->options.context, &exchange->request);
    }
    jd_json_destroy(&exchange->request.document);
    jd_buf_finish(&exchange->request.out);
    jd_buf_finish(&exchange->body);
    jd_arena_destroy(&exchange->request.arena);
    bool under_way = exchange->under_way;
    free(exchange);
    if (under_way) {
        count_under_way(http, -1);
    }
}

static struct jd_span peer_of(struct jd_request *request, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char text[INET6_ADDRSTRLEN] = "local";
    const struct sockaddr *address = info ? info->client_addr : NULL;
    if (address && address->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, text,
                sizeof(text));
    } else if (address && address->sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
                text, sizeof(text));
    }
    return jd_arena_copy(request->arena, jd_span_of(text));
}

/* The proxy in front appends the address it saw; what stands before may be invented. */
static struct jd_span last_hop(struct jd_span forwarded)
{
    struct jd_span part, last = { 0 };
    while (jd_span_split(&forwarded, ',', &part)) {
        last = jd_span_trim(part);
    }
    return jd_span_sub(last, 0, INET6_ADDRSTRLEN);
}

static void read_headers(struct exchange *exchange, const char *method)
{
    struct jd_request *request = &exchange->request;
    request->method = method_of(method);
    for (int i = 0; i < JD_HEADERS; i++) {
        // The value lives in the connection's memory until the request ends.
        request->headers[i] = jd_span_of(MHD_lookup_connection_value(
                exchange->connection, MHD_HEADER_KIND, header_names[i]));
    }
    request->peer = peer_of(request, exchange->connection);
    struct jd_span forwarded = last_hop(request->headers[JD_HEADER_FORWARDED_FOR]);
    if (exchange->http->options.trust_forwarded && forwarded.len) {
        request->peer = forwarded;
    }
    const char *mark = memchr(request->target.data, '?', request->target.len);
    struct jd_span path =
            mark ? jd_span_sub(request->target, 0, (size_t)(mark - request->target.data))
                 : request->target;
    if (!jd_request_decode(request->arena, path, false, &request->path)) {
        request->path = jd_span_new("", 0); // matches nothing
    }
}

static enum MHD_Result queue_answer(struct exchange *exchange)
{
    struct jd_answer *answer = &exchange->request.answer;
    // The bytes belong to the request, which outlives the response.
    struct MHD_Response *response = MHD_create_response_from_buffer(
            answer->body.len, (void *)answer->body.data, MHD_RESPMEM_PERSISTENT);
    if (!response) {
        return MHD_NO;
    }
    const struct jd_answer_header *common = exchange->http->options.headers;
    for (; common && common->name; common++) {
        MHD_add_response_header(response, common->name, common->value);
    }
    for (unsigned i = 0; i < answer->headers_count; i++) {
        MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
    }
    if (answer->content_type) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type);
    }
    if (answer->close) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    }
    exchange->stage = STAGE_QUEUED;
    enum MHD_Result result = MHD_queue_response(exchange->connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result dispatch(struct exchange *exchange)
{
    const struct jd_http_options *options = &exchange->http->options;
    struct jd_request *request = &exchange->request;
    request->body = jd_buf_span(&exchange->body);
    exchange->under_way = true;
    count_under_way(exchange->http, 1);
    if (options->handle(options->context, request) == JD_HTTP_ANSWERED) {
        return queue_answer(exchange);
    }
    // Suspended first: the other thread may be done before defer returns.
    exchange->stage = STAGE_DEFERRED;
    MHD_suspend_connection(exchange->connection);
    if (!options->defer(options->context, request)) {
        jd_http_answered(request);
    }
    return MHD_YES;
}

static bool announces_too_much(const struct exchange *exchange)
{
    const char *length = MHD_lookup_connection_value(
            exchange->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return length && strtoull(length, NULL, 10) > exchange->body.max_bytes;
}

static enum MHD_Result take_headers(struct exchange *exchange, const char *method)
{
    const struct jd_http_options *options = &exchange->http->options;
    read_headers(exchange, method);
    exchange->stage = STAGE_BODY;
    if (options->body_bytes) {
        exchange->body.max_bytes = options->body_bytes(options->context, &exchange->request);
    }
    if (announces_too_much(exchange)) {
        exchange->request.answer.close = true;
        jd_problem(&exchange->request, 413, "a request body has at most %zu bytes",
                exchange->body.max_bytes);
        return queue_answer(exchange);
    }
    return MHD_YES;
}

/* libmicrohttpd calls this when the headers are there, for each piece of the body, at its end,
 * and again when a suspended connection is resumed. */
static enum MHD_Result on_request(void *context,
        struct MHD_Connection *connection,
        const char *url,
        const char *method,
        const char *version,
        const char *upload,
        size_t *upload_bytes,
        void **state)
{
    // The exchange knows the daemon and the connection; the target holds the URL as sent; the
    // version is libmicrohttpd's concern.
    (void)context, (void)connection, (void)url, (void)version;
    struct exchange *exchange = *state;
    switch (exchange->stage) {
    case STAGE_HEADERS:
        return take_headers(exchange, method);
    case STAGE_BODY:
        if (*upload_bytes == 0) {
            return dispatch(exchange);
        }
        jd_buf_add(&exchange->body, jd_span_new(upload, *upload_bytes));
        *upload_bytes = 0;
        // A chunked body announces nothing, and no answer may be given in its middle.
        return exchange->body.failed ? MHD_NO : MHD_YES;
    case STAGE_DEFERRED:
        return queue_answer(exchange);
    case STAGE_QUEUED:
        break;
    }
    return MHD_NO;
}

/* Connections come from the acceptor; libmicrohttpd still wants a listening socket for its
 * epoll thread, so it gets one that nobody can reach (the documented way). */
static int unreachable_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr address = { .sa_family = AF_UNIX };
    // Only the family is given: the kernel picks an abstract name of its own.
    if (fd >= 0 && (bind(fd, &address, sizeof(address.sa_family)) != 0 || listen(fd, 1) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

enum jd_status jd_http_start(const struct jd_http_options *options,
        struct jd_http **out_http,
        struct jd_error *error)
{
    int listen_fd = options->listen_fd >= 0 ? options->listen_fd : unreachable_socket();
    if (listen_fd < 0) {
        return jd_error_errno(error, errno, "the HTTP server has no socket");
    }
    struct jd_http *http = jd_xalloc(sizeof(*http));
    http->options = *options;
    pthread_mutex_init(&http->lock, NULL);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&http->idle, &clock);
    pthread_condattr_destroy(&clock);
    http->daemon = MHD_start_daemon(
            MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
            NULL, on_request, http, MHD_OPTION_LISTEN_SOCKET, listen_fd,
            MHD_OPTION_CONNECTION_LIMIT, options->connections_max,
            MHD_OPTION_CONNECTION_TIMEOUT, options->idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
            (size_t)CONNECTION_MEMORY_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1,
            MHD_OPTION_URI_LOG_CALLBACK, begin_request, http, MHD_OPTION_NOTIFY_COMPLETED,
            end_request, http, MHD_OPTION_END);
    if (!http->daemon) {
        close(listen_fd);
        jd_http_stop(&http);
        return jd_error_set(error, JD_RETRY_LATER,
                "the HTTP server does not start: not enough memory, threads or descriptors");
    }
    *out_http = http;
    return JD_OK;
}

bool jd_http_adopt(struct jd_http *http,
        int fd,
        const struct sockaddr *address,
        socklen_t address_bytes)
{
    return MHD_add_connection(http->daemon, fd, address, address_bytes) == MHD_YES;
}

void jd_http_answered(struct jd_request *request)
{
    struct exchange *exchange = (struct exchange *)request;
    MHD_resume_connection(exchange->connection);
}

void jd_http_drain(struct jd_http *http, int64_t deadline_ms)
{
    if (!http) {
        return;
    }
    struct timespec deadline = { .tv_sec = deadline_ms / 1000,
        .tv_nsec = deadline_ms % 1000 * 1000000 };
    pthread_mutex_lock(&http->lock);
    while (http->under_way &&
            pthread_cond_timedwait(&http->idle, &http->lock, &deadline) != ETIMEDOUT) {
    }
    pthread_mutex_unlock(&http->lock);
}

void jd_http_stop(struct jd_http **http)
{
    if (!*http) {
        return;
    }
    if ((*http)->daemon) {
        MHD_stop_daemon((*http)->daemon); // closes the listening socket too
    }
    pthread_cond_destroy(&(*http)->idle);
    pthread_mutex_destroy(&(*http)->lock);
    free(*http);
    *http = NULL;
}
