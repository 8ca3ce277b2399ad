/**
 * Conditions: values made while rules load, evaluated in C for each mail, each at most once per
 * mail. A condition is three-valued: a `where` that fails, or a regular expression that passes
 * its step limit, is neither yes nor no, and the rule that asked is skipped.
 */
#ifndef JD_SCRIPT_CONDITION_H
#define JD_SCRIPT_CONDITION_H

#include "script/engine.h"
#include "script/lists.h"
#include "script/regex.h"
#include "script/words.h"
#include "script/zone.h"

struct jd_look;
struct jd_condition;

enum jd_truth {
    JD_TRUTH_NO = 1,
    JD_TRUTH_YES,
    JD_TRUTH_FAILED
};

typedef enum jd_truth jd_condition_test(struct jd_look *look, const struct jd_condition *self);

/** Whose addresses. */
enum jd_people {
    JD_PEOPLE_FROM = 1,
    JD_PEOPLE_TO,
    JD_PEOPLE_CC
};
#define JD_PEOPLE_KINDS 3

struct jd_condition {
    jd_condition_test *test;
    const char *object,
            *name;          // as written: "subject", "says"; object NULL: "all", "where", ...
    struct jd_span pattern; // of a regular expression
    struct jd_span path;    // where it was made
    int line;
    bool has_number;
    bool is_late;          // needs the verdict: not in classify
    bool has_where;        // asks a function, itself or by its children
    enum jd_region region; // of words and regular expressions
    enum jd_people people; // of addresses
    uint32_t *ids;         // words (of `says`, or that `regex` cannot match without), children
    uint32_t ids_count;
    struct jd_span *texts; // names, domains, phrases; lower case where case does not matter
    uint32_t texts_count;
    struct jd_phrase *phrases; // texts as header fields are asked for them; texts_count
    struct jd_span header;     // field name
    struct jd_regex *regex;    // owned by the release
    const struct jd_list *list;
    double number;
    uint32_t function; // of `where`: index into the release's functions
};

/** Why a condition failed; lives in the look's arena. */
struct jd_look_failure {
    uint32_t condition;
    struct jd_verdict_failure failure; // without the rule
    struct jd_look_failure *next;
};

/** One mail being looked at. */
struct jd_look {
    struct jd_release *release;
    const struct jd_subject *subject;
    const struct jd_mail *mail;
    struct jd_arena *arena;
    const struct jd_verdict *verdict; // NULL while classifying
    const struct jd_condition *conditions;
    const uint8_t *hits; // of words: region bits
    const struct jd_lists *lists;
    uint8_t *list_marks; // by kind of people: of each list; once lists_known
    bool lists_known[JD_PEOPLE_KINDS];
    const uint8_t *marks;  // of conditions that ask words: the regions that have one of them
    uint8_t *memo;         // of conditions: enum jd_truth, 0 unknown
    struct jd_span *found; // of conditions that are YES: what matched; set with the memo
    struct jd_look_failure *failures;
    int64_t regex_steps;         // that are left for this mail
    struct jd_regex_room *room;  // of the release: where expressions are matched
    struct jd_span body;         // without quotes, signature and disclaimer
    struct jd_span from_address; // lower case
    struct jd_zone zone;         // once zone_known
    bool zone_known;
    enum jd_truth person, noreply; // 0: not yet asked
    const struct jd_fold *fold;
    struct jd_buf *scratch, *phrase; // of the release: a folded text, a folded phrase
    /** Runs a `where`. */
    jd_condition_test *where;
};

/** Answers from the memo or evaluates. */
enum jd_truth jd_condition_ask(struct jd_look *look, uint32_t condition);
/** What made it true, for people; at most 120 bytes; may be empty. Lives in the look's arena or
 * the release. */
struct jd_span jd_condition_words(const struct jd_look *look, uint32_t condition);
/** Notes why `condition` failed; the text is copied. */
void jd_condition_note_failure(struct jd_look *look,
        const struct jd_condition *condition,
        const char *kind,
        struct jd_span path,
        int line,
        struct jd_span text);
/** Why it failed, NULL if it did not; looks into the children. */
const struct jd_verdict_failure *jd_condition_failure(const struct jd_look *look,
        uint32_t condition);

/** Appends the condition as it is written: `subject:says {"order"}` (condition_text.c). */
void jd_condition_write(const struct jd_release *release,
        uint32_t condition,
        struct jd_buf *out);
/** Appends the value of the mail that the condition asks for: `subject: "Minutes"`. */
void jd_condition_write_value(struct jd_look *look, uint32_t condition, struct jd_buf *out);
/** Whether two conditions ask the same. */
bool jd_condition_same(const struct jd_release *release, uint32_t a, uint32_t b);
/** Whether the condition puts others together. */
bool jd_condition_has_children(const struct jd_condition *condition);

/** The tests that bind_condition.c binds to names; each documented in rules/jackdaw.d.lua. */
jd_condition_test jd_condition_all, jd_condition_any, jd_condition_none, jd_condition_where;
jd_condition_test jd_condition_says, jd_condition_matches, jd_condition_subject_empty;
jd_condition_test jd_condition_question, jd_condition_shorter, jd_condition_longer,
        jd_condition_links;
jd_condition_test jd_condition_on_list, jd_condition_domain, jd_condition_address,
        jd_condition_address_matches, jd_condition_is_person, jd_condition_is_noreply,
        jd_condition_is_known, jd_condition_is_me, jd_condition_is_only_me,
        jd_condition_more_people;
jd_condition_test jd_condition_header_has, jd_condition_header_says,
        jd_condition_header_matches;
jd_condition_test jd_condition_unsubscribe, jd_condition_one_click, jd_condition_list_id;
jd_condition_test jd_condition_attached, jd_condition_attached_type, jd_condition_attached_name;
jd_condition_test jd_condition_invite, jd_condition_calendar, jd_condition_calendar_method;
jd_condition_test jd_condition_language, jd_condition_answered, jd_condition_is_reply,
        jd_condition_from_me, jd_condition_automatic, jd_condition_hidden, jd_condition_html;
/* What more than one file looks at. */
const struct jd_mail_address *
jd_look_people(const struct jd_look *look, enum jd_people whose, uint32_t *out_count);
uint32_t jd_look_count_links(const struct jd_look *look, double most);

jd_condition_test jd_condition_category, jd_condition_priority, jd_condition_needs_reply,
        jd_condition_sure;

#endif
