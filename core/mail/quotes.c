/**
 * Quotes. What stands under a forwarding line or a block of header fields is quoted to the end,
 * since mail programs that write those do not mark the lines themselves.
 */
#include "mail/quotes.h"

enum {
    ATTRIBUTION_LINES_MAX = 4,
    ATTRIBUTION_BYTES_MAX = 300,
    FIELDS_MIN = 3, // header fields that make a block
    FIELD_LINES_MAX = 8,
    RULE_BYTES_MIN = 20,
};

/* How a line ends that says who wrote what follows; lower case. */
static const char *const wrote[] = { "wrote:", "wrote :", "writes:", "schrieb:", "schrieb :",
    "geschrieben:", "a écrit :", "a écrit:", "a écrit\xc2\xa0:", "escribió:", "ha scritto:",
    "escreveu:", "schreef:", "skrev:", "napisał:", "napisał(a):", "пишет:", "написал:",
    "写道：", "写道:" };

/* How it begins; with it a line that wraps is found again. */
static const char *const began[] = { "on ", "am ", "le ", "el ", "il ", "em ", "op ", "den ",
    "w dniu ", "at ", "dnia ", "in article ", "in message ", "em: ", "quoting ", "citat ",
    "в " };

/* Between the dashes of a forwarding line; lower case. */
static const char *const forwarding[] = { "original message", "forwarded message",
    "forwarded by", "original appointment", "ursprüngliche nachricht",
    "urspruengliche nachricht", "originalnachricht", "weitergeleitete nachricht",
    "message d'origine", "message original", "message transféré", "mensaje original",
    "mensaje reenviado", "messaggio originale", "messaggio inoltrato", "mensagem original",
    "mensagem encaminhada", "oorspronkelijk bericht", "doorgestuurd bericht",
    "ursprungligt meddelande", "originalmeddelande", "oryginalna wiadomość",
    "wiadomość oryginalna" };

/* The first field of a header block in several languages, and those that follow; lower case. */
static const char *const from_fields[] = {
    "from:", "von:", "de:", "de :", "da:", "van:", "från:", "od:", "от:", "发件人:", "差出人:"
};
static const char *const more_fields[] = { "sent:", "date:", "to:", "cc:", "subject:",
    "gesendet:", "datum:", "an:", "betreff:", "envoyé :", "envoyé:", "date :", "À :", "à :",
    "À:", "cc :", "objet :", "objet:", "enviado:", "enviado el:", "enviada em:", "fecha:",
    "para:", "asunto:", "assunto:", "data:", "inviato:", "a:", "oggetto:", "verzonden:", "aan:",
    "onderwerp:", "skickat:", "till:", "ämne:", "wysłano:", "do:", "temat:", "importance:",
    "reply-to:", "sent by:", "bcc:", "发送时间:", "收件人:", "主题:" };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool starts_any(struct jd_span line, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (jd_lines_start(line, words[i])) {
            return true;
        }
    }
    return false;
}

static bool ends_any(struct jd_span line, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct jd_span word = jd_span_of(words[i]);
        if (line.len >= word.len &&
                jd_span_equal_nocase(jd_span_sub(line, line.len - word.len, word.len), word)) {
            return true;
        }
    }
    return false;
}

static bool is_marked(struct jd_span line)
{
    return line.len && line.data[0] == '>';
}

/** Without the stars and bars that plain text puts round bold words. */
static struct jd_span strip_stars(struct jd_span line)
{
    while (line.len && (line.data[0] == '*' || line.data[0] == ' ' || line.data[0] == '|')) {
        line = jd_span_sub(line, 1, line.len);
    }
    return line;
}

static bool is_attribution_end(struct jd_span line)
{
    bool colon = line.len && (line.data[line.len - 1] == ':' ||
                                     (unsigned char)line.data[line.len - 1] == 0x9a);
    return colon && line.len <= ATTRIBUTION_BYTES_MAX && ends_any(line, wrote, COUNT(wrote));
}

/** The first line of the attribution that ends at `index`. */
static uint32_t attribution_start(const struct jd_lines *lines, uint32_t index)
{
    uint32_t first = index;
    for (uint32_t back = 0; back < ATTRIBUTION_LINES_MAX && back <= index; back++) {
        struct jd_span line = jd_lines_at(lines, index - back);
        if (line.len == 0 || is_marked(line)) {
            break;
        }
        if (starts_any(line, began, COUNT(began))) {
            first = index - back;
            break;
        }
    }
    return first;
}

