/* Items at the source. The flags that the list shows follow the rule of the two values: what
 * the user set stands until the source confirms it or changes later. */
#include "store/items.h"

#include "base/id.h"
#include "base/json.h"
#include "base/span.h"
#include "store/statements.h"

enum {
    MAILBOX_FIND,
    MAILBOX_ADD,
    ADD,
    FIND,
    UPDATE,
    FLAGS,
    MOVE,
    UNSEEN,
    TOTAL,
    UNSEEN_KEYS,
    TAKE,
    MARK_QUEUED,
    REQUEUE,
    FREE_QUEUED,
    REQUEUE_OUTDATED,
    CORRECTED,
    GET,
    NEWEST,
    REJECT,
    WAITING,
    QUEUED,
    REJECTED,
    LIST_REJECTED,
    DROP_ITEM,
    DROP_MESSAGE,
    DROP_BODY,
    DROP_ANALYSIS,
    DROP_TASKS,
    DROP_DRAFTS,
    DROP_THREAD_IDS,
    DROP_THREAD,
};

static const struct jd_statement statements[] = {
    [MAILBOX_FIND] = { "items.mailbox_find", JD_SCOPE_USER,
            "SELECT id FROM mailboxes WHERE user_id = ?1 AND account_id = ?2 AND name = ?3" },
    [MAILBOX_ADD] = { "items.mailbox_add", JD_SCOPE_USER,
            "INSERT INTO mailboxes (id, user_id, account_id, name) VALUES (?2, ?1, ?3, ?4)" },
    [ADD] = { "items.add", JD_SCOPE_USER,
            "INSERT INTO items (id, user_id, account_id, mailbox_id, key, flags, received_ms, state, "
            "listing) VALUES (?2, ?1, ?3, ?4, ?5, ?6, CASE WHEN ?7 > 0 THEN min(?7, @now) ELSE @now END, 1, ?8) "
            "ON CONFLICT (user_id, account_id, key) DO NOTHING" },
    [FIND] = { "items.find", JD_SCOPE_USER,
            "SELECT id, flags, mailbox_id, coalesce(message_id, 0) FROM items "
            "WHERE user_id = ?1 AND account_id = ?2 AND key = ?3" },
    [UPDATE] = { "items.update", JD_SCOPE_USER,
            "UPDATE items SET flags = ?3, mailbox_id = ?4, listing = ?5 WHERE user_id = ?1 AND id = ?2" },
    // The source's flags are news: whatever the user had set is confirmed or overtaken.
    [FLAGS] = { "items.flags", JD_SCOPE_USER,
            "UPDATE messages SET mailbox_id = ?4, source_flags = ?3, "
            "local_flags = CASE WHEN source_flags = ?3 THEN local_flags ELSE NULL END, "
            "unread = CASE WHEN source_flags = ?3 THEN unread ELSE (?3 & 1) = 0 END, "
            "flagged = CASE WHEN source_flags = ?3 THEN flagged ELSE (?3 & 4) <> 0 END "
            "WHERE user_id = ?1 AND id = ?2" },
    [MOVE] = { "items.move", JD_SCOPE_USER,
            "UPDATE items SET key = ?3, flags = ?4, mailbox_id = ?5 WHERE user_id = ?1 AND id = ?2" },
    [UNSEEN] = { "items.unseen", JD_SCOPE_USER,
            "SELECT count(*) FROM items WHERE user_id = ?1 AND account_id = ?2 AND listing < ?3" },
    [UNSEEN_KEYS] = { "items.unseen_keys", JD_SCOPE_USER,
            "SELECT id, coalesce(message_id, 0) FROM items "
            "WHERE user_id = ?1 AND account_id = ?2 AND listing < ?3 LIMIT ?4" },
    [TAKE] = { "items.take", JD_SCOPE_USER,
            "UPDATE items SET state = 2 WHERE +items.user_id = ?1 AND id IN (SELECT w.id FROM items AS w "
            "WHERE w.user_id = ?1 AND w.account_id = ?2 AND w.state = 1 "
            "ORDER BY w.received_ms DESC LIMIT ?3) RETURNING id, received_ms" },
    [MARK_QUEUED] = { "items.mark_queued", JD_SCOPE_USER,
            "UPDATE items SET state = 2 WHERE user_id = ?1 AND id = ?2 AND state = 1" },
    [REQUEUE] = { "items.requeue", JD_SCOPE_USER,
            "UPDATE items SET state = 1 WHERE user_id = ?1 AND account_id = ?2 AND state IN (3, 4)" },
    [FREE_QUEUED] = { "items.free_queued", JD_SCOPE_USER,
            "UPDATE items SET state = 1 WHERE user_id = ?1 AND account_id = ?2 AND state = 2" },
    [REQUEUE_OUTDATED] = { "items.requeue_outdated", JD_SCOPE_USER,
            "UPDATE items SET state = 1 WHERE items.user_id = ?1 AND items.account_id = ?2 AND "
            "items.state = 3 AND items.id IN (SELECT m.item_id FROM messages AS m "
            "JOIN analyses AS a ON a.user_id = ?1 AND a.message_id = m.id "
            "WHERE m.user_id = ?1 AND m.account_id = ?2 AND "
            "(a.release_id <> ?3 OR a.user_release_id <> ?4))" },
    [CORRECTED] = { "items.corrected", JD_SCOPE_USER,
            "SELECT count(*) FROM messages AS m JOIN analyses AS a ON a.user_id = ?1 AND "
            "a.message_id = m.id WHERE m.user_id = ?1 AND m.account_id = ?2 AND "
            "m.local_category IS NOT NULL AND (a.release_id <> ?3 OR a.user_release_id <> ?4)" },
    [GET] = { "items.get", JD_SCOPE_USER,
            "SELECT id, mailbox_id, coalesce(message_id, 0), flags, received_ms, key FROM items "
            "WHERE user_id = ?1 AND id = ?2 AND account_id = ?3" },
    [NEWEST] = { "items.newest", JD_SCOPE_USER,
            "SELECT i.id, i.mailbox_id, coalesce(i.message_id, 0), i.flags, i.received_ms, i.key, b.name "
            "FROM items AS i JOIN mailboxes AS b ON b.user_id = ?1 AND b.id = i.mailbox_id "
            "WHERE i.user_id = ?1 AND i.account_id = ?2 "
            "ORDER BY i.received_ms DESC, i.key LIMIT ?3" },
    [REJECT] = { "items.reject", JD_SCOPE_USER,
            "UPDATE items SET state = 4, reason = ?3 WHERE user_id = ?1 AND id = ?2" },
    [TOTAL] = { "items.total", JD_SCOPE_USER,
            "SELECT count(*) FROM items WHERE user_id = ?1 AND account_id = ?2" },
    [WAITING] = { "items.waiting", JD_SCOPE_USER,
            "SELECT count(*) FROM items WHERE user_id = ?1 AND account_id = ?2 AND state = 1" },
    [QUEUED] = { "items.queued", JD_SCOPE_USER,
            "SELECT count(*) FROM items WHERE user_id = ?1 AND account_id = ?2 AND state = 2" },
    [REJECTED] = { "items.rejected", JD_SCOPE_USER,
            "SELECT count(*) FROM items WHERE user_id = ?1 AND account_id = ?2 AND state = 4" },
    [LIST_REJECTED] = { "items.list_rejected", JD_SCOPE_USER,
            "SELECT i.id, i.received_ms, b.name, i.key, coalesce(i.reason, '') FROM items AS i "
            "JOIN mailboxes AS b ON b.user_id = ?1 AND b.id = i.mailbox_id "
            "WHERE i.user_id = ?1 AND i.account_id = ?2 AND i.state = 4 "
            "AND (i.received_ms, i.id) < (?3, ?4) "
            "ORDER BY i.received_ms DESC, i.id DESC LIMIT ?5" },
    [DROP_ITEM] = { "items.drop", JD_SCOPE_USER,
            "DELETE FROM items WHERE user_id = ?1 AND id = ?2" },
    [DROP_MESSAGE] = { "items.drop_message", JD_SCOPE_USER,
            "DELETE FROM messages WHERE user_id = ?1 AND id = ?2 RETURNING thread_id" },
    [DROP_BODY] = { "items.drop_body", JD_SCOPE_USER,
            "DELETE FROM bodies WHERE user_id = ?1 AND message_id = ?2" },
    [DROP_ANALYSIS] = { "items.drop_analysis", JD_SCOPE_USER,
            "DELETE FROM analyses WHERE user_id = ?1 AND message_id = ?2" },
    [DROP_TASKS] = { "items.drop_tasks", JD_SCOPE_USER,
            "DELETE FROM tasks WHERE user_id = ?1 AND message_id = ?2" },
    [DROP_DRAFTS] = { "items.drop_drafts", JD_SCOPE_USER,
            "DELETE FROM drafts WHERE user_id = ?1 AND message_id = ?2" },
    [DROP_THREAD_IDS] = { "items.drop_thread_ids", JD_SCOPE_USER,
            "DELETE FROM thread_ids WHERE thread_ids.user_id = ?1 AND thread_id = ?2 AND NOT EXISTS "
            "(SELECT 1 FROM messages AS m WHERE m.user_id = ?1 AND m.thread_id = ?2)" },
    [DROP_THREAD] = { "items.drop_thread", JD_SCOPE_USER,
            "DELETE FROM threads WHERE threads.user_id = ?1 AND id = ?2 AND NOT EXISTS "
            "(SELECT 1 FROM messages AS m WHERE m.user_id = ?1 AND m.thread_id = ?2)" },
};
const struct jd_statement_set jd_items_set = JD_STATEMENT_SET(statements);

