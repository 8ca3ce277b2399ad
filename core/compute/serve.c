/* The child's loop. Each request has one handler, named in the table at the end. */
#include "compute/serve.h"

#include <poll.h>
#include <stdlib.h>

#include <malloc.h>

#include "base/record.h"
#include "base/span.h"
#include "compute/encode.h"
#include "compute/learn.h"
#include "compute/probe.h"
#include "script/engine.h"
#include "wire/analysis.h"

#define REST_MS             1000 // without a request: memory goes back to the system
#define BATCH_ARENA_BYTES   (192u * 1024 * 1024)
#define MESSAGE_ARENA_BYTES (64u * 1024 * 1024) // room that each message of a batch finds
#define ANSWER_ARENA_BYTES  (16u * 1024 * 1024)
#define BUFFER_KEPT_BYTES   (8u * 1024 * 1024) // a larger buffer is not kept between requests
#define FILES_MAX           2000               // of one release
#define OWNER_ADDRESSES_MAX 64
#define SUSPENDED_MAX       1000

struct parsed {
    struct jd_mail *mail; // NULL: not given, or unreadable
    int64_t received_ms;
};

struct loaded {
    int64_t id;
    struct jd_release *release; // NULL: free
};

struct server {
    int fd;
    struct jd_progress *progress;
    struct jd_buf incoming;    // the request at hand
    struct jd_buf batch_frame; // the PARSE request that the batch points into
    struct jd_buf answer;
    struct jd_arena *batch_arena;
    struct jd_arena *answer_arena; // reset for each message and request
    struct parsed *batch;          // JD_WIRE_BATCH_MAX
    struct loaded releases[JD_WIRE_RELEASES_MAX];
    uint32_t next_release; // the place that the next LOAD takes
    struct jd_encoder encoder;
    struct jd_learn learn;
};

struct request {
    struct jd_record_frame frame;
    size_t answer; // where the answer's frame begins
};

static void show_progress(struct server *server, const struct request *request, uint32_t index)
{
    atomic_store_explicit(&server->progress->word, jd_progress_word(request->frame.id, index),
            memory_order_relaxed);
}

static void hide_progress(struct server *server)
{
    atomic_store_explicit(&server->progress->word, 0, memory_order_relaxed);
}

static void forget_batch(struct server *server)
{
    memset(server->batch, 0, JD_WIRE_BATCH_MAX * sizeof(*server->batch));
    jd_arena_reset(server->batch_arena);
}

/* PARSE */

static enum jd_status read_mail(const struct jd_record_reader *outer,
        const struct jd_record_field *group,
        int64_t *out_received_ms,
        struct jd_span *out_raw,
        struct jd_error *error)
{
    struct jd_record_reader reader;
    struct jd_record_field field;
    enum jd_status status = jd_record_enter(outer, group, &reader, error);
    while (status == JD_OK && (status = jd_record_next(&reader, &field, error)) == JD_OK) {
        if (field.tag == JD_TAG_RECEIVED_MS) {
            *out_received_ms = field.integer;
        } else if (field.tag == JD_TAG_RAW) {
            *out_raw = field.bytes;
        }
    }
    return status == JD_NONE ? JD_OK : status;
}

/**
 * A message that no memory was left for would come out shorter than alone, and the same mail
 * must always give the same message: so the batch is refused before that.
 */
static enum jd_status check_room(const struct server *server, struct jd_error *error)
{
    if (jd_arena_used(server->batch_arena) > BATCH_ARENA_BYTES - MESSAGE_ARENA_BYTES) {
        return jd_error_set(error, JD_BAD_INPUT,
                "the batch needs more memory than a compute child has: send fewer mails");
    }
    return JD_OK;
}

