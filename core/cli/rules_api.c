/* jackdaw rules api: the rules API for editors and readers, from where the names are bound. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/span.h"
#include "cli/cli.h"
#include "cli/rules.h"

#define ARENA_BYTES  (16u << 20)
#define OUTPUT_BYTES (4u << 20)
#define LINE_WIDTH   92

static const char usage[] =
        "usage: jackdaw rules api [--luals | --markdown]\n"
        "Prints every name that rules may use with its signature and what it means: as JSON for\n"
        "editors, as annotations for LuaLS (rules/jackdaw.d.lua) or as a page (docs/rules-api.md).\n";

/* The names, and where they are written. */
struct writer {
    const struct jd_api_name *names;
    uint32_t count;
    struct jd_buf out;
};

/* One parameter of "label: string -- one of the model's; at_least?: number". */
struct param {
    struct jd_span name, type, text;
    bool optional;
};

static bool next_param(struct jd_span *rest, struct param *out)
{
    struct jd_span one;
    if (rest->len == 0 || !jd_span_split(rest, ';', &one)) {
        return false;
    }
    *out = (struct param){ 0 };
    one = jd_span_trim(one);
    const char *dashes = memmem(one.data, one.len, " -- ", 4);
    if (dashes) {
        size_t at = (size_t)(dashes - one.data);
        out->text = jd_span_sub(one, at + 4, one.len);
        one = jd_span_sub(one, 0, at);
    }
    jd_span_split(&one, ':', &out->name);
    out->type = jd_span_trim(one);
    if (jd_span_ends(out->name, JD_SPAN("?"))) {
        out->optional = true;
        out->name.len--;
    }
    return true;
}

/* "(words, regex)" */
static void put_arguments(struct jd_buf *out, struct jd_span params)
{
    struct param param;
    const char *comma = "";
    jd_buf_char(out, '(');
    while (next_param(&params, &param)) {
        jd_buf_text(out, comma);
        jd_buf_add(out, param.name);
        comma = ", ";
    }
    jd_buf_char(out, ')');
}

/* Each line behind `prefix`. */
static void put_lines(struct jd_buf *out, const char *prefix, struct jd_span text)
{
    struct jd_span line;
    while (text.len && jd_span_split(&text, '\n', &line)) {
        size_t before = out->len;
        jd_buf_text(out, prefix);
        jd_buf_add(out, line);
        while (line.len == 0 && out->len > before && out->data[out->len - 1] == ' ') {
            out->len--;
        }
        jd_buf_char(out, '\n');
    }
}

static bool is_kind(const struct jd_api_name *name, enum jd_wire_api_kind kind)
{
    return name->kind == kind;
}

/* ---- JSON ---- */

static void write_params(struct jd_json_writer *w, struct jd_span params)
{
    struct param param;
    jd_json_open_array(w, "params");
    while (next_param(&params, &param)) {
        jd_json_open_object(w, NULL);
        jd_json_add_text(w, "name", param.name);
        jd_json_add_text(w, "type", param.type);
        jd_json_add_bool(w, "optional", param.optional);
        jd_json_add_text(w, "text", param.text);
        jd_json_close_object(w);
    }
    jd_json_close_array(w);
}

static const char *const kinds[] = { "", "note", "section", "alias", "class", "field", "method",
    "function" };

static void write_json(struct writer *writer)
{
    struct jd_json_writer w = jd_json_writer(&writer->out);
    jd_json_open_object(&w, NULL);
    jd_json_add_int(&w, "api", 1);
    jd_json_open_array(&w, "names");
    for (uint32_t i = 0; i < writer->count; i++) {
        const struct jd_api_name *name = &writer->names[i];
        bool is_field = is_kind(name, JD_WIRE_API_FIELD);
        jd_json_open_object(&w, NULL);
        jd_json_add_text(&w, "kind", jd_span_of(kinds[name->kind]));
        jd_json_add_text(
                &w, is_kind(name, JD_WIRE_API_CLASS) ? "objects" : "owner", name->owner);
        jd_json_add_text(&w, "name", name->name);
        if (is_field) {
            jd_json_add_bool(&w, "optional", name->params.len > 0);
        } else {
            write_params(&w, name->params);
        }
        jd_json_add_text(&w, is_field ? "type" : "returns", name->gives);
        jd_json_add_text(&w, "text", name->text);
        jd_json_close_object(&w);
    }
    jd_json_close_array(&w);
    jd_json_close_object(&w);
    jd_buf_char(&writer->out, '\n');
}

