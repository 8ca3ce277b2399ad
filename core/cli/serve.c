/*
 * The supervisor: binds the ports, readies the data folder through a one-shot child, starts the
 * roles, restarts what dies with a growing pause, drains on SIGTERM. It loads no plugin, runs
 * no user code and does not open the store.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/span.h"
#include "cli/bootstrap.h"
#include "cli/cli.h"
#include "cli/privileges.h"
#include "cli/roles.h"

#define ROLES_MAX      72
#define DRAIN_MS       10000
#define RESTART_MS_MIN 100
#define RESTART_MS_MAX 10000
#define HEALTHY_MS     30000 // a role that lived this long starts with the short pause again
#define OWNER_BYTES    100

struct role {
    char name[24];
    pid_t pid;    // 0: not running
    int ready_fd; // -1: it has said so, or died
    char owner[OWNER_BYTES], previous[OWNER_BYTES];
    int64_t started_ms, restart_ms, pause_ms; // monotonic
    bool reads_mail, listens, ready;
};

struct supervisor {
    struct jd_bootstrap boot;
    struct jd_identity identity;
    char **options; // of serve, passed on to the roles
    int options_count;
    char node[40];
    char address[80]; // that browsers reach it at: "127.0.0.1:8420"
    unsigned port;
    int lock_fd, signal_fd, listen_fd, metrics_fd, shared_fd;
    struct jd_shared *shared;
    struct role roles[ROLES_MAX];
    size_t roles_count;
    struct jd_buf findings; // what set-up told
    bool stopping, announced;
    int64_t kill_ms;
};

/* ---- the data folder, the ports ---- */

static enum jd_status own_data_dir(struct supervisor *s, struct jd_error *error)
{
    const char *dir = s->boot.config->data_dir;
    enum jd_status status = jd_file_mkdirs(dir, 0755, error);
    if (status != JD_OK || !s->identity.change) {
        return status;
    }
    const char *user = s->boot.config->user;
    struct stat data;
    if (stat(dir, &data) != 0 ||
            (data.st_uid == 0 && chown(dir, s->identity.uid, s->identity.gid) != 0)) {
        return jd_error_errno(error, errno, "giving %s to user %s", dir, user);
    }
    if (data.st_uid != 0 && data.st_uid != s->identity.uid) {
        return jd_error_set(error, JD_REJECTED,
                "the data folder %s belongs to another user than %s, which Jackdaw runs as when root starts it: start it as its owner, or give it away with: chown -R %s: %s",
                dir, user, user, dir);
    }
    return JD_OK;
}

static enum jd_status lock_data_dir(struct supervisor *s, struct jd_error *error)
{
    const char *file = jd_bootstrap_path(&s->boot, "lock");
    char pid[24] = "";
    s->lock_fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock_fd < 0) {
        return jd_error_errno(error, errno, "data folder %s", s->boot.config->data_dir);
    }
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        ssize_t len = read(s->lock_fd, pid, sizeof(pid) - 1);
        return jd_error_set(error, JD_REJECTED,
                "another Jackdaw (process %.*s) runs on %s; stop it, or use --data for another folder",
                len > 0 ? (int)len : 0, pid, s->boot.config->data_dir);
    }
    int len = snprintf(pid, sizeof(pid), "%d", (int)getpid());
    if (ftruncate(s->lock_fd, 0) != 0 || pwrite(s->lock_fd, pid, (size_t)len, 0) != len) {
        return jd_error_errno(error, errno, "writing %s", file);
    }
    return JD_OK;
}

/* The node's name in leases: made once, kept in the data folder. */
static enum jd_status name_node(struct supervisor *s, struct jd_error *error)
{
    const char *file = jd_bootstrap_path(&s->boot, "node");
    struct jd_buf name = jd_buf_init(sizeof(s->node));
    enum jd_status status = JD_OK;
    if (jd_file_exists(file)) {
        status = jd_file_read(file, &name, error);
    } else {
        jd_random_text(9, &name);
        status = jd_file_write(file, jd_buf_span(&name), 0600, error);
    }
    snprintf(s->node, sizeof(s->node), "%.*s/", (int)jd_span_trim(jd_buf_span(&name)).len,
            name.data);
    jd_buf_finish(&name);
    return status;
}