static void parse_one(struct server *server,
        const struct jd_mail_limits *limits,
        uint32_t index,
        struct jd_span raw,
        int64_t received_ms)
{
    struct jd_error problem = { 0 };
    struct parsed *parsed = &server->batch[index];
    parsed->received_ms = received_ms;
    if (jd_mail_parse(server->batch_arena, raw, limits, &parsed->mail, &problem) == JD_OK) {
        jd_encode_message(&server->encoder, &server->answer, index, parsed->mail);
    } else {
        parsed->mail = NULL;
        jd_encode_unreadable(&server->answer, index, raw, &problem);
    }
}

static enum jd_status
parse_all(struct server *server, const struct request *request, struct jd_error *error)
{
    struct jd_mail_limits limits = jd_mail_limits_default();
    struct jd_record_reader reader = jd_record_reader(request->frame.body);
    struct jd_record_field field;
    uint32_t count = 0;
    enum jd_status status;
    while ((status = jd_record_next(&reader, &field, error)) == JD_OK) {
        if (field.tag == JD_TAG_WANT_HTML) {
            limits.want_html = field.integer != 0;
        }
        if (field.tag != JD_TAG_MAIL) {
            continue;
        }
        if (count == JD_WIRE_BATCH_MAX) {
            return jd_error_set(
                    error, JD_BAD_INPUT, "a batch holds at most %d mails", JD_WIRE_BATCH_MAX);
        }
        struct jd_span raw = { 0 };
        int64_t received_ms = 0;
        show_progress(server, request, count);
        status = read_mail(&reader, &field, &received_ms, &raw, error);
        if (status == JD_OK) {
            status = check_room(server, error);
        }
        if (status != JD_OK) {
            return status;
        }
        parse_one(server, &limits, count++, raw, received_ms);
    }
    return status == JD_NONE ? JD_OK : status;
}

static enum jd_status
answer_parse(struct server *server, struct request *request, struct jd_error *error)
{
    forget_batch(server);
    const struct jd_buf old = server->batch_frame;
    server->batch_frame = server->incoming; // the request's body stays where it is
    server->incoming = old;
    enum jd_status status = parse_all(server, request, error);
    if (status != JD_OK) {
        forget_batch(server);
    }
    return status;
}

/* LOAD, LINT, TEST */

static struct jd_release *find_release(const struct server *server, int64_t id)
{
    for (uint32_t i = 0; i < JD_WIRE_RELEASES_MAX; i++) {
        if (server->releases[i].release && server->releases[i].id == id) {
            return server->releases[i].release;
        }
    }
    return NULL;
}

static enum jd_status require_release(const struct server *server,
        int64_t id,
        struct jd_release **out_release,
        struct jd_error *error)
{
    *out_release = find_release(server, id);
    return *out_release ? JD_OK
                        : jd_error_set(error, JD_GONE, "release %lld is not loaded here",
                                  (long long)id);
}

/** Takes the place of the same release, else of the one loaded first: the pool counts alike. */
static void keep_release(struct server *server, int64_t id, struct jd_release *release)
{
    struct loaded *place = NULL;
    for (uint32_t i = 0; i < JD_WIRE_RELEASES_MAX; i++) {
        if (server->releases[i].release && server->releases[i].id == id) {
            place = &server->releases[i];
        }
    }
    if (!place) {
        place = &server->releases[server->next_release];
        server->next_release = (server->next_release + 1) % JD_WIRE_RELEASES_MAX;
    }
    jd_release_destroy(&place->release);
    *place = (struct loaded){ .id = id, .release = release };
}

static enum jd_status read_file(const struct jd_record_reader *outer,
        const struct jd_record_field *group,
        struct jd_release_file *out_file,
        struct jd_error *error)
{
    struct jd_record_reader reader;
    struct jd_record_field field;
    enum jd_status status = jd_record_enter(outer, group, &reader, error);
    while (status == JD_OK && (status = jd_record_next(&reader, &field, error)) == JD_OK) {
        if (field.tag == JD_TAG_PATH) {
            out_file->path = field.bytes;
        } else if (field.tag == JD_TAG_CONTENT) {
            out_file->content = field.bytes;
        }
    }
    return status == JD_NONE ? JD_OK : status;
}

