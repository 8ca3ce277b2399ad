/* The calls of a borrowed child: a request, its answer, and what to think of it. */
#include "pipeline/pool_child.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/record.h"
#include "base/span.h"

#define REQUEST_BYTES_MAX (16 * 1024 * 1024) // of a request that is built whole: DECIDE
#define LOAD_BYTES_MAX    (40 * 1024 * 1024) // of LOAD: the largest release, with its models
#define ANSWER_BYTES_KEPT (1024 * 1024)      // a larger buffer is not kept between calls
#define MAIL_PREFIX_BYTES 64                 // the fields before the raw bytes of one mail
#define FORGET_MS_MAX     1000

_Static_assert(JD_CHILD_BATCH_MAX <= JD_WIRE_BATCH_MAX, "a child takes each batch");
_Static_assert(JD_CHILD_BATCH_BYTES_MAX + (JD_CHILD_BATCH_MAX + 1) * MAIL_PREFIX_BYTES <=
                       JD_WIRE_FRAME_MAX,
        "each batch fits into a frame");

/* Sending */

static enum jd_status wait_writable(int fd, int64_t deadline_ms, struct jd_error *error)
{
    int64_t left_ms = deadline_ms - jd_clock_monotonic_ms();
    struct pollfd link = { .fd = fd, .events = POLLOUT };
    if (left_ms <= 0) {
        return jd_error_set(error, JD_RETRY_LATER, "it did not read its request in time");
    }
    // An error of poll itself shows at the next attempt to send.
    (void)poll(&link, 1, (int)left_ms);
    return JD_OK;
}

/** Steps over what was sent. */
static void advance(struct iovec **pieces, size_t *count, size_t sent)
{
    while (*count > 0 && sent >= (*pieces)->iov_len) {
        sent -= (*pieces)->iov_len;
        (*pieces)++;
        (*count)--;
    }
    if (*count > 0) {
        (*pieces)->iov_base = (char *)(*pieces)->iov_base + sent;
        (*pieces)->iov_len -= sent;
    }
}

/** Writes the pieces whole; they are used up. */
static enum jd_status send_pieces(int fd,
        struct iovec *pieces,
        size_t count,
        int64_t deadline_ms,
        struct jd_error *error)
{
    while (count > 0) {
        const struct msghdr message = { .msg_iov = pieces, .msg_iovlen = count };
        ssize_t sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) {
            advance(&pieces, &count, (size_t)sent);
        } else if (errno == EAGAIN) {
            enum jd_status status = wait_writable(fd, deadline_ms, error);
            if (status != JD_OK) {
                return status;
            }
        } else if (errno != EINTR) {
            jd_error_errno(error, errno, "it takes no request");
            return JD_GONE;
        }
    }
    return JD_OK;
}

/* Calls */

/** Waits until an answer begins, and watches that no message takes too long. */
static enum jd_status
await_answer(const struct jd_child *child, int64_t deadline_ms, struct jd_error *error)
{
    uint64_t last_word = 0;
    int64_t since_ms = jd_clock_monotonic_ms();
    for (;;) {
        uint64_t word = atomic_load_explicit(&child->link.progress->word, memory_order_relaxed);
        int64_t now_ms = jd_clock_monotonic_ms();
        if (word != last_word) {
            last_word = word;
            since_ms = now_ms;
        }
        bool watched = jd_progress_index(word, child->request, child->batch_count) >= 0;
        int64_t until_ms = since_ms + child->message_ms_max;
        if (watched && now_ms >= until_ms) {
            return jd_error_set(error, JD_RETRY_LATER, "one message took too long");
        }
        if (now_ms >= deadline_ms) {
            return jd_error_set(error, JD_RETRY_LATER, "the batch took too long");
        }
        // Between messages nothing wakes us when the next begins, so look again in time.
        until_ms = watched ? until_ms : now_ms + child->message_ms_max / 2 + 1;
        until_ms = until_ms < deadline_ms ? until_ms : deadline_ms;
        struct pollfd link = { .fd = child->link.fd, .events = POLLIN };
        if (poll(&link, 1, (int)(until_ms - now_ms)) > 0) {
            return JD_OK;
        }
    }
}

/** What the status of sending or receiving says about the child. */
static enum jd_child_end end_of(enum jd_status status)
{
    switch (status) {
    case JD_RETRY_LATER:
        return JD_CHILD_TIMEOUT;
    case JD_BAD_INPUT:
        return JD_CHILD_LIED;
    default:
        return JD_CHILD_ALIVE; // it broke off by itself
    }
}

