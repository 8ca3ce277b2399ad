/* Releases of rules: what there is, new ones, the gate, and which decides. */
#include "base/id.h"
#include "base/seal.h"
#include "base/span.h"
#include "gateway/handlers.h"
#include "gateway/layer.h"
#include "gateway/page.h"
#include "gateway/problem.h"
#include "gateway/question.h"
#include "store/record_json.h"

#define COMMENT_BYTES_MAX 1000
#define FILES_ARENA_BYTES (JD_RELEASE_BYTES_MAX + 4 * 1024 * 1024)
#define REASONS_BYTES_MAX (1024 * 1024)

static enum jd_status take_row(void *context, const struct jd_release_row *release)
{
    struct jd_page *page = context;
    jd_release_json(&page->writer, NULL, release);
    jd_page_count(page, release->number, 0);
    return JD_OK;
}

enum jd_status
jd_on_releases(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t owner;
    struct jd_page page;
    enum jd_status status = jd_layer_query(request, JD_ROLE_EDITOR, &owner, error);
    if (!jd_layer_ok(request, status)) {
        return status;
    }
    struct jd_span list =
            jd_arena_format(request->arena, "releases owner=%lld", (long long)owner);
    status = jd_page_open(request, list, &page, error);
    if (status == JD_OK) {
        status = jd_releases_list(
                db, owner, page.cursor.keys[0], page.limit, take_row, &page, error);
    }
    return status == JD_OK ? jd_page_close(&page, error) : status;
}

/* ---- one release ---- */

static void write_file(struct jd_json_writer *writer, const struct jd_release_content *file)
{
    uint8_t hash[JD_HASH_BYTES];
    char hex[2 * JD_HASH_BYTES + 1];
    jd_hash_sha256(file->content, hash);
    for (int i = 0; i < JD_HASH_BYTES; i++) {
        snprintf(hex + (size_t)2 * i, 3, "%02x", hash[i]);
    }
    jd_json_open_object(writer, NULL);
    jd_json_add_text(writer, "path", file->path);
    jd_json_add_int(writer, "bytes", (int64_t)file->content.len);
    jd_json_add_text(writer, "sha256", jd_span_of(hex));
    jd_json_close_object(writer);
}

static enum jd_status write_files(struct jd_json_writer *writer,
        struct jd_db *db,
        int64_t release,
        struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(FILES_ARENA_BYTES);
    struct jd_release_content *files = NULL;
    uint32_t count = 0;
    enum jd_status status = jd_release_files(db, release, arena, &files, &count, error);
    jd_json_open_array(writer, "files");
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        write_file(writer, &files[i]);
    }
    jd_json_close_array(writer);
    jd_arena_destroy(&arena);
    return status;
}

static enum jd_status answer_release(struct jd_request *request,
        struct jd_db *db,
        const struct jd_release_row *release,
        unsigned code,
        struct jd_error *error)
{
    struct jd_json_writer writer = jd_answer_begin(request);
    // If-None-Match was looked at where it means something.
    (void)jd_answer_version(request, release->version);
    jd_json_open_object(&writer, NULL);
    jd_release_members(&writer, release);
    enum jd_status status = write_files(&writer, db, release->id, error);
    if (release->report.len) {
        jd_json_add_raw(&writer, "report", release->report);
    } else {
        jd_json_add_null(&writer, "report");
    }
    jd_json_close_object(&writer);
    return status == JD_OK ? jd_answer_json(request, code, error) : status;
}

/* As it stands after a change. */
static enum jd_status answer_anew(struct jd_request *request,
        struct jd_db *db,
        int64_t owner,
        int64_t id,
        unsigned code,
        struct jd_error *error)
{
    struct jd_release_row release;
    enum jd_status status = jd_release_get(db, owner, id, request->arena, &release, error);
    return status == JD_OK ? answer_release(request, db, &release, code, error) : status;
}

enum jd_status
jd_on_release(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_release_row release;
    enum jd_status status = jd_layer_path(request, db, JD_ROLE_EDITOR, &release, error);
    // Not by its version: the state may change without an edit.
    return jd_layer_ok(request, status) ? answer_release(request, db, &release, 200, error)
                                        : status;
}

