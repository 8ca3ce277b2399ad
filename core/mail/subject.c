/** The base subject: marks are taken off both ends until nothing changes. */
#include "mail/subject.h"

#include "mail/text.h"

struct mark {
    struct jd_span word;
    bool reply;
};

/* What mail programs put in front, in lower case; a colon follows. */
static const struct mark marks[] = {
    { JD_SPAN("re"), true },
    { JD_SPAN("aw"), true },      // German
    { JD_SPAN("antw"), true },    // Dutch
    { JD_SPAN("antwort"), true }, //
    { JD_SPAN("sv"), true },      // Swedish, Danish, Norwegian
    { JD_SPAN("vs"), true },      // Finnish
    { JD_SPAN("odp"), true },     // Polish
    { JD_SPAN("res"), true },     // Portuguese
    { JD_SPAN("rif"), true },     // Italian
    { JD_SPAN("rép"), true },     // French
    { JD_SPAN("ynt"), true },     // Turkish
    { JD_SPAN("ha"), true },      // Russian in Latin letters
    { JD_SPAN("на"), true },
    { JD_SPAN("отв"), true },
    { JD_SPAN("回复"), true }, // Chinese
    { JD_SPAN("答复"), true },
    { JD_SPAN("回覆"), true },
    { JD_SPAN("答覆"), true },
    { JD_SPAN("fw"), false },
    { JD_SPAN("fwd"), false },
    { JD_SPAN("wg"), false }, // German
    { JD_SPAN("tr"), false }, // French
    { JD_SPAN("rv"), false }, // Spanish
    { JD_SPAN("enc"), false },
    { JD_SPAN("doorst"), false },
    { JD_SPAN("vb"), false },
    { JD_SPAN("vl"), false },
    { JD_SPAN("pd"), false },
    { JD_SPAN("转发"), false },
    { JD_SPAN("轉寄"), false },
};

static const struct jd_span wide_colon = JD_SPAN("：");

/** Behind "Re": "[2]", "(3)", "^4", "*5" or nothing. */
static size_t counter_length(struct jd_span text)
{
    size_t at = 0;
    if (at < text.len && strchr("[(^*", text.data[at]) && text.data[at]) {
        at++;
    }
    size_t digits = at;
    while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9') {
        at++;
    }
    if (at == digits) {
        return 0;
    }
    return at + (at < text.len && (text.data[at] == ']' || text.data[at] == ')'));
}

static size_t colon_length(struct jd_span text)
{
    if (jd_span_starts(text, wide_colon)) {
        return wide_colon.len;
    }
    return text.len && text.data[0] == ':';
}

/** Length of a mark with its colon at the start of `text`, 0 if there is none. */
static size_t mark_length(struct jd_span text, bool *reply)
{
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        if (!jd_span_starts(text, marks[i].word)) {
            continue;
        }
        size_t at = marks[i].word.len;
        at += counter_length(jd_span_sub(text, at, text.len));
        while (at < text.len && text.data[at] == ' ') {
            at++;
        }
        // A list's tag may stand between the mark and its colon: "Re [list]: ...".
        if (at < text.len && text.data[at] == '[') {
            const char *close = memchr(text.data + at, ']', text.len - at);
            at = close ? (size_t)(close - text.data) + 1 : at;
        }
        size_t colon = colon_length(jd_span_sub(text, at, text.len));
        if (colon) {
            *reply = *reply || marks[i].reply;
            return at + colon;
        }
    }
    return 0;
}

/** Length of a "[tag]" at the start, if something is left behind it. */
static size_t tag_length(struct jd_span text)
{
    if (text.len == 0 || text.data[0] != '[') {
        return 0;
    }
    const char *close = memchr(text.data, ']', text.len);
    size_t len = close ? (size_t)(close - text.data) + 1 : 0;
    return len && jd_span_trim(jd_span_sub(text, len, text.len)).len ? len : 0;
}

static struct jd_span strip_trailer(struct jd_span text)
{
    const struct jd_span forwarded = JD_SPAN("(fwd)");
    while (jd_span_ends(text, forwarded)) {
        text = jd_span_trim(jd_span_sub(text, 0, text.len - forwarded.len));
    }
    return text;
}

/** "[fwd: ...]" around everything. */
static bool unwrap_forward(struct jd_span *text)
{
    const struct jd_span open = JD_SPAN("[fwd:");
    if (!jd_span_starts(*text, open) || text->data[text->len - 1] != ']') {
        return false;
    }
    *text = jd_span_trim(jd_span_sub(*text, open.len, text->len - open.len - 1));
    return true;
}

static struct jd_span fold(struct jd_arena *arena, struct jd_span text)
{
    char *out = jd_arena_alloc(arena, text.len * 2 + 4);
    if (out == NULL) {
        return jd_span_new(NULL, 0);
    }
    size_t len = 0;
    for (size_t at = 0; at < text.len;) {
        uint32_t code;
        size_t step = jd_utf8_step(text.data + at, text.len - at, &code);
        len += step ? jd_utf8_encode(jd_text_lower(code), out + len) : 0;
        at += step ? step : 1;
    }
    return jd_span_new(out, len);
}

struct jd_span
jd_subject_base(struct jd_arena *arena, struct jd_span subject, bool *out_is_reply)
{
    bool reply = false;
    struct jd_span text = jd_span_trim(fold(arena, subject));
    for (;;) {
        text = strip_trailer(text);
        size_t len = mark_length(text, &reply);
        len = len ? len : tag_length(text);
        if (len) {
            text = jd_span_trim(jd_span_sub(text, len, text.len));
        } else if (!unwrap_forward(&text)) {
            break;
        }
    }
    *out_is_reply = reply;
    return text;
}
