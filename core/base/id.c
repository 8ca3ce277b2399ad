#include "base/id.h"

#include <assert.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/span.h"

#define EPOCH_MS    INT64_C(1577836800000) // 2020-01-01T00:00:00Z
#define WRITER_BITS 10
#define COUNT_BITS  12
#define COUNT_MAX   ((INT64_C(1) << COUNT_BITS) - 1)
#define TEXT_LEN    (JD_ID_TEXT_BYTES - 1)

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static _Atomic uint32_t own_writer;
// ms since the epoch and count of the newest id, as one number: adding one counts on, and a
// count that overflows borrows from the next ms by itself.
static _Atomic int64_t newest_tick;

void jd_id_set_writer(uint32_t writer)
{
    assert(writer < (1u << WRITER_BITS));
    atomic_store(&own_writer, writer);
}

int64_t jd_id_next(void)
{
    int64_t now_ms = jd_clock_now_ms() - EPOCH_MS;
    int64_t now_tick = (now_ms > 0 ? now_ms : 0) << COUNT_BITS;
    int64_t newest = atomic_load(&newest_tick);
    int64_t tick;
    do {
        tick = now_tick > newest ? now_tick : newest + 1;
    } while (!atomic_compare_exchange_weak(&newest_tick, &newest, tick));
    int64_t ms = tick >> COUNT_BITS;
    return (ms << (WRITER_BITS + COUNT_BITS)) |
           ((int64_t)atomic_load(&own_writer) << COUNT_BITS) | (tick & COUNT_MAX);
}

void jd_id_format(int64_t id, char out[JD_ID_TEXT_BYTES])
{
    uint64_t rest = (uint64_t)id;
    for (int i = TEXT_LEN - 1; i >= 0; i--) {
        out[i] = alphabet[rest & 31];
        rest >>= 5;
    }
    out[TEXT_LEN] = '\0';
}

static int digit_value(char c)
{
    char lower = jd_ascii_lower(c);
    for (int i = 0; i < 32; i++) {
        if (jd_ascii_lower(alphabet[i]) == lower) {
            return i;
        }
    }
    return -1;
}

bool jd_id_parse(struct jd_span text, int64_t *out_id)
{
    if (text.len != TEXT_LEN || digit_value(text.data[0]) > 7) {
        return false; // 13 digits are 65 bits: the first one may fill but three of them
    }
    uint64_t id = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_value(text.data[i]);
        if (digit < 0) {
            return false;
        }
        id = id << 5 | (uint64_t)digit;
    }
    *out_id = (int64_t)id;
    return true;
}

int64_t jd_id_time_ms(int64_t id)
{
    return (id >> (WRITER_BITS + COUNT_BITS)) + EPOCH_MS;
}
