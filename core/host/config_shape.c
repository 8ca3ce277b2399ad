/*
 * The shape of jackdaw.yaml as one table, and what is done with it: collect what was written in
 * the file, the environment and on the command line, check it, and set it down with its origin.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/span.h"
#include "base/timezone.h"
#include "host/config_tree.h"

#define INDIRECT_BYTES_MAX ((size_t)64 * 1024) // of a "file:" value
#define SECTION_KEYS_MAX   16
#define WORDS_BYTES        400 // of the keys that a problem lists

/* The configuration while it is made; `offset` of a key counts from here. */
struct shape {
    struct jd_host_config config;
    const char *listen, *metrics_listen, *log_level;
    const struct jd_config_origin *origin;
    struct jd_arena *arena;
    struct jd_problems *problems;
    struct jd_config_value *values;
    size_t values_count, values_max;
};

#define AT(member)      offsetof(struct shape, member)
#define ACCOUNT(member) offsetof(struct jd_config_account, member)

// clang-format off
static const struct jd_config_key keys[] = {
    { "", { .name = "data_dir", .type = JD_OPTION_PATH, .default_text = "./var",
            .help = "folder for all that Jackdaw writes" },
        "JACKDAW_DATA_DIR", AT(config.data_dir) },
    { "", { .name = "listen", .type = JD_OPTION_TEXT, .default_text = "127.0.0.1:8420",
            .help = "address:port of the browser's and the API's door" },
        "JACKDAW_LISTEN", AT(listen) },
    { "", { .name = "behind_tls_proxy", .type = JD_OPTION_BOOL, .default_text = "false",
            .help = "a proxy in front ends TLS, so listening beyond loopback is allowed" },
        NULL, AT(config.behind_tls_proxy) },
    { "", { .name = "metrics_listen", .type = JD_OPTION_TEXT, .default_text = "127.0.0.1:8421",
            .help = "address:port of metrics and detailed health, or off" },
        NULL, AT(metrics_listen) },
    { "", { .name = "plugin_dir", .type = JD_OPTION_PATH,
            .help = "folder of the plugins; default: plugins beside the binary" },
        NULL, AT(config.plugin_dir) },
    { "", { .name = "frontend_dir", .type = JD_OPTION_PATH,
            .help = "folder of the built mail app; default: found from the binary" },
        NULL, AT(config.frontend_dir) },
    { "", { .name = "workers", .type = JD_OPTION_INT, .default_text = "1", .min = 1, .max = 64,
            .help = "worker processes" },
        NULL, AT(config.workers) },
    { "", { .name = "compute", .type = JD_OPTION_INT, .min = 1, .max = 64,
            .help = "compute children of each worker; default: processors of this machine" },
        NULL, AT(config.compute) },
    { "", { .name = "log_level", .type = JD_OPTION_ENUM, .default_text = "info",
            .choices = "debug|info|warning|error", .help = "least level that is written" },
        "JACKDAW_LOG_LEVEL", AT(log_level) },
    { "", { .name = "user", .type = JD_OPTION_TEXT, .default_text = "jackdaw",
            .help = "system user that the roles run as when started by root" },
        NULL, AT(config.user) },
    { "storage", { .name = "plugin", .type = JD_OPTION_TEXT, .default_text = "sqlite",
            .help = "storage service; its options stand beside this key" },
        NULL, AT(config.storage.plugin) },
    { "queue", { .name = "plugin", .type = JD_OPTION_TEXT, .default_text = "sqlite",
            .help = "queue service; its options stand beside this key" },
        NULL, AT(config.queue.plugin) },
    { "bus", { .name = "plugin", .type = JD_OPTION_TEXT, .default_text = "local",
            .help = "bus service; its options stand beside this key" },
        NULL, AT(config.bus.plugin) },
    { "cache", { .name = "plugin", .type = JD_OPTION_TEXT, .default_text = "local",
            .help = "cache service; its options stand beside this key" },
        NULL, AT(config.cache.plugin) },
    { "provision.accounts", { .name = "name", .type = JD_OPTION_TEXT, .required = true,
            .help = "what the account is called" },
        NULL, ACCOUNT(name) },
    { "provision.accounts", { .name = "kind", .type = JD_OPTION_TEXT, .required = true,
            .help = "source service (maildir, mbox, eml); its options stand beside this key" },
        NULL, ACCOUNT(kind) },
    { "provision.accounts", { .name = "address", .type = JD_OPTION_TEXT,
            .help = "the owner's own address; left out: found from the mail" },
        NULL, ACCOUNT(address) },
    { "provision.accounts", { .name = "time_zone", .type = JD_OPTION_TEXT,
            .help = "IANA name; left out: this machine's zone" },
        NULL, ACCOUNT(time_zone) },
    { .section = NULL },
};

