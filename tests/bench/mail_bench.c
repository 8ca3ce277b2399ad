/**
 * Messages per CPU second through jd_mail_parse.
 *
 *     mail_bench FOLDER [ROUNDS]      every *.eml below FOLDER, read into memory first
 *
 * Prints one line per round and then where the time goes: the same mails without safe HTML.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <ftw.h>

#include "mail/message.h"

enum {
    ARENA_BYTES_MAX = 64 * 1024 * 1024
};

static struct jd_span *mails;
static size_t mails_count, mails_capacity, mails_bytes;

static int add_file(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)walk;
    size_t len = strlen(path);
    if (kind != FTW_F || len < 4 || strcmp(path + len - 4, ".eml") != 0) {
        return 0;
    }
    char *bytes = jd_xalloc((size_t)info->st_size + 1);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, bytes, (size_t)info->st_size);
    if (file >= 0) {
        close(file);
    }
    if (got <= 0) {
        free(bytes);
        return 0;
    }
    if (mails_count == mails_capacity) {
        mails_capacity = mails_capacity ? mails_capacity * 2 : 1024;
        mails = jd_xrealloc(mails, mails_capacity * sizeof(*mails));
    }
    mails[mails_count++] = (struct jd_span){ bytes, (size_t)got };
    mails_bytes += (size_t)got;
    return 0;
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct totals {
    size_t text, html, attachments, zones, languages, failed, limited, with_html;
};

static void run(struct jd_arena *arena, bool want_html, const char *name)
{
    struct jd_mail_limits limits = jd_mail_limits_default();
    struct totals all = { 0 };
    limits.want_html = want_html;
    double start = cpu_seconds();
    for (size_t i = 0; i < mails_count; i++) {
        struct jd_error error;
        struct jd_mail *mail;
        jd_arena_reset(arena);
        if (jd_mail_parse(arena, mails[i], &limits, &mail, &error) != JD_OK) {
            all.failed++;
            continue;
        }
        all.text += mail->text.len;
        all.html += mail->html.len;
        all.attachments += mail->attachments_count;
        all.zones += mail->zones_count;
        all.languages += mail->language.len > 0;
        all.limited += mail->limits_hit != 0;
        all.with_html += mail->has_html;
    }
    double seconds = cpu_seconds() - start;
    printf("%s: %.0f mails per CPU second, %.1f us each; text %zu, html %zu (%zu mails), "
           "attachments %zu, zones %zu, languages %zu, limited %zu, failed %zu\n",
            name, (double)mails_count / seconds, seconds / (double)mails_count * 1e6, all.text,
            all.html, all.with_html, all.attachments, all.zones, all.languages, all.limited,
            all.failed);
}

int main(int argc, char **argv)
{
    struct jd_error error;
    if (argc < 2 || jd_mail_init(&error) != JD_OK || nftw(argv[1], add_file, 32, FTW_PHYS)) {
        fprintf(stderr, "usage: mail_bench FOLDER [ROUNDS]\n");
        return 2;
    }
    printf("%zu mails, %zu bytes\n", mails_count, mails_bytes);
    struct jd_arena *arena = jd_arena_create(ARENA_BYTES_MAX);
    int rounds = argc > 2 ? atoi(argv[2]) : 3;
    for (int i = 0; i < rounds; i++) {
        run(arena, true, "all");
        run(arena, false, "without safe HTML");
    }
    jd_arena_destroy(&arena);
    return 0;
}
