/* The bound objects that make conditions: subject, body, from, to, cc, headers, list,
 * attachment, calendar, language, thread, mail, category, verdict, priority; and all, any,
 * none, where. What each means stands in rules/jackdaw.d.lua. */
#include <math.h>

#include "base/span.h"
#include "script/api.h"
#include "script/release.h"

/* What stands between the parentheses. */
enum shape {
    NOTHING = 1,
    WORDS,        // words that are looked for in one pass
    REGEX,        // over text that was passed
    TEXTS,        // compared whole
    LIST,         // the name of a list
    COUNT,        // a number
    HEADER,       // a field name
    HEADER_WORDS, // a field name and words
    HEADER_REGEX,
};

struct binding {
    const char *object, *name;
    jd_condition_test *test;
    enum shape shape;
    int about; // enum jd_region or enum jd_people
    bool is_late;
    const char *params, *text; // for readers: script/api.h
};

// clang-format off: a table to be read
static const struct binding bindings[] = {
    { "subject", "says", jd_condition_says, WORDS, JD_REGION_SUBJECT, false, "words: Words",
            "One of the words or phrases is in the subject." },
    { "subject", "matches", jd_condition_matches, REGEX, JD_REGION_SUBJECT, false,
            "regex: string", "A regular expression over the subject." },
    { "subject", "is_empty", jd_condition_subject_empty, NOTHING, 0, false, NULL,
            "The subject is empty." },
    { "body", "says", jd_condition_says, WORDS, JD_REGION_BODY, false, "words: Words",
            "One of the words or phrases is in the text." },
    { "body", "matches", jd_condition_matches, REGEX, JD_REGION_BODY, false, "regex: string",
            "A regular expression over the first 128 KiB of the text." },
    { "body", "has_question", jd_condition_question, NOTHING, 0, false, NULL,
            "A question mark ends a sentence." },
    { "body", "shorter_than", jd_condition_shorter, COUNT, 0, false, "bytes: integer",
            "The text has fewer bytes." },
    { "body", "longer_than", jd_condition_longer, COUNT, 0, false, "bytes: integer",
            "The text has more bytes." },
    { "body", "more_links_than", jd_condition_links, COUNT, 0, false, "count: integer",
            "More than `count` web links (http:// or https://)." },
    { "from", "says", jd_condition_says, WORDS, JD_REGION_FROM, false, "words: Words",
            "Words in the display name." },
    { "from", "on_list", jd_condition_on_list, LIST, JD_PEOPLE_FROM, false, "list: string",
            "The address, its domain or a parent domain of it is on the list (pack.lua names the file)." },
    { "from", "domain_is", jd_condition_domain, TEXTS, JD_PEOPLE_FROM, false, "domains: Words",
            "Domains, each with its subdomains: \"acme.example\"." },
    { "from", "address_is", jd_condition_address, TEXTS, JD_PEOPLE_FROM, false,
            "addresses: Words",
            "Whole addresses, or local parts with \"@\" at the end: \"billing@\"." },
    { "from", "matches", jd_condition_address_matches, REGEX, 0, false, "regex: string",
            "A regular expression over the address in lower case." },
    { "from", "is_person", jd_condition_is_person, NOTHING, 0, false, NULL,
            "A human wrote it, not a machine and not through a list: no List-Id, List-Unsubscribe,\nAuto-Submitted or bulk Precedence, and the address is not one of is_noreply." },
    { "from", "is_noreply", jd_condition_is_noreply, NOTHING, 0, false, NULL,
            "The address is a machine's: noreply, notifications, mailer-daemon, newsletter, ..." },
    { "from", "is_known", jd_condition_is_known, NOTHING, 0, false, NULL,
            "The owner had written to this sender before." },
    { "to", "is_me", jd_condition_is_me, NOTHING, JD_PEOPLE_TO, false, NULL,
            "One of the addresses is the owner's." },
    { "to", "is_only_me", jd_condition_is_only_me, NOTHING, JD_PEOPLE_TO, false, NULL,
            "The owner is the only one." },
    { "to", "more_than", jd_condition_more_people, COUNT, JD_PEOPLE_TO, false, "count: integer",
            "There are more addresses than `count`." },
    { "to", "domain_is", jd_condition_domain, TEXTS, JD_PEOPLE_TO, false, "domains: Words",
            "One of the domains, or a subdomain of it, is among the addresses." },
    { "to", "address_is", jd_condition_address, TEXTS, JD_PEOPLE_TO, false, "addresses: Words",
            "One of the addresses, or local parts with \"@\" at the end, is among them." },
    { "to", "on_list", jd_condition_on_list, LIST, JD_PEOPLE_TO, false, "list: string",
            "One of the addresses, its domain or a parent domain is on the list." },
    { "cc", "is_me", jd_condition_is_me, NOTHING, JD_PEOPLE_CC, false, NULL,
            "One of the addresses is the owner's." },
    { "cc", "is_only_me", jd_condition_is_only_me, NOTHING, JD_PEOPLE_CC, false, NULL,
            "The owner is the only one." },
    { "cc", "more_than", jd_condition_more_people, COUNT, JD_PEOPLE_CC, false, "count: integer",
            "There are more addresses than `count`." },
    { "cc", "domain_is", jd_condition_domain, TEXTS, JD_PEOPLE_CC, false, "domains: Words",
            "One of the domains, or a subdomain of it, is among the addresses." },
    { "cc", "address_is", jd_condition_address, TEXTS, JD_PEOPLE_CC, false, "addresses: Words",
            "One of the addresses, or local parts with \"@\" at the end, is among them." },
    { "cc", "on_list", jd_condition_on_list, LIST, JD_PEOPLE_CC, false, "list: string",
            "One of the addresses, its domain or a parent domain is on the list." },
    { "headers", "has", jd_condition_header_has, HEADER, 0, false, "name: string",
            "The mail has a field of that name." },
    { "headers", "says", jd_condition_header_says, HEADER_WORDS, 0, false,
            "name: string; words: Words",
            "One of the words or phrases is in a field of that name." },
    { "headers", "matches", jd_condition_header_matches, HEADER_REGEX, 0, false,
            "name: string; regex: string",
            "A regular expression over the fields of that name." },
    { "list", "has_unsubscribe", jd_condition_unsubscribe, NOTHING, 0, false, NULL,
            "There is a List-Unsubscribe field." },
    { "list", "has_one_click", jd_condition_one_click, NOTHING, 0, false, NULL,
            "There is a List-Unsubscribe-Post field (RFC 8058): bulk senders have it." },
    { "list", "has_id", jd_condition_list_id, NOTHING, 0, false, NULL,
            "There is a List-Id field." },
    { "attachment", "is_there", jd_condition_attached, NOTHING, 0, false, NULL,
            "A part that is not shown inline." },
    { "attachment", "has_type", jd_condition_attached_type, TEXTS, 0, false, "types: Words",
            "A part of one of these types: \"application/pdf\", \"image/*\"." },
    { "attachment", "named", jd_condition_attached_name, REGEX, 0, false, "regex: string",
            "A regular expression over the file name." },
    { "calendar", "is_invite", jd_condition_invite, NOTHING, 0, false, NULL,
            "A text/calendar part with METHOD:REQUEST." },
    { "calendar", "is_there", jd_condition_calendar, NOTHING, 0, false, NULL,
            "A text/calendar part of any kind." },
    { "calendar", "method_is", jd_condition_calendar_method, TEXTS, 0, false, "methods: Words",
            "The method of the text/calendar part: \"REQUEST\", \"CANCEL\", \"REPLY\", ..." },
    { "language", "is", jd_condition_language, TEXTS, 0, false, "codes: Words",
            "The language of the text, ISO 639-1: \"de\"." },
    { "thread", "has_my_answer", jd_condition_answered, NOTHING, 0, false, NULL,
            "The thread held a mail of the owner before this one." },
    { "mail", "is_reply", jd_condition_is_reply, NOTHING, 0, false, NULL,
            "\"Re:\" in the subject or an In-Reply-To field." },
    { "mail", "is_from_me", jd_condition_from_me, NOTHING, 0, false, NULL,
            "The owner sent it." },
    { "mail", "is_automatic", jd_condition_automatic, NOTHING, 0, false, NULL,
            "Auto-Submitted (not \"no\"), or X-Auto-Response-Suppress, or Precedence: auto_reply." },
    { "mail", "hides_text", jd_condition_hidden, NOTHING, 0, false, NULL,
            "There was text that a reader would not see." },
    { "mail", "has_html", jd_condition_html, NOTHING, 0, false, NULL,
            "There is an HTML part." },
    { "category", "is", jd_condition_category, TEXTS, 0, true, "names: Words",
            "The category is one of these." },
    { "verdict", "needs_reply", jd_condition_needs_reply, NOTHING, 0, true, NULL,
            "An answer is expected." },
    { "verdict", "is_sure", jd_condition_sure, COUNT, 0, true, "confidence: number",
            "The category's confidence is at least `confidence`." },
    { "priority", "is", jd_condition_priority, TEXTS, 0, true, "names: Words",
            "The priority is one of these: \"urgent\", \"high\", \"normal\", \"low\"." },
};
// clang-format on

