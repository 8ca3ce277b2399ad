/** The service "maildir": a Maildir with all its folders, live by inotify, never written to. */
#ifndef MAILDIR_SOURCE_H
#define MAILDIR_SOURCE_H

#include <jackdaw/source.h>

extern const struct jd_source_ops jd_maildir_ops;
extern const struct jd_option jd_maildir_options[];

#endif
