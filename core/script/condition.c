/* What each condition asks of a mail. */
#include "script/condition.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/span.h"

#define WORDS_BYTES 120

static enum jd_truth truth(bool yes)
{
    return yes ? JD_TRUTH_YES : JD_TRUTH_NO;
}

static uint32_t index_of(const struct jd_look *look, const struct jd_condition *self)
{
    return (uint32_t)(self - look->conditions);
}

static void
set_found(struct jd_look *look, const struct jd_condition *self, struct jd_span text)
{
    look->found[index_of(look, self)] = text;
}

enum jd_truth jd_condition_ask(struct jd_look *look, uint32_t condition)
{
    if (look->memo[condition]) {
        return look->memo[condition];
    }
    const struct jd_condition *self = &look->conditions[condition];
    look->found[condition] = jd_span_new(NULL, 0);
    enum jd_truth answer = self->test(look, self);
    look->memo[condition] = (uint8_t)answer;
    return answer;
}

struct jd_span jd_condition_words(const struct jd_look *look, uint32_t condition)
{
    return jd_fold_cut(look->found[condition], WORDS_BYTES);
}

void jd_condition_note_failure(struct jd_look *look,
        const struct jd_condition *condition,
        const char *kind,
        struct jd_span path,
        int line,
        struct jd_span text)
{
    struct jd_look_failure *note = jd_arena_new(look->arena, struct jd_look_failure);
    if (note == NULL) {
        return; // the verdict itself will not fit either, and says so
    }
    note->condition = index_of(look, condition);
    note->failure.kind = kind;
    note->failure.path = jd_arena_copy(look->arena, path);
    note->failure.line = line;
    note->failure.text = jd_arena_copy(look->arena, text);
    note->next = look->failures;
    look->failures = note;
}

bool jd_condition_has_children(const struct jd_condition *c)
{
    return c->test == jd_condition_all || c->test == jd_condition_any ||
           c->test == jd_condition_none;
}

const struct jd_verdict_failure *jd_condition_failure(const struct jd_look *look,
        uint32_t condition)
{
    if (look->memo[condition] != JD_TRUTH_FAILED) {
        return NULL;
    }
    for (const struct jd_look_failure *f = look->failures; f; f = f->next) {
        if (f->condition == condition) {
            return &f->failure;
        }
    }
    const struct jd_condition *self = &look->conditions[condition];
    const struct jd_verdict_failure *failure = NULL;
    for (uint32_t i = 0; jd_condition_has_children(self) && !failure && i < self->ids_count;
            i++) {
        failure = jd_condition_failure(look, self->ids[i]);
    }
    return failure;
}

/* Putting together. A failed child makes the whole fail, unless an earlier one decided. */

static enum jd_truth ask_children(struct jd_look *look,
        const struct jd_condition *self,
        enum jd_truth decisive,
        enum jd_truth answer,
        enum jd_truth otherwise)
{
    for (uint32_t i = 0; i < self->ids_count; i++) {
        enum jd_truth child = jd_condition_ask(look, self->ids[i]);
        if (child == JD_TRUTH_FAILED) {
            return child;
        }
        if (child == JD_TRUTH_YES && look->found[index_of(look, self)].len == 0) {
            set_found(look, self, look->found[self->ids[i]]);
        }
        if (child == decisive) {
            return answer;
        }
    }
    return otherwise;
}

enum jd_truth jd_condition_all(struct jd_look *look, const struct jd_condition *self)
{
    return ask_children(look, self, JD_TRUTH_NO, JD_TRUTH_NO, JD_TRUTH_YES);
}

enum jd_truth jd_condition_any(struct jd_look *look, const struct jd_condition *self)
{
    return ask_children(look, self, JD_TRUTH_YES, JD_TRUTH_YES, JD_TRUTH_NO);
}

enum jd_truth jd_condition_none(struct jd_look *look, const struct jd_condition *self)
{
    return ask_children(look, self, JD_TRUTH_YES, JD_TRUTH_NO, JD_TRUTH_YES);
}

enum jd_truth jd_condition_where(struct jd_look *look, const struct jd_condition *self)
{
    return look->where(look, self);
}

/* Text. */

static struct jd_span region_text(const struct jd_look *look, enum jd_region region)
{
    return region == JD_REGION_SUBJECT ? look->mail->subject
           : region == JD_REGION_FROM  ? look->mail->from.name
                                       : look->body;
}

