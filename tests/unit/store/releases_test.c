/* Releases: numbered, edited while open, activated when tested, rolled back; an owner sees none
 * of another's. */
#include "store/releases.h"

#include "jd_test.h"
#include "rig.h"

static const struct jd_release_note note = { JD_SPAN("robin"), JD_SPAN("why not") };

static int64_t make(struct rig *rig, int64_t owner, int64_t base)
{
    int64_t release = 0;
    RIG_NEED(jd_tx_begin(rig->db, JD_TX_INTERACTIVE, INT64_MAX, &error));
    RIG_NEED(jd_release_create(rig->db, owner, base, &note, &release, &error));
    RIG_NEED(jd_tx_commit(rig->db, &error));
    return release;
}

static enum jd_status put_bytes(struct rig *rig,
        int64_t owner,
        int64_t release,
        int64_t if_version,
        struct jd_release_content file,
        struct jd_error *error)
{
    enum jd_status status = jd_tx_begin(rig->db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status == JD_OK) {
        status = jd_release_put(rig->db, owner, release, if_version, &file, error);
    }
    if (status == JD_OK) {
        return jd_tx_commit(rig->db, error);
    }
    jd_tx_rollback(rig->db);
    return status;
}

static enum jd_status put(struct rig *rig,
        int64_t owner,
        int64_t release,
        const char *path,
        const char *content,
        struct jd_error *error)
{
    return put_bytes(rig, owner, release, 0,
            (struct jd_release_content){ jd_span_of(path), jd_span_of(content) }, error);
}

static struct jd_release_row get(struct rig *rig, int64_t owner, int64_t release)
{
    struct jd_release_row row = { 0 };
    RIG_NEED(jd_release_get(rig->db, owner, release, rig->arena, &row, &error));
    return row;
}

static void pass(struct rig *rig, int64_t owner, int64_t release)
{
    struct jd_release_row row = get(rig, owner, release);
    RIG_NEED(jd_release_checked(
            rig->db, owner, release, row.version, true, JD_SPAN("{}"), &error));
}

static int64_t active(struct rig *rig, int64_t owner)
{
    int64_t release = 0;
    struct jd_error error;
    return jd_release_active(rig->db, owner, &release, &error) == JD_OK ? release : 0;
}

TEST(a_release_is_made_from_another_and_edited)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    struct jd_span content;
    int64_t first = active(&rig, JD_ORGANISATION);
    int64_t second = make(&rig, JD_ORGANISATION, first);
    struct jd_release_row row = get(&rig, JD_ORGANISATION, second);
    CHECK_INT(row.number, 2);
    CHECK_INT(row.base_id, first);
    CHECK_INT(row.files_count, get(&rig, JD_ORGANISATION, first).files_count);
    CHECK_TEXT(row.state, "open");
    CHECK_OK(put(&rig, JD_ORGANISATION, second, "office/pack.lua", "return {}", &error), error);
    CHECK_INT(get(&rig, JD_ORGANISATION, second).version, row.version + 1);
    CHECK_OK(jd_release_file(rig.db, JD_ORGANISATION, second, JD_SPAN("office/pack.lua"),
                     rig.arena, &content, &error),
            error);
    CHECK_TEXT(content, "return {}");
    struct jd_release_content gone = { .path = JD_SPAN("office/pack.lua") };
    CHECK_OK(put_bytes(&rig, JD_ORGANISATION, second, 0, gone, &error), error);
    CHECK_INT(put_bytes(&rig, JD_ORGANISATION, second, 0, gone, &error), JD_GONE);
    CHECK_INT(put_bytes(&rig, JD_ORGANISATION, second, 1,
                      (struct jd_release_content){ JD_SPAN("a/b.lua"), JD_SPAN("") }, &error),
            JD_REJECTED); // edited since version 1
    rig_close(&rig);
}

