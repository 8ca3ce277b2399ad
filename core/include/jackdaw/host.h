/**
 * What the host lends to a plugin. The table arrives at open() and lives as long as the
 * instance; a plugin therefore has no undefined symbol of ours and can be loaded in a test
 * without the daemon. Every function here may be called from any thread and never blocks.
 */
#ifndef JACKDAW_HOST_H
#define JACKDAW_HOST_H

#include <jackdaw/error.h>

enum jd_log_level {
    JD_LOG_DEBUG = 1,
    JD_LOG_INFO,
    JD_LOG_WARNING,
    JD_LOG_ERROR
};

struct jd_host {
    uint32_t size;
    void *context; // the host's own; pass it back

    /** One event: a fixed sentence, then "key=value" detail (may be NULL). Never mail text,
     * never a secret. */
    void (*log)(void *context, enum jd_log_level level, const char *event, const char *detail);

    /** Wall clock in ms since 1970, replaceable in tests. */
    int64_t (*now_ms)(void *context);

    /** Adds to the counter `name` (snake_case, ends in _total); shown in /metrics as
     * jackdaw_plugin_NAME. */
    void (*count)(void *context, const char *name, int64_t delta);
};

enum jd_option_type {
    JD_OPTION_TEXT = 1,
    JD_OPTION_PATH, // absolute; the host expands ~ and makes relative ones absolute
    JD_OPTION_INT,
    JD_OPTION_BOOL,
    JD_OPTION_ENUM, // one of `choices`
};

/** One row of an option table; the table ends with a row whose name is NULL. */
struct jd_option {
    const char *name; // snake_case, the unit as suffix: visibility_ms
    enum jd_option_type type;
    bool required;
    bool secret;              // never shown, never logged
    const char *default_text; // as one would write it; NULL: none
    int64_t min, max;         // JD_OPTION_INT, both 0: any
    const char *choices;      // JD_OPTION_ENUM: "a|b|c"; JD_OPTION_PATH: "file" or "folder", if
                              // it must be one, else NULL
    const char *help;         // one sentence
};

/** One checked setting; the host fills every option of the table, defaults included. */
struct jd_setting {
    const char *name;
    const char *text; // NULL: not given and no default
    int64_t number;   // INT and BOOL (0, 1)
};

struct jd_config {
    uint32_t size;
    uint32_t count;
    const struct jd_setting *settings; // lives until open() returns
    const char *instance;              // the name of this instance, for messages
    const char *state_dir;             // absolute, ours to write in; exists
};

static inline const struct jd_setting *jd_config_find(const struct jd_config *config,
        const char *name)
{
    for (uint32_t i = 0; i < config->count; i++) {
        if (strcmp(config->settings[i].name, name) == 0) {
            return &config->settings[i];
        }
    }
    return NULL;
}

static inline const char *jd_config_text(const struct jd_config *config, const char *name)
{
    const struct jd_setting *setting = jd_config_find(config, name);
    return setting ? setting->text : NULL;
}

static inline int64_t jd_config_number(const struct jd_config *config, const char *name)
{
    const struct jd_setting *setting = jd_config_find(config, name);
    return setting ? setting->number : 0;
}

#endif
