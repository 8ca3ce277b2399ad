/**
 * Figures of rules: how often each fired, failed, was corrected, and what it took, counted for
 * all mail of a rule set. No text of any mail.
 */
#ifndef JD_STORE_FIGURES_H
#define JD_STORE_FIGURES_H

#include "store/releases.h"

/** Buckets of time: four for each doubling of nanoseconds. */
#define JD_FIGURE_BUCKETS 128
uint32_t jd_figure_bucket(int64_t time_ns);
/** The time in the middle of a bucket, ns. */
int64_t jd_figure_bucket_time(uint32_t bucket);

/** "pack/rule" of "pack/rule/evidence". */
struct jd_span jd_figure_rule(struct jd_span evidence);

/** One count of one rule; `what` as in migrations/0007. */
struct jd_figure {
    struct jd_span rule; // "pack/rule"; empty: of the whole set
    struct jd_span what;
    int64_t count;
};
/** Adds to today's counts. In a transaction of the caller. */
enum jd_status jd_figures_add(struct jd_db *db,
        const struct jd_rule_set *set,
        const struct jd_figure *figures,
        uint32_t count,
        struct jd_error *error);
/** A person put a message into `category`: if the verdict was another, it is counted against
 * the rules that spoke for that. In a transaction of the caller. */
enum jd_status jd_figures_correct(struct jd_db *db,
        int64_t user,
        int64_t message,
        struct jd_span category,
        struct jd_error *error);

/** A rule's figures, summed. */
struct jd_rule_figures {
    struct jd_span rule;
    int64_t hits, corrections, failures;
    int64_t runs; // messages that were measured; the next three are of them
    int64_t instructions;
    int64_t p50_ns, p99_ns;
};
typedef enum jd_status (*jd_figures_fn)(void *context, const struct jd_rule_figures *figures);
/** Of the last `days` days (today is 1), by rule. owner: JD_ORGANISATION for all mail of its
 * release, else the user whose layer it is. out_seen: messages decided. */
enum jd_status jd_figures_read(struct jd_db *db,
        int64_t owner,
        int64_t release,
        int days,
        jd_figures_fn row,
        void *context,
        int64_t *out_seen,
        struct jd_error *error);

#endif
