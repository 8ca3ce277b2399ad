/* The API's page as JSON: a reader for the small part of YAML that the page keeps to. */
#include "gateway/openapi.h"

#include "base/json.h"
#include "base/span.h"

#define DEPTH_MAX      24
#define KEY_BYTES_MAX  128
#define TEXT_BYTES_MAX 4096

struct reader {
    struct jd_span rest; // lines not looked at yet
    struct jd_span line; // of the current line, behind its indent; data NULL: at the end
    int indent;
    int number; // of the current line, from 1
    int depth;
    struct jd_json_writer writer;
    struct jd_error *error;
};

static enum jd_status fail(struct reader *reader, const char *what)
{
    return jd_error_set(reader->error, JD_BUG, "openapi.yaml:%d: %s", reader->number, what);
}

/* Goes to the next line that says something. */
static void advance(struct reader *reader)
{
    struct jd_span line;
    while (jd_span_split(&reader->rest, '\n', &line)) {
        reader->number++;
        struct jd_span text = jd_span_trim(line);
        if (text.len && text.data[0] != '#') {
            reader->line = text;
            reader->indent = (int)(text.data - line.data);
            return;
        }
    }
    reader->line = jd_span_new(NULL, 0);
    reader->indent = -1;
}

static void skip_spaces(struct jd_span *text)
{
    while (text->len && text->data[0] == ' ') {
        *text = jd_span_sub(*text, 1, text->len);
    }
}

/* Takes "quoted" off the front; backslash makes the next character literal. */
static bool take_quoted(struct jd_span *text, char *out, size_t out_bytes)
{
    size_t len = 0, i = 1;
    for (; i < text->len && text->data[i] != '"'; i++) {
        if (text->data[i] == '\\') {
            i++;
        }
        if (i >= text->len || len + 1 >= out_bytes) {
            return false;
        }
        out[len++] = text->data[i];
    }
    out[len] = '\0';
    bool closed = i < text->len;
    *text = jd_span_sub(*text, i + 1, text->len);
    return closed;
}

/* Takes a plain scalar off the front, up to one of `ends` or ": ". */
static bool take_plain(struct jd_span *text, const char *ends, char *out, size_t out_bytes)
{
    size_t i = 0;
    while (i < text->len && !strchr(ends, text->data[i]) &&
            !(text->data[i] == ':' && (i + 1 == text->len || text->data[i + 1] == ' '))) {
        i++;
    }
    struct jd_span plain = jd_span_trim(jd_span_sub(*text, 0, i));
    if (plain.len == 0 || plain.len >= out_bytes) {
        return false;
    }
    memcpy(out, plain.data, plain.len);
    out[plain.len] = '\0';
    *text = jd_span_sub(*text, i, text->len);
    return true;
}

/* Takes "key:" off the front. */
static bool take_key(struct jd_span *text, const char *ends, char out[KEY_BYTES_MAX])
{
    bool taken = text->len && text->data[0] == '"' ? take_quoted(text, out, KEY_BYTES_MAX)
                                                   : take_plain(text, ends, out, KEY_BYTES_MAX);
    if (!taken || text->len == 0 || text->data[0] != ':') {
        return false;
    }
    *text = jd_span_sub(*text, 1, text->len);
    skip_spaces(text);
    return true;
}

static bool is_number(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits && digits < 16 && text[digits] == '\0';
}

static void write_plain(struct reader *reader, const char *name, const char *text)
{
    bool raw = is_number(text) || strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ||
               strcmp(text, "null") == 0;
    if (raw) {
        jd_json_add_raw(&reader->writer, name, jd_span_of(text));
    } else {
        jd_json_add_text(&reader->writer, name, jd_span_of(text));
    }
}

static enum jd_status
flow(struct reader *reader, const char *name, struct jd_span *text, const char *ends);

static enum jd_status flow_members(struct reader *reader, struct jd_span *text, bool map)
{
    char close = map ? '}' : ']';
    *text = jd_span_sub(*text, 1, text->len);
    for (skip_spaces(text); text->len && text->data[0] != close; skip_spaces(text)) {
        char key[KEY_BYTES_MAX];
        if (map && !take_key(text, ",{}[]", key)) {
            return fail(reader, "a flow map has 'key: value'");
        }
        enum jd_status status = flow(reader, map ? key : NULL, text, ",{}[]");
        if (status != JD_OK) {
            return status;
        }
        skip_spaces(text);
        if (text->len && text->data[0] == ',') {
            *text = jd_span_sub(*text, 1, text->len);
        }
    }
    if (text->len == 0) {
        return fail(reader, "a flow map or list is not closed on its line");
    }
    *text = jd_span_sub(*text, 1, text->len);
    return JD_OK;
}

