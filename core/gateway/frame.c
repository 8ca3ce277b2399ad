/* The texts that go to WebSocket clients. */
#include "gateway/frame.h"

#include <stdlib.h>

#include "base/json.h"

#define FRAME_BYTES_MAX (1024 * 1024)

static struct jd_frame *frame_of(struct jd_buf *text)
{
    struct jd_frame *frame = jd_xalloc(sizeof(*frame) + JD_FRAME_HEADROOM + text->len);
    frame->references = 1;
    frame->len = text->len;
    memcpy(frame->bytes + JD_FRAME_HEADROOM, text->data, text->len);
    jd_buf_finish(text);
    return frame;
}

static struct jd_json_writer begin(struct jd_buf *text, const char *type)
{
    struct jd_json_writer writer = jd_json_writer(text);
    jd_json_open_object(&writer, NULL);
    jd_json_add_text(&writer, "type", jd_span_of(type));
    return writer;
}

struct jd_frame *jd_frame_event(const struct jd_event *event)
{
    struct jd_buf text = jd_buf_init(FRAME_BYTES_MAX);
    struct jd_json_writer writer = begin(&text, "event");
    jd_json_add_int(&writer, "seq", event->seq);
    jd_json_add_time(&writer, "at", event->at_ms);
    jd_json_add_text(&writer, "event", event->type);
    jd_json_add_raw(&writer, "data", event->json);
    jd_json_close_object(&writer);
    return frame_of(&text);
}

static struct jd_frame *position_frame(const char *type, struct jd_position position)
{
    struct jd_buf text = jd_buf_init(FRAME_BYTES_MAX);
    struct jd_json_writer writer = begin(&text, type);
    jd_json_add_int(&writer, "epoch", position.epoch);
    jd_json_add_int(&writer, "seq", position.seq);
    jd_json_close_object(&writer);
    return frame_of(&text);
}

struct jd_frame *jd_frame_welcome(struct jd_position position)
{
    return position_frame("welcome", position);
}

struct jd_frame *jd_frame_resync(struct jd_position position)
{
    return position_frame("resync", position);
}

struct jd_frame *jd_frame_refreshed(int64_t expires_in_s)
{
    struct jd_buf text = jd_buf_init(FRAME_BYTES_MAX);
    struct jd_json_writer writer = begin(&text, "refreshed");
    jd_json_add_int(&writer, "expires_in", expires_in_s);
    jd_json_close_object(&writer);
    return frame_of(&text);
}

void jd_frame_release(struct jd_frame **frame)
{
    if (*frame && --(*frame)->references == 0) {
        free(*frame);
    }
    *frame = NULL;
}

struct jd_delivery *jd_delivery_create(int64_t user, uint64_t client)
{
    struct jd_delivery *delivery = jd_xalloc(sizeof(*delivery));
    delivery->user = user;
    delivery->client = client;
    return delivery;
}

void jd_delivery_add(struct jd_delivery *delivery, struct jd_frame *frame)
{
    if (delivery->count == delivery->capacity) {
        delivery->capacity = delivery->capacity ? delivery->capacity * 2 : 8;
        delivery->frames =
                jd_xrealloc(delivery->frames, delivery->capacity * sizeof(struct jd_frame *));
    }
    delivery->frames[delivery->count++] = frame;
}

void jd_delivery_destroy(struct jd_delivery **delivery)
{
    if (!*delivery) {
        return;
    }
    for (size_t i = 0; i < (*delivery)->count; i++) {
        jd_frame_release(&(*delivery)->frames[i]);
    }
    free((*delivery)->frames);
    free(*delivery);
    *delivery = NULL;
}
