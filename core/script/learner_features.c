/* Mails and texts to hashes. */
#include "script/learner_features.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/span.h"
#include "script/fold.h"

#define MAIL_WORDS_MAX   700 // of what the writer wrote
#define QUOTE_WORDS_MAX  500 // of what is quoted
#define NAME_WORDS_MAX   8
#define LINKS_MAX        50
#define SUBJECT_WORDS    30
#define TEXT_WORDS_MAX   250
#define WORD_BYTES_MAX   40
#define REQUEST_LEAST    (-3) // steps of a request's score that are told apart
#define REQUEST_MOST     8
#define RADIX_BITS       11
#define FOLDED_BYTES_MAX (1u << 20)

/* Hashes. */

static uint64_t mix(uint64_t hash, struct jd_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        hash = (hash ^ (unsigned char)bytes.data[i]) * 0x100000001b3ull; // FNV-1a
    }
    return (hash ^ 0xff) * 0x100000001b3ull; // an end that is in no text
}

static void add_hash(struct jd_features *features, enum jd_feature_family family, uint64_t hash)
{
    if (features->count == JD_FEATURES_MAX) {
        return;
    }
    hash ^= hash >> 32;
    hash *= 0x9e3779b97f4a7c15ull;
    features->hashes[features->count++] = ((uint32_t)(hash >> 32) & ~7u) | (uint32_t)family;
}

static void add(struct jd_features *features,
        enum jd_feature_family family,
        const char *name,
        struct jd_span value)
{
    add_hash(features, family, mix(mix((uint64_t)family + 1, jd_span_of(name)), value));
}

static void add_pair(struct jd_features *features,
        enum jd_feature_family family,
        const char *name,
        struct jd_span first,
        struct jd_span second)
{
    uint64_t hash = mix(mix((uint64_t)family + 1, jd_span_of(name)), first);
    add_hash(features, family, mix(hash, second));
}

static void add_fact(struct jd_features *features, const char *name)
{
    add(features, JD_FEATURE_FACT, name, jd_span_new("", 0));
}

/* A count as its size: 0, 1, 2, 3-4, 5-8, ... */
static void add_size(struct jd_features *features, const char *name, uint64_t count)
{
    char size = '0';
    for (uint64_t top = 0; top < count && size < 'z'; top = top < 2 ? top + 1 : top * 2) {
        size++;
    }
    add(features, JD_FEATURE_FACT, name, jd_span_new(&size, 1));
}

