/* Counts by rule and day. */
#include "store/figures.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/span.h"
#include "store/statements.h"

#define RESULT_BYTES_MAX (1024 * 1024)
#define RULES_MAX        200 // of one message

enum {
    ADD,
    OF_MESSAGE,
    READ
};

static const struct jd_statement statements[] = {
    [ADD] = { "figures.add", JD_SCOPE_SYSTEM,
            "INSERT INTO rule_figures (release_id, user_release_id, rule, day, what, count) "
            "VALUES (?1, ?2, ?3, @now / 86400000, ?4, ?5) "
            "ON CONFLICT (release_id, user_release_id, rule, day, what) "
            "DO UPDATE SET count = rule_figures.count + ?5" },
    [OF_MESSAGE] = { "figures.of_message", JD_SCOPE_USER,
            "SELECT a.release_id, a.user_release_id, a.result, m.verdict_category FROM analyses AS a "
            "JOIN messages AS m ON m.user_id = ?1 AND m.id = a.message_id "
            "WHERE a.user_id = ?1 AND a.message_id = ?2" },
    [READ] = { "figures.read", JD_SCOPE_SYSTEM,
            "SELECT rule, what, sum(count) FROM rule_figures WHERE "
            "CASE WHEN ?1 = 0 THEN release_id ELSE user_release_id END = ?2 AND "
            "day > @now / 86400000 - ?3 GROUP BY rule, what ORDER BY rule, what" },
};
const struct jd_statement_set jd_figures_set = JD_STATEMENT_SET(statements);

uint32_t jd_figure_bucket(int64_t time_ns)
{
    uint64_t time = time_ns > 0 ? (uint64_t)time_ns : 1;
    uint32_t doublings = 63 - (uint32_t)__builtin_clzll(time);
    uint32_t quarter = doublings < 2 ? 0 : (uint32_t)(time >> (doublings - 2)) & 3;
    uint32_t bucket = doublings * 4 + quarter;
    return bucket < JD_FIGURE_BUCKETS ? bucket : JD_FIGURE_BUCKETS - 1;
}

int64_t jd_figure_bucket_time(uint32_t bucket)
{
    int64_t base = INT64_C(1) << (bucket / 4);
    return base + base / 4 * (bucket % 4) + base / 8;
}

struct jd_span jd_figure_rule(struct jd_span evidence)
{
    size_t end = 0, slashes = 0;
    while (end < evidence.len && (slashes += evidence.data[end] == '/') < 2) {
        end++;
    }
    return jd_span_sub(evidence, 0, end);
}

enum jd_status jd_figures_add(struct jd_db *db,
        const struct jd_rule_set *set,
        const struct jd_figure *figures,
        uint32_t count,
        struct jd_error *error)
{
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        status = jd_db_run(db, &statements[ADD], 0,
                JD_VALUES(JD_INT(set->organisation), JD_INT(set->user),
                        JD_TEXT(figures[i].rule), JD_TEXT(figures[i].what),
                        JD_INT(figures[i].count)),
                NULL, NULL, NULL, error);
    }
    return status;
}

/* ---- corrections ---- */

struct verdict {
    struct jd_arena *arena;
    struct jd_rule_set set;
    struct jd_span result, category;
};

static enum jd_status take_verdict(void *context, const struct jd_value *c, uint32_t count)
{
    struct verdict *verdict = context;
    if (count != 4) {
        return JD_BUG;
    }
    verdict->set = (struct jd_rule_set){ jd_column_int(&c[0]), jd_column_int(&c[1]), 0 };
    verdict->result = jd_arena_copy(verdict->arena, jd_column_bytes(&c[2]));
    verdict->category = jd_arena_copy(verdict->arena, jd_column_bytes(&c[3]));
    return verdict->result.data && verdict->category.data ? JD_OK : JD_BUG;
}

static bool is_known(const struct jd_figure *figures, uint32_t count, struct jd_span rule)
{
    for (uint32_t i = 0; i < count; i++) {
        if (jd_span_equal(figures[i].rule, rule)) {
            return true;
        }
    }
    return false;
}

/* The rules whose evidence spoke for the category, each once. */
static uint32_t read_rules(const struct jd_json *result,
        struct jd_span category,
        struct jd_figure out[RULES_MAX])
{
    const struct jd_json *one = jd_json_first(jd_json_member(result, "evidence"));
    uint32_t count = 0;
    for (; one && count < RULES_MAX; one = jd_json_next(one)) {
        struct jd_span scale = jd_json_text(jd_json_member(one, "scale"), JD_SPAN(""));
        struct jd_span rule =
                jd_figure_rule(jd_json_text(jd_json_member(one, "id"), JD_SPAN("")));
        if (jd_span_equal(scale, category) &&
                jd_json_real(jd_json_member(one, "weight"), 0) > 0 &&
                !is_known(out, count, rule)) {
            out[count++] = (struct jd_figure){
                .rule = rule, .what = JD_SPAN("correction"), .count = 1
            };
        }
    }
    return count;
}

