/**
 * Some mails of one account on their way from the source through a compute child: fetch, parse,
 * decide. What is stored of it is the step's own matter.
 *
 * A batch belongs to the job thread of its desk. Everything it makes lives in the desk's arena.
 */
#ifndef JD_PIPELINE_BATCH_H
#define JD_PIPELINE_BATCH_H

#include "pipeline/decision.h"
#include "pipeline/desk.h"

/* One mail on its way. */
struct jd_piece {
    struct jd_item item;
    struct jd_span raw;
    struct jd_span refusal; // why it cannot be read; empty: it can
    struct jd_analysed_message *message;
    uint32_t facts;
    bool left; // not with this batch: did not fit, or is away
};

struct jd_batch {
    struct jd_job_desk *desk;
    const struct jd_job *jobs;
    uint32_t jobs_count;
    struct jd_account account;
    struct jd_owner owner;
    struct jd_piece *pieces;
    uint32_t count;
    struct jd_child *child;
    struct jd_span *suspended; // rules that are left out; NULL: none
    uint32_t suspended_count;
    uint32_t want;     // enum jd_want: what jd_batch_decide asks for beside verdicts
    int64_t leased_ms; // monotonic: when the jobs' leases were last made longer
};

/** Whether it was fetched and a message was made of it, so far. */
bool jd_piece_is_readable(const struct jd_piece *piece);

/** Called without the connection. Each piece gets its raw mail, a refusal, or is left. An error
 * is the source's; JD_RETRY_LATER: it has none of them just now. */
enum jd_status jd_batch_fetch(struct jd_batch *batch, struct jd_error *error);
/** With the connection, which is let go meanwhile; `child` is borrowed and holds the release.
 * text_only: no safe HTML is made. */
enum jd_status jd_batch_parse(struct jd_batch *batch, bool text_only, struct jd_error *error);
/** As jd_batch_parse; one verdict for each piece, NULL for those that are not readable. */
enum jd_status jd_batch_decide(struct jd_batch *batch,
        int64_t set_key,
        struct jd_decided_message ***out_verdicts,
        struct jd_error *error);
/** Makes the leases of all jobs held longer when it is time. With the connection. JD_REJECTED:
 * a job of this batch went to another worker. */
enum jd_status jd_batch_keep_leases(struct jd_batch *batch, struct jd_error *error);

#endif
