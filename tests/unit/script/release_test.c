/* Loading: every finding names file and line, and the rest of the release works; test files. */
#include "jd_test.h"
#include "script/engine.h"
#include "unit/script/kit.h"

#define GOOD "classify 'work' { name = 'good', evidence(1, 'x', all {}) }\n"

static const struct {
    const char *file; // p/bad.lua
    int line;
    const char *text; // part of the finding
} findings[] = {
    { "\n\nclassify 'work' {", 3, "near <eof>" },
    { "classify 'work' { name = 'a' }", 1, "1 to 200 pieces of evidence" },
    { "\nclassify 'Work' { name = 'a', evidence(1, 'x', all {}) }", 2, "'Work' is no outcome" },
    { "classify 'work' { evidence(1, 'x', all {}) }", 1, "the 'name' of a rule is a text" },
    { "classify 'work' { name = 'a/b', evidence(1, 'x', all {}) }", 1, "no '/'" },
    { "classify 'work' { nmae = 'a', evidence(1, 'x', all {}) }", 1, "no field 'nmae'" },
    { "classify 'work' { name = 'a', evidence(1, 'x', true) }", 1,
            "a condition is needed here" },
    { "classify 'work' { name = 'a', evidence(0, 'x', all {}) }", 1, "a weight is a number" },
    { "classify 'work' { name = 'a', evidence(21, 'x', all {}) }", 1, "a weight is a number" },
    { "classify 'work' { name = 'a', evidence(1, 'x', all {}), evidence(2, 'x', all {}) }", 1,
            "two pieces of evidence are called 'x'" },
    { "classify 'work' { name = 'a', all {} }", 1, "not evidence(...)" },
    { "classify 'work' { name = 'good', evidence(1, 'x', all {}) }\n"
      "classify 'work' { name = 'good', evidence(1, 'x', all {}) }",
            2, "there is a rule 'good' already" },
    { "classify 'work' { name = 'a', evidence(1, 'x', category:is 'spam') }", 1,
            "not known yet" },
    { "classify 'work' { name = 'a', only_if = verdict:needs_reply(), evidence(1, 'x', all {}) }",
            1, "not known yet" },
    { "classify('work', {})", 1, "write classify" },
    { "subject.says 'x'", 1, "with a colon" },
    { "subject:says {}", 1, "1 to 2000 texts" },
    { "subject:says { 'x', 2 }", 1, "a text or a list of texts" },
    { "subject:says ''", 1, "is empty" },
    { "subject:says(('x'):rep(200))", 1, "at most 100 bytes" },
    { "subjct:says 'x'", 1, "there is no 'subjct' here" },
    { "subject:says 'x'\nsubject:sez 'x'", 2, "sez" },
    { "subject:matches [[(]]", 1, "regular expression, at byte 1" },
    { "subject:matches [[\\C]]", 1, "regular expression" },
    { "from:on_list 'nobody'", 1, "pack.lua names no list 'nobody'" },
    { "to:more_than 'x'", 1, "number expected" },
    { "to:more_than(0/0)", 1, "not a finite number" },
    { "where(1)", 1, "write where(function" },
    { "any { 1 }", 1, "a condition is needed here" },
    { "extract 'event' { name = 'a', each_sentence = function() end }", 1,
            "extract finds \"task\"" },
    { "extract 'task' { name = 'a' }", 1, "'each_sentence' is a function" },
    { "draft 'x' { name = 'a', template = 'drafts/x.md' }", 1, "a condition is needed here" },
    { "draft 'x' { name = 'a', only_if = all {}, template = 'drafts/none.md' }", 1,
            "there is no file 'p/drafts/none.md'" },
    { "draft 'x' { name = 'a', only_if = all {}, template = 'drafts/bad.md' }", 3,
            "unknown placeholder 'sendr_name' (did you mean 'sender_name'?)" },
    { "route 'x'", 1, "write route(function" },
    { "require 'none'", 1, "there is no file 'p/none.lua'" },
    { "x = 1", 1, "'x' cannot be set: write 'local x'" },
    { "print 'x'", 1, "'print' is not offered" },
    { "error { 1 }", 0, "error with a table" },
    { "mail.subject = 1", 1, "cannot be set" },
    { "keep 'x'", 1, "there is no mail while rules are loaded" },
};

