/* Draft: templates filled with what the mail says. */
#include "base/span.h"
#include "script/engine_run.h"
#include "script/template.h"

#define DRAFT_BYTES 16384

/* "Doe, Jane" and "Jane Doe" give Jane. */
static struct jd_span first_name(struct jd_span name)
{
    const char *comma = name.len ? memchr(name.data, ',', name.len) : NULL;
    if (comma) {
        size_t skip = (size_t)(comma - name.data) + 1;
        name = jd_span_trim(jd_span_sub(name, skip, name.len));
    }
    if (name.len && memchr(name.data, '@', name.len)) {
        return jd_span_new("", 0);
    }
    struct jd_span first;
    return jd_span_split(&name, ' ', &first) ? first : jd_span_new("", 0);
}

static struct jd_span owner_name(const struct jd_run *run)
{
    const struct jd_mail *mail = run->subject->mail;
    for (uint32_t i = 0; i < mail->to_count + mail->cc_count; i++) {
        const struct jd_mail_address *who =
                i < mail->to_count ? &mail->to[i] : &mail->cc[i - mail->to_count];
        for (uint32_t o = 0; o < run->subject->owner_addresses_count; o++) {
            if (who->name.len && !memchr(who->name.data, '@', who->name.len) &&
                    jd_span_equal_nocase(who->address, run->subject->owner_addresses[o])) {
                return who->name;
            }
        }
    }
    return jd_span_new("", 0);
}

static struct jd_span date_text(struct jd_run *run, struct jd_span language)
{
    static const char *const english[] = { "January", "February", "March", "April", "May",
        "June", "July", "August", "September", "October", "November", "December" };
    static const char *const german[] = { "Januar", "Februar", "März", "April", "Mai", "Juni",
        "Juli", "August", "September", "Oktober", "November", "Dezember" };
    int64_t date_ms = run->subject->date_ms;
    struct jd_civil civil =
            jd_zone_civil(jd_look_zone(&run->look), date_ms / 1000 - (date_ms % 1000 < 0));
    bool is_german = jd_span_equal(language, JD_SPAN("de"));
    return jd_arena_format(run->arena, is_german ? "%d. %s %d" : "%d %s %d", civil.day,
            (is_german ? german : english)[(civil.month + 11) % 12], civil.year);
}

static void fill_values(struct jd_run *run,
        struct jd_span language,
        struct jd_span values[JD_PLACEHOLDERS_COUNT])
{
    const struct jd_mail *mail = run->subject->mail;
    struct jd_span mine = owner_name(run);
    values[JD_PLACEHOLDER_SENDER_NAME] = mail->from.name;
    values[JD_PLACEHOLDER_SENDER_FIRST_NAME] = first_name(mail->from.name);
    values[JD_PLACEHOLDER_SENDER_ADDRESS] = mail->from.address;
    values[JD_PLACEHOLDER_SUBJECT] = mail->subject;
    values[JD_PLACEHOLDER_DATE] = date_text(run, language);
    values[JD_PLACEHOLDER_MY_NAME] = mine;
    values[JD_PLACEHOLDER_MY_FIRST_NAME] = first_name(mine);
    values[JD_PLACEHOLDER_MY_ADDRESS] = run->subject->owner_addresses_count
                                                ? run->subject->owner_addresses[0]
                                                : jd_span_new("", 0);
    values[JD_PLACEHOLDER_CATEGORY] = run->verdict.category;
}

static struct jd_span render(struct jd_run *run,
        const struct jd_template_text *text,
        const struct jd_span values[JD_PLACEHOLDERS_COUNT])
{
    struct jd_buf out = jd_buf_init(DRAFT_BYTES);
    jd_template_render(text, values, &out);
    struct jd_span copy = jd_arena_copy(run->arena, jd_buf_span(&out));
    jd_buf_finish(&out);
    run->full = run->full || copy.data == NULL;
    return copy;
}

static struct jd_span reply_subject(struct jd_run *run)
{
    struct jd_span subject = run->subject->mail->subject;
    struct jd_span head = jd_span_sub(subject, 0, 3);
    if (jd_span_equal_nocase(head, JD_SPAN("Re:")) ||
            jd_span_equal_nocase(head, JD_SPAN("Aw:"))) {
        return subject;
    }
    return jd_arena_format(run->arena, "Re: " JD_SPAN_FMT, JD_SPAN_ARG(subject));
}

static void draft_rule(struct jd_run *run, const struct jd_rule *rule)
{
    const struct jd_draft_family *family = &run->release->drafts[rule->draft];
    const struct jd_draft_variant *variant = &family->variants[0];
    for (uint32_t i = 1; i < family->variants_count; i++) {
        if (jd_span_equal(family->variants[i].language, run->subject->mail->language)) {
            variant = &family->variants[i];
        }
    }
    struct jd_span values[JD_PLACEHOLDERS_COUNT] = { 0 };
    fill_values(run, variant->language, values);
    run->verdict.drafts[run->verdict.drafts_count++] = (struct jd_verdict_draft){
        .rule = rule->id,
        .kind = rule->draft_kind,
        .subject = variant->text->subject.pieces_count
                           ? render(run, &variant->text->subject, values)
                           : reply_subject(run),
        .body = render(run, &variant->text->body, values),
        .language = variant->language,
    };
}

void jd_run_draft(struct jd_run *run)
{
    struct jd_release *release = run->release;
    for (uint32_t i = 0; i < release->rules_count && !run->full; i++) {
        const struct jd_rule *rule = &release->rules[i];
        if (!jd_run_is_active(run, rule, JD_RULE_DRAFT) ||
                run->verdict.drafts_count == JD_RELEASE_DRAFTS_MAX) {
            continue;
        }
        jd_run_begin_rule(run);
        bool applies = jd_run_applies(run, rule);
        if (applies && run->verdict.drafts == NULL) {
            run->verdict.drafts = jd_arena_zalloc(
                    run->arena, JD_RELEASE_DRAFTS_MAX, sizeof(*run->verdict.drafts));
        }
        if (applies && run->verdict.drafts == NULL) {
            run->full = true;
            return;
        }
        if (applies) {
            draft_rule(run, rule);
            jd_run_note_match(run, rule);
        }
        jd_run_end_rule(run, rule);
    }
}
