/* The files of a release, and what differs between two. */
#include "base/diff.h"
#include "base/id.h"
#include "base/span.h"
#include "gateway/handlers.h"
#include "gateway/layer.h"
#include "gateway/problem.h"
#include "store/record_json.h"

#define FILES_ARENA_BYTES (JD_RELEASE_BYTES_MAX + 4 * 1024 * 1024)
#define DIFF_BYTES_MAX    (4 * 1024 * 1024) // of one file

static enum jd_status
read_path(struct jd_request *request, struct jd_span *out_path, struct jd_error *error)
{
    *out_path = jd_query_text(request, "path");
    return out_path->len ? JD_OK
                         : jd_request_refuse(request, error, "path",
                                   "path is the file's, like office/shops.lua");
}

static enum jd_status answer_file(struct jd_request *request,
        struct jd_db *db,
        const struct jd_release_row *release,
        struct jd_span path,
        struct jd_error *error)
{
    // A model may be larger than a request's memory.
    struct jd_arena *arena = jd_arena_create(JD_RELEASE_MODEL_BYTES_MAX + 64 * 1024);
    struct jd_span content;
    enum jd_status status =
            jd_release_file(db, release->owner_id, release->id, path, arena, &content, error);
    if (status == JD_OK) {
        struct jd_json_writer writer = jd_answer_begin(request);
        jd_json_open_object(&writer, NULL);
        jd_json_add_text(&writer, "path", path);
        jd_json_add_int(&writer, "bytes", (int64_t)content.len);
        jd_json_add_text(&writer, "content", content);
        jd_json_close_object(&writer);
        status = jd_answer_json(request, 200, error);
    }
    jd_arena_destroy(&arena);
    return status;
}

enum jd_status
jd_on_release_file(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_release_row release;
    struct jd_span path;
    enum jd_status status = read_path(request, &path, error);
    if (status == JD_OK) {
        status = jd_layer_path(request, db, JD_ROLE_EDITOR, &release, error);
    }
    if (!jd_layer_ok(request, status)) {
        return status;
    }
    return jd_answer_version(request, release.version)
                   ? jd_answer_empty(request, 304)
                   : answer_file(request, db, &release, path, error);
}

/* In one transaction; a refusal because of the version is told apart from others. */
static enum jd_status write_file(struct jd_request *request,
        struct jd_db *db,
        const struct jd_release_row *release,
        const struct jd_release_content *file,
        struct jd_error *error)
{
    int64_t if_version = 0;
    struct jd_release_row now = *release;
    enum jd_status status = jd_request_if_match(request, &if_version, error);
    if (status == JD_OK) {
        status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    }
    if (status != JD_OK) {
        return status;
    }
    status = jd_release_get(db, release->owner_id, release->id, request->arena, &now, error);
    bool changed = status == JD_OK && if_version && if_version != now.version;
    if (status == JD_OK) {
        request->field = "path"; // what a refusal is about
        status = jd_release_put(db, release->owner_id, release->id, if_version, file, error);
    }
    if (status == JD_OK) {
        status = jd_tx_commit(db, error);
    } else {
        jd_tx_rollback(db);
    }
    request->field = status == JD_BAD_INPUT ? request->field : NULL;
    return status == JD_REJECTED && changed ? jd_problem(request, 412, "%s", error->text)
                                            : status;
}

static enum jd_status change_file(struct jd_request *request,
        struct jd_db *db,
        struct jd_release_content *file,
        struct jd_error *error)
{
    struct jd_release_row release;
    enum jd_status status = read_path(request, &file->path, error);
    if (status == JD_OK) {
        status = jd_layer_path(request, db, JD_ROLE_EDITOR, &release, error);
    }
    if (jd_layer_ok(request, status)) {
        status = write_file(request, db, &release, file, error);
    }
    if (jd_layer_ok(request, status)) {
        status = jd_release_get(
                db, release.owner_id, release.id, request->arena, &release, error);
    }
    if (!jd_layer_ok(request, status)) {
        return status;
    }
    // If-None-Match means nothing to a change.
    (void)jd_answer_version(request, release.version);
    struct jd_json_writer writer = jd_answer_begin(request);
    jd_release_json(&writer, NULL, &release);
    return jd_answer_json(request, 200, error);
}

enum jd_status
jd_on_release_file_put(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_release_content file = { .content = JD_SPAN("") };
    enum jd_status status = jd_body_text(
            request, "content", 0, JD_RELEASE_FILE_BYTES_MAX, &file.content, error);
    return status == JD_OK ? change_file(request, db, &file, error) : status;
}

