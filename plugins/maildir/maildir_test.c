/* The service "maildir", from listing to what goes wrong. */
#include "source_test.h"

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
                static const char *const places[] = { "new", "cur", "cur", "new" };
                static const char *const infos[] = { "", ":2,", ":2,S", "" };
                int step = round % 3, number = 1700000000 + i;
                snprintf(from, sizeof(from), "%s/%d.a%s", places[step], number, infos[step]);
                snprintf(
                        to, sizeof(to), "%s/%d.a%s", places[step + 1], number, infos[step + 1]);
                move_file(from, to);
            }
        }
        _exit(0);
    }
    // While the names change, nothing may be told as gone and nothing twice.
    int calls = 0, status = 0;
    bool present[FILES] = { false };
    do {
        wait_for_news(&source, 20);
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
    if (!load_plugin(argc, argv)) {
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
