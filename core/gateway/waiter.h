/**
 * Requests whose answer a worker is looking for (store/answers.h): they hold no store thread.
 * One thread ("gw-ask") keeps them all; it is woken by the bus, or looks by itself, and gives
 * each request its answer, or after JD_WAITER_MS a 504 with the question's id.
 */
#ifndef JD_GATEWAY_WAITER_H
#define JD_GATEWAY_WAITER_H

#include "store/answers.h"

#define JD_WAITER_MS      10000 // that a request waits at most
#define JD_WAITER_LOOK_MS 20    // between looks when the bus says nothing
#define JD_WAITER_MAX     1000  // requests that wait at once

struct jd_request;
struct jd_waiter;

struct jd_waiter_options {
    struct jd_store *store;
    /** The waiter's thread: the request is answered, unless `status` says what went wrong; it
     * is not the waiter's any more. */
    void (*finish)(struct jd_request *request,
            enum jd_status status,
            const struct jd_error *error);
};

enum jd_status jd_waiter_start(const struct jd_waiter_options *options,
        struct jd_waiter **out_waiter,
        struct jd_error *error);
/** Takes a request with its `job`. Any thread, never blocks. False: too many wait; the request
 * is still the caller's. */
bool jd_waiter_put(struct jd_waiter *waiter, struct jd_request *request);
/** Answers a request with what a worker said; its failure is returned. */
enum jd_status jd_waiter_answer(struct jd_request *request,
        const struct jd_answer_row *row,
        struct jd_error *error);
/** From now on nobody waits: who does is told to ask for the answer later. Takes NULL. */
void jd_waiter_hurry(struct jd_waiter *waiter);
/** When nobody puts any more: answers all that is left. */
void jd_waiter_stop(struct jd_waiter **waiter);

#endif