enum jd_status
jd_on_release_file_drop(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_release_content file = { 0 };
    return change_file(request, db, &file, error);
}

/* ---- diff ---- */

static bool is_model(struct jd_span path)
{
    return jd_span_ends(path, JD_SPAN(".model"));
}

/* was or now is NULL where the file is not there. */
static void write_difference(struct jd_json_writer *writer,
        const struct jd_release_content *was,
        const struct jd_release_content *now)
{
    struct jd_span path = was ? was->path : now->path, none = JD_SPAN("");
    struct jd_diff_counts counts = { 0, 0 };
    struct jd_buf diff = jd_buf_init(DIFF_BYTES_MAX);
    if (!is_model(path)) {
        jd_diff_lines(was ? was->content : none, now ? now->content : none, &diff, &counts);
    }
    jd_json_open_object(writer, NULL);
    jd_json_add_text(writer, "path", path);
    jd_json_add_text(writer, "status",
            !was   ? JD_SPAN("added")
            : !now ? JD_SPAN("removed")
                   : JD_SPAN("changed"));
    jd_json_add_int(writer, "added_lines", counts.added);
    jd_json_add_int(writer, "removed_lines", counts.removed);
    if (is_model(path) || diff.failed) {
        jd_json_add_null(writer, "diff");
    } else {
        jd_json_add_text(writer, "diff", jd_buf_span(&diff));
    }
    jd_json_close_object(writer);
    jd_buf_finish(&diff);
}

struct files {
    struct jd_release_content *list; // sorted by path
    uint32_t count;
};

static void write_differences(struct jd_json_writer *writer,
        const struct files *was,
        const struct files *now)
{
    uint32_t i = 0, k = 0;
    while (i < was->count || k < now->count) {
        int order = i == was->count   ? 1
                    : k == now->count ? -1
                                      : jd_span_compare(was->list[i].path, now->list[k].path);
        if (order != 0 || !jd_span_equal(was->list[i].content, now->list[k].content)) {
            write_difference(writer, order <= 0 ? &was->list[i] : NULL,
                    order >= 0 ? &now->list[k] : NULL);
        }
        i += order <= 0;
        k += order >= 0;
    }
}

/* The release that this one is compared with: the one named, else the one it was made from. */
static enum jd_status read_against(struct jd_request *request,
        struct jd_db *db,
        const struct jd_release_row *release,
        int64_t *out_against,
        struct jd_error *error)
{
    struct jd_release_row other;
    int64_t against = 0;
    enum jd_status status = jd_query_id(request, "against", &against, error);
    if (status == JD_OK && against) {
        status = jd_layer_release(request, db, against, JD_ROLE_EDITOR, &other, error);
    }
    *out_against = against ? against : release->base_id;
    return status;
}

static enum jd_status answer_diff(struct jd_request *request,
        struct jd_db *db,
        int64_t release,
        int64_t against,
        struct jd_error *error)
{
    char id[JD_ID_TEXT_BYTES], against_id[JD_ID_TEXT_BYTES];
    struct files was = { 0 }, now = { 0 };
    struct jd_arena *arena = jd_arena_create((size_t)2 * FILES_ARENA_BYTES);
    struct jd_json_writer writer = jd_answer_begin(request);
    enum jd_status status = jd_release_files(db, release, arena, &now.list, &now.count, error);
    if (status == JD_OK && against) { // one that is gone has no files
        status = jd_release_files(db, against, arena, &was.list, &was.count, error);
    }
    jd_id_format(release, id);
    jd_id_format(against, against_id);
    jd_json_open_object(&writer, NULL);
    jd_json_add_text(&writer, "release_id", jd_span_of(id));
    if (against) {
        jd_json_add_text(&writer, "against_id", jd_span_of(against_id));
    } else {
        jd_json_add_null(&writer, "against_id");
    }
    jd_json_open_array(&writer, "files");
    if (status == JD_OK) {
        write_differences(&writer, &was, &now);
    }
    jd_json_close_array(&writer);
    jd_json_close_object(&writer);
    jd_arena_destroy(&arena);
    return status == JD_OK ? jd_answer_json(request, 200, error) : status;
}

enum jd_status
jd_on_release_diff(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_release_row release;
    int64_t against = 0;
    enum jd_status status = jd_layer_path(request, db, JD_ROLE_EDITOR, &release, error);
    if (jd_layer_ok(request, status)) {
        status = read_against(request, db, &release, &against, error);
    }
    return jd_layer_ok(request, status) ? answer_diff(request, db, release.id, against, error)
                                        : status;
}
