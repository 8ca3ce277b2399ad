/* What can be seen of compiled rules: conditions that exclude each other, evidence that decides
 * alone, things that nobody uses. */
#include "script/lint.h"

#include <math.h>
#include <stdlib.h>

#include "base/span.h"
#include "script/api.h"
#include "script/case.h"
#include "script/release.h"

#define LITERALS_MAX     64 // of one conjunction
#define TEXT_BYTES       300
#define NAME_BYTES       64
#define ALONE_WEIGHT     10 // a thousand times as likely
#define SAMPLE_BYTES     16384
#define SAMPLE_STEPS_MAX 1000000

void jd_lint_add(struct jd_lint *lint, struct jd_lint_finding finding)
{
    // Warnings leave room: however many there are, an error is never left out.
    bool is_error = finding.severity == JD_SEVERITY_ERROR;
    if (lint->count < (is_error ? JD_LINT_FINDINGS_MAX : JD_LINT_FINDINGS_MAX / 2)) {
        lint->findings[lint->count++] = finding;
    }
}

static void add(struct jd_lint *lint,
        enum jd_severity severity,
        const char *code,
        struct jd_span path,
        int line,
        struct jd_span text,
        struct jd_span cure)
{
    jd_lint_add(lint, (struct jd_lint_finding){ severity, code, path, line, text, cure });
}

/* ---- near misses ---- */

/* Letters to add, take, change or swap, as people mistype. */
static size_t distance(const char *a, size_t a_len, const char *b)
{
    size_t b_len = strlen(b);
    size_t rows[3][NAME_BYTES + 1];
    for (size_t j = 0; j <= b_len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t least = last[j - 1] + (a[i - 1] != b[j - 1]);
            least = last[j] + 1 < least ? last[j] + 1 : least;
            least = now[j - 1] + 1 < least ? now[j - 1] + 1 : least;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                    before[j - 2] + 1 < least) {
                least = before[j - 2] + 1;
            }
            now[j] = least;
        }
    }
    return rows[a_len % 3][b_len];
}

struct jd_span
jd_lint_meant(struct jd_lint *lint, struct jd_span name, const char *const *candidates)
{
    size_t best = name.len < 3 ? 2 : (name.len + 2) / 3 + 1;
    const char *nearest = NULL;
    for (; name.len && name.len < NAME_BYTES && *candidates; candidates++) {
        if (strlen(*candidates) < NAME_BYTES) {
            size_t steps = distance(name.data, name.len, *candidates);
            nearest = steps < best ? *candidates : nearest;
            best = steps < best ? steps : best;
        }
    }
    return nearest ? jd_arena_format(lint->arena, "did you mean '%s'?", nearest)
                   : jd_span_new(NULL, 0);
}

/* ---- what did not compile ---- */

/* Problems of compiling by the words that they begin with or hold. */
static const struct {
    const char *part, *code;
} problem_codes[] = {
    { "there is a rule '", "duplicate-name" },
    { "two pieces of evidence are called", "duplicate-name" },
    { "require goes in a circle", "cyclic-require" },
    { "extend each other in a circle", "cyclic-extends" },
    { "tune: there is no", "names-nothing" },
    { "off: there is no", "names-nothing" },
    { "is not UTF-8", "not-utf8" },
    { "a rule file has at most", "too-large" },
    { "are not known yet", "late-condition" },
    { "cannot be set: write 'local", "global" },
    { "is not offered:", "unknown-name" },
    { "there is no '", "unknown-name" },
    { "while loading:", "limit" },
};

static const char *code_of(const struct jd_release_problem *problem)
{
    for (size_t i = 0; i < sizeof(problem_codes) / sizeof(problem_codes[0]); i++) {
        const char *part = problem_codes[i].part;
        if (memmem(problem->text.data, problem->text.len, part, strlen(part))) {
            return problem_codes[i].code;
        }
    }
    return "does-not-compile";
}

