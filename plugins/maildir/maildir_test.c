/*
 * The three services as a host sees them: the built plugin is loaded with dlopen, given a
 * folder under /tmp, and driven through its ops. Live changes are waited for with poll on the
 * source's own descriptor.
 */
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

static int64_t host_now_ms(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return fixed_now_ms ? fixed_now_ms : now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void host_count(void *context, const char *name, int64_t delta)
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

static char *copy_span(struct jd_span span)
{
    return strndup(span.data ? span.data : "", span.len);
}

static enum jd_status on_begin_full(struct jd_change_sink *sink)
{
    ((struct collector *)sink)->full = true;
    return JD_OK;
}

static enum jd_status on_emit(struct jd_change_sink *sink, const struct jd_change *change)
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

static enum jd_status on_commit(struct jd_change_sink *sink, struct jd_span cursor)
{
    struct collector *got = (struct collector *)sink;
    memcpy(got->cursor, cursor.data, cursor.len);
    got->cursor_len = cursor.len;
    got->commits++;
    return JD_OK;
}

static void forget(struct collector *got)
{
    for (uint32_t i = 0; i < got->count; i++) {
        free(got->changes[i].key);
        free(got->changes[i].old_key);
        free(got->changes[i].mailbox);
    }
    got->count = got->commits = 0;
    got->full = false;
}

static enum jd_status open_with(struct source *source,
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

static enum jd_status open_source(struct source *source, const char *service, const char *path)
{
    struct jd_setting settings[] = {
        { "path", path, 0 },
        { "max_message_bytes", "65536", 65536 },
        { "mailbox", "INBOX", 0 },
        { "unread", "false", 0 },
    };
    return open_with(source, service, settings, 4);
}

static void close_source(struct source *source)
{
    source->ops->close(source->self);
    forget(&source->got);
    free(source->got.changes);
}

static const struct jd_call no_limit = { JD_SIZE(jd_call), .deadline_ms = INT64_MAX };

static enum jd_status changes(struct source *source)
{
    forget(&source->got);
    char cursor[sizeof(source->got.cursor)];
    memcpy(cursor, source->got.cursor, source->got.cursor_len);
    return source->ops->changes(source->self, &no_limit,
            (struct jd_span){ cursor, source->got.cursor_len }, &source->got.sink,
            &source->error);
}

// Waits until the source asks to be called, then calls it.
static enum jd_status next_changes(struct source *source)
{
    for (;;) {
        struct jd_wait wait = { JD_SIZE(jd_wait) };
        source->ops->wait(source->self, &wait);
        int64_t left = wait.again_ms ? wait.again_ms - host_now_ms(NULL) : 10000;
        struct pollfd fd = { wait.fd, wait.events, 0 };
        if (poll(&fd, wait.fd >= 0, left < 0 ? 0 : left < 10000 ? (int)left : 10000) < 0) {
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

static enum jd_status on_write(struct jd_byte_sink *sink, struct jd_span bytes)
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

static enum jd_status fetch(struct source *source, const char *key)
{
    struct message_sink sink = { { JD_SIZE(jd_byte_sink), on_write }, source };
    source->message_len = 0;
    source->message[0] = '\0';
    return source->ops->fetch(
            source->self, &no_limit, jd_span_of(key), &sink.sink, &source->error);
}

// One line per change, in the order told: "PUT INBOX/1 S", "MOVED INBOX/1 A/1".
static const char *told(const struct source *source)
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

static void in_root(char out_path[4096], const char *path)
{
    snprintf(out_path, 4096, "%s/%s", root, path);
}

static void make_folder(const char *path)
{
    char full[4096];
    in_root(full, path);
    if (mkdir(full, 0700) != 0 && errno != EEXIST) {
        FAIL("mkdir %s: %s", full, strerror(errno));
    }
}

static void make_maildir(const char *path)
{
    static const char *const parts[] = { "", "/tmp", "/new", "/cur" };
    for (int i = 0; i < 4; i++) {
        char part[4096];
        snprintf(part, sizeof(part), "%s%s", path, parts[i]);
        make_folder(part);
    }
}

static void write_file(const char *path, const char *text)
{
    char full[4096];
    in_root(full, path);
    FILE *file = fopen(full, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) {
        FAIL("writing %s: %s", full, strerror(errno));
    }
}

static void append_file(const char *path, const char *text)
{
    char full[4096];
    in_root(full, path);
    FILE *file = fopen(full, "a");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) {
        FAIL("appending to %s: %s", full, strerror(errno));
    }
}

static void move_file(const char *from, const char *to)
{
    char full_from[4096], full_to[4096];
    in_root(full_from, from);
    in_root(full_to, to);
    if (rename(full_from, full_to) != 0) {
        FAIL("rename %s %s: %s", from, to, strerror(errno));
    }
}

static void remove_file(const char *path)
{
    char full[4096];
    in_root(full, path);
    if (unlink(full) != 0) {
        FAIL("unlink %s: %s", path, strerror(errno));
    }
}

static void remove_tree(const char *path)
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
static void deliver(const char *folder, const char *name, const char *text)
{
    char from[1024], to[1024];
    snprintf(from, sizeof(from), "%stmp/%s", folder, name);
    snprintf(to, sizeof(to), "%snew/%s", folder, name);
    write_file(from, text);
    move_file(from, to);
}

static void begin(void)
{
    fixed_now_ms = 0;
    overflows = 0;
    strcpy(root, "/tmp/jackdaw-maildir-XXXXXX");
    if (!mkdtemp(root)) {
        FAIL("mkdtemp: %s", strerror(errno));
    }
}

static void end(void)
{
    remove_tree(root);
}

#define MAIL "From: a@example.org\nSubject: hello\n\ntext\n"

// ---- maildir: listing

TEST(maildir_lists_all_folders_newest_first)
{
    static struct source source;
    begin();
    make_maildir("");
    make_maildir(".Sent");
    make_maildir(".Work.Plans");
    make_maildir("Lists");
    make_maildir("Lists/dev");
    write_file("cur/1700000003.a.host:2,RS", MAIL);
    write_file("new/1700000005.b.host", MAIL);
    write_file(".Sent/cur/1700000004.c.host:2,S", MAIL);
    write_file(".Work.Plans/cur/1700000001.d.host,S=39:2,F", MAIL);
    write_file("Lists/dev/new/1700000002.e.host", MAIL);
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(changes(&source), source.error);
    CHECK(source.got.full);
    CHECK_INT(source.got.commits, 1);
    CHECK(source.got.cursor_len > 0 && source.got.cursor_len < 65536);
    CHECK_TOLD(&source, "PUT INBOX/1700000005.b.host; PUT Sent/1700000004.c.host S; "
                        "PUT INBOX/1700000003.a.host SA; PUT Lists/dev/1700000002.e.host; "
                        "PUT Work/Plans/1700000001.d.host F");
    CHECK_TEXT(jd_span_of(source.got.changes[4].mailbox), "Work/Plans");
    CHECK_INT(source.got.changes[4].bytes, 39);
    CHECK_INT(source.got.changes[4].received_ms, 1700000001000);
    CHECK_INT(changes(&source), JD_NONE);
    close_source(&source);
    end();
}

TEST(maildir_reads_file_names)
{
    static const struct {
        const char *name, *key;
        unsigned flags;
        int64_t bytes;
    } rows[] = {
        { "cur/1.a.host:2,", "INBOX/1.a.host", 0, 0 },
        { "cur/2.a.host:2,DFPRST", "INBOX/2.a.host", 63, 0 },
        { "cur/3.a.host;2,S", "INBOX/3.a.host", JD_FLAG_SEEN, 0 },
        { "cur/4.a.host", "INBOX/4.a.host", 0, 0 },
        { "cur/5.a.host,S=12,W=14:2,S", "INBOX/5.a.host", JD_FLAG_SEEN, 12 },
        { "cur/6.a.host,U=7,FMD5=ab:2,T", "INBOX/6.a.host", JD_FLAG_DELETED, 0 },
        { "cur/with spaces, and a comma", "INBOX/with spaces, and a comma", 0, 0 },
        { "cur/gr\xc3\xbc\xc3\x9f"
          "e:2,Sab",
                "INBOX/gr\xc3\xbc\xc3\x9f"
                "e",
                JD_FLAG_SEEN, 0 },
        { "cur/odd:1,S", "INBOX/odd:1,S", 0, 0 },
        { "cur/-:2,:2,S", "INBOX/-:2,", JD_FLAG_SEEN, 0 },
    };
    static struct source source;
    begin();
    make_maildir("");
    write_file("cur/.hidden", MAIL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        write_file(rows[i].name, MAIL);
    }
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(changes(&source), source.error);
    CHECK_INT(source.got.count, sizeof(rows) / sizeof(rows[0]));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct seen_change *found = NULL;
        for (uint32_t j = 0; j < source.got.count; j++) {
            found = strcmp(source.got.changes[j].key, rows[i].key) == 0 ? &source.got.changes[j]
                                                                        : found;
        }
        if (!found) {
            FAIL("no key %s", rows[i].key);
            continue;
        }
        CHECK_INT(found->flags, rows[i].flags);
        CHECK_INT(found->bytes, rows[i].bytes);
        CHECK_OK(fetch(&source, rows[i].key), source.error);
        CHECK_TEXT(jd_span_of(source.message), MAIL);
    }
    close_source(&source);
    end();
}

TEST(maildir_names_mailboxes_in_utf8)
{
    static const struct {
        const char *folder, *mailbox;
    } rows[] = {
        { ".Entw&APw-rfe", "Entw\xc3\xbcrfe" },
        { ".&U,BTFw-.A", "\xe5\x8f\xb0\xe5\x8c\x97/A" },
        { ".R&-D", "R&D" },
        { ".INBOX.Trips", "INBOX/Trips" },
        { ".Q&A", "Q&A" },
        { ".a&AC8-b", "a_b" },
        { ".&2Dzf+Q-", "\xf0\x9f\x8f\xb9" },
        { "Entw\xc3\xbcrfe 2", "Entw\xc3\xbcrfe 2" },
        { "latin\xfc", "latin\xc3\xbc" },
        { "v1.2", "v1.2" },
        { "Inbox", "INBOX" },
    };
    static struct source source;
    begin();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char name[512];
        make_maildir(rows[i].folder);
        snprintf(name, sizeof(name), "%s/cur/%zu:2,", rows[i].folder, 1700000000 - i);
        write_file(name, MAIL);
    }
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(changes(&source), source.error);
    CHECK_INT(source.got.count, sizeof(rows) / sizeof(rows[0]));
    for (size_t i = 0; i < source.got.count && i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_TEXT(jd_span_of(source.got.changes[i].mailbox), rows[i].mailbox);
    }
    close_source(&source);
    end();
}

TEST(maildir_takes_the_time_from_name_then_file_then_header)
{
    static struct source source;
    char path[4096];
    begin();
    make_maildir("");
    write_file("cur/1600000000.name", MAIL);
    write_file("cur/plain", MAIL);
    write_file("cur/9999999999.future", MAIL);
    write_file("cur/received",
            "Received: from a by b with SMTP;\n\tTue, 02 Jan 2018 03:04:05 +0100\n"
            "Received: from c; Mon, 01 Jan 2018 00:00:00 +0000\n\n");
    write_file("cur/later", MAIL);
    struct timespec times[2] = { { 1500000000, 0 }, { 1500000000, 0 } };
    in_root(path, "cur/plain");
    utimensat(AT_FDCWD, path, times, 0);
    in_root(path, "cur/9999999999.future");
    utimensat(AT_FDCWD, path, times, 0);
    times[1].tv_sec = 0;
    in_root(path, "cur/received");
    utimensat(AT_FDCWD, path, times, 0);
    times[1].tv_sec = 1900000000;
    in_root(path, "cur/later");
    utimensat(AT_FDCWD, path, times, 0);

    fixed_now_ms = 1800000000000;
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(changes(&source), source.error);
    CHECK_INT(source.got.count, 5);
    for (uint32_t i = 0; i < source.got.count; i++) {
        const struct seen_change *change = &source.got.changes[i];
        int64_t expected = strstr(change->key, "name")       ? 1600000000000
                           : strstr(change->key, "plain")    ? 1500000000000
                           : strstr(change->key, "future")   ? 1500000000000
                           : strstr(change->key, "received") ? 1514858645000
                                                             : 1800000000000;
        CHECK_INT(change->received_ms, expected);
    }
    close_source(&source);
    end();
}

// ---- maildir: live

TEST(maildir_tells_what_changes)
{
    static struct source source;
    begin();
    make_maildir("");
    make_maildir(".Archive");
    write_file("cur/1700000001.a:2,S", MAIL);
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(changes(&source), source.error);

    deliver("", "1700000002.b", MAIL);
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "PUT INBOX/1700000002.b");
    CHECK(!source.got.full);

    move_file("new/1700000002.b", "cur/1700000002.b:2,");
    CHECK_INT(changes(&source), JD_NONE);
    CHECK_OK(fetch(&source, "INBOX/1700000002.b"), source.error);

    move_file("cur/1700000002.b:2,", "cur/1700000002.b:2,FS");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "FLAGS INBOX/1700000002.b SF");

    move_file("cur/1700000002.b:2,FS", ".Archive/cur/1700000002.b:2,FS");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "MOVED INBOX/1700000002.b Archive/1700000002.b SF");
    CHECK_TEXT(jd_span_of(source.got.changes[0].mailbox), "Archive");

    move_file("cur/1700000001.a:2,S", ".Archive/cur/1700000009.other:2,S");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "MOVED INBOX/1700000001.a Archive/1700000009.other S");

    remove_file(".Archive/cur/1700000002.b:2,FS");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "GONE Archive/1700000002.b SF");
    CHECK_INT(fetch(&source, "Archive/1700000002.b"), JD_GONE);
    CHECK_INT(changes(&source), JD_NONE);
    close_source(&source);
    end();
}

