/* Counts in memory, by rule. One rule set at a time: where it changes, what was counted is put
 * with the set that it belongs to. */
#include "pipeline/figures.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/span.h"

#define WRITE_MS      2000
#define MEASURE_EVERY 16
#define SETS_MAX      8 // that gather before all is written
#define FIGURES_MAX   4000

struct counted {
    struct jd_rule_set set;
    struct jd_map *places; // "rule\nwhat" to its figure
};

struct jd_figures {
    struct jd_arena *arena;
    struct counted sets[SETS_MAX];
    uint32_t sets_count;
    struct jd_figure *list;
    uint32_t *owners; // of the list: which set
    uint32_t count;
    int64_t written_ms; // monotonic
    uint32_t slices;
};

static void begin(struct jd_figures *figures)
{
    for (uint32_t i = 0; i < figures->sets_count; i++) {
        jd_map_destroy(&figures->sets[i].places);
    }
    jd_arena_reset(figures->arena);
    figures->sets_count = 0;
    figures->count = 0;
    figures->list = NULL;
    figures->written_ms = jd_clock_monotonic_ms();
}

struct jd_figures *jd_figures_create(void)
{
    struct jd_figures *figures = jd_xalloc(sizeof(*figures));
    figures->arena = jd_arena_create(8 * 1024 * 1024);
    begin(figures);
    return figures;
}

void jd_figures_destroy(struct jd_figures **figures)
{
    if (*figures) {
        begin(*figures);
        jd_arena_destroy(&(*figures)->arena);
        free(*figures);
    }
    *figures = NULL;
}

bool jd_figures_measure(struct jd_figures *figures)
{
    return figures->slices++ % MEASURE_EVERY == 0;
}

static struct counted *find_set(struct jd_figures *figures, const struct jd_rule_set *set)
{
    for (uint32_t i = 0; i < figures->sets_count; i++) {
        if (figures->sets[i].set.key == set->key) {
            return &figures->sets[i];
        }
    }
    if (figures->sets_count == SETS_MAX) {
        return NULL; // until the next writing
    }
    struct counted *counted = &figures->sets[figures->sets_count++];
    *counted = (struct counted){ *set, jd_map_create() };
    return counted;
}

static void add(struct jd_figures *figures,
        struct counted *counted,
        struct jd_span rule,
        struct jd_span what,
        int64_t count)
{
    char key[400];
    int len = snprintf(key, sizeof(key), JD_SPAN_FMT "\n" JD_SPAN_FMT, JD_SPAN_ARG(rule),
            JD_SPAN_ARG(what));
    if (len < 0 || (size_t)len >= sizeof(key)) {
        return; // no rule has such a name
    }
    struct jd_figure *figure = jd_map_get(counted->places, jd_span_new(key, (size_t)len));
    if (!figure) {
        if (!figures->list) {
            figures->list = jd_arena_zalloc(figures->arena, FIGURES_MAX, sizeof(*figure));
            figures->owners =
                    jd_arena_zalloc(figures->arena, FIGURES_MAX, sizeof(*figures->owners));
        }
        if (figures->count == FIGURES_MAX) {
            return;
        }
        figures->owners[figures->count] = (uint32_t)(counted - figures->sets);
        figure = &figures->list[figures->count++];
        *figure = (struct jd_figure){ .rule = jd_arena_copy(figures->arena, rule),
            .what = jd_arena_copy(figures->arena, what) };
        jd_map_set(counted->places, jd_span_new(key, (size_t)len), figure);
    }
    figure->count += count;
}

static bool stands_before(const struct jd_decided_message *verdict, uint32_t place)
{
    for (uint32_t i = 0; i < place; i++) {
        if (jd_span_equal(jd_figure_rule(verdict->evidence[i].id),
                    jd_figure_rule(verdict->evidence[place].id))) {
            return true;
        }
    }
    return false;
}

static void note_one(struct jd_figures *figures,
        struct counted *counted,
        const struct jd_decided_message *verdict)
{
    char what[32];
    add(figures, counted, JD_SPAN(""), JD_SPAN("seen"), 1);
    for (uint32_t i = 0; i < verdict->evidence_count; i++) {
        if (!stands_before(verdict, i)) {
            add(figures, counted, jd_figure_rule(verdict->evidence[i].id), JD_SPAN("hit"), 1);
        }
    }
    for (uint32_t i = 0; i < verdict->failures_count; i++) {
        snprintf(what, sizeof(what), "failure/%s", verdict->failures[i].kind);
        add(figures, counted, verdict->failures[i].rule, jd_span_of(what), 1);
    }
    for (uint32_t i = 0; i < verdict->runs_count; i++) {
        const struct jd_decided_run *run = &verdict->runs[i];
        snprintf(what, sizeof(what), "time/%u", jd_figure_bucket(run->time_ns));
        add(figures, counted, run->rule, JD_SPAN("run"), 1);
        add(figures, counted, run->rule, JD_SPAN("instructions"), run->instructions);
        add(figures, counted, run->rule, jd_span_of(what), 1);
    }
}

void jd_figures_note(struct jd_figures *figures,
        const struct jd_rule_set *set,
        struct jd_decided_message *const *verdicts,
        uint32_t count)
{
    struct counted *counted = find_set(figures, set);
    for (uint32_t i = 0; counted && i < count; i++) {
        if (verdicts[i]) {
            note_one(figures, counted, verdicts[i]);
        }
    }
}

enum jd_status
jd_figures_write(struct jd_figures *figures, struct jd_db *db, bool now, struct jd_error *error)
{
    if (figures->count == 0 ||
            (!now && jd_clock_monotonic_ms() - figures->written_ms < WRITE_MS)) {
        return JD_OK;
    }
    enum jd_status status = jd_tx_begin(db, JD_TX_BULK, INT64_MAX, error);
    for (uint32_t i = 0; i < figures->count && status == JD_OK; i++) {
        status = jd_figures_add(
                db, &figures->sets[figures->owners[i]].set, &figures->list[i], 1, error);
    }
    if (status == JD_OK) {
        status = jd_tx_commit(db, error);
    } else {
        jd_tx_rollback(db);
    }
    begin(figures); // written or not: they are not worth a second try
    return status;
}
