/**
 * The front end's files, read into memory at start: what was not there then does not exist, so
 * no path can lead anywhere else. Links and hidden files are left out. Loading: one thread;
 * answering: any.
 */
#ifndef JD_GATEWAY_STATIC_H
#define JD_GATEWAY_STATIC_H

#include "gateway/request.h"

#define JD_STATIC_BYTES_MAX (64 * 1024 * 1024)
#define JD_STATIC_DEPTH_MAX 8

struct jd_static;

/** dir NULL or missing: only one page, which says that the front end is not built. */
enum jd_status
jd_static_load(const char *dir, struct jd_static **out_files, struct jd_error *error);
void jd_static_destroy(struct jd_static **files);
/** Answers a GET: the file, its packed form where one lies beside it and the client takes
 * gzip, 304 when the client has it, or index.html for a path of the app (no dot in its last
 * segment). False: there is no such file. */
bool jd_static_answer(const struct jd_static *files, struct jd_request *request);

#endif
