/* PCRE2 behind limits, and the words that a pattern cannot match without. */
#include "script/regex.h"

#include <ctype.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/arena.h"
#include "base/span.h"
#include "script/fold.h"

#define HEAP_KIB_MAX    8192
#define LITERAL_MIN     2 // of weight: a single letter is in every text
#define SIGN_WEIGHT     3 // a "$" or "!" is as rare as three letters in a row
#define GROUPS_DEEP_MAX 20

struct jd_regex {
    pcre2_code *code;
};

struct jd_regex_room {
    pcre2_match_data *found;
    pcre2_match_context *limits;
};

struct jd_regex_room *jd_regex_room_create(void)
{
    struct jd_regex_room *room = jd_xalloc(sizeof(*room));
    room->found = pcre2_match_data_create(1, NULL);
    room->limits = pcre2_match_context_create(NULL);
    if (room->found == NULL || room->limits == NULL) {
        jd_regex_room_destroy(&room);
        return NULL;
    }
    pcre2_set_heap_limit(room->limits, HEAP_KIB_MAX);
    return room;
}

void jd_regex_room_destroy(struct jd_regex_room **room)
{
    if (*room == NULL) {
        return;
    }
    pcre2_match_context_free((*room)->limits);
    pcre2_match_data_free((*room)->found);
    free(*room);
    *room = NULL;
}

enum jd_status
jd_regex_compile(struct jd_span pattern, struct jd_regex **out_regex, struct jd_error *error)
{
    if (pattern.len > JD_REGEX_PATTERN_BYTES) {
        return jd_error_set(error, JD_BAD_INPUT,
                "a regular expression has at most %d bytes, this one %zu",
                JD_REGEX_PATTERN_BYTES, pattern.len);
    }
    int number;
    PCRE2_SIZE place;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.len,
            PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &number, &place, NULL);
    if (code == NULL) {
        unsigned char text[200];
        pcre2_get_error_message(number, text, sizeof(text));
        return jd_error_set(error, JD_BAD_INPUT, "regular expression, at byte %zu: %s",
                (size_t)place, (const char *)text);
    }
    struct jd_regex *regex = jd_xalloc(sizeof(*regex));
    regex->code = code;
    *out_regex = regex;
    return JD_OK;
}

void jd_regex_destroy(struct jd_regex **regex)
{
    if (*regex == NULL) {
        return;
    }
    pcre2_code_free((*regex)->code);
    free(*regex);
    *regex = NULL;
}

size_t jd_regex_bytes(const struct jd_regex *regex)
{
    size_t bytes = 0;
    // Fails for no compiled code.
    (void)pcre2_pattern_info(regex->code, PCRE2_INFO_SIZE, &bytes);
    return bytes;
}

uint32_t jd_regex_least(const struct jd_regex *regex)
{
    uint32_t least = 0;
    // As above.
    (void)pcre2_pattern_info(regex->code, PCRE2_INFO_MINLENGTH, &least);
    return least;
}

static char known_unit(const struct jd_regex *regex, uint32_t type_info, uint32_t unit_info)
{
    uint32_t type = 0, unit = 0;
    // Neither fails for compiled code.
    (void)pcre2_pattern_info(regex->code, type_info, &type);
    (void)pcre2_pattern_info(regex->code, unit_info, &unit);
    return type == 1 && unit < 0x80 ? (char)unit : '\0';
}

char jd_regex_first(const struct jd_regex *regex)
{
    return known_unit(regex, PCRE2_INFO_FIRSTCODETYPE, PCRE2_INFO_FIRSTCODEUNIT);
}

char jd_regex_last(const struct jd_regex *regex)
{
    return known_unit(regex, PCRE2_INFO_LASTCODETYPE, PCRE2_INFO_LASTCODEUNIT);
}

/* PCRE2 does not say how many steps a match took, only that it took more than a limit. So the
 * limit is raised rung by rung, and each rung has its price: nearly all matches end on the
 * first. */
static const struct {
    uint32_t limit;
    int64_t price;
} rungs[] = { { 20000, 1000 }, { 200000, 200000 }, { JD_REGEX_STEPS_MAX, JD_REGEX_STEPS_MAX } };

#define RUNGS_COUNT (sizeof(rungs) / sizeof(*rungs))

