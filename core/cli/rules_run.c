/*
 * jackdaw rules run: rule files over one mail, each in a release of its own, in the real
 * sandbox. What a rule does is told, never the command's failure.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/span.h"
#include "cli/cli.h"
#include "cli/compute_child.h"
#include "cli/mail_file.h"
#include "cli/rules.h"

#define RULE_FILES_MAX   10000
#define SOURCE_BYTES_MAX (64u << 20) // beyond it a file is no rule that anybody reads
#define OUTPUT_BYTES_MAX (256u << 20)
#define CALL_MS_MAX      20000
#define PACK_DEPTH_MAX   5    // folders between a rule file and its pack.lua
#define RELEASES         1000 // numbers for the child, used in turn
#define LONE_PACK        "rules"
#define LONE_PATH        LONE_PACK "/rule.lua"
#define FILE_ARENA_BYTES JD_RULES_ARENA_BYTES

static const char usage[] =
        "usage: jackdaw rules run --rule FILE [--rule FILE ...] --mail FILE [--me ADDRESS] [--json]\n"
        "Runs just these rule files over one mail, each by itself, and tells what each rule did.\n"
        "A file within a pack sees the pack's lists and templates and what it requires.\n"
        "  --me ADDRESS  whose mail it is (default: whom it was delivered to)\n"
        "  --json        {\"rules\":[{\"rule\",\"outcome\",\"error\",\"matched\",\"ms\",\"instructions\",\"peak_bytes\"}]}\n"
        "The exit code is 0 whatever a rule does; 1 when a file cannot be read.\n";

struct options {
    const char **rules;
    uint32_t rules_count;
    const char *mail, *me;
    bool json;
};

/* One rule's line. */
struct entry {
    struct jd_span rule;
    const char *kind; // of the error; NULL: none
    struct jd_span file, text;
    int line;
    bool matched;
    int64_t time_ns, instructions, peak_bytes;
};

struct runner {
    const struct options *options;
    struct jd_compute_child compute;
    struct jd_mail_file mail;
    struct jd_buf out;
    struct jd_json_writer json;
};

/* Options. */

static bool read_options(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--json") == 0) {
            options->json = true;
        } else if (strcmp(argv[i], "--rule") == 0 && more &&
                   options->rules_count < RULE_FILES_MAX) {
            options->rules[options->rules_count++] = argv[++i];
        } else if (strcmp(argv[i], "--mail") == 0 && more && !options->mail) {
            options->mail = argv[++i];
        } else if (strcmp(argv[i], "--me") == 0 && more) {
            options->me = argv[++i];
        } else {
            return false;
        }
    }
    return options->rules_count && options->mail;
}

/* The files of a release. */

/* The folder of the pack that the file lies in, or false. */
static bool find_pack(const char *file, char folder[PATH_MAX])
{
    char manifest[PATH_MAX + 16];
    snprintf(folder, PATH_MAX, "%s", file);
    for (int depth = 0; depth < PACK_DEPTH_MAX; depth++) {
        char *slash = strrchr(folder, '/');
        if (slash == NULL || slash == folder) {
            return false;
        }
        *slash = '\0';
        snprintf(manifest, sizeof(manifest), "%s/pack.lua", folder);
        if (jd_file_exists(manifest)) {
            return true;
        }
    }
    return false;
}

static bool add_file(struct jd_rules_files *files, const char *path, struct jd_span content)
{
    files->list[files->count++] = (struct jd_child_file){ jd_span_of(path), content };
    return true;
}

/* A rule file of no pack is given one. */
static enum jd_status
take_lone(struct jd_rules_files *files, const char *path, struct jd_error *error)
{
    struct jd_buf buf = jd_buf_init(SOURCE_BYTES_MAX);
    enum jd_status status = jd_file_read(path, &buf, error);
    if (status == JD_OK) {
        add_file(files, LONE_PACK "/pack.lua",
                JD_SPAN("return { name = '" LONE_PACK "', version = 1, api = 1 }"));
        add_file(files, LONE_PATH, jd_arena_copy(files->arena, jd_buf_span(&buf)));
    }
    jd_buf_finish(&buf);
    return status;
}

