/**
 * UTF-8 and plain text. The scan that most mail passes (printable ASCII) looks at eight bytes
 * at a time; all else is character by character.
 */
#include "mail/text.h"

size_t jd_utf8_step(const char *data, size_t len, uint32_t *out_code)
{
    const unsigned char *p = (const unsigned char *)data;
    if (len == 0) {
        return 0;
    }
    if (p[0] < 0x80) {
        *out_code = p[0];
        return 1;
    }
    if (p[0] >= 0xc2 && p[0] < 0xe0) {
        if (len < 2 || (p[1] & 0xc0) != 0x80) {
            return 0;
        }
        *out_code = (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
        return 2;
    }
    if (p[0] >= 0xe0 && p[0] < 0xf0) {
        if (len < 3 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80) {
            return 0;
        }
        uint32_t code =
                (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
        *out_code = code;
        return code >= 0x800 && (code < 0xd800 || code > 0xdfff) ? 3 : 0;
    }
    if (p[0] >= 0xf0 && p[0] < 0xf5) {
        if (len < 4 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80 ||
                (p[3] & 0xc0) != 0x80) {
            return 0;
        }
        uint32_t code = (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
                        (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
        *out_code = code;
        return code >= 0x10000 && code <= 0x10ffff ? 4 : 0;
    }
    return 0;
}

size_t jd_utf8_encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

bool jd_utf8_valid(struct jd_span text)
{
    size_t at = 0;
    while (at < text.len) {
        uint64_t word;
        while (at + 8 <= text.len) {
            memcpy(&word, text.data + at, 8);
            if (word & 0x8080808080808080u) {
                break;
            }
            at += 8;
        }
        if (at == text.len) {
            break;
        }
        uint32_t code;
        size_t step = jd_utf8_step(text.data + at, text.len - at, &code);
        if (step == 0) {
            return false;
        }
        at += step;
    }
    return true;
}

struct jd_span jd_utf8_cut(struct jd_span text, size_t max)
{
    if (text.len <= max) {
        return text;
    }
    while (max > 0 && ((unsigned char)text.data[max] & 0xc0) == 0x80) {
        max--;
    }
    return jd_span_new(text.data, max);
}

static bool is_plain_byte(unsigned char c)
{
    return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t';
}

/** Length of the run of plain bytes at the start. */
static size_t plain_length(const char *data, size_t len)
{
    const uint64_t high = 0x8080808080808080u;
    const uint64_t ones = 0x0101010101010101u;
    size_t at = 0;
    while (at < len) {
        uint64_t word;
        if (at + 8 <= len) {
            memcpy(&word, data + at, 8);
            // A byte below 0x20 borrows, a byte of 0x7f carries, one above has its high bit.
            if ((((word - ones * 0x20) | (word + ones) | word) & high) == 0) {
                at += 8;
                continue;
            }
        }
        if (!is_plain_byte((unsigned char)data[at])) {
            break;
        }
        at++;
    }
    return at;
}

bool jd_text_is_plain(struct jd_span text)
{
    return plain_length(text.data, text.len) == text.len;
}

bool jd_text_is_tag(uint32_t code)
{
    return code >= 0xe0000 && code <= 0xe007f;
}

bool jd_text_is_invisible(uint32_t code)
{
    if (code < 0x20) {
        return code != '\n' && code != '\t';
    }
    if (code < 0x7f) {
        return false;
    }
    return code < 0xa0 || code == 0xad || code == 0x34f || code == 0x200b || code == 0x2060 ||
           code == 0xfeff || (code >= 0xfff0 && code <= 0xfff8) || (code & 0xfffe) == 0xfffe ||
           jd_text_is_tag(code);
}

bool jd_text_turns(uint32_t code)
{
    return code == 0x61c || code == 0x180e || code == 0x200e || code == 0x200f ||
           (code >= 0x202a && code <= 0x202e) || (code >= 0x2061 && code <= 0x206f) ||
           (code >= 0xfff9 && code <= 0xfffb);
}

struct jd_span jd_text_clean(struct jd_arena *arena, struct jd_span text, bool *hidden)
{
    if (jd_text_is_plain(text)) {
        return text;
    }
    char *out = jd_arena_alloc(arena, text.len + 1);
    if (out == NULL) {
        return jd_span_new(NULL, 0);
    }
    size_t len = 0;
    for (size_t at = 0; at < text.len;) {
        size_t plain = plain_length(text.data + at, text.len - at);
        memcpy(out + len, text.data + at, plain);
        len += plain;
        at += plain;
        uint32_t code;
        size_t step = jd_utf8_step(text.data + at, text.len - at, &code);
        if (step == 0) {
            at++;
            continue;
        }
        if (code == '\r') {
            bool pair = at + 1 < text.len && text.data[at + 1] == '\n';
            out[len++] = '\n';
            at += pair ? 2 : 1;
            continue;
        }
        if (!jd_text_is_invisible(code)) {
            memcpy(out + len, text.data + at, step);
            len += step;
        } else if (hidden && jd_text_is_tag(code)) {
            *hidden = true;
        }
        at += step;
    }
    return jd_span_new(out, len);
}

/** Whether eight bytes are printable ASCII with no two spaces in a row. */
static bool are_of_line(const char *data)
{
    const uint64_t high = 0x8080808080808080u;
    const uint64_t ones = 0x0101010101010101u;
    uint64_t word;
    memcpy(&word, data, 8);
    if (((word - ones * 0x20) | (word + ones) | word) & high) { // as in plain_length
        return false;
    }
    uint64_t spaces = ~((word ^ ones * ' ') + ones * 0x7f) & high; // the high bits of spaces
    return (spaces & (spaces << 8)) == 0;
}

bool jd_text_is_line(struct jd_span text)
{
    unsigned char before = ' ';
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x20 || c > 0x7e || (c == ' ' && before == ' ')) {
            return false;
        }
        if (i + 8 <= text.len && are_of_line(text.data + i)) {
            i += 7;
        }
        before = (unsigned char)text.data[i];
    }
    return text.len == 0 || before != ' ';
}

static bool is_white(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r') || code == 0xa0 || code == 0x2028 ||
           code == 0x2029;
}

/** Length of a piece of line at the start: printable ASCII without two spaces in a row, that
 * begins and ends with none. */
static size_t piece_length(const char *data, size_t len)
{
    size_t run = 0;
    while (run < len && data[run] > ' ' && data[run] < 0x7f) {
        bool eight = run + 8 <= len && data[run + 7] != ' ' && are_of_line(data + run);
        run += eight ? 8 : 1;
    }
    return run;
}

struct jd_span jd_text_line(struct jd_arena *arena, struct jd_span text)
{
    if (jd_text_is_line(text)) {
        return text;
    }
    char *out = jd_arena_alloc(arena, text.len + 1);
    if (out == NULL) {
        return jd_span_new(NULL, 0);
    }
    size_t len = 0;
    bool space = false;
    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0;
        size_t step = piece_length(text.data + at, text.len - at);
        if (step == 0) {
            step = jd_utf8_step(text.data + at, text.len - at, &code);
            if (step == 0 || is_white(code) || jd_text_is_invisible(code) ||
                    jd_text_turns(code)) {
                space = space || (step && is_white(code));
                at += step ? step : 1;
                continue;
            }
        }
        if (space && len) {
            out[len++] = ' ';
        }
        space = false;
        memcpy(out + len, text.data + at, step);
        len += step;
        at += step;
    }
    return jd_span_new(out, len);
}

uint32_t jd_text_lower(uint32_t code)
{
    if (code < 0x80) {
        return code >= 'A' && code <= 'Z' ? code + 32 : code;
    }
    if ((code >= 0xc0 && code <= 0xde && code != 0xd7) || (code >= 0x391 && code <= 0x3ab) ||
            (code >= 0x410 && code <= 0x42f)) {
        return code + 32;
    }
    if (code >= 0x400 && code <= 0x40f) {
        return code + 80;
    }
    if (code >= 0x531 && code <= 0x556) {
        return code + 48;
    }
    bool even_upper = (code >= 0x100 && code <= 0x137 && code != 0x130) ||
                      (code >= 0x14a && code <= 0x177) || (code >= 0x460 && code <= 0x481) ||
                      (code >= 0x48a && code <= 0x4bf) || (code >= 0x4d0 && code <= 0x52f) ||
                      (code >= 0x1e00 && code <= 0x1e95) || (code >= 0x1ea0 && code <= 0x1eff);
    if (even_upper) {
        return code | 1;
    }
    bool odd_upper = (code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17e);
    return odd_upper && (code & 1) ? code + 1 : code;
}

bool jd_text_is_letter(uint32_t code)
{
    if (code < 0x80) {
        return (code | 32) >= 'a' && (code | 32) <= 'z';
    }
    return (code >= 0xc0 && code < 0x2000 && code != 0xd7 && code != 0xf7) || code == 0xaa ||
           code == 0xba || (code >= 0x2c00 && code < 0x2e00) ||
           (code >= 0x3041 && code < 0xd7a4) || (code >= 0xf900 && code < 0xfb00) ||
           (code >= 0xfb1d && code < 0xfe00) || (code >= 0xfe70 && code < 0xfeff) ||
           (code >= 0xff21 && code < 0xffdd) || (code >= 0x10280 && code < 0x1f000) ||
           (code >= 0x20000 && code < 0x32000);
}
