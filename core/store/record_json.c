/* The API's field names. gateway/openapi.yaml lists the same; a test compares the two. */
#include "store/record_json.h"

#include "base/id.h"
#include "base/span.h"

static void add_id(struct jd_json_writer *w, const char *name, int64_t id)
{
    char text[JD_ID_TEXT_BYTES];
    if (id == 0) {
        jd_json_add_null(w, name);
        return;
    }
    jd_id_format(id, text);
    jd_json_add_text(w, name, jd_span_of(text));
}

static void add_time_or_null(struct jd_json_writer *w, const char *name, int64_t time_ms)
{
    if (time_ms) {
        jd_json_add_time(w, name, time_ms);
    } else {
        jd_json_add_null(w, name);
    }
}

static void add_text_or_null(struct jd_json_writer *w, const char *name, struct jd_span text)
{
    if (text.len) {
        jd_json_add_text(w, name, text);
    } else {
        jd_json_add_null(w, name);
    }
}

static void
add_raw_or(struct jd_json_writer *w, const char *name, struct jd_span json, const char *empty)
{
    jd_json_add_raw(w, name, json.len ? json : jd_span_of(empty));
}

static void write_item(struct jd_json_writer *w, const struct jd_message *m)
{
    add_id(w, "id", m->id);
    add_id(w, "thread_id", m->thread_id);
    add_id(w, "account_id", m->account_id);
    jd_json_add_text(w, "account_name", m->account_name);
    jd_json_add_text(w, "mailbox", m->mailbox);
    jd_json_add_text(w, "subject", m->subject);
    jd_json_open_object(w, "from");
    jd_json_add_text(w, "name", m->from_name);
    jd_json_add_text(w, "address", m->from_address);
    jd_json_close_object(w);
    jd_json_add_time(w, "date", m->date_ms);
    jd_json_add_time(w, "received", m->received_ms);
    jd_json_add_text(w, "snippet", m->snippet);
    jd_json_add_text(w, "category", m->category);
    jd_json_add_text(w, "priority", m->priority);
    jd_json_add_bool(w, "corrected", m->corrected);
    jd_json_add_real(w, "confidence", m->confidence, 3);
    jd_json_add_bool(w, "needs_reply", m->needs_reply);
    jd_json_add_bool(w, "unread", m->unread);
    jd_json_add_bool(w, "flagged", m->flagged);
    jd_json_add_bool(w, "has_attachments", m->has_attachments);
    jd_json_add_bool(w, "from_me", m->from_me);
    jd_json_add_int(w, "task_count", m->task_count);
    jd_json_add_int(w, "draft_count", m->draft_count);
    jd_json_add_int(w, "version", m->version);
}

void jd_message_item_json(struct jd_json_writer *w,
        const char *name,
        const struct jd_message *message)
{
    jd_json_open_object(w, name);
    write_item(w, message);
    jd_json_close_object(w);
}

void jd_message_json(struct jd_json_writer *w,
        const char *name,
        const struct jd_message *message,
        const struct jd_message_body *body)
{
    jd_json_open_object(w, name);
    write_item(w, message);
    jd_json_add_text(w, "message_id", message->message_id);
    add_raw_or(w, "recipients", message->recipients, "{}");
    add_raw_or(w, "attachments", message->attachments, "[]");
    jd_json_add_int(w, "bytes", message->bytes);
    jd_json_add_text(w, "verdict_category", message->verdict_category);
    if (body) {
        jd_json_add_text(w, "text", body->text);
        jd_json_add_text(w, "html", body->html);
        add_raw_or(w, "zones", body->zones, "[]");
        jd_json_add_bool(w, "truncated", body->truncated);
    }
    jd_json_close_object(w);
}

