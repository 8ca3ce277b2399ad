/* Starting the zygote and speaking its control protocol. */
#include "pipeline/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <spawn.h>

#include "base/clock.h"
#include "base/log.h"

#define DESCRIPTOR_MIN      16 // ours stand above those that the zygote is given
#define SOCKET_BUFFER_BYTES (1024 * 1024)
#define LOG_LINE_BYTES      200
#define LOG_DRAIN_BYTES     4096 // passed on at most in one go

/* Starting */

/** What only one process is to have, out of the way of the numbers 0 to 3. */
static int move_up(int fd)
{
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTOR_MIN);
    close(fd);
    return moved;
}

static void close_all(int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
}

/** fds: control ours, control theirs, log ours, log theirs. */
static enum jd_status open_channels(int fds[4], struct jd_error *error)
{
    fds[0] = fds[1] = fds[2] = fds[3] = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0 ||
            pipe2(fds + 2, O_CLOEXEC) != 0) {
        int number = errno;
        close_all(fds, 4);
        return jd_error_errno(error, number, "cannot open the channels to the compute zygote");
    }
    for (int i = 0; i < 4; i++) {
        fds[i] = move_up(fds[i]);
    }
    if (fds[0] < 0 || fds[1] < 0 || fds[2] < 0 || fds[3] < 0) {
        int number = errno;
        close_all(fds, 4);
        return jd_error_errno(error, number, "cannot open the channels to the compute zygote");
    }
    fcntl(fds[2], F_SETFL, O_NONBLOCK); // cannot fail on a pipe that is open
    return JD_OK;
}

