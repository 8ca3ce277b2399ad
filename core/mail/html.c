/**
 * HTML of mails through gumbo. The scan before the parse bounds the nesting, the allocator
 * bounds nodes and memory; the tree is then walked once, without recursion, and written as text
 * and as safe HTML at the same time.
 */
#include "mail/html.h"

#include <setjmp.h>

#include <gumbo.h>

#include "mail/css.h"
#include "mail/html_safe.h"
#include "mail/html_scan.h"
#include "mail/html_text.h"
#include "mail/text.h"

enum {
    ATTRIBUTES_MAX = 40, // read of one element
    FRAMES_MAX = 1200,   // depth of the walk; the scan keeps the tree below it
    ZONES_MAX = 200,
    TREE_BYTES_PER_NODE = 1024,
    TREE_BYTES_SPARE = 4 * 1024 * 1024,
    META_BYTES_MAX = 1024,
    STYLE_BYTES_MAX = 4 * 1024,
};

/* ---- What each element is ---- */

enum {
    SHOW = 1 << 0,      // written as itself into safe HTML
    SHOW_VOID = 1 << 1, // the same, without an end tag
    AS_DIV = 1 << 2,    // written as <div>
    DROP = 1 << 3,      // left out with all that is in it
    PRE = 1 << 4,
    QUOTE = 1 << 5,
};

struct element {
    uint8_t flags;
    uint8_t flow; // enum jd_html_flow
};

/* What is not here is inline, and written without its tags. */
static const struct element elements[GUMBO_TAG_LAST] = {
    [GUMBO_TAG_A] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_ABBR] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_ACRONYM] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_ADDRESS] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_APPLET] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_ARTICLE] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_ASIDE] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_AUDIO] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_B] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_BDI] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_BDO] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_BIG] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_BLOCKQUOTE] = { SHOW | QUOTE, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_BODY] = { AS_DIV, JD_HTML_BLOCK },
    [GUMBO_TAG_BR] = { SHOW_VOID, JD_HTML_BREAK },
    [GUMBO_TAG_CANVAS] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_CAPTION] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_CENTER] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_CITE] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_CODE] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_COL] = { SHOW_VOID, JD_HTML_INLINE },
    [GUMBO_TAG_COLGROUP] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_DD] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_DEL] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_DFN] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_DIR] = { SHOW, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_DIV] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_DL] = { SHOW, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_DT] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_EM] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_EMBED] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_FIELDSET] = { 0, JD_HTML_BLOCK },
    [GUMBO_TAG_FIGCAPTION] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_FIGURE] = { SHOW, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_FONT] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_FOOTER] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_FORM] = { 0, JD_HTML_BLOCK },
    [GUMBO_TAG_FRAME] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_FRAMESET] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_H1] = { SHOW, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_H2] = { SHOW, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_H3] = { SHOW, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_H4] = { SHOW, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_H5] = { SHOW, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_H6] = { SHOW, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_HEAD] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_HEADER] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_HR] = { SHOW_VOID, JD_HTML_BLOCK },
    [GUMBO_TAG_I] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_IFRAME] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_IMG] = { SHOW_VOID, JD_HTML_INLINE },
    [GUMBO_TAG_INS] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_KBD] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_LI] = { SHOW, JD_HTML_ITEM },
    [GUMBO_TAG_LISTING] = { PRE | AS_DIV, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_MAIN] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_MARK] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_MATH] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_NAV] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_NOEMBED] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_NOFRAMES] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_OBJECT] = { 0, JD_HTML_INLINE },
    [GUMBO_TAG_OL] = { SHOW, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_OPTGROUP] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_OPTION] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_P] = { SHOW, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_PLAINTEXT] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_PRE] = { SHOW | PRE, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_Q] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_S] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_SAMP] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_SCRIPT] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_SECTION] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_SELECT] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_SMALL] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_SPAN] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_STRIKE] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_STRONG] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_STYLE] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_SUB] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_SUP] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_SVG] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_TABLE] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_TBODY] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_TD] = { SHOW, JD_HTML_CELL },
    [GUMBO_TAG_TEMPLATE] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_TEXTAREA] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_TFOOT] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_TH] = { SHOW, JD_HTML_CELL },
    [GUMBO_TAG_THEAD] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_TITLE] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_TR] = { SHOW, JD_HTML_BLOCK },
    [GUMBO_TAG_TT] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_U] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_UL] = { SHOW, JD_HTML_PARAGRAPH },
    [GUMBO_TAG_VAR] = { SHOW, JD_HTML_INLINE },
    [GUMBO_TAG_VIDEO] = { DROP, JD_HTML_INLINE },
    [GUMBO_TAG_WBR] = { SHOW_VOID, JD_HTML_INLINE },
    [GUMBO_TAG_XMP] = { DROP, JD_HTML_INLINE },
};

