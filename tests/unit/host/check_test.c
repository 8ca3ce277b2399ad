/* The conformance suites: bundled plugins pass them whole, and bad ones are found out. */
#include "host/check.h"

#include <stdlib.h>

#include "jd_test.h"

#define BUNDLED(name) JD_BUILD_DIR "/plugins/" name ".so"
#define BAD(name)     JD_BUILD_DIR "/tests/plugins/" name ".so"

/* Runs a suite; the TAP text lives until the next call. */
static const char *run(struct jd_check_request request, unsigned *out_failed)
{
    static char *text;
    static size_t len;
    free(text);
    text = NULL;
    FILE *out = open_memstream(&text, &len);
    struct jd_error error = { 0 };
    *out_failed = 0;
    CHECK_OK(jd_check_run(&request, out, out_failed, &error), error);
    fclose(out);
    return text;
}

TEST(bundled_plugins_pass)
{
    static const char *const files[] = { BUNDLED("sqlite"), BUNDLED("local"),
        BUNDLED("maildir") };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        unsigned failed;
        const char *text = run((struct jd_check_request){ .file = files[i] }, &failed);
        if (failed || !strstr(text, "\n1..")) {
            FAIL("%s fails %u cases:\n%s", files[i], failed, text);
        }
    }
}

/* Cases that a bad plugin must fail, and how. */
static void check_found_out(struct jd_check_request request, const char *const *expected)
{
    unsigned failed;
    const char *text = run(request, &failed);
    CHECK(failed > 0);
    for (; *expected; expected++) {
        if (!strstr(text, *expected)) {
            FAIL("missing: %s\nin:\n%s", *expected, text);
        }
    }
}

TEST(a_loose_queue_bus_and_cache_are_found_out)
{
    check_found_out((struct jd_check_request){ .file = BAD("loose"), .case_s = 4 },
            (const char *const[]){
                    "queue 'loose': most urgent first, oldest first within\n# place 0 holds",
                    "queue 'loose': priority_max is kept\n# priority_max 3 let 2 jobs through",
                    "queue 'loose': a claimed job is hidden, even when offered again\n# a "
                    "claimed job came again",
                    "queue 'loose': depth counts ready and claimed\n# 1 visible, 1 waiting",
                    "queue 'loose': ack removes what is claimed, ready or unknown\n# one job",
                    "bus 'loose': payloads up to 8192 bytes",
                    "cache 'loose': what is removed is not there\n# a removed value is there",
                    "cache 'loose': add does not replace\n# ",
                    "cache 'loose': incr starts at 0 and keeps the ttl it began with\n# 5 minus "
                    "7 is -7",
                    "cache 'loose': keys and values are any bytes, up to 256 KiB\n# ", NULL });
}

static const struct jd_option_text box = { "box", "any", NULL, false };

TEST(a_greedy_source_is_found_out)
{
    check_found_out(
            (struct jd_check_request){
                    .file = BAD("greedy"), .options = &box, .options_count = 1 },
            (const char *const[]){
                    "an empty cursor lists everything, once, and commits\n# a key has not 1 to "
                    "512 bytes",
                    "what a sink refuses is returned, and it is not called again\n# ", NULL });
}

TEST(a_crash_is_a_failed_case_with_a_name)
{
    unsigned failed;
    const char *text = run(
            (struct jd_check_request){
                    .file = BAD("crash_in_fetch"), .options = &box, .options_count = 1 },
            &failed);
    CHECK_INT(failed, 2);
    CHECK(strstr(text, "each listed key yields its bytes\n# Aborted"));
    CHECK(strstr(text, "\n1..14\n")); // the cases behind it ran
}

TEST(a_hang_is_a_failed_case_with_a_name)
{
    unsigned failed;
    const char *text = run(
            (struct jd_check_request){
                    .file = BAD("slow"), .options = &box, .options_count = 1, .case_s = 1 },
            &failed);
    CHECK_INT(failed, 1);
    CHECK(strstr(text, "a cancelled call says so and commits nothing\n# it took too long"));
}

TEST(refuses_what_it_cannot_check)
{
    static const struct {
        struct jd_check_request request;
        const char *says;
    } cases[] = {
        { { .file = "/nowhere/x.so" }, "plugin 'x': there is no file /nowhere/x.so" },
        { { .file = BAD("crashing") }, "crashes while it is opened (Aborted)" },
        { { .file = BAD("wrong_abi") }, "built for ABI 0.3" },
        { { .file = BAD("slow"), .service = "fast" }, "offers no service 'fast'" },
        { { .file = BAD("loose"), .options = &box, .options_count = 1 },
                "has an option 'box'" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        FILE *out = fopen("/dev/null", "w");
        struct jd_error error = { 0 };
        unsigned failed = 0;
        CHECK(jd_check_run(&cases[i].request, out, &failed, &error) != JD_OK);
        if (!strstr(error.text, cases[i].says)) {
            FAIL("%s: %s", cases[i].request.file, error.text);
        }
        fclose(out);
    }
}

int main(void)
{
    RUN(bundled_plugins_pass);
    RUN(a_loose_queue_bus_and_cache_are_found_out);
    RUN(a_greedy_source_is_found_out);
    RUN(a_crash_is_a_failed_case_with_a_name);
    RUN(a_hang_is_a_failed_case_with_a_name);
    RUN(refuses_what_it_cannot_check);
    return REPORT();
}