/* Whether the source says `require "NAME"`, in any of the ways to write that. */
static bool requires(struct jd_span source, struct jd_span name)
{
    static const char word[] = "require";
    struct jd_span rest = source;
    const char *at;
    while (rest.len && (at = memmem(rest.data, rest.len, word, sizeof(word) - 1)) != NULL) {
        size_t skip = (size_t)(at - rest.data) + sizeof(word) - 1;
        rest = jd_span_sub(rest, skip, rest.len);
        struct jd_span after = rest;
        while (after.len && strchr(" \t\r\n('\"[", after.data[0]) && after.data[0]) {
            after = jd_span_sub(after, 1, after.len);
        }
        if (jd_span_starts(after, name) && after.len > name.len &&
                strchr("'\"]", after.data[name.len])) {
            return true;
        }
    }
    return false;
}

/* "lib/words" of "standard/lib/words.lua" */
static struct jd_span module_of(struct jd_span path)
{
    struct jd_span pack;
    jd_span_split(&path, '/', &pack);
    return jd_span_sub(path, 0, path.len - strlen(".lua"));
}

static bool is_rule_file(struct jd_span path)
{
    return jd_span_ends(path, JD_SPAN(".lua")) && !jd_span_ends(path, JD_SPAN("/pack.lua"));
}

/* Of the other rule files only those stay that the one at `first` requires, itself or by
 * another: what does not stay is taken away. */
static void keep_required(struct jd_rules_files *files, uint32_t first)
{
    bool keep[JD_RELEASE_FILES_MAX] = { 0 };
    bool more = true;
    keep[first] = true;
    for (uint32_t i = 0; i < files->count; i++) {
        keep[i] = keep[i] || !is_rule_file(files->list[i].path);
    }
    while (more) {
        more = false;
        for (uint32_t i = 0; i < files->count; i++) {
            for (uint32_t k = 0; !keep[i] && k < files->count; k++) {
                keep[i] = keep[k] && is_rule_file(files->list[k].path) &&
                          requires(files->list[k].content, module_of(files->list[i].path));
                more = more || keep[i];
            }
        }
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < files->count; i++) {
        if (keep[i]) {
            files->list[kept++] = files->list[i];
        }
    }
    files->count = kept;
}

/* A rule file with what it stands on; out_path is what the release calls it. */
static enum jd_status take_file(struct jd_rules_files *files,
        const char *path,
        struct jd_span *out_path,
        struct jd_error *error)
{
    char folder[PATH_MAX], whole[PATH_MAX];
    files->count = 0;
    *out_path = JD_SPAN(LONE_PATH);
    if (!realpath(path, whole) || !find_pack(whole, folder)) {
        return take_lone(files, path, error);
    }
    if (jd_rules_read(files, folder, error) != JD_OK) { // too large, perhaps by this very file
        files->count = 0;
        return take_lone(files, path, error);
    }
    const char *slash = strrchr(folder, '/');
    const char *name = slash ? slash + 1 : folder;
    struct jd_span wanted = jd_span_of(whole + (name - folder));
    for (uint32_t i = 0; i < files->count; i++) {
        if (jd_span_equal(files->list[i].path, wanted)) {
            keep_required(files, i);
            *out_path = jd_arena_copy(files->arena, wanted);
            return JD_OK;
        }
    }
    files->count = 0; // hidden, or too deep in the pack
    return take_lone(files, path, error);
}

/* Telling. */

static void write_json(struct runner *runner, const struct entry *entry)
{
    struct jd_json_writer *w = &runner->json;
    jd_json_open_object(w, NULL);
    jd_json_add_text(w, "rule", entry->rule);
    jd_json_add_text(w, "outcome", entry->kind ? JD_SPAN("error") : JD_SPAN("ok"));
    if (entry->kind) {
        jd_json_open_object(w, "error");
        jd_json_add_text(w, "kind", jd_span_of(entry->kind));
        jd_json_add_text(w, "file", entry->file);
        jd_json_add_int(w, "line", entry->line);
        jd_json_add_text(w, "text", entry->text);
        jd_json_close_object(w);
    } else {
        jd_json_add_null(w, "error");
    }
    jd_json_add_bool(w, "matched", entry->matched);
    jd_json_add_real(w, "ms", (double)entry->time_ns / 1e6, 6);
    jd_json_add_int(w, "instructions", entry->instructions);
    jd_json_add_int(w, "peak_bytes", entry->peak_bytes);
    jd_json_close_object(w);
}

static void write_line(struct runner *runner, const struct entry *entry)
{
    const char *state = entry->kind ? "error" : entry->matched ? "matched" : "quiet";
    jd_buf_format(&runner->out, "%-8s" JD_SPAN_FMT ": %.3f ms, %lld instructions, %lld kB",
            state, JD_SPAN_ARG(entry->rule), (double)entry->time_ns / 1e6,
            (long long)entry->instructions, (long long)entry->peak_bytes / 1024);
    if (entry->kind) {
        jd_buf_format(&runner->out, "\n        %s, " JD_SPAN_FMT ":%d: " JD_SPAN_FMT,
                entry->kind, JD_SPAN_ARG(entry->file), entry->line, JD_SPAN_ARG(entry->text));
    }
    jd_buf_char(&runner->out, '\n');
}

