/* The threads that may wait for storage. */
#include "gateway/store_threads.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"

#define REST_MS 2000 // without a request, before memory is given back

struct store_thread {
    struct jd_store_threads *threads;
    struct jd_db *db;
    pthread_t thread;
    bool running;
};

struct jd_store_threads {
    struct jd_store_threads_options options;
    struct jd_mailbox *mailbox;
    struct store_thread each[JD_STORE_THREADS_MAX];
};

static void *work(void *argument)
{
    struct store_thread *self = argument;
    struct jd_store_threads *threads = self->threads;
    bool worked = false;
    for (;;) {
        struct jd_request *request = jd_mailbox_take(
                threads->mailbox, worked ? jd_clock_monotonic_ms() + REST_MS : INT64_MAX);
        if (!request && !worked) {
            return NULL; // closed
        }
        if (request) {
            threads->options.run(request, self->db);
        } else {
            jd_db_rest(self->db);
        }
        worked = request != NULL;
    }
}

enum jd_status jd_store_threads_start(const struct jd_store_threads_options *options,
        struct jd_store_threads **out_threads,
        struct jd_error *error)
{
    struct jd_store_threads *threads = jd_xalloc(sizeof(*threads));
    threads->options = *options;
    threads->mailbox = jd_mailbox_create(options->waiting_max);
    for (unsigned i = 0; i < options->count && i < JD_STORE_THREADS_MAX; i++) {
        struct store_thread *each = &threads->each[i];
        each->threads = threads;
        char name[16];
        snprintf(name, sizeof(name), "%.12s-%u", options->name, i + 1);
        enum jd_status status = jd_db_open(options->store, &each->db, error);
        if (status == JD_OK) {
            status = jd_thread_start(&each->thread, name, work, each, error);
        }
        if (status != JD_OK) {
            jd_store_threads_stop(&threads);
            return status;
        }
        each->running = true;
    }
    *out_threads = threads;
    return JD_OK;
}

bool jd_store_threads_put(struct jd_store_threads *threads, struct jd_request *request)
{
    return jd_mailbox_put(threads->mailbox, request);
}

void jd_store_threads_stop(struct jd_store_threads **threads)
{
    if (!*threads) {
        return;
    }
    jd_mailbox_close((*threads)->mailbox);
    for (unsigned i = 0; i < JD_STORE_THREADS_MAX; i++) {
        struct store_thread *each = &(*threads)->each[i];
        if (each->running) {
            pthread_join(each->thread, NULL);
        }
        jd_db_close(&each->db);
    }
    jd_mailbox_destroy(&(*threads)->mailbox);
    free(*threads);
    *threads = NULL;
}
