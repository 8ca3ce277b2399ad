/**
 * Growing bytes, born with a maximum. Once it would pass the maximum the buffer is `failed`: it
 * keeps what it has, drops the rest, and the caller looks once at the end. One thread at a
 * time.
 *
 *     struct jd_buf buf = jd_buf_init(64 * 1024);
 *     jd_buf_text(&buf, "hello");
 *     if (buf.failed) ...
 *     jd_buf_finish(&buf);
 *
 * The bytes are always NUL-terminated behind their end (the NUL is not counted).
 */
#ifndef JD_BASE_BUF_H
#define JD_BASE_BUF_H

#include <jackdaw/types.h>

struct jd_buf {
    char *data; // owned; NULL while empty
    size_t len;
    size_t capacity;
    size_t max_bytes;
    bool failed; // something was dropped
};

static inline struct jd_buf jd_buf_init(size_t max_bytes)
{
    return (struct jd_buf){ .max_bytes = max_bytes };
}

static inline struct jd_span jd_buf_span(const struct jd_buf *buf)
{
    return (struct jd_span){ buf->data ? buf->data : "", buf->len };
}

void jd_buf_finish(struct jd_buf *buf);
/** Empty again, not failed, memory kept. */
void jd_buf_clear(struct jd_buf *buf);
void jd_buf_add(struct jd_buf *buf, struct jd_span bytes);
void jd_buf_text(struct jd_buf *buf, const char *text);
void jd_buf_char(struct jd_buf *buf, char c);
__attribute__((format(printf, 2, 3))) void
jd_buf_format(struct jd_buf *buf, const char *format, ...);
/** Room for `bytes` more, cleared; the caller fills them and adds to len. NULL when it would
 * pass the maximum. */
char *jd_buf_reserve(struct jd_buf *buf, size_t bytes);

/** A byte sink (jackdaw/types.h) that appends to a buffer; JD_BAD_INPUT when it is full. */
struct jd_buf_sink {
    struct jd_byte_sink sink;
    struct jd_buf *buf;
};
struct jd_buf_sink jd_buf_sink(struct jd_buf *buf);

#endif
