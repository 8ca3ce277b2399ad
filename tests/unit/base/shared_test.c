#include "base/shared.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jd_test.h"

TEST(is_one_page_for_all)
{
    struct jd_error error;
    struct jd_shared *ours, *theirs;
    int fd;
    CHECK_OK(jd_shared_create(&fd, &ours, &error), error);
    CHECK_OK(jd_shared_open(dup(fd), &theirs, &error), error);
    atomic_store(&ours->draining, 1);
    CHECK_INT(atomic_load(&theirs->draining), 1);
    CHECK(ftruncate(fd, 0) < 0); // the size is sealed
    CHECK(ftruncate(fd, 1 << 24) < 0);
    munmap(ours, sizeof(*ours));
    munmap(theirs, sizeof(*theirs));
    close(fd);
}

TEST(refuses_what_is_no_page)
{
    struct jd_error error;
    struct jd_shared *shared = NULL;
    CHECK(jd_shared_open(-1, &shared, &error) != JD_OK);
    CHECK_INT(jd_shared_open(open("/dev/null", O_RDWR), &shared, &error), JD_BAD_INPUT);
    int fd = memfd_create("test", MFD_CLOEXEC);
    CHECK_INT(ftruncate(fd, sizeof(struct jd_shared)), 0);
    CHECK_INT(jd_shared_open(fd, &shared, &error), JD_BAD_INPUT); // right size, no magic
    CHECK(fcntl(fd, F_GETFD) < 0);                                // and it is closed
    CHECK(shared == NULL);
}

TEST(lends_slots)
{
    static struct jd_shared shared;
    struct jd_shared_slot *slots[JD_SHARED_SLOTS];
    for (int i = 0; i < JD_SHARED_SLOTS; i++) {
        slots[i] = jd_shared_slot_claim(&shared, 100 + i, 7);
        CHECK(slots[i] != NULL);
        CHECK_INT(atomic_load(&slots[i]->pid), 100 + i);
        CHECK_INT(atomic_load(&slots[i]->owner_pid), 7);
        CHECK_INT(atomic_load(&slots[i]->state), JD_SLOT_WORKING);
    }
    CHECK(jd_shared_slot_claim(&shared, 1, 7) == NULL);
    atomic_store(&slots[5]->job, 42);
    jd_shared_slot_free(slots[5]);
    CHECK_INT(atomic_load(&slots[5]->job), 0);
    CHECK(jd_shared_slot_claim(&shared, 1, 7) == slots[5]);
}

TEST(remembers_streams)
{
    static struct jd_shared shared;
    int64_t epoch = -1, seq = -1;
    CHECK(!jd_shared_stream_get(&shared, JD_SPAN("a"), &epoch, &seq));
    static const struct {
        int64_t epoch, seq, then_epoch, then_seq;
    } steps[] = {
        { 3, 10, 3, 10 },
        { 3, 12, 3, 12 },
        { 3, 11, 3, 12 }, // older news
        { 2, 99, 3, 12 }, // of an older epoch
        { 4, 1, 4, 1 },   // a new epoch begins anew
        { 4, 1, 4, 1 },
    };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        jd_shared_stream_set(&shared, JD_SPAN("a"), steps[i].epoch, steps[i].seq);
        CHECK(jd_shared_stream_get(&shared, JD_SPAN("a"), &epoch, &seq));
        CHECK_INT(epoch, steps[i].then_epoch);
        CHECK_INT(seq, steps[i].then_seq);
    }
    CHECK(!jd_shared_stream_get(&shared, JD_SPAN("b"), &epoch, &seq));
}

TEST(forgets_streams_when_full_but_mixes_none_up)
{
    static struct jd_shared shared;
    int known = 0;
    for (int i = 1; i <= 2 * JD_SHARED_STREAMS; i++) {
        char name[16];
        snprintf(name, sizeof(name), "s%d", i);
        jd_shared_stream_set(&shared, jd_span_of(name), 1, i);
    }
    for (int i = 1; i <= 2 * JD_SHARED_STREAMS; i++) {
        char name[16];
        int64_t epoch, seq;
        snprintf(name, sizeof(name), "s%d", i);
        if (jd_shared_stream_get(&shared, jd_span_of(name), &epoch, &seq)) {
            CHECK_INT(seq, i);
            known++;
        }
    }
    CHECK(known > JD_SHARED_STREAMS * 3 / 4 && known <= JD_SHARED_STREAMS);
}

TEST(survives_a_writer_that_died_between_epochs)
{
    static struct jd_shared shared;
    int64_t epoch, seq;
    jd_shared_stream_set(&shared, JD_SPAN("a"), 3, 10);
    for (int i = 0; i < JD_SHARED_STREAMS; i++) {
        if (atomic_load(&shared.streams[i].key)) {
            atomic_store(&shared.streams[i].epoch, INT64_MIN);
        }
    }
    CHECK(!jd_shared_stream_get(&shared, JD_SPAN("a"), &epoch, &seq));
    jd_shared_stream_set(&shared, JD_SPAN("a"), 4, 2);
    CHECK(jd_shared_stream_get(&shared, JD_SPAN("a"), &epoch, &seq));
    CHECK_INT(epoch, 4);
    CHECK_INT(seq, 2);
}

#define CHILDREN 4
#define CLAIMS   (JD_SHARED_SLOTS / CHILDREN)

TEST(lends_each_slot_once_among_processes)
{
    struct jd_error error;
    struct jd_shared *shared;
    int fd;
    CHECK_OK(jd_shared_create(&fd, &shared, &error), error);
    pid_t children[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            int claimed = 0;
            while (claimed < CLAIMS && jd_shared_slot_claim(shared, getpid(), i + 1)) {
                claimed++;
            }
            _exit(claimed == CLAIMS ? 0 : 1);
        }
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status = -1;
        CHECK(waitpid(children[i], &status, 0) == children[i]);
        CHECK_INT(status, 0);
    }
    int owned[CHILDREN + 1] = { 0 };
    for (int i = 0; i < JD_SHARED_SLOTS; i++) {
        owned[atomic_load(&shared->slots[i].owner_pid)]++;
    }
    for (int i = 1; i <= CHILDREN; i++) {
        CHECK_INT(owned[i], CLAIMS);
    }
    munmap(shared, sizeof(*shared));
    close(fd);
}

int main(void)
{
    RUN(is_one_page_for_all);
    RUN(refuses_what_is_no_page);
    RUN(lends_slots);
    RUN(remembers_streams);
    RUN(forgets_streams_when_full_but_mixes_none_up);
    RUN(survives_a_writer_that_died_between_epochs);
    RUN(lends_each_slot_once_among_processes);
    return REPORT();
}
