/**
 * Items: what lies at a source, decided or not. Sync writes them; the backlog hands them to
 * analyse jobs, newest received first.
 */
#ifndef JD_STORE_ITEMS_H
#define JD_STORE_ITEMS_H

#include "store/releases.h"

enum jd_item_state {
    JD_ITEM_WAITING = 1,
    JD_ITEM_QUEUED,
    JD_ITEM_DECIDED,
    JD_ITEM_REJECTED
};

/** What sync learnt of one item. */
struct jd_item_put {
    struct jd_span key;
    int64_t mailbox_id;
    int64_t flags;
    int64_t received_ms; // 0: unknown: now
    int64_t listing;     // number of the full listing that saw it; 0: a live change
};

/** Finds or makes the mailbox. Inside the caller's transaction. */
enum jd_status jd_account_mailbox(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_span name,
        int64_t *out_mailbox,
        struct jd_error *error);
/** New: waiting. Known: its flags and mailbox follow the source (a local value that the source
 * now confirms, or has changed since, is cleared). out_item: the id if it is new, else 0.
 * out_changed: the message of a known item whose shown flags changed, else 0. */
enum jd_status jd_item_put(struct jd_db *db,
        int64_t user,
        int64_t account,
        const struct jd_item_put *put,
        int64_t *out_item,
        int64_t *out_changed,
        struct jd_error *error);
/** Same content under a new key. JD_NONE: the old key is not known. */
enum jd_status jd_item_move(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_span old_key,
        const struct jd_item_put *put,
        struct jd_error *error);
/** Removes the item and what was made of it. Fine when unknown. out_removed: its message, or 0.
 */
enum jd_status jd_item_remove(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_span key,
        int64_t *out_removed,
        struct jd_error *error);

/** How many items of the account a full listing did not see, and how many there are. */
enum jd_status jd_items_unseen(struct jd_db *db,
        int64_t user,
        int64_t account,
        int64_t listing,
        int64_t *out_unseen,
        int64_t *out_total,
        struct jd_error *error);
/** Removes at most `limit` of them; out_count: how many. */
enum jd_status jd_items_remove_unseen(struct jd_db *db,
        int64_t user,
        int64_t account,
        int64_t listing,
        int limit,
        int64_t *out_count,
        struct jd_error *error);
/** Removes at most `limit` items of an account whatever they are. */
enum jd_status jd_items_remove_some(struct jd_db *db,
        int64_t user,
        int64_t account,
        int limit,
        int64_t *out_count,
        struct jd_error *error);

/** Takes the newest `limit` waiting items for a job: ids in received order, newest first. */
enum jd_status jd_items_take(struct jd_db *db,
        int64_t user,
        int64_t account,
        int limit,
        int64_t *out_items,
        uint32_t *out_count,
        struct jd_error *error);
/** These are in a job now. */
enum jd_status jd_items_mark_queued(struct jd_db *db,
        int64_t user,
        const int64_t *items,
        uint32_t count,
        struct jd_error *error);
/** All decided and rejected items wait again (the owner's address changed). */
enum jd_status
jd_items_requeue(struct jd_db *db, int64_t user, int64_t account, struct jd_error *error);

/** Items that another rule set decided wait again. out_corrected: of them, those whose category
 * a person has set; it stays. */
enum jd_status jd_items_requeue_outdated(struct jd_db *db,
        int64_t user,
        int64_t account,
        const struct jd_rule_set *set,
        int64_t *out_requeued,
        int64_t *out_corrected,
        struct jd_error *error);
/** Items that are marked as in a job wait again; for an account that has no such job. */
enum jd_status
jd_items_free_queued(struct jd_db *db, int64_t user, int64_t account, struct jd_error *error);

/** What an analyse job needs to fetch an item. */
struct jd_item {
    int64_t id, mailbox_id, message_id, flags, received_ms;
    struct jd_span key;
};
/** Those of `ids` that are still there, in `arena`, in the order of `ids`. */
enum jd_status jd_items_get(struct jd_db *db,
        int64_t user,
        int64_t account,
        const int64_t *ids,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_item **out_items,
        uint32_t *out_count,
        struct jd_error *error);
/** The newest received `limit` items, with the name of their mailbox; in `arena`. */
struct jd_item_sample {
    struct jd_item item;
    struct jd_span mailbox;
};
enum jd_status jd_items_newest(struct jd_db *db,
        int64_t user,
        int64_t account,
        int limit,
        struct jd_arena *arena,
        struct jd_item_sample **out_items,
        uint32_t *out_count,
        struct jd_error *error);
/** Nothing can be made of it; the reason is kept. */
enum jd_status jd_item_reject(struct jd_db *db,
        int64_t user,
        int64_t item,
        struct jd_span reason,
        struct jd_error *error);

struct jd_item_counts {
    int64_t total, waiting, queued, rejected; // the rest is decided
};
enum jd_status jd_items_count(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_item_counts *out_counts,
        struct jd_error *error);

/** An item of which nothing could be made. Spans live until the row function returns. */
struct jd_rejected_item {
    int64_t id, received_ms;
    struct jd_span mailbox, key;
    struct jd_span reason; // a sentence
};
typedef enum jd_status (*jd_rejected_fn)(void *context, const struct jd_rejected_item *item);

/** The newest received first; before_id 0: from the top, else after the row that (before_ms,
 * before_id) names. */
enum jd_status jd_items_rejected(struct jd_db *db,
        int64_t user,
        int64_t account,
        int64_t before_ms,
        int64_t before_id,
        int limit,
        jd_rejected_fn row,
        void *context,
        struct jd_error *error);

#endif
