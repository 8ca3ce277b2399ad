/**
 * Languages. A text in a script of its own needs no words; Latin text is decided by the small
 * words that each language cannot do without. Words that two languages share vote for both.
 */
#include "mail/language.h"

#include "mail/text.h"

enum {
    READ_BYTES_MAX = 1200, // enough to be sure; the rest of a long mail is the same language
    WORD_BYTES_MAX = 8,    // no stop word is longer
    VOTES_MIN = 3,
    SCRIPT_LETTERS_MIN = 12,
};

/* One bit per Latin language, in the order of `codes`. */
enum {
    EN = 1 << 0,
    DE = 1 << 1,
    FR = 1 << 2,
    ES = 1 << 3,
    IT = 1 << 4,
    PT = 1 << 5,
    NL = 1 << 6,
    SV = 1 << 7,
    PL = 1 << 8,
    LATIN_COUNT = 9,
};

static const char *const codes[LATIN_COUNT] = { "en", "de", "fr", "es", "it", "pt", "nl", "sv",
    "pl" };

struct stop_word {
    const char *word;
    uint16_t languages;
};

/* Sorted by bytes for the search. */
static const struct stop_word stop_words[] = {
    { "a", EN | FR | ES | IT | PT | PL },
    { "aan", NL },
    { "about", EN },
    { "al", ES | IT | NL },
    { "alla", IT | SV },
    { "als", DE | NL },
    { "also", DE | EN },
    { "am", DE | EN },
    { "an", EN | DE },
    { "anche", IT },
    { "and", EN },
    { "ao", PT },
    { "are", EN },
    { "as", EN | PT },
    { "at", EN },
    { "att", SV },
    { "au", FR },
    { "auch", DE },
    { "auf", DE },
    { "av", SV },
    { "avec", FR },
    { "be", EN },
    { "bei", DE },
    { "bij", NL },
    { "but", EN },
    { "by", EN },
    { "can", EN },
    { "ce", FR },
    { "che", IT },
    { "ci", IT | PL },
    { "com", PT },
    { "como", ES | PT },
    { "con", ES | IT },
    { "czy", PL },
    { "da", IT | PT | DE },
    { "dans", FR },
    { "das", DE | PT },
    { "dat", NL },
    { "de", FR | ES | PT | NL | SV },
    { "del", ES | IT },
    { "della", IT },
    { "den", DE | SV },
    { "der", DE },
    { "des", FR | DE },
    { "det", SV },
    { "deze", NL },
    { "di", IT },
    { "die", DE | NL },
    { "do", PT | PL | EN },
    { "dos", PT },
    { "du", FR | DE | SV },
    { "e", IT | PT },
    { "een", NL },
    { "ein", DE },
    { "eine", DE },
    { "el", ES },
    { "em", PT },
    { "en", FR | ES | NL | SV },
    { "er", DE | NL },
    { "es", DE | ES },
    { "est", FR },
    { "esta", ES | PT },
    { "et", FR },
    { "ett", SV },
    { "for", EN },
    { "from", EN },
    { "från", SV },
    { "för", SV },
    { "für", DE },
    { "gli", IT },
    { "had", EN | NL },
    { "han", SV | ES },
    { "har", SV },
    { "has", EN | ES },
    { "have", EN },
    { "hebben", NL },
    { "het", NL },
    { "i", IT | PL | SV | EN },
    { "ich", DE },
    { "if", EN },
    { "il", FR | IT },
    { "im", DE },
    { "in", EN | DE | IT | NL },
    { "inte", SV },
    { "is", EN | NL },
    { "ist", DE },
    { "it", EN },
    { "ja", DE | SV | NL | PL },
    { "jag", SV },
    { "je", FR | NL },
    { "jest", PL },
    { "la", FR | ES | IT },
    { "las", ES },
    { "le", FR | IT },
    { "les", FR },
    { "lo", ES | IT },
    { "los", ES },
    { "mais", FR | PT },
    { "man", DE | SV | NL },
    { "med", SV },
    { "met", NL },
    { "mit", DE },
    { "my", EN | PL },
    { "más", ES },
    { "na", PT | PL },
    { "naar", NL },
    { "ne", FR | IT },
    { "nicht", DE },
    { "nie", PL | DE },
    { "niet", NL },
    { "no", ES | PT | EN },
    { "noch", DE | NL },
    { "non", FR | IT },
    { "not", EN },
    { "nous", FR },
    { "não", PT },
    { "o", PT | PL },
    { "och", SV },
    { "of", EN | NL },
    { "om", NL | SV },
    { "on", EN | FR },
    { "one", EN },
    { "ook", NL },
    { "op", NL },
    { "or", EN },
    { "os", PT },
    { "ou", FR | PT },
    { "our", EN },
    { "over", NL | EN },
    { "par", FR },
    { "para", ES | PT },
    { "pas", FR },
    { "per", IT | SV },
    { "pl", PL },
    { "please", EN },
    { "plus", FR },
    { "po", PL },
    { "por", ES | PT },
    { "pour", FR },
    { "på", SV },
    { "qu'il", FR },
    { "que", FR | ES | PT },
    { "qui", FR | IT },
    { "se", ES | IT | PT | PL | SV },
    { "sehr", DE },
    { "si", FR | ES | IT },
    { "sich", DE },
    { "sie", DE },
    { "sind", DE },
    { "so", EN | DE },
    { "som", SV },
    { "sono", IT },
    { "su", ES | IT },
    { "sur", FR },
    { "são", PT },
    { "te", NL | ES | PL },
    { "that", EN },
    { "the", EN },
    { "there", EN },
    { "they", EN },
    { "this", EN },
    { "till", SV },
    { "to", EN | PL },
    { "tym", PL },
    { "um", DE | PT },
    { "uma", PT },
    { "un", FR | ES | IT },
    { "una", ES | IT },
    { "und", DE },
    { "une", FR },
    { "van", NL },
    { "var", SV },
    { "vi", SV | IT },
    { "vom", DE },
    { "von", DE },
    { "voor", NL },
    { "vous", FR },
    { "w", PL },
    { "was", EN | DE | NL },
    { "we", EN | NL | PL },
    { "were", EN },
    { "what", EN },
    { "wij", NL },
    { "will", EN | DE },
    { "wir", DE },
    { "with", EN },
    { "would", EN },
    { "y", ES },
    { "you", EN },
    { "your", EN },
    { "z", PL },
    { "za", PL },
    { "ze", NL | PL },
    { "zijn", NL },
    { "zu", DE },
    { "zum", DE },
    { "zur", DE },
    { "à", FR },
    { "är", SV },
    { "è", IT },
    { "é", PT },
    { "że", PL },
};

