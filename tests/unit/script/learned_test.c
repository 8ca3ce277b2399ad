/* Models in a release: rules that ask them, verdicts that carry them, files that are broken. */
#include "script/learned.h"

#include "base/seal.h"
#include "jd_test.h"
#include "kit.h"
#include "script/learner.h"

static struct jd_arena *arena;
static struct jd_span model_text; // knows "garden" from "invoice"

static const char raw_format[] = "From: Ann <ann@a.example>\nTo: me@example.org\n"
                                 "Subject: %s\nDate: Mon, 03 Mar 2025 09:00:00 +0000\n\n%s\n";

static struct jd_span make_raw(const char *subject, const char *text)
{
    return jd_arena_format(arena, raw_format, subject, text);
}

static void make_model(void)
{
    static const char *const gardens[] = { "roses", "seeds", "the pond", "apples", "soil" };
    static const char *const invoices[] = { "amount due", "payment", "tax", "account",
        "total" };
    struct jd_features *features = jd_features_create();
    struct jd_lesson lessons[60];
    struct jd_error error;
    for (uint32_t i = 0; i < 60; i++) {
        bool garden = i % 2;
        const char *word = garden ? gardens[i / 2 % 5] : invoices[i / 2 % 5];
        const char *more = garden ? gardens[i / 10 % 5] : invoices[i / 10 % 5];
        struct jd_span text = jd_arena_format(arena, "About %s and %s.", word, more);
        struct jd_span raw = make_raw(garden ? "Our garden" : "Your invoice", text.data);
        struct jd_mail_limits limits = jd_mail_limits_default();
        struct jd_mail *mail;
        struct jd_buf buf = jd_buf_init(JD_FEATURES_BYTES_MAX);
        CHECK_OK(jd_mail_parse(arena, raw, &limits, &mail, &error), error);
        jd_features_take_mail(features, mail);
        jd_features_write(features, &buf);
        lessons[i].features = jd_arena_copy(arena, jd_buf_span(&buf));
        lessons[i].label = garden ? JD_SPAN("garden") : JD_SPAN("invoice");
        jd_buf_finish(&buf);
    }
    struct jd_learner_report report;
    struct jd_buf text = jd_buf_init(JD_MODEL_BYTES_MAX);
    CHECK_OK(jd_learner_train(lessons, 60, arena, &text, &report, &error), error);
    model_text = jd_arena_copy(arena, jd_buf_span(&text));
    jd_buf_finish(&text);
    jd_features_destroy(&features);
}

static struct kit load(const char *rules, const char *cases, struct jd_span model)
{
    const struct jd_release_file files[] = {
        { JD_SPAN("learned/topic.model"), model },
        { JD_SPAN("p/pack.lua"), JD_SPAN("return { name = 'p', version = 1, api = 1 }") },
        { JD_SPAN("p/rules.lua"), jd_span_of(rules) },
        { JD_SPAN("p/rules.test.lua"), jd_span_of(cases) },
    };
    return kit_load(files, 4);
}

static const char rules[] =
        "classify 'garden' { name = 'g',\n"
        "  evidence(3, 'the model says so', learned 'topic':is 'garden'),\n"
        "  evidence(1, 'it is sure', learned('topic'):is('garden', 0.75)),\n"
        "  evidence(-2, 'it may be an invoice', learned('topic'):is('invoice', 0.4)),\n"
        "}\n";
static const char cases[] =
        "test 'a garden' {\n"
        "  given { date = '2025-03-03T09:00:00Z', from = 'Ann <ann@a.example>',\n"
        "    subject = 'Our garden', text = 'The roses and the pond.' },\n"
        "  expect { category = 'garden', fired = { 'g/the model says so' },\n"
        "    not_fired = { 'g/it may be an invoice' }, is_task = false } }\n"
        "test 'an invoice' {\n"
        "  given { date = '2025-03-03T09:00:00Z', from = 'Ann <ann@a.example>',\n"
        "    subject = 'Your invoice', text = 'Please send the amount due.' },\n"
        "  expect { category = 'personal', fired = { 'g/it may be an invoice' },\n"
        "    not_fired = { 'g/the model says so' }, is_task = true } }\n";

TEST(rules_ask_a_model)
{
    struct kit kit = load(rules, cases, model_text);
    CHECK_OK(kit.status, kit.error);
    CHECK_INT(kit.report.problems_count, 0);
    struct jd_release_case *results;
    uint32_t count;
    CHECK_OK(jd_release_test(kit.release, kit.arena, &results, &count, &kit.error), kit.error);
    CHECK_INT(count, 2);
    for (uint32_t i = 0; i < count; i++) {
        if (!results[i].passed) {
            FAIL(JD_SPAN_FMT, JD_SPAN_ARG(results[i].text));
        }
    }
    kit_close(&kit);
}

