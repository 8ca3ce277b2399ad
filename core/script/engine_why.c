/* Why rules did not fire: of each the first condition that fails, with the value it had. */
#include "base/span.h"
#include "script/engine_run.h"

#define TEXT_BYTES 400

/* The condition that decides that `condition` is NO, and whether it would have to be NO itself
 * for the whole to hold. */
static uint32_t find_culprit(struct jd_look *look, uint32_t condition, bool *negative)
{
    for (;;) {
        const struct jd_condition *self = &look->conditions[condition];
        // Of `none`, and of what stands below one, a child that holds is to blame.
        bool below_none = *negative;
        enum jd_truth guilty = below_none ? JD_TRUTH_YES : JD_TRUTH_NO;
        if (self->test == jd_condition_none) {
            guilty = guilty == JD_TRUTH_YES ? JD_TRUTH_NO : JD_TRUTH_YES;
        }
        uint32_t found = JD_RELEASE_NONE;
        for (uint32_t i = 0; jd_condition_has_children(self) && i < self->ids_count; i++) {
            if (jd_condition_ask(look, self->ids[i]) == guilty) {
                found = self->ids[i];
                break;
            }
        }
        if (found == JD_RELEASE_NONE) {
            return condition;
        }
        *negative = guilty == JD_TRUTH_YES;
        condition = found;
    }
}

static struct jd_span keep(struct jd_run *run, struct jd_buf *text)
{
    struct jd_span copy = jd_arena_copy(run->arena, jd_fold_cut(jd_buf_span(text), TEXT_BYTES));
    run->full = run->full || copy.data == NULL;
    jd_buf_clear(text);
    return copy;
}

static void
blame(struct jd_run *run, struct jd_verdict_why *why, uint32_t condition, struct jd_buf *text)
{
    bool negative = false;
    uint32_t culprit = find_culprit(&run->look, condition, &negative);
    jd_buf_text(text, negative ? "none { " : "");
    jd_condition_write(run->release, culprit, text);
    jd_buf_text(text, negative ? " }" : "");
    why->condition = keep(run, text);
    jd_condition_write_value(&run->look, culprit, text);
    why->value = keep(run, text);
}

static bool is_suspended(const struct jd_run *run, const struct jd_rule *rule)
{
    for (uint32_t i = 0; i < run->subject->suspended_count; i++) {
        if (jd_span_equal(run->subject->suspended[i], rule->id)) {
            return true;
        }
    }
    return false;
}

/* Extract: its words are not there, or its function made nothing. */
static void
blame_extract(struct jd_run *run, const struct jd_rule *rule, struct jd_verdict_why *why)
{
    uint32_t asker = jd_asker_rule(run->release, (uint32_t)(rule - run->release->rules));
    bool lacks = rule->words_count && !(run->release->marks[asker] & JD_REGION_BODY);
    why->condition = lacks ? JD_SPAN("sentence_says") : JD_SPAN("each_sentence");
    why->value = lacks ? JD_SPAN("none of its words is in the text")
                       : JD_SPAN("no sentence gave a task");
}

static bool explain(struct jd_run *run,
        const struct jd_rule *rule,
        struct jd_verdict_why *why,
        struct jd_buf *text)
{
    *why = (struct jd_verdict_why){ .rule = rule->id };
    run->release->rule_budget =
            JD_RELEASE_RULE_BUDGET; // an only_if may not have been asked yet
    if (rule->is_off || is_suspended(run, rule)) {
        why->condition = rule->is_off ? JD_SPAN("off") : JD_SPAN("suspended");
        why->value = rule->is_off ? JD_SPAN("a pack.lua says so")
                                  : JD_SPAN("it failed again and again");
        return true;
    }
    if (rule->only_if != JD_RELEASE_NONE &&
            jd_condition_ask(&run->look, rule->only_if) != JD_TRUTH_YES) {
        blame(run, why, rule->only_if, text);
        return true;
    }
    for (uint32_t i = 0; i < rule->evidence_count; i++) {
        if (!rule->evidence[i].is_off) {
            why->evidence = rule->evidence[i].id;
            blame(run, why, rule->evidence[i].condition, text);
            return true;
        }
    }
    if (rule->kind == JD_RULE_EXTRACT) {
        blame_extract(run, rule, why);
    }
    return rule->kind == JD_RULE_EXTRACT;
}

void jd_run_explain(struct jd_run *run)
{
    struct jd_release *release = run->release;
    struct jd_verdict *verdict = &run->verdict;
    if (!(run->subject->want & JD_WANT_WHY) || run->full) {
        return;
    }
    struct jd_buf text = jd_buf_init(64 * 1024);
    verdict->whys =
            jd_arena_zalloc(run->arena, release->rules_count + 1, sizeof(*verdict->whys));
    run->full = verdict->whys == NULL;
    for (uint32_t i = 0; !run->full && release->renewed == JD_OK && i < release->rules_count;
            i++) {
        const struct jd_verdict_run *one = &run->runs[i];
        if (!one->matched && one->failure == NULL) {
            verdict->whys_count += explain(
                    run, &release->rules[i], &verdict->whys[verdict->whys_count], &text);
        }
    }
    jd_buf_finish(&text);
}
