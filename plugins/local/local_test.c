/** The local plugin as a host sees it: what the conformance suite cannot ask of every bus and
 * cache. The plugin is loaded as the daemon loads it. */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ftw.h>

#include <jackdaw/plugin.h>

#include "jd_test.h"

static int64_t clock_ms = 1000000;
static int64_t counted;

static void
test_log(void *context, enum jd_log_level level, const char *event, const char *detail)
{
    (void)context, (void)level;
    printf("# log: %s %s\n", event, detail ? detail : "");
}

static int64_t test_now_ms(void *context)
{
    (void)context;
    return clock_ms;
}

static void test_count(void *context, const char *name, int64_t delta)
{
    (void)context, (void)name;
    __atomic_add_fetch(&counted, delta, __ATOMIC_RELAXED);
}

static const struct jd_host host = { JD_SIZE(jd_host), .log = test_log, .now_ms = test_now_ms,
    .count = test_count };

static const struct jd_plugin *plugin;
static char folder[] = "/tmp/jd-local-XXXXXX";

static const void *find_ops(enum jd_service_kind kind)
{
    for (uint32_t i = 0; i < plugin->services_count; i++) {
        if (plugin->services[i].kind == kind) {
            return plugin->services[i].ops;
        }
    }
    return NULL;
}

// --- The cache ---

static const struct jd_cache_ops *cache_ops;

static void *open_cache(int64_t max_bytes, int64_t max_entries)
{
    struct jd_setting settings[] = {
        { .name = "max_bytes", .number = max_bytes },
        { .name = "max_entries", .number = max_entries },
    };
    struct jd_config config = { JD_SIZE(jd_config), 2, settings, .instance = "cache",
        .state_dir = folder };
    struct jd_error error = { 0 };
    void *cache = NULL;
    CHECK_OK(cache_ops->open(&host, &config, &cache, &error), error);
    return cache;
}

struct text_sink {
    struct jd_byte_sink sink;
    char *bytes;
    size_t length;
    int writes;
};

static enum jd_status take_bytes(struct jd_byte_sink *sink, struct jd_span bytes)
{
    struct text_sink *text = (struct text_sink *)sink;
    text->bytes = realloc(text->bytes, text->length + bytes.len + 1);
    memcpy(text->bytes + text->length, bytes.data, bytes.len);
    text->length += bytes.len;
    text->bytes[text->length] = '\0';
    text->writes++;
    return JD_OK;
}

/** NULL when it is not cached; else to be freed. */
static char *get_text(void *cache, const char *key)
{
    struct text_sink text = { .sink = { JD_SIZE(jd_byte_sink), take_bytes } };
    struct jd_error error = { 0 };
    enum jd_status status = cache_ops->get(cache, jd_span_of(key), &text.sink, &error);
    CHECK(status == JD_OK || status == JD_NONE);
    CHECK_INT(text.writes, status == JD_OK);
    return text.bytes;
}

static void check_cached(void *cache, const char *key, const char *expected)
{
    char *text = get_text(cache, key);
    if (!text != !expected || (text && strcmp(text, expected) != 0)) {
        FAIL("%s is %s, expected %s", key, text ? text : "(none)",
                expected ? expected : "(none)");
    }
    free(text);
}

TEST(cache_sets_gets_and_removes)
{
    struct jd_error error = { 0 };
    void *cache = open_cache(32 << 20, 200000);
    check_cached(cache, "a", NULL);
    CHECK_OK(cache_ops->set(cache, JD_SPAN("a"), JD_SPAN("one"), 0, &error), error);
    CHECK_OK(cache_ops->set(cache, JD_SPAN("empty"), JD_SPAN(""), 0, &error), error);
    check_cached(cache, "a", "one");
    check_cached(cache, "empty", "");
    CHECK_INT(cache_ops->add(cache, JD_SPAN("a"), JD_SPAN("two"), 0, &error), JD_NONE);
    CHECK_OK(cache_ops->add(cache, JD_SPAN("b"), JD_SPAN("two"), 0, &error), error);
    CHECK_OK(cache_ops->set(cache, JD_SPAN("a"), JD_SPAN("three"), 0, &error), error);
    check_cached(cache, "a", "three");
    check_cached(cache, "b", "two");
    CHECK_OK(cache_ops->remove(cache, JD_SPAN("a"), &error), error);
    CHECK_INT(cache_ops->remove(cache, JD_SPAN("a"), &error), JD_NONE);
    check_cached(cache, "a", NULL);
    cache_ops->close(cache);
}

