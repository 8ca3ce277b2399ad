/* What each rule did over one mail, and what it took. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/span.h"
#include "script/engine_run.h"

static struct jd_verdict_run *run_of(const struct jd_run *run, const struct jd_rule *rule)
{
    return run->runs ? &run->runs[rule - run->release->rules] : NULL;
}

void jd_run_open_runs(struct jd_run *run)
{
    struct jd_release *release = run->release;
    bool wanted = run->subject->want & JD_WANT_RUNS;
    release->is_exact = wanted && (run->subject->want & JD_WANT_EXACT);
    release->box->is_exact = release->is_exact;
    if (run->subject->want & (JD_WANT_RUNS | JD_WANT_WHY)) {
        run->runs = jd_arena_zalloc(run->arena, release->rules_count + 1, sizeof(*run->runs));
        run->full = run->full || run->runs == NULL;
    }
}

void jd_run_measure_begin(struct jd_run *run)
{
    if (run->runs) {
        const size_t held = run->release->box->memory_bytes;
        run->release->meter = (struct jd_release_meter){ .peak_bytes = held };
        run->regex_steps = run->look.regex_steps;
        run->started_ns = jd_clock_monotonic_ns();
    }
}

void jd_run_end_rule(struct jd_run *run, const struct jd_rule *rule)
{
    struct jd_verdict_run *one = run_of(run, rule);
    if (one == NULL) {
        return;
    }
    const struct jd_release_meter *meter = &run->release->meter;
    one->rule = rule->id;
    one->path = rule->path;
    one->line = rule->line;
    one->time_ns += jd_clock_monotonic_ns() - run->started_ns;
    one->instructions += meter->instructions + run->regex_steps - run->look.regex_steps;
    one->peak_bytes = one->peak_bytes > meter->peak_bytes ? one->peak_bytes : meter->peak_bytes;
}

void jd_run_note_match(struct jd_run *run, const struct jd_rule *rule)
{
    struct jd_verdict_run *one = run_of(run, rule);
    if (one) {
        one->matched = one->failure == NULL;
    }
}

static int compare_runs(const void *a, const void *b)
{
    const struct jd_verdict_run *x = a, *y = b;
    int order = jd_span_compare(x->path, y->path);
    if (order == 0 && x->line != y->line) {
        order = x->line < y->line ? -1 : 1;
    }
    return order ? order : jd_span_compare(x->rule, y->rule);
}

void jd_run_close_runs(struct jd_run *run)
{
    uint32_t count = 0;
    bool wanted = run->runs && (run->subject->want & JD_WANT_RUNS);
    for (uint32_t i = 0; wanted && i < run->release->rules_count; i++) {
        if (run->runs[i].rule.len) { // it ran
            run->runs[count++] = run->runs[i];
        }
    }
    if (count) {
        qsort(run->runs, count, sizeof(*run->runs), compare_runs);
    }
    run->verdict.runs = run->runs;
    run->verdict.runs_count = count;
}
