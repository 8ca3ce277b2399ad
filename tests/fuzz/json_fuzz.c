#include <stdlib.h>

#include "base/json.h"

#define MAX_BYTES (64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** What the check lets through cJSON takes; what is written of any bytes can be read again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jd_span text = { (const char *)data, size };
    struct jd_error error;
    struct jd_json *document = NULL;
    enum jd_status status = jd_json_parse(text, MAX_BYTES, &document, &error);
    if (status != JD_OK && status != JD_BAD_INPUT) {
        abort();
    }
    jd_json_destroy(&document);

    struct jd_buf buf = jd_buf_init(MAX_BYTES * 8);
    struct jd_json_writer writer = jd_json_writer(&buf);
    jd_json_add_text(&writer, NULL, text);
    bool has_nul = size && memchr(data, '\0', size);
    status = jd_json_parse(jd_buf_span(&buf), MAX_BYTES * 8, &document, &error);
    if (!buf.failed && !has_nul && status != JD_OK) {
        abort();
    }
    jd_json_destroy(&document);
    jd_buf_finish(&buf);
    return 0;
}
