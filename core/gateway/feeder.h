/**
 * Reads events and hands them to the hub: one thread ("gw-feed") with a database connection of
 * its own. It reads each stream once, however many clients listen, when the bus says that
 * there is news, and every JD_FEEDER_LOOK_MS in case the bus lost some. It reads streams with
 * clients alone.
 *
 * jd_feeder_stop ends the thread, so that nothing is delivered any more; joins and leaves may
 * still come until jd_feeder_destroy.
 */
#ifndef JD_GATEWAY_FEEDER_H
#define JD_GATEWAY_FEEDER_H

#include "gateway/hub.h"
#include "store/db.h"

#define JD_FEEDER_LOOK_MS    2000
#define JD_FEEDER_REPLAY_MAX 1000 // who missed more events gets resync

struct jd_feeder_options {
    struct jd_store *store;
    struct jd_hub *hub; // outlives the thread
};

struct jd_feeder;

enum jd_status jd_feeder_start(const struct jd_feeder_options *options,
        struct jd_feeder **out_feeder,
        struct jd_error *error);
/** The client gets welcome and what it missed, or resync, and from then on all that is new.
 * Any thread, never blocks. */
void jd_feeder_join(struct jd_feeder *feeder, const struct jd_hub_join *join);
void jd_feeder_leave(struct jd_feeder *feeder, int64_t user);
void jd_feeder_stop(struct jd_feeder *feeder);
/** Stops first if need be. Takes NULL; clears the pointer. */
void jd_feeder_destroy(struct jd_feeder **feeder);

#endif