/* ---- LuaLS ---- */

/* What the methods of a class hang on: its only object, else a local of its name. */
static struct jd_span holder_of(const struct jd_api_name *class)
{
    bool one = class->owner.len && memchr(class->owner.data, ',', class->owner.len) == NULL;
    return one ? class->owner : class->name;
}

static const struct jd_api_name *find_class(const struct writer *writer, struct jd_span name)
{
    for (uint32_t i = 0; i < writer->count; i++) {
        if (is_kind(&writer->names[i], JD_WIRE_API_CLASS) &&
                jd_span_equal(writer->names[i].name, name)) {
            return &writer->names[i];
        }
    }
    return NULL;
}

/* The objects behind the class whose methods end before `at`, when there are several. */
static void put_objects(struct jd_buf *out, const struct jd_api_name *class)
{
    struct jd_span rest = class->owner, object;
    if (class->owner.len == 0 || memchr(class->owner.data, ',', class->owner.len) == NULL) {
        return;
    }
    while (jd_span_split(&rest, ',', &object)) {
        object = jd_span_trim(object);
        jd_buf_format(out, "---@type " JD_SPAN_FMT "\n" JD_SPAN_FMT " = {}\n",
                JD_SPAN_ARG(class->name), JD_SPAN_ARG(object));
    }
}

static void put_lua_class(struct writer *writer, uint32_t at)
{
    struct jd_buf *out = &writer->out;
    const struct jd_api_name *class = &writer->names[at];
    bool has_methods = false;
    jd_buf_char(out, '\n');
    put_lines(out, "---", class->text);
    jd_buf_format(out, "---@class " JD_SPAN_FMT "\n", JD_SPAN_ARG(class->name));
    for (uint32_t i = at + 1; i < writer->count; i++) {
        const struct jd_api_name *field = &writer->names[i];
        if (is_kind(field, JD_WIRE_API_FIELD) && jd_span_equal(field->owner, class->name)) {
            jd_buf_format(out, "---@field " JD_SPAN_FMT "%s " JD_SPAN_FMT "%s" JD_SPAN_FMT "\n",
                    JD_SPAN_ARG(field->name), field->params.len ? "?" : "",
                    JD_SPAN_ARG(field->gives), field->text.len ? " " : "",
                    JD_SPAN_ARG(field->text));
        }
        has_methods = has_methods || (is_kind(field, JD_WIRE_API_METHOD) &&
                                             jd_span_equal(field->owner, class->name));
    }
    if (has_methods) {
        struct jd_span holder = holder_of(class);
        bool is_object = jd_span_equal(holder, class->owner);
        jd_buf_format(out, "%s" JD_SPAN_FMT " = {}\n", is_object ? "" : "local ",
                JD_SPAN_ARG(holder));
    }
}

static void put_lua_function(struct writer *writer, const struct jd_api_name *name)
{
    struct jd_buf *out = &writer->out;
    struct jd_span params = name->params;
    struct param param;
    put_lines(out, "---", name->text);
    while (next_param(&params, &param)) {
        jd_buf_format(out, "---@param " JD_SPAN_FMT "%s " JD_SPAN_FMT "%s" JD_SPAN_FMT "\n",
                JD_SPAN_ARG(param.name), param.optional ? "?" : "", JD_SPAN_ARG(param.type),
                param.text.len ? " " : "", JD_SPAN_ARG(param.text));
    }
    if (name->gives.len) {
        jd_buf_format(out, "---@return " JD_SPAN_FMT "\n", JD_SPAN_ARG(name->gives));
    }
    jd_buf_text(out, "function ");
    if (is_kind(name, JD_WIRE_API_METHOD)) {
        const struct jd_api_name *class = find_class(writer, name->owner);
        jd_buf_add(out, class ? holder_of(class) : name->owner);
        jd_buf_char(out, ':');
    }
    jd_buf_add(out, name->name);
    put_arguments(out, name->params);
    jd_buf_text(out, " end\n");
}

static void put_lua_section(struct jd_buf *out, struct jd_span name)
{
    size_t begin = out->len + 1;
    jd_buf_format(out, "\n-- " JD_SPAN_FMT " ", JD_SPAN_ARG(name));
    while (out->len - begin < LINE_WIDTH) {
        jd_buf_char(out, '-');
    }
    jd_buf_char(out, '\n');
}

