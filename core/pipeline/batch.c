/* Fetching, parsing and deciding, with the desk let go wherever somebody is waited for. */
#include "pipeline/batch.h"

#include "base/clock.h"
#include "base/span.h"
#include "base/timezone.h"

#define RAW_MIB_MAX 64 // of one mail
#define BATCH_BYTES_MAX                                                                        \
 (48u * 1024 * 1024)                   // of one batch; what is beyond becomes a job of its own
#define FETCH_MS (JD_JOB_LEASE_MS / 2) // of one mail; leases are kept between two

static enum jd_status fetch_piece(struct jd_batch *batch,
        struct jd_source *source,
        struct jd_piece *piece,
        struct jd_buf *buf,
        struct jd_error *error)
{
    struct jd_buf_sink sink = jd_buf_sink(buf);
    struct jd_call call = { JD_SIZE(jd_call), .deadline_ms = jd_clock_now_ms() + FETCH_MS,
        .cancelled = (const int32_t *)batch->desk->stopping };
    jd_buf_clear(buf);
    enum jd_status status =
            source->ops->fetch(source->self, &call, piece->item.key, &sink.sink, error);
    if (status == JD_GONE) {
        piece->left = true; // perhaps its folder is away: for good it is when sync says so
        return JD_OK;
    }
    if (buf->failed) { // whatever the source made of its sink's refusal
        piece->refusal = jd_arena_format(
                batch->desk->arena, "the message is larger than %d MiB", RAW_MIB_MAX);
        return JD_OK;
    }
    if (status == JD_BAD_INPUT) {
        piece->refusal = jd_arena_copy(batch->desk->arena, jd_span_of(error->text));
        return JD_OK;
    }
    if (status != JD_OK) {
        jd_sources_drop(batch->desk->sources, batch->account.id);
        return status;
    }
    if (buf->len == 0) {
        piece->refusal = JD_SPAN("the message is empty");
        return JD_OK;
    }
    piece->raw = jd_arena_copy(batch->desk->arena, jd_buf_span(buf));
    return piece->raw.data ? JD_OK
                           : jd_error_set(error, JD_BUG, "a batch is larger than its arena");
}

static bool leases_are_due(const struct jd_batch *batch)
{
    return jd_clock_monotonic_ms() - batch->leased_ms >= batch->desk->keep_ms;
}

/* A slow source or a hard batch must not let another worker believe that this one is dead; nor
 * must jobs be lost that wait behind it. */
enum jd_status jd_batch_keep_leases(struct jd_batch *batch, struct jd_error *error)
{
    const struct jd_job_desk *desk = batch->desk;
    enum jd_status status = JD_OK;
    if (!leases_are_due(batch)) {
        return JD_OK;
    }
    batch->leased_ms = jd_clock_monotonic_ms();
    for (uint32_t i = 0; i < desk->held_count && status == JD_OK; i++) {
        status = jd_job_extend(desk->db, &desk->held[i], JD_JOB_LEASE_MS, error);
        if (status == JD_REJECTED && i >= batch->jobs_count) {
            status = JD_OK; // its own step will find that it is lost
        }
    }
    return status;
}

/* What is wrong with a source is not the fault of its mails: they wait until it is back. */
static enum jd_status wait_for_source(struct jd_error *error)
{
    error->status = JD_RETRY_LATER;
    return JD_RETRY_LATER;
}

enum jd_status jd_batch_fetch(struct jd_batch *batch, struct jd_error *error)
{
    struct jd_source *source = NULL;
    size_t bytes = 0;
    uint32_t came = 0;
    enum jd_status status =
            jd_sources_get(batch->desk->sources, &batch->account, &source, error);
    if (status == JD_BAD_INPUT) {
        return wait_for_source(error);
    }
    struct jd_buf buf = jd_buf_init((size_t)RAW_MIB_MAX * 1024 * 1024);
    for (uint32_t i = 0; i < batch->count && status == JD_OK; i++) {
        struct jd_piece *piece = &batch->pieces[i];
        piece->left = i >= JD_CHILD_BATCH_MAX || bytes > BATCH_BYTES_MAX;
        if (!piece->left) {
            status = fetch_piece(batch, source, piece, &buf, error);
            // The sizes are known only now; the first mail always has its turn.
            piece->left =
                    piece->left || (bytes && bytes + piece->raw.len > JD_CHILD_BATCH_BYTES_MAX);
            bytes += piece->raw.len;
        }
        came += !piece->left;
        if (status == JD_OK && leases_are_due(batch)) {
            jd_desk_enter(batch->desk);
            status = jd_batch_keep_leases(batch, error);
            jd_desk_leave(batch->desk);
        }
    }
    jd_buf_finish(&buf);
    return status == JD_OK && batch->count && !came ? wait_for_source(error) : status;
}