TEST(cache_forgets_by_the_host_clock)
{
    struct jd_error error = { 0 };
    int64_t value = 0;
    void *cache = open_cache(32 << 20, 200000);
    CHECK_OK(cache_ops->set(cache, JD_SPAN("short"), JD_SPAN("x"), 100, &error), error);
    CHECK_OK(cache_ops->set(cache, JD_SPAN("ever"), JD_SPAN("x"), 0, &error), error);
    CHECK_OK(cache_ops->incr(cache, JD_SPAN("n"), 2, 100, &value, &error), error);
    clock_ms += 99;
    check_cached(cache, "short", "x");
    CHECK_OK(cache_ops->incr(cache, JD_SPAN("n"), 3, 100, &value, &error), error);
    CHECK_INT(value, 5);
    clock_ms += 1; // the second incr has not renewed it
    check_cached(cache, "short", NULL);
    check_cached(cache, "n", NULL);
    check_cached(cache, "ever", "x");
    CHECK_OK(cache_ops->set(cache, JD_SPAN("ever"), JD_SPAN("z"), INT64_MAX, &error), error);
    check_cached(cache, "ever", "z");
    CHECK_OK(cache_ops->add(cache, JD_SPAN("short"), JD_SPAN("y"), 100, &error), error);
    CHECK_OK(cache_ops->incr(cache, JD_SPAN("n"), 3, 100, &value, &error), error);
    CHECK_INT(value, 3);
    cache_ops->close(cache);
}

TEST(cache_incr_refuses_what_is_no_number)
{
    static const char *const bad[] = { "", "x", "1x", " 1", "99999999999999999999999999",
        "-99999999999999999999", "9223372036854775807" };
    struct jd_error error = { 0 };
    int64_t value = 7;
    void *cache = open_cache(32 << 20, 200000);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_OK(cache_ops->set(cache, JD_SPAN("n"), jd_span_of(bad[i]), 0, &error), error);
        CHECK_INT(cache_ops->incr(cache, JD_SPAN("n"), 1, 0, &value, &error), JD_REJECTED);
        CHECK_INT(value, 7);
        check_cached(cache, "n", bad[i]);
    }
    CHECK_OK(cache_ops->set(cache, JD_SPAN("n"), JD_SPAN("-41"), 0, &error), error);
    CHECK_OK(cache_ops->incr(cache, JD_SPAN("n"), -1, 0, &value, &error), error);
    CHECK_INT(value, -42);
    check_cached(cache, "n", "-42");
    cache_ops->close(cache);
}

TEST(cache_lets_the_least_recently_used_go)
{
    struct jd_error error = { 0 };
    void *cache = open_cache(32 << 20, 3);
    CHECK_OK(cache_ops->set(cache, JD_SPAN("a"), JD_SPAN("1"), 0, &error), error);
    CHECK_OK(cache_ops->set(cache, JD_SPAN("b"), JD_SPAN("2"), 0, &error), error);
    CHECK_OK(cache_ops->set(cache, JD_SPAN("c"), JD_SPAN("3"), 0, &error), error);
    check_cached(cache, "a", "1");
    CHECK_OK(cache_ops->set(cache, JD_SPAN("d"), JD_SPAN("4"), 0, &error), error);
    check_cached(cache, "b", NULL);
    check_cached(cache, "a", "1");
    check_cached(cache, "c", "3");
    check_cached(cache, "d", "4");
    cache_ops->close(cache);
}

TEST(cache_keeps_within_its_bytes)
{
    struct jd_error error = { 0 };
    void *cache = open_cache(1 << 20, 200000);
    char *large = malloc(65536 + 1);
    memset(large, 'v', 65536);
    large[65536] = '\0';
    char key[16];
    counted = 0;
    for (int i = 0; i < 40; i++) {
        snprintf(key, sizeof(key), "key %d", i);
        CHECK_OK(cache_ops->set(cache, jd_span_of(key), jd_span_of(large), 0, &error), error);
        check_cached(cache, key, large);
    }
    check_cached(cache, "key 0", NULL);
    check_cached(cache, "key 26", large);
    CHECK_INT(counted, 40 - 15);
    // A value that fits nowhere takes the old one with it: a stale value would be worse.
    struct jd_span huge = { calloc(1, 2 << 20), 2 << 20 };
    CHECK_OK(cache_ops->set(cache, JD_SPAN("key 39"), huge, 0, &error), error);
    check_cached(cache, "key 39", NULL);
    check_cached(cache, "key 38", large);
    free((void *)huge.data);
    free(large);
    cache_ops->close(cache);
}

