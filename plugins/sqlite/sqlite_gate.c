#include "sqlite_gate.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/futex.h>

// Raise the number when the layout changes: an older process then refuses the file.
#define GATE_READY    UINT64_C(0x6a64676174650001)
#define GATE_SLOTS    128
#define PROBE_MS      25   // how soon a waiter notices that the holder's process is gone
#define BULK_PATIENCE 5000 // ms after which a bulk writer counts as interactive

// A slot is also a futex: its owner sleeps while the word says SLOT_WAITING.
enum slot_state {
    SLOT_FREE = 0,
    SLOT_WAITING,
    SLOT_HOLDING,
};

struct slot {
    _Atomic uint32_t state; // written last when taken, first when freed
    uint32_t kind;          // enum jd_gate_kind
    uint64_t ticket;        // order of arrival, never used twice
    int64_t since_ms;       // monotonic
    uint64_t born;          // start of the process, against reuse of its number
    int32_t pid;
};

// The shared file. All slots are guarded by `lock`, which is held for microseconds.
struct page {
    _Atomic uint64_t ready; // GATE_READY once all below is valid
    pthread_mutex_t lock;   // robust, shared between processes
    uint64_t next_ticket;
    struct slot slots[GATE_SLOTS];
};

struct jd_gate {
    struct page *page;
    int fd; // holds the shared file lock that says "somebody is here"
    int32_t pid;
    uint64_t born;
};

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/** Reads state and start time of a process; false when /proc does not tell. */
static bool read_process(int32_t pid, char *out_state, uint64_t *out_born)
{
    char text[512];
    snprintf(text, sizeof(text), "/proc/%d/stat", pid);
    int fd = open(text, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t length = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (length <= 0) {
        return false;
    }
    text[length] = '\0';
    // The name in brackets may hold anything, so the fields are counted from its end.
    const char *field = strrchr(text, ')');
    if (!field || field[1] != ' ') {
        return false;
    }
    field += 2;
    *out_state = *field;
    for (int i = 3; i < 22 && field; i++) {
        field = strchr(field, ' ');
        field = field ? field + 1 : NULL;
    }
    if (!field) {
        return false;
    }
    *out_born = strtoull(field, NULL, 10);
    return true;
}

static bool slot_lives(const struct jd_gate *gate, const struct slot *slot)
{
    if (slot->pid == gate->pid && slot->born == gate->born) {
        return true;
    }
    if (kill(slot->pid, 0) != 0 && errno == ESRCH) {
        return false;
    }
    char state = 0;
    uint64_t born = 0;
    if (!read_process(slot->pid, &state, &born)) {
        return kill(slot->pid, 0) == 0 || errno != ESRCH;
    }
    return state != 'Z' && state != 'X' && (slot->born == 0 || slot->born == born);
}

static void wait_while(_Atomic uint32_t *word, uint32_t value, int64_t wait_ms)
{
    struct timespec left = { wait_ms / 1000, (wait_ms % 1000) * 1000000 };
    // Every way to return (woken, changed before, timed out, signal) is answered the same:
    // look.
    syscall(SYS_futex, word, FUTEX_WAIT, value, &left, NULL, 0);
}

static void free_slot(struct slot *slot)
{
    atomic_store(&slot->state, SLOT_FREE);
    slot->ticket = 0;
}

/** Frees what processes that are gone have left. */
static void sweep(struct jd_gate *gate, bool waiting_too)
{
    for (uint32_t i = 0; i < GATE_SLOTS; i++) {
        struct slot *slot = &gate->page->slots[i];
        uint32_t state = atomic_load(&slot->state);
        bool looked_at = state == SLOT_HOLDING || (waiting_too && state == SLOT_WAITING);
        if (looked_at && !slot_lives(gate, slot)) {
            free_slot(slot);
        }
    }
}

static bool goes_before(const struct slot *a, const struct slot *b, int64_t now_ms)
{
    bool a_urgent = a->kind == JD_GATE_INTERACTIVE || now_ms - a->since_ms >= BULK_PATIENCE;
    bool b_urgent = b->kind == JD_GATE_INTERACTIVE || now_ms - b->since_ms >= BULK_PATIENCE;
    return a_urgent != b_urgent ? a_urgent : a->ticket < b->ticket;
}

/** NULL when nobody waits; `out_held` says whether somebody has the turn. */
static struct slot *find_next(struct page *page, bool *out_held)
{
    struct slot *best = NULL;
    int64_t now_ms = monotonic_ms();
    *out_held = false;
    for (uint32_t i = 0; i < GATE_SLOTS; i++) {
        struct slot *slot = &page->slots[i];
        uint32_t state = atomic_load(&slot->state);
        *out_held = *out_held || state == SLOT_HOLDING;
        if (state == SLOT_WAITING && (!best || goes_before(slot, best, now_ms))) {
            best = slot;
        }
    }
    return best;
}

/** If nobody has the turn, gives it to the first in line that lives. */
static void settle(struct jd_gate *gate)
{
    bool held = false;
    struct slot *next = find_next(gate->page, &held);
    while (!held && next) {
        if (slot_lives(gate, next)) {
            atomic_store(&next->state, SLOT_HOLDING);
            syscall(SYS_futex, &next->state, FUTEX_WAKE, 1, NULL, NULL, 0);
            return;
        }
        free_slot(next);
        next = find_next(gate->page, &held);
    }
}

static void lock_page(struct jd_gate *gate)
{
    if (pthread_mutex_lock(&gate->page->lock) == EOWNERDEAD) {
        // Killed between two stores. Each order of them leaves slots that sweep and settle put
        // right: a slot is written before its state, and freed before the next one is given.
        pthread_mutex_consistent(&gate->page->lock);
        sweep(gate, true);
        settle(gate);
    }
}

static void unlock_page(struct jd_gate *gate)
{
    pthread_mutex_unlock(&gate->page->lock);
}

static struct slot *find_free(struct page *page)
{
    for (uint32_t i = 0; i < GATE_SLOTS; i++) {
        if (atomic_load(&page->slots[i].state) == SLOT_FREE) {
            return &page->slots[i];
        }
    }
    return NULL;
}

/** Takes a place in the line; NULL when all slots belong to living writers. */
static struct slot *take_slot(struct jd_gate *gate, enum jd_gate_kind kind)
{
    struct page *page = gate->page;
    assert(page);
    struct slot *slot = find_free(page);
    if (!slot) {
        sweep(gate, true);
        slot = find_free(page);
    }
    if (slot) {
        slot->kind = kind;
        slot->ticket = ++page->next_ticket;
        slot->since_ms = monotonic_ms();
        slot->born = gate->born;
        slot->pid = gate->pid;
        atomic_store(&slot->state, SLOT_WAITING);
    }
    return slot;
}

static void init_page(struct page *page)
{
    atomic_store(&page->ready, 0);
    memset(page->slots, 0, sizeof(page->slots));
    page->next_ticket = 0;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&page->lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    atomic_store(&page->ready, GATE_READY);
}

/**
 * Ends with the shared file lock held and the page valid. Who gets the exclusive lock is alone:
 * whatever the page says is from before (a restart, a layout of old) and is cleared. Going from
 * the exclusive to the shared lock may let another in between; it then clears an unused page.
 */
static int join_page(int fd, struct page *page)
{
    for (;;) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            init_page(page);
        } else if (errno != EWOULDBLOCK && errno != EINTR) {
            return errno;
        }
        while (flock(fd, LOCK_SH) != 0) {
            if (errno != EINTR) {
                return errno;
            }
        }
        uint64_t ready = atomic_load(&page->ready);
        if (ready != 0) {
            return ready == GATE_READY ? 0 : EPROTO;
        }
        flock(fd, LOCK_UN); // its maker died while making it: try to be the maker
    }
}

