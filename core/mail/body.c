/**
 * Which parts are the body. The walk collects segments in the order of the mail: a plain part,
 * an HTML part, or both as two forms of the same words; then each is decoded once.
 */
#include "mail/body.h"

#include "base/buf.h"
#include "mail/charset.h"
#include "mail/html.h"
#include "mail/text.h"

enum {
    SEGMENTS_MAX = 64,
    CALENDAR_BYTES_MAX = 64 * 1024,
    STUB_RATIO = 10, // a plain part this much shorter than the HTML says "open in a browser"
    HTML_ROOM_BYTES = 64,
};

struct segment {
    const struct jd_mime_part *plain; // may be NULL
    const struct jd_mime_part *rich;  // may be NULL
};

/** A decoded segment. */
struct piece {
    struct jd_span text;
    struct jd_html html;
    bool has_html;
    bool text_is_html;   // the text was made from the HTML, so its zones hold
    uint32_t text_start; // where it stands in the text of the mail
};

struct body {
    struct jd_arena *arena;
    const struct jd_mime *mime;
    const struct jd_mail_limits *limits;
    struct jd_mail *mail;
    const struct jd_mime_part *pending_plain; // the other form of the next HTML part
    struct segment segments[SEGMENTS_MAX];
    int segments_count;
};

/* ---- Which parts ---- */

static bool is_html(const struct jd_mime_part *part)
{
    return jd_mime_is_type(part, JD_SPAN("text/html")) ||
           jd_mime_is_type(part, JD_SPAN("application/xhtml+xml"));
}

static bool is_calendar(const struct jd_mime_part *part)
{
    return jd_mime_is_type(part, JD_SPAN("text/calendar")) ||
           jd_mime_is_type(part, JD_SPAN("application/ics"));
}

/** A leaf that a reader reads in the mail itself. */
static bool is_body_text(const struct body *body, const struct jd_mime_part *part)
{
    if (part->kind != JD_MIME_LEAF || is_calendar(part) ||
            !(jd_span_starts(part->type, JD_SPAN("text/")) || is_html(part))) {
        return false;
    }
    bool attached = part->name.len || jd_span_equal(part->disposition, JD_SPAN("attachment"));
    return part == body->mime->parts || !attached;
}

static bool contains_html(const struct body *body, uint32_t index)
{
    const struct jd_mime_part *parts = body->mime->parts;
    for (uint32_t i = index; i < parts[index].end; i++) {
        if (is_body_text(body, &parts[i]) && is_html(&parts[i])) {
            return true;
        }
    }
    return false;
}

static void add_segment(struct body *body, const struct jd_mime_part *part)
{
    if (body->segments_count == SEGMENTS_MAX) {
        body->mail->limits_hit |= JD_LIMIT_PARTS;
        return;
    }
    struct segment *segment = &body->segments[body->segments_count++];
    if (is_html(part)) {
        *segment = (struct segment){ body->pending_plain, part };
        body->pending_plain = NULL;
    } else {
        *segment = (struct segment){ part, NULL };
    }
}

/** The METHOD of an iCalendar object, read by its lines. */
static struct jd_span calendar_method(struct body *body, const struct jd_mime_part *part)
{
    bool cut;
    struct jd_span bytes = jd_mime_decode(body->arena, part, CALENDAR_BYTES_MAX, &cut);
    struct jd_span text = jd_charset_decode(body->arena, part->charset, bytes);
    struct jd_span line;
    const struct jd_span name = JD_SPAN("METHOD:");
    while (jd_span_split(&text, '\n', &line)) {
        if (jd_span_equal_nocase(jd_span_sub(line, 0, name.len), name)) {
            struct jd_span value = jd_span_sub(line, name.len, 32);
            return jd_text_line(body->arena, value);
        }
    }
    return jd_span_new("", 0);
}

static void note_calendar(struct body *body, const struct jd_mime_part *part)
{
    if (is_calendar(part) && !body->mail->has_calendar) {
        struct jd_span method = calendar_method(body, part);
        body->mail->has_calendar = true;
        body->mail->calendar_method = method.data ? method : jd_span_new("", 0);
    }
}

static void add_attachment(struct body *body, const struct jd_mime_part *part, bool related)
{
    struct jd_mail *mail = body->mail;
    bool attached = jd_span_equal(part->disposition, JD_SPAN("attachment"));
    note_calendar(body, part);
    mail->attachments[mail->attachments_count++] = (struct jd_mail_attachment){
        .name = part->name,
        .mime_type = part->type,
        .part_id = part->section,
        .content_id = jd_header_bracketed(part->content_id),
        .bytes = jd_mime_decoded_bytes(part),
        .is_inline = !attached && (related || part->content_id.len || part->disposition.len),
    };
}

