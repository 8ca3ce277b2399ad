/* Answers of compute children to plain structs; every byte of them is hostile. */
#include "pipeline/analysis_record.h"

#include <ctype.h>
#include <math.h>

#include "base/record.h"
#include "base/span.h"
#include "base/utf8.h"

#define TIME_MS_MIN         (-62135596800000LL) // 0001-01-01
#define TIME_MS_MAX         253402300799999LL   // 9999-12-31
#define CATEGORY_BYTES_MAX  40
#define LANGUAGE_BYTES      2
#define PART_ID_BYTES_MAX   100
#define MIME_TYPE_BYTES_MAX 127
#define WEIGHT_MAX          1000.0
#define TEXT_BYTES_MAX      (16 * 1024 * 1024) // places within a text
#define ATTEMPTS_MAX        200
#define MEASURE_MAX         1000000000000000000 // instructions, nanoseconds, bytes
#define LIST_CAPACITY_MIN   4

struct decoder {
    struct jd_arena *arena;
    bool out_of_room; // the arena's cap was reached: the whole answer is refused
};

/* Text */

static bool is_control(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) ||
           code_point == 0x2028 || code_point == 0x2029;
}

/** What stands for a code point; a line keeps no control character, a page its breaks and tabs.
 */
static uint32_t mend_code_point(uint32_t code_point, bool page)
{
    if (code_point == JD_UTF8_INVALID) {
        return JD_UTF8_REPLACEMENT;
    }
    if (!is_control(code_point) || (page && (code_point == '\n' || code_point == '\t'))) {
        return code_point;
    }
    return ' ';
}

/** How many bytes at the front need no mending. */
static size_t clean_bytes(struct jd_span text, bool page)
{
    struct jd_span rest = text;
    while (rest.len > 0) {
        if ((uint8_t)(rest.data[0] - 0x20) < 0x7F - 0x20) {
            rest.data++;
            rest.len--;
            continue;
        }
        struct jd_span before = rest;
        uint32_t code_point = jd_utf8_take(&rest);
        if (mend_code_point(code_point, page) != code_point) {
            return text.len - before.len;
        }
    }
    return text.len;
}

static struct jd_span cut_text(struct jd_span text, size_t bytes_max)
{
    if (text.len > bytes_max) {
        text.len = bytes_max;
        while (text.len > 0 && ((uint8_t)text.data[text.len] & 0xC0) == 0x80) {
            text.len--;
        }
    }
    return text;
}

static struct jd_span copy_bytes(struct decoder *decoder, struct jd_span bytes)
{
    struct jd_span copy = jd_arena_copy(decoder->arena, bytes);
    if (!copy.data) {
        decoder->out_of_room = true;
    }
    return copy;
}

/** A copy that is valid UTF-8 of at most `bytes_max` bytes. */
static struct jd_span
copy_text(struct decoder *decoder, struct jd_span text, size_t bytes_max, bool page)
{
    if (text.len == 0) {
        return jd_span_new(NULL, 0);
    }
    // A mended byte grows to three at most, so what lies beyond cannot be needed.
    text = jd_span_sub(text, 0, bytes_max + 4);
    size_t clean = clean_bytes(text, page);
    if (clean == text.len || clean >= bytes_max + 1) {
        return copy_bytes(decoder, cut_text(jd_span_sub(text, 0, clean), bytes_max));
    }
    char *mended = jd_arena_alloc(decoder->arena, text.len * 3 + 1);
    if (!mended) {
        decoder->out_of_room = true;
        return jd_span_new(NULL, 0);
    }
    size_t len = 0;
    while (text.len > 0) {
        len += jd_utf8_put(mend_code_point(jd_utf8_take(&text), page), mended + len);
    }
    mended[len] = '\0';
    return cut_text(jd_span_new(mended, len), bytes_max);
}

/** Where a text field goes within the struct of its group. */
struct text_field {
    uint16_t tag;
    bool page; // may have line breaks
    uint32_t bytes_max;
    size_t offset; // of a struct jd_span
};

#define LINE(tag, type, member)                                                                \
 {                                                                                             \
  tag, false, JD_ANALYSED_LINE_BYTES_MAX, offsetof(struct type, member)                        \
 }
#define SHORT_LINE(tag, bytes_max, type, member)                                               \
 {                                                                                             \
  tag, false, bytes_max, offsetof(struct type, member)                                         \
 }
#define PAGE(tag, bytes_max, type, member)                                                     \
 {                                                                                             \
  tag, true, bytes_max, offsetof(struct type, member)                                          \
 }
#define FIELDS(table) (table), sizeof(table) / sizeof((table)[0])

/** Fills the member that the table names for this field, the first time it comes. */
static void take_text(struct decoder *decoder,
        const struct jd_record_field *field,
        const struct text_field *table,
        size_t count,
        void *target)
{
    if (field->type != JD_RECORD_BYTES) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct jd_span *member = (struct jd_span *)((char *)target + table[i].offset);
        if (table[i].tag == field->tag && member->len == 0) {
            *member = copy_text(decoder, field->bytes, table[i].bytes_max, table[i].page);
        }
    }
}

/* Numbers */

static int64_t take_int(const struct jd_record_field *field, int64_t min, int64_t max)
{
    int64_t value = field->type == JD_RECORD_INT ? field->integer : min;
    return value < min ? min : value > max ? max : value;
}

static bool take_flag(const struct jd_record_field *field)
{
    return take_int(field, 0, 1) == 1;
}

static int64_t take_time(const struct jd_record_field *field)
{
    if (field->type != JD_RECORD_INT || field->integer < TIME_MS_MIN ||
            field->integer > TIME_MS_MAX) {
        return INT64_MIN;
    }
    return field->integer;
}

static double take_real(const struct jd_record_field *field, double min, double max)
{
    if (field->type != JD_RECORD_REAL || !isfinite(field->real)) {
        return min > 0 || max < 0 ? min : 0;
    }
    return fmin(fmax(field->real, min), max);
}

/* Lists: their members stand in the target struct as a pointer and a count. */

