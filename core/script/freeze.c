/* Frozen tables, and watches over captured variables. */
#include "script/freeze.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"

#define DEPTH_MAX 32

static const char frozen_key; // its address marks the metatable of a frozen table

static int refuse_write(lua_State *lua)
{
    if (lua_type(lua, 2) == LUA_TSTRING) {
        return luaL_error(lua,
                "'%s' cannot be set: write 'local %s', or change a table that the "
                "function made itself",
                lua_tostring(lua, 2), lua_tostring(lua, 2));
    }
    return luaL_error(
            lua, "a table that was made while the rules were loaded cannot be changed");
}

static int real_length(lua_State *lua)
{
    jd_freeze_push_real(lua, 1);
    lua_pushinteger(lua, (lua_Integer)lua_rawlen(lua, -1));
    return 1;
}

bool jd_freeze_is(lua_State *lua, int index)
{
    if (lua_type(lua, index) != LUA_TTABLE || !lua_getmetatable(lua, index)) {
        return false;
    }
    bool frozen = lua_rawgetp(lua, -1, &frozen_key) == LUA_TBOOLEAN;
    lua_pop(lua, 2);
    return frozen;
}

void jd_freeze_push_real(lua_State *lua, int index)
{
    if (!jd_freeze_is(lua, index)) {
        lua_pushvalue(lua, index);
        return;
    }
    // jd_freeze_is saw the metatable.
    (void)lua_getmetatable(lua, index);
    lua_pushliteral(lua, "__index");
    lua_rawget(lua, -2);
    lua_remove(lua, -2);
}

/* Stack of the walk: `seen` maps tables to their frozen selves and functions to true. */
static void freeze_value(lua_State *lua, int seen, int depth);

/* Pushes a new empty table in front of the real one at `real`. */
static void push_front(lua_State *lua, int real)
{
    lua_newtable(lua);
    lua_createtable(lua, 0, 4);
    lua_pushvalue(lua, real);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, refuse_write);
    lua_setfield(lua, -2, "__newindex");
    lua_pushcfunction(lua, real_length);
    lua_setfield(lua, -2, "__len");
    lua_pushboolean(lua, 1);
    lua_rawsetp(lua, -2, &frozen_key);
    lua_setmetatable(lua, -2);
}

/* Freezes the members of the real table at `real`. */
static void freeze_members(lua_State *lua, int real, int seen, int depth)
{
    lua_pushnil(lua);
    while (lua_next(lua, real)) {
        int key_type = lua_type(lua, -2);
        if (key_type != LUA_TSTRING && key_type != LUA_TNUMBER && key_type != LUA_TBOOLEAN) {
            luaL_error(
                    lua, "a table that is kept has a %s as a key", lua_typename(lua, key_type));
        }
        int value_type = lua_type(lua, -1);
        if (value_type == LUA_TTABLE || value_type == LUA_TFUNCTION) {
            freeze_value(lua, seen, depth + 1);
            lua_pushvalue(lua, -2);
            lua_insert(lua, -2);
            lua_rawset(lua, real); // an existing key: the walk may go on
        } else {
            lua_pop(lua, 1);
        }
    }
}

static void freeze_table(lua_State *lua, int seen, int depth)
{
    int table = lua_gettop(lua);
    lua_pushvalue(lua, table);
    if (lua_rawget(lua, seen) != LUA_TNIL) {
        lua_replace(lua, table);
        return;
    }
    lua_pop(lua, 1);
    jd_freeze_push_real(lua, table);
    if (jd_freeze_is(lua, table)) {
        // Once frozen, but what its functions have captured may have been set since.
        lua_pushvalue(lua, table);
    } else {
        push_front(lua, table);
    }
    lua_pushvalue(lua, table);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, seen); // before its members: they may lead back here
    freeze_members(lua, table + 1, seen, depth);
    lua_replace(lua, table);
    lua_settop(lua, table);
}

/* What C functions capture is constant when it is an address of the host's, and may change
 * when it is a Lua value: the place of an iterator. */
static void check_constant(lua_State *lua)
{
    for (int i = 1; lua_getupvalue(lua, -1, i); i++) {
        if (lua_type(lua, -1) != LUA_TLIGHTUSERDATA) {
            luaL_error(lua, "an iterator, or half a rule, cannot be kept beyond loading");
        }
        lua_pop(lua, 1);
    }
}

static void freeze_function(lua_State *lua, int seen, int depth)
{
    lua_pushvalue(lua, -1);
    bool known = lua_rawget(lua, seen) != LUA_TNIL;
    lua_pop(lua, 1);
    if (known) {
        return;
    }
    if (lua_iscfunction(lua, -1)) {
        check_constant(lua);
        return;
    }
    lua_pushvalue(lua, -1);
    lua_pushboolean(lua, 1);
    lua_rawset(lua, seen);
    int function = lua_gettop(lua);
    for (int i = 1; lua_getupvalue(lua, function, i); i++) {
        int type = lua_type(lua, -1);
        if (type == LUA_TTABLE || type == LUA_TFUNCTION) {
            freeze_value(lua, seen, depth + 1);
            // It exists: lua_getupvalue gave it.
            (void)lua_setupvalue(lua, function, i);
        } else {
            lua_pop(lua, 1);
        }
    }
}

