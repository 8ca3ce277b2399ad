/**
 * Operations: every change that a user makes is one operation with its inverse, undoable for 30
 * days. Undo is itself an operation (undoing it is redo). An inverse names the members that the
 * operation touched, with their values before and after. A member is put back where it still
 * has the value after, and no later operation that holds touched it: last in, first out works
 * to the bottom and back up, and members do not stand in each other's way. An item of which no
 * member could be put back is "changed_since".
 */
#ifndef JD_STORE_OPERATIONS_H
#define JD_STORE_OPERATIONS_H

#include "store/db.h"

/** What to change of a message; absent members stay. */
struct jd_message_patch {
    int unread;              // -1: leave, 0, 1
    int flagged;             // -1: leave, 0, 1
    struct jd_span category; // empty: leave
    int64_t if_version;      // the version the caller saw; 0: any
};

/** In a transaction of its own. JD_GONE: no such message; JD_REJECTED: version differs;
 * JD_BAD_INPUT: unknown category. Writes events "message.changed" and the operation. */
enum jd_status jd_message_patch(struct jd_db *db,
        int64_t user,
        int64_t message,
        const struct jd_message_patch *patch,
        int64_t *out_operation,
        struct jd_error *error);

/** tasks: state "open", "done" or "dismissed". As jd_message_patch; event "task.changed". */
enum jd_status jd_task_patch(struct jd_db *db,
        int64_t user,
        int64_t task,
        struct jd_span state,
        int64_t if_version,
        int64_t *out_operation,
        struct jd_error *error);

enum jd_undo_result {
    JD_UNDONE = 1, // what nobody changed since was put back
    JD_UNDO_CHANGED_SINCE,
    JD_UNDO_GONE
};

struct jd_undo_item {
    const char *object; // "message" or "task"
    int64_t id;
    enum jd_undo_result result;
};
typedef enum jd_status (*jd_undo_fn)(void *context, const struct jd_undo_item *item);

/** Immediate and idempotent: a second call reports the same items and changes nothing. JD_GONE:
 * unknown or older than 30 days. out_operation: the undoing operation, itself undoable; 0:
 * there was nothing to undo, and the operation can be undone later. */
enum jd_status jd_operation_undo(struct jd_db *db,
        int64_t user,
        int64_t operation,
        int64_t *out_operation,
        jd_undo_fn item,
        void *context,
        struct jd_error *error);

struct jd_operation {
    int64_t id, at_ms, undoable_until_ms, undone_by; // undone_by 0: not undone
    struct jd_span kind, summary;
    int64_t items_count;
};
typedef enum jd_status (*jd_operation_fn)(void *context, const struct jd_operation *operation);
/** Newest first, before id `before` (0: from the top). */
enum jd_status jd_operations_list(struct jd_db *db,
        int64_t user,
        int64_t before,
        int limit,
        jd_operation_fn row,
        void *context,
        struct jd_error *error);

#endif
