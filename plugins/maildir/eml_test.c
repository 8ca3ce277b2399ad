/* The service "eml": a tree of files, by name and by event. */
#include "source_test.h"

static void set_time(const char *path, time_t seconds)
{
    char full[4096];
    struct timespec times[2] = { { seconds, 0 }, { seconds, 0 } };
    in_root(full, path);
    CHECK_INT(utimensat(AT_FDCWD, full, times, 0), 0);
}

TEST(eml_lists_any_depth_newest_first)
{
    static struct source source;
    begin();
    make_folder("Work");
    make_folder("Work/Pläne");
    make_folder(".hidden");
    write_file("one.eml", MAIL);
    write_file("Work/two.EML", MAIL);
    write_file("Work/Pläne/three three.eml", MAIL);
    write_file("notes.txt", MAIL);
    write_file(".four.eml", MAIL);
    write_file(".hidden/five.eml", MAIL);
    write_file("empty.eml", "");
    set_time("one.eml", 1700000001);
    set_time("Work/two.EML", 1700000003);
    set_time("Work/Pläne/three three.eml", 1700000002);
    CHECK_OK(open_source(&source, "eml", root), source.error);
    CHECK_OK(changes(&source), source.error);
    CHECK(source.got.full);
    CHECK_TOLD(&source, "PUT Work/two.EML S; PUT Work/Pläne/three three.eml S; PUT one.eml S");
    CHECK_TEXT(jd_span_of(source.got.changes[1].mailbox), "Work/Pläne");
    CHECK_TEXT(jd_span_of(source.got.changes[2].mailbox), "INBOX");
    CHECK_INT(source.got.changes[2].received_ms, 1700000001000);
    CHECK_INT(source.got.changes[2].bytes, strlen(MAIL));
    CHECK_OK(fetch(&source, "Work/Pläne/three three.eml"), source.error);
    CHECK_TEXT(jd_span_of(source.message), MAIL);
    CHECK_INT(changes(&source), JD_NONE);
    close_source(&source);
    end();
}

TEST(eml_tells_what_changes)
{
    static struct source source;
    begin();
    write_file("a.eml", MAIL);
    CHECK_OK(open_source(&source, "eml", root), source.error);
    CHECK_OK(changes(&source), source.error);
    write_file("b.eml", MAIL);
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "PUT b.eml S");
    make_folder("box");
    write_file("box/c.eml", MAIL);
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "PUT box/c.eml S");
    move_file("b.eml", "box/d.eml");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "MOVED b.eml box/d.eml S");
    write_file("a.eml", MAIL "more\n");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "GONE a.eml S; PUT a.eml S");
    remove_file("a.eml");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_TOLD(&source, "GONE a.eml S");
    char path[4096];
    in_root(path, "box");
    remove_tree(path);
    CHECK_OK(next_changes(&source), source.error);
    CHECK_INT(source.got.count, 2);
    CHECK_INT(source.got.changes[0].kind, JD_CHANGE_GONE);
    CHECK_INT(changes(&source), JD_NONE);
    close_source(&source);
    end();
}

TEST(eml_resumes_and_fetches_without_a_walk)
{
    static struct source source;
    static char cursor[65536];
    begin();
    write_file("a.eml", MAIL);
    CHECK_OK(open_source(&source, "eml", root), source.error);
    CHECK_OK(changes(&source), source.error);
    size_t cursor_len = source.got.cursor_len;
    memcpy(cursor, source.got.cursor, cursor_len);
    close_source(&source);
    CHECK_OK(open_source(&source, "eml", root), source.error);
    CHECK_OK(fetch(&source, "a.eml"), source.error);
    memcpy(source.got.cursor, cursor, cursor_len);
    source.got.cursor_len = cursor_len;
    CHECK_INT(changes(&source), JD_NONE);
    close_source(&source);
    end();
}

TEST(eml_keeps_to_its_folder)
{
    static struct source source;
    static const char *const keys[] = { "../a.eml", "/etc/passwd", "box/../../a.eml",
        "link/a.eml", "link.eml", "", ".eml", "pipe.eml", ".hidden/a.eml" };
    char path[4096];
    begin();
    make_folder("mail");
    make_folder("mail/.hidden");
    write_file("a.eml", MAIL);
    write_file("mail/.hidden/a.eml", MAIL);
    in_root(path, "mail/link");
    CHECK_INT(symlink("..", path), 0);
    in_root(path, "mail/link.eml");
    CHECK_INT(symlink("../a.eml", path), 0);
    in_root(path, "mail/pipe.eml");
    CHECK_INT(mkfifo(path, 0600), 0);
    in_root(path, "mail");
    CHECK_OK(open_source(&source, "eml", path), source.error);
    CHECK_OK(changes(&source), source.error);
    CHECK_INT(source.got.count, 0);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (fetch(&source, keys[i]) == JD_OK) {
            FAIL("fetched %s", keys[i]);
        }
    }
    close_source(&source);
    end();
}

static void ask_closed_tree(void)
{
    static struct source source;
    CHECK_OK(open_source(&source, "eml", root), source.error);
    CHECK_INT(changes(&source), JD_RETRY_LATER);
    CHECK(strstr(source.error.text, "read access") != NULL);
    CHECK(strstr(source.error.text, "closed") != NULL);
    close_source(&source);
}

TEST(eml_says_what_it_expected)
{
    static struct source source;
    char path[4096];
    begin();
    make_maildir("maildir");
    write_file("file", MAIL);
    static const struct {
        const char *path, *words;
    } rows[] = {
        { "absent", "does not exist" },
        { "maildir", "use maildir:" },
        { "file", "use mbox:" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        in_root(path, rows[i].path);
        CHECK_INT(open_source(&source, "eml", path), JD_BAD_INPUT);
        if (!strstr(source.error.text, rows[i].words) || !strstr(source.error.text, path)) {
            FAIL("%s", source.error.text);
        }
    }
    end();
    begin();
    make_folder("closed");
    in_root(path, "closed");
    CHECK_INT(chmod(root, 0755), 0);
    CHECK_INT(chmod(path, 0), 0);
    as_nobody(ask_closed_tree);
    end();
}

int main(int argc, char **argv)
{
    if (!load_plugin(argc, argv)) {
        return 1;
    }
    RUN(eml_lists_any_depth_newest_first);
    RUN(eml_tells_what_changes);
    RUN(eml_resumes_and_fetches_without_a_walk);
    RUN(eml_keeps_to_its_folder);
    RUN(eml_says_what_it_expected);
    return REPORT();
}
