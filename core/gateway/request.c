/* One HTTP request and its answer: reading what came, checked, and building what goes. */
#include "gateway/request.h"

#include <stdlib.h>

#include "base/id.h"
#include "base/span.h"

enum jd_status jd_request_refuse(struct jd_request *request,
        struct jd_error *error,
        const char *field,
        const char *format,
        ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
    error->status = JD_BAD_INPUT;
    error->after_ms = 0;
    request->field = field;
    return JD_BAD_INPUT;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = jd_ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool jd_request_decode(struct jd_arena *arena,
        struct jd_span text,
        bool form,
        struct jd_span *out_text)
{
    char *out = jd_arena_alloc(arena, text.len + 1);
    if (!out) {
        return false;
    }
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '%') {
            int high = text.len - i > 2 ? hex_value(text.data[i + 1]) : -1;
            int low = high >= 0 ? hex_value(text.data[i + 2]) : -1;
            if (low < 0) {
                return false;
            }
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && form) {
            c = ' ';
        }
        if ((unsigned char)c < 0x20 || c == 0x7f) {
            return false;
        }
        out[len++] = c;
    }
    out[len] = '\0';
    *out_text = jd_span_new(out, len);
    return true;
}

static enum jd_status
add_parameter(struct jd_request *request, struct jd_span part, struct jd_error *error)
{
    struct jd_span rest = part, name = { 0 }, value = { "", 0 };
    jd_span_split(&rest, '=', &name);
    if (rest.data) {
        value = rest;
    }
    struct jd_query_parameter parameter;
    if (!jd_request_decode(request->arena, name, true, &parameter.name) ||
            !jd_request_decode(request->arena, value, true, &parameter.value)) {
        return jd_error_set(error, JD_BAD_INPUT, "the query is not percent-encoded rightly");
    }
    if (jd_query_text(request, parameter.name.data).data) {
        return jd_request_refuse(request, error, parameter.name.data,
                "the query parameter '%s' is there twice", parameter.name.data);
    }
    if (request->query_count == JD_REQUEST_QUERY_MAX) {
        return jd_error_set(
                error, JD_BAD_INPUT, "more than %d query parameters", JD_REQUEST_QUERY_MAX);
    }
    request->query[request->query_count++] = parameter;
    return JD_OK;
}

enum jd_status jd_request_parse_query(struct jd_request *request, struct jd_error *error)
{
    const char *mark = memchr(request->target.data, '?', request->target.len);
    if (!mark) {
        return JD_OK;
    }
    struct jd_span rest = jd_span_new(
            mark + 1, request->target.len - (size_t)(mark + 1 - request->target.data));
    struct jd_span part;
    while (jd_span_split(&rest, '&', &part)) {
        if (part.len) {
            enum jd_status status = add_parameter(request, part, error);
            if (status != JD_OK) {
                return status;
            }
        }
    }
    return JD_OK;
}

struct jd_span jd_query_text(const struct jd_request *request, const char *name)
{
    struct jd_span wanted = jd_span_of(name);
    for (unsigned i = 0; i < request->query_count; i++) {
        if (jd_span_equal(request->query[i].name, wanted)) {
            return request->query[i].value;
        }
    }
    return jd_span_new(NULL, 0);
}

/* Digits alone, at most 18 of them, so that nothing can overflow. */
static bool parse_int(struct jd_span text, int64_t *out_value)
{
    if (text.len == 0 || text.len > 18) {
        return false;
    }
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        value = value * 10 + (text.data[i] - '0');
    }
    *out_value = value;
    return true;
}

enum jd_status jd_query_int(struct jd_request *request,
        const char *name,
        int64_t min,
        int64_t max,
        int64_t fallback,
        int64_t *out_value,
        struct jd_error *error)
{
    struct jd_span text = jd_query_text(request, name);
    int64_t value = fallback;
    if (text.data && (!parse_int(text, &value) || value < min || value > max)) {
        return jd_request_refuse(request, error, name, "%s is a whole number from %lld to %lld",
                name, (long long)min, (long long)max);
    }
    *out_value = value;
    return JD_OK;
}

enum jd_status jd_query_bool(struct jd_request *request,
        const char *name,
        int *out_value,
        struct jd_error *error)
{
    struct jd_span text = jd_query_text(request, name);
    if (text.data && !jd_is_choice(text, "true false")) {
        return jd_request_refuse(request, error, name, "%s is true or false", name);
    }
    *out_value = text.data ? jd_span_equal(text, JD_SPAN("true")) : -1;
    return JD_OK;
}

enum jd_status jd_query_id(struct jd_request *request,
        const char *name,
        int64_t *out_id,
        struct jd_error *error)
{
    struct jd_span text = jd_query_text(request, name);
    int64_t id = 0;
    if (text.data && (!jd_id_parse(text, &id) || id == 0)) { // 0 stands for none
        return jd_request_refuse(
                request, error, name, "%s is an id: 13 letters and digits", name);
    }
    *out_id = id;
    return JD_OK;
}

