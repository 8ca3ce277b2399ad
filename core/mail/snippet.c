/** Snippets: bytes outside zones are taken until there are enough for one line. */
#include "mail/snippet.h"

#include "mail/text.h"

enum {
    SNIPPET_BYTES_MAX = 200,
    READ_BYTES_MAX = 1024, // white space is squeezed, so more is read than shown
    WORD_BYTES_MAX = 24,   // a longer last word is cut rather than left out
};

static size_t take(char *out, size_t len, struct jd_span piece)
{
    piece = jd_utf8_cut(piece, READ_BYTES_MAX - len);
    if (piece.len) {
        memcpy(out + len, piece.data, piece.len);
    }
    return len + piece.len;
}

/** The front of the text outside its zones. */
static size_t take_outside(const struct jd_mail *mail, char *out)
{
    size_t len = 0;
    size_t at = 0;
    for (uint32_t i = 0; i <= mail->zones_count && len < READ_BYTES_MAX - 4; i++) {
        bool last = i == mail->zones_count;
        size_t end = last ? mail->text.len : mail->zones[i].start;
        len = take(out, len, jd_span_sub(mail->text, at, end - at));
        at = last ? end : mail->zones[i].end;
    }
    return len;
}

/** Decoration of plain text ("-----", "=====", "*****") says nothing in a line of preview. */
static size_t drop_rules(char *text, size_t len)
{
    size_t out = 0;
    for (size_t i = 0; i < len;) {
        size_t run = 1;
        while (i + run < len && text[i + run] == text[i]) {
            run++;
        }
        bool rule = run >= 4 && strchr("-=_*#~", text[i]) && text[i];
        for (size_t k = 0; k < run && !rule; k++) {
            text[out++] = text[i + k];
        }
        i += run;
    }
    return out;
}

struct jd_span jd_snippet_make(struct jd_arena *arena, const struct jd_mail *mail)
{
    char raw[READ_BYTES_MAX];
    size_t len = drop_rules(raw, take_outside(mail, raw));
    if (jd_span_trim(jd_span_new(raw, len)).len == 0) {
        len = drop_rules(raw, take(raw, 0, mail->text));
    }
    struct jd_span copy = jd_arena_copy(arena, jd_span_new(raw, len));
    struct jd_span line = copy.data ? jd_text_line(arena, copy) : copy;
    struct jd_span cut = jd_utf8_cut(line, SNIPPET_BYTES_MAX);
    if (cut.len < line.len && line.data[cut.len] != ' ') {
        const char *space = cut.len ? memrchr(cut.data, ' ', cut.len) : NULL;
        size_t word = space ? cut.len - (size_t)(space - cut.data) : cut.len;
        cut.len = word <= WORD_BYTES_MAX ? cut.len - word : cut.len;
    }
    return cut;
}
