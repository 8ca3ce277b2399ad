#include "base/token.h"

#include "base/utf8.h"
#include "jd_test.h"

#define MAX_BYTES 100000
#define LONG40    "abcdefghijklmnopqrstuvwxyzabcdefghijklmn"

TEST(cuts_and_folds)
{
    static const struct {
        const char *name, *text, *tokens;
    } cases[] = {
        { "nothing", "", "" },
        { "separators alone", " .,;-_@\n", "" },
        { "ascii", "Hello, World 42!", "hello world 42 " },
        { "separators of addresses", "First.Last-x_y@Example.ORG",
                "first last x y example org " },
        { "one letter", "a", "a " },
        { "40 bytes", LONG40, LONG40 " " },
        { "41 bytes are cut", LONG40 "o p", LONG40 " p " },
        { "a long run is one token", LONG40 LONG40 LONG40 " x", LONG40 " x " },
        { "cut before a letter of two bytes", "abcdefghijklmnopqrstuvwxyzabcdefghijklmд x",
                "abcdefghijklmnopqrstuvwxyzabcdefghijklm x " },
        { "and nothing follows the cut", "abcdefghijklmnopqrstuvwxyzabcdefghijklmдz x",
                "abcdefghijklmnopqrstuvwxyzabcdefghijklm x " },
        { "latin", "ÀÉÎÕÜ çñ Ångström", "aeiou cn angstrom " },
        { "latin with strokes", "Łódź Øre Đà Nẵng", "lodz ore da nang " },
        { "latin, decomposed", "e\xCC\x81te\xCC\x81 \xCC\x81", "ete " },
        { "sharp s", "Straße GROẞ", "strasse gross " },
        { "turkish", "İstanbul ısı", "istanbul isi " },
        { "greek", "Ελλάδα ΆΛΦΑ λόγος", "ελλαδα αλφα λογοσ " },
        { "cyrillic", "ПРИВЕТ Ёлка йод", "привет елка иод " },
        { "hebrew, arabic", "שלום مرحبا", "שלום مرحبا " },
        { "devanagari keeps its vowel signs", "नमस्ते", "नमस्ते " },
        { "thai", "สวัสดี", "สวัสดี " },
        { "full width", "ＡＢＣ１２", "abc12 " },
        { "mathematical letters", "𝐅𝐫𝐞𝐞", "free " },
        { "numbers", "٣ ² Ⅷ", "٣ 2 ⅷ " },
        { "han", "日本語", "日本 本語 " },
        { "han, alone", "漢 字", "漢 字 " },
        { "han in latin", "a東京b漢c", "a 東京 b 漢 c " },
        { "kana", "カタカナひら", "カタ タカ カナ ナひ ひら " },
        { "kana, half width", "ｶﾅ", "カナ " },
        { "hangul", "한국어", "한국 국어 " },
        { "han beyond the first plane", "𠀀𠀁", "𠀀𠀁 " },
        { "soft hyphen and joiners", "news\xC2\xADletter zero\xE2\x80\x8Dwidth",
                "newsletter zerowidth " },
        { "emoji separate", "ok😀ok", "ok ok " },
        { "punctuation of the world", "a—b…c、d。", "a b c d " },
        { "invalid bytes separate",
                "a\xFF"
                "b\xC3"
                "c\xE2\x82"
                "d\xC0\x80"
                "e",
                "a b c d e " },
        { "truncated at the end", "ab\xF0\x9F\x98", "ab " },
        { "beyond the table",
                "a\xF3\xA0\x80\x81"
                "b\xF4\x8F\xBF\xBF",
                "a b " },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_buf out = jd_buf_init(MAX_BYTES);
        jd_token_append(&out, jd_span_of(cases[i].text));
        if (!jd_span_equal(jd_buf_span(&out), jd_span_of(cases[i].tokens))) {
            FAIL("%s: \"%s\"", cases[i].name, out.data ? out.data : "");
        }
        jd_buf_finish(&out);
    }
    struct jd_buf out = jd_buf_init(MAX_BYTES);
    jd_token_append(&out, JD_SPAN("a\0b"));
    jd_token_append(&out, (struct jd_span){ NULL, 0 });
    CHECK_TEXT(jd_buf_span(&out), "a b ");
    jd_buf_finish(&out);
}

