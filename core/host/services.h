/**
 * Fills struct jd_host, the table of what the host lends to a plugin: log lines that carry the
 * instance's name, the replaceable clock, counters. One for each instance; it lives as long as
 * the instance does.
 */
#ifndef JD_HOST_SERVICES_H
#define JD_HOST_SERVICES_H

#include <jackdaw/host.h>

struct jd_lent {
    struct jd_host host;
    char service[32];  // "source.maildir"
    char instance[96]; // what the owner called it
};

/** Caller's memory, which must not move. Nothing to finish. */
void jd_lent_init(struct jd_lent *lent, const char *service, const char *instance);

#endif
