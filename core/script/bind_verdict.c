/* The bound objects verdict and budget, and what a route answers: keep and ask (classes
 * Verdict, Budget and Route of rules/jackdaw.d.lua). */
#include "base/span.h"
#include "script/api.h"
#include "script/bind_run.h"

#define VERDICT_NAME "verdict"
#define ROUTE_NAME   "route"
#define REASON_BYTES 200

static const struct jd_verdict *check_verdict(lua_State *lua)
{
    const struct jd_verdict *verdict = jd_bind_check_look(lua)->verdict;
    if (verdict == NULL) {
        // Does not return.
        (void)luaL_error(lua, "the verdict is not known yet");
    }
    return verdict;
}

/* verdict:fired(id): "rule/evidence" or "pack/rule/evidence" */
static int verdict_fired(lua_State *lua)
{
    const struct jd_verdict *verdict = check_verdict(lua);
    struct jd_span wanted;
    wanted.data = luaL_checklstring(lua, 2, &wanted.len);
    jd_sandbox_charge(lua, verdict->evidence_count);
    bool found = false;
    for (uint32_t i = 0; !found && i < verdict->evidence_count; i++) {
        struct jd_span id = verdict->evidence[i].id;
        found = jd_span_equal(id, wanted) ||
                (id.len > wanted.len && id.data[id.len - wanted.len - 1] == '/' &&
                        memchr(wanted.data, '/', wanted.len) && jd_span_ends(id, wanted));
    }
    lua_pushboolean(lua, found);
    return 1;
}

static int verdict_index(lua_State *lua)
{
    const struct jd_verdict *verdict = check_verdict(lua);
    const char *name = luaL_checkstring(lua, 2);
    if (strcmp(name, "category") == 0) {
        lua_pushlstring(lua, verdict->category.data, verdict->category.len);
    } else if (strcmp(name, "confidence") == 0) {
        lua_pushnumber(lua, verdict->confidence);
    } else if (strcmp(name, "priority") == 0) {
        lua_pushstring(lua, verdict->priority);
    } else if (strcmp(name, "needs_reply") == 0) {
        lua_pushboolean(lua, verdict->needs_reply);
    } else if (strcmp(name, "tasks_count") == 0) {
        lua_pushinteger(lua, verdict->tasks_count);
    } else if (strcmp(name, "drafts_count") == 0) {
        lua_pushinteger(lua, verdict->drafts_count);
    } else if (strcmp(name, "fired") == 0) {
        lua_pushcfunction(lua, verdict_fired);
    } else {
        return luaL_error(lua, "a verdict has no '%s'", name);
    }
    return 1;
}

static int make_route(lua_State *lua, bool ask, int index)
{
    struct jd_span reason;
    if (lua_type(lua, index) != LUA_TSTRING) {
        return luaL_error(lua, ask ? "ask: 'because' is a text" : "write keep \"the reason\"");
    }
    reason.data = lua_tolstring(lua, index, &reason.len);
    if (!jd_fold_is_utf8(reason)) {
        return luaL_error(lua, "the reason is not UTF-8");
    }
    reason = jd_bind_copy_output(lua, reason, REASON_BYTES);
    struct jd_route_value *self = lua_newuserdatauv(lua, sizeof(*self), 0);
    *self = (struct jd_route_value){ ask, reason, jd_release_of(lua)->generation };
    luaL_setmetatable(lua, ROUTE_NAME);
    return 1;
}

static int keep(lua_State *lua)
{
    // For its error alone: a route is taken for a mail.
    (void)jd_bind_check_look(lua);
    return make_route(lua, false, 1);
}

static int ask(lua_State *lua)
{
    // As above.
    (void)jd_bind_check_look(lua);
    luaL_checktype(lua, 1, LUA_TTABLE);
    if (lua_getfield(lua, 1, "purpose") != LUA_TSTRING) {
        return luaL_error(lua, "ask: 'purpose' is a text such as \"classify\"");
    }
    lua_getfield(lua, 1, "because");
    return make_route(lua, true, -1);
}

static const char verdict_key; // its address: the registry's key of the one object

void jd_bind_push_verdict(lua_State *lua)
{
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &verdict_key);
}

void jd_bind_push_budget(lua_State *lua)
{
    double spent = jd_bind_check_look(lua)->subject->budget_spent;
    double left = spent > 0 ? 1 - spent : 1;
    lua_createtable(lua, 0, 1);
    lua_pushnumber(lua, left > 0 ? left : 0);
    lua_setfield(lua, -2, "left");
}

const struct jd_route_value *jd_bind_test_route(lua_State *lua, int index)
{
    const struct jd_route_value *self = luaL_testudata(lua, index, ROUTE_NAME);
    return self && self->generation == jd_release_of(lua)->generation ? self : NULL;
}

// clang-format off: a table to be read
static const struct jd_sandbox_name names[] = {
    { "ask", ask, "makes an answer of a route" },
    { "keep", keep, "makes an answer of a route" },
    { 0 },
};
// clang-format on

void jd_bind_verdict(lua_State *lua)
{
    (void)lua_newuserdatauv(lua, 0, 0);
    (void)luaL_newmetatable(lua, VERDICT_NAME);
    lua_pushcfunction(lua, verdict_index);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &verdict_key);
    (void)luaL_newmetatable(lua, ROUTE_NAME);
    lua_pop(lua, 1);
    jd_sandbox_offer(lua, names);
}

/* For readers. */
// clang-format off: a table to be read
static const struct jd_api_entry verdict_api[] = {
    { JD_API_CLASS, NULL, "Route", NULL, NULL, "What a route answers." },
    { JD_API_FUNCTION, NULL, "keep", "reason: string", "Route", "The verdict stands." },
    { JD_API_FUNCTION, NULL, "ask",
            "question: { purpose: string, class?: string, because: string }", "Route",
            "The AI is asked." },
    { JD_API_CLASS, NULL, "Verdict", NULL, NULL, "What was decided, read-only." },
    { JD_API_FIELD, "Verdict", "category", NULL, "string", NULL },
    { JD_API_FIELD, "Verdict", "confidence", NULL, "number", "0..1" },
    { JD_API_FIELD, "Verdict", "priority", NULL, "string", NULL },
    { JD_API_FIELD, "Verdict", "needs_reply", NULL, "boolean", NULL },
    { JD_API_FIELD, "Verdict", "tasks_count", NULL, "integer", NULL },
    { JD_API_FIELD, "Verdict", "drafts_count", NULL, "integer", NULL },
    { JD_API_METHOD, "Verdict", "fired", "id: string", "boolean",
            "Whether evidence fired: \"rule/evidence\" or \"pack/rule/evidence\"." },
    { JD_API_CLASS, NULL, "Budget", NULL, NULL, NULL },
    { JD_API_FIELD, "Budget", "left", NULL, "number",
            "0..1, the part of the owner's AI budget that is left" },
    { 0 },
};
// clang-format on

void jd_api_verdict(jd_api_visit *visit, void *context)
{
    jd_api_visit_table(verdict_api, visit, context);
}
