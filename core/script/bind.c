/* What all binders share: memory of the release, conditions and texts as Lua hands them over.
 */
#include <stdlib.h>

#include "base/span.h"
#include "script/release.h"

#define TEXTS_MAX      2000
#define CONDITION_NAME "condition"

struct jd_release *jd_release_of(lua_State *lua)
{
    return jd_sandbox_of(lua)->owner;
}

int jd_release_break(lua_State *lua, const char *text)
{
    return jd_sandbox_break(lua, JD_BREACH_OUTPUT, text);
}

void *jd_release_alloc(lua_State *lua, size_t bytes)
{
    void *memory = jd_arena_zalloc(jd_release_of(lua)->arena, 1, bytes);
    if (memory == NULL) {
        // Does not return.
        (void)jd_release_break(lua, "the rules of the release take too much memory");
    }
    return memory;
}

struct jd_span jd_release_copy(lua_State *lua, struct jd_span text)
{
    char *copy = jd_release_alloc(lua, text.len + 1);
    if (text.len) {
        memcpy(copy, text.data, text.len);
    }
    return jd_span_new(copy, text.len);
}

int jd_release_line(lua_State *lua)
{
    lua_Debug at;
    for (int level = 1; lua_getstack(lua, level, &at); level++) {
        if (lua_getinfo(lua, "l", &at) && at.currentline > 0) {
            return at.currentline;
        }
    }
    return 0;
}

void jd_bind_check_loading(lua_State *lua, const char *name)
{
    if (jd_sandbox_of(lua)->is_running) {
        luaL_error(lua,
                "'%s' is for loading: make conditions and rules outside of functions "
                "(and ask mail:meets(condition) inside)",
                name);
    }
}

struct jd_condition *jd_release_new_condition(lua_State *lua, uint32_t *out_index)
{
    struct jd_release *release = jd_release_of(lua);
    if (release->conditions_count == JD_RELEASE_CONDITIONS_MAX) {
        // Does not return.
        (void)jd_release_break(
                lua, "the rules of the release have more than 20,000 conditions");
    }
    if (release->conditions_count == release->conditions_capacity) {
        release->conditions_capacity = release->conditions_capacity * 2 + 64;
        release->conditions = jd_xrealloc(release->conditions,
                release->conditions_capacity * sizeof(*release->conditions));
    }
    *out_index = release->conditions_count++;
    struct jd_condition *condition = &release->conditions[*out_index];
    *condition = (struct jd_condition){ .function = JD_RELEASE_NONE,
        .path = release->files[release->file].path,
        .line = jd_release_line(lua) };
    return condition;
}

uint32_t jd_release_keep_function(lua_State *lua, int index)
{
    struct jd_release *release = jd_release_of(lua);
    luaL_checktype(lua, index, LUA_TFUNCTION);
    lua_pushvalue(lua, index);
    int reference = luaL_ref(lua, LUA_REGISTRYINDEX);
    if (release->functions_count == release->functions_capacity) {
        release->functions_capacity = release->functions_capacity * 2 + 16;
        release->functions = jd_xrealloc(
                release->functions, release->functions_capacity * sizeof(*release->functions));
    }
    release->functions[release->functions_count] = (struct jd_function){
        .reference = reference,
        .file = release->file,
    };
    return release->functions_count++;
}

void jd_bind_push_condition(lua_State *lua, uint32_t condition)
{
    uint32_t *self = lua_newuserdatauv(lua, sizeof(*self), 0);
    *self = condition;
    // Made once; without __index there is nothing to reach.
    (void)luaL_newmetatable(lua, CONDITION_NAME);
    lua_setmetatable(lua, -2);
}

uint32_t jd_bind_check_condition(lua_State *lua, int index)
{
    const uint32_t *self = luaL_testudata(lua, index, CONDITION_NAME);
    if (self == NULL || *self >= jd_release_of(lua)->conditions_count) {
        luaL_error(lua,
                "a condition is needed here, such as subject:says { \"...\" }; this is a %s",
                luaL_typename(lua, index));
    }
    return *self;
}

static struct jd_span copy_text(lua_State *lua, int index)
{
    if (lua_type(lua, index) != LUA_TSTRING) {
        // Does not return.
        (void)luaL_error(lua, "a text or a list of texts is needed here; this is a %s",
                luaL_typename(lua, index));
    }
    size_t len;
    const char *text = lua_tolstring(lua, index, &len);
    return jd_release_copy(lua, jd_span_new(text, len));
}

void jd_bind_check_texts(lua_State *lua, int index, struct jd_span **out, uint32_t *out_count)
{
    index = lua_absindex(lua, index);
    if (lua_type(lua, index) == LUA_TSTRING) {
        *out = jd_release_alloc(lua, sizeof(**out));
        (*out)[0] = copy_text(lua, index);
        *out_count = 1;
        return;
    }
    if (lua_type(lua, index) != LUA_TTABLE) {
        luaL_error(lua, "a text or a list of texts is needed here; this is a %s",
                luaL_typename(lua, index));
    }
    lua_Integer count = luaL_len(lua, index);
    if (count < 1 || count > TEXTS_MAX) {
        luaL_error(lua, "a list has 1 to %d texts, this one %d", TEXTS_MAX, (int)count);
    }
    *out = jd_release_alloc(lua, (size_t)count * sizeof(**out));
    for (lua_Integer i = 0; i < count; i++) {
        lua_geti(lua, index, i + 1);
        (*out)[i] = copy_text(lua, -1);
        lua_pop(lua, 1);
    }
    *out_count = (uint32_t)count;
}

uint32_t *jd_bind_add_words(lua_State *lua, const struct jd_span *texts, uint32_t count)
{
    uint32_t *ids = jd_release_alloc(lua, count * sizeof(*ids));
    for (uint32_t i = 0; i < count; i++) {
        struct jd_error error;
        ids[i] = jd_words_add(jd_release_of(lua)->words, texts[i], &error);
        if (ids[i] == JD_WORDS_NONE && error.status == JD_REJECTED) {
            // Does not return.
            (void)jd_release_break(lua, error.text);
        }
        if (ids[i] == JD_WORDS_NONE) {
            luaL_error(lua, "'%s': %s", texts[i].data, error.text);
        }
    }
    return ids;
}
