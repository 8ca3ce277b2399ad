/* test, given, expect, at_least, at_most: the words of *.test.lua files, in a state of their
 * own. */
#include <stdlib.h>

#include "base/span.h"
#include "script/api.h"
#include "script/case.h"
#include "script/sandbox.h"

#define BOUND_NAME "bound"
#define CASES_MAX  2000

static const char given_key, expect_key; // their addresses mark the two tables of a case

struct bound {
    enum jd_case_bound kind;
    double value;
};

static struct jd_case_list *list_of(lua_State *lua)
{
    return jd_sandbox_of(lua)->owner;
}

static void *allocate(lua_State *lua, size_t bytes)
{
    void *memory = jd_arena_zalloc(list_of(lua)->arena, 1, bytes);
    if (memory == NULL) {
        // Does not return.
        (void)luaL_error(lua, "the cases take too much memory");
    }
    return memory;
}

static struct jd_span copy_text(lua_State *lua, int index, const char *what)
{
    if (lua_type(lua, index) != LUA_TSTRING) {
        luaL_error(lua, "%s is a text", what);
    }
    size_t len;
    const char *text = lua_tolstring(lua, index, &len);
    char *copy = allocate(lua, len + 1);
    memcpy(copy, text, len);
    return jd_span_new(copy, len);
}

static struct jd_span text_field(lua_State *lua, int table, const char *name)
{
    struct jd_span text = { NULL, 0 };
    if (lua_getfield(lua, table, name) != LUA_TNIL) {
        text = copy_text(lua, -1, name);
    }
    lua_pop(lua, 1);
    return text;
}

/* The length of the list at `index`. */
static uint32_t list_length(lua_State *lua, int index, const char *name)
{
    if (lua_type(lua, index) != LUA_TTABLE || luaL_len(lua, index) > JD_CASE_ITEMS_MAX) {
        luaL_error(lua, "%s is a list of at most %d", name, JD_CASE_ITEMS_MAX);
    }
    return (uint32_t)luaL_len(lua, index);
}

static struct jd_case_texts texts_field(lua_State *lua, int table, const char *name)
{
    struct jd_case_texts texts = { 0 };
    int type = lua_getfield(lua, table, name);
    if (type == LUA_TSTRING) {
        texts.items = allocate(lua, sizeof(*texts.items));
        texts.items[texts.count++] = copy_text(lua, -1, name);
    } else if (type != LUA_TNIL) {
        uint32_t count = list_length(lua, -1, name);
        texts.items = allocate(lua, (count + 1) * sizeof(*texts.items));
        for (; texts.count < count; texts.count++) {
            lua_geti(lua, -1, texts.count + 1);
            texts.items[texts.count] = copy_text(lua, -1, name);
            lua_pop(lua, 1);
        }
    }
    lua_pop(lua, 1);
    return texts;
}

static void check_fields(lua_State *lua, int table, const char *what, const char *known)
{
    lua_pushnil(lua);
    while (lua_next(lua, table)) {
        lua_pop(lua, 1);
        struct jd_span rest = jd_span_of(known), name;
        struct jd_span key = JD_SPAN("?");
        bool good = lua_type(lua, -1) == LUA_TLIGHTUSERDATA;
        if (lua_type(lua, -1) == LUA_TSTRING) {
            key.data = lua_tolstring(lua, -1, &key.len);
        }
        while (!good && jd_span_split(&rest, ' ', &name)) {
            good = jd_span_equal(name, key);
        }
        if (!good) {
            luaL_error(lua, "%s has no field '%s' (%s)", what, key.data, known);
        }
    }
}

/* The header fields, in the order of their names. */
static void read_headers(lua_State *lua, int table, struct jd_case_given *out)
{
    if (lua_getfield(lua, table, "headers") == LUA_TTABLE) {
        out->headers = allocate(lua, JD_CASE_ITEMS_MAX * sizeof(*out->headers));
        int headers = lua_gettop(lua);
        lua_pushnil(lua);
        while (lua_next(lua, headers) && out->headers_count < JD_CASE_ITEMS_MAX) {
            lua_pushvalue(lua, -2);
            struct jd_case_header header = { .name = copy_text(lua, -1, "a header's name"),
                .value = copy_text(lua, -2, "a header's value") };
            lua_pop(lua, 2);
            uint32_t at = out->headers_count++;
            for (; at > 0 && jd_span_compare(header.name, out->headers[at - 1].name) < 0;
                    at--) {
                out->headers[at] = out->headers[at - 1];
            }
            out->headers[at] = header;
        }
    }
    lua_settop(lua, table);
}

