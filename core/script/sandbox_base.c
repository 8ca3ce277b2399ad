/* The basic functions, math and utf8 that rules are offered, each with its reason, and what is
 * refused, with the reason that the error gives. */
#include <lualib.h>

#include "base/span.h"
#include "script/freeze.h"
#include "script/sandbox.h"

#define CODEPOINTS_MAX 250
#define CALL_STEPS     20                               // of a protected call
#define ERROR_STEPS    500                              // of an error that is caught
#define UTF8_PATTERN   "[\0-\x7F\xC2-\xFD][\x80-\xBF]*" // one code point, as Lua's manual has it

static const char stock_utf8_key; // its address: the registry's key of Lua's own utf8 table

static int base_assert(lua_State *lua)
{
    luaL_checkany(lua, 1);
    if (lua_toboolean(lua, 1)) {
        return lua_gettop(lua);
    }
    if (lua_isnoneornil(lua, 2)) {
        return luaL_error(lua, "assertion failed!");
    }
    lua_settop(lua, 2);
    return lua_error(lua);
}

static int base_error(lua_State *lua)
{
    int level = (int)luaL_optinteger(lua, 2, 1);
    lua_settop(lua, 1);
    if (lua_type(lua, 1) == LUA_TSTRING && level > 0 && level < 100) {
        luaL_where(lua, level);
        lua_pushvalue(lua, 1);
        lua_concat(lua, 2);
    }
    return lua_error(lua);
}

/* A broken limit goes on upward: nobody catches it. A caught error is paid for: raising it,
 * making its text and unwinding cost far more than instructions say. */
static void raise_breach(lua_State *lua, int status)
{
    struct jd_sandbox *box = jd_sandbox_of(lua);
    if (status == LUA_ERRMEM && box->breach == JD_BREACH_NONE) {
        box->breach = JD_BREACH_MEMORY;
    }
    if (box->breach != JD_BREACH_NONE) {
        lua_error(lua);
    }
    jd_sandbox_charge(lua, status == LUA_OK ? CALL_STEPS : ERROR_STEPS);
}

static int base_pcall(lua_State *lua)
{
    luaL_checkany(lua, 1);
    int status = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0);
    raise_breach(lua, status);
    lua_pushboolean(lua, status == LUA_OK);
    lua_insert(lua, 1);
    return lua_gettop(lua);
}

/* The handler runs after the error has been caught, never inside it: inside, the count hook
 * would be off. */
static int base_xpcall(lua_State *lua)
{
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_pushvalue(lua, 2);
    lua_replace(lua, 2);
    lua_pushvalue(lua, 2); // f, handler, args..., handler
    lua_insert(lua, 1);    // handler, f, handler, args...
    lua_remove(lua, 3);
    int status = lua_pcall(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0);
    raise_breach(lua, status);
    if (status != LUA_OK) {
        lua_call(lua, 1, 1);
        lua_pushboolean(lua, 0);
        lua_insert(lua, -2);
        return 2;
    }
    lua_pushboolean(lua, 1);
    lua_replace(lua, 1);
    return lua_gettop(lua);
}

static int next_index(lua_State *lua)
{
    lua_Integer i = luaL_checkinteger(lua, 2);
    i = luaL_intop(+, i, 1);
    lua_pushinteger(lua, i);
    return lua_geti(lua, 1, i) == LUA_TNIL ? 1 : 2;
}

static int base_ipairs(lua_State *lua)
{
    luaL_checkany(lua, 1);
    lua_pushcfunction(lua, next_index);
    lua_pushvalue(lua, 1);
    lua_pushinteger(lua, 0);
    return 3;
}

/* Numbers before texts before booleans. */
static int key_rank(lua_State *lua, int index)
{
    int type = lua_type(lua, index);
    return type == LUA_TNUMBER ? 0 : type == LUA_TSTRING ? 1 : 2;
}

static bool key_less(lua_State *lua, int a, int b)
{
    int rank_a = key_rank(lua, a), rank_b = key_rank(lua, b);
    if (rank_a != rank_b) {
        return rank_a < rank_b;
    }
    if (rank_a == 2) {
        return lua_toboolean(lua, a) < lua_toboolean(lua, b);
    }
    if (rank_a == 0) {
        return lua_compare(lua, a, b, LUA_OPLT);
    }
    struct jd_span x, y;
    x.data = lua_tolstring(lua, a, &x.len);
    y.data = lua_tolstring(lua, b, &y.len);
    return jd_span_compare(x, y) < 0;
}

