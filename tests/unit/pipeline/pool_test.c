/*
 * The pool, with real compute children (the built program), and with children that lie, crash
 * and hang: for those this test is its own zygote, run as `compute-zygote` by the pool.
 */
#include "pipeline/pool.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/compress.h"
#include "base/file.h"
#include "base/record.h"
#include "base/span.h"
#include "jd_test.h"
#include "wire/zygote.h"

#define PROGRAM     JD_BUILD_DIR "/jackdaw"
#define BORROW_MS   20000
#define ARENA_BYTES (64 * 1024 * 1024)
#define GONE_MS     1000 // a process that must go has gone
#define RELEASE     42
#define MAIL(header)                                                                           \
 JD_SPAN(header "From: Ada <ada@example.org>\r\nSubject: Hello\r\n\r\nHi.\r\n")

static struct jd_arena *arena;
static struct jd_error error;

/* The fake zygote and its children: what they do stands in the first byte of the first mail. */

enum lie {
    LIE_GARBAGE = 'a', // bytes that are no frame
    LIE_ID,            // the answer to another request
    LIE_KIND,          // another answer than was asked for
    LIE_COUNT,         // fewer messages than mails
    LIE_LENGTH,        // a frame longer than any
    LIE_HALF,          // half a frame, then the end
    LIE_CLOSE,         // no answer, but the end
    LIE_PROGRESS,      // a place beyond the batch, then a crash
    ACT_CRASH,         // a fault at the second message
    ACT_KILLED,        // SIGKILL at the second message
    ACT_GIVE_UP,       // an exit at the second message
    ACT_SILENCE,       // no answer, no end
    ACT_STUCK,         // the same at the second message
    ACT_REFUSE,        // the child's own refusal
};

static _Noreturn void hang(void)
{
    for (;;) {
        pause();
    }
}

static void answer_with(int fd, uint32_t kind, uint64_t id, struct jd_span body)
{
    struct jd_buf answer = jd_buf_init(4096);
    size_t frame = jd_record_begin(&answer, kind, id);
    jd_buf_add(&answer, body);
    jd_record_end(&answer, frame);
    (void)jd_record_send(fd, 0, jd_buf_span(&answer), NULL);
    jd_buf_finish(&answer);
}

static void lie_about(int fd, struct jd_progress *progress, uint64_t id, enum lie lie)
{
    static const char endless[] = "\xFF\xFF\xFF\x7F\4\0\0\0\1\0\0\0\0\0\0\0";
    switch (lie) {
    case LIE_GARBAGE:
        (void)!write(fd, "GET / HTTP/1.1\r\n\r\n, please and thank you", 40);
        break;
    case LIE_ID:
        answer_with(fd, JD_WIRE_PARSED, id + 1, JD_SPAN(""));
        break;
    case LIE_KIND:
        answer_with(fd, JD_WIRE_DECIDED, id, JD_SPAN(""));
        break;
    case LIE_COUNT:
        answer_with(fd, JD_WIRE_PARSED, id, JD_SPAN(""));
        break;
    case LIE_LENGTH:
        (void)!write(fd, endless, sizeof(endless) - 1);
        break;
    case LIE_HALF:
        (void)!write(fd, "\x40\0\0\0\4\0\0\0", 8);
        _exit(0);
    case LIE_CLOSE:
        _exit(0);
    case LIE_PROGRESS:
        atomic_store(&progress->word, jd_progress_word(id, 4000000000u));
        raise(SIGSEGV);
        break;
    case ACT_CRASH:
        atomic_store(&progress->word, jd_progress_word(id, 1));
        raise(SIGBUS);
        break;
    case ACT_KILLED:
        atomic_store(&progress->word, jd_progress_word(id, 1));
        raise(SIGKILL);
        break;
    case ACT_GIVE_UP:
        atomic_store(&progress->word, jd_progress_word(id, 1));
        _exit(1);
    case ACT_STUCK:
        atomic_store(&progress->word, jd_progress_word(id, 1));
        break;
    case ACT_REFUSE:
        answer_with(fd, JD_WIRE_FAILED, id, JD_SPAN(""));
        break;
    case ACT_SILENCE:
        break;
    }
}

