/**
 * A mail source: lists what changed since a cursor and hands out raw messages.
 *
 * [W] worker thread, may block until call->deadline_ms, watches call->cancelled.
 * [A] any thread, never blocks.
 * What the host passes in lives until you return; what you give to a sink is copied before the
 * sink returns. The host owns the cursor: keep nothing that you cannot rebuild from it; you may
 * be closed and reopened at any time. One instance is never entered by two threads at once, and
 * `wait` is never called during another call of the same instance.
 */
#ifndef JACKDAW_SOURCE_H
#define JACKDAW_SOURCE_H

#include <jackdaw/host.h>

enum jd_flag {
    JD_FLAG_SEEN = 1 << 0,      // RFC 9051 \Seen
    JD_FLAG_ANSWERED = 1 << 1,  // \Answered
    JD_FLAG_FLAGGED = 1 << 2,   // \Flagged
    JD_FLAG_DELETED = 1 << 3,   // \Deleted
    JD_FLAG_DRAFT = 1 << 4,     // \Draft
    JD_FLAG_FORWARDED = 1 << 5, // $Forwarded, Maildir P
};

enum jd_change_kind {
    JD_CHANGE_PUT = 1, // a message is there (new, or listed again in a full listing)
    JD_CHANGE_FLAGS,   // its flags are now `flags`
    JD_CHANGE_MOVED,   // old_key is now key, in `mailbox`, same content
    JD_CHANGE_GONE,    // it is not there any more
};

struct jd_change {
    uint32_t size;
    uint32_t kind;          // enum jd_change_kind
    struct jd_span key;     // opaque to the host, stable over flag changes, 1 to 512 bytes
    struct jd_span old_key; // MOVED only
    struct jd_span mailbox; // UTF-8, '/' between levels; "INBOX" is the inbox
    uint64_t flags;         // enum jd_flag
    int64_t received_ms;    // 0: unknown; never later than now
    int64_t bytes;          // size of the raw message; 0: unknown
};

struct jd_change_sink {
    uint32_t size;
    /** What follows is everything: what is not PUT before the next commit is gone. Any answer
     * but JD_OK: stop and return it. */
    enum jd_status (*begin_full)(struct jd_change_sink *sink);
    enum jd_status (*emit)(struct jd_change_sink *sink, const struct jd_change *change);
    /** Durable when it returns: `cursor` (up to 64 KiB) is where to resume. */
    enum jd_status (*commit)(struct jd_change_sink *sink, struct jd_span cursor);
};

/** What to wait for before `changes` is worth calling again; whichever comes first. */
struct jd_wait {
    uint32_t size;
    int fd;           // -1: time alone; owned by the instance, open until close()
    short events;     // poll(2) events
    int64_t again_ms; // wall clock; 0: never by time
};

struct jd_source_ops {
    uint32_t size;
    /** [W] Opens the mailbox. JD_BAD_INPUT: the options are wrong; JD_RETRY_LATER: it may come
     * back. */
    enum jd_status (*open)(const struct jd_host *host,
            const struct jd_config *config,
            void **out_self,
            struct jd_error *error);
    /**
     * [W] Reports what changed since `cursor` and commits at least once; an empty cursor means
     * a full listing, newest first if you can. Nothing new: JD_NONE (no commit needed).
     */
    enum jd_status (*changes)(void *self,
            const struct jd_call *call,
            struct jd_span cursor,
            struct jd_change_sink *sink,
            struct jd_error *error);
    /** [W] Writes the raw RFC 5322 bytes of `key` to `sink`. JD_GONE: not there any more. */
    enum jd_status (*fetch)(void *self,
            const struct jd_call *call,
            struct jd_span key,
            struct jd_byte_sink *sink,
            struct jd_error *error);
    /** [A] */
    void (*wait)(void *self, struct jd_wait *out_wait);
    /** [W] Never called after a failed open. */
    void (*close)(void *self);
    /** [A] "jackdaw.source.flags/1", ".append/1", ...; may be NULL, may return NULL. */
    const void *(*extension)(void *self, const char *name);
};

#endif
