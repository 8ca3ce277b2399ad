/* The child's loop, run in a thread over a socket pair, outside the jail. */
#include "compute/serve.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/record.h"
#include "base/seal.h"
#include "base/span.h"
#include "jd_test.h"
#include "mail/message.h"
#include "wire/analysis.h"

#ifdef __SANITIZE_ADDRESS__
/* GMime registers its types once and never frees them; only the slow unwinder sees that. */
# define SEEN __attribute__((visibility("default")))
SEEN const char *__asan_default_options(void);
SEEN const char *__lsan_default_suppressions(void);

const char *__asan_default_options(void)
{
    return "fast_unwind_on_malloc=0";
}

const char *__lsan_default_suppressions(void)
{
    return "leak:g_mime_object_register_type";
}
#endif

struct child {
    int fd, their_fd;
    struct jd_progress progress;
    pthread_t thread;
    int exit_status;
    uint64_t id;
    struct jd_buf request, answer;
    size_t frame; // of the request being written
};

static struct jd_error error;

static void *run(void *argument)
{
    struct child *child = argument;
    child->exit_status = jd_compute_serve(child->their_fd, &child->progress);
    close(child->their_fd);
    return NULL;
}

static void begin(struct child *child)
{
    int pair[2];
    *child = (struct child){
        .request = jd_buf_init(JD_WIRE_FRAME_MAX),
        .answer = jd_buf_init(JD_WIRE_FRAME_MAX),
    };
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    child->fd = pair[0];
    child->their_fd = pair[1];
    CHECK_INT(pthread_create(&child->thread, NULL, run, child), 0);
}

static void end(struct child *child, int exit_status)
{
    shutdown(child->fd, SHUT_RDWR);
    pthread_join(child->thread, NULL);
    CHECK_INT(child->exit_status, exit_status);
    close(child->fd);
    jd_buf_finish(&child->request);
    jd_buf_finish(&child->answer);
}

static void ask(struct child *child, uint32_t kind)
{
    jd_buf_clear(&child->request);
    child->frame = jd_record_begin(&child->request, kind, ++child->id);
}

/** Sends the request and gives the kind of its answer; 0: none. */
static uint32_t answer(struct child *child, struct jd_span *out_body)
{
    struct jd_record_frame frame = { 0 };
    jd_record_end(&child->request, child->frame);
    CHECK_OK(jd_record_send(child->fd, 0, jd_buf_span(&child->request), &error), error);
    CHECK_OK(jd_record_receive(child->fd, 0, &child->answer, &frame, &error), error);
    CHECK_INT(frame.id, child->id);
    CHECK_INT(child->progress.word, 0);
    if (out_body) {
        *out_body = frame.body;
    }
    return frame.kind;
}

static void add_mail(struct child *child, struct jd_span raw)
{
    size_t group = jd_record_group(&child->request, JD_TAG_MAIL);
    jd_record_bytes(&child->request, JD_TAG_RAW, raw);
    jd_record_group_end(&child->request, group);
}

static int count_fields(struct jd_span body, uint16_t tag)
{
    struct jd_record_reader reader = jd_record_reader(body);
    struct jd_record_field field;
    int count = 0;
    while (jd_record_next(&reader, &field, &error) == JD_OK) {
        count += field.tag == tag;
    }
    return count;
}

static int64_t failed_status(struct jd_span body)
{
    struct jd_record_reader reader = jd_record_reader(body);
    struct jd_record_field field;
    while (jd_record_next(&reader, &field, &error) == JD_OK) {
        if (field.tag == JD_TAG_STATUS) {
            return field.integer;
        }
    }
    return -1;
}

/** DECIDE of message `index` under release `release`. */
static uint32_t decide(struct child *child, int64_t release, int64_t index, struct jd_span *out)
{
    ask(child, JD_WIRE_DECIDE);
    jd_record_int(&child->request, JD_TAG_RELEASE, release);
    size_t group = jd_record_group(&child->request, JD_TAG_FACTS);
    jd_record_int(&child->request, JD_TAG_INDEX, index);
    jd_record_group_end(&child->request, group);
    return answer(child, out);
}

