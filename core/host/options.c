/* Texts against a declared table: parse one, check all, say what would have been allowed. */
#include "host/options.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/span.h"
#include "base/utf8.h"

#define WORD_BYTES_MAX 64 // longer ones are not worth guessing about

static const char *const type_names[] = {
    [JD_OPTION_TEXT] = "text",
    [JD_OPTION_PATH] = "path",
    [JD_OPTION_INT] = "int",
    [JD_OPTION_BOOL] = "bool",
    [JD_OPTION_ENUM] = "enum",
};

static const struct {
    const char *word;
    bool value;
} bool_words[] = {
    { "true", true },
    { "false", false },
    { "yes", true },
    { "no", false },
    { "on", true },
    { "off", false },
};

/* What an error may show of a value. */
static const char *shown(const struct jd_option *option, const char *text)
{
    return option->secret ? "(hidden)" : text;
}

static enum jd_status parse_int(const struct jd_option *option,
        const char *text,
        struct jd_setting *out,
        struct jd_error *error)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end || isspace((unsigned char)text[0])) {
        return jd_error_set(
                error, JD_BAD_INPUT, "'%.100s' is not a whole number", shown(option, text));
    }
    bool ranged = option->min != 0 || option->max != 0;
    int64_t min = ranged ? option->min : INT64_MIN, max = ranged ? option->max : INT64_MAX;
    if (errno == ERANGE || number < min || number > max) {
        return jd_error_set(error, JD_BAD_INPUT,
                "'%.100s' is not between %" PRId64 " and %" PRId64, shown(option, text), min,
                max);
    }
    out->number = number;
    return JD_OK;
}

static enum jd_status parse_bool(const struct jd_option *option,
        const char *text,
        struct jd_setting *out,
        struct jd_error *error)
{
    for (size_t i = 0; i < sizeof(bool_words) / sizeof(bool_words[0]); i++) {
        if (jd_span_equal_nocase(jd_span_of(text), jd_span_of(bool_words[i].word))) {
            out->number = bool_words[i].value;
            return JD_OK;
        }
    }
    return jd_error_set(
            error, JD_BAD_INPUT, "'%.100s' is neither true nor false", shown(option, text));
}

static enum jd_status
parse_enum(const struct jd_option *option, const char *text, struct jd_error *error)
{
    struct jd_span rest = jd_span_of(option->choices);
    struct jd_span choice;
    while (jd_span_split(&rest, '|', &choice)) {
        if (jd_span_equal(choice, jd_span_of(text))) {
            return JD_OK;
        }
    }
    return jd_error_set(error, JD_BAD_INPUT, "'%.100s' is none of %.200s", shown(option, text),
            option->choices);
}

static bool is_utf8(const char *text)
{
    struct jd_span rest = jd_span_of(text);
    while (rest.len) {
        if (jd_utf8_take(&rest) == JD_UTF8_INVALID) {
            return false;
        }
    }
    return true;
}

static enum jd_status parse_path(const struct jd_option *option,
        const char *text,
        const char *base_dir,
        struct jd_error *error)
{
    if (!text[0]) {
        return jd_error_set(error, JD_BAD_INPUT, "'' is not a path");
    }
    if (text[0] != '/' && text[0] != '~' && !base_dir) {
        return jd_error_set(
                error, JD_BAD_INPUT, "'%.200s' is not an absolute path", shown(option, text));
    }
    return JD_OK;
}

static enum jd_status parse_value(const struct jd_option *option,
        const char *text,
        const char *base_dir,
        struct jd_setting *out,
        struct jd_error *error)
{
    switch (option->type) {
    case JD_OPTION_TEXT:
        if (!is_utf8(text)) {
            return jd_error_set(error, JD_BAD_INPUT, "the value is not UTF-8");
        }
        return JD_OK;
    case JD_OPTION_PATH:
        return parse_path(option, text, base_dir, error);
    case JD_OPTION_INT:
        return parse_int(option, text, out, error);
    case JD_OPTION_BOOL:
        return parse_bool(option, text, out, error);
    case JD_OPTION_ENUM:
        return parse_enum(option, text, error);
    }
    return jd_error_set(error, JD_BUG, "option '%s' has no type of ours", option->name);
}

enum jd_status jd_option_parse(const struct jd_option *option,
        const char *text,
        const char *base_dir,
        struct jd_arena *arena,
        struct jd_setting *out_setting,
        struct jd_error *error)
{
    struct jd_setting setting = { .name = option->name };
    enum jd_status status = parse_value(option, text, base_dir, &setting, error);
    if (status != JD_OK) {
        return status;
    }
    if (option->type == JD_OPTION_PATH) {
        setting.text = jd_path_absolute(text, base_dir, arena);
    } else if (option->type == JD_OPTION_BOOL) {
        setting.text = setting.number ? "true" : "false";
    } else {
        setting.text = jd_arena_text(arena, jd_span_of(text));
    }
    if (!setting.text) {
        return jd_error_set(error, JD_BAD_INPUT, "the value is too large");
    }
    *out_setting = setting;
    return JD_OK;
}

