/**
 * The floor's face: the worker and the scheduler roles.
 *
 *     jd_worker_start(&options, &worker, &error);
 *     ... wait for SIGTERM ...
 *     jd_worker_stop(&worker);     // finishes what is under way, at most JD_DRAIN_MS
 *
 * Start and stop: one thread, blocking. The threads of each role are listed in
 * docs/architecture.md.
 */
#ifndef JD_PIPELINE_PIPELINE_H
#define JD_PIPELINE_PIPELINE_H

#include "host/registry.h"
#include "store/db.h"

#define JD_DRAIN_MS 8000

struct jd_pipeline_options {
    struct jd_store *store;             // outlives the role; storage, queue and bus are open
    const struct jd_registry *registry; // of plugins, for sources
    struct jd_shared *shared;           // may be NULL
    const char *data_dir;               // absolute
    const char *owner;                  // name of this process in leases: "NODE/worker-1/START"
    const char *previous;               // owner that died in our place; NULL: none
    uint32_t compute; // compute children for the backlog; one more is for people
};

struct jd_worker;
enum jd_status jd_worker_start(const struct jd_pipeline_options *options,
        struct jd_worker **out_worker,
        struct jd_error *error);
void jd_worker_stop(struct jd_worker **worker);

struct jd_scheduler;
enum jd_status jd_scheduler_start(const struct jd_pipeline_options *options,
        struct jd_scheduler **out_scheduler,
        struct jd_error *error);
void jd_scheduler_stop(struct jd_scheduler **scheduler);

#endif
