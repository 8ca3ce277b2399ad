/* Operations and their undoing. An inverse names the members that its operation touched, each
 * with its value before and after: {"unread":["1","0"]}. A member is put back where it still
 * has the value after, and no later operation in force touched it. */
#include "store/operations.h"

#include "base/id.h"
#include "base/json.h"
#include "base/span.h"
#include "store/figures.h"
#include "store/statements.h"

#define UNDO_MS         (30LL * 24 * 3600 * 1000)
#define ITEMS_MAX       20000

#define MEMBERS_MAX     3
#define VALUE_BYTES     41
#define LATER_BYTES_MAX (1024 * 1024) // what is read of the later operations on one object

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
    LATER,
    SET_RESULT,
    SET_UNDONE,
    LIST
};

static const struct jd_statement statements[] = {
    [READ_MESSAGE] = { "operations.read_message", JD_SCOPE_USER,
            "SELECT version, unread, flagged, coalesce(local_category, '') "
            "FROM messages WHERE user_id = ?1 AND id = ?2" },
    // ?3 unread, ?4 flagged, ?5 local category or NULL, ?6 the flags wanted, ?7 the bits of
    // them
    [WRITE_MESSAGE] = { "operations.write_message", JD_SCOPE_USER,
            "UPDATE messages SET unread = ?3, flagged = ?4, local_category = ?5, "
            "category = coalesce(?5, verdict_category), "
            "local_flags = CASE WHEN (source_flags & ?7) = ?6 THEN NULL ELSE ?6 END, "
            "version = version + 1 WHERE user_id = ?1 AND id = ?2 RETURNING version" },
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
    [LATER] = { "operations.later", JD_SCOPE_USER,
            "SELECT o.id, coalesce(o.undoes, 0), coalesce(o.undone_by, 0), i.inverse "
            "FROM operation_items AS i JOIN operations AS o ON o.id = i.operation_id "
            "WHERE i.user_id = ?1 AND i.object = ?2 AND i.object_id = ?3 AND i.operation_id > ?4 "
            "AND o.user_id = ?1" },
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

/* What operations change. */
static const struct kind {
    const char *object, *event;
    const char *members[MEMBERS_MAX];
    unsigned count; // of members
    int read;       // statement: version, then the members
} kinds[] = {
    { "message", "message.changed", { "unread", "flagged", "category" }, 3, READ_MESSAGE },
    { "task", "task.changed", { "state" }, 1, READ_TASK },
};

enum {
    MESSAGE,
    TASK
};
enum {
    UNREAD,
    FLAGGED,
    CATEGORY
};              // of a message
#define STATE 0 // of a task

/* Values of the members of a kind. Flags are "0" or "1"; the category is the user's, "": none.
 */
struct values {
    unsigned named; // one bit for each member that is meant
    char text[MEMBERS_MAX][VALUE_BYTES];
};

struct state {
    const struct kind *kind;
    int64_t version;
    bool found;
    struct values values;
};

static void set_value(struct values *values, unsigned member, struct jd_span text)
{
    values->named |= 1U << member;
    snprintf(values->text[member], VALUE_BYTES, "%.*s", (int)text.len, text.data);
}

static void set_flag(struct values *values, unsigned member, bool on)
{
    set_value(values, member, on ? JD_SPAN("1") : JD_SPAN("0"));
}

static bool is_on(const struct values *values, unsigned member)
{
    return values->text[member][0] == '1';
}

static bool names(const struct values *values, unsigned member)
{
    return values->named & (1U << member);
}

/* Those values that `from` names. */
static void set_values(struct values *values, const struct values *from)
{
    for (unsigned i = 0; i < MEMBERS_MAX; i++) {
        if (names(from, i)) {
            set_value(values, i, jd_span_of(from->text[i]));
        }
    }
}

static enum jd_status take_state(void *context, const struct jd_value *c, uint32_t count)
{
    struct state *state = context;
    if (count != 1 + state->kind->count) {
        return JD_BUG;
    }
    state->version = jd_column_int(&c[0]);
    state->found = true;
    for (unsigned i = 0; i < state->kind->count; i++) {
        const struct jd_value *column = &c[1 + i];
        if (column->type == JD_VALUE_INT) {
            set_flag(&state->values, i, jd_column_int(column) != 0);
        } else {
            set_value(&state->values, i, jd_column_bytes(column));
        }
    }
    return JD_OK;
}

static enum jd_status read_state(struct jd_db *db,
        int64_t user,
        const struct kind *kind,
        int64_t id,
        struct state *out_state,
        struct jd_error *error)
{
    *out_state = (struct state){ .kind = kind };
    enum jd_status status = jd_db_run(db, &statements[kind->read], user, JD_VALUES(JD_INT(id)),
            take_state, out_state, NULL, error);
    if (status == JD_OK && !out_state->found) {
        return jd_error_set(error, JD_GONE, "there is no such %s", kind->object);
    }
    return status;
}

/* The flags that the user wants stand until the source confirms or changes them. */
static enum jd_status write_message(struct jd_db *db,
        int64_t user,
        int64_t message,
        const struct values *values,
        int64_t *out_version,
        struct jd_error *error)
{
    struct jd_span category = jd_span_of(values->text[CATEGORY]);
    bool unread = is_on(values, UNREAD), flagged = is_on(values, FLAGGED);
    int64_t flags = (unread ? 0 : JD_FLAG_SEEN) | (flagged ? JD_FLAG_FLAGGED : 0);
    return jd_db_int(db, &statements[WRITE_MESSAGE], user,
            JD_VALUES(JD_INT(message), JD_INT(unread), JD_INT(flagged),
                    JD_TEXT_OR_NULL(category), JD_INT(flags),
                    JD_INT(JD_FLAG_SEEN | JD_FLAG_FLAGGED)),
            out_version, error);
}

static enum jd_status write_task(struct jd_db *db,
        int64_t user,
        int64_t task,
        const struct values *values,
        int64_t *out_version,
        struct jd_error *error)
{
    enum jd_status status = jd_db_int(db, &statements[WRITE_TASK], user,
            JD_VALUES(JD_INT(task), JD_TEXT(jd_span_of(values->text[STATE]))), out_version,
            error);
    return status == JD_OK ? jd_db_run(db, &statements[COUNT_TASKS], user,
                                     JD_VALUES(JD_INT(task)), NULL, NULL, NULL, error)
                           : status;
}

static enum jd_status write_state(struct jd_db *db,
        int64_t user,
        int64_t id,
        const struct state *state,
        int64_t *out_version,
        struct jd_error *error)
{
    return state->kind == &kinds[TASK]
                   ? write_task(db, user, id, &state->values, out_version, error)
                   : write_message(db, user, id, &state->values, out_version, error);
}

/* The members that an operation touched, before and after it. */
struct inverse {
    struct values before, after;
    bool whole; // of an older Jackdaw: every member before, and none after
};

static void write_inverse(const struct kind *kind,
        const struct values *before,
        const struct values *after,
        struct jd_buf *out)
{
    struct jd_json_writer writer = jd_json_writer(out);
    jd_json_open_object(&writer, NULL);
    for (unsigned i = 0; i < kind->count; i++) {
        if (names(after, i)) {
            jd_json_open_array(&writer, kind->members[i]);
            jd_json_add_text(&writer, NULL, jd_span_of(before->text[i]));
            jd_json_add_text(&writer, NULL, jd_span_of(after->text[i]));
            jd_json_close_array(&writer);
        }
    }
    jd_json_close_object(&writer);
}

/* One member of an older inverse: a flag or a text alone. */
static void read_whole(const struct jd_json *value, struct values *before, unsigned member)
{
    if (jd_json_is_bool(value)) {
        set_flag(before, member, jd_json_bool(value, false));
    } else {
        set_value(before, member, jd_json_text(value, JD_SPAN("")));
    }
}

static enum jd_status read_inverse(const struct kind *kind,
        struct jd_span json,
        struct inverse *out_inverse,
        struct jd_error *error)
{
    *out_inverse = (struct inverse){ 0 };
    if (!jd_span_starts(json, JD_SPAN("{"))) { // of a task, once: its state alone
        out_inverse->whole = true;
        set_value(&out_inverse->before, STATE, json);
        return JD_OK;
    }
    struct jd_json *document = NULL;
    enum jd_status status = jd_json_parse(json, 4096, &document, error);
    for (unsigned i = 0; i < kind->count && status == JD_OK; i++) {
        const struct jd_json *pair = jd_json_member(document, kind->members[i]);
        if (jd_json_is_array(pair)) {
            const struct jd_json *first = jd_json_first(pair);
            set_value(&out_inverse->before, i, jd_json_text(first, JD_SPAN("")));
            set_value(&out_inverse->after, i,
                    jd_json_text(first ? jd_json_next(first) : NULL, JD_SPAN("")));
        } else if (pair) {
            out_inverse->whole = true;
            read_whole(pair, &out_inverse->before, i);
        }
    }
    jd_json_destroy(&document);
    return status;
}

static enum jd_status add_operation(struct jd_db *db,
        int64_t user,
        int64_t operation,
        const char *kind,
        struct jd_span summary,
        int64_t undoes,
        struct jd_error *error)
{
    return jd_db_run(db, &statements[ADD], user,
            JD_VALUES(JD_INT(operation), JD_TEXT(jd_span_of(kind)), JD_TEXT(summary),
                    JD_INT_OR_NULL(undoes != 0, undoes)),
            NULL, NULL, NULL, error);
}

/* {"ids":[...]} of one object, with the operation that changed it. */
static void
tell(struct jd_db *db, int64_t user, const struct kind *kind, int64_t id, int64_t operation)
{
    char text[JD_ID_TEXT_BYTES], operation_text[JD_ID_TEXT_BYTES], json[160];
    jd_id_format(id, text);
    jd_id_format(operation, operation_text);
    int len = snprintf(json, sizeof(json), "{\"ids\":[\"%s\"],\"operation\":\"%s\"}", text,
            operation_text);
    jd_tx_event(db, user, kind->event, jd_span_new(json, (size_t)len));
}

/* Gives the members that `after` names these values, as an item of `operation`. */
static enum jd_status change(struct jd_db *db,
        int64_t user,
        int64_t operation,
        int64_t id,
        const struct state *now,
        const struct values *after,
        struct jd_error *error)
{
    struct state next = *now;
    struct jd_buf inverse = jd_buf_init(1024);
    int64_t version = 0;
    set_values(&next.values, after);
    write_inverse(now->kind, &now->values, after, &inverse);
    enum jd_status status = write_state(db, user, id, &next, &version, error);
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[ADD_ITEM], user,
                JD_VALUES(JD_INT(operation), JD_TEXT(jd_span_of(now->kind->object)), JD_INT(id),
                        JD_TEXT(jd_buf_span(&inverse)), JD_INT(version)),
                NULL, NULL, NULL, error);
    }
    if (status == JD_OK) {
        tell(db, user, now->kind, id, operation);
    }
    jd_buf_finish(&inverse);
    return status;
}

