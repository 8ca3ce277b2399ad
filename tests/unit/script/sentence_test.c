/* Sentences as spans of the text; requests. */
#include "script/sentence.h"

#include "base/span.h"
#include "jd_test.h"
#include "mail/message.h"

static const struct {
    const char *text, *sentences; // separated by '|'
} cases[] = {
    { "", "" },
    { "   \n\n ", "" },
    { "One. Two! Three? Four", "One.|Two!|Three?|Four" },
    { "Total: 19.90. Please pay.", "Total: 19.90.|Please pay." },
    { "See example.com for 3.5 more.", "See example.com for 3.5 more." },
    { "Mr. Smith and Dr. Who came. Then left.", "Mr. Smith and Dr. Who came.|Then left." },
    { "Bis zum 7. M\xc3\xa4rz bitte. Danke.", "Bis zum 7. M\xc3\xa4rz bitte.|Danke." },
    { "That is, z.B. hier, e.g. there. End.", "That is, z.B. hier, e.g. there.|End." },
    { "It was in 2025. Then more.", "It was in 2025.|Then more." },
    { "Really?! Yes... maybe.", "Really?!|Yes...|maybe." },
    { "He said \"go.\" Then left.", "He said \"go.\"|Then left." },
    { "Hi Bob,\nplease send it.\nThanks", "Hi Bob,|please send it.|Thanks" },
    { "This is a line that was broken by a mail program\nand goes on here. Next.",
            "This is a line that was broken by a mail program\nand goes on here.|Next." },
    { "Para one without a stop that is long enough to be a line\n\nPara two",
            "Para one without a stop that is long enough to be a line|Para two" },
    { "The following things have to be done until Friday:\n- first of all\n- second of all",
            "The following things have to be done until Friday:|- first of all|- second of all" },
    { "Link https://a.example/?q=1&b=2. Next", "Link https://a.example/?q=1&b=2.|Next" },
};

static void check(const struct jd_mail *mail, const char *expected)
{
    struct jd_sentence found[100];
    char got[4000] = "";
    uint32_t count = jd_sentences_find(mail, found, 100);
    for (uint32_t i = 0; i < count; i++) {
        size_t len = strlen(got);
        snprintf(got + len, sizeof(got) - len, "%s%.*s", i ? "|" : "",
                (int)(found[i].end - found[i].start), mail->text.data + found[i].start);
    }
    if (strcmp(got, expected) != 0) {
        FAIL("\"%s\" gives \"%s\", expected \"%s\"", mail->text.data, got, expected);
    }
}

TEST(sentences)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct jd_mail mail = { .text = jd_span_of(cases[i].text) };
        check(&mail, cases[i].sentences);
    }
}

TEST(zones_have_none)
{
    static const char text[] = "Please pay.\n> Quoted. More.\nIn between.\n-- \nAnn. Boss.\n";
    struct jd_mail_zone zones[] = { { JD_ZONE_QUOTE, 12, 28 }, { JD_ZONE_SIGNATURE, 40, 55 } };
    struct jd_mail mail = { .text = jd_span_of(text), .zones = zones, .zones_count = 2 };
    check(&mail, "Please pay.|In between.");
}

TEST(long_sentences_are_cut)
{
    char text[5001];
    struct jd_sentence found[100];
    for (size_t i = 0; i < 5000; i++) {
        text[i] = i % 7 == 6 ? ' ' : 'x';
    }
    struct jd_mail mail = { .text = { text, 5000 } };
    uint32_t count = jd_sentences_find(&mail, found, 100);
    CHECK(count >= 5);
    for (uint32_t i = 0; i < count; i++) {
        CHECK(found[i].end - found[i].start <= JD_SENTENCE_BYTES_MAX);
    }
    CHECK_INT(jd_sentences_find(&mail, found, 2), 2);
}

static const struct {
    const char *sentence, *request;
    bool asks;
} requests[] = {
    { "Could you please send the plan by Friday?", "Send the plan by Friday", true },
    { "Please pay by Friday.", "Pay by Friday", true },
    { "Hi Bob, can you call me tomorrow?", "Call me tomorrow", true },
    { "Don't forget to bring the keys!", "Bring the keys", true },
    { "I need you to sign this today", "Sign this today", true },
    { "Send it please.", "Send it", true },
    { "Kannst du mir bitte die Zahlen schicken?", "Die Zahlen schicken", true },
    { "Bitte  antworten Sie\nbis Freitag.", "Antworten Sie bis Freitag", true },
    { "K\xc3\xb6nnten Sie uns das Angebot senden?", "Uns das Angebot senden", true },
    { "Please find attached the report.", "Find attached the report", false },
    { "Please do not reply to this mail.", "Do not reply to this mail", false },
    { "The weather is fine.", "The weather is fine", false },
    { "Wie kann ich bitte helfen?", "Wie kann ich bitte helfen", false },
    { "Canyou", "Canyou", false },
    { "please", "Please", true },
};

TEST(asking)
{
    struct jd_fold fold;
    jd_fold_init(&fold);
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
        struct jd_buf folded = jd_buf_init(1000), request = jd_buf_init(1000);
        jd_fold_append(&fold, &folded, jd_span_of(requests[i].sentence));
        jd_sentence_request(jd_span_of(requests[i].sentence), 200, &request);
        if (jd_sentence_asks(&fold, jd_buf_span(&folded)) != requests[i].asks) {
            FAIL("\"%s\" %s", requests[i].sentence, requests[i].asks ? "does not ask" : "asks");
        }
        CHECK_TEXT(jd_buf_span(&request), requests[i].request);
        jd_buf_finish(&folded);
        jd_buf_finish(&request);
    }
}

int main(void)
{
    RUN(sentences);
    RUN(zones_have_none);
    RUN(long_sentences_are_cut);
    RUN(asking);
    return REPORT();
}
