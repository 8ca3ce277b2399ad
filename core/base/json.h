/**
 * The one door to cJSON: reading with limits, and a small writer into a jd_buf.
 *
 * Reading: a parsed document is one tree that its owner destroys; values are borrowed from it.
 * Limits: jd_json_parse refuses more than `max_bytes`, nesting over 32, numbers over 60
 * characters and U+0000 in a string. Of members with one name the first counts. One thread at a
 * time.
 */
#ifndef JD_BASE_JSON_H
#define JD_BASE_JSON_H

#include "base/buf.h"
#include "base/error.h"

struct jd_json; // a value of a parsed document; opaque

/** JD_BAD_INPUT with line and column when it is not JSON (RFC 8259). Gives the document;
 * destroy it. */
enum jd_status jd_json_parse(struct jd_span text,
        size_t max_bytes,
        struct jd_json **out_document,
        struct jd_error *error);
void jd_json_destroy(struct jd_json **document);

/** NULL-tolerant: a missing member is NULL and every reader below answers its fallback for NULL
 * or another type. */
const struct jd_json *jd_json_member(const struct jd_json *object, const char *name);
struct jd_span jd_json_text(const struct jd_json *value, struct jd_span fallback);
/** Whole numbers up to 2^53, which JSON carries exactly; else the fallback. */
int64_t jd_json_int(const struct jd_json *value, int64_t fallback);
double jd_json_real(const struct jd_json *value, double fallback);
bool jd_json_bool(const struct jd_json *value, bool fallback);
bool jd_json_is_text(const struct jd_json *value);
bool jd_json_is_number(const struct jd_json *value);
bool jd_json_is_bool(const struct jd_json *value);
bool jd_json_is_array(const struct jd_json *value);
bool jd_json_is_object(const struct jd_json *value);
bool jd_json_is_null(const struct jd_json *value); // an explicit null
/** First element of an array or member of an object; NULL: none. */
const struct jd_json *jd_json_first(const struct jd_json *value);
const struct jd_json *jd_json_next(const struct jd_json *element);
/** The name of an object's member; "" for an array's element. */
struct jd_span jd_json_name(const struct jd_json *member);
size_t jd_json_count(const struct jd_json *value);

/** Writing: commas are placed by the writer; the caller balances open and close. Invalid UTF-8
 * becomes U+FFFD. */
struct jd_json_writer {
    struct jd_buf *buf;
    bool comma;
};
static inline struct jd_json_writer jd_json_writer(struct jd_buf *buf)
{
    return (struct jd_json_writer){ .buf = buf, .comma = false };
}
/** `name` NULL: an array's element or the top value. */
void jd_json_open_object(struct jd_json_writer *writer, const char *name);
void jd_json_close_object(struct jd_json_writer *writer);
void jd_json_open_array(struct jd_json_writer *writer, const char *name);
void jd_json_close_array(struct jd_json_writer *writer);
void jd_json_add_text(struct jd_json_writer *writer, const char *name, struct jd_span value);
void jd_json_add_int(struct jd_json_writer *writer, const char *name, int64_t value);
/** Up to `digits` digits behind the point, shortest form; not finite: null. */
void jd_json_add_real(struct jd_json_writer *writer,
        const char *name,
        double value,
        int digits);
void jd_json_add_bool(struct jd_json_writer *writer, const char *name, bool value);
void jd_json_add_null(struct jd_json_writer *writer, const char *name);
/** RFC 3339 in UTC with ms: "2026-03-01T09:00:00.000Z". */
void jd_json_add_time(struct jd_json_writer *writer, const char *name, int64_t time_ms);
/** `json` is JSON already and goes in as it is. */
void jd_json_add_raw(struct jd_json_writer *writer, const char *name, struct jd_span json);

#endif
