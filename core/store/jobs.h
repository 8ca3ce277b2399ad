/**
 * Jobs are rows, written in the transaction that causes them and removed in the transaction
 * that applies their effect; the queue is only the dispatch index. A claim raises lease_token,
 * and every write made under it names the token, so of two workers that believe they hold one
 * job only the later one can write.
 */
#ifndef JD_STORE_JOBS_H
#define JD_STORE_JOBS_H

#include "store/db.h"

enum jd_job_priority {
    JD_PRIORITY_SCREEN = 0,
    JD_PRIORITY_NEW = 1,
    JD_PRIORITY_NORMAL = 3,
    JD_PRIORITY_BACKLOG = 5,
    JD_PRIORITY_IDLE = 7
};

struct jd_job {
    int64_t id, user_id, account_id;
    struct jd_span kind;    // "analyse", "recheck", "remove", ...
    struct jd_span payload; // JSON
    int32_t priority, attempts;
    int32_t deaths; // of a process while the job ran alone
    bool suspect;   // its process died without a fault signal: it runs alone
    int64_t lease_token, run_at_ms, created_ms;
    struct jd_span state; // "ready", "leased", "dead"
    struct jd_span error; // last error's sentence, or empty
};
typedef enum jd_status (*jd_job_fn)(void *context, const struct jd_job *job);

/** Inside the caller's transaction; offers it to the queue after COMMIT. */
enum jd_status jd_job_add(struct jd_db *db,
        int64_t user,
        int64_t account,
        const char *kind,
        struct jd_span payload,
        int32_t priority,
        int64_t run_at_ms,
        int64_t *out_job,
        struct jd_error *error);
/** One UPDATE for all ids: those that are due and free are leased to `owner`. Rows live in
 * `arena`; fewer than asked is normal. */
enum jd_status jd_jobs_claim(struct jd_db *db,
        const int64_t *ids,
        uint32_t count,
        struct jd_span owner,
        int64_t lease_ms,
        struct jd_arena *arena,
        struct jd_job **out_jobs,
        uint32_t *out_count,
        struct jd_error *error);
enum jd_status jd_job_extend(struct jd_db *db,
        const struct jd_job *job,
        int64_t lease_ms,
        struct jd_error *error);
/** Inside the transaction that applies the effect: removes the row. JD_REJECTED: the lease is
 * not ours any more: roll back. */
enum jd_status
jd_job_finish(struct jd_db *db, const struct jd_job *job, struct jd_error *error);
/** Gives it back, due at run_at_ms, with the reason; `blamed`: attempts is raised. Own
 * transaction. */
enum jd_status jd_job_retry(struct jd_db *db,
        const struct jd_job *job,
        int64_t run_at_ms,
        bool blamed,
        struct jd_span reason,
        struct jd_error *error);
/** Its process died without a fault signal: back at once, no penalty, suspect; a death while
 * alone counts. Own transaction. */
enum jd_status jd_job_suspect(struct jd_db *db,
        const struct jd_job *job,
        bool was_alone,
        struct jd_error *error);
/** No more attempts: state "dead", kept for the operator. Inside the caller's transaction. */
enum jd_status jd_job_bury(struct jd_db *db,
        const struct jd_job *job,
        struct jd_span reason,
        struct jd_error *error);

/** Inside the transaction that added it: it runs alone. */
enum jd_status jd_job_mark_suspect(struct jd_db *db, int64_t job, struct jd_error *error);
/** A suspect begins to run with nothing beside it: a death from here on counts. */
enum jd_status jd_job_alone(struct jd_db *db, const struct jd_job *job, struct jd_error *error);

/** For operators. state empty: all; newest first. */
enum jd_status jd_jobs_list(struct jd_db *db,
        struct jd_span state,
        int limit,
        jd_job_fn row,
        void *context,
        struct jd_error *error);
enum jd_status jd_job_get(struct jd_db *db,
        int64_t job,
        struct jd_arena *arena,
        struct jd_job *out_job,
        struct jd_error *error);
/** A dead job becomes ready with fresh counts. JD_REJECTED: it is not dead. */
enum jd_status jd_job_revive(struct jd_db *db, int64_t job, struct jd_error *error);
/** Ready jobs that are due, and leases that ran out, are offered to the queue again. Returns
 * how many. Scheduler. */
enum jd_status
jd_jobs_reoffer(struct jd_db *db, int limit, int64_t *out_count, struct jd_error *error);

/** A worker died: what it had leased is ready again and suspect, and its leases end. Own
 * transaction. */
enum jd_status
jd_jobs_release_owner(struct jd_db *db, struct jd_span owner, struct jd_error *error);
/** How many jobs of `kind` the account has that are not dead. */
enum jd_status jd_jobs_count(struct jd_db *db,
        int64_t account,
        const char *kind,
        int64_t *out_count,
        struct jd_error *error);
/** The same, of those with this priority. */
enum jd_status jd_jobs_count_at(struct jd_db *db,
        int64_t account,
        const char *kind,
        int32_t priority,
        int64_t *out_count,
        struct jd_error *error);
/** Removes an account's jobs but `keep`. Inside the caller's transaction. */
enum jd_status
jd_jobs_drop_account(struct jd_db *db, int64_t account, int64_t keep, struct jd_error *error);

#endif
