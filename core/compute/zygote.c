/*
 * The zygote: loads what is loaded lazily, walls itself in, then forks children on command.
 *
 * Its children are forked from a process that has read nothing but its own libraries. It ends
 * when its control socket closes, and its children die with it.
 */
#include "compute/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/seal.h"
#include "compute/jail.h"
#include "compute/serve.h"
#include "mail/message.h"

#define FORK_DESCRIPTORS 2 // the child's socket, the memfd of its progress page

struct zygote {
    pid_t children[JD_COMPUTE_SLOTS]; // 0: none
    pid_t pid;                        // its own
};

struct order {
    struct jd_zygote_message message;
    int socket_fd, progress_fd; // -1: none; owned by who handles the order
};

/* The control socket */

static bool report(const struct jd_zygote_message *message)
{
    ssize_t sent;
    do {
        sent = send(JD_COMPUTE_FD, message, sizeof(*message), MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == sizeof(*message);
}

static void take_descriptors(struct msghdr *header, struct order *order)
{
    int *places[FORK_DESCRIPTORS] = { &order->socket_fd, &order->progress_fd };
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) {
        return;
    }
    size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count && i < FORK_DESCRIPTORS; i++) {
        memcpy(places[i], CMSG_DATA(control) + i * sizeof(int), sizeof(int));
    }
}

/** JD_NONE: the pool is gone. */
static enum jd_status receive_order(struct order *out_order)
{
    _Alignas(struct cmsghdr) char room[CMSG_SPACE(FORK_DESCRIPTORS * sizeof(int))];
    struct iovec bytes = { &out_order->message, sizeof(out_order->message) };
    struct msghdr header = {
        .msg_iov = &bytes,
        .msg_iovlen = 1,
        .msg_control = room,
        .msg_controllen = sizeof(room),
    };
    out_order->socket_fd = out_order->progress_fd = -1;
    ssize_t len = recvmsg(JD_COMPUTE_FD, &header, MSG_CMSG_CLOEXEC);
    if (len < 0 && errno == EINTR) {
        return JD_RETRY_LATER;
    }
    if (len != sizeof(out_order->message)) {
        return JD_NONE;
    }
    take_descriptors(&header, out_order);
    return out_order->message.slot < JD_COMPUTE_SLOTS ? JD_OK : JD_NONE;
}

/* A child, between fork and its loop */

static _Noreturn void refuse_to_live(const char *reason)
{
    dprintf(JD_COMPUTE_LOG_FD, "compute child: %s\n", reason);
    _exit(1);
}

/** Leaves the socket as JD_COMPUTE_FD and the log pipe, and nothing else. */
static void keep_two_descriptors(int socket_fd)
{
    if (dup2(socket_fd, JD_COMPUTE_FD) < 0 || close(STDIN_FILENO) != 0 ||
            close(STDOUT_FILENO) != 0 || close_range(JD_COMPUTE_FD + 1, ~0U, 0) != 0) {
        refuse_to_live("cannot give up its descriptors");
    }
}

static struct jd_progress *map_progress(int fd)
{
    void *page =
            mmap(NULL, sizeof(struct jd_progress), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) {
        refuse_to_live("cannot map its progress page");
    }
    return page;
}

static _Noreturn void live(const struct zygote *zygote, const struct order *order)
{
    struct jd_error error = { 0 };
    sigset_t none;
    sigemptyset(&none);
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_NAME, "jd-compute", 0, 0, 0);
    // The zygote may have died before the tie was made.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != zygote->pid) {
        refuse_to_live("has lost its zygote");
    }
    struct jd_progress *progress = map_progress(order->progress_fd);
    keep_two_descriptors(order->socket_fd);
    if (jd_jail_enter_child(order->message.memory_bytes_max, &error) != JD_OK) {
        refuse_to_live(error.text);
    }
    _exit(jd_compute_serve(JD_COMPUTE_FD, progress));
}

/* Orders */

static bool order_fork(struct zygote *zygote, struct order *order)
{
    struct jd_zygote_message answer = {
        .kind = JD_ZYGOTE_FORKED,
        .slot = order->message.slot,
        .value = EINVAL,
    };
    if (order->socket_fd >= 0 && order->progress_fd >= 0 &&
            zygote->children[order->message.slot] == 0) {
        pid_t pid = fork();
        if (pid == 0) {
            live(zygote, order);
        }
        answer.value = pid < 0 ? errno : 0;
        answer.pid = pid < 0 ? 0 : pid;
        zygote->children[order->message.slot] = answer.pid;
    }
    return report(&answer);
}

