/**
 * Who was signed out everywhere, and when: access tokens from before it are refused, although
 * they have not expired. Kept in memory and read anew every JD_SIGN_OUTS_LOOK_MS by one thread
 * ("gw-sign-outs"), so that no request waits for it.
 *
 * jd_sign_outs_stop ends the thread, so that nobody is told any more; jd_sign_outs_hold may be
 * asked until jd_sign_outs_destroy.
 */
#ifndef JD_GATEWAY_SIGN_OUTS_H
#define JD_GATEWAY_SIGN_OUTS_H

#include "gateway/request.h"
#include "store/db.h"

#define JD_SIGN_OUTS_LOOK_MS 500

struct jd_sign_outs_options {
    struct jd_store *store;
    void *context;
    /** Tokens of the user from until_ms and before are good no longer. Never blocks. */
    void (*signed_out)(void *context, int64_t user, int64_t until_ms);
};

struct jd_sign_outs;

/** Those of the time before are known when it returns. */
enum jd_status jd_sign_outs_start(const struct jd_sign_outs_options *options,
        struct jd_sign_outs **out_sign_outs,
        struct jd_error *error);
/** JD_UNAUTHORISED: the caller's token is from before a sign-out. Any thread. */
enum jd_status jd_sign_outs_hold(struct jd_sign_outs *sign_outs,
        const struct jd_caller *caller,
        struct jd_error *error);
/** Takes NULL. */
void jd_sign_outs_stop(struct jd_sign_outs *sign_outs);
/** Stops first if need be. Takes NULL; clears the pointer. */
void jd_sign_outs_destroy(struct jd_sign_outs **sign_outs);

#endif
