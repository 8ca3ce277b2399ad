/*
 * The index: one child for each plugin file opens it and writes what it offers, as JSON, into a
 * pipe; the parent keeps the texts and answers from them.
 */
#include "host/registry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/span.h"
#include "host/loader.h"
#include "host/options.h"

#define INDEX_VERSION      1
#define FILES_MAX          256
#define DESCRIPTION_BYTES  ((size_t)256 * 1024) // of one plugin
#define INDEX_BYTES_MAX    ((size_t)8 * 1024 * 1024)
#define REGISTRY_BYTES_MAX ((size_t)32 * 1024 * 1024)
#define CHILD_MS           5000 // time to open one plugin

struct jd_registry {
    struct jd_arena *arena;
    const char *dir; // where the plugins were looked for
    struct jd_registry_service *services;
    size_t count, max;
    struct jd_problems problems;
};

struct plugin_file {
    char name[NAME_MAX + 1];
    int64_t bytes, mtime_us;
};

struct listing {
    const char *dir;
    struct plugin_file *files; // owned, by name
    size_t count;
};

/* --- The folder. --- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct plugin_file *)a)->name, ((const struct plugin_file *)b)->name);
}

static bool is_plugin_name(const char *name)
{
    return name[0] != '.' && jd_span_ends(jd_span_of(name), JD_SPAN(".so"));
}

static void add_file(struct listing *listing, const char *name, const struct stat *info)
{
    struct plugin_file *file = &listing->files[listing->count++];
    snprintf(file->name, sizeof(file->name), "%s", name);
    file->bytes = info->st_size;
    file->mtime_us = (int64_t)info->st_mtim.tv_sec * 1000000 + info->st_mtim.tv_nsec / 1000;
}

static void listing_finish(struct listing *listing)
{
    free(listing->files);
    listing->files = NULL;
}

static enum jd_status list_folder(const char *dir, struct listing *out, struct jd_error *error)
{
    DIR *folder = opendir(dir);
    if (!folder) {
        return jd_error_errno(error, errno, "cannot read the plugin folder %s", dir);
    }
    *out = (struct listing){ .dir = dir, .files = jd_xalloc(FILES_MAX * sizeof(*out->files)) };
    enum jd_status status = JD_OK;
    struct dirent *entry;
    errno = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours alone
    while (status == JD_OK && (entry = readdir(folder)) != NULL) {
        struct stat info;
        bool is_plugin = is_plugin_name(entry->d_name) &&
                         fstatat(dirfd(folder), entry->d_name, &info, 0) == 0 &&
                         S_ISREG(info.st_mode);
        if (is_plugin && out->count == FILES_MAX) {
            status = jd_error_set(error, JD_BAD_INPUT,
                    "the plugin folder %s holds more than %d plugins: take some out", dir,
                    FILES_MAX);
        } else if (is_plugin) {
            add_file(out, entry->d_name, &info);
        }
        errno = 0;
    }
    if (status == JD_OK && errno != 0) {
        status = jd_error_errno(error, errno, "cannot read the plugin folder %s", dir);
    }
    closedir(folder);
    if (status != JD_OK) {
        listing_finish(out);
        return status;
    }
    qsort(out->files, out->count, sizeof(*out->files), by_name);
    return JD_OK;
}

/* --- In the child: open, describe, write, gone. --- */

static void add_optional(struct jd_json_writer *json, const char *name, const char *text)
{
    if (text) {
        jd_json_add_text(json, name, jd_span_of(text));
    }
}

/* As text: a JSON number holds 53 bits, a limit may have 64. */
static void add_number(struct jd_json_writer *json, const char *name, int64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, number);
    jd_json_add_text(json, name, jd_span_of(text));
}