static void walk(struct body *body, uint32_t index, bool related);

/** The last child with HTML and the first plain one are two forms of the same words. */
static void walk_alternative(struct body *body, uint32_t index)
{
    const struct jd_mime_part *parts = body->mime->parts;
    uint32_t plain = 0;
    uint32_t rich = 0;
    for (uint32_t i = index + 1; i < parts[index].end; i = parts[i].end) {
        bool html = contains_html(body, i);
        rich = html ? i : rich;
        bool text = is_body_text(body, &parts[i]) || parts[i].kind != JD_MIME_LEAF;
        plain = !html && text && plain == 0 ? i : plain;
    }
    for (uint32_t i = index + 1; i < parts[index].end; i = parts[i].end) {
        if (i == rich) {
            body->pending_plain =
                    plain && parts[plain].kind == JD_MIME_LEAF ? &parts[plain] : NULL;
            walk(body, i, false);
            body->pending_plain = NULL;
        } else if (i == plain && rich == 0) {
            walk(body, i, false);
        } else if (!is_body_text(body, &parts[i]) && parts[i].kind == JD_MIME_LEAF) {
            add_attachment(body, &parts[i], false);
        }
    }
}

static void walk(struct body *body, uint32_t index, bool related)
{
    const struct jd_mime_part *parts = body->mime->parts;
    const struct jd_mime_part *part = &parts[index];
    if (part->kind == JD_MIME_LEAF) {
        if (is_body_text(body, part) && !related) {
            add_segment(body, part);
        } else {
            add_attachment(body, part, related);
        }
    } else if (part->kind == JD_MIME_ALTERNATIVE) {
        walk_alternative(body, index);
    } else {
        for (uint32_t i = index + 1; i < part->end; i = parts[i].end) {
            walk(body, i, part->kind == JD_MIME_RELATED && i > index + 1);
        }
    }
}

/* ---- What they say ---- */

static struct jd_span decode_plain(struct body *body, const struct jd_mime_part *part)
{
    struct jd_mail *mail = body->mail;
    bool cut;
    struct jd_span bytes =
            jd_mime_decode(body->arena, part, body->limits->text_bytes_max, &cut);
    struct jd_span utf8 =
            bytes.data ? jd_charset_decode(body->arena, part->charset, bytes) : bytes;
    struct jd_span text =
            utf8.data ? jd_text_clean(body->arena, utf8, &mail->hidden_text) : utf8;
    if (cut || text.data == NULL) {
        mail->limits_hit |= JD_LIMIT_TEXT;
    }
    return text.data ? text : jd_span_new("", 0);
}

static bool read_html(struct body *body, const struct jd_mime_part *part, struct jd_html *out)
{
    struct jd_mail *mail = body->mail;
    bool cut;
    struct jd_span bytes =
            jd_mime_decode(body->arena, part, body->limits->html_bytes_max, &cut);
    struct jd_span label = part->charset.len || bytes.data == NULL
                                   ? part->charset
                                   : jd_html_meta_charset(bytes);
    struct jd_span utf8 = bytes.data ? jd_charset_decode(body->arena, label, bytes) : bytes;
    if (utf8.data == NULL || !jd_html_read(body->arena, utf8, body->limits, out)) {
        mail->limits_hit |= JD_LIMIT_HTML | JD_LIMIT_TEXT;
        return false;
    }
    mail->limits_hit |= out->limits_hit | (cut ? JD_LIMIT_HTML : 0);
    mail->hidden_text = mail->hidden_text || out->hidden_text;
    return true;
}

/** A plain part that only points to the HTML, or says nothing. */
static bool is_stub(struct jd_span plain, struct jd_span html_text)
{
    return jd_span_trim(plain).len * STUB_RATIO < html_text.len || jd_span_trim(plain).len == 0;
}

static struct piece read_segment(struct body *body, const struct segment *segment)
{
    struct piece piece = { .text = { "", 0 } };
    if (segment->plain) {
        piece.text = decode_plain(body, segment->plain);
    }
    if (segment->rich) {
        body->mail->has_html = true;
        piece.has_html = read_html(body, segment->rich, &piece.html);
    }
    if (piece.has_html && (!segment->plain || is_stub(piece.text, piece.html.text))) {
        piece.text = piece.html.text;
        piece.text_is_html = true;
    }
    return piece;
}

