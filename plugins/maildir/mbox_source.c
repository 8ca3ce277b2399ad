/*
 * The file is indexed once: where each message begins, how long it is, and a hash of its
 * header, which is its key. Appended mail is found by reading on from the last message; any
 * other change means indexing again, which the shelf turns into the few differences there are.
 * A message that has moved inside the file keeps its key.
 */
#include "mbox_source.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <libgen.h>

#include "call.h"
#include "date.h"
#include "file.h"
#include "mailstore.h"
#include "mbox_scan.h"

enum {
    MAILBOX_BYTES_MAX = 200,
    KEY_BYTES = 32,
    LOOK_AGAIN_MS = 60000,
    INDEX_AGAIN_MS =
            600000, // after an end was read alone: what lies before may have changed too
    TORN_MS = 2000, // an end without a line end is still being written, for this long
};

static const uint32_t FILE_EVENTS = IN_MODIFY | IN_CLOSE_WRITE | IN_MOVE_SELF | IN_DELETE_SELF;
static const uint32_t FOLDER_EVENTS = IN_CREATE | IN_MOVED_TO | IN_ONLYDIR;

// What tells one state of the file from another.
struct state {
    dev_t device;
    ino_t inode;
    int64_t size, changed_ns;
};

struct mbox {
    struct jd_mailstore store; // its shelf has one folder, index 0
    bool watching;
    bool dirty;
    bool indexed;
    struct state state;         // of the file as indexed
    int64_t last_at, last_mark; // of the last message: its "From " line, its header
    uint64_t last_hash;
    int64_t look_again_ms;
    int64_t index_again_ms; // 0: the file was last read whole
    int64_t torn_until_ms;  // the end is unfinished until then; 0: it is whole
};

static struct state state_of(const struct stat *stat)
{
    return (struct state){
        .device = stat->st_dev,
        .inode = stat->st_ino,
        .size = stat->st_size,
        .changed_ns = stat->st_mtim.tv_sec * INT64_C(1000000000) + stat->st_mtim.tv_nsec,
    };
}

static bool same_state(const struct state *a, const struct state *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed_ns == b->changed_ns;
}

// ---- indexing

// One run over the file or its end.
struct run {
    struct mbox *self;
    const struct jd_call *call;
    struct jd_mbox_scan scan;
    struct state state;
    int64_t now_ms;
    bool sweeping;
    struct jd_error *error;
};

// Writes key number `number` of this hash, from 1. True: no message has it.
static bool
try_key(const struct run *run, uint64_t hash, unsigned number, char out_key[KEY_BYTES])
{
    struct jd_shelf *shelf = &run->self->store.shelf;
    int len = snprintf(out_key, KEY_BYTES, "%016" PRIx64, hash);
    if (number > 1) {
        snprintf(out_key + len, KEY_BYTES - (size_t)len, "-%u", number);
    }
    const struct jd_shelf_item *item = jd_shelf_find(shelf, 0, jd_span_of(out_key));
    return !item || !item->here || (run->sweeping && item->seen < shelf->folders[0].sweep);
}

// Equal headers are numbered without a gap, so the first free number is found by halving: a
// file may hold one letter many thousand times.
static void write_key(const struct run *run, uint64_t hash, char out_key[KEY_BYTES])
{
    unsigned taken = 0, free = 1;
    while (!try_key(run, hash, free, out_key)) {
        taken = free;
        free *= 2;
    }
    while (free - taken > 1) {
        unsigned middle = taken + (free - taken) / 2;
        *(try_key(run, hash, middle, out_key) ? &free : &taken) = middle;
    }
    try_key(run, hash, free, out_key);
}

