/** Errors as RFC 9457 problem documents. Any thread that owns the request. */
#ifndef JD_GATEWAY_PROBLEM_H
#define JD_GATEWAY_PROBLEM_H

#include "gateway/request.h"

/** Replaces whatever the answer held by a problem with this HTTP status and sentence, and the
 * request's field, job and reasons if they are set. Returns JD_OK: the request is answered. */
__attribute__((format(printf, 3, 4))) enum jd_status
jd_problem(struct jd_request *request, unsigned status, const char *format, ...);

/** The problem for a handler's error: its class picks the HTTP status. A bug is logged and its
 * sentence kept from the client. */
void jd_problem_from_error(struct jd_request *request,
        enum jd_status status,
        const struct jd_error *error);

/** A 410 that tells where the stream of events stands now. */
enum jd_status jd_problem_resync(struct jd_request *request, int64_t epoch, int64_t seq);

/** The HTTP status of an error's class. */
unsigned jd_problem_status(enum jd_status status);

/** Writes the document alone. For answers outside http.c. */
void jd_problem_write(struct jd_buf *out, unsigned status, struct jd_span detail);

#endif
