/**
 * Zones: a list's footer is cut off the end first, because it stands under everything; then
 * quotes are marked, and in what is left at the end the disclaimer and the signature are found.
 */
#include "mail/zones.h"

#include "mail/lines.h"
#include "mail/quotes.h"
#include "mail/signature.h"

enum {
    FOOTER_LINES_MAX = 16,
    FOOTER_RULE_BYTES_MIN = 10,
    DISCLAIMER_LINES_MAX = 40,
    ZONES_MAX = 2000,
};

/* Under the rule of a footer stands one of these; lower case. */
static const char *const footer_words[] = { "mailing list", "mailman/listinfo", "unsubscribe",
    "list archives", "google groups", "mailto:", "lists.", "-request@", "listserv", "/options/",
    "groups.io", "majordomo", "abmelden", "abbestellen", "désabonner", "désinscri",
    "darse de baja", "cancelar la suscripci", "disiscriver", "cancelar a inscri", "afmelden",
    "uitschrijven", "avregistrera", "wypisać" };

/* Footers without a rule begin with one of these; lower case. */
static const char *const footer_starts[] = { "to unsubscribe", "you received this",
    "you are receiving this", "you're receiving this", "unsubscribe", "this email was sent to",
    "this message was sent to", "to stop receiving", "if you no longer wish",
    "if you do not wish to receive", "manage your email preferences", "sie erhalten diese",
    "sie bekommen diese", "wenn sie diese e-mail", "um sich abzumelden", "vous recevez cet",
    "vous recevez ce", "pour vous désabonner", "ha recibido este", "recibes este",
    "para darse de baja", "ricevi questa", "per disiscriver", "você recebeu esta",
    "você está recebendo", "u ontvangt deze", "je ontvangt deze" };

/* Lower case; a disclaimer has one of the starts and one of the words. */
static const char *const disclaimer_starts[] = { "this e-mail", "this email", "this message",
    "this communication", "this transmission", "the information contained",
    "the information in this", "the information transmitted", "the contents of this",
    "confidentiality", "confidential", "disclaimer", "important notice",
    "important:", "notice:", "privileged", "legal notice", "legal disclaimer",
    "caution:", "the preceding e-mail", "privacy notice", "if you are not the intended",
    "if you have received this", "please consider the environment", "consider the environment",
    "think before you print", "we process personal", "note:", "diese e-mail", "diese nachricht",
    "der inhalt dieser", "die information", "vertraulich", "ce message", "ce courriel",
    "les informations", "este mensaje", "este correo", "la información", "aviso legal",
    "questo messaggio", "questa e-mail", "le informazioni", "esta mensagem", "este e-mail",
    "dit bericht", "deze e-mail", "de informatie", "detta meddelande" };
static const char *const disclaimer_words[] = { "confidential", "privileged",
    "intended recipient", "intended only", "intended solely", "received this", "vertraulich",
    "irrtümlich", "bestimmungsgem", "confidentiel", "destinataire", "confidencial",
    "destinatario", "riservat", "destinatário", "vertrouwelijk", "geadresseerde",
    "konfidentiell", "before printing", "before you print", "process personal" };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool contains_any(struct jd_span line, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (jd_lines_contain(line, words[i])) {
            return true;
        }
    }
    return false;
}

static bool starts_any(struct jd_span line, const char *const *words, size_t count)
{
    while (line.len && strchr("*_[|", line.data[0])) {
        line = jd_span_sub(line, 1, line.len);
    }
    for (size_t i = 0; i < count; i++) {
        if (jd_lines_start(line, words[i])) {
            return true;
        }
    }
    return false;
}

static bool is_footer_rule(struct jd_span line)
{
    if (line.len < FOOTER_RULE_BYTES_MIN || !strchr("_-=*#", line.data[0])) {
        return false;
    }
    for (size_t i = 1; i < line.len; i++) {
        if (line.data[i] != line.data[0]) {
            return false;
        }
    }
    return true;
}

/** The lines from `start` to before `end` as one span. */
static struct jd_span range(const struct jd_lines *lines, uint32_t start, uint32_t end)
{
    uint32_t from = lines->starts[start];
    return jd_span_sub(lines->text, from, lines->starts[end] - from);
}

/** The first line of a footer at the very end, lines->count if there is none. */
static uint32_t find_footer(const struct jd_lines *lines)
{
    uint32_t end = lines->count;
    uint32_t found = end;
    uint32_t full = 0;
    for (uint32_t i = end; i > 0 && full < FOOTER_LINES_MAX; i--) {
        struct jd_span line = jd_lines_at(lines, i - 1);
        if (line.len == 0) {
            continue;
        }
        full++;
        if (line.data[0] == '>' || lines->kinds[i - 1] == JD_ZONE_QUOTE) {
            break;
        }
        bool under_rule = is_footer_rule(line) &&
                          contains_any(range(lines, i, end), footer_words, COUNT(footer_words));
        if (under_rule || starts_any(line, footer_starts, COUNT(footer_starts))) {
            found = i - 1;
        }
    }
    return found;
}

