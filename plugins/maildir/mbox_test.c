/* The service "mbox": dialects, what grows, what is rewritten, what is torn. */
#include "source_test.h"

#define A_LINE "From a@example.org Tue Jan  2 03:04:05 2024\n"
#define B_LINE "From b@example.org Wed Jan  3 03:04:05 2024\n"
#define C_LINE "From c@example.org Thu Jan  4 03:04:05 2024\n"
#define A_MAIL "Message-ID: <a@x>\nSubject: a\n\nfirst\n"
#define B_MAIL "Message-ID: <b@x>\nSubject: b\n\nsecond\n"
#define C_MAIL "Message-ID: <c@x>\nSubject: c\n\nthird\n"

static char box[4096];

static enum jd_status open_box(struct source *source)
{
    in_root(box, "box");
    return open_source(source, "mbox", box);
}

// The bytes of the n-th change told; "" when they cannot be had.
static const char *message(struct source *source, uint32_t index)
{
    if (index >= source->got.count) {
        FAIL("there is no change %u", index);
        return "";
    }
    enum jd_status status = fetch(source, source->got.changes[index].key);
    if (status != JD_OK) {
        FAIL("fetch: %d: %s", status, source->error.text);
    }
    return source->message;
}

TEST(mbox_lists_newest_first_with_flags)
{
    static struct source source;
    begin();
    write_file("box", A_LINE "Status: RO\nX-Status: AF\n" A_MAIL "\n" B_LINE
                             "X-Mozilla-Status: 1001\n" B_MAIL "\n" C_LINE C_MAIL "\n");
    CHECK_OK(open_box(&source), source.error);
    CHECK_OK(changes(&source), source.error);
    CHECK(source.got.full);
    CHECK_INT(source.got.count, 3);
    CHECK_TEXT(jd_span_of(message(&source, 0)), C_MAIL);
    CHECK_TEXT(jd_span_of(message(&source, 1)), "X-Mozilla-Status: 1001\n" B_MAIL);
    CHECK_INT(source.got.changes[0].received_ms, 1704337445000);
    CHECK_INT(source.got.changes[1].flags, JD_FLAG_SEEN | JD_FLAG_FORWARDED);
    CHECK_INT(source.got.changes[2].flags, JD_FLAG_SEEN | JD_FLAG_ANSWERED | JD_FLAG_FLAGGED);
    CHECK_TEXT(jd_span_of(source.got.changes[2].mailbox), "INBOX");
    CHECK_INT(changes(&source), JD_NONE);
    CHECK_INT(fetch(&source, "0123456789abcdef"), JD_GONE);
    close_source(&source);
    end();
}

