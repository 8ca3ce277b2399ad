/** The statement sets of this folder's nouns; each is defined in its noun's file. */
#ifndef JD_STORE_STATEMENTS_H
#define JD_STORE_STATEMENTS_H

#include "base/span.h"
#include "store/db.h"

extern const struct jd_statement_set jd_accounts_set, jd_answers_set, jd_backtests_set,
        jd_db_set, jd_digest_set, jd_decisions_set, jd_figures_set, jd_items_set, jd_jobs_set,
        jd_leases_set, jd_messages_set, jd_operations_set, jd_releases_set, jd_shadow_set,
        jd_standard_set, jd_streams_set, jd_suspensions_set, jd_tasks_set, jd_threads_set,
        jd_users_set;

#define JD_STATEMENT_SET(table)                                                                \
 {                                                                                             \
  (table), sizeof(table) / sizeof((table)[0])                                                  \
 }

/** JD_BUG naming the first statement of the set that breaks its scope. */
enum jd_status jd_statement_set_check(const struct jd_statement_set *set,
        struct jd_error *error);

#endif