static void describe_option(struct jd_json_writer *json, const struct jd_option *option)
{
    jd_json_open_object(json, NULL);
    jd_json_add_text(json, "name", jd_span_of(option->name));
    jd_json_add_text(json, "type", jd_span_of(jd_option_type_name(option->type)));
    jd_json_add_bool(json, "required", option->required);
    jd_json_add_bool(json, "secret", option->secret);
    add_optional(json, "default", option->default_text);
    add_number(json, "min", option->min);
    add_number(json, "max", option->max);
    add_optional(json, "choices", option->choices);
    add_optional(json, "help", option->help);
    jd_json_close_object(json);
}

static void describe(struct jd_json_writer *json, const struct jd_plugin *plugin)
{
    jd_json_add_text(json, "id", jd_span_of(plugin->id));
    jd_json_add_text(json, "version", jd_span_of(plugin->version));
    jd_json_add_text(json, "licence", jd_span_of(plugin->licence));
    jd_json_open_array(json, "services");
    for (uint32_t i = 0; i < plugin->services_count; i++) {
        const struct jd_service *service = &plugin->services[i];
        jd_json_open_object(json, NULL);
        jd_json_add_text(json, "kind", jd_span_of(jd_service_kind_name(service->kind)));
        jd_json_add_text(json, "name", jd_span_of(service->name));
        jd_json_open_array(json, "options");
        for (uint32_t row = 0; service->options && service->options[row].name; row++) {
            describe_option(json, &service->options[row]);
        }
        jd_json_close_array(json);
        jd_json_close_object(json);
    }
    jd_json_close_array(json);
}

static void write_pipe(int fd, struct jd_span bytes)
{
    while (bytes.len) {
        ssize_t len = write(fd, bytes.data, bytes.len);
        if (len < 0 && errno != EINTR) {
            return; // the parent sees half a description and says so
        }
        if (len > 0) {
            bytes = jd_span_sub(bytes, (size_t)len, bytes.len);
        }
    }
}

_Noreturn static void run_child(const char *path, int fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }); // a bad plugin leaves no litter
    struct jd_buf text = jd_buf_init(DESCRIPTION_BYTES);
    struct jd_json_writer json = jd_json_writer(&text);
    struct jd_error error;
    const struct jd_plugin *plugin = NULL;
    enum jd_status status = jd_plugin_open(path, &plugin, &error);
    jd_json_open_object(&json, NULL);
    if (status == JD_OK) {
        describe(&json, plugin);
    } else {
        jd_json_add_text(&json, "problem", jd_span_of(error.text));
    }
    jd_json_close_object(&json);
    write_pipe(fd, jd_buf_span(&text)); // one that is too long is cut: no JSON
    _exit(0);                           // no destructor of the plugin runs
}

/* --- In the parent: what came of one child. --- */

/* Reads until the child is done or its time is up. False: time is up. */
static bool read_pipe(int fd, struct jd_buf *out)
{
    int64_t deadline = jd_clock_monotonic_ms() + CHILD_MS;
    for (;;) {
        int64_t left = deadline - jd_clock_monotonic_ms();
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        int ready = left > 0 ? poll(&wait, 1, (int)left) : 0;
        if (ready == 0) {
            return false;
        }
        if (ready < 0) {
            continue; // a signal came: a read now might wait for ever
        }
        char chunk[4096];
        ssize_t len = read(fd, chunk, sizeof(chunk));
        if (len > 0) {
            jd_buf_add(out, jd_span_new(chunk, (size_t)len));
        } else if (len == 0 || errno != EINTR) {
            return true;
        }
    }
}

static int reap(pid_t pid)
{
    int outcome = 0;
    while (waitpid(pid, &outcome, 0) < 0 && errno == EINTR) {
    }
    return outcome;
}

static void describe_failure(struct jd_json_writer *json, const char *name, const char *what)
{
    char sentence[400];
    snprintf(sentence, sizeof(sentence),
            "plugin file %.200s: %s; it is left out: repair or remove it", name, what);
    jd_json_open_object(json, "plugin");
    jd_json_add_text(json, "problem", jd_span_of(sentence));
    jd_json_close_object(json);
}

