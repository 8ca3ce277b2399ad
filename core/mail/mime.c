/**
 * A mail of one part needs only its Content-* fields read. For a multipart, GMime's parser
 * reads a stream of ours: those fields and then the body. So it builds no object for the forty
 * other fields, and the parts that it finds are offsets into the raw mail, never copies.
 *
 * Messages inside messages are registered as plain parts: their text is not ours to show, and
 * GMime then neither descends into them nor parses their addresses.
 */
#include "mail/mime.h"

#include <gmime/gmime.h>

#include "base/buf.h"
#include "mail/charset.h"
#include "mail/text.h"

enum {
    // GMime compares each line that begins with "--" with each boundary that is open.
    BOUNDARY_WORK_MAX = 20 * 1000 * 1000,
    // Each of those lines may begin a part, for which GMime makes an object of 1.5 kB.
    BOUNDARY_LINES_MAX = 50 * 1000,
    BOUNDARY_WORK_FREE_BYTES = 64 * 1024, // below this the work cannot hurt
    SECTION_MAX = 128,
    NAME_BYTES_MAX = 255,
    CONTENT_FIELDS_BYTES_MAX = 128 * 1024,
};

/* ---- A read-only stream over two spans ---- */

struct spliced {
    GMimeStream parent;
    struct jd_span head;
    struct jd_span body;
};

struct spliced_class {
    GMimeStreamClass parent;
};

typedef struct spliced jd_spliced;
typedef struct spliced_class jd_splicedClass; // the name that G_DEFINE_TYPE asks for
GType jd_spliced_get_type(void);
G_DEFINE_TYPE(jd_spliced, jd_spliced, GMIME_TYPE_STREAM)

static gint64 spliced_end(GMimeStream *stream)
{
    struct spliced *self = (struct spliced *)stream;
    gint64 all = (gint64)(self->head.len + self->body.len);
    return stream->bound_end == -1 ? all : stream->bound_end;
}

static ssize_t spliced_read(GMimeStream *stream, char *buf, size_t len)
{
    struct spliced *self = (struct spliced *)stream;
    gint64 left = spliced_end(stream) - stream->position;
    size_t want = left < 0 ? 0 : (size_t)left;
    want = want < len ? want : len;
    size_t at = (size_t)stream->position;
    size_t done = 0;
    if (at < self->head.len && want) {
        done = self->head.len - at < want ? self->head.len - at : want;
        memcpy(buf, self->head.data + at, done);
    }
    if (want > done) {
        memcpy(buf + done, self->body.data + (at + done - self->head.len), want - done);
    }
    stream->position += (gint64)want;
    return (ssize_t)want;
}

static gboolean spliced_eos(GMimeStream *stream)
{
    return stream->position >= spliced_end(stream);
}

static gint64 spliced_seek(GMimeStream *stream, gint64 offset, GMimeSeekWhence whence)
{
    gint64 base = whence == GMIME_STREAM_SEEK_SET   ? 0
                  : whence == GMIME_STREAM_SEEK_CUR ? stream->position
                                                    : spliced_end(stream);
    gint64 to = base + offset;
    if (to < stream->bound_start || to > spliced_end(stream)) {
        return -1;
    }
    stream->position = to;
    return to;
}

static int spliced_reset(GMimeStream *stream)
{
    stream->position = stream->bound_start;
    return 0;
}

static gint64 spliced_tell(GMimeStream *stream)
{
    return stream->position;
}

static gint64 spliced_length(GMimeStream *stream)
{
    return spliced_end(stream) - stream->bound_start;
}

static GMimeStream *
spliced_new(struct jd_span head, struct jd_span body, gint64 start, gint64 end)
{
    struct spliced *self = g_object_new(jd_spliced_get_type(), NULL);
    g_mime_stream_construct(&self->parent, start, end);
    self->head = head;
    self->body = body;
    return &self->parent;
}

static GMimeStream *spliced_substream(GMimeStream *stream, gint64 start, gint64 end)
{
    struct spliced *self = (struct spliced *)stream;
    return spliced_new(self->head, self->body, start, end);
}

