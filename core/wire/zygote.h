/**
 * What a worker's pool and its zygote say to each other, and how a child shows its progress.
 *
 * The zygote is `jackdaw compute-zygote`, started with the control socket as descriptor 3 and
 * the log pipe as descriptor 2. The control socket is a SOCK_SEQPACKET pair: each message is
 * one struct below, whole. The zygote says READY once; then the pool asks and the zygote
 * reports. When the control socket closes, the zygote ends and its children with it.
 */
#ifndef JD_WIRE_ZYGOTE_H
#define JD_WIRE_ZYGOTE_H

#include <stdatomic.h>
#include <stdint.h>

#define JD_COMPUTE_LIBRARY "jackdaw-compute.so"
#define JD_COMPUTE_ENTRY   "jd_compute_main" // int (void): the exit status
#define JD_COMPUTE_FD      3 // the zygote's control socket; in a child, its socket to the worker
#define JD_COMPUTE_LOG_FD  2 // write-only log pipe
#define JD_COMPUTE_SLOTS   32

enum jd_zygote_kind {
    JD_ZYGOTE_FORK = 1, // pool: a child for `slot`; carries two descriptors by SCM_RIGHTS: its
                        // socket, and the memfd of its progress page
    JD_ZYGOTE_KILL,     // pool: SIGKILL to the child of `slot`
    JD_ZYGOTE_READY,    // zygote: `value` 0: it takes orders; else it ends, `text` says why
    JD_ZYGOTE_FORKED,   // zygote: `value` 0: the child is `pid`; else errno
    JD_ZYGOTE_ENDED,    // zygote: the child of `slot` ended, `value` is its wait status
};

struct jd_zygote_message {
    uint32_t kind;
    uint32_t slot; // 0 to JD_COMPUTE_SLOTS - 1
    int32_t pid;
    int32_t value;
    uint64_t memory_bytes_max; // FORK: data segment of the child
    char text[256];            // READY: NUL-terminated
};

/**
 * A child's progress page, shared by the child and the worker alone, so that a child can lie
 * about nothing but itself. The word is the request's id (low 32 bits) in the upper half and
 * the index of the message in progress + 1 in the lower; the lower half is 0 between messages.
 */
struct jd_progress {
    _Atomic uint64_t word;
};

static inline uint64_t jd_progress_word(uint64_t request, uint32_t index)
{
    return request << 32 | ((uint64_t)index + 1);
}

/** The index within request `request` of `count` messages; -1: none, or not a word of it. */
static inline int64_t jd_progress_index(uint64_t word, uint64_t request, uint32_t count)
{
    uint32_t place = (uint32_t)word;
    if (word >> 32 != (request & UINT32_MAX) || place == 0 || place > count) {
        return -1;
    }
    return (int64_t)place - 1;
}

#endif
