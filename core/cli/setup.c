/* Set-up runs alone: no role is up, so it may migrate, and free what a dead node still held. */
#include "cli/setup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/span.h"
#include "cli/cli.h"
#include "cli/roles.h"
#include "store/accounts.h"
#include "store/jobs.h"
#include "store/users.h"

#define LINK_VALID_MS  (60LL * 60 * 1000)
#define PASSWORD_BYTES 12

static void tell(const char *key, struct jd_span value)
{
    dprintf(JD_ROLE_READY_FD, "%s %.*s\n", key, (int)value.len, value.data);
}

/* out_first: the user was made now. */
static bool ensure_admin(struct jd_bootstrap *boot, int64_t *out_admin, bool *out_first)
{
    struct jd_user user;
    enum jd_status status =
            jd_user_by_name(boot->db, JD_SPAN("admin"), boot->arena, &user, &boot->error);
    *out_first = status == JD_GONE;
    if (status != JD_GONE) {
        *out_admin = user.id;
        return status == JD_OK ? true : jd_bootstrap_fail(boot);
    }
    const char *given =
            getenv("JACKDAW_ADMIN_PASSWORD"); // NOLINT(concurrency-mt-unsafe): one thread
    if (given && *given && jd_cli_password_check(given, &boot->error) != JD_OK) {
        fprintf(stderr, "jackdaw: JACKDAW_ADMIN_PASSWORD: %s\n", boot->error.text);
        return false;
    }
    struct jd_buf password = jd_buf_init(1024);
    if (given && *given) {
        jd_buf_text(&password, given);
    } else {
        jd_random_text(PASSWORD_BYTES, &password);
    }
    status = jd_user_create(boot->db, JD_SPAN("admin"), JD_SPAN("admin"),
            jd_buf_span(&password), out_admin, &boot->error);
    if (status == JD_OK && !(given && *given)) {
        tell("password", jd_buf_span(&password));
    }
    jd_buf_finish(&password);
    return status == JD_OK ? true : jd_bootstrap_fail(boot);
}

static bool
add_account(struct jd_bootstrap *boot, int64_t user, const struct jd_account_new *account)
{
    int64_t id = 0;
    enum jd_status status = jd_account_create(boot->db, user, account, &id, &boot->error);
    return status == JD_OK || status == JD_REJECTED ? true : jd_bootstrap_fail(boot);
}

static bool provision(struct jd_bootstrap *boot, int64_t user)
{
    for (size_t i = 0; i < boot->config->accounts_count; i++) {
        const struct jd_config_account *account = &boot->config->accounts[i];
        struct jd_account_new new_account = { .name = jd_span_of(account->name),
            .kind = jd_span_of(account->kind),
            .address = jd_span_of(account->address),
            .time_zone = jd_span_of(account->time_zone) };
        struct jd_options_place place = { .owner = account->name,
            .origin = account->origin,
            .base_dir = boot->config->base_dir };
        if (!jd_bootstrap_source(boot, account->kind, account->options, account->options_count,
                    &place, &new_account.options)) {
            return false;
        }
        if (!add_account(boot, user, &new_account)) {
            return false;
        }
    }
    return true;
}

/* --mail of the command line. Demo mail comes with the first start alone: once removed it stays
 * away. */
static bool add_given_mail(struct jd_bootstrap *boot, int64_t user, bool first)
{
    for (size_t i = 0; i < boot->mail_count && (first || !boot->demo); i++) {
        struct jd_account_new account = {
            .name = boot->demo ? JD_SPAN("Demo") : jd_bootstrap_mail_name(boot->mail[i]),
            .address = jd_span_of(boot->address),
            .time_zone = jd_span_of(boot->time_zone),
            .demo = boot->demo,
        };
        if (!jd_bootstrap_mail(boot, boot->mail[i], &account.kind, &account.options) ||
                !add_account(boot, user, &account)) {
            return false;
        }
    }
    return true;
}

static enum jd_status note_demo(void *context, const struct jd_account *account)
{
    bool *demo = context;
    *demo = *demo || account->demo;
    return JD_OK;
}

static bool tell_demo(struct jd_bootstrap *boot, int64_t user)
{
    bool demo = false;
    enum jd_status status = jd_accounts_list(boot->db, user, note_demo, &demo, &boot->error);
    if (demo) {
        tell("demo", JD_SPAN("mail"));
    }
    return status == JD_OK ? true : jd_bootstrap_fail(boot);
}

static bool tell_link(struct jd_bootstrap *boot, int64_t admin)
{
    struct jd_buf secret = jd_buf_init(1024);
    enum jd_status status =
            jd_link_create(boot->db, admin, LINK_VALID_MS, &secret, &boot->error);
    if (status == JD_OK) {
        tell("link", jd_buf_span(&secret));
    }
    jd_buf_finish(&secret);
    return status == JD_OK ? true : jd_bootstrap_fail(boot);
}

static bool ready_store(struct jd_bootstrap *boot)
{
    struct jd_key key;
    enum jd_status status =
            jd_key_load(jd_bootstrap_path(boot, "secret.key"), true, &key, &boot->error);
    if (status == JD_OK) {
        status = jd_store_migrate(
                boot->store, jd_bootstrap_path(boot, "snapshots"), &boot->error);
    }
    if (status == JD_OK) {
        status = jd_db_open(boot->store, &boot->db, &boot->error);
    }
    return status == JD_OK ? true : jd_bootstrap_fail(boot);
}

/* "NODE/" of an owner "NODE/setup/PID.1": what every role of this node begins with. */
static struct jd_span node_of(const char *owner)
{
    const char *slash = strchr(owner, '/');
    return slash ? jd_span_new(owner, (size_t)(slash - owner) + 1) : jd_span_of(owner);
}

int jd_setup_run(struct jd_bootstrap *boot, const char *owner)
{
    int64_t admin = 0;
    bool first = false;
    // Anew at each start: a plugin that was refused may have got the library it lacked.
    if (jd_registry_index(boot->config->plugin_dir, jd_bootstrap_path(boot, "plugins.index"),
                &boot->error) != JD_OK) {
        jd_bootstrap_fail(boot);
        return 1;
    }
    if (!jd_bootstrap_open(boot, JD_SERVICES_ALL) || !ready_store(boot)) {
        return 1;
    }
    if (jd_jobs_release_owner(boot->db, node_of(owner), &boot->error) != JD_OK) {
        jd_bootstrap_fail(boot);
        return 1;
    }
    bool done = ensure_admin(boot, &admin, &first) && provision(boot, admin) &&
                add_given_mail(boot, admin, first) && tell_demo(boot, admin) &&
                tell_link(boot, admin);
    jd_bootstrap_close(boot);
    return done ? 0 : 1;
}

int jd_cli_migrate(int argc, char **argv)
{
    static const char usage[] =
            "usage: jackdaw migrate\n"
            "Brings the database to this version; a snapshot is taken before.\n"
            "`jackdaw serve` does the same at its start.\n";
    struct jd_bootstrap boot;
    int words = 0;
    if (!jd_bootstrap_options(&boot, argc, argv, usage, &words)) {
        return boot.exit_code;
    }
    if (words) {
        return jd_cli_usage(usage);
    }
    if (!jd_bootstrap_config(&boot) || !jd_bootstrap_become_owner(&boot) ||
            !jd_bootstrap_open(&boot, JD_SERVICES_ALL) || !ready_store(&boot)) {
        return boot.exit_code;
    }
    puts("the database is of this version");
    jd_bootstrap_close(&boot);
    return 0;
}