static enum jd_status listen_on(const struct jd_listener *listener,
        const char *key,
        int *out_fd,
        struct jd_error *error)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(listener->port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(listener->port) };
    bool is_v4 = inet_pton(AF_INET, listener->address, &v4.sin_addr) == 1;
    int one = 1;
    if (!is_v4 && inet_pton(AF_INET6, listener->address, &v6.sin6_addr) != 1) {
        return jd_error_set(
                error, JD_BAD_INPUT, "%s: '%s' is not an address", key, listener->text);
    }
    int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const struct sockaddr *address =
            is_v4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
            bind(fd, address, is_v4 ? sizeof(v4) : sizeof(v6)) != 0 || listen(fd, 4096) != 0) {
        int number = errno;
        if (fd >= 0) {
            close(fd);
        }
        if (number == EADDRINUSE) {
            return jd_error_set(error, JD_REJECTED,
                    "%s: port %u on %s is in use by another program; stop it, or choose another with --port N",
                    key, listener->port, listener->address);
        }
        return jd_error_errno(error, number, "%s: listening on %s", key, listener->text);
    }
    *out_fd = fd;
    return JD_OK;
}

static enum jd_status open_ports(struct supervisor *s, struct jd_error *error)
{
    enum jd_status status = listen_on(&s->boot.config->listen, "listen", &s->listen_fd, error);
    s->metrics_fd = -1;
    if (status == JD_OK && !s->boot.config->metrics_listen.off) {
        status = listen_on(
                &s->boot.config->metrics_listen, "metrics_listen", &s->metrics_fd, error);
    }
    return status;
}

/* Where it listens in truth (the command line may have said so, or port 0 any), for this screen
 * and, in the data folder, for `jackdaw user link`. */
static enum jd_status note_address(struct supervisor *s, struct jd_error *error)
{
    struct sockaddr_storage bound;
    socklen_t bytes = sizeof(bound);
    if (getsockname(s->listen_fd, (struct sockaddr *)&bound, &bytes) != 0) {
        return jd_error_errno(error, errno, "the port that was opened is not known");
    }
    bool is_v6 = bound.ss_family == AF_INET6;
    s->port = ntohs(is_v6 ? ((const struct sockaddr_in6 *)(const void *)&bound)->sin6_port
                          : ((const struct sockaddr_in *)(const void *)&bound)->sin_port);
    snprintf(s->address, sizeof(s->address), is_v6 ? "[%s]:%u" : "%s:%u",
            s->boot.config->listen.address, s->port);
    return jd_file_write(
            jd_bootstrap_path(&s->boot, JD_ADDRESS_FILE), jd_span_of(s->address), 0644, error);
}

/* ---- starting a role ---- */

/* Moves `from` to `to` in the child, without close-on-exec. */
static bool place_fd(int from, int to)
{
    return from < 0 ? close(to) == 0 || errno == EBADF : dup2(from, to) == to;
}

static void close_above(int last)
{
    if (close_range((unsigned)last + 1, ~0u, 0) != 0) {
        for (int fd = last + 1; fd < 1024; fd++) {
            close(fd);
        }
    }
}

static bool arrange_fds(const struct supervisor *s, const struct role *role, int ready_fd)
{
    /* First out of the way of their places, then into them. */
    int shared = fcntl(s->shared_fd, F_DUPFD_CLOEXEC, 20),
        ready = fcntl(ready_fd, F_DUPFD_CLOEXEC, 20);
    int listener = role->listens ? fcntl(s->listen_fd, F_DUPFD_CLOEXEC, 20) : -1;
    int metrics = role->listens && s->metrics_fd >= 0
                          ? fcntl(s->metrics_fd, F_DUPFD_CLOEXEC, 20)
                          : -1;
    bool placed = place_fd(shared, JD_ROLE_SHARED_FD) &&
                  place_fd(listener, JD_ROLE_LISTEN_FD) &&
                  place_fd(metrics, JD_ROLE_METRICS_FD) && place_fd(ready, JD_ROLE_READY_FD);
    close_above(JD_ROLE_READY_FD);
    return placed;
}

