/** Whole mails: the fixtures of tests/data/mail, and mails made to break parsers. */
#include "mail/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "jd_test.h"
#include "mail/text.h"

enum {
    FILE_BYTES_MAX = 64 * 1024,
    BOMB_BYTES_MAX = 64 * 1024 * 1024,
};

static struct jd_arena *arena;

static struct jd_mail *parse(struct jd_span raw)
{
    struct jd_mail_limits limits = jd_mail_limits_default();
    struct jd_error error = { 0 };
    struct jd_mail *mail = NULL;
    CHECK_OK(jd_mail_parse(arena, raw, &limits, &mail, &error), error);
    return mail;
}

static struct jd_mail *parse_file(const char *name)
{
    struct jd_span path = jd_arena_format(arena, "%s/tests/data/mail/%s", JD_SOURCE_DIR, name);
    char *bytes = jd_arena_alloc(arena, FILE_BYTES_MAX);
    FILE *file = fopen(path.data, "rb");
    if (file == NULL) {
        FAIL("%s cannot be opened", path.data);
        exit(1);
    }
    size_t len = fread(bytes, 1, FILE_BYTES_MAX, file);
    fclose(file);
    return parse(jd_span_new(bytes, len));
}

static struct jd_span zone_text(const struct jd_mail *mail, enum jd_zone_kind kind)
{
    for (uint32_t i = 0; i < mail->zones_count; i++) {
        if (mail->zones[i].kind == kind) {
            return jd_span_trim(jd_span_sub(mail->text, mail->zones[i].start,
                    mail->zones[i].end - mail->zones[i].start));
        }
    }
    return jd_span_new("", 0);
}

TEST(reads_the_header)
{
    struct jd_mail *mail = parse_file("plain.eml");
    CHECK_TEXT(mail->subject, "Re: [engines] The drawing for Zürich");
    CHECK_TEXT(mail->base_subject, "the drawing for zürich");
    CHECK(mail->is_reply);
    CHECK_TEXT(mail->from.name, "Lovelace, Ada");
    CHECK_TEXT(mail->from.address, "ada@maker.example");
    CHECK_INT(mail->to_count, 2);
    CHECK_TEXT(mail->to[1].address, "team@maker.example");
    CHECK_INT(mail->cc_count, 1);
    CHECK_TEXT(mail->cc[0].name, "Zoë");
    CHECK_TEXT(mail->reply_to[0].address, "desk@maker.example");
    CHECK_INT(mail->date_ms, 1740989645000);
    CHECK_INT(mail->received_header_ms, 1740989647000);
    CHECK_TEXT(mail->message_id, "drawing-2@maker.example");
    CHECK_INT(mail->references_count, 2);
    CHECK_TEXT(mail->references[0], "drawing-0@maker.example");
    CHECK_TEXT(mail->references[1], "drawing-1@home.example");
    CHECK_INT(mail->delivered_to_count, 1);
    CHECK_TEXT(mail->delivered_to[0], "grace@home.example");
    CHECK_INT(mail->headers_count, 15);
    CHECK_TEXT(mail->headers[0].name, "Return-Path");
    CHECK_TEXT(mail->headers[2].value,
            "from mx.maker.example (mx.maker.example [192.0.2.7]) by home.example with ESMTPS id "
            "4711; Mon, 03 Mar 2025 09:14:07 +0100");
}

TEST(reads_plain_text_and_its_zones)
{
    struct jd_mail *mail = parse_file("plain.eml");
    CHECK_TEXT(mail->language, "en");
    CHECK_TEXT(mail->snippet,
            "Hello Grace, the drawing is ready. Could you look at page 3 "
            "before Friday? I would like to send it to the workshop on Monday.");
    CHECK_TEXT(zone_text(mail, JD_ZONE_SIGNATURE), "Best regards,\nAda");
    CHECK_TEXT(zone_text(mail, JD_ZONE_QUOTE),
            "On Sun, 2 Mar 2025 at 18:30, Grace <grace@home.example> wrote:\n> Is the drawing "
            "ready?\n>\n> Grace");
    CHECK(!mail->has_html);
    CHECK_INT(mail->limits_hit, 0);
}

