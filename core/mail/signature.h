/** Where the writer signs off. One thread. */
#ifndef JD_MAIL_SIGNATURE_H
#define JD_MAIL_SIGNATURE_H

#include "mail/lines.h"

/**
 * The first line of the signature among the lines [start, end), which are the writer's own;
 * `end` if there is none. `names`: the sender's display name and address.
 */
uint32_t jd_signature_find(const struct jd_lines *lines,
        uint32_t start,
        uint32_t end,
        const struct jd_mail_address *names);

#endif
