#include "base/seal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

#include "base/arena.h"
#include "base/file.h"

#define KEY_TEXT_BYTES                                                                         \
 ((size_t)JD_KEY_BYTES * 2) // a key file holds hexadecimal digits and a newline

_Static_assert(crypto_pwhash_STRBYTES == JD_PASSWORD_HASH_BYTES, "a PHC string fits");
_Static_assert(crypto_auth_hmacsha256_KEYBYTES == JD_KEY_BYTES, "a key is an HMAC key");

enum jd_status jd_seal_init(struct jd_error *error)
{
    if (sodium_init() < 0) {
        return jd_error_set(error, JD_RETRY_LATER, "libsodium cannot start: no random source?");
    }
    return JD_OK;
}

static const unsigned char *bytes_of(struct jd_span span)
{
    return (const unsigned char *)span.data;
}

void jd_hash(struct jd_span bytes, uint8_t out[JD_HASH_BYTES])
{
    crypto_generichash(out, JD_HASH_BYTES, bytes_of(bytes), bytes.len, NULL, 0);
}

void jd_hash_sha256(struct jd_span bytes, uint8_t out[JD_HASH_BYTES])
{
    crypto_hash_sha256(out, bytes_of(bytes), bytes.len);
}

int64_t jd_hash63(struct jd_span bytes)
{
    uint8_t hash[JD_HASH_BYTES];
    jd_hash(bytes, hash);
    uint64_t number = 0;
    for (int i = 7; i >= 0; i--) {
        number = number << 8 | hash[i];
    }
    return (int64_t)(number & INT64_MAX);
}

struct jd_hasher {
    crypto_generichash_state state; // wants 64-byte alignment
};

struct jd_hasher *jd_hasher_create(void)
{
    size_t align = _Alignof(struct jd_hasher);
    struct jd_hasher *hasher =
            aligned_alloc(align, (sizeof(*hasher) + align - 1) / align * align);
    if (hasher == NULL) {
        fputs("jackdaw: out of memory\n", stderr);
        abort();
    }
    crypto_generichash_init(&hasher->state, NULL, 0, JD_HASH_BYTES);
    return hasher;
}

void jd_hasher_add(struct jd_hasher *hasher, struct jd_span bytes)
{
    crypto_generichash_update(&hasher->state, bytes_of(bytes), bytes.len);
}

void jd_hasher_end(struct jd_hasher **hasher, uint8_t out[JD_HASH_BYTES])
{
    crypto_generichash_final(&(*hasher)->state, out, JD_HASH_BYTES);
    free(*hasher);
    *hasher = NULL;
}

