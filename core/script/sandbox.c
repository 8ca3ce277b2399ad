/* Limits: allocator, count hook, and errors that nothing catches. */
#include "script/sandbox.h"

#include <stdlib.h>

#include <lualib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/span.h"
#include "script/fold.h"
#include "script/freeze.h"

#define HOOK_INSTRUCTIONS 1000
#define BYTES_PER_STEP    32   // what C does with so many bytes costs as much as an instruction
#define ARGUMENTS_MAX     1000 // of a function with "..."
#define CHARGED_BYTES     1024 // smaller allocations are part of the instruction that makes them

static const char environment_key; // its address: the registry's key

/* The benches measure what the sandbox costs against a library that is compiled without it. */
#ifdef JD_SANDBOX_BARE
# define IS_BARE true
#else
# define IS_BARE false
#endif

/* Larger new objects are charged: a loop of concatenations would be cheap otherwise. Growing
 * in place is not charged: it depends on earlier calls (the stack, the string table). */
static bool is_refused(struct jd_sandbox *box, void *block, size_t old_size, size_t size)
{
    if (block == NULL && old_size == LUA_TSTRING && size > JD_SANDBOX_STRING_BYTES) {
        return true;
    }
    if (block == NULL && size >= CHARGED_BYTES) {
        box->left -= (int64_t)(size / BYTES_PER_STEP);
        box->used += (int64_t)(size / BYTES_PER_STEP);
        if (box->left < 0) {
            box->breach = JD_BREACH_INSTRUCTIONS;
            return true;
        }
    }
    size_t held = block ? old_size : 0;
    return size > held && box->memory_bytes - held + size > JD_SANDBOX_MEMORY_BYTES;
}

static void *allocate(void *data, void *block, size_t old_size, size_t size)
{
    struct jd_sandbox *box = data;
    if (size == 0) {
        box->memory_bytes -= block ? old_size : 0;
        free(block);
        return NULL;
    }
    if (IS_BARE) {
        return realloc(block, size);
    }
    if (is_refused(box, block, old_size, size)) {
        return NULL;
    }
    void *moved = realloc(block, size);
    if (moved) {
        box->memory_bytes += size - (block ? old_size : 0);
        box->peak_bytes =
                box->peak_bytes > box->memory_bytes ? box->peak_bytes : box->memory_bytes;
    }
    return moved;
}

struct jd_sandbox *jd_sandbox_of(lua_State *lua)
{
    return *(struct jd_sandbox **)lua_getextraspace(lua);
}

const char *jd_breach_name(enum jd_breach breach)
{
    static const char *const names[] = { "runtime", "instructions", "memory", "time",
        "output" };
    return names[breach];
}

static void note_place(struct jd_sandbox *box, lua_State *lua, lua_Debug *at)
{
    if (lua_getinfo(lua, "Sl", at) && at->currentline > 0) {
        box->breach_line = at->currentline;
        snprintf(box->breach_path, sizeof(box->breach_path), "%s", at->short_src);
    }
}

/* Whether the running function or its caller holds more arguments than any rule needs: each
 * call with them copies them all, which the count of instructions does not see. */
static bool has_many_arguments(lua_State *lua)
{
    lua_Debug at;
    for (int level = 0; level < 2 && lua_getstack(lua, level, &at); level++) {
        if (lua_getlocal(lua, &at, -ARGUMENTS_MAX)) {
            lua_pop(lua, 1);
            return true;
        }
    }
    return false;
}

/* Counts what ran since the last time; false: the limits need not be looked at yet. They are
 * looked at after the same instructions whether each is counted or not. */
static bool count_instructions(struct jd_sandbox *box)
{
    int step = box->is_exact ? 1 : HOOK_INSTRUCTIONS;
    if (box->breach != JD_BREACH_NONE) {
        return true;
    }
    box->used += step;
    box->uncounted += step;
    if (box->uncounted < HOOK_INSTRUCTIONS) {
        return false;
    }
    box->uncounted = 0;
    return true;
}

static void on_count(lua_State *lua, lua_Debug *at)
{
    struct jd_sandbox *box = jd_sandbox_of(lua);
    if (!count_instructions(box)) {
        return;
    }
    box->left = has_many_arguments(lua) ? -1 : box->left - HOOK_INSTRUCTIONS;
    if (box->breach == JD_BREACH_NONE) {
        if (box->left >= 0 && jd_clock_monotonic_us() < box->deadline_us) {
            return;
        }
        box->breach = box->left < 0 ? JD_BREACH_INSTRUCTIONS : JD_BREACH_TIME;
        note_place(box, lua, at);
    }
    lua_sethook(lua, on_count, LUA_MASKCOUNT, 1);
    lua_pushliteral(lua, "");
    lua_error(lua);
}