/* ---- Memory for the parser ---- */

/** Gumbo cannot be told that there is no memory; what it has lives in an arena, so a jump out
 * of it leaves nothing behind. */
struct parser_memory {
    struct jd_arena *arena;
    uint32_t nodes_left;
    jmp_buf beyond;
};

static void *parser_alloc(void *userdata, size_t bytes)
{
    struct parser_memory *memory = userdata;
    bool node = bytes == sizeof(GumboNode);
    void *out = node && memory->nodes_left == 0 ? NULL : jd_arena_alloc(memory->arena, bytes);
    memory->nodes_left -= node && out;
    if (out == NULL) {
        longjmp(memory->beyond, 1);
    }
    return out;
}

static void parser_free(void *userdata, void *pointer)
{
    (void)userdata, (void)pointer; // the arena goes as a whole
}

/** NULL beyond nodes_max or the arena's cap. */
static GumboOutput *
parse(struct jd_arena *arena, struct jd_span html, const struct jd_mail_limits *limits)
{
    struct parser_memory memory = { .arena = arena, .nodes_left = limits->html_nodes_max };
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = parser_alloc;
    options.deallocator = parser_free;
    options.userdata = &memory;
    options.max_errors = 0;
    if (setjmp(memory.beyond)) {
        return NULL;
    }
    return gumbo_parse_with_options(&options, html.data, html.len);
}

/* ---- The walk ---- */

/** What an element hands down to what is in it. */
struct frame {
    const GumboNode *node;
    uint32_t color, background;
    bool gone;      // not shown, whatever its children say
    bool invisible; // visibility: a child can undo it
    bool tiny;
    bool pre;
    bool written; // an end tag is owed to safe HTML
    uint8_t zone; // enum jd_zone_kind that begins here, 0: none
};

struct walk {
    struct jd_arena *arena;
    const struct jd_mail_limits *limits;
    const struct jd_html_scan *scan;
    struct jd_html_text text;
    struct jd_html_safe safe;
    struct jd_buf style; // of the element at hand
    struct frame *frames;
    uint32_t depth;
    struct jd_mail_zone zones[ZONES_MAX];
    uint32_t zones_count;
    uint32_t zone_depth; // frame at which the open zone began; 0: none is open
    bool hidden;         // letters were left out
    bool too_deep;
};

struct attributes {
    struct jd_html_attribute items[ATTRIBUTES_MAX];
    size_t count;
    struct jd_span style, class, id, color, background, type;
    bool hidden, picture; // the hidden attribute; a background picture
};

static void note_attribute(struct attributes *all, const struct jd_html_attribute *attribute)
{
    static const struct {
        struct jd_span name;
        size_t offset;
    } known[] = {
        { JD_SPAN("style"), offsetof(struct attributes, style) },
        { JD_SPAN("class"), offsetof(struct attributes, class) },
        { JD_SPAN("id"), offsetof(struct attributes, id) },
        { JD_SPAN("color"), offsetof(struct attributes, color) },
        { JD_SPAN("bgcolor"), offsetof(struct attributes, background) },
        { JD_SPAN("type"), offsetof(struct attributes, type) },
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (jd_span_equal(attribute->name, known[i].name)) {
            memcpy((char *)all + known[i].offset, &attribute->value, sizeof(attribute->value));
            return;
        }
    }
    all->hidden = all->hidden || jd_span_equal(attribute->name, JD_SPAN("hidden"));
    all->picture = all->picture || jd_span_equal(attribute->name, JD_SPAN("background"));
}

