/**
 * Opens one plugin file and decides, by reading its constant entry, whether this host can use
 * it: no function of the plugin is called.
 *
 * An opened plugin stays mapped until the process ends: there is no close, because code of it
 * may be on some thread's stack and its constants are referred to for ever. Any thread.
 */
#ifndef JD_HOST_LOADER_H
#define JD_HOST_LOADER_H

#include <jackdaw/plugin.h>

#include "base/error.h"

/**
 * Maps `file` (absolute) and checks its entry. Every refusal is one sentence that names the
 * plugin and the cure: "plugin 'x': built for ABI 0.3, this Jackdaw speaks 0.1: rebuild it".
 *
 * Returns  JD_OK; JD_GONE: no such file; JD_BAD_INPUT: not usable here.
 */
enum jd_status
jd_plugin_open(const char *file, const struct jd_plugin **out_plugin, struct jd_error *error);

/** The check alone; `name` is for the sentences. */
enum jd_status
jd_plugin_check(const struct jd_plugin *plugin, const char *name, struct jd_error *error);

/** NULL when the plugin does not offer it. name NULL: the first of the kind. */
const struct jd_service *
jd_plugin_find(const struct jd_plugin *plugin, enum jd_service_kind kind, const char *name);

/** Calls the service's open; the one place that knows where each kind keeps it. */
enum jd_status jd_service_open(const struct jd_service *service,
        const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error);

/** "source", "storage", "queue", "bus", "cache"; NULL for no kind of ours. */
const char *jd_service_kind_name(enum jd_service_kind kind);
/** False when it is no kind. */
bool jd_service_kind_parse(const char *name, enum jd_service_kind *out_kind);

#endif