TEST(mbox_takes_its_dialects)
{
    static const struct {
        const char *what, *file, *first;
        uint32_t count;
    } rows[] = {
        { "quoted once", A_LINE "S: a\n\n>From here\n\n" B_LINE B_MAIL, "S: a\n\nFrom here\n",
                2 },
        { "quoted twice", A_LINE "S: a\n\n>>From here\n>>>\n\n" B_LINE B_MAIL,
                "S: a\n\n>From here\n>>>\n", 2 },
        { "a sentence is no separator",
                A_LINE "S: a\n\nthen\n\nFrom here on it rained.\n\n" B_LINE B_MAIL,
                "S: a\n\nthen\n\nFrom here on it rained.\n", 2 },
        { "a length hides a separator",
                A_LINE "S: a\nContent-Length: 50\n\n"
                       "x\n\n" B_LINE "2\n\n\n" C_LINE C_MAIL,
                "S: a\nContent-Length: 50\n\n"
                "x\n\n" B_LINE "2\n\n",
                2 },
        { "a wrong length is not believed",
                A_LINE "S: a\nContent-Length: 7\n\nfirst line\n\n" B_LINE B_MAIL,
                "S: a\nContent-Length: 7\n\nfirst line\n", 2 },
        { "no empty line between", A_LINE "S: a\n\nfirst\n" B_LINE B_MAIL, "S: a\n\nfirst\n",
                2 },
        { "CRLF",
                "From a@b Tue Jan  2 03:04:05 2024\r\nS: a\r\n\r\n1\r\n\r\nFrom a@b Tue Jan  2 03:04:06 2024\r\n"
                "S: b\r\n\r\n2\r\n",
                "S: a\r\n\r\n1\r\n", 2 },
        { "no date", "From MAILER\nS: a\n\n1\n\nFrom MAILER\nS: b\n\n2\n", "S: a\n\n1\n", 2 },
        { "a zone, and a sender with spaces",
                "From \"a b\"@c Tue Jan  2 03:04:05 2024 +0100\nS: a\n\n1\n", "S: a\n\n1\n",
                1 },
        { "a note of the server",
                "From MAILER-DAEMON Mon Jan  1 00:00:00 2024\nX-IMAP: 1 2\nSubject: DON'T DELETE\n\nnote\n\n" A_LINE
                        A_MAIL,
                A_MAIL, 1 },
        { "empty lines before", "\n\n" A_LINE A_MAIL, A_MAIL, 1 },
        { "no body", A_LINE "S: a\n\n" B_LINE B_MAIL, "S: a\n", 2 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        static struct source source;
        begin();
        write_file("box", rows[i].file);
        CHECK_OK(open_box(&source), source.error);
        CHECK_OK(changes(&source), source.error);
        // The first in the file is the oldest, or of an undated file the last told.
        const char *first = message(&source, source.got.count - 1);
        if (source.got.count != rows[i].count || strcmp(first, rows[i].first) != 0) {
            FAIL("%s: %u messages, the first is \"%s\"", rows[i].what, source.got.count, first);
        }
        close_source(&source);
        end();
    }
}

TEST(mbox_unquotes_across_any_border)
{
    // A body much larger than a read, with quoted lines all over it.
    static struct source source;
    static char file[400000], expected[400000];
    size_t file_len = (size_t)sprintf(file, A_LINE "S: a\n\n");
    size_t expected_len = (size_t)sprintf(expected, "S: a\n\n");
    for (int i = 0; i < 9000; i++) {
        file_len += (size_t)sprintf(
                file + file_len, ">From %d\n%.*s\n", i, i % 23, ">>>>>>>>>>>>>>>>>>>>>>>");
        expected_len += (size_t)sprintf(expected + expected_len, "From %d\n%.*s\n", i, i % 23,
                ">>>>>>>>>>>>>>>>>>>>>>>");
    }
    begin();
    write_file("box", file);
    struct jd_setting settings[] = {
        { "path", box, 0 },
        { "max_message_bytes", "1048576", 1048576 },
        { "mailbox", "Lists/dev", 0 },
    };
    in_root(box, "box");
    CHECK_OK(open_with(&source, "mbox", settings, 3), source.error);
    CHECK_OK(changes(&source), source.error);
    CHECK_INT(source.got.count, 1);
    CHECK_TEXT(jd_span_of(source.got.changes[0].mailbox), "Lists/dev");
    CHECK(strcmp(message(&source, 0), expected) == 0);
    CHECK_INT(source.message_len, expected_len);
    close_source(&source);
    end();
}

TEST(mbox_tells_what_is_appended)
{
    static struct source source;
    begin();
    write_file("box", A_LINE A_MAIL "\n");
    CHECK_OK(open_box(&source), source.error);
    CHECK_OK(changes(&source), source.error);
    append_file("box", B_LINE B_MAIL "\n");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_INT(source.got.count, 1);
    CHECK(!source.got.full);
    CHECK_TEXT(jd_span_of(message(&source, 0)), B_MAIL);
    // The same letter twice is two messages.
    append_file("box", B_LINE B_MAIL "\n" B_LINE B_MAIL "\n");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_INT(source.got.count, 2);
    CHECK(strcmp(source.got.changes[0].key, source.got.changes[1].key) != 0);
    close_source(&source);
    end();
}

TEST(mbox_keeps_keys_when_rewritten)
{
    static struct source source;
    begin();
    write_file("box", A_LINE A_MAIL "\n" B_LINE B_MAIL "\n" C_LINE C_MAIL "\n");
    CHECK_OK(open_box(&source), source.error);
    CHECK_OK(changes(&source), source.error);
    // As a mail program does: the first removed, a status added, under a new file.
    write_file("box.new", B_LINE "Status: RO\n" B_MAIL "\n" C_LINE C_MAIL "\n");
    move_file("box.new", "box");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_INT(source.got.count, 2);
    CHECK_INT(source.got.changes[0].kind, JD_CHANGE_FLAGS);
    CHECK_INT(source.got.changes[0].flags, JD_FLAG_SEEN);
    CHECK_INT(source.got.changes[1].kind, JD_CHANGE_GONE);
    CHECK_TEXT(jd_span_of(message(&source, 0)), "Status: RO\n" B_MAIL);
    // The new file is watched as the old one was.
    append_file("box", A_LINE A_MAIL "\n");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_INT(source.got.count, 1);
    CHECK_TEXT(jd_span_of(message(&source, 0)), A_MAIL);
    close_source(&source);
    end();
}

TEST(mbox_tells_other_content_under_a_key)
{
    static struct source source;
    begin();
    write_file("box", A_LINE A_MAIL "\n" B_LINE B_MAIL "\n");
    CHECK_OK(open_box(&source), source.error);
    CHECK_OK(changes(&source), source.error);
    write_file("box.new", A_LINE "Status: O\n" A_MAIL "\n" B_LINE B_MAIL "and more\n\n");
    move_file("box.new", "box");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_INT(source.got.count, 2);
    CHECK_INT(source.got.changes[0].kind, JD_CHANGE_GONE);
    CHECK_INT(source.got.changes[1].kind, JD_CHANGE_PUT);
    CHECK_TEXT(jd_span_of(message(&source, 1)), B_MAIL "and more\n");
    // The second of two with one header takes the key of the first.
    write_file("box.new", A_LINE A_MAIL "\n" A_LINE A_MAIL "other\n\n");
    move_file("box.new", "box");
    CHECK_OK(next_changes(&source), source.error);
    write_file("box.new", A_LINE A_MAIL "other\n\n");
    move_file("box.new", "box");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_INT(source.got.count, 3);
    CHECK_INT(source.got.changes[2].kind, JD_CHANGE_PUT);
    CHECK_TEXT(jd_span_of(message(&source, 2)), A_MAIL "other\n");
    close_source(&source);
    end();
}

TEST(mbox_looks_at_what_lies_before_an_end_that_grew)
{
    static struct source source;
    begin();
    write_file("box", A_LINE "X-Mozilla-Status: 0000\n" A_MAIL "\n" B_LINE B_MAIL "\n");
    CHECK_OK(open_box(&source), source.error);
    CHECK_OK(changes(&source), source.error);
    // In place and at the end, between two looks.
    write_file("box", A_LINE "X-Mozilla-Status: 0001\n" A_MAIL "\n" B_LINE B_MAIL
                             "\n" C_LINE C_MAIL "\n");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_INT(source.got.changes[0].kind, JD_CHANGE_PUT);
    CHECK_TEXT(jd_span_of(message(&source, 0)), C_MAIL);
    fixed_now_ms = host_now_ms(NULL) + 601000;
    CHECK_OK(changes(&source), source.error);
    CHECK_INT(source.got.count, 1);
    CHECK_INT(source.got.changes[0].kind, JD_CHANGE_FLAGS);
    CHECK_INT(source.got.changes[0].flags, JD_FLAG_SEEN);
    close_source(&source);
    end();
}

TEST(mbox_ends_a_header_at_the_next_message)
{
    static struct source source;
    begin();
    write_file("box", A_LINE "Subject: a\n" B_LINE "Status: RO\n" B_MAIL "\n");
    CHECK_OK(open_box(&source), source.error);
    CHECK_OK(changes(&source), source.error);
    CHECK_INT(source.got.count, 2);
    CHECK_INT(source.got.changes[0].flags, JD_FLAG_SEEN);
    CHECK_INT(source.got.changes[1].flags, 0);
    close_source(&source);
    end();
}

TEST(mbox_takes_any_number_of_one_letter)
{
    enum {
        COPIES = 20000
    };
    static struct source source;
    static char file[COPIES * sizeof(A_LINE A_MAIL "\n")];
    size_t len = 0;
    for (int i = 0; i < COPIES; i++) {
        len += (size_t)sprintf(file + len, A_LINE A_MAIL "\n");
    }
    begin();
    write_file("box", file);
    CHECK_OK(open_box(&source), source.error);
    CHECK_OK(changes(&source), source.error);
    CHECK_INT(source.got.count, COPIES);
    append_file("box", A_LINE A_MAIL "\n");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_INT(source.got.count, 1);
    close_source(&source);
    end();
}

TEST(mbox_waits_for_a_torn_end)
{
    static struct source source;
    begin();
    write_file("box", A_LINE A_MAIL "\n");
    CHECK_OK(open_box(&source), source.error);
    CHECK_OK(changes(&source), source.error);
    append_file("box", B_LINE "Message-ID: <b@x>\nSubj");
    CHECK_INT(changes(&source), JD_NONE);
    append_file("box", "ect: b\n\nsecond\n");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_INT(source.got.count, 1);
    CHECK_TEXT(jd_span_of(message(&source, 0)), B_MAIL);
    // A pause at the end of a line looks whole; the message is told anew when it grows.
    append_file("box", "and more\n");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_INT(source.got.count, 2);
    CHECK_INT(source.got.changes[0].kind, JD_CHANGE_GONE);
    CHECK_INT(source.got.changes[1].kind, JD_CHANGE_PUT);
    CHECK_TEXT(jd_span_of(message(&source, 1)), B_MAIL "and more\n");
    // An end that stays as it is was meant so.
    append_file("box", "\n" C_LINE "Subject: c\n\nno line end");
    CHECK_INT(changes(&source), JD_NONE);
    fixed_now_ms = host_now_ms(NULL) + 3000;
    CHECK_OK(changes(&source), source.error);
    CHECK_INT(source.got.count, 1);
    CHECK_TEXT(jd_span_of(message(&source, 0)), "Subject: c\n\nno line end");
    close_source(&source);
    end();
}

TEST(mbox_survives_a_shrinking_file)
{
    static struct source source;
    begin();
    write_file("box", A_LINE A_MAIL "\n" B_LINE B_MAIL "\n");
    CHECK_OK(open_box(&source), source.error);
    CHECK_OK(changes(&source), source.error);
    char key[64];
    snprintf(key, sizeof(key), "%s", source.got.changes[0].key);
    CHECK_INT(truncate(box, 20), 0);
    CHECK(fetch(&source, key) != JD_OK);
    write_file("box", "");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_INT(source.got.count, 2);
    CHECK_INT(source.got.changes[0].kind, JD_CHANGE_GONE);
    remove_file("box");
    CHECK_INT(next_changes(&source), JD_RETRY_LATER);
    write_file("box", A_LINE A_MAIL "\n");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_INT(source.got.count, 1);
    close_source(&source);
    end();
}

TEST(mbox_resumes_after_a_reopen)
{
    static struct source source;
    static char cursor[65536];
    begin();
    write_file("box", A_LINE A_MAIL "\n" B_LINE B_MAIL "\n");
    CHECK_OK(open_box(&source), source.error);
    CHECK_OK(changes(&source), source.error);
    size_t cursor_len = source.got.cursor_len;
    memcpy(cursor, source.got.cursor, cursor_len);
    close_source(&source);
    CHECK_OK(open_box(&source), source.error);
    memcpy(source.got.cursor, cursor, cursor_len);
    source.got.cursor_len = cursor_len;
    CHECK_INT(changes(&source), JD_NONE);
    append_file("box", C_LINE C_MAIL "\n");
    CHECK_OK(next_changes(&source), source.error);
    CHECK_INT(source.got.count, 1);
    close_source(&source);
    end();
}

TEST(mbox_says_what_it_expected)
{
    static struct source source;
    char path[4096];
    begin();
    make_folder("folder");
    write_file("letter", "Subject: no separator\n\ntext\n");
    write_file("packed.gz", "\x1f\x8b\x08");
    static const struct {
        const char *path, *words;
    } rows[] = {
        { "absent", "does not exist" },
        { "folder", "use maildir:" },
        { "letter", "From SENDER DATE" },
        { "packed.gz", "gunzip" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        in_root(path, rows[i].path);
        CHECK_INT(open_source(&source, "mbox", path), JD_BAD_INPUT);
        if (!strstr(source.error.text, rows[i].words) || !strstr(source.error.text, path)) {
            FAIL("%s", source.error.text);
        }
    }
    end();
}

int main(int argc, char **argv)
{
    if (!load_plugin(argc, argv)) {
        return 1;
    }
    RUN(mbox_lists_newest_first_with_flags);
    RUN(mbox_takes_its_dialects);
    RUN(mbox_unquotes_across_any_border);
    RUN(mbox_tells_what_is_appended);
    RUN(mbox_keeps_keys_when_rewritten);
    RUN(mbox_tells_other_content_under_a_key);
    RUN(mbox_looks_at_what_lies_before_an_end_that_grew);
    RUN(mbox_ends_a_header_at_the_next_message);
    RUN(mbox_takes_any_number_of_one_letter);
    RUN(mbox_waits_for_a_torn_end);
    RUN(mbox_survives_a_shrinking_file);
    RUN(mbox_resumes_after_a_reopen);
    RUN(mbox_says_what_it_expected);
    return REPORT();
}
