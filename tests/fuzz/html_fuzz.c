#include <stdlib.h>

#include "../unit/mail/safe_html.h"
#include "mail/charset.h"
#include "mail/html.h"
#include "mail/text.h"

enum {
    ARENA_BYTES_MAX = 16 * 1024 * 1024
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct jd_arena *arena, struct jd_span page, struct jd_html *out_html)
{
    struct jd_mail_limits limits = jd_mail_limits_default();
    if (!jd_html_read(arena, page, &limits, out_html)) {
        abort();
    }
    const char *finding = safe_html_finding(out_html->safe);
    if (finding) {
        fprintf(stderr, "%s: %.*s\n", finding, (int)out_html->safe.len, out_html->safe.data);
        abort();
    }
    if (!jd_utf8_valid(out_html->text) || !jd_utf8_valid(out_html->safe)) {
        abort();
    }
}

/** Any page gives UTF-8 text and safe HTML, and reading the safe HTML gives safe HTML again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jd_arena *arena = jd_arena_create(ARENA_BYTES_MAX);
    struct jd_span page =
            jd_charset_decode(arena, jd_span_new("", 0), jd_span_new((const char *)data, size));
    struct jd_html once;
    struct jd_html twice;
    if (page.data) {
        check(arena, page, &once);
        check(arena, once.safe, &twice);
    }
    jd_arena_destroy(&arena);
    return 0;
}
