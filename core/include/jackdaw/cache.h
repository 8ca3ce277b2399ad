/**
 * A cache whose loss is harmless. Any thread; calls are short and never wait for a network
 * longer than 50 ms (then JD_NONE or JD_RETRY_LATER: act as if nothing were cached).
 */
#ifndef JACKDAW_CACHE_H
#define JACKDAW_CACHE_H

#include <jackdaw/host.h>

struct jd_cache_ops {
    uint32_t size;
    enum jd_status (*open)(const struct jd_host *host,
            const struct jd_config *config,
            void **out_self,
            struct jd_error *error);
    void (*close)(void *self);
    /** JD_NONE: not there. The value is written to `sink` in one piece. */
    enum jd_status (*get)(void *self,
            struct jd_span key,
            struct jd_byte_sink *sink,
            struct jd_error *error);
    enum jd_status (*set)(void *self,
            struct jd_span key,
            struct jd_span value,
            int64_t ttl_ms,
            struct jd_error *error);
    /** As set, but JD_NONE if the key is there. */
    enum jd_status (*add)(void *self,
            struct jd_span key,
            struct jd_span value,
            int64_t ttl_ms,
            struct jd_error *error);
    /** Adds `delta` to a number; a missing key starts at 0 with this ttl. */
    enum jd_status (*incr)(void *self,
            struct jd_span key,
            int64_t delta,
            int64_t ttl_ms,
            int64_t *out_value,
            struct jd_error *error);
    enum jd_status (*remove)(void *self, struct jd_span key, struct jd_error *error);
    const void *(*extension)(void *self, const char *name); // may be NULL
};

#endif
