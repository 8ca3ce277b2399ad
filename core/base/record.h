/**
 * Records: what crosses the socket pair between a worker and its compute children.
 *
 * A frame is a 16-byte header (u32 body bytes, u32 kind, u64 id; little-endian) and a body of
 * fields. A field is u16 tag, u16 type, u32 payload bytes, payload. A payload is an integer
 * (8 bytes), a real (8 bytes), bytes, or a group: fields again. Readers treat every byte as
 * hostile: lengths are checked against what encloses them, groups nest at most 8 deep, an
 * unknown tag is skipped. The tags of each kind stand in wire/analysis.h.
 *
 * Writing never fails half-way: it goes into a jd_buf with a cap, looked at once at the end.
 * One thread at a time per buffer or reader.
 */
#ifndef JD_BASE_RECORD_H
#define JD_BASE_RECORD_H

#include "base/buf.h"
#include "base/error.h"

#define JD_RECORD_HEADER_BYTES 16
#define JD_RECORD_DEPTH_MAX    8

enum jd_record_type {
    JD_RECORD_INT = 1,
    JD_RECORD_REAL,
    JD_RECORD_BYTES,
    JD_RECORD_GROUP
};

struct jd_record_frame {
    uint32_t kind;
    uint64_t id;
    struct jd_span body;
};

/** Begins a frame at the buffer's end; returns its offset for jd_record_end. */
size_t jd_record_begin(struct jd_buf *buf, uint32_t kind, uint64_t id);
/** Writes the body length of the frame begun at `frame`. */
void jd_record_end(struct jd_buf *buf, size_t frame);

void jd_record_int(struct jd_buf *buf, uint16_t tag, int64_t value);
void jd_record_real(struct jd_buf *buf, uint16_t tag, double value);
void jd_record_bytes(struct jd_buf *buf, uint16_t tag, struct jd_span value);
/** Opens a group; returns its offset for jd_record_group_end. */
size_t jd_record_group(struct jd_buf *buf, uint16_t tag);
void jd_record_group_end(struct jd_buf *buf, size_t group);

/** Walks the fields of one body or group. */
struct jd_record_reader {
    struct jd_span rest;
    int depth;
};

struct jd_record_field {
    uint16_t tag;
    enum jd_record_type type;
    int64_t integer;      // INT
    double real;          // REAL
    struct jd_span bytes; // BYTES and GROUP; points into the frame
};

struct jd_record_reader jd_record_reader(struct jd_span body);
/** The next field. JD_NONE at the end; JD_BAD_INPUT when the bytes are not a record. */
enum jd_status jd_record_next(struct jd_record_reader *reader,
        struct jd_record_field *out_field,
        struct jd_error *error);
/** A reader over a GROUP field; JD_BAD_INPUT when it is none or too deep. */
enum jd_status jd_record_enter(const struct jd_record_reader *reader,
        const struct jd_record_field *field,
        struct jd_record_reader *out_reader,
        struct jd_error *error);

/** Reads one whole frame from a blocking descriptor into `buf` (cleared first; its cap is the
 * largest frame taken). JD_NONE: closed at a frame border. JD_RETRY_LATER: deadline (monotonic
 * ms; 0: none) passed; within a frame the stream is then of no more use. JD_GONE: closed within
 * a frame. System calls: poll, read, clock_gettime. */
enum jd_status jd_record_receive(int fd,
        int64_t deadline_ms,
        struct jd_buf *buf,
        struct jd_record_frame *out_frame,
        struct jd_error *error);
/** Writes the buffer's bytes whole to a socket. JD_GONE: the other side closed. JD_RETRY_LATER:
 * the deadline passed. System calls: sendto, poll, clock_gettime. */
enum jd_status
jd_record_send(int fd, int64_t deadline_ms, struct jd_span frames, struct jd_error *error);

#endif
