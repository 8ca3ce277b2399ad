/**
 * Cursors of paged lists: where a page ended, sealed so that they cannot be made up. A cursor
 * holds the user, the list's name with its filters, and up to two numbers of the keyset; one
 * that was changed, or belongs to another user or list, is refused. Any thread.
 */
#ifndef JD_GATEWAY_CURSOR_H
#define JD_GATEWAY_CURSOR_H

#include "base/buf.h"
#include "base/seal.h"

struct jd_cursor {
    int64_t user;
    struct jd_span list; // name and filters: "messages category=work"
    int64_t keys[2];
};

/** Appends the text form (base64url). */
void jd_cursor_write(const struct jd_key *key,
        const struct jd_cursor *cursor,
        struct jd_buf *out);
/** `cursor` says user and list; its keys are filled. False: not a cursor of this list. */
bool jd_cursor_read(const struct jd_key *key, struct jd_span text, struct jd_cursor *cursor);

#endif
