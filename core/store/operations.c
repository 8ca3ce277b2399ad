/* Operations and their undoing. An inverse is the members as they were, as JSON; it is applied
 * only where the object's version is still the one that the operation left. */
#include "store/operations.h"

#include "base/id.h"
#include "base/json.h"
#include "base/span.h"
#include "store/figures.h"
#include "store/statements.h"

#define UNDO_MS   (30LL * 24 * 3600 * 1000)
#define ITEMS_MAX 20000

enum {
    READ_MESSAGE,
    WRITE_MESSAGE,
    READ_TASK,
    WRITE_TASK,
    COUNT_TASKS,
    ADD,
    ADD_ITEM,
    FIND,
    ITEMS,
    SET_RESULT,
    SET_UNDONE,
    LIST
};

static const struct jd_statement statements[] = {
    [READ_MESSAGE] = { "operations.read_message", JD_SCOPE_USER,
            "SELECT version, unread, flagged, coalesce(local_category, ''), coalesce(local_flags, -1) "
            "FROM messages WHERE user_id = ?1 AND id = ?2" },
    // ?3 unread, ?4 flagged, ?5 local category or NULL, ?6 local flags or NULL
    [WRITE_MESSAGE] = { "operations.write_message", JD_SCOPE_USER,
            "UPDATE messages SET unread = ?3, flagged = ?4, local_category = ?5, "
            "category = coalesce(?5, verdict_category), local_flags = ?6, version = version + 1 "
            "WHERE user_id = ?1 AND id = ?2 RETURNING version" },
    [READ_TASK] = { "operations.read_task", JD_SCOPE_USER,
            "SELECT version, state FROM tasks WHERE user_id = ?1 AND id = ?2" },
    [WRITE_TASK] = { "operations.write_task", JD_SCOPE_USER,
            "UPDATE tasks SET state = ?3, touched = 1, version = version + 1 "
            "WHERE user_id = ?1 AND id = ?2 RETURNING version" },
    [COUNT_TASKS] = { "operations.count_tasks", JD_SCOPE_USER,
            "UPDATE messages SET task_count = (SELECT count(*) FROM tasks AS t WHERE t.user_id = ?1 "
            "AND t.message_id = messages.id AND t.state = 'open') WHERE messages.user_id = ?1 "
            "AND messages.id = (SELECT k.message_id FROM tasks AS k WHERE k.user_id = ?1 AND k.id = ?2)" },
    [ADD] = { "operations.add", JD_SCOPE_USER,
            "INSERT INTO operations (id, user_id, kind, summary, at_ms, undoes) "
            "VALUES (?2, ?1, ?3, ?4, @now, ?5)" },
    [ADD_ITEM] = { "operations.add_item", JD_SCOPE_USER,
            "INSERT INTO operation_items (operation_id, object, object_id, user_id, inverse, version) "
            "VALUES (?2, ?3, ?4, ?1, ?5, ?6)" },
    [FIND] = { "operations.find", JD_SCOPE_USER,
            "SELECT kind, summary, coalesce(undone_by, 0) FROM operations "
            "WHERE user_id = ?1 AND id = ?2 AND at_ms > @now - ?3" },
    [ITEMS] = { "operations.items", JD_SCOPE_USER,
            "SELECT object, object_id, inverse, version, result FROM operation_items "
            "WHERE user_id = ?1 AND operation_id = ?2 ORDER BY object, object_id LIMIT 20000" },
    [SET_RESULT] = { "operations.set_result", JD_SCOPE_USER,
            "UPDATE operation_items SET result = ?5 "
            "WHERE user_id = ?1 AND operation_id = ?2 AND object = ?3 AND object_id = ?4" },
    [SET_UNDONE] = { "operations.set_undone", JD_SCOPE_USER,
            "UPDATE operations SET undone_by = ?3 WHERE user_id = ?1 AND id = ?2" },
    [LIST] = { "operations.list", JD_SCOPE_USER,
            "SELECT o.id, o.at_ms, coalesce(o.undone_by, 0), o.kind, o.summary, "
            "(SELECT count(*) FROM operation_items AS i WHERE i.user_id = ?1 AND i.operation_id = o.id) "
            "FROM operations AS o WHERE o.user_id = ?1 AND o.id < ?2 ORDER BY o.id DESC LIMIT ?3" },
};
const struct jd_statement_set jd_operations_set = JD_STATEMENT_SET(statements);

