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

/* What is done to one message, step by step. */
enum act {
    END,
    READ, // unread 0
    UNREAD,
    FLAG,
    WORK,
    RECEIPT,
    UNDO
};

struct step {
    enum act act;
    int of;                  // UNDO: the operation of which step
    enum jd_undo_result got; // UNDO
};

#define DO(act)                                                                                \
 {                                                                                             \
  act, 0, 0                                                                                    \
 }
#define BACK(of, expected)                                                                     \
 {                                                                                             \
  UNDO, of, expected                                                                           \
 }

static const struct history {
    const char *what;
    struct step steps[10];
    const char *unread, *flagged, *category; // in the end; the user's category
} histories[] = {
    { "to the bottom",
            { DO(READ), DO(RECEIPT), DO(FLAG), BACK(2, JD_UNDONE), BACK(1, JD_UNDONE),
                    BACK(0, JD_UNDONE) },
            "1", "0", "" },
    { "in any order, where members differ",
            { DO(READ), DO(RECEIPT), DO(FLAG), BACK(0, JD_UNDONE), BACK(2, JD_UNDONE),
                    BACK(1, JD_UNDONE) },
            "1", "0", "" },
    { "and back up",
            { DO(WORK), DO(RECEIPT), BACK(1, JD_UNDONE), BACK(0, JD_UNDONE), BACK(3, JD_UNDONE),
                    BACK(2, JD_UNDONE) },
            "1", "0", "receipt" },
    { "not before what came later",
            { DO(WORK), DO(RECEIPT), BACK(0, JD_UNDO_CHANGED_SINCE), BACK(1, JD_UNDONE),
                    BACK(0, JD_UNDONE) },
            "1", "0", "" },
    { "nor before what came later and was done again",
            { DO(WORK), DO(RECEIPT), BACK(1, JD_UNDONE), BACK(2, JD_UNDONE),
                    BACK(0, JD_UNDO_CHANGED_SINCE), BACK(3, JD_UNDONE), BACK(0, JD_UNDONE) },
            "1", "0", "" },
    { "an equal change is a change", { DO(READ), DO(READ), BACK(0, JD_UNDO_CHANGED_SINCE) },
            "0", "0", "" },
    { "an equal change is taken back, too",
            { DO(READ), DO(READ), BACK(1, JD_UNDONE), BACK(0, JD_UNDONE) }, "1", "0", "" },
    { "a change there and back stands in the way",
            { DO(READ), DO(UNREAD), DO(READ), BACK(0, JD_UNDO_CHANGED_SINCE) }, "0", "0", "" },
    { "what is redone too early",
            { DO(WORK), DO(RECEIPT), BACK(1, JD_UNDONE), BACK(0, JD_UNDONE),
                    BACK(2, JD_UNDO_CHANGED_SINCE), BACK(3, JD_UNDONE), BACK(2, JD_UNDONE) },
            "1", "0", "receipt" },
    { "no redo over a later change",
            { DO(READ), BACK(0, JD_UNDONE), DO(UNREAD), BACK(1, JD_UNDO_CHANGED_SINCE) }, "1",
            "0", "" },
};

static int64_t act(struct rig *rig, int64_t message, enum act act)
{
    struct jd_message_patch change = { .unread = act == READ     ? 0
                                                 : act == UNREAD ? 1
                                                                 : -1,
        .flagged = act == FLAG ? 1 : -1,
        .category = act == WORK      ? JD_SPAN("work")
                    : act == RECEIPT ? JD_SPAN("receipt")
                                     : JD_SPAN("") };
    int64_t operation = 0;
    RIG_NEED(jd_message_patch(rig->db, rig->user, message, &change, &operation, &error));
    return operation;
}

static void live_through(struct rig *rig, const struct history *history, int64_t message)
{
    int64_t operations[10] = { 0 };
    for (int i = 0; history->steps[i].act != END; i++) {
        const struct step *step = &history->steps[i];
        if (step->act != UNDO) {
            operations[i] = act(rig, message, step->act);
            continue;
        }
        enum jd_undo_result got = undo(rig, operations[step->of], &operations[i]);
        if (got != step->got) {
            fprintf(stderr, "%s: step %d\n", history->what, i);
        }
        CHECK_INT(got, step->got);
        CHECK((operations[i] != 0) == (got == JD_UNDONE));
    }
}

static const struct jd_statement ended_as = { "test.ended_as", JD_SCOPE_SYSTEM,
    "SELECT count(*) FROM messages WHERE unread = CAST(?1 AS INTEGER) "
    "AND flagged = CAST(?2 AS INTEGER) AND coalesce(local_category, '') = ?3" };