/* What the text itself showed at the same place says it better. */
static bool is_told(const struct jd_lint *lint, const struct jd_release_problem *problem)
{
    for (uint32_t i = 0; i < lint->count; i++) {
        const struct jd_lint_finding *one = &lint->findings[i];
        if (one->line == problem->line && jd_span_equal(one->path, problem->path) &&
                (strcmp(one->code, "unknown-name") == 0 || strcmp(one->code, "global") == 0)) {
            return true;
        }
    }
    return false;
}

static void look_at_problems(struct jd_lint *lint)
{
    for (uint32_t i = 0; i < lint->release->problems_count; i++) {
        const struct jd_release_problem *problem = &lint->release->problems[i];
        if (!is_told(lint, problem)) {
            add(lint, JD_SEVERITY_ERROR, code_of(problem), problem->path, problem->line,
                    problem->text, jd_span_new(NULL, 0));
        }
    }
}

/* ---- conditions that cannot hold ---- */

/* What must hold, and what must not, all at once. */
struct conjunction {
    const struct jd_release *release;
    uint32_t holds[LITERALS_MAX], fails[LITERALS_MAX];
    uint32_t holds_count, fails_count;
};

static void assume(struct conjunction *self, uint32_t condition, bool yes)
{
    const struct jd_condition *c = &self->release->conditions[condition];
    bool splits =
            yes ? c->test == jd_condition_all : c->test == jd_condition_any; // none of them
    if (c->test == jd_condition_none && yes) {
        for (uint32_t i = 0; i < c->ids_count; i++) {
            assume(self, c->ids[i], false);
        }
        return;
    }
    if (splits) {
        for (uint32_t i = 0; i < c->ids_count; i++) {
            assume(self, c->ids[i], yes);
        }
        return;
    }
    if (yes && self->holds_count < LITERALS_MAX) {
        self->holds[self->holds_count++] = condition;
    } else if (!yes && self->fails_count < LITERALS_MAX) {
        self->fails[self->fails_count++] = condition;
    }
}

/* Tests that exclude each other, whatever they are asked. */
static const struct {
    jd_condition_test *one, *other;
} exclusions[] = {
    { jd_condition_is_person, jd_condition_is_noreply },
    { jd_condition_is_person, jd_condition_list_id },
    { jd_condition_is_person, jd_condition_unsubscribe },
};

/* Tests of which the first holds only where the second does. */
static const struct {
    jd_condition_test *one, *needs;
} implications[] = {
    { jd_condition_invite, jd_condition_calendar },
    { jd_condition_calendar_method, jd_condition_calendar },
    { jd_condition_header_says, jd_condition_header_has },
    { jd_condition_header_matches, jd_condition_header_has },
};

static bool share_text(const struct jd_condition *a, const struct jd_condition *b)
{
    for (uint32_t i = 0; i < a->texts_count; i++) {
        for (uint32_t k = 0; k < b->texts_count; k++) {
            if (jd_span_equal_nocase(a->texts[i], b->texts[k])) {
                return true;
            }
        }
    }
    return false;
}

static bool is_one_of_texts(const struct jd_condition *c)
{
    return c->test == jd_condition_category || c->test == jd_condition_priority ||
           c->test == jd_condition_language || c->test == jd_condition_calendar_method;
}

/* Whether both can hold of no mail. */
static bool excludes(const struct jd_condition *a, const struct jd_condition *b)
{
    for (size_t i = 0; i < sizeof(exclusions) / sizeof(exclusions[0]); i++) {
        if ((a->test == exclusions[i].one && b->test == exclusions[i].other) ||
                (b->test == exclusions[i].one && a->test == exclusions[i].other)) {
            return true;
        }
    }
    if (a->test == b->test && is_one_of_texts(a)) {
        return !share_text(a, b);
    }
    if (a->test == jd_condition_shorter && b->test == jd_condition_longer) {
        return a->number <= b->number + 1;
    }
    bool text_of_subject = b->test == jd_condition_says && b->region == JD_REGION_SUBJECT;
    if (a->test == jd_condition_subject_empty && text_of_subject) {
        return true;
    }
    return a->test == jd_condition_is_only_me && b->test == jd_condition_more_people &&
           a->people == b->people && b->number >= 1;
}