static void observe(enum jd_wire_kind answer, int64_t started_us)
{
    static const struct {
        enum jd_wire_kind answer;
        const char *label;
    } calls[] = {
        { JD_WIRE_LOADED, "call=\"load\"" },
        { JD_WIRE_PARSED, "call=\"parse\"" },
        { JD_WIRE_DECIDED, "call=\"decide\"" },
        { JD_WIRE_TESTED, "call=\"test\"" },
        { JD_WIRE_PROBED, "call=\"probe\"" },
        { JD_WIRE_TAUGHT, "call=\"teach\"" },
        { JD_WIRE_TRAINED, "call=\"train\"" },
        { JD_WIRE_LINTED, "call=\"lint\"" },
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (calls[i].answer == answer) {
            jd_metric_observe_us("jackdaw_compute_call_seconds", calls[i].label,
                    jd_clock_monotonic_us() - started_us);
        }
    }
}

/** A child can refuse a batch, lack a release, or be wrong; nothing else. */
static enum jd_status refusal(enum jd_status said)
{
    switch (said) {
    case JD_GONE:
        return JD_NONE;
    case JD_BUG:
        return JD_BUG;
    default:
        return JD_BAD_INPUT;
    }
}

/**
 * Sends one request and receives its answer. JD_OK: `out_body` lives in child->answer; the
 * child's own refusal is returned as it is, with JD_NONE for a release that it does not have.
 */
static enum jd_status call(struct jd_child *child,
        struct iovec *pieces,
        size_t count,
        enum jd_wire_kind wanted,
        struct jd_span *out_body,
        struct jd_error *error)
{
    struct jd_record_frame frame;
    struct jd_error problem = { .text = "it broke off" };
    int64_t started_us = jd_clock_monotonic_us();
    int64_t deadline_ms = started_us / 1000 + child->batch_ms_max;
    for (size_t i = 0; i < count; i++) {
        child->work_bytes += pieces[i].iov_len;
    }
    enum jd_status status = send_pieces(child->link.fd, pieces, count, deadline_ms, &problem);
    if (status == JD_OK) {
        status = await_answer(child, deadline_ms, &problem);
    }
    if (status == JD_OK) {
        status = jd_record_receive(
                child->link.fd, deadline_ms, &child->answer, &frame, &problem);
    }
    if (status != JD_OK) {
        return jd_child_bury(child, end_of(status), problem.text, error);
    }
    if (frame.id != child->request || (frame.kind != wanted && frame.kind != JD_WIRE_FAILED)) {
        return jd_child_bury(child, JD_CHILD_LIED, "it answered something else", error);
    }
    child->useful = true;
    observe(wanted, started_us);
    if (frame.kind == JD_WIRE_FAILED) {
        return refusal(jd_failed_decode(frame.body, error));
    }
    *out_body = frame.body;
    return JD_OK;
}

static enum jd_status call_with(struct jd_child *child,
        const struct jd_buf *request,
        enum jd_wire_kind wanted,
        struct jd_span *out_body,
        struct jd_error *error)
{
    struct iovec piece = { request->data, request->len };
    if (request->failed) {
        return jd_error_set(error, JD_BAD_INPUT,
                "a request to a compute child passes %zu bytes", request->max_bytes);
    }
    return call(child, &piece, 1, wanted, out_body, error);
}

static enum jd_status check_alive(const struct jd_child *child, struct jd_error *error)
{
    if (child->death.end != JD_CHILD_ALIVE) {
        return jd_error_set(error, JD_GONE, "a compute child is no more: return it");
    }
    return JD_OK;
}

/** An answer that does not decode ends the child, unless only the caller's arena was too small.
 */
static enum jd_status settle(struct jd_child *child,
        enum jd_status decoded,
        const struct jd_error *problem,
        struct jd_error *error)
{
    if (child->answer.capacity > ANSWER_BYTES_KEPT) {
        jd_buf_finish(&child->answer);
    }
    if (decoded == JD_BAD_INPUT) {
        return jd_child_bury(child, JD_CHILD_LIED, problem->text, error);
    }
    return decoded == JD_OK ? JD_OK : jd_error_set(error, JD_BAD_INPUT, "%s", problem->text);
}

