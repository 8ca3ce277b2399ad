/* Undo: only what nobody has changed since, once, and itself undoable. */
#include "store/operations.h"

#include "jd_test.h"
#include "rig.h"

struct undoing {
    enum jd_undo_result results[4];
    int count;
};

static enum jd_status take_item(void *context, const struct jd_undo_item *item)
{
    struct undoing *undoing = context;
    undoing->results[undoing->count++] = item->result;
    return JD_OK;
}

/* The operation that marks the message read and files it as `category`. */
static int64_t patch(struct rig *rig, int64_t message, const char *category)
{
    struct jd_message_patch change = {
        .unread = 0, .flagged = -1, .category = jd_span_of(category)
    };
    int64_t operation = 0;
    RIG_NEED(jd_message_patch(rig->db, rig->user, message, &change, &operation, &error));
    return operation;
}

/* The result of undoing the one item of `operation`. */
static enum jd_undo_result undo(struct rig *rig, int64_t operation, int64_t *out_undoing)
{
    struct undoing undoing = { .count = 0 };
    RIG_NEED(jd_operation_undo(
            rig->db, rig->user, operation, out_undoing, take_item, &undoing, &error));
    CHECK_INT(undoing.count, 1);
    return undoing.results[0];
}

#define IS_SHOWN(rig, category, unread_)                                                       \
 RIG_COUNT(rig, "SELECT count(*) FROM messages WHERE category = '" category                    \
                "' AND unread = " unread_)

TEST(undo_restores_and_redo_does_it_again)
{
    struct rig rig = rig_open();
    int64_t undoing = 0, redoing = 0, message = rig_add_message(&rig, 1);
    int64_t operation = patch(&rig, message, "work");
    CHECK_INT(IS_SHOWN(&rig, "work", "0"), 1);
    CHECK_INT(undo(&rig, operation, &undoing), JD_UNDONE);
    CHECK_INT(IS_SHOWN(&rig, "personal", "1"), 1);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM messages WHERE local_category IS NULL "
                              "AND local_flags IS NULL"),
            1);
    CHECK_INT(undo(&rig, undoing, &redoing), JD_UNDONE);
    CHECK_INT(IS_SHOWN(&rig, "work", "0"), 1);
    CHECK(operation != undoing && undoing != redoing);
    rig_close(&rig);
}

TEST(a_second_undo_reports_the_same_and_changes_nothing)
{
    struct rig rig = rig_open();
    int64_t first = 0, second = 0, message = rig_add_message(&rig, 1);
    int64_t operation = patch(&rig, message, "work");
    CHECK_INT(undo(&rig, operation, &first), JD_UNDONE);
    int64_t version = RIG_COUNT(&rig, "SELECT version FROM messages");
    int64_t events = RIG_COUNT(&rig, "SELECT count(*) FROM events");
    CHECK_INT(undo(&rig, operation, &second), JD_UNDONE);
    CHECK_INT(second, first);
    CHECK_INT(RIG_COUNT(&rig, "SELECT version FROM messages"), version);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM events"), events);
    rig_close(&rig);
}

TEST(what_was_changed_since_is_left_alone)
{
    struct rig rig = rig_open();
    int64_t undoing = 0, message = rig_add_message(&rig, 1);
    int64_t first = patch(&rig, message, "work");
    patch(&rig, message, "receipt");
    CHECK_INT(undo(&rig, first, &undoing), JD_UNDO_CHANGED_SINCE);
    CHECK_INT(IS_SHOWN(&rig, "receipt", "0"), 1);
    rig_close(&rig);
}

TEST(what_is_gone_is_told)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    int64_t undoing = 0, removed = 0, message = rig_add_message(&rig, 1);
    int64_t operation = patch(&rig, message, "work");
    CHECK_OK(jd_tx_begin(rig.db, JD_TX_BULK, INT64_MAX, &error), error);
    CHECK_OK(jd_item_remove(rig.db, rig.user, rig.account, JD_SPAN("mail-1"), &removed, &error),
            error);
    CHECK_OK(jd_tx_commit(rig.db, &error), error);
    CHECK_INT(removed, message);
    CHECK_INT(undo(&rig, operation, &undoing), JD_UNDO_GONE);
    rig_close(&rig);
}

TEST(an_operation_is_its_owners)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    struct undoing undoing = { .count = 0 };
    int64_t other = 0, undone = 0, operation = patch(&rig, rig_add_message(&rig, 1), "work");
    CHECK_OK(jd_user_create(rig.db, JD_SPAN("kim"), JD_SPAN("user"),
                     JD_SPAN("correct horse battery staple"), &other, &error),
            error);
    CHECK_INT(jd_operation_undo(rig.db, other, operation, &undone, take_item, &undoing, &error),
            JD_GONE);
    CHECK_INT(jd_operation_undo(rig.db, rig.user, 12345, &undone, take_item, &undoing, &error),
            JD_GONE);
    CHECK_INT(IS_SHOWN(&rig, "work", "0"), 1);
    rig_close(&rig);
}

TEST(a_version_that_differs_is_refused)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    int64_t operation = 0, message = rig_add_message(&rig, 1);
    struct jd_message_patch change = { .unread = 0, .flagged = -1, .if_version = 1 };
    CHECK_OK(jd_message_patch(rig.db, rig.user, message, &change, &operation, &error), error);
    CHECK_INT(jd_message_patch(rig.db, rig.user, message, &change, &operation, &error),
            JD_REJECTED);
    change =
            (struct jd_message_patch){ .unread = -1, .flagged = -1, .category = JD_SPAN("no") };
    CHECK_INT(jd_message_patch(rig.db, rig.user, message, &change, &operation, &error),
            JD_BAD_INPUT);
    CHECK_INT(
            jd_message_patch(rig.db, rig.user, 12345, &change, &operation, &error) == JD_OK, 0);
    rig_close(&rig);
}

TEST(a_task_that_is_done_can_be_open_again)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    int64_t operation = 0, undoing = 0;
    rig_add_message(&rig, 1);
    int64_t task = RIG_COUNT(&rig, "SELECT id FROM tasks");
    CHECK_INT(RIG_COUNT(&rig, "SELECT task_count FROM messages"), 1);
    CHECK_OK(jd_task_patch(rig.db, rig.user, task, JD_SPAN("done"), 0, &operation, &error),
            error);
    CHECK_INT(RIG_COUNT(&rig, "SELECT task_count FROM messages"), 0);
    CHECK_INT(undo(&rig, operation, &undoing), JD_UNDONE);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM tasks WHERE state = 'open'"), 1);
    CHECK_INT(RIG_COUNT(&rig, "SELECT task_count FROM messages"), 1);
    CHECK_INT(jd_task_patch(rig.db, rig.user, task, JD_SPAN("lost"), 0, &operation, &error),
            JD_BAD_INPUT);
    rig_close(&rig);
}

int main(void)
{
    RUN(undo_restores_and_redo_does_it_again);
    RUN(a_second_undo_reports_the_same_and_changes_nothing);
    RUN(what_was_changed_since_is_left_alone);
    RUN(what_is_gone_is_told);
    RUN(an_operation_is_its_owners);
    RUN(a_version_that_differs_is_refused);
    RUN(a_task_that_is_done_can_be_open_again);
    return REPORT();
}