static const struct {
    const char *name;
    enum jd_service_kind kind;
    size_t offset;
} services[] = {
    { "storage", JD_STORAGE_1, AT(config.storage) },
    { "queue", JD_QUEUE_1, AT(config.queue) },
    { "bus", JD_BUS_1, AT(config.bus) },
    { "cache", JD_CACHE_1, AT(config.cache) },
};
// clang-format on
#define SERVICES_COUNT  (sizeof(services) / sizeof(services[0]))

/* What was written for one section. */
struct texts {
    struct jd_option_text *items;
    size_t count, max;
};

const struct jd_config_key *jd_host_config_keys(void)
{
    return keys;
}

/* --- Writing down. --- */

static void
record(struct shape *shape, const char *path, const char *text, const char *origin, bool secret)
{
    if (shape->values_count == shape->values_max || !path) {
        jd_problems_add(shape->problems, NULL, "%s is too large", shape->origin->name);
        return;
    }
    shape->values[shape->values_count++] =
            (struct jd_config_value){ path, text ? text : "", origin, secret };
}

static const char *dotted(struct shape *shape, const char *section, const char *name)
{
    return jd_arena_format(shape->arena, "%s%s%s", section, section[0] ? "." : "", name).data;
}

static const struct jd_option_text *find_text(const struct texts *texts, const char *name)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (strcmp(texts->items[i].name, name) == 0) {
            return &texts->items[i];
        }
    }
    return NULL;
}

static const char *origin_of(const struct texts *texts, const char *name)
{
    const struct jd_option_text *text = find_text(texts, name);
    return text ? text->origin : "default";
}

/* --- Collecting what was written. --- */

static struct texts make_texts(struct shape *shape, const struct jd_config_node *map)
{
    struct texts texts = { .max = SECTION_KEYS_MAX + shape->origin->overrides_count };
    for (const struct jd_config_node *node = map ? map->first : NULL; node; node = node->next) {
        texts.max++;
    }
    texts.items = jd_arena_zalloc(shape->arena, texts.max, sizeof(*texts.items));
    if (!texts.items) {
        texts.max = 0;
    }
    return texts;
}

static void add_text(struct shape *shape, struct texts *texts, struct jd_option_text text)
{
    if (texts->count == texts->max || !text.name || !text.text || !text.origin) {
        jd_problems_add(shape->problems, NULL, "%s is too large", shape->origin->name);
        return;
    }
    texts->items[texts->count++] = text;
}

/* The stronger origin wins, whatever was wrong with the weaker. */
static void replace_text(struct shape *shape, struct texts *texts, struct jd_option_text text)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (strcmp(texts->items[i].name, text.name) == 0) {
            texts->items[i] = text;
            return;
        }
    }
    add_text(shape, texts, text);
}

static const char *origin_line(struct shape *shape, unsigned line)
{
    return jd_arena_format(shape->arena, "%s:%u", shape->origin->name, line).data;
}

