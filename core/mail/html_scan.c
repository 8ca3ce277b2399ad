/**
 * The scan follows the tokeniser of the HTML standard for tags, attributes and comments. Its
 * stack of open elements only ever loses the one element that an end tag names, and only where
 * the standard's tree builder must honour that tag; so the estimate errs upward.
 */
#include "mail/html_scan.h"

#include "mail/html_safe.h"
#include "mail/text.h"

enum {
    NAME_BYTES_MAX = 10, // longer names have no rules of their own
    ATTRIBUTES_MAX = 100,
    STACK_MAX = 1024,
    UNCLOSED_MAX = 8,  // more than there are names with SKIP_IF_CLOSED
    RUN_BYTES_MIN = 5, // a private character has four
    BLANK_BYTES_MAX = 4,
    ENTITY_BYTES_MAX = 40,
    PRIVATE_FIRST = 0xf0000,
    PRIVATE_PER_PLANE = 0xfff0, // keeps off the two non-characters at the end of a plane
    RUNS_MAX = 2 * PRIVATE_PER_PLANE,
    RUNS_FIRST = 256,
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

struct attribute {
    struct jd_span name;
    struct jd_span value; // data NULL if there is none
};

static size_t skip_spaces(struct jd_span html, size_t at)
{
    while (at < html.len && is_space(html.data[at])) {
        at++;
    }
    return at;
}

/**
 * Reads the attribute at or behind `*at`, as the tokeniser of the standard does. False at the
 * end of the tag: `*at` is behind its '>', or html.len + 1 if it never ends.
 */
static bool next_attribute(struct jd_span html, size_t *at, struct attribute *out)
{
    const char *p = html.data;
    size_t i = *at;
    while (i < html.len && (is_space(p[i]) || p[i] == '/')) {
        i++;
    }
    if (i >= html.len || p[i] == '>') {
        *at = i + 1;
        return false;
    }
    size_t name = i;
    while (i < html.len && !is_space(p[i]) && p[i] != '>' && p[i] != '/' &&
            (p[i] != '=' || i == name)) {
        i++;
    }
    *out = (struct attribute){ .name = jd_span_sub(html, name, i - name) };
    size_t equals = skip_spaces(html, i);
    if (equals < html.len && p[equals] == '=') {
        i = skip_spaces(html, equals + 1);
        bool quoted = i < html.len && (p[i] == '"' || p[i] == '\'');
        size_t value = i + quoted;
        if (quoted) {
            const char *close = memchr(p + value, p[i], html.len - value);
            i = close ? (size_t)(close - p) : html.len;
        } else {
            while (i < html.len && !is_space(p[i]) && p[i] != '>') {
                i++;
            }
        }
        out->value = jd_span_sub(html, value, i - value);
        i += quoted && i < html.len;
    }
    *at = i;
    return true;
}

/** Behind the tag whose name ends at `at`; html.len + 1 if it never ends. */
static size_t tag_end(struct jd_span html, size_t at, uint32_t *count)
{
    struct attribute attribute;
    while (next_attribute(html, &at, &attribute)) {
        ++*count;
    }
    return at;
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
            tag->end = tag_end(html, at + 1 + closing + tag->name_len, &tag->attributes);
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

/** Elements of which no end tag is left: without it each would search the whole page. */
struct unclosed {
    uint64_t keys[UNCLOSED_MAX];
    uint32_t count;
};

static bool is_unclosed(const struct unclosed *unclosed, uint64_t key)
{
    for (uint32_t i = 0; i < unclosed->count; i++) {
        if (unclosed->keys[i] == key) {
            return true;
        }
    }
    return false;
}

/** Where to go on behind a tag that is left out, 0 if it is kept. */
static size_t left_out(struct jd_span html, const struct tag *tag, struct unclosed *unclosed)
{
    if (tag->comment) {
        return tag->end;
    }
    if (tag->flags & SKIP) {
        size_t end = tag->closing ? tag->end : skip_end(html, tag);
        return end ? end : html.len;
    }
    if (tag->flags & SKIP_IF_CLOSED) {
        bool search = !tag->closing && !is_unclosed(unclosed, tag->key);
        size_t end = search ? skip_end(html, tag) : 0;
        if (search && end == 0 && unclosed->count < UNCLOSED_MAX) {
            unclosed->keys[unclosed->count++] = tag->key;
        }
        return end ? end : tag->end;
    }
    return tag->attributes > ATTRIBUTES_MAX ? tag->end : 0;
}

/* ---- The skeleton ---- */

struct skeleton {
    struct jd_arena *arena;
    struct jd_span html;
    char *out; // room for twice the page
    size_t len;
    struct jd_span *runs;
    uint32_t runs_count, runs_capacity;
    uint32_t pre_open; // <pre> elements, where white space counts
};

static void put(struct skeleton *skeleton, struct jd_span bytes)
{
    memcpy(skeleton->out + skeleton->len, bytes.data, bytes.len);
    skeleton->len += bytes.len;
}

static bool grow_runs(struct skeleton *skeleton)
{
    uint32_t larger = skeleton->runs_capacity ? skeleton->runs_capacity * 2 : RUNS_FIRST;
    struct jd_span *runs = jd_arena_alloc(skeleton->arena, larger * sizeof(*runs));
    if (runs == NULL) {
        return false;
    }
    if (skeleton->runs_count) {
        memcpy(runs, skeleton->runs, skeleton->runs_count * sizeof(*runs));
    }
    skeleton->runs = runs;
    skeleton->runs_capacity = larger;
    return true;
}

/** Writes the character that stands for `run`, or the run itself if that is as short. */
static void put_run(struct skeleton *skeleton, struct jd_span run)
{
    bool room = skeleton->runs_count < skeleton->runs_capacity ||
                (skeleton->runs_count < RUNS_MAX && grow_runs(skeleton));
    if (run.len < RUN_BYTES_MIN || !room) {
        put(skeleton, run);
        return;
    }
    uint32_t index = skeleton->runs_count++;
    uint32_t code =
            PRIVATE_FIRST + index / PRIVATE_PER_PLANE * 0x10000 + index % PRIVATE_PER_PLANE;
    skeleton->runs[index] = run;
    skeleton->len += jd_utf8_encode(code, skeleton->out + skeleton->len);
}

/** Length of what may be a character reference at the start; it begins with '&'. */
static size_t reference_length(struct jd_span text)
{
    size_t len = 1;
    while (len < text.len && len < ENTITY_BYTES_MAX &&
            (text.data[len] == '#' || is_ascii_letter(text.data[len]) ||
                    (text.data[len] >= '0' && text.data[len] <= '9'))) {
        len++;
    }
    return len + (len < text.len && text.data[len] == ';');
}

/** Text between tags: references for the parser, all else as runs. */
static void put_text(struct skeleton *skeleton, struct jd_span text)
{
    struct jd_span words = text;
    while (words.len && is_space(words.data[0])) {
        words = jd_span_sub(words, 1, words.len);
    }
    if (words.len == 0) {
        bool keep = text.len <= BLANK_BYTES_MAX || skeleton->pre_open;
        put(skeleton, jd_span_sub(text, 0, keep ? text.len : 1));
        return;
    }
    while (text.len) {
        const char *mark = memchr(text.data, '&', text.len);
        size_t run = mark ? (size_t)(mark - text.data) : text.len;
        if (run) {
            put_run(skeleton, jd_span_sub(text, 0, run));
        }
        text = jd_span_sub(text, run, text.len);
        if (text.len) {
            size_t len = reference_length(text);
            put(skeleton, jd_span_sub(text, 0, len));
            text = jd_span_sub(text, len, text.len);
        }
    }
}

/** Attributes that the walk or the safe HTML reads. */
static bool is_wanted(struct jd_span name)
{
    static const struct jd_span names[] = {
        JD_SPAN("style"),
        JD_SPAN("class"),
        JD_SPAN("id"),
        JD_SPAN("hidden"),
        JD_SPAN("background"),
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (jd_span_equal_nocase(name, names[i])) {
            return true;
        }
    }
    return jd_html_safe_allows(name);
}

static void put_attribute(struct skeleton *skeleton, const struct attribute *attribute)
{
    struct jd_span value = attribute->value;
    put(skeleton, JD_SPAN(" "));
    put(skeleton, attribute->name);
    if (value.data == NULL) {
        return;
    }
    // References in values end differently from those in text: the parser sees them whole.
    bool references = memchr(value.data, '&', value.len) != NULL;
    struct jd_span quote = memchr(value.data, '"', value.len) ? JD_SPAN("'") : JD_SPAN("\"");
    put(skeleton, JD_SPAN("="));
    put(skeleton, quote);
    if (!references) {
        put_run(skeleton, value);
    } else if (memchr(value.data, quote.data[0], value.len) == NULL) {
        put(skeleton, value);
    }
    put(skeleton, quote);
}

static void put_tag(struct skeleton *skeleton, const struct tag *tag)
{
    size_t at = tag->start + 1 + tag->closing + tag->name_len;
    put(skeleton, jd_span_sub(skeleton->html, tag->start, at - tag->start));
    struct attribute attribute;
    while (!tag->closing && next_attribute(skeleton->html, &at, &attribute)) {
        if (is_wanted(attribute.name)) {
            put_attribute(skeleton, &attribute);
        }
    }
    put(skeleton, JD_SPAN(">"));
    if (jd_span_equal(jd_span_of(tag->name), JD_SPAN("pre"))) {
        bool last = tag->closing && skeleton->pre_open;
        skeleton->pre_open += tag->closing ? (last ? -1u : 0) : 1;
    }
}

bool jd_html_scan(struct jd_arena *arena,
        struct jd_span html,
        uint32_t depth_max,
        struct jd_html_scan *out_scan)
{
    struct tag tag;
    struct tag paragraph;
    struct stack stack;
    struct unclosed unclosed = { .count = 0 };
    stack.count = 0; // its room need not be cleared
    struct skeleton skeleton = { .arena = arena, .html = html };
    skeleton.out = jd_arena_alloc(arena, html.len * 2 + 64);
    if (skeleton.out == NULL) {
        return false;
    }
    read_name(JD_SPAN("p"), 0, &paragraph);
    struct jd_html_scan scan = { 0 };
    size_t at = 0;
    uint32_t deepest = depth_max < STACK_MAX ? depth_max : STACK_MAX - 1;
    while (at < html.len && next_tag(html, at, &tag)) {
        put_text(&skeleton, jd_span_sub(html, at, tag.start - at));
        size_t behind = left_out(html, &tag, &unclosed);
        scan.has_sheet =
                scan.has_sheet || jd_span_equal(jd_span_of(tag.name), JD_SPAN("style"));
        at = behind ? behind : tag.end;
        if (behind || tag.end > html.len) {
            continue; // a tag without an end is dropped by the tokeniser, with all behind it
        }
        put_tag(&skeleton, &tag);
        if (scan.depth <= deepest) {
            follow(&stack, &tag, paragraph.key);
            scan.depth = stack.count > scan.depth ? stack.count : scan.depth;
        }
    }
    put_text(&skeleton, jd_span_sub(html, at, html.len));
    scan.html = jd_span_new(skeleton.out, skeleton.len);
    scan.runs = skeleton.runs;
    scan.runs_count = skeleton.runs_count;
    *out_scan = scan;
    return true;
}

/** The run that the character at `data` stands for; NULL if it is another character. */
static const struct jd_span *
find_run(const struct jd_html_scan *scan, const char *data, size_t len)
{
    uint32_t code = 0;
    if ((unsigned char)data[0] < 0xf3 || jd_utf8_step(data, len, &code) == 0 ||
            code < PRIVATE_FIRST) {
        return NULL;
    }
    uint32_t in_plane = code & 0xffff;
    uint32_t index = (code - PRIVATE_FIRST) / 0x10000 * PRIVATE_PER_PLANE + in_plane;
    return in_plane < PRIVATE_PER_PLANE && index < scan->runs_count ? &scan->runs[index] : NULL;
}

bool jd_html_scan_next(const struct jd_html_scan *scan,
        struct jd_span *rest,
        struct jd_span *out_stretch)
{
    if (rest->len == 0) {
        return false;
    }
    const struct jd_span *run = find_run(scan, rest->data, rest->len);
    size_t used = run ? 4 : 1;
    while (!run && used < rest->len &&
            find_run(scan, rest->data + used, rest->len - used) == NULL) {
        used++;
    }
    *out_stretch = run ? *run : jd_span_sub(*rest, 0, used);
    *rest = jd_span_sub(*rest, used, rest->len);
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

void jd_html_strip(struct jd_span html, struct jd_html_text *text)
{
    struct tag tag;
    struct unclosed unclosed = { .count = 0 };
    size_t at = 0;
    while (at < html.len && next_tag(html, at, &tag)) {
        add_with_entities(text, jd_span_sub(html, at, tag.start - at));
        size_t behind = left_out(html, &tag, &unclosed);
        bool line_break = jd_span_equal(jd_span_of(tag.name), JD_SPAN("br"));
        bool block = (tag.flags & (CLOSES_P | IS_TABLE_PART)) != 0;
        jd_html_text_start(text, line_break ? JD_HTML_BREAK
                                 : block    ? JD_HTML_BLOCK
                                            : JD_HTML_INLINE);
        at = behind ? behind : tag.end;
    }
    add_with_entities(text, jd_span_sub(html, at, html.len));
}