enum jd_status jd_account_mailbox(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_span name,
        int64_t *out_mailbox,
        struct jd_error *error)
{
    enum jd_status status = jd_db_int(db, &statements[MAILBOX_FIND], user,
            JD_VALUES(JD_INT(account), JD_TEXT(name)), out_mailbox, error);
    if (status != JD_NONE) {
        return status;
    }
    int64_t id = jd_id_next();
    status = jd_db_run(db, &statements[MAILBOX_ADD], user,
            JD_VALUES(JD_INT(id), JD_INT(account), JD_TEXT(name)), NULL, NULL, NULL, error);
    if (status == JD_OK) {
        *out_mailbox = id;
    }
    return status;
}

struct known {
    int64_t id, flags, mailbox, message;
};

static enum jd_status take_known(void *context, const struct jd_value *columns, uint32_t count)
{
    struct known *known = context;
    if (count == 4) {
        *known = (struct known){ jd_column_int(&columns[0]), jd_column_int(&columns[1]),
            jd_column_int(&columns[2]), jd_column_int(&columns[3]) };
    }
    return JD_OK;
}

static enum jd_status find(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_span key,
        struct known *out_known,
        struct jd_error *error)
{
    *out_known = (struct known){ 0 };
    return jd_db_run(db, &statements[FIND], user, JD_VALUES(JD_INT(account), JD_TEXT(key)),
            take_known, out_known, NULL, error);
}