/* The text behind "file:", without the line end that editors leave. NULL: reported. */
static const char *
read_indirect(struct shape *shape, const char *key, const char *path, const char *origin)
{
    struct jd_buf bytes = jd_buf_init(INDIRECT_BYTES_MAX);
    struct jd_error error;
    const char *file = jd_path_absolute(path, shape->config.base_dir, shape->arena);
    const char *text = NULL;
    if (!file || jd_file_read(file, &bytes, &error) != JD_OK) {
        jd_problems_add(shape->problems, origin, "%s: %s", key,
                file ? error.text : "the path is too long");
    } else {
        struct jd_span span = jd_buf_span(&bytes);
        while (span.len &&
                (span.data[span.len - 1] == '\n' || span.data[span.len - 1] == '\r')) {
            span.len--;
        }
        if (span.len && memchr(span.data, '\0', span.len)) {
            jd_problems_add(shape->problems, origin, "%s: %s holds a NUL character", key, file);
        } else {
            text = jd_arena_text(shape->arena, span);
        }
    }
    jd_buf_finish(&bytes);
    return text;
}

/* A text as written, or what "env:" or "file:" stand for. False: reported, leave it out. */
static bool resolve(struct shape *shape,
        const char *key,
        const struct jd_config_node *node,
        struct jd_option_text *out)
{
    const char *origin = origin_line(shape, node->line);
    const char *written = jd_arena_text(shape->arena, jd_span_of(node->text));
    *out = (struct jd_option_text){ .text = written, .origin = origin };
    if (!written || !origin) {
        return true; // add_text reports it
    }
    bool from_environment = strncmp(written, "env:", 4) == 0;
    if (!from_environment && strncmp(written, "file:", 5) != 0) {
        return true;
    }
    out->secret = true;
    out->origin = jd_arena_format(shape->arena, "%s, %s", origin, written).data;
    if (!from_environment) {
        out->text = read_indirect(shape, key, written + 5, origin);
        return out->text != NULL;
    }
    const char *value = getenv(written + 4); // NOLINT(concurrency-mt-unsafe): at start
    if (!value) {
        jd_problems_add(shape->problems, origin,
                "%s: there is no environment variable '%.100s'", key, written + 4);
        return false;
    }
    out->text = jd_arena_text(shape->arena, jd_span_of(value));
    return true;
}

/* " (allowed: 1 to 64)"; "" for an option of a plugin, whose table is not known here. */
static const char *allowed_words(struct shape *shape, const struct jd_config_key *key)
{
    struct jd_span words = key ? jd_option_allowed(&key->option, shape->arena) : JD_SPAN("");
    const char *text = words.len ? jd_arena_format(shape->arena, " (allowed: " JD_SPAN_FMT ")",
                                           JD_SPAN_ARG(words))
                                           .data
                                 : NULL;
    return text ? text : "";
}

/* `parent` is the path of the map that holds the node; `key` NULL: an option of a plugin. */
static void add_node(struct shape *shape,
        struct texts *texts,
        const char *parent,
        const struct jd_config_key *key,
        const struct jd_config_node *node)
{
    const char *path = dotted(shape, parent, node->name);
    if (!path) {
        jd_problems_add(shape->problems, NULL, "%s is too large", shape->origin->name);
    } else if (node->kind == JD_NODE_NOTHING) {
        jd_problems_add(shape->problems, origin_line(shape, node->line),
                "%.200s has no value: write one or leave the line out%s", path,
                allowed_words(shape, key));
    } else if (node->kind != JD_NODE_TEXT) {
        jd_problems_add(shape->problems, origin_line(shape, node->line),
                "%.200s is a %s where a plain value is expected%s", path,
                node->kind == JD_NODE_MAP ? "map" : "list", allowed_words(shape, key));
    } else {
        struct jd_option_text text;
        if (resolve(shape, path, node, &text)) {
            text.name = jd_arena_text(shape->arena, jd_span_of(node->name));
            add_text(shape, texts, text);
        }
    }
}

/* --- Maps: what kind of thing stands where, and nothing twice. --- */

/* `path` is the map's own. */
static bool is_repeated(struct shape *shape,
        const char *path,
        const struct jd_config_node *map,
        const struct jd_config_node *node)
{
    for (const struct jd_config_node *other = map->first; other != node; other = other->next) {
        if (strcmp(other->name, node->name) == 0) {
            jd_problems_add(shape->problems, origin_line(shape, node->line),
                    "'%s%s%.100s' is written twice, first in line %u", path, path[0] ? "." : "",
                    node->name, other->line);
            return true;
        }
    }
    return false;
}