struct votes {
    uint32_t latin[LATIN_COUNT];
    uint32_t latin_letters, cyrillic, ukrainian, kana, han, hangul;
};

/** As strcmp, but `word` ends after `len` bytes and has no NUL among them. */
static int compare_word(const char *word, size_t len, const char *other)
{
    size_t i = 0;
    while (i < len && word[i] == other[i]) {
        i++;
    }
    return (i < len ? (unsigned char)word[i] : 0) - (unsigned char)other[i];
}

static uint16_t find_word(const char *word, size_t len)
{
    size_t low = 0;
    size_t high = sizeof(stop_words) / sizeof(*stop_words);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare_word(word, len, stop_words[middle].word);
        if (order == 0) {
            return stop_words[middle].languages;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return 0;
}

static void vote(struct votes *votes, const char *word, size_t len)
{
    if (len == 0 || len > WORD_BYTES_MAX) {
        return;
    }
    uint16_t languages = find_word(word, len);
    bool sole = (languages & (languages - 1)) == 0;
    for (int i = 0; languages; i++, languages >>= 1) {
        votes->latin[i] += (languages & 1) ? (sole ? 2 : 1) : 0;
    }
}

static void count_script(struct votes *votes, uint32_t code)
{
    if (code < 0x250) {
        votes->latin_letters++;
    } else if (code >= 0x400 && code < 0x530) {
        votes->cyrillic++;
        votes->ukrainian += code == 0x456 || code == 0x457 || code == 0x454 || code == 0x491;
    } else if (code >= 0x3041 && code < 0x3100) {
        votes->kana++;
    } else if (code >= 0x3400 && code < 0xa000) {
        votes->han++;
    } else if (code >= 0xac00 && code < 0xd7a4) {
        votes->hangul++;
    }
}

static void read_piece(struct votes *votes, struct jd_span piece)
{
    char word[WORD_BYTES_MAX + 4];
    size_t len = 0;
    for (size_t at = 0; at < piece.len;) {
        uint32_t code = ' ';
        size_t step = jd_utf8_step(piece.data + at, piece.len - at, &code);
        at += step ? step : 1;
        if (jd_text_is_letter(code)) {
            count_script(votes, code);
            if (len <= WORD_BYTES_MAX) {
                len += jd_utf8_encode(jd_text_lower(code), word + len);
            }
        } else {
            vote(votes, word, len);
            len = 0;
        }
    }
    vote(votes, word, len);
}

static struct jd_span decide_latin(const struct votes *votes)
{
    int best = 0;
    uint32_t second = 0;
    for (int i = 1; i < LATIN_COUNT; i++) {
        if (votes->latin[i] > votes->latin[best]) {
            best = i;
        }
    }
    for (int i = 0; i < LATIN_COUNT; i++) {
        if (i != best && votes->latin[i] > second) {
            second = votes->latin[i];
        }
    }
    // Sure means a clear lead over the runner-up, not merely the most votes.
    bool sure = votes->latin[best] >= VOTES_MIN && votes->latin[best] * 4 >= second * 5;
    return sure ? jd_span_of(codes[best]) : jd_span_new("", 0);
}

static struct jd_span decide(const struct votes *votes)
{
    uint32_t east = votes->kana + votes->han;
    uint32_t others = votes->latin_letters / 4;
    if (votes->hangul > others && votes->hangul >= SCRIPT_LETTERS_MIN / 2) {
        return JD_SPAN("ko");
    }
    if (east > others && east >= SCRIPT_LETTERS_MIN / 2) {
        return votes->kana * 10 > votes->han ? JD_SPAN("ja") : JD_SPAN("zh");
    }
    if (votes->cyrillic > others && votes->cyrillic >= SCRIPT_LETTERS_MIN) {
        return votes->ukrainian * 50 > votes->cyrillic ? jd_span_new("", 0) : JD_SPAN("ru");
    }
    return decide_latin(votes);
}

struct jd_span jd_language_guess(const struct jd_mail *mail)
{
    struct votes votes = { 0 };
    size_t left = READ_BYTES_MAX;
    size_t at = 0;
    for (uint32_t i = 0; i <= mail->zones_count && left; i++) {
        bool last = i == mail->zones_count;
        size_t end = last ? mail->text.len : mail->zones[i].start;
        struct jd_span piece = jd_span_sub(mail->text, at, end - at);
        piece = jd_span_sub(piece, 0, left);
        read_piece(&votes, piece);
        left -= piece.len;
        at = last ? end : mail->zones[i].end;
    }
    if (left == READ_BYTES_MAX) {
        read_piece(&votes, jd_span_sub(mail->text, 0, READ_BYTES_MAX));
    }
    return decide(&votes);
}
