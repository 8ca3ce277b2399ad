/* What may be connected as mail, by every way of writing a path. */
#include "host/mail_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jd_test.h"

static char folder[] = "/tmp/jackdaw-mail-path-XXXXXX";

static const char *in_folder(const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return path;
}

static bool make_folders(void)
{
    const char *const names[] = { "data", "data/demo-mail", "data/demo-mail/cur",
        "data/storage", "database", "mail", "data/demo-mailbox" };
    bool made = mkdtemp(folder) != NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        made = made && mkdir(in_folder(names[i]), 0755) == 0;
    }
    return made && symlink(in_folder("data"), in_folder("link-to-data")) == 0 &&
           symlink("/proc/self", in_folder("mail/link-to-proc")) == 0 &&
           symlink(in_folder("mail"), in_folder("data/link-to-mail")) == 0;
}

TEST(places)
{
    const struct {
        const char *path; // below the folder, or absolute
        enum jd_status expected;
        const char *text; // in the path that comes out, or in the sentence
    } cases[] = {
        { "mail", JD_OK, "/mail" },
        { "mail/../mail/", JD_OK, "/mail" },
        { "data/link-to-mail", JD_OK, "/mail" },
        { "database", JD_OK, "/database" },
        { "data/demo-mail", JD_OK, "/data/demo-mail" },
        { "data/demo-mail/cur", JD_OK, "/data/demo-mail/cur" },
        { ".", JD_OK, "/tmp/jackdaw-mail-path-" },
        { "data", JD_BAD_INPUT, "own data folder" },
        { "data/storage", JD_BAD_INPUT, "own data folder" },
        { "data/demo-mailbox", JD_BAD_INPUT, "own data folder" },
        { "data/demo-mail/../storage", JD_BAD_INPUT, "own data folder" },
        { "link-to-data/storage", JD_BAD_INPUT, "own data folder" },
        { "mail/link-to-proc/environ", JD_BAD_INPUT, "nothing below /proc" },
        { "/proc/self/environ", JD_BAD_INPUT, "nothing below /proc" },
        { "/proc", JD_BAD_INPUT, "nothing below /proc" },
        { "/sys", JD_BAD_INPUT, "nothing below /sys" },
        { "/dev/null", JD_BAD_INPUT, "nothing below /dev" },
        { "/etc/../dev/null", JD_BAD_INPUT, "nothing below /dev" },
        { "nothing-here", JD_GONE, "cannot be read" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[PATH_MAX] = "";
        struct jd_error error = { 0 };
        bool absolute = cases[i].path[0] == '/';
        enum jd_status status =
                jd_mail_path_resolve(absolute ? cases[i].path : in_folder(cases[i].path), NULL,
                        in_folder("data"), out, &error);
        if (status != cases[i].expected ||
                !strstr(status == JD_OK ? out : error.text, cases[i].text)) {
            FAIL("%s: %d, '%s', '%s'", cases[i].path, status, out, error.text);
        }
    }
}

TEST(forms)
{
    const struct {
        const char *path, *form, *text; // text: in the sentence; NULL: it fits
    } cases[] = {
        { in_folder("mail"), "folder", NULL },
        { in_folder("mail"), "file", "is no file" },
        { "/etc/passwd", "file", NULL },
        { "/etc/passwd", "folder", "is no folder" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[PATH_MAX];
        struct jd_error error = { 0 };
        enum jd_status status = jd_mail_path_resolve(
                cases[i].path, cases[i].form, in_folder("data"), out, &error);
        CHECK_INT(status, cases[i].text ? JD_BAD_INPUT : JD_OK);
        CHECK(!cases[i].text || strstr(error.text, cases[i].text));
    }
}

/* The data folder may itself be named through a link. */
TEST(a_data_folder_behind_a_link)
{
    char out[PATH_MAX];
    struct jd_error error;
    CHECK_INT(jd_mail_path_resolve(
                      in_folder("data/storage"), NULL, in_folder("link-to-data"), out, &error),
            JD_BAD_INPUT);
    CHECK_INT(jd_mail_path_resolve(in_folder("mail"), NULL, in_folder("missing"), out, &error),
            JD_GONE);
}

/* Where one may not look, the path is taken as written, and must be plain. */
TEST(where_one_may_not_look)
{
    char out[PATH_MAX];
    struct jd_error error;
    CHECK(mkdir(in_folder("closed"), 0) == 0);
    bool blind = access(in_folder("closed/x"), F_OK) != 0 && geteuid() != 0;
    if (!blind) { // root sees everything: be nobody
        blind = chmod(folder, 0755) == 0 && seteuid(65534) == 0;
    }
    CHECK(blind);
    CHECK_INT(jd_mail_path_resolve(
                      in_folder("closed/mail"), "folder", in_folder("data"), out, &error),
            JD_OK);
    CHECK(strcmp(out, in_folder("closed/mail")) == 0);
    CHECK_INT(jd_mail_path_resolve(in_folder("closed/x/../../data/storage"), NULL,
                      in_folder("data"), out, &error),
            JD_BAD_INPUT);
    if (geteuid() != getuid()) {
        CHECK(seteuid(getuid()) == 0);
    }
}

int main(void)
{
    if (!make_folders()) {
        perror("mail_path_test");
        return 1;
    }
    RUN(places);
    RUN(forms);
    RUN(a_data_folder_behind_a_link);
    RUN(where_one_may_not_look);
    char command[64];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command) == 0 ? REPORT() : 1;
}