static const char *const categories[] = { "personal", "work", "meeting", "receipt",
    "newsletter", "promotion", "notification", "security", "spam" };

static bool is_category(struct jd_span name)
{
    for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++) {
        if (jd_span_equal(name, jd_span_of(categories[i]))) {
            return true;
        }
    }
    return false;
}

/* What an operation may change of a message, as it is now. */
struct message_state {
    int64_t version;
    bool unread, flagged, found;
    char category[41];   // the user's; "": none
    int64_t local_flags; // -1: none
};

static enum jd_status
take_message_state(void *context, const struct jd_value *c, uint32_t count)
{
    struct message_state *state = context;
    if (count != 5) {
        return JD_BUG;
    }
    struct jd_span category = jd_column_bytes(&c[3]);
    *state = (struct message_state){ .version = jd_column_int(&c[0]),
        .unread = jd_column_int(&c[1]) != 0,
        .flagged = jd_column_int(&c[2]) != 0,
        .found = true,
        .local_flags = jd_column_int(&c[4]) };
    snprintf(
            state->category, sizeof(state->category), "%.*s", (int)category.len, category.data);
    return JD_OK;
}

static enum jd_status read_message(struct jd_db *db,
        int64_t user,
        int64_t message,
        struct message_state *out_state,
        struct jd_error *error)
{
    *out_state = (struct message_state){ 0 };
    enum jd_status status = jd_db_run(db, &statements[READ_MESSAGE], user,
            JD_VALUES(JD_INT(message)), take_message_state, out_state, NULL, error);
    if (status == JD_OK && !out_state->found) {
        return jd_error_set(error, JD_GONE, "there is no such message");
    }
    return status;
}

static enum jd_status write_message(struct jd_db *db,
        int64_t user,
        int64_t message,
        const struct message_state *state,
        int64_t *out_version,
        struct jd_error *error)
{
    struct jd_span category = jd_span_of(state->category);
    return jd_db_int(db, &statements[WRITE_MESSAGE], user,
            JD_VALUES(JD_INT(message), JD_INT(state->unread), JD_INT(state->flagged),
                    JD_TEXT_OR_NULL(category),
                    JD_INT_OR_NULL(state->local_flags >= 0, state->local_flags)),
            out_version, error);
}

static void write_inverse(struct jd_buf *out, const struct message_state *state)
{
    struct jd_json_writer writer = jd_json_writer(out);
    jd_json_open_object(&writer, NULL);
    jd_json_add_bool(&writer, "unread", state->unread);
    jd_json_add_bool(&writer, "flagged", state->flagged);
    jd_json_add_text(&writer, "category", jd_span_of(state->category));
    jd_json_add_int(&writer, "local_flags", state->local_flags);
    jd_json_close_object(&writer);
}

