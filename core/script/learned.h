/**
 * The models of a release: its files learned/NAME.model, and what they say of the mail at hand.
 *
 * Read once when the release is compiled, kept by renewals. A mail's features are taken at most
 * once and each model is asked at most once for each mail. A model that learned from mails sees
 * the mail as a whole; one that learned from texts sees its text. One thread per release.
 */
#ifndef JD_SCRIPT_LEARNED_H
#define JD_SCRIPT_LEARNED_H

#include "script/learner.h"

#define JD_LEARNED_MAX        16 // models of a release
#define JD_LEARNED_NAME_BYTES 40

struct jd_learned {
    struct jd_span name;
    const struct jd_model *model;
    bool is_judged;
    struct jd_judgement judged; // of the mail at hand, once is_judged
};

struct jd_learned_set {
    struct jd_learned models[JD_LEARNED_MAX]; // by name
    uint32_t count;
    struct jd_features *mail, *text; // taken when a model first asks
    bool mail_taken, text_taken;
};

struct jd_learned_set *jd_learned_create(void);
/** Takes NULL; clears the pointer. */
void jd_learned_destroy(struct jd_learned_set **set);

/** Whether a release's file is a model: "learned/NAME.model". */
bool jd_learned_is_path(struct jd_span path);
/** Adds the model of a file; it lives in `arena`. JD_BAD_INPUT with a sentence. */
enum jd_status jd_learned_add(struct jd_learned_set *set,
        struct jd_span path,
        struct jd_span content,
        struct jd_arena *arena,
        struct jd_error *error);
/** JD_LEARNED_MAX: there is none of that name. */
uint32_t jd_learned_find(const struct jd_learned_set *set, struct jd_span name);

/** Forgets the mail before. */
void jd_learned_begin(struct jd_learned_set *set);
/** What the model says of the mail; valid until the next jd_learned_begin. */
const struct jd_judgement *
jd_learned_ask(struct jd_learned_set *set, uint32_t model, const struct jd_mail *mail);

#endif
