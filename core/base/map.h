/** A map from bytes to pointers (open addressing). Keys are copied. One thread at a time. */
#ifndef JD_BASE_MAP_H
#define JD_BASE_MAP_H

#include <jackdaw/types.h>

struct jd_map;

struct jd_map *jd_map_create(void);
/** Takes NULL; clears the pointer. Values are the caller's. */
void jd_map_destroy(struct jd_map **map);
/** NULL when not there. */
void *jd_map_get(const struct jd_map *map, struct jd_span key);
/** Sets and returns what was there before (NULL: nothing). `value` is not NULL. */
void *jd_map_set(struct jd_map *map, struct jd_span key, void *value);
/** Takes it out and returns it; NULL when not there. */
void *jd_map_remove(struct jd_map *map, struct jd_span key);
size_t jd_map_count(const struct jd_map *map);
/** Walks in no order: start with *cursor = 0; false at the end. Removing the current entry is
 * allowed, adding is not. */
bool jd_map_next(const struct jd_map *map,
        size_t *cursor,
        struct jd_span *out_key,
        void **out_value);

#endif