static enum jd_status follow_source(struct jd_db *db,
        int64_t user,
        const struct known *known,
        const struct jd_item_put *put,
        int64_t *out_changed,
        struct jd_error *error)
{
    bool news = known->flags != put->flags || known->mailbox != put->mailbox_id;
    enum jd_status status = jd_db_run(db, &statements[UPDATE], user,
            JD_VALUES(JD_INT(known->id), JD_INT(put->flags), JD_INT(put->mailbox_id),
                    JD_INT(put->listing)),
            NULL, NULL, NULL, error);
    if (status == JD_OK && news && known->message) {
        status = jd_db_run(db, &statements[FLAGS], user,
                JD_VALUES(JD_INT(known->message), JD_INT(put->flags), JD_INT(put->mailbox_id)),
                NULL, NULL, NULL, error);
        *out_changed = known->message;
    }
    return status;
}

enum jd_status jd_item_put(struct jd_db *db,
        int64_t user,
        int64_t account,
        const struct jd_item_put *put,
        int64_t *out_item,
        int64_t *out_changed,
        struct jd_error *error)
{
    int64_t id = jd_id_next(), changes = 0;
    *out_item = *out_changed = 0;
    enum jd_status status = jd_db_run(db, &statements[ADD], user,
            JD_VALUES(JD_INT(id), JD_INT(account), JD_INT(put->mailbox_id), JD_TEXT(put->key),
                    JD_INT(put->flags), JD_INT(put->received_ms), JD_INT(put->listing)),
            NULL, NULL, &changes, error);
    if (status != JD_OK || changes == 1) {
        *out_item = status == JD_OK ? id : 0;
        return status;
    }
    struct known known;
    status = find(db, user, account, put->key, &known, error);
    return status == JD_OK ? follow_source(db, user, &known, put, out_changed, error) : status;
}

