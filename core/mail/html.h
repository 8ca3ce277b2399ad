/**
 * The one door to the HTML parser: what a reader sees of a page of HTML, as text, and the same
 * page reduced to an allow-list of elements, attributes and style properties. Any thread.
 */
#ifndef JD_MAIL_HTML_H
#define JD_MAIL_HTML_H

#include "mail/message.h"

struct jd_html {
    struct jd_span text;        // UTF-8, clean, \n between blocks
    struct jd_span safe;        // empty if not wanted or beyond the limits
    struct jd_mail_zone *zones; // quotes and signatures that the markup names; parts of text
    uint32_t zones_count;
    uint32_t limits_hit;
    bool hidden_text;
};

/**
 * Reads `html` (valid UTF-8). Beyond the limits the parser is not used: the text is what stands
 * between the tags, and there is no safe HTML. False beyond the arena's cap.
 */
bool jd_html_read(struct jd_arena *arena,
        struct jd_span html,
        const struct jd_mail_limits *limits,
        struct jd_html *out_html);

/** The charset that a <meta> in the first bytes names; empty if there is none. */
struct jd_span jd_html_meta_charset(struct jd_span html);

/** Plain text as safe HTML, appended to `out`. */
struct jd_buf;
void jd_html_quote_plain(struct jd_buf *out, struct jd_span text);

#endif
