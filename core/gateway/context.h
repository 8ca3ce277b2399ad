/** What the parts of a running gateway share. Filled by jd_gateway_start, then constant, but
 * for what says otherwise; every part guards itself. */
#ifndef JD_GATEWAY_CONTEXT_H
#define JD_GATEWAY_CONTEXT_H

#include <stdatomic.h>

#include "base/metrics.h"
#include "base/seal.h"
#include "gateway/gateway.h"

#define JD_STATUS_CLASSES    5  // 1xx to 5xx
#define JD_COOKIE_NAME_BYTES 32 // with the NUL

struct jd_gateway {
    struct jd_gateway_options options;
    const struct jd_services *services;
    struct jd_key jwt_key, cursor_key;
    char refresh_cookie[JD_COOKIE_NAME_BYTES];
    struct jd_buf openapi; // JSON
    struct jd_static *files;
    struct jd_disk *disk;
    struct jd_rate *rate;
    struct jd_throttle *name_throttle;    // failed sign-ins by name and address
    struct jd_throttle *address_throttle; // by address alone
    struct jd_store_threads *threads, *sign_in_threads;
    struct jd_http *http, *metrics_http;
    struct jd_hub *hub;
    struct jd_feeder *feeder;
    struct jd_sign_outs *sign_outs;
    struct jd_waiter *waiter;
    struct jd_acceptor *acceptor;
    struct jd_metric *answered[JD_STATUS_CLASSES]; // requests by class of their status
    atomic_bool draining;
};

#endif
