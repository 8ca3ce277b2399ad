/**
 * The backlog of an account: slices of waiting items, newest received first, a few at a time.
 * Each slice that ends begins the next in its own transaction, so no account fills the queue
 * and new mail overtakes. The last one settles: verdicts whose history is different by now are
 * made again.
 */
#ifndef JD_PIPELINE_BACKLOG_H
#define JD_PIPELINE_BACKLOG_H

#include "store/accounts.h"

#define JD_BACKLOG_SLICE 64 // keeps a transaction near 20 ms
#define JD_BACKLOG_WIDTH 6  // slices under way per account

/** Inside the caller's transaction: begins the backlog, unless it is under way. */
enum jd_status
jd_backlog_begin(struct jd_db *db, const struct jd_account *account, struct jd_error *error);
/** Inside the caller's transaction: the owner is looked for in a moment, when the mail that
 * came is decided. */
enum jd_status jd_backlog_identify_soon(struct jd_db *db,
        const struct jd_account *account,
        struct jd_error *error);
/** Inside the transaction that ends a slice: the next slice, or after the last one, settling.
 */
enum jd_status
jd_backlog_next(struct jd_db *db, const struct jd_account *account, struct jd_error *error);
/** Inside the caller's transaction: settle in a moment (a mail of the owner came). */
enum jd_status jd_backlog_settle_soon(struct jd_db *db,
        const struct jd_account *account,
        struct jd_error *error);

#endif
