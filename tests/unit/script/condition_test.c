/* Each condition against mails that meet it and mails that do not. */
#include "script/condition.h"

#include "base/utf8.h"
#include "jd_test.h"
#include "unit/script/kit.h"

#define HEAD   "Date: Mon, 3 Mar 2025 09:00:00 +0000\r\n"
#define UTF8   "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
#define PERSON "From: Ann Lee <ann@mail.acme.example>\r\nTo: Me <me@example.org>\r\n" HEAD

static const char letter[] = PERSON UTF8
        "Subject: Re: Your  Invoice, Caf\xc3\xa9\r\nIn-Reply-To: <1@x>\r\n"
        "Cc: a@one.example, b@two.example, c@two.example\r\n\r\n"
        "Hello,\r\n\r\nthe Rechnungsbetrag is due. Can you send\r\nthe plan?\r\n"
        "See https://a.example/?q=1 and http://b.example/\r\n\r\n"
        "On Sun, 2 Mar 2025 at 10:00, Bob <bob@x.example> wrote:\r\n> secret words\r\n> more\r\n";

static const char bulk[] =
        "From: Shop News <no-reply@news.shop.example>\r\nTo: list@example.org\r\n" HEAD UTF8
        "Subject: SALE\r\nList-Id: <news.shop.example>\r\nPrecedence: bulk\r\n"
        "List-Unsubscribe: <https://shop.example/u>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nX-Mailer: Big Sender 3\r\n\r\n"
        "Everything must go! Unsubscribe here.\r\n";

static const char invite[] = PERSON
        "Subject: \r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Please come</p>\r\n"
        "--b\r\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\n"
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
        "--b\r\nContent-Type: application/pdf\r\n"
        "Content-Disposition: attachment; filename=\"Rechnung 12.pdf\"\r\n\r\nx\r\n--b--\r\n";