static const struct jd_config_key *find_key(const char *section, const char *name)
{
    for (const struct jd_config_key *key = keys; key->section; key++) {
        if (strcmp(key->section, section) == 0 && strcmp(key->option.name, name) == 0) {
            return key;
        }
    }
    return NULL;
}

/* The keys of a section; those of the whole file ("") are followed by the sections. */
static void list_words(const char *section,
        const char *out_words[SECTION_KEYS_MAX + SERVICES_COUNT + 2])
{
    size_t count = 0;
    for (const struct jd_config_key *key = keys; key->section; key++) {
        if (strcmp(key->section, section) == 0) {
            out_words[count++] = key->option.name;
        }
    }
    for (size_t i = 0; !section[0] && i < SERVICES_COUNT; i++) {
        out_words[count++] = services[i].name;
    }
    if (!section[0]) {
        out_words[count++] = "provision";
    } else if (strcmp(section, "provision") == 0) {
        out_words[count++] = "accounts";
    }
    out_words[count] = NULL;
}

static void join_words(const char *const *words, char out[WORDS_BYTES])
{
    out[0] = '\0';
    for (size_t i = 0, used = 0; words[i] && used < WORDS_BYTES; i++) {
        used += (size_t)snprintf(
                out + used, WORDS_BYTES - used, "%s%s", i ? ", " : "", words[i]);
    }
}

static void
report_unknown_key(struct shape *shape, const char *section, const struct jd_config_node *node)
{
    const char *words[SECTION_KEYS_MAX + SERVICES_COUNT + 2];
    char list[WORDS_BYTES];
    list_words(section, words);
    join_words(words, list);
    const char *near = jd_nearest_word(node->name, words);
    jd_problems_add(shape->problems, origin_line(shape, node->line),
            "unknown key '%s%s%.100s'%s%s%s; there are: %s", section, section[0] ? "." : "",
            node->name, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "",
            list);
}

/* The node as a map; NULL when nothing is there, or when it is something else (reported). */
static const struct jd_config_node *as_map(struct shape *shape,
        const struct jd_config_node *node,
        const char *section,
        const char *path)
{
    if (!node || node->kind == JD_NODE_NOTHING) {
        return NULL;
    }
    if (node->kind != JD_NODE_MAP) {
        const char *words[SECTION_KEYS_MAX + SERVICES_COUNT + 2];
        char list[WORDS_BYTES], found[WORDS_BYTES] = "a list";
        list_words(section, words);
        join_words(words, list);
        if (node->kind == JD_NODE_TEXT) {
            snprintf(found, sizeof(found), "'%.100s'", node->text);
        }
        bool has_options = section[0] && strcmp(section, "provision") != 0;
        jd_problems_add(shape->problems, origin_line(shape, node->line),
                "%s is %s where a map is expected: write its keys below it, each as "
                "'key: value' (%s%s)",
                path, found, list, has_options ? ", and the options of what it names" : "");
        return NULL;
    }
    return node;
}

/* NULL when there is no such member, or no map at all. */
static const struct jd_config_node *member(const struct jd_config_node *map, const char *name)
{
    bool is_map = map && map->kind == JD_NODE_MAP;
    for (const struct jd_config_node *node = is_map ? map->first : NULL; node;
            node = node->next) {
        if (strcmp(node->name, name) == 0) {
            return node;
        }
    }
    return NULL;
}

/* --- Checking a section and filling its struct. --- */

static void
set_field(void *target, const struct jd_config_key *key, const struct jd_setting *setting)
{
    char *at = (char *)target + key->offset;
    if (key->option.type == JD_OPTION_INT || key->option.type == JD_OPTION_BOOL) {
        *(int64_t *)at = setting->number;
    } else {
        *(const char **)at = setting->text;
    }
}

/* Checks `texts` against the section's keys, sets the fields of `target`, records each value
 * under `path` ("provision.accounts[0]"). */
