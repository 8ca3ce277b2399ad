/** What the tests of core/script share: a release from texts, a mail from text, a verdict. */
#ifndef JD_SCRIPT_KIT_H
#define JD_SCRIPT_KIT_H

#include "base/arena.h"
#include "base/span.h"
#include "script/engine.h"

#define MONDAY_MS 1740992400000 // 2025-03-03T09:00:00Z, a Monday

struct kit {
    struct jd_arena *arena;
    struct jd_release *release;
    struct jd_release_report report;
    struct jd_error error;
    enum jd_status status; // of compile
};

static inline struct kit kit_load(const struct jd_release_file *files, size_t count)
{
    struct kit kit = { .arena = jd_arena_create(256u << 20) };
    kit.status =
            jd_release_compile(files, count, kit.arena, &kit.release, &kit.report, &kit.error);
    return kit;
}

/** A pack "p" of one rule file "p/rules.lua". */
static inline struct kit kit_rules(const char *rules)
{
    struct jd_release_file files[] = {
        { JD_SPAN("p/pack.lua"), JD_SPAN("return { name = 'p', version = 1, api = 1 }") },
        { JD_SPAN("p/rules.lua"), jd_span_of(rules) },
    };
    return kit_load(files, 2);
}

static inline void kit_close(struct kit *kit)
{
    jd_release_destroy(&kit->release);
    jd_arena_destroy(&kit->arena);
}

/** Decides over a raw mail; owner me@example.org, UTC. The verdict lives in the kit's arena. */
static inline enum jd_status
kit_decide(struct kit *kit, const char *raw, uint32_t facts, struct jd_verdict *out)
{
    static const struct jd_span owner[] = { JD_SPAN("me@example.org") };
    struct jd_mail_limits limits = jd_mail_limits_default();
    struct jd_mail *mail;
    enum jd_status status =
            jd_mail_parse(kit->arena, jd_span_of(raw), &limits, &mail, &kit->error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_subject subject = { .mail = mail,
        .received_ms = MONDAY_MS,
        .date_ms = mail->date_ms == INT64_MIN ? MONDAY_MS : mail->date_ms,
        .facts = facts,
        .owner_addresses = owner,
        .owner_addresses_count = 1 };
    return jd_release_decide(kit->release, &subject, kit->arena, out, &kit->error);
}

#endif
