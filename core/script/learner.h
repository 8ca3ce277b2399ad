/**
 * Learning from lessons: a linear model over hashed words (learner_features.h).
 *
 *     jd_learner_train(lessons, count, arena, &model_text, &report, &error);  // once
 *     jd_model_read(model_text, arena, &model, &error);                      // per release
 *     jd_model_judge(model, features, &judgement);                           // per mail
 *
 * Training: one machine for each label against the rest (two labels: one machine), an L2-loss
 * support vector machine solved in the dual by coordinate descent (Hsieh et al. 2008) over
 * features weighted by how unevenly naive Bayes finds them spread (after Wang and Manning
 * 2012), each family of features of unit length. Five-fold cross-validation gives honest
 * margins, from which come the map to probabilities (Platt's for two labels, a scaled softmax
 * for more) and, for two labels, the threshold. Lessons are often richer in the wanted label
 * than the mail that comes, so the threshold is the one with the best mean F1 at the lessons'
 * share of it, at three quarters and at half of that share. The same lessons give the same
 * bytes in any order.
 *
 * A model is text: what is in it can be read, stored and compared. Reading it trusts nothing.
 * Memory of training: about 16 bytes for each feature of all lessons together, so at most
 * 256 MiB, and 30 MiB. Pure; any thread, a model is only read after it was made.
 */
#ifndef JD_SCRIPT_LEARNER_H
#define JD_SCRIPT_LEARNER_H

#include "base/arena.h"
#include "script/learner_features.h"

#define JD_LESSONS_MAX          200000
#define JD_LESSONS_FEATURES_MAX 16000000 // of all lessons together
#define JD_LABELS_MAX           64
#define JD_LABEL_BYTES_MAX      40
#define JD_MODEL_BYTES_MAX      (6u << 20)
#define JD_MODEL_FEATURES_MAX   80000  // of two or three labels; fewer for more
#define JD_MODEL_WEIGHTS_MAX    400000 // features times machines

/** One example. */
struct jd_lesson {
    struct jd_span features; // as jd_features_write made them
    struct jd_span label;    // 1 to 40 bytes of UTF-8 without control characters
};

/** How a label did in cross-validation. */
struct jd_label_report {
    struct jd_span name;
    uint32_t lessons;
    double precision, recall, f1;
};
struct jd_learner_report {
    uint32_t lessons, features;
    double accuracy, macro_f1;
    double calibration_error; // of the chosen label's score: 10 bins of equal width
    struct jd_label_report *labels;
    uint32_t labels_count;
};

/** JD_BAD_INPUT: fewer than two labels, or past a limit above; the sentence says which. The
 * report lives in `arena`; the model is appended. */
enum jd_status jd_learner_train(const struct jd_lesson *lessons,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_buf *out_model,
        struct jd_learner_report *out_report,
        struct jd_error *error);

struct jd_model;

/** What a model says of one mail. */
struct jd_judgement {
    uint32_t label;                      // the chosen one
    double score;                        // its probability
    double probabilities[JD_LABELS_MAX]; // of each label
};

/** The model lives in `arena`; `text` is not needed afterwards. JD_BAD_INPUT with the line. */
enum jd_status jd_model_read(struct jd_span text,
        struct jd_arena *arena,
        const struct jd_model **out_model,
        struct jd_error *error);
enum jd_features_kind jd_model_kind(const struct jd_model *model);
uint32_t jd_model_labels_count(const struct jd_model *model);
struct jd_span jd_model_label(const struct jd_model *model, uint32_t label);
/** JD_LABELS_MAX when it has none of that name. */
uint32_t jd_model_find_label(const struct jd_model *model, struct jd_span name);

/** `features` are of the model's kind. */
void jd_model_judge(const struct jd_model *model,
        const struct jd_features *features,
        struct jd_judgement *out);

#endif