static enum jd_status read_files(const struct request *request,
        struct jd_release_file *files,
        size_t *out_count,
        int64_t *out_id,
        struct jd_error *error)
{
    struct jd_record_reader reader = jd_record_reader(request->frame.body);
    struct jd_record_field field;
    enum jd_status status;
    while ((status = jd_record_next(&reader, &field, error)) == JD_OK) {
        if (field.tag == JD_TAG_RELEASE) {
            *out_id = field.integer;
        }
        if (field.tag != JD_TAG_FILE) {
            continue;
        }
        if (*out_count == FILES_MAX) {
            return jd_error_set(
                    error, JD_BAD_INPUT, "a release has at most %d files", FILES_MAX);
        }
        status = read_file(&reader, &field, &files[(*out_count)++], error);
        if (status != JD_OK) {
            return status;
        }
    }
    return status == JD_NONE ? JD_OK : status;
}

static enum jd_status
answer_load(struct server *server, struct request *request, struct jd_error *error)
{
    struct jd_release_file *files = jd_xalloc(FILES_MAX * sizeof(*files));
    size_t count = 0;
    int64_t id = 0;
    struct jd_release *release = NULL;
    struct jd_release_report report = { 0 };
    enum jd_status status = read_files(request, files, &count, &id, error);
    if (status == JD_OK) {
        status = jd_release_compile(
                files, count, server->answer_arena, &release, &report, error);
    }
    if (status == JD_OK) {
        keep_release(server, id, release);
        jd_record_int(&server->answer, JD_TAG_STATUS, JD_OK);
        jd_encode_report(&server->answer, &report);
    }
    free(files);
    return status;
}

/** The release that the request names. */
static enum jd_status read_release(const struct server *server,
        const struct request *request,
        struct jd_release **out_release,
        struct jd_error *error)
{
    struct jd_record_reader reader = jd_record_reader(request->frame.body);
    struct jd_record_field field;
    int64_t id = 0;
    enum jd_status status;
    while ((status = jd_record_next(&reader, &field, error)) == JD_OK) {
        if (field.tag == JD_TAG_RELEASE) {
            id = field.integer;
        }
    }
    return status == JD_NONE ? require_release(server, id, out_release, error) : status;
}

static enum jd_status
answer_lint(struct server *server, struct request *request, struct jd_error *error)
{
    struct jd_release *release;
    struct jd_lint_finding *findings;
    uint32_t count;
    enum jd_status status = read_release(server, request, &release, error);
    if (status == JD_OK) {
        status = jd_release_lint(release, server->answer_arena, &findings, &count, error);
    }
    for (uint32_t i = 0; status == JD_OK && i < count; i++) {
        jd_encode_finding(&server->answer, &findings[i]);
    }
    return status;
}

static enum jd_status
answer_test(struct server *server, struct request *request, struct jd_error *error)
{
    struct jd_release *release;
    struct jd_release_case *cases;
    uint32_t count;
    enum jd_status status = read_release(server, request, &release, error);
    if (status == JD_OK) {
        status = jd_release_test(release, server->answer_arena, &cases, &count, error);
    }
    for (uint32_t i = 0; status == JD_OK && i < count; i++) {
        jd_encode_case(&server->answer, &cases[i]);
    }
    return status;
}

/* DECIDE */

struct question {
    struct jd_release *release;
    struct jd_span owner_addresses[OWNER_ADDRESSES_MAX];
    struct jd_span suspended[SUSPENDED_MAX];
    struct jd_subject subject; // what holds for all messages
};

static enum jd_status add_span(struct jd_span *list,
        uint32_t *count,
        uint32_t max,
        const struct jd_record_field *field,
        struct jd_error *error)
{
    if (*count == max) {
        return jd_error_set(
                error, JD_BAD_INPUT, "field %u comes more than %u times", field->tag, max);
    }
    list[(*count)++] = field->bytes;
    return JD_OK;
}

