/* What lint finds, where, and what it leaves alone. */
#include "script/lint.h"

#include "base/buf.h"
#include "jd_test.h"
#include "unit/script/folder.h"
#include "unit/script/kit.h"

static struct jd_lint_finding *findings;
static uint32_t count;

static void lint(struct kit *kit)
{
    count = 0;
    CHECK_OK(kit->status, kit->error);
    if (kit->status == JD_OK) {
        CHECK_OK(jd_release_lint(kit->release, kit->arena, &findings, &count, &kit->error),
                kit->error);
    }
}

static void print_findings(const char *what)
{
    FAIL("%s:", what);
    for (uint32_t i = 0; i < count; i++) {
        printf("#   " JD_SPAN_FMT ":%d %s %d: " JD_SPAN_FMT "; " JD_SPAN_FMT "\n",
                JD_SPAN_ARG(findings[i].path), findings[i].line, findings[i].code,
                findings[i].severity, JD_SPAN_ARG(findings[i].text),
                JD_SPAN_ARG(findings[i].cure));
    }
}

#define SPAM(evidence) "classify 'spam' { name = 'r', " evidence " }"
#define ONE(condition) SPAM("evidence(1, 'e', " condition ")")

/* One finding each, with its code and line; part: of its text or cure. */
static const struct {
    const char *rules, *code;
    int line;
    enum jd_severity severity;
    const char *part;
} faults[] = {
    // names
    { ONE("subject:sayz 'x'"), "unknown-name", 1, JD_SEVERITY_ERROR, "did you mean 'says'?" },
    { "\n" ONE("subjct:says 'x'"), "unknown-name", 2, JD_SEVERITY_ERROR,
            "did you mean 'subject'?" },
    { "clasify 'spam' {}", "unknown-name", 1, JD_SEVERITY_ERROR, "did you mean 'classify'?" },
    { ONE("where(function(m)\n return m.subjet == 'x' end)"), "unknown-name", 2,
            JD_SEVERITY_ERROR, "did you mean 'subject'?" },
    { ONE("where(function(m) return strin.find(m.subject, 'x') end)"), "unknown-name", 1,
            JD_SEVERITY_ERROR, "did you mean 'string'?" },
    { ONE("where(function(m) return string.fnd(m.subject, 'x') end)"), "unknown-name", 1,
            JD_SEVERITY_ERROR, "did you mean 'find'?" },
    { ONE("where(function(m) return os.time() > 0 end)"), "unknown-name", 1, JD_SEVERITY_ERROR,
            "rules have no clock" },
    { "extract 'task' { name = 't', each_sentence = function(s, m)\n"
      "  if s:ask_me() then return task { title = 'x' } end end }",
            "unknown-name", 2, JD_SEVERITY_ERROR, "did you mean 'asks_me'?" },
    { "route(function(m, verdict) return keep(verdict.categry) end)", "unknown-name", 1,
            JD_SEVERITY_ERROR, "did you mean 'category'?" },
    // globals
    { "count = 0", "global", 1, JD_SEVERITY_ERROR, "write 'local count'" },
    { "local a\nfunction helper() return a end", "global", 2, JD_SEVERITY_ERROR,
            "local function helper" },
    { ONE("where(function(m) total = 1 return true end)"), "global", 1, JD_SEVERITY_ERROR,
            "'total'" },
    // conditions
    { "local c = subject:says 'x'\n" ONE("all { c, none { c } }"), "unreachable", 2,
            JD_SEVERITY_ERROR, "can never hold" },
    { ONE("all { subject:says 'x', none { subject:says 'x' } }"), "unreachable", 1,
            JD_SEVERITY_ERROR, "can never hold" },
    { ONE("all { from:is_person(), list:has_id() }"), "unreachable", 1, JD_SEVERITY_ERROR, "" },
    { ONE("all { from:is_person(), any { list:has_id(), from:is_noreply() } }"), "unreachable",
            1, JD_SEVERITY_ERROR, "" },
    { ONE("all { calendar:is_invite(), none { calendar:is_there() } }"), "unreachable", 1,
            JD_SEVERITY_ERROR, "" },
    { ONE("all { language:is 'de', language:is 'en' }"), "unreachable", 1, JD_SEVERITY_ERROR,
            "" },
    { ONE("all { body:shorter_than(10), body:longer_than(10) }"), "unreachable", 1,
            JD_SEVERITY_ERROR, "" },
    { ONE("any {}"), "unreachable", 1, JD_SEVERITY_ERROR, "never true" },
    { ONE("from:domain_is '@acme.example'"), "never-matches", 1, JD_SEVERITY_ERROR,
            "a domain has a dot" },
    { ONE("from:address_is 'acme.example'"), "never-matches", 1, JD_SEVERITY_ERROR, "'@'" },
    { ONE("attachment:has_type 'pdf'"), "never-matches", 1, JD_SEVERITY_ERROR, "'/'" },
    { ONE("language:is 'german'"), "never-matches", 1, JD_SEVERITY_ERROR, "two letters" },
    { ONE("headers:has 'X-Spam:'"), "never-matches", 1, JD_SEVERITY_ERROR, "without ':'" },
    { ONE("from:domain_is { 'a.example', 'b' }"), "never-matches", 1, JD_SEVERITY_WARNING,
            "\"b\"" },
    { ONE("body:shorter_than(0)"), "never-matches", 1, JD_SEVERITY_ERROR, "" },
    { ONE("to:more_than(-1)"), "always-true", 1, JD_SEVERITY_WARNING, "" },
    { ONE("from:matches 'Acme'"), "never-matches", 1, JD_SEVERITY_ERROR, "lower case" },
    { ONE("body:matches '(x+x+)+y'"), "slow-regex", 1, JD_SEVERITY_WARNING, "step limit" },
    { ONE("body:matches '(?:x{999}){99}'"), "never-matches", 1, JD_SEVERITY_ERROR, "65,535" },
    { ONE("subject:says 'a*b'"), "literal-star", 1, JD_SEVERITY_WARNING, "itself" },
    { SPAM("evidence(1, 'a', subject:says 'x'),\n evidence(1, 'b', category:is 'work')"),
            "late-condition", 1, JD_SEVERITY_ERROR, "not known yet" },
    { "draft 'x' { name = 'd', only_if = category:is 'wrok', template = 'd.md' }",
            "never-matches", 1, JD_SEVERITY_ERROR, "gives that category" },
    // rules
    { SPAM("only_if = from:is_person(),\n evidence(1, 'a', subject:says 'x'),\n"
           " evidence(1, 'b', list:has_id())"),
            "unreachable", 3, JD_SEVERITY_ERROR, "only_if" },
    { SPAM("evidence(15, 'sure', subject:says 'x')"), "decides-alone", 1, JD_SEVERITY_ERROR,
            "weight of 15" },
    { SPAM("evidence(1, 'a', subject:says 'x')") "\n" SPAM(
              "evidence(1, 'a', subject:says 'x')"),
            "duplicate-name", 2, JD_SEVERITY_ERROR, "already" },
    { SPAM("evidence(1, 'a', subject:says 'x'), evidence(1, 'a', subject:says 'y')"),
            "duplicate-name", 1, JD_SEVERITY_ERROR, "'a'" },
    { "require 'rules'", "cyclic-require", 1, JD_SEVERITY_ERROR, "circle" },
    { "-- caf\xe9", "not-utf8", 1, JD_SEVERITY_ERROR, "UTF-8" },
    { "while true do end", "limit", 1, JD_SEVERITY_ERROR, "instructions" },
    { "classify 'spam' {", "does-not-compile", 1, JD_SEVERITY_ERROR, "expected" },
};

