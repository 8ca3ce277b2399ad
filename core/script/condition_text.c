/* Conditions for people: as they are written, and the value of the mail that they ask for. */
#include <math.h>

#include "base/span.h"
#include "script/learned.h"
#include "script/release.h"

#define TEXT_BYTES   100 // of one value or pattern
#define PHRASES_MAX  4   // of a list of phrases
#define CHILDREN_MAX 6
#define PEOPLE_MAX   3

/* As written. */

static void put_quoted(struct jd_buf *out, struct jd_span text)
{
    struct jd_span cut = jd_fold_cut(text, TEXT_BYTES);
    jd_buf_char(out, '"');
    for (size_t i = 0; i < cut.len; i++) {
        char c = cut.data[i];
        if (c == '"' || c == '\\') {
            jd_buf_char(out, '\\');
        }
        jd_buf_char(out, (unsigned char)c < 0x20 ? ' ' : c);
    }
    jd_buf_text(out, cut.len < text.len ? "…\"" : "\"");
}

static void put_phrases(struct jd_buf *out, const struct jd_condition *self)
{
    jd_buf_char(out, '{');
    for (uint32_t i = 0; i < self->texts_count && i < PHRASES_MAX; i++) {
        jd_buf_text(out, i ? ", " : "");
        put_quoted(out, self->texts[i]);
    }
    jd_buf_text(out, self->texts_count > PHRASES_MAX ? ", ...}" : "}");
}

static void put_children(const struct jd_release *release,
        const struct jd_condition *self,
        struct jd_buf *out)
{
    jd_buf_text(out, self->ids_count ? " { " : " {");
    for (uint32_t i = 0; i < self->ids_count && i < CHILDREN_MAX; i++) {
        jd_buf_text(out, i ? ", " : "");
        // Depth is bounded: a condition is made of ones that were made before it, and the
        // buffer takes no more than its maximum.
        if (!out->failed) {
            jd_condition_write(release, self->ids[i], out);
        }
    }
    jd_buf_text(out, self->ids_count > CHILDREN_MAX ? ", ... }" : self->ids_count ? " }" : "}");
}

static void put_arguments(const struct jd_condition *self, struct jd_buf *out)
{
    bool both = self->header.len && (self->texts_count || self->pattern.len);
    bool bare = !self->header.len && !self->list && !self->pattern.len && !self->texts_count;
    jd_buf_text(out, both || bare ? "(" : " ");
    if (self->header.len) {
        put_quoted(out, self->header);
        jd_buf_text(out, both ? ", " : "");
    }
    if (self->list) {
        put_quoted(out, self->list->name);
    } else if (self->pattern.len) {
        struct jd_span cut = jd_fold_cut(self->pattern, TEXT_BYTES);
        jd_buf_format(out, "[[" JD_SPAN_FMT "%s]]", JD_SPAN_ARG(cut),
                cut.len < self->pattern.len ? "…" : "");
    } else if (self->texts_count) {
        put_phrases(out, self);
    } else if (self->has_number) {
        jd_buf_format(out, "%.10g", self->number);
    }
    jd_buf_text(out, both || bare ? ")" : "");
}

static void put_learned(const struct jd_condition *self, struct jd_buf *out)
{
    jd_buf_format(out, "learned(\"" JD_SPAN_FMT "\"):is(\"" JD_SPAN_FMT "\"",
            JD_SPAN_ARG(self->pattern), JD_SPAN_ARG(self->header));
    if (!isnan(self->number)) {
        jd_buf_format(out, ", %.10g", self->number);
    }
    jd_buf_char(out, ')');
}

void jd_condition_write(const struct jd_release *release,
        uint32_t condition,
        struct jd_buf *out)
{
    const struct jd_condition *self = &release->conditions[condition];
    if (jd_condition_has_children(self)) {
        jd_buf_text(out, self->name);
        put_children(release, self, out);
    } else if (self->test == jd_condition_where) {
        jd_buf_format(out, "where(function of " JD_SPAN_FMT ":%d)", JD_SPAN_ARG(self->path),
                self->line);
    } else if (self->object == NULL) {
        put_learned(self, out);
    } else {
        jd_buf_format(out, "%s:%s", self->object, self->name);
        put_arguments(self, out);
    }
}

/* Comparing. */

static bool same_texts(const struct jd_condition *a, const struct jd_condition *b)
{
    bool same = a->texts_count == b->texts_count;
    for (uint32_t i = 0; same && i < a->texts_count; i++) {
        same = jd_span_equal(a->texts[i], b->texts[i]);
    }
    return same;
}

