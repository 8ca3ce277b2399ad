/*
 * From a file to a checked entry. dlopen runs the constructors that the file itself declares;
 * beyond that nothing of the plugin runs here.
 */
#include "host/loader.h"

#include <dlfcn.h>

#include "base/file.h"
#include "host/options.h"

#define SERVICES_MAX     16
#define SERVICE_NAME_MAX 32

static const char *const kind_names[] = {
    [JD_SOURCE_1] = "source",
    [JD_STORAGE_1] = "storage",
    [JD_QUEUE_1] = "queue",
    [JD_BUS_1] = "bus",
    [JD_CACHE_1] = "cache",
};

/* Every ops table begins with its size; all members but `extension` (the last) are needed. */
#define OPS(type, first)                                                                       \
 {                                                                                             \
  sizeof(struct type), offsetof(struct type, first), offsetof(struct type, extension)          \
 }
static const struct {
    size_t bytes;
    size_t first; // offset of the first pointer
    size_t end;   // offset behind the last pointer that is needed
} ops_shape[] = {
    [JD_SOURCE_1] = OPS(jd_source_ops, open),
    [JD_STORAGE_1] = OPS(jd_storage_ops, dialect),
    [JD_QUEUE_1] = OPS(jd_queue_ops, open),
    [JD_BUS_1] = OPS(jd_bus_ops, open),
    [JD_CACHE_1] = OPS(jd_cache_ops, open),
};

static enum jd_status
check_versions(const struct jd_plugin *plugin, const char *name, struct jd_error *error)
{
    if (plugin->size < offsetof(struct jd_plugin, abi_minor) + sizeof(plugin->abi_minor)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "plugin '%s': its entry is no jackdaw plugin entry (size %u): build it with "
                "JD_PLUGIN of jackdaw/plugin.h",
                name, plugin->size);
    }
    bool same_major = plugin->abi_major == JD_ABI_MAJOR;
    // A newer minor may rely on what this host does not have; before 1.0 any other may.
    bool minor_fits = JD_ABI_MAJOR == 0 ? plugin->abi_minor == JD_ABI_MINOR
                                        : plugin->abi_minor <= JD_ABI_MINOR;
    if (!same_major || !minor_fits) {
        return jd_error_set(error, JD_BAD_INPUT,
                "plugin '%s': built for ABI %u.%u, this Jackdaw speaks %d.%d: rebuild it", name,
                plugin->abi_major, plugin->abi_minor, JD_ABI_MAJOR, JD_ABI_MINOR);
    }
    // While the major is 0 the structs of one minor are exactly these.
    if (plugin->size != sizeof(struct jd_plugin) ||
            plugin->option_size != sizeof(struct jd_option)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "plugin '%s': its structs have other sizes than this Jackdaw's (entry %u, "
                "option %u): rebuild it with this Jackdaw's headers",
                name, plugin->size, plugin->option_size);
    }
    if (!plugin->id || !plugin->version || !plugin->licence || !plugin->services ||
            plugin->services_count == 0 || plugin->services_count > SERVICES_MAX) {
        return jd_error_set(error, JD_BAD_INPUT,
                "plugin '%s': its entry lacks an id, version, licence or services", name);
    }
    return JD_OK;
}

static bool has_all_members(enum jd_service_kind kind, const void *ops)
{
    for (size_t at = ops_shape[kind].first; at < ops_shape[kind].end; at += sizeof(void *)) {
        void *member;
        memcpy(&member, (const char *)ops + at, sizeof(member));
        if (!member) {
            return false;
        }
    }
    return true;
}

/* A name is written in settings, paths and metrics: it needs quotes in none of them. */
static bool is_service_name(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len <= SERVICE_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

static enum jd_status
check_service(const struct jd_service *service, const char *name, struct jd_error *error)
{
    if (service->size != sizeof(*service) || !jd_service_kind_name(service->kind)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "plugin '%s': one of its services (kind %d) is none that this Jackdaw knows: "
                "rebuild it",
                name, (int)service->kind);
    }
    const char *kind = jd_service_kind_name(service->kind);
    if (!service->name || !is_service_name(service->name)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "plugin '%s': its %s service is named '%.60s'; a name is 1 to %d of a to z, 0 to "
                "9, _ and -",
                name, kind, service->name ? service->name : "", SERVICE_NAME_MAX);
    }
    if (!service->ops) {
        return jd_error_set(error, JD_BAD_INPUT, "plugin '%s': %s '%s' has no functions", name,
                kind, service->name);
    }
    uint32_t size;
    memcpy(&size, service->ops, sizeof(size));
    if (size != ops_shape[service->kind].bytes) {
        return jd_error_set(error, JD_BAD_INPUT,
                "plugin '%s': the function table of %s '%s' has %u bytes, this Jackdaw's %zu: "
                "rebuild it",
                name, kind, service->name, size, ops_shape[service->kind].bytes);
    }
    if (!has_all_members(service->kind, service->ops)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "plugin '%s': %s '%s' leaves a member out; all but extension are needed", name,
                kind, service->name);
    }
    if (jd_options_check_table(service->options, error) != JD_OK) {
        jd_error_wrap(error, "plugin '%s': %s '%s'", name, kind, service->name);
        error->status = JD_BAD_INPUT; // to the host a plugin's bug is bad input
        return JD_BAD_INPUT;
    }
    return JD_OK;
}