TEST(a_verdict_says_what_each_model_says)
{
    struct kit kit = load(rules, cases, model_text);
    struct jd_verdict verdict;
    struct jd_span raw = make_raw("Our garden", "Apples and soil.");
    for (int turn = 0; turn < 2; turn++) {
        CHECK_OK(kit_decide(&kit, raw.data, 0, &verdict), kit.error);
        CHECK_INT(verdict.learned_count, 1);
        CHECK_TEXT(verdict.learned[0].name, "topic");
        CHECK_TEXT(verdict.learned[0].label, turn ? "invoice" : "garden");
        CHECK(verdict.learned[0].score > 0.5 && verdict.learned[0].score <= 1);
        if (!turn) {
            CHECK_TEXT(verdict.evidence[0].id, "p/g/the model says so");
            CHECK(jd_span_starts(verdict.evidence[0].words, JD_SPAN("garden ")));
        }
        raw = make_raw("Your invoice", "Tax and total."); // nothing is kept of the first
    }
    kit_close(&kit);
}

TEST(what_is_wrong_is_named)
{
    static const struct {
        const char *rules, *path, *text;
    } wrong[] = {
        { "classify 'x' { name = 'r', evidence(1, 'e', learned 'mood':is 'good') }",
                "p/rules.lua", "there is no model 'mood'" },
        { "classify 'x' { name = 'r', evidence(1, 'e', learned 'topic':is 'sea') }",
                "p/rules.lua", "has no label 'sea'" },
        { "classify 'x' { name = 'r', evidence(1, 'e', learned('topic'):is('garden', 2)) }",
                "p/rules.lua", "from 0 to 1" },
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        struct kit kit = load(wrong[i].rules, "", model_text);
        CHECK_INT(kit.report.problems_count, 1);
        CHECK_TEXT(kit.report.problems[0].path, wrong[i].path);
        struct jd_span text = kit.report.problems[0].text;
        if (!memmem(text.data, text.len, wrong[i].text, strlen(wrong[i].text))) {
            FAIL(JD_SPAN_FMT, JD_SPAN_ARG(text));
        }
        kit_close(&kit);
    }
    struct kit kit = load("classify 'x' { name = 'r', evidence(1, 'e', mail:is_reply()) }", "",
            JD_SPAN("jackdaw-model 1\nkind soup 1\n"));
    CHECK_OK(kit.status, kit.error); // its neighbours work
    CHECK_INT(kit.report.problems_count, 1);
    CHECK_TEXT(kit.report.problems[0].path, "learned/topic.model");
    CHECK_INT(kit.report.rules_count, 1);
    kit_close(&kit);
}

TEST(a_renewed_state_keeps_its_models)
{
    static const char loop[] =
            "classify 'garden' { name = 'g', evidence(3, 'says', learned 'topic':is 'garden') }\n"
            "classify 'x' { name = 'r',\n"
            "  evidence(1, 'loops', where(function(mail) while true do end end)) }\n";
    struct kit kit = load(loop, "", model_text);
    struct jd_span raw = make_raw("Our garden", "The roses and the pond.");
    for (int turn = 0; turn < 2; turn++) {
        struct jd_verdict verdict;
        CHECK_OK(kit_decide(&kit, raw.data, 0, &verdict), kit.error);
        CHECK_INT(verdict.failures_count, 1);
        CHECK_TEXT(verdict.category, "garden");
    }
    kit_close(&kit);
}

TEST(names_are_plain)
{
    static const struct {
        const char *path;
        bool is_path, is_good;
    } paths[] = {
        { "learned/spam.model", true, true },
        { "learned/my-model_2.model", true, true },
        { "learned/.model", false, false },
        { "learned/Spam.model", true, false },
        { "learned/a/b.model", true, false },
        { "p/learned/spam.model", false, false },
        { "learned/spam.lua", false, false },
    };
    struct jd_learned_set *set = jd_learned_create();
    struct jd_error error;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        struct jd_span path = jd_span_of(paths[i].path);
        CHECK_INT(jd_learned_is_path(path), paths[i].is_path);
        if (paths[i].is_path) {
            CHECK_INT(jd_learned_add(set, path, model_text, arena, &error) == JD_OK,
                    paths[i].is_good);
        }
    }
    CHECK_INT(set->count, 2);
    CHECK_INT(jd_learned_add(set, JD_SPAN("learned/spam.model"), model_text, arena, &error),
            JD_BAD_INPUT); // twice
    jd_learned_destroy(&set);
    jd_learned_destroy(&set);
}

int main(void)
{
    struct jd_error error;
    if (jd_seal_init(&error) != JD_OK || jd_mail_init(&error) != JD_OK) {
        return 1;
    }
    arena = jd_arena_create(256u << 20);
    make_model();
    RUN(rules_ask_a_model);
    RUN(a_verdict_says_what_each_model_says);
    RUN(what_is_wrong_is_named);
    RUN(a_renewed_state_keeps_its_models);
    RUN(names_are_plain);
    jd_arena_destroy(&arena);
    return REPORT();
}
