/**
 * The gateway role: REST, the WebSocket of events and the front end on one public port,
 * metrics on a second one.
 *
 *     jd_gateway_start(&options, &gateway, &error);   // returns when requests are answered
 *     ... wait for SIGTERM ...
 *     jd_gateway_stop(&gateway);                      // at most JD_GATEWAY_DRAIN_MS
 *
 * Threads: gw-accept (decides for each connection who gets it), libmicrohttpd's two (public,
 * metrics), gw-store-N and gw-sign-in-1 (storage), gw-ask (requests that wait for a worker),
 * gw-hub (libwebsockets), gw-feed (reads events). Start and stop: one thread, blocking. It
 * loads no source and parses no mail.
 */
#ifndef JD_GATEWAY_GATEWAY_H
#define JD_GATEWAY_GATEWAY_H

#include "base/seal.h"
#include "base/shared.h"
#include "host/registry.h"
#include "store/db.h"

#define JD_GATEWAY_DRAIN_MS 8000

struct jd_gateway_options {
    struct jd_store *store; // outlives the gateway; its services have queue, bus and cache
    const struct jd_registry *registry; // what sources there are; outlives the gateway
    struct jd_shared *shared;           // may be NULL
    const char *data_dir; // absolute; outlives the gateway; NULL: its disk is not looked at
    const struct jd_key *master; // the data folder's key
    int listen_fd;               // taken; a listening TCP socket, the public port
    int metrics_fd;              // taken; a listening socket on loopback; -1: none
    const char *frontend_dir;    // the built mail app; may be missing
    bool behind_tls_proxy;       // cookies are Secure, X-Forwarded-For is believed
    unsigned store_threads;      // 0: 2
    unsigned connections_max;    // 0: 16,000; of HTTP and of WebSocket, each
    size_t body_bytes_max;       // 0: 256 KiB; a rule file may be larger
    unsigned requests_per_s;     // of one user or address, those that reach storage; 0: 500
};

struct jd_gateway;

enum jd_status jd_gateway_start(const struct jd_gateway_options *options,
        struct jd_gateway **out_gateway,
        struct jd_error *error);
/** Finishes the requests under way, closes WebSockets with 1001. Takes NULL; clears the
 * pointer. */
void jd_gateway_stop(struct jd_gateway **gateway);

#endif
