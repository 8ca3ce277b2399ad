/**
 * The face of the mail floor: raw bytes in, one message out. Pure: no file, clock, log or net.
 *
 *     struct jd_mail_limits limits = jd_mail_limits_default();
 *     struct jd_mail *mail;
 *     status = jd_mail_parse(arena, raw, &limits, &mail, &error);
 *
 * Any bytes give a message: what cannot be read is left out and said in `limits_hit`, so a mail
 * is never lost because of its form. JD_BAD_INPUT only for an empty input, or when the arena's
 * cap is too small for even the headers. Everything lives in the arena; `raw` must outlive the
 * message. jd_mail_init once per process (it loads charsets) before any thread parses; then any
 * thread. All text is valid UTF-8 in the order in which it is read.
 */
#ifndef JD_MAIL_MESSAGE_H
#define JD_MAIL_MESSAGE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/span.h"
#include "wire/analysis.h"

struct jd_mail_limits {
    uint32_t depth_max;        // nested parts; default 20
    uint32_t parts_max;        // default 500
    uint32_t headers_max;      // header fields read of one part; default 1,000
    uint32_t header_bytes_max; // of one field; default 64 KiB
    uint32_t addresses_max;    // in one field; default 200
    uint32_t references_max;   // default 64: the first and the newest are kept
    uint32_t text_bytes_max;   // text of the whole mail; default 512 KiB
    uint32_t html_bytes_max;   // of HTML that is parsed; default 1 MiB
    uint32_t html_depth_max;   // nested elements; default 200
    uint32_t html_nodes_max;   // default 50,000
    bool want_html;            // make safe HTML; default true
};
struct jd_mail_limits jd_mail_limits_default(void);

struct jd_mail_address {
    struct jd_span
            address;     // addr-spec, domain in lower case; may be empty (group syntax, broken)
    struct jd_span name; // decoded display name; may be empty
};

struct jd_mail_attachment {
    struct jd_span name;       // decoded file name, no path separators; may be empty
    struct jd_span mime_type;  // lower case
    struct jd_span part_id;    // IMAP section number
    struct jd_span content_id; // without <>; may be empty
    uint64_t bytes;            // decoded size
    bool is_inline;
};

/** Part of `text`, half-open bytes; zones are sorted and do not overlap. */
struct jd_mail_zone {
    enum jd_zone_kind kind;
    uint32_t start, end;
};

/** Raw header fields in order, for rules that look at headers. */
struct jd_mail_header {
    struct jd_span name;  // as written
    struct jd_span value; // unfolded and decoded (RFC 2047)
};

struct jd_mail {
    struct jd_span raw;
    struct jd_span subject, base_subject;
    bool is_reply;
    struct jd_mail_address from, sender;
    struct jd_mail_address *to, *cc, *reply_to;
    uint32_t to_count, cc_count, reply_to_count;
    int64_t date_ms;            // INT64_MIN: no usable Date
    int64_t received_header_ms; // newest Received header; INT64_MIN: none
    struct jd_span message_id;  // without <>; may be empty
    struct jd_span *references;
    uint32_t references_count;
    struct jd_span list_id, list_unsubscribe, precedence, auto_submitted; // empty if absent
    bool list_unsubscribe_post;                                           // RFC 8058
    struct jd_span *delivered_to;
    uint32_t delivered_to_count;
    struct jd_mail_header *headers;
    uint32_t headers_count;
    struct jd_span text; // what a reader would see
    struct jd_span html; // safe HTML; empty if there is none
    bool has_html;       // the mail has an HTML part
    struct jd_span snippet;
    struct jd_span language; // ISO 639-1 or empty
    struct jd_mail_attachment *attachments;
    uint32_t attachments_count;
    bool has_calendar;              // a text/calendar part
    struct jd_span calendar_method; // "REQUEST", ... or empty
    struct jd_mail_zone *zones;
    uint32_t zones_count;
    uint32_t limits_hit; // enum jd_mail_limit
    bool hidden_text;
};

enum jd_status jd_mail_init(struct jd_error *error);
enum jd_status jd_mail_parse(struct jd_arena *arena,
        struct jd_span raw,
        const struct jd_mail_limits *limits,
        struct jd_mail **out_mail,
        struct jd_error *error);

#endif
