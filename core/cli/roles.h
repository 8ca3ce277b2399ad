/** How a supervisor starts its roles: the names and the descriptors they inherit. Both sides of
 * the fork include it. */
#ifndef JD_CLI_ROLES_H
#define JD_CLI_ROLES_H

/* Descriptors that a role finds open. */
#define JD_ROLE_SHARED_FD  3 // the node's page
#define JD_ROLE_LISTEN_FD  4 // gateway: the public port
#define JD_ROLE_METRICS_FD 5 // gateway: the metrics port; closed: none
#define JD_ROLE_READY_FD   6 // write one byte when ready; setup: its findings as lines

/* Words behind `jackdaw role`: NAME OWNER PREVIOUS|- PARENT, then the options of serve. */
#define JD_ROLE_WORDS      4

#endif