TEST(maildir_sees_folders_come_and_go)
{
    static struct source source;
    begin();
    make_maildir("");
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(changes(&source), source.error);
    make_maildir(".New");
    deliver(".New/", "1700000001.a", MAIL);
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "PUT New/1700000001.a");
    deliver(".New/", "1700000002.b", MAIL);
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "PUT New/1700000002.b");

    move_file(".New", ".Old");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "MOVED New/1700000002.b Old/1700000002.b; "
                        "MOVED New/1700000001.a Old/1700000001.a");
    deliver(".Old/", "1700000003.c", MAIL);
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "PUT Old/1700000003.c");

    char path[4096];
    in_root(path, ".Old");
    remove_tree(path);
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "GONE Old/1700000003.c; GONE Old/1700000002.b; GONE Old/1700000001.a");
    close_source(&source);
    end();
}

TEST(maildir_tells_a_link_and_unlink_once)
{
    static struct source source;
    char from[4096], to[4096];
    begin();
    make_maildir("");
    deliver("", "1700000001.a", MAIL);
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(changes(&source), source.error);
    in_root(from, "new/1700000001.a");
    in_root(to, "cur/1700000001.a:2,S");
    CHECK_INT(link(from, to), 0);
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "FLAGS INBOX/1700000001.a S");
    remove_file("new/1700000001.a");
    CHECK_INT(changes(&source), JD_NONE);
    CHECK_OK(fetch(&source, "INBOX/1700000001.a"), source.error);

    // And the other way round: the copy known goes, the first one stays.
    CHECK_INT(link(to, from), 0);
    CHECK_OK(next_changes(&source), source.error);
    remove_file("new/1700000001.a");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "FLAGS INBOX/1700000001.a S");
    close_source(&source);
    end();
}

