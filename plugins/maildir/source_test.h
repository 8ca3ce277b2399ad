/**
 * A source as a host drives it, and a folder under /tmp to drive it over: the built plugin is
 * loaded with dlopen, live changes are waited for with poll on the source's own descriptor.
 */
#ifndef MAILDIR_SOURCE_TEST_H
#define MAILDIR_SOURCE_TEST_H

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jackdaw/plugin.h>

#include "jd_test.h"

#define UNUSED __attribute__((unused)) // not every test needs all

enum {
    CHANGES_MAX = 40000,
    MESSAGE_BYTES_MAX = 1 << 20,
};

// ---- a host for one source

static const struct jd_plugin *plugin;
static int64_t fixed_now_ms; // 0: the real clock
static int overflows;

static void
host_log(void *context, enum jd_log_level level, const char *event, const char *detail)
{
    (void)context, (void)level, (void)event, (void)detail; // nothing to check in it
}

UNUSED static int64_t host_now_ms(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return fixed_now_ms ? fixed_now_ms : now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

UNUSED static void host_count(void *context, const char *name, int64_t delta)
{
    (void)context;
    overflows += strstr(name, "overflows") ? (int)delta : 0;
}

static const struct jd_host host = {
    JD_SIZE(jd_host),
    .log = host_log,
    .now_ms = host_now_ms,
    .count = host_count,
};

struct seen_change {
    uint32_t kind;
    char *key, *old_key, *mailbox;
    uint64_t flags;
    int64_t received_ms, bytes;
};

struct collector {
    struct jd_change_sink sink;
    struct seen_change *changes;
    uint32_t count;
    bool full;
    uint32_t commits;
    uint32_t fail_after; // emit answers JD_RETRY_LATER from this change on; 0: never
    char cursor[65536];
    size_t cursor_len;
};

struct source {
    const struct jd_source_ops *ops;
    void *self;
    struct collector got;
    struct jd_error error;
    char message[MESSAGE_BYTES_MAX];
    size_t message_len;
};

UNUSED static char *copy_span(struct jd_span span)
{
    return strndup(span.data ? span.data : "", span.len);
}

UNUSED static enum jd_status on_begin_full(struct jd_change_sink *sink)
{
    ((struct collector *)sink)->full = true;
    return JD_OK;
}

UNUSED static enum jd_status on_emit(struct jd_change_sink *sink,
        const struct jd_change *change)
{
    struct collector *got = (struct collector *)sink;
    if ((got->fail_after && got->count >= got->fail_after) || got->count == CHANGES_MAX) {
        return JD_RETRY_LATER;
    }
    got->changes[got->count++] = (struct seen_change){
        .kind = change->kind,
        .key = copy_span(change->key),
        .old_key = copy_span(change->old_key),
        .mailbox = copy_span(change->mailbox),
        .flags = change->flags,
        .received_ms = change->received_ms,
        .bytes = change->bytes,
    };
    return JD_OK;
}

UNUSED static enum jd_status on_commit(struct jd_change_sink *sink, struct jd_span cursor)
{
    struct collector *got = (struct collector *)sink;
    memcpy(got->cursor, cursor.data, cursor.len);
    got->cursor_len = cursor.len;
    got->commits++;
    return JD_OK;
}

UNUSED static void forget(struct collector *got)
{
    for (uint32_t i = 0; i < got->count; i++) {
        free(got->changes[i].key);
        free(got->changes[i].old_key);
        free(got->changes[i].mailbox);
    }
    got->count = got->commits = 0;
    got->full = false;
}

UNUSED static enum jd_status open_with(struct source *source,
        const char *service,
        const struct jd_setting *settings,
        uint32_t count)
{
    memset(source, 0, sizeof(*source));
    for (uint32_t i = 0; i < plugin->services_count; i++) {
        if (strcmp(plugin->services[i].name, service) == 0) {
            source->ops = plugin->services[i].ops;
        }
    }
    source->got.sink = (struct jd_change_sink){ JD_SIZE(jd_change_sink),
        .begin_full = on_begin_full, .emit = on_emit, .commit = on_commit };
    source->got.changes = calloc(CHANGES_MAX, sizeof(*source->got.changes));
    struct jd_config config = {
        JD_SIZE(jd_config),
        .count = count,
        .settings = settings,
        .instance = "test",
        .state_dir = "/tmp",
    };
    enum jd_status status = source->ops->open(&host, &config, &source->self, &source->error);
    if (status != JD_OK) {
        free(source->got.changes);
    }
    return status;
}

UNUSED static enum jd_status
open_source(struct source *source, const char *service, const char *path)
{
    struct jd_setting settings[] = {
        { "path", path, 0 },
        { "max_message_bytes", "65536", 65536 },
        { "mailbox", "INBOX", 0 },
        { "unread", "false", 0 },
    };
    return open_with(source, service, settings, 4);
}

UNUSED static void close_source(struct source *source)
{
    source->ops->close(source->self);
    forget(&source->got);
    free(source->got.changes);
}

static const struct jd_call no_limit = { JD_SIZE(jd_call), .deadline_ms = INT64_MAX };

UNUSED static enum jd_status changes(struct source *source)
{
    forget(&source->got);
    char cursor[sizeof(source->got.cursor)];
    memcpy(cursor, source->got.cursor, source->got.cursor_len);
    return source->ops->changes(source->self, &no_limit,
            (struct jd_span){ cursor, source->got.cursor_len }, &source->got.sink,
            &source->error);
}

// Until the source asks to be called, or so many ms have passed.
UNUSED static void wait_for_news(struct source *source, int64_t ms_max)
{
    struct jd_wait wait = { JD_SIZE(jd_wait) };
    source->ops->wait(source->self, &wait);
    int64_t left = wait.again_ms ? wait.again_ms - host_now_ms(NULL) : ms_max;
    struct pollfd fd = { wait.fd, wait.events, 0 };
    CHECK(poll(&fd, wait.fd >= 0, left < 0 ? 0 : left < ms_max ? (int)left : (int)ms_max) >= 0);
}

// Waits until the source has something to say.
UNUSED static enum jd_status next_changes(struct source *source)
{
    for (int calls = 0;; calls++) {
        wait_for_news(source, 10000);
        if (calls > 1000) {
            return JD_BUG;
        }
        enum jd_status status = changes(source);
        if (status != JD_NONE) {
            return status;
        }
    }
}

struct message_sink {
    struct jd_byte_sink sink;
    struct source *source;
};

UNUSED static enum jd_status on_write(struct jd_byte_sink *sink, struct jd_span bytes)
{
    struct source *source = ((struct message_sink *)sink)->source;
    if (source->message_len + bytes.len >= sizeof(source->message)) {
        return JD_BAD_INPUT;
    }
    memcpy(source->message + source->message_len, bytes.data, bytes.len);
    source->message_len += bytes.len;
    source->message[source->message_len] = '\0';
    return JD_OK;
}

UNUSED static enum jd_status fetch(struct source *source, const char *key)
{
    struct message_sink sink = { { JD_SIZE(jd_byte_sink), on_write }, source };
    source->message_len = 0;
    source->message[0] = '\0';
    return source->ops->fetch(
            source->self, &no_limit, jd_span_of(key), &sink.sink, &source->error);
}

// One line per change, in the order told: "PUT INBOX/1 S", "MOVED INBOX/1 A/1".
UNUSED static const char *told(const struct source *source)
{
    static char text[65536];
    static const char *const kinds[] = { "?", "PUT", "FLAGS", "MOVED", "GONE" };
    size_t len = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < source->got.count && len < sizeof(text) - 1024; i++) {
        const struct seen_change *change = &source->got.changes[i];
        len += (size_t)sprintf(text + len, "%s%s", i ? "; " : "", kinds[change->kind]);
        if (change->kind == JD_CHANGE_MOVED) {
            len += (size_t)sprintf(text + len, " %s", change->old_key);
        }
        len += (size_t)sprintf(text + len, " %s", change->key);
        static const char letters[] = "SAFDTP";
        for (int bit = 0; bit < 6; bit++) {
            if (change->flags & 1u << bit) {
                len += (size_t)sprintf(text + len, "%s%c",
                        strchr("SAFDTP", text[len - 1]) && text[len - 2] == ' ' ? "" : " ",
                        letters[bit]);
            }
        }
    }
    return text;
}

