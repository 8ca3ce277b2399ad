/* From columns to what the row functions take. */
#include "store/differences.h"

enum jd_status jd_count_pass(void *listing, const struct jd_value *c, uint32_t columns_count)
{
    const struct jd_count_listing *to = listing;
    return columns_count == 4
                   ? to->row(to->context, jd_column_bytes(&c[0]), jd_column_bytes(&c[1]),
                             jd_column_bytes(&c[2]), jd_column_int(&c[3]))
                   : JD_BUG;
}

enum jd_status jd_change_pass(void *listing, const struct jd_value *c, uint32_t columns_count)
{
    const struct jd_change_listing *to = listing;
    if (columns_count != 5) {
        return JD_BUG;
    }
    struct jd_backtest_change change = { jd_column_int(&c[0]), jd_column_bytes(&c[1]),
        jd_column_bytes(&c[2]), jd_column_bytes(&c[3]), jd_column_bytes(&c[4]) };
    return to->row(to->context, &change);
}
