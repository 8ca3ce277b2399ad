/* Cursors of paged lists, sealed. */
#include "gateway/cursor.h"

#include "base/span.h"

#define MAC_BYTES  16 // half of HMAC-SHA-256 is plenty against guessing
#define KEYS_BYTES 16 // two numbers, big-endian

/* The seal covers what the cursor does not carry as well: whose it is, and of which list. */
static void seal(const struct jd_key *key,
        const struct jd_cursor *cursor,
        const uint8_t keys[KEYS_BYTES],
        uint8_t out[32])
{
    struct jd_buf bytes = jd_buf_init(4096);
    jd_buf_format(&bytes, "%lld ", (long long)cursor->user);
    jd_buf_add(&bytes, jd_span_new((const char *)keys, KEYS_BYTES));
    jd_buf_add(&bytes, cursor->list);
    jd_mac(key, jd_buf_span(&bytes), out);
    jd_buf_finish(&bytes);
}

static void put_number(uint8_t *out, int64_t number)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)((uint64_t)number >> (56 - 8 * i));
    }
}

static int64_t get_number(const uint8_t *in)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++) {
        number = number << 8 | in[i];
    }
    return (int64_t)number;
}

void jd_cursor_write(const struct jd_key *key,
        const struct jd_cursor *cursor,
        struct jd_buf *out)
{
    uint8_t bytes[KEYS_BYTES + 32];
    put_number(bytes, cursor->keys[0]);
    put_number(bytes + 8, cursor->keys[1]);
    seal(key, cursor, bytes, bytes + KEYS_BYTES);
    jd_base64url_encode(jd_span_new((const char *)bytes, KEYS_BYTES + MAC_BYTES), out);
}

bool jd_cursor_read(const struct jd_key *key, struct jd_span text, struct jd_cursor *cursor)
{
    struct jd_buf bytes = jd_buf_init(KEYS_BYTES + MAC_BYTES);
    bool good = jd_base64url_decode(text, &bytes) && bytes.len == KEYS_BYTES + MAC_BYTES;
    if (good) {
        const uint8_t *data = (const uint8_t *)bytes.data;
        uint8_t mac[32], difference = 0;
        seal(key, cursor, data, mac);
        for (int i = 0; i < MAC_BYTES; i++) {
            difference |= mac[i] ^ data[KEYS_BYTES + i];
        }
        good = difference == 0;
        if (good) {
            cursor->keys[0] = get_number(data);
            cursor->keys[1] = get_number(data + 8);
        }
    }
    jd_buf_finish(&bytes);
    return good;
}