enum jd_status jd_query_choice(struct jd_request *request,
        const char *name,
        const char *choices,
        struct jd_span *out_value,
        struct jd_error *error)
{
    struct jd_span text = jd_query_text(request, name);
    if (text.data && !jd_is_choice(text, choices)) {
        return jd_request_refuse(request, error, name, "%s is one of: %s", name, choices);
    }
    *out_value = text;
    return JD_OK;
}

enum jd_status
jd_path_id(const struct jd_request *request, int64_t *out_id, struct jd_error *error)
{
    if (!jd_id_parse(request->ids[0], out_id)) {
        return jd_error_set(error, JD_GONE, "nothing here has this id");
    }
    return JD_OK;
}

enum jd_status jd_body_text(struct jd_request *request,
        const char *name,
        size_t min,
        size_t max,
        struct jd_span *out_value,
        struct jd_error *error)
{
    const struct jd_json *value = jd_json_member(request->document, name);
    struct jd_span text = jd_json_text(value, jd_span_new(NULL, 0));
    if (value && (!jd_json_is_text(value) || text.len < min || text.len > max)) {
        return jd_request_refuse(
                request, error, name, "%s is a text of %zu to %zu bytes", name, min, max);
    }
    *out_value = text;
    return JD_OK;
}

enum jd_status jd_body_bool(struct jd_request *request,
        const char *name,
        int *out_value,
        struct jd_error *error)
{
    const struct jd_json *value = jd_json_member(request->document, name);
    if (value && !jd_json_is_bool(value)) {
        return jd_request_refuse(request, error, name, "%s is true or false", name);
    }
    *out_value = value ? jd_json_bool(value, false) : -1;
    return JD_OK;
}

enum jd_status jd_body_choice(struct jd_request *request,
        const char *name,
        const char *choices,
        struct jd_span *out_value,
        struct jd_error *error)
{
    const struct jd_json *value = jd_json_member(request->document, name);
    struct jd_span text = jd_json_text(value, jd_span_new(NULL, 0));
    if (value && !jd_is_choice(text, choices)) {
        return jd_request_refuse(request, error, name, "%s is one of: %s", name, choices);
    }
    *out_value = text;
    return JD_OK;
}

bool jd_is_choice(struct jd_span word, const char *choices)
{
    struct jd_span rest = jd_span_of(choices), choice;
    while (jd_span_split(&rest, ' ', &choice)) {
        if (word.len && jd_span_equal(choice, word)) {
            return true;
        }
    }
    return false;
}

enum jd_status
jd_request_if_match(struct jd_request *request, int64_t *out_version, struct jd_error *error)
{
    struct jd_span text = jd_span_trim(request->headers[JD_HEADER_IF_MATCH]);
    int64_t version = 0;
    if (text.len && !jd_span_equal(text, JD_SPAN("*"))) {
        bool quoted = text.len > 2 && text.data[0] == '"' && text.data[text.len - 1] == '"';
        if (!quoted || !parse_int(jd_span_sub(text, 1, text.len - 2), &version) ||
                version == 0) { // versions begin with 1; 0 stands for any
            return jd_request_refuse(request, error, "If-Match",
                    "If-Match is the ETag as it was read, like \"7\" with its quotes");
        }
    }
    *out_version = version;
    return JD_OK;
}

struct jd_span jd_request_cookie(const struct jd_request *request, const char *name)
{
    struct jd_span rest = request->headers[JD_HEADER_COOKIE], part, wanted = jd_span_of(name);
    while (jd_span_split(&rest, ';', &part)) {
        part = jd_span_trim(part);
        if (jd_span_starts(part, wanted) && part.len > wanted.len &&
                part.data[wanted.len] == '=') {
            return jd_span_sub(part, wanted.len + 1, part.len);
        }
    }
    return jd_span_new("", 0);
}

void jd_answer_header(struct jd_request *request, const char *name, const char *value)
{
    struct jd_answer *answer = &request->answer;
    if (answer->headers_count < JD_ANSWER_HEADERS_MAX) {
        answer->headers[answer->headers_count++] = (struct jd_answer_header){ name, value };
    }
}

struct jd_json_writer jd_answer_begin(struct jd_request *request)
{
    jd_buf_clear(&request->out);
    return jd_json_writer(&request->out);
}

enum jd_status
jd_answer_json(struct jd_request *request, unsigned status, struct jd_error *error)
{
    if (request->out.failed) {
        return jd_error_set(error, JD_BAD_INPUT,
                "the answer would be larger than %d MiB: ask for less",
                JD_REQUEST_ANSWER_BYTES_MAX >> 20);
    }
    request->answer.status = status;
    request->answer.content_type = "application/json";
    request->answer.body = jd_buf_span(&request->out);
    return JD_OK;
}

enum jd_status jd_answer_empty(struct jd_request *request, unsigned status)
{
    request->answer.status = status;
    request->answer.content_type = NULL;
    request->answer.body = jd_span_new("", 0);
    return JD_OK;
}

bool jd_answer_version(struct jd_request *request, int64_t version)
{
    struct jd_span tag = jd_arena_format(request->arena, "\"%lld\"", (long long)version);
    if (!tag.data) {
        return false;
    }
    jd_answer_header(request, "ETag", tag.data);
    return jd_span_equal(jd_span_trim(request->headers[JD_HEADER_IF_NONE_MATCH]), tag);
}
