/* Deciding one message: prepare, classify, freeze the verdict, extract, draft, route. */
#include "script/engine.h"

#include <math.h>
#include <stdlib.h>

#include "base/span.h"
#include "script/engine_run.h"
#include "script/request.h"

#define SCORE_MAX 60.0 // beyond it a confidence is 0 or 1 anyway

/* Preparing. */

static bool is_left_out(const struct jd_mail_zone *zone)
{
    return zone->kind == JD_ZONE_QUOTE || zone->kind == JD_ZONE_SIGNATURE ||
           zone->kind == JD_ZONE_DISCLAIMER;
}

/* The text without quotes, signature and disclaimer: the mail's own when it has none. */
static struct jd_span cut_body(struct jd_release *release, const struct jd_mail *mail)
{
    bool whole = true;
    for (uint32_t i = 0; i < mail->zones_count; i++) {
        whole = whole && !is_left_out(&mail->zones[i]);
    }
    if (whole) {
        return mail->text;
    }
    size_t from = 0;
    jd_buf_clear(&release->body);
    for (uint32_t i = 0; i <= mail->zones_count; i++) {
        bool last = i == mail->zones_count;
        if (!last && !is_left_out(&mail->zones[i])) {
            continue;
        }
        size_t to = last ? mail->text.len : mail->zones[i].start;
        if (to > from) {
            jd_buf_add(&release->body, jd_span_sub(mail->text, from, to - from));
            jd_buf_char(&release->body, '\n');
        }
        from = last || mail->zones[i].end < from ? from : mail->zones[i].end;
    }
    return jd_buf_span(&release->body);
}

uint32_t jd_run_scan(struct jd_run *run, struct jd_span text, enum jd_region region)
{
    struct jd_release *release = run->release;
    jd_buf_clear(&release->folded);
    jd_fold_append(run->look.fold, &release->folded, text);
    uint32_t count = jd_words_scan(release->words, jd_buf_span(&release->folded), region,
            release->hits, release->words_seen);
    jd_askers_mark(&release->askers, release->words_seen, count, region, release->marks);
    return count;
}

static struct jd_span lower_copy(struct jd_run *run, struct jd_span text)
{
    char *copy = jd_arena_alloc(run->arena, text.len + 1);
    if (copy == NULL) {
        run->full = true;
        return jd_span_new("", 0);
    }
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = jd_ascii_lower(text.data[i]);
    }
    return jd_span_new(copy, text.len);
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

bool jd_run_is_active(const struct jd_run *run,
        const struct jd_rule *rule,
        enum jd_rule_kind kind)
{
    return rule->kind == kind && !rule->is_off && !is_suspended(run, rule);
}

/* Failures. */

void jd_run_add_failure(struct jd_run *run,
        const struct jd_rule *rule,
        struct jd_verdict_failure failure)
{
    struct jd_verdict *verdict = &run->verdict;
    if (verdict->failures == NULL) {
        verdict->failures =
                jd_arena_zalloc(run->arena, run->release->rules_count, sizeof(failure));
    }
    if (verdict->failures == NULL) {
        run->full = true;
        return;
    }
    if (run->runs) {
        struct jd_verdict_run *one = &run->runs[rule - run->release->rules];
        one->failure = &verdict->failures[verdict->failures_count];
        one->matched = false;
    }
    failure.rule = rule->id;
    if (failure.path.len == 0) {
        failure.path = rule->path;
        failure.line = rule->line;
    }
    verdict->failures[verdict->failures_count++] = failure;
}

struct jd_verdict_failure jd_run_failure(struct jd_run *run,
        const struct jd_sandbox_failure *failure)
{
    return (struct jd_verdict_failure){
        .path = jd_arena_copy(run->arena, jd_span_of(failure->path)),
        .text = jd_arena_copy(run->arena, jd_span_of(failure->text)),
        .kind = jd_breach_name(failure->breach),
        .line = failure->line,
    };
}

