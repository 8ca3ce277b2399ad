/** Reading and writing UTF-8 one code point at a time. Nothing allocates. Any thread. */
#ifndef JD_BASE_UTF8_H
#define JD_BASE_UTF8_H

#include <jackdaw/types.h>

#define JD_UTF8_REPLACEMENT 0xFFFDu
#define JD_UTF8_INVALID     UINT32_MAX

/**
 * Takes one code point off the front of `rest`, which is not empty. A byte that begins no valid
 * sequence (truncated, overlong, surrogate, over U+10FFFF) is taken alone and gives
 * JD_UTF8_INVALID.
 */
static inline uint32_t jd_utf8_take(struct jd_span *rest)
{
    const uint8_t *in = (const uint8_t *)rest->data;
    size_t len = in[0] < 0x80 ? 1 : in[0] < 0xE0 ? 2 : in[0] < 0xF0 ? 3 : 4;
    uint32_t code_point = in[0];
    if (len > 1) {
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        bool valid = in[0] >= 0xC2 && in[0] <= 0xF4 && rest->len >= len;
        code_point = in[0] & (0xFFu >> (len + 1));
        for (size_t i = 1; valid && i < len; i++) {
            valid = (in[i] & 0xC0) == 0x80;
            code_point = code_point << 6 | (in[i] & 0x3F);
        }
        if (!valid || code_point < least[len] || code_point > 0x10FFFF ||
                (code_point >= 0xD800 && code_point <= 0xDFFF)) {
            code_point = JD_UTF8_INVALID;
            len = 1;
        }
    }
    rest->data += len;
    rest->len -= len;
    return code_point;
}

/** Writes a valid code point; returns its 1 to 4 bytes. */
static inline size_t jd_utf8_put(uint32_t code_point, char out[4])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

#endif