/* Releases, as the child counts them (wire/analysis.h) */

static void note_release(struct jd_child *child, int64_t release)
{
    if (!jd_child_has_release(child, release)) {
        child->releases[child->next_release] = release;
        child->next_release = (child->next_release + 1) % JD_WIRE_RELEASES_MAX;
    }
}

static void forget_release(struct jd_child *child, int64_t release)
{
    for (uint32_t i = 0; i < JD_WIRE_RELEASES_MAX; i++) {
        if (child->releases[i] == release) {
            child->releases[i] = 0;
        }
    }
}

bool jd_child_has_release(const struct jd_child *child, int64_t release)
{
    for (uint32_t i = 0; i < JD_WIRE_RELEASES_MAX; i++) {
        if (child->releases[i] == release && release != 0) {
            return true;
        }
    }
    return false;
}

/** JD_NONE, when the child does not have it after all. */
static enum jd_status
check_release(struct jd_child *child, int64_t release, enum jd_status status)
{
    if (status == JD_NONE) {
        forget_release(child, release);
    }
    return status;
}

static void build_load(struct jd_buf *request,
        uint64_t id,
        int64_t release,
        const struct jd_child_file *files,
        uint32_t files_count)
{
    size_t frame = jd_record_begin(request, JD_WIRE_LOAD, id);
    jd_record_int(request, JD_TAG_RELEASE, release);
    for (uint32_t i = 0; i < files_count; i++) {
        size_t group = jd_record_group(request, JD_TAG_FILE);
        jd_record_bytes(request, JD_TAG_PATH, files[i].path);
        jd_record_bytes(request, JD_TAG_CONTENT, files[i].content);
        jd_record_group_end(request, group);
    }
    jd_record_end(request, frame);
}

enum jd_status jd_child_load(struct jd_child *child,
        int64_t release,
        const struct jd_child_file *files,
        uint32_t files_count,
        struct jd_arena *arena,
        struct jd_loaded_release *out_release,
        struct jd_error *error)
{
    struct jd_buf request = jd_buf_init(LOAD_BYTES_MAX);
    struct jd_error problem;
    struct jd_span body = { 0 };
    struct jd_loaded_release loaded;
    enum jd_status status = check_alive(child, error);
    if (status != JD_OK) {
        return status;
    }
    build_load(&request, ++child->request, release, files, files_count);
    status = call_with(child, &request, JD_WIRE_LOADED, &body, error);
    jd_buf_finish(&request);
    if (status != JD_OK) {
        return status;
    }
    note_release(child, release);
    status = jd_loaded_decode(body, arena, &loaded, &problem);
    status = settle(child, status, &problem, error);
    if (status == JD_OK && out_release) {
        *out_release = loaded;
    }
    return status;
}

/* Parse: the raw mails go out from where they lie, between short prefixes. */

/** Writes the payload length of a field or frame whose payload ends outside the buffer. */
static void set_length(char *place, size_t length)
{
    for (int i = 0; i < 4; i++) {
        place[i] = (char)(length >> (8 * i));
    }
}

/** Appends what stands before the raw bytes of one mail: always as many bytes. */
static void add_prefix(struct jd_buf *prefixes,
        uint32_t index,
        const struct jd_child_mail *mail,
        enum jd_wire_tag tag)
{
    const size_t length_offset = 4; // within a field's header (base/record.h)
    size_t group = jd_record_group(prefixes, JD_TAG_MAIL);
    size_t fields = prefixes->len;
    jd_record_int(prefixes, JD_TAG_INDEX, index);
    jd_record_int(prefixes, JD_TAG_RECEIVED_MS, mail->received_ms);
    size_t raw = prefixes->len;
    jd_record_bytes(prefixes, tag, jd_span_new(NULL, 0));
    set_length(prefixes->data + raw + length_offset, mail->raw.len);
    set_length(prefixes->data + group + length_offset, prefixes->len - fields + mail->raw.len);
}

static enum jd_status
check_batch(const struct jd_child_mail *mails, uint32_t count, struct jd_error *error)
{
    size_t bytes = 0;
    if (count < 1 || count > JD_CHILD_BATCH_MAX) {
        return jd_error_set(error, JD_BAD_INPUT, "a batch holds 1 to %d mails, not %u",
                JD_CHILD_BATCH_MAX, count);
    }
    for (uint32_t i = 0; i < count && bytes <= JD_CHILD_BATCH_BYTES_MAX; i++) {
        bytes += mails[i].raw.len;
    }
    if (bytes > JD_CHILD_BATCH_BYTES_MAX) {
        return jd_error_set(error, JD_BAD_INPUT, "a batch of mails passes %d bytes",
                JD_CHILD_BATCH_BYTES_MAX);
    }
    return JD_OK;
}

