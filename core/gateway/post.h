/**
 * An unbounded line of things from any thread to one: what each thread of the gateway sends to
 * the hub and the feeder. Items are linked through their first member and owned by the line
 * until they are taken. What bounds it is the sender: each connection has at most one thing
 * under way in each direction.
 */
#ifndef JD_GATEWAY_POST_H
#define JD_GATEWAY_POST_H

#include <pthread.h>

struct jd_post_item {
    struct jd_post_item *next;
};

struct jd_post {
    pthread_mutex_t lock;
    struct jd_post_item *first, **end; // guarded by lock
};

void jd_post_init(struct jd_post *post);
/** What is still inside is the caller's concern: take it first. */
void jd_post_finish(struct jd_post *post);
void jd_post_put(struct jd_post *post, struct jd_post_item *item);
/** All that is there, in order, as a chain; NULL: nothing. */
struct jd_post_item *jd_post_take(struct jd_post *post);

#endif