int jd_sandbox_break(lua_State *lua, enum jd_breach breach, const char *text)
{
    struct jd_sandbox *box = jd_sandbox_of(lua);
    if (box->breach == JD_BREACH_NONE) {
        box->breach = breach;
        lua_Debug at;
        for (int level = 1; box->breach_line == 0 && lua_getstack(lua, level, &at); level++) {
            note_place(box, lua, &at);
        }
    }
    lua_pushstring(lua, text);
    return lua_error(lua);
}

void jd_sandbox_charge(lua_State *lua, int64_t steps)
{
    struct jd_sandbox *box = jd_sandbox_of(lua);
    box->left -= steps;
    box->used += steps;
    if (box->left < 0) {
        // Does not return.
        (void)jd_sandbox_break(lua, JD_BREACH_INSTRUCTIONS, "");
    }
}

void jd_sandbox_charge_bytes(lua_State *lua, size_t bytes)
{
    jd_sandbox_charge(lua, 1 + (int64_t)(bytes / BYTES_PER_STEP));
}

void jd_sandbox_offer(lua_State *lua, const struct jd_sandbox_name *names)
{
    for (; names->name; names++) {
        lua_pushcfunction(lua, names->function);
        lua_setfield(lua, -2, names->name);
    }
}

struct jd_sandbox *jd_sandbox_create(void *owner)
{
    struct jd_sandbox *box = jd_xalloc(sizeof(*box));
    box->owner = owner;
    box->left = INT64_MAX;
    box->lua = lua_newstate(allocate, box);
    if (box->lua == NULL) {
        abort(); // no memory for a small fixed thing: see base/arena.h
    }
    *(struct jd_sandbox **)lua_getextraspace(box->lua) = box;
    return box;
}

void jd_sandbox_destroy(struct jd_sandbox **box)
{
    if (*box == NULL) {
        return;
    }
    lua_sethook((*box)->lua, NULL, 0, 0);
    (*box)->left = INT64_MAX;
    lua_close((*box)->lua);
    free(*box);
    *box = NULL;
}

void jd_sandbox_begin(struct jd_sandbox *box)
{
    lua_newtable(box->lua);
    jd_sandbox_offer_base(box->lua);
    if (IS_BARE) {
        luaL_requiref(box->lua, "string", luaopen_string, 0);
        lua_setfield(box->lua, -2, "string");
        luaL_requiref(box->lua, "table", luaopen_table, 0);
        lua_setfield(box->lua, -2, "table");
        return;
    }
    jd_sandbox_offer_string(box->lua);
    jd_sandbox_offer_table(box->lua);
}

void jd_sandbox_seal(struct jd_sandbox *box)
{
    jd_freeze(box->lua);
    lua_rawsetp(box->lua, LUA_REGISTRYINDEX, &environment_key);
}

void jd_sandbox_push_environment(lua_State *lua)
{
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &environment_key);
}

static void copy_printable(char *out, size_t size, struct jd_span text)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len && len + 1 < size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        out[len++] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
    }
    while (len > 0 && len + 1 == size && ((unsigned char)out[len - 1] & 0x80)) {
        len--; // do not end in half a code point
    }
    out[len] = '\0';
}

/* Splits "path:12: text"; the path is one of ours, so that it holds no ':'. */
static void split_place(struct jd_span text, struct jd_sandbox_failure *out)
{
    const char *colon = memchr(text.data, ':', text.len);
    size_t path_len = colon ? (size_t)(colon - text.data) : 0;
    size_t at = path_len + 1, line = 0;
    while (colon && at < text.len && text.data[at] >= '0' && text.data[at] <= '9' &&
            line < 1000000) {
        line = line * 10 + (size_t)(text.data[at++] - '0');
    }
    bool is_place = colon && line > 0 && at + 1 < text.len && text.data[at] == ':' &&
                    memchr(text.data, ' ', path_len) == NULL;
    if (is_place) {
        copy_printable(out->path, sizeof(out->path), jd_span_new(text.data, path_len));
        out->line = (int)line;
        text = jd_span_sub(text, at + 2, text.len);
    }
    copy_printable(out->text, sizeof(out->text), text);
}

