/**
 * Finds whose mailbox it is, from the newest items: the most frequent address among
 * Delivered-To and, weighing more, From of sent mail. Where no mail has either, the address
 * that stands in To or Cc of more than half of the mails that were not sent to a list, of five
 * such at least.
 */
#ifndef JD_PIPELINE_IDENTIFY_H
#define JD_PIPELINE_IDENTIFY_H

#include "pipeline/analysis_record.h"
#include "pipeline/desk.h"
#include "store/items.h"

/** Nobody has said whose mailbox it is, nor was it found, and there is little mail yet. */
bool jd_identify_wanted(const struct jd_account *account);
/** Stores what it finds in the account and in `account`; finding nothing is fine. A dead child
 * is: JD_RETRY_LATER. */
enum jd_status
jd_identify(struct jd_job_desk *desk, struct jd_account *account, struct jd_error *error);

/** What the mails say: a JSON array in lower case, the main address first. False: nothing.
 * Pure; `arena` is for working in. */
bool jd_identify_owner(const struct jd_item_sample *samples,
        const struct jd_analysed_message *messages,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_buf *out);

#endif
