/* One thread reads the subscription and counts; job threads wait for the count to grow. */
#include "pipeline/news.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"

struct jd_news {
    struct jd_bus_sink sink;
    const struct jd_bus_instance *bus;
    void *subscription;
    pthread_t thread;
    int stop_fd;
    pthread_mutex_t lock;
    pthread_cond_t more;
    uint64_t count; // guarded by lock
};

static void raise_count(struct jd_news *news)
{
    pthread_mutex_lock(&news->lock);
    news->count++;
    pthread_cond_broadcast(&news->more);
    pthread_mutex_unlock(&news->lock);
}

static void on_message(struct jd_bus_sink *sink, struct jd_span topic, struct jd_span payload)
{
    (void)topic, (void)payload; // that there is news is all that is said
    raise_count((struct jd_news *)sink);
}

static void *listen_for_news(void *argument)
{
    struct jd_news *news = argument;
    struct pollfd fds[2] = { { news->bus->ops->descriptor(news->subscription), POLLIN, 0 },
        { news->stop_fd, POLLIN, 0 } };
    while (!(fds[1].revents & POLLIN)) {
        struct jd_error error;
        if (poll(fds, 2, -1) < 0 && errno != EINTR) {
            jd_log(JD_LOG_ERROR, "waiting for news failed", "errno", "%d", errno, NULL);
            break;
        }
        enum jd_status status =
                news->bus->ops->receive(news->subscription, &news->sink, &error);
        if (status != JD_OK && status != JD_NONE) {
            jd_log_error(JD_LOG_WARNING, "news was not read", &error, NULL);
            break;
        }
    }
    return NULL;
}

static void destroy(struct jd_news **news)
{
    if ((*news)->subscription) {
        (*news)->bus->ops->unsubscribe((*news)->subscription);
    }
    close((*news)->stop_fd);
    pthread_cond_destroy(&(*news)->more);
    pthread_mutex_destroy(&(*news)->lock);
    free(*news);
    *news = NULL;
}

enum jd_status jd_news_start(const struct jd_services *services,
        const char *prefix,
        struct jd_news **out_news,
        struct jd_error *error)
{
    struct jd_news *news = jd_xalloc(sizeof(*news));
    pthread_condattr_t monotonic;
    news->sink = (struct jd_bus_sink){ JD_SIZE(jd_bus_sink), on_message };
    news->bus = &services->bus;
    news->stop_fd = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&news->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&news->more, &monotonic);
    pthread_condattr_destroy(&monotonic);
    enum jd_status status = news->bus->ops->subscribe(
            news->bus->self, jd_span_of(prefix), &news->subscription, error);
    if (status == JD_OK) {
        status = jd_thread_start(&news->thread, "news", listen_for_news, news, error);
    }
    if (status != JD_OK) {
        destroy(&news);
        return status;
    }
    *out_news = news;
    return JD_OK;
}

void jd_news_stop(struct jd_news **news)
{
    if (!*news) {
        return;
    }
    eventfd_write((*news)->stop_fd, 1);
    pthread_join((*news)->thread, NULL);
    destroy(news);
}

uint64_t jd_news_count(struct jd_news *news)
{
    pthread_mutex_lock(&news->lock);
    uint64_t count = news->count;
    pthread_mutex_unlock(&news->lock);
    return count;
}

void jd_news_wait(struct jd_news *news, uint64_t seen, int64_t wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&news->lock);
    while (news->count == seen &&
            pthread_cond_timedwait(&news->more, &news->lock, &until) == 0) {
    }
    pthread_mutex_unlock(&news->lock);
}

void jd_news_wake(struct jd_news *news)
{
    raise_count(news);
}