/** The lines at the end of [0, end) that are in no zone; empty lines do not count. */
static uint32_t own_end(const struct jd_lines *lines, uint32_t end)
{
    while (end > 0 && (lines->kinds[end - 1] || jd_lines_blank(lines, end - 1))) {
        end--;
    }
    return end;
}

static uint32_t own_start(const struct jd_lines *lines, uint32_t end)
{
    while (end > 0 && lines->kinds[end - 1] == 0) {
        end--;
    }
    return end;
}

/** The first line of a disclaimer under a text, up to `end`; `end` if there is none. */
static uint32_t find_disclaimer(const struct jd_lines *lines, uint32_t start, uint32_t end)
{
    uint32_t lowest = end > start + DISCLAIMER_LINES_MAX ? end - DISCLAIMER_LINES_MAX : start;
    for (uint32_t i = lowest; i < end; i++) {
        struct jd_span line = jd_lines_at(lines, i);
        bool paragraph = i == start || jd_lines_blank(lines, i - 1) ||
                         is_footer_rule(jd_lines_at(lines, i - 1));
        if (i == 0 || line.len == 0 || !paragraph ||
                !starts_any(line, disclaimer_starts, COUNT(disclaimer_starts))) {
            continue;
        }
        if (contains_any(range(lines, i, end), disclaimer_words, COUNT(disclaimer_words))) {
            bool rule = i > start && is_footer_rule(jd_lines_at(lines, i - 1));
            return rule ? i - 1 : i;
        }
    }
    return end;
}

static void take_marks(struct jd_lines *lines, const struct jd_mail *mail)
{
    uint32_t line = 0;
    for (uint32_t i = 0; i < mail->zones_count; i++) {
        const struct jd_mail_zone *zone = &mail->zones[i];
        while (line < lines->count && lines->starts[line + 1] <= zone->start) {
            line++;
        }
        // A zone that the markup begins in the middle of a line begins with the next one.
        if (line < lines->count && lines->starts[line] < zone->start &&
                jd_span_trim(jd_span_sub(lines->text, lines->starts[line],
                                     zone->start - lines->starts[line]))
                        .len) {
            line++;
        }
        for (; line < lines->count && lines->starts[line] < zone->end; line++) {
            lines->kinds[line] = (uint8_t)zone->kind;
        }
    }
}

/** Runs of lines of one kind, joined over empty lines, as zones. */
static void
write_zones(struct jd_arena *arena, const struct jd_lines *lines, struct jd_mail *mail)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < lines->count; i++) {
        count += lines->kinds[i] && (i == 0 || lines->kinds[i] != lines->kinds[i - 1]);
    }
    count = count < ZONES_MAX ? count : ZONES_MAX;
    mail->zones = jd_arena_zalloc(arena, count + 1, sizeof(*mail->zones));
    mail->zones_count = 0;
    if (mail->zones == NULL) {
        return;
    }
    for (uint32_t i = 0; i < lines->count; i++) {
        struct jd_mail_zone *last = &mail->zones[mail->zones_count ? mail->zones_count - 1 : 0];
        bool open = i > 0 && mail->zones_count && lines->kinds[i] == lines->kinds[i - 1];
        if (lines->kinds[i] == 0) {
            continue;
        }
        if (open) {
            last->end = lines->starts[i + 1];
        } else if (mail->zones_count < count) {
            mail->zones[mail->zones_count++] = (struct jd_mail_zone){ lines->kinds[i],
                lines->starts[i], lines->starts[i + 1] };
        }
    }
}

void jd_zones_find(struct jd_arena *arena, struct jd_mail *mail)
{
    struct jd_lines lines;
    if (mail->text.len == 0 || !jd_lines_cut(arena, mail->text, &lines)) {
        mail->zones_count = 0;
        return;
    }
    take_marks(&lines, mail);
    uint32_t footer = find_footer(&lines);
    jd_lines_mark(&lines, footer, lines.count, JD_ZONE_FOOTER);
    jd_quotes_mark(&lines, footer);
    uint32_t end = own_end(&lines, footer);
    uint32_t start = own_start(&lines, end);
    uint32_t disclaimer = find_disclaimer(&lines, start, end);
    jd_lines_mark(&lines, disclaimer, end, JD_ZONE_DISCLAIMER);
    uint32_t signature = jd_signature_find(&lines, start, disclaimer, &mail->from);
    jd_lines_mark(&lines, signature, disclaimer, JD_ZONE_SIGNATURE);
    write_zones(arena, &lines, mail);
}