static void jd_spliced_class_init(jd_splicedClass *class)
{
    class->parent.read = spliced_read;
    class->parent.eos = spliced_eos;
    class->parent.seek = spliced_seek;
    class->parent.reset = spliced_reset;
    class->parent.tell = spliced_tell;
    class->parent.length = spliced_length;
    class->parent.substream = spliced_substream;
}

static void jd_spliced_init(jd_spliced *self)
{
    self->head = jd_span_new("", 0);
    self->body = jd_span_new("", 0);
}

/* ---- What GMime is given ---- */

static bool is_content_field(const struct jd_header_field *field)
{
    return jd_span_equal_nocase(jd_span_sub(field->name, 0, 8), JD_SPAN("Content-"));
}

/** The Content-* fields and the empty line. data NULL beyond the arena's cap. */
static struct jd_span make_head(struct jd_arena *arena, const struct jd_header_block *header)
{
    struct jd_buf head = jd_buf_init(CONTENT_FIELDS_BYTES_MAX + 2);
    for (uint32_t i = 0; i < header->fields_count; i++) {
        const struct jd_header_field *field = &header->fields[i];
        size_t bytes = field->name.len + field->value.len + 3;
        if (is_content_field(field) && head.len + bytes < CONTENT_FIELDS_BYTES_MAX) {
            jd_buf_add(&head, field->name);
            jd_buf_text(&head, ": ");
            jd_buf_add(&head, field->value);
            jd_buf_char(&head, '\n');
        }
    }
    jd_buf_char(&head, '\n');
    struct jd_span out = jd_arena_copy(arena, jd_buf_span(&head));
    jd_buf_finish(&head);
    return out;
}

static bool is_multipart(const struct jd_header_block *header)
{
    // The last of several Content-Type fields may win in GMime: any that says so will do.
    for (uint32_t i = 0; i < header->fields_count; i++) {
        const struct jd_header_field *field = &header->fields[i];
        if (jd_span_equal_nocase(field->name, JD_SPAN("Content-Type")) &&
                jd_span_equal_nocase(jd_span_sub(field->value, 0, 9), JD_SPAN("multipart"))) {
            return true;
        }
    }
    return false;
}

/** The words "boundary" in `line`, in any case. */
static uint64_t count_boundary_words(struct jd_span line)
{
    const struct jd_span word = JD_SPAN("boundary");
    uint64_t count = 0;
    for (size_t at = 0; at + word.len <= line.len; at++) {
        if ((line.data[at] | 32) == 'b' &&
                jd_span_equal_nocase(jd_span_sub(line, at, word.len), word)) {
            count++;
            at += word.len - 1;
        }
    }
    return count;
}

/** The front of a body up to where GMime's work would pass its bound. */
static struct jd_span bound_work(struct jd_span body, uint32_t *limits_hit)
{
    if (body.len < BOUNDARY_WORK_FREE_BYTES) {
        return body;
    }
    uint64_t open_max = 1;
    uint64_t work = 0;
    uint32_t lines = 0;
    struct jd_span rest = body;
    struct jd_span line;
    while (jd_span_split(&rest, '\n', &line)) {
        if (line.len >= 2 && line.data[0] == '-' && line.data[1] == '-') {
            work += open_max;
            lines++;
        }
        open_max += count_boundary_words(line);
        if (work > BOUNDARY_WORK_MAX || lines > BOUNDARY_LINES_MAX) {
            *limits_hit |= JD_LIMIT_PARTS | JD_LIMIT_DEPTH;
            return jd_span_sub(body, 0, (size_t)(line.data - body.data));
        }
    }
    return body;
}

/* ---- From GMime's objects to parts ---- */

struct walk {
    struct jd_arena *arena;
    const struct jd_mail_limits *limits;
    struct jd_span head;
    struct jd_span body;
    struct jd_mime mime;
    uint32_t capacity;
    bool failed; // the arena's cap
};