static bool needs(const struct jd_condition *a, const struct jd_condition *b)
{
    for (size_t i = 0; i < sizeof(implications) / sizeof(implications[0]); i++) {
        if (a->test == implications[i].one && b->test == implications[i].needs &&
                jd_span_equal_nocase(a->header, b->header)) {
            return true;
        }
    }
    return false;
}

static bool is_any(const struct jd_condition *c)
{
    return c->test == jd_condition_any;
}

/* Whether a condition cannot hold beside what is assumed. */
static bool is_refuted(const struct conjunction *self, uint32_t condition, int depth)
{
    const struct jd_condition *c = &self->release->conditions[condition];
    for (uint32_t i = 0; i < self->fails_count; i++) {
        if (jd_condition_same(self->release, condition, self->fails[i]) ||
                needs(c, &self->release->conditions[self->fails[i]])) {
            return true;
        }
    }
    for (uint32_t i = 0; i < self->holds_count; i++) {
        const struct jd_condition *other = &self->release->conditions[self->holds[i]];
        if (self->holds[i] != condition && (excludes(c, other) || excludes(other, c))) {
            return true;
        }
    }
    bool refuted = is_any(c) && depth > 0;
    for (uint32_t i = 0; refuted && i < c->ids_count; i++) {
        refuted = is_refuted(self, c->ids[i], depth - 1);
    }
    return refuted;
}

static bool is_impossible(const struct conjunction *self)
{
    for (uint32_t i = 0; i < self->holds_count; i++) {
        if (is_refuted(self, self->holds[i], 2)) {
            return true;
        }
    }
    return false;
}

static bool can_never_hold(const struct jd_release *release, uint32_t condition)
{
    struct conjunction self = { .release = release };
    assume(&self, condition, true);
    return is_impossible(&self);
}

static struct jd_span written(const struct jd_lint *lint, uint32_t condition)
{
    struct jd_buf text = jd_buf_init(4096);
    jd_condition_write(lint->release, condition, &text);
    struct jd_span copy =
            jd_arena_copy(lint->arena, jd_fold_cut(jd_buf_span(&text), TEXT_BYTES));
    jd_buf_finish(&text);
    return copy;
}

/* ---- arguments that nothing can meet ---- */

static bool has_any(struct jd_span text, const char *signs)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] && strchr(signs, text.data[i])) {
            return true;
        }
    }
    return false;
}

static bool has_outcome(const struct jd_release *release, struct jd_span name)
{
    for (uint32_t i = 0; i < release->outcomes_count; i++) {
        if (release->outcomes[i].scale == JD_SCALE_CATEGORY &&
                jd_span_equal_nocase(release->outcomes[i].value, name)) {
            return true;
        }
    }
    return jd_rule_is_known_category(name);
}