/* Sorted and each once. */
static void settle(struct jd_features *features)
{
    uint32_t places[1u << RADIX_BITS];
    uint32_t *from = features->hashes, *to = features->spare;
    for (unsigned shift = 0; shift < 32; shift += RADIX_BITS) {
        uint32_t sum = 0;
        memset(places, 0, sizeof(places));
        for (uint32_t i = 0; i < features->count; i++) {
            places[from[i] >> shift & ((1u << RADIX_BITS) - 1)]++;
        }
        for (uint32_t i = 0; i < 1u << RADIX_BITS; i++) {
            uint32_t here = places[i];
            places[i] = sum;
            sum += here;
        }
        for (uint32_t i = 0; i < features->count; i++) {
            to[places[from[i] >> shift & ((1u << RADIX_BITS) - 1)]++] = from[i];
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    features->hashes = from;
    features->spare = to;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < features->count; i++) {
        if (kept == 0 || from[i] != from[kept - 1]) {
            from[kept++] = from[i];
        }
    }
    features->count = kept;
}

/* Words of folded text. */

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'' || (c & 0x80);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What numbers have in common: years, small ones, clock readings, the rest by length. */
static struct jd_span number_shape(struct jd_span word)
{
    static const char *const shapes[] = { "#1", "#2", "#3", "#4", "#5", "#6", "#7" };
    size_t len = word.len < 7 ? word.len : 7;
    return jd_span_of(shapes[len - 1]);
}

static struct jd_span shape_word(struct jd_span word)
{
    size_t digits = 0;
    for (size_t i = 0; i < word.len; i++) {
        digits += is_digit(word.data[i]);
    }
    if (digits == word.len) {
        return number_shape(word);
    }
    return digits > 0 && word.len > 4 ? JD_SPAN("#x") : word;
}

static size_t word_bytes(struct jd_span text)
{
    size_t len = 0;
    while (len < text.len && is_word_byte(text.data[len])) {
        len++;
    }
    return len;
}

static struct jd_span trim_quotes(struct jd_span word)
{
    while (word.len && word.data[0] == '\'') {
        word = jd_span_sub(word, 1, word.len);
    }
    while (word.len && word.data[word.len - 1] == '\'') {
        word.len--;
    }
    return word;
}

/* A link or an address that begins with a word of `len` bytes, as one word; empty: it is none.
 * How many bytes it has. */
static struct jd_span whole_of(struct jd_span text, size_t len, size_t *out_bytes)
{
    bool is_link = len + 2 < text.len && memcmp(text.data + len, "://", 3) == 0;
    bool is_address = len < text.len && text.data[len] == '@';
    *out_bytes = len;
    if (!is_link && !is_address) {
        return jd_span_new("", 0);
    }
    const char *space = memchr(text.data + len, ' ', text.len - len);
    *out_bytes = space ? (size_t)(space - text.data) : text.len;
    return is_link ? JD_SPAN("<link>") : JD_SPAN("<address>");
}

/* Takes the next word or sign off the front; of signs only those that say something. Empty:
 * nothing is left. */
static struct jd_span next_word(struct jd_span *rest)
{
    while (rest->len) {
        size_t len = word_bytes(*rest), bytes;
        if (len == 0) {
            struct jd_span sign = jd_span_sub(*rest, 0, 1);
            *rest = jd_span_sub(*rest, 1, rest->len);
            if (sign.data[0] && strchr("?!$%", sign.data[0])) {
                return sign;
            }
            continue;
        }
        struct jd_span word = trim_quotes(jd_span_sub(*rest, 0, len));
        struct jd_span whole = whole_of(*rest, len, &bytes);
        *rest = jd_span_sub(*rest, bytes, rest->len);
        if (whole.len) {
            return whole;
        }
        if (word.len) {
            return shape_word(jd_span_sub(word, 0, WORD_BYTES_MAX));
        }
    }
    return jd_span_new("", 0);
}

static uint32_t cut_words(struct jd_span folded, struct jd_span *words, uint32_t max)
{
    uint32_t count = 0;
    while (count < max) {
        words[count] = next_word(&folded);
        if (words[count].len == 0) {
            break;
        }
        count++;
    }
    return count;
}

static struct jd_span fold(struct jd_features *features, struct jd_span text)
{
    jd_buf_clear(&features->folded);
    jd_fold_append(
            features->fold, &features->folded, jd_span_sub(text, 0, FOLDED_BYTES_MAX / 4));
    return jd_buf_span(&features->folded);
}

/* Classes of words: what is common to words that few lessons have seen. */
// clang-format off: a table to be read
static const struct {
    const char *name, *words;
} word_classes[] = {
    { "tell",
            " send forward email mail fax tell advise inform notify reply respond answer write let give get bring mailed schicken senden sagen antworten schreiben geben " },
    { "call", " call phone ring page dial reach contact anrufen telefonieren erreichen " },
    { "meet",
            " meet meeting lunch dinner breakfast drinks coffee conference appointment visit join attend treffen besprechung termin kommen " },
    { "look",
            " review check look read see verify confirm consider approve sign comment comments update revise edit correct prufen ansehen lesen freigeben " },
    { "do", " do make take put set arrange schedule book order buy pay print fix change add remove complete finish fill submit file handle prepare draft provide include machen erledigen " },
    { "talk", " talk speak discuss chat visit sprechen reden diskutieren " },
    { "click",
            " click visit download install upgrade log login sign register subscribe start try shop launch enter klicken " },
    { "day",
            " monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun today tomorrow tonight morgen heute montag dienstag mittwoch donnerstag freitag samstag sonntag " },
    { "soon",
            " asap soon now immediately eod morning afternoon evening noon week next later this bald sofort woche " },
    { "month",
            " january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec " },
    { "may",
            " can could would will shall should may might must need needs have has ought kann konnte wurde soll sollte muss " },
    { "me", " i i'm i'll i'd i've me my mine we we're we'll we'd we've us our ich wir mich uns mir " },
    { "you", " you your you're you'll you'd you've yours u du sie ihr ihnen dir dich " },
    { "they", " he she it they them him her his their its er es " },
    { "ask",
            " what when where who why how which whether if was wann wo wer warum wie welche ob " },
    { "please", " please pls plz kindly bitte " },
    { "thanks", " thanks thank thx appreciate grateful danke " },
    { "not",
            " not no don't doesn't didn't won't can't cannot isn't wasn't never nicht kein keine " },
    { "past",
            " was were had did been got sent went said told came made took called wrote received talked war hatte " },
    { "wish", " want like hope love wish wants would'd mochte will gern " },
};
// clang-format on

/* The class of a word; NULL: none. */
static const char *class_of(struct jd_span word)
{
    char wanted[WORD_BYTES_MAX + 3];
    if (word.len > WORD_BYTES_MAX) {
        return NULL;
    }
    wanted[0] = ' ';
    memcpy(wanted + 1, word.data, word.len);
    wanted[word.len + 1] = ' ';
    wanted[word.len + 2] = '\0';
    for (size_t i = 0; i < sizeof(word_classes) / sizeof(*word_classes); i++) {
        if (strstr(word_classes[i].words, wanted)) {
            return word_classes[i].name;
        }
    }
    return NULL;
}

/* Texts. */

static void add_pieces(struct jd_features *features, struct jd_span word)
{
    char bordered[WORD_BYTES_MAX + 2];
    size_t len = word.len + 2;
    bordered[0] = '<';
    memcpy(bordered + 1, word.data, word.len);
    bordered[len - 1] = '>';
    for (size_t size = 3; size <= 5; size++) {
        for (size_t at = 0; at + size <= len; at++) {
            add(features, JD_FEATURE_PIECE, "p", jd_span_new(bordered + at, size));
        }
    }
}

static void add_ends(struct jd_features *features, const struct jd_span *words, uint32_t count)
{
    const enum jd_feature_family place = JD_FEATURE_PLACE;
    add(features, place, "first", words[0]);
    add(features, place, "last", words[count - 1]);
    if (count > 1) {
        add_pair(features, place, "first two", words[0], words[1]);
        add(features, place, "second", words[1]);
    }
}

/* The class of a word where it has one, else the word. */
static struct jd_span shown(const char *class, struct jd_span word)
{
    return class ? jd_span_of(class) : word;
}

static void
add_classes(struct jd_features *features, const struct jd_span *words, uint32_t count)
{
    const enum jd_feature_family place = JD_FEATURE_PLACE;
    const char *classes[TEXT_WORDS_MAX + 1];
    for (uint32_t i = 0; i <= count; i++) {
        classes[i] = i == count ? "$" : class_of(words[i]);
        struct jd_span here = shown(classes[i], i < count ? words[i] : jd_span_new("", 0));
        const char *before = i ? classes[i - 1] : "^";
        if (classes[i] && i < count) {
            add(features, place, "class", here);
        }
        if (classes[i] && i < count && i < 2) {
            add(features, place, i ? "second class" : "first class", here);
        }
        if (classes[i] || before) {
            struct jd_span past = shown(before, i ? words[i - 1] : jd_span_new("", 0));
            add_pair(features, place, "class pair", past, here);
        }
        if (i >= 2 && classes[i] && classes[i - 2]) {
            add_pair(features, place, "class gap", jd_span_of(classes[i - 2]), here);
        }
    }
}

static void add_text_shape(struct jd_features *features, struct jd_span text, uint32_t words)
{
    uint32_t capitals = 0, letters = 0, commas = 0;
    for (size_t i = 0; i < text.len; i++) {
        capitals += text.data[i] >= 'A' && text.data[i] <= 'Z';
        letters += jd_ascii_lower(text.data[i]) >= 'a' && jd_ascii_lower(text.data[i]) <= 'z';
        commas += text.data[i] == ',';
    }
    add_size(features, "words", words);
    add_size(features, "commas", commas);
    struct jd_span trimmed = jd_span_trim(text);
    if (trimmed.len) {
        add(features, JD_FEATURE_FACT, "ends with", jd_span_sub(trimmed, trimmed.len - 1, 1));
    }
    if (letters && capitals * 2 > letters) {
        add_fact(features, "shouts");
    }
}

/* How much it sounds like a request: each step of the score that is reached. */
static void add_request(struct jd_features *features, struct jd_span folded)
{
    if (features->requests == NULL) {
        features->requests = jd_requests_create();
    }
    double score = jd_request_score(features->requests, folded);
    for (int step = REQUEST_LEAST; step <= REQUEST_MOST && score > step; step++) {
        char letter = (char)('a' + step - REQUEST_LEAST);
        add(features, JD_FEATURE_FACT, "asks", jd_span_new(&letter, 1));
    }
}

void jd_features_take_text(struct jd_features *features, struct jd_span text)
{
    struct jd_span words[TEXT_WORDS_MAX];
    features->kind = JD_FEATURES_TEXT;
    features->count = 0;
    struct jd_span folded = fold(features, text);
    uint32_t count = cut_words(folded, words, TEXT_WORDS_MAX);
    add_request(features, folded);
    add_text_shape(features, text, count);
    if (count) {
        add_ends(features, words, count);
        add_classes(features, words, count);
    }
    for (uint32_t i = 0; i < count; i++) {
        add(features, JD_FEATURE_WORD, "w", words[i]);
        if (i > 0) {
            add_pair(features, JD_FEATURE_PAIR, "2", words[i - 1], words[i]);
        }
        if (i > 1) {
            uint64_t hash = mix(mix(7, words[i - 2]), words[i - 1]);
            add_hash(features, JD_FEATURE_PAIR, mix(hash, words[i]));
            add_pair(features, JD_FEATURE_PAIR, "gap", words[i - 2], words[i]);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        add_pieces(features, words[i]);
    }
    settle(features);
}

/* Mails. */

static struct jd_span domain_of(struct jd_span address)
{
    const char *at = address.len ? memrchr(address.data, '@', address.len) : NULL;
    return at ? jd_span_sub(address, (size_t)(at - address.data) + 1, address.len)
              : jd_span_new("", 0);
}

/* The domain, what it belongs to, and its last label. */
static void add_domain(struct jd_features *features, const char *name, struct jd_span domain)
{
    for (struct jd_span rest = domain; rest.len;) {
        const char *dot = memchr(rest.data, '.', rest.len);
        add(features, JD_FEATURE_FACT, name, rest);
        rest = dot ? jd_span_sub(rest, (size_t)(dot - rest.data) + 1, rest.len)
                   : jd_span_new(NULL, 0);
    }
}

/* The first word of a header value, lower case. */
static void add_value(struct jd_features *features, const char *name, struct jd_span value)
{
    char word[WORD_BYTES_MAX];
    size_t len = 0;
    value = jd_span_trim(value);
    while (len < value.len && len < sizeof(word) && !strchr(" ;,/(\t", value.data[len])) {
        word[len] = jd_ascii_lower(value.data[len]);
        len++;
    }
    if (len) {
        add(features, JD_FEATURE_FACT, name, jd_span_new(word, len));
    }
}

/* What of a header value says something wherever it stands. */
static void add_parts(struct jd_features *features, const char *name, struct jd_span value)
{
    static const char *const parts[] = { "spf=pass", "spf=fail", "dkim=pass", "dkim=fail",
        "dmarc=pass", "dmarc=fail", "charset=\"us-ascii\"", "charset=us-ascii",
        "multipart/alternative", "multipart/mixed", "multipart/related", "text/html",
        "text/plain", "iso-8859-1", "utf-8" };
    for (size_t i = 0; value.len && i < sizeof(parts) / sizeof(*parts); i++) {
        if (memmem(value.data, value.len, parts[i], strlen(parts[i]))) {
            add(features, JD_FEATURE_FACT, name, jd_span_of(parts[i]));
        }
    }
}

/* The name of each field; of some the value too. */
static void add_header(struct jd_features *features, const struct jd_mail_header *header)
{
    static const char *const valued[] = { "x-mailer", "user-agent", "content-type",
        "precedence", "x-priority", "x-msmail-priority", "importance", "auto-submitted",
        "mime-version", "content-transfer-encoding", "x-originating-ip", "x-mimeole",
        "content-class", "authentication-results", "received-spf", "sensitivity" };
    char bytes[WORD_BYTES_MAX];
    struct jd_span name = { bytes, 0 };
    while (name.len < header->name.len && name.len < sizeof(bytes)) {
        bytes[name.len] = jd_ascii_lower(header->name.data[name.len]);
        name.len++;
    }
    add(features, JD_FEATURE_FACT, "header", name);
    for (size_t i = 0; i < sizeof(valued) / sizeof(*valued); i++) {
        if (jd_span_equal(name, jd_span_of(valued[i]))) {
            add_value(features, valued[i], header->value);
            add_parts(features, valued[i], header->value);
        }
    }
}

static uint32_t count_received(const struct jd_mail *mail)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < mail->headers_count; i++) {
        count += jd_span_equal_nocase(mail->headers[i].name, JD_SPAN("received"));
    }
    return count;
}