enum jd_status jd_item_move(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_span old_key,
        const struct jd_item_put *put,
        struct jd_error *error)
{
    struct known known;
    enum jd_status status = find(db, user, account, old_key, &known, error);
    if (status != JD_OK || known.id == 0) {
        return status == JD_OK ? JD_NONE : status;
    }
    status = jd_db_run(db, &statements[MOVE], user,
            JD_VALUES(JD_INT(known.id), JD_TEXT(put->key), JD_INT(put->flags),
                    JD_INT(put->mailbox_id)),
            NULL, NULL, NULL, error);
    if (status == JD_OK && known.message) {
        status = jd_db_run(db, &statements[FLAGS], user,
                JD_VALUES(JD_INT(known.message), JD_INT(put->flags), JD_INT(put->mailbox_id)),
                NULL, NULL, NULL, error);
    }
    return status;
}

/* The item and everything that was made of it; its thread goes with its last message. The
 * full-text row stays behind: its number is never used again and search joins the messages. */
static enum jd_status
drop(struct jd_db *db, int64_t user, int64_t item, int64_t message, struct jd_error *error)
{
    static const int parts[] = { DROP_BODY, DROP_ANALYSIS, DROP_TASKS, DROP_DRAFTS };
    static const int thread_parts[] = { DROP_THREAD_IDS, DROP_THREAD };
    int64_t thread = 0;
    enum jd_status status = jd_db_run(
            db, &statements[DROP_ITEM], user, JD_VALUES(JD_INT(item)), NULL, NULL, NULL, error);
    if (status != JD_OK || message == 0) {
        return status;
    }
    status = jd_db_int(
            db, &statements[DROP_MESSAGE], user, JD_VALUES(JD_INT(message)), &thread, error);
    if (status == JD_NONE) {
        return JD_OK;
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && status == JD_OK; i++) {
        status = jd_db_run(db, &statements[parts[i]], user, JD_VALUES(JD_INT(message)), NULL,
                NULL, NULL, error);
    }
    for (size_t i = 0; i < 2 && status == JD_OK; i++) {
        status = jd_db_run(db, &statements[thread_parts[i]], user, JD_VALUES(JD_INT(thread)),
                NULL, NULL, NULL, error);
    }
    return status;
}

enum jd_status jd_item_remove(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_span key,
        int64_t *out_removed,
        struct jd_error *error)
{
    struct known known;
    *out_removed = 0;
    enum jd_status status = find(db, user, account, key, &known, error);
    if (status != JD_OK || known.id == 0) {
        return status;
    }
    *out_removed = known.message;
    return drop(db, user, known.id, known.message, error);
}

enum jd_status jd_items_unseen(struct jd_db *db,
        int64_t user,
        int64_t account,
        int64_t listing,
        int64_t *out_unseen,
        int64_t *out_total,
        struct jd_error *error)
{
    enum jd_status status = jd_db_int(db, &statements[UNSEEN], user,
            JD_VALUES(JD_INT(account), JD_INT(listing)), out_unseen, error);
    return status == JD_OK ? jd_db_int(db, &statements[TOTAL], user, JD_VALUES(JD_INT(account)),
                                     out_total, error)
                           : status;
}

#define REMOVE_MAX 500

struct doomed {
    int64_t items[REMOVE_MAX], messages[REMOVE_MAX];
    int count;
};

static enum jd_status take_doomed(void *context, const struct jd_value *columns, uint32_t count)
{
    struct doomed *doomed = context;
    if (count == 2 && doomed->count < REMOVE_MAX) {
        doomed->items[doomed->count] = jd_column_int(&columns[0]);
        doomed->messages[doomed->count++] = jd_column_int(&columns[1]);
    }
    return JD_OK;
}

static enum jd_status remove_unseen(struct jd_db *db,
        int64_t user,
        int64_t account,
        int64_t listing,
        int limit,
        int64_t *out_count,
        struct jd_error *error)
{
    struct doomed doomed = { .count = 0 };
    int most = limit < REMOVE_MAX ? limit : REMOVE_MAX;
    enum jd_status status = jd_db_run(db, &statements[UNSEEN_KEYS], user,
            JD_VALUES(JD_INT(account), JD_INT(listing), JD_INT(most)), take_doomed, &doomed,
            NULL, error);
    for (int i = 0; i < doomed.count && status == JD_OK; i++) {
        status = drop(db, user, doomed.items[i], doomed.messages[i], error);
    }
    if (status == JD_OK) {
        *out_count = doomed.count;
    }
    return status;
}

enum jd_status jd_items_remove_unseen(struct jd_db *db,
        int64_t user,
        int64_t account,
        int64_t listing,
        int limit,
        int64_t *out_count,
        struct jd_error *error)
{
    return remove_unseen(db, user, account, listing, limit, out_count, error);
}

