/**
 * One HTTP request and its answer, as everything above http.c sees them.
 *
 * A request is made by http.c, filled before the handler sees it, and freed when the answer has
 * left. Its spans live as long as it does; what a handler builds goes into `arena` or `out`.
 * One thread at a time: first the HTTP thread, then perhaps a store thread, then the HTTP
 * thread again.
 *
 * A handler answers with one of the jd_answer_* functions and JD_OK, or returns an error, which
 * becomes a problem document (problem.h). jd_request_refuse names the field that was wrong.
 */
#ifndef JD_GATEWAY_REQUEST_H
#define JD_GATEWAY_REQUEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

#define JD_REQUEST_ARENA_BYTES_MAX  (8 * 1024 * 1024)
#define JD_REQUEST_ANSWER_BYTES_MAX (32 * 1024 * 1024)
#define JD_REQUEST_QUERY_MAX        16 // parameters behind the question mark
#define JD_ANSWER_HEADERS_MAX       8

/** What jd_query_choice and jd_body_choice take as a category. */
#define JD_CATEGORIES                                                                          \
 "personal work meeting receipt newsletter promotion notification security spam"

enum jd_method {
    JD_METHOD_OTHER = 0,
    JD_METHOD_GET, // HEAD too: http.c leaves the body out
    JD_METHOD_POST,
    JD_METHOD_PUT,
    JD_METHOD_PATCH,
    JD_METHOD_DELETE,
    JD_METHOD_OPTIONS,
};

/** The headers that anything above http.c may look at; an absent one is empty. */
enum jd_header {
    JD_HEADER_AUTHORIZATION = 0,
    JD_HEADER_COOKIE,
    JD_HEADER_IF_MATCH,
    JD_HEADER_IF_NONE_MATCH,
    JD_HEADER_ACCEPT_ENCODING,
    JD_HEADER_CONTENT_TYPE,
    JD_HEADER_ORIGIN,
    JD_HEADER_HOST,
    JD_HEADER_FORWARDED_FOR,
    JD_HEADERS,
};

enum jd_role {
    JD_ROLE_USER = 1,
    JD_ROLE_EDITOR,
    JD_ROLE_ADMIN, // each may do what those before it may
};

/** Who asks; user 0: nobody signed in. */
struct jd_caller {
    int64_t user;
    struct jd_span name;
    enum jd_role role;
    int64_t issued_ms, expires_ms; // of the access token, wall clock
};

struct jd_query_parameter {
    struct jd_span name, value; // percent-decoded
};

struct jd_answer_header {
    const char *name, *value;
};

struct jd_answer {
    unsigned status;          // 0: not answered yet
    const char *content_type; // NULL: no body
    struct jd_span body;      // borrowed for the life of the request
    struct jd_answer_header headers[JD_ANSWER_HEADERS_MAX];
    unsigned headers_count;
    bool close; // the connection ends with this answer
};

struct jd_gateway;
struct jd_route;

struct jd_request {
    struct jd_arena *arena;
    enum jd_method method;
    struct jd_span target; // as it stands in the request line
    struct jd_span path;   // decoded, without the query
    struct jd_span peer;   // address of the client as text
    struct jd_span headers[JD_HEADERS];
    struct jd_span body;
    int64_t began_us; // monotonic

    // Filled by the gateway on the way to the handler.
    struct jd_gateway *gateway;
    const struct jd_route *route;
    struct jd_span ids[2]; // what stood in the pattern's braces
    struct jd_query_parameter query[JD_REQUEST_QUERY_MAX];
    unsigned query_count;
    struct jd_json *document; // the parsed body; NULL: none came
    struct jd_caller caller;
    struct jd_span cache_key; // empty: the answer is not kept

    int64_t job; // the question that a worker answers; 0: none. A handler that sets it and
                 // answers nothing leaves the request to waiter.h
    const char *field;      // that the error about to be returned is about; may be NULL
    struct jd_span reasons; // of the error, a JSON array; empty: its sentence is all
    struct jd_buf out;      // memory of the answer's body
    struct jd_answer answer;
};

/** Notes the field and returns JD_BAD_INPUT with the sentence. */
__attribute__((format(printf, 4, 5))) enum jd_status jd_request_refuse(
        struct jd_request *request,
        struct jd_error *error,
        const char *field,
        const char *format,
        ...);

/** Decodes percent signs (and '+' as a space when `form`) into the arena. False: not valid, or
 * a byte below 0x20 came out. */
bool jd_request_decode(struct jd_arena *arena,
        struct jd_span text,
        bool form,
        struct jd_span *out_text);
/** Cuts the target's query into parameters. JD_BAD_INPUT: malformed, too many, one twice. */
enum jd_status jd_request_parse_query(struct jd_request *request, struct jd_error *error);

/** The value of a query parameter; empty when absent. */
struct jd_span jd_query_text(const struct jd_request *request, const char *name);
/** A whole number within [min, max]; `fallback` when absent. */
enum jd_status jd_query_int(struct jd_request *request,
        const char *name,
        int64_t min,
        int64_t max,
        int64_t fallback,
        int64_t *out_value,
        struct jd_error *error);
/** -1 when absent, else 0 or 1 for "false" and "true". */
enum jd_status jd_query_bool(struct jd_request *request,
        const char *name,
        int *out_value,
        struct jd_error *error);
/** An id; 0 when absent. */
enum jd_status jd_query_id(struct jd_request *request,
        const char *name,
        int64_t *out_id,
        struct jd_error *error);
/** One of the space-separated `choices`; empty when absent. */
enum jd_status jd_query_choice(struct jd_request *request,
        const char *name,
        const char *choices,
        struct jd_span *out_value,
        struct jd_error *error);

/** The id in the path. JD_GONE: it is none, so nothing has it. */
enum jd_status
jd_path_id(const struct jd_request *request, int64_t *out_id, struct jd_error *error);

/** A text member of min to max bytes; empty when absent. */
enum jd_status jd_body_text(struct jd_request *request,
        const char *name,
        size_t min,
        size_t max,
        struct jd_span *out_value,
        struct jd_error *error);
/** -1 when absent, else 0 or 1. */
enum jd_status jd_body_bool(struct jd_request *request,
        const char *name,
        int *out_value,
        struct jd_error *error);
/** As jd_query_choice. */
enum jd_status jd_body_choice(struct jd_request *request,
        const char *name,
        const char *choices,
        struct jd_span *out_value,
        struct jd_error *error);

/** Whether `word` is one of the space-separated `choices`. */
bool jd_is_choice(struct jd_span word, const char *choices);

/** The version in If-Match ("7" in quotes); 0 when absent or "*". */
enum jd_status
jd_request_if_match(struct jd_request *request, int64_t *out_version, struct jd_error *error);
/** The value of a cookie; empty when absent. */
struct jd_span jd_request_cookie(const struct jd_request *request, const char *name);

/** Adds a header. `value` lives as long as the request (or is constant). */
void jd_answer_header(struct jd_request *request, const char *name, const char *value);
/** Empties `out` and gives a writer into it. */
struct jd_json_writer jd_answer_begin(struct jd_request *request);
/** The JSON in `out` is the body. JD_BAD_INPUT when it passed the largest answer. */
enum jd_status
jd_answer_json(struct jd_request *request, unsigned status, struct jd_error *error);
/** A status without a body. */
enum jd_status jd_answer_empty(struct jd_request *request, unsigned status);
/** Adds the ETag of a version, and says whether If-None-Match names it. */
bool jd_answer_version(struct jd_request *request, int64_t version);

#endif
