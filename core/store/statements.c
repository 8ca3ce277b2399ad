/*
 * The statement registry: every SQL statement of the domain, and the check that a user
 * statement cannot see another user's rows. The check reads the SQL as tokens; it knows SELECT,
 * INSERT, UPDATE and DELETE as this folder writes them and refuses what it cannot follow.
 */
#include "store/statements.h"

#include <ctype.h>

#include "store/db.h"

static const struct jd_statement_set *const noun_sets[] = {
    &jd_accounts_set,
    &jd_answers_set,
    &jd_backtests_set,
    &jd_decisions_set,
    &jd_digest_set,
    &jd_items_set,
    &jd_jobs_set,
    &jd_leases_set,
    &jd_messages_set,
    &jd_operations_set,
    &jd_releases_set,
    &jd_shadow_set,
    &jd_standard_set,
    &jd_streams_set,
    &jd_suspensions_set,
    &jd_tasks_set,
    &jd_threads_set,
    &jd_users_set,
    &jd_db_set,
    &jd_figures_set,
};

/* Tables whose rows belong to a user. */
static const char *const user_tables[] = {
    "accounts",
    "mailboxes",
    "items",
    "threads",
    "thread_ids",
    "contacts",
    "messages",
    "bodies",
    "analyses",
    "tasks",
    "drafts",
    "operations",
    "operation_items",
    "backtests",
    "backtest_counts",
    "backtest_changes",
    "answers",
    "shadow_counts",
    "shadow_changes",
};

#define TOKENS_MAX 2048

struct tokens {
    struct jd_span list[TOKENS_MAX];
    size_t count;
};

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '?' || c == '@';
}

/* Words, quoted texts and single punctuation marks; comments do not occur in statements. */
static bool tokenise(const char *sql, struct tokens *out)
{
    out->count = 0;
    for (const char *p = sql; *p;) {
        if (isspace((unsigned char)*p)) {
            p++;
            continue;
        }
        if (out->count == TOKENS_MAX) {
            return false;
        }
        const char *start = p;
        if (*p == '\'') {
            for (p++; *p && *p != '\''; p++) {
            }
            p += *p == '\'';
        } else if (is_word_char(*p)) {
            while (is_word_char(*p)) {
                p++;
            }
        } else {
            p++;
        }
        out->list[out->count++] = (struct jd_span){ start, (size_t)(p - start) };
    }
    return true;
}

static bool token_is(const struct tokens *tokens, size_t index, const char *text)
{
    return index < tokens->count && strlen(text) == tokens->list[index].len &&
           strncasecmp(tokens->list[index].data, text, tokens->list[index].len) == 0;
}

