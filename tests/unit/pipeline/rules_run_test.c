/*
 * `jackdaw rules run` over every attack of the repository: the command lives, names the rule
 * that failed, and the rule behind it gives the same bytes as without the attack.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/span.h"
#include "jd_test.h"
#include "unit/script/attacks.h"

#define PROGRAM     JD_BUILD_DIR "/jackdaw"
#define IN_A_ROW    1000
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static char folder[] = "/tmp/jackdaw-rules-run-XXXXXX";
static struct jd_error error;

static const char mail[] = "From: Ann <ann@example.com>\r\nTo: me@example.org\r\n"
                           "Subject: hello\r\nDate: Mon, 3 Mar 2025 09:00:00 +0000\r\n\r\n"
                           "Please send the plan by Friday.\r\n";
static const char good[] =
        "classify 'work' { name = 'good', evidence(2, 'plan', body:says 'plan'),\n"
        "  evidence(1, 'calm', where(function(mail)\n"
        "    local n = 0 for i = 1, 100 do n = n + i end\n"
        "    return n == 5050 and mail.subject == 'hello' end)) }\n"
        "extract 'task' { name = 'asks', each_sentence = function(sentence)\n"
        "  if sentence:asks_me() then\n"
        "    return task { title = sentence:as_request(), quote = sentence } end end }\n";

/* The attacks as files, one number for all tables. */
#define ATTACKS (COUNT(attacks) + COUNT(load_attacks) + COUNT(rule_attacks))

static const char *attack_name(size_t i)
{
    if (i < COUNT(attacks)) {
        return attacks[i].name;
    }
    i -= COUNT(attacks);
    return i < COUNT(load_attacks) ? load_attacks[i].name
                                   : rule_attacks[i - COUNT(load_attacks)].name;
}

static const char *attack_text(size_t i, char *room, size_t size)
{
    if (i < COUNT(attacks)) {
        attack_write(room, size, attacks[i].body);
        return room;
    }
    i -= COUNT(attacks);
    return i < COUNT(load_attacks) ? load_attacks[i].file
                                   : rule_attacks[i - COUNT(load_attacks)].body;
}

static bool is_calm(size_t i)
{
    if (i < COUNT(attacks)) {
        return attacks[i].end == CALM;
    }
    i -= COUNT(attacks);
    return i >= COUNT(load_attacks) && rule_attacks[i - COUNT(load_attacks)].end == CALM;
}

static void write_file(const char *name, const char *text)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    CHECK_OK(jd_file_write(path, jd_span_of(text), 0644, &error), error);
}

static void write_files(void)
{
    write_file("mail.eml", mail);
    write_file("good.lua", good);
    for (size_t i = 0; i < ATTACKS; i++) {
        char room[4000], name[40];
        snprintf(name, sizeof(name), "attack-%03zu.lua", i);
        write_file(name, attack_text(i, room, sizeof(room)));
    }
}

/* Runs the command; its answer in a document that the caller destroys. */
static struct jd_json *run(const char *arguments, int *out_code)
{
    struct jd_buf command = jd_buf_init(1u << 20), out = jd_buf_init(64u << 20);
    struct jd_json *document = NULL;
    char piece[65536];
    jd_buf_format(&command, "cd %s && %s rules run --json --mail mail.eml %s", folder, PROGRAM,
            arguments);
    jd_buf_char(&command, '\0');
    FILE *stream = popen(command.data, "r"); // NOLINT(cert-env33-c): our own program
    for (size_t len; stream && (len = fread(piece, 1, sizeof(piece), stream)) > 0;) {
        jd_buf_add(&out, jd_span_new(piece, len));
    }
    *out_code = stream ? WEXITSTATUS(pclose(stream)) : -1;
    if (out.len) {
        CHECK_OK(jd_json_parse(jd_buf_span(&out), out.max_bytes, &document, &error), error);
    }
    jd_buf_finish(&command);
    jd_buf_finish(&out);
    return document;
}

/* What must be the same each time. */
static void describe(const struct jd_json *entry, char *out, size_t size)
{
    const struct jd_json *failure = jd_json_member(entry, "error");
    snprintf(out, size, JD_SPAN_FMT " " JD_SPAN_FMT " " JD_SPAN_FMT " %d %lld",
            JD_SPAN_ARG(jd_json_text(jd_json_member(entry, "rule"), JD_SPAN("?"))),
            JD_SPAN_ARG(jd_json_text(jd_json_member(entry, "outcome"), JD_SPAN("?"))),
            JD_SPAN_ARG(jd_json_text(jd_json_member(failure, "kind"), JD_SPAN("-"))),
            jd_json_bool(jd_json_member(entry, "matched"), false),
            (long long)jd_json_int(jd_json_member(entry, "instructions"), -1));
}

