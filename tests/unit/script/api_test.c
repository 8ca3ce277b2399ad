/* The rules API as data and the environment of rules have the same names. */
#include "script/api.h"

#include "jd_test.h"
#include "script/release.h"
#include "unit/script/kit.h"

/* What every Lua reader knows; the sandbox's own reasons stand beside their binding. */
static const char *const language[] = { "assert", "error", "ipairs", "math", "pairs", "pcall",
    "rawequal", "select", "string", "table", "tonumber", "tostring", "type", "utf8", "xpcall" };

struct search {
    struct jd_span object, name; // object empty: a global name
    const char *class;           // of the object
    bool found;
};

static bool is_object(const char *objects, struct jd_span name)
{
    struct jd_span rest = jd_span_of(objects), one;
    while (jd_span_split(&rest, ',', &one)) {
        if (jd_span_equal(jd_span_trim(one), name)) {
            return true;
        }
    }
    return false;
}

static void visit(void *context, const struct jd_api_entry *entry)
{
    struct search *search = context;
    if (entry->kind == JD_API_CLASS && entry->owner) {
        if (is_object(entry->owner, search->object)) {
            search->class = entry->name;
        }
        search->found = search->found ||
                        (search->object.len == 0 && is_object(entry->owner, search->name));
    } else if (entry->kind == JD_API_METHOD && search->class) {
        search->found =
                search->found || (strcmp(entry->owner, search->class) == 0 &&
                                         jd_span_equal(jd_span_of(entry->name), search->name));
    } else if (entry->kind == JD_API_FUNCTION && search->object.len == 0) {
        search->found = search->found || jd_span_equal(jd_span_of(entry->name), search->name);
    }
}

static bool is_documented(const char *object, const char *name)
{
    struct search search = { .object = jd_span_of(object), .name = jd_span_of(name) };
    for (size_t i = 0; object[0] == '\0' && i < sizeof(language) / sizeof(language[0]); i++) {
        if (strcmp(language[i], name) == 0) {
            return true;
        }
    }
    jd_api_each(visit, &search);
    return search.found;
}

static bool is_of_the_language(const char *name)
{
    for (size_t i = 0; i < sizeof(language) / sizeof(language[0]); i++) {
        if (strcmp(language[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* The members of the object on the top. */
static void check_members(lua_State *lua, const char *object)
{
    int top = lua_gettop(lua);
    jd_freeze_push_real(lua, -1);
    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        if (!is_documented(object, lua_tostring(lua, -2))) {
            FAIL("%s:%s is bound and not documented", object, lua_tostring(lua, -2));
        }
        lua_pop(lua, 1);
    }
    lua_settop(lua, top);
}

TEST(what_is_bound_is_documented)
{
    struct kit kit = kit_rules("");
    CHECK_OK(kit.status, kit.error);
    lua_State *lua = kit.release->box->lua;
    jd_sandbox_push_environment(lua);
    jd_freeze_push_real(lua, -1);
    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        const char *name = lua_tostring(lua, -2);
        if (!is_documented("", name)) {
            FAIL("%s is bound and not documented", name);
        }
        if (lua_type(lua, -1) == LUA_TTABLE && !is_of_the_language(name)) {
            check_members(lua, name);
        }
        lua_pop(lua, 1);
    }
    lua_settop(lua, 0);
    kit_close(&kit);
}

/* Writes a rule file that uses what is documented of global names. */
struct listing {
    struct jd_buf rules;
    const char *class, *objects;
    bool in_tests;
};

static void visit_use(void *context, const struct jd_api_entry *entry)
{
    struct listing *listing = context;
    if (entry->kind == JD_API_SECTION) {
        listing->in_tests = strncmp(entry->name, "Tests", 5) == 0; // other names, elsewhere
    } else if (entry->kind == JD_API_CLASS) {
        listing->class = entry->name;
        listing->objects = entry->owner;
    } else if (entry->kind == JD_API_METHOD && listing->objects &&
               strcmp(entry->owner, listing->class) == 0) {
        struct jd_span rest = jd_span_of(listing->objects), one;
        while (jd_span_split(&rest, ',', &one)) {
            one = jd_span_trim(one);
            jd_buf_format(&listing->rules,
                    "assert(" JD_SPAN_FMT "."
                    "%s, '%s')\n",
                    JD_SPAN_ARG(one), entry->name, entry->name);
        }
    } else if (entry->kind == JD_API_FUNCTION && !listing->in_tests) {
        jd_buf_format(&listing->rules, "assert(%s)\n", entry->name);
    }
}

TEST(what_is_documented_is_bound)
{
    struct listing listing = { .rules = jd_buf_init(1u << 20) };
    jd_api_each(visit_use, &listing);
    jd_buf_char(&listing.rules, '\0');
    struct kit kit = kit_rules(listing.rules.data);
    CHECK_OK(kit.status, kit.error);
    CHECK_INT(kit.report.problems_count, 0);
    if (kit.report.problems_count) {
        FAIL("%s", kit.report.problems[0].text.data);
    }
    CHECK(listing.rules.len > 1000);
    kit_close(&kit);
    jd_buf_finish(&listing.rules);
}

int main(void)
{
    RUN(what_is_bound_is_documented);
    RUN(what_is_documented_is_bound);
    return REPORT();
}
