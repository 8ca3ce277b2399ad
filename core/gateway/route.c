/* The table of all routes. */
#include "gateway/route.h"

#include "base/span.h"
#include "gateway/handlers.h"

#define API "/api/v1"

// A table, read by column.
// clang-format off
const struct jd_route jd_routes[] = {
    // method, path, least role, place, kept, query, body, handler
    { JD_METHOD_POST, API "/auth/login", 0, JD_PLACE_SIGN_IN, false, "", "username! password!", jd_on_login },
    { JD_METHOD_POST, API "/auth/link", 0, JD_PLACE_STORE, false, "", "token!", jd_on_link },
    { JD_METHOD_POST, API "/auth/refresh", 0, JD_PLACE_STORE, false, "", "refresh_token", jd_on_refresh },
    { JD_METHOD_POST, API "/auth/logout", 0, JD_PLACE_STORE, false, "", "refresh_token", jd_on_logout },
    { JD_METHOD_GET, API "/me", JD_ROLE_USER, JD_PLACE_MEMORY, false, "", NULL, jd_on_me },
    { JD_METHOD_GET, API "/messages", JD_ROLE_USER, JD_PLACE_STORE, true, "limit cursor category account unread q", NULL, jd_on_messages },
    { JD_METHOD_GET, API "/messages/counts", JD_ROLE_USER, JD_PLACE_STORE, false, "", NULL, jd_on_counts },
    { JD_METHOD_GET, API "/messages/{}", JD_ROLE_USER, JD_PLACE_STORE, false, "", NULL, jd_on_message },
    { JD_METHOD_PATCH, API "/messages/{}", JD_ROLE_USER, JD_PLACE_STORE, false, "", "unread flagged category", jd_on_message_patch },
    { JD_METHOD_GET, API "/messages/{}/explain", JD_ROLE_USER, JD_PLACE_STORE, false, "why_not", NULL, jd_on_explain },
    { JD_METHOD_POST, API "/messages/{}/replay", JD_ROLE_USER, JD_PLACE_STORE, false, "", "release!", jd_on_replay },
    { JD_METHOD_GET, API "/threads/{}", JD_ROLE_USER, JD_PLACE_STORE, true, "", NULL, jd_on_thread },
    { JD_METHOD_GET, API "/tasks", JD_ROLE_USER, JD_PLACE_STORE, true, "limit cursor state message", NULL, jd_on_tasks },
    { JD_METHOD_PATCH, API "/tasks/{}", JD_ROLE_USER, JD_PLACE_STORE, false, "", "state!", jd_on_task_patch },
    { JD_METHOD_GET, API "/drafts", JD_ROLE_USER, JD_PLACE_STORE, true, "limit cursor message", NULL, jd_on_drafts },
    { JD_METHOD_POST, API "/undo/{}", JD_ROLE_USER, JD_PLACE_STORE, false, "", NULL, jd_on_undo },
    { JD_METHOD_GET, API "/operations", JD_ROLE_USER, JD_PLACE_STORE, false, "limit cursor", NULL, jd_on_operations },
    { JD_METHOD_GET, API "/accounts", JD_ROLE_USER, JD_PLACE_STORE, false, "", NULL, jd_on_accounts },
    { JD_METHOD_POST, API "/accounts", JD_ROLE_USER, JD_PLACE_STORE, false, "", "name! kind! options! address time_zone", jd_on_account_create },
    { JD_METHOD_PATCH, API "/accounts/{}", JD_ROLE_USER, JD_PLACE_STORE, false, "", "address time_zone", jd_on_account_patch },
    { JD_METHOD_DELETE, API "/accounts/{}", JD_ROLE_USER, JD_PLACE_STORE, false, "", NULL, jd_on_account_remove },
    { JD_METHOD_GET, API "/accounts/{}/rejected", JD_ROLE_USER, JD_PLACE_STORE, false, "limit cursor", NULL, jd_on_account_rejected },
    { JD_METHOD_GET, API "/rules/releases", JD_ROLE_USER, JD_PLACE_STORE, false, "limit cursor owner", NULL, jd_on_releases },
    { JD_METHOD_POST, API "/rules/releases", JD_ROLE_USER, JD_PLACE_STORE, false, "", "owner! base comment", jd_on_release_create },
    { JD_METHOD_GET, API "/rules/releases/{}", JD_ROLE_USER, JD_PLACE_STORE, false, "", NULL, jd_on_release },
    { JD_METHOD_PATCH, API "/rules/releases/{}", JD_ROLE_USER, JD_PLACE_STORE, false, "", "comment!", jd_on_release_patch },
    { JD_METHOD_DELETE, API "/rules/releases/{}", JD_ROLE_USER, JD_PLACE_STORE, false, "", NULL, jd_on_release_drop },
    { JD_METHOD_GET, API "/rules/releases/{}/files", JD_ROLE_USER, JD_PLACE_STORE, false, "path", NULL, jd_on_release_file },
    { JD_METHOD_PUT, API "/rules/releases/{}/files", JD_ROLE_USER, JD_PLACE_STORE, false, "path", "content!", jd_on_release_file_put },
    { JD_METHOD_DELETE, API "/rules/releases/{}/files", JD_ROLE_USER, JD_PLACE_STORE, false, "path", NULL, jd_on_release_file_drop },
    { JD_METHOD_GET, API "/rules/releases/{}/diff", JD_ROLE_USER, JD_PLACE_STORE, false, "against", NULL, jd_on_release_diff },
    { JD_METHOD_POST, API "/rules/releases/{}/check", JD_ROLE_USER, JD_PLACE_STORE, false, "", NULL, jd_on_release_check },
    { JD_METHOD_POST, API "/rules/releases/{}/activate", JD_ROLE_USER, JD_PLACE_STORE, false, "", "comment", jd_on_release_activate },
    { JD_METHOD_POST, API "/rules/releases/{}/candidate", JD_ROLE_USER, JD_PLACE_STORE, false, "", "comment", jd_on_candidate_set },
    { JD_METHOD_DELETE, API "/rules/candidate", JD_ROLE_USER, JD_PLACE_STORE, false, "owner", NULL, jd_on_candidate_drop },
    { JD_METHOD_POST, API "/rules/rollback", JD_ROLE_USER, JD_PLACE_STORE, false, "", "owner! comment", jd_on_rollback },
    { JD_METHOD_GET, API "/rules/log", JD_ROLE_USER, JD_PLACE_STORE, false, "limit cursor owner", NULL, jd_on_release_log },
    { JD_METHOD_GET, API "/rules/backtests", JD_ROLE_USER, JD_PLACE_STORE, false, "limit cursor", NULL, jd_on_backtests },
    { JD_METHOD_POST, API "/rules/backtests", JD_ROLE_USER, JD_PLACE_STORE, false, "", "release! last account category from until", jd_on_backtest_create },
    { JD_METHOD_GET, API "/rules/backtests/{}", JD_ROLE_USER, JD_PLACE_STORE, false, "", NULL, jd_on_backtest },
    { JD_METHOD_DELETE, API "/rules/backtests/{}", JD_ROLE_USER, JD_PLACE_STORE, false, "", NULL, jd_on_backtest_drop },
    { JD_METHOD_GET, API "/rules/backtests/{}/changes", JD_ROLE_USER, JD_PLACE_STORE, false, "limit cursor", NULL, jd_on_backtest_changes },
    { JD_METHOD_POST, API "/rules/backtests/{}/cancel", JD_ROLE_USER, JD_PLACE_STORE, false, "", NULL, jd_on_backtest_cancel },
    { JD_METHOD_GET, API "/answers/{}", JD_ROLE_USER, JD_PLACE_STORE, false, "", NULL, jd_on_answer },
    { JD_METHOD_GET, API "/jobs", JD_ROLE_ADMIN, JD_PLACE_STORE, false, "limit state", NULL, jd_on_jobs },
    { JD_METHOD_POST, API "/jobs/{}/retry", JD_ROLE_ADMIN, JD_PLACE_STORE, false, "", NULL, jd_on_job_retry },
    { JD_METHOD_GET, API "/events", 0, JD_PLACE_MEMORY, false, "", NULL, jd_on_events },
    { JD_METHOD_GET, API "/events/log", JD_ROLE_USER, JD_PLACE_STORE, false, "limit after", NULL, jd_on_events_log },
    { JD_METHOD_GET, API "/openapi.json", 0, JD_PLACE_MEMORY, false, "", NULL, jd_on_openapi },
    { JD_METHOD_GET, "/health/live", 0, JD_PLACE_MEMORY, false, "", NULL, jd_on_health_live },
    { JD_METHOD_GET, "/health/ready", 0, JD_PLACE_STORE, false, "", NULL, jd_on_health_ready },
    { 0 },
};
// clang-format on

