/* What candidates say of live mail. */
#include "store/shadow.h"

#include "base/span.h"
#include "store/differences.h"
#include "store/statements.h"

enum {
    ADD_COUNT,
    LISTED,
    ADD_CHANGE,
    COUNTS,
    DEATHS,
    CHANGES
};

static const struct jd_statement statements[] = {
    [ADD_COUNT] = { "shadow.add_count", JD_SCOPE_USER,
            "INSERT INTO shadow_counts (release_id, user_id, what, name, other, count) "
            "VALUES (?2, ?1, ?3, ?4, ?5, ?6) ON CONFLICT (release_id, user_id, what, name, other) "
            "DO UPDATE SET count = shadow_counts.count + ?6" },
    [LISTED] = { "shadow.listed", JD_SCOPE_SYSTEM,
            "SELECT coalesce(sum(count), 0) FROM shadow_counts "
            "WHERE release_id = ?1 AND what = 'message' AND name = 'changed'" },
    [ADD_CHANGE] = { "shadow.add_change", JD_SCOPE_USER,
            "INSERT INTO shadow_changes (release_id, message_id, user_id, was, now) "
            "VALUES (?2, ?3, ?1, ?4, ?5) ON CONFLICT (release_id, message_id) "
            "DO UPDATE SET was = ?4, now = ?5" },
    [COUNTS] = { "shadow.counts", JD_SCOPE_SYSTEM,
            "SELECT what, name, other, sum(count) FROM shadow_counts WHERE release_id = ?1 "
            "GROUP BY what, name, other ORDER BY what, sum(count) DESC, name, other" },
    [DEATHS] = { "shadow.deaths", JD_SCOPE_SYSTEM,
            "SELECT coalesce(sum(count), 0) FROM shadow_counts "
            "WHERE release_id = ?1 AND what = 'failure' AND name = '' AND other = 'process'" },
    [CHANGES] = { "shadow.changes", JD_SCOPE_USER,
            "SELECT c.message_id, coalesce(m.subject, ''), coalesce(m.from_address, ''), c.was, c.now "
            "FROM shadow_changes AS c LEFT JOIN messages AS m ON m.user_id = ?1 AND "
            "m.id = c.message_id WHERE c.user_id = ?1 AND c.release_id = ?2 AND "
            "(?3 = 0 OR c.message_id < ?3) ORDER BY c.message_id DESC LIMIT ?4" },
};
const struct jd_statement_set jd_shadow_set = JD_STATEMENT_SET(statements);

static enum jd_status add_count(struct jd_db *db,
        int64_t user,
        int64_t release,
        const struct jd_backtest_count *count,
        struct jd_error *error)
{
    return count->count == 0
                   ? JD_OK
                   : jd_db_run(db, &statements[ADD_COUNT], user,
                             JD_VALUES(JD_INT(release), JD_TEXT(jd_span_of(count->what)),
                                     JD_TEXT(count->name), JD_TEXT(count->other),
                                     JD_INT(count->count)),
                             NULL, NULL, NULL, error);
}

enum jd_status jd_shadow_book(struct jd_db *db,
        int64_t user,
        int64_t release,
        const struct jd_backtest_result *result,
        struct jd_error *error)
{
    const struct jd_backtest_count totals[] = {
        { "message", JD_SPAN("seen"), JD_SPAN(""), result->done },
        { "message", JD_SPAN("changed"), JD_SPAN(""), result->changes_count },
    };
    int64_t listed = 0;
    enum jd_status status =
            jd_db_int(db, &statements[LISTED], 0, JD_VALUES(JD_INT(release)), &listed, error);
    for (size_t i = 0; i < 2 && status == JD_OK; i++) {
        status = add_count(db, user, release, &totals[i], error);
    }
    for (uint32_t i = 0; i < result->counts_count && status == JD_OK; i++) {
        status = add_count(db, user, release, &result->counts[i], error);
    }
    for (uint32_t i = 0;
            i < result->changes_count && status == JD_OK && listed + i < JD_SHADOW_CHANGES_MAX;
            i++) {
        const struct jd_backtest_change *change = &result->changes[i];
        status = jd_db_run(db, &statements[ADD_CHANGE], user,
                JD_VALUES(JD_INT(release), JD_INT(change->message_id), JD_TEXT(change->was),
                        JD_TEXT(change->now)),
                NULL, NULL, NULL, error);
    }
    return status;
}

enum jd_status jd_shadow_book_death(struct jd_db *db,
        int64_t user,
        int64_t release,
        int64_t *out_times,
        struct jd_error *error)
{
    const struct jd_backtest_count death = { "failure", JD_SPAN(""), JD_SPAN("process"), 1 };
    enum jd_status status = add_count(db, user, release, &death, error);
    return status == JD_OK ? jd_db_int(db, &statements[DEATHS], 0, JD_VALUES(JD_INT(release)),
                                     out_times, error)
                           : status;
}

enum jd_status jd_shadow_counts(struct jd_db *db,
        int64_t release,
        jd_backtest_count_fn row,
        void *context,
        struct jd_error *error)
{
    struct jd_count_listing listing = { row, context };
    return jd_db_run(db, &statements[COUNTS], 0, JD_VALUES(JD_INT(release)), jd_count_pass,
            &listing, NULL, error);
}

enum jd_status jd_shadow_changes(struct jd_db *db,
        int64_t user,
        int64_t release,
        int64_t before,
        int limit,
        jd_backtest_change_fn row,
        void *context,
        struct jd_error *error)
{
    struct jd_change_listing listing = { row, context };
    return jd_db_run(db, &statements[CHANGES], user,
            JD_VALUES(JD_INT(release), JD_INT(before), JD_INT(limit)), jd_change_pass, &listing,
            NULL, error);
}
