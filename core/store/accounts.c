/* Accounts. What is found (address, time zone) and what was given are kept apart, so that a
 * person always sees which is which. */
#include "store/accounts.h"

#include "base/id.h"
#include "base/json.h"
#include "base/span.h"
#include "base/timezone.h"
#include "store/items.h"
#include "store/jobs.h"
#include "store/statements.h"

#define ACCOUNT_COLUMNS                                                                              \
 "a.id, a.user_id, a.version, a.name, a.kind, a.options, a.addresses, a.address = '', a.time_zone, " \
 "a.state, a.state_text, a.demo, a.synced_ms, a.cursor, a.held, a.listing"

enum {
    CREATE,
    LIST,
    GET,
    WATCHED,
    EDIT,
    REMOVE,
    SET_STATE,
    SET_CURSOR,
    SET_ADDRESSES,
    BEGIN_LISTING,
    HOLD,
    DIRTY,
    TAKE_DIRTY,
    DROP,
    DROP_MAILBOXES,
    FORGET_CONTACTS
};

static const struct jd_statement statements[] = {
    [CREATE] = { "accounts.create", JD_SCOPE_USER,
            "INSERT INTO accounts (id, user_id, name, kind, options, address, addresses, time_zone, state, "
            "demo, created_ms) VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, 'active', ?9, @now)" },
    [LIST] = { "accounts.list", JD_SCOPE_USER,
            "SELECT " ACCOUNT_COLUMNS
            " FROM accounts AS a WHERE a.user_id = ?1 ORDER BY a.id" },
    [GET] = { "accounts.get", JD_SCOPE_USER,
            "SELECT " ACCOUNT_COLUMNS
            " FROM accounts AS a WHERE a.user_id = ?1 AND a.id = ?2" },
    [WATCHED] = { "accounts.watched", JD_SCOPE_SYSTEM,
            "SELECT " ACCOUNT_COLUMNS
            " FROM accounts AS a WHERE a.state IN ('active', 'error') "
            "ORDER BY a.id" },
    [EDIT] = { "accounts.edit", JD_SCOPE_USER,
            "UPDATE accounts SET address = ?3, addresses = ?4, time_zone = ?5, version = version + 1 "
            "WHERE user_id = ?1 AND id = ?2" },
    [REMOVE] = { "accounts.remove", JD_SCOPE_USER,
            "UPDATE accounts SET state = 'removing', version = version + 1 "
            "WHERE user_id = ?1 AND id = ?2 AND state <> 'removing'" },
    [SET_STATE] = { "accounts.set_state", JD_SCOPE_USER,
            "UPDATE accounts SET state = ?3, state_text = ?4 "
            "WHERE user_id = ?1 AND id = ?2 AND state IN ('active', 'error')" },
    [SET_CURSOR] = { "accounts.set_cursor", JD_SCOPE_USER,
            "UPDATE accounts SET cursor = ?3, synced_ms = @now, state = 'active', "
            "state_text = CASE WHEN held > 0 THEN state_text ELSE '' END "
            "WHERE user_id = ?1 AND id = ?2 AND state IN ('active', 'error')" },
    [SET_ADDRESSES] = { "accounts.set_addresses", JD_SCOPE_USER,
            "UPDATE accounts SET addresses = ?3, version = version + 1 "
            "WHERE user_id = ?1 AND id = ?2 AND address = ''" },
    [BEGIN_LISTING] = { "accounts.begin_listing", JD_SCOPE_USER,
            "UPDATE accounts SET listing = listing + 1 WHERE user_id = ?1 AND id = ?2 RETURNING listing" },
    [HOLD] = { "accounts.hold", JD_SCOPE_USER,
            "UPDATE accounts SET held = ?3, state_text = ?4 WHERE user_id = ?1 AND id = ?2 "
            "RETURNING held" },
    [DIRTY] = { "accounts.dirty", JD_SCOPE_USER,
            "UPDATE accounts SET facts_dirty = 1 WHERE user_id = ?1 AND id = ?2 AND facts_dirty = 0" },
    [TAKE_DIRTY] = { "accounts.take_dirty", JD_SCOPE_USER,
            "UPDATE accounts SET facts_dirty = 0 WHERE user_id = ?1 AND id = ?2 AND facts_dirty = 1" },
    [DROP] = { "accounts.drop", JD_SCOPE_USER,
            "DELETE FROM accounts WHERE user_id = ?1 AND id = ?2" },
    [DROP_MAILBOXES] = { "accounts.drop_mailboxes", JD_SCOPE_USER,
            "DELETE FROM mailboxes WHERE user_id = ?1 AND account_id = ?2" },
    [FORGET_CONTACTS] = { "accounts.forget_contacts", JD_SCOPE_USER,
            "DELETE FROM contacts WHERE contacts.user_id = ?1 AND NOT EXISTS "
            "(SELECT 1 FROM accounts AS a WHERE a.user_id = ?1)" },
};
const struct jd_statement_set jd_accounts_set = JD_STATEMENT_SET(statements);

