/* Models: their text, and what they say of a mail. */
#include "script/learner.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/span.h"
#include "script/fold.h"
#include "script/learner_model.h"

#define FIRST_LINE "jackdaw-model 1"
#define VALUE_MAX  1e6 // of any real number in a model

/* Judging. */

float jd_model_value(enum jd_features_kind kind, enum jd_feature_family family, uint32_t count)
{
    // Measured on labelled mail: in a mail the facts weigh most, in a sentence the words.
    static const float weights[][JD_FEATURE_FAMILIES] = {
        [JD_FEATURES_MAIL] = { 1.5F, 1, 1, 0.7F, 1, 1, 1, 1 },
        [JD_FEATURES_TEXT] = { 0.5F, 1, 1, 1.2F, 0.7F, 1.2F, 0.5F, 1 },
    };
    return count ? weights[kind][family] / sqrtf((float)count) : 0;
}

static void
choose_of_two(const struct jd_model *model, const double *margins, struct jd_judgement *out)
{
    const struct jd_machine *machine = &model->machines[0];
    double odds = exp(-(machine->slope * margins[0] + machine->intercept));
    double yes = 1 / (1 + odds);
    uint32_t other = 1 - model->wanted;
    out->probabilities[model->wanted] = yes;
    out->probabilities[other] = 1 - yes;
    out->label = yes >= model->threshold ? model->wanted : other;
}

static void
choose_of_many(const struct jd_model *model, const double *margins, struct jd_judgement *out)
{
    double most = -INFINITY, sum = 0;
    for (uint32_t i = 0; i < model->labels_count; i++) {
        double margin = model->machines[i].slope * margins[i] + model->machines[i].intercept;
        out->probabilities[i] = margin;
        if (margin > most) {
            most = margin;
            out->label = i;
        }
    }
    for (uint32_t i = 0; i < model->labels_count; i++) {
        out->probabilities[i] = exp(out->probabilities[i] - most);
        sum += out->probabilities[i];
    }
    for (uint32_t i = 0; i < model->labels_count; i++) {
        out->probabilities[i] /= sum;
    }
}

void jd_model_choose(const struct jd_model *model,
        const double *margins,
        struct jd_judgement *out)
{
    if (model->labels_count == 2) {
        choose_of_two(model, margins, out);
    } else {
        choose_of_many(model, margins, out);
    }
    out->score = out->probabilities[out->label];
}

void jd_model_judge(const struct jd_model *model,
        const struct jd_features *features,
        struct jd_judgement *out)
{
    uint32_t counts[JD_FEATURE_FAMILIES] = { 0 };
    double margins[JD_LABELS_MAX] = { 0 };
    for (uint32_t i = 0; i < features->count; i++) {
        counts[features->hashes[i] % JD_FEATURE_FAMILIES]++;
    }
    // Both lists rise: each feature is looked for behind the last one found.
    uint32_t low = 0;
    for (uint32_t i = 0; i < features->count; i++) {
        uint32_t hash = features->hashes[i], high = model->features_count;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (model->hashes[middle] < hash) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == model->features_count || model->hashes[low] != hash) {
            continue;
        }
        const enum jd_feature_family family = hash % JD_FEATURE_FAMILIES;
        float value = jd_model_value(model->kind, family, counts[family]);
        const int16_t *weights = &model->weights[(size_t)low * model->machines_count];
        for (uint32_t m = 0; m < model->machines_count; m++) {
            margins[m] += (double)value * weights[m];
        }
    }
    for (uint32_t m = 0; m < model->machines_count; m++) {
        margins[m] = margins[m] * model->machines[m].step + model->machines[m].bias;
    }
    jd_model_choose(model, margins, out);
}

enum jd_features_kind jd_model_kind(const struct jd_model *model)
{
    return model->kind;
}

uint32_t jd_model_labels_count(const struct jd_model *model)
{
    return model->labels_count;
}

struct jd_span jd_model_label(const struct jd_model *model, uint32_t label)
{
    return model->labels[label];
}

uint32_t jd_model_find_label(const struct jd_model *model, struct jd_span name)
{
    for (uint32_t i = 0; i < model->labels_count; i++) {
        if (jd_span_equal(model->labels[i], name)) {
            return i;
        }
    }
    return JD_LABELS_MAX;
}

/* Writing. */