TEST(prefers_the_plain_form_and_lists_attachments)
{
    struct jd_mail *mail = parse_file("alternative.eml");
    CHECK_TEXT(
            jd_span_trim(mail->text), "Thank you for your order 4711. The total is 19.90 EUR.");
    CHECK(mail->has_html);
    CHECK_TEXT(mail->html,
            "<div><p>Thank you for your order <b>4711</b>. The total is "
            "19.90\xc2\xa0\xe2\x82\xac.</p><img src=\"cid:logo@store.example\"></div>");
    CHECK_INT(mail->attachments_count, 2);
    CHECK_TEXT(mail->attachments[0].mime_type, "image/png");
    CHECK_TEXT(mail->attachments[0].part_id, "1.2.2");
    CHECK_TEXT(mail->attachments[0].content_id, "logo@store.example");
    CHECK(mail->attachments[0].is_inline);
    CHECK_INT(mail->attachments[0].bytes, 70);
    CHECK_TEXT(mail->attachments[1].name, "Rechnung März.pdf");
    CHECK_TEXT(mail->attachments[1].part_id, "2");
    CHECK_INT(mail->attachments[1].bytes, 9);
    CHECK(!mail->attachments[1].is_inline);
    CHECK(mail->list_unsubscribe_post);
    CHECK_TEXT(mail->list_unsubscribe, "<https://store.example/u/1>");
    CHECK_TEXT(mail->precedence, "bulk");
    CHECK_TEXT(mail->auto_submitted, "auto-generated");
}

TEST(turns_no_reading_direction_outside_the_text)
{
    struct jd_mail *mail = parse(JD_SPAN(
            "From: \"=?utf-8?q?=E2=80=AEelpmaxe=2Eknab=40ytiruces?=\" <a@evil.example>\r\n"
            "Subject: =?utf-8?q?=E2=80=AEtnemyap?=\r\n"
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
            "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
            "\xe2\x81\xa7pay \xe2\x80\x8fnow\r\n"
            "--b\r\nContent-Disposition: attachment;\r\n"
            " filename*=utf-8''bill%E2%80%AEfdp.exe\r\n\r\nx\r\n--b--\r\n"));
    CHECK_TEXT(mail->from.name, "elpmaxe.knab@ytiruces");
    CHECK_TEXT(mail->from.address, "a@evil.example");
    CHECK_TEXT(mail->subject, "tnemyap");
    CHECK_TEXT(mail->snippet, "pay now");
    CHECK_TEXT(mail->attachments[0].name, "billfdp.exe");
}

TEST(takes_the_html_where_the_plain_form_is_a_stub)
{
    struct jd_mail *mail = parse_file("stub.eml");
    CHECK(jd_span_starts(mail->text, JD_SPAN("Weekly news\n\nThe first story of the week")));
    CHECK(mail->hidden_text);
    CHECK_TEXT(zone_text(mail, JD_ZONE_FOOTER),
            "You received this because you signed up. Unsubscribe");
    CHECK_TEXT(mail->language, "en");
}

TEST(lists_a_forwarded_mail_without_its_text)
{
    struct jd_mail *mail = parse_file("forwarded.eml");
    CHECK_TEXT(jd_span_trim(mail->text), "The letter is attached.");
    CHECK_INT(mail->attachments_count, 1);
    CHECK_TEXT(mail->attachments[0].mime_type, "message/rfc822");
    CHECK_TEXT(mail->attachments[0].part_id, "2");
    CHECK(mail->attachments[0].bytes > 200);
}

TEST(sees_an_invitation)
{
    struct jd_mail *mail = parse_file("invite.eml");
    CHECK(mail->has_calendar);
    CHECK_TEXT(mail->calendar_method, "REQUEST");
    CHECK_TEXT(mail->language, "de");
    CHECK_TEXT(mail->from.name, "Jörg");
    CHECK_INT(mail->attachments_count, 1);
}

TEST(joins_the_footer_of_a_list)
{
    struct jd_mail *mail = parse_file("list.eml");
    CHECK_TEXT(mail->list_id, "users.lists.radio.example");
    CHECK_TEXT(zone_text(mail, JD_ZONE_SIGNATURE), "--\x20\nBen\nRadio Works Ltd");
    CHECK(jd_span_starts(zone_text(mail, JD_ZONE_FOOTER), JD_SPAN("______")));
    CHECK_INT(mail->attachments_count, 0);
}

TEST(reads_charsets)
{
    struct jd_mail *mail = parse_file("koi8.eml");
    CHECK_TEXT(mail->subject, "Привет");
    CHECK_TEXT(mail->language, "ru");
    mail = parse_file("unlabelled.eml");
    CHECK_TEXT(mail->subject, "café");
    CHECK(jd_span_starts(mail->text, JD_SPAN("Le café est fermé")));
    CHECK_TEXT(mail->language, "fr");
}

