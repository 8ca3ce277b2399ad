/* The string library that rules are offered: our matcher, charged by what it does. Case is
 * ASCII and never the machine's locale. */
#include <limits.h>

#include "base/span.h"
#include "script/pattern.h"
#include "script/sandbox.h"

#define PATTERN_BYTES_MAX 1000
#define VALUES_MAX        250 // of string.byte and string.char

static struct jd_span check_span(lua_State *lua, int index)
{
    struct jd_span span;
    span.data = luaL_checklstring(lua, index, &span.len);
    return span;
}

/* A place counted from either end, as 0-based start of [start, len]. */
static size_t start_of(lua_Integer at, size_t len)
{
    if (at > 0) {
        return (size_t)at - 1;
    }
    if (at == 0 || at < -(lua_Integer)len) {
        return 0;
    }
    return (size_t)((lua_Integer)len + at);
}

static size_t end_of(lua_Integer at, size_t len)
{
    if (at > (lua_Integer)len) {
        return len;
    }
    if (at >= 0) {
        return (size_t)at;
    }
    return at < -(lua_Integer)len ? 0 : (size_t)((lua_Integer)len + at + 1);
}

static int string_byte(lua_State *lua)
{
    struct jd_span text = check_span(lua, 1);
    lua_Integer from = luaL_optinteger(lua, 2, 1);
    size_t start = start_of(from, text.len);
    size_t end = end_of(luaL_optinteger(lua, 3, (lua_Integer)start + 1), text.len);
    if (start >= end) {
        return 0;
    }
    luaL_argcheck(lua, end - start <= VALUES_MAX, 3, "too many bytes at once (250)");
    luaL_checkstack(lua, (int)(end - start), NULL);
    for (size_t i = start; i < end; i++) {
        lua_pushinteger(lua, (unsigned char)text.data[i]);
    }
    return (int)(end - start);
}

static int string_char(lua_State *lua)
{
    int count = lua_gettop(lua);
    char bytes[VALUES_MAX];
    luaL_argcheck(lua, count <= VALUES_MAX, 1, "too many bytes at once (250)");
    for (int i = 1; i <= count; i++) {
        lua_Integer c = luaL_checkinteger(lua, i);
        luaL_argcheck(lua, c >= 0 && c <= UCHAR_MAX, i, "value out of range");
        bytes[i - 1] = (char)c;
    }
    lua_pushlstring(lua, bytes, (size_t)count);
    return 1;
}

static int string_len(lua_State *lua)
{
    lua_pushinteger(lua, (lua_Integer)check_span(lua, 1).len);
    return 1;
}

static int map_bytes(lua_State *lua, char (*map)(char))
{
    struct jd_span text = check_span(lua, 1);
    jd_sandbox_charge_bytes(lua, text.len);
    luaL_Buffer buffer;
    char *out = luaL_buffinitsize(lua, &buffer, text.len);
    for (size_t i = 0; i < text.len; i++) {
        out[i] = map(text.data[i]);
    }
    luaL_pushresultsize(&buffer, text.len);
    return 1;
}

static char ascii_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static int string_lower(lua_State *lua)
{
    return map_bytes(lua, jd_ascii_lower);
}

static int string_upper(lua_State *lua)
{
    return map_bytes(lua, ascii_upper);
}

static int string_reverse(lua_State *lua)
{
    struct jd_span text = check_span(lua, 1);
    jd_sandbox_charge_bytes(lua, text.len);
    luaL_Buffer buffer;
    char *out = luaL_buffinitsize(lua, &buffer, text.len);
    for (size_t i = 0; i < text.len; i++) {
        out[i] = text.data[text.len - 1 - i];
    }
    luaL_pushresultsize(&buffer, text.len);
    return 1;
}

static int string_sub(lua_State *lua)
{
    struct jd_span text = check_span(lua, 1);
    size_t start = start_of(luaL_checkinteger(lua, 2), text.len);
    size_t end = end_of(luaL_optinteger(lua, 3, -1), text.len);
    text = start < end ? jd_span_sub(text, start, end - start) : jd_span_new("", 0);
    lua_pushlstring(lua, text.data, text.len);
    return 1;
}

