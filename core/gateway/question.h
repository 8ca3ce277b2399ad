/** Handing a request over to a worker: the question becomes a job, and the request waits for
 * its answer without holding a store thread (waiter.h). */
#ifndef JD_GATEWAY_QUESTION_H
#define JD_GATEWAY_QUESTION_H

#include "gateway/request.h"
#include "store/answers.h"

struct jd_question_id {
    const char *member;
    int64_t id;
};

/** The last thing that a handler does. kind and ids: see pipeline/ask.h. */
enum jd_status jd_question_put(struct jd_request *request,
        struct jd_db *db,
        const char *kind,
        const struct jd_question_id *ids,
        size_t count,
        struct jd_error *error);

#endif
