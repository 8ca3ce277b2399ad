/* Back-tests. The cursor of a back-test walks from the newest message down; what was handed out
 * lies in the payload of its job. */
#include "store/backtests.h"

#include "base/id.h"
#include "base/json.h"
#include "base/span.h"
#include "store/differences.h"
#include "store/jobs.h"
#include "store/releases.h"
#include "store/statements.h"

#define COLUMNS                                                                                 \
 "id, release_id, total, done, unreadable, changed, created_ms, coalesce(ended_ms, 0), state, " \
 "error, selection"
#define COLUMNS_COUNT     11
#define PAYLOAD_BYTES_MAX (16 * 1024)
#define TASKS_MAX         50 // of one message

enum {
    COUNT,
    NTH,
    CREATE,
    LIST,
    GET,
    CANCEL,
    FAIL,
    PLACE,
    NEXT,
    ADVANCE,
    WAS,
    TASKS,
    BOOK,
    FINISH,
    ADD_COUNT,
    ADD_CHANGE,
    COUNTS,
    CHANGES,
    DROP,
    DROP_COUNTS,
    DROP_CHANGES,
};

#define SELECTED                                                                               \
 "FROM messages AS m WHERE m.user_id = ?1 AND (?2 = 0 OR m.account_id = ?2) AND "              \
 "(?3 = '' OR m.category = ?3) AND m.received_ms >= ?4 AND m.received_ms < ?5"

static const struct jd_statement statements[] = {
    [COUNT] = { "backtests.count", JD_SCOPE_USER, "SELECT count(*) " SELECTED },
    [NTH] = { "backtests.nth", JD_SCOPE_USER,
            "SELECT m.received_ms " SELECTED
            " ORDER BY m.received_ms DESC, m.id DESC LIMIT 1 OFFSET ?6" },
    [CREATE] = { "backtests.create", JD_SCOPE_USER,
            "INSERT INTO backtests (id, user_id, release_id, state, selection, account_id, category, "
            "from_ms, until_ms, total, cursor_ms, created_ms) "
            "VALUES (?2, ?1, ?3, 'running', ?4, ?5, ?6, ?7, ?8, ?9, ?8, @now)" },
    [LIST] = { "backtests.list", JD_SCOPE_USER,
            "SELECT " COLUMNS " FROM backtests WHERE user_id = ?1 AND (?2 = 0 OR id < ?2) "
            "ORDER BY id DESC LIMIT ?3" },
    [GET] = { "backtests.get", JD_SCOPE_USER,
            "SELECT " COLUMNS " FROM backtests WHERE user_id = ?1 AND id = ?2" },
    [CANCEL] = { "backtests.cancel", JD_SCOPE_USER,
            "UPDATE backtests SET state = 'cancelled', ended_ms = @now "
            "WHERE user_id = ?1 AND id = ?2 AND state = 'running'" },
    [FAIL] = { "backtests.fail", JD_SCOPE_USER,
            "UPDATE backtests SET state = 'failed', error = ?3, ended_ms = @now "
            "WHERE user_id = ?1 AND id = ?2 AND state = 'running'" },
    [PLACE] = { "backtests.place", JD_SCOPE_USER,
            "SELECT account_id, category, from_ms, until_ms, total - taken, cursor_ms, cursor_id "
            "FROM backtests WHERE user_id = ?1 AND id = ?2 AND state = 'running'" },
    [NEXT] = { "backtests.next", JD_SCOPE_USER,
            "SELECT m.id, m.received_ms " SELECTED " AND (m.received_ms, m.id) < (?6, ?7) "
            "ORDER BY m.received_ms DESC, m.id DESC LIMIT ?8" },
    [ADVANCE] = { "backtests.advance", JD_SCOPE_USER,
            "UPDATE backtests SET cursor_ms = ?3, cursor_id = ?4, taken = taken + ?5 "
            "WHERE user_id = ?1 AND id = ?2" },
    [WAS] = { "backtests.was", JD_SCOPE_USER,
            "SELECT id, item_id, account_id, facts, verdict_category, priority, coalesce(local_category, ''), "
            "needs_reply, task_count FROM messages WHERE user_id = ?1 AND id = ?2" },
    [TASKS] = { "backtests.tasks", JD_SCOPE_USER,
            "SELECT quote FROM tasks WHERE user_id = ?1 AND message_id = ?2 LIMIT 50" },
    [BOOK] = { "backtests.book", JD_SCOPE_USER,
            "UPDATE backtests SET done = done + ?3, unreadable = unreadable + ?4, "
            "changed = changed + ?5 WHERE user_id = ?1 AND id = ?2 AND state = 'running'" },
    [FINISH] = { "backtests.finish", JD_SCOPE_USER,
            "UPDATE backtests SET state = 'done', ended_ms = @now "
            "WHERE user_id = ?1 AND id = ?2 AND state = 'running' AND done >= total" },
    [ADD_COUNT] = { "backtests.add_count", JD_SCOPE_USER,
            "INSERT INTO backtest_counts (backtest_id, user_id, what, name, other, count) "
            "VALUES (?2, ?1, ?3, ?4, ?5, ?6) ON CONFLICT (backtest_id, what, name, other) "
            "DO UPDATE SET count = backtest_counts.count + ?6" },
    [ADD_CHANGE] = { "backtests.add_change", JD_SCOPE_USER,
            "INSERT INTO backtest_changes (backtest_id, message_id, user_id, was, now) "
            "SELECT ?2, ?3, ?1, ?4, ?5 WHERE (SELECT b.changed FROM backtests AS b "
            "WHERE b.user_id = ?1 AND b.id = ?2) <= ?6 ON CONFLICT DO NOTHING" },
    [COUNTS] = { "backtests.counts", JD_SCOPE_USER,
            "SELECT what, name, other, count FROM backtest_counts "
            "WHERE user_id = ?1 AND backtest_id = ?2 ORDER BY what, count DESC, name, other" },
    [CHANGES] = { "backtests.changes", JD_SCOPE_USER,
            "SELECT c.message_id, coalesce(m.subject, ''), coalesce(m.from_address, ''), c.was, c.now "
            "FROM backtest_changes AS c LEFT JOIN messages AS m ON m.user_id = ?1 AND "
            "m.id = c.message_id WHERE c.user_id = ?1 AND c.backtest_id = ?2 AND "
            "(?3 = 0 OR c.message_id < ?3) ORDER BY c.message_id DESC LIMIT ?4" },
    [DROP] = { "backtests.drop", JD_SCOPE_USER,
            "DELETE FROM backtests WHERE user_id = ?1 AND id = ?2 AND state <> 'running'" },
    [DROP_COUNTS] = { "backtests.drop_counts", JD_SCOPE_USER,
            "DELETE FROM backtest_counts WHERE user_id = ?1 AND backtest_id = ?2" },
    [DROP_CHANGES] = { "backtests.drop_changes", JD_SCOPE_USER,
            "DELETE FROM backtest_changes WHERE user_id = ?1 AND backtest_id = ?2" },
};
const struct jd_statement_set jd_backtests_set = JD_STATEMENT_SET(statements);