/** The fast way and the slow way must agree: a buffer near its maximum forces the slow one. */
TEST(is_the_same_by_both_ways)
{
    static const char letters[] = "aZ9 .-x\xC3\xA9\xE6\xBC\xA2\xFF";
    char text[500]; // its tokens stay within the room that only the slow way uses
    uint32_t random = 1;
    for (int round = 0; round < 500; round++) {
        size_t len = round < 20 ? (size_t)round : sizeof(text);
        for (size_t i = 0; i < len; i++) {
            random = random * 1664525 + 1013904223;
            size_t kinds = round % 3 ? sizeof(letters) - 1 : 7; // every third is ASCII
            text[i] = letters[(random >> 16) % (round % 5 ? kinds : 1 + (random >> 28) % 7)];
        }
        struct jd_buf fast = jd_buf_init(MAX_BYTES);
        jd_token_append(&fast, (struct jd_span){ text, len });
        struct jd_buf tight = jd_buf_init(fast.len);
        jd_token_append(&tight, (struct jd_span){ text, len });
        CHECK_SPAN(jd_buf_span(&tight), jd_buf_span(&fast));
        CHECK(!tight.failed);
        jd_buf_finish(&fast);
        jd_buf_finish(&tight);
    }
}

TEST(stops_at_the_maximum_with_a_whole_token)
{
    static const char text[] = "one two 日本語 four";
    struct jd_buf whole = jd_buf_init(MAX_BYTES);
    jd_token_append(&whole, JD_SPAN("one two 日本語 four"));
    for (size_t max = 0; max <= whole.len; max++) {
        struct jd_buf out = jd_buf_init(max);
        jd_token_append(&out, jd_span_of(text));
        CHECK(!out.failed);
        CHECK(out.len == 0 || out.data[out.len - 1] == ' ');
        CHECK_INT(memcmp(whole.data, jd_buf_span(&out).data, out.len), 0);
        CHECK(max < whole.len || out.len == whole.len);
        jd_buf_finish(&out);
    }
    jd_buf_finish(&whole);
}

TEST(folds_to_a_fixed_point)
{
    for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
        uint32_t folded = jd_token_fold(code_point);
        if (folded != JD_TOKEN_SKIP && folded != jd_token_fold(folded)) {
            FAIL("U+%04X folds to U+%04X, that to U+%04X", code_point, folded,
                    jd_token_fold(folded));
        }
    }
    CHECK_INT(jd_token_fold('A'), 'a');
    CHECK_INT(jd_token_fold(' '), 0);
    CHECK_INT(jd_token_fold(0xC9), 'e');
    CHECK_INT(jd_token_fold(0x301), JD_TOKEN_SKIP);
    CHECK_INT(jd_token_fold(0x110000), 0);
    CHECK_INT(jd_token_fold(UINT32_MAX), 0);
}

TEST(tokens_of_tokens_are_the_same)
{
    struct jd_buf text = jd_buf_init(8 << 20), once = jd_buf_init(8 << 20),
                  twice = jd_buf_init(8 << 20);
    for (uint32_t code_point = 1; code_point <= 0x3FFFF; code_point++) {
        char bytes[4];
        if (code_point < 0xD800 || code_point > 0xDFFF) {
            jd_buf_add(&text, (struct jd_span){ bytes, jd_utf8_put(code_point, bytes) });
            jd_buf_char(&text, ' ');
        }
    }
    jd_token_append(&once, jd_buf_span(&text));
    jd_token_append(&twice, jd_buf_span(&once));
    CHECK(once.len > 500000);
    CHECK(jd_span_equal(jd_buf_span(&once), jd_buf_span(&twice)));
    jd_buf_finish(&text);
    jd_buf_finish(&once);
    jd_buf_finish(&twice);
}

int main(void)
{
    RUN(cuts_and_folds);
    RUN(is_the_same_by_both_ways);
    RUN(stops_at_the_maximum_with_a_whole_token);
    RUN(folds_to_a_fixed_point);
    RUN(tokens_of_tokens_are_the_same);
    return REPORT();
}
