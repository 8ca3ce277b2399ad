/** Charsets: labels that are right, missing, unknown and wrong. */
#include "mail/charset.h"

#include "jd_test.h"
#include "mail/text.h"

static const struct {
    const char *label, *bytes, *text;
} cases[] = {
    { "utf-8", "caf\xc3\xa9", "caf\xc3\xa9" },
    { "UTF8", "caf\xc3\xa9", "caf\xc3\xa9" },
    { "\"utf-8\"", "caf\xc3\xa9", "caf\xc3\xa9" },
    { "", "caf\xc3\xa9", "caf\xc3\xa9" },
    { "", "caf\xe9", "caf\xc3\xa9" },
    { "us-ascii", "caf\xe9", "caf\xc3\xa9" },
    { "us-ascii", "caf\xc3\xa9", "caf\xc3\xa9" },
    { "iso-8859-1", "caf\xe9 \x80", "caf\xc3\xa9 \xe2\x82\xac" },
    { "iso-8859-1", "caf\xc3\xa9", "caf\xc3\xa9" }, // says Latin-1, is UTF-8
    { "utf-8", "caf\xe9", "caf\xc3\xa9" },          // says UTF-8, is Latin-1
    { "utf-8", "\xc3\xa9\xc3\xa9\xc3", "\xc3\xa9\xc3\xa9\xef\xbf\xbd" },
    { "iso-8859-15", "\xa4", "\xe2\x82\xac" },
    { "iso-8859-2", "\xb1", "\xc4\x85" },
    { "windows-1251", "\xcf\xf0\xe8", "\xd0\x9f\xd1\x80\xd0\xb8" },
    { "koi8-r", "\xf0\xd2\xc9", "\xd0\x9f\xd1\x80\xd0\xb8" },
    { "gb2312", "\xd6\xd0\xce\xc4", "\xe4\xb8\xad\xe6\x96\x87" },
    { "big5", "\xa4\xa4\xa4\xe5", "\xe4\xb8\xad\xe6\x96\x87" },
    { "shift_jis", "\x93\xfa\x96\x7b", "\xe6\x97\xa5\xe6\x9c\xac" },
    { "euc-jp", "\xc6\xfc\xcb\xdc", "\xe6\x97\xa5\xe6\x9c\xac" },
    { "iso-2022-jp", "\x1b$BF|K\\\x1b(B", "\xe6\x97\xa5\xe6\x9c\xac" },
    { "", "\x1b$BF|K\\\x1b(B", "\xe6\x97\xa5\xe6\x9c\xac" },
    { "euc-kr", "\xc7\xd1\xb1\xdb", "\xed\x95\x9c\xea\xb8\x80" },
    { "ks_c_5601-1987", "\xc7\xd1\xb1\xdb", "\xed\x95\x9c\xea\xb8\x80" },
    { "tis-620", "\xa1", "\xe0\xb8\x81" },
    { "utf-7", "+AOk-", "\xc3\xa9" },
    { "x-unknown", "caf\xe9", "caf\xc3\xa9" },
    { "../../etc/passwd//TRANSLIT", "a", "a" },
    { "gb2312",
            "a\xff"
            "b",
            "a\xef\xbf\xbd"
            "b" },
    { "iso-8859-1", "", "" },
};

TEST(decodes_and_mends)
{
    struct jd_arena *arena = jd_arena_create(1 << 20);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct jd_span text = jd_charset_decode(
                arena, jd_span_of(cases[i].label), jd_span_of(cases[i].bytes));
        CHECK_TEXT(text, cases[i].text);
    }
    CHECK_TEXT(jd_charset_decode(arena, JD_SPAN("utf-16"),
                       JD_SPAN("\xff\xfe"
                               "a\0b\0")),
            "ab");
    CHECK_TEXT(jd_charset_decode(arena, JD_SPAN(""), JD_SPAN("\xfe\xff\0a\0b")), "ab");
    jd_arena_destroy(&arena);
}

TEST(always_answers_utf8)
{
    static const char *const labels[] = { "utf-8", "", "iso-8859-1", "gb18030", "shift_jis",
        "iso-2022-kr", "utf-7", "utf-16", "utf-32", "euc-jp", "big5", "windows-1255" };
    struct jd_arena *arena = jd_arena_create(1 << 20);
    uint32_t seed = 1;
    for (size_t i = 0; i < 200 * sizeof(labels) / sizeof(*labels); i++) {
        char bytes[64];
        for (size_t k = 0; k < sizeof(bytes); k++) {
            seed = seed * 1664525 + 1013904223;
            bytes[k] = (char)(seed >> 24);
        }
        const char *label = labels[i % (sizeof(labels) / sizeof(*labels))];
        struct jd_span text =
                jd_charset_decode(arena, jd_span_of(label), jd_span_new(bytes, sizeof(bytes)));
        CHECK(text.data && jd_utf8_valid(text));
        jd_arena_reset(arena);
    }
    jd_arena_destroy(&arena);
}

int main(void)
{
    struct jd_error error;
    if (jd_charset_init(&error) != JD_OK) {
        printf("# %s\n", error.text);
    }
    RUN(decodes_and_mends);
    RUN(always_answers_utf8);
    return REPORT();
}
