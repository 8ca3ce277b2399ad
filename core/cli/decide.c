/*
 * jackdaw decide --jsonl [FILE|-]: what rules and models say of each mail or text, as JSON
 * lines, from the real sandbox. Nothing is stored.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/compress.h"
#include "base/file.h"
#include "base/json.h"
#include "base/seal.h"
#include "base/span.h"
#include "cli/cli.h"
#include "cli/compute_child.h"
#include "cli/examples.h"
#include "cli/rules.h"

#define RELEASE          1
#define MODELS_MAX       16
#define ANSWER_BYTES_MAX (256u << 20) // of one batch
#define OUTPUT_BYTES_MAX (8u << 20)   // of one line
#define TEXT_BYTES_MAX   (4u << 20)
#define BATCH_MS_MAX     600000

static const char usage[] =
        "usage: jackdaw decide --jsonl [FILE|-] [--rules FOLDER] [--learned NAME=FILE ...]\n"
        "Says what the rules (of FOLDER, else the standard pack) and the models say of mails\n"
        "and texts, one JSON object on each line:\n"
        "  {\"id\": ..., \"message\": RAW MAIL AS LATIN-1}\n"
        "  {\"id\": ..., \"text\": \"Could you call me?\", \"subject\": ..., \"sender\": ...}\n"
        "Lines that cannot be used are told, the others are decided; the exit code is then 2.\n";

struct options {
    const char *input, *rules;
    const char *learned[MODELS_MAX]; // NAME=FILE
    uint32_t learned_count;
};

struct decider {
    struct jd_examples examples;
    struct jd_compute_child compute;
    struct jd_rules_files files;
    int64_t now_ms;
    struct jd_buf line, text;
};

static bool read_options(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc && (argv[i + 1][0] != '-' || argv[i + 1][1] == '\0');
        if (strcmp(argv[i], "--jsonl") == 0) {
            options->input = more ? argv[++i] : "-";
        } else if (strcmp(argv[i], "--rules") == 0 && more) {
            options->rules = argv[++i];
        } else if (strcmp(argv[i], "--learned") == 0 && more && strchr(argv[i + 1], '=') &&
                   options->learned_count < MODELS_MAX) {
            options->learned[options->learned_count++] = argv[++i];
        } else {
            return false;
        }
    }
    return options->input;
}

/* "NAME=FILE" as learned/NAME.model; it stands in for one of that name. */
static enum jd_status
read_model(struct jd_rules_files *files, const char *option, struct jd_error *error)
{
    struct jd_span file = jd_span_of(option), name = { "", 0 };
    jd_span_split(&file, '=', &name); // there is one: see read_options
    struct jd_span path =
            jd_arena_format(files->arena, "learned/" JD_SPAN_FMT ".model", JD_SPAN_ARG(name));
    for (uint32_t i = 0; i < files->count; i++) {
        if (jd_span_equal(files->list[i].path, path)) {
            files->list[i] = files->list[--files->count];
            break;
        }
    }
    struct jd_buf buf = jd_buf_init(JD_RELEASE_MODEL_BYTES_MAX);
    enum jd_status status = jd_file_read(file.data, &buf, error);
    if (status == JD_OK) {
        files->list[files->count++] =
                (struct jd_child_file){ path, jd_arena_copy(files->arena, jd_buf_span(&buf)) };
    }
    jd_buf_finish(&buf);
    return status;
}

static enum jd_status
read_files(struct jd_rules_files *files, const struct options *options, struct jd_error *error)
{
    enum jd_status status = JD_OK;
    files->arena = jd_arena_create(JD_RULES_ARENA_BYTES);
    if (options->rules) {
        status = jd_rules_read(files, options->rules, error);
        jd_rules_add_standard(files);
    } else {
        jd_rules_take_standard(files);
    }
    for (uint32_t i = 0; status == JD_OK && i < options->learned_count; i++) {
        status = read_model(files, options->learned[i], error);
    }
    return status;
}

/* Compiles the packs in the child. A rule file that does not compile is told once, and the
 * others decide; a model that does not load was asked for by name, so that is an error. */
static enum jd_status load(struct decider *decider, bool tell, struct jd_error *error)
{
    struct jd_loaded_release loaded = { 0 };
    enum jd_status status = jd_child_load(decider->compute.child, RELEASE, decider->files.list,
            decider->files.count, decider->files.arena, &loaded, error);
    for (uint32_t i = 0; tell && status == JD_OK && i < loaded.problems_count; i++) {
        const struct jd_loaded_problem *problem = &loaded.problems[i];
        if (jd_span_starts(problem->path, JD_SPAN("learned/"))) {
            status = jd_error_set(error, JD_BAD_INPUT, JD_SPAN_FMT ": " JD_SPAN_FMT,
                    JD_SPAN_ARG(problem->path), JD_SPAN_ARG(problem->text));
        } else {
            fprintf(stderr, "jackdaw: " JD_SPAN_FMT ":%d: " JD_SPAN_FMT "\n",
                    JD_SPAN_ARG(problem->path), problem->line, JD_SPAN_ARG(problem->text));
        }
    }
    return status;
}

