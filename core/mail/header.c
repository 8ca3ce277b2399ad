/**
 * Header fields. Encoded words are read leniently (inside quotes, glued to text, with spaces in
 * them), since that is how they are written; neighbours of one charset are joined before they
 * are converted, because some senders cut a character in two.
 */
#include "mail/header.h"

#include "base/buf.h"
#include "mail/charset.h"
#include "mail/text.h"

enum {
    ENCODED_WORD_MAX = 4096
};

/** Length of the line at `at`, its \n included; less at the end of the bytes. */
static size_t line_length(struct jd_span raw, size_t at)
{
    const char *end = memchr(raw.data + at, '\n', raw.len - at);
    return end ? (size_t)(end - raw.data) - at + 1 : raw.len - at;
}

static bool is_empty_line(const char *line, size_t len)
{
    return len == 0 || line[0] == '\n' || (line[0] == '\r' && (len == 1 || line[1] == '\n'));
}

/** Length of the field name at the start of a line, 0 if the line is no field. */
static size_t name_length(const char *line, size_t len, size_t *out_colon)
{
    size_t name = 0;
    while (name < len && line[name] > ' ' && line[name] != ':' && line[name] != 0x7f) {
        name++;
    }
    size_t colon = name;
    while (colon < len && (line[colon] == ' ' || line[colon] == '\t')) {
        colon++;
    }
    *out_colon = colon;
    return colon < len && line[colon] == ':' ? name : 0;
}

struct scan {
    struct jd_span raw;
    size_t at;
    bool any; // a field was seen
};

/** The next field with its continuation lines. False at the end of the header. */
static bool next_field(struct scan *scan, struct jd_header_field *out_field)
{
    struct jd_span raw = scan->raw;
    while (scan->at < raw.len) {
        const char *line = raw.data + scan->at;
        size_t len = line_length(raw, scan->at);
        if (is_empty_line(line, len)) {
            scan->at += len;
            return false;
        }
        size_t colon;
        size_t name = name_length(line, len, &colon);
        if (name == 0) {
            bool mbox = jd_span_starts(jd_span_new(line, len), JD_SPAN("From ")) ||
                        jd_span_starts(jd_span_new(line, len), JD_SPAN(">From "));
            if (!scan->any && !mbox) {
                return false; // no header at all: this line is body
            }
            scan->at += len;
            continue;
        }
        size_t end = scan->at + len;
        while (end < raw.len && (raw.data[end] == ' ' || raw.data[end] == '\t')) {
            end += line_length(raw, end);
        }
        scan->any = true;
        out_field->name = jd_span_new(line, name);
        size_t start = scan->at + colon + 1;
        out_field->value = jd_span_trim(jd_span_new(raw.data + start, end - start));
        scan->at = end;
        return true;
    }
    return false;
}

/** Behind a byte order mark and empty lines in front of the first field; 0 if no field follows.
 */
static size_t skip_front(struct jd_span raw)
{
    size_t at = jd_span_starts(raw, JD_SPAN("\xef\xbb\xbf")) ? 3 : 0;
    while (at < raw.len && strchr(" \t\r\n", raw.data[at]) && raw.data[at]) {
        at++;
    }
    size_t colon;
    bool field = at < raw.len && name_length(raw.data + at, line_length(raw, at), &colon);
    return field ? at : 0;
}

bool jd_header_scan(struct jd_arena *arena,
        struct jd_span raw,
        const struct jd_mail_limits *limits,
        struct jd_header_block *out_block)
{
    struct jd_header_block block = { 0 };
    struct jd_header_field field;
    size_t front = skip_front(raw);
    struct scan count = { .raw = raw, .at = front };
    uint32_t fields = 0;
    while (next_field(&count, &field)) {
        fields++;
    }
    if (fields > limits->headers_max) {
        fields = limits->headers_max;
        block.limits_hit = JD_LIMIT_HEADERS;
    }
    block.body_start = count.at;
    block.fields = jd_arena_zalloc(arena, fields + 1, sizeof(*block.fields));
    if (block.fields == NULL) {
        return false;
    }
    struct scan scan = { .raw = raw, .at = front };
    while (block.fields_count < fields && next_field(&scan, &field)) {
        if (field.value.len > limits->header_bytes_max) {
            field.value.len = limits->header_bytes_max;
            block.limits_hit = JD_LIMIT_HEADERS;
        }
        block.fields[block.fields_count++] = field;
    }
    *out_block = block;
    return true;
}

