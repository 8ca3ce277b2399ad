/* Messages and verdicts to records: the tags of wire/analysis.h, one function per group. */
#include "compute/encode.h"

#include "base/compress.h"
#include "base/record.h"
#include "base/seal.h"
#include "base/span.h"
#include "base/token.h"

#define PACKED_BYTES_MAX (4 * 1024 * 1024) // a compressed text or HTML
#define TOKEN_BYTES_MAX  41                // the longest token and its space

/** Empty is said by leaving the field out. */
static void put_text(struct jd_buf *out, uint16_t tag, struct jd_span text)
{
    if (text.len > 0) {
        jd_record_bytes(out, tag, text);
    }
}

static void put_flag(struct jd_buf *out, uint16_t tag, bool flag)
{
    if (flag) {
        jd_record_int(out, tag, 1);
    }
}

static void put_person(struct jd_buf *out, uint16_t tag, const struct jd_mail_address *person)
{
    if (person->address.len == 0 && person->name.len == 0) {
        return;
    }
    size_t group = jd_record_group(out, tag);
    put_text(out, JD_TAG_ADDRESS, person->address);
    put_text(out, JD_TAG_NAME, person->name);
    jd_record_group_end(out, group);
}

static void put_people(struct jd_buf *out,
        uint16_t tag,
        const struct jd_mail_address *people,
        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        put_person(out, tag, &people[i]);
    }
}

static void
put_texts(struct jd_buf *out, uint16_t tag, const struct jd_span *texts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        put_text(out, tag, texts[i]);
    }
}

static void put_attachment(struct jd_buf *out, const struct jd_mail_attachment *attachment)
{
    size_t group = jd_record_group(out, JD_TAG_ATTACHMENT);
    put_text(out, JD_TAG_NAME, attachment->name);
    put_text(out, JD_TAG_MIME_TYPE, attachment->mime_type);
    jd_record_int(out, JD_TAG_BYTES, (int64_t)attachment->bytes);
    put_text(out, JD_TAG_PART_ID, attachment->part_id);
    put_text(out, JD_TAG_CONTENT_ID, attachment->content_id);
    put_flag(out, JD_TAG_INLINE, attachment->is_inline);
    jd_record_group_end(out, group);
}

static void put_zone(struct jd_buf *out, const struct jd_mail_zone *zone)
{
    size_t group = jd_record_group(out, JD_TAG_ZONE);
    jd_record_int(out, JD_TAG_ZONE_KIND, zone->kind);
    jd_record_int(out, JD_TAG_START, zone->start);
    jd_record_int(out, JD_TAG_END, zone->end);
    jd_record_group_end(out, group);
}

static void
put_packed(struct jd_encoder *encoder, struct jd_buf *out, uint16_t tag, struct jd_span text)
{
    jd_buf_clear(&encoder->packed);
    jd_compress(text, &encoder->packed);
    put_text(out, tag, jd_buf_span(&encoder->packed));
}

/** True when tokens were left out. */
static bool
put_tokens(struct jd_encoder *encoder, struct jd_buf *out, uint16_t tag, struct jd_span text)
{
    jd_buf_clear(&encoder->tokens);
    jd_token_append(&encoder->tokens, text);
    put_text(out, tag, jd_buf_span(&encoder->tokens));
    return encoder->tokens.len + TOKEN_BYTES_MAX > encoder->tokens.max_bytes;
}

static void add_people(struct jd_buf *out, const struct jd_mail_address *people, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        jd_token_append(out, people[i].name);
        jd_token_append(out, people[i].address);
    }
}

static void
put_people_tokens(struct jd_encoder *encoder, struct jd_buf *out, const struct jd_mail *mail)
{
    jd_buf_clear(&encoder->people);
    add_people(&encoder->people, &mail->from, 1);
    add_people(&encoder->people, mail->to, mail->to_count);
    add_people(&encoder->people, mail->cc, mail->cc_count);
    put_text(out, JD_TAG_PEOPLE_TOKENS, jd_buf_span(&encoder->people));
}

