#include "host/registry.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/span.h"
#include "host/loader.h"
#include "host/options.h"
#include "jd_test.h"

static char folder[] = "/tmp/jackdaw-registry.XXXXXX";
static char plugin_dir[PATH_MAX], index_file[PATH_MAX];

/* The plugin folder holds copies, since a link's age is not the file's. */
static void add_plugin(const char *name)
{
    char from[PATH_MAX], to[PATH_MAX];
    struct jd_error error;
    struct jd_buf bytes = jd_buf_init(16 * 1024 * 1024);
    snprintf(from, sizeof(from), "%s/tests/plugins/%s.so", JD_BUILD_DIR, name);
    snprintf(to, sizeof(to), "%.3000s/%s.so", plugin_dir, name);
    CHECK_OK(jd_file_read(from, &bytes, &error), error);
    CHECK_OK(jd_file_write(to, jd_buf_span(&bytes), 0755, &error), error);
    jd_buf_finish(&bytes);
}

static void remove_plugin(const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%.3000s/%s.so", plugin_dir, name);
    CHECK_INT(unlink(path), 0);
}

static struct jd_registry *open_registry(const char *file)
{
    struct jd_registry *registry = NULL;
    struct jd_error error;
    CHECK_OK(jd_registry_open(plugin_dir, file, &registry, &error), error);
    return registry;
}

/* Whether this process maps a file of that name. */
static bool is_mapped(const char *name)
{
    struct jd_buf maps = jd_buf_init(4 * 1024 * 1024);
    struct jd_error error;
    CHECK_OK(jd_file_read("/proc/self/maps", &maps, &error), error);
    bool found = strstr(maps.data, name) != NULL;
    jd_buf_finish(&maps);
    return found;
}

TEST(knows_services_without_mapping_them)
{
    add_plugin("failing_init");
    add_plugin("loose");
    struct jd_registry *registry = open_registry(index_file);
    CHECK_INT(jd_registry_count(registry), 4);
    CHECK_INT(jd_registry_problems(registry)->count, 0);
    static const struct {
        enum jd_service_kind kind;
        const char *name;
    } expected[] = { { JD_SOURCE_1, "failing_init" }, { JD_QUEUE_1, "loose" },
        { JD_BUS_1, "loose" }, { JD_CACHE_1, "loose" } };
    for (size_t i = 0; i < 4; i++) {
        const struct jd_registry_service *service = jd_registry_at(registry, i);
        CHECK(service && service->kind == expected[i].kind);
        CHECK_TEXT(jd_span_of(service->name), expected[i].name);
    }
    CHECK(jd_registry_at(registry, 4) == NULL);
    CHECK(!is_mapped("failing_init.so") && !is_mapped("loose.so"));
    jd_registry_close(&registry);
    CHECK(registry == NULL);
    jd_registry_close(&registry);
}

TEST(keeps_whole_option_tables)
{
    struct jd_registry *registry = open_registry(index_file);
    const struct jd_registry_service *service =
            jd_registry_find(registry, JD_SOURCE_1, "failing_init");
    CHECK(service != NULL);
    CHECK_TEXT(jd_span_of(service->plugin), "org.example.failing-init");
    CHECK_TEXT(jd_span_of(service->version), "1.0.0");
    CHECK_TEXT(jd_span_of(service->licence), "MIT");
    CHECK_INT(jd_options_count(service->options), 6);
    CHECK(jd_option_find(service->options, "box")->required);
    CHECK(!jd_option_find(service->options, "box")->secret);
    CHECK(jd_option_find(service->options, "password")->secret);
    const struct jd_option *count = jd_option_find(service->options, "count");
    CHECK_INT(count->type, JD_OPTION_INT);
    CHECK_INT(count->min, 1);
    CHECK_INT(count->max, 5);
    CHECK_TEXT(jd_span_of(count->default_text), "3");
    const struct jd_option *mode = jd_option_find(service->options, "mode");
    CHECK_TEXT(jd_span_of(mode->choices), "fast|careful");
    CHECK_TEXT(jd_span_of(mode->help), "how");
    CHECK(jd_option_find(service->options, "folder")->default_text == NULL);
    jd_registry_close(&registry);
}

