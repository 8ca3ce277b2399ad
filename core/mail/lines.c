/** Lines of a text. */
#include "mail/lines.h"

static uint32_t count_lines(struct jd_span text)
{
    uint32_t count = 0;
    struct jd_span rest = text;
    struct jd_span line;
    while (count < JD_LINES_MAX && jd_span_split(&rest, '\n', &line)) {
        count++;
    }
    return count;
}

bool jd_lines_cut(struct jd_arena *arena, struct jd_span text, struct jd_lines *out_lines)
{
    struct jd_lines lines = { .text = text, .count = count_lines(text) };
    lines.starts = jd_arena_alloc(arena, (lines.count + 1) * sizeof(*lines.starts));
    lines.kinds = jd_arena_zalloc(arena, lines.count + 1, sizeof(*lines.kinds));
    if (lines.starts == NULL || lines.kinds == NULL) {
        return false;
    }
    struct jd_span rest = text;
    struct jd_span line = { text.data, 0 };
    for (uint32_t i = 0; i < lines.count && jd_span_split(&rest, '\n', &line); i++) {
        lines.starts[i] = (uint32_t)(line.data - text.data);
    }
    lines.starts[lines.count] =
            rest.data ? (uint32_t)(rest.data - text.data) : (uint32_t)text.len;
    *out_lines = lines;
    return true;
}

void jd_lines_mark(struct jd_lines *lines, uint32_t start, uint32_t end, enum jd_zone_kind kind)
{
    for (uint32_t i = start; i < end; i++) {
        lines->kinds[i] = lines->kinds[i] ? lines->kinds[i] : (uint8_t)kind;
    }
}

bool jd_lines_start(struct jd_span text, const char *word)
{
    if (text.len == 0 || jd_ascii_lower(text.data[0]) != jd_ascii_lower(word[0])) {
        return word[0] == '\0'; // as nearly always
    }
    struct jd_span wanted = jd_span_of(word);
    return jd_span_equal_nocase(jd_span_sub(text, 0, wanted.len), wanted);
}

bool jd_lines_contain(struct jd_span text, const char *word)
{
    struct jd_span wanted = jd_span_of(word);
    for (size_t at = 0; at + wanted.len <= text.len; at++) {
        if (jd_ascii_lower(text.data[at]) == word[0] &&
                jd_span_equal_nocase(jd_span_sub(text, at, wanted.len), wanted)) {
            return true;
        }
    }
    return false;
}