static const struct {
    const char *condition;
    const char *mail;
    uint32_t facts;
    bool is_true;
} cases[] = {
    { "subject:says 'your invoice'", letter, 0, true },
    { "subject:says 'YOUR INVOICE'", letter, 0, true },
    { "subject:says { 'nothing', 'cafe' }", letter, 0, true },
    { "subject:says 'café'", letter, 0, true },
    { "subject:says 'invoi'", letter, 0, false },
    { "subject:says 'invoi*'", letter, 0, true },
    { "subject:says '*voice'", letter, 0, true },
    { "subject:says 'voice'", letter, 0, false },
    { "subject:says 'invoice,'", letter, 0, true },
    { "subject:says 'plan'", letter, 0, false },
    { "subject:matches [[^Re:\\s]]", letter, 0, true },
    { "subject:matches [[^re:]]", letter, 0, false },
    { "subject:matches [[(?i)^re:]]", letter, 0, true },
    { "subject:is_empty()", letter, 0, false },
    { "subject:is_empty()", invite, 0, true },
    { "body:says '*betrag'", letter, 0, true },
    { "body:says 'send the plan'", letter, 0, true },
    { "body:says 'secret words'", letter, 0, false },
    { "body:matches [[send\\s+the\\s+plan\\?]]", letter, 0, true },
    { "body:matches [[secret]]", letter, 0, false },
    { "body:has_question()", letter, 0, true },
    { "body:has_question()", bulk, 0, false },
    { "body:shorter_than(10000)", letter, 0, true },
    { "body:longer_than(10000)", letter, 0, false },
    { "body:more_links_than(1)", letter, 0, true },
    { "body:more_links_than(2)", letter, 0, false },
    { "from:says 'ann'", letter, 0, true },
    { "from:says 'acme'", letter, 0, false },
    { "from:domain_is 'acme.example'", letter, 0, true },
    { "from:domain_is 'cme.example'", letter, 0, false },
    { "from:address_is 'ANN@mail.acme.example'", letter, 0, true },
    { "from:address_is 'ann@'", letter, 0, true },
    { "from:address_is 'an@'", letter, 0, false },
    { "from:matches [[@mail\\.]]", letter, 0, true },
    { "from:on_list 'known'", letter, 0, true },
    { "from:on_list 'known'", bulk, 0, false },
    { "cc:on_list 'known'", letter, 0, false },
    { "from:is_person()", letter, 0, true },
    { "from:is_person()", bulk, 0, false },
    { "from:is_noreply()", letter, 0, false },
    { "from:is_noreply()", bulk, 0, true },
    { "from:is_known()", letter, 0, false },
    { "from:is_known()", letter, JD_FACT_WROTE_TO_SENDER, true },
    { "to:is_me()", letter, 0, true },
    { "to:is_me()", bulk, 0, false },
    { "to:is_only_me()", letter, 0, true },
    { "cc:is_me()", letter, 0, false },
    { "cc:more_than(2)", letter, 0, true },
    { "cc:more_than(3)", letter, 0, false },
    { "cc:domain_is 'two.example'", letter, 0, true },
    { "to:address_is 'me@example.org'", letter, 0, true },
    { "headers:has 'x-mailer'", bulk, 0, true },
    { "headers:has 'x-mailer'", letter, 0, false },
    { "headers:says('X-Mailer', { 'big sender' })", bulk, 0, true },
    { "headers:says('X-Mailer', 'sende')", bulk, 0, false },
    { "headers:matches('X-Mailer', [[\\d$]])", bulk, 0, true },
    { "list:has_unsubscribe()", bulk, 0, true },
    { "list:has_unsubscribe()", letter, 0, false },
    { "list:has_one_click()", bulk, 0, true },
    { "list:has_id()", bulk, 0, true },
    { "attachment:is_there()", invite, 0, true },
    { "attachment:is_there()", letter, 0, false },
    { "attachment:has_type 'application/pdf'", invite, 0, true },
    { "attachment:has_type { 'image/*', 'application/*' }", invite, 0, true },
    { "attachment:has_type 'image/*'", invite, 0, false },
    { "attachment:named [[(?i)^rechnung.*\\.pdf$]]", invite, 0, true },
    { "calendar:is_invite()", invite, 0, true },
    { "calendar:is_invite()", letter, 0, false },
    { "calendar:is_there()", invite, 0, true },
    { "calendar:method_is { 'CANCEL', 'request' }", invite, 0, true },
    { "calendar:method_is 'CANCEL'", invite, 0, false },
    { "thread:has_my_answer()", letter, JD_FACT_THREAD_HAS_MINE, true },
    { "thread:has_my_answer()", letter, 0, false },
    { "mail:is_reply()", letter, 0, true },
    { "mail:is_reply()", bulk, 0, false },
    { "mail:is_from_me()", letter, JD_FACT_FROM_ME, true },
    { "mail:is_from_me()", letter, 0, false },
    { "mail:is_automatic()", letter, 0, false },
    { "mail:has_html()", invite, 0, true },
    { "mail:has_html()", letter, 0, false },
    { "all {}", letter, 0, true },
    { "all { mail:is_reply(), subject:says 'invoice' }", letter, 0, true },
    { "all { mail:is_reply(), subject:says 'nothing' }", letter, 0, false },
    { "any {}", letter, 0, false },
    { "any { subject:says 'nothing', mail:is_reply() }", letter, 0, true },
    { "none {}", letter, 0, true },
    { "none { subject:says 'nothing', list:has_id() }", letter, 0, true },
    { "none { subject:says 'invoice' }", letter, 0, false },
    { "all { any { list:has_id(), from:is_person() }, none { list:has_id() } }", letter, 0,
            true },
    { "where(function(m) return m.from.domain == 'mail.acme.example' end)", letter, 0, true },
    { "where(function(m) return #m.cc == 3 and m.cc[2].address == 'b@two.example' end)", letter,
            0, true },
    { "where(function(m) return m.date.weekday == 1 and m.date.text == '2025-03-03T09:00' end)",
            letter, 0, true },
    { "where(function(m) return m:header('x-mailer') == 'Big Sender 3' and not m:header('nope') end)",
            bulk, 0, true },
    { "where(function(m) return m.attachments[#m.attachments].type == 'application/pdf' end)",
            invite, 0, true },
    { "where(function(m) return m.body:find('secret', 1, true) end)", letter, 0, false },
    { "where(function(m) return m.text:find('secret', 1, true) end)", letter, 0, true },
    { "where(function(m) for k in pairs({ b = 1, a = 1 }) do return k == 'a' end end)", letter,
            0, true },
};

