/* Accounts: where mail is read. */
#include "base/span.h"
#include "gateway/handlers.h"
#include "store/record_json.h"

#define OPTIONS_BYTES_MAX (16 * 1024)

static enum jd_status take_row(void *context, const struct jd_account *account)
{
    jd_account_json(context, NULL, account);
    return JD_OK;
}

enum jd_status
jd_on_accounts(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_json_writer writer = jd_answer_begin(request);
    jd_json_open_object(&writer, NULL);
    jd_json_open_array(&writer, "items");
    enum jd_status status =
            jd_accounts_list(db, request->caller.user, take_row, &writer, error);
    jd_json_close_array(&writer);
    jd_json_close_object(&writer);
    return status == JD_OK ? jd_answer_json(request, 200, error) : status;
}

static enum jd_status answer_account(struct jd_request *request,
        struct jd_db *db,
        int64_t id,
        unsigned http_status,
        struct jd_error *error)
{
    struct jd_account account;
    enum jd_status status =
            jd_account_get(db, request->caller.user, id, request->arena, &account, error);
    if (status != JD_OK) {
        return status;
    }
    struct jd_json_writer writer = jd_answer_begin(request);
    jd_account_json(&writer, NULL, &account);
    return jd_answer_json(request, http_status, error);
}

/* The member "options", an object of texts, as compact JSON in the arena. */
static enum jd_status
read_options(struct jd_request *request, struct jd_span *out_options, struct jd_error *error)
{
    const struct jd_json *options = jd_json_member(request->document, "options");
    if (!jd_json_is_object(options)) {
        return jd_request_refuse(request, error, "options", "options is an object of texts");
    }
    struct jd_buf text = jd_buf_init(OPTIONS_BYTES_MAX);
    struct jd_json_writer writer = jd_json_writer(&text);
    jd_json_open_object(&writer, NULL);
    const struct jd_json *option = jd_json_first(options);
    for (; option && jd_json_is_text(option); option = jd_json_next(option)) {
        const char *name = jd_arena_text(request->arena, jd_json_name(option));
        jd_json_add_text(&writer, name ? name : "", jd_json_text(option, JD_SPAN("")));
    }
    jd_json_close_object(&writer);
    enum jd_status status = JD_OK;
    if (option || text.failed) {
        status = jd_request_refuse(request, error, "options",
                "options is an object of texts, %d bytes at most", OPTIONS_BYTES_MAX);
    } else {
        *out_options = jd_arena_copy(request->arena, jd_buf_span(&text));
    }
    jd_buf_finish(&text);
    return status;
}

enum jd_status
jd_on_account_create(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_account_new account = { 0 };
    int64_t id;
    enum jd_status status = jd_body_text(request, "name", 1, 200, &account.name, error);
    if (status == JD_OK) {
        status = jd_body_text(request, "kind", 1, 64, &account.kind, error);
    }
    if (status == JD_OK) {
        status = read_options(request, &account.options, error);
    }
    if (status == JD_OK) {
        status = jd_body_text(request, "address", 0, 320, &account.address, error);
    }
    if (status == JD_OK) {
        status = jd_body_text(request, "time_zone", 0, 64, &account.time_zone, error);
    }
    if (status == JD_OK) {
        status = jd_account_create(db, request->caller.user, &account, &id, error);
    }
    return status == JD_OK ? answer_account(request, db, id, 201, error) : status;
}

enum jd_status
jd_on_account_patch(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id;
    struct jd_span address, time_zone;
    enum jd_status status = jd_path_id(request, &id, error);
    if (status == JD_OK) {
        status = jd_body_text(request, "address", 1, 320, &address, error);
    }
    if (status == JD_OK) {
        status = jd_body_text(request, "time_zone", 1, 64, &time_zone, error);
    }
    if (status == JD_OK && !address.len && !time_zone.len) {
        return jd_error_set(
                error, JD_BAD_INPUT, "nothing to change: give address or time_zone");
    }
    if (status == JD_OK) {
        status = jd_account_edit(db, request->caller.user, id, address, time_zone, error);
    }
    return status == JD_OK ? answer_account(request, db, id, 200, error) : status;
}

enum jd_status
jd_on_account_remove(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id;
    enum jd_status status = jd_path_id(request, &id, error);
    if (status == JD_OK) {
        status = jd_account_remove(db, request->caller.user, id, error);
    }
    return status == JD_OK ? answer_account(request, db, id, 202, error) : status;
}
