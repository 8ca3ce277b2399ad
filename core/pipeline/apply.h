/** Past mail is decided with the rules that are active now. */
#ifndef JD_PIPELINE_APPLY_H
#define JD_PIPELINE_APPLY_H

#include "store/releases.h"

struct jd_applied {
    int64_t accounts;
    int64_t messages;  // that are decided again
    int64_t corrected; // of them: their category is a person's and stays
};

/** Whatever other rules have decided waits again, and each account's backlog begins; one
 * transaction for each account. Rules give the same verdict on the same mail, so after a
 * rollback this restores what stood before, but for what people have changed since. owner:
 * JD_ORGANISATION for all mail, else the mail of one user. */
enum jd_status jd_apply_active(struct jd_db *db,
        int64_t owner,
        struct jd_applied *out_applied,
        struct jd_error *error);

#endif