void jd_gate_close(struct jd_gate **gate)
{
    if (!*gate) {
        return;
    }
    if ((*gate)->page) {
        munmap((*gate)->page, sizeof(struct page));
    }
    if ((*gate)->fd >= 0) {
        close((*gate)->fd);
    }
    free(*gate);
    *gate = NULL;
}

/** Opens and maps the file; 0 or an errno. */
static int map_page(struct jd_gate *gate, const char *file)
{
    struct stat info;
    gate->fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (gate->fd < 0 || fstat(gate->fd, &info) != 0) {
        return errno;
    }
    // Space is taken now: a full disk must not show as SIGBUS at the first store.
    int code = info.st_size >= (off_t)sizeof(struct page)
                       ? 0
                       : posix_fallocate(gate->fd, 0, sizeof(struct page));
    if (code != 0) {
        return code;
    }
    void *page =
            mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, gate->fd, 0);
    if (page == MAP_FAILED) {
        return errno;
    }
    gate->page = page;
    return join_page(gate->fd, page);
}

enum jd_status jd_gate_open(const char *file, struct jd_gate **out_gate, struct jd_error *error)
{
    struct jd_gate *gate = calloc(1, sizeof(*gate));
    if (!gate) {
        return jd_error_set(error, JD_RETRY_LATER, "out of memory while opening %s", file);
    }
    char state = 0;
    gate->fd = -1;
    gate->pid = getpid();
    read_process(gate->pid, &state, &gate->born); // without /proc, born stays 0: "not known"
    int code = map_page(gate, file);
    if (code == 0) {
        *out_gate = gate;
        return JD_OK;
    }
    jd_gate_close(&gate);
    if (code == EPROTO) {
        return jd_error_set(error, JD_BAD_INPUT,
                "%s is in use by another version of Jackdaw: stop that one first", file);
    }
    return jd_error_set(error, code == ENOSPC ? JD_RETRY_LATER : JD_BAD_INPUT,
            "the write gate %s cannot be opened: %s", file, strerrordesc_np(code));
}

