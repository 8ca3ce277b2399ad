/* A source whose open fails: with a sentence, or with none at all. */
#include <jackdaw/plugin.h>

static enum jd_status fail_open(const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error)
{
    (void)host, (void)out_self;
    if (jd_config_number(config, "silent")) {
        return JD_RETRY_LATER;
    }
    return jd_error_set(error, JD_UNAUTHORISED, "the post office knows no '%s'",
            jd_config_text(config, "box"));
}

static enum jd_status no_changes(void *self,
        const struct jd_call *call,
        struct jd_span cursor,
        struct jd_change_sink *sink,
        struct jd_error *error)
{
    (void)self, (void)call, (void)cursor, (void)sink, (void)error;
    return JD_NONE;
}

static enum jd_status no_fetch(void *self,
        const struct jd_call *call,
        struct jd_span key,
        struct jd_byte_sink *sink,
        struct jd_error *error)
{
    (void)self, (void)call, (void)key, (void)sink;
    return jd_error_set(error, JD_GONE, "there is nothing");
}

static void wait_never(void *self, struct jd_wait *out_wait)
{
    (void)self;
    out_wait->fd = -1;
}

static void close_nothing(void *self)
{
    (void)self;
}

static const struct jd_option options[] = {
    { .name = "box", .type = JD_OPTION_TEXT, .required = true, .help = "the box" },
    { .name = "count", .type = JD_OPTION_INT, .default_text = "3", .min = 1, .max = 5 },
    { .name = "silent", .type = JD_OPTION_BOOL, .default_text = "no" },
    { .name = "mode",
            .type = JD_OPTION_ENUM,
            .default_text = "fast",
            .choices = "fast|careful",
            .help = "how" },
    { .name = "password", .type = JD_OPTION_TEXT, .secret = true },
    { .name = "folder", .type = JD_OPTION_PATH },
    { .name = NULL },
};

static const struct jd_source_ops ops = {
    JD_SIZE(jd_source_ops),
    .open = fail_open,
    .changes = no_changes,
    .fetch = no_fetch,
    .wait = wait_never,
    .close = close_nothing,
};

JD_PLUGIN("org.example.failing-init",
        "1.0.0",
        "MIT",
        { JD_SIZE(jd_service), JD_SOURCE_1, "failing_init", &ops, options });