/** What holds for all messages of the request, wherever it stands between the FACTS. */
static enum jd_status read_question(const struct server *server,
        const struct request *request,
        struct question *question,
        struct jd_error *error)
{
    struct jd_record_reader reader = jd_record_reader(request->frame.body);
    struct jd_record_field field;
    struct jd_subject *subject = &question->subject;
    int64_t id = 0;
    enum jd_status status;
    while ((status = jd_record_next(&reader, &field, error)) == JD_OK) {
        switch (field.tag) {
        case JD_TAG_RELEASE:
            id = field.integer;
            break;
        case JD_TAG_WANT_IS_TASK:
            subject->want_is_task = field.integer != 0;
            break;
        case JD_TAG_WANT:
            subject->want = (uint32_t)field.integer;
            break;
        case JD_TAG_ZONE_FILE:
            subject->zone_file = field.bytes;
            break;
        case JD_TAG_OWNER_ADDRESS:
            status = add_span(question->owner_addresses, &subject->owner_addresses_count,
                    OWNER_ADDRESSES_MAX, &field, error);
            break;
        case JD_TAG_SUSPENDED:
            status = add_span(question->suspended, &subject->suspended_count, SUSPENDED_MAX,
                    &field, error);
            break;
        default:
            break;
        }
        if (status != JD_OK) {
            return status;
        }
    }
    subject->owner_addresses = question->owner_addresses;
    subject->suspended = question->suspended;
    return status == JD_NONE ? require_release(server, id, &question->release, error) : status;
}

static enum jd_status read_facts(const struct jd_record_reader *outer,
        const struct jd_record_field *group,
        int64_t *out_index,
        uint32_t *out_facts,
        struct jd_error *error)
{
    struct jd_record_reader reader;
    struct jd_record_field field;
    enum jd_status status = jd_record_enter(outer, group, &reader, error);
    while (status == JD_OK && (status = jd_record_next(&reader, &field, error)) == JD_OK) {
        if (field.tag == JD_TAG_INDEX) {
            *out_index = field.integer;
        } else if (field.tag == JD_TAG_FACT_BITS) {
            *out_facts = (uint32_t)field.integer;
        }
    }
    return status == JD_NONE ? JD_OK : status;
}

static enum jd_status decide_one(struct server *server,
        const struct request *request,
        struct question *question,
        int64_t index,
        uint32_t facts,
        struct jd_error *error)
{
    if (index < 0 || index >= JD_WIRE_BATCH_MAX || !server->batch[index].mail) {
        return jd_error_set(
                error, JD_BAD_INPUT, "message %lld is not in the batch", (long long)index);
    }
    const struct parsed *parsed = &server->batch[index];
    struct jd_subject subject = question->subject;
    subject.mail = parsed->mail;
    subject.received_ms = parsed->received_ms;
    subject.date_ms =
            parsed->mail->date_ms == INT64_MIN ? parsed->received_ms : parsed->mail->date_ms;
    subject.facts = facts;
    struct jd_verdict verdict = { 0 };
    show_progress(server, request, (uint32_t)index);
    jd_arena_reset(server->answer_arena);
    enum jd_status status = jd_release_decide(
            question->release, &subject, server->answer_arena, &verdict, error);
    if (status == JD_OK) {
        jd_encode_verdict(&server->answer, (uint32_t)index, parsed->mail, &verdict);
    }
    return status;
}

static enum jd_status decide_all(struct server *server,
        const struct request *request,
        struct question *question,
        struct jd_error *error)
{
    struct jd_record_reader reader = jd_record_reader(request->frame.body);
    struct jd_record_field field;
    enum jd_status status;
    while ((status = jd_record_next(&reader, &field, error)) == JD_OK) {
        if (field.tag != JD_TAG_FACTS) {
            continue;
        }
        int64_t index = -1;
        uint32_t facts = 0;
        status = read_facts(&reader, &field, &index, &facts, error);
        if (status == JD_OK) {
            status = decide_one(server, request, question, index, facts, error);
        }
        if (status != JD_OK) {
            return status;
        }
    }
    return status == JD_NONE ? JD_OK : status;
}

