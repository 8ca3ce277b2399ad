/* Running the cases of a release: mail, verdict, comparison. */
#include "script/case.h"

#include <math.h>
#include <stdlib.h>

#include "base/span.h"
#include "script/release.h"
#include "script/zone.h"

#define RAW_BYTES_MAX   (4u << 20)
#define CASE_ARENA      (64u << 20)
#define TEXT_BYTES_MAX  4000
#define CONFIDENCE_NEAR 0.005 // how near an exact confidence has to be

/* A case being run; differences are collected as one text. */
struct trial {
    const struct jd_case *self;
    const struct jd_verdict *verdict;
    const struct jd_mail *mail;
    struct jd_zone zone;
    struct jd_buf *text;
};

__attribute__((format(printf, 2, 3))) static void
differ(struct trial *t, const char *format, ...)
{
    char line[600];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args); // NOLINT(clang-analyzer-valist.Uninitialized)
    va_end(args);
    if (t->text->len) {
        jd_buf_text(t->text, "; ");
    }
    jd_buf_text(t->text, line);
}

static void
compare_text(struct trial *t, const char *what, struct jd_span expected, struct jd_span got)
{
    if (expected.data && !jd_span_equal(expected, got)) {
        differ(t, "%s: expected " JD_SPAN_FMT ", got " JD_SPAN_FMT, what, JD_SPAN_ARG(expected),
                JD_SPAN_ARG(got));
    }
}

static void compare_confidence(struct trial *t)
{
    static const char *const words[] = { "", "", "at least ", "at most " };
    const struct jd_case_expect *expect = &t->self->expect;
    double got = t->verdict->confidence;
    bool good = true;
    if (expect->confidence_bound == JD_BOUND_EQUAL) {
        good = fabs(got - expect->confidence) <= CONFIDENCE_NEAR;
    } else if (expect->confidence_bound == JD_BOUND_LEAST) {
        good = got >= expect->confidence;
    } else if (expect->confidence_bound == JD_BOUND_MOST) {
        good = got <= expect->confidence;
    }
    if (!good) {
        differ(t, "confidence: expected %s%.3f, got %.3f", words[expect->confidence_bound],
                expect->confidence, got);
    }
}

/* "rule/evidence" or "pack/rule/evidence" */
static bool has_fired(const struct jd_verdict *verdict, struct jd_span id)
{
    for (uint32_t i = 0; i < verdict->evidence_count; i++) {
        struct jd_span full = verdict->evidence[i].id;
        const char *slash = memchr(full.data, '/', full.len);
        struct jd_span rest = jd_span_sub(full, (size_t)(slash - full.data) + 1, full.len);
        if (jd_span_equal(full, id) || jd_span_equal(rest, id)) {
            return true;
        }
    }
    return false;
}

static void list_fired(struct trial *t)
{
    jd_buf_text(t->text, " (fired:");
    for (uint32_t i = 0; i < t->verdict->evidence_count; i++) {
        jd_buf_format(t->text, "%s '" JD_SPAN_FMT "' %+g", i ? "," : "",
                JD_SPAN_ARG(t->verdict->evidence[i].id), t->verdict->evidence[i].weight);
    }
    jd_buf_text(t->text, ")");
}

static void compare_fired(struct trial *t)
{
    const struct jd_case_expect *expect = &t->self->expect;
    for (uint32_t i = 0; i < expect->fired.count; i++) {
        if (!has_fired(t->verdict, expect->fired.items[i])) {
            differ(t, "evidence '" JD_SPAN_FMT "' did not fire",
                    JD_SPAN_ARG(expect->fired.items[i]));
        }
    }
    for (uint32_t i = 0; i < expect->not_fired.count; i++) {
        if (has_fired(t->verdict, expect->not_fired.items[i])) {
            differ(t, "evidence '" JD_SPAN_FMT "' fired",
                    JD_SPAN_ARG(expect->not_fired.items[i]));
        }
    }
}

