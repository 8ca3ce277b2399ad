/**
 * Watching accounts: one worker at a time holds an account's lease and its open source. A
 * thread waits on all their descriptors and times at once; a few sync threads make the calls,
 * so that one slow account holds up no other.
 */
#ifndef JD_PIPELINE_WATCH_H
#define JD_PIPELINE_WATCH_H

#include "pipeline/pipeline.h"

struct jd_watch;

/** Threads "watch" and "sync-N". */
enum jd_status jd_watch_start(const struct jd_pipeline_options *options,
        struct jd_watch **out_watch,
        struct jd_error *error);
/** Cancels what is under way, gives the leases back. */
void jd_watch_stop(struct jd_watch **watch);

#endif
