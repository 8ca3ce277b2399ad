/* Jobs, for operators. */
#include "gateway/handlers.h"
#include "store/record_json.h"

static enum jd_status take_row(void *context, const struct jd_job *job)
{
    jd_job_json(context, NULL, job);
    return JD_OK;
}

enum jd_status jd_on_jobs(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t limit;
    struct jd_span state;
    enum jd_status status = jd_query_int(request, "limit", 1, 200, 50, &limit, error);
    if (status == JD_OK) {
        status = jd_query_choice(request, "state", "ready leased dead", &state, error);
    }
    if (status != JD_OK) {
        return status;
    }
    struct jd_json_writer writer = jd_answer_begin(request);
    jd_json_open_object(&writer, NULL);
    jd_json_open_array(&writer, "items");
    status = jd_jobs_list(db, state, (int)limit, take_row, &writer, error);
    jd_json_close_array(&writer);
    jd_json_close_object(&writer);
    return status == JD_OK ? jd_answer_json(request, 200, error) : status;
}

enum jd_status
jd_on_job_retry(struct jd_request *request, struct jd_db *db, struct jd_error *error)
{
    int64_t id;
    struct jd_job job;
    enum jd_status status = jd_path_id(request, &id, error);
    if (status == JD_OK) {
        // Asked first: a job that is not there is no conflict.
        status = jd_job_get(db, id, request->arena, &job, error);
    }
    if (status == JD_OK) {
        status = jd_job_revive(db, id, error);
    }
    if (status == JD_OK) {
        status = jd_job_get(db, id, request->arena, &job, error);
    }
    if (status != JD_OK) {
        return status;
    }
    struct jd_json_writer writer = jd_answer_begin(request);
    jd_job_json(&writer, NULL, &job);
    return jd_answer_json(request, 200, error);
}
