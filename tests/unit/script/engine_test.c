/* Whole rules over whole mails. */
#include "script/engine.h"

#include "base/buf.h"
#include "jd_test.h"
#include "unit/script/kit.h"

static const char mail_order[] =
        "From: Acme <orders@acme.example>\r\nTo: me@example.org\r\n"
        "Subject: Order confirmation 4711\r\nDate: Mon, 3 Mar 2025 09:00:00 +0000\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        "Total: \xe2\x82\xac 19.90. Please pay by Friday.\r\n";

TEST(a_receipt_is_classified)
{
    struct kit kit = kit_rules(
            "classify 'receipt' { name = 'order',\n"
            "  evidence(3, 'order subject', subject:says { 'order confirmation', 'invoice' }),\n"
            "  evidence(2, 'amount due', body:matches [[(?i)\\b(total|amount)\\b.{0,40}[€$]\\s?\\d]]),\n"
            "  evidence(-4, 'conversation', thread:has_my_answer()),\n"
            "  evidence(1, 'odd hour', where(function(mail) return mail.date.hour < 10 end)),\n"
            "}\n"
            "extract 'task' { name = 'deadline', sentence_says = { 'please' },\n"
            "  each_sentence = function(s, mail)\n"
            "    local due = s:due_date()\n"
            "    if s:asks_me() and due then return task { title = s:as_request(), due = due,\n"
            "      quote = s, confidence = 0.8 } end\n"
            "  end }\n"
            "route(function(mail, verdict, budget)\n"
            "  if verdict.confidence >= 0.9 then return keep 'rules are sure' end\n"
            "  return ask { purpose = 'classify', because = 'unsure' } end)\n");
    CHECK_OK(kit.status, kit.error);
    for (uint32_t i = 0; i < kit.report.problems_count; i++) {
        FAIL("problem %.*s:%d: %.*s", JD_SPAN_ARG(kit.report.problems[i].path),
                kit.report.problems[i].line, JD_SPAN_ARG(kit.report.problems[i].text));
    }
    CHECK_INT(kit.report.rules_count, 3);
    struct jd_verdict v;
    CHECK_OK(kit_decide(&kit, mail_order, 0, &v), kit.error);
    CHECK_TEXT(v.category, "receipt");
    CHECK(v.confidence > 0.98 && v.confidence < 0.99);
    CHECK_INT(v.evidence_count, 3);
    CHECK_TEXT(v.evidence[0].id, "p/order/order subject");
    CHECK_TEXT(v.evidence[0].words, "order confirmation");
    CHECK_INT(v.failures_count, 0);
    for (uint32_t i = 0; i < v.failures_count; i++) {
        FAIL("%.*s:%d %s %.*s", JD_SPAN_ARG(v.failures[i].path), v.failures[i].line,
                v.failures[i].kind, JD_SPAN_ARG(v.failures[i].text));
    }
    CHECK_INT(v.tasks_count, 1);
    if (v.tasks_count) {
        CHECK_TEXT(v.tasks[0].title, "Pay by Friday");
        CHECK_TEXT(jd_span_of(v.tasks[0].due_date), "2025-03-07");
    }
    CHECK(!v.route_ask);
    CHECK_TEXT(v.route_reason, "rules are sure");
    kit_close(&kit);
}

static const char mail_ann[] =
        "From: \"Lee, Ann\" <ann@acme.example>\r\nTo: Max Muster <me@example.org>\r\n"
        "Subject: plan\r\nDate: Mon, 3 Mar 2025 09:00:00 +0000\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        "Hello Max,\r\n\r\nplease send the plan by Friday. Could you call me tomorrow?\r\n"
        "It was nice last week.\r\n\r\n> please pay by Monday\r\n";

