/**
 * Lua patterns under a step budget: what string.find, match, gmatch and gsub of rules run on.
 * Matches what the manual of Lua 5.4 (6.4.1) describes. Pure; any thread.
 */
#ifndef JD_SCRIPT_PATTERN_H
#define JD_SCRIPT_PATTERN_H

#include <jackdaw/types.h>

#define JD_PATTERN_CAPTURES_MAX 32

enum jd_pattern_answer {
    JD_PATTERN_NO = 1,
    JD_PATTERN_YES,
    JD_PATTERN_WRONG, // the pattern is malformed: `wrong` says how
    JD_PATTERN_LIMIT, // the budget is used up, or it nests too deep
};

struct jd_pattern_capture {
    size_t start, len;
    bool is_place; // "()": the position alone
    bool is_open;  // not yet closed; never so after YES
};

/** One search: the caller fills the first three, the rest is written by the matcher. */
struct jd_pattern {
    struct jd_span subject, pattern;
    int64_t *steps; // counted down
    uint32_t captures_count;
    struct jd_pattern_capture captures[JD_PATTERN_CAPTURES_MAX];
    uint32_t depth;
    enum jd_pattern_answer stop; // WRONG or LIMIT once it is so
    const char *wrong;
};

/** Matches the pattern (a leading '^' is the caller's) at `start` exactly. */
enum jd_pattern_answer
jd_pattern_match(struct jd_pattern *search, size_t start, size_t *out_end);

#endif
