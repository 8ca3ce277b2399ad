/* Accounts: where mail is read. */
#include "base/span.h"
#include "gateway/context.h"
#include "gateway/disk.h"
#include "gateway/handlers.h"
#include "gateway/page.h"
#include "gateway/problem.h"
#include "host/host.h"
#include "host/mail_path.h"
#include "store/record_json.h"

#define OPTIONS_BYTES_MAX (16 * 1024)

struct listing {
    struct jd_request *request;
    struct jd_json_writer writer;
};

/* A full disk keeps an account from being read on, and from saying so in storage. */
static void write_account(struct jd_request *request,
        struct jd_json_writer *writer,
        const struct jd_account *account)
{
    struct jd_account shown = *account;
    struct jd_error full;
    if (jd_disk_check(request->gateway->disk, &full) != JD_OK) {
        shown.state_text = jd_arena_format(
                request->arena, "%s; reading goes on by itself then", full.text);
    }
    jd_account_json(writer, NULL, &shown);
}

static enum jd_status take_row(void *context, const struct jd_account *account)
{
    struct listing *listing = context;
    write_account(listing->request, &listing->writer, account);
    return JD_OK;
}

enum jd_status
jd_on_accounts(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct listing listing = { request, jd_answer_begin(request) };
    jd_json_open_object(&listing.writer, NULL);
    jd_json_open_array(&listing.writer, "items");
    enum jd_status status =
            jd_accounts_list(db, request->caller.user, take_row, &listing, error);
    jd_json_close_array(&listing.writer);
    jd_json_close_object(&listing.writer);
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
    write_account(request, &writer, &account);
    return jd_answer_json(request, http_status, error);
}

static enum jd_status read_given(struct jd_request *request,
        struct jd_option_text *out_texts,
        size_t *out_count,
        struct jd_error *error)
{
    const struct jd_json *options = jd_json_member(request->document, "options");
    const struct jd_json *option = jd_json_is_object(options) ? jd_json_first(options) : NULL;
    bool fine = jd_json_is_object(options);
    for (*out_count = 0; option && fine; option = jd_json_next(option)) {
        struct jd_option_text *text = &out_texts[*out_count];
        fine = *out_count < JD_OPTIONS_MAX && jd_json_is_text(option);
        if (fine) {
            *text = (struct jd_option_text){
                .name = jd_arena_text(request->arena, jd_json_name(option)),
                .text = jd_arena_text(request->arena, jd_json_text(option, JD_SPAN(""))),
            };
            (*out_count)++;
            fine = text->name && text->text;
        }
    }
    return fine ? JD_OK
                : jd_request_refuse(request, error, "options",
                          "options is an object of at most %d texts", JD_OPTIONS_MAX);
}

/* One mail has one path, however it was written; a path that cannot be looked at is refused
 * here, where somebody reads the answer. */
static enum jd_status resolve_path(struct jd_request *request,
        const char *form,
        struct jd_option_text *option,
        struct jd_error *error)
{
    char path[PATH_MAX];
    struct jd_error reason;
    if (jd_mail_path_resolve(option->text, form, request->gateway->options.data_dir, path,
                &reason) != JD_OK) {
        return jd_request_refuse(
                request, error, "options", "%s: %s", option->name, reason.text);
    }
    option->text = jd_arena_text(request->arena, jd_span_of(path));
    return JD_OK;
}

static bool names_a_path(const struct jd_registry_service *source)
{
    for (const struct jd_option *option = source->options; option->name; option++) {
        if (option->type == JD_OPTION_PATH) {
            return true;
        }
    }
    return false;
}

