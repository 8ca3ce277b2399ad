/**
 * UTF-8 and plain text: stepping, cutting, cleaning, folding case. Any thread; nothing is kept.
 */
#ifndef JD_MAIL_TEXT_H
#define JD_MAIL_TEXT_H

#include "base/arena.h"
#include "base/span.h"

/** Bytes of the well-formed character at `data` (its code in `*out_code`), 0 if there is none.
 */
size_t jd_utf8_step(const char *data, size_t len, uint32_t *out_code);
/** Bytes written to `out`. `code` is a Unicode scalar value. */
size_t jd_utf8_encode(uint32_t code, char out[4]);
bool jd_utf8_valid(struct jd_span text);
/** The longest prefix of at most `max` bytes that does not split a character. */
struct jd_span jd_utf8_cut(struct jd_span text, size_t max);

/** Printable ASCII, line feeds and tabs alone: what needs neither decoding nor cleaning. */
bool jd_text_is_plain(struct jd_span text);

/** Printable ASCII on one line, without two spaces in a row or a space at an end. */
bool jd_text_is_line(struct jd_span text);

/**
 * A character that a reader does not see and that carries no meaning in any script: controls
 * but \n and \t, zero-width space, byte order mark, soft hyphen, tag characters.
 */
bool jd_text_is_invisible(uint32_t code);
/** Tag characters (U+E0000 and up) can spell words that no reader sees. */
bool jd_text_is_tag(uint32_t code);
/**
 * A format character that turns the reading direction round or is not seen: direction marks,
 * embeddings, overrides and isolates, invisible operators, deprecated format characters,
 * annotation marks. In a name or a subject it shows another text than stands there. Joiners are
 * not of these: scripts need them.
 */
bool jd_text_turns(uint32_t code);

/**
 * Valid UTF-8 without invisible characters, every line end one \n. Answers `text` itself when
 * there is nothing to do. Sets `*hidden` (may be NULL) when tag characters were taken out. data
 * NULL beyond the arena's cap.
 */
struct jd_span jd_text_clean(struct jd_arena *arena, struct jd_span text, bool *hidden);
/** As jd_text_clean, on one line, for names, subjects and previews: each run of white space is
 * one space, none at the ends, and nothing turns the reading direction (jd_text_turns). */
struct jd_span jd_text_line(struct jd_arena *arena, struct jd_span text);

/** Lower case of Latin, Greek, Cyrillic and Armenian letters; others are themselves. */
uint32_t jd_text_lower(uint32_t code);
/** A letter of any script (by block, not by the full Unicode table). */
bool jd_text_is_letter(uint32_t code);

#endif