static const char pack[] = "return { name = 'p', version = 1, api = 1 }";

static bool has_part(const struct jd_lint_finding *one, const char *part)
{
    size_t len = strlen(part);
    return len == 0 || memmem(one->text.data, one->text.len, part, len) ||
           (one->cure.len && memmem(one->cure.data, one->cure.len, part, len));
}

TEST(faults_are_found)
{
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
        struct jd_release_file files[] = {
            { JD_SPAN("p/d.md"), JD_SPAN("Hello") },
            { JD_SPAN("p/pack.lua"), jd_span_of(pack) },
            { JD_SPAN("p/rules.lua"), jd_span_of(faults[i].rules) },
        };
        struct kit kit = kit_load(files, 3);
        lint(&kit);
        if (count != 1 || strcmp(findings[0].code, faults[i].code) != 0 ||
                findings[0].line != faults[i].line ||
                findings[0].severity != faults[i].severity ||
                !has_part(&findings[0], faults[i].part)) {
            print_findings(faults[i].rules);
        }
        kit_close(&kit);
    }
}

/* Rules that are right, if unusual. */
static const char *const fine[] = {
    ONE("all {}"),
    ONE("all { subject:says 'x', none { subject:says 'y' } }"),
    ONE("any { from:is_person(), list:has_id() }"),
    ONE("all { from:is_noreply(), list:has_id() }"),
    ONE("from:domain_is 'acme.example'"),
    ONE("from:address_is { 'billing@', 'a@b.example' }"),
    ONE("body:matches [[(?i)\\btotal\\b.{0,40}\\d]]"),
    ONE("from:matches [[\\.Example\\W$]]") "--" ONE("subject:says '*x*'"),
    "local t = { x = 1, y = function(a, b) local z = a return z + b end }\n"
    "for i, v in ipairs { 1, 2 } do local w = v end\n"
    "local function f(...) local a, b = ... repeat local q = a until q goto done ::done:: return b end\n" ONE(
            "where(function(mail) local s = mail.subject return s:find 'x' and f(t.x, mail.date.hour) end)"),
    "local long = [==[ os.time() ]] ]==] -- os.time()\n--[[ print() ]]\n" ONE(
            "subject:says { long, \"it's \\\"os.exit()\\\"\" }"),
    "local words = { 'a', 'b', }\nlocal x <const> = 1\n" ONE("subject:says(words)"),
    "local a = 1 local b b, a = a, 2 " ONE("where(function() return b == 1 end)"),
    SPAM("evidence(9, 'a', subject:says 'x'), evidence(-15, 'veto', from:is_person())"),
    SPAM("evidence(12, 'a', subject:says 'x'), evidence(-12, 'veto', from:is_person())"),
    SPAM("evidence(12, 'a', subject:says 'x'), evidence(12, 'b', body:says 'x')"),
};

