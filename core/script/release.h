/**
 * A compiled release from the inside: what loading writes and deciding reads. engine.h is the
 * face. Everything here lives in the release's arena unless it says otherwise, and is frozen
 * once loading is over; only the scratch buffers are written later.
 *
 * Loading is deterministic: the same files give the same conditions, functions and rules in the
 * same order. So a state that broke a limit is replaced by loading the files again and taking
 * the new state alone (jd_release_renew).
 */
#ifndef JD_SCRIPT_RELEASE_H
#define JD_SCRIPT_RELEASE_H

#include "base/arena.h"
#include "script/asker.h"
#include "script/condition.h"
#include "script/freeze.h"
#include "script/learned.h"
#include "script/pack.h"
#include "script/request.h"
#include "script/sandbox.h"

#define JD_RELEASE_NONE           UINT32_MAX // no condition, function, template
#define JD_RELEASE_ARENA_BYTES    (96u << 20)
#define JD_RELEASE_FILES_MAX      2000
#define JD_RELEASE_RULES_MAX      2000
#define JD_RELEASE_CONDITIONS_MAX 20000
#define JD_RELEASE_REGEX_BYTES    (32u << 20)
#define JD_RELEASE_EVIDENCE_MAX   200     // of one rule
#define JD_RELEASE_RULE_BUDGET    500000  // instructions of a rule and a mail
#define JD_RELEASE_MAIL_BUDGET    5000000 // of all rules of a mail
#define JD_RELEASE_LOAD_BUDGET    5000000 // of a file
#define JD_RELEASE_TASKS_MAX      20
#define JD_RELEASE_DRAFTS_MAX     5

enum jd_rule_kind {
    JD_RULE_CLASSIFY = 1,
    JD_RULE_EXTRACT,
    JD_RULE_DRAFT,
    JD_RULE_ROUTE
};

struct jd_rule_evidence {
    struct jd_span id, name; // "pack/rule/evidence", "evidence"
    double weight;
    uint32_t condition;
    int line;
    bool is_off;
};

struct jd_rule {
    enum jd_rule_kind kind;
    struct jd_span id, name; // "pack/rule", "rule"
    struct jd_span path;
    int line;
    uint32_t pack;    // index
    uint32_t only_if; // condition or NONE
    uint32_t outcome; // classify: index
    struct jd_rule_evidence *evidence;
    uint32_t evidence_count;
    uint32_t function; // extract, route
    uint32_t *words;   // extract: sentence_says; none: every sentence
    uint32_t words_count;
    struct jd_span draft_kind;
    uint32_t draft; // index of the template family
    bool is_off;
};

enum jd_scale {
    JD_SCALE_CATEGORY = 1,
    JD_SCALE_PRIORITY,
    JD_SCALE_REPLY
};

struct jd_outcome {
    enum jd_scale scale;
    struct jd_span name;  // "receipt", "priority:high", "needs-reply": what evidence shows
    struct jd_span value; // "receipt", "high"
    int rank;             // of equal scores the lower wins, then the name
};

/** A function of a rule, kept in the Lua state. */
struct jd_function {
    int reference; // LUA_NOREF: its file failed
    uint32_t file;
    struct jd_watch watch;
};

/** A template in the languages there are; the first has none. */
struct jd_draft_variant {
    struct jd_span language; // "" or "de"
    const struct jd_template *text;
};
struct jd_draft_family {
    struct jd_draft_variant *variants;
    uint32_t variants_count;
};

/** BARRED: it broke a limit while loading; it is never run again. */
enum jd_file_state {
    JD_FILE_NEW = 0,
    JD_FILE_RUNNING,
    JD_FILE_DONE,
    JD_FILE_FAILED,
    JD_FILE_BARRED,
};

struct jd_file {
    struct jd_span path, content;
    uint32_t pack; // JD_RELEASE_NONE: of no pack
    enum jd_file_state state;
    int result; // what the chunk returned: a reference; kept while loading
};

/** What the calls of a rule or a file took together. */
struct jd_release_meter {
    int64_t instructions;
    size_t peak_bytes;
};