/** A cleared place at the end of a list; NULL when it is full, or there is no room. */
static void *list_add(struct decoder *decoder,
        void **items,
        uint32_t *count,
        uint32_t max,
        size_t item_bytes)
{
    if (*count >= max) {
        return NULL;
    }
    bool full = *count == 0 || (*count >= LIST_CAPACITY_MIN && (*count & (*count - 1)) == 0);
    if (full) {
        uint32_t capacity = *count < LIST_CAPACITY_MIN ? LIST_CAPACITY_MIN : *count * 2;
        void *grown = jd_arena_zalloc(decoder->arena, capacity, item_bytes);
        if (!grown) {
            decoder->out_of_room = true;
            return NULL;
        }
        if (*count > 0) {
            memcpy(grown, *items, *count * item_bytes);
        }
        *items = grown;
    }
    return (char *)*items + (*count)++ * item_bytes;
}

#define LIST_ADD(decoder, target, list, max)                                                   \
 list_add((decoder), (void **)&(target)->list, &(target)->list##_count, (max),                 \
         sizeof(*(target)->list))

/* Walking */

/** Handles one field of a group whose struct is `target`. */
typedef enum jd_status field_fn(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error);

static enum jd_status walk(struct decoder *decoder,
        struct jd_record_reader reader,
        field_fn *handle,
        void *target,
        struct jd_error *error)
{
    struct jd_record_field field;
    enum jd_status status;
    while ((status = jd_record_next(&reader, &field, error)) == JD_OK) {
        status = handle(decoder, &reader, &field, target, error);
        if (status != JD_OK) {
            return status;
        }
    }
    return status == JD_NONE ? JD_OK : status;
}

/** Walks a group into `target`; NULL: the list was full, the group is left out. */
static enum jd_status walk_group(struct decoder *decoder,
        const struct jd_record_reader *outer,
        const struct jd_record_field *group,
        field_fn *handle,
        void *target,
        struct jd_error *error)
{
    struct jd_record_reader reader;
    if (!target) {
        return JD_OK;
    }
    enum jd_status status = jd_record_enter(outer, group, &reader, error);
    return status == JD_OK ? walk(decoder, reader, handle, target, error) : status;
}

static enum jd_status
finish(const struct decoder *decoder, enum jd_status status, struct jd_error *error)
{
    if (status == JD_OK && decoder->out_of_room) {
        return jd_error_set(error, JD_REJECTED, "the answer passes the arena's cap");
    }
    return status;
}

/* PARSED */

static enum jd_status person_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        LINE(JD_TAG_ADDRESS, jd_analysed_address, address),
        LINE(JD_TAG_NAME, jd_analysed_address, name),
    };
    (void)reader; // no groups within
    (void)error;
    take_text(decoder, field, FIELDS(texts), target);
    return JD_OK;
}

static enum jd_status attachment_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        LINE(JD_TAG_NAME, jd_analysed_attachment, name),
        SHORT_LINE(JD_TAG_MIME_TYPE, MIME_TYPE_BYTES_MAX, jd_analysed_attachment, mime_type),
        SHORT_LINE(JD_TAG_PART_ID, PART_ID_BYTES_MAX, jd_analysed_attachment, part_id),
        LINE(JD_TAG_CONTENT_ID, jd_analysed_attachment, content_id),
    };
    struct jd_analysed_attachment *attachment = target;
    (void)reader; // no groups within
    (void)error;
    take_text(decoder, field, FIELDS(texts), attachment);
    if (field->tag == JD_TAG_BYTES) {
        attachment->bytes = take_int(field, 0, INT64_MAX);
    } else if (field->tag == JD_TAG_INLINE) {
        attachment->is_inline = take_flag(field);
    }
    return JD_OK;
}

static bool all_of(struct jd_span text, const char *allowed)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\0' || !strchr(allowed, text.data[i])) {
            return false;
        }
    }
    return text.len > 0;
}

static bool is_mime_type(struct jd_span text)
{
    struct jd_span type, rest = text;
    return jd_span_split(&rest, '/', &type) && all_of(type, "abcdefghijklmnopqrstuvwxyz-") &&
           all_of(rest, "abcdefghijklmnopqrstuvwxyz0123456789!#$&^_.+-");
}

/** A name without the signs that make a path. */
static struct jd_span mend_name(struct decoder *decoder, struct jd_span name)
{
    static const char separators[] = "/\\";
    size_t clean = 0;
    while (clean < name.len && !strchr(separators, name.data[clean])) {
        clean++;
    }
    if (clean == name.len) {
        return name;
    }
    char *mended = jd_arena_text(decoder->arena, name);
    if (!mended) {
        decoder->out_of_room = true;
        return jd_span_new(NULL, 0);
    }
    for (size_t i = clean; i < name.len; i++) {
        if (strchr(separators, mended[i])) {
            mended[i] = '_';
        }
    }
    return jd_span_new(mended, name.len);
}

/** A name that could be a path, a type that could be markup: both reach a browser. */
static void mend_attachment(struct decoder *decoder, struct jd_analysed_attachment *attachment)
{
    attachment->name = mend_name(decoder, attachment->name);
    if (!is_mime_type(attachment->mime_type)) {
        attachment->mime_type = JD_SPAN("application/octet-stream");
    }
    if (!all_of(attachment->part_id, "0123456789.")) {
        attachment->part_id = jd_span_new(NULL, 0);
    }
}

static enum jd_status zone_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    struct jd_analysed_zone *zone = target;
    (void)decoder; // numbers alone
    (void)reader;
    (void)error;
    if (field->tag == JD_TAG_ZONE_KIND) {
        zone->kind = (enum jd_zone_kind)take_int(field, 0, JD_ZONE_FOOTER);
    } else if (field->tag == JD_TAG_START) {
        zone->start = (uint32_t)take_int(field, 0, TEXT_BYTES_MAX);
    } else if (field->tag == JD_TAG_END) {
        zone->end = (uint32_t)take_int(field, 0, TEXT_BYTES_MAX);
    }
    return JD_OK;
}

