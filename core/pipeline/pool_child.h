/**
 * What pool.c and pool_child.c share: a child as its pool and its borrower see it. Private to
 * the two.
 */
#ifndef JD_PIPELINE_POOL_CHILD_H
#define JD_PIPELINE_POOL_CHILD_H

#include "base/buf.h"
#include "pipeline/pool.h"
#include "pipeline/zygote.h"

enum jd_child_state {
    JD_CHILD_EMPTY = 0, // no process
    JD_CHILD_STARTING,  // ordered from the zygote
    JD_CHILD_IDLE,
    JD_CHILD_BORROWED,
    JD_CHILD_DYING, // done with, its end not yet reported
};

struct jd_child {
    struct jd_pool *pool;
    uint32_t slot;

    /* guarded by the pool's lock */
    enum jd_child_state state;
    bool interactive; // borrowed for a person
    bool ended;       // reported by the zygote, or gone with it
    int wait_status;  // valid when ended; -1: not known
    int32_t pid;

    /* of the pool's thread while empty or starting, of the borrower while borrowed */
    struct jd_zygote_child link;
    struct jd_shared_slot *blame; // NULL: none free
    struct jd_child_death death;
    bool useful;         // has answered a request
    uint64_t work_bytes; // of all requests
    uint64_t request;    // id of the newest
    uint32_t batch_count;
    const struct jd_child_mail *batch; // during jd_child_parse
    int64_t batch_ms_max, message_ms_max;
    struct jd_buf answer;
    int64_t releases[JD_WIRE_RELEASES_MAX]; // as the child keeps them; 0: free
    uint32_t next_release;
};

/**
 * Kills the child if it still lives, waits for the report of its end and fills child->death.
 *
 * end      what is known already; JD_CHILD_ALIVE: it broke off by itself, its end says why.
 * what     a sentence for the error.
 * Returns  JD_GONE.
 */
enum jd_status jd_child_bury(struct jd_child *child,
        enum jd_child_end end,
        const char *what,
        struct jd_error *error);

/** Tells the child that its batch is done with. False: it could not be told. */
bool jd_child_forget(struct jd_child *child);

#endif
