/* The standard pack compiles without a finding and passes its own tests. */
#include "jd_test.h"
#include "unit/script/folder.h"

static struct jd_arena *arena;
static struct jd_release *release;

TEST(compiles_without_a_finding)
{
    struct jd_release_report report;
    struct jd_error error;
    folder_read(arena, JD_SOURCE_DIR "/rules/standard");
    CHECK_OK(jd_release_compile(folder.files, folder.count, arena, &release, &report, &error),
            error);
    for (uint32_t i = 0; release && i < report.problems_count; i++) {
        FAIL(JD_SPAN_FMT ":%d: " JD_SPAN_FMT, JD_SPAN_ARG(report.problems[i].path),
                report.problems[i].line, JD_SPAN_ARG(report.problems[i].text));
    }
}

TEST(passes_its_own_tests)
{
    struct jd_release_case *cases;
    uint32_t count = 0;
    struct jd_error error;
    if (release == NULL) {
        FAIL("no release");
        return;
    }
    CHECK_OK(jd_release_test(release, arena, &cases, &count, &error), error);
    for (uint32_t i = 0; i < count; i++) {
        if (!cases[i].passed) {
            FAIL(JD_SPAN_FMT ":%d: '" JD_SPAN_FMT "': " JD_SPAN_FMT, JD_SPAN_ARG(cases[i].path),
                    cases[i].line, JD_SPAN_ARG(cases[i].name), JD_SPAN_ARG(cases[i].text));
        }
    }
    printf("# %u cases\n", count);
}

int main(void)
{
    struct jd_error error;
    if (jd_mail_init(&error) != JD_OK) {
        printf("%s\n", error.text);
        return 1;
    }
    arena = jd_arena_create(256u << 20);
    RUN(compiles_without_a_finding);
    RUN(passes_its_own_tests);
    jd_release_destroy(&release);
    jd_arena_destroy(&arena);
    return REPORT();
}
