/* Reading and rendering draft templates. */
#include "script/template.h"

#include "base/span.h"

#define PIECES_MAX 200

static const char *const placeholder_names[JD_PLACEHOLDERS_COUNT] = {
    [JD_PLACEHOLDER_SENDER_FIRST_NAME] = "sender_first_name",
    [JD_PLACEHOLDER_SENDER_NAME] = "sender_name",
    [JD_PLACEHOLDER_SENDER_ADDRESS] = "sender_address",
    [JD_PLACEHOLDER_SUBJECT] = "subject",
    [JD_PLACEHOLDER_DATE] = "date",
    [JD_PLACEHOLDER_MY_NAME] = "my_name",
    [JD_PLACEHOLDER_MY_FIRST_NAME] = "my_first_name",
    [JD_PLACEHOLDER_MY_ADDRESS] = "my_address",
    [JD_PLACEHOLDER_CATEGORY] = "category",
};

/* How many letters must change to make one of the other, up to a few: for "did you mean". */
static int distance(struct jd_span a, struct jd_span b)
{
    int row[64];
    if (a.len > 40 || b.len >= sizeof(row) / sizeof(*row)) {
        return 99;
    }
    for (size_t j = 0; j <= b.len; j++) {
        row[j] = (int)j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= b.len; j++) {
            int change = diagonal + (a.data[i - 1] != b.data[j - 1]);
            int least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            diagonal = row[j];
            row[j] = change < least ? change : least;
        }
    }
    return row[b.len];
}

static int find_placeholder(struct jd_span name)
{
    for (int i = 0; i < JD_PLACEHOLDERS_COUNT; i++) {
        if (jd_span_equal(name, jd_span_of(placeholder_names[i]))) {
            return i;
        }
    }
    return -1;
}

static enum jd_status refuse_placeholder(struct jd_span name, struct jd_error *error)
{
    int nearest = 0;
    for (int i = 1; i < JD_PLACEHOLDERS_COUNT; i++) {
        if (distance(name, jd_span_of(placeholder_names[i])) <
                distance(name, jd_span_of(placeholder_names[nearest]))) {
            nearest = i;
        }
    }
    return jd_error_set(error, JD_BAD_INPUT,
            "unknown placeholder '" JD_SPAN_FMT "' (did you mean '%s'?)",
            JD_SPAN_ARG(jd_span_sub(name, 0, 60)), placeholder_names[nearest]);
}

static int lines_before(struct jd_span content, const char *place)
{
    int line = 1;
    for (const char *p = content.data; p < place; p++) {
        line += *p == '\n';
    }
    return line;
}

/* Cuts `text` into pieces. out_place: where it is wrong. */
static enum jd_status read_text(struct jd_arena *arena,
        struct jd_span text,
        struct jd_template_text *out,
        const char **out_place,
        struct jd_error *error)
{
    out->pieces = jd_arena_zalloc(arena, PIECES_MAX, sizeof(*out->pieces));
    out->pieces_count = 0;
    if (out->pieces == NULL) {
        return jd_error_set(
                error, JD_BAD_INPUT, "the rules of the release take too much memory");
    }
    while (text.len) {
        const char *open = memmem(text.data, text.len, "{{", 2);
        struct jd_template_piece piece = { .text = text, .placeholder = -1 };
        struct jd_span rest = { NULL, 0 };
        if (open) {
            *out_place = open;
            piece.text.len = (size_t)(open - text.data);
            struct jd_span inner = jd_span_sub(text, piece.text.len + 2, text.len);
            const char *close = memmem(inner.data, inner.len, "}}", 2);
            if (close == NULL) {
                return jd_error_set(error, JD_BAD_INPUT, "'{{' without '}}'");
            }
            inner.len = (size_t)(close - inner.data);
            rest = jd_span_sub(text, piece.text.len + inner.len + 4, text.len);
            struct jd_span name;
            piece.otherwise = inner;
            if (!jd_span_split(&piece.otherwise, '|', &name)) {
                name = inner;
            }
            name = jd_span_trim(name);
            piece.otherwise = jd_span_trim(piece.otherwise);
            piece.placeholder = find_placeholder(name);
            if (piece.placeholder < 0) {
                return refuse_placeholder(name, error);
            }
        }
        if (out->pieces_count == PIECES_MAX) {
            return jd_error_set(error, JD_BAD_INPUT, "more than %d placeholders", PIECES_MAX);
        }
        out->pieces[out->pieces_count++] = piece;
        text = rest;
    }
    return JD_OK;
}

/* The lines between two "---" at the beginning. */
static bool take_front_matter(struct jd_span *content, struct jd_span *out)
{
    if (!jd_span_starts(*content, JD_SPAN("---\n"))) {
        return false;
    }
    struct jd_span rest = jd_span_sub(*content, 4, content->len);
    const char *end = memmem(rest.data, rest.len, "---\n", 4);
    if (end == NULL || (end > rest.data && end[-1] != '\n')) {
        return false;
    }
    *out = jd_span_sub(rest, 0, (size_t)(end - rest.data));
    *content = jd_span_sub(rest, out->len + 4, rest.len);
    return true;
}

enum jd_status jd_template_read(struct jd_arena *arena,
        struct jd_span content,
        struct jd_template *out_template,
        int *out_line,
        struct jd_error *error)
{
    struct jd_template read = { 0 };
    struct jd_span body = content, front = { NULL, 0 }, line;
    const char *place = content.data;
    enum jd_status status = JD_OK;
    // Without front matter `front` stays empty.
    (void)take_front_matter(&body, &front);
    while (status == JD_OK && jd_span_split(&front, '\n', &line)) {
        place = line.data;
        if (jd_span_starts(line, JD_SPAN("subject:"))) {
            struct jd_span subject = jd_span_trim(jd_span_sub(line, 8, line.len));
            status = read_text(arena, subject, &read.subject, &place, error);
        } else if (jd_span_trim(line).len) {
            status = jd_error_set(error, JD_BAD_INPUT,
                    "front matter has the field 'subject' alone, not '" JD_SPAN_FMT "'",
                    JD_SPAN_ARG(jd_span_sub(line, 0, 40)));
        }
    }
    if (status == JD_OK) {
        status = read_text(arena, body, &read.body, &place, error);
    }
    if (status != JD_OK) {
        *out_line = lines_before(content, place);
        return status;
    }
    *out_template = read;
    return JD_OK;
}

void jd_template_render(const struct jd_template_text *text,
        const struct jd_span values[JD_PLACEHOLDERS_COUNT],
        struct jd_buf *out)
{
    for (uint32_t i = 0; i < text->pieces_count; i++) {
        const struct jd_template_piece *piece = &text->pieces[i];
        jd_buf_add(out, piece->text);
        if (piece->placeholder >= 0) {
            struct jd_span value = values[piece->placeholder];
            jd_buf_add(out, value.len ? value : piece->otherwise);
        }
    }
}
