/**
 * What a compute child answered, as plain structs for the pipeline.
 *
 * The decoder trusts nothing: the child has read a stranger's mail. Counts and lengths are cut
 * to the bounds below, numbers to their range, text is valid UTF-8 (what is not becomes U+FFFD;
 * in one-line fields a control character becomes a space), enums are one of their values. An
 * answer that is no record, or that does not speak of exactly the messages that were sent, is
 * refused whole with JD_BAD_INPUT.
 *
 * Everything lives in the arena that the caller names; the frame may be freed after decoding.
 * Pure; any thread.
 */
#ifndef JD_PIPELINE_ANALYSIS_RECORD_H
#define JD_PIPELINE_ANALYSIS_RECORD_H

#include "base/arena.h"
#include "base/error.h"
#include "base/seal.h"
#include "wire/analysis.h"

#define JD_ANALYSED_PEOPLE_MAX      200 // in one address field
#define JD_ANALYSED_REFERENCES_MAX  64
#define JD_ANALYSED_DELIVERED_MAX   16
#define JD_ANALYSED_ATTACHMENTS_MAX 500
#define JD_ANALYSED_ZONES_MAX       1000
#define JD_ANALYSED_LINE_BYTES_MAX  1000 // subject, name, address, id, ... each
#define JD_ANALYSED_SNIPPET_BYTES   200
#define JD_ANALYSED_TOKEN_BYTES_MAX (256 * 1024)      // tokens of one message
#define JD_ANALYSED_BODY_BYTES_MAX  (4 * 1024 * 1024) // text_z and html_z, each
#define JD_ANALYSED_EVIDENCE_MAX    200
#define JD_ANALYSED_TASKS_MAX       50
#define JD_ANALYSED_DRAFTS_MAX      20
#define JD_ANALYSED_FAILURES_MAX    100
#define JD_ANALYSED_TITLE_BYTES_MAX 200
#define JD_ANALYSED_WORDS_BYTES_MAX 120
#define JD_ANALYSED_QUOTE_BYTES_MAX 2000
#define JD_ANALYSED_DRAFT_BYTES_MAX (64 * 1024)
#define JD_ANALYSED_PROBLEMS_MAX    500
#define JD_ANALYSED_CASES_MAX       10000
#define JD_ANALYSED_SENTENCE_BYTES  500 // problems, failures, reasons
#define JD_ANALYSED_MODELS_MAX      16
#define JD_ANALYSED_LABELS_MAX      64
#define JD_ANALYSED_LABEL_BYTES_MAX 40
#define JD_ANALYSED_RUNS_MAX        2000
#define JD_ANALYSED_NAMES_MAX       2000 // of the rules API

struct jd_analysed_address {
    struct jd_span address; // addr-spec, lower-case domain; may be empty
    struct jd_span name;    // may be empty
};

struct jd_analysed_attachment {
    struct jd_span name;       // without path separators; may be empty
    struct jd_span mime_type;  // lower case
    struct jd_span part_id;    // IMAP section number: "1.2"
    struct jd_span content_id; // without <>; may be empty
    int64_t bytes;             // decoded size
    bool is_inline;
};

struct jd_analysed_zone {
    enum jd_zone_kind kind;
    uint32_t start, end; // bytes of the text
};

/** One mail as a message. */
struct jd_analysed_message {
    bool unreadable; // no message could be made of it; only the next three members are filled
    uint8_t content_key[JD_HASH_BYTES]; // BLAKE2b of the raw mail
    int64_t bytes;                      // size of the raw mail
    struct jd_span problem;             // why it is unreadable

