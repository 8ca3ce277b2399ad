/* Reading manifests and the list files that they name. */
#include "script/pack.h"

#include <math.h>
#include <stdlib.h>

#include "base/span.h"
#include "script/api.h"
#include "script/release.h"

#define LIST_BYTES_MAX (8u << 20)
#define ENTRIES_MAX    5000

static const char *const fields[] = { "name", "version", "api", "extends", "lists", "tune",
    "off", "confidence", NULL };

static void check_fields(lua_State *lua, int table)
{
    jd_freeze_push_real(lua, table);
    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        bool known = false;
        const char *key = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "?";
        for (size_t i = 0; fields[i]; i++) {
            known = known || strcmp(key, fields[i]) == 0;
        }
        if (!known) {
            luaL_error(lua,
                    "pack.lua has no field '%s' (name, version, api, extends, lists, tune, "
                    "off, confidence)",
                    key);
        }
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

static struct jd_span text_field(lua_State *lua, int table, const char *name, bool required)
{
    struct jd_span text = { "", 0 };
    int type = lua_getfield(lua, table, name);
    if (type == LUA_TSTRING) {
        const char *data = lua_tolstring(lua, -1, &text.len);
        text = jd_release_copy(lua, jd_span_new(data, text.len));
    } else if (type != LUA_TNIL || required) {
        luaL_error(lua, "pack.lua: '%s' is a text", name);
    }
    lua_pop(lua, 1);
    return text;
}

/* A table's texts as keys, sorted, so that what follows has an order. */
static uint32_t sorted_keys(lua_State *lua, int table, const char *field, struct jd_span **out)
{
    jd_freeze_push_real(lua, table);
    int real = lua_gettop(lua);
    uint32_t count = 0;
    lua_pushnil(lua);
    while (lua_next(lua, real)) {
        lua_pop(lua, 1);
        if (lua_type(lua, -1) != LUA_TSTRING || ++count > ENTRIES_MAX) {
            luaL_error(lua, "pack.lua: '%s' has texts as keys, at most %d", field, ENTRIES_MAX);
        }
    }
    struct jd_span *keys = jd_release_alloc(lua, (count + 1) * sizeof(*keys));
    uint32_t at = 0;
    lua_pushnil(lua);
    while (lua_next(lua, real)) {
        lua_pop(lua, 1);
        size_t len;
        const char *key = lua_tolstring(lua, -1, &len);
        struct jd_span copy = jd_release_copy(lua, jd_span_new(key, len));
        uint32_t place = at++;
        for (; place > 0 && jd_span_compare(copy, keys[place - 1]) < 0; place--) {
            keys[place] = keys[place - 1];
        }
        keys[place] = copy;
    }
    lua_pop(lua, 1);
    *out = keys;
    return count;
}

static int compare_lines(const void *a, const void *b)
{
    return jd_span_compare(*(const struct jd_span *)a, *(const struct jd_span *)b);
}

/* Lines without comments and blanks, lower case, sorted, each once. */
static void read_list(lua_State *lua, struct jd_span content, struct jd_list *list)
{
    if (content.len > LIST_BYTES_MAX) {
        luaL_error(lua, "list '%s' has more than %u bytes", list->name.data, LIST_BYTES_MAX);
    }
    char *copy = jd_release_alloc(lua, content.len + 1);
    uint32_t count = 0;
    for (size_t i = 0; i < content.len; i++) {
        copy[i] = jd_ascii_lower(content.data[i]);
        count += content.data[i] == '\n';
    }
    list->lines = jd_release_alloc(lua, (count + 2) * sizeof(*list->lines));
    count = 0;
    struct jd_span rest = jd_span_new(copy, content.len), line;
    while (jd_span_split(&rest, '\n', &line)) {
        const char *comment = line.len ? memchr(line.data, '#', line.len) : NULL;
        line = jd_span_trim(
                comment ? jd_span_sub(line, 0, (size_t)(comment - line.data)) : line);
        if (line.len && line.data[0] == '@') {
            line = jd_span_sub(line, 1, line.len);
        }
        if (line.len) {
            list->lines[count++] = line;
        }
    }
    qsort(list->lines, count, sizeof(*list->lines), compare_lines);
    list->lines_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || !jd_span_equal(list->lines[i], list->lines[list->lines_count - 1])) {
            list->lines[list->lines_count++] = list->lines[i];
        }
    }
}

