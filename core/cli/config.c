/* jackdaw config check | show | help: what the bootstrap says, and whether it is right. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/span.h"
#include "cli/cli.h"
#include "host/host.h"
#include "host/loader.h"

#define VALUE_COLUMNS_MAX 48

static const char usage[] =
        "usage: jackdaw config check [--config FILE]   tell every problem, or that there is none\n"
        "       jackdaw config show [--config FILE]    each value and where it came from\n"
        "       jackdaw config help                    every key\n";

/* What both subcommands load. */
struct loaded {
    struct jd_arena *arena;
    struct jd_problems problems;
    const struct jd_host_config *config;
    struct jd_registry *registry; // NULL: the plugins cannot be read, which is a problem
};

static void load(const char *file, struct loaded *out)
{
    *out = (struct loaded){ .arena = jd_arena_create(JD_CONFIG_ARENA_BYTES) };
    out->problems = jd_problems_init(out->arena);
    jd_host_config_load(file, NULL, 0, out->arena, &out->config, &out->problems);
    struct jd_error error;
    if (jd_registry_open(out->config->plugin_dir, NULL, &out->registry, &error) != JD_OK) {
        jd_problems_add(
                &out->problems, NULL, "%s: build the plugins, or set plugin_dir", error.text);
        return;
    }
    const struct jd_problem *problem = jd_registry_problems(out->registry)->first;
    for (; problem; problem = problem->next) {
        jd_problems_add(&out->problems, problem->where, "%s", problem->text);
    }
    jd_services_check(out->config, out->registry, &out->problems);
}

static void unload(struct loaded *loaded)
{
    jd_registry_close(&loaded->registry);
    jd_arena_destroy(&loaded->arena);
}

static void print_problems(const struct jd_problems *problems)
{
    size_t shown = 0;
    for (const struct jd_problem *at = problems->first; at; at = at->next, shown++) {
        printf("%s%s%s\n", at->where, at->where[0] ? ": " : "", at->text);
    }
    if (shown < problems->count) {
        printf("and %zu more\n", problems->count - shown);
    }
}

static int check(const char *file)
{
    struct loaded loaded;
    load(file, &loaded);
    bool fine = loaded.problems.count == 0;
    print_problems(&loaded.problems);
    if (fine) {
        printf("%s is fine\n", loaded.config->file ? loaded.config->file
                                                   : "there is no jackdaw.yaml; the default");
    }
    unload(&loaded);
    return fine ? 0 : 1;
}

/* Whether the table of the service behind `prefix` calls the option in `path` a secret. */
static bool is_secret_option(const struct jd_registry *registry,
        enum jd_service_kind kind,
        const char *service,
        const char *prefix,
        const char *path)
{
    size_t len = strlen(prefix);
    if (!service || strncmp(path, prefix, len) != 0 || path[len] != '.') {
        return false;
    }
    const struct jd_registry_service *known = jd_registry_find(registry, kind, service);
    const struct jd_option *option =
            known ? jd_option_find(known->options, path + len + 1) : NULL;
    return option && option->secret;
}

static bool is_secret(const struct loaded *loaded, const char *path)
{
    const struct jd_host_config *config = loaded->config;
    const struct jd_config_service *services[] = { &config->storage, &config->queue,
        &config->bus, &config->cache };
    bool secret = false;
    for (size_t i = 0; loaded->registry && i < 4; i++) {
        secret |= is_secret_option(loaded->registry, services[i]->kind, services[i]->plugin,
                jd_service_kind_name(services[i]->kind), path);
    }
    for (size_t i = 0; loaded->registry && i < config->accounts_count; i++) {
        char prefix[64];
        snprintf(prefix, sizeof(prefix), "provision.accounts[%zu]", i);
        secret |= is_secret_option(
                loaded->registry, JD_SOURCE_1, config->accounts[i].kind, prefix, path);
    }
    return secret;
}

static void print_values(const struct loaded *loaded)
{
    const struct jd_host_config *config = loaded->config;
    int widest_path = 4, widest_text = 5;
    for (size_t i = 0; i < config->values_count; i++) {
        int path = (int)strlen(config->values[i].path);
        int text = (int)strlen(config->values[i].text);
        widest_path = path > widest_path ? path : widest_path;
        widest_text = text > widest_text && text <= VALUE_COLUMNS_MAX ? text : widest_text;
    }
    printf("%-*s  %-*s  %s\n", widest_path, "KEY", widest_text, "VALUE", "FROM");
    for (size_t i = 0; i < config->values_count; i++) {
        const struct jd_config_value *value = &config->values[i];
        bool hidden = value->secret || is_secret(loaded, value->path);
        const char *text = hidden ? "(hidden)" : value->text[0] ? value->text : "-";
        printf("%-*s  %-*s  %s\n", widest_path, value->path, widest_text, text, value->origin);
    }
}

static int show(const char *file)
{
    struct loaded loaded;
    load(file, &loaded);
    print_values(&loaded);
    bool fine = loaded.problems.count == 0;
    if (!fine) {
        printf("\n%zu problems:\n", loaded.problems.count);
        print_problems(&loaded.problems);
    }
    unload(&loaded);
    return fine ? 0 : 1;
}

static int help(void)
{
    struct jd_arena *arena = jd_arena_create(JD_CONFIG_ARENA_BYTES);
    const char *section = "";
    for (const struct jd_config_key *key = jd_host_config_keys(); key->section; key++) {
        if (strcmp(section, key->section) != 0) {
            section = key->section;
            printf("\n%s:\n", section);
        }
        struct jd_span allowed = jd_option_allowed(&key->option, arena);
        printf("%s%s: " JD_SPAN_FMT "%s%s%s\n", section[0] ? "    " : "", key->option.name,
                JD_SPAN_ARG(allowed), key->option.default_text ? ", default " : "",
                key->option.default_text ? key->option.default_text : "",
                key->option.required ? ", required" : "");
        printf("%s    %s%s%s%s\n", section[0] ? "    " : "", key->option.help,
                key->environment ? " (environment: " : "",
                key->environment ? key->environment : "", key->environment ? ")" : "");
    }
    jd_arena_destroy(&arena);
    return 0;
}

int jd_cli_config(int argc, char **argv)
{
    const char *file = NULL;
    bool fine = argc >= 2;
    if (jd_cli_tell_help(argc, argv, usage)) {
        return 0;
    }
    for (int i = 2; i < argc && fine; i++) {
        fine = strcmp(argv[i], "--config") == 0 && i + 1 < argc;
        file = fine ? argv[++i] : NULL;
    }
    if (fine && strcmp(argv[1], "check") == 0) {
        return check(file);
    }
    if (fine && strcmp(argv[1], "show") == 0) {
        return show(file);
    }
    if (fine && argc == 2 && strcmp(argv[1], "help") == 0) {
        return help();
    }
    return jd_cli_usage(usage);
}