static void
add_name(struct jd_features *features, const char *name, struct jd_span text, uint32_t max)
{
    struct jd_span words[NAME_WORDS_MAX];
    uint32_t count = cut_words(fold(features, text), words, max);
    for (uint32_t i = 0; i < count; i++) {
        add(features, JD_FEATURE_FACT, name, words[i]);
    }
}

static void add_people(struct jd_features *features, const struct jd_mail *mail)
{
    struct jd_span from = domain_of(mail->from.address);
    add_domain(features, "from", from);
    add_size(features, "to", mail->to_count);
    add_size(features, "cc", mail->cc_count);
    if (mail->from.name.len == 0) {
        add_fact(features, "no name");
    }
    struct jd_span local =
            jd_span_sub(mail->from.address, 0, mail->from.address.len - from.len);
    uint32_t digits = 0;
    for (size_t i = 0; i < local.len; i++) {
        digits += is_digit(local.data[i]);
    }
    add_name(features, "name", mail->from.name, NAME_WORDS_MAX);
    add_size(features, "digits in address", digits);
    if (mail->reply_to_count) {
        bool same = jd_span_equal_nocase(domain_of(mail->reply_to[0].address), from);
        add_fact(features, same ? "reply to same domain" : "reply to other domain");
    }
    for (uint32_t i = 0; i < mail->to_count && i < 5; i++) {
        bool same = jd_span_equal_nocase(domain_of(mail->to[i].address), from);
        add_fact(features, same ? "to same domain" : "to other domain");
        add_domain(features, "to", domain_of(mail->to[i].address));
    }
    add_domain(features, "id", domain_of(mail->message_id));
}

