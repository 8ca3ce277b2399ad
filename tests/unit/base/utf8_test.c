#include "base/utf8.h"

#include "jd_test.h"

TEST(takes)
{
    static const struct {
        struct jd_span text;
        uint32_t code_point;
        size_t taken;
    } cases[] = {
        { { "a", 1 }, 'a', 1 }, { { "\0", 1 }, 0, 1 }, { { "\xC3\xA9", 2 }, 0xE9, 2 },
        { { "\xE2\x82\xAC", 3 }, 0x20AC, 3 }, { { "\xF0\x9F\x98\x80", 4 }, 0x1F600, 4 },
        { { "\xF4\x8F\xBF\xBF", 4 }, 0x10FFFF, 4 },
        { { "\x80", 1 }, JD_UTF8_INVALID, 1 },             // a tail alone
        { { "\xC3", 1 }, JD_UTF8_INVALID, 1 },             // truncated
        { { "\xE2\x82", 2 }, JD_UTF8_INVALID, 1 },         //
        { { "\xF0\x9F\x98", 3 }, JD_UTF8_INVALID, 1 },     //
        { { "\xC3\x41", 2 }, JD_UTF8_INVALID, 1 },         // tail missing
        { { "\xC0\x80", 2 }, JD_UTF8_INVALID, 1 },         // overlong
        { { "\xE0\x80\x80", 3 }, JD_UTF8_INVALID, 1 },     //
        { { "\xF0\x80\x80\x80", 4 }, JD_UTF8_INVALID, 1 }, //
        { { "\xED\xA0\x80", 3 }, JD_UTF8_INVALID, 1 },     // surrogate
        { { "\xF4\x90\x80\x80", 4 }, JD_UTF8_INVALID, 1 }, // over U+10FFFF
        { { "\xF8\x88\x80\x80", 4 }, JD_UTF8_INVALID, 1 }, // five bytes, once upon a time
        { { "\xFF\xFF\xFF\xFF", 4 }, JD_UTF8_INVALID, 1 }, //
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_span rest = cases[i].text;
        uint32_t code_point = jd_utf8_take(&rest);
        if (code_point != cases[i].code_point ||
                cases[i].text.len - rest.len != cases[i].taken) {
            FAIL("case %zu gives U+%04X in %zu bytes", i, code_point,
                    cases[i].text.len - rest.len);
        }
    }
}

TEST(takes_what_it_puts)
{
    for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
        if (code_point >= 0xD800 && code_point <= 0xDFFF) {
            continue;
        }
        char bytes[4];
        struct jd_span rest = { bytes, jd_utf8_put(code_point, bytes) };
        if (jd_utf8_take(&rest) != code_point || rest.len) {
            FAIL("U+%04X", code_point);
        }
    }
}

int main(void)
{
    RUN(takes);
    RUN(takes_what_it_puts);
    return REPORT();
}
