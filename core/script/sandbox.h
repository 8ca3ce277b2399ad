/**
 * A Lua state that users' text may run in.
 *
 * It holds only what sandbox_*.c offer by name, each with its reason; memory is capped by the
 * allocator; instructions are counted, and what C functions and large allocations do is charged
 * to the same account. A breach of a limit cannot be caught by the script: it ends the call,
 * the sandbox is `dead`, and its owner makes a new one. The wall clock is a crash guard alone.
 *
 *     struct jd_sandbox *box = jd_sandbox_create(owner);
 *     jd_sandbox_begin(box);           // the table of offered names is on the stack
 *     ...add names...                  // lua_setfield(L, -2, name)
 *     jd_sandbox_seal(box);            // from here on it is frozen
 *     jd_sandbox_load(box, path, text, &failure);   // a chunk as a function on the stack
 *     jd_sandbox_call(box, 0, 1, &budget, &failure);
 *
 * One thread at a time. There is no other state than the sandbox's own.
 */
#ifndef JD_SCRIPT_SANDBOX_H
#define JD_SCRIPT_SANDBOX_H

#include <lauxlib.h>
#include <lua.h>

#include "base/error.h"

#define JD_SANDBOX_MEMORY_BYTES (24u << 20)
#define JD_SANDBOX_STRING_BYTES (1u << 20)  // the longest string
#define JD_SANDBOX_SOURCE_BYTES (64u << 10) // the longest chunk
#define JD_SANDBOX_WALL_MS      2000        // crash guard of one call

enum jd_breach {
    JD_BREACH_NONE = 0, // an ordinary error
    JD_BREACH_INSTRUCTIONS,
    JD_BREACH_MEMORY,
    JD_BREACH_TIME,
    JD_BREACH_OUTPUT,
};

/** Why a call or a load failed. */
struct jd_sandbox_failure {
    enum jd_breach breach;
    bool is_source; // the text is no Lua: nothing of it ran
    int line;       // 0: unknown
    char path[256]; // "" when unknown
    char text[512]; // without path and line; no control bytes
};

struct jd_sandbox {
    lua_State *lua;
    void *owner;     // the binders' own
    bool is_running; // a message is looked at; else rules are loaded
    bool dead;       // a limit was broken: only destroy is left
    enum jd_breach breach;
    int64_t left;        // instructions of the call
    int64_t deadline_us; // monotonic
    size_t memory_bytes; // in use
    bool is_exact;       // `used` counts each instruction, not thousands; slow
    int uncounted;       // instructions that are not yet taken off `left`
    int64_t used;        // by the call: instructions and what C functions charged
    size_t peak_bytes;   // of memory during the call
    int breach_line;
    char breach_path[256];
};

/** NULL never: small fixed things. */
struct jd_sandbox *jd_sandbox_create(void *owner);
void jd_sandbox_destroy(struct jd_sandbox **box);
/** Pushes the table of names with the language's own (assert, string, ...). */
void jd_sandbox_begin(struct jd_sandbox *box);
/** Pops the table and makes it what every chunk sees. */
void jd_sandbox_seal(struct jd_sandbox *box);

/** Compiles text (never bytecode) and pushes the chunk. */
bool jd_sandbox_load(struct jd_sandbox *box,
        const char *path,
        struct jd_span text,
        struct jd_sandbox_failure *out_failure);
/**
 * Calls what is on the stack, as lua_call. `budget` instructions are allowed, what is left is
 * written back. False: nothing is pushed and out_failure is filled; look at box->dead.
 * box->used and box->peak_bytes tell what it took.
 */
bool jd_sandbox_call(struct jd_sandbox *box,
        int arguments,
        int results,
        int64_t *budget,
        struct jd_sandbox_failure *out_failure);
/** Pushes what every chunk sees; for chunks that another chunk loads. */
void jd_sandbox_push_environment(lua_State *lua);
/** "runtime", "instructions", "memory", "time", "output". */
const char *jd_breach_name(enum jd_breach breach);

/* For the functions that are offered. */

struct jd_sandbox *jd_sandbox_of(lua_State *lua);
/** Takes `steps` off the running call's account; does not return when it is used up. */
void jd_sandbox_charge(lua_State *lua, int64_t steps);
/** As luaL_error, but nothing catches it. */
int jd_sandbox_break(lua_State *lua, enum jd_breach breach, const char *text);
/** Charges for `bytes` that a C function reads or writes. */
void jd_sandbox_charge_bytes(lua_State *lua, size_t bytes);

/** Why a name of the Lua language is not offered; NULL: it is no such name. */
const char *jd_sandbox_refusal(struct jd_span name);

/** A function that is offered, and why it may be. */
struct jd_sandbox_name {
    const char *name;
    lua_CFunction function;
    const char *reason;
};
/** Sets them in the table on the top. Ends at name NULL. */
void jd_sandbox_offer(lua_State *lua, const struct jd_sandbox_name *names);

/** Each sets its names in the table on the top. */
void jd_sandbox_offer_base(lua_State *lua);   // sandbox_base.c
void jd_sandbox_offer_string(lua_State *lua); // sandbox_string.c
void jd_sandbox_offer_table(lua_State *lua);  // sandbox_table.c

#endif
