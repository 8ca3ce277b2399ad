/* Answers of lists, kept in the cache service. */
#include "gateway/cache.h"

#include "base/seal.h"
#include "base/span.h"

#define KEPT_MS (60 * 1000)

bool jd_list_cache_position(const struct jd_shared *shared,
        int64_t user,
        struct jd_position *out_position)
{
    char topic[JD_STREAM_TOPIC_BYTES];
    jd_stream_topic(user, topic);
    struct jd_span name = jd_span_of(topic); // "stream/" and the stream's name
    name = jd_span_sub(name, sizeof("stream/") - 1, name.len);
    return shared &&
           jd_shared_stream_get(shared, name, &out_position->epoch, &out_position->seq);
}

void jd_list_cache_key(struct jd_request *request, const struct jd_position *position)
{
    request->cache_key = jd_arena_format(request->arena, "list/%lld/%lld.%lld" JD_SPAN_FMT,
            (long long)request->caller.user, (long long)position->epoch,
            (long long)position->seq, JD_SPAN_ARG(request->target));
}

void jd_list_cache_tag(struct jd_request *request)
{
    if (request->cache_key.len == 0) {
        return;
    }
    struct jd_span tag = jd_arena_format(
            request->arena, "W/\"%llx\"", (unsigned long long)jd_hash63(request->cache_key));
    if (!tag.data) {
        return;
    }
    jd_answer_header(request, "ETag", tag.data);
    if (jd_span_equal(jd_span_trim(request->headers[JD_HEADER_IF_NONE_MATCH]), tag)) {
        jd_answer_empty(request, 304);
    }
}

bool jd_list_cache_answer(const struct jd_services *services, struct jd_request *request)
{
    if (request->cache_key.len == 0 || !services->cache.ops) {
        return false;
    }
    struct jd_buf_sink sink = jd_buf_sink(&request->out);
    struct jd_error error;
    if (services->cache.ops->get(
                services->cache.self, request->cache_key, &sink.sink, &error) != JD_OK ||
            request->out.failed) {
        jd_buf_clear(&request->out);
        return false;
    }
    request->answer.status = 200;
    request->answer.content_type = "application/json";
    request->answer.body = jd_buf_span(&request->out);
    jd_list_cache_tag(request);
    return true;
}

void jd_list_cache_keep(const struct jd_services *services, const struct jd_request *request)
{
    if (request->answer.status == 200 && request->cache_key.len && services->cache.ops) {
        struct jd_error error;
        // A cache that does not take it costs time, not data.
        (void)services->cache.ops->set(services->cache.self, request->cache_key,
                request->answer.body, KEPT_MS, &error);
    }
}
