/* An unbounded line of things from any thread to one. */
#include "gateway/post.h"

#include <stddef.h>

void jd_post_init(struct jd_post *post)
{
    pthread_mutex_init(&post->lock, NULL);
    post->first = NULL;
    post->end = &post->first;
}

void jd_post_finish(struct jd_post *post)
{
    pthread_mutex_destroy(&post->lock);
}

void jd_post_put(struct jd_post *post, struct jd_post_item *item)
{
    item->next = NULL;
    pthread_mutex_lock(&post->lock);
    *post->end = item;
    post->end = &item->next;
    pthread_mutex_unlock(&post->lock);
}

struct jd_post_item *jd_post_take(struct jd_post *post)
{
    pthread_mutex_lock(&post->lock);
    struct jd_post_item *first = post->first;
    post->first = NULL;
    post->end = &post->first;
    pthread_mutex_unlock(&post->lock);
    return first;
}
