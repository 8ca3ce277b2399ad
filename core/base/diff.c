/* Line by line differences of two texts. */
#include "base/diff.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/span.h"

#define CONTEXT 3

struct side {
    struct jd_span *lines; // with their newline, but perhaps the last
    bool *edited;          // removed, or added
    size_t count;
};

struct diff {
    struct side was, now;
    size_t first;            // lines that both begin with
    size_t was_end, now_end; // behind the last line that is not common to both ends
};

static struct side split_lines(struct jd_span text)
{
    struct side side = { 0 };
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++) {
        count += text.data[i] == '\n';
    }
    side.lines = jd_xalloc(count * sizeof(*side.lines));
    side.edited = jd_xalloc(count * sizeof(*side.edited));
    for (size_t at = 0; at < text.len;) {
        const char *newline = memchr(text.data + at, '\n', text.len - at);
        size_t len = newline ? (size_t)(newline + 1 - (text.data + at)) : text.len - at;
        side.lines[side.count++] = jd_span_sub(text, at, len);
        at += len;
    }
    return side;
}

static bool same(const struct diff *diff, size_t was, size_t now)
{
    return jd_span_equal(diff->was.lines[was], diff->now.lines[now]);
}

static void trim(struct diff *diff)
{
    size_t was = diff->was.count, now = diff->now.count;
    while (diff->first < was && diff->first < now && same(diff, diff->first, diff->first)) {
        diff->first++;
    }
    while (was > diff->first && now > diff->first && same(diff, was - 1, now - 1)) {
        was--;
        now--;
    }
    diff->was_end = was;
    diff->now_end = now;
}

/* How far each diagonal k = x - y was reached with d edits; row d has 2d+1 places. */
struct rounds {
    int *rows[JD_DIFF_EDITS_MAX + 1];
};

static int reached(const struct rounds *rounds, int d, int k)
{
    return rounds->rows[d][k + d];
}

/* Whether diagonal k of round d is best reached by a line that was added (from k + 1). */
static bool comes_down(const struct rounds *rounds, int d, int k)
{
    return k == -d || (k != d && reached(rounds, d - 1, k - 1) < reached(rounds, d - 1, k + 1));
}

/* One round more; true when both ends are reached. */
static bool advance(const struct diff *diff, struct rounds *rounds, int d)
{
    int n = (int)(diff->was_end - diff->first), m = (int)(diff->now_end - diff->first);
    rounds->rows[d] = jd_xalloc((size_t)(2 * d + 1) * sizeof(int));
    for (int k = -d; k <= d; k += 2) {
        int x = 0;
        if (d > 0) {
            x = comes_down(rounds, d, k) ? reached(rounds, d - 1, k + 1)
                                         : reached(rounds, d - 1, k - 1) + 1;
        }
        int y = x - k;
        while (x < n && y >= 0 && y < m &&
                same(diff, diff->first + (size_t)x, diff->first + (size_t)y)) {
            x++;
            y++;
        }
        rounds->rows[d][k + d] = x;
        if (x >= n && y >= m) {
            return true;
        }
    }
    return false;
}

/* Back from the end, one edit each round. */
static void mark(struct diff *diff, const struct rounds *rounds, int d)
{
    int x = (int)(diff->was_end - diff->first), y = (int)(diff->now_end - diff->first);
    for (; d > 0; d--) {
        int k = x - y;
        bool down = comes_down(rounds, d, k);
        int from = down ? k + 1 : k - 1;
        x = reached(rounds, d - 1, from);
        y = x - from;
        if (down) {
            diff->now.edited[diff->first + (size_t)y] = true;
        } else {
            diff->was.edited[diff->first + (size_t)x] = true;
        }
    }
}

static void mark_all(struct diff *diff)
{
    for (size_t i = diff->first; i < diff->was_end; i++) {
        diff->was.edited[i] = true;
    }
    for (size_t i = diff->first; i < diff->now_end; i++) {
        diff->now.edited[i] = true;
    }
}