#define CHECK_TOLD(source, expected) CHECK_TEXT(jd_span_of(told(source)), expected)

// ---- a folder for one test

static char root[256];

UNUSED static void in_root(char out_path[4096], const char *path)
{
    snprintf(out_path, 4096, "%s/%s", root, path);
}

UNUSED static void make_folder(const char *path)
{
    char full[4096];
    in_root(full, path);
    if (mkdir(full, 0700) != 0 && errno != EEXIST) {
        FAIL("mkdir %s: %s", full, strerror(errno));
    }
}

UNUSED static void make_maildir(const char *path)
{
    static const char *const parts[] = { "", "/tmp", "/new", "/cur" };
    for (int i = 0; i < 4; i++) {
        char part[4096];
        snprintf(part, sizeof(part), "%s%s", path, parts[i]);
        make_folder(part);
    }
}

UNUSED static void write_file(const char *path, const char *text)
{
    char full[4096];
    in_root(full, path);
    FILE *file = fopen(full, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) {
        FAIL("writing %s: %s", full, strerror(errno));
    }
}

UNUSED static void append_file(const char *path, const char *text)
{
    char full[4096];
    in_root(full, path);
    FILE *file = fopen(full, "a");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) {
        FAIL("appending to %s: %s", full, strerror(errno));
    }
}

