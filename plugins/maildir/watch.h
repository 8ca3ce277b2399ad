/**
 * inotify over many folders, each known by its owner's two numbers.
 *
 * A watch that could not be set (limit of the system, file system without events) is counted in
 * * `missing`: the owner then looks by time. Losing events is told as IN_Q_OVERFLOW, never
 * silent.
 *
 * A rename is two events, and a reader may get the first before the second is there. An owner
 * says what left (jd_watch_left) and asks for what came (jd_watch_came); as long as one half is
 * missing jd_watch_next waits a moment for the other before it says that there is nothing more.
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

enum {
    JD_WATCH_RENAMES = 16
};

struct jd_watch {
    int fd;
    struct jd_watch_row *rows; // by wd, ascending
    uint32_t rows_count, rows_capacity;
    uint32_t missing; // folders that are not watched
    char *buffer;
    size_t buffer_at, buffer_len;
    struct {
        uint32_t cookie; // 0: free
        uint32_t item;
    } renames[JD_WATCH_RENAMES]; // halves seen, the next one goes to renames_at
    uint32_t renames_at;
};

struct jd_watch_event {
    uint32_t mask, cookie; // inotify(7)
    uint32_t folder, kind; // as given to jd_watch_add
    const char *name;      // "" for the folder itself; valid until the next call
};

enum jd_status jd_watch_open(struct jd_watch *watch, struct jd_error *error);

/** Takes a watch that was never opened, too. */
void jd_watch_close(struct jd_watch *watch);

/** Watches `path`, a folder or a file; adding the same one again changes its numbers. */
void jd_watch_add(struct jd_watch *watch,
        const char *path,
        uint32_t mask,
        uint32_t folder,
        uint32_t kind);

/** The next event, oldest first; false: none waiting. Blocks for half a rename alone, 10 ms. */
bool jd_watch_next(struct jd_watch *watch, struct jd_watch_event *out_event);

/** What the owner calls `item` left with IN_MOVED_FROM. */
void jd_watch_left(struct jd_watch *watch, uint32_t cookie, uint32_t item);

/** Whether what came with IN_MOVED_TO left before; answers once. */
bool jd_watch_came(struct jd_watch *watch, uint32_t cookie, uint32_t *out_item);

#endif
