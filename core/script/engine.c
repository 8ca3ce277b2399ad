/* Deciding one message: prepare, classify, freeze the verdict, extract, draft, route. */
#include "script/engine.h"

#include <math.h>
#include <stdlib.h>

#include "base/span.h"
#include "script/bind_run.h"
#include "script/template.h"

#define SCORE_MAX   60.0 // beyond it a confidence is 0 or 1 anyway
#define WORDS_BYTES 120
#define DRAFT_BYTES 16384

/* One message on its way through the phases. */
struct run {
    struct jd_release *release;
    const struct jd_subject *subject;
    struct jd_arena *arena;
    struct jd_look look;
    struct jd_verdict verdict;
    bool full; // the arena is
};

/* Preparing. */

static bool is_left_out(const struct jd_mail_zone *zone)
{
    return zone->kind == JD_ZONE_QUOTE || zone->kind == JD_ZONE_SIGNATURE;
}

/* The text without quotes and signature: the mail's own when it has neither. */
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

static void scan(struct run *run, struct jd_span text, enum jd_region region)
{
    struct jd_buf *folded = &run->release->folded;
    jd_buf_clear(folded);
    jd_fold_append(run->look.fold, folded, text);
    jd_words_scan(run->release->words, jd_buf_span(folded), region, run->release->hits);
}

static struct jd_span lower_copy(struct run *run, struct jd_span text)
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

static jd_condition_test ask_function;

static void prepare(struct run *run)
{
    struct jd_release *release = run->release;
    const struct jd_mail *mail = run->subject->mail;
    memset(release->hits, 0, jd_words_count(release->words));
    memset(release->memo, 0, release->conditions_count);
    run->look = (struct jd_look){ .release = release,
        .subject = run->subject,
        .mail = mail,
        .arena = run->arena,
        .conditions = release->conditions,
        .hits = release->hits,
        .memo = release->memo,
        .found = release->found,
        .body = cut_body(release, mail),
        .from_address = lower_copy(run, mail->from.address),
        .regex_steps = JD_REGEX_MAIL_STEPS,
        .fold = jd_words_fold(release->words),
        .scratch = &release->scratch,
        .phrase = &release->phrase,
        .where = ask_function };
    release->look = &run->look;
    release->generation++;
    release->mail_budget = JD_RELEASE_MAIL_BUDGET;
    release->renewed = JD_OK;
    scan(run, mail->subject, JD_REGION_SUBJECT);
    scan(run, mail->from.name, JD_REGION_FROM);
    scan(run, run->look.body, JD_REGION_BODY);
}

static bool is_suspended(const struct run *run, const struct jd_rule *rule)
{
    for (uint32_t i = 0; i < run->subject->suspended_count; i++) {
        if (jd_span_equal(run->subject->suspended[i], rule->id)) {
            return true;
        }
    }
    return false;
}

static bool is_active(const struct run *run, const struct jd_rule *rule, enum jd_rule_kind kind)
{
    return rule->kind == kind && !rule->is_off && !is_suspended(run, rule);
}

/* Failures. */

static void
add_failure(struct run *run, const struct jd_rule *rule, struct jd_verdict_failure failure)
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
    failure.rule = rule->id;
    if (failure.path.len == 0) {
        failure.path = rule->path;
        failure.line = rule->line;
    }
    verdict->failures[verdict->failures_count++] = failure;
}