static int string_rep(lua_State *lua)
{
    struct jd_span text = check_span(lua, 1);
    lua_Integer count = luaL_checkinteger(lua, 2);
    struct jd_span between = { "", 0 };
    between.data = luaL_optlstring(lua, 3, "", &between.len);
    if (count <= 0) {
        lua_pushliteral(lua, "");
        return 1;
    }
    size_t each = text.len + between.len;
    if (each > 0 && (size_t)count > JD_SANDBOX_STRING_BYTES / each + 1) {
        return jd_sandbox_break(lua, JD_BREACH_MEMORY, "");
    }
    size_t total = each * (size_t)count - between.len;
    // Nothing times a huge number is nothing, but must not be counted out.
    count = each ? count : 0;
    jd_sandbox_charge_bytes(lua, total);
    luaL_Buffer buffer;
    luaL_buffinitsize(lua, &buffer, each ? total : 0);
    for (lua_Integer i = 0; i < count; i++) {
        luaL_addlstring(&buffer, text.data, text.len);
        if (i + 1 < count) {
            luaL_addlstring(&buffer, between.data, between.len);
        }
    }
    luaL_pushresult(&buffer);
    return 1;
}

/* A search over arguments 1 (text) and 2 (pattern). */
static struct jd_pattern check_search(lua_State *lua)
{
    struct jd_pattern search = { .subject = check_span(lua, 1), .pattern = check_span(lua, 2) };
    luaL_argcheck(
            lua, search.pattern.len <= PATTERN_BYTES_MAX, 2, "pattern is too long (1,000)");
    search.steps = &jd_sandbox_of(lua)->left;
    jd_sandbox_charge(lua, 2);
    return search;
}

/* Takes a leading '^' off. */
static bool take_anchor(struct jd_pattern *search)
{
    bool anchored = search->pattern.len && search->pattern.data[0] == '^';
    search->pattern = jd_span_sub(search->pattern, anchored, search->pattern.len);
    return anchored;
}

/* The first match at or behind `start`. False: none. Raises what is wrong. */
static bool find_from(lua_State *lua,
        struct jd_pattern *search,
        bool anchored,
        size_t start,
        size_t *out_start,
        size_t *out_end)
{
    for (size_t at = start; at <= search->subject.len; at++) {
        enum jd_pattern_answer answer = jd_pattern_match(search, at, out_end);
        if (answer == JD_PATTERN_YES) {
            *out_start = at;
            return true;
        }
        if (answer == JD_PATTERN_WRONG) {
            luaL_error(lua, "%s", search->wrong);
        }
        if (answer == JD_PATTERN_LIMIT) {
            jd_sandbox_charge(lua, 0); // does not return: the account is below nothing
        }
        if (anchored) {
            return false;
        }
    }
    return false;
}

/* Pushes capture i, or the whole match when there are none. */
static void push_capture(lua_State *lua,
        const struct jd_pattern *search,
        uint32_t i,
        size_t start,
        size_t end)
{
    if (search->captures_count == 0 && i == 0) {
        lua_pushlstring(lua, search->subject.data + start, end - start);
        return;
    }
    if (i >= search->captures_count) {
        luaL_error(lua, "invalid capture index %%%d", (int)i + 1);
    }
    const struct jd_pattern_capture *c = &search->captures[i];
    if (c->is_place) {
        lua_pushinteger(lua, (lua_Integer)c->start + 1);
    } else {
        lua_pushlstring(lua, search->subject.data + c->start, c->len);
    }
}

static int push_captures(lua_State *lua,
        const struct jd_pattern *search,
        size_t start,
        size_t end,
        bool whole_if_none)
{
    uint32_t count = search->captures_count;
    if (count == 0 && whole_if_none) {
        count = 1;
    }
    luaL_checkstack(lua, (int)count, "too many captures");
    for (uint32_t i = 0; i < count; i++) {
        push_capture(lua, search, i, start, end);
    }
    return (int)count;
}