/** What is asked of raw mails or texts. */
struct mails_call {
    enum jd_wire_kind ask, answer;
    enum jd_wire_tag tag; // of the bytes
    bool without_html;
};

static enum jd_status call_with_mails(struct jd_child *child,
        struct mails_call asked,
        const struct jd_child_mail *mails,
        uint32_t count,
        struct jd_span *out_body,
        struct jd_error *error)
{
    struct jd_buf prefixes = jd_buf_init(
            JD_RECORD_HEADER_BYTES + (size_t)(JD_CHILD_BATCH_MAX + 1) * MAIL_PREFIX_BYTES);
    struct iovec pieces[2 * JD_CHILD_BATCH_MAX];
    size_t body_bytes = 0, begin = 0;
    // The whole room at once: the pieces point into it.
    jd_buf_reserve(&prefixes, prefixes.max_bytes);
    jd_record_begin(&prefixes, asked.ask, child->request);
    if (asked.without_html) {
        jd_record_int(&prefixes, JD_TAG_WANT_HTML, 0);
    }
    for (uint32_t i = 0; i < count; i++) {
        add_prefix(&prefixes, i, &mails[i], asked.tag);
        pieces[2 * i] = (struct iovec){ prefixes.data + begin, prefixes.len - begin };
        pieces[2 * i + 1] = (struct iovec){ (void *)mails[i].raw.data, mails[i].raw.len };
        body_bytes += mails[i].raw.len;
        begin = prefixes.len;
    }
    body_bytes += prefixes.len - JD_RECORD_HEADER_BYTES;
    set_length(prefixes.data, body_bytes);
    enum jd_status status =
            call(child, pieces, (size_t)2 * count, asked.answer, out_body, error);
    jd_buf_finish(&prefixes);
    return status;
}

static enum jd_status parse(struct jd_child *child,
        const struct jd_child_mail *mails,
        uint32_t count,
        bool text_only,
        struct jd_arena *arena,
        struct jd_analysed_message **out_messages,
        struct jd_error *error)
{
    struct jd_error problem;
    struct jd_span body = { 0 };
    enum jd_status status = check_alive(child, error);
    if (status == JD_OK) {
        status = check_batch(mails, count, error);
    }
    if (status != JD_OK) {
        return status;
    }
    child->request++;
    child->batch = mails;
    child->batch_count = count;
    const struct mails_call asked = { JD_WIRE_PARSE, JD_WIRE_PARSED, JD_TAG_RAW, text_only };
    status = call_with_mails(child, asked, mails, count, &body, error);
    if (status == JD_OK) {
        enum jd_status decoded = jd_parsed_decode(body, count, arena, out_messages, &problem);
        status = settle(child, decoded, &problem, error);
    } else if (status != JD_GONE) {
        child->batch_count = 0; // refused: the child has kept nothing
    }
    child->batch = NULL;
    return status;
}

enum jd_status jd_child_parse(struct jd_child *child,
        const struct jd_child_mail *mails,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_analysed_message **out_messages,
        struct jd_error *error)
{
    return parse(child, mails, count, false, arena, out_messages, error);
}

enum jd_status jd_child_parse_text(struct jd_child *child,
        const struct jd_child_mail *mails,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_analysed_message **out_messages,
        struct jd_error *error)
{
    return parse(child, mails, count, true, arena, out_messages, error);
}

bool jd_child_forget(struct jd_child *child)
{
    if (child->batch_count == 0) {
        return true;
    }
    struct jd_buf request = jd_buf_init(JD_RECORD_HEADER_BYTES);
    jd_record_end(&request, jd_record_begin(&request, JD_WIRE_FORGET, ++child->request));
    enum jd_status status = jd_record_send(child->link.fd,
            jd_clock_monotonic_ms() + FORGET_MS_MAX, jd_buf_span(&request), NULL);
    jd_buf_finish(&request);
    child->batch_count = 0;
    return status == JD_OK;
}

/* Decide, test, probe */

