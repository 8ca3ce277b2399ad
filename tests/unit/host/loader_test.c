#include "host/loader.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "host/options.h"
#include "jd_test.h"

#define BAD(name) JD_BUILD_DIR "/tests/plugins/" name ".so"

TEST(opens_what_is_right)
{
    const struct jd_plugin *plugin = NULL;
    struct jd_error error;
    CHECK_OK(jd_plugin_open(BAD("loose"), &plugin, &error), error);
    CHECK_TEXT(jd_span_of(plugin->id), "org.example.loose");
    CHECK_INT(plugin->services_count, 3);
    CHECK(jd_plugin_find(plugin, JD_CACHE_1, "loose") == &plugin->services[2]);
    CHECK(jd_plugin_find(plugin, JD_BUS_1, NULL) == &plugin->services[1]);
    CHECK(jd_plugin_find(plugin, JD_CACHE_1, "tight") == NULL);
    CHECK(jd_plugin_find(plugin, JD_SOURCE_1, NULL) == NULL);
}

TEST(says_what_is_wrong_with_a_file)
{
    char text_file[] = "/tmp/jackdaw-loader.XXXXXX";
    int fd = mkstemp(text_file);
    CHECK(fd >= 0 && write(fd, "no ELF", 6) == 6);
    close(fd);
    const struct {
        const char *file;
        enum jd_status status;
        const char *says;
    } cases[] = {
        { BAD("wrong_abi"), JD_BAD_INPUT,
                "plugin 'wrong_abi': built for ABI 0.3, this Jackdaw speaks 0.1: rebuild it" },
        { "/nowhere/at_all.so", JD_GONE,
                "plugin 'at_all': there is no file /nowhere/at_all.so" },
        { text_file, JD_BAD_INPUT, "it cannot be loaded: " },
        { "/lib/x86_64-linux-gnu/libm.so.6", JD_BAD_INPUT,
                "has no symbol jd_plugin_entry, so it is no Jackdaw plugin" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct jd_plugin *plugin = NULL;
        struct jd_error error = { 0 };
        if (i == 3 && !jd_file_exists(cases[i].file)) {
            continue; // another architecture
        }
        CHECK_INT(jd_plugin_open(cases[i].file, &plugin, &error), cases[i].status);
        CHECK_INT(error.status, cases[i].status);
        CHECK(plugin == NULL);
        if (!strstr(error.text, cases[i].says)) {
            FAIL("%s: %s", cases[i].file, error.text);
        }
    }
    unlink(text_file);
}

static enum jd_status some_open(const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error)
{
    (void)host, (void)config, (void)out_self;
    return jd_error_set(error, JD_BUG, "never called");
}

/* A right entry, which each case spoils in one place. */
struct entry {
    struct jd_option options[3];
    struct jd_cache_ops ops;
    struct jd_service service;
    struct jd_plugin plugin;
};

static void make_entry(struct entry *entry)
{
    *entry = (struct entry){
        .options = { { .name = "a", .type = JD_OPTION_TEXT } },
        .ops = { JD_SIZE(jd_cache_ops), .open = some_open },
        .service = { JD_SIZE(jd_service), JD_CACHE_1, "x", &entry->ops, entry->options },
        .plugin = { JD_SIZE(jd_plugin), JD_ABI_MAJOR, JD_ABI_MINOR, "org.x", "1", "MIT",
                &entry->service, 1, sizeof(struct jd_option) },
    };
    // What the functions are does not matter: the check calls none.
    void (**functions)(void) = (void (**)(void))(void *)&entry->ops.open;
    for (size_t i = 0;
            i < (sizeof(entry->ops) - offsetof(struct jd_cache_ops, open)) / sizeof(void *);
            i++) {
        functions[i] = (void (*)(void))some_open;
    }
}

TEST(checks_an_entry_without_calling_it)
{
    struct entry entry;
    struct jd_error error = { 0 };
    make_entry(&entry);
    CHECK_OK(jd_plugin_check(&entry.plugin, "x", &error), error);
    entry.ops.extension = NULL; // the only function that may be left out
    CHECK_OK(jd_plugin_check(&entry.plugin, "x", &error), error);
    entry.service.options = NULL;
    CHECK_OK(jd_plugin_check(&entry.plugin, "x", &error), error);
}

TEST(refuses_a_spoilt_entry)
{
    static const char *const says[] = {
        "plugin 'x': its entry is no jackdaw plugin entry (size 4)",
        "plugin 'x': built for ABI 1.1, this Jackdaw speaks 0.1: rebuild it",
        "plugin 'x': its structs have other sizes",
        "plugin 'x': its structs have other sizes",
        "plugin 'x': its entry lacks an id",
        "plugin 'x': its entry lacks an id",
        "plugin 'x': one of its services (kind 99) is none",
        "plugin 'x': its cache service is named ''; a name is 1 to 32 of a to z",
        "plugin 'x': cache 'x' has no functions",
        "plugin 'x': the function table of cache 'x' has 8 bytes",
        "plugin 'x': cache 'x' leaves a member out",
        "plugin 'x': its cache service is named 'a\"b'",
        "plugin 'x': its cache service is named 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'",
        "plugin 'x': cache 'x': option 'a' has an unknown type",
    };
    for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
        struct entry entry;
        struct jd_error error = { 0 };
        make_entry(&entry);
        switch (i) {
        case 0:
            entry.plugin.size = 4;
            break;
        case 1:
            entry.plugin.abi_major = 1;
            break;
        case 2:
            entry.plugin.size += 8;
            break;
        case 3:
            entry.plugin.option_size -= 8;
            break;
        case 4:
            entry.plugin.licence = NULL;
            break;
        case 5:
            entry.plugin.services_count = 0;
            break;
        case 6:
            entry.service.kind = (enum jd_service_kind)99;
            break;
        case 7:
            entry.service.name = "";
            break;
        case 8:
            entry.service.ops = NULL;
            break;
        case 9:
            entry.ops.size = 8;
            break;
        case 10:
            entry.ops.remove = NULL;
            break;
        case 11:
            entry.service.name = "a\"b";
            break;
        case 12:
            entry.service.name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
            break;
        default:
            entry.options[0].type = (enum jd_option_type)42;
            break;
        }
        CHECK_INT(jd_plugin_check(&entry.plugin, "x", &error), JD_BAD_INPUT);
        CHECK_INT(error.status, JD_BAD_INPUT);
        if (strncmp(error.text, says[i], strlen(says[i])) != 0) {
            FAIL("case %zu: %s", i, error.text);
        }
    }
}

TEST(names_the_kinds)
{
    enum jd_service_kind kind;
    CHECK(jd_service_kind_parse("queue", &kind));
    CHECK_INT(kind, JD_QUEUE_1);
    CHECK(!jd_service_kind_parse("row", &kind));
    CHECK_TEXT(jd_span_of(jd_service_kind_name(JD_SOURCE_1)), "source");
    CHECK(jd_service_kind_name((enum jd_service_kind)77) == NULL);
}

int main(void)
{
    RUN(opens_what_is_right);
    RUN(says_what_is_wrong_with_a_file);
    RUN(checks_an_entry_without_calling_it);
    RUN(refuses_a_spoilt_entry);
    RUN(names_the_kinds);
    return REPORT();
}