/** The value as it stood in the page: the parser saw most values as one private character. */
static struct jd_span value_of(const struct walk *walk, const GumboAttribute *attribute)
{
    struct jd_span value = jd_span_of(attribute->value);
    struct jd_span rest = value;
    struct jd_span first;
    bool whole = jd_html_scan_next(walk->scan, &rest, &first) && rest.len == 0;
    value = whole ? first : value;
    return jd_utf8_valid(value) ? value : jd_span_new("", 0);
}

static void
read_attributes(const struct walk *walk, const GumboElement *element, struct attributes *out)
{
    out->count = 0;
    out->style = out->class = out->id = out->color = out->background = out->type =
            jd_span_new("", 0);
    out->hidden = out->picture = false;
    for (unsigned int i = 0; i < element->attributes.length && i < ATTRIBUTES_MAX; i++) {
        const GumboAttribute *attribute = element->attributes.data[i];
        out->items[out->count] = (struct jd_html_attribute){ jd_span_of(attribute->name),
            value_of(walk, attribute) };
        note_attribute(out, &out->items[out->count++]);
    }
}

/** Changes `frame`, which begins as a copy of its parent's, by the element's own words. */
static void apply_style(struct walk *walk, const struct attributes *all, struct frame *frame)
{
    struct jd_css css;
    jd_buf_clear(&walk->style);
    if (all->color.len) {
        frame->color = jd_css_color(all->color);
    }
    if (all->background.len || all->picture) {
        frame->background = all->picture ? JD_COLOR_UNKNOWN : jd_css_color(all->background);
    } else if (walk->scan->has_sheet && (all->class.len || all->id.len)) {
        frame->background = JD_COLOR_UNKNOWN;
    }
    frame->gone = frame->gone || all->hidden;
    if (all->style.len == 0) {
        return;
    }
    jd_css_read(all->style, &css, walk->limits->want_html ? &walk->style : NULL);
    frame->gone = frame->gone || css.gone;
    frame->invisible = css.invisible_set ? css.invisible : frame->invisible;
    frame->tiny = css.tiny_set ? css.tiny : frame->tiny;
    frame->pre = css.pre_set ? css.pre : frame->pre;
    frame->color = css.color_set ? css.color : frame->color;
    frame->background = css.background_set ? css.background : frame->background;
}

static bool contains(struct jd_span text, const char *word)
{
    return text.len && memmem(text.data, text.len, word, strlen(word)) != NULL;
}

/** The zone that an element's own marks begin, as mail programs write them. */
static enum jd_zone_kind
zone_of(const struct element *element, const struct attributes *all, GumboTag tag)
{
    bool outlook = contains(all->id, "divRplyFwdMsg") || contains(all->id, "appendonsend") ||
                   contains(all->id, "OLK_SRC_BODY_SECTION") ||
                   contains(all->id, "mail-editor-reference-message-container");
    bool others =
            contains(all->class, "gmail_quote") || contains(all->class, "moz-cite-prefix") ||
            contains(all->class, "yahoo_quoted") || contains(all->class, "protonmail_quote") ||
            contains(all->class, "moz-forward-container");
    if ((element->flags & QUOTE) || outlook || others) {
        return JD_ZONE_QUOTE;
    }
    bool signature =
            contains(all->class, "gmail_signature") || contains(all->class, "moz-signature") ||
            contains(all->class, "protonmail_signature_block") ||
            contains(all->id, "ms-outlook-mobile-signature") ||
            (tag == GUMBO_TAG_DIV && jd_span_equal_nocase(all->id, JD_SPAN("signature")));
    return signature ? JD_ZONE_SIGNATURE : 0;
}