TEST(findings_name_file_and_line)
{
    for (size_t i = 0; i < sizeof(findings) / sizeof(*findings); i++) {
        struct jd_release_file files[] = {
            { JD_SPAN("p/bad.lua"), jd_span_of(findings[i].file) },
            { JD_SPAN("p/drafts/bad.md"),
                    JD_SPAN("one\ntwo {{subject}}\nthree {{sendr_name}}\n") },
            { JD_SPAN("p/pack.lua"), JD_SPAN("return { name = 'p', version = 1, api = 1 }") },
            { JD_SPAN("p/zz.lua"),
                    JD_SPAN("classify 'work' { name = 'rest', evidence(1, 'x', all {}) }") },
        };
        struct kit kit = kit_load(files, 4);
        if (kit.status != JD_OK || kit.report.problems_count != 1) {
            FAIL("%s: status %d, %u findings", findings[i].file, kit.status,
                    kit.report.problems_count);
        } else {
            const struct jd_release_problem *p = &kit.report.problems[0];
            bool is_template = strstr(findings[i].file, "bad.md") != NULL;
            if (!jd_span_equal(p->path,
                        is_template ? JD_SPAN("p/drafts/bad.md") : JD_SPAN("p/bad.lua")) ||
                    p->line != findings[i].line ||
                    strstr(p->text.data, findings[i].text) == NULL) {
                FAIL("%s: %.*s:%d: %s", findings[i].file, JD_SPAN_ARG(p->path), p->line,
                        p->text.data);
            }
            CHECK_INT(kit.report.rules_count, 1);
        }
        kit_close(&kit);
    }
    printf("# %zu findings\n", sizeof(findings) / sizeof(*findings));
}

static const struct {
    const char *manifest, *text;
} manifests[] = {
    { "", "pack.lua returns a table" },
    { "return {", "expected" },
    { "return { name = 'q', version = 1, api = 1 }", "'name' is the folder's, 'p'" },
    { "return { name = 'p', version = 0, api = 1 }", "'version' is a whole number" },
    { "return { name = 'p', version = 1, api = 2 }", "'api' is 1" },
    { "return { name = 'p', version = 1, api = 1, list = {} }", "no field 'list'" },
    { "return { name = 'p', version = 1, api = 1, lists = { x = 'lists/x.txt' } }",
            "list 'x': there is no file 'lists/x.txt'" },
    { "return { name = 'p', version = 1, api = 1, tune = { x = 'y' } }",
            "a weight is a number" },
    { "return { name = 'p', version = 1, api = 1, confidence = { { 1, 0.5 } } }",
            "a list of 2 to 64" },
    { "return { name = 'p', version = 1, api = 1, confidence = { { 1, 0.5 }, { 0, 0.6 } } }",
            "point 2" },
    { "while true do end", "used up its instructions" },
    { "return require 'x'", "pack.lua requires nothing" },
};

TEST(a_bad_manifest_is_no_pack)
{
    for (size_t i = 0; i < sizeof(manifests) / sizeof(*manifests); i++) {
        struct jd_release_file files[] = { { JD_SPAN("p/pack.lua"),
                                                   jd_span_of(manifests[i].manifest) },
            { JD_SPAN("p/rules.lua"), JD_SPAN(GOOD) } };
        struct kit kit = kit_load(files, 2);
        CHECK_INT(kit.status, JD_BAD_INPUT);
        if (strstr(kit.error.text, manifests[i].text) == NULL ||
                strncmp(kit.error.text, "p/pack.lua:", 11) != 0) {
            FAIL("%s: %s", manifests[i].manifest, kit.error.text);
        }
        kit_close(&kit);
    }
    struct kit kit = kit_load(NULL, 0);
    CHECK_INT(kit.status, JD_BAD_INPUT);
    kit_close(&kit);
}

