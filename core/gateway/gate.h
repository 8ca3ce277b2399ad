/**
 * What every request passes on its way to a handler: route, caller, rate, query, body, cache.
 * The functions are the callbacks that http.h and store_threads.h ask for; their context is the
 * gateway.
 */
#ifndef JD_GATEWAY_GATE_H
#define JD_GATEWAY_GATE_H

#include "gateway/http.h"
#include "store/db.h"

/** HTTP thread: the public listener. */
enum jd_http_verdict jd_gate_handle(void *context, struct jd_request *request);
/** HTTP thread: the metrics listener. */
enum jd_http_verdict jd_gate_handle_metrics(void *context, struct jd_request *request);
/** HTTP thread: passes the request to the store threads of its route. */
bool jd_gate_defer(void *context, struct jd_request *request);
/** HTTP thread: how large the body of a request may be whose headers are there. */
size_t jd_gate_body_bytes(void *context, struct jd_request *request);
/** Store thread: runs the handler and gives the request back, or to who waits for a worker. */
void jd_gate_run(struct jd_request *request, struct jd_db *db);
/** Any thread but the HTTP thread: gives the request back, answered, or with what went wrong.
 */
void jd_gate_finish(struct jd_request *request,
        enum jd_status status,
        const struct jd_error *error);
/** HTTP thread: counts the request. */
void jd_gate_finished(void *context, const struct jd_request *request);

#endif
