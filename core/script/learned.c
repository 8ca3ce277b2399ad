/* Models beside the packs of a release. */
#include "script/learned.h"

#include <stdlib.h>

#include "base/span.h"

#define FOLDER  "learned/"
#define SUFFIX  ".model"
#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-_"

struct jd_learned_set *jd_learned_create(void)
{
    return jd_xalloc(sizeof(struct jd_learned_set));
}

void jd_learned_destroy(struct jd_learned_set **set)
{
    if (*set == NULL) {
        return;
    }
    jd_features_destroy(&(*set)->mail);
    jd_features_destroy(&(*set)->text);
    free(*set);
    *set = NULL;
}

bool jd_learned_is_path(struct jd_span path)
{
    return path.len > strlen(FOLDER SUFFIX) && jd_span_starts(path, JD_SPAN(FOLDER)) &&
           jd_span_ends(path, JD_SPAN(SUFFIX));
}

static bool is_name(struct jd_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!name.data[i] || !strchr(LETTERS, name.data[i])) {
            return false;
        }
    }
    return name.len >= 1 && name.len <= JD_LEARNED_NAME_BYTES;
}

uint32_t jd_learned_find(const struct jd_learned_set *set, struct jd_span name)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (jd_span_equal(set->models[i].name, name)) {
            return i;
        }
    }
    return JD_LEARNED_MAX;
}

enum jd_status jd_learned_add(struct jd_learned_set *set,
        struct jd_span path,
        struct jd_span content,
        struct jd_arena *arena,
        struct jd_error *error)
{
    struct jd_learned made = { .name = jd_span_sub(path, strlen(FOLDER),
                                       path.len - strlen(FOLDER SUFFIX)) };
    if (!is_name(made.name)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "a model's name has 1 to %d small letters, digits, '-' and '_'",
                JD_LEARNED_NAME_BYTES);
    }
    if (jd_learned_find(set, made.name) != JD_LEARNED_MAX) {
        return jd_error_set(error, JD_BAD_INPUT, "the model is there twice");
    }
    if (set->count == JD_LEARNED_MAX) {
        return jd_error_set(
                error, JD_BAD_INPUT, "a release has at most %d models", JD_LEARNED_MAX);
    }
    enum jd_status status = jd_model_read(content, arena, &made.model, error);
    if (status == JD_OK) {
        set->models[set->count++] = made;
    }
    return status;
}

void jd_learned_begin(struct jd_learned_set *set)
{
    set->mail_taken = set->text_taken = false;
    for (uint32_t i = 0; i < set->count; i++) {
        set->models[i].is_judged = false;
    }
}

static const struct jd_features *take_features(struct jd_learned_set *set,
        enum jd_features_kind kind,
        const struct jd_mail *mail)
{
    bool whole = kind == JD_FEATURES_MAIL;
    struct jd_features **features = whole ? &set->mail : &set->text;
    bool *taken = whole ? &set->mail_taken : &set->text_taken;
    if (*features == NULL) {
        *features = jd_features_create();
    }
    if (!*taken && whole) {
        jd_features_take_mail(*features, mail);
    } else if (!*taken) {
        jd_features_take_text(*features, mail->text);
    }
    *taken = true;
    return *features;
}

const struct jd_judgement *
jd_learned_ask(struct jd_learned_set *set, uint32_t model, const struct jd_mail *mail)
{
    struct jd_learned *learned = &set->models[model];
    if (!learned->is_judged) {
        jd_model_judge(learned->model, take_features(set, jd_model_kind(learned->model), mail),
                &learned->judged);
        learned->is_judged = true;
    }
    return &learned->judged;
}
