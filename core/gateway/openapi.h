/** The API's page, openapi.yaml, as JSON. Any thread. */
#ifndef JD_GATEWAY_OPENAPI_H
#define JD_GATEWAY_OPENAPI_H

#include "base/buf.h"
#include "base/error.h"

/**
 * Appends `yaml` as one JSON document.
 *
 * Only the part of YAML that the page uses is understood: block and flow maps and lists, plain
 * and double-quoted scalars on one line, comments on lines of their own. JD_BUG with the line
 * for anything else: the page is ours.
 */
enum jd_status jd_openapi_json(struct jd_span yaml, struct jd_buf *out, struct jd_error *error);

#endif