/* The error value on the top says more than the kind, if it says anything. */
static void fill_breach(const struct jd_sandbox *box, struct jd_sandbox_failure *out)
{
    static const char *const texts[] = { "", "used up its instructions",
        "used more memory than it may", "ran too long", "made too much" };
    out->breach = box->breach;
    out->line = box->breach_line;
    snprintf(out->path, sizeof(out->path), "%s", box->breach_path);
    struct jd_span text = jd_span_of(texts[box->breach]);
    if (box->breach == JD_BREACH_OUTPUT && lua_type(box->lua, -1) == LUA_TSTRING &&
            lua_rawlen(box->lua, -1) > 0) {
        text = jd_span_of(lua_tostring(box->lua, -1));
    }
    copy_printable(out->text, sizeof(out->text), text);
}

/* Takes the error value off the stack. */
static void take_failure(struct jd_sandbox *box, int status, struct jd_sandbox_failure *out)
{
    memset(out, 0, sizeof(*out));
    if (status == LUA_ERRMEM && box->breach == JD_BREACH_NONE) {
        box->breach = JD_BREACH_MEMORY;
    }
    if (box->breach != JD_BREACH_NONE) {
        box->dead = true;
        fill_breach(box, out);
    } else if (lua_type(box->lua, -1) == LUA_TSTRING) {
        size_t len;
        const char *text = lua_tolstring(box->lua, -1, &len);
        split_place(jd_span_new(text, len), out);
    } else {
        snprintf(out->text, sizeof(out->text), "error with a %s instead of a text",
                luaL_typename(box->lua, -1));
    }
    lua_pop(box->lua, 1);
}

static void refuse_source(struct jd_sandbox_failure *out, const char *path, int line)
{
    memset(out, 0, sizeof(*out));
    snprintf(out->path, sizeof(out->path), "%s", path);
    out->is_source = true;
    out->line = line;
}

/* The line of the first byte that is not UTF-8; 0: there is none. */
static int find_broken_line(struct jd_span text)
{
    int line = 1;
    for (struct jd_span rest = text, one; jd_span_split(&rest, '\n', &one); line++) {
        if (!jd_fold_is_utf8(one)) {
            return line;
        }
    }
    return 0;
}

bool jd_sandbox_load(struct jd_sandbox *box,
        const char *path,
        struct jd_span text,
        struct jd_sandbox_failure *out_failure)
{
    char name[260];
    snprintf(name, sizeof(name), "=%s", path);
    if (text.len > JD_SANDBOX_SOURCE_BYTES) {
        refuse_source(out_failure, path, 0);
        snprintf(out_failure->text, sizeof(out_failure->text),
                "a rule file has at most %u KiB, this one %zu bytes",
                JD_SANDBOX_SOURCE_BYTES >> 10, text.len);
        return false;
    }
    int broken = find_broken_line(text);
    if (broken) {
        refuse_source(out_failure, path, broken);
        snprintf(out_failure->text, sizeof(out_failure->text),
                "this line is not UTF-8: save the file as UTF-8");
        return false;
    }
    box->left = INT64_MAX; // the parser is bounded by the size of the text
    int status = luaL_loadbufferx(box->lua, text.data ? text.data : "", text.len, name, "t");
    if (status != LUA_OK) {
        take_failure(box, status, out_failure);
        out_failure->is_source = out_failure->breach == JD_BREACH_NONE;
        return false;
    }
    jd_sandbox_push_environment(box->lua);
    lua_setupvalue(box->lua, -2, 1);
    return true;
}

bool jd_sandbox_call(struct jd_sandbox *box,
        int arguments,
        int results,
        int64_t *budget,
        struct jd_sandbox_failure *out_failure)
{
    lua_State *lua = box->lua;
    if (IS_BARE) {
        return lua_pcall(lua, arguments, results, 0) == LUA_OK;
    }
    int base = lua_gettop(lua) - arguments - 1;
    box->left = *budget;
    box->deadline_us = jd_clock_monotonic_us() + JD_SANDBOX_WALL_MS * 1000;
    box->breach_line = 0;
    box->breach_path[0] = '\0';
    box->used = 0;
    box->uncounted = 0;
    box->peak_bytes = box->memory_bytes;
    // Setting the hook anew starts its count anew: the same call costs the same each time.
    lua_sethook(lua, on_count, LUA_MASKCOUNT, box->is_exact ? 1 : HOOK_INSTRUCTIONS);
    int status = lua_pcall(lua, arguments, results, 0);
    lua_sethook(lua, NULL, 0, 0);
    *budget = box->left < 0 ? 0 : box->left;
    box->left = INT64_MAX;
    if (status == LUA_OK && box->breach == JD_BREACH_NONE) {
        return true;
    }
    if (status == LUA_OK) { // a breach that Lua itself got over: a table it could not shrink
        lua_settop(lua, base);
        lua_pushliteral(lua, "");
    }
    take_failure(box, status, out_failure);
    return false;
}
