/** From what compute answered to what storage keeps: one message, its verdict and the owner's
 * side of it. Pure but for the arena. */
#ifndef JD_PIPELINE_DECISION_H
#define JD_PIPELINE_DECISION_H

#include "pipeline/analysis_record.h"
#include "store/accounts.h"
#include "store/decisions.h"
#include "store/items.h"

/** The account's own addresses, lower case; in `arena`. */
struct jd_owner {
    struct jd_span *addresses;
    uint32_t count;
};
enum jd_status jd_owner_read(const struct jd_account *account,
        struct jd_arena *arena,
        struct jd_owner *out_owner,
        struct jd_error *error);
bool jd_owner_has(const struct jd_owner *owner, struct jd_span address);

/** What history is asked for a message; spans borrowed from it, or in `arena`. */
struct jd_history_question jd_decision_question(const struct jd_item *item,
        const struct jd_analysed_message *message,
        struct jd_arena *arena);

/** Everything lives in `arena` or in the arguments. JD_BUG: the arena is full. */
enum jd_status jd_decision_make(const struct jd_item *item,
        const struct jd_analysed_message *message,
        const struct jd_decided_message *verdict,
        const struct jd_owner *owner,
        uint32_t facts,
        struct jd_arena *arena,
        struct jd_decision *out_decision,
        struct jd_error *error);

#endif
