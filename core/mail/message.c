/**
 * From raw bytes to a message: header first (without it there is no message), then the parts,
 * then what is made from the text. Whatever the arena has no room for is left out and said in
 * limits_hit.
 */
#include "mail/message.h"

#include "mail/address.h"
#include "mail/body.h"
#include "mail/charset.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mail/language.h"
#include "mail/mime.h"
#include "mail/snippet.h"
#include "mail/subject.h"
#include "mail/text.h"
#include "mail/zones.h"

enum {
    IN_REPLY_TO_IDS_MAX = 4, // some programs write prose with addresses into the field
    DELIVERED_TO_MAX = 20,
    ID_BYTES_MAX = 998,
};

struct reading {
    struct jd_arena *arena;
    const struct jd_mail_limits *limits;
    struct jd_header_block header;
    struct jd_mail *mail;
    bool failed; // the arena's cap, while reading the header
};

struct jd_mail_limits jd_mail_limits_default(void)
{
    return (struct jd_mail_limits){
        .depth_max = 20,
        .parts_max = 500,
        .headers_max = 1000,
        .header_bytes_max = 64 * 1024,
        .addresses_max = 200,
        .references_max = 64,
        .text_bytes_max = 512 * 1024,
        .html_bytes_max = 1024 * 1024,
        .html_depth_max = 200,
        .html_nodes_max = 50 * 1000,
        .want_html = true,
    };
}

enum jd_status jd_mail_init(struct jd_error *error)
{
    enum jd_status status = jd_mime_init(error);
    return status == JD_OK ? jd_charset_init(error) : status;
}

static struct jd_span checked(struct reading *reading, struct jd_span span)
{
    reading->failed = reading->failed || span.data == NULL;
    return span.data ? span : jd_span_new("", 0);
}

/** The raw value of the first field of that name that says something; empty if there is none.
 */
static struct jd_span field_value(const struct reading *reading, struct jd_span name)
{
    const struct jd_header_field *field = jd_header_find(&reading->header, name);
    return field ? field->value : jd_span_new("", 0);
}

static struct jd_span decoded_field(struct reading *reading, struct jd_span name)
{
    return checked(reading, jd_header_decode(reading->arena, field_value(reading, name)));
}

/** Valid UTF-8, bounded, for an id that is compared and stored. */
static struct jd_span clean_id(struct reading *reading, struct jd_span id)
{
    struct jd_span line = checked(reading, jd_header_unfold(reading->arena, id));
    return jd_utf8_cut(line, ID_BYTES_MAX);
}

static void read_all_fields(struct reading *reading)
{
    struct jd_mail *mail = reading->mail;
    const struct jd_header_block *header = &reading->header;
    mail->headers =
            jd_arena_zalloc(reading->arena, header->fields_count + 1, sizeof(*mail->headers));
    if (mail->headers == NULL) {
        reading->failed = true;
        return;
    }
    for (uint32_t i = 0; i < header->fields_count; i++) {
        const struct jd_header_field *field = &header->fields[i];
        struct jd_span value = jd_header_decode(reading->arena, field->value);
        mail->headers[i].name = jd_text_line(reading->arena, field->name);
        mail->headers[i].value = checked(reading, value);
    }
    mail->headers_count = header->fields_count;
}

static struct jd_address_list read_addresses(struct reading *reading, struct jd_span name)
{
    struct jd_address_list list = { 0 };
    struct jd_span value = field_value(reading, name);
    if (value.len &&
            !jd_address_parse(reading->arena, value, reading->limits->addresses_max, &list)) {
        reading->failed = true;
    }
    if (list.cut) {
        reading->mail->limits_hit |= JD_LIMIT_ADDRESSES;
    }
    return list;
}

static struct jd_mail_address first_address(struct reading *reading, struct jd_span name)
{
    struct jd_address_list list = read_addresses(reading, name);
    const struct jd_mail_address none = { { "", 0 }, { "", 0 } };
    return list.count ? list.items[0] : none;
}