static const struct jd_option_text *
find_value(const struct jd_option_text *values, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(values[i].name, name) == 0) {
            return &values[i];
        }
    }
    return NULL;
}

static void report_unknown(const struct jd_option *table,
        const struct jd_option_text *value,
        const char *owner,
        struct jd_problems *problems)
{
    const char *names[JD_OPTIONS_MAX + 1];
    uint32_t count = jd_options_count(table);
    char list[400] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < count && i < JD_OPTIONS_MAX; i++) {
        names[i] = table[i].name;
        int wrote = snprintf(
                list + used, sizeof(list) - used, "%s%s", i ? ", " : "", table[i].name);
        used += (size_t)wrote < sizeof(list) - used ? (size_t)wrote : sizeof(list) - used - 1;
    }
    names[count < JD_OPTIONS_MAX ? count : JD_OPTIONS_MAX] = NULL;
    const char *near = jd_nearest_word(value->name, names);
    jd_problems_add(problems, value->origin, "%sunknown option '%.100s'%s%s%s; there are%s%s",
            owner, value->name, near ? " (did you mean '" : "", near ? near : "",
            near ? "'?)" : "", count ? ": " : " none", list);
}

/* The default; a table with a wrong one was refused by jd_options_check_table. */
static struct jd_setting
default_setting(const struct jd_option *option, const char *base_dir, struct jd_arena *arena)
{
    struct jd_setting setting = { .name = option->name };
    if (option->default_text) {
        struct jd_setting parsed;
        if (jd_option_parse(option, option->default_text, base_dir, arena, &parsed, NULL) ==
                JD_OK) {
            setting = parsed;
        }
    }
    return setting;
}

static void check_one(const struct jd_option *option,
        const struct jd_option_text *value,
        const struct jd_options_place *place,
        const char *owner,
        struct jd_arena *arena,
        struct jd_setting *out,
        struct jd_problems *problems)
{
    *out = default_setting(option, place->base_dir, arena);
    if (!value) {
        if (option->required) {
            jd_problems_add(problems, place->origin, "%soption '%s' is missing: %s", owner,
                    option->name, option->help ? option->help : "it is required");
        }
        return;
    }
    struct jd_option hiding = *option;
    hiding.secret |= value->secret;
    struct jd_error error;
    if (jd_option_parse(&hiding, value->text, place->base_dir, arena, out, &error) != JD_OK) {
        struct jd_span allowed = jd_option_allowed(option, arena);
        jd_problems_add(problems, value->origin, "%s%s: %s (allowed: " JD_SPAN_FMT ")", owner,
                option->name, error.text, JD_SPAN_ARG(allowed));
    }
}

void jd_options_check(const struct jd_option *table,
        const struct jd_option_text *values,
        size_t count,
        const struct jd_options_place *place,
        struct jd_arena *arena,
        struct jd_setting **out_settings,
        uint32_t *out_count,
        struct jd_problems *problems)
{
    uint32_t rows = jd_options_count(table);
    struct jd_setting *settings = jd_arena_zalloc(arena, rows + 1, sizeof(*settings));
    *out_settings = settings;
    *out_count = settings ? rows : 0;
    if (!settings) {
        jd_problems_add(problems, place->origin, "the options are too large");
        return;
    }
    char owner[160] = "";
    if (place->owner) {
        snprintf(owner, sizeof(owner), "%s: ", place->owner);
    }
    for (size_t i = 0; i < count; i++) {
        if (!jd_option_find(table, values[i].name)) {
            report_unknown(table, &values[i], owner, problems);
        } else if (find_value(values, i, values[i].name)) {
            jd_problems_add(problems, values[i].origin, "%soption '%s' is given twice", owner,
                    values[i].name);
        }
    }
    for (uint32_t i = 0; i < rows; i++) {
        check_one(&table[i], find_value(values, count, table[i].name), place, owner, arena,
                &settings[i], problems);
    }
}