/** A date or an address stands in it, so it introduces a mail and not a sentence. */
static bool names_a_mail(const struct jd_lines *lines, uint32_t first, uint32_t last)
{
    uint32_t start = lines->starts[first];
    struct jd_span text = jd_span_sub(lines->text, start, lines->starts[last + 1] - start);
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        digits += text.data[i] >= '0' && text.data[i] <= '9';
    }
    return digits >= 4 || memchr(text.data, '@', text.len) != NULL;
}

static uint32_t next_full_line(const struct jd_lines *lines, uint32_t index, uint32_t end)
{
    while (index < end && jd_lines_blank(lines, index)) {
        index++;
    }
    return index;
}

/** The line behind a run of marked lines and the empty lines between them. */
static uint32_t marked_end(const struct jd_lines *lines, uint32_t index, uint32_t end)
{
    uint32_t last = index;
    while (index < end) {
        struct jd_span line = jd_lines_at(lines, index);
        if (is_marked(line)) {
            last = index + 1;
        } else if (line.len) {
            break;
        }
        index++;
    }
    return last;
}

static bool is_forwarding(struct jd_span line)
{
    line = strip_stars(line);
    if (jd_lines_start(line, "begin forwarded message:") ||
            jd_lines_start(line, "anfang der weitergeleiteten nachricht:")) {
        return true;
    }
    if (line.len < 12 || line.len > 100 || line.data[0] != '-' || line.data[1] != '-') {
        return false;
    }
    for (size_t i = 0; i < COUNT(forwarding); i++) {
        if (jd_lines_contain(line, forwarding[i])) {
            return true;
        }
    }
    return false;
}

/** A line of underscores or dashes, as Outlook puts above a header block. */
static bool is_rule(struct jd_span line)
{
    if (line.len < RULE_BYTES_MIN || (line.data[0] != '_' && line.data[0] != '-')) {
        return false;
    }
    for (size_t i = 1; i < line.len; i++) {
        if (line.data[i] != line.data[0]) {
            return false;
        }
    }
    return true;
}

/** Whether a block of header fields begins at `index`. */
static bool is_header_block(const struct jd_lines *lines, uint32_t index, uint32_t end)
{
    if (!starts_any(strip_stars(jd_lines_at(lines, index)), from_fields, COUNT(from_fields))) {
        return false;
    }
    int fields = 1;
    for (uint32_t i = index + 1; i < end && i < index + FIELD_LINES_MAX; i++) {
        struct jd_span line = strip_stars(jd_lines_at(lines, i));
        fields += starts_any(line, more_fields, COUNT(more_fields));
    }
    return fields >= FIELDS_MIN;
}

/** Whether all that follows line `index` is an earlier mail. */
static bool quotes_the_rest(const struct jd_lines *lines, uint32_t index, uint32_t end)
{
    struct jd_span line = jd_lines_at(lines, index);
    bool dashes = line.data[0] == '-' || line.data[0] == '_' || line.data[0] == '*';
    if (!dashes && memchr(line.data, ':', line.len) == NULL) {
        return false; // neither a rule nor a field: most lines
    }
    if (is_rule(line)) {
        uint32_t next = next_full_line(lines, index + 1, end);
        return next < end && is_header_block(lines, next, end);
    }
    return is_forwarding(line) || is_header_block(lines, index, end);
}

void jd_quotes_mark(struct jd_lines *lines, uint32_t end)
{
    for (uint32_t i = 0; i < end; i++) {
        struct jd_span line = jd_lines_at(lines, i);
        if (line.len == 0 || lines->kinds[i]) {
            continue;
        }
        if (is_marked(line)) {
            uint32_t behind = marked_end(lines, i, end);
            jd_lines_mark(lines, i, behind, JD_ZONE_QUOTE);
            i = behind - 1;
        } else if (is_attribution_end(line)) {
            uint32_t first = attribution_start(lines, i);
            uint32_t next = next_full_line(lines, i + 1, end);
            bool marked = next < end && is_marked(jd_lines_at(lines, next));
            bool nested = next < end && lines->kinds[next] == JD_ZONE_QUOTE;
            if (marked || nested) {
                jd_lines_mark(lines, first, next, JD_ZONE_QUOTE);
            } else if (names_a_mail(lines, first, i)) {
                jd_lines_mark(lines, first, end, JD_ZONE_QUOTE);
                return;
            }
        } else if (quotes_the_rest(lines, i, end)) {
            jd_lines_mark(lines, i, end, JD_ZONE_QUOTE);
            return;
        }
    }
}
