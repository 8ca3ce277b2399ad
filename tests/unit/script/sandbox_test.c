/* Attacks: each is contained, and the rule beside it gives the same answer as before. */
#include "script/sandbox.h"

#include <malloc.h>

#include "base/buf.h"
#include "base/clock.h"
#include "jd_test.h"
#include "unit/script/attacks.h"
#include "unit/script/kit.h"

static const char mail_plain[] =
        "From: Ann <ann@example.com>\r\nTo: me@example.org\r\n"
        "Subject: hello\r\nDate: Mon, 3 Mar 2025 09:00:00 +0000\r\n\r\n"
        "Please send the plan by Friday.\r\n";

/* By enum end. */
static const char *const kinds[] = { "runtime", "instructions memory time" };

static void check_attack(size_t i)
{
    char rules[4000];
    attack_write(rules, sizeof(rules), attacks[i].body);
    struct kit kit = kit_rules(rules);
    if (kit.status != JD_OK || kit.report.problems_count) {
        FAIL("%s: not loaded: %s", attacks[i].name,
                kit.status == JD_OK ? kit.report.problems[0].text.data : kit.error.text);
        kit_close(&kit);
        return;
    }
    for (int round = 0; round < 3; round++) {
        struct jd_verdict v = { 0 };
        int64_t before = jd_clock_monotonic_ms();
        if (kit_decide(&kit, mail_plain, 0, &v) != JD_OK) {
            FAIL("%s: no verdict: %s", attacks[i].name, kit.error.text);
            break;
        }
        bool failed = v.failures_count == 1;
        bool good = attacks[i].end == CALM
                            ? v.failures_count == 0
                            : failed && strstr(kinds[attacks[i].end], v.failures[0].kind);
        if (!good) {
            FAIL("%s: %u failures, kind %s: %s", attacks[i].name, v.failures_count,
                    failed ? v.failures[0].kind : "-", failed ? v.failures[0].text.data : "-");
        }
        if (failed && (v.failures[0].line < 5 || v.failures[0].text.len == 0 ||
                              v.failures[0].text.len > 1024)) {
            FAIL("%s: line %d, text '%s'", attacks[i].name, v.failures[0].line,
                    v.failures[0].text.data);
        }
        bool calm = false;
        for (uint32_t e = 0; e < v.evidence_count; e++) {
            calm = calm || jd_span_equal(v.evidence[e].id, JD_SPAN("p/neighbour/calm"));
        }
        if (!calm) {
            FAIL("%s: the neighbour noticed, round %d", attacks[i].name, round);
        }
        if (jd_clock_monotonic_ms() - before > 10000) {
            FAIL("%s: took seconds", attacks[i].name);
        }
    }
    kit_close(&kit);
}

TEST(attacks_are_contained)
{
    for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++) {
        check_attack(i);
    }
    printf("# %zu attacks\n", sizeof(attacks) / sizeof(*attacks));
}

TEST(attacks_while_loading_are_contained)
{
    for (size_t i = 0; i < sizeof(load_attacks) / sizeof(*load_attacks); i++) {
        struct jd_release_file files[] = {
            { JD_SPAN("p/bad.lua"), jd_span_of(load_attacks[i].file) },
            { JD_SPAN("p/good.lua"),
                    JD_SPAN("classify 'work' { name = 'good', evidence(2, 'plan', body:says 'plan'),"
                            " evidence(1, 'f', where(function(m) return m.subject == 'hello' end)) }") },
            { JD_SPAN("p/pack.lua"), JD_SPAN("return { name = 'p', version = 1, api = 1 }") },
        };
        struct kit kit = kit_load(files, 3);
        struct jd_verdict v = { 0 };
        CHECK_OK(kit.status, kit.error);
        if (kit.status != JD_OK) {
            FAIL("%s", load_attacks[i].name);
            kit_close(&kit);
            continue;
        }
        if (kit.report.problems_count != 1 ||
                !jd_span_equal(kit.report.problems[0].path, JD_SPAN("p/bad.lua")) ||
                kit.report.rules_count != 1) {
            FAIL("%s: %u problems, %u rules: %s", load_attacks[i].name,
                    kit.report.problems_count, kit.report.rules_count,
                    kit.report.problems_count ? kit.report.problems[0].text.data : "-");
        }
        CHECK_OK(kit_decide(&kit, mail_plain, 0, &v), kit.error);
        CHECK_INT(v.evidence_count, 2);
        kit_close(&kit);
    }
}