static enum jd_status write_options(struct jd_request *request,
        const struct jd_option_text *options,
        size_t count,
        struct jd_span *out_json,
        struct jd_error *error)
{
    struct jd_buf text = jd_buf_init(OPTIONS_BYTES_MAX);
    struct jd_json_writer writer = jd_json_writer(&text);
    enum jd_status status = JD_OK;
    jd_json_open_object(&writer, NULL);
    for (size_t i = 0; i < count; i++) {
        jd_json_add_text(&writer, options[i].name, jd_span_of(options[i].text));
    }
    jd_json_close_object(&writer);
    if (text.failed) {
        status = jd_request_refuse(request, error, "options",
                "options is an object of texts, %d bytes at most", OPTIONS_BYTES_MAX);
    } else {
        *out_json = jd_arena_copy(request->arena, jd_buf_span(&text));
    }
    jd_buf_finish(&text);
    return status;
}

static enum jd_status find_source(struct jd_request *request,
        struct jd_span kind,
        const struct jd_registry_service **out_source,
        struct jd_error *error)
{
    enum jd_status status = jd_registry_need(request->gateway->options.registry, JD_SOURCE_1,
            jd_arena_text(request->arena, kind), out_source, error);
    if (status != JD_OK) {
        request->field = "kind";
    }
    return status;
}

/* The member "options", checked against what the source takes, as JSON in the arena. */
static enum jd_status read_options(struct jd_request *request,
        const struct jd_registry_service *source,
        struct jd_span *out_json,
        struct jd_error *error)
{
    struct jd_option_text given[JD_OPTIONS_MAX], *kept = NULL;
    struct jd_problems problems = jd_problems_init(request->arena);
    struct jd_options_place place = { 0 };
    size_t count = 0;
    enum jd_status status = read_given(request, given, &count, error);
    if (status != JD_OK) {
        return status;
    }
    jd_source_check(request->gateway->options.registry, source->name, given, count, &place,
            request->arena, &kept, &count, &problems);
    status = jd_problems_status(&problems, error);
    if (status != JD_OK) {
        request->field = "options";
    }
    for (size_t i = 0; i < count && status == JD_OK; i++) {
        const struct jd_option *option = jd_option_find(source->options, kept[i].name);
        if (option->type == JD_OPTION_PATH) {
            status = resolve_path(request, option->choices, &kept[i], error);
        }
    }
    return status == JD_OK ? write_options(request, kept, count, out_json, error) : status;
}

enum jd_status
jd_on_account_create(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    struct jd_account_new account = { 0 };
    const struct jd_registry_service *source;
    int64_t id;
    enum jd_status status = jd_body_text(request, "name", 1, 200, &account.name, error);
    if (status == JD_OK) {
        status = jd_body_text(request, "kind", 1, 64, &account.kind, error);
    }
    if (status == JD_OK) {
        status = find_source(request, account.kind, &source, error);
    }
    if (status == JD_OK && names_a_path(source) && request->caller.role < JD_ROLE_ADMIN) {
        // Before anything is looked at: who may not read the server may not ask what is there.
        return jd_problem(request, 403,
                "only admins may connect '%s': it reads a path of the server", source->name);
    }
    if (status == JD_OK) {
        status = read_options(request, source, &account.options, error);
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

static enum jd_status take_rejected(void *context, const struct jd_rejected_item *item)
{
    struct jd_page *page = context;
    jd_rejected_json(&page->writer, NULL, item);
    jd_page_count(page, item->received_ms, item->id);
    return JD_OK;
}

enum jd_status
jd_on_account_rejected(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id;
    struct jd_account account;
    struct jd_page page;
    enum jd_status status = jd_path_id(request, &id, error);
    if (status == JD_OK) {
        status = jd_account_find(db, request->caller.user, id, request->arena, &account, error);
    }
    if (status == JD_OK) {
        struct jd_span list =
                jd_arena_format(request->arena, "rejected account=%lld", (long long)id);
        status = jd_page_open(request, list, &page, error);
    }
    if (status == JD_OK) {
        status = jd_items_rejected(db, request->caller.user, id, page.cursor.keys[0],
                page.cursor.keys[1], page.limit, take_rejected, &page, error);
    }
    return status == JD_OK ? jd_page_close(&page, error) : status;
}
