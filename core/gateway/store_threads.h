/**
 * The threads that may wait for storage: each has a database connection of its own and takes
 * requests from one bounded mailbox. Started twice: for requests, and a single one for
 * sign-ins, so that hashing passwords never holds up those who are signed in.
 */
#ifndef JD_GATEWAY_STORE_THREADS_H
#define JD_GATEWAY_STORE_THREADS_H

#include "store/db.h"

#define JD_STORE_THREADS_MAX 16

struct jd_request;
struct jd_store_threads;

struct jd_store_threads_options {
    struct jd_store *store;
    const char *name; // of the threads, at most 12 bytes
    unsigned count;   // 1 to JD_STORE_THREADS_MAX
    size_t waiting_max;
    /** Store thread: answers the request and gives it back. */
    void (*run)(struct jd_request *request, struct jd_db *db);
};

enum jd_status jd_store_threads_start(const struct jd_store_threads_options *options,
        struct jd_store_threads **out_threads,
        struct jd_error *error);
/** Any thread, never blocks. False: too many are waiting, or stopping. */
bool jd_store_threads_put(struct jd_store_threads *threads, struct jd_request *request);
/** Finishes what was put, then ends the threads. */
void jd_store_threads_stop(struct jd_store_threads **threads);

#endif
