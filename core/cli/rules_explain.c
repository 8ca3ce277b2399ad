/* jackdaw rules explain: what rules say of one mail, what fired with its words, and why the
 * others did not. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/span.h"
#include "cli/cli.h"
#include "cli/mail_file.h"
#include "cli/rules.h"

#define RELEASE          1
#define OUTPUT_BYTES_MAX (64u << 20)

static const char usage[] =
        "usage: jackdaw rules explain --mail FILE [--rules FOLDER] [--me ADDRESS] [--json]\n"
        "Tells what the rules (of FOLDER, else the standard pack) say of one mail, which evidence\n"
        "fired with the words that matched, and of each rule that did not fire the first condition\n"
        "that fails with the value it had.\n"
        "  --me ADDRESS  whose mail it is (default: whom it was delivered to)\n";

struct options {
    const char *mail, *rules, *me;
    bool json;
};

struct explaining {
    const struct options *options;
    struct jd_rules_files files;
    struct jd_mail_file mail;
    struct jd_decided_message *decided;
};

static bool read_options(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--json") == 0) {
            options->json = true;
        } else if (strcmp(argv[i], "--mail") == 0 && more) {
            options->mail = argv[++i];
        } else if (strcmp(argv[i], "--rules") == 0 && more) {
            options->rules = argv[++i];
        } else if (strcmp(argv[i], "--me") == 0 && more) {
            options->me = argv[++i];
        } else {
            return false;
        }
    }
    return options->mail;
}

/* ---- for people ---- */

static void print_verdict(const struct jd_decided_message *decided)
{
    printf("category     " JD_SPAN_FMT " (confidence %.2f)\npriority     %s\nneeds reply  %s\n",
            JD_SPAN_ARG(decided->category), decided->confidence, decided->priority,
            decided->needs_reply ? "yes" : "no");
    printf("route        %s" JD_SPAN_FMT "\n",
            decided->route_ask ? "ask the AI: " : "keep: ", JD_SPAN_ARG(decided->route_reason));
    for (uint32_t i = 0; i < decided->tasks_count; i++) {
        const struct jd_decided_task *task = &decided->tasks[i];
        printf("task         " JD_SPAN_FMT "%s%s (" JD_SPAN_FMT ")\n", JD_SPAN_ARG(task->title),
                task->due_date[0] ? ", due " : "", task->due_date, JD_SPAN_ARG(task->rule));
    }
    for (uint32_t i = 0; i < decided->drafts_count; i++) {
        printf("draft        " JD_SPAN_FMT " (" JD_SPAN_FMT ")\n",
                JD_SPAN_ARG(decided->drafts[i].kind), JD_SPAN_ARG(decided->drafts[i].rule));
    }
}

static void print_reasons(const struct jd_decided_message *decided)
{
    puts("\nwhat fired, strongest first");
    for (uint32_t i = 0; i < decided->evidence_count; i++) {
        const struct jd_decided_evidence *one = &decided->evidence[i];
        printf("  %+5.1f  %-14.*s " JD_SPAN_FMT "%s" JD_SPAN_FMT "%s\n", one->weight,
                (int)one->scale.len, one->scale.data ? one->scale.data : "",
                JD_SPAN_ARG(one->id), one->words.len ? ": \"" : "", JD_SPAN_ARG(one->words),
                one->words.len ? "\"" : "");
    }
    for (uint32_t i = 0; i < decided->failures_count; i++) {
        const struct jd_decided_failure *one = &decided->failures[i];
        printf("failed   " JD_SPAN_FMT ", " JD_SPAN_FMT ":%d: %s: " JD_SPAN_FMT "\n",
                JD_SPAN_ARG(one->rule), JD_SPAN_ARG(one->path), one->line, one->kind,
                JD_SPAN_ARG(one->text));
    }
    puts("\nwhat did not fire, the first condition that fails and its value");
    for (uint32_t i = 0; i < decided->whys_count; i++) {
        const struct jd_decided_why *why = &decided->whys[i];
        printf("  " JD_SPAN_FMT "%s\n    " JD_SPAN_FMT "\n    " JD_SPAN_FMT "\n",
                JD_SPAN_ARG(why->evidence.len ? why->evidence : why->rule),
                why->evidence.len ? "" : " (does not apply)", JD_SPAN_ARG(why->condition),
                JD_SPAN_ARG(why->value));
    }
}

/* ---- for programs ---- */