TEST(packs_that_extend_nothing_or_themselves)
{
    struct jd_release_file files[] = {
        { JD_SPAN("a/pack.lua"),
                JD_SPAN("return { name = 'a', version = 1, api = 1, extends = 'b' }") },
        { JD_SPAN("b/pack.lua"),
                JD_SPAN("return { name = 'b', version = 1, api = 1, extends = 'a' }") },
        { JD_SPAN("c/pack.lua"),
                JD_SPAN("return { name = 'c', version = 1, api = 1, extends = 'd' }") },
    };
    struct kit kit = kit_load(files, 3);
    CHECK_OK(kit.status, kit.error);
    CHECK_INT(kit.report.problems_count, 3);
    kit_close(&kit);
}

TEST(require_runs_once_and_freezes)
{
    struct jd_release_file files[] = {
        { JD_SPAN("p/pack.lua"), JD_SPAN("return { name = 'p', version = 1, api = 1 }") },
        { JD_SPAN("p/lib/t.lua"), JD_SPAN("local t = { n = 1, list = { 'plan' } }\n"
                                          "function t.get() return t.n end return t") },
        { JD_SPAN("p/a.lua"),
                JD_SPAN("local t = require 'lib/t'\nassert(t.get() == 1)\nt.n = 2") },
        { JD_SPAN("p/b.lua"),
                JD_SPAN("local t = require 'lib/t'\n"
                        "assert(t == require 'lib/t' and t.n == 1 and #t.list == 1)\n"
                        "for i, w in ipairs(t.list) do assert(w == 'plan' and i == 1) end\n"
                        "for k in pairs(t) do assert(k) end\n"
                        "classify 'work' { name = 'b', evidence(1, 'x', body:says(t.list)) }") },
        { JD_SPAN("p/c.lua"), JD_SPAN("require 'd'") },
        { JD_SPAN("p/d.lua"), JD_SPAN("require 'c'") },
    };
    struct kit kit = kit_load(files, 6);
    CHECK_OK(kit.status, kit.error);
    CHECK_INT(kit.report.rules_count, 1);
    CHECK_INT(kit.report.problems_count, 3);
    CHECK_TEXT(kit.report.problems[0].path, "p/a.lua");
    CHECK_INT(kit.report.problems[0].line, 3);
    kit_close(&kit);
}

/* A function that another file sets must not carry anything from mail to mail either. */
TEST(setters_of_another_file)
{
    struct jd_release_file files[] = {
        { JD_SPAN("p/pack.lua"), JD_SPAN("return { name = 'p', version = 1, api = 1 }") },
        { JD_SPAN("p/lib/box.lua"),
                JD_SPAN("local held = nil\n"
                        "return { set = function(v) held = v end, get = function() return held end }") },
        { JD_SPAN("p/a.lua"),
                JD_SPAN("local box = require 'lib/box'\nbox.set({ n = 0 })\n"
                        "classify 'work' { name = 'inside', evidence(1, 'x', where(function()\n"
                        "  box.get().n = box.get().n + 1 return true end)) }\n"
                        "classify 'work' { name = 'whole', evidence(1, 'x', where(function()\n"
                        "  box.set({ n = 7 }) return true end)) }\n"
                        "classify 'work' { name = 'reads', evidence(1, 'x', where(function()\n"
                        "  return box.get().n == 0 end)) }") },
    };
    struct kit kit = kit_load(files, 3);
    CHECK_OK(kit.status, kit.error);
    CHECK_INT(kit.report.problems_count, 0);
    for (int round = 0; round < 3; round++) {
        struct jd_verdict v = { 0 };
        CHECK_OK(kit_decide(&kit, "From: a@b.c\r\nSubject: x\r\n\r\nx\r\n", 0, &v), kit.error);
        CHECK_INT(v.failures_count, 2);
        CHECK_INT(v.evidence_count, 1);
        if (v.evidence_count) {
            CHECK_TEXT(v.evidence[0].id, "p/reads/x");
        }
    }
    kit_close(&kit);
}

