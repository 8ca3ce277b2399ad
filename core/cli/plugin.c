/* jackdaw plugin list | show | check | index | new: for operators and plugin authors. */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/span.h"
#include "cli/bootstrap.h"
#include "cli/cli.h"
#include "host/check.h"
#include "host/host.h"
#include "host/loader.h"
#include "store/embedded.h"

#define OPTIONS_MAX 32

static const char usage[] =
        "usage: jackdaw plugin list                    every service that the plugins offer\n"
        "       jackdaw plugin show NAME|FILE          a service's or a file's options\n"
        "       jackdaw plugin check NAME|FILE [--service NAME] [--fixture maildir|mbox|eml]\n"
        "                      [--option NAME=VALUE]...  run the conformance suites (TAP)\n"
        "       jackdaw plugin index                   look at the plugin files anew\n"
        "       jackdaw plugin new KIND NAME [--into DIR]  write a project to begin with\n"
        "list, show, check and index take --config FILE, --data DIR and --plugins DIR\n";

/* The command line, taken apart. */
struct request {
    const char *verb;
    const char *words[2];
    int words_count;
    const char *config, *data, *plugins, *service, *fixture, *into;
    struct jd_option_text options[OPTIONS_MAX];
    size_t options_count;
};

/* --- Reading the command line. --- */

/* "name=value" in place; the argument is ours to cut. */
static bool take_option(struct request *request, char *text)
{
    char *equals = strchr(text, '=');
    if (!equals || equals == text || request->options_count == OPTIONS_MAX) {
        return false;
    }
    *equals = '\0';
    request->options[request->options_count++] =
            (struct jd_option_text){ text, equals + 1, "--option", false };
    return true;
}

static bool take_flag(struct request *request, const char *flag, char *value)
{
    const struct {
        const char *name;
        const char **target;
    } flags[] = {
        { "--config", &request->config },
        { "--data", &request->data },
        { "--plugins", &request->plugins },
        { "--service", &request->service },
        { "--fixture", &request->fixture },
        { "--into", &request->into },
    };
    if (strcmp(flag, "--option") == 0) {
        return take_option(request, value);
    }
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (strcmp(flag, flags[i].name) == 0) {
            *flags[i].target = value;
            return true;
        }
    }
    return false;
}

static bool read_request(int argc, char **argv, struct request *out)
{
    *out = (struct request){ .verb = argc > 1 ? argv[1] : "" };
    for (int i = 2; i < argc; i++) {
        if (argv[i][0] == '-') {
            if (i + 1 == argc || !take_flag(out, argv[i], argv[i + 1])) {
                return false;
            }
            i++;
        } else if (out->words_count < 2) {
            out->words[out->words_count++] = argv[i];
        } else {
            return false;
        }
    }
    return true;
}

static int fail(const struct jd_error *error)
{
    fprintf(stderr, "jackdaw: %s\n", error->text);
    return 1;
}

/* --- Finding plugins. --- */

/* Where the plugins are: asked for, or as configured. Lives in `arena`. */
static const char *find_plugin_dir(const struct request *request,
        struct jd_arena *arena,
        const char **out_data_dir)
{
    struct jd_problems problems = jd_problems_init(arena);
    const struct jd_host_config *config;
    const struct jd_option_text data = {
        .name = "data_dir", .text = request->data, .origin = "command line --data"
    };
    const char *file = jd_bootstrap_config_file(request->config, request->data, arena);
    // What is wrong elsewhere in the file is `jackdaw config check`'s to tell.
    jd_host_config_load(file, &data, request->data ? 1 : 0, arena, &config, &problems);
    *out_data_dir = config->data_dir;
    char cwd[PATH_MAX];
    if (request->plugins && getcwd(cwd, sizeof(cwd))) {
        return jd_path_absolute(request->plugins, cwd, arena);
    }
    return config->plugin_dir;
}

static enum jd_status open_registry(const struct request *request,
        struct jd_registry **out_registry,
        struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(JD_CONFIG_ARENA_BYTES);
    const char *data_dir;
    const char *dir = find_plugin_dir(request, arena, &data_dir);
    enum jd_status status = jd_registry_open(dir, NULL, out_registry, error);
    jd_arena_destroy(&arena);
    return status;
}

static bool is_file_name(const char *word)
{
    return strchr(word, '/') != NULL || jd_span_ends(jd_span_of(word), JD_SPAN(".so"));
}

