/**
 * What two verdicts on the same messages differ in: counted, and listed message by message.
 * Pure but for the arena; one thread.
 */
#ifndef JD_PIPELINE_TALLY_H
#define JD_PIPELINE_TALLY_H

#include "pipeline/analysis_record.h"
#include "store/backtests.h"

struct jd_tally;

/** Everything lives in `arena`; destroy it for the map inside. */
struct jd_tally *jd_tally_create(struct jd_arena *arena, uint32_t messages_max);
void jd_tally_destroy(struct jd_tally **tally);
/** now NULL: the message could not be decided; it is counted as unreadable. */
void jd_tally_add(struct jd_tally *tally,
        const struct jd_backtest_was *was,
        const struct jd_decided_message *now);
/** JD_BUG: the arena was too small. Valid while the arena is. */
enum jd_status jd_tally_result(struct jd_tally *tally,
        struct jd_backtest_result *out_result,
        struct jd_error *error);

#endif
