/*
 * jackdaw learn NAME --jsonl [FILE|-] --out FILE: labelled mails or texts to a model, in the
 * real sandbox.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/seal.h"
#include "base/span.h"
#include "cli/cli.h"
#include "cli/compute_child.h"
#include "cli/examples.h"

#define LESSONS_MAX       200000
#define LESSONS_BYTES_MAX (512u << 20)
#define BATCH_BYTES_MAX   (64u << 20) // of one batch of features
#define MODEL_BYTES_MAX   (16u << 20)
#define TRAIN_MS_MAX      1800000

static const char usage[] =
        "usage: jackdaw learn NAME --jsonl [FILE|-] --out FILE\n"
        "Makes a model of labelled mails or sentences, one JSON object on each line:\n"
        "  {\"id\": ..., \"message\": RAW MAIL AS LATIN-1, \"label\": \"spam\"}\n"
        "  {\"id\": ..., \"text\": \"Could you call me?\", \"label\": \"yes\"}\n"
        "With \"subject\" or \"sender\" a text is learned as a mail. Rules ask the model as\n"
        "learned \"NAME\" once it lies in a release as learned/NAME.model.\n";

struct options {
    const char *name, *input, *output;
};

struct lessons {
    struct jd_examples examples;
    struct jd_compute_child compute;
    struct jd_arena *arena; // of features and labels
    struct jd_child_lesson *list;
    uint32_t count;
    bool are_texts; // else mails; the first line says
};

static bool read_options(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc && (argv[i + 1][0] != '-' || argv[i + 1][1] == '\0');
        if (strcmp(argv[i], "--jsonl") == 0) {
            options->input = more ? argv[++i] : "-";
        } else if (strcmp(argv[i], "--out") == 0 && more) {
            options->output = argv[++i];
        } else if (argv[i][0] != '-' && !options->name) {
            options->name = argv[i];
        } else {
            return false;
        }
    }
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
    return options->name && options->input && options->output && *options->name &&
           strlen(options->name) <= 40 && options->name[strspn(options->name, letters)] == '\0';
}

/* Keeps the features of what was taught; what could not be read is a bad line. */
static void keep(struct lessons *lessons,
        const struct jd_example *examples,
        const struct jd_taught_lesson *taught,
        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (taught[i].features.len == 0) {
            char text[600];
            snprintf(text, sizeof(text), "the mail cannot be read: " JD_SPAN_FMT,
                    JD_SPAN_ARG(taught[i].problem));
            jd_examples_complain(&lessons->examples, examples[i].line, text);
            continue;
        }
        struct jd_child_lesson *lesson = &lessons->list[lessons->count++];
        lesson->features = jd_arena_copy(lessons->arena, taught[i].features);
        lesson->label = jd_arena_copy(lessons->arena, examples[i].label);
    }
}

/* Teaches the examples, by halves where the child dies or refuses, so that one bad line costs
 * nobody else. */
static enum jd_status teach(struct lessons *lessons,
        const struct jd_example *examples,
        uint32_t count,
        struct jd_error *error)
{
    struct jd_child_mail mails[JD_EXAMPLES_MAX];
    struct jd_taught_lesson *taught;
    for (uint32_t i = 0; i < count; i++) {
        mails[i] = (struct jd_child_mail){ .raw = lessons->are_texts ? examples[i].text
                                                                     : examples[i].raw };
    }
    struct jd_arena *arena = jd_arena_create(BATCH_BYTES_MAX);
    enum jd_status status = jd_child_teach(
            lessons->compute.child, mails, count, lessons->are_texts, arena, &taught, error);
    if (status == JD_OK) {
        keep(lessons, examples, taught, count);
    }
    jd_arena_destroy(&arena);
    bool is_halved = count > 1 && (status == JD_GONE || status == JD_BAD_INPUT);
    bool is_bad = count == 1 && (status == JD_GONE || status == JD_BAD_INPUT);
    if (is_bad) {
        jd_examples_complain(&lessons->examples, examples[0].line, error->text);
    }
    enum jd_status next =
            status == JD_GONE ? jd_compute_child_renew(&lessons->compute, error) : JD_OK;
    if (next == JD_OK && is_halved) {
        next = teach(lessons, examples, count / 2, error);
    }
    if (next == JD_OK && is_halved) {
        next = teach(lessons, examples + count / 2, count - count / 2, error);
    }
    return is_halved || is_bad ? next : status;
}

