/** The handlers, one file each resource (on_*.c); what they answer stands in openapi.yaml. */
#ifndef JD_GATEWAY_HANDLERS_H
#define JD_GATEWAY_HANDLERS_H

#include "gateway/request.h"
#include "store/db.h"

#define JD_HANDLER(name)                                                                       \
 enum jd_status jd_on_##name(                                                                  \
         struct jd_request *request, struct jd_db *db, struct jd_error *error)

JD_HANDLER(login);
JD_HANDLER(link);
JD_HANDLER(refresh);
JD_HANDLER(logout);
JD_HANDLER(me);
JD_HANDLER(messages);
JD_HANDLER(counts);
JD_HANDLER(message);
JD_HANDLER(message_patch);
JD_HANDLER(explain);
JD_HANDLER(thread);
JD_HANDLER(tasks);
JD_HANDLER(task_patch);
JD_HANDLER(drafts);
JD_HANDLER(undo);
JD_HANDLER(operations);
JD_HANDLER(accounts);
JD_HANDLER(account_create);
JD_HANDLER(account_patch);
JD_HANDLER(account_remove);
JD_HANDLER(account_rejected);
JD_HANDLER(releases);
JD_HANDLER(release_create);
JD_HANDLER(release);
JD_HANDLER(release_patch);
JD_HANDLER(release_drop);
JD_HANDLER(release_file);
JD_HANDLER(release_file_put);
JD_HANDLER(release_file_drop);
JD_HANDLER(release_diff);
JD_HANDLER(release_check);
JD_HANDLER(release_activate);
JD_HANDLER(rollback);
JD_HANDLER(release_log);
JD_HANDLER(candidate_set);
JD_HANDLER(candidate_drop);
JD_HANDLER(backtests);
JD_HANDLER(backtest_create);
JD_HANDLER(backtest);
JD_HANDLER(backtest_drop);
JD_HANDLER(backtest_changes);
JD_HANDLER(backtest_cancel);
JD_HANDLER(replay);
JD_HANDLER(answer);
JD_HANDLER(jobs);
JD_HANDLER(job_retry);
JD_HANDLER(events);
JD_HANDLER(events_log);
JD_HANDLER(openapi);
JD_HANDLER(health_live);
JD_HANDLER(health_ready);
JD_HANDLER(health_detail); // on the metrics listener alone

#endif