static void read_people(struct reading *reading)
{
    struct jd_mail *mail = reading->mail;
    struct jd_address_list to = read_addresses(reading, JD_SPAN("To"));
    struct jd_address_list cc = read_addresses(reading, JD_SPAN("Cc"));
    struct jd_address_list reply_to = read_addresses(reading, JD_SPAN("Reply-To"));
    mail->from = first_address(reading, JD_SPAN("From"));
    mail->sender = first_address(reading, JD_SPAN("Sender"));
    mail->to = to.items;
    mail->to_count = to.count;
    mail->cc = cc.items;
    mail->cc_count = cc.count;
    mail->reply_to = reply_to.items;
    mail->reply_to_count = reply_to.count;
}

/** The date of the first (newest) Received field: what stands behind its last semicolon. */
static int64_t received_date(const struct reading *reading)
{
    struct jd_span value = field_value(reading, JD_SPAN("Received"));
    const char *mark = value.len ? memrchr(value.data, ';', value.len) : NULL;
    if (mark == NULL) {
        return INT64_MIN;
    }
    return jd_date_parse(jd_span_sub(value, (size_t)(mark + 1 - value.data), value.len));
}

/** Ids of one field in order, those already in `ids` left out; oldest dropped beyond `max`. */
static uint32_t collect_ids(struct reading *reading,
        struct jd_span value,
        uint32_t fresh_max,
        struct jd_span *ids,
        uint32_t count)
{
    uint32_t max = reading->limits->references_max;
    struct jd_span id;
    for (uint32_t fresh = 0; fresh < fresh_max && jd_header_next_id(&value, &id); fresh++) {
        bool known = false;
        for (uint32_t i = 0; i < count && !known; i++) {
            known = jd_span_equal(ids[i], id);
        }
        if (known) {
            continue;
        }
        if (count == max) { // the first names the thread's root, the newest name the parent
            memmove(ids + 1, ids + 2, (max - 2) * sizeof(*ids));
            count--;
        }
        ids[count++] = id;
    }
    return count;
}

static void read_ids(struct reading *reading)
{
    struct jd_mail *mail = reading->mail;
    struct jd_span value = field_value(reading, JD_SPAN("Message-ID"));
    struct jd_span id;
    mail->message_id =
            jd_header_next_id(&value, &id) ? clean_id(reading, id) : jd_span_new("", 0);
    uint32_t max = reading->limits->references_max;
    struct jd_span *ids = max < 3 ? NULL : jd_arena_zalloc(reading->arena, max, sizeof(*ids));
    if (ids == NULL) {
        reading->failed = reading->failed || max >= 3;
        return;
    }
    struct jd_span references = field_value(reading, JD_SPAN("References"));
    struct jd_span parents = field_value(reading, JD_SPAN("In-Reply-To"));
    uint32_t count = collect_ids(reading, references, UINT32_MAX, ids, 0);
    count = collect_ids(reading, parents, IN_REPLY_TO_IDS_MAX, ids, count);
    for (uint32_t i = 0; i < count; i++) {
        ids[i] = clean_id(reading, ids[i]);
    }
    mail->references = ids;
    mail->references_count = count;
    mail->is_reply = parents.len > 0;
}

static void read_list_fields(struct reading *reading)
{
    struct jd_mail *mail = reading->mail;
    struct jd_span list_id = decoded_field(reading, JD_SPAN("List-Id"));
    mail->list_id = jd_header_bracketed(list_id);
    mail->list_unsubscribe = decoded_field(reading, JD_SPAN("List-Unsubscribe"));
    mail->precedence = decoded_field(reading, JD_SPAN("Precedence"));
    mail->auto_submitted = decoded_field(reading, JD_SPAN("Auto-Submitted"));
    struct jd_span post = decoded_field(reading, JD_SPAN("List-Unsubscribe-Post"));
    mail->list_unsubscribe_post =
            jd_span_equal_nocase(post, JD_SPAN("List-Unsubscribe=One-Click"));
}

static bool is_delivery_field(struct jd_span name)
{
    static const struct jd_span names[] = {
        JD_SPAN("Delivered-To"),
        JD_SPAN("X-Original-To"),
        JD_SPAN("Envelope-To"),
        JD_SPAN("X-Envelope-To"),
        JD_SPAN("X-Delivered-To"),
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (jd_span_equal_nocase(name, names[i])) {
            return true;
        }
    }
    return false;
}

