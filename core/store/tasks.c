/* Reading tasks and drafts; what changes them are operations. */
#include "store/tasks.h"

#include "store/statements.h"

enum {
    TASKS,
    DRAFTS
};

static const struct jd_statement statements[] = {
    // Mail that is deleted (8) or a draft (16) at the source asks for nothing.
    // ?2 message, ?3 state, ?4 after_due, ?5 after_id, ?6 limit
    [TASKS] = { "tasks.list", JD_SCOPE_USER,
            "SELECT t.id, t.message_id, t.version, t.created_ms, t.title, t.state, t.quote, t.rule, "
            "m.subject, m.from_name, coalesce(t.due_ms, 0), t.due_date, t.quote_start, t.quote_end, "
            "t.confidence FROM tasks AS t "
            "JOIN messages AS m ON m.user_id = ?1 AND m.id = t.message_id AND (m.source_flags & 24) = 0 "
            "WHERE t.user_id = ?1 AND (?2 IS NULL OR t.message_id = ?2) AND (?3 IS NULL OR t.state = ?3) "
            "AND (coalesce(t.due_ms, 9223372036854775807), t.id) > (?4, ?5) "
            "ORDER BY coalesce(t.due_ms, 9223372036854775807), t.id LIMIT ?6" },
    [DRAFTS] = { "tasks.drafts", JD_SCOPE_USER,
            "SELECT d.id, d.message_id, d.version, d.created_ms, d.kind, d.subject, d.body, d.language, "
            "d.rule, d.state, m.subject, m.from_name FROM drafts AS d "
            "JOIN messages AS m ON m.user_id = ?1 AND m.id = d.message_id "
            "WHERE d.user_id = ?1 AND (?2 IS NULL OR d.message_id = ?2) AND d.id < ?3 "
            "ORDER BY d.id DESC LIMIT ?4" },
};
const struct jd_statement_set jd_tasks_set = JD_STATEMENT_SET(statements);

struct listing {
    jd_task_fn task;
    jd_draft_fn draft;
    void *context;
};

static enum jd_status pass_task(void *context, const struct jd_value *c, uint32_t count)
{
    const struct listing *listing = context;
    if (count != 15) {
        return JD_BUG;
    }
    struct jd_task task = {
        .id = jd_column_int(&c[0]),
        .message_id = jd_column_int(&c[1]),
        .version = jd_column_int(&c[2]),
        .created_ms = jd_column_int(&c[3]),
        .title = jd_column_bytes(&c[4]),
        .state = jd_column_bytes(&c[5]),
        .quote = jd_column_bytes(&c[6]),
        .rule = jd_column_bytes(&c[7]),
        .message_subject = jd_column_bytes(&c[8]),
        .from_name = jd_column_bytes(&c[9]),
        .due_ms = jd_column_int(&c[10]),
        .due_date = jd_column_bytes(&c[11]),
        .quote_start = jd_column_int(&c[12]),
        .quote_end = jd_column_int(&c[13]),
        .confidence = jd_column_real(&c[14]),
    };
    return listing->task(listing->context, &task);
}

enum jd_status jd_tasks_list(struct jd_db *db,
        int64_t user,
        const struct jd_task_filter *filter,
        jd_task_fn row,
        void *context,
        struct jd_error *error)
{
    struct listing listing = { .task = row, .context = context };
    int64_t after_due = filter->after_due_ms ? filter->after_due_ms : INT64_MAX;
    bool top = filter->after_id == 0;
    return jd_db_run(db, &statements[TASKS], user,
            JD_VALUES(JD_INT_OR_NULL(filter->message != 0, filter->message),
                    JD_TEXT_OR_NULL(filter->state), JD_INT(top ? INT64_MIN : after_due),
                    JD_INT(filter->after_id), JD_INT(filter->limit)),
            pass_task, &listing, NULL, error);
}

static enum jd_status pass_draft(void *context, const struct jd_value *c, uint32_t count)
{
    const struct listing *listing = context;
    if (count != 12) {
        return JD_BUG;
    }
    struct jd_draft draft = {
        .id = jd_column_int(&c[0]),
        .message_id = jd_column_int(&c[1]),
        .version = jd_column_int(&c[2]),
        .created_ms = jd_column_int(&c[3]),
        .kind = jd_column_bytes(&c[4]),
        .subject = jd_column_bytes(&c[5]),
        .body = jd_column_bytes(&c[6]),
        .language = jd_column_bytes(&c[7]),
        .rule = jd_column_bytes(&c[8]),
        .state = jd_column_bytes(&c[9]),
        .message_subject = jd_column_bytes(&c[10]),
        .from_name = jd_column_bytes(&c[11]),
    };
    return listing->draft(listing->context, &draft);
}

enum jd_status jd_drafts_list(struct jd_db *db,
        int64_t user,
        int64_t message,
        int64_t before,
        int limit,
        jd_draft_fn row,
        void *context,
        struct jd_error *error)
{
    struct listing listing = { .draft = row, .context = context };
    return jd_db_run(db, &statements[DRAFTS], user,
            JD_VALUES(JD_INT_OR_NULL(message != 0, message),
                    JD_INT(before ? before : INT64_MAX), JD_INT(limit)),
            pass_draft, &listing, NULL, error);
}