/** Valid UTF-8 on one line from a text of GMime's; empty for NULL. */
static struct jd_span copy_text(struct walk *walk, const char *text, size_t max)
{
    if (text == NULL || *text == '\0') {
        return jd_span_new("", 0);
    }
    struct jd_span decoded = jd_charset_decode(
            walk->arena, jd_span_new(NULL, 0), jd_arena_copy(walk->arena, jd_span_of(text)));
    struct jd_span line = jd_utf8_cut(jd_text_line(walk->arena, decoded), max);
    walk->failed = walk->failed || line.data == NULL;
    return line;
}

static struct jd_span copy_lower(struct walk *walk, const char *text)
{
    struct jd_span copy = copy_text(walk, text, NAME_BYTES_MAX);
    char *out = jd_arena_text(walk->arena, copy);
    if (out == NULL) {
        walk->failed = true;
        return jd_span_new("", 0);
    }
    for (size_t i = 0; i < copy.len; i++) {
        out[i] = jd_ascii_lower(out[i]);
    }
    return jd_span_new(out, copy.len);
}

/** A file name without folders. */
static struct jd_span copy_name(struct walk *walk, const char *text)
{
    struct jd_span name = copy_text(walk, text, SIZE_MAX);
    for (size_t i = name.len; i > 0; i--) {
        if (name.data[i - 1] == '/' || name.data[i - 1] == '\\') {
            name = jd_span_sub(name, i, name.len);
            break;
        }
    }
    return jd_utf8_cut(name, NAME_BYTES_MAX);
}

static enum jd_mime_encoding encoding_of(GMimeContentEncoding encoding)
{
    switch (encoding) {
    case GMIME_CONTENT_ENCODING_BASE64:
        return JD_MIME_BASE64;
    case GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE:
        return JD_MIME_QUOTED_PRINTABLE;
    case GMIME_CONTENT_ENCODING_UUENCODE:
        return JD_MIME_UUENCODE;
    default:
        return JD_MIME_IDENTITY;
    }
}

/**
 * The line end in front of a boundary belongs to the boundary. GMime takes its form from the
 * boundary's own line, which is wrong where a mail mixes CR LF and LF.
 */
static struct jd_span mend_end(struct jd_span body, size_t start, size_t end)
{
    bool lost = end + 2 < body.len && body.data[end] != '\r' && body.data[end] != '\n' &&
                body.data[end + 1] == '\n' && body.data[end + 2] == '-';
    bool kept = end > start && end < body.len && body.data[end] == '\n' &&
                body.data[end - 1] == '\r';
    return jd_span_sub(body, start, end - start + lost - kept);
}

/** Where in the raw mail the content of a leaf stands. */
static struct jd_span content_of(struct walk *walk, GMimePart *part)
{
    GMimeDataWrapper *wrapper = g_mime_part_get_content(part);
    GMimeStream *stream = wrapper ? g_mime_data_wrapper_get_stream(wrapper) : NULL;
    if (stream == NULL) {
        return jd_span_new("", 0);
    }
    size_t head = walk->head.len;
    size_t start = (size_t)stream->bound_start;
    size_t end = (size_t)spliced_end(stream);
    if (start < head || end < start) {
        return jd_span_new("", 0);
    }
    return mend_end(walk->body, start - head, end - head);
}

static struct jd_mime_part *append_part(struct walk *walk)
{
    struct jd_mime *mime = &walk->mime;
    if (mime->parts_count == walk->capacity) {
        uint32_t larger = walk->capacity ? walk->capacity * 2 : 8;
        struct jd_mime_part *parts = jd_arena_zalloc(walk->arena, larger, sizeof(*parts));
        if (parts == NULL) {
            walk->failed = true;
            return NULL;
        }
        if (mime->parts_count) {
            memcpy(parts, mime->parts, mime->parts_count * sizeof(*parts));
        }
        mime->parts = parts;
        walk->capacity = larger;
    }
    return &mime->parts[mime->parts_count++];
}

static enum jd_mime_kind kind_of(GMimeObject *object)
{
    if (!GMIME_IS_MULTIPART(object)) {
        return JD_MIME_LEAF;
    }
    GMimeContentType *type = g_mime_object_get_content_type(object);
    if (g_mime_content_type_is_type(type, "multipart", "alternative")) {
        return JD_MIME_ALTERNATIVE;
    }
    return g_mime_content_type_is_type(type, "multipart", "related") ? JD_MIME_RELATED
                                                                     : JD_MIME_MIXED;
}

