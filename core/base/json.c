#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "base/span.h"
#include "base/utf8.h"

#define DEPTH_MAX        32
#define REAL_TEXT_MAX    40
#define FIXED_REAL_MAX   1e15 // above it digits behind the point mean nothing
#define NUMBER_MAX_BYTES 60   // cJSON copies a number into 64 bytes
#define EXACT_INT_MAX    9007199254740992.0

// --- checking ------------------------------------------------------------------------------

/**
 * Before cJSON sees a byte the text is checked against the grammar of RFC 8259, since cJSON is
 * laxer (leading zeros, raw control characters, broken UTF-8) and nests a C frame per level.
 */
struct scan {
    const char *begin, *at, *end;
    const char *problem; // NULL: none yet
};

static bool refuse(struct scan *scan, const char *problem)
{
    if (scan->problem == NULL) {
        scan->problem = problem;
    }
    return false;
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end &&
            (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\t' || *scan->at == '\r')) {
        scan->at++;
    }
}

static bool take(struct scan *scan, char c)
{
    if (scan->at < scan->end && *scan->at == c) {
        scan->at++;
        return true;
    }
    return false;
}

static bool take_digits(struct scan *scan)
{
    const char *begin = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9') {
        scan->at++;
    }
    return scan->at > begin || refuse(scan, "a digit is missing");
}

static bool scan_digits(struct scan *scan)
{
    take(scan, '-');
    if (!take(scan, '0') && !take_digits(scan)) {
        return false;
    }
    if (take(scan, '.') && !take_digits(scan)) {
        return false;
    }
    if (take(scan, 'e') || take(scan, 'E')) {
        if (!take(scan, '+')) {
            take(scan, '-');
        }
        return take_digits(scan);
    }
    return true;
}

static bool scan_number(struct scan *scan)
{
    const char *begin = scan->at;
    return scan_digits(scan) && (scan->at - begin <= NUMBER_MAX_BYTES ||
                                        refuse(scan, "a number is longer than 60 characters"));
}

static bool scan_word(struct scan *scan, struct jd_span word)
{
    struct jd_span rest = { scan->at, (size_t)(scan->end - scan->at) };
    if (!jd_span_starts(rest, word)) {
        return refuse(scan, "no JSON value begins so");
    }
    scan->at += word.len;
    return true;
}

/** The four digits behind "\u"; -1 when they are not there. */
static int take_hex4(struct scan *scan)
{
    int number = 0;
    for (int i = 0; i < 4; i++, scan->at++) {
        char c = jd_ascii_lower((char)(scan->at < scan->end ? *scan->at : '\0'));
        bool decimal = c >= '0' && c <= '9';
        if (!decimal && (c < 'a' || c > 'f')) {
            return -1;
        }
        number = number * 16 + (decimal ? c - '0' : c - 'a' + 10);
    }
    return number;
}

static bool scan_escape(struct scan *scan)
{
    if (scan->at == scan->end) {
        return refuse(scan, "the text ends within a string");
    }
    char c = *scan->at++;
    if (c != 'u') {
        return (c && strchr("\"\\/bfnrt", c)) || refuse(scan, "unknown escape in a string");
    }
    int unit = take_hex4(scan);
    if (unit < 0) {
        return refuse(scan, "\\u wants four hexadecimal digits");
    }
    if (unit == 0) {
        return refuse(scan, "\\u0000 is not taken in a string");
    }
    if (unit >= 0xD800 && unit <= 0xDFFF) {
        bool high = unit < 0xDC00 && take(scan, '\\') && take(scan, 'u');
        int low = high ? take_hex4(scan) : -1;
        return (low >= 0xDC00 && low <= 0xDFFF) || refuse(scan, "half a surrogate pair");
    }
    return true;
}

static bool scan_string(struct scan *scan)
{
    if (!take(scan, '"')) {
        return refuse(scan, "a string is missing");
    }
    while (scan->at < scan->end) {
        uint8_t c = (uint8_t)*scan->at;
        if (c == '"') {
            scan->at++;
            return true;
        }
        if (c < 0x20) {
            return refuse(scan, "raw control character in a string");
        }
        struct jd_span rest = { scan->at, (size_t)(scan->end - scan->at) };
        if (jd_utf8_take(&rest) == JD_UTF8_INVALID) {
            return refuse(scan, "invalid UTF-8");
        }
        scan->at = rest.data;
        if (c == '\\' && !scan_escape(scan)) {
            return false;
        }
    }
    return refuse(scan, "the text ends within a string");
}

static bool scan_value(struct scan *scan, int depth);

static bool scan_member(struct scan *scan, int depth)
{
    skip_space(scan);
    if (!scan_string(scan)) {
        return false;
    }
    skip_space(scan);
    return take(scan, ':') ? scan_value(scan, depth) : refuse(scan, "':' is missing");
}

