/* Sentences and requests, in English and German. */
#include "script/sentence.h"

#include "base/span.h"
#include "mail/message.h"

#define SHORT_LINE 45 // a line this short was ended by its writer, not by a line breaker

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static size_t line_end(struct jd_span text, size_t at)
{
    const char *newline = at < text.len ? memchr(text.data + at, '\n', text.len - at) : NULL;
    return newline ? (size_t)(newline - text.data) : text.len;
}

/* Whether a line begins an item of a list. */
static bool is_item(struct jd_span text, size_t at)
{
    while (at < text.len && (text.data[at] == ' ' || text.data[at] == '\t')) {
        at++;
    }
    if (at + 1 >= text.len) {
        return false;
    }
    char c = text.data[at], next = text.data[at + 1];
    if (strchr("-*+#", c) && (next == ' ' || next == '\t')) {
        return true;
    }
    if ((unsigned char)c == 0xe2 && at + 3 < text.len && is_space(text.data[at + 3])) {
        return true; // bullets and dashes beyond ASCII
    }
    while (at < text.len && is_digit(text.data[at])) {
        at++;
    }
    return is_digit(c) && at + 1 < text.len && strchr(".)", text.data[at]) &&
           text.data[at + 1] == ' ';
}

/* Whether the newline at `at` ends a sentence. */
static bool breaks(struct jd_span text, size_t line_start, size_t at)
{
    size_t next = at + 1;
    if (next >= text.len || line_end(text, next) == next ||
            (text.data[next] == '\r' && line_end(text, next) == next + 1)) {
        return true; // an empty line
    }
    return at - line_start < SHORT_LINE || is_item(text, next);
}

/* Words before a full stop that does not end a sentence. */
static const char *const abbreviations[] = { "mr", "mrs", "ms", "dr", "prof", "st", "vs", "etc",
    "e.g", "i.e", "eg", "ie", "no", "inc", "ltd", "corp", "co", "approx", "dept", "est", "fig",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "a.m",
    "p.m", "z.b", "d.h", "u.a", "bzw", "ca", "nr", "str", "tel", "usw", "ggf", "inkl", "zzgl",
    "evtl", "hr", "fr", "abs", "art", "bspw", "max", "min", "okt", "dez" };

static bool is_abbreviation(struct jd_span text, size_t start, size_t dot)
{
    size_t from = dot;
    while (from > start && dot - from < 8 &&
            (is_alpha(text.data[from - 1]) || text.data[from - 1] == '.')) {
        from--;
    }
    struct jd_span word = jd_span_sub(text, from, dot - from);
    if (word.len == 1) {
        return true; // an initial
    }
    for (size_t i = 0; i < sizeof(abbreviations) / sizeof(*abbreviations); i++) {
        if (jd_span_equal_nocase(word, jd_span_of(abbreviations[i]))) {
            return true;
        }
    }
    return false;
}

/* The first byte behind marks, quotes and brackets that close. */
static size_t behind_marks(struct jd_span text, size_t at)
{
    while (at < text.len && text.data[at] && strchr(".!?\"')", text.data[at])) {
        at++;
    }
    return at;
}

/* Whether the mark at `at` ends a sentence. */
static bool ends_sentence(struct jd_span text, size_t start, size_t at)
{
    size_t next = behind_marks(text, at);
    if (next < text.len && !is_space(text.data[next])) {
        return false; // 3.5, example.com, ?utm=
    }
    if (text.data[at] != '.' || next - at > 1) {
        return true;
    }
    if (at > start && is_digit(text.data[at - 1])) {
        // "7. März" and "1. Punkt" go on; "in 2025. Then" and "19.90. Then" end.
        size_t digits = 0;
        while (at - digits > start && is_digit(text.data[at - digits - 1])) {
            digits++;
        }
        bool stands_alone = at - digits == start || is_space(text.data[at - digits - 1]);
        if (digits <= 2 && stands_alone && next < text.len) {
            return false;
        }
    }
    if (is_abbreviation(text, start, at)) {
        // Before a small letter or a digit it goes on; before a large one only titles and
        // initials do, and those cannot be told from an end: so it goes on.
        return next >= text.len;
    }
    return true;
}

struct cutter {
    struct jd_span text;
    struct jd_sentence *out;
    uint32_t count, max;
};

