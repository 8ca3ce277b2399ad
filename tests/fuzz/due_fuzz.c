/* Foreign text and zones through everything that reads a sentence, and Lua patterns. */
#include <stdlib.h>

#include "base/span.h"
#include "mail/message.h"
#include "script/due.h"
#include "script/pattern.h"
#include "script/sentence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_sentence(const struct jd_fold *fold, struct jd_span text, int64_t date_ms)
{
    struct jd_zone zone;
    struct jd_due due;
    struct jd_buf folded = jd_buf_init(1u << 20), request = jd_buf_init(1u << 20);
    if (jd_zone_read_posix(jd_span_sub(text, 0, 30), &zone, NULL) != JD_OK) {
        // UTC then.
        (void)jd_zone_read(jd_span_new(NULL, 0), &zone, NULL);
    }
    jd_fold_append(fold, &folded, text);
    if (jd_due_find(jd_buf_span(&folded), &zone, date_ms, &due) && due.due_ms < date_ms) {
        abort();
    }
    // Only its memory is watched.
    (void)jd_sentence_asks(fold, jd_buf_span(&folded));
    jd_sentence_request(text, 200, &request);
    if (request.len > 200) {
        abort();
    }
    jd_buf_finish(&folded);
    jd_buf_finish(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct jd_fold fold;
    struct jd_sentence sentences[50];
    struct jd_zone zone;
    if (fold.letters['a'] == 0) {
        jd_fold_init(&fold);
    }
    struct jd_span text = { (const char *)data, size };
    struct jd_mail mail = { .text = text };
    uint32_t count = jd_sentences_find(&mail, sentences, 50);
    for (uint32_t i = 0; i < count; i++) {
        size_t len = sentences[i].end - sentences[i].start;
        read_sentence(
                &fold, jd_span_sub(text, sentences[i].start, len), (int64_t)size * 86400000);
    }
    if (jd_zone_read(text, &zone, NULL) == JD_OK) {
        // Only its memory is watched.
        (void)jd_zone_time(&zone, jd_zone_civil(&zone, (int64_t)size * 86400 * 300));
    }
    int64_t steps = 20000;
    size_t end;
    struct jd_pattern search = { .subject = jd_span_sub(text, size / 3, size),
        .pattern = jd_span_sub(text, 0, size / 3),
        .steps = &steps };
    // As above.
    (void)jd_pattern_match(&search, 0, &end);
    return 0;
}