enum jd_status jd_items_remove_some(struct jd_db *db,
        int64_t user,
        int64_t account,
        int limit,
        int64_t *out_count,
        struct jd_error *error)
{
    return remove_unseen(db, user, account, INT64_MAX, limit, out_count, error);
}

struct taken {
    int64_t ids[500], received[500];
    uint32_t count;
};

static enum jd_status take_id(void *context, const struct jd_value *columns, uint32_t count)
{
    struct taken *taken = context;
    if (count != 2 || taken->count == 500) {
        return JD_BUG;
    }
    // RETURNING gives no order: insert by received, newest first.
    int64_t id = jd_column_int(&columns[0]), received = jd_column_int(&columns[1]);
    uint32_t at = taken->count++;
    for (; at > 0 && (taken->received[at - 1] < received ||
                             (taken->received[at - 1] == received && taken->ids[at - 1] > id));
            at--) {
        taken->ids[at] = taken->ids[at - 1];
        taken->received[at] = taken->received[at - 1];
    }
    taken->ids[at] = id;
    taken->received[at] = received;
    return JD_OK;
}

enum jd_status jd_items_take(struct jd_db *db,
        int64_t user,
        int64_t account,
        int limit,
        int64_t *out_items,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct taken taken = { .count = 0 };
    enum jd_status status = jd_db_run(db, &statements[TAKE], user,
            JD_VALUES(JD_INT(account), JD_INT(limit)), take_id, &taken, NULL, error);
    if (status == JD_OK) {
        memcpy(out_items, taken.ids, taken.count * sizeof(*out_items));
        *out_count = taken.count;
    }
    return status;
}

enum jd_status jd_items_mark_queued(struct jd_db *db,
        int64_t user,
        const int64_t *items,
        uint32_t count,
        struct jd_error *error)
{
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        status = jd_db_run(db, &statements[MARK_QUEUED], user, JD_VALUES(JD_INT(items[i])),
                NULL, NULL, NULL, error);
    }
    return status;
}

enum jd_status
jd_items_requeue(struct jd_db *db, int64_t user, int64_t account, struct jd_error *error)
{
    return jd_db_run(db, &statements[REQUEUE], user, JD_VALUES(JD_INT(account)), NULL, NULL,
            NULL, error);
}

enum jd_status
jd_items_free_queued(struct jd_db *db, int64_t user, int64_t account, struct jd_error *error)
{
    return jd_db_run(db, &statements[FREE_QUEUED], user, JD_VALUES(JD_INT(account)), NULL, NULL,
            NULL, error);
}

enum jd_status jd_items_requeue_outdated(struct jd_db *db,
        int64_t user,
        int64_t account,
        const struct jd_rule_set *set,
        int64_t *out_requeued,
        int64_t *out_corrected,
        struct jd_error *error)
{
    struct jd_values values =
            JD_VALUES(JD_INT(account), JD_INT(set->organisation), JD_INT(set->user));
    enum jd_status status =
            jd_db_int(db, &statements[CORRECTED], user, values, out_corrected, error);
    return status == JD_OK ? jd_db_run(db, &statements[REQUEUE_OUTDATED], user, values, NULL,
                                     NULL, out_requeued, error)
                           : status;
}

struct getting {
    struct jd_arena *arena;
    struct jd_item *items;
    uint32_t count;
};

static struct jd_item read_item(const struct jd_value *columns, struct jd_arena *arena)
{
    return (struct jd_item){
        .id = jd_column_int(&columns[0]),
        .mailbox_id = jd_column_int(&columns[1]),
        .message_id = jd_column_int(&columns[2]),
        .flags = jd_column_int(&columns[3]),
        .received_ms = jd_column_int(&columns[4]),
        .key = jd_arena_copy(arena, jd_column_bytes(&columns[5])),
    };
}

static enum jd_status take_item(void *context, const struct jd_value *columns, uint32_t count)
{
    struct getting *getting = context;
    if (count != 6) {
        return JD_BUG;
    }
    struct jd_item *item = &getting->items[getting->count];
    *item = read_item(columns, getting->arena);
    getting->count++;
    return item->key.data ? JD_OK : JD_BUG;
}