/** Zones are sorted and do not overlap; what breaks that is left out. */
static enum jd_status take_zone(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        struct jd_analysed_message *message,
        struct jd_error *error)
{
    struct jd_analysed_zone zone = { 0 };
    enum jd_status status = walk_group(decoder, reader, field, zone_field, &zone, error);
    uint32_t count = message->zones_count;
    uint32_t least = count > 0 ? message->zones[count - 1].end : 0;
    if (status != JD_OK || zone.kind < JD_ZONE_QUOTE || zone.start < least ||
            zone.end <= zone.start) {
        return status;
    }
    struct jd_analysed_zone *place = LIST_ADD(decoder, message, zones, JD_ANALYSED_ZONES_MAX);
    if (place) {
        *place = zone;
    }
    return JD_OK;
}

static enum jd_status take_attachment(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        struct jd_analysed_message *message,
        struct jd_error *error)
{
    struct jd_analysed_attachment *attachment =
            LIST_ADD(decoder, message, attachments, JD_ANALYSED_ATTACHMENTS_MAX);
    enum jd_status status =
            walk_group(decoder, reader, field, attachment_field, attachment, error);
    if (attachment) {
        mend_attachment(decoder, attachment);
    }
    return status;
}

static void
add_line(struct decoder *decoder, const struct jd_record_field *field, struct jd_span *place)
{
    if (place && field->type == JD_RECORD_BYTES) {
        *place = copy_text(decoder, field->bytes, JD_ANALYSED_LINE_BYTES_MAX, false);
    }
}

/** The fields that are groups or lists; others are left to the caller. */
static enum jd_status take_members(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        struct jd_analysed_message *message,
        struct jd_error *error)
{
    void *place;
    switch (field->tag) {
    case JD_TAG_FROM:
        return walk_group(decoder, reader, field, person_field, &message->from, error);
    case JD_TAG_SENDER:
        return walk_group(decoder, reader, field, person_field, &message->sender, error);
    case JD_TAG_TO:
        place = LIST_ADD(decoder, message, to, JD_ANALYSED_PEOPLE_MAX);
        return walk_group(decoder, reader, field, person_field, place, error);
    case JD_TAG_CC:
        place = LIST_ADD(decoder, message, cc, JD_ANALYSED_PEOPLE_MAX);
        return walk_group(decoder, reader, field, person_field, place, error);
    case JD_TAG_REPLY_TO:
        place = LIST_ADD(decoder, message, reply_to, JD_ANALYSED_PEOPLE_MAX);
        return walk_group(decoder, reader, field, person_field, place, error);
    case JD_TAG_ATTACHMENT:
        return take_attachment(decoder, reader, field, message, error);
    case JD_TAG_ZONE:
        return take_zone(decoder, reader, field, message, error);
    case JD_TAG_REFERENCE:
        add_line(decoder, field,
                LIST_ADD(decoder, message, references, JD_ANALYSED_REFERENCES_MAX));
        return JD_OK;
    case JD_TAG_DELIVERED_TO:
        add_line(decoder, field,
                LIST_ADD(decoder, message, delivered_to, JD_ANALYSED_DELIVERED_MAX));
        return JD_OK;
    default:
        return JD_OK;
    }
}

static void take_packed(struct decoder *decoder,
        const struct jd_record_field *field,
        struct jd_span *out_packed)
{
    if (field->type == JD_RECORD_BYTES && field->bytes.len > 0 &&
            field->bytes.len <= JD_ANALYSED_BODY_BYTES_MAX) {
        *out_packed = copy_bytes(decoder, field->bytes);
    }
}

static void take_language(struct decoder *decoder,
        const struct jd_record_field *field,
        struct jd_span *out_language)
{
    if (field->type == JD_RECORD_BYTES && field->bytes.len == LANGUAGE_BYTES &&
            all_of(field->bytes, "abcdefghijklmnopqrstuvwxyz")) {
        *out_language = copy_bytes(decoder, field->bytes);
    }
}

struct message_target {
    struct jd_analysed_message *message;
    int64_t index;
    bool has_key;
};

static void take_message_numbers(struct decoder *decoder,
        const struct jd_record_field *field,
        struct message_target *target)
{
    struct jd_analysed_message *message = target->message;
    switch (field->tag) {
    case JD_TAG_INDEX:
        target->index = take_int(field, -1, UINT32_MAX);
        break;
    case JD_TAG_STATUS:
        message->unreadable = take_int(field, 0, JD_BUG) != JD_OK;
        break;
    case JD_TAG_CONTENT_KEY:
        target->has_key = field->type == JD_RECORD_BYTES && field->bytes.len == JD_HASH_BYTES;
        if (target->has_key) {
            memcpy(message->content_key, field->bytes.data, JD_HASH_BYTES);
        }
        break;
    case JD_TAG_BYTES:
        message->bytes = take_int(field, 0, INT64_MAX);
        break;
    case JD_TAG_IS_REPLY:
        message->is_reply = take_flag(field);
        break;
    case JD_TAG_DATE_MS:
        message->date_ms = take_time(field);
        break;
    case JD_TAG_TEXT_Z:
        take_packed(decoder, field, &message->text_z);
        break;
    case JD_TAG_HTML_Z:
        take_packed(decoder, field, &message->html_z);
        break;
    case JD_TAG_LANGUAGE:
        take_language(decoder, field, &message->language);
        break;
    case JD_TAG_TRUNCATED:
        message->limits_hit = (uint32_t)take_int(field, 0, JD_LIMIT_TOKENS * 2 - 1);
        break;
    case JD_TAG_HIDDEN_TEXT:
        message->hidden_text = take_flag(field);
        break;
    case JD_TAG_FROM_LIST:
        message->from_list = take_flag(field);
        break;
    default:
        break;
    }
}