void jd_model_write(const struct jd_model *model, struct jd_buf *out)
{
    jd_buf_text(out, FIRST_LINE "\n");
    jd_buf_format(out, "kind %s %d\n", model->kind == JD_FEATURES_MAIL ? "mail" : "text",
            JD_FEATURES_VERSION);
    jd_buf_format(out, "lessons %u ", model->lessons);
    for (size_t i = 0; i < JD_HASH_BYTES; i++) {
        jd_buf_format(out, "%02x", model->lessons_hash[i]);
    }
    jd_buf_format(out, "\nlabels %u\n", model->labels_count);
    for (uint32_t i = 0; i < model->labels_count; i++) {
        jd_buf_format(out, "%u " JD_SPAN_FMT "\n", model->label_lessons[i],
                JD_SPAN_ARG(model->labels[i]));
    }
    jd_buf_format(out, "threshold %u %.9g\n", model->wanted, model->threshold);
    jd_buf_format(out, "machines %u\n", model->machines_count);
    for (uint32_t i = 0; i < model->machines_count; i++) {
        const struct jd_machine *machine = &model->machines[i];
        jd_buf_format(out, "%.9g %.9g %.9g %.9g\n", machine->bias, machine->step,
                machine->slope, machine->intercept);
    }
    jd_buf_format(out, "features %u\n", model->features_count);
    for (uint32_t i = 0; i < model->features_count; i++) {
        jd_buf_format(out, "%x", model->hashes[i]);
        for (uint32_t m = 0; m < model->machines_count; m++) {
            jd_buf_format(out, " %d", model->weights[(size_t)i * model->machines_count + m]);
        }
        jd_buf_char(out, '\n');
    }
}

/* Reading: a line at a time, each value bounded. */

struct reader {
    struct jd_span rest, line;
    uint32_t number; // of the line
    bool broken;
};

static bool next_line(struct reader *reader)
{
    if (reader->broken) {
        return false; // the line that broke it keeps its number
    }
    reader->number++;
    reader->broken = !jd_span_split(&reader->rest, '\n', &reader->line);
    return !reader->broken;
}

static void take_word(struct reader *reader, const char *word)
{
    struct jd_span found;
    if (!jd_span_split(&reader->line, ' ', &found) || !jd_span_equal(found, jd_span_of(word))) {
        reader->broken = true;
    }
}

static void take_digits(struct reader *reader, char *out, size_t size)
{
    struct jd_span found = { NULL, 0 };
    bool good = jd_span_split(&reader->line, ' ', &found) && found.len && found.len < size;
    reader->broken = reader->broken || !good;
    memcpy(out, good ? found.data : "0", good ? found.len : 1);
    out[good ? found.len : 1] = '\0';
}

static int64_t take_whole(struct reader *reader, int base, int64_t min, int64_t max)
{
    char digits[24], *end;
    take_digits(reader, digits, sizeof(digits));
    errno = 0;
    long long value = strtoll(digits, &end, base);
    if (*end || errno || strchr(" \t\v\f\r\n+", digits[0]) || value < min || value > max) {
        reader->broken = true;
        return min;
    }
    return value;
}

static double take_real(struct reader *reader, double min, double max)
{
    char digits[40], *end;
    take_digits(reader, digits, sizeof(digits));
    double value = strtod(digits, &end);
    bool plain = digits[strspn(digits, "0123456789+-.e")] == '\0';
    if (*end || !plain || !isfinite(value) || value < min || value > max) {
        reader->broken = true;
        return min;
    }
    return value;
}

static bool is_label(struct jd_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return false;
        }
    }
    return text.len >= 1 && text.len <= JD_LABEL_BYTES_MAX && jd_fold_is_utf8(text);
}

