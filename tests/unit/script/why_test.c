/*
 * Why a rule did not fire: the first condition that fails, with its value. The proof: over 200
 * generated mails, changing that one value of the mail makes that condition hold.
 */
#include "base/buf.h"
#include "jd_test.h"
#include "unit/script/kit.h"

#define MAILS 200

/* A mail as its values. */
struct values {
    const char *subject, *from, *to, *body;
    bool has_list_id, is_reply, is_automatic;
    const char *x_foo; // NULL: no such field
    uint32_t facts;
};

static const char long_body[] =
        "A text that goes on and on, so that it has a hundred bytes and more, and then it goes "
        "on for another while until it ends here.";

static const char *const subjects[] = { "Minutes of Monday", "Your order", "No 4711",
    "order 1234", "" };
static const char *const senders[] = { "ann@other.example", "sales@acme.example",
    "billing@shop.example", "noreply@acme.example" };
static const char *const recipients[] = { "me@example.org", "you@example.org",
    "me@example.org, you@example.org, them@example.org" };
static const char *const bodies[] = { "Hello there.", "Here is the invoice.", "Can you come?",
    long_body, "See http://a.example/ and http://b.example/" };
static const char *const foos[] = { NULL, "bar", "else" };

/* One condition, its text, and the one value that makes it hold or not. */
struct leaf {
    const char *code, *text;
    void (*set)(struct values *values, bool holds);
};

static void set_order(struct values *v, bool holds)
{
    v->subject = holds ? "The order" : "Minutes";
}

static void set_digits(struct values *v, bool holds)
{
    v->subject = holds ? "2025" : "Minutes";
}

static void set_invoice(struct values *v, bool holds)
{
    v->body = holds ? "an invoice" : "nothing";
}

static void set_question(struct values *v, bool holds)
{
    v->body = holds ? "Is it so?" : "It is so.";
}

static void set_long(struct values *v, bool holds)
{
    v->body = holds ? long_body : "short";
}

static void set_short(struct values *v, bool holds)
{
    set_long(v, !holds);
}

static void set_links(struct values *v, bool holds)
{
    v->body = holds ? "http://x.example/ http://y.example/" : "none";
}

static void set_domain(struct values *v, bool holds)
{
    v->from = holds ? "x@mail.acme.example" : "x@b.example";
}

static void set_billing(struct values *v, bool holds)
{
    v->from = holds ? "billing@b.example" : "x@b.example";
}

static void set_noreply(struct values *v, bool holds)
{
    v->from = holds ? "no-reply@b.example" : "x@b.example";
}

static void set_list_id(struct values *v, bool holds)
{
    v->has_list_id = holds;
}

static void set_foo(struct values *v, bool holds)
{
    v->x_foo = holds ? "x" : NULL;
}

static void set_bar(struct values *v, bool holds)
{
    v->x_foo = holds ? "a bar" : "a foo";
}

static void set_many(struct values *v, bool holds)
{
    v->to = holds ? "a@x.example, b@x.example" : "a@x.example";
}

static void set_me(struct values *v, bool holds)
{
    v->to = holds ? "me@example.org" : "a@x.example";
}

static void set_reply(struct values *v, bool holds)
{
    v->is_reply = holds;
}

static void set_automatic(struct values *v, bool holds)
{
    v->is_automatic = holds;
}

static void set_fact(struct values *v, uint32_t fact, bool holds)
{
    v->facts = holds ? v->facts | fact : v->facts & ~fact;
}

static void set_known(struct values *v, bool holds)
{
    set_fact(v, JD_FACT_WROTE_TO_SENDER, holds);
}

static void set_answered(struct values *v, bool holds)
{
    set_fact(v, JD_FACT_THREAD_HAS_MINE, holds);
}

