/* The bridge between records and rows. No policy lives here: rules and models return verdicts.
 */
#include "pipeline/decision.h"

#include "base/json.h"
#include "base/span.h"

#define OWNER_ADDRESSES_MAX 32
#define JSON_BYTES_MAX      (4 * 1024 * 1024)
#define DAY_MS              (24LL * 3600 * 1000)
#define EARLIEST_MS         631152000000LL // 1990-01-01: a Date before it is a broken clock

static struct jd_span lower(struct jd_arena *arena, struct jd_span text)
{
    struct jd_span copy = jd_arena_copy(arena, text);
    char *bytes = (char *)copy.data;
    for (size_t i = 0; bytes && i < copy.len; i++) {
        bytes[i] = jd_ascii_lower(bytes[i]);
    }
    return copy.data ? copy : JD_SPAN("");
}

enum jd_status jd_owner_read(const struct jd_account *account,
        struct jd_arena *arena,
        struct jd_owner *out_owner,
        struct jd_error *error)
{
    struct jd_json *list = NULL;
    struct jd_owner owner = {
        jd_arena_zalloc(arena, OWNER_ADDRESSES_MAX, sizeof(*owner.addresses)), 0
    };
    enum jd_status status = jd_json_parse(account->addresses, 64 * 1024, &list, error);
    if (status != JD_OK) {
        return status;
    }
    const struct jd_json *one = jd_json_first(list);
    for (; owner.addresses && one && owner.count < OWNER_ADDRESSES_MAX;
            one = jd_json_next(one)) {
        owner.addresses[owner.count++] = lower(arena, jd_json_text(one, JD_SPAN("")));
    }
    jd_json_destroy(&list);
    *out_owner = owner;
    return JD_OK;
}

bool jd_owner_has(const struct jd_owner *owner, struct jd_span address)
{
    for (uint32_t i = 0; i < owner->count; i++) {
        if (jd_span_equal_nocase(owner->addresses[i], address)) {
            return true;
        }
    }
    return false;
}

/* The mail's Date unless it is absurd: before 1990, or a day after it was received. */
static int64_t effective_date(const struct jd_item *item,
        const struct jd_analysed_message *message)
{
    bool usable =
            message->date_ms >= EARLIEST_MS && message->date_ms <= item->received_ms + DAY_MS;
    return usable ? message->date_ms : item->received_ms;
}

static struct jd_thread_names names_of(const struct jd_analysed_message *message,
        struct jd_arena *arena)
{
    return (struct jd_thread_names){
        .message_id = message->message_id,
        .references = message->references,
        .references_count = message->references_count,
        .base_subject = message->base_subject,
        .from = lower(arena, message->from.address),
        .first_to = message->to_count ? lower(arena, message->to[0].address) : JD_SPAN(""),
        .content_key = jd_span_new((const char *)message->content_key, JD_HASH_BYTES),
        .is_reply = message->is_reply,
        .is_bulk = message->list_id.len != 0,
    };
}

struct jd_history_question jd_decision_question(const struct jd_item *item,
        const struct jd_analysed_message *message,
        struct jd_arena *arena)
{
    struct jd_thread_names names = names_of(message, arena);
    return (struct jd_history_question){
        .from_address = names.from, .date_ms = effective_date(item, message), .names = names
    };
}

static void write_people(struct jd_json_writer *w,
        const char *name,
        const struct jd_analysed_address *people,
        uint32_t count)
{
    jd_json_open_array(w, name);
    for (uint32_t i = 0; i < count; i++) {
        jd_json_open_object(w, NULL);
        jd_json_add_text(w, "name", people[i].name);
        jd_json_add_text(w, "address", people[i].address);
        jd_json_close_object(w);
    }
    jd_json_close_array(w);
}

static void write_recipients(struct jd_json_writer *w,
        const struct jd_analysed_message *message)
{
    jd_json_open_object(w, NULL);
    write_people(w, "to", message->to, message->to_count);
    write_people(w, "cc", message->cc, message->cc_count);
    write_people(w, "reply_to", message->reply_to, message->reply_to_count);
    jd_json_close_object(w);
}

static void write_attachments(struct jd_json_writer *w,
        const struct jd_analysed_message *message)
{
    jd_json_open_array(w, NULL);
    for (uint32_t i = 0; i < message->attachments_count; i++) {
        const struct jd_analysed_attachment *attachment = &message->attachments[i];
        jd_json_open_object(w, NULL);
        jd_json_add_text(w, "part_id", attachment->part_id);
        jd_json_add_text(w, "name", attachment->name);
        jd_json_add_text(w, "mime_type", attachment->mime_type);
        jd_json_add_int(w, "bytes", attachment->bytes);
        jd_json_add_bool(w, "inline", attachment->is_inline);
        jd_json_close_object(w);
    }
    jd_json_close_array(w);
}