static bool is_user_table(struct jd_span name)
{
    for (size_t i = 0; i < sizeof(user_tables) / sizeof(user_tables[0]); i++) {
        if (jd_span_equal(name, jd_span_of(user_tables[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_keyword(const struct tokens *tokens, size_t index)
{
    static const char *const keywords[] = { "WHERE", "JOIN", "LEFT", "INNER", "ON", "SET",
        "ORDER", "GROUP", "LIMIT", "UNION", "RETURNING", "INDEXED", "AS", "VALUES", "SELECT",
        "CROSS" };
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (token_is(tokens, index, keywords[i])) {
            return true;
        }
    }
    return false;
}

/* The alias behind the table name at `index`, or the name itself. */
static struct jd_span alias_at(const struct tokens *tokens, size_t index)
{
    size_t next = index + 1;
    if (token_is(tokens, next, "AS")) {
        next++;
    }
    if (next < tokens->count && !is_keyword(tokens, next) &&
            is_word_char(*tokens->list[next].data)) {
        return tokens->list[next];
    }
    return tokens->list[index];
}

static bool is_named_user_id(const struct tokens *tokens, size_t at, struct jd_span alias)
{
    return at + 2 < tokens->count && jd_span_equal(tokens->list[at], alias) &&
           token_is(tokens, at + 1, ".") && token_is(tokens, at + 2, "user_id");
}

/* "alias.user_id = ?1", or "user_id = ?1" where the statement names one user table only. */
static bool is_tied(const struct tokens *tokens, struct jd_span alias, bool only_table)
{
    for (size_t i = 0; i + 2 < tokens->count; i++) {
        size_t after = 0;
        if (is_named_user_id(tokens, i, alias)) {
            after = i + 3;
        } else if (only_table && token_is(tokens, i, "user_id") &&
                   (i == 0 || !token_is(tokens, i - 1, "."))) {
            after = i + 1;
        }
        if (after && token_is(tokens, after, "=") && token_is(tokens, after + 1, "?1")) {
            return true;
        }
    }
    return false;
}

/* Place of `user_id` in the column list that opens at `open`; -1: not there. */
static int user_column(const struct tokens *tokens, size_t open, size_t *out_close)
{
    int column = 0, found = -1;
    size_t i = open + 1;
    for (; i < tokens->count && !token_is(tokens, i, ")"); i++) {
        if (token_is(tokens, i, ",")) {
            column++;
        } else if (token_is(tokens, i, "user_id")) {
            found = column;
        }
    }
    *out_close = i;
    return found;
}

/* Whether item number `column` of the list that begins at `start` is ?1 alone. */
static bool item_is_user(const struct tokens *tokens, size_t start, int column)
{
    int depth = 0, item = 0;
    for (size_t i = start; i < tokens->count; i++) {
        bool begins = i == start || (depth == 0 && token_is(tokens, i - 1, ","));
        if (begins && item == column) {
            return token_is(tokens, i, "?1") &&
                   (token_is(tokens, i + 1, ",") || token_is(tokens, i + 1, ")") ||
                           token_is(tokens, i + 1, "FROM") || token_is(tokens, i + 1, "WHERE"));
        }
        depth += token_is(tokens, i, "(") ? 1 : token_is(tokens, i, ")") ? -1 : 0;
        if (depth < 0) {
            return false;
        }
        item += depth == 0 && token_is(tokens, i, ",");
    }
    return false;
}

/* INSERT INTO table (columns) VALUES (...) | SELECT ...: the user_id column takes ?1. */
static bool insert_is_tied(const struct tokens *tokens, size_t table)
{
    size_t close;
    if (!token_is(tokens, table + 1, "(")) {
        return false;
    }
    int column = user_column(tokens, table + 1, &close);
    if (column < 0) {
        return false;
    }
    if (token_is(tokens, close + 1, "VALUES")) {
        return item_is_user(tokens, close + 3, column);
    }
    return token_is(tokens, close + 1, "SELECT") && item_is_user(tokens, close + 2, column);
}

static bool names_table(const struct tokens *tokens, size_t index)
{
    return token_is(tokens, index, "FROM") || token_is(tokens, index, "JOIN") ||
           token_is(tokens, index, "INTO") || token_is(tokens, index, "UPDATE");
}

static size_t count_user_tables(const struct tokens *tokens)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < tokens->count; i++) {
        count += names_table(tokens, i) && is_user_table(tokens->list[i + 1]);
    }
    return count;
}

/* A comma behind a table of a FROM list would name a table that this check does not see. */
static bool has_comma_join(const struct tokens *tokens, size_t table)
{
    size_t next = table + 1;
    if (token_is(tokens, next, "AS")) {
        next++;
    }
    if (next < tokens->count && !is_keyword(tokens, next) &&
            is_word_char(*tokens->list[next].data)) {
        next++;
    }
    return token_is(tokens, next, ",");
}

static enum jd_status check_user(const struct jd_statement *statement,
        const struct tokens *tokens,
        struct jd_error *error)
{
    bool only_table = count_user_tables(tokens) == 1;
    for (size_t i = 0; i + 1 < tokens->count; i++) {
        if (!names_table(tokens, i)) {
            continue;
        }
        struct jd_span table = tokens->list[i + 1];
        if (token_is(tokens, i, "FROM") && has_comma_join(tokens, i + 1)) {
            return jd_error_set(error, JD_BUG,
                    "statement %s: tables are joined by a comma; write JOIN, so that each can be tied to the user",
                    statement->name);
        }
        if (!is_user_table(table)) {
            continue;
        }
        bool tied = token_is(tokens, i, "INTO")
                            ? insert_is_tied(tokens, i + 1)
                            : is_tied(tokens, alias_at(tokens, i + 1), only_table);
        if (!tied) {
            return jd_error_set(error, JD_BUG,
                    "statement %s: table %.*s is not tied to the user; add user_id = ?1",
                    statement->name, (int)table.len, table.data);
        }
    }
    return JD_OK;
}

static enum jd_status check_statement(const struct jd_statement *statement,
        struct jd_error *error)
{
    static __thread struct tokens tokens;
    if (!statement->name || !statement->sql) {
        return jd_error_set(error, JD_BUG, "a registered statement has no name or no SQL");
    }
    if (!tokenise(statement->sql, &tokens)) {
        return jd_error_set(
                error, JD_BUG, "statement %s: longer than the check can read", statement->name);
    }
    switch (statement->scope) {
    case JD_SCOPE_USER:
        return check_user(statement, &tokens, error);
    case JD_SCOPE_SYSTEM:
        return JD_OK;
    }
    return jd_error_set(error, JD_BUG, "statement %s: has no scope", statement->name);
}

enum jd_status jd_statement_set_check(const struct jd_statement_set *set,
        struct jd_error *error)
{
    for (size_t i = 0; i < set->count; i++) {
        enum jd_status status = check_statement(&set->statements[i], error);
        if (status != JD_OK) {
            return status;
        }
    }
    return JD_OK;
}

enum jd_status jd_statements_check(struct jd_error *error)
{
    for (size_t i = 0; i < sizeof(noun_sets) / sizeof(noun_sets[0]); i++) {
        enum jd_status status = jd_statement_set_check(noun_sets[i], error);
        if (status != JD_OK) {
            return status;
        }
    }
    return JD_OK;
}