static void open_zone(struct walk *walk, enum jd_zone_kind kind)
{
    if (kind && walk->zone_depth == 0 && walk->zones_count < ZONES_MAX) {
        walk->zone_depth = walk->depth;
        walk->zones[walk->zones_count] =
                (struct jd_mail_zone){ kind, (uint32_t)walk->text.out.len, 0 };
    }
}

static void close_zone(struct walk *walk)
{
    struct jd_mail_zone *zone = &walk->zones[walk->zones_count];
    zone->end = (uint32_t)walk->text.out.len;
    walk->zones_count += zone->end > zone->start;
    walk->zone_depth = 0;
}

static bool has_letter(struct jd_span text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0;
        size_t step = jd_utf8_step(text.data + at, text.len - at, &code);
        if (jd_text_is_letter(code)) {
            return true;
        }
        at += step ? step : 1;
    }
    return false;
}

static void add_stretch(struct walk *walk, struct jd_span text)
{
    const struct frame *frame = &walk->frames[walk->depth];
    bool unseen = frame->gone || frame->invisible || frame->tiny ||
                  jd_css_same_color(frame->color, frame->background);
    if (unseen) {
        walk->hidden = walk->hidden || has_letter(text);
    } else {
        jd_html_text_add(&walk->text, text, frame->pre);
    }
    if (walk->limits->want_html && !frame->gone && !frame->invisible) {
        jd_html_safe_text(&walk->safe, text);
    }
}

static void add_text(struct walk *walk, const char *characters)
{
    struct jd_span rest = jd_span_of(characters);
    struct jd_span stretch;
    while (jd_html_scan_next(walk->scan, &rest, &stretch)) {
        if (jd_utf8_valid(stretch)) { // gumbo makes anything of "&#xF00000000000;"
            add_stretch(walk, stretch);
        }
    }
}

static struct jd_span written_name(const GumboElement *element, const struct element *rule)
{
    return rule->flags & AS_DIV ? JD_SPAN("div")
                                : jd_span_of(gumbo_normalized_tagname(element->tag));
}

static void write_start(struct walk *walk,
        const GumboElement *element,
        const struct element *rule,
        const struct attributes *all,
        struct frame *frame)
{
    struct jd_span name = written_name(element, rule);
    struct jd_span style = jd_buf_span(&walk->style);
    if (!walk->limits->want_html || frame->gone) {
        return;
    }
    if (rule->flags & SHOW_VOID) {
        jd_html_safe_void(&walk->safe, name, all->items, all->count, style);
    } else if (rule->flags & (SHOW | AS_DIV)) {
        frame->written = jd_html_safe_start(&walk->safe, name, all->items, all->count, style);
    }
}

/** Enters an element; false if what is in it is left out. */
static bool enter(struct walk *walk, const GumboNode *node)
{
    const GumboElement *element = &node->v.element;
    const struct element *rule = &elements[element->tag < GUMBO_TAG_LAST ? element->tag : 0];
    if (element->tag >= GUMBO_TAG_LAST || element->tag_namespace != GUMBO_NAMESPACE_HTML) {
        static const struct element unknown = { 0, JD_HTML_INLINE };
        static const struct element foreign = { DROP, JD_HTML_INLINE };
        rule = element->tag_namespace == GUMBO_NAMESPACE_HTML ? &unknown : &foreign;
    }
    if (rule->flags & DROP) {
        return false;
    }
    if (walk->depth + 1 >= FRAMES_MAX) {
        walk->too_deep = true;
        return false;
    }
    struct attributes all;
    read_attributes(walk, element, &all);
    struct frame *frame = &walk->frames[walk->depth + 1];
    *frame = walk->frames[walk->depth];
    frame->node = node;
    frame->written = false;
    frame->pre = frame->pre || (rule->flags & PRE);
    apply_style(walk, &all, frame);
    walk->depth++;
    frame->zone = (uint8_t)zone_of(rule, &all, element->tag);
    if (!frame->gone) {
        jd_html_text_start(&walk->text, rule->flow);
    }
    open_zone(walk, frame->zone);
    write_start(walk, element, rule, &all, frame);
    return true;
}

