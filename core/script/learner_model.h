/**
 * A model as training writes it and judging reads it. Private to learner.c and learner_train.c.
 */
#ifndef JD_SCRIPT_LEARNER_MODEL_H
#define JD_SCRIPT_LEARNER_MODEL_H

#include "base/seal.h"
#include "script/learner.h"

#define JD_MODEL_STEPS 32767 // a machine's largest weight in steps

/** One label against the rest. */
struct jd_machine {
    double bias;
    double step;             // one step of weight
    double slope, intercept; // of the margin, before it becomes a probability
};

struct jd_model {
    enum jd_features_kind kind;
    uint32_t lessons;
    uint8_t lessons_hash[JD_HASH_BYTES];
    struct jd_span labels[JD_LABELS_MAX];
    uint32_t label_lessons[JD_LABELS_MAX];
    uint32_t labels_count, machines_count; // two labels: one machine, for `wanted`
    uint32_t wanted;                       // of two labels the one that the threshold is for
    double threshold;                      // of its probability
    struct jd_machine machines[JD_LABELS_MAX];
    uint32_t features_count;
    uint32_t *hashes; // rising
    int16_t *weights; // machines_count of each feature, in steps
};

/** The length of a family of `count` features is one, times its weight: each feature has this
 * value. */
float jd_model_value(enum jd_features_kind kind, enum jd_feature_family family, uint32_t count);
/** Margins of the machines to the choice. */
void jd_model_choose(const struct jd_model *model,
        const double *margins,
        struct jd_judgement *out);
void jd_model_write(const struct jd_model *model, struct jd_buf *out);

#endif