/* Adds the child's object, or one with the problem, as member "plugin". */
static void take_description(struct jd_json_writer *json,
        const char *name,
        struct jd_span text,
        bool in_time,
        int outcome)
{
    char what[100];
    struct jd_json *document = NULL;
    if (!in_time) {
        snprintf(what, sizeof(what), "it did not open within %d s", CHILD_MS / 1000);
        describe_failure(json, name, what);
    } else if (WIFSIGNALED(outcome)) {
        snprintf(what, sizeof(what), "it crashed while it was opened (%s)",
                sigdescr_np(WTERMSIG(outcome)));
        describe_failure(json, name, what);
    } else if (jd_json_parse(text, DESCRIPTION_BYTES, &document, NULL) != JD_OK) {
        describe_failure(json, name,
                text.len ? "it offers more than an index can hold"
                         : "it ended the process that opened it");
    } else {
        jd_json_add_raw(json, "plugin", text);
    }
    jd_json_destroy(&document);
}

static enum jd_status describe_file(struct jd_json_writer *json,
        const char *dir,
        const struct plugin_file *file,
        struct jd_error *error)
{
    char path[PATH_MAX];
    int ends[2];
    if (snprintf(path, sizeof(path), "%s/%s", dir, file->name) >= (int)sizeof(path)) {
        describe_failure(json, file->name, "its path is too long");
        return JD_OK;
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return jd_error_errno(error, errno, "cannot make a pipe to index %s", path);
    }
    pid_t pid = fork();
    if (pid == 0) {
        run_child(path, ends[1]);
    }
    int fork_errno = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return jd_error_errno(error, fork_errno, "cannot start a process to index %s", path);
    }
    struct jd_buf text = jd_buf_init(DESCRIPTION_BYTES);
    bool in_time = read_pipe(ends[0], &text);
    close(ends[0]);
    kill(pid,
            SIGKILL); // it has said all, or closed the pipe and lives on: nobody waits for that
    int outcome = reap(pid);
    take_description(json, file->name, jd_buf_span(&text), in_time, outcome);
    jd_buf_finish(&text);
    return JD_OK;
}

/* The whole index as JSON. */
static enum jd_status
make_index(const struct listing *listing, struct jd_buf *out, struct jd_error *error)
{
    struct jd_json_writer json = jd_json_writer(out);
    jd_json_open_object(&json, NULL);
    jd_json_add_int(&json, "version", INDEX_VERSION);
    jd_json_add_int(&json, "abi_major", JD_ABI_MAJOR);
    jd_json_add_int(&json, "abi_minor", JD_ABI_MINOR);
    jd_json_add_text(&json, "dir", jd_span_of(listing->dir));
    jd_json_open_array(&json, "files");
    enum jd_status status = JD_OK;
    for (size_t i = 0; status == JD_OK && i < listing->count; i++) {
        const struct plugin_file *file = &listing->files[i];
        jd_json_open_object(&json, NULL);
        jd_json_add_text(&json, "file", jd_span_of(file->name));
        jd_json_add_int(&json, "bytes", file->bytes);
        jd_json_add_int(&json, "mtime_us", file->mtime_us);
        status = describe_file(&json, listing->dir, file, error);
        jd_json_close_object(&json);
    }
    jd_json_close_array(&json);
    jd_json_close_object(&json);
    if (status == JD_OK && out->failed) {
        return jd_error_set(
                error, JD_BAD_INPUT, "the plugins of %s describe too much", listing->dir);
    }
    return status;
}

/* --- From the index to a registry. --- */

static const char *keep(struct jd_registry *registry, const struct jd_json *value)
{
    return jd_json_is_text(value)
                   ? jd_arena_text(registry->arena, jd_json_text(value, JD_SPAN("")))
                   : NULL;
}

static int64_t kept_number(const struct jd_json *value)
{
    char text[24];
    struct jd_span span = jd_json_text(value, JD_SPAN("0"));
    snprintf(text, sizeof(text), JD_SPAN_FMT, JD_SPAN_ARG(span));
    return strtoll(text, NULL, 10);
}

