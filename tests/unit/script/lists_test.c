/* Lists of addresses and domains, asked one by one and all at once. */
#include "script/lists.h"

#include "base/span.h"
#include "jd_test.h"

static struct jd_span shops[] = { JD_SPAN("acme.example"), JD_SPAN("shop.example") };
static struct jd_span people[] = { JD_SPAN("kim@home.example"), JD_SPAN("shop.example") };
static struct jd_span countries[] = { JD_SPAN("example") };
static struct jd_list lists[] = {
    { JD_SPAN("shops"), shops, 2, 0 },
    { JD_SPAN("people"), people, 2, 0 },
    { JD_SPAN("nobody"), NULL, 0, 0 },
    { JD_SPAN("countries"), countries, 1, 0 },
};
#define LISTS 4

static struct jd_lists join(struct jd_arena *arena)
{
    struct jd_list *all[LISTS] = { &lists[0], &lists[1], &lists[2], &lists[3] };
    struct jd_lists joined;
    struct jd_error error = { 0 };
    CHECK_OK(jd_lists_make(&joined, all, LISTS, arena, &error), error);
    return joined;
}

TEST(an_address_is_on_the_lists_of_its_domains)
{
    static const struct {
        const char *address;
        uint8_t marks[LISTS]; // shops, people, nobody, countries
    } cases[] = {
        { "orders@acme.example", { 1, 0, 0, 1 } },
        { "Orders@News.ACME.Example", { 1, 0, 0, 1 } },
        { "kim@home.example", { 0, 1, 0, 1 } },
        { "KIM@HOME.EXAMPLE", { 0, 1, 0, 1 } },
        { "robin@home.example", { 0, 0, 0, 1 } },
        { "a@shop.example", { 1, 1, 0, 1 } },
        { "a@myshop.example", { 0, 0, 0, 1 } },
        { "a@b@acme.example", { 1, 0, 0, 1 } },
        { "acme.example", { 1, 0, 0, 0 } },
        { "a@acme.test", { 0, 0, 0, 0 } },
        { "a@", { 0, 0, 0, 0 } },
        { "", { 0, 0, 0, 0 } },
    };
    struct jd_arena *arena = jd_arena_create(1024 * 1024);
    struct jd_lists joined = join(arena);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t marks[LISTS] = { 0 };
        jd_lists_mark(&joined, jd_span_of(cases[i].address), marks);
        for (uint32_t k = 0; k < LISTS; k++) {
            CHECK_INT(marks[lists[k].index], cases[i].marks[k]);
            CHECK_INT(jd_list_has(&lists[k], jd_span_of(cases[i].address)), cases[i].marks[k]);
        }
    }
    jd_arena_destroy(&arena);
}

TEST(no_lists_mark_nothing)
{
    struct jd_arena *arena = jd_arena_create(1024 * 1024);
    struct jd_lists joined;
    struct jd_error error = { 0 };
    uint8_t mark = 0;
    CHECK_OK(jd_lists_make(&joined, NULL, 0, arena, &error), error);
    jd_lists_mark(&joined, JD_SPAN("a@b.example"), &mark);
    CHECK_INT(mark, 0);
    jd_arena_destroy(&arena);
}

int main(void)
{
    RUN(an_address_is_on_the_lists_of_its_domains);
    RUN(no_lists_mark_nothing);
    return REPORT();
}
