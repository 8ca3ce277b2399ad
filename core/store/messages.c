/* Reading messages. Lists read the messages table alone; bodies are read one at a time. */
#include "store/messages.h"

#include "base/compress.h"
#include "base/span.h"
#include "base/token.h"
#include "store/statements.h"
#include "wire/analysis.h"

#define BODY_BYTES_MAX (8 * 1024 * 1024)
#define CUTS_BODY      (JD_LIMIT_DEPTH | JD_LIMIT_PARTS | JD_LIMIT_TEXT | JD_LIMIT_HTML)

/* Mail that is deleted (8) or a draft (16) at the source asks for nothing. */
#define TASK_COUNT     "CASE WHEN (m.source_flags & 24) = 0 THEN m.task_count ELSE 0 END"

#define ROW_COLUMNS                                                                                   \
 "m.id, m.thread_id, m.account_id, m.version, a.name, b.name, m.message_id, m.subject, m.from_name, " \
 "m.from_address, m.snippet, m.date_ms, m.received_ms, m.bytes, m.category, m.priority, "             \
 "m.verdict_category, m.local_category IS NOT NULL, m.confidence, m.needs_reply, m.unread, "          \
 "m.flagged, m.has_attachments, m.from_me, " TASK_COUNT ", m.draft_count"
#define ROW_COUNT 26
#define ROW_JOINS                                                                              \
 "JOIN accounts AS a ON a.user_id = ?1 AND a.id = m.account_id "                               \
 "JOIN mailboxes AS b ON b.user_id = ?1 AND b.id = m.mailbox_id "

enum {
    LIST,
    LIST_CATEGORY,
    THREAD,
    GET,
    BODY,
    ANALYSIS,
    COUNTS,
    SEARCH
};

static const struct jd_statement statements[] = {
    // ?2 before_ms, ?3 before_id, ?4 limit, ?5 account, ?6 unread, ?7 category
    [LIST] = { "messages.list", JD_SCOPE_USER,
            "SELECT " ROW_COLUMNS " FROM messages AS m INDEXED BY messages_list " ROW_JOINS
            "WHERE m.user_id = ?1 AND (m.received_ms, m.id) < (?2, ?3) "
            "AND (?5 IS NULL OR m.account_id = ?5) AND (?6 IS NULL OR m.unread = ?6) "
            "ORDER BY m.received_ms DESC, m.id DESC LIMIT ?4" },
    [LIST_CATEGORY] = { "messages.list_category", JD_SCOPE_USER,
            "SELECT " ROW_COLUMNS " FROM messages AS m INDEXED BY messages_category " ROW_JOINS
            "WHERE m.user_id = ?1 AND m.category = ?7 AND (m.received_ms, m.id) < (?2, ?3) "
            "AND (?5 IS NULL OR m.account_id = ?5) AND (?6 IS NULL OR m.unread = ?6) "
            "ORDER BY m.received_ms DESC, m.id DESC LIMIT ?4" },
    [THREAD] = { "messages.thread", JD_SCOPE_USER,
            "SELECT " ROW_COLUMNS " FROM messages AS m " ROW_JOINS
            "WHERE m.user_id = ?1 AND m.thread_id = ?2 ORDER BY m.date_ms, m.id LIMIT 500" },
    [GET] = { "messages.get", JD_SCOPE_USER,
            "SELECT " ROW_COLUMNS ", o.recipients, o.attachments FROM messages AS m " ROW_JOINS
            "JOIN bodies AS o ON o.user_id = ?1 AND o.message_id = m.id "
            "WHERE m.user_id = ?1 AND m.id = ?2" },
    [BODY] = { "messages.body", JD_SCOPE_USER,
            "SELECT text_z, html_z, zones, limits_hit FROM bodies WHERE user_id = ?1 AND message_id = ?2" },
    [ANALYSIS] = { "messages.analysis", JD_SCOPE_USER,
            "SELECT release_id, user_release_id, at_ms, result FROM analyses WHERE user_id = ?1 AND message_id = ?2" },
    [COUNTS] = { "messages.counts", JD_SCOPE_USER,
            "SELECT category, count(*), sum(unread) FROM messages "
            "WHERE user_id = ?1 GROUP BY category ORDER BY category" },
    [SEARCH] = { "messages.search", JD_SCOPE_USER,
            "SELECT " ROW_COLUMNS
            " FROM search AS s JOIN messages AS m ON m.doc = s.rowid " ROW_JOINS
            "WHERE s.search MATCH ?5 AND m.user_id = ?1 AND (m.received_ms, m.id) < (?2, ?3) "
            "ORDER BY m.received_ms DESC, m.id DESC LIMIT ?4" },
};
const struct jd_statement_set jd_messages_set = JD_STATEMENT_SET(statements);