static void *use_cache(void *cache)
{
    unsigned seed = (unsigned)(uintptr_t)pthread_self();
    struct jd_error error = { 0 };
    for (int i = 0; i < 20000; i++) {
        char key[16];
        char value[300];
        int number = rand_r(&seed) % 500;
        snprintf(key, sizeof(key), "k%d", number);
        memset(value, 'a' + number % 26, sizeof(value));
        struct jd_span span = { value, 100 + (size_t)number % 200 };
        if (i % 3 == 0) {
            CHECK_OK(cache_ops->set(cache, jd_span_of(key), span, 0, &error), error);
        } else {
            char *text = get_text(cache, key);
            CHECK(!text || (strlen(text) == span.len && memcmp(text, value, span.len) == 0));
            free(text);
        }
        int64_t sum = 0;
        CHECK_OK(cache_ops->incr(cache, JD_SPAN("sum"), 1, 0, &sum, &error), error);
    }
    return NULL;
}

TEST(cache_serves_many_threads)
{
    void *cache = open_cache(1 << 20, 200000);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, use_cache, cache);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    check_cached(cache, "sum", "80000");
    cache_ops->close(cache);
}

// --- The bus ---

static const struct jd_bus_ops *bus_ops;

struct news {
    struct jd_bus_sink sink;
    int count;
    char first[200]; // "topic=payload"
    char last[200];
    size_t largest;
};

static void take_message(struct jd_bus_sink *sink, struct jd_span topic, struct jd_span payload)
{
    struct news *news = (struct news *)sink;
    snprintf(news->last, sizeof(news->last), "%.*s=%.*s", (int)topic.len, topic.data,
            (int)payload.len, payload.data);
    if (news->count++ == 0) {
        memcpy(news->first, news->last, sizeof(news->first));
    }
    news->largest = payload.len > news->largest ? payload.len : news->largest;
}

static void *open_bus(const char *dir)
{
    struct jd_setting settings[] = { { .name = "dir", .text = dir } };
    struct jd_config config = { JD_SIZE(jd_config), 1, settings, .instance = "bus",
        .state_dir = folder };
    struct jd_error error = { 0 };
    void *bus = NULL;
    CHECK_OK(bus_ops->open(&host, &config, &bus, &error), error);
    return bus;
}

static void *subscribe(void *bus, const char *prefix)
{
    struct jd_error error = { 0 };
    void *subscription = NULL;
    CHECK_OK(bus_ops->subscribe(bus, jd_span_of(prefix), &subscription, &error), error);
    return subscription;
}

static void publish(void *bus, const char *topic, const char *payload)
{
    struct jd_error error = { 0 };
    CHECK_OK(bus_ops->publish(bus, jd_span_of(topic), jd_span_of(payload), &error), error);
}

static struct news receive(void *subscription)
{
    struct news news = { .sink = { JD_SIZE(jd_bus_sink), take_message } };
    struct jd_error error = { 0 };
    enum jd_status status = bus_ops->receive(subscription, &news.sink, &error);
    CHECK_INT(status, news.count > 0 ? JD_OK : JD_NONE);
    return news;
}

/** Waits for at most ten seconds; the tests expect it to be at once. */
static bool readable(void *subscription, int timeout_ms)
{
    struct pollfd entry = { .fd = bus_ops->descriptor(subscription), .events = POLLIN };
    return poll(&entry, 1, timeout_ms) == 1;
}

static int count_sockets(const char *dir)
{
    int count = 0;
    DIR *entries = opendir(dir);
    struct dirent *entry = NULL;
    while ((entry = readdir(entries)) != NULL) { // NOLINT(concurrency-mt-unsafe): own stream
        count += entry->d_name[0] != '.';
    }
    closedir(entries);
    return count;
}