enum jd_status jd_password_hash(struct jd_span password,
        char out[JD_PASSWORD_HASH_BYTES],
        struct jd_error *error)
{
    const char *text = password.data ? password.data : "";
    if (crypto_pwhash_str_alg(out, text, password.len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return jd_error_set(
                error, JD_RETRY_LATER, "cannot hash a password: 64 MiB of memory are needed");
    }
    return JD_OK;
}

bool jd_password_verify(const char *hash, struct jd_span password)
{
    const char *text = password.data ? password.data : "";
    return crypto_pwhash_str_verify(hash, text, password.len) == 0;
}

void jd_random(void *out, size_t bytes)
{
    randombytes_buf(out, bytes);
}

void jd_random_text(size_t bytes, struct jd_buf *out)
{
    char *random = jd_xalloc(bytes);
    jd_random(random, bytes);
    jd_base64url_encode((struct jd_span){ random, bytes }, out);
    sodium_memzero(random, bytes);
    free(random);
}

void jd_key_derive(const struct jd_key *master, const char *purpose, struct jd_key *out)
{
    crypto_generichash(out->bytes, sizeof(out->bytes), (const unsigned char *)purpose,
            strlen(purpose), master->bytes, sizeof(master->bytes));
}

/** When another process was faster its key stands: no key is ever replaced. */
static enum jd_status make_key(const char *file, struct jd_error *error)
{
    struct jd_key key;
    char text[KEY_TEXT_BYTES + 1];
    jd_random(key.bytes, sizeof(key.bytes));
    sodium_bin2hex(text, sizeof(text), key.bytes, sizeof(key.bytes));
    text[KEY_TEXT_BYTES] = '\n'; // over the NUL: the file is a line
    enum jd_status status =
            jd_file_create(file, (struct jd_span){ text, sizeof(text) }, 0600, error);
    sodium_memzero(&key, sizeof(key));
    sodium_memzero(text, sizeof(text));
    return status == JD_REJECTED ? JD_OK : status;
}

static enum jd_status check_mode(const char *file, struct jd_error *error)
{
    struct stat found;
    if (stat(file, &found) < 0) {
        return jd_error_errno(error, errno, "cannot read the key file %s", file);
    }
    if (found.st_mode & 077) {
        return jd_error_set(error, JD_UNAUTHORISED,
                "%s can be read by others (mode %03o): run chmod 600 on it", file,
                (unsigned)(found.st_mode & 0777));
    }
    return JD_OK;
}

static enum jd_status read_key(const char *file, struct jd_key *out, struct jd_error *error)
{
    struct jd_buf text = jd_buf_init(KEY_TEXT_BYTES + 1);
    enum jd_status status = jd_file_read(file, &text, error);
    if (status == JD_OK) {
        size_t len = 0;
        const char *end = NULL;
        int decoded = sodium_hex2bin(out->bytes, sizeof(out->bytes), text.data ? text.data : "",
                text.len, NULL, &len, &end);
        bool whole = decoded == 0 && len == JD_KEY_BYTES && text.len >= KEY_TEXT_BYTES &&
                     (text.len == KEY_TEXT_BYTES || *end == '\n');
        if (!whole) {
            status = jd_error_set(error, JD_BAD_INPUT,
                    "%s is no key file: it must hold %zu hexadecimal digits", file,
                    KEY_TEXT_BYTES);
        }
    }
    if (text.data) {
        sodium_memzero(text.data, text.len);
    }
    jd_buf_finish(&text);
    return status;
}

enum jd_status
jd_key_load(const char *file, bool create, struct jd_key *out, struct jd_error *error)
{
    enum jd_status status = JD_OK;
    if (create && !jd_file_exists(file)) {
        status = make_key(file, error);
    }
    if (status == JD_OK) {
        status = check_mode(file, error);
    }
    return status == JD_OK ? read_key(file, out, error) : status;
}

void jd_mac(const struct jd_key *key, struct jd_span bytes, uint8_t out[32])
{
    crypto_auth_hmacsha256(out, bytes_of(bytes), bytes.len, key->bytes);
}

bool jd_mac_verify(const struct jd_key *key, struct jd_span bytes, const uint8_t mac[32])
{
    return crypto_auth_hmacsha256_verify(mac, bytes_of(bytes), bytes.len, key->bytes) == 0;
}

void jd_base64url_encode(struct jd_span bytes, struct jd_buf *out)
{
    size_t room =
            sodium_base64_encoded_len(bytes.len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = jd_buf_reserve(out, room - 1); // the NUL has its place in every buffer
    if (text) {
        sodium_bin2base64(text, room, bytes_of(bytes), bytes.len,
                sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        out->len += room - 1;
    }
}

bool jd_base64url_decode(struct jd_span text, struct jd_buf *out)
{
    size_t room = text.len / 4 * 3 + 3;
    size_t len = 0;
    const char *end = NULL;
    unsigned char *bytes = jd_xalloc(room);
    bool good = sodium_base642bin(bytes, room, text.data ? text.data : "", text.len, NULL, &len,
                        &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
                (text.len == 0 || end == text.data + text.len);
    if (good) {
        jd_buf_add(out, (struct jd_span){ (const char *)bytes, len });
    }
    free(bytes);
    return good && !out->failed;
}
