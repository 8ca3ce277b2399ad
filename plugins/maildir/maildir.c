/* Mail in files: one plugin, three kinds of store. */
#include <jackdaw/plugin.h>

#include "eml_source.h"
#include "maildir_source.h"
#include "mbox_source.h"

JD_PLUGIN("org.jackdaw.maildir",
        JD_VERSION,
        "MIT",
        { JD_SIZE(jd_service), JD_SOURCE_1, "maildir", &jd_maildir_ops, jd_maildir_options },
        { JD_SIZE(jd_service), JD_SOURCE_1, "mbox", &jd_mbox_ops, jd_mbox_options },
        { JD_SIZE(jd_service), JD_SOURCE_1, "eml", &jd_eml_ops, jd_eml_options });