/* Whether the name is the last method of its class. */
static bool ends_class(const struct writer *writer, uint32_t at)
{
    const struct jd_api_name *name = &writer->names[at];
    return is_kind(name, JD_WIRE_API_METHOD) &&
           (at + 1 == writer->count || !is_kind(&writer->names[at + 1], JD_WIRE_API_METHOD) ||
                   !jd_span_equal(writer->names[at + 1].owner, name->owner));
}

static void write_luals(struct writer *writer)
{
    struct jd_buf *out = &writer->out;
    jd_buf_text(out,
            "---@meta jackdaw\n"
            "-- The rules API, version 1, for editors (LuaLS) and for readers. Nothing here runs.\n"
            "-- Made by `jackdaw rules api --luals`.\n--\n");
    for (uint32_t i = 0; i < writer->count; i++) {
        const struct jd_api_name *name = &writer->names[i];
        switch (name->kind) {
        case JD_WIRE_API_NOTE:
            put_lines(out, "-- ", name->text);
            break;
        case JD_WIRE_API_SECTION:
            put_lua_section(out, name->name);
            break;
        case JD_WIRE_API_ALIAS:
            jd_buf_format(out, "\n---@alias " JD_SPAN_FMT " " JD_SPAN_FMT "\n",
                    JD_SPAN_ARG(name->name), JD_SPAN_ARG(name->gives));
            break;
        case JD_WIRE_API_CLASS:
            put_lua_class(writer, i);
            break;
        case JD_WIRE_API_FIELD:
            break; // with its class
        case JD_WIRE_API_FUNCTION:
            jd_buf_char(out, '\n');
            put_lua_function(writer, name);
            break;
        case JD_WIRE_API_METHOD:
            put_lua_function(writer, name);
            break;
        }
        if (ends_class(writer, i)) {
            const struct jd_api_name *class = find_class(writer, name->owner);
            if (class) {
                put_objects(out, class);
            }
        }
    }
}

/* ---- Markdown ---- */

/* A cell of a table: '|' would end it. */
static void put_cell(struct jd_buf *out, struct jd_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '|') {
            jd_buf_char(out, '\\');
        }
        jd_buf_char(out, text.data[i] == '\n' ? ' ' : text.data[i]);
    }
}

/* `words: string|string[]`, each with its type. */
static void put_typed_arguments(struct jd_buf *out, struct jd_span params)
{
    struct param param;
    const char *comma = "";
    jd_buf_char(out, '(');
    while (next_param(&params, &param)) {
        jd_buf_format(out, "%s" JD_SPAN_FMT "%s: ", comma, JD_SPAN_ARG(param.name),
                param.optional ? "?" : "");
        put_cell(out, param.type);
        comma = ", ";
    }
    jd_buf_char(out, ')');
}

static void put_table_head(struct jd_buf *out, const char *first)
{
    jd_buf_format(out, "| %s | |\n| --- | --- |\n", first);
}

static void put_page_class(struct writer *writer, uint32_t at)
{
    struct jd_buf *out = &writer->out;
    const struct jd_api_name *class = &writer->names[at];
    struct jd_span title = class->owner.len ? class->owner : class->name;
    bool begun = false;
    jd_buf_format(out, "\n### " JD_SPAN_FMT "\n\n", JD_SPAN_ARG(title));
    if (class->text.len) {
        put_lines(out, "", class->text);
        jd_buf_char(out, '\n');
    }
    for (uint32_t i = at + 1; i < writer->count; i++) {
        const struct jd_api_name *name = &writer->names[i];
        if (!jd_span_equal(name->owner, class->name) || is_kind(name, JD_WIRE_API_CLASS)) {
            continue;
        }
        if (!begun) {
            put_table_head(out, "name");
            begun = true;
        }
        if (is_kind(name, JD_WIRE_API_FIELD)) {
            jd_buf_format(out, "| `" JD_SPAN_FMT "%s`: `", JD_SPAN_ARG(name->name),
                    name->params.len ? "?" : "");
        } else {
            struct jd_span object = class->owner;
            jd_span_split(&object, ',', &title);
            title = class->owner.len ? title : class->name;
            jd_buf_format(out, "| `" JD_SPAN_FMT ":" JD_SPAN_FMT, JD_SPAN_ARG(title),
                    JD_SPAN_ARG(name->name));
            put_typed_arguments(out, name->params);
            jd_buf_text(out, "`: `");
        }
        put_cell(out, name->gives);
        jd_buf_text(out, "` | ");
        put_cell(out, name->text);
        jd_buf_text(out, " |\n");
    }
}

