/**
 * A SQLite file that may be lost at any time, also while it is in use: when it is gone,
 * replaced or damaged it is made anew, empty, and the call goes on. Never synced to disk.
 *
 *     jd_expendable_open(host, path, &layout, &file, error);
 *     jd_expendable_perform(file, JD_EXPENDABLE_WRITE, count_up, &answer, error);
 *
 * Any thread: each call borrows a connection of its own from a small pool. A call waits up to
 * five seconds for other writers.
 */
#ifndef JD_SQLITE_EXPENDABLE_H
#define JD_SQLITE_EXPENDABLE_H

#include "sqlite.h"

#define JD_EXPENDABLE_STATEMENTS_MAX 16

struct jd_expendable;

struct jd_expendable_layout {
    const char *schema;            // may run on a file that has it already
    const char *const *statements; // prepared once for each connection
    uint32_t count;                // of statements
};

enum jd_expendable_mode {
    JD_EXPENDABLE_READ = 1, // outside any transaction
    JD_EXPENDABLE_WRITE,    // in one, which is committed if the task answers SQLITE_OK
};

/** What is done with the prepared statements; a SQLite result code. It may run again, on a new
 * file, if the first run failed. */
typedef int (*jd_expendable_task)(sqlite3_stmt *const *statements, void *context);

/** `layout` lives as long as the file. Nothing is opened before the first task. */
enum jd_status jd_expendable_open(const struct jd_host *host,
        const char *path,
        const struct jd_expendable_layout *layout,
        struct jd_expendable **out_file,
        struct jd_error *error);
/** Takes NULL; clears the pointer. No task is running. */
void jd_expendable_close(struct jd_expendable **file);

enum jd_status jd_expendable_perform(struct jd_expendable *file,
        enum jd_expendable_mode mode,
        jd_expendable_task task,
        void *context,
        struct jd_error *error);

#endif
