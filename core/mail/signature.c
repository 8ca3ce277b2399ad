/**
 * Signatures. A "-- " line is certain. Without one, the last lines are read from the first that
 * could begin a signature: a rule, a closing ("Best regards,"), the sender's name, or a short
 * line of capitalised words with contact details under it. It begins one only if all that
 * follows looks like a signature too.
 */
#include "mail/signature.h"

#include "mail/text.h"

enum {
    TAIL_LINES_MAX = 14, // full lines from the end that are looked at
    DELIMITED_LINES_MAX = 40,
    LINE_BYTES_MAX = 70, // of a line in a signature
    CLOSING_BYTES_MAX = 45,
    NAME_LINE_BYTES_MAX = 45,
    NAME_WORDS_MAX = 4,
    NAME_PART_BYTES_MIN = 3,
    WORD_BYTES_MAX = 40,
};

/* Lower case; the line may go on with punctuation and a name. */
static const char *const closings[] = { "best regards", "kind regards", "warm regards",
    "regards", "best wishes", "best", "cheers", "thanks", "thanks again", "many thanks",
    "thank you", "thanks and regards", "thx", "tia", "sincerely", "yours sincerely",
    "yours truly", "yours", "respectfully", "cordially", "love", "take care", "your pal",
    "with best regards", "with kind regards", "all the best", "rgds", "br", "thanks in advance",
    "thanks & regards", "mit freundlichen grüßen", "mit freundlichem gruß",
    "mit freundlichen gruessen", "freundliche grüße", "viele grüße", "beste grüße",
    "schöne grüße", "liebe grüße", "gruß", "grüße", "herzliche grüße", "mfg", "vg", "lg",
    "danke", "vielen dank", "cordialement", "bien cordialement", "amicalement", "merci",
    "meilleures salutations", "bonne journée", "saludos", "un saludo", "saludos cordiales",
    "atentamente", "gracias", "cordiali saluti", "distinti saluti", "saluti", "grazie",
    "atenciosamente", "abraços", "abraço", "obrigado", "obrigada", "cumprimentos",
    "met vriendelijke groet", "met vriendelijke groeten", "vriendelijke groet", "groeten",
    "groet", "mvg", "bedankt", "med vänliga hälsningar", "vänliga hälsningar", "mvh", "tack",
    "pozdrawiam", "z poważaniem", "dziękuję", "с уважением" };

/* What a device or program adds; lower case. */
static const char *const devices[] = { "sent from my ", "sent from mail for windows",
    "sent from outlook", "sent from yahoo", "get outlook for ", "von meinem iphone gesendet",
    "von meinem ipad gesendet", "gesendet von mein", "envoyé de mon ", "envoyé depuis ",
    "enviado desde mi ", "enviado do meu ", "inviato da ", "verzonden vanaf mijn ",
    "skickat från min ", "sent via ", "sent using " };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool is_device(struct jd_span line)
{
    for (size_t i = 0; i < COUNT(devices); i++) {
        if (jd_lines_start(line, devices[i])) {
            return true;
        }
    }
    return false;
}

/** "--" or "-- ", the delimiter of RFC 3676. */
static bool is_delimiter(const struct jd_lines *lines, uint32_t index)
{
    uint32_t start = lines->starts[index];
    struct jd_span line = jd_span_sub(lines->text, start, lines->starts[index + 1] - start);
    if (!jd_span_starts(line, JD_SPAN("--"))) {
        return false;
    }
    return jd_span_trim(line).len == 2;
}

/** A line of dashes, underscores, stars or equal signs alone. */
static bool is_rule(struct jd_span line)
{
    if (line.len < 2 || !strchr("-_=*~", line.data[0])) {
        return false;
    }
    for (size_t i = 1; i < line.len; i++) {
        if (line.data[i] != line.data[0]) {
            return false;
        }
    }
    return true;
}

struct words {
    int count, capitals, others; // words; those with a capital; those with digits or signs
    bool sentence;               // ends like a sentence or a question
};

static size_t count_digits(struct jd_span word)
{
    size_t digits = 0;
    for (size_t i = 0; i < word.len; i++) {
        digits += word.data[i] >= '0' && word.data[i] <= '9';
    }
    return digits;
}

static struct words count_words(struct jd_span line)
{
    struct words words = { 0 };
    struct jd_span rest = line;
    struct jd_span word;
    while (jd_span_split(&rest, ' ', &word)) {
        uint32_t code = 0;
        if (word.len == 0 || jd_utf8_step(word.data, word.len, &code) == 0) {
            continue;
        }
        words.count++;
        bool letter = jd_text_is_letter(code) && count_digits(word) == 0;
        words.capitals += letter && jd_text_lower(code) != code;
        words.others += !letter;
    }
    char last = line.len ? line.data[line.len - 1] : '\0';
    words.sentence =
            last == '?' || last == '!' || last == ':' || (last == '.' && words.count > 4);
    return words;
}

/** The length of the longest closing at the start of `line`, 0 if there is none. */
static size_t closing_length(struct jd_span line)
{
    size_t longest = 0;
    for (size_t i = 0; i < COUNT(closings); i++) {
        size_t len = strlen(closings[i]);
        bool whole = line.len == len ||
                     (line.len > len && !jd_text_is_letter((unsigned char)line.data[len]) &&
                             (unsigned char)line.data[len] < 0x80);
        if (len > longest && whole && jd_lines_start(line, closings[i])) {
            longest = len;
        }
    }
    return longest;
}