static void exec_role(struct supervisor *s, const struct role *role, int ready_fd, pid_t parent)
{
    struct jd_error error = { .text = "arranging descriptors failed" };
    char parent_text[16], program[] = "jackdaw", verb[] = "role";
    char **arguments = jd_xalloc((size_t)(s->options_count + 8) * sizeof(char *));
    int count = 0;
    snprintf(parent_text, sizeof(parent_text), "%d", (int)parent);
    arguments[count++] = program;
    arguments[count++] = verb;
    arguments[count++] = (char *)role->name;
    arguments[count++] = (char *)role->owner;
    arguments[count++] = (char *)(*role->previous ? role->previous : "-");
    arguments[count++] = parent_text;
    for (int i = 0; i < s->options_count; i++) {
        arguments[count++] = s->options[i];
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (arrange_fds(s, role, ready_fd) &&
            jd_identity_become(&s->identity, role->reads_mail, &error) == JD_OK) {
        execv("/proc/self/exe", arguments);
        jd_error_errno(&error, errno, "starting %s", role->name);
    }
    dprintf(STDERR_FILENO, "jackdaw: %s\n", error.text);
    _exit(127);
}

static enum jd_status
start_role(struct supervisor *s, struct role *role, struct jd_error *error)
{
    static unsigned starts;
    int ready[2];
    pid_t self = getpid();
    snprintf(role->previous, sizeof(role->previous), "%s", role->owner);
    snprintf(role->owner, sizeof(role->owner), "%s%s/%d.%u", s->node, role->name, (int)self,
            ++starts);
    if (pipe2(ready, O_CLOEXEC) != 0) {
        return jd_error_errno(error, errno, "starting %s", role->name);
    }
    pid_t pid = fork();
    if (pid == 0) {
        exec_role(s, role, ready[1], self);
    }
    close(ready[1]);
    if (pid < 0) {
        close(ready[0]);
        return jd_error_errno(error, errno, "starting %s", role->name);
    }
    role->pid = pid;
    role->ready_fd = ready[0];
    role->ready = false;
    role->started_ms = jd_clock_monotonic_ms();
    return JD_OK;
}

/* ---- set-up ---- */

/* Runs the one-shot child and gathers the lines it tells. */
static enum jd_status run_setup(struct supervisor *s, struct jd_error *error)
{
    struct role setup = { .name = "setup", .reads_mail = true };
    char piece[512];
    ssize_t len;
    int status = 0;
    s->findings = jd_buf_init(16 * 1024);
    enum jd_status started = start_role(s, &setup, error);
    if (started != JD_OK) {
        return started;
    }
    while ((len = read(setup.ready_fd, piece, sizeof(piece))) > 0 ||
            (len < 0 && errno == EINTR)) {
        jd_buf_add(&s->findings, jd_span_new(piece, len > 0 ? (size_t)len : 0));
    }
    close(setup.ready_fd);
    while (waitpid(setup.pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? JD_OK
                                                         : JD_BAD_INPUT; // it has told why
}

static struct jd_span finding(const struct supervisor *s, const char *key)
{
    struct jd_span rest = jd_buf_span(&s->findings), line;
    size_t len = strlen(key);
    while (rest.data && jd_span_split(&rest, '\n', &line)) {
        if (line.len > len && memcmp(line.data, key, len) == 0 && line.data[len] == ' ') {
            return jd_span_sub(line, len + 1, line.len);
        }
    }
    return JD_SPAN("");
}

/* The way from the user's own machine: SSH_CONNECTION is "client port server port". */
static void announce_forwarding(unsigned port)
{
    char server[80], server_port[8];
    const char *ssh = getenv("SSH_CONNECTION"); // NOLINT(concurrency-mt-unsafe): one thread
    const char *user = getenv("USER");          // NOLINT(concurrency-mt-unsafe): one thread
    if (ssh && sscanf(ssh, "%*s %*s %79s %7s", server, server_port) == 2) {
        bool usual = strcmp(server_port, "22") == 0, named = user && *user;
        printf("  from your own machine: ssh -L %u:127.0.0.1:%u%s%s %s%s%s\n", port, port,
                usual ? "" : " -p ", usual ? "" : server_port, named ? user : "",
                named ? "@" : "", server);
    }
}

static void announce_password(const struct supervisor *s, const char *program)
{
    struct jd_span password = finding(s, "password");
    const char *given =
            getenv("JACKDAW_ADMIN_PASSWORD"); // NOLINT(concurrency-mt-unsafe): one thread
    if (password.len) {
        printf("  user admin, password %.*s\n", (int)password.len, password.data);
        return;
    }
    printf("  user admin, password as %s\n",
            given && *given ? "JACKDAW_ADMIN_PASSWORD was at the first start" : "before");
    printf("  set a new password:  %s user password admin --data %s\n", program,
            s->boot.config->data_dir);
}

/* Commands are told as they can be typed anywhere: with whole paths. */
static void announce(const struct supervisor *s)
{
    const struct jd_host_config *config = s->boot.config;
    struct jd_span link = finding(s, "link");
    char program[PATH_MAX] = "jackdaw";
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
    program[len > 0 ? (size_t)len : strlen(program)] = '\0';
    printf("\nJackdaw is ready. This link signs you in once, within the hour:\n\n"
           "  http://%s/#/signin?link=%.*s\n\n",
            s->address, (int)link.len, link.data);
    announce_password(s, program);
    printf("  data folder:         %s\n", config->data_dir);
    puts("  AI is off: nothing leaves this machine");
    printf("  connect real mail:   %s account add maildir:/path/to/Maildir --data %s\n",
            program, config->data_dir);
    if (finding(s, "demo").len) {
        printf("  remove demo mail:    %s account remove demo --data %s\n", program,
                config->data_dir);
    }
    announce_forwarding(s->port);
    fflush(stdout);
}

/* ---- watching ---- */

/* A role that worked and was killed from outside is not at fault: what its work did, the jobs'
 * own blame finds out. */
static bool is_at_fault(const struct role *role, int status, int64_t now)
{
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && role->ready;
    return !killed && now - role->started_ms <= HEALTHY_MS;
}

static void note_death(struct supervisor *s, struct role *role, int status)
{
    int64_t now = jd_clock_monotonic_ms();
    bool grows = role->pause_ms && is_at_fault(role, status, now);
    role->pause_ms = grows ? role->pause_ms * 2 : RESTART_MS_MIN;
    role->pause_ms = role->pause_ms < RESTART_MS_MAX ? role->pause_ms : RESTART_MS_MAX;
    role->restart_ms = now + role->pause_ms;
    jd_metric_add(jd_metric("jackdaw_role_deaths_total", NULL), 1);
    for (size_t i = 0; i < JD_SHARED_SLOTS; i++) {
        struct jd_shared_slot *slot = &s->shared->slots[i];
        if (atomic_load(&slot->owner_pid) == role->pid) {
            jd_shared_slot_free(slot); // its compute children died with it
        }
    }
    if (!s->stopping) {
        jd_log(JD_LOG_WARNING, "a role ended and is started again", "role", "%s", role->name,
                "exit", "%d", WIFEXITED(status) ? WEXITSTATUS(status) : -1, "signal", "%d",
                WIFSIGNALED(status) ? WTERMSIG(status) : 0, "pause_ms", "%lld",
                (long long)role->pause_ms, NULL);
    }
}

static void reap(struct supervisor *s)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < s->roles_count; i++) {
            struct role *role = &s->roles[i];
            if (role->pid == pid) {
                note_death(s, role, status);
                role->pid = 0;
                if (role->ready_fd >= 0) {
                    close(role->ready_fd);
                    role->ready_fd = -1;
                }
            }
        }
    }
}

