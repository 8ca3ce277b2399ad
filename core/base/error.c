#include "base/error.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *jd_status_name(enum jd_status status)
{
    static const char *const names[] = {
        [JD_OK] = "ok",
        [JD_NONE] = "none",
        [JD_CANCELLED] = "cancelled",
        [JD_RETRY_LATER] = "retry_later",
        [JD_RATE_LIMITED] = "rate_limited",
        [JD_REJECTED] = "rejected",
        [JD_UNAUTHORISED] = "unauthorised",
        [JD_GONE] = "gone",
        [JD_BAD_INPUT] = "bad_input",
        [JD_BUG] = "bug",
    };
    bool known = (size_t)status < sizeof(names) / sizeof(names[0]);
    return known ? names[status] : "unknown";
}

enum jd_status jd_error_wrap(struct jd_error *error, const char *format, ...)
{
    assert(error);
    char context[sizeof(error->text)];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof(context), format, args);
    va_end(args);
    char sentence[sizeof(error->text)];
    memcpy(sentence, error->text, sizeof(sentence));
    snprintf(error->text, sizeof(error->text), "%s: %s", context, sentence);
    return error->status;
}

static enum jd_status classify(int number)
{
    switch (number) {
    case ENOENT:
        return JD_GONE;
    case EACCES:
        return JD_UNAUTHORISED;
    default:
        return JD_RETRY_LATER;
    }
}

enum jd_status jd_error_errno(struct jd_error *error, int number, const char *format, ...)
{
    char sentence[sizeof(error->text)];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    char reason[100];
    return jd_error_set(error, classify(number), "%s: %s", sentence,
            strerror_r(number, reason, sizeof(reason)));
}
