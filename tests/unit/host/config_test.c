#include "host/config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "jd_test.h"

/* A configuration from a text, and its problems as lines. */
struct loaded {
    struct jd_arena *arena;
    struct jd_problems problems;
    const struct jd_host_config *config;
};

static struct loaded load(const char *yaml)
{
    struct loaded loaded = { .arena = jd_arena_create(JD_CONFIG_ARENA_BYTES) };
    loaded.problems = jd_problems_init(loaded.arena);
    enum jd_status status = jd_host_config_load_text(jd_span_of(yaml), "j.yaml", "/etc/jackdaw",
            NULL, 0, loaded.arena, &loaded.config, &loaded.problems);
    CHECK_INT(status, loaded.problems.count ? JD_BAD_INPUT : JD_OK);
    return loaded;
}

static void check_problems(const char *yaml, const char *const *expected)
{
    struct loaded loaded = load(yaml);
    const struct jd_problem *at = loaded.problems.first;
    for (; *expected || at; at = at ? at->next : NULL) {
        char line[1200] = "nothing";
        if (at) {
            snprintf(line, sizeof(line), "%s%s%s", at->where, at->where[0] ? ": " : "",
                    at->text);
        }
        CHECK_TEXT(jd_span_of(line), *expected ? *expected : "nothing");
        expected += *expected != NULL;
    }
    jd_arena_destroy(&loaded.arena);
}

static const struct jd_config_value *find_value(const struct loaded *loaded, const char *path)
{
    for (size_t i = 0; i < loaded->config->values_count; i++) {
        if (strcmp(loaded->config->values[i].path, path) == 0) {
            return &loaded->config->values[i];
        }
    }
    static const struct jd_config_value none = { "", "no such value", "", false };
    return &none;
}

TEST(nothing_written_means_the_defaults)
{
    static const char *const texts[] = { "", "# only a comment\n", "---\n...\n", "{}" };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct loaded loaded = load(texts[i]);
        const struct jd_host_config *config = loaded.config;
        CHECK_INT(loaded.problems.count, 0);
        CHECK_TEXT(jd_span_of(config->data_dir), "/etc/jackdaw/var");
        CHECK_TEXT(jd_span_of(config->listen.address), "127.0.0.1");
        CHECK_INT(config->listen.port, 8420);
        CHECK_INT(config->metrics_listen.port, 8421);
        CHECK_INT(config->workers, 1);
        CHECK(config->compute >= 1 && config->compute <= 64);
        CHECK_INT(config->log_level, JD_LOG_INFO);
        CHECK_TEXT(jd_span_of(config->user), "jackdaw");
        CHECK_TEXT(jd_span_of(config->storage.plugin), "sqlite");
        CHECK_TEXT(jd_span_of(config->queue.plugin), "sqlite");
        CHECK_TEXT(jd_span_of(config->bus.plugin), "local");
        CHECK_TEXT(jd_span_of(config->cache.plugin), "local");
        CHECK_INT(config->cache.kind, JD_CACHE_1);
        CHECK_INT(config->accounts_count, 0);
        CHECK(config->plugin_dir[0] == '/');
        CHECK_TEXT(jd_span_of(find_value(&loaded, "listen")->origin), "default");
        jd_arena_destroy(&loaded.arena);
    }
}

