/**
 * How often somebody may ask: token buckets for requests, and a growing pause after failed
 * sign-ins. Both live in memory alone: a restart forgives. Any thread; calls are short.
 */
#ifndef JD_GATEWAY_RATE_H
#define JD_GATEWAY_RATE_H

#include <jackdaw/types.h>

#define JD_RATE_KEYS_MAX 16384 // beyond it the longest unused entry makes room

struct jd_rate;

/** per_s tokens flow into each bucket, which holds at most `burst`. */
struct jd_rate *jd_rate_create(double per_s, double burst);
void jd_rate_destroy(struct jd_rate **rate);
/** Takes a token from the bucket of `key`. False: empty; *out_after_ms says when the next one
 * is there. now_ms: monotonic. */
bool jd_rate_take(struct jd_rate *rate,
        struct jd_span key,
        int64_t now_ms,
        int64_t *out_after_ms);

struct jd_throttle;

/** The first `forgiven` failures of a key cost nothing; each further one doubles the pause,
 * from 1 s to at most 15 min. A key without a failure for an hour is forgotten. */
struct jd_throttle *jd_throttle_create(int forgiven);
void jd_throttle_destroy(struct jd_throttle **throttle);
/** 0: may try now; else ms to wait. now_ms: monotonic. */
int64_t jd_throttle_wait_ms(struct jd_throttle *throttle, struct jd_span key, int64_t now_ms);
void jd_throttle_fail(struct jd_throttle *throttle, struct jd_span key, int64_t now_ms);
void jd_throttle_forget(struct jd_throttle *throttle, struct jd_span key);

#endif