/** The inside of an object or array whose opening bracket is taken. */
static bool scan_elements(struct scan *scan, char close, int depth)
{
    if (depth > DEPTH_MAX) {
        return refuse(scan, "nesting is deeper than 32");
    }
    skip_space(scan);
    if (take(scan, close)) {
        return true;
    }
    do {
        if (close == '}' ? !scan_member(scan, depth) : !scan_value(scan, depth)) {
            return false;
        }
        skip_space(scan);
    } while (take(scan, ','));
    return take(scan, close) ||
           refuse(scan, close == '}' ? "',' or '}' is missing" : "',' or ']' is missing");
}

static bool scan_value(struct scan *scan, int depth)
{
    skip_space(scan);
    if (scan->at == scan->end) {
        return refuse(scan, "the text ends where a value is wanted");
    }
    switch (*scan->at) {
    case '{':
        scan->at++;
        return scan_elements(scan, '}', depth + 1);
    case '[':
        scan->at++;
        return scan_elements(scan, ']', depth + 1);
    case '"':
        return scan_string(scan);
    case 't':
        return scan_word(scan, JD_SPAN("true"));
    case 'f':
        return scan_word(scan, JD_SPAN("false"));
    case 'n':
        return scan_word(scan, JD_SPAN("null"));
    case '-':
    case '0' ... '9':
        return scan_number(scan);
    default:
        return refuse(scan, "no JSON value begins so");
    }
}

static bool scan_document(struct scan *scan)
{
    if (!scan_value(scan, 0)) {
        return false;
    }
    skip_space(scan);
    return scan->at == scan->end || refuse(scan, "something follows the value");
}

static enum jd_status report(const struct scan *scan, struct jd_error *error)
{
    size_t line = 1;
    const char *line_begin = scan->begin;
    for (const char *at = scan->begin; at < scan->at; at++) {
        if (*at == '\n') {
            line++;
            line_begin = at + 1;
        }
    }
    return jd_error_set(error, JD_BAD_INPUT, "JSON line %zu, column %zu: %s", line,
            (size_t)(scan->at - line_begin) + 1, scan->problem);
}

// --- reading -------------------------------------------------------------------------------

static const cJSON *node_of(const struct jd_json *value)
{
    return (const cJSON *)value;
}

static const struct jd_json *value_of(const cJSON *node)
{
    return (const struct jd_json *)node;
}

enum jd_status jd_json_parse(struct jd_span text,
        size_t max_bytes,
        struct jd_json **out_document,
        struct jd_error *error)
{
    if (text.len > max_bytes) {
        return jd_error_set(
                error, JD_BAD_INPUT, "JSON of %zu bytes passes %zu", text.len, max_bytes);
    }
    const char *begin = text.data ? text.data : "";
    struct scan scan = { .begin = begin, .at = begin, .end = begin + text.len };
    if (!scan_document(&scan)) {
        return report(&scan, error);
    }
    cJSON *document = cJSON_ParseWithLength(begin, text.len);
    if (document == NULL) {
        return jd_error_set(error, JD_RETRY_LATER, "no memory for %zu bytes of JSON", text.len);
    }
    *out_document = (struct jd_json *)document;
    return JD_OK;
}

void jd_json_destroy(struct jd_json **document)
{
    cJSON_Delete((cJSON *)*document);
    *document = NULL;
}

const struct jd_json *jd_json_member(const struct jd_json *object, const char *name)
{
    if (!jd_json_is_object(object)) {
        return NULL;
    }
    return value_of(cJSON_GetObjectItemCaseSensitive(node_of(object), name));
}

struct jd_span jd_json_text(const struct jd_json *value, struct jd_span fallback)
{
    return jd_json_is_text(value) ? jd_span_of(node_of(value)->valuestring) : fallback;
}

int64_t jd_json_int(const struct jd_json *value, int64_t fallback)
{
    double number = jd_json_real(value, NAN);
    bool whole = fabs(number) <= EXACT_INT_MAX && trunc(number) == number;
    return whole ? (int64_t)number : fallback;
}

double jd_json_real(const struct jd_json *value, double fallback)
{
    bool finite = jd_json_is_number(value) && isfinite(node_of(value)->valuedouble);
    return finite ? node_of(value)->valuedouble : fallback;
}

bool jd_json_bool(const struct jd_json *value, bool fallback)
{
    return jd_json_is_bool(value) ? cJSON_IsTrue(node_of(value)) : fallback;
}

bool jd_json_is_text(const struct jd_json *value)
{
    return cJSON_IsString(node_of(value));
}

bool jd_json_is_number(const struct jd_json *value)
{
    return cJSON_IsNumber(node_of(value));
}

bool jd_json_is_bool(const struct jd_json *value)
{
    return cJSON_IsBool(node_of(value));
}

bool jd_json_is_array(const struct jd_json *value)
{
    return cJSON_IsArray(node_of(value));
}

bool jd_json_is_object(const struct jd_json *value)
{
    return cJSON_IsObject(node_of(value));
}

bool jd_json_is_null(const struct jd_json *value)
{
    return cJSON_IsNull(node_of(value));
}

const struct jd_json *jd_json_first(const struct jd_json *value)
{
    return value ? value_of(node_of(value)->child) : NULL;
}

const struct jd_json *jd_json_next(const struct jd_json *element)
{
    return element ? value_of(node_of(element)->next) : NULL;
}

