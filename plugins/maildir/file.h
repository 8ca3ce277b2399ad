/**
 * Files of others, read without trust: never through a link, never waiting on a pipe, never
 * changing an access time, never more than a stated number of bytes.
 */
#ifndef MAILDIR_FILE_H
#define MAILDIR_FILE_H

#include <sys/stat.h>

#include <jackdaw/host.h>

/** Opens the regular file `path` for reading. -1: errno says why (ENOTSUP: not a regular file).
 */
int jd_file_open(const char *path, struct stat *out_stat);

/** The same for the relative path `below` under `root`, which may not lead through a link, a
 * hidden folder or upward. */
int jd_file_open_below(const char *root, struct jd_span below, struct stat *out_stat);

/** Hands `len` bytes from offset `at` to the sink; fewer if the file ends before. */
enum jd_status jd_file_send(int fd,
        int64_t at,
        int64_t len,
        const struct jd_host *host,
        const struct jd_call *call,
        struct jd_byte_sink *sink,
        struct jd_error *error);

/** One sentence for a failed look at `path`, with the cure where there is one. Returns
 * `status`. */
enum jd_status jd_file_error(struct jd_error *error,
        enum jd_status status,
        const char *service,
        const char *path,
        int number);

/** When the mail in `path` was received: the file's time, else its newest Received header (of
 * the first 16 KiB), never later than now; 0: unknown. */
int64_t jd_file_received_ms(const char *path, const struct stat *stat, int64_t now_ms);

#endif
