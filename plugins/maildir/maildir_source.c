/*
 * How nothing is lost: a folder is watched before it is read, new/ is read before cur/ (mail
 * moves that way only), and events that came meanwhile are applied on top of what was read. For
 * each key the last event tells the truth. Dropped events, or folders that change their place,
 * lead to reading again; the shelf turns that into the few differences it holds.
 */
#include "maildir_source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "date.h"
#include "file.h"
#include "maildir_folder.h"
#include "maildir_name.h"
#include "mailstore.h"

enum {
    KEY_BYTES_MAX = 512,
    PREFIX_BYTES_MAX = 200,
    ROUNDS_MAX = 8,        // of reading a mailbox that changes while it is read
    CHECK_EVERY = 1024,    // entries of a folder, events
    LOOK_AGAIN_MS = 60000, // should the kernel keep quiet (network file systems do)
    LOOK_AGAIN_UNWATCHED_MS = 5000,
    FETCH_TRIES = 3,
    SETTLED_AFTER_MS = 1000, // a younger folder time may hide a second change
};

static const uint32_t MAIL_EVENTS = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                    IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

static const char *const place_names[] = { [JD_MAILDIR_NEW] = "new", [JD_MAILDIR_CUR] = "cur" };

struct folder {
    char *path;         // below the root
    int64_t changed[2]; // ns, of new/ and cur/ when last read; -1: missing; 0: read again
    bool present, was_present;
    bool dirty; // to be read
};

struct maildir {
    struct jd_mailstore store; // folder i of its shelf is folders[i] here
    struct folder *folders;
    uint32_t folders_count;
    bool watching;
    bool tree_dirty; // folders may have come or gone
    int64_t look_again_ms;
};

static void write_path(const struct maildir *self,
        uint32_t folder,
        enum jd_maildir_place place,
        const char *name,
        char out_path[PATH_MAX])
{
    const char *path = self->folders[folder].path;
    snprintf(out_path, PATH_MAX, "%s/%s%s%s/%s", self->store.path, path, path[0] ? "/" : "",
            place_names[place], name);
}

// ---- messages

static int64_t
received_of(const struct maildir *self, const char *path, const struct jd_maildir_name *name)
{
    struct stat stat;
    int64_t now = jd_mailstore_now_ms(&self->store);
    if (name->received_ms <= now && jd_date_clamp(name->received_ms, now) != 0) {
        return name->received_ms;
    }
    return lstat(path, &stat) == 0 ? jd_file_received_ms(path, &stat, now) : 0;
}

static enum jd_status put_message(struct maildir *self,
        uint32_t folder,
        enum jd_maildir_place place,
        const char *file_name,
        struct jd_shelf_item **out_item,
        struct jd_error *error)
{
    struct jd_maildir_name name;
    *out_item = NULL;
    if (!jd_maildir_name_parse(file_name, &name) ||
            strlen(self->store.shelf.folders[folder].prefix) + name.unique_len >
                    KEY_BYTES_MAX) {
        return JD_OK;
    }
    struct jd_span unique = { file_name, name.unique_len };
    struct jd_shelf_item *item = jd_shelf_find(&self->store.shelf, folder, unique);
    bool in_new = place == JD_MAILDIR_NEW;
    bool elsewhere = item && item->here &&
                     (item->in_new != in_new || strcmp(item->name, file_name) != 0);
    bool swept = item && item->seen < self->store.shelf.folders[folder].sweep;
    enum jd_status status = jd_shelf_put(
            &self->store.shelf, folder, file_name, name.unique_len, name.flags, &item, error);
    if (status != JD_OK) {
        return status;
    }
    item->in_new = in_new;
    // Known from before this reading is no twin: the file was renamed since.
    item->twin = elsewhere && !swept;
    item->bytes = name.bytes;
    if (item->received_ms == 0) {
        char path[PATH_MAX];
        write_path(self, folder, place, file_name, path);
        item->received_ms = received_of(self, path, &name);
    }
    *out_item = item;
    return JD_OK;
}

// The message that lies exactly there, NULL: none known.
static struct jd_shelf_item *find_message(struct maildir *self,
        uint32_t folder,
        enum jd_maildir_place place,
        const char *file_name)
{
    struct jd_maildir_name name;
    if (!jd_maildir_name_parse(file_name, &name)) {
        return NULL;
    }
    struct jd_shelf_item *item = jd_shelf_find(
            &self->store.shelf, folder, (struct jd_span){ file_name, name.unique_len });
    bool same = item && item->here && item->in_new == (place == JD_MAILDIR_NEW) &&
                strcmp(item->name, file_name) == 0;
    return same ? item : NULL;
}

