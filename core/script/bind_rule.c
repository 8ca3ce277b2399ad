/* The words that make rules: evidence, classify, extract, draft, route. What each means stands
 * in rules/jackdaw.d.lua. */
#include <math.h>

#include "base/span.h"
#include "script/api.h"
#include "script/release.h"
#include "script/template.h"

#define EVIDENCE_NAME "evidence"
#define NAME_BYTES    80
#define WEIGHT_MAX    20

/* What evidence() returns. */
struct evidence {
    double weight;
    struct jd_span name;
    uint32_t condition;
    int line;
};

static struct jd_span text_of(lua_State *lua, int index)
{
    struct jd_span text;
    text.data = lua_tolstring(lua, index, &text.len);
    return text;
}

/* Part of an id: so no "/". */
static struct jd_span check_name(lua_State *lua, int index, const char *what)
{
    if (lua_type(lua, index) != LUA_TSTRING) {
        luaL_error(lua, "%s is a text", what);
    }
    struct jd_span name = text_of(lua, index);
    if (name.len == 0 || name.len > NAME_BYTES) {
        luaL_error(lua, "%s has 1 to %d bytes", what, NAME_BYTES);
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '/' || (unsigned char)name.data[i] < 0x20) {
            luaL_error(lua, "%s has no '/' and no control bytes", what);
        }
    }
    return jd_release_copy(lua, name);
}

static int make_evidence(lua_State *lua)
{
    jd_bind_check_loading(lua, "evidence");
    if (lua_gettop(lua) != 3) {
        return luaL_error(lua, "write evidence(weight, \"name\", condition)");
    }
    double weight = luaL_checknumber(lua, 1);
    if (!(fabs(weight) <= WEIGHT_MAX) || weight == 0) {
        return luaL_error(lua, "a weight is a number from -20 to 20, not 0");
    }
    struct jd_span name = check_name(lua, 2, "the name of evidence");
    uint32_t condition = jd_bind_check_condition(lua, 3);
    struct evidence *self = lua_newuserdatauv(lua, sizeof(*self), 0);
    *self = (struct evidence){ weight, name, condition, jd_release_line(lua) };
    // Made once; without __index there is nothing to reach.
    (void)luaL_newmetatable(lua, EVIDENCE_NAME);
    lua_setmetatable(lua, -2);
    return 1;
}

static struct jd_span join(lua_State *lua, struct jd_span left, struct jd_span right)
{
    char *bytes = jd_release_alloc(lua, left.len + right.len + 2);
    memcpy(bytes, left.data, left.len);
    bytes[left.len] = '/';
    memcpy(bytes + left.len + 1, right.data, right.len);
    return jd_span_new(bytes, left.len + right.len + 1);
}

/* The fields of a rule's table: no unknown ones, so that a misspelling is not silent. */
static void check_fields(lua_State *lua, const char *kind, const char *const *known, bool list)
{
    jd_freeze_push_real(lua, 1);
    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        lua_pop(lua, 1);
        bool good = list && lua_type(lua, -1) == LUA_TNUMBER;
        const char *key = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "a number";
        for (size_t i = 0; known[i]; i++) {
            good = good || strcmp(key, known[i]) == 0;
        }
        if (!good) {
            luaL_error(lua, "%s has no field '%s'", kind, key);
        }
    }
    lua_pop(lua, 1);
}

static void check_unused(lua_State *lua, const struct jd_rule *made)
{
    const struct jd_release *release = jd_release_of(lua);
    for (uint32_t i = 0; i < release->rules_count; i++) {
        const struct jd_rule *other = &release->rules[i];
        if (jd_span_equal(other->id, made->id)) {
            luaL_error(lua, "there is a rule '%s' already, at %s:%d", made->name.data,
                    other->path.data, other->line);
        }
    }
    if (release->rules_count == JD_RELEASE_RULES_MAX) {
        // Does not return.
        (void)jd_release_break(lua, "the release has more than 2,000 rules");
    }
}

/* Begins a rule with the name of the table at index 1 (or `name`). */
static struct jd_rule begin_rule(lua_State *lua, enum jd_rule_kind kind, const char *name)
{
    struct jd_release *release = jd_release_of(lua);
    const struct jd_file *file = &release->files[release->file];
    struct jd_rule made = { .kind = kind,
        .path = file->path,
        .line = jd_release_line(lua),
        .pack = file->pack,
        .only_if = JD_RELEASE_NONE,
        .function = JD_RELEASE_NONE };
    if (name) {
        made.name = jd_span_of(name);
    } else {
        lua_getfield(lua, 1, "name");
        made.name = check_name(lua, -1, "the 'name' of a rule");
        lua_pop(lua, 1);
    }
    made.id = join(lua, release->packs[file->pack].name, made.name);
    check_unused(lua, &made);
    return made;
}