static const struct jd_file *
find_file(const struct jd_release *release, struct jd_span folder, struct jd_span name)
{
    for (uint32_t i = 0; i < release->files_count; i++) {
        struct jd_span path = release->files[i].path;
        if (path.len == folder.len + name.len && jd_span_starts(path, folder) &&
                jd_span_ends(path, name)) {
            return &release->files[i];
        }
    }
    return NULL;
}

static void
read_lists(lua_State *lua, struct jd_release *release, int table, struct jd_pack *pack)
{
    if (lua_getfield(lua, table, "lists") == LUA_TTABLE) {
        struct jd_span *names;
        pack->lists_count = sorted_keys(lua, -1, "lists", &names);
        pack->lists = jd_release_alloc(lua, (pack->lists_count + 1) * sizeof(*pack->lists));
        struct jd_span folder = jd_span_sub(pack->path, 0, pack->path.len - strlen("pack.lua"));
        for (uint32_t i = 0; i < pack->lists_count; i++) {
            struct jd_list *list = &pack->lists[i];
            *list = (struct jd_list){ .name = names[i] };
            lua_getfield(lua, -1, names[i].data);
            size_t len;
            const char *path = lua_tolstring(lua, -1, &len);
            const struct jd_file *file =
                    path ? find_file(release, folder, jd_span_new(path, len)) : NULL;
            if (file == NULL) {
                luaL_error(lua, "list '%s': there is no file '%s' in the pack", names[i].data,
                        path ? path : "?");
            }
            read_list(lua, file->content, list);
            lua_pop(lua, 1);
        }
    } else if (!lua_isnil(lua, -1)) {
        luaL_error(lua, "pack.lua: 'lists' is a table of name to file");
    }
    lua_pop(lua, 1);
}

static void read_tune(lua_State *lua, int table, struct jd_pack *pack)
{
    if (lua_getfield(lua, table, "tune") == LUA_TTABLE) {
        struct jd_span *ids;
        pack->tune_count = sorted_keys(lua, -1, "tune", &ids);
        pack->tune = jd_release_alloc(lua, (pack->tune_count + 1) * sizeof(*pack->tune));
        for (uint32_t i = 0; i < pack->tune_count; i++) {
            lua_getfield(lua, -1, ids[i].data);
            double weight = lua_tonumber(lua, -1);
            if (lua_type(lua, -1) != LUA_TNUMBER || !(fabs(weight) <= 20)) {
                luaL_error(lua, "tune '%s': a weight is a number from -20 to 20", ids[i].data);
            }
            pack->tune[i] = (struct jd_pack_tune){ .id = ids[i], .weight = weight };
            lua_pop(lua, 1);
        }
    } else if (!lua_isnil(lua, -1)) {
        luaL_error(lua, "pack.lua: 'tune' is a table of id to weight");
    }
    lua_pop(lua, 1);
}

static void read_map(lua_State *lua, int table, struct jd_pack *pack)
{
    int type = lua_getfield(lua, table, "confidence");
    if (type == LUA_TNIL) {
        lua_pop(lua, 1);
        return;
    }
    struct jd_confidence_map *map = jd_release_alloc(lua, sizeof(*map));
    lua_Integer count = type == LUA_TTABLE ? luaL_len(lua, -1) : 0;
    if (count < 2 || count > (lua_Integer)(sizeof(map->points) / sizeof(*map->points))) {
        luaL_error(lua, "pack.lua: 'confidence' is a list of 2 to 64 { score, confidence }");
    }
    map->count = (uint32_t)count;
    for (lua_Integer i = 0; i < count; i++) {
        bool good = lua_geti(lua, -1, i + 1) == LUA_TTABLE &&
                    lua_geti(lua, -1, 1) == LUA_TNUMBER && lua_geti(lua, -2, 2) == LUA_TNUMBER;
        double score = good ? lua_tonumber(lua, -2) : 0;
        double confidence = good ? lua_tonumber(lua, -1) : -1;
        if (!(fabs(score) <= 1000) || !(confidence >= 0 && confidence <= 1) ||
                (i > 0 && !(score > map->points[i - 1].score &&
                                  confidence >= map->points[i - 1].confidence))) {
            luaL_error(lua,
                    "pack.lua: 'confidence', point %d: scores rise, confidences do not "
                    "fall and lie from 0 to 1",
                    (int)i + 1);
        }
        map->points[i].score = score;
        map->points[i].confidence = confidence;
        lua_pop(lua, 3);
    }
    pack->map = map;
    lua_pop(lua, 1);
}

