/**
 * Charsets. The labels follow the WHATWG encoding list where mail agrees with it: ISO 8859-1 is
 * read as windows-1252, GB 2312 as GB 18030, EUC-KR as its Microsoft superset, and so on, since
 * that is what the senders' programs mean.
 */
#include "mail/charset.h"

#include <errno.h>
#include <iconv.h>

#include "base/buf.h"
#include "mail/text.h"

enum {
    LABEL_MAX = 24,
    REPLACEMENT_LEN = 3,
    FAILURES_MAX = 1000, // each costs the converter a fresh start
};

static const char replacement[] = "\xef\xbf\xbd"; // U+FFFD

struct charset {
    const char *iconv_name; // "" is read without iconv
    const char *labels;     // squeezed: lower case, letters and digits alone
};

static const char name_utf8[] = "UTF-8";
static const char name_latin[] = "CP1252";

static const struct charset charsets[] = {
    { name_utf8, " utf8 unicode11utf8 xunicode20utf8 " },
    { name_latin,
            " windows1252 cp1252 iso88591 latin1 l1 iso885911987 usascii ascii ansix341968 "
            "iso646us 646 cp819 ibm819 xansi ansi " },
    { "CP1250", " windows1250 cp1250 xcp1250 " },
    { "CP1251", " windows1251 cp1251 xcp1251 " },
    { "CP1253", " windows1253 cp1253 " },
    { "CP1254", " windows1254 cp1254 iso88599 latin5 iso885991989 " },
    { "CP1255", " windows1255 cp1255 " },
    { "CP1256", " windows1256 cp1256 " },
    { "CP1257", " windows1257 cp1257 " },
    { "CP1258", " windows1258 cp1258 " },
    { "ISO-8859-2", " iso88592 latin2 iso885921987 " },
    { "ISO-8859-3", " iso88593 latin3 " },
    { "ISO-8859-4", " iso88594 latin4 " },
    { "ISO-8859-5", " iso88595 cyrillic " },
    { "ISO-8859-6", " iso88596 iso88596i iso88596e arabic " },
    { "ISO-8859-7", " iso88597 greek " },
    { "ISO-8859-8", " iso88598 iso88598i iso88598e hebrew " },
    { "ISO-8859-10", " iso885910 latin6 " },
    { "CP874", " tis620 windows874 cp874 iso885911 " },
    { "ISO-8859-13", " iso885913 latin7 " },
    { "ISO-8859-14", " iso885914 latin8 " },
    { "ISO-8859-15", " iso885915 latin9 " },
    { "ISO-8859-16", " iso885916 latin10 " },
    { "KOI8-R", " koi8r koi8 cskoi8r " },
    { "KOI8-U", " koi8u koi8ru " },
    { "CP437", " cp437 ibm437 437 " },
    { "CP850", " cp850 ibm850 850 " },
    { "CP852", " cp852 ibm852 852 " },
    { "CP866", " cp866 ibm866 866 " },
    { "MACINTOSH", " macintosh mac macroman xmacroman " },
    { "MAC-CYRILLIC", " maccyrillic xmaccyrillic " },
    { "GB18030", " gb18030 gbk gb2312 cp936 windows936 ms936 xgbk eucgb2312cn euccn "
                 "csgb2312 chinese gb231280 " },
    { "BIG5-HKSCS", " big5 big5hkscs cp950 windows950 xxbig5 cnbig5 " },
    { "CP949", " euckr cp949 windows949 ksc56011987 ksc5601 ksc56011989 uhc korean cseuckr "
               "ms949 " },
    { "ISO-2022-KR", " iso2022kr " },
    { "CP932", " shiftjis sjis xsjis cp932 windows31j ms932 mskanji windows932 " },
    { "EUC-JP-MS", " eucjp xeucjp eucjpms ujis " },
    { "ISO-2022-JP-3",
            " iso2022jp iso2022jp1 iso2022jp2 iso2022jp3 iso2022jpms cp50220 cp50221 "
            "csiso2022jp " },
    { "UTF-7", " utf7 unicode11utf7 csunicode11utf7 " },
    { "UTF-16", " utf16 ucs2 unicode iso10646ucs2 " },
    { "UTF-16LE", " utf16le ucs2le " },
    { "UTF-16BE", " utf16be ucs2be " },
    { "UTF-32", " utf32 ucs4 " },
    { "UTF-32LE", " utf32le " },
    { "UTF-32BE", " utf32be " },
    { "VISCII", " viscii " },
    { "GEORGIAN-PS", " georgianps " },
    { "ARMSCII-8", " armscii8 " },
};

