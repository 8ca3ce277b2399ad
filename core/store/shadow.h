/**
 * Shadow: what a candidate says of live mail beside what the active release says, counted for
 * all users together and listed, message by message, for the user whose mail it is.
 *
 * Booked in the transaction that stores the verdicts. Spans are borrowed, or last until a row
 * function returns.
 */
#ifndef JD_STORE_SHADOW_H
#define JD_STORE_SHADOW_H

#include "store/backtests.h"

#define JD_SHADOW_CHANGES_MAX 1000 // listed for a candidate; all are counted

/** `result` as a back-test counts: "was" is what the active release says. In a transaction of
 * the caller. */
enum jd_status jd_shadow_book(struct jd_db *db,
        int64_t user,
        int64_t release,
        const struct jd_backtest_result *result,
        struct jd_error *error);
/** The candidate ended its compute child: counted; *out_times: how often so far. In a
 * transaction of the caller. */
enum jd_status jd_shadow_book_death(struct jd_db *db,
        int64_t user,
        int64_t release,
        int64_t *out_times,
        struct jd_error *error);

/** Over all users; "message", "seen" and "message", "changed" are the totals. */
enum jd_status jd_shadow_counts(struct jd_db *db,
        int64_t release,
        jd_backtest_count_fn row,
        void *context,
        struct jd_error *error);
/** Of this user's own mail, newest first, before message `before` (0: from the top). */
enum jd_status jd_shadow_changes(struct jd_db *db,
        int64_t user,
        int64_t release,
        int64_t before,
        int limit,
        jd_backtest_change_fn row,
        void *context,
        struct jd_error *error);

#endif
