/** The service "mbox": one mbox file, live by inotify, never written to. */
#ifndef MAILDIR_MBOX_SOURCE_H
#define MAILDIR_MBOX_SOURCE_H

#include <jackdaw/source.h>

extern const struct jd_source_ops jd_mbox_ops;
extern const struct jd_option jd_mbox_options[];

#endif