TEST(expensive_regular_expressions_stop)
{
    struct kit kit = kit_rules(
            "classify 'spam' { name = 'slow', evidence(9, 'a', body:matches [[^(x+x+)+[yz]$]]) }\n"
            "classify 'work' { name = 'good', evidence(2, 'b', body:says 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx*') }\n");
    struct jd_verdict v = { 0 };
    char raw[2000];
    CHECK_OK(kit.status, kit.error);
    snprintf(raw, sizeof(raw), "From: a@b.c\r\nSubject: x\r\n\r\n%0600d\r\n", 0);
    for (char *p = strstr(raw, "0000"); *p == '0'; p++) {
        *p = 'x';
    }
    CHECK_OK(kit_decide(&kit, raw, 0, &v), kit.error);
    CHECK_INT(v.failures_count, 1);
    if (v.failures_count) {
        CHECK_TEXT(jd_span_of(v.failures[0].kind), "instructions");
        CHECK_TEXT(v.failures[0].path, "p/rules.lua");
        CHECK_INT(v.failures[0].line, 1);
    }
    CHECK_TEXT(v.category, "work");
    kit_close(&kit);
}

/* Many of them share one account: the mail is decided all the same, the same each time. */
TEST(many_expensive_regular_expressions_stop)
{
    char rules[20000] =
            "classify 'work' { name = 'good', evidence(2, 'b', body:says 'hello') }\n";
    char raw[2000];
    for (int i = 0; i < 60; i++) {
        size_t len = strlen(rules);
        snprintf(rules + len, sizeof(rules) - len,
                "classify 'spam' { name = 'slow-%02d', evidence(9, 'a', body:matches "
                "[[(x+x+)+[yz%d]$]]) }\n",
                i, i);
    }
    snprintf(raw, sizeof(raw), "From: a@b.c\r\nSubject: x\r\n\r\nhello %0600d!\r\n", 0);
    for (char *p = strstr(raw, "0000"); *p == '0'; p++) {
        *p = 'x';
    }
    struct kit kit = kit_rules(rules);
    CHECK_OK(kit.status, kit.error);
    for (int round = 0; round < 2; round++) {
        struct jd_verdict v = { 0 };
        CHECK_OK(kit_decide(&kit, raw, 0, &v), kit.error);
        CHECK_INT(v.failures_count, 60);
        CHECK_TEXT(v.category, "work");
    }
    kit_close(&kit);
}

static size_t memory_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* Of the other kinds of rules: they fail by themselves or come to nothing. */
TEST(attacks_of_all_kinds_of_rules_are_contained)
{
    for (size_t i = 0; i < sizeof(rule_attacks) / sizeof(*rule_attacks); i++) {
        struct kit kit = kit_rules(rule_attacks[i].body);
        struct jd_verdict v = { 0 };
        CHECK_OK(kit.status, kit.error);
        CHECK_INT(kit.report.problems_count, 0);
        CHECK_OK(kit_decide(&kit, mail_plain, 0, &v), kit.error);
        bool failed = v.failures_count > 0;
        if (failed != (rule_attacks[i].end != CALM) ||
                (failed && !strstr(kinds[rule_attacks[i].end], v.failures[0].kind))) {
            FAIL("%s: %s: %s", rule_attacks[i].name, failed ? v.failures[0].kind : "calm",
                    failed ? v.failures[0].text.data : "-");
        }
        kit_close(&kit);
    }
}

/* What matching needs is kept once, not by each expression. */
TEST(regular_expressions_share_their_memory)
{
    char rules[20000] = "";
    struct jd_buf raw = jd_buf_init(1u << 20);
    for (int i = 0; i < 100; i++) {
        size_t len = strlen(rules);
        snprintf(rules + len, sizeof(rules) - len,
                "classify 'spam' { name = 'r-%02d', evidence(9, 'a', body:matches "
                "[[^(?:[a-z]|\\s)*(\\d|_)%d]]) }\n",
                i, i);
    }
    jd_buf_text(&raw, "From: a@b.c\r\nSubject: x\r\n\r\n");
    for (int i = 0; i < 9000; i++) {
        jd_buf_text(&raw, "x ");
    }
    struct kit kit = kit_rules(rules);
    struct jd_verdict v = { 0 };
    CHECK_OK(kit.status, kit.error);
    size_t before = memory_in_use();
    CHECK_OK(kit_decide(&kit, raw.data, 0, &v), kit.error);
    size_t after = memory_in_use();
    CHECK(after < before + (16u << 20));
    kit_close(&kit);
    jd_buf_finish(&raw);
}

/* A pattern of a few bytes that is huge when compiled: the file is left out. */
TEST(regular_expressions_that_are_large_together_are_refused)
{
    struct kit kit = kit_rules("for i = 1, 2000 do\n"
                               "  local c = subject:matches(\"(?:ab\" .. i .. \"){1200}\")\n"
                               "end\n");
    CHECK_OK(kit.status, kit.error);
    CHECK_INT(kit.report.problems_count, 1);
    if (kit.report.problems_count) {
        CHECK(memmem(kit.report.problems[0].text.data, kit.report.problems[0].text.len,
                "too large together", 18));
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
    RUN(attacks_are_contained);
    RUN(attacks_while_loading_are_contained);
    RUN(attacks_of_all_kinds_of_rules_are_contained);
    RUN(expensive_regular_expressions_stop);
    RUN(many_expensive_regular_expressions_stop);
    RUN(regular_expressions_share_their_memory);
    RUN(regular_expressions_that_are_large_together_are_refused);
    return REPORT();
}