/* Replaces the table or function on the top. */
static void freeze_value(lua_State *lua, int seen, int depth)
{
    if (depth > DEPTH_MAX) {
        luaL_error(lua, "values that are kept nest more than %d deep", DEPTH_MAX);
    }
    luaL_checkstack(lua, 12, "too deep");
    if (lua_type(lua, -1) == LUA_TTABLE) {
        freeze_table(lua, seen, depth);
    } else {
        freeze_function(lua, seen, depth);
    }
}

void jd_freeze(lua_State *lua)
{
    int type = lua_type(lua, -1);
    if (type == LUA_TTHREAD) {
        luaL_error(lua, "a coroutine cannot be kept");
    }
    if (type != LUA_TTABLE && type != LUA_TFUNCTION) {
        return;
    }
    lua_newtable(lua);
    lua_insert(lua, -2);
    freeze_value(lua, lua_gettop(lua) - 1, 0);
    lua_remove(lua, -2);
}

/* Watching. */

static void add_slot(lua_State *lua, struct jd_watch *watch, int function, int index)
{
    watch->slots = jd_xrealloc(watch->slots, (watch->slots_count + 1) * sizeof(*watch->slots));
    lua_pushvalue(lua, function);
    int reference = luaL_ref(lua, LUA_REGISTRYINDEX);
    watch->slots[watch->slots_count++] =
            (struct jd_watch_slot){ .function = reference, .index = index };
}

static void watch_value(lua_State *lua, int seen, int values, struct jd_watch *watch);

static void watch_function(lua_State *lua, int seen, int values, struct jd_watch *watch)
{
    int function = lua_gettop(lua);
    for (int i = 1; lua_getupvalue(lua, function, i); i++) {
        // Two functions may share one variable: once is enough.
        void *cell = lua_upvalueid(lua, function, i);
        if (lua_rawgetp(lua, seen, cell) != LUA_TNIL) {
            lua_pop(lua, 2);
            continue;
        }
        lua_pop(lua, 1);
        lua_pushboolean(lua, 1);
        lua_rawsetp(lua, seen, cell);
        add_slot(lua, watch, function, i);
        lua_pushvalue(lua, -1);
        lua_rawseti(lua, values, watch->slots_count);
        watch_value(lua, seen, values, watch);
        lua_pop(lua, 1);
    }
}

static void watch_table(lua_State *lua, int seen, int values, struct jd_watch *watch)
{
    jd_freeze_push_real(lua, -1);
    int real = lua_gettop(lua);
    lua_pushnil(lua);
    while (lua_next(lua, real)) {
        watch_value(lua, seen, values, watch);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

/* Walks what can be reached from the value on the top, which stays there. Frozen values nest
 * at most DEPTH_MAX deep within each freeze. */
static void watch_value(lua_State *lua, int seen, int values, struct jd_watch *watch)
{
    int type = lua_type(lua, -1);
    if ((type != LUA_TTABLE && type != LUA_TFUNCTION) || lua_iscfunction(lua, -1)) {
        return;
    }
    luaL_checkstack(lua, 12, "too deep");
    const void *self = lua_topointer(lua, -1);
    bool known = lua_rawgetp(lua, seen, self) != LUA_TNIL;
    lua_pop(lua, 1);
    if (known) {
        return;
    }
    lua_pushboolean(lua, 1);
    lua_rawsetp(lua, seen, self);
    if (type == LUA_TTABLE) {
        watch_table(lua, seen, values, watch);
    } else {
        watch_function(lua, seen, values, watch);
    }
}

void jd_watch_init(lua_State *lua, int index, struct jd_watch *out_watch)
{
    index = lua_absindex(lua, index);
    *out_watch = (struct jd_watch){ .values = LUA_NOREF };
    lua_newtable(lua);
    lua_newtable(lua);
    int seen = lua_gettop(lua) - 1, values = lua_gettop(lua);
    lua_pushvalue(lua, index);
    watch_value(lua, seen, values, out_watch);
    lua_pop(lua, 1);
    out_watch->values = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_pop(lua, 1);
}

void jd_watch_finish(struct jd_watch *watch)
{
    free(watch->slots);
    *watch = (struct jd_watch){ .values = LUA_NOREF };
}

/* Whether the two values on the top are one; not-a-number is one with itself here. */
static bool is_same(lua_State *lua)
{
    if (lua_rawequal(lua, -1, -2)) {
        return lua_type(lua, -1) != LUA_TNUMBER ||
               lua_isinteger(lua, -1) == lua_isinteger(lua, -2);
    }
    return lua_type(lua, -1) == LUA_TNUMBER && lua_type(lua, -2) == LUA_TNUMBER &&
           isnan(lua_tonumber(lua, -1)) && isnan(lua_tonumber(lua, -2));
}

bool jd_watch_restore(lua_State *lua, const struct jd_watch *watch, char out_name[64])
{
    bool unchanged = true;
    if (watch->slots_count == 0) {
        return true;
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, watch->values);
    for (uint32_t i = 0; i < watch->slots_count; i++) {
        const struct jd_watch_slot *slot = &watch->slots[i];
        lua_rawgeti(lua, LUA_REGISTRYINDEX, slot->function);
        const char *name = lua_getupvalue(lua, -1, slot->index);
        lua_rawgeti(lua, -3, i + 1);
        if (!is_same(lua)) {
            if (unchanged) {
                snprintf(out_name, 64, "%s", name ? name : "?");
            }
            unchanged = false;
            // It exists: lua_getupvalue gave it.
            (void)lua_setupvalue(lua, -3, slot->index);
            lua_pop(lua, 2);
        } else {
            lua_pop(lua, 3);
        }
    }
    lua_pop(lua, 1);
    return unchanged;
}
