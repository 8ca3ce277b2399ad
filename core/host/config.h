/**
 * The bootstrap: jackdaw.yaml, the environment and the command line, checked as a whole. The
 * one door to libyaml.
 *
 *     struct jd_problems problems = jd_problems_init(arena);
 *     jd_host_config_load(path, overrides, count, arena, &config, &problems);
 *
 * The shape of the file is one table (jd_host_config_keys), from which checking, `jackdaw
 * config show` and `jackdaw config help` are made:
 *
 *     data_dir: ./var                  # all that Jackdaw writes
 *     listen: 127.0.0.1:8420           # the public port
 *     behind_tls_proxy: false          # true: may listen beyond loopback
 *     metrics_listen: 127.0.0.1:8421   # or off
 *     plugin_dir: ...                  # default: plugins beside the binary
 *     frontend_dir: ...                # default: the built mail app
 *     workers: 1
 *     compute: 2                       # children of each worker; default: processors
 *     log_level: info
 *     user: jackdaw                    # roles run as this user when started by root
 *     storage: { plugin: sqlite }      # and what that service has for options
 *     queue: { plugin: sqlite }
 *     bus: { plugin: local }
 *     cache: { plugin: local }
 *     provision:
 *       accounts:
 *         - { name: Robin, kind: maildir, path: ~/Maildir, address: robin@home.example,
 *             time_zone: Europe/Berlin }
 *
 * Any value may be "env:NAME" or "file:PATH" instead: taken from there, never shown. Stronger
 * than the file is the environment (JACKDAW_LISTEN, JACKDAW_DATA_DIR, JACKDAW_LOG_LEVEL),
 * stronger still the command line; each value remembers its origin.
 *
 * Relative paths are taken from the folder of the file; those of the environment and the
 * command line from the working folder. The file is capped at 256 KiB and 10 levels; aliases
 * are refused. Options of services and accounts are carried as texts; jd_services_check
 * (host/host.h) checks them against the plugins.
 *
 * Everything lives in the arena, which is born with JD_CONFIG_ARENA_BYTES. One thread at a time
 * while loading, then constant.
 */
#ifndef JD_HOST_CONFIG_H
#define JD_HOST_CONFIG_H

#include <jackdaw/host.h>
#include <jackdaw/plugin.h>

#include "host/options.h"

#define JD_CONFIG_BYTES_MAX ((size_t)256 * 1024)
#define JD_CONFIG_DEPTH_MAX 10
#define JD_CONFIG_ARENA_BYTES                                                                  \
 ((size_t)64 * 1024 * 1024) // a cap that no file within the limits reaches

/** One key of the shape. */
struct jd_config_key {
    const char *section; // "" top level, "storage", ..., "provision.accounts"
    struct jd_option option;
    const char *environment; // variable that is stronger than the file; NULL: none
    size_t offset;           // private: where the value goes
};

/** One value as it holds, for `config show`. */
struct jd_config_value {
    const char *path;   // "listen", "storage.plugin", "provision.accounts[0].path"
    const char *text;   // "" when there is none
    const char *origin; // "default", "jackdaw.yaml:12", "environment JACKDAW_LISTEN", ...
    bool secret;        // show dots
};

struct jd_listener {
    const char *text;    // "127.0.0.1:8420", "[::1]:8420"
    const char *address; // numeric, without brackets; "" when off
    uint16_t port;
    bool off;
};

struct jd_config_service {
    enum jd_service_kind kind;
    const char *plugin; // service name: "sqlite"
    const char *plugin_origin;
    const struct jd_option_text *options;
    size_t options_count;
};

struct jd_config_account {
    const char *name;
    const char *kind;      // source service: "maildir"
    const char *address;   // NULL: to be found
    const char *time_zone; // NULL: to be found
    const struct jd_option_text *options;
    size_t options_count;
    const char *origin;
};

struct jd_host_config {
    const char *file;     // absolute; NULL: none was there, defaults hold
    const char *base_dir; // absolute: folder of the file, or the working folder
    const char *data_dir;
    struct jd_listener listen;
    int64_t behind_tls_proxy; // 0, 1
    struct jd_listener metrics_listen;
    const char *plugin_dir;
    const char *frontend_dir;
    int64_t workers;
    int64_t compute; // per worker
    enum jd_log_level log_level;
    const char *user;
    struct jd_config_service storage, queue, bus, cache;
    const struct jd_config_account *accounts;
    size_t accounts_count;
    const struct jd_config_value *values;
    size_t values_count;
};

/**
 * Loads `path`. NULL: ./jackdaw.yaml, else /etc/jackdaw/jackdaw.yaml, else defaults alone.
 *
 * overrides  values from the command line; name is a key of the top level ("listen"), origin
 *            what to call it ("command line --port").
 * Returns    JD_OK when nothing is wrong; else JD_BAD_INPUT, and every problem stands in
 *            `problems`. *out_config is filled in both cases (a wrong value has its default),
 *            so that more can be checked before anything is told.
 */
enum jd_status jd_host_config_load(const char *path,
        const struct jd_option_text *overrides,
        size_t overrides_count,
        struct jd_arena *arena,
        const struct jd_host_config **out_config,
        struct jd_problems *problems);

/** As jd_host_config_load, from memory: `name` stands for the file in origins and problems;
 * relative paths begin at base_dir. The environment is not read. */
enum jd_status jd_host_config_load_text(struct jd_span yaml,
        const char *name,
        const char *base_dir,
        const struct jd_option_text *overrides,
        size_t overrides_count,
        struct jd_arena *arena,
        const struct jd_host_config **out_config,
        struct jd_problems *problems);

/** The shape, whole; ends with a key whose option has no name. */
const struct jd_config_key *jd_host_config_keys(void);

/** "address:port" with a numeric address ([v6]:port), or "off" if that is allowed. The error is
 * half a sentence. Spans live in `arena`. */
enum jd_status jd_listener_parse(const char *text,
        bool off_allowed,
        struct jd_arena *arena,
        struct jd_listener *out_listener,
        struct jd_error *error);
/** 127.0.0.0/8 or ::1. */
bool jd_listener_is_loopback(const struct jd_listener *listener);

#endif