static int find_plain(lua_State *lua, const struct jd_pattern *search, size_t start)
{
    // memmem takes time in the length of the text, whatever the two hold.
    jd_sandbox_charge_bytes(lua, search->subject.len - start);
    const char *found = memmem(search->subject.data + start, search->subject.len - start,
            search->pattern.data, search->pattern.len);
    if (found == NULL) {
        luaL_pushfail(lua);
        return 1;
    }
    lua_Integer at = found - search->subject.data + 1;
    lua_pushinteger(lua, at);
    lua_pushinteger(lua, at + (lua_Integer)search->pattern.len - 1);
    return 2;
}

static bool is_plain(struct jd_span pattern)
{
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.data[i] && strchr("^$*+?.([%-)", pattern.data[i])) {
            return false;
        }
    }
    return true;
}

static int find_or_match(lua_State *lua, bool find)
{
    struct jd_pattern search = { .subject = check_span(lua, 1), .pattern = check_span(lua, 2) };
    size_t start = start_of(luaL_optinteger(lua, 3, 1), search.subject.len);
    if (start > search.subject.len) {
        luaL_pushfail(lua);
        return 1;
    }
    if (find && (lua_toboolean(lua, 4) || is_plain(search.pattern))) {
        return find_plain(lua, &search, start);
    }
    search = check_search(lua);
    bool anchored = take_anchor(&search);
    size_t found, end;
    if (!find_from(lua, &search, anchored, start, &found, &end)) {
        luaL_pushfail(lua);
        return 1;
    }
    if (!find) {
        return push_captures(lua, &search, found, end, true);
    }
    lua_pushinteger(lua, (lua_Integer)found + 1);
    lua_pushinteger(lua, (lua_Integer)end);
    return 2 + push_captures(lua, &search, found, end, false);
}

static int string_find(lua_State *lua)
{
    return find_or_match(lua, true);
}

static int string_match(lua_State *lua)
{
    return find_or_match(lua, false);
}

/* Upvalues: text, pattern, where to go on, where the last match ended. */
static int next_match(lua_State *lua)
{
    lua_settop(lua, 0);
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_pushvalue(lua, lua_upvalueindex(2));
    struct jd_pattern search = check_search(lua);
    size_t from = (size_t)lua_tointeger(lua, lua_upvalueindex(3));
    lua_Integer last_end = lua_tointeger(lua, lua_upvalueindex(4));
    size_t start, end;
    while (find_from(lua, &search, false, from, &start, &end)) {
        if ((lua_Integer)end == last_end) { // empty, right behind the last one
            from = start + 1;
            continue;
        }
        lua_pushinteger(lua, (lua_Integer)end);
        lua_pushvalue(lua, -1);
        lua_replace(lua, lua_upvalueindex(3));
        lua_replace(lua, lua_upvalueindex(4));
        return push_captures(lua, &search, start, end, true);
    }
    return 0;
}

static int string_gmatch(lua_State *lua)
{
    struct jd_span text = check_span(lua, 1);
    // Checked here so that the error names the caller's line.
    (void)check_span(lua, 2);
    size_t start = start_of(luaL_optinteger(lua, 3, 1), text.len);
    lua_settop(lua, 2);
    lua_pushinteger(lua, (lua_Integer)start);
    lua_pushinteger(lua, -1);
    lua_pushcclosure(lua, next_match, 4);
    return 1;
}

/* Adds the replacement text of argument 3, with its %0 to %9. */
static void add_text(lua_State *lua,
        luaL_Buffer *buffer,
        const struct jd_pattern *search,
        size_t start,
        size_t end)
{
    struct jd_span with;
    with.data = lua_tolstring(lua, 3, &with.len);
    jd_sandbox_charge_bytes(lua, with.len);
    for (size_t i = 0; i < with.len; i++) {
        char c = with.data[i];
        if (c != '%') {
            luaL_addchar(buffer, c);
            continue;
        }
        c = ++i < with.len ? with.data[i] : '\0';
        if (c == '%') {
            luaL_addchar(buffer, c);
        } else if (c == '0') {
            luaL_addlstring(buffer, search->subject.data + start, end - start);
        } else if (c >= '1' && c <= '9') {
            push_capture(lua, search, (uint32_t)(c - '1'), start, end);
            // A place becomes its digits.
            (void)lua_tolstring(lua, -1, NULL);
            luaL_addvalue(buffer);
        } else {
            luaL_error(lua, "invalid use of '%%' in replacement string");
        }
    }
}

