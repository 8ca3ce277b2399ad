/* A backtracking matcher in which every step is paid for. */
#include "script/pattern.h"

#include <ctype.h>

#define DEPTH_MAX 200
#define NOWHERE   SIZE_MAX // no match, or `stop` is set

static size_t stop(struct jd_pattern *m, enum jd_pattern_answer answer, const char *wrong)
{
    if (!m->stop) {
        m->stop = answer;
        m->wrong = wrong;
    }
    return NOWHERE;
}

static bool pay(struct jd_pattern *m)
{
    if (--*m->steps < 0) {
        stop(m, JD_PATTERN_LIMIT, NULL);
    }
    return !m->stop;
}

static unsigned char subject_at(const struct jd_pattern *m, size_t s)
{
    return (unsigned char)m->subject.data[s];
}

static char pattern_at(const struct jd_pattern *m, size_t p)
{
    return p < m->pattern.len ? m->pattern.data[p] : '\0';
}

/* The end of the single-character item that begins at p. */
static size_t item_end(struct jd_pattern *m, size_t p)
{
    char c = pattern_at(m, p++);
    if (c == '%') {
        if (p >= m->pattern.len) {
            return stop(m, JD_PATTERN_WRONG, "malformed pattern (ends with '%')");
        }
        return p + 1;
    }
    if (c != '[') {
        return p;
    }
    p += pattern_at(m, p) == '^';
    do {
        if (p >= m->pattern.len) {
            return stop(m, JD_PATTERN_WRONG, "malformed pattern (missing ']')");
        }
        p += pattern_at(m, p) == '%' ? 2 : 1;
    } while (pattern_at(m, p) != ']' || p >= m->pattern.len);
    return p + 1;
}

static bool in_class(unsigned char c, char class)
{
    bool in;
    switch (tolower((unsigned char)class)) {
    case 'a':
        in = isalpha(c);
        break;
    case 'c':
        in = iscntrl(c);
        break;
    case 'd':
        in = isdigit(c);
        break;
    case 'g':
        in = isgraph(c);
        break;
    case 'l':
        in = islower(c);
        break;
    case 'p':
        in = ispunct(c);
        break;
    case 's':
        in = isspace(c);
        break;
    case 'u':
        in = isupper(c);
        break;
    case 'w':
        in = isalnum(c);
        break;
    case 'x':
        in = isxdigit(c);
        break;
    case 'z':
        in = c == 0;
        break;
    default:
        return class == (char)c;
    }
    return isupper((unsigned char)class) ? !in : in;
}

/* p stands on '[', end behind its ']'. */
static bool in_set(const struct jd_pattern *m, unsigned char c, size_t p, size_t end)
{
    bool negated = pattern_at(m, p + 1) == '^';
    p += negated ? 2 : 1;
    end--;
    while (p < end) {
        if (pattern_at(m, p) == '%' && p + 1 < end) {
            if (in_class(c, pattern_at(m, p + 1))) {
                return !negated;
            }
            p += 2;
        } else if (pattern_at(m, p + 1) == '-' && p + 2 < end) {
            if ((unsigned char)pattern_at(m, p) <= c &&
                    c <= (unsigned char)pattern_at(m, p + 2)) {
                return !negated;
            }
            p += 3;
        } else {
            if ((unsigned char)pattern_at(m, p) == c) {
                return !negated;
            }
            p++;
        }
    }
    return negated;
}

static bool matches_item(struct jd_pattern *m, size_t s, size_t p, size_t end)
{
    if (!pay(m) || s >= m->subject.len) {
        return false;
    }
    unsigned char c = subject_at(m, s);
    switch (pattern_at(m, p)) {
    case '.':
        return true;
    case '%':
        return in_class(c, pattern_at(m, p + 1));
    case '[':
        *m->steps -= (int64_t)(end - p) / 8;
        return in_set(m, c, p, end);
    default:
        return (unsigned char)pattern_at(m, p) == c;
    }
}