/** One look: JD_OK the turn is ours, JD_NONE wait on. A slot that others took from us (they
 * could not see our process) is taken anew. */
static enum jd_status
look(struct jd_gate *gate, enum jd_gate_kind kind, struct jd_gate_turn *turn)
{
    struct slot *slot = turn->ticket ? &gate->page->slots[turn->slot] : NULL;
    if (!slot || slot->ticket != turn->ticket) {
        slot = take_slot(gate, kind);
        if (!slot) {
            turn->ticket = 0;
            return JD_NONE;
        }
        turn->slot = (uint32_t)(slot - gate->page->slots);
        turn->ticket = slot->ticket;
    } else if (atomic_load(&slot->state) == SLOT_WAITING) {
        sweep(gate, false);
    }
    settle(gate);
    return atomic_load(&slot->state) == SLOT_HOLDING ? JD_OK : JD_NONE;
}

enum jd_status jd_gate_enter(struct jd_gate *gate,
        enum jd_gate_kind kind,
        int64_t wait_ms,
        struct jd_gate_turn *out_turn,
        struct jd_error *error)
{
    struct jd_gate_turn turn = { 0 };
    int64_t deadline = monotonic_ms() + wait_ms;
    for (;;) {
        lock_page(gate);
        enum jd_status status = look(gate, kind, &turn);
        int64_t left = deadline - monotonic_ms();
        if (status != JD_OK && left <= 0 && turn.ticket) {
            free_slot(&gate->page->slots[turn.slot]);
        }
        unlock_page(gate);
        if (status == JD_OK) {
            *out_turn = turn;
            return JD_OK;
        }
        if (left <= 0) {
            return jd_error_set(error, JD_RETRY_LATER,
                    "another writer kept the database busy for %lld ms", (long long)wait_ms);
        }
        int64_t nap = left < PROBE_MS ? left : PROBE_MS;
        if (turn.ticket) {
            wait_while(&gate->page->slots[turn.slot].state, SLOT_WAITING, nap);
        } else {
            struct timespec pause = { 0, nap * 1000000 };
            nanosleep(&pause, NULL);
        }
    }
}

void jd_gate_leave(struct jd_gate *gate, struct jd_gate_turn *turn)
{
    if (!turn->ticket) {
        return;
    }
    lock_page(gate);
    struct slot *slot = &gate->page->slots[turn->slot];
    if (slot->ticket == turn->ticket) {
        free_slot(slot);
        settle(gate);
    }
    unlock_page(gate);
    *turn = (struct jd_gate_turn){ 0 };
}
