/** The folders of a Maildir: its root, Maildir++ folders (".A.B") and plain nested ones
 * ("A/B"). */
#ifndef MAILDIR_FOLDER_H
#define MAILDIR_FOLDER_H

#include "watch.h"

/** What an event stands for; the kind given to jd_watch_add. */
enum jd_maildir_place {
    JD_MAILDIR_NEW, // a folder's new/
    JD_MAILDIR_CUR, // a folder's cur/
    JD_MAILDIR_TREE // a folder that may hold folders
};

struct jd_maildir_walk {
    char **paths; // below the root, "" for the root itself; sorted
    uint32_t count;
};

/**
 * Finds every folder below `root` that holds cur or new. Links to folders are not followed,
 * hidden folders are looked into only at the root and only for their own cur and new.
 *
 * watch      watches each folder passed, before it is read; may be NULL.
 * out_walk   free with jd_maildir_walk_finish, on JD_OK alone.
 * Returns    JD_OK; JD_NONE: no such folder; else an error of class `failure`.
 */
enum jd_status jd_maildir_walk(const char *root,
        struct jd_watch *watch,
        enum jd_status failure,
        struct jd_maildir_walk *out_walk,
        struct jd_error *error);

void jd_maildir_walk_finish(struct jd_maildir_walk *walk);

/** Says what `root`, which is no Maildir, may be instead. Returns `failure`. */
enum jd_status
jd_maildir_not_one(const char *root, enum jd_status failure, struct jd_error *error);

#endif
