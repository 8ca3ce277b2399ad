/**
 * Leases: who watches an account or leads the schedulers. Time is the store's clock. A holder
 * whose lease ran out finds its token raised by the next one: every write made under a lease
 * checks the token in its own transaction (jd_lease_check) and stops when it is not ours.
 */
#ifndef JD_STORE_LEASES_H
#define JD_STORE_LEASES_H

#include "store/db.h"

struct jd_lease {
    char name[40];
    int64_t token;
};

/** JD_NONE: somebody else holds it. Own transaction. */
enum jd_status jd_lease_take(struct jd_db *db,
        const char *name,
        struct jd_span owner,
        int64_t lease_ms,
        struct jd_lease *out_lease,
        struct jd_error *error);
/** JD_REJECTED: it is not ours any more. */
enum jd_status jd_lease_extend(struct jd_db *db,
        const struct jd_lease *lease,
        int64_t lease_ms,
        struct jd_error *error);
/** Within the caller's transaction: JD_REJECTED when the token is not the lease's any more, and
 * the transaction must be rolled back. */
enum jd_status
jd_lease_check(struct jd_db *db, const struct jd_lease *lease, struct jd_error *error);
/** Gives it back early. Fine when it is not ours any more. */
enum jd_status
jd_lease_release(struct jd_db *db, const struct jd_lease *lease, struct jd_error *error);

#endif