void jd_pack_read(lua_State *lua,
        struct jd_release *release,
        struct jd_span path,
        struct jd_pack *out)
{
    int table = lua_gettop(lua);
    if (lua_type(lua, table) != LUA_TTABLE) {
        luaL_error(
                lua, "pack.lua returns a table: return { name = ..., version = 1, api = 1 }");
    }
    check_fields(lua, table);
    *out = (struct jd_pack){ .path = path };
    out->name = text_field(lua, table, "name", true);
    out->extends = text_field(lua, table, "extends", false);
    struct jd_span folder = jd_span_sub(path, 0, path.len - strlen("/pack.lua"));
    if (!jd_span_equal(out->name, folder)) {
        luaL_error(lua, "pack.lua: 'name' is the folder's, '%s'",
                jd_release_copy(lua, folder).data);
    }
    lua_getfield(lua, table, "api");
    if (!lua_isinteger(lua, -1) || lua_tointeger(lua, -1) != 1) {
        luaL_error(lua, "pack.lua: 'api' is 1");
    }
    lua_getfield(lua, table, "version");
    if (!lua_isinteger(lua, -1) || lua_tointeger(lua, -1) < 1) {
        luaL_error(lua, "pack.lua: 'version' is a whole number from 1");
    }
    out->version = lua_tointeger(lua, -1);
    lua_settop(lua, table);
    read_lists(lua, release, table, out);
    read_tune(lua, table, out);
    read_map(lua, table, out);
    if (lua_getfield(lua, table, "off") != LUA_TNIL) {
        if (luaL_len(lua, -1) > 0) {
            jd_bind_check_texts(lua, -1, &out->off, &out->off_count);
        }
    }
    lua_pop(lua, 1);
}

const struct jd_list *jd_pack_list(const struct jd_pack *pack, struct jd_span name)
{
    for (uint32_t i = 0; i < pack->lists_count; i++) {
        if (jd_span_equal(pack->lists[i].name, name)) {
            return &pack->lists[i];
        }
    }
    return NULL;
}

/* For readers. */
// clang-format off: a table to be read
static const struct jd_api_entry pack_api[] = {
    { JD_API_SECTION, NULL, "The manifest and other files", NULL, NULL, NULL },
    { JD_API_CLASS, NULL, "Pack", NULL, NULL, "What pack.lua returns." },
    { JD_API_FIELD, "Pack", "name", NULL, "string", "the folder's name" },
    { JD_API_FIELD, "Pack", "version", NULL, "integer", NULL },
    { JD_API_FIELD, "Pack", "api", NULL, "1", NULL },
    { JD_API_FIELD, "Pack", "extends", "?", "string", "the pack below" },
    { JD_API_FIELD, "Pack", "lists", "?", "table<string, string>",
            "name to file: lines of addresses and domains, \"#\" comments" },
    { JD_API_FIELD, "Pack", "tune", "?", "table<string, number>",
            "\"pack/rule/evidence\" to its new weight" },
    { JD_API_FIELD, "Pack", "off", "?", "string[]", "\"pack/rule\" or \"pack/rule/evidence\"" },
    { JD_API_FIELD, "Pack", "confidence", "?", "number[][]",
            "{ {score, value}, ... } rising; default 2^s / (1 + 2^s)" },
    { 0 },
};
// clang-format on

void jd_api_pack(jd_api_visit *visit, void *context)
{
    jd_api_visit_table(pack_api, visit, context);
}
