/* Which server a connection is for, by its first bytes, at every length of them. */
#include "gateway/accept.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <semaphore.h>

#include "base/log.h"
#include "base/metrics.h"
#include "base/shared.h"
#include "jd_test.h"

#define PATIENCE_MS 10000

TEST(whole_lines)
{
    const struct {
        const char *line;
        enum jd_accept_verdict expected;
    } cases[] = {
        { "GET /api/v1/events HTTP/1.1\r\n", JD_ACCEPT_WEBSOCKET },
        { "GET /api/v1/events?x=1 HTTP/1.1\r\n", JD_ACCEPT_WEBSOCKET },
        { "GET /api/v1/events/log HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "GET /api/v1/events/ HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "GET /api/v1/eventsource HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "GET /api/v1/event HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "GET / HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "get /api/v1/events HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "POST /api/v1/events HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "GET  /api/v1/events HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "\x16\x03\x01\x02", JD_ACCEPT_HTTP }, // a TLS greeting
        { "G", JD_ACCEPT_UNDECIDED },
        { "GET /api/v1/events", JD_ACCEPT_UNDECIDED },
        { "", JD_ACCEPT_UNDECIDED },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (jd_accept_judge(jd_span_of(cases[i].line)) != cases[i].expected) {
            FAIL("'%s'", cases[i].line);
        }
    }
}

/* More bytes may decide, but never change, a verdict. */
TEST(verdicts_stand)
{
    const char *const lines[] = { "GET /api/v1/events HTTP/1.1", "GET /api/v1/events/log HTTP",
        "GET /api/v1/messages HTTP/1.1", "POST /api/v1/auth/login HTTP/1.1" };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        enum jd_accept_verdict whole = jd_accept_judge(jd_span_of(lines[i]));
        for (size_t len = 0; len < strlen(lines[i]); len++) {
            enum jd_accept_verdict part = jd_accept_judge((struct jd_span){ lines[i], len });
            if (part != JD_ACCEPT_UNDECIDED && part != whole) {
                FAIL("'%s' at %zu bytes", lines[i], len);
            }
        }
        CHECK(whole != JD_ACCEPT_UNDECIDED);
    }
}

/* A port whose HTTP side holds the acceptor's thread up until it is let go. */
struct port {
    struct jd_acceptor *acceptor;
    struct sockaddr_in address;
    sem_t came, go;
};

static void take_http(void *context, int fd, const struct sockaddr *address, socklen_t bytes)
{
    (void)address, (void)bytes;
    struct port *port = context;
    close(fd);
    sem_post(&port->came);
    sem_wait(&port->go);
}

static void take_websocket(void *context, int fd)
{
    (void)context;
    close(fd);
}

static bool open_port(struct port *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof(port->address);
    port->address = (struct sockaddr_in){ .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    sem_init(&port->came, 0, 0);
    sem_init(&port->go, 0, 0);
    struct jd_acceptor_options options = {
        .listen_fd = fd, .context = port, .http = take_http, .websocket = take_websocket
    };
    struct jd_error error;
    return bind(fd, (struct sockaddr *)&port->address, len) == 0 && listen(fd, 4096) == 0 &&
           getsockname(fd, (struct sockaddr *)&port->address, &len) == 0 &&
           jd_acceptor_start(&options, &port->acceptor, &error) == JD_OK;
}

static int dial(const struct port *port, const char *text)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&port->address, sizeof(port->address)) != 0 ||
            send(fd, text, strlen(text), MSG_NOSIGNAL) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool is_closed(int fd)
{
    char byte;
    struct pollfd readable = { .fd = fd, .events = POLLIN };
    return poll(&readable, 1, PATIENCE_MS) == 1 && recv(fd, &byte, 1, 0) <= 0;
}

/* The oldest of a full table speaks in the moment in which it is pushed out, and the one that
 * takes its place is handed over at once: the late word is nobody's. Which of those that came
 * within the first millisecond is the oldest is not known, so many speak. */
TEST(a_slot_that_changed_hands)
{
    static int silent[JD_ACCEPT_PENDING_MAX - 1];
    struct rlimit limit;
    struct port port;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    CHECK(open_port(&port));
    for (size_t i = 0; i < JD_ACCEPT_PENDING_MAX - 1; i++) {
        silent[i] = dial(&port, "");
    }
    int busy = dial(&port, "POST / HTTP/1.1"); // behind them all, and holds the thread
    sem_wait(&port.came);
    int last = dial(&port, "");
    int quick = dial(&port, "POST / HTTP/1.1"); // takes the place of the oldest
    for (size_t i = 0; i < 200; i++) {
        CHECK(send(silent[i], "G", 1, MSG_NOSIGNAL) == 1);
    }
    sem_post(&port.go);
    sem_wait(&port.came);
    sem_post(&port.go);
    // Whoever comes now has a place of its own, and is let go of at the end.
    int first = dial(&port, "GET"), second = dial(&port, "GET");
    int witness = dial(&port, "POST / HTTP/1.1");
    sem_wait(&port.came);
    sem_post(&port.go);
    jd_acceptor_stop(&port.acceptor);
    const int ours[] = { busy, last, quick, first, second, witness };
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        if (!is_closed(ours[i])) {
            FAIL("connection %zu is still open", i);
        }
        close(ours[i]);
    }
    for (size_t i = 0; i < JD_ACCEPT_PENDING_MAX - 1; i++) {
        close(silent[i]);
    }
}

int main(void)
{
    struct jd_error error;
    struct jd_shared *shared;
    int shared_fd;
    jd_log_init("accept-test", JD_LOG_ERROR);
    if (jd_shared_create(&shared_fd, &shared, &error) != JD_OK) {
        return 1;
    }
    jd_metrics_init(shared);
    RUN(whole_lines);
    RUN(verdicts_stand);
    RUN(a_slot_that_changed_hands);
    return REPORT();
}
