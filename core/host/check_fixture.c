/* Small mailboxes of the kinds that need no server, made for the cases of sources. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "host/check_case.h"

#define MESSAGE_BYTES_MAX 2048

enum fixture {
    NO_FIXTURE = 0,
    MAILDIR,
    MBOX,
    EML
};

static enum fixture find(const char *kind)
{
    static const char *const names[] = {
        [MAILDIR] = "maildir", [MBOX] = "mbox", [EML] = "eml"
    };
    for (int i = MAILDIR; kind && i <= EML; i++) {
        if (strcmp(names[i], kind) == 0) {
            return (enum fixture)i;
        }
    }
    return NO_FIXTURE;
}

bool jd_fixture_known(const char *kind)
{
    return find(kind) != NO_FIXTURE;
}

const char *jd_fixture_path(struct jd_check *check)
{
    return jd_arena_format(
            check->arena, "%s/mail%s", check->dir, find(check->fixture) == MBOX ? ".mbox" : "")
            .data;
}

const char *jd_fixture_mark(struct jd_check *check, unsigned number)
{
    return jd_arena_format(
            check->arena, "the mark of message %u is jackdaw-%u.", number, number * 7919)
            .data;
}

static struct jd_span message_text(struct jd_check *check, unsigned number)
{
    return jd_arena_format(check->arena,
            "From: Robin Example <robin@home.example>\r\n"
            "To: Sam Example <sam@home.example>\r\n"
            "Subject: Message %u\r\n"
            "Date: Sun, 01 Mar 2026 09:%02u:00 +0000\r\n"
            "Message-ID: <fixture-%u@home.example>\r\n"
            "\r\n"
            "Hello,\r\n%s\r\nFrom here on there is nothing more.\r\n",
            number, number % 60, number, jd_fixture_mark(check, number));
}

static void write_file(struct jd_check *check, const char *path, struct jd_span bytes)
{
    struct jd_error error;
    if (jd_file_write(path, bytes, 0600, &error) != JD_OK) {
        jd_check_fail(check, "the fixture cannot be written: %s", error.text);
    }
}

static const char *message_path(struct jd_check *check, unsigned number)
{
    const char *folder = jd_fixture_path(check);
    struct jd_span path =
            find(check->fixture) == MAILDIR
                    ? jd_arena_format(check->arena, "%s/new/17723%05u.M%uP1.fixture", folder,
                              number, number)
                    : jd_arena_format(check->arena, "%s/%05u.eml", folder, number);
    return path.data;
}

/* mbox: LF line ends, a From_ line before, an empty line behind, "From " quoted (mboxrd). */
static void append_mbox(struct jd_check *check, unsigned number)
{
    struct jd_span text = message_text(check, number);
    struct jd_buf out = jd_buf_init(2 * MESSAGE_BYTES_MAX);
    jd_buf_format(&out, "From robin@home.example Sun Mar  1 09:%02u:00 2026\n", number % 60);
    for (size_t i = 0; i < text.len; i++) {
        bool line_begins = i > 0 && text.data[i - 1] == '\n';
        if (line_begins && strncmp(text.data + i, "From ", 5) == 0) {
            jd_buf_char(&out, '>');
        }
        if (text.data[i] != '\r') {
            jd_buf_char(&out, text.data[i]);
        }
    }
    jd_buf_char(&out, '\n');
    int fd = open(jd_fixture_path(check), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, out.data, out.len) != (ssize_t)out.len) {
        jd_check_fail(check, "the fixture cannot be written");
    }
    if (fd >= 0) {
        close(fd);
    }
    jd_buf_finish(&out);
}

void jd_fixture_add(struct jd_check *check, unsigned number)
{
    if (find(check->fixture) == MBOX) {
        append_mbox(check, number);
    } else {
        write_file(check, message_path(check, number), message_text(check, number));
    }
}

void jd_fixture_make(struct jd_check *check, unsigned count)
{
    static const char *const folders[] = { "cur", "new", "tmp" };
    struct jd_error error;
    const char *path = jd_fixture_path(check);
    enum fixture kind = find(check->fixture);
    for (size_t i = 0; kind == MAILDIR && i < sizeof(folders) / sizeof(folders[0]); i++) {
        const char *folder = jd_arena_format(check->arena, "%s/%s", path, folders[i]).data;
        if (jd_file_mkdirs(folder, 0700, &error) != JD_OK) {
            jd_check_fail(check, "the fixture cannot be made: %s", error.text);
        }
    }
    if (kind == EML && jd_file_mkdirs(path, 0700, &error) != JD_OK) {
        jd_check_fail(check, "the fixture cannot be made: %s", error.text);
    }
    if (kind == MBOX) {
        write_file(check, path, JD_SPAN(""));
    }
    for (unsigned number = 1; number <= count; number++) {
        jd_fixture_add(check, number);
    }
}

void jd_fixture_remove(struct jd_check *check, unsigned number)
{
    if (unlink(message_path(check, number)) != 0) {
        jd_check_fail(check, "the fixture lost message %u", number);
    }
}
