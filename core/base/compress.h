/** The one door to zstd: small blocks, compressed alone. Any thread. */
#ifndef JD_BASE_COMPRESS_H
#define JD_BASE_COMPRESS_H

#include "base/buf.h"
#include "base/error.h"

/** Appends one zstd frame (level 1, content size recorded). Empty input gives nothing. */
void jd_compress(struct jd_span bytes, struct jd_buf *out);
/** Appends the content; JD_BAD_INPUT when it is no frame, or larger than out may hold. Empty
 * input gives nothing. */
enum jd_status jd_decompress(struct jd_span frame, struct jd_buf *out, struct jd_error *error);

#endif