/* Whether its region has one of its words. */
static bool is_marked(const struct jd_look *look, const struct jd_condition *self)
{
    return look->marks[index_of(look, self)] & self->region;
}

/* Shows the first of its words that is there, in the order in which they are written. */
enum jd_truth jd_condition_says(struct jd_look *look, const struct jd_condition *self)
{
    if (!is_marked(look, self)) {
        return JD_TRUTH_NO;
    }
    uint32_t i = 0;
    while (!(look->hits[self->ids[i]] & self->region)) {
        i++;
    }
    set_found(look, self, self->texts[i]);
    return JD_TRUTH_YES;
}

static enum jd_truth
match(struct jd_look *look, const struct jd_condition *self, struct jd_span text)
{
    struct jd_span found;
    enum jd_regex_answer answer =
            jd_regex_match(self->regex, look->room, text, &look->regex_steps, &found);
    if (answer == JD_REGEX_LIMIT) {
        jd_condition_note_failure(look, self, "instructions", jd_span_new(NULL, 0), 0,
                JD_SPAN("a regular expression passed its step limit"));
        return JD_TRUTH_FAILED;
    }
    if (answer == JD_REGEX_YES) {
        set_found(look, self, found);
    }
    return truth(answer == JD_REGEX_YES);
}

enum jd_truth jd_condition_matches(struct jd_look *look, const struct jd_condition *self)
{
    if (self->ids_count && !is_marked(look, self)) {
        return JD_TRUTH_NO; // none of the words without which it cannot match
    }
    return match(look, self, region_text(look, self->region));
}

enum jd_truth jd_condition_subject_empty(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    return truth(jd_span_trim(look->mail->subject).len == 0);
}

/* A question mark that ends a sentence: white space, a quote, a bracket or the end follows, and
 * a letter or bracket stands before; so not the one of a link. */
enum jd_truth jd_condition_question(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    struct jd_span body = look->body;
    const char *at = body.data;
    const char *end = body.data + body.len;
    while (at && (at = memchr(at, '?', (size_t)(end - at))) != NULL) {
        bool follows = at + 1 == end || strchr(" \t\r\n\"')?!", at[1]) || (at[1] & 0x80);
        if (follows && at > body.data && at[-1] != ' ' && at[-1] != '\n') {
            return JD_TRUTH_YES;
        }
        at++;
    }
    return JD_TRUTH_NO;
}

enum jd_truth jd_condition_shorter(struct jd_look *look, const struct jd_condition *self)
{
    return truth((double)look->body.len < self->number);
}

enum jd_truth jd_condition_longer(struct jd_look *look, const struct jd_condition *self)
{
    return truth((double)look->body.len > self->number);
}

/* Stops when there are more than `most`. */
uint32_t jd_look_count_links(const struct jd_look *look, double most)
{
    struct jd_span body = look->body;
    uint32_t count = 0;
    size_t from = 0;
    const char *at;
    while (count <= most && from < body.len &&
            (at = memchr(body.data + from, ':', body.len - from)) != NULL) {
        size_t before = (size_t)(at - body.data);
        from = before + 1;
        if (jd_span_starts(jd_span_sub(body, before, 3), JD_SPAN("://"))) {
            count += (before >= 4 && memcmp(at - 4, "http", 4) == 0) ||
                     (before >= 5 && memcmp(at - 5, "https", 5) == 0);
        }
    }
    return count;
}

enum jd_truth jd_condition_links(struct jd_look *look, const struct jd_condition *self)
{
    return truth(jd_look_count_links(look, self->number) > self->number);
}

/* People. */

const struct jd_mail_address *
jd_look_people(const struct jd_look *look, enum jd_people whose, uint32_t *out_count)
{
    const struct jd_mail *mail = look->mail;
    if (whose == JD_PEOPLE_FROM) {
        *out_count = 1;
        return &mail->from;
    }
    *out_count = whose == JD_PEOPLE_TO ? mail->to_count : mail->cc_count;
    return whose == JD_PEOPLE_TO ? mail->to : mail->cc;
}

/* Which lists have one of these people: looked up once for a mail. */
static const uint8_t *list_marks(struct jd_look *look, enum jd_people whose)
{
    uint8_t *marks = look->list_marks + (size_t)(whose - 1) * look->lists->count;
    if (!look->lists_known[whose - 1]) {
        uint32_t count;
        const struct jd_mail_address *who = jd_look_people(look, whose, &count);
        memset(marks, 0, look->lists->count);
        for (uint32_t i = 0; i < count; i++) {
            jd_lists_mark(look->lists, who[i].address, marks);
        }
        look->lists_known[whose - 1] = true;
    }
    return marks;
}