static enum jd_status message_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        SHORT_LINE(JD_TAG_ERROR_TEXT, JD_ANALYSED_SENTENCE_BYTES, jd_analysed_message, problem),
        LINE(JD_TAG_SUBJECT, jd_analysed_message, subject),
        LINE(JD_TAG_BASE_SUBJECT, jd_analysed_message, base_subject),
        LINE(JD_TAG_MESSAGE_ID, jd_analysed_message, message_id),
        LINE(JD_TAG_LIST_ID, jd_analysed_message, list_id),
        SHORT_LINE(JD_TAG_SNIPPET, JD_ANALYSED_SNIPPET_BYTES, jd_analysed_message, snippet),
        SHORT_LINE(JD_TAG_TOKENS, JD_ANALYSED_TOKEN_BYTES_MAX, jd_analysed_message, tokens),
        SHORT_LINE(JD_TAG_SUBJECT_TOKENS, JD_ANALYSED_TOKEN_BYTES_MAX, jd_analysed_message,
                subject_tokens),
        SHORT_LINE(JD_TAG_PEOPLE_TOKENS, JD_ANALYSED_TOKEN_BYTES_MAX, jd_analysed_message,
                people_tokens),
    };
    struct message_target *one = target;
    take_text(decoder, field, FIELDS(texts), one->message);
    take_message_numbers(decoder, field, one);
    return take_members(decoder, reader, field, one->message, error);
}

struct parsed_target {
    struct jd_analysed_message *messages;
    uint32_t count, done;
};

static enum jd_status parsed_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    struct parsed_target *parsed = target;
    if (field->tag != JD_TAG_MESSAGE) {
        return JD_OK;
    }
    if (parsed->done == parsed->count) {
        return jd_error_set(error, JD_BAD_INPUT,
                "more messages than the %u mails that were sent", parsed->count);
    }
    struct message_target one = { .message = &parsed->messages[parsed->done], .index = -1 };
    one.message->date_ms = INT64_MIN;
    enum jd_status status = walk_group(decoder, reader, field, message_field, &one, error);
    if (status == JD_OK && (one.index != parsed->done || !one.has_key)) {
        return jd_error_set(
                error, JD_BAD_INPUT, "message %u is out of order or without key", parsed->done);
    }
    parsed->done++;
    return status;
}

enum jd_status jd_parsed_decode(struct jd_span body,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_analysed_message **out_messages,
        struct jd_error *error)
{
    struct decoder decoder = { .arena = arena };
    struct parsed_target parsed = { .count = count };
    parsed.messages = jd_arena_zalloc(arena, count, sizeof(*parsed.messages));
    if (!parsed.messages) {
        return jd_error_set(error, JD_REJECTED, "the answer passes the arena's cap");
    }
    enum jd_status status =
            walk(&decoder, jd_record_reader(body), parsed_field, &parsed, error);
    if (status == JD_OK && parsed.done != count) {
        return jd_error_set(
                error, JD_BAD_INPUT, "%u messages came back for %u mails", parsed.done, count);
    }
    status = finish(&decoder, status, error);
    if (status == JD_OK) {
        *out_messages = parsed.messages;
    }
    return status;
}

/* DECIDED */

static enum jd_status evidence_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        LINE(JD_TAG_EVIDENCE_ID, jd_decided_evidence, id),
        LINE(JD_TAG_SCALE, jd_decided_evidence, scale),
        SHORT_LINE(JD_TAG_WORDS, JD_ANALYSED_WORDS_BYTES_MAX, jd_decided_evidence, words),
    };
    struct jd_decided_evidence *evidence = target;
    (void)reader; // no groups within
    (void)error;
    take_text(decoder, field, FIELDS(texts), evidence);
    if (field->tag == JD_TAG_WEIGHT) {
        evidence->weight = take_real(field, -WEIGHT_MAX, WEIGHT_MAX);
    }
    return JD_OK;
}

/** "2025-03-07", a day that some month has. */
static bool is_date(struct jd_span text)
{
    static const char shape[] = "dddd-dd-dd";
    if (text.len != sizeof(shape) - 1) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool digit = isdigit((unsigned char)text.data[i]);
        if (shape[i] == 'd' ? !digit : text.data[i] != shape[i]) {
            return false;
        }
    }
    int month = (text.data[5] - '0') * 10 + text.data[6] - '0';
    int day = (text.data[8] - '0') * 10 + text.data[9] - '0';
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static enum jd_status task_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        SHORT_LINE(JD_TAG_TITLE, JD_ANALYSED_TITLE_BYTES_MAX, jd_decided_task, title),
        LINE(JD_TAG_RULE, jd_decided_task, rule),
        PAGE(JD_TAG_QUOTE, JD_ANALYSED_QUOTE_BYTES_MAX, jd_decided_task, quote),
    };
    struct jd_decided_task *task = target;
    (void)reader; // no groups within
    (void)error;
    take_text(decoder, field, FIELDS(texts), task);
    switch (field->tag) {
    case JD_TAG_START:
        task->start = (uint32_t)take_int(field, 0, TEXT_BYTES_MAX);
        break;
    case JD_TAG_END:
        task->end = (uint32_t)take_int(field, 0, TEXT_BYTES_MAX);
        break;
    case JD_TAG_DUE_MS:
        task->due_ms = take_time(field);
        break;
    case JD_TAG_DUE_DATE:
        if (field->type == JD_RECORD_BYTES && is_date(field->bytes)) {
            memcpy(task->due_date, field->bytes.data, field->bytes.len);
        }
        break;
    case JD_TAG_CONFIDENCE:
        task->confidence = take_real(field, 0, 1);
        break;
    default:
        break;
    }
    return JD_OK;
}

static enum jd_status draft_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        LINE(JD_TAG_RULE, jd_decided_draft, rule),
        LINE(JD_TAG_KIND, jd_decided_draft, kind),
        LINE(JD_TAG_SUBJECT, jd_decided_draft, subject),
        PAGE(JD_TAG_CONTENT, JD_ANALYSED_DRAFT_BYTES_MAX, jd_decided_draft, body),
    };
    struct jd_decided_draft *draft = target;
    (void)reader; // no groups within
    (void)error;
    take_text(decoder, field, FIELDS(texts), draft);
    if (field->tag == JD_TAG_LANGUAGE) {
        take_language(decoder, field, &draft->language);
    }
    return JD_OK;
}

/** One of `names`, or the last of them, which stands for what is not known. */
static const char *
take_name(const struct jd_record_field *field, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (field->type == JD_RECORD_BYTES &&
                jd_span_equal(field->bytes, jd_span_of(names[i]))) {
            return names[i];
        }
    }
    return names[count - 1];
}

static const char *const failure_kinds[] = { "compile", "instructions", "memory", "time",
    "output", "runtime" };