static void begin_stop(struct supervisor *s)
{
    if (s->stopping) {
        return;
    }
    s->stopping = true;
    s->kill_ms = jd_clock_monotonic_ms() + DRAIN_MS - 500;
    atomic_store(&s->shared->draining, 1);
    for (size_t i = 0; i < s->roles_count; i++) {
        if (s->roles[i].pid) {
            kill(s->roles[i].pid, SIGTERM);
        }
    }
}

static void take_signal(struct supervisor *s)
{
    struct signalfd_siginfo info;
    while (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGCHLD) {
            reap(s);
        } else {
            begin_stop(s);
        }
    }
}

static size_t count_running(const struct supervisor *s)
{
    size_t running = 0;
    for (size_t i = 0; i < s->roles_count; i++) {
        running += s->roles[i].pid != 0;
    }
    return running;
}

static void start_due(struct supervisor *s)
{
    int64_t now = jd_clock_monotonic_ms();
    for (size_t i = 0; i < s->roles_count && !s->stopping; i++) {
        struct role *role = &s->roles[i];
        struct jd_error error;
        if (role->pid == 0 && role->restart_ms <= now && start_role(s, role, &error) != JD_OK) {
            jd_log_error(JD_LOG_ERROR, "a role was not started", &error, NULL);
            role->restart_ms = now + RESTART_MS_MAX;
        }
    }
}

