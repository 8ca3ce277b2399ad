/* Users from the command line: a new password, a fresh sign-in link. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <termios.h>

#include "base/file.h"
#include "base/span.h"
#include "cli/bootstrap.h"
#include "cli/cli.h"
#include "store/users.h"

#define LINK_VALID_MS      (60LL * 60 * 1000)
#define PASSWORD_BYTES_MIN 8

static const char usage[] =
        "usage: jackdaw user password NAME   sets a new password, read from standard input\n"
        "       jackdaw user link NAME       prints a link that signs in once, within the hour\n\n"
        "The first user is called admin.\n";

enum jd_status jd_cli_password_check(const char *password, struct jd_error *error)
{
    return strlen(password) >= PASSWORD_BYTES_MIN
                   ? JD_OK
                   : jd_error_set(error, JD_BAD_INPUT, "a password has at least %d characters",
                             PASSWORD_BYTES_MIN);
}

/* One line of standard input, without echo on a terminal. */
static enum jd_status read_password(struct jd_bootstrap *boot, char *out, size_t size)
{
    struct termios old, quiet;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &old) == 0;
    if (terminal) {
        quiet = old;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
        fputs("new password: ", stderr);
    }
    char *line = fgets(out, (int)size, stdin);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSANOW, &old);
        fputc('\n', stderr);
    }
    out[line ? strcspn(out, "\r\n") : 0] = '\0';
    return jd_cli_password_check(out, &boot->error);
}

static enum jd_status set_password(struct jd_bootstrap *boot, int64_t user)
{
    char password[1024];
    enum jd_status status = read_password(boot, password, sizeof(password));
    if (status == JD_OK) {
        status = jd_user_set_password(boot->db, user, jd_span_of(password), &boot->error);
    }
    if (status == JD_OK) {
        puts("the password is set; all sessions of this user have ended");
    }
    return status;
}

/* Where a link leads: --port, else where the running serve listens, else where it would. */
static struct jd_span find_address(struct jd_bootstrap *boot, struct jd_buf *text)
{
    struct jd_error error;
    bool noted = !boot->port &&
                 jd_file_read(jd_bootstrap_path(boot, JD_ADDRESS_FILE), text, &error) == JD_OK;
    return noted ? jd_span_trim(jd_buf_span(text)) : jd_span_of(boot->config->listen.text);
}

static enum jd_status print_link(struct jd_bootstrap *boot, int64_t user)
{
    struct jd_buf secret = jd_buf_init(1024), address = jd_buf_init(1024);
    enum jd_status status =
            jd_link_create(boot->db, user, LINK_VALID_MS, &secret, &boot->error);
    if (status == JD_OK) {
        struct jd_span at = find_address(boot, &address);
        printf("http://" JD_SPAN_FMT "/#/signin?link=%s\n", JD_SPAN_ARG(at), secret.data);
    }
    jd_buf_finish(&address);
    jd_buf_finish(&secret);
    return status;
}

int jd_cli_user(int argc, char **argv)
{
    struct jd_bootstrap boot;
    struct jd_user user;
    int words = 0;
    if (!jd_bootstrap_options(&boot, argc, argv, usage, &words)) {
        return boot.exit_code;
    }
    bool password = words == 2 && strcmp(argv[1], "password") == 0;
    if (!password && !(words == 2 && strcmp(argv[1], "link") == 0)) {
        return jd_cli_usage(usage);
    }
    if (!jd_bootstrap_connect(&boot)) {
        return boot.exit_code;
    }
    enum jd_status status =
            jd_user_by_name(boot.db, jd_span_of(argv[2]), boot.arena, &user, &boot.error);
    if (status == JD_GONE) {
        jd_error_set(
                &boot.error, JD_GONE, "there is no user '%s'; the first one is admin", argv[2]);
    } else if (status == JD_OK) {
        status = password ? set_password(&boot, user.id) : print_link(&boot, user.id);
    }
    if (status != JD_OK) {
        jd_bootstrap_fail(&boot);
    }
    jd_bootstrap_close(&boot);
    return status == JD_OK ? 0 : 1;
}