TEST(bus_delivers_by_prefix_in_order)
{
    void *bus = open_bus(NULL);
    void *all = subscribe(bus, "");
    void *user = subscribe(bus, "user:1");
    void *far =
            subscribe(bus, "a prefix that is longer than the hint in the name of the socket 1");
    CHECK(!readable(all, 0));
    publish(bus, "user:1", "a");
    publish(bus, "user:2", "b");
    publish(bus, "user:12", "c");
    publish(bus, "a prefix that is longer than the hint in the name of the socket 2", "d");
    CHECK(readable(all, 10000));
    struct news news = receive(all);
    CHECK_INT(news.count, 4);
    CHECK_TEXT(jd_span_of(news.first), "user:1=a");
    news = receive(user);
    CHECK_INT(news.count, 2);
    CHECK_TEXT(jd_span_of(news.last), "user:12=c");
    CHECK_INT(receive(far).count, 0);
    CHECK_INT(receive(all).count, 0);
    CHECK(!readable(all, 0));
    bus_ops->unsubscribe(user);
    publish(bus, "user:1", "e");
    CHECK_INT(receive(all).count, 1);
    bus_ops->unsubscribe(all);
    bus_ops->unsubscribe(far);
    bus_ops->close(bus);
}

TEST(bus_takes_the_largest_message_and_refuses_a_larger)
{
    struct jd_error error = { 0 };
    char topic[JD_BUS_TOPIC_MAX + 1];
    char *payload = calloc(1, JD_BUS_PAYLOAD_MAX + 1);
    memset(topic, 't', sizeof(topic));
    void *bus = open_bus(NULL);
    void *all = subscribe(bus, "");
    struct jd_span longest = { topic, JD_BUS_TOPIC_MAX };
    struct jd_span largest = { payload, JD_BUS_PAYLOAD_MAX };
    CHECK_OK(bus_ops->publish(bus, longest, largest, &error), error);
    CHECK_OK(bus_ops->publish(bus, JD_SPAN("t"), JD_SPAN(""), &error), error);
    struct news news = receive(all);
    CHECK_INT(news.count, 2);
    CHECK_INT(news.largest, JD_BUS_PAYLOAD_MAX);
    longest.len++;
    CHECK_INT(bus_ops->publish(bus, longest, largest, &error), JD_BAD_INPUT);
    largest.len++;
    CHECK_INT(bus_ops->publish(bus, JD_SPAN("t"), largest, &error), JD_BAD_INPUT);
    CHECK_INT(bus_ops->publish(bus, JD_SPAN(""), JD_SPAN(""), &error), JD_BAD_INPUT);
    free(payload);
    bus_ops->unsubscribe(all);
    bus_ops->close(bus);
}

TEST(bus_loses_only_what_its_own_receiver_leaves_unread)
{
    void *bus = open_bus(NULL);
    void *deaf = subscribe(bus, "");
    void *keen = subscribe(bus, "");
    int heard = 0;
    counted = 0;
    for (int i = 0; i < 5000; i++) {
        publish(bus, "user:1", "there is news");
        heard += receive(keen).count;
    }
    CHECK_INT(heard, 5000);
    CHECK(counted > 0);
    struct news news = receive(deaf);
    printf("# a subscriber that never read kept %d of 5000 messages\n", news.count);
    CHECK_INT(news.count + counted, 5000);
    publish(bus, "user:1", "again");
    CHECK_INT(receive(deaf).count, 1);
    bus_ops->unsubscribe(deaf);
    bus_ops->unsubscribe(keen);
    bus_ops->close(bus);
}

TEST(bus_reaches_other_processes_and_buries_the_killed)
{
    char dir[64];
    snprintf(dir, sizeof(dir), "%s/processes", folder);
    void *bus = open_bus(dir);
    void *answers = subscribe(bus, "answer");
    pid_t children[3];
    for (int i = 0; i < 3; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            void *own = open_bus(dir);
            void *questions = subscribe(own, "question");
            publish(own, "answer:ready", "");
            while (readable(questions, 20000) && receive(questions).count == 0) {
            }
            publish(own, "answer:here", "");
            for (;;) {
                pause();
            }
        }
    }
    int ready = 0;
    while (ready < 3 && readable(answers, 20000)) {
        ready += receive(answers).count;
    }
    CHECK_INT(ready, 3);
    publish(bus, "question", "?");
    int heard = 0;
    while (heard < 3 && readable(answers, 20000)) {
        heard += receive(answers).count;
    }
    CHECK_INT(heard, 3);
    for (int i = 0; i < 3; i++) {
        kill(children[i], SIGKILL);
        waitpid(children[i], NULL, 0);
    }
    CHECK_INT(count_sockets(dir), 4);
    publish(bus, "question", "?"); // finds the connections broken
    publish(bus, "question", "?"); // finds nobody listening
    CHECK_INT(count_sockets(dir), 1);
    bus_ops->unsubscribe(answers);
    CHECK_INT(count_sockets(dir), 0);
    bus_ops->close(bus);
}