// ---- reading folders

static bool may_be_message(int dir_fd, const struct dirent *entry)
{
    struct stat stat;
    if (entry->d_type != DT_UNKNOWN) {
        return entry->d_type == DT_REG;
    }
    return fstatat(dir_fd, entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(stat.st_mode);
}

// The change time to remember for an open folder; 0: too fresh to be trusted.
static int64_t changed_ns(const struct stat *stat)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t changed = stat->st_mtim.tv_sec * INT64_C(1000000000) + stat->st_mtim.tv_nsec;
    int64_t age = now.tv_sec * INT64_C(1000000000) + now.tv_nsec - changed;
    return age > SETTLED_AFTER_MS * INT64_C(1000000) ? changed : 0;
}

// JD_NONE: there is no such place.
static enum jd_status read_place(struct maildir *self,
        const struct jd_call *call,
        uint32_t folder,
        enum jd_maildir_place place,
        struct jd_error *error)
{
    char path[PATH_MAX];
    write_path(self, folder, place, "", path);
    DIR *dir = opendir(path);
    if (!dir && (errno == ENOENT || errno == ENOTDIR)) {
        self->folders[folder].changed[place] = -1;
        return JD_NONE;
    }
    if (!dir) {
        return jd_file_error(error, JD_RETRY_LATER, "maildir", path, errno);
    }
    struct stat stat;
    self->folders[folder].changed[place] =
            fstat(dirfd(dir), &stat) == 0 ? changed_ns(&stat) : 0;
    enum jd_status status = JD_OK;
    struct dirent *entry;
    errno = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own
    for (uint32_t count = 0; status == JD_OK && (entry = readdir(dir)); count++) {
        struct jd_shelf_item *item;
        if (count % CHECK_EVERY == 0) {
            status = jd_call_check(self->store.host, call, error);
        }
        if (status == JD_OK && may_be_message(dirfd(dir), entry)) {
            status = put_message(self, folder, place, entry->d_name, &item, error);
        }
        errno = 0;
    }
    if (status == JD_OK && errno != 0) {
        // Half a folder read is not the rest of it gone.
        status = jd_file_error(error, JD_RETRY_LATER, "maildir", path, errno);
    }
    closedir(dir);
    return status;
}

static enum jd_status read_folder(struct maildir *self,
        const struct jd_call *call,
        uint32_t index,
        struct jd_error *error)
{
    struct folder *folder = &self->folders[index];
    jd_shelf_sweep_begin(&self->store.shelf, index);
    if (!folder->present) {
        folder->changed[JD_MAILDIR_NEW] = folder->changed[JD_MAILDIR_CUR] = -1;
    } else {
        enum jd_status new_status = read_place(self, call, index, JD_MAILDIR_NEW, error);
        if (new_status != JD_OK && new_status != JD_NONE) {
            return new_status;
        }
        enum jd_status cur_status = read_place(self, call, index, JD_MAILDIR_CUR, error);
        if (cur_status != JD_OK && cur_status != JD_NONE) {
            return cur_status;
        }
        if (new_status == JD_NONE && cur_status == JD_NONE) {
            // Whether the folder has gone, or the whole disk, only the tree can tell.
            self->tree_dirty = true;
            return JD_NONE;
        }
    }
    folder->dirty = false;
    return JD_OK;
}

static enum jd_status
read_dirty_folders(struct maildir *self, const struct jd_call *call, struct jd_error *error)
{
    for (uint32_t i = 0; i < self->folders_count; i++) {
        if (!self->folders[i].dirty) {
            continue;
        }
        enum jd_status status = read_folder(self, call, i, error);
        if (status == JD_NONE) {
            self->store.shelf.folders[i].sweep = 0;
        } else if (status != JD_OK) {
            jd_shelf_sweep_cancel(&self->store.shelf);
            for (uint32_t j = 0; j <= i; j++) {
                self->folders[j].dirty = true; // what was swept in vain is read again
            }
            return status;
        }
    }
    jd_shelf_sweep_end(&self->store.shelf);
    return JD_OK;
}

// ---- the tree of folders

static bool mailbox_is_taken(const struct maildir *self, const char *mailbox)
{
    for (uint32_t i = 0; i < self->folders_count; i++) {
        if (strcmp(self->store.shelf.folders[i].mailbox, mailbox) == 0) {
            return true;
        }
    }
    return false;
}

