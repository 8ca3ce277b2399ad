/* Back-tests: what is selected, how it is handed out and booked, and who sees it. */
#include "store/backtests.h"

#include "jd_test.h"
#include "rig.h"
#include "store/releases.h"

static int64_t active(struct rig *rig)
{
    int64_t release = 0;
    RIG_NEED(jd_release_active(rig->db, JD_ORGANISATION, &release, &error));
    return release;
}

static int64_t create(struct rig *rig, struct jd_selection selection)
{
    int64_t id = 0;
    RIG_NEED(jd_backtest_create(rig->db, rig->user, active(rig), &selection, &id, &error));
    return id;
}

static struct jd_backtest get(struct rig *rig, int64_t id)
{
    struct jd_backtest backtest = { 0 };
    RIG_NEED(jd_backtest_get(rig->db, rig->user, id, rig->arena, &backtest, &error));
    return backtest;
}

static enum jd_status book(struct rig *rig, int64_t id, int64_t done, bool *out_more)
{
    struct jd_error error = { 0 };
    struct jd_backtest_count counts[] = { { "category", JD_SPAN("work"), JD_SPAN("spam"), 2 } };
    struct jd_backtest_change changes[] = {
        { .message_id = 1, .was = JD_SPAN("{}"), .now = JD_SPAN("{}") }
    };
    struct jd_backtest_result result = { .done = done,
        .counts = counts,
        .counts_count = 1,
        .changes = changes,
        .changes_count = 1 };
    enum jd_status status = jd_tx_begin(rig->db, JD_TX_BULK, INT64_MAX, &error);
    if (status == JD_OK) {
        status = jd_backtest_book(rig->db, rig->user, id, &result, &error);
    }
    if (status == JD_OK) {
        status = jd_backtest_hand_out(rig->db, rig->user, id, out_more, &error);
    }
    if (status != JD_OK) {
        jd_tx_rollback(rig->db);
        return status;
    }
    return jd_tx_commit(rig->db, &error);
}

static enum jd_status sum(void *context,
        struct jd_span what,
        struct jd_span name,
        struct jd_span other,
        int64_t count)
{
    (void)what;
    (void)name;
    (void)other;
    *(int64_t *)context += count;
    return JD_OK;
}

TEST(every_selected_message_is_handed_out_once)
{
    struct rig rig = rig_open();
    bool more = false;
    for (int i = 0; i < JD_BACKTEST_SLICE * 2 + 50; i++) {
        rig_add_message(&rig, i);
    }
    int64_t id = create(&rig, (struct jd_selection){ 0 });
    CHECK_INT(get(&rig, id).total, JD_BACKTEST_SLICE * 2 + 50);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM jobs WHERE kind = 'backtest'"), 3);
    CHECK_INT(RIG_COUNT(&rig, "SELECT taken FROM backtests"), JD_BACKTEST_SLICE * 2 + 50);
    CHECK_INT(book(&rig, id, JD_BACKTEST_SLICE, &more), JD_OK);
    CHECK(!more);
    CHECK_TEXT(get(&rig, id).state, "running");
    CHECK_INT(book(&rig, id, JD_BACKTEST_SLICE, &more), JD_OK);
    CHECK_INT(book(&rig, id, 50, &more), JD_OK);
    struct jd_backtest ended = get(&rig, id);
    CHECK_TEXT(ended.state, "done");
    CHECK(ended.ended_ms >= ended.created_ms);
    CHECK_INT(book(&rig, id, 1, &more), JD_NONE); // a slice that comes twice books nothing
    int64_t counted = 0;
    struct jd_error error = { 0 };
    CHECK_OK(jd_backtest_counts(rig.db, rig.user, id, sum, &counted, &error), error);
    CHECK_INT(counted, 6);
    rig_close(&rig);
}

TEST(a_selection_is_the_newest_of_what_it_names)
{
    struct rig rig = rig_open();
    for (int i = 0; i < 30; i++) {
        rig_add_message(&rig, i);
    }
    const int64_t first = INT64_C(1760000000000);
    static const struct {
        struct jd_selection selection;
        int64_t total;
    } cases[] = {
        { { .last = 7 }, 7 },
        { { .last = 100 }, 30 },
        { { .category = JD_SPAN("personal") }, 30 },
        { { .from_ms = INT64_C(1760000000010) }, 20 },
        { { .until_ms = INT64_C(1760000000010) }, 10 },
        { { .from_ms = INT64_C(1760000000010), .until_ms = INT64_C(1760000000020), .last = 4 },
                4 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK_INT(get(&rig, create(&rig, cases[i].selection)).total, cases[i].total);
    }
    CHECK_INT(RIG_COUNT(&rig, "SELECT min(cursor_ms) FROM backtests WHERE total = 7"),
            first + 23);
    struct jd_selection nothing = { .category = JD_SPAN("spam") };
    struct jd_error error = { 0 };
    int64_t id = 0;
    CHECK_INT(jd_backtest_create(rig.db, rig.user, active(&rig), &nothing, &id, &error),
            JD_BAD_INPUT);
    CHECK_INT(jd_backtest_create(rig.db, rig.user, 12345, &cases[0].selection, &id, &error),
            JD_GONE);
    rig_close(&rig);
}

TEST(a_cancelled_one_books_nothing_more_and_may_be_dropped)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    bool more = false;
    rig_add_message(&rig, 1);
    int64_t id = create(&rig, (struct jd_selection){ 0 });
    CHECK_INT(jd_backtest_drop(rig.db, rig.user, id, &error), JD_REJECTED);
    CHECK_OK(jd_backtest_cancel(rig.db, rig.user, id, &error), error);
    CHECK_INT(jd_backtest_cancel(rig.db, rig.user, id, &error), JD_REJECTED);
    CHECK_INT(book(&rig, id, 1, &more), JD_NONE);
    CHECK_OK(jd_backtest_drop(rig.db, rig.user, id, &error), error);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM backtests"), 0);
    rig_close(&rig);
}

TEST(another_user_sees_nothing_of_it)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    struct jd_backtest backtest;
    int64_t counted = 0;
    rig_add_message(&rig, 1);
    int64_t id = create(&rig, (struct jd_selection){ 0 }), stranger = rig.user + 1;
    CHECK_INT(jd_backtest_get(rig.db, stranger, id, rig.arena, &backtest, &error), JD_GONE);
    CHECK_INT(jd_backtest_cancel(rig.db, stranger, id, &error), JD_REJECTED);
    CHECK_OK(jd_backtest_counts(rig.db, stranger, id, sum, &counted, &error), error);
    CHECK_INT(counted, 0);
    rig_close(&rig);
}

int main(void)
{
    RUN(every_selected_message_is_handed_out_once);
    RUN(a_selection_is_the_newest_of_what_it_names);
    RUN(a_cancelled_one_books_nothing_more_and_may_be_dropped);
    RUN(another_user_sees_nothing_of_it);
    return REPORT();
}
