#include "base/record.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/span.h"
#include "jd_test.h"

#define FRAME_MAX_BYTES (1 << 20)

/** A frame with one field of each type, the group holding an integer. */
static struct jd_buf make_frame(void)
{
    struct jd_buf buf = jd_buf_init(FRAME_MAX_BYTES);
    size_t frame = jd_record_begin(&buf, 7, UINT64_C(0xFEDCBA9876543210));
    jd_record_int(&buf, 1, INT64_MIN);
    jd_record_real(&buf, 2, -0.5);
    jd_record_bytes(&buf, 3, JD_SPAN("ab\0c"));
    size_t group = jd_record_group(&buf, 4);
    jd_record_int(&buf, 5, 42);
    jd_record_group_end(&buf, group);
    jd_record_bytes(&buf, 65535, JD_SPAN(""));
    jd_record_end(&buf, frame);
    return buf;
}

static struct jd_span body_of(const struct jd_buf *buf)
{
    return jd_span_sub(jd_buf_span(buf), JD_RECORD_HEADER_BYTES, SIZE_MAX);
}

TEST(reads_what_it_wrote)
{
    struct jd_error error;
    struct jd_buf buf = make_frame();
    struct jd_record_reader reader = jd_record_reader(body_of(&buf)), inner;
    struct jd_record_field field;
    CHECK_OK(jd_record_next(&reader, &field, &error), error);
    CHECK_INT(field.tag, 1);
    CHECK_INT(field.type, JD_RECORD_INT);
    CHECK_INT(field.integer, INT64_MIN);
    CHECK_OK(jd_record_next(&reader, &field, &error), error);
    CHECK_INT(field.type, JD_RECORD_REAL);
    CHECK(field.real == -0.5);
    CHECK_OK(jd_record_next(&reader, &field, &error), error);
    CHECK_SPAN(field.bytes, JD_SPAN("ab\0c"));
    CHECK_INT(jd_record_enter(&reader, &field, &inner, &error), JD_BAD_INPUT);
    CHECK_OK(jd_record_next(&reader, &field, &error), error);
    CHECK_INT(field.type, JD_RECORD_GROUP);
    CHECK_OK(jd_record_enter(&reader, &field, &inner, &error), error);
    CHECK_OK(jd_record_next(&inner, &field, &error), error);
    CHECK_INT(field.tag, 5);
    CHECK_INT(field.integer, 42);
    CHECK_INT(jd_record_next(&inner, &field, &error), JD_NONE);
    CHECK_OK(jd_record_next(&reader, &field, &error), error);
    CHECK_INT(field.tag, 65535);
    CHECK_INT(field.bytes.len, 0);
    CHECK_INT(jd_record_next(&reader, &field, &error), JD_NONE);
    CHECK_INT(jd_record_next(&reader, &field, &error), JD_NONE);
    jd_buf_finish(&buf);
}

TEST(is_little_endian_on_the_wire)
{
    static const char expected[] = "\x10\0\0\0\x02\0\0\0\x03\0\0\0\0\0\0\0" // header
                                   "\x04\0\x01\0\x08\0\0\0"                 // tag, type, length
                                   "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
    struct jd_buf buf = jd_buf_init(100);
    size_t frame = jd_record_begin(&buf, 2, 3);
    jd_record_int(&buf, 4, -2);
    jd_record_end(&buf, frame);
    CHECK_SPAN(jd_buf_span(&buf), ((struct jd_span){ expected, sizeof(expected) - 1 }));
    jd_buf_finish(&buf);
}

/** Walks all fields and groups; the number of fields, or -1 at the first that is refused. */
static int walk(struct jd_record_reader reader)
{
    struct jd_error error;
    struct jd_record_field field;
    enum jd_status status;
    int count = 0;
    while ((status = jd_record_next(&reader, &field, &error)) == JD_OK) {
        count++;
        struct jd_record_reader inner;
        if (field.type == JD_RECORD_GROUP) {
            int inside = -1;
            if (jd_record_enter(&reader, &field, &inner, &error) == JD_OK) {
                inside = walk(inner);
            }
            if (inside < 0) {
                return -1;
            }
            count += inside;
        }
    }
    return status == JD_NONE ? count : -1;
}

