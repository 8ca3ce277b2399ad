/**
 * The floor's face: services and sources, opened by name.
 *
 *     jd_services_open(config, registry, JD_SERVICES_ALL, &services, &error);
 *     services->storage.ops->connect(services->storage.self, &connection, &error);
 *     jd_services_close(&services);
 *
 * Opening and closing: one thread, blocking. In between the instances obey the threads of
 * their own header in include/jackdaw. Nothing here logs; errors name the service and the cure.
 */
#ifndef JD_HOST_HOST_H
#define JD_HOST_HOST_H

#include <jackdaw/plugin.h>

#include "host/config.h"
#include "host/registry.h"
#include "host/services.h"

/** Which services a process opens. */
enum jd_services_bit {
    JD_SERVICES_STORAGE = 1 << 0,
    JD_SERVICES_QUEUE = 1 << 1,
    JD_SERVICES_BUS = 1 << 2,
    JD_SERVICES_CACHE = 1 << 3,
    JD_SERVICES_ALL = 15,
};

struct jd_storage_instance {
    const struct jd_storage_ops *ops; // NULL: not opened
    void *self;
    struct jd_lent lent;
};

struct jd_queue_instance {
    const struct jd_queue_ops *ops; // NULL: not opened
    void *self;
    struct jd_lent lent;
};

struct jd_bus_instance {
    const struct jd_bus_ops *ops; // NULL: not opened
    void *self;
    struct jd_lent lent;
};

struct jd_cache_instance {
    const struct jd_cache_ops *ops; // NULL: not opened
    void *self;
    struct jd_lent lent;
};

struct jd_services {
    struct jd_storage_instance storage;
    struct jd_queue_instance queue;
    struct jd_bus_instance bus;
    struct jd_cache_instance cache;
};

/** A source that is open. */
struct jd_source {
    const struct jd_source_ops *ops;
    void *self;
    struct jd_lent lent;
};

/** The options of the configured services and provisioned accounts against the plugins' tables;
 * maps nothing. Problems are added to `problems`. */
void jd_services_check(const struct jd_host_config *config,
        const struct jd_registry *registry,
        struct jd_problems *problems);

/**
 * Opens the services named by `which` (bits of enum jd_services_bit) in the order storage,
 * queue, bus, cache. Each has the folder data_dir/KIND for its own, made if need be (0700): run
 * it as the user that owns data_dir. On failure those opened before are closed again.
 */
enum jd_status jd_services_open(const struct jd_host_config *config,
        const struct jd_registry *registry,
        unsigned which,
        struct jd_services **out_services,
        struct jd_error *error);
/** In reverse order. Takes NULL; clears the pointer. */
void jd_services_close(struct jd_services **services);

/**
 * Opens a source.
 *
 * kind       service name: "maildir".
 * options    texts as stored; checked against the plugin's table. Relative paths are refused.
 * instance   the account's name, for messages.
 * state_dir  absolute; made if need be.
 * Returns    JD_BAD_INPUT: no such kind, or wrong options; else what the source says, behind
 *            the name of the instance.
 */
enum jd_status jd_source_open(const struct jd_registry *registry,
        const char *kind,
        const struct jd_option_text *options,
        size_t options_count,
        const char *instance,
        const char *state_dir,
        struct jd_source **out_source,
        struct jd_error *error);
/** Takes NULL; clears the pointer. */
void jd_source_close(struct jd_source **source);

/**
 * Checks a source's options without opening it (a form, the command line, provisioning).
 *
 * place        the account's name, and the folder that relative paths are taken from.
 * out_options  what is to be stored: the given values alone, paths absolute; lives in `arena`.
 */
void jd_source_check(const struct jd_registry *registry,
        const char *kind,
        const struct jd_option_text *options,
        size_t options_count,
        const struct jd_options_place *place,
        struct jd_arena *arena,
        struct jd_option_text **out_options,
        size_t *out_count,
        struct jd_problems *problems);

#endif