bool jd_condition_same(const struct jd_release *release, uint32_t a, uint32_t b)
{
    const struct jd_condition *x = &release->conditions[a], *y = &release->conditions[b];
    if (a == b) {
        return true;
    }
    if (x->test != y->test || x->function != y->function) {
        return false;
    }
    if (jd_condition_has_children(x)) {
        bool same = x->ids_count == y->ids_count;
        for (uint32_t i = 0; same && i < x->ids_count; i++) {
            same = jd_condition_same(release, x->ids[i], y->ids[i]);
        }
        return same;
    }
    bool same_number = x->number == y->number || (isnan(x->number) && isnan(y->number));
    return x->region == y->region && x->people == y->people && same_number &&
           x->list == y->list && jd_span_equal_nocase(x->header, y->header) &&
           jd_span_equal(x->pattern, y->pattern) && same_texts(x, y);
}

/* Values. */

static void put_value(struct jd_buf *out, const char *name, struct jd_span text)
{
    jd_buf_format(out, "%s: ", name);
    put_quoted(out, jd_span_trim(text));
}

static void
put_addresses(struct jd_look *look, const struct jd_condition *self, struct jd_buf *out)
{
    uint32_t count = 0;
    const struct jd_mail_address *who =
            self->people ? jd_look_people(look, self->people, &count) : &look->mail->from;
    count = self->people ? count : 1;
    jd_buf_format(out, "%s: ", self->object);
    if (self->has_number) {
        jd_buf_format(out, "%u addresses", count);
        return;
    }
    for (uint32_t i = 0; i < count && i < PEOPLE_MAX; i++) {
        jd_buf_text(out, i ? ", " : "");
        put_quoted(out, who[i].address);
    }
    jd_buf_text(out, count == 0 ? "nobody" : count > PEOPLE_MAX ? ", ..." : "");
}

static void
put_header(struct jd_look *look, const struct jd_condition *self, struct jd_buf *out)
{
    const struct jd_mail *mail = look->mail;
    jd_buf_format(out, JD_SPAN_FMT ": ", JD_SPAN_ARG(self->header));
    for (uint32_t i = 0; i < mail->headers_count; i++) {
        if (jd_span_equal_nocase(mail->headers[i].name, self->header)) {
            put_quoted(out, mail->headers[i].value);
            return;
        }
    }
    jd_buf_text(out, "no such field");
}

static void put_attachments(struct jd_look *look, bool by_type, struct jd_buf *out)
{
    const struct jd_mail *mail = look->mail;
    jd_buf_text(out, "attachment: ");
    for (uint32_t i = 0; i < mail->attachments_count && i < PEOPLE_MAX; i++) {
        const struct jd_mail_attachment *one = &mail->attachments[i];
        jd_buf_text(out, i ? ", " : "");
        put_quoted(out, by_type ? one->mime_type : one->name);
    }
    jd_buf_text(out, mail->attachments_count ? "" : "none");
}

/* Why nobody wrote it, in the order in which jd_condition_is_person looks. */
static void put_person(struct jd_look *look, struct jd_buf *out)
{
    const struct jd_mail *mail = look->mail;
    const char *reason =
            mail->from.address.len == 0  ? "no address"
            : mail->list_id.len          ? "a List-Id field"
            : mail->list_unsubscribe.len ? "a List-Unsubscribe field"
            : jd_span_trim(mail->auto_submitted).len &&
                            !jd_span_equal_nocase(
                                    jd_span_trim(mail->auto_submitted), JD_SPAN("no"))
                    ? "an Auto-Submitted field"
            : jd_condition_is_noreply(look, NULL) == JD_TRUTH_YES ? "a machine's address"
            : jd_span_trim(mail->precedence).len                  ? "a Precedence of bulk mail"
                                                                  : "a person";
    put_value(out, "from", mail->from.address);
    jd_buf_format(out, ", %s", reason);
}

static void put_truth(struct jd_buf *out, const char *yes, const char *no, bool is)
{
    jd_buf_text(out, is ? yes : no);
}

static void
put_verdict(struct jd_look *look, const struct jd_condition *self, struct jd_buf *out)
{
    const struct jd_verdict *verdict = look->verdict;
    if (verdict == NULL) {
        jd_buf_text(out, "not decided yet");
    } else if (self->test == jd_condition_category) {
        put_value(out, "category", verdict->category);
    } else if (self->test == jd_condition_priority) {
        put_value(out, "priority", jd_span_of(verdict->priority));
    } else if (self->test == jd_condition_sure) {
        jd_buf_format(out, "confidence: %.2f", verdict->confidence);
    } else {
        put_truth(out, "needs_reply: yes", "needs_reply: no", verdict->needs_reply);
    }
}

