/* Leases, descriptors, and who is due. An entry belongs to the watch thread, except while a
 * sync thread works on it (`busy`). */
#include "pipeline/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/span.h"
#include "base/thread.h"
#include "pipeline/sources.h"
#include "pipeline/sync.h"

#define SYNC_THREADS     2
#define ACCOUNTS_MAX     10000
#define LEASE_MS         30000
#define LEASE_RENEW_MS   10000
#define LOOK_MS          2000 // how often accounts are looked for when no news comes
#define REST_MS          1000 // without work, before memory is given back
#define RETRY_MS_MIN     1000
#define RETRY_MS_MAX     60000
#define HELD_MS          30000 // between the two listings that must agree on many removals
#define HELD_LOOK_MS     3000  // meanwhile new mail is looked for by listing
#define READ_ARENA_BYTES (64u * 1024 * 1024)

struct entry {
    int64_t user, account, version;
    struct jd_lease lease;
    struct jd_source *source; // NULL: not open
    struct jd_wait wait;
    int64_t due_ms;  // wall clock; 0: when the source says so
    int64_t held_ms; // monotonic: since when removals are held; 0: none are
    int32_t failures;
    bool stale;           // the account is gone, paused or changed: close it
    _Atomic int32_t busy; // a sync thread has it
};

struct jd_watch {
    const struct jd_pipeline_options *options;
    struct jd_mailbox *due; // entries for the sync threads
    pthread_t watcher, syncers[SYNC_THREADS];
    int wake_fd;
    _Atomic int32_t stopping;
    struct entry **entries; // the watch thread's
    size_t entries_count;
};

/* Own transaction: what is wrong with an account, for people to see. */
static void tell_state(struct jd_db *db,
        const struct jd_account *account,
        const char *state,
        const char *text)
{
    struct jd_error error;
    char id[JD_ID_TEXT_BYTES], json[64];
    if (jd_span_equal(account->state, jd_span_of(state)) &&
            jd_span_equal(account->state_text, jd_span_of(text))) {
        return;
    }
    jd_id_format(account->id, id);
    int len = snprintf(json, sizeof(json), "{\"account_id\":\"%s\"}", id);
    enum jd_status status =
            jd_tx_begin(db, JD_TX_INTERACTIVE, jd_clock_now_ms() + 5000, &error);
    if (status == JD_OK) {
        status = jd_account_set_state(
                db, account->user_id, account->id, state, jd_span_of(text), &error);
    }
    if (status == JD_OK) {
        jd_tx_event(db, account->user_id, "account.changed", jd_span_new(json, (size_t)len));
        status = jd_tx_commit(db, &error);
    } else {
        jd_tx_rollback(db);
    }
    if (status != JD_OK) {
        jd_log_error(JD_LOG_WARNING, "an account's state was not stored", &error, NULL);
    }
}

static void book_failure(struct jd_db *db,
        struct entry *entry,
        const struct jd_account *account,
        const struct jd_error *error)
{
    int64_t wait = RETRY_MS_MIN << (entry->failures < 6 ? entry->failures : 6);
    entry->failures++;
    entry->due_ms = jd_clock_now_ms() + (wait < RETRY_MS_MAX ? wait : RETRY_MS_MAX);
    jd_source_close(&entry->source);
    tell_state(db, account, "error", error->text);
}

/* A source that is opened anew looks anew. The account's state says what is held. */
static void list_again(struct entry *entry)
{
    int64_t now = jd_clock_monotonic_ms();
    entry->failures = 0;
    entry->held_ms = entry->held_ms ? entry->held_ms : now;
    entry->due_ms = jd_clock_now_ms() + HELD_LOOK_MS;
    jd_source_close(&entry->source);
}

/* One call of the source, on a sync thread. */
static void sync_entry(struct jd_watch *watch,
        struct jd_db *db,
        struct jd_arena *arena,
        struct entry *entry)
{
    struct jd_account account;
    struct jd_error error = { 0 };
    bool held = false;
    enum jd_status status =
            jd_account_find(db, entry->user, entry->account, arena, &account, &error);
    if (status == JD_OK && !entry->source) {
        status = jd_account_open(watch->options->registry, watch->options->data_dir, &account,
                &entry->source, &error);
    }
    if (status == JD_OK) {
        struct jd_sync sync = { db, arena, &entry->lease, &account, entry->source,
            (const int32_t *)&watch->stopping, account.held != 0,
            entry->held_ms && jd_clock_monotonic_ms() - entry->held_ms >= HELD_MS };
        status = jd_sync_run(&sync, &held, &error);
    }
    if ((status == JD_OK || status == JD_NONE) && held) {
        list_again(entry);
    } else if (status == JD_OK || status == JD_NONE) {
        entry->failures = 0;
        entry->held_ms = 0;
        entry->due_ms = 0;
        entry->wait = (struct jd_wait){ JD_SIZE(jd_wait), .fd = -1 };
        entry->source->ops->wait(entry->source->self, &entry->wait);
        tell_state(db, &account, "active", "");
    } else if (status == JD_REJECTED || status == JD_GONE) {
        entry->stale = true;
    } else if (status != JD_CANCELLED) {
        book_failure(db, entry, &account, &error);
    }
}