/* Output. */

static bool is_blank(struct jd_span line)
{
    return jd_span_trim(line).len == 0;
}

static bool is_in_signature(const struct jd_analysed_message *message, size_t at)
{
    for (uint32_t i = 0; i < message->zones_count; i++) {
        const struct jd_analysed_zone *zone = &message->zones[i];
        if (zone->kind == JD_ZONE_SIGNATURE && at >= zone->start && at < zone->end) {
            return true;
        }
    }
    return false;
}

/* The lines of the signature that have something on them, from 0. */
static void write_signature(struct decider *decider,
        struct jd_json_writer *writer,
        const struct jd_analysed_message *message)
{
    struct jd_error error; // a text that does not unpack has no lines
    jd_buf_clear(&decider->text);
    if (message->text_z.len) {
        (void)jd_decompress(message->text_z, &decider->text, &error);
    }
    struct jd_span rest = jd_buf_span(&decider->text), line;
    jd_json_open_array(writer, "signature_lines");
    for (int64_t number = 0; jd_span_split(&rest, '\n', &line); number++) {
        size_t at = (size_t)(line.data - decider->text.data);
        while (at < decider->text.len && strchr(" \t", decider->text.data[at]) && line.len) {
            at++; // a zone begins where its words do
        }
        if (!is_blank(line) && is_in_signature(message, at)) {
            jd_json_add_int(writer, NULL, number);
        }
    }
    jd_json_close_array(writer);
}

static void write_tasks(struct jd_json_writer *writer, const struct jd_decided_message *decided)
{
    jd_json_open_array(writer, "tasks");
    for (uint32_t i = 0; i < decided->tasks_count; i++) {
        const struct jd_decided_task *task = &decided->tasks[i];
        jd_json_open_object(writer, NULL);
        jd_json_add_text(writer, "title", task->title);
        jd_json_add_text(writer, "quote", task->quote);
        if (task->due_date[0]) {
            jd_json_add_text(writer, "due", jd_span_of(task->due_date));
        } else if (task->due_ms != INT64_MIN) {
            jd_json_add_time(writer, "due", task->due_ms);
        } else {
            jd_json_add_null(writer, "due");
        }
        jd_json_add_real(writer, "confidence", task->confidence, 4);
        jd_json_add_text(writer, "rule", task->rule);
        jd_json_close_object(writer);
    }
    jd_json_close_array(writer);
}

static void write_learned(struct jd_json_writer *writer,
        const struct jd_decided_message *decided)
{
    jd_json_open_object(writer, "learned");
    for (uint32_t i = 0; i < decided->learned_count; i++) {
        const struct jd_decided_learned *learned = &decided->learned[i];
        jd_json_open_object(writer, learned->name.data);
        jd_json_add_text(writer, "label", learned->label);
        jd_json_add_real(writer, "score", learned->score, 4);
        jd_json_close_object(writer);
    }
    jd_json_close_object(writer);
}

static void write_line(struct decider *decider,
        const struct jd_example *example,
        const struct jd_analysed_message *message,
        const struct jd_decided_message *decided)
{
    struct jd_json_writer writer = jd_json_writer(&decider->line);
    jd_buf_clear(&decider->line);
    jd_json_open_object(&writer, NULL);
    jd_json_add_raw(&writer, "id", example->id);
    jd_json_add_text(&writer, "category", decided->category);
    jd_json_add_text(&writer, "priority", jd_span_of(decided->priority));
    jd_json_add_bool(&writer, "needs_reply", decided->needs_reply);
    jd_json_add_real(&writer, "confidence", decided->confidence, 4);
    jd_json_add_bool(&writer, "is_task", decided->is_task);
    write_tasks(&writer, decided);
    write_signature(decider, &writer, message);
    write_learned(&writer, decided);
    jd_json_close_object(&writer);
    jd_buf_char(&decider->line, '\n');
    // A stream remembers what failed: asked once, at the end.
    (void)fwrite(decider->line.data, 1, decider->line.len, stdout);
}

/* Deciding. */

/* The places of those that could be read. */
static uint32_t list_readable(const struct jd_analysed_message *messages,
        uint32_t count,
        struct jd_child_facts *out)
{
    uint32_t readable = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!messages[i].unreadable) {
            out[readable++] = (struct jd_child_facts){ .index = i };
        }
    }
    return readable;
}

