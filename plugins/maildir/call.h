/** Whether a call may go on: asked inside every loop that can be long. */
#ifndef MAILDIR_CALL_H
#define MAILDIR_CALL_H

#include <jackdaw/host.h>

/** JD_OK: go on. JD_CANCELLED, or JD_RETRY_LATER when the deadline has passed. */
static inline enum jd_status
jd_call_check(const struct jd_host *host, const struct jd_call *call, struct jd_error *error)
{
    if (call->cancelled && __atomic_load_n(call->cancelled, __ATOMIC_RELAXED)) {
        return JD_CANCELLED;
    }
    if (call->deadline_ms > 0 && host->now_ms(host->context) >= call->deadline_ms) {
        return jd_error_set(error, JD_RETRY_LATER,
                "the mail folder could not be read in the time given; the next try goes on");
    }
    return JD_OK;
}

#endif
