/**
 * The local plugin: a bus between the processes of one machine and a cache inside one process.
 * This file only registers them; README.md says what they promise.
 */
#include "local.h"

#include <jackdaw/plugin.h>

JD_PLUGIN("org.jackdaw.local",
        "0.1.0",
        "MIT",
        { JD_SIZE(jd_service), JD_BUS_1, "local", &jd_local_bus_ops, jd_local_bus_options },
        { JD_SIZE(jd_service), JD_CACHE_1, "local", &jd_local_cache_ops,
                jd_local_cache_options });