static struct jd_span first_raw(struct jd_span body)
{
    struct jd_record_reader reader = jd_record_reader(body), inner;
    struct jd_record_field field, part;
    while (jd_record_next(&reader, &field, NULL) == JD_OK) {
        if (field.tag == JD_TAG_MAIL &&
                jd_record_enter(&reader, &field, &inner, NULL) == JD_OK) {
            while (jd_record_next(&inner, &part, NULL) == JD_OK) {
                if (part.tag == JD_TAG_RAW) {
                    return part.bytes;
                }
            }
        }
    }
    return JD_SPAN("?");
}

static _Noreturn void run_fake_child(int fd, int progress_fd, pid_t zygote)
{
    struct jd_buf buf = jd_buf_init(JD_WIRE_FRAME_MAX);
    struct jd_record_frame frame;
    struct jd_progress *progress =
            mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED, progress_fd, 0);
    signal(SIGSEGV, SIG_DFL); // no report of a sanitizer: the crash is meant
    signal(SIGBUS, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != zygote) {
        _exit(0);
    }
    while (jd_record_receive(fd, 0, &buf, &frame, NULL) == JD_OK) {
        lie_about(fd, progress, frame.id, (enum lie)first_raw(frame.body).data[0]);
    }
    _exit(0);
}

static int run_fake_zygote(void)
{
    struct jd_zygote_message message = { .kind = JD_ZYGOTE_READY };
    pid_t children[JD_COMPUTE_SLOTS] = { 0 };
    signal(SIGCHLD, SIG_DFL);
    (void)send(JD_COMPUTE_FD, &message, sizeof(message), MSG_NOSIGNAL);
    for (;;) {
        _Alignas(struct cmsghdr) char room[CMSG_SPACE(2 * sizeof(int))];
        struct iovec bytes = { &message, sizeof(message) };
        struct msghdr header = { .msg_iov = &bytes,
            .msg_iovlen = 1,
            .msg_control = room,
            .msg_controllen = sizeof(room) };
        struct pollfd control = { .fd = JD_COMPUTE_FD, .events = POLLIN };
        int ended;
        for (pid_t pid; (pid = waitpid(-1, &ended, WNOHANG)) > 0;) {
            for (uint32_t i = 0; i < JD_COMPUTE_SLOTS; i++) {
                if (children[i] == pid) {
                    const struct jd_zygote_message end = {
                        .kind = JD_ZYGOTE_ENDED, .slot = i, .pid = pid, .value = ended
                    };
                    (void)send(JD_COMPUTE_FD, &end, sizeof(end), MSG_NOSIGNAL);
                }
            }
        }
        if (poll(&control, 1, 10) <= 0) {
            continue; // a child may have ended
        }
        if (recvmsg(JD_COMPUTE_FD, &header, 0) != sizeof(message)) {
            return 0;
        }
        if (message.kind == JD_ZYGOTE_KILL) {
            kill(children[message.slot], SIGKILL);
            continue;
        }
        int fds[2];
        memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof(fds));
        pid_t self = getpid(), pid = fork();
        if (pid == 0) {
            close(JD_COMPUTE_FD);
            run_fake_child(fds[0], fds[1], self);
        }
        close(fds[0]);
        close(fds[1]);
        children[message.slot] = pid;
        const struct jd_zygote_message forked = {
            .kind = JD_ZYGOTE_FORKED, .slot = message.slot, .pid = pid
        };
        (void)send(JD_COMPUTE_FD, &forked, sizeof(forked), MSG_NOSIGNAL);
    }
}

/* Helpers */

static int64_t soon(void)
{
    return jd_clock_monotonic_ms() + BORROW_MS;
}

static struct jd_pool *make_pool(const char *program, uint32_t children)
{
    struct jd_pool_options options = jd_pool_options_default();
    struct jd_pool *pool = NULL;
    options.program = program;
    options.children = children;
    options.interactive_children = children > 1;
    CHECK_OK(jd_pool_create(&options, &pool, &error), error);
    return pool;
}

static struct jd_child *borrow(struct jd_pool *pool)
{
    struct jd_child *child = NULL;
    if (pool) {
        CHECK_OK(jd_pool_borrow(pool, &(struct jd_pool_claim){ .interactive = true }, soon(),
                         &child, &error),
                error);
    }
    return child;
}