static bool is_of(const struct jd_json *entry, const char *rule)
{
    return jd_span_equal(
            jd_json_text(jd_json_member(entry, "rule"), JD_SPAN("")), jd_span_of(rule));
}

static bool has_error(const struct jd_json *entry)
{
    const struct jd_json *failure = jd_json_member(entry, "error");
    struct jd_span kind = jd_json_text(jd_json_member(failure, "kind"), JD_SPAN(""));
    struct jd_span file = jd_json_text(jd_json_member(failure, "file"), JD_SPAN(""));
    struct jd_span text = jd_json_text(jd_json_member(failure, "text"), JD_SPAN(""));
    return kind.len && file.len && text.len &&
           jd_span_equal(jd_json_text(jd_json_member(entry, "outcome"), JD_SPAN("")),
                   JD_SPAN("error"));
}

/* The two rules of good.lua behind the attack, as they are alone. */
static const struct jd_json *
check_good(const struct jd_json *entry, char alone[2][200], size_t i)
{
    for (int k = 0; k < 2; k++) {
        char text[200] = "nothing";
        if (entry) {
            describe(entry, text, sizeof(text));
            entry = jd_json_next(entry);
        }
        if (strcmp(text, alone[k]) != 0) {
            FAIL("behind %s: '%s', alone '%s'", attack_name(i), text, alone[k]);
        }
    }
    return entry;
}

/* The entries of one attack: up to those of good.lua. */
static const struct jd_json *check_attack(const struct jd_json *entry, size_t i)
{
    int entries = 0, failed = 0;
    for (; entry && !is_of(entry, "good"); entry = jd_json_next(entry)) {
        entries++;
        failed += has_error(entry);
    }
    if (entries == 0 || (failed > 0) == is_calm(i)) {
        FAIL("%s: %d entries, %d failed", attack_name(i), entries, failed);
    }
    return entry;
}

static void find_alone(char alone[2][200])
{
    int code;
    struct jd_json *answer = run("--rule good.lua", &code);
    const struct jd_json *entry = jd_json_first(jd_json_member(answer, "rules"));
    CHECK_INT(code, 0);
    CHECK_INT(jd_json_count(jd_json_member(answer, "rules")), 2);
    for (int k = 0; k < 2 && entry; k++, entry = jd_json_next(entry)) {
        describe(entry, alone[k], 200);
    }
    CHECK(strstr(alone[0], "good ok - 1 ") && strstr(alone[1], "asks ok - 1 "));
    jd_json_destroy(&answer);
}

static void check_in_a_row(size_t count)
{
    static char alone[2][200];
    struct jd_buf arguments = jd_buf_init(1u << 20);
    int code;
    find_alone(alone);
    for (size_t i = 0; i < count; i++) {
        jd_buf_format(&arguments, " --rule attack-%03zu.lua --rule good.lua", i % ATTACKS);
    }
    jd_buf_char(&arguments, '\0');
    struct jd_json *answer = run(arguments.data, &code);
    const struct jd_json *entry = jd_json_first(jd_json_member(answer, "rules"));
    CHECK_INT(code, 0);
    for (size_t i = 0; i < count; i++) {
        entry = check_attack(entry, i % ATTACKS);
        entry = check_good(entry, alone, i % ATTACKS);
    }
    CHECK(entry == NULL);
    jd_json_destroy(&answer);
    jd_buf_finish(&arguments);
}

TEST(a_rule_behind_an_attack_is_as_it_is_alone)
{
    check_in_a_row(ATTACKS);
}

TEST(the_host_is_alive_at_the_thousandth_attack)
{
    check_in_a_row(IN_A_ROW);
}