void jd_task_json(struct jd_json_writer *w, const char *name, const struct jd_task *task)
{
    jd_json_open_object(w, name);
    add_id(w, "id", task->id);
    add_id(w, "message_id", task->message_id);
    jd_json_add_text(w, "title", task->title);
    jd_json_add_text(w, "state", task->state);
    add_time_or_null(w, "due", task->due_ms);
    add_text_or_null(w, "due_date", task->due_date);
    jd_json_add_text(w, "quote", task->quote);
    jd_json_add_int(w, "quote_start", task->quote_start);
    jd_json_add_int(w, "quote_end", task->quote_end);
    jd_json_add_text(w, "rule", task->rule);
    jd_json_add_real(w, "confidence", task->confidence, 3);
    jd_json_add_text(w, "message_subject", task->message_subject);
    jd_json_add_text(w, "from_name", task->from_name);
    jd_json_add_time(w, "created", task->created_ms);
    jd_json_add_int(w, "version", task->version);
    jd_json_close_object(w);
}

void jd_draft_json(struct jd_json_writer *w, const char *name, const struct jd_draft *draft)
{
    jd_json_open_object(w, name);
    add_id(w, "id", draft->id);
    add_id(w, "message_id", draft->message_id);
    jd_json_add_text(w, "kind", draft->kind);
    jd_json_add_text(w, "subject", draft->subject);
    jd_json_add_text(w, "body", draft->body);
    jd_json_add_text(w, "language", draft->language);
    jd_json_add_text(w, "rule", draft->rule);
    jd_json_add_text(w, "state", draft->state);
    jd_json_add_text(w, "message_subject", draft->message_subject);
    jd_json_add_text(w, "from_name", draft->from_name);
    jd_json_add_time(w, "created", draft->created_ms);
    jd_json_add_int(w, "version", draft->version);
    jd_json_close_object(w);
}

void jd_account_json(struct jd_json_writer *w,
        const char *name,
        const struct jd_account *account)
{
    jd_json_open_object(w, name);
    add_id(w, "id", account->id);
    jd_json_add_text(w, "name", account->name);
    jd_json_add_text(w, "kind", account->kind);
    add_raw_or(w, "options", account->options, "{}");
    add_raw_or(w, "addresses", account->addresses, "[]");
    jd_json_add_bool(w, "addresses_found", account->addresses_found);
    jd_json_add_text(w, "time_zone", account->time_zone);
    jd_json_add_bool(w, "time_zone_found", account->time_zone_found);
    jd_json_add_text(w, "state", account->state);
    jd_json_add_text(w, "state_text", account->state_text);
    jd_json_add_bool(w, "demo", account->demo);
    jd_json_add_int(w, "listed", account->listed);
    jd_json_add_int(w, "decided", account->decided);
    jd_json_add_int(w, "rejected", account->rejected);
    add_time_or_null(w, "synced", account->synced_ms);
    jd_json_close_object(w);
}

void jd_rejected_json(struct jd_json_writer *w,
        const char *name,
        const struct jd_rejected_item *item)
{
    jd_json_open_object(w, name);
    jd_json_add_text(w, "mailbox", item->mailbox);
    jd_json_add_time(w, "received", item->received_ms);
    jd_json_add_text(w, "reason", item->reason);
    jd_json_add_text(w, "key", item->key);
    jd_json_close_object(w);
}

void jd_operation_json(struct jd_json_writer *w,
        const char *name,
        const struct jd_operation *operation)
{
    jd_json_open_object(w, name);
    add_id(w, "id", operation->id);
    jd_json_add_time(w, "at", operation->at_ms);
    jd_json_add_text(w, "kind", operation->kind);
    jd_json_add_text(w, "summary", operation->summary);
    jd_json_add_int(w, "items_count", operation->items_count);
    jd_json_add_time(w, "undoable_until", operation->undoable_until_ms);
    add_id(w, "undone_by", operation->undone_by);
    jd_json_close_object(w);
}

