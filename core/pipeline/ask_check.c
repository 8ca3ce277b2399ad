/* "check": the gate before a release may be active, and its report on the release's row. */
#include "base/span.h"
#include "pipeline/ask.h"
#include "pipeline/release_check.h"

#define ARENA_BYTES_MAX (4 * JD_RELEASE_BYTES_MAX)

struct checking {
    int64_t owner;
    struct jd_release_row release;
    struct jd_release_checked_set set;
    struct jd_arena *arena;
    struct jd_release_findings findings;
};

static enum jd_status run(struct jd_ask *ask, void *context, struct jd_error *error)
{
    struct checking *checking = context;
    jd_desk_leave(ask->desk);
    enum jd_status status = jd_release_check_run(
            ask->child, &checking->set, checking->arena, &checking->findings, error);
    jd_desk_enter(ask->desk);
    return status;
}

static enum jd_status
check(struct jd_ask *ask, struct checking *checking, struct jd_error *error)
{
    struct jd_db *db = ask->desk->db;
    const struct jd_release_row *release = &checking->release;
    enum jd_status status = jd_release_check_gather(db, ask->job->user_id, checking->release.id,
            checking->arena, &checking->set, error);
    if (status == JD_OK) {
        status = jd_ask_in_child(ask, run, checking, error);
    }
    if (status == JD_OK) {
        status = jd_release_checked(db, checking->owner, release->id, release->version,
                checking->findings.passed, checking->findings.report, error);
    }
    if (status == JD_OK) {
        status = jd_release_get(
                db, checking->owner, release->id, checking->arena, &checking->release, error);
    }
    if (status == JD_OK) {
        jd_json_open_object(&ask->writer, NULL);
        jd_json_add_text(&ask->writer, "state", checking->release.state);
        jd_json_add_bool(&ask->writer, "passed", checking->findings.passed);
        jd_json_add_raw(&ask->writer, "report", checking->findings.report);
        jd_json_close_object(&ask->writer);
    }
    return status;
}

enum jd_status jd_ask_check(struct jd_ask *ask, struct jd_error *error)
{
    struct checking checking = { .arena = jd_arena_create(ARENA_BYTES_MAX) };
    int64_t release = 0;
    enum jd_status status = jd_ask_id(ask, "owner", &checking.owner, error);
    if (status == JD_OK) {
        status = jd_ask_id(ask, "release", &release, error);
    }
    if (status == JD_OK) {
        status = jd_release_get(ask->desk->db, checking.owner, release, checking.arena,
                &checking.release, error);
    }
    if (status == JD_OK) {
        status = check(ask, &checking, error);
    }
    jd_arena_destroy(&checking.arena);
    return status;
}
