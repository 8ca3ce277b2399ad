#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN_BYTES 64

void jd_buf_finish(struct jd_buf *buf)
{
    free(buf->data);
    *buf = jd_buf_init(buf->max_bytes);
}

void jd_buf_clear(struct jd_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
    if (buf->data) {
        buf->data[0] = '\0';
    }
}

/** Room for `bytes` and the NUL behind them; doubles, but never reserves beyond the maximum. */
static bool grow(struct jd_buf *buf, size_t bytes)
{
    if (buf->failed || bytes > buf->max_bytes - buf->len) {
        buf->failed = true;
        return false;
    }
    size_t needed = buf->len + bytes + 1;
    if (needed <= buf->capacity) {
        return true;
    }
    size_t capacity = buf->capacity > SIZE_MAX / 2 ? needed : buf->capacity * 2;
    if (capacity < CAPACITY_MIN_BYTES) {
        capacity = CAPACITY_MIN_BYTES;
    }
    if (capacity > buf->max_bytes) {
        capacity = buf->max_bytes + 1;
    }
    if (capacity < needed) {
        capacity = needed;
    }
    char *data = realloc(buf->data, capacity);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void jd_buf_add(struct jd_buf *buf, struct jd_span bytes)
{
    if (!grow(buf, bytes.len)) {
        return;
    }
    if (bytes.len) {
        memcpy(buf->data + buf->len, bytes.data, bytes.len);
    }
    buf->len += bytes.len;
    buf->data[buf->len] = '\0';
}

void jd_buf_text(struct jd_buf *buf, const char *text)
{
    jd_buf_add(buf, jd_span_of(text));
}

void jd_buf_char(struct jd_buf *buf, char c)
{
    if (grow(buf, 1)) {
        buf->data[buf->len++] = c;
        buf->data[buf->len] = '\0';
    }
}

void jd_buf_format(struct jd_buf *buf, const char *format, ...)
{
    if (buf->failed) {
        return;
    }
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) {
        buf->failed = true;
        return;
    }
    if (grow(buf, (size_t)len)) {
        va_start(args, format);
        vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
        va_end(args);
        buf->len += (size_t)len;
    }
}

char *jd_buf_reserve(struct jd_buf *buf, size_t bytes)
{
    if (!grow(buf, bytes)) {
        return NULL;
    }
    // The caller may fill less than it asked for; the NUL must stand behind whatever it fills.
    return memset(buf->data + buf->len, 0, bytes + 1);
}

static enum jd_status write_to_buf(struct jd_byte_sink *sink, struct jd_span bytes)
{
    struct jd_buf *buf = ((struct jd_buf_sink *)sink)->buf;
    jd_buf_add(buf, bytes);
    return buf->failed ? JD_BAD_INPUT : JD_OK;
}

struct jd_buf_sink jd_buf_sink(struct jd_buf *buf)
{
    return (struct jd_buf_sink){
        .sink = { JD_SIZE(jd_byte_sink), .write = write_to_buf },
        .buf = buf,
    };
}