static bool may_pass(const char *entry)
{
    static const char *const names[] = { "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strncmp(entry, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

/** Secrets may stand in our environment; what a sanitizer reads may pass. */
static void fill_environment(char **environment, size_t count)
{
    static char locale[] = "LC_ALL=C.UTF-8";
    size_t used = 0;
    environment[used++] = locale;
    for (char **entry = environ; *entry && used + 1 < count; entry++) {
        if (may_pass(*entry)) {
            environment[used++] = *entry;
        }
    }
    environment[used] = NULL;
}

static int spawn(const char *program, const int fds[4], pid_t *out_pid)
{
    char name[] = "jackdaw", verb[] = "compute-zygote";
    char *arguments[] = { name, verb, NULL };
    char *environment[8];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    fill_environment(environment, sizeof(environment) / sizeof(environment[0]));
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, fds[3], JD_COMPUTE_LOG_FD);
    posix_spawn_file_actions_adddup2(&actions, fds[1], JD_COMPUTE_FD);
    posix_spawn_file_actions_addclosefrom_np(&actions, JD_COMPUTE_FD + 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int result = posix_spawn(out_pid, program ? program : "/proc/self/exe", &actions,
            &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return result;
}

static enum jd_status
await_ready(const struct jd_zygote *zygote, int64_t deadline_ms, struct jd_error *error)
{
    struct jd_zygote_message message;
    for (;;) {
        int64_t left_ms = deadline_ms - jd_clock_monotonic_ms();
        struct pollfd control = { .fd = zygote->control_fd, .events = POLLIN };
        if (left_ms <= 0) {
            return jd_error_set(
                    error, JD_RETRY_LATER, "the compute zygote is not ready in time");
        }
        if (poll(&control, 1, (int)left_ms) > 0) {
            break;
        }
    }
    enum jd_status status = jd_zygote_receive(zygote, &message, error);
    if (status != JD_OK || message.kind != JD_ZYGOTE_READY) {
        // It has read no mail yet, so what it wrote may be shown.
        char words[LOG_LINE_BYTES];
        ssize_t len = read(zygote->log_fd, words, sizeof(words));
        len = len > 0 && words[len - 1] == '\n' ? len - 1 : len;
        return jd_error_set(error, JD_BUG, "the compute zygote ended before it was ready: %.*s",
                len > 0 ? (int)len : 0, words);
    }
    if (message.value != JD_OK) {
        return jd_error_set(error, JD_BUG, "the compute zygote cannot start: %s", message.text);
    }
    return JD_OK;
}

enum jd_status jd_zygote_start(const char *program,
        int64_t deadline_ms,
        struct jd_zygote *out_zygote,
        struct jd_error *error)
{
    int fds[4];
    pid_t pid = 0;
    enum jd_status status = open_channels(fds, error);
    if (status != JD_OK) {
        return status;
    }
    int result = spawn(program, fds, &pid);
    close(fds[1]);
    close(fds[3]);
    struct jd_zygote zygote = { .pid = pid, .control_fd = fds[0], .log_fd = fds[2] };
    if (result != 0) {
        close(fds[0]);
        close(fds[2]);
        return jd_error_errno(error, result, "cannot start the compute zygote");
    }
    status = await_ready(&zygote, deadline_ms, error);
    if (status != JD_OK) {
        jd_zygote_stop(&zygote);
        return status;
    }
    *out_zygote = zygote;
    return JD_OK;
}

void jd_zygote_stop(struct jd_zygote *zygote)
{
    if (zygote->pid <= 0) {
        return;
    }
    kill(zygote->pid, SIGKILL); // not yet waited for, so the number is still its own
    while (waitpid(zygote->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    close(zygote->control_fd);
    close(zygote->log_fd);
    *zygote = (struct jd_zygote){ .control_fd = -1, .log_fd = -1 };
}

/* Orders and reports */

static enum jd_status send_order(const struct jd_zygote *zygote,
        const struct jd_zygote_message *message,
        const int *fds,
        size_t fds_count,
        struct jd_error *error)
{
    _Alignas(struct cmsghdr) char room[CMSG_SPACE(2 * sizeof(int))] = { 0 };
    struct iovec bytes = { (void *)message, sizeof(*message) };
    struct msghdr header = { .msg_iov = &bytes, .msg_iovlen = 1 };
    if (fds_count > 0) {
        header.msg_control = room;
        header.msg_controllen = CMSG_SPACE(fds_count * sizeof(int));
        struct cmsghdr *control = CMSG_FIRSTHDR(&header);
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SCM_RIGHTS;
        control->cmsg_len = CMSG_LEN(fds_count * sizeof(int));
        memcpy(CMSG_DATA(control), fds, fds_count * sizeof(int));
    }
    ssize_t sent;
    do {
        sent = sendmsg(zygote->control_fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        return jd_error_errno(error, errno, "cannot order from the compute zygote");
    }
    return JD_OK;
}

static int make_progress_page(const struct jd_progress **out_progress)
{
    int fd = memfd_create("jackdaw-progress", MFD_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    void *page = MAP_FAILED;
    if (ftruncate(fd, (off_t)sizeof(struct jd_progress)) == 0) {
        page = mmap(NULL, sizeof(struct jd_progress), PROT_READ, MAP_SHARED, fd, 0);
    }
    if (page == MAP_FAILED) {
        close(fd);
        return -1;
    }
    *out_progress = page;
    return fd;
}

enum jd_status jd_zygote_fork(const struct jd_zygote *zygote,
        uint32_t slot,
        uint64_t memory_bytes_max,
        struct jd_zygote_child *out_child,
        struct jd_error *error)
{
    int pair[2] = { -1, -1 };
    struct jd_zygote_child child = { .fd = -1 };
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return jd_error_errno(error, errno, "cannot open a channel to a compute child");
    }
    child.fd = pair[0];
    for (int i = 0; i < 2; i++) {
        const int bytes = SOCKET_BUFFER_BYTES;
        // The system may give less; then a batch takes more wake-ups.
        (void)setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    }
    int progress_fd = make_progress_page(&child.progress);
    enum jd_status status;
    if (progress_fd < 0) {
        status = jd_error_errno(error, errno, "cannot make a compute child's progress page");
    } else {
        const struct jd_zygote_message order = {
            .kind = JD_ZYGOTE_FORK,
            .slot = slot,
            .memory_bytes_max = memory_bytes_max,
        };
        const int fds[] = { pair[1], progress_fd };
        status = send_order(zygote, &order, fds, 2, error);
        close(progress_fd);
    }
    close(pair[1]);
    if (status != JD_OK) {
        jd_zygote_child_close(&child);
        return status;
    }
    *out_child = child;
    return JD_OK;
}

void jd_zygote_kill(const struct jd_zygote *zygote, uint32_t slot)
{
    const struct jd_zygote_message order = { .kind = JD_ZYGOTE_KILL, .slot = slot };
    // When it cannot be told the zygote is gone, and the child with it.
    (void)send_order(zygote, &order, NULL, 0, NULL);
}

void jd_zygote_child_close(struct jd_zygote_child *child)
{
    if (child->fd >= 0) {
        close(child->fd);
    }
    if (child->progress) {
        munmap((void *)child->progress, sizeof(*child->progress));
    }
    *child = (struct jd_zygote_child){ .fd = -1 };
}

enum jd_status jd_zygote_receive(const struct jd_zygote *zygote,
        struct jd_zygote_message *out_message,
        struct jd_error *error)
{
    struct jd_zygote_message message;
    ssize_t len;
    do {
        len = recv(zygote->control_fd, &message, sizeof(message), MSG_DONTWAIT);
    } while (len < 0 && errno == EINTR);
    if (len < 0 && errno == EAGAIN) {
        return JD_NONE;
    }
    if (len != sizeof(message) || message.slot >= JD_COMPUTE_SLOTS) {
        return jd_error_set(error, JD_GONE, "the compute zygote is gone");
    }
    message.text[sizeof(message.text) - 1] = '\0';
    *out_message = message;
    return JD_OK;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
void jd_zygote_drain_log(const struct jd_zygote *zygote)
{
    char bytes[LOG_DRAIN_BYTES];
    ssize_t len = read(zygote->log_fd, bytes, sizeof(bytes));
    if (len > 0) {
        (void)!write(
                STDERR_FILENO, bytes, (size_t)len); // a report that cannot be shown is lost
    }
}
#else
void jd_zygote_drain_log(const struct jd_zygote *zygote)
{
    char bytes[LOG_DRAIN_BYTES];
    char line[LOG_LINE_BYTES + 1];
    size_t line_len = 0;
    ssize_t len = read(zygote->log_fd, bytes, sizeof(bytes));
    for (ssize_t i = 0; i < len; i++) {
        bool end = bytes[i] == '\n' || i + 1 == len;
        if (bytes[i] != '\n' && line_len < LOG_LINE_BYTES) {
            bool printable = bytes[i] >= ' ' && bytes[i] <= '~';
            line[line_len++] = printable ? bytes[i] : (char)'?';
        }
        if (end && line_len > 0) {
            line[line_len] = '\0';
            jd_log(JD_LOG_DEBUG, "compute child reports", "detail", "%s", line, NULL);
            line_len = 0;
        }
    }
}
#endif