/* Why a text cannot be met; NULL: it can. */
static const char *
refute_text(const struct jd_release *release, const struct jd_condition *c, struct jd_span text)
{
    static const char *const priorities[] = { "urgent", "high", "normal", "low" };
    if (c->test == jd_condition_domain) {
        return has_any(text, "@/: ") || memchr(text.data, '.', text.len) == NULL
                       ? "a domain has a dot, and no '@', '/' or blank"
                       : NULL;
    }
    if (c->test == jd_condition_address) {
        return memchr(text.data, '@', text.len) == NULL || has_any(text, " <>")
                       ? "an address has an '@' and no blank; \"billing@\" is a local part"
                       : NULL;
    }
    if (c->test == jd_condition_attached_type) {
        return memchr(text.data, '/', text.len) == NULL && !has_any(text, "*")
                       ? "a type has a '/': \"application/pdf\", \"image/*\""
                       : NULL;
    }
    if (c->test == jd_condition_language) {
        return text.len != 2 ? "a language has two letters: \"de\"" : NULL;
    }
    if (c->test == jd_condition_category) {
        return has_outcome(release, text) ? NULL : "no rule of the release gives that category";
    }
    if (c->test == jd_condition_priority) {
        bool known = false;
        for (size_t i = 0; i < sizeof(priorities) / sizeof(priorities[0]); i++) {
            known = known || jd_span_equal_nocase(text, jd_span_of(priorities[i]));
        }
        return known ? NULL : "a priority is \"urgent\", \"high\", \"normal\" or \"low\"";
    }
    return NULL;
}

/* A star that stands between other signs is no opening of a phrase. */
static bool has_inner_star(struct jd_span text)
{
    for (size_t i = 1; i + 1 < text.len; i++) {
        if (text.data[i] == '*' && text.data[i - 1] != '*' && text.data[i + 1] != '*') {
            return true;
        }
    }
    return false;
}

static void look_at_stars(struct jd_lint *lint, const struct jd_condition *c)
{
    for (uint32_t i = 0; c->test == jd_condition_says && i < c->texts_count; i++) {
        if (has_inner_star(c->texts[i])) {
            add(lint, JD_SEVERITY_WARNING, "literal-star", c->path, c->line,
                    jd_arena_format(lint->arena,
                            "the '*' within \"" JD_SPAN_FMT "\" stands for itself",
                            JD_SPAN_ARG(jd_fold_cut(c->texts[i], 100))),
                    JD_SPAN("it opens a phrase at its beginning or end alone; elsewhere use matches"));
        }
    }
}

static void look_at_texts(struct jd_lint *lint, const struct jd_condition *c)
{
    for (uint32_t i = 0; i < c->texts_count; i++) {
        const char *reason = refute_text(lint->release, c, c->texts[i]);
        if (reason) {
            // A list that has others still works.
            add(lint, c->texts_count == 1 ? JD_SEVERITY_ERROR : JD_SEVERITY_WARNING,
                    "never-matches", c->path, c->line,
                    jd_arena_format(lint->arena, "\"" JD_SPAN_FMT "\" can never match",
                            JD_SPAN_ARG(jd_fold_cut(c->texts[i], 100))),
                    jd_span_of(reason));
        }
    }
    if (c->header.len && c->object && has_any(c->header, ": \t")) {
        add(lint, JD_SEVERITY_ERROR, "never-matches", c->path, c->line,
                jd_arena_format(lint->arena, "no header field is called \"" JD_SPAN_FMT "\"",
                        JD_SPAN_ARG(jd_fold_cut(c->header, 100))),
                JD_SPAN("write the name without ':' and blanks"));
    }
}

static void look_at_number(struct jd_lint *lint, const struct jd_condition *c)
{
    bool never = (c->test == jd_condition_shorter && c->number <= 0) ||
                 (c->test == jd_condition_sure && c->number > 1);
    bool always = ((c->test == jd_condition_longer || c->test == jd_condition_links ||
                           c->test == jd_condition_more_people) &&
                          c->number < 0) ||
                  (c->test == jd_condition_sure && c->number <= 0);
    if (c->has_number && (never || always)) {
        add(lint, never ? JD_SEVERITY_ERROR : JD_SEVERITY_WARNING,
                never ? "never-matches" : "always-true", c->path, c->line,
                jd_arena_format(lint->arena, "%s:%s(%.10g) is %s true", c->object, c->name,
                        c->number, never ? "never" : "always"),
                jd_span_new(NULL, 0));
    }
}

/* ---- regular expressions ---- */

/* Texts that make backtracking expressions work hard: what a match needs at its end is there,
 * but apart, so that it cannot be refused at a glance. */
