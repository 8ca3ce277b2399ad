/**
 * Who asks for which word: from a word that a scan found straight to the conditions and rules
 * that it concerns, so that those whose words are not in a mail cost nothing.
 *
 * An asker is a number: conditions by their index, and behind them the rules by theirs
 * (jd_asker_rule). Made once when a release is ready, in the release's arena; read-only then.
 */
#ifndef JD_SCRIPT_ASKER_H
#define JD_SCRIPT_ASKER_H

#include "base/error.h"
#include "script/words.h"

struct jd_release;

struct jd_askers {
    uint32_t *first; // of word w: list[first[w]] to before list[first[w + 1]]
    uint32_t *list;
    uint32_t count; // of all askers, whether they have words or not
};

/** The asker's number of a rule that looks for words in sentences. */
uint32_t jd_asker_rule(const struct jd_release *release, uint32_t rule);
/** Fills release->askers; JD_BAD_INPUT when the release's arena is full. */
enum jd_status jd_askers_make(struct jd_release *release, struct jd_error *error);
/** Adds `region` to the marks of all that ask for one of the words. */
void jd_askers_mark(const struct jd_askers *askers,
        const uint32_t *words,
        uint32_t words_count,
        enum jd_region region,
        uint8_t *marks);

#endif
