/*
 * A message is its path below the root: that is the key, and fetch needs to know nothing else.
 * The tree is walked once, watched before each folder is read; after that single files come and
 * go by event, and folders that do lead to another walk.
 */
#include "eml_source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "call.h"
#include "file.h"
#include "maildir_name.h"
#include "mailstore.h"

enum {
    KEY_BYTES_MAX = 512,
    FOLDERS_MAX = 10000,
    DEPTH_MAX = 32,
    CHECK_EVERY = 256,
    LOOK_AGAIN_MS = 600000, // a walk over all, in case the kernel kept quiet
    LOOK_AGAIN_UNWATCHED_MS = 30000,
};

static const uint32_t EVENTS = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                               IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

struct eml {
    struct jd_mailstore store;
    unsigned flags; // of every message
    char **folders; // paths below the root; folder i of the shelf
    uint32_t folders_count;
    bool watching;
    bool dirty; // to be walked
    int64_t look_again_ms;
};

static bool is_eml(const char *name)
{
    size_t len = strlen(name);
    return name[0] != '.' && len > 4 && strcasecmp(name + len - 4, ".eml") == 0;
}

static void
write_path(const struct eml *self, uint32_t folder, const char *name, char out_path[PATH_MAX])
{
    snprintf(out_path, PATH_MAX, "%s/%s%s", self->store.path,
            self->store.shelf.folders[folder].prefix, name);
}

// ---- files

static enum jd_status put_file(struct eml *self,
        uint32_t folder,
        const char *name,
        const struct stat *stat,
        struct jd_shelf_item **out_item,
        struct jd_error *error)
{
    size_t key_len = strlen(name);
    *out_item = NULL;
    if (strlen(self->store.shelf.folders[folder].prefix) + key_len > KEY_BYTES_MAX) {
        self->store.host->count(self->store.host->context, "eml_names_too_long_total", 1);
        return JD_OK;
    }
    struct jd_shelf_item *item;
    enum jd_status status =
            jd_shelf_put(&self->store.shelf, folder, name, key_len, self->flags, &item, error);
    if (status != JD_OK) {
        return status;
    }
    int64_t changed_ns = stat->st_mtim.tv_sec * INT64_C(1000000000) + stat->st_mtim.tv_nsec;
    if (item->mark != changed_ns || item->bytes != stat->st_size) {
        char path[PATH_MAX];
        write_path(self, folder, name, path);
        if (item->told) {
            jd_shelf_rewrite(&self->store.shelf, item);
        }
        item->mark = changed_ns;
        item->bytes = stat->st_size;
        item->received_ms = jd_file_received_ms(path, stat, jd_mailstore_now_ms(&self->store));
    }
    *out_item = item;
    return JD_OK;
}

// ---- the walk

static enum jd_status
find_folder(struct eml *self, const char *path, uint32_t *out_folder, struct jd_error *error)
{
    for (uint32_t i = 0; i < self->folders_count; i++) {
        if (strcmp(self->folders[i], path) == 0) {
            *out_folder = i;
            return JD_OK;
        }
    }
    if (self->folders_count == FOLDERS_MAX) {
        return jd_error_set(error, JD_BAD_INPUT,
                "eml: %.300s holds more than %d folders; give the path of the mail folder itself",
                self->store.path, FOLDERS_MAX);
    }
    char mailbox[JD_MAILBOX_BYTES_MAX], prefix[PATH_MAX];
    jd_folder_mailbox(path, mailbox);
    snprintf(prefix, sizeof(prefix), "%s%s", path, path[0] ? "/" : "");
    char **folders = realloc(self->folders, (self->folders_count + 1) * sizeof(*folders));
    self->folders = folders ? folders : self->folders;
    char *copy = strdup(path);
    if (!folders || !copy ||
            jd_shelf_folder(&self->store.shelf, mailbox, prefix) == UINT32_MAX) {
        free(copy);
        return jd_error_set(error, JD_RETRY_LATER, "eml: no memory left for folders");
    }
    self->folders[self->folders_count] = copy;
    *out_folder = self->folders_count++;
    return JD_OK;
}

static int depth_of(const char *path)
{
    int depth = 0;
    for (; *path; path++) {
        depth += *path == '/';
    }
    return depth;
}

// One walk: the folders still to be read, by number, in the order found.
struct walk {
    struct eml *self;
    const struct jd_call *call;
    struct jd_error *error;
    uint32_t *queue;
    uint32_t count;
    uint32_t entries;
};

static enum jd_status enqueue(struct walk *walk, const char *path)
{
    uint32_t folder;
    enum jd_status status = find_folder(walk->self, path, &folder, walk->error);
    if (status != JD_OK) {
        return status;
    }
    uint32_t *queue = realloc(walk->queue, (walk->count + 1) * sizeof(*queue));
    if (!queue) {
        return jd_error_set(walk->error, JD_RETRY_LATER, "eml: no memory left for folders");
    }
    walk->queue = queue;
    walk->queue[walk->count++] = folder;
    return JD_OK;
}