struct jd_span jd_json_name(const struct jd_json *member)
{
    const char *name = member ? node_of(member)->string : NULL;
    return jd_span_of(name ? name : "");
}

size_t jd_json_count(const struct jd_json *value)
{
    return (size_t)cJSON_GetArraySize(node_of(value));
}

// --- writing -------------------------------------------------------------------------------

/** What stands for a byte that may not stand for itself. */
static void put_escape(struct jd_buf *buf, uint8_t c)
{
    static const char letters[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'
    };
    if (c >= 0x80) {
        jd_buf_text(buf, "\xEF\xBF\xBD"); // no UTF-8: U+FFFD
    } else if (c == '"' || c == '\\') {
        jd_buf_add(buf, (struct jd_span){ (char[]){ '\\', (char)c }, 2 });
    } else if (letters[c]) {
        jd_buf_add(buf, (struct jd_span){ (char[]){ '\\', letters[c] }, 2 });
    } else {
        jd_buf_format(buf, "\\u%04x", c);
    }
}

/** The bytes at the front that a JSON string takes as they are. */
static size_t count_plain(struct jd_span text)
{
    struct jd_span rest = text;
    while (rest.len) {
        uint8_t c = (uint8_t)rest.data[0];
        if (c < 0x20 || c == '"' || c == '\\') {
            break;
        }
        struct jd_span before = rest;
        if (jd_utf8_take(&rest) == JD_UTF8_INVALID) {
            return text.len - before.len;
        }
    }
    return text.len - rest.len;
}

static void put_string(struct jd_buf *buf, struct jd_span text)
{
    jd_buf_char(buf, '"');
    while (text.len) {
        size_t plain = count_plain(text);
        jd_buf_add(buf, jd_span_sub(text, 0, plain));
        if (plain < text.len) {
            put_escape(buf, (uint8_t)text.data[plain]);
        }
        text = jd_span_sub(text, plain + 1, SIZE_MAX);
    }
    jd_buf_char(buf, '"');
}

/** What stands before a value: the comma and the name. */
static void begin_value(struct jd_json_writer *writer, const char *name)
{
    if (writer->comma) {
        jd_buf_char(writer->buf, ',');
    }
    if (name) {
        put_string(writer->buf, jd_span_of(name));
        jd_buf_char(writer->buf, ':');
    }
    writer->comma = true;
}

static void open_bracket(struct jd_json_writer *writer, const char *name, char bracket)
{
    begin_value(writer, name);
    jd_buf_char(writer->buf, bracket);
    writer->comma = false;
}

static void close_bracket(struct jd_json_writer *writer, char bracket)
{
    jd_buf_char(writer->buf, bracket);
    writer->comma = true;
}

void jd_json_open_object(struct jd_json_writer *writer, const char *name)
{
    open_bracket(writer, name, '{');
}

void jd_json_close_object(struct jd_json_writer *writer)
{
    close_bracket(writer, '}');
}

void jd_json_open_array(struct jd_json_writer *writer, const char *name)
{
    open_bracket(writer, name, '[');
}

void jd_json_close_array(struct jd_json_writer *writer)
{
    close_bracket(writer, ']');
}

void jd_json_add_text(struct jd_json_writer *writer, const char *name, struct jd_span value)
{
    begin_value(writer, name);
    put_string(writer->buf, value);
}

void jd_json_add_int(struct jd_json_writer *writer, const char *name, int64_t value)
{
    begin_value(writer, name);
    jd_buf_format(writer->buf, "%lld", (long long)value);
}

void jd_json_add_real(struct jd_json_writer *writer, const char *name, double value, int digits)
{
    if (!isfinite(value)) {
        jd_json_add_null(writer, name);
        return;
    }
    begin_value(writer, name);
    char text[REAL_TEXT_MAX];
    if (fabs(value) >= FIXED_REAL_MAX) {
        jd_buf_format(writer->buf, "%.17g", value);
        return;
    }
    size_t len = (size_t)snprintf(text, sizeof(text), "%.*f", digits < 17 ? digits : 17, value);
    if (memchr(text, '.', len)) {
        while (text[len - 1] == '0') {
            len--;
        }
        len -= text[len - 1] == '.';
    }
    bool minus_zero = len == 2 && memcmp(text, "-0", 2) == 0;
    jd_buf_add(writer->buf, jd_span_new(text + minus_zero, len - minus_zero));
}

void jd_json_add_bool(struct jd_json_writer *writer, const char *name, bool value)
{
    begin_value(writer, name);
    jd_buf_text(writer->buf, value ? "true" : "false");
}

void jd_json_add_null(struct jd_json_writer *writer, const char *name)
{
    begin_value(writer, name);
    jd_buf_text(writer->buf, "null");
}

void jd_json_add_time(struct jd_json_writer *writer, const char *name, int64_t time_ms)
{
    char text[JD_CLOCK_TEXT_BYTES];
    jd_clock_format(time_ms, text);
    jd_json_add_text(writer, name, jd_span_of(text));
}

void jd_json_add_raw(struct jd_json_writer *writer, const char *name, struct jd_span json)
{
    begin_value(writer, name);
    jd_buf_add(writer->buf, json);
}
