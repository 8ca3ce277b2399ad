/* Folding: a table for what is common, the tokeniser for the rest. */
#include "script/fold.h"

#include "base/span.h"
#include "base/token.h"
#include "base/utf8.h"

#define PIECE_BYTES 1024 // that are folded before they are added

/* What a code point that is neither letter nor digit becomes. */
enum {
    SIGN_KEEP,
    SIGN_DROP,
    SIGN_SPACE,
    SIGN_QUOTE,
    SIGN_DOUBLE_QUOTE,
    SIGN_DASH,
    SIGN_DOTS
};

static int sign_of(uint32_t c)
{
    if (c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 || (c >= 0x2000 && c <= 0x200a) ||
            c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000) {
        return SIGN_SPACE;
    }
    if (c == 0xad || (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) ||
            c == 0x2060 || c == 0xfeff || (c >= 0xfe00 && c <= 0xfe0f)) {
        return SIGN_DROP;
    }
    if ((c >= 0x2018 && c <= 0x201b) || c == 0xb4 || c == '`' || c == 0x2032) {
        return SIGN_QUOTE;
    }
    if ((c >= 0x201c && c <= 0x201f) || c == 0xab || c == 0xbb || c == 0x2033) {
        return SIGN_DOUBLE_QUOTE;
    }
    if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212) {
        return SIGN_DASH;
    }
    return c == 0x2026 ? SIGN_DOTS : SIGN_KEEP;
}

static bool is_combining(uint32_t c)
{
    return c >= 0x300 && c <= 0x36f;
}

static uint32_t fold_letter(const struct jd_fold *fold, uint32_t c)
{
    if (c < JD_FOLD_CACHED) {
        return fold->letters[c];
    }
    return jd_token_fold(c);
}

/* The code point at `at`; what is broken is a sign of its own. */
static uint32_t read_at(struct jd_span text, size_t at, size_t *out_len)
{
    struct jd_span rest = jd_span_sub(text, at, text.len);
    uint32_t c = jd_utf8_take(&rest);
    *out_len = text.len - at - rest.len;
    return c == JD_UTF8_INVALID ? JD_UTF8_REPLACEMENT : c;
}

/* Writes what one code point becomes behind `out` (room for 4); `last` is the byte before. */
static size_t fold_one(const struct jd_fold *fold, uint32_t c, char last, char out[4])
{
    uint32_t letter = is_combining(c) ? 0 : fold_letter(fold, c);
    if (letter) {
        return jd_utf8_put(letter, out);
    }
    switch (sign_of(c)) {
    case SIGN_DROP:
        return 0;
    case SIGN_SPACE:
        out[0] = ' ';
        return last == ' ' ? 0 : 1;
    case SIGN_QUOTE:
        out[0] = '\'';
        return 1;
    case SIGN_DOUBLE_QUOTE:
        out[0] = '"';
        return 1;
    case SIGN_DASH:
        out[0] = '-';
        return 1;
    case SIGN_DOTS:
        out[0] = out[1] = out[2] = '.';
        return 3;
    default:
        return jd_utf8_put(c, out);
    }
}

void jd_fold_init(struct jd_fold *fold)
{
    for (uint32_t c = 0; c < JD_FOLD_CACHED; c++) {
        uint32_t letter = jd_token_fold(c);
        fold->letters[c] = letter < 0x10000 ? (uint16_t)letter : 0;
    }
    for (uint32_t c = 0; c < 256; c++) {
        char folded[4];
        bool is_one = c > 0 && c < 0x80 && fold_one(fold, c, 'x', folded) == 1;
        fold->ascii[c] = is_one ? folded[0] : 0;
    }
}

/* Eight bytes at once, as nearly all of mail is: printable ASCII without "`" and without two
 * spaces in a row. Only its capitals change. A byte's high bit says what holds of that byte.
 * False: they need a closer look. */