static void write_zones(struct jd_json_writer *w, const struct jd_analysed_message *message)
{
    static const char *const names[] = { [JD_ZONE_QUOTE] = "quote",
        [JD_ZONE_SIGNATURE] = "signature",
        [JD_ZONE_DISCLAIMER] = "disclaimer",
        [JD_ZONE_FOOTER] = "footer" };
    jd_json_open_array(w, NULL);
    for (uint32_t i = 0; i < message->zones_count; i++) {
        jd_json_open_object(w, NULL);
        jd_json_add_text(w, "kind", jd_span_of(names[message->zones[i].kind]));
        jd_json_add_int(w, "start", message->zones[i].start);
        jd_json_add_int(w, "end", message->zones[i].end);
        jd_json_close_object(w);
    }
    jd_json_close_array(w);
}

static void write_evidence(struct jd_json_writer *w, const struct jd_decided_message *verdict)
{
    jd_json_open_array(w, "evidence");
    for (uint32_t i = 0; i < verdict->evidence_count; i++) {
        const struct jd_decided_evidence *evidence = &verdict->evidence[i];
        jd_json_open_object(w, NULL);
        jd_json_add_text(w, "id", evidence->id);
        jd_json_add_text(w, "scale", evidence->scale);
        jd_json_add_real(w, "weight", evidence->weight, 2);
        jd_json_open_array(w, "words");
        if (evidence->words.len) {
            jd_json_add_text(w, NULL, evidence->words);
        }
        jd_json_close_array(w);
        jd_json_close_object(w);
    }
    jd_json_close_array(w);
}

static void write_facts(struct jd_json_writer *w, uint32_t facts)
{
    jd_json_open_object(w, "facts");
    jd_json_add_bool(w, "from_me", facts & JD_FACT_FROM_ME);
    jd_json_add_bool(w, "wrote_to_sender", facts & JD_FACT_WROTE_TO_SENDER);
    jd_json_add_bool(w, "thread_has_mine", facts & JD_FACT_THREAD_HAS_MINE);
    jd_json_close_object(w);
}

static void
write_result(struct jd_json_writer *w, const struct jd_decided_message *verdict, uint32_t facts)
{
    jd_json_open_object(w, NULL);
    write_evidence(w, verdict);
    jd_json_open_array(w, "failures");
    for (uint32_t i = 0; i < verdict->failures_count; i++) {
        const struct jd_decided_failure *failure = &verdict->failures[i];
        jd_json_open_object(w, NULL);
        jd_json_add_text(w, "rule", failure->rule);
        jd_json_add_text(w, "kind", jd_span_of(failure->kind));
        jd_json_add_text(w, "file", failure->path);
        jd_json_add_int(w, "line", failure->line);
        jd_json_add_text(w, "text", failure->text);
        jd_json_close_object(w);
    }
    jd_json_close_array(w);
    write_facts(w, facts);
    if (verdict->suspended_count) {
        jd_json_open_array(w, "suspended");
        for (uint32_t i = 0; i < verdict->suspended_count; i++) {
            jd_json_add_text(w, NULL, verdict->suspended[i]);
        }
        jd_json_close_array(w);
    }
    jd_json_add_text(w, "route", jd_span_of(verdict->route_ask ? "ask" : "keep"));
    jd_json_add_text(w, "route_reason", verdict->route_reason);
    jd_json_close_object(w);
}

/* What one of the writers above wrote, copied into the arena. */
static struct jd_span take_json(struct jd_buf *buf, struct jd_arena *arena)
{
    struct jd_span copy = jd_arena_copy(arena, jd_buf_span(buf));
    jd_buf_clear(buf);
    return copy;
}

static bool make_json(struct jd_decision *d,
        const struct jd_analysed_message *message,
        const struct jd_decided_message *verdict,
        uint32_t facts,
        struct jd_arena *arena)
{
    struct jd_buf buf = jd_buf_init(JSON_BYTES_MAX);
    struct jd_json_writer w = jd_json_writer(&buf);
    write_recipients(&w, message);
    d->recipients = take_json(&buf, arena);
    w = jd_json_writer(&buf);
    write_attachments(&w, message);
    d->attachments = take_json(&buf, arena);
    w = jd_json_writer(&buf);
    write_zones(&w, message);
    d->zones = take_json(&buf, arena);
    w = jd_json_writer(&buf);
    write_result(&w, verdict, facts);
    d->result = take_json(&buf, arena);
    bool whole = !buf.failed && d->recipients.data && d->attachments.data && d->zones.data &&
                 d->result.data;
    jd_buf_finish(&buf);
    return whole;
}