static void add_shape(struct jd_features *features, const struct jd_mail *mail)
{
    static const struct {
        size_t offset;
        const char *name;
    } texts[] = {
        { offsetof(struct jd_mail, list_id), "list id" },
        { offsetof(struct jd_mail, list_unsubscribe), "list unsubscribe" },
        { offsetof(struct jd_mail, precedence), "precedence" },
        { offsetof(struct jd_mail, auto_submitted), "auto submitted" },
        { offsetof(struct jd_mail, calendar_method), "calendar method" },
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        const struct jd_span *value =
                (const struct jd_span *)((const char *)mail + texts[i].offset);
        if (value->len) {
            add_fact(features, texts[i].name);
        }
    }
    add_fact(features, mail->is_reply ? "reply" : "no reply");
    add_fact(features, mail->has_html ? "html" : "plain");
    if (mail->hidden_text) {
        add_fact(features, "hidden text");
    }
    if (mail->has_calendar) {
        add_fact(features, "calendar");
    }
    add(features, JD_FEATURE_FACT, "language", mail->language);
    add_size(features, "received", count_received(mail));
    add_size(features, "references", mail->references_count);
    add_size(features, "attachments", mail->attachments_count);
    for (uint32_t i = 0; i < mail->attachments_count && i < 10; i++) {
        add(features, JD_FEATURE_FACT, "attached", mail->attachments[i].mime_type);
    }
    for (uint32_t i = 0; i < mail->zones_count; i++) {
        char kind = (char)('0' + mail->zones[i].kind);
        add(features, JD_FEATURE_FACT, "zone", jd_span_new(&kind, 1));
    }
}