static struct jd_span
fill_sample(char out[SAMPLE_BYTES], const struct jd_regex *regex, int kind)
{
    static const char words[] = "the quick brown fox 12345 jumps over, ";
    char first = jd_regex_first(regex), last = jd_regex_last(regex);
    for (size_t i = 0; i < SAMPLE_BYTES; i++) {
        out[i] = kind == 0   ? (first ? first : 'x')
                 : kind == 1 ? ' '
                 : kind == 2 ? '1'
                             : words[i % (sizeof(words) - 1)];
    }
    if (last) {
        out[SAMPLE_BYTES - 2] = '\n';
        out[SAMPLE_BYTES - 1] = last;
    }
    return jd_span_new(out, SAMPLE_BYTES);
}

static bool is_too_dear(const struct jd_release *release, const struct jd_condition *c)
{
    char sample[SAMPLE_BYTES];
    for (int kind = 0; kind < 4; kind++) {
        struct jd_span found;
        int64_t steps = SAMPLE_STEPS_MAX;
        if (jd_regex_match(c->regex, release->room, fill_sample(sample, c->regex, kind), &steps,
                    &found) == JD_REGEX_LIMIT) {
            return true;
        }
    }
    return false;
}

/* An upper-case letter of the pattern that stands for itself, over text in lower case. */
static bool wants_upper_case(struct jd_span pattern)
{
    if (memmem(pattern.data, pattern.len, "(?", 2)) {
        return false; // options, or what is not understood here
    }
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.data[i] == '\\') {
            i++;
        } else if (pattern.data[i] == '[') {
            return false;
        } else if (pattern.data[i] >= 'A' && pattern.data[i] <= 'Z') {
            return true;
        }
    }
    return false;
}

static void look_at_regex(struct jd_lint *lint, const struct jd_condition *c)
{
    struct jd_span shown = jd_fold_cut(c->pattern, 100);
    if (c->regex == NULL) {
        return;
    }
    if (jd_regex_least(c->regex) >= JD_REGEX_LEAST_MAX) {
        add(lint, JD_SEVERITY_ERROR, "never-matches", c->path, c->line,
                jd_arena_format(lint->arena,
                        "[[" JD_SPAN_FMT "]] needs a text of more than 65,535 characters",
                        JD_SPAN_ARG(shown)),
                jd_span_new(NULL, 0));
    } else if (is_too_dear(lint->release, c)) {
        add(lint, JD_SEVERITY_WARNING, "slow-regex", c->path, c->line,
                jd_arena_format(lint->arena,
                        "[[" JD_SPAN_FMT "]] passes its step limit on plain texts: the rule is "
                        "then skipped",
                        JD_SPAN_ARG(shown)),
                JD_SPAN("avoid repeats within repeats and '.*' at both ends; say words instead"));
    }
    if (c->test == jd_condition_address_matches && wants_upper_case(c->pattern)) {
        add(lint, JD_SEVERITY_ERROR, "never-matches", c->path, c->line,
                jd_arena_format(lint->arena,
                        "[[" JD_SPAN_FMT
                        "]] has upper-case letters, and the address is matched in "
                        "lower case",
                        JD_SPAN_ARG(shown)),
                JD_SPAN("write the expression in lower case"));
    }
}

/* Each condition by itself. */
static void look_at_conditions(struct jd_lint *lint)
{
    const struct jd_release *release = lint->release;
    for (uint32_t i = 0; i < release->conditions_count; i++) {
        const struct jd_condition *c = &release->conditions[i];
        look_at_texts(lint, c);
        look_at_stars(lint, c);
        look_at_number(lint, c);
        look_at_regex(lint, c);
        if (c->test == jd_condition_all && can_never_hold(release, i)) {
            add(lint, JD_SEVERITY_ERROR, "unreachable", c->path, c->line,
                    jd_arena_format(lint->arena, "this can never hold: " JD_SPAN_FMT,
                            JD_SPAN_ARG(written(lint, i))),
                    JD_SPAN("two of its conditions exclude each other"));
        } else if (is_any(c) && c->ids_count == 0) {
            add(lint, JD_SEVERITY_ERROR, "unreachable", c->path, c->line,
                    JD_SPAN("any {} is never true"),
                    JD_SPAN("name conditions, or leave it out"));
        }
    }
}

