/** Finds whose mailbox it is: the addresses in From of sent mail, else the most frequent
 * Delivered-To, among the newest items. */
#ifndef JD_PIPELINE_IDENTIFY_H
#define JD_PIPELINE_IDENTIFY_H

#include "pipeline/desk.h"

/** Nobody has said whose mailbox it is, nor was it found, and there is little mail yet. */
bool jd_identify_wanted(const struct jd_account *account);
/** Stores what it finds in the account and in `account`; finding nothing is fine. A dead child
 * is: JD_RETRY_LATER. */
enum jd_status
jd_identify(struct jd_job_desk *desk, struct jd_account *account, struct jd_error *error);

#endif
