/** Quoted earlier mail in a text: marked lines, "On ... wrote:", header blocks. One thread. */
#ifndef JD_MAIL_QUOTES_H
#define JD_MAIL_QUOTES_H

#include "mail/lines.h"

/** Marks the quotes among lines [0, end) that are in no zone yet. */
void jd_quotes_mark(struct jd_lines *lines, uint32_t end);

#endif
