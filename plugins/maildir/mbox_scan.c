#include "mbox_scan.h"

#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "date.h"

enum {
    WINDOW_BYTES = 256 * 1024,
    HEAD_BYTES = 16 * 1024,
    BEFORE_BYTES = 3, // enough to see an empty line before
};

static const char FROM[] = "From ";
enum {
    FROM_BYTES = sizeof(FROM) - 1
};

// Makes [at, at + len) visible as far as the file goes.
static struct jd_span look(struct jd_mbox_scan *scan, int64_t at, size_t len)
{
    if (at + (int64_t)len > scan->size) {
        len = at < scan->size ? (size_t)(scan->size - at) : 0;
    }
    bool inside = at >= scan->window_at &&
                  at + (int64_t)len <= scan->window_at + (int64_t)scan->window_len;
    if (!inside) {
        ssize_t got = pread(scan->fd, scan->window, WINDOW_BYTES, at);
        scan->window_at = at;
        scan->window_len = got > 0 ? (size_t)got : 0;
        len = len < scan->window_len ? len : scan->window_len;
    }
    return (struct jd_span){ scan->window + (at - scan->window_at), len };
}

// What is visible from `at` on, read anew only if that is less than a candidate needs.
static struct jd_span look_on(struct jd_mbox_scan *scan, int64_t at)
{
    int64_t end = scan->window_at + (int64_t)scan->window_len;
    end = end < scan->size ? end : scan->size;
    if (at < scan->window_at || at + FROM_BYTES >= end) {
        return look(scan, at, WINDOW_BYTES);
    }
    return (struct jd_span){ scan->window + (at - scan->window_at), (size_t)(end - at) };
}

static struct jd_span take_line(struct jd_span *text)
{
    const char *end = text->len ? memchr(text->data, '\n', text->len) : NULL;
    size_t len = end ? (size_t)(end - text->data) + 1 : text->len;
    struct jd_span line = { text->data, len };
    text->data += len;
    text->len -= len;
    return line;
}

static bool is_empty(struct jd_span line)
{
    return (line.len == 1 && line.data[0] == '\n') ||
           (line.len == 2 && line.data[0] == '\r' && line.data[1] == '\n');
}

static bool begins(struct jd_span line, const char *text)
{
    size_t len = strlen(text);
    return line.len >= len && memcmp(line.data, text, len) == 0;
}

// RFC 5322 field: printable characters, no space, then a colon.
static bool is_field(struct jd_span line)
{
    size_t at = 0;
    while (at < line.len && line.data[at] > ' ' && line.data[at] < 0x7f &&
            line.data[at] != ':') {
        at++;
    }
    return at > 0 && at < line.len && line.data[at] == ':';
}

// What follows the sender, which may hold spaces of its own, quoted or not.
static int64_t read_from_line(struct jd_span line)
{
    static const char weekdays[] = "Mon Tue Wed Thu Fri Sat Sun ";
    for (size_t at = FROM_BYTES; at + 4 < line.len; at++) {
        if (line.data[at - 1] != ' ') {
            continue;
        }
        for (size_t day = 0; day < sizeof(weekdays) - 1; day += 4) {
            if (memcmp(line.data + at, weekdays + day, 3) == 0 &&
                    (line.data[at + 3] == ' ' || line.data[at + 3] == ',')) {
                return jd_date_parse((struct jd_span){ line.data + at, line.len - at });
            }
        }
    }
    return 0;
}

static bool is_named(struct jd_span line, const char *name)
{
    size_t len = strlen(name);
    return line.len > len && line.data[len] == ':' && strncasecmp(line.data, name, len) == 0;
}

// What mail programs rewrite in place is no part of what a message is known by.
static bool is_changeable(struct jd_span line)
{
    static const char *const names[] = { "Status", "X-Status", "X-Keywords", "X-UID",
        "X-IMAPbase", "Content-Length", "Lines", "X-Mozilla-Status", "X-Mozilla-Status2",
        "X-Mozilla-Keys" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (is_named(line, names[i])) {
            return true;
        }
    }
    return false;
}

static unsigned letters_to_flags(struct jd_span line)
{
    static const struct {
        char letter;
        unsigned flag;
    } letters[] = {
        { 'R', JD_FLAG_SEEN },
        { 'A', JD_FLAG_ANSWERED },
        { 'F', JD_FLAG_FLAGGED },
        { 'D', JD_FLAG_DELETED },
        { 'T', JD_FLAG_DRAFT },
    };
    unsigned flags = 0;
    const char *colon = memchr(line.data, ':', line.len);
    for (const char *at = colon + 1; at < line.data + line.len; at++) {
        for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
            flags |= *at == letters[i].letter ? letters[i].flag : 0;
        }
    }
    return flags;
}