TEST(histories_are_undone_member_by_member)
{
    for (size_t i = 0; i < sizeof(histories) / sizeof(histories[0]); i++) {
        struct rig rig = rig_open();
        live_through(&rig, &histories[i], rig_add_message(&rig, 1));
        int64_t matching = 0;
        RIG_NEED(jd_db_int(rig.db, &ended_as, 0,
                JD_VALUES(JD_TEXT(jd_span_of(histories[i].unread)),
                        JD_TEXT(jd_span_of(histories[i].flagged)),
                        JD_TEXT(jd_span_of(histories[i].category))),
                &matching, &error));
        if (!matching) {
            fprintf(stderr, "%s: ends otherwise\n", histories[i].what);
        }
        CHECK_INT(matching, 1);
        rig_close(&rig);
    }
}

#define SUMMARISED(rig, summary)                                                               \
 RIG_COUNT(rig, "SELECT count(*) FROM operations WHERE summary = '" summary "'")

TEST(a_summary_names_the_change_once)
{
    struct rig rig = rig_open();
    int64_t operation = act(&rig, rig_add_message(&rig, 1), READ);
    for (int i = 0; i < 4; i++) {
        CHECK_INT(undo(&rig, operation, &operation), JD_UNDONE);
    }
    CHECK_INT(SUMMARISED(&rig, "marked as read"), 1);
    CHECK_INT(SUMMARISED(&rig, "undid: marked as read"), 2);
    CHECK_INT(SUMMARISED(&rig, "did again: marked as read"), 2);
    rig_close(&rig);
}

/* As an older Jackdaw wrote them: every member as it was. */
static const struct jd_statement make_whole = { "test.whole", JD_SCOPE_SYSTEM,
    "UPDATE operation_items SET inverse = ?1 WHERE object = ?2" };

TEST(an_older_inverse_is_undone_while_nobody_changed_the_object)
{
    struct rig rig = rig_open();
    struct jd_span whole =
            JD_SPAN("{\"unread\":true,\"flagged\":false,\"category\":\"\",\"local_flags\":-1}");
    int64_t undoing = 0, redoing = 0, message = rig_add_message(&rig, 1);
    int64_t operation = patch(&rig, message, "work");
    RIG_NEED(jd_db_run(rig.db, &make_whole, 0,
            JD_VALUES(JD_TEXT(whole), JD_TEXT(JD_SPAN("message"))), NULL, NULL, NULL, &error));
    int64_t flag = act(&rig, message, FLAG);
    CHECK_INT(undo(&rig, operation, &undoing), JD_UNDO_CHANGED_SINCE);
    CHECK_INT(undo(&rig, flag, &undoing), JD_UNDONE);
    CHECK_INT(undo(&rig, operation, &undoing), JD_UNDO_CHANGED_SINCE);
    CHECK_INT(IS_SHOWN(&rig, "work", "0"), 1);

    int64_t other = patch(&rig, message, "receipt");
    RIG_NEED(jd_db_run(rig.db, &make_whole, 0,
            JD_VALUES(JD_TEXT(whole), JD_TEXT(JD_SPAN("message"))), NULL, NULL, NULL, &error));
    CHECK_INT(undo(&rig, other, &undoing), JD_UNDONE);
    CHECK_INT(IS_SHOWN(&rig, "personal", "1"), 1);
    CHECK_INT(undo(&rig, undoing, &redoing), JD_UNDONE);
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

    CHECK_OK(jd_task_patch(rig.db, rig.user, task, JD_SPAN("done"), 0, &operation, &error),
            error);
    int64_t later = 0;
    CHECK_OK(jd_task_patch(rig.db, rig.user, task, JD_SPAN("dismissed"), 0, &later, &error),
            error);
    CHECK_INT(undo(&rig, operation, &undoing), JD_UNDO_CHANGED_SINCE);
    CHECK_INT(undo(&rig, later, &undoing), JD_UNDONE);
    CHECK_INT(undo(&rig, operation, &undoing), JD_UNDONE);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM tasks WHERE state = 'open'"), 1);
    rig_close(&rig);
}

int main(void)
{
    RUN(undo_restores_and_redo_does_it_again);
    RUN(a_second_undo_reports_the_same_and_changes_nothing);
    RUN(what_was_changed_since_is_left_alone);
    RUN(histories_are_undone_member_by_member);
    RUN(a_summary_names_the_change_once);
    RUN(an_older_inverse_is_undone_while_nobody_changed_the_object);
    RUN(what_is_gone_is_told);
    RUN(an_operation_is_its_owners);
    RUN(a_version_that_differs_is_refused);
    RUN(a_task_that_is_done_can_be_open_again);
    return REPORT();
}
