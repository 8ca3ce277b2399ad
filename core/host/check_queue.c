/* The contract of jackdaw/queue.h. */
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/thread.h"
#include "host/check_case.h"

#define LONG_MS      600000 // longer than any case
#define SHORT_MS     40
#define RACE_JOBS    400
#define RACE_THREADS 4
#define CLAIM_MAX    64

static const struct jd_queue_ops *ops_of(const struct jd_check *check)
{
    return check->service->ops;
}

static bool
offer(struct jd_check *check, void *self, const struct jd_queue_item *items, uint32_t count)
{
    struct jd_error error = { 0 };
    enum jd_status status = ops_of(check)->offer(self, items, count, &error);
    if (status != JD_OK) {
        jd_check_fail(check, "offer answered %s: %s", jd_status_name(status), error.text);
    }
    return status == JD_OK;
}

/* Claims up to `max`; -1: the case is over. */
static int claim(struct jd_check *check,
        void *self,
        int32_t priority_max,
        uint32_t max,
        int64_t visibility_ms,
        int64_t *out_jobs)
{
    struct jd_error error = { 0 };
    uint32_t count = 0;
    enum jd_status status = ops_of(check)->claim(
            self, priority_max, max, visibility_ms, out_jobs, &count, &error);
    if (status == JD_NONE) {
        return 0;
    }
    if (status != JD_OK) {
        jd_check_fail(check, "claim answered %s: %s", jd_status_name(status), error.text);
        return -1;
    }
    if (count == 0 || count > max) {
        jd_check_fail(check, "claim of up to %u gave %u", max, count);
        return -1;
    }
    return (int)count;
}

static void give_in_order(struct jd_check *check)
{
    void *self;
    if (!jd_check_open(check, &self)) {
        return;
    }
    const struct jd_queue_item items[] = { { 11, 5, 0 }, { 12, 0, 0 }, { 13, 9, 0 },
        { 14, 5, 0 }, { 15, 0, 0 }, { 16, 2, 0 } };
    int64_t now = jd_clock_now_ms();
    int64_t jobs[CLAIM_MAX];
    // One by one with rising times, so that "oldest first" has a meaning within a priority.
    for (uint32_t i = 0; i < 6; i++) {
        struct jd_queue_item item = items[i];
        item.run_at_ms = now - 1000 + i;
        if (!offer(check, self, &item, 1)) {
            return;
        }
    }
    static const int64_t expected[] = { 12, 15, 16, 11, 14, 13 };
    int count = claim(check, self, 9, CLAIM_MAX, LONG_MS, jobs);
    EXPECT(check, count == 6, "6 jobs are due, %d came", count);
    for (int i = 0; i < count; i++) {
        EXPECT(check, jobs[i] == expected[i], "place %d holds job %lld, expected %lld", i,
                (long long)jobs[i], (long long)expected[i]);
    }
    ops_of(check)->close(self);
}

static void keep_priority_max(struct jd_check *check)
{
    void *self;
    int64_t jobs[CLAIM_MAX];
    const struct jd_queue_item items[] = { { 1, 7, 0 }, { 2, 3, 0 } };
    if (!jd_check_open(check, &self) || !offer(check, self, items, 2)) {
        return;
    }
    int count = claim(check, self, 3, CLAIM_MAX, LONG_MS, jobs);
    EXPECT(check, count == 1 && jobs[0] == 2, "priority_max 3 let %d jobs through", count);
    count = claim(check, self, 6, CLAIM_MAX, LONG_MS, jobs);
    EXPECT(check, count == 0, "priority_max 6 let a job of 7 through");
    count = claim(check, self, 7, CLAIM_MAX, LONG_MS, jobs);
    EXPECT(check, count == 1 && jobs[0] == 1, "priority_max 7 gave %d jobs", count);
    ops_of(check)->close(self);
}

static void wait_for_run_at(struct jd_check *check)
{
    void *self;
    int64_t jobs[CLAIM_MAX];
    int64_t now = jd_clock_now_ms();
    const struct jd_queue_item items[] = { { 1, 5, now + LONG_MS }, { 2, 5, now - 1 } };
    if (!jd_check_open(check, &self) || !offer(check, self, items, 2)) {
        return;
    }
    int count = claim(check, self, 9, CLAIM_MAX, LONG_MS, jobs);
    EXPECT(check, count == 1 && jobs[0] == 2, "of one due and one later job %d came", count);
    const struct jd_queue_item soon = { 3, 5, jd_clock_now_ms() + SHORT_MS };
    if (!offer(check, self, &soon, 1)) {
        return;
    }
    int64_t deadline = 0;
    do {
        count = claim(check, self, 9, CLAIM_MAX, LONG_MS, jobs);
    } while (count == 0 && jd_check_pause(check, &deadline));
    EXPECT(check, count == 1 && jobs[0] == 3, "a job did not come when its time had come");
    EXPECT(check, jd_clock_now_ms() >= soon.run_at_ms, "a job came before its time");
    ops_of(check)->close(self);
}