/** What the type says; `part` is cleared but for it. */
static void fill_type(struct walk *walk, GMimeContentType *type, struct jd_mime_part *part)
{
    char *mime_type = g_mime_content_type_get_mime_type(type);
    *part = (struct jd_mime_part){
        .kind = JD_MIME_LEAF,
        .encoding = JD_MIME_IDENTITY,
        .type = copy_lower(walk, mime_type),
        .disposition = jd_span_new("", 0),
        .name = jd_span_new("", 0),
        .content_id = jd_span_new("", 0),
        .section = jd_span_new("", 0),
        .content = jd_span_new("", 0),
    };
    const char *charset = g_mime_content_type_get_parameter(type, "charset");
    part->charset = copy_text(walk, charset, NAME_BYTES_MAX);
    g_free(mime_type);
}

static void fill_part(struct walk *walk, GMimeObject *object, struct jd_mime_part *part)
{
    fill_type(walk, g_mime_object_get_content_type(object), part);
    part->kind = kind_of(object);
    part->disposition = copy_lower(walk, g_mime_object_get_disposition(object));
    part->content_id = copy_text(walk, g_mime_object_get_content_id(object), NAME_BYTES_MAX);
    if (GMIME_IS_PART(object)) {
        GMimePart *leaf = (GMimePart *)object;
        part->name = copy_name(walk, g_mime_part_get_filename(leaf));
        part->encoding = encoding_of(g_mime_part_get_content_encoding(leaf));
        part->content = content_of(walk, leaf);
    }
}

static struct jd_span section_of(struct walk *walk, struct jd_span parent, int index)
{
    struct jd_span section = parent.len ? jd_arena_format(walk->arena, JD_SPAN_FMT ".%d",
                                                  JD_SPAN_ARG(parent), index)
                                        : jd_arena_format(walk->arena, "%d", index);
    walk->failed = walk->failed || section.data == NULL;
    return section;
}

/** Adds `object` and its children; recursion is bounded by depth_max. */
static void
add_object(struct walk *walk, GMimeObject *object, struct jd_span section, uint32_t depth)
{
    if (walk->mime.parts_count >= walk->limits->parts_max) {
        walk->mime.limits_hit |= JD_LIMIT_PARTS;
        return;
    }
    uint32_t index = walk->mime.parts_count;
    struct jd_mime_part *part = append_part(walk);
    if (part == NULL) {
        return;
    }
    fill_part(walk, object, part);
    part->section = section;
    if (GMIME_IS_MULTIPART(object)) {
        GMimeMultipart *multipart = (GMimeMultipart *)object;
        int count = g_mime_multipart_get_count(multipart);
        if (depth >= walk->limits->depth_max && count > 0) {
            walk->mime.limits_hit |= JD_LIMIT_DEPTH;
            count = 0;
        }
        for (int i = 0; i < count && !walk->failed; i++) {
            add_object(walk, g_mime_multipart_get_part(multipart, i),
                    section_of(walk, section, i + 1), depth + 1);
            if (walk->mime.limits_hit & JD_LIMIT_PARTS) {
                break;
            }
        }
    }
    walk->mime.parts[index].end = walk->mime.parts_count;
}

/** The unfolded value of a field for GMime; NULL if there is none. */
static const char *
field_text(struct walk *walk, const struct jd_header_block *header, struct jd_span name)
{
    const struct jd_header_field *field = jd_header_find(header, name);
    char *text = field ? jd_arena_text(walk->arena, field->value) : NULL;
    walk->failed = walk->failed || (field && text == NULL);
    return text;
}