static bool fold_eight(const char *from, char last, char *to)
{
    const uint64_t ones = UINT64_MAX / 255, high = 0x80 * ones;
    uint64_t bytes;
    memcpy(&bytes, from, sizeof(bytes));
    uint64_t controls = ~(bytes + (0x80 - ' ') * ones);
    uint64_t spaces = ~((bytes ^ ' ' * ones) + 0x7f * ones) & high;
    uint64_t quotes = ~((bytes ^ '`' * ones) + 0x7f * ones);
    uint64_t capitals =
            (bytes + (0x80 - 'A') * ones) & ~(bytes + (0x80 - 'Z' - 1) * ones) & high;
    if (((bytes | controls | quotes) & high) || (spaces & (spaces << 8)) ||
            (last == ' ' && from[0] == ' ')) {
        return false;
    }
    bytes |= capitals >> 2;
    memcpy(to, &bytes, sizeof(bytes));
    return true;
}

/* Folds from *at until `end` is reached or passed; where the output ends. */
static char *fold_slowly(const struct jd_fold *fold,
        struct jd_span text,
        size_t *at,
        size_t end,
        char *to,
        char *last)
{
    while (*at < end) {
        char byte = fold->ascii[(unsigned char)text.data[*at]];
        if (byte) {
            *to = byte;
            to += byte != ' ' || *last != ' '; // a run of white space is one
            *last = byte;
            (*at)++;
            continue;
        }
        size_t used;
        uint32_t c = read_at(text, *at, &used);
        size_t written = fold_one(fold, c, *last, to);
        to += written;
        *last = written ? to[-1] : *last;
        *at += used;
    }
    return to;
}

void jd_fold_append(const struct jd_fold *fold, struct jd_buf *out, struct jd_span text)
{
    // Three bytes at most for one: a byte that is no UTF-8 becomes U+FFFD.
    char folded[3 * PIECE_BYTES + 8];
    char last = out->len ? out->data[out->len - 1] : ' ';
    for (size_t at = 0; at < text.len && !out->failed;) {
        size_t end = text.len - at < PIECE_BYTES ? text.len : at + PIECE_BYTES;
        char *to = folded;
        while (at < end) {
            if (end - at >= 8 && fold_eight(text.data + at, last, to)) {
                at += 8;
                to += 8;
                last = to[-1];
            } else {
                to = fold_slowly(fold, text, &at, end - at < 8 ? end : at + 8, to, &last);
            }
        }
        jd_buf_add(out, jd_span_new(folded, (size_t)(to - folded)));
    }
}

static bool is_letter(const struct jd_fold *fold, uint32_t c)
{
    return !is_combining(c) && fold_letter(fold, c) != 0;
}

bool jd_fold_letter_before(const struct jd_fold *fold, struct jd_span folded, size_t at)
{
    if (at == 0) {
        return false;
    }
    size_t start = at - 1;
    while (start > 0 && at - start < 4 && ((unsigned char)folded.data[start] & 0xc0) == 0x80) {
        start--;
    }
    size_t len;
    return is_letter(fold, read_at(folded, start, &len));
}

bool jd_fold_letter_at(const struct jd_fold *fold, struct jd_span folded, size_t at)
{
    size_t len;
    return at < folded.len && is_letter(fold, read_at(folded, at, &len));
}

bool jd_fold_find(const struct jd_fold *fold,
        struct jd_span folded,
        struct jd_span needle,
        bool left,
        bool right)
{
    size_t from = 0;
    while (needle.len && folded.len - from >= needle.len) {
        const char *found =
                memmem(folded.data + from, folded.len - from, needle.data, needle.len);
        if (found == NULL) {
            return false;
        }
        size_t start = (size_t)(found - folded.data);
        if (!(left && jd_fold_letter_before(fold, folded, start)) &&
                !(right && jd_fold_letter_at(fold, folded, start + needle.len))) {
            return true;
        }
        from = start + 1;
    }
    return false;
}

bool jd_fold_is_utf8(struct jd_span text)
{
    while (text.len) {
        if (jd_utf8_take(&text) == JD_UTF8_INVALID) {
            return false;
        }
    }
    return true;
}

struct jd_span jd_fold_cut(struct jd_span text, size_t bytes_max)
{
    if (text.len <= bytes_max) {
        return text;
    }
    while (bytes_max > 0 && ((unsigned char)text.data[bytes_max] & 0xc0) == 0x80) {
        bytes_max--;
    }
    return jd_span_new(text.data, bytes_max);
}
