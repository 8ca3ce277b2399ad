#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN_BYTES ((size_t)4 * 1024)
#define BLOCK_MAX_BYTES ((size_t)64 * 1024)
#define ALIGN_BYTES     16

struct block {
    struct block *next; // the one filled before
    size_t capacity;    // bytes behind this header
    size_t used;
    size_t padding; // keeps the payload 16-byte aligned
};

_Static_assert(sizeof(struct block) % ALIGN_BYTES == 0, "payload of a block is aligned");

struct jd_arena {
    struct block *newest;
    size_t max_bytes;
    size_t reserved_bytes; // of all blocks, headers included
    size_t used_bytes;     // handed out
};

struct jd_arena *jd_arena_create(size_t max_bytes)
{
    struct jd_arena *arena = jd_xalloc(sizeof(*arena));
    arena->max_bytes = max_bytes;
    return arena;
}

static void free_blocks(struct block *block)
{
    while (block) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

void jd_arena_destroy(struct jd_arena **arena)
{
    if (*arena) {
        free_blocks((*arena)->newest);
        free(*arena);
        *arena = NULL;
    }
}

void jd_arena_reset(struct jd_arena *arena)
{
    struct block *first = NULL;
    while (arena->newest) {
        struct block *block = arena->newest;
        arena->newest = block->next;
        bool keep = block->next == NULL && block->capacity <= BLOCK_MAX_BYTES;
        if (keep) {
            first = block;
        } else {
            free(block);
        }
    }
    if (first) {
        first->used = 0;
    }
    arena->newest = first;
    arena->reserved_bytes = first ? sizeof(*first) + first->capacity : 0;
    arena->used_bytes = 0;
}

size_t jd_arena_used(const struct jd_arena *arena)
{
    return arena->used_bytes;
}

/** Blocks double in size up to a bound; what is larger gets a block of its own. */
static size_t choose_capacity(const struct jd_arena *arena, size_t bytes, size_t room)
{
    size_t capacity = arena->newest ? arena->newest->capacity * 2 : BLOCK_MIN_BYTES;
    if (capacity > BLOCK_MAX_BYTES) {
        capacity = BLOCK_MAX_BYTES;
    }
    if (capacity < bytes) {
        capacity = bytes;
    }
    return capacity < room ? capacity : room;
}

static struct block *add_block(struct jd_arena *arena, size_t bytes)
{
    size_t left = arena->max_bytes - arena->reserved_bytes;
    if (left < sizeof(struct block) || left - sizeof(struct block) < bytes) {
        return NULL;
    }
    size_t capacity = choose_capacity(arena, bytes, left - sizeof(struct block));
    struct block *block = malloc(sizeof(*block) + capacity);
    if (block == NULL) {
        return NULL;
    }
    *block = (struct block){ .next = arena->newest, .capacity = capacity };
    arena->newest = block;
    arena->reserved_bytes += sizeof(*block) + capacity;
    return block;
}

void *jd_arena_alloc(struct jd_arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX - ALIGN_BYTES) {
        return NULL;
    }
    size_t rounded =
            bytes ? (bytes + ALIGN_BYTES - 1) & ~(size_t)(ALIGN_BYTES - 1) : ALIGN_BYTES;
    struct block *block = arena->newest;
    if (block == NULL || block->capacity - block->used < rounded) {
        block = add_block(arena, rounded);
        if (block == NULL) {
            return NULL;
        }
    }
    char *memory = (char *)(block + 1) + block->used;
    block->used += rounded;
    arena->used_bytes += rounded;
    return memory;
}

void *jd_arena_zalloc(struct jd_arena *arena, size_t count, size_t bytes)
{
    size_t total;
    if (__builtin_mul_overflow(count, bytes, &total)) {
        return NULL;
    }
    void *memory = jd_arena_alloc(arena, total);
    return memory ? memset(memory, 0, total) : NULL;
}

char *jd_arena_text(struct jd_arena *arena, struct jd_span span)
{
    if (span.len == SIZE_MAX) {
        return NULL;
    }
    char *text = jd_arena_alloc(arena, span.len + 1);
    if (text) {
        if (span.len) {
            memcpy(text, span.data, span.len);
        }
        text[span.len] = '\0';
    }
    return text;
}

struct jd_span jd_arena_copy(struct jd_arena *arena, struct jd_span span)
{
    char *text = jd_arena_text(arena, span);
    return (struct jd_span){ text, text ? span.len : 0 };
}

struct jd_span jd_arena_format(struct jd_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len >= 0 ? jd_arena_alloc(arena, (size_t)len + 1) : NULL;
    if (text == NULL) {
        return (struct jd_span){ NULL, 0 };
    }
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return (struct jd_span){ text, (size_t)len };
}

static void *must(void *memory)
{
    if (memory == NULL) {
        fputs("jackdaw: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *jd_xalloc(size_t bytes)
{
    return must(calloc(1, bytes ? bytes : 1));
}

char *jd_xstrdup(const char *text)
{
    return must(strdup(text));
}

void *jd_xrealloc(void *pointer, size_t bytes)
{
    return must(realloc(pointer, bytes ? bytes : 1));
}