TEST(what_is_no_file_of_a_release_is_refused)
{
    static const struct {
        const char *path;
        struct jd_span content;
        const char *told;
    } cases[] = {
        { "pack.lua", JD_SPAN("x"), "no path of a release" },
        { "../etc/passwd", JD_SPAN("x"), "no path of a release" },
        { "a/../b.lua", JD_SPAN("x"), "no path of a release" },
        { "/a/b.lua", JD_SPAN("x"), "no path of a release" },
        { "a//b.lua", JD_SPAN("x"), "no path of a release" },
        { "a/.hidden", JD_SPAN("x"), "no path of a release" },
        { "a/b c.lua", JD_SPAN("x"), "no path of a release" },
        { "a/b.lua/", JD_SPAN("x"), "no path of a release" },
        { "a/b.lua", JD_SPAN("\xff\xfe"), "is not UTF-8" },
        { "a/b.lua", JD_SPAN("x\0y"), "is not UTF-8" },
    };
    struct rig rig = rig_open();
    int64_t release = make(&rig, rig.user, 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_error error = { 0 };
        struct jd_release_content file = { jd_span_of(cases[i].path), cases[i].content };
        CHECK_INT(put_bytes(&rig, rig.user, release, 0, file, &error), JD_BAD_INPUT);
        CHECK(strstr(error.text, cases[i].told));
    }
    struct jd_error error = { 0 };
    static char large[JD_RELEASE_FILE_BYTES_MAX + 1];
    memset(large, 'x', sizeof(large));
    struct jd_release_content file = { JD_SPAN("a/b.lua"), { large, sizeof(large) } };
    CHECK_INT(put_bytes(&rig, rig.user, release, 0, file, &error), JD_BAD_INPUT);
    file.content.len--;
    CHECK_OK(put_bytes(&rig, rig.user, release, 0, file, &error), error);
    CHECK_INT(get(&rig, rig.user, release).files_count, 1);
    rig_close(&rig);
}

TEST(only_a_tested_release_is_activated_and_an_edit_opens_it_again)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    int64_t first = active(&rig, JD_ORGANISATION);
    int64_t second = make(&rig, JD_ORGANISATION, first);
    CHECK_INT(jd_release_activate(rig.db, JD_ORGANISATION, second, &note, &error), JD_REJECTED);
    CHECK(strstr(error.text, "was not checked since its last edit"));
    int64_t version = get(&rig, JD_ORGANISATION, second).version;
    CHECK_OK(jd_release_checked(rig.db, JD_ORGANISATION, second, version, false,
                     JD_SPAN("{\"problems\":1}"), &error),
            error);
    CHECK_INT(jd_release_activate(rig.db, JD_ORGANISATION, second, &note, &error), JD_REJECTED);
    CHECK(strstr(error.text, "did not pass its check"));
    pass(&rig, JD_ORGANISATION, second);
    CHECK_OK(put(&rig, JD_ORGANISATION, second, "a/b.lua", "-- later", &error), error);
    CHECK_INT(jd_release_checked(
                      rig.db, JD_ORGANISATION, second, version, true, JD_SPAN("{}"), &error),
            JD_REJECTED); // that was the release before the edit
    CHECK_INT(jd_release_activate(rig.db, JD_ORGANISATION, second, &note, &error), JD_REJECTED);
    pass(&rig, JD_ORGANISATION, second);
    CHECK_OK(jd_release_activate(rig.db, JD_ORGANISATION, second, &note, &error), error);
    CHECK_INT(active(&rig, JD_ORGANISATION), second);
    CHECK_TEXT(get(&rig, JD_ORGANISATION, first).state, "retired");
    CHECK_TEXT(get(&rig, JD_ORGANISATION, second).state, "active");
    CHECK_INT(put(&rig, JD_ORGANISATION, second, "a/b.lua", "", &error), JD_REJECTED);
    CHECK_INT(put(&rig, JD_ORGANISATION, first, "a/b.lua", "", &error), JD_REJECTED);
    CHECK_INT(jd_release_drop(rig.db, JD_ORGANISATION, first, &error), JD_REJECTED);
    CHECK_INT(
            RIG_COUNT(&rig,
                    "SELECT count(*) FROM events WHERE type = 'release.changed' AND stream = 'system'"),
            2);
    rig_close(&rig);
}

static enum jd_status take_kind(void *context, const struct jd_release_change *change)
{
    char *kinds = context;
    size_t len = strlen(kinds);
    snprintf(kinds + len, 200 - len, "%.*s ", (int)change->kind.len, change->kind.data);
    return JD_OK;
}