TEST(maildir_waits_for_a_file_written_in_place)
{
    static struct source source;
    char path[4096];
    begin();
    make_maildir("");
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(changes(&source), source.error);
    in_root(path, "new/1700000001.a");
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    CHECK_INT(changes(&source), JD_NONE);
    CHECK_INT(write(fd, MAIL, strlen(MAIL)), strlen(MAIL));
    close(fd);
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "PUT INBOX/1700000001.a");
    write_file("new/1700000001.a", "Subject: another\n\n");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "GONE INBOX/1700000001.a; PUT INBOX/1700000001.a");
    close_source(&source);
    end();
}

TEST(maildir_survives_a_storm_of_renames)
{
    static struct source source;
    enum {
        FILES = 300,
        ROUNDS = 40
    };
    begin();
    make_maildir("");
    for (int i = 0; i < FILES; i++) {
        char name[64];
        snprintf(name, sizeof(name), "new/%d.a", 1700000000 + i);
        write_file(name, MAIL);
    }
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    pid_t child = fork();
    if (child == 0) {
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < FILES; i++) {
                char from[64], to[64];
                const char *forms[] = { "new/%d.a", "cur/%d.a:2,", "cur/%d.a:2,S", "new/%d.a" };
                snprintf(from, sizeof(from), forms[round % 3], 1700000000 + i);
                snprintf(to, sizeof(to), forms[round % 3 + 1], 1700000000 + i);
                move_file(from, to);
            }
        }
        _exit(0);
    }
    // While the names change, nothing may be told as gone and nothing twice.
    int calls = 0, status = 0;
    bool present[FILES] = { false };
    do {
        enum jd_status answer = changes(&source);
        CHECK(answer == JD_OK || answer == JD_NONE);
        for (uint32_t i = 0; i < source.got.count; i++) {
            const struct seen_change *change = &source.got.changes[i];
            int number = atoi(strchr(change->key, '/') + 1) - 1700000000;
            CHECK(change->kind != JD_CHANGE_GONE && change->kind != JD_CHANGE_MOVED);
            CHECK(change->kind != JD_CHANGE_PUT || !present[number]);
            present[number] = true;
        }
        calls++;
    } while (waitpid(child, &status, WNOHANG) == 0);
    CHECK_INT(status, 0);
    CHECK(changes(&source) != JD_RETRY_LATER);
    for (int i = 0; i < FILES; i++) {
        char key[64];
        CHECK(present[i]);
        snprintf(key, sizeof(key), "INBOX/%d.a", 1700000000 + i);
        CHECK_OK(fetch(&source, key), source.error);
    }
    printf("# %d calls during %d renames\n", calls, FILES * ROUNDS);
    close_source(&source);
    end();
}