TEST(maps_only_what_is_asked_for)
{
    struct jd_registry *registry = open_registry(index_file);
    const struct jd_service *service = NULL;
    struct jd_error error;
    CHECK_OK(jd_registry_load(registry, JD_CACHE_1, "loose", &service, &error), error);
    CHECK_TEXT(jd_span_of(service->name), "loose");
    CHECK(is_mapped("loose.so"));
    CHECK(!is_mapped("failing_init.so"));
    jd_registry_close(&registry);
    CHECK_TEXT(jd_span_of(service->name), "loose"); // it stays mapped
}

TEST(lists_what_there_is)
{
    struct jd_registry *registry = open_registry(index_file);
    const struct jd_service *service = NULL;
    struct jd_error error;
    CHECK_INT(jd_registry_load(registry, JD_CACHE_1, "redis", &service, &error), JD_BAD_INPUT);
    CHECK_TEXT(jd_span_of(error.text), "no plugin offers cache 'redis'; there is: loose");
    CHECK_INT(
            jd_registry_load(registry, JD_STORAGE_1, "sqlite", &service, &error), JD_BAD_INPUT);
    CHECK(jd_span_starts(jd_span_of(error.text),
            JD_SPAN("no plugin offers storage 'sqlite'; there is none at all in /")));
    jd_registry_close(&registry);
}

TEST(leaves_bad_plugins_out_and_names_them)
{
    add_plugin("crashing");
    add_plugin("wrong_abi");
    struct jd_registry *registry = open_registry(index_file);
    CHECK_INT(jd_registry_count(registry), 4);
    const struct jd_problems *problems = jd_registry_problems(registry);
    CHECK_INT(problems->count, 2);
    CHECK_TEXT(jd_span_of(problems->first->text),
            "plugin file crashing.so: it crashed while it was opened (Aborted); it "
            "is left out: repair or remove it");
    CHECK_TEXT(jd_span_of(problems->last->text),
            "plugin 'wrong_abi': built for ABI 0.3, this Jackdaw speaks 0.1: rebuild it");
    jd_registry_close(&registry);
    remove_plugin("crashing");
    remove_plugin("wrong_abi");
}

TEST(waits_for_no_plugin_that_lives_on)
{
    add_plugin("deaf");
    struct jd_registry *registry = open_registry(NULL);
    CHECK_INT(jd_registry_count(registry), 4);
    const struct jd_problems *problems = jd_registry_problems(registry);
    CHECK_INT(problems->count, 1);
    CHECK(problems->first && strstr(problems->first->text, "plugin file deaf.so: "));
    jd_registry_close(&registry);
    remove_plugin("deaf");
}

TEST(refuses_more_plugins_than_it_can_know)
{
    char dir[PATH_MAX], path[PATH_MAX];
    snprintf(dir, sizeof(dir), "%s/many", folder);
    CHECK_INT(mkdir(dir, 0755), 0);
    for (int i = 0; i < 257; i++) {
        snprintf(path, sizeof(path), "%.3000s/%d.so", dir, i);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        CHECK(fd >= 0);
        close(fd);
    }
    struct jd_registry *registry = NULL;
    struct jd_error error;
    CHECK_INT(jd_registry_open(dir, NULL, &registry, &error), JD_BAD_INPUT);
    CHECK(strstr(error.text, "more than 256 plugins"));
    for (int i = 0; i < 257; i++) {
        snprintf(path, sizeof(path), "%.3000s/%d.so", dir, i);
        CHECK_INT(unlink(path), 0);
    }
    CHECK_INT(rmdir(dir), 0);
}

static int64_t index_inode(void)
{
    struct stat info = { 0 };
    CHECK_INT(stat(index_file, &info), 0);
    return (int64_t)info.st_ino;
}