/* One value on a line: a flow map or list, or a scalar that ends before one of `ends`. */
static enum jd_status
flow(struct reader *reader, const char *name, struct jd_span *text, const char *ends)
{
    if (++reader->depth > DEPTH_MAX) {
        return fail(reader, "nested too deep");
    }
    enum jd_status status = JD_OK;
    char scalar[TEXT_BYTES_MAX];
    if (text->len && text->data[0] == '{') {
        jd_json_open_object(&reader->writer, name);
        status = flow_members(reader, text, true);
        jd_json_close_object(&reader->writer);
    } else if (text->len && text->data[0] == '[') {
        jd_json_open_array(&reader->writer, name);
        status = flow_members(reader, text, false);
        jd_json_close_array(&reader->writer);
    } else if (text->len && text->data[0] == '"') {
        if (!take_quoted(text, scalar, sizeof(scalar))) {
            return fail(reader, "a quoted text is too long or not closed on its line");
        }
        jd_json_add_text(&reader->writer, name, jd_span_of(scalar));
    } else if (take_plain(text, ends, scalar, sizeof(scalar))) {
        write_plain(reader, name, scalar);
    } else {
        return fail(reader, "a value is missing or too long");
    }
    reader->depth--;
    return status;
}

static enum jd_status whole_line(struct reader *reader, const char *name, struct jd_span text)
{
    enum jd_status status = flow(reader, name, &text, "");
    if (status == JD_OK && text.len) {
        return fail(reader, "something follows the value");
    }
    advance(reader);
    return status;
}

static enum jd_status block(struct reader *reader, const char *name, int above);

static enum jd_status block_map(struct reader *reader, int indent)
{
    while (reader->indent == indent) {
        char key[KEY_BYTES_MAX];
        struct jd_span text = reader->line;
        if (!take_key(&text, "", key)) {
            return fail(reader, "expected 'key:'");
        }
        enum jd_status status;
        if (text.len) {
            status = whole_line(reader, key, text);
        } else {
            advance(reader);
            status = block(reader, key, indent);
        }
        if (status != JD_OK) {
            return status;
        }
    }
    return JD_OK;
}

static bool is_item(struct jd_span line)
{
    return jd_span_starts(line, JD_SPAN("- "));
}

static bool opens_map(struct jd_span text)
{
    char key[KEY_BYTES_MAX];
    return text.len && !strchr("{[", text.data[0]) && take_key(&text, "", key);
}

static enum jd_status block_list(struct reader *reader, int indent)
{
    while (reader->indent == indent && is_item(reader->line)) {
        reader->line = jd_span_sub(reader->line, 2, reader->line.len);
        enum jd_status status;
        if (opens_map(reader->line)) {
            // "- key: value" is a map whose first line begins two columns further.
            reader->indent += 2;
            status = block(reader, NULL, indent);
        } else {
            status = whole_line(reader, NULL, reader->line);
        }
        if (status != JD_OK) {
            return status;
        }
    }
    return JD_OK;
}

/* What is indented deeper than `above`. */
static enum jd_status block(struct reader *reader, const char *name, int above)
{
    if (reader->indent <= above) {
        return fail(reader, "a value is missing above this line");
    }
    if (++reader->depth > DEPTH_MAX) {
        return fail(reader, "nested too deep");
    }
    int indent = reader->indent;
    enum jd_status status;
    if (is_item(reader->line)) {
        jd_json_open_array(&reader->writer, name);
        status = block_list(reader, indent);
        jd_json_close_array(&reader->writer);
    } else {
        jd_json_open_object(&reader->writer, name);
        status = block_map(reader, indent);
        jd_json_close_object(&reader->writer);
    }
    reader->depth--;
    if (status == JD_OK && reader->indent > above && reader->line.data) {
        return fail(reader, "the indent fits nothing above");
    }
    return status;
}

enum jd_status jd_openapi_json(struct jd_span yaml, struct jd_buf *out, struct jd_error *error)
{
    struct reader reader = { .rest = yaml, .writer = jd_json_writer(out), .error = error };
    advance(&reader);
    enum jd_status status = block(&reader, NULL, -1);
    if (status == JD_OK && out->failed) {
        return fail(&reader, "the page is too large");
    }
    return status;
}
