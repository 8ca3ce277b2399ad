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
    struct jd_release_content *own; // sorted by path
    uint32_t own_count;
    struct jd_release_findings findings;
};

static bool is_own(const void *context, struct jd_span path)
{
    const struct checking *checking = context;
    uint32_t low = 0, high = checking->own_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = jd_span_compare(checking->own[middle].path, path);
        if (order == 0) {
            return true;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return false;
}

/* What the child loads: the rule set of who asks, with this release in its place. */
static enum jd_status
gather(struct jd_ask *ask, struct checking *checking, struct jd_error *error)
{
    struct jd_db *db = ask->desk->db;
    struct jd_rule_set set;
    struct jd_release_content *all = NULL;
    uint32_t count = 0;
    enum jd_status status =
            jd_rule_set_with(db, ask->job->user_id, checking->release.id, &set, error);
    if (status == JD_OK) {
        status = jd_rule_set_files(db, &set, checking->arena, &all, &count, error);
    }
    if (status == JD_OK) {
        status = jd_release_files(db, checking->release.id, checking->arena, &checking->own,
                &checking->own_count, error);
    }
    if (status != JD_OK) {
        return status;
    }
    struct jd_child_file *files = jd_arena_zalloc(checking->arena, count + 1, sizeof(*files));
    if (!files) {
        return jd_error_set(error, JD_BUG, "no room for the files of a release");
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!jd_span_starts(all[i].path, JD_SPAN("prompts/"))) {
            files[checking->set.files_count++] =
                    (struct jd_child_file){ all[i].path, all[i].content };
        }
    }
    checking->set.key = set.key;
    checking->set.files = files;
    checking->set.is_own = is_own;
    checking->set.context = checking;
    return JD_OK;
}

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
    enum jd_status status = gather(ask, checking, error);
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