static enum jd_status
take_entry(struct walk *walk, uint32_t folder, int dir_fd, const char *name)
{
    struct eml *self = walk->self;
    struct stat stat;
    if (++walk->entries % CHECK_EVERY == 1) {
        enum jd_status status = jd_call_check(self->store.host, walk->call, walk->error);
        if (status != JD_OK) {
            return status;
        }
    }
    if (name[0] == '.' || fstatat(dir_fd, name, &stat, AT_SYMLINK_NOFOLLOW) != 0) {
        return JD_OK;
    }
    if (S_ISREG(stat.st_mode) && stat.st_size > 0 && is_eml(name)) {
        struct jd_shelf_item *item;
        return put_file(self, folder, name, &stat, &item, walk->error);
    }
    if (S_ISDIR(stat.st_mode) && depth_of(self->folders[folder]) < DEPTH_MAX) {
        char path[PATH_MAX];
        snprintf(path, sizeof(path), "%s%s", self->store.shelf.folders[folder].prefix, name);
        return enqueue(walk, path);
    }
    return JD_OK;
}

static enum jd_status read_folder(struct walk *walk, uint32_t folder)
{
    struct eml *self = walk->self;
    char path[PATH_MAX];
    write_path(self, folder, "", path);
    if (self->watching) {
        jd_watch_add(&self->store.watch, path, EVENTS, folder, 0);
    }
    DIR *dir = opendir(path);
    if (!dir) {
        bool vanished = folder > 0 && (errno == ENOENT || errno == ENOTDIR);
        return vanished ? JD_OK
                        : jd_file_error(walk->error, JD_RETRY_LATER, "eml", path, errno);
    }
    enum jd_status status = JD_OK;
    struct dirent *entry;
    errno = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own
    while (status == JD_OK && (entry = readdir(dir))) {
        status = take_entry(walk, folder, dirfd(dir), entry->d_name);
        errno = 0;
    }
    if (status == JD_OK && errno != 0) {
        // Half a folder read is not the rest of it gone.
        status = jd_file_error(walk->error, JD_RETRY_LATER, "eml", path, errno);
    }
    closedir(dir);
    return status;
}

static enum jd_status
walk_tree(struct eml *self, const struct jd_call *call, struct jd_error *error)
{
    struct walk walk = { .self = self, .call = call, .error = error };
    self->store.watch.missing = 0;
    enum jd_status status = enqueue(&walk, "");
    // Every folder known is swept: what the walk does not pass has gone.
    for (uint32_t i = 0; i < self->folders_count; i++) {
        jd_shelf_sweep_begin(&self->store.shelf, i);
    }
    for (uint32_t i = 0; status == JD_OK && i < walk.count; i++) {
        status = read_folder(&walk, walk.queue[i]);
    }
    free(walk.queue);
    if (status == JD_OK) {
        jd_shelf_sweep_end(&self->store.shelf);
        self->dirty = false;
        self->look_again_ms =
                jd_mailstore_now_ms(&self->store) +
                (self->store.watch.missing ? LOOK_AGAIN_UNWATCHED_MS : LOOK_AGAIN_MS);
    } else {
        jd_shelf_sweep_cancel(&self->store.shelf);
    }
    return status;
}

// ---- events

static void file_left(struct eml *self, const struct jd_watch_event *event)
{
    struct jd_shelf_item *item =
            jd_shelf_find(&self->store.shelf, event->folder, jd_span_of(event->name));
    if (!item || !item->here) {
        return;
    }
    jd_shelf_drop(&self->store.shelf, item);
    if (event->mask & IN_MOVED_FROM) {
        jd_watch_left(
                &self->store.watch, event->cookie, jd_shelf_index(&self->store.shelf, item));
    }
}

static enum jd_status
file_came(struct eml *self, const struct jd_watch_event *event, struct jd_error *error)
{
    char path[PATH_MAX];
    struct stat stat;
    write_path(self, event->folder, event->name, path);
    if (lstat(path, &stat) != 0 || !S_ISREG(stat.st_mode) || stat.st_size == 0) {
        return JD_OK; // gone again, or about to be written: another event follows
    }
    struct jd_shelf_item *item;
    enum jd_status status = put_file(self, event->folder, event->name, &stat, &item, error);
    uint32_t origin;
    if (event->mask & IN_MOVED_TO &&
            jd_watch_came(&self->store.watch, event->cookie, &origin) && status == JD_OK &&
            item && !item->told) {
        item->moved_from = origin + 1;
    }
    return status;
}

static enum jd_status
take_event(struct eml *self, const struct jd_watch_event *event, struct jd_error *error)
{
    if (event->mask & (IN_Q_OVERFLOW | IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED |
                              IN_UNMOUNT)) {
        self->dirty = true;
        return JD_OK;
    }
    if (!is_eml(event->name)) {
        return JD_OK;
    }
    if (event->mask & (IN_DELETE | IN_MOVED_FROM)) {
        file_left(self, event);
        return JD_OK;
    }
    return file_came(self, event, error);
}

