/*
 * Runs the cases of each service, one child process each, and writes TAP. The outcome of a case
 * comes back through a shared page, so that a child that dies still told how far it came.
 */
#include "host/check.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ftw.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "host/check_case.h"
#include "host/loader.h"
#include "host/services.h"

#define CASE_S         60
#define CASE_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define PROBED         77 // exit code of a child that came back from opening a plugin
#define PAUSE_NS       5000000L

static const struct jd_check_case *const suites[] = {
    [JD_SOURCE_1] = jd_check_source_cases,
    [JD_STORAGE_1] = jd_check_storage_cases,
    [JD_QUEUE_1] = jd_check_queue_cases,
    [JD_BUS_1] = jd_check_bus_cases,
    [JD_CACHE_1] = jd_check_cache_cases,
};

struct run {
    const struct jd_check_request *request;
    FILE *out;
    struct jd_check_outcome *outcome; // shared with the child
    char dir[64];
    unsigned number, failed;
};

/* --- For the cases. --- */

void jd_check_fail(struct jd_check *check, const char *format, ...)
{
    if (atomic_exchange(&check->outcome->failed, true)) {
        return;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(check->outcome->reason, sizeof(check->outcome->reason), format, args);
    va_end(args);
}

void jd_check_skip(struct jd_check *check, const char *why)
{
    if (!check->outcome->failed) {
        snprintf(check->outcome->reason, sizeof(check->outcome->reason), "%s", why);
        check->outcome->skipped = true;
    }
}

bool jd_check_pause(const struct jd_check *check, int64_t *deadline_ms)
{
    if (*deadline_ms == 0) {
        *deadline_ms = jd_clock_monotonic_ms() + check->wait_ms;
    }
    nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
    return jd_clock_monotonic_ms() < *deadline_ms;
}

enum jd_status jd_check_open_with(struct jd_check *check,
        const struct jd_option_text *extra,
        void **out_self,
        struct jd_error *error)
{
    struct jd_option_text *texts =
            jd_arena_zalloc(check->arena, check->options_count + 1, sizeof(*texts));
    size_t count = 0;
    for (size_t i = 0; i < check->options_count; i++) {
        if (!extra || strcmp(extra->name, check->options[i].name) != 0) {
            texts[count++] = check->options[i];
        }
    }
    if (extra) {
        texts[count++] = *extra;
    }
    struct jd_problems problems = jd_problems_init(check->arena);
    struct jd_options_place place = { .owner = check->service->name, .base_dir = check->dir };
    struct jd_config config = {
        JD_SIZE(jd_config),
        .instance = "check",
        .state_dir = jd_arena_format(check->arena, "%s/state", check->dir).data,
    };
    struct jd_setting *settings;
    jd_options_check(check->service->options, texts, count, &place, check->arena, &settings,
            &config.count, &problems);
    config.settings = settings;
    enum jd_status status = jd_problems_status(&problems, error);
    if (status == JD_OK) {
        status = jd_file_mkdirs(config.state_dir, 0700, error);
    }
    if (status == JD_OK) {
        struct jd_lent *lent = jd_arena_new(check->arena, struct jd_lent);
        jd_lent_init(lent, check->service->name, "check");
        status = jd_service_open(check->service, &lent->host, &config, out_self, error);
    }
    return status;
}

bool jd_check_open(struct jd_check *check, void **out_self)
{
    struct jd_error error = { 0 };
    struct jd_option_text path = { .name = "path" };
    bool fixture = check->service->kind == JD_SOURCE_1 && check->fixture;
    path.text = fixture ? jd_fixture_path(check) : NULL;
    enum jd_status status = jd_check_open_with(check, fixture ? &path : NULL, out_self, &error);
    if (status != JD_OK) {
        jd_check_fail(check, "open answered %s: %s", jd_status_name(status), error.text);
    }
    return status == JD_OK;
}

/* --- One case, in its child. --- */

static const struct jd_option_text *options_for(const struct run *run,
        const struct jd_service *service,
        struct jd_arena *arena,
        size_t *out_count)
{
    const struct jd_check_request *request = run->request;
    struct jd_option_text *options =
            jd_arena_zalloc(arena, request->options_count + 1, sizeof(*options));
    *out_count = 0;
    for (size_t i = 0; i < request->options_count; i++) {
        if (jd_option_find(service->options, request->options[i].name)) {
            options[(*out_count)++] = request->options[i];
        }
    }
    return options;
}

static bool has_option(const struct jd_check *check, const char *name)
{
    for (size_t i = 0; i < check->options_count; i++) {
        if (strcmp(check->options[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Mail is made unless the caller said where there is some. */
static const char *fixture_for(const struct run *run, const struct jd_check *check)
{
    const char *kind = run->request->fixture ? run->request->fixture : check->service->name;
    bool wanted = check->service->kind == JD_SOURCE_1 && !has_option(check, "path") &&
                  jd_option_find(check->service->options, "path");
    return wanted && jd_fixture_known(kind) ? kind : NULL;
}

_Noreturn static void run_child(const struct run *run,
        const struct jd_service *service,
        const struct jd_check_case *item)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    unsigned case_s = run->request->case_s ? run->request->case_s : CASE_S;
    alarm(case_s);
    struct jd_check check = {
        .service = service,
        .dir = run->dir,
        .arena = jd_arena_create(CASE_BYTES_MAX),
        .wait_ms = case_s * 1000 / 4, // so that it is the case that speaks, not the alarm
        .outcome = run->outcome,
    };
    check.options = options_for(run, service, check.arena, &check.options_count);
    check.fixture = fixture_for(run, &check);
    item->run(&check);
    _exit(0);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info, (void)type, (void)ftw; // the path is enough
    return remove(path);
}

static void remove_tree(const char *path)
{
    // A leftover in /tmp is no failure. NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void print_reason(FILE *out, const char *reason)
{
    fputs("# ", out);
    for (const char *at = reason; *at; at++) {
        fputs(*at == '\n' ? "\n# " : (char[]){ *at, '\0' }, out);
    }
    fputc('\n', out);
}

static void report(struct run *run, const char *title, const char *name, int outcome)
{
    struct jd_check_outcome *told = run->outcome;
    run->number++;
    if (WIFSIGNALED(outcome)) {
        int number = WTERMSIG(outcome);
        snprintf(told->reason, sizeof(told->reason), "%s",
                number == SIGALRM ? "it took too long" : sigdescr_np(number));
        told->failed = true;
    } else if (WEXITSTATUS(outcome) != 0 && !told->failed) {
        snprintf(told->reason, sizeof(told->reason), "the plugin ended the process (exit %d)",
                WEXITSTATUS(outcome));
        told->failed = true;
    }
    if (told->failed) {
        run->failed++;
        fprintf(run->out, "not ok %u - %s: %s\n", run->number, title, name);
        print_reason(run->out, told->reason);
    } else if (told->skipped) {
        fprintf(run->out, "ok %u - %s: %s # SKIP %s\n", run->number, title, name, told->reason);
    } else {
        fprintf(run->out, "ok %u - %s: %s\n", run->number, title, name);
    }
    fflush(run->out);
}

static enum jd_status run_case(struct run *run,
        const struct jd_service *service,
        const struct jd_check_case *item,
        struct jd_error *error)
{
    *run->outcome = (struct jd_check_outcome){ 0 };
    snprintf(run->dir, sizeof(run->dir), "/tmp/jackdaw-check.XXXXXX");
    if (!mkdtemp(run->dir)) {
        return jd_error_errno(error, errno, "cannot make a folder below /tmp");
    }
    fflush(NULL); // or the child would write it a second time
    pid_t pid = fork();
    if (pid == 0) {
        run_child(run, service, item);
    }
    int outcome = 0;
    while (pid > 0 && waitpid(pid, &outcome, 0) < 0 && errno == EINTR) {
    }
    remove_tree(run->dir);
    if (pid < 0) {
        return jd_error_set(error, JD_RETRY_LATER, "cannot start a process for a case");
    }
    char title[80];
    snprintf(title, sizeof(title), "%s '%s'", jd_service_kind_name(service->kind),
            service->name);
    report(run, title, item->name, outcome);
    return JD_OK;
}

static enum jd_status
run_service(struct run *run, const struct jd_service *service, struct jd_error *error)
{
    enum jd_status status = JD_OK;
    const struct jd_check_case *item = suites[service->kind];
    for (; status == JD_OK && item->name; item++) {
        status = run_case(run, service, item, error);
    }
    return status;
}

/* --- The face. --- */

static bool is_wanted(const struct jd_check_request *request, const struct jd_service *service)
{
    return !request->service || strcmp(service->name, request->service) == 0;
}

/* An option that no tested service declares is a slip of the caller. */
static enum jd_status check_options(const struct jd_check_request *request,
        const struct jd_plugin *plugin,
        struct jd_error *error)
{
    unsigned services = 0;
    for (uint32_t i = 0; i < plugin->services_count; i++) {
        services += is_wanted(request, &plugin->services[i]);
    }
    if (services == 0) {
        return jd_error_set(error, JD_BAD_INPUT, "%s offers no service '%s'", request->file,
                request->service);
    }
    for (size_t i = 0; i < request->options_count; i++) {
        bool known = false;
        for (uint32_t j = 0; j < plugin->services_count; j++) {
            known |= is_wanted(request, &plugin->services[j]) &&
                     jd_option_find(plugin->services[j].options, request->options[i].name);
        }
        if (!known) {
            return jd_error_set(error, JD_BAD_INPUT, "no service of %s has an option '%s'",
                    request->file, request->options[i].name);
        }
    }
    return JD_OK;
}

/* Opening alone may crash; then the child dies of it, and we say so. */
static enum jd_status probe(const char *file, struct jd_error *error)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        const struct jd_plugin *plugin;
        struct jd_error ignored; // the parent opens it again and reports
        setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
        alarm(CASE_S);
        jd_plugin_open(file, &plugin, &ignored);
        _exit(PROBED);
    }
    int outcome = 0;
    while (pid > 0 && waitpid(pid, &outcome, 0) < 0 && errno == EINTR) {
    }
    if (pid > 0 && WIFSIGNALED(outcome)) {
        return jd_error_set(error, JD_BAD_INPUT, "%s crashes while it is opened (%s)", file,
                sigdescr_np(WTERMSIG(outcome)));
    }
    if (pid > 0 && WEXITSTATUS(outcome) != PROBED) {
        return jd_error_set(error, JD_BAD_INPUT, "%s ends the process that opens it", file);
    }
    return JD_OK;
}

enum jd_status jd_check_run(const struct jd_check_request *request,
        FILE *out,
        unsigned *out_failed,
        struct jd_error *error)
{
    const struct jd_plugin *plugin;
    enum jd_status status = probe(request->file, error);
    if (status == JD_OK) {
        status = jd_plugin_open(request->file, &plugin, error);
    }
    if (status == JD_OK) {
        status = check_options(request, plugin, error);
    }
    if (status != JD_OK) {
        return status;
    }
    struct run run = { .request = request, .out = out };
    run.outcome = mmap(NULL, sizeof(*run.outcome), PROT_READ | PROT_WRITE,
            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (run.outcome == MAP_FAILED) {
        return jd_error_errno(error, errno, "cannot share a page with the cases");
    }
    fprintf(out, "TAP version 13\n");
    for (uint32_t i = 0; status == JD_OK && i < plugin->services_count; i++) {
        if (is_wanted(request, &plugin->services[i])) {
            status = run_service(&run, &plugin->services[i], error);
        }
    }
    munmap(run.outcome, sizeof(*run.outcome));
    if (status == JD_OK) {
        fprintf(out, "1..%u\n", run.number);
        *out_failed = run.failed;
    } else {
        fprintf(out, "Bail out! %s\n", error->text);
    }
    return status;
}
