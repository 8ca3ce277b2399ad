/** Text from HTML. What separates two words is owed first and written with the next word. */
#include "mail/html_text.h"

#include "mail/text.h"

enum {
    PARAGRAPH_NEWLINES = 2,
    NEWLINES_MAX = 3,
    ZERO_WIDTH_NON_JOINER = 0x200c,
    ZERO_WIDTH_JOINER = 0x200d,
};

static void close_line(struct jd_html_text *text, int newlines)
{
    if (text->line_open) {
        text->line_open = false;
        text->newlines = 1;
    }
    text->newlines = text->newlines < newlines ? newlines : text->newlines;
    text->space = false;
}

void jd_html_text_start(struct jd_html_text *text, enum jd_html_flow flow)
{
    switch (flow) {
    case JD_HTML_INLINE:
        break;
    case JD_HTML_CELL:
        text->space = text->space || text->line_open;
        break;
    case JD_HTML_BLOCK:
        close_line(text, 1);
        break;
    case JD_HTML_PARAGRAPH:
        close_line(text, PARAGRAPH_NEWLINES);
        break;
    case JD_HTML_ITEM:
        close_line(text, 1);
        text->item = true;
        break;
    case JD_HTML_BREAK:
        // On an open line it ends the line, else it makes an empty one.
        if (text->line_open) {
            close_line(text, 1);
        } else if (text->newlines < NEWLINES_MAX) {
            text->newlines++;
        }
        break;
    }
}

void jd_html_text_end(struct jd_html_text *text, enum jd_html_flow flow)
{
    if (flow == JD_HTML_ITEM) {
        text->item = false; // an item without words
    }
    if (flow != JD_HTML_BREAK) {
        jd_html_text_start(text, flow == JD_HTML_ITEM ? JD_HTML_BLOCK : flow);
    }
}

/** Writes as many characters as there is room for. */
static void put(struct jd_html_text *text, struct jd_span characters)
{
    struct jd_buf *out = &text->out;
    struct jd_span fitting = jd_utf8_cut(characters, out->max_bytes - out->len);
    jd_buf_add(out, fitting);
    out->failed = out->failed || fitting.len < characters.len;
}

/** Writes what is owed before a character. */
static void pay(struct jd_html_text *text)
{
    if (!text->line_open) {
        for (int i = text->out.len ? text->newlines : 0; i > 0; i--) {
            jd_buf_char(&text->out, '\n');
        }
        if (text->item) {
            jd_buf_text(&text->out, "- ");
            text->item = false;
        }
        text->newlines = 0;
        text->line_open = true;
    } else if (text->space) {
        jd_buf_char(&text->out, ' ');
    }
    text->space = false;
}

static bool is_space(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r') || code == 0xa0 || code == 0x3000 ||
           (code >= 0x2000 && code <= 0x200a) || code == 0x202f || code == 0x2028 ||
           code == 0x2029;
}

/** The run of printable ASCII without spaces at the start. */
static size_t word_length(struct jd_span characters)
{
    size_t len = 0;
    while (len < characters.len && characters.data[len] > ' ' && characters.data[len] < 0x7f) {
        len++;
    }
    return len;
}

static void add_space(struct jd_html_text *text, uint32_t code, bool keep_space)
{
    if (!keep_space) {
        text->space = text->space || text->line_open;
    } else if (code == '\n') {
        jd_html_text_start(text, JD_HTML_BREAK);
    } else if (code != '\r') {
        pay(text);
        jd_buf_char(&text->out, code == '\t' ? '\t' : ' ');
    }
}

void jd_html_text_add(struct jd_html_text *text, struct jd_span characters, bool keep_space)
{
    while (characters.len) {
        size_t word = word_length(characters);
        if (word) {
            pay(text);
            put(text, jd_span_sub(characters, 0, word));
            characters = jd_span_sub(characters, word, characters.len);
            continue;
        }
        uint32_t code = 0;
        size_t step = jd_utf8_step(characters.data, characters.len, &code);
        step = step ? step : 1;
        bool joiner = code == ZERO_WIDTH_JOINER || code == ZERO_WIDTH_NON_JOINER;
        if (is_space(code)) {
            add_space(text, code, keep_space);
        } else if (jd_text_is_invisible(code)) {
            text->hidden = text->hidden || jd_text_is_tag(code);
        } else if (!joiner || (text->line_open && !text->space)) {
            pay(text);
            put(text, jd_span_sub(characters, 0, step));
        }
        characters = jd_span_sub(characters, step, characters.len);
    }
}
