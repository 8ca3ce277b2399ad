/* A right source but for fetch, which ends in a crash. */
#include <stdlib.h>

#include "one_mail.h"

static enum jd_status fetch(void *self,
        const struct jd_call *call,
        struct jd_span key,
        struct jd_byte_sink *sink,
        struct jd_error *error)
{
    if (jd_span_equal(key, ONE_MAIL_KEY)) {
        abort();
    }
    return one_mail_fetch(self, call, key, sink, error);
}

static const struct jd_source_ops ops = {
    JD_SIZE(jd_source_ops),
    .open = one_mail_open,
    .changes = one_mail_changes,
    .fetch = fetch,
    .wait = one_mail_wait,
    .close = one_mail_close,
};

JD_PLUGIN("org.example.crash-in-fetch",
        "1.0.0",
        "MIT",
        { JD_SIZE(jd_service), JD_SOURCE_1, "crash_in_fetch", &ops, one_mail_options });
