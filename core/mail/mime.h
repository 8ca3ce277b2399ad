/**
 * The one door to GMime: the parts of a mail, their types and names, and their decoded bytes.
 * Any thread after jd_mime_init. Results live in the arena or point into the raw mail.
 */
#ifndef JD_MAIL_MIME_H
#define JD_MAIL_MIME_H

#include "mail/header.h"
#include "mail/message.h"

enum jd_mime_kind {
    JD_MIME_LEAF = 1,
    JD_MIME_MIXED,       // any multipart that is read from front to back
    JD_MIME_ALTERNATIVE, // one of the children is to be shown
    JD_MIME_RELATED,     // the first child is shown, the others belong to it
};

enum jd_mime_encoding {
    JD_MIME_IDENTITY = 1,
    JD_MIME_BASE64,
    JD_MIME_QUOTED_PRINTABLE,
    JD_MIME_UUENCODE,
};

struct jd_mime_part {
    enum jd_mime_kind kind;
    enum jd_mime_encoding encoding;
    struct jd_span type;        // "text/plain", lower case
    struct jd_span charset;     // as written; may be empty
    struct jd_span disposition; // lower case; may be empty
    struct jd_span name;        // decoded file name; may be empty
    struct jd_span content_id;  // without <>; may be empty
    struct jd_span section;     // IMAP section number; empty for the multipart at the top
    struct jd_span content;     // encoded, in the raw mail; leaves only
    uint32_t end;               // index of the first part behind this one and its children
};

/** Parts in the order of the mail, parents before their children; parts[0] is the top. */
struct jd_mime {
    struct jd_mime_part *parts;
    uint32_t parts_count;
    uint32_t limits_hit;
};

/** Once per process, before any thread parses. */
enum jd_status jd_mime_init(struct jd_error *error);

/** False beyond the arena's cap. A message inside a message is a leaf. */
bool jd_mime_parse(struct jd_arena *arena,
        struct jd_span raw,
        const struct jd_header_block *header,
        const struct jd_mail_limits *limits,
        struct jd_mime *out_mime);

bool jd_mime_is_type(const struct jd_mime_part *part, struct jd_span type);

/** Size after transfer decoding, by arithmetic where that is exact enough for a list. */
uint64_t jd_mime_decoded_bytes(const struct jd_mime_part *part);

/**
 * The bytes after transfer decoding, at most about `max` of them; `*out_cut` says that there
 * are more. Answers the content itself when it is not encoded. data NULL beyond the arena's
 * cap.
 */
struct jd_span jd_mime_decode(struct jd_arena *arena,
        const struct jd_mime_part *part,
        size_t max,
        bool *out_cut);

#endif
