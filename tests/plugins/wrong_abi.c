/* Built for another ABI: refused by its numbers, whatever else it holds. */
#include <jackdaw/plugin.h>

static const struct jd_service services[] = { { .size = 1 } };

extern const struct jd_plugin jd_plugin_entry;
__attribute__((visibility("default"))) const struct jd_plugin jd_plugin_entry = {
    JD_SIZE(jd_plugin),
    .abi_major = JD_ABI_MAJOR,
    .abi_minor = JD_ABI_MINOR + 2,
    .id = "org.example.wrong-abi",
    .version = "1.0.0",
    .licence = "MIT",
    .services = services,
    .services_count = 1,
    .option_size = sizeof(struct jd_option),
};