static uint32_t load(struct child *child, int64_t release)
{
    static const struct {
        const char *path, *content;
    } files[] = {
        { "tiny/pack.lua", "return { name = \"tiny\", version = 1, api = 1 }\n" },
        { "tiny/hello.lua", "classify \"receipt\" { name = \"hello\",\n"
                            "  evidence(4, \"a greeting\", subject:says { \"hello\" }),\n}\n" },
    };
    ask(child, JD_WIRE_LOAD);
    jd_record_int(&child->request, JD_TAG_RELEASE, release);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        size_t group = jd_record_group(&child->request, JD_TAG_FILE);
        jd_record_bytes(&child->request, JD_TAG_PATH, jd_span_of(files[i].path));
        jd_record_bytes(&child->request, JD_TAG_CONTENT, jd_span_of(files[i].content));
        jd_record_group_end(&child->request, group);
    }
    return answer(child, NULL);
}

static uint32_t parse_hello(struct child *child)
{
    ask(child, JD_WIRE_PARSE);
    add_mail(child, JD_SPAN("Subject: Hello\r\n\r\nHi.\r\n"));
    add_mail(child, JD_SPAN(""));
    return answer(child, NULL);
}

TEST(each_mail_gives_one_message)
{
    struct child child;
    struct jd_span body;
    begin(&child);
    for (int count = 0; count <= JD_WIRE_BATCH_MAX; count += 250) {
        ask(&child, JD_WIRE_PARSE);
        for (int i = 0; i < count; i++) {
            add_mail(&child, i % 7 ? JD_SPAN("Subject: x\n\nText.\n") : JD_SPAN(""));
        }
        CHECK_INT(answer(&child, &body), JD_WIRE_PARSED);
        CHECK_INT(count_fields(body, JD_TAG_MESSAGE), count);
    }
    end(&child, 0);
}

TEST(too_many_mails_are_refused_and_the_child_goes_on)
{
    struct child child;
    struct jd_span body;
    begin(&child);
    ask(&child, JD_WIRE_PARSE);
    for (int i = 0; i <= JD_WIRE_BATCH_MAX; i++) {
        add_mail(&child, JD_SPAN("x"));
    }
    CHECK_INT(answer(&child, &body), JD_WIRE_FAILED);
    CHECK_INT(failed_status(body), JD_BAD_INPUT);
    CHECK_INT(load(&child, 7), JD_WIRE_LOADED);
    CHECK_INT(decide(&child, 7, 0, &body), JD_WIRE_FAILED); // nothing is kept of it
    CHECK_INT(parse_hello(&child), JD_WIRE_PARSED);
    end(&child, 0);
}

TEST(what_is_not_known_is_refused)
{
    static const uint32_t kinds[] = { 0, JD_WIRE_PARSED, JD_WIRE_FAILED, 4000000000u };
    struct child child;
    begin(&child);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        ask(&child, kinds[i]);
        CHECK_INT(answer(&child, NULL), JD_WIRE_FAILED);
    }
    ask(&child, JD_WIRE_PARSE);
    jd_buf_text(&child.request, "no record");
    CHECK_INT(answer(&child, NULL), JD_WIRE_FAILED);
    end(&child, 0);
}

TEST(a_release_must_be_loaded_and_a_message_parsed)
{
    struct child child;
    struct jd_span body;
    begin(&child);
    CHECK_INT(parse_hello(&child), JD_WIRE_PARSED);
    CHECK_INT(decide(&child, 7, 0, &body), JD_WIRE_FAILED);
    CHECK_INT(failed_status(body), JD_GONE);
    CHECK_INT(load(&child, 7), JD_WIRE_LOADED);
    CHECK_INT(decide(&child, 7, 0, &body), JD_WIRE_DECIDED);
    CHECK_INT(count_fields(body, JD_TAG_VERDICT), 1);
    static const int64_t wrong[] = { 1, 2, -1, JD_WIRE_BATCH_MAX, INT64_MAX };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        CHECK_INT(decide(&child, 7, wrong[i], &body), JD_WIRE_FAILED);
        CHECK_INT(failed_status(body), JD_BAD_INPUT);
    }
    ask(&child, JD_WIRE_FORGET);
    jd_record_end(&child.request, child.frame);
    CHECK_OK(jd_record_send(child.fd, 0, jd_buf_span(&child.request), &error), error);
    CHECK_INT(decide(&child, 7, 0, &body), JD_WIRE_FAILED);
    end(&child, 0);
}