static struct jd_account read_account(const struct jd_value *columns)
{
    return (struct jd_account){
        .id = jd_column_int(&columns[0]),
        .user_id = jd_column_int(&columns[1]),
        .version = jd_column_int(&columns[2]),
        .name = jd_column_bytes(&columns[3]),
        .kind = jd_column_bytes(&columns[4]),
        .options = jd_column_bytes(&columns[5]),
        .addresses = jd_column_bytes(&columns[6]),
        .addresses_found = jd_column_int(&columns[7]) != 0,
        .time_zone = jd_column_bytes(&columns[8]),
        .time_zone_found = jd_column_bytes(&columns[8]).len == 0,
        .state = jd_column_bytes(&columns[9]),
        .state_text = jd_column_bytes(&columns[10]),
        .demo = jd_column_int(&columns[11]) != 0,
        .synced_ms = jd_column_int(&columns[12]),
        .cursor = jd_column_bytes(&columns[13]),
        .held = jd_column_int(&columns[14]),
        .listing = jd_column_int(&columns[15]),
    };
}

static bool copy_account(struct jd_arena *arena, struct jd_account *account)
{
    struct jd_span *spans[] = { &account->name, &account->kind, &account->options,
        &account->addresses, &account->time_zone, &account->state, &account->state_text,
        &account->cursor };
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        *spans[i] = jd_arena_copy(arena, *spans[i]);
        if (!spans[i]->data) {
            return false;
        }
    }
    return true;
}

#define ACCOUNTS_MAX 10000

struct reading {
    struct jd_arena *arena;
    struct jd_account *accounts;
    uint32_t count, capacity;
};

static enum jd_status
take_account(void *context, const struct jd_value *columns, uint32_t count)
{
    struct reading *reading = context;
    if (count != 16) {
        return JD_BUG;
    }
    if (reading->count == reading->capacity) {
        uint32_t capacity = reading->capacity ? reading->capacity * 2 : 8;
        struct jd_account *grown = jd_arena_zalloc(reading->arena, capacity, sizeof(*grown));
        if (!grown || capacity > ACCOUNTS_MAX) {
            return JD_BUG;
        }
        if (reading->count) {
            memcpy(grown, reading->accounts, reading->count * sizeof(*grown));
        }
        reading->accounts = grown;
        reading->capacity = capacity;
    }
    struct jd_account *account = &reading->accounts[reading->count++];
    *account = read_account(columns);
    return copy_account(reading->arena, account) ? JD_OK : JD_BUG;
}

/* The host's zone stands in for one that was not given. */
static void take_host_zone(struct jd_account *account)
{
    if (account->time_zone_found) {
        account->time_zone = jd_span_of(jd_timezone_host());
    }
}

static enum jd_status
count_items(struct jd_db *db, struct jd_account *account, struct jd_error *error)
{
    struct jd_item_counts counts;
    enum jd_status status = jd_items_count(db, account->user_id, account->id, &counts, error);
    if (status == JD_OK) {
        account->listed = counts.total;
        account->rejected = counts.rejected;
        account->decided = counts.total - counts.waiting - counts.queued - counts.rejected;
    }
    return status;
}

