/**
 * The one door to libsodium: hashes, passwords, tokens, sealing. jd_seal_init once per process
 * before the first use; then any thread.
 */
#ifndef JD_BASE_SEAL_H
#define JD_BASE_SEAL_H

#include "base/buf.h"
#include "base/error.h"

#define JD_KEY_BYTES           32
#define JD_HASH_BYTES          32
#define JD_PASSWORD_HASH_BYTES 128

struct jd_key {
    uint8_t bytes[JD_KEY_BYTES];
};

enum jd_status jd_seal_init(struct jd_error *error);

/** BLAKE2b, 32 bytes. */
void jd_hash(struct jd_span bytes, uint8_t out[JD_HASH_BYTES]);
/** BLAKE2b cut to 63 bits, for keys of tables; stable for ever. */
int64_t jd_hash63(struct jd_span bytes);
/** SHA-256, for what others compare with hashes of their own. */
void jd_hash_sha256(struct jd_span bytes, uint8_t out[JD_HASH_BYTES]);
/** Incremental form of jd_hash. */
struct jd_hasher;
struct jd_hasher *jd_hasher_create(void);
void jd_hasher_add(struct jd_hasher *hasher, struct jd_span bytes);
void jd_hasher_end(struct jd_hasher **hasher, uint8_t out[JD_HASH_BYTES]);

/** argon2id (RFC 9106) with libsodium's interactive limits (64 MiB, 2 passes); out is a PHC
 * string, NUL-terminated. Takes about 0.1 s. */
enum jd_status jd_password_hash(struct jd_span password,
        char out[JD_PASSWORD_HASH_BYTES],
        struct jd_error *error);
bool jd_password_verify(const char *hash, struct jd_span password);

void jd_random(void *out, size_t bytes);
/** `bytes` random bytes as base64url text. */
void jd_random_text(size_t bytes, struct jd_buf *out);

/** A key for one purpose ("jwt", "cursor", "accounts") derived from the master key. */
void jd_key_derive(const struct jd_key *master, const char *purpose, struct jd_key *out);
/** Reads the key file (mode 0600), or makes it when `create`. */
enum jd_status
jd_key_load(const char *file, bool create, struct jd_key *out, struct jd_error *error);

void jd_mac(const struct jd_key *key, struct jd_span bytes, uint8_t out[32]); // HMAC-SHA-256
bool jd_mac_verify(const struct jd_key *key,
        struct jd_span bytes,
        const uint8_t mac[32]); // constant time

void jd_base64url_encode(struct jd_span bytes, struct jd_buf *out); // no padding
bool jd_base64url_decode(struct jd_span text, struct jd_buf *out);

#endif
