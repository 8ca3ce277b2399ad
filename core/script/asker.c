/* Words to those who ask for them: one list, cut by word. */
#include "script/asker.h"

#include "script/release.h"

/* The words of an asker; of a condition only if its ids are words and not conditions. */
static uint32_t
words_of(const struct jd_release *release, uint32_t asker, const uint32_t **out_words)
{
    if (asker >= release->conditions_count) {
        const struct jd_rule *rule = &release->rules[asker - release->conditions_count];
        *out_words = rule->words;
        return rule->words_count;
    }
    const struct jd_condition *condition = &release->conditions[asker];
    bool has_words =
            condition->test == jd_condition_says || condition->test == jd_condition_matches;
    *out_words = condition->ids;
    return has_words ? condition->ids_count : 0;
}

uint32_t jd_asker_rule(const struct jd_release *release, uint32_t rule)
{
    return release->conditions_count + rule;
}

/* The counts go two places up: summed, first[word + 1] is where the word begins; placing its
 * askers moves it to the word's end, which is where it belongs. */
enum jd_status jd_askers_make(struct jd_release *release, struct jd_error *error)
{
    struct jd_askers *askers = &release->askers;
    uint32_t words_count = jd_words_count(release->words), total = 0;
    const uint32_t *words;
    askers->count = release->conditions_count + release->rules_count;
    for (uint32_t a = 0; a < askers->count; a++) {
        total += words_of(release, a, &words);
    }
    askers->first =
            jd_arena_zalloc(release->arena, (size_t)words_count + 2, sizeof(*askers->first));
    askers->list = jd_arena_zalloc(release->arena, (size_t)total + 1, sizeof(*askers->list));
    if (askers->first == NULL || askers->list == NULL) {
        return jd_error_set(error, JD_BAD_INPUT, "the release is too large");
    }
    for (uint32_t a = 0; a < askers->count; a++) {
        for (uint32_t i = words_of(release, a, &words); i > 0; i--) {
            askers->first[words[i - 1] + 2]++;
        }
    }
    for (uint32_t w = 2; w < words_count + 2; w++) {
        askers->first[w] += askers->first[w - 1];
    }
    for (uint32_t a = 0; a < askers->count; a++) {
        for (uint32_t i = words_of(release, a, &words); i > 0; i--) {
            askers->list[askers->first[words[i - 1] + 1]++] = a;
        }
    }
    return JD_OK;
}

void jd_askers_mark(const struct jd_askers *askers,
        const uint32_t *words,
        uint32_t words_count,
        enum jd_region region,
        uint8_t *marks)
{
    for (uint32_t w = 0; w < words_count; w++) {
        uint32_t end = askers->first[words[w] + 1];
        for (uint32_t i = askers->first[words[w]]; i < end; i++) {
            marks[askers->list[i]] |= (uint8_t)region;
        }
    }
}