enum jd_truth jd_condition_on_list(struct jd_look *look, const struct jd_condition *self)
{
    uint32_t count;
    if (!list_marks(look, self->people)[self->list->index]) {
        return JD_TRUTH_NO;
    }
    const struct jd_mail_address *who = jd_look_people(look, self->people, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (jd_list_has(self->list, who[i].address)) {
            set_found(look, self, who[i].address);
            return JD_TRUTH_YES;
        }
    }
    return JD_TRUTH_NO;
}

static bool is_domain(struct jd_span domain, struct jd_span wanted)
{
    if (domain.len == wanted.len) {
        return jd_span_equal_nocase(domain, wanted);
    }
    return domain.len > wanted.len && domain.data[domain.len - wanted.len - 1] == '.' &&
           jd_span_equal_nocase(
                   jd_span_sub(domain, domain.len - wanted.len, wanted.len), wanted);
}

/* "billing@" is any address with that local part. */
static bool is_address(struct jd_span address, struct jd_span wanted)
{
    if (wanted.len && wanted.data[wanted.len - 1] == '@') {
        return address.len > wanted.len &&
               jd_span_equal_nocase(jd_span_sub(address, 0, wanted.len), wanted);
    }
    return jd_span_equal_nocase(address, wanted);
}

static enum jd_truth ask_people(struct jd_look *look,
        const struct jd_condition *self,
        bool (*is)(struct jd_span, struct jd_span),
        bool by_domain)
{
    uint32_t count;
    const struct jd_mail_address *who = jd_look_people(look, self->people, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct jd_span text = by_domain ? jd_domain_of(who[i].address) : who[i].address;
        for (uint32_t t = 0; text.len && t < self->texts_count; t++) {
            if (is(text, self->texts[t])) {
                set_found(look, self, text);
                return JD_TRUTH_YES;
            }
        }
    }
    return JD_TRUTH_NO;
}

enum jd_truth jd_condition_domain(struct jd_look *look, const struct jd_condition *self)
{
    return ask_people(look, self, is_domain, true);
}

enum jd_truth jd_condition_address(struct jd_look *look, const struct jd_condition *self)
{
    return ask_people(look, self, is_address, false);
}

enum jd_truth jd_condition_address_matches(struct jd_look *look,
        const struct jd_condition *self)
{
    return match(look, self, look->from_address);
}

static bool is_mine(const struct jd_look *look, struct jd_span address)
{
    for (uint32_t i = 0; i < look->subject->owner_addresses_count; i++) {
        if (jd_span_equal_nocase(look->subject->owner_addresses[i], address)) {
            return true;
        }
    }
    return false;
}

enum jd_truth jd_condition_is_me(struct jd_look *look, const struct jd_condition *self)
{
    uint32_t count;
    const struct jd_mail_address *who = jd_look_people(look, self->people, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (is_mine(look, who[i].address)) {
            return JD_TRUTH_YES;
        }
    }
    return JD_TRUTH_NO;
}

enum jd_truth jd_condition_is_only_me(struct jd_look *look, const struct jd_condition *self)
{
    uint32_t count;
    const struct jd_mail_address *who = jd_look_people(look, self->people, &count);
    return truth(count == 1 && is_mine(look, who[0].address));
}

enum jd_truth jd_condition_more_people(struct jd_look *look, const struct jd_condition *self)
{
    uint32_t count;
    (void)jd_look_people(look, self->people, &count);
    return truth((double)count > self->number);
}

enum jd_truth jd_condition_is_known(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    return truth(look->subject->facts & JD_FACT_WROTE_TO_SENDER);
}

/* Local parts of machines, without ".", "-" and "_": whole ones, and beginnings ("noreply42").
 */
static const char *const machine_names[] = { "abuse", "alert", "alerts", "automailer",
    "autoreply", "billing", "bounce", "bounces", "bugzilla", "daemon", "info", "mailer",
    "mailerdaemon", "marketing", "news", "newsletter", "newsletters", "notification",
    "notifications", "notify", "noticias", "postmaster", "promo", "promotions", "root",
    "service", "system", "updates" };