static void tell(struct runner *runner, const struct entry *entry)
{
    if (runner->options->json) {
        write_json(runner, entry);
    } else {
        write_line(runner, entry);
    }
}

/* Running. */

/* One rule file on its way. */
struct turn {
    struct runner *runner;
    const char *file;    // as it was named
    struct jd_span path; // as the release calls it
    int64_t release;
    struct jd_arena *arena; // emptied before each turn
    int64_t started_ns;
    uint32_t told;
};

static struct jd_span base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return jd_span_of(slash ? slash + 1 : path);
}

/* An error that concerns the file as a whole. */
static void tell_file(struct turn *turn, struct entry entry)
{
    entry.rule = base_name(turn->file);
    if (entry.file.len == 0) {
        entry.file = jd_span_of(turn->file);
    }
    tell(turn->runner, &entry);
    turn->told++;
}

static struct jd_span file_of(const struct turn *turn, struct jd_span path)
{
    return path.len == 0 || jd_span_equal(path, turn->path) ? jd_span_of(turn->file) : path;
}

/* Whether something did not load that the file is or stands on; then that is told. What a
 * manifest says of other packs is of no interest here. */
static bool
tell_problem(struct turn *turn, const struct jd_loaded_release *loaded, bool of_others)
{
    for (uint32_t i = 0; i < loaded->problems_count; i++) {
        const struct jd_loaded_problem *problem = &loaded->problems[i];
        bool other = of_others && !jd_span_ends(problem->path, JD_SPAN("/pack.lua"));
        if (other || jd_span_equal(problem->path, turn->path)) {
            tell_file(turn, (struct entry){ .kind = problem->kind,
                                    .file = file_of(turn, problem->path),
                                    .line = problem->line,
                                    .text = problem->text,
                                    .time_ns = loaded->time_ns,
                                    .instructions = loaded->instructions,
                                    .peak_bytes = loaded->peak_bytes });
            return true;
        }
    }
    return false;
}

static void tell_runs(struct turn *turn, const struct jd_decided_message *decided)
{
    const struct jd_span lone = JD_SPAN(LONE_PACK "/");
    bool is_lone = jd_span_equal(turn->path, JD_SPAN(LONE_PATH));
    for (uint32_t i = 0; i < decided->runs_count; i++) {
        const struct jd_decided_run *run = &decided->runs[i];
        if (!jd_span_equal(run->path, turn->path)) {
            continue;
        }
        struct entry entry = { .rule = run->rule,
            .matched = run->matched,
            .time_ns = run->time_ns,
            .instructions = run->instructions,
            .peak_bytes = run->peak_bytes };
        if (is_lone && jd_span_starts(run->rule, lone)) {
            entry.rule = jd_span_sub(run->rule, lone.len, run->rule.len);
        }
        if (run->failed) {
            entry.kind = run->failure.kind;
            entry.file = file_of(turn, run->failure.path);
            entry.line = run->failure.line;
            entry.text = run->failure.text;
        }
        tell(turn->runner, &entry);
        turn->told++;
    }
}

static const char *kind_of_end(enum jd_child_end end)
{
    return end == JD_CHILD_TIMEOUT ? "time" : end == JD_CHILD_KILLED ? "memory" : "runtime";
}

/* The child that died at the rule is replaced; the mail goes to the next one. */
static enum jd_status tell_death(struct turn *turn, struct jd_error *error)
{
    struct runner *runner = turn->runner;
    static const char *const texts[] = { "", "its process crashed", "its process was killed",
        "it took too long", "its process broke the protocol" };
    enum jd_child_end end = jd_child_death(runner->compute.child).end;
    tell_file(turn, (struct entry){ .kind = kind_of_end(end),
                            .text = jd_span_of(texts[end]),
                            .time_ns = jd_clock_monotonic_ns() - turn->started_ns });
    enum jd_status status = jd_compute_child_renew(&runner->compute, error);
    return status == JD_OK ? jd_mail_file_parse(&runner->mail, runner->compute.child,
                                     turn->arena, NULL, error)
                           : status;
}

