/** What the counts of a back-test say: who was put where by the rules that decided and by the
 * release that was tried, and how right both were where the user had said what is right. */
#ifndef JD_GATEWAY_BACKTEST_REPORT_H
#define JD_GATEWAY_BACKTEST_REPORT_H

#include "base/json.h"
#include "store/backtests.h"

/** Adds the member "report" to an object that is open. */
enum jd_status jd_backtest_report(struct jd_json_writer *writer,
        struct jd_db *db,
        int64_t user,
        int64_t backtest,
        struct jd_error *error);

#endif
