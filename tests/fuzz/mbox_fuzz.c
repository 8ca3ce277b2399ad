/* Any bytes as an mbox file: the messages lie side by side to its end, also when the file turns
 * out shorter than it was, and unquoting does not depend on how the bytes are cut. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../plugins/maildir/mbox_scan.h"

enum {
    BYTES_MAX = 1 << 16,
};

static void need(bool holds)
{
    if (!holds) {
        abort();
    }
}

struct collected {
    struct jd_byte_sink sink;
    char bytes[BYTES_MAX];
    size_t len;
};

static enum jd_status collect(struct jd_byte_sink *sink, struct jd_span bytes)
{
    struct collected *collected = (struct collected *)sink;
    need(bytes.len <= sizeof(collected->bytes) - collected->len);
    memcpy(collected->bytes + collected->len, bytes.data, bytes.len);
    collected->len += bytes.len;
    return JD_OK;
}

static struct collected *unquote(struct jd_span text, size_t step)
{
    struct collected *out = calloc(1, sizeof(*out));
    out->sink = (struct jd_byte_sink){ JD_SIZE(jd_byte_sink), collect };
    struct jd_mbox_unquote state;
    jd_mbox_unquote_init(&state, &out->sink);
    while (text.len > 0) {
        size_t len = text.len < step ? text.len : step;
        need(state.sink.write(&state.sink, (struct jd_span){ text.data, len }) == JD_OK);
        text.data += len;
        text.len -= len;
    }
    need(jd_mbox_unquote_end(&state) == JD_OK);
    return out;
}

static void check_unquoting(struct jd_span text, size_t step)
{
    struct collected *whole = unquote(text, BYTES_MAX), *cut = unquote(text, step);
    need(whole->len <= text.len && whole->len == cut->len &&
            memcmp(whole->bytes, cut->bytes, whole->len) == 0);
    free(whole);
    free(cut);
}

// `size` is what the file was said to have; it may be more than there is.
static void check_scan(int fd, int64_t size)
{
    struct jd_mbox_scan scan;
    need(jd_mbox_scan_init(&scan, fd, size));
    int64_t at = jd_mbox_scan_first(&scan);
    need(at >= 0 && at <= size);
    struct jd_mbox_head head;
    while (at < size && jd_mbox_scan_head(&scan, at, &head)) {
        need(head.line_len >= strlen("From ") && head.content_length >= -1);
        int64_t next = jd_mbox_scan_next(&scan, at, &head);
        need(next > at && next <= size);
        int64_t end = jd_mbox_scan_end(&scan, at, next);
        need(end >= at + (int64_t)head.line_len && end <= next);
        at = next;
    }
    jd_mbox_scan_finish(&scan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > BYTES_MAX) {
        return 0;
    }
    size_t missing = data[0], step = (size_t)data[1] + 1;
    struct jd_span text = { (const char *)data + 2, size - 2 };
    int fd = memfd_create("mbox", MFD_CLOEXEC);
    need(fd >= 0 && write(fd, text.data, text.len) == (ssize_t)text.len);
    check_scan(fd, (int64_t)text.len);
    check_scan(fd, (int64_t)(text.len + missing));
    close(fd);
    check_unquoting(text, step);
    return 0;
}
