/**
 * The dispatch index: job ids by priority and time, delivered at least once, may lose
 * everything. Truth about a job is its row in storage. Any thread; calls may block up to 5 s.
 */
#ifndef JACKDAW_QUEUE_H
#define JACKDAW_QUEUE_H

#include <jackdaw/host.h>

struct jd_queue_item {
    int64_t job;
    int32_t priority;  // 0 most urgent to 9
    int64_t run_at_ms; // not before; 0: now
};

struct jd_queue_ops {
    uint32_t size;
    enum jd_status (*open)(const struct jd_host *host,
            const struct jd_config *config,
            void **out_self,
            struct jd_error *error);
    void (*close)(void *self);
    /** Adds ids; one that is there already keeps its place, unless the new priority is more
     * urgent. */
    enum jd_status (*offer)(void *self,
            const struct jd_queue_item *items,
            uint32_t count,
            struct jd_error *error);
    /** Up to `max` due ids with priority <= priority_max, most urgent first, oldest first
     * within; hidden from others for visibility_ms. JD_NONE: nothing due. */
    enum jd_status (*claim)(void *self,
            int32_t priority_max,
            uint32_t max,
            int64_t visibility_ms,
            int64_t *out_jobs,
            uint32_t *out_count,
            struct jd_error *error);
    enum jd_status (*extend)(void *self,
            const int64_t *jobs,
            uint32_t count,
            int64_t visibility_ms,
            struct jd_error *error);
    /** Removes ids; unknown ones are fine. */
    enum jd_status (
            *ack)(void *self, const int64_t *jobs, uint32_t count, struct jd_error *error);
    /** How many are visible or waiting (`out_ready`) and hidden (`out_claimed`). */
    enum jd_status (*depth)(void *self,
            int64_t *out_ready,
            int64_t *out_claimed,
            struct jd_error *error);
    const void *(*extension)(void *self, const char *name); // may be NULL
};

#endif
