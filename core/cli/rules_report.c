/* Reports: a back-test, asked for in storage, done by the workers that run, watched here; and
 * what the candidate says of live mail. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/span.h"
#include "cli/rules.h"
#include "store/figures.h"
#include "store/shadow.h"
#include "store/suspensions.h"

#define LOOK_MS       200
#define CHANGES_SHOWN 50
#define DAYS_SHOWN    30
#define WAITED_MAX    50 // looks without progress before it is said that nobody works

static enum jd_status read_selection(const struct jd_rules_call *call,
        struct jd_selection *out,
        struct jd_error *error)
{
    char *rest;
    *out = (struct jd_selection){ .category =
                                          jd_span_of(call->category ? call->category : "") };
    if (!call->last) {
        return JD_OK;
    }
    errno = 0;
    out->last = strtoll(call->last, &rest, 10);
    return *rest || errno || out->last < 1
                   ? jd_error_set(error, JD_BAD_INPUT,
                             "--last is a number of messages, not '%s'", call->last)
                   : JD_OK;
}

/* Until it has ended; a line of progress on a terminal. */
static enum jd_status
watch(struct jd_rules_session *session, int64_t id, struct jd_backtest *out)
{
    int64_t done = -1;
    int waited = 0;
    enum jd_status status = JD_OK;
    for (;;) {
        struct jd_arena *arena = session->boot->arena;
        status = jd_backtest_get(
                session->boot->db, session->user, id, arena, out, &session->boot->error);
        if (status != JD_OK || !jd_span_equal(out->state, JD_SPAN("running"))) {
            return status;
        }
        if (isatty(STDERR_FILENO)) {
            fprintf(stderr, "\r%lld of %lld", (long long)out->done, (long long)out->total);
        }
        waited = out->done == done ? waited + 1 : 0;
        done = out->done;
        if (waited == WAITED_MAX) {
            fprintf(stderr, "jackdaw: no worker takes it; is `jackdaw serve` running?\n");
        }
        usleep(LOOK_MS * 1000);
    }
}

struct printing {
    char kept[32];
};

static const char *heading(struct jd_span what)
{
    static const struct {
        const char *what, *text;
    } headings[] = { { "category", "category, as it was said -> as this release says" },
        { "priority", "priority" }, { "needs_reply", "needs a reply" },
        { "label_was", "corrected to -> was said" },
        { "label_now", "corrected to -> this release says" }, { "task", "tasks" },
        { "hit", "rules that fired" }, { "failure", "rules that failed" },
        { "message", "messages" } };
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++) {
        if (jd_span_equal(what, jd_span_of(headings[i].what))) {
            return headings[i].text;
        }
    }
    return "other";
}

static enum jd_status print_count(void *context,
        struct jd_span what,
        struct jd_span name,
        struct jd_span other,
        int64_t count)
{
    struct printing *printing = context;
    if (!jd_span_equal(what, jd_span_of(printing->kept))) {
        snprintf(printing->kept, sizeof(printing->kept), JD_SPAN_FMT, JD_SPAN_ARG(what));
        printf("\n%s\n", heading(what));
    }
    printf("  %7lld  " JD_SPAN_FMT "%s" JD_SPAN_FMT "\n", (long long)count, JD_SPAN_ARG(name),
            other.len ? " -> " : "", JD_SPAN_ARG(other));
    return JD_OK;
}

static enum jd_status report(struct jd_rules_session *session,
        const struct jd_backtest *backtest)
{
    struct printing printing = { .kept = "" };
    double seconds = (double)(backtest->ended_ms - backtest->created_ms) / 1000;
    printf("%lld of %lld messages differ, %lld could not be read now, %.1f s\n",
            (long long)backtest->changed, (long long)backtest->total,
            (long long)backtest->unreadable, seconds);
    return jd_backtest_counts(session->boot->db, session->user, backtest->id, print_count,
            &printing, &session->boot->error);
}

int jd_rules_backtest(const struct jd_rules_call *call)
{
    struct jd_rules_session session;
    struct jd_release_row row;
    struct jd_selection selection;
    struct jd_backtest backtest;
    int64_t id = 0;
    if (!jd_rules_begin(&session, call)) {
        return 1;
    }
    struct jd_error *error = &session.boot->error;
    enum jd_status status = jd_rules_find(&session, call->word, &row);
    if (status == JD_OK) {
        status = read_selection(call, &selection, error);
    }
    if (status == JD_OK) {
        status = jd_backtest_create(
                session.boot->db, session.user, row.id, &selection, &id, error);
    }
    if (status == JD_OK) {
        status = watch(&session, id, &backtest);
    }
    if (status == JD_OK && !jd_span_equal(backtest.state, JD_SPAN("done"))) {
        status = jd_error_set(error, JD_REJECTED, "the back-test ended %s%s%s",
                backtest.state.data, backtest.error.len ? ": " : "", backtest.error.data);
    }
    if (status == JD_OK) {
        status = report(&session, &backtest);
    }
    return jd_rules_end(&session, status);
}