static const char tests_file[] =
        "test 'passes' {\n"
        "  given { date = '2025-03-03T09:00:00+01:00', from = 'J\xc3\xbcrgen <orders@acme.example>',\n"
        "    subject = 'Order confirmation 4711 \xe2\x82\xac', headers = { ['X-Test'] = 'yes' },\n"
        "    text = 'Total: \xe2\x82\xac 19.90. Please pay by Friday.', facts = { 'wrote_to_sender' } },\n"
        "  expect { category = 'receipt', confidence = at_least(0.7), fired = { 'order/subject' },\n"
        "    not_fired = { 'order/never' }, route = 'keep', needs_reply = false, drafts = {},\n"
        "    tasks = { { due = '2025-03-07', quote = 'Please pay by Friday.' } }, tasks_count = 1 },\n"
        "}\n"
        "test 'differs' {\n"
        "  given { subject = 'Order confirmation', html = '<p>nothing</p>', calendar = 'REQUEST',\n"
        "    attachments = { { name = 'a.pdf', type = 'application/pdf' } } },\n"
        "  expect { category = 'spam', priority = 'high', confidence = at_most(0.1),\n"
        "    fired = { 'order/known' }, tasks_count = 2, route = 'ask' },\n"
        "}\n";

TEST(test_files_run)
{
    struct jd_release_file files[] = {
        { JD_SPAN("p/pack.lua"), JD_SPAN("return { name = 'p', version = 1, api = 1 }") },
        { JD_SPAN("p/rules.lua"),
                JD_SPAN("classify 'receipt' { name = 'order', evidence(2, 'subject', subject:says 'order confirmation'),\n"
                        "  evidence(1, 'known', all { from:is_known(), headers:has 'x-test', from:says 'jurgen' }),\n"
                        "  evidence(1, 'never', any {}) }\n"
                        "extract 'task' { name = 't', each_sentence = function(s)\n"
                        "  if s:asks_me() then return task { title = s:as_request(), due = s:due_date(), quote = s } end end }") },
        { JD_SPAN("p/rules.test.lua"), jd_span_of(tests_file) },
        { JD_SPAN("p/broken.test.lua"),
                JD_SPAN("test 'x' {\n given { form = 'x' }, expect {} }") },
    };
    struct kit kit = kit_load(files, 4);
    struct jd_release_case *cases = NULL;
    uint32_t count = 0;
    CHECK_OK(kit.status, kit.error);
    CHECK_INT(kit.report.problems_count, 0);
    CHECK_OK(jd_release_test(kit.release, kit.arena, &cases, &count, &kit.error), kit.error);
    CHECK_INT(count, 3);
    if (count == 3) {
        CHECK(!cases[0].passed);
        CHECK_TEXT(cases[0].path, "p/broken.test.lua");
        CHECK(strstr(cases[0].text.data, "given has no field 'form'") != NULL);
        CHECK(cases[1].passed);
        if (!cases[1].passed) {
            FAIL("%s", cases[1].text.data);
        }
        CHECK_INT(cases[1].line, 1);
        CHECK_TEXT(cases[2].name, "differs");
        CHECK(!cases[2].passed);
        CHECK_INT(cases[2].line, 9);
        CHECK(strstr(cases[2].text.data, "category: expected spam, got receipt; ") != NULL);
        CHECK(strstr(cases[2].text.data, "evidence 'order/known' did not fire") != NULL);
        CHECK(strstr(cases[2].text.data, "route: expected ask, got keep") != NULL);
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
    RUN(findings_name_file_and_line);
    RUN(a_bad_manifest_is_no_pack);
    RUN(packs_that_extend_nothing_or_themselves);
    RUN(require_runs_once_and_freezes);
    RUN(setters_of_another_file);
    RUN(test_files_run);
    return REPORT();
}