static void take_ready(struct supervisor *s, struct role *role)
{
    char byte;
    role->ready = read(role->ready_fd, &byte, 1) == 1;
    close(role->ready_fd);
    role->ready_fd = -1;
    for (size_t i = 0; i < s->roles_count && !s->announced; i++) {
        if (!s->roles[i].ready) {
            return;
        }
    }
    if (!s->announced) {
        s->announced = true;
        announce(s);
    }
}

static int next_timeout(const struct supervisor *s)
{
    int64_t now = jd_clock_monotonic_ms(), next = s->stopping ? s->kill_ms : now + 60000;
    for (size_t i = 0; i < s->roles_count && !s->stopping; i++) {
        if (s->roles[i].pid == 0 && s->roles[i].restart_ms < next) {
            next = s->roles[i].restart_ms;
        }
    }
    return next > now ? (int)(next - now) : 0;
}

static void watch_once(struct supervisor *s)
{
    struct pollfd fds[ROLES_MAX + 1] = { { s->signal_fd, POLLIN, 0 } };
    struct role *waiting[ROLES_MAX + 1];
    nfds_t count = 1;
    for (size_t i = 0; i < s->roles_count; i++) {
        if (s->roles[i].ready_fd >= 0) {
            waiting[count] = &s->roles[i];
            fds[count++] = (struct pollfd){ s->roles[i].ready_fd, POLLIN, 0 };
        }
    }
    if (poll(fds, count, next_timeout(s)) <= 0) {
        return;
    }
    for (nfds_t i = 1; i < count; i++) {
        if (fds[i].revents) {
            take_ready(s, waiting[i]);
        }
    }
    take_signal(s);
}

static void supervise(struct supervisor *s)
{
    while (!s->stopping || count_running(s)) {
        start_due(s);
        watch_once(s);
        if (s->stopping && jd_clock_monotonic_ms() >= s->kill_ms) {
            for (size_t i = 0; i < s->roles_count; i++) {
                if (s->roles[i].pid) {
                    kill(s->roles[i].pid, SIGKILL);
                }
            }
            s->kill_ms += 1000;
        }
    }
}

/* ---- the whole ---- */