/** A mail of one part: its fields are read one by one, its content is all of the body. */
static void read_single(struct walk *walk, const struct jd_header_block *header)
{
    const char *type_text = field_text(walk, header, JD_SPAN("Content-Type"));
    const char *encoding = field_text(walk, header, JD_SPAN("Content-Transfer-Encoding"));
    const char *disposition_text = field_text(walk, header, JD_SPAN("Content-Disposition"));
    const char *content_id = field_text(walk, header, JD_SPAN("Content-ID"));
    struct jd_mime_part *part = append_part(walk);
    if (part == NULL) {
        return;
    }
    GMimeContentType *type =
            g_mime_content_type_parse(NULL, type_text ? type_text : "text/plain");
    fill_type(walk, type, part);
    const char *name = g_mime_content_type_get_parameter(type, "name");
    GMimeContentDisposition *disposition =
            disposition_text ? g_mime_content_disposition_parse(NULL, disposition_text) : NULL;
    if (disposition) {
        const char *filename =
                g_mime_content_disposition_get_parameter(disposition, "filename");
        name = filename ? filename : name;
        part->disposition =
                copy_lower(walk, g_mime_content_disposition_get_disposition(disposition));
    }
    part->name = copy_name(walk, name);
    part->content_id = copy_text(walk, content_id, NAME_BYTES_MAX);
    part->encoding = encoding_of(encoding ? g_mime_content_encoding_from_string(encoding)
                                          : GMIME_CONTENT_ENCODING_DEFAULT);
    part->section = JD_SPAN("1");
    part->content = walk->body;
    part->end = 1;
    g_object_unref(type);
    g_clear_object(&disposition);
}

/** A multipart in which no part was found: what it holds is plain text to a reader. */
static void read_as_text(struct walk *walk)
{
    struct jd_mime_part *part = &walk->mime.parts[0];
    part->kind = JD_MIME_LEAF;
    part->type = JD_SPAN("text/plain");
    part->section = JD_SPAN("1");
    part->content = walk->body;
}

static void read_multipart(struct walk *walk, const struct jd_header_block *header)
{
    walk->head = make_head(walk->arena, header);
    if (walk->head.data == NULL) {
        walk->failed = true;
        return;
    }
    struct jd_span seen = bound_work(walk->body, &walk->mime.limits_hit);
    GMimeStream *stream = spliced_new(walk->head, seen, 0, -1);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    g_mime_parser_set_persist_stream(parser, TRUE);
    GMimeObject *top = g_mime_parser_construct_part(parser, NULL);
    if (top) {
        bool leaf = !GMIME_IS_MULTIPART(top);
        add_object(walk, top, leaf ? JD_SPAN("1") : jd_span_new("", 0), 0);
        g_object_unref(top);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    if (walk->mime.parts_count == 1 && walk->mime.parts[0].kind != JD_MIME_LEAF) {
        read_as_text(walk);
    }
}

// The leak checker's switches, where the process has one.
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

/** GMime's registry loses the rows that are replaced: some bytes, once per process. */
static void register_types(void)
{
    static const char *const messages[] = { "rfc822", "rfc2822", "global", "news", "partial" };
    if (__lsan_disable) {
        __lsan_disable();
    }
    g_mime_init();
    for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++) {
        g_mime_object_register_type("message", messages[i], GMIME_TYPE_PART);
    }
    if (__lsan_enable) {
        __lsan_enable();
    }
}

/* ---- The public functions ---- */

enum jd_status jd_mime_init(struct jd_error *error)
{
    register_types();
    // GLib makes its types at the first use; do it while there is one thread.
    GMimeStream *stream = spliced_new(jd_span_new("", 0), jd_span_new("", 0), 0, -1);
    g_object_unref(stream);
    if (g_mime_parser_options_get_default() == NULL) {
        return jd_error_set(error, JD_BUG, "GMime could not be initialised");
    }
    return JD_OK;
}

bool jd_mime_parse(struct jd_arena *arena,
        struct jd_span raw,
        const struct jd_header_block *header,
        const struct jd_mail_limits *limits,
        struct jd_mime *out_mime)
{
    struct walk walk = {
        .arena = arena,
        .limits = limits,
        .body = jd_span_sub(raw, header->body_start, raw.len),
    };
    if (is_multipart(header)) {
        read_multipart(&walk, header);
    } else {
        read_single(&walk, header);
    }
    *out_mime = walk.mime;
    return !walk.failed && walk.mime.parts_count > 0;
}

