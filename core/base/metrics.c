#include "base/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sched.h>

#include "base/span.h"

#define SERIES_COUNT   JD_SHARED_METRICS
#define OVERFLOW_INDEX (SERIES_COUNT - 1) // kept for what finds no room
#define OVERFLOW_NAME  "jackdaw_metrics_overflow_total"
#define NAMING_SPINS   1000 // turns to wait for a process that is writing a name
#define SERIES_BYTES   sizeof(((struct jd_shared_metric *)0)->series)

enum readiness {
    FREE = 0,
    NAMING,
    READY
};

static struct jd_shared_metric private_series[SERIES_COUNT];
static struct jd_shared_metric *all_series = private_series;

void jd_metrics_init(struct jd_shared *shared)
{
    all_series = shared ? shared->metrics : private_series;
}

static size_t first_index(const char *series)
{
    uint32_t hash = 2166136261u; // FNV-1a
    for (; *series; series++) {
        hash = (hash ^ (uint8_t)*series) * 16777619u;
    }
    return hash % OVERFLOW_INDEX;
}

/** Waits a little for a name that is being written; its writer may have died over it. */
static bool await_name(struct jd_shared_metric *metric)
{
    for (int i = 0; i < NAMING_SPINS; i++) {
        if (atomic_load(&metric->ready) == READY) {
            return true;
        }
        sched_yield();
    }
    return false;
}

static struct jd_shared_metric *claim(struct jd_shared_metric *metric, const char *series)
{
    int32_t ready = FREE;
    if (atomic_compare_exchange_strong(&metric->ready, &ready, NAMING)) {
        snprintf(metric->series, SERIES_BYTES, "%s", series);
        atomic_store(&metric->ready, READY);
        return metric;
    }
    bool named = ready == READY || await_name(metric);
    return named && strcmp(metric->series, series) == 0 ? metric : NULL;
}

static struct jd_shared_metric *overflow(void)
{
    struct jd_shared_metric *metric = &all_series[OVERFLOW_INDEX];
    struct jd_shared_metric *claimed = claim(metric, OVERFLOW_NAME);
    return claimed ? claimed : metric;
}

static struct jd_shared_metric *find_series(const char *series)
{
    size_t first = first_index(series);
    for (size_t i = 0; i < OVERFLOW_INDEX; i++) {
        struct jd_shared_metric *found =
                claim(&all_series[(first + i) % OVERFLOW_INDEX], series);
        if (found) {
            return found;
        }
    }
    return overflow();
}

/** "name{labels,extra}"; a series whose name is too long goes to the overflow. */
static struct jd_metric *find(const char *name, const char *labels, const char *extra)
{
    bool has_labels = labels && *labels, has_extra = extra && *extra;
    char series[SERIES_BYTES];
    int len = snprintf(series, sizeof(series), "%s%s%s%s%s%s", name,
            has_labels || has_extra ? "{" : "", has_labels ? labels : "",
            has_labels && has_extra ? "," : "", has_extra ? extra : "",
            has_labels || has_extra ? "}" : "");
    bool fits = len > 0 && (size_t)len < sizeof(series);
    return (struct jd_metric *)(fits ? find_series(series) : overflow());
}

struct jd_metric *jd_metric(const char *name, const char *labels)
{
    return find(name, labels, NULL);
}

void jd_metric_add(struct jd_metric *metric, int64_t delta)
{
    atomic_fetch_add_explicit(
            &((struct jd_shared_metric *)metric)->value, delta, memory_order_relaxed);
}

void jd_metric_set(struct jd_metric *metric, int64_t value)
{
    atomic_store_explicit(
            &((struct jd_shared_metric *)metric)->value, value, memory_order_relaxed);
}

/**
 * A histogram is kept as one series per bucket that was ever hit, told apart by the label "le",
 * and one with le="sum" for the microseconds; what readers expect (every bucket, cumulative,
 * the count) is made when it is written out.
 */
static const struct bucket {
    int64_t limit_us;
    const char *label;
} buckets[] = {
    { 1000, "le=\"0.001\"" },
    { 2500, "le=\"0.0025\"" },
    { 5000, "le=\"0.005\"" },
    { 10000, "le=\"0.01\"" },
    { 25000, "le=\"0.025\"" },
    { 50000, "le=\"0.05\"" },
    { 100000, "le=\"0.1\"" },
    { 250000, "le=\"0.25\"" },
    { 500000, "le=\"0.5\"" },
    { 1000000, "le=\"1\"" },
    { 2500000, "le=\"2.5\"" },
    { 5000000, "le=\"5\"" },
    { 10000000, "le=\"10\"" },
    { 30000000, "le=\"30\"" },
    { 60000000, "le=\"60\"" },
    { INT64_MAX, "le=\"+Inf\"" },
};
#define BUCKET_COUNT (sizeof(buckets) / sizeof(buckets[0]))
#define SUM_LABEL    "le=\"sum\""

