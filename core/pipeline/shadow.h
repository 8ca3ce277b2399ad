/**
 * The candidate's opinion of a batch: asked of the same compute child after the verdicts that
 * count, and booked with them. It can neither change nor hold up what is decided.
 */
#ifndef JD_PIPELINE_SHADOW_H
#define JD_PIPELINE_SHADOW_H

#include "pipeline/batch.h"

struct jd_shadow {
    int64_t release;                      // the candidate; 0: there is none
    int64_t owner;                        // whose
    struct jd_decided_message **verdicts; // of the pieces; NULL: it has none to give
    bool died;                            // it ended the child
};

/** With the connection; the batch is parsed and decided with `active`. Whatever goes wrong is
 * logged and no more. */
void jd_shadow_decide(struct jd_batch *batch,
        const struct jd_rule_set *active,
        struct jd_shadow *out_shadow);
/** In the transaction that stores the verdicts; `stored` are the messages, 0: none was made of
 * a piece. A candidate that ends its child three times is one no more. */
enum jd_status jd_shadow_store(const struct jd_batch *batch,
        const struct jd_shadow *shadow,
        struct jd_decided_message *const *verdicts,
        const int64_t *stored,
        struct jd_error *error);

#endif
