#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 16 * 1024,
    OTHER_HALF_MS = 10, // the kernel queues both at once; only a tired machine needs more
};

static struct jd_watch_row *find_row(struct jd_watch *watch, int wd)
{
    uint32_t low = 0, high = watch->rows_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (watch->rows[middle].wd < wd) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < watch->rows_count && watch->rows[low].wd == wd ? &watch->rows[low] : NULL;
}

static void remove_row(struct jd_watch *watch, struct jd_watch_row *row)
{
    size_t after = (size_t)(&watch->rows[watch->rows_count] - (row + 1));
    memmove(row, row + 1, after * sizeof(*row));
    watch->rows_count--;
}

// The kernel numbers watches upward, so a new one belongs at the end.
static struct jd_watch_row *append_row(struct jd_watch *watch)
{
    if (watch->rows_count == watch->rows_capacity) {
        uint32_t capacity = watch->rows_capacity ? watch->rows_capacity * 2 : 8;
        struct jd_watch_row *rows = realloc(watch->rows, capacity * sizeof(*rows));
        if (!rows) {
            return NULL;
        }
        watch->rows = rows;
        watch->rows_capacity = capacity;
    }
    return &watch->rows[watch->rows_count++];
}

static bool fill_buffer(struct jd_watch *watch)
{
    ssize_t len;
    do {
        len = read(watch->fd, watch->buffer, BUFFER_BYTES);
    } while (len < 0 && errno == EINTR);
    watch->buffer_at = 0;
    watch->buffer_len = len > 0 ? (size_t)len : 0;
    return len > 0;
}

static bool is_half_renamed(const struct jd_watch *watch)
{
    for (int i = 0; i < JD_WATCH_RENAMES; i++) {
        if (watch->renames[i].cookie != 0) {
            return true;
        }
    }
    return false;
}

// False: nothing came. What has left by then has left for good.
static bool await_events(struct jd_watch *watch)
{
    if (fill_buffer(watch)) {
        return true;
    }
    struct pollfd fd = { watch->fd, POLLIN, 0 };
    if (is_half_renamed(watch) && poll(&fd, 1, OTHER_HALF_MS) > 0 && fill_buffer(watch)) {
        return true;
    }
    memset(watch->renames, 0, sizeof(watch->renames));
    return false;
}

enum jd_status jd_watch_open(struct jd_watch *watch, struct jd_error *error)
{
    memset(watch, 0, sizeof(*watch));
    watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->fd < 0) {
        return jd_error_set(error, JD_RETRY_LATER,
                "cannot watch for new mail: inotify_init1: %s; raise fs.inotify.max_user_instances",
                strerrordesc_np(errno));
    }
    watch->buffer = malloc(BUFFER_BYTES);
    if (!watch->buffer) {
        jd_watch_close(watch);
        return jd_error_set(error, JD_RETRY_LATER, "no memory left to watch for new mail");
    }
    return JD_OK;
}

void jd_watch_close(struct jd_watch *watch)
{
    if (watch->fd > 0) {
        close(watch->fd);
    }
    free(watch->rows);
    free(watch->buffer);
    memset(watch, 0, sizeof(*watch));
}

void jd_watch_add(struct jd_watch *watch,
        const char *path,
        uint32_t mask,
        uint32_t folder,
        uint32_t kind)
{
    int wd = inotify_add_watch(watch->fd, path, mask);
    if (wd < 0) {
        watch->missing += errno != ENOENT && errno != ENOTDIR;
        return;
    }
    struct jd_watch_row *row = find_row(watch, wd);
    if (!row) {
        row = append_row(watch);
    }
    if (!row) {
        inotify_rm_watch(watch->fd, wd);
        watch->missing++;
        return;
    }
    *row = (struct jd_watch_row){ wd, folder, kind };
}

bool jd_watch_next(struct jd_watch *watch, struct jd_watch_event *out_event)
{
    for (;;) {
        if (watch->buffer_at >= watch->buffer_len && !await_events(watch)) {
            return false;
        }
        struct inotify_event event;
        const char *at = watch->buffer + watch->buffer_at;
        memcpy(&event, at, sizeof(event));
        watch->buffer_at += sizeof(event) + event.len;

        struct jd_watch_row *row = find_row(watch, event.wd);
        if (!row && !(event.mask & IN_Q_OVERFLOW)) {
            continue; // left over from a watch that has ended
        }
        *out_event = (struct jd_watch_event){
            .mask = event.mask,
            .cookie = event.cookie,
            .folder = row ? row->folder : 0,
            .kind = row ? row->kind : 0,
            .name = event.len ? at + sizeof(event) : "",
        };
        if (row && event.mask & IN_IGNORED) {
            remove_row(watch, row);
        }
        return true;
    }
}

void jd_watch_left(struct jd_watch *watch, uint32_t cookie, uint32_t item)
{
    uint32_t at = watch->renames_at++ % JD_WATCH_RENAMES;
    watch->renames[at].cookie = cookie;
    watch->renames[at].item = item;
}

bool jd_watch_came(struct jd_watch *watch, uint32_t cookie, uint32_t *out_item)
{
    for (int i = 0; cookie != 0 && i < JD_WATCH_RENAMES; i++) {
        if (watch->renames[i].cookie == cookie) {
            *out_item = watch->renames[i].item;
            watch->renames[i].cookie = 0;
            return true;
        }
    }
    return false;
}