static void check_section(struct shape *shape,
        const char *section,
        const char *path,
        const char *origin,
        const struct texts *texts,
        void *target)
{
    const struct jd_config_key *rows[SECTION_KEYS_MAX];
    struct jd_option table[SECTION_KEYS_MAX + 1] = { 0 };
    size_t count = 0;
    for (const struct jd_config_key *key = keys; key->section; key++) {
        if (strcmp(key->section, section) == 0) {
            rows[count] = key;
            table[count++] = key->option;
        }
    }
    struct jd_options_place place = {
        .owner = path[0] ? path : NULL,
        .origin = origin,
        .base_dir = shape->config.base_dir,
    };
    struct jd_setting *settings;
    uint32_t settings_count;
    jd_options_check(table, texts->items, texts->count, &place, shape->arena, &settings,
            &settings_count, shape->problems);
    for (uint32_t i = 0; i < settings_count && i < count; i++) {
        const char *name = rows[i]->option.name;
        const struct jd_option_text *text = find_text(texts, name);
        set_field(target, rows[i], &settings[i]);
        record(shape, dotted(shape, path, name), settings[i].text, origin_of(texts, name),
                rows[i]->option.secret || (text && text->secret));
    }
}

static void split_section(struct shape *shape,
        const char *section,
        const char *path,
        const struct jd_config_node *map,
        struct texts *known,
        struct texts *others)
{
    for (const struct jd_config_node *node = map ? map->first : NULL; node; node = node->next) {
        if (!is_repeated(shape, path, map, node)) {
            const struct jd_config_key *key = find_key(section, node->name);
            add_node(shape, key ? known : others, path, key, node);
        }
    }
}

static void record_options(struct shape *shape, const char *path, const struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        const struct jd_option_text *text = &texts->items[i];
        record(shape, dotted(shape, path, text->name), text->text, text->origin, text->secret);
    }
}

/* --- The three parts of the file. --- */

static void add_overrides(struct shape *shape, struct texts *texts)
{
    char cwd[PATH_MAX];
    if (!getcwd(cwd, sizeof(cwd))) {
        snprintf(cwd, sizeof(cwd), "/"); // the working folder was removed
    }
    for (const struct jd_config_key *key = keys; key->section; key++) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): at start there is one thread
        const char *value = key->environment ? getenv(key->environment) : NULL;
        if (shape->origin->environment && value && value[0]) {
            struct jd_option_text text = { .name = key->option.name };
            text.text = key->option.type == JD_OPTION_PATH
                                ? jd_path_absolute(value, cwd, shape->arena)
                                : jd_arena_text(shape->arena, jd_span_of(value));
            text.origin =
                    jd_arena_format(shape->arena, "environment %s", key->environment).data;
            replace_text(shape, texts, text);
        }
    }
    for (size_t i = 0; i < shape->origin->overrides_count; i++) {
        struct jd_option_text text = shape->origin->overrides[i];
        const struct jd_config_key *key = find_key("", text.name);
        text.text = key && key->option.type == JD_OPTION_PATH && text.text[0]
                            ? jd_path_absolute(text.text, cwd, shape->arena)
                            : jd_arena_text(shape->arena, jd_span_of(text.text));
        text.origin = jd_arena_text(
                shape->arena, jd_span_of(text.origin ? text.origin : "command line"));
        replace_text(shape, texts, text);
    }
}

static bool is_section(const char *name)
{
    for (size_t i = 0; i < SERVICES_COUNT; i++) {
        if (strcmp(services[i].name, name) == 0) {
            return true;
        }
    }
    return strcmp(name, "provision") == 0;
}

static struct texts check_top(struct shape *shape, const struct jd_config_node *root)
{
    struct texts texts = make_texts(shape, root);
    for (const struct jd_config_node *node = root ? root->first : NULL; node;
            node = node->next) {
        if (is_repeated(shape, "", root, node) || is_section(node->name)) {
            continue;
        }
        const struct jd_config_key *key = find_key("", node->name);
        if (key) {
            add_node(shape, &texts, "", key, node);
        } else {
            report_unknown_key(shape, "", node);
        }
    }
    add_overrides(shape, &texts);
    check_section(shape, "", "", NULL, &texts, shape);
    return texts;
}

