#include "base/thread.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"

#define NAME_BYTES 16 // the kernel's limit, NUL included

struct start {
    void *(*run)(void *);
    void *argument;
    char name[NAME_BYTES];
};

static void *begin(void *argument)
{
    struct start start = *(struct start *)argument;
    free(argument);
    pthread_setname_np(pthread_self(), start.name);
    return start.run(start.argument);
}

enum jd_status jd_thread_start(pthread_t *out_thread,
        const char *name,
        void *(*run)(void *),
        void *argument,
        struct jd_error *error)
{
    struct start *start = jd_xalloc(sizeof(*start));
    start->run = run;
    start->argument = argument;
    snprintf(start->name, sizeof(start->name), "%s", name);
    // A thread inherits the mask of its maker; signals are for the main thread alone.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int number = pthread_create(out_thread, NULL, begin, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (number) {
        free(start);
        return jd_error_errno(error, number, "cannot start the thread %s", name);
    }
    return JD_OK;
}

struct jd_mailbox {
    pthread_mutex_t lock;
    pthread_cond_t changed; // something came, or closed
    size_t capacity;
    size_t first, count; // guarded by lock, as all below
    bool closed;
    int descriptor; // -1: nobody asked for it
    void *items[];  // a ring
};

struct jd_mailbox *jd_mailbox_create(size_t capacity)
{
    struct jd_mailbox *mailbox = jd_xalloc(sizeof(*mailbox) + capacity * sizeof(void *));
    mailbox->capacity = capacity;
    mailbox->descriptor = -1;
    pthread_mutex_init(&mailbox->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC); // the clock of the deadlines
    pthread_cond_init(&mailbox->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return mailbox;
}

void jd_mailbox_destroy(struct jd_mailbox **mailbox)
{
    if (*mailbox == NULL) {
        return;
    }
    if ((*mailbox)->descriptor >= 0) {
        close((*mailbox)->descriptor);
    }
    pthread_cond_destroy(&(*mailbox)->changed);
    pthread_mutex_destroy(&(*mailbox)->lock);
    free(*mailbox);
    *mailbox = NULL;
}

/** Readable while there is mail, and for ever once closed. */
static void raise_descriptor(struct jd_mailbox *mailbox)
{
    if (mailbox->descriptor >= 0) {
        eventfd_write(mailbox->descriptor, 1);
    }
}

static void lower_descriptor(struct jd_mailbox *mailbox)
{
    eventfd_t value;
    if (mailbox->descriptor >= 0 && !mailbox->closed) {
        eventfd_read(mailbox->descriptor, &value);
    }
}

bool jd_mailbox_put(struct jd_mailbox *mailbox, void *item)
{
    pthread_mutex_lock(&mailbox->lock);
    bool room = !mailbox->closed && mailbox->count < mailbox->capacity;
    if (room) {
        mailbox->items[(mailbox->first + mailbox->count) % mailbox->capacity] = item;
        if (mailbox->count++ == 0) {
            raise_descriptor(mailbox);
        }
        pthread_cond_signal(&mailbox->changed);
    }
    pthread_mutex_unlock(&mailbox->lock);
    return room;
}

static void wait_for_mail(struct jd_mailbox *mailbox, int64_t deadline_ms)
{
    struct timespec until = {
        .tv_sec = (time_t)(deadline_ms / 1000),
        .tv_nsec = deadline_ms % 1000 * 1000000,
    };
    int waited = 0;
    while (mailbox->count == 0 && !mailbox->closed && waited == 0 && deadline_ms > 0) {
        if (deadline_ms == INT64_MAX) {
            pthread_cond_wait(&mailbox->changed, &mailbox->lock);
        } else {
            waited = pthread_cond_timedwait(&mailbox->changed, &mailbox->lock, &until);
        }
    }
}

void *jd_mailbox_take(struct jd_mailbox *mailbox, int64_t deadline_ms)
{
    void *item = NULL;
    pthread_mutex_lock(&mailbox->lock);
    wait_for_mail(mailbox, deadline_ms);
    if (mailbox->count) {
        item = mailbox->items[mailbox->first];
        mailbox->first = (mailbox->first + 1) % mailbox->capacity;
        if (--mailbox->count == 0) {
            lower_descriptor(mailbox);
        }
    }
    pthread_mutex_unlock(&mailbox->lock);
    return item;
}

void jd_mailbox_close(struct jd_mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->lock);
    if (!mailbox->closed) {
        mailbox->closed = true;
        raise_descriptor(mailbox);
        pthread_cond_broadcast(&mailbox->changed);
    }
    pthread_mutex_unlock(&mailbox->lock);
}

size_t jd_mailbox_count(struct jd_mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->lock);
    size_t count = mailbox->count;
    pthread_mutex_unlock(&mailbox->lock);
    return count;
}

int jd_mailbox_descriptor(struct jd_mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->lock);
    if (mailbox->descriptor < 0) {
        mailbox->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (mailbox->count || mailbox->closed) {
            raise_descriptor(mailbox);
        }
    }
    int descriptor = mailbox->descriptor;
    pthread_mutex_unlock(&mailbox->lock);
    return descriptor;
}