static void read_attachments(lua_State *lua, int table, struct jd_case_given *out)
{
    if (lua_getfield(lua, table, "attachments") != LUA_TNIL) {
        uint32_t count = list_length(lua, -1, "attachments");
        out->attachments = allocate(lua, (count + 1) * sizeof(*out->attachments));
        for (; out->attachments_count < count; out->attachments_count++) {
            lua_geti(lua, -1, out->attachments_count + 1);
            luaL_checktype(lua, -1, LUA_TTABLE);
            int item = lua_gettop(lua);
            check_fields(lua, item, "an attachment", "name type text");
            out->attachments[out->attachments_count] =
                    (struct jd_case_attachment){ .name = text_field(lua, item, "name"),
                        .type = text_field(lua, item, "type"),
                        .text = text_field(lua, item, "text") };
            lua_pop(lua, 1);
        }
    }
    lua_pop(lua, 1);
}

static uint32_t read_facts(lua_State *lua, int table)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } known[] = { { "from_me", JD_FACT_FROM_ME },
        { "wrote_to_sender", JD_FACT_WROTE_TO_SENDER },
        { "thread_has_mine", JD_FACT_THREAD_HAS_MINE } };
    struct jd_case_texts names = texts_field(lua, table, "facts");
    uint32_t facts = 0;
    for (uint32_t i = 0; i < names.count; i++) {
        uint32_t bit = 0;
        for (size_t k = 0; k < sizeof(known) / sizeof(*known); k++) {
            if (jd_span_equal(names.items[i], jd_span_of(known[k].name))) {
                bit = known[k].bit;
            }
        }
        if (bit == 0) {
            luaL_error(lua, "there is no fact '%s' (from_me, wrote_to_sender, thread_has_mine)",
                    names.items[i].data);
        }
        facts |= bit;
    }
    return facts;
}

static void read_given(lua_State *lua, int table, struct jd_case_given *out)
{
    check_fields(lua, table, "given",
            "date zone me from to cc subject text html headers attachments calendar facts raw");
    out->date = text_field(lua, table, "date");
    out->zone = text_field(lua, table, "zone");
    out->me = text_field(lua, table, "me");
    out->from = text_field(lua, table, "from");
    out->subject = text_field(lua, table, "subject");
    out->text = text_field(lua, table, "text");
    out->html = text_field(lua, table, "html");
    out->calendar = text_field(lua, table, "calendar");
    out->raw = text_field(lua, table, "raw");
    out->to = texts_field(lua, table, "to");
    out->cc = texts_field(lua, table, "cc");
    read_headers(lua, table, out);
    read_attachments(lua, table, out);
    out->facts = read_facts(lua, table);
}

static void read_confidence(lua_State *lua, int table, struct jd_case_expect *out)
{
    int type = lua_getfield(lua, table, "confidence");
    if (type == LUA_TNUMBER) {
        out->confidence_bound = JD_BOUND_EQUAL;
        out->confidence = lua_tonumber(lua, -1);
    } else if (type != LUA_TNIL) {
        const struct bound *bound = luaL_testudata(lua, -1, BOUND_NAME);
        if (bound == NULL) {
            luaL_error(lua, "confidence is a number, at_least(number) or at_most(number)");
        }
        out->confidence_bound = bound->kind;
        out->confidence = bound->value;
    }
    lua_pop(lua, 1);
}

static void read_tasks(lua_State *lua, int table, struct jd_case_expect *out)
{
    if (lua_getfield(lua, table, "tasks") != LUA_TNIL) {
        uint32_t count = list_length(lua, -1, "tasks");
        out->has_tasks = true;
        out->tasks = allocate(lua, (count + 1) * sizeof(*out->tasks));
        for (; out->tasks_listed < count; out->tasks_listed++) {
            lua_geti(lua, -1, out->tasks_listed + 1);
            luaL_checktype(lua, -1, LUA_TTABLE);
            int item = lua_gettop(lua);
            check_fields(lua, item, "a task", "due quote title");
            out->tasks[out->tasks_listed] =
                    (struct jd_case_task){ .due = text_field(lua, item, "due"),
                        .quote = text_field(lua, item, "quote"),
                        .title = text_field(lua, item, "title") };
            lua_pop(lua, 1);
        }
    }
    lua_pop(lua, 1);
}