enum jd_regex_answer jd_regex_match(const struct jd_regex *regex,
        struct jd_regex_room *room,
        struct jd_span text,
        int64_t *steps,
        struct jd_span *out_found)
{
    text = jd_fold_cut(text, JD_REGEX_TEXT_BYTES);
    PCRE2_SPTR subject = (PCRE2_SPTR)(text.data ? text.data : "");
    int count = PCRE2_ERROR_MATCHLIMIT;
    for (size_t i = 0; count == PCRE2_ERROR_MATCHLIMIT && i < RUNGS_COUNT; i++) {
        *steps -= rungs[i].price;
        if (*steps < 0) {
            return JD_REGEX_LIMIT;
        }
        pcre2_set_match_limit(room->limits, rungs[i].limit);
        count = pcre2_match(regex->code, subject, text.len, 0, PCRE2_NO_UTF_CHECK, room->found,
                room->limits);
    }
    if (count == PCRE2_ERROR_NOMATCH) {
        return JD_REGEX_NO;
    }
    if (count < 0) {
        return JD_REGEX_LIMIT;
    }
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(room->found);
    // \K can put the start behind the end.
    *out_found = jd_span_sub(text, at[0], at[1] > at[0] ? at[1] - at[0] : 0);
    return JD_REGEX_YES;
}

/* Reading a pattern. A set holds words of which one must occur; the empty set says nothing. */
struct reader {
    struct jd_span pattern;
    size_t at;
    int depth;
    bool given_up; // syntax that this reader does not follow
};

static bool more(const struct reader *r)
{
    return r->at < r->pattern.len && !r->given_up;
}

static char peek(const struct reader *r, size_t ahead)
{
    return r->at + ahead < r->pattern.len ? r->pattern.data[r->at + ahead] : '\0';
}

static size_t weight_of(const char *text, size_t len)
{
    size_t weight = 0;
    for (size_t i = 0; i < len; i++) {
        weight += isalnum((unsigned char)text[i]) ? 1 : SIGN_WEIGHT;
    }
    return weight;
}

/* A set is worth as much as its weakest word. */
static size_t worth(const struct jd_regex_literals *set)
{
    size_t least = set->count ? SIZE_MAX : 0;
    for (uint32_t i = 0; i < set->count; i++) {
        size_t weight = weight_of(set->text[i], strlen(set->text[i]));
        least = weight < least ? weight : least;
    }
    return least;
}

static void keep_better(struct jd_regex_literals *best, const struct jd_regex_literals *other)
{
    size_t have = worth(best), offered = worth(other);
    if (offered >= LITERAL_MIN && offered > have) {
        *best = *other;
    }
}

static void end_run(struct jd_regex_literals *best, char *run, size_t *run_len)
{
    if (weight_of(run, *run_len) >= LITERAL_MIN) {
        struct jd_regex_literals one = { .count = 1 };
        memcpy(one.text[0], run, *run_len);
        one.text[0][*run_len] = '\0';
        keep_better(best, &one);
    }
    *run_len = 0;
}

/* Steps over a quantifier. Whether what stands before it may be absent; out_once: it is there
 * exactly once. */
static bool skip_quantifier(struct reader *r, bool *out_once)
{
    bool optional = false;
    *out_once = true;
    char c = peek(r, 0);
    if (c == '?' || c == '*' || c == '+') {
        optional = c != '+';
        r->at++;
    } else if (c == '{' && isdigit((unsigned char)peek(r, 1))) {
        const char *p = r->pattern.data + r->at + 1;
        optional = strtol(p, NULL, 10) == 0;
        while (more(r) && peek(r, 0) != '}') {
            r->at++;
        }
        r->at++;
    } else if (c == '{') {
        r->given_up = true; // {,n} is a quantifier in some versions only
        return true;
    } else {
        return false;
    }
    *out_once = false;
    if (peek(r, 0) == '?' || peek(r, 0) == '+') {
        r->at++;
    }
    return optional;
}

static void skip_class(struct reader *r)
{
    r->at++;
    r->at += peek(r, 0) == '^';
    r->at += peek(r, 0) == ']';
    while (more(r) && peek(r, 0) != ']') {
        if (peek(r, 0) == '[' && peek(r, 1) == ':') {
            while (more(r) && !(peek(r, 0) == ':' && peek(r, 1) == ']')) {
                r->at++;
            }
            r->at++;
        } else if (peek(r, 0) == '\\') {
            if (strchr("QE", peek(r, 1))) {
                r->given_up = true;
            }
            r->at++;
        }
        r->at++;
    }
    r->at++;
}