struct jd_release {
    struct jd_arena *arena;
    struct jd_file *files; // sorted by path
    uint32_t files_count;
    struct jd_pack *packs; // the nearest first, then by name
    uint32_t packs_count;
    struct jd_rule *rules; // sorted by id
    uint32_t rules_count, rules_capacity;
    struct jd_condition *conditions;
    uint32_t conditions_count, conditions_capacity;
    struct jd_function *functions;
    uint32_t functions_count, functions_capacity;
    struct jd_outcome *outcomes;
    uint32_t outcomes_count, outcomes_capacity;
    struct jd_draft_family *drafts;
    uint32_t drafts_count, drafts_capacity;
    struct jd_words *words;
    size_t regex_bytes; // of all compiled expressions
    struct jd_askers askers;
    struct jd_requests *requests;   // cues of requests; NULL until they are asked for
    struct jd_learned_set *learned; // its models; judged while deciding
    struct jd_lists lists;          // of all packs
    uint8_t *list_marks;            // while deciding: of the kinds of people, each of the lists
    const struct jd_confidence_map *map; // of the nearest pack that has one; NULL: the default
    uint32_t route;                      // rule or NONE
    struct jd_sandbox *box;

    /* while loading */
    uint32_t file; // that is being run
    struct jd_release_meter load_meter;
    struct jd_release_problem *problems;
    uint32_t problems_count, problems_capacity;

    /* while deciding; written by engine.c alone */
    struct jd_look *look;             // NULL between mails
    uint32_t generation;              // of the mail: what was made for another is dead
    int64_t rule_budget, mail_budget; // instructions that are left
    struct jd_release_meter meter;    // of the rule at hand
    bool is_exact;                    // each instruction is counted
    enum jd_status renewed;           // of the last jd_release_renew of this mail
    struct jd_buf scratch, phrase, folded, body;
    struct jd_regex_room *room;
    uint8_t *hits;        // of words: region bits
    uint8_t *marks;       // of askers: the regions that have one of their words
    uint32_t *words_seen; // of the scan at hand
    uint8_t *memo;
    struct jd_span *found;
    double *scores;
};

/** The release that runs in this state. */
struct jd_release *jd_release_of(lua_State *lua);
void jd_release_add_problem(struct jd_release *release,
        struct jd_span path,
        int line,
        struct jd_span text);
/** Adds what the last call in the sandbox took. */
void jd_release_measure(const struct jd_release *release, struct jd_release_meter *meter);
/** The line of the file at `path` on which `id` first stands; 0 if it does not. */
int jd_release_line_of(const struct jd_release *release,
        struct jd_span path,
        struct jd_span id);
/** Whether a category is one of those that every release has. */
bool jd_rule_is_known_category(struct jd_span name);
/** Makes a new Lua state in place of a dead one. */
enum jd_status jd_release_renew(struct jd_release *release, struct jd_error *error);

/** Ends the loading of the file that runs: a limit of the whole release is reached. The release
 * is loaded again without the file. */
int jd_release_break(lua_State *lua, const char *text);
/** For binders: memory in the release's arena; break when it is full. */
void *jd_release_alloc(lua_State *lua, size_t bytes);
struct jd_span jd_release_copy(lua_State *lua, struct jd_span text);
/** Where the running chunk is: its current line. */
int jd_release_line(lua_State *lua);
/** The index of a new condition; the caller fills it. */
struct jd_condition *jd_release_new_condition(lua_State *lua, uint32_t *out_index);
/** Keeps the function at `index`. */
uint32_t jd_release_keep_function(lua_State *lua, int index);

/** Each offers its names in the table on the top: bind_*.c. */
void jd_bind_conditions(lua_State *lua);
void jd_bind_rules(lua_State *lua);
void jd_bind_mail(lua_State *lua);
void jd_bind_sentence(lua_State *lua);
void jd_bind_verdict(lua_State *lua);
void jd_bind_learned(lua_State *lua);

/** Pushes a condition as Lua sees it; reads one at `index` (raises an error for others). */
void jd_bind_push_condition(lua_State *lua, uint32_t condition);
uint32_t jd_bind_check_condition(lua_State *lua, int index);
/** Reads a text or a list of texts at `index` into the release: at least one, at most 2,000. */
void jd_bind_check_texts(lua_State *lua, int index, struct jd_span **out, uint32_t *out_count);
/** Adds words to the release's set. */
uint32_t *jd_bind_add_words(lua_State *lua, const struct jd_span *texts, uint32_t count);
/** Fails unless rules are being loaded. */
void jd_bind_check_loading(lua_State *lua, const char *name);

#endif
