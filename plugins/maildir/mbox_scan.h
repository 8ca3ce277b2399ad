/**
 * Where messages begin in an mbox file, and what their heads say.
 *
 * Takes mboxo, mboxrd and mboxcl. A message begins at a line "From SENDER DATE" that follows an
 * empty line or goes before a header; a Content-Length that ends at such a line is believed, so
 * that an unquoted "From " inside a body does no harm. Reads with pread alone: a file that
 * shrinks meanwhile ends early and nothing worse.
 */
#ifndef MAILDIR_MBOX_SCAN_H
#define MAILDIR_MBOX_SCAN_H

#include <jackdaw/source.h>

struct jd_mbox_head {
    size_t line_len;        // of the "From " line, its end included
    size_t header_len;      // of the header, its empty line included; 0: does not end in sight
    int64_t received_ms;    // from the "From " line; 0: it has no date
    int64_t content_length; // -1: not given
    uint64_t hash;          // of that line and the header without what mail programs change
    unsigned flags;         // enum jd_flag, from Status, X-Status and X-Mozilla-Status
    bool internal;          // a note of an IMAP server to itself, no message
};

struct jd_mbox_scan {
    int fd;       // borrowed
    int64_t size; // bytes of the file to look at
    char *window; // a piece of the file
    int64_t window_at;
    size_t window_len;
};

/** False: out of memory. finish takes a scan that failed to begin. */
bool jd_mbox_scan_init(struct jd_mbox_scan *scan, int fd, int64_t size);
void jd_mbox_scan_finish(struct jd_mbox_scan *scan);

/** The first byte that is not an empty line; `size` if there is none. */
int64_t jd_mbox_scan_first(struct jd_mbox_scan *scan);

/** The head of the message that begins at `at`; false: none does. */
bool jd_mbox_scan_head(struct jd_mbox_scan *scan, int64_t at, struct jd_mbox_head *out_head);

/** Where the message after the one at `at` begins; `size` if it is the last. */
int64_t
jd_mbox_scan_next(struct jd_mbox_scan *scan, int64_t at, const struct jd_mbox_head *head);

/** The end of a message that is followed by `next`: without the empty line between. */
int64_t jd_mbox_scan_end(struct jd_mbox_scan *scan, int64_t at, int64_t next);

/** Passes bytes on with one '>' less before each ">From " that begins a line. */
struct jd_mbox_unquote {
    struct jd_byte_sink sink; // write to this
    struct jd_byte_sink *target;
    int state;
    unsigned arrows, matched;
};

void jd_mbox_unquote_init(struct jd_mbox_unquote *unquote, struct jd_byte_sink *target);

/** Passes on what was held back at the end of the bytes. */
enum jd_status jd_mbox_unquote_end(struct jd_mbox_unquote *unquote);

#endif
