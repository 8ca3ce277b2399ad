/** The smallest source that keeps its contract: one message that never changes. The bad sources
 * beside it spoil one thing each. */
#ifndef JD_TEST_ONE_MAIL_H
#define JD_TEST_ONE_MAIL_H

#include <jackdaw/plugin.h>

#define ONE_MAIL_KEY  JD_SPAN("only")
#define ONE_MAIL_TEXT JD_SPAN("Subject: hello\r\n\r\nFrom here on.\r\n")

static inline enum jd_status one_mail_open(const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error)
{
    (void)host, (void)config, (void)error;
    static int self;
    *out_self = &self;
    return JD_OK;
}

static inline enum jd_status one_mail_changes(void *self,
        const struct jd_call *call,
        struct jd_span cursor,
        struct jd_change_sink *sink,
        struct jd_error *error)
{
    (void)self, (void)error;
    if (call->cancelled && *call->cancelled) {
        return JD_CANCELLED;
    }
    if (jd_span_equal(cursor, JD_SPAN("seen"))) {
        return JD_NONE;
    }
    const struct jd_change change = {
        JD_SIZE(jd_change),
        .kind = JD_CHANGE_PUT,
        .key = ONE_MAIL_KEY,
        .mailbox = JD_SPAN("INBOX"),
    };
    enum jd_status status = sink->begin_full(sink);
    status = status == JD_OK ? sink->emit(sink, &change) : status;
    return status == JD_OK ? sink->commit(sink, JD_SPAN("seen")) : status;
}

static inline enum jd_status one_mail_fetch(void *self,
        const struct jd_call *call,
        struct jd_span key,
        struct jd_byte_sink *sink,
        struct jd_error *error)
{
    (void)self, (void)call;
    if (!jd_span_equal(key, ONE_MAIL_KEY)) {
        return jd_error_set(error, JD_GONE, "there is no such message");
    }
    return sink->write(sink, ONE_MAIL_TEXT);
}

static inline void one_mail_wait(void *self, struct jd_wait *out_wait)
{
    (void)self;
    *out_wait = (struct jd_wait){ JD_SIZE(jd_wait), .fd = -1, .again_ms = 1 };
}

static inline void one_mail_close(void *self)
{
    (void)self;
}

static const struct jd_option one_mail_options[] = {
    { .name = "box", .type = JD_OPTION_TEXT, .help = "any" },
    { .name = NULL },
};

#endif