enum jd_status jd_figures_correct(struct jd_db *db,
        int64_t user,
        int64_t message,
        struct jd_span category,
        struct jd_error *error)
{
    struct jd_figure figures[RULES_MAX];
    struct verdict verdict = { .arena = jd_arena_create(2 * RESULT_BYTES_MAX) };
    struct jd_json *result = NULL;
    enum jd_status status = jd_db_run(db, &statements[OF_MESSAGE], user,
            JD_VALUES(JD_INT(message)), take_verdict, &verdict, NULL, error);
    if (status == JD_OK && verdict.result.len && !jd_span_equal(verdict.category, category)) {
        status = jd_json_parse(verdict.result, RESULT_BYTES_MAX, &result, error);
    }
    if (status == JD_OK && result) {
        uint32_t count = read_rules(result, verdict.category, figures);
        status = jd_figures_add(db, &verdict.set, figures, count, error);
    }
    jd_json_destroy(&result);
    jd_arena_destroy(&verdict.arena);
    return status;
}

/* ---- reading ---- */

struct reading {
    struct jd_arena *arena;
    jd_figures_fn row;
    void *context;
    int64_t seen;
    struct jd_rule_figures now; // the rule whose rows come
    int64_t buckets[JD_FIGURE_BUCKETS];
    bool open;
};

static int64_t percentile(const struct reading *reading, int percent)
{
    int64_t below = 0, wanted = (reading->now.runs * percent + 99) / 100;
    for (uint32_t i = 0; i < JD_FIGURE_BUCKETS; i++) {
        below += reading->buckets[i];
        if (below >= wanted && below) {
            return jd_figure_bucket_time(i);
        }
    }
    return 0;
}

static enum jd_status pass_rule(struct reading *reading)
{
    if (!reading->open) {
        return JD_OK;
    }
    reading->open = false;
    reading->now.p50_ns = percentile(reading, 50);
    reading->now.p99_ns = percentile(reading, 99);
    return reading->row(reading->context, &reading->now);
}

static enum jd_status begin_rule(struct reading *reading, struct jd_span rule)
{
    enum jd_status status = pass_rule(reading);
    reading->now = (struct jd_rule_figures){ .rule = jd_arena_copy(reading->arena, rule) };
    memset(reading->buckets, 0, sizeof(reading->buckets));
    reading->open = true;
    return reading->now.rule.data ? status : JD_BUG;
}

static void add_up(struct reading *reading, struct jd_span what, int64_t count)
{
    static const char time[] = "time/";
    struct jd_rule_figures *now = &reading->now;
    if (jd_span_equal(what, JD_SPAN("hit"))) {
        now->hits += count;
    } else if (jd_span_equal(what, JD_SPAN("correction"))) {
        now->corrections += count;
    } else if (jd_span_equal(what, JD_SPAN("run"))) {
        now->runs += count;
    } else if (jd_span_equal(what, JD_SPAN("instructions"))) {
        now->instructions += count;
    } else if (jd_span_starts(what, JD_SPAN("failure/"))) {
        now->failures += count;
    } else if (jd_span_starts(what, jd_span_of(time))) {
        char number[16];
        struct jd_span bucket = jd_span_sub(what, sizeof(time) - 1, what.len);
        snprintf(number, sizeof(number), JD_SPAN_FMT, JD_SPAN_ARG(bucket));
        unsigned long place = strtoul(number, NULL, 10);
        reading->buckets[place < JD_FIGURE_BUCKETS ? place : JD_FIGURE_BUCKETS - 1] += count;
    }
}

static enum jd_status take_figure(void *context, const struct jd_value *c, uint32_t count)
{
    struct reading *reading = context;
    if (count != 3) {
        return JD_BUG;
    }
    struct jd_span rule = jd_column_bytes(&c[0]);
    if (rule.len == 0) {
        reading->seen += jd_column_int(&c[2]);
        return JD_OK;
    }
    enum jd_status status = JD_OK;
    if (!reading->open || !jd_span_equal(reading->now.rule, rule)) {
        status = begin_rule(reading, rule);
    }
    add_up(reading, jd_column_bytes(&c[1]), jd_column_int(&c[2]));
    return status;
}

enum jd_status jd_figures_read(struct jd_db *db,
        int64_t owner,
        int64_t release,
        int days,
        jd_figures_fn row,
        void *context,
        int64_t *out_seen,
        struct jd_error *error)
{
    struct reading reading = {
        .arena = jd_arena_create(8 * 1024 * 1024), .row = row, .context = context
    };
    enum jd_status status = jd_db_run(db, &statements[READ], 0,
            JD_VALUES(JD_INT(owner), JD_INT(release), JD_INT(days)), take_figure, &reading,
            NULL, error);
    if (status == JD_OK) {
        status = pass_rule(&reading);
    }
    *out_seen = reading.seen;
    jd_arena_destroy(&reading.arena);
    return status;
}
