/* The gateway role: builds its parts in order, and takes them down in the order that lets the
 * requests under way finish. */
#include "gateway/gateway.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/accept.h"
#include "gateway/auth.h"
#include "gateway/context.h"
#include "gateway/disk.h"
#include "gateway/feeder.h"
#include "gateway/gate.h"
#include "gateway/hub.h"
#include "gateway/jwt.h"
#include "gateway/openapi.h"
#include "gateway/rate.h"
#include "gateway/sign_outs.h"
#include "gateway/static.h"
#include "gateway/store_threads.h"
#include "gateway/waiter.h"
#include "store/embedded.h"

#define STORE_THREADS          2
#define CONNECTIONS_MAX        16000
#define METRICS_CONNECTIONS    64
#define BODY_BYTES_MAX         (256 * 1024)
#define REQUESTS_PER_S         500
#define IDLE_S                 30
#define WAITING_MAX            1024
#define SIGN_INS_WAITING_MAX   32
#define OPENAPI_BYTES_MAX      (1024 * 1024)
#define FREE_FAILURES          3  // of a name from one address
#define FREE_ADDRESS_FAILURES  20 // of an address, whatever the names
#define DESCRIPTORS_MAX        65536
#define DESCRIPTORS_BESIDE_MAX 256 // files, wake-ups, plugins

/* On every answer (OWASP's list, as far as it concerns an API and one page). */
static const struct jd_answer_header headers[] = {
    { "X-Content-Type-Options", "nosniff" },
    { "X-Frame-Options", "DENY" },
    { "Referrer-Policy", "no-referrer" },
    { "Cross-Origin-Opener-Policy", "same-origin" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Permissions-Policy", "camera=(), geolocation=(), microphone=()" },
    { NULL, NULL },
};

static void set_defaults(struct jd_gateway_options *options)
{
    options->store_threads = options->store_threads ? options->store_threads : STORE_THREADS;
    options->connections_max =
            options->connections_max ? options->connections_max : CONNECTIONS_MAX;
    options->body_bytes_max =
            options->body_bytes_max ? options->body_bytes_max : BODY_BYTES_MAX;
    options->requests_per_s =
            options->requests_per_s ? options->requests_per_s : REQUESTS_PER_S;
}

/* One descriptor for each connection. libwebsockets makes tables as large as the limit, so it
 * is not simply set to the highest. */
static void raise_descriptors(struct jd_gateway *gateway)
{
    struct rlimit limit;
    rlim_t wanted = 2 * gateway->options.connections_max + DESCRIPTORS_BESIDE_MAX;
    wanted = wanted < DESCRIPTORS_MAX ? wanted : DESCRIPTORS_MAX;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return;
    }
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        rlim_t left = limit.rlim_cur > 2 * DESCRIPTORS_BESIDE_MAX
                              ? limit.rlim_cur - DESCRIPTORS_BESIDE_MAX
                              : DESCRIPTORS_BESIDE_MAX;
        gateway->options.connections_max = (unsigned)(left / 2);
    }
}

/* --- the seams between the parts --- */

static void
give_http(void *context, int fd, const struct sockaddr *address, socklen_t address_bytes)
{
    struct jd_gateway *gateway = context;
    if (!jd_http_adopt(gateway->http, fd, address, address_bytes)) {
        jd_log(JD_LOG_WARNING, "a connection was refused: there are too many", NULL);
    }
}

static void give_websocket(void *context, int fd)
{
    struct jd_gateway *gateway = context;
    jd_hub_adopt(gateway->hub, fd);
}

static void on_join(void *context, const struct jd_hub_join *join)
{
    struct jd_gateway *gateway = context;
    jd_feeder_join(gateway->feeder, join);
}

static void on_leave(void *context, int64_t user)
{
    struct jd_gateway *gateway = context;
    jd_feeder_leave(gateway->feeder, user);
}

static enum jd_status
check_signed_in(void *context, const struct jd_caller *caller, struct jd_error *error)
{
    const struct jd_gateway *gateway = context;
    return jd_sign_outs_hold(gateway->sign_outs, caller, error);
}

