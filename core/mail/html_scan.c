/**
 * The scan follows the tokeniser of the HTML standard for tags, attributes and comments. Its
 * stack of open elements only ever loses the one element that an end tag names, and only where
 * the standard's tree builder must honour that tag; so the estimate errs upward.
 */
#include "mail/html_scan.h"

#include "mail/text.h"

enum {
    NAME_BYTES_MAX = 10, // longer names have no rules of their own
    ATTRIBUTES_MAX = 100,
    STACK_MAX = 1024,
};

/* Rules of elements. */
enum {
    IS_VOID = 1 << 0,        // never open
    IS_FORMATTING = 1 << 1,  // b, i, font, ...
    IS_SPECIAL = 1 << 2,     // stops the end tags of ordinary elements
    IS_SCOPE = 1 << 3,       // stops all end tags
    CLOSES_P = 1 << 4,       // also: stands on lines of its own
    SKIP = 1 << 5,           // left out up to its end tag, or to the end of the page
    SKIP_IF_CLOSED = 1 << 6, // left out up to its end tag; if there is none, only the tag
    IS_LIST_ITEM = 1 << 7,
    IS_TABLE_PART = 1 << 8, // tr, td, ...: ignored outside a table
    BLOCK = IS_SPECIAL | CLOSES_P,
};

struct rule {
    const char *name;
    uint16_t flags;
};

/* By length of the name. */
static const struct rule rules[] = {
    { "a", IS_FORMATTING },
    { "b", IS_FORMATTING },
    { "i", IS_FORMATTING },
    { "p", BLOCK },
    { "s", IS_FORMATTING },
    { "u", IS_FORMATTING },
    { "br", IS_VOID },
    { "dd", BLOCK | IS_LIST_ITEM },
    { "dl", BLOCK },
    { "dt", BLOCK | IS_LIST_ITEM },
    { "em", IS_FORMATTING },
    { "h1", BLOCK },
    { "h2", BLOCK },
    { "h3", BLOCK },
    { "h4", BLOCK },
    { "h5", BLOCK },
    { "h6", BLOCK },
    { "hr", IS_VOID | CLOSES_P },
    { "li", BLOCK | IS_LIST_ITEM },
    { "ol", BLOCK },
    { "td", IS_SPECIAL | IS_SCOPE | IS_TABLE_PART },
    { "th", IS_SPECIAL | IS_SCOPE | IS_TABLE_PART },
    { "tr", IS_SPECIAL | IS_TABLE_PART },
    { "tt", IS_FORMATTING },
    { "ul", BLOCK },
    { "big", IS_FORMATTING },
    { "col", IS_VOID },
    { "dir", BLOCK },
    { "div", BLOCK },
    { "img", IS_VOID },
    { "nav", BLOCK },
    { "pre", BLOCK },
    { "svg", SKIP_IF_CLOSED },
    { "wbr", IS_VOID },
    { "xmp", SKIP },
    { "area", IS_VOID },
    { "base", IS_VOID },
    { "body", IS_SPECIAL },
    { "code", IS_FORMATTING },
    { "font", IS_FORMATTING },
    { "form", BLOCK },
    { "head", IS_SPECIAL },
    { "html", IS_SPECIAL | IS_SCOPE },
    { "link", IS_VOID },
    { "main", BLOCK },
    { "math", SKIP_IF_CLOSED },
    { "menu", BLOCK },
    { "meta", IS_VOID },
    { "nobr", IS_FORMATTING },
    { "aside", BLOCK },
    { "embed", IS_VOID },
    { "frame", IS_VOID },
    { "image", IS_VOID },
    { "input", IS_VOID },
    { "param", IS_VOID },
    { "small", IS_FORMATTING },
    { "style", SKIP },
    { "table", BLOCK | IS_SCOPE },
    { "tbody", IS_SPECIAL | IS_TABLE_PART },
    { "tfoot", IS_SPECIAL | IS_TABLE_PART },
    { "thead", IS_SPECIAL | IS_TABLE_PART },
    { "title", SKIP },
    { "track", IS_VOID },
    { "applet", IS_SPECIAL | IS_SCOPE },
    { "button", IS_SPECIAL | IS_SCOPE },
    { "center", BLOCK },
    { "figure", BLOCK },
    { "footer", BLOCK },
    { "header", BLOCK },
    { "hgroup", BLOCK },
    { "iframe", SKIP },
    { "keygen", IS_VOID },
    { "object", IS_SPECIAL | IS_SCOPE },
    { "script", SKIP },
    { "select", SKIP_IF_CLOSED },
    { "source", IS_VOID },
    { "strike", IS_FORMATTING },
    { "strong", IS_FORMATTING },
    { "address", BLOCK },
    { "article", BLOCK },
    { "bgsound", IS_VOID },
    { "caption", IS_SPECIAL | IS_SCOPE | IS_TABLE_PART },
    { "command", IS_VOID },
    { "details", BLOCK },
    { "isindex", SKIP_IF_CLOSED },
    { "listing", BLOCK },
    { "marquee", IS_SPECIAL | IS_SCOPE },
    { "noembed", SKIP },
    { "section", BLOCK },
    { "summary", BLOCK },
    { "basefont", IS_VOID },
    { "colgroup", IS_SPECIAL | IS_TABLE_PART },
    { "fieldset", BLOCK },
    { "frameset", SKIP_IF_CLOSED },
    { "noframes", SKIP },
    { "template", SKIP_IF_CLOSED },
    { "textarea", SKIP },
    { "plaintext", SKIP },
    { "blockquote", BLOCK },
    { "figcaption", BLOCK },
};

