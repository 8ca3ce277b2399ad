/* A compute child's answers as hostile bytes: the first byte picks which answer it is. */
#include "base/span.h"
#include "pipeline/analysis_record.h"

#define ARENA_BYTES (16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t indices[] = { 0, 1, 2 };
    union {
        struct jd_analysed_message *messages;
        struct jd_decided_message *decided;
        struct jd_loaded_release release;
        struct jd_tested_case *cases;
        struct jd_probed_attempt *attempts;
        struct jd_taught_lesson *lessons;
        struct jd_trained_model model;
    } out;
    struct jd_error error;
    uint32_t count;
    if (size == 0) {
        return 0;
    }
    struct jd_arena *arena = jd_arena_create(ARENA_BYTES);
    struct jd_span body = jd_span_new((const char *)data + 1, size - 1);
    switch (data[0] % 8) {
    case 0:
        (void)jd_parsed_decode(body, 1 + data[0] / 8 % 3, arena, &out.messages, &error);
        break;
    case 1:
        (void)jd_decided_decode(
                body, indices, 1 + data[0] / 8 % 3, arena, &out.decided, &error);
        break;
    case 2:
        (void)jd_loaded_decode(body, arena, &out.release, &error);
        break;
    case 3:
        (void)jd_tested_decode(body, arena, &out.cases, &count, &error);
        break;
    case 4:
        (void)jd_probed_decode(body, arena, &out.attempts, &count, &error);
        break;
    case 5:
        (void)jd_taught_decode(body, 1 + data[0] / 8 % 3, arena, &out.lessons, &error);
        break;
    case 6:
        (void)jd_trained_decode(body, arena, &out.model, &error);
        break;
    default:
        (void)jd_failed_decode(body, &error);
        break;
    }
    jd_arena_destroy(&arena);
    return 0;
}
