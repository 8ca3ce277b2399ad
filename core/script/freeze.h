/**
 * Making Lua values unchangeable, and proving that they did not change.
 *
 * A frozen table is an empty table in front of the real one: reads go through, writes are
 * errors, and nothing that is offered writes past it. Functions are frozen by freezing what
 * they have captured; a captured scalar can still be assigned, so a watch remembers the
 * captured values of a function and of all that it can call, and puts them back.
 */
#ifndef JD_SCRIPT_FREEZE_H
#define JD_SCRIPT_FREEZE_H

#include <lauxlib.h>
#include <lua.h>

#include "base/error.h"

/** Replaces the value on the top by its frozen self; raises a Lua error for what cannot be
 * frozen (an iterator, nesting over 32). */
void jd_freeze(lua_State *lua);
/** Whether the value is a frozen table. */
bool jd_freeze_is(lua_State *lua, int index);
/** Pushes the real table of a frozen one, or the table itself. For reading alone. */
void jd_freeze_push_real(lua_State *lua, int index);

/** A captured variable that may be assigned. */
struct jd_watch_slot {
    int function; // reference of a closure that has it
    int index;    // its number there
};

struct jd_watch {
    struct jd_watch_slot *slots;
    uint32_t slots_count;
    int values; // reference of a table: slot number to value
};

/** Remembers the captured values of the frozen function at `index`. Raises Lua errors; what was
 * made until then is in `out_watch` and is freed by finish. */
void jd_watch_init(lua_State *lua, int index, struct jd_watch *out_watch);
/** Frees the memory; the references die with the state. */
void jd_watch_finish(struct jd_watch *watch);
/** Puts back what changed. False when something had; out_name is the variable's name. */
bool jd_watch_restore(lua_State *lua, const struct jd_watch *watch, char out_name[64]);

#endif
