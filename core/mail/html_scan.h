/**
 * A look at HTML before the parser sees it, for three reasons.
 *
 * What is never shown (comments, scripts, styles, foreign content, form lists) is left out, so
 * that what remains is tokenised by one simple rule; then its nesting can be bounded, because
 * the parser's time grows with the square of it. And the parser spends its time on each single
 * character: so a run of text or an attribute's value is handed to it as one character of a
 * private plane, which stands for the run and is looked up again in the tree.
 *
 * Any thread.
 */
#ifndef JD_MAIL_HTML_SCAN_H
#define JD_MAIL_HTML_SCAN_H

#include "base/arena.h"
#include "mail/html_text.h"

struct jd_html_scan {
    struct jd_span html;  // the skeleton that is to be parsed, in the arena
    struct jd_span *runs; // parts of the page; what the private characters stand for
    uint32_t runs_count;
    uint32_t depth; // an estimate of the deepest nesting that errs upward
    bool has_sheet; // there was a <style> element
};

/** False beyond the arena's cap. The scan stops counting depth above `depth_max`. */
bool jd_html_scan(struct jd_arena *arena,
        struct jd_span html,
        uint32_t depth_max,
        struct jd_html_scan *out_scan);

/**
 * Takes the next stretch off the front of a text of the tree: the run that a private character
 * stands for, or what lies before the next one. False at the end.
 */
bool jd_html_scan_next(const struct jd_html_scan *scan,
        struct jd_span *rest,
        struct jd_span *out_stretch);

/** The text between the tags, for HTML that must not be parsed. */
void jd_html_strip(struct jd_span html, struct jd_html_text *text);

#endif