/* The rule is skipped: because of the condition if that failed. */
static void
add_condition_failure(struct jd_run *run, const struct jd_rule *rule, uint32_t condition)
{
    const struct jd_verdict_failure *failure = jd_condition_failure(&run->look, condition);
    jd_run_add_failure(run, rule,
            failure ? *failure
                    : (struct jd_verdict_failure){
                              .kind = "runtime", .text = JD_SPAN("a condition failed") });
}

/* Calling functions of rules. */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Runs under the sandbox's limits: pushing arguments may fail too. */
static int call_function(lua_State *lua)
{
    const struct jd_run_request *request = lua_touserdata(lua, 1);
    struct jd_release *release = jd_release_of(lua);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, release->functions[request->function].reference);
    int arguments = 1;
    if (request->sentence) {
        jd_bind_push_sentence(lua, request->sentence);
        arguments++;
    }
    jd_bind_push_mail(lua);
    if (request->with_verdict) {
        jd_bind_push_verdict(lua);
        jd_bind_push_budget(lua);
        arguments += 2;
    }
    lua_call(lua, arguments, 1);
    return 1;
}

/* Calls on the account of the rule and of the mail; the result is on the stack. A dead state is
 * replaced at once. */
bool jd_run_call(struct jd_release *release,
        const struct jd_run_request *request,
        struct jd_sandbox_failure *failure)
{
    int64_t before = least(release->rule_budget, release->mail_budget);
    int64_t left = before;
    lua_pushcfunction(release->box->lua, call_function);
    lua_pushlightuserdata(release->box->lua, (void *)request);
    bool good = jd_sandbox_call(release->box, 1, 1, &left, failure);
    release->rule_budget -= before - left;
    release->mail_budget -= before - left;
    jd_release_measure(release, &release->meter);
    if (release->box->dead) {
        release->renewed = jd_release_renew(release, NULL);
        release->box->is_exact = release->is_exact;
    }
    return good;
}

/* Whether the function left all it had captured as it was; puts it back. */
bool jd_run_check_captured(struct jd_release *release,
        uint32_t function,
        struct jd_sandbox_failure *failure)
{
#ifdef JD_SANDBOX_BARE
    return true; // part of what the benches measure
#endif
    char name[64];
    if (release->renewed != JD_OK ||
            jd_watch_restore(release->box->lua, &release->functions[function].watch, name)) {
        return true;
    }
    memset(failure, 0, sizeof(*failure));
    snprintf(failure->text, sizeof(failure->text),
            "the function changes '%s', a local of its file: nothing may outlive a message",
            name);
    return false;
}

/* The test of `where` conditions. */
static enum jd_truth ask_function(struct jd_look *look, const struct jd_condition *self)
{
    struct jd_release *release = look->release;
    struct jd_sandbox_failure failure;
    if (release->renewed != JD_OK) {
        return JD_TRUTH_NO; // the decision as a whole fails
    }
    struct jd_run_request request = { .function = self->function };
    bool good = jd_run_call(release, &request, &failure);
    bool yes = good && lua_toboolean(release->box->lua, -1);
    if (good) {
        lua_pop(release->box->lua, 1);
    }
    if (!jd_run_check_captured(release, self->function, &failure)) {
        good = false;
    }
    if (!good) {
        jd_condition_note_failure(look, self, jd_breach_name(failure.breach),
                jd_span_of(failure.path), failure.line, jd_span_of(failure.text));
        return JD_TRUTH_FAILED;
    }
    return yes ? JD_TRUTH_YES : JD_TRUTH_NO;
}

void jd_run_begin_rule(struct jd_run *run)
{
    run->release->rule_budget = JD_RELEASE_RULE_BUDGET;
    jd_run_measure_begin(run);
}

/* Whether the rule applies; a failed only_if is noted. */
bool jd_run_applies(struct jd_run *run, const struct jd_rule *rule)
{
    if (rule->only_if == JD_RELEASE_NONE) {
        return true;
    }
    enum jd_truth answer = jd_condition_ask(&run->look, rule->only_if);
    if (answer == JD_TRUTH_FAILED) {
        add_condition_failure(run, rule, rule->only_if);
    }
    return answer == JD_TRUTH_YES;
}

