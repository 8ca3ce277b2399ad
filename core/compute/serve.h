/**
 * A child's loop: one request in, one answer out (wire/analysis.h), until the worker closes.
 *
 * It opens nothing and keeps nothing but the batch parsed last and the releases loaded. One
 * thread; tests run it in a thread over a socket pair, without the jail.
 */
#ifndef JD_COMPUTE_SERVE_H
#define JD_COMPUTE_SERVE_H

#include "wire/zygote.h"

/** The exit status: 0 when the worker closed between two requests, 1 when it broke off or sent
 * what is no frame. `progress` is told which message is looked at. */
int jd_compute_serve(int fd, struct jd_progress *progress);

#endif