TEST(rollback_goes_back_one_activation_at_a_time)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    char kinds[200] = "";
    int64_t list[3] = { active(&rig, JD_ORGANISATION) }, back = 0;
    CHECK_INT(jd_release_rollback(rig.db, JD_ORGANISATION, &note, &back, &error), JD_REJECTED);
    for (int i = 1; i < 3; i++) {
        list[i] = make(&rig, JD_ORGANISATION, list[i - 1]);
        pass(&rig, JD_ORGANISATION, list[i]);
        CHECK_OK(jd_release_activate(rig.db, JD_ORGANISATION, list[i], &note, &error), error);
    }
    for (int i = 1; i >= 0; i--) {
        CHECK_OK(jd_release_rollback(rig.db, JD_ORGANISATION, &note, &back, &error), error);
        CHECK_INT(back, list[i]);
        CHECK_INT(active(&rig, JD_ORGANISATION), list[i]);
    }
    CHECK_INT(jd_release_rollback(rig.db, JD_ORGANISATION, &note, &back, &error), JD_REJECTED);
    CHECK_OK(jd_release_activate(rig.db, JD_ORGANISATION, list[2], &note, &error), error);
    CHECK_OK(jd_release_log(rig.db, JD_ORGANISATION, 0, 100, take_kind, kinds, &error), error);
    CHECK_TEXT(jd_span_of(kinds), "activate rollback rollback activate activate activate ");
    rig_close(&rig);
}

TEST(a_candidate_stands_beside_the_active_one)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    struct jd_rule_set set;
    int64_t first = active(&rig, JD_ORGANISATION);
    int64_t second = make(&rig, JD_ORGANISATION, first);
    CHECK_INT(jd_rule_set_candidate(rig.db, rig.user, &set, &error), JD_NONE);
    CHECK_INT(jd_release_set_candidate(rig.db, JD_ORGANISATION, second, &note, &error),
            JD_REJECTED);
    pass(&rig, JD_ORGANISATION, second);
    CHECK_OK(jd_release_set_candidate(rig.db, JD_ORGANISATION, second, &note, &error), error);
    CHECK(get(&rig, JD_ORGANISATION, second).is_candidate);
    CHECK_INT(active(&rig, JD_ORGANISATION), first);
    CHECK_OK(jd_rule_set_candidate(rig.db, rig.user, &set, &error), error);
    CHECK_INT(set.organisation, second);
    CHECK(set.key != second); // it may still be edited
    int64_t key = set.key;
    CHECK_OK(jd_rule_set_with(rig.db, rig.user, second, &set, &error), error);
    CHECK_INT(set.key, key);
    CHECK_OK(put(&rig, JD_ORGANISATION, second, "office/more.lua", "return {}", &error), error);
    CHECK_OK(jd_rule_set_with(rig.db, rig.user, second, &set, &error), error);
    CHECK(set.key != key);
    pass(&rig, JD_ORGANISATION, second);
    CHECK_INT(jd_release_drop(rig.db, JD_ORGANISATION, second, &error), JD_REJECTED);
    CHECK_OK(jd_release_activate(rig.db, JD_ORGANISATION, second, &note, &error), error);
    CHECK_INT(jd_rule_set_candidate(rig.db, rig.user, &set, &error), JD_NONE);
    CHECK_OK(jd_rule_set_with(rig.db, rig.user, second, &set, &error), error);
    CHECK_INT(set.key, second);
    CHECK_INT(jd_release_set_candidate(rig.db, JD_ORGANISATION, 0, &note, &error), JD_GONE);
    rig_close(&rig);
}

TEST(a_users_layer_is_a_set_of_its_own_and_is_checked_with_it)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    struct jd_rule_set before, after, other;
    struct jd_release_content *files;
    uint32_t without = 0, with = 0;
    int64_t organisation = active(&rig, JD_ORGANISATION), own = make(&rig, rig.user, 0);
    CHECK_OK(put(&rig, rig.user, own, "mine/pack.lua", "return {}", &error), error);
    CHECK_OK(put(&rig, rig.user, own, "standard/pack.lua", "return {}", &error), error);
    pass(&rig, rig.user, own);
    CHECK_OK(jd_rule_set_active(rig.db, rig.user, &before, &error), error);
    CHECK_INT(before.key, organisation);
    CHECK_OK(jd_release_activate(rig.db, rig.user, own, &note, &error), error);
    CHECK_OK(jd_rule_set_active(rig.db, rig.user, &after, &error), error);
    CHECK_INT(after.organisation, organisation);
    CHECK_INT(after.user, own);
    CHECK(after.key != organisation && after.key > 0);
    CHECK_OK(jd_rule_set_active(rig.db, rig.user + 1, &other, &error), error);
    CHECK_INT(other.key, organisation);
    CHECK_OK(jd_rule_set_files(rig.db, &before, rig.arena, &files, &without, &error), error);
    CHECK_OK(jd_rule_set_files(rig.db, &after, rig.arena, &files, &with, &error), error);
    CHECK_INT(with, without + 1); // the standard pack's own file stays
    for (uint32_t i = 1; i < with; i++) {
        CHECK(jd_span_compare(files[i - 1].path, files[i].path) < 0);
    }
    CHECK_OK(jd_tx_begin(rig.db, JD_TX_BULK, INT64_MAX, &error), error);
    CHECK_OK(jd_rule_set_check(rig.db, rig.user, &after, &error), error);
    CHECK_INT(jd_rule_set_check(rig.db, rig.user, &before, &error), JD_REJECTED);
    jd_tx_rollback(rig.db);
    rig_close(&rig);
}

