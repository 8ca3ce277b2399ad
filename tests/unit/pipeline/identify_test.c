/* Whose mailbox it is, read off what the newest mails say. */
#include "pipeline/identify.h"

#include "base/span.h"
#include "jd_test.h"

#define MAILS_MAX  20
#define PEOPLE_MAX 4

/* `times` mails of one kind; addresses are separated by spaces. */
struct kind {
    int times;
    const char *mailbox, *from, *to, *cc, *delivered_to, *list_id;
    bool from_list;
};

static uint32_t split_people(const char *text, struct jd_analysed_address *out)
{
    struct jd_span rest = jd_span_of(text ? text : ""), one;
    uint32_t count = 0;
    while (text && count < PEOPLE_MAX && jd_span_split(&rest, ' ', &one)) {
        out[count++].address = one;
    }
    return count;
}

static const struct {
    const char *what, *found; // NULL: nobody
    struct kind kinds[4];
} cases[] = {
    { "no mail", NULL, { { 0 } } },
    { "Delivered-To", "[\"robin@home.example\"]",
            { { .times = 1, .to = "x@y.example", .delivered_to = "Robin@Home.example" } } },
    { "sent mail outweighs, and gives the others it was sent from",
            "[\"robin@home.example\",\"r@work.example\"]",
            { { .times = 2, .delivered_to = "forward@box.example" },
                    { .times = 1, .mailbox = "Sent", .from = "robin@home.example" },
                    { .times = 1, .mailbox = "Sent", .from = "robin@home.example" },
                    { .times = 1, .mailbox = "sent items", .from = "r@work.example" } } },
    { "one vote outweighs any number of recipients", "[\"robin@home.example\"]",
            { { .times = 9, .to = "team@work.example" },
                    { .times = 1, .delivered_to = "robin@home.example" } } },
    { "To of all", "[\"robin@home.example\"]", { { .times = 5, .to = "robin@home.example" } } },
    { "four are too few", NULL, { { .times = 4, .to = "robin@home.example" } } },
    { "To or Cc, in any case of letters", "[\"robin@home.example\"]",
            { { .times = 2, .to = "Robin@home.example a@b.example" },
                    { .times = 2, .to = "a@c.example", .cc = "ROBIN@home.example" },
                    { .times = 2, .to = "d@e.example" } } },
    { "half is not more than half", NULL,
            { { .times = 3, .to = "robin@home.example" },
                    { .times = 3, .to = "a@b.example" } } },
    { "twice in one mail counts once", NULL,
            { { .times = 3, .to = "robin@home.example", .cc = "robin@home.example" },
                    { .times = 3, .to = "a@b.example" } } },
    { "mail of lists says nothing", NULL,
            { { .times = 9, .to = "robin@home.example", .from_list = true },
                    { .times = 4, .to = "robin@home.example" } } },
    { "mail of lists does not outvote", "[\"robin@home.example\"]",
            { { .times = 9, .to = "users@lists.example", .from_list = true },
                    { .times = 5, .to = "robin@home.example" } } },
    { "a list is nobody, though some of its mail has lost its fields",
            "[\"robin@home.example\"]",
            { { .times = 6, .to = "users@lists.example", .cc = "robin@home.example" },
                    { .times = 1,
                            .to = "users@lists.example",
                            .list_id = "Users.lists.example",
                            .from_list = true } } },
    { "who does not read is nobody", NULL, { { .times = 6, .to = "no-reply@shop.example" } } },
    { "nor under another spelling", NULL,
            { { .times = 6, .to = "Do_Not.Reply@shop.example" } } },
    { "the most frequent of two", "[\"robin@home.example\"]",
            { { .times = 5, .to = "all@home.example robin@home.example" },
                    { .times = 1, .to = "robin@home.example" } } },
    { "of equals the first by the alphabet", "[\"all@home.example\"]",
            { { .times = 5, .to = "robin@home.example all@home.example" } } },
    { "what is no address", NULL, { { .times = 6, .to = "undisclosed-recipients" } } },
};

static void check_case(size_t number)
{
    static struct jd_analysed_address people[MAILS_MAX][3][PEOPLE_MAX];
    struct jd_analysed_message messages[MAILS_MAX] = { 0 };
    struct jd_item_sample samples[MAILS_MAX] = { 0 };
    struct jd_span delivered[MAILS_MAX];
    struct jd_arena *arena = jd_arena_create(1024 * 1024);
    struct jd_buf found = jd_buf_init(4096);
    uint32_t count = 0;
    for (size_t k = 0; k < 4; k++) {
        const struct kind *kind = &cases[number].kinds[k];
        for (int i = 0; i < kind->times; i++, count++) {
            struct jd_analysed_message *message = &messages[count];
            samples[count].mailbox = jd_span_of(kind->mailbox ? kind->mailbox : "INBOX");
            message->from.address = jd_span_of(kind->from ? kind->from : "kim@home.example");
            message->to = people[count][0];
            message->to_count = split_people(kind->to, people[count][0]);
            message->cc = people[count][1];
            message->cc_count = split_people(kind->cc, people[count][1]);
            delivered[count] = jd_span_of(kind->delivered_to ? kind->delivered_to : "");
            message->delivered_to = &delivered[count];
            message->delivered_to_count = kind->delivered_to != NULL;
            message->list_id = jd_span_of(kind->list_id ? kind->list_id : "");
            message->from_list = kind->from_list;
        }
    }
    bool any = jd_identify_owner(samples, messages, count, arena, &found);
    CHECK(any == (cases[number].found != NULL));
    CHECK_TEXT(any ? jd_buf_span(&found) : JD_SPAN(""),
            cases[number].found ? cases[number].found : "");
    jd_buf_finish(&found);
    jd_arena_destroy(&arena);
}

TEST(owners)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int failed = jd_test_failures;
        check_case(i);
        if (jd_test_failures != failed) {
            printf("# in case '%s'\n", cases[i].what);
        }
    }
}

TEST(what_could_not_be_read_is_not_asked)
{
    struct jd_arena *arena = jd_arena_create(1024 * 1024);
    struct jd_buf found = jd_buf_init(4096);
    struct jd_analysed_message messages[6] = { 0 };
    struct jd_item_sample samples[6] = { 0 };
    for (size_t i = 0; i < 6; i++) {
        messages[i].unreadable = true;
    }
    CHECK(!jd_identify_owner(samples, messages, 6, arena, &found));
    jd_buf_finish(&found);
    jd_arena_destroy(&arena);
}

int main(void)
{
    RUN(owners);
    RUN(what_could_not_be_read_is_not_asked);
    return REPORT();
}