static enum jd_status put_message(const struct run *run,
        int64_t at,
        int64_t next,
        const struct jd_mbox_head *head,
        struct jd_mbox_scan *scan)
{
    char key[KEY_BYTES];
    struct jd_shelf_item *item;
    struct jd_shelf *shelf = &run->self->store.shelf;
    write_key(run, head->hash, key);
    enum jd_status status =
            jd_shelf_put(shelf, 0, key, strlen(key), head->flags, &item, run->error);
    if (status != JD_OK) {
        return status;
    }
    int64_t extent = jd_mbox_scan_end(scan, at, next) - at - (int64_t)head->line_len;
    // The header may be longer now by a status; what is behind it is the message itself.
    int64_t content = extent - (int64_t)head->header_len;
    if (item->told && item->content != content) {
        jd_shelf_rewrite(shelf, item);
    }
    item->mark = at + (int64_t)head->line_len;
    item->extent = extent;
    item->content = content;
    int64_t received_ms =
            head->received_ms ? head->received_ms : run->state.changed_ns / 1000000;
    item->received_ms = jd_date_clamp(received_ms, run->now_ms);
    return JD_OK;
}

// The end of the file may be the middle of a delivery.
static bool is_torn(struct run *run)
{
    char last = '\n';
    if (run->state.size > 0 && pread(run->scan.fd, &last, 1, run->state.size - 1) != 1) {
        return true;
    }
    int64_t due_ms = run->state.changed_ns / 1000000 + TORN_MS;
    if (last == '\n' || due_ms <= run->now_ms) {
        return false;
    }
    run->self->torn_until_ms = due_ms;
    return true;
}

static enum jd_status index_from(struct run *run, int64_t at)
{
    struct mbox *self = run->self;
    bool torn = is_torn(run);
    while (at < run->state.size) {
        struct jd_mbox_head head;
        enum jd_status status = jd_call_check(self->store.host, run->call, run->error);
        if (status != JD_OK) {
            return status;
        }
        if (!jd_mbox_scan_head(&run->scan, at, &head)) {
            return jd_error_set(run->error, JD_RETRY_LATER,
                    "mbox: %.300s changed while it was read; it is read again",
                    self->store.path);
        }
        int64_t next = jd_mbox_scan_next(&run->scan, at, &head);
        self->last_at = at;
        self->last_mark = at + (int64_t)head.line_len;
        self->last_hash = head.hash;
        if (!head.internal && !(torn && next == run->state.size)) {
            status = put_message(run, at, next, &head, &run->scan);
        }
        if (status != JD_OK) {
            return status;
        }
        at = next;
    }
    return JD_OK;
}

static enum jd_status index_all(struct run *run)
{
    int64_t first = jd_mbox_scan_first(&run->scan);
    struct jd_mbox_head head;
    if (first < run->state.size && !jd_mbox_scan_head(&run->scan, first, &head)) {
        return jd_error_set(run->error, JD_RETRY_LATER,
                "mbox: %.300s does not begin with a \"From \" line any more; restore the mbox file",
                run->self->store.path);
    }
    run->sweeping = true;
    jd_shelf_sweep_begin(&run->self->store.shelf, 0);
    enum jd_status status = index_from(run, first);
    if (status == JD_OK) {
        jd_shelf_sweep_end(&run->self->store.shelf);
        run->self->index_again_ms = 0;
    } else {
        jd_shelf_sweep_cancel(&run->self->store.shelf);
    }
    return status;
}

static bool is_due(int64_t at_ms, int64_t now_ms)
{
    return at_ms != 0 && now_ms >= at_ms;
}

// Whether the file is the one we know with something behind it, as far as its end tells.
static bool is_appended(struct run *run)
{
    struct mbox *self = run->self;
    struct jd_mbox_head head;
    return self->indexed && !is_due(self->index_again_ms, run->now_ms) &&
           self->state.size > 0 && self->state.device == run->state.device &&
           self->state.inode == run->state.inode &&
           (self->state.size < run->state.size || same_state(&self->state, &run->state)) &&
           jd_mbox_scan_head(&run->scan, self->last_at, &head) && head.hash == self->last_hash;
}

// The last message is read again, as it may have grown; its key must be free for that.
static enum jd_status index_appended(struct run *run)
{
    struct jd_shelf *shelf = &run->self->store.shelf;
    for (uint32_t i = 0; i < shelf->items_count; i++) {
        struct jd_shelf_item *item = &shelf->items[i];
        if (item->here && item->mark == run->self->last_mark) {
            jd_shelf_drop(shelf, item);
        }
    }
    if (run->self->index_again_ms == 0) {
        run->self->index_again_ms = run->now_ms + INDEX_AGAIN_MS;
    }
    return index_from(run, run->self->last_at);
}