static enum jd_status
answer_decide(struct server *server, struct request *request, struct jd_error *error)
{
    struct question *question = jd_xalloc(sizeof(*question));
    enum jd_status status = read_question(server, request, question, error);
    if (status == JD_OK) {
        status = decide_all(server, request, question, error);
    }
    free(question);
    return status;
}

/* TEACH, TRAIN */

static enum jd_status teach_one(struct server *server,
        const struct request *request,
        const struct jd_record_reader *reader,
        const struct jd_record_field *group,
        uint32_t index,
        struct jd_error *error)
{
    if (index == JD_WIRE_BATCH_MAX) {
        return jd_error_set(
                error, JD_BAD_INPUT, "a batch holds at most %d mails", JD_WIRE_BATCH_MAX);
    }
    show_progress(server, request, index);
    jd_arena_reset(server->batch_arena);
    return jd_learn_teach(
            &server->learn, reader, group, index, server->batch_arena, &server->answer, error);
}

static enum jd_status
answer_teach(struct server *server, struct request *request, struct jd_error *error)
{
    struct jd_record_reader reader = jd_record_reader(request->frame.body);
    struct jd_record_field field;
    uint32_t count = 0;
    enum jd_status status;
    forget_batch(server); // its memory is needed
    while ((status = jd_record_next(&reader, &field, error)) == JD_OK) {
        if (field.tag == JD_TAG_MAIL) {
            status = teach_one(server, request, &reader, &field, count++, error);
        }
        if (status != JD_OK) {
            return status;
        }
    }
    return status == JD_NONE ? JD_OK : status;
}

static enum jd_status
answer_train(struct server *server, struct request *request, struct jd_error *error)
{
    forget_batch(server); // its memory is needed
    return jd_learn_train(request->frame.body, server->answer_arena, &server->answer, error);
}

/* PROBE, and the loop */

static enum jd_status
answer_probe(struct server *server, struct request *request, struct jd_error *error)
{
    (void)request; // asks for nothing in particular
    (void)error;   // cannot fail: what the attempts give is the answer
    jd_probe_run(&server->answer);
    return JD_OK;
}

/* API */

static void put_api(void *context, const struct jd_api_entry *entry)
{
    jd_encode_api(context, entry);
}

static enum jd_status
answer_api(struct server *server, struct request *request, struct jd_error *error)
{
    (void)request; // asks for all of it
    (void)error;   // cannot fail: constant data
    jd_api_each(put_api, &server->answer);
    return JD_OK;
}

static const struct {
    enum jd_wire_kind ask, answer;
    enum jd_status (*handle)(struct server *, struct request *, struct jd_error *);
} handlers[] = {
    { JD_WIRE_LOAD, JD_WIRE_LOADED, answer_load },
    { JD_WIRE_PARSE, JD_WIRE_PARSED, answer_parse },
    { JD_WIRE_DECIDE, JD_WIRE_DECIDED, answer_decide },
    { JD_WIRE_TEST, JD_WIRE_TESTED, answer_test },
    { JD_WIRE_PROBE, JD_WIRE_PROBED, answer_probe },
    { JD_WIRE_TEACH, JD_WIRE_TAUGHT, answer_teach },
    { JD_WIRE_TRAIN, JD_WIRE_TRAINED, answer_train },
    { JD_WIRE_LINT, JD_WIRE_LINTED, answer_lint },
    { JD_WIRE_API, JD_WIRE_APIS, answer_api },
};

static void answer_failed(struct server *server,
        const struct request *request,
        const struct jd_error *error)
{
    jd_buf_clear(&server->answer);
    size_t frame = jd_record_begin(&server->answer, JD_WIRE_FAILED, request->frame.id);
    jd_record_int(&server->answer, JD_TAG_STATUS, error->status);
    jd_record_bytes(&server->answer, JD_TAG_ERROR_TEXT, jd_span_of(error->text));
    jd_record_end(&server->answer, frame);
}

