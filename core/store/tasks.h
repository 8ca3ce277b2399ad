/** Tasks and drafts that rules found in a message. Spans are borrowed until the row function
 * returns. */
#ifndef JD_STORE_TASKS_H
#define JD_STORE_TASKS_H

#include "store/db.h"

struct jd_task {
    int64_t id, message_id, version, created_ms;
    struct jd_span title, state, quote, rule, message_subject, from_name;
    int64_t due_ms;          // 0: none
    struct jd_span due_date; // "2025-03-07", or empty when a time of day was said or none
    int64_t quote_start, quote_end; // bytes of the message's text
    double confidence;
};
typedef enum jd_status (*jd_task_fn)(void *context, const struct jd_task *task);

struct jd_task_filter {
    int64_t message;                // 0: all
    struct jd_span state;           // empty: all
    int64_t after_due_ms, after_id; // keyset in (due, id) order, tasks without due last;
                                    // after_id 0: from the top
    int limit;
};
/** Without those of mail that is deleted or a draft at its source. */
enum jd_status jd_tasks_list(struct jd_db *db,
        int64_t user,
        const struct jd_task_filter *filter,
        jd_task_fn row,
        void *context,
        struct jd_error *error);

struct jd_draft {
    int64_t id, message_id, version, created_ms;
    struct jd_span kind, subject, body, language, rule, state, message_subject, from_name;
};
typedef enum jd_status (*jd_draft_fn)(void *context, const struct jd_draft *draft);
/** message 0: all; newest first before id `before` (0: from the top). */
enum jd_status jd_drafts_list(struct jd_db *db,
        int64_t user,
        int64_t message,
        int64_t before,
        int limit,
        jd_draft_fn row,
        void *context,
        struct jd_error *error);

#endif
