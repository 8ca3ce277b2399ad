/**
 * inotify over many folders, each known by its owner's two numbers.
 *
 * A watch that could not be set (limit of the system, file system without events) is counted in
 * `missing`: the owner then looks by time. Losing events is told as IN_Q_OVERFLOW, never
 * silent.
 */
#ifndef MAILDIR_WATCH_H
#define MAILDIR_WATCH_H

#include <sys/inotify.h>

#include <jackdaw/error.h>

struct jd_watch_row {
    int wd;
    uint32_t folder;
    uint32_t kind;
};

struct jd_watch {
    int fd;
    struct jd_watch_row *rows; // by wd, ascending
    uint32_t rows_count, rows_capacity;
    uint32_t missing; // folders that are not watched
    char *buffer;
    size_t buffer_at, buffer_len;
};

struct jd_watch_event {
    uint32_t mask, cookie; // inotify(7)
    uint32_t folder, kind; // as given to jd_watch_add
    const char *name;      // "" for the folder itself; valid until the next call
};

enum jd_status jd_watch_open(struct jd_watch *watch, struct jd_error *error);

/** Takes a watch that was never opened, too. */
void jd_watch_close(struct jd_watch *watch);

/** Watches `path`; adding the same folder again changes its numbers. */
void jd_watch_add(struct jd_watch *watch,
        const char *path,
        uint32_t mask,
        uint32_t folder,
        uint32_t kind);

/** The next event, oldest first; false: none waiting. Never blocks. */
bool jd_watch_next(struct jd_watch *watch, struct jd_watch_event *out_event);

#endif