static enum jd_status parse(struct jd_child *child, struct jd_span raw)
{
    const struct jd_child_mail mail = { .raw = raw, .received_ms = 1700000000000 };
    struct jd_analysed_message *messages;
    return jd_child_parse(child, &mail, 1, arena, &messages, &error);
}

/** Whether the process has gone within GONE_MS; `handle` is a pidfd. */
static bool is_gone(int handle)
{
    struct pollfd process = { .fd = handle, .events = POLLIN };
    return poll(&process, 1, GONE_MS) == 1;
}

static int open_process(int32_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int32_t parent_of(int32_t pid)
{
    char path[64];
    struct jd_buf text = jd_buf_init(65536);
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    CHECK_OK(jd_file_read(path, &text, &error), error);
    const char *line = text.data ? strstr(text.data, "PPid:") : NULL;
    int32_t parent = line ? (int32_t)strtol(line + 5, NULL, 10) : 0;
    jd_buf_finish(&text);
    return parent;
}

/* Tests with real children */

TEST(mails_come_back_as_messages)
{
    static const struct jd_child_mail mails[] = {
        { .raw = MAIL("To: Bob <bob@example.org>\r\n"), .received_ms = 1700000000000 },
        { .raw = { "", 0 } },
        { .raw = MAIL("Date: Tue, 04 Mar 2025 10:00:00 +0100\r\n"),
                .received_ms = 1700000000000 },
    };
    struct jd_analysed_message *messages = NULL;
    struct jd_pool *pool = make_pool(PROGRAM, 1);
    struct jd_child *child = borrow(pool);
    if (child) {
        CHECK_OK(jd_child_parse(child, mails, 3, arena, &messages, &error), error);
    }
    if (messages) {
        uint8_t key[JD_HASH_BYTES];
        struct jd_buf text = jd_buf_init(4096);
        jd_hash(mails[0].raw, key);
        CHECK(memcmp(messages[0].content_key, key, sizeof(key)) == 0);
        CHECK_INT(messages[0].bytes, (int64_t)mails[0].raw.len);
        CHECK_TEXT(messages[0].subject, "Hello");
        CHECK_TEXT(messages[0].from.address, "ada@example.org");
        CHECK_INT(messages[0].to_count, 1);
        CHECK_INT(messages[0].date_ms, INT64_MIN);
        CHECK_TEXT(messages[0].subject_tokens, "hello ");
        CHECK_OK(jd_decompress(messages[0].text_z, &text, &error), error);
        CHECK(jd_span_starts(jd_buf_span(&text), JD_SPAN("Hi.")));
        CHECK(messages[1].unreadable);
        CHECK(messages[1].problem.len > 0);
        CHECK_INT(messages[2].date_ms, 1741078800000);
        jd_buf_finish(&text);
    }
    jd_pool_return(pool, &child);
    jd_pool_destroy(&pool);
}

TEST(a_release_is_loaded_once_and_decides)
{
    static const struct jd_child_file files[] = {
        { JD_SPAN("tiny/pack.lua"),
                JD_SPAN("return { name = \"tiny\", version = 1, api = 1 }\n") },
        { JD_SPAN("tiny/hello.lua"),
                JD_SPAN("classify \"receipt\" { name = \"hello\",\n"
                        "  evidence(4, \"a greeting\", subject:says { \"hello\" }),\n}\n") },
    };
    const struct jd_child_facts facts[] = { { .index = 1 }, { .index = 0 } };
    const struct jd_child_question question = {
        .release = RELEASE, .messages = facts, .messages_count = 2
    };
    const struct jd_child_mail mails[] = {
        { .raw = MAIL("X-Count: 1\r\n"), .received_ms = 1700000000000 },
        { .raw = JD_SPAN("Subject: Other\r\n\r\nx\r\n"), .received_ms = 1700000000000 },
    };
    struct jd_loaded_release loaded = { 0 };
    struct jd_analysed_message *messages;
    struct jd_decided_message *decided = NULL;
    struct jd_pool *pool = make_pool(PROGRAM, 1);
    struct jd_child *child = borrow(pool);
    if (child) {
        CHECK(!jd_child_has_release(child, RELEASE));
        CHECK_OK(jd_child_parse(child, mails, 2, arena, &messages, &error), error);
        CHECK_INT(jd_child_decide(child, &question, arena, &decided, &error), JD_NONE);
        CHECK_OK(jd_child_load(child, RELEASE, files, 2, arena, &loaded, &error), error);
        CHECK_INT(loaded.problems_count, 0);
        CHECK_INT(loaded.rules_count, 1);
        CHECK(jd_child_has_release(child, RELEASE));
        CHECK_OK(jd_child_decide(child, &question, arena, &decided, &error), error);
    }
    if (decided) {
        CHECK_INT(decided[0].index, 1);
        CHECK_INT(decided[0].evidence_count, 0);
        CHECK_TEXT(decided[1].category, "receipt");
        CHECK_INT(decided[1].evidence_count, 1);
    }
    jd_pool_return(pool, &child);
    child = borrow(pool);
    if (child) {
        CHECK(jd_child_has_release(child, RELEASE));
    }
    jd_pool_return(pool, &child);
    jd_pool_destroy(&pool);
}

TEST(lessons_become_a_model_that_decides)
{
    static const struct jd_child_mail mails[] = {
        { .raw = JD_SPAN("Subject: Roses\r\n\r\nThe garden.\r\n") },
        { .raw = JD_SPAN("Subject: Bill\r\n\r\nPlease send the amount due.\r\n") },
    };
    static const struct jd_child_mail texts[] = { { .raw = JD_SPAN("Please call me.") } };
    struct jd_child_lesson lessons[20];
    struct jd_taught_lesson *taught = NULL, *text = NULL;
    struct jd_trained_model model = { 0 };
    struct jd_pool *pool = make_pool(PROGRAM, 1);
    struct jd_child *child = borrow(pool);
    if (child) {
        CHECK_OK(jd_child_teach(child, texts, 1, true, arena, &text, &error), error);
        CHECK_OK(jd_child_teach(child, mails, 2, false, arena, &taught, &error), error);
    }
    if (taught && text) {
        CHECK(!jd_span_equal(taught[0].features, taught[1].features));
        for (int i = 0; i < 20; i++) {
            lessons[i] = (struct jd_child_lesson){ taught[i % 2].features,
                i % 2 ? JD_SPAN("bill") : JD_SPAN("garden") };
        }
        CHECK_OK(jd_child_train(child, lessons, 20, arena, &model, &error), error);
        CHECK_INT(model.labels_count, 2);
        lessons[3].features = text[0].features; // a text among mails
        CHECK_INT(jd_child_train(child, lessons, 20, arena, &model, &error), JD_BAD_INPUT);
    }
    const struct jd_child_file files[] = {
        { JD_SPAN("learned/topic.model"), model.text },
        { JD_SPAN("tiny/pack.lua"),
                JD_SPAN("return { name = \"tiny\", version = 1, api = 1 }\n") },
    };
    const struct jd_child_facts facts[] = { { .index = 0 }, { .index = 1 } };
    const struct jd_child_question question = {
        .release = RELEASE, .want_is_task = true, .messages = facts, .messages_count = 2
    };
    struct jd_loaded_release loaded = { 0 };
    struct jd_analysed_message *messages;
    struct jd_decided_message *decided = NULL;
    if (model.text.len) {
        CHECK_OK(jd_child_load(child, RELEASE, files, 2, arena, &loaded, &error), error);
        CHECK_INT(loaded.problems_count, 0);
        CHECK_OK(jd_child_parse(child, mails, 2, arena, &messages, &error), error);
        CHECK_OK(jd_child_decide(child, &question, arena, &decided, &error), error);
    }
    if (decided) {
        CHECK_INT(decided[0].learned_count, 1);
        CHECK_TEXT(decided[0].learned[0].name, "topic");
        CHECK_TEXT(decided[0].learned[0].label, "garden");
        CHECK_TEXT(decided[1].learned[0].label, "bill");
        CHECK(!decided[0].is_task && decided[1].is_task);
    }
    jd_pool_return(pool, &child);
    jd_pool_destroy(&pool);
}

TEST(a_child_is_refused_everything)
{
    struct jd_probed_attempt *attempts = NULL;
    uint32_t count = 0;
    struct jd_pool *pool = make_pool(PROGRAM, 1);
    struct jd_child *child = borrow(pool);
    if (child) {
        CHECK_OK(jd_child_probe(child, arena, &attempts, &count, &error), error);
    }
    CHECK(count >= 20);
    for (uint32_t i = 0; i < count; i++) {
        if (attempts[i].number != EPERM && attempts[i].number != EBADF) {
            FAIL("%.*s: %s", JD_SPAN_ARG(attempts[i].name), strerror(attempts[i].number));
        }
    }
    jd_pool_return(pool, &child);
    jd_pool_destroy(&pool);
}

TEST(no_secret_of_the_environment_reaches_a_child)
{
    char path[64];
    struct jd_buf environment = jd_buf_init(65536);
    setenv("JACKDAW_TEST_SECRET", "hunter2", 1);
    struct jd_pool *pool = make_pool(PROGRAM, 1);
    struct jd_child *child = borrow(pool);
    if (child) {
        snprintf(path, sizeof(path), "/proc/%d/environ", (int)jd_child_pid(child));
        CHECK_OK(jd_file_read(path, &environment, &error), error);
        CHECK(environment.len > 0);
        CHECK(memmem(environment.data, environment.len, "hunter2", 7) == NULL);
    }
    jd_pool_return(pool, &child);
    jd_pool_destroy(&pool);
    unsetenv("JACKDAW_TEST_SECRET");
    jd_buf_finish(&environment);
}

TEST(a_child_that_was_killed_blames_nobody_and_is_replaced)
{
    static const struct {
        int signal;
        enum jd_child_end end;
    } cases[] = {
        { SIGKILL, JD_CHILD_KILLED },
#ifndef __SANITIZE_ADDRESS__ // there a fault ends in a report and an exit
        { SIGSEGV, JD_CHILD_FAULT },
        { SIGABRT, JD_CHILD_FAULT },
#endif
    };
    struct jd_pool *pool = make_pool(PROGRAM, 1);
    for (size_t i = 0; pool && i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_child *child = borrow(pool);
        int handle = child ? open_process(jd_child_pid(child)) : -1;
        if (child) {
            kill(jd_child_pid(child), cases[i].signal);
            CHECK(is_gone(handle));
            CHECK_INT(parse(child, MAIL("")), JD_GONE);
            CHECK_INT(jd_child_death(child).end, cases[i].end);
            CHECK_INT(jd_child_death(child).signal, cases[i].signal);
            CHECK_INT(jd_child_death(child).index, -1);
            CHECK_INT(parse(child, MAIL("")), JD_GONE);
        }
        jd_pool_return(pool, &child);
        child = borrow(pool);
        if (child) {
            CHECK_OK(parse(child, MAIL("")), error);
        }
        jd_pool_return(pool, &child);
        close(handle);
    }
    jd_pool_destroy(&pool);
}

TEST(a_child_that_has_done_its_share_is_replaced)
{
    struct jd_pool_options options = jd_pool_options_default();
    struct jd_pool *pool = NULL;
    options.program = PROGRAM;
    options.children = 1;
    options.interactive_children = 0;
    options.work_bytes_max = 3 * MAIL("").len; // one request and a half
    CHECK_OK(jd_pool_create(&options, &pool, &error), error);
    int32_t pids[4] = { 0 };
    for (size_t i = 0; pool && i < 4; i++) {
        struct jd_child *child = borrow(pool);
        int handle = child ? open_process(jd_child_pid(child)) : -1;
        if (child) {
            pids[i] = jd_child_pid(child);
            CHECK_OK(parse(child, MAIL("")), error);
        }
        jd_pool_return(pool, &child);
        if (i % 2) {
            CHECK(is_gone(handle));
        }
        close(handle);
    }
    CHECK_INT(pids[0], pids[1]); // the first batch left room for another
    CHECK_INT(pids[2], pids[3]);
    CHECK(pids[0] != pids[2]);
    jd_pool_destroy(&pool);
}

TEST(a_zygote_that_was_killed_is_replaced)
{
    struct jd_pool *pool = make_pool(PROGRAM, 2);
    struct jd_child *child = borrow(pool);
    if (child) {
        int handle = open_process(jd_child_pid(child));
        kill(parent_of(jd_child_pid(child)), SIGKILL);
        CHECK(is_gone(handle));
        CHECK_INT(parse(child, MAIL("")), JD_GONE);
        CHECK_INT(jd_child_death(child).end, JD_CHILD_KILLED);
        close(handle);
    }
    jd_pool_return(pool, &child);
    for (int i = 0; i < 3; i++) {
        child = borrow(pool);
        if (child) {
            CHECK_OK(parse(child, MAIL("")), error);
        }
        jd_pool_return(pool, &child);
    }
    jd_pool_destroy(&pool);
}

TEST(children_die_with_their_worker)
{
    int channel[2];
    int32_t pids[2] = { 0 };
    CHECK_INT(pipe(channel), 0);
    fflush(stdout);
    pid_t worker = fork();
    if (worker == 0) {
        struct jd_pool *pool = make_pool(PROGRAM, 1);
        struct jd_child *child = borrow(pool);
        pids[0] = child ? jd_child_pid(child) : 0;
        pids[1] = child ? parent_of(pids[0]) : 0;
        (void)!write(channel[1], pids, sizeof(pids));
        hang();
    }
    CHECK_INT(read(channel[0], pids, sizeof(pids)), sizeof(pids));
    int child = open_process(pids[0]), zygote = open_process(pids[1]);
    CHECK(child >= 0 && zygote >= 0);
    kill(worker, SIGKILL);
    CHECK(is_gone(child));
    CHECK(is_gone(zygote));
    waitpid(worker, NULL, 0);
    close(child);
    close(zygote);
    close(channel[0]);
    close(channel[1]);
}

TEST(bulk_work_leaves_a_child_for_people)
{
    const struct jd_pool_claim bulk = { .job = 1 };
    struct jd_pool *pool = make_pool(PROGRAM, 2);
    struct jd_child *first = NULL, *second = NULL;
    if (pool) {
        CHECK_OK(jd_pool_borrow(pool, &bulk, soon(), &first, &error), error);
        CHECK_INT(jd_pool_borrow(pool, &bulk, 0, &second, &error), JD_RETRY_LATER);
        second = borrow(pool);
        CHECK(second != NULL && second != first);
    }
    jd_pool_return(pool, &second);
    jd_pool_return(pool, &first);
    jd_pool_destroy(&pool);
}

TEST(a_batch_has_bounds)
{
    static const struct {
        uint32_t count;
        enum jd_status status;
    } cases[] = { { 0, JD_BAD_INPUT }, { 1, JD_OK }, { JD_CHILD_BATCH_MAX, JD_OK },
        { JD_CHILD_BATCH_MAX + 1, JD_BAD_INPUT } };
    static struct jd_child_mail mails[JD_CHILD_BATCH_MAX + 1];
    struct jd_analysed_message *messages;
    struct jd_pool *pool = make_pool(PROGRAM, 1);
    struct jd_child *child = borrow(pool);
    for (uint32_t i = 0; i < JD_CHILD_BATCH_MAX + 1; i++) {
        mails[i].raw = MAIL("");
    }
    for (size_t i = 0; child && i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK_INT(jd_child_parse(child, mails, cases[i].count, arena, &messages, &error),
                cases[i].status);
    }
    jd_pool_return(pool, &child);
    jd_pool_destroy(&pool);
}

TEST(a_large_batch_crosses)
{
    const size_t bytes = 8 * 1024 * 1024;
    char *text = malloc(bytes);
    struct jd_child_mail mails[4];
    struct jd_analysed_message *messages = NULL;
    struct jd_pool *pool = make_pool(PROGRAM, 1);
    struct jd_child *child = borrow(pool);
    memset(text, 'x', bytes);
    for (size_t i = 80; i < bytes; i += 80) {
        text[i] = '\n';
    }
    memcpy(text, "Subject: big\n\n", 14);
    for (size_t i = 0; i < 4; i++) {
        mails[i] = (struct jd_child_mail){ .raw = { text, bytes - i } };
    }
    if (child) {
        CHECK_OK(jd_child_parse(child, mails, 4, arena, &messages, &error), error);
    }
    for (size_t i = 0; messages && i < 4; i++) {
        CHECK_INT(messages[i].bytes, (int64_t)(bytes - i));
        CHECK_TEXT(messages[i].subject, "big");
        CHECK(messages[i].limits_hit & JD_LIMIT_TEXT);
    }
    jd_pool_return(pool, &child);
    jd_pool_destroy(&pool);
    free(text);
}

struct crowd {
    struct jd_pool *pool;
    _Atomic int good, killed, other;
};

static void *work_in_crowd(void *argument)
{
    struct crowd *crowd = argument;
    struct jd_arena *own = jd_arena_create(ARENA_BYTES);
    for (int i = 0; i < 40; i++) {
        const struct jd_child_mail mail = { .raw = MAIL(""), .received_ms = 1 };
        struct jd_analysed_message *messages;
        struct jd_child *child;
        struct jd_error problem;
        if (jd_pool_borrow(crowd->pool, &(struct jd_pool_claim){ .job = i + 1 }, soon(), &child,
                    &problem) != JD_OK) {
            crowd->other++;
            continue;
        }
        if (i % 8 == 7) {
            kill(jd_child_pid(child), SIGKILL);
        }
        enum jd_status status = jd_child_parse(child, &mail, 1, own, &messages, &problem);
        if (status == JD_OK) {
            crowd->good++;
        } else if (status == JD_GONE && jd_child_death(child).end == JD_CHILD_KILLED) {
            crowd->killed++;
        } else {
            crowd->other++;
        }
        jd_pool_return(crowd->pool, &child);
        jd_arena_reset(own);
    }
    jd_arena_destroy(&own);
    return NULL;
}

TEST(many_threads_share_children_that_are_killed)
{
    struct crowd crowd = { .pool = make_pool(PROGRAM, 3) };
    pthread_t threads[4];
    for (int i = 0; crowd.pool && i < 4; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, work_in_crowd, &crowd), 0);
    }
    for (int i = 0; crowd.pool && i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK_INT(crowd.other, 0);
    CHECK_INT(crowd.good + crowd.killed, 160);
    CHECK(crowd.good >= 140);
    jd_pool_destroy(&crowd.pool);
}