/* The host at the front of what follows "://"; lower case into `out`. */
static struct jd_span take_host(struct jd_span text, char out[WORD_BYTES_MAX])
{
    size_t len = 0;
    while (len < text.len && len < WORD_BYTES_MAX) {
        char c = jd_ascii_lower(text.data[len]);
        if (!is_word_byte(c) && c != '.' && c != '-') {
            break;
        }
        out[len++] = c;
    }
    return jd_span_new(out, len);
}

/* The hosts that a text links to; how many. */
static uint32_t add_links(struct jd_features *features, struct jd_span text)
{
    uint32_t count = 0;
    const char *at;
    while (text.len > 3 && count < LINKS_MAX && (at = memmem(text.data, text.len, "://", 3))) {
        char bytes[WORD_BYTES_MAX];
        text = jd_span_sub(text, (size_t)(at - text.data) + 3, text.len);
        struct jd_span host = take_host(text, bytes);
        if (host.len && is_digit(host.data[host.len - 1])) {
            add_fact(features, "link to a number");
        } else {
            add_domain(features, "link", host);
        }
        count++;
    }
    return count;
}

static void add_text_facts(struct jd_features *features, struct jd_span text)
{
    uint64_t lines = 0, capitals = 0, letters = 0, marks = 0, questions = 0, money = 0,
             high = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        lines += c == '\n';
        capitals += c >= 'A' && c <= 'Z';
        letters += jd_ascii_lower(c) >= 'a' && jd_ascii_lower(c) <= 'z';
        marks += c == '!';
        questions += c == '?';
        money += c == '$';
        high += (c & 0x80) != 0;
    }
    add_size(features, "bytes", text.len / 64);
    add_size(features, "lines", lines);
    add_size(features, "marks", marks);
    add_size(features, "questions", questions);
    add_size(features, "money", money);
    add_size(features, "high", letters ? high * 100 / (letters + high) : 0);
    add_size(features, "capitals", letters ? capitals * 20 / letters : 0);
    add_size(features, "links", add_links(features, text));
}