static enum jd_status end(struct jd_db *db, enum jd_status status, struct jd_error *error)
{
    if (status == JD_OK) {
        return jd_tx_commit(db, error);
    }
    jd_tx_rollback(db);
    return status;
}

/* Progress is news for those who run Jackdaw: nothing is written for the user. */
static void tell(struct jd_db *db, int64_t backtest, const char *state)
{
    char id[JD_ID_TEXT_BYTES], json[96];
    jd_id_format(backtest, id);
    int len = snprintf(
            json, sizeof(json), "{\"backtest_id\":\"%s\",\"state\":\"%s\"}", id, state);
    jd_tx_event(db, 0, "backtest.changed", jd_span_new(json, (size_t)len));
}

/* ---- making one ---- */

/* The selection as it was asked, for people. */
static void write_selection(struct jd_buf *out, const struct jd_selection *selection)
{
    char id[JD_ID_TEXT_BYTES];
    struct jd_json_writer w = jd_json_writer(out);
    jd_json_open_object(&w, NULL);
    if (selection->last) {
        jd_json_add_int(&w, "last", selection->last);
    }
    if (selection->account) {
        jd_id_format(selection->account, id);
        jd_json_add_text(&w, "account_id", jd_span_of(id));
    }
    if (selection->category.len) {
        jd_json_add_text(&w, "category", selection->category);
    }
    if (selection->from_ms) {
        jd_json_add_time(&w, "from", selection->from_ms);
    }
    if (selection->until_ms) {
        jd_json_add_time(&w, "until", selection->until_ms);
    }
    jd_json_close_object(&w);
}

