/**
 * Many allocations, one free. A job, a request, a parsed message each has an arena; what lives
 * in it dies with it. One thread at a time.
 *
 * The one rule for memory that cannot be had: an arena is born with a cap. Beyond the cap
 * (sizes that a stranger chooses) an allocation answers NULL and the caller reports an error;
 * when the machine itself has no memory for a small fixed thing, the process ends with a line
 * on stderr and the supervisor starts it anew.
 */
#ifndef JD_BASE_ARENA_H
#define JD_BASE_ARENA_H

#include <stdarg.h>

#include <jackdaw/types.h>

struct jd_arena;

/** max_bytes: the cap, header bytes included. */
struct jd_arena *jd_arena_create(size_t max_bytes);
/** Takes NULL; clears the pointer. */
void jd_arena_destroy(struct jd_arena **arena);
/** Forgets everything, keeps the first block (at most 64 KiB) for reuse. */
void jd_arena_reset(struct jd_arena *arena);
/** Bytes handed out since birth or reset. */
size_t jd_arena_used(const struct jd_arena *arena);

/** 16-byte aligned, not cleared. NULL beyond the cap. */
void *jd_arena_alloc(struct jd_arena *arena, size_t bytes);
/** Cleared; count * bytes is checked for overflow. NULL beyond the cap. */
void *jd_arena_zalloc(struct jd_arena *arena, size_t count, size_t bytes);
/** A copy that is NUL-terminated behind its end. data NULL beyond the cap (len then 0). */
struct jd_span jd_arena_copy(struct jd_arena *arena, struct jd_span span);
/** As jd_arena_copy, as a C string. NULL beyond the cap. */
char *jd_arena_text(struct jd_arena *arena, struct jd_span span);
/** printf into the arena. data NULL beyond the cap. */
__attribute__((format(printf, 2, 3))) struct jd_span
jd_arena_format(struct jd_arena *arena, const char *format, ...);

/** One cleared struct of `type`. */
#define jd_arena_new(arena, type) ((type *)jd_arena_zalloc((arena), 1, sizeof(type)))

/** Memory for small fixed things outside any arena: never NULL, ends the process instead. */
void *jd_xalloc(size_t bytes);                  // cleared; free() it
char *jd_xstrdup(const char *text);             // free() it
void *jd_xrealloc(void *pointer, size_t bytes); // free() it

#endif
