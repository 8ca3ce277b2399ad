/**
 * Raw texts in, checked settings out: a declared option table (struct jd_option) is the only
 * truth about names, types, ranges and defaults.
 *
 *     struct jd_options_place place = { .base_dir = "/etc/jackdaw" };
 *     jd_options_check(table, values, count, &place, arena, &settings, &settings_count,
 *             &problems);
 *
 * All problems are collected. Nothing here reads a file, the environment or a plugin. Any
 * thread.
 */
#ifndef JD_HOST_OPTIONS_H
#define JD_HOST_OPTIONS_H

#include <jackdaw/host.h>

#include "base/arena.h"
#include "host/problems.h"

#define JD_OPTIONS_MAX 64 // rows of one table

/** A value as somebody wrote it. */
struct jd_option_text {
    const char *name;
    const char *text;
    const char *origin; // "jackdaw.yaml:12"; NULL: not known
    bool secret;        // not to be shown, whatever the option says
};

/** What the values belong to, for sentences and relative paths. */
struct jd_options_place {
    const char *owner;    // put before each sentence: "storage 'sqlite'"; NULL: nothing
    const char *origin;   // where the whole stands, for what is missing; NULL: not known
    const char *base_dir; // absolute; relative paths are taken from here; NULL: are refused
};

/**
 * Checks `values` against `table` (may be NULL: no options) and fills one setting for each row
 * of the table, in its order, defaults included.
 *
 * out_settings  lives in `arena`; names point into `table`. Filled also when there are
 *               problems; a wrong value then has its default.
 */
void jd_options_check(const struct jd_option *table,
        const struct jd_option_text *values,
        size_t count,
        const struct jd_options_place *place,
        struct jd_arena *arena,
        struct jd_setting **out_settings,
        uint32_t *out_count,
        struct jd_problems *problems);

/**
 * One text against one row. On JD_BAD_INPUT the error is half a sentence that begins with the
 * value: "'99' is not between 1 and 64". base_dir as in struct jd_options_place;
 * out_setting->text lives in `arena`.
 */
enum jd_status jd_option_parse(const struct jd_option *option,
        const char *text,
        const char *base_dir,
        struct jd_arena *arena,
        struct jd_setting *out_setting,
        struct jd_error *error);

/** NULL when there is no such row. */
const struct jd_option *jd_option_find(const struct jd_option *table, const char *name);
/** Rows before the one without a name; 0 for NULL. */
uint32_t jd_options_count(const struct jd_option *table);
/** What is wrong with a plugin's table itself (names, types, its own defaults; a default path
 * is absolute or begins with ~): JD_BUG and a sentence. */
enum jd_status jd_options_check_table(const struct jd_option *table, struct jd_error *error);

/** What may be written there: "debug|info|warning", "1 to 64", "true or false", "a path". */
struct jd_span jd_option_allowed(const struct jd_option *option, struct jd_arena *arena);
/** "text", "path", "int", "bool", "enum"; NULL for no type of ours. */
const char *jd_option_type_name(enum jd_option_type type);

/** The word that was probably meant, or NULL: the nearest of `words` (ends with NULL) within a
 * third of its length. */
const char *jd_nearest_word(const char *word, const char *const *words);

/** `text` as an absolute path: "~/" is HOME, relative is below base_dir. NULL: beyond the
 * arena's cap, or relative without a base_dir. */
const char *jd_path_absolute(const char *text, const char *base_dir, struct jd_arena *arena);

#endif