/** Leaves exactly one frame in `answer`. */
static void handle(struct server *server, struct request *request)
{
    struct jd_error error = { 0 };
    enum jd_status status = jd_error_set(
            &error, JD_BAD_INPUT, "unknown request %u", (unsigned)request->frame.kind);
    jd_buf_clear(&server->answer);
    jd_arena_reset(server->answer_arena);
    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        if (handlers[i].ask == request->frame.kind) {
            size_t frame =
                    jd_record_begin(&server->answer, handlers[i].answer, request->frame.id);
            status = handlers[i].handle(server, request, &error);
            jd_record_end(&server->answer, frame);
        }
    }
    if (status == JD_OK && server->answer.failed) {
        status =
                jd_error_set(&error, JD_BAD_INPUT, "the answer is too large: send fewer mails");
    }
    if (status != JD_OK) {
        answer_failed(server, request, &error);
    }
    hide_progress(server);
}

static void shrink(struct jd_buf *buf, size_t kept_bytes)
{
    if (buf->capacity > kept_bytes) {
        jd_buf_finish(buf);
    }
}

/** Memory of a pause belongs to the system. */
static void rest(struct server *server)
{
    struct pollfd request = { .fd = server->fd, .events = POLLIN };
    if (poll(&request, 1, REST_MS) == 0) {
        shrink(&server->incoming, 0);
        shrink(&server->answer, 0);
        jd_encoder_finish(&server->encoder);
        malloc_trim(0);
    }
}

static enum jd_status serve_one(struct server *server, struct jd_error *error)
{
    struct request request = { 0 };
    enum jd_status status =
            jd_record_receive(server->fd, 0, &server->incoming, &request.frame, error);
    if (status != JD_OK) {
        return status;
    }
    if (request.frame.kind == JD_WIRE_FORGET) {
        forget_batch(server);
        shrink(&server->batch_frame, 0);
        return JD_OK;
    }
    handle(server, &request);
    status = jd_record_send(server->fd, 0, jd_buf_span(&server->answer), error);
    shrink(&server->incoming, BUFFER_KEPT_BYTES);
    shrink(&server->answer, BUFFER_KEPT_BYTES);
    return status;
}

static void server_init(struct server *server, int fd, struct jd_progress *progress)
{
    *server = (struct server){
        .fd = fd,
        .progress = progress,
        .incoming = jd_buf_init(JD_WIRE_FRAME_MAX),
        .batch_frame = jd_buf_init(JD_WIRE_FRAME_MAX),
        .answer = jd_buf_init(JD_WIRE_FRAME_MAX + JD_RECORD_HEADER_BYTES),
        .batch_arena = jd_arena_create(BATCH_ARENA_BYTES),
        .answer_arena = jd_arena_create(ANSWER_ARENA_BYTES),
        .batch = jd_xalloc(JD_WIRE_BATCH_MAX * sizeof(*server->batch)),
    };
    jd_encoder_init(&server->encoder);
}

static void server_finish(struct server *server)
{
    for (uint32_t i = 0; i < JD_WIRE_RELEASES_MAX; i++) {
        jd_release_destroy(&server->releases[i].release);
    }
    jd_encoder_finish(&server->encoder);
    jd_learn_finish(&server->learn);
    free(server->batch);
    jd_arena_destroy(&server->answer_arena);
    jd_arena_destroy(&server->batch_arena);
    jd_buf_finish(&server->answer);
    jd_buf_finish(&server->batch_frame);
    jd_buf_finish(&server->incoming);
}

int jd_compute_serve(int fd, struct jd_progress *progress)
{
    struct server server;
    struct jd_error error = { 0 };
    server_init(&server, fd, progress);
    enum jd_status status;
    do {
        rest(&server);
        status = serve_one(&server, &error);
    } while (status == JD_OK);
    server_finish(&server);
    return status == JD_NONE || status == JD_GONE ? 0 : 1;
}