static size_t match_here(struct jd_pattern *m, size_t s, size_t p);

/* As many as there are, then fewer. */
static size_t match_greedy(struct jd_pattern *m, size_t s, size_t p, size_t end, size_t least)
{
    size_t count = 0;
    while (matches_item(m, s + count, p, end)) {
        count++;
    }
    while (!m->stop && count >= least) {
        size_t found = match_here(m, s + count, end + 1);
        if (found != NOWHERE) {
            return found;
        }
        if (count-- == 0) {
            break;
        }
    }
    return NOWHERE;
}

static size_t match_lazy(struct jd_pattern *m, size_t s, size_t p, size_t end)
{
    while (!m->stop) {
        size_t found = match_here(m, s, end + 1);
        if (found != NOWHERE) {
            return found;
        }
        if (!matches_item(m, s, p, end)) {
            break;
        }
        s++;
    }
    return NOWHERE;
}

/* %bxy at p. The place behind it. */
static size_t match_balance(struct jd_pattern *m, size_t s, size_t p)
{
    if (p + 3 >= m->pattern.len) {
        return stop(m, JD_PATTERN_WRONG, "malformed pattern (missing arguments to '%b')");
    }
    unsigned char open = (unsigned char)pattern_at(m, p + 2);
    unsigned char close = (unsigned char)pattern_at(m, p + 3);
    if (s >= m->subject.len || subject_at(m, s) != open) {
        return NOWHERE;
    }
    size_t depth = 1;
    for (s++; s < m->subject.len && pay(m); s++) {
        if (subject_at(m, s) == close) {
            if (--depth == 0) {
                return s + 1;
            }
        } else if (subject_at(m, s) == open) {
            depth++;
        }
    }
    return NOWHERE;
}

/* %f[set] at p: whether there is a frontier at s; out_p: behind the set. */
static bool at_frontier(struct jd_pattern *m, size_t s, size_t p, size_t *out_p)
{
    if (pattern_at(m, p + 2) != '[') {
        stop(m, JD_PATTERN_WRONG, "missing '[' after '%f' in pattern");
        return false;
    }
    size_t end = item_end(m, p + 2);
    if (m->stop || !pay(m)) {
        return false;
    }
    *out_p = end;
    unsigned char before = s == 0 ? 0 : subject_at(m, s - 1);
    unsigned char here = s < m->subject.len ? subject_at(m, s) : 0;
    return !in_set(m, before, p + 2, end) && in_set(m, here, p + 2, end);
}

/* %1 to %9 at p: the same bytes again. */
static size_t match_again(struct jd_pattern *m, size_t s, size_t p)
{
    size_t index = (size_t)(pattern_at(m, p + 1) - '1');
    if (pattern_at(m, p + 1) == '0' || index >= m->captures_count ||
            m->captures[index].is_open) {
        return stop(m, JD_PATTERN_WRONG, "invalid capture index in pattern");
    }
    const struct jd_pattern_capture *c = &m->captures[index];
    *m->steps -= (int64_t)c->len / 16;
    if (!pay(m) || m->subject.len - s < c->len ||
            memcmp(m->subject.data + c->start, m->subject.data + s, c->len) != 0) {
        return NOWHERE;
    }
    return s + c->len;
}

static size_t open_capture(struct jd_pattern *m, size_t s, size_t p)
{
    bool is_place = pattern_at(m, p + 1) == ')';
    if (m->captures_count == JD_PATTERN_CAPTURES_MAX) {
        return stop(m, JD_PATTERN_WRONG, "too many captures");
    }
    m->captures[m->captures_count++] = (struct jd_pattern_capture){
        .start = s, .is_place = is_place, .is_open = !is_place
    };
    size_t found = match_here(m, s, p + (is_place ? 2 : 1));
    if (found == NOWHERE) {
        m->captures_count--;
    }
    return found;
}