/* Classify. */

/* What matched, as one line for people; lives in the arena. */
static struct jd_span copy_words(struct jd_run *run, uint32_t condition)
{
    struct jd_span words = jd_condition_words(&run->look, condition);
    if (words.len == 0) {
        return words;
    }
    char *copy = jd_arena_alloc(run->arena, words.len + 1);
    if (copy == NULL) {
        run->full = true;
        return jd_span_new("", 0);
    }
    for (size_t i = 0; i < words.len; i++) {
        copy[i] = (unsigned char)words.data[i] < 0x20 ? ' ' : words.data[i];
    }
    return jd_span_new(copy, words.len);
}

/* Adds the fired evidence of a rule; all of it or, when a condition fails, none. */
static void classify_rule(struct jd_run *run, const struct jd_rule *rule)
{
    bool fired[JD_RELEASE_EVIDENCE_MAX];
    struct jd_release *release = run->release;
    for (uint32_t i = 0; i < rule->evidence_count; i++) {
        const struct jd_rule_evidence *evidence = &rule->evidence[i];
        enum jd_truth answer = evidence->is_off
                                       ? JD_TRUTH_NO
                                       : jd_condition_ask(&run->look, evidence->condition);
        if (answer == JD_TRUTH_FAILED) {
            add_condition_failure(run, rule, evidence->condition);
            return;
        }
        fired[i] = answer == JD_TRUTH_YES;
    }
    for (uint32_t i = 0; i < rule->evidence_count; i++) {
        if (!fired[i]) {
            continue;
        }
        const struct jd_rule_evidence *evidence = &rule->evidence[i];
        jd_run_note_match(run, rule);
        release->scores[2 * rule->outcome] += evidence->weight;
        release->scores[2 * rule->outcome + 1] = 1; // it has evidence
        run->verdict.evidence[run->verdict.evidence_count++] =
                (struct jd_verdict_evidence){ .id = evidence->id,
                    .scale = release->outcomes[rule->outcome].name,
                    .weight = evidence->weight,
                    .words = copy_words(run, evidence->condition) };
    }
}

static int compare_evidence(const void *a, const void *b)
{
    const struct jd_verdict_evidence *x = a, *y = b;
    if (fabs(x->weight) != fabs(y->weight)) {
        return fabs(x->weight) > fabs(y->weight) ? -1 : 1;
    }
    return jd_span_compare(x->id, y->id);
}

/* Room for all evidence there is. */
static void make_room(struct jd_run *run)
{
    uint32_t count = 1;
    for (uint32_t i = 0; i < run->release->rules_count; i++) {
        count += run->release->rules[i].evidence_count;
    }
    run->verdict.evidence = jd_arena_alloc(run->arena, count * sizeof(*run->verdict.evidence));
    run->full = run->full || run->verdict.evidence == NULL;
}

/* The strongest positive outcome of a scale; NULL: none. */
static const struct jd_outcome *strongest(const struct jd_release *release, enum jd_scale scale)
{
    const struct jd_outcome *best = NULL;
    double best_score = 0;
    for (uint32_t i = 0; i < release->outcomes_count; i++) {
        const struct jd_outcome *outcome = &release->outcomes[i];
        double score = release->scores[2 * i];
        if (outcome->scale != scale || !(score > 0)) {
            continue;
        }
        bool better = best == NULL || score > best_score;
        if (best && score == best_score) {
            better = outcome->rank != best->rank
                             ? outcome->rank < best->rank
                             : jd_span_compare(outcome->name, best->name) < 0;
        }
        if (better) {
            best = outcome;
            best_score = score;
        }
    }
    return best;
}

static double clamp(double score)
{
    return score > SCORE_MAX ? SCORE_MAX : score < -SCORE_MAX ? -SCORE_MAX : score;
}