TEST(makes_the_index_anew_only_when_files_change)
{
    struct jd_registry *registry = open_registry(index_file);
    jd_registry_close(&registry);
    int64_t inode = index_inode();
    registry = open_registry(index_file);
    jd_registry_close(&registry);
    CHECK_INT(index_inode(), inode); // the same file: read, not written

    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%.3000s/loose.so", plugin_dir);
    CHECK_INT(utimensat(AT_FDCWD, path, (struct timespec[2]){ { 1, 0 }, { 1, 0 } }, 0), 0);
    registry = open_registry(index_file);
    CHECK_INT(jd_registry_count(registry), 4);
    jd_registry_close(&registry);
    inode = index_inode() ^ inode;
    CHECK(inode != 0);

    remove_plugin("loose");
    registry = open_registry(index_file);
    CHECK_INT(jd_registry_count(registry), 1);
    jd_registry_close(&registry);
    add_plugin("loose");
}

TEST(survives_a_spoilt_index)
{
    static const char *const texts[] = { "", "{", "[]", "{\"version\":1}", "not json at all" };
    struct jd_error error;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        CHECK_OK(jd_file_write(index_file, jd_span_of(texts[i]), 0644, &error), error);
        struct jd_registry *registry = open_registry(index_file);
        CHECK_INT(jd_registry_count(registry), 4);
        CHECK_INT(jd_registry_problems(registry)->count, 0);
        jd_registry_close(&registry);
    }
}

TEST(works_without_a_place_for_the_index)
{
    struct jd_registry *registry = open_registry(NULL);
    CHECK_INT(jd_registry_count(registry), 4);
    jd_registry_close(&registry);
    registry = open_registry("/nowhere/at/all/plugins.index");
    CHECK_INT(jd_registry_count(registry), 4);
    CHECK_INT(jd_registry_problems(registry)->count, 1);
    CHECK(strstr(jd_registry_problems(registry)->first->text, "the plugin index is not kept"));
    jd_registry_close(&registry);
}

TEST(takes_the_first_of_two_with_one_name)
{
    char from[PATH_MAX], to[PATH_MAX];
    snprintf(from, sizeof(from), "%.3000s/loose.so", plugin_dir);
    snprintf(to, sizeof(to), "%.3000s/again.so", plugin_dir);
    CHECK_INT(link(from, to), 0);
    struct jd_registry *registry = open_registry(NULL);
    CHECK_INT(jd_registry_count(registry), 4);
    CHECK_INT(jd_registry_problems(registry)->count, 3);
    CHECK_TEXT(jd_span_of(jd_registry_find(registry, JD_BUS_1, "loose")->file), to);
    jd_registry_close(&registry);
    remove_plugin("again");
}

TEST(names_a_missing_folder)
{
    struct jd_registry *registry = NULL;
    struct jd_error error;
    CHECK_INT(jd_registry_open("/nowhere/plugins", NULL, &registry, &error), JD_GONE);
    CHECK(strstr(error.text, "/nowhere/plugins"));
    CHECK(registry == NULL);
}

int main(void)
{
    if (!mkdtemp(folder)) {
        return 1;
    }
    snprintf(plugin_dir, sizeof(plugin_dir), "%s/plugins", folder);
    snprintf(index_file, sizeof(index_file), "%s/plugins.index", folder);
    mkdir(plugin_dir, 0755);
    RUN(knows_services_without_mapping_them);
    RUN(keeps_whole_option_tables);
    RUN(maps_only_what_is_asked_for);
    RUN(lists_what_there_is);
    RUN(leaves_bad_plugins_out_and_names_them);
    RUN(waits_for_no_plugin_that_lives_on);
    RUN(refuses_more_plugins_than_it_can_know);
    RUN(makes_the_index_anew_only_when_files_change);
    RUN(survives_a_spoilt_index);
    RUN(works_without_a_place_for_the_index);
    RUN(takes_the_first_of_two_with_one_name);
    RUN(names_a_missing_folder);
    remove_plugin("failing_init");
    remove_plugin("loose");
    unlink(index_file);
    rmdir(plugin_dir);
    rmdir(folder);
    return REPORT();
}