static bool is_left_out(const struct jd_mail_zone *zone)
{
    return zone->kind == JD_ZONE_QUOTE || zone->kind == JD_ZONE_SIGNATURE;
}

/* The words of a part of the text, up to the limit that the parts share. */
static void add_part(struct jd_features *features, struct jd_span text, uint32_t *words_left)
{
    struct jd_span rest = fold(features, text), last = { NULL, 0 };
    while (*words_left > 0) {
        struct jd_span word = next_word(&rest);
        if (word.len == 0) {
            return;
        }
        add(features, JD_FEATURE_WORD, "w", word);
        if (last.len) {
            add_pair(features, JD_FEATURE_PAIR, "2", last, word);
        }
        last = word;
        (*words_left)--;
    }
}

static void add_quote(struct jd_features *features, struct jd_span text, uint32_t *words_left)
{
    struct jd_span rest = fold(features, text);
    while (*words_left > 0) {
        struct jd_span word = next_word(&rest);
        if (word.len == 0) {
            return;
        }
        add(features, JD_FEATURE_QUOTE, "w", word);
        (*words_left)--;
    }
}

static void add_body(struct jd_features *features, const struct jd_mail *mail)
{
    uint32_t words_left = MAIL_WORDS_MAX, quoted_left = QUOTE_WORDS_MAX;
    size_t from = 0, written = 0;
    for (uint32_t i = 0; i <= mail->zones_count; i++) {
        bool last = i == mail->zones_count;
        const struct jd_mail_zone *zone = last ? NULL : &mail->zones[i];
        if (zone && !is_left_out(zone)) {
            continue;
        }
        size_t to = zone ? zone->start : mail->text.len;
        if (to > from) {
            add_part(features, jd_span_sub(mail->text, from, to - from), &words_left);
            written += to - from;
        }
        if (zone && zone->end > zone->start) {
            struct jd_span text = jd_span_sub(mail->text, zone->start, zone->end - zone->start);
            add_quote(features, text, &quoted_left);
        }
        from = zone && zone->end > from ? zone->end : from;
    }
    add_size(features, "written", written / 16);
}

