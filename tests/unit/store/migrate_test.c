/* The schema: made once, left alone when it is right, refused when it is of a newer Jackdaw. */
#include <sys/stat.h>

#include "base/file.h"
#include "jd_test.h"
#include "rig.h"
#include "store/db_internal.h"
#include "store/releases.h"

static const struct jd_statement set_version = { "test.version", JD_SCOPE_SYSTEM,
    "UPDATE schema_version SET version = version + ?1" };

static void raise_version(struct rig *rig, int64_t by)
{
    RIG_NEED(jd_db_run(
            rig->db, &set_version, 0, JD_VALUES(JD_INT(by)), NULL, NULL, NULL, &error));
}

TEST(a_new_database_gets_the_schema_and_release_1)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    struct jd_release_content *files = NULL;
    int64_t release = 0;
    uint32_t count = 0;
    CHECK_OK(jd_store_check_version(rig.store, &error), error);
    CHECK_OK(jd_release_active(rig.db, 0, &release, &error), error);
    CHECK_OK(jd_release_files(rig.db, release, rig.arena, &files, &count, &error), error);
    CHECK(count > 5);
    CHECK_INT(RIG_COUNT(&rig, "SELECT number FROM releases"), 1);
    CHECK(!jd_file_exists(rig.snapshots)); // there was nothing to lose
    rig_close(&rig);
}

TEST(a_database_of_this_version_is_left_alone)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    rig_add_message(&rig, 1);
    CHECK_OK(jd_store_migrate(rig.store, rig.snapshots, &error), error);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM messages"), 1);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM releases"), 1);
    CHECK(!jd_file_exists(rig.snapshots));
    rig_close(&rig);
}

TEST(a_newer_database_is_refused_and_not_touched)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    rig_add_message(&rig, 1);
    raise_version(&rig, 5);
    int64_t version = RIG_COUNT(&rig, "SELECT version FROM schema_version");
    CHECK_INT(jd_store_migrate(rig.store, rig.snapshots, &error), JD_BAD_INPUT);
    CHECK(strstr(error.text, "the database is of a newer Jackdaw"));
    CHECK(strstr(error.text, "run that version, or restore the snapshot"));
    CHECK_INT(jd_store_check_version(rig.store, &error), JD_BAD_INPUT);
    CHECK_INT(RIG_COUNT(&rig, "SELECT version FROM schema_version"), version);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM messages"), 1);
    CHECK(!jd_file_exists(rig.snapshots));
    rig_close(&rig);
}

TEST(an_older_database_waits_for_its_migration)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    raise_version(&rig, -1);
    CHECK_INT(jd_store_check_version(rig.store, &error), JD_RETRY_LATER);
    CHECK(strstr(error.text, "jackdaw migrate"));
    rig_close(&rig);
}

/* As version 1 left it: one user, one message, and the release that it was decided with. */
static const struct jd_statement of_the_first_schema[] = {
    { "test.user", JD_SCOPE_SYSTEM,
            "INSERT INTO users (id, name, role, password_hash, created_ms) VALUES (7, 'robin', 'admin', '', 0)" },
    { "test.release", JD_SCOPE_SYSTEM,
            "INSERT INTO releases (id, owner_id, number, state, author, comment, created_ms) "
            "VALUES (9, 0, 1, 'active', 'jackdaw', '', 0)" },
    { "test.active", JD_SCOPE_SYSTEM,
            "INSERT INTO active_releases (owner_id, release_id) VALUES (0, 9)" },
    { "test.analysis", JD_SCOPE_SYSTEM,
            "INSERT INTO analyses (message_id, user_id, release_id, facts, result, at_ms) "
            "VALUES (8, 7, 9, 0, '{}', 0)" },
};

TEST(a_database_of_the_first_schema_is_brought_up_to_date)
{
    char folder[] = "/tmp/jackdaw-store-XXXXXX";
    struct jd_error error = { 0 };
    CHECK(mkdtemp(folder));
    struct rig rig = rig_attach(folder);
    CHECK_OK(jd_store_migrate_to(rig.store, 1, rig.snapshots, &error), error);
    CHECK_INT(jd_store_check_version(rig.store, &error), JD_RETRY_LATER);
    CHECK_OK(jd_db_connect(rig.store, &rig.db, &error), error);
    for (size_t i = 0; i < sizeof(of_the_first_schema) / sizeof(of_the_first_schema[0]); i++) {
        CHECK_OK(jd_db_run(rig.db, &of_the_first_schema[i], 0, JD_NO_VALUES, NULL, NULL, NULL,
                         &error),
                error);
    }
    CHECK_OK(jd_store_migrate(rig.store, rig.snapshots, &error), error);
    CHECK_OK(jd_store_check_version(rig.store, &error), error);
    CHECK_INT(RIG_COUNT(&rig, "SELECT user_release_id FROM analyses WHERE message_id = 8"), 0);
    CHECK_INT(RIG_COUNT(&rig, "SELECT release_id FROM active_releases"), 9);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM releases"), 2); // its pack was empty
    CHECK(jd_file_exists(rig.snapshots));                           // a copy from before
    rig_close(&rig);
}

int main(void)
{
    RUN(a_new_database_gets_the_schema_and_release_1);
    RUN(a_database_of_this_version_is_left_alone);
    RUN(a_newer_database_is_refused_and_not_touched);
    RUN(an_older_database_waits_for_its_migration);
    RUN(a_database_of_the_first_schema_is_brought_up_to_date);
    return REPORT();
}
