/** One mail of a file, for commands that show what rules say of it. */
#ifndef JD_CLI_MAIL_FILE_H
#define JD_CLI_MAIL_FILE_H

#include "pipeline/pool.h"

struct jd_mail_file {
    struct jd_arena *arena;
    struct jd_child_mail mail; // received when the file was last written
    struct jd_span me; // the owner: who was named, else whom the mail was delivered to, else
                       // the first recipient
};

/** Reads the file; `me` may be NULL. The arena is the caller's. */
enum jd_status jd_mail_file_read(struct jd_mail_file *self,
        const char *path,
        const char *me,
        struct jd_arena *arena,
        struct jd_error *error);
/** Gives the mail to the child; a mail that cannot be read is JD_BAD_INPUT. The message lives
 * in `arena`; out_message may be NULL. */
enum jd_status jd_mail_file_parse(struct jd_mail_file *self,
        struct jd_child *child,
        struct jd_arena *arena,
        struct jd_analysed_message **out_message,
        struct jd_error *error);
/** What the rules of a loaded release say of it; `want`: enum jd_want. */
enum jd_status jd_mail_file_decide(const struct jd_mail_file *self,
        struct jd_child *child,
        int64_t release,
        uint32_t want,
        struct jd_arena *arena,
        struct jd_decided_message **out_decided,
        struct jd_error *error);

#endif
