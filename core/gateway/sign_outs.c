/* Who was signed out everywhere, and when. */
#include "gateway/sign_outs.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/span.h"
#include "base/thread.h"
#include "gateway/jwt.h"
#include "store/users.h"

struct jd_sign_outs {
    struct jd_sign_outs_options options;
    pthread_t thread;
    bool running; // the thread is there to be joined
    atomic_bool stopping;
    struct jd_mailbox *wake; // closed to end the thread's sleep; nothing is ever put
    struct jd_db *db;        // of the thread, once it runs
    bool failing;            // told once
    pthread_mutex_t lock;
    struct jd_map *users; // under the lock: user -> int64_t, tokens until then are refused
};

static struct jd_span key_of(const int64_t *user)
{
    return jd_span_new((const char *)user, sizeof(*user));
}

/* Whether it is news. */
static bool note(struct jd_sign_outs *self, int64_t user, int64_t until_ms)
{
    pthread_mutex_lock(&self->lock);
    int64_t *known = jd_map_get(self->users, key_of(&user));
    if (!known) {
        known = jd_xalloc(sizeof(*known));
        // There was none.
        (void)jd_map_set(self->users, key_of(&user), known);
    }
    bool news = *known < until_ms;
    *known = news ? until_ms : *known;
    pthread_mutex_unlock(&self->lock);
    return news;
}

static enum jd_status take_sign_out(void *context, int64_t user, int64_t until_ms)
{
    struct jd_sign_outs *self = context;
    if (note(self, user, until_ms)) {
        self->options.signed_out(self->options.context, user, until_ms);
    }
    return JD_OK;
}

/* Tokens from before what is read have expired by themselves. */
static enum jd_status look(struct jd_sign_outs *self, struct jd_error *error)
{
    return jd_users_signed_out(self->db, JD_JWT_VALID_MS, take_sign_out, self, error);
}

static void *work(void *argument)
{
    struct jd_sign_outs *self = argument;
    while (!atomic_load(&self->stopping)) {
        (void)jd_mailbox_take(self->wake, jd_clock_monotonic_ms() + JD_SIGN_OUTS_LOOK_MS);
        struct jd_error error;
        bool failed = look(self, &error) != JD_OK;
        if (failed && !self->failing) {
            jd_log_error(JD_LOG_WARNING, "sign-outs not read", &error, NULL);
        }
        self->failing = failed;
    }
    return NULL;
}

enum jd_status jd_sign_outs_start(const struct jd_sign_outs_options *options,
        struct jd_sign_outs **out_sign_outs,
        struct jd_error *error)
{
    struct jd_sign_outs *self = jd_xalloc(sizeof(*self));
    self->options = *options;
    self->users = jd_map_create();
    self->wake = jd_mailbox_create(1);
    pthread_mutex_init(&self->lock, NULL);
    enum jd_status status = jd_db_open(options->store, &self->db, error);
    if (status == JD_OK) {
        status = look(self, error);
    }
    if (status == JD_OK) {
        status = jd_thread_start(&self->thread, "gw-sign-outs", work, self, error);
    }
    if (status != JD_OK) {
        jd_sign_outs_destroy(&self);
        return status;
    }
    self->running = true;
    *out_sign_outs = self;
    return JD_OK;
}

enum jd_status jd_sign_outs_hold(struct jd_sign_outs *sign_outs,
        const struct jd_caller *caller,
        struct jd_error *error)
{
    pthread_mutex_lock(&sign_outs->lock);
    const int64_t *until_ms = jd_map_get(sign_outs->users, key_of(&caller->user));
    bool holds = !until_ms || caller->issued_ms > *until_ms;
    pthread_mutex_unlock(&sign_outs->lock);
    return holds ? JD_OK
                 : jd_error_set(error, JD_UNAUTHORISED,
                           "this user was signed out everywhere: sign in again");
}

void jd_sign_outs_stop(struct jd_sign_outs *sign_outs)
{
    if (sign_outs && sign_outs->running) {
        atomic_store(&sign_outs->stopping, true);
        jd_mailbox_close(sign_outs->wake);
        pthread_join(sign_outs->thread, NULL);
        sign_outs->running = false;
    }
}

void jd_sign_outs_destroy(struct jd_sign_outs **sign_outs)
{
    struct jd_sign_outs *self = *sign_outs;
    if (!self) {
        return;
    }
    jd_sign_outs_stop(self);
    jd_db_close(&self->db);
    size_t cursor = 0;
    struct jd_span key;
    void *until_ms;
    while (jd_map_next(self->users, &cursor, &key, &until_ms)) {
        free(until_ms);
    }
    jd_map_destroy(&self->users);
    jd_mailbox_destroy(&self->wake);
    pthread_mutex_destroy(&self->lock);
    free(self);
    *sign_outs = NULL;
}