static enum jd_status index_file(struct mbox *self,
        const struct jd_call *call,
        int fd,
        const struct stat *stat,
        struct jd_error *error)
{
    struct run run = {
        .self = self,
        .call = call,
        .state = state_of(stat),
        .now_ms = jd_mailstore_now_ms(&self->store),
        .error = error,
    };
    if (!jd_mbox_scan_init(&run.scan, fd, stat->st_size)) {
        return jd_error_set(error, JD_RETRY_LATER, "mbox: no memory left to read the file");
    }
    self->torn_until_ms = 0;
    enum jd_status status = is_appended(&run) ? index_appended(&run) : index_all(&run);
    jd_mbox_scan_finish(&run.scan);
    self->state = run.state;
    self->indexed = status == JD_OK;
    self->dirty = status != JD_OK;
    return status;
}

// ---- keeping up

static void watch_file(struct mbox *self)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof(folder), "%s", self->store.path);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): it works in our own copy
    jd_watch_add(&self->store.watch, dirname(folder), FOLDER_EVENTS, 0, 0);
    jd_watch_add(&self->store.watch, self->store.path, FILE_EVENTS, 0, 0);
    self->watching = true;
}

static void take_events(struct mbox *self)
{
    struct jd_watch_event event;
    const char *slash = strrchr(self->store.path, '/');
    const char *name = slash ? slash + 1 : self->store.path;
    while (jd_watch_next(&self->store.watch, &event)) {
        // Without a name it is the file itself, or events were lost.
        if (event.name[0] == '\0' || strcmp(event.name, name) == 0) {
            self->dirty = true;
        }
        if (event.mask & (IN_CREATE | IN_MOVED_TO | IN_IGNORED)) {
            self->watching = false; // another file bears the name now
        }
    }
}

// Opens the file and indexes it if it is not the one we know. out_fd is the caller's to close.
static enum jd_status
catch_up(struct mbox *self, const struct jd_call *call, int *out_fd, struct jd_error *error)
{
    struct stat stat;
    int fd = jd_file_open(self->store.path, &stat);
    if (fd < 0) {
        return jd_file_error(error, JD_RETRY_LATER, "mbox", self->store.path, errno);
    }
    struct state state = state_of(&stat);
    int64_t now_ms = jd_mailstore_now_ms(&self->store);
    if (!self->indexed || self->dirty || is_due(self->torn_until_ms, now_ms) ||
            is_due(self->index_again_ms, now_ms) || !same_state(&state, &self->state)) {
        enum jd_status status = index_file(self, call, fd, &stat, error);
        if (status != JD_OK) {
            close(fd);
            return status;
        }
    }
    *out_fd = fd;
    return JD_OK;
}

// ---- the service

static void mbox_close(void *context)
{
    jd_mailstore_destroy(context);
}

