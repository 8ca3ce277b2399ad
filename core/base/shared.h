/**
 * The page that all processes of one node share: metrics, blame and stream positions.
 *
 * The supervisor makes it (a memfd) before it starts a role; a role maps it from the descriptor
 * it inherits. Every word is atomic, no lock: a process may die at any instruction. Losing the
 * page loses counts and hints, never truth.
 */
#ifndef JD_BASE_SHARED_H
#define JD_BASE_SHARED_H

#include <stdatomic.h>

#include "base/error.h"

#define JD_SHARED_SLOTS   64  // units of work that can be in flight on a node
#define JD_SHARED_STREAMS 512 // stream positions remembered; more fall back to storage
#define JD_SHARED_METRICS 512 // distinct metric series

/** What one slot of one process is working on, so that a death can be blamed. */
struct jd_shared_slot {
    _Atomic int32_t pid; // process that does the work: a worker or a compute child; 0: free
    _Atomic int32_t owner_pid; // the worker that holds the job
    _Atomic int64_t job;       // 0: none
    _Atomic int64_t item;      // message being looked at; 0: none yet
    _Atomic int32_t signal;    // set by who reaped it: the signal that ended `pid`; 0: none
    _Atomic int32_t state;     // enum jd_shared_slot_state
};

enum jd_shared_slot_state {
    JD_SLOT_FREE = 0,
    JD_SLOT_WORKING,
    JD_SLOT_DIED
};

struct jd_shared_stream {
    _Atomic int64_t key; // jd_hash63 of the stream's name; 0: free
    _Atomic int64_t epoch;
    _Atomic int64_t seq; // of the newest commit; only grows within an epoch
};

struct jd_shared_metric {
    char series[120];      // name and labels as Prometheus writes them
    _Atomic int32_t ready; // 0: free, 1: being named, 2: ready
    _Atomic int64_t value;
};

struct jd_shared {
    uint64_t magic;
    _Atomic int32_t draining; // the supervisor is stopping
    struct jd_shared_slot slots[JD_SHARED_SLOTS];
    struct jd_shared_stream streams[JD_SHARED_STREAMS];
    struct jd_shared_metric metrics[JD_SHARED_METRICS];
};

/** Gives a memfd of sealed size and its mapping. Supervisor and tests. The descriptor closes on
 * exec: the supervisor clears that flag in the child it is about to become. */
enum jd_status
jd_shared_create(int *out_fd, struct jd_shared **out_shared, struct jd_error *error);
/** Maps an inherited descriptor and closes it. */
enum jd_status jd_shared_open(int fd, struct jd_shared **out_shared, struct jd_error *error);

/** Takes a free slot for the work of `pid` on behalf of `owner_pid` and marks it as working;
 * job and item are the caller's to fill. NULL: all are taken. Any thread. */
struct jd_shared_slot *
jd_shared_slot_claim(struct jd_shared *shared, int32_t pid, int32_t owner_pid);
/** Clears the slot and gives it back. */
void jd_shared_slot_free(struct jd_shared_slot *slot);

/** Remembers that stream `name` stands at (epoch, seq); older news is ignored. Any thread. */
void jd_shared_stream_set(struct jd_shared *shared,
        struct jd_span name,
        int64_t epoch,
        int64_t seq);
/** False: not known here, ask storage. */
bool jd_shared_stream_get(const struct jd_shared *shared,
        struct jd_span name,
        int64_t *out_epoch,
        int64_t *out_seq);

#endif