/* A change by the user: what it is about, and what it was before. */
static enum jd_status patch(struct jd_db *db,
        int64_t user,
        int64_t id,
        const struct values *after,
        int64_t if_version,
        const char *summary,
        struct state *before,
        int64_t *out_operation,
        struct jd_error *error)
{
    const struct kind *kind = before->kind;
    enum jd_status status = read_state(db, user, kind, id, before, error);
    if (status == JD_OK && if_version && if_version != before->version) {
        return jd_error_set(error, JD_REJECTED,
                "the %s was changed meanwhile (version %lld); read it again", kind->object,
                (long long)before->version);
    }
    if (status == JD_OK) {
        *out_operation = jd_id_next();
        status = add_operation(
                db, user, *out_operation, kind->object, jd_span_of(summary), 0, error);
    }
    return status == JD_OK ? change(db, user, *out_operation, id, before, after, error)
                           : status;
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
        const struct jd_message_patch *wanted,
        int64_t *out_operation,
        struct jd_error *error)
{
    struct state before = { .kind = &kinds[MESSAGE] };
    struct values after = { 0 };
    char summary[64];
    if (wanted->unread >= 0) {
        set_flag(&after, UNREAD, wanted->unread != 0);
    }
    if (wanted->flagged >= 0) {
        set_flag(&after, FLAGGED, wanted->flagged != 0);
    }
    if (wanted->category.len) {
        set_value(&after, CATEGORY, wanted->category);
    }
    summarise(wanted, summary);
    enum jd_status status = patch(db, user, message, &after, wanted->if_version, summary,
            &before, out_operation, error);
    bool corrects = wanted->category.len && !*before.values.text[CATEGORY]; // the first time
    return status == JD_OK && corrects
                   ? jd_figures_correct(db, user, message, wanted->category, error)
                   : status;
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

static enum jd_status patch_task(struct jd_db *db,
        int64_t user,
        int64_t task,
        struct jd_span state,
        int64_t if_version,
        int64_t *out_operation,
        struct jd_error *error)
{
    struct state before = { .kind = &kinds[TASK] };
    struct values after = { 0 };
    char summary[32];
    set_value(&after, STATE, state);
    snprintf(summary, sizeof(summary), "task %.*s", (int)state.len, state.data);
    return patch(db, user, task, &after, if_version, summary, &before, out_operation, error);
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
    const struct kind *kind;
    int64_t id, version; // the version that the operation left
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
        .kind = &kinds[jd_span_equal(jd_column_bytes(&c[0]), JD_SPAN("task")) ? TASK : MESSAGE],
        .id = jd_column_int(&c[1]),
        .inverse = jd_arena_copy(found->arena, jd_column_bytes(&c[2])),
        .version = jd_column_int(&c[3]),
        .result = result_of(jd_column_bytes(&c[4])),
    };
    return JD_OK;
}

