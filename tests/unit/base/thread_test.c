#include "base/thread.h"

#include <poll.h>
#include <signal.h>

#include "base/clock.h"
#include "jd_test.h"

static int items[10];

TEST(keeps_order_and_capacity)
{
    struct jd_mailbox *mailbox = jd_mailbox_create(3);
    CHECK(jd_mailbox_take(mailbox, 0) == NULL);
    for (int round = 0; round < 5; round++) { // round the ring
        for (int i = 0; i < 3; i++) {
            CHECK(jd_mailbox_put(mailbox, &items[i]));
        }
        CHECK(!jd_mailbox_put(mailbox, &items[3]));
        CHECK_INT(jd_mailbox_count(mailbox), 3);
        CHECK(jd_mailbox_take(mailbox, 0) == &items[0]);
        CHECK(jd_mailbox_put(mailbox, &items[3]));
        for (int i = 1; i < 4; i++) {
            CHECK(jd_mailbox_take(mailbox, INT64_MAX) == &items[i]);
        }
    }
    CHECK(jd_mailbox_take(mailbox, jd_clock_monotonic_ms() - 1) == NULL);
    CHECK(jd_mailbox_take(mailbox, jd_clock_monotonic_ms() + 1) == NULL);
    jd_mailbox_destroy(&mailbox);
    CHECK(mailbox == NULL);
    jd_mailbox_destroy(&mailbox);
}

TEST(gives_what_is_inside_after_close)
{
    struct jd_mailbox *mailbox = jd_mailbox_create(3);
    CHECK(jd_mailbox_put(mailbox, &items[0]));
    jd_mailbox_close(mailbox);
    jd_mailbox_close(mailbox);
    CHECK(!jd_mailbox_put(mailbox, &items[1]));
    CHECK(jd_mailbox_take(mailbox, INT64_MAX) == &items[0]);
    CHECK(jd_mailbox_take(mailbox, INT64_MAX) == NULL);
    jd_mailbox_destroy(&mailbox);
}

static bool is_readable(int descriptor)
{
    struct pollfd wanted = { .fd = descriptor, .events = POLLIN };
    return poll(&wanted, 1, 0) == 1;
}

TEST(wakes_a_poll)
{
    struct jd_mailbox *mailbox = jd_mailbox_create(3);
    CHECK(jd_mailbox_put(mailbox, &items[0]));
    int descriptor = jd_mailbox_descriptor(mailbox);
    CHECK(descriptor >= 0);
    CHECK_INT(jd_mailbox_descriptor(mailbox), descriptor);
    CHECK(is_readable(descriptor)); // mail came before the descriptor did
    jd_mailbox_put(mailbox, &items[1]);
    jd_mailbox_take(mailbox, 0);
    CHECK(is_readable(descriptor));
    jd_mailbox_take(mailbox, 0);
    CHECK(!is_readable(descriptor));
    jd_mailbox_take(mailbox, 0);
    jd_mailbox_put(mailbox, &items[2]);
    CHECK(is_readable(descriptor));
    jd_mailbox_close(mailbox);
    jd_mailbox_take(mailbox, 0);
    CHECK(is_readable(descriptor)); // for ever: it is closed
    jd_mailbox_destroy(&mailbox);
}

static void *take_all(void *argument)
{
    intptr_t sum = 0;
    for (int *item; (item = jd_mailbox_take(argument, INT64_MAX)) != NULL;) {
        sum += *item;
    }
    return (void *)sum;
}

TEST(serves_many_threads)
{
    struct jd_error error;
    struct jd_mailbox *mailbox = jd_mailbox_create(5);
    pthread_t takers[3];
    for (int i = 0; i < 10; i++) {
        items[i] = i;
    }
    for (int i = 0; i < 3; i++) {
        CHECK_OK(jd_thread_start(&takers[i], "taker", take_all, mailbox, &error), error);
    }
    for (int i = 0; i < 10000; i++) {
        while (!jd_mailbox_put(mailbox, &items[i % 10])) {
            sched_yield();
        }
    }
    jd_mailbox_close(mailbox);
    intptr_t sum = 0;
    for (int i = 0; i < 3; i++) {
        void *part;
        pthread_join(takers[i], &part);
        sum += (intptr_t)part;
    }
    CHECK_INT(sum, 45000);
    jd_mailbox_destroy(&mailbox);
}

static void *look_around(void *argument)
{
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    pthread_getname_np(pthread_self(), argument, 16);
    return sigismember(&mask, SIGTERM) && sigismember(&mask, SIGCHLD) ? argument : NULL;
}

TEST(starts_named_threads_without_signals)
{
    struct jd_error error;
    pthread_t thread;
    char name[16];
    void *blocked;
    CHECK_OK(jd_thread_start(&thread, "a name that is too long", look_around, name, &error),
            error);
    pthread_join(thread, &blocked);
    CHECK(blocked != NULL);
    CHECK_TEXT(jd_span_of(name), "a name that is ");
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    CHECK(!sigismember(&mask, SIGTERM)); // ours is as before
}

int main(void)
{
    RUN(keeps_order_and_capacity);
    RUN(gives_what_is_inside_after_close);
    RUN(wakes_a_poll);
    RUN(serves_many_threads);
    RUN(starts_named_threads_without_signals);
    return REPORT();
}