static int print_left_out(const struct jd_registry *registry)
{
    const struct jd_problems *problems = jd_registry_problems(registry);
    for (const struct jd_problem *at = problems->first; at; at = at->next) {
        fprintf(stderr, "%s%s%s\n", at->where, at->where[0] ? ": " : "", at->text);
    }
    return problems->count ? 1 : 0;
}

/* --- list, show, index. --- */

static int list(const struct request *request)
{
    struct jd_registry *registry;
    struct jd_error error;
    if (open_registry(request, &registry, &error) != JD_OK) {
        return fail(&error);
    }
    printf("%-8s %-12s %-24s %-8s %s\n", "KIND", "NAME", "PLUGIN", "VERSION", "FILE");
    for (size_t i = 0; i < jd_registry_count(registry); i++) {
        const struct jd_registry_service *service = jd_registry_at(registry, i);
        printf("%-8s %-12s %-24s %-8s %s\n", jd_service_kind_name(service->kind), service->name,
                service->plugin, service->version, service->file);
    }
    int answer = print_left_out(registry);
    jd_registry_close(&registry);
    return answer;
}

static void print_options(const struct jd_option *options)
{
    struct jd_arena *arena = jd_arena_create((size_t)1024 * 1024);
    for (const struct jd_option *option = options; option && option->name; option++) {
        struct jd_span allowed = jd_option_allowed(option, arena);
        printf("    %s: " JD_SPAN_FMT "%s%s%s%s\n", option->name, JD_SPAN_ARG(allowed),
                option->default_text ? ", default " : "",
                option->default_text ? option->default_text : "",
                option->required ? ", required" : "", option->secret ? ", secret" : "");
        if (option->help) {
            printf("        %s\n", option->help);
        }
    }
    if (jd_options_count(options) == 0) {
        printf("    no options\n");
    }
    jd_arena_destroy(&arena);
}

static int show_file(const char *file)
{
    char path[PATH_MAX];
    const struct jd_plugin *plugin;
    struct jd_error error;
    if (jd_plugin_open(realpath(file, path) ? path : file, &plugin, &error) != JD_OK) {
        return fail(&error);
    }
    printf("%s %s, %s, ABI %u.%u\n", plugin->id, plugin->version, plugin->licence,
            plugin->abi_major, plugin->abi_minor);
    for (uint32_t i = 0; i < plugin->services_count; i++) {
        const struct jd_service *service = &plugin->services[i];
        printf("%s '%s'\n", jd_service_kind_name(service->kind), service->name);
        print_options(service->options);
    }
    return 0;
}

static int show_name(const struct request *request)
{
    struct jd_registry *registry;
    struct jd_error error;
    if (open_registry(request, &registry, &error) != JD_OK) {
        return fail(&error);
    }
    size_t found = 0;
    for (size_t i = 0; i < jd_registry_count(registry); i++) {
        const struct jd_registry_service *service = jd_registry_at(registry, i);
        if (strcmp(service->name, request->words[0]) == 0) {
            printf("%s '%s' of %s %s, %s\n    %s\n", jd_service_kind_name(service->kind),
                    service->name, service->plugin, service->version, service->licence,
                    service->file);
            print_options(service->options);
            found++;
        }
    }
    if (!found) {
        fprintf(stderr, "jackdaw: no plugin offers '%s'; see: jackdaw plugin list\n",
                request->words[0]);
        print_left_out(registry);
    }
    jd_registry_close(&registry);
    return found ? 0 : 1;
}

static int show(const struct request *request)
{
    return is_file_name(request->words[0]) ? show_file(request->words[0]) : show_name(request);
}

static int index_plugins(const struct request *request)
{
    struct jd_arena *arena = jd_arena_create(JD_CONFIG_ARENA_BYTES);
    const char *data_dir;
    const char *dir = find_plugin_dir(request, arena, &data_dir);
    const char *file = jd_arena_format(arena, "%s/plugins.index", data_dir).data;
    struct jd_error error;
    struct jd_registry *registry = NULL;
    enum jd_status status = jd_file_mkdirs(data_dir, 0700, &error);
    if (status == JD_OK) {
        status = jd_registry_index(dir, file, &error);
    }
    if (status == JD_OK) {
        status = jd_registry_open(dir, file, &registry, &error);
    }
    int answer = status == JD_OK ? print_left_out(registry) : fail(&error);
    if (status == JD_OK) {
        printf("%zu services in %s\n", jd_registry_count(registry), file);
    }
    jd_registry_close(&registry);
    jd_arena_destroy(&arena);
    return answer;
}