/** A closing alone, or followed by punctuation and at most a name. */
static bool is_closing(struct jd_span line)
{
    size_t len = line.len <= CLOSING_BYTES_MAX ? closing_length(line) : 0;
    if (len == 0) {
        return false;
    }
    struct jd_span rest = jd_span_sub(line, len, line.len);
    size_t marks = 0;
    while (marks < rest.len && strchr(" ,.!-/&", rest.data[marks]) && rest.data[marks]) {
        marks++;
    }
    rest = jd_span_sub(rest, marks, rest.len);
    struct words words = count_words(rest);
    return rest.len == 0 || (marks && words.count <= 3 && words.capitals == words.count);
}

static bool has_name_part(struct jd_span line, struct jd_span name)
{
    char part[WORD_BYTES_MAX + 1];
    size_t len = 0;
    for (size_t i = 0; i <= name.len; i++) {
        char c = i < name.len ? jd_ascii_lower(name.data[i]) : ' ';
        bool letter = (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
        if (letter && len < WORD_BYTES_MAX) {
            part[len++] = c;
            continue;
        }
        part[len] = '\0';
        bool whole = len == 2 && line.len == 2; // "Ed"
        if ((len >= NAME_PART_BYTES_MIN || whole) && jd_lines_contain(line, part)) {
            return true;
        }
        len = 0;
    }
    return false;
}

/** A short line with a part of the sender's name. */
static bool is_sender(struct jd_span line, const struct jd_mail_address *names)
{
    struct words words = count_words(line);
    if (line.len > NAME_LINE_BYTES_MAX || words.count > NAME_WORDS_MAX + 2 || words.sentence) {
        return false;
    }
    const char *at =
            names->address.len ? memchr(names->address.data, '@', names->address.len) : NULL;
    struct jd_span local =
            jd_span_sub(names->address, 0, at ? (size_t)(at - names->address.data) : 0);
    return has_name_part(line, names->name) || has_name_part(line, local);
}

/** One to four capitalised words and nothing else: a name, if it stands in the right place. */
static bool is_name_like(struct jd_span line)
{
    struct words words = count_words(line);
    bool stop = line.len && strchr(".,", line.data[line.len - 1]) && words.count > 2;
    return line.len >= 2 && line.len <= 30 && words.count <= NAME_WORDS_MAX - 1 &&
           words.count > 0 && words.capitals == words.count && !words.sentence && !stop;
}

/** What may stand in a signature under its first line. */
static bool is_signature_line(struct jd_span line)
{
    struct words words = count_words(line);
    if (is_rule(line) || is_device(line)) {
        return true;
    }
    bool contact = jd_lines_contain(line, "@") || jd_lines_contain(line, "http") ||
                   jd_lines_contain(line, "www.");
    if (contact && words.count <= 8) {
        return true;
    }
    return line.len <= LINE_BYTES_MAX && !words.sentence &&
           (words.capitals + words.others) * 2 >= words.count;
}

/** The full lines at the end of [start, end), the last first. */
struct tail {
    uint32_t lines[TAIL_LINES_MAX];
    uint32_t count;
};

static struct tail read_tail(const struct jd_lines *lines, uint32_t start, uint32_t end)
{
    struct tail tail = { .count = 0 };
    for (uint32_t i = end; i > start && tail.count < TAIL_LINES_MAX; i--) {
        if (!jd_lines_blank(lines, i - 1)) {
            tail.lines[tail.count++] = i - 1;
        }
    }
    return tail;
}

static uint32_t find_delimiter(const struct jd_lines *lines, uint32_t start, uint32_t end)
{
    uint32_t lowest = end > start + DELIMITED_LINES_MAX ? end - DELIMITED_LINES_MAX : start;
    for (uint32_t i = end; i > lowest; i--) {
        if (is_delimiter(lines, i - 1)) {
            return i - 1;
        }
    }
    return end;
}

/** Whether a signature can begin with line `k` of the tail, 0 being the last line. */
static bool can_begin(const struct jd_lines *lines,
        const struct tail *tail,
        uint32_t k,
        uint32_t start,
        const struct jd_mail_address *names)
{
    uint32_t index = tail->lines[k];
    struct jd_span line = jd_lines_at(lines, index);
    if (is_closing(line) || is_device(line) || (is_rule(line) && k > 0)) {
        return true;
    }
    if (is_sender(line, names)) {
        return true;
    }
    // A name that is not the sender's must stand apart and not be all there is.
    bool apart = index > start && jd_lines_blank(lines, index - 1);
    bool first = k + 1 == tail->count && tail->count < TAIL_LINES_MAX;
    return k <= 1 && apart && !first && is_name_like(line);
}

uint32_t jd_signature_find(const struct jd_lines *lines,
        uint32_t start,
        uint32_t end,
        const struct jd_mail_address *names)
{
    uint32_t delimiter = find_delimiter(lines, start, end);
    if (delimiter < end) {
        return delimiter;
    }
    struct tail tail = read_tail(lines, start, end);
    uint32_t found = end;
    for (uint32_t k = 0; k < tail.count; k++) {
        if (can_begin(lines, &tail, k, start, names)) {
            found = tail.lines[k];
        }
        if (!is_signature_line(jd_lines_at(lines, tail.lines[k])) &&
                !is_closing(jd_lines_at(lines, tail.lines[k])) && found != tail.lines[k]) {
            break;
        }
    }
    // The greeting of a one-line mail is not its signature.
    bool whole =
            tail.count && found == tail.lines[tail.count - 1] && tail.count < TAIL_LINES_MAX;
    return whole ? end : found;
}
