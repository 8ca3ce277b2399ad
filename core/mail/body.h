/** What a reader sees of the parts of a mail: text, safe HTML, attachments, calendar. */
#ifndef JD_MAIL_BODY_H
#define JD_MAIL_BODY_H

#include "mail/message.h"
#include "mail/mime.h"

/**
 * Fills text, html, has_html, hidden_text, attachments, calendar and limits_hit of `mail`, and
 * the zones that the HTML itself marks. Any thread; results live in the arena.
 */
void jd_body_read(struct jd_arena *arena,
        const struct jd_mime *mime,
        const struct jd_mail_limits *limits,
        struct jd_mail *mail);

#endif
