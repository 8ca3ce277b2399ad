/**
 * The compute children as seen from a worker: borrow one, send it batches, return it.
 *
 *     struct jd_pool_options options = jd_pool_options_default();
 *     jd_pool_create(&options, &pool, &error);
 *
 *     jd_pool_borrow(pool, &(struct jd_pool_claim){ .job = job }, deadline_ms, &child, &error);
 *     if (!jd_child_has_release(child, release)) {
 *         jd_child_load(child, release, files, files_count, arena, &loaded, &error);
 *     }
 *     jd_child_parse(child, mails, count, arena, &messages, &error);
 *     ... look up the facts of what came back ...
 *     jd_child_decide(child, &question, arena, &decided, &error);
 *     jd_pool_return(pool, &child);
 *
 * A child is a process that owns nothing (core/compute): it may die or be killed at any moment.
 * Each jd_child_* call then returns JD_GONE and jd_child_death says why; the caller books it,
 * returns the child and borrows another. The pool replaces the dead, and the zygote that they
 * are forked from, by itself; and a child that has done its share of work, when it is returned,
 * so that no leak or fragment of a library lives long.
 *
 * Threads: the pool's functions from any thread; a borrowed child belongs to its borrower. The
 * pool has one thread of its own ("compute"), which talks to the zygote and reads the
 * children's log pipe.
 */
#ifndef JD_PIPELINE_POOL_H
#define JD_PIPELINE_POOL_H

#include "base/shared.h"
#include "pipeline/analysis_record.h"

#define JD_POOL_CHILDREN_MAX     32
#define JD_CHILD_BATCH_MAX       500                // mails in one PARSE
#define JD_CHILD_BATCH_BYTES_MAX (64 * 1024 * 1024) // raw bytes in one PARSE

struct jd_pool;
struct jd_child;

struct jd_pool_options {
    uint32_t children;             // 1 to JD_POOL_CHILDREN_MAX; default: processors + 1
    uint32_t interactive_children; // of these, kept free for interactive work; default 1
    const char *program;           // NULL: this very program; it must know `compute-zygote`
    struct jd_shared *shared;      // the node's page, for blame; may be NULL
    uint64_t memory_bytes_max;     // data of one child; default 512 MiB
    uint64_t work_bytes_max;       // requests a child reads in its life; default 256 MiB
    int64_t batch_ms_max;          // wall clock of one call; default 30,000
    int64_t message_ms_max;        // wall clock of one message of a batch; default 10,000
};
struct jd_pool_options jd_pool_options_default(void);

/** Returns when the zygote is ready; its children start meanwhile. RETRY_LATER or BUG: it could
 * not be started, the sentence says why. */
enum jd_status jd_pool_create(const struct jd_pool_options *options,
        struct jd_pool **out_pool,
        struct jd_error *error);
/** All children must have been returned. Kills them and the zygote, and waits for them. */
void jd_pool_destroy(struct jd_pool **pool);

/** For whom a child is borrowed. */
struct jd_pool_claim {
    bool interactive; // a person waits: may take the reserved child
    int64_t job;      // goes into the blame slot; 0: none
};

/** Waits for a free child until `deadline_ms` (monotonic). JD_RETRY_LATER: there was none. */
enum jd_status jd_pool_borrow(struct jd_pool *pool,
        const struct jd_pool_claim *claim,
        int64_t deadline_ms,
        struct jd_child **out_child,
        struct jd_error *error);
/** Takes the child, dead or alive; clears the pointer. NULL is fine. */
void jd_pool_return(struct jd_pool *pool, struct jd_child **child);

/** Why a child is no more. */
enum jd_child_end {
    JD_CHILD_ALIVE = 0,
    JD_CHILD_FAULT,   // a fault signal (SEGV BUS ILL FPE ABRT SYS TRAP), or it gave up in the
                      // midst of a message: blames the message
    JD_CHILD_KILLED,  // killed from outside, out of memory, or its zygote died: blames nobody
    JD_CHILD_TIMEOUT, // the pool killed it: batch_ms_max or message_ms_max: blames the message
    JD_CHILD_LIED,    // the pool killed it: its answer broke the protocol: blames the batch
};

struct jd_child_death {
    enum jd_child_end end;
    int signal;    // that ended it; 0: it exited, or is not known
    int64_t index; // of the message in progress within the batch; -1: none, or not known
};

/** Valid until the child is returned. Before a death: JD_CHILD_ALIVE. */
struct jd_child_death jd_child_death(const struct jd_child *child);
/** "fault" "killed" "timeout" "lied" "alive", for logs and metrics. */
const char *jd_child_end_name(enum jd_child_end end);
/** For tests and `jackdaw sandbox`. */
int32_t jd_child_pid(const struct jd_child *child);