static void on_signed_out(void *context, int64_t user, int64_t until_ms)
{
    const struct jd_gateway *gateway = context;
    jd_hub_sign_out(gateway->hub, user, until_ms);
}

/* --- starting, a part each --- */

static enum jd_status load_openapi(struct jd_gateway *gateway, struct jd_error *error)
{
    gateway->openapi = jd_buf_init(OPENAPI_BYTES_MAX);
    for (const struct jd_embedded *file = jd_embedded_files; file->path; file++) {
        if (strcmp(file->path, "core/gateway/openapi.yaml") == 0) {
            return jd_openapi_json(
                    (struct jd_span){ file->bytes, file->size }, &gateway->openapi, error);
        }
    }
    return jd_error_set(error, JD_BUG, "openapi.yaml is not in the binary");
}

static enum jd_status load_memory(struct jd_gateway *gateway, struct jd_error *error)
{
    const struct jd_gateway_options *options = &gateway->options;
    gateway->services = jd_store_services(options->store);
    jd_key_derive(options->master, "jwt", &gateway->jwt_key);
    jd_key_derive(options->master, "cursor", &gateway->cursor_key);
    jd_auth_name_cookie(options->master, gateway->refresh_cookie);
    gateway->disk = jd_disk_create(options->data_dir);
    gateway->rate = jd_rate_create(options->requests_per_s, 2.0 * options->requests_per_s);
    gateway->name_throttle = jd_throttle_create(FREE_FAILURES);
    gateway->address_throttle = jd_throttle_create(FREE_ADDRESS_FAILURES);
    for (int i = 0; i < JD_STATUS_CLASSES; i++) {
        char label[16];
        snprintf(label, sizeof(label), "code=\"%dxx\"", i + 1);
        gateway->answered[i] = jd_metric("jackdaw_http_requests_total", label);
    }
    return jd_static_load(options->frontend_dir, &gateway->files, error);
}

static enum jd_status start_store_threads(struct jd_gateway *gateway, struct jd_error *error)
{
    struct jd_store_threads_options options = {
        .store = gateway->options.store,
        .name = "gw-store",
        .count = gateway->options.store_threads,
        .waiting_max = WAITING_MAX,
        .run = jd_gate_run,
    };
    enum jd_status status = jd_store_threads_start(&options, &gateway->threads, error);
    if (status != JD_OK) {
        return status;
    }
    options.name = "gw-sign-in";
    options.count = 1;
    options.waiting_max = SIGN_INS_WAITING_MAX;
    return jd_store_threads_start(&options, &gateway->sign_in_threads, error);
}

static enum jd_status start_waiter(struct jd_gateway *gateway, struct jd_error *error)
{
    struct jd_waiter_options options = { gateway->options.store, jd_gate_finish };
    return jd_waiter_start(&options, &gateway->waiter, error);
}

static enum jd_status start_hub(struct jd_gateway *gateway, struct jd_error *error)
{
    struct jd_hub_options options = {
        .jwt_key = &gateway->jwt_key,
        .connections_max = gateway->options.connections_max,
        .context = gateway,
        .join = on_join,
        .leave = on_leave,
        .check = check_signed_in,
    };
    return jd_hub_start(&options, &gateway->hub, error);
}

static enum jd_status start_sign_outs(struct jd_gateway *gateway, struct jd_error *error)
{
    struct jd_sign_outs_options options = {
        .store = gateway->options.store,
        .context = gateway,
        .signed_out = on_signed_out,
    };
    return jd_sign_outs_start(&options, &gateway->sign_outs, error);
}

static enum jd_status start_feeder(struct jd_gateway *gateway, struct jd_error *error)
{
    struct jd_feeder_options options = { .store = gateway->options.store, .hub = gateway->hub };
    return jd_feeder_start(&options, &gateway->feeder, error);
}

