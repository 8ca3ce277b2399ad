/**
 * Text made comparable: case and accents gone, typographic signs as ASCII, runs of white space
 * as one space. Letters and digits fold as the search tokeniser folds them; symbols stay. What
 * words are looked for in is folded with the same table as the words themselves.
 *
 * A fold is filled once and only read afterwards: any thread.
 */
#ifndef JD_SCRIPT_FOLD_H
#define JD_SCRIPT_FOLD_H

#include "base/buf.h"

#define JD_FOLD_CACHED 0x800

struct jd_fold {
    uint16_t letters[JD_FOLD_CACHED]; // folded code point; 0: not a letter or digit
    char ascii[256];                  // what one byte becomes; 0: it takes more than a look
};

void jd_fold_init(struct jd_fold *fold);
/** Appends the folded text; stops silently at out's maximum. `text` is valid UTF-8. */
void jd_fold_append(const struct jd_fold *fold, struct jd_buf *out, struct jd_span text);
/** Whether a letter or digit ends just before, or begins at, `at` in folded text. */
bool jd_fold_letter_before(const struct jd_fold *fold, struct jd_span folded, size_t at);
bool jd_fold_letter_at(const struct jd_fold *fold, struct jd_span folded, size_t at);

/** Finds `needle` (folded) in folded text; `left`, `right`: no letter or digit may touch it
 * there.
 */
bool jd_fold_find(const struct jd_fold *fold,
        struct jd_span folded,
        struct jd_span needle,
        bool left,
        bool right);
/** As jd_fold_find for a word or phrase of ASCII letters, with borders at both sides. */
static inline bool
jd_fold_says(const struct jd_fold *fold, struct jd_span folded, const char *phrase)
{
    return jd_fold_find(fold, folded, jd_span_of(phrase), true, true);
}

bool jd_fold_is_utf8(struct jd_span text);
/** Cuts to at most `bytes_max` without halving a code point. */
struct jd_span jd_fold_cut(struct jd_span text, size_t bytes_max);

#endif
