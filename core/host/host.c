/* Services and sources by name: find the plugin, check the options, open, and close again. */
#include "host/host.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/span.h"
#include "host/loader.h"

#define SETTINGS_BYTES_MAX ((size_t)1024 * 1024) // of one instance, while it is opened

/* What opening an instance needs to know. */
struct wanted {
    enum jd_service_kind kind;
    const char *service;
    const struct jd_option_text *options;
    size_t options_count;
    const char *base_dir;  // NULL: relative paths are refused
    const char *instance;  // for messages
    const char *state_dir; // absolute
};

/* Checks the options and calls the plugin's open. The settings live for the call. */
static enum jd_status open_checked(const struct jd_service *service,
        const struct wanted *wanted,
        const struct jd_host *host,
        struct jd_arena *arena,
        void **out_self,
        struct jd_error *error)
{
    struct jd_problems problems = jd_problems_init(arena);
    struct jd_options_place place = { .base_dir = wanted->base_dir };
    struct jd_setting *settings;
    struct jd_config config = {
        JD_SIZE(jd_config),
        .instance = wanted->instance,
        .state_dir = wanted->state_dir,
    };
    jd_options_check(service->options, wanted->options, wanted->options_count, &place, arena,
            &settings, &config.count, &problems);
    config.settings = settings;
    enum jd_status status = jd_problems_status(&problems, error);
    if (status == JD_OK) {
        status = jd_file_mkdirs(wanted->state_dir, 0700, error);
    }
    if (status == JD_OK) {
        *error = (struct jd_error){ 0 };
        status = jd_service_open(service, host, &config, out_self, error);
        if (status != JD_OK && !error->text[0]) {
            jd_error_set(error, status, "it did not open and gave no reason");
        }
    }
    return status;
}

static enum jd_status open_instance(const struct jd_registry *registry,
        const struct wanted *wanted,
        struct jd_lent *lent,
        const void **out_ops,
        void **out_self,
        struct jd_error *error)
{
    const struct jd_service *service;
    enum jd_status status =
            jd_registry_load(registry, wanted->kind, wanted->service, &service, error);
    if (status != JD_OK) {
        return status;
    }
    char name[64];
    snprintf(name, sizeof(name), "%s.%s", jd_service_kind_name(wanted->kind), wanted->service);
    jd_lent_init(lent, name, wanted->instance);
    struct jd_arena *arena = jd_arena_create(SETTINGS_BYTES_MAX);
    void *self = NULL;
    status = open_checked(service, wanted, &lent->host, arena, &self, error);
    jd_arena_destroy(&arena);
    if (status != JD_OK) {
        error->status = status;
        return jd_error_wrap(error, "%s '%s'", jd_service_kind_name(wanted->kind),
                wanted->kind == JD_SOURCE_1 ? wanted->instance : wanted->service);
    }
    *out_ops = service->ops;
    *out_self = self;
    return JD_OK;
}

/* --- The services of a process. --- */

/* One row of the order in which services open; the table read backward closes them. */
struct stage {
    unsigned bit;
    const struct jd_config_service *config;
    const void **ops;
    void **self;
    struct jd_lent *lent;
};
#define STAGES 4

static void list_stages(const struct jd_host_config *config,
        struct jd_services *services,
        struct stage out[STAGES])
{
    struct jd_storage_instance *storage = &services->storage;
    struct jd_queue_instance *queue = &services->queue;
    struct jd_bus_instance *bus = &services->bus;
    struct jd_cache_instance *cache = &services->cache;
    out[0] = (struct stage){ JD_SERVICES_STORAGE, &config->storage,
        (const void **)&storage->ops, &storage->self, &storage->lent };
    out[1] = (struct stage){ JD_SERVICES_QUEUE, &config->queue, (const void **)&queue->ops,
        &queue->self, &queue->lent };
    out[2] = (struct stage){ JD_SERVICES_BUS, &config->bus, (const void **)&bus->ops,
        &bus->self, &bus->lent };
    out[3] = (struct stage){ JD_SERVICES_CACHE, &config->cache, (const void **)&cache->ops,
        &cache->self, &cache->lent };
}

static enum jd_status open_stage(const struct jd_host_config *config,
        const struct jd_registry *registry,
        const struct stage *stage,
        struct jd_error *error)
{
    const struct jd_config_service *service = stage->config;
    const char *kind = jd_service_kind_name(service->kind);
    char state_dir[4096];
    if (snprintf(state_dir, sizeof(state_dir), "%s/%s", config->data_dir, kind) >=
            (int)sizeof(state_dir)) {
        return jd_error_set(error, JD_BAD_INPUT, "data_dir is too long");
    }
    struct wanted wanted = {
        .kind = service->kind,
        .service = service->plugin,
        .options = service->options,
        .options_count = service->options_count,
        .base_dir = config->base_dir,
        .instance = kind,
        .state_dir = state_dir,
    };
    return open_instance(registry, &wanted, stage->lent, stage->ops, stage->self, error);
}

enum jd_status jd_services_open(const struct jd_host_config *config,
        const struct jd_registry *registry,
        unsigned which,
        struct jd_services **out_services,
        struct jd_error *error)
{
    struct jd_services *services = jd_xalloc(sizeof(*services));
    struct stage stages[STAGES];
    list_stages(config, services, stages);
    for (size_t i = 0; i < STAGES; i++) {
        if (!(which & stages[i].bit)) {
            continue;
        }
        enum jd_status status = open_stage(config, registry, &stages[i], error);
        if (status != JD_OK) {
            jd_services_close(&services);
            return status;
        }
    }
    *out_services = services;
    return JD_OK;
}