enum {
    CHARSETS_COUNT = sizeof(charsets) / sizeof(*charsets)
};

/* Under these names GMime asks for converters when it decodes parameters of fields. */
static const char *const gmime_names[] = { "ISO-8859-1", "ISO-8859-9", "ISO-8859-11", "TIS-620",
    "GBK", "EUC-CN", "BIG5", "EUC-KR", "SHIFT_JIS", "EUC-JP", "ISO-2022-JP" };

enum {
    GMIME_NAMES_COUNT = sizeof(gmime_names) / sizeof(*gmime_names)
};

// Open for the life of the process and never used: they keep the C library's converter modules
// loaded, since the process will not be able to open files later.
static iconv_t kept_open[CHARSETS_COUNT + GMIME_NAMES_COUNT];

/* What windows-1252 has where ISO 8859-1 has controls; 0: undefined. */
static const uint16_t latin_high[32] = {
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, //
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,      //
    0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, //
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178, //
};

enum jd_status jd_charset_init(struct jd_error *error)
{
    int opened = 0;
    for (int i = 0; i < CHARSETS_COUNT + GMIME_NAMES_COUNT; i++) {
        const char *name =
                i < CHARSETS_COUNT ? charsets[i].iconv_name : gmime_names[i - CHARSETS_COUNT];
        if (kept_open[i] == NULL) {
            kept_open[i] = iconv_open(name_utf8, name);
        }
        opened += kept_open[i] != (iconv_t)-1;
    }
    // UTF-8 and the UTF-16 and UTF-32 families are built into the C library; if there is
    // nothing more, its converter modules are not installed.
    if (opened < CHARSETS_COUNT / 2) {
        return jd_error_set(error, JD_BUG,
                "only %d of %d charsets can be loaded; install the C library's gconv modules",
                opened, CHARSETS_COUNT + GMIME_NAMES_COUNT);
    }
    return JD_OK;
}

/** " label " in lower case without punctuation, as the table has it. False: empty or too long.
 */
static bool squeeze_label(struct jd_span label, char out[LABEL_MAX + 3])
{
    size_t len = 0;
    out[len++] = ' ';
    for (size_t i = 0; i < label.len; i++) {
        char c = jd_ascii_lower(label.data[i]);
        if (c == '*') {
            break; // RFC 2231: a language follows
        }
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            if (len > LABEL_MAX) {
                return false;
            }
            out[len++] = c;
        }
    }
    out[len++] = ' ';
    out[len] = '\0';
    return len > 2;
}

/** The converter's name; NULL for a label that is not in the list. */
static const char *find_name(struct jd_span label)
{
    char wanted[LABEL_MAX + 3];
    if (!squeeze_label(label, wanted)) {
        return NULL;
    }
    for (int i = 0; i < CHARSETS_COUNT; i++) {
        if (strstr(charsets[i].labels, wanted)) {
            return charsets[i].iconv_name;
        }
    }
    return NULL;
}

static struct jd_span decode_latin(struct jd_arena *arena, struct jd_span bytes)
{
    size_t high = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        high += (unsigned char)bytes.data[i] >> 7;
    }
    char *out = jd_arena_alloc(arena, bytes.len + 2 * high + 1);
    if (out == NULL) {
        return jd_span_new(NULL, 0);
    }
    size_t len = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        uint32_t code = (unsigned char)bytes.data[i];
        if (code >= 0x80 && code < 0xa0 && latin_high[code - 0x80]) {
            code = latin_high[code - 0x80];
        }
        len += jd_utf8_encode(code, out + len);
    }
    return jd_span_new(out, len);
}

/** What is not UTF-8 becomes U+FFFD. */
static struct jd_span
replace_malformed(struct jd_arena *arena, struct jd_span bytes, size_t bad)
{
    char *out = jd_arena_alloc(arena, bytes.len + bad * (REPLACEMENT_LEN - 1) + 1);
    if (out == NULL) {
        return jd_span_new(NULL, 0);
    }
    size_t len = 0;
    for (size_t at = 0; at < bytes.len;) {
        uint32_t code;
        size_t step = jd_utf8_step(bytes.data + at, bytes.len - at, &code);
        memcpy(out + len, step ? bytes.data + at : replacement, step ? step : REPLACEMENT_LEN);
        len += step ? step : REPLACEMENT_LEN;
        at += step ? step : 1;
    }
    return jd_span_new(out, len);
}

