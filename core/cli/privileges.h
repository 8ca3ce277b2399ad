/** Who a process is: the user roles run as, and what little they keep. One thread, early. */
#ifndef JD_CLI_PRIVILEGES_H
#define JD_CLI_PRIVILEGES_H

#include <sys/types.h>

#include "base/error.h"

struct jd_identity {
    bool change; // run by root: roles become uid and gid
    uid_t uid;
    gid_t gid;
};

/** JD_BAD_INPUT: run by root and the user does not exist. */
enum jd_status
jd_identity_find(const char *user, struct jd_identity *out_identity, struct jd_error *error);
/** In a forked child, before exec: becomes the identity; `read_mail` keeps CAP_DAC_READ_SEARCH
 * over exec. */
enum jd_status
jd_identity_become(const struct jd_identity *identity, bool read_mail, struct jd_error *error);
/** Dies with its parent from now on; false: the parent is gone already. */
bool jd_die_with_parent(pid_t parent);

#endif
