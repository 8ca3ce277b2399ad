/* Lessons made of mails, models made of lessons. */
#include "compute/learn.h"

#include <stdlib.h>

#include "base/span.h"
#include "compute/encode.h"
#include "wire/analysis.h"

_Static_assert(JD_FEATURES_BYTES_MAX <= JD_WIRE_FEATURES_BYTES_MAX,
        "a worker takes each lesson");
_Static_assert(JD_MODEL_BYTES_MAX <= JD_WIRE_MODEL_BYTES_MAX, "a worker takes each model");

void jd_learn_finish(struct jd_learn *learn)
{
    jd_features_destroy(&learn->features);
    jd_buf_finish(&learn->written);
}

static enum jd_status read_example(const struct jd_record_reader *outer,
        const struct jd_record_field *group,
        struct jd_span *out_raw,
        struct jd_span *out_text,
        struct jd_error *error)
{
    struct jd_record_reader reader;
    struct jd_record_field field;
    enum jd_status status = jd_record_enter(outer, group, &reader, error);
    while (status == JD_OK && (status = jd_record_next(&reader, &field, error)) == JD_OK) {
        if (field.tag == JD_TAG_RAW) {
            *out_raw = field.bytes;
        } else if (field.tag == JD_TAG_TEXT) {
            *out_text = field.bytes;
        }
    }
    return status == JD_NONE ? JD_OK : status;
}

/* Takes the features of the text, or of the mail when there is no text. */
static enum jd_status take_features(struct jd_learn *learn,
        struct jd_span raw,
        struct jd_span text,
        struct jd_arena *arena,
        struct jd_error *error)
{
    struct jd_mail_limits limits = jd_mail_limits_default();
    struct jd_mail *mail;
    if (text.data) {
        jd_features_take_text(learn->features, text);
        return JD_OK;
    }
    limits.want_html = false;
    enum jd_status status = jd_mail_parse(arena, raw, &limits, &mail, error);
    if (status == JD_OK) {
        jd_features_take_mail(learn->features, mail);
    }
    return status;
}

enum jd_status jd_learn_teach(struct jd_learn *learn,
        const struct jd_record_reader *outer,
        const struct jd_record_field *group,
        uint32_t index,
        struct jd_arena *arena,
        struct jd_buf *answer,
        struct jd_error *error)
{
    struct jd_span raw = { NULL, 0 }, text = { NULL, 0 };
    struct jd_error problem;
    enum jd_status status = read_example(outer, group, &raw, &text, error);
    if (status != JD_OK) {
        return status;
    }
    if (learn->features == NULL) {
        learn->features = jd_features_create();
        learn->written = jd_buf_init(JD_FEATURES_BYTES_MAX);
    }
    if (take_features(learn, raw, text, arena, &problem) == JD_OK) {
        jd_buf_clear(&learn->written);
        jd_features_write(learn->features, &learn->written);
        jd_encode_lesson(answer, index, jd_buf_span(&learn->written));
    } else {
        jd_encode_no_lesson(answer, index, &problem);
    }
    return JD_OK;
}

static enum jd_status read_lesson(const struct jd_record_reader *outer,
        const struct jd_record_field *group,
        struct jd_lesson *out,
        struct jd_error *error)
{
    struct jd_record_reader reader;
    struct jd_record_field field;
    enum jd_status status = jd_record_enter(outer, group, &reader, error);
    while (status == JD_OK && (status = jd_record_next(&reader, &field, error)) == JD_OK) {
        if (field.tag == JD_TAG_FEATURES) {
            out->features = field.bytes;
        } else if (field.tag == JD_TAG_LABEL) {
            out->label = field.bytes;
        }
    }
    return status == JD_NONE ? JD_OK : status;
}

/* Gives the lessons: free them, also on failure. */
static enum jd_status read_lessons(struct jd_span body,
        struct jd_lesson **out_lessons,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct jd_record_reader reader = jd_record_reader(body);
    struct jd_record_field field;
    uint32_t capacity = 0;
    enum jd_status status;
    while ((status = jd_record_next(&reader, &field, error)) == JD_OK) {
        if (field.tag != JD_TAG_LESSON) {
            continue;
        }
        if (*out_count == JD_LESSONS_MAX) {
            return jd_error_set(error, JD_BAD_INPUT, "at most %d lessons", JD_LESSONS_MAX);
        }
        if (*out_count == capacity) {
            capacity = capacity * 2 + 256;
            *out_lessons = jd_xrealloc(*out_lessons, capacity * sizeof(**out_lessons));
        }
        struct jd_lesson *lesson = &(*out_lessons)[(*out_count)++];
        *lesson = (struct jd_lesson){ 0 };
        status = read_lesson(&reader, &field, lesson, error);
        if (status != JD_OK) {
            return status;
        }
    }
    return status == JD_NONE ? JD_OK : status;
}

enum jd_status jd_learn_train(struct jd_span body,
        struct jd_arena *arena,
        struct jd_buf *answer,
        struct jd_error *error)
{
    struct jd_lesson *lessons = NULL;
    struct jd_learner_report report;
    struct jd_buf model = jd_buf_init(JD_MODEL_BYTES_MAX);
    uint32_t count = 0;
    enum jd_status status = read_lessons(body, &lessons, &count, error);
    if (status == JD_OK) {
        status = jd_learner_train(lessons, count, arena, &model, &report, error);
    }
    if (status == JD_OK) {
        jd_encode_model(answer, jd_buf_span(&model), &report);
    }
    jd_buf_finish(&model);
    free(lessons);
    return status;
}