static enum jd_status
read_inverse(struct jd_span json, struct message_state *state, struct jd_error *error)
{
    struct jd_json *document = NULL;
    enum jd_status status = jd_json_parse(json, 4096, &document, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_span category = jd_json_text(jd_json_member(document, "category"), JD_SPAN(""));
    state->unread = jd_json_bool(jd_json_member(document, "unread"), false);
    state->flagged = jd_json_bool(jd_json_member(document, "flagged"), false);
    state->local_flags = jd_json_int(jd_json_member(document, "local_flags"), -1);
    snprintf(
            state->category, sizeof(state->category), "%.*s", (int)category.len, category.data);
    jd_json_destroy(&document);
    return JD_OK;
}

/* The flags that the user wants, which stand until the source confirms or changes them. */
static int64_t local_flags(const struct message_state *state)
{
    return (state->unread ? 0 : JD_FLAG_SEEN) | (state->flagged ? JD_FLAG_FLAGGED : 0);
}

static enum jd_status add_operation(struct jd_db *db,
        int64_t user,
        const char *kind,
        struct jd_span summary,
        int64_t undoes,
        int64_t *out_operation,
        struct jd_error *error)
{
    int64_t id = jd_id_next();
    enum jd_status status = jd_db_run(db, &statements[ADD], user,
            JD_VALUES(JD_INT(id), JD_TEXT(jd_span_of(kind)), JD_TEXT(summary),
                    JD_INT_OR_NULL(undoes != 0, undoes)),
            NULL, NULL, NULL, error);
    if (status == JD_OK) {
        *out_operation = id;
    }
    return status;
}

static enum jd_status add_item(struct jd_db *db,
        int64_t user,
        int64_t operation,
        const char *object,
        int64_t id,
        struct jd_span inverse,
        int64_t version,
        struct jd_error *error)
{
    return jd_db_run(db, &statements[ADD_ITEM], user,
            JD_VALUES(JD_INT(operation), JD_TEXT(jd_span_of(object)), JD_INT(id),
                    JD_TEXT(inverse), JD_INT(version)),
            NULL, NULL, NULL, error);
}

/* {"ids":[...]} of one object, with the operation that changed it. */
static void
tell(struct jd_db *db, int64_t user, const char *object, int64_t id, int64_t operation)
{
    char text[JD_ID_TEXT_BYTES], operation_text[JD_ID_TEXT_BYTES], json[160];
    jd_id_format(id, text);
    jd_id_format(operation, operation_text);
    const char *event = strcmp(object, "task") == 0 ? "task.changed" : "message.changed";
    int len = snprintf(json, sizeof(json), "{\"ids\":[\"%s\"],\"operation\":\"%s\"}", text,
            operation_text);
    jd_tx_event(db, user, event, jd_span_new(json, (size_t)len));
}

static void apply_patch(struct message_state *state, const struct jd_message_patch *patch)
{
    if (patch->unread >= 0) {
        state->unread = patch->unread != 0;
    }
    if (patch->flagged >= 0) {
        state->flagged = patch->flagged != 0;
    }
    if (patch->unread >= 0 || patch->flagged >= 0) {
        state->local_flags = local_flags(state);
    }
    if (patch->category.len) {
        snprintf(state->category, sizeof(state->category), "%.*s", (int)patch->category.len,
                patch->category.data);
    }
}

static void summarise(const struct jd_message_patch *patch, char out[64])
{
    if (patch->category.len) {
        snprintf(out, 64, "moved to %.*s", (int)patch->category.len, patch->category.data);
    } else if (patch->unread >= 0) {
        snprintf(out, 64, "marked as %s", patch->unread ? "unread" : "read");
    } else {
        snprintf(out, 64, "%s", patch->flagged ? "flagged" : "flag removed");
    }
}

static enum jd_status patch_message(struct jd_db *db,
        int64_t user,
        int64_t message,
        const struct jd_message_patch *patch,
        int64_t *out_operation,
        struct jd_error *error)
{
    struct message_state state;
    struct jd_buf inverse = jd_buf_init(1024);
    char summary[64];
    int64_t version = 0;
    enum jd_status status = read_message(db, user, message, &state, error);
    if (status == JD_OK && patch->if_version && patch->if_version != state.version) {
        return jd_error_set(error, JD_REJECTED,
                "the message was changed meanwhile (version %lld); read it again",
                (long long)state.version);
    }
    if (status != JD_OK) {
        return status;
    }
    bool corrects = patch->category.len && !*state.category; // the first time
    write_inverse(&inverse, &state);
    apply_patch(&state, patch);
    summarise(patch, summary);
    status = write_message(db, user, message, &state, &version, error);
    if (status == JD_OK) {
        status = add_operation(
                db, user, "message", jd_span_of(summary), 0, out_operation, error);
    }
    if (status == JD_OK) {
        status = add_item(db, user, *out_operation, "message", message, jd_buf_span(&inverse),
                version, error);
    }
    if (status == JD_OK && corrects) {
        status = jd_figures_correct(db, user, message, patch->category, error);
    }
    if (status == JD_OK) {
        tell(db, user, "message", message, *out_operation);
    }
    jd_buf_finish(&inverse);
    return status;
}

static enum jd_status
end_transaction(struct jd_db *db, enum jd_status status, struct jd_error *error)
{
    if (status == JD_OK) {
        return jd_tx_commit(db, error);
    }
    jd_tx_rollback(db);
    return status;
}

enum jd_status jd_message_patch(struct jd_db *db,
        int64_t user,
        int64_t message,
        const struct jd_message_patch *patch,
        int64_t *out_operation,
        struct jd_error *error)
{
    if (patch->category.len && !is_category(patch->category)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "'%.*s' is not a category; use one of personal, work, meeting, receipt, newsletter, promotion, notification, security, spam",
                (int)jd_span_sub(patch->category, 0, 40).len, patch->category.data);
    }
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status != JD_OK) {
        return status;
    }
    status = patch_message(db, user, message, patch, out_operation, error);
    return end_transaction(db, status, error);
}

