#include "base/compress.h"

#include <zstd.h>

#define LEVEL 1

void jd_compress(struct jd_span bytes, struct jd_buf *out)
{
    if (bytes.len == 0) {
        return;
    }
    size_t room = ZSTD_compressBound(bytes.len);
    if (room > out->max_bytes - out->len) {
        room = out->max_bytes - out->len; // the frame may still fit; zstd tells
    }
    char *frame = jd_buf_reserve(out, room);
    if (frame == NULL) {
        return;
    }
    size_t len = ZSTD_compress(frame, room, bytes.data, bytes.len, LEVEL);
    if (ZSTD_isError(len)) {
        out->failed = true;
        len = 0;
    }
    out->len += len;
    out->data[out->len] = '\0';
}

enum jd_status jd_decompress(struct jd_span frame, struct jd_buf *out, struct jd_error *error)
{
    if (frame.len == 0) {
        return JD_OK;
    }
    unsigned long long len = ZSTD_getFrameContentSize(frame.data, frame.len);
    if (len == ZSTD_CONTENTSIZE_UNKNOWN || len == ZSTD_CONTENTSIZE_ERROR ||
            ZSTD_findFrameCompressedSize(frame.data, frame.len) != frame.len) {
        return jd_error_set(error, JD_BAD_INPUT, "%zu bytes are no zstd frame", frame.len);
    }
    if (out->failed || len > out->max_bytes - out->len) {
        return jd_error_set(error, JD_BAD_INPUT, "a zstd frame of %llu bytes passes %zu", len,
                out->max_bytes);
    }
    char *bytes = jd_buf_reserve(out, (size_t)len);
    if (bytes == NULL) {
        return jd_error_set(error, JD_RETRY_LATER, "no memory for %llu bytes", len);
    }
    size_t got = ZSTD_decompress(bytes, (size_t)len, frame.data, frame.len);
    if (ZSTD_isError(got)) {
        out->data[out->len] = '\0';
        return jd_error_set(
                error, JD_BAD_INPUT, "a zstd frame is damaged: %s", ZSTD_getErrorName(got));
    }
    out->len += got;
    return JD_OK;
}