static void read_only_if(lua_State *lua, struct jd_rule *made, bool required)
{
    if (lua_getfield(lua, 1, "only_if") != LUA_TNIL || required) {
        made->only_if = jd_bind_check_condition(lua, -1);
        if (made->kind == JD_RULE_CLASSIFY &&
                jd_release_of(lua)->conditions[made->only_if].is_late) {
            luaL_error(lua, "classify: category, verdict and priority are not known yet");
        }
    }
    lua_pop(lua, 1);
}

static void add_rule(lua_State *lua, const struct jd_rule *made)
{
    struct jd_release *release = jd_release_of(lua);
    if (release->rules_count == release->rules_capacity) {
        release->rules_capacity = release->rules_capacity * 2 + 32;
        release->rules =
                jd_xrealloc(release->rules, release->rules_capacity * sizeof(*release->rules));
    }
    release->rules[release->rules_count++] = *made;
}

/* classify */

// clang-format off: a table to be read
static const struct {
    const char *name;
    enum jd_scale scale;
    const char *value;
    int rank;
} known_outcomes[] = {
    { "personal", JD_SCALE_CATEGORY, "personal", 0 },
    { "work", JD_SCALE_CATEGORY, "work", 1 },
    { "meeting", JD_SCALE_CATEGORY, "meeting", 2 },
    { "receipt", JD_SCALE_CATEGORY, "receipt", 3 },
    { "newsletter", JD_SCALE_CATEGORY, "newsletter", 4 },
    { "promotion", JD_SCALE_CATEGORY, "promotion", 5 },
    { "notification", JD_SCALE_CATEGORY, "notification", 6 },
    { "security", JD_SCALE_CATEGORY, "security", 7 },
    { "spam", JD_SCALE_CATEGORY, "spam", 8 },
    { "priority:urgent", JD_SCALE_PRIORITY, "urgent", 0 },
    { "priority:high", JD_SCALE_PRIORITY, "high", 1 },
    { "priority:normal", JD_SCALE_PRIORITY, "normal", 2 },
    { "priority:low", JD_SCALE_PRIORITY, "low", 3 },
    { "needs-reply", JD_SCALE_REPLY, "needs-reply", 0 },
};
// clang-format on

#define KNOWN_OUTCOMES (sizeof(known_outcomes) / sizeof(*known_outcomes))
#define RANK_OWN       100 // outcomes of a pack's own come behind the known ones

bool jd_rule_is_known_category(struct jd_span name)
{
    for (size_t i = 0; i < KNOWN_OUTCOMES; i++) {
        if (known_outcomes[i].scale == JD_SCALE_CATEGORY &&
                jd_span_equal_nocase(name, jd_span_of(known_outcomes[i].value))) {
            return true;
        }
    }
    return false;
}

static struct jd_outcome read_outcome(lua_State *lua, struct jd_span name)
{
    for (size_t i = 0; i < KNOWN_OUTCOMES; i++) {
        if (jd_span_equal(name, jd_span_of(known_outcomes[i].name))) {
            return (struct jd_outcome){ .scale = known_outcomes[i].scale,
                .name = jd_span_of(known_outcomes[i].name),
                .value = jd_span_of(known_outcomes[i].value),
                .rank = known_outcomes[i].rank };
        }
    }
    bool good = name.len > 0 && name.len <= 40;
    for (size_t i = 0; good && i < name.len; i++) {
        good = (name.data[i] >= 'a' && name.data[i] <= 'z') || name.data[i] == '-';
    }
    if (!good) {
        luaL_error(lua,
                "'%s' is no outcome: a category (small letters and '-'), "
                "\"priority:urgent|high|normal|low\" or \"needs-reply\"",
                name.data);
    }
    struct jd_span copy = jd_release_copy(lua, name);
    return (struct jd_outcome){ JD_SCALE_CATEGORY, copy, copy, RANK_OWN };
}

