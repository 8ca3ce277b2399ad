/* The report of a back-test, made from its counts. */
#include "gateway/backtest_report.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/span.h"

#define REPORT_ARENA_BYTES (16 * 1024 * 1024)
#define CATEGORIES_MAX     64 // with labels

struct count {
    struct jd_span what, name, other;
    int64_t count;
};

struct counts {
    struct jd_arena *arena;
    struct count *list;
    size_t count, capacity;
};

static enum jd_status take_count(void *context,
        struct jd_span what,
        struct jd_span name,
        struct jd_span other,
        int64_t count)
{
    struct counts *counts = context;
    if (counts->count == counts->capacity) {
        counts->capacity = counts->capacity ? 2 * counts->capacity : 256;
        struct count *list = realloc(counts->list, counts->capacity * sizeof(*list));
        if (!list) {
            return JD_BUG;
        }
        counts->list = list;
    }
    counts->list[counts->count++] = (struct count){ jd_arena_copy(counts->arena, what),
        jd_arena_copy(counts->arena, name), jd_arena_copy(counts->arena, other), count };
    return counts->list[counts->count - 1].other.data ? JD_OK : JD_BUG;
}

static bool is_what(const struct count *count, const char *what)
{
    return jd_span_equal(count->what, jd_span_of(what));
}

/* All counts of one kind; other_name NULL: they have but one name. */
static void write_counts(struct jd_json_writer *w,
        const struct counts *counts,
        const char *member,
        const char *what,
        const char *name,
        const char *other_name)
{
    jd_json_open_array(w, member);
    for (size_t i = 0; i < counts->count; i++) {
        const struct count *one = &counts->list[i];
        if (is_what(one, what)) {
            jd_json_open_object(w, NULL);
            jd_json_add_text(w, name, one->name);
            if (other_name) {
                jd_json_add_text(w, other_name, one->other);
            }
            jd_json_add_int(w, "count", one->count);
            jd_json_close_object(w);
        }
    }
    jd_json_close_array(w);
}

static int64_t count_of(const struct counts *counts, const char *what, const char *name)
{
    for (size_t i = 0; i < counts->count; i++) {
        if (is_what(&counts->list[i], what) &&
                jd_span_equal(counts->list[i].name, jd_span_of(name))) {
            return counts->list[i].count;
        }
    }
    return 0;
}

static void write_tasks(struct jd_json_writer *w, const struct counts *counts)
{
    static const char *const kinds[] = { "gained", "lost", "same" };
    jd_json_open_object(w, "tasks");
    for (size_t i = 0; i < 3; i++) {
        jd_json_add_int(w, kinds[i], count_of(counts, "task", kinds[i]));
    }
    jd_json_close_object(w);
}

/* ---- right and wrong, where the user has said what is right ---- */

struct score {
    int64_t labelled, said, right; // messages
};

static struct score
score_of(const struct counts *counts, const char *what, struct jd_span category)
{
    struct score score = { 0 };
    for (size_t i = 0; i < counts->count; i++) {
        const struct count *one = &counts->list[i];
        if (!is_what(one, what)) {
            continue;
        }
        bool labelled = jd_span_equal(one->name, category);
        bool said = jd_span_equal(one->other, category);
        score.labelled += labelled ? one->count : 0;
        score.said += said ? one->count : 0;
        score.right += labelled && said ? one->count : 0;
    }
    return score;
}

static void add_share(struct jd_json_writer *w, const char *member, int64_t part, int64_t whole)
{
    if (whole) {
        jd_json_add_real(w, member, (double)part / (double)whole, 4);
    } else {
        jd_json_add_null(w, member);
    }
}

static void write_score(struct jd_json_writer *w, const char *member, struct score score)
{
    jd_json_open_object(w, member);
    jd_json_add_int(w, "said", score.said);
    jd_json_add_int(w, "right", score.right);
    add_share(w, "precision", score.right, score.said);
    add_share(w, "recall", score.right, score.labelled);
    jd_json_close_object(w);
}

static void add_category(struct jd_span *list, size_t *count, struct jd_span category)
{
    for (size_t i = 0; i < *count; i++) {
        if (jd_span_equal(list[i], category)) {
            return;
        }
    }
    if (*count < CATEGORIES_MAX) {
        list[(*count)++] = category;
    }
}

static void write_labels(struct jd_json_writer *w, const struct counts *counts)
{
    struct jd_span categories[CATEGORIES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < counts->count; i++) {
        const struct count *one = &counts->list[i];
        if (is_what(one, "label_was") || is_what(one, "label_now")) {
            add_category(categories, &count, one->name);
            add_category(categories, &count, one->other);
        }
    }
    jd_json_open_array(w, "labels");
    for (size_t i = 0; i < count; i++) {
        struct score was = score_of(counts, "label_was", categories[i]);
        struct score now = score_of(counts, "label_now", categories[i]);
        jd_json_open_object(w, NULL);
        jd_json_add_text(w, "category", categories[i]);
        jd_json_add_int(w, "labelled", was.labelled);
        write_score(w, "was", was);
        write_score(w, "now", now);
        jd_json_close_object(w);
    }
    jd_json_close_array(w);
}

enum jd_status jd_backtest_report(struct jd_json_writer *w,
        struct jd_db *db,
        int64_t user,
        int64_t backtest,
        struct jd_error *error)
{
    struct counts counts = { .arena = jd_arena_create(REPORT_ARENA_BYTES) };
    enum jd_status status = jd_backtest_counts(db, user, backtest, take_count, &counts, error);
    jd_json_open_object(w, "report");
    write_counts(w, &counts, "categories", "category", "was", "now");
    write_counts(w, &counts, "priorities", "priority", "was", "now");
    write_counts(w, &counts, "needs_reply", "needs_reply", "was", "now");
    write_labels(w, &counts);
    write_tasks(w, &counts);
    write_counts(w, &counts, "hits", "hit", "rule", NULL);
    write_counts(w, &counts, "failures", "failure", "rule", "kind");
    jd_json_close_object(w);
    free(counts.list);
    jd_arena_destroy(&counts.arena);
    return status;
}