static void compare(struct diff *diff)
{
    struct rounds *rounds = jd_xalloc(sizeof(*rounds));
    bool found = false;
    int d = -1;
    while (!found && d < JD_DIFF_EDITS_MAX) {
        found = advance(diff, rounds, ++d);
    }
    if (found) {
        mark(diff, rounds, d);
    } else {
        mark_all(diff);
    }
    for (int i = 0; i <= d; i++) {
        free(rounds->rows[i]);
    }
    free(rounds);
}

static void add_line(struct jd_buf *out, char sign, struct jd_span line)
{
    jd_buf_char(out, sign);
    jd_buf_add(out, line);
    if (!jd_span_ends(line, JD_SPAN("\n"))) {
        jd_buf_text(out, "\n\\ No newline at end of file\n");
    }
}

/* A place in both texts; lines before it are told. */
struct place {
    size_t was, now;
};

static bool is_edited(const struct diff *diff, struct place at)
{
    return (at.was < diff->was.count && diff->was.edited[at.was]) ||
           (at.now < diff->now.count && diff->now.edited[at.now]);
}

/* Behind the edits that begin here. */
static struct place skip_edits(const struct diff *diff, struct place at)
{
    while (at.was < diff->was.count && diff->was.edited[at.was]) {
        at.was++;
    }
    while (at.now < diff->now.count && diff->now.edited[at.now]) {
        at.now++;
    }
    return at;
}

/* Where the hunk ends whose first edit is at `at`: behind its context, which takes in edits
 * that are near. */
static struct place find_end(const struct diff *diff, struct place at)
{
    struct place end = skip_edits(diff, at);
    size_t quiet = 0; // lines since the last edit
    at = end;
    while (at.was < diff->was.count && quiet < (size_t)2 * CONTEXT) {
        at.was++;
        at.now++;
        quiet++;
        if (is_edited(diff, at)) {
            at = end = skip_edits(diff, at);
            quiet = 0;
        }
    }
    for (int i = 0; i < CONTEXT && end.was < diff->was.count; i++) {
        end.was++;
        end.now++;
    }
    return end;
}

/* A range of no lines is named by the line before it. */
static void add_range(struct jd_buf *out, char sign, size_t first, size_t count)
{
    jd_buf_format(out, "%c%zu,%zu ", sign, count ? first + 1 : first, count);
}

static void add_hunk(const struct diff *diff,
        struct place at,
        struct place end,
        struct jd_buf *out,
        struct jd_diff_counts *counts)
{
    jd_buf_text(out, "@@ ");
    add_range(out, '-', at.was, end.was - at.was);
    add_range(out, '+', at.now, end.now - at.now);
    jd_buf_text(out, "@@\n");
    while (at.was < end.was || at.now < end.now) {
        if (at.was < end.was && diff->was.edited[at.was]) {
            add_line(out, '-', diff->was.lines[at.was++]);
            counts->removed++;
        } else if (at.now < end.now && diff->now.edited[at.now]) {
            add_line(out, '+', diff->now.lines[at.now++]);
            counts->added++;
        } else {
            add_line(out, ' ', diff->was.lines[at.was++]);
            at.now++;
        }
    }
}

static void
write_hunks(const struct diff *diff, struct jd_buf *out, struct jd_diff_counts *counts)
{
    struct place at = { 0, 0 };
    while (at.was < diff->was.count || at.now < diff->now.count) {
        if (!is_edited(diff, at)) {
            at.was++;
            at.now++;
            continue;
        }
        size_t context = at.was < CONTEXT ? at.was : CONTEXT;
        struct place begin = { at.was - context, at.now - context };
        struct place end = find_end(diff, at);
        add_hunk(diff, begin, end, out, counts);
        at = end;
    }
}

void jd_diff_lines(struct jd_span was,
        struct jd_span now,
        struct jd_buf *out,
        struct jd_diff_counts *out_counts)
{
    struct diff diff = { .was = split_lines(was), .now = split_lines(now) };
    *out_counts = (struct jd_diff_counts){ 0, 0 };
    trim(&diff);
    compare(&diff);
    write_hunks(&diff, out, out_counts);
    free(diff.was.lines);
    free(diff.was.edited);
    free(diff.now.lines);
    free(diff.now.edited);
}
