/**
 * Address lists. One pass cuts the value at the commas, semicolons and group colons that stand
 * outside quotes, comments, brackets and encoded words; each piece is then read on its own, so
 * that one broken address spoils no other.
 */
#include "mail/address.h"

#include "base/buf.h"
#include "mail/header.h"
#include "mail/text.h"

enum {
    ADDRESS_BYTES_MAX = 998,
    GROW_FIRST = 4,
    PIECES_PER_ADDRESS = 8, // empty pieces and group names come with the addresses
};

/** Bytes from `at` to behind the closing mark of a quoted string; `at` is on the opening one.
 */
static size_t quoted_length(struct jd_span text, size_t at)
{
    size_t i = at + 1;
    while (i < text.len && text.data[i] != '"') {
        i += text.data[i] == '\\' ? 2 : 1;
    }
    return (i < text.len ? i + 1 : text.len) - at;
}

static size_t comment_length(struct jd_span text, size_t at)
{
    int depth = 0;
    size_t i = at;
    while (i < text.len) {
        depth += text.data[i] == '(';
        depth -= text.data[i] == ')';
        i += text.data[i] == '\\' ? 2 : 1;
        if (depth == 0) {
            break;
        }
    }
    return (i < text.len ? i : text.len) - at;
}

/** An encoded word may hold raw commas and quotes; 0 if there is none at `at`. */
static size_t encoded_length(struct jd_span text, size_t at)
{
    if (at + 1 >= text.len || text.data[at + 1] != '?') {
        return 0;
    }
    size_t marks = 0;
    for (size_t i = at + 2; i < text.len && i < at + 512; i++) {
        unsigned char c = (unsigned char)text.data[i];
        marks += c == '?';
        if (c == '?' && marks >= 3 && i + 1 < text.len && text.data[i + 1] == '=') {
            return i + 2 - at;
        }
        if (marks < 2 && c <= ' ') {
            return 0;
        }
    }
    return 0;
}

/** Whether a byte stands for itself wherever it stands. */
static bool is_plain(char c)
{
    switch (c) {
    case '"':
    case '(':
    case '=':
    case '\\':
    case '<':
    case '>':
    case ',':
    case ';':
    case ':':
    case '@':
    case 0x7f:
        return false;
    default:
        return (unsigned char)c > ' ';
    }
}

/** The bytes at `at` that belong together and hold no separator; at least 1. */
static size_t unit_length(struct jd_span text, size_t at)
{
    size_t len = 1;
    switch (text.data[at]) {
    case '"':
        len = quoted_length(text, at);
        break;
    case '(':
        len = comment_length(text, at);
        break;
    case '=':
        len = encoded_length(text, at);
        break;
    case '\\':
        len = 2;
        break;
    default:
        while (is_plain(text.data[at]) && at + len < text.len &&
                is_plain(text.data[at + len])) {
            len++;
        }
        break;
    }
    len = len ? len : 1;
    return len < text.len - at ? len : text.len - at;
}

/** Takes quotes and comments off, keeps what they quote; comments go to `comment`. */
static void unquote(struct jd_span text, struct jd_buf *plain, struct jd_buf *comment)
{
    for (size_t at = 0; at < text.len;) {
        size_t len = unit_length(text, at);
        char c = text.data[at];
        if (c == '(' || c == '"') {
            struct jd_buf *out = c == '(' ? comment : plain;
            size_t closed = len > 1 && text.data[at + len - 1] == (c == '(' ? ')' : '"');
            for (size_t i = at + 1; i < at + len - closed; i++) {
                i += text.data[i] == '\\' && i + 1 < at + len - closed;
                jd_buf_char(out, text.data[i]);
            }
            if (c == '(') {
                jd_buf_char(plain, ' ');
            }
        } else {
            jd_buf_add(plain, jd_span_sub(text, at, len));
        }
        at += len;
    }
}

