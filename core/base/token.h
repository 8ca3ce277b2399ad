/**
 * The search tokeniser: text to tokens, the same for indexing and for queries, in every role
 * and on every engine. Pure; any thread.
 *
 * A token is a run of letters and digits (Unicode general categories L, N, and M within a run),
 * case-folded and without diacritics for Latin, Greek and Cyrillic; East Asian ideographs,
 * Hiragana, Katakana and Hangul are cut into overlapping pairs (bigrams), since they are
 * written without spaces. '.', '-', '_' and '@' end a token. At most 40 bytes are kept of a
 * token. Invalid UTF-8 separates. Combining marks of no script of their own, soft hyphens and
 * joiners vanish; "ß" is written "ss".
 */
#ifndef JD_BASE_TOKEN_H
#define JD_BASE_TOKEN_H

#include "base/buf.h"

/** Appends the tokens of `text` to `out`, each followed by one space; stops silently at out's
 * maximum. */
void jd_token_append(struct jd_buf *out, struct jd_span text);

#define JD_TOKEN_SKIP 1u

/** Folds one code point as jd_token_append does ("ß" stays, being two): 0 when it separates,
 * JD_TOKEN_SKIP when it vanishes. */
uint32_t jd_token_fold(uint32_t code_point);

#endif