struct task_state {
    int64_t version;
    char state[12];
    bool found;
};

static enum jd_status take_task_state(void *context, const struct jd_value *c, uint32_t count)
{
    struct task_state *state = context;
    if (count != 2) {
        return JD_BUG;
    }
    struct jd_span text = jd_column_bytes(&c[1]);
    *state = (struct task_state){ .version = jd_column_int(&c[0]), .found = true };
    snprintf(state->state, sizeof(state->state), "%.*s", (int)text.len, text.data);
    return JD_OK;
}

static enum jd_status write_task(struct jd_db *db,
        int64_t user,
        int64_t task,
        struct jd_span state,
        int64_t *out_version,
        struct jd_error *error)
{
    enum jd_status status = jd_db_int(db, &statements[WRITE_TASK], user,
            JD_VALUES(JD_INT(task), JD_TEXT(state)), out_version, error);
    return status == JD_OK ? jd_db_run(db, &statements[COUNT_TASKS], user,
                                     JD_VALUES(JD_INT(task)), NULL, NULL, NULL, error)
                           : status;
}

static enum jd_status patch_task(struct jd_db *db,
        int64_t user,
        int64_t task,
        struct jd_span state,
        int64_t if_version,
        int64_t *out_operation,
        struct jd_error *error)
{
    struct task_state before = { 0 };
    char summary[32];
    int64_t version = 0;
    enum jd_status status = jd_db_run(db, &statements[READ_TASK], user, JD_VALUES(JD_INT(task)),
            take_task_state, &before, NULL, error);
    if (status == JD_OK && !before.found) {
        return jd_error_set(error, JD_GONE, "there is no such task");
    }
    if (status == JD_OK && if_version && if_version != before.version) {
        return jd_error_set(error, JD_REJECTED,
                "the task was changed meanwhile (version %lld); read it again",
                (long long)before.version);
    }
    if (status == JD_OK) {
        status = write_task(db, user, task, state, &version, error);
    }
    snprintf(summary, sizeof(summary), "task %.*s", (int)state.len, state.data);
    if (status == JD_OK) {
        status = add_operation(db, user, "task", jd_span_of(summary), 0, out_operation, error);
    }
    if (status == JD_OK) {
        status = add_item(db, user, *out_operation, "task", task, jd_span_of(before.state),
                version, error);
    }
    if (status == JD_OK) {
        tell(db, user, "task", task, *out_operation);
    }
    return status;
}

enum jd_status jd_task_patch(struct jd_db *db,
        int64_t user,
        int64_t task,
        struct jd_span state,
        int64_t if_version,
        int64_t *out_operation,
        struct jd_error *error)
{
    if (!jd_span_equal(state, JD_SPAN("open")) && !jd_span_equal(state, JD_SPAN("done")) &&
            !jd_span_equal(state, JD_SPAN("dismissed"))) {
        return jd_error_set(error, JD_BAD_INPUT, "a task's state is open, done or dismissed");
    }
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status != JD_OK) {
        return status;
    }
    status = patch_task(db, user, task, state, if_version, out_operation, error);
    return end_transaction(db, status, error);
}

