#include "host/host.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ftw.h>

#include "base/buf.h"
#include "base/metrics.h"
#include "base/span.h"
#include "jd_test.h"

#define BAD_PLUGINS JD_BUILD_DIR "/tests/plugins"

static struct jd_registry *registry;
static struct jd_arena *arena;
static char folder[] = "/tmp/jackdaw-host.XXXXXX";

static const struct jd_host_config *load(const char *yaml, struct jd_problems *problems)
{
    const struct jd_host_config *config;
    *problems = jd_problems_init(arena);
    CHECK_INT(jd_host_config_load_text(
                      jd_span_of(yaml), "j.yaml", folder, NULL, 0, arena, &config, problems),
            JD_OK);
    return config;
}

TEST(opens_the_services_that_are_asked_for)
{
    struct jd_problems problems;
    struct jd_services *services = NULL;
    struct jd_error error;
    const struct jd_host_config *config = load("queue: { plugin: loose }\n"
                                               "bus: { plugin: loose }\n"
                                               "cache: { plugin: loose }\n",
            &problems);
    CHECK_OK(jd_services_open(config, registry, JD_SERVICES_QUEUE | JD_SERVICES_CACHE,
                     &services, &error),
            error);
    CHECK(services->queue.ops && services->cache.ops);
    CHECK(!services->storage.ops && !services->bus.ops);
    const struct jd_queue_item item = { 7, 0, 0 };
    CHECK_OK(services->queue.ops->offer(services->queue.self, &item, 1, &error), error);
    struct stat info;
    char path[64];
    snprintf(path, sizeof(path), "%s/var/queue", folder);
    CHECK(stat(path, &info) == 0 && (info.st_mode & 0777) == 0700);
    snprintf(path, sizeof(path), "%s/var/bus", folder);
    CHECK(stat(path, &info) != 0);
    jd_services_close(&services);
    CHECK(services == NULL);
    jd_services_close(&services);
}

TEST(closes_what_was_open_when_the_next_fails)
{
    struct jd_problems problems;
    struct jd_services *services = NULL;
    struct jd_error error;
    const struct jd_host_config *config = load(
            "queue: { plugin: loose, speed: 3 }\nstorage: { plugin: nothing }\n", &problems);
    CHECK_INT(jd_services_open(config, registry, JD_SERVICES_ALL, &services, &error),
            JD_BAD_INPUT);
    CHECK(services == NULL);
    CHECK(jd_span_starts(jd_span_of(error.text),
            JD_SPAN("no plugin offers storage 'nothing'; there is none at all in /")));
    CHECK_INT(jd_services_open(config, registry, JD_SERVICES_QUEUE, &services, &error),
            JD_BAD_INPUT);
    CHECK_TEXT(jd_span_of(error.text),
            "queue 'loose': j.yaml:1: unknown option 'speed'; there are none");
}

TEST(checks_services_and_accounts_against_the_plugins)
{
    struct jd_problems problems;
    const struct jd_host_config *config =
            load("storage: { plugin: nothing }\n"
                 "queue: { plugin: loose }\n"
                 "bus: { plugin: loose, hops: 2 }\n"
                 "cache: { plugin: loose }\n"
                 "provision:\n"
                 "  accounts:\n"
                 "    - { name: A, kind: failing_init, box: x, count: 9, folder: rel }\n"
                 "    - { name: B, kind: pigeon }\n"
                 "    - { name: C, kind: failing_init, cuont: 1 }\n",
                    &problems);
    static const char *const expected[] = {
        "default|no plugin offers storage 'nothing'; there is none at all in /",
        "j.yaml:3|bus 'loose': unknown option 'hops'; there are none",
        "j.yaml:7|account 'A': count: '9' is not between 1 and 5 (allowed: 1 to 5)",
        "j.yaml:8|account 'B': no plugin offers source 'pigeon'; there is: ",
        "j.yaml:9|account 'C': unknown option 'cuont' (did you mean 'count'?)",
        "j.yaml:9|account 'C': option 'box' is missing: the box",
    };
    jd_services_check(config, registry, &problems);
    CHECK_INT(problems.count, 6);
    const struct jd_problem *at = problems.first;
    for (size_t i = 0; i < 6 && at; i++, at = at->next) {
        char line[1200];
        snprintf(line, sizeof(line), "%s|%s", at->where, at->text);
        if (i == 0) {
            snprintf(line, sizeof(line), "default|%s", at->text);
        }
        if (strncmp(line, expected[i], strlen(expected[i])) != 0) {
            FAIL("%s, expected %s", line, expected[i]);
        }
    }
}

