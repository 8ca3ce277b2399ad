/* Whose mailbox is it? Asked once, before the first mail is decided, so that every verdict of
 * the first sync sees the same owner. */
#include "pipeline/identify.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/span.h"
#include "store/items.h"

#define WANTED_ITEMS_MAX 1000 // beyond, mail that names no owner will not begin to
#define SAMPLE           200
#define SAMPLE_BYTES_MAX (256 * 1024) // a longer mail is cut: only its headers matter
#define SENT_WEIGHT      3
#define WRITTEN_TO_MIN   5 // mails, before the most frequent recipient says something

bool jd_identify_wanted(const struct jd_account *account)
{
    return account->addresses_found && jd_span_equal(account->addresses, JD_SPAN("[]")) &&
           account->decided < WANTED_ITEMS_MAX;
}

/* Delivered-To and From of sent mail: votes by those who know. */
struct candidate {
    struct jd_span address;
    int votes;
    bool sent; // in From of sent mail
};

struct tally {
    struct candidate *list;
    uint32_t count;
};

static bool is_address(struct jd_span text)
{
    return text.len && memchr(text.data, '@', text.len);
}

static void vote(struct tally *tally, struct jd_span address, int votes, bool sent)
{
    if (!is_address(address)) {
        return;
    }
    for (uint32_t i = 0; i < tally->count; i++) {
        if (jd_span_equal_nocase(tally->list[i].address, address)) {
            tally->list[i].votes += votes;
            tally->list[i].sent = tally->list[i].sent || sent;
            return;
        }
    }
    tally->list[tally->count++] = (struct candidate){ address, votes, sent };
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
    for (uint32_t i = 0; i < message->delivered_to_count; i++) {
        vote(tally, message->delivered_to[i], 1, false);
    }
    if (is_sent_mailbox(sample->mailbox)) {
        vote(tally, message->from.address, SENT_WEIGHT, true);
    }
}

/* The winner first, then the other addresses that mail was sent from. */
static void write_voted(const struct tally *tally, struct jd_json_writer *writer)
{
    const struct candidate *best = &tally->list[0];
    for (uint32_t i = 1; i < tally->count; i++) {
        best = tally->list[i].votes > best->votes ? &tally->list[i] : best;
    }
    jd_json_add_text(writer, NULL, best->address);
    for (uint32_t i = 0; i < tally->count; i++) {
        if (tally->list[i].sent && &tally->list[i] != best) {
            jd_json_add_text(writer, NULL, tally->list[i].address);
        }
    }
}

/* Nobody has voted: the address that most mail was written to. One mention per address and mail
 * of those that were not sent to a list. */
struct mention {
    struct jd_span address;
    uint32_t mail;
};

struct mentions {
    struct mention *list;
    uint32_t count;
    uint32_t mails; // not sent to a list
};

static int compare_nocase(struct jd_span a, struct jd_span b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < common; i++) {
        int difference = jd_ascii_lower(a.data[i]) - jd_ascii_lower(b.data[i]);
        if (difference) {
            return difference;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

static int compare_mentions(const void *a, const void *b)
{
    const struct mention *one = a, *other = b;
    int difference = compare_nocase(one->address, other->address);
    return difference ? difference : (one->mail > other->mail) - (one->mail < other->mail);
}

static void
mention(struct mentions *mentions, const struct jd_analysed_address *people, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (is_address(people[i].address)) {
            mentions->list[mentions->count++] =
                    (struct mention){ people[i].address, mentions->mails };
        }
    }
}

static struct mentions find_mentions(const struct jd_analysed_message *messages,
        uint32_t count,
        struct jd_arena *arena)
{
    size_t room = 1;
    for (uint32_t i = 0; i < count; i++) {
        room += messages[i].to_count + messages[i].cc_count;
    }
    struct mentions mentions = { .list = jd_arena_zalloc(arena, room, sizeof(struct mention)) };
    for (uint32_t i = 0; i < count && mentions.list; i++) {
        if (!messages[i].unreadable && !messages[i].from_list) {
            mention(&mentions, messages[i].to, messages[i].to_count);
            mention(&mentions, messages[i].cc, messages[i].cc_count);
            mentions.mails++;
        }
    }
    if (mentions.count) {
        qsort(mentions.list, mentions.count, sizeof(struct mention), compare_mentions);
    }
    return mentions;
}

/* no-reply@, donotreply@, noreply-12@ ... */
static bool is_noreply(struct jd_span address)
{
    char local[64];
    size_t len = 0;
    for (size_t i = 0; i < address.len && address.data[i] != '@' && len < sizeof(local) - 1;
            i++) {
        if (!strchr("-_.", address.data[i])) {
            local[len++] = jd_ascii_lower(address.data[i]);
        }
    }
    local[len] = '\0';
    return strstr(local, "noreply") || strstr(local, "donotreply");
}

/* The list users@lists.example calls itself users.lists.example. */
static bool
is_of_list(struct jd_span address, const struct jd_analysed_message *messages, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct jd_span id = messages[i].list_id;
        bool same = id.len > 0 && id.len == address.len;
        for (size_t k = 0; k < id.len && same; k++) {
            char c = address.data[k] == '@' ? '.' : jd_ascii_lower(address.data[k]);
            same = jd_ascii_lower(id.data[k]) == c;
        }
        if (same) {
            return true;
        }
    }
    return false;
}