    struct jd_span subject, base_subject; // decoded; RFC 5256 2.1
    bool is_reply;
    struct jd_analysed_address from, sender; // sender: empty if it is the From
    struct jd_analysed_address *to, *cc, *reply_to;
    uint32_t to_count, cc_count, reply_to_count;
    int64_t date_ms;            // INT64_MIN: no usable Date
    struct jd_span message_id;  // without <>; may be empty
    struct jd_span *references; // oldest first, In-Reply-To last
    uint32_t references_count;
    struct jd_span list_id; // empty: no mailing list
    bool from_list;         // has List-Id, List-Post or a Precedence of bulk mail
    struct jd_span *delivered_to;
    uint32_t delivered_to_count;

    struct jd_span snippet;
    struct jd_span text_z; // zstd frame of the text (base/compress.h); empty: no text
    struct jd_span html_z; // zstd frame of the safe HTML; empty: none
    struct jd_span tokens; // of the text (base/token.h)
    struct jd_span subject_tokens;
    struct jd_span people_tokens; // names and addresses of From, To and Cc
    struct jd_span language;      // ISO 639-1, empty if unsure
    struct jd_analysed_attachment *attachments;
    uint32_t attachments_count;
    struct jd_analysed_zone *zones;
    uint32_t zones_count;
    uint32_t limits_hit; // enum jd_mail_limit
    bool hidden_text;
};

struct jd_decided_evidence {
    struct jd_span id;    // "pack/rule/evidence"
    struct jd_span scale; // "receipt", "priority:high", "needs-reply"
    double weight;
    struct jd_span words; // what matched; may be empty
};

struct jd_decided_task {
    struct jd_span title, rule;
    struct jd_span quote; // the words of the mail that ask for it
    uint32_t start, end;  // where they stand, bytes of the text
    int64_t due_ms;       // INT64_MIN: none
    char due_date[11];    // "2025-03-07"; "": none, or a time of day was said
    double confidence;    // 0..1
};

struct jd_decided_draft {
    struct jd_span rule, kind, subject, body, language; // language may be empty
};

struct jd_decided_failure {
    struct jd_span rule, path, text;
    const char *kind; // "compile" "runtime" "instructions" "memory" "time" "output"
    int line;         // 0: unknown
};

/** What a model of the release says. */
struct jd_decided_learned {
    struct jd_span name, label; // label may be empty
    double score;               // 0..1, the label's probability
};

/** What one rule did, and what it took. */
struct jd_decided_run {
    struct jd_span rule; // "pack/rule"
    struct jd_span path;
    int line;
    bool matched;                              // evidence fired, or it made something
    int64_t instructions, time_ns, peak_bytes; // not negative
    bool failed;
    struct jd_decided_failure failure; // if it failed
};

/** Why a rule did not fire. */
struct jd_decided_why {
    struct jd_span rule, evidence; // ids; evidence empty: the rule did not apply
    struct jd_span condition;      // the first that fails, as written: `subject:says {"order"}`
    struct jd_span value;          // that it had: `subject: "Minutes of Monday"`
};

/** What the rules say of one message. */
struct jd_decided_message {
    uint32_t index;          // place in the batch that was parsed
    struct jd_span category; // [a-z][a-z0-9-]*, at most 40 bytes
    const char *priority;    // "urgent" "high" "normal" "low"
    bool needs_reply;
    double confidence;                    // of the category, 0..1
    struct jd_decided_evidence *evidence; // what fired, strongest first
    uint32_t evidence_count;
    struct jd_decided_task *tasks;
    uint32_t tasks_count;
    struct jd_decided_draft *drafts;
    uint32_t drafts_count;
    struct jd_decided_failure *failures;
    uint32_t failures_count;
    bool route_ask; // the rules would ask the AI
    struct jd_span route_reason;
    bool is_task;                       // if it was wanted
    struct jd_decided_learned *learned; // one for each model of the release
    uint32_t learned_count;
    const struct jd_span *suspended; // rules that were left out; who asked fills it
    uint32_t suspended_count;
    struct jd_decided_run *runs; // if wanted, by path and line
    uint32_t runs_count;
    struct jd_decided_why *whys; // if wanted, of each rule that neither fired nor failed
    uint32_t whys_count;
};