/* Tests with children that lie */

struct fake_case {
    enum lie lie;
    enum jd_child_end end;
    int signal;
    int64_t index;
};

static void check_fake(struct jd_pool *pool, const struct fake_case *one)
{
    const char letter = (char)one->lie;
    const struct jd_child_mail mails[] = { { .raw = { &letter, 1 }, .item = 10 },
        { .raw = JD_SPAN("second"), .item = 11 } };
    struct jd_analysed_message *messages;
    struct jd_child *child = borrow(pool);
    if (!child) {
        return;
    }
    CHECK_INT(jd_child_parse(child, mails, 2, arena, &messages, &error), JD_GONE);
    struct jd_child_death death = jd_child_death(child);
    if (death.end != one->end || (one->signal && death.signal != one->signal) ||
            death.index != one->index) {
        FAIL("lie %c: %s, signal %d, index %d: %s", one->lie, jd_child_end_name(death.end),
                death.signal, (int)death.index, error.text);
    }
    jd_pool_return(pool, &child);
}

TEST(a_child_that_lies_is_ended)
{
    static const struct fake_case cases[] = {
        { LIE_GARBAGE, JD_CHILD_LIED, SIGKILL, -1 },
        { LIE_ID, JD_CHILD_LIED, SIGKILL, -1 },
        { LIE_KIND, JD_CHILD_LIED, SIGKILL, -1 },
        { LIE_COUNT, JD_CHILD_LIED, SIGKILL, -1 },
        { LIE_LENGTH, JD_CHILD_LIED, SIGKILL, -1 },
        { LIE_HALF, JD_CHILD_KILLED, 0, -1 },
        { LIE_CLOSE, JD_CHILD_KILLED, 0, -1 },
        { LIE_PROGRESS, JD_CHILD_FAULT, SIGSEGV, -1 },
        { ACT_CRASH, JD_CHILD_FAULT, SIGBUS, 1 },
        { ACT_KILLED, JD_CHILD_KILLED, SIGKILL, 1 },
        { ACT_GIVE_UP, JD_CHILD_FAULT, 0, 1 },
    };
    struct jd_pool *pool = make_pool("/proc/self/exe", 1);
    for (size_t i = 0; pool && i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_fake(pool, &cases[i]);
    }
    jd_pool_destroy(&pool);
}