static enum jd_status print_change(void *context, const struct jd_backtest_change *change)
{
    int *count = context;
    if ((*count)++ == 0) {
        puts("\nyour own mail");
    }
    printf("  " JD_SPAN_FMT ": " JD_SPAN_FMT "\n    was " JD_SPAN_FMT "\n    now " JD_SPAN_FMT
           "\n",
            JD_SPAN_ARG(change->from_address), JD_SPAN_ARG(change->subject),
            JD_SPAN_ARG(change->was), JD_SPAN_ARG(change->now));
    return JD_OK;
}

int jd_rules_shadow(const struct jd_rules_call *call)
{
    struct jd_rules_session session;
    struct printing printing = { .kept = "" };
    int64_t release = 0;
    int count = 0;
    if (!jd_rules_begin(&session, call)) {
        return 1;
    }
    struct jd_db *db = session.boot->db;
    struct jd_error *error = &session.boot->error;
    enum jd_status status = jd_release_candidate(db, session.owner, &release, error);
    if (status == JD_NONE) {
        status = jd_error_set(error, JD_GONE,
                "there is no candidate; make one with: jackdaw rules candidate NUMBER");
    }
    if (status == JD_OK) {
        status = jd_shadow_counts(db, release, print_count, &printing, error);
    }
    if (status == JD_OK && !*printing.kept) {
        puts("no mail came since it is the candidate");
    }
    if (status == JD_OK) {
        status = jd_shadow_changes(
                db, session.user, release, 0, CHANGES_SHOWN, print_change, &count, error);
    }
    return jd_rules_end(&session, status);
}

int jd_rules_candidate(const struct jd_rules_call *call)
{
    struct jd_rules_session session;
    struct jd_release_row row = { 0 };
    if (!jd_rules_begin(&session, call)) {
        return 1;
    }
    const struct jd_release_note note = { JD_SPAN("admin"), jd_span_of(call->comment) };
    enum jd_status status =
            strcmp(call->word, "none") == 0 ? JD_OK : jd_rules_find(&session, call->word, &row);
    if (status == JD_OK) {
        status = jd_release_set_candidate(
                session.boot->db, session.owner, row.id, &note, &session.boot->error);
    }
    if (status == JD_OK && row.id) {
        printf("release %lld looks at new mail too and decides nothing; `jackdaw rules shadow` "
               "shows what it says\n",
                (long long)row.number);
    } else if (status == JD_OK) {
        puts("there is no candidate any more");
    }
    return jd_rules_end(&session, status);
}

struct figures {
    int64_t seen;
    int count;
};

static enum jd_status print_failure(void *context, const struct jd_rule_failure *one)
{
    (void)context; // of the shape of a row function
    printf("%s " JD_SPAN_FMT ": failed %lld times, last " JD_SPAN_FMT ":%lld: " JD_SPAN_FMT
           "\n",
            one->suspended ? "suspended" : "failing  ", JD_SPAN_ARG(one->rule),
            (long long)one->count, JD_SPAN_ARG(one->path), (long long)one->line,
            JD_SPAN_ARG(one->text));
    return JD_OK;
}

static enum jd_status print_figures(void *context, const struct jd_rule_figures *one)
{
    struct figures *figures = context;
    if (figures->count++ == 0) {
        puts("    hits  corrected  failed   p50 us   p99 us  instructions  rule");
    }
    printf("%8lld %10lld %7lld %8.1f %8.1f %13.0f  " JD_SPAN_FMT "\n", (long long)one->hits,
            (long long)one->corrections, (long long)one->failures, (double)one->p50_ns / 1000,
            (double)one->p99_ns / 1000,
            one->runs ? (double)one->instructions / (double)one->runs : 0,
            JD_SPAN_ARG(one->rule));
    return JD_OK;
}

int jd_rules_figures(const struct jd_rules_call *call)
{
    struct jd_rules_session session;
    struct jd_release_row row;
    struct figures figures = { 0 };
    if (!jd_rules_begin(&session, call)) {
        return 1;
    }
    enum jd_status status = jd_rules_chosen(&session, &row);
    if (status == JD_OK) {
        status = jd_figures_read(session.boot->db, session.owner, row.id, DAYS_SHOWN,
                print_figures, &figures, &figures.seen, &session.boot->error);
    }
    if (status == JD_OK) {
        printf("release %lld decided %lld messages in the last %d days\n",
                (long long)row.number, (long long)figures.seen, DAYS_SHOWN);
        status = jd_suspensions_list(session.boot->db, session.owner, row.id, print_failure,
                NULL, &session.boot->error);
    }
    return jd_rules_end(&session, status);
}

int jd_rules_resume(const struct jd_rules_call *call)
{
    struct jd_rules_session session;
    struct jd_release_row row;
    if (!jd_rules_begin(&session, call)) {
        return 1;
    }
    enum jd_status status = jd_rules_chosen(&session, &row);
    if (status == JD_OK) {
        status = jd_suspension_lift(session.boot->db, session.owner, row.id,
                jd_span_of(call->word), &session.boot->error);
    }
    if (status == JD_OK) {
        printf("%s takes part again\n", call->word);
    }
    return jd_rules_end(&session, status);
}
