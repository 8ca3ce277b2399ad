/** Rows that back-tests and shadows both keep: counts by key, and messages that changed. */
#ifndef JD_STORE_DIFFERENCES_H
#define JD_STORE_DIFFERENCES_H

#include "store/backtests.h"

/** For statements that give what, name, other, count. */
struct jd_count_listing {
    jd_backtest_count_fn row;
    void *context;
};
enum jd_status
jd_count_pass(void *listing, const struct jd_value *columns, uint32_t columns_count);

/** For statements that give message_id, subject, from_address, was, now. */
struct jd_change_listing {
    jd_backtest_change_fn row;
    void *context;
};
enum jd_status
jd_change_pass(void *listing, const struct jd_value *columns, uint32_t columns_count);

#endif
