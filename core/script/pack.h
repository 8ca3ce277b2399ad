/**
 * A pack: its manifest pack.lua, as the release keeps it. See `Pack` in rules/jackdaw.d.lua.
 */
#ifndef JD_SCRIPT_PACK_H
#define JD_SCRIPT_PACK_H

#include <lua.h>

#include "script/condition.h"

struct jd_release;

struct jd_pack_tune {
    struct jd_span id; // "pack/rule/evidence"
    double weight;
};

/** Rising points of score to confidence. */
struct jd_confidence_map {
    uint32_t count;
    struct {
        double score, confidence;
    } points[64];
};

struct jd_pack {
    struct jd_span name, extends; // extends: empty if none
    struct jd_span path;          // of pack.lua
    int64_t version;
    uint32_t depth; // 0: nobody extends it
    struct jd_list *lists;
    uint32_t lists_count;
    struct jd_pack_tune *tune;
    uint32_t tune_count;
    struct jd_span *off;
    uint32_t off_count;
    struct jd_confidence_map *map; // may be NULL
};

/** Reads the manifest on the top of the stack. Raises a Lua error with a sentence. */
void jd_pack_read(lua_State *lua,
        struct jd_release *release,
        struct jd_span path,
        struct jd_pack *out);
/** NULL when the pack has no list of that name. */
const struct jd_list *jd_pack_list(const struct jd_pack *pack, struct jd_span name);

#endif
