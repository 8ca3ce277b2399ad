/**
 * Whether a sentence wants something done: a request, a proposal, or a promise of the writer.
 *
 * Cues are phrases in groups ("asks politely", "let me know", "let's", "I will", words of
 * doing, of meeting, of time; and what speaks against it: polite forms that ask for nothing,
 * what was, what is sold). A group counts once in a sentence; its weight is in doublings of the
 * odds, as the weights of rules are. English and German. Pure; any thread.
 */
#ifndef JD_SCRIPT_REQUEST_H
#define JD_SCRIPT_REQUEST_H

#include "mail/message.h"
#include "script/fold.h"

/** The odds that the sentence (folded) holds one, as a base-2 logarithm: above 0 it does. */
double jd_request_score(const struct jd_fold *fold, struct jd_span folded);
/** Whether a sentence of the mail that its writer wrote does. `scratch` is cleared and used. */
bool jd_request_is_in(const struct jd_fold *fold,
        const struct jd_mail *mail,
        struct jd_buf *scratch);

#endif