static const char *const machine_beginnings[] = { "noreply", "donotreply", "nepasrepondre",
    "noresponder", "mailerdaemon", "bounce", "notification", "autoreply", "newsletter" };

static size_t squeeze(struct jd_span text, char *out, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len && len + 1 < size && text.data[i] != '+'; i++) {
        if (!strchr(".-_", text.data[i])) {
            out[len++] = jd_ascii_lower(text.data[i]);
        }
    }
    out[len] = '\0';
    return len;
}

static bool is_machine(struct jd_span address)
{
    const char *at = address.len ? memrchr(address.data, '@', address.len) : NULL;
    char local[65];
    (void)squeeze(at ? jd_span_new(address.data, (size_t)(at - address.data)) : address, local,
            sizeof(local));
    for (size_t i = 0; i < sizeof(machine_names) / sizeof(*machine_names); i++) {
        if (strcmp(local, machine_names[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(machine_beginnings) / sizeof(*machine_beginnings); i++) {
        if (strncmp(local, machine_beginnings[i], strlen(machine_beginnings[i])) == 0) {
            return true;
        }
    }
    return strstr(local, "noreply") != NULL || strstr(local, "donotreply") != NULL;
}

enum jd_truth jd_condition_is_noreply(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    if (look->noreply == 0) {
        look->noreply = truth(is_machine(look->mail->from.address));
    }
    return look->noreply;
}

static bool is_automatic(const struct jd_mail *mail)
{
    struct jd_span submitted = jd_span_trim(mail->auto_submitted);
    return submitted.len > 0 && !jd_span_equal_nocase(submitted, JD_SPAN("no"));
}

static bool is_bulk(const struct jd_mail *mail)
{
    struct jd_span precedence = jd_span_trim(mail->precedence);
    return jd_span_equal_nocase(precedence, JD_SPAN("bulk")) ||
           jd_span_equal_nocase(precedence, JD_SPAN("junk")) ||
           jd_span_equal_nocase(precedence, JD_SPAN("list"));
}

enum jd_truth jd_condition_is_person(struct jd_look *look, const struct jd_condition *self)
{
    if (look->person == 0) {
        const struct jd_mail *mail = look->mail;
        look->person =
                truth(mail->from.address.len && !mail->list_id.len &&
                        !mail->list_unsubscribe.len && !is_automatic(mail) && !is_bulk(mail) &&
                        jd_condition_is_noreply(look, self) == JD_TRUTH_NO);
    }
    return look->person;
}

/* Header fields. */

/* The next field of that name at or behind *at. */
static const struct jd_mail_header *
next_header(const struct jd_look *look, struct jd_span name, uint32_t *at)
{
    while (*at < look->mail->headers_count) {
        const struct jd_mail_header *header = &look->mail->headers[(*at)++];
        if (jd_span_equal_nocase(header->name, name)) {
            return header;
        }
    }
    return NULL;
}

enum jd_truth jd_condition_header_has(struct jd_look *look, const struct jd_condition *self)
{
    uint32_t at = 0;
    const struct jd_mail_header *header = next_header(look, self->header, &at);
    if (header) {
        set_found(look, self, header->value);
    }
    return truth(header != NULL);
}

enum jd_truth jd_condition_header_says(struct jd_look *look, const struct jd_condition *self)
{
    uint32_t at = 0;
    for (const struct jd_mail_header *h; (h = next_header(look, self->header, &at));) {
        jd_buf_clear(look->scratch);
        jd_fold_append(look->fold, look->scratch, h->value);
        for (uint32_t i = 0; i < self->texts_count; i++) {
            if (jd_phrase_is_in(look->fold, jd_buf_span(look->scratch), &self->phrases[i])) {
                set_found(look, self, self->texts[i]);
                return JD_TRUTH_YES;
            }
        }
    }
    return JD_TRUTH_NO;
}

enum jd_truth jd_condition_header_matches(struct jd_look *look, const struct jd_condition *self)
{
    uint32_t at = 0;
    enum jd_truth answer = JD_TRUTH_NO;
    for (const struct jd_mail_header *h; (h = next_header(look, self->header, &at));) {
        answer = match(look, self, h->value);
        if (answer != JD_TRUTH_NO) {
            break;
        }
    }
    return answer;
}

enum jd_truth jd_condition_unsubscribe(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    return truth(look->mail->list_unsubscribe.len > 0);
}

enum jd_truth jd_condition_one_click(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    return truth(look->mail->list_unsubscribe_post);
}

enum jd_truth jd_condition_list_id(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    return truth(look->mail->list_id.len > 0);
}

/* Parts. */

enum jd_truth jd_condition_attached(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    for (uint32_t i = 0; i < look->mail->attachments_count; i++) {
        if (!look->mail->attachments[i].is_inline) {
            return JD_TRUTH_YES;
        }
    }
    return JD_TRUTH_NO;
}

static bool is_type(struct jd_span type, struct jd_span wanted)
{
    if (wanted.len && wanted.data[wanted.len - 1] == '*') {
        wanted.len--;
        return type.len >= wanted.len &&
               jd_span_equal_nocase(jd_span_sub(type, 0, wanted.len), wanted);
    }
    return jd_span_equal_nocase(type, wanted);
}

enum jd_truth jd_condition_attached_type(struct jd_look *look, const struct jd_condition *self)
{
    for (uint32_t i = 0; i < look->mail->attachments_count; i++) {
        struct jd_span type = look->mail->attachments[i].mime_type;
        for (uint32_t t = 0; t < self->texts_count; t++) {
            if (is_type(type, self->texts[t])) {
                set_found(look, self, type);
                return JD_TRUTH_YES;
            }
        }
    }
    return JD_TRUTH_NO;
}

enum jd_truth jd_condition_attached_name(struct jd_look *look, const struct jd_condition *self)
{
    enum jd_truth answer = JD_TRUTH_NO;
    for (uint32_t i = 0; answer == JD_TRUTH_NO && i < look->mail->attachments_count; i++) {
        struct jd_span name = look->mail->attachments[i].name;
        answer = name.len ? match(look, self, name) : JD_TRUTH_NO;
    }
    return answer;
}

static enum jd_truth ask_texts(const struct jd_condition *self, struct jd_span text)
{
    for (uint32_t i = 0; i < self->texts_count; i++) {
        if (jd_span_equal_nocase(self->texts[i], text)) {
            return JD_TRUTH_YES;
        }
    }
    return JD_TRUTH_NO;
}

enum jd_truth jd_condition_invite(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    return truth(look->mail->has_calendar &&
                 jd_span_equal_nocase(look->mail->calendar_method, JD_SPAN("REQUEST")));
}

enum jd_truth jd_condition_calendar(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    return truth(look->mail->has_calendar);
}

enum jd_truth jd_condition_calendar_method(struct jd_look *look,
        const struct jd_condition *self)
{
    return ask_texts(self, look->mail->calendar_method);
}

enum jd_truth jd_condition_language(struct jd_look *look, const struct jd_condition *self)
{
    return ask_texts(self, look->mail->language);
}

enum jd_truth jd_condition_answered(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    return truth(look->subject->facts & JD_FACT_THREAD_HAS_MINE);
}

enum jd_truth jd_condition_is_reply(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    return truth(look->mail->is_reply);
}

enum jd_truth jd_condition_from_me(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    return truth((look->subject->facts & JD_FACT_FROM_ME) ||
                 (look->mail->from.address.len && is_mine(look, look->mail->from.address)));
}

enum jd_truth jd_condition_automatic(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    uint32_t at = 0;
    return truth(
            is_automatic(look->mail) ||
            jd_span_equal_nocase(jd_span_trim(look->mail->precedence), JD_SPAN("auto_reply")) ||
            next_header(look, JD_SPAN("X-Auto-Response-Suppress"), &at) != NULL);
}

enum jd_truth jd_condition_hidden(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    return truth(look->mail->hidden_text);
}

enum jd_truth jd_condition_html(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    return truth(look->mail->has_html);
}

/* The verdict: bind_rule.c sees to it that these are not asked while classifying. */

enum jd_truth jd_condition_category(struct jd_look *look, const struct jd_condition *self)
{
    return look->verdict ? ask_texts(self, look->verdict->category) : JD_TRUTH_NO;
}

enum jd_truth jd_condition_priority(struct jd_look *look, const struct jd_condition *self)
{
    return look->verdict ? ask_texts(self, jd_span_of(look->verdict->priority)) : JD_TRUTH_NO;
}

enum jd_truth jd_condition_needs_reply(struct jd_look *look, const struct jd_condition *self)
{
    (void)self;
    return truth(look->verdict && look->verdict->needs_reply);
}

enum jd_truth jd_condition_sure(struct jd_look *look, const struct jd_condition *self)
{
    return truth(look->verdict && look->verdict->confidence >= self->number);
}
