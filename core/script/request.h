/**
 * Whether a sentence wants something done: a request, a proposal, or a promise of the writer.
 *
 * Cues are phrases in groups ("asks politely", "let me know", "let's", "I will", words of
 * doing, of meeting, of time; and what speaks against it: polite forms that ask for nothing,
 * what was, what is sold). A group counts once in a sentence; its weight is in doublings of the
 * odds, as the weights of rules are. English and German.
 *
 *     struct jd_requests *requests = jd_requests_create();    // builds the table of cues
 *     if (jd_request_score(requests, folded) > 0) ...         // one pass over the sentence
 *
 * One thread at a time for each object.
 */
#ifndef JD_SCRIPT_REQUEST_H
#define JD_SCRIPT_REQUEST_H

#include "mail/message.h"

struct jd_requests;

struct jd_requests *jd_requests_create(void);
/** Takes NULL; clears the pointer. */
void jd_requests_destroy(struct jd_requests **requests);

/** The odds that the sentence (folded, script/fold.h) holds one, as a base-2 logarithm: above 0
 * it does. */
double jd_request_score(struct jd_requests *requests, struct jd_span folded);
/** Whether a sentence of the mail that its writer wrote does. */
bool jd_request_is_in(struct jd_requests *requests, const struct jd_mail *mail);

#endif