static struct jd_message read_row(const struct jd_value *c)
{
    return (struct jd_message){
        .id = jd_column_int(&c[0]),
        .thread_id = jd_column_int(&c[1]),
        .account_id = jd_column_int(&c[2]),
        .version = jd_column_int(&c[3]),
        .account_name = jd_column_bytes(&c[4]),
        .mailbox = jd_column_bytes(&c[5]),
        .message_id = jd_column_bytes(&c[6]),
        .subject = jd_column_bytes(&c[7]),
        .from_name = jd_column_bytes(&c[8]),
        .from_address = jd_column_bytes(&c[9]),
        .snippet = jd_column_bytes(&c[10]),
        .date_ms = jd_column_int(&c[11]),
        .received_ms = jd_column_int(&c[12]),
        .bytes = jd_column_int(&c[13]),
        .category = jd_column_bytes(&c[14]),
        .priority = jd_column_bytes(&c[15]),
        .verdict_category = jd_column_bytes(&c[16]),
        .corrected = jd_column_int(&c[17]) != 0,
        .confidence = jd_column_real(&c[18]),
        .needs_reply = jd_column_int(&c[19]) != 0,
        .unread = jd_column_int(&c[20]) != 0,
        .flagged = jd_column_int(&c[21]) != 0,
        .has_attachments = jd_column_int(&c[22]) != 0,
        .from_me = jd_column_int(&c[23]) != 0,
        .task_count = jd_column_int(&c[24]),
        .draft_count = jd_column_int(&c[25]),
    };
}

struct listing {
    jd_message_fn row;
    void *context;
};

static enum jd_status pass_row(void *context, const struct jd_value *columns, uint32_t count)
{
    const struct listing *listing = context;
    if (count != ROW_COUNT) {
        return JD_BUG;
    }
    struct jd_message message = read_row(columns);
    return listing->row(listing->context, &message);
}

enum jd_status jd_messages_list(struct jd_db *db,
        int64_t user,
        const struct jd_message_filter *filter,
        jd_message_fn row,
        void *context,
        struct jd_error *error)
{
    struct listing listing = { row, context };
    bool top = filter->before_id == 0;
    struct jd_value values[] = {
        JD_INT(top ? INT64_MAX : filter->before_ms),
        JD_INT(top ? INT64_MAX : filter->before_id),
        JD_INT(filter->limit),
        JD_INT_OR_NULL(filter->account != 0, filter->account),
        JD_INT_OR_NULL(filter->unread >= 0, filter->unread),
        JD_TEXT(filter->category),
    };
    bool by_category = filter->category.len != 0;
    return jd_db_run(db, &statements[by_category ? LIST_CATEGORY : LIST], user,
            (struct jd_values){ values, by_category ? 6 : 5 }, pass_row, &listing, NULL, error);
}

enum jd_status jd_messages_thread(struct jd_db *db,
        int64_t user,
        int64_t thread,
        jd_message_fn row,
        void *context,
        struct jd_error *error)
{
    struct listing listing = { row, context };
    return jd_db_run(db, &statements[THREAD], user, JD_VALUES(JD_INT(thread)), pass_row,
            &listing, NULL, error);
}

struct getting {
    struct jd_arena *arena;
    struct jd_message *message;
    bool found;
};

static enum jd_status
take_message(void *context, const struct jd_value *columns, uint32_t count)
{
    struct getting *getting = context;
    if (count != ROW_COUNT + 2) {
        return JD_BUG;
    }
    struct jd_message *m = getting->message;
    *m = read_row(columns);
    m->recipients = jd_column_bytes(&columns[ROW_COUNT]);
    m->attachments = jd_column_bytes(&columns[ROW_COUNT + 1]);
    struct jd_span *spans[] = { &m->account_name, &m->mailbox, &m->message_id, &m->subject,
        &m->from_name, &m->from_address, &m->snippet, &m->category, &m->priority,
        &m->verdict_category, &m->recipients, &m->attachments };
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        *spans[i] = jd_arena_copy(getting->arena, *spans[i]);
        if (!spans[i]->data) {
            return JD_BUG;
        }
    }
    getting->found = true;
    return JD_OK;
}

static enum jd_status gone(struct jd_error *error)
{
    return jd_error_set(error, JD_GONE, "there is no such message");
}

enum jd_status jd_message_get(struct jd_db *db,
        int64_t user,
        int64_t message,
        struct jd_arena *arena,
        struct jd_message *out_message,
        struct jd_error *error)
{
    struct jd_message found;
    struct getting getting = { arena, &found, false };
    enum jd_status status = jd_db_run(db, &statements[GET], user, JD_VALUES(JD_INT(message)),
            take_message, &getting, NULL, error);
    if (status == JD_OK && !getting.found) {
        return gone(error);
    }
    if (status == JD_OK) {
        *out_message = found;
    }
    return status;
}

struct body {
    struct jd_arena *arena;
    struct jd_message_body body;
    struct jd_error *error;
    bool found;
};

static enum jd_status inflate(struct jd_arena *arena,
        struct jd_span frame,
        struct jd_span *out,
        struct jd_error *error)
{
    struct jd_buf buf = jd_buf_init(BODY_BYTES_MAX);
    enum jd_status status = jd_decompress(frame, &buf, error);
    if (status == JD_OK) {
        *out = jd_arena_copy(arena, jd_buf_span(&buf));
        status = out->data ? JD_OK : jd_error_set(error, JD_BUG, "no room for the body");
    }
    jd_buf_finish(&buf);
    return status;
}

