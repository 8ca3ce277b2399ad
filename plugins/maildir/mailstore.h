/**
 * What every kind of mail store here is made of: where it lies, what lies in it, what watches
 * it.
 *
 * The first member of a source's own struct:
 *
 *     struct mbox { struct jd_mailstore store; ... };
 *     status = jd_mailstore_create(sizeof(struct mbox), "mbox", host, config, &self, error);
 *
 * Not locked: one instance of a source, one store.
 */
#ifndef MAILDIR_MAILSTORE_H
#define MAILDIR_MAILSTORE_H

#include "shelf.h"
#include "watch.h"

struct jd_mailstore {
    const char *service; // for sentences: "mbox"
    const struct jd_host *host;
    char *path;        // the file or folder, as configured
    int64_t bytes_max; // larger messages are not read
    struct jd_shelf shelf;
    struct jd_watch watch;
};

/** The row that every option table has. */
#define JD_MAILSTORE_BYTES_MAX_OPTION                                                          \
 {                                                                                             \
  .name = "max_message_bytes", .type = JD_OPTION_INT, .default_text = "67108864", .min = 1024, \
  .max = INT32_MAX, .help = "Larger messages are listed, but not read."                        \
 }

/** Makes an instance of `bytes`, all zero behind its store, which is filled from the options
 * `path` and `max_message_bytes`. JD_RETRY_LATER: no memory, or no watch to be had. */
enum jd_status jd_mailstore_create(size_t bytes,
        const char *service,
        const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error);

/** Frees the instance; what is behind the store was freed by its source. */
void jd_mailstore_destroy(struct jd_mailstore *store);

static inline int64_t jd_mailstore_now_ms(const struct jd_mailstore *store)
{
    return store->host->now_ms(store->host->context);
}

/** An event, or the time `again_ms`; at once if `due`, or if a report is left over. */
void jd_mailstore_wait(const struct jd_mailstore *store,
        bool due,
        int64_t again_ms,
        struct jd_wait *out_wait);

/** Hands a message of `bytes` bytes from offset `at` of `fd` to the sink; closes `fd`.
 * JD_BAD_INPUT: it is larger than may be read. */
enum jd_status jd_mailstore_send(const struct jd_mailstore *store,
        const struct jd_call *call,
        struct jd_span key,
        int fd,
        int64_t at,
        int64_t bytes,
        struct jd_byte_sink *sink,
        struct jd_error *error);

/** JD_GONE, with a sentence. */
enum jd_status
jd_mailstore_gone(const struct jd_mailstore *store, struct jd_span key, struct jd_error *error);

#endif