static const struct leaf leaves[] = {
    { "subject:says 'order'", "subject:says {\"order\"}", set_order },
    { "subject:matches [[\\d{4}]]", "subject:matches [[\\d{4}]]", set_digits },
    { "body:says { 'invoice', 'bill' }", "body:says {\"invoice\", \"bill\"}", set_invoice },
    { "body:has_question()", "body:has_question()", set_question },
    { "body:longer_than(100)", "body:longer_than(100)", set_long },
    { "body:shorter_than(50)", "body:shorter_than(50)", set_short },
    { "body:more_links_than(1)", "body:more_links_than(1)", set_links },
    { "from:domain_is 'acme.example'", "from:domain_is {\"acme.example\"}", set_domain },
    { "from:address_is 'billing@'", "from:address_is {\"billing@\"}", set_billing },
    { "from:is_noreply()", "from:is_noreply()", set_noreply },
    { "list:has_id()", "list:has_id()", set_list_id },
    { "headers:has 'X-Foo'", "headers:has \"X-Foo\"", set_foo },
    { "headers:says('X-Foo', 'bar')", "headers:says(\"X-Foo\", {\"bar\"})", set_bar },
    { "to:more_than(1)", "to:more_than(1)", set_many },
    { "to:is_me()", "to:is_me()", set_me },
    { "mail:is_reply()", "mail:is_reply()", set_reply },
    { "mail:is_automatic()", "mail:is_automatic()", set_automatic },
    { "from:is_known()", "from:is_known()", set_known },
    { "thread:has_my_answer()", "thread:has_my_answer()", set_answered },
};

#define LEAVES (sizeof(leaves) / sizeof(leaves[0]))

static uint32_t random_state;

static uint32_t pick(uint32_t count)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % count;
}

#define PICK(list) list[pick(sizeof(list) / sizeof((list)[0]))]

static struct values generate(uint32_t seed)
{
    random_state = seed * 2654435761u + 1;
    return (struct values){ .subject = PICK(subjects),
        .from = PICK(senders),
        .to = PICK(recipients),
        .body = PICK(bodies),
        .has_list_id = pick(2),
        .is_reply = pick(2),
        .is_automatic = pick(2),
        .x_foo = PICK(foos),
        .facts = pick(8) & ~(uint32_t)JD_FACT_FROM_ME };
}

static void write_mail(const struct values *v, struct jd_buf *out)
{
    jd_buf_clear(out);
    jd_buf_format(out, "From: %s\r\nTo: %s\r\nSubject: %s\r\n", v->from, v->to, v->subject);
    jd_buf_text(out, v->has_list_id ? "List-Id: <l.example>\r\n" : "");
    jd_buf_text(out, v->is_reply ? "In-Reply-To: <1@example.org>\r\n" : "");
    jd_buf_text(out, v->is_automatic ? "Auto-Submitted: auto-generated\r\n" : "");
    if (v->x_foo) {
        jd_buf_format(out, "X-Foo: %s\r\n", v->x_foo);
    }
    jd_buf_format(out, "\r\n%s\r\n", v->body);
    jd_buf_char(out, '\0');
}

/* A rule of each leaf, and rules that put two of them together in each way. */
static void write_rules(struct jd_buf *out)
{
    static const char *const forms[] = { "all { %s, %s }", "any { %s, %s }", "none { %s, %s }",
        "all { none { %s }, %s }", "none { all { %s, %s } }",
        "all { any { none { %s }, %s } }" };
    for (size_t i = 0; i < LEAVES; i++) {
        jd_buf_format(out,
                "classify 'spam' { name = 'leaf-%zu', evidence(1, 'e', %s) }\n"
                "classify 'work' { name = 'only-%zu', only_if = %s, evidence(1, 'e', all {}) }\n",
                i, leaves[i].code, i, leaves[i].code);
        for (size_t k = 0; k < sizeof(forms) / sizeof(forms[0]); k++) {
            struct jd_span form = jd_span_of(forms[k]), part;
            const char *second = leaves[(i + 1 + k * 3) % LEAVES].code;
            jd_buf_format(
                    out, "classify 'work' { name = 'pair-%zu-%zu', evidence(1, 'e', ", i, k);
            for (int n = 0; jd_span_split(&form, '%', &part); n++) {
                jd_buf_add(out, n ? jd_span_sub(part, 1, part.len) : part);
                jd_buf_text(out, form.data == NULL ? "" : n == 0 ? leaves[i].code : second);
            }
            jd_buf_text(out, ") }\n");
        }
    }
    jd_buf_char(out, '\0');
}