static enum jd_option_type option_type(struct jd_span name)
{
    for (int type = JD_OPTION_TEXT; type <= JD_OPTION_ENUM; type++) {
        if (jd_span_equal(name, jd_span_of(jd_option_type_name((enum jd_option_type)type)))) {
            return (enum jd_option_type)type;
        }
    }
    return (enum jd_option_type)0;
}

/* NULL: not an option list of ours. */
static const struct jd_option *take_options(struct jd_registry *registry,
        const struct jd_json *list)
{
    size_t count = jd_json_count(list);
    struct jd_option *options = jd_arena_zalloc(registry->arena, count + 1, sizeof(*options));
    if (!options || count > JD_OPTIONS_MAX) {
        return NULL;
    }
    struct jd_option *out = options;
    for (const struct jd_json *row = jd_json_first(list); row; row = jd_json_next(row)) {
        *out = (struct jd_option){
            .name = keep(registry, jd_json_member(row, "name")),
            .type = option_type(jd_json_text(jd_json_member(row, "type"), JD_SPAN(""))),
            .required = jd_json_bool(jd_json_member(row, "required"), false),
            .secret = jd_json_bool(jd_json_member(row, "secret"), false),
            .default_text = keep(registry, jd_json_member(row, "default")),
            .min = kept_number(jd_json_member(row, "min")),
            .max = kept_number(jd_json_member(row, "max")),
            .choices = keep(registry, jd_json_member(row, "choices")),
            .help = keep(registry, jd_json_member(row, "help")),
        };
        if (!out->name || !jd_option_type_name(out->type) ||
                (out->type == JD_OPTION_ENUM && !out->choices)) {
            return NULL;
        }
        out++;
    }
    return options;
}

static bool add_service(struct jd_registry *registry, struct jd_registry_service service)
{
    if (!service.name || !service.options || !service.plugin || !service.version ||
            !service.licence || !service.file) {
        return false;
    }
    const struct jd_registry_service *other =
            jd_registry_find(registry, service.kind, service.name);
    if (other) {
        jd_problems_add(&registry->problems, service.file,
                "it too offers %s '%s'; the one of %s is used",
                jd_service_kind_name(service.kind), service.name, other->file);
        return true;
    }
    if (registry->count == registry->max) {
        registry->max = registry->max ? registry->max * 2 : 16;
        registry->services =
                jd_xrealloc(registry->services, registry->max * sizeof(*registry->services));
    }
    registry->services[registry->count++] = service;
    return true;
}

/* False: the index is not one that we wrote. */
static bool take_plugin(struct jd_registry *registry,
        const char *dir,
        struct jd_span file,
        const struct jd_json *plugin)
{
    const char *path =
            jd_arena_format(registry->arena, "%s/" JD_SPAN_FMT, dir, JD_SPAN_ARG(file)).data;
    const struct jd_json *problem = jd_json_member(plugin, "problem");
    if (problem) {
        struct jd_span text = jd_json_text(problem, JD_SPAN(""));
        jd_problems_add(&registry->problems, NULL, JD_SPAN_FMT, JD_SPAN_ARG(text));
        return true;
    }
    const struct jd_json *services = jd_json_member(plugin, "services");
    for (const struct jd_json *row = jd_json_first(services); row; row = jd_json_next(row)) {
        const char *kind_name = keep(registry, jd_json_member(row, "kind"));
        struct jd_registry_service service = {
            .name = keep(registry, jd_json_member(row, "name")),
            .options = take_options(registry, jd_json_member(row, "options")),
            .plugin = keep(registry, jd_json_member(plugin, "id")),
            .version = keep(registry, jd_json_member(plugin, "version")),
            .licence = keep(registry, jd_json_member(plugin, "licence")),
            .file = path,
        };
        if (!kind_name || !jd_service_kind_parse(kind_name, &service.kind) ||
                !add_service(registry, service)) {
            return false;
        }
    }
    return jd_json_is_array(services);
}