/** The addr-spec without comments, route and white space, its domain in lower case. */
static struct jd_span clean_address(struct jd_arena *arena, struct jd_span text)
{
    char *out = jd_arena_alloc(arena, text.len + 1);
    if (out == NULL) {
        return jd_span_new(NULL, 0);
    }
    size_t len = 0;
    for (size_t at = 0; at < text.len;) {
        size_t unit = unit_length(text, at);
        unsigned char c = (unsigned char)text.data[at];
        bool skipped = c == '(' || c <= ' ' || c == 0x7f || c == '<' || c == '>';
        if (!skipped) {
            memcpy(out + len, text.data + at, unit);
            len += unit;
        }
        at += unit;
    }
    const char *colon = len && out[0] == '@' ? memchr(out, ':', len) : NULL;
    if (colon) { // a source route: "@first,@second:name@host"
        len -= (size_t)(colon + 1 - out);
        memmove(out, colon + 1, len);
    }
    const char *at_sign = memrchr(out, '@', len);
    for (size_t i = at_sign ? (size_t)(at_sign - out) : len; i < len; i++) {
        out[i] = jd_ascii_lower(out[i]);
    }
    return jd_span_new(out, len < ADDRESS_BYTES_MAX ? len : 0);
}

/** A mailbox cut into its parts, still encoded. */
struct pieces {
    struct jd_span bracketed; // between the last < and its >
    bool has_bracket;
    struct jd_buf around; // what stands outside the brackets
};

static void cut_pieces(struct jd_span text, struct pieces *pieces)
{
    for (size_t at = 0; at < text.len;) {
        size_t len = unit_length(text, at);
        if (text.data[at] == '<') {
            size_t end = at + 1;
            while (end < text.len && text.data[end] != '>') {
                end += unit_length(text, end);
            }
            pieces->bracketed = jd_span_sub(text, at + 1, end - at - 1);
            pieces->has_bracket = true;
            len = end + (end < text.len) - at;
            jd_buf_char(&pieces->around, ' ');
        } else {
            jd_buf_add(&pieces->around, jd_span_sub(text, at, len));
        }
        at += len;
    }
}

/** The word with an @ in a mailbox without brackets: from the space before to the space behind,
 * where spaces around the @ and the dots of old mail belong to it. */
static struct jd_span find_bare_address(struct jd_span text)
{
    const char *at_sign = NULL;
    for (size_t at = 0; at < text.len; at += unit_length(text, at)) {
        if (text.data[at] == '@') {
            at_sign = text.data + at;
        }
    }
    if (at_sign == NULL) {
        // A single word is the name of a local mailbox ("root"); several are a person's name.
        struct jd_span word = jd_span_trim(text);
        bool single = word.len && word.data[0] != '"' && word.data[0] != '(' &&
                      word.data[0] != '=' && !memchr(word.data, ' ', word.len);
        return single ? word : jd_span_new(NULL, 0);
    }
    const char *start = at_sign;
    while (start > text.data && strchr(" \t", start[-1])) {
        start--;
    }
    if (start > text.data && start[-1] == '"') {
        do {
            start--;
        } while (start > text.data && start[-1] != '"');
        start -= start > text.data;
    }
    while (start > text.data && !strchr(" \t\r\n", start[-1])) {
        start--;
    }
    const char *end = at_sign + 1;
    const char *limit = text.data + text.len;
    while (end < limit && strchr(" \t", *end)) {
        end++;
    }
    while (end < limit && !strchr(" \t\r\n(", *end)) {
        end++;
    }
    return jd_span_new(start, (size_t)(end - start));
}

static struct jd_span strip_quotes(struct jd_span name)
{
    while (name.len >= 2 && (name.data[0] == '"' || name.data[0] == '\'') &&
            name.data[name.len - 1] == name.data[0]) {
        name = jd_span_trim(jd_span_sub(name, 1, name.len - 2));
    }
    return name;
}

static struct jd_span decode_name(struct jd_arena *arena, const struct jd_buf *buf)
{
    return jd_arena_copy(arena, strip_quotes(jd_header_decode(arena, jd_buf_span(buf))));
}

