/**
 * A look at HTML before the parser sees it. What is never shown (comments, scripts, styles,
 * foreign content, form lists) is left out, so that what remains is tokenised by one simple
 * rule; then its nesting can be bounded, because the parser's time grows with the square of it.
 * Any thread.
 */
#ifndef JD_MAIL_HTML_SCAN_H
#define JD_MAIL_HTML_SCAN_H

#include "base/arena.h"
#include "mail/html_text.h"

struct jd_html_scan {
    struct jd_span html; // what remains, in the arena
    uint32_t depth;      // an estimate of the deepest nesting that errs upward
    bool has_sheet;      // there was a <style> element
};

/** False beyond the arena's cap. The scan stops counting above `depth_max`. */
bool jd_html_scan(struct jd_arena *arena,
        struct jd_span html,
        uint32_t depth_max,
        struct jd_html_scan *out_scan);

/** The text between the tags of scanned HTML, for what must not be parsed. */
void jd_html_strip(struct jd_span scanned, struct jd_html_text *text);

#endif
