/* One small function per forbidden thing; the table names them. */
#include "compute/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/sched.h>

#include "base/record.h"
#include "wire/analysis.h"
#include "wire/zygote.h"

/** 0 when `result` says that it worked; closes what was opened. */
static int answer_of_fd(int result)
{
    if (result < 0) {
        return errno;
    }
    close(result);
    return 0;
}

static int answer_of(long result)
{
    return result < 0 ? errno : 0;
}

static int open_file(void)
{
    return answer_of_fd(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int open_own_memory(void)
{
    return answer_of_fd(open("/proc/self/mem", O_RDWR | O_CLOEXEC));
}

static int create_file(void)
{
    return answer_of_fd(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
}

static int look_at_file(void)
{
    struct stat facts;
    return answer_of(stat("/etc/passwd", &facts));
}

static int make_internet_socket(void)
{
    return answer_of_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int make_unix_socket(void)
{
    return answer_of_fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int send_to_address(void)
{
    const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
    long sent = sendto(JD_COMPUTE_LOG_FD, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL,
            (const struct sockaddr *)&address, sizeof(address));
    return answer_of(sent);
}

static int receive_descriptor(void)
{
    struct msghdr message = { 0 };
    return answer_of(recvmsg(JD_COMPUTE_FD, &message, MSG_DONTWAIT));
}

static int read_log(void)
{
    char byte;
    const struct iovec none = { &byte, 0 };
    return answer_of(readv(JD_COMPUTE_LOG_FD, &none, 1));
}

static int copy_descriptor(void)
{
    return answer_of_fd(fcntl(JD_COMPUTE_LOG_FD, F_DUPFD_CLOEXEC, 0));
}

static int make_memory_file(void)
{
    return answer_of_fd(memfd_create("probe", MFD_CLOEXEC));
}

/** By the bare call, so that no handler of libc runs in a child that should not be. */
static int make_process(void)
{
    long pid = syscall(SYS_clone, (unsigned long)SIGCHLD, 0UL, 0UL, 0UL, 0UL);
    if (pid == 0) {
        _exit(0);
    }
    if (pid < 0) {
        return errno;
    }
    waitpid((pid_t)pid, NULL, 0);
    return 0;
}

static int run_program(void)
{
    char *const none[] = { NULL };
    return answer_of(execve("/nonexistent/program", none, none));
}

static int trace_process(void)
{
    return answer_of(ptrace(PTRACE_SEIZE, getpid(), NULL, NULL));
}

static int read_other_memory(void)
{
    char byte;
    const struct iovec here = { &byte, 1 };
    return answer_of(process_vm_readv(getpid(), &here, 1, &here, 1, 0));
}

static int signal_process(void)
{
    return answer_of(kill(getpid(), 0));
}

static int map_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        return errno;
    }
    munmap(page, 4096);
    return 0;
}

static int make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        return errno;
    }
    int answer = answer_of(mprotect(page, 4096, PROT_READ | PROT_EXEC));
    munmap(page, 4096);
    return answer;
}

static int make_namespace(void)
{
    return answer_of(syscall(SYS_unshare, (unsigned long)CLONE_NEWUSER));
}

static int change_limit(void)
{
    struct rlimit limit;
    return answer_of(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit));
}

static int outlive_parent(void)
{
    return answer_of(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
}

static int make_ring(void)
{
    char settings[256] = { 0 };
    return answer_of_fd((int)syscall(SYS_io_uring_setup, 1, settings));
}

static const struct {
    const char *name;
    int (*attempt)(void); // errno; 0: it worked
} attempts[] = {
    { "open a file", open_file },
    { "open its own memory", open_own_memory },
    { "create a file", create_file },
    { "look at a file", look_at_file },
    { "make an internet socket", make_internet_socket },
    { "make a unix socket", make_unix_socket },
    { "send to an address", send_to_address },
    { "receive a descriptor", receive_descriptor },
    { "read the log pipe", read_log },
    { "copy a descriptor", copy_descriptor },
    { "make a memory file", make_memory_file },
    { "make a process", make_process },
    { "run a program", run_program },
    { "trace a process", trace_process },
    { "read a process's memory", read_other_memory },
    { "signal a process", signal_process },
    { "map executable memory", map_code },
    { "make memory executable", make_code },
    { "make a namespace", make_namespace },
    { "read or change a limit", change_limit },
    { "change its ties to its parent", outlive_parent },
    { "make an io_uring", make_ring },
};

void jd_probe_run(struct jd_buf *out)
{
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        size_t group = jd_record_group(out, JD_TAG_ATTEMPT);
        jd_record_bytes(out, JD_TAG_NAME, jd_span_of(attempts[i].name));
        jd_record_int(out, JD_TAG_STATUS, attempts[i].attempt());
        jd_record_group_end(out, group);
    }
}