static uint32_t add_outcome(lua_State *lua, struct jd_span name)
{
    struct jd_release *release = jd_release_of(lua);
    struct jd_outcome outcome = read_outcome(lua, name);
    for (uint32_t i = 0; i < release->outcomes_count; i++) {
        if (jd_span_equal(release->outcomes[i].name, outcome.name)) {
            return i;
        }
    }
    if (release->outcomes_count == release->outcomes_capacity) {
        release->outcomes_capacity = release->outcomes_capacity * 2 + 16;
        release->outcomes = jd_xrealloc(
                release->outcomes, release->outcomes_capacity * sizeof(*release->outcomes));
    }
    release->outcomes[release->outcomes_count] = outcome;
    return release->outcomes_count++;
}

static void read_evidence(lua_State *lua, struct jd_rule *made)
{
    lua_Integer count = luaL_len(lua, 1);
    if (count < 1 || count > JD_RELEASE_EVIDENCE_MAX) {
        luaL_error(lua, "classify has 1 to %d pieces of evidence", JD_RELEASE_EVIDENCE_MAX);
    }
    made->evidence = jd_release_alloc(lua, (size_t)count * sizeof(*made->evidence));
    for (lua_Integer i = 0; i < count; i++) {
        lua_geti(lua, 1, i + 1);
        const struct evidence *given = luaL_testudata(lua, -1, EVIDENCE_NAME);
        if (given == NULL) {
            luaL_error(lua, "classify: item %d is a %s, not evidence(...)", (int)i + 1,
                    luaL_typename(lua, -1));
        }
        if (jd_release_of(lua)->conditions[given->condition].is_late) {
            luaL_error(lua, "classify: category, verdict and priority are not known yet ('%s')",
                    given->name.data);
        }
        for (lua_Integer j = 0; j < i; j++) {
            if (jd_span_equal(made->evidence[j].name, given->name)) {
                luaL_error(lua, "classify: two pieces of evidence are called '%s'",
                        given->name.data);
            }
        }
        made->evidence[i] = (struct jd_rule_evidence){ .id = join(lua, made->id, given->name),
            .name = given->name,
            .weight = given->weight,
            .condition = given->condition,
            .line = given->line };
        lua_pop(lua, 1);
    }
    made->evidence_count = (uint32_t)count;
}

static void check_table(lua_State *lua, const char *usage)
{
    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TTABLE) {
        luaL_error(lua, "write %s", usage);
    }
}

static int classify_rule(lua_State *lua)
{
    static const char *const fields[] = { "name", "only_if", NULL };
    jd_bind_check_loading(lua, "classify");
    check_table(lua, "classify \"receipt\" { name = \"...\", evidence(...), ... }");
    check_fields(lua, "classify", fields, true);
    struct jd_rule made = begin_rule(lua, JD_RULE_CLASSIFY, NULL);
    read_only_if(lua, &made, false);
    read_evidence(lua, &made);
    made.outcome = add_outcome(lua, text_of(lua, lua_upvalueindex(1)));
    add_rule(lua, &made);
    return 0;
}

/* The first half of `kind "text" { ... }`: remembers the text. */
static int curry(lua_State *lua, const char *name, lua_CFunction rest)
{
    jd_bind_check_loading(lua, name);
    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING) {
        return luaL_error(lua, "write %s \"...\" { name = \"...\", ... }", name);
    }
    lua_pushcclosure(lua, rest, 1);
    return 1;
}

static int classify(lua_State *lua)
{
    return curry(lua, "classify", classify_rule);
}

/* extract */

static int extract_rule(lua_State *lua)
{
    static const char *const fields[] = { "name", "only_if", "sentence_says", "each_sentence",
        NULL };
    jd_bind_check_loading(lua, "extract");
    check_table(lua, "extract \"task\" { name = \"...\", each_sentence = function ... }");
    check_fields(lua, "extract", fields, false);
    struct jd_rule made = begin_rule(lua, JD_RULE_EXTRACT, NULL);
    read_only_if(lua, &made, false);
    if (lua_getfield(lua, 1, "sentence_says") != LUA_TNIL) {
        struct jd_span *texts;
        jd_bind_check_texts(lua, -1, &texts, &made.words_count);
        made.words = jd_bind_add_words(lua, texts, made.words_count);
    }
    lua_pop(lua, 1);
    if (lua_getfield(lua, 1, "each_sentence") != LUA_TFUNCTION) {
        return luaL_error(lua, "extract: 'each_sentence' is a function(sentence, mail)");
    }
    made.function = jd_release_keep_function(lua, -1);
    lua_pop(lua, 1);
    add_rule(lua, &made);
    return 0;
}