TEST(maildir_reads_again_after_an_overflow)
{
    static struct source source;
    begin();
    make_maildir("");
    deliver("", "1700000001.a", MAIL);
    deliver("", "1700000002.b", MAIL);
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(changes(&source), source.error);
    int limit = 16384;
    FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
    if (file) {
        CHECK_INT(fscanf(file, "%d", &limit), 1);
        fclose(file);
    }
    // Alternating names, since the kernel merges equal neighbours.
    for (int i = 0; i <= limit / 2 + 16; i++) {
        move_file(i % 2 ? "new/x" : "new/1700000001.a", i % 2 ? "new/1700000001.a" : "new/x");
    }
    move_file("new/1700000002.b", "cur/1700000002.b:2,S");
    deliver("", "1700000003.c", MAIL);
    CHECK_OK(changes(&source), source.error);
    CHECK_INT(overflows, 1);
    CHECK(strstr(told(&source), "PUT INBOX/1700000003.c") != NULL);
    CHECK(strstr(told(&source), "FLAGS INBOX/1700000002.b S") != NULL);
    CHECK_INT(changes(&source), JD_NONE);
    close_source(&source);
    end();
}

// ---- maildir: cursors

TEST(maildir_resumes_after_a_reopen)
{
    static struct source source;
    static char cursor[65536];
    begin();
    make_maildir("");
    deliver("", "1700000001.a", MAIL);
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(changes(&source), source.error);
    size_t cursor_len = source.got.cursor_len;
    memcpy(cursor, source.got.cursor, cursor_len);
    close_source(&source);

    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(fetch(&source, "INBOX/1700000001.a"), source.error);
    memcpy(source.got.cursor, cursor, cursor_len);
    source.got.cursor_len = cursor_len;
    CHECK_INT(changes(&source), JD_NONE);
    deliver("", "1700000002.b", MAIL);
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "PUT INBOX/1700000002.b");
    close_source(&source);

    CHECK_OK(open_source(&source, "maildir", root), source.error);
    memcpy(source.got.cursor, cursor, cursor_len);
    source.got.cursor_len = cursor_len;
    CHECK_OK(changes(&source), source.error);
    CHECK(source.got.full);
    CHECK_INT(source.got.count, 2);
    strcpy(source.got.cursor, "1 garbage");
    source.got.cursor_len = 9;
    CHECK_OK(changes(&source), source.error);
    CHECK(source.got.full);
    close_source(&source);
    end();
}

