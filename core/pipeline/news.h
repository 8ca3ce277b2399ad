/** Waiting for news of the bus on one topic prefix, with a time-out: news may be lost, so
 * nobody waits for ever. */
#ifndef JD_PIPELINE_NEWS_H
#define JD_PIPELINE_NEWS_H

#include "store/db.h"

struct jd_news;

/** Subscribes and starts the thread "news". Each message raises the count. */
enum jd_status jd_news_start(const struct jd_services *services,
        const char *prefix,
        struct jd_news **out_news,
        struct jd_error *error);
void jd_news_stop(struct jd_news **news);
/** What was seen so far; any thread. */
uint64_t jd_news_count(struct jd_news *news);
/** Waits until there is more than `seen`, at most wait_ms; any thread. */
void jd_news_wait(struct jd_news *news, uint64_t seen, int64_t wait_ms);
/** Wakes all waiters, as a message would. */
void jd_news_wake(struct jd_news *news);

#endif
