/** Zones, line by line. */
#include "mail/zones.h"

#include "mail/text.h"

void jd_zones_find(struct jd_arena *arena, struct jd_mail *mail)
{
    (void)arena;
    (void)mail;
}
