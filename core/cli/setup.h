/** The one-shot child that readies the data folder before any role starts. */
#ifndef JD_CLI_SETUP_H
#define JD_CLI_SETUP_H

#include "cli/bootstrap.h"

/** Index, check, migrate, first user, provisioned accounts, sign-in link. Writes "key value"
 * lines to JD_ROLE_READY_FD: password, link. node: what leases of this node begin with. Returns
 * an exit code. */
int jd_setup_run(struct jd_bootstrap *boot, const char *node);

#endif