/* Texts and mails are not learned together: a text among mails is a plain mail, but a mail
 * among texts is none of them. */
static void drop_mails(struct lessons *lessons)
{
    struct jd_examples *examples = &lessons->examples;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < examples->count; i++) {
        if (examples->list[i].is_plain) {
            examples->list[kept++] = examples->list[i];
        } else {
            jd_examples_complain(examples, examples->list[i].line,
                    "the first line is a text alone, so all are");
        }
    }
    examples->count = kept;
}

static enum jd_status read_lessons(struct lessons *lessons, struct jd_error *error)
{
    struct jd_examples *examples = &lessons->examples;
    bool first = true;
    enum jd_status status;
    while ((status = jd_examples_next(examples, error)) == JD_OK) {
        lessons->are_texts = first ? examples->list[0].is_plain : lessons->are_texts;
        first = false;
        if (lessons->are_texts) {
            drop_mails(lessons);
        }
        if (examples->count > LESSONS_MAX - lessons->count) {
            return jd_error_set(
                    error, JD_BAD_INPUT, "a model is made of %d lines at most", LESSONS_MAX);
        }
        if (examples->count) {
            status = teach(lessons, examples->list, examples->count, error);
        }
        if (status != JD_OK) {
            return status;
        }
    }
    return status == JD_NONE ? JD_OK : status;
}

static void print_report(const char *name, const struct jd_trained_model *model)
{
    printf("%s: %u lessons, %u features, %zu bytes\n", name, model->lessons, model->features,
            model->text.len);
    printf("by cross-validation: accuracy %.1f %%, macro-F1 %.1f %%, calibration error %.1f %%\n",
            100 * model->accuracy, 100 * model->macro_f1, 100 * model->calibration_error);
    for (uint32_t i = 0; i < model->labels_count; i++) {
        const struct jd_trained_label *label = &model->labels[i];
        printf("  %7u  precision %5.1f %%  recall %5.1f %%  F1 %5.1f %%  " JD_SPAN_FMT "\n",
                label->lessons, 100 * label->precision, 100 * label->recall, 100 * label->f1,
                JD_SPAN_ARG(label->name));
    }
}

static enum jd_status
learn(struct lessons *lessons, const struct options *options, struct jd_error *error)
{
    struct jd_trained_model model;
    enum jd_status status = read_lessons(lessons, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_arena *arena = jd_arena_create(MODEL_BYTES_MAX);
    status = jd_child_train(
            lessons->compute.child, lessons->list, lessons->count, arena, &model, error);
    if (status == JD_OK) {
        status = jd_file_write(options->output, model.text, 0644, error);
    }
    if (status == JD_OK) {
        print_report(options->name, &model);
    }
    jd_arena_destroy(&arena);
    return status;
}

int jd_cli_learn(int argc, char **argv)
{
    struct options options = { 0 };
    struct jd_error error;
    if (jd_cli_tell_help(argc, argv, usage)) {
        return 0;
    }
    if (!read_options(&options, argc, argv)) {
        return jd_cli_usage(usage);
    }
    struct lessons *lessons = jd_xalloc(sizeof(*lessons));
    lessons->arena = jd_arena_create(LESSONS_BYTES_MAX);
    lessons->list = jd_xalloc(LESSONS_MAX * sizeof(*lessons->list));
    enum jd_status status = jd_seal_init(&error);
    if (status == JD_OK) {
        status = jd_examples_open(&lessons->examples, options.input, true, &error);
    }
    if (status == JD_OK) {
        status = jd_compute_child_open(&lessons->compute, TRAIN_MS_MAX, &error);
    }
    if (status == JD_OK) {
        status = learn(lessons, &options, &error);
    }
    if (status != JD_OK) {
        fprintf(stderr, "jackdaw: %s\n", error.text);
    }
    int code = status != JD_OK ? 1 : lessons->examples.bad ? 2 : 0;
    jd_compute_child_close(&lessons->compute);
    jd_examples_close(&lessons->examples);
    jd_arena_destroy(&lessons->arena);
    free(lessons->list);
    free(lessons);
    return code;
}