static void add_replacement(lua_State *lua,
        luaL_Buffer *buffer,
        const struct jd_pattern *search,
        size_t start,
        size_t end)
{
    int type = lua_type(lua, 3);
    if (type == LUA_TSTRING || type == LUA_TNUMBER) {
        add_text(lua, buffer, search, start, end);
        return;
    }
    if (type == LUA_TFUNCTION) {
        lua_pushvalue(lua, 3);
        int count = push_captures(lua, search, start, end, true);
        lua_call(lua, count, 1);
    } else {
        push_capture(lua, search, 0, start, end);
        lua_gettable(lua, 3);
    }
    if (!lua_toboolean(lua, -1)) {
        lua_pop(lua, 1);
        luaL_addlstring(buffer, search->subject.data + start, end - start);
    } else if (!lua_isstring(lua, -1)) {
        luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
    } else {
        luaL_addvalue(buffer);
    }
}

static int string_gsub(lua_State *lua)
{
    struct jd_pattern search = check_search(lua);
    bool anchored = take_anchor(&search);
    int type = lua_type(lua, 3);
    luaL_argexpected(lua,
            type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                    type == LUA_TTABLE,
            3, "string/function/table");
    lua_Integer count_max = luaL_optinteger(lua, 4, (lua_Integer)search.subject.len + 1);
    lua_Integer count = 0;
    size_t at = 0, last_end = SIZE_MAX;
    luaL_Buffer buffer;
    luaL_buffinit(lua, &buffer);
    while (count < count_max) {
        size_t end;
        // One place at a time: what lies between matches is copied byte by byte.
        size_t start;
        bool matched = find_from(lua, &search, true, at, &start, &end);
        if (matched && end != last_end) {
            count++;
            add_replacement(lua, &buffer, &search, at, end);
            at = last_end = end;
        } else if (at < search.subject.len) {
            luaL_addchar(&buffer, search.subject.data[at++]);
        } else {
            break;
        }
        if (anchored) {
            break;
        }
    }
    luaL_addlstring(&buffer, search.subject.data + at, search.subject.len - at);
    luaL_pushresult(&buffer);
    lua_pushinteger(lua, count);
    return 2;
}

/* The conversions are checked by read_conversion, which the compiler cannot see. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* One conversion: flags, width and precision of at most two digits, kept for snprintf. */
static size_t read_conversion(lua_State *lua, struct jd_span format, size_t at, char out[20])
{
    size_t len = 0;
    out[len++] = '%';
    while (at < format.len && format.data[at] && strchr("-+ #0", format.data[at]) && len < 6) {
        out[len++] = format.data[at++];
    }
    for (int part = 0; part < 2; part++) {
        size_t digits = 0;
        while (at < format.len && format.data[at] >= '0' && format.data[at] <= '9') {
            if (++digits > 2) {
                luaL_error(lua, "invalid format (width or precision too long)");
            }
            out[len++] = format.data[at++];
        }
        if (part == 0 && at < format.len && format.data[at] == '.') {
            out[len++] = format.data[at++];
        } else if (part == 0) {
            break;
        }
    }
    out[len] = '\0';
    return at;
}

static void
add_integer(lua_State *lua, luaL_Buffer *buffer, char *form, char kind, int argument)
{
    lua_Integer value = luaL_checkinteger(lua, argument);
    size_t len = strlen(form);
    snprintf(form + len, 20 - len, "ll%c", kind == 'i' ? 'd' : kind);
    char *out = luaL_prepbuffsize(buffer, 160);
    luaL_addsize(buffer, (size_t)snprintf(out, 160, form, (long long)value));
}

static void add_real(lua_State *lua, luaL_Buffer *buffer, char *form, char kind, int argument)
{
    double value = luaL_checknumber(lua, argument);
    size_t len = strlen(form);
    snprintf(form + len, 20 - len, "%c", kind);
    char *out = luaL_prepbuffsize(buffer, 512);
    luaL_addsize(buffer, (size_t)snprintf(out, 512, form, value));
}