/* The bound objects in the order in which they are explained; those of one class together. */
// clang-format off: tables to be read
static const struct {
    const char *names, *class_name, *section, *text;
} objects[] = {
    { "subject", "Subject", "Text", NULL },
    { "body", "Body", "Text",
            "The text of the mail as a reader sees it, without quoted mail, signature and disclaimer." },
    { "from", "From", "People", "The sender." },
    { "to, cc", "Recipients", "People", "The addresses of To or of Cc." },
    { "headers", "Headers", "The mail's form",
            "Header fields by name; upper and lower case do not matter." },
    { "list", "List", "The mail's form",
            "What mailing lists and bulk senders say of themselves." },
    { "attachment", "Attachment", "The mail's form", "Parts of the mail." },
    { "calendar", "Calendar", "The mail's form", "A calendar part." },
    { "language", "Language", "The mail's form", NULL },
    { "thread", "Thread", "The mail's form", "The conversation." },
    { "mail", "MailConditions", "The mail's form", "The mail as a whole." },
    { "category", "Category", "Known from extract on (not in `classify`)", NULL },
    { "verdict", "VerdictConditions", "Known from extract on (not in `classify`)", NULL },
    { "priority", "Priority", "Known from extract on (not in `classify`)", NULL },
};

static const struct jd_api_entry values_api[] = {
    { JD_API_CLASS, NULL, "Condition", NULL, NULL,
            "A condition: a value that C evaluates for each mail." },
    { JD_API_ALIAS, NULL, "Words", NULL, "string|string[]", NULL },
    { 0 },
};
static const struct jd_api_entry combinators_api[] = {
    { JD_API_SECTION, NULL, "Putting conditions together", NULL, NULL, NULL },
    { JD_API_FUNCTION, NULL, "all", "conditions: Condition[]", "Condition",
            "All of them; `all {}` is always true." },
    { JD_API_FUNCTION, NULL, "any", "conditions: Condition[]", "Condition",
            "At least one of them." },
    { JD_API_FUNCTION, NULL, "none", "conditions: Condition[]", "Condition", "None of them." },
    { JD_API_FUNCTION, NULL, "where", "test: fun(mail: Mail): any", "Condition",
            "The escape: any Lua over one mail, at most 500,000 instructions for a rule and a mail. True\n"
            "when the function returns anything but nil and false." },
    { 0 },
};
// clang-format on