static void emit(struct cutter *cut, size_t start, size_t end)
{
    while (start < end && is_space(cut->text.data[start])) {
        start++;
    }
    while (end > start && is_space(cut->text.data[end - 1])) {
        end--;
    }
    while (end > start) {
        size_t piece = end;
        if (end - start > JD_SENTENCE_BYTES_MAX) {
            piece = start + jd_fold_cut(jd_span_sub(cut->text, start, end - start),
                                    JD_SENTENCE_BYTES_MAX)
                                    .len;
            size_t space = piece;
            while (space > start + JD_SENTENCE_BYTES_MAX / 2 &&
                    !is_space(cut->text.data[space])) {
                space--;
            }
            piece = is_space(cut->text.data[space]) ? space : piece;
        }
        if (cut->count == cut->max) {
            return;
        }
        cut->out[cut->count++] = (struct jd_sentence){ (uint32_t)start, (uint32_t)piece };
        start = piece;
        while (start < end && is_space(cut->text.data[start])) {
            start++;
        }
    }
}

/* The part of the text from `start` to `end` lies in no zone. */
static void cut_part(struct cutter *cut, size_t start, size_t end)
{
    struct jd_span text = jd_span_sub(cut->text, 0, end);
    size_t line_start = start;
    for (size_t at = start; at < end && cut->count < cut->max; at++) {
        char c = text.data[at];
        if (c == '\n') {
            if (breaks(text, line_start, at)) {
                emit(cut, start, at);
                start = at + 1;
            }
            line_start = at + 1;
        } else if ((c == '.' || c == '!' || c == '?') && ends_sentence(text, start, at)) {
            size_t behind = behind_marks(text, at);
            emit(cut, start, behind);
            start = behind;
            at = behind - 1;
        }
    }
    emit(cut, start, end);
}

uint32_t jd_sentences_find(const struct jd_mail *mail, struct jd_sentence *out, uint32_t max)
{
    struct cutter cut = { .text = mail->text, .out = out, .max = max };
    size_t from = 0;
    for (uint32_t i = 0; i < mail->zones_count; i++) {
        const struct jd_mail_zone *zone = &mail->zones[i];
        if (zone->start > from) {
            cut_part(&cut, from, zone->start);
        }
        from = zone->end > from ? zone->end : from;
    }
    if (from < mail->text.len) {
        cut_part(&cut, from, mail->text.len);
    }
    return cut.count;
}

/* Requests. */

static const char *const asking[] = { "please", "pls", "could you", "can you", "would you",
    "will you", "are you able to", "would you mind", "need you to", "needs you to",
    "want you to", "like you to", "ask you to", "asking you to", "let me know", "let us know",
    "get back to me", "send me", "send us", "you need to", "you have to", "you must",
    "you should", "remember to", "don't forget", "do not forget", "make sure", "be sure to",
    "kindly", "your turn", "waiting for your", "awaiting your", "action required", "bitte",
    "bitten wir", "kannst du", "koenntest du", "konntest du", "konntet ihr", "konnt ihr",
    "konnen sie", "konnten sie", "wurdest du", "wurden sie", "magst du", "mochtest du",
    "gib mir bescheid", "sag mir bescheid", "geben sie mir bescheid", "schick mir",
    "schicken sie", "senden sie", "denk dran", "denk daran", "denken sie daran",
    "vergiss nicht", "du musst", "sie mussen", "du solltest", "sie sollten",
    "ich brauche von dir", "wir bitten sie", "ich bitte dich" };

/* Polite forms that ask for nothing. */
static const char *const not_asking[] = { "please find", "please see attached", "please note",
    "please be advised", "please do not reply", "please don't reply", "please ignore",
    "please feel free", "please disregard", "let me know if you have any questions",
    "can you believe", "bitte beachten sie", "bitte entnehmen", "bitte antworten sie nicht",
    "bitte nicht antworten", "bitte ignorieren", "bitte schon", "wie kann ich" };

static bool says_any(const struct jd_fold *fold,
        struct jd_span folded,
        const char *const *phrases,
        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (jd_fold_says(fold, folded, phrases[i])) {
            return true;
        }
    }
    return false;
}

bool jd_sentence_asks(const struct jd_fold *fold, struct jd_span folded)
{
    return says_any(fold, folded, asking, sizeof(asking) / sizeof(*asking)) &&
           !says_any(fold, folded, not_asking, sizeof(not_asking) / sizeof(*not_asking));
}

