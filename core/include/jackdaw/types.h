/**
 * The plain values that cross the border between Jackdaw and its plugins.
 *
 * Every struct that crosses begins with its own size in bytes; members are only ever appended.
 * The receiver reads a member only if `size` covers it (JD_HAS). Times are milliseconds since
 * 1970-01-01T00:00:00Z unless a name says otherwise. Nothing here allocates.
 */
#ifndef JACKDAW_TYPES_H
#define JACKDAW_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** The answer of every fallible call; the program decides by it (jackdaw/error.h). */
enum jd_status {
    JD_OK = 0,       // done
    JD_NONE,         // nothing there: end of data, no such row, nothing due
    JD_CANCELLED,    // the caller asked to stop
    JD_RETRY_LATER,  // a passing fault of the world: lock, network, disk full
    JD_RATE_LIMITED, // as above, not before `after_ms`
    JD_REJECTED,     // the other side understood and refuses: conflict, policy, stale lease
    JD_UNAUTHORISED, // credentials are missing, wrong or expired
    JD_GONE,         // it existed and does not any more
    JD_BAD_INPUT,    // what was given is wrong; asking again unchanged is useless
    JD_BUG,          // our own mistake
};

/** Bytes that belong to somebody else; not NUL-terminated. `data` may be NULL when `len` is 0.
 */
struct jd_span {
    const char *data;
    size_t len;
};

/** The first member of a struct that crosses the border: JD_SIZE(jd_service). */
#define JD_SIZE(type) .size = (uint32_t)sizeof(struct type)

/** Whether the other side's struct is long enough to hold `member`. */
#define JD_HAS(pointer, member)                                                                \
 ((pointer)->size >=                                                                           \
         (uint32_t)((const char *)(&(pointer)->member + 1) - (const char *)(pointer)))

/** A span over a string literal. */
#define JD_SPAN(literal) ((struct jd_span){ "" literal, sizeof(literal) - 1 })

static inline struct jd_span jd_span_of(const char *text)
{
    return (struct jd_span){ text, text ? strlen(text) : 0 };
}

static inline bool jd_span_equal(struct jd_span a, struct jd_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/** Takes bytes piece by piece. The pieces are borrowed until `write` returns. */
struct jd_byte_sink {
    uint32_t size;
    /** Any answer but JD_OK: stop and return it. */
    enum jd_status (*write)(struct jd_byte_sink *sink, struct jd_span bytes);
};

/** What every blocking call into a plugin carries. */
struct jd_call {
    uint32_t size;
    int64_t deadline_ms; // wall clock; the call must have returned by then
    const int32_t
            *cancelled; // non-zero: return JD_CANCELLED soon; may be NULL; read atomically
};

#endif
