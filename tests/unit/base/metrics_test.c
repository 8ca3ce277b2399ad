#include "base/metrics.h"

#include <pthread.h>
#include <stdio.h>

#include "jd_test.h"

static struct jd_shared page;

static void begin(void)
{
    memset(&page, 0, sizeof(page));
    jd_metrics_init(&page);
}

TEST(writes_sorted_with_types)
{
    begin();
    jd_metric_add(jd_metric("jackdaw_jobs_done_total", "kind=\"b\""), 2);
    jd_metric_set(jd_metric("jackdaw_queue_depth", NULL), -7);
    jd_metric_add(jd_metric("jackdaw_jobs_done_total", "kind=\"a\""), 1);
    jd_metric_add(jd_metric("jackdaw_jobs_done_total", "kind=\"b\""), 3);
    jd_metric_add(jd_metric("jackdaw_jobs_done_total", ""), 9);
    jd_metric_add(jd_metric("jackdaw_jobs", NULL), 4);
    struct jd_buf out = jd_buf_init(10000);
    jd_metrics_write(&out);
    CHECK_TEXT(jd_buf_span(&out), "# TYPE jackdaw_jobs gauge\n"
                                  "jackdaw_jobs 4\n"
                                  "# TYPE jackdaw_jobs_done_total counter\n"
                                  "jackdaw_jobs_done_total 9\n"
                                  "jackdaw_jobs_done_total{kind=\"a\"} 1\n"
                                  "jackdaw_jobs_done_total{kind=\"b\"} 5\n"
                                  "# TYPE jackdaw_queue_depth gauge\n"
                                  "jackdaw_queue_depth -7\n");
    jd_buf_finish(&out);
}

TEST(groups_histograms)
{
    begin();
    jd_metric_observe_us("jackdaw_call_seconds", "to=\"x\"", 1000);     // le 0.001: inclusive
    jd_metric_observe_us("jackdaw_call_seconds", "to=\"x\"", 1001);     // le 0.0025
    jd_metric_observe_us("jackdaw_call_seconds", "to=\"x\"", 70000000); // over all
    jd_metric_observe_us("jackdaw_call_seconds", NULL, 250000);
    struct jd_buf out = jd_buf_init(10000);
    jd_metrics_write(&out);
    static const char *const parts[] = {
        "# TYPE jackdaw_call_seconds histogram\n"
        "jackdaw_call_seconds_bucket{le=\"0.001\"} 0\n",
        "jackdaw_call_seconds_bucket{le=\"0.1\"} 0\n"
        "jackdaw_call_seconds_bucket{le=\"0.25\"} 1\n",
        "jackdaw_call_seconds_bucket{le=\"+Inf\"} 1\n"
        "jackdaw_call_seconds_sum 0.250000\n"
        "jackdaw_call_seconds_count 1\n"
        "jackdaw_call_seconds_bucket{to=\"x\",le=\"0.001\"} 1\n"
        "jackdaw_call_seconds_bucket{to=\"x\",le=\"0.0025\"} 2\n",
        "jackdaw_call_seconds_bucket{to=\"x\",le=\"60\"} 2\n"
        "jackdaw_call_seconds_bucket{to=\"x\",le=\"+Inf\"} 3\n"
        "jackdaw_call_seconds_sum{to=\"x\"} 70.002001\n"
        "jackdaw_call_seconds_count{to=\"x\"} 3\n",
    };
    const char *at = out.data;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const char *found = strstr(at, parts[i]);
        if (found == NULL) {
            FAIL("missing: %s", parts[i]);
            break;
        }
        at = found;
    }
    CHECK(strstr(strstr(out.data, "# TYPE") + 1, "# TYPE") == NULL);
    jd_buf_finish(&out);
}

TEST(overflows_into_one_series)
{
    begin();
    for (int i = 0; i < 2 * JD_SHARED_METRICS; i++) {
        char labels[32];
        snprintf(labels, sizeof(labels), "n=\"%d\"", i);
        jd_metric_add(jd_metric("jackdaw_many_total", labels), 1);
    }
    char labels[200];
    memset(labels, 'x', sizeof(labels));
    labels[sizeof(labels) - 1] = '\0';
    jd_metric_add(jd_metric("jackdaw_long_total", labels), 1);
    struct jd_buf out = jd_buf_init(100000);
    jd_metrics_write(&out);
    char line[100];
    snprintf(line, sizeof(line), "jackdaw_metrics_overflow_total %d\n", JD_SHARED_METRICS + 2);
    CHECK(strstr(out.data, line) != NULL);
    CHECK(strstr(out.data, "jackdaw_many_total{n=\"0\"} 1\n") != NULL);
    jd_buf_finish(&out);
}

TEST(passes_a_name_whose_writer_died)
{
    begin();
    for (int i = 0; i < JD_SHARED_METRICS / 2; i++) {
        atomic_store(&page.metrics[2 * i].ready, 1);
    }
    jd_metric_add(jd_metric("jackdaw_a_total", NULL), 1);
    jd_metric_add(jd_metric("jackdaw_a_total", NULL), 1);
    struct jd_buf out = jd_buf_init(10000);
    jd_metrics_write(&out);
    CHECK_TEXT(jd_buf_span(&out), "# TYPE jackdaw_a_total counter\njackdaw_a_total 2\n");
    jd_buf_finish(&out);
}

static void *count(void *argument)
{
    for (int i = 0; i < 1000; i++) {
        jd_metric_add(jd_metric("jackdaw_steps_total", i % 2 ? "n=\"1\"" : "n=\"0\""), 1);
        jd_metric_observe_us("jackdaw_step_seconds", NULL, i * 10);
    }
    return argument;
}

TEST(counts_from_many_threads)
{
    begin();
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, count, NULL), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    struct jd_buf out = jd_buf_init(10000);
    jd_metrics_write(&out);
    CHECK(strstr(out.data, "jackdaw_steps_total{n=\"0\"} 2000\n") != NULL);
    CHECK(strstr(out.data, "jackdaw_steps_total{n=\"1\"} 2000\n") != NULL);
    CHECK(strstr(out.data, "jackdaw_step_seconds_count 4000\n") != NULL);
    CHECK(strstr(out.data, "jackdaw_step_seconds_sum 19.980000\n") != NULL);
    jd_buf_finish(&out);
}

TEST(works_without_a_page)
{
    jd_metrics_init(NULL);
    jd_metric_add(jd_metric("jackdaw_private_total", NULL), 1);
    struct jd_buf out = jd_buf_init(10000);
    jd_metrics_write(&out);
    CHECK(strstr(out.data, "jackdaw_private_total 1\n") != NULL);
    jd_buf_finish(&out);
}

int main(void)
{
    RUN(writes_sorted_with_types);
    RUN(groups_histograms);
    RUN(overflows_into_one_series);
    RUN(passes_a_name_whose_writer_died);
    RUN(counts_from_many_threads);
    RUN(works_without_a_page);
    return REPORT();
}
