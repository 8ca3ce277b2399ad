/* A model's text, and a lesson's features, as hostile bytes: the first byte picks which. */
#include <math.h>
#include <stdlib.h>

#include "base/span.h"
#include "script/learner.h"

#define ARENA_BYTES (32 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const struct jd_model *model, const uint32_t *hashes, uint32_t count)
{
    const struct jd_features features = {
        .kind = jd_model_kind(model), .count = count, .hashes = (uint32_t *)hashes
    };
    struct jd_judgement judged;
    jd_model_judge(model, &features, &judged);
    if (judged.label >= jd_model_labels_count(model) ||
            !(judged.score >= 0 && judged.score <= 1)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint32_t hashes[JD_FEATURES_MAX];
    const struct jd_model *model;
    struct jd_error error;
    if (size == 0) {
        return 0;
    }
    struct jd_span bytes = jd_span_new((const char *)data + 1, size - 1);
    enum jd_features_kind kind;
    uint32_t count = 0;
    if (data[0] % 2) {
        // Only its memory is watched.
        (void)jd_features_read(bytes, &kind, hashes, &count, &error);
        return 0;
    }
    struct jd_arena *arena = jd_arena_create(ARENA_BYTES);
    if (jd_model_read(bytes, arena, &model, &error) == JD_OK) {
        static const uint32_t some[] = { 1, 8, 16, 0x1000, 0xdeadbeef };
        judge(model, some, sizeof(some) / sizeof(*some));
    }
    jd_arena_destroy(&arena);
    return 0;
}
