/**
 * The sqlite plugin: storage and queue in SQLite files. This file only registers them;
 * README.md says what they promise.
 */
#include "sqlite.h"

#include <jackdaw/plugin.h>

JD_PLUGIN("org.jackdaw.sqlite",
        "0.1.0",
        "MIT",
        { JD_SIZE(jd_service), JD_STORAGE_1, "sqlite", &jd_sqlite_storage_ops,
                jd_sqlite_storage_options },
        { JD_SIZE(jd_service), JD_QUEUE_1, "sqlite", &jd_sqlite_queue_ops,
                jd_sqlite_queue_options });