static void add_string(lua_State *lua, luaL_Buffer *buffer, char *form, int argument)
{
    int type = lua_type(lua, argument);
    struct jd_span text = { "", 0 };
    if (type == LUA_TSTRING || type == LUA_TNUMBER) {
        lua_pushvalue(lua, argument);
        text.data = lua_tolstring(lua, -1, &text.len);
    } else if (type == LUA_TBOOLEAN) {
        lua_pushstring(lua, lua_toboolean(lua, argument) ? "true" : "false");
        text.data = lua_tolstring(lua, -1, &text.len);
    } else {
        luaL_checkany(lua, argument);
        lua_pushstring(lua, luaL_typename(lua, argument));
        text.data = lua_tolstring(lua, -1, &text.len);
    }
    jd_sandbox_charge_bytes(lua, text.len);
    if (form[1] == '\0') {
        luaL_addvalue(buffer);
        return;
    }
    if (strlen(text.data) != text.len || text.len > 400) {
        luaL_error(lua, "format: with a width, a text has at most 400 bytes and no zero");
    }
    char filled[520];
    size_t end = strlen(form); // read_conversion has left room
    form[end] = 's';
    form[end + 1] = '\0';
    int written = snprintf(filled, sizeof(filled), form, text.data);
    lua_pop(lua, 1);
    luaL_addlstring(buffer, filled, (size_t)written);
}

#pragma GCC diagnostic pop

static int string_format(lua_State *lua)
{
    struct jd_span format = check_span(lua, 1);
    jd_sandbox_charge_bytes(lua, format.len * 4);
    int argument = 1;
    luaL_Buffer buffer;
    luaL_buffinit(lua, &buffer);
    for (size_t at = 0; at < format.len;) {
        if (format.data[at] != '%') {
            luaL_addchar(&buffer, format.data[at++]);
            continue;
        }
        if (++at < format.len && format.data[at] == '%') {
            luaL_addchar(&buffer, format.data[at++]);
            continue;
        }
        char form[20];
        at = read_conversion(lua, format, at, form);
        char kind = at < format.len ? format.data[at++] : '\0';
        argument++;
        jd_sandbox_charge(lua, 10);
        if (kind && strchr("dixXuco", kind)) {
            if (kind == 'c') {
                luaL_addchar(&buffer, (char)luaL_checkinteger(lua, argument));
            } else {
                add_integer(lua, &buffer, form, kind, argument);
            }
        } else if (kind && strchr("eEfgG", kind)) {
            add_real(lua, &buffer, form, kind, argument);
        } else if (kind == 's') {
            add_string(lua, &buffer, form, argument);
        } else {
            return luaL_error(lua, "format: there is no '%%%c' here", kind ? kind : ' ');
        }
    }
    luaL_pushresult(&buffer);
    return 1;
}

// clang-format off: a table to be read
static const struct jd_sandbox_name string_names[] = {
    { "byte", string_byte, "reads text, 250 bytes at once" },
    { "char", string_char, "makes text, 250 bytes at once" },
    { "find", string_find, "our matcher, each step is charged" },
    { "format", string_format, "widths of two digits; no %p, %q, %a" },
    { "gmatch", string_gmatch, "our matcher, each step is charged" },
    { "gsub", string_gsub, "our matcher, each step is charged" },
    { "len", string_len, "counts" },
    { "lower", string_lower, "ASCII; charged by length" },
    { "match", string_match, "our matcher, each step is charged" },
    { "rep", string_rep, "at most 1 MiB; charged by length" },
    { "reverse", string_reverse, "charged by length" },
    { "sub", string_sub, "cuts text; a large copy is charged by the allocator" },
    { "upper", string_upper, "ASCII; charged by length" },
    { 0 },
};
// clang-format on

void jd_sandbox_offer_string(lua_State *lua)
{
    lua_newtable(lua);
    jd_sandbox_offer(lua, string_names);
    // Methods of texts: ("x"):upper(). A table of its own that no script can reach.
    lua_pushliteral(lua, "");
    lua_newtable(lua);
    lua_newtable(lua);
    jd_sandbox_offer(lua, string_names);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    lua_pop(lua, 1);
    lua_setfield(lua, -2, "string");
}