/* A later operation on an object. */
struct later {
    int64_t id, undoes, undone_by;
    unsigned named; // the members that it touched
};

struct later_list {
    const struct kind *kind;
    struct jd_buf rows; // struct later
    struct jd_error *error;
};

static enum jd_status take_later(void *context, const struct jd_value *c, uint32_t count)
{
    struct later_list *list = context;
    struct inverse inverse;
    if (count != 4) {
        return JD_BUG;
    }
    enum jd_status status =
            read_inverse(list->kind, jd_column_bytes(&c[3]), &inverse, list->error);
    struct later later = { .id = jd_column_int(&c[0]),
        .undoes = jd_column_int(&c[1]),
        .undone_by = jd_column_int(&c[2]),
        .named = inverse.before.named };
    jd_buf_add(&list->rows, jd_span_new((const char *)&later, sizeof(later)));
    return status;
}

static const struct later *find_later(const struct later *rows, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].id == id) {
            return &rows[i];
        }
    }
    return NULL;
}

/* Whether the operation's change of the members still holds: it was not undone, or the undoing
 * was, and so on. Returns the members of which that is true. */
static unsigned
members_in_force(const struct later *rows, size_t count, const struct later *operation)
{
    const struct later *undoing =
            operation->undone_by ? find_later(rows, count, operation->undone_by) : NULL;
    return undoing ? operation->named & ~members_in_force(rows, count, undoing)
                   : operation->named;
}