static int extract(lua_State *lua)
{
    if (lua_type(lua, 1) != LUA_TSTRING || strcmp(lua_tostring(lua, 1), "task") != 0) {
        return luaL_error(lua, "extract finds \"task\": write extract \"task\" { ... }");
    }
    return curry(lua, "extract", extract_rule);
}

/* draft */

/* "drafts/x.md" of the pack, or with a language "drafts/x.de.md". The language found. */
static bool is_variant(struct jd_span path, struct jd_span base, struct jd_span *out_language)
{
    struct jd_span stem = jd_span_sub(base, 0, base.len - 3);
    if (jd_span_equal(path, base)) {
        *out_language = jd_span_new("", 0);
        return true;
    }
    if (path.len != base.len + 3 || !jd_span_starts(path, stem) ||
            !jd_span_ends(path, JD_SPAN(".md")) || path.data[stem.len] != '.') {
        return false;
    }
    *out_language = jd_span_sub(path, stem.len + 1, 2);
    return true;
}

static void add_variant(lua_State *lua,
        struct jd_draft_family *family,
        const struct jd_file *file,
        struct jd_span language)
{
    struct jd_release *release = jd_release_of(lua);
    struct jd_template *text = jd_release_alloc(lua, sizeof(*text));
    struct jd_error error;
    int line;
    if (jd_template_read(release->arena, file->content, text, &line, &error) != JD_OK) {
        // The place is the template's, not the rule's.
        lua_pushfstring(lua, "%s:%d: %s", file->path.data, line, error.text);
        lua_error(lua);
    }
    family->variants[family->variants_count++] = (struct jd_draft_variant){ language, text };
}

/* Files are sorted: "x.de.md" stands before "x.md", so the plain one is looked for first. */
static uint32_t add_family(lua_State *lua, struct jd_span base)
{
    struct jd_release *release = jd_release_of(lua);
    struct jd_draft_family family = { 0 };
    family.variants = jd_release_alloc(lua, 50 * sizeof(*family.variants));
    for (int plain = 1; plain >= 0; plain--) {
        for (uint32_t i = 0; i < release->files_count && family.variants_count < 50; i++) {
            struct jd_span language;
            if (is_variant(release->files[i].path, base, &language) &&
                    (language.len == 0) == plain) {
                add_variant(lua, &family, &release->files[i], language);
            }
        }
        if (plain && family.variants_count == 0) {
            luaL_error(lua, "draft: there is no file '%s'", base.data);
        }
    }
    if (release->drafts_count == release->drafts_capacity) {
        release->drafts_capacity = release->drafts_capacity * 2 + 8;
        release->drafts = jd_xrealloc(
                release->drafts, release->drafts_capacity * sizeof(*release->drafts));
    }
    release->drafts[release->drafts_count] = family;
    return release->drafts_count++;
}

static int draft_rule(lua_State *lua)
{
    static const char *const fields[] = { "name", "only_if", "template", NULL };
    jd_bind_check_loading(lua, "draft");
    check_table(lua, "draft \"acknowledge\" { name = \"...\", only_if = ..., template = ... }");
    check_fields(lua, "draft", fields, false);
    struct jd_rule made = begin_rule(lua, JD_RULE_DRAFT, NULL);
    read_only_if(lua, &made, true);
    made.draft_kind = check_name(lua, lua_upvalueindex(1), "the kind of a draft");
    lua_getfield(lua, 1, "template");
    struct jd_span path = lua_type(lua, -1) == LUA_TSTRING ? text_of(lua, -1) : JD_SPAN("");
    if (path.len < 4 || path.len > 200 || !jd_span_ends(path, JD_SPAN(".md"))) {
        return luaL_error(lua, "draft: 'template' is a file of the pack, \"drafts/name.md\"");
    }
    const struct jd_release *release = jd_release_of(lua);
    made.draft = add_family(lua, join(lua, release->packs[made.pack].name, path));
    add_rule(lua, &made);
    return 0;
}

static int draft(lua_State *lua)
{
    return curry(lua, "draft", draft_rule);
}

/* route */

static int route(lua_State *lua)
{
    jd_bind_check_loading(lua, "route");
    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TFUNCTION) {
        return luaL_error(lua, "write route(function(mail, verdict, budget) ... end)");
    }
    struct jd_rule made = begin_rule(lua, JD_RULE_ROUTE, "route");
    made.function = jd_release_keep_function(lua, 1);
    add_rule(lua, &made);
    return 0;
}

