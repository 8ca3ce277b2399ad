/* What wants something done, and what does not. */
#include "script/request.h"

#include "base/span.h"
#include "jd_test.h"
#include "script/fold.h"

static struct jd_fold fold;
static struct jd_requests *requests;

static bool is_request(const char *sentence)
{
    struct jd_buf folded = jd_buf_init(4096);
    jd_fold_append(&fold, &folded, jd_span_of(sentence));
    bool yes = jd_request_score(requests, jd_buf_span(&folded)) > 0;
    jd_buf_finish(&folded);
    return yes;
}

TEST(sentences)
{
    static const struct {
        const char *sentence;
        bool is_request;
    } cases[] = {
        { "Please send the signed form to Ines.", true },
        { "Could you look over the slides before lunch?", true },
        { "Let me know if Tuesday works.", true },
        { "Let's meet in the lobby at nine.", true },
        { "Paula, call the hotel and confirm the rooms.", true },
        { "And then print two copies.", true },
        { "I will send you the figures tomorrow.", true },
        { "Why don't we discuss this over coffee?", true },
        { "Do you have the number of the plumber?", true },
        { "You need to sign the contract by Friday.", true },
        { "Kannst du mir bitte die Liste schicken?", true },
        { "Bitte prüfen Sie den Entwurf bis Montag.", true },
        { "Lass uns morgen telefonieren und das besprechen.", true },
        { "The train was late again.", false },
        { "Thanks for the lovely evening.", false },
        { "Please find the minutes attached.", false },
        { "He said that she had called twice.", false },
        { "I think the garden looks better every year.", false },
        { "Save 20 % on all shoes, free delivery on every order.", false },
        { "We hope this helps.", false },
        { "Vielen Dank für das schöne Wochenende.", false },
        { "Der Zug war wieder zu spät.", false },
        { "", false },
        { "?!", false },
        { ",,, -- ''", false },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (is_request(cases[i].sentence) != cases[i].is_request) {
            FAIL("\"%s\" is %sa request", cases[i].sentence, cases[i].is_request ? "not " : "");
        }
    }
}

TEST(a_mail_is_asked_without_its_quotes)
{
    static const char text[] = "It rained here.\n\n> Please send the form.\n";
    struct jd_mail_zone quote = { JD_ZONE_QUOTE, 17, sizeof(text) - 1 };
    struct jd_mail mail = { .text = jd_span_of(text) };
    CHECK(jd_request_is_in(requests, &mail));
    mail.zones = &quote;
    mail.zones_count = 1;
    CHECK(!jd_request_is_in(requests, &mail));
}

int main(void)
{
    jd_fold_init(&fold);
    requests = jd_requests_create();
    RUN(sentences);
    RUN(a_mail_is_asked_without_its_quotes);
    jd_requests_destroy(&requests);
    jd_requests_destroy(&requests);
    return REPORT();
}