/* --- check. --- */

/* The file that offers a service of this name; false: told. */
static bool find_file(const struct request *request, char out[PATH_MAX])
{
    const char *word = request->words[0];
    struct jd_registry *registry;
    struct jd_error error;
    if (is_file_name(word)) {
        if (!realpath(word, out)) {
            fprintf(stderr, "jackdaw: there is no file %s\n", word);
            return false;
        }
        return true;
    }
    if (open_registry(request, &registry, &error) != JD_OK) {
        fail(&error);
        return false;
    }
    bool found = false;
    for (size_t i = 0; !found && i < jd_registry_count(registry); i++) {
        const struct jd_registry_service *service = jd_registry_at(registry, i);
        found = strcmp(service->name, word) == 0;
        if (found) {
            snprintf(out, PATH_MAX, "%s", service->file);
        }
    }
    if (!found) {
        fprintf(stderr, "jackdaw: no plugin offers '%s'; see: jackdaw plugin list\n", word);
        print_left_out(registry);
    }
    jd_registry_close(&registry);
    return found;
}

static int check(const struct request *request)
{
    char file[PATH_MAX];
    if (!find_file(request, file)) {
        return 1;
    }
    struct jd_check_request run = {
        .file = file,
        .service = request->service,
        .options = request->options,
        .options_count = request->options_count,
        .fixture = request->fixture,
    };
    struct jd_error error;
    unsigned failed = 0;
    if (jd_check_run(&run, stdout, &failed, &error) != JD_OK) {
        return fail(&error);
    }
    return failed ? 1 : 0;
}

/* --- new. --- */

static const char cmake_text[] =
        "cmake_minimum_required(VERSION 3.25)\n"
        "project(@NAME@ LANGUAGES C)\n"
        "\n"
        "# The public headers of Jackdaw; -DJACKDAW_INCLUDE=... says where else to look.\n"
        "find_path(JACKDAW_INCLUDE jackdaw/plugin.h HINTS \"@INCLUDE@\" REQUIRED)\n"
        "\n"
        "add_library(@NAME@ MODULE @NAME@.c)\n"
        "set_target_properties(@NAME@ PROPERTIES PREFIX \"\" C_STANDARD 11\n"
        "  C_VISIBILITY_PRESET hidden)\n"
        "target_include_directories(@NAME@ PRIVATE ${JACKDAW_INCLUDE})\n";

static const char readme_text[] =
        "# @NAME@\n"
        "\n"
        "A @KIND@ plugin for Jackdaw.\n"
        "\n"
        "    cmake -B build && cmake --build build\n"
        "    jackdaw plugin show ./build/@NAME@.so\n"
        "    jackdaw plugin check ./build/@NAME@.so --fixture eml\n"
        "\n"
        "When the check is clean, copy build/@NAME@.so into Jackdaw's plugin folder (plugin_dir in\n"
        "`jackdaw config show`). `@NAME@.c` begins as the smallest whole source, a folder of\n"
        ".eml files: change what it reads, its id and its licence. The check makes such a folder with\n"
        "--fixture eml; for mail of another kind, say where there is some with --option NAME=VALUE.\n";

static const struct jd_embedded *find_embedded(const char *path)
{
    for (const struct jd_embedded *file = jd_embedded_files; file->path; file++) {
        if (strcmp(file->path, path) == 0) {
            return file;
        }
    }
    return NULL;
}

/* Beside a build tree's binary the headers lie in the source folder; installed ones are found
 * by the compiler's own path. */
static void find_headers(char out[PATH_MAX])
{
    char binary[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", binary, sizeof(binary) - 1);
    binary[len > 0 ? len : 0] = '\0';
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(binary, '/');
        if (slash) {
            *slash = '\0';
        }
    }
    snprintf(out, PATH_MAX, "%.4000s/core/include", binary);
}

