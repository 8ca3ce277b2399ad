/* Options are the same for every command, so that nobody has to remember which takes what. */
#include "cli/bootstrap.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/span.h"
#include "cli/privileges.h"
#include "host/mail_path.h"
#include "store/users.h"

static const char common_help[] =
        "\noptions of every command:\n"
        "  --config FILE   the configuration (default: jackdaw.yaml in the folder of --data, in\n"
        "                  this folder, in /etc/jackdaw)\n"
        "  --data DIR      the data folder\n";

static bool
wrong(struct jd_bootstrap *boot, const char *usage, const char *sentence, const char *what)
{
    fprintf(stderr, "jackdaw: %s%s\n%s", sentence, what, usage);
    boot->exit_code = 2;
    return false;
}

/* The place of an option's value; NULL: it has none, or there is no such option. */
static const char **find_value(struct jd_bootstrap *boot, const char *name)
{
    const struct {
        const char *name;
        const char **place;
    } texts[] = {
        { "--config", &boot->config_file },
        { "--data", &boot->data },
        { "--port", &boot->port },
        { "--address", &boot->address },
        { "--time-zone", &boot->time_zone },
        { "--name", &boot->name },
        { "--mail", &boot->mail[boot->mail_count] },
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(name, texts[i].name) == 0) {
            return texts[i].place;
        }
    }
    return NULL;
}

#define OWN_MAX 16 // options of one command

static bool refuse_unknown(struct jd_bootstrap *boot,
        const char *usage,
        const struct jd_cli_option *own,
        const char *name)
{
    const char *names[OWN_MAX + 10] = { "--config", "--data", "--port", "--address",
        "--time-zone", "--name", "--mail", "--demo", "--help" };
    for (size_t i = 9; own && own->name && i < OWN_MAX + 9; own++) {
        names[i++] = own->name;
    }
    const char *meant = jd_nearest_word(name, names);
    char rest[40] = "";
    if (meant) {
        snprintf(rest, sizeof(rest), " (did you mean %s?)", meant);
    }
    fprintf(stderr, "jackdaw: there is no option %s%s\n%s", name, rest, usage);
    boot->exit_code = 2;
    return false;
}

static const struct jd_cli_option *
find_own(const struct jd_cli_option *own, const char *name, bool is_flag)
{
    for (; own && own->name; own++) {
        if (strcmp(own->name, name) == 0 && (own->flag != NULL) == is_flag) {
            return own;
        }
    }
    return NULL;
}

bool jd_bootstrap_options(struct jd_bootstrap *boot,
        int argc,
        char **argv,
        const char *usage,
        int *out_words)
{
    return jd_bootstrap_options_with(boot, argc, argv, usage, NULL, out_words);
}

bool jd_bootstrap_options_with(struct jd_bootstrap *boot,
        int argc,
        char **argv,
        const char *usage,
        const struct jd_cli_option *own,
        int *out_words)
{
    int words = 0;
    *boot = (struct jd_bootstrap){ 0 };
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            printf("%s%s", usage, common_help);
            return false;
        }
        const struct jd_cli_option *flag = find_own(own, argv[i], true);
        const struct jd_cli_option *text = find_own(own, argv[i], false);
        const char **value = text ? text->text : find_value(boot, argv[i]);
        if (strncmp(argv[i], "--", 2) != 0) {
            argv[1 + words++] = argv[i];
        } else if (flag) {
            *flag->flag = true;
        } else if (strcmp(argv[i], "--demo") == 0) {
            boot->demo = true;
        } else if (!value) {
            return refuse_unknown(boot, usage, own, argv[i]);
        } else if (i + 1 == argc) {
            return wrong(boot, usage, "this option needs a value: ", argv[i]);
        } else {
            *value = argv[++i];
            boot->mail_count += boot->mail[boot->mail_count] != NULL;
        }
        if (boot->mail_count > JD_MAIL_MAX) {
            return wrong(boot, usage,
                    "too many of --mail; connect more with: jackdaw account add", "");
        }
    }
    *out_words = words;
    return true;
}

static void tell_problems(const struct jd_problems *problems)
{
    for (const struct jd_problem *problem = problems->first; problem; problem = problem->next) {
        fprintf(stderr, "jackdaw: %s%s%s\n", problem->where, *problem->where ? ": " : "",
                problem->text);
    }
}

