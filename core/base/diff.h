/**
 * What differs between two texts, line by line, as a unified diff with three lines of context
 * (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986). Beyond JD_DIFF_EDITS_MAX
 * edits the part between the first and the last difference is shown as replaced whole, so that
 * time and memory have a bound. Pure; any thread.
 */
#ifndef JD_BASE_DIFF_H
#define JD_BASE_DIFF_H

#include "base/buf.h"

#define JD_DIFF_EDITS_MAX 1000

struct jd_diff_counts {
    uint32_t added, removed; // lines
};

/** Appends the hunks, without file names; nothing when the texts are equal. */
void jd_diff_lines(struct jd_span was,
        struct jd_span now,
        struct jd_buf *out,
        struct jd_diff_counts *out_counts);

#endif
