/* The one public port: accept, peek, hand over. */
#include "gateway/accept.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/span.h"
#include "base/thread.h"

#define WEBSOCKET_LINE "GET /api/v1/events"
#define PEEK_BYTES     (sizeof(WEBSOCKET_LINE)) // the line and one byte behind it
#define SWEEP_MS       500
#define EVENTS_MAX     256
#define EVENT_PORT     (UINT64_MAX)
#define EVENT_WAKE     (UINT64_MAX - 1)

/* An undecided connection. Its slot is free again before its descriptor is handed over, since
 * the kernel gives the number to the next connection at once. An event names the use of the
 * slot that it is for: one that was taken from the kernel before the slot changed hands is
 * stale. */
struct pending {
    int fd;           // -1: free
    uint32_t use;     // counts the connections that were here
    int64_t since_ms; // monotonic
    struct sockaddr_storage address;
    socklen_t address_bytes;
    struct pending *next_free;
};

struct jd_acceptor {
    struct jd_acceptor_options options;
    pthread_t thread;
    int epoll, wake;
    atomic_bool stopping;
    bool paused; // out of descriptors: the port is looked at again after the next sweep
    struct pending pending[JD_ACCEPT_PENDING_MAX];
    struct pending *free;
    unsigned pending_count;
    struct jd_metric *accepted, *swept;
};

enum jd_accept_verdict jd_accept_judge(struct jd_span bytes)
{
    struct jd_span line = JD_SPAN(WEBSOCKET_LINE);
    size_t known = bytes.len < line.len ? bytes.len : line.len;
    if (known && memcmp(bytes.data, line.data, known) != 0) {
        return JD_ACCEPT_HTTP;
    }
    if (bytes.len <= line.len) {
        return JD_ACCEPT_UNDECIDED;
    }
    char next = bytes.data[line.len];
    return next == ' ' || next == '?' ? JD_ACCEPT_WEBSOCKET : JD_ACCEPT_HTTP;
}

static void release(struct jd_acceptor *acceptor, struct pending *pending)
{
    pending->fd = -1;
    pending->next_free = acceptor->free;
    acceptor->free = pending;
    acceptor->pending_count--;
}

static void drop(struct jd_acceptor *acceptor, struct pending *pending)
{
    close(pending->fd);
    release(acceptor, pending);
}

static void
hand_over(struct jd_acceptor *acceptor, struct pending *pending, enum jd_accept_verdict verdict)
{
    struct pending copy = *pending;
    // The new owner has an epoll set of its own; a connection decided at once was never in
    // ours.
    (void)epoll_ctl(acceptor->epoll, EPOLL_CTL_DEL, copy.fd, NULL);
    release(acceptor, pending);
    if (verdict == JD_ACCEPT_WEBSOCKET) {
        acceptor->options.websocket(acceptor->options.context, copy.fd);
    } else {
        acceptor->options.http(acceptor->options.context, copy.fd,
                (const struct sockaddr *)&copy.address, copy.address_bytes);
    }
}

/* Peeks; hands over or drops what is decided. False: still undecided. */
static bool decide(struct jd_acceptor *acceptor, struct pending *pending)
{
    char bytes[PEEK_BYTES];
    ssize_t got = recv(pending->fd, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    if (got <= 0) {
        drop(acceptor, pending);
        return true;
    }
    enum jd_accept_verdict verdict = jd_accept_judge(jd_span_new(bytes, (size_t)got));
    if (verdict == JD_ACCEPT_UNDECIDED) {
        return false;
    }
    hand_over(acceptor, pending, verdict);
    return true;
}

static struct pending *oldest(struct jd_acceptor *acceptor)
{
    struct pending *oldest = &acceptor->pending[0];
    for (size_t i = 1; i < JD_ACCEPT_PENDING_MAX; i++) {
        if (acceptor->pending[i].since_ms < oldest->since_ms) {
            oldest = &acceptor->pending[i];
        }
    }
    return oldest;
}

static struct pending *take_slot(struct jd_acceptor *acceptor)
{
    if (!acceptor->free) {
        drop(acceptor, oldest(acceptor));
    }
    struct pending *pending = acceptor->free;
    acceptor->free = pending->next_free;
    acceptor->pending_count++;
    return pending;
}

static void watch(struct jd_acceptor *acceptor, struct pending *pending)
{
    // Edge-triggered and kept in the set until hand-over: new bytes wake us, peeked ones do
    // not.
    uint64_t slot = (uint64_t)(pending - acceptor->pending);
    struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET,
        .data.u64 = slot << 32 | pending->use };
    if (epoll_ctl(acceptor->epoll, EPOLL_CTL_ADD, pending->fd, &event) != 0) {
        drop(acceptor, pending);
    }
}

static void pause_port(struct jd_acceptor *acceptor, bool pause)
{
    struct epoll_event event = { .events = pause ? 0 : EPOLLIN, .data.u64 = EVENT_PORT };
    // The port is in the set since the start.
    (void)epoll_ctl(acceptor->epoll, EPOLL_CTL_MOD, acceptor->options.listen_fd, &event);
    acceptor->paused = pause;
}