static struct kit packs(const char *office, const char *standard)
{
    struct jd_release_file files[] = {
        { JD_SPAN("office/pack.lua"),
                JD_SPAN("return { name = 'office', version = 7, api = 1, extends = 'standard',\n"
                        "  tune = { ['standard/base/plan'] = 5 },\n"
                        "  off = { 'standard/base/weak', 'standard/gone', 'standard/nothing' } }") },
        { JD_SPAN("office/rules.lua"), jd_span_of(office) },
        { JD_SPAN("standard/pack.lua"),
                JD_SPAN("return { name = 'standard', version = 1, api = 1,\n"
                        "  confidence = { { 0, 0.5 }, { 2, 0.7 }, { 10, 0.95 } } }") },
        { JD_SPAN("standard/rules.lua"), jd_span_of(standard) },
        { JD_SPAN("standard/lib/words.lua"), JD_SPAN("return { plan = { 'plan' } }") },
        { JD_SPAN("standard/drafts/hi.md"),
                JD_SPAN("---\nsubject: About {{subject}}\n---\nHello {{sender_first_name|there}},\n"
                        "{{my_first_name}} ({{ my_address }}), {{date}}, {{category}}\n") },
        { JD_SPAN("standard/drafts/hi.de.md"),
                JD_SPAN("Hallo {{sender_first_name}}, {{date}}\n") },
    };
    return kit_load(files, sizeof(files) / sizeof(*files));
}

static const char standard_rules[] =
        "local words = require 'lib/words'\n"
        "classify 'work' { name = 'base', evidence(1, 'plan', body:says(words.plan)),\n"
        "  evidence(3, 'weak', body:says 'plan') }\n"
        "classify 'spam' { name = 'gone', evidence(20, 'plan', body:says 'plan') }\n"
        "draft 'answer' { name = 'hi', only_if = all { category:is 'work', priority:is 'normal' },\n"
        "  template = 'drafts/hi.md' }\n"
        "route(function() return ask { purpose = 'classify', because = 'standard' } end)\n";

TEST(packs_extend_tune_and_switch_off)
{
    struct kit kit =
            packs("route(function(mail, verdict, budget)\n"
                  "  return keep(verdict.category .. budget.left .. verdict.drafts_count) end)",
                    standard_rules);
    struct jd_verdict v = { 0 };
    CHECK_OK(kit.status, kit.error);
    CHECK_INT(kit.report.problems_count, 1);
    CHECK_TEXT(kit.report.problems[0].path, "office/pack.lua");
    CHECK_INT(kit.report.problems[0].line, 3);
    CHECK_TEXT(kit.report.problems[0].text,
            "off: there is no rule or evidence 'standard/nothing'");
    CHECK_OK(kit_decide(&kit, mail_ann, 0, &v), kit.error);
    CHECK_TEXT(v.category, "work");
    CHECK_INT(v.evidence_count, 1);
    CHECK_INT(v.evidence[0].weight, 5);
    // between { 2, 0.7 } and { 10, 0.95 }
    CHECK(v.confidence > 0.79 && v.confidence < 0.8);
    CHECK_TEXT(v.route_reason, "work1.01");
    CHECK(!v.route_ask);
    CHECK_INT(v.drafts_count, 1);
    if (v.drafts_count) {
        CHECK_TEXT(v.drafts[0].kind, "answer");
        CHECK_TEXT(v.drafts[0].subject, "About plan");
        CHECK_TEXT(v.drafts[0].body, "Hello Ann,\nMax (me@example.org), 3 March 2025, work\n");
    }
    kit_close(&kit);
}