TEST(maildir_repeats_what_was_not_committed)
{
    static struct source source;
    begin();
    make_maildir("");
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(changes(&source), source.error);
    deliver("", "1700000001.a", MAIL);
    deliver("", "1700000002.b", MAIL);
    source.got.fail_after = 1;
    CHECK_INT(next_changes(&source), JD_RETRY_LATER);
    CHECK_INT(source.got.commits, 0);
    source.got.fail_after = 0;
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "PUT INBOX/1700000002.b; PUT INBOX/1700000001.a");
    close_source(&source);
    end();
}

TEST(maildir_stops_when_asked)
{
    static struct source source;
    int32_t cancelled = 1;
    begin();
    make_maildir("");
    deliver("", "1700000001.a", MAIL);
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    struct jd_call call = { JD_SIZE(jd_call), .deadline_ms = INT64_MAX,
        .cancelled = &cancelled };
    CHECK_INT(source.ops->changes(source.self, &call, (struct jd_span){ NULL, 0 },
                      &source.got.sink, &source.error),
            JD_CANCELLED);
    call = (struct jd_call){ JD_SIZE(jd_call), .deadline_ms = 1 };
    CHECK_INT(source.ops->changes(source.self, &call, (struct jd_span){ NULL, 0 },
                      &source.got.sink, &source.error),
            JD_RETRY_LATER);
    CHECK_OK(changes(&source), source.error);
    CHECK_INT(source.got.count, 1);
    close_source(&source);
    end();
}

