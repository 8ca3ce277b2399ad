/**
 * The one door to libmicrohttpd: one thread ("gw-http") that reads requests and writes answers.
 *
 *     jd_http_start(&options, &http, &error);
 *     jd_http_adopt(http, fd, &address, length);   // from the acceptor
 *     jd_http_drain(http, deadline_ms);            // wait for the answers under way
 *     jd_http_stop(&http);
 *
 * Each request goes to options.handle on the HTTP thread, which must not block: it answers from
 * memory, or says LATER. Then the connection is suspended and options.defer passes the request
 * to another thread, which fills the answer and calls jd_http_answered.
 */
#ifndef JD_GATEWAY_HTTP_H
#define JD_GATEWAY_HTTP_H

#include <sys/socket.h>

#include "gateway/request.h"

enum jd_http_verdict {
    JD_HTTP_ANSWERED = 1, // request->answer is filled
    JD_HTTP_LATER,
};

struct jd_http_options {
    int listen_fd; // taken; -1: connections come by jd_http_adopt alone
    unsigned connections_max;
    size_t body_bytes_max; // a larger body is answered with 413
    /** HTTP thread: the same for a request whose headers are there. May be NULL. */
    size_t (*body_bytes)(void *context, struct jd_request *request);
    unsigned idle_s;      // a connection that is silent for so long is closed
    bool trust_forwarded; // behind a proxy: the client is the last X-Forwarded-For
    const struct jd_answer_header *headers; // on every answer; ends with a NULL name
    void *context;
    /** HTTP thread; never blocks. */
    enum jd_http_verdict (*handle)(void *context, struct jd_request *request);
    /** HTTP thread, after LATER. False: no room; the answer must then be filled. */
    bool (*defer)(void *context, struct jd_request *request);
    /** HTTP thread: the answer is on its way, the request is about to be freed. May be NULL. */
    void (*finished)(void *context, const struct jd_request *request);
};

struct jd_http;

enum jd_status jd_http_start(const struct jd_http_options *options,
        struct jd_http **out_http,
        struct jd_error *error);
/** Takes the descriptor of an accepted, non-blocking socket. Any thread. False: refused (and
 * closed), there are connections_max already. */
bool jd_http_adopt(struct jd_http *http,
        int fd,
        const struct sockaddr *address,
        socklen_t address_bytes);
/** The answer of a deferred request is filled; it is not the caller's any more. Any thread. */
void jd_http_answered(struct jd_request *request);
/** Waits until no request is under way, at most until deadline_ms (monotonic). Takes NULL. */
void jd_http_drain(struct jd_http *http, int64_t deadline_ms);
/** Closes all connections. Every deferred request must have been answered. */
void jd_http_stop(struct jd_http **http);

#endif