static void offer_twice(struct jd_check *check)
{
    void *self;
    int64_t jobs[CLAIM_MAX];
    const struct jd_queue_item items[] = { { 1, 5, 0 }, { 2, 4, 0 } };
    const struct jd_queue_item again[] = { { 1, 5, 0 }, { 1, 5, 0 }, { 2, 8, 0 } };
    if (!jd_check_open(check, &self) || !offer(check, self, items, 2) ||
            !offer(check, self, again, 3)) {
        return;
    }
    const struct jd_queue_item urgent = { 1, 0, 0 };
    if (!offer(check, self, &urgent, 1)) {
        return;
    }
    int count = claim(check, self, 9, CLAIM_MAX, LONG_MS, jobs);
    EXPECT(check, count == 2, "2 jobs were offered several times, %d came", count);
    EXPECT(check, jobs[0] == 1 && jobs[1] == 2,
            "a more urgent offer did not move the job forward, or a less urgent one back");
    ops_of(check)->close(self);
}

static void hide_while_claimed(struct jd_check *check)
{
    void *self;
    int64_t jobs[CLAIM_MAX];
    const struct jd_queue_item item = { 1, 5, 0 };
    if (!jd_check_open(check, &self) || !offer(check, self, &item, 1)) {
        return;
    }
    EXPECT(check, claim(check, self, 9, 1, LONG_MS, jobs) == 1, "the job did not come");
    EXPECT(check, claim(check, self, 9, 1, LONG_MS, jobs) == 0, "a claimed job came again");
    if (!offer(check, self, &item, 1)) {
        return;
    }
    EXPECT(check, claim(check, self, 9, 1, LONG_MS, jobs) == 0,
            "a claimed job that is offered again came again");
    ops_of(check)->close(self);
}

static void deliver_again(struct jd_check *check)
{
    void *self;
    int64_t jobs[CLAIM_MAX];
    const struct jd_queue_item item = { 1, 5, 0 };
    if (!jd_check_open(check, &self) || !offer(check, self, &item, 1)) {
        return;
    }
    EXPECT(check, claim(check, self, 9, 1, SHORT_MS, jobs) == 1, "the job did not come");
    int64_t deadline = 0;
    int count;
    do {
        count = claim(check, self, 9, 1, LONG_MS, jobs);
    } while (count == 0 && jd_check_pause(check, &deadline));
    EXPECT(check, count == 1 && jobs[0] == 1,
            "a job whose visibility ended did not come again");
    ops_of(check)->close(self);
}

static void extend(struct jd_check *check)
{
    void *self;
    int64_t jobs[CLAIM_MAX];
    struct jd_error error = { 0 };
    const struct jd_queue_item items[] = { { 1, 5, 0 }, { 2, 5, 0 } };
    if (!jd_check_open(check, &self) || !offer(check, self, items, 2)) {
        return;
    }
    EXPECT(check, claim(check, self, 9, 2, SHORT_MS * 5, jobs) == 2, "the jobs did not come");
    int64_t first = 1;
    EXPECT_OK(check, ops_of(check)->extend(self, &first, 1, LONG_MS, &error), error);
    int64_t deadline = 0;
    int count;
    do {
        count = claim(check, self, 9, 2, LONG_MS, jobs);
    } while (count == 0 && jd_check_pause(check, &deadline));
    EXPECT(check, count == 1 && jobs[0] == 2,
            "of one extended and one lapsed job %d came (first: %lld)", count,
            (long long)jobs[0]);
    int64_t unknown = 4711;
    enum jd_status status = ops_of(check)->extend(self, &unknown, 1, LONG_MS, &error);
    EXPECT(check, status == JD_OK || status == JD_NONE, "extend of an unknown id answered %s",
            jd_status_name(status));
    ops_of(check)->close(self);
}

static void ack(struct jd_check *check)
{
    void *self;
    int64_t jobs[CLAIM_MAX];
    struct jd_error error = { 0 };
    const struct jd_queue_item items[] = { { 1, 5, 0 }, { 2, 5, 0 }, { 3, 5, 0 } };
    if (!jd_check_open(check, &self) || !offer(check, self, items, 3)) {
        return;
    }
    EXPECT(check, claim(check, self, 9, 1, LONG_MS, jobs) == 1, "the job did not come");
    const int64_t done[] = { jobs[0], 3, 99999 }; // claimed, ready, unknown
    EXPECT_OK(check, ops_of(check)->ack(self, done, 3, &error), error);
    EXPECT_OK(check, ops_of(check)->ack(self, done, 3, &error), error);
    int64_t ready = -1, claimed = -1;
    EXPECT_OK(check, ops_of(check)->depth(self, &ready, &claimed, &error), error);
    EXPECT(check, ready == 1 && claimed == 0, "one job is left, depth says %lld and %lld",
            (long long)ready, (long long)claimed);
    ops_of(check)->close(self);
}

