/**
 * All lists of a release in one table: an address is looked up once, with its domain and the
 * domains above it, and what comes back is which lists have it. So a hundred rules about lists
 * cost what one does.
 */
#ifndef JD_SCRIPT_LISTS_H
#define JD_SCRIPT_LISTS_H

#include "base/arena.h"
#include "base/error.h"

/** A list file: sorted, distinct, lower case. */
struct jd_list {
    struct jd_span name;
    struct jd_span *lines;
    uint32_t lines_count;
    uint32_t index; // among the release's, once they are joined
};

/** Made once, read-only then; lives in the arena it was made in. */
struct jd_lists {
    struct jd_lists_entry *entries; // capacity of them, a power of two
    uint32_t *members;              // of entries: indexes of lists
    uint32_t capacity, count;       // count: of lists
};

/** Gives each list its index. JD_BAD_INPUT: the arena is full. */
enum jd_status jd_lists_make(struct jd_lists *lists,
        struct jd_list *const *all,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_error *error);
/** Sets marks[index] of every list that has the address, its domain or one above it. */
void jd_lists_mark(const struct jd_lists *lists, struct jd_span address, uint8_t *marks);
/** What stands behind the last "@"; empty without one. */
struct jd_span jd_domain_of(struct jd_span address);
/** Whether this one has it. */
bool jd_list_has(const struct jd_list *list, struct jd_span address);

#endif
