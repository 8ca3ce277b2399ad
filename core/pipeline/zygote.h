/**
 * The zygote process as a handle (wire/zygote.h): start it, let it fork and kill children.
 *
 * It is this very program run as `compute-zygote`, with an empty environment, no descriptor but
 * the control socket and its log pipe, and default signals: nothing of the worker's secrets
 * reaches it. jd_zygote_fork, _kill and _receive never block. Any thread; the caller sees to it
 * that stop comes last.
 */
#ifndef JD_PIPELINE_ZYGOTE_H
#define JD_PIPELINE_ZYGOTE_H

#include "base/error.h"
#include "wire/zygote.h"

struct jd_zygote {
    int32_t pid;    // 0: not running
    int control_fd; // poll it for reading, then jd_zygote_receive
    int log_fd;     // poll it for reading, then jd_zygote_drain_log
};

/** One child's end in this process. */
struct jd_zygote_child {
    int fd;                             // its socket; -1: none
    const struct jd_progress *progress; // its page, mapped for reading
};

/** Waits for READY until `deadline_ms` (monotonic). program: NULL is this very program. */
enum jd_status jd_zygote_start(const char *program,
        int64_t deadline_ms,
        struct jd_zygote *out_zygote,
        struct jd_error *error);
/** Kills it, which ends its children too. Fine when not running. */
void jd_zygote_stop(struct jd_zygote *zygote);

/** Orders a child for `slot`; JD_ZYGOTE_FORKED follows. Requests may be sent at once. */
enum jd_status jd_zygote_fork(const struct jd_zygote *zygote,
        uint32_t slot,
        uint64_t memory_bytes_max,
        struct jd_zygote_child *out_child,
        struct jd_error *error);
/** Orders SIGKILL for the child of `slot`; JD_ZYGOTE_ENDED follows. */
void jd_zygote_kill(const struct jd_zygote *zygote, uint32_t slot);
/** Closes our end; the child ends by itself if it still lives. */
void jd_zygote_child_close(struct jd_zygote_child *child);

/** The next report. JD_NONE: nothing there now; JD_GONE: the zygote is no more. */
enum jd_status jd_zygote_receive(const struct jd_zygote *zygote,
        struct jd_zygote_message *out_message,
        struct jd_error *error);
/** Passes on what the children wrote to their log: printable, cut, at level debug, since a
 * child that was taken over could write mail there. */
void jd_zygote_drain_log(const struct jd_zygote *zygote);

#endif