TEST(a_child_that_hangs_is_ended)
{
    static const struct fake_case cases[] = {
        { ACT_SILENCE, JD_CHILD_TIMEOUT, SIGKILL, -1 },
        { ACT_STUCK, JD_CHILD_TIMEOUT, SIGKILL, 1 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_pool_options options = jd_pool_options_default();
        struct jd_pool *pool = NULL;
        options.program = "/proc/self/exe";
        options.children = 1;
        options.batch_ms_max = cases[i].lie == ACT_SILENCE ? 50 : 60000;
        options.message_ms_max = cases[i].lie == ACT_SILENCE ? 60000 : 50;
        CHECK_OK(jd_pool_create(&options, &pool, &error), error);
        if (pool) {
            check_fake(pool, &cases[i]);
        }
        jd_pool_destroy(&pool);
    }
}

TEST(a_refusal_leaves_the_child_alive)
{
    const char letter = (char)ACT_REFUSE;
    struct jd_pool *pool = make_pool("/proc/self/exe", 1);
    struct jd_child *child = borrow(pool);
    if (child) {
        CHECK_INT(parse(child, jd_span_new(&letter, 1)), JD_BUG);
        CHECK_INT(jd_child_death(child).end, JD_CHILD_ALIVE);
    }
    jd_pool_return(pool, &child);
    jd_pool_destroy(&pool);
}

TEST(a_death_is_written_down_for_the_supervisor)
{
    static const char letter = (char)ACT_CRASH;
    const struct jd_child_mail mails[] = { { .raw = { &letter, 1 }, .item = 10 },
        { .raw = JD_SPAN("second"), .item = 11 } };
    struct jd_pool_options options = jd_pool_options_default();
    struct jd_pool *pool = NULL;
    struct jd_child *child = NULL;
    struct jd_analysed_message *messages;
    int shared_fd = -1;
    CHECK_OK(jd_shared_create(&shared_fd, &options.shared, &error), error);
    options.program = "/proc/self/exe";
    options.children = 1;
    CHECK_OK(jd_pool_create(&options, &pool, &error), error);
    CHECK_OK(jd_pool_borrow(pool, &(struct jd_pool_claim){ .interactive = true, .job = 77 },
                     soon(), &child, &error),
            error);
    struct jd_shared_slot *slot = &options.shared->slots[0];
    if (child) {
        CHECK_INT(slot->pid, jd_child_pid(child));
        CHECK_INT(slot->owner_pid, getpid());
        CHECK_INT(slot->job, 77);
        CHECK_INT(slot->state, JD_SLOT_WORKING);
        CHECK_INT(jd_child_parse(child, mails, 2, arena, &messages, &error), JD_GONE);
        CHECK_INT(slot->state, JD_SLOT_DIED);
        CHECK_INT(slot->signal, SIGBUS);
        CHECK_INT(slot->item, 11);
    }
    jd_pool_return(pool, &child);
    CHECK_INT(slot->pid, 0);
    CHECK_INT(slot->state, JD_SLOT_FREE);
    jd_pool_destroy(&pool);
    close(shared_fd);
}

TEST(a_program_that_is_no_zygote_is_an_error)
{
    static const char *const programs[] = { "/nonexistent/program", "/bin/true" };
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        struct jd_pool_options options = jd_pool_options_default();
        struct jd_pool *pool = NULL;
        options.program = programs[i];
        CHECK(jd_pool_create(&options, &pool, &error) != JD_OK);
        CHECK(pool == NULL && error.text[0] != '\0');
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "compute-zygote") == 0) {
        return run_fake_zygote();
    }
    CHECK_OK(jd_seal_init(&error), error);
    arena = jd_arena_create(ARENA_BYTES);
    RUN(a_child_that_lies_is_ended);
    RUN(a_child_that_hangs_is_ended);
    RUN(a_refusal_leaves_the_child_alive);
    RUN(a_death_is_written_down_for_the_supervisor);
    RUN(a_program_that_is_no_zygote_is_an_error);
    RUN(mails_come_back_as_messages);
    RUN(a_release_is_loaded_once_and_decides);
    RUN(lessons_become_a_model_that_decides);
    RUN(a_child_is_refused_everything);
    RUN(no_secret_of_the_environment_reaches_a_child);
    RUN(a_child_that_was_killed_blames_nobody_and_is_replaced);
    RUN(a_child_that_has_done_its_share_is_replaced);
    RUN(a_zygote_that_was_killed_is_replaced);
    RUN(children_die_with_their_worker);
    RUN(bulk_work_leaves_a_child_for_people);
    RUN(a_batch_has_bounds);
    RUN(a_large_batch_crosses);
    RUN(many_threads_share_children_that_are_killed);
    jd_arena_destroy(&arena);
    return REPORT();
}