const struct jd_option *jd_option_find(const struct jd_option *table, const char *name)
{
    for (uint32_t i = 0; table && table[i].name; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

uint32_t jd_options_count(const struct jd_option *table)
{
    uint32_t count = 0;
    while (table && table[count].name) {
        count++;
    }
    return count;
}

static bool is_snake_case(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len < WORD_BYTES_MAX && islower((unsigned char)name[0]) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

static enum jd_status check_row(const struct jd_option *table,
        uint32_t row,
        struct jd_arena *scratch,
        struct jd_error *error)
{
    const struct jd_option *option = &table[row];
    if (!is_snake_case(option->name)) {
        return jd_error_set(
                error, JD_BUG, "option '%.100s': the name is not snake_case", option->name);
    }
    if (jd_option_find(table, option->name) != option) {
        return jd_error_set(error, JD_BUG, "option '%s' is declared twice", option->name);
    }
    if (!jd_option_type_name(option->type)) {
        return jd_error_set(error, JD_BUG, "option '%s' has an unknown type", option->name);
    }
    if (option->type == JD_OPTION_ENUM && (!option->choices || !option->choices[0])) {
        return jd_error_set(error, JD_BUG, "option '%s' has no choices", option->name);
    }
    if (option->max < option->min) {
        return jd_error_set(error, JD_BUG, "option '%s': max is below min", option->name);
    }
    struct jd_setting setting;
    if (option->default_text && jd_option_parse(option, option->default_text, NULL, scratch,
                                        &setting, error) != JD_OK) {
        jd_error_wrap(error, "option '%s': its own default", option->name);
        error->status = JD_BUG;
        return JD_BUG;
    }
    return JD_OK;
}

enum jd_status jd_options_check_table(const struct jd_option *table, struct jd_error *error)
{
    struct jd_arena *scratch = jd_arena_create((size_t)256 * 1024);
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; status == JD_OK && table && table[i].name; i++) {
        status = i < JD_OPTIONS_MAX
                         ? check_row(table, i, scratch, error)
                         : jd_error_set(error, JD_BUG, "it declares more than %d options",
                                   JD_OPTIONS_MAX);
    }
    jd_arena_destroy(&scratch);
    return status;
}

struct jd_span jd_option_allowed(const struct jd_option *option, struct jd_arena *arena)
{
    switch (option->type) {
    case JD_OPTION_TEXT:
        return JD_SPAN("text");
    case JD_OPTION_PATH:
        return JD_SPAN("a path");
    case JD_OPTION_INT:
        if (option->min == 0 && option->max == 0) {
            return JD_SPAN("a whole number");
        }
        return jd_arena_format(arena, "%" PRId64 " to %" PRId64, option->min, option->max);
    case JD_OPTION_BOOL:
        return JD_SPAN("true or false");
    case JD_OPTION_ENUM:
        return jd_span_of(option->choices);
    }
    return JD_SPAN("");
}

const char *jd_option_type_name(enum jd_option_type type)
{
    size_t count = sizeof(type_names) / sizeof(type_names[0]);
    return (size_t)type < count ? type_names[type] : NULL;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance; both are shorter than WORD_BYTES_MAX. */
static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_BYTES_MAX + 1];
    size_t len = strlen(b);
    for (size_t j = 0; j <= len; j++) {
        row[j] = j;
    }
    for (size_t i = 0; a[i]; i++) {
        size_t corner = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < len; j++) {
            size_t replaced = corner + (a[i] != b[j]);
            corner = row[j + 1];
            row[j + 1] = least(replaced, least(corner, row[j]) + 1);
        }
    }
    return row[len];
}

const char *jd_nearest_word(const char *word, const char *const *words)
{
    size_t len = strlen(word);
    if (len == 0 || len >= WORD_BYTES_MAX) {
        return NULL;
    }
    size_t best = len < 3 ? 1 : (len + 2) / 3;
    const char *nearest = NULL;
    for (size_t i = 0; words[i]; i++) {
        if (strlen(words[i]) >= WORD_BYTES_MAX) {
            continue;
        }
        size_t steps = distance(word, words[i]);
        if (steps < best || (steps == best && !nearest)) {
            best = steps;
            nearest = words[i];
        }
    }
    return nearest;
}

const char *jd_path_absolute(const char *text, const char *base_dir, struct jd_arena *arena)
{
    const char *home = getenv("HOME"); // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (text[0] == '~' && (text[1] == '/' || text[1] == '\0') && home && home[0]) {
        return jd_arena_format(arena, "%s%s", home, text + 1).data;
    }
    if (text[0] == '/') {
        return jd_arena_text(arena, jd_span_of(text));
    }
    if (!base_dir) {
        return NULL;
    }
    while (text[0] == '.' && text[1] == '/') {
        text += 2;
    }
    if (strcmp(text, ".") == 0 || !text[0]) {
        return jd_arena_text(arena, jd_span_of(base_dir));
    }
    const char *slash = base_dir[strlen(base_dir) - 1] == '/' ? "" : "/";
    return jd_arena_format(arena, "%s%s%s", base_dir, slash, text).data;
}