TEST(reads_every_part)
{
    struct loaded loaded =
            load("data_dir: ~/jackdaw\n"
                 "listen: '[::]:80'\n"
                 "behind_tls_proxy: yes\n"
                 "metrics_listen: off\n"
                 "plugin_dir: /opt/plugins\n"
                 "workers: 3\n"
                 "compute: 5\n"
                 "log_level: debug\n"
                 "storage:\n"
                 "  plugin: postgres\n"
                 "  address: db.example\n"
                 "  pool: 7\n"
                 "provision:\n"
                 "  accounts:\n"
                 "    - name: Robin\n"
                 "      kind: maildir\n"
                 "      path: Mail\n"
                 "      address: robin@home.example\n"
                 "    - { name: Old, kind: mbox, path: /old, time_zone: UTC }\n");
    const struct jd_host_config *config = loaded.config;
    CHECK_INT(loaded.problems.count, 0);
    CHECK_TEXT(jd_span_of(config->data_dir), "/home/robin/jackdaw");
    CHECK_TEXT(jd_span_of(config->listen.address), "::");
    CHECK(config->metrics_listen.off);
    CHECK_INT(config->behind_tls_proxy, 1);
    CHECK_INT(config->workers, 3);
    CHECK_INT(config->compute, 5);
    CHECK_INT(config->log_level, JD_LOG_DEBUG);
    CHECK_TEXT(jd_span_of(config->storage.plugin), "postgres");
    CHECK_INT(config->storage.options_count, 2);
    CHECK_TEXT(jd_span_of(config->storage.options[1].name), "pool");
    CHECK_TEXT(jd_span_of(config->storage.options[1].text), "7");
    CHECK_TEXT(jd_span_of(config->storage.options[1].origin), "j.yaml:12");
    CHECK_INT(config->accounts_count, 2);
    CHECK_TEXT(jd_span_of(config->accounts[0].name), "Robin");
    CHECK_TEXT(jd_span_of(config->accounts[0].address), "robin@home.example");
    CHECK(config->accounts[0].time_zone == NULL);
    CHECK_TEXT(jd_span_of(config->accounts[0].options[0].text), "Mail");
    CHECK_TEXT(jd_span_of(config->accounts[1].kind), "mbox");
    CHECK_TEXT(jd_span_of(config->accounts[1].time_zone), "UTC");
    CHECK_TEXT(jd_span_of(config->accounts[1].origin), "j.yaml:19");
    CHECK_TEXT(jd_span_of(find_value(&loaded, "workers")->origin), "j.yaml:6");
    CHECK_TEXT(jd_span_of(find_value(&loaded, "storage.address")->text), "db.example");
    CHECK_TEXT(
            jd_span_of(find_value(&loaded, "provision.accounts[1].path")->origin), "j.yaml:19");
    jd_arena_destroy(&loaded.arena);
}

