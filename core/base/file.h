/** Files: read whole, write atomically, make folders. Errors name the path. Any thread. */
#ifndef JD_BASE_FILE_H
#define JD_BASE_FILE_H

#include "base/buf.h"
#include "base/error.h"

/** Appends the file's bytes; JD_BAD_INPUT when they pass the buffer's maximum. */
enum jd_status jd_file_read(const char *path, struct jd_buf *out, struct jd_error *error);
/** Writes beside it, fsyncs, renames over it: readers see the old or the new file whole. */
enum jd_status
jd_file_write(const char *path, struct jd_span bytes, unsigned mode, struct jd_error *error);
/** As jd_file_write, but replaces nothing: JD_REJECTED when the path is taken. */
enum jd_status
jd_file_create(const char *path, struct jd_span bytes, unsigned mode, struct jd_error *error);
/** The folder and its parents; fine if there. */
enum jd_status jd_file_mkdirs(const char *path, unsigned mode, struct jd_error *error);
bool jd_file_exists(const char *path);

#endif
