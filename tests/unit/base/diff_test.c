/* Differences between two texts: known hunks, and that applying them gives the other text. */
#include "base/diff.h"

#include <stdlib.h>

#include "base/span.h"
#include "jd_test.h"

TEST(hunks_are_as_diff_u_writes_them)
{
    const struct {
        const char *was, *now, *hunks;
    } cases[] = {
        { "", "", "" },
        { "a\nb\n", "a\nb\n", "" },
        { "", "a\n", "@@ -0,0 +1,1 @@\n+a\n" },
        { "a\n", "", "@@ -1,1 +0,0 @@\n-a\n" },
        { "a\nb\nc\n", "a\nx\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n" },
        { "a\n", "a", "@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n" },
        { "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\n6\n7\n8\n9\n0\n",
                "@@ -7,3 +7,4 @@\n 7\n 8\n 9\n+0\n" },
        { "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
                "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n" },
        { "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
                "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_buf out = jd_buf_init(4096);
        struct jd_diff_counts counts;
        jd_diff_lines(jd_span_of(cases[i].was), jd_span_of(cases[i].now), &out, &counts);
        CHECK_TEXT(jd_buf_span(&out), cases[i].hunks);
        jd_buf_finish(&out);
    }
}

/* Takes a line with its newline off the front. */
static struct jd_span take_line(struct jd_span *rest)
{
    const char *newline = memchr(rest->data, '\n', rest->len);
    size_t len = newline ? (size_t)(newline + 1 - rest->data) : rest->len;
    struct jd_span line = jd_span_sub(*rest, 0, len);
    *rest = jd_span_sub(*rest, len, rest->len - len);
    return line;
}

/* `was` with the hunks applied. */
static void apply(struct jd_span was, struct jd_span hunks, struct jd_buf *out)
{
    long at = 1;
    while (hunks.len) {
        struct jd_span line = take_line(&hunks);
        if (line.data[0] == '@') {
            char *rest;
            long begin = strtol(line.data + 4, &rest, 10);
            begin += strtol(rest + 1, NULL, 10) == 0; // named by the line before it
            for (; at < begin; at++) {
                jd_buf_add(out, take_line(&was));
            }
        } else if (line.data[0] == '+') {
            jd_buf_add(out, jd_span_sub(line, 1, line.len - 1));
        } else {
            struct jd_span kept = take_line(&was);
            CHECK_SPAN(jd_span_sub(line, 1, line.len - 1), kept);
            at++;
            if (line.data[0] == ' ') {
                jd_buf_add(out, kept);
            }
        }
    }
    jd_buf_add(out, was);
}

static void random_text(struct jd_buf *out, int lines, int words)
{
    for (int i = 0; i < lines; i++) {
        jd_buf_format(out, "line %d\n", rand() % words);
    }
}

TEST(hunks_lead_from_one_text_to_the_other)
{
    srand(7);
    for (int i = 0; i < 400; i++) {
        int lines =
                i < 398 ? i % 40 : 1200; // the last ones have more edits than are looked for
        struct jd_buf was = jd_buf_init(1 << 20), now = jd_buf_init(1 << 20),
                      hunks = jd_buf_init(1 << 20), made = jd_buf_init(1 << 20);
        struct jd_diff_counts counts;
        random_text(&was, lines, 1 + lines);
        random_text(&now, rand() % (lines + 1), 1 + lines);
        jd_diff_lines(jd_buf_span(&was), jd_buf_span(&now), &hunks, &counts);
        apply(jd_buf_span(&was), jd_buf_span(&hunks), &made);
        CHECK_SPAN(jd_buf_span(&made), jd_buf_span(&now));
        jd_buf_finish(&was);
        jd_buf_finish(&now);
        jd_buf_finish(&hunks);
        jd_buf_finish(&made);
    }
}

int main(void)
{
    RUN(hunks_are_as_diff_u_writes_them);
    RUN(hunks_lead_from_one_text_to_the_other);
    return REPORT();
}
