/* Storing verdicts. The full-text rows hold tokens alone; the text lies compressed beside them.
 */
#include "store/decisions.h"

#include "base/id.h"
#include "base/span.h"
#include "store/statements.h"
#include "wire/analysis.h"

enum {
    DOCS,
    ADD_MESSAGE,
    ADD_BODY,
    ADD_SEARCH,
    TAKE_ITEM,
    SET_ITEM,
    SET_VERDICT,
    SET_ANALYSIS,
    DROP_TASKS,
    DROP_DRAFTS,
    ADD_TASK,
    ADD_DRAFT,
    COUNT_PARTS,
    WRITTEN,
    WROTE,
    THREAD_MINE,
    FIND_THREAD,
    STALE,
};

static const struct jd_statement statements[] = {
    [DOCS] = { "decisions.docs", JD_SCOPE_SYSTEM,
            "UPDATE counters SET value = value + ?1 WHERE name = 'doc' RETURNING value" },
    [ADD_MESSAGE] = { "decisions.add_message", JD_SCOPE_USER,
            "INSERT INTO messages (id, user_id, account_id, item_id, thread_id, doc, mailbox_id, "
            "received_ms, date_ms, bytes, category, verdict_category, priority, confidence, needs_reply, "
            "unread, flagged, source_flags, from_me, facts, has_attachments, task_count, draft_count, "
            "message_id, subject, from_name, from_address, snippet, language, list_id, content_key) "
            "VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12, ?13, ?14, (?15 & 1) = 0, "
            "(?15 & 4) <> 0, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)" },
    [ADD_BODY] = { "decisions.add_body", JD_SCOPE_USER,
            "INSERT INTO bodies (message_id, user_id, recipients, attachments, zones, text_z, html_z, "
            "limits_hit) VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8)" },
    [ADD_SEARCH] = { "decisions.add_search", JD_SCOPE_SYSTEM,
            "INSERT INTO search (rowid, subject, people, text) VALUES (?1, ?2, ?3, ?4)" },
    // Only one message is made of an item, and none of one that is gone meanwhile.
    [TAKE_ITEM] = { "decisions.take_item", JD_SCOPE_USER,
            "UPDATE items SET state = 3, message_id = ?3 "
            "WHERE user_id = ?1 AND id = ?2 AND message_id IS NULL" },
    [SET_ITEM] = { "decisions.set_item", JD_SCOPE_USER,
            "UPDATE items SET state = 3, message_id = ?3 WHERE user_id = ?1 AND id = ?2" },
    // A correction by the user outranks every verdict.
    [SET_VERDICT] = { "decisions.set_verdict", JD_SCOPE_USER,
            "UPDATE messages SET verdict_category = ?3, category = coalesce(local_category, ?3), "
            "priority = ?4, confidence = ?5, needs_reply = ?6, from_me = ?7, facts = ?8 "
            "WHERE user_id = ?1 AND id = ?2" },
    [SET_ANALYSIS] = { "decisions.set_analysis", JD_SCOPE_USER,
            "INSERT INTO analyses (message_id, user_id, release_id, user_release_id, facts, result, at_ms) "
            "VALUES (?2, ?1, ?3, ?4, ?5, ?6, @now) ON CONFLICT (message_id) DO UPDATE SET "
            "release_id = ?3, user_release_id = ?4, facts = ?5, result = ?6, at_ms = @now" },
    [DROP_TASKS] = { "decisions.drop_tasks", JD_SCOPE_USER,
            "DELETE FROM tasks WHERE user_id = ?1 AND message_id = ?2 AND touched = 0" },
    [DROP_DRAFTS] = { "decisions.drop_drafts", JD_SCOPE_USER,
            "DELETE FROM drafts WHERE user_id = ?1 AND message_id = ?2 AND touched = 0" },
    [ADD_TASK] = { "decisions.add_task", JD_SCOPE_USER,
            "INSERT INTO tasks (id, user_id, message_id, state, title, due_ms, due_date, quote, "
            "quote_start, quote_end, confidence, rule, created_ms) "
            "SELECT ?2, ?1, ?3, 'open', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, @now WHERE NOT EXISTS "
            "(SELECT 1 FROM tasks AS t WHERE t.user_id = ?1 AND t.message_id = ?3 AND t.quote = ?7 "
            "AND t.rule = ?11)" },
    [ADD_DRAFT] = { "decisions.add_draft", JD_SCOPE_USER,
            "INSERT INTO drafts (id, user_id, message_id, state, kind, subject, body, language, rule, "
            "created_ms) SELECT ?2, ?1, ?3, 'proposed', ?4, ?5, ?6, ?7, ?8, @now WHERE NOT EXISTS "
            "(SELECT 1 FROM drafts AS d WHERE d.user_id = ?1 AND d.message_id = ?3 AND d.kind = ?4)" },
    [COUNT_PARTS] = { "decisions.count_parts", JD_SCOPE_USER,
            "UPDATE messages SET "
            "task_count = (SELECT count(*) FROM tasks AS t WHERE t.user_id = ?1 AND t.message_id = ?2 "
            "AND t.state = 'open'), draft_count = (SELECT count(*) FROM drafts AS d "
            "WHERE d.user_id = ?1 AND d.message_id = ?2) "
            "WHERE messages.user_id = ?1 AND messages.id = ?2" },
    [WRITTEN] = { "decisions.written", JD_SCOPE_USER,
            "INSERT INTO contacts (user_id, address, first_written_ms) VALUES (?1, ?2, ?3) "
            "ON CONFLICT (user_id, address) DO UPDATE SET "
            "first_written_ms = min(contacts.first_written_ms, ?3)" },
    [WROTE] = { "decisions.wrote", JD_SCOPE_USER,
            "SELECT first_written_ms FROM contacts WHERE user_id = ?1 AND address = ?2" },
    [FIND_THREAD] = { "decisions.find_thread", JD_SCOPE_USER,
            "SELECT thread_id FROM thread_ids WHERE user_id = ?1 AND hash = ?2" },
    [THREAD_MINE] = { "decisions.thread_mine", JD_SCOPE_USER,
            "SELECT 1 FROM messages WHERE user_id = ?1 AND thread_id = ?2 AND date_ms < ?3 "
            "AND from_me = 1 LIMIT 1" },
    [STALE] = { "decisions.stale", JD_SCOPE_USER,
            "SELECT f.item_id FROM (SELECT m.item_id, m.facts, "
            "m.from_me + 2 * (coalesce(c.first_written_ms, 9e18) < m.date_ms) + 4 * EXISTS "
            "(SELECT 1 FROM messages AS t WHERE t.user_id = ?1 AND t.thread_id = m.thread_id "
            "AND t.date_ms < m.date_ms AND t.from_me = 1) AS now_facts "
            "FROM messages AS m LEFT JOIN contacts AS c ON c.user_id = ?1 AND c.address = m.from_address "
            "WHERE m.user_id = ?1 AND m.account_id = ?2) AS f WHERE f.facts <> f.now_facts LIMIT ?3" },
};
const struct jd_statement_set jd_decisions_set = JD_STATEMENT_SET(statements);

