/** The service "eml": a folder of .eml files at any depth, live by inotify, never written to.
 */
#ifndef MAILDIR_EML_SOURCE_H
#define MAILDIR_EML_SOURCE_H

#include <jackdaw/source.h>

extern const struct jd_source_ops jd_eml_ops;
extern const struct jd_option jd_eml_options[];

#endif
