/**
 * Draft templates: text with placeholders and nothing else, read when the release is made.
 *
 *     ---
 *     subject: Re: {{subject}}
 *     ---
 *     Hello {{sender_first_name|there}}, ...
 *
 * Values are inserted as they are: a value cannot hold a placeholder. Frozen once read; any
 * thread.
 */
#ifndef JD_SCRIPT_TEMPLATE_H
#define JD_SCRIPT_TEMPLATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

enum jd_placeholder {
    JD_PLACEHOLDER_SENDER_FIRST_NAME = 0,
    JD_PLACEHOLDER_SENDER_NAME,
    JD_PLACEHOLDER_SENDER_ADDRESS,
    JD_PLACEHOLDER_SUBJECT,
    JD_PLACEHOLDER_DATE,
    JD_PLACEHOLDER_MY_NAME,
    JD_PLACEHOLDER_MY_FIRST_NAME,
    JD_PLACEHOLDER_MY_ADDRESS,
    JD_PLACEHOLDER_CATEGORY,
    JD_PLACEHOLDERS_COUNT,
};

/** Text, then a value. */
struct jd_template_piece {
    struct jd_span text;
    int placeholder;          // enum jd_placeholder; -1: none
    struct jd_span otherwise; // when the value is empty
};

struct jd_template_text {
    struct jd_template_piece *pieces;
    uint32_t pieces_count;
};

struct jd_template {
    struct jd_template_text subject, body; // subject without pieces: the default
};

/**
 * Reads `content`, which must live as long as the template. JD_BAD_INPUT with a sentence and
 * out_line: an unknown placeholder, an unclosed "{{", a front matter field that is not known.
 */
enum jd_status jd_template_read(struct jd_arena *arena,
        struct jd_span content,
        struct jd_template *out_template,
        int *out_line,
        struct jd_error *error);
/** Appends the text with its values; stops at out's maximum. */
void jd_template_render(const struct jd_template_text *text,
        const struct jd_span values[JD_PLACEHOLDERS_COUNT],
        struct jd_buf *out);

#endif