static void leave(struct walk *walk)
{
    const struct frame *frame = &walk->frames[walk->depth];
    const GumboElement *element = &frame->node->v.element;
    static const struct element unknown = { 0, JD_HTML_INLINE };
    const struct element *rule =
            element->tag < GUMBO_TAG_LAST ? &elements[element->tag] : &unknown;
    if (walk->zone_depth == walk->depth) {
        close_zone(walk);
    }
    if (!frame->gone) {
        jd_html_text_end(&walk->text, rule->flow);
    }
    if (frame->written) {
        jd_html_safe_end(&walk->safe, written_name(element, rule));
    }
    walk->depth--;
}

/** The node behind `node` in the order of the page, once its children are done. */
static const GumboNode *next_sibling(const GumboNode *node)
{
    const GumboNode *parent = node->parent;
    const GumboVector *siblings = parent->type == GUMBO_NODE_DOCUMENT
                                          ? &parent->v.document.children
                                          : &parent->v.element.children;
    size_t next = node->index_within_parent + 1;
    return next < siblings->length ? siblings->data[next] : NULL;
}

static const GumboNode *visit(struct walk *walk, const GumboNode *node)
{
    const GumboNode *child = NULL;
    switch (node->type) {
    case GUMBO_NODE_ELEMENT:
    case GUMBO_NODE_TEMPLATE:
        if (enter(walk, node)) {
            child = node->v.element.children.length ? node->v.element.children.data[0] : NULL;
            if (child == NULL) {
                leave(walk);
            }
        }
        break;
    case GUMBO_NODE_TEXT:
    case GUMBO_NODE_WHITESPACE:
    case GUMBO_NODE_CDATA:
        add_text(walk, node->v.text.text);
        break;
    case GUMBO_NODE_DOCUMENT:
    case GUMBO_NODE_COMMENT:
        break;
    }
    return child;
}

static void walk_tree(struct walk *walk, const GumboNode *root)
{
    const GumboNode *node = root;
    while (node) {
        const GumboNode *child = visit(walk, node);
        if (child) {
            node = child;
            continue;
        }
        const GumboNode *next = NULL;
        while (node != root && (next = next_sibling(node)) == NULL) {
            node = node->parent;
            leave(walk);
        }
        node = next;
    }
}

/* ---- Results ---- */

static bool finish(struct walk *walk, struct jd_html *out)
{
    struct jd_arena *arena = walk->arena;
    out->text = jd_arena_copy(arena, jd_buf_span(&walk->text.out));
    out->safe = walk->limits->want_html ? jd_arena_copy(arena, jd_buf_span(&walk->safe.out))
                                        : jd_span_new("", 0);
    out->zones = jd_arena_alloc(arena, (walk->zones_count + 1) * sizeof(*out->zones));
    if (out->text.data == NULL || out->safe.data == NULL || out->zones == NULL) {
        return false;
    }
    memcpy(out->zones, walk->zones, walk->zones_count * sizeof(*out->zones));
    out->zones_count = walk->zones_count;
    out->hidden_text = walk->hidden || walk->text.hidden;
    if (walk->text.out.failed) {
        out->limits_hit |= JD_LIMIT_TEXT;
    }
    if (walk->safe.full || walk->too_deep) {
        out->limits_hit |= JD_LIMIT_HTML;
    }
    return true;
}

/** Beyond the parser's bounds: the words between the tags, nothing to show as HTML. */
static bool read_stripped(struct jd_arena *arena,
        struct jd_span html,
        const struct jd_mail_limits *limits,
        struct jd_html *out)
{
    struct walk walk = { .arena = arena, .limits = limits };
    walk.text.out = jd_buf_init(limits->text_bytes_max);
    jd_html_strip(html, &walk.text);
    bool done = finish(&walk, out);
    out->safe = jd_span_new("", 0);
    out->limits_hit |= JD_LIMIT_HTML;
    jd_buf_finish(&walk.text.out);
    return done;
}

