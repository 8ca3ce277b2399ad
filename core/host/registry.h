/**
 * Which plugin file offers which service, known without mapping any of them.
 *
 *     jd_registry_open(config->plugin_dir, index_file, &registry, &error);
 *     jd_registry_find(registry, JD_SOURCE_1, "maildir");             // from the index
 *     jd_registry_load(registry, JD_STORAGE_1, "sqlite", &service, &error);  // maps sqlite.so
 *
 * The index is made by one child process for each *.so of the folder, which opens it and tells
 * what it offers; the parent never maps it. A plugin that crashes, hangs (5 s) or is refused is
 * named in `jd_registry_problems` and left out; the others stand. The index is kept as JSON in
 * `index_file` and made anew when a file's name, size or time differs.
 *
 * Open it while the process has one thread (children are forked). Then: find, at and load from
 * any thread. A loaded plugin stays mapped when the registry is closed.
 */
#ifndef JD_HOST_REGISTRY_H
#define JD_HOST_REGISTRY_H

#include <jackdaw/plugin.h>

#include "host/problems.h"

struct jd_registry;

/** A service as the index knows it. Lives as long as the registry. */
struct jd_registry_service {
    enum jd_service_kind kind;
    const char *name;
    const struct jd_option *options; // ends with a NULL name; never NULL
    const char *plugin;              // "org.jackdaw.sqlite"
    const char *version;
    const char *licence;
    const char *file; // absolute
};

/** index_file NULL: kept in memory alone. An index that cannot be written is a problem (see
 * jd_registry_problems), not an error. JD_GONE: no such folder. JD_BAD_INPUT: more than 256
 * plugins in it. */
enum jd_status jd_registry_open(const char *plugin_dir,
        const char *index_file,
        struct jd_registry **out_registry,
        struct jd_error *error);
/** Takes NULL; clears the pointer. */
void jd_registry_close(struct jd_registry **registry);

/** Makes the index file anew, whatever is there. */
enum jd_status
jd_registry_index(const char *plugin_dir, const char *index_file, struct jd_error *error);

size_t jd_registry_count(const struct jd_registry *registry);
/** By kind, then name. */
const struct jd_registry_service *jd_registry_at(const struct jd_registry *registry, size_t i);
/** NULL when nobody offers it. Two plugins that offer one name: the first file by name. */
const struct jd_registry_service *jd_registry_find(const struct jd_registry *registry,
        enum jd_service_kind kind,
        const char *name);
/** As find, but absence is JD_BAD_INPUT with a sentence that lists what there is. */
enum jd_status jd_registry_need(const struct jd_registry *registry,
        enum jd_service_kind kind,
        const char *name,
        const struct jd_registry_service **out_service,
        struct jd_error *error);
/** Maps the one file that offers it. */
enum jd_status jd_registry_load(const struct jd_registry *registry,
        enum jd_service_kind kind,
        const char *name,
        const struct jd_service **out_service,
        struct jd_error *error);
/** Plugins that were left out, and why. */
const struct jd_problems *jd_registry_problems(const struct jd_registry *registry);

#endif
