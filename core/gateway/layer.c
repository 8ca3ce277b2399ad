/* Whose releases a request is about. */
#include "gateway/layer.h"

#include "base/id.h"
#include "base/span.h"
#include "gateway/problem.h"

#define OWNERS "organisation me"

static enum jd_status check_role(struct jd_request *request, int64_t owner, enum jd_role least)
{
    if (owner != JD_ORGANISATION || request->caller.role >= least) {
        return JD_OK;
    }
    return jd_problem(request, 403, "only %s may do this with the organisation's rules",
            least == JD_ROLE_ADMIN ? "admins" : "editors and admins");
}

enum jd_status jd_layer_owner(struct jd_request *request,
        struct jd_span word,
        enum jd_role least,
        int64_t *out_owner,
        struct jd_error *error)
{
    if (!jd_is_choice(word, OWNERS)) {
        return jd_request_refuse(request, error, "owner", "owner is one of: %s", OWNERS);
    }
    bool mine = jd_span_equal(word, JD_SPAN("me"));
    *out_owner = mine ? request->caller.user : JD_ORGANISATION;
    return check_role(request, *out_owner, least);
}

enum jd_status jd_layer_query(struct jd_request *request,
        enum jd_role least,
        int64_t *out_owner,
        struct jd_error *error)
{
    return jd_layer_owner(request, jd_query_text(request, "owner"), least, out_owner, error);
}

enum jd_status jd_layer_body(struct jd_request *request,
        enum jd_role least,
        int64_t *out_owner,
        struct jd_error *error)
{
    const struct jd_json *word = jd_json_member(request->document, "owner");
    return jd_layer_owner(request, jd_json_text(word, JD_SPAN("")), least, out_owner, error);
}

enum jd_status jd_layer_release(struct jd_request *request,
        struct jd_db *db,
        int64_t id,
        enum jd_role least,
        struct jd_release_row *out_release,
        struct jd_error *error)
{
    enum jd_status status =
            jd_release_get(db, request->caller.user, id, request->arena, out_release, error);
    if (status == JD_GONE && request->caller.role >= JD_ROLE_EDITOR) {
        status = jd_release_get(db, JD_ORGANISATION, id, request->arena, out_release, error);
    }
    return status == JD_OK ? check_role(request, out_release->owner_id, least) : status;
}

enum jd_status jd_layer_path(struct jd_request *request,
        struct jd_db *db,
        enum jd_role least,
        struct jd_release_row *out_release,
        struct jd_error *error)
{
    int64_t id;
    enum jd_status status = jd_path_id(request, &id, error);
    return status == JD_OK ? jd_layer_release(request, db, id, least, out_release, error)
                           : status;
}

enum jd_status jd_layer_member(struct jd_request *request,
        struct jd_db *db,
        const char *member,
        struct jd_release_row *out_release,
        struct jd_error *error)
{
    int64_t id = 0;
    struct jd_span text = jd_json_text(jd_json_member(request->document, member), JD_SPAN(""));
    if (!jd_id_parse(text, &id) || id == 0) {
        return jd_request_refuse(
                request, error, member, "%s is an id: 13 letters and digits", member);
    }
    request->field = member; // what a refusal is about
    enum jd_status status =
            jd_layer_release(request, db, id, JD_ROLE_EDITOR, out_release, error);
    request->field = status == JD_OK ? NULL : request->field;
    return status;
}
