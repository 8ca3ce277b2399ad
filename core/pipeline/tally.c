/* Counts by key, and the changes as JSON. */
#include "pipeline/tally.h"

#include "base/json.h"
#include "base/map.h"
#include "base/span.h"
#include "store/figures.h"

#define COUNTS_MAX       4000
#define RULES_MAX        200 // of one message
#define CHANGE_BYTES_MAX (64 * 1024)

struct jd_tally {
    struct jd_arena *arena;
    struct jd_map *places; // "what\nname\nother" to its count
    struct jd_backtest_count *counts;
    struct jd_backtest_change *changes;
    uint32_t counts_count, changes_count, messages_max;
    int64_t done, unreadable;
    bool full;
};

struct jd_tally *jd_tally_create(struct jd_arena *arena, uint32_t messages_max)
{
    struct jd_tally *tally = jd_arena_new(arena, struct jd_tally);
    *tally = (struct jd_tally){ .arena = arena,
        .places = jd_map_create(),
        .counts = jd_arena_zalloc(arena, COUNTS_MAX, sizeof(*tally->counts)),
        .changes = jd_arena_zalloc(arena, messages_max + 1, sizeof(*tally->changes)),
        .messages_max = messages_max };
    tally->full = !tally->counts || !tally->changes;
    return tally;
}

void jd_tally_destroy(struct jd_tally **tally)
{
    if (*tally) {
        jd_map_destroy(&(*tally)->places);
    }
    *tally = NULL;
}

static void add(struct jd_tally *tally,
        const char *what,
        struct jd_span name,
        struct jd_span other,
        int64_t count)
{
    struct jd_span key = jd_arena_format(tally->arena, "%s\n" JD_SPAN_FMT "\n" JD_SPAN_FMT,
            what, JD_SPAN_ARG(name), JD_SPAN_ARG(other));
    struct jd_backtest_count *place = key.data ? jd_map_get(tally->places, key) : NULL;
    if (!place && (!key.data || tally->full || tally->counts_count == COUNTS_MAX)) {
        tally->full = true;
        return;
    }
    if (!place) {
        place = &tally->counts[tally->counts_count++];
        *place = (struct jd_backtest_count){ .what = what, .name = name, .other = other };
        jd_map_set(tally->places, key, place);
    }
    place->count += count;
}

static bool has_quote(const struct jd_span *quotes, uint32_t count, struct jd_span quote)
{
    for (uint32_t i = 0; i < count; i++) {
        if (jd_span_equal(quotes[i], quote)) {
            return true;
        }
    }
    return false;
}

static bool verdict_has_quote(const struct jd_decided_message *now, struct jd_span quote)
{
    for (uint32_t i = 0; i < now->tasks_count; i++) {
        if (jd_span_equal(now->tasks[i].quote, quote)) {
            return true;
        }
    }
    return false;
}

/* Whether tasks came or went. */
static bool add_tasks(struct jd_tally *tally,
        const struct jd_backtest_was *was,
        const struct jd_decided_message *now)
{
    int64_t gained = 0, lost = 0;
    for (uint32_t i = 0; i < now->tasks_count; i++) {
        gained += !has_quote(was->tasks, was->tasks_count, now->tasks[i].quote);
    }
    for (uint32_t i = 0; i < was->tasks_count; i++) {
        lost += !verdict_has_quote(now, was->tasks[i]);
    }
    int64_t same = (int64_t)was->tasks_count - lost;
    const struct {
        const char *name;
        int64_t count;
    } kinds[] = { { "gained", gained }, { "lost", lost }, { "same", same } };
    for (size_t i = 0; i < 3; i++) {
        if (kinds[i].count) {
            add(tally, "task", jd_span_of(kinds[i].name), JD_SPAN(""), kinds[i].count);
        }
    }
    return gained || lost;
}

