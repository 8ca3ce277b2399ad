/* Mail in files: one plugin, three kinds of store. */
#include <jackdaw/plugin.h>

#include "maildir_source.h"

JD_PLUGIN("org.jackdaw.maildir",
        JD_VERSION,
        "MIT",
        { JD_SIZE(jd_service), JD_SOURCE_1, "maildir", &jd_maildir_ops, jd_maildir_options });
