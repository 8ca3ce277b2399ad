#include "base/record.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define FIELD_HEADER_BYTES 8
#define SCALAR_BYTES       8
#define LEN_OFFSET         4 // of the payload's length within a field's header

static void put_le(char *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        out[i] = (char)(value >> (8 * i));
    }
}

static uint64_t get_le(const char *in, int bytes)
{
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--) {
        value = value << 8 | (uint8_t)in[i];
    }
    return value;
}

size_t jd_record_begin(struct jd_buf *buf, uint32_t kind, uint64_t id)
{
    size_t frame = buf->len;
    char header[JD_RECORD_HEADER_BYTES] = { 0 };
    put_le(header + 4, kind, 4);
    put_le(header + 8, id, 8);
    jd_buf_add(buf, (struct jd_span){ header, sizeof(header) });
    return frame;
}

/** The length of what was written since `begin`, into the 4 bytes at `at`. */
static void patch_len(struct jd_buf *buf, size_t at, size_t begin)
{
    if (buf->failed) {
        return;
    }
    if (buf->len - begin > UINT32_MAX) {
        buf->failed = true;
        return;
    }
    put_le(buf->data + at, buf->len - begin, 4);
}

void jd_record_end(struct jd_buf *buf, size_t frame)
{
    patch_len(buf, frame, frame + JD_RECORD_HEADER_BYTES);
}

static void
put_field(struct jd_buf *buf, uint16_t tag, enum jd_record_type type, struct jd_span payload)
{
    if (payload.len > UINT32_MAX) {
        buf->failed = true;
        return;
    }
    char header[FIELD_HEADER_BYTES];
    put_le(header, tag, 2);
    put_le(header + 2, type, 2);
    put_le(header + LEN_OFFSET, payload.len, 4);
    jd_buf_add(buf, (struct jd_span){ header, sizeof(header) });
    jd_buf_add(buf, payload);
}

void jd_record_int(struct jd_buf *buf, uint16_t tag, int64_t value)
{
    char payload[SCALAR_BYTES];
    put_le(payload, (uint64_t)value, sizeof(payload));
    put_field(buf, tag, JD_RECORD_INT, (struct jd_span){ payload, sizeof(payload) });
}

void jd_record_real(struct jd_buf *buf, uint16_t tag, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    char payload[SCALAR_BYTES];
    put_le(payload, bits, sizeof(payload));
    put_field(buf, tag, JD_RECORD_REAL, (struct jd_span){ payload, sizeof(payload) });
}

void jd_record_bytes(struct jd_buf *buf, uint16_t tag, struct jd_span value)
{
    put_field(buf, tag, JD_RECORD_BYTES, value);
}

size_t jd_record_group(struct jd_buf *buf, uint16_t tag)
{
    size_t group = buf->len;
    put_field(buf, tag, JD_RECORD_GROUP, (struct jd_span){ NULL, 0 });
    return group;
}

void jd_record_group_end(struct jd_buf *buf, size_t group)
{
    patch_len(buf, group + LEN_OFFSET, group + FIELD_HEADER_BYTES);
}

struct jd_record_reader jd_record_reader(struct jd_span body)
{
    return (struct jd_record_reader){ .rest = body, .depth = 0 };
}

static enum jd_status decode_payload(struct jd_record_field *field, struct jd_error *error)
{
    if (field->type == JD_RECORD_BYTES || field->type == JD_RECORD_GROUP) {
        return JD_OK;
    }
    if (field->type != JD_RECORD_INT && field->type != JD_RECORD_REAL) {
        return jd_error_set(error, JD_BAD_INPUT, "record field %u has unknown type %d",
                field->tag, (int)field->type);
    }
    if (field->bytes.len != SCALAR_BYTES) {
        return jd_error_set(error, JD_BAD_INPUT, "record field %u is a number of %zu bytes",
                field->tag, field->bytes.len);
    }
    uint64_t bits = get_le(field->bytes.data, SCALAR_BYTES);
    if (field->type == JD_RECORD_INT) {
        field->integer = (int64_t)bits;
    } else {
        memcpy(&field->real, &bits, sizeof(bits));
    }
    field->bytes = (struct jd_span){ NULL, 0 };
    return JD_OK;
}

enum jd_status jd_record_next(struct jd_record_reader *reader,
        struct jd_record_field *out_field,
        struct jd_error *error)
{
    struct jd_span rest = reader->rest;
    if (rest.len == 0) {
        return JD_NONE;
    }
    if (rest.len < FIELD_HEADER_BYTES) {
        return jd_error_set(error, JD_BAD_INPUT, "record ends within a field's header");
    }
    size_t len = get_le(rest.data + LEN_OFFSET, 4);
    if (len > rest.len - FIELD_HEADER_BYTES) {
        return jd_error_set(error, JD_BAD_INPUT, "record field claims %zu of %zu bytes", len,
                rest.len - FIELD_HEADER_BYTES);
    }
    struct jd_record_field field = {
        .tag = (uint16_t)get_le(rest.data, 2),
        .type = (enum jd_record_type)get_le(rest.data + 2, 2),
        .bytes = { rest.data + FIELD_HEADER_BYTES, len },
    };
    enum jd_status status = decode_payload(&field, error);
    if (status == JD_OK) {
        reader->rest.data += FIELD_HEADER_BYTES + len;
        reader->rest.len -= FIELD_HEADER_BYTES + len;
        *out_field = field;
    }
    return status;
}