static void check_service(struct shape *shape, const struct jd_config_node *root, size_t i)
{
    const char *name = services[i].name;
    const struct jd_config_node *map = as_map(shape, member(root, name), name, name);
    struct texts known = make_texts(shape, map);
    struct texts others = make_texts(shape, map);
    split_section(shape, name, name, map, &known, &others);
    check_section(shape, name, name, NULL, &known, shape);
    record_options(shape, name, &others);
    struct jd_config_service *service = (void *)((char *)shape + services[i].offset);
    service->kind = services[i].kind;
    service->plugin_origin = origin_of(&known, "plugin");
    service->options = others.items;
    service->options_count = others.count;
}

static void check_time_zone(struct shape *shape, const char *path, const struct texts *known)
{
    const struct jd_option_text *zone = find_text(known, "time_zone");
    if (zone && !jd_timezone_exists(jd_span_of(zone->text))) {
        jd_problems_add(shape->problems, zone->origin,
                "%s.time_zone: '%.60s' is no time zone (allowed: an IANA name such as "
                "Europe/Berlin)",
                path, zone->secret ? "(hidden)" : zone->text);
    }
}

static void check_account(struct shape *shape,
        const struct jd_config_node *node,
        size_t number,
        struct jd_config_account *out)
{
    char path[64];
    snprintf(path, sizeof(path), "provision.accounts[%zu]", number);
    const struct jd_config_node *map = as_map(shape, node, "provision.accounts", path);
    struct texts known = make_texts(shape, map);
    struct texts others = make_texts(shape, map);
    split_section(shape, "provision.accounts", path, map, &known, &others);
    out->origin = origin_line(shape, node->line);
    check_section(shape, "provision.accounts", path, out->origin, &known, out);
    check_time_zone(shape, path, &known);
    record_options(shape, path, &others);
    out->options = others.items;
    out->options_count = others.count;
}

static void check_names_differ(struct shape *shape, const struct jd_config_account *accounts)
{
    for (size_t i = 0; i < shape->config.accounts_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const char *name = accounts[i].name;
            if (name && accounts[j].name && strcmp(name, accounts[j].name) == 0) {
                jd_problems_add(shape->problems, accounts[i].origin,
                        "two accounts are named '%.100s' (the other: %s)", name,
                        accounts[j].origin);
                break;
            }
        }
    }
}

static void check_provision(struct shape *shape, const struct jd_config_node *root)
{
    const char *section = "provision";
    const struct jd_config_node *map = as_map(shape, member(root, section), section, section);
    for (const struct jd_config_node *node = map ? map->first : NULL; node; node = node->next) {
        if (!is_repeated(shape, section, map, node) && strcmp(node->name, "accounts") != 0) {
            report_unknown_key(shape, section, node);
        }
    }
    const struct jd_config_node *list = member(map, "accounts");
    if (!list || list->kind == JD_NODE_NOTHING) {
        return;
    }
    if (list->kind != JD_NODE_LIST) {
        jd_problems_add(shape->problems, origin_line(shape, list->line),
                "provision.accounts is no list: begin each account with '- name: ...'");
        return;
    }
    size_t count = 0;
    for (const struct jd_config_node *node = list->first; node; node = node->next) {
        count++;
    }
    struct jd_config_account *accounts =
            jd_arena_zalloc(shape->arena, count + 1, sizeof(*accounts));
    if (!accounts) {
        jd_problems_add(shape->problems, NULL, "%s is too large", shape->origin->name);
        return;
    }
    for (const struct jd_config_node *node = list->first; node; node = node->next) {
        size_t number = shape->config.accounts_count++;
        check_account(shape, node, number, &accounts[number]);
    }
    shape->config.accounts = accounts;
    check_names_differ(shape, accounts);
}

/* --- What the machine decides when nobody said anything. --- */

