/* Extract: the sentences of a mail, the rules that look at them, the tasks they see. */
#include <stdlib.h>

#include "base/span.h"
#include "script/engine_run.h"

/* A rule that looks at sentences, and what is left of its account. */
struct extraction {
    const struct jd_rule *rule;
    int64_t budget;
    bool used, failed;
};

/* Whether the region has one of the rule's words, or the rule wants none. */
static bool
is_wanted(const struct jd_run *run, const struct jd_rule *rule, enum jd_region region)
{
    const struct jd_release *release = run->release;
    uint32_t asker = jd_asker_rule(release, (uint32_t)(rule - release->rules));
    return rule->words_count == 0 || (release->marks[asker] & region);
}

static void fail_extraction(struct jd_run *run,
        struct extraction *extraction,
        const struct jd_sandbox_failure *failure)
{
    uint32_t kept = 0;
    extraction->failed = true;
    jd_run_add_failure(run, extraction->rule, jd_run_failure(run, failure));
    for (uint32_t i = 0; i < run->verdict.tasks_count; i++) {
        if (!jd_span_equal(run->verdict.tasks[i].rule, extraction->rule->id)) {
            run->verdict.tasks[kept++] = run->verdict.tasks[i];
        }
    }
    run->verdict.tasks_count = kept;
}

static void fill_due(struct jd_verdict_task *task, const struct jd_task_value *value)
{
    task->due_ms = INT64_MIN;
    if (!value->has_due) {
        return;
    }
    task->due_ms = value->due.due_ms;
    if (!value->due.has_time) {
        struct jd_civil civil = jd_civil_of_days(value->due.day);
        char text[40];
        snprintf(text, sizeof(text), "%04d-%02d-%02d", civil.year, civil.month, civil.day);
        memcpy(task->due_date, text, 10);
    }
}

static bool overlap(const struct jd_verdict_task *a, const struct jd_verdict_task *b)
{
    return a->start < a->end && a->start == b->start && a->end == b->end;
}

/* Two rules that see a task in one sentence see the same one: the surer is kept. */
static void
add_task(struct jd_run *run, const struct jd_rule *rule, const struct jd_task_value *value)
{
    struct jd_verdict *verdict = &run->verdict;
    struct jd_verdict_task task = {
        .title = value->title, .rule = rule->id, .confidence = value->confidence
    };
    if (value->has_quote) {
        task.start = value->quote.start;
        task.end = value->quote.end;
    }
    fill_due(&task, value);
    for (uint32_t i = 0; i < verdict->tasks_count; i++) {
        if (overlap(&verdict->tasks[i], &task)) {
            if (task.confidence > verdict->tasks[i].confidence) {
                verdict->tasks[i] = task;
            }
            return;
        }
    }
    if (verdict->tasks_count < JD_RELEASE_TASKS_MAX) {
        verdict->tasks[verdict->tasks_count++] = task;
    }
}

static void extract_sentence(struct jd_run *run,
        struct extraction *extraction,
        const struct jd_sentence *sentence)
{
    struct jd_release *release = run->release;
    struct jd_sandbox_failure failure = { 0 };
    const struct jd_rule *rule = extraction->rule;
    lua_State *lua = release->box->lua;
    struct jd_run_request request = { .function = rule->function, .sentence = sentence };
    extraction->used = true;
    jd_run_begin_rule(run);
    release->rule_budget = extraction->budget;
    bool good = jd_run_call(release, &request, &failure);
    extraction->budget = release->rule_budget;
    jd_run_end_rule(run, rule);
    if (!good) {
        fail_extraction(run, extraction, &failure);
        return;
    }
    const struct jd_task_value *value = jd_bind_test_task(lua, -1);
    if (value) {
        jd_run_note_match(run, rule);
        add_task(run, rule, value);
    } else if (lua_toboolean(lua, -1)) {
        snprintf(failure.text, sizeof(failure.text),
                "each_sentence returned a %s: return task { ... } or nothing",
                luaL_typename(lua, -1));
        fail_extraction(run, extraction, &failure);
    }
    lua_pop(lua, 1);
}