/* The members of an object that later changes by the user hold. An undoing is no change of its
 * own: it takes back one, or puts it back in force. */
static enum jd_status find_held(struct jd_db *db,
        int64_t user,
        int64_t operation,
        const struct touched *item,
        unsigned *out_held,
        struct jd_error *error)
{
    struct later_list list = { item->kind, jd_buf_init(LATER_BYTES_MAX), error };
    enum jd_status status = jd_db_run(db, &statements[LATER], user,
            JD_VALUES(JD_TEXT(jd_span_of(item->kind->object)), JD_INT(item->id),
                    JD_INT(operation)),
            take_later, &list, NULL, error);
    const struct later *rows = (const struct later *)(const void *)list.rows.data;
    size_t count = list.rows.len / sizeof(*rows);
    *out_held = list.rows.failed ? ~0U : 0; // too many to tell
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].undoes) {
            *out_held |= members_in_force(rows, count, &rows[i]);
        }
    }
    jd_buf_finish(&list.rows);
    return status;
}

/* The values to give back: those of members that nobody changed since. */
static enum jd_status find_restorable(struct jd_db *db,
        int64_t user,
        int64_t operation,
        const struct touched *item,
        const struct state *now,
        struct values *out_values,
        struct jd_error *error)
{
    struct inverse inverse;
    unsigned held = 0;
    *out_values = (struct values){ 0 };
    enum jd_status status = read_inverse(item->kind, item->inverse, &inverse, error);
    if (status == JD_OK && !inverse.whole) {
        status = find_held(db, user, operation, item, &held, error);
    }
    if (status != JD_OK || (inverse.whole && now->version != item->version)) {
        return status;
    }
    for (unsigned i = 0; i < item->kind->count; i++) {
        bool left = inverse.whole || strcmp(inverse.after.text[i], now->values.text[i]) == 0;
        if (names(&inverse.before, i) && left && !(held & (1U << i))) {
            set_value(out_values, i, jd_span_of(inverse.before.text[i]));
        }
    }
    return JD_OK;
}