TEST(loses_no_text_of_a_broken_multipart)
{
    struct jd_mail *mail = parse_file("broken_boundary.eml");
    CHECK_TEXT(jd_span_trim(mail->text), "The text stands here although no part begins.");
    mail = parse_file("truncated.eml");
    CHECK_TEXT(jd_span_trim(mail->text), "First part.");
    CHECK_INT(mail->attachments_count, 1);
    CHECK_TEXT(mail->attachments[0].name, "photo.jpg");
}

TEST(refuses_an_empty_mail)
{
    struct jd_mail_limits limits = jd_mail_limits_default();
    struct jd_error error = { 0 };
    struct jd_mail *mail = NULL;
    CHECK_INT(jd_mail_parse(arena, jd_span_new("", 0), &limits, &mail, &error), JD_BAD_INPUT);
    CHECK(mail == NULL && error.text[0]);
}

/* Tiny mails that have made parsers stumble. */
static const char *const scraps[] = {
    "x",
    ":",
    "\n",
    "\n\n\n",
    "Subject",
    "Subject:",
    "Subject: x",
    "From: <\n\n",
    "Content-Type:\n\nx",
    "Content-Type: ;\n\nx",
    "Content-Type: multipart/mixed\n\nx",
    "Content-Type: multipart/mixed; boundary=\"\"\n\n--\nx\n--\n",
    "Content-Type: multipart/alternative; boundary=b\n\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b--\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n--b--\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; "
    "boundary=b\n\n--b\n\nx\n--b--\n",
    "Content-Type: text/html\n\n<",
    "Content-Type: text/plain; charset=utf-16\n\nx",
    "Content-Transfer-Encoding: base64\n\n=",
    "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n",
    "Content-Transfer-Encoding: quoted-printable\n\n=",
    "Content-Type: text/calendar\n\nMETHOD",
};

TEST(takes_any_scrap)
{
    for (size_t i = 0; i < sizeof(scraps) / sizeof(*scraps); i++) {
        struct jd_mail *mail = parse(jd_span_of(scraps[i]));
        CHECK(mail && jd_utf8_valid(mail->text) && jd_utf8_valid(mail->subject));
    }
}

/* ---- Bombs ---- */

static struct jd_buf bomb;

__attribute__((format(printf, 2, 3))) static void add(int count, const char *format, ...)
{
    char piece[200];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(piece, sizeof(piece), format, args);
    va_end(args);
    for (int i = 0; i < count; i++) {
        jd_buf_add(&bomb, jd_span_new(piece, (size_t)len));
    }
}

static struct jd_mail *explode(void)
{
    struct jd_mail *mail = parse(jd_buf_span(&bomb));
    CHECK(mail && jd_utf8_valid(mail->text));
    jd_buf_clear(&bomb);
    return mail;
}