TEST(refuses_hostile_bytes)
{
    static const struct {
        const char *name;
        struct jd_span body;
        int fields; // -1: refused
    } cases[] = {
        { "empty", JD_SPAN(""), 0 },
        { "half a header", JD_SPAN("\1\0\3\0\0"), -1 },
        { "header without its payload", JD_SPAN("\1\0\3\0\1\0\0\0"), -1 },
        { "length of 4 GiB", JD_SPAN("\1\0\3\0\xFF\xFF\xFF\xFFx"), -1 },
        { "length one too long", JD_SPAN("\1\0\3\0\2\0\0\0x"), -1 },
        { "exact length", JD_SPAN("\1\0\3\0\1\0\0\0x"), 1 },
        { "type 0", JD_SPAN("\1\0\0\0\1\0\0\0x"), -1 },
        { "type 5", JD_SPAN("\1\0\5\0\1\0\0\0x"), -1 },
        { "type 65535", JD_SPAN("\1\0\xFF\xFF\1\0\0\0x"), -1 },
        { "integer of 7 bytes", JD_SPAN("\1\0\1\0\7\0\0\0xxxxxxx"), -1 },
        { "real of 9 bytes", JD_SPAN("\1\0\2\0\x09\0\0\0xxxxxxxxx"), -1 },
        { "inner length passes its group",
                JD_SPAN("\1\0\4\0\x09\0\0\0\1\0\3\0\2\0\0\0x\1\0\3\0\0\0\0\0"), -1 },
        { "empty group", JD_SPAN("\1\0\4\0\0\0\0\0"), 1 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int fields = walk(jd_record_reader(cases[i].body));
        if (fields != cases[i].fields) {
            FAIL("%s: %d fields", cases[i].name, fields);
        }
    }
}

TEST(refuses_every_truncation)
{
    struct jd_buf buf = make_frame();
    struct jd_span body = body_of(&buf);
    static const size_t borders[] = { 0, 16, 32, 44, 68, 76 }; // where a field ends
    for (size_t len = 0; len <= body.len; len++) {
        bool border = false;
        for (size_t i = 0; i < sizeof(borders) / sizeof(borders[0]); i++) {
            border |= borders[i] == len;
        }
        CHECK_INT(walk(jd_record_reader(jd_span_sub(body, 0, len))) >= 0, border);
    }
    jd_buf_finish(&buf);
}

TEST(bounds_the_depth)
{
    for (int depth = 1; depth <= 20; depth++) {
        struct jd_buf buf = jd_buf_init(10000);
        size_t groups[20];
        for (int i = 0; i < depth; i++) {
            groups[i] = jd_record_group(&buf, 1);
        }
        for (int i = depth; i-- > 0;) {
            jd_record_group_end(&buf, groups[i]);
        }
        CHECK_INT(walk(jd_record_reader(jd_buf_span(&buf))),
                depth <= JD_RECORD_DEPTH_MAX ? depth : -1);
        jd_buf_finish(&buf);
    }
}

TEST(survives_a_full_buffer)
{
    for (size_t max = 0; max < 100; max++) {
        struct jd_buf buf = jd_buf_init(max);
        size_t frame = jd_record_begin(&buf, 1, 1);
        size_t group = jd_record_group(&buf, 1);
        jd_record_bytes(&buf, 2, JD_SPAN("0123456789"));
        jd_record_group_end(&buf, group);
        jd_record_end(&buf, frame);
        CHECK_INT(buf.failed, max < 16 + 8 + 8 + 10);
        jd_buf_finish(&buf);
    }
}

TEST(crosses_a_socket_pair)
{
    struct jd_error error;
    int ends[2];
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    struct jd_buf sent = make_frame(), received = jd_buf_init(FRAME_MAX_BYTES);
    struct jd_record_frame frame;
    for (int i = 0; i < 2; i++) {
        CHECK_OK(jd_record_send(ends[0], 0, jd_buf_span(&sent), &error), error);
    }
    for (int i = 0; i < 2; i++) {
        CHECK_OK(jd_record_receive(ends[1], 0, &received, &frame, &error), error);
        CHECK_INT(frame.kind, 7);
        CHECK(frame.id == UINT64_C(0xFEDCBA9876543210));
        CHECK_SPAN(frame.body, body_of(&sent));
    }
    CHECK_INT(jd_record_receive(ends[1], jd_clock_monotonic_ms(), &received, &frame, &error),
            JD_RETRY_LATER);
    struct jd_span half = jd_span_sub(jd_buf_span(&sent), 0, 20);
    CHECK_OK(jd_record_send(ends[0], 0, half, &error), error);
    close(ends[0]);
    CHECK_INT(jd_record_receive(ends[1], 0, &received, &frame, &error), JD_GONE);
    CHECK_INT(jd_record_receive(ends[1], 0, &received, &frame, &error), JD_NONE);
    CHECK_INT(jd_record_send(ends[1], 0, half, &error), JD_GONE); // and no SIGPIPE
    close(ends[1]);
    jd_buf_finish(&sent);
    jd_buf_finish(&received);
}

TEST(refuses_a_frame_over_the_cap)
{
    struct jd_error error;
    int ends[2];
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    struct jd_buf received = jd_buf_init(1000);
    struct jd_record_frame frame;
    CHECK_OK(jd_record_send(
                     ends[0], 0, JD_SPAN("\xFF\xFF\xFF\xFF\1\0\0\0\1\0\0\0\0\0\0\0"), &error),
            error);
    CHECK_INT(jd_record_receive(ends[1], 0, &received, &frame, &error), JD_BAD_INPUT);
    close(ends[0]);
    close(ends[1]);
    jd_buf_finish(&received);
}

static void *drain(void *argument)
{
    struct jd_error error;
    struct jd_record_frame frame;
    struct jd_buf received = jd_buf_init(FRAME_MAX_BYTES);
    enum jd_status status = jd_record_receive(*(int *)argument, 0, &received, &frame, &error);
    bool whole = status == JD_OK && frame.body.len == FRAME_MAX_BYTES - 1000 + 8;
    jd_buf_finish(&received);
    return whole ? argument : NULL;
}

TEST(sends_more_than_a_socket_holds)
{
    struct jd_error error;
    int ends[2];
    static char bytes[FRAME_MAX_BYTES - 1000];
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    struct jd_buf buf = jd_buf_init(FRAME_MAX_BYTES);
    size_t frame = jd_record_begin(&buf, 1, 1);
    jd_record_bytes(&buf, 1, (struct jd_span){ bytes, sizeof(bytes) });
    jd_record_end(&buf, frame);

    pthread_t reader;
    CHECK_INT(pthread_create(&reader, NULL, drain, &ends[1]), 0);
    CHECK_OK(jd_record_send(ends[0], 0, jd_buf_span(&buf), &error), error);
    void *result;
    pthread_join(reader, &result);
    CHECK(result != NULL);
    // Now nobody reads: the deadline ends it.
    CHECK_INT(jd_record_send(ends[0], jd_clock_monotonic_ms(), jd_buf_span(&buf), &error),
            JD_RETRY_LATER);
    close(ends[0]);
    close(ends[1]);
    jd_buf_finish(&buf);
}

int main(void)
{
    RUN(reads_what_it_wrote);
    RUN(is_little_endian_on_the_wire);
    RUN(refuses_hostile_bytes);
    RUN(refuses_every_truncation);
    RUN(bounds_the_depth);
    RUN(survives_a_full_buffer);
    RUN(crosses_a_socket_pair);
    RUN(refuses_a_frame_over_the_cap);
    RUN(sends_more_than_a_socket_holds);
    return REPORT();
}
