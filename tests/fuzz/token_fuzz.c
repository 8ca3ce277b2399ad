#include <stdlib.h>

#include "base/token.h"

#define MAX_BYTES (64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** A tight buffer takes the slow way and must give a beginning of what the fast way gives. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jd_span text = { (const char *)data, size };
    struct jd_buf wide = jd_buf_init(MAX_BYTES), tight = jd_buf_init(size / 2);
    jd_token_append(&wide, text);
    jd_token_append(&tight, text);
    if (wide.failed || tight.failed || tight.len > wide.len ||
            (tight.len && memcmp(tight.data, wide.data, tight.len) != 0)) {
        abort();
    }
    jd_buf_finish(&wide);
    jd_buf_finish(&tight);
    return 0;
}