/* Of texts: what words and expressions are looked for in, and its size. */
static bool put_text(struct jd_look *look, const struct jd_condition *self, struct jd_buf *out)
{
    if (self->test == jd_condition_says || self->test == jd_condition_matches) {
        struct jd_span text = self->region == JD_REGION_SUBJECT ? look->mail->subject
                              : self->region == JD_REGION_FROM  ? look->mail->from.name
                                                                : look->body;
        put_value(out, self->object, text);
    } else if (self->test == jd_condition_subject_empty) {
        put_value(out, "subject", look->mail->subject);
    } else if (self->test == jd_condition_question) {
        put_value(out, "body", look->body);
    } else if (self->test == jd_condition_shorter || self->test == jd_condition_longer) {
        jd_buf_format(out, "body: %zu bytes", look->body.len);
    } else if (self->test == jd_condition_links) {
        jd_buf_format(out, "body: %u links", jd_look_count_links(look, UINT32_MAX));
    } else {
        return false;
    }
    return true;
}

static bool is_about_people(const struct jd_condition *self)
{
    return self->test == jd_condition_on_list || self->test == jd_condition_domain ||
           self->test == jd_condition_address || self->test == jd_condition_address_matches ||
           self->test == jd_condition_is_noreply || self->test == jd_condition_is_me ||
           self->test == jd_condition_is_only_me || self->test == jd_condition_more_people ||
           self->test == jd_condition_from_me;
}

static bool
put_people(struct jd_look *look, const struct jd_condition *self, struct jd_buf *out)
{
    if (self->test == jd_condition_is_person) {
        put_person(look, out);
    } else if (self->test == jd_condition_is_known) {
        put_value(out, "from", look->mail->from.address);
        put_truth(out, ", written to before", ", not written to before",
                look->subject->facts & JD_FACT_WROTE_TO_SENDER);
    } else if (self->test == jd_condition_from_me) {
        put_value(out, "from", look->mail->from.address);
    } else if (is_about_people(self)) {
        put_addresses(look, self, out);
    } else {
        return false;
    }
    return true;
}

/* Of what is there or not. */
static bool
put_presence(struct jd_look *look, const struct jd_condition *self, struct jd_buf *out)
{
    static const struct {
        jd_condition_test *test;
        const char *yes, *no;
    } facts[] = {
        { jd_condition_unsubscribe, "list: List-Unsubscribe",
                "list: no List-Unsubscribe field" },
        { jd_condition_one_click, "list: List-Unsubscribe-Post",
                "list: no List-Unsubscribe-Post field" },
        { jd_condition_list_id, "list: List-Id", "list: no List-Id field" },
        { jd_condition_answered, "thread: you wrote before",
                "thread: no mail of yours before" },
        { jd_condition_is_reply, "mail: a reply", "mail: no reply" },
        { jd_condition_automatic, "mail: automatic", "mail: not automatic" },
        { jd_condition_hidden, "mail: hides text", "mail: hides no text" },
        { jd_condition_html, "mail: has HTML", "mail: no HTML" },
        { jd_condition_where, "the function returned a value",
                "the function returned nothing" },
    };
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        if (facts[i].test == self->test) {
            uint32_t index = (uint32_t)(self - look->conditions);
            put_truth(out, facts[i].yes, facts[i].no,
                    jd_condition_ask(look, index) == JD_TRUTH_YES);
            return true;
        }
    }
    return false;
}

static void put_rest(struct jd_look *look, const struct jd_condition *self, struct jd_buf *out)
{
    if (self->header.len && self->object) {
        put_header(look, self, out);
    } else if (self->test == jd_condition_attached ||
               self->test == jd_condition_attached_name) {
        put_attachments(look, false, out);
    } else if (self->test == jd_condition_attached_type) {
        put_attachments(look, true, out);
    } else if (self->test == jd_condition_language) {
        put_value(out, "language", look->mail->language);
    } else if (self->object == NULL) {
        struct jd_learned_set *set = look->release->learned;
        const struct jd_judgement *judged = jd_learned_ask(set, self->ids[0], look->mail);
        struct jd_span label = jd_model_label(set->models[self->ids[0]].model, judged->label);
        jd_buf_format(out, "learned: " JD_SPAN_FMT " %.0f %%", JD_SPAN_ARG(label),
                100 * judged->score);
    } else if (look->mail->has_calendar) {
        put_value(out, "calendar", look->mail->calendar_method);
    } else {
        jd_buf_text(out, "calendar: none");
    }
}

void jd_condition_write_value(struct jd_look *look, uint32_t condition, struct jd_buf *out)
{
    const struct jd_condition *self = &look->conditions[condition];
    if (jd_condition_has_children(self)) {
        jd_buf_text(out, self->test == jd_condition_any ? "it has no condition" : "always");
    } else if (self->is_late) {
        put_verdict(look, self, out);
    } else if (!put_text(look, self, out) && !put_people(look, self, out) &&
               !put_presence(look, self, out)) {
        put_rest(look, self, out);
    }
}
