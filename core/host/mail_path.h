/**
 * Which places of this machine may be connected as mail: the one rule that the API, the command
 * line and provisioning share. It keeps mail apart from what is no mail (the kernel's own file
 * systems) and from Jackdaw's own data folder, where only the demo mail lies. Who may name a
 * path at all is the caller's concern. Any thread.
 */
#ifndef JD_HOST_MAIL_PATH_H
#define JD_HOST_MAIL_PATH_H

#include <limits.h>

#include "base/error.h"

#define JD_DEMO_MAIL "demo-mail" // the folder of data_dir that may be connected

/**
 * Follows every link of an absolute path and looks where it ends.
 *
 * form      what it must be if it can be looked at: "file", "folder"; NULL: either.
 * out_path  the real path, so that one place has one name. What this process may not look at
 *           (EACCES) is taken as written; whoever reads it later may have the right.
 * Returns   JD_GONE or another class by errno: it cannot be looked at; JD_BAD_INPUT: it may not
 *           be connected. The sentence names the path.
 */
enum jd_status jd_mail_path_resolve(const char *path,
        const char *form,
        const char *data_dir,
        char out_path[PATH_MAX],
        struct jd_error *error);

#endif
