/**
 * Storing what compute said: a message with its body, index entry, thread, verdict, tasks and
 * drafts, all in the caller's transaction. Applying the same decision twice leaves one message.
 */
#ifndef JD_STORE_DECISIONS_H
#define JD_STORE_DECISIONS_H

#include "store/releases.h"
#include "store/threads.h"

struct jd_decision_task {
    struct jd_span title, due_date, quote, rule;
    int64_t due_ms; // INT64_MIN: none
    int64_t quote_start, quote_end;
    double confidence;
};

struct jd_decision_draft {
    struct jd_span kind, subject, body, language, rule;
};

/** Everything borrowed until jd_decision_apply returns. */
struct jd_decision {
    int64_t item_id, message_id; // message_id 0: the item has none yet
    int64_t mailbox_id, source_flags, received_ms, date_ms, bytes;
    struct jd_span content_key, header_message_id, subject, from_name, from_address, snippet,
            language, list_id;
    struct jd_span recipients, attachments, zones; // JSON
    struct jd_span text_z, html_z;
    uint32_t limits_hit; // enum jd_mail_limit
    struct jd_span subject_tokens, people_tokens, text_tokens;
    bool has_attachments, from_me;
    const struct jd_span *written_to; // from_me: lower-case addresses of To and Cc
    uint32_t written_to_count;
    struct jd_thread_names names;
    uint32_t facts; // enum jd_fact that the verdict read
    struct jd_span category, priority;
    double confidence;
    bool needs_reply;
    struct jd_span result; // JSON of evidence, failures, route
    const struct jd_decision_task *tasks;
    uint32_t tasks_count;
    const struct jd_decision_draft *drafts;
    uint32_t drafts_count;
};

/** What history says of a message, as of its own date. */
struct jd_history_question {
    struct jd_span from_address; // lower case
    int64_t date_ms;
    struct jd_thread_names names;
};
/** Bits JD_FACT_WROTE_TO_SENDER and JD_FACT_THREAD_HAS_MINE. */
enum jd_status jd_history_facts(struct jd_db *db,
        int64_t user,
        const struct jd_history_question *question,
        uint32_t *out_facts,
        struct jd_error *error);

/** Reserves `count` rows of the full-text index; returns the first. */
enum jd_status
jd_decision_docs(struct jd_db *db, int64_t count, int64_t *out_first, struct jd_error *error);
/** set: what decided. doc: the full-text row if the message is new. out_message: its id.
 * out_history: what others' verdicts rest on has changed (a mail of the owner, a merge).
 * JD_NONE: the item, or its message, is gone meanwhile, or has a message already: nothing was
 * stored. */
enum jd_status jd_decision_apply(struct jd_db *db,
        int64_t user,
        int64_t account,
        const struct jd_rule_set *set,
        int64_t doc,
        const struct jd_decision *decision,
        int64_t *out_message,
        bool *out_history,
        struct jd_error *error);

/** Items of the account whose verdict rests on history that is different by now; at most
 * `limit`. */
enum jd_status jd_decisions_stale(struct jd_db *db,
        int64_t user,
        int64_t account,
        int limit,
        int64_t *out_items,
        uint32_t *out_count,
        struct jd_error *error);

#endif