/* The rules that have something to look for in this mail. */
static uint32_t choose_extractions(struct jd_run *run, struct extraction *out, bool *out_words)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < run->release->rules_count; i++) {
        const struct jd_rule *rule = &run->release->rules[i];
        if (!jd_run_is_active(run, rule, JD_RULE_EXTRACT)) {
            continue;
        }
        jd_run_begin_rule(run);
        if (is_wanted(run, rule, JD_REGION_BODY) && jd_run_applies(run, rule)) {
            *out_words = *out_words || rule->words_count;
            out[count++] =
                    (struct extraction){ .rule = rule, .budget = run->release->rule_budget };
        }
        jd_run_end_rule(run, rule);
    }
    return count;
}

static uint32_t scan_sentence(struct jd_run *run, const struct jd_sentence *sentence)
{
    struct jd_span text = jd_span_sub(
            run->subject->mail->text, sentence->start, sentence->end - sentence->start);
    return jd_run_scan(run, text, JD_REGION_SENTENCE);
}

/* The next sentence has words of its own: the hits and marks of this one go. */
static void forget_sentence(struct jd_run *run, uint32_t words_seen)
{
    struct jd_release *release = run->release;
    for (uint32_t i = 0; i < words_seen; i++) {
        release->hits[release->words_seen[i]] &= (uint8_t)~JD_REGION_SENTENCE;
    }
    for (uint32_t i = 0; words_seen && i < release->rules_count; i++) {
        release->marks[jd_asker_rule(release, i)] &= (uint8_t)~JD_REGION_SENTENCE;
    }
}

static void extract_all(struct jd_run *run,
        struct extraction *rules,
        uint32_t count,
        const struct jd_sentence *sentences,
        uint32_t sentences_count,
        bool has_words)
{
    struct jd_release *release = run->release;
    for (uint32_t s = 0; s < sentences_count && release->renewed == JD_OK; s++) {
        uint32_t seen = has_words ? scan_sentence(run, &sentences[s]) : 0;
        for (uint32_t i = 0; i < count && release->renewed == JD_OK; i++) {
            if (!rules[i].failed && is_wanted(run, rules[i].rule, JD_REGION_SENTENCE)) {
                extract_sentence(run, &rules[i], &sentences[s]);
            }
        }
        forget_sentence(run, seen);
    }
    for (uint32_t i = 0; i < count; i++) {
        struct jd_sandbox_failure failure;
        if (rules[i].used &&
                !jd_run_check_captured(release, rules[i].rule->function, &failure) &&
                !rules[i].failed) {
            fail_extraction(run, &rules[i], &failure);
        }
    }
}

static int compare_tasks(const void *a, const void *b)
{
    const struct jd_verdict_task *x = a, *y = b;
    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    int order = jd_span_compare(x->rule, y->rule);
    return order ? order : jd_span_compare(x->title, y->title);
}

void jd_run_extract(struct jd_run *run)
{
    struct jd_release *release = run->release;
    struct extraction *rules =
            jd_arena_zalloc(run->arena, release->rules_count + 1, sizeof(*rules));
    bool has_words = false;
    uint32_t count = rules ? choose_extractions(run, rules, &has_words) : 0;
    if (count == 0) {
        run->full = run->full || rules == NULL;
        return;
    }
    struct jd_verdict *verdict = &run->verdict;
    struct jd_sentence *sentences =
            jd_arena_alloc(run->arena, JD_SENTENCES_MAX * sizeof(*sentences));
    verdict->tasks = jd_arena_alloc(run->arena, JD_RELEASE_TASKS_MAX * sizeof(*verdict->tasks));
    if (sentences == NULL || verdict->tasks == NULL) {
        run->full = true;
        return;
    }
    uint32_t found = jd_sentences_find(run->subject->mail, sentences, JD_SENTENCES_MAX);
    extract_all(run, rules, count, sentences, found, has_words);
    qsort(verdict->tasks, verdict->tasks_count, sizeof(*verdict->tasks), compare_tasks);
}