static void put_page_function(struct jd_buf *out, const struct jd_api_name *name)
{
    struct jd_span params = name->params;
    struct param param;
    jd_buf_format(out, "\n### " JD_SPAN_FMT "\n\n`" JD_SPAN_FMT, JD_SPAN_ARG(name->name),
            JD_SPAN_ARG(name->name));
    jd_buf_char(out, '(');
    for (const char *comma = ""; next_param(&params, &param); comma = ", ") {
        jd_buf_format(out, "%s" JD_SPAN_FMT "%s: " JD_SPAN_FMT, comma, JD_SPAN_ARG(param.name),
                param.optional ? "?" : "", JD_SPAN_ARG(param.type));
    }
    jd_buf_char(out, ')');
    if (name->gives.len) {
        jd_buf_format(out, ": " JD_SPAN_FMT, JD_SPAN_ARG(name->gives));
    }
    jd_buf_text(out, "`\n\n");
    put_lines(out, "", name->text);
}

static void write_markdown(struct writer *writer)
{
    struct jd_buf *out = &writer->out;
    jd_buf_text(out,
            "# The rules API, version 1\n\n"
            "Every name that rules may use. Made by `jackdaw rules api --markdown` from where the\n"
            "names are bound; [rules.md](rules.md) tells how to write, test and activate rules.\n\n");
    for (uint32_t i = 0; i < writer->count; i++) {
        const struct jd_api_name *name = &writer->names[i];
        switch (name->kind) {
        case JD_WIRE_API_NOTE:
            put_lines(out, "", name->text);
            break;
        case JD_WIRE_API_SECTION:
            jd_buf_format(out, "\n## " JD_SPAN_FMT "\n", JD_SPAN_ARG(name->name));
            break;
        case JD_WIRE_API_ALIAS:
            jd_buf_format(out, "\n`" JD_SPAN_FMT "` stands for `" JD_SPAN_FMT "`.\n",
                    JD_SPAN_ARG(name->name), JD_SPAN_ARG(name->gives));
            break;
        case JD_WIRE_API_CLASS:
            put_page_class(writer, i);
            break;
        case JD_WIRE_API_FUNCTION:
            put_page_function(out, name);
            break;
        case JD_WIRE_API_FIELD:
        case JD_WIRE_API_METHOD:
            break; // with their class
        }
    }
}

/* ---- the command ---- */

struct asking {
    struct jd_arena *arena;
    struct jd_api_name *names;
    uint32_t count;
};

static enum jd_status ask(void *context, struct jd_child *child, struct jd_error *error)
{
    struct asking *asking = context;
    return jd_child_api(child, asking->arena, &asking->names, &asking->count, error);
}

static void (*choose(int argc, char **argv))(struct writer *)
{
    if (argc == 2 && strcmp(argv[1], "--luals") == 0) {
        return write_luals;
    }
    if (argc == 2 && strcmp(argv[1], "--markdown") == 0) {
        return write_markdown;
    }
    return argc == 1 ? write_json : NULL;
}

int jd_rules_api(int argc, char **argv)
{
    struct jd_error error = { 0 };
    void (*write)(struct writer *) = choose(argc, argv);
    if (jd_cli_tell_help(argc, argv, usage)) {
        return 0;
    }
    if (!write) {
        return jd_cli_usage(usage);
    }
    struct asking asking = { .arena = jd_arena_create(ARENA_BYTES) };
    struct writer writer = { .out = jd_buf_init(OUTPUT_BYTES) };
    enum jd_status status = jd_rules_in_child(ask, &asking, &error);
    bool printed = false;
    if (status == JD_OK) {
        writer.names = asking.names;
        writer.count = asking.count;
        write(&writer);
        printed = jd_rules_print(jd_buf_span(&writer.out));
    } else {
        fprintf(stderr, "jackdaw: %s\n", error.text);
    }
    jd_buf_finish(&writer.out);
    jd_arena_destroy(&asking.arena);
    return printed ? 0 : 1;
}