static const char *take_failure_kind(const struct jd_record_field *field)
{
    return take_name(field, failure_kinds, sizeof(failure_kinds) / sizeof(failure_kinds[0]));
}

static enum jd_status failure_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        LINE(JD_TAG_RULE, jd_decided_failure, rule),
        LINE(JD_TAG_PATH, jd_decided_failure, path),
        SHORT_LINE(JD_TAG_ERROR_TEXT, JD_ANALYSED_SENTENCE_BYTES, jd_decided_failure, text),
    };
    struct jd_decided_failure *failure = target;
    (void)reader; // no groups within
    (void)error;
    take_text(decoder, field, FIELDS(texts), failure);
    if (field->tag == JD_TAG_FAILURE_KIND) {
        failure->kind = take_failure_kind(field);
    } else if (field->tag == JD_TAG_LINE) {
        failure->line = (int)take_int(field, 0, INT32_MAX);
    }
    return JD_OK;
}

static const char *const priorities[] = { "urgent", "high", "normal", "low", NULL };

static const char *take_priority(const struct jd_record_field *field)
{
    for (size_t i = 0; priorities[i]; i++) {
        if (field->type == JD_RECORD_BYTES &&
                jd_span_equal(field->bytes, jd_span_of(priorities[i]))) {
            return priorities[i];
        }
    }
    return NULL;
}

static bool is_category(struct jd_span text)
{
    return text.len > 0 && text.len <= CATEGORY_BYTES_MAX &&
           islower((unsigned char)text.data[0]) &&
           all_of(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

static enum jd_status learned_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        SHORT_LINE(JD_TAG_NAME, JD_ANALYSED_LABEL_BYTES_MAX, jd_decided_learned, name),
        SHORT_LINE(JD_TAG_LABEL, JD_ANALYSED_LABEL_BYTES_MAX, jd_decided_learned, label),
    };
    struct jd_decided_learned *learned = target;
    (void)reader; // no groups within
    (void)error;
    take_text(decoder, field, FIELDS(texts), learned);
    if (field->tag == JD_TAG_SCORE) {
        learned->score = take_real(field, 0, 1);
    }
    return JD_OK;
}

static enum jd_status run_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        LINE(JD_TAG_RULE, jd_decided_run, rule),
        LINE(JD_TAG_PATH, jd_decided_run, path),
    };
    struct jd_decided_run *run = target;
    take_text(decoder, field, FIELDS(texts), run);
    switch (field->tag) {
    case JD_TAG_LINE:
        run->line = (int)take_int(field, 0, INT32_MAX);
        break;
    case JD_TAG_MATCHED:
        run->matched = take_flag(field);
        break;
    case JD_TAG_INSTRUCTIONS:
        run->instructions = take_int(field, 0, MEASURE_MAX);
        break;
    case JD_TAG_TIME_NS:
        run->time_ns = take_int(field, 0, MEASURE_MAX);
        break;
    case JD_TAG_PEAK_BYTES:
        run->peak_bytes = take_int(field, 0, MEASURE_MAX);
        break;
    case JD_TAG_FAILURE:
        run->failed = true;
        run->failure.kind = "runtime";
        return walk_group(decoder, reader, field, failure_field, &run->failure, error);
    default:
        break;
    }
    return JD_OK;
}

static enum jd_status why_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        LINE(JD_TAG_RULE, jd_decided_why, rule),
        LINE(JD_TAG_EVIDENCE_ID, jd_decided_why, evidence),
        LINE(JD_TAG_NAME, jd_decided_why, condition),
        LINE(JD_TAG_WORDS, jd_decided_why, value),
    };
    (void)reader; // no groups within
    (void)error;
    take_text(decoder, field, FIELDS(texts), target);
    return JD_OK;
}

struct verdict_target {
    struct jd_decided_message *message;
    int64_t index;
};

static void take_verdict_values(struct decoder *decoder,
        const struct jd_record_field *field,
        struct verdict_target *target)
{
    struct jd_decided_message *message = target->message;
    switch (field->tag) {
    case JD_TAG_INDEX:
        target->index = take_int(field, -1, UINT32_MAX);
        break;
    case JD_TAG_CATEGORY:
        if (field->type == JD_RECORD_BYTES && is_category(field->bytes)) {
            message->category = copy_bytes(decoder, field->bytes);
        }
        break;
    case JD_TAG_PRIORITY:
        message->priority = take_priority(field);
        break;
    case JD_TAG_NEEDS_REPLY:
        message->needs_reply = take_flag(field);
        break;
    case JD_TAG_CONFIDENCE:
        message->confidence = take_real(field, 0, 1);
        break;
    case JD_TAG_IS_TASK:
        message->is_task = take_flag(field);
        break;
    case JD_TAG_ROUTE:
        message->route_ask =
                field->type == JD_RECORD_BYTES && jd_span_equal(field->bytes, JD_SPAN("ask"));
        break;
    default:
        break;
    }
}

static enum jd_status verdict_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        SHORT_LINE(JD_TAG_ROUTE_REASON, JD_ANALYSED_SENTENCE_BYTES, jd_decided_message,
                route_reason),
    };
    struct verdict_target *one = target;
    struct jd_decided_message *message = one->message;
    take_text(decoder, field, FIELDS(texts), message);
    take_verdict_values(decoder, field, one);
    if (field->tag == JD_TAG_EVIDENCE) {
        void *place = LIST_ADD(decoder, message, evidence, JD_ANALYSED_EVIDENCE_MAX);
        return walk_group(decoder, reader, field, evidence_field, place, error);
    }
    if (field->tag == JD_TAG_TASK) {
        struct jd_decided_task *task = LIST_ADD(decoder, message, tasks, JD_ANALYSED_TASKS_MAX);
        if (task) {
            task->due_ms = INT64_MIN;
        }
        return walk_group(decoder, reader, field, task_field, task, error);
    }
    if (field->tag == JD_TAG_DRAFT) {
        void *place = LIST_ADD(decoder, message, drafts, JD_ANALYSED_DRAFTS_MAX);
        return walk_group(decoder, reader, field, draft_field, place, error);
    }
    if (field->tag == JD_TAG_LEARNED) {
        void *place = LIST_ADD(decoder, message, learned, JD_ANALYSED_MODELS_MAX);
        return walk_group(decoder, reader, field, learned_field, place, error);
    }
    if (field->tag == JD_TAG_WHY_NOT) {
        void *place = LIST_ADD(decoder, message, whys, JD_ANALYSED_RUNS_MAX);
        return walk_group(decoder, reader, field, why_field, place, error);
    }
    if (field->tag == JD_TAG_RULE_RUN) {
        void *place = LIST_ADD(decoder, message, runs, JD_ANALYSED_RUNS_MAX);
        return walk_group(decoder, reader, field, run_field, place, error);
    }
    if (field->tag == JD_TAG_FAILURE) {
        struct jd_decided_failure *failure =
                LIST_ADD(decoder, message, failures, JD_ANALYSED_FAILURES_MAX);
        if (failure) {
            failure->kind = "runtime";
        }
        return walk_group(decoder, reader, field, failure_field, failure, error);
    }
    return JD_OK;
}