static void add_subject(struct jd_features *features, struct jd_span subject)
{
    struct jd_span words[SUBJECT_WORDS];
    uint32_t count = cut_words(fold(features, subject), words, SUBJECT_WORDS);
    for (uint32_t i = 0; i < count; i++) {
        add(features, JD_FEATURE_SUBJECT, "w", words[i]);
        if (i > 0) {
            add_pair(features, JD_FEATURE_SUBJECT, "2", words[i - 1], words[i]);
        }
    }
    add_size(features, "subject words", count);
    uint32_t capitals = 0, letters = 0;
    for (size_t i = 0; i < subject.len; i++) {
        capitals += subject.data[i] >= 'A' && subject.data[i] <= 'Z';
        letters += jd_ascii_lower(subject.data[i]) >= 'a' &&
                   jd_ascii_lower(subject.data[i]) <= 'z';
    }
    if (letters > 3 && capitals * 2 > letters) {
        add_fact(features, "subject shouts");
    }
}

void jd_features_take_mail(struct jd_features *features, const struct jd_mail *mail)
{
    features->kind = JD_FEATURES_MAIL;
    features->count = 0;
    for (uint32_t i = 0; i < mail->headers_count && i < 200; i++) {
        add_header(features, &mail->headers[i]);
    }
    add_people(features, mail);
    add_shape(features, mail);
    add_subject(features, mail->subject);
    add_text_facts(features, mail->text);
    add_body(features, mail);
    settle(features);
}

/* The object and its written form. */

struct jd_features *jd_features_create(void)
{
    struct jd_features *features = jd_xalloc(sizeof(*features));
    features->hashes = jd_xalloc(JD_FEATURES_MAX * sizeof(*features->hashes));
    features->spare = jd_xalloc(JD_FEATURES_MAX * sizeof(*features->spare));
    features->fold = jd_xalloc(sizeof(*features->fold));
    features->folded = jd_buf_init(FOLDED_BYTES_MAX);
    jd_fold_init(features->fold);
    return features;
}

void jd_features_destroy(struct jd_features **features)
{
    struct jd_features *f = *features;
    if (f == NULL) {
        return;
    }
    free(f->hashes);
    free(f->spare);
    free(f->fold);
    jd_requests_destroy(&f->requests);
    jd_buf_finish(&f->folded);
    free(f);
    *features = NULL;
}

void jd_features_write(const struct jd_features *features, struct jd_buf *out)
{
    uint32_t last = 0;
    jd_buf_char(out, JD_FEATURES_VERSION);
    jd_buf_char(out, (char)features->kind);
    for (uint32_t i = 0; i < features->count; i++) {
        uint32_t step = features->hashes[i] - last;
        while (step >= 0x80) {
            jd_buf_char(out, (char)(step | 0x80));
            step >>= 7;
        }
        jd_buf_char(out, (char)step);
        last = features->hashes[i];
    }
}

/* One difference off the front; false when it is none. */
static bool take_step(struct jd_span *rest, uint32_t *out)
{
    uint64_t step = 0;
    for (unsigned shift = 0; rest->len && shift < 35; shift += 7) {
        unsigned char byte = (unsigned char)rest->data[0];
        *rest = jd_span_sub(*rest, 1, rest->len);
        step |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = (uint32_t)step;
            return step <= UINT32_MAX;
        }
    }
    return false;
}

enum jd_status jd_features_read(struct jd_span written,
        enum jd_features_kind *out_kind,
        uint32_t *out,
        uint32_t *out_count,
        struct jd_error *error)
{
    uint32_t count = 0, last = 0;
    if (written.len < 2 || written.data[0] != JD_FEATURES_VERSION ||
            (written.data[1] != JD_FEATURES_MAIL && written.data[1] != JD_FEATURES_TEXT)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "a lesson's features are of another version: make them again from the mail");
    }
    struct jd_span rest = jd_span_sub(written, 2, written.len);
    while (rest.len) {
        uint32_t step;
        if (count == JD_FEATURES_MAX || !take_step(&rest, &step) || (count && step == 0) ||
                step > UINT32_MAX - last) {
            return jd_error_set(error, JD_BAD_INPUT, "a lesson's features are broken");
        }
        last += step;
        out[count++] = last;
    }
    *out_kind = (enum jd_features_kind)written.data[1];
    *out_count = count;
    return JD_OK;
}
