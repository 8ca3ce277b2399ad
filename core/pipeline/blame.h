/**
 * Booking deaths. A fault signal, a broken protocol or the wall clock blame the mail: a job of
 * several is replaced by its halves, a job of one is buried (fault) or counted (clock). A kill
 * from outside blames nobody: the job returns without penalty, marked suspect, and runs alone;
 * a death while alone halves it, and only a job of one that dies alone three times is buried.
 */
#ifndef JD_PIPELINE_BLAME_H
#define JD_PIPELINE_BLAME_H

#include "pipeline/pipeline.h"
#include "pipeline/pool.h"
#include "store/accounts.h"
#include "store/jobs.h"

#define JD_DEATHS_MAX 3

/** Books the death of the child that worked on `jobs` and gives them back. Returns
 * JD_CANCELLED: the jobs are no longer ours. */
enum jd_status jd_blame_child(struct jd_db *db,
        const struct jd_account *account,
        const struct jd_job *jobs,
        uint32_t count,
        const struct jd_child_death *death,
        struct jd_error *error);
/** A suspect that has died alone too often, claimed again: halved or buried. JD_NONE: it may
 * run. JD_CANCELLED: it may not. */
enum jd_status
jd_blame_claimed(struct jd_db *db, const struct jd_job *job, struct jd_error *error);

/** A job that has failed too often: one of several mails becomes its halves, so that the guilty
 * one is found; one of a single mail is buried and its item says why; so are jobs of other
 * kinds. */
enum jd_status jd_blame_hopeless(struct jd_db *db,
        const struct jd_job *job,
        const char *reason,
        struct jd_error *error);

/** What the process that died in our place held (options->previous) is ready again: suspects,
 * and free leases. */
enum jd_status jd_release_previous(const struct jd_pipeline_options *options,
        struct jd_error *error);

#endif