static void add_delivered_to(struct jd_mail *mail, struct jd_span address)
{
    for (uint32_t i = 0; i < mail->delivered_to_count; i++) {
        if (jd_span_equal(mail->delivered_to[i], address)) {
            return;
        }
    }
    mail->delivered_to[mail->delivered_to_count++] = address;
}

static void read_delivered_to(struct reading *reading)
{
    struct jd_mail *mail = reading->mail;
    mail->delivered_to =
            jd_arena_zalloc(reading->arena, DELIVERED_TO_MAX, sizeof(*mail->delivered_to));
    if (mail->delivered_to == NULL) {
        reading->failed = true;
        return;
    }
    for (uint32_t i = 0; i < reading->header.fields_count; i++) {
        const struct jd_header_field *field = &reading->header.fields[i];
        struct jd_address_list list = { 0 };
        if (!is_delivery_field(field->name)) {
            continue;
        }
        if (!jd_address_parse(reading->arena, field->value, 1, &list)) {
            reading->failed = true;
            return;
        }
        bool room = mail->delivered_to_count < DELIVERED_TO_MAX;
        if (room && list.count && list.items[0].address.len) {
            add_delivered_to(mail, list.items[0].address);
        }
    }
}

static void read_header(struct reading *reading)
{
    struct jd_mail *mail = reading->mail;
    bool reply_mark = false;
    read_all_fields(reading);
    read_people(reading);
    read_ids(reading);
    read_list_fields(reading);
    read_delivered_to(reading);
    mail->subject = decoded_field(reading, JD_SPAN("Subject"));
    mail->base_subject =
            checked(reading, jd_subject_base(reading->arena, mail->subject, &reply_mark));
    mail->is_reply = mail->is_reply || reply_mark;
    mail->date_ms = jd_date_parse(field_value(reading, JD_SPAN("Date")));
    mail->received_header_ms = received_date(reading);
}

/** The parts and what is made of them. What the arena cannot hold is left out. */
static void read_body(struct reading *reading)
{
    struct jd_mail *mail = reading->mail;
    struct jd_mime mime = { 0 };
    if (!jd_mime_parse(reading->arena, mail->raw, &reading->header, reading->limits, &mime)) {
        mail->limits_hit |= JD_LIMIT_PARTS | JD_LIMIT_TEXT;
        return;
    }
    mail->limits_hit |= mime.limits_hit;
    jd_body_read(reading->arena, &mime, reading->limits, mail);
    jd_zones_find(reading->arena, mail);
    mail->snippet = jd_snippet_make(reading->arena, mail);
    mail->language = jd_language_guess(mail);
}

static struct jd_mail *empty_mail(struct jd_arena *arena, struct jd_span raw)
{
    struct jd_mail *mail = jd_arena_new(arena, struct jd_mail);
    if (mail) {
        const struct jd_span none = { "", 0 };
        mail->raw = raw;
        mail->message_id = mail->text = mail->html = mail->snippet = mail->language = none;
        mail->calendar_method = none;
        mail->date_ms = mail->received_header_ms = INT64_MIN;
    }
    return mail;
}

enum jd_status jd_mail_parse(struct jd_arena *arena,
        struct jd_span raw,
        const struct jd_mail_limits *limits,
        struct jd_mail **out_mail,
        struct jd_error *error)
{
    if (raw.len == 0) {
        return jd_error_set(error, JD_BAD_INPUT, "the mail is empty");
    }
    struct reading reading = {
        .arena = arena,
        .limits = limits,
        .mail = empty_mail(arena, raw),
    };
    if (reading.mail == NULL || !jd_header_scan(arena, raw, limits, &reading.header)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "the header of a mail of %zu bytes does not fit into the memory for one mail",
                raw.len);
    }
    reading.mail->limits_hit = reading.header.limits_hit;
    read_header(&reading);
    if (reading.failed) {
        return jd_error_set(error, JD_BAD_INPUT,
                "the header of a mail of %zu bytes does not fit into the memory for one mail",
                raw.len);
    }
    read_body(&reading);
    *out_mail = reading.mail;
    return JD_OK;
}
