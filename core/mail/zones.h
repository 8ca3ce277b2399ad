/**
 * Zones of a text: what was quoted, the signature, legal boilerplate, a list's footer. Line by
 * line and by what programs and people write, in several languages. Any thread.
 */
#ifndef JD_MAIL_ZONES_H
#define JD_MAIL_ZONES_H

#include "mail/message.h"

/**
 * Fills mail->zones from mail->text; zones that are there already (from the HTML's markup) are
 * kept. Sorted, without overlap. No zones beyond the arena's cap.
 */
void jd_zones_find(struct jd_arena *arena, struct jd_mail *mail);

#endif