static bool make_parts(struct jd_decision *d,
        const struct jd_decided_message *verdict,
        struct jd_arena *arena)
{
    struct jd_decision_task *tasks =
            jd_arena_zalloc(arena, verdict->tasks_count + 1, sizeof(*tasks));
    struct jd_decision_draft *drafts =
            jd_arena_zalloc(arena, verdict->drafts_count + 1, sizeof(*drafts));
    if (!tasks || !drafts) {
        return false;
    }
    for (uint32_t i = 0; i < verdict->tasks_count; i++) {
        const struct jd_decided_task *task = &verdict->tasks[i];
        tasks[i] = (struct jd_decision_task){ .title = task->title,
            .due_date = jd_span_of(task->due_date),
            .quote = task->quote,
            .rule = task->rule,
            .due_ms = task->due_ms,
            .quote_start = task->start,
            .quote_end = task->end,
            .confidence = task->confidence };
    }
    for (uint32_t i = 0; i < verdict->drafts_count; i++) {
        const struct jd_decided_draft *draft = &verdict->drafts[i];
        drafts[i] = (struct jd_decision_draft){ .kind = draft->kind,
            .subject = draft->subject,
            .body = draft->body,
            .language = draft->language,
            .rule = draft->rule };
    }
    d->tasks = tasks;
    d->tasks_count = verdict->tasks_count;
    d->drafts = drafts;
    d->drafts_count = verdict->drafts_count;
    return true;
}

/* Whom the owner wrote to, if the owner wrote it. */
static bool note_written(struct jd_decision *d,
        const struct jd_analysed_message *message,
        struct jd_arena *arena)
{
    uint32_t most = message->to_count + message->cc_count, count = 0;
    struct jd_span *written = jd_arena_zalloc(arena, most + 1, sizeof(*written));
    if (!written) {
        return false;
    }
    for (uint32_t i = 0; i < most; i++) {
        const struct jd_analysed_address *person =
                i < message->to_count ? &message->to[i] : &message->cc[i - message->to_count];
        if (person->address.len) {
            written[count++] = lower(arena, person->address);
        }
    }
    d->written_to = written;
    d->written_to_count = count;
    return true;
}

static bool has_real_attachment(const struct jd_analysed_message *message)
{
    for (uint32_t i = 0; i < message->attachments_count; i++) {
        if (!message->attachments[i].is_inline) {
            return true;
        }
    }
    return false;
}

enum jd_status jd_decision_make(const struct jd_item *item,
        const struct jd_analysed_message *message,
        const struct jd_decided_message *verdict,
        const struct jd_owner *owner,
        uint32_t facts,
        struct jd_arena *arena,
        struct jd_decision *out_decision,
        struct jd_error *error)
{
    struct jd_decision d = {
        .item_id = item->id,
        .message_id = item->message_id,
        .mailbox_id = item->mailbox_id,
        .source_flags = item->flags,
        .received_ms = item->received_ms,
        .date_ms = effective_date(item, message),
        .bytes = message->bytes,
        .header_message_id = message->message_id,
        .subject = message->subject,
        .from_name = message->from.name,
        .snippet = message->snippet,
        .language = message->language,
        .list_id = message->list_id,
        .text_z = message->text_z,
        .html_z = message->html_z,
        .limits_hit = message->limits_hit,
        .subject_tokens = message->subject_tokens,
        .people_tokens = message->people_tokens,
        .text_tokens = message->tokens,
        .has_attachments = has_real_attachment(message),
        .from_me = jd_owner_has(owner, message->from.address),
        .names = names_of(message, arena),
        .facts = facts,
        .category = verdict->category,
        .priority = jd_span_of(verdict->priority),
        .confidence = verdict->confidence,
        .needs_reply = verdict->needs_reply,
    };
    d.content_key = d.names.content_key;
    d.from_address = d.names.from;
    bool whole = make_json(&d, message, verdict, facts, arena) &&
                 make_parts(&d, verdict, arena) &&
                 (!d.from_me || note_written(&d, message, arena));
    if (!whole) {
        return jd_error_set(error, JD_BUG, "a decision is larger than its arena");
    }
    *out_decision = d;
    return JD_OK;
}
