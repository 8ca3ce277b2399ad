/** The sources that one thread has open for fetching, by account; a few at most. One thread. */
#ifndef JD_PIPELINE_SOURCES_H
#define JD_PIPELINE_SOURCES_H

#include "host/host.h"
#include "store/accounts.h"

struct jd_sources;

struct jd_sources *jd_sources_create(const struct jd_registry *registry, const char *data_dir);
/** Takes NULL; clears the pointer. */
void jd_sources_destroy(struct jd_sources **sources);
/** Opens the account's source, or finds it open. Lives until it is dropped, or destroyed. */
enum jd_status jd_sources_get(struct jd_sources *sources,
        const struct jd_account *account,
        struct jd_source **out_source,
        struct jd_error *error);
/** After a fault: closes it, so that the next get opens anew. */
void jd_sources_drop(struct jd_sources *sources, int64_t account);

/** Closes all: what they remember of their folders goes with them. */
void jd_sources_drop_all(struct jd_sources *sources);

/** Opens an account's source for its own (sync). */
enum jd_status jd_account_open(const struct jd_registry *registry,
        const char *data_dir,
        const struct jd_account *account,
        struct jd_source **out_source,
        struct jd_error *error);
/** Removes what the account's source has kept in the data folder. Fine when there is nothing.
 */
enum jd_status jd_account_forget(const char *data_dir, int64_t account, struct jd_error *error);

#endif