struct decided_target {
    struct jd_decided_message *messages;
    const uint32_t *indices;
    uint32_t count, done;
};

static enum jd_status decided_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    struct decided_target *decided = target;
    if (field->tag != JD_TAG_VERDICT) {
        return JD_OK;
    }
    if (decided->done == decided->count) {
        return jd_error_set(
                error, JD_BAD_INPUT, "more than the %u verdicts asked for", decided->count);
    }
    struct jd_decided_message *message = &decided->messages[decided->done];
    struct verdict_target one = { .message = message, .index = -1 };
    enum jd_status status = walk_group(decoder, reader, field, verdict_field, &one, error);
    if (status != JD_OK) {
        return status;
    }
    if (one.index != decided->indices[decided->done]) {
        return jd_error_set(error, JD_BAD_INPUT, "verdict %u is out of order", decided->done);
    }
    if (!decoder->out_of_room && (message->category.len == 0 || !message->priority)) {
        return jd_error_set(
                error, JD_BAD_INPUT, "verdict %u has no category or priority", decided->done);
    }
    message->index = decided->indices[decided->done++];
    return JD_OK;
}

enum jd_status jd_decided_decode(struct jd_span body,
        const uint32_t *indices,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_decided_message **out_messages,
        struct jd_error *error)
{
    struct decoder decoder = { .arena = arena };
    struct decided_target decided = { .indices = indices, .count = count };
    decided.messages = jd_arena_zalloc(arena, count, sizeof(*decided.messages));
    if (!decided.messages) {
        return jd_error_set(error, JD_REJECTED, "the answer passes the arena's cap");
    }
    enum jd_status status =
            walk(&decoder, jd_record_reader(body), decided_field, &decided, error);
    if (status == JD_OK && decided.done != count) {
        return jd_error_set(error, JD_BAD_INPUT, "%u verdicts came back for %u messages",
                decided.done, count);
    }
    status = finish(&decoder, status, error);
    if (status == JD_OK) {
        *out_messages = decided.messages;
    }
    return status;
}

/* LOADED, TESTED, PROBED, FAILED */

static enum jd_status problem_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        LINE(JD_TAG_PATH, jd_loaded_problem, path),
        SHORT_LINE(JD_TAG_ERROR_TEXT, JD_ANALYSED_SENTENCE_BYTES, jd_loaded_problem, text),
    };
    struct jd_loaded_problem *problem = target;
    (void)reader; // no groups within
    (void)error;
    take_text(decoder, field, FIELDS(texts), problem);
    if (field->tag == JD_TAG_LINE) {
        problem->line = (int)take_int(field, 0, INT32_MAX);
    } else if (field->tag == JD_TAG_FAILURE_KIND) {
        problem->kind = take_failure_kind(field);
    }
    return JD_OK;
}

static enum jd_status loaded_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    struct jd_loaded_release *release = target;
    switch (field->tag) {
    case JD_TAG_RULES_COUNT:
        release->rules_count = (uint32_t)take_int(field, 0, INT32_MAX);
        break;
    case JD_TAG_INSTRUCTIONS:
        release->instructions = take_int(field, 0, MEASURE_MAX);
        break;
    case JD_TAG_TIME_NS:
        release->time_ns = take_int(field, 0, MEASURE_MAX);
        break;
    case JD_TAG_PEAK_BYTES:
        release->peak_bytes = take_int(field, 0, MEASURE_MAX);
        break;
    case JD_TAG_PROBLEM: {
        struct jd_loaded_problem *problem =
                LIST_ADD(decoder, release, problems, JD_ANALYSED_PROBLEMS_MAX);
        if (problem) {
            problem->kind = "compile";
        }
        return walk_group(decoder, reader, field, problem_field, problem, error);
    }
    default:
        break;
    }
    return JD_OK;
}

enum jd_status jd_loaded_decode(struct jd_span body,
        struct jd_arena *arena,
        struct jd_loaded_release *out_release,
        struct jd_error *error)
{
    struct decoder decoder = { .arena = arena };
    struct jd_loaded_release release = { 0 };
    enum jd_status status =
            walk(&decoder, jd_record_reader(body), loaded_field, &release, error);
    status = finish(&decoder, status, error);
    if (status == JD_OK) {
        *out_release = release;
    }
    return status;
}

struct finding_list {
    struct jd_linted_finding *findings;
    uint32_t findings_count;
};

static enum jd_status finding_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        SHORT_LINE(JD_TAG_CODE, JD_ANALYSED_LABEL_BYTES_MAX, jd_linted_finding, code),
        LINE(JD_TAG_PATH, jd_linted_finding, path),
        LINE(JD_TAG_ERROR_TEXT, jd_linted_finding, text),
        LINE(JD_TAG_CURE, jd_linted_finding, cure),
    };
    struct jd_linted_finding *finding = target;
    (void)reader; // no groups within
    (void)error;
    take_text(decoder, field, FIELDS(texts), finding);
    if (field->tag == JD_TAG_LINE) {
        finding->line = (int)take_int(field, 0, INT32_MAX);
    } else if (field->tag == JD_TAG_SEVERITY) {
        finding->severity =
                (enum jd_severity)take_int(field, JD_SEVERITY_ERROR, JD_SEVERITY_WARNING);
    }
    return JD_OK;
}

