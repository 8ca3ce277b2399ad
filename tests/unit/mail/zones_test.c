/** Zones of a text, its snippet and its language. */
#include "mail/zones.h"

#include "jd_test.h"
#include "mail/language.h"
#include "mail/snippet.h"

static struct jd_arena *arena;

static struct jd_mail read_text(const char *text)
{
    struct jd_mail mail = { .text = jd_span_of(text) };
    mail.from.name = JD_SPAN("Ada Lovelace");
    mail.from.address = JD_SPAN("ada@maker.example");
    jd_zones_find(arena, &mail);
    return mail;
}

/** Each zone as "q<start line>-<behind end line>", kinds q, s, d, f. */
static struct jd_span describe(const struct jd_mail *mail)
{
    struct jd_span out = jd_span_new("", 0);
    for (uint32_t i = 0; i < mail->zones_count; i++) {
        const struct jd_mail_zone *zone = &mail->zones[i];
        unsigned lines[2] = { 0, 0 };
        for (uint32_t at = 0; at < zone->end; at++) {
            bool newline = mail->text.data[at] == '\n';
            lines[0] += newline && at < zone->start;
            lines[1] += newline;
        }
        bool open = zone->end && mail->text.data[zone->end - 1] != '\n';
        out = jd_arena_format(arena, JD_SPAN_FMT "%s%c%u-%u", JD_SPAN_ARG(out), i ? " " : "",
                " qsdf"[zone->kind], lines[0], lines[1] + open);
    }
    return out;
}

static const struct {
    const char *text, *zones;
} cases[] = {
    { "Just words.\nAnd more words here, as in any mail.\n", "" },
    { "> quoted\n> more\nanswer to it here\n", "q0-2" },
    { "first answer here\n> quoted\n\n> more\nsecond answer here\n", "q1-4" },
    { "my answer here\n\nOn Mon, 3 Mar 2025, Bob <b@x.example> wrote:\n> quoted\n", "q2-4" },
    { "my answer here\n\nOn Mon, 3 Mar 2025 at 10:00, Bob Builder\n<b@x.example> wrote:\n\n> quoted\n",
            "q2-6" },
    { "meine Antwort\n\nAm 03.03.2025 um 10:00 schrieb Bob <b@x.example>:\n> zitiert\n",
            "q3-4" },
    { "meine Antwort\n\nAm 03.03.2025 10:00, Bob schrieb:\n> zitiert\n", "q2-4" },
    { "ma réponse\n\nLe 3 mars 2025, Bob a écrit :\n> cité\n", "q2-4" },
    { "mi respuesta\n\nEl 3/3/2025, Bob escribió:\n> citado\n", "q2-4" },
    { "risposta mia\n\nIl 03/03/2025, Bob ha scritto:\n> citato\n", "q2-4" },
    { "resposta minha\n\nEm 3 de mar de 2025, Bob escreveu:\n> citado\n", "q2-4" },
    { "mijn antwoord\n\nOp 3 mrt 2025 schreef:\n> geciteerd\n", "q2-4" },
    { "my answer here\n\nOn 3 Mar 2025, at 10:00, Bob <b@x.example> wrote:\n\nold words without marks\n",
            "q2-5" },
    { "She always wrote:\n\nthat is how it was then\n", "" },
    { "my answer here\n\n-----Original Message-----\nFrom: Bob\nold\n", "q2-5" },
    { "meine Antwort\n\n-----Ursprüngliche Nachricht-----\nVon: Bob\nalt\n", "q2-5" },
    { "see below please\n\n---------- Forwarded message ---------\nFrom: Bob\nold\n", "q2-5" },
    { "see below please\n\nBegin forwarded message:\n\nold words\n", "q2-5" },
    { "my answer here\n\n________________________________\nFrom: Bob\nSent: Monday\nTo: me\nSubject: x\n\nold\n",
            "q2-9" },
    { "meine Antwort\n\nVon: Bob\nGesendet: Montag\nAn: mich\nBetreff: x\n\nalt\n", "q2-8" },
    { "ma réponse\n\n*De :* Bob\n*Envoyé :* lundi\n*À :* moi\n*Objet :* x\n\nvieux\n", "q2-8" },
    { "From: the garden to the house\nit is a short walk for us all\n", "" },
    { "some words here\n\n-- \nBob\nRadio Works\n", "s2-5" },
    { "some words here\n\nBest regards,\nAda\n", "s2-4" },
    { "some words here, and more of them\n\nAda\n", "s2-3" },
    { "some words here\n\nMit freundlichen Grüßen\nAda Lovelace\nFirma GmbH\nTel. +49 30 1234\n",
            "s2-6" },
    { "some words here\n\nSent from my iPhone\n", "s2-3" },
    { "some words here\n\nThanks,\nAda\n\n> quoted\n", "s2-4 q5-6" },
    { "Thanks for the drawing, it is very good indeed.\n", "" },
    { "Thanks!\n", "" },
    { "some words here\n\nAda\n\nThis e-mail is confidential and intended only for the\nperson it names.\n",
            "s2-4 d4-6" },
    { "some words here\n\nAda\n\nPlease consider the environment before printing this email.\n",
            "s2-4 d4-5" },
    { "some words here\n\nIf you have received this email in error please tell us.\n\n"
      "We process personal information according to our privacy policy.\n",
            "d2-5" },
    { "Confidential: you are the heir of a man whom nobody knew.\n\nPlease answer soon.\n",
            "" },
    { "some words here\n\n_______________________________________________\nusers mailing list\n"
      "http://lists.x.example/mailman/listinfo/users\n",
            "f2-5" },
    { "> quoted\n\nanswer to it here\n\n-- \nAda\n\n__________________\nusers mailing list\n",
            "q0-1 s4-6 f7-9" },
    { "News of the week here\n\nTo unsubscribe from this list, click here.\n", "f2-3" },
    { "", "" },
    { "\n\n\n", "" },
};