/* The folder of this binary. */
static void find_exe_dir(char out[PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", out, PATH_MAX - 1);
    out[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(out, '/');
    if (slash) {
        *slash = '\0';
    }
}

static void set_value(struct shape *shape, const char *path, const char *text)
{
    for (size_t i = 0; i < shape->values_count; i++) {
        if (strcmp(shape->values[i].path, path) == 0) {
            shape->values[i].text = text;
            return;
        }
    }
}

static const char *
first_folder(struct shape *shape, const char *dir, const char *below, const char *fallback)
{
    const char *found = jd_arena_format(shape->arena, "%s/%s", dir, below).data;
    return found && jd_file_exists(found) ? found : fallback;
}

static void find_defaults(struct shape *shape)
{
    struct jd_host_config *config = &shape->config;
    char dir[PATH_MAX];
    find_exe_dir(dir);
    if (!config->plugin_dir) {
        config->plugin_dir = first_folder(shape, dir, "plugins", "/usr/lib/jackdaw/plugins");
        set_value(shape, "plugin_dir", config->plugin_dir);
    }
    if (!config->frontend_dir) {
        char *slash = strrchr(dir, '/');
        if (slash) {
            *slash = '\0';
        }
        config->frontend_dir =
                first_folder(shape, dir, "frontend/dist", "/usr/share/jackdaw/frontend");
        set_value(shape, "frontend_dir", config->frontend_dir);
    }
    if (!config->compute) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        config->compute = online < 1 ? 1 : online > 64 ? 64 : online;
        set_value(shape, "compute",
                jd_arena_format(shape->arena, "%d", (int)config->compute).data);
    }
}

/* --- What no single option can know. --- */

static enum jd_status no_listener(const char *text, bool off_allowed, struct jd_error *error)
{
    return jd_error_set(error, JD_BAD_INPUT,
            "'%.100s' is no numeric address and port like 127.0.0.1:8420 or [::1]:8420%s", text,
            off_allowed ? ", nor off" : "");
}

static void check_listener(struct shape *shape,
        const struct texts *top,
        const char *name,
        const char *text,
        struct jd_listener *out)
{
    struct jd_error error;
    bool off_allowed = strcmp(name, "metrics_listen") == 0;
    const char *origin = origin_of(top, name);
    const struct jd_option_text *written = find_text(top, name);
    bool hidden = written && written->secret;
    if (jd_listener_parse(text, off_allowed, shape->arena, out, &error) != JD_OK) {
        if (hidden) {
            no_listener("(hidden)", off_allowed, &error);
        }
        jd_problems_add(shape->problems, origin, "%s: %s", name, error.text);
        const struct jd_config_key *key = find_key("", name);
        jd_listener_parse(key->option.default_text, off_allowed, shape->arena, out, &error);
        return;
    }
    if (!out->off && !jd_listener_is_loopback(out) && !shape->config.behind_tls_proxy) {
        jd_problems_add(shape->problems, origin,
                "%s: '%s' can be reached from other machines without encryption: listen on "
                "127.0.0.1, or put a TLS proxy in front and set behind_tls_proxy: true",
                name, hidden ? "(hidden)" : text);
    }
}

/* A folder that was named must hold the app; one that is looked for may be missing. */
static void check_frontend(struct shape *shape, const struct texts *top)
{
    const char *dir = shape->config.frontend_dir;
    const char *page = jd_arena_format(shape->arena, "%s/index.html", dir).data;
    if (find_text(top, "frontend_dir") && page && !jd_file_exists(page)) {
        jd_problems_add(shape->problems, origin_of(top, "frontend_dir"),
                "frontend_dir: %s holds no index.html: build the mail app, or leave the key out",
                dir);
    }
}

static void check_together(struct shape *shape, const struct texts *top)
{
    static const char *const levels[] = { "debug", "info", "warning", "error" };
    struct jd_host_config *config = &shape->config;
    config->log_level = JD_LOG_INFO;
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (shape->log_level && strcmp(levels[i], shape->log_level) == 0) {
            config->log_level = (enum jd_log_level)(JD_LOG_DEBUG + i);
        }
    }
    check_frontend(shape, top);
    check_listener(shape, top, "listen", shape->listen, &config->listen);
    check_listener(
            shape, top, "metrics_listen", shape->metrics_listen, &config->metrics_listen);
    const struct jd_listener *metrics = &config->metrics_listen;
    if (!metrics->off && metrics->port != 0 && metrics->port == config->listen.port &&
            strcmp(metrics->address, config->listen.address) == 0) {
        jd_problems_add(shape->problems, origin_of(top, "metrics_listen"),
                "metrics_listen is the same as listen (%s): give it a port of its own",
                metrics->text);
    }
}