TEST(bounds_nesting)
{
    for (int i = 0; i < 10000; i++) {
        add(1, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
    }
    add(1, "\ntext\n");
    CHECK(explode()->limits_hit & JD_LIMIT_DEPTH);
    add(1, "Content-Type: multipart/mixed; boundary=b0\n\n");
    for (int i = 0; i < 500; i++) {
        add(1, "--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i + 1);
    }
    add(1000000, "--x\n");
    CHECK(explode()->limits_hit & JD_LIMIT_DEPTH);
    add(10000, "Content-Type: message/rfc822\n\n");
    CHECK_INT(explode()->attachments_count, 1);
}

TEST(bounds_parts)
{
    add(1, "Content-Type: multipart/mixed; boundary=b\n\n");
    add(10000, "--b\nContent-Type: application/x\n\nx\n");
    struct jd_mail *mail = explode();
    CHECK(mail->limits_hit & JD_LIMIT_PARTS);
    CHECK_INT(mail->attachments_count, 499);
}

/* As in a compute child, where memory that is not given ends the process. */
TEST(bounds_the_memory_of_parts)
{
    add(1, "Content-Type: multipart/mixed; boundary=b\n\n");
    add(3000000, "--b\n\nx\n");
    pid_t child = fork();
    if (child == 0) {
#ifndef __SANITIZE_ADDRESS__ // its shadow is data too
        const struct rlimit data = { 512u << 20, 512u << 20 };
        setrlimit(RLIMIT_DATA, &data);
#endif
        struct jd_mail *mail = parse(jd_buf_span(&bomb));
        _exit(mail && mail->text.len && (mail->limits_hit & JD_LIMIT_PARTS) ? 0 : 1);
    }
    int status = -1;
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(status, 0);
    jd_buf_clear(&bomb);
}

TEST(bounds_headers)
{
    add(100000, "X-Field: value\n");
    add(1, "\ntext");
    struct jd_mail *mail = explode();
    CHECK(mail->limits_hit & JD_LIMIT_HEADERS);
    CHECK_INT(mail->headers_count, 1000);
    CHECK_TEXT(mail->text, "text");
    add(1, "Subject: ");
    add(100000, "0123456789");
    add(1, "\n\ntext");
    mail = explode();
    CHECK(mail->limits_hit & JD_LIMIT_HEADERS);
    CHECK_INT(mail->subject.len, 64 * 1024);
}

TEST(bounds_addresses_and_references)
{
    add(1, "To: ");
    for (int i = 0; i < 1000; i++) {
        add(1, "a%d@b.example,\n ", i);
    }
    add(1, "\nReferences:");
    for (int i = 0; i < 100; i++) {
        add(1, " <id-%d@x>", i);
    }
    add(1, "\n\ntext");
    struct jd_mail *mail = explode();
    CHECK(mail->limits_hit & JD_LIMIT_ADDRESSES);
    CHECK_INT(mail->to_count, 200);
    CHECK_INT(mail->references_count, 64);
    CHECK_TEXT(mail->references[0], "id-0@x");
    CHECK_TEXT(mail->references[1], "id-37@x");
    CHECK_TEXT(mail->references[63], "id-99@x");
}

TEST(bounds_text)
{
    add(1, "Content-Transfer-Encoding: base64\n\n");
    add(500000, "!@#$%%^&*()");
    CHECK(explode()->limits_hit & JD_LIMIT_TEXT);
    add(1, "Subject: x\n\n");
    add(1000000, "\n> quoted");
    struct jd_mail *mail = explode();
    CHECK(mail->limits_hit & JD_LIMIT_TEXT);
    CHECK_INT(mail->text.len, 512 * 1024);
    add(1, "Content-Type: text/html\n\n");
    add(1000000, "<div>");
    CHECK(explode()->limits_hit & JD_LIMIT_HTML);
}

TEST(fits_into_a_small_arena_or_says_so)
{
    struct jd_mail_limits limits = jd_mail_limits_default();
    add(1, "Subject: x\nTo: a@b.example\nContent-Type: text/html; charset=koi8-r\n\n");
    add(2000, "<p>\xf0\xd2\xc9\xd7\xc5\xd4</p>");
    uint32_t read = 0;
    for (size_t bytes = 1024; bytes < 256 * 1024; bytes += 512) {
        struct jd_arena *small = jd_arena_create(bytes);
        struct jd_error error = { 0 };
        struct jd_mail *mail = NULL;
        enum jd_status status =
                jd_mail_parse(small, jd_buf_span(&bomb), &limits, &mail, &error);
        CHECK(status == JD_OK || (status == JD_BAD_INPUT && error.text[0] && mail == NULL));
        if (status == JD_OK) {
            CHECK(mail->limits_hit || mail->text.len);
            read++;
        }
        jd_arena_destroy(&small);
    }
    CHECK(read > 100);
    jd_buf_clear(&bomb);
}

int main(void)
{
    struct jd_error error;
    arena = jd_arena_create((size_t)256 << 20);
    bomb = jd_buf_init(BOMB_BYTES_MAX);
    if (jd_mail_init(&error) != JD_OK) {
        printf("# %s\n", error.text);
    }
    RUN(reads_the_header);
    RUN(reads_plain_text_and_its_zones);
    RUN(prefers_the_plain_form_and_lists_attachments);
    RUN(turns_no_reading_direction_outside_the_text);
    RUN(takes_the_html_where_the_plain_form_is_a_stub);
    RUN(lists_a_forwarded_mail_without_its_text);
    RUN(sees_an_invitation);
    RUN(joins_the_footer_of_a_list);
    RUN(reads_charsets);
    RUN(loses_no_text_of_a_broken_multipart);
    RUN(refuses_an_empty_mail);
    RUN(takes_any_scrap);
    RUN(bounds_nesting);
    RUN(bounds_parts);
    RUN(bounds_the_memory_of_parts);
    RUN(bounds_headers);
    RUN(bounds_addresses_and_references);
    RUN(bounds_text);
    RUN(fits_into_a_small_arena_or_says_so);
    jd_buf_finish(&bomb);
    jd_arena_destroy(&arena);
    return REPORT();
}