static void
build_question(struct jd_buf *request, uint64_t id, const struct jd_child_question *question)
{
    size_t frame = jd_record_begin(request, JD_WIRE_DECIDE, id);
    jd_record_int(request, JD_TAG_RELEASE, question->release);
    jd_record_int(request, JD_TAG_WANT_IS_TASK, question->want_is_task);
    if (question->want) {
        jd_record_int(request, JD_TAG_WANT, question->want);
    }
    for (uint32_t i = 0; i < question->owner_addresses_count; i++) {
        jd_record_bytes(request, JD_TAG_OWNER_ADDRESS, question->owner_addresses[i]);
    }
    if (question->zone_file.len > 0) {
        jd_record_bytes(request, JD_TAG_ZONE_FILE, question->zone_file);
    }
    for (uint32_t i = 0; i < question->suspended_count; i++) {
        jd_record_bytes(request, JD_TAG_SUSPENDED, question->suspended[i]);
    }
    for (uint32_t i = 0; i < question->messages_count; i++) {
        size_t group = jd_record_group(request, JD_TAG_FACTS);
        jd_record_int(request, JD_TAG_INDEX, question->messages[i].index);
        jd_record_int(request, JD_TAG_FACT_BITS, question->messages[i].facts);
        jd_record_group_end(request, group);
    }
    jd_record_end(request, frame);
}

static enum jd_status check_question(const struct jd_child *child,
        const struct jd_child_question *question,
        struct jd_error *error)
{
    for (uint32_t i = 0; i < question->messages_count; i++) {
        if (question->messages[i].index >= child->batch_count) {
            return jd_error_set(error, JD_BAD_INPUT, "message %u is not in the batch of %u",
                    question->messages[i].index, child->batch_count);
        }
    }
    return check_alive(child, error);
}

enum jd_status jd_child_decide(struct jd_child *child,
        const struct jd_child_question *question,
        struct jd_arena *arena,
        struct jd_decided_message **out_messages,
        struct jd_error *error)
{
    struct jd_error problem;
    struct jd_span body = { 0 };
    enum jd_status status = check_question(child, question, error);
    if (status != JD_OK) {
        return status;
    }
    uint32_t *indices = jd_arena_zalloc(arena, question->messages_count, sizeof(*indices));
    if (!indices) {
        return jd_error_set(error, JD_BAD_INPUT, "the question passes the arena's cap");
    }
    for (uint32_t i = 0; i < question->messages_count; i++) {
        indices[i] = question->messages[i].index;
    }
    struct jd_buf request = jd_buf_init(REQUEST_BYTES_MAX);
    build_question(&request, ++child->request, question);
    status = call_with(child, &request, JD_WIRE_DECIDED, &body, error);
    jd_buf_finish(&request);
    if (status != JD_OK) {
        return check_release(child, question->release, status);
    }
    status = jd_decided_decode(
            body, indices, question->messages_count, arena, out_messages, &problem);
    return settle(child, status, &problem, error);
}