/* Pushes keys[i] and keys[j] and says whether the first is less; leaves nothing. */
static bool keys_less(lua_State *lua, int keys, lua_Integer i, lua_Integer j)
{
    lua_rawgeti(lua, keys, i);
    lua_rawgeti(lua, keys, j);
    bool less = key_less(lua, -2, -1);
    lua_pop(lua, 2);
    return less;
}

static void swap_keys(lua_State *lua, int keys, lua_Integer i, lua_Integer j)
{
    lua_rawgeti(lua, keys, i);
    lua_rawgeti(lua, keys, j);
    lua_rawseti(lua, keys, i);
    lua_rawseti(lua, keys, j);
}

static void sift_down(lua_State *lua, int keys, lua_Integer root, lua_Integer count)
{
    for (lua_Integer child; (child = 2 * root) <= count; root = child) {
        jd_sandbox_charge(lua, 4);
        if (child < count && keys_less(lua, keys, child, child + 1)) {
            child++;
        }
        if (!keys_less(lua, keys, root, child)) {
            return;
        }
        swap_keys(lua, keys, root, child);
    }
}

static void sort_keys(lua_State *lua, int keys, lua_Integer count)
{
    for (lua_Integer i = count / 2; i >= 1; i--) {
        sift_down(lua, keys, i, count);
    }
    for (lua_Integer end = count; end > 1; end--) {
        swap_keys(lua, keys, 1, end);
        sift_down(lua, keys, 1, end - 1);
    }
}

/* Upvalues: the real table, its sorted keys, where we are. */
static int next_pair(lua_State *lua)
{
    lua_Integer i = lua_tointeger(lua, lua_upvalueindex(3));
    while (lua_rawgeti(lua, lua_upvalueindex(2), ++i) != LUA_TNIL) {
        lua_pushinteger(lua, i);
        lua_replace(lua, lua_upvalueindex(3));
        lua_pushvalue(lua, -1);
        if (lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNIL) {
            return 2;
        }
        lua_pop(lua, 2); // removed while walking
    }
    return 1;
}

static int base_pairs(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    jd_freeze_push_real(lua, 1);
    int real = lua_gettop(lua);
    lua_newtable(lua);
    lua_Integer count = 0;
    lua_pushnil(lua);
    while (lua_next(lua, real)) {
        int type = lua_type(lua, -2);
        if (type != LUA_TNUMBER && type != LUA_TSTRING && type != LUA_TBOOLEAN) {
            return luaL_error(lua,
                    "pairs: a key is a %s; only numbers, texts and booleans have "
                    "an order",
                    lua_typename(lua, type));
        }
        jd_sandbox_charge(lua, 2);
        lua_pop(lua, 1);
        lua_pushvalue(lua, -1);
        lua_rawseti(lua, real + 1, ++count);
    }
    sort_keys(lua, real + 1, count);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_pair, 3);
    return 1;
}

static int base_select(lua_State *lua)
{
    int count = lua_gettop(lua);
    if (lua_type(lua, 1) == LUA_TSTRING && *lua_tostring(lua, 1) == '#') {
        lua_pushinteger(lua, count - 1);
        return 1;
    }
    lua_Integer i = luaL_checkinteger(lua, 1);
    if (i < 0) {
        i = count + i;
    } else if (i > count) {
        i = count;
    }
    luaL_argcheck(lua, i >= 1, 1, "index out of range");
    return count - (int)i;
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

static int tonumber_base(lua_State *lua, lua_Integer base)
{
    luaL_argcheck(lua, base >= 2 && base <= 36, 2, "base out of range");
    struct jd_span text;
    luaL_checktype(lua, 1, LUA_TSTRING);
    text.data = lua_tolstring(lua, 1, &text.len);
    text = jd_span_trim(text);
    bool negative = text.len && text.data[0] == '-';
    text = jd_span_sub(text, negative, text.len);
    lua_Unsigned value = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_of(jd_ascii_lower(text.data[i]));
        if (digit >= base) {
            text.len = 0;
        }
        value = value * (lua_Unsigned)base + (lua_Unsigned)digit;
    }
    if (text.len == 0 || text.len > 64) {
        luaL_pushfail(lua);
    } else {
        lua_pushinteger(lua, (lua_Integer)(negative ? 0 - value : value));
    }
    return 1;
}