/* What the child answered when it did not decide: an error of the rule, or our own. */
static enum jd_status
tell_refusal(struct turn *turn, enum jd_status status, const char *kind, struct jd_error *error)
{
    if (status == JD_GONE &&
            jd_child_death(turn->runner->compute.child).end != JD_CHILD_ALIVE) {
        return tell_death(turn, error);
    }
    if (status != JD_BAD_INPUT && status != JD_BUG) {
        return status;
    }
    tell_file(turn, (struct entry){ .kind = status == JD_BUG ? "runtime" : kind,
                            .text = jd_span_of(error->text),
                            .time_ns = jd_clock_monotonic_ns() - turn->started_ns });
    return JD_OK;
}

static enum jd_status
run_files(struct turn *turn, const struct jd_rules_files *files, struct jd_error *error)
{
    struct runner *runner = turn->runner;
    struct jd_loaded_release loaded = { 0 };
    struct jd_decided_message *decided;
    turn->started_ns = jd_clock_monotonic_ns();
    enum jd_status status = jd_child_load(runner->compute.child, turn->release, files->list,
            files->count, turn->arena, &loaded, error);
    if (status != JD_OK) {
        return tell_refusal(turn, status, "compile", error);
    }
    if (tell_problem(turn, &loaded, false)) {
        return JD_OK;
    }
    status = jd_mail_file_decide(&runner->mail, runner->compute.child, turn->release,
            JD_WANT_RUNS | JD_WANT_EXACT, turn->arena, &decided, error);
    if (status != JD_OK) {
        return tell_refusal(turn, status, "output", error);
    }
    tell_runs(turn, decided);
    if (turn->told == 0 && !tell_problem(turn, &loaded, true)) { // it loads and has no rule
        tell_file(turn, (struct entry){ .time_ns = loaded.time_ns,
                                .instructions = loaded.instructions,
                                .peak_bytes = loaded.peak_bytes });
    }
    return JD_OK;
}

static enum jd_status run_all(struct runner *runner, struct jd_error *error)
{
    static struct jd_rules_files files;
    const struct options *options = runner->options;
    files.arena = jd_arena_create(FILE_ARENA_BYTES);
    enum jd_status status =
            jd_mail_file_parse(&runner->mail, runner->compute.child, files.arena, NULL, error);
    for (uint32_t i = 0; status == JD_OK && i < options->rules_count; i++) {
        struct turn turn = { .runner = runner,
            .file = options->rules[i],
            .release = 1 + i % RELEASES,
            .arena = files.arena };
        jd_arena_reset(files.arena);
        status = take_file(&files, turn.file, &turn.path, error);
        if (status == JD_OK) {
            status = run_files(&turn, &files, error);
        }
    }
    jd_arena_destroy(&files.arena);
    return status;
}

static enum jd_status run(struct runner *runner, struct jd_error *error)
{
    enum jd_status status = jd_compute_child_open(&runner->compute, CALL_MS_MAX, error);
    runner->json = jd_json_writer(&runner->out);
    if (runner->options->json) {
        jd_json_open_object(&runner->json, NULL);
        jd_json_open_array(&runner->json, "rules");
    }
    if (status == JD_OK) {
        status = run_all(runner, error);
    }
    if (runner->options->json) {
        jd_json_close_array(&runner->json);
        jd_json_close_object(&runner->json);
        jd_buf_char(&runner->out, '\n');
    }
    jd_compute_child_close(&runner->compute);
    return status;
}

int jd_rules_run(int argc, char **argv)
{
    struct options options = { .rules = jd_xalloc((size_t)argc * sizeof(*options.rules)) };
    struct runner runner = { .options = &options, .out = jd_buf_init(OUTPUT_BYTES_MAX) };
    struct jd_error error = { 0 };
    if (jd_cli_tell_help(argc, argv, usage)) {
        free(options.rules);
        return 0;
    }
    if (!read_options(&options, argc, argv)) {
        free(options.rules);
        return jd_cli_usage(usage);
    }
    struct jd_arena *arena = jd_arena_create(JD_RULES_ARENA_BYTES);
    enum jd_status status =
            jd_mail_file_read(&runner.mail, options.mail, options.me, arena, &error);
    if (status == JD_OK) {
        status = run(&runner, &error);
    }
    bool printed = false;
    if (status == JD_OK) {
        printed = jd_rules_print(jd_buf_span(&runner.out));
    } else {
        fprintf(stderr, "jackdaw: %s\n", error.text);
    }
    jd_buf_finish(&runner.out);
    jd_arena_destroy(&arena);
    free(options.rules);
    return printed ? 0 : 1;
}
