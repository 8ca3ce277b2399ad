/* What the host lends: log, clock, counters, under the instance's name. */
#include "host/services.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/span.h"

#define METRIC_NAME_BYTES 100

static void
lend_log(void *context, enum jd_log_level level, const char *event, const char *detail)
{
    const struct jd_lent *lent = context;
    if (detail) {
        jd_log(level, event, "service", "%s", lent->service, "instance", "%s", lent->instance,
                "detail", "%s", detail, NULL);
    } else {
        jd_log(level, event, "service", "%s", lent->service, "instance", "%s", lent->instance,
                NULL);
    }
}

static int64_t lend_now_ms(void *context)
{
    (void)context; // one clock for all
    return jd_clock_now_ms();
}

/* A plugin's name for a counter becomes part of the metrics page: only snake_case goes in. */
static void lend_count(void *context, const char *name, int64_t delta)
{
    const struct jd_lent *lent = context;
    char series[METRIC_NAME_BYTES];
    char label[64];
    int len = snprintf(series, sizeof(series), "jackdaw_plugin_%s", name);
    bool fits = len > 0 && (size_t)len < sizeof(series);
    if (!fits || strspn(series, "abcdefghijklmnopqrstuvwxyz0123456789_") != (size_t)len) {
        snprintf(series, sizeof(series), "jackdaw_plugin_misnamed_total");
    }
    snprintf(label, sizeof(label), "service=\"%s\"", lent->service);
    jd_metric_add(jd_metric(series, label), delta);
}

void jd_lent_init(struct jd_lent *lent, const char *service, const char *instance)
{
    *lent = (struct jd_lent){
        .host = {
            JD_SIZE(jd_host),
            .context = lent,
            .log = lend_log,
            .now_ms = lend_now_ms,
            .count = lend_count,
        },
    };
    snprintf(lent->service, sizeof(lent->service), "%s", service);
    snprintf(lent->instance, sizeof(lent->instance), "%s", instance);
}
