/** Tries what the jail forbids and tells what happened. For `jackdaw sandbox` and tests. */
#ifndef JD_COMPUTE_PROBE_H
#define JD_COMPUTE_PROBE_H

#include "base/buf.h"

/** Appends one ATTEMPT group per forbidden thing (wire/analysis.h). Outside the jail some of
 * them work: they leave nothing behind. */
void jd_probe_run(struct jd_buf *out);

#endif