UNUSED static void move_file(const char *from, const char *to)
{
    char full_from[4096], full_to[4096];
    in_root(full_from, from);
    in_root(full_to, to);
    if (rename(full_from, full_to) != 0) {
        FAIL("rename %s %s: %s", from, to, strerror(errno));
    }
}

UNUSED static void remove_file(const char *path)
{
    char full[4096];
    in_root(full, path);
    if (unlink(full) != 0) {
        FAIL("unlink %s: %s", path, strerror(errno));
    }
}

UNUSED static void remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        char inner[4096];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
        if (unlink(inner) != 0) {
            remove_tree(inner);
        }
    }
    if (dir) {
        closedir(dir);
    }
    rmdir(path);
}

// As a delivery agent does: whole in tmp, then renamed.
UNUSED static void deliver(const char *folder, const char *name, const char *text)
{
    char from[1024], to[1024];
    snprintf(from, sizeof(from), "%stmp/%s", folder, name);
    snprintf(to, sizeof(to), "%snew/%s", folder, name);
    write_file(from, text);
    move_file(from, to);
}

UNUSED static void begin(void)
{
    fixed_now_ms = 0;
    overflows = 0;
    strcpy(root, "/tmp/jackdaw-maildir-XXXXXX");
    if (!mkdtemp(root)) {
        FAIL("mkdtemp: %s", strerror(errno));
    }
}

UNUSED static void end(void)
{
    remove_tree(root);
}

#define MAIL "From: a@example.org\nSubject: hello\n\ntext\n"

// As root nothing is forbidden, so a child without its rights asks. Returns its failures.
UNUSED static void as_nobody(void (*ask)(void))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        jd_test_failures = 0;
        if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) {
            FAIL("setresuid: %s", strerror(errno));
        }
        ask();
        fflush(stdout);
        _exit(jd_test_failures);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK_INT(WEXITSTATUS(status), 0);
    CHECK(WIFEXITED(status));
}

// The plugin at argv[1], or the one just built. False: said why.
UNUSED static bool load_plugin(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : JD_BUILD_DIR "/plugins/maildir.so";
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    plugin = library ? dlsym(library, "jd_plugin_entry") : NULL;
    if (!plugin) {
        printf("# %s\n0 passed, 1 failed\n", dlerror());
    }
    return plugin != NULL;
}

#endif
