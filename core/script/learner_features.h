/**
 * What a learner sees of a mail or of a sentence: hashed features, each there or not.
 *
 *     struct jd_features *features = jd_features_create();
 *     jd_features_take_mail(features, mail);            // or _take_text
 *     jd_features_write(features, &buf);                // what a worker may keep as a lesson
 *
 * Features of a mail: words and word pairs of the subject and of what its writer wrote (no
 * quotes, no signature), words of the quotes, the sender's domain, names of header fields, and
 * facts: list headers, mailer, authentication, shape of HTML and text, attachments, links.
 * Features of a text (a sentence or some): words, pairs, triples, pieces of words, what stands
 * at its start and end, classes of words, and how much it sounds like a request. Nothing of the
 * text can be read back from them but by guessing words.
 *
 * Written form, at most JD_FEATURES_BYTES_MAX: a byte with the version, one with the kind, then
 * the rising hashes as differences, 7 bits to a byte, the lowest first. It is part of stored
 * lessons: a change of meaning raises the version, and older lessons are refused by name.
 *
 * One thread at a time for each object.
 */
#ifndef JD_SCRIPT_LEARNER_FEATURES_H
#define JD_SCRIPT_LEARNER_FEATURES_H

#include "base/buf.h"
#include "base/error.h"
#include "mail/message.h"
#include "script/request.h"

#define JD_FEATURES_VERSION   1
#define JD_FEATURES_MAX       3000 // of one mail or text
#define JD_FEATURES_BYTES_MAX (2 + JD_FEATURES_MAX * 5)

enum jd_features_kind {
    JD_FEATURES_MAIL = 1,
    JD_FEATURES_TEXT,
};

/** The low three bits of a hash: which family it is of. Each family is weighted as a whole. */
enum jd_feature_family {
    JD_FEATURE_FACT = 0,
    JD_FEATURE_SUBJECT,
    JD_FEATURE_WORD,
    JD_FEATURE_PAIR,
    JD_FEATURE_PIECE, // of words
    JD_FEATURE_PLACE, // where words stand, and what class they are of
    JD_FEATURE_QUOTE,
};
#define JD_FEATURE_FAMILIES 8

struct jd_features {
    enum jd_features_kind kind;
    uint32_t count;
    uint32_t *hashes; // rising, JD_FEATURES_MAX at most
    uint32_t *spare;  // room to sort
    struct jd_fold *fold;
    struct jd_requests *requests; // NULL until a text is taken
    struct jd_buf folded;
};

struct jd_features *jd_features_create(void);
/** Takes NULL; clears the pointer. */
void jd_features_destroy(struct jd_features **features);

/** Each replaces what was there. `text` is valid UTF-8. */
void jd_features_take_mail(struct jd_features *features, const struct jd_mail *mail);
void jd_features_take_text(struct jd_features *features, struct jd_span text);

/** Appends the written form. */
void jd_features_write(const struct jd_features *features, struct jd_buf *out);

/** Reads a written form, hostile or not: hashes into `out`, room for JD_FEATURES_MAX. */
enum jd_status jd_features_read(struct jd_span written,
        enum jd_features_kind *out_kind,
        uint32_t *out,
        uint32_t *out_count,
        struct jd_error *error);

#endif
