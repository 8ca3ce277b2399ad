/* A list that is only ever appended to, with a cap on what is kept. */
#include "host/problems.h"

#include <stdarg.h>

void jd_problems_add(struct jd_problems *problems, const char *where, const char *format, ...)
{
    problems->count++;
    if (problems->count > JD_PROBLEMS_MAX) {
        return;
    }
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    struct jd_problem *problem = jd_arena_new(problems->arena, struct jd_problem);
    if (!problem) {
        return; // still counted: the status is right, and "N more" says there is more
    }
    problem->where = jd_arena_text(problems->arena, jd_span_of(where ? where : ""));
    problem->text = jd_arena_text(problems->arena, jd_span_of(text));
    if (!problem->where || !problem->text) {
        return;
    }
    if (problems->last) {
        problems->last->next = problem;
    } else {
        problems->first = problem;
    }
    problems->last = problem;
}

enum jd_status jd_problems_status(const struct jd_problems *problems, struct jd_error *error)
{
    if (problems->count == 0) {
        return JD_OK;
    }
    const struct jd_problem *first = problems->first;
    if (!first) {
        return jd_error_set(
                error, JD_BAD_INPUT, "%zu problems, too large to show", problems->count);
    }
    const char *colon = first->where[0] ? ": " : "";
    if (problems->count == 1) {
        return jd_error_set(error, JD_BAD_INPUT, "%s%s%s", first->where, colon, first->text);
    }
    return jd_error_set(error, JD_BAD_INPUT, "%.100s%s%.360s (and %zu more)", first->where,
            colon, first->text, problems->count - 1);
}