static enum jd_status
read_note(struct jd_request *request, struct jd_release_note *out_note, struct jd_error *error)
{
    struct jd_span comment;
    enum jd_status status =
            jd_body_text(request, "comment", 0, COMMENT_BYTES_MAX, &comment, error);
    *out_note = (struct jd_release_note){ request->caller.name,
        comment.data ? comment : JD_SPAN("") };
    return status;
}

/* The release that a new one is made from; 0: the layer has none yet. */
static enum jd_status read_base(struct jd_request *request,
        struct jd_db *db,
        int64_t owner,
        int64_t *out_base,
        struct jd_error *error)
{
    struct jd_release_row base = { 0 };
    if (!jd_json_member(request->document, "base")) {
        enum jd_status status = jd_release_active(db, owner, out_base, error);
        *out_base = status == JD_OK ? *out_base : 0;
        return status == JD_NONE ? JD_OK : status;
    }
    enum jd_status status = jd_layer_member(request, db, "base", &base, error);
    if (jd_layer_ok(request, status) && base.owner_id != owner) {
        return jd_request_refuse(request, error, "base", "base is a release of the same owner");
    }
    *out_base = base.id;
    return status;
}

enum jd_status
jd_on_release_create(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t owner = 0, base = 0, id = 0;
    struct jd_release_note note;
    enum jd_status status = jd_layer_body(request, JD_ROLE_EDITOR, &owner, error);
    if (jd_layer_ok(request, status)) {
        status = read_base(request, db, owner, &base, error);
    }
    if (jd_layer_ok(request, status)) {
        status = read_note(request, &note, error);
    }
    if (!jd_layer_ok(request, status)) {
        return status;
    }
    status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status == JD_OK) {
        status = jd_release_create(db, owner, base, &note, &id, error);
    }
    if (status == JD_OK) {
        status = jd_tx_commit(db, error);
    } else {
        jd_tx_rollback(db);
    }
    return status == JD_OK ? answer_anew(request, db, owner, id, 201, error) : status;
}

enum jd_status
jd_on_release_patch(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_release_row release;
    struct jd_release_note note;
    enum jd_status status = jd_layer_path(request, db, JD_ROLE_EDITOR, &release, error);
    if (jd_layer_ok(request, status)) {
        status = read_note(request, &note, error);
    }
    if (!jd_layer_ok(request, status)) {
        return status;
    }
    status = jd_release_describe(db, release.owner_id, release.id, note.comment, error);
    return status == JD_OK ? answer_anew(request, db, release.owner_id, release.id, 200, error)
                           : status;
}

enum jd_status
jd_on_release_drop(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_release_row release;
    enum jd_status status = jd_layer_path(request, db, JD_ROLE_EDITOR, &release, error);
    if (!jd_layer_ok(request, status)) {
        return status;
    }
    status = jd_release_drop(db, release.owner_id, release.id, error);
    return status == JD_OK ? jd_answer_empty(request, 204) : status;
}

enum jd_status
jd_on_release_check(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_release_row release;
    enum jd_status status = jd_layer_path(request, db, JD_ROLE_EDITOR, &release, error);
    if (!jd_layer_ok(request, status)) {
        return status;
    }
    const struct jd_question_id ids[] = { { "owner", release.owner_id },
        { "release", release.id } };
    return jd_question_put(request, db, "check", ids, 2, error);
}

/* ---- what is active ---- */

static void copy_text(struct jd_json_writer *writer,
        const char *member,
        const struct jd_json *from,
        const char *from_member)
{
    const struct jd_json *text = jd_json_member(from, from_member);
    if (text) {
        jd_json_add_text(writer, member, jd_json_text(text, JD_SPAN("")));
    }
}

/* Problems, or failed tests: of the latter those that block. */
static void add_reasons(struct jd_json_writer *writer, const struct jd_json *list)
{
    for (const struct jd_json *one = jd_json_first(list); one; one = jd_json_next(one)) {
        if (!jd_json_bool(jd_json_member(one, "blocks"), true)) {
            continue;
        }
        jd_json_open_object(writer, NULL);
        copy_text(writer, "path", one, "path");
        jd_json_add_int(writer, "line", jd_json_int(jd_json_member(one, "line"), 0));
        copy_text(writer, "text", one, "text");
        copy_text(writer, "case", one, "name");
        copy_text(writer, "code", one, "code");
        copy_text(writer, "cure", one, "cure");
        jd_json_close_object(writer);
    }
}

