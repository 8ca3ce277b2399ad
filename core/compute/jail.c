/* Capabilities, resource limits and seccomp filters of the processes that own nothing. */
#include "compute/jail.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/sched.h>
#include <seccomp.h>

#define CAPABILITIES_MAX 64
#define CHILD_FILES_MAX  4

/* Needed by any code that only computes and talks over descriptors it has. */
static const int computing[] = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(sched_yield),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* What the zygote needs beyond that, to make children and their walls. */
static const int forking[] = {
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(wait4),
    SCMP_SYS(waitid),
    SCMP_SYS(close),
    SCMP_SYS(close_range),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(getppid),
    SCMP_SYS(prctl),
    SCMP_SYS(seccomp),
    SCMP_SYS(capset),
    SCMP_SYS(setrlimit),
    SCMP_SYS(prlimit64),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(rseq),
    SCMP_SYS(tgkill),
};

static int allow_all(scmp_filter_ctx filter, const int *calls, size_t count)
{
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    }
    return result;
}

/** Calls whose arguments decide: no new code, no address to send to. */
static int allow_checked(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp not_executable =
            SCMP_A2_64(SCMP_CMP_MASKED_EQ, (scmp_datum_t)PROT_EXEC, 0);
    const struct scmp_arg_cmp no_address = SCMP_A4_64(SCMP_CMP_EQ, 0);
    int result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, not_executable);
    if (result == 0) {
        result =
                seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, not_executable);
    }
    if (result == 0) {
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1, no_address);
    }
    if (result == 0) {
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(recvfrom), 1, no_address);
    }
    return result;
}

static int allow_forking(scmp_filter_ctx filter)
{
    const scmp_datum_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                    CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    int result = allow_all(filter, forking, sizeof(forking) / sizeof(forking[0]));
    if (result == 0) {
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                SCMP_A0_64(SCMP_CMP_MASKED_EQ, namespaces, 0));
    }
    if (result == 0) {
        // Its arguments are behind a pointer, which a filter cannot read; libc falls back.
        result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    }
    if (result == 0) {
        result = seccomp_rule_add(
                filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1, SCMP_A1_64(SCMP_CMP_EQ, SIGKILL));
    }
    return result;
}

static enum jd_status enter_filter(bool zygote, struct jd_error *error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter) {
        return jd_error_set(error, JD_BUG, "no memory for the system call filter");
    }
    int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (result == 0) {
        result = allow_all(filter, computing, sizeof(computing) / sizeof(computing[0]));
    }
    if (result == 0) {
        result = allow_checked(filter);
    }
    if (result == 0 && zygote) {
        result = allow_forking(filter);
    } else if (result == 0) {
        // abort(3) signals its own thread, and may signal nobody else.
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                SCMP_A0_64(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
    }
    if (result == 0) {
        result = seccomp_load(filter);
    }
    seccomp_release(filter);
    if (result != 0) {
        return jd_error_errno(error, -result, "cannot enter the system call filter");
    }
    return JD_OK;
}

/** Nothing can give them back: the bounding set is empty too where we may empty it. */
static enum jd_status drop_capabilities(struct jd_error *error)
{
    for (unsigned long i = 0; i < CAPABILITIES_MAX; i++) {
        // Refused without CAP_SETPCAP and beyond the kernel's last one: then there is nothing
        // to drop from, and no_new_privs below keeps it so.
        (void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
    }
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
    if (syscall(SYS_capset, &header, none) != 0) {
        return jd_error_errno(error, errno, "cannot drop capabilities");
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return jd_error_errno(error, errno, "cannot set no_new_privs");
    }
    return JD_OK;
}

static enum jd_status limit_resources(uint64_t memory_bytes_max, struct jd_error *error)
{
    const struct {
        const char *name;
        __rlimit_resource_t resource;
        rlim_t max;
    } limits[] = {
        { "core size", RLIMIT_CORE, 0 },
        { "file size", RLIMIT_FSIZE, 0 },
        { "processes", RLIMIT_NPROC, 0 },
        { "open files", RLIMIT_NOFILE, CHILD_FILES_MAX },
        { "locked memory", RLIMIT_MEMLOCK, 0 },
        { "message queues", RLIMIT_MSGQUEUE, 0 },
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        // The shadow memory of a sanitizer is larger than any limit.
        { "data", RLIMIT_DATA, memory_bytes_max },
        { "address space", RLIMIT_AS, memory_bytes_max * 2 },
#endif
    };
    (void)memory_bytes_max; // unused under a sanitizer
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        const struct rlimit limit = { limits[i].max, limits[i].max };
        if (setrlimit(limits[i].resource, &limit) != 0) {
            return jd_error_errno(error, errno, "cannot limit %s", limits[i].name);
        }
    }
    return JD_OK;
}

enum jd_status jd_jail_enter_zygote(struct jd_error *error)
{
    enum jd_status status = drop_capabilities(error);
    return status == JD_OK ? enter_filter(true, error) : status;
}

enum jd_status jd_jail_enter_child(uint64_t memory_bytes_max, struct jd_error *error)
{
    enum jd_status status = limit_resources(memory_bytes_max, error);
    return status == JD_OK ? enter_filter(false, error) : status;
}