const struct jd_header_field *jd_header_find(const struct jd_header_block *block,
        struct jd_span name)
{
    for (uint32_t i = 0; i < block->fields_count; i++) {
        bool same = jd_span_equal_nocase(block->fields[i].name, name);
        if (same && block->fields[i].value.len) {
            return &block->fields[i];
        }
    }
    return NULL;
}

struct jd_span jd_header_unfold(struct jd_arena *arena, struct jd_span value)
{
    if (jd_text_is_line(value)) {
        return value;
    }
    struct jd_span text = jd_charset_decode(arena, jd_span_new(NULL, 0), value);
    return text.data ? jd_text_line(arena, text) : text;
}

struct encoded_word {
    struct jd_span charset;
    char encoding; // 'b' or 'q'
    struct jd_span payload;
    size_t len; // of the whole word
};

/** The encoded word at the start of `text`, which begins with "=?". */
static bool read_encoded_word(struct jd_span text, struct encoded_word *out_word)
{
    text = jd_span_sub(text, 0, ENCODED_WORD_MAX);
    const char *charset = text.data + 2;
    const char *end = text.data + text.len;
    const char *mark = memchr(charset, '?', (size_t)(end - charset));
    if (mark == NULL || mark == charset || end - mark < 3 || mark[2] != '?') {
        return false;
    }
    char encoding = jd_ascii_lower(mark[1]);
    if (encoding != 'b' && encoding != 'q') {
        return false;
    }
    for (const char *p = charset; p < mark; p++) {
        if ((unsigned char)*p <= ' ') {
            return false;
        }
    }
    const char *payload = mark + 3;
    const char *close = memmem(payload, (size_t)(end - payload), "?=", 2);
    if (close == NULL) {
        return false;
    }
    *out_word = (struct encoded_word){
        .charset = jd_span_new(charset, (size_t)(mark - charset)),
        .encoding = encoding,
        .payload = jd_span_new(payload, (size_t)(close - payload)),
        .len = (size_t)(close + 2 - text.data),
    };
    return true;
}

/** The first "=?" in `text`, NULL if there is none. */
static const char *find_word_mark(struct jd_span text)
{
    const char *end = text.data + text.len;
    const char *p = text.len ? memchr(text.data, '=', text.len) : NULL;
    while (p && p + 1 < end && p[1] != '?') {
        p = memchr(p + 1, '=', (size_t)(end - p - 1));
    }
    return p && p + 1 < end ? p : NULL;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = jd_ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode_q(struct jd_span payload, struct jd_buf *out)
{
    for (size_t i = 0; i < payload.len; i++) {
        char c = payload.data[i];
        bool escape = c == '=' && i + 2 < payload.len;
        int high = escape ? hex_value(payload.data[i + 1]) : -1;
        int low = escape ? hex_value(payload.data[i + 2]) : -1;
        if (high >= 0 && low >= 0) {
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '_') {
            c = ' ';
        }
        jd_buf_char(out, c);
    }
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' || c == '-' ? 62 : (c == '/' || c == '_' ? 63 : -1);
}

static void decode_b(struct jd_span payload, struct jd_buf *out)
{
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < payload.len; i++) {
        int value = base64_value(payload.data[i]);
        if (value < 0) {
            continue;
        }
        bits = bits << 6 | (uint32_t)value;
        if (++count == 4) {
            jd_buf_char(out, (char)(bits >> 16));
            jd_buf_char(out, (char)(bits >> 8));
            jd_buf_char(out, (char)bits);
            bits = 0;
            count = 0;
        }
    }
    if (count >= 2) {
        jd_buf_char(out, (char)(count == 2 ? bits >> 4 : bits >> 10));
    }
    if (count == 3) {
        jd_buf_char(out, (char)(bits >> 2));
    }
}