static enum jd_status
catch_up(struct eml *self, const struct jd_call *call, struct jd_error *error)
{
    struct jd_watch_event event;
    enum jd_status status = JD_OK;
    do {
        if (self->dirty) {
            status = walk_tree(self, call, error);
        }
        while (status == JD_OK && jd_watch_next(&self->store.watch, &event)) {
            status = take_event(self, &event, error);
        }
        if (status == JD_OK) {
            status = jd_call_check(self->store.host, call, error);
        }
    } while (status == JD_OK && self->dirty);
    self->dirty |= status != JD_OK; // an event may be lost
    return status;
}

// ---- the service

static void eml_close(void *context)
{
    struct eml *self = context;
    for (uint32_t i = 0; i < self->folders_count; i++) {
        free(self->folders[i]);
    }
    free(self->folders);
    jd_mailstore_destroy(&self->store);
}

static enum jd_status check_root(const char *root, struct jd_error *error)
{
    struct stat stat;
    char cur[PATH_MAX];
    snprintf(cur, sizeof(cur), "%s/cur", root);
    if (lstat(cur, &stat) == 0 && S_ISDIR(stat.st_mode)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "eml: %.200s holds cur, so it is a Maildir; use maildir:%.200s", root, root);
    }
    DIR *dir = opendir(root);
    if (dir) {
        closedir(dir);
        return JD_OK;
    }
    if (errno == ENOTDIR) {
        return jd_error_set(error, JD_BAD_INPUT,
                "eml: %.200s is a file; give the folder it lies in, or use mbox:%.200s", root,
                root);
    }
    return jd_file_error(error, JD_BAD_INPUT, "eml", root, errno);
}

static enum jd_status eml_open(const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error)
{
    void *made;
    enum jd_status status = check_root(jd_config_text(config, "path"), error);
    if (status == JD_OK) {
        status = jd_mailstore_create(sizeof(struct eml), "eml", host, config, &made, error);
    }
    if (status != JD_OK) {
        return status;
    }
    struct eml *self = made;
    self->flags = jd_config_number(config, "unread") ? 0 : JD_FLAG_SEEN;
    self->dirty = true;
    *out_self = self;
    return JD_OK;
}

static enum jd_status eml_changes(void *context,
        const struct jd_call *call,
        struct jd_span cursor,
        struct jd_change_sink *sink,
        struct jd_error *error)
{
    struct eml *self = context;
    self->dirty |= !self->watching || jd_mailstore_now_ms(&self->store) >= self->look_again_ms;
    self->watching = true;
    enum jd_status status = catch_up(self, call, error);
    return status == JD_OK ? jd_shelf_report(&self->store.shelf, self->store.host, call, cursor,
                                     sink, error)
                           : status;
}

static enum jd_status eml_fetch(void *context,
        const struct jd_call *call,
        struct jd_span key,
        struct jd_byte_sink *sink,
        struct jd_error *error)
{
    const struct eml *self = context;
    struct stat stat;
    bool named = key.len > 4 && strncasecmp(key.data + key.len - 4, ".eml", 4) == 0;
    int fd = named ? jd_file_open_below(self->store.path, key, &stat) : -1;
    if (!named || (fd < 0 && (errno == ENOENT || errno == ENOTDIR))) {
        return jd_mailstore_gone(&self->store, key, error);
    }
    if (fd < 0) {
        int number = errno;
        char path[PATH_MAX];
        snprintf(path, sizeof(path), "%s/%.*s", self->store.path, (int)key.len, key.data);
        return jd_file_error(error, JD_BAD_INPUT, "eml", path, number);
    }
    return jd_mailstore_send(&self->store, call, key, fd, 0, stat.st_size, sink, error);
}

static void eml_wait(void *context, struct jd_wait *out_wait)
{
    const struct eml *self = context;
    jd_mailstore_wait(&self->store, self->dirty, self->look_again_ms, out_wait);
}

const struct jd_option jd_eml_options[] = {
    {
            .name = "path",
            .type = JD_OPTION_PATH,
            .required = true,
            .choices = "folder",
            .help = "The folder of .eml files; its folders are read too.",
    },
    {
            .name = "unread",
            .type = JD_OPTION_BOOL,
            .default_text = "false",
            .help = "Show the messages as unread; files carry no mark of their own.",
    },
    JD_MAILSTORE_BYTES_MAX_OPTION,
    { 0 },
};

const struct jd_source_ops jd_eml_ops = {
    JD_SIZE(jd_source_ops),
    .open = eml_open,
    .changes = eml_changes,
    .fetch = eml_fetch,
    .wait = eml_wait,
    .close = eml_close,
};
