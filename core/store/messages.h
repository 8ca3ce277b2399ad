/**
 * Messages as the lists and the reader show them. Only decided messages exist here: what lies
 * at the source undecided is an item (items.h). Spans of results live in `arena`, or, in a row
 * function, until it returns.
 */
#ifndef JD_STORE_MESSAGES_H
#define JD_STORE_MESSAGES_H

#include "store/db.h"

struct jd_message {
    int64_t id, thread_id, account_id;
    int64_t version; // raised by user-side writes alone; the ETag
    struct jd_span account_name, mailbox;
    struct jd_span message_id; // header, without <>; may be empty
    struct jd_span subject, from_name, from_address, snippet;
    struct jd_span recipients;  // JSON: {"to":[{"name","address"}],"cc":[...],"reply_to":[...]}
    struct jd_span attachments; // JSON: [{"part_id","name","mime_type","bytes","inline"}]
    int64_t date_ms;            // the mail's Date, else received
    int64_t received_ms;
    int64_t bytes;
    struct jd_span category, priority;
    struct jd_span verdict_category; // what the rules said, if the user corrected it
    bool corrected;
    double confidence;
    bool needs_reply, unread, flagged, has_attachments, from_me;
    int64_t task_count, draft_count;
};

/** A page of the list, newest received first. */
struct jd_message_filter {
    struct jd_span category;      // empty: all
    int64_t account;              // 0: all
    int unread;                   // -1: both, 0, 1
    int64_t before_ms, before_id; // keyset: strictly after this row in list order; before_id 0:
                                  // from the top
    int limit;                    // 1 to 200
};

typedef enum jd_status (*jd_message_fn)(void *context, const struct jd_message *message);

/** Rows without recipients and attachments JSON. */
enum jd_status jd_messages_list(struct jd_db *db,
        int64_t user,
        const struct jd_message_filter *filter,
        jd_message_fn row,
        void *context,
        struct jd_error *error);
/** All of one thread, oldest first, at most 500. */
enum jd_status jd_messages_thread(struct jd_db *db,
        int64_t user,
        int64_t thread,
        jd_message_fn row,
        void *context,
        struct jd_error *error);
/** JD_GONE: no such message of this user. */
enum jd_status jd_message_get(struct jd_db *db,
        int64_t user,
        int64_t message,
        struct jd_arena *arena,
        struct jd_message *out_message,
        struct jd_error *error);

struct jd_message_body {
    struct jd_span text, html; // UTF-8; html is safe HTML, empty if there is none
    struct jd_span zones;      // JSON: [{"kind":"quote","start":0,"end":10}], bytes of text
    bool truncated;            // text or html lacks something that stands in the mail
};
enum jd_status jd_message_body(struct jd_db *db,
        int64_t user,
        int64_t message,
        struct jd_arena *arena,
        struct jd_message_body *out_body,
        struct jd_error *error);

struct jd_message_analysis {
    int64_t release_id;      // of the organisation
    int64_t user_release_id; // of the user's own layer; 0: none
    int64_t at_ms;
    struct jd_span
            json; // {"evidence":[{"id","scale","weight","words"}],"failures":[...],"route":"keep","route_reason":"..."}
};
enum jd_status jd_message_analysis(struct jd_db *db,
        int64_t user,
        int64_t message,
        struct jd_arena *arena,
        struct jd_message_analysis *out_analysis,
        struct jd_error *error);

/** Counts for the tabs: one row per category, with how many are unread; and the total of
 * decided and of still waiting items. */
struct jd_message_counts {
    struct jd_span category;
    int64_t total, unread;
};
typedef enum jd_status (*jd_counts_fn)(void *context, const struct jd_message_counts *counts);
enum jd_status jd_messages_counts(struct jd_db *db,
        int64_t user,
        jd_counts_fn row,
        void *context,
        struct jd_error *error);

/** Messages whose tokens match all tokens of `query` (a prefix match on the last), newest
 * first. */
enum jd_status jd_messages_search(struct jd_db *db,
        int64_t user,
        struct jd_span query,
        int64_t before_ms,
        int64_t before_id,
        int limit,
        jd_message_fn row,
        void *context,
        struct jd_error *error);

#endif