#define BINDINGS_COUNT (sizeof(bindings) / sizeof(*bindings))

static struct jd_span text_argument(lua_State *lua, int index)
{
    if (lua_type(lua, index) != LUA_TSTRING) {
        luaL_error(lua, "a text is needed here; this is a %s", luaL_typename(lua, index));
    }
    size_t len;
    const char *text = lua_tolstring(lua, index, &len);
    return jd_release_copy(lua, jd_span_new(text, len));
}

/* The words without one of which the expression cannot match join the one pass. */
static void add_literals(lua_State *lua, struct jd_condition *made, struct jd_span pattern)
{
    struct jd_regex_literals literals;
    jd_regex_read_literals(pattern, &literals);
    struct jd_span texts[JD_REGEX_LITERALS_MAX];
    char open[JD_REGEX_LITERALS_MAX][JD_REGEX_LITERAL_BYTES + 3];
    for (uint32_t i = 0; i < literals.count; i++) {
        snprintf(open[i], sizeof(open[i]), "*%s*", literals.text[i]);
        texts[i] = jd_span_of(open[i]);
    }
    if (literals.count) {
        made->ids = jd_bind_add_words(lua, texts, literals.count);
        made->ids_count = literals.count;
    }
}

static void
read_regex(lua_State *lua, const struct binding *binding, struct jd_condition *made, int index)
{
    struct jd_span pattern = text_argument(lua, index);
    struct jd_error error;
    if (jd_regex_compile(pattern, &made->regex, &error) != JD_OK) {
        luaL_error(lua, "%s", error.text);
    }
    made->pattern = pattern;
    struct jd_release *release = jd_release_of(lua);
    release->regex_bytes += jd_regex_bytes(made->regex);
    if (release->regex_bytes > JD_RELEASE_REGEX_BYTES) {
        // Does not return.
        (void)jd_release_break(
                lua, "the regular expressions of the release are too large together (32 MiB)");
    }
    if (binding->test == jd_condition_matches) {
        add_literals(lua, made, pattern);
    }
}

