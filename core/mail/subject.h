/** The base subject: what replies and forwards of one conversation have in common. */
#ifndef JD_MAIL_SUBJECT_H
#define JD_MAIL_SUBJECT_H

#include "base/arena.h"
#include "base/span.h"

/**
 * RFC 5256, 2.1, with the reply and forward marks of other languages and "[list]" tags, in
 * lower case. `*out_is_reply`: there was a reply mark. data NULL beyond the arena's cap. Any
 * thread.
 */
struct jd_span
jd_subject_base(struct jd_arena *arena, struct jd_span subject, bool *out_is_reply);

#endif