static void put_identity(struct jd_buf *out, uint32_t index, struct jd_span raw)
{
    uint8_t key[JD_HASH_BYTES];
    jd_hash(raw, key);
    jd_record_int(out, JD_TAG_INDEX, index);
    jd_record_bytes(out, JD_TAG_CONTENT_KEY, jd_span_new((const char *)key, sizeof(key)));
    jd_record_int(out, JD_TAG_BYTES, (int64_t)raw.len);
}

/* Sent to many: its recipients say little of whose mailbox it lies in. */
static bool is_from_list(const struct jd_mail *mail)
{
    static const char *const many[] = { "list", "bulk", "junk" };
    struct jd_span precedence = jd_span_trim(mail->precedence);
    bool listed = mail->list_id.len > 0;
    for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
        listed = listed || jd_span_equal_nocase(precedence, jd_span_of(many[i]));
    }
    for (uint32_t i = 0; i < mail->headers_count && !listed; i++) {
        listed = jd_span_equal_nocase(mail->headers[i].name, JD_SPAN("List-Post"));
    }
    return listed;
}

static void put_headers(struct jd_buf *out, const struct jd_mail *mail)
{
    put_text(out, JD_TAG_SUBJECT, mail->subject);
    put_text(out, JD_TAG_BASE_SUBJECT, mail->base_subject);
    put_flag(out, JD_TAG_IS_REPLY, mail->is_reply);
    put_person(out, JD_TAG_FROM, &mail->from);
    put_person(out, JD_TAG_SENDER, &mail->sender);
    put_people(out, JD_TAG_TO, mail->to, mail->to_count);
    put_people(out, JD_TAG_CC, mail->cc, mail->cc_count);
    put_people(out, JD_TAG_REPLY_TO, mail->reply_to, mail->reply_to_count);
    if (mail->date_ms != INT64_MIN) {
        jd_record_int(out, JD_TAG_DATE_MS, mail->date_ms);
    }
    put_text(out, JD_TAG_MESSAGE_ID, mail->message_id);
    put_texts(out, JD_TAG_REFERENCE, mail->references, mail->references_count);
    put_text(out, JD_TAG_LIST_ID, mail->list_id);
    put_flag(out, JD_TAG_FROM_LIST, is_from_list(mail));
    put_texts(out, JD_TAG_DELIVERED_TO, mail->delivered_to, mail->delivered_to_count);
}

static void put_evidence(struct jd_buf *out, const struct jd_verdict_evidence *evidence)
{
    size_t group = jd_record_group(out, JD_TAG_EVIDENCE);
    put_text(out, JD_TAG_EVIDENCE_ID, evidence->id);
    put_text(out, JD_TAG_SCALE, evidence->scale);
    jd_record_real(out, JD_TAG_WEIGHT, evidence->weight);
    put_text(out, JD_TAG_WORDS, evidence->words);
    jd_record_group_end(out, group);
}

/** The words of the text between two places, cut at a character's border. */
static struct jd_span quote_of(struct jd_span text, uint32_t start, uint32_t end)
{
    if (end <= start) {
        return jd_span_new(NULL, 0);
    }
    struct jd_span quote = jd_span_sub(text, start, end - start);
    if (quote.data && quote.len > JD_ENCODE_QUOTE_BYTES_MAX) {
        quote.len = JD_ENCODE_QUOTE_BYTES_MAX;
        while (quote.len > 0 && ((unsigned char)quote.data[quote.len] & 0xC0) == 0x80) {
            quote.len--;
        }
    }
    return quote;
}

static void
put_task(struct jd_buf *out, const struct jd_mail *mail, const struct jd_verdict_task *task)
{
    size_t group = jd_record_group(out, JD_TAG_TASK);
    put_text(out, JD_TAG_TITLE, task->title);
    put_text(out, JD_TAG_RULE, task->rule);
    put_text(out, JD_TAG_QUOTE, quote_of(mail->text, task->start, task->end));
    jd_record_int(out, JD_TAG_START, task->start);
    jd_record_int(out, JD_TAG_END, task->end);
    if (task->due_ms != INT64_MIN) {
        jd_record_int(out, JD_TAG_DUE_MS, task->due_ms);
    }
    put_text(out, JD_TAG_DUE_DATE, jd_span_of(task->due_date));
    jd_record_real(out, JD_TAG_CONFIDENCE, task->confidence);
    jd_record_group_end(out, group);
}

