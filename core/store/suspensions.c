/* Failures of rules, counted by rule set. */
#include "store/suspensions.h"

#include "base/json.h"
#include "base/span.h"
#include "store/statements.h"

#define TEXT_BYTES_MAX 500

#define OF_RELEASE     "CASE WHEN ?1 = 0 THEN release_id ELSE user_release_id END = ?2"

enum {
    READ,
    NOTE,
    LIST,
    LIFT
};

static const struct jd_statement statements[] = {
    [READ] = { "suspensions.read", JD_SCOPE_SYSTEM,
            "SELECT rule FROM rule_failures WHERE release_id = ?1 AND user_release_id = ?2 AND "
            "suspended = 1 ORDER BY rule LIMIT 1000" },
    [NOTE] = { "suspensions.note", JD_SCOPE_SYSTEM,
            "INSERT INTO rule_failures (release_id, user_release_id, rule, count, kind, path, line, "
            "text, at_ms) VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, @now) "
            "ON CONFLICT (release_id, user_release_id, rule) DO UPDATE SET "
            "count = rule_failures.count + 1, kind = ?4, path = ?5, line = ?6, text = ?7, "
            "at_ms = @now, suspended = CASE WHEN rule_failures.count + 1 >= ?8 THEN 1 "
            "ELSE rule_failures.suspended END RETURNING count" },
    [LIST] = { "suspensions.list", JD_SCOPE_SYSTEM,
            "SELECT rule, max(kind), max(path), max(text), max(line), sum(count), max(at_ms), "
            "max(suspended) FROM rule_failures WHERE " OF_RELEASE
            " GROUP BY rule ORDER BY sum(count) DESC, rule LIMIT 1000" },
    [LIFT] = { "suspensions.lift", JD_SCOPE_SYSTEM,
            "DELETE FROM rule_failures WHERE " OF_RELEASE " AND rule = ?3 AND suspended = 1" },
};
const struct jd_statement_set jd_suspensions_set = JD_STATEMENT_SET(statements);

struct reading {
    struct jd_arena *arena;
    struct jd_span *rules; // made with the first
    uint32_t count;
};

static enum jd_status take_rule(void *context, const struct jd_value *c, uint32_t count)
{
    struct reading *reading = context;
    if (!reading->rules) {
        reading->rules =
                jd_arena_zalloc(reading->arena, JD_SUSPENDED_MAX, sizeof(struct jd_span));
    }
    if (count != 1 || !reading->rules || reading->count == JD_SUSPENDED_MAX) {
        return JD_BUG;
    }
    struct jd_span *rule = &reading->rules[reading->count++];
    *rule = jd_arena_copy(reading->arena, jd_column_bytes(&c[0]));
    return rule->data ? JD_OK : JD_BUG;
}

enum jd_status jd_suspensions_read(struct jd_db *db,
        const struct jd_rule_set *set,
        struct jd_arena *arena,
        struct jd_span **out_rules,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct reading reading = { .arena = arena };
    enum jd_status status = jd_db_run(db, &statements[READ], 0,
            JD_VALUES(JD_INT(set->organisation), JD_INT(set->user)), take_rule, &reading, NULL,
            error);
    if (status == JD_OK) {
        *out_rules = reading.rules;
        *out_count = reading.count;
    }
    return status;
}

static void tell(struct jd_db *db, const struct jd_rule_failure *failure)
{
    struct jd_buf json = jd_buf_init(2048);
    struct jd_json_writer w = jd_json_writer(&json);
    jd_json_open_object(&w, NULL);
    jd_json_add_text(&w, "rule", failure->rule);
    jd_json_add_text(&w, "kind", failure->kind);
    jd_json_add_text(&w, "file", failure->path);
    jd_json_add_int(&w, "line", failure->line);
    jd_json_close_object(&w);
    jd_tx_event(db, 0, "rule.suspended", jd_buf_span(&json));
    jd_buf_finish(&json);
}

enum jd_status jd_suspensions_note(struct jd_db *db,
        const struct jd_rule_set *set,
        const struct jd_rule_failure *failure,
        struct jd_error *error)
{
    int64_t count = 0;
    enum jd_status status = jd_db_int(db, &statements[NOTE], 0,
            JD_VALUES(JD_INT(set->organisation), JD_INT(set->user), JD_TEXT(failure->rule),
                    JD_TEXT(failure->kind), JD_TEXT(failure->path), JD_INT(failure->line),
                    JD_TEXT(jd_span_sub(failure->text, 0, TEXT_BYTES_MAX)),
                    JD_INT(JD_SUSPEND_AFTER)),
            &count, error);
    if (status == JD_OK && count == JD_SUSPEND_AFTER) {
        tell(db, failure);
    }
    return status;
}

struct listing {
    jd_rule_failure_fn row;
    void *context;
};

static enum jd_status pass_row(void *context, const struct jd_value *c, uint32_t count)
{
    const struct listing *listing = context;
    if (count != 8) {
        return JD_BUG;
    }
    struct jd_rule_failure failure = {
        .rule = jd_column_bytes(&c[0]),
        .kind = jd_column_bytes(&c[1]),
        .path = jd_column_bytes(&c[2]),
        .text = jd_column_bytes(&c[3]),
        .line = jd_column_int(&c[4]),
        .count = jd_column_int(&c[5]),
        .at_ms = jd_column_int(&c[6]),
        .suspended = jd_column_int(&c[7]) != 0,
    };
    return listing->row(listing->context, &failure);
}

enum jd_status jd_suspensions_list(struct jd_db *db,
        int64_t owner,
        int64_t release,
        jd_rule_failure_fn row,
        void *context,
        struct jd_error *error)
{
    struct listing listing = { row, context };
    return jd_db_run(db, &statements[LIST], 0, JD_VALUES(JD_INT(owner), JD_INT(release)),
            pass_row, &listing, NULL, error);
}

enum jd_status jd_suspension_lift(struct jd_db *db,
        int64_t owner,
        int64_t release,
        struct jd_span rule,
        struct jd_error *error)
{
    int64_t changes = 0;
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status != JD_OK) {
        return status;
    }
    status = jd_db_run(db, &statements[LIFT], 0,
            JD_VALUES(JD_INT(owner), JD_INT(release), JD_TEXT(rule)), NULL, NULL, &changes,
            error);
    if (status == JD_OK && changes == 0) {
        status = jd_error_set(error, JD_GONE, "the rule '" JD_SPAN_FMT "' is not suspended",
                JD_SPAN_ARG(rule));
    }
    if (status == JD_OK) {
        return jd_tx_commit(db, error);
    }
    jd_tx_rollback(db);
    return status;
}
