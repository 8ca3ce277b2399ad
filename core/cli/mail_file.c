/* A mail of a file through a compute child. */
#include "cli/mail_file.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/span.h"

/* Addresses of owners are lower case. */
static struct jd_span lower(struct jd_arena *arena, struct jd_span text)
{
    char *copy = jd_arena_zalloc(arena, text.len + 1, 1);
    for (size_t i = 0; copy && i < text.len; i++) {
        copy[i] = jd_ascii_lower(text.data[i]);
    }
    return jd_span_new(copy, copy ? text.len : 0);
}

enum jd_status jd_mail_file_read(struct jd_mail_file *self,
        const char *path,
        const char *me,
        struct jd_arena *arena,
        struct jd_error *error)
{
    struct stat info;
    struct jd_buf raw = jd_buf_init(JD_CHILD_BATCH_BYTES_MAX);
    *self = (struct jd_mail_file){ .arena = arena };
    if (stat(path, &info) != 0) {
        return jd_error_errno(error, errno, "the mail %s", path);
    }
    enum jd_status status = jd_file_read(path, &raw, error);
    if (status == JD_OK) {
        self->mail.raw = jd_arena_copy(arena, jd_buf_span(&raw));
        self->mail.received_ms = (int64_t)info.st_mtime * 1000;
        self->me = lower(arena, jd_span_of(me ? me : ""));
    }
    jd_buf_finish(&raw);
    return status;
}

enum jd_status jd_mail_file_parse(struct jd_mail_file *self,
        struct jd_child *child,
        struct jd_arena *arena,
        struct jd_analysed_message **out_message,
        struct jd_error *error)
{
    struct jd_analysed_message *message;
    enum jd_status status = jd_child_parse_text(child, &self->mail, 1, arena, &message, error);
    if (status == JD_OK && message->unreadable) {
        status = jd_error_set(error, JD_BAD_INPUT, "the mail cannot be read: " JD_SPAN_FMT,
                JD_SPAN_ARG(message->problem));
    }
    if (status != JD_OK) {
        return status;
    }
    if (self->me.len == 0 && message->delivered_to_count) {
        self->me = lower(self->arena, message->delivered_to[0]);
    } else if (self->me.len == 0 && message->to_count) {
        self->me = lower(self->arena, message->to[0].address);
    }
    if (out_message) {
        *out_message = message;
    }
    return JD_OK;
}

enum jd_status jd_mail_file_decide(const struct jd_mail_file *self,
        struct jd_child *child,
        int64_t release,
        uint32_t want,
        struct jd_arena *arena,
        struct jd_decided_message **out_decided,
        struct jd_error *error)
{
    const struct jd_child_facts facts = { 0 };
    const struct jd_child_question question = { .release = release,
        .owner_addresses = &self->me,
        .owner_addresses_count = self->me.len > 0,
        .want = want,
        .messages = &facts,
        .messages_count = 1 };
    return jd_child_decide(child, &question, arena, out_decided, error);
}
