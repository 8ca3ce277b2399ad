/**
 * Messages and verdicts as records (wire/analysis.h). One thread at a time per encoder.
 */
#ifndef JD_COMPUTE_ENCODE_H
#define JD_COMPUTE_ENCODE_H

#include "base/buf.h"
#include "script/api.h"
#include "script/engine.h"
#include "script/learner.h"
#include "script/lint.h"

#define JD_ENCODE_TOKEN_BYTES_MAX  (256 * 1024) // tokens of one message's text
#define JD_ENCODE_PEOPLE_BYTES_MAX (32 * 1024)  // tokens of its names and addresses
#define JD_ENCODE_QUOTE_BYTES_MAX  2000

/** Room to work in, kept between messages. */
struct jd_encoder {
    struct jd_buf tokens;
    struct jd_buf people;
    struct jd_buf packed;
};

void jd_encoder_init(struct jd_encoder *encoder);
void jd_encoder_finish(struct jd_encoder *encoder);

/** Appends one MESSAGE group. */
void jd_encode_message(struct jd_encoder *encoder,
        struct jd_buf *out,
        uint32_t index,
        const struct jd_mail *mail);
/** Appends the MESSAGE group of a mail of which no message could be made. */
void jd_encode_unreadable(struct jd_buf *out,
        uint32_t index,
        struct jd_span raw,
        const struct jd_error *problem);
/** Appends one VERDICT group. */
void jd_encode_verdict(struct jd_buf *out,
        uint32_t index,
        const struct jd_mail *mail,
        const struct jd_verdict *verdict);
/** Appends what compiling a release found. */
void jd_encode_report(struct jd_buf *out, const struct jd_release_report *report);
/** Appends one FINDING group. */
void jd_encode_finding(struct jd_buf *out, const struct jd_lint_finding *finding);
/** Appends one API_ENTRY group. */
void jd_encode_api(struct jd_buf *out, const struct jd_api_entry *entry);
/** Appends one CASE group. */
void jd_encode_case(struct jd_buf *out, const struct jd_release_case *test);
/** Appends one LESSON group: features of a mail or text, or why there are none. */
void jd_encode_lesson(struct jd_buf *out, uint32_t index, struct jd_span features);
void jd_encode_no_lesson(struct jd_buf *out, uint32_t index, const struct jd_error *problem);
/** Appends what TRAINED holds. */
void jd_encode_model(struct jd_buf *out,
        struct jd_span model,
        const struct jd_learner_report *report);

#endif
