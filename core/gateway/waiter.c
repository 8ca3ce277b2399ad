/* Requests that wait for a worker's answer. */
#include "gateway/waiter.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/span.h"
#include "base/thread.h"
#include "gateway/problem.h"
#include "store/answers.h"

#define REST_MS 2000 // without a request, before memory is given back

struct waiting {
    struct jd_request *request;
    int64_t until_ms; // monotonic
};

struct jd_waiter {
    struct jd_waiter_options options;
    struct jd_mailbox *mailbox;
    pthread_t thread;
    bool running; // the thread is there to be joined
    atomic_bool hurry, stopping;
    // The thread alone:
    struct jd_db *db;
    const struct jd_bus_ops *bus;
    void *subscription; // NULL: the bus is not heard
    bool worked;        // since memory was given back
    struct waiting list[JD_WAITER_MAX];
    unsigned count;
};

static void
ignore_message(struct jd_bus_sink *sink, struct jd_span topic, struct jd_span payload)
{
    (void)sink, (void)topic, (void)payload; // that there is news is all that is said
}

static void hear(struct jd_waiter *waiter)
{
    struct jd_bus_sink sink = { JD_SIZE(jd_bus_sink), ignore_message };
    struct jd_error error;
    if (!waiter->subscription) {
        return;
    }
    enum jd_status status = waiter->bus->receive(waiter->subscription, &sink, &error);
    if (status != JD_OK && status != JD_NONE) {
        jd_log_error(JD_LOG_WARNING, "news of answers is not heard", &error, NULL);
        waiter->bus->unsubscribe(waiter->subscription);
        waiter->subscription = NULL;
    }
}

static void wait_for_news(struct jd_waiter *waiter)
{
    struct pollfd descriptors[2] = {
        { .fd = jd_mailbox_descriptor(waiter->mailbox), .events = POLLIN },
        { .fd = waiter->subscription ? waiter->bus->descriptor(waiter->subscription) : -1,
                .events = POLLIN },
    };
    int wait_ms = waiter->count ? JD_WAITER_LOOK_MS : waiter->worked ? REST_MS : -1;
    if (waiter->count == JD_WAITER_MAX) {
        descriptors[0].fd = -1; // no room for more
    }
    // Interrupted or failed: the loop looks at everything anyway.
    int ready = poll(descriptors, 2, wait_ms);
    if (ready == 0 && waiter->count == 0 && waiter->worked) {
        jd_db_rest(waiter->db);
        waiter->worked = false;
    }
}

static void take_requests(struct jd_waiter *waiter)
{
    while (waiter->count < JD_WAITER_MAX) {
        struct jd_request *request = jd_mailbox_take(waiter->mailbox, 0);
        if (!request) {
            break;
        }
        waiter->list[waiter->count++] =
                (struct waiting){ request, jd_clock_monotonic_ms() + JD_WAITER_MS };
        waiter->worked = true;
    }
}

enum jd_status jd_waiter_answer(struct jd_request *request,
        const struct jd_answer_row *row,
        struct jd_error *error)
{
    if (row->status != JD_OK) {
        return jd_error_set(error, row->status, JD_SPAN_FMT, JD_SPAN_ARG(row->body));
    }
    request->job = 0; // a problem does not name it any more
    request->answer.status = 200;
    request->answer.content_type = "application/json";
    request->answer.body = row->body;
    return JD_OK;
}

static void answer_late(struct jd_request *request, bool stopping)
{
    char id[JD_ID_TEXT_BYTES];
    jd_id_format(request->job, id);
    struct jd_span place = jd_arena_format(request->arena, "/api/v1/answers/%s", id);
    if (place.data) {
        jd_answer_header(request, "Location", place.data);
    }
    jd_problem(request, stopping ? 503 : 504,
            "%s; the answer will be at /api/v1/answers/%s for an hour",
            stopping ? "the server is stopping" : "no worker has answered within ten seconds",
            id);
}

/* Whether it was given back. */
static bool look(struct jd_waiter *waiter, const struct waiting *waiting)
{
    struct jd_request *request = waiting->request;
    struct jd_answer_row row;
    struct jd_error error = { 0 };
    bool hurry = atomic_load(&waiter->hurry);
    enum jd_status status = jd_answer_get(
            waiter->db, request->caller.user, request->job, request->arena, &row, &error);
    if (status == JD_NONE && !hurry && jd_clock_monotonic_ms() < waiting->until_ms) {
        return false;
    }
    if (status == JD_NONE) {
        answer_late(request, hurry);
        status = JD_OK;
    } else if (status == JD_OK) {
        status = jd_waiter_answer(request, &row, &error);
    }
    waiter->options.finish(request, status, &error);
    return true;
}

static void look_at_all(struct jd_waiter *waiter)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < waiter->count; i++) {
        if (!look(waiter, &waiter->list[i])) {
            waiter->list[kept++] = waiter->list[i];
        }
    }
    waiter->count = kept;
}

static void *work(void *argument)
{
    struct jd_waiter *waiter = argument;
    bool last = false; // nobody puts any more
    while (!last || waiter->count || jd_mailbox_count(waiter->mailbox)) {
        wait_for_news(waiter);
        last = atomic_load(&waiter->stopping);
        hear(waiter);
        take_requests(waiter);
        look_at_all(waiter);
    }
    return NULL;
}

enum jd_status jd_waiter_start(const struct jd_waiter_options *options,
        struct jd_waiter **out_waiter,
        struct jd_error *error)
{
    const struct jd_services *services = jd_store_services(options->store);
    struct jd_waiter *waiter = jd_xalloc(sizeof(*waiter));
    waiter->options = *options;
    waiter->bus = services->bus.ops;
    waiter->mailbox = jd_mailbox_create(JD_WAITER_MAX);
    enum jd_status status = jd_db_open(options->store, &waiter->db, error);
    if (status == JD_OK) {
        status = waiter->bus->subscribe(
                services->bus.self, jd_span_of(JD_ANSWERS_TOPIC), &waiter->subscription, error);
    }
    if (status == JD_OK) {
        status = jd_thread_start(&waiter->thread, "gw-ask", work, waiter, error);
        waiter->running = status == JD_OK;
    }
    if (status != JD_OK) {
        jd_waiter_stop(&waiter);
        return status;
    }
    *out_waiter = waiter;
    return JD_OK;
}

bool jd_waiter_put(struct jd_waiter *waiter, struct jd_request *request)
{
    return jd_mailbox_put(waiter->mailbox, request);
}

void jd_waiter_hurry(struct jd_waiter *waiter)
{
    if (waiter) {
        atomic_store(&waiter->hurry, true);
    }
}

void jd_waiter_stop(struct jd_waiter **waiter)
{
    struct jd_waiter *self = *waiter;
    if (!self) {
        return;
    }
    atomic_store(&self->hurry, true);
    atomic_store(&self->stopping, true);
    jd_mailbox_close(self->mailbox); // wakes the thread
    if (self->running) {
        pthread_join(self->thread, NULL);
    }
    if (self->subscription) {
        self->bus->unsubscribe(self->subscription);
    }
    jd_db_close(&self->db);
    jd_mailbox_destroy(&self->mailbox);
    free(self);
    *waiter = NULL;
}