enum jd_status jd_history_facts(struct jd_db *db,
        int64_t user,
        const struct jd_history_question *question,
        uint32_t *out_facts,
        struct jd_error *error)
{
    int64_t hashes[JD_THREAD_IDS_MAX], first_written = 0, previous = 0, found = 0;
    uint32_t facts = 0;
    enum jd_status status = jd_db_int(db, &statements[WROTE], user,
            JD_VALUES(JD_TEXT(question->from_address)), &first_written, error);
    if (status == JD_OK && first_written < question->date_ms) {
        facts |= JD_FACT_WROTE_TO_SENDER;
    }
    uint32_t count = jd_thread_hashes(&question->names, hashes);
    for (uint32_t i = 0; i < count && (status == JD_OK || status == JD_NONE); i++) {
        int64_t thread = 0;
        status = jd_db_int(db, &statements[FIND_THREAD], user, JD_VALUES(JD_INT(hashes[i])),
                &thread, error);
        if (status != JD_OK || thread == previous) {
            continue;
        }
        previous = thread;
        status = jd_db_int(db, &statements[THREAD_MINE], user,
                JD_VALUES(JD_INT(thread), JD_INT(question->date_ms)), &found, error);
        facts |= status == JD_OK ? (uint32_t)JD_FACT_THREAD_HAS_MINE : 0;
    }
    if (status != JD_OK && status != JD_NONE) {
        return status;
    }
    *out_facts = facts;
    return JD_OK;
}