static void put_draft(struct jd_buf *out, const struct jd_verdict_draft *draft)
{
    size_t group = jd_record_group(out, JD_TAG_DRAFT);
    put_text(out, JD_TAG_RULE, draft->rule);
    put_text(out, JD_TAG_KIND, draft->kind);
    put_text(out, JD_TAG_SUBJECT, draft->subject);
    put_text(out, JD_TAG_CONTENT, draft->body);
    put_text(out, JD_TAG_LANGUAGE, draft->language);
    jd_record_group_end(out, group);
}

static void put_failure(struct jd_buf *out, const struct jd_verdict_failure *failure)
{
    size_t group = jd_record_group(out, JD_TAG_FAILURE);
    put_text(out, JD_TAG_RULE, failure->rule);
    put_text(out, JD_TAG_FAILURE_KIND, jd_span_of(failure->kind));
    put_text(out, JD_TAG_PATH, failure->path);
    jd_record_int(out, JD_TAG_LINE, failure->line);
    put_text(out, JD_TAG_ERROR_TEXT, failure->text);
    jd_record_group_end(out, group);
}

static void put_run(struct jd_buf *out, const struct jd_verdict_run *run)
{
    size_t group = jd_record_group(out, JD_TAG_RULE_RUN);
    put_text(out, JD_TAG_RULE, run->rule);
    put_text(out, JD_TAG_PATH, run->path);
    jd_record_int(out, JD_TAG_LINE, run->line);
    put_flag(out, JD_TAG_MATCHED, run->matched);
    jd_record_int(out, JD_TAG_INSTRUCTIONS, run->instructions);
    jd_record_int(out, JD_TAG_TIME_NS, run->time_ns);
    jd_record_int(out, JD_TAG_PEAK_BYTES, (int64_t)run->peak_bytes);
    if (run->failure) {
        put_failure(out, run->failure);
    }
    jd_record_group_end(out, group);
}

static void put_why(struct jd_buf *out, const struct jd_verdict_why *why)
{
    size_t group = jd_record_group(out, JD_TAG_WHY_NOT);
    put_text(out, JD_TAG_RULE, why->rule);
    put_text(out, JD_TAG_EVIDENCE_ID, why->evidence);
    put_text(out, JD_TAG_NAME, why->condition);
    put_text(out, JD_TAG_WORDS, why->value);
    jd_record_group_end(out, group);
}

static void put_learned(struct jd_buf *out, const struct jd_verdict_learned *learned)
{
    size_t group = jd_record_group(out, JD_TAG_LEARNED);
    put_text(out, JD_TAG_NAME, learned->name);
    put_text(out, JD_TAG_LABEL, learned->label);
    jd_record_real(out, JD_TAG_SCORE, learned->score);
    jd_record_group_end(out, group);
}

void jd_encoder_init(struct jd_encoder *encoder)
{
    encoder->tokens = jd_buf_init(JD_ENCODE_TOKEN_BYTES_MAX);
    encoder->people = jd_buf_init(JD_ENCODE_PEOPLE_BYTES_MAX);
    encoder->packed = jd_buf_init(PACKED_BYTES_MAX);
}

void jd_encoder_finish(struct jd_encoder *encoder)
{
    jd_buf_finish(&encoder->tokens);
    jd_buf_finish(&encoder->people);
    jd_buf_finish(&encoder->packed);
}