/*
 * Calls. Each returns JD_OK; JD_GONE: see jd_child_death; JD_BAD_INPUT: the child is well and
 * refuses (a batch too large for its memory: halve it; nothing to compile), or the arena's cap
 * is too small for the answer. Results live in `arena`.
 */

/** Whether jd_child_decide can name `release`. */
bool jd_child_has_release(const struct jd_child *child, int64_t release);

struct jd_child_file {
    struct jd_span path; // "standard/pack.lua"
    struct jd_span content;
};
/** Compiles a release in the child; `out_release` (may be NULL) says what did not compile. */
enum jd_status jd_child_load(struct jd_child *child,
        int64_t release,
        const struct jd_child_file *files,
        uint32_t files_count,
        struct jd_arena *arena,
        struct jd_loaded_release *out_release,
        struct jd_error *error);

struct jd_child_mail {
    struct jd_span raw; // borrowed until the call returns; not copied
    int64_t received_ms;
    int64_t item; // the message's id, for the blame slot; 0: none yet
};
/** 1 to JD_CHILD_BATCH_MAX mails to as many messages, same order. The child keeps them until
 * the next parse. */
enum jd_status jd_child_parse(struct jd_child *child,
        const struct jd_child_mail *mails,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_analysed_message **out_messages,
        struct jd_error *error);

/** As jd_child_parse, without safe HTML: for deciding alone. */
enum jd_status jd_child_parse_text(struct jd_child *child,
        const struct jd_child_mail *mails,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_analysed_message **out_messages,
        struct jd_error *error);

struct jd_child_facts {
    uint32_t index; // place in the batch parsed last; a message that was unreadable is refused
    uint32_t facts; // enum jd_fact
};
struct jd_child_question {
    int64_t release;
    const struct jd_span *owner_addresses; // lower case
    uint32_t owner_addresses_count;
    struct jd_span zone_file;        // TZif; empty: UTC
    const struct jd_span *suspended; // "pack/rule"
    uint32_t suspended_count;
    bool want_is_task;                     // fill jd_decided_message.is_task
    uint32_t want;                         // enum jd_want
    const struct jd_child_facts *messages; // the messages to decide
    uint32_t messages_count;
};
/** Gives messages_count answers, same order. JD_NONE: the release must be loaded first. */
enum jd_status jd_child_decide(struct jd_child *child,
        const struct jd_child_question *question,
        struct jd_arena *arena,
        struct jd_decided_message **out_messages,
        struct jd_error *error);

/** Runs the release's own tests. JD_NONE: the release must be loaded first. */
enum jd_status jd_child_test(struct jd_child *child,
        int64_t release,
        struct jd_arena *arena,
        struct jd_tested_case **out_cases,
        uint32_t *out_count,
        struct jd_error *error);

/** What is doubtful in a loaded release: what did not compile as well. JD_NONE: the release
 * must be loaded first. */
enum jd_status jd_child_lint(struct jd_child *child,
        int64_t release,
        struct jd_arena *arena,
        struct jd_linted_finding **out_findings,
        uint32_t *out_count,
        struct jd_error *error);

/** The rules API, in the order in which it is explained. */
enum jd_status jd_child_api(struct jd_child *child,
        struct jd_arena *arena,
        struct jd_api_name **out_names,
        uint32_t *out_count,
        struct jd_error *error);

/** Mails, or texts (UTF-8) with `are_texts`, as lessons for jd_child_train; as jd_child_parse,
 * but that the child keeps none of them, nor of the batch before. */
enum jd_status jd_child_teach(struct jd_child *child,
        const struct jd_child_mail *mails,
        uint32_t count,
        bool are_texts,
        struct jd_arena *arena,
        struct jd_taught_lesson **out_lessons,
        struct jd_error *error);

struct jd_child_lesson {
    struct jd_span features; // as jd_child_teach gave them, now or long ago
    struct jd_span label;    // 1 to 40 bytes
};
/** Trains a model; minutes for the largest sets, all within batch_ms_max. At most 200,000
 * lessons, together at most 16 million features and JD_WIRE_FRAME_MAX bytes. */
enum jd_status jd_child_train(struct jd_child *child,
        const struct jd_child_lesson *lessons,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_trained_model *out_model,
        struct jd_error *error);

/** Lets the child try all that its sandbox forbids. */
enum jd_status jd_child_probe(struct jd_child *child,
        struct jd_arena *arena,
        struct jd_probed_attempt **out_attempts,
        uint32_t *out_count,
        struct jd_error *error);

#endif