enum jd_status jd_accounts_read(struct jd_db *db,
        int64_t user,
        struct jd_arena *arena,
        struct jd_account **out_accounts,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct reading reading = { .arena = arena };
    enum jd_status status = jd_db_run(db, &statements[user ? LIST : WATCHED], user,
            JD_NO_VALUES, take_account, &reading, NULL, error);
    for (uint32_t i = 0; i < reading.count && status == JD_OK; i++) {
        take_host_zone(&reading.accounts[i]);
        status = count_items(db, &reading.accounts[i], error);
    }
    if (status == JD_OK) {
        *out_accounts = reading.accounts;
        *out_count = reading.count;
    }
    return status;
}

enum jd_status jd_accounts_list(struct jd_db *db,
        int64_t user,
        jd_account_fn row,
        void *context,
        struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(16 * 1024 * 1024);
    struct jd_account *accounts = NULL;
    uint32_t count = 0;
    enum jd_status status = jd_accounts_read(db, user, arena, &accounts, &count, error);
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        status = row(context, &accounts[i]);
    }
    jd_arena_destroy(&arena);
    return status == JD_NONE ? JD_OK : status;
}

enum jd_status jd_account_find(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_arena *arena,
        struct jd_account *out_account,
        struct jd_error *error)
{
    struct reading reading = { .arena = arena };
    enum jd_status status = jd_db_run(db, &statements[GET], user, JD_VALUES(JD_INT(account)),
            take_account, &reading, NULL, error);
    if (status == JD_OK && reading.count == 0) {
        return jd_error_set(error, JD_GONE, "there is no such account");
    }
    if (status == JD_OK) {
        take_host_zone(&reading.accounts[0]);
        *out_account = reading.accounts[0];
    }
    return status;
}

enum jd_status jd_account_get(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_arena *arena,
        struct jd_account *out_account,
        struct jd_error *error)
{
    struct jd_account found;
    enum jd_status status = jd_account_find(db, user, account, arena, &found, error);
    if (status == JD_OK) {
        status = count_items(db, &found, error);
    }
    if (status == JD_OK) {
        *out_account = found;
    }
    return status;
}

/* ["robin@hale.example"] of an address; [] of none. Lower case. */
static void write_addresses(struct jd_buf *out, struct jd_span address)
{
    char lower[321];
    size_t len = address.len < sizeof(lower) ? address.len : sizeof(lower) - 1;
    for (size_t i = 0; i < len; i++) {
        lower[i] = jd_ascii_lower(address.data[i]);
    }
    struct jd_json_writer writer = jd_json_writer(out);
    jd_json_open_array(&writer, NULL);
    if (len) {
        jd_json_add_text(&writer, NULL, jd_span_new(lower, len));
    }
    jd_json_close_array(&writer);
}

static void tell_account(struct jd_db *db, int64_t user, int64_t account, const char *type)
{
    char id[JD_ID_TEXT_BYTES], json[64];
    jd_id_format(account, id);
    int len = snprintf(json, sizeof(json), "{\"account_id\":\"%s\"}", id);
    jd_tx_event(db, user, type, jd_span_new(json, (size_t)len));
}

/* name@host and nothing around it: what a person would type. */
static bool is_address(struct jd_span address)
{
    size_t signs = 0;
    for (size_t i = 0; i < address.len; i++) {
        unsigned char c = (unsigned char)address.data[i];
        if (c <= ' ' || c == 0x7f || strchr("<>(),;:\"\\", c)) {
            return false;
        }
        signs += c == '@';
    }
    return signs == 1 && address.len <= 320 && address.data[0] != '@' &&
           address.data[address.len - 1] != '@';
}

