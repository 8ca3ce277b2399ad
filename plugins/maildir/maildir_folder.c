#include "maildir_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "file.h"

enum {
    FOLDERS_MAX = 10000, // more than that is a home directory given by mistake
    DEPTH_MAX = 16,
};

static const uint32_t TREE_EVENTS = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                    IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

// The walk's queue: folders found, each visited once, in the order found.
struct queue {
    const char *root;
    struct jd_watch *watch;
    enum jd_status failure;
    struct jd_error *error;
    char **paths;
    bool *is_mail;
    uint32_t count, capacity;
};

static bool is_folder(int dir_fd, const struct dirent *entry)
{
    struct stat stat;
    if (entry->d_type != DT_UNKNOWN) {
        return entry->d_type == DT_DIR;
    }
    return fstatat(dir_fd, entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(stat.st_mode);
}

static enum jd_status enqueue(struct queue *queue, const char *parent, const char *name)
{
    if (queue->count == FOLDERS_MAX) {
        return jd_error_set(queue->error, queue->failure,
                "maildir: %.300s holds more than %d folders; give the path of the mail folder itself",
                queue->root, FOLDERS_MAX);
    }
    if (queue->count == queue->capacity) {
        uint32_t capacity = queue->capacity ? queue->capacity * 2 : 16;
        char **paths = realloc(queue->paths, capacity * sizeof(*paths));
        queue->paths = paths ? paths : queue->paths;
        bool *is_mail = realloc(queue->is_mail, capacity * sizeof(*is_mail));
        queue->is_mail = is_mail ? is_mail : queue->is_mail;
        if (!paths || !is_mail) {
            return jd_error_set(queue->error, JD_RETRY_LATER,
                    "maildir: no memory left for the list of folders");
        }
        queue->capacity = capacity;
    }
    char *path;
    if (asprintf(&path, "%s%s%s", parent, parent[0] ? "/" : "", name) < 0) {
        return jd_error_set(queue->error, JD_RETRY_LATER,
                "maildir: no memory left for the list of folders");
    }
    queue->is_mail[queue->count] = false;
    queue->paths[queue->count++] = path;
    return JD_OK;
}

static int depth_of(const char *path)
{
    int depth = path[0] != '\0';
    for (; *path; path++) {
        depth += *path == '/';
    }
    return depth;
}

static enum jd_status
check_readable(struct queue *queue, uint32_t parent, int dir_fd, const char *name)
{
    if (faccessat(dir_fd, name, R_OK | X_OK, AT_EACCESS) == 0 || errno != EACCES) {
        return JD_OK;
    }
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s/%s", queue->root, queue->paths[parent], name);
    return jd_file_error(queue->error, queue->failure, "maildir", path, EACCES);
}

static enum jd_status
take_entry(struct queue *queue, uint32_t parent, int dir_fd, const struct dirent *entry)
{
    const char *name = entry->d_name, *path = queue->paths[parent];
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "tmp") == 0 ||
            !is_folder(dir_fd, entry)) {
        return JD_OK;
    }
    if (strcmp(name, "cur") == 0 || strcmp(name, "new") == 0) {
        queue->is_mail[parent] = true;
        return check_readable(queue, parent, dir_fd, name);
    }
    bool hidden = name[0] == '.', in_hidden = path[0] == '.';
    if (in_hidden || (hidden && path[0] != '\0') || depth_of(path) >= DEPTH_MAX) {
        return JD_OK;
    }
    return enqueue(queue, path, name);
}

static enum jd_status visit(struct queue *queue, uint32_t index)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", queue->root, queue->paths[index]);
    if (queue->watch) {
        jd_watch_add(queue->watch, path, TREE_EVENTS, index, JD_MAILDIR_TREE);
    }
    DIR *dir = opendir(path);
    if (!dir) {
        bool vanished = index > 0 && (errno == ENOENT || errno == ENOTDIR);
        if (vanished) {
            return JD_OK;
        }
        return errno == ENOTDIR
                       ? jd_maildir_not_one(queue->root, queue->failure, queue->error)
                       : jd_file_error(queue->error, queue->failure, "maildir", path, errno);
    }
    enum jd_status status = JD_OK;
    struct dirent *entry;
    errno = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own
    while (status == JD_OK && (entry = readdir(dir))) {
        status = take_entry(queue, index, dirfd(dir), entry);
        errno = 0;
    }
    if (status == JD_OK && errno != 0) {
        // Half a tree read is not the rest of it gone.
        status = jd_file_error(queue->error, queue->failure, "maildir", path, errno);
    }
    closedir(dir);
    return status;
}

static int compare_paths(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

// Keeps the mail folders of the queue, frees the rest.
static void keep_mail(struct queue *queue, struct jd_maildir_walk *out_walk)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < queue->count; i++) {
        if (queue->is_mail[i]) {
            queue->paths[kept++] = queue->paths[i];
        } else {
            free(queue->paths[i]);
        }
    }
    free(queue->is_mail);
    qsort(queue->paths, kept, sizeof(*queue->paths), compare_paths);
    *out_walk = (struct jd_maildir_walk){ queue->paths, kept };
}

enum jd_status jd_maildir_walk(const char *root,
        struct jd_watch *watch,
        enum jd_status failure,
        struct jd_maildir_walk *out_walk,
        struct jd_error *error)
{
    struct queue queue = { .root = root, .watch = watch, .failure = failure, .error = error };
    enum jd_status status = enqueue(&queue, "", "");
    for (uint32_t i = 0; status == JD_OK && i < queue.count; i++) {
        status = visit(&queue, i);
    }
    struct jd_maildir_walk walk;
    keep_mail(&queue, &walk);
    if (status == JD_OK && walk.count > 0) {
        *out_walk = walk;
        return JD_OK;
    }
    jd_maildir_walk_finish(&walk);
    return status == JD_OK ? JD_NONE : status;
}

void jd_maildir_walk_finish(struct jd_maildir_walk *walk)
{
    for (uint32_t i = 0; i < walk->count; i++) {
        free(walk->paths[i]);
    }
    free(walk->paths);
    *walk = (struct jd_maildir_walk){ NULL, 0 };
}

static bool has_eml(const char *root)
{
    DIR *dir = opendir(root);
    bool found = false;
    struct dirent *entry;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own
    while (dir && !found && (entry = readdir(dir))) {
        size_t len = strlen(entry->d_name);
        found = len > 4 && strcasecmp(entry->d_name + len - 4, ".eml") == 0;
    }
    if (dir) {
        closedir(dir);
    }
    return found;
}

enum jd_status
jd_maildir_not_one(const char *root, enum jd_status failure, struct jd_error *error)
{
    char head[5] = "";
    struct stat stat;
    int fd = jd_file_open(root, &stat);
    if (fd >= 0) {
        ssize_t len = pread(fd, head, sizeof(head), 0);
        close(fd);
        if (len == (ssize_t)sizeof(head) && memcmp(head, "From ", sizeof(head)) == 0) {
            return jd_error_set(error, failure,
                    "maildir: %.200s is an mbox file, not a Maildir; use mbox:%.200s", root,
                    root);
        }
        return jd_error_set(error, failure,
                "maildir: %.300s is a file; a Maildir is a folder with cur, new and tmp in it",
                root);
    }
    if (has_eml(root)) {
        return jd_error_set(error, failure,
                "maildir: %.200s holds .eml files and no cur or new; use eml:%.200s", root,
                root);
    }
    return jd_error_set(error, failure,
            "maildir: %.300s holds neither cur nor new, so it is no Maildir; give the folder above cur, or use mbox:FILE or eml:FOLDER",
            root);
}
