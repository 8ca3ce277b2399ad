/* Items: what is counted as what, and those of which nothing could be made. */
#include "store/items.h"

#include "jd_test.h"
#include "rig.h"
#include "store/db.h"

static void reject(struct rig *rig, int64_t item, const char *reason)
{
    RIG_NEED(jd_item_reject(rig->db, rig->user, item, jd_span_of(reason), &error));
}

static struct jd_item_counts counts_of(struct rig *rig)
{
    struct jd_item_counts counts = { -1, -1, -1, -1 };
    RIG_NEED(jd_items_count(rig->db, rig->user, rig->account, &counts, &error));
    return counts;
}

TEST(an_item_is_counted_once)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    struct jd_account account;
    int64_t queued = rig_add_item(&rig, 1);
    rig_add_item(&rig, 2);
    rig_add_message(&rig, 3);
    rig_add_message(&rig, 4);
    reject(&rig, rig_add_item(&rig, 5), "the message is empty");
    CHECK_OK(jd_items_mark_queued(rig.db, rig.user, &queued, 1, &error), error);
    struct jd_item_counts counts = counts_of(&rig);
    CHECK_INT(counts.total, 5);
    CHECK_INT(counts.waiting, 1);
    CHECK_INT(counts.queued, 1);
    CHECK_INT(counts.rejected, 1);
    CHECK_OK(jd_account_get(rig.db, rig.user, rig.account, rig.arena, &account, &error), error);
    CHECK_INT(account.listed, 5);
    CHECK_INT(account.decided, 2);
    CHECK_INT(account.rejected, 1);
    rig_close(&rig);
}

TEST(queued_items_that_no_job_holds_wait_again)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    int64_t items[2] = { rig_add_item(&rig, 1), rig_add_item(&rig, 2) };
    rig_add_message(&rig, 3);
    CHECK_OK(jd_items_mark_queued(rig.db, rig.user, items, 2, &error), error);
    CHECK_OK(jd_items_free_queued(rig.db, rig.user, rig.account, &error), error);
    CHECK_INT(counts_of(&rig).waiting, 2);
    CHECK_INT(counts_of(&rig).queued, 0);
    rig_close(&rig);
}

TEST(rejected_items_wait_again_when_all_is_decided_anew)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    reject(&rig, rig_add_item(&rig, 1), "the message is empty");
    CHECK_OK(jd_items_requeue(rig.db, rig.user, rig.account, &error), error);
    CHECK_INT(counts_of(&rig).waiting, 1);
    CHECK_INT(counts_of(&rig).rejected, 0);
    rig_close(&rig);
}

struct page {
    char text[200]; // "KEY:REASON " of each row
    int64_t last_ms, last_id;
    int count;
};

static enum jd_status take_row(void *context, const struct jd_rejected_item *item)
{
    struct page *page = context;
    size_t len = strlen(page->text);
    CHECK_TEXT(item->mailbox, "INBOX");
    snprintf(page->text + len, sizeof(page->text) - len, "%.*s:%.*s ", (int)item->key.len,
            item->key.data, (int)item->reason.len, item->reason.data);
    page->last_ms = item->received_ms;
    page->last_id = item->id;
    page->count++;
    return JD_OK;
}

static struct page
read_page(struct rig *rig, int64_t user, const struct page *before, int limit)
{
    struct page page = { .count = 0 };
    RIG_NEED(jd_items_rejected(rig->db, user, rig->account, before->last_ms, before->last_id,
            limit, take_row, &page, &error));
    return page;
}

TEST(rejected_items_are_paged_newest_first)
{
    struct rig rig = rig_open();
    struct page top = { .count = 0 };
    CHECK_INT(read_page(&rig, rig.user, &top, 10).count, 0);
    rig_add_message(&rig, 9);
    for (int i = 1; i <= 5; i++) {
        reject(&rig, rig_add_item(&rig, i), i % 2 ? "empty" : "too large");
    }
    struct page page = read_page(&rig, rig.user, &top, 2);
    CHECK_TEXT(jd_span_of(page.text), "mail-5:empty mail-4:too large ");
    page = read_page(&rig, rig.user, &page, 2);
    CHECK_TEXT(jd_span_of(page.text), "mail-3:empty mail-2:too large ");
    page = read_page(&rig, rig.user, &page, 2);
    CHECK_TEXT(jd_span_of(page.text), "mail-1:empty ");
    page = read_page(&rig, rig.user, &page, 2);
    CHECK_INT(page.count, 0);
    CHECK_INT(read_page(&rig, rig.user + 1, &top, 10).count, 0); // another user's eyes
    rig_close(&rig);
}

int main(void)
{
    RUN(an_item_is_counted_once);
    RUN(queued_items_that_no_job_holds_wait_again);
    RUN(rejected_items_wait_again_when_all_is_decided_anew);
    RUN(rejected_items_are_paged_newest_first);
    return REPORT();
}
