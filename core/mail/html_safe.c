/** Safe HTML. The tables say what may pass; nothing else can. */
#include "mail/html_safe.h"

#include "mail/text.h"

enum {
    WORD_BYTES_MAX = 100,
    TEXT_BYTES_MAX = 2000,
    URL_BYTES_MAX = 4000,
    TEXT_PIECE_BYTES = 4096, // text written between two looks at the room
};

enum kind {
    KIND_WORD = 1, // letters, digits and a little punctuation
    KIND_COUNT,    // as a word; its numbers have at most three digits
    KIND_SIZE,     // as a word; its numbers have at most four digits
    KIND_TEXT,     // shown or read aloud
    KIND_LINK,     // href of <a>
    KIND_PICTURE,  // src of <img>
};

static const struct {
    struct jd_span name;
    enum kind kind;
} allowed[] = {
    { JD_SPAN("align"), KIND_WORD },
    { JD_SPAN("alt"), KIND_TEXT },
    { JD_SPAN("bgcolor"), KIND_WORD },
    { JD_SPAN("border"), KIND_COUNT },
    { JD_SPAN("cellpadding"), KIND_COUNT },
    { JD_SPAN("cellspacing"), KIND_COUNT },
    { JD_SPAN("color"), KIND_WORD },
    { JD_SPAN("cols"), KIND_COUNT },
    { JD_SPAN("colspan"), KIND_COUNT },
    { JD_SPAN("dir"), KIND_WORD },
    { JD_SPAN("face"), KIND_WORD },
    { JD_SPAN("height"), KIND_SIZE },
    { JD_SPAN("href"), KIND_LINK },
    { JD_SPAN("hspace"), KIND_COUNT },
    { JD_SPAN("lang"), KIND_WORD },
    { JD_SPAN("nowrap"), KIND_WORD },
    { JD_SPAN("rowspan"), KIND_COUNT },
    { JD_SPAN("scope"), KIND_WORD },
    { JD_SPAN("size"), KIND_COUNT },
    { JD_SPAN("span"), KIND_COUNT },
    { JD_SPAN("src"), KIND_PICTURE },
    { JD_SPAN("start"), KIND_WORD },
    { JD_SPAN("title"), KIND_TEXT },
    { JD_SPAN("type"), KIND_WORD },
    { JD_SPAN("valign"), KIND_WORD },
    { JD_SPAN("value"), KIND_WORD },
    { JD_SPAN("vspace"), KIND_COUNT },
    { JD_SPAN("width"), KIND_SIZE },
};

static enum kind find_kind(struct jd_span name)
{
    for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++) {
        if (jd_span_equal_nocase(name, allowed[i].name)) {
            return allowed[i].kind;
        }
    }
    return 0;
}

/** The entity for a character that may not stand for itself; quotes matter in attributes. */
static const char *escape_of(char c, bool in_attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return in_attribute ? "&quot;" : NULL;
    case '\'':
        return in_attribute ? "&#39;" : NULL;
    case '`':
        return in_attribute ? "&#96;" : NULL;
    default:
        return NULL;
    }
}

/** The run at the start that needs no escape and is no control character. */
static size_t clean_length(struct jd_span text, bool in_attribute)
{
    size_t len = 0;
    while (len < text.len) {
        char c = text.data[len];
        bool control = (unsigned char)c < ' ' && c != '\n' && c != '\t';
        if (control || c == 0x7f || escape_of(c, in_attribute)) {
            break;
        }
        len++;
    }
    return len;
}

static void escape(struct jd_buf *out, struct jd_span text, bool in_attribute)
{
    while (text.len) {
        size_t run = clean_length(text, in_attribute);
        jd_buf_add(out, jd_span_sub(text, 0, run));
        if (run < text.len) {
            const char *entity = escape_of(text.data[run], in_attribute);
            jd_buf_text(out, entity ? entity : "");
            run++;
        }
        text = jd_span_sub(text, run, text.len);
    }
}

static void add_attribute(struct jd_html_safe *safe, struct jd_span name, struct jd_span value)
{
    jd_buf_char(&safe->out, ' ');
    jd_buf_add(&safe->out, name);
    jd_buf_text(&safe->out, "=\"");
    escape(&safe->out, value, true);
    jd_buf_char(&safe->out, '"');
}

/** `digits_max`: in a row; a table of a million columns is a bomb. */
static bool is_word_value(struct jd_span value, size_t digits_max)
{
    size_t digits = 0;
    if (value.len > WORD_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < value.len; i++) {
        char c = jd_ascii_lower(value.data[i]);
        bool digit = c >= '0' && c <= '9';
        digits = digit ? digits + 1 : 0;
        if (digits > digits_max) {
            return false;
        }
        if (!digit && !(c >= 'a' && c <= 'z') && (c == '\0' || !strchr(" #%.,_+-*()", c))) {
            return false;
        }
    }
    return true;
}

static bool has_scheme(struct jd_span url, struct jd_span scheme)
{
    return url.len > scheme.len &&
           jd_span_equal_nocase(jd_span_sub(url, 0, scheme.len), scheme);
}