static const char *const greetings[] = { "hi", "hello", "hey", "dear", "good morning",
    "good afternoon", "hallo", "liebe", "lieber", "sehr geehrte", "sehr geehrter", "moin",
    "guten tag", "guten morgen", "servus" };

static const char *const lead_ins[] = { "please", "pls", "kindly", "could you", "can you",
    "would you mind", "would you", "will you", "are you able to", "i need you to",
    "we need you to", "you need to", "you have to", "you must", "you should",
    "i would like you to", "i'd like you to", "i want you to", "don't forget to",
    "do not forget to", "remember to", "be sure to", "make sure to", "also", "and", "so",
    "then", "just", "bitte", "kannst du", "könntest du", "können sie", "könnten sie",
    "würdest du", "würden sie", "magst du", "du musst", "sie müssen", "vergiss nicht",
    "denk dran", "denk daran", "mir", "und", "auch", "dann" };

/* Whether the text begins with the phrase and a border. */
static size_t begins_with(struct jd_span text, const char *phrase)
{
    struct jd_span wanted = jd_span_of(phrase);
    bool begins = text.len > wanted.len &&
                  jd_span_equal_nocase(jd_span_sub(text, 0, wanted.len), wanted) &&
                  !is_alpha(text.data[wanted.len]) && !(text.data[wanted.len] & 0x80);
    return begins ? wanted.len : 0;
}

static struct jd_span trim_marks(struct jd_span text)
{
    text = jd_span_trim(text);
    while (text.len && strchr(",;:-*+#> \t\r\n", text.data[0]) && text.data[0]) {
        text = jd_span_sub(text, 1, text.len);
    }
    while (text.len && strchr("?!.,;: \t\r\n", text.data[text.len - 1]) &&
            text.data[text.len - 1]) {
        text.len--;
    }
    return text;
}

static struct jd_span skip_greeting(struct jd_span text)
{
    for (size_t i = 0; i < sizeof(greetings) / sizeof(*greetings); i++) {
        size_t len = begins_with(text, greetings[i]);
        struct jd_span head = jd_span_sub(text, len, 40);
        const char *comma = len ? memchr(head.data, ',', head.len) : NULL;
        if (comma) {
            return trim_marks(jd_span_sub(text, (size_t)(comma - text.data) + 1, text.len));
        }
    }
    return text;
}

static struct jd_span skip_lead_in(struct jd_span text)
{
    for (size_t i = 0; i < sizeof(lead_ins) / sizeof(*lead_ins); i++) {
        size_t len = begins_with(text, lead_ins[i]);
        if (len) {
            return trim_marks(jd_span_sub(text, len, text.len));
        }
    }
    return text;
}

static struct jd_span drop_tail(struct jd_span text)
{
    static const char *const tails[] = { " please", " bitte", " thanks", " thank you",
        " danke" };
    for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
        struct jd_span tail = jd_span_of(tails[i]);
        if (text.len > tail.len &&
                jd_span_equal_nocase(jd_span_sub(text, text.len - tail.len, tail.len), tail)) {
            text.len -= tail.len;
            return trim_marks(text);
        }
    }
    return text;
}

void jd_sentence_request(struct jd_span sentence, size_t bytes_max, struct jd_buf *out)
{
    struct jd_span text = skip_greeting(trim_marks(sentence));
    for (struct jd_span before = { NULL, 0 }; text.len != before.len;) {
        before = text;
        struct jd_span less = skip_lead_in(text);
        text = less.len ? less : text;
    }
    text = drop_tail(text);
    size_t first = out->len;
    char last = ' ';
    for (size_t i = 0; i < text.len; i++) {
        char c = is_space(text.data[i]) || (unsigned char)text.data[i] < 0x20 ? ' '
                                                                              : text.data[i];
        if (c != ' ' || last != ' ') {
            jd_buf_char(out, c);
        }
        last = c;
    }
    if (out->len > first && out->data[first] >= 'a' && out->data[first] <= 'z') {
        out->data[first] = (char)(out->data[first] - 32);
    }
    struct jd_span made = jd_span_sub(jd_buf_span(out), first, out->len);
    out->len = first + jd_fold_cut(made, bytes_max).len;
}
