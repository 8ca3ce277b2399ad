/* One role of a running Jackdaw: opens what it needs, starts, waits for SIGTERM, drains. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <malloc.h>

#include "base/log.h"
#include "base/metrics.h"
#include "base/span.h"
#include "cli/bootstrap.h"
#include "cli/cli.h"
#include "cli/privileges.h"
#include "cli/roles.h"
#include "cli/setup.h"
#include "gateway/gateway.h"
#include "pipeline/pipeline.h"

struct role {
    struct jd_bootstrap boot;
    const char *name, *owner, *previous;
};

static void tell_ready(void)
{
    if (write(JD_ROLE_READY_FD, "r", 1) != 1) {
        jd_log(JD_LOG_WARNING, "the supervisor did not hear that this role is ready", "errno",
                "%d", errno, NULL);
    }
    close(JD_ROLE_READY_FD);
}

/* SIGTERM and SIGINT are blocked in every thread; this is the one place that takes them. */
static void wait_for_end(void)
{
    sigset_t set;
    int signal_number = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    while (sigwait(&set, &signal_number) != 0) {
    }
}

static enum jd_status run_gateway(struct role *role, struct jd_error *error)
{
    struct jd_key master;
    struct jd_gateway *gateway = NULL;
    enum jd_status status =
            jd_key_load(jd_bootstrap_path(&role->boot, "secret.key"), false, &master, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_gateway_options options = {
        .store = role->boot.store,
        .shared = role->boot.shared,
        .registry = role->boot.registry,
        .data_dir = role->boot.config->data_dir,
        .master = &master,
        .listen_fd = JD_ROLE_LISTEN_FD,
        .metrics_fd = fcntl(JD_ROLE_METRICS_FD, F_GETFD) >= 0 ? JD_ROLE_METRICS_FD : -1,
        .frontend_dir = role->boot.config->frontend_dir,
        .behind_tls_proxy = role->boot.config->behind_tls_proxy != 0,
    };
    status = jd_gateway_start(&options, &gateway, error);
    if (status == JD_OK) {
        tell_ready();
        wait_for_end();
        jd_gateway_stop(&gateway);
    }
    return status;
}

static struct jd_pipeline_options pipeline_options(const struct role *role)
{
    return (struct jd_pipeline_options){
        .store = role->boot.store,
        .registry = role->boot.registry,
        .shared = role->boot.shared,
        .data_dir = role->boot.config->data_dir,
        .owner = role->owner,
        .previous = role->previous,
        .compute = (uint32_t)role->boot.config->compute,
    };
}

static enum jd_status run_worker(struct role *role, struct jd_error *error)
{
    struct jd_pipeline_options options = pipeline_options(role);
    struct jd_worker *worker = NULL;
    enum jd_status status = jd_worker_start(&options, &worker, error);
    if (status == JD_OK) {
        tell_ready();
        wait_for_end();
        jd_worker_stop(&worker);
    }
    return status;
}

static enum jd_status run_scheduler(struct role *role, struct jd_error *error)
{
    struct jd_pipeline_options options = pipeline_options(role);
    struct jd_scheduler *scheduler = NULL;
    enum jd_status status = jd_scheduler_start(&options, &scheduler, error);
    if (status == JD_OK) {
        tell_ready();
        wait_for_end();
        jd_scheduler_stop(&scheduler);
    }
    return status;
}

static const struct kind {
    const char *name;
    unsigned services;
    enum jd_status (*run)(struct role *role, struct jd_error *error);
} kinds[] = {
    { "gateway", JD_SERVICES_ALL, run_gateway },
    { "worker", JD_SERVICES_ALL, run_worker },
    { "scheduler", JD_SERVICES_STORAGE | JD_SERVICES_QUEUE | JD_SERVICES_BUS, run_scheduler },
};

/* "worker-2" is a worker. */
static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strncmp(name, kinds[i].name, strlen(kinds[i].name)) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

static void block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); // a file that may not grow is a full disk, not an end
}

static int fail(struct role *role)
{
    jd_log_error(JD_LOG_ERROR, "the role ends", &role->boot.error, NULL);
    return 1;
}

static int run_role(struct role *role)
{
    const struct kind *kind = find_kind(role->name);
    if (!kind) {
        fprintf(stderr, "jackdaw: there is no role '%s'\n", role->name);
        return 2;
    }
    if (jd_shared_open(JD_ROLE_SHARED_FD, &role->boot.shared, &role->boot.error) != JD_OK) {
        return fail(role);
    }
    jd_metrics_init(role->boot.shared);
    if (!jd_bootstrap_open(&role->boot, kind->services)) {
        return fail(role);
    }
    enum jd_status status = kind->run(role, &role->boot.error);
    int code = status == JD_OK ? 0 : fail(role);
    jd_bootstrap_close(&role->boot);
    return code;
}

int jd_cli_role(int argc, char **argv)
{
    static const char usage[] =
            "usage: jackdaw role NAME OWNER PREVIOUS PARENT: started by `jackdaw serve`\n";
    struct role role = { 0 };
    int words = 0;
    if (!jd_bootstrap_options(&role.boot, argc, argv, usage, &words) ||
            words != JD_ROLE_WORDS) {
        fputs(usage, stderr);
        return 2;
    }
    role.name = argv[1];
    role.owner = argv[2];
    role.previous = strcmp(argv[3], "-") == 0 ? NULL : argv[3];
    if (!jd_die_with_parent((pid_t)strtol(argv[4], NULL, 10))) {
        return 1;
    }
    block_signals();
    // Few threads work at once, and batches are large: hold no more arenas than help, and give
    // large blocks back as they are freed.
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 512 * 1024);
    umask(0077);
    if (!jd_bootstrap_config(&role.boot)) {
        return role.boot.exit_code;
    }
    jd_log_init(role.name, role.boot.config->log_level);
    if (strcmp(role.name, "setup") == 0) {
        return jd_setup_run(&role.boot, role.owner);
    }
    return run_role(&role);
}