TEST(what_is_right_is_left_alone)
{
    for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
        struct kit kit = kit_rules(fine[i]);
        lint(&kit);
        // One of them is there to be told apart: an expression whose letters are classes.
        bool expected = strstr(fine[i], "Example") != NULL;
        if (count != (expected ? 1 : 0)) {
            print_findings(fine[i]);
        }
        kit_close(&kit);
    }
}

TEST(packs_and_tests_are_looked_at)
{
    struct jd_release_file files[] = {
        { JD_SPAN("p/lists/a.txt"), JD_SPAN("a.example\n") },
        { JD_SPAN("p/lists/b.txt"), JD_SPAN("b.example\n") },
        { JD_SPAN("p/pack.lua"),
                JD_SPAN("return { name = 'p', version = 1, api = 1,\n"
                        "lists = { a = 'lists/a.txt',\n unheard = 'lists/b.txt' },\n"
                        "tune = { ['p/r/nothing'] = 1 },\noff = { 'p/nobody' } }") },
        { JD_SPAN("p/rules.lua"), JD_SPAN(ONE("from:on_list 'a'")) },
        { JD_SPAN("p/empty.test.lua"), JD_SPAN("-- later\n") },
        { JD_SPAN("p/broken.test.lua"), JD_SPAN("test 'x' {\n given { sbject = 'x' } }") },
        { JD_SPAN("p/typo.test.lua"), JD_SPAN("local x = 1\nif x == 2 then tset 'x' {} end\n"
                                              "test 'x' { given {}, expect {} }") },
    };
    static const struct {
        const char *path, *code;
        int line;
    } wanted[] = {
        { "p/broken.test.lua", "broken-test", 1 },
        { "p/empty.test.lua", "no-case", 0 },
        { "p/pack.lua", "unused-list", 3 },
        { "p/pack.lua", "names-nothing", 4 },
        { "p/pack.lua", "names-nothing", 5 },
        { "p/typo.test.lua", "unknown-name", 2 },
    };
    struct kit kit = kit_load(files, 7);
    lint(&kit);
    bool good = count == sizeof(wanted) / sizeof(*wanted);
    for (uint32_t i = 0; good && i < count; i++) {
        good = jd_span_equal(findings[i].path, jd_span_of(wanted[i].path)) &&
               strcmp(findings[i].code, wanted[i].code) == 0 &&
               findings[i].line == wanted[i].line;
    }
    if (!good) {
        print_findings("a pack");
    }
    kit_close(&kit);
}

