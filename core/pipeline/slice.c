/* Ids are decimal texts in the payload: JSON numbers do not hold 63 bits everywhere. */
#include "pipeline/slice.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/span.h"

#define PAYLOAD_BYTES_MAX (32 * 1024)

enum jd_status jd_slice_add(struct jd_db *db,
        const struct jd_account *account,
        const struct jd_slice *slice,
        int32_t priority,
        bool suspect,
        struct jd_error *error)
{
    struct jd_buf payload = jd_buf_init(PAYLOAD_BYTES_MAX);
    int64_t job = 0;
    jd_buf_format(&payload, "{\"backlog\":%s,\"items\":\"", slice->backlog ? "true" : "false");
    for (uint32_t i = 0; i < slice->count; i++) {
        jd_buf_format(&payload, "%s%lld", i ? " " : "", (long long)slice->items[i]);
    }
    jd_buf_text(&payload, "\"}");
    enum jd_status status = payload.failed
                                    ? jd_error_set(error, JD_BUG,
                                              "a slice of %u items is too long", slice->count)
                                    : jd_job_add(db, account->user_id, account->id, "analyse",
                                              jd_buf_span(&payload), priority, 0, &job, error);
    jd_buf_finish(&payload);
    return status == JD_OK && suspect ? jd_job_mark_suspect(db, job, error) : status;
}

bool jd_slice_is_backlog(const struct jd_job *job)
{
    return jd_span_starts(job->payload, JD_SPAN("{\"backlog\":true"));
}

static uint32_t read_ids(struct jd_span text, int64_t *out)
{
    struct jd_span part;
    uint32_t count = 0;
    while (count < JD_SLICE_MAX && jd_span_split(&text, ' ', &part)) {
        char number[24];
        snprintf(number, sizeof(number), "%.*s", (int)part.len, part.data);
        out[count] = strtoll(number, NULL, 10);
        count += out[count] > 0;
    }
    return count;
}

enum jd_status jd_slice_read(const struct jd_job *job,
        struct jd_arena *arena,
        struct jd_slice *out_slice,
        struct jd_error *error)
{
    struct jd_json *payload = NULL;
    enum jd_status status = jd_json_parse(job->payload, PAYLOAD_BYTES_MAX, &payload, error);
    if (status != JD_OK) {
        return status;
    }
    int64_t *items = jd_arena_zalloc(arena, JD_SLICE_MAX, sizeof(*items));
    if (items) {
        uint32_t count =
                read_ids(jd_json_text(jd_json_member(payload, "items"), JD_SPAN("")), items);
        *out_slice = (struct jd_slice){ items, count,
            jd_json_bool(jd_json_member(payload, "backlog"), false) };
    }
    jd_json_destroy(&payload);
    return items ? JD_OK : jd_error_set(error, JD_BUG, "no room for a slice");
}
