/**
 * The word sets of all rules, found in one pass over folded text (Aho-Corasick as a table of
 * states by byte classes).
 *
 *     uint32_t id = jd_words_add(words, JD_SPAN("your invoice"), &error);   // many
 *     jd_words_compile(words);                                              // once
 *     count = jd_words_scan(words, folded, JD_REGION_BODY, hits, found);    // per mail
 *
 * Words are added before compile, only. After it any thread may scan, each with its own hits:
 * one byte of region bits per word, jd_words_count() of them, cleared by the caller.
 */
#ifndef JD_SCRIPT_WORDS_H
#define JD_SCRIPT_WORDS_H

#include "base/error.h"
#include "script/fold.h"

#define JD_WORDS_NONE         UINT32_MAX
#define JD_WORDS_STATES_MAX   32000 // bytes of distinct words in a release; about 150 bytes each
#define JD_WORDS_PHRASE_BYTES 100

enum jd_region {
    JD_REGION_SUBJECT = 1 << 0,
    JD_REGION_BODY = 1 << 1,
    JD_REGION_FROM = 1 << 2, // display name
    JD_REGION_SENTENCE = 1 << 3,
};

struct jd_words;

struct jd_words *jd_words_create(void);
void jd_words_destroy(struct jd_words **words);
/** The folding that words and texts share. */
const struct jd_fold *jd_words_fold(const struct jd_words *words);
/**
 * Adds a word or phrase; `*` at its start or end opens that side, else it begins and ends at
 * the border of a word. The same phrase gives the same id. JD_WORDS_NONE with a sentence when
 * it is empty or too long (JD_BAD_INPUT) or there are too many (JD_REJECTED).
 */
uint32_t jd_words_add(struct jd_words *words, struct jd_span phrase, struct jd_error *error);
/** As it was written when it was first added. */
struct jd_span jd_words_text(const struct jd_words *words, uint32_t id);
uint32_t jd_words_count(const struct jd_words *words);
/** Builds the table. Adding ends here. */
void jd_words_compile(struct jd_words *words);
/**
 * Sets `region` in hits[id] for each word that is in `folded`. `out_found` (room for all words)
 * gets the ids of those that did not have it before, in no order; returns how many.
 */
uint32_t jd_words_scan(const struct jd_words *words,
        struct jd_span folded,
        enum jd_region region,
        uint8_t *hits,
        uint32_t *out_found);

/** A phrase to be looked for alone, outside the table: in header fields and sentences. */
struct jd_phrase {
    struct jd_span folded; // without its stars
    bool left, right;      // must begin, end at a border
};

/** Reads a phrase; `scratch` is cleared and holds its folded text. False when it is empty. */
bool jd_phrase_read(const struct jd_fold *fold,
        struct jd_span text,
        struct jd_buf *scratch,
        struct jd_phrase *out);
/** Whether folded text has the phrase. */
bool jd_phrase_is_in(const struct jd_fold *fold,
        struct jd_span folded,
        const struct jd_phrase *phrase);

#endif