static void *run_syncs(void *argument)
{
    struct jd_watch *watch = argument;
    struct jd_error error;
    struct jd_db *db = NULL;
    struct jd_arena *arena = jd_arena_create(READ_ARENA_BYTES);
    if (jd_db_open(watch->options->store, &db, &error) != JD_OK) {
        jd_log_error(JD_LOG_ERROR, "sync cannot reach storage", &error, NULL);
        abort();
    }
    bool worked = false;
    for (;;) {
        struct entry *entry = jd_mailbox_take(
                watch->due, worked ? jd_clock_monotonic_ms() + REST_MS : INT64_MAX);
        if (!entry && !worked) {
            break; // closed
        }
        if (entry) {
            sync_entry(watch, db, arena, entry);
            jd_arena_reset(arena);
            atomic_store(&entry->busy, 0);
            eventfd_write(watch->wake_fd, 1);
        } else {
            jd_db_rest(db);
        }
        worked = entry != NULL;
    }
    jd_arena_destroy(&arena);
    jd_db_close(&db);
    return NULL;
}

static struct entry *find_entry(struct jd_watch *watch, int64_t account)
{
    for (size_t i = 0; i < watch->entries_count; i++) {
        if (watch->entries[i]->account == account) {
            return watch->entries[i];
        }
    }
    return NULL;
}

/* Takes the account's lease if it is free, and makes it due at once. */
static void adopt(struct jd_watch *watch, struct jd_db *db, const struct jd_account *account)
{
    struct jd_lease lease;
    struct jd_error error;
    char name[40];
    snprintf(name, sizeof(name), "account:%lld", (long long)account->id);
    enum jd_status status = jd_lease_take(
            db, name, jd_span_of(watch->options->owner), LEASE_MS, &lease, &error);
    if (status != JD_OK) {
        if (status != JD_NONE) {
            jd_log_error(JD_LOG_WARNING, "an account's lease was not taken", &error, NULL);
        }
        return;
    }
    struct entry *entry = jd_xalloc(sizeof(*entry));
    entry->user = account->user_id;
    entry->account = account->id;
    entry->version = account->version;
    entry->lease = lease;
    entry->wait = (struct jd_wait){ JD_SIZE(jd_wait), .fd = -1 };
    entry->due_ms = 1;
    watch->entries =
            jd_xrealloc(watch->entries, (watch->entries_count + 1) * sizeof(struct entry *));
    watch->entries[watch->entries_count++] = entry;
}

static void drop_entry(struct jd_watch *watch, struct jd_db *db, size_t at)
{
    struct entry *entry = watch->entries[at];
    struct jd_error error;
    jd_source_close(&entry->source);
    if (jd_lease_release(db, &entry->lease, &error) != JD_OK) {
        jd_log_error(
                JD_LOG_INFO, "a lease was not given back; it runs out by itself", &error, NULL);
    }
    free(entry);
    watch->entries[at] = watch->entries[--watch->entries_count];
}

/* Compares what is watched with what is to be watched. */
static void look_for_accounts(struct jd_watch *watch, struct jd_db *db, struct jd_arena *arena)
{
    struct jd_account *accounts = NULL;
    struct jd_error error;
    uint32_t count = 0;
    jd_arena_reset(arena);
    if (jd_accounts_read(db, 0, arena, &accounts, &count, &error) != JD_OK) {
        jd_log_error(JD_LOG_WARNING, "accounts were not read", &error, NULL);
        return;
    }
    for (size_t i = 0; i < watch->entries_count; i++) {
        bool wanted = false;
        for (uint32_t k = 0; k < count; k++) {
            wanted = wanted || accounts[k].id == watch->entries[i]->account;
        }
        watch->entries[i]->stale = watch->entries[i]->stale || !wanted;
    }
    for (uint32_t k = 0; k < count && watch->entries_count < ACCOUNTS_MAX; k++) {
        if (!find_entry(watch, accounts[k].id)) {
            adopt(watch, db, &accounts[k]);
        }
    }
}

static void renew_leases(struct jd_watch *watch, struct jd_db *db)
{
    for (size_t i = 0; i < watch->entries_count; i++) {
        struct jd_error error;
        enum jd_status status =
                jd_lease_extend(db, &watch->entries[i]->lease, LEASE_MS, &error);
        if (status == JD_REJECTED) {
            watch->entries[i]->stale = true;
        } else if (status != JD_OK) {
            jd_log_error(JD_LOG_WARNING, "a lease was not extended", &error, NULL);
        }
    }
}

static bool is_due(const struct entry *entry, int64_t now)
{
    if (entry->due_ms) {
        return entry->due_ms <= now;
    }
    return entry->wait.again_ms && entry->wait.again_ms <= now;
}