TEST(the_release_loaded_first_goes_first)
{
    struct child child;
    struct jd_span body;
    begin(&child);
    CHECK_INT(parse_hello(&child), JD_WIRE_PARSED);
    for (int64_t release = 1; release <= JD_WIRE_RELEASES_MAX; release++) {
        CHECK_INT(load(&child, release), JD_WIRE_LOADED);
    }
    CHECK_INT(load(&child, 1), JD_WIRE_LOADED); // again: nothing goes
    CHECK_INT(decide(&child, 2, 0, &body), JD_WIRE_DECIDED);
    CHECK_INT(load(&child, 100), JD_WIRE_LOADED);
    CHECK_INT(decide(&child, 1, 0, &body), JD_WIRE_FAILED);
    CHECK_INT(decide(&child, 2, 0, &body), JD_WIRE_DECIDED);
    CHECK_INT(decide(&child, 100, 0, &body), JD_WIRE_DECIDED);
    end(&child, 0);
}

/** TEACH of two mails and one that is none; gives the features. */
static uint32_t teach(struct child *child, struct jd_span features[3])
{
    struct jd_span body;
    struct jd_record_field field;
    ask(child, JD_WIRE_TEACH);
    add_mail(child, JD_SPAN("From: a@x.example\nSubject: Roses\n\nThe garden.\n"));
    add_mail(child, JD_SPAN("From: b@y.example\nSubject: Bill\n\nThe amount due.\n"));
    add_mail(child, JD_SPAN(""));
    uint32_t kind = answer(child, &body);
    struct jd_record_reader reader = jd_record_reader(body);
    for (int i = 0; i < 3; i++) {
        struct jd_record_reader inner;
        features[i] = jd_span_new(NULL, 0);
        CHECK_INT(jd_record_next(&reader, &field, &error), JD_OK);
        CHECK_OK(jd_record_enter(&reader, &field, &inner, &error), error);
        while (jd_record_next(&inner, &field, &error) == JD_OK) {
            if (field.tag == JD_TAG_FEATURES) {
                features[i] = field.bytes;
            }
        }
    }
    return kind;
}

TEST(lessons_are_made_and_a_model_of_them)
{
    struct child child;
    struct jd_span body, features[3];
    struct jd_buf kept[2] = { jd_buf_init(65536), jd_buf_init(65536) };
    begin(&child);
    CHECK_INT(parse_hello(&child), JD_WIRE_PARSED);
    CHECK_INT(teach(&child, features), JD_WIRE_TAUGHT);
    CHECK(features[0].len > 10 && features[1].len > 10);
    CHECK_INT(features[2].len, 0);
    jd_buf_add(&kept[0], features[0]);
    jd_buf_add(&kept[1], features[1]);
    CHECK_INT(load(&child, 7), JD_WIRE_LOADED);
    CHECK_INT(decide(&child, 7, 0, &body), JD_WIRE_FAILED); // the batch is forgotten
    for (int labels = 1; labels <= 2; labels++) {
        ask(&child, JD_WIRE_TRAIN);
        for (int i = 0; i < 12; i++) {
            size_t group = jd_record_group(&child.request, JD_TAG_LESSON);
            jd_record_bytes(&child.request, JD_TAG_FEATURES, jd_buf_span(&kept[i % 2]));
            jd_record_bytes(&child.request, JD_TAG_LABEL,
                    i % labels ? JD_SPAN("bill") : JD_SPAN("garden"));
            jd_record_group_end(&child.request, group);
        }
        CHECK_INT(answer(&child, &body), labels == 2 ? JD_WIRE_TRAINED : JD_WIRE_FAILED);
    }
    CHECK_INT(count_fields(body, JD_TAG_MODEL), 1);
    CHECK_INT(count_fields(body, JD_TAG_LABEL_REPORT), 2);
    end(&child, 0);
    jd_buf_finish(&kept[0]);
    jd_buf_finish(&kept[1]);
}

TEST(a_broken_frame_ends_the_child)
{
    struct child child;
    begin(&child);
    CHECK_INT(send(child.fd, "\xFF\xFF\xFF\xFF\3\0\0\0\1\0\0\0\0\0\0\0", 16, 0), 16);
    end(&child, 1);
}

int main(void)
{
    CHECK_OK(jd_seal_init(&error), error);
    CHECK_OK(jd_mail_init(&error), error);
    RUN(each_mail_gives_one_message);
    RUN(too_many_mails_are_refused_and_the_child_goes_on);
    RUN(what_is_not_known_is_refused);
    RUN(a_release_must_be_loaded_and_a_message_parsed);
    RUN(the_release_loaded_first_goes_first);
    RUN(lessons_are_made_and_a_model_of_them);
    RUN(a_broken_frame_ends_the_child);
    return REPORT();
}
