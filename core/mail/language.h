/** The language of a text: by script, and among Latin scripts by small words. */
#ifndef JD_MAIL_LANGUAGE_H
#define JD_MAIL_LANGUAGE_H

#include "mail/message.h"

/**
 * ISO 639-1 code of mail->text outside its zones (of all of it, if that is nothing): one of en,
 * de, fr, es, it, pt, nl, sv, pl, ru, ja, zh, ko; empty if unsure. Static. Any thread.
 */
struct jd_span jd_language_guess(const struct jd_mail *mail);

#endif