TEST(tells_every_problem_with_its_line)
{
    static const struct {
        const char *yaml;
        const char *const expected[6];
    } cases[] = {
        { "listn: 1\nworkers: 0\nlog_level: loud\n",
                { "j.yaml:1: unknown key 'listn' (did you mean 'listen'?); there are: "
                  "data_dir, listen, behind_tls_proxy, "
                  "metrics_listen, plugin_dir, frontend_dir, workers, compute, log_level, user, "
                  "storage, queue, bus, cache, provision",
                        "j.yaml:2: workers: '0' is not between 1 and 64 (allowed: 1 to 64)",
                        "j.yaml:3: log_level: 'loud' is none of debug|info|warning|error "
                        "(allowed: debug|info|warning|error)" } },
        { "q: 1\n",
                { "j.yaml:1: unknown key 'q'; there are: data_dir, listen, behind_tls_proxy, "
                  "metrics_listen, plugin_dir, frontend_dir, workers, compute, log_level, user, "
                  "storage, queue, bus, cache, provision" } },
        { "workers: 1\nworkers: 2\n",
                { "j.yaml:2: 'workers' is written twice, first in line 1" } },
        { "storage:\n  plugin: sqlite\n  plugin: sqlite\nqueue:\n  path: a\n  path: b\n",
                { "j.yaml:3: 'storage.plugin' is written twice, first in line 2",
                        "j.yaml:6: 'queue.path' is written twice, first in line 5" } },
        { "workers:\n", { "j.yaml:1: workers has no value: write one or leave the line out "
                          "(allowed: 1 to 64)" } },
        { "workers: [1]\n", { "j.yaml:1: workers is a list where a plain value is expected "
                              "(allowed: 1 to 64)" } },
        { "workers: 99999999999999999999\n",
                { "j.yaml:1: workers: '99999999999999999999' is not between 1 and 64 (allowed: 1 "
                  "to 64)" } },
        { "storage: sqlite\n",
                { "j.yaml:1: storage is 'sqlite' where a map is expected: write its keys below "
                  "it, each as 'key: value' (plugin, and the options of what it names)" } },
        { "- listen\n",
                { "j.yaml:1: the file is a list where a map is expected: write its keys below "
                  "it, each as 'key: value' (data_dir, listen, behind_tls_proxy, "
                  "metrics_listen, plugin_dir, frontend_dir, workers, compute, log_level, user, "
                  "storage, queue, bus, cache, provision)" } },
        { "listen: 0.0.0.0:8420\n",
                { "j.yaml:1: listen: '0.0.0.0:8420' can be reached from other machines without "
                  "encryption: listen on 127.0.0.1, or put a TLS proxy in front and set "
                  "behind_tls_proxy: true" } },
        { "listen: 127.0.0.1:8421\n",
                { "default: metrics_listen is the same as listen (127.0.0.1:8421): give it a "
                  "port of its own" } },
        { "listen: off\nmetrics_listen: 127.0.0.1\n",
                { "j.yaml:1: listen: 'off' is no numeric address and port like 127.0.0.1:8420 "
                  "or [::1]:8420",
                        "j.yaml:2: metrics_listen: '127.0.0.1' is no numeric address and port "
                        "like 127.0.0.1:8420 or [::1]:8420, nor off" } },
        { "provision: { accounts: { name: x }, other: 1 }\n",
                { "j.yaml:1: unknown key 'provision.other'; there are: accounts",
                        "j.yaml:1: provision.accounts is no list: begin each account with '- "
                        "name: ...'" } },
        { "provision:\n  accounts:\n    - name: a\n    - { name: a, kind: eml }\n",
                { "j.yaml:3: provision.accounts[0]: option 'kind' is missing: source service "
                  "(maildir, mbox, eml); its options stand beside this key",
                        "j.yaml:4: two accounts are named 'a' (the other: j.yaml:3)" } },
        { "provision:\n  accounts:\n    - { name: a, kind: eml }\n    - { name: a, kind: eml }\n"
          "    - { name: b, kind: eml }\n    - { name: b, kind: eml, time_zone: Mars/Olympus }\n",
                { "j.yaml:6: provision.accounts[3].time_zone: 'Mars/Olympus' is no time zone "
                  "(allowed: an IANA name such as Europe/Berlin)",
                        "j.yaml:4: two accounts are named 'a' (the other: j.yaml:3)",
                        "j.yaml:6: two accounts are named 'b' (the other: j.yaml:5)" } },
        { "user: env:JACKDAW_TEST_NOBODY\n",
                { "j.yaml:1: user: there is no environment variable 'JACKDAW_TEST_NOBODY'" } },
        { "user: file:nowhere\n",
                { "j.yaml:1: user: cannot open /etc/jackdaw/nowhere: No such file or "
                  "directory" } },
        { "provision: [a]\n",
                { "j.yaml:1: provision is a list where a map is expected: write its keys below "
                  "it, each as 'key: value' (accounts)" } },
        { "provision:\nstorage: ~\nqueue: {}\n", { NULL } },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_problems(cases[i].yaml, cases[i].expected);
    }
}

TEST(refuses_what_is_not_our_yaml)
{
    static const struct {
        const char *yaml;
        const char *const expected[3];
    } cases[] = {
        { "a: [1\nb: 2\n", { "j.yaml:2: this is not YAML: did not find expected ',' or ']', "
                             "while parsing a flow sequence" } },
        { "a: &x 1\nb: *x\n", { "j.yaml:2: aliases are refused: write '*x' out" } },
        { "workers: 1\n---\nworkers: 2\n",
                { "j.yaml:2: a second document begins here; there is only one" } },
        { "? [a]\n: 1\n", { "j.yaml:1: a key must be a plain word" } },
        { "user: \"a\\0b\"\n", { "j.yaml:1: a text holds a NUL character" } },
        { "a: [[[[[[[[[[1]]]]]]]]]]\n", { "j.yaml:1: nested more than 10 levels deep" } },
        { "\tworkers: 1\n", { "j.yaml:1: this is not YAML: found character that cannot start "
                              "any token, while scanning for the next token" } },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_problems(cases[i].yaml, cases[i].expected);
    }
    struct jd_buf many = jd_buf_init(JD_CONFIG_BYTES_MAX + 1);
    jd_buf_text(&many, "a: [");
    for (int i = 0; i < 1001; i++) {
        jd_buf_text(&many, "1,");
    }
    check_problems(many.data, (const char *const[]){ "j.yaml:1: more than 1000 entries in one "
                                                     "place",
                                      NULL });
    while (!many.failed) {
        jd_buf_text(&many, "#");
    }
    check_problems(many.data, (const char *const[]){ "j.yaml is larger than 256 KiB", NULL });
    jd_buf_finish(&many);
}