/** One text of all pieces, in the mail's own bytes where there is but one. */
static struct jd_span join_text(struct body *body, struct piece *pieces, int count)
{
    size_t max = body->limits->text_bytes_max;
    if (count == 1) {
        if (pieces[0].text.len > max) {
            body->mail->limits_hit |= JD_LIMIT_TEXT;
        }
        return jd_utf8_cut(pieces[0].text, max);
    }
    struct jd_buf text = jd_buf_init(max);
    for (int i = 0; i < count; i++) {
        bool open = text.len && text.data[text.len - 1] != '\n';
        if (open && pieces[i].text.len) {
            jd_buf_char(&text, '\n');
        }
        pieces[i].text_start = (uint32_t)text.len;
        struct jd_span rest = jd_utf8_cut(pieces[i].text, max - text.len);
        text.failed = text.failed || rest.len < pieces[i].text.len;
        jd_buf_add(&text, rest);
    }
    struct jd_span out = jd_arena_copy(body->arena, jd_buf_span(&text));
    if (text.failed || out.data == NULL) {
        body->mail->limits_hit |= JD_LIMIT_TEXT;
    }
    jd_buf_finish(&text);
    return out.data ? out : jd_span_new("", 0);
}

/** The safe HTML of all pieces; what was plain is quoted between them. */
static struct jd_span join_html(struct body *body, const struct piece *pieces, int count)
{
    if (count == 1) {
        return pieces[0].has_html ? pieces[0].html.safe : jd_span_new("", 0);
    }
    struct jd_buf html = jd_buf_init((size_t)body->limits->html_bytes_max * 4);
    for (int i = 0; i < count; i++) {
        if (pieces[i].has_html) {
            jd_buf_add(&html, pieces[i].html.safe);
        } else {
            jd_html_quote_plain(&html, pieces[i].text);
        }
    }
    struct jd_span out = jd_arena_copy(body->arena, jd_buf_span(&html));
    bool whole = !html.failed && out.data;
    jd_buf_finish(&html);
    if (!whole) {
        body->mail->limits_hit |= JD_LIMIT_HTML;
    }
    return whole ? out : jd_span_new("", 0);
}

/** The zones that the markup of the pieces names, moved to where the pieces stand. */
static void join_zones(struct body *body, const struct piece *pieces, int count)
{
    struct jd_mail *mail = body->mail;
    uint32_t zones = 0;
    for (int i = 0; i < count; i++) {
        zones += pieces[i].text_is_html ? pieces[i].html.zones_count : 0;
    }
    mail->zones = zones ? jd_arena_zalloc(body->arena, zones, sizeof(*mail->zones)) : NULL;
    for (int i = 0; i < count && mail->zones; i++) {
        const struct jd_html *html = &pieces[i].html;
        for (uint32_t k = 0; pieces[i].text_is_html && k < html->zones_count; k++) {
            struct jd_mail_zone zone = html->zones[k];
            zone.start += pieces[i].text_start;
            zone.end += pieces[i].text_start;
            mail->zones[mail->zones_count++] = zone;
        }
    }
}

/** Walks the parts; false beyond the arena's cap. */
static bool collect(struct body *body)
{
    struct jd_mail *mail = body->mail;
    mail->attachments =
            jd_arena_zalloc(body->arena, body->mime->parts_count, sizeof(*mail->attachments));
    if (mail->attachments == NULL) {
        return false;
    }
    walk(body, 0, false);
    return true;
}

void jd_body_read(struct jd_arena *arena,
        const struct jd_mime *mime,
        const struct jd_mail_limits *limits,
        struct jd_mail *mail)
{
    struct body body = { .arena = arena, .mime = mime, .limits = limits, .mail = mail };
    struct piece *pieces = NULL;
    if (!collect(&body) ||
            (pieces = jd_arena_zalloc(arena, SEGMENTS_MAX, sizeof(*pieces))) == NULL) {
        mail->limits_hit |= JD_LIMIT_TEXT;
        return;
    }
    for (int i = 0; i < body.segments_count; i++) {
        pieces[i] = read_segment(&body, &body.segments[i]);
    }
    mail->text = join_text(&body, pieces, body.segments_count);
    if (mail->has_html && limits->want_html) {
        mail->html = join_html(&body, pieces, body.segments_count);
    }
    join_zones(&body, pieces, body.segments_count);
}