enum jd_status
jd_plugin_check(const struct jd_plugin *plugin, const char *name, struct jd_error *error)
{
    enum jd_status status = check_versions(plugin, name, error);
    for (uint32_t i = 0; status == JD_OK && i < plugin->services_count; i++) {
        status = check_service(&plugin->services[i], name, error);
    }
    return status;
}

/* "maildir" of "/usr/lib/jackdaw/plugins/maildir.so". */
static void short_name(const char *file, char *out, size_t out_bytes)
{
    const char *slash = strrchr(file, '/');
    snprintf(out, out_bytes, "%s", slash ? slash + 1 : file);
    char *dot = strrchr(out, '.');
    if (dot && dot != out) {
        *dot = '\0';
    }
}

enum jd_status
jd_plugin_open(const char *file, const struct jd_plugin **out_plugin, struct jd_error *error)
{
    char name[64];
    short_name(file, name, sizeof(name));
    if (!jd_file_exists(file)) {
        return jd_error_set(error, JD_GONE, "plugin '%s': there is no file %s", name, file);
    }
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror(); // NOLINT(concurrency-mt-unsafe): one for each thread
        return jd_error_set(
                error, JD_BAD_INPUT, "plugin '%s': it cannot be loaded: %s", name, reason);
    }
    const struct jd_plugin *plugin = dlsym(handle, "jd_plugin_entry");
    enum jd_status status =
            plugin ? jd_plugin_check(plugin, name, error)
                   : jd_error_set(error, JD_BAD_INPUT,
                             "plugin '%s': %s has no symbol jd_plugin_entry, so it is no "
                             "Jackdaw plugin",
                             name, file);
    if (status != JD_OK) {
        dlclose(handle); // nothing of it was kept
        return status;
    }
    *out_plugin = plugin; // the handle is kept for ever, on purpose
    return JD_OK;
}

const struct jd_service *
jd_plugin_find(const struct jd_plugin *plugin, enum jd_service_kind kind, const char *name)
{
    for (uint32_t i = 0; i < plugin->services_count; i++) {
        const struct jd_service *service = &plugin->services[i];
        if (service->kind == kind && (!name || strcmp(service->name, name) == 0)) {
            return service;
        }
    }
    return NULL;
}

enum jd_status jd_service_open(const struct jd_service *service,
        const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error)
{
    const void *ops = service->ops;
    switch (service->kind) {
    case JD_SOURCE_1:
        return ((const struct jd_source_ops *)ops)->open(host, config, out_self, error);
    case JD_STORAGE_1:
        return ((const struct jd_storage_ops *)ops)->open(host, config, out_self, error);
    case JD_QUEUE_1:
        return ((const struct jd_queue_ops *)ops)->open(host, config, out_self, error);
    case JD_BUS_1:
        return ((const struct jd_bus_ops *)ops)->open(host, config, out_self, error);
    case JD_CACHE_1:
        return ((const struct jd_cache_ops *)ops)->open(host, config, out_self, error);
    }
    return jd_error_set(error, JD_BUG, "a service of no known kind");
}

const char *jd_service_kind_name(enum jd_service_kind kind)
{
    size_t count = sizeof(kind_names) / sizeof(kind_names[0]);
    return (size_t)kind < count ? kind_names[kind] : NULL;
}

bool jd_service_kind_parse(const char *name, enum jd_service_kind *out_kind)
{
    for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++) {
        if (kind_names[i] && strcmp(kind_names[i], name) == 0) {
            *out_kind = (enum jd_service_kind)i;
            return true;
        }
    }
    return false;
}