TEST(takes_secrets_from_elsewhere)
{
    char folder[] = "/tmp/jackdaw-config.XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    char path[64], yaml[256];
    struct jd_error error;
    snprintf(path, sizeof(path), "%s/secret", folder);
    CHECK_OK(jd_file_write(path, JD_SPAN("hush\r\n"), 0600, &error), error);
    setenv("JACKDAW_TEST_POOL", "9", 1);
    snprintf(yaml, sizeof(yaml),
            "storage:\n  password: file:%s\n  pool: env:JACKDAW_TEST_POOL\n", path);
    struct loaded loaded = load(yaml);
    CHECK_INT(loaded.problems.count, 0);
    const struct jd_option_text *options = loaded.config->storage.options;
    CHECK_TEXT(jd_span_of(options[0].text), "hush");
    CHECK(options[0].secret);
    CHECK_TEXT(jd_span_of(options[1].text), "9");
    CHECK_TEXT(jd_span_of(options[1].origin), "j.yaml:3, env:JACKDAW_TEST_POOL");
    CHECK(find_value(&loaded, "storage.password")->secret);
    CHECK(!find_value(&loaded, "storage.plugin")->secret);
    jd_arena_destroy(&loaded.arena);
    // What came from elsewhere is not shown in a problem either, nor cut short.
    snprintf(yaml, sizeof(yaml), "listen: file:%s\n", path);
    loaded = load(yaml);
    CHECK_INT(loaded.problems.count, 1);
    CHECK(loaded.problems.first && !strstr(loaded.problems.first->text, "hush"));
    jd_arena_destroy(&loaded.arena);
    CHECK_OK(jd_file_write(path, JD_SPAN("hu\0sh"), 0600, &error), error);
    loaded = load(yaml);
    CHECK(loaded.problems.first && strstr(loaded.problems.first->text, "a NUL character"));
    jd_arena_destroy(&loaded.arena);
    unlink(path);
    rmdir(folder);
}

TEST(the_stronger_origin_wins)
{
    char folder[] = "/tmp/jackdaw-config.XXXXXX";
    CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0);
    struct jd_error error;
    char path[64], expected[64];
    snprintf(path, sizeof(path), "%s/jackdaw.yaml", folder);
    CHECK_OK(jd_file_write(path,
                     JD_SPAN("data_dir: from_file\nlisten: 127.0.0.1:1\nlog_level: error\n"),
                     0600, &error),
            error);
    setenv("JACKDAW_LISTEN", "127.0.0.1:2", 1);
    setenv("JACKDAW_LOG_LEVEL", "debug", 1);
    const struct jd_option_text overrides[] = {
        { "listen", "127.0.0.1:3", "command line --port", false },
        { "data_dir", "elsewhere", "command line --data", false },
    };
    struct loaded loaded = { .arena = jd_arena_create(JD_CONFIG_ARENA_BYTES) };
    loaded.problems = jd_problems_init(loaded.arena);
    CHECK_INT(jd_host_config_load(
                      NULL, overrides, 2, loaded.arena, &loaded.config, &loaded.problems),
            JD_OK);
    CHECK_TEXT(jd_span_of(loaded.config->file), path);
    CHECK_INT(loaded.config->listen.port, 3);
    CHECK_INT(loaded.config->log_level, JD_LOG_DEBUG);
    snprintf(expected, sizeof(expected), "%s/elsewhere", folder);
    CHECK_TEXT(jd_span_of(loaded.config->data_dir), expected);
    CHECK_TEXT(jd_span_of(find_value(&loaded, "listen")->origin), "command line --port");
    CHECK_TEXT(jd_span_of(find_value(&loaded, "log_level")->origin),
            "environment JACKDAW_LOG_LEVEL");
    jd_arena_reset(loaded.arena);
    loaded.problems = jd_problems_init(loaded.arena);
    CHECK_INT(jd_host_config_load(
                      "missing.yaml", NULL, 0, loaded.arena, &loaded.config, &loaded.problems),
            JD_BAD_INPUT);
    CHECK(loaded.problems.first && strstr(loaded.problems.first->text, "missing.yaml"));
    jd_arena_destroy(&loaded.arena);
    unsetenv("JACKDAW_LISTEN");
    unsetenv("JACKDAW_LOG_LEVEL");
    unlink(path);
    CHECK(chdir("/") == 0 && rmdir(folder) == 0);
}