static uint16_t find_flags(const char *name, size_t len)
{
    // First row of each length.
    static const uint8_t starts[NAME_BYTES_MAX + 2] = { 0, 0, 6, 25, 35, 49, 63, 78, 90, 97, 98,
        100 };
    if (len == 0 || len > NAME_BYTES_MAX) {
        return 0;
    }
    for (size_t i = starts[len]; i < starts[len + 1]; i++) {
        if (rules[i].name[0] == name[0] && memcmp(rules[i].name, name, len) == 0) {
            return rules[i].flags;
        }
    }
    return 0;
}

struct tag {
    size_t start, end;             // from '<' to behind '>'
    char name[NAME_BYTES_MAX + 1]; // lower case; "" for a longer one
    size_t name_len;               // of the whole name
    uint64_t key;                  // tells names apart
    uint16_t flags;
    bool closing;
    bool comment; // or a declaration: not a tag at all
    uint32_t attributes;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static bool is_ascii_letter(char c)
{
    return jd_ascii_lower(c) >= 'a' && jd_ascii_lower(c) <= 'z';
}

/** Behind the comment that begins at `at` with "<!--". */
static size_t comment_end(struct jd_span html, size_t at)
{
    for (size_t i = at + 4; i < html.len; i++) {
        const char *mark = memchr(html.data + i, '>', html.len - i);
        if (mark == NULL) {
            break;
        }
        i = (size_t)(mark - html.data);
        const char *begin = html.data + at + 2;
        bool dashes = mark - begin >= 2 && mark[-1] == '-' && mark[-2] == '-';
        bool bang = mark - begin >= 5 && mark[-1] == '!' && mark[-2] == '-' && mark[-3] == '-';
        if (dashes || bang) {
            return i + 1;
        }
    }
    return html.len;
}

/** Behind the attributes of the tag whose name ends at `at`; html.len + 1 if it never ends. */
static size_t attributes_end(struct jd_span html, size_t at, uint32_t *count)
{
    const char *p = html.data;
    while (at < html.len) {
        while (at < html.len && (is_space(p[at]) || p[at] == '/')) {
            at++;
        }
        if (at < html.len && p[at] == '>') {
            return at + 1;
        }
        size_t name = at;
        while (at < html.len && !is_space(p[at]) && p[at] != '>' && p[at] != '/' &&
                (p[at] != '=' || at == name)) {
            at++;
        }
        ++*count;
        while (at < html.len && is_space(p[at])) {
            at++;
        }
        if (at == html.len || p[at] != '=') {
            continue;
        }
        at++;
        while (at < html.len && is_space(p[at])) {
            at++;
        }
        if (at < html.len && (p[at] == '"' || p[at] == '\'')) {
            const char *close = memchr(p + at + 1, p[at], html.len - at - 1);
            at = close ? (size_t)(close - p) + 1 : html.len;
        } else {
            while (at < html.len && !is_space(p[at]) && p[at] != '>') {
                at++;
            }
        }
    }
    return html.len + 1;
}

static void read_name(struct jd_span html, size_t at, struct tag *tag)
{
    size_t len = 0;
    uint64_t key = 14695981039346656037u;
    while (at + len < html.len && !is_space(html.data[at + len]) &&
            html.data[at + len] != '/' && html.data[at + len] != '>') {
        char c = jd_ascii_lower(html.data[at + len]);
        if (len < NAME_BYTES_MAX) {
            tag->name[len] = c;
        }
        key = (key ^ (unsigned char)c) * 1099511628211u;
        len++;
    }
    tag->name_len = len;
    tag->key = key;
    tag->name[len <= NAME_BYTES_MAX ? len : 0] = '\0';
    tag->flags = len <= NAME_BYTES_MAX ? find_flags(tag->name, len) : 0;
}

/** The next tag, comment or declaration at or behind `at`. False if there is none. */
static bool next_tag(struct jd_span html, size_t at, struct tag *tag)
{
    while (at < html.len) {
        const char *open = memchr(html.data + at, '<', html.len - at);
        if (open == NULL || open + 1 == html.data + html.len) {
            return false;
        }
        at = (size_t)(open - html.data);
        char next = open[1];
        bool closing = next == '/' && at + 2 < html.len;
        *tag = (struct tag){ .start = at, .closing = closing };
        if (is_ascii_letter(closing ? open[2] : next)) {
            read_name(html, at + 1 + closing, tag);
            tag->end = attributes_end(html, at + 1 + closing + tag->name_len, &tag->attributes);
            return true;
        }
        if (next == '!' || next == '?' || closing) {
            tag->comment = true;
            if (jd_span_starts(jd_span_sub(html, at, 4), JD_SPAN("<!--"))) {
                tag->end = comment_end(html, at);
            } else {
                const char *close = memchr(open, '>', html.len - at);
                tag->end = close ? (size_t)(close - html.data) + 1 : html.len;
            }
            return true;
        }
        at++;
    }
    return false;
}

/** Behind the end tag of `tag`, searched from its end; 0 if there is none. */
static size_t skip_end(struct jd_span html, const struct tag *tag)
{
    size_t at = tag->end;
    while (at < html.len) {
        const char *open = memmem(html.data + at, html.len - at, "</", 2);
        if (open == NULL) {
            return 0;
        }
        at = (size_t)(open - html.data) + 2;
        struct jd_span name = jd_span_sub(html, at, tag->name_len);
        size_t behind = at + tag->name_len;
        if (jd_span_equal_nocase(name, jd_span_of(tag->name)) && behind < html.len &&
                (is_space(html.data[behind]) || strchr("/>", html.data[behind]))) {
            const char *close = memchr(html.data + behind, '>', html.len - behind);
            return close ? (size_t)(close - html.data) + 1 : html.len;
        }
    }
    return 0;
}

/* ---- The stack of open elements ---- */

struct open_element {
    uint64_t key;
    uint16_t flags;
};

struct stack {
    struct open_element items[STACK_MAX];
    uint32_t count;
};

static void remove_at(struct stack *stack, uint32_t index)
{
    memmove(&stack->items[index], &stack->items[index + 1],
            (stack->count - index - 1) * sizeof(*stack->items));
    stack->count--;
}

/** Removes the innermost element of that name unless one of `stops` stands before it. */
static void close_one(struct stack *stack, uint64_t key, uint16_t stops)
{
    for (uint32_t i = stack->count; i > 0; i--) {
        if (stack->items[i - 1].key == key) {
            remove_at(stack, i - 1);
            return;
        }
        if (stack->items[i - 1].flags & stops) {
            return;
        }
    }
}

/** What a start tag closes before it opens: its own kind of list item or table part. */
static void close_siblings(struct stack *stack, const struct tag *tag)
{
    uint16_t kind = tag->flags & (IS_LIST_ITEM | IS_TABLE_PART);
    for (uint32_t i = stack->count; kind && i > 0; i--) {
        uint16_t flags = stack->items[i - 1].flags;
        if (stack->items[i - 1].key == tag->key) {
            remove_at(stack, i - 1);
            return;
        }
        bool table = (flags & IS_SCOPE) && !(flags & IS_TABLE_PART);
        if (kind == IS_LIST_ITEM ? (flags & IS_SPECIAL) != 0 : table) {
            return;
        }
    }
}

static void follow(struct stack *stack, const struct tag *tag, uint64_t p_key)
{
    if (tag->closing) {
        bool ordinary = (tag->flags & (IS_SPECIAL | IS_FORMATTING)) == 0;
        bool table = tag->flags & (IS_TABLE_PART | IS_SCOPE);
        close_one(stack, tag->key, table ? 0 : (ordinary ? IS_SPECIAL : IS_SCOPE));
        return;
    }
    if (tag->flags & CLOSES_P) {
        close_one(stack, p_key, IS_SCOPE);
    }
    close_siblings(stack, tag);
    if (!(tag->flags & IS_VOID) && stack->count < STACK_MAX) {
        stack->items[stack->count++] = (struct open_element){ tag->key, tag->flags };
    }
}

/** Where to go on behind a tag that is left out, 0 if it is kept. */
static size_t left_out(struct jd_span html, const struct tag *tag)
{
    if (tag->comment) {
        return tag->end;
    }
    if (tag->flags & (SKIP | SKIP_IF_CLOSED)) {
        size_t end = tag->closing ? tag->end : skip_end(html, tag);
        return end ? end : (tag->flags & SKIP ? html.len : tag->end);
    }
    return tag->attributes > ATTRIBUTES_MAX ? tag->end : 0;
}

bool jd_html_scan(struct jd_arena *arena,
        struct jd_span html,
        uint32_t depth_max,
        struct jd_html_scan *out_scan)
{
    struct tag tag;
    struct tag paragraph;
    struct stack stack = { .count = 0 };
    char *out = jd_arena_alloc(arena, html.len + 1);
    if (out == NULL) {
        return false;
    }
    read_name(JD_SPAN("p"), 0, &paragraph);
    struct jd_html_scan scan = { 0 };
    size_t len = 0;
    size_t at = 0;
    uint64_t deepest = depth_max < STACK_MAX ? depth_max : STACK_MAX - 1;
    while (next_tag(html, at, &tag)) {
        size_t end = left_out(html, &tag);
        scan.has_sheet =
                scan.has_sheet || jd_span_equal(jd_span_of(tag.name), JD_SPAN("style"));
        bool unfinished = tag.end > html.len; // the tokeniser drops it
        size_t keep = end || unfinished ? tag.start : tag.end;
        memcpy(out + len, html.data + at, keep - at);
        len += keep - at;
        at = unfinished ? html.len : (end ? end : tag.end);
        if (!end && !unfinished && scan.depth <= deepest) {
            follow(&stack, &tag, paragraph.key);
            scan.depth = stack.count > scan.depth ? stack.count : scan.depth;
        }
    }
    if (at < html.len) {
        memcpy(out + len, html.data + at, html.len - at);
        len += html.len - at;
    }
    scan.html = jd_span_new(out, len);
    *out_scan = scan;
    return true;
}

/* ---- Text without the parser ---- */

/** The character that an entity at the start of `text` means; its length, 0 if it is none. */
static size_t read_entity(struct jd_span text, uint32_t *out_code)
{
    static const struct {
        struct jd_span name;
        uint32_t code;
    } entities[] = {
        { JD_SPAN("&amp;"), '&' },
        { JD_SPAN("&lt;"), '<' },
        { JD_SPAN("&gt;"), '>' },
        { JD_SPAN("&quot;"), '"' },
        { JD_SPAN("&apos;"), '\'' },
        { JD_SPAN("&nbsp;"), ' ' },
    };
    for (size_t i = 0; i < sizeof(entities) / sizeof(*entities); i++) {
        if (jd_span_starts(text, entities[i].name)) {
            *out_code = entities[i].code;
            return entities[i].name.len;
        }
    }
    uint32_t code = 0;
    size_t at = 2;
    if (!jd_span_starts(text, JD_SPAN("&#"))) {
        return 0;
    }
    while (at < text.len && at < 9 && text.data[at] >= '0' && text.data[at] <= '9') {
        code = code * 10 + (uint32_t)(text.data[at++] - '0');
    }
    bool scalar = code > 0 && code < 0x110000 && (code < 0xd800 || code > 0xdfff);
    *out_code = code;
    return at > 2 && scalar ? at + (at < text.len && text.data[at] == ';') : 0;
}

static void add_with_entities(struct jd_html_text *text, struct jd_span characters)
{
    while (characters.len) {
        const char *mark = memchr(characters.data, '&', characters.len);
        size_t run = mark ? (size_t)(mark - characters.data) : characters.len;
        jd_html_text_add(text, jd_span_sub(characters, 0, run), false);
        characters = jd_span_sub(characters, run, characters.len);
        if (characters.len) {
            uint32_t code = '&';
            char utf8[4];
            size_t len = read_entity(characters, &code);
            jd_html_text_add(text, jd_span_new(utf8, jd_utf8_encode(code, utf8)), false);
            characters = jd_span_sub(characters, len ? len : 1, characters.len);
        }
    }
}

void jd_html_strip(struct jd_span scanned, struct jd_html_text *text)
{
    struct tag tag;
    size_t at = 0;
    while (next_tag(scanned, at, &tag)) {
        add_with_entities(text, jd_span_sub(scanned, at, tag.start - at));
        bool line_break = jd_span_equal(jd_span_of(tag.name), JD_SPAN("br"));
        bool block = (tag.flags & (CLOSES_P | IS_TABLE_PART)) != 0;
        jd_html_text_start(text, line_break ? JD_HTML_BREAK
                                 : block    ? JD_HTML_BLOCK
                                            : JD_HTML_INLINE);
        at = tag.end;
    }
    if (at < scanned.len) {
        add_with_entities(text, jd_span_sub(scanned, at, scanned.len - at));
    }
}