/* "2025-03-07", or with its time "2025-03-07T17:00". */
static struct jd_span
due_text(const struct trial *t, const struct jd_verdict_task *task, char out[64])
{
    if (task->due_ms == INT64_MIN) {
        return JD_SPAN("none");
    }
    if (task->due_date[0]) {
        return jd_span_of(task->due_date);
    }
    struct jd_civil c = jd_zone_civil(&t->zone, task->due_ms / 1000);
    snprintf(out, 64, "%04d-%02d-%02dT%02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
    return jd_span_of(out);
}

static struct jd_span quote_of(const struct trial *t, const struct jd_verdict_task *task)
{
    return jd_span_sub(t->mail->text, task->start, task->end - task->start);
}

static bool is_task(const struct trial *t,
        const struct jd_case_task *expected,
        const struct jd_verdict_task *task)
{
    char text[64];
    struct jd_span due = due_text(t, task, text);
    bool date_alone = expected->due.len == 10 && due.len > 10;
    return (!expected->due.data ||
                   jd_span_equal(expected->due, date_alone ? jd_span_sub(due, 0, 10) : due)) &&
           (!expected->quote.data || jd_span_equal(expected->quote, quote_of(t, task))) &&
           (!expected->title.data || jd_span_equal(expected->title, task->title));
}

static void list_tasks(struct trial *t)
{
    jd_buf_text(t->text, " (tasks:");
    for (uint32_t i = 0; i < t->verdict->tasks_count; i++) {
        const struct jd_verdict_task *task = &t->verdict->tasks[i];
        char text[64];
        struct jd_span due = due_text(t, task, text);
        jd_buf_format(t->text, "%s '" JD_SPAN_FMT "' due " JD_SPAN_FMT, i ? "," : "",
                JD_SPAN_ARG(task->title), JD_SPAN_ARG(due));
    }
    jd_buf_text(t->text, ")");
}

static void compare_tasks(struct trial *t)
{
    const struct jd_case_expect *expect = &t->self->expect;
    const struct jd_verdict *verdict = t->verdict;
    size_t before = t->text->len;
    bool taken[JD_RELEASE_TASKS_MAX] = { false };
    for (uint32_t e = 0; e < expect->tasks_listed; e++) {
        bool found = false;
        for (uint32_t i = 0; !found && i < verdict->tasks_count; i++) {
            found = !taken[i] && is_task(t, &expect->tasks[e], &verdict->tasks[i]);
            taken[i] = taken[i] || found;
        }
        if (!found) {
            differ(t, "task %u is missing", e + 1);
        }
    }
    if (expect->has_tasks && verdict->tasks_count != expect->tasks_listed) {
        differ(t, "tasks: expected %u, got %u", expect->tasks_listed, verdict->tasks_count);
    }
    if (expect->tasks_count >= 0 && verdict->tasks_count != expect->tasks_count) {
        differ(t, "tasks_count: expected %d, got %u", (int)expect->tasks_count,
                verdict->tasks_count);
    }
    if (t->text->len != before) {
        list_tasks(t);
    }
}

static void compare_drafts(struct trial *t)
{
    const struct jd_case_expect *expect = &t->self->expect;
    if (!expect->has_drafts) {
        return;
    }
    if (expect->drafts.count != t->verdict->drafts_count) {
        differ(t, "drafts: expected %u, got %u", expect->drafts.count,
                t->verdict->drafts_count);
    }
    for (uint32_t e = 0; e < expect->drafts.count; e++) {
        bool found = false;
        for (uint32_t i = 0; i < t->verdict->drafts_count; i++) {
            found = found || jd_span_equal(t->verdict->drafts[i].kind, expect->drafts.items[e]);
        }
        if (!found) {
            differ(t, "draft '" JD_SPAN_FMT "' is missing",
                    JD_SPAN_ARG(expect->drafts.items[e]));
        }
    }
}

static void compare(struct trial *t)
{
    const struct jd_case_expect *expect = &t->self->expect;
    const struct jd_verdict *verdict = t->verdict;
    for (uint32_t i = 0; i < verdict->failures_count; i++) {
        const struct jd_verdict_failure *failure = &verdict->failures[i];
        differ(t, "rule " JD_SPAN_FMT " failed at " JD_SPAN_FMT ":%d: " JD_SPAN_FMT,
                JD_SPAN_ARG(failure->rule), JD_SPAN_ARG(failure->path), failure->line,
                JD_SPAN_ARG(failure->text));
    }
    compare_text(t, "category", expect->category, verdict->category);
    compare_confidence(t);
    compare_text(t, "priority", expect->priority, jd_span_of(verdict->priority));
    if (expect->needs_reply >= 0 && expect->needs_reply != (int)verdict->needs_reply) {
        differ(t, "needs_reply: expected %s, got %s", expect->needs_reply ? "true" : "false",
                verdict->needs_reply ? "true" : "false");
    }
    if (expect->is_task >= 0 && expect->is_task != (int)verdict->is_task) {
        differ(t, "is_task: expected %s, got %s", expect->is_task ? "true" : "false",
                verdict->is_task ? "true" : "false");
    }
    compare_fired(t);
    if (t->text->len) {
        list_fired(t);
    }
    compare_tasks(t);
    compare_drafts(t);
    compare_text(t, "route", expect->route, jd_span_of(verdict->route_ask ? "ask" : "keep"));
}

/* Decides over the case's mail and compares; what lives in `arena` is gone afterwards. */
static enum jd_status run_case(struct jd_release *release,
        const struct jd_case *self,
        struct jd_arena *arena,
        struct jd_buf *raw,
        struct jd_buf *zone,
        struct jd_buf *text,
        struct jd_error *error)
{
    struct jd_mail_limits limits = jd_mail_limits_default();
    struct jd_span owner = self->given.me.data ? self->given.me : JD_SPAN("me@example.org");
    struct jd_mail *mail;
    struct jd_verdict verdict;
    int64_t date_ms;
    limits.want_html = false;
    enum jd_status status = jd_case_write_mail(&self->given, raw, zone, &date_ms, error);
    struct trial trial = { .self = self, .verdict = &verdict, .text = text };
    if (status == JD_OK) {
        status = jd_zone_read(jd_buf_span(zone), &trial.zone, error);
    }
    if (status == JD_OK) {
        status = jd_mail_parse(arena, jd_buf_span(raw), &limits, &mail, error);
    }
    if (status != JD_OK) {
        return status;
    }
    struct jd_subject subject = { .mail = mail,
        .received_ms = date_ms,
        .date_ms = date_ms,
        .facts = self->given.facts,
        .owner_addresses = &owner,
        .owner_addresses_count = 1,
        .zone_file = jd_buf_span(zone),
        .want_is_task = self->expect.is_task >= 0 };
    status = jd_release_decide(release, &subject, arena, &verdict, error);
    if (status == JD_OK) {
        trial.mail = mail;
        compare(&trial);
    }
    return status;
}

static struct jd_release_case
judge(struct jd_release *release, const struct jd_case *self, struct jd_arena *arena)
{
    struct jd_arena *own = jd_arena_create(CASE_ARENA);
    struct jd_buf raw = jd_buf_init(RAW_BYTES_MAX), zone = jd_buf_init(4096),
                  text = jd_buf_init(TEXT_BYTES_MAX);
    struct jd_error error;
    enum jd_status status = run_case(release, self, own, &raw, &zone, &text, &error);
    struct jd_release_case out = { .name = jd_arena_copy(arena, self->name),
        .path = jd_arena_copy(arena, self->path),
        .line = self->line,
        .passed = status == JD_OK && text.len == 0 };
    out.text =
            jd_arena_copy(arena, status == JD_OK ? jd_buf_span(&text) : jd_span_of(error.text));
    jd_buf_finish(&raw);
    jd_buf_finish(&zone);
    jd_buf_finish(&text);
    jd_arena_destroy(&own);
    return out;
}

/* A file that cannot be read is a case that failed. */
static void
add_broken(struct jd_case_list *list, struct jd_span path, int line, const char *why)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity * 2 + 32;
        list->cases = jd_xrealloc(list->cases, list->capacity * sizeof(*list->cases));
    }
    list->cases[list->count++] = (struct jd_case){ .name = JD_SPAN("the file can be read"),
        .path = path,
        .line = line,
        .broken = jd_arena_copy(list->arena, jd_span_of(why)) };
}

