#include "base/error.h"

#include <errno.h>

#include "jd_test.h"

TEST(names_every_status)
{
    static const char *const names[] = { "ok", "none", "cancelled", "retry_later",
        "rate_limited", "rejected", "unauthorised", "gone", "bad_input", "bug" };
    for (int status = JD_OK; status <= JD_BUG; status++) {
        CHECK_TEXT(jd_span_of(jd_status_name((enum jd_status)status)), names[status]);
    }
    CHECK_TEXT(jd_span_of(jd_status_name((enum jd_status)99)), "unknown");
}

TEST(wraps)
{
    struct jd_error error;
    jd_error_set(&error, JD_GONE, "no row %d", 7);
    CHECK_INT(jd_error_wrap(&error, "account %s", "work"), JD_GONE);
    CHECK_TEXT(jd_span_of(error.text), "account work: no row 7");
    for (int i = 0; i < 100; i++) { // a sentence that is too long is cut at its end
        jd_error_wrap(&error, "level %d", i);
    }
    CHECK_INT(strlen(error.text), sizeof(error.text) - 1);
    CHECK_INT(strncmp(error.text, "level 99: level 98", 18), 0);
}

TEST(reads_errno)
{
    static const struct {
        int number;
        enum jd_status status;
        const char *text;
    } cases[] = {
        { ENOENT, JD_GONE, "cannot open x: No such file or directory" },
        { EACCES, JD_UNAUTHORISED, "cannot open x: Permission denied" },
        { ENOSPC, JD_RETRY_LATER, "cannot open x: No space left on device" },
        { EIO, JD_RETRY_LATER, "cannot open x: Input/output error" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_error error;
        CHECK_INT(jd_error_errno(&error, cases[i].number, "cannot open %s", "x"),
                cases[i].status);
        CHECK_TEXT(jd_span_of(error.text), cases[i].text);
        CHECK_INT(jd_error_errno(NULL, cases[i].number, "x"), cases[i].status);
    }
}

int main(void)
{
    RUN(names_every_status);
    RUN(wraps);
    RUN(reads_errno);
    return REPORT();
}