// ---- maildir: what goes wrong

TEST(maildir_never_follows_links_or_waits_on_pipes)
{
    static struct source source;
    char path[4096];
    begin();
    make_maildir("");
    in_root(path, "cur/1700000001.link:2,");
    CHECK_INT(symlink("/etc/passwd", path), 0);
    in_root(path, "cur/1700000002.pipe:2,");
    CHECK_INT(mkfifo(path, 0600), 0);
    write_file("cur/1700000003.file:2,", MAIL);
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(changes(&source), source.error);
    CHECK_TOLD(&source, "PUT INBOX/1700000003.file");
    remove_file("cur/1700000003.file:2,");
    in_root(path, "cur/1700000003.file:2,");
    CHECK_INT(symlink("/etc/passwd", path), 0);
    CHECK(fetch(&source, "INBOX/1700000003.file") != JD_OK);
    CHECK_INT(fetch(&source, "INBOX/1700000001.link"), JD_GONE);
    CHECK_INT(fetch(&source, "../../etc/passwd"), JD_GONE);
    CHECK_INT(fetch(&source, "INBOX"), JD_GONE);
    close_source(&source);
    end();
}

TEST(maildir_refuses_a_message_over_the_limit)
{
    static struct source source;
    static char large[70000];
    begin();
    make_maildir("");
    memset(large, 'x', sizeof(large) - 1);
    deliver("", "1700000001.a", large);
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(changes(&source), source.error);
    CHECK_INT(fetch(&source, "INBOX/1700000001.a"), JD_BAD_INPUT);
    CHECK(strstr(source.error.text, "max_message_bytes") != NULL);
    close_source(&source);
    end();
}

