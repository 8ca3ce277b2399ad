/** One compute child for a command: the real sandbox, with a new child when one dies. One
 * thread. */
#ifndef JD_CLI_COMPUTE_CHILD_H
#define JD_CLI_COMPUTE_CHILD_H

#include "pipeline/pool.h"

struct jd_compute_child {
    struct jd_pool *pool;
    struct jd_child *child;
};

/** batch_ms_max: wall clock of one call. */
enum jd_status jd_compute_child_open(struct jd_compute_child *self,
        int64_t batch_ms_max,
        struct jd_error *error);
/** After JD_GONE: puts another child in the place of the dead one. */
enum jd_status jd_compute_child_renew(struct jd_compute_child *self, struct jd_error *error);
/** Takes zeroed and half-opened ones. */
void jd_compute_child_close(struct jd_compute_child *self);

#endif