static enum jd_status
check_given(struct jd_span address, struct jd_span time_zone, struct jd_error *error)
{
    if (address.len && !is_address(address)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "address '%.*s' is not a mail address; write it as name@example.org",
                (int)jd_span_sub(address, 0, 100).len, address.data);
    }
    if (time_zone.len && !jd_timezone_exists(time_zone)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "time zone '%.*s' is unknown; use an IANA name such as Europe/Berlin",
                (int)jd_span_sub(time_zone, 0, 60).len, time_zone.data);
    }
    return JD_OK;
}

enum jd_status jd_account_create(struct jd_db *db,
        int64_t user,
        const struct jd_account_new *account,
        int64_t *out_account,
        struct jd_error *error)
{
    enum jd_status status = check_given(account->address, account->time_zone, error);
    if (status == JD_OK) {
        status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    }
    if (status != JD_OK) {
        return status;
    }
    int64_t id = jd_id_next();
    struct jd_buf addresses = jd_buf_init(1024);
    write_addresses(&addresses, account->address);
    status = jd_db_run(db, &statements[CREATE], user,
            JD_VALUES(JD_INT(id), JD_TEXT(account->name), JD_TEXT(account->kind),
                    JD_TEXT(account->options), JD_TEXT(account->address),
                    JD_TEXT(jd_buf_span(&addresses)), JD_TEXT(account->time_zone),
                    JD_INT(account->demo)),
            NULL, NULL, NULL, error);
    jd_buf_finish(&addresses);
    if (status == JD_OK) {
        tell_account(db, user, id, "account.added");
        status = jd_tx_commit(db, error);
    } else {
        jd_tx_rollback(db);
    }
    if (status == JD_REJECTED) {
        return jd_error_set(error, JD_REJECTED, "this mail is connected already");
    }
    if (status == JD_OK) {
        *out_account = id;
        jd_store_wake(jd_db_store(db), "accounts");
    }
    return status;
}

/* Inside the transaction of an edit: verdicts that read the owner's address or zone are made
 * again. */
static enum jd_status
decide_again(struct jd_db *db, int64_t user, int64_t account, struct jd_error *error)
{
    enum jd_status status = jd_items_requeue(db, user, account, error);
    return status == JD_OK ? jd_job_add(db, user, account, "backlog", JD_SPAN("{}"),
                                     JD_PRIORITY_BACKLOG, 0, NULL, error)
                           : status;
}

enum jd_status jd_account_edit(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_span address,
        struct jd_span time_zone,
        struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(1024 * 1024);
    struct jd_buf addresses = jd_buf_init(1024);
    struct jd_account old;
    enum jd_status status = check_given(address, time_zone, error);
    if (status == JD_OK) {
        status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    }
    if (status == JD_OK) {
        status = jd_account_get(db, user, account, arena, &old, error);
    }
    if (status == JD_OK) {
        bool keep = address.len == 0;
        struct jd_span zone = time_zone.len || old.time_zone_found ? time_zone : old.time_zone;
        if (keep) {
            jd_buf_add(&addresses, old.addresses);
        } else {
            write_addresses(&addresses, address);
        }
        struct jd_json *list = NULL;
        struct jd_span given = address;
        if (keep && !old.addresses_found &&
                jd_json_parse(old.addresses, 4096, &list, error) == JD_OK) {
            given = jd_arena_copy(arena, jd_json_text(jd_json_first(list), JD_SPAN("")));
        }
        jd_json_destroy(&list);
        status = jd_db_run(db, &statements[EDIT], user,
                JD_VALUES(JD_INT(account), JD_TEXT(given), JD_TEXT(jd_buf_span(&addresses)),
                        JD_TEXT(zone)),
                NULL, NULL, NULL, error);
    }
    if (status == JD_OK) {
        status = decide_again(db, user, account, error);
    }
    if (status == JD_OK) {
        tell_account(db, user, account, "account.changed");
        status = jd_tx_commit(db, error);
    } else {
        jd_tx_rollback(db);
    }
    jd_buf_finish(&addresses);
    jd_arena_destroy(&arena);
    return status;
}

