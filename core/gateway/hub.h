/**
 * The one door to libwebsockets: one thread ("gw-hub") that holds every WebSocket.
 *
 *     jd_hub_start(&options, &hub, &error);
 *     jd_hub_adopt(hub, fd);            // from the acceptor
 *     jd_hub_deliver(hub, delivery);    // from the feeder
 *     jd_hub_stop(&hub);
 *
 * A client says hello with its token within JD_HUB_HELLO_MS; the hub then asks, by
 * options.join, for a delivery to this client alone: what it missed. With it the client is
 * live and gets every later delivery of its stream. Since deliveries pass in one line, there is
 * neither gap nor double.
 *
 * Memory per client is bounded: one that does not take what it is sent loses its queue, gets
 * `resync` once it takes again, and is closed when it answers no ping.
 */
#ifndef JD_GATEWAY_HUB_H
#define JD_GATEWAY_HUB_H

#include "base/error.h"
#include "base/seal.h"
#include "gateway/frame.h"
#include "gateway/request.h"

#define JD_HUB_HELLO_MS         5000
#define JD_HUB_QUEUE_BYTES_MAX  (1024 * 1024) // of one client
#define JD_HUB_QUEUE_FRAMES_MAX 2048
#define JD_HUB_INPUT_BYTES_MAX  4096 // of one frame from a client

/** Close codes of our own (RFC 6455, 7.4.2). */
enum jd_hub_close {
    JD_HUB_CLOSE_MALFORMED = 4400,
    JD_HUB_CLOSE_UNAUTHORISED = 4401,
    JD_HUB_CLOSE_NO_HELLO = 4408,
};

struct jd_hub_join {
    uint64_t client;
    int64_t user; // whose stream; 0: system
    bool has_after;
    struct jd_position after; // the last event that the client has
};

struct jd_hub_options {
    const struct jd_key *jwt_key;
    unsigned connections_max;
    void *context;
    /** Hub thread, never blocks. Every join is followed by one leave. */
    void (*join)(void *context, const struct jd_hub_join *join);
    void (*leave)(void *context, int64_t user);
    /** Hub thread, never blocks. JD_OK: the caller, whose token is good, is signed in still. */
    enum jd_status (
            *check)(void *context, const struct jd_caller *caller, struct jd_error *error);
};

struct jd_hub;

enum jd_status jd_hub_start(const struct jd_hub_options *options,
        struct jd_hub **out_hub,
        struct jd_error *error);
/** Takes the descriptor; its handshake has not been read. Any thread. */
void jd_hub_adopt(struct jd_hub *hub, int fd);
/** Takes the delivery. Any thread. */
void jd_hub_deliver(struct jd_hub *hub, struct jd_delivery *delivery);
/** Closes the user's clients whose token is of until_ms or before. Any thread. */
void jd_hub_sign_out(struct jd_hub *hub, int64_t user, int64_t until_ms);
/** Closes every client with 1001, at most a second long. */
void jd_hub_stop(struct jd_hub **hub);

#endif
