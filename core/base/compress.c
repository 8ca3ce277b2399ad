#include "base/compress.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <zstd.h>

#include "base/arena.h"

#define LEVEL 1

/** A context is larger than most blocks: each thread makes its own once and keeps it. */
struct contexts {
    ZSTD_CCtx *compress;
    ZSTD_DCtx *decompress;
};

static pthread_key_t contexts_key;
static pthread_once_t contexts_once = PTHREAD_ONCE_INIT;

static void free_contexts(void *argument)
{
    struct contexts *contexts = argument;
    ZSTD_freeCCtx(contexts->compress);
    ZSTD_freeDCtx(contexts->decompress);
    free(contexts);
}

static void make_key(void)
{
    if (pthread_key_create(&contexts_key, free_contexts) != 0) {
        fputs("jackdaw: no thread key left for zstd\n", stderr);
        abort();
    }
}

/** NULL: no memory. */
static struct contexts *own_contexts(void)
{
    pthread_once(&contexts_once, make_key);
    struct contexts *contexts = pthread_getspecific(contexts_key);
    if (contexts) {
        return contexts;
    }
    contexts = jd_xalloc(sizeof(*contexts));
    contexts->compress = ZSTD_createCCtx();
    contexts->decompress = ZSTD_createDCtx();
    if (contexts->compress == NULL || contexts->decompress == NULL ||
            pthread_setspecific(contexts_key, contexts) != 0) {
        free_contexts(contexts);
        return NULL;
    }
    return contexts;
}

void jd_compress(struct jd_span bytes, struct jd_buf *out)
{
    if (bytes.len == 0 || out->failed) {
        return;
    }
    size_t room = ZSTD_compressBound(bytes.len);
    if (room > out->max_bytes - out->len) {
        room = out->max_bytes - out->len; // the frame may still fit; zstd tells
    }
    struct contexts *contexts = own_contexts();
    char *frame = contexts ? jd_buf_reserve(out, room) : NULL;
    if (frame == NULL) {
        out->failed = true;
        return;
    }
    size_t len =
            ZSTD_compressCCtx(contexts->compress, frame, room, bytes.data, bytes.len, LEVEL);
    if (ZSTD_isError(len)) {
        out->failed = true;
        len = 0;
    }
    out->len += len;
    out->data[out->len] = '\0'; // zstd may have scribbled behind the frame
}

/** The size of the content; false when `frame` is not one whole frame that tells it. */
static bool read_size(struct jd_span frame, unsigned long long *out_len)
{
    *out_len = ZSTD_getFrameContentSize(frame.data, frame.len);
    return *out_len != ZSTD_CONTENTSIZE_UNKNOWN && *out_len != ZSTD_CONTENTSIZE_ERROR &&
           ZSTD_findFrameCompressedSize(frame.data, frame.len) == frame.len;
}

enum jd_status jd_decompress(struct jd_span frame, struct jd_buf *out, struct jd_error *error)
{
    if (frame.len == 0) {
        return JD_OK;
    }
    unsigned long long len;
    if (!read_size(frame, &len)) {
        return jd_error_set(error, JD_BAD_INPUT, "%zu bytes are no zstd frame", frame.len);
    }
    if (out->failed || len > out->max_bytes - out->len) {
        return jd_error_set(error, JD_BAD_INPUT, "a zstd frame of %llu bytes passes %zu", len,
                out->max_bytes);
    }
    struct contexts *contexts = own_contexts();
    char *bytes = contexts ? jd_buf_reserve(out, (size_t)len) : NULL;
    if (bytes == NULL) {
        return jd_error_set(error, JD_RETRY_LATER, "no memory for %llu bytes", len);
    }
    size_t got = ZSTD_decompressDCtx(
            contexts->decompress, bytes, (size_t)len, frame.data, frame.len);
    if (ZSTD_isError(got)) {
        out->data[out->len] = '\0';
        return jd_error_set(
                error, JD_BAD_INPUT, "a zstd frame is damaged: %s", ZSTD_getErrorName(got));
    }
    out->len += got;
    return JD_OK;
}