/** Bytes that are said to be UTF-8, or of which nothing is known, and are not well-formed. */
static struct jd_span mend_utf8(struct jd_arena *arena, struct jd_span bytes)
{
    size_t good = 0;
    size_t bad = 0;
    for (size_t at = 0; at < bytes.len;) {
        uint32_t code;
        size_t step = jd_utf8_step(bytes.data + at, bytes.len - at, &code);
        good += step > 1;
        bad += step == 0;
        at += step ? step : 1;
    }
    return good >= bad ? replace_malformed(arena, bytes, bad) : decode_latin(arena, bytes);
}

/** What is left when too much could not be converted: its ASCII, the rest as one U+FFFD each.
 */
static void keep_ascii(struct jd_span bytes, struct jd_buf *out)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if ((unsigned char)bytes.data[i] < 0x80) {
            jd_buf_char(out, bytes.data[i]);
        } else {
            jd_buf_add(out, jd_span_new(replacement, REPLACEMENT_LEN));
        }
    }
}

/** Converts all of `bytes` into `out`; what cannot be converted becomes U+FFFD. */
static void convert(iconv_t converter, struct jd_span bytes, struct jd_buf *out)
{
    char *in = (char *)(uintptr_t)bytes.data; // iconv's interface is older than const
    size_t left = bytes.len;
    for (int failures = 0; left > 0; failures++) {
        size_t room_bytes = left * 3 + 16;
        char *room = jd_buf_reserve(out, room_bytes);
        if (room == NULL) {
            return;
        }
        char *end = room;
        size_t result = iconv(converter, &in, &left, &end, &room_bytes);
        int cause = errno;
        out->len += (size_t)(end - room);
        if (result != (size_t)-1) {
            break;
        }
        if (failures == FAILURES_MAX) {
            keep_ascii(jd_span_new(in, left), out);
            return;
        }
        if (cause != E2BIG) {
            jd_buf_add(out, jd_span_new(replacement, REPLACEMENT_LEN));
            in++;
            left--;
        }
    }
}

static struct jd_span
decode_iconv(struct jd_arena *arena, const char *name, struct jd_span bytes)
{
    iconv_t converter = iconv_open(name_utf8, name);
    if (converter == (iconv_t)-1) {
        return mend_utf8(arena, bytes);
    }
    struct jd_buf out = jd_buf_init(bytes.len * 6 + 64);
    convert(converter, bytes, &out);
    iconv_close(converter);
    struct jd_span text = jd_arena_copy(arena, jd_buf_span(&out));
    jd_buf_finish(&out);
    return text;
}

static bool is_ascii(struct jd_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if ((unsigned char)bytes.data[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/** Seven-bit bytes that switch to a Japanese set, without a label that says so. */
static bool looks_like_iso2022jp(struct jd_span bytes)
{
    const char *escape = memchr(bytes.data, 0x1b, bytes.len);
    if (escape == NULL) {
        return false;
    }
    bytes = jd_span_sub(bytes, (size_t)(escape - bytes.data), bytes.len);
    return memmem(bytes.data, bytes.len, "\x1b$B", 3) != NULL ||
           memmem(bytes.data, bytes.len, "\x1b$@", 3) != NULL;
}

static struct jd_span decode_unknown(struct jd_arena *arena, struct jd_span bytes)
{
    if (bytes.len >= 4 && (memcmp(bytes.data, "\xff\xfe", 2) == 0 ||
                                  memcmp(bytes.data, "\xfe\xff", 2) == 0)) {
        return decode_iconv(arena, "UTF-16", bytes);
    }
    if (jd_utf8_valid(bytes)) {
        return looks_like_iso2022jp(bytes) && is_ascii(bytes)
                       ? decode_iconv(arena, "ISO-2022-JP-3", bytes)
                       : bytes;
    }
    return mend_utf8(arena, bytes);
}

struct jd_span
jd_charset_decode(struct jd_arena *arena, struct jd_span label, struct jd_span bytes)
{
    if (bytes.len == 0) {
        return bytes;
    }
    const char *name = find_name(label);
    if (name == NULL) {
        return decode_unknown(arena, bytes);
    }
    if (name == name_utf8) {
        return jd_utf8_valid(bytes) ? bytes : mend_utf8(arena, bytes);
    }
    if (name == name_latin) {
        // Latin text that happens to be well-formed UTF-8 with a character of several bytes is
        // so rare that the label is taken for the mistake.
        return jd_utf8_valid(bytes) ? bytes : decode_latin(arena, bytes);
    }
    return decode_iconv(arena, name, bytes);
}
