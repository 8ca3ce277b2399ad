/**
 * What lies in a mail store now, beside what the host was last told of it.
 *
 * A source puts and drops items as it sees files come and go; the shelf keeps both states, so
 * the difference is always at hand and any report can be repeated until the host has committed
 * it:
 *
 *     folder = jd_shelf_folder(&shelf, "INBOX", "INBOX/");
 *     jd_shelf_put(&shelf, folder, "1700000000.1.host:2,S", 17, JD_FLAG_SEEN, &item);
 *     status = jd_shelf_report(&shelf, host, call, cursor, sink, error);
 *
 * The cursor is the number of items and a digest of their keys and flags: a few dozen bytes for
 * any number of messages. After a reopen the source reads its folders once; if the digest is
 * the same, nothing happened meanwhile and the shelf knows again what the host knows.
 *
 * Not locked: one instance of a source, one shelf. It opens no file.
 */
#ifndef MAILDIR_SHELF_H
#define MAILDIR_SHELF_H

#include <jackdaw/source.h>

struct jd_shelf_item {
    char *name;          // where the source finds it; its first key_len bytes end the key
    int64_t received_ms; // 0: unknown
    int64_t bytes;       // 0: unknown
    int64_t mark, extent, content; // the source's own numbers, not reported
    uint32_t folder;
    uint32_t next;       // next in the bucket or in the free list, index + 1
    uint32_t moved_from; // index + 1 of the item this one was renamed from, 0: none
    uint32_t seen;       // the sweep that last saw it
    uint16_t key_len;
    uint8_t flags, told_flags; // enum jd_flag; told_*: as the host knows it
    bool here : 1;
    bool told : 1;
    bool touched : 1;    // listed in shelf->touched
    bool rewritten : 1;  // other content under the same key
    bool moved_away : 1; // while reporting: paired with the item that it became
    bool in_new : 1;     // Maildir: lies in new/, not in cur/
    bool twin : 1;       // Maildir: was seen in more than one place
};

struct jd_shelf_folder {
    char *mailbox; // UTF-8, as reported
    char *prefix;  // what the keys of this folder begin with
    uint32_t sweep;
};

struct jd_shelf {
    struct jd_shelf_item *items;
    uint32_t items_count, items_capacity; // count: used slots, free ones included
    uint32_t items_free;                  // index + 1 of the first free slot
    uint32_t *buckets;
    uint32_t buckets_count; // a power of two
    struct jd_shelf_folder *folders;
    uint32_t folders_count, folders_capacity;
    uint32_t *touched; // items whose two states may differ
    uint32_t touched_count, touched_capacity;
    uint32_t sweep;
    uint64_t here_digest, told_digest;
    uint32_t here_count, told_count;
    bool told_known;   // told_* is what the host has committed
    bool names_unique; // the same name in two folders is the same message (Maildir)
};

/** All zero is an empty shelf; finish frees what it holds. */
void jd_shelf_finish(struct jd_shelf *shelf);

/** Adds a folder; copies both texts. UINT32_MAX: out of memory. */
uint32_t jd_shelf_folder(struct jd_shelf *shelf, const char *mailbox, const char *prefix);

/** Items are borrowed until the next put or report. NULL: not there. */
struct jd_shelf_item *
jd_shelf_find(struct jd_shelf *shelf, uint32_t folder, struct jd_span key_end);
struct jd_shelf_item *jd_shelf_find_key(struct jd_shelf *shelf, struct jd_span key);

/**
 * An item is there, under `name` (copied), with `flags`. A new one has received_ms, bytes,
 * mark, extent and content 0: fill them. Keys over 512 bytes are refused by the caller, not
 * here.
 *
 * out_item   may be NULL.
 * Returns    JD_OK, or JD_RETRY_LATER when there is no memory.
 */
enum jd_status jd_shelf_put(struct jd_shelf *shelf,
        uint32_t folder,
        const char *name,
        size_t key_len,
        unsigned flags,
        struct jd_shelf_item **out_item,
        struct jd_error *error);

/** The content under this key is another one: reported as gone and put. */
void jd_shelf_rewrite(struct jd_shelf *shelf, struct jd_shelf_item *item);

void jd_shelf_drop(struct jd_shelf *shelf, struct jd_shelf_item *item);

/** Between begin and end every item of the folder that is still there is put again; end drops
 * the others. Several folders may be swept at once; cancel forgets the sweep. */
void jd_shelf_sweep_begin(struct jd_shelf *shelf, uint32_t folder);
void jd_shelf_sweep_end(struct jd_shelf *shelf);
void jd_shelf_sweep_cancel(struct jd_shelf *shelf);

/** The position of an item, for moved_from. */
static inline uint32_t jd_shelf_index(const struct jd_shelf *shelf,
        const struct jd_shelf_item *item)
{
    return (uint32_t)(item - shelf->items);
}

/**
 * Tells the host what it does not know yet, newest first, and commits: the differences if
 * `cursor` is the last one committed here, else everything.
 *
 * Returns JD_OK; JD_NONE when nothing is new; or what the sink answered.
 */
enum jd_status jd_shelf_report(struct jd_shelf *shelf,
        const struct jd_host *host,
        const struct jd_call *call,
        struct jd_span cursor,
        struct jd_change_sink *sink,
        struct jd_error *error);

#endif
