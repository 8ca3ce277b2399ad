/** Header fields: where they end, encoded words, message ids. */
#include "mail/header.h"

#include "jd_test.h"

static const struct {
    const char *value, *decoded;
} words[] = {
    { "plain", "plain" },
    { "two\r\n lines\t and   spaces", "two lines and spaces" },
    { "=?utf-8?q?caf=C3=A9?=", "caf\xc3\xa9" },
    { "=?utf-8?Q?a_b?= c", "a b c" },
    { "=?utf-8?q?a?=  =?utf-8?q?b?=", "ab" },
    { "=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b" },
    { "=?utf-8?b?w7w=?=", "\xc3\xbc" },
    { "=?utf-8?b?w7w?=", "\xc3\xbc" },
    { "=?utf-8?b?ww==?= =?utf-8?b?vA==?=", "\xc3\xbc" }, // one character cut in two
    { "=?iso-8859-1?q?=FC?=", "\xc3\xbc" },
    { "=?iso-8859-1*de?q?=FC?=", "\xc3\xbc" },
    { "=?windows-1252?q?=80?=", "\xe2\x82\xac" },
    { "=?koi8-r?B?8NLJ18XU?=", "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82" },
    { "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "\xe6\x97\xa5\xe6\x9c\xac" },
    { "=?gb2312?B?1tDOxA==?=", "\xe4\xb8\xad\xe6\x96\x87" },
    { "=?x-unknown?q?=C3=BC?=", "\xc3\xbc" },
    { "caf\xe9", "caf\xc3\xa9" }, // bare Latin-1
    { "caf\xc3\xa9", "caf\xc3\xa9" },
    { "=?utf-8?q?with space?=", "with space" },
    { "glued=?utf-8?q?_word?=", "glued word" },
    { "=?utf-8?x?a?=", "=?utf-8?x?a?=" },
    { "=?utf-8?q?open", "=?utf-8?q?open" },
    { "=?utf-8?q?=00=01=E2=80=8Ba?=", "a" },
    // What turns the direction round is dropped, in words as in the raw field; joiners stay.
    { "=?utf-8?q?=E2=80=AEelpmaxe=2Eknab=40ytiruces?=", "elpmaxe.knab@ytiruces" },
    { "\xe2\x80\xae"
      "elpmaxe.knab@ytiruces",
            "elpmaxe.knab@ytiruces" },
    { "a\xd8\x9c"
      "b\xe2\x80\x8e"
      "c\xe2\x80\x8f"
      "d\xe2\x81\xa6"
      "e\xe2\x81\xa9"
      "f",
            "abcdef" },
    { "a\xe2\x80\xaa"
      "b\xe2\x80\xac"
      "c\xe2\x81\xa2"
      "d\xe2\x81\xaf"
      "e",
            "abcde" },
    { "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae", "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae" },
    { "\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d", "\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d" },
    { "=?", "=?" },
    { "", "" },
};

TEST(decodes_encoded_words)
{
    struct jd_arena *arena = jd_arena_create(1 << 20);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        CHECK_TEXT(jd_header_decode(arena, jd_span_of(words[i].value)), words[i].decoded);
    }
    jd_arena_destroy(&arena);
}

static const struct {
    const char *raw;
    uint32_t fields;
    const char *body;
} blocks[] = {
    { "A: 1\nB: 2\n\nbody", 2, "body" },
    { "A: 1\r\nB: 2\r\n\r\nbody", 2, "body" },
    { "A: 1\n folded\n\tmore\n\nbody", 1, "body" },
    { "From someone Thu Jan  1 00:00:00 1970\nA: 1\n\nbody", 1, "body" },
    { "\xef\xbb\xbf"
      "A: 1\n\nbody",
            1, "body" },
    { "\n \r\nA: 1\n\nbody", 1, "body" },
    { "A: 1\nno field at all\nB: 2\n\nbody", 2, "body" },
    { "A : 1\n\nbody", 1, "body" },
    { "no header here\nbut text", 0, "no header here\nbut text" },
    { "\nbody", 0, "body" },
    { "A: 1", 1, "" },
};

TEST(finds_the_end_of_the_header)
{
    struct jd_arena *arena = jd_arena_create(1 << 20);
    struct jd_mail_limits limits = jd_mail_limits_default();
    for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) {
        struct jd_header_block block;
        struct jd_span raw = jd_span_of(blocks[i].raw);
        CHECK(jd_header_scan(arena, raw, &limits, &block));
        CHECK_INT(block.fields_count, blocks[i].fields);
        CHECK_TEXT(jd_span_sub(raw, block.body_start, raw.len), blocks[i].body);
    }
    jd_arena_destroy(&arena);
}

static const struct {
    const char *value;
    const char *ids[3];
} lists[] = {
    { "<a@x>", { "a@x" } },
    { "<a@x>\n <b@x> (comment-less)", { "a@x", "b@x", "(comment-less)" } },
    { "<a@x><b@x>", { "a@x", "b@x" } },
    { "a@x, b@x", { "a@x", "b@x" } },
    { "<a b@x>", { "a b@x" } },
    { "<unclosed@x", { "unclosed@x" } },
    { "<><a@x>", { "a@x" } },
    { "<>", { NULL } },
    { "", { NULL } },
};

TEST(reads_message_ids)
{
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        struct jd_span rest = jd_span_of(lists[i].value);
        struct jd_span id;
        for (int k = 0; k < 3 && lists[i].ids[k]; k++) {
            CHECK(jd_header_next_id(&rest, &id));
            CHECK_TEXT(id, lists[i].ids[k]);
        }
        CHECK(!jd_header_next_id(&rest, &id));
    }
}

int main(void)
{
    RUN(decodes_encoded_words);
    RUN(finds_the_end_of_the_header);
    RUN(reads_message_ids);
    return REPORT();
}
