/* Crashes while it is loaded: only the child that looks at it may die of that. */
#include <stdlib.h>

#include <jackdaw/plugin.h>

__attribute__((constructor)) static void crash(void)
{
    abort();
}

static const struct jd_source_ops ops = { JD_SIZE(jd_source_ops) };

JD_PLUGIN("org.example.crashing",
        "1.0.0",
        "MIT",
        { JD_SIZE(jd_service), JD_SOURCE_1, "crashing", &ops, NULL });