enum jd_status jd_record_enter(const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        struct jd_record_reader *out_reader,
        struct jd_error *error)
{
    if (field->type != JD_RECORD_GROUP) {
        return jd_error_set(error, JD_BAD_INPUT, "record field %u is no group", field->tag);
    }
    if (reader->depth >= JD_RECORD_DEPTH_MAX) {
        return jd_error_set(
                error, JD_BAD_INPUT, "record groups nest deeper than %d", JD_RECORD_DEPTH_MAX);
    }
    *out_reader = (struct jd_record_reader){ .rest = field->bytes, .depth = reader->depth + 1 };
    return JD_OK;
}

/** Waits until `fd` is ready for `events` or has hung up. */
static enum jd_status
wait_ready(int fd, short events, int64_t deadline_ms, struct jd_error *error)
{
    for (;;) {
        int timeout_ms = -1;
        if (deadline_ms) {
            int64_t left_ms = deadline_ms - jd_clock_monotonic_ms();
            timeout_ms = left_ms <= 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
        }
        struct pollfd wanted = { .fd = fd, .events = events };
        int ready = poll(&wanted, 1, timeout_ms);
        if (ready > 0) {
            return JD_OK;
        }
        if (ready == 0 && timeout_ms < INT_MAX) {
            return jd_error_set(error, JD_RETRY_LATER,
                    "the other side of the record stream "
                    "was silent until the deadline");
        }
        if (ready < 0 && errno != EINTR) {
            return jd_error_errno(error, errno, "cannot wait for a record");
        }
    }
}

/** Fills `out` whole. JD_NONE: closed before the first byte. */
static enum jd_status
read_exactly(int fd, int64_t deadline_ms, char *out, size_t bytes, struct jd_error *error)
{
    size_t have = 0;
    while (have < bytes) {
        enum jd_status status = wait_ready(fd, POLLIN, deadline_ms, error);
        if (status != JD_OK) {
            return status;
        }
        ssize_t len = read(fd, out + have, bytes - have);
        if (len == 0 || (len < 0 && errno == ECONNRESET)) {
            return have ? jd_error_set(error, JD_GONE, "the record stream ended within a frame")
                        : JD_NONE;
        }
        if (len < 0 && errno != EINTR && errno != EAGAIN) {
            return jd_error_errno(error, errno, "cannot read a record");
        }
        have += len > 0 ? (size_t)len : 0;
    }
    return JD_OK;
}

enum jd_status jd_record_receive(int fd,
        int64_t deadline_ms,
        struct jd_buf *buf,
        struct jd_record_frame *out_frame,
        struct jd_error *error)
{
    jd_buf_clear(buf);
    char header[JD_RECORD_HEADER_BYTES];
    enum jd_status status = read_exactly(fd, deadline_ms, header, sizeof(header), error);
    if (status != JD_OK) {
        return status;
    }
    size_t len = get_le(header, 4);
    char *body = jd_buf_reserve(buf, len);
    if (body == NULL) {
        return jd_error_set(error, JD_BAD_INPUT, "a record frame of %zu bytes passes %zu", len,
                buf->max_bytes);
    }
    status = read_exactly(fd, deadline_ms, body, len, error);
    if (status == JD_NONE) {
        return jd_error_set(error, JD_GONE, "the record stream ended within a frame");
    }
    if (status != JD_OK) {
        return status;
    }
    buf->len = len;
    *out_frame = (struct jd_record_frame){
        .kind = (uint32_t)get_le(header + 4, 4),
        .id = get_le(header + 8, 8),
        .body = jd_buf_span(buf),
    };
    return JD_OK;
}

/** After a send that failed with `number`: JD_OK when it is worth another. */
static enum jd_status
await_send(int fd, int number, int64_t deadline_ms, struct jd_error *error)
{
    switch (number) {
    case EINTR:
        return JD_OK;
    case EAGAIN:
        return wait_ready(fd, POLLOUT, deadline_ms, error);
    case EPIPE:
    case ECONNRESET:
        return jd_error_set(error, JD_GONE, "the other side closed the record stream");
    default:
        return jd_error_errno(error, number, "cannot send a record");
    }
}

enum jd_status
jd_record_send(int fd, int64_t deadline_ms, struct jd_span frames, struct jd_error *error)
{
    while (frames.len) {
        // The descriptor blocks, the call must not: a full socket waits in poll, which knows
        // the deadline.
        ssize_t len = send(fd, frames.data, frames.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (len >= 0) {
            frames.data += len;
            frames.len -= (size_t)len;
            continue;
        }
        enum jd_status status = await_send(fd, errno, deadline_ms, error);
        if (status != JD_OK) {
            return status;
        }
    }
    return JD_OK;
}