/* --port N means 127.0.0.1:N, with the metrics one above it. */
static bool add_port(struct jd_bootstrap *boot, struct jd_option_text *overrides, size_t *count)
{
    char *end;
    if (!boot->port) {
        return true;
    }
    long port = strtol(boot->port, &end, 10);
    if (*end || boot->port[0] < '1' || boot->port[0] > '9' || port > 65534) {
        fprintf(stderr, "jackdaw: --port %s: a port is a number from 1 to 65534\n", boot->port);
        boot->exit_code = 2;
        return false;
    }
    overrides[(*count)++] = (struct jd_option_text){ .name = "listen",
        .text = jd_arena_format(boot->arena, "127.0.0.1:%ld", port).data,
        .origin = "command line --port" };
    overrides[(*count)++] = (struct jd_option_text){ .name = "metrics_listen",
        .text = jd_arena_format(boot->arena, "127.0.0.1:%ld", port + 1).data,
        .origin = "command line --port" };
    return true;
}

/* A wrong file is told whole: what the plugins would say of their options is added. */
static void check_services_too(struct jd_bootstrap *boot, struct jd_problems *problems)
{
    struct jd_registry *registry = NULL;
    if (jd_registry_open(boot->config->plugin_dir, NULL, &registry, &boot->error) == JD_OK) {
        jd_services_check(boot->config, registry, problems);
        jd_registry_close(&registry);
    } else {
        jd_problems_add(problems, NULL, "%s", boot->error.text);
    }
}

const char *
jd_bootstrap_config_file(const char *config_file, const char *data, struct jd_arena *arena)
{
    if (config_file || !data) {
        return config_file;
    }
    const char *beside = jd_arena_format(arena, "%s/jackdaw.yaml", data).data;
    return jd_file_exists(beside) ? beside : NULL;
}

bool jd_bootstrap_config(struct jd_bootstrap *boot)
{
    struct jd_option_text overrides[4];
    size_t count = 0;
    boot->arena = jd_arena_create(JD_CONFIG_ARENA_BYTES);
    struct jd_problems problems = jd_problems_init(boot->arena);
    if (boot->data) {
        overrides[count++] = (struct jd_option_text){
            .name = "data_dir", .text = boot->data, .origin = "command line --data"
        };
    }
    if (!add_port(boot, overrides, &count)) {
        return false;
    }
    const char *file = jd_bootstrap_config_file(boot->config_file, boot->data, boot->arena);
    if (jd_host_config_load(file, overrides, count, boot->arena, &boot->config, &problems) !=
            JD_OK) {
        check_services_too(boot, &problems);
        tell_problems(&problems);
        boot->exit_code = 1;
        return false;
    }
    if (jd_seal_init(&boot->error) != JD_OK) {
        return jd_bootstrap_fail(boot);
    }
    return true;
}

const char *jd_bootstrap_path(struct jd_bootstrap *boot, const char *name)
{
    return jd_arena_format(boot->arena, "%s/%s", boot->config->data_dir, name).data;
}

bool jd_bootstrap_open(struct jd_bootstrap *boot, unsigned which)
{
    struct jd_problems problems = jd_problems_init(boot->arena);
    enum jd_status status = jd_registry_open(boot->config->plugin_dir,
            jd_bootstrap_path(boot, "plugins.index"), &boot->registry, &boot->error);
    if (status != JD_OK) {
        return jd_bootstrap_fail(boot);
    }
    jd_services_check(boot->config, boot->registry, &problems);
    if (problems.count) {
        tell_problems(&problems);
        boot->exit_code = 1;
        return false;
    }
    status = jd_services_open(
            boot->config, boot->registry, which, &boot->services, &boot->error);
    if (status == JD_OK && (which & JD_SERVICES_STORAGE)) {
        status = jd_store_open(boot->services, boot->shared, &boot->store, &boot->error);
    }
    return status == JD_OK ? true : jd_bootstrap_fail(boot);
}

bool jd_bootstrap_become_owner(struct jd_bootstrap *boot)
{
    struct stat data;
    if (stat(boot->config->data_dir, &data) != 0) {
        if (errno == ENOENT) {
            jd_error_set(&boot->error, JD_GONE,
                    "there is no data folder %s; `jackdaw serve` makes it, or name another with --data DIR",
                    boot->config->data_dir);
            return jd_bootstrap_fail(boot);
        }
        jd_error_errno(&boot->error, errno, "data folder %s", boot->config->data_dir);
        return jd_bootstrap_fail(boot);
    }
    if (geteuid() != 0 || data.st_uid == 0) {
        return true;
    }
    struct jd_identity owner = { .change = true, .uid = data.st_uid, .gid = data.st_gid };
    return jd_identity_become(&owner, true, &boot->error) == JD_OK ? true
                                                                   : jd_bootstrap_fail(boot);
}

bool jd_bootstrap_connect(struct jd_bootstrap *boot)
{
    if (!jd_bootstrap_config(boot) || !jd_bootstrap_become_owner(boot) ||
            !jd_bootstrap_open(boot, JD_SERVICES_ALL)) {
        return false;
    }
    enum jd_status status = jd_store_check_version(boot->store, &boot->error);
    if (status == JD_OK) {
        status = jd_db_open(boot->store, &boot->db, &boot->error);
    }
    return status == JD_OK ? true : jd_bootstrap_fail(boot);
}