enum jd_status
jd_decision_docs(struct jd_db *db, int64_t count, int64_t *out_first, struct jd_error *error)
{
    int64_t last = 0;
    enum jd_status status =
            jd_db_int(db, &statements[DOCS], 0, JD_VALUES(JD_INT(count)), &last, error);
    if (status == JD_OK) {
        *out_first = last - count + 1;
    }
    return status;
}

static enum jd_status add_message(struct jd_db *db,
        int64_t user,
        int64_t account,
        int64_t doc,
        int64_t thread,
        int64_t id,
        const struct jd_decision *d,
        struct jd_error *error)
{
    enum jd_status status = jd_db_run(db, &statements[ADD_MESSAGE], user,
            JD_VALUES(JD_INT(id), JD_INT(account), JD_INT(d->item_id), JD_INT(thread),
                    JD_INT(doc), JD_INT(d->mailbox_id), JD_INT(d->received_ms),
                    JD_INT(d->date_ms), JD_INT(d->bytes), JD_TEXT(d->category),
                    JD_TEXT(d->priority), JD_REAL(d->confidence), JD_INT(d->needs_reply),
                    JD_INT(d->source_flags), JD_INT(d->from_me), JD_INT(d->facts),
                    JD_INT(d->has_attachments), JD_INT(d->tasks_count), JD_INT(d->drafts_count),
                    JD_TEXT(d->header_message_id), JD_TEXT(d->subject), JD_TEXT(d->from_name),
                    JD_TEXT(d->from_address), JD_TEXT(d->snippet), JD_TEXT(d->language),
                    JD_TEXT(d->list_id), JD_BLOB(d->content_key)),
            NULL, NULL, NULL, error);
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[ADD_BODY], user,
                JD_VALUES(JD_INT(id), JD_TEXT(d->recipients), JD_TEXT(d->attachments),
                        JD_TEXT(d->zones), d->text_z.len ? JD_BLOB(d->text_z) : JD_NULL,
                        d->html_z.len ? JD_BLOB(d->html_z) : JD_NULL, JD_INT(d->limits_hit)),
                NULL, NULL, NULL, error);
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[ADD_SEARCH], 0,
                JD_VALUES(JD_INT(doc), JD_TEXT(d->subject_tokens), JD_TEXT(d->people_tokens),
                        JD_TEXT(d->text_tokens)),
                NULL, NULL, NULL, error);
    }
    return status;
}

static enum jd_status update_verdict(struct jd_db *db,
        int64_t user,
        const struct jd_decision *d,
        struct jd_error *error)
{
    static const int drops[] = { DROP_TASKS, DROP_DRAFTS };
    int64_t changed = 0;
    enum jd_status status = jd_db_run(db, &statements[SET_VERDICT], user,
            JD_VALUES(JD_INT(d->message_id), JD_TEXT(d->category), JD_TEXT(d->priority),
                    JD_REAL(d->confidence), JD_INT(d->needs_reply), JD_INT(d->from_me),
                    JD_INT(d->facts)),
            NULL, NULL, &changed, error);
    if (status == JD_OK && changed == 0) {
        return JD_NONE;
    }
    for (size_t i = 0; i < 2 && status == JD_OK; i++) {
        status = jd_db_run(db, &statements[drops[i]], user, JD_VALUES(JD_INT(d->message_id)),
                NULL, NULL, NULL, error);
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[SET_ITEM], user,
                JD_VALUES(JD_INT(d->item_id), JD_INT(d->message_id)), NULL, NULL, NULL, error);
    }
    return status;
}

static enum jd_status add_parts(struct jd_db *db,
        int64_t user,
        int64_t message,
        const struct jd_decision *d,
        struct jd_error *error)
{
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; i < d->tasks_count && status == JD_OK; i++) {
        const struct jd_decision_task *task = &d->tasks[i];
        status = jd_db_run(db, &statements[ADD_TASK], user,
                JD_VALUES(JD_INT(jd_id_next()), JD_INT(message), JD_TEXT(task->title),
                        JD_INT_OR_NULL(task->due_ms != INT64_MIN, task->due_ms),
                        JD_TEXT(task->due_date), JD_TEXT(task->quote),
                        JD_INT(task->quote_start), JD_INT(task->quote_end),
                        JD_REAL(task->confidence), JD_TEXT(task->rule)),
                NULL, NULL, NULL, error);
    }
    for (uint32_t i = 0; i < d->drafts_count && status == JD_OK; i++) {
        const struct jd_decision_draft *draft = &d->drafts[i];
        status = jd_db_run(db, &statements[ADD_DRAFT], user,
                JD_VALUES(JD_INT(jd_id_next()), JD_INT(message), JD_TEXT(draft->kind),
                        JD_TEXT(draft->subject), JD_TEXT(draft->body), JD_TEXT(draft->language),
                        JD_TEXT(draft->rule)),
                NULL, NULL, NULL, error);
    }
    return status;
}