static struct jd_mail_address read_mailbox(struct jd_arena *arena, struct jd_span text)
{
    struct jd_mail_address out = { { "", 0 }, { "", 0 } };
    struct pieces pieces = { .around = jd_buf_init(text.len + 16) };
    cut_pieces(text, &pieces);
    struct jd_span around = jd_buf_span(&pieces.around);
    struct jd_span spec = pieces.bracketed;
    struct jd_span phrase = around;
    struct jd_span tail = { NULL, 0 };
    if (!pieces.has_bracket) {
        spec = find_bare_address(around);
        if (spec.len) {
            size_t before = (size_t)(spec.data - around.data);
            phrase = jd_span_sub(around, 0, before);
            tail = jd_span_sub(around, before + spec.len, around.len);
        }
    }
    struct jd_buf plain = jd_buf_init(text.len + 16);
    struct jd_buf comment = jd_buf_init(text.len + 16);
    unquote(phrase, &plain, &comment);
    unquote(tail, &plain, &comment);
    out.address = clean_address(arena, spec);
    bool named = jd_span_trim(jd_buf_span(&plain)).len > 0;
    if (named || out.address.len) { // a comment alone names nobody
        out.name = decode_name(arena, named ? &plain : &comment);
    }
    jd_buf_finish(&plain);
    jd_buf_finish(&comment);
    jd_buf_finish(&pieces.around);
    return out;
}

/** Length of the next piece of the list; `*out_end` is the separator, '\0' at the end. */
static size_t piece_length(struct jd_span text, char *out_end)
{
    bool bracket = false;
    const char *last_close = NULL;
    for (size_t at = 0; at < text.len; at += unit_length(text, at)) {
        char c = text.data[at];
        if (c == '<') {
            last_close = last_close ? last_close : memrchr(text.data, '>', text.len);
            bracket = true;
        } else if (c == '>') {
            bracket = false;
        } else if (bracket) {
            // A comma in brackets ends the address only if the bracket is never closed.
            bool closed = last_close && last_close > text.data + at;
            if (c == ',' && !closed) {
                *out_end = c;
                return at;
            }
        } else if (c == ',' || c == ';' || c == ':') {
            *out_end = c;
            return at;
        }
    }
    *out_end = '\0';
    return text.len;
}

static bool append(struct jd_arena *arena,
        struct jd_address_list *list,
        struct jd_mail_address address,
        uint32_t *capacity)
{
    if (list->count == *capacity) {
        uint32_t larger = *capacity ? *capacity * 2 : GROW_FIRST;
        struct jd_mail_address *items = jd_arena_zalloc(arena, larger, sizeof(*items));
        if (items == NULL) {
            return false;
        }
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof(*items));
        }
        list->items = items;
        *capacity = larger;
    }
    list->items[list->count++] = address;
    return true;
}

bool jd_address_parse(struct jd_arena *arena,
        struct jd_span value,
        uint32_t max,
        struct jd_address_list *out_list)
{
    struct jd_address_list list = { 0 };
    uint32_t capacity = 0;
    struct jd_span rest = jd_header_unfold(arena, value);
    for (uint32_t pieces = 0; rest.len; pieces++) {
        char end;
        size_t len = piece_length(rest, &end);
        struct jd_span piece = jd_span_trim(jd_span_sub(rest, 0, len));
        rest = jd_span_sub(rest, len + 1, rest.len);
        bool group_name =
                end == ':' && memchr(piece.data ? piece.data : "", '@', piece.len) == NULL;
        if ((piece.len == 0 || group_name) && pieces / PIECES_PER_ADDRESS <= max) {
            continue;
        }
        if (list.count == max || pieces / PIECES_PER_ADDRESS > max) {
            list.cut = true;
            break;
        }
        struct jd_mail_address address = read_mailbox(arena, piece);
        bool kept = address.address.len || address.name.len;
        if (kept && !append(arena, &list, address, &capacity)) {
            return false;
        }
    }
    *out_list = list;
    return true;
}
