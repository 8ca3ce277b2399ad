/**
 * The texts that go to WebSocket clients: built once, shared by all who get them. What a frame
 * says is spelled here and in openapi.yaml alone. References are counted without a lock: a
 * delivery is built by one thread and passes whole to the hub.
 */
#ifndef JD_GATEWAY_FRAME_H
#define JD_GATEWAY_FRAME_H

#include "gateway/post.h"
#include "store/streams.h"

#define JD_FRAME_HEADROOM 32 // in front of the text, for the WebSocket header

struct jd_frame {
    unsigned references;
    size_t len;
    char bytes[]; // headroom, then the text
};

/** Each gives one reference. */
struct jd_frame *jd_frame_event(const struct jd_event *event);
struct jd_frame *jd_frame_welcome(struct jd_position position);
struct jd_frame *jd_frame_resync(struct jd_position position);
struct jd_frame *jd_frame_refreshed(int64_t expires_in_s);
/** Gives back one reference. Takes NULL; clears the pointer. */
void jd_frame_release(struct jd_frame **frame);

/** Some frames for one client, or for all of a stream. */
struct jd_delivery {
    struct jd_post_item item;    // first: the hub's line links it
    int64_t user;                // of the stream; 0: system
    uint64_t client;             // for whom alone; 0: all that are live
    struct jd_position position; // of the stream behind the last frame
    size_t count, capacity;
    struct jd_frame **frames; // one reference each
};

struct jd_delivery *jd_delivery_create(int64_t user, uint64_t client);
/** Takes the reference. */
void jd_delivery_add(struct jd_delivery *delivery, struct jd_frame *frame);
void jd_delivery_destroy(struct jd_delivery **delivery);

#endif
