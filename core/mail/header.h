/**
 * Header fields: finding them, unfolding, decoding (RFC 2047), message ids. Any thread; results
 * live in the arena or point into what was given. data NULL beyond the arena's cap.
 */
#ifndef JD_MAIL_HEADER_H
#define JD_MAIL_HEADER_H

#include "mail/message.h"

/** One field as it stands in the mail; both spans point into it. */
struct jd_header_field {
    struct jd_span name;  // without the colon
    struct jd_span value; // folded, encoded
};

struct jd_header_block {
    struct jd_header_field *fields;
    uint32_t fields_count;
    size_t body_start;   // offset of the first byte behind the empty line
    uint32_t limits_hit; // JD_LIMIT_HEADERS or 0
};

/**
 * Reads the fields up to the first empty line. A byte order mark, empty
 * lines and an mbox "From " line in front are skipped, a line
 * that is neither field nor continuation is ignored; bytes that do not begin with anything like
 * a field are all body. False beyond the arena's cap.
 */
bool jd_header_scan(struct jd_arena *arena,
        struct jd_span raw,
        const struct jd_mail_limits *limits,
        struct jd_header_block *out_block);

/** The first field of that name that is not empty (ASCII case does not matter), or NULL. */
const struct jd_header_field *jd_header_find(const struct jd_header_block *block,
        struct jd_span name);

/** On one line, without comments' meaning or encoded words touched; valid UTF-8. */
struct jd_span jd_header_unfold(struct jd_arena *arena, struct jd_span value);
/** Unfolded, encoded words decoded, white space as single spaces. */
struct jd_span jd_header_decode(struct jd_arena *arena, struct jd_span value);

/** The next message id of `*rest` without its brackets; a bare word counts as one. False at the
 * end. */
bool jd_header_next_id(struct jd_span *rest, struct jd_span *out_id);

/** What stands in the first pair of angle brackets, else all of it without comments; trimmed.
 */
struct jd_span jd_header_bracketed(struct jd_span value);

#endif