enum jd_status jd_items_get(struct jd_db *db,
        int64_t user,
        int64_t account,
        const int64_t *ids,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_item **out_items,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct getting getting = { .arena = arena,
        .items = jd_arena_zalloc(arena, count ? count : 1, sizeof(*getting.items)) };
    if (!getting.items) {
        return jd_error_set(error, JD_BUG, "no room for %u items", count);
    }
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        status = jd_db_run(db, &statements[GET], user,
                JD_VALUES(JD_INT(ids[i]), JD_INT(account)), take_item, &getting, NULL, error);
    }
    if (status == JD_OK) {
        *out_items = getting.items;
        *out_count = getting.count;
    }
    return status;
}

struct sampling {
    struct jd_arena *arena;
    struct jd_item_sample *samples;
    uint32_t count, capacity;
};

static enum jd_status take_sample(void *context, const struct jd_value *columns, uint32_t count)
{
    struct sampling *sampling = context;
    if (count != 7 || sampling->count == sampling->capacity) {
        return JD_BUG;
    }
    struct jd_item_sample *sample = &sampling->samples[sampling->count++];
    sample->item = read_item(columns, sampling->arena);
    sample->mailbox = jd_arena_copy(sampling->arena, jd_column_bytes(&columns[6]));
    return sample->item.key.data && sample->mailbox.data ? JD_OK : JD_BUG;
}

enum jd_status jd_items_newest(struct jd_db *db,
        int64_t user,
        int64_t account,
        int limit,
        struct jd_arena *arena,
        struct jd_item_sample **out_items,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct sampling sampling = { .arena = arena,
        .capacity = (uint32_t)limit,
        .samples = jd_arena_zalloc(arena, (size_t)limit, sizeof(*sampling.samples)) };
    if (!sampling.samples) {
        return jd_error_set(error, JD_BUG, "no room for %d items", limit);
    }
    enum jd_status status = jd_db_run(db, &statements[NEWEST], user,
            JD_VALUES(JD_INT(account), JD_INT(limit)), take_sample, &sampling, NULL, error);
    if (status == JD_OK) {
        *out_items = sampling.samples;
        *out_count = sampling.count;
    }
    return status;
}

enum jd_status jd_item_reject(struct jd_db *db,
        int64_t user,
        int64_t item,
        struct jd_span reason,
        struct jd_error *error)
{
    return jd_db_run(db, &statements[REJECT], user, JD_VALUES(JD_INT(item), JD_TEXT(reason)),
            NULL, NULL, NULL, error);
}

enum jd_status jd_items_count(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_item_counts *out_counts,
        struct jd_error *error)
{
    struct jd_item_counts counts = { 0 };
    enum jd_status status = jd_db_int(
            db, &statements[TOTAL], user, JD_VALUES(JD_INT(account)), &counts.total, error);
    if (status == JD_OK) {
        status = jd_db_int(db, &statements[WAITING], user, JD_VALUES(JD_INT(account)),
                &counts.waiting, error);
    }
    if (status == JD_OK) {
        status = jd_db_int(db, &statements[QUEUED], user, JD_VALUES(JD_INT(account)),
                &counts.queued, error);
    }
    if (status == JD_OK) {
        status = jd_db_int(db, &statements[REJECTED], user, JD_VALUES(JD_INT(account)),
                &counts.rejected, error);
    }
    if (status == JD_OK) {
        *out_counts = counts;
    }
    return status;
}

struct rejected_listing {
    jd_rejected_fn row;
    void *context;
};

static enum jd_status pass_rejected(void *context, const struct jd_value *c, uint32_t count)
{
    const struct rejected_listing *listing = context;
    if (count != 5) {
        return JD_BUG;
    }
    struct jd_rejected_item item = {
        .id = jd_column_int(&c[0]),
        .received_ms = jd_column_int(&c[1]),
        .mailbox = jd_column_bytes(&c[2]),
        .key = jd_column_bytes(&c[3]),
        .reason = jd_column_bytes(&c[4]),
    };
    return listing->row(listing->context, &item);
}

enum jd_status jd_items_rejected(struct jd_db *db,
        int64_t user,
        int64_t account,
        int64_t before_ms,
        int64_t before_id,
        int limit,
        jd_rejected_fn row,
        void *context,
        struct jd_error *error)
{
    struct rejected_listing listing = { row, context };
    bool top = before_id == 0;
    return jd_db_run(db, &statements[LIST_REJECTED], user,
            JD_VALUES(JD_INT(account), JD_INT(top ? INT64_MAX : before_ms),
                    JD_INT(top ? INT64_MAX : before_id), JD_INT(limit)),
            pass_rejected, &listing, NULL, error);
}