static void write_fired(struct jd_json_writer *w, const struct jd_decided_message *decided)
{
    jd_json_open_array(w, "fired");
    for (uint32_t i = 0; i < decided->evidence_count; i++) {
        const struct jd_decided_evidence *one = &decided->evidence[i];
        jd_json_open_object(w, NULL);
        jd_json_add_text(w, "id", one->id);
        jd_json_add_text(w, "scale", one->scale);
        jd_json_add_real(w, "weight", one->weight, 4);
        jd_json_add_text(w, "words", one->words);
        jd_json_close_object(w);
    }
    jd_json_close_array(w);
}

static void write_whys(struct jd_json_writer *w, const struct jd_decided_message *decided)
{
    jd_json_open_array(w, "not_fired");
    for (uint32_t i = 0; i < decided->whys_count; i++) {
        const struct jd_decided_why *one = &decided->whys[i];
        jd_json_open_object(w, NULL);
        jd_json_add_text(w, "rule", one->rule);
        jd_json_add_text(w, "evidence", one->evidence);
        jd_json_add_text(w, "condition", one->condition);
        jd_json_add_text(w, "value", one->value);
        jd_json_close_object(w);
    }
    jd_json_close_array(w);
}

static bool print_json(const struct jd_decided_message *decided)
{
    struct jd_buf out = jd_buf_init(OUTPUT_BYTES_MAX);
    struct jd_json_writer w = jd_json_writer(&out);
    jd_json_open_object(&w, NULL);
    jd_json_add_text(&w, "category", decided->category);
    jd_json_add_real(&w, "confidence", decided->confidence, 4);
    jd_json_add_text(&w, "priority", jd_span_of(decided->priority));
    jd_json_add_bool(&w, "needs_reply", decided->needs_reply);
    jd_json_add_text(&w, "route", decided->route_ask ? JD_SPAN("ask") : JD_SPAN("keep"));
    jd_json_add_text(&w, "route_reason", decided->route_reason);
    write_fired(&w, decided);
    write_whys(&w, decided);
    jd_json_close_object(&w);
    jd_buf_char(&out, '\n');
    bool printed = jd_rules_print(jd_buf_span(&out));
    jd_buf_finish(&out);
    return printed;
}

/* ---- the command ---- */

static enum jd_status explain(void *context, struct jd_child *child, struct jd_error *error)
{
    struct explaining *self = context;
    struct jd_loaded_release loaded = { 0 };
    enum jd_status status = jd_child_load(child, RELEASE, self->files.list, self->files.count,
            self->files.arena, &loaded, error);
    for (uint32_t i = 0; status == JD_OK && i < loaded.problems_count; i++) {
        fprintf(stderr, "jackdaw: " JD_SPAN_FMT ":%d: " JD_SPAN_FMT "\n",
                JD_SPAN_ARG(loaded.problems[i].path), loaded.problems[i].line,
                JD_SPAN_ARG(loaded.problems[i].text));
    }
    if (status == JD_OK) {
        status = jd_mail_file_parse(&self->mail, child, self->files.arena, NULL, error);
    }
    return status == JD_OK ? jd_mail_file_decide(&self->mail, child, RELEASE, JD_WANT_WHY,
                                     self->files.arena, &self->decided, error)
                           : status;
}

int jd_rules_explain(int argc, char **argv)
{
    static struct explaining self;
    struct options options = { 0 };
    struct jd_error error = { 0 };
    if (jd_cli_tell_help(argc, argv, usage)) {
        return 0;
    }
    if (!read_options(&options, argc, argv)) {
        return jd_cli_usage(usage);
    }
    self.options = &options;
    self.files.arena = jd_arena_create(JD_RULES_ARENA_BYTES);
    enum jd_status status =
            jd_mail_file_read(&self.mail, options.mail, options.me, self.files.arena, &error);
    if (status == JD_OK && options.rules) {
        status = jd_rules_read(&self.files, options.rules, &error);
        jd_rules_add_standard(&self.files);
    } else if (status == JD_OK) {
        jd_rules_take_standard(&self.files);
    }
    if (status == JD_OK) {
        status = jd_rules_in_child(explain, &self, &error);
    }
    bool printed = true;
    if (status != JD_OK) {
        fprintf(stderr, "jackdaw: %s\n", error.text);
    } else if (options.json) {
        printed = print_json(self.decided);
    } else {
        print_verdict(self.decided);
        print_reasons(self.decided);
    }
    jd_arena_destroy(&self.files.arena);
    return status == JD_OK && printed ? 0 : 1;
}
