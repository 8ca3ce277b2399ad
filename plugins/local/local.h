/** What the parts of the local plugin share: the two services. */
#ifndef JD_LOCAL_H
#define JD_LOCAL_H

#include <jackdaw/bus.h>
#include <jackdaw/cache.h>

extern const struct jd_option jd_local_bus_options[];
extern const struct jd_bus_ops jd_local_bus_ops;
extern const struct jd_option jd_local_cache_options[];
extern const struct jd_cache_ops jd_local_cache_ops;

#endif
