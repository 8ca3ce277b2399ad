/* Account by account: those of one user, or all that are watched. */
#include "pipeline/apply.h"

#include "pipeline/backlog.h"
#include "store/items.h"

static enum jd_status apply_to(struct jd_db *db,
        const struct jd_account *account,
        struct jd_applied *applied,
        struct jd_error *error)
{
    struct jd_rule_set set;
    int64_t messages = 0, corrected = 0;
    enum jd_status status = jd_tx_begin(db, JD_TX_BULK, INT64_MAX, error);
    if (status == JD_OK) {
        status = jd_rule_set_active(db, account->user_id, &set, error);
    }
    if (status == JD_OK) {
        status = jd_items_requeue_outdated(
                db, account->user_id, account->id, &set, &messages, &corrected, error);
    }
    if (status == JD_OK && messages) {
        status = jd_backlog_begin(db, account, error);
    }
    if (status != JD_OK) {
        jd_tx_rollback(db);
        return status;
    }
    applied->accounts += messages > 0;
    applied->messages += messages;
    applied->corrected += corrected;
    return jd_tx_commit(db, error);
}

enum jd_status jd_apply_active(struct jd_db *db,
        int64_t owner,
        struct jd_applied *out_applied,
        struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(64u * 1024 * 1024);
    struct jd_account *accounts = NULL;
    uint32_t count = 0;
    *out_applied = (struct jd_applied){ 0 };
    enum jd_status status = jd_accounts_read(db, owner, arena, &accounts, &count, error);
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        status = apply_to(db, &accounts[i], out_applied, error);
    }
    jd_arena_destroy(&arena);
    return status;
}