/* ---- rules ---- */

static void look_at_reach(struct jd_lint *lint, const struct jd_rule *rule)
{
    const struct jd_release *release = lint->release;
    if (rule->only_if == JD_RELEASE_NONE) {
        return;
    }
    for (uint32_t i = 0; i < rule->evidence_count; i++) {
        const struct jd_rule_evidence *evidence = &rule->evidence[i];
        struct conjunction self = { .release = release };
        assume(&self, rule->only_if, true);
        bool possible = !is_impossible(&self);
        assume(&self, evidence->condition, true);
        if (possible && is_impossible(&self) && !can_never_hold(release, evidence->condition)) {
            add(lint, JD_SEVERITY_ERROR, "unreachable", rule->path, evidence->line,
                    jd_arena_format(lint->arena,
                            "evidence '" JD_SPAN_FMT "' can never fire: the rule's only_if "
                            "excludes it",
                            JD_SPAN_ARG(evidence->name)),
                    JD_SPAN("put it into a rule of its own"));
        }
    }
}

/* The most that one piece of evidence says against an outcome. */
static double
strongest_against(const struct jd_release *release, const struct jd_rule *rule, uint32_t own)
{
    const struct jd_outcome *outcome = &release->outcomes[rule->outcome];
    double most = 0;
    for (uint32_t r = 0; r < release->rules_count; r++) {
        const struct jd_rule *other = &release->rules[r];
        if (other->kind != JD_RULE_CLASSIFY || other->is_off ||
                release->outcomes[other->outcome].scale != outcome->scale) {
            continue;
        }
        bool same = other->outcome == rule->outcome;
        for (uint32_t i = 0; i < other->evidence_count; i++) {
            double against = same ? -other->evidence[i].weight : other->evidence[i].weight;
            bool itself = other == rule && i == own;
            most = !itself && !other->evidence[i].is_off && against > most ? against : most;
        }
    }
    return most;
}

/* Only of a rule that has nothing else to say: two pieces of evidence are two reasons. */
static void look_at_weights(struct jd_lint *lint, const struct jd_rule *rule)
{
    uint32_t reasons = 0;
    for (uint32_t i = 0; i < rule->evidence_count; i++) {
        reasons += rule->evidence[i].weight > 0 && !rule->evidence[i].is_off;
    }
    for (uint32_t i = 0; i < rule->evidence_count; i++) {
        const struct jd_rule_evidence *evidence = &rule->evidence[i];
        double against = strongest_against(lint->release, rule, i);
        if (reasons != 1 || evidence->is_off || evidence->weight < ALONE_WEIGHT ||
                evidence->weight <= against) {
            continue;
        }
        add(lint, JD_SEVERITY_ERROR, "decides-alone", rule->path, evidence->line,
                jd_arena_format(lint->arena,
                        "evidence '" JD_SPAN_FMT "' decides alone: nothing in the release can "
                        "outvote its weight of %.4g (the strongest against it has %.4g)",
                        JD_SPAN_ARG(evidence->name), evidence->weight, against),
                jd_arena_format(lint->arena,
                        "give it less than %d (+1 doubles the odds) and say what else speaks for it",
                        ALONE_WEIGHT));
    }
}

static void look_at_rules(struct jd_lint *lint)
{
    for (uint32_t i = 0; i < lint->release->rules_count; i++) {
        const struct jd_rule *rule = &lint->release->rules[i];
        if (rule->kind == JD_RULE_CLASSIFY && !rule->is_off) {
            look_at_reach(lint, rule);
            look_at_weights(lint, rule);
        }
    }
}

