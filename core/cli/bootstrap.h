/**
 * What every command needs first: options, the configuration, the services and the store.
 *
 *     if (!jd_bootstrap_options(&boot, argc, argv, usage, &first)) return boot.exit_code;
 *     if (!jd_bootstrap_open(&boot, JD_SERVICES_ALL)) return 1;
 *     ...
 *     jd_bootstrap_close(&boot);
 *
 * What is wrong is told on stderr, all at once. One thread.
 */
#ifndef JD_CLI_BOOTSTRAP_H
#define JD_CLI_BOOTSTRAP_H

#include "base/seal.h"
#include "host/host.h"
#include "store/db.h"

#define JD_MAIL_MAX     16
#define JD_ADDRESS_FILE "address" // in the data folder: where a running serve listens

struct jd_bootstrap {
    struct jd_arena *arena;
    const struct jd_host_config *config;
    struct jd_registry *registry;
    struct jd_services *services;
    struct jd_store *store;
    struct jd_db *db;
    struct jd_shared *shared; // set before open by roles; else NULL
    struct jd_error error;
    int exit_code;
    /* options */
    const char *config_file; // --config
    const char *data;        // --data
    const char *port;        // --port
    const char
            *mail[JD_MAIL_MAX + 1]; // --mail KIND:PATH; the last one shows that it is too many
    size_t mail_count;
    bool demo;                              // --demo: the account is demo mail
    const char *address, *time_zone, *name; // --address, --time-zone, --name
};

/** Reads options; words without dashes are moved to the front of argv from 1 on, *out_words of
 * them. False: help or a wrong option was told; exit_code is set. */
bool jd_bootstrap_options(struct jd_bootstrap *boot,
        int argc,
        char **argv,
        const char *usage,
        int *out_words);
/** An option of one command alone: a text, or a flag. A table ends with a name of NULL. */
struct jd_cli_option {
    const char *name; // "--comment"
    const char **text;
    bool *flag;
};
/** As above, with the command's own options. */
bool jd_bootstrap_options_with(struct jd_bootstrap *boot,
        int argc,
        char **argv,
        const char *usage,
        const struct jd_cli_option *own,
        int *out_words);
/** Loads and checks the configuration. False: told. */
bool jd_bootstrap_config(struct jd_bootstrap *boot);
/** A command run by root acts as the owner of the data folder from here on, so that no file
 * there becomes root's. It keeps the right to read: its plugins may lie where that owner cannot
 * look. False: told; there is no such folder. */
bool jd_bootstrap_become_owner(struct jd_bootstrap *boot);
/** Opens the registry, the services named by `which` and the store (when storage is among
 * them). False: told. */
bool jd_bootstrap_open(struct jd_bootstrap *boot, unsigned which);
/** As open with all services, and a connection; refuses a schema that is not this version's. */
bool jd_bootstrap_connect(struct jd_bootstrap *boot);
/** Tells boot->error and sets exit_code 1; always false, so that `return
 * jd_bootstrap_fail(boot)` reads well. */
bool jd_bootstrap_fail(struct jd_bootstrap *boot);
void jd_bootstrap_close(struct jd_bootstrap *boot);

/** The file that --config and --data (each may be NULL) name: a configuration that lies in the
 * data folder goes with it, wherever the caller stands. NULL: neither names one. */
const char *
jd_bootstrap_config_file(const char *config_file, const char *data, struct jd_arena *arena);
/** "DATA/NAME" in the arena. */
const char *jd_bootstrap_path(struct jd_bootstrap *boot, const char *name);
/** The user that commands of the command line act for: the first admin. False: told. */
bool jd_bootstrap_admin(struct jd_bootstrap *boot, int64_t *out_user);
/** KIND:PATH with the path made absolute and seen to exist; in the arena. NULL: told. Before
 * jd_bootstrap_connect, which may give up the right to look. */
const char *jd_bootstrap_resolve(struct jd_bootstrap *boot, const char *mail);
/** What a resolved KIND:PATH is called unless somebody names it: the last part of its path. */
struct jd_span jd_bootstrap_mail_name(const char *mail);
/** Checks a source's options against its plugin; what is to be stored, as a JSON object in the
 * arena. False: told. */
bool jd_bootstrap_source(struct jd_bootstrap *boot,
        const char *kind,
        const struct jd_option_text *options,
        size_t count,
        const struct jd_options_place *place,
        struct jd_span *out_options_json);
/** Splits a resolved KIND:PATH and checks it against the plugin's options. False: told. Results
 * live in the arena. */
bool jd_bootstrap_mail(struct jd_bootstrap *boot,
        const char *mail,
        struct jd_span *out_kind,
        struct jd_span *out_options_json);

#endif
