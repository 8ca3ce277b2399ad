/* Does not notice that a call was cancelled, and sleeps on. */
#include <unistd.h>

#include "one_mail.h"

static enum jd_status changes(void *self,
        const struct jd_call *call,
        struct jd_span cursor,
        struct jd_change_sink *sink,
        struct jd_error *error)
{
    while (call->cancelled && *call->cancelled) {
        pause();
    }
    return one_mail_changes(self, call, cursor, sink, error);
}

static const struct jd_source_ops ops = {
    JD_SIZE(jd_source_ops),
    .open = one_mail_open,
    .changes = changes,
    .fetch = one_mail_fetch,
    .wait = one_mail_wait,
    .close = one_mail_close,
};

JD_PLUGIN("org.example.slow",
        "1.0.0",
        "MIT",
        { JD_SIZE(jd_service), JD_SOURCE_1, "slow", &ops, one_mail_options });
