/* Back-tests: what a release would say of the caller's past mail. */
#include "base/clock.h"
#include "base/id.h"
#include "base/span.h"
#include "gateway/backtest_report.h"
#include "gateway/handlers.h"
#include "gateway/layer.h"
#include "gateway/page.h"
#include "gateway/problem.h"
#include "store/record_json.h"

static enum jd_status answer_backtest(struct jd_request *request,
        struct jd_db *db,
        int64_t id,
        unsigned code,
        struct jd_error *error)
{
    struct jd_backtest backtest;
    enum jd_status status =
            jd_backtest_get(db, request->caller.user, id, request->arena, &backtest, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_json_writer writer = jd_answer_begin(request);
    jd_json_open_object(&writer, NULL);
    jd_backtest_members(&writer, &backtest);
    status = jd_backtest_report(&writer, db, request->caller.user, id, error);
    jd_json_close_object(&writer);
    return status == JD_OK ? jd_answer_json(request, code, error) : status;
}

static enum jd_status read_time(struct jd_request *request,
        const char *member,
        int64_t *out_time_ms,
        struct jd_error *error)
{
    const struct jd_json *value = jd_json_member(request->document, member);
    *out_time_ms = 0;
    if (value && !jd_clock_parse(jd_json_text(value, JD_SPAN("")), out_time_ms)) {
        return jd_request_refuse(
                request, error, member, "%s is a time like 2026-03-01T09:00:00.000Z", member);
    }
    return JD_OK;
}

static enum jd_status
read_last(struct jd_request *request, int64_t *out_last, struct jd_error *error)
{
    const struct jd_json *value = jd_json_member(request->document, "last");
    *out_last = jd_json_int(value, 0);
    if (value && (*out_last < 1 || *out_last > JD_BACKTEST_MESSAGES_MAX)) {
        return jd_request_refuse(request, error, "last", "last is a whole number from 1 to %d",
                JD_BACKTEST_MESSAGES_MAX);
    }
    return JD_OK;
}

/* The caller's account; 0: all. */
static enum jd_status read_account(struct jd_request *request,
        struct jd_db *db,
        int64_t *out_account,
        struct jd_error *error)
{
    struct jd_account account;
    const struct jd_json *value = jd_json_member(request->document, "account");
    *out_account = 0;
    if (!value) {
        return JD_OK;
    }
    if (!jd_id_parse(jd_json_text(value, JD_SPAN("")), out_account) || *out_account == 0) {
        return jd_request_refuse(
                request, error, "account", "account is an id: 13 letters and digits");
    }
    request->field = "account"; // what a refusal is about
    enum jd_status status = jd_account_find(
            db, request->caller.user, *out_account, request->arena, &account, error);
    request->field = status == JD_OK ? NULL : request->field;
    return status;
}

static enum jd_status read_selection(struct jd_request *request,
        struct jd_db *db,
        struct jd_selection *out_selection,
        struct jd_error *error)
{
    struct jd_selection selection = { 0 };
    enum jd_status status = read_last(request, &selection.last, error);
    if (status == JD_OK) {
        status = jd_body_choice(request, "category", JD_CATEGORIES, &selection.category, error);
    }
    if (status == JD_OK) {
        status = read_time(request, "from", &selection.from_ms, error);
    }
    if (status == JD_OK) {
        status = read_time(request, "until", &selection.until_ms, error);
    }
    if (status == JD_OK) {
        status = read_account(request, db, &selection.account, error);
    }
    selection.category = selection.category.data ? selection.category : JD_SPAN("");
    *out_selection = selection;
    return status;
}

enum jd_status
jd_on_backtest_create(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id = 0;
    struct jd_release_row release;
    struct jd_selection selection;
    enum jd_status status = jd_layer_member(request, db, "release", &release, error);
    if (jd_layer_ok(request, status)) {
        status = read_selection(request, db, &selection, error);
    }
    if (!jd_layer_ok(request, status)) {
        return status;
    }
    status = jd_backtest_create(db, request->caller.user, release.id, &selection, &id, error);
    return status == JD_OK ? answer_backtest(request, db, id, 201, error) : status;
}

static enum jd_status take_row(void *context, const struct jd_backtest *backtest)
{
    struct jd_page *page = context;
    jd_json_open_object(&page->writer, NULL);
    jd_backtest_members(&page->writer, backtest);
    jd_json_close_object(&page->writer);
    jd_page_count(page, backtest->id, 0);
    return JD_OK;
}

enum jd_status
jd_on_backtests(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_page page;
    enum jd_status status = jd_page_open(request, JD_SPAN("backtests"), &page, error);
    if (status == JD_OK) {
        status = jd_backtests_list(db, request->caller.user, page.cursor.keys[0], page.limit,
                take_row, &page, error);
    }
    return status == JD_OK ? jd_page_close(&page, error) : status;
}

enum jd_status
jd_on_backtest(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id;
    enum jd_status status = jd_path_id(request, &id, error);
    return status == JD_OK ? answer_backtest(request, db, id, 200, error) : status;
}

/* Asked first: one that is not there is no conflict. */
static enum jd_status find_backtest(struct jd_request *request,
        struct jd_db *db,
        int64_t *out_id,
        struct jd_error *error)
{
    struct jd_backtest backtest;
    enum jd_status status = jd_path_id(request, out_id, error);
    return status == JD_OK ? jd_backtest_get(db, request->caller.user, *out_id, request->arena,
                                     &backtest, error)
                           : status;
}

enum jd_status
jd_on_backtest_cancel(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id = 0;
    enum jd_status status = find_backtest(request, db, &id, error);
    if (status == JD_OK) {
        status = jd_backtest_cancel(db, request->caller.user, id, error);
    }
    return status == JD_OK ? answer_backtest(request, db, id, 200, error) : status;
}

enum jd_status
jd_on_backtest_drop(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id = 0;
    enum jd_status status = find_backtest(request, db, &id, error);
    if (status == JD_OK) {
        status = jd_backtest_drop(db, request->caller.user, id, error);
    }
    return status == JD_OK ? jd_answer_empty(request, 204) : status;
}

static enum jd_status take_change(void *context, const struct jd_backtest_change *change)
{
    struct jd_page *page = context;
    jd_backtest_change_json(&page->writer, NULL, change);
    jd_page_count(page, change->message_id, 0);
    return JD_OK;
}

enum jd_status
jd_on_backtest_changes(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id = 0;
    struct jd_page page;
    enum jd_status status = find_backtest(request, db, &id, error);
    if (status == JD_OK) {
        struct jd_span list =
                jd_arena_format(request->arena, "backtest changes %lld", (long long)id);
        status = jd_page_open(request, list, &page, error);
    }
    if (status == JD_OK) {
        status = jd_backtest_changes(db, request->caller.user, id, page.cursor.keys[0],
                page.limit, take_change, &page, error);
    }
    return status == JD_OK ? jd_page_close(&page, error) : status;
}