static void read_hash(struct reader *reader, uint8_t out[JD_HASH_BYTES])
{
    char digits[2 * JD_HASH_BYTES + 1];
    take_digits(reader, digits, sizeof(digits));
    reader->broken =
            reader->broken || strspn(digits, "0123456789abcdef") != (size_t)2 * JD_HASH_BYTES;
    for (size_t i = 0; !reader->broken && i < JD_HASH_BYTES; i++) {
        char byte[3] = { digits[2 * i], digits[2 * i + 1], '\0' };
        out[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
}

static void read_labels(struct reader *reader, struct jd_arena *arena, struct jd_model *model)
{
    if (next_line(reader)) {
        take_word(reader, "labels");
        model->labels_count = (uint32_t)take_whole(reader, 10, 2, JD_LABELS_MAX);
    }
    for (uint32_t i = 0; !reader->broken && i < model->labels_count; i++) {
        if (!next_line(reader)) {
            return;
        }
        model->label_lessons[i] = (uint32_t)take_whole(reader, 10, 0, JD_LESSONS_MAX);
        bool twice = jd_model_find_label(model, reader->line) < i;
        reader->broken = reader->broken || twice || !is_label(reader->line);
        model->labels[i] = jd_arena_copy(arena, reader->line);
    }
}

static void read_head(struct reader *reader, struct jd_arena *arena, struct jd_model *model)
{
    if (!next_line(reader) || !jd_span_equal(reader->line, JD_SPAN(FIRST_LINE)) ||
            !next_line(reader)) {
        reader->broken = true;
        return;
    }
    take_word(reader, "kind");
    bool is_mail = jd_span_starts(reader->line, JD_SPAN("mail "));
    model->kind = is_mail ? JD_FEATURES_MAIL : JD_FEATURES_TEXT;
    take_word(reader, is_mail ? "mail" : "text");
    take_whole(reader, 10, JD_FEATURES_VERSION, JD_FEATURES_VERSION);
    if (next_line(reader)) {
        take_word(reader, "lessons");
        model->lessons = (uint32_t)take_whole(reader, 10, 0, JD_LESSONS_MAX);
        read_hash(reader, model->lessons_hash);
    }
    read_labels(reader, arena, model);
    if (next_line(reader)) {
        take_word(reader, "threshold");
        model->wanted = (uint32_t)take_whole(reader, 10, 0, model->labels_count - 1);
        model->threshold = take_real(reader, 0, 1);
    }
}

static void read_machines(struct reader *reader, struct jd_model *model)
{
    uint32_t wanted = model->labels_count == 2 ? 1 : model->labels_count;
    if (next_line(reader)) {
        take_word(reader, "machines");
        model->machines_count = (uint32_t)take_whole(reader, 10, wanted, wanted);
    }
    for (uint32_t i = 0; !reader->broken && i < model->machines_count && next_line(reader);
            i++) {
        model->machines[i].bias = take_real(reader, -VALUE_MAX, VALUE_MAX);
        model->machines[i].step = take_real(reader, 0, VALUE_MAX);
        model->machines[i].slope = take_real(reader, 0, VALUE_MAX);
        model->machines[i].intercept = take_real(reader, -VALUE_MAX, VALUE_MAX);
    }
}

static bool make_room(struct jd_arena *arena, struct jd_model *model)
{
    size_t weights = (size_t)model->features_count * model->machines_count;
    model->hashes = jd_arena_zalloc(arena, model->features_count + 1, sizeof(*model->hashes));
    model->weights = jd_arena_zalloc(arena, weights + 1, sizeof(*model->weights));
    return model->hashes && model->weights;
}

static void read_features(struct reader *reader, struct jd_model *model)
{
    int64_t last = -1;
    for (uint32_t i = 0; i < model->features_count && next_line(reader); i++) {
        last = take_whole(reader, 16, last + 1, UINT32_MAX);
        model->hashes[i] = (uint32_t)last;
        int16_t *weights = &model->weights[(size_t)i * model->machines_count];
        for (uint32_t m = 0; m < model->machines_count; m++) {
            weights[m] = (int16_t)take_whole(reader, 10, -JD_MODEL_STEPS, JD_MODEL_STEPS);
        }
        reader->broken = reader->broken || reader->line.len > 0;
    }
}

enum jd_status jd_model_read(struct jd_span text,
        struct jd_arena *arena,
        const struct jd_model **out_model,
        struct jd_error *error)
{
    struct reader reader = { .rest = text };
    struct jd_model *model = jd_arena_new(arena, struct jd_model);
    if (text.len > JD_MODEL_BYTES_MAX || model == NULL) {
        return jd_error_set(error, JD_BAD_INPUT, "a model has at most %u bytes, this one %zu",
                JD_MODEL_BYTES_MAX, text.len);
    }
    read_head(&reader, arena, model);
    read_machines(&reader, model);
    if (next_line(&reader)) {
        take_word(&reader, "features");
        model->features_count = (uint32_t)take_whole(&reader, 10, 0,
                JD_MODEL_WEIGHTS_MAX / (model->machines_count ? model->machines_count : 1));
    }
    if (!reader.broken && !make_room(arena, model)) {
        return jd_error_set(error, JD_BAD_INPUT, "the model does not fit into the release");
    }
    if (!reader.broken) {
        read_features(&reader, model);
    }
    if (reader.broken || reader.rest.len) {
        return jd_error_set(error, JD_BAD_INPUT,
                "line %u is not one of a model that this version writes", reader.number);
    }
    *out_model = model;
    return JD_OK;
}
