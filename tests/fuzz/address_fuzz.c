#include <stdlib.h>

#include "mail/address.h"
#include "mail/text.h"

enum {
    ARENA_BYTES_MAX = 8 * 1024 * 1024,
    ADDRESSES_MAX = 50
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Any value gives at most the asked number of addresses, in UTF-8 and on one line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jd_arena *arena = jd_arena_create(ARENA_BYTES_MAX);
    struct jd_address_list list;
    if (jd_address_parse(arena, jd_span_new((const char *)data, size), ADDRESSES_MAX, &list)) {
        if (list.count > ADDRESSES_MAX) {
            abort();
        }
        for (uint32_t i = 0; i < list.count; i++) {
            struct jd_span name = list.items[i].name;
            struct jd_span address = list.items[i].address;
            bool empty = name.len + address.len == 0;
            bool lines = (name.len && memchr(name.data, '\n', name.len)) ||
                         (address.len && memchr(address.data, '\n', address.len));
            if (empty || lines || !jd_utf8_valid(name) || !jd_utf8_valid(address)) {
                abort();
            }
        }
    }
    jd_arena_destroy(&arena);
    return 0;
}