// The number after a field's colon; the line need not end in NUL.
static unsigned long read_number(struct jd_span line, int base)
{
    char text[24] = "";
    const char *colon = memchr(line.data, ':', line.len);
    size_t len = (size_t)(line.data + line.len - colon) - 1;
    memcpy(text, colon + 1, len < sizeof(text) - 1 ? len : sizeof(text) - 1);
    return strtoul(text, NULL, base);
}

static unsigned mozilla_to_flags(unsigned long status)
{
    static const struct {
        unsigned bit, flag;
    } bits[] = {
        { 0x0001, JD_FLAG_SEEN },
        { 0x0002, JD_FLAG_ANSWERED },
        { 0x0004, JD_FLAG_FLAGGED },
        { 0x0008, JD_FLAG_DELETED },
        { 0x1000, JD_FLAG_FORWARDED },
    };
    unsigned flags = 0;
    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
        flags |= status & bits[i].bit ? bits[i].flag : 0;
    }
    return flags;
}

static uint64_t hash_more(uint64_t hash, struct jd_span text) // FNV-1a
{
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char)text.data[i]) * 0x100000001b3ULL;
    }
    return hash;
}

static void take_field(struct jd_mbox_head *head, struct jd_span line)
{
    if (is_named(line, "Status") || is_named(line, "X-Status")) {
        head->flags |= letters_to_flags(line);
    } else if (is_named(line, "X-Mozilla-Status")) {
        head->flags |= mozilla_to_flags(read_number(line, 16));
    } else if (is_named(line, "Content-Length")) {
        head->content_length = (int64_t)(read_number(line, 10) & INT32_MAX);
    } else if (is_named(line, "X-IMAP")) {
        head->internal = true;
    }
    if (!is_changeable(line)) {
        head->hash = hash_more(head->hash, line);
    }
}

static bool parse_head(struct jd_span text, bool after_empty, struct jd_mbox_head *out_head)
{
    if (!begins(text, FROM)) {
        return false;
    }
    const char *start = text.data;
    struct jd_span from_line = take_line(&text);
    struct jd_mbox_head head = {
        .line_len = from_line.len,
        .received_ms = read_from_line(from_line),
        .content_length = -1,
        .hash = hash_more(0xcbf29ce484222325ULL, from_line),
    };
    bool before_header = is_field(text) || begins(text, ">From ");
    bool dated = head.received_ms != 0;
    if (!(dated ? after_empty || before_header : after_empty && before_header)) {
        return false;
    }
    while (text.len > 0) {
        if (begins(text, FROM)) {
            break; // the next message; this one has no body
        }
        struct jd_span line = take_line(&text);
        if (is_empty(line)) {
            head.header_len = (size_t)(text.data - start) - head.line_len;
            break;
        }
        take_field(&head, line);
    }
    *out_head = head;
    return true;
}

static bool follows_empty_line(struct jd_mbox_scan *scan, int64_t at)
{
    if (at == 0) {
        return true;
    }
    int64_t from = at > BEFORE_BYTES ? at - BEFORE_BYTES : 0;
    struct jd_span before = look(scan, from, (size_t)(at - from));
    const char *end = before.data + before.len;
    return (before.len >= 2 && end[-1] == '\n' && end[-2] == '\n') ||
           (before.len >= 3 && end[-1] == '\n' && end[-2] == '\r' && end[-3] == '\n') ||
           (before.len == 1 && end[-1] == '\n') ||
           (before.len == 2 && end[-1] == '\n' && end[-2] == '\r');
}

// Where a believable Content-Length leads; -1: nowhere.
static int64_t
follow_length(struct jd_mbox_scan *scan, int64_t at, const struct jd_mbox_head *head)
{
    if (head->content_length < 0 || head->header_len == 0) {
        return -1;
    }
    int64_t end = at + (int64_t)(head->line_len + head->header_len) + head->content_length;
    for (int lines = 0; lines < 3 && end < scan->size; lines++) {
        struct jd_mbox_head found;
        struct jd_span rest = look(scan, end, HEAD_BYTES);
        if (parse_head(rest, true, &found)) {
            return end;
        }
        struct jd_span line = take_line(&rest);
        if (!is_empty(line)) {
            return -1;
        }
        end += (int64_t)line.len;
    }
    return end == scan->size ? end : -1;
}

bool jd_mbox_scan_init(struct jd_mbox_scan *scan, int fd, int64_t size)
{
    *scan = (struct jd_mbox_scan){ .fd = fd, .size = size, .window = malloc(WINDOW_BYTES) };
    return scan->window != NULL;
}

void jd_mbox_scan_finish(struct jd_mbox_scan *scan)
{
    free(scan->window);
    scan->window = NULL;
}

