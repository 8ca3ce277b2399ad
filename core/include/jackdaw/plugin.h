/**
 * The one include of a plugin author.
 *
 * A plugin is one shared object with one exported symbol, `jd_plugin_entry`, which is constant
 * data: the host reads it and decides, without running any function of the plugin.
 *
 *     JD_PLUGIN("org.example.folder", "1.0.0", "MIT",
 *         { JD_SIZE(jd_service), JD_SOURCE_1, "folder", &ops, options });
 *
 * Compatibility: a plugin built against major M, minor N loads in every host of major M; while
 * the major is 0 the minor must match too. Build with -fvisibility=hidden.
 */
#ifndef JACKDAW_PLUGIN_H
#define JACKDAW_PLUGIN_H

#include <jackdaw/bus.h>
#include <jackdaw/cache.h>
#include <jackdaw/queue.h>
#include <jackdaw/source.h>
#include <jackdaw/storage.h>

#define JD_ABI_MAJOR 0
#define JD_ABI_MINOR 1

/** What a service speaks: kind and version of its ops table. */
enum jd_service_kind {
    JD_SOURCE_1 = 1, // struct jd_source_ops
    JD_STORAGE_1,    // struct jd_storage_ops
    JD_QUEUE_1,      // struct jd_queue_ops
    JD_BUS_1,        // struct jd_bus_ops
    JD_CACHE_1,      // struct jd_cache_ops
};

struct jd_service {
    uint32_t size;
    enum jd_service_kind kind;
    const char *name;                // as written in the configuration: "maildir"
    const void *ops;                 // the table that `kind` names
    const struct jd_option *options; // ends with a NULL name; may be NULL
};

struct jd_plugin {
    uint32_t size;
    uint16_t abi_major, abi_minor;
    const char *id;      // reverse domain name
    const char *version; // semver.org
    const char *licence; // SPDX expression
    const struct jd_service *services;
    uint32_t services_count;
    uint32_t option_size; // sizeof(struct jd_option) as the plugin knows it
};

#define JD_PLUGIN(id_, version_, licence_, ...)                                                \
 static const struct jd_service jd_plugin_services[] = { __VA_ARGS__ };                        \
 extern const struct jd_plugin jd_plugin_entry;                                                \
 __attribute__((visibility("default"))) const struct jd_plugin jd_plugin_entry = {             \
     JD_SIZE(jd_plugin),                                                                       \
     .abi_major = JD_ABI_MAJOR,                                                                \
     .abi_minor = JD_ABI_MINOR,                                                                \
     .id = (id_),                                                                              \
     .version = (version_),                                                                    \
     .licence = (licence_),                                                                    \
     .services = jd_plugin_services,                                                           \
     .services_count = sizeof(jd_plugin_services) / sizeof(jd_plugin_services[0]),             \
     .option_size = sizeof(struct jd_option),                                                  \
 }

#endif
