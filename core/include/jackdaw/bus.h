/**
 * News between processes: at most once, small, never truth. A lost message costs time, not
 * data. publish: any thread, never blocks. The rest: the one thread that owns the subscription.
 */
#ifndef JACKDAW_BUS_H
#define JACKDAW_BUS_H

#include <jackdaw/host.h>

#define JD_BUS_TOPIC_MAX   128
#define JD_BUS_PAYLOAD_MAX 8192

struct jd_bus_sink {
    uint32_t size;
    void (*message)(struct jd_bus_sink *sink, struct jd_span topic, struct jd_span payload);
};

struct jd_bus_ops {
    uint32_t size;
    enum jd_status (*open)(const struct jd_host *host,
            const struct jd_config *config,
            void **out_self,
            struct jd_error *error);
    void (*close)(void *self);
    /** To every subscriber of the topic, in every process, this one included. */
    enum jd_status (*publish)(void *self,
            struct jd_span topic,
            struct jd_span payload,
            struct jd_error *error);
    /** Topics that begin with `prefix` ("" takes all). Opens a subscription of its own. */
    enum jd_status (*subscribe)(void *self,
            struct jd_span prefix,
            void **out_subscription,
            struct jd_error *error);
    /** A descriptor that is readable when `receive` has something. */
    int (*descriptor)(void *subscription);
    /** Hands over all that is there; never waits. JD_NONE: nothing. */
    enum jd_status (
            *receive)(void *subscription, struct jd_bus_sink *sink, struct jd_error *error);
    void (*unsubscribe)(void *subscription);
    const void *(*extension)(void *self, const char *name); // may be NULL
};

#endif