TEST(tasks_are_spans_of_the_mail)
{
    struct kit kit = kit_rules(
            "extract 'task' { name = 'a', sentence_says = { 'please', 'could you' },\n"
            "  each_sentence = function(s, mail) return task { title = s:as_request(),\n"
            "    due = s:due_date(), quote = s, confidence = 0.5 } end }\n"
            "extract 'task' { name = 'b', each_sentence = function(s)\n"
            "  if s:says 'could you' then return task { title = 'sure', quote = s, confidence = 0.9 } end end }\n"
            "extract 'task' { name = 'c', each_sentence = function(s) return 7 end }\n");
    struct jd_verdict v = { 0 };
    CHECK_OK(kit.status, kit.error);
    CHECK_OK(kit_decide(&kit, mail_ann, 0, &v), kit.error);
    CHECK_INT(v.tasks_count, 2);
    if (v.tasks_count == 2) {
        CHECK_TEXT(v.tasks[0].title, "Send the plan by Friday");
        CHECK_TEXT(jd_span_of(v.tasks[0].due_date), "2025-03-07");
        CHECK_TEXT(v.tasks[1].title, "sure"); // the surer of two
        CHECK(v.tasks[1].due_ms == INT64_MIN);
    }
    CHECK_INT(v.failures_count, 1);
    CHECK_TEXT(v.failures[0].rule, "p/c");
    CHECK_INT(v.failures[0].line, 6);
    kit_close(&kit);
}

/* Scores of one scale against each other. */
static const struct {
    const char *rules, *category, *priority;
    bool needs_reply;
    double least, most; // confidence
} scales[] = {
    { "", "personal", "normal", false, 0, 0 },
    { "classify 'spam' { name = 'a', evidence(-3, 'x', all {}) }", "personal", "normal", false,
            0, 0 },
    { "classify 'work' { name = 'a', evidence(1, 'x', all {}) }", "work", "normal", false, 0.66,
            0.67 },
    { "classify 'work' { name = 'a', evidence(3, 'x', all {}) }\n"
      "classify 'spam' { name = 'b', evidence(3, 'x', all {}) }",
            "work", "normal", false, 0.47, 0.48 },
    { "classify 'zebra' { name = 'a', evidence(2, 'x', all {}) }\n"
      "classify 'apple' { name = 'b', evidence(2, 'x', all {}) }",
            "apple", "normal", false, 0.4, 0.5 },
    { "classify 'spam' { name = 'a', evidence(2, 'x', all {}) }\n"
      "classify 'apple' { name = 'b', evidence(2, 'x', all {}) }",
            "spam", "normal", false, 0.4, 0.5 },
    { "classify 'spam' { name = 'a', evidence(2, 'x', all {}), evidence(-2, 'y', all {}) }",
            "personal", "normal", false, 0, 0 },
    { "classify 'priority:high' { name = 'a', evidence(2, 'x', all {}) }\n"
      "classify 'priority:low' { name = 'b', evidence(1, 'x', all {}) }",
            "personal", "high", false, 0, 0 },
    { "classify 'priority:low' { name = 'a', evidence(1, 'x', all {}) }\n"
      "classify 'priority:urgent' { name = 'b', evidence(1, 'x', all {}) }",
            "personal", "urgent", false, 0, 0 },
    { "classify 'needs-reply' { name = 'a', evidence(1, 'x', all {}) }", "personal", "normal",
            true, 0, 0 },
    { "classify 'needs-reply' { name = 'a', evidence(1, 'x', all {}), evidence(-1, 'y', all {}) }",
            "personal", "normal", false, 0, 0 },
    { "classify 'work' { name = 'a', only_if = any {}, evidence(1, 'x', all {}) }", "personal",
            "normal", false, 0, 0 },
    { "classify 'work' { name = 'a', evidence(20, 'x', all {}), evidence(20, 'y', all {}),\n"
      "evidence(20, 'z', all {}), evidence(20, 'w', all {}) }",
            "work", "normal", false, 1, 1 },
};

TEST(scales)
{
    for (size_t i = 0; i < sizeof(scales) / sizeof(*scales); i++) {
        struct kit kit = kit_rules(scales[i].rules);
        struct jd_verdict v = { 0 };
        CHECK_OK(kit.status, kit.error);
        CHECK_OK(kit_decide(&kit, mail_ann, 0, &v), kit.error);
        if (!jd_span_equal(v.category, jd_span_of(scales[i].category)) ||
                strcmp(v.priority, scales[i].priority) != 0 ||
                v.needs_reply != scales[i].needs_reply || v.confidence < scales[i].least ||
                v.confidence > scales[i].most) {
            FAIL("%s: %.*s %s %d %f", scales[i].rules, JD_SPAN_ARG(v.category), v.priority,
                    v.needs_reply, v.confidence);
        }
        kit_close(&kit);
    }
}

