/*
 * The one door to libyaml: a file becomes a tree with line numbers (events, not libyaml's own
 * documents, so that depth and aliases are refused before anything grows), and the tree goes to
 * config_shape.c.
 */
#include "host/config.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <yaml.h>

#include "base/file.h"
#include "base/span.h"
#include "host/config_tree.h"

#define TREE_BYTES_MAX ((size_t)64 * 1024 * 1024) // a full file of the smallest nodes
#define CHILDREN_MAX   1000                       // of one map or list

static const char *const default_files[] = { "jackdaw.yaml", "/etc/jackdaw/jackdaw.yaml" };

struct reader {
    yaml_parser_t yaml;
    struct jd_arena *arena;
    const char *name;
    struct jd_problems *problems;
    char where[PATH_MAX + 16];
};

static const char *place(struct reader *reader, size_t line)
{
    snprintf(reader->where, sizeof(reader->where), "%s:%zu", reader->name, line);
    return reader->where;
}

static bool next_event(struct reader *reader, yaml_event_t *event)
{
    if (yaml_parser_parse(&reader->yaml, event)) {
        return true;
    }
    const yaml_parser_t *yaml = &reader->yaml;
    const char *problem = yaml->problem ? yaml->problem : "out of memory";
    jd_problems_add(reader->problems, place(reader, yaml->problem_mark.line + 1),
            "this is not YAML: %s%s%s", problem, yaml->context ? ", " : "",
            yaml->context ? yaml->context : "");
    return false;
}

static char *copy_scalar(struct reader *reader, const yaml_event_t *event)
{
    struct jd_span bytes = { (const char *)event->data.scalar.value,
        event->data.scalar.length };
    if (bytes.len && memchr(bytes.data, '\0', bytes.len)) {
        jd_problems_add(reader->problems, place(reader, event->start_mark.line + 1),
                "a text holds a NUL character");
        return NULL;
    }
    char *text = jd_arena_text(reader->arena, bytes);
    if (!text) {
        jd_problems_add(reader->problems, NULL, "%s is too large", reader->name);
    }
    return text;
}

static char *copy_key(struct reader *reader, const yaml_event_t *event)
{
    if (event->type != YAML_SCALAR_EVENT) {
        jd_problems_add(reader->problems, place(reader, event->start_mark.line + 1),
                "a key must be a plain word");
        return NULL;
    }
    return copy_scalar(reader, event);
}

/* The place for child number `count` of a map or list. */
static struct jd_config_node *
new_node(struct reader *reader, const yaml_event_t *event, unsigned count)
{
    struct jd_config_node *node = jd_arena_new(reader->arena, struct jd_config_node);
    if (!node || count >= CHILDREN_MAX) {
        jd_problems_add(reader->problems, place(reader, event->start_mark.line + 1),
                "more than %d entries in one place", CHILDREN_MAX);
        return NULL;
    }
    return node;
}

/* `key:` with nothing behind it, `~` and `null`, unquoted. */
static bool is_nothing(const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!text[0] || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

/* An anchor alone does no harm; what multiplies is the alias. */
static bool refuse_alias(struct reader *reader, const yaml_event_t *event)
{
    jd_problems_add(reader->problems, place(reader, event->start_mark.line + 1),
            "aliases are refused: write '*%.60s' out", event->data.alias.anchor);
    return false;
}

static bool
read_node(struct reader *, const yaml_event_t *, unsigned depth, struct jd_config_node *);

/* The elements of a list, or the members of a map, up to its end event. */
static bool read_children(struct reader *reader, unsigned depth, struct jd_config_node *parent)
{
    bool is_map = parent->kind == JD_NODE_MAP;
    const struct jd_config_node **tail = &parent->first;
    for (unsigned count = 0;; count++) {
        yaml_event_t event;
        if (!next_event(reader, &event)) {
            return false;
        }
        if (event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return true;
        }
        struct jd_config_node *child = new_node(reader, &event, count);
        bool fine = child != NULL;
        if (fine && is_map) {
            child->name = copy_key(reader, &event);
            yaml_event_delete(&event);
            if (!child->name || !next_event(reader, &event)) {
                return false;
            }
        }
        fine = fine && read_node(reader, &event, depth, child);
        yaml_event_delete(&event);
        if (!fine) {
            return false;
        }
        *tail = child;
        tail = &child->next;
    }
}

static bool read_node(struct reader *reader,
        const yaml_event_t *event,
        unsigned depth,
        struct jd_config_node *out)
{
    out->line = (unsigned)event->start_mark.line + 1;
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        out->kind = is_nothing(event) ? JD_NODE_NOTHING : JD_NODE_TEXT;
        out->text = copy_scalar(reader, event);
        return out->text != NULL;
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        if (depth >= JD_CONFIG_DEPTH_MAX) {
            jd_problems_add(reader->problems, place(reader, out->line),
                    "nested more than %d levels deep", JD_CONFIG_DEPTH_MAX);
            return false;
        }
        out->kind = event->type == YAML_MAPPING_START_EVENT ? JD_NODE_MAP : JD_NODE_LIST;
        return read_children(reader, depth + 1, out);
    case YAML_ALIAS_EVENT:
        return refuse_alias(reader, event);
    default:
        jd_problems_add(reader->problems, place(reader, out->line), "a value is missing here");
        return false;
    }
}