static enum jd_status check_first_bytes(const char *path, int fd, struct jd_error *error)
{
    struct jd_mbox_scan scan;
    struct stat stat;
    struct jd_mbox_head head;
    unsigned char magic[2] = { 0 };
    if (fstat(fd, &stat) != 0 || !jd_mbox_scan_init(&scan, fd, stat.st_size)) {
        return jd_error_set(error, JD_RETRY_LATER, "mbox: %.300s cannot be read now", path);
    }
    int64_t first = jd_mbox_scan_first(&scan);
    bool good = first == scan.size || jd_mbox_scan_head(&scan, first, &head);
    jd_mbox_scan_finish(&scan);
    if (good) {
        return JD_OK;
    }
    if (pread(fd, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b) {
        return jd_error_set(error, JD_BAD_INPUT,
                "mbox: %.300s is compressed; unpack it first (gunzip)", path);
    }
    return jd_error_set(error, JD_BAD_INPUT,
            "mbox: %.300s is no mbox file, which begins with a line \"From SENDER DATE\"; for a single message use eml:FOLDER",
            path);
}

static enum jd_status check_file(const char *path, struct jd_error *error)
{
    struct stat stat;
    int fd = jd_file_open(path, &stat);
    if (fd < 0) {
        int number = errno;
        if (number == ENOTSUP && lstat(path, &stat) == 0 && S_ISDIR(stat.st_mode)) {
            return jd_error_set(error, JD_BAD_INPUT,
                    "mbox: %.200s is a folder; give one file in it, or use maildir:%.200s",
                    path, path);
        }
        return jd_file_error(error, JD_BAD_INPUT, "mbox", path, number);
    }
    enum jd_status status = check_first_bytes(path, fd, error);
    close(fd);
    return status;
}

static enum jd_status mbox_open(const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error)
{
    void *made;
    const char *mailbox = jd_config_text(config, "mailbox");
    if (!mailbox || mailbox[0] == '\0' || strlen(mailbox) > MAILBOX_BYTES_MAX) {
        return jd_error_set(error, JD_BAD_INPUT, "mbox: the option mailbox has 1 to %d bytes",
                MAILBOX_BYTES_MAX);
    }
    enum jd_status status = check_file(jd_config_text(config, "path"), error);
    if (status == JD_OK) {
        status = jd_mailstore_create(sizeof(struct mbox), "mbox", host, config, &made, error);
    }
    if (status != JD_OK) {
        return status;
    }
    struct mbox *self = made;
    if (jd_shelf_folder(&self->store.shelf, mailbox, "") == UINT32_MAX) {
        mbox_close(self);
        return jd_error_set(error, JD_RETRY_LATER, "mbox: no memory left");
    }
    *out_self = self;
    return JD_OK;
}

static enum jd_status mbox_changes(void *context,
        const struct jd_call *call,
        struct jd_span cursor,
        struct jd_change_sink *sink,
        struct jd_error *error)
{
    struct mbox *self = context;
    take_events(self);
    if (!self->watching) {
        watch_file(self);
    }
    if (jd_mailstore_now_ms(&self->store) >= self->look_again_ms) {
        self->look_again_ms = jd_mailstore_now_ms(&self->store) + LOOK_AGAIN_MS;
    }
    int fd;
    enum jd_status status = catch_up(self, call, &fd, error);
    if (status != JD_OK) {
        return status;
    }
    close(fd);
    return jd_shelf_report(&self->store.shelf, self->store.host, call, cursor, sink, error);
}

static enum jd_status mbox_fetch(void *context,
        const struct jd_call *call,
        struct jd_span key,
        struct jd_byte_sink *sink,
        struct jd_error *error)
{
    struct mbox *self = context;
    int fd;
    enum jd_status status = catch_up(self, call, &fd, error);
    if (status != JD_OK) {
        return status;
    }
    const struct jd_shelf_item *item = jd_shelf_find_key(&self->store.shelf, key);
    if (!item || !item->here) {
        close(fd);
        return jd_mailstore_gone(&self->store, key, error);
    }
    struct jd_mbox_unquote unquote;
    jd_mbox_unquote_init(&unquote, sink);
    status = jd_mailstore_send(
            &self->store, call, key, fd, item->mark, item->extent, &unquote.sink, error);
    return status == JD_OK ? jd_mbox_unquote_end(&unquote) : status;
}

static void mbox_wait(void *context, struct jd_wait *out_wait)
{
    const struct mbox *self = context;
    bool due = !self->watching || self->dirty;
    jd_mailstore_wait(&self->store, due,
            self->torn_until_ms ? self->torn_until_ms : self->look_again_ms, out_wait);
}

const struct jd_option jd_mbox_options[] = {
    {
            .name = "path",
            .type = JD_OPTION_PATH,
            .required = true,
            .choices = "file",
            .help = "The mbox file.",
    },
    {
            .name = "mailbox",
            .type = JD_OPTION_TEXT,
            .default_text = "INBOX",
            .help = "The mailbox that its messages are shown in.",
    },
    JD_MAILSTORE_BYTES_MAX_OPTION,
    { 0 },
};

const struct jd_source_ops jd_mbox_ops = {
    JD_SIZE(jd_source_ops),
    .open = mbox_open,
    .changes = mbox_changes,
    .fetch = mbox_fetch,
    .wait = mbox_wait,
    .close = mbox_close,
};
