#include "base/compress.h"

#include <pthread.h>

#include "jd_test.h"

TEST(round_trips)
{
    static const size_t lens[] = { 0, 1, 2, 100, 4096, 65536, 1 << 20 };
    static char bytes[1 << 20];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(i * i >> 7);
    }
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        struct jd_error error;
        struct jd_buf frame = jd_buf_init(2 << 20), content = jd_buf_init(lens[i]);
        jd_compress((struct jd_span){ bytes, lens[i] }, &frame);
        CHECK(!frame.failed);
        CHECK_OK(jd_decompress(jd_buf_span(&frame), &content, &error), error);
        CHECK_INT(content.len, lens[i]);
        CHECK_INT(memcmp(content.data ? content.data : "", bytes, lens[i]), 0);
        jd_buf_finish(&frame);
        jd_buf_finish(&content);
    }
}

TEST(appends)
{
    struct jd_error error;
    struct jd_buf frame = jd_buf_init(1000), content = jd_buf_init(1000);
    jd_compress(JD_SPAN("world"), &frame);
    jd_buf_text(&content, "hello ");
    CHECK_OK(jd_decompress(jd_buf_span(&frame), &content, &error), error);
    CHECK_TEXT(jd_buf_span(&content), "hello world");
    jd_buf_finish(&frame);
    jd_buf_finish(&content);
}

TEST(refuses_what_is_no_frame)
{
    struct jd_error error;
    struct jd_buf frame = jd_buf_init(10000), content = jd_buf_init(1000);
    for (int i = 0; i < 200; i++) {
        jd_buf_format(&content, "%d,", i);
    }
    jd_compress(jd_buf_span(&content), &frame);
    for (size_t len = 1; len < frame.len; len++) { // truncated anywhere
        jd_buf_clear(&content);
        CHECK_INT(jd_decompress((struct jd_span){ frame.data, len }, &content, &error),
                JD_BAD_INPUT);
        CHECK_INT(content.len, 0);
    }
    size_t whole = frame.len;
    jd_buf_char(&frame, 'x'); // followed by something
    CHECK_INT(jd_decompress(jd_buf_span(&frame), &content, &error), JD_BAD_INPUT);
    struct jd_buf small = jd_buf_init(100);
    CHECK_INT(
            jd_decompress((struct jd_span){ frame.data, whole }, &small, &error), JD_BAD_INPUT);
    CHECK_INT(jd_decompress(JD_SPAN("no frame at all"), &content, &error), JD_BAD_INPUT);
    jd_buf_finish(&small);
    jd_buf_finish(&frame);
    jd_buf_finish(&content);
}

TEST(fails_when_the_frame_does_not_fit)
{
    struct jd_buf tight = jd_buf_init(20), roomy = jd_buf_init(40);
    char zeros[1000] = { 0 };
    jd_compress(
            (struct jd_span){ zeros, sizeof(zeros) }, &roomy); // bound is larger, frame fits
    CHECK(!roomy.failed && roomy.len > 0);
    jd_compress(JD_SPAN("9f8e7d6c5b4a3921806f5e4d3c2b1a09"), &tight);
    CHECK(tight.failed);
    CHECK_INT(tight.len, 0);
    jd_buf_finish(&tight);
    jd_buf_finish(&roomy);
}

static void *round_trip(void *argument)
{
    (void)argument; // the type of a thread's function
    for (int i = 0; i < 200; i++) {
        struct jd_buf frame = jd_buf_init(1000), content = jd_buf_init(1000);
        struct jd_error error;
        jd_compress(JD_SPAN("the same text over and over and over"), &frame);
        if (jd_decompress(jd_buf_span(&frame), &content, &error) != JD_OK) {
            return "failed";
        }
        jd_buf_finish(&frame);
        jd_buf_finish(&content);
    }
    return NULL;
}

TEST(serves_many_threads)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, round_trip, NULL), 0);
    }
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        CHECK(result == NULL);
    }
}

int main(void)
{
    RUN(round_trips);
    RUN(appends);
    RUN(refuses_what_is_no_frame);
    RUN(fails_when_the_frame_does_not_fit);
    RUN(serves_many_threads);
    return REPORT();
}