/** A name of the rules API; spans are empty where there is nothing to say (wire/analysis.h). */
struct jd_api_name {
    enum jd_wire_api_kind kind;
    struct jd_span owner, name, params, gives, text;
};

/** A finding of compiling a release. */
struct jd_loaded_problem {
    struct jd_span path;
    int line; // 0: unknown
    struct jd_span text;
    const char *kind; // as of jd_decided_failure
};

struct jd_loaded_release {
    struct jd_loaded_problem *problems;
    uint32_t problems_count;
    uint32_t rules_count;                      // rules that are active
    int64_t instructions, time_ns, peak_bytes; // of loading; not negative
};

/** What is doubtful in a release. */
struct jd_linted_finding {
    enum jd_severity severity;
    struct jd_span code;             // "unknown-name"
    struct jd_span path, text, cure; // cure may be empty
    int line;                        // 0: of the whole file
};

/** One case of a release's own tests. */
struct jd_tested_case {
    struct jd_span name, path, text; // text: what differed
    int line;
    bool passed;
};

/** One thing that the sandbox must refuse. */
struct jd_probed_attempt {
    struct jd_span name;
    int number; // errno; 0: it was NOT refused
};

/** A mail or text as a lesson. */
struct jd_taught_lesson {
    struct jd_span features; // what to store; empty: there are none
    struct jd_span problem;  // why
};

/** How a label did in cross-validation; numbers 0..1. */
struct jd_trained_label {
    struct jd_span name;
    uint32_t lessons;
    double precision, recall, f1;
};

struct jd_trained_model {
    struct jd_span text; // of learned/NAME.model
    uint32_t lessons, features;
    double accuracy, macro_f1, calibration_error; // 0..1
    struct jd_trained_label *labels;
    uint32_t labels_count;
};

/**
 * Each decodes the body of the frame it is named after. JD_BAD_INPUT: the answer is refused;
 * JD_REJECTED: it may be right, but passes the arena's cap. `count`: how many were asked for.
 */
enum jd_status jd_parsed_decode(struct jd_span body,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_analysed_message **out_messages,
        struct jd_error *error);
/** `indices`: the messages asked about, in the order in which the answer must give them. */
enum jd_status jd_decided_decode(struct jd_span body,
        const uint32_t *indices,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_decided_message **out_messages,
        struct jd_error *error);
enum jd_status jd_loaded_decode(struct jd_span body,
        struct jd_arena *arena,
        struct jd_loaded_release *out_release,
        struct jd_error *error);
enum jd_status jd_tested_decode(struct jd_span body,
        struct jd_arena *arena,
        struct jd_tested_case **out_cases,
        uint32_t *out_count,
        struct jd_error *error);
enum jd_status jd_probed_decode(struct jd_span body,
        struct jd_arena *arena,
        struct jd_probed_attempt **out_attempts,
        uint32_t *out_count,
        struct jd_error *error);
enum jd_status jd_linted_decode(struct jd_span body,
        struct jd_arena *arena,
        struct jd_linted_finding **out_findings,
        uint32_t *out_count,
        struct jd_error *error);
enum jd_status jd_api_decode(struct jd_span body,
        struct jd_arena *arena,
        struct jd_api_name **out_names,
        uint32_t *out_count,
        struct jd_error *error);
enum jd_status jd_taught_decode(struct jd_span body,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_taught_lesson **out_lessons,
        struct jd_error *error);
/** JD_BAD_INPUT as well when the model is none, or passes JD_WIRE_MODEL_BYTES_MAX. Its text is
 * for compute children: they read it as hostile again. */
enum jd_status jd_trained_decode(struct jd_span body,
        struct jd_arena *arena,
        struct jd_trained_model *out_model,
        struct jd_error *error);
/** Fills `error` with the child's status and sentence and returns that status (JD_BUG when the
 * frame itself is wrong). */
enum jd_status jd_failed_decode(struct jd_span body, struct jd_error *error);

#endif
