/**
 * Bytes of a stranger's charset to UTF-8. Labels are looked up in a closed list, so that a mail
 * cannot choose which converter is loaded; a missing, unknown or plainly wrong label is mended
 * by looking at the bytes.
 */
#ifndef JD_MAIL_CHARSET_H
#define JD_MAIL_CHARSET_H

#include "base/arena.h"
#include "base/error.h"
#include "base/span.h"

/**
 * Opens every converter of the list once and keeps it, so that later conversions read no file.
 * Once per process, before any thread decodes. JD_BUG when not even UTF-16 can be had.
 */
enum jd_status jd_charset_init(struct jd_error *error);

/**
 * `bytes` as valid UTF-8 (still with its controls and line ends). `label` may be empty. Answers
 * `bytes` itself where they are UTF-8 already. data NULL beyond the arena's cap. Any thread.
 */
struct jd_span
jd_charset_decode(struct jd_arena *arena, struct jd_span label, struct jd_span bytes);

#endif