static enum jd_status undo_item(struct jd_db *db,
        int64_t user,
        int64_t operation,
        int64_t undoing,
        struct touched *item,
        struct jd_error *error)
{
    struct state now;
    struct values values;
    enum jd_status status = read_state(db, user, item->kind, item->id, &now, error);
    if (status == JD_GONE) {
        item->result = JD_UNDO_GONE;
        return JD_OK;
    }
    if (status == JD_OK) {
        status = find_restorable(db, user, operation, item, &now, &values, error);
    }
    if (status != JD_OK) {
        return status;
    }
    item->result = values.named ? JD_UNDONE : JD_UNDO_CHANGED_SINCE;
    return values.named ? change(db, user, undoing, item->id, &now, &values, error) : JD_OK;
}

/* "undid: moved to work", whatever was undone and done again before. */
static void summarise_undoing(struct jd_span summary, char out[100])
{
    static const char undid[] = "undid: ", again[] = "did again: ";
    bool undoes_undoing = jd_span_starts(summary, jd_span_of(undid));
    struct jd_span original = summary;
    while (jd_span_starts(original, jd_span_of(undid)) ||
            jd_span_starts(original, jd_span_of(again))) {
        size_t cut =
                jd_span_starts(original, jd_span_of(undid)) ? strlen(undid) : strlen(again);
        original = jd_span_sub(original, cut, original.len);
    }
    snprintf(out, 100, "%s%.*s", undoes_undoing ? again : undid,
            (int)jd_span_sub(original, 0, 80).len, original.data);
}

static enum jd_status set_results(struct jd_db *db,
        int64_t user,
        int64_t operation,
        const struct found_operation *found,
        struct jd_error *error)
{
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; i < found->count && status == JD_OK; i++) {
        const struct touched *item = &found->items[i];
        status = jd_db_run(db, &statements[SET_RESULT], user,
                JD_VALUES(JD_INT(operation), JD_TEXT(jd_span_of(item->kind->object)),
                        JD_INT(item->id), JD_TEXT(jd_span_of(result_names[item->result]))),
                NULL, NULL, NULL, error);
    }
    return status;
}

/* An undoing that undid nothing is none: the operation can be undone once nothing stands in the
 * way. */
static enum jd_status undo_items(struct jd_db *db,
        int64_t user,
        int64_t operation,
        struct found_operation *found,
        int64_t *out_operation,
        struct jd_error *error)
{
    char summary[100];
    int64_t undoing = jd_id_next();
    bool any = false;
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; i < found->count && status == JD_OK; i++) {
        status = undo_item(db, user, operation, undoing, &found->items[i], error);
        any = any || found->items[i].result == JD_UNDONE;
    }
    *out_operation = any ? undoing : 0;
    if (status != JD_OK || !any) {
        return status;
    }
    summarise_undoing(found->summary, summary);
    status = add_operation(db, user, undoing, "undo", jd_span_of(summary), operation, error);
    if (status == JD_OK) {
        status = set_results(db, user, operation, found, error);
    }
    return status == JD_OK ? jd_db_run(db, &statements[SET_UNDONE], user,
                                     JD_VALUES(JD_INT(operation), JD_INT(undoing)), NULL, NULL,
                                     NULL, error)
                           : status;
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
        struct jd_undo_item result = { found.items[i].kind->object, found.items[i].id,
            found.items[i].result };
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