TEST(the_standard_pack_has_no_finding)
{
    struct jd_arena *arena = jd_arena_create(64u << 20);
    folder_read(arena, JD_SOURCE_DIR "/rules/standard");
    struct kit kit = kit_load(folder.files, folder.count);
    lint(&kit);
    if (count) {
        print_findings("rules/standard");
    }
    kit_close(&kit);
    jd_arena_destroy(&arena);
}

/* Whatever stands in a file is looked at without harm: halves of tokens, open brackets, ends of
 * blocks that nobody began. */
TEST(broken_text_does_no_harm)
{
    static const char *const pieces[] = { "function", "end", "(", ")", "{", "}", "[[", "]]",
        "--[==[", "\"", "'", "\\", "local", "for", "in", "do", "then", "until", "repeat", "=",
        ",", "::", "goto", ".", ":", "mail", "subject", "says", "where(",
        "each_sentence =", "1e", "\n", "\xc3", "<close>", "elseif", "..." };
    struct jd_buf text = jd_buf_init(65536);
    uint32_t state = 1;
    struct kit kit = kit_rules("");
    CHECK_OK(kit.status, kit.error);
    for (int round = 0; round < 3000; round++) {
        struct jd_lint lint = { .release = kit.release, .arena = jd_arena_create(16u << 20) };
        lint.findings = jd_arena_zalloc(lint.arena, JD_LINT_FINDINGS_MAX, sizeof(*findings));
        jd_buf_clear(&text);
        for (uint32_t i = 0; i < 1 + state % 60; i++) {
            state = state * 1664525 + 1013904223;
            jd_buf_text(&text, pieces[(state >> 8) % (sizeof(pieces) / sizeof(*pieces))]);
            jd_buf_text(&text, state >> 31 ? " " : "");
        }
        jd_lint_source(&lint, JD_SPAN("p/x.lua"), jd_buf_span(&text), round % 2);
        CHECK(lint.count <= JD_LINT_FINDINGS_MAX);
        jd_arena_destroy(&lint.arena);
    }
    jd_buf_finish(&text);
    kit_close(&kit);
}

int main(void)
{
    struct jd_error error;
    if (jd_mail_init(&error) != JD_OK) {
        printf("%s\n", error.text);
        return 1;
    }
    RUN(faults_are_found);
    RUN(what_is_right_is_left_alone);
    RUN(packs_and_tests_are_looked_at);
    RUN(the_standard_pack_has_no_finding);
    RUN(broken_text_does_no_harm);
    return REPORT();
}