#define SELECTION_VALUES(selection, from, until)                                               \
 JD_INT((selection)->account), JD_TEXT((selection)->category), JD_INT(from), JD_INT(until)

/* How many there are; with `last`, from when on the newest so many are. */
static enum jd_status measure(struct jd_db *db,
        int64_t user,
        const struct jd_selection *selection,
        int64_t *inout_from_ms,
        int64_t until_ms,
        int64_t *out_total,
        struct jd_error *error)
{
    enum jd_status status = jd_db_int(db, &statements[COUNT], user,
            JD_VALUES(SELECTION_VALUES(selection, *inout_from_ms, until_ms)), out_total, error);
    if (status == JD_OK && selection->last && *out_total > selection->last) {
        *out_total = selection->last;
        status = jd_db_int(db, &statements[NTH], user,
                JD_VALUES(SELECTION_VALUES(selection, *inout_from_ms, until_ms),
                        JD_INT(selection->last - 1)),
                inout_from_ms, error);
    }
    if (status == JD_OK && *out_total == 0) {
        return jd_error_set(error, JD_BAD_INPUT, "the selection holds no message");
    }
    if (status == JD_OK && *out_total > JD_BACKTEST_MESSAGES_MAX) {
        return jd_error_set(error, JD_BAD_INPUT,
                "the selection holds %lld messages; a back-test takes at most %d",
                (long long)*out_total, JD_BACKTEST_MESSAGES_MAX);
    }
    return status;
}

static enum jd_status create(struct jd_db *db,
        int64_t user,
        int64_t release,
        const struct jd_selection *selection,
        int64_t *out_backtest,
        struct jd_error *error)
{
    struct jd_rule_set set;
    int64_t id = jd_id_next(), total = 0, from_ms = selection->from_ms;
    int64_t until_ms = selection->until_ms ? selection->until_ms : INT64_MAX;
    struct jd_buf text = jd_buf_init(4096);
    bool added = true;
    enum jd_status status = jd_rule_set_with(db, user, release, &set, error);
    if (status == JD_OK) {
        status = measure(db, user, selection, &from_ms, until_ms, &total, error);
    }
    write_selection(&text, selection);
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[CREATE], user,
                JD_VALUES(JD_INT(id), JD_INT(release), JD_TEXT(jd_buf_span(&text)),
                        SELECTION_VALUES(selection, from_ms, until_ms), JD_INT(total)),
                NULL, NULL, NULL, error);
    }
    for (int i = 0; i < JD_BACKTEST_WIDTH && status == JD_OK && added; i++) {
        status = jd_backtest_hand_out(db, user, id, &added, error);
    }
    jd_buf_finish(&text);
    *out_backtest = id;
    return status;
}

enum jd_status jd_backtest_create(struct jd_db *db,
        int64_t user,
        int64_t release,
        const struct jd_selection *selection,
        int64_t *out_backtest,
        struct jd_error *error)
{
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status != JD_OK) {
        return status;
    }
    status = create(db, user, release, selection, out_backtest, error);
    if (status == JD_OK) {
        tell(db, *out_backtest, "running");
    }
    return end(db, status, error);
}

struct place {
    struct jd_selection selection;
    char category[64];
    int64_t left, ms, id;
    bool found;
};

static enum jd_status take_place(void *context, const struct jd_value *c, uint32_t count)
{
    struct place *place = context;
    if (count != 7) {
        return JD_BUG;
    }
    struct jd_span category = jd_column_bytes(&c[1]);
    *place = (struct place){ .found = true,
        .left = jd_column_int(&c[4]),
        .ms = jd_column_int(&c[5]),
        .id = jd_column_int(&c[6]) };
    snprintf(
            place->category, sizeof(place->category), "%.*s", (int)category.len, category.data);
    place->selection = (struct jd_selection){ .account = jd_column_int(&c[0]),
        .category = jd_span_of(place->category),
        .from_ms = jd_column_int(&c[2]),
        .until_ms = jd_column_int(&c[3]) };
    return JD_OK;
}

struct slice {
    int64_t ids[JD_BACKTEST_SLICE];
    uint32_t count;
    int64_t ms; // of the last
};