TEST(reads_listeners)
{
    static const struct {
        const char *text;
        bool fine, loopback;
        const char *address;
        int port;
    } cases[] = {
        { "127.0.0.1:8420", true, true, "127.0.0.1", 8420 },
        { "127.1.2.3:1", true, true, "127.1.2.3", 1 },
        { "[::1]:65535", true, true, "::1", 65535 },
        { "[::]:80", true, false, "::", 80 },
        { "10.0.0.1:80", true, false, "10.0.0.1", 80 },
        { "127.0.0.1:0", true, true, "127.0.0.1", 0 },
        { "127.0.0.1:080", false, false, "", 0 },
        { "127.0.0.1:65536", false, false, "", 0 },
        { "127.0.0.1:-1", false, false, "", 0 },
        { "127.0.0.1:8x", false, false, "", 0 },
        { "127.0.0.1:", false, false, "", 0 },
        { "::1:80", false, false, "", 0 },
        { "[]:80", false, false, "", 0 },
        { "localhost:80", false, false, "", 0 },
        { "127.0.0.999:80", false, false, "", 0 },
        { ":80", false, false, "", 0 },
        { "", false, false, "", 0 },
        { "off", false, false, "", 0 },
    };
    struct jd_arena *arena = jd_arena_create(1 << 16);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_listener listener = { 0 };
        struct jd_error error;
        enum jd_status status =
                jd_listener_parse(cases[i].text, false, arena, &listener, &error);
        CHECK_INT(status, cases[i].fine ? JD_OK : JD_BAD_INPUT);
        if (status == JD_OK) {
            CHECK_TEXT(jd_span_of(listener.address), cases[i].address);
            CHECK_INT(listener.port, cases[i].port);
            CHECK_INT(jd_listener_is_loopback(&listener), cases[i].loopback);
        }
    }
    jd_arena_destroy(&arena);
}

TEST(the_table_is_sound)
{
    for (const struct jd_config_key *key = jd_host_config_keys(); key->section; key++) {
        CHECK(key->option.name && key->option.help);
        CHECK(jd_option_type_name(key->option.type) != NULL);
        for (const struct jd_config_key *other = key + 1; other->section; other++) {
            CHECK(strcmp(key->section, other->section) != 0 ||
                    strcmp(key->option.name, other->option.name) != 0);
        }
    }
}

int main(void)
{
    setenv("HOME", "/home/robin", 1);
    unsetenv("JACKDAW_LISTEN");
    unsetenv("JACKDAW_DATA_DIR");
    unsetenv("JACKDAW_LOG_LEVEL");
    RUN(nothing_written_means_the_defaults);
    RUN(reads_every_part);
    RUN(tells_every_problem_with_its_line);
    RUN(refuses_what_is_not_our_yaml);
    RUN(takes_secrets_from_elsewhere);
    RUN(the_stronger_origin_wins);
    RUN(reads_listeners);
    RUN(the_table_is_sound);
    return REPORT();
}