static void tell_depth(struct jd_check *check)
{
    void *self;
    int64_t jobs[CLAIM_MAX];
    struct jd_error error = { 0 };
    const struct jd_queue_item items[] = { { 1, 5, 0 }, { 2, 5, 0 },
        { 3, 5, jd_clock_now_ms() + LONG_MS } };
    int64_t ready = -1, claimed = -1;
    if (!jd_check_open(check, &self)) {
        return;
    }
    EXPECT_OK(check, ops_of(check)->depth(self, &ready, &claimed, &error), error);
    EXPECT(check, ready == 0 && claimed == 0, "a new queue is not empty");
    EXPECT(check, claim(check, self, 9, 1, LONG_MS, jobs) == 0, "an empty queue gave a job");
    if (!offer(check, self, items, 3)) {
        return;
    }
    EXPECT(check, claim(check, self, 9, 1, LONG_MS, jobs) == 1, "the job did not come");
    EXPECT_OK(check, ops_of(check)->depth(self, &ready, &claimed, &error), error);
    EXPECT(check, ready == 2 && claimed == 1,
            "1 visible, 1 waiting and 1 claimed job: depth says %lld and %lld",
            (long long)ready, (long long)claimed);
    ops_of(check)->close(self);
}

struct racer {
    struct jd_check *check;
    void *self;
    _Atomic int *seen; // how often each job was given
    pthread_t thread;
};

static void *race(void *argument)
{
    struct racer *racer = argument;
    int64_t jobs[8];
    for (;;) {
        int count = claim(racer->check, racer->self, 9, 8, LONG_MS, jobs);
        bool twice = false;
        for (int i = 0; i < count; i++) {
            if (jobs[i] >= 1 && jobs[i] <= RACE_JOBS) {
                twice |= ++racer->seen[jobs[i]] > 1;
            }
        }
        if (count <= 0 || twice) {
            return NULL;
        }
    }
}

static void never_give_twice(struct jd_check *check)
{
    void *selves[2];
    struct jd_queue_item items[RACE_JOBS];
    static _Atomic int seen[RACE_JOBS + 1];
    for (int i = 0; i < RACE_JOBS; i++) {
        items[i] = (struct jd_queue_item){ i + 1, i % 10, 0 };
    }
    // Two instances stand for two processes, two threads each.
    if (!jd_check_open(check, &selves[0]) || !jd_check_open(check, &selves[1]) ||
            !offer(check, selves[0], items, RACE_JOBS)) {
        return;
    }
    struct racer racers[RACE_THREADS];
    struct jd_error error = { 0 };
    for (int i = 0; i < RACE_THREADS; i++) {
        racers[i] = (struct racer){ .check = check, .self = selves[i % 2], .seen = seen };
        EXPECT_OK(check, jd_thread_start(&racers[i].thread, "racer", race, &racers[i], &error),
                error);
    }
    for (int i = 0; i < RACE_THREADS; i++) {
        pthread_join(racers[i].thread, NULL);
    }
    for (int i = 1; i <= RACE_JOBS; i++) {
        EXPECT(check, seen[i] == 1, "job %d was given %d times", i, (int)seen[i]);
    }
    ops_of(check)->close(selves[1]);
    ops_of(check)->close(selves[0]);
}

static void keep_large_ids(struct jd_check *check)
{
    void *self;
    int64_t jobs[CLAIM_MAX];
    const struct jd_queue_item item = { INT64_MAX, 9, 0 };
    if (!jd_check_open(check, &self) || !offer(check, self, &item, 1)) {
        return;
    }
    EXPECT(check, claim(check, self, 9, 1, LONG_MS, jobs) == 1, "the job did not come");
    EXPECT(check, jobs[0] == INT64_MAX, "the id came back as %lld", (long long)jobs[0]);
    ops_of(check)->close(self);
}

const struct jd_check_case jd_check_queue_cases[] = {
    { "most urgent first, oldest first within", give_in_order },
    { "priority_max is kept", keep_priority_max },
    { "a job comes not before run_at_ms", wait_for_run_at },
    { "an id offered again keeps its place or moves forward", offer_twice },
    { "a claimed job is hidden, even when offered again", hide_while_claimed },
    { "a job comes again when its visibility ends", deliver_again },
    { "extend keeps a job hidden", extend },
    { "ack removes what is claimed, ready or unknown", ack },
    { "depth counts ready and claimed", tell_depth },
    { "ids have 63 bits", keep_large_ids },
    { "two claimers never get one job", never_give_twice },
    { NULL, NULL },
};