/* `text` with each `from` of the pairs (from, to, ..., NULL) replaced. */
static void replace_words(struct jd_buf *out, struct jd_span text, const char *const *pairs)
{
    while (text.len) {
        const char *const *pair = pairs;
        while (*pair && !jd_span_starts(text, jd_span_of(*pair))) {
            pair += 2;
        }
        size_t step = *pair ? strlen(*pair) : 1;
        jd_buf_add(out, *pair ? jd_span_of(pair[1]) : jd_span_new(text.data, 1));
        text = jd_span_sub(text, step, text.len);
    }
}

static enum jd_status write_project_file(const char *dir,
        const char *name,
        struct jd_span text,
        const char *const *pairs,
        struct jd_error *error)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    struct jd_buf out = jd_buf_init((size_t)1024 * 1024);
    replace_words(&out, text, pairs);
    enum jd_status status = jd_file_write(path, jd_buf_span(&out), 0644, error);
    jd_buf_finish(&out);
    return status;
}

static bool is_plugin_word(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len < 32 && islower((unsigned char)name[0]) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

static enum jd_status
write_project(const char *kind, const char *name, const char *dir, struct jd_error *error)
{
    const struct jd_embedded *example = find_embedded("plugins/example/example.c");
    if (!example) {
        return jd_error_set(error, JD_BUG, "this build carries no example plugin");
    }
    char include[PATH_MAX], source[64], id[64], service[64];
    find_headers(include);
    snprintf(source, sizeof(source), "%s.c", name);
    snprintf(id, sizeof(id), "\"org.example.%s\"", name);
    snprintf(service, sizeof(service), "\"%s\"", name);
    const char *const words[] = { "@NAME@", name, "@KIND@", kind, "@INCLUDE@", include, NULL };
    const char *const names[] = { "\"org.example.folder\"", id, "\"folder\"", service, NULL };
    enum jd_status status = jd_file_mkdirs(dir, 0755, error);
    if (status == JD_OK) {
        status = write_project_file(
                dir, source, jd_span_new(example->bytes, example->size), names, error);
    }
    if (status == JD_OK) {
        status =
                write_project_file(dir, "CMakeLists.txt", jd_span_of(cmake_text), words, error);
    }
    if (status == JD_OK) {
        status = write_project_file(dir, "README.md", jd_span_of(readme_text), words, error);
    }
    return status;
}

static int new_project(const struct request *request)
{
    const char *kind = request->words[0];
    const char *name = request->words[1];
    enum jd_service_kind known;
    char dir[PATH_MAX];
    struct jd_error error;
    if (!jd_service_kind_parse(kind, &known)) {
        fprintf(stderr, "jackdaw: '%s' is none of source, storage, queue, bus, cache\n", kind);
        return 1;
    }
    if (known != JD_SOURCE_1) {
        fprintf(stderr,
                "jackdaw: only a source has a small example to begin with; for a %s read "
                "jackdaw/%s.h and plugins/%s\n",
                kind, kind, known == JD_STORAGE_1 || known == JD_QUEUE_1 ? "sqlite" : "local");
        return 1;
    }
    if (!is_plugin_word(name)) {
        fprintf(stderr, "jackdaw: '%s' is no name: a to z, digits and _, at most 31\n", name);
        return 1;
    }
    int len = request->into ? snprintf(dir, sizeof(dir), "%s", request->into)
                            : snprintf(dir, sizeof(dir), "jackdaw-%s", name);
    if (len >= (int)sizeof(dir) || jd_file_exists(dir)) {
        fprintf(stderr, "jackdaw: %s is there already: name another folder with --into\n", dir);
        return 1;
    }
    if (write_project(kind, name, dir, &error) != JD_OK) {
        return fail(&error);
    }
    printf("%s is written: README.md there says how to build and check it\n", dir);
    return 0;
}

int jd_cli_plugin(int argc, char **argv)
{
    static const struct {
        const char *verb;
        int words;
        int (*run)(const struct request *request);
    } verbs[] = {
        { "list", 0, list },
        { "show", 1, show },
        { "check", 1, check },
        { "index", 0, index_plugins },
        { "new", 2, new_project },
    };
    struct request request;
    if (jd_cli_tell_help(argc, argv, usage)) {
        return 0;
    }
    if (!read_request(argc, argv, &request)) {
        return jd_cli_usage(usage);
    }
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(request.verb, verbs[i].verb) == 0 && request.words_count == verbs[i].words) {
            return verbs[i].run(&request);
        }
    }
    return jd_cli_usage(usage);
}