/** State of decoding one value: `pending` are bytes of `charset` not yet converted. */
struct decoding {
    struct jd_arena *arena;
    struct jd_buf text;
    struct jd_buf pending;
    struct jd_span charset;
};

static void flush_pending(struct decoding *decoding)
{
    if (decoding->pending.len) {
        jd_buf_add(&decoding->text, jd_charset_decode(decoding->arena, decoding->charset,
                                            jd_buf_span(&decoding->pending)));
        jd_buf_clear(&decoding->pending);
    }
}

static void add_word(struct decoding *decoding, const struct encoded_word *word)
{
    if (!jd_span_equal_nocase(decoding->charset, word->charset)) {
        flush_pending(decoding);
        decoding->charset = word->charset;
    }
    if (word->encoding == 'q') {
        decode_q(word->payload, &decoding->pending);
    } else {
        decode_b(word->payload, &decoding->pending);
    }
}

static void decode_words(struct decoding *decoding, struct jd_span value)
{
    bool after_word = false;
    while (value.len) {
        const char *mark = find_word_mark(value);
        size_t before = mark ? (size_t)(mark - value.data) : value.len;
        struct jd_span plain = jd_span_sub(value, 0, before);
        struct encoded_word word;
        bool found = mark && read_encoded_word(jd_span_sub(value, before, value.len), &word);
        // White space between two encoded words is not part of the text (RFC 2047, 6.2).
        if (!(after_word && found && jd_span_trim(plain).len == 0)) {
            flush_pending(decoding);
            jd_buf_add(&decoding->text, plain);
        }
        if (!found && mark) {
            flush_pending(decoding);
            jd_buf_text(&decoding->text, "=?");
        }
        if (found) {
            add_word(decoding, &word);
        }
        after_word = found;
        size_t used = before + (found ? word.len : (mark ? 2 : 0));
        value = jd_span_sub(value, used, value.len);
    }
    flush_pending(decoding);
}

struct jd_span jd_header_decode(struct jd_arena *arena, struct jd_span value)
{
    if (find_word_mark(value) == NULL) {
        return jd_header_unfold(arena, value);
    }
    struct jd_span raw = jd_charset_decode(arena, jd_span_new(NULL, 0), value);
    struct decoding decoding = {
        .arena = arena,
        .text = jd_buf_init(value.len * 4 + 64),
        .pending = jd_buf_init(value.len + 64),
    };
    decode_words(&decoding, raw);
    struct jd_span text = jd_arena_copy(arena, jd_buf_span(&decoding.text));
    jd_buf_finish(&decoding.text);
    jd_buf_finish(&decoding.pending);
    return text.data ? jd_text_line(arena, text) : text;
}

bool jd_header_next_id(struct jd_span *rest, struct jd_span *out_id)
{
    static const char space[] = " \t\r\n,;";
    size_t at = 0;
    while (at < rest->len) {
        while (at < rest->len && strchr(space, rest->data[at])) {
            at++;
        }
        bool bracket = at < rest->len && rest->data[at] == '<';
        size_t start = at + bracket;
        size_t end = start;
        while (end < rest->len && rest->data[end] != '<' &&
                (bracket ? rest->data[end] != '>' : !strchr(space, rest->data[end]))) {
            end++;
        }
        struct jd_span id = jd_span_trim(jd_span_new(rest->data + start, end - start));
        at = end + (end < rest->len && rest->data[end] == '>');
        if (id.len) {
            *out_id = id;
            *rest = jd_span_sub(*rest, at, rest->len);
            return true;
        }
    }
    *rest = jd_span_new(NULL, 0);
    return false;
}

struct jd_span jd_header_bracketed(struct jd_span value)
{
    const char *open = value.len ? memchr(value.data, '<', value.len) : NULL;
    if (open == NULL) {
        return jd_span_trim(value);
    }
    size_t start = (size_t)(open - value.data) + 1;
    const char *close = memchr(open, '>', value.len - start + 1);
    size_t len = close ? (size_t)(close - open) - 1 : value.len - start;
    return jd_span_trim(jd_span_sub(value, start, len));
}
