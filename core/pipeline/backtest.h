/** The step of a back-test's slices. */
#ifndef JD_PIPELINE_BACKTEST_H
#define JD_PIPELINE_BACKTEST_H

#include "pipeline/desk.h"

/** jd_step_fn of job kind "backtest". */
enum jd_status jd_step_backtest(struct jd_job_desk *desk,
        const struct jd_job *jobs,
        uint32_t count,
        struct jd_error *error);
/** Its job cannot be done: the back-test has failed, the job is gone. */
enum jd_status jd_backtest_abandon(struct jd_db *db,
        const struct jd_job *job,
        const char *why,
        struct jd_error *error);

#endif
