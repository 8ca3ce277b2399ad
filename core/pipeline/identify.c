/* Whose mailbox is it? Asked once, before the first mail is decided, so that every verdict of
 * the first sync sees the same owner. */
#include "pipeline/identify.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/span.h"
#include "store/items.h"

#define WANTED_ITEMS_MAX 1000 // beyond, mail that names no owner will not begin to
#define SAMPLE           200
#define SAMPLE_BYTES_MAX (256 * 1024) // a longer mail is cut: only its headers matter
#define CANDIDATES_MAX   200
#define SENT_WEIGHT      3

bool jd_identify_wanted(const struct jd_account *account)
{
    return account->addresses_found && jd_span_equal(account->addresses, JD_SPAN("[]")) &&
           account->decided < WANTED_ITEMS_MAX;
}

struct candidate {
    struct jd_span address;
    int votes;
    bool sent; // in From of sent mail
};

struct tally {
    struct jd_arena *arena;
    struct candidate list[CANDIDATES_MAX];
    uint32_t count;
};

static void vote(struct tally *tally, struct jd_span address, int votes, bool sent)
{
    if (address.len == 0 || !memchr(address.data, '@', address.len)) {
        return;
    }
    for (uint32_t i = 0; i < tally->count; i++) {
        if (jd_span_equal_nocase(tally->list[i].address, address)) {
            tally->list[i].votes += votes;
            tally->list[i].sent = tally->list[i].sent || sent;
            return;
        }
    }
    if (tally->count < CANDIDATES_MAX) {
        tally->list[tally->count++] = (struct candidate){ address, votes, sent };
    }
}

static bool is_sent_mailbox(struct jd_span name)
{
    static const char *const names[] = { "Sent", "Sent Items", "Sent Mail", "Sent Messages",
        "Gesendet", "Gesendete Elemente", "[Gmail]/Sent Mail", "INBOX/Sent", "INBOX.Sent" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (jd_span_equal_nocase(name, jd_span_of(names[i]))) {
            return true;
        }
    }
    return false;
}

static void count_votes(struct tally *tally,
        const struct jd_item_sample *sample,
        const struct jd_analysed_message *message)
{
    if (message->unreadable) {
        return;
    }
    for (uint32_t i = 0; i < message->delivered_to_count; i++) {
        vote(tally, message->delivered_to[i], 1, false);
    }
    if (is_sent_mailbox(sample->mailbox)) {
        vote(tally, message->from.address, SENT_WEIGHT, true);
    }
}

/* The winner first, then the other addresses that mail was sent from. */
static bool write_found(struct tally *tally, struct jd_buf *out)
{
    const struct candidate *best = NULL;
    struct jd_json_writer w = jd_json_writer(out);
    for (uint32_t i = 0; i < tally->count; i++) {
        best = !best || tally->list[i].votes > best->votes ? &tally->list[i] : best;
    }
    if (!best) {
        return false;
    }
    jd_json_open_array(&w, NULL);
    jd_json_add_text(&w, NULL, best->address);
    for (uint32_t i = 0; i < tally->count; i++) {
        if (tally->list[i].sent && &tally->list[i] != best) {
            jd_json_add_text(&w, NULL, tally->list[i].address);
        }
    }
    jd_json_close_array(&w);
    for (size_t i = 0; i < out->len; i++) {
        out->data[i] = jd_ascii_lower(out->data[i]);
    }
    return true;
}

/* Headers are enough: a mail that does not fit is cut, one that cannot be fetched is left out.
 */
static uint32_t fetch_heads(struct jd_job_desk *desk,
        struct jd_source *source,
        struct jd_item_sample *samples,
        uint32_t count,
        struct jd_child_mail *out_mails)
{
    struct jd_call call = { JD_SIZE(jd_call), .deadline_ms = jd_clock_now_ms() + 30000,
        .cancelled = (const int32_t *)desk->stopping };
    struct jd_buf buf = jd_buf_init(SAMPLE_BYTES_MAX);
    struct jd_error error;
    uint32_t fetched = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct jd_buf_sink sink = jd_buf_sink(&buf);
        jd_buf_clear(&buf);
        enum jd_status status = source->ops->fetch(
                source->self, &call, samples[i].item.key, &sink.sink, &error);
        if ((status == JD_OK || buf.failed) && buf.len) {
            samples[fetched] = samples[i];
            out_mails[fetched++] =
                    (struct jd_child_mail){ jd_arena_copy(desk->arena, jd_buf_span(&buf)),
                        samples[i].item.received_ms, samples[i].item.id };
        }
    }
    jd_buf_finish(&buf);
    return fetched;
}

static enum jd_status parse_heads(struct jd_job_desk *desk,
        const struct jd_child_mail *mails,
        uint32_t count,
        struct jd_analysed_message **out_messages,
        struct jd_error *error)
{
    struct jd_child *child = NULL;
    struct jd_pool_claim claim = { 0 };
    enum jd_status status =
            jd_pool_borrow(desk->pool, &claim, jd_clock_monotonic_ms() + 20000, &child, error);
    if (status != JD_OK) {
        return status;
    }
    status = jd_child_parse(child, mails, count, desk->arena, out_messages, error);
    bool died = jd_child_death(child).end != JD_CHILD_ALIVE;
    jd_pool_return(desk->pool, &child);
    return died ? jd_error_set(error, JD_RETRY_LATER,
                          "the compute child ended while it read a sample")
                : status;
}

static enum jd_status store_found(struct jd_job_desk *desk,
        struct jd_account *account,
        struct tally *tally,
        struct jd_error *error)
{
    struct jd_buf found = jd_buf_init(32 * 1024);
    enum jd_status status = JD_OK;
    if (write_found(tally, &found)) {
        account->addresses = jd_arena_copy(desk->arena, jd_buf_span(&found));
        status = jd_tx_begin(desk->db, JD_TX_BULK, INT64_MAX, error);
        if (status == JD_OK) {
            status = jd_account_set_found(
                    desk->db, account->user_id, account->id, account->addresses, error);
        }
        if (status == JD_OK && account->decided) { // without an owner: those are made again
            status = jd_items_requeue(desk->db, account->user_id, account->id, error);
        }
        if (status == JD_OK) {
            status = jd_tx_commit(desk->db, error);
        } else {
            jd_tx_rollback(desk->db);
        }
    }
    jd_buf_finish(&found);
    return status;
}

enum jd_status
jd_identify(struct jd_job_desk *desk, struct jd_account *account, struct jd_error *error)
{
    struct jd_item_sample *samples = NULL;
    struct jd_analysed_message *messages = NULL;
    struct jd_source *source = NULL;
    uint32_t count = 0;
    enum jd_status status = jd_items_newest(desk->db, account->user_id, account->id, SAMPLE,
            desk->arena, &samples, &count, error);
    if (status == JD_OK) {
        status = jd_sources_get(desk->sources, account, &source, error);
    }
    struct jd_child_mail *mails = jd_arena_zalloc(desk->arena, SAMPLE, sizeof(*mails));
    struct tally *tally = jd_arena_new(desk->arena, struct tally);
    if (status != JD_OK) {
        return status;
    }
    jd_desk_leave(desk);
    count = fetch_heads(desk, source, samples, count, mails);
    status = count ? parse_heads(desk, mails, count, &messages, error) : JD_OK;
    jd_desk_enter(desk);
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        count_votes(tally, &samples[i], &messages[i]);
    }
    return status == JD_OK ? store_found(desk, account, tally, error) : status;
}