/* A mail of the owner: whom it went to is known from then on. */
static enum jd_status note_written(struct jd_db *db,
        int64_t user,
        const struct jd_decision *d,
        struct jd_error *error)
{
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; i < d->written_to_count && status == JD_OK; i++) {
        status = jd_db_run(db, &statements[WRITTEN], user,
                JD_VALUES(JD_TEXT(d->written_to[i]), JD_INT(d->date_ms)), NULL, NULL, NULL,
                error);
    }
    return status;
}

static enum jd_status place_message(struct jd_db *db,
        int64_t user,
        int64_t account,
        int64_t doc,
        const struct jd_decision *d,
        int64_t *out_message,
        bool *out_history,
        struct jd_error *error)
{
    int64_t hashes[JD_THREAD_IDS_MAX], thread = 0, id = jd_id_next();
    bool merged = false;
    int64_t taken = 0;
    uint32_t count = jd_thread_hashes(&d->names, hashes);
    enum jd_status status = jd_db_run(db, &statements[TAKE_ITEM], user,
            JD_VALUES(JD_INT(d->item_id), JD_INT(id)), NULL, NULL, &taken, error);
    if (status == JD_OK && taken == 0) {
        return JD_NONE;
    }
    if (status == JD_OK) {
        status = jd_thread_join(db, user, hashes, count, &thread, &merged, error);
    }
    if (status == JD_OK) {
        status = add_message(db, user, account, doc, thread, id, d, error);
    }
    if (status == JD_OK) {
        *out_message = id;
        *out_history = merged || d->from_me;
    }
    return status;
}

enum jd_status jd_decision_apply(struct jd_db *db,
        int64_t user,
        int64_t account,
        const struct jd_rule_set *set,
        int64_t doc,
        const struct jd_decision *decision,
        int64_t *out_message,
        bool *out_history,
        struct jd_error *error)
{
    enum jd_status status;
    bool again = decision->message_id != 0;
    if (again) {
        *out_message = decision->message_id;
        *out_history = false;
        status = update_verdict(db, user, decision, error);
    } else {
        status = place_message(
                db, user, account, doc, decision, out_message, out_history, error);
    }
    if (status == JD_OK && decision->from_me) {
        status = note_written(db, user, decision, error);
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[SET_ANALYSIS], user,
                JD_VALUES(JD_INT(*out_message), JD_INT(set->organisation), JD_INT(set->user),
                        JD_INT(decision->facts), JD_TEXT(decision->result)),
                NULL, NULL, NULL, error);
    }
    if (status == JD_OK) {
        status = add_parts(db, user, *out_message, decision, error);
    }
    if (status == JD_OK && (again || decision->tasks_count || decision->drafts_count)) {
        status = jd_db_run(db, &statements[COUNT_PARTS], user, JD_VALUES(JD_INT(*out_message)),
                NULL, NULL, NULL, error);
    }
    return status;
}

struct stale {
    int64_t *items;
    uint32_t count, capacity;
};

static enum jd_status take_stale(void *context, const struct jd_value *columns, uint32_t count)
{
    struct stale *stale = context;
    if (count == 1 && stale->count < stale->capacity) {
        stale->items[stale->count++] = jd_column_int(&columns[0]);
    }
    return JD_OK;
}

enum jd_status jd_decisions_stale(struct jd_db *db,
        int64_t user,
        int64_t account,
        int limit,
        int64_t *out_items,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct stale stale = { out_items, 0, (uint32_t)limit };
    enum jd_status status = jd_db_run(db, &statements[STALE], user,
            JD_VALUES(JD_INT(account), JD_INT(limit)), take_stale, &stale, NULL, error);
    if (status == JD_OK) {
        *out_count = stale.count;
    }
    return status;
}