static struct kit kit;
static struct jd_buf raw;

static bool decide(const struct values *values, struct jd_verdict *out)
{
    static const struct jd_span owner[] = { JD_SPAN("me@example.org") };
    struct jd_mail_limits limits = jd_mail_limits_default();
    struct jd_subject subject = { .received_ms = MONDAY_MS,
        .date_ms = MONDAY_MS,
        .facts = values->facts,
        .owner_addresses = owner,
        .owner_addresses_count = 1,
        .want = JD_WANT_RUNS | JD_WANT_WHY };
    struct jd_mail *mail;
    write_mail(values, &raw);
    CHECK_OK(jd_mail_parse(kit.arena, jd_span_of(raw.data), &limits, &mail, &kit.error),
            kit.error);
    subject.mail = mail;
    enum jd_status status =
            jd_release_decide(kit.release, &subject, kit.arena, out, &kit.error);
    CHECK_OK(status, kit.error);
    return status == JD_OK;
}

static bool has_fired(const struct jd_verdict *verdict, const char *rule, size_t number)
{
    char id[60];
    snprintf(id, sizeof(id), "p/%s-%zu", rule, number);
    for (uint32_t i = 0; i < verdict->runs_count; i++) {
        if (jd_span_equal(verdict->runs[i].rule, jd_span_of(id))) {
            return verdict->runs[i].matched;
        }
    }
    FAIL("no run of %s", id);
    return false;
}

/* The leaf that a reason names; LEAVES: none. */
static size_t find_leaf(const struct jd_verdict_why *why, bool *negative)
{
    struct jd_span text = why->condition;
    *negative = jd_span_starts(text, JD_SPAN("none { "));
    if (*negative) {
        text = jd_span_sub(text, 7, text.len - 9);
    }
    for (size_t i = 0; i < LEAVES; i++) {
        if (jd_span_equal(text, jd_span_of(leaves[i].text))) {
            return i;
        }
    }
    return LEAVES;
}

/* The value that is told stands in the mail. */
static void check_value(const struct values *values, const struct jd_verdict_why *why)
{
    char wanted[200];
    if (jd_span_starts(why->value, JD_SPAN("subject: "))) {
        snprintf(wanted, sizeof(wanted), "subject: \"%s\"", values->subject);
        CHECK_TEXT(why->value, wanted);
    } else if (jd_span_starts(why->value, JD_SPAN("X-Foo: "))) {
        snprintf(wanted, sizeof(wanted),
                values->x_foo ? "X-Foo: \"%s\"" : "X-Foo: no such field", values->x_foo);
        CHECK_TEXT(why->value, wanted);
    } else if (jd_span_starts(why->value, JD_SPAN("from: "))) {
        CHECK(memmem(why->value.data, why->value.len, values->from, strlen(values->from)));
    }
}

static void check_reason(const struct values *values, const struct jd_verdict_why *why)
{
    bool negative;
    size_t leaf = find_leaf(why, &negative);
    struct jd_verdict again = { 0 };
    struct values changed = *values;
    if (leaf == LEAVES) {
        FAIL(JD_SPAN_FMT ": no such condition: " JD_SPAN_FMT, JD_SPAN_ARG(why->rule),
                JD_SPAN_ARG(why->condition));
        return;
    }
    check_value(values, why);
    leaves[leaf].set(&changed, !negative);
    if (!decide(&changed, &again) || has_fired(&again, "leaf", leaf) == negative) {
        FAIL(JD_SPAN_FMT ": " JD_SPAN_FMT " does not hold after its value changed",
                JD_SPAN_ARG(why->rule), JD_SPAN_ARG(why->condition));
    }
    bool applies = jd_span_starts(why->rule, JD_SPAN("p/only-"));
    CHECK(applies == (why->evidence.len == 0));
    if (applies) {
        CHECK(has_fired(&again, "only", leaf));
    }
}

