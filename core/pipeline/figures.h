/**
 * Adds up what rules did, and writes it now and then: counting each message in storage would
 * cost more than the rules do. What was not written when a worker dies is lost; nothing rests
 * on it.
 *
 * Used by who holds the worker's connection (desk.h), so one thread at a time.
 */
#ifndef JD_PIPELINE_FIGURES_H
#define JD_PIPELINE_FIGURES_H

#include "pipeline/analysis_record.h"
#include "store/figures.h"

struct jd_figures;

struct jd_figures *jd_figures_create(void);
void jd_figures_destroy(struct jd_figures **figures);
/** Whether this slice is to be measured (JD_WANT_RUNS): one in 16. */
bool jd_figures_measure(struct jd_figures *figures);
/** Verdicts that were stored; NULL among them are passed over. */
void jd_figures_note(struct jd_figures *figures,
        const struct jd_rule_set *set,
        struct jd_decided_message *const *verdicts,
        uint32_t count);
/** Writes what has gathered if it is time, or `now`; in a transaction of its own. */
enum jd_status jd_figures_write(struct jd_figures *figures,
        struct jd_db *db,
        bool now,
        struct jd_error *error);

#endif