static void read_list(lua_State *lua, struct jd_condition *made)
{
    struct jd_release *release = jd_release_of(lua);
    struct jd_span name = text_argument(lua, 2);
    const struct jd_file *file = &release->files[release->file];
    const struct jd_pack *pack = &release->packs[file->pack];
    made->list = jd_pack_list(pack, name);
    if (made->list == NULL) {
        luaL_error(lua, "pack.lua names no list '%s'", name.data);
    }
}

static void read_texts(lua_State *lua, struct jd_condition *made, int index)
{
    jd_bind_check_texts(lua, index, &made->texts, &made->texts_count);
}

/* Phrases that header fields are asked for; an empty one is in none. */
static void read_phrases(lua_State *lua, struct jd_condition *made)
{
    struct jd_release *release = jd_release_of(lua);
    const struct jd_fold *fold = jd_words_fold(release->words);
    made->phrases = jd_release_alloc(lua, made->texts_count * sizeof(*made->phrases));
    for (uint32_t i = 0; i < made->texts_count; i++) {
        struct jd_phrase *phrase = &made->phrases[i];
        if (jd_phrase_read(fold, made->texts[i], &release->phrase, phrase)) {
            phrase->folded = jd_release_copy(lua, phrase->folded);
        } else {
            *phrase = (struct jd_phrase){ 0 };
        }
    }
}

static void
read_arguments(lua_State *lua, const struct binding *binding, struct jd_condition *made)
{
    switch (binding->shape) {
    case NOTHING:
        break;
    case WORDS:
        read_texts(lua, made, 2);
        made->ids = jd_bind_add_words(lua, made->texts, made->texts_count);
        made->ids_count = made->texts_count;
        break;
    case REGEX:
        read_regex(lua, binding, made, 2);
        break;
    case TEXTS:
        read_texts(lua, made, 2);
        break;
    case LIST:
        read_list(lua, made);
        break;
    case COUNT:
        made->number = luaL_checknumber(lua, 2);
        made->has_number = true;
        luaL_argcheck(lua, isfinite(made->number), 2, "not a finite number");
        break;
    case HEADER:
        made->header = text_argument(lua, 2);
        break;
    case HEADER_WORDS:
        made->header = text_argument(lua, 2);
        read_texts(lua, made, 3);
        read_phrases(lua, made);
        break;
    case HEADER_REGEX:
        made->header = text_argument(lua, 2);
        read_regex(lua, binding, made, 3);
        break;
    }
}

/* The compiled expression belongs to the condition once it is in the table; until then a Lua
 * error must not lose it: so the condition is made first and filled in place. Reading arguments
 * makes no further condition, so that the place does not move. */
static int make_condition(lua_State *lua)
{
    const struct binding *binding = lua_touserdata(lua, lua_upvalueindex(1));
    jd_bind_check_loading(lua, binding->name);
    int wanted = binding->shape == NOTHING ? 1 : binding->shape >= HEADER_WORDS ? 3 : 2;
    if (lua_gettop(lua) != wanted || lua_type(lua, 1) != LUA_TTABLE) {
        return luaL_error(lua, "write %s:%s, with a colon, and %d argument(s) in parentheses",
                binding->object, binding->name, wanted - 1);
    }
    uint32_t index;
    struct jd_condition *made = jd_release_new_condition(lua, &index);
    made->test = binding->test;
    made->object = binding->object;
    made->name = binding->name;
    made->is_late = binding->is_late;
    if (binding->shape == WORDS || binding->shape == REGEX) {
        made->region = (enum jd_region)binding->about;
    } else {
        made->people = (enum jd_people)binding->about;
    }
    read_arguments(lua, binding, made);
    jd_bind_push_condition(lua, index);
    return 1;
}

