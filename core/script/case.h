/**
 * Cases of `*.test.lua` files: read into plain data first, then run without Lua. See `Given`
 * and `Expect` in rules/jackdaw.d.lua.
 */
#ifndef JD_SCRIPT_CASE_H
#define JD_SCRIPT_CASE_H

#include "base/buf.h"
#include "script/engine.h"

#define JD_CASE_ITEMS_MAX 50 // of a list in a case

struct jd_case_texts {
    struct jd_span *items;
    uint32_t count;
};

struct jd_case_header {
    struct jd_span name, value;
};

struct jd_case_attachment {
    struct jd_span name, type, text;
};

/** data NULL: not given. */
struct jd_case_given {
    struct jd_span date, zone, me, from, subject, text, html, calendar, raw;
    struct jd_case_texts to, cc;
    struct jd_case_header *headers;
    uint32_t headers_count;
    struct jd_case_attachment *attachments;
    uint32_t attachments_count;
    uint32_t facts;
};

/** How a number is compared. */
enum jd_case_bound {
    JD_BOUND_NONE = 0,
    JD_BOUND_EQUAL,
    JD_BOUND_LEAST,
    JD_BOUND_MOST
};

struct jd_case_task {
    struct jd_span due, quote, title; // data NULL: anything
};

struct jd_case_expect {
    struct jd_span category, priority, route; // data NULL: anything
    enum jd_case_bound confidence_bound;
    double confidence;
    int needs_reply;     // -1: anything
    int is_task;         // -1: anything
    int64_t tasks_count; // -1: anything
    struct jd_case_texts fired, not_fired, drafts;
    bool has_drafts, has_tasks;
    struct jd_case_task *tasks;
    uint32_t tasks_listed;
};

struct jd_case {
    struct jd_span name, path;
    int line;
    struct jd_span broken; // why the file cannot be read; then this is all there is
    struct jd_case_given given;
    struct jd_case_expect expect;
};

struct jd_case_list {
    struct jd_arena *arena;
    struct jd_case *cases; // malloced
    uint32_t count, capacity;
};

/** Reads the cases of one file and adds them. JD_BAD_INPUT: out_line and a sentence. */
enum jd_status jd_case_read(struct jd_case_list *list,
        struct jd_span path,
        struct jd_span content,
        int *out_line,
        struct jd_error *error);
/** Writes the mail that was given (case_mail.c). out_date_ms is its date. JD_BAD_INPUT: the
 * date cannot be read. */
enum jd_status jd_case_write_mail(const struct jd_case_given *given,
        struct jd_buf *out_raw,
        struct jd_buf *out_zone,
        int64_t *out_date_ms,
        struct jd_error *error);

#endif
