/* Takes more than it is given: goes on when the sink refuses, and lists keys that
 * are longer and longer. */
#include "one_mail.h"

static enum jd_status changes(void *self,
        const struct jd_call *call,
        struct jd_span cursor,
        struct jd_change_sink *sink,
        struct jd_error *error)
{
    static char key[2000];
    (void)self, (void)call, (void)cursor, (void)error;
    memset(key, 'k', sizeof(key));
    sink->begin_full(sink);
    for (size_t len = 500; len < sizeof(key); len++) {
        const struct jd_change change = {
            JD_SIZE(jd_change),
            .kind = JD_CHANGE_PUT,
            .key = { key, len },
            .mailbox = JD_SPAN("INBOX"),
        };
        sink->emit(sink, &change);
    }
    return sink->commit(sink, JD_SPAN("never mind"));
}

static const struct jd_source_ops ops = {
    JD_SIZE(jd_source_ops),
    .open = one_mail_open,
    .changes = changes,
    .fetch = one_mail_fetch,
    .wait = one_mail_wait,
    .close = one_mail_close,
};

JD_PLUGIN("org.example.greedy",
        "1.0.0",
        "MIT",
        { JD_SIZE(jd_service), JD_SOURCE_1, "greedy", &ops, one_mail_options });
