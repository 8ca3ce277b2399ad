/* Any bytes as jackdaw.yaml: always a configuration, or problems with sentences; never a crash,
 * a hang or a large memory. */
#include <stdlib.h>

#include "host/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jd_arena *arena = jd_arena_create(JD_CONFIG_ARENA_BYTES);
    struct jd_problems problems = jd_problems_init(arena);
    const struct jd_host_config *config = NULL;
    enum jd_status status =
            jd_host_config_load_text((struct jd_span){ (const char *)data, size }, "fuzz.yaml",
                    "/", NULL, 0, arena, &config, &problems);
    if (!config || (status == JD_OK) != (problems.count == 0) || !config->data_dir ||
            !config->listen.address || (problems.count && !problems.first)) {
        abort();
    }
    jd_arena_destroy(&arena);
    return 0;
}