static int base_tonumber(lua_State *lua)
{
    luaL_checkany(lua, 1);
    if (!lua_isnoneornil(lua, 2)) {
        return tonumber_base(lua, luaL_checkinteger(lua, 2));
    }
    if (lua_type(lua, 1) == LUA_TSTRING) {
        size_t len;
        const char *text = lua_tolstring(lua, 1, &len);
        if (len > 200 || lua_stringtonumber(lua, text) != len + 1) {
            luaL_pushfail(lua);
        }
        return 1;
    }
    if (lua_type(lua, 1) != LUA_TNUMBER) {
        luaL_pushfail(lua);
        return 1;
    }
    lua_settop(lua, 1);
    return 1;
}

/* No addresses: they differ from run to run and tell where memory lies. */
static int base_tostring(lua_State *lua)
{
    luaL_checkany(lua, 1);
    switch (lua_type(lua, 1)) {
    case LUA_TNIL:
        lua_pushliteral(lua, "nil");
        break;
    case LUA_TBOOLEAN:
        lua_pushstring(lua, lua_toboolean(lua, 1) ? "true" : "false");
        break;
    case LUA_TNUMBER:
    case LUA_TSTRING:
        lua_settop(lua, 1);
        // Turns a number into its text in place.
        (void)lua_tolstring(lua, 1, NULL);
        break;
    case LUA_TUSERDATA:
        if (luaL_getmetafield(lua, 1, "__name") != LUA_TSTRING) {
            lua_pushliteral(lua, "userdata");
        }
        break;
    default:
        lua_pushstring(lua, luaL_typename(lua, 1));
    }
    return 1;
}

static int base_type(lua_State *lua)
{
    luaL_checkany(lua, 1);
    lua_pushstring(lua, luaL_typename(lua, 1));
    return 1;
}

static int base_rawequal(lua_State *lua)
{
    luaL_checkany(lua, 2);
    lua_pushboolean(lua, lua_rawequal(lua, 1, 2));
    return 1;
}

// clang-format off: a table to be read
static const struct jd_sandbox_name base_names[] = {
    { "assert", base_assert, "stops with a sentence" },
    { "error", base_error, "stops with a sentence" },
    { "ipairs", base_ipairs, "walks a list" },
    { "pairs", base_pairs, "walks a table in the order of its keys, the same on each run" },
    { "pcall", base_pcall, "catches errors, never a broken limit" },
    { "rawequal", base_rawequal, "compares" },
    { "select", base_select, "takes from arguments" },
    { "tonumber", base_tonumber, "reads a number" },
    { "tostring", base_tostring, "writes a value without its address" },
    { "type", base_type, "names a type" },
    { "xpcall", base_xpcall, "as pcall; the handler runs after the error, under the limits" },
    { 0 },
};

/* Asked for by many, refused to all: the error says why. */
static const struct {
    const char *name, *reason;
} refused_names[] = {
    { "collectgarbage", "memory is the host's" },
    { "coroutine", "rules need no threads, and a resumed one would outlive its limits" },
    { "debug", "it reaches into other rules" },
    { "dofile", "rules read no files; use require for files of the pack" },
    { "getmetatable", "tables of rules are plain data" },
    { "io", "rules read and write no files" },
    { "load", "text that runs is text that nobody reviewed" },
    { "loadfile", "rules read no files; use require for files of the pack" },
    { "loadstring", "text that runs is text that nobody reviewed" },
    { "next", "its order changes from run to run; use pairs" },
    { "os", "rules have no clock, environment or processes; mail.date is the only now" },
    { "package", "require takes files of the same pack only" },
    { "print", "a rule speaks by its evidence" },
    { "rawget", "tables of rules are plain data" },
    { "rawlen", "tables of rules are plain data" },
    { "rawset", "tables of rules are plain data" },
    { "setmetatable", "tables of rules are plain data" },
    { "warn", "a rule speaks by its evidence" },
    { "_G", "there are no global variables" },
};
// clang-format on

const char *jd_sandbox_refusal(struct jd_span name)
{
    for (size_t i = 0; i < sizeof(refused_names) / sizeof(*refused_names); i++) {
        if (jd_span_equal(name, jd_span_of(refused_names[i].name))) {
            return refused_names[i].reason;
        }
    }
    return NULL;
}

