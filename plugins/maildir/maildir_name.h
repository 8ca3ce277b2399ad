/**
 * The names of a Maildir: of its files ("1700000000.M1P2.host,S=99:2,RS") and of its folders
 * (".Archive.2024", modified UTF-7).
 */
#ifndef MAILDIR_NAME_H
#define MAILDIR_NAME_H

#include <jackdaw/source.h>

enum {
    JD_MAILBOX_BYTES_MAX = 512
};

struct jd_maildir_name {
    size_t unique_len;   // the part that stays when flags change or size notes are added
    unsigned flags;      // enum jd_flag
    int64_t received_ms; // from the leading seconds, unclamped; 0: the name gives none
    int64_t bytes;       // from ",S="; 0: not noted
};

/** False for a name that is no message: hidden, empty. Borrows nothing. */
bool jd_maildir_name_parse(const char *name, struct jd_maildir_name *out_name);

/**
 * The mailbox that a folder's path below the root stands for, UTF-8: "" and "INBOX" are
 * "INBOX", ".Work.Plans" and "Work/Plans" are "Work/Plans". Cut at JD_MAILBOX_BYTES_MAX - 1.
 */
void jd_maildir_mailbox(const char *path, char out_mailbox[JD_MAILBOX_BYTES_MAX]);

/** The same for a folder that is no Maildir: its names are taken as they are. */
void jd_folder_mailbox(const char *path, char out_mailbox[JD_MAILBOX_BYTES_MAX]);

#endif