TEST(maildir_says_what_it_expected)
{
    static struct source source;
    char path[4096];
    begin();
    make_folder("empty");
    make_folder("letters");
    write_file("letters/one.eml", MAIL);
    write_file("box", "From a@b Tue Jan  2 03:04:05 2024\n" MAIL);
    static const struct {
        const char *path, *words;
    } rows[] = {
        { "absent", "does not exist" },
        { "empty", "neither cur nor new" },
        { "letters", "use eml:" },
        { "box", "use mbox:" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        in_root(path, rows[i].path);
        CHECK_INT(open_source(&source, "maildir", path), JD_BAD_INPUT);
        if (!strstr(source.error.text, rows[i].words) || !strstr(source.error.text, path)) {
            FAIL("%s", source.error.text);
        }
    }
    end();
}

TEST(maildir_loses_nothing_when_its_disk_goes)
{
    static struct source source;
    begin();
    make_maildir("mail");
    deliver("mail/", "1700000001.a", MAIL);
    char path[4096];
    in_root(path, "mail");
    CHECK_OK(open_source(&source, "maildir", path), source.error);
    CHECK_OK(changes(&source), source.error);
    move_file("mail", "away");
    CHECK_INT(next_changes(&source), JD_RETRY_LATER);
    CHECK_INT(source.got.count, 0);
    make_folder("mail");
    CHECK_INT(changes(&source), JD_RETRY_LATER);
    CHECK_INT(source.got.count, 0);
    in_root(path, "mail");
    rmdir(path);
    move_file("away", "mail");
    CHECK_INT(changes(&source), JD_NONE);
    deliver("mail/", "1700000002.b", MAIL);
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "PUT INBOX/1700000002.b");
    close_source(&source);
    end();
}

// As root nothing is forbidden, so a child without its rights asks. Returns its failures.
static void as_nobody(void (*ask)(void))
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

static void ask_closed_folder(void)
{
    static struct source source;
    CHECK_INT(open_source(&source, "maildir", root), JD_BAD_INPUT);
    CHECK(strstr(source.error.text, "read access") != NULL);
    CHECK(strstr(source.error.text, root) != NULL);
}

static void ask_closed_message(void)
{
    static struct source source;
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    CHECK_OK(changes(&source), source.error);
    CHECK_INT(fetch(&source, "INBOX/1700000001.a"), JD_BAD_INPUT);
    CHECK(strstr(source.error.text, "read access") != NULL);
    CHECK_OK(fetch(&source, "INBOX/1700000002.b"), source.error);
    close_source(&source);
}