/* One object that an operation touched. */
struct touched {
    bool is_task;
    int64_t id, version;
    struct jd_span inverse;
    enum jd_undo_result result; // 0: not undone yet
};

struct found_operation {
    struct jd_arena *arena;
    struct jd_span summary;
    int64_t undone_by;
    bool found;
    struct touched *items;
    uint32_t count;
};

static enum jd_status take_operation(void *context, const struct jd_value *c, uint32_t count)
{
    struct found_operation *found = context;
    if (count != 3) {
        return JD_BUG;
    }
    found->summary = jd_arena_copy(found->arena, jd_column_bytes(&c[1]));
    found->undone_by = jd_column_int(&c[2]);
    found->found = true;
    return JD_OK;
}

static const char *const result_names[] = { "", "undone", "changed_since", "gone" };

static enum jd_undo_result result_of(struct jd_span name)
{
    for (size_t i = 1; i < sizeof(result_names) / sizeof(result_names[0]); i++) {
        if (jd_span_equal(name, jd_span_of(result_names[i]))) {
            return (enum jd_undo_result)i;
        }
    }
    return 0;
}

static enum jd_status take_item(void *context, const struct jd_value *c, uint32_t count)
{
    struct found_operation *found = context;
    if (count != 5 || found->count == ITEMS_MAX) {
        return JD_BUG;
    }
    if (!found->items) {
        found->items = jd_arena_zalloc(found->arena, ITEMS_MAX, sizeof(*found->items));
    }
    if (!found->items) {
        return JD_BUG;
    }
    found->items[found->count++] = (struct touched){
        .is_task = jd_span_equal(jd_column_bytes(&c[0]), JD_SPAN("task")),
        .id = jd_column_int(&c[1]),
        .inverse = jd_arena_copy(found->arena, jd_column_bytes(&c[2])),
        .version = jd_column_int(&c[3]),
        .result = result_of(jd_column_bytes(&c[4])),
    };
    return JD_OK;
}

/* Puts one object back as it was, if nobody changed it since; notes the inverse of that. */
static enum jd_status undo_message(struct jd_db *db,
        int64_t user,
        int64_t undoing,
        struct touched *item,
        struct jd_error *error)
{
    struct message_state state;
    struct jd_buf inverse = jd_buf_init(1024);
    int64_t version = 0;
    enum jd_status status = read_message(db, user, item->id, &state, error);
    if (status == JD_GONE || (status == JD_OK && state.version != item->version)) {
        item->result = status == JD_GONE ? JD_UNDO_GONE : JD_UNDO_CHANGED_SINCE;
        return JD_OK;
    }
    if (status == JD_OK) {
        write_inverse(&inverse, &state);
        status = read_inverse(item->inverse, &state, error);
    }
    if (status == JD_OK) {
        status = write_message(db, user, item->id, &state, &version, error);
    }
    if (status == JD_OK) {
        status = add_item(
                db, user, undoing, "message", item->id, jd_buf_span(&inverse), version, error);
        item->result = JD_UNDONE;
        tell(db, user, "message", item->id, undoing);
    }
    jd_buf_finish(&inverse);
    return status;
}

static enum jd_status undo_task(struct jd_db *db,
        int64_t user,
        int64_t undoing,
        struct touched *item,
        struct jd_error *error)
{
    struct task_state now = { 0 };
    int64_t version = 0;
    enum jd_status status = jd_db_run(db, &statements[READ_TASK], user,
            JD_VALUES(JD_INT(item->id)), take_task_state, &now, NULL, error);
    if (status == JD_OK && (!now.found || now.version != item->version)) {
        item->result = now.found ? JD_UNDO_CHANGED_SINCE : JD_UNDO_GONE;
        return JD_OK;
    }
    if (status == JD_OK) {
        status = write_task(db, user, item->id, item->inverse, &version, error);
    }
    if (status == JD_OK) {
        status = add_item(
                db, user, undoing, "task", item->id, jd_span_of(now.state), version, error);
        item->result = JD_UNDONE;
        tell(db, user, "task", item->id, undoing);
    }
    return status;
}