/* Whether the index speaks of exactly these files, as they are now. */
static bool is_fresh(const struct jd_json *index, const struct listing *listing)
{
    const struct jd_json *files = jd_json_member(index, "files");
    if (jd_json_int(jd_json_member(index, "version"), 0) != INDEX_VERSION ||
            jd_json_int(jd_json_member(index, "abi_major"), -1) != JD_ABI_MAJOR ||
            jd_json_int(jd_json_member(index, "abi_minor"), -1) != JD_ABI_MINOR ||
            !jd_span_equal(jd_json_text(jd_json_member(index, "dir"), JD_SPAN("")),
                    jd_span_of(listing->dir)) ||
            jd_json_count(files) != listing->count) {
        return false;
    }
    const struct plugin_file *file = listing->files;
    for (const struct jd_json *row = jd_json_first(files); row;
            row = jd_json_next(row), file++) {
        struct jd_span name = jd_json_text(jd_json_member(row, "file"), JD_SPAN(""));
        if (!jd_span_equal(name, jd_span_of(file->name)) ||
                jd_json_int(jd_json_member(row, "bytes"), -1) != file->bytes ||
                jd_json_int(jd_json_member(row, "mtime_us"), -1) != file->mtime_us) {
            return false;
        }
    }
    return true;
}

static int by_kind_and_name(const void *a, const void *b)
{
    const struct jd_registry_service *x = a;
    const struct jd_registry_service *y = b;
    return x->kind != y->kind ? (int)x->kind - (int)y->kind : strcmp(x->name, y->name);
}

/* NULL: the text is no fresh index of this folder. */
static struct jd_registry *from_index(struct jd_span text, const struct listing *listing)
{
    struct jd_json *index = NULL;
    if (jd_json_parse(text, INDEX_BYTES_MAX, &index, NULL) != JD_OK ||
            !is_fresh(index, listing)) {
        jd_json_destroy(&index);
        return NULL;
    }
    struct jd_registry *registry = jd_xalloc(sizeof(*registry));
    registry->arena = jd_arena_create(REGISTRY_BYTES_MAX);
    registry->problems = jd_problems_init(registry->arena);
    const struct jd_json *row = jd_json_first(jd_json_member(index, "files"));
    bool fine = true;
    for (; fine && row; row = jd_json_next(row)) {
        fine = take_plugin(registry, listing->dir,
                jd_json_text(jd_json_member(row, "file"), JD_SPAN("")),
                jd_json_member(row, "plugin"));
    }
    jd_json_destroy(&index);
    if (!fine) {
        jd_registry_close(&registry);
        return NULL;
    }
    if (registry->count) {
        qsort(registry->services, registry->count, sizeof(*registry->services),
                by_kind_and_name);
    }
    return registry;
}

static struct jd_registry *read_index(const char *index_file, const struct listing *listing)
{
    struct jd_buf text = jd_buf_init(INDEX_BYTES_MAX);
    struct jd_registry *registry = NULL;
    if (index_file && jd_file_read(index_file, &text, NULL) == JD_OK) {
        registry = from_index(jd_buf_span(&text), listing);
    }
    jd_buf_finish(&text);
    return registry;
}

static enum jd_status build(const struct listing *listing,
        const char *index_file,
        struct jd_registry **out_registry,
        struct jd_error *error)
{
    struct jd_buf text = jd_buf_init(INDEX_BYTES_MAX);
    enum jd_status status = make_index(listing, &text, error);
    struct jd_registry *registry = NULL;
    if (status == JD_OK) {
        registry = from_index(jd_buf_span(&text), listing);
        if (!registry) {
            status = jd_error_set(error, JD_BUG,
                    "the index of the plugins in %s cannot be read back", listing->dir);
        }
    }
    struct jd_error write_error;
    if (registry && index_file &&
            jd_file_write(index_file, jd_buf_span(&text), 0644, &write_error) != JD_OK) {
        jd_problems_add(&registry->problems, NULL, "the plugin index is not kept: %s",
                write_error.text);
    }
    jd_buf_finish(&text);
    if (registry) {
        *out_registry = registry;
    }
    return status;
}

