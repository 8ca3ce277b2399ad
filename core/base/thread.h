/**
 * Threads, and mailboxes between them. A mailbox is a bounded queue of pointers with a wake-up
 * descriptor, so that a thread may wait for mail and for sockets in one poll(2).
 */
#ifndef JD_BASE_THREAD_H
#define JD_BASE_THREAD_H

#include <pthread.h>

#include "base/error.h"

/** Starts a thread named `name` (15 bytes) with signals blocked. */
enum jd_status jd_thread_start(pthread_t *out_thread,
        const char *name,
        void *(*run)(void *),
        void *argument,
        struct jd_error *error);

struct jd_mailbox;

struct jd_mailbox *jd_mailbox_create(size_t capacity);
/** What is still inside is the caller's concern: drain first. */
void jd_mailbox_destroy(struct jd_mailbox **mailbox);
/** False when full or closed. Any thread. */
bool jd_mailbox_put(struct jd_mailbox *mailbox, void *item);
/** Waits until `deadline_ms` (monotonic; 0: never waits; INT64_MAX: for ever). NULL: nothing
 * came, or closed and empty. Any thread. */
void *jd_mailbox_take(struct jd_mailbox *mailbox, int64_t deadline_ms);
/** Nobody may put any more; takers wake. */
void jd_mailbox_close(struct jd_mailbox *mailbox);
size_t jd_mailbox_count(struct jd_mailbox *mailbox);
/** For poll(2) only: readable while there is mail or the mailbox is closed. The mailbox's own,
 * made at the first call; -1 when the process has no descriptor left. */
int jd_mailbox_descriptor(struct jd_mailbox *mailbox);

#endif
