/**
 * Writes text as a reader sees it, from the start, end and characters of HTML elements: white
 * space is squeezed, blocks begin lines, list items begin with "- ". One thread.
 */
#ifndef JD_MAIL_HTML_TEXT_H
#define JD_MAIL_HTML_TEXT_H

#include "base/buf.h"
#include "base/span.h"

/** How an element stands among its neighbours. */
enum jd_html_flow {
    JD_HTML_INLINE = 0,
    JD_HTML_BLOCK,     // on lines of its own
    JD_HTML_PARAGRAPH, // with an empty line around it
    JD_HTML_ITEM,      // a block that begins with "- "
    JD_HTML_CELL,      // beside its neighbours
    JD_HTML_BREAK,     // ends the line
};

struct jd_html_text {
    struct jd_buf out;
    int newlines;   // owed before the next character
    bool line_open; // characters stand on the current line
    bool space;     // a space is owed
    bool item;      // "- " is owed
    bool hidden;    // tag characters were left out
};

void jd_html_text_start(struct jd_html_text *text, enum jd_html_flow flow);
void jd_html_text_end(struct jd_html_text *text, enum jd_html_flow flow);
/** `keep_space`: as in <pre>. */
void jd_html_text_add(struct jd_html_text *text, struct jd_span characters, bool keep_space);

#endif