/** `url` without the white space and controls that browsers ignore, into `out`. */
static struct jd_span squeeze_url(struct jd_span url, char out[URL_BYTES_MAX])
{
    size_t len = 0;
    url = jd_span_trim(url);
    for (size_t i = 0; i < url.len; i++) {
        unsigned char c = (unsigned char)url.data[i];
        if (c < 0x20 || c == 0x7f || (c == ' ' && len == 0)) {
            continue;
        }
        if (len == URL_BYTES_MAX) {
            return jd_span_new("", 0); // half an address leads somewhere else
        }
        out[len++] = (char)c;
    }
    return jd_span_new(out, len);
}

static void add_link(struct jd_html_safe *safe, struct jd_span value)
{
    char squeezed[URL_BYTES_MAX];
    struct jd_span url = squeeze_url(value, squeezed);
    if (has_scheme(url, JD_SPAN("http://")) || has_scheme(url, JD_SPAN("https://")) ||
            has_scheme(url, JD_SPAN("mailto:"))) {
        add_attribute(safe, JD_SPAN("href"), url);
        jd_buf_text(&safe->out, " rel=\"noopener noreferrer\" target=\"_blank\"");
    }
}

static void add_picture(struct jd_html_safe *safe, struct jd_span value)
{
    char squeezed[URL_BYTES_MAX];
    struct jd_span url = squeeze_url(value, squeezed);
    if (has_scheme(url, JD_SPAN("cid:"))) {
        add_attribute(safe, JD_SPAN("src"), url);
    } else if (has_scheme(url, JD_SPAN("http://")) || has_scheme(url, JD_SPAN("https://"))) {
        add_attribute(safe, JD_SPAN("data-src"), url);
    }
}

static size_t digits_of(enum kind kind)
{
    return kind == KIND_COUNT ? 3 : kind == KIND_SIZE ? 4 : WORD_BYTES_MAX;
}

static void add_allowed(struct jd_html_safe *safe,
        struct jd_span element,
        const struct jd_html_attribute *attribute)
{
    enum kind kind = find_kind(attribute->name);
    switch (kind) {
    case KIND_WORD:
    case KIND_COUNT:
    case KIND_SIZE:
        if (is_word_value(attribute->value, digits_of(kind))) {
            add_attribute(safe, attribute->name, attribute->value);
        }
        break;
    case KIND_TEXT:
        if (attribute->value.len <= TEXT_BYTES_MAX) {
            add_attribute(safe, attribute->name, attribute->value);
        }
        break;
    case KIND_LINK:
        if (jd_span_equal(element, JD_SPAN("a"))) {
            add_link(safe, attribute->value);
        }
        break;
    case KIND_PICTURE:
        if (jd_span_equal(element, JD_SPAN("img"))) {
            add_picture(safe, attribute->value);
        }
        break;
    default:
        break;
    }
}

static bool has_room(struct jd_html_safe *safe)
{
    safe->full = safe->full || safe->out.len > safe->max;
    return !safe->full;
}

static void write_tag(struct jd_html_safe *safe,
        struct jd_span name,
        const struct jd_html_attribute *attributes,
        size_t attributes_count,
        struct jd_span style)
{
    jd_buf_char(&safe->out, '<');
    jd_buf_add(&safe->out, name);
    for (size_t i = 0; i < attributes_count; i++) {
        add_allowed(safe, name, &attributes[i]);
    }
    if (style.len) {
        add_attribute(safe, JD_SPAN("style"), style);
    }
    jd_buf_char(&safe->out, '>');
}

bool jd_html_safe_allows(struct jd_span name)
{
    return find_kind(name) != 0;
}

bool jd_html_safe_start(struct jd_html_safe *safe,
        struct jd_span name,
        const struct jd_html_attribute *attributes,
        size_t attributes_count,
        struct jd_span style)
{
    if (!has_room(safe) || safe->open >= safe->open_max) {
        safe->full = true;
        return false;
    }
    write_tag(safe, name, attributes, attributes_count, style);
    safe->open++;
    return true;
}

void jd_html_safe_end(struct jd_html_safe *safe, struct jd_span name)
{
    jd_buf_text(&safe->out, "</");
    jd_buf_add(&safe->out, name);
    jd_buf_char(&safe->out, '>');
    safe->open--;
}

void jd_html_safe_void(struct jd_html_safe *safe,
        struct jd_span name,
        const struct jd_html_attribute *attributes,
        size_t attributes_count,
        struct jd_span style)
{
    if (has_room(safe)) {
        write_tag(safe, name, attributes, attributes_count, style);
    }
}

void jd_html_safe_text(struct jd_html_safe *safe, struct jd_span characters)
{
    while (characters.len && has_room(safe)) {
        struct jd_span piece = jd_utf8_cut(characters, TEXT_PIECE_BYTES);
        escape(&safe->out, piece, false);
        characters = jd_span_sub(characters, piece.len, characters.len);
    }
}
