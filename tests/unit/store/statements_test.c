/* A user statement that could see another user's rows is refused at start. */
#include "store/statements.h"

#include "jd_test.h"

static enum jd_status
check(enum jd_statement_scope scope, const char *sql, struct jd_error *error)
{
    struct jd_statement statement = { "test.statement", scope, sql };
    struct jd_statement_set set = { &statement, 1 };
    return jd_statement_set_check(&set, error);
}

static const struct {
    const char *sql;
    bool tied;
} cases[] = {
    { "SELECT id FROM messages WHERE user_id = ?1 AND id = ?2", true },
    { "SELECT id FROM messages WHERE id = ?2", false },
    { "SELECT id FROM messages WHERE user_id = ?2", false },
    { "SELECT id FROM messages WHERE user_id = ?12", false },
    { "SELECT m.id FROM messages AS m WHERE m.user_id = ?1", true },
    { "SELECT m.id FROM messages m WHERE m.user_id = ?1", true },
    { "SELECT m.id FROM messages AS m JOIN tasks AS t ON t.message_id = m.id WHERE m.user_id = ?1",
            false },
    { "SELECT m.id FROM messages AS m JOIN tasks AS t ON t.user_id = ?1 AND t.message_id = m.id "
      "WHERE m.user_id = ?1",
            true },
    { "SELECT m.id FROM messages AS m, tasks AS t WHERE m.user_id = ?1 AND t.user_id = ?1",
            false },
    { "SELECT id FROM messages WHERE user_id = ?1 AND id IN (SELECT message_id FROM tasks)",
            false },
    { "UPDATE messages SET unread = 0 WHERE user_id = ?1 AND id = ?2", true },
    { "UPDATE messages SET unread = 0 WHERE id = ?2", false },
    { "DELETE FROM tasks WHERE user_id = ?1", true },
    { "DELETE FROM tasks WHERE id = ?2", false },
    { "INSERT INTO threads (id, user_id) VALUES (?2, ?1)", true },
    { "INSERT INTO threads (id, user_id) VALUES (?1, ?2)", false },
    { "INSERT INTO threads (id) VALUES (?2)", false },
    { "INSERT INTO contacts (user_id, address, first_written_ms) SELECT ?1, ?2, ?3 WHERE NOT EXISTS "
      "(SELECT 1 FROM contacts AS c WHERE c.user_id = ?1 AND c.address = ?2)",
            true },
    { "INSERT INTO contacts (user_id, address, first_written_ms) SELECT ?2, ?3, ?4", false },
    { "SELECT count(*) FROM search WHERE search MATCH ?2", true },
};

TEST(user_statements_name_the_user_on_every_user_table)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_error error = { 0 };
        enum jd_status status = check(JD_SCOPE_USER, cases[i].sql, &error);
        if ((status == JD_OK) != cases[i].tied) {
            FAIL("case %zu is %s: %s (%s)", i, status == JD_OK ? "accepted" : "refused",
                    cases[i].sql, error.text);
        }
    }
}

TEST(a_statement_without_a_scope_is_refused)
{
    struct jd_error error = { 0 };
    CHECK_INT(check(0, "SELECT 1", &error), JD_BUG);
    CHECK_INT(check(JD_SCOPE_SYSTEM, "SELECT id FROM messages", &error), JD_OK);
}

TEST(every_statement_of_the_store_keeps_its_scope)
{
    struct jd_error error = { 0 };
    CHECK_OK(jd_statements_check(&error), error);
}

int main(void)
{
    RUN(user_statements_name_the_user_on_every_user_table);
    RUN(a_statement_without_a_scope_is_refused);
    RUN(every_statement_of_the_store_keeps_its_scope);
    return REPORT();
}