/* The winner's score against all others and against none of them: a score is the logarithm of
 * odds, so the odds of what speaks for others add up. */
static double effective_score(const struct jd_release *release, const struct jd_outcome *winner)
{
    double against = 1;
    double score = 0;
    for (uint32_t i = 0; i < release->outcomes_count; i++) {
        const struct jd_outcome *outcome = &release->outcomes[i];
        if (outcome == winner) {
            score = clamp(release->scores[2 * i]);
        } else if (outcome->scale == winner->scale && release->scores[2 * i + 1] != 0) {
            against += exp2(clamp(release->scores[2 * i]));
        }
    }
    return score - log2(against);
}

static double confidence_of(const struct jd_confidence_map *map, double score)
{
    if (map == NULL) {
        return 1 / (1 + exp2(-clamp(score)));
    }
    if (score <= map->points[0].score) {
        return map->points[0].confidence;
    }
    for (uint32_t i = 1; i < map->count; i++) {
        double low = map->points[i - 1].score, high = map->points[i].score;
        if (score <= high) {
            double from = map->points[i - 1].confidence, to = map->points[i].confidence;
            return from + (to - from) * (score - low) / (high - low);
        }
    }
    return map->points[map->count - 1].confidence;
}

static const char *priority_of(const struct jd_outcome *outcome)
{
    // The values of this scale are literals of bind_rule.c.
    return outcome ? outcome->value.data : "normal";
}

static void classify(struct jd_run *run)
{
    struct jd_release *release = run->release;
    memset(release->scores, 0, release->outcomes_count * 2 * sizeof(*release->scores));
    make_room(run);
    if (run->full) {
        return;
    }
    for (uint32_t i = 0; i < release->rules_count && !run->full; i++) {
        const struct jd_rule *rule = &release->rules[i];
        if (!jd_run_is_active(run, rule, JD_RULE_CLASSIFY)) {
            continue;
        }
        jd_run_begin_rule(run);
        if (jd_run_applies(run, rule)) {
            classify_rule(run, rule);
        }
        jd_run_end_rule(run, rule);
    }
    struct jd_verdict *verdict = &run->verdict;
    qsort(verdict->evidence, verdict->evidence_count, sizeof(*verdict->evidence),
            compare_evidence);
    const struct jd_outcome *category = strongest(release, JD_SCALE_CATEGORY);
    verdict->category = category ? category->value : JD_SPAN("personal");
    verdict->confidence =
            category ? confidence_of(release->map, effective_score(release, category)) : 0;
    verdict->priority = priority_of(strongest(release, JD_SCALE_PRIORITY));
    verdict->needs_reply = strongest(release, JD_SCALE_REPLY) != NULL;
}

/* Route. */

static void route(struct jd_run *run)
{
    struct jd_release *release = run->release;
    run->verdict.route_reason = JD_SPAN("");
    if (release->route == JD_RELEASE_NONE ||
            is_suspended(run, &release->rules[release->route])) {
        return;
    }
    const struct jd_rule *rule = &release->rules[release->route];
    struct jd_sandbox_failure failure = { 0 };
    lua_State *lua = release->box->lua;
    struct jd_run_request request = { .function = rule->function, .with_verdict = true };
    jd_run_begin_rule(run);
    bool good = jd_run_call(release, &request, &failure);
    if (good) {
        const struct jd_route_value *value = jd_bind_test_route(lua, -1);
        if (value) {
            jd_run_note_match(run, rule);
            run->verdict.route_ask = value->ask;
            run->verdict.route_reason = value->reason;
        } else {
            good = false;
            snprintf(failure.text, sizeof(failure.text),
                    "route returned a %s: return keep \"...\" or ask { ... }",
                    luaL_typename(lua, -1));
        }
        lua_pop(lua, 1);
    }
    if (!jd_run_check_captured(release, rule->function, &failure)) {
        good = false;
    }
    if (!good) {
        run->verdict.route_ask = false;
        run->verdict.route_reason = JD_SPAN("the route failed");
        jd_run_add_failure(run, rule, jd_run_failure(run, &failure));
    }
    jd_run_end_rule(run, rule);
}