static enum jd_status undo_items(struct jd_db *db,
        int64_t user,
        int64_t operation,
        struct found_operation *found,
        int64_t *out_operation,
        struct jd_error *error)
{
    char summary[100];
    snprintf(summary, sizeof(summary), "undid: %.*s",
            (int)jd_span_sub(found->summary, 0, 80).len, found->summary.data);
    enum jd_status status = add_operation(
            db, user, "undo", jd_span_of(summary), operation, out_operation, error);
    for (uint32_t i = 0; i < found->count && status == JD_OK; i++) {
        struct touched *item = &found->items[i];
        status = item->is_task ? undo_task(db, user, *out_operation, item, error)
                               : undo_message(db, user, *out_operation, item, error);
        if (status == JD_OK) {
            status = jd_db_run(db, &statements[SET_RESULT], user,
                    JD_VALUES(JD_INT(operation),
                            JD_TEXT(jd_span_of(item->is_task ? "task" : "message")),
                            JD_INT(item->id), JD_TEXT(jd_span_of(result_names[item->result]))),
                    NULL, NULL, NULL, error);
        }
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[SET_UNDONE], user,
                JD_VALUES(JD_INT(operation), JD_INT(*out_operation)), NULL, NULL, NULL, error);
    }
    return status;
}

static enum jd_status undo(struct jd_db *db,
        int64_t user,
        int64_t operation,
        struct found_operation *found,
        int64_t *out_operation,
        struct jd_error *error)
{
    enum jd_status status = jd_db_run(db, &statements[FIND], user,
            JD_VALUES(JD_INT(operation), JD_INT(UNDO_MS)), take_operation, found, NULL, error);
    if (status == JD_OK && !found->found) {
        return jd_error_set(
                error, JD_GONE, "there is no such operation, or it is older than 30 days");
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[ITEMS], user, JD_VALUES(JD_INT(operation)),
                take_item, found, NULL, error);
    }
    if (status == JD_OK && found->undone_by) {
        *out_operation = found->undone_by;
        return JD_OK;
    }
    return status == JD_OK ? undo_items(db, user, operation, found, out_operation, error)
                           : status;
}

enum jd_status jd_operation_undo(struct jd_db *db,
        int64_t user,
        int64_t operation,
        int64_t *out_operation,
        jd_undo_fn item,
        void *context,
        struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(64 * 1024 * 1024);
    struct found_operation found = { .arena = arena };
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status == JD_OK) {
        status = undo(db, user, operation, &found, out_operation, error);
        status = end_transaction(db, status, error);
    }
    for (uint32_t i = 0; i < found.count && status == JD_OK; i++) {
        struct jd_undo_item result = { found.items[i].is_task ? "task" : "message",
            found.items[i].id, found.items[i].result };
        status = item(context, &result);
    }
    jd_arena_destroy(&arena);
    return status;
}

struct listing {
    jd_operation_fn row;
    void *context;
};

static enum jd_status pass_operation(void *context, const struct jd_value *c, uint32_t count)
{
    const struct listing *listing = context;
    if (count != 6) {
        return JD_BUG;
    }
    struct jd_operation operation = {
        .id = jd_column_int(&c[0]),
        .at_ms = jd_column_int(&c[1]),
        .undoable_until_ms = jd_column_int(&c[1]) + UNDO_MS,
        .undone_by = jd_column_int(&c[2]),
        .kind = jd_column_bytes(&c[3]),
        .summary = jd_column_bytes(&c[4]),
        .items_count = jd_column_int(&c[5]),
    };
    return listing->row(listing->context, &operation);
}

enum jd_status jd_operations_list(struct jd_db *db,
        int64_t user,
        int64_t before,
        int limit,
        jd_operation_fn row,
        void *context,
        struct jd_error *error)
{
    struct listing listing = { row, context };
    return jd_db_run(db, &statements[LIST], user,
            JD_VALUES(JD_INT(before ? before : INT64_MAX), JD_INT(limit)), pass_operation,
            &listing, NULL, error);
}