void jd_services_close(struct jd_services **services)
{
    struct jd_services *open = *services;
    if (!open) {
        return;
    }
    if (open->cache.ops) {
        open->cache.ops->close(open->cache.self);
    }
    if (open->bus.ops) {
        open->bus.ops->close(open->bus.self);
    }
    if (open->queue.ops) {
        open->queue.ops->close(open->queue.self);
    }
    if (open->storage.ops) {
        open->storage.ops->close(open->storage.self);
    }
    free(open);
    *services = NULL;
}

static void check_service(const struct jd_host_config *config,
        const struct jd_config_service *service,
        const struct jd_registry *registry,
        struct jd_arena *arena,
        struct jd_problems *problems)
{
    const struct jd_registry_service *known;
    struct jd_error error;
    if (jd_registry_need(registry, service->kind, service->plugin, &known, &error) != JD_OK) {
        jd_problems_add(problems, service->plugin_origin, "%s", error.text);
        return;
    }
    char owner[64];
    snprintf(owner, sizeof(owner), "%s '%s'", jd_service_kind_name(service->kind),
            service->plugin);
    struct jd_options_place place = {
        .owner = owner,
        .origin = service->plugin_origin,
        .base_dir = config->base_dir,
    };
    struct jd_setting *settings;
    uint32_t count;
    jd_options_check(known->options, service->options, service->options_count, &place, arena,
            &settings, &count, problems);
}

static void check_account(const struct jd_host_config *config,
        const struct jd_config_account *account,
        const struct jd_registry *registry,
        struct jd_arena *arena,
        struct jd_problems *problems)
{
    if (!account->kind || !account->name) {
        return; // told when the file was read
    }
    char owner[160];
    snprintf(owner, sizeof(owner), "account '%s'", account->name);
    struct jd_options_place place = {
        .owner = owner,
        .origin = account->origin,
        .base_dir = config->base_dir,
    };
    struct jd_option_text *options;
    size_t count;
    jd_source_check(registry, account->kind, account->options, account->options_count, &place,
            arena, &options, &count, problems);
}

void jd_services_check(const struct jd_host_config *config,
        const struct jd_registry *registry,
        struct jd_problems *problems)
{
    const struct jd_config_service *services[] = { &config->storage, &config->queue,
        &config->bus, &config->cache };
    struct jd_arena *arena = jd_arena_create(JD_CONFIG_ARENA_BYTES);
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        check_service(config, services[i], registry, arena, problems);
    }
    for (size_t i = 0; i < config->accounts_count; i++) {
        check_account(config, &config->accounts[i], registry, arena, problems);
    }
    jd_arena_destroy(&arena);
}

/* --- Sources. --- */

enum jd_status jd_source_open(const struct jd_registry *registry,
        const char *kind,
        const struct jd_option_text *options,
        size_t options_count,
        const char *instance,
        const char *state_dir,
        struct jd_source **out_source,
        struct jd_error *error)
{
    struct jd_source *source = jd_xalloc(sizeof(*source));
    struct wanted wanted = {
        .kind = JD_SOURCE_1,
        .service = kind,
        .options = options,
        .options_count = options_count,
        .instance = instance,
        .state_dir = state_dir,
    };
    enum jd_status status = open_instance(registry, &wanted, &source->lent,
            (const void **)&source->ops, &source->self, error);
    if (status != JD_OK) {
        free(source);
        return status;
    }
    *out_source = source;
    return JD_OK;
}

void jd_source_close(struct jd_source **source)
{
    if (*source) {
        (*source)->ops->close((*source)->self);
        free(*source);
        *source = NULL;
    }
}

/* What is kept of a given value: its checked form, so that a path is absolute. */
static void keep_given(const struct jd_option_text *options,
        size_t options_count,
        const struct jd_setting *settings,
        uint32_t settings_count,
        struct jd_option_text *out_options,
        size_t *out_count)
{
    for (size_t i = 0; i < options_count; i++) {
        for (uint32_t row = 0; row < settings_count; row++) {
            if (strcmp(settings[row].name, options[i].name) == 0 && settings[row].text) {
                struct jd_option_text *out = &out_options[(*out_count)++];
                *out = options[i];
                out->text = settings[row].text;
            }
        }
    }
}

void jd_source_check(const struct jd_registry *registry,
        const char *kind,
        const struct jd_option_text *options,
        size_t options_count,
        const struct jd_options_place *place,
        struct jd_arena *arena,
        struct jd_option_text **out_options,
        size_t *out_count,
        struct jd_problems *problems)
{
    *out_options = jd_arena_zalloc(arena, options_count + 1, sizeof(**out_options));
    *out_count = 0;
    const struct jd_registry_service *known;
    struct jd_error error;
    const char *colon = place->owner ? ": " : "";
    if (jd_registry_need(registry, JD_SOURCE_1, kind, &known, &error) != JD_OK) {
        jd_problems_add(problems, place->origin, "%s%s%s", place->owner ? place->owner : "",
                colon, error.text);
        return;
    }
    struct jd_setting *settings;
    uint32_t settings_count;
    jd_options_check(known->options, options, options_count, place, arena, &settings,
            &settings_count, problems);
    if (*out_options) {
        keep_given(options, options_count, settings, settings_count, *out_options, out_count);
    } else {
        jd_problems_add(problems, place->origin, "the options are too large");
    }
}