static enum jd_status linted_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    struct finding_list *list = target;
    if (field->tag != JD_TAG_FINDING) {
        return JD_OK;
    }
    struct jd_linted_finding *finding =
            LIST_ADD(decoder, list, findings, JD_ANALYSED_PROBLEMS_MAX);
    if (finding) {
        finding->severity = JD_SEVERITY_ERROR;
    }
    return walk_group(decoder, reader, field, finding_field, finding, error);
}

enum jd_status jd_linted_decode(struct jd_span body,
        struct jd_arena *arena,
        struct jd_linted_finding **out_findings,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct decoder decoder = { .arena = arena };
    struct finding_list list = { 0 };
    enum jd_status status = walk(&decoder, jd_record_reader(body), linted_field, &list, error);
    status = finish(&decoder, status, error);
    if (status == JD_OK) {
        *out_findings = list.findings;
        *out_count = list.findings_count;
    }
    return status;
}

struct name_list {
    struct jd_api_name *names;
    uint32_t names_count;
};

static enum jd_status name_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        LINE(JD_TAG_OWNER, jd_api_name, owner),
        LINE(JD_TAG_NAME, jd_api_name, name),
        LINE(JD_TAG_PARAMS, jd_api_name, params),
        LINE(JD_TAG_GIVES, jd_api_name, gives),
        PAGE(JD_TAG_CONTENT, JD_ANALYSED_DRAFT_BYTES_MAX, jd_api_name, text),
    };
    struct jd_api_name *one = target;
    (void)reader; // no groups within
    (void)error;
    take_text(decoder, field, FIELDS(texts), one);
    if (field->tag == JD_TAG_API_KIND) {
        one->kind =
                (enum jd_wire_api_kind)take_int(field, JD_WIRE_API_NOTE, JD_WIRE_API_FUNCTION);
    }
    return JD_OK;
}

static enum jd_status apis_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    struct name_list *list = target;
    if (field->tag != JD_TAG_API_ENTRY) {
        return JD_OK;
    }
    struct jd_api_name *name = LIST_ADD(decoder, list, names, JD_ANALYSED_NAMES_MAX);
    if (name) {
        name->kind = JD_WIRE_API_NOTE;
    }
    return walk_group(decoder, reader, field, name_field, name, error);
}

enum jd_status jd_api_decode(struct jd_span body,
        struct jd_arena *arena,
        struct jd_api_name **out_names,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct decoder decoder = { .arena = arena };
    struct name_list list = { 0 };
    enum jd_status status = walk(&decoder, jd_record_reader(body), apis_field, &list, error);
    status = finish(&decoder, status, error);
    if (status == JD_OK) {
        *out_names = list.names;
        *out_count = list.names_count;
    }
    return status;
}

struct case_list {
    struct jd_tested_case *cases;
    uint32_t cases_count;
};

static enum jd_status case_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        LINE(JD_TAG_NAME, jd_tested_case, name),
        LINE(JD_TAG_PATH, jd_tested_case, path),
        PAGE(JD_TAG_ERROR_TEXT, JD_ANALYSED_QUOTE_BYTES_MAX, jd_tested_case, text),
    };
    struct jd_tested_case *one = target;
    (void)reader; // no groups within
    (void)error;
    take_text(decoder, field, FIELDS(texts), one);
    if (field->tag == JD_TAG_LINE) {
        one->line = (int)take_int(field, 0, INT32_MAX);
    } else if (field->tag == JD_TAG_STATUS) {
        one->passed = field->type == JD_RECORD_INT && field->integer == JD_OK;
    }
    return JD_OK;
}

static enum jd_status tested_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    struct case_list *list = target;
    if (field->tag != JD_TAG_CASE) {
        return JD_OK;
    }
    void *place = LIST_ADD(decoder, list, cases, JD_ANALYSED_CASES_MAX);
    return walk_group(decoder, reader, field, case_field, place, error);
}

enum jd_status jd_tested_decode(struct jd_span body,
        struct jd_arena *arena,
        struct jd_tested_case **out_cases,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct decoder decoder = { .arena = arena };
    struct case_list list = { 0 };
    enum jd_status status = walk(&decoder, jd_record_reader(body), tested_field, &list, error);
    status = finish(&decoder, status, error);
    if (status == JD_OK) {
        *out_cases = list.cases;
        *out_count = list.cases_count;
    }
    return status;
}

struct attempt_list {
    struct jd_probed_attempt *attempts;
    uint32_t attempts_count;
};

static enum jd_status attempt_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        LINE(JD_TAG_NAME, jd_probed_attempt, name),
    };
    struct jd_probed_attempt *attempt = target;
    (void)reader; // no groups within
    (void)error;
    take_text(decoder, field, FIELDS(texts), attempt);
    if (field->tag == JD_TAG_STATUS) {
        attempt->number = (int)take_int(field, 0, INT32_MAX);
    }
    return JD_OK;
}

static enum jd_status probed_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    struct attempt_list *list = target;
    if (field->tag != JD_TAG_ATTEMPT) {
        return JD_OK;
    }
    void *place = LIST_ADD(decoder, list, attempts, ATTEMPTS_MAX);
    return walk_group(decoder, reader, field, attempt_field, place, error);
}

enum jd_status jd_probed_decode(struct jd_span body,
        struct jd_arena *arena,
        struct jd_probed_attempt **out_attempts,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct decoder decoder = { .arena = arena };
    struct attempt_list list = { 0 };
    enum jd_status status = walk(&decoder, jd_record_reader(body), probed_field, &list, error);
    status = finish(&decoder, status, error);
    if (status == JD_OK) {
        *out_attempts = list.attempts;
        *out_count = list.attempts_count;
    }
    return status;
}

/* TAUGHT, TRAINED */

struct lesson_target {
    struct jd_taught_lesson *lessons;
    uint32_t count, done;
    int64_t index; // of the group at hand
};

