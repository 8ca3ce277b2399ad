/**
 * Slices of bytes: comparing, cutting, searching. Nothing allocates; every result points into
 * the argument. Any thread.
 */
#ifndef JD_BASE_SPAN_H
#define JD_BASE_SPAN_H

#include <jackdaw/types.h>

#define JD_SPAN_FMT       "%.*s"
#define JD_SPAN_ARG(span) (int)(span).len, (span).data ? (span).data : ""

static inline char jd_ascii_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static inline struct jd_span jd_span_new(const char *data, size_t len)
{
    return (struct jd_span){ data, len };
}

/** The part from `start`, at most `len` bytes; cut to what is there. */
static inline struct jd_span jd_span_sub(struct jd_span span, size_t start, size_t len)
{
    if (start > span.len) {
        start = span.len;
    }
    if (len > span.len - start) {
        len = span.len - start;
    }
    return jd_span_new(span.data ? span.data + start : NULL, len);
}

static inline bool jd_span_starts(struct jd_span span, struct jd_span prefix)
{
    return span.len >= prefix.len && jd_span_equal(jd_span_new(span.data, prefix.len), prefix);
}

static inline bool jd_span_ends(struct jd_span span, struct jd_span suffix)
{
    return span.len >= suffix.len &&
           jd_span_equal(jd_span_new(span.data + span.len - suffix.len, suffix.len), suffix);
}

/** Equal but for ASCII case. */
static inline bool jd_span_equal_nocase(struct jd_span a, struct jd_span b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (jd_ascii_lower(a.data[i]) != jd_ascii_lower(b.data[i])) {
            return false;
        }
    }
    return true;
}

/** Byte order, the shorter first; for sorting. */
static inline int jd_span_compare(struct jd_span a, struct jd_span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;
    if (order != 0) {
        return order;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

/** Without white space (space, tab, CR, LF) at both ends. */
static inline struct jd_span jd_span_trim(struct jd_span span)
{
    while (span.len && strchr(" \t\r\n", span.data[0]) && span.data[0]) {
        span.data++;
        span.len--;
    }
    while (span.len && strchr(" \t\r\n", span.data[span.len - 1]) && span.data[span.len - 1]) {
        span.len--;
    }
    return span;
}

/**
 * Takes the bytes up to `separator` off the front of `*rest` into `*out_part` and skips the
 * separator. False when nothing is left.
 */
static inline bool jd_span_split(struct jd_span *rest, char separator, struct jd_span *out_part)
{
    if (rest->data == NULL) {
        return false;
    }
    const char *end = rest->len ? memchr(rest->data, separator, rest->len) : NULL;
    size_t len = end ? (size_t)(end - rest->data) : rest->len;
    *out_part = jd_span_new(rest->data, len);
    *rest = end ? jd_span_new(end + 1, rest->len - len - 1) : jd_span_new(NULL, 0);
    return true;
}

#endif