TEST(one_value_makes_the_condition_hold)
{
    struct jd_buf rules = jd_buf_init(1u << 20);
    uint32_t reasons = 0;
    write_rules(&rules);
    raw = jd_buf_init(1u << 20);
    for (uint32_t i = 0; i < MAILS; i++) {
        kit = kit_rules(rules.data);
        CHECK_OK(kit.status, kit.error);
        struct values values = generate(i);
        struct jd_verdict verdict = { 0 };
        if (kit.status == JD_OK && decide(&values, &verdict)) {
            uint32_t fired = 0;
            for (uint32_t r = 0; r < verdict.runs_count; r++) {
                fired += verdict.runs[r].matched;
            }
            CHECK_INT(fired + verdict.whys_count, 8 * LEAVES);
            for (uint32_t w = 0; w < verdict.whys_count && jd_test_failures < 10; w++) {
                check_reason(&values, &verdict.whys[w]);
            }
            reasons += verdict.whys_count;
        }
        kit_close(&kit);
    }
    printf("# %u reasons\n", reasons);
    jd_buf_finish(&rules);
    jd_buf_finish(&raw);
}

/* Of the other kinds of rules, and of rules that are left out. */
TEST(each_rule_has_its_reason)
{
    static const struct {
        const char *rule, *condition, *value;
    } wanted[] = {
        { "p/later", "category:is {\"spam\"}", "category: \"work\"" },
        { "p/nothing", "each_sentence", "no sentence gave a task" },
        { "p/opaque", "where(function of p/rules.lua:5)", "the function returned nothing" },
        { "p/words", "sentence_says", "none of its words is in the text" },
    };
    struct jd_verdict verdict = { 0 };
    struct values values = {
        .subject = "Hi", .from = "a@b.example", .to = "me@example.org", .body = "Hello there."
    };
    raw = jd_buf_init(1u << 20);
    kit = kit_rules(
            "extract 'task' { name = 'words', sentence_says = 'please', each_sentence = function() end }\n"
            "extract 'task' { name = 'nothing', each_sentence = function() end }\n"
            "extract 'task' { name = 'later', only_if = category:is 'spam', each_sentence = function() end }\n"
            "classify 'work' { name = 'fires', evidence(1, 'e', all {}) }\n"
            "classify 'spam' { name = 'opaque', evidence(1, 'e', where(function() end)) }\n"
            "classify 'spam' { name = 'fails', evidence(1, 'e', where(function() error 'x' end)) }\n");
    CHECK_OK(kit.status, kit.error);
    if (kit.status == JD_OK && decide(&values, &verdict)) {
        CHECK_INT(verdict.whys_count, sizeof(wanted) / sizeof(wanted[0]));
        for (uint32_t i = 0; i < verdict.whys_count && i < 4; i++) {
            CHECK_TEXT(verdict.whys[i].rule, wanted[i].rule);
            CHECK_TEXT(verdict.whys[i].condition, wanted[i].condition);
            CHECK_TEXT(verdict.whys[i].value, wanted[i].value);
        }
    }
    kit_close(&kit);
    jd_buf_finish(&raw);
}

int main(void)
{
    struct jd_error error;
    if (jd_mail_init(&error) != JD_OK) {
        printf("%s\n", error.text);
        return 1;
    }
    RUN(one_value_makes_the_condition_hold);
    RUN(each_rule_has_its_reason);
    return REPORT();
}