static void add_role(struct supervisor *s, const char *kind, int number)
{
    struct role *role = &s->roles[s->roles_count++];
    *role = (struct role){ .ready_fd = -1 };
    if (number) {
        snprintf(role->name, sizeof(role->name), "%s-%d", kind, number);
    } else {
        snprintf(role->name, sizeof(role->name), "%s", kind);
    }
    role->listens = strcmp(kind, "gateway") == 0;
    role->reads_mail = strcmp(kind, "worker") == 0;
}

static void add_roles(struct supervisor *s)
{
    add_role(s, "gateway", 0);
    add_role(s, "scheduler", 0);
    for (int i = 1; i <= (int)s->boot.config->workers; i++) {
        add_role(s, "worker", i);
    }
}

static void take_signals(struct supervisor *s)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    signal(SIGPIPE, SIG_IGN);
}

/* The paths of --mail are made absolute where the caller stands. */
static bool resolve_mail(struct supervisor *s)
{
    for (size_t i = 0; i < s->boot.mail_count; i++) {
        const char *resolved = jd_bootstrap_resolve(&s->boot, s->boot.mail[i]);
        if (!resolved) {
            return false;
        }
        for (int k = 0; k < s->options_count; k++) {
            if (s->options[k] == s->boot.mail[i]) {
                s->options[k] = (char *)resolved;
            }
        }
    }
    return true;
}

static bool prepare(struct supervisor *s)
{
    struct jd_error *error = &s->boot.error;
    enum jd_status status = jd_identity_find(s->boot.config->user, &s->identity, error);
    if (status == JD_OK) {
        status = own_data_dir(s, error);
    }
    if (status == JD_OK) {
        status = lock_data_dir(s, error);
    }
    if (status == JD_OK) {
        status = open_ports(s, error);
    }
    if (status == JD_OK) {
        status = name_node(s, error);
    }
    if (status == JD_OK) {
        status = jd_shared_create(&s->shared_fd, &s->shared, error);
    }
    return status == JD_OK ? true : jd_bootstrap_fail(&s->boot);
}

int jd_cli_serve(int argc, char **argv)
{
    static const char usage[] =
            "usage: jackdaw serve [--port N] [--mail KIND:PATH ...]\n"
            "Runs Jackdaw in the foreground until SIGTERM or Ctrl-C. The first start makes the\n"
            "user admin, with the password in JACKDAW_ADMIN_PASSWORD or one that is printed.\n\n"
            "  --port N           listen on 127.0.0.1:N (metrics on N+1)\n"
            "  --mail KIND:PATH   connect this mail (maildir, mbox, eml) if it is not yet\n"
            "  --address ADDRESS, --time-zone ZONE   its owner's, else they are found\n";
    static struct supervisor supervisor;
    struct supervisor *s = &supervisor;
    int words;
    char **options = jd_xalloc((size_t)(argc + 1) * sizeof(char *));
    memcpy(options, argv + 1, (size_t)(argc - 1) * sizeof(char *));
    if (!jd_bootstrap_options(&s->boot, argc, argv, usage, &words)) {
        return s->boot.exit_code;
    }
    if (words) {
        fprintf(stderr, "jackdaw: serve takes no '%s'\n%s", argv[1], usage);
        return 2;
    }
    s->options = options;
    s->options_count = argc - 1;
    if (!jd_bootstrap_config(&s->boot) || !resolve_mail(s)) {
        return s->boot.exit_code;
    }
    jd_log_init("supervisor", s->boot.config->log_level);
    if (!prepare(s)) {
        return s->boot.exit_code;
    }
    jd_metrics_init(s->shared);
    if (run_setup(s, &s->boot.error) != JD_OK) {
        return 1;
    }
    if (note_address(s, &s->boot.error) != JD_OK) {
        jd_bootstrap_fail(&s->boot);
        return 1;
    }
    take_signals(s);
    add_roles(s);
    supervise(s);
    unlink(jd_bootstrap_path(&s->boot, JD_ADDRESS_FILE)); // nobody listens there any more
    return 0;
}
