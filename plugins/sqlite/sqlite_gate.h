/**
 * The write gate: whose turn it is to write, over all processes of one machine.
 *
 * SQLite lets one writer in at a time but keeps no queue: a loser sleeps and tries again, so a
 * busy writer starves a polite one. The gate is that queue, in a small file that all processes
 * map. Interactive writers go before bulk writers, each kind in order of arrival; a bulk writer
 * that has waited for five seconds counts as interactive.
 *
 *     jd_gate_enter(gate, JD_GATE_BULK, 1000, &turn, error);
 *     ... BEGIN IMMEDIATE to COMMIT ...
 *     jd_gate_leave(gate, &turn);
 *
 * It orders and does not protect: SQLite's own locks do. So a process that was killed in its
 * turn costs the others a moment (a waiter sees within 25 ms that it is gone) and never data,
 * and a gate file that is lost costs fairness alone. All processes must see the same process
 * numbers (one PID namespace). Any thread; a turn may end on another thread than it began.
 */
#ifndef JD_SQLITE_GATE_H
#define JD_SQLITE_GATE_H

#include <jackdaw/error.h>

struct jd_gate;

enum jd_gate_kind {
    JD_GATE_INTERACTIVE = 1,
    JD_GATE_BULK,
};

/** A turn that is held; all zero: none. */
struct jd_gate_turn {
    uint32_t slot;
    uint64_t ticket;
};

/** Maps the gate file, making it if missing. The first process that opens it after a restart of
 * the machine clears it. */
enum jd_status
jd_gate_open(const char *file, struct jd_gate **out_gate, struct jd_error *error);
/** Takes NULL; clears the pointer. */
void jd_gate_close(struct jd_gate **gate);

/** Waits for the turn, at most wait_ms. JD_RETRY_LATER: it did not come. */
enum jd_status jd_gate_enter(struct jd_gate *gate,
        enum jd_gate_kind kind,
        int64_t wait_ms,
        struct jd_gate_turn *out_turn,
        struct jd_error *error);
/** Gives the turn to the next and clears `turn`; nothing happens when none is held. */
void jd_gate_leave(struct jd_gate *gate, struct jd_gate_turn *turn);

#endif
