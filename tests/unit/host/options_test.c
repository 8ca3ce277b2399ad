#include "host/options.h"

#include <stdlib.h>

#include "jd_test.h"

static const struct jd_option table[] = {
    { .name = "path", .type = JD_OPTION_PATH, .required = true, .help = "where" },
    { .name = "count", .type = JD_OPTION_INT, .default_text = "3", .min = 1, .max = 10 },
    { .name = "any", .type = JD_OPTION_INT },
    { .name = "quick", .type = JD_OPTION_BOOL, .default_text = "yes" },
    { .name = "mode", .type = JD_OPTION_ENUM, .choices = "fast|careful" },
    { .name = "password", .type = JD_OPTION_TEXT, .secret = true },
    { .name = "pin", .type = JD_OPTION_INT, .secret = true },
    { .name = NULL },
};

static struct jd_arena *arena;

TEST(parses_each_type)
{
    static const struct {
        const char *name, *text;
        enum jd_status status;
        const char *expected; // text, or the error
        int64_t number;
    } cases[] = {
        { "count", "1", JD_OK, "1", 1 },
        { "count", "10", JD_OK, "10", 10 },
        { "count", "0", JD_BAD_INPUT, "'0' is not between 1 and 10", 0 },
        { "count", "11", JD_BAD_INPUT, "'11' is not between 1 and 10", 0 },
        { "count", "", JD_BAD_INPUT, "'' is not a whole number", 0 },
        { "count", " 4", JD_BAD_INPUT, "' 4' is not a whole number", 0 },
        { "count", "4x", JD_BAD_INPUT, "'4x' is not a whole number", 0 },
        { "count", "4.0", JD_BAD_INPUT, "'4.0' is not a whole number", 0 },
        { "any", "-9223372036854775808", JD_OK, "-9223372036854775808", INT64_MIN },
        { "any", "9223372036854775808", JD_BAD_INPUT,
                "'9223372036854775808' is not between -9223372036854775808 and 9223372036854775807",
                0 },
        { "quick", "true", JD_OK, "true", 1 },
        { "quick", "Off", JD_OK, "false", 0 },
        { "quick", "2", JD_BAD_INPUT, "'2' is neither true nor false", 0 },
        { "mode", "careful", JD_OK, "careful", 0 },
        { "mode", "fast|careful", JD_BAD_INPUT, "'fast|careful' is none of fast|careful", 0 },
        { "mode", "", JD_BAD_INPUT, "'' is none of fast|careful", 0 },
        { "password", "geheim\xC3\xBC", JD_OK, "geheim\xC3\xBC", 0 },
        { "password", "\xFF", JD_BAD_INPUT, "the value is not UTF-8", 0 },
        { "pin", "my pin", JD_BAD_INPUT, "'(hidden)' is not a whole number", 0 },
        { "path", "/a/b", JD_OK, "/a/b", 0 },
        { "path", "~/Mail", JD_OK, "/home/robin/Mail", 0 },
        { "path", "~", JD_OK, "/home/robin", 0 },
        { "path", "./x", JD_OK, "/base/x", 0 },
        { "path", ".", JD_OK, "/base", 0 },
        { "path", "x/../y", JD_OK, "/base/x/../y", 0 },
        { "path", "", JD_BAD_INPUT, "'' is not a path", 0 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_setting setting = { 0 };
        struct jd_error error = { 0 };
        const struct jd_option *option = jd_option_find(table, cases[i].name);
        CHECK_INT(jd_option_parse(option, cases[i].text, "/base", arena, &setting, &error),
                cases[i].status);
        if (cases[i].status == JD_OK) {
            CHECK_TEXT(jd_span_of(setting.text), cases[i].expected);
            CHECK_INT(setting.number, cases[i].number);
        } else {
            CHECK_TEXT(jd_span_of(error.text), cases[i].expected);
        }
    }
}

TEST(refuses_relative_paths_without_a_base)
{
    struct jd_setting setting;
    struct jd_error error;
    CHECK_INT(jd_option_parse(&table[0], "Mail", NULL, arena, &setting, &error), JD_BAD_INPUT);
    CHECK_TEXT(jd_span_of(error.text), "'Mail' is not an absolute path");
    CHECK_OK(jd_option_parse(&table[0], "/Mail", NULL, arena, &setting, &error), error);
}

TEST(fills_defaults_and_keeps_the_order)
{
    const struct jd_option_text values[] = { { "path", "mail", "x:1", false } };
    struct jd_problems problems = jd_problems_init(arena);
    struct jd_options_place place = { .base_dir = "/base" };
    struct jd_setting *settings;
    uint32_t count;
    jd_options_check(table, values, 1, &place, arena, &settings, &count, &problems);
    CHECK_INT(problems.count, 0);
    CHECK_INT(count, 7);
    CHECK_TEXT(jd_span_of(settings[0].text), "/base/mail");
    CHECK_INT(settings[1].number, 3);
    CHECK(settings[2].text == NULL);
    CHECK_INT(settings[3].number, 1);
    CHECK_TEXT(jd_span_of(settings[3].name), "quick");
}

TEST(collects_every_problem)
{
    const struct jd_option_text values[] = {
        { "paht", "mail", "f:1", false },
        { "count", "77", "f:2", false },
        { "zzz", "1", "f:3", false },
        { "quick", "maybe", NULL, false },
        { "mode", "fast", "f:5", false },
        { "mode", "careful", "f:6", false },
        { "any", "secret stuff", "f:7", true },
    };
    static const struct {
        const char *where, *text;
    } expected[] = {
        { "f:1",
                "box: unknown option 'paht' (did you mean 'path'?); there are: path, count, any, "
                "quick, mode, password, pin" },
        { "f:3", "box: unknown option 'zzz'; there are: path, count, any, quick, mode, "
                 "password, pin" },
        { "f:6", "box: option 'mode' is given twice" },
        { "f:0", "box: option 'path' is missing: where" },
        { "f:2", "box: count: '77' is not between 1 and 10 (allowed: 1 to 10)" },
        { "f:7", "box: any: '(hidden)' is not a whole number (allowed: a whole number)" },
        { "", "box: quick: 'maybe' is neither true nor false (allowed: true or false)" },
    };
    struct jd_problems problems = jd_problems_init(arena);
    struct jd_options_place place = { "box", "f:0", "/base" };
    struct jd_setting *settings;
    uint32_t count;
    jd_options_check(table, values, 7, &place, arena, &settings, &count, &problems);
    CHECK_INT(problems.count, 7);
    const struct jd_problem *at = problems.first;
    for (size_t i = 0; i < 7 && at; i++, at = at->next) {
        CHECK_TEXT(jd_span_of(at->where), expected[i].where);
        CHECK_TEXT(jd_span_of(at->text), expected[i].text);
    }
    CHECK_INT(settings[1].number, 3); // the default stands in for what was wrong
    struct jd_error error;
    CHECK_INT(jd_problems_status(&problems, &error), JD_BAD_INPUT);
    CHECK_TEXT(jd_span_of(error.text),
            "f:1: box: unknown option 'paht' (did you mean 'path'?); there are: path, count, any, "
            "quick, mode, password, pin (and 6 more)");
}

TEST(guesses_what_was_meant)
{
    static const char *const words[] = { "listen", "data_dir", "workers", "user", NULL };
    static const struct {
        const char *word, *expected;
    } cases[] = {
        { "lisetn", "listen" },
        { "datadir", "data_dir" },
        { "worker", "workers" },
        { "usr", "user" },
        { "listen", "listen" },
        { "frobnicate", NULL },
        { "", NULL },
        { "x", NULL },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *near = jd_nearest_word(cases[i].word, words);
        CHECK_TEXT(jd_span_of(near ? near : "-"), cases[i].expected ? cases[i].expected : "-");
    }
}

TEST(refuses_wrong_tables)
{
    static const struct {
        struct jd_option table[3];
        const char *expected; // NULL: fine
    } cases[] = {
        { { { .name = "a", .type = JD_OPTION_TEXT } }, NULL },
        { { { .name = "A b", .type = JD_OPTION_TEXT } },
                "option 'A b': the name is not snake_case" },
        { { { .name = "a", .type = JD_OPTION_TEXT }, { .name = "a", .type = JD_OPTION_INT } },
                "option 'a' is declared twice" },
        { { { .name = "a" } }, "option 'a' has an unknown type" },
        { { { .name = "a", .type = JD_OPTION_ENUM } }, "option 'a' has no choices" },
        { { { .name = "a", .type = JD_OPTION_INT, .min = 5, .max = 2 } },
                "option 'a': max is below min" },
        { { { .name = "a", .type = JD_OPTION_INT, .default_text = "x" } },
                "option 'a': its own default: 'x' is not a whole number" },
        { { { .name = "a", .type = JD_OPTION_PATH, .default_text = "x" } },
                "option 'a': its own default: 'x' is not an absolute path" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_error error = { 0 };
        enum jd_status status = jd_options_check_table(cases[i].table, &error);
        CHECK_INT(status, cases[i].expected ? JD_BUG : JD_OK);
        CHECK_TEXT(jd_span_of(error.text), cases[i].expected ? cases[i].expected : "");
    }
    CHECK_INT(jd_options_check_table(NULL, NULL), JD_OK);
}

TEST(says_what_is_allowed)
{
    static const char *const expected[] = { "a path", "1 to 10", "a whole number",
        "true or false", "fast|careful", "text" };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        CHECK_TEXT(jd_option_allowed(&table[i], arena), expected[i]);
    }
}

int main(void)
{
    setenv("HOME", "/home/robin", 1);
    arena = jd_arena_create(1 << 20);
    RUN(parses_each_type);
    RUN(refuses_relative_paths_without_a_base);
    RUN(fills_defaults_and_keeps_the_order);
    RUN(collects_every_problem);
    RUN(guesses_what_was_meant);
    RUN(refuses_wrong_tables);
    RUN(says_what_is_allowed);
    jd_arena_destroy(&arena);
    return REPORT();
}
