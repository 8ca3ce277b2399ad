/**
 * Back-tests: what a release would say of past mail, counted and listed beside what was said.
 * The rows here, jobs and events of the stream "system" are all that a back-test writes.
 *
 * A back-test hands out its messages in slices, newest first; each slice is
 * booked once, with its counts, in the transaction that ends its job. Spans of results live in
 * `arena`, or, in a row function, until it returns.
 */
#ifndef JD_STORE_BACKTESTS_H
#define JD_STORE_BACKTESTS_H

#include "store/db.h"

#define JD_BACKTEST_MESSAGES_MAX 1000000
#define JD_BACKTEST_CHANGES_MAX  20000 // listed; all are counted

/** Which messages; absent members take all. */
struct jd_selection {
    int64_t last;              // the newest so many; 0: all
    int64_t account;           // 0: all
    struct jd_span category;   // as shown now; empty: all
    int64_t from_ms, until_ms; // received, from inclusive, until exclusive; 0: open
};

/** In a transaction of its own, with its first jobs. JD_GONE: no such release for this user;
 * JD_BAD_INPUT: the selection holds no message, or too many. */
enum jd_status jd_backtest_create(struct jd_db *db,
        int64_t user,
        int64_t release,
        const struct jd_selection *selection,
        int64_t *out_backtest,
        struct jd_error *error);

struct jd_backtest {
    int64_t id, release_id, total, done, unreadable, changed, created_ms,
            ended_ms;         // 0: not yet
    struct jd_span state;     // "running" "done" "cancelled" "failed"
    struct jd_span error;     // why it failed
    struct jd_span selection; // JSON
};
typedef enum jd_status (*jd_backtest_fn)(void *context, const struct jd_backtest *backtest);

/** Newest first, before id `before` (0: from the top). */
enum jd_status jd_backtests_list(struct jd_db *db,
        int64_t user,
        int64_t before,
        int limit,
        jd_backtest_fn row,
        void *context,
        struct jd_error *error);
/** JD_GONE: no such back-test of this user. */
enum jd_status jd_backtest_get(struct jd_db *db,
        int64_t user,
        int64_t backtest,
        struct jd_arena *arena,
        struct jd_backtest *out_backtest,
        struct jd_error *error);
/** What runs is finished and not booked. JD_REJECTED: it has ended already. */
enum jd_status
jd_backtest_cancel(struct jd_db *db, int64_t user, int64_t backtest, struct jd_error *error);
/** It could not go on. */
enum jd_status jd_backtest_fail(struct jd_db *db,
        int64_t user,
        int64_t backtest,
        struct jd_span why,
        struct jd_error *error);
/** With all its counts and changes. JD_REJECTED: it is running. */
enum jd_status
jd_backtest_drop(struct jd_db *db, int64_t user, int64_t backtest, struct jd_error *error);

typedef enum jd_status (*jd_backtest_count_fn)(void *context,
        struct jd_span what,
        struct jd_span name,
        struct jd_span other,
        int64_t count);
enum jd_status jd_backtest_counts(struct jd_db *db,
        int64_t user,
        int64_t backtest,
        jd_backtest_count_fn row,
        void *context,
        struct jd_error *error);

struct jd_backtest_change {
    int64_t message_id;
    struct jd_span subject, from_address;
    struct jd_span was, now; // JSON, see migrations/0004
};
typedef enum jd_status (
        *jd_backtest_change_fn)(void *context, const struct jd_backtest_change *change);
/** By message id, newest first, before `before` (0: from the top). */
enum jd_status jd_backtest_changes(struct jd_db *db,
        int64_t user,
        int64_t backtest,
        int64_t before,
        int limit,
        jd_backtest_change_fn row,
        void *context,
        struct jd_error *error);

/* For the steps of the worker. */

#define JD_BACKTEST_SLICE 200
#define JD_BACKTEST_WIDTH 6

/** Hands out the next messages, at most JD_BACKTEST_SLICE, as a job; *out_added
 * false: none is left, or it does not run any more. In a transaction of the caller. */
enum jd_status jd_backtest_hand_out(struct jd_db *db,
        int64_t user,
        int64_t backtest,
        bool *out_added,
        struct jd_error *error);

/** What was said of a message. */
struct jd_backtest_was {
    int64_t message_id, item_id, account_id;
    uint32_t facts; // that the verdict read
    struct jd_span category, priority;
    struct jd_span label; // the user's correction; empty: none
    bool needs_reply;
    struct jd_span *tasks; // quotes
    uint32_t tasks_count;
};
/** Those of `messages` that are still there, in `arena`, in that order. */
enum jd_status jd_backtest_read(struct jd_db *db,
        int64_t user,
        const int64_t *messages,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_backtest_was **out_was,
        uint32_t *out_count,
        struct jd_error *error);

struct jd_backtest_count {
    const char *what;
    struct jd_span name, other;
    int64_t count;
};
struct jd_backtest_result {
    int64_t done, unreadable;
    const struct jd_backtest_count *counts;
    uint32_t counts_count;
    const struct jd_backtest_change *changes; // message_id, was, now
    uint32_t changes_count;
};
/** Books a slice in a transaction of the caller, and ends the back-test with the last one.
 * JD_NONE: it does not run any more; nothing was booked. */
enum jd_status jd_backtest_book(struct jd_db *db,
        int64_t user,
        int64_t backtest,
        const struct jd_backtest_result *result,
        struct jd_error *error);

#endif
