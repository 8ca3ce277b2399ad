#include "base/seal.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "jd_test.h"

static struct jd_span hex(const uint8_t *bytes, size_t len)
{
    static char text[2 * 64 + 1];
    for (size_t i = 0; i < len; i++) {
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    return (struct jd_span){ text, 2 * len };
}

TEST(hashes)
{
    uint8_t whole[JD_HASH_BYTES], parts[JD_HASH_BYTES];
    jd_hash(JD_SPAN("abc"), whole); // BLAKE2b-256 of "abc"
    CHECK_TEXT(
            hex(whole, 32), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    struct jd_hasher *hasher = jd_hasher_create();
    jd_hasher_add(hasher, JD_SPAN("a"));
    jd_hasher_add(hasher, (struct jd_span){ NULL, 0 });
    jd_hasher_add(hasher, JD_SPAN("bc"));
    jd_hasher_end(&hasher, parts);
    CHECK(hasher == NULL);
    CHECK_INT(memcmp(whole, parts, sizeof(whole)), 0);
    jd_hash((struct jd_span){ NULL, 0 }, whole);
    CHECK_TEXT(hex(whole, 4), "0e5751c0");
}

TEST(hashes_to_63_bits)
{
    // Keys of tables are on people's disks: this number must never change.
    CHECK_INT(jd_hash63(JD_SPAN("abc")), INT64_C(8230682787980631485));
    for (int i = 0; i < 1000; i++) {
        char text[16];
        snprintf(text, sizeof(text), "%d", i);
        CHECK(jd_hash63(jd_span_of(text)) >= 0);
    }
}

TEST(verifies_passwords)
{
    struct jd_error error;
    char hash[JD_PASSWORD_HASH_BYTES];
    CHECK_OK(jd_password_hash(JD_SPAN("correct horse"), hash, &error), error);
    CHECK_INT(strncmp(hash, "$argon2id$v=19$m=65536,t=2,p=1$", 31), 0);
    CHECK(jd_password_verify(hash, JD_SPAN("correct horse")));
    CHECK(!jd_password_verify(hash, JD_SPAN("correct horsf")));
    CHECK(!jd_password_verify("", JD_SPAN("")));
    CHECK(!jd_password_verify("$argon2id$nonsense", JD_SPAN("")));
}

TEST(authenticates)
{
    // RFC 4231 has no key of 32 bytes; this pair was made with Python's hmac module.
    struct jd_key key;
    memset(&key, 0x0b, sizeof(key));
    uint8_t mac[32];
    jd_mac(&key, JD_SPAN("Hi There"), mac);
    CHECK_TEXT(
            hex(mac, 32), "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7");
    CHECK(jd_mac_verify(&key, JD_SPAN("Hi There"), mac));
    CHECK(!jd_mac_verify(&key, JD_SPAN("Hi Their"), mac));
    mac[31] ^= 1;
    CHECK(!jd_mac_verify(&key, JD_SPAN("Hi There"), mac));
}

TEST(derives_a_key_for_each_purpose)
{
    struct jd_key master, one, two, again;
    memset(&master, 7, sizeof(master));
    jd_key_derive(&master, "jwt", &one);
    jd_key_derive(&master, "cursor", &two);
    jd_key_derive(&master, "jwt", &again);
    CHECK(memcmp(&one, &two, sizeof(one)) != 0);
    CHECK(memcmp(&one, &master, sizeof(one)) != 0);
    CHECK_INT(memcmp(&one, &again, sizeof(one)), 0);
}

TEST(keeps_a_key_file)
{
    struct jd_error error;
    struct jd_key made, read;
    char folder[] = "/tmp/jd_seal_test.XXXXXX", path[100];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/key", folder);

    CHECK_INT(jd_key_load(path, false, &made, &error), JD_GONE);
    CHECK_OK(jd_key_load(path, true, &made, &error), error);
    CHECK_OK(jd_key_load(path, true, &read, &error), error);
    CHECK_INT(memcmp(&made, &read, sizeof(made)), 0);
    struct stat found;
    CHECK_INT(stat(path, &found), 0);
    CHECK_INT(found.st_mode & 0777, 0600);

    chmod(path, 0640);
    CHECK_INT(jd_key_load(path, true, &read, &error), JD_UNAUTHORISED);
    static const char *const damaged[] = { "", "00", "zz", "\n" };
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        CHECK_OK(jd_file_write(path, jd_span_of(damaged[i]), 0600, &error), error);
        CHECK_INT(jd_key_load(path, true, &read, &error), JD_BAD_INPUT);
    }
    unlink(path);
    CHECK_INT(rmdir(folder), 0);
}

TEST(codes_base64url)
{
    static const struct {
        struct jd_span bytes;
        const char *text;
    } cases[] = {
        { { "", 0 }, "" },
        { { "f", 1 }, "Zg" },
        { { "fo", 2 }, "Zm8" },
        { { "foo", 3 }, "Zm9v" },
        { { "foobar", 6 }, "Zm9vYmFy" },
        { { "\xFF\xFE\xFD\0", 4 }, "__79AA" },
    };
    struct jd_buf buf = jd_buf_init(100);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        jd_buf_clear(&buf);
        jd_base64url_encode(cases[i].bytes, &buf);
        CHECK_TEXT(jd_buf_span(&buf), cases[i].text);
        jd_buf_clear(&buf);
        CHECK(jd_base64url_decode(jd_span_of(cases[i].text), &buf));
        CHECK_SPAN(jd_buf_span(&buf), cases[i].bytes);
    }
    static const char *const bad[] = { "Z", "Zg==", "Zm9v+", "Zm9v/", "Zm 9v", "Zh", "Zm9\n" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (jd_base64url_decode(jd_span_of(bad[i]), &buf)) {
            FAIL("\"%s\" was taken", bad[i]);
        }
    }
    struct jd_buf small = jd_buf_init(2);
    CHECK(!jd_base64url_decode(JD_SPAN("Zm9v"), &small));
    jd_buf_finish(&small);
    jd_buf_finish(&buf);
}

TEST(makes_random_text)
{
    struct jd_buf one = jd_buf_init(100), two = jd_buf_init(100);
    jd_random_text(32, &one);
    jd_random_text(32, &two);
    CHECK_INT(one.len, 43);
    CHECK(!jd_span_equal(jd_buf_span(&one), jd_buf_span(&two)));
    jd_buf_finish(&one);
    jd_buf_finish(&two);
}

int main(void)
{
    struct jd_error error;
    if (jd_seal_init(&error) != JD_OK) {
        return 1;
    }
    RUN(hashes);
    RUN(hashes_to_63_bits);
    RUN(verifies_passwords);
    RUN(authenticates);
    RUN(derives_a_key_for_each_purpose);
    RUN(keeps_a_key_file);
    RUN(codes_base64url);
    RUN(makes_random_text);
    return REPORT();
}
