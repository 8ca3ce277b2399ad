/**
 * Inline style of HTML mail: what of it hides text, and what of it may be shown. An allow-list
 * of properties; no functions but colours, so no url(); lengths within bounds. Any thread.
 */
#ifndef JD_MAIL_CSS_H
#define JD_MAIL_CSS_H

#include "base/buf.h"
#include "base/span.h"

#define JD_COLOR_UNKNOWN UINT32_MAX

/** What a style says about being seen. A `_set` member is false where it says nothing. */
struct jd_css {
    bool gone; // display:none and what is as good as that; no child can undo it
    bool invisible_set, invisible; // visibility
    bool tiny_set, tiny;           // a font of no size
    bool pre_set, pre;             // white space is kept
    bool color_set, background_set;
    uint32_t color, background; // 0xRRGGBB or JD_COLOR_UNKNOWN
};

/** Reads a style attribute; appends its allowed declarations to `safe` (may be NULL). */
void jd_css_read(struct jd_span style, struct jd_css *out_css, struct jd_buf *safe);

/** 0xRRGGBB of "#fff", "#ffffff", "rgb(255, 255, 255)" or a common name. */
uint32_t jd_css_color(struct jd_span value);

/** Whether text of one colour on the other cannot be seen. False if either is unknown. */
bool jd_css_same_color(uint32_t a, uint32_t b);

#endif
