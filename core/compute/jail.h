/**
 * The walls around the zygote and its children: capabilities, limits, system calls.
 *
 * Everything that is not named as needed answers EPERM; nothing here can be undone by the
 * process that called it. One thread.
 */
#ifndef JD_COMPUTE_JAIL_H
#define JD_COMPUTE_JAIL_H

#include "base/error.h"

/** For the zygote, after all libraries and charsets are loaded: it may still fork, wait, pass
 * descriptors and build the tighter walls of its children. */
enum jd_status jd_jail_enter_zygote(struct jd_error *error);

/** For a child whose descriptors are already the two it keeps: it may compute, and read and
 * write what it has. memory_bytes_max: its data segment. */
enum jd_status jd_jail_enter_child(uint64_t memory_bytes_max, struct jd_error *error);

#endif