/* In the order of the lines; `decided` has those that could be read. */
static void write_batch(struct decider *decider,
        const struct jd_example *examples,
        const struct jd_analysed_message *messages,
        uint32_t count,
        const struct jd_decided_message *decided)
{
    for (uint32_t i = 0; i < count; i++) {
        if (messages[i].unreadable) {
            char text[600];
            snprintf(text, sizeof(text), "the mail cannot be read: " JD_SPAN_FMT,
                    JD_SPAN_ARG(messages[i].problem));
            jd_examples_complain(&decider->examples, examples[i].line, text);
        } else {
            write_line(decider, &examples[i], &messages[i], decided++);
        }
    }
}

static enum jd_status decide_batch(struct decider *decider,
        const struct jd_example *examples,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_error *error)
{
    static const struct jd_span owner[] = { JD_SPAN(JD_EXAMPLES_OWNER) };
    struct jd_child_mail mails[JD_EXAMPLES_MAX];
    struct jd_child_facts facts[JD_EXAMPLES_MAX];
    struct jd_analysed_message *messages;
    struct jd_decided_message *decided = NULL;
    struct jd_child *child = decider->compute.child;
    for (uint32_t i = 0; i < count; i++) {
        mails[i] = (struct jd_child_mail){ .raw = examples[i].raw,
            .received_ms = decider->now_ms };
    }
    enum jd_status status = jd_child_parse(child, mails, count, arena, &messages, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_child_question question = { .release = RELEASE,
        .owner_addresses = owner,
        .owner_addresses_count = 1,
        .want_is_task = true,
        .messages = facts };
    question.messages_count = list_readable(messages, count, facts);
    if (question.messages_count) {
        status = jd_child_decide(child, &question, arena, &decided, error);
    }
    if (status == JD_OK) {
        write_batch(decider, examples, messages, count, decided);
    }
    return status;
}

/* By halves where the child dies or refuses, so that one bad line costs nobody else. */
static enum jd_status decide(struct decider *decider,
        const struct jd_example *examples,
        uint32_t count,
        struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(ANSWER_BYTES_MAX);
    enum jd_status status = decide_batch(decider, examples, count, arena, error);
    jd_arena_destroy(&arena);
    bool is_halved = count > 1 && (status == JD_GONE || status == JD_BAD_INPUT);
    bool is_bad = count == 1 && (status == JD_GONE || status == JD_BAD_INPUT);
    if (is_bad) {
        jd_examples_complain(&decider->examples, examples[0].line, error->text);
    }
    enum jd_status next = JD_OK;
    if (status == JD_GONE) {
        next = jd_compute_child_renew(&decider->compute, error);
        next = next == JD_OK ? load(decider, false, error) : next;
    }
    if (next == JD_OK && is_halved) {
        next = decide(decider, examples, count / 2, error);
    }
    if (next == JD_OK && is_halved) {
        next = decide(decider, examples + count / 2, count - count / 2, error);
    }
    return is_halved || is_bad ? next : status;
}

static enum jd_status decide_all(struct decider *decider, struct jd_error *error)
{
    enum jd_status status = load(decider, true, error);
    while (status == JD_OK && (status = jd_examples_next(&decider->examples, error)) == JD_OK) {
        status = decide(decider, decider->examples.list, decider->examples.count, error);
    }
    return status == JD_NONE ? JD_OK : status;
}

int jd_cli_decide(int argc, char **argv)
{
    struct options options = { 0 };
    struct jd_error error;
    if (jd_cli_tell_help(argc, argv, usage)) {
        return 0;
    }
    if (!read_options(&options, argc, argv)) {
        return jd_cli_usage(usage);
    }
    struct decider *decider = jd_xalloc(sizeof(*decider));
    decider->line = jd_buf_init(OUTPUT_BYTES_MAX);
    decider->text = jd_buf_init(TEXT_BYTES_MAX);
    decider->now_ms = jd_clock_now_ms();
    enum jd_status status = jd_seal_init(&error);
    if (status == JD_OK) {
        status = read_files(&decider->files, &options, &error);
    }
    if (status == JD_OK) {
        status = jd_examples_open(&decider->examples, options.input, false, &error);
    }
    if (status == JD_OK) {
        status = jd_compute_child_open(&decider->compute, BATCH_MS_MAX, &error);
    }
    if (status == JD_OK) {
        status = decide_all(decider, &error);
    }
    if (status == JD_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        status = jd_error_set(&error, JD_RETRY_LATER, "the answers cannot be written");
    }
    if (status != JD_OK) {
        fprintf(stderr, "jackdaw: %s\n", error.text);
    }
    int code = status != JD_OK ? 1 : decider->examples.bad ? 2 : 0;
    jd_compute_child_close(&decider->compute);
    jd_examples_close(&decider->examples);
    jd_arena_destroy(&decider->files.arena);
    jd_buf_finish(&decider->line);
    jd_buf_finish(&decider->text);
    free(decider);
    return code;
}