TEST(maildir_says_what_it_may_not_read)
{
    char path[4096];
    begin();
    make_maildir("");
    deliver("", "1700000001.a", MAIL);
    deliver("", "1700000002.b", MAIL);
    CHECK_INT(chmod(root, 0), 0);
    as_nobody(ask_closed_folder);
    CHECK_INT(chmod(root, 0755), 0);
    static const char *const parts[] = { "new", "tmp", "cur" };
    for (int i = 0; i < 3; i++) {
        in_root(path, parts[i]);
        CHECK_INT(chmod(path, i == 2 ? 0 : 0755), 0);
    }
    as_nobody(ask_closed_folder);
    CHECK_INT(chmod(path, 0755), 0);
    in_root(path, "new/1700000001.a");
    CHECK_INT(chmod(path, 0), 0);
    as_nobody(ask_closed_message);
    end();
}

// ---- maildir: many

static int64_t resident_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1) {
        pages = 0;
    }
    if (file) {
        fclose(file);
    }
    return pages * sysconf(_SC_PAGESIZE);
}

TEST(maildir_lists_twenty_thousand)
{
    static struct source source;
    enum {
        FILES = 20000
    };
    begin();
    make_maildir("");
    for (int i = 0; i < FILES; i++) {
        char path[4096], name[64];
        snprintf(name, sizeof(name), "cur/%d.M1P%d.host:2,S", 1600000000 + i * 7919 % 100000000,
                i);
        in_root(path, name);
        int fd = open(path, O_WRONLY | O_CREAT, 0600);
        CHECK(fd >= 0);
        close(fd);
    }
    CHECK_OK(open_source(&source, "maildir", root), source.error);
    // What the test itself keeps is taken first.
    memset(source.got.changes, 1, CHANGES_MAX * sizeof(*source.got.changes));
    memset(source.got.changes, 0, CHANGES_MAX * sizeof(*source.got.changes));
    int64_t before_bytes = resident_bytes(), before_ms = host_now_ms(NULL);
    source.got.fail_after = 1;
    CHECK_INT(changes(&source), JD_RETRY_LATER);
    printf("# 20,000 messages: first change told after %d ms, %d KiB\n",
            (int)(host_now_ms(NULL) - before_ms),
            (int)((resident_bytes() - before_bytes) / 1024));
    source.got.fail_after = 0;
    before_ms = host_now_ms(NULL);
    CHECK_OK(changes(&source), source.error);
    printf("# 20,000 messages: told in %d ms\n", (int)(host_now_ms(NULL) - before_ms));
    CHECK_INT(source.got.count, FILES);
    for (uint32_t i = 1; i < source.got.count; i++) {
        if (source.got.changes[i].received_ms > source.got.changes[i - 1].received_ms) {
            FAIL("change %u is newer than the one before", i);
            break;
        }
    }
    close_source(&source);
    end();
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : JD_BUILD_DIR "/plugins/maildir.so";
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    plugin = library ? dlsym(library, "jd_plugin_entry") : NULL;
    if (!plugin) {
        printf("# %s\n0 passed, 1 failed\n", dlerror());
        return 1;
    }
    RUN(maildir_lists_all_folders_newest_first);
    RUN(maildir_reads_file_names);
    RUN(maildir_names_mailboxes_in_utf8);
    RUN(maildir_takes_the_time_from_name_then_file_then_header);
    RUN(maildir_tells_what_changes);
    RUN(maildir_sees_folders_come_and_go);
    RUN(maildir_tells_a_link_and_unlink_once);
    RUN(maildir_waits_for_a_file_written_in_place);
    RUN(maildir_survives_a_storm_of_renames);
    RUN(maildir_reads_again_after_an_overflow);
    RUN(maildir_resumes_after_a_reopen);
    RUN(maildir_repeats_what_was_not_committed);
    RUN(maildir_stops_when_asked);
    RUN(maildir_never_follows_links_or_waits_on_pipes);
    RUN(maildir_refuses_a_message_over_the_limit);
    RUN(maildir_says_what_it_expected);
    RUN(maildir_loses_nothing_when_its_disk_goes);
    RUN(maildir_says_what_it_may_not_read);
    RUN(maildir_lists_twenty_thousand);
    return REPORT();
}
