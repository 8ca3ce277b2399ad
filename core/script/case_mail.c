/* Writing the mail of a case as RFC 5322, so that a test goes through the real parser. */
#include "base/clock.h"
#include "base/span.h"
#include "script/case.h"
#include "script/fold.h"
#include "script/zone.h"

#define ENCODED_BYTES 45 // of text in one encoded word

static bool is_ascii(struct jd_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static void add_base64(struct jd_buf *out, struct jd_span bytes)
{
    static const char digits[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.len; i += 3) {
        uint32_t three = 0;
        for (size_t j = 0; j < 3; j++) {
            three = three << 8 | (i + j < bytes.len ? (unsigned char)bytes.data[i + j] : 0);
        }
        for (size_t j = 0; j < 4; j++) {
            jd_buf_char(out, i + j > bytes.len ? '=' : digits[three >> (18 - 6 * j) & 63]);
        }
    }
}

/* The text on one line; beyond ASCII as encoded words (RFC 2047). */
static void add_text(struct jd_buf *out, struct jd_span text)
{
    if (is_ascii(text)) {
        for (size_t i = 0; i < text.len; i++) {
            jd_buf_char(out, strchr("\r\n", text.data[i]) ? ' ' : text.data[i]);
        }
        return;
    }
    while (text.len) {
        struct jd_span piece = jd_fold_cut(text, ENCODED_BYTES);
        jd_buf_text(out, "=?utf-8?B?");
        add_base64(out, piece);
        jd_buf_text(out, text.len > piece.len ? "?=\r\n " : "?=");
        text = jd_span_sub(text, piece.len, text.len);
    }
}

static void add_header(struct jd_buf *out, struct jd_span name, struct jd_span value)
{
    jd_buf_add(out, name);
    jd_buf_text(out, ": ");
    add_text(out, value);
    jd_buf_text(out, "\r\n");
}

/* "Name <address>": the name alone is encoded. */
static void add_address(struct jd_buf *out, struct jd_span address)
{
    const char *open = address.len ? memrchr(address.data, '<', address.len) : NULL;
    if (open == NULL || is_ascii(address)) {
        add_text(out, address);
        return;
    }
    size_t name_len = (size_t)(open - address.data);
    add_text(out, jd_span_trim(jd_span_sub(address, 0, name_len)));
    jd_buf_char(out, ' ');
    jd_buf_add(out, jd_span_sub(address, name_len, address.len));
}

static void
add_addresses(struct jd_buf *out, const char *name, const struct jd_case_texts *texts)
{
    for (uint32_t i = 0; i < texts->count; i++) {
        jd_buf_text(out, i == 0 ? name : ",\r\n");
        jd_buf_text(out, i == 0 ? ": " : " ");
        add_address(out, texts->items[i]);
    }
    if (texts->count) {
        jd_buf_text(out, "\r\n");
    }
}

static void add_date(struct jd_buf *out, int64_t date_ms)
{
    static const char *const weekdays[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
        "Aug", "Sep", "Oct", "Nov", "Dec" };
    const struct jd_zone utc = { 0 };
    struct jd_civil c = jd_zone_civil(&utc, date_ms / 1000);
    int32_t weekday = jd_civil_weekday(jd_civil_days(c.year, c.month, c.day));
    jd_buf_format(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", weekdays[weekday - 1],
            c.day, months[(c.month + 11) % 12], c.year, c.hour, c.minute, c.second);
}

static void
add_part(struct jd_buf *out, struct jd_span type, struct jd_span name, struct jd_span text)
{
    jd_buf_text(out, "Content-Type: ");
    jd_buf_add(out, type);
    jd_buf_text(out, "\r\nContent-Transfer-Encoding: 8bit\r\n");
    if (name.len) {
        jd_buf_text(out, "Content-Disposition: attachment; filename=\"");
        jd_buf_add(out, name);
        jd_buf_text(out, "\"\r\n");
    }
    jd_buf_text(out, "\r\n");
    jd_buf_add(out, text);
    jd_buf_text(out, "\r\n");
}

static void add_text_part(struct jd_buf *out, const struct jd_case_given *given)
{
    struct jd_span none = { "", 0 };
    struct jd_span plain = JD_SPAN("text/plain; charset=utf-8");
    struct jd_span html = JD_SPAN("text/html; charset=utf-8");
    if (given->text.data && given->html.data) {
        jd_buf_text(out,
                "Content-Type: multipart/alternative; boundary=\"inner\"\r\n\r\n--inner\r\n");
        add_part(out, plain, none, given->text);
        jd_buf_text(out, "--inner\r\n");
        add_part(out, html, none, given->html);
        jd_buf_text(out, "--inner--\r\n");
    } else if (given->html.data) {
        add_part(out, html, none, given->html);
    } else {
        add_part(out, plain, none, given->text);
    }
}

static void add_calendar(struct jd_buf *out, struct jd_span method)
{
    jd_buf_text(out, "--outer\r\nContent-Type: text/calendar; charset=utf-8; method=");
    jd_buf_add(out, method);
    jd_buf_text(out, "\r\n\r\nBEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:");
    jd_buf_add(out, method);
    jd_buf_text(out, "\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20250310T090000Z\r\n"
                     "SUMMARY:Meeting\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
}

static void add_body(struct jd_buf *out, const struct jd_case_given *given)
{
    if (given->attachments_count == 0 && given->calendar.data == NULL) {
        add_text_part(out, given);
        return;
    }
    jd_buf_text(out, "Content-Type: multipart/mixed; boundary=\"outer\"\r\n\r\n--outer\r\n");
    add_text_part(out, given);
    if (given->calendar.data) {
        add_calendar(out, given->calendar);
    }
    for (uint32_t i = 0; i < given->attachments_count; i++) {
        const struct jd_case_attachment *a = &given->attachments[i];
        jd_buf_text(out, "--outer\r\n");
        add_part(out, a->type.len ? a->type : JD_SPAN("application/octet-stream"),
                a->name.len ? a->name : JD_SPAN("file"),
                a->text.len ? a->text : JD_SPAN("content"));
    }
    jd_buf_text(out, "--outer--\r\n");
}

/* The owner's zone: said, or the offset at the end of the date ("+01:00"). */
static void
write_zone(const struct jd_case_given *given, struct jd_span date, struct jd_buf *out)
{
    if (given->zone.data) {
        jd_zone_write(out, given->zone);
        return;
    }
    char last = date.len ? date.data[date.len - 1] : 'Z';
    if (last == 'Z' || last == 'z' || date.len < 6) {
        return;
    }
    struct jd_span offset = jd_span_sub(date, date.len - 6, 6);
    char posix[40];
    snprintf(posix, sizeof(posix), "<%.6s>%c%.5s", offset.data,
            offset.data[0] == '-' ? '+' : '-', offset.data + 1);
    jd_zone_write(out, jd_span_of(posix));
}

static bool has_header(const struct jd_case_given *given, const char *name)
{
    for (uint32_t i = 0; i < given->headers_count; i++) {
        if (jd_span_equal_nocase(given->headers[i].name, jd_span_of(name))) {
            return true;
        }
    }
    return false;
}

enum jd_status jd_case_write_mail(const struct jd_case_given *given,
        struct jd_buf *out_raw,
        struct jd_buf *out_zone,
        int64_t *out_date_ms,
        struct jd_error *error)
{
    struct jd_span date = given->date.data ? given->date : JD_SPAN("2025-03-03T09:00:00Z");
    if (!jd_clock_parse(date, out_date_ms)) {
        return jd_error_set(error, JD_BAD_INPUT, "date: '" JD_SPAN_FMT "' is no RFC 3339 time",
                JD_SPAN_ARG(date));
    }
    write_zone(given, date, out_zone);
    if (given->raw.data) {
        jd_buf_add(out_raw, given->raw);
        return JD_OK;
    }
    struct jd_span me = given->me.data ? given->me : JD_SPAN("me@example.org");
    struct jd_case_texts owner = { &me, 1 };
    struct jd_span from = given->from.data ? given->from : JD_SPAN("someone@example.com");
    struct jd_case_texts sender = { &from, 1 };
    add_addresses(out_raw, "From", &sender);
    add_addresses(out_raw, "To", given->to.items ? &given->to : &owner);
    add_addresses(out_raw, "Cc", &given->cc);
    add_header(out_raw, JD_SPAN("Subject"), given->subject);
    add_date(out_raw, *out_date_ms);
    if (!has_header(given, "Message-ID")) {
        jd_buf_text(out_raw, "Message-ID: <case@example.org>\r\n");
    }
    for (uint32_t i = 0; i < given->headers_count; i++) {
        add_header(out_raw, given->headers[i].name, given->headers[i].value);
    }
    jd_buf_text(out_raw, "MIME-Version: 1.0\r\n");
    add_body(out_raw, given);
    if (out_raw->failed) {
        return jd_error_set(error, JD_BAD_INPUT, "the mail of the case is too large");
    }
    return JD_OK;
}