/* An escape outside a class; never part of a run. */
static void skip_escape(struct reader *r)
{
    char c = peek(r, 1);
    if (c == 'p' || c == 'P') {
        r->at += 2;
        if (peek(r, 0) == '{') {
            while (more(r) && peek(r, 0) != '}') {
                r->at++;
            }
        }
        r->at++;
    } else if (strchr("bBsSdDwWnrtRhHvVAzZ", c) || ispunct((unsigned char)c)) {
        r->at += 2;
    } else {
        r->given_up = true;
    }
}

/* The opening of a group. False when it is only flags. */
static bool open_group(struct reader *r)
{
    r->at++;
    if (peek(r, 0) == '*') {
        r->given_up = true;
        return false;
    }
    if (peek(r, 0) != '?') {
        return true;
    }
    r->at++;
    while (strchr("imsnU-", peek(r, 0)) && peek(r, 0)) {
        r->at++;
    }
    if (peek(r, 0) == ':') {
        r->at++;
        return true;
    }
    r->given_up = peek(r, 0) != ')';
    r->at++;
    return false;
}

static struct jd_regex_literals read_choice(struct reader *r);

static void read_group(struct reader *r, struct jd_regex_literals *best)
{
    if (!open_group(r)) {
        return;
    }
    struct jd_regex_literals inner = { 0 };
    if (++r->depth > GROUPS_DEEP_MAX) {
        r->given_up = true;
    } else {
        inner = read_choice(r);
    }
    r->depth--;
    r->at++; // ')'
    bool once;
    if (!skip_quantifier(r, &once) && !r->given_up) {
        keep_better(best, &inner);
    }
}

/* The character that stands for itself at the reader's place; NUL: none. Folding makes another
 * of "`", so that is none. */
static char literal_at(const struct reader *r, size_t *out_used)
{
    char c = peek(r, 0);
    *out_used = 1;
    if (c == '\\' && ispunct((unsigned char)peek(r, 1))) {
        *out_used = 2;
        c = peek(r, 1);
    } else if (c == '\0' || strchr(".^$*+?()[{|\\", c)) {
        return '\0';
    }
    return isgraph((unsigned char)c) && c != '`' ? jd_ascii_lower(c) : '\0';
}

/* Adds one character to the run, as its quantifier allows. */
static void
read_literal(struct reader *r, struct jd_regex_literals *best, char *run, size_t *len)
{
    size_t used;
    char c = literal_at(r, &used);
    r->at += used;
    bool once;
    bool optional = skip_quantifier(r, &once);
    if (!optional && *len < JD_REGEX_LITERAL_BYTES - 1) {
        run[(*len)++] = c;
    }
    if (!once) {
        end_run(best, run, len);
    }
}

static struct jd_regex_literals read_branch(struct reader *r)
{
    struct jd_regex_literals best = { 0 };
    char run[JD_REGEX_LITERAL_BYTES];
    size_t len = 0;
    while (more(r) && peek(r, 0) != '|' && peek(r, 0) != ')') {
        char c = peek(r, 0);
        size_t used;
        if (literal_at(r, &used) && len < JD_REGEX_LITERAL_BYTES - 1) {
            read_literal(r, &best, run, &len);
            continue;
        }
        end_run(&best, run, &len);
        bool once;
        if (c == '(') {
            read_group(r, &best);
            continue;
        } else if (c == '[') {
            skip_class(r);
        } else if (c == '\\') {
            skip_escape(r);
        } else {
            r->at++;
        }
        // Whatever stood there says nothing, once or often.
        (void)skip_quantifier(r, &once);
    }
    end_run(&best, run, &len);
    return best;
}

/* Each branch must bring a set; one without takes all away. */
static struct jd_regex_literals read_choice(struct reader *r)
{
    struct jd_regex_literals all = read_branch(r);
    bool empty = all.count == 0;
    while (more(r) && peek(r, 0) == '|') {
        r->at++;
        struct jd_regex_literals branch = read_branch(r);
        empty = empty || branch.count == 0 || all.count + branch.count > JD_REGEX_LITERALS_MAX;
        for (uint32_t i = 0; !empty && i < branch.count; i++) {
            memcpy(all.text[all.count++], branch.text[i], JD_REGEX_LITERAL_BYTES);
        }
    }
    if (empty) {
        all.count = 0;
    }
    return all;
}

void jd_regex_read_literals(struct jd_span pattern, struct jd_regex_literals *out)
{
    struct reader r = { .pattern = pattern };
    *out = read_choice(&r);
    if (r.given_up || r.at < pattern.len) {
        out->count = 0;
    }
}
