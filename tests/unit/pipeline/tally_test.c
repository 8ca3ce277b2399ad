/* What two verdicts differ in. */
#include "pipeline/tally.h"

#include "base/span.h"
#include "jd_test.h"

static struct jd_decided_evidence evidence[] = {
    { JD_SPAN("office/shop/subject"), JD_SPAN("receipt"), 3, JD_SPAN("") },
    { JD_SPAN("office/shop/amount"), JD_SPAN("receipt"), 2, JD_SPAN("") },
    { JD_SPAN("standard/order/known"), JD_SPAN("receipt"), 1, JD_SPAN("") },
};

static struct jd_backtest_was was_of(int64_t message, const char *category, const char *label)
{
    return (struct jd_backtest_was){ .message_id = message,
        .category = jd_span_of(category),
        .priority = JD_SPAN("normal"),
        .label = jd_span_of(label) };
}

static struct jd_decided_message now_of(const char *category)
{
    return (struct jd_decided_message){ .category = jd_span_of(category),
        .priority = "normal" };
}

static int64_t count_of(const struct jd_backtest_result *result,
        const char *what,
        const char *name,
        const char *other)
{
    for (uint32_t i = 0; i < result->counts_count; i++) {
        const struct jd_backtest_count *count = &result->counts[i];
        if (strcmp(count->what, what) == 0 && jd_span_equal(count->name, jd_span_of(name)) &&
                jd_span_equal(count->other, jd_span_of(other))) {
            return count->count;
        }
    }
    return 0;
}

struct rig {
    struct jd_arena *arena;
    struct jd_tally *tally;
    struct jd_backtest_result result;
};

static struct rig open_rig(void)
{
    struct rig rig = { .arena = jd_arena_create(16 * 1024 * 1024) };
    rig.tally = jd_tally_create(rig.arena, 10);
    return rig;
}

static void finish(struct rig *rig)
{
    struct jd_error error = { 0 };
    CHECK_OK(jd_tally_result(rig->tally, &rig->result, &error), error);
}

static void close_rig(struct rig *rig)
{
    jd_tally_destroy(&rig->tally);
    jd_arena_destroy(&rig->arena);
}

TEST(pairs_are_counted_and_only_changes_are_listed)
{
    struct rig rig = open_rig();
    struct jd_backtest_was was[] = { was_of(1, "work", ""), was_of(2, "work", "receipt"),
        was_of(3, "spam", "spam") };
    struct jd_decided_message now[] = { now_of("work"), now_of("receipt"), now_of("receipt") };
    for (size_t i = 0; i < 3; i++) {
        jd_tally_add(rig.tally, &was[i], &now[i]);
    }
    finish(&rig);
    CHECK_INT(rig.result.done, 3);
    CHECK_INT(rig.result.changes_count, 2);
    CHECK_INT(rig.result.changes[0].message_id, 2);
    CHECK_TEXT(rig.result.changes[0].was,
            "{\"category\":\"work\",\"priority\":\"normal\",\"needs_reply\":false,\"tasks\":[]}");
    CHECK_INT(count_of(&rig.result, "category", "work", "work"), 1);
    CHECK_INT(count_of(&rig.result, "category", "work", "receipt"), 1);
    CHECK_INT(count_of(&rig.result, "label_was", "receipt", "work"), 1);
    CHECK_INT(count_of(&rig.result, "label_now", "receipt", "receipt"), 1);
    CHECK_INT(count_of(&rig.result, "label_now", "spam", "receipt"), 1);
    CHECK_INT(count_of(&rig.result, "needs_reply", "no", "no"), 3);
    close_rig(&rig);
}

TEST(tasks_are_known_by_their_quote)
{
    struct rig rig = open_rig();
    struct jd_span quotes[] = { JD_SPAN("send the plan"), JD_SPAN("call Kim") };
    struct jd_decided_task tasks[] = { { .quote = JD_SPAN("call Kim") },
        { .quote = JD_SPAN("pay by Friday") }, { .quote = JD_SPAN("book a room") } };
    struct jd_backtest_was was = was_of(1, "work", "");
    struct jd_decided_message now = now_of("work");
    was.tasks = quotes;
    was.tasks_count = 2;
    now.tasks = tasks;
    now.tasks_count = 3;
    jd_tally_add(rig.tally, &was, &now);
    finish(&rig);
    CHECK_INT(count_of(&rig.result, "task", "gained", ""), 2);
    CHECK_INT(count_of(&rig.result, "task", "lost", ""), 1);
    CHECK_INT(count_of(&rig.result, "task", "same", ""), 1);
    CHECK_INT(rig.result.changes_count, 1);
    close_rig(&rig);
}

TEST(a_rule_hits_once_for_a_message)
{
    struct rig rig = open_rig();
    struct jd_backtest_was was = was_of(1, "receipt", "");
    struct jd_decided_message now = now_of("receipt");
    struct jd_decided_failure failure = { .rule = JD_SPAN("office/bad"), .kind = "memory" };
    now.evidence = evidence;
    now.evidence_count = 3;
    now.failures = &failure;
    now.failures_count = 1;
    jd_tally_add(rig.tally, &was, &now);
    jd_tally_add(rig.tally, &was, &now);
    finish(&rig);
    CHECK_INT(count_of(&rig.result, "hit", "office/shop", ""), 2);
    CHECK_INT(count_of(&rig.result, "hit", "standard/order", ""), 2);
    CHECK_INT(count_of(&rig.result, "failure", "office/bad", "memory"), 2);
    CHECK_INT(rig.result.changes_count, 0);
    close_rig(&rig);
}

TEST(what_cannot_be_read_is_counted_apart)
{
    struct rig rig = open_rig();
    struct jd_backtest_was was = was_of(1, "receipt", "work");
    jd_tally_add(rig.tally, &was, NULL);
    finish(&rig);
    CHECK_INT(rig.result.done, 1);
    CHECK_INT(rig.result.unreadable, 1);
    CHECK_INT(rig.result.counts_count, 0);
    CHECK_INT(rig.result.changes_count, 0);
    close_rig(&rig);
}

int main(void)
{
    RUN(pairs_are_counted_and_only_changes_are_listed);
    RUN(tasks_are_known_by_their_quote);
    RUN(a_rule_hits_once_for_a_message);
    RUN(what_cannot_be_read_is_counted_apart);
    return REPORT();
}
