/**
 * The one door to PCRE2: regular expressions with limits.
 *
 * Expressions are compiled for UTF-8 with Unicode classes and interpreted (never JIT: its step
 * limit counts differently, and the same mail must give the same answer everywhere). A match
 * stops after JD_REGEX_STEPS_MAX steps and says so. A match works in a room, which keeps what
 * it grew to (8 MiB at most): so all expressions share one. An expression is only read, by any
 * thread; one thread at a time per room.
 */
#ifndef JD_SCRIPT_REGEX_H
#define JD_SCRIPT_REGEX_H

#include "base/error.h"

#define JD_REGEX_PATTERN_BYTES 2000
#define JD_REGEX_LEAST_MAX     65535
#define JD_REGEX_TEXT_BYTES    (128 * 1024) // more of a text is not looked at
#define JD_REGEX_STEPS_MAX     1000000      // of one match
#define JD_REGEX_MAIL_STEPS    6000000      // of all matches over one mail

enum jd_regex_answer {
    JD_REGEX_NO = 1,
    JD_REGEX_YES,
    JD_REGEX_LIMIT
};

struct jd_regex;
struct jd_regex_room;

/** NULL without memory. */
struct jd_regex_room *jd_regex_room_create(void);
void jd_regex_room_destroy(struct jd_regex_room **room);

/** JD_BAD_INPUT with PCRE2's sentence and the place in the pattern. */
enum jd_status
jd_regex_compile(struct jd_span pattern, struct jd_regex **out_regex, struct jd_error *error);
void jd_regex_destroy(struct jd_regex **regex);
/** Memory of the compiled expression: a pattern of 2,000 bytes can make thirty times as many.
 */
size_t jd_regex_bytes(const struct jd_regex *regex);
/** Characters that a text must have to match, at least; JD_REGEX_LEAST_MAX stands for any more.
 */
uint32_t jd_regex_least(const struct jd_regex *regex);
/** The byte that each match begins with, and the last one that it cannot do without; 0: none.
 */
char jd_regex_first(const struct jd_regex *regex);
char jd_regex_last(const struct jd_regex *regex);
/**
 * `text` is valid UTF-8. `steps` is the account: what the match took is counted down, roughly;
 * LIMIT when the match takes too many or the account is used up. out_found is set on YES.
 */
enum jd_regex_answer jd_regex_match(const struct jd_regex *regex,
        struct jd_regex_room *room,
        struct jd_span text,
        int64_t *steps,
        struct jd_span *out_found);

#define JD_REGEX_LITERALS_MAX  24
#define JD_REGEX_LITERAL_BYTES 32

/** Pieces (ASCII, without white space, lower case) of which one is in every text that matches,
 * folded or not. */
struct jd_regex_literals {
    uint32_t count; // 0: none can be told
    char text[JD_REGEX_LITERALS_MAX][JD_REGEX_LITERAL_BYTES];
};
/** Reads them off a pattern that compiles; what it does not understand counts as none. */
void jd_regex_read_literals(struct jd_span pattern, struct jd_regex_literals *out);

#endif
