#include "maildir_name.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

// A buffer that takes what fits and stays a C string.
struct text {
    char *data;
    size_t len;
};

static void add_byte(struct text *text, unsigned byte)
{
    if (text->len < JD_MAILBOX_BYTES_MAX - 1) {
        text->data[text->len++] = (char)byte;
    }
    text->data[text->len] = '\0';
}

// A decoded '/' or control character would change what the mailbox name means.
static void add_point(struct text *text, uint32_t point)
{
    if (point < 0x20 || point == 0x7f || point == '/') {
        add_byte(text, '_');
    } else if (point < 0x80) {
        add_byte(text, point);
    } else if (point < 0x800) {
        add_byte(text, 0xc0 | point >> 6);
        add_byte(text, 0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        add_byte(text, 0xe0 | point >> 12);
        add_byte(text, 0x80 | (point >> 6 & 0x3f));
        add_byte(text, 0x80 | (point & 0x3f));
    } else {
        add_byte(text, 0xf0 | point >> 18);
        add_byte(text, 0x80 | (point >> 12 & 0x3f));
        add_byte(text, 0x80 | (point >> 6 & 0x3f));
        add_byte(text, 0x80 | (point & 0x3f));
    }
}

static int base64_value(char c)
{
    static const char digits[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

// One UTF-16 unit more; `high` holds a first half of a pair. False: broken text.
static bool take_unit(struct text *text, uint32_t unit, uint32_t *high)
{
    if (*high) {
        if (unit < 0xdc00 || unit > 0xdfff) {
            return false;
        }
        add_point(text, 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00));
        *high = 0;
    } else if (unit >= 0xd800 && unit < 0xdc00) {
        *high = unit;
    } else if (unit >= 0xdc00 && unit < 0xe000) {
        return false;
    } else {
        add_point(text, unit);
    }
    return true;
}

// The part of RFC 3501, 5.1.3 between '&' and '-'; returns its length, 0: broken.
static size_t decode_shift(const char *from, size_t len, struct text *text)
{
    uint32_t bits = 0, high = 0;
    int bits_count = 0;
    for (size_t i = 0; i < len; i++) {
        if (from[i] == '-') {
            return high ? 0 : i + 1;
        }
        int value = base64_value(from[i]);
        if (value < 0) {
            return 0;
        }
        bits = bits << 6 | (uint32_t)value;
        bits_count += 6;
        if (bits_count >= 16) {
            bits_count -= 16;
            if (!take_unit(text, bits >> bits_count & 0xffff, &high)) {
                return 0;
            }
            bits &= (1u << bits_count) - 1;
        }
    }
    return 0;
}

static bool decode_utf7(const char *from, size_t len, struct text *text)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)from[i] >= 0x80) {
            return false;
        }
        if (from[i] != '&') {
            add_point(text, (unsigned char)from[i]);
        } else if (i + 1 < len && from[i + 1] == '-') {
            add_byte(text, '&');
            i++;
        } else {
            size_t used = decode_shift(from + i + 1, len - i - 1, text);
            if (used == 0) {
                return false;
            }
            i += used;
        }
    }
    return true;
}