/* --- The face. --- */

enum jd_status jd_registry_open(const char *plugin_dir,
        const char *index_file,
        struct jd_registry **out_registry,
        struct jd_error *error)
{
    struct listing listing = { 0 };
    enum jd_status status = list_folder(plugin_dir, &listing, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_registry *registry = read_index(index_file, &listing);
    if (registry) {
        *out_registry = registry;
    } else {
        status = build(&listing, index_file, out_registry, error);
    }
    if (status == JD_OK) {
        (*out_registry)->dir = jd_arena_text((*out_registry)->arena, jd_span_of(plugin_dir));
    }
    listing_finish(&listing);
    return status;
}

void jd_registry_close(struct jd_registry **registry)
{
    if (!*registry) {
        return;
    }
    jd_arena_destroy(&(*registry)->arena);
    free((*registry)->services);
    free(*registry);
    *registry = NULL;
}

enum jd_status
jd_registry_index(const char *plugin_dir, const char *index_file, struct jd_error *error)
{
    struct listing listing = { 0 };
    enum jd_status status = list_folder(plugin_dir, &listing, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_buf text = jd_buf_init(INDEX_BYTES_MAX);
    status = make_index(&listing, &text, error);
    if (status == JD_OK) {
        status = jd_file_write(index_file, jd_buf_span(&text), 0644, error);
    }
    jd_buf_finish(&text);
    listing_finish(&listing);
    return status;
}

size_t jd_registry_count(const struct jd_registry *registry)
{
    return registry->count;
}

const struct jd_registry_service *jd_registry_at(const struct jd_registry *registry, size_t i)
{
    return i < registry->count ? &registry->services[i] : NULL;
}

const struct jd_registry_service *jd_registry_find(const struct jd_registry *registry,
        enum jd_service_kind kind,
        const char *name)
{
    for (size_t i = 0; i < registry->count; i++) {
        const struct jd_registry_service *service = &registry->services[i];
        if (service->kind == kind && strcmp(service->name, name) == 0) {
            return service;
        }
    }
    return NULL;
}

enum jd_status jd_registry_need(const struct jd_registry *registry,
        enum jd_service_kind kind,
        const char *name,
        const struct jd_registry_service **out_service,
        struct jd_error *error)
{
    *out_service = jd_registry_find(registry, kind, name);
    if (*out_service) {
        return JD_OK;
    }
    char list[300] = "";
    for (size_t i = 0, used = 0; i < registry->count && used < sizeof(list); i++) {
        if (registry->services[i].kind == kind) {
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "",
                    registry->services[i].name);
        }
    }
    if (!list[0]) {
        return jd_error_set(error, JD_BAD_INPUT,
                "no plugin offers %s '%.60s'; there is none at all in %s",
                jd_service_kind_name(kind), name, registry->dir);
    }
    return jd_error_set(error, JD_BAD_INPUT, "no plugin offers %s '%.60s'; there is: %s",
            jd_service_kind_name(kind), name, list);
}

enum jd_status jd_registry_load(const struct jd_registry *registry,
        enum jd_service_kind kind,
        const char *name,
        const struct jd_service **out_service,
        struct jd_error *error)
{
    const struct jd_registry_service *known;
    const struct jd_plugin *plugin;
    enum jd_status status = jd_registry_need(registry, kind, name, &known, error);
    if (status == JD_OK) {
        status = jd_plugin_open(known->file, &plugin, error);
    }
    if (status != JD_OK) {
        return status;
    }
    const struct jd_service *service = jd_plugin_find(plugin, kind, name);
    if (!service) {
        return jd_error_set(error, JD_BAD_INPUT,
                "%s changed since it was indexed and offers no %s '%s' any more: restart",
                known->file, jd_service_kind_name(kind), name);
    }
    *out_service = service;
    return JD_OK;
}

const struct jd_problems *jd_registry_problems(const struct jd_registry *registry)
{
    return &registry->problems;
}
