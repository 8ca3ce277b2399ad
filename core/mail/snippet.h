/** The first words of a mail that its writer wrote. */
#ifndef JD_MAIL_SNIPPET_H
#define JD_MAIL_SNIPPET_H

#include "mail/message.h"

/**
 * One line of at most 200 bytes from mail->text without its zones, ended at a word where it can
 * be. If nothing but zones is there, from all of it. data NULL beyond the arena's cap.
 */
struct jd_span jd_snippet_make(struct jd_arena *arena, const struct jd_mail *mail);

#endif
