/**
 * The one public port: a thread ("gw-accept") that accepts connections, looks at the beginning
 * of the request line without taking it, and hands the socket to whom it is for. A connection
 * that has not said enough after JD_ACCEPT_PATIENCE_MS is closed.
 *
 * It does not work on TLS: that ends in front.
 */
#ifndef JD_GATEWAY_ACCEPT_H
#define JD_GATEWAY_ACCEPT_H

#include <sys/socket.h>

#include "base/error.h"

#define JD_ACCEPT_PATIENCE_MS 5000
#define JD_ACCEPT_PENDING_MAX 4096 // undecided connections; more push out the oldest

enum jd_accept_verdict {
    JD_ACCEPT_UNDECIDED = 1,
    JD_ACCEPT_HTTP,
    JD_ACCEPT_WEBSOCKET,
};

/** Decides by the first bytes of a connection: WEBSOCKET for GET of exactly /api/v1/events,
 * with or without a query. */
enum jd_accept_verdict jd_accept_judge(struct jd_span bytes);

struct jd_acceptor_options {
    int listen_fd; // taken
    void *context;
    /** Acceptor thread; both take the non-blocking descriptor and never block. */
    void (*http)(void *context, int fd, const struct sockaddr *address, socklen_t bytes);
    void (*websocket)(void *context, int fd);
};

struct jd_acceptor;

enum jd_status jd_acceptor_start(const struct jd_acceptor_options *options,
        struct jd_acceptor **out_acceptor,
        struct jd_error *error);
/** Closes the port and the undecided connections. */
void jd_acceptor_stop(struct jd_acceptor **acceptor);

#endif