/* Reading a name that is not there. */
static int missing_name(lua_State *lua)
{
    const char *name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";
    const char *reason = jd_sandbox_refusal(jd_span_of(name));
    if (reason) {
        return luaL_error(lua, "'%s' is not offered: %s", name, reason);
    }
    return luaL_error(lua,
            "there is no '%s' here (a misspelling, or a local that is not in "
            "sight?)",
            name);
}

/* math and utf8 come from the Lua library: pure functions of numbers and short texts. */
static void
offer_stock(lua_State *lua, lua_CFunction open, const char *library, const char *const *names)
{
    open(lua);
    lua_newtable(lua);
    for (; *names; names++) {
        lua_getfield(lua, -2, *names);
        lua_setfield(lua, -2, *names);
    }
    lua_remove(lua, -2);
    lua_setfield(lua, -2, library);
}

static int utf8_char(lua_State *lua)
{
    int count = lua_gettop(lua);
    luaL_Buffer buffer;
    luaL_buffinit(lua, &buffer);
    for (int i = 1; i <= count; i++) {
        lua_Integer c = luaL_checkinteger(lua, i);
        luaL_argcheck(lua, c >= 0 && c <= 0x10ffff, i, "value out of range");
        lua_pushfstring(lua, "%U", (unsigned long)c);
        luaL_addvalue(&buffer);
    }
    luaL_pushresult(&buffer);
    return 1;
}

/* Runs a function of the Lua library after charging for its text; upvalue-free, so that it can
 * be captured by rules. */
static int charged(lua_State *lua, const char *name)
{
    size_t len;
    luaL_checklstring(lua, 1, &len);
    jd_sandbox_charge_bytes(lua, len);
    luaL_checkstack(lua, 10, NULL);
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &stock_utf8_key);
    lua_getfield(lua, -1, name);
    lua_insert(lua, 1);
    lua_pop(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
    return lua_gettop(lua);
}

static int utf8_len(lua_State *lua)
{
    return charged(lua, "len");
}

static int utf8_offset(lua_State *lua)
{
    return charged(lua, "offset");
}

static int utf8_codes(lua_State *lua)
{
    return charged(lua, "codes");
}

static int utf8_codepoint(lua_State *lua)
{
    size_t len;
    luaL_checklstring(lua, 1, &len);
    lua_Integer from = luaL_optinteger(lua, 2, 1);
    lua_Integer to = luaL_optinteger(lua, 3, from);
    from = from < 0 ? (lua_Integer)len + from + 1 : from;
    to = to < 0 ? (lua_Integer)len + to + 1 : to;
    luaL_argcheck(lua, to < from || (from >= 1 && to - from < CODEPOINTS_MAX), 3,
            "too many code points at once");
    return charged(lua, "codepoint");
}

// clang-format off: a table to be read
static const struct jd_sandbox_name utf8_names[] = {
    { "char", utf8_char, "makes text; at most 1 MiB as every text" },
    { "codepoint", utf8_codepoint, "reads text, 250 at once" },
    { "codes", utf8_codes, "walks text" },
    { "len", utf8_len, "counts, charged by length" },
    { "offset", utf8_offset, "counts, charged by length" },
    { 0 },
};

/* Pure functions of numbers. No random: the same mail gives the same verdict. */
static const char *const math_names[] = { "abs", "ceil", "exp", "floor", "fmod", "huge", "log",
    "max", "maxinteger", "min", "mininteger", "modf", "pi", "sqrt", "tointeger", "type", "ult",
    NULL };
// clang-format on

void jd_sandbox_offer_base(lua_State *lua)
{
    jd_sandbox_offer(lua, base_names);
    offer_stock(lua, luaopen_math, "math", math_names);
    luaopen_utf8(lua);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &stock_utf8_key);
    lua_newtable(lua);
    jd_sandbox_offer(lua, utf8_names);
    lua_pushlstring(lua, UTF8_PATTERN, sizeof(UTF8_PATTERN) - 1);
    lua_setfield(lua, -2, "charpattern");
    lua_setfield(lua, -2, "utf8");
    lua_newtable(lua);
    lua_pushcfunction(lua, missing_name);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
}
