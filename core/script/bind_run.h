/**
 * What functions see while a message is looked at: the engine pushes these, the binders make
 * them. All of them are read-only and dead when the message is over.
 */
#ifndef JD_SCRIPT_BIND_RUN_H
#define JD_SCRIPT_BIND_RUN_H

#include "script/due.h"
#include "script/release.h"
#include "script/sentence.h"

/** What task{...} made. */
struct jd_task_value {
    struct jd_span title; // lives in the look's arena
    struct jd_sentence quote;
    bool has_quote, has_due;
    struct jd_due due;
    double confidence;
    uint32_t generation;
};

/** What keep and ask made. */
struct jd_route_value {
    bool ask;
    struct jd_span reason; // lives in the look's arena
    uint32_t generation;
};

void jd_bind_push_mail(lua_State *lua);
void jd_bind_push_sentence(lua_State *lua, const struct jd_sentence *sentence);
void jd_bind_push_verdict(lua_State *lua);
void jd_bind_push_budget(lua_State *lua);
/** NULL when the value is none, or of another message. */
const struct jd_task_value *jd_bind_test_task(lua_State *lua, int index);
const struct jd_route_value *jd_bind_test_route(lua_State *lua, int index);

/** The mail that is looked at; raises an error when there is none. */
struct jd_look *jd_bind_check_look(lua_State *lua);
/** A copy in the look's arena, cut to `bytes_max`; breaks with "output" when it is full. */
struct jd_span jd_bind_copy_output(lua_State *lua, struct jd_span text, size_t bytes_max);
/** Reads the zone once per mail. */
const struct jd_zone *jd_look_zone(struct jd_look *look);

#endif