// clang-format off: a table to be read
static const struct jd_sandbox_name names[] = {
    { "classify", classify, "makes a rule" },
    { "draft", draft, "makes a rule" },
    { "evidence", make_evidence, "part of a rule" },
    { "extract", extract, "makes a rule" },
    { "route", route, "makes the policy" },
    { 0 },
};
// clang-format on

void jd_bind_rules(lua_State *lua)
{
    jd_sandbox_offer(lua, names);
}

/* For readers. */
// clang-format off: a table to be read
static const struct jd_api_entry rules_api[] = {
    { JD_API_SECTION, NULL, "Rules", NULL, NULL, NULL },
    { JD_API_CLASS, NULL, "Evidence", NULL, NULL, NULL },
    { JD_API_FUNCTION, NULL, "evidence", "weight: number; name: string; condition: Condition",
            "Evidence",
            "Put into a classify rule. The weight is in doublings: +1 makes the outcome twice as likely\n"
            "(-20 to 20, not 0). The name is what a person reads when asking why; no \"/\"." },
    { JD_API_CLASS, NULL, "ClassifyRule", NULL, NULL, NULL },
    { JD_API_FIELD, "ClassifyRule", "name", NULL, "string", "letters, digits, \"-\", \"_\"" },
    { JD_API_FIELD, "ClassifyRule", "only_if", "?", "Condition",
            "without it no evidence of the rule counts" },
    { JD_API_FIELD, "ClassifyRule", "[integer]", NULL, "Evidence", NULL },
    { JD_API_FUNCTION, NULL, "classify", "outcome: string", "fun(rule: ClassifyRule)",
            "Adds evidence to an outcome. Outcomes of three scales:\n"
            "a category: personal, work, meeting, receipt, newsletter, promotion, notification, security,\n"
            "spam, or a name of your own; \"priority:urgent\", \"priority:high\", \"priority:normal\",\n"
            "\"priority:low\"; \"needs-reply\". In each scale the weights add up per outcome and the strongest\n"
            "positive outcome wins; \"needs-reply\" is yes above 0." },
    { JD_API_CLASS, NULL, "ExtractRule", NULL, NULL, NULL },
    { JD_API_FIELD, "ExtractRule", "name", NULL, "string", NULL },
    { JD_API_FIELD, "ExtractRule", "only_if", "?", "Condition", NULL },
    { JD_API_FIELD, "ExtractRule", "sentence_says", "?", "Words",
            "the function is called only for sentences with one of these: state them, for each call costs about a"
            " microsecond" },
    { JD_API_FIELD, "ExtractRule", "each_sentence", NULL,
            "fun(sentence: Sentence, mail: Mail): Task?", NULL },
    { JD_API_FUNCTION, NULL, "extract", "kind: \"task\"", "fun(rule: ExtractRule)",
            "Finds tasks: `extract \"task\" { ... }`." },
    { JD_API_CLASS, NULL, "DraftRule", NULL, NULL, NULL },
    { JD_API_FIELD, "DraftRule", "name", NULL, "string", NULL },
    { JD_API_FIELD, "DraftRule", "only_if", NULL, "Condition", NULL },
    { JD_API_FIELD, "DraftRule", "template", NULL, "string",
            "\"drafts/meeting.md\"; drafts/meeting.de.md is taken for German mail" },
    { JD_API_FUNCTION, NULL, "draft", "kind: string", "fun(rule: DraftRule)",
            "A fallback answer from a template. Template: optional front matter between \"---\" lines with\n"
            "`subject: ...` (default \"Re: \" and the subject), then the text. Placeholders, with an optional\n"
            "default behind \"|\" that is used when there is no value:\n"
            "{{sender_first_name|there}} {{sender_name}} {{sender_address}} {{subject}} {{date}} {{my_name}}\n"
            "{{my_first_name}} {{my_address}} {{category}}. An unknown one is an error of the pack." },
    { JD_API_FUNCTION, NULL, "route",
            "decide: fun(mail: Mail, verdict: Verdict, budget: Budget): Route", NULL,
            "The one policy: whether the verdict stands or the AI is asked. The nearest pack's route counts." },
    { 0 },
};
// clang-format on

void jd_api_rules(jd_api_visit *visit, void *context)
{
    jd_api_visit_table(rules_api, visit, context);
}
