#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/span.h"

#define LINE_MAX_BYTES  ((size_t)16 * 1024)
#define VALUE_MAX_BYTES 1024 // of one field; the rest is cut
#define NAME_MAX_BYTES  64
// Where a line's time ends: behind {"@timestamp":" and the time; a plain line has less in
// front.
#define TIME_BYTES      (sizeof("{\"@timestamp\":\"") - 1 + JD_CLOCK_TEXT_BYTES)
#define SAME_MS         60000 // an error is not told again word for word before this
#define SAME_MAX        32    // errors remembered; the oldest makes room

static char process_name[32] = "jackdaw";
static _Atomic int least_level = JD_LOG_INFO;
static bool plain; // stderr is a terminal: for eyes, not for a collector

/* What was told of late, for the whole process: whatever is tried again and again (a disk that
 * is full, a folder that is away) must not fill the log as well. */
struct told {
    uint64_t line; // hash of all but its time; 0: free
    int64_t at_ms; // wall clock
    unsigned left_out;
};
static pthread_mutex_t told_lock = PTHREAD_MUTEX_INITIALIZER;
static struct told told[SAME_MAX]; // guarded by told_lock

void jd_log_init(const char *process, enum jd_log_level level)
{
    snprintf(process_name, sizeof(process_name), "%s", process);
    plain = isatty(STDERR_FILENO);
    atomic_store(&least_level, (int)level);
}

static const char *level_name(enum jd_log_level level)
{
    switch (level) {
    case JD_LOG_DEBUG:
        return "debug";
    case JD_LOG_INFO:
        return "info";
    case JD_LOG_WARNING:
        return "warning";
    case JD_LOG_ERROR:
        return "error";
    }
    return "unknown";
}

struct line {
    struct jd_buf buf;
    struct jd_json_writer json;
};

static void begin_line(struct line *line, enum jd_log_level level, const char *event)
{
    char time[JD_CLOCK_TEXT_BYTES];
    jd_clock_format(jd_clock_now_ms(), time);
    line->buf = jd_buf_init(LINE_MAX_BYTES);
    if (plain) {
        jd_buf_format(
                &line->buf, "%s %-7s %s: %s", time, level_name(level), process_name, event);
        return;
    }
    line->json = jd_json_writer(&line->buf);
    jd_json_open_object(&line->json, NULL);
    jd_json_add_text(&line->json, "@timestamp", jd_span_of(time));
    jd_json_add_text(&line->json, "log.level", jd_span_of(level_name(level)));
    jd_json_add_text(&line->json, "message", jd_span_of(event));
    jd_json_add_text(&line->json, "ecs.version", JD_SPAN("8.11.0"));
    jd_json_add_text(&line->json, "service.name", JD_SPAN("jackdaw"));
    jd_json_add_text(&line->json, "process.name", jd_span_of(process_name));
    jd_json_add_int(&line->json, "process.pid", getpid());
}

/** What a stranger's text could tell a terminal to do, it does not. */
static void disarm(struct jd_buf *buf)
{
    for (size_t i = 0; i < buf->len; i++) {
        uint8_t c = (uint8_t)buf->data[i];
        if (c < 0x20 || c == 0x7F) {
            buf->data[i] = '?';
        }
    }
}

/** One write(2), so that lines of several processes never mix. */
static void end_line(struct line *line)
{
    if (plain) {
        disarm(&line->buf);
    } else {
        jd_json_close_object(&line->json);
    }
    jd_buf_char(&line->buf, '\n');
    struct jd_span text = line->buf.failed ? JD_SPAN("{\"message\":\"log line too long\"}\n")
                                           : jd_buf_span(&line->buf);
    // A log that cannot be written has nowhere to complain.
    ssize_t written = write(STDERR_FILENO, text.data, text.len);
    (void)written;
    jd_buf_finish(&line->buf);
}

/** A name without a dot is ours: ECS keeps undotted names for itself ("user" is an object). */
static void add_field(struct line *line, const char *name, const char *value, bool number)
{
    if (plain) {
        jd_buf_format(&line->buf, " %s=%s", name, value);
        return;
    }
    char full[NAME_MAX_BYTES];
    snprintf(full, sizeof(full), "%s%s", strchr(name, '.') ? "" : "jackdaw.", name);
    if (number) {
        jd_json_add_raw(&line->json, full, jd_span_of(value));
    } else {
        jd_json_add_text(&line->json, full, jd_span_of(value));
    }
}