TEST(conditions)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char rules[1000];
        snprintf(rules, sizeof(rules), "classify 'work' { name = 'r', evidence(1, 'e', %s) }",
                cases[i].condition);
        struct jd_release_file files[] = {
            { JD_SPAN("p/lists/known.txt"),
                    JD_SPAN("# people\nbob@x.example\nACME.example # all\n") },
            { JD_SPAN("p/pack.lua"), JD_SPAN("return { name = 'p', version = 1, api = 1, "
                                             "lists = { known = 'lists/known.txt' } }") },
            { JD_SPAN("p/rules.lua"), jd_span_of(rules) },
        };
        struct kit kit = kit_load(files, 3);
        struct jd_verdict v = { 0 };
        if (kit.status != JD_OK || kit.report.problems_count) {
            FAIL("%s: %s", cases[i].condition,
                    kit.status == JD_OK ? kit.report.problems[0].text.data : kit.error.text);
        } else if (kit_decide(&kit, cases[i].mail, cases[i].facts, &v) != JD_OK) {
            FAIL("%s: %s", cases[i].condition, kit.error.text);
        } else if (v.failures_count || (v.evidence_count == 1) != cases[i].is_true) {
            FAIL("%s: %s, expected %s", cases[i].condition,
                    v.failures_count   ? v.failures[0].text.data
                    : v.evidence_count ? "yes"
                                       : "no",
                    cases[i].is_true ? "yes" : "no");
        }
        kit_close(&kit);
    }
    printf("# %zu conditions\n", sizeof(cases) / sizeof(*cases));
}

/* What a pattern cannot match without; "" for none. */
static const struct {
    const char *pattern, *words;
} literals[] = {
    { "total", "total" },
    { "(?i)Total", "total" },
    { "(?i)\\b(total|amount)\\b.{0,40}[€$]\\s?\\d", "total amount" },
    { "(total|amount)?", "" },
    { "(total|am)", "total am" },
    { "totals?", "total" },
    { "tota?l", "tot" },
    { "tot+al", "tot" },
    { "(?:order|your) confirmation", "confirmation" },
    { "a|b", "" },
    { "order|", "" },
    { "^unsubscribe$", "unsubscribe" },
    { "(?=total)x", "" },
    { "(?!total)amount", "" },
    { "[abc]total", "total" },
    { "[]abc]total", "total" },
    { "[[:alpha:]]total", "total" },
    { "\\Qtotal\\E", "" },
    { "\\p{Lu}total", "total" },
    { "x{2,3}total", "total" },
    { "(total){0,2}amount", "amount" },
    { "(total){1,2}", "total" },
    { "(?x) total # comment", "" },
    { "((ab|total)|amount)", "ab total amount" },
    { "((a|total)|amount)", "" },
    { "!\\s*[!$]|!\\s*$", "! !" },
    { "\\$\\s?\\d|\\$\\$|0+,000", "$ $$ ,000" },
    { "`x`", "" },
    { "a-b", "a-b" },
    { "re: plan", "re:" },
    { "\\[spam\\]", "[spam]" },
    { "#?\\d", "" },
    { "caf\xc3\xa9 total", "total" },
};

TEST(words_that_a_regular_expression_needs)
{
    for (size_t i = 0; i < sizeof(literals) / sizeof(*literals); i++) {
        struct jd_regex_literals found;
        char got[800] = "";
        jd_regex_read_literals(jd_span_of(literals[i].pattern), &found);
        for (uint32_t k = 0; k < found.count; k++) {
            strcat(got, k ? " " : "");
            strcat(got, found.text[k]);
        }
        if (strcmp(got, literals[i].words) != 0) {
            FAIL("%s needs \"%s\", expected \"%s\"", literals[i].pattern, got,
                    literals[i].words);
        }
    }
}