/* Of several the most frequent; of equals the first by the alphabet. */
static struct jd_span most_written_to(const struct mentions *mentions,
        const struct jd_analysed_message *messages,
        uint32_t count)
{
    struct jd_span found = JD_SPAN("");
    uint32_t most = mentions->mails / 2; // to be outdone
    for (uint32_t at = 0, next; at < mentions->count; at = next) {
        const struct mention *first = &mentions->list[at];
        uint32_t mails = 1;
        for (next = at + 1; next < mentions->count &&
                            compare_nocase(mentions->list[next].address, first->address) == 0;
                next++) {
            mails += mentions->list[next].mail != mentions->list[next - 1].mail;
        }
        if (mails > most && !is_noreply(first->address) &&
                !is_of_list(first->address, messages, count)) {
            found = first->address;
            most = mails;
        }
    }
    return mentions->mails >= WRITTEN_TO_MIN ? found : JD_SPAN("");
}

bool jd_identify_owner(const struct jd_item_sample *samples,
        const struct jd_analysed_message *messages,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_buf *out)
{
    struct tally tally = { .list = jd_arena_zalloc(arena,
                                   (size_t)count * (JD_ANALYSED_DELIVERED_MAX + 1) + 1,
                                   sizeof(*tally.list)) };
    struct jd_span written_to = JD_SPAN("");
    for (uint32_t i = 0; i < count && tally.list; i++) {
        if (!messages[i].unreadable) {
            count_votes(&tally, &samples[i], &messages[i]);
        }
    }
    if (tally.count == 0) {
        struct mentions mentions = find_mentions(messages, count, arena);
        written_to = most_written_to(&mentions, messages, count);
        if (written_to.len == 0) {
            return false;
        }
    }
    struct jd_json_writer writer = jd_json_writer(out);
    jd_json_open_array(&writer, NULL);
    if (tally.count) {
        write_voted(&tally, &writer);
    } else {
        jd_json_add_text(&writer, NULL, written_to);
    }
    jd_json_close_array(&writer);
    for (size_t i = 0; i < out->len; i++) {
        out->data[i] = jd_ascii_lower(out->data[i]);
    }
    return !out->failed;
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
    status = jd_child_parse_text(child, mails, count, desk->arena, out_messages, error);
    bool died = jd_child_death(child).end != JD_CHILD_ALIVE;
    jd_pool_return(desk->pool, &child);
    return died ? jd_error_set(error, JD_RETRY_LATER,
                          "the compute child ended while it read a sample")
                : status;
}

static enum jd_status store_found(struct jd_job_desk *desk,
        struct jd_account *account,
        struct jd_span addresses,
        struct jd_error *error)
{
    account->addresses = addresses;
    enum jd_status status = jd_tx_begin(desk->db, JD_TX_BULK, INT64_MAX, error);
    if (status == JD_OK) {
        status =
                jd_account_set_found(desk->db, account->user_id, account->id, addresses, error);
    }
    if (status == JD_OK && account->decided) { // without an owner: those are made again
        status = jd_items_requeue(desk->db, account->user_id, account->id, error);
    }
    if (status == JD_OK) {
        return jd_tx_commit(desk->db, error);
    }
    jd_tx_rollback(desk->db);
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
    if (status != JD_OK) {
        return status;
    }
    jd_desk_leave(desk);
    count = fetch_heads(desk, source, samples, count, mails);
    status = count ? parse_heads(desk, mails, count, &messages, error) : JD_OK;
    jd_desk_enter(desk);
    struct jd_buf found = jd_buf_init(32 * 1024);
    if (status == JD_OK && jd_identify_owner(samples, messages, count, desk->arena, &found)) {
        status = store_found(
                desk, account, jd_arena_copy(desk->arena, jd_buf_span(&found)), error);
    }
    jd_buf_finish(&found);
    return status;
}
