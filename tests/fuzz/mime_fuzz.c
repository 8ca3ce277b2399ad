#include <stdlib.h>

#include "mail/message.h"
#include "mail/text.h"

enum {
    ARENA_BYTES_MAX = 8 * 1024 * 1024
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    struct jd_error error;
    return jd_mail_init(&error) == JD_OK ? 0 : 1;
}

static void check_zones(const struct jd_mail *mail)
{
    uint32_t end = 0;
    for (uint32_t i = 0; i < mail->zones_count; i++) {
        const struct jd_mail_zone *zone = &mail->zones[i];
        if (zone->start < end || zone->end <= zone->start || zone->end > mail->text.len) {
            abort();
        }
        end = zone->end;
    }
}

/** Any bytes give a message whose texts are UTF-8 and whose zones lie in order in the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jd_mail_limits limits = jd_mail_limits_default();
    struct jd_arena *arena = jd_arena_create(ARENA_BYTES_MAX);
    struct jd_error error;
    struct jd_mail *mail;
    if (jd_mail_parse(arena, jd_span_new((const char *)data, size), &limits, &mail, &error) ==
            JD_OK) {
        if (!jd_utf8_valid(mail->text) || !jd_utf8_valid(mail->html) ||
                !jd_utf8_valid(mail->subject) || !jd_utf8_valid(mail->snippet) ||
                mail->snippet.len > 200) {
            abort();
        }
        for (uint32_t i = 0; i < mail->attachments_count; i++) {
            const struct jd_mail_attachment *attachment = &mail->attachments[i];
            if (!jd_utf8_valid(attachment->name) ||
                    memchr(attachment->name.data, '/', attachment->name.len)) {
                abort();
            }
        }
        check_zones(mail);
    }
    jd_arena_destroy(&arena);
    return 0;
}
