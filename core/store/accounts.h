/** Accounts: a configured source of one user, its sync state, and what its owner is called.
 * Spans live in `arena`, or in a row function until it returns. */
#ifndef JD_STORE_ACCOUNTS_H
#define JD_STORE_ACCOUNTS_H

#include "store/db.h"

struct jd_account {
    int64_t id, user_id, version;
    struct jd_span name, kind; // kind: source service, "maildir"
    struct jd_span options;    // JSON object of texts: {"path":"/home/robin/Maildir"}
    struct jd_span
            addresses;    // JSON array, lower case, the account's own; first is the main one
    bool addresses_found; // found from the mail, not given
    struct jd_span time_zone; // IANA name
    bool time_zone_found;     // the host's zone, not given
    struct jd_span state;     // "active", "paused", "error", "removing"
    struct jd_span
            state_text; // a sentence when state is "error" or removals are held, else empty
    bool demo;
    int64_t listed, decided; // items at the source; how many of them are decided
    int64_t rejected;        // how many nothing could be made of; the rest waits
    int64_t synced_ms;       // last successful sync; 0: never
    int64_t held;            // removals that wait for a second listing to agree
    int64_t listing;         // number of the last full listing begun
    struct jd_span cursor;   // the source's; may be empty
};
typedef enum jd_status (*jd_account_fn)(void *context, const struct jd_account *account);

struct jd_account_new {
    struct jd_span name, kind, options, address,
            time_zone; // address, time_zone: empty: to be found
    bool demo;
};

/** In a transaction of its own; wakes the workers. JD_REJECTED: the same kind and options are
 * there already. */
enum jd_status jd_account_create(struct jd_db *db,
        int64_t user,
        const struct jd_account_new *account,
        int64_t *out_account,
        struct jd_error *error);
enum jd_status jd_accounts_list(struct jd_db *db,
        int64_t user,
        jd_account_fn row,
        void *context,
        struct jd_error *error);
enum jd_status jd_account_get(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_arena *arena,
        struct jd_account *out_account,
        struct jd_error *error);
/** As jd_account_get, without the counts: `listed`, `decided` and `rejected` are 0. */
enum jd_status jd_account_find(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_arena *arena,
        struct jd_account *out_account,
        struct jd_error *error);
/** address or time_zone empty: leave. Re-decides what the change touches. */
enum jd_status jd_account_edit(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_span address,
        struct jd_span time_zone,
        struct jd_error *error);
/** Removes the account with its messages, tasks and drafts from Jackdaw (never from the
 * source): state "removing", done by a job. */
enum jd_status
jd_account_remove(struct jd_db *db, int64_t user, int64_t account, struct jd_error *error);

/** All of a user's, or with user 0 all that are to be watched; in `arena`. */
enum jd_status jd_accounts_read(struct jd_db *db,
        int64_t user,
        struct jd_arena *arena,
        struct jd_account **out_accounts,
        uint32_t *out_count,
        struct jd_error *error);

/* For sync and the backlog: inside the caller's transaction. */

/** "active" or "error" with its sentence. */
enum jd_status jd_account_set_state(struct jd_db *db,
        int64_t user,
        int64_t account,
        const char *state,
        struct jd_span text,
        struct jd_error *error);
/** The source's cursor; also: synced now, no error. */
enum jd_status jd_account_set_cursor(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_span cursor,
        struct jd_error *error);
/** Addresses found in the mail (JSON array), unless one was given. */
enum jd_status jd_account_set_found(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_span addresses,
        struct jd_error *error);
/** Gives the new full listing its number. */
enum jd_status jd_account_begin_listing(struct jd_db *db,
        int64_t user,
        int64_t account,
        int64_t *out_listing,
        struct jd_error *error);
/** A listing would remove `removals` items: held until a second one agrees (0: none held);
 * `text` says so. */
enum jd_status jd_account_hold(struct jd_db *db,
        int64_t user,
        int64_t account,
        int64_t removals,
        struct jd_span text,
        struct jd_error *error);
/** History that verdicts rest on has changed. out_marked: it was not marked yet. */
enum jd_status jd_account_mark_dirty(struct jd_db *db,
        int64_t user,
        int64_t account,
        bool *out_marked,
        struct jd_error *error);
enum jd_status jd_account_take_dirty(struct jd_db *db,
        int64_t user,
        int64_t account,
        bool *out_dirty,
        struct jd_error *error);
/** Its last items are gone: the row goes too. */
enum jd_status
jd_account_drop(struct jd_db *db, int64_t user, int64_t account, struct jd_error *error);

#endif