/** Not yet reaped, so the number cannot belong to another process. */
static void order_kill(const struct zygote *zygote, const struct order *order)
{
    pid_t pid = zygote->children[order->message.slot];
    if (pid > 0) {
        kill(pid, SIGKILL);
    }
}

static bool handle_order(struct zygote *zygote)
{
    struct order order;
    enum jd_status status = receive_order(&order);
    bool go_on = status != JD_NONE;
    if (status == JD_OK && order.message.kind == JD_ZYGOTE_FORK) {
        go_on = order_fork(zygote, &order);
    } else if (status == JD_OK && order.message.kind == JD_ZYGOTE_KILL) {
        order_kill(zygote, &order);
    }
    if (order.socket_fd >= 0) {
        close(order.socket_fd);
    }
    if (order.progress_fd >= 0) {
        close(order.progress_fd);
    }
    return go_on;
}

static bool report_end(struct zygote *zygote, pid_t pid, int ended)
{
    for (uint32_t i = 0; i < JD_COMPUTE_SLOTS; i++) {
        if (zygote->children[i] == pid) {
            zygote->children[i] = 0;
            return report(&(struct jd_zygote_message){
                    .kind = JD_ZYGOTE_ENDED, .slot = i, .pid = pid, .value = ended });
        }
    }
    return true;
}

static bool reap_children(struct zygote *zygote)
{
    int ended;
    pid_t pid;
    bool go_on = true;
    while (go_on && (pid = waitpid(-1, &ended, WNOHANG)) > 0) {
        go_on = report_end(zygote, pid, ended);
    }
    return go_on;
}

/* Life of the zygote */

static void wake(int number)
{
    (void)number; // its arrival is the news: it breaks off ppoll
}

/** Until the pool is gone. SIGCHLD is let in only while waiting, so none is missed. */
static void take_orders(struct zygote *zygote, const sigset_t *waiting_mask)
{
    struct pollfd control = { .fd = JD_COMPUTE_FD, .events = POLLIN };
    bool go_on = true;
    while (go_on) {
        int ready = ppoll(&control, 1, NULL, waiting_mask);
        go_on = ready >= 0 || errno == EINTR;
        if (go_on) {
            go_on = reap_children(zygote);
        }
        if (go_on && ready > 0) {
            go_on = handle_order(zygote);
        }
    }
}

/** Signals that end a worker are for the worker: its children end when it has drained. */
static void set_signals(sigset_t *out_waiting_mask)
{
    static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
        signal(ignored[i], SIG_IGN);
    }
    struct sigaction action = { .sa_handler = wake };
    sigaction(SIGCHLD, &action, NULL);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigemptyset(out_waiting_mask);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/** A log that could be read would be a way from one child to another. */
static void make_log_write_only(void)
{
    int flags = fcntl(JD_COMPUTE_LOG_FD, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) == O_WRONLY) {
        return;
    }
    int fd = open("/proc/self/fd/2", O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    }
    if (fd >= 0) {
        dup2(fd, JD_COMPUTE_LOG_FD);
        close(fd);
    }
}

static enum jd_status prepare(struct jd_error *error)
{
    make_log_write_only();
    enum jd_status status = jd_seal_init(error);
    if (status == JD_OK) {
        status = jd_mail_init(error);
    }
    return status == JD_OK ? jd_jail_enter_zygote(error) : status;
}

__attribute__((visibility("default"))) _Noreturn int jd_compute_main(void)
{
    struct zygote zygote = { .pid = getpid() };
    struct jd_error error = { 0 };
    sigset_t waiting_mask;
    prctl(PR_SET_NAME, "jd-zygote", 0, 0, 0);
    set_signals(&waiting_mask);
    struct jd_zygote_message ready = { .kind = JD_ZYGOTE_READY };
    ready.value = prepare(&error);
    snprintf(ready.text, sizeof(ready.text), "%.255s", error.text);
    if (report(&ready) && ready.value == JD_OK) {
        take_orders(&zygote, &waiting_mask);
    }
    _exit(ready.value == JD_OK ? 0 : 1);
}