// Keys have 512 bytes; a very long mailbox name is represented by its hash.
static void write_prefix(const char *mailbox, char out_prefix[JD_MAILBOX_BYTES_MAX + 1])
{
    size_t len = strlen(mailbox);
    if (len <= PREFIX_BYTES_MAX) {
        snprintf(out_prefix, JD_MAILBOX_BYTES_MAX + 1, "%s/", mailbox);
        return;
    }
    uint64_t hash = 0xcbf29ce484222325ULL; // FNV-1a
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)mailbox[i]) * 0x100000001b3ULL;
    }
    snprintf(out_prefix, JD_MAILBOX_BYTES_MAX + 1, "#%016llx/", (unsigned long long)hash);
}

static enum jd_status add_folder(struct maildir *self, const char *path, struct jd_error *error)
{
    char mailbox[JD_MAILBOX_BYTES_MAX], prefix[JD_MAILBOX_BYTES_MAX + 1];
    jd_maildir_mailbox(path, mailbox);
    size_t len = strlen(mailbox);
    for (int twin = 2; mailbox_is_taken(self, mailbox); twin++) {
        len = len < sizeof(mailbox) - 16 ? len : sizeof(mailbox) - 16;
        snprintf(mailbox + len, sizeof(mailbox) - len, " (%d)", twin);
    }
    write_prefix(mailbox, prefix);
    struct folder *folders =
            realloc(self->folders, (self->folders_count + 1) * sizeof(*self->folders));
    self->folders = folders ? folders : self->folders;
    char *copy = strdup(path);
    if (!folders || !copy ||
            jd_shelf_folder(&self->store.shelf, mailbox, prefix) == UINT32_MAX) {
        free(copy);
        return jd_error_set(error, JD_RETRY_LATER, "maildir: no memory left for folders");
    }
    self->folders[self->folders_count++] =
            (struct folder){ .path = copy, .changed = { -1, -1 } };
    return JD_OK;
}

static enum jd_status
mark_present(struct maildir *self, const char *path, struct jd_error *error)
{
    uint32_t index = 0;
    while (index < self->folders_count && strcmp(self->folders[index].path, path) != 0) {
        index++;
    }
    if (index == self->folders_count) {
        enum jd_status status = add_folder(self, path, error);
        if (status != JD_OK) {
            return status;
        }
    }
    self->folders[index].present = true;
    for (int place = JD_MAILDIR_NEW; self->watching && place <= JD_MAILDIR_CUR; place++) {
        char folder_path[PATH_MAX];
        write_path(self, index, place, "", folder_path);
        jd_watch_add(&self->store.watch, folder_path, MAIL_EVENTS, index, place);
    }
    return JD_OK;
}

// Folders that came are watched; those that came or went are to be read.
static enum jd_status
walk_tree(struct maildir *self, enum jd_status failure, struct jd_error *error)
{
    struct jd_maildir_walk walk;
    self->store.watch.missing = 0;
    enum jd_status status = jd_maildir_walk(self->store.path,
            self->watching ? &self->store.watch : NULL, failure, &walk, error);
    if (status == JD_NONE) {
        return jd_maildir_not_one(self->store.path, failure, error);
    }
    if (status != JD_OK) {
        return status;
    }
    for (uint32_t i = 0; i < self->folders_count; i++) {
        self->folders[i].was_present = self->folders[i].present;
        self->folders[i].present = false;
    }
    for (uint32_t i = 0; status == JD_OK && i < walk.count; i++) {
        status = mark_present(self, walk.paths[i], error);
    }
    jd_maildir_walk_finish(&walk);
    for (uint32_t i = 0; i < self->folders_count; i++) {
        self->folders[i].dirty |= self->folders[i].present != self->folders[i].was_present;
    }
    self->tree_dirty = status != JD_OK;
    return status;
}

// ---- events

static void mark_all_dirty(struct maildir *self)
{
    self->tree_dirty = true;
    for (uint32_t i = 0; i < self->folders_count; i++) {
        self->folders[i].dirty = true;
    }
}

static void message_left(struct maildir *self, const struct jd_watch_event *event)
{
    struct jd_shelf_item *item = find_message(self, event->folder, event->kind, event->name);
    if (!item) {
        return;
    }
    if (item->twin) {
        self->folders[event->folder].dirty = true; // it may still lie in its other place
    }
    jd_shelf_drop(&self->store.shelf, item);
    if (event->mask & IN_MOVED_FROM) {
        jd_watch_left(
                &self->store.watch, event->cookie, jd_shelf_index(&self->store.shelf, item));
    }
}

