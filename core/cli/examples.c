/* JSON lines to mails. */
#include "cli/examples.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/span.h"
#include "base/utf8.h"

#define LINE_BYTES_MAX  (96u << 20)
#define BATCH_BYTES_MAX (8u << 20) // raw bytes after which a batch is full
#define ARENA_BYTES     (256u << 20)
#define LABEL_BYTES_MAX 40
#define ID_BYTES_MAX    500
#define FIELD_BYTES_MAX 900 // of a header field: within the line of a mail
#define SENDER_NONE     "A person <person@sender.example>"

enum jd_status jd_examples_open(struct jd_examples *examples,
        const char *path,
        bool want_label,
        struct jd_error *error)
{
    bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "re");
    if (!file) {
        return jd_error_errno(error, errno, "%s", path);
    }
    *examples = (struct jd_examples){
        .file = file,
        .name = is_input ? "standard input" : path,
        .buffer = jd_buf_init(LINE_BYTES_MAX),
        .arena = jd_arena_create(ARENA_BYTES),
        .want_label = want_label,
    };
    return JD_OK;
}

void jd_examples_close(struct jd_examples *examples)
{
    if (examples->file && examples->file != stdin) {
        fclose(examples->file);
    }
    jd_buf_finish(&examples->buffer);
    jd_arena_destroy(&examples->arena);
}

void jd_examples_complain(struct jd_examples *examples, uint64_t line, const char *sentence)
{
    examples->bad++;
    fprintf(stderr, "jackdaw: %s: line %llu: %s\n", examples->name, (unsigned long long)line,
            sentence);
}

/* Lines. */

/* The next line into the buffer, without its end; a buffer that is full drops the rest.
 * JD_NONE: there is none. */
static enum jd_status read_line(struct jd_examples *examples, struct jd_error *error)
{
    bool any = false, ended = false;
    jd_buf_clear(&examples->buffer);
    while (!ended) {
        if (examples->ahead.len == 0) {
            size_t len = fread(examples->piece, 1, sizeof(examples->piece), examples->file);
            examples->ahead = jd_span_new(examples->piece, len);
        }
        if (examples->ahead.len == 0) {
            break;
        }
        const char *end = memchr(examples->ahead.data, '\n', examples->ahead.len);
        size_t len = end ? (size_t)(end - examples->ahead.data) : examples->ahead.len;
        jd_buf_add(&examples->buffer, jd_span_sub(examples->ahead, 0, len));
        ended = end != NULL;
        examples->ahead = jd_span_sub(examples->ahead, len + ended, examples->ahead.len);
        any = true;
    }
    if (ferror(examples->file)) {
        return jd_error_errno(error, errno, "%s", examples->name);
    }
    examples->line += any;
    return any ? JD_OK : JD_NONE;
}

/* A mail may have zero bytes, which a JSON text of ours cannot: they become spaces. */
static void mend_zeros(struct jd_buf *line)
{
    for (size_t i = 0; i + 6 <= line->len; i++) {
        if (line->data[i] != '\\') {
            continue;
        }
        if (memcmp(line->data + i, "\\u0000", 6) == 0) {
            memcpy(line->data + i + 4, "20", 2);
        }
        i++; // what is escaped is no escape itself
    }
}

/* Mails. */

/* Code points back to bytes. False: there is one past U+00FF. */
static bool take_latin1(struct jd_arena *arena, struct jd_span text, struct jd_span *out)
{
    char *bytes = jd_arena_alloc(arena, text.len + 1);
    size_t len = 0;
    while (bytes && text.len) {
        uint32_t c = jd_utf8_take(&text);
        if (c > 0xff) {
            return false;
        }
        bytes[len++] = (char)c;
    }
    *out = jd_span_new(bytes, len);
    return bytes != NULL;
}

/* As the value of a header field: one line, cut. */
static struct jd_span field_value(struct jd_arena *arena, struct jd_span text)
{
    text = jd_arena_copy(arena, jd_span_sub(text, 0, FIELD_BYTES_MAX));
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] < 0x20) {
            ((char *)text.data)[i] = ' ';
        }
    }
    return text;
}

/* "Ann <ann@x>" as it is; a name alone gets an address. */
static struct jd_span sender_value(struct jd_arena *arena, struct jd_span sender)
{
    struct jd_span value = field_value(arena, jd_span_trim(sender));
    if (value.len == 0) {
        return JD_SPAN(SENDER_NONE);
    }
    if (memchr(value.data, '@', value.len)) {
        return value;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (strchr("\"\\<>", value.data[i])) {
            ((char *)value.data)[i] = ' ';
        }
    }
    return jd_arena_format(
            arena, "\"" JD_SPAN_FMT "\" <person@sender.example>", JD_SPAN_ARG(value));
}