static bool matches(const char *pattern, struct jd_span path, struct jd_span ids[2])
{
    struct jd_span pattern_rest = jd_span_of(pattern), want, have;
    unsigned count = 0;
    while (jd_span_split(&pattern_rest, '/', &want)) {
        if (!jd_span_split(&path, '/', &have)) {
            return false;
        }
        if (jd_span_equal(want, JD_SPAN("{}"))) {
            if (have.len == 0 || count == 2) {
                return false;
            }
            ids[count++] = have;
        } else if (!jd_span_equal(want, have)) {
            return false;
        }
    }
    return path.data == NULL;
}

static const char *allow_of(struct jd_arena *arena, unsigned methods)
{
    static const char *const names[] = {
        [JD_METHOD_GET] = "GET, HEAD, ",
        [JD_METHOD_POST] = "POST, ",
        [JD_METHOD_PUT] = "PUT, ",
        [JD_METHOD_PATCH] = "PATCH, ",
        [JD_METHOD_DELETE] = "DELETE, ",
    };
    struct jd_span allow = JD_SPAN("");
    for (unsigned method = JD_METHOD_GET; method <= JD_METHOD_DELETE; method++) {
        if (methods & 1u << method) {
            allow = jd_arena_format(arena, JD_SPAN_FMT "%s", JD_SPAN_ARG(allow), names[method]);
        }
    }
    return methods ? jd_arena_format(arena, JD_SPAN_FMT "OPTIONS", JD_SPAN_ARG(allow)).data
                   : "";
}

const struct jd_route *jd_route_find(struct jd_request *request, const char **out_allow)
{
    unsigned methods = 0;
    for (const struct jd_route *route = jd_routes; route->path; route++) {
        struct jd_span ids[2] = { { "", 0 }, { "", 0 } };
        if (!matches(route->path, request->path, ids)) {
            continue;
        }
        if (route->method == request->method) {
            memcpy(request->ids, ids, sizeof(ids));
            *out_allow = "";
            return route;
        }
        methods |= 1u << route->method;
    }
    *out_allow = allow_of(request->arena, methods);
    return NULL;
}