static struct jd_verdict_failure failure_of(struct run *run,
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
add_condition_failure(struct run *run, const struct jd_rule *rule, uint32_t condition)
{
    const struct jd_verdict_failure *failure = jd_condition_failure(&run->look, condition);
    add_failure(run, rule,
            failure ? *failure
                    : (struct jd_verdict_failure){
                              .kind = "runtime", .text = JD_SPAN("a condition failed") });
}

/* Calling functions of rules. */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What to call, and with what. */
struct request {
    uint32_t function;
    const struct jd_sentence *sentence; // of extract, before the mail
    bool with_verdict;                  // of route, behind the mail
};

/* Runs under the sandbox's limits: pushing arguments may fail too. */
static int call_function(lua_State *lua)
{
    const struct request *request = lua_touserdata(lua, 1);
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
static bool call(struct jd_release *release,
        const struct request *request,
        struct jd_sandbox_failure *failure)
{
    int64_t before = least(release->rule_budget, release->mail_budget);
    int64_t left = before;
    lua_pushcfunction(release->box->lua, call_function);
    lua_pushlightuserdata(release->box->lua, (void *)request);
    bool good = jd_sandbox_call(release->box, 1, 1, &left, failure);
    release->rule_budget -= before - left;
    release->mail_budget -= before - left;
    if (release->box->dead) {
        release->renewed = jd_release_renew(release, NULL);
    }
    return good;
}

/* Whether the function left all it had captured as it was; puts it back. */
static bool check_captured(struct jd_release *release,
        uint32_t function,
        struct jd_sandbox_failure *failure)
{
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
    struct request request = { .function = self->function };
    bool good = call(release, &request, &failure);
    bool yes = good && lua_toboolean(release->box->lua, -1);
    if (good) {
        lua_pop(release->box->lua, 1);
    }
    if (!check_captured(release, self->function, &failure)) {
        good = false;
    }
    if (!good) {
        jd_condition_note_failure(look, self, jd_breach_name(failure.breach),
                jd_span_of(failure.path), failure.line, jd_span_of(failure.text));
        return JD_TRUTH_FAILED;
    }
    return yes ? JD_TRUTH_YES : JD_TRUTH_NO;
}

static void begin_rule(struct run *run)
{
    run->release->rule_budget = JD_RELEASE_RULE_BUDGET;
}

/* Whether the rule applies; a failed only_if is noted. */
static bool applies(struct run *run, const struct jd_rule *rule)
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
static struct jd_span copy_words(struct run *run, uint32_t condition)
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
static void classify_rule(struct run *run, const struct jd_rule *rule)
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
static void make_room(struct run *run)
{
    uint32_t count = 1;
    for (uint32_t i = 0; i < run->release->rules_count; i++) {
        count += run->release->rules[i].evidence_count;
    }
    run->verdict.evidence = jd_arena_zalloc(run->arena, count, sizeof(*run->verdict.evidence));
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

static void classify(struct run *run)
{
    struct jd_release *release = run->release;
    memset(release->scores, 0, release->outcomes_count * 2 * sizeof(*release->scores));
    make_room(run);
    if (run->full) {
        return;
    }
    for (uint32_t i = 0; i < release->rules_count && !run->full; i++) {
        const struct jd_rule *rule = &release->rules[i];
        begin_rule(run);
        if (is_active(run, rule, JD_RULE_CLASSIFY) && applies(run, rule)) {
            classify_rule(run, rule);
        }
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

/* Extract. */

/* A rule that looks at sentences, and what is left of its account. */
struct extraction {
    const struct jd_rule *rule;
    int64_t budget;
    bool used, failed;
};

static bool has_hit(const struct run *run, const struct jd_rule *rule, enum jd_region region)
{
    for (uint32_t i = 0; i < rule->words_count; i++) {
        if (run->release->hits[rule->words[i]] & region) {
            return true;
        }
    }
    return rule->words_count == 0;
}

static void fail_extraction(struct run *run,
        struct extraction *extraction,
        const struct jd_sandbox_failure *failure)
{
    uint32_t kept = 0;
    extraction->failed = true;
    add_failure(run, extraction->rule, failure_of(run, failure));
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
add_task(struct run *run, const struct jd_rule *rule, const struct jd_task_value *value)
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

static void extract_sentence(struct run *run,
        struct extraction *extraction,
        const struct jd_sentence *sentence)
{
    struct jd_release *release = run->release;
    struct jd_sandbox_failure failure = { 0 };
    const struct jd_rule *rule = extraction->rule;
    lua_State *lua = release->box->lua;
    struct request request = { .function = rule->function, .sentence = sentence };
    extraction->used = true;
    release->rule_budget = extraction->budget;
    bool good = call(release, &request, &failure);
    extraction->budget = release->rule_budget;
    if (!good) {
        fail_extraction(run, extraction, &failure);
        return;
    }
    const struct jd_task_value *value = jd_bind_test_task(lua, -1);
    if (value) {
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
static uint32_t choose_extractions(struct run *run, struct extraction *out, bool *out_words)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < run->release->rules_count; i++) {
        const struct jd_rule *rule = &run->release->rules[i];
        begin_rule(run);
        if (is_active(run, rule, JD_RULE_EXTRACT) && has_hit(run, rule, JD_REGION_BODY) &&
                applies(run, rule)) {
            *out_words = *out_words || rule->words_count;
            out[count++] =
                    (struct extraction){ .rule = rule, .budget = run->release->rule_budget };
        }
    }
    return count;
}

static void extract_all(struct run *run,
        struct extraction *rules,
        uint32_t count,
        const struct jd_sentence *sentences,
        uint32_t sentences_count,
        bool has_words)
{
    struct jd_release *release = run->release;
    const struct jd_mail *mail = run->subject->mail;
    uint32_t words = jd_words_count(release->words);
    for (uint32_t s = 0; s < sentences_count && release->renewed == JD_OK; s++) {
        for (uint32_t w = 0; has_words && w < words; w++) {
            release->hits[w] &= (uint8_t)~JD_REGION_SENTENCE;
        }
        if (has_words) {
            scan(run,
                    jd_span_sub(mail->text, sentences[s].start,
                            sentences[s].end - sentences[s].start),
                    JD_REGION_SENTENCE);
        }
        for (uint32_t i = 0; i < count && release->renewed == JD_OK; i++) {
            if (!rules[i].failed && has_hit(run, rules[i].rule, JD_REGION_SENTENCE)) {
                extract_sentence(run, &rules[i], &sentences[s]);
            }
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        struct jd_sandbox_failure failure;
        if (rules[i].used && !check_captured(release, rules[i].rule->function, &failure) &&
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

static void extract(struct run *run)
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
            jd_arena_zalloc(run->arena, JD_SENTENCES_MAX, sizeof(*sentences));
    verdict->tasks = jd_arena_zalloc(run->arena, JD_RELEASE_TASKS_MAX, sizeof(*verdict->tasks));
    if (sentences == NULL || verdict->tasks == NULL) {
        run->full = true;
        return;
    }
    uint32_t found = jd_sentences_find(run->subject->mail, sentences, JD_SENTENCES_MAX);
    extract_all(run, rules, count, sentences, found, has_words);
    qsort(verdict->tasks, verdict->tasks_count, sizeof(*verdict->tasks), compare_tasks);
}

/* Draft. */

/* "Doe, Jane" and "Jane Doe" give Jane. */
static struct jd_span first_name(struct jd_span name)
{
    const char *comma = name.len ? memchr(name.data, ',', name.len) : NULL;
    if (comma) {
        size_t skip = (size_t)(comma - name.data) + 1;
        name = jd_span_trim(jd_span_sub(name, skip, name.len));
    }
    if (name.len && memchr(name.data, '@', name.len)) {
        return jd_span_new("", 0);
    }
    struct jd_span first;
    return jd_span_split(&name, ' ', &first) ? first : jd_span_new("", 0);
}

static struct jd_span owner_name(const struct run *run)
{
    const struct jd_mail *mail = run->subject->mail;
    for (uint32_t i = 0; i < mail->to_count + mail->cc_count; i++) {
        const struct jd_mail_address *who =
                i < mail->to_count ? &mail->to[i] : &mail->cc[i - mail->to_count];
        for (uint32_t o = 0; o < run->subject->owner_addresses_count; o++) {
            if (who->name.len && !memchr(who->name.data, '@', who->name.len) &&
                    jd_span_equal_nocase(who->address, run->subject->owner_addresses[o])) {
                return who->name;
            }
        }
    }
    return jd_span_new("", 0);
}

static struct jd_span date_text(struct run *run, struct jd_span language)
{
    static const char *const english[] = { "January", "February", "March", "April", "May",
        "June", "July", "August", "September", "October", "November", "December" };
    static const char *const german[] = { "Januar", "Februar", "März", "April", "Mai", "Juni",
        "Juli", "August", "September", "Oktober", "November", "Dezember" };
    int64_t date_ms = run->subject->date_ms;
    struct jd_civil civil =
            jd_zone_civil(jd_look_zone(&run->look), date_ms / 1000 - (date_ms % 1000 < 0));
    bool is_german = jd_span_equal(language, JD_SPAN("de"));
    return jd_arena_format(run->arena, is_german ? "%d. %s %d" : "%d %s %d", civil.day,
            (is_german ? german : english)[(civil.month + 11) % 12], civil.year);
}

static void fill_values(struct run *run,
        struct jd_span language,
        struct jd_span values[JD_PLACEHOLDERS_COUNT])
{
    const struct jd_mail *mail = run->subject->mail;
    struct jd_span mine = owner_name(run);
    values[JD_PLACEHOLDER_SENDER_NAME] = mail->from.name;
    values[JD_PLACEHOLDER_SENDER_FIRST_NAME] = first_name(mail->from.name);
    values[JD_PLACEHOLDER_SENDER_ADDRESS] = mail->from.address;
    values[JD_PLACEHOLDER_SUBJECT] = mail->subject;
    values[JD_PLACEHOLDER_DATE] = date_text(run, language);
    values[JD_PLACEHOLDER_MY_NAME] = mine;
    values[JD_PLACEHOLDER_MY_FIRST_NAME] = first_name(mine);
    values[JD_PLACEHOLDER_MY_ADDRESS] = run->subject->owner_addresses_count
                                                ? run->subject->owner_addresses[0]
                                                : jd_span_new("", 0);
    values[JD_PLACEHOLDER_CATEGORY] = run->verdict.category;
}

static struct jd_span render(struct run *run,
        const struct jd_template_text *text,
        const struct jd_span values[JD_PLACEHOLDERS_COUNT])
{
    struct jd_buf out = jd_buf_init(DRAFT_BYTES);
    jd_template_render(text, values, &out);
    struct jd_span copy = jd_arena_copy(run->arena, jd_buf_span(&out));
    jd_buf_finish(&out);
    run->full = run->full || copy.data == NULL;
    return copy;
}

static struct jd_span reply_subject(struct run *run)
{
    struct jd_span subject = run->subject->mail->subject;
    struct jd_span head = jd_span_sub(subject, 0, 3);
    if (jd_span_equal_nocase(head, JD_SPAN("Re:")) ||
            jd_span_equal_nocase(head, JD_SPAN("Aw:"))) {
        return subject;
    }
    return jd_arena_format(run->arena, "Re: " JD_SPAN_FMT, JD_SPAN_ARG(subject));
}

static void draft_rule(struct run *run, const struct jd_rule *rule)
{
    const struct jd_draft_family *family = &run->release->drafts[rule->draft];
    const struct jd_draft_variant *variant = &family->variants[0];
    for (uint32_t i = 1; i < family->variants_count; i++) {
        if (jd_span_equal(family->variants[i].language, run->subject->mail->language)) {
            variant = &family->variants[i];
        }
    }
    struct jd_span values[JD_PLACEHOLDERS_COUNT] = { 0 };
    fill_values(run, variant->language, values);
    run->verdict.drafts[run->verdict.drafts_count++] = (struct jd_verdict_draft){
        .rule = rule->id,
        .kind = rule->draft_kind,
        .subject = variant->text->subject.pieces_count
                           ? render(run, &variant->text->subject, values)
                           : reply_subject(run),
        .body = render(run, &variant->text->body, values),
        .language = variant->language,
    };
}

static void draft(struct run *run)
{
    struct jd_release *release = run->release;
    for (uint32_t i = 0; i < release->rules_count && !run->full; i++) {
        const struct jd_rule *rule = &release->rules[i];
        if (!is_active(run, rule, JD_RULE_DRAFT) ||
                run->verdict.drafts_count == JD_RELEASE_DRAFTS_MAX) {
            continue;
        }
        begin_rule(run);
        if (!applies(run, rule)) {
            continue;
        }
        if (run->verdict.drafts == NULL) {
            run->verdict.drafts = jd_arena_zalloc(
                    run->arena, JD_RELEASE_DRAFTS_MAX, sizeof(*run->verdict.drafts));
        }
        if (run->verdict.drafts == NULL) {
            run->full = true;
            return;
        }
        draft_rule(run, rule);
    }
}

/* Route. */

static void route(struct run *run)
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
    struct request request = { .function = rule->function, .with_verdict = true };
    begin_rule(run);
    bool good = call(release, &request, &failure);
    if (good) {
        const struct jd_route_value *value = jd_bind_test_route(lua, -1);
        if (value) {
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
    if (!check_captured(release, rule->function, &failure)) {
        good = false;
    }
    if (!good) {
        run->verdict.route_ask = false;
        run->verdict.route_reason = JD_SPAN("the route failed");
        add_failure(run, rule, failure_of(run, &failure));
    }
}

enum jd_status jd_release_decide(struct jd_release *release,
        const struct jd_subject *subject,
        struct jd_arena *arena,
        struct jd_verdict *out_verdict,
        struct jd_error *error)
{
    struct run run = { .release = release, .subject = subject, .arena = arena };
    prepare(&run);
    classify(&run);
    run.look.verdict = &run.verdict;
    if (!run.full && release->renewed == JD_OK) {
        extract(&run);
    }
    if (!run.full && release->renewed == JD_OK) {
        draft(&run);
    }
    if (!run.full && release->renewed == JD_OK) {
        route(&run);
    }
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