TEST(makes_account_options_ready_to_store)
{
    const struct jd_option_text given[] = { { "folder", "Mail", "x", false },
        { "box", "b", "x", false } };
    struct jd_options_place place = { .base_dir = "/home/robin" };
    struct jd_problems problems = jd_problems_init(arena);
    struct jd_option_text *options;
    size_t count;
    jd_source_check(
            registry, "failing_init", given, 2, &place, arena, &options, &count, &problems);
    CHECK_INT(problems.count, 0);
    CHECK_INT(count, 2); // defaults are not stored: they may change with the plugin
    CHECK_TEXT(jd_span_of(options[0].text), "/home/robin/Mail");
    CHECK_TEXT(jd_span_of(options[1].text), "b");
}

TEST(says_what_a_source_says)
{
    struct jd_option_text options[] = { { "box", "12", NULL, false },
        { "silent", "no", NULL, false } };
    struct jd_source *source = NULL;
    struct jd_error error;
    CHECK_INT(jd_source_open(
                      registry, "failing_init", options, 2, "Robin", folder, &source, &error),
            JD_UNAUTHORISED);
    CHECK_TEXT(jd_span_of(error.text), "source 'Robin': the post office knows no '12'");
    options[1].text = "yes";
    CHECK_INT(jd_source_open(
                      registry, "failing_init", options, 2, "Robin", folder, &source, &error),
            JD_RETRY_LATER);
    CHECK_TEXT(jd_span_of(error.text), "source 'Robin': it did not open and gave no reason");
    CHECK_INT(
            jd_source_open(registry, "failing_init", NULL, 0, "Robin", folder, &source, &error),
            JD_BAD_INPUT);
    CHECK_TEXT(jd_span_of(error.text), "source 'Robin': option 'box' is missing: the box");
    const struct jd_option_text relative = { "folder", "Mail", NULL, false };
    CHECK_INT(jd_source_open(
                      registry, "failing_init", &relative, 1, "Robin", folder, &source, &error),
            JD_BAD_INPUT);
    CHECK(source == NULL);
}

TEST(opens_and_closes_a_source)
{
    struct jd_source *source = NULL;
    struct jd_error error;
    char state[64];
    struct stat info;
    snprintf(state, sizeof(state), "%s/state/robin", folder);
    CHECK_OK(jd_source_open(registry, "slow", NULL, 0, "Robin", state, &source, &error), error);
    CHECK(source->ops->changes && source->self);
    CHECK_INT(stat(state, &info), 0);
    jd_source_close(&source);
    CHECK(source == NULL);
    jd_source_close(&source);
}

TEST(lends_counters_under_the_services_name)
{
    struct jd_lent lent;
    struct jd_buf page = jd_buf_init(256 * 1024);
    jd_lent_init(&lent, "source.maildir", "Robin");
    lent.host.count(lent.host.context, "files_read_total", 3);
    lent.host.count(lent.host.context, "bad name\" 1\nx_total", 1);
    jd_metrics_write(&page);
    CHECK(strstr(page.data, "jackdaw_plugin_files_read_total{service=\"source.maildir\"} 3"));
    CHECK(strstr(page.data, "jackdaw_plugin_misnamed_total{service=\"source.maildir\"} 1"));
    CHECK(!strstr(page.data, "bad name"));
    jd_buf_finish(&page);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info, (void)type, (void)ftw; // the path is enough
    return remove(path);
}

int main(void)
{
    struct jd_error error;
    jd_metrics_init(NULL);
    if (!mkdtemp(folder) || jd_registry_open(BAD_PLUGINS, NULL, &registry, &error) != JD_OK) {
        printf("# %s\n", error.text);
        return 1;
    }
    arena = jd_arena_create(2 * (size_t)JD_CONFIG_ARENA_BYTES);
    RUN(opens_the_services_that_are_asked_for);
    RUN(closes_what_was_open_when_the_next_fails);
    RUN(checks_services_and_accounts_against_the_plugins);
    RUN(makes_account_options_ready_to_store);
    RUN(says_what_a_source_says);
    RUN(opens_and_closes_a_source);
    RUN(lends_counters_under_the_services_name);
    jd_arena_destroy(&arena);
    jd_registry_close(&registry);
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return REPORT();
}