void jd_encode_message(struct jd_encoder *encoder,
        struct jd_buf *out,
        uint32_t index,
        const struct jd_mail *mail)
{
    size_t group = jd_record_group(out, JD_TAG_MESSAGE);
    put_identity(out, index, mail->raw);
    put_headers(out, mail);
    put_packed(encoder, out, JD_TAG_TEXT_Z, mail->text);
    put_packed(encoder, out, JD_TAG_HTML_Z, mail->html);
    put_text(out, JD_TAG_SNIPPET, mail->snippet);
    bool cut = put_tokens(encoder, out, JD_TAG_TOKENS, mail->text);
    cut |= put_tokens(encoder, out, JD_TAG_SUBJECT_TOKENS, mail->subject);
    put_people_tokens(encoder, out, mail);
    put_text(out, JD_TAG_LANGUAGE, mail->language);
    for (uint32_t i = 0; i < mail->attachments_count; i++) {
        put_attachment(out, &mail->attachments[i]);
    }
    for (uint32_t i = 0; i < mail->zones_count; i++) {
        put_zone(out, &mail->zones[i]);
    }
    uint32_t limits_hit = mail->limits_hit | (cut ? JD_LIMIT_TOKENS : 0);
    if (limits_hit) {
        jd_record_int(out, JD_TAG_TRUNCATED, limits_hit);
    }
    put_flag(out, JD_TAG_HIDDEN_TEXT, mail->hidden_text);
    jd_record_group_end(out, group);
}

void jd_encode_unreadable(struct jd_buf *out,
        uint32_t index,
        struct jd_span raw,
        const struct jd_error *problem)
{
    size_t group = jd_record_group(out, JD_TAG_MESSAGE);
    put_identity(out, index, raw);
    jd_record_int(out, JD_TAG_STATUS, problem->status);
    put_text(out, JD_TAG_ERROR_TEXT, jd_span_of(problem->text));
    jd_record_group_end(out, group);
}

void jd_encode_verdict(struct jd_buf *out,
        uint32_t index,
        const struct jd_mail *mail,
        const struct jd_verdict *verdict)
{
    size_t group = jd_record_group(out, JD_TAG_VERDICT);
    jd_record_int(out, JD_TAG_INDEX, index);
    put_text(out, JD_TAG_CATEGORY, verdict->category);
    put_text(out, JD_TAG_PRIORITY, jd_span_of(verdict->priority));
    put_flag(out, JD_TAG_NEEDS_REPLY, verdict->needs_reply);
    jd_record_real(out, JD_TAG_CONFIDENCE, verdict->confidence);
    for (uint32_t i = 0; i < verdict->evidence_count; i++) {
        put_evidence(out, &verdict->evidence[i]);
    }
    for (uint32_t i = 0; i < verdict->tasks_count; i++) {
        put_task(out, mail, &verdict->tasks[i]);
    }
    for (uint32_t i = 0; i < verdict->drafts_count; i++) {
        put_draft(out, &verdict->drafts[i]);
    }
    for (uint32_t i = 0; i < verdict->failures_count; i++) {
        put_failure(out, &verdict->failures[i]);
    }
    for (uint32_t i = 0; i < verdict->learned_count; i++) {
        put_learned(out, &verdict->learned[i]);
    }
    for (uint32_t i = 0; i < verdict->runs_count; i++) {
        put_run(out, &verdict->runs[i]);
    }
    for (uint32_t i = 0; i < verdict->whys_count; i++) {
        put_why(out, &verdict->whys[i]);
    }
    put_flag(out, JD_TAG_IS_TASK, verdict->is_task);
    put_text(out, JD_TAG_ROUTE, jd_span_of(verdict->route_ask ? "ask" : "keep"));
    put_text(out, JD_TAG_ROUTE_REASON, verdict->route_reason);
    jd_record_group_end(out, group);
}

void jd_encode_report(struct jd_buf *out, const struct jd_release_report *report)
{
    jd_record_int(out, JD_TAG_RULES_COUNT, report->rules_count);
    jd_record_int(out, JD_TAG_INSTRUCTIONS, report->instructions);
    jd_record_int(out, JD_TAG_TIME_NS, report->time_ns);
    jd_record_int(out, JD_TAG_PEAK_BYTES, (int64_t)report->peak_bytes);
    for (uint32_t i = 0; i < report->problems_count; i++) {
        const struct jd_release_problem *problem = &report->problems[i];
        size_t group = jd_record_group(out, JD_TAG_PROBLEM);
        put_text(out, JD_TAG_PATH, problem->path);
        jd_record_int(out, JD_TAG_LINE, problem->line);
        put_text(out, JD_TAG_FAILURE_KIND, jd_span_of(problem->kind));
        put_text(out, JD_TAG_ERROR_TEXT, problem->text);
        jd_record_group_end(out, group);
    }
}