static enum jd_status take_body(void *context, const struct jd_value *columns, uint32_t count)
{
    struct body *body = context;
    if (count != 4) {
        return JD_BUG;
    }
    enum jd_status status =
            inflate(body->arena, jd_column_bytes(&columns[0]), &body->body.text, body->error);
    if (status == JD_OK) {
        status = inflate(
                body->arena, jd_column_bytes(&columns[1]), &body->body.html, body->error);
    }
    body->body.zones = jd_arena_copy(body->arena, jd_column_bytes(&columns[2]));
    body->body.truncated = (jd_column_int(&columns[3]) & CUTS_BODY) != 0;
    body->found = true;
    return status;
}

enum jd_status jd_message_body(struct jd_db *db,
        int64_t user,
        int64_t message,
        struct jd_arena *arena,
        struct jd_message_body *out_body,
        struct jd_error *error)
{
    struct body body = { .arena = arena, .error = error };
    enum jd_status status = jd_db_run(db, &statements[BODY], user, JD_VALUES(JD_INT(message)),
            take_body, &body, NULL, error);
    if (status == JD_OK && !body.found) {
        return gone(error);
    }
    if (status == JD_OK) {
        *out_body = body.body;
    }
    return status;
}

struct analysis {
    struct jd_arena *arena;
    struct jd_message_analysis analysis;
    bool found;
};

static enum jd_status
take_analysis(void *context, const struct jd_value *columns, uint32_t count)
{
    struct analysis *analysis = context;
    if (count != 4) {
        return JD_BUG;
    }
    analysis->analysis = (struct jd_message_analysis){
        .release_id = jd_column_int(&columns[0]),
        .user_release_id = jd_column_int(&columns[1]),
        .at_ms = jd_column_int(&columns[2]),
        .json = jd_arena_copy(analysis->arena, jd_column_bytes(&columns[3])),
    };
    analysis->found = analysis->analysis.json.data != NULL;
    return JD_OK;
}

enum jd_status jd_message_analysis(struct jd_db *db,
        int64_t user,
        int64_t message,
        struct jd_arena *arena,
        struct jd_message_analysis *out_analysis,
        struct jd_error *error)
{
    struct analysis analysis = { .arena = arena };
    enum jd_status status = jd_db_run(db, &statements[ANALYSIS], user,
            JD_VALUES(JD_INT(message)), take_analysis, &analysis, NULL, error);
    if (status == JD_OK && !analysis.found) {
        return gone(error);
    }
    if (status == JD_OK) {
        *out_analysis = analysis.analysis;
    }
    return status;
}

struct counting {
    jd_counts_fn row;
    void *context;
};

static enum jd_status pass_counts(void *context, const struct jd_value *columns, uint32_t count)
{
    const struct counting *counting = context;
    if (count != 3) {
        return JD_BUG;
    }
    struct jd_message_counts counts = { jd_column_bytes(&columns[0]),
        jd_column_int(&columns[1]), jd_column_int(&columns[2]) };
    return counting->row(counting->context, &counts);
}

enum jd_status jd_messages_counts(struct jd_db *db,
        int64_t user,
        jd_counts_fn row,
        void *context,
        struct jd_error *error)
{
    struct counting counting = { row, context };
    return jd_db_run(
            db, &statements[COUNTS], user, JD_NO_VALUES, pass_counts, &counting, NULL, error);
}

/* Tokens as an FTS5 query: each in double quotes (tokens hold none), all of them, the last a
 * prefix. */
static void write_query(struct jd_buf *out, struct jd_span query)
{
    struct jd_buf tokens = jd_buf_init(4096);
    jd_token_append(&tokens, query);
    struct jd_span rest = jd_span_trim(jd_buf_span(&tokens)), token;
    while (rest.len && jd_span_split(&rest, ' ', &token)) {
        jd_buf_format(out, "\"%.*s\"%s ", (int)token.len, token.data, rest.len ? "" : "*");
    }
    jd_buf_finish(&tokens);
}

enum jd_status jd_messages_search(struct jd_db *db,
        int64_t user,
        struct jd_span query,
        int64_t before_ms,
        int64_t before_id,
        int limit,
        jd_message_fn row,
        void *context,
        struct jd_error *error)
{
    struct listing listing = { row, context };
    struct jd_buf match = jd_buf_init(16 * 1024);
    write_query(&match, query);
    if (match.len == 0) {
        jd_buf_finish(&match);
        return jd_error_set(error, JD_BAD_INPUT,
                "the search has no word in it; write at least one letter or digit");
    }
    bool top = before_id == 0;
    enum jd_status status = jd_db_run(db, &statements[SEARCH], user,
            JD_VALUES(JD_INT(top ? INT64_MAX : before_ms), JD_INT(top ? INT64_MAX : before_id),
                    JD_INT(limit), JD_TEXT(jd_buf_span(&match))),
            pass_row, &listing, NULL, error);
    jd_buf_finish(&match);
    return status;
}
