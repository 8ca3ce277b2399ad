/**
 * Counters, gauges and histograms in the node's shared page, written as Prometheus text
 * (exposition format 0.0.4). Any thread, any process of the node; no lock on the way.
 */
#ifndef JD_BASE_METRICS_H
#define JD_BASE_METRICS_H

#include "base/buf.h"
#include "base/shared.h"

struct jd_metric;

/** Once per process, before the first metric. NULL: metrics are kept in private memory (tests,
 * one-shot commands). */
void jd_metrics_init(struct jd_shared *shared);
/** Finds or makes the series, e.g. "jackdaw_jobs_done_total", "kind=\"analyse\"" (labels NULL:
 * none). Never NULL; when the page is full all go to one overflow series. Keep the pointer. */
struct jd_metric *jd_metric(const char *name, const char *labels);
void jd_metric_add(struct jd_metric *metric, int64_t delta);
void jd_metric_set(struct jd_metric *metric, int64_t value);
/** Observes `value_us` in the histogram `name` (seconds; buckets 1 ms to 60 s), made of
 * _bucket, _sum and _count series. */
void jd_metric_observe_us(const char *name, const char *labels, int64_t value_us);
/** All series, sorted, with # TYPE lines. */
void jd_metrics_write(struct jd_buf *out);

#endif
