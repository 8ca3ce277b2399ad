/* Attacks: each is contained, and the rule beside it gives the same answer as before. */
#include "script/sandbox.h"

#include <malloc.h>

#include "base/buf.h"
#include "base/clock.h"
#include "jd_test.h"
#include "unit/script/kit.h"

static const char mail_plain[] =
        "From: Ann <ann@example.com>\r\nTo: me@example.org\r\n"
        "Subject: hello\r\nDate: Mon, 3 Mar 2025 09:00:00 +0000\r\n\r\n"
        "Please send the plan by Friday.\r\n";

/* How an attack is to end. */
enum end {
    REFUSED, // an error of the rule: kind "runtime"
    LIMIT,   // a limit: kind "instructions", "memory" or "time"
    CALM,    // it runs to its end and does no harm
    UNLOADED // the file is not loaded
};

static const struct {
    const char *name, *body; // of `where(function(mail) ... end)`
    enum end end;
} attacks[] = {
    // endless work
    { "loop", "while true do end", LIMIT },
    { "goto", "::a:: goto a", LIMIT },
    { "repeat", "repeat until false", LIMIT },
    { "recursion", "local function f() return 1 + f() end return f()", LIMIT },
    { "tail calls", "local function f() return f() end return f()", LIMIT },
    { "pcall around a loop", "pcall(function() while true do end end)", LIMIT },
    { "pcall in a loop", "while true do pcall(error) end", LIMIT },
    { "nested pcall", "local function f() pcall(f) f() end f()", LIMIT },
    { "pcall catches the limit and goes on",
            "while true do pcall(function() while true do end end) end", LIMIT },
    { "xpcall with a looping handler", "xpcall(error, function() while true do end end)",
            LIMIT },
    { "xpcall handler of a limit",
            "xpcall(function() while true do end end, function() while true do end end)",
            LIMIT },
    { "mutual pcall", "local a, b function a() pcall(b) end function b() pcall(a) end a()",
            CALM },
    { "error in error", "error(setmetatable and {} or {})", REFUSED },
    { "sort with an endless order",
            "local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() while true do end end)",
            LIMIT },
    { "sort with a mad order",
            "local t = {} for i = 1, 2000 do t[i] = i end table.sort(t, function() return true end)",
            CALM },
    { "gsub with an endless function",
            "('x'):rep(9):gsub('x', function() while true do end end)", LIMIT },
    { "gmatch without end", "for _ in ('x'):gmatch('') do while true do end end", LIMIT },
    { "for to infinity", "for i = 1, math.huge do end", LIMIT },
    // long C functions
    { "lazy backtracking", "return ('a'):rep(400):find(('.-'):rep(40) .. 'b')", LIMIT },
    { "greedy backtracking", "return ('a'):rep(4000):match(('a*'):rep(30) .. 'b')", LIMIT },
    { "optional backtracking",
            "return ('a'):rep(60):match(('a?'):rep(60) .. ('a'):rep(60) .. 'b')", LIMIT },
    { "balance over much", "local s = ('('):rep(300000) for i = 1, 1e6 do s:find('%b()') end",
            LIMIT },
    { "balance from each place", "return ('('):rep(100000):find('%b()')", LIMIT },
    { "frontier over much", "local s = (' '):rep(1e6) for i = 1, 100 do s:find('%f[%w]') end",
            LIMIT },
    { "set over much", "return ('x'):rep(1e6):find('[' .. ('a'):rep(900) .. ']')", LIMIT },
    { "plain find of a near match",
            "local a = ('a'):rep(1e6 - 1) local b = ('a'):rep(5e5) .. 'b' "
            "for i = 1, 1e5 do a:find(b, 1, true) end",
            LIMIT },
    { "deep pattern", "return ('('):rep(300):find(('('):rep(300))", REFUSED },
    { "captures without end", "return ('x'):rep(50):find(('(x'):rep(40))", REFUSED },
    { "nested captures", "return ('x'):rep(500):match('(' .. ('(x)'):rep(31) .. ')')", CALM },
    { "malformed set", "return ('x'):find('[a')", REFUSED },
    { "malformed escape", "return ('x'):find('%')", REFUSED },
    { "back reference to an open capture", "return ('xx'):find('(x%1)')", REFUSED },
    { "long pattern", "return ('x'):find(('a'):rep(2000) .. '.')", REFUSED },
    { "concat of many",
            "local t = {} for i = 1, 30 do t[i] = ('x'):rep(1e5) end return table.concat(t)",
            LIMIT },
    { "concat to a huge index", "return table.concat({}, '', 1, math.maxinteger)", REFUSED },
    { "unpack of a huge range", "return table.unpack({}, 1, math.maxinteger)", REFUSED },
    { "unpack of a million", "return table.unpack({}, 1, 1e6)", REFUSED },
    { "insert with a huge length", "return table.insert({}, math.maxinteger, 1)", REFUSED },
    { "remove far away", "return table.remove({}, math.maxinteger)", REFUSED },
    { "insert at the front", "local t = {} for i = 1, 1e6 do table.insert(t, 1, i) end",
            LIMIT },
    { "string.byte of all", "return ('x'):rep(1e6):byte(1, -1)", REFUSED },
    { "codepoints of all", "return utf8.codepoint(('x'):rep(1e6), 1, -1)", REFUSED },
    { "utf8.len again and again", "local s = ('x'):rep(1e6) while true do utf8.len(s) end",
            LIMIT },
    { "lower again and again", "local s = ('x'):rep(1e6) while true do s:lower() end", LIMIT },
    { "pairs of much",
            "local t = {} for i = 1, 5000 do t['k' .. i] = i end while true do for _ in pairs(t) do end end",
            LIMIT },
    { "says without end", "while true do mail:meets(yes) end", LIMIT },
    { "header without end", "while true do mail:header('x') end", LIMIT },
    { "format of much", "local s = ('%d'):rep(200) while true do pcall(string.format, s) end",
            LIMIT },
    { "format width", "return ('%99999d'):format(1)", REFUSED },
    { "tonumber of much", "return tonumber(('1'):rep(1e6), 36)", CALM },
    // memory
    { "rep of everything", "return ('x'):rep(1e9)", LIMIT },
    { "rep of nothing", "return (''):rep(math.maxinteger)", CALM },
    { "rep with a separator", "return ('x'):rep(1e9, 'yyyy')", LIMIT },
    { "rep overflow", "return ('xx'):rep(math.maxinteger)", LIMIT },
    { "doubling", "local s = 'x' while true do s = s .. s end", LIMIT },
    { "concatenation of long texts",
            "local s = ('x'):rep(5e5) while true do local t = s .. 'y' end", LIMIT },
    { "table without end", "local t = {} for i = 1, 1e9 do t[i] = i end", LIMIT },
    { "tables without end", "local t = {} while true do t = { t, {}, {}, {} } end", LIMIT },
    { "keys without end",
            "local t = {} local i = 0 while true do i = i + 1 t['k' .. i] = i end", LIMIT },
    { "closures without end",
            "local t = {} while true do t = (function(a) return function() return a end end)(t) end",
            LIMIT },
    { "out of memory, caught", "while true do pcall(string.rep, 'x', 1e9) end", LIMIT },
    { "out of memory in pcall",
            "return pcall(function() local s = 'x' while true do s = s .. s end end)", LIMIT },
    { "gsub that grows", "local s = 'x' while true do s = s:gsub('.', '%0%0%0%0') end", LIMIT },
    { "varargs that grow",
            "local function f(...) return f(1, 2, 3, 4, 5, 6, 7, 8, ...) end return f()",
            LIMIT },
    // reaching out
    { "os", "return os.time()", REFUSED },
    { "io", "return io.open('/etc/passwd')", REFUSED },
    { "debug", "return debug.getregistry()", REFUSED },
    { "package", "return package.loadlib('x', 'y')", REFUSED },
    { "load", "return load('return 1')", REFUSED },
    { "loadstring", "return loadstring('return 1')", REFUSED },
    { "dofile", "return dofile('/etc/passwd')", REFUSED },
    { "require while running", "return require('rules')", REFUSED },
    { "coroutine", "return coroutine.create(print)", REFUSED },
    { "collectgarbage", "return collectgarbage('collect')", REFUSED },
    { "print", "print('x')", REFUSED },
    { "_G", "return _G.os", REFUSED },
    { "getmetatable of a text", "return getmetatable('')", REFUSED },
    { "setmetatable", "return setmetatable({}, { __gc = error })", REFUSED },
    { "rawset", "rawset(string, 'find', nil)", REFUSED },
    { "next", "return next({})", REFUSED },
    { "string.dump", "return string.dump(function() end)", REFUSED },
    { "random", "return math.random()", REFUSED },
    // changing what is shared
    { "string library", "string.find = nil", REFUSED },
    { "text method", "local s = 'x' s.find = nil", REFUSED },
    { "table library", "table.concat = error", REFUSED },
    { "insert into a library", "table.insert(string, 1)", REFUSED },
    { "sort a library", "table.sort(math)", REFUSED },
    { "subject object", "subject.says = nil", REFUSED },
    { "global", "x = 1", REFUSED },
    { "global function", "function pairs() end", REFUSED },
    { "own _ENV", "local _ENV = { x = 1 } x = 2", CALM },
    { "_ENV of the file", "_ENV = {}", REFUSED },
    { "table of the file", "shared.x = 1", REFUSED },
    { "nested table of the file", "shared.inner.x = 1", REFUSED },
    { "remove from a table of the file", "table.remove(shared.list)", REFUSED },
    { "local of the file", "count = count + 1 return true", REFUSED },
    { "local of the file through a function", "bump() return true", REFUSED },
    { "local of the file, error after it", "count = 7 error('x')", REFUSED },
    { "local of the file, limit after it", "count = 7 while true do end", LIMIT },
    { "keep the mail", "kept = mail return true", REFUSED },
    { "write to the mail", "mail.subject = 'x'", REFUSED },
    { "write to a condition", "yes.x = 1", REFUSED },
    { "rule while running", "classify 'spam' { name = 'late', evidence(1, 'x', yes) }",
            REFUSED },
    { "condition while running", "return subject:says('x')", REFUSED },
    { "task in a where", "return task { title = 'x' }", CALM },
    { "meets with a number", "return mail:meets(42)", REFUSED },
    { "meets with another object", "return mail.meets(yes, yes)", REFUSED },
    { "verdict in classify", "return keep(verdict)", REFUSED },
    // telling addresses and lies
    { "address by tostring",
            "assert(tostring({}) == 'table' and tostring(print or pairs) == 'function')",
            REFUSED },
    { "address of a function",
            "assert(tostring(pairs) == 'function' and tostring(mail) == 'mail')", CALM },
    { "address by format", "return ('%p'):format({})", REFUSED },
    { "address by %s", "assert(('%s'):format({}) == 'table')", CALM },
    { "forged limit", "error('instructions', 0)", REFUSED },
    { "error with a table", "error({ kind = 'memory' })", REFUSED },
    { "error with nil", "error()", REFUSED },
    { "error with control bytes", "error('a\\0b\\27[31m\\n')", REFUSED },
    { "error with a megabyte", "error(('x'):rep(1e6))", REFUSED },
    { "number keys of nan", "local t = {} t[0/0] = 1", REFUSED },
    { "integer edges", "return math.mininteger // -1, math.mininteger % -1, 1 << 64", CALM },
    { "divide by zero", "return 1 // 0", REFUSED },
    { "format edges", "return ('%5.1f|%-10s|%x'):format(1e308, 'x', -1)", CALM },
    { "pairs with a table as key", "local t = {} t[{}] = 1 for k in pairs(t) do end", REFUSED },
    { "close variable", "local x <close> = {}", REFUSED },
};