int64_t jd_mbox_scan_first(struct jd_mbox_scan *scan)
{
    int64_t at = 0;
    for (;;) {
        struct jd_span text = look(scan, at, 2);
        struct jd_span line = take_line(&text);
        if (!is_empty(line)) {
            return at;
        }
        at += (int64_t)line.len;
    }
}

bool jd_mbox_scan_head(struct jd_mbox_scan *scan, int64_t at, struct jd_mbox_head *out_head)
{
    bool after_empty = follows_empty_line(scan, at);
    return parse_head(look(scan, at, HEAD_BYTES), after_empty, out_head);
}

int64_t
jd_mbox_scan_next(struct jd_mbox_scan *scan, int64_t at, const struct jd_mbox_head *head)
{
    int64_t known = follow_length(scan, at, head);
    if (known >= 0) {
        return known;
    }
    // The line end before "From " may be the one that ends our own first line.
    int64_t from = at + (int64_t)head->line_len - 1;
    for (;;) {
        struct jd_span text = look_on(scan, from);
        if (text.len <= FROM_BYTES) {
            return scan->size;
        }
        const char *found = memmem(text.data, text.len, "\nFrom ", FROM_BYTES + 1);
        if (!found) {
            from += (int64_t)(text.len - FROM_BYTES);
            continue;
        }
        int64_t candidate = from + (found - text.data) + 1;
        struct jd_mbox_head unused;
        if (jd_mbox_scan_head(scan, candidate, &unused)) {
            return candidate;
        }
        from = candidate;
    }
}

int64_t jd_mbox_scan_end(struct jd_mbox_scan *scan, int64_t at, int64_t next)
{
    if (next - at < BEFORE_BYTES || !follows_empty_line(scan, next)) {
        return next;
    }
    struct jd_span last = look(scan, next - 2, 2);
    return next - (last.len == 2 && last.data[0] == '\r' ? 2 : 1);
}

// ---- unquoting

enum {
    IN_LINE,
    AT_START,
    AFTER_ARROWS,
    IN_WORD
};

enum {
    ARROWS_MAX = 64
}; // quoting deeper than that is not quoting

// Writes what was held back, `fewer` arrows less.
static enum jd_status release(struct jd_mbox_unquote *unquote, unsigned fewer)
{
    char held[ARROWS_MAX + FROM_BYTES];
    size_t len = unquote->arrows - fewer;
    memset(held, '>', len);
    memcpy(held + len, FROM, unquote->matched);
    len += unquote->matched;
    unquote->arrows = unquote->matched = 0;
    unquote->state = IN_LINE;
    return len ? unquote->target->write(unquote->target, (struct jd_span){ held, len }) : JD_OK;
}

// One byte at the start of a line. False: it belongs to the line as it is.
static bool hold_byte(struct jd_mbox_unquote *unquote, char byte)
{
    if (unquote->state != IN_WORD && byte == '>' && unquote->arrows < ARROWS_MAX) {
        unquote->arrows++;
        unquote->state = AFTER_ARROWS;
        return true;
    }
    if (unquote->state != AT_START && byte == FROM[unquote->matched]) {
        unquote->matched++;
        unquote->state = IN_WORD;
        return true;
    }
    return false;
}

static enum jd_status unquote_write(struct jd_byte_sink *sink, struct jd_span bytes)
{
    struct jd_mbox_unquote *unquote = (struct jd_mbox_unquote *)sink;
    enum jd_status status = JD_OK;
    size_t written = 0, at = 0;
    while (status == JD_OK && at < bytes.len) {
        if (unquote->state == IN_LINE) {
            const char *end = memchr(bytes.data + at, '\n', bytes.len - at);
            at = end ? (size_t)(end - bytes.data) + 1 : bytes.len;
            unquote->state = end ? AT_START : IN_LINE;
            // Whole lines go out together, up to the next one that may be quoted.
            if (at == bytes.len || bytes.data[at] == '>') {
                status = unquote->target->write(unquote->target,
                        (struct jd_span){ bytes.data + written, at - written });
                written = at;
            }
        } else if (hold_byte(unquote, bytes.data[at])) {
            written = ++at;
            status = unquote->matched == FROM_BYTES ? release(unquote, 1) : JD_OK;
        } else {
            status = release(unquote, 0);
        }
    }
    return status;
}

void jd_mbox_unquote_init(struct jd_mbox_unquote *unquote, struct jd_byte_sink *target)
{
    *unquote = (struct jd_mbox_unquote){
        .sink = { JD_SIZE(jd_byte_sink), unquote_write },
        .target = target,
        .state = AT_START,
    };
}

enum jd_status jd_mbox_unquote_end(struct jd_mbox_unquote *unquote)
{
    return release(unquote, 0);
}