static void accept_all(struct jd_acceptor *acceptor)
{
    for (;;) {
        struct sockaddr_storage address;
        socklen_t address_bytes = sizeof(address);
        int fd = accept4(acceptor->options.listen_fd, (struct sockaddr *)&address,
                &address_bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                jd_log(JD_LOG_WARNING, "no descriptor for a new connection", NULL);
                pause_port(acceptor, true);
            }
            if (errno != EINTR && errno != ECONNABORTED) {
                return;
            }
            continue;
        }
        int on = 1;
        // Only latency is lost where it does not work.
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        jd_metric_add(acceptor->accepted, 1);
        struct pending *pending = take_slot(acceptor);
        pending->fd = fd;
        pending->use++;
        pending->since_ms = jd_clock_monotonic_ms();
        pending->address = address;
        pending->address_bytes = address_bytes;
        if (!decide(acceptor, pending)) {
            watch(acceptor, pending);
        }
    }
}

static void sweep(struct jd_acceptor *acceptor, int64_t now_ms)
{
    for (size_t i = 0; i < JD_ACCEPT_PENDING_MAX; i++) {
        struct pending *pending = &acceptor->pending[i];
        if (pending->fd >= 0 && now_ms - pending->since_ms > JD_ACCEPT_PATIENCE_MS) {
            drop(acceptor, pending);
            jd_metric_add(acceptor->swept, 1);
        }
    }
    if (acceptor->paused) {
        pause_port(acceptor, false);
    }
}

static void on_event(struct jd_acceptor *acceptor, const struct epoll_event *event)
{
    if (event->data.u64 == EVENT_PORT) {
        accept_all(acceptor);
        return;
    }
    if (event->data.u64 == EVENT_WAKE) {
        return; // the loop looks why
    }
    struct pending *pending = &acceptor->pending[event->data.u64 >> 32];
    bool stale = pending->fd < 0 || pending->use != (uint32_t)event->data.u64;
    if (!stale && !decide(acceptor, pending) &&
            event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        drop(acceptor, pending); // nothing more will come
    }
}

static void *work(void *argument)
{
    struct jd_acceptor *acceptor = argument;
    struct epoll_event events[EVENTS_MAX];
    int64_t swept_ms = jd_clock_monotonic_ms();
    while (!atomic_load(&acceptor->stopping)) {
        // With nothing to sweep it sleeps until somebody comes.
        bool sweeping = acceptor->pending_count || acceptor->paused;
        int count = epoll_wait(acceptor->epoll, events, EVENTS_MAX, sweeping ? SWEEP_MS : -1);
        for (int i = 0; i < count; i++) {
            on_event(acceptor, &events[i]);
        }
        int64_t now_ms = jd_clock_monotonic_ms();
        if (now_ms - swept_ms >= SWEEP_MS) {
            sweep(acceptor, now_ms);
            swept_ms = now_ms;
        }
    }
    return NULL;
}

static bool open_epoll(struct jd_acceptor *acceptor)
{
    acceptor->epoll = epoll_create1(EPOLL_CLOEXEC);
    acceptor->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int listen_fd = acceptor->options.listen_fd;
    struct epoll_event port = { .events = EPOLLIN, .data.u64 = EVENT_PORT };
    struct epoll_event wake = { .events = EPOLLIN, .data.u64 = EVENT_WAKE };
    return acceptor->epoll >= 0 && acceptor->wake >= 0 &&
           fcntl(listen_fd, F_SETFL, fcntl(listen_fd, F_GETFL) | O_NONBLOCK) == 0 &&
           epoll_ctl(acceptor->epoll, EPOLL_CTL_ADD, listen_fd, &port) == 0 &&
           epoll_ctl(acceptor->epoll, EPOLL_CTL_ADD, acceptor->wake, &wake) == 0;
}

static void destroy(struct jd_acceptor *acceptor)
{
    for (size_t i = 0; i < JD_ACCEPT_PENDING_MAX; i++) {
        if (acceptor->pending[i].fd >= 0) {
            close(acceptor->pending[i].fd);
        }
    }
    close(acceptor->options.listen_fd);
    if (acceptor->epoll >= 0) {
        close(acceptor->epoll);
    }
    if (acceptor->wake >= 0) {
        close(acceptor->wake);
    }
    free(acceptor);
}

enum jd_status jd_acceptor_start(const struct jd_acceptor_options *options,
        struct jd_acceptor **out_acceptor,
        struct jd_error *error)
{
    struct jd_acceptor *acceptor = jd_xalloc(sizeof(*acceptor));
    acceptor->options = *options;
    acceptor->accepted = jd_metric("jackdaw_connections_accepted_total", NULL);
    acceptor->swept = jd_metric("jackdaw_connections_swept_total", NULL);
    for (size_t i = 0; i < JD_ACCEPT_PENDING_MAX; i++) {
        release(acceptor, &acceptor->pending[i]);
    }
    acceptor->pending_count = 0;
    enum jd_status status = JD_OK;
    if (!open_epoll(acceptor)) {
        status = jd_error_errno(error, errno, "the public port cannot be watched");
    } else {
        status = jd_thread_start(&acceptor->thread, "gw-accept", work, acceptor, error);
    }
    if (status != JD_OK) {
        destroy(acceptor);
        return status;
    }
    *out_acceptor = acceptor;
    return JD_OK;
}

void jd_acceptor_stop(struct jd_acceptor **acceptor)
{
    if (!*acceptor) {
        return;
    }
    atomic_store(&(*acceptor)->stopping, true);
    uint64_t one = 1;
    // An eventfd takes a one at any time.
    ssize_t written = write((*acceptor)->wake, &one, sizeof(one));
    (void)written;
    pthread_join((*acceptor)->thread, NULL);
    destroy(*acceptor);
    *acceptor = NULL;
}