void jd_metric_observe_us(const char *name, const char *labels, int64_t value_us)
{
    size_t i = 0;
    while (value_us > buckets[i].limit_us) {
        i++;
    }
    jd_metric_add(find(name, labels, buckets[i].label), 1);
    jd_metric_add(find(name, labels, SUM_LABEL), value_us);
}

/** One series, taken apart. */
struct sample {
    struct jd_span name, labels; // labels without "le"
    enum {
        SCALAR,
        BUCKET,
        SUM
    } part;
    size_t bucket; // BUCKET: its index
    int64_t value;
};

/** Cuts "le" off the labels, where find() put it last. */
static void cut_bucket(struct sample *sample)
{
    struct jd_span labels = sample->labels;
    struct jd_span label = JD_SPAN(SUM_LABEL);
    if (jd_span_ends(labels, label)) {
        sample->part = SUM;
    }
    for (size_t i = 0; i < BUCKET_COUNT && sample->part == SCALAR; i++) {
        label = jd_span_of(buckets[i].label);
        if (jd_span_ends(labels, label)) {
            sample->part = BUCKET;
            sample->bucket = i;
        }
    }
    if (sample->part != SCALAR) {
        labels.len -= label.len;
        labels.len -= labels.len > 0; // the comma before it
        sample->labels = labels;
    }
}

static struct sample take_apart(const struct jd_shared_metric *metric)
{
    struct jd_span series = { metric->series, strnlen(metric->series, SERIES_BYTES) };
    const char *brace = memchr(series.data, '{', series.len);
    size_t name_len = brace ? (size_t)(brace - series.data) : series.len;
    struct sample sample = {
        .name = jd_span_sub(series, 0, name_len),
        .value = atomic_load_explicit(&metric->value, memory_order_relaxed),
    };
    if (brace && series.len >= name_len + 2) {
        sample.labels = jd_span_sub(series, name_len + 1, series.len - name_len - 2);
    }
    cut_bucket(&sample);
    return sample;
}

static int compare_group(const struct sample *a, const struct sample *b)
{
    int order = jd_span_compare(a->name, b->name);
    return order ? order : jd_span_compare(a->labels, b->labels);
}

static int compare_samples(const void *a, const void *b)
{
    return compare_group(a, b);
}

static void write_type(struct jd_buf *out, const struct sample *sample)
{
    const char *type = sample->part != SCALAR                          ? "histogram"
                       : jd_span_ends(sample->name, JD_SPAN("_total")) ? "counter"
                                                                       : "gauge";
    jd_buf_format(out, "# TYPE " JD_SPAN_FMT " %s\n", JD_SPAN_ARG(sample->name), type);
}

/** "name_suffix{labels,extra} " */
static void write_series(struct jd_buf *out,
        const struct sample *sample,
        const char *suffix,
        const char *extra)
{
    bool comma = sample->labels.len && *extra;
    jd_buf_add(out, sample->name);
    jd_buf_text(out, suffix);
    if (sample->labels.len || *extra) {
        jd_buf_format(out, "{" JD_SPAN_FMT "%s%s}", JD_SPAN_ARG(sample->labels),
                comma ? "," : "", extra);
    }
    jd_buf_char(out, ' ');
}

static void write_histogram(struct jd_buf *out, const struct sample *samples, size_t count)
{
    int64_t hits[BUCKET_COUNT] = { 0 };
    int64_t sum_us = 0;
    for (size_t i = 0; i < count; i++) {
        if (samples[i].part == BUCKET) {
            hits[samples[i].bucket] += samples[i].value;
        } else {
            sum_us += samples[i].value;
        }
    }
    int64_t total = 0;
    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        total += hits[i];
        write_series(out, samples, "_bucket", buckets[i].label);
        jd_buf_format(out, "%lld\n", (long long)total);
    }
    write_series(out, samples, "_sum", "");
    jd_buf_format(out, "%.6f\n", (double)sum_us / 1e6);
    write_series(out, samples, "_count", "");
    jd_buf_format(out, "%lld\n", (long long)total);
}

/** One series that two processes named at the same moment is there twice: the parts add up. */
static void write_scalar(struct jd_buf *out, const struct sample *samples, size_t count)
{
    int64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        value += samples[i].value;
    }
    write_series(out, samples, "", "");
    jd_buf_format(out, "%lld\n", (long long)value);
}

void jd_metrics_write(struct jd_buf *out)
{
    struct sample samples[SERIES_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < SERIES_COUNT; i++) {
        if (atomic_load(&all_series[i].ready) == READY) {
            samples[count++] = take_apart(&all_series[i]);
        }
    }
    qsort(samples, count, sizeof(samples[0]), compare_samples);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && compare_group(&samples[i], &samples[end]) == 0;
                end++) {
        }
        if (i == 0 || !jd_span_equal(samples[i - 1].name, samples[i].name)) {
            write_type(out, &samples[i]);
        }
        if (samples[i].part == SCALAR) {
            write_scalar(out, &samples[i], end - i);
        } else {
            write_histogram(out, &samples[i], end - i);
        }
    }
}