TEST(no_owner_reaches_anothers_release)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    struct jd_release_row row;
    struct jd_span content;
    int64_t own = make(&rig, rig.user, 0), stranger = rig.user + 1;
    CHECK_OK(put(&rig, rig.user, own, "mine/pack.lua", "return {}", &error), error);
    pass(&rig, rig.user, own);
    CHECK_INT(jd_release_get(rig.db, stranger, own, rig.arena, &row, &error), JD_GONE);
    CHECK_INT(jd_release_file(rig.db, stranger, own, JD_SPAN("mine/pack.lua"), rig.arena,
                      &content, &error),
            JD_GONE);
    CHECK_INT(put(&rig, stranger, own, "mine/pack.lua", "", &error), JD_GONE);
    CHECK_INT(jd_release_activate(rig.db, stranger, own, &note, &error), JD_GONE);
    CHECK_INT(jd_release_set_candidate(rig.db, stranger, own, &note, &error), JD_GONE);
    CHECK_INT(jd_release_drop(rig.db, stranger, own, &error), JD_GONE);
    CHECK_INT(jd_release_checked(rig.db, stranger, own, 2, true, JD_SPAN("{}"), &error),
            JD_REJECTED);
    int64_t copy = make(&rig, stranger, own); // another's base gives no files
    CHECK_INT(get(&rig, stranger, copy).files_count, 0);
    struct jd_rule_set set;
    CHECK_INT(jd_rule_set_with(rig.db, stranger, own, &set, &error), JD_GONE);
    CHECK_OK(jd_rule_set_with(rig.db, rig.user, own, &set, &error), error);
    CHECK_INT(set.user, own);
    rig_close(&rig);
}

static const struct jd_statement spoil = { "test.spoil", JD_SCOPE_SYSTEM,
    "UPDATE release_files SET content = content || ?1 WHERE path LIKE 'standard/%.lua'" };
static const struct jd_statement unoffer = { "test.unoffer", JD_SCOPE_SYSTEM,
    "DELETE FROM settings WHERE name = ?1" };

/* As if the binary had another standard pack than the one that is active. */
TEST(a_newer_standard_pack_becomes_the_candidate_once)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    struct jd_rule_set set;
    int64_t first = active(&rig, JD_ORGANISATION);
    CHECK_OK(jd_db_run(rig.db, &spoil, 0, JD_VALUES(JD_TEXT(JD_SPAN("-- older\n"))), NULL, NULL,
                     NULL, &error),
            error);
    CHECK_OK(jd_db_run(rig.db, &unoffer, 0, JD_VALUES(JD_TEXT(JD_SPAN("standard.offered"))),
                     NULL, NULL, NULL, &error),
            error);
    CHECK_OK(jd_store_migrate(rig.store, rig.snapshots, &error), error);
    CHECK_INT(active(&rig, JD_ORGANISATION), first);
    CHECK_OK(jd_rule_set_candidate(rig.db, rig.user, &set, &error), error);
    CHECK(set.organisation != first);
    CHECK_TEXT(get(&rig, JD_ORGANISATION, set.organisation).state, "open");
    CHECK_OK(jd_release_set_candidate(rig.db, JD_ORGANISATION, 0, &note, &error), error);
    CHECK_OK(jd_store_migrate(rig.store, rig.snapshots, &error), error);
    CHECK_INT(jd_rule_set_candidate(rig.db, rig.user, &set, &error), JD_NONE); // was refused
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM releases"), 2);
    rig_close(&rig);
}

int main(void)
{
    RUN(a_release_is_made_from_another_and_edited);
    RUN(what_is_no_file_of_a_release_is_refused);
    RUN(only_a_tested_release_is_activated_and_an_edit_opens_it_again);
    RUN(rollback_goes_back_one_activation_at_a_time);
    RUN(a_candidate_stands_beside_the_active_one);
    RUN(a_users_layer_is_a_set_of_its_own_and_is_checked_with_it);
    RUN(no_owner_reaches_anothers_release);
    RUN(a_newer_standard_pack_becomes_the_candidate_once);
    return REPORT();
}