TEST(words_in_one_pass)
{
    struct jd_words *words = jd_words_create();
    struct jd_error error;
    static const char *const phrases[] = { "he", "she", "his", "hers", "*her*",
        "order confirmation", "confirmation", "100%", "€", "don't", "größe", "your   order",
        "*ing" };
    uint32_t ids[13];
    for (size_t i = 0; i < 13; i++) {
        ids[i] = jd_words_add(words, jd_span_of(phrases[i]), &error);
    }
    CHECK_INT(jd_words_add(words, JD_SPAN("HE"), &error), ids[0]);
    CHECK_INT(jd_words_add(words, JD_SPAN("  "), &error), JD_WORDS_NONE);
    jd_words_compile(words);
    uint8_t hits[13] = { 0 };
    struct jd_buf folded = jd_buf_init(1000);
    jd_fold_append(jd_words_fold(words), &folded,
            JD_SPAN("She: ushers!  Order\r\n CONFIRMATION, 100% sure \xe2\x82\xac"
                    "19 Don\xe2\x80\x99t "
                    "GR\xc3\x96\xc3\x9f"
                    "E your\torder meeting"));
    uint32_t found[13];
    uint32_t count = jd_words_scan(words, jd_buf_span(&folded), JD_REGION_BODY, hits, found);
    for (uint32_t i = 0; i < count; i++) {
        CHECK_INT(hits[found[i]], JD_REGION_BODY);
    }
    CHECK_INT(count, 10);
    // What has been found is not found again.
    CHECK_INT(jd_words_scan(words, jd_buf_span(&folded), JD_REGION_BODY, hits, found), 0);
    static const bool expected[] = { false, true, false, false, true, true, true, true, true,
        true, true, true, true };
    for (size_t i = 0; i < 13; i++) {
        if ((hits[ids[i]] != 0) != expected[i]) {
            FAIL("\"%s\" %s in \"%s\"", phrases[i], expected[i] ? "is not" : "is", folded.data);
        }
    }
    jd_buf_finish(&folded);
    jd_words_destroy(&words);
}

/* Long texts are walked in lanes: a word is found wherever it stands. */
TEST(words_at_every_place_of_a_long_text)
{
    struct jd_words *words = jd_words_create();
    struct jd_error error;
    char text[1500];
    uint32_t id = jd_words_add(words, JD_SPAN("order confirmation"), &error);
    uint32_t other = jd_words_add(words, JD_SPAN("x"), &error);
    jd_words_compile(words);
    for (size_t at = 0; at + 18 <= sizeof(text); at++) {
        uint8_t hits[2] = { 0 };
        uint32_t found[2];
        memset(text, '.', sizeof(text));
        memcpy(text + at, "order confirmation", 18);
        struct jd_span span = { text, sizeof(text) };
        uint32_t count = jd_words_scan(words, span, JD_REGION_BODY, hits, found);
        if (hits[id] != JD_REGION_BODY || hits[other] || count != 1 || found[0] != id) {
            FAIL("not found at %zu", at);
        }
        text[at + 3] = 'x';
        hits[id] = 0;
        // The x alone may be a word.
        (void)jd_words_scan(words, span, JD_REGION_BODY, hits, found);
        CHECK_INT(hits[id], 0);
    }
    jd_words_destroy(&words);
}

/* Folded at once or one byte after the other: the same. */
TEST(folding_in_blocks)
{
    static const char *const between[] = { "", " ", "  ", "a", "\n", "\xc3\xa9", "\xe2\x80\xa6",
        "\xff", "\xf0\x9f\x98\x80" };
    struct jd_fold fold;
    jd_fold_init(&fold);
    for (unsigned c = 1; c < 256; c++) {
        for (size_t at = 0; at < 20 * sizeof(between) / sizeof(*between); at++) {
            char text[64];
            int len = snprintf(text, sizeof(text), "%.*s%c%sx Y%s Zz tail of TEXT",
                    (int)(at % 20), "Long Word, SAYS; it.", (int)c, between[at / 20],
                    between[at / 20]);
            struct jd_buf whole = jd_buf_init(1000), slow = jd_buf_init(1000);
            jd_fold_append(&fold, &whole, jd_span_new(text, (size_t)len));
            for (struct jd_span rest = jd_span_new(text, (size_t)len); rest.len;) {
                struct jd_span one = rest;
                // What it is does not matter here, only how long.
                (void)jd_utf8_take(&rest);
                one.len -= rest.len;
                jd_fold_append(&fold, &slow, one);
            }
            if (!jd_span_equal(jd_buf_span(&whole), jd_buf_span(&slow))) {
                FAIL("\"%s\" is \"%s\", and byte by byte \"%s\"", text, whole.data, slow.data);
            }
            jd_buf_finish(&whole);
            jd_buf_finish(&slow);
        }
    }
}

int main(void)
{
    struct jd_error error;
    if (jd_mail_init(&error) != JD_OK) {
        printf("%s\n", error.text);
        return 1;
    }
    RUN(conditions);
    RUN(words_that_a_regular_expression_needs);
    RUN(words_in_one_pass);
    RUN(folding_in_blocks);
    RUN(words_at_every_place_of_a_long_text);
    return REPORT();
}