static void put_known(struct jd_buf *out, uint16_t tag, const char *text)
{
    if (text) {
        put_text(out, tag, jd_span_of(text));
    }
}

void jd_encode_finding(struct jd_buf *out, const struct jd_lint_finding *finding)
{
    size_t group = jd_record_group(out, JD_TAG_FINDING);
    jd_record_int(out, JD_TAG_SEVERITY, finding->severity);
    put_known(out, JD_TAG_CODE, finding->code);
    put_text(out, JD_TAG_PATH, finding->path);
    jd_record_int(out, JD_TAG_LINE, finding->line);
    put_text(out, JD_TAG_ERROR_TEXT, finding->text);
    put_text(out, JD_TAG_CURE, finding->cure);
    jd_record_group_end(out, group);
}

void jd_encode_api(struct jd_buf *out, const struct jd_api_entry *entry)
{
    size_t group = jd_record_group(out, JD_TAG_API_ENTRY);
    jd_record_int(out, JD_TAG_API_KIND, entry->kind);
    put_known(out, JD_TAG_OWNER, entry->owner);
    put_known(out, JD_TAG_NAME, entry->name);
    put_known(out, JD_TAG_PARAMS, entry->params);
    put_known(out, JD_TAG_GIVES, entry->gives);
    put_known(out, JD_TAG_CONTENT, entry->text);
    jd_record_group_end(out, group);
}

void jd_encode_case(struct jd_buf *out, const struct jd_release_case *test)
{
    size_t group = jd_record_group(out, JD_TAG_CASE);
    put_text(out, JD_TAG_NAME, test->name);
    put_text(out, JD_TAG_PATH, test->path);
    jd_record_int(out, JD_TAG_LINE, test->line);
    jd_record_int(out, JD_TAG_STATUS, test->passed ? JD_OK : JD_REJECTED);
    put_text(out, JD_TAG_ERROR_TEXT, test->text);
    jd_record_group_end(out, group);
}

void jd_encode_lesson(struct jd_buf *out, uint32_t index, struct jd_span features)
{
    size_t group = jd_record_group(out, JD_TAG_LESSON);
    jd_record_int(out, JD_TAG_INDEX, index);
    put_text(out, JD_TAG_FEATURES, features);
    jd_record_group_end(out, group);
}

void jd_encode_no_lesson(struct jd_buf *out, uint32_t index, const struct jd_error *problem)
{
    size_t group = jd_record_group(out, JD_TAG_LESSON);
    jd_record_int(out, JD_TAG_INDEX, index);
    jd_record_int(out, JD_TAG_STATUS, problem->status);
    put_text(out, JD_TAG_ERROR_TEXT, jd_span_of(problem->text));
    jd_record_group_end(out, group);
}

static void put_label_report(struct jd_buf *out, const struct jd_label_report *label)
{
    size_t group = jd_record_group(out, JD_TAG_LABEL_REPORT);
    put_text(out, JD_TAG_LABEL, label->name);
    jd_record_int(out, JD_TAG_LESSONS_COUNT, label->lessons);
    jd_record_real(out, JD_TAG_PRECISION, label->precision);
    jd_record_real(out, JD_TAG_RECALL, label->recall);
    jd_record_real(out, JD_TAG_F1, label->f1);
    jd_record_group_end(out, group);
}

void jd_encode_model(struct jd_buf *out,
        struct jd_span model,
        const struct jd_learner_report *report)
{
    put_text(out, JD_TAG_MODEL, model);
    jd_record_int(out, JD_TAG_LESSONS_COUNT, report->lessons);
    jd_record_int(out, JD_TAG_FEATURES_COUNT, report->features);
    jd_record_real(out, JD_TAG_ACCURACY, report->accuracy);
    jd_record_real(out, JD_TAG_MACRO_F1, report->macro_f1);
    jd_record_real(out, JD_TAG_CALIBRATION_ERROR, report->calibration_error);
    for (uint32_t i = 0; i < report->labels_count; i++) {
        put_label_report(out, &report->labels[i]);
    }
}