/* The attack, and beside it a rule that must not notice. */
static struct kit load(const char *body)
{
    char rules[4000];
    snprintf(rules, sizeof(rules),
            "local count, kept = 0, nil\n"
            "local shared = { inner = {}, list = { 1, 2 } }\n"
            "local yes = subject:says('hello')\n"
            "local function bump() count = count + 1 end\n"
            "classify 'spam' { name = 'attack', evidence(9, 'a', where(function(mail)\n"
            "%s\nend)) }\n"
            "classify 'work' { name = 'neighbour', evidence(2, 'plan', body:says 'plan'),\n"
            "  evidence(1, 'calm', where(function(mail)\n"
            "    assert(count == 0 and kept == nil and #shared.list == 2)\n"
            "    assert(('abc'):find('b') == 2 and table.concat({ 1, 2 }, ',') == '1,2')\n"
            "    return mail:meets(yes) and mail.subject == 'hello' end)) }\n",
            body);
    return kit_rules(rules);
}

static const char *const kinds[] = { "runtime", "instructions memory time" };

static void check_attack(size_t i)
{
    struct kit kit = load(attacks[i].body);
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

/* While a file loads: it is left out and named, the file beside it works. */
static const struct {
    const char *name, *file;
} load_attacks[] = {
    { "loop", "while true do end" },
    { "loop in pcall", "pcall(function() while true do end end)" },
    { "memory", "local t = {} for i = 1, 1e9 do t[i] = {} end" },
    { "long text", "return ('x'):rep(1e9)" },
    { "bytecode", "\033Lua" },
    { "global", "x = 1" },
    { "iterator kept",
            "local it = ('abc'):gmatch('.') "
            "classify 'spam' { name = 'it', evidence(1, 'a', where(function() return it() end)) }" },
    { "half a rule kept", "local half = classify 'spam' "
                          "where(function() return half end)" },
    { "conditions without end", "while true do subject:is_empty() end" },
    { "words without end",
            "local i = 0 while true do i = i + 1 subject:says('word' .. i) end" },
    { "table as key kept", "local t = {} t[{}] = 1 where(function() return t end)" },
    { "deep table kept",
            "local t = {} for i = 1, 100 do t = { t } end where(function() return t end)" },
    { "syntax", "classify 'spam' {" },
    { "nesting",
            "return ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1" },
    { "require itself", "require 'bad'" },
    { "require upward", "require '../q/rules'" },
    { "regular expression", "subject:matches '(('" },
    { "regular expression too large", "subject:matches '((a{1,999}){1,999}){1,999}'" },
    { "recursive regular expression", "subject:matches(('('):rep(900))" },
};

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
    RUN(expensive_regular_expressions_stop);
    RUN(many_expensive_regular_expressions_stop);
    RUN(regular_expressions_share_their_memory);
    RUN(regular_expressions_that_are_large_together_are_refused);
    return REPORT();
}