static void read_expect(lua_State *lua, int table, struct jd_case_expect *out)
{
    check_fields(lua, table, "expect",
            "category confidence priority needs_reply is_task fired not_fired tasks tasks_count "
            "drafts route");
    out->category = text_field(lua, table, "category");
    out->priority = text_field(lua, table, "priority");
    out->route = text_field(lua, table, "route");
    read_confidence(lua, table, out);
    out->needs_reply =
            lua_getfield(lua, table, "needs_reply") == LUA_TNIL ? -1 : lua_toboolean(lua, -1);
    out->is_task =
            lua_getfield(lua, table, "is_task") == LUA_TNIL ? -1 : lua_toboolean(lua, -1);
    out->tasks_count = lua_getfield(lua, table, "tasks_count") == LUA_TNIL
                               ? -1
                               : luaL_checkinteger(lua, -1);
    out->has_drafts = lua_getfield(lua, table, "drafts") != LUA_TNIL;
    lua_pop(lua, 4);
    out->fired = texts_field(lua, table, "fired");
    out->not_fired = texts_field(lua, table, "not_fired");
    out->drafts = texts_field(lua, table, "drafts");
    read_tasks(lua, table, out);
}

static bool is_marked(lua_State *lua, int table, const void *key)
{
    bool marked =
            lua_type(lua, table) == LUA_TTABLE && lua_rawgetp(lua, table, key) == LUA_TBOOLEAN;
    if (lua_type(lua, table) == LUA_TTABLE) {
        lua_pop(lua, 1);
    }
    return marked;
}

static int current_line(lua_State *lua)
{
    lua_Debug at;
    for (int level = 1; lua_getstack(lua, level, &at); level++) {
        if (lua_getinfo(lua, "l", &at) && at.currentline > 0) {
            return at.currentline;
        }
    }
    return 0;
}

/* The second half of `test "name" { given {...}, expect {...} }`. */
static int add_case(lua_State *lua)
{
    struct jd_case_list *list = list_of(lua);
    struct jd_case made = { .line = current_line(lua) };
    bool has_given = false, has_expect = false;
    luaL_checktype(lua, 1, LUA_TTABLE);
    made.name = copy_text(lua, lua_upvalueindex(1), "the name of a test");
    for (lua_Integer i = 1; i <= 2; i++) {
        lua_geti(lua, 1, i);
        int table = lua_gettop(lua);
        if (is_marked(lua, table, &given_key)) {
            read_given(lua, table, &made.given);
            has_given = true;
        } else if (is_marked(lua, table, &expect_key)) {
            read_expect(lua, table, &made.expect);
            has_expect = true;
        }
        lua_settop(lua, 1);
    }
    if (!has_given || !has_expect || luaL_len(lua, 1) != 2) {
        return luaL_error(lua, "write test \"name\" { given { ... }, expect { ... } }");
    }
    if (list->count == CASES_MAX) {
        return luaL_error(lua, "a release has at most %d tests", CASES_MAX);
    }
    if (list->count == list->capacity) {
        list->capacity = list->capacity * 2 + 32;
        list->cases = jd_xrealloc(list->cases, list->capacity * sizeof(*list->cases));
    }
    list->cases[list->count++] = made;
    return 0;
}

static int test(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TSTRING);
    lua_settop(lua, 1);
    lua_pushcclosure(lua, add_case, 1);
    return 1;
}

static int mark(lua_State *lua, const void *key)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    lua_pushboolean(lua, 1);
    lua_rawsetp(lua, 1, key);
    return 1;
}

static int given(lua_State *lua)
{
    return mark(lua, &given_key);
}

static int expect(lua_State *lua)
{
    return mark(lua, &expect_key);
}

static int push_bound(lua_State *lua, enum jd_case_bound kind)
{
    double value = luaL_checknumber(lua, 1);
    struct bound *self = lua_newuserdatauv(lua, sizeof(*self), 0);
    *self = (struct bound){ kind, value };
    // Made once; without __index there is nothing to reach.
    (void)luaL_newmetatable(lua, BOUND_NAME);
    lua_setmetatable(lua, -2);
    return 1;
}

static int at_least(lua_State *lua)
{
    return push_bound(lua, JD_BOUND_LEAST);
}

static int at_most(lua_State *lua)
{
    return push_bound(lua, JD_BOUND_MOST);
}

// clang-format off: a table to be read
static const struct jd_sandbox_name names[] = {
    { "at_least", at_least, "makes a bound" },
    { "at_most", at_most, "makes a bound" },
    { "expect", expect, "part of a test" },
    { "given", given, "part of a test" },
    { "test", test, "makes a test" },
    { 0 },
};
// clang-format on

static int offer_names(lua_State *lua)
{
    struct jd_sandbox *box = jd_sandbox_of(lua);
    jd_sandbox_begin(box);
    jd_sandbox_offer(lua, names);
    jd_sandbox_seal(box);
    return 0;
}