TEST(what_cannot_be_a_rule_is_an_error_of_the_rule)
{
    static const struct {
        const char *name, *text, *kind;
    } files[] = {
        { "syntax.lua", "classify 'x' {", "compile" },
        { "latin.lua", "local x = '\xff'\n", "compile" },
        { "bytecode.lua", "\033LuaT", "compile" },
        { "raises.lua", "error 'no'", "runtime" },
        { "loops.lua", "while true do end", "instructions" },
        { "floods.lua", "while true do subject:is_empty() end", "output" },
        { "eats.lua", "local t = {} for i = 1, 1e9 do t[i] = {} end", "memory" },
    };
    for (size_t i = 0; i < COUNT(files); i++) {
        char arguments[100];
        int code;
        write_file(files[i].name, files[i].text);
        snprintf(arguments, sizeof(arguments), "--rule %s", files[i].name);
        struct jd_json *answer = run(arguments, &code);
        const struct jd_json *entry = jd_json_first(jd_json_member(answer, "rules"));
        CHECK_INT(code, 0);
        CHECK_INT(jd_json_count(jd_json_member(answer, "rules")), 1);
        CHECK_TEXT(jd_json_text(jd_json_member(jd_json_member(entry, "error"), "kind"),
                           JD_SPAN("?")),
                files[i].kind);
        CHECK(is_of(entry, files[i].name));
        jd_json_destroy(&answer);
    }
}

TEST(a_file_of_ten_megabytes_is_an_error_of_the_rule)
{
    struct jd_buf big = jd_buf_init(11u << 20);
    char path[200];
    int code;
    for (int i = 0; i < 10 << 20; i++) {
        jd_buf_char(&big, 'x');
    }
    snprintf(path, sizeof(path), "%s/big.lua", folder);
    CHECK_OK(jd_file_write(path, jd_buf_span(&big), 0644, &error), error);
    struct jd_json *answer = run("--rule big.lua --rule good.lua", &code);
    CHECK_INT(code, 0);
    CHECK_INT(jd_json_count(jd_json_member(answer, "rules")), 3);
    CHECK(has_error(jd_json_first(jd_json_member(answer, "rules"))));
    jd_json_destroy(&answer);
    jd_buf_finish(&big);
}

TEST(a_file_that_is_not_there_is_the_commands_error)
{
    int code;
    struct jd_json *answer = run("--rule nowhere.lua 2>/dev/null", &code);
    CHECK_INT(code, 1);
    CHECK(answer == NULL);
    answer = run("2>/dev/null", &code);
    CHECK_INT(code, 2);
    CHECK(answer == NULL);
}

/* Within a pack a file sees its lists and what it requires, and only its own rules are told. */
TEST(a_file_of_a_pack_sees_the_pack)
{
    int code;
    struct jd_json *answer = run("--rule " JD_SOURCE_DIR "/rules/standard/meeting.lua", &code);
    CHECK_INT(code, 0);
    CHECK_INT(jd_json_count(jd_json_member(answer, "rules")), 2);
    for (const struct jd_json *entry = jd_json_first(jd_json_member(answer, "rules")); entry;
            entry = jd_json_next(entry)) {
        CHECK(!has_error(entry));
    }
    jd_json_destroy(&answer);
}

/* The fault lies in a file that the rule file requires. */
TEST(a_circle_of_files_is_an_error_of_the_rule)
{
    char path[200];
    int code;
    snprintf(path, sizeof(path), "%s/circle", folder);
    CHECK_OK(jd_file_mkdirs(path, 0755, &error), error);
    write_file("circle/pack.lua", "return { name = 'circle', version = 1, api = 1 }");
    write_file("circle/a.lua", "require 'b'");
    write_file("circle/b.lua", "require 'a'");
    struct jd_json *answer = run("--rule circle/a.lua --rule good.lua", &code);
    CHECK_INT(code, 0);
    CHECK_INT(jd_json_count(jd_json_member(answer, "rules")), 3);
    CHECK(has_error(jd_json_first(jd_json_member(answer, "rules"))));
    jd_json_destroy(&answer);
}

int main(void)
{
    char command[100];
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    write_files();
    RUN(a_rule_behind_an_attack_is_as_it_is_alone);
    RUN(the_host_is_alive_at_the_thousandth_attack);
    RUN(what_cannot_be_a_rule_is_an_error_of_the_rule);
    RUN(a_file_of_ten_megabytes_is_an_error_of_the_rule);
    RUN(a_file_that_is_not_there_is_the_commands_error);
    RUN(a_file_of_a_pack_sees_the_pack);
    RUN(a_circle_of_files_is_an_error_of_the_rule);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command) == 0 ? REPORT() : 1; // NOLINT(cert-env33-c): our own folder
}