/* What of the last check is in the way, beside the sentence. */
static enum jd_status note_reasons(struct jd_request *request,
        const struct jd_release_row *release,
        struct jd_error *error)
{
    struct jd_json *report = NULL;
    struct jd_error unread;
    if (release->report.len == 0 ||
            jd_json_parse(release->report, release->report.len, &report, &unread) != JD_OK) {
        return error->status; // the sentence is all there is to say
    }
    struct jd_buf reasons = jd_buf_init(REASONS_BYTES_MAX);
    struct jd_json_writer writer = jd_json_writer(&reasons);
    jd_json_open_array(&writer, NULL);
    add_reasons(&writer, jd_json_member(report, "problems"));
    add_reasons(&writer, jd_json_member(jd_json_member(report, "tests"), "failed"));
    jd_json_close_array(&writer);
    if (!reasons.failed) {
        request->reasons = jd_arena_copy(request->arena, jd_buf_span(&reasons));
    }
    jd_buf_finish(&reasons);
    jd_json_destroy(&report);
    return error->status;
}

typedef enum jd_status (*switch_fn)(struct jd_db *db,
        int64_t owner,
        int64_t release,
        const struct jd_release_note *note,
        struct jd_error *error);

/* Activation and shadow: both want a release that has passed its check. */
static enum jd_status switch_to(struct jd_request *request,
        struct jd_db *db,
        switch_fn switch_release,
        struct jd_error *error)
{
    struct jd_release_row release;
    struct jd_release_note note;
    enum jd_status status = jd_layer_path(request, db, JD_ROLE_ADMIN, &release, error);
    if (jd_layer_ok(request, status)) {
        status = read_note(request, &note, error);
    }
    if (!jd_layer_ok(request, status)) {
        return status;
    }
    status = switch_release(db, release.owner_id, release.id, &note, error);
    if (status == JD_REJECTED) {
        return note_reasons(request, &release, error);
    }
    return status == JD_OK ? answer_anew(request, db, release.owner_id, release.id, 200, error)
                           : status;
}

enum jd_status
jd_on_release_activate(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    return switch_to(request, db, jd_release_activate, error);
}

enum jd_status
jd_on_candidate_set(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    return switch_to(request, db, jd_release_set_candidate, error);
}

enum jd_status
jd_on_candidate_drop(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t owner = 0;
    struct jd_release_note note = { request->caller.name, JD_SPAN("") };
    enum jd_status status = jd_layer_query(request, JD_ROLE_ADMIN, &owner, error);
    if (!jd_layer_ok(request, status)) {
        return status;
    }
    status = jd_release_set_candidate(db, owner, 0, &note, error);
    return status == JD_OK ? jd_answer_empty(request, 204) : status;
}

enum jd_status
jd_on_rollback(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t owner = 0, release = 0;
    struct jd_release_note note;
    enum jd_status status = jd_layer_body(request, JD_ROLE_ADMIN, &owner, error);
    if (jd_layer_ok(request, status)) {
        status = read_note(request, &note, error);
    }
    if (!jd_layer_ok(request, status)) {
        return status;
    }
    status = jd_release_rollback(db, owner, &note, &release, error);
    return status == JD_OK ? answer_anew(request, db, owner, release, 200, error) : status;
}

static enum jd_status take_change(void *context, const struct jd_release_change *change)
{
    struct jd_page *page = context;
    jd_release_change_json(&page->writer, NULL, change);
    jd_page_count(page, change->id, 0);
    return JD_OK;
}

enum jd_status
jd_on_release_log(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t owner;
    struct jd_page page;
    enum jd_status status = jd_layer_query(request, JD_ROLE_EDITOR, &owner, error);
    if (!jd_layer_ok(request, status)) {
        return status;
    }
    struct jd_span list =
            jd_arena_format(request->arena, "release log owner=%lld", (long long)owner);
    status = jd_page_open(request, list, &page, error);
    if (status == JD_OK) {
        status = jd_release_log(
                db, owner, page.cursor.keys[0], page.limit, take_change, &page, error);
    }
    return status == JD_OK ? jd_page_close(&page, error) : status;
}