TEST(a_failing_rule_is_named_and_skipped)
{
    struct kit kit =
            kit_rules("classify 'spam' { name = 'bad', evidence(5, 'fires', all {}),\n"
                      "  evidence(1, 'fails', where(function(mail)\n"
                      "    return mail.nothing.here\n"
                      "  end)) }\n"
                      "classify 'work' { name = 'good', evidence(1, 'fires', all {}) }\n"
                      "route(function() return 1 end)\n");
    struct jd_verdict v = { 0 };
    CHECK_OK(kit_decide(&kit, mail_ann, 0, &v), kit.error);
    CHECK_TEXT(v.category, "work");
    CHECK_INT(v.evidence_count, 1);
    CHECK_INT(v.failures_count, 2);
    CHECK_TEXT(v.failures[0].rule, "p/bad");
    CHECK_TEXT(v.failures[0].path, "p/rules.lua");
    CHECK_INT(v.failures[0].line, 3);
    CHECK_TEXT(v.failures[0].text, "a mail has no 'nothing'");
    CHECK_TEXT(v.failures[1].rule, "p/route");
    CHECK(!v.route_ask);
    kit_close(&kit);
}

TEST(suspended_rules_do_not_run)
{
    static const struct jd_span suspended[] = { JD_SPAN("p/bad"), JD_SPAN("p/route") };
    struct kit kit = kit_rules(
            "classify 'spam' { name = 'bad', evidence(5, 'x', where(function() error 'x' end)) }\n"
            "classify 'work' { name = 'good', evidence(1, 'x', all {}) }\n"
            "route(function() error 'x' end)\n");
    struct jd_mail_limits limits = jd_mail_limits_default();
    struct jd_mail *mail;
    struct jd_verdict v = { 0 };
    CHECK_OK(jd_mail_parse(kit.arena, jd_span_of(mail_ann), &limits, &mail, &kit.error),
            kit.error);
    struct jd_subject subject = { .mail = mail, .suspended = suspended, .suspended_count = 2 };
    CHECK_OK(jd_release_decide(kit.release, &subject, kit.arena, &v, &kit.error), kit.error);
    CHECK_INT(v.failures_count, 0);
    CHECK_TEXT(v.category, "work");
    kit_close(&kit);
}

/* Everything of a verdict as one text. */
static void describe(const struct jd_verdict *v, struct jd_buf *out)
{
    jd_buf_format(out, "%.*s %s %d %.17g|", JD_SPAN_ARG(v->category), v->priority,
            v->needs_reply, v->confidence);
    for (uint32_t i = 0; i < v->evidence_count; i++) {
        jd_buf_format(out, "%.*s %.*s %g %.*s|", JD_SPAN_ARG(v->evidence[i].id),
                JD_SPAN_ARG(v->evidence[i].scale), v->evidence[i].weight,
                JD_SPAN_ARG(v->evidence[i].words));
    }
    for (uint32_t i = 0; i < v->tasks_count; i++) {
        jd_buf_format(out, "%.*s %u %u %lld|", JD_SPAN_ARG(v->tasks[i].title),
                v->tasks[i].start, v->tasks[i].end, (long long)v->tasks[i].due_ms);
    }
    for (uint32_t i = 0; i < v->drafts_count; i++) {
        jd_buf_format(out, "%.*s|", JD_SPAN_ARG(v->drafts[i].body));
    }
    for (uint32_t i = 0; i < v->failures_count; i++) {
        jd_buf_format(out, "%.*s %d %.*s|", JD_SPAN_ARG(v->failures[i].rule),
                v->failures[i].line, JD_SPAN_ARG(v->failures[i].text));
    }
    jd_buf_format(out, "%d %.*s", v->route_ask, JD_SPAN_ARG(v->route_reason));
}