void jd_job_json(struct jd_json_writer *w, const char *name, const struct jd_job *job)
{
    jd_json_open_object(w, name);
    add_id(w, "id", job->id);
    add_id(w, "user_id", job->user_id);
    add_id(w, "account_id", job->account_id);
    jd_json_add_text(w, "kind", job->kind);
    jd_json_add_text(w, "state", job->state);
    jd_json_add_int(w, "priority", job->priority);
    jd_json_add_int(w, "attempts", job->attempts);
    jd_json_add_int(w, "deaths", job->deaths);
    jd_json_add_bool(w, "suspect", job->suspect);
    jd_json_add_text(w, "error", job->error);
    add_time_or_null(w, "run_at", job->run_at_ms);
    jd_json_add_time(w, "created", job->created_ms);
    jd_json_close_object(w);
}

void jd_explanation_members(struct jd_json_writer *w,
        const struct jd_message *message,
        const struct jd_message_analysis *analysis)
{
    add_id(w, "message_id", message->id);
    jd_json_add_text(w, "category", message->category);
    jd_json_add_text(w, "verdict_category", message->verdict_category);
    jd_json_add_bool(w, "corrected", message->corrected);
    jd_json_add_text(w, "priority", message->priority);
    jd_json_add_bool(w, "needs_reply", message->needs_reply);
    jd_json_add_real(w, "confidence", message->confidence, 3);
    add_id(w, "release_id", analysis->release_id);
    if (analysis->user_release_id) {
        add_id(w, "user_release_id", analysis->user_release_id);
    }
    jd_json_add_time(w, "decided", analysis->at_ms);
    jd_json_add_raw(w, "analysis", analysis->json);
}

void jd_release_members(struct jd_json_writer *w, const struct jd_release_row *release)
{
    add_id(w, "id", release->id);
    jd_json_add_int(w, "number", release->number);
    jd_json_add_text(w, "owner", release->owner_id ? JD_SPAN("me") : JD_SPAN("organisation"));
    jd_json_add_text(w, "state", release->state);
    jd_json_add_bool(w, "candidate", release->is_candidate);
    jd_json_add_text(w, "author", release->author);
    jd_json_add_text(w, "comment", release->comment);
    jd_json_add_time(w, "created", release->created_ms);
    add_id(w, "base_id", release->base_id);
    jd_json_add_int(w, "version", release->version);
    jd_json_add_int(w, "files_count", release->files_count);
}

void jd_release_json(struct jd_json_writer *w,
        const char *name,
        const struct jd_release_row *release)
{
    jd_json_open_object(w, name);
    jd_release_members(w, release);
    jd_json_close_object(w);
}

void jd_release_change_json(struct jd_json_writer *w,
        const char *name,
        const struct jd_release_change *change)
{
    jd_json_open_object(w, name);
    add_id(w, "id", change->id);
    jd_json_add_time(w, "at", change->at_ms);
    jd_json_add_text(w, "kind", change->kind);
    add_id(w, "from_id", change->from_id);
    add_id(w, "to_id", change->to_id);
    jd_json_add_text(w, "author", change->author);
    jd_json_add_text(w, "comment", change->comment);
    jd_json_close_object(w);
}

void jd_backtest_members(struct jd_json_writer *w, const struct jd_backtest *backtest)
{
    add_id(w, "id", backtest->id);
    add_id(w, "release_id", backtest->release_id);
    jd_json_add_text(w, "state", backtest->state);
    jd_json_add_text(w, "error", backtest->error);
    add_raw_or(w, "selection", backtest->selection, "{}");
    jd_json_add_int(w, "total", backtest->total);
    jd_json_add_int(w, "done", backtest->done);
    jd_json_add_int(w, "unreadable", backtest->unreadable);
    jd_json_add_int(w, "changed", backtest->changed);
    jd_json_add_time(w, "created", backtest->created_ms);
    add_time_or_null(w, "ended", backtest->ended_ms);
}

void jd_backtest_change_json(struct jd_json_writer *w,
        const char *name,
        const struct jd_backtest_change *change)
{
    jd_json_open_object(w, name);
    add_id(w, "message_id", change->message_id);
    jd_json_add_text(w, "subject", change->subject);
    jd_json_add_text(w, "from_address", change->from_address);
    jd_json_add_raw(w, "was", change->was);
    jd_json_add_raw(w, "now", change->now);
    jd_json_close_object(w);
}