static enum jd_status start_http(struct jd_gateway *gateway, struct jd_error *error)
{
    struct jd_http_options options = {
        .listen_fd = -1,
        .connections_max = gateway->options.connections_max,
        .body_bytes_max = gateway->options.body_bytes_max,
        .body_bytes = jd_gate_body_bytes,
        .idle_s = IDLE_S,
        .trust_forwarded = gateway->options.behind_tls_proxy,
        .headers = headers,
        .context = gateway,
        .handle = jd_gate_handle,
        .defer = jd_gate_defer,
        .finished = jd_gate_finished,
    };
    return jd_http_start(&options, &gateway->http, error);
}

static enum jd_status start_metrics(struct jd_gateway *gateway, struct jd_error *error)
{
    if (gateway->options.metrics_fd < 0) {
        return JD_OK;
    }
    struct jd_http_options options = {
        .listen_fd = gateway->options.metrics_fd,
        .connections_max = METRICS_CONNECTIONS,
        .body_bytes_max = 0,
        .idle_s = IDLE_S,
        .headers = headers,
        .context = gateway,
        .handle = jd_gate_handle_metrics,
        .defer = jd_gate_defer,
    };
    gateway->options.metrics_fd = -1; // taken, also on failure
    return jd_http_start(&options, &gateway->metrics_http, error);
}

static enum jd_status start_acceptor(struct jd_gateway *gateway, struct jd_error *error)
{
    struct jd_acceptor_options options = {
        .listen_fd = gateway->options.listen_fd,
        .context = gateway,
        .http = give_http,
        .websocket = give_websocket,
    };
    gateway->options.listen_fd = -1; // taken, also on failure
    return jd_acceptor_start(&options, &gateway->acceptor, error);
}

/* The port is looked at last: whoever connects is answered. */
static enum jd_status (*const stages[])(struct jd_gateway *, struct jd_error *) = {
    load_openapi,
    load_memory,
    start_waiter,
    start_store_threads,
    start_hub,
    start_sign_outs,
    start_feeder,
    start_http,
    start_metrics,
    start_acceptor,
};

enum jd_status jd_gateway_start(const struct jd_gateway_options *options,
        struct jd_gateway **out_gateway,
        struct jd_error *error)
{
    struct jd_gateway *gateway = jd_xalloc(sizeof(*gateway));
    gateway->options = *options;
    set_defaults(&gateway->options);
    raise_descriptors(gateway);
    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
        enum jd_status status = stages[i](gateway, error);
        if (status != JD_OK) {
            jd_gateway_stop(&gateway);
            return status;
        }
    }
    *out_gateway = gateway;
    return JD_OK;
}

static void close_fd(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

/* Not the stages backward: WebSockets are told before requests are waited for, and the store
 * threads finish what was put before the HTTP servers may go. */
void jd_gateway_stop(struct jd_gateway **gateway)
{
    struct jd_gateway *self = *gateway;
    if (!self) {
        return;
    }
    int64_t deadline_ms = jd_clock_monotonic_ms() + JD_GATEWAY_DRAIN_MS;
    atomic_store(&self->draining, true);
    jd_acceptor_stop(&self->acceptor);
    jd_feeder_stop(self->feeder);
    jd_sign_outs_stop(self->sign_outs);
    jd_hub_stop(&self->hub);
    jd_feeder_destroy(&self->feeder);
    jd_waiter_hurry(self->waiter);
    jd_http_drain(self->http, deadline_ms);
    jd_http_drain(self->metrics_http, deadline_ms);
    jd_store_threads_stop(&self->threads);
    jd_store_threads_stop(&self->sign_in_threads);
    jd_waiter_stop(&self->waiter);
    jd_http_stop(&self->http);
    jd_http_stop(&self->metrics_http);
    jd_sign_outs_destroy(&self->sign_outs);
    jd_static_destroy(&self->files);
    jd_throttle_destroy(&self->address_throttle);
    jd_throttle_destroy(&self->name_throttle);
    jd_rate_destroy(&self->rate);
    jd_disk_destroy(&self->disk);
    jd_buf_finish(&self->openapi);
    close_fd(self->options.listen_fd);
    close_fd(self->options.metrics_fd);
    free(self);
    *gateway = NULL;
}