/* Reads the one document; *out_root is NULL when the file says nothing. */
static bool read_document(struct reader *reader, const struct jd_config_node **out_root)
{
    for (;;) {
        yaml_event_t event;
        if (!next_event(reader, &event)) {
            return false;
        }
        bool fine = true;
        yaml_event_type_t type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT && *out_root) {
            jd_problems_add(reader->problems, place(reader, event.start_mark.line + 1),
                    "a second document begins here; there is only one");
            fine = false;
        } else if (type == YAML_SCALAR_EVENT || type == YAML_MAPPING_START_EVENT ||
                   type == YAML_SEQUENCE_START_EVENT || type == YAML_ALIAS_EVENT) {
            struct jd_config_node *root = new_node(reader, &event, 0);
            fine = root && read_node(reader, &event, 0, root);
            *out_root = root;
        }
        yaml_event_delete(&event);
        if (!fine || type == YAML_STREAM_END_EVENT) {
            return fine;
        }
    }
}

static bool read_yaml(struct jd_span yaml,
        const char *name,
        struct jd_arena *arena,
        const struct jd_config_node **out_root,
        struct jd_problems *problems)
{
    struct reader reader = { .arena = arena, .name = name, .problems = problems };
    if (yaml.len > JD_CONFIG_BYTES_MAX) {
        jd_problems_add(
                problems, NULL, "%s is larger than %zu KiB", name, JD_CONFIG_BYTES_MAX / 1024);
        return false;
    }
    if (!yaml_parser_initialize(&reader.yaml)) {
        jd_problems_add(problems, NULL, "%s: no memory to read it", name);
        return false;
    }
    yaml_parser_set_input_string(&reader.yaml, (const unsigned char *)yaml.data, yaml.len);
    bool fine = read_document(&reader, out_root);
    yaml_parser_delete(&reader.yaml);
    return fine;
}

/* The tree lives for the call; what the configuration keeps is copied to its own arena. */
static enum jd_status load(struct jd_span yaml,
        const struct jd_config_origin *origin,
        struct jd_arena *arena,
        const struct jd_host_config **out_config,
        struct jd_problems *problems)
{
    struct jd_arena *tree = jd_arena_create(TREE_BYTES_MAX);
    const struct jd_config_node *root = NULL;
    if (!read_yaml(yaml, origin->name, tree, &root, problems)) {
        root = NULL; // half a tree would only add false problems
    }
    *out_config = jd_config_shape(root, origin, arena, problems);
    jd_arena_destroy(&tree);
    return problems->count ? JD_BAD_INPUT : JD_OK;
}

/* The folder of an absolute file. */
static const char *folder_of(const char *file, struct jd_arena *arena)
{
    const char *slash = strrchr(file, '/');
    return slash == file ? "/"
                         : jd_arena_text(arena, jd_span_new(file, (size_t)(slash - file)));
}

static const char *find_default(void)
{
    for (size_t i = 0; i < sizeof(default_files) / sizeof(default_files[0]); i++) {
        if (jd_file_exists(default_files[i])) {
            return default_files[i];
        }
    }
    return NULL;
}

enum jd_status jd_host_config_load(const char *path,
        const struct jd_option_text *overrides,
        size_t overrides_count,
        struct jd_arena *arena,
        const struct jd_host_config **out_config,
        struct jd_problems *problems)
{
    char cwd[PATH_MAX];
    if (!getcwd(cwd, sizeof(cwd))) {
        snprintf(cwd, sizeof(cwd), "/"); // the working folder was removed
    }
    const char *name = path ? path : find_default();
    struct jd_config_origin origin = {
        .name = name ? name : "defaults",
        .base_dir = jd_arena_text(arena, jd_span_of(cwd)),
        .environment = true,
        .overrides = overrides,
        .overrides_count = overrides_count,
    };
    struct jd_buf text = jd_buf_init(JD_CONFIG_BYTES_MAX);
    struct jd_error error;
    if (name) {
        origin.file = jd_path_absolute(name, cwd, arena);
        origin.base_dir = folder_of(origin.file, arena);
        if (jd_file_read(origin.file, &text, &error) != JD_OK) {
            jd_problems_add(problems, NULL, "%s", error.text);
            jd_buf_clear(&text);
        }
    }
    enum jd_status status = load(jd_buf_span(&text), &origin, arena, out_config, problems);
    jd_buf_finish(&text);
    return status;
}

enum jd_status jd_host_config_load_text(struct jd_span yaml,
        const char *name,
        const char *base_dir,
        const struct jd_option_text *overrides,
        size_t overrides_count,
        struct jd_arena *arena,
        const struct jd_host_config **out_config,
        struct jd_problems *problems)
{
    struct jd_config_origin origin = {
        .name = jd_arena_text(arena, jd_span_of(name)),
        .base_dir = jd_arena_text(arena, jd_span_of(base_dir)),
        .overrides = overrides,
        .overrides_count = overrides_count,
    };
    return load(yaml, &origin, arena, out_config, problems);
}