static int combine(lua_State *lua, jd_condition_test *test, const char *name)
{
    jd_bind_check_loading(lua, name);
    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TTABLE) {
        return luaL_error(lua, "write %s { condition, condition, ... }", name);
    }
    lua_Integer count = luaL_len(lua, 1);
    luaL_argcheck(lua, count <= JD_RELEASE_EVIDENCE_MAX, 1, "too many conditions (200)");
    uint32_t *ids = jd_release_alloc(lua, ((size_t)count + 1) * sizeof(*ids));
    bool is_late = false, has_where = false;
    for (lua_Integer i = 0; i < count; i++) {
        lua_geti(lua, 1, i + 1);
        ids[i] = jd_bind_check_condition(lua, -1);
        const struct jd_condition *child = &jd_release_of(lua)->conditions[ids[i]];
        is_late = is_late || child->is_late;
        has_where = has_where || child->has_where;
        lua_pop(lua, 1);
    }
    uint32_t index;
    struct jd_condition *made = jd_release_new_condition(lua, &index);
    made->test = test;
    made->name = name;
    made->ids = ids;
    made->ids_count = (uint32_t)count;
    made->is_late = is_late;
    made->has_where = has_where;
    jd_bind_push_condition(lua, index);
    return 1;
}

static int combine_all(lua_State *lua)
{
    return combine(lua, jd_condition_all, "all");
}

static int combine_any(lua_State *lua)
{
    return combine(lua, jd_condition_any, "any");
}

static int combine_none(lua_State *lua)
{
    return combine(lua, jd_condition_none, "none");
}

static int make_where(lua_State *lua)
{
    jd_bind_check_loading(lua, "where");
    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TFUNCTION) {
        return luaL_error(lua, "write where(function(mail) return ... end)");
    }
    uint32_t function = jd_release_keep_function(lua, 1);
    uint32_t index;
    struct jd_condition *made = jd_release_new_condition(lua, &index);
    made->test = jd_condition_where;
    made->name = "where";
    made->function = function;
    made->has_where = true;
    jd_bind_push_condition(lua, index);
    return 1;
}

// clang-format off: a table to be read
static const struct jd_sandbox_name names[] = {
    { "all", combine_all, "makes a condition" },
    { "any", combine_any, "makes a condition" },
    { "none", combine_none, "makes a condition" },
    { "where", make_where, "makes a condition of a function" },
    { 0 },
};
// clang-format on

void jd_bind_conditions(lua_State *lua)
{
    jd_sandbox_offer(lua, names);
    for (size_t i = 0; i < BINDINGS_COUNT; i++) {
        if (i == 0 || strcmp(bindings[i].object, bindings[i - 1].object) != 0) {
            lua_newtable(lua);
            lua_pushvalue(lua, -1);
            lua_setfield(lua, -3, bindings[i].object);
        } else {
            lua_getfield(lua, -1, bindings[i].object);
        }
        lua_pushlightuserdata(lua, (void *)&bindings[i]);
        lua_pushcclosure(lua, make_condition, 1);
        lua_setfield(lua, -2, bindings[i].name);
        lua_pop(lua, 1);
    }
}

/* The methods of the first object of a class. */
static void visit_methods(size_t object, jd_api_visit *visit, void *context)
{
    const size_t len = strcspn(objects[object].names, ",");
    for (size_t i = 0; i < BINDINGS_COUNT; i++) {
        const struct binding *one = &bindings[i];
        if (strlen(one->object) == len &&
                strncmp(one->object, objects[object].names, len) == 0) {
            const struct jd_api_entry entry = { JD_API_METHOD, objects[object].class_name,
                one->name, one->params, "Condition", one->text };
            visit(context, &entry);
        }
    }
}

void jd_api_conditions(jd_api_visit *visit, void *context)
{
    const char *section = "";
    jd_api_visit_table(values_api, visit, context);
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        if (strcmp(section, objects[i].section) != 0) {
            section = objects[i].section;
            visit(context, &(struct jd_api_entry){ JD_API_SECTION, .name = section });
        }
        const struct jd_api_entry entry = { JD_API_CLASS, objects[i].names,
            objects[i].class_name, NULL, NULL, objects[i].text };
        visit(context, &entry);
        visit_methods(i, visit, context);
    }
}

void jd_api_combinators(jd_api_visit *visit, void *context)
{
    jd_api_visit_table(combinators_api, visit, context);
}