bool jd_piece_is_readable(const struct jd_piece *piece)
{
    return !piece->left && piece->refusal.len == 0;
}

/* Sends the readable mails to the child; each piece gets its message. */
enum jd_status jd_batch_parse(struct jd_batch *batch, bool text_only, struct jd_error *error)
{
    struct jd_arena *arena = batch->desk->arena;
    struct jd_child_mail *mails = jd_arena_zalloc(arena, batch->count + 1, sizeof(*mails));
    struct jd_analysed_message *messages = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        struct jd_piece *piece = &batch->pieces[i];
        if (jd_piece_is_readable(piece)) {
            mails[count++] = (struct jd_child_mail){ piece->raw, piece->item.received_ms,
                piece->item.id };
        }
    }
    if (count == 0) {
        return JD_OK;
    }
    jd_desk_leave(batch->desk);
    enum jd_status status =
            text_only ? jd_child_parse_text(batch->child, mails, count, arena, &messages, error)
                      : jd_child_parse(batch->child, mails, count, arena, &messages, error);
    jd_desk_enter(batch->desk);
    if (status == JD_OK) {
        status = jd_batch_keep_leases(batch, error);
    }
    for (uint32_t i = 0, at = 0; i < batch->count && status == JD_OK; i++) {
        struct jd_piece *piece = &batch->pieces[i];
        if (!jd_piece_is_readable(piece)) {
            continue;
        }
        piece->message = &messages[at++];
        if (piece->message->unreadable) {
            piece->refusal = piece->message->problem.len
                                     ? piece->message->problem
                                     : JD_SPAN("no message could be made of it");
        }
    }
    return status;
}

/* The place of a piece in the batch that the child parsed is its rank among the raw mails sent.
 */
enum jd_status jd_batch_decide(struct jd_batch *batch,
        int64_t set_key,
        struct jd_decided_message ***out_verdicts,
        struct jd_error *error)
{
    struct jd_arena *arena = batch->desk->arena;
    struct jd_child_facts *facts = jd_arena_zalloc(arena, batch->count + 1, sizeof(*facts));
    uint32_t *asked = jd_arena_zalloc(arena, batch->count + 1, sizeof(*asked)); // pieces
    struct jd_decided_message *verdicts = NULL;
    struct jd_decided_message **by_piece =
            jd_arena_zalloc(arena, batch->count + 1, sizeof(struct jd_decided_message *));
    struct jd_buf zone = jd_buf_init(64 * 1024);
    uint32_t sent = 0, count = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        struct jd_piece *piece = &batch->pieces[i];
        sent += piece->message != NULL;
        if (piece->message && jd_piece_is_readable(piece)) {
            asked[count] = i;
            facts[count++] = (struct jd_child_facts){ sent - 1, piece->facts };
        }
    }
    *out_verdicts = by_piece;
    if (count == 0) {
        return JD_OK;
    }
    enum jd_status status = jd_timezone_file(batch->account.time_zone, &zone, error);
    if (status == JD_OK || status == JD_BAD_INPUT) {
        struct jd_child_question question = { .release = set_key,
            .owner_addresses = batch->owner.addresses,
            .owner_addresses_count = batch->owner.count,
            .zone_file = status == JD_OK ? jd_buf_span(&zone) : JD_SPAN(""),
            .suspended = batch->suspended,
            .suspended_count = batch->suspended_count,
            .want = batch->want,
            .messages = facts,
            .messages_count = count };
        jd_desk_leave(batch->desk);
        status = jd_child_decide(batch->child, &question, arena, &verdicts, error);
        jd_desk_enter(batch->desk);
        if (status == JD_OK) {
            status = jd_batch_keep_leases(batch, error);
        }
    }
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        by_piece[asked[i]] = &verdicts[i];
        verdicts[i].suspended = batch->suspended;
        verdicts[i].suspended_count = batch->suspended_count;
    }
    jd_buf_finish(&zone);
    return status;
}
