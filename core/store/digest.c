/* Rows in an order that content alone gives; a thread is named by its smallest content key. Two
 * mails with the same bytes are told apart by their source key. */
#include "store/digest.h"

#include "store/statements.h"

enum {
    MESSAGES,
    TASKS,
    DRAFTS
};

static const struct jd_statement statements[] = {
    [MESSAGES] = { "digest.messages", JD_SCOPE_SYSTEM,
            "SELECT m.content_key, i.key, m.category, m.priority, m.needs_reply, m.confidence, "
            "m.facts, m.from_me, a.result, (SELECT min(t.content_key) FROM messages AS t "
            "WHERE t.thread_id = m.thread_id) FROM messages AS m "
            "JOIN items AS i ON i.id = m.item_id JOIN analyses AS a ON a.message_id = m.id "
            "ORDER BY m.content_key, i.key" },
    [TASKS] = { "digest.tasks", JD_SCOPE_SYSTEM,
            "SELECT m.content_key, i.key, t.title, coalesce(t.due_ms, 0), t.due_date, t.quote, "
            "t.quote_start, t.quote_end, t.confidence, t.rule, t.state FROM tasks AS t "
            "JOIN messages AS m ON m.id = t.message_id JOIN items AS i ON i.id = m.item_id "
            "ORDER BY m.content_key, i.key, t.rule, t.quote_start, t.title" },
    [DRAFTS] = { "digest.drafts", JD_SCOPE_SYSTEM,
            "SELECT m.content_key, i.key, d.kind, d.subject, d.body, d.language, d.rule FROM drafts AS d "
            "JOIN messages AS m ON m.id = d.message_id JOIN items AS i ON i.id = m.item_id "
            "ORDER BY m.content_key, i.key, d.kind, d.rule" },
};
const struct jd_statement_set jd_digest_set = JD_STATEMENT_SET(statements);

struct digesting {
    struct jd_hasher *hasher;
    int64_t rows;
};

/* Each column with its length, so that no two rows can read alike. */
static void add_column(struct jd_hasher *hasher, const struct jd_value *column)
{
    char text[64];
    int len = 0;
    switch (column->type) {
    case JD_VALUE_NULL:
        len = snprintf(text, sizeof(text), "n;");
        break;
    case JD_VALUE_INT:
        len = snprintf(text, sizeof(text), "i%lld;", (long long)column->integer);
        break;
    case JD_VALUE_REAL:
        len = snprintf(text, sizeof(text), "r%.6f;", column->real);
        break;
    case JD_VALUE_TEXT:
    case JD_VALUE_BLOB:
        len = snprintf(text, sizeof(text), "b%zu:", column->bytes.len);
        break;
    }
    jd_hasher_add(hasher, (struct jd_span){ text, (size_t)len });
    if (column->type == JD_VALUE_TEXT || column->type == JD_VALUE_BLOB) {
        jd_hasher_add(hasher, column->bytes);
    }
}

static enum jd_status take_row(void *context, const struct jd_value *columns, uint32_t count)
{
    struct digesting *digesting = context;
    for (uint32_t i = 0; i < count; i++) {
        add_column(digesting->hasher, &columns[i]);
    }
    jd_hasher_add(digesting->hasher, JD_SPAN("\n"));
    digesting->rows++;
    return JD_OK;
}

enum jd_status jd_store_digest(struct jd_db *db,
        uint8_t out_hash[JD_HASH_BYTES],
        int64_t *out_messages,
        struct jd_error *error)
{
    struct digesting digesting = { jd_hasher_create(), 0 };
    enum jd_status status = jd_tx_begin(db, JD_TX_READ, INT64_MAX, error);
    for (int i = MESSAGES; i <= DRAFTS && status == JD_OK; i++) {
        status = jd_db_run(
                db, &statements[i], 0, JD_NO_VALUES, take_row, &digesting, NULL, error);
        *out_messages = i == MESSAGES ? digesting.rows : *out_messages;
    }
    jd_tx_rollback(db);
    jd_hasher_end(&digesting.hasher, out_hash);
    return status;
}