bool jd_mime_is_type(const struct jd_mime_part *part, struct jd_span type)
{
    return jd_span_equal(part->type, type);
}

static uint64_t count_base64(struct jd_span content)
{
    uint64_t chars = content.len;
    const char *end = content.data + content.len;
    for (const char *p = content.data; (p = memchr(p, '\n', (size_t)(end - p))); p++) {
        chars -= 1 + (p > content.data && p[-1] == '\r');
    }
    struct jd_span tail = jd_span_trim(content);
    uint64_t padding = 0;
    while (padding < 2 && tail.len && tail.data[tail.len - 1] == '=') {
        tail.len--;
        padding++;
    }
    uint64_t bytes = chars / 4 * 3;
    return bytes > padding ? bytes - padding : 0;
}

static uint64_t count_quoted_printable(struct jd_span content)
{
    uint64_t bytes = content.len;
    const char *end = content.data + content.len;
    for (const char *p = content.data; (p = memchr(p, '=', (size_t)(end - p))); p++) {
        bool soft_crlf = p + 2 < end && p[1] == '\r' && p[2] == '\n';
        bool soft_lf = p + 1 < end && p[1] == '\n';
        uint64_t less = soft_crlf ? 3 : 2;
        bytes -= bytes >= less && (soft_lf || p + 2 < end) ? less : 0;
    }
    return bytes;
}

uint64_t jd_mime_decoded_bytes(const struct jd_mime_part *part)
{
    if (part->content.len == 0) {
        return 0;
    }
    switch (part->encoding) {
    case JD_MIME_BASE64:
        return count_base64(part->content);
    case JD_MIME_QUOTED_PRINTABLE:
        return count_quoted_printable(part->content);
    case JD_MIME_UUENCODE:
        return (uint64_t)part->content.len * 3 / 4;
    case JD_MIME_IDENTITY:
        break;
    }
    return part->content.len;
}

/** GMime's uudecoder wants to begin behind the "begin" line. */
static struct jd_span skip_uu_begin(struct jd_span content)
{
    struct jd_span rest = content;
    struct jd_span line;
    while (jd_span_split(&rest, '\n', &line)) {
        if (jd_span_starts(line, JD_SPAN("begin "))) {
            return rest.data ? rest : jd_span_new("", 0);
        }
    }
    return content;
}

struct jd_span jd_mime_decode(struct jd_arena *arena,
        const struct jd_mime_part *part,
        size_t max,
        bool *out_cut)
{
    struct jd_span in = part->content;
    size_t in_max = part->encoding == JD_MIME_IDENTITY           ? max
                    : part->encoding == JD_MIME_QUOTED_PRINTABLE ? max + max / 8
                                                                 : max / 3 * 4 + max / 32;
    if (part->encoding == JD_MIME_UUENCODE) {
        in = skip_uu_begin(in);
    }
    *out_cut = in.len > in_max;
    in = jd_span_sub(in, 0, in_max);
    if (part->encoding == JD_MIME_IDENTITY) {
        return in.data ? in : jd_span_new("", 0);
    }
    static const GMimeContentEncoding encodings[] = {
        [JD_MIME_BASE64] = GMIME_CONTENT_ENCODING_BASE64,
        [JD_MIME_QUOTED_PRINTABLE] = GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE,
        [JD_MIME_UUENCODE] = GMIME_CONTENT_ENCODING_UUENCODE,
    };
    GMimeEncoding state;
    g_mime_encoding_init_decode(&state, encodings[part->encoding]);
    if (part->encoding == JD_MIME_UUENCODE) {
        state.state = GMIME_UUDECODE_STATE_BEGIN;
    }
    char *out = jd_arena_alloc(arena, g_mime_encoding_outlen(&state, in.len) + 1);
    if (out == NULL) {
        return jd_span_new(NULL, 0);
    }
    size_t len = g_mime_encoding_flush(&state, in.data ? in.data : "", in.len, out);
    return jd_span_new(out, len);
}