// A file created with a name in new/ or cur/ is still being written; its closing comes later.
static bool is_complete(const char *path, uint32_t mask)
{
    struct stat stat;
    if (lstat(path, &stat) != 0 || !S_ISREG(stat.st_mode)) {
        return false;
    }
    return !(mask & IN_CREATE) || stat.st_size > 0 || stat.st_nlink > 1;
}

static enum jd_status
message_came(struct maildir *self, const struct jd_watch_event *event, struct jd_error *error)
{
    char path[PATH_MAX];
    write_path(self, event->folder, event->kind, event->name, path);
    if (!is_complete(path, event->mask)) {
        return JD_OK;
    }
    struct jd_shelf_item *item = find_message(self, event->folder, event->kind, event->name);
    if (item && event->mask & IN_CLOSE_WRITE) {
        jd_shelf_rewrite(&self->store.shelf, item);
        return JD_OK;
    }
    enum jd_status status =
            put_message(self, event->folder, event->kind, event->name, &item, error);
    uint32_t origin;
    if (event->mask & IN_MOVED_TO &&
            jd_watch_came(&self->store.watch, event->cookie, &origin) && status == JD_OK &&
            item && !item->told) {
        item->moved_from = origin + 1;
    }
    return status;
}

static enum jd_status
take_event(struct maildir *self, const struct jd_watch_event *event, struct jd_error *error)
{
    if (event->mask & IN_Q_OVERFLOW) {
        mark_all_dirty(self);
        self->store.host->log(self->store.host->context, JD_LOG_INFO,
                "changes came faster than they were read; all folders are read again", NULL);
        self->store.host->count(self->store.host->context, "maildir_overflows_total", 1);
        return JD_OK;
    }
    if (event->mask & (IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) {
        mark_all_dirty(self); // a renamed folder keeps its watch under another name
        return JD_OK;
    }
    if (event->kind == JD_MAILDIR_TREE) {
        return JD_OK; // a file beside the mail: an index of the server, a list of the client
    }
    if (event->mask & (IN_DELETE | IN_MOVED_FROM)) {
        message_left(self, event);
        return JD_OK;
    }
    return message_came(self, event, error);
}

static enum jd_status
take_events(struct maildir *self, const struct jd_call *call, struct jd_error *error)
{
    struct jd_watch_event event;
    enum jd_status status = JD_OK;
    for (uint32_t count = 1; status == JD_OK && jd_watch_next(&self->store.watch, &event);
            count++) {
        status = take_event(self, &event, error);
        if (status != JD_OK) {
            mark_all_dirty(self); // the event is lost
        } else if (count % CHECK_EVERY == 0) {
            status = jd_call_check(self->store.host, call, error);
        }
    }
    return status;
}

// ---- keeping up

static bool is_anything_dirty(const struct maildir *self)
{
    for (uint32_t i = 0; i < self->folders_count; i++) {
        if (self->folders[i].dirty) {
            return true;
        }
    }
    return self->tree_dirty;
}

static enum jd_status
catch_up(struct maildir *self, const struct jd_call *call, struct jd_error *error)
{
    enum jd_status status = take_events(self, call, error);
    for (int round = 0; status == JD_OK && round < ROUNDS_MAX && is_anything_dirty(self);
            round++) {
        if (self->tree_dirty) {
            status = walk_tree(self, JD_RETRY_LATER, error);
        }
        if (status == JD_OK) {
            status = read_dirty_folders(self, call, error);
        }
        if (status == JD_OK) {
            status = take_events(self, call, error);
        }
    }
    return status;
}

// Compares the folders' own times: what no event has told shows here.
static void look_for_changes(struct maildir *self)
{
    self->tree_dirty = true;
    for (uint32_t i = 0; i < self->folders_count; i++) {
        for (int place = JD_MAILDIR_NEW; place <= JD_MAILDIR_CUR; place++) {
            char path[PATH_MAX];
            struct stat stat;
            write_path(self, i, place, "", path);
            int64_t changed = lstat(path, &stat) == 0 ? changed_ns(&stat) : -1;
            if (changed == 0 || changed != self->folders[i].changed[place]) {
                self->folders[i].dirty = true;
            }
        }
    }
    self->look_again_ms = jd_mailstore_now_ms(&self->store) +
                          (self->store.watch.missing ? LOOK_AGAIN_UNWATCHED_MS : LOOK_AGAIN_MS);
}

static void start_watching(struct maildir *self)
{
    self->watching = true;
    mark_all_dirty(self);
    self->look_again_ms = jd_mailstore_now_ms(&self->store) + LOOK_AGAIN_MS;
}

// ---- the service

static void maildir_close(void *context)
{
    struct maildir *self = context;
    for (uint32_t i = 0; i < self->folders_count; i++) {
        free(self->folders[i].path);
    }
    free(self->folders);
    jd_mailstore_destroy(&self->store);
}

static enum jd_status maildir_open(const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error)
{
    void *made;
    enum jd_status status =
            jd_mailstore_create(sizeof(struct maildir), "maildir", host, config, &made, error);
    if (status != JD_OK) {
        return status;
    }
    struct maildir *self = made;
    self->store.shelf.names_unique = true;
    status = walk_tree(self, JD_BAD_INPUT, error);
    if (status != JD_OK) {
        maildir_close(self);
        return status;
    }
    *out_self = self;
    return JD_OK;
}

static enum jd_status maildir_changes(void *context,
        const struct jd_call *call,
        struct jd_span cursor,
        struct jd_change_sink *sink,
        struct jd_error *error)
{
    struct maildir *self = context;
    if (!self->watching) {
        start_watching(self);
    } else if (jd_mailstore_now_ms(&self->store) >= self->look_again_ms) {
        look_for_changes(self);
    }
    enum jd_status status = catch_up(self, call, error);
    return status == JD_OK ? jd_shelf_report(&self->store.shelf, self->store.host, call, cursor,
                                     sink, error)
                           : status;
}

static bool is_known(struct maildir *self, struct jd_span key)
{
    const struct jd_shelf_item *item = jd_shelf_find_key(&self->store.shelf, key);
    return item && item->here;
}

// The open file of a key, and its path; -1 and errno otherwise (ENOENT: not known, not there).
static int open_message(struct maildir *self,
        struct jd_span key,
        char out_path[PATH_MAX],
        struct stat *out_stat)
{
    if (!is_known(self, key)) {
        errno = ENOENT;
        return -1;
    }
    const struct jd_shelf_item *item = jd_shelf_find_key(&self->store.shelf, key);
    enum jd_maildir_place place = item->in_new ? JD_MAILDIR_NEW : JD_MAILDIR_CUR;
    write_path(self, item->folder, place, item->name, out_path);
    return jd_file_open(out_path, out_stat);
}

static enum jd_status maildir_fetch(void *context,
        const struct jd_call *call,
        struct jd_span key,
        struct jd_byte_sink *sink,
        struct jd_error *error)
{
    struct maildir *self = context;
    struct stat stat;
    char path[PATH_MAX];
    int fd = open_message(self, key, path, &stat);
    // Never listed by this instance, or renamed since, perhaps again by now.
    for (int tries = 0; fd < 0 && errno == ENOENT && tries < FETCH_TRIES; tries++) {
        if (tries > 0 && !is_known(self, key)) {
            break;
        }
        look_for_changes(self);
        enum jd_status status = catch_up(self, call, error);
        if (status != JD_OK) {
            return status;
        }
        fd = open_message(self, key, path, &stat);
    }
    if (fd < 0) {
        return errno == ENOENT ? jd_mailstore_gone(&self->store, key, error)
                               : jd_file_error(error, JD_BAD_INPUT, "maildir", path, errno);
    }
    return jd_mailstore_send(&self->store, call, key, fd, 0, stat.st_size, sink, error);
}

static void maildir_wait(void *context, struct jd_wait *out_wait)
{
    const struct maildir *self = context;
    bool due = !self->watching || is_anything_dirty(self);
    jd_mailstore_wait(&self->store, due, self->look_again_ms, out_wait);
}

const struct jd_option jd_maildir_options[] = {
    {
            .name = "path",
            .type = JD_OPTION_PATH,
            .required = true,
            .choices = "folder",
            .help = "The folder that holds cur, new and tmp, or folders that do.",
    },
    JD_MAILSTORE_BYTES_MAX_OPTION,
    { 0 },
};

const struct jd_source_ops jd_maildir_ops = {
    JD_SIZE(jd_source_ops),
    .open = maildir_open,
    .changes = maildir_changes,
    .fetch = maildir_fetch,
    .wait = maildir_wait,
    .close = maildir_close,
};
