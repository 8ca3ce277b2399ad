/**
 * The zygote: the one entry of jackdaw-compute.so (JD_COMPUTE_ENTRY in wire/zygote.h).
 *
 * It expects the control socket as JD_COMPUTE_FD and the log pipe as JD_COMPUTE_LOG_FD, serves
 * its pool until that is gone, and ends the process.
 */
#ifndef JD_COMPUTE_ZYGOTE_H
#define JD_COMPUTE_ZYGOTE_H

_Noreturn int jd_compute_main(void);

#endif
