/** Records to JSON: the API's field names are spelled here and in gateway/openapi.yaml alone.
 * Any thread. */
#ifndef JD_STORE_RECORD_JSON_H
#define JD_STORE_RECORD_JSON_H

#include "base/json.h"
#include "store/accounts.h"
#include "store/backtests.h"
#include "store/items.h"
#include "store/jobs.h"
#include "store/messages.h"
#include "store/operations.h"
#include "store/releases.h"
#include "store/tasks.h"

/** One row of the list. `name` NULL: an array's element. */
void jd_message_item_json(struct jd_json_writer *writer,
        const char *name,
        const struct jd_message *message);
/** The whole message with its body (may be NULL). */
void jd_message_json(struct jd_json_writer *writer,
        const char *name,
        const struct jd_message *message,
        const struct jd_message_body *body);
void jd_task_json(struct jd_json_writer *writer, const char *name, const struct jd_task *task);
void jd_draft_json(struct jd_json_writer *writer,
        const char *name,
        const struct jd_draft *draft);
void jd_account_json(struct jd_json_writer *writer,
        const char *name,
        const struct jd_account *account);
void jd_rejected_json(struct jd_json_writer *writer,
        const char *name,
        const struct jd_rejected_item *item);
void jd_operation_json(struct jd_json_writer *writer,
        const char *name,
        const struct jd_operation *operation);
void jd_job_json(struct jd_json_writer *writer, const char *name, const struct jd_job *job);
/** Why a message is where it is: the members alone, into an object that is open. */
void jd_explanation_members(struct jd_json_writer *writer,
        const struct jd_message *message,
        const struct jd_message_analysis *analysis);
/** The row; without its report. */
void jd_release_json(struct jd_json_writer *writer,
        const char *name,
        const struct jd_release_row *release);
/** Its members alone, into an object that is open. */
void jd_release_members(struct jd_json_writer *writer, const struct jd_release_row *release);
void jd_release_change_json(struct jd_json_writer *writer,
        const char *name,
        const struct jd_release_change *change);
/** Its members alone, into an object that is open. */
void jd_backtest_members(struct jd_json_writer *writer, const struct jd_backtest *backtest);
void jd_backtest_change_json(struct jd_json_writer *writer,
        const char *name,
        const struct jd_backtest_change *change);

#endif
