/** A text cut into lines, each with the kind of zone it belongs to. One thread. */
#ifndef JD_MAIL_LINES_H
#define JD_MAIL_LINES_H

#include "mail/message.h"

/** Lines beyond it stay in no zone. */
#define JD_LINES_MAX 50000

struct jd_lines {
    struct jd_span text;
    uint32_t *starts; // count + 1 offsets; the last is where the lines end
    uint8_t *kinds;   // enum jd_zone_kind, 0: the writer's own words
    uint32_t count;
};

/** False beyond the arena's cap. */
bool jd_lines_cut(struct jd_arena *arena, struct jd_span text, struct jd_lines *out_lines);

/** Line `index` without white space at its ends. */
static inline struct jd_span jd_lines_at(const struct jd_lines *lines, uint32_t index)
{
    uint32_t start = lines->starts[index];
    return jd_span_trim(jd_span_sub(lines->text, start, lines->starts[index + 1] - start));
}

static inline bool jd_lines_blank(const struct jd_lines *lines, uint32_t index)
{
    return jd_lines_at(lines, index).len == 0;
}

/** Gives the lines from `start` to before `end` that are in no zone yet to `kind`. */
void jd_lines_mark(struct jd_lines *lines,
        uint32_t start,
        uint32_t end,
        enum jd_zone_kind kind);

/** Whether `text` contains `word` (lower case), ASCII case aside. */
bool jd_lines_contain(struct jd_span text, const char *word);
bool jd_lines_start(struct jd_span text, const char *word);

#endif