static enum jd_status take_message(void *context, const struct jd_value *c, uint32_t count)
{
    struct slice *slice = context;
    if (count != 2 || slice->count == JD_BACKTEST_SLICE) {
        return JD_BUG;
    }
    slice->ids[slice->count++] = jd_column_int(&c[0]);
    slice->ms = jd_column_int(&c[1]);
    return JD_OK;
}

static enum jd_status add_job(struct jd_db *db,
        int64_t user,
        int64_t backtest,
        const struct slice *slice,
        struct jd_error *error)
{
    struct jd_buf payload = jd_buf_init(PAYLOAD_BYTES_MAX);
    jd_buf_format(&payload, "{\"backtest\":\"%lld\",\"messages\":\"", (long long)backtest);
    for (uint32_t i = 0; i < slice->count; i++) {
        jd_buf_format(&payload, "%s%lld", i ? " " : "", (long long)slice->ids[i]);
    }
    jd_buf_text(&payload, "\"}");
    enum jd_status status = jd_job_add(
            db, user, 0, "backtest", jd_buf_span(&payload), JD_PRIORITY_IDLE, 0, NULL, error);
    jd_buf_finish(&payload);
    return status;
}

enum jd_status jd_backtest_hand_out(struct jd_db *db,
        int64_t user,
        int64_t backtest,
        bool *out_added,
        struct jd_error *error)
{
    struct place place = { 0 };
    struct slice slice = { 0 };
    *out_added = false;
    enum jd_status status = jd_db_run(db, &statements[PLACE], user, JD_VALUES(JD_INT(backtest)),
            take_place, &place, NULL, error);
    if (status != JD_OK || !place.found || place.left <= 0) {
        return status;
    }
    int64_t most = place.left < JD_BACKTEST_SLICE ? place.left : JD_BACKTEST_SLICE;
    status = jd_db_run(db, &statements[NEXT], user,
            JD_VALUES(SELECTION_VALUES(&place.selection, place.selection.from_ms,
                              place.selection.until_ms),
                    JD_INT(place.ms), JD_INT(place.id), JD_INT(most)),
            take_message, &slice, NULL, error);
    if (status == JD_OK && slice.count == 0) { // messages went meanwhile: what is taken is all
        return jd_db_run(db, &statements[BOOK], user,
                JD_VALUES(JD_INT(backtest), JD_INT(place.left), JD_INT(place.left), JD_INT(0)),
                NULL, NULL, NULL, error);
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[ADVANCE], user,
                JD_VALUES(JD_INT(backtest), JD_INT(slice.ms),
                        JD_INT(slice.ids[slice.count - 1]), JD_INT(slice.count)),
                NULL, NULL, NULL, error);
    }
    if (status == JD_OK) {
        status = add_job(db, user, backtest, &slice, error);
    }
    *out_added = status == JD_OK;
    return status;
}

/* ---- reading ---- */

struct listing {
    jd_backtest_fn row;
    void *context;
};

static enum jd_status pass_row(void *context, const struct jd_value *c, uint32_t count)
{
    const struct listing *listing = context;
    if (count != COLUMNS_COUNT) {
        return JD_BUG;
    }
    struct jd_backtest backtest = {
        .id = jd_column_int(&c[0]),
        .release_id = jd_column_int(&c[1]),
        .total = jd_column_int(&c[2]),
        .done = jd_column_int(&c[3]),
        .unreadable = jd_column_int(&c[4]),
        .changed = jd_column_int(&c[5]),
        .created_ms = jd_column_int(&c[6]),
        .ended_ms = jd_column_int(&c[7]),
        .state = jd_column_bytes(&c[8]),
        .error = jd_column_bytes(&c[9]),
        .selection = jd_column_bytes(&c[10]),
    };
    return listing->row(listing->context, &backtest);
}

enum jd_status jd_backtests_list(struct jd_db *db,
        int64_t user,
        int64_t before,
        int limit,
        jd_backtest_fn row,
        void *context,
        struct jd_error *error)
{
    struct listing listing = { row, context };
    return jd_db_run(db, &statements[LIST], user, JD_VALUES(JD_INT(before), JD_INT(limit)),
            pass_row, &listing, NULL, error);
}

struct getting {
    struct jd_arena *arena;
    struct jd_backtest backtest;
};

