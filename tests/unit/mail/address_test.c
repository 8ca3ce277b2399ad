/** Address lists: RFC 5322, groups, and what senders write instead. */
#include "mail/address.h"

#include "jd_test.h"

enum {
    ITEMS_MAX = 4
};

static const struct {
    const char *value;
    const char *items[ITEMS_MAX]; // "name|address"
} cases[] = {
    { "jdoe@example.org", { "|jdoe@example.org" } },
    { "John Doe <JDoe@EXAMPLE.org>", { "John Doe|JDoe@example.org" } },
    { "\"Doe, John\" <j@example.org>, x@y.example",
            { "Doe, John|j@example.org", "|x@y.example" } },
    { "\"John\r\n Doe\" <a@b.example>", { "John Doe|a@b.example" } },
    { "\"a \\\"b\\\" c\" <a@b.example>", { "a \"b\" c|a@b.example" } },
    { "j@example.org (John Doe)", { "John Doe|j@example.org" } },
    { "<a@b.example> =?utf-8?q?Doe?=", { "Doe|a@b.example" } },
    { "=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?= <t@t.example>", { "ab|t@t.example" } },
    { "=?utf-8?Q?M=C3=BCller,_J=C3=B6rg?= <m@t.example>", { "Müller, Jörg|m@t.example" } },
    { "\"=?utf-8?b?TcO8bGxlcg==?=\" <m@t.example>", { "Müller|m@t.example" } },
    { "=?utf-8?Q?Doe,_John?=<j@t.example>", { "Doe, John|j@t.example" } },
    { "'Quoted Name' <q@t.example>", { "Quoted Name|q@t.example" } },
    { "M\xfcller <m@t.example>", { "Müller|m@t.example" } },
    { "undisclosed-recipients:;", { NULL } },
    { "Team: a@x.example, B <b@x.example>; c@x.example",
            { "|a@x.example", "B|b@x.example", "|c@x.example" } },
    { "Team: a@x.example; (the end of the group)", { "|a@x.example" } },
    { "<@relay.example,@two.example:joe@x.example>", { "|joe@x.example" } },
    { "joe @ x.example", { "|joe@x.example" } },
    { "\"john doe\"@x.example", { "|\"john doe\"@x.example" } },
    { "a@[192.0.2.1]", { "|a@[192.0.2.1]" } },
    { "Broken <a@b.example", { "Broken|a@b.example" } },
    { "a@b.example; c@d.example", { "|a@b.example", "|c@d.example" } },
    { ",,, ,a@b.example,,", { "|a@b.example" } },
    { "\"unclosed <a@b.example>", { "unclosed <a@b.example>|" } },
    { "Only A Name", { "Only A Name|" } },
    { "root", { "|root" } },
    { "<>", { NULL } },
    { "", { NULL } },
};

static void check_case(struct jd_arena *arena, size_t i)
{
    struct jd_address_list list;
    CHECK(jd_address_parse(arena, jd_span_of(cases[i].value), 10, &list));
    uint32_t expected = 0;
    while (expected < ITEMS_MAX && cases[i].items[expected]) {
        expected++;
    }
    if (list.count != expected) {
        FAIL("%s: %u addresses, expected %u", cases[i].value, list.count, expected);
        return;
    }
    for (uint32_t k = 0; k < expected; k++) {
        struct jd_span line = jd_arena_format(arena, JD_SPAN_FMT "|" JD_SPAN_FMT,
                JD_SPAN_ARG(list.items[k].name), JD_SPAN_ARG(list.items[k].address));
        CHECK_TEXT(line, cases[i].items[k]);
    }
}

TEST(reads_lists)
{
    struct jd_arena *arena = jd_arena_create(1 << 20);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        check_case(arena, i);
    }
    jd_arena_destroy(&arena);
}

TEST(says_that_a_long_list_is_cut)
{
    struct jd_arena *arena = jd_arena_create(1 << 20);
    struct jd_address_list list;
    CHECK(jd_address_parse(arena, JD_SPAN("a@x, b@x, c@x"), 2, &list));
    CHECK_INT(list.count, 2);
    CHECK(list.cut);
    CHECK(jd_address_parse(arena, JD_SPAN("a@x, b@x"), 2, &list));
    CHECK(!list.cut);
    jd_arena_destroy(&arena);
}

int main(void)
{
    RUN(reads_lists);
    RUN(says_that_a_long_list_is_cut);
    return REPORT();
}