enum jd_status jd_child_test(struct jd_child *child,
        int64_t release,
        struct jd_arena *arena,
        struct jd_tested_case **out_cases,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct jd_error problem;
    struct jd_span body = { 0 };
    enum jd_status status = check_alive(child, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_buf request = jd_buf_init(REQUEST_BYTES_MAX);
    size_t frame = jd_record_begin(&request, JD_WIRE_TEST, ++child->request);
    jd_record_int(&request, JD_TAG_RELEASE, release);
    jd_record_end(&request, frame);
    status = call_with(child, &request, JD_WIRE_TESTED, &body, error);
    jd_buf_finish(&request);
    if (status != JD_OK) {
        return check_release(child, release, status);
    }
    status = jd_tested_decode(body, arena, out_cases, out_count, &problem);
    return settle(child, status, &problem, error);
}

enum jd_status jd_child_lint(struct jd_child *child,
        int64_t release,
        struct jd_arena *arena,
        struct jd_linted_finding **out_findings,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct jd_error problem;
    struct jd_span body = { 0 };
    enum jd_status status = check_alive(child, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_buf request = jd_buf_init(REQUEST_BYTES_MAX);
    size_t frame = jd_record_begin(&request, JD_WIRE_LINT, ++child->request);
    jd_record_int(&request, JD_TAG_RELEASE, release);
    jd_record_end(&request, frame);
    status = call_with(child, &request, JD_WIRE_LINTED, &body, error);
    jd_buf_finish(&request);
    if (status != JD_OK) {
        return check_release(child, release, status);
    }
    status = jd_linted_decode(body, arena, out_findings, out_count, &problem);
    return settle(child, status, &problem, error);
}

enum jd_status jd_child_api(struct jd_child *child,
        struct jd_arena *arena,
        struct jd_api_name **out_names,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct jd_error problem;
    struct jd_span body = { 0 };
    enum jd_status status = check_alive(child, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_buf request = jd_buf_init(JD_RECORD_HEADER_BYTES);
    jd_record_end(&request, jd_record_begin(&request, JD_WIRE_API, ++child->request));
    status = call_with(child, &request, JD_WIRE_APIS, &body, error);
    jd_buf_finish(&request);
    if (status != JD_OK) {
        return status;
    }
    status = jd_api_decode(body, arena, out_names, out_count, &problem);
    return settle(child, status, &problem, error);
}

enum jd_status jd_child_probe(struct jd_child *child,
        struct jd_arena *arena,
        struct jd_probed_attempt **out_attempts,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct jd_error problem;
    struct jd_span body = { 0 };
    enum jd_status status = check_alive(child, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_buf request = jd_buf_init(JD_RECORD_HEADER_BYTES);
    jd_record_end(&request, jd_record_begin(&request, JD_WIRE_PROBE, ++child->request));
    status = call_with(child, &request, JD_WIRE_PROBED, &body, error);
    jd_buf_finish(&request);
    if (status != JD_OK) {
        return status;
    }
    status = jd_probed_decode(body, arena, out_attempts, out_count, &problem);
    return settle(child, status, &problem, error);
}

/* Teach, train */

enum jd_status jd_child_teach(struct jd_child *child,
        const struct jd_child_mail *mails,
        uint32_t count,
        bool are_texts,
        struct jd_arena *arena,
        struct jd_taught_lesson **out_lessons,
        struct jd_error *error)
{
    const struct mails_call asked = { JD_WIRE_TEACH, JD_WIRE_TAUGHT,
        are_texts ? JD_TAG_TEXT : JD_TAG_RAW, true };
    struct jd_error problem;
    struct jd_span body = { 0 };
    enum jd_status status = check_alive(child, error);
    if (status == JD_OK) {
        status = check_batch(mails, count, error);
    }
    if (status != JD_OK) {
        return status;
    }
    child->request++;
    child->batch = mails;
    child->batch_count = count;
    status = call_with_mails(child, asked, mails, count, &body, error);
    if (status == JD_OK) {
        enum jd_status decoded = jd_taught_decode(body, count, arena, out_lessons, &problem);
        status = settle(child, decoded, &problem, error);
    }
    if (status != JD_GONE) {
        child->batch_count = 0; // the child has kept nothing
    }
    child->batch = NULL;
    return status;
}

static void build_train(struct jd_buf *request,
        uint64_t id,
        const struct jd_child_lesson *lessons,
        uint32_t count)
{
    size_t frame = jd_record_begin(request, JD_WIRE_TRAIN, id);
    for (uint32_t i = 0; i < count && !request->failed; i++) {
        size_t group = jd_record_group(request, JD_TAG_LESSON);
        jd_record_bytes(request, JD_TAG_FEATURES, lessons[i].features);
        jd_record_bytes(request, JD_TAG_LABEL, lessons[i].label);
        jd_record_group_end(request, group);
    }
    jd_record_end(request, frame);
}

enum jd_status jd_child_train(struct jd_child *child,
        const struct jd_child_lesson *lessons,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_trained_model *out_model,
        struct jd_error *error)
{
    struct jd_error problem;
    struct jd_span body = { 0 };
    enum jd_status status = check_alive(child, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_buf request = jd_buf_init(JD_WIRE_FRAME_MAX);
    build_train(&request, ++child->request, lessons, count);
    child->batch_count = 0; // the child forgets it
    if (request.failed) {
        status = jd_error_set(error, JD_BAD_INPUT,
                "%u lessons pass the %d MiB that can be learned from at once: take fewer",
                count, JD_WIRE_FRAME_MAX >> 20);
    } else {
        status = call_with(child, &request, JD_WIRE_TRAINED, &body, error);
    }
    jd_buf_finish(&request);
    if (status != JD_OK) {
        return status;
    }
    status = jd_trained_decode(body, arena, out_model, &problem);
    return settle(child, status, &problem, error);
}