bool jd_bootstrap_fail(struct jd_bootstrap *boot)
{
    fprintf(stderr, "jackdaw: %s\n", boot->error.text);
    boot->exit_code = 1;
    return false;
}

void jd_bootstrap_close(struct jd_bootstrap *boot)
{
    jd_db_close(&boot->db);
    if (boot->store) {
        jd_store_close(&boot->store);
    }
    jd_services_close(&boot->services);
    jd_registry_close(&boot->registry);
    jd_arena_destroy(&boot->arena);
}

bool jd_bootstrap_admin(struct jd_bootstrap *boot, int64_t *out_user)
{
    struct jd_user user;
    enum jd_status status =
            jd_user_by_name(boot->db, JD_SPAN("admin"), boot->arena, &user, &boot->error);
    if (status != JD_OK) {
        return jd_bootstrap_fail(boot);
    }
    *out_user = user.id;
    return true;
}

const char *jd_bootstrap_resolve(struct jd_bootstrap *boot, const char *mail)
{
    const char *colon = strchr(mail, ':');
    char path[4096];
    if (!colon || colon == mail || !colon[1]) {
        jd_error_set(&boot->error, JD_BAD_INPUT,
                "mail '%s' is not KIND:PATH; write for example maildir:/home/robin/Maildir",
                mail);
        jd_bootstrap_fail(boot);
        return NULL;
    }
    if (!realpath(colon + 1, path)) {
        jd_error_errno(&boot->error, errno, "mail '%s': %s cannot be read", mail, colon + 1);
        jd_bootstrap_fail(boot);
        return NULL;
    }
    return jd_arena_format(boot->arena, "%.*s:%s", (int)(colon - mail), mail, path).data;
}

struct jd_span jd_bootstrap_mail_name(const char *mail)
{
    const char *slash = strrchr(mail, '/');
    return slash && slash[1] ? jd_span_of(slash + 1) : JD_SPAN("Mail");
}

/* Only what may be connected; what is not there yet may come. */
static void check_paths(struct jd_bootstrap *boot,
        const char *kind,
        const struct jd_option_text *options,
        size_t count,
        const struct jd_options_place *place,
        struct jd_problems *problems)
{
    const struct jd_registry_service *source =
            jd_registry_find(boot->registry, JD_SOURCE_1, kind);
    char path[PATH_MAX];
    for (size_t i = 0; source && i < count; i++) {
        const struct jd_option *option = jd_option_find(source->options, options[i].name);
        if (option && option->type == JD_OPTION_PATH &&
                jd_mail_path_resolve(options[i].text, option->choices, boot->config->data_dir,
                        path, &boot->error) == JD_BAD_INPUT) {
            jd_problems_add(problems, place->origin, "%s: %s", place->owner, boot->error.text);
        }
    }
}

bool jd_bootstrap_source(struct jd_bootstrap *boot,
        const char *kind,
        const struct jd_option_text *options,
        size_t count,
        const struct jd_options_place *place,
        struct jd_span *out_options_json)
{
    struct jd_problems problems = jd_problems_init(boot->arena);
    struct jd_option_text *kept = NULL;
    size_t kept_count = 0;
    jd_source_check(boot->registry, kind, options, count, place, boot->arena, &kept,
            &kept_count, &problems);
    check_paths(boot, kind, kept, kept_count, place, &problems);
    if (problems.count) {
        tell_problems(&problems);
        boot->exit_code = 1;
        return false;
    }
    struct jd_buf json = jd_buf_init(64 * 1024);
    struct jd_json_writer w = jd_json_writer(&json);
    jd_json_open_object(&w, NULL);
    for (size_t i = 0; i < kept_count; i++) {
        jd_json_add_text(&w, kept[i].name, jd_span_of(kept[i].text));
    }
    jd_json_close_object(&w);
    *out_options_json = jd_arena_copy(boot->arena, jd_buf_span(&json));
    jd_buf_finish(&json);
    return true;
}

bool jd_bootstrap_mail(struct jd_bootstrap *boot,
        const char *mail,
        struct jd_span *out_kind,
        struct jd_span *out_options_json)
{
    const char *colon = strchr(mail, ':');
    char *kind = jd_arena_text(boot->arena, jd_span_new(mail, (size_t)(colon - mail)));
    struct jd_option_text option = {
        .name = "path", .text = colon + 1, .origin = "command line --mail"
    };
    struct jd_options_place place = { .owner = "mail" };
    *out_kind = jd_span_of(kind);
    return jd_bootstrap_source(boot, kind, &option, 1, &place, out_options_json);
}