enum jd_status
jd_account_remove(struct jd_db *db, int64_t user, int64_t account, struct jd_error *error)
{
    int64_t changes = 0;
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[REMOVE], user, JD_VALUES(JD_INT(account)), NULL,
                NULL, &changes, error);
    }
    if (status == JD_OK && changes == 0) {
        status = jd_error_set(
                error, JD_GONE, "there is no such account, or it is being removed already");
    }
    if (status == JD_OK) {
        status = jd_job_add(
                db, user, account, "remove", JD_SPAN("{}"), JD_PRIORITY_NORMAL, 0, NULL, error);
    }
    if (status == JD_OK) {
        tell_account(db, user, account, "account.changed");
        status = jd_tx_commit(db, error);
        jd_store_wake(jd_db_store(db), "accounts");
    } else {
        jd_tx_rollback(db);
    }
    return status;
}

static enum jd_status write_one(struct jd_db *db,
        int which,
        int64_t user,
        struct jd_values values,
        struct jd_error *error)
{
    return jd_db_run(db, &statements[which], user, values, NULL, NULL, NULL, error);
}

enum jd_status jd_account_set_state(struct jd_db *db,
        int64_t user,
        int64_t account,
        const char *state,
        struct jd_span text,
        struct jd_error *error)
{
    return write_one(db, SET_STATE, user,
            JD_VALUES(JD_INT(account), JD_TEXT(jd_span_of(state)), JD_TEXT(text)), error);
}

enum jd_status jd_account_set_cursor(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_span cursor,
        struct jd_error *error)
{
    return write_one(db, SET_CURSOR, user, JD_VALUES(JD_INT(account), JD_BLOB(cursor)), error);
}

enum jd_status jd_account_set_found(struct jd_db *db,
        int64_t user,
        int64_t account,
        struct jd_span addresses,
        struct jd_error *error)
{
    return write_one(
            db, SET_ADDRESSES, user, JD_VALUES(JD_INT(account), JD_TEXT(addresses)), error);
}

enum jd_status jd_account_begin_listing(struct jd_db *db,
        int64_t user,
        int64_t account,
        int64_t *out_listing,
        struct jd_error *error)
{
    return jd_db_int(db, &statements[BEGIN_LISTING], user, JD_VALUES(JD_INT(account)),
            out_listing, error);
}

enum jd_status jd_account_hold(struct jd_db *db,
        int64_t user,
        int64_t account,
        int64_t removals,
        struct jd_span text,
        struct jd_error *error)
{
    return write_one(
            db, HOLD, user, JD_VALUES(JD_INT(account), JD_INT(removals), JD_TEXT(text)), error);
}

enum jd_status jd_account_mark_dirty(struct jd_db *db,
        int64_t user,
        int64_t account,
        bool *out_marked,
        struct jd_error *error)
{
    int64_t changes = 0;
    enum jd_status status = jd_db_run(db, &statements[DIRTY], user, JD_VALUES(JD_INT(account)),
            NULL, NULL, &changes, error);
    *out_marked = status == JD_OK && changes == 1;
    return status;
}

enum jd_status jd_account_take_dirty(struct jd_db *db,
        int64_t user,
        int64_t account,
        bool *out_dirty,
        struct jd_error *error)
{
    int64_t changes = 0;
    enum jd_status status = jd_db_run(db, &statements[TAKE_DIRTY], user,
            JD_VALUES(JD_INT(account)), NULL, NULL, &changes, error);
    *out_dirty = status == JD_OK && changes == 1;
    return status;
}

enum jd_status
jd_account_drop(struct jd_db *db, int64_t user, int64_t account, struct jd_error *error)
{
    enum jd_status status =
            write_one(db, DROP_MAILBOXES, user, JD_VALUES(JD_INT(account)), error);
    if (status == JD_OK) {
        status = write_one(db, DROP, user, JD_VALUES(JD_INT(account)), error);
    }
    if (status == JD_OK) {
        status = write_one(db, FORGET_CONTACTS, user, JD_NO_VALUES, error);
    }
    if (status == JD_OK) {
        tell_account(db, user, account, "account.removed");
    }
    return status;
}
