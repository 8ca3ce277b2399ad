/**
 * TEACH and TRAIN of wire/analysis.h: mails to features, features to a model. One thread.
 */
#ifndef JD_COMPUTE_LEARN_H
#define JD_COMPUTE_LEARN_H

#include "base/record.h"
#include "script/learner.h"

/** Room to work in, made when it is first needed; zeroed memory is an empty one. */
struct jd_learn {
    struct jd_features *features;
    struct jd_buf written;
};
void jd_learn_finish(struct jd_learn *learn);

/**
 * Appends the LESSON group of one MAIL group. A mail that cannot be read is told in its group.
 * `arena` holds the message and may be reset afterwards. JD_BAD_INPUT: the group is broken.
 */
enum jd_status jd_learn_teach(struct jd_learn *learn,
        const struct jd_record_reader *outer,
        const struct jd_record_field *group,
        uint32_t index,
        struct jd_arena *arena,
        struct jd_buf *answer,
        struct jd_error *error);

/** Trains on the lessons of a TRAIN body and appends what TRAINED holds. */
enum jd_status jd_learn_train(struct jd_span body,
        struct jd_arena *arena,
        struct jd_buf *answer,
        struct jd_error *error);

#endif
