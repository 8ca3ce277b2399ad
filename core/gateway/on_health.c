/* Probes, and the API's own page. */
#include "base/span.h"
#include "gateway/context.h"
#include "gateway/disk.h"
#include "gateway/handlers.h"
#include "store/streams.h"

enum jd_status
jd_on_openapi(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    (void)db, (void)error; // made at start
    request->answer.status = 200;
    request->answer.content_type = "application/json";
    request->answer.body = jd_buf_span(&request->gateway->openapi);
    return JD_OK;
}

enum jd_status
jd_on_health_live(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    (void)db; // alive is who answers
    struct jd_json_writer writer = jd_answer_begin(request);
    jd_json_open_object(&writer, NULL);
    jd_json_add_text(&writer, "status", JD_SPAN("ok"));
    jd_json_close_object(&writer);
    return jd_answer_json(request, 200, error);
}

struct check {
    const char *name;
    enum jd_status status;
    struct jd_error error;
};

enum {
    CHECK_SCHEMA,
    CHECK_STORAGE,
    CHECK_QUEUE,
    CHECK_DISK,
    CHECKS
};

static void
run_checks(struct jd_request *request, struct jd_db *db, struct check checks[CHECKS])
{
    static const char *const names[CHECKS] = { "schema", "storage", "queue", "disk" };
    const struct jd_services *services = request->gateway->services;
    struct jd_position position;
    int64_t ready, claimed;
    for (int i = 0; i < CHECKS; i++) {
        checks[i].name = names[i];
    }
    checks[CHECK_SCHEMA].status =
            jd_store_check_version(jd_db_store(db), &checks[CHECK_SCHEMA].error);
    // Nobody has user 1, so this asks storage itself, not the shared page.
    checks[CHECK_STORAGE].status =
            jd_stream_position(db, 1, &position, &checks[CHECK_STORAGE].error);
    checks[CHECK_QUEUE].status = services->queue.ops->depth(
            services->queue.self, &ready, &claimed, &checks[CHECK_QUEUE].error);
    checks[CHECK_DISK].status =
            jd_disk_check(request->gateway->disk, &checks[CHECK_DISK].error);
}

static enum jd_status answer_checks(struct jd_request *request,
        struct jd_db *db,
        bool with_detail,
        struct jd_error *error)
{
    struct check checks[CHECKS] = { 0 };
    run_checks(request, db, checks);
    bool good = true;
    for (int i = 0; i < CHECKS; i++) {
        good = good && checks[i].status == JD_OK;
    }
    struct jd_json_writer writer = jd_answer_begin(request);
    jd_json_open_object(&writer, NULL);
    jd_json_add_text(&writer, "status", good ? JD_SPAN("ok") : JD_SPAN("failing"));
    jd_json_open_array(&writer, "checks");
    for (int i = 0; i < CHECKS; i++) {
        jd_json_open_object(&writer, NULL);
        jd_json_add_text(&writer, "name", jd_span_of(checks[i].name));
        jd_json_add_bool(&writer, "ok", checks[i].status == JD_OK);
        if ((with_detail || i == CHECK_DISK) && checks[i].status != JD_OK) {
            jd_json_add_text(&writer, "detail", jd_span_of(checks[i].error.text));
        }
        jd_json_close_object(&writer);
    }
    jd_json_close_array(&writer);
    jd_json_close_object(&writer);
    return jd_answer_json(request, good ? 200 : 503, error);
}

/* The public one names what fails, and of the disk the cure; paths and versions are told on the
 * metrics listener. */
enum jd_status
jd_on_health_ready(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    return answer_checks(request, db, false, error);
}

enum jd_status
jd_on_health_detail(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    return answer_checks(request, db, true, error);
}
