/* Open addressing over all lines; each entry knows the lists that have the line. */
#include "script/lists.h"

#include "base/span.h"

struct jd_lists_entry {
    struct jd_span line; // data NULL: free
    uint32_t first, count;
};

static uint64_t hash_of(struct jd_span text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char)jd_ascii_lower(text.data[i])) * UINT64_C(0x100000001b3);
    }
    return hash ^ hash >> 29;
}

/* The entry of the line, or the free one where it would stand. */
static struct jd_lists_entry *find(const struct jd_lists *lists, struct jd_span line)
{
    for (uint64_t at = hash_of(line);; at++) {
        struct jd_lists_entry *entry = &lists->entries[at & (lists->capacity - 1)];
        if (!entry->line.data || jd_span_equal_nocase(entry->line, line)) {
            return entry;
        }
    }
}

static uint32_t count_lines(struct jd_list *const *all, uint32_t count)
{
    uint32_t lines = 0;
    for (uint32_t i = 0; i < count; i++) {
        lines += all[i]->lines_count;
    }
    return lines;
}

/* First how many lists have each line, then where they begin, then which they are. */
static void fill(struct jd_lists *lists, struct jd_list *const *all)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < lists->count; i++) {
        all[i]->index = i;
        for (uint32_t k = 0; k < all[i]->lines_count; k++) {
            struct jd_lists_entry *entry = find(lists, all[i]->lines[k]);
            entry->line = all[i]->lines[k];
            entry->count++;
        }
    }
    for (uint32_t i = 0; i < lists->capacity; i++) {
        lists->entries[i].first = next;
        next += lists->entries[i].count;
        lists->entries[i].count = 0;
    }
    for (uint32_t i = 0; i < lists->count; i++) {
        for (uint32_t k = 0; k < all[i]->lines_count; k++) {
            struct jd_lists_entry *entry = find(lists, all[i]->lines[k]);
            lists->members[entry->first + entry->count++] = i;
        }
    }
}

enum jd_status jd_lists_make(struct jd_lists *lists,
        struct jd_list *const *all,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_error *error)
{
    uint32_t lines = count_lines(all, count);
    *lists = (struct jd_lists){ .capacity = 16, .count = count };
    while (lists->capacity < lines * 2) {
        lists->capacity *= 2;
    }
    lists->entries = jd_arena_zalloc(arena, lists->capacity, sizeof(*lists->entries));
    lists->members = jd_arena_zalloc(arena, (size_t)lines + 1, sizeof(*lists->members));
    if (!lists->entries || !lists->members) {
        return jd_error_set(error, JD_BAD_INPUT, "the release is too large");
    }
    fill(lists, all);
    return JD_OK;
}

struct jd_span jd_domain_of(struct jd_span address)
{
    const char *at = address.len ? memrchr(address.data, '@', address.len) : NULL;
    return at ? jd_span_sub(address, (size_t)(at - address.data) + 1, address.len)
              : jd_span_new("", 0);
}

/* The domain without its first label; empty when there is no further one. */
static struct jd_span parent_domain(struct jd_span domain)
{
    const char *dot = domain.len ? memchr(domain.data, '.', domain.len) : NULL;
    return dot ? jd_span_sub(domain, (size_t)(dot - domain.data) + 1, domain.len)
               : jd_span_new("", 0);
}

static void mark_line(const struct jd_lists *lists, struct jd_span line, uint8_t *marks)
{
    const struct jd_lists_entry *entry = find(lists, line);
    for (uint32_t i = 0; i < entry->count; i++) {
        marks[lists->members[entry->first + i]] = 1;
    }
}

void jd_lists_mark(const struct jd_lists *lists, struct jd_span address, uint8_t *marks)
{
    if (address.len == 0 || lists->count == 0) {
        return;
    }
    mark_line(lists, address, marks);
    for (struct jd_span d = jd_domain_of(address); d.len; d = parent_domain(d)) {
        mark_line(lists, d, marks);
    }
}

static int compare_nocase(struct jd_span a, struct jd_span line)
{
    size_t len = a.len < line.len ? a.len : line.len;
    for (size_t i = 0; i < len; i++) {
        unsigned char x = (unsigned char)jd_ascii_lower(a.data[i]);
        unsigned char y = (unsigned char)line.data[i];
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return a.len < line.len ? -1 : a.len > line.len;
}

static bool has_line(const struct jd_list *list, struct jd_span text)
{
    uint32_t low = 0, high = list->lines_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare_nocase(text, list->lines[middle]);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}

bool jd_list_has(const struct jd_list *list, struct jd_span address)
{
    if (address.len == 0) {
        return false;
    }
    if (has_line(list, address)) {
        return true;
    }
    for (struct jd_span d = jd_domain_of(address); d.len; d = parent_domain(d)) {
        if (has_line(list, d)) {
            return true;
        }
    }
    return false;
}
