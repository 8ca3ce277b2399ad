/* A pool of one. */
#include "cli/compute_child.h"

#include "base/clock.h"

#define BORROW_MS_MAX 20000

enum jd_status jd_compute_child_renew(struct jd_compute_child *self, struct jd_error *error)
{
    const struct jd_pool_claim claim = { .interactive = true };
    jd_pool_return(self->pool, &self->child);
    return jd_pool_borrow(
            self->pool, &claim, jd_clock_monotonic_ms() + BORROW_MS_MAX, &self->child, error);
}

enum jd_status jd_compute_child_open(struct jd_compute_child *self,
        int64_t batch_ms_max,
        struct jd_error *error)
{
    struct jd_pool_options options = jd_pool_options_default();
    options.children = 1;
    options.interactive_children = 0;
    options.batch_ms_max = batch_ms_max;
    *self = (struct jd_compute_child){ 0 };
    enum jd_status status = jd_pool_create(&options, &self->pool, error);
    return status == JD_OK ? jd_compute_child_renew(self, error) : status;
}

void jd_compute_child_close(struct jd_compute_child *self)
{
    if (self->pool) {
        jd_pool_return(self->pool, &self->child);
        jd_pool_destroy(&self->pool);
    }
}