/* Whether a sentence of the mail asks, proposes or promises. */
static bool is_request(struct jd_release *release, const struct jd_mail *mail)
{
    if (release->requests == NULL) {
        release->requests = jd_requests_create();
    }
    return jd_request_is_in(release->requests, mail);
}

/* What each model says. */
static void fill_learned(struct jd_run *run)
{
    struct jd_learned_set *set = run->release->learned;
    struct jd_verdict *verdict = &run->verdict;
    verdict->learned = jd_arena_zalloc(run->arena, set->count + 1, sizeof(*verdict->learned));
    run->full = run->full || verdict->learned == NULL;
    for (uint32_t i = 0; !run->full && i < set->count; i++) {
        const struct jd_judgement *judged = jd_learned_ask(set, i, run->subject->mail);
        verdict->learned[verdict->learned_count++] =
                (struct jd_verdict_learned){ .name = set->models[i].name,
                    .label = jd_model_label(set->models[i].model, judged->label),
                    .score = judged->score };
    }
}

/* All phases. */

static void prepare(struct jd_run *run)
{
    struct jd_release *release = run->release;
    const struct jd_mail *mail = run->subject->mail;
    memset(release->hits, 0, jd_words_count(release->words));
    memset(release->marks, 0, release->askers.count);
    memset(release->memo, 0, release->conditions_count);
    run->look = (struct jd_look){ .release = release,
        .subject = run->subject,
        .mail = mail,
        .arena = run->arena,
        .conditions = release->conditions,
        .hits = release->hits,
        .marks = release->marks,
        .lists = &release->lists,
        .list_marks = release->list_marks,
        .memo = release->memo,
        .found = release->found,
        .body = cut_body(release, mail),
        .from_address = lower_copy(run, mail->from.address),
        .regex_steps = JD_REGEX_MAIL_STEPS,
        .room = release->room,
        .fold = jd_words_fold(release->words),
        .scratch = &release->scratch,
        .phrase = &release->phrase,
        .where = ask_function };
    release->look = &run->look;
    release->generation++;
    release->mail_budget = JD_RELEASE_MAIL_BUDGET;
    jd_learned_begin(release->learned);
    release->renewed = JD_OK;
    jd_run_open_runs(run);
    // What was found is marked; which words they were matters to sentences alone.
    (void)jd_run_scan(run, mail->subject, JD_REGION_SUBJECT);
    (void)jd_run_scan(run, mail->from.name, JD_REGION_FROM);
    (void)jd_run_scan(run, run->look.body, JD_REGION_BODY);
}

enum jd_status jd_release_decide(struct jd_release *release,
        const struct jd_subject *subject,
        struct jd_arena *arena,
        struct jd_verdict *out_verdict,
        struct jd_error *error)
{
    struct jd_run run = { .release = release, .subject = subject, .arena = arena };
    prepare(&run);
    classify(&run);
    run.look.verdict = &run.verdict;
    if (!run.full && release->renewed == JD_OK) {
        jd_run_extract(&run);
    }
    if (!run.full && release->renewed == JD_OK) {
        jd_run_draft(&run);
    }
    if (!run.full && release->renewed == JD_OK) {
        route(&run);
    }
    if (!run.full && subject->want_is_task) {
        run.verdict.is_task = run.verdict.tasks_count > 0 || is_request(release, subject->mail);
    }
    fill_learned(&run);
    jd_run_explain(&run);
    jd_run_close_runs(&run);
    release->look = NULL;
    if (release->renewed != JD_OK) {
        return jd_error_set(
                error, JD_BUG, "the rules could not be loaded again after a breach");
    }
    if (run.full) {
        return jd_error_set(error, JD_BAD_INPUT, "the verdict does not fit into its arena");
    }
    *out_verdict = run.verdict;
    return JD_OK;
}
