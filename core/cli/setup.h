/** The one-shot child that readies the data folder before any role starts. */
#ifndef JD_CLI_SETUP_H
#define JD_CLI_SETUP_H

#include "cli/bootstrap.h"

/** Index, check, migrate, first user, provisioned accounts, sign-in link. Writes "key value"
 * lines to JD_ROLE_READY_FD: password, link. owner: of set-up itself, "NODE/...";
 * what the roles of this node still hold is freed. Returns an exit code. */
int jd_setup_run(struct jd_bootstrap *boot, const char *owner);

#endif
