#include "base/record.h"

/** Walks every field and group, as a worker does with what a compute child answers. */
static void walk(struct jd_record_reader reader)
{
    struct jd_error error;
    struct jd_record_field field;
    struct jd_record_reader inner;
    while (jd_record_next(&reader, &field, &error) == JD_OK) {
        if (jd_record_enter(&reader, &field, &inner, &error) == JD_OK) {
            walk(inner);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    walk(jd_record_reader((struct jd_span){ (const char *)data, size }));
    return 0;
}
