#include <stdlib.h>

#include "mail/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** A date lies between the years 1959 and 2101, or there is none. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t ms = jd_date_parse(jd_span_new((const char *)data, size));
    if (ms != INT64_MIN && (ms < -347155200000 || ms > 4133980800000)) {
        abort();
    }
    return 0;
}