TEST(finds_zones)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct jd_mail mail = read_text(cases[i].text);
        struct jd_span actual = describe(&mail);
        if (!jd_span_equal(actual, jd_span_of(cases[i].zones))) {
            FAIL("\"%.40s...\": \"%.*s\", expected \"%s\"", cases[i].text, (int)actual.len,
                    actual.data, cases[i].zones);
        }
        for (uint32_t k = 0; k < mail.zones_count; k++) {
            CHECK(mail.zones[k].start < mail.zones[k].end);
            CHECK(k == 0 || mail.zones[k - 1].end <= mail.zones[k].start);
        }
    }
}

static const struct {
    const char *text, *snippet;
} snippets[] = {
    { "One  line\n\nand   another.\n", "One line and another." },
    { "> quoted\nThe answer.\n-- \nAda\n", "The answer." },
    { "----------\nTitle\n==========\nWords\n", "Title Words" },
    { "> only a quote\n", "> only a quote" },
    { "", "" },
};

TEST(makes_snippets)
{
    for (size_t i = 0; i < sizeof(snippets) / sizeof(*snippets); i++) {
        struct jd_mail mail = read_text(snippets[i].text);
        CHECK_TEXT(jd_snippet_make(arena, &mail), snippets[i].snippet);
    }
}

TEST(ends_a_snippet_at_a_word)
{
    char text[600];
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = "seven77 "[i % 8];
    }
    text[sizeof(text) - 1] = '\0';
    struct jd_mail mail = read_text(text);
    struct jd_span snippet = jd_snippet_make(arena, &mail);
    CHECK_INT(snippet.len, 199);
    memset(text, 'x', sizeof(text) - 1);
    memcpy(text + 198, "中", 3);
    mail = read_text(text);
    CHECK_INT(jd_snippet_make(arena, &mail).len, 198);
}

static const struct {
    const char *text, *language;
} languages[] = {
    { "Could you please send me the report before the end of the week?", "en" },
    { "Bitte schicken Sie mir den Bericht bis zum Ende der Woche und sagen Sie mir Bescheid.",
            "de" },
    { "Pouvez-vous nous envoyer le rapport avant la fin de la semaine, pour que je le lise ?",
            "fr" },
    { "¿Puede usted enviarnos el informe antes del fin de la semana, por favor? Es para los "
      "socios.",
            "es" },
    { "Potete inviare la relazione prima della fine della settimana? Non ho ancora visto gli "
      "allegati che mi servono per il cliente.",
            "it" },
    { "Você pode enviar o relatório até o fim da semana? Não temos mais os dados para "
      "uma resposta.",
            "pt" },
    { "Kunt u mij het rapport voor het einde van de week sturen? Wij hebben het niet ontvangen.",
            "nl" },
    { "Kan du skicka rapporten till mig före slutet av veckan? Jag har inte sett den och det "
      "är bråttom.",
            "sv" },
    { "Czy możesz przesłać raport do końca tygodnia? Nie mam go i jest mi "
      "potrzebny na spotkanie z klientem.",
            "pl" },
    { "Пришлите мне отчёт", "ru" },
    { "明日までに報告書を", "ja" },
    { "请在明天之前发送报告", "zh" },
    { "내일까지 보고서를", "ko" },
    { "OK", "" },
    { "4711 0815", "" },
    { "", "" },
};

TEST(guesses_languages)
{
    for (size_t i = 0; i < sizeof(languages) / sizeof(*languages); i++) {
        struct jd_mail mail = { .text = jd_span_of(languages[i].text) };
        struct jd_span language = jd_language_guess(&mail);
        if (!jd_span_equal(language, jd_span_of(languages[i].language))) {
            FAIL("%.30s...: \"%.*s\", expected \"%s\"", languages[i].text, (int)language.len,
                    language.data, languages[i].language);
        }
    }
}

int main(void)
{
    arena = jd_arena_create(16 << 20);
    RUN(finds_zones);
    RUN(makes_snippets);
    RUN(ends_a_snippet_at_a_word);
    RUN(guesses_languages);
    jd_arena_destroy(&arena);
    return REPORT();
}