TEST(bus_sees_each_new_subscription_at_once)
{
    void *bus = open_bus(NULL);
    for (int i = 0; i < 200; i++) {
        void *subscription = subscribe(bus, "t");
        publish(bus, "t", "x");
        CHECK_INT(receive(subscription).count, 1);
        bus_ops->unsubscribe(subscription);
    }
    bus_ops->close(bus);
}

struct chatter {
    void *bus;
    _Atomic bool stop;
};

static void *publish_on(void *argument)
{
    struct chatter *chatter = argument;
    while (!chatter->stop) {
        publish(chatter->bus, "t", "x");
    }
    return NULL;
}

TEST(bus_buries_nobody_who_is_being_born)
{
    char dir[64];
    snprintf(dir, sizeof(dir), "%s/births", folder);
    struct chatter chatter = { .bus = open_bus(dir) };
    void *bus = open_bus(dir);
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, publish_on, &chatter), 0);
    int lost = 0;
    for (int i = 0; i < 3000; i++) {
        void *subscription = subscribe(bus, "t");
        lost += count_sockets(dir) != 1;
        bus_ops->unsubscribe(subscription);
    }
    chatter.stop = true;
    pthread_join(thread, NULL);
    CHECK_INT(lost, 0);
    bus_ops->close(bus);
    bus_ops->close(chatter.bus);
}

TEST(bus_works_in_a_folder_deeper_than_a_socket_address)
{
    char dir[400];
    int length = snprintf(dir, sizeof(dir), "%s", folder);
    for (int i = 0; i < 5; i++) {
        length += snprintf(dir + length, sizeof(dir) - (size_t)length, "/%050d", i);
        CHECK_INT(mkdir(dir, 0700), 0);
    }
    void *bus = open_bus(dir);
    void *subscription = subscribe(bus, "");
    publish(bus, "t", "x");
    CHECK_INT(receive(subscription).count, 1);
    bus_ops->unsubscribe(subscription);
    bus_ops->close(bus);
}

TEST(bus_says_which_folder_is_wrong)
{
    struct jd_setting settings[] = { { .name = "dir", .text = "/dev/null/bus" } };
    struct jd_config config = { JD_SIZE(jd_config), 1, settings, .instance = "bus",
        .state_dir = folder };
    struct jd_error error = { 0 };
    void *bus = NULL;
    CHECK_INT(bus_ops->open(&host, &config, &bus, &error), JD_BAD_INPUT);
    CHECK(strstr(error.text, "/dev/null/bus") != NULL);
    CHECK(bus == NULL);
}

/** nftw(3): the folder of the test, from its leaves. */
static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return remove(path);
}

int main(void)
{
    void *library = dlopen(JD_PLUGIN_FILE, RTLD_NOW | RTLD_LOCAL);
    plugin = library ? dlsym(library, "jd_plugin_entry") : NULL;
    if (!plugin || !mkdtemp(folder)) {
        printf("# cannot load %s\n0 passed, 1 failed\n", JD_PLUGIN_FILE);
        return 1;
    }
    cache_ops = find_ops(JD_CACHE_1);
    bus_ops = find_ops(JD_BUS_1);
    RUN(cache_sets_gets_and_removes);
    RUN(cache_forgets_by_the_host_clock);
    RUN(cache_incr_refuses_what_is_no_number);
    RUN(cache_lets_the_least_recently_used_go);
    RUN(cache_keeps_within_its_bytes);
    RUN(cache_serves_many_threads);
    RUN(bus_delivers_by_prefix_in_order);
    RUN(bus_takes_the_largest_message_and_refuses_a_larger);
    RUN(bus_loses_only_what_its_own_receiver_leaves_unread);
    RUN(bus_reaches_other_processes_and_buries_the_killed);
    RUN(bus_sees_each_new_subscription_at_once);
    RUN(bus_buries_nobody_who_is_being_born);
    RUN(bus_works_in_a_folder_deeper_than_a_socket_address);
    RUN(bus_says_which_folder_is_wrong);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the other threads have ended
    CHECK_INT(nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
    return REPORT();
}
