/* The table library that rules are offered: real lengths, charged by length, frozen tables are
 * read and never written. */
#include "script/freeze.h"
#include "script/sandbox.h"

#define UNPACK_MAX 250

/* The table at index 1, to be changed: not a frozen one. */
static lua_Integer check_own(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    if (jd_freeze_is(lua, 1)) {
        luaL_error(
                lua, "this table was made while the rules were loaded: it cannot be changed");
    }
    return (lua_Integer)lua_rawlen(lua, 1);
}

static int table_concat(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    size_t between_len;
    const char *between = luaL_optlstring(lua, 2, "", &between_len);
    lua_Integer from = luaL_optinteger(lua, 3, 1);
    lua_Integer to = luaL_opt(lua, luaL_checkinteger, 4, luaL_len(lua, 1));
    luaL_Buffer buffer;
    luaL_buffinit(lua, &buffer);
    for (lua_Integer i = from; i <= to; i++) {
        lua_geti(lua, 1, i);
        if (!lua_isstring(lua, -1)) {
            return luaL_error(lua, "invalid value (%s) at index %I in table for 'concat'",
                    luaL_typename(lua, -1), (LUAI_UACINT)i);
        }
        jd_sandbox_charge_bytes(lua, lua_rawlen(lua, -1) + between_len);
        luaL_addvalue(&buffer);
        if (i == to) {
            break; // i + 1 might not be a number any more
        }
        luaL_addlstring(&buffer, between, between_len);
    }
    luaL_pushresult(&buffer);
    return 1;
}

static int table_insert(lua_State *lua)
{
    lua_Integer count = check_own(lua);
    lua_Integer at = count + 1;
    switch (lua_gettop(lua)) {
    case 2:
        break;
    case 3:
        at = luaL_checkinteger(lua, 2);
        luaL_argcheck(lua, at >= 1 && at <= count + 1, 2, "position out of bounds");
        jd_sandbox_charge(lua, (count - at) / 4 + 1);
        for (lua_Integer i = count; i >= at; i--) {
            lua_rawgeti(lua, 1, i);
            lua_rawseti(lua, 1, i + 1);
        }
        break;
    default:
        return luaL_error(lua, "wrong number of arguments to 'insert'");
    }
    lua_rawseti(lua, 1, at);
    return 0;
}

static int table_remove(lua_State *lua)
{
    lua_Integer count = check_own(lua);
    lua_Integer at = luaL_optinteger(lua, 2, count);
    if (count == 0 && (at == 0 || lua_isnoneornil(lua, 2))) {
        lua_pushnil(lua);
        return 1;
    }
    luaL_argcheck(lua, at >= 1 && at <= count + 1, 2, "position out of bounds");
    lua_rawgeti(lua, 1, at);
    jd_sandbox_charge(lua, (count - at) / 4 + 1);
    for (; at < count; at++) {
        lua_rawgeti(lua, 1, at + 1);
        lua_rawseti(lua, 1, at);
    }
    if (at == count) {
        lua_pushnil(lua);
        lua_rawseti(lua, 1, at);
    }
    return 1;
}

static int table_pack(lua_State *lua)
{
    int count = lua_gettop(lua);
    lua_createtable(lua, count, 1);
    lua_insert(lua, 1);
    for (int i = count; i >= 1; i--) {
        lua_rawseti(lua, 1, i);
    }
    lua_pushinteger(lua, count);
    lua_setfield(lua, 1, "n");
    return 1;
}

static int table_unpack(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_Integer from = luaL_optinteger(lua, 2, 1);
    lua_Integer to = luaL_opt(lua, luaL_checkinteger, 3, luaL_len(lua, 1));
    if (from > to) {
        return 0;
    }
    lua_Unsigned count = (lua_Unsigned)to - (lua_Unsigned)from;
    luaL_argcheck(lua, count < UNPACK_MAX, 3, "too many values to unpack (250)");
    luaL_checkstack(lua, (int)count + 1, NULL);
    jd_sandbox_charge(lua, (int64_t)count);
    for (lua_Unsigned i = 0; i <= count; i++) {
        lua_geti(lua, 1, (lua_Integer)((lua_Unsigned)from + i));
    }
    return (int)count + 1;
}

/* Whether value a (stack) comes before b: by the function at 2 if there is one. */
static bool comes_before(lua_State *lua, int a, int b)
{
    if (lua_isnil(lua, 2)) {
        int type = lua_type(lua, a);
        if (type != lua_type(lua, b) || (type != LUA_TNUMBER && type != LUA_TSTRING)) {
            luaL_error(lua, "sort: cannot compare a %s with a %s", luaL_typename(lua, a),
                    luaL_typename(lua, b));
        }
        return lua_compare(lua, a, b, LUA_OPLT);
    }
    a = lua_absindex(lua, a);
    b = lua_absindex(lua, b);
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, a);
    lua_pushvalue(lua, b);
    lua_call(lua, 2, 1);
    bool before = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    return before;
}

/* Merges [low, middle) and [middle, high) of table `from` into table `to`; equal values keep
 * their order. */
static void
merge(lua_State *lua, int from, int to, lua_Integer low, lua_Integer middle, lua_Integer high)
{
    lua_Integer left = low, right = middle;
    for (lua_Integer out = low; out < high; out++) {
        jd_sandbox_charge(lua, 4);
        bool take_right = left >= middle;
        if (left < middle && right < high) {
            lua_rawgeti(lua, from, left);
            lua_rawgeti(lua, from, right);
            take_right = comes_before(lua, -1, -2);
            lua_pop(lua, 2);
        }
        lua_rawgeti(lua, from, take_right ? right++ : left++);
        lua_rawseti(lua, to, out);
    }
}

/* A merge sort: its work is bounded whatever the order function says, and equal values keep
 * their order, so that the result is one. */
static int table_sort(lua_State *lua)
{
    lua_Integer count = check_own(lua);
    lua_settop(lua, 2);
    if (!lua_isnil(lua, 2)) {
        luaL_checktype(lua, 2, LUA_TFUNCTION);
    }
    lua_createtable(lua, count < 1000 ? (int)count : 1000, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(lua, 1, i);
        lua_rawseti(lua, 3, i);
    }
    int from = 3, to = 1;
    for (lua_Integer width = 1; width < count; width *= 2) {
        for (lua_Integer low = 1; low <= count; low += 2 * width) {
            lua_Integer middle = low + width < count + 1 ? low + width : count + 1;
            lua_Integer high = middle + width < count + 1 ? middle + width : count + 1;
            merge(lua, from, to, low, middle, high);
        }
        int swap = from;
        from = to;
        to = swap;
    }
    for (lua_Integer i = 1; from == 3 && i <= count; i++) {
        lua_rawgeti(lua, 3, i);
        lua_rawseti(lua, 1, i);
    }
    return 0;
}

// clang-format off: a table to be read
static const struct jd_sandbox_name table_names[] = {
    { "concat", table_concat, "makes text; charged by length" },
    { "insert", table_insert, "real length; charged by what moves" },
    { "pack", table_pack, "makes a list" },
    { "remove", table_remove, "real length; charged by what moves" },
    { "sort", table_sort, "stable, bounded whatever the order function says" },
    { "unpack", table_unpack, "250 values at once" },
    { 0 },
};
// clang-format on

void jd_sandbox_offer_table(lua_State *lua)
{
    lua_newtable(lua);
    jd_sandbox_offer(lua, table_names);
    lua_setfield(lua, -2, "table");
}
