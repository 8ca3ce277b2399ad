/**
 * Cutting a mail's text into sentences: spans of the text, so that a quote of one cannot be
 * invented. Quotes, signatures, disclaimers and footers have none. Pure; any thread.
 */
#ifndef JD_SCRIPT_SENTENCE_H
#define JD_SCRIPT_SENTENCE_H

#include "script/fold.h"

#define JD_SENTENCES_MAX      400
#define JD_SENTENCE_BYTES_MAX 1000 // a longer one is cut at white space

struct jd_mail;

/** Bytes of the mail's text, half-open, without white space at both ends. */
struct jd_sentence {
    uint32_t start, end;
};

/** Fills at most `max` sentences in order; returns how many. */
uint32_t jd_sentences_find(const struct jd_mail *mail, struct jd_sentence *out, uint32_t max);

/** Whether the sentence (folded) asks or tells the reader to do something. */
bool jd_sentence_asks(const struct jd_fold *fold, struct jd_span folded);
/** Appends the sentence as a to-do line, at most `bytes_max`: without greeting and "could you
 * please", white space collapsed, first letter large, no mark at the end. */
void jd_sentence_request(struct jd_span sentence, size_t bytes_max, struct jd_buf *out);

#endif
