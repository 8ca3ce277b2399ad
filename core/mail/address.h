/** Address lists of header fields: RFC 5322 with its obsolete forms, groups, and broken ones.
 */
#ifndef JD_MAIL_ADDRESS_H
#define JD_MAIL_ADDRESS_H

#include "mail/message.h"

struct jd_address_list {
    struct jd_mail_address *items; // lives in the arena
    uint32_t count;
    bool cut; // there were more than `max`
};

/**
 * Reads the raw (folded, encoded) value of an address field. Groups are flattened to their
 * members. What has neither an address nor a name is left out; what has no address but a name
 * keeps the name. False beyond the arena's cap. Any thread.
 */
bool jd_address_parse(struct jd_arena *arena,
        struct jd_span value,
        uint32_t max,
        struct jd_address_list *out_list);

#endif