static enum jd_status copy_row(void *context, const struct jd_backtest *backtest)
{
    struct getting *getting = context;
    struct jd_backtest *copy = &getting->backtest;
    *copy = *backtest;
    copy->state = jd_arena_copy(getting->arena, backtest->state);
    copy->error = jd_arena_copy(getting->arena, backtest->error);
    copy->selection = jd_arena_copy(getting->arena, backtest->selection);
    return copy->state.data && copy->error.data && copy->selection.data ? JD_OK : JD_BUG;
}

enum jd_status jd_backtest_get(struct jd_db *db,
        int64_t user,
        int64_t backtest,
        struct jd_arena *arena,
        struct jd_backtest *out_backtest,
        struct jd_error *error)
{
    struct getting getting = { .arena = arena };
    struct listing listing = { copy_row, &getting };
    enum jd_status status = jd_db_run(db, &statements[GET], user, JD_VALUES(JD_INT(backtest)),
            pass_row, &listing, NULL, error);
    if (status == JD_OK && getting.backtest.id == 0) {
        return jd_error_set(error, JD_GONE, "there is no such back-test");
    }
    if (status == JD_OK) {
        *out_backtest = getting.backtest;
    }
    return status;
}

enum jd_status jd_backtest_counts(struct jd_db *db,
        int64_t user,
        int64_t backtest,
        jd_backtest_count_fn row,
        void *context,
        struct jd_error *error)
{
    struct jd_count_listing listing = { row, context };
    return jd_db_run(db, &statements[COUNTS], user, JD_VALUES(JD_INT(backtest)), jd_count_pass,
            &listing, NULL, error);
}

enum jd_status jd_backtest_changes(struct jd_db *db,
        int64_t user,
        int64_t backtest,
        int64_t before,
        int limit,
        jd_backtest_change_fn row,
        void *context,
        struct jd_error *error)
{
    struct jd_change_listing listing = { row, context };
    return jd_db_run(db, &statements[CHANGES], user,
            JD_VALUES(JD_INT(backtest), JD_INT(before), JD_INT(limit)), jd_change_pass,
            &listing, NULL, error);
}

/* ---- ending ---- */

/* One write in a transaction of its own, for one that runs. */
static enum jd_status stop(struct jd_db *db,
        int which,
        int64_t user,
        int64_t backtest,
        const char *state,
        struct jd_values values,
        struct jd_error *error)
{
    int64_t changes = 0;
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status != JD_OK) {
        return status;
    }
    status = jd_db_run(db, &statements[which], user, values, NULL, NULL, &changes, error);
    if (status == JD_OK && changes == 0) {
        status = jd_error_set(error, JD_REJECTED, "this back-test does not run");
    } else if (status == JD_OK) {
        tell(db, backtest, state);
    }
    return end(db, status, error);
}

enum jd_status
jd_backtest_cancel(struct jd_db *db, int64_t user, int64_t backtest, struct jd_error *error)
{
    return stop(db, CANCEL, user, backtest, "cancelled", JD_VALUES(JD_INT(backtest)), error);
}

enum jd_status jd_backtest_fail(struct jd_db *db,
        int64_t user,
        int64_t backtest,
        struct jd_span why,
        struct jd_error *error)
{
    return stop(db, FAIL, user, backtest, "failed", JD_VALUES(JD_INT(backtest), JD_TEXT(why)),
            error);
}

enum jd_status
jd_backtest_drop(struct jd_db *db, int64_t user, int64_t backtest, struct jd_error *error)
{
    int64_t changes = 0;
    struct jd_values one = JD_VALUES(JD_INT(backtest));
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status != JD_OK) {
        return status;
    }
    status = jd_db_run(db, &statements[DROP], user, one, NULL, NULL, &changes, error);
    if (status == JD_OK && changes == 0) {
        status = jd_error_set(
                error, JD_REJECTED, "there is no such back-test, or it runs: cancel it first");
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[DROP_COUNTS], user, one, NULL, NULL, NULL, error);
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[DROP_CHANGES], user, one, NULL, NULL, NULL, error);
    }
    return end(db, status, error);
}

/* ---- slices ---- */

struct reading {
    struct jd_arena *arena;
    struct jd_backtest_was *was; // the next place
    bool found;
    int64_t task_count;
};