/** The one conversion of a field's format: "zu" of "%zu bytes". */
static struct jd_span find_conversion(const char *format)
{
    const char *begin = strchr(format, '%');
    while (begin && begin[1] == '%') {
        begin = strchr(begin + 2, '%');
    }
    size_t len = begin ? strcspn(begin, "sduxcf") : 0;
    return begin && begin[len] ? jd_span_new(begin + 1, len) : jd_span_new(NULL, 0);
}

/** Steps over the argument that vsnprintf has read from a copy of the list. */
static void skip_argument(va_list *args, struct jd_span conversion)
{
    if (conversion.len == 0) {
        return;
    }
    // The branches look alike; each reads its own type.
    // NOLINTBEGIN(bugprone-branch-clone)
    char last = conversion.data[conversion.len - 1];
    if (last == 's') {
        (void)va_arg(*args, const char *);
    } else if (last == 'f') {
        (void)va_arg(*args, double);
    } else if (memchr(conversion.data, 'l', conversion.len)) {
        (void)va_arg(*args, long long);
    } else if (memchr(conversion.data, 'z', conversion.len)) {
        (void)va_arg(*args, size_t);
    } else {
        (void)va_arg(*args, int);
    }
    // NOLINTEND(bugprone-branch-clone)
}

/** "%d" and its like stay numbers; with words around them, or as "nan", they are text. */
static bool is_number(const char *format, struct jd_span conversion, const char *value)
{
    return conversion.len && conversion.data == format + 1 &&
           conversion.len + 1 == strlen(format) &&
           strchr("duf", conversion.data[conversion.len - 1]) &&
           value[strspn(value, "-0123456789.")] == '\0';
}

static void add_fields(struct line *line, va_list *args)
{
    const char *name;
    while ((name = va_arg(*args, const char *)) != NULL) {
        const char *format = va_arg(*args, const char *);
        struct jd_span conversion = find_conversion(format);
        char value[VALUE_MAX_BYTES];
        va_list copy;
        va_copy(copy, *args);
        vsnprintf(value, sizeof(value), format, copy);
        va_end(copy);
        skip_argument(args, conversion);
        add_field(line, name, value, is_number(format, conversion, value));
    }
}

static bool is_wanted(enum jd_log_level level)
{
    return (int)level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

void jd_log(enum jd_log_level level, const char *event, ...)
{
    if (!is_wanted(level)) {
        return;
    }
    struct line line;
    begin_line(&line, level, event);
    va_list args;
    va_start(args, event);
    add_fields(&line, &args);
    va_end(args);
    end_line(&line);
}

static uint64_t hash_of(struct jd_span text)
{
    uint64_t hash = UINT64_C(14695981039346656037); // FNV-1a
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (uint8_t)text.data[i]) * UINT64_C(1099511628211);
    }
    return hash | 1;
}

/** The place of the line, or of the one told longest ago. Under the lock. */
static struct told *find_told(uint64_t line)
{
    struct told *oldest = &told[0];
    for (size_t i = 0; i < SAME_MAX; i++) {
        if (told[i].line == line) {
            return &told[i];
        }
        oldest = told[i].at_ms < oldest->at_ms ? &told[i] : oldest;
    }
    *oldest = (struct told){ .line = line, .at_ms = INT64_MIN };
    return oldest;
}

/** Whether a line, given without its time, is due; out_left_out: how often it was not, since.
 */
static bool is_due(struct jd_span text, unsigned *out_left_out)
{
    int64_t now_ms = jd_clock_now_ms();
    pthread_mutex_lock(&told_lock);
    struct told *same = find_told(hash_of(text));
    // A clock that was set back is no reason to be silent.
    bool due = same->at_ms > now_ms || same->at_ms <= now_ms - SAME_MS;
    if (due) {
        *out_left_out = same->left_out;
        same->at_ms = now_ms;
    }
    same->left_out = due ? 0 : same->left_out + 1;
    pthread_mutex_unlock(&told_lock);
    return due;
}

void jd_log_error(enum jd_log_level level, const char *event, const struct jd_error *error, ...)
{
    if (!is_wanted(level)) {
        return;
    }
    struct line line;
    unsigned left_out = 0;
    begin_line(&line, level, event);
    add_field(&line, "error.code", jd_status_name(error->status), false);
    add_field(&line, "error.message", error->text, false);
    va_list args;
    va_start(args, error);
    add_fields(&line, &args);
    va_end(args);
    struct jd_span text = jd_buf_span(&line.buf);
    if (!is_due(jd_span_sub(text, TIME_BYTES, text.len), &left_out)) {
        jd_buf_finish(&line.buf);
        return;
    }
    if (left_out) {
        char count[16];
        snprintf(count, sizeof(count), "%u", left_out);
        add_field(&line, "left_out", count, true);
    }
    end_line(&line);
}