enum jd_status jd_case_read(struct jd_case_list *list,
        struct jd_span path,
        struct jd_span content,
        int *out_line,
        struct jd_error *error)
{
    struct jd_sandbox *box = jd_sandbox_create(list);
    struct jd_sandbox_failure failure = { 0 };
    uint32_t first = list->count;
    int64_t budget = 5000000;
    lua_pushcfunction(box->lua, offer_names);
    bool good = jd_sandbox_call(box, 0, 0, &budget, &failure) &&
                jd_sandbox_load(box, path.data, content, &failure) &&
                jd_sandbox_call(box, 0, 0, &budget, &failure);
    for (uint32_t i = first; i < list->count; i++) {
        list->cases[i].path = path;
    }
    jd_sandbox_destroy(&box);
    if (!good) {
        *out_line = failure.line;
        return jd_error_set(error, JD_BAD_INPUT, "%s", failure.text);
    }
    return JD_OK;
}

/* For readers. */
// clang-format off: a table to be read
static const struct jd_api_entry cases_api[] = {
    { JD_API_SECTION, NULL, "Tests (in *.test.lua only)", NULL, NULL, NULL },
    { JD_API_CLASS, NULL, "Given", NULL, NULL, "The mail of a test." },
    { JD_API_FIELD, "Given", "date", "?", "string",
            "RFC 3339, default \"2025-03-03T09:00:00Z\"; its offset is the owner's zone" },
    { JD_API_FIELD, "Given", "zone", "?", "string",
            "a POSIX zone instead: \"CET-1CEST,M3.5.0,M10.5.0/3\"" },
    { JD_API_FIELD, "Given", "me", "?", "string",
            "the owner's address, default \"me@example.org\"" },
    { JD_API_FIELD, "Given", "from", "?", "string",
            "\"Acme <orders@acme.example>\", default \"someone@example.com\"" },
    { JD_API_FIELD, "Given", "to", "?", "Words", "default: me" },
    { JD_API_FIELD, "Given", "cc", "?", "Words", NULL },
    { JD_API_FIELD, "Given", "subject", "?", "string", NULL },
    { JD_API_FIELD, "Given", "text", "?", "string", NULL },
    { JD_API_FIELD, "Given", "html", "?", "string", NULL },
    { JD_API_FIELD, "Given", "headers", "?", "table<string, string>", NULL },
    { JD_API_FIELD, "Given", "attachments", "?",
            "{ name: string, type: string, text?: string }[]", NULL },
    { JD_API_FIELD, "Given", "calendar", "?", "string",
            "a text/calendar part with this method: \"REQUEST\"" },
    { JD_API_FIELD, "Given", "facts", "?",
            "(\"from_me\"|\"wrote_to_sender\"|\"thread_has_mine\")[]", NULL },
    { JD_API_FIELD, "Given", "raw", "?", "string",
            "the whole mail instead of the fields above (date, zone, me, facts still count)" },
    { JD_API_CLASS, NULL, "Expect", NULL, NULL,
            "What must come of it; what is not named may be anything." },
    { JD_API_FIELD, "Expect", "category", "?", "string", NULL },
    { JD_API_FIELD, "Expect", "confidence", "?", "number|Bound", NULL },
    { JD_API_FIELD, "Expect", "priority", "?", "string", NULL },
    { JD_API_FIELD, "Expect", "needs_reply", "?", "boolean", NULL },
    { JD_API_FIELD, "Expect", "is_task", "?", "boolean",
            "something in it asks, proposes or promises" },
    { JD_API_FIELD, "Expect", "fired", "?", "string[]",
            "\"rule/evidence\"; more may have fired" },
    { JD_API_FIELD, "Expect", "not_fired", "?", "string[]", NULL },
    { JD_API_FIELD, "Expect", "tasks", "?",
            "{ due?: string, quote?: string, title?: string }[]",
            "each matches one task; none is left" },
    { JD_API_FIELD, "Expect", "tasks_count", "?", "integer", NULL },
    { JD_API_FIELD, "Expect", "drafts", "?", "string[]", "kinds; exactly these" },
    { JD_API_FIELD, "Expect", "route", "?", "\"keep\"|\"ask\"", NULL },
    { JD_API_CLASS, NULL, "Bound", NULL, NULL, NULL },
    { JD_API_FUNCTION, NULL, "at_least", "confidence: number", "Bound", "That much or more." },
    { JD_API_FUNCTION, NULL, "at_most", "confidence: number", "Bound", "That much or less." },
    { JD_API_FUNCTION, NULL, "given", "given: Given", NULL, "The mail of a test." },
    { JD_API_FUNCTION, NULL, "expect", "expect: Expect", NULL,
            "What the rules must say of it." },
    { JD_API_FUNCTION, NULL, "test", "name: string", "fun(case: table)",
            "`test \"an order is a receipt\" { given { ... }, expect { ... } }`; a failing rule fails the test." },
    { 0 },
};
// clang-format on

void jd_api_cases(jd_api_visit *visit, void *context)
{
    jd_api_visit_table(cases_api, visit, context);
}