static struct jd_span make_mail(struct jd_arena *arena,
        struct jd_span text,
        struct jd_span subject,
        struct jd_span sender)
{
    struct jd_span from = sender_value(arena, sender), about = field_value(arena, subject);
    return jd_arena_format(arena,
            "From: " JD_SPAN_FMT "\nTo: <" JD_EXAMPLES_OWNER ">\nSubject: " JD_SPAN_FMT
            "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
            "Content-Transfer-Encoding: 8bit\n\n" JD_SPAN_FMT "\n",
            JD_SPAN_ARG(from), JD_SPAN_ARG(about), JD_SPAN_ARG(text));
}

/* A line to an example; NULL or what is wrong. */

static const char *
take_id(struct jd_arena *arena, const struct jd_json *id, struct jd_example *out)
{
    struct jd_buf written = jd_buf_init((size_t)8 * ID_BYTES_MAX);
    struct jd_json_writer writer = jd_json_writer(&written);
    if (jd_json_is_text(id)) {
        jd_json_add_text(&writer, NULL, jd_json_text(id, JD_SPAN("")));
    } else if (jd_json_is_number(id)) {
        jd_json_add_int(&writer, NULL, jd_json_int(id, 0));
    }
    bool good = written.len > 0 && !written.failed && written.len <= ID_BYTES_MAX;
    out->id = jd_arena_copy(arena, jd_buf_span(&written));
    jd_buf_finish(&written);
    return good ? NULL : "'id' is a text or a whole number";
}

static const char *
take_label(struct jd_arena *arena, const struct jd_json *label, struct jd_example *out)
{
    struct jd_span text = jd_json_text(label, JD_SPAN(""));
    bool good = text.len >= 1 && text.len <= LABEL_BYTES_MAX;
    for (size_t i = 0; i < text.len; i++) {
        good = good && (unsigned char)text.data[i] >= 0x20 && text.data[i] != 0x7f;
    }
    out->label = jd_arena_copy(arena, text);
    return good ? NULL : "'label' is a text of 1 to 40 bytes on one line";
}

static const char *
take_mail(struct jd_arena *arena, const struct jd_json *object, struct jd_example *out)
{
    const struct jd_json *message = jd_json_member(object, "message");
    const struct jd_json *text = jd_json_member(object, "text");
    if (jd_json_is_text(message) == jd_json_is_text(text)) {
        return "a line has either 'message' or 'text', a text";
    }
    if (jd_json_is_text(message)) {
        return take_latin1(arena, jd_json_text(message, JD_SPAN("")), &out->raw)
                       ? NULL
                       : "'message' has a code point past U+00FF: it stands for the bytes of a "
                         "raw mail";
    }
    struct jd_span subject = jd_json_text(jd_json_member(object, "subject"), JD_SPAN(""));
    struct jd_span sender = jd_json_text(jd_json_member(object, "sender"), JD_SPAN(""));
    out->text = jd_arena_copy(arena, jd_json_text(text, JD_SPAN("")));
    out->raw = make_mail(arena, out->text, subject, sender);
    out->is_plain = subject.len == 0 && sender.len == 0;
    return out->text.data && out->raw.data ? NULL : "the line is too large";
}

static const char *
take_example(struct jd_examples *examples, struct jd_example *out, struct jd_error *problem)
{
    struct jd_json *object = NULL;
    if (examples->buffer.failed) {
        return "the line is too large";
    }
    mend_zeros(&examples->buffer);
    if (jd_json_parse(jd_buf_span(&examples->buffer), LINE_BYTES_MAX, &object, problem) !=
            JD_OK) {
        return problem->text;
    }
    const char *wrong = jd_json_is_object(object) ? NULL : "it is no JSON object";
    if (!wrong) {
        wrong = take_id(examples->arena, jd_json_member(object, "id"), out);
    }
    if (!wrong && examples->want_label) {
        wrong = take_label(examples->arena, jd_json_member(object, "label"), out);
    }
    if (!wrong) {
        wrong = take_mail(examples->arena, object, out);
    }
    jd_json_destroy(&object);
    return wrong;
}

enum jd_status jd_examples_next(struct jd_examples *examples, struct jd_error *error)
{
    size_t bytes = 0;
    examples->count = 0;
    jd_arena_reset(examples->arena);
    while (examples->count < JD_EXAMPLES_MAX && bytes < BATCH_BYTES_MAX) {
        struct jd_example *example = &examples->list[examples->count];
        enum jd_status status = read_line(examples, error);
        if (status == JD_NONE) {
            break;
        }
        if (status != JD_OK) {
            return status;
        }
        if (jd_span_trim(jd_buf_span(&examples->buffer)).len == 0) {
            continue; // an empty line is none
        }
        *example = (struct jd_example){ .line = examples->line };
        struct jd_error problem;
        const char *wrong = take_example(examples, example, &problem);
        if (wrong) {
            jd_examples_complain(examples, examples->line, wrong);
            continue;
        }
        bytes += example->raw.len;
        examples->count++;
    }
    return examples->count ? JD_OK : JD_NONE;
}
