/* Whole rules over whole mails. */
#include "script/engine.h"

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

int main(void)
{
    struct jd_error error;
    if (jd_mail_init(&error) != JD_OK) {
        printf("%s\n", error.text);
        return 1;
    }
    RUN(a_receipt_is_classified);
    return REPORT();
}