static bool read_tree(struct jd_arena *arena,
        struct jd_arena *tree,
        const GumboNode *root,
        const struct jd_html_scan *scan,
        const struct jd_mail_limits *limits,
        struct jd_html *out)
{
    struct walk *walk = jd_arena_new(tree, struct walk);
    struct frame *frames = jd_arena_alloc(tree, FRAMES_MAX * sizeof(*frames));
    if (walk == NULL || frames == NULL) {
        return false;
    }
    frames[0] = (struct frame){ .color = 0x000000, .background = 0xffffff };
    walk->arena = arena;
    walk->limits = limits;
    walk->scan = scan;
    walk->frames = frames;
    walk->text.out = jd_buf_init(limits->text_bytes_max);
    walk->safe.out = jd_buf_init(limits->html_bytes_max + JD_HTML_SAFE_ROOM_BYTES);
    walk->safe.max = limits->html_bytes_max;
    walk->safe.open_max = limits->html_depth_max;
    walk->style = jd_buf_init(STYLE_BYTES_MAX);
    walk_tree(walk, root);
    bool done = finish(walk, out);
    jd_buf_finish(&walk->text.out);
    jd_buf_finish(&walk->safe.out);
    jd_buf_finish(&walk->style);
    return done;
}

bool jd_html_read(struct jd_arena *arena,
        struct jd_span html,
        const struct jd_mail_limits *limits,
        struct jd_html *out_html)
{
    struct jd_html out = { { "", 0 }, { "", 0 }, NULL, 0, 0, false };
    bool cut = html.len > limits->html_bytes_max;
    html = jd_utf8_cut(html, limits->html_bytes_max);
    size_t tree_max = (size_t)limits->html_nodes_max * TREE_BYTES_PER_NODE + html.len * 4 +
                      TREE_BYTES_SPARE;
    struct jd_arena *tree = jd_arena_create(tree_max);
    struct jd_html_scan scan;
    bool done = false;
    if (jd_html_scan(tree, html, limits->html_depth_max, &scan)) {
        GumboOutput *page =
                scan.depth <= limits->html_depth_max ? parse(tree, scan.html, limits) : NULL;
        done = page ? read_tree(arena, tree, page->root, &scan, limits, &out)
                    : read_stripped(arena, html, limits, &out);
    }
    jd_arena_destroy(&tree);
    out.limits_hit |= cut ? JD_LIMIT_HTML : 0;
    *out_html = out;
    return done;
}

struct jd_span jd_html_meta_charset(struct jd_span html)
{
    const struct jd_span word = JD_SPAN("charset=");
    struct jd_span head = jd_span_sub(html, 0, META_BYTES_MAX);
    for (size_t at = 0; at + word.len < head.len; at++) {
        if (!jd_span_equal_nocase(jd_span_sub(head, at, word.len), word)) {
            continue;
        }
        size_t start = at + word.len;
        start += start < head.len && strchr("\"'", head.data[start]) && head.data[start];
        size_t end = start;
        while (end < head.len && head.data[end] && !strchr("\"'>; \t\r\n/", head.data[end])) {
            end++;
        }
        return jd_span_sub(head, start, end - start);
    }
    return jd_span_new("", 0);
}

void jd_html_quote_plain(struct jd_buf *out, struct jd_span text)
{
    struct jd_html_safe safe = { .out = *out, .max = out->max_bytes, .open_max = 1 };
    jd_html_safe_start(&safe, JD_SPAN("div"), NULL, 0, JD_SPAN("white-space:pre-wrap;"));
    jd_html_safe_text(&safe, text);
    jd_html_safe_end(&safe, JD_SPAN("div"));
    *out = safe.out;
}