TEST(the_order_of_files_and_mails_does_not_matter)
{
    struct jd_release_file files[] = {
        { JD_SPAN("p/pack.lua"), JD_SPAN("return { name = 'p', version = 1, api = 1 }") },
        { JD_SPAN("p/a.lua"),
                JD_SPAN("classify 'work' { name = 'z', evidence(0.1, 'x', body:says 'plan'),"
                        "evidence(0.3, 'y', body:says 'friday') }") },
        { JD_SPAN("p/b.lua"),
                JD_SPAN("classify 'work' { name = 'a', evidence(0.7, 'x', all {}) }\n"
                        "classify 'spam' { name = 'loop', evidence(1, 'x', where(function() while true do end end)) }") },
        { JD_SPAN("p/c.lua"),
                JD_SPAN("extract 'task' { name = 't', each_sentence = function(s)\n"
                        "local t = {} for k in pairs({ x = 1, y = 2, z = 3, [1] = 1 }) do t[#t + 1] = tostring(k) end\n"
                        "if s:asks_me() then return task { title = table.concat(t), quote = s } end end }\n"
                        "route(function(m, v) return keep(tostring(v.confidence)) end)") },
    };
    struct jd_buf first = jd_buf_init(10000);
    for (size_t turn = 0; turn < 8; turn++) {
        struct jd_release_file turned[4];
        for (size_t i = 0; i < 4; i++) {
            turned[i] = files[turn % 2 ? 3 - (i + turn) % 4 : (i + turn) % 4];
        }
        struct kit kit = kit_load(turned, 4);
        struct jd_buf got = jd_buf_init(10000);
        struct jd_verdict v = { 0 };
        for (size_t other = 0; other < turn; other++) {
            CHECK_OK(kit_decide(&kit, mail_order, 0, &v), kit.error);
        }
        CHECK_OK(kit_decide(&kit, mail_ann, 0, &v), kit.error);
        describe(&v, turn == 0 ? &first : &got);
        if (turn > 0) {
            CHECK_SPAN(jd_buf_span(&got), jd_buf_span(&first));
        }
        jd_buf_finish(&got);
        kit_close(&kit);
    }
    CHECK(strstr(first.data, "1xyz") != NULL);
    jd_buf_finish(&first);
}

TEST(a_small_arena_is_an_error_not_a_crash)
{
    struct kit kit = packs("", standard_rules);
    struct jd_mail_limits limits = jd_mail_limits_default();
    struct jd_mail *mail;
    CHECK_OK(jd_mail_parse(kit.arena, jd_span_of(mail_ann), &limits, &mail, &kit.error),
            kit.error);
    struct jd_subject subject = { .mail = mail };
    for (size_t bytes = 256; bytes < 20000; bytes += 64) {
        struct jd_arena *small = jd_arena_create(bytes);
        struct jd_verdict v;
        struct jd_error error;
        enum jd_status status = jd_release_decide(kit.release, &subject, small, &v, &error);
        CHECK(status == JD_OK || status == JD_BAD_INPUT);
        jd_arena_destroy(&small);
    }
    kit_close(&kit);
}

int main(void)
{
    struct jd_error error;
    if (jd_mail_init(&error) != JD_OK) {
        printf("%s\n", error.text);
        return 1;
    }
    RUN(a_receipt_is_classified);
    RUN(packs_extend_tune_and_switch_off);
    RUN(tasks_are_spans_of_the_mail);
    RUN(scales);
    RUN(a_failing_rule_is_named_and_skipped);
    RUN(suspended_rules_do_not_run);
    RUN(the_order_of_files_and_mails_does_not_matter);
    RUN(a_small_arena_is_an_error_not_a_crash);
    return REPORT();
}