/* A rule counts once for a message, however much of it fired. */
static void add_hits(struct jd_tally *tally, const struct jd_decided_message *now)
{
    struct jd_span rules[RULES_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < now->evidence_count && count < RULES_MAX; i++) {
        struct jd_span rule = jd_figure_rule(now->evidence[i].id);
        if (!has_quote(rules, count, rule)) {
            rules[count++] = rule;
            add(tally, "hit", rule, JD_SPAN(""), 1);
        }
    }
    for (uint32_t i = 0; i < now->failures_count; i++) {
        add(tally, "failure", now->failures[i].rule, jd_span_of(now->failures[i].kind), 1);
    }
}

static struct jd_span yes_no(bool value)
{
    return value ? JD_SPAN("yes") : JD_SPAN("no");
}

static void write_verdict(struct jd_json_writer *w,
        struct jd_span category,
        struct jd_span priority,
        bool needs_reply)
{
    jd_json_open_object(w, NULL);
    jd_json_add_text(w, "category", category);
    jd_json_add_text(w, "priority", priority);
    jd_json_add_bool(w, "needs_reply", needs_reply);
    jd_json_open_array(w, "tasks");
}

static struct jd_span
end_verdict(struct jd_tally *tally, struct jd_json_writer *w, struct jd_buf *text)
{
    jd_json_close_array(w);
    jd_json_close_object(w);
    struct jd_span copy = text->failed ? (struct jd_span){ NULL, 0 }
                                       : jd_arena_copy(tally->arena, jd_buf_span(text));
    tally->full = tally->full || !copy.data;
    jd_buf_finish(text);
    return copy;
}

static struct jd_span write_was(struct jd_tally *tally, const struct jd_backtest_was *was)
{
    struct jd_buf text = jd_buf_init(CHANGE_BYTES_MAX);
    struct jd_json_writer w = jd_json_writer(&text);
    write_verdict(&w, was->category, was->priority, was->needs_reply);
    for (uint32_t i = 0; i < was->tasks_count; i++) {
        jd_json_add_text(&w, NULL, jd_span_sub(was->tasks[i], 0, 500));
    }
    return end_verdict(tally, &w, &text);
}

static struct jd_span write_now(struct jd_tally *tally, const struct jd_decided_message *now)
{
    struct jd_buf text = jd_buf_init(CHANGE_BYTES_MAX);
    struct jd_json_writer w = jd_json_writer(&text);
    write_verdict(&w, now->category, jd_span_of(now->priority), now->needs_reply);
    for (uint32_t i = 0; i < now->tasks_count; i++) {
        jd_json_add_text(&w, NULL, jd_span_sub(now->tasks[i].quote, 0, 500));
    }
    return end_verdict(tally, &w, &text);
}

void jd_tally_add(struct jd_tally *tally,
        const struct jd_backtest_was *was,
        const struct jd_decided_message *now)
{
    tally->done++;
    if (!now) {
        tally->unreadable++;
        return;
    }
    struct jd_span priority = jd_span_of(now->priority);
    add(tally, "category", was->category, now->category, 1);
    add(tally, "priority", was->priority, priority, 1);
    add(tally, "needs_reply", yes_no(was->needs_reply), yes_no(now->needs_reply), 1);
    if (was->label.len) {
        add(tally, "label_was", was->label, was->category, 1);
        add(tally, "label_now", was->label, now->category, 1);
    }
    add_hits(tally, now);
    bool changed = add_tasks(tally, was, now) || !jd_span_equal(was->category, now->category) ||
                   !jd_span_equal(was->priority, priority) ||
                   was->needs_reply != now->needs_reply;
    if (changed && tally->changes_count < tally->messages_max) {
        tally->changes[tally->changes_count++] =
                (struct jd_backtest_change){ .message_id = was->message_id,
                    .was = write_was(tally, was),
                    .now = write_now(tally, now) };
    }
}

enum jd_status jd_tally_result(struct jd_tally *tally,
        struct jd_backtest_result *out_result,
        struct jd_error *error)
{
    *out_result = (struct jd_backtest_result){ .done = tally->done,
        .unreadable = tally->unreadable,
        .counts = tally->counts,
        .counts_count = tally->counts_count,
        .changes = tally->changes,
        .changes_count = tally->changes_count };
    return tally->full ? jd_error_set(error, JD_BUG, "a slice has more to count than fits")
                       : JD_OK;
}