/* Values are as many as were written, plus every key once. */
static size_t count_nodes(const struct jd_config_node *node)
{
    size_t count = 0;
    for (; node; node = node->next) {
        count += 1 + count_nodes(node->first);
    }
    return count;
}

const struct jd_host_config *jd_config_shape(const struct jd_config_node *root,
        const struct jd_config_origin *origin,
        struct jd_arena *arena,
        struct jd_problems *problems)
{
    struct shape *shape = jd_arena_new(arena, struct shape);
    size_t accounts = 0;
    const struct jd_config_node *list = member(member(root, "provision"), "accounts");
    for (const struct jd_config_node *node = list ? list->first : NULL; node;
            node = node->next) {
        accounts++;
    }
    size_t keys_count = sizeof(keys) / sizeof(keys[0]);
    shape->values_max = count_nodes(root) + keys_count + accounts * SECTION_KEYS_MAX;
    shape->values = jd_arena_zalloc(arena, shape->values_max, sizeof(*shape->values));
    if (!shape->values) {
        shape->values_max = 0;
    }
    shape->origin = origin;
    shape->arena = arena;
    shape->problems = problems;
    shape->config.file = origin->file;
    shape->config.base_dir = origin->base_dir;
    root = as_map(shape, root, "", "the file");
    struct texts top = check_top(shape, root);
    for (size_t i = 0; i < SERVICES_COUNT; i++) {
        check_service(shape, root, i);
    }
    check_provision(shape, root);
    find_defaults(shape);
    check_together(shape, &top);
    shape->config.values = shape->values;
    shape->config.values_count = shape->values_count;
    return &shape->config;
}

/* --- Listeners. --- */

enum jd_status jd_listener_parse(const char *text,
        bool off_allowed,
        struct jd_arena *arena,
        struct jd_listener *out_listener,
        struct jd_error *error)
{
    struct jd_listener listener = { .text = jd_arena_text(arena, jd_span_of(text)) };
    if (off_allowed && strcmp(text, "off") == 0) {
        listener.off = true;
        listener.address = "";
        *out_listener = listener;
        return JD_OK;
    }
    const char *colon = strrchr(text, ':');
    struct jd_span address = jd_span_new(text, colon ? (size_t)(colon - text) : 0);
    bool v6 = address.len > 2 && text[0] == '[' && text[address.len - 1] == ']';
    if (v6) {
        address = jd_span_new(text + 1, address.len - 2);
    }
    char *end = NULL;
    bool padded = colon && colon[1] == '0' && colon[2]; // elsewhere 080 is an octal number
    bool number = colon && colon[1] >= '0' && colon[1] <= '9' && !padded;
    long port = number ? strtol(colon + 1, &end, 10) : -1;
    unsigned char parsed[sizeof(struct in6_addr)];
    listener.address = jd_arena_text(arena, address);
    if (!listener.text || !listener.address || !end || *end || port < 0 || port > UINT16_MAX ||
            inet_pton(v6 ? AF_INET6 : AF_INET, listener.address, parsed) != 1) {
        return no_listener(text, off_allowed, error);
    }
    listener.port = (uint16_t)port;
    *out_listener = listener;
    return JD_OK;
}

bool jd_listener_is_loopback(const struct jd_listener *listener)
{
    return strncmp(listener->address, "127.", 4) == 0 || strcmp(listener->address, "::1") == 0;
}
