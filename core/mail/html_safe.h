/**
 * Writes safe HTML: elements and attributes of an allow-list, everything escaped, links to the
 * web and to mail addresses alone, pictures from the web switched off (data-src). What is
 * written holds no raw text element, no foreign content, no comment and no id, so that parsing
 * it again cannot change its meaning. One thread.
 */
#ifndef JD_MAIL_HTML_SAFE_H
#define JD_MAIL_HTML_SAFE_H

#include "base/buf.h"
#include "base/span.h"

struct jd_html_attribute {
    struct jd_span name; // lower case
    struct jd_span value;
};

/** Room that `out` needs above `max`, so that what has begun can be finished. */
#define JD_HTML_SAFE_ROOM_BYTES (8 * 1024 * 1024)

struct jd_html_safe {
    struct jd_buf out; // born with max + JD_HTML_SAFE_ROOM_BYTES
    size_t max;        // no element or text begins beyond it
    uint32_t open_max; // elements that may be open at once
    uint32_t open;
    bool full; // something was left out
};

/** Whether an attribute of that name (ASCII case aside) may ever be written. */
bool jd_html_safe_allows(struct jd_span name);

/** Writes a start tag. `style` is safe already. False: left out, so write no end tag. */
bool jd_html_safe_start(struct jd_html_safe *safe,
        struct jd_span name,
        const struct jd_html_attribute *attributes,
        size_t attributes_count,
        struct jd_span style);
void jd_html_safe_end(struct jd_html_safe *safe, struct jd_span name);
/** As jd_html_safe_start, for an element that has no end tag. */
void jd_html_safe_void(struct jd_html_safe *safe,
        struct jd_span name,
        const struct jd_html_attribute *attributes,
        size_t attributes_count,
        struct jd_span style);
void jd_html_safe_text(struct jd_html_safe *safe, struct jd_span characters);

#endif