// The length of the UTF-8 sequence at `from`, 0: none begins there.
static size_t utf8_len(const unsigned char *from, size_t len)
{
    size_t need = from[0] < 0x80                       ? 1
                  : from[0] >= 0xc2 && from[0] <= 0xdf ? 2
                  : from[0] >= 0xe0 && from[0] <= 0xef ? 3
                  : from[0] >= 0xf0 && from[0] <= 0xf4 ? 4
                                                       : 0;
    if (need == 0 || need > len) {
        return 0;
    }
    for (size_t i = 1; i < need; i++) {
        if ((from[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (from[0] == 0xe0 && from[1] < 0xa0) || (from[0] == 0xf0 && from[1] < 0x90);
    bool surrogate = from[0] == 0xed && from[1] > 0x9f;
    bool beyond = from[0] == 0xf4 && from[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : need;
}

// Names that are no modified UTF-7 are UTF-8 in practice; a stray byte is read as Latin-1.
static void copy_utf8(const char *from, size_t len, struct text *text)
{
    const unsigned char *bytes = (const unsigned char *)from;
    for (size_t i = 0; i < len;) {
        size_t used = utf8_len(bytes + i, len - i);
        if (used <= 1) {
            add_point(text, bytes[i++]);
            continue;
        }
        for (size_t j = 0; j < used; j++) {
            add_byte(text, bytes[i++]);
        }
    }
}

static void add_level(struct text *text, const char *from, size_t len, bool encoded)
{
    if (len == 0) {
        return;
    }
    if (text->len > 0) {
        add_byte(text, '/');
    }
    size_t start = text->len;
    if (!encoded || !decode_utf7(from, len, text)) {
        text->len = start;
        text->data[start] = '\0';
        copy_utf8(from, len, text);
    }
}

static void write_inbox(struct text *text)
{
    if (text->len == 0 || strcasecmp(text->data, "INBOX") == 0) {
        memcpy(text->data, "INBOX", sizeof("INBOX"));
    }
}

void jd_maildir_mailbox(const char *path, char out_mailbox[JD_MAILBOX_BYTES_MAX])
{
    struct text text = { out_mailbox, 0 };
    out_mailbox[0] = '\0';
    while (*path) {
        // A name that begins with a dot is Maildir++: further dots part its levels.
        bool dotted = path[0] == '.';
        const char *separators = dotted ? "./" : "/";
        path += dotted;
        while (*path && *path != '/') {
            size_t len = strcspn(path, separators);
            add_level(&text, path, len, true);
            path += len + (path[len] == '.');
        }
        path += *path == '/';
    }
    write_inbox(&text);
}

void jd_folder_mailbox(const char *path, char out_mailbox[JD_MAILBOX_BYTES_MAX])
{
    struct text text = { out_mailbox, 0 };
    out_mailbox[0] = '\0';
    while (*path) {
        size_t len = strcspn(path, "/");
        add_level(&text, path, len, false);
        path += len + (path[len] == '/');
    }
    write_inbox(&text);
}

static unsigned parse_flags(const char *info)
{
    static const struct {
        char letter;
        unsigned flag;
    } letters[] = {
        { 'D', JD_FLAG_DRAFT },
        { 'F', JD_FLAG_FLAGGED },
        { 'P', JD_FLAG_FORWARDED },
        { 'R', JD_FLAG_ANSWERED },
        { 'S', JD_FLAG_SEEN },
        { 'T', JD_FLAG_DELETED },
    };
    unsigned flags = 0;
    for (; *info; info++) {
        for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
            flags |= *info == letters[i].letter ? letters[i].flag : 0;
        }
    }
    return flags;
}

// ":2," as the standard says; ";2," where the file system knows no colon.
static const char *find_info(const char *name)
{
    const char *found = NULL;
    for (const char *at = name; *at; at++) {
        if ((*at == ':' || *at == ';') && at[1] == '2' && at[2] == ',') {
            found = at;
        }
    }
    return found;
}

// ",S=1234", ",W=1260", ",U=17", ",FMD5=...": notes that servers and sync tools add later.
static const char *find_note(const char *name, const char *end)
{
    for (const char *at = name + 1; at < end; at++) {
        if (*at == ',' && isupper((unsigned char)at[1])) {
            const char *letter = at + 1;
            while (isalnum((unsigned char)*letter)) {
                letter++;
            }
            if (*letter == '=') {
                return at;
            }
        }
    }
    return NULL;
}

static int64_t note_bytes(const char *note, const char *end)
{
    for (const char *at = note; at && at + 3 < end; at++) {
        if (at[0] == ',' && at[1] == 'S' && at[2] == '=') {
            int64_t bytes = strtoll(at + 3, NULL, 10);
            return bytes > 0 ? bytes : 0;
        }
    }
    return 0;
}

// Nine digits begin in 1973, eleven would end in the year 5138: nobody's clock.
static int64_t leading_seconds_ms(const char *name)
{
    size_t digits = strspn(name, "0123456789");
    return digits >= 9 && digits <= 10 ? strtoll(name, NULL, 10) * 1000 : 0;
}

bool jd_maildir_name_parse(const char *name, struct jd_maildir_name *out_name)
{
    if (name[0] == '\0' || name[0] == '.') {
        return false;
    }
    const char *info = find_info(name);
    const char *base_end = info ? info : name + strlen(name);
    const char *note = find_note(name, base_end);
    const char *unique_end = note ? note : base_end;
    if (unique_end == name) {
        return false;
    }
    *out_name = (struct jd_maildir_name){
        .unique_len = (size_t)(unique_end - name),
        .flags = info ? parse_flags(info + 3) : 0,
        .received_ms = leading_seconds_ms(name),
        .bytes = note_bytes(note, base_end),
    };
    return true;
}
