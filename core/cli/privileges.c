/* Capabilities by raw system calls: the two that are needed do not ask for a library. */
#include "cli/privileges.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>

enum jd_status
jd_identity_find(const char *user, struct jd_identity *out_identity, struct jd_error *error)
{
    struct passwd entry, *found = NULL;
    char buffer[4096];
    *out_identity = (struct jd_identity){ .uid = geteuid(), .gid = getegid() };
    if (geteuid() != 0) {
        return JD_OK;
    }
    if (getpwnam_r(user, &entry, buffer, sizeof(buffer), &found) != 0 || !found) {
        return jd_error_set(error, JD_BAD_INPUT,
                "there is no user '%s' for Jackdaw to run as; create it with: useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin %s",
                user, user);
    }
    *out_identity =
            (struct jd_identity){ .change = true, .uid = found->pw_uid, .gid = found->pw_gid };
    return JD_OK;
}

static int set_capability(unsigned capability)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { { 0 }, { 0 } };
    data[0].effective = data[0].permitted = data[0].inheritable = 1u << capability;
    if (syscall(SYS_capset, &header, data) != 0) {
        return -1;
    }
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
}

enum jd_status
jd_identity_become(const struct jd_identity *identity, bool read_mail, struct jd_error *error)
{
    if (!identity->change) {
        return JD_OK;
    }
    bool keep = read_mail && prctl(PR_CAPBSET_READ, CAP_DAC_READ_SEARCH) == 1;
    if ((keep && prctl(PR_SET_KEEPCAPS, 1) != 0) || setgroups(0, NULL) != 0 ||
            setresgid(identity->gid, identity->gid, identity->gid) != 0 ||
            setresuid(identity->uid, identity->uid, identity->uid) != 0) {
        return jd_error_errno(error, errno, "becoming user %d", (int)identity->uid);
    }
    if (keep && set_capability(CAP_DAC_READ_SEARCH) != 0) {
        return jd_error_errno(error, errno, "keeping the right to read the configured mail");
    }
    return JD_OK;
}

bool jd_die_with_parent(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}