static size_t close_capture(struct jd_pattern *m, size_t s, size_t p)
{
    for (uint32_t i = m->captures_count; i-- > 0;) {
        struct jd_pattern_capture *c = &m->captures[i];
        if (c->is_open) {
            c->is_open = false;
            c->len = s - c->start;
            size_t found = match_here(m, s, p + 1);
            if (found == NOWHERE) {
                c->is_open = true;
            }
            return found;
        }
    }
    return stop(m, JD_PATTERN_WRONG, "invalid pattern capture");
}

/* One item with its suffix. True when it goes on at *s, *p; else the answer is in *out. */
static bool match_single(struct jd_pattern *m, size_t *s, size_t *p, size_t *out)
{
    *out = NOWHERE;
    size_t end = item_end(m, *p);
    if (m->stop) {
        return false;
    }
    switch (pattern_at(m, end)) {
    case '*':
        *out = match_greedy(m, *s, *p, end, 0);
        return false;
    case '+':
        *out = match_greedy(m, *s, *p, end, 1);
        return false;
    case '-':
        *out = match_lazy(m, *s, *p, end);
        return false;
    case '?':
        if (matches_item(m, *s, *p, end)) {
            *out = match_here(m, *s + 1, end + 1);
            if (*out != NOWHERE) {
                return false;
            }
        }
        *p = end + 1;
        return !m->stop;
    default:
        if (!matches_item(m, *s, *p, end)) {
            return false;
        }
        *s += 1;
        *p = end;
        return true;
    }
}

/* An item that begins with '%' and is more than one character. False: it is none such.
 * *s is NOWHERE when it does not match. */
static bool match_special(struct jd_pattern *m, size_t *s, size_t *p)
{
    char kind = pattern_at(m, *p + 1);
    if (kind == 'b') {
        *s = match_balance(m, *s, *p);
        *p += 4;
    } else if (kind == 'f') {
        if (!at_frontier(m, *s, *p, p)) {
            *s = NOWHERE;
        }
    } else if (kind >= '0' && kind <= '9') {
        *s = match_again(m, *s, *p);
        *p += 2;
    } else {
        return false;
    }
    return true;
}

static size_t match_items(struct jd_pattern *m, size_t s, size_t p)
{
    while (p < m->pattern.len && pay(m)) {
        char c = pattern_at(m, p);
        if (c == '(') {
            return open_capture(m, s, p);
        }
        if (c == ')') {
            return close_capture(m, s, p);
        }
        if (c == '$' && p + 1 == m->pattern.len) {
            return s == m->subject.len ? s : NOWHERE;
        }
        if (c == '%' && match_special(m, &s, &p)) {
            if (s == NOWHERE) {
                return NOWHERE;
            }
            continue;
        }
        size_t found;
        if (!match_single(m, &s, &p, &found)) {
            return found;
        }
    }
    return m->stop ? NOWHERE : s;
}

static size_t match_here(struct jd_pattern *m, size_t s, size_t p)
{
    if (m->depth >= DEPTH_MAX) {
        return stop(m, JD_PATTERN_WRONG, "pattern too complex");
    }
    m->depth++;
    size_t found = match_items(m, s, p);
    m->depth--;
    return found;
}

enum jd_pattern_answer
jd_pattern_match(struct jd_pattern *search, size_t start, size_t *out_end)
{
    search->captures_count = 0;
    search->depth = 0;
    search->stop = 0;
    search->wrong = NULL;
    size_t end = match_here(search, start, 0);
    if (search->stop) {
        return search->stop;
    }
    if (end == NOWHERE) {
        return JD_PATTERN_NO;
    }
    for (uint32_t i = 0; i < search->captures_count; i++) {
        if (search->captures[i].is_open) {
            search->wrong = "unfinished capture";
            return JD_PATTERN_WRONG;
        }
    }
    *out_end = end;
    return JD_PATTERN_YES;
}