static enum jd_status lesson_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        SHORT_LINE(JD_TAG_ERROR_TEXT, JD_ANALYSED_SENTENCE_BYTES, jd_taught_lesson, problem),
    };
    struct lesson_target *taught = target;
    struct jd_taught_lesson *lesson = &taught->lessons[taught->done];
    (void)reader; // no groups within
    take_text(decoder, field, FIELDS(texts), lesson);
    if (field->tag == JD_TAG_INDEX) {
        taught->index = take_int(field, -1, UINT32_MAX);
    } else if (field->tag == JD_TAG_FEATURES && field->type == JD_RECORD_BYTES) {
        if (field->bytes.len > JD_WIRE_FEATURES_BYTES_MAX) {
            return jd_error_set(error, JD_BAD_INPUT, "lesson %u is too long", taught->done);
        }
        lesson->features = copy_bytes(decoder, field->bytes);
    }
    return JD_OK;
}

static enum jd_status taught_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    struct lesson_target *taught = target;
    if (field->tag != JD_TAG_LESSON) {
        return JD_OK;
    }
    if (taught->done == taught->count) {
        return jd_error_set(
                error, JD_BAD_INPUT, "more than the %u lessons asked for", taught->count);
    }
    taught->index = -1;
    enum jd_status status = walk_group(decoder, reader, field, lesson_field, taught, error);
    if (status == JD_OK && taught->index != taught->done) {
        return jd_error_set(error, JD_BAD_INPUT, "lesson %u is out of order", taught->done);
    }
    taught->done++;
    return status;
}

enum jd_status jd_taught_decode(struct jd_span body,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_taught_lesson **out_lessons,
        struct jd_error *error)
{
    struct decoder decoder = { .arena = arena };
    struct lesson_target taught = { .count = count };
    taught.lessons = jd_arena_zalloc(arena, count, sizeof(*taught.lessons));
    if (!taught.lessons) {
        return jd_error_set(error, JD_REJECTED, "the answer passes the arena's cap");
    }
    enum jd_status status =
            walk(&decoder, jd_record_reader(body), taught_field, &taught, error);
    if (status == JD_OK && taught.done != count) {
        return jd_error_set(
                error, JD_BAD_INPUT, "%u lessons came back for %u mails", taught.done, count);
    }
    status = finish(&decoder, status, error);
    if (status == JD_OK) {
        *out_lessons = taught.lessons;
    }
    return status;
}

static enum jd_status label_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    static const struct text_field texts[] = {
        SHORT_LINE(JD_TAG_LABEL, JD_ANALYSED_LABEL_BYTES_MAX, jd_trained_label, name),
    };
    struct jd_trained_label *label = target;
    (void)reader; // no groups within
    (void)error;
    take_text(decoder, field, FIELDS(texts), label);
    switch (field->tag) {
    case JD_TAG_LESSONS_COUNT:
        label->lessons = (uint32_t)take_int(field, 0, INT32_MAX);
        break;
    case JD_TAG_PRECISION:
        label->precision = take_real(field, 0, 1);
        break;
    case JD_TAG_RECALL:
        label->recall = take_real(field, 0, 1);
        break;
    case JD_TAG_F1:
        label->f1 = take_real(field, 0, 1);
        break;
    default:
        break;
    }
    return JD_OK;
}

static enum jd_status trained_field(struct decoder *decoder,
        const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        void *target,
        struct jd_error *error)
{
    struct jd_trained_model *model = target;
    switch (field->tag) {
    case JD_TAG_MODEL:
        if (field->type != JD_RECORD_BYTES || field->bytes.len > JD_WIRE_MODEL_BYTES_MAX) {
            return jd_error_set(error, JD_BAD_INPUT, "a model that is none");
        }
        model->text = copy_bytes(decoder, field->bytes);
        break;
    case JD_TAG_LESSONS_COUNT:
        model->lessons = (uint32_t)take_int(field, 0, INT32_MAX);
        break;
    case JD_TAG_FEATURES_COUNT:
        model->features = (uint32_t)take_int(field, 0, INT32_MAX);
        break;
    case JD_TAG_ACCURACY:
        model->accuracy = take_real(field, 0, 1);
        break;
    case JD_TAG_MACRO_F1:
        model->macro_f1 = take_real(field, 0, 1);
        break;
    case JD_TAG_CALIBRATION_ERROR:
        model->calibration_error = take_real(field, 0, 1);
        break;
    case JD_TAG_LABEL_REPORT:
        return walk_group(decoder, reader, field, label_field,
                LIST_ADD(decoder, model, labels, JD_ANALYSED_LABELS_MAX), error);
    default:
        break;
    }
    return JD_OK;
}

enum jd_status jd_trained_decode(struct jd_span body,
        struct jd_arena *arena,
        struct jd_trained_model *out_model,
        struct jd_error *error)
{
    struct decoder decoder = { .arena = arena };
    struct jd_trained_model model = { 0 };
    enum jd_status status =
            walk(&decoder, jd_record_reader(body), trained_field, &model, error);
    status = finish(&decoder, status, error);
    if (status == JD_OK && model.text.len == 0) {
        return jd_error_set(error, JD_BAD_INPUT, "no model came back");
    }
    if (status == JD_OK) {
        *out_model = model;
    }
    return status;
}

enum jd_status jd_failed_decode(struct jd_span body, struct jd_error *error)
{
    struct jd_record_reader reader = jd_record_reader(body);
    struct jd_record_field field;
    enum jd_status failure = JD_BUG, status;
    char sentence[JD_ANALYSED_SENTENCE_BYTES] = "";
    while ((status = jd_record_next(&reader, &field, error)) == JD_OK) {
        if (field.tag == JD_TAG_STATUS) {
            failure = (enum jd_status)take_int(&field, JD_RETRY_LATER, JD_BUG);
        } else if (field.tag == JD_TAG_ERROR_TEXT && field.type == JD_RECORD_BYTES) {
            struct jd_span text = cut_text(field.bytes, sizeof(sentence) - 1);
            size_t len = clean_bytes(text, false);
            memcpy(sentence, text.data, len);
            sentence[len] = '\0';
        }
    }
    if (status != JD_NONE) {
        return jd_error_set(error, JD_BUG, "a compute child's refusal is no record");
    }
    return jd_error_set(error, failure, "%s", sentence);
}
