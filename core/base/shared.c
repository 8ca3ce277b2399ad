#include "base/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/seal.h"

#define MAGIC         UINT64_C(0x3130776164656A01)
#define PROBES_MAX    32        // entries looked at for one stream
#define EPOCH_CHANGES INT64_MIN // a writer is between two epochs: ask storage

/** NULL: no memory, and `error` says so. */
static struct jd_shared *map_page(int fd, struct jd_error *error)
{
    void *page =
            mmap(NULL, sizeof(struct jd_shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) {
        jd_error_set(error, JD_RETRY_LATER, "no memory for the shared page of %zu bytes",
                sizeof(struct jd_shared));
        return NULL;
    }
    return page;
}

/** The size is sealed, so that no process can make another fault by cutting the page. */
static enum jd_status prepare(int fd, struct jd_error *error)
{
    if (ftruncate(fd, sizeof(struct jd_shared)) < 0 ||
            fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
        return jd_error_errno(error, errno, "cannot size the shared page");
    }
    return JD_OK;
}

enum jd_status
jd_shared_create(int *out_fd, struct jd_shared **out_shared, struct jd_error *error)
{
    int fd = memfd_create("jackdaw", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return jd_error_errno(error, errno, "cannot make the shared page");
    }
    enum jd_status status = prepare(fd, error);
    struct jd_shared *shared = status == JD_OK ? map_page(fd, error) : NULL;
    if (shared == NULL) {
        close(fd);
        return status == JD_OK ? JD_RETRY_LATER : status;
    }
    shared->magic = MAGIC;
    *out_fd = fd;
    *out_shared = shared;
    return JD_OK;
}

static enum jd_status check_page(int fd, struct jd_error *error)
{
    struct stat found;
    if (fstat(fd, &found) < 0) {
        return jd_error_errno(error, errno, "descriptor %d is no shared page", fd);
    }
    if (found.st_size != (off_t)sizeof(struct jd_shared)) {
        return jd_error_set(
                error, JD_BAD_INPUT, "descriptor %d is no shared page of this version", fd);
    }
    return JD_OK;
}

static enum jd_status open_page(int fd, struct jd_shared **out_shared, struct jd_error *error)
{
    enum jd_status status = check_page(fd, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_shared *shared = map_page(fd, error);
    if (shared == NULL) {
        return JD_RETRY_LATER;
    }
    if (shared->magic != MAGIC) {
        munmap(shared, sizeof(*shared));
        return jd_error_set(error, JD_BAD_INPUT, "descriptor %d is no shared page", fd);
    }
    *out_shared = shared;
    return JD_OK;
}

enum jd_status jd_shared_open(int fd, struct jd_shared **out_shared, struct jd_error *error)
{
    enum jd_status status = open_page(fd, out_shared, error);
    close(fd);
    return status;
}

struct jd_shared_slot *
jd_shared_slot_claim(struct jd_shared *shared, int32_t pid, int32_t owner_pid)
{
    for (size_t i = 0; i < JD_SHARED_SLOTS; i++) {
        struct jd_shared_slot *slot = &shared->slots[i];
        int32_t free_pid = 0;
        if (atomic_compare_exchange_strong(&slot->pid, &free_pid, pid)) {
            atomic_store(&slot->owner_pid, owner_pid);
            atomic_store(&slot->state, JD_SLOT_WORKING);
            return slot;
        }
    }
    return NULL;
}

void jd_shared_slot_free(struct jd_shared_slot *slot)
{
    atomic_store(&slot->state, JD_SLOT_FREE);
    atomic_store(&slot->signal, 0);
    atomic_store(&slot->item, 0);
    atomic_store(&slot->job, 0);
    atomic_store(&slot->owner_pid, 0);
    atomic_store(&slot->pid, 0); // last: from here on it can be claimed
}

static int64_t key_of(struct jd_span name)
{
    int64_t key = jd_hash63(name);
    return key ? key : 1; // 0 means free
}

/** The entry of `key`, else NULL. */
static const struct jd_shared_stream *find_stream(const struct jd_shared *shared, int64_t key)
{
    for (uint64_t i = 0; i < PROBES_MAX; i++) {
        const struct jd_shared_stream *stream =
                &shared->streams[((uint64_t)key + i) % JD_SHARED_STREAMS];
        int64_t found = atomic_load(&stream->key);
        if (found == key) {
            return stream;
        }
        if (found == 0) {
            return NULL; // entries are never given back: nothing lies behind a free one
        }
    }
    return NULL;
}

static struct jd_shared_stream *claim_stream(struct jd_shared *shared, int64_t key)
{
    for (uint64_t i = 0; i < PROBES_MAX; i++) {
        struct jd_shared_stream *stream =
                &shared->streams[((uint64_t)key + i) % JD_SHARED_STREAMS];
        int64_t found = 0;
        if (atomic_compare_exchange_strong(&stream->key, &found, key) || found == key) {
            return stream;
        }
    }
    return NULL;
}

static void raise_seq(struct jd_shared_stream *stream, int64_t seq)
{
    int64_t before = atomic_load(&stream->seq);
    while (before < seq && !atomic_compare_exchange_weak(&stream->seq, &before, seq)) {
    }
}

void jd_shared_stream_set(struct jd_shared *shared,
        struct jd_span name,
        int64_t epoch,
        int64_t seq)
{
    struct jd_shared_stream *stream = claim_stream(shared, key_of(name));
    if (stream == NULL) {
        return;
    }
    int64_t before = atomic_load(&stream->epoch);
    if (before == epoch) {
        raise_seq(stream, seq);
        return;
    }
    // A writer that died between two epochs leaves EPOCH_CHANGES behind; the next one goes on.
    if (before < epoch &&
            atomic_compare_exchange_strong(&stream->epoch, &before, EPOCH_CHANGES)) {
        atomic_store(&stream->seq, seq);
        atomic_store(&stream->epoch, epoch);
    }
}

bool jd_shared_stream_get(const struct jd_shared *shared,
        struct jd_span name,
        int64_t *out_epoch,
        int64_t *out_seq)
{
    const struct jd_shared_stream *stream = find_stream(shared, key_of(name));
    if (stream == NULL) {
        return false;
    }
    int64_t epoch = atomic_load(&stream->epoch);
    int64_t seq = atomic_load(&stream->seq);
    bool named_only = epoch == 0 && seq == 0; // its writer is between the key and the numbers
    if (named_only || epoch == EPOCH_CHANGES || epoch != atomic_load(&stream->epoch)) {
        return false;
    }
    *out_epoch = epoch;
    *out_seq = seq;
    return true;
}