enum jd_status jd_release_test(struct jd_release *release,
        struct jd_arena *arena,
        struct jd_release_case **out_cases,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct jd_case_list list = { .arena = arena };
    enum jd_status status = JD_OK;
    for (uint32_t i = 0; i < release->files_count; i++) {
        const struct jd_file *file = &release->files[i];
        struct jd_error reason;
        int line = 0;
        if (jd_span_ends(file->path, JD_SPAN(".test.lua")) &&
                jd_case_read(&list, file->path, file->content, &line, &reason) != JD_OK) {
            add_broken(&list, file->path, line, reason.text);
        }
    }
    struct jd_release_case *cases = jd_arena_zalloc(arena, list.count + 1, sizeof(*cases));
    for (uint32_t i = 0; cases && i < list.count; i++) {
        const struct jd_case *self = &list.cases[i];
        if (self->broken.data == NULL) {
            cases[i] = judge(release, self, arena);
        } else {
            cases[i] = (struct jd_release_case){ .name = self->name,
                .path = jd_arena_copy(arena, self->path),
                .line = self->line,
                .text = self->broken };
        }
    }
    if (cases == NULL) {
        status = jd_error_set(error, JD_BAD_INPUT, "the cases do not fit into their arena");
    } else {
        *out_cases = cases;
        *out_count = list.count;
    }
    free(list.cases);
    return status;
}
