/** Base subjects: what replies and forwards have in common. */
#include "mail/subject.h"

#include "jd_test.h"

static const struct {
    const char *subject, *base;
    bool reply;
} cases[] = {
    { "Lunch", "lunch", false },
    { "Re: Lunch", "lunch", true },
    { "RE: re: Lunch", "lunch", true },
    { "Re[2]: Lunch", "lunch", true },
    { "Re(3): Lunch", "lunch", true },
    { "Re : Lunch", "lunch", true },
    { "Aw: Mittag", "mittag", true },
    { "AW: WG: Mittag", "mittag", true },
    { "Sv: Vs: Antw: Lunch", "lunch", true },
    { "Fwd: Lunch", "lunch", false },
    { "Fw: Re: Lunch (fwd)", "lunch", true },
    { "[Fwd: Re: Lunch]", "lunch", true },
    { "[list] Re: [list] Lunch", "lunch", true },
    { "Re: [list] Lunch", "lunch", true },
    { "Re [list]: Lunch", "lunch", true },
    { "[list]", "[list]", false },
    { "[a][b] Lunch", "lunch", false },
    { "回复：Lunch", "lunch", true },
    { "ÜBER", "über", false },
    { "Отв: ПРИ", "при", true },
    { "Reminder: Lunch", "reminder: lunch", false },
    { "Regarding lunch", "regarding lunch", false },
    { "Re:", "", true },
    { "", "", false },
};

TEST(finds_the_base)
{
    struct jd_arena *arena = jd_arena_create(1 << 20);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        bool reply = false;
        struct jd_span base = jd_subject_base(arena, jd_span_of(cases[i].subject), &reply);
        CHECK_TEXT(base, cases[i].base);
        if (reply != cases[i].reply) {
            FAIL("%s: reply is %d", cases[i].subject, reply);
        }
    }
    jd_arena_destroy(&arena);
}

int main(void)
{
    RUN(finds_the_base);
    return REPORT();
}