static enum jd_status take_was(void *context, const struct jd_value *c, uint32_t count)
{
    struct reading *reading = context;
    if (count != 9) {
        return JD_BUG;
    }
    *reading->was = (struct jd_backtest_was){
        .message_id = jd_column_int(&c[0]),
        .item_id = jd_column_int(&c[1]),
        .account_id = jd_column_int(&c[2]),
        .facts = (uint32_t)jd_column_int(&c[3]),
        .category = jd_arena_copy(reading->arena, jd_column_bytes(&c[4])),
        .priority = jd_arena_copy(reading->arena, jd_column_bytes(&c[5])),
        .label = jd_arena_copy(reading->arena, jd_column_bytes(&c[6])),
        .needs_reply = jd_column_int(&c[7]) != 0,
    };
    reading->task_count = jd_column_int(&c[8]);
    reading->found = true;
    return reading->was->label.data ? JD_OK : JD_BUG;
}

static enum jd_status take_task(void *context, const struct jd_value *c, uint32_t count)
{
    struct reading *reading = context;
    struct jd_backtest_was *was = reading->was;
    if (count != 1 || was->tasks_count == TASKS_MAX) {
        return JD_BUG;
    }
    was->tasks[was->tasks_count++] = jd_arena_copy(reading->arena, jd_column_bytes(&c[0]));
    return JD_OK;
}

enum jd_status jd_backtest_read(struct jd_db *db,
        int64_t user,
        const int64_t *messages,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_backtest_was **out_was,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct jd_backtest_was *list = jd_arena_zalloc(arena, count + 1, sizeof(*list));
    enum jd_status status =
            list ? JD_OK : jd_error_set(error, JD_BUG, "no room for %u messages", count);
    uint32_t found = 0;
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        struct reading reading = { .arena = arena, .was = &list[found] };
        struct jd_values one = JD_VALUES(JD_INT(messages[i]));
        status = jd_db_run(db, &statements[WAS], user, one, take_was, &reading, NULL, error);
        if (status == JD_OK && reading.found && reading.task_count) {
            reading.was->tasks = jd_arena_zalloc(arena, TASKS_MAX, sizeof(struct jd_span));
            status = reading.was->tasks ? jd_db_run(db, &statements[TASKS], user, one,
                                                  take_task, &reading, NULL, error)
                                        : jd_error_set(error, JD_BUG, "no room for tasks");
        }
        found += reading.found;
    }
    *out_was = list;
    *out_count = found;
    return status;
}

static enum jd_status add_counts(struct jd_db *db,
        int64_t user,
        int64_t backtest,
        const struct jd_backtest_result *result,
        struct jd_error *error)
{
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; i < result->counts_count && status == JD_OK; i++) {
        const struct jd_backtest_count *count = &result->counts[i];
        status = jd_db_run(db, &statements[ADD_COUNT], user,
                JD_VALUES(JD_INT(backtest), JD_TEXT(jd_span_of(count->what)),
                        JD_TEXT(count->name), JD_TEXT(count->other), JD_INT(count->count)),
                NULL, NULL, NULL, error);
    }
    for (uint32_t i = 0; i < result->changes_count && status == JD_OK; i++) {
        const struct jd_backtest_change *change = &result->changes[i];
        status = jd_db_run(db, &statements[ADD_CHANGE], user,
                JD_VALUES(JD_INT(backtest), JD_INT(change->message_id), JD_TEXT(change->was),
                        JD_TEXT(change->now), JD_INT(JD_BACKTEST_CHANGES_MAX)),
                NULL, NULL, NULL, error);
    }
    return status;
}

enum jd_status jd_backtest_book(struct jd_db *db,
        int64_t user,
        int64_t backtest,
        const struct jd_backtest_result *result,
        struct jd_error *error)
{
    int64_t changes = 0;
    enum jd_status status = jd_db_run(db, &statements[BOOK], user,
            JD_VALUES(JD_INT(backtest), JD_INT(result->done), JD_INT(result->unreadable),
                    JD_INT(result->changes_count)),
            NULL, NULL, &changes, error);
    if (status == JD_OK && changes == 0) {
        return JD_NONE;
    }
    if (status == JD_OK) {
        status = add_counts(db, user, backtest, result, error);
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[FINISH], user, JD_VALUES(JD_INT(backtest)), NULL,
                NULL, &changes, error);
    }
    if (status == JD_OK) {
        tell(db, backtest, changes ? "done" : "running");
    }
    return status;
}
