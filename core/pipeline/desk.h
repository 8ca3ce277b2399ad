/**
 * What the steps of a worker share: the process-wide things, and one desk per job thread.
 * A step is a function of a desk and a job; it returns JD_OK when its transaction removed the
 * job.
 */
#ifndef JD_PIPELINE_DESK_H
#define JD_PIPELINE_DESK_H

#include <pthread.h>
#include <stdatomic.h>

#include "pipeline/pipeline.h"
#include "pipeline/pool.h"
#include "pipeline/sources.h"
#include "store/accounts.h"
#include "store/jobs.h"

#define JD_JOB_LEASE_MS    60000
#define JD_LEASE_KEEP_MS   (JD_JOB_LEASE_MS / 3)
#define JD_JOB_ARENA_BYTES (512u * 1024 * 1024)
#define JD_MERGE_MAX       16 // small urgent jobs that one batch may hold

/**
 * The worker's one connection for jobs. Storage lets one write at a time anyway, and a
 * connection that writes alone keeps its pages warm. A step holds it, and lets go while it
 * fetches mail or waits for a compute child (jd_desk_leave, jd_desk_enter).
 */
struct jd_desk_db {
    pthread_mutex_t lock;
    struct jd_db *db; // used by who holds the lock
};

struct jd_job_desk {
    const struct jd_pipeline_options *options;
    struct jd_pool *pool;
    struct jd_desk_db *shared;
    struct jd_db *db;           // shared->db; between enter and leave alone
    struct jd_arena *arena;     // reset after each step
    struct jd_sources *sources; // open sources of this thread
    struct jd_release_cache *releases;
    struct jd_figures *figures; // of the worker; with the connection alone. NULL: not counted
    _Atomic int32_t *stopping;  // non-zero: give jobs back
    const struct jd_job *held;  // claimed and not done: those of the step, then those behind it
    uint32_t held_count;
    int64_t keep_ms; // leases are made longer that often: JD_LEASE_KEEP_MS, or less in tests
};

/** Takes the connection, or lets go of it. Never within a transaction. */
void jd_desk_enter(struct jd_job_desk *desk);
void jd_desk_leave(struct jd_job_desk *desk);

/** One step for 1 to JD_MERGE_MAX jobs of one kind and account (more than one only for
 * analyse). */
typedef enum jd_status (*jd_step_fn)(struct jd_job_desk *desk,
        const struct jd_job *jobs,
        uint32_t count,
        struct jd_error *error);

enum jd_status jd_step_analyse(struct jd_job_desk *desk,
        const struct jd_job *jobs,
        uint32_t count,
        struct jd_error *error);
enum jd_status jd_step_backlog(struct jd_job_desk *desk,
        const struct jd_job *jobs,
        uint32_t count,
        struct jd_error *error);
enum jd_status jd_step_settle(struct jd_job_desk *desk,
        const struct jd_job *jobs,
        uint32_t count,
        struct jd_error *error);
enum jd_status jd_step_remove(struct jd_job_desk *desk,
        const struct jd_job *jobs,
        uint32_t count,
        struct jd_error *error);

#endif