static void hand_over(struct jd_watch *watch, struct entry *entry)
{
    atomic_store(&entry->busy, 1);
    if (!jd_mailbox_put(watch->due, entry)) {
        atomic_store(&entry->busy, 0);
    }
}

/* Waits for descriptors and times; hands over what is due. */
static void wait_once(struct jd_watch *watch, struct pollfd *fds, struct entry **waiting)
{
    size_t count = 1;
    int64_t now = jd_clock_now_ms(), timeout = LOOK_MS;
    fds[0] = (struct pollfd){ watch->wake_fd, POLLIN, 0 };
    for (size_t i = 0; i < watch->entries_count; i++) {
        struct entry *entry = watch->entries[i];
        if (atomic_load(&entry->busy) || entry->stale) {
            continue;
        }
        int64_t next = entry->due_ms ? entry->due_ms : entry->wait.again_ms;
        if (next && next - now < timeout) {
            timeout = next > now ? next - now : 0;
        }
        if (!entry->due_ms && entry->wait.fd >= 0) {
            waiting[count] = entry;
            fds[count++] = (struct pollfd){ entry->wait.fd, entry->wait.events, 0 };
        }
    }
    int ready = poll(fds, count, (int)timeout);
    eventfd_t drained;
    if (ready > 0 && (fds[0].revents & POLLIN) && eventfd_read(watch->wake_fd, &drained) != 0) {
        jd_log(JD_LOG_WARNING, "the watch's wake-up was not read", "errno", "%d", errno, NULL);
    }
    for (size_t i = 1; ready > 0 && i < count; i++) {
        if (fds[i].revents) {
            hand_over(watch, waiting[i]);
        }
    }
    now = jd_clock_now_ms();
    for (size_t i = 0; i < watch->entries_count; i++) {
        struct entry *entry = watch->entries[i];
        if (!atomic_load(&entry->busy) && !entry->stale && is_due(entry, now)) {
            hand_over(watch, entry);
        }
    }
}

static void drop_stale(struct jd_watch *watch, struct jd_db *db, bool all)
{
    for (size_t i = watch->entries_count; i-- > 0;) {
        struct entry *entry = watch->entries[i];
        if ((all || entry->stale) && !atomic_load(&entry->busy)) {
            drop_entry(watch, db, i);
        }
    }
}

static void *watch_accounts(void *argument)
{
    struct jd_watch *watch = argument;
    struct jd_error error;
    struct jd_db *db = NULL;
    struct jd_arena *arena = jd_arena_create(READ_ARENA_BYTES);
    struct pollfd *fds = jd_xalloc((ACCOUNTS_MAX + 1) * sizeof(*fds));
    struct entry **waiting = jd_xalloc((ACCOUNTS_MAX + 1) * sizeof(struct entry *));
    int64_t looked = 0, renewed = 0;
    if (jd_db_open(watch->options->store, &db, &error) != JD_OK) {
        jd_log_error(JD_LOG_ERROR, "the watch cannot reach storage", &error, NULL);
        abort();
    }
    while (!atomic_load(&watch->stopping)) {
        int64_t now = jd_clock_monotonic_ms();
        if (now - looked >= LOOK_MS || looked == 0) {
            look_for_accounts(watch, db, arena);
            looked = now;
        }
        if (now - renewed >= LEASE_RENEW_MS) {
            renew_leases(watch, db);
            renewed = now;
        }
        drop_stale(watch, db, false);
        wait_once(watch, fds, waiting);
    }
    jd_mailbox_close(watch->due);
    for (size_t i = 0; i < SYNC_THREADS; i++) {
        pthread_join(watch->syncers[i], NULL);
    }
    drop_stale(watch, db, true);
    free(watch->entries);
    free(waiting);
    free(fds);
    jd_arena_destroy(&arena);
    jd_db_close(&db);
    return NULL;
}

enum jd_status jd_watch_start(const struct jd_pipeline_options *options,
        struct jd_watch **out_watch,
        struct jd_error *error)
{
    struct jd_watch *watch = jd_xalloc(sizeof(*watch));
    watch->options = options;
    watch->due = jd_mailbox_create(ACCOUNTS_MAX);
    watch->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum jd_status status = JD_OK;
    for (size_t i = 0; i < SYNC_THREADS && status == JD_OK; i++) {
        char name[16];
        snprintf(name, sizeof(name), "sync-%zu", i + 1);
        status = jd_thread_start(&watch->syncers[i], name, run_syncs, watch, error);
    }
    if (status == JD_OK) {
        status = jd_thread_start(&watch->watcher, "watch", watch_accounts, watch, error);
    }
    if (status == JD_OK) {
        *out_watch = watch;
    }
    return status; // a role that cannot start its threads ends with the process
}

void jd_watch_stop(struct jd_watch **watch)
{
    if (!*watch) {
        return;
    }
    atomic_store(&(*watch)->stopping, 1);
    eventfd_write((*watch)->wake_fd, 1);
    pthread_join((*watch)->watcher, NULL);
    jd_mailbox_destroy(&(*watch)->due);
    close((*watch)->wake_fd);
    free(*watch);
    *watch = NULL;
}