/* ---- lists, tests, sources ---- */

static bool is_used(const struct jd_release *release, const struct jd_list *list)
{
    for (uint32_t i = 0; i < release->conditions_count; i++) {
        if (release->conditions[i].list == list) {
            return true;
        }
    }
    return false;
}

static void look_at_lists(struct jd_lint *lint)
{
    for (uint32_t p = 0; p < lint->release->packs_count; p++) {
        const struct jd_pack *pack = &lint->release->packs[p];
        for (uint32_t i = 0; i < pack->lists_count; i++) {
            if (!is_used(lint->release, &pack->lists[i])) {
                add(lint, JD_SEVERITY_WARNING, "unused-list", pack->path,
                        jd_release_line_of(lint->release, pack->path, pack->lists[i].name),
                        jd_arena_format(lint->arena, "no rule asks the list '" JD_SPAN_FMT "'",
                                JD_SPAN_ARG(pack->lists[i].name)),
                        JD_SPAN("take it out of pack.lua, or ask from:on_list"));
            }
        }
    }
}

static void look_at_test(struct jd_lint *lint, const struct jd_file *file)
{
    struct jd_case_list cases = { .arena = lint->arena };
    struct jd_error problem;
    int line = 0;
    enum jd_status status = jd_case_read(&cases, file->path, file->content, &line, &problem);
    if (status != JD_OK) {
        add(lint, JD_SEVERITY_ERROR, "broken-test", file->path, line,
                jd_arena_format(lint->arena, "%s", problem.text), jd_span_new(NULL, 0));
    } else if (cases.count == 0) {
        add(lint, JD_SEVERITY_WARNING, "no-case", file->path, 0,
                JD_SPAN("this test file has no case"),
                JD_SPAN("write test \"...\" { given { ... }, expect { ... } }"));
    }
    free(cases.cases);
}

static void look_at_files(struct jd_lint *lint)
{
    for (uint32_t i = 0; i < lint->release->files_count; i++) {
        const struct jd_file *file = &lint->release->files[i];
        bool is_test = jd_span_ends(file->path, JD_SPAN(".test.lua"));
        if (!jd_span_ends(file->path, JD_SPAN(".lua")) ||
                jd_span_ends(file->path, JD_SPAN(".d.lua")) ||
                file->content.len > JD_SANDBOX_SOURCE_BYTES ||
                !jd_fold_is_utf8(file->content)) {
            continue;
        }
        jd_lint_source(lint, file->path, file->content, is_test);
        if (is_test) {
            look_at_test(lint, file);
        }
    }
}

static int compare_findings(const void *a, const void *b)
{
    const struct jd_lint_finding *x = a, *y = b;
    int order = jd_span_compare(x->path, y->path);
    if (order == 0 && x->line != y->line) {
        order = x->line < y->line ? -1 : 1;
    }
    if (order == 0) {
        order = (int)x->severity - (int)y->severity;
    }
    return order ? order : jd_span_compare(x->text, y->text);
}

enum jd_status jd_release_lint(struct jd_release *release,
        struct jd_arena *arena,
        struct jd_lint_finding **out_findings,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct jd_lint lint = { .release = release, .arena = arena };
    lint.findings = jd_arena_zalloc(arena, JD_LINT_FINDINGS_MAX, sizeof(*lint.findings));
    if (lint.findings == NULL) {
        return jd_error_set(error, JD_BAD_INPUT, "the findings do not fit into their arena");
    }
    look_at_files(&lint);
    look_at_problems(&lint);
    look_at_conditions(&lint);
    look_at_rules(&lint);
    look_at_lists(&lint);
    qsort(lint.findings, lint.count, sizeof(*lint.findings), compare_findings);
    *out_findings = lint.findings;
    *out_count = lint.count;
    return JD_OK;
}
