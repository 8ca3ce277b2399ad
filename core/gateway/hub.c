/* The one door to libwebsockets: holds every WebSocket. Its libev loop is used: with poll(2)
 * each wake-up looks at every connection. */
#include "gateway/hub.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include <libwebsockets.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metrics.h"
#include "base/span.h"
#include "base/thread.h"
#include "gateway/auth.h"
#include "gateway/jwt.h"
#include "gateway/problem.h"

_Static_assert(LWS_PRE <= JD_FRAME_HEADROOM, "a frame has room for its header");

#define PROTOCOL_NAME    "jackdaw"
#define READ_BYTES       4096
#define WRITE_BYTES      (64 * 1024) // 0 would follow READ_BYTES and cut events in two writes
#define WRITES_MAX       32          // of one client before the others have their turn
#define STOP_MS          1000
#define HANDSHAKE_S      5
#define PING_S           25
#define TICK_MS          1000
#define HANG_UP_S        60
#define HOST_BYTES_MAX   300
#define HELLO_BYTES_MAX  16384 // arena for reading one frame from a client
#define CLOSE_GOING_AWAY 1001
#define CLOSE_TOO_BIG    1009

enum client_state {
    CLIENT_GREETING = 0, // connected; its hello has not come
    CLIENT_JOINING,      // what it missed is being read
    CLIENT_LIVE,
    CLIENT_SLOW, // its queue is lost; gets resync when it takes again
};

/* libwebsockets keeps one for each connection, zeroed. Hub thread. */
struct client {
    struct lws *wsi;
    uint64_t id; // 0: not connected
    enum client_state state;
    int64_t user;      // whose stream; 0: system
    int64_t signed_in; // the caller, also on the system stream
    int64_t issued_ms; // its token, wall clock
    int64_t expires_ms;
    struct jd_position position; // of the stream, behind what it was sent or lost
    struct client *stream_next, *stream_before;
    struct client *next, *before; // of all clients
    int close_code;               // 0: stays open
    struct jd_buf input;          // pieces of the frame that is coming in
    struct jd_frame **queue;      // ring
    size_t queue_first, queue_count, queue_capacity, queue_bytes;
};

/* All live clients of one stream. */
struct stream {
    struct client *first;
};

struct adoption {
    struct jd_post_item item;
    int fd;
};

struct sign_out {
    struct jd_post_item item;
    int64_t user, until_ms;
};

struct jd_hub {
    struct jd_hub_options options;
    struct lws_context *context;
    pthread_t thread;
    struct jd_post adoptions, deliveries, sign_outs;
    atomic_bool stopping;
    // Hub thread alone:
    struct jd_map *streams; // by user
    struct jd_map *clients; // by id
    struct client *first;
    unsigned clients_count;
    uint64_t last_id;
    bool goodbye_said;
    lws_sorted_usec_list_t end_timer; // after goodbye: when the service ends
    lws_sorted_usec_list_t tick_timer;
    struct jd_metric *connected, *sent, *slowed;
};

static struct jd_span key_of(const void *number)
{
    return jd_span_new(number, sizeof(int64_t));
}

/* --- a client's queue --- */

static void queue_clear(struct client *client)
{
    for (; client->queue_count; client->queue_count--) {
        jd_frame_release(&client->queue[client->queue_first]);
        client->queue_first = (client->queue_first + 1) % client->queue_capacity;
    }
    client->queue_bytes = 0;
}

static void queue_grow(struct client *client)
{
    size_t capacity = client->queue_capacity ? client->queue_capacity * 2 : 8;
    struct jd_frame **queue = jd_xalloc(capacity * sizeof(struct jd_frame *));
    for (size_t i = 0; i < client->queue_count; i++) {
        queue[i] = client->queue[(client->queue_first + i) % client->queue_capacity];
    }
    free(client->queue);
    client->queue = queue;
    client->queue_first = 0;
    client->queue_capacity = capacity;
}

static void queue_put(struct client *client, struct jd_frame *frame)
{
    if (client->queue_count == client->queue_capacity) {
        queue_grow(client);
    }
    size_t end = (client->queue_first + client->queue_count++) % client->queue_capacity;
    client->queue[end] = frame;
    client->queue_bytes += frame->len;
    frame->references++;
}

static struct jd_frame *queue_take(struct client *client)
{
    struct jd_frame *frame = client->queue[client->queue_first];
    client->queue_first = (client->queue_first + 1) % client->queue_capacity;
    client->queue_count--;
    client->queue_bytes -= frame->len;
    return frame;
}

/* --- writing --- */

static void close_soon(struct client *client, int code)
{
    client->close_code = code;
    lws_callback_on_writable(client->wsi);
}

static bool write_frame(struct jd_hub *hub, struct client *client, struct jd_frame *frame)
{
    unsigned char *text = (unsigned char *)frame->bytes + JD_FRAME_HEADROOM;
    jd_metric_add(hub->sent, 1);
    return lws_write(client->wsi, text, frame->len, LWS_WRITE_TEXT) >= (int)frame->len;
}

/* Written at once where nothing waits before it: a callback for each frame would cost two
 * system calls more. */
static void send_frame(struct jd_hub *hub, struct client *client, struct jd_frame *frame)
{
    if (client->close_code) {
        return;
    }
    if (client->queue_count == 0 && !lws_partial_buffered(client->wsi)) {
        if (!write_frame(hub, client, frame)) {
            lws_set_timeout(client->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
            client->close_code = CLOSE_GOING_AWAY;
        }
        return;
    }
    if (client->queue_count >= JD_HUB_QUEUE_FRAMES_MAX ||
            client->queue_bytes + frame->len > JD_HUB_QUEUE_BYTES_MAX) {
        queue_clear(client);
        client->state = CLIENT_SLOW;
        jd_metric_add(hub->slowed, 1);
    } else {
        queue_put(client, frame);
    }
    lws_callback_on_writable(client->wsi);
}

static void send_own(struct jd_hub *hub, struct client *client, struct jd_frame *frame)
{
    send_frame(hub, client, frame);
    jd_frame_release(&frame);
}

/* The socket takes bytes again. Non-zero closes it, as libwebsockets wants it. */
static int on_writeable(struct jd_hub *hub, struct client *client)
{
    if (client->close_code) {
        lws_close_reason(client->wsi, (enum lws_close_status)client->close_code, NULL, 0);
        return -1;
    }
    for (int i = 0; i < WRITES_MAX && client->queue_count; i++) {
        if (lws_partial_buffered(client->wsi)) {
            break;
        }
        struct jd_frame *frame = queue_take(client);
        bool written = write_frame(hub, client, frame);
        jd_frame_release(&frame);
        if (!written) {
            return -1;
        }
    }
    if (client->queue_count) {
        lws_callback_on_writable(client->wsi);
    } else if (client->state == CLIENT_SLOW) {
        client->state = CLIENT_LIVE;
        send_own(hub, client, jd_frame_resync(client->position));
    }
    return 0;
}

/* --- streams --- */

static void link_to_stream(struct jd_hub *hub, struct client *client)
{
    struct stream *stream = jd_map_get(hub->streams, key_of(&client->user));
    if (!stream) {
        stream = jd_xalloc(sizeof(*stream));
        // There was none.
        (void)jd_map_set(hub->streams, key_of(&client->user), stream);
    }
    client->stream_next = stream->first;
    if (stream->first) {
        stream->first->stream_before = client;
    }
    stream->first = client;
}

static void unlink_from_stream(struct jd_hub *hub, struct client *client)
{
    struct stream *stream = jd_map_get(hub->streams, key_of(&client->user));
    if (client->stream_before) {
        client->stream_before->stream_next = client->stream_next;
    } else {
        stream->first = client->stream_next;
    }
    if (client->stream_next) {
        client->stream_next->stream_before = client->stream_before;
    }
    if (!stream->first) {
        free(jd_map_remove(hub->streams, key_of(&client->user)));
    }
}

static void give(struct jd_hub *hub, struct client *client, const struct jd_delivery *delivery)
{
    for (size_t i = 0; i < delivery->count && client->state != CLIENT_SLOW; i++) {
        send_frame(hub, client, delivery->frames[i]);
    }
    client->position = delivery->position;
}

static void deliver(struct jd_hub *hub, const struct jd_delivery *delivery)
{
    if (delivery->client) {
        struct client *client = jd_map_get(hub->clients, key_of(&delivery->client));
        if (client && client->state == CLIENT_JOINING) {
            client->state = CLIENT_LIVE;
            link_to_stream(hub, client);
            give(hub, client, delivery);
        }
        return;
    }
    struct stream *stream = jd_map_get(hub->streams, key_of(&delivery->user));
    struct client *next;
    for (struct client *client = stream ? stream->first : NULL; client; client = next) {
        next = client->stream_next;
        give(hub, client, delivery);
    }
}

/* --- what a client says --- */

static void set_timer(struct client *client, int64_t after_ms)
{
    lws_set_timer_usecs(client->wsi, (lws_usec_t)(after_ms > 0 ? after_ms : 1) * 1000);
}

static bool read_after(const struct jd_json *frame, struct jd_hub_join *join)
{
    const struct jd_json *after = jd_json_member(frame, "after");
    if (!after || jd_json_is_null(after)) {
        return true;
    }
    join->has_after = true;
    join->after.epoch = jd_json_int(jd_json_member(after, "epoch"), -1);
    join->after.seq = jd_json_int(jd_json_member(after, "seq"), -1);
    return join->after.epoch >= 0 && join->after.seq >= 0;
}

static bool is_type(const struct jd_json *frame, const char *type)
{
    return jd_span_equal(
            jd_json_text(jd_json_member(frame, "type"), JD_SPAN("")), jd_span_of(type));
}

/* 0, or the code to close with. */
static int on_hello(struct jd_hub *hub,
        struct client *client,
        const struct jd_json *frame,
        const struct jd_caller *caller)
{
    struct jd_span stream = jd_json_text(jd_json_member(frame, "stream"), JD_SPAN("user"));
    bool is_system = jd_span_equal(stream, JD_SPAN("system"));
    struct jd_hub_join join = { .client = client->id, .user = is_system ? 0 : caller->user };
    if (!read_after(frame, &join) || (!is_system && !jd_span_equal(stream, JD_SPAN("user")))) {
        return JD_HUB_CLOSE_MALFORMED;
    }
    if (is_system && caller->role != JD_ROLE_ADMIN) {
        return JD_HUB_CLOSE_UNAUTHORISED;
    }
    client->state = CLIENT_JOINING;
    client->user = join.user;
    client->signed_in = caller->user;
    hub->options.join(hub->options.context, &join);
    return 0;
}

/* One whole frame. 0, or the code to close with. */
static int on_frame(struct jd_hub *hub, struct client *client, const struct jd_json *frame)
{
    bool hello = is_type(frame, "hello");
    if (hello != (client->state == CLIENT_GREETING) || (!hello && !is_type(frame, "refresh"))) {
        return JD_HUB_CLOSE_MALFORMED;
    }
    struct jd_arena *arena = jd_arena_create(HELLO_BYTES_MAX);
    struct jd_caller caller;
    struct jd_error error;
    int64_t now_ms = jd_clock_now_ms();
    struct jd_span token = jd_json_text(jd_json_member(frame, "token"), JD_SPAN(""));
    int code = JD_HUB_CLOSE_UNAUTHORISED;
    if (jd_jwt_verify(hub->options.jwt_key, token, now_ms, arena, &caller, &error) == JD_OK &&
            hub->options.check(hub->options.context, &caller, &error) == JD_OK) {
        if (hello) {
            code = on_hello(hub, client, frame, &caller);
        } else if (caller.user == client->signed_in) {
            code = 0;
            send_own(hub, client, jd_frame_refreshed((caller.expires_ms - now_ms) / 1000));
        }
    }
    if (code == 0) {
        client->issued_ms = caller.issued_ms;
        client->expires_ms = caller.expires_ms;
        set_timer(client, caller.expires_ms - now_ms);
    }
    jd_arena_destroy(&arena);
    return code;
}

static void on_bytes(struct jd_hub *hub, struct client *client, struct jd_span bytes)
{
    jd_buf_add(&client->input, bytes);
    if (client->input.failed) {
        close_soon(client, CLOSE_TOO_BIG);
        return;
    }
    if (!lws_is_final_fragment(client->wsi) || lws_remaining_packet_payload(client->wsi)) {
        return; // more pieces of this frame will come
    }
    struct jd_json *frame = NULL;
    struct jd_error error;
    int code = JD_HUB_CLOSE_MALFORMED;
    if (jd_json_parse(jd_buf_span(&client->input), JD_HUB_INPUT_BYTES_MAX, &frame, &error) ==
            JD_OK) {
        code = on_frame(hub, client, frame);
    }
    jd_json_destroy(&frame);
    jd_buf_clear(&client->input);
    if (code) {
        close_soon(client, code);
    }
}

/* --- connections --- */

static struct jd_span
header_of(struct lws *wsi, enum lws_token_indexes token, char *buffer, size_t buffer_bytes)
{
    int len = lws_hdr_copy(wsi, buffer, (int)buffer_bytes, token);
    return jd_span_new(buffer, len > 0 ? (size_t)len : 0);
}

/* The library's timer for libev, once set, is not set to an earlier time. With one that is
 * always near, no client's own comes later than that. */
static void tick(lws_sorted_usec_list_t *timer)
{
    struct jd_hub *hub = lws_container_of(timer, struct jd_hub, tick_timer);
    lws_sul_schedule(hub->context, 0, timer, tick, TICK_MS * LWS_US_PER_MS);
}

static void on_open(struct jd_hub *hub, struct client *client, struct lws *wsi)
{
    client->wsi = wsi;
    client->id = ++hub->last_id;
    client->input = jd_buf_init(JD_HUB_INPUT_BYTES_MAX);
    client->next = hub->first;
    if (hub->first) {
        hub->first->before = client;
    }
    hub->first = client;
    hub->clients_count++;
    jd_metric_set(hub->connected, hub->clients_count);
    // There was none: ids are never used twice.
    (void)jd_map_set(hub->clients, key_of(&client->id), client);
    set_timer(client, JD_HUB_HELLO_MS);
}

/* Ends the service loop. The context may not be freed inside it: work does that. */
static void end_service(lws_sorted_usec_list_t *timer)
{
    struct jd_hub *hub = lws_container_of(timer, struct jd_hub, end_timer);
    lws_context_destroy(hub->context);
}

static void on_closed(struct jd_hub *hub, struct client *client)
{
    if (!client->id) {
        return;
    }
    // It is the one that on_open put there.
    (void)jd_map_remove(hub->clients, key_of(&client->id));
    if (client->before) {
        client->before->next = client->next;
    } else {
        hub->first = client->next;
    }
    if (client->next) {
        client->next->before = client->before;
    }
    if (client->state >= CLIENT_LIVE) {
        unlink_from_stream(hub, client);
    }
    if (client->state >= CLIENT_JOINING) {
        hub->options.leave(hub->options.context, client->user);
    }
    queue_clear(client);
    free(client->queue);
    jd_buf_finish(&client->input);
    client->id = 0;
    hub->clients_count--;
    jd_metric_set(hub->connected, hub->clients_count);
    if (hub->goodbye_said && !hub->first) {
        lws_sul_schedule(hub->context, 0, &hub->end_timer, end_service, 1);
    }
}

/* Instead of a handshake. Closes the connection, whether the answer arrives or not. */
static int answer_problem(struct lws *wsi, unsigned status, struct jd_span detail)
{
    static const char type[] = "application/problem+json";
    unsigned char head[LWS_PRE + 1024], *start = head + LWS_PRE, *at = start;
    unsigned char *end = head + sizeof(head) - 1;
    struct jd_buf text = jd_buf_init(1024);
    jd_problem_write(&text, status, detail);
    bool fits = lws_add_http_header_status(wsi, status, &at, end) == 0 &&
                lws_add_http_header_by_token(wsi, WSI_TOKEN_UPGRADE,
                        (const unsigned char *)"websocket", 9, &at, end) == 0 &&
                lws_add_http_header_by_token(wsi, WSI_TOKEN_CONNECTION,
                        (const unsigned char *)"close", 5, &at, end) == 0 &&
                lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE,
                        (const unsigned char *)type, sizeof(type) - 1, &at, end) == 0 &&
                lws_add_http_header_content_length(wsi, text.len, &at, end) == 0 &&
                lws_finalize_http_header(wsi, &at, end) == 0 && (size_t)(end - at) > text.len;
    if (fits) {
        memcpy(at, text.data, text.len);
        at += text.len;
        (void)lws_write(wsi, start, (size_t)(at - start), LWS_WRITE_HTTP_HEADERS);
    }
    jd_buf_finish(&text);
    return -1;
}

/* 0: go on with the handshake. */
static int on_handshake(const struct jd_hub *hub, struct lws *wsi)
{
    char origin[HOST_BYTES_MAX], host[HOST_BYTES_MAX];
    bool ours = lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) < HOST_BYTES_MAX &&
                jd_auth_same_origin(header_of(wsi, WSI_TOKEN_ORIGIN, origin, sizeof(origin)),
                        header_of(wsi, WSI_TOKEN_HOST, host, sizeof(host)));
    if (!ours) {
        return answer_problem(wsi, 403, JD_SPAN("only pages of this host may listen here"));
    }
    if (hub->clients_count >= hub->options.connections_max) {
        return answer_problem(wsi, 503, JD_SPAN("too many listeners: try again later"));
    }
    return 0;
}

static void on_timer(struct client *client)
{
    int64_t left_ms = client->expires_ms - jd_clock_now_ms();
    if (client->state == CLIENT_GREETING) {
        close_soon(client, JD_HUB_CLOSE_NO_HELLO);
    } else if (left_ms <= 0) {
        close_soon(client, JD_HUB_CLOSE_UNAUTHORISED);
    } else {
        set_timer(client, left_ms); // the wall clock was set back
    }
}

static void adopt_all(struct jd_hub *hub)
{
    struct jd_post_item *item = jd_post_take(&hub->adoptions);
    while (item) {
        struct adoption *adoption = (struct adoption *)item;
        item = item->next;
        if (hub->goodbye_said) {
            close(adoption->fd);
        } else if (!lws_adopt_socket(hub->context, adoption->fd)) {
            jd_log(JD_LOG_WARNING, "a websocket was refused for want of memory", NULL);
        }
        free(adoption);
    }
}

static void deliver_all(struct jd_hub *hub)
{
    struct jd_post_item *item = jd_post_take(&hub->deliveries);
    while (item) {
        struct jd_delivery *delivery = (struct jd_delivery *)item;
        item = item->next;
        deliver(hub, delivery);
        jd_delivery_destroy(&delivery);
    }
}

static void sign_out_all(struct jd_hub *hub)
{
    struct jd_post_item *item = jd_post_take(&hub->sign_outs);
    while (item) {
        struct sign_out *sign_out = (struct sign_out *)item;
        item = item->next;
        for (struct client *client = hub->first; client; client = client->next) {
            if (client->state != CLIENT_GREETING && client->signed_in == sign_out->user &&
                    client->issued_ms <= sign_out->until_ms) {
                close_soon(client, JD_HUB_CLOSE_UNAUTHORISED);
            }
        }
        free(sign_out);
    }
}

static void say_goodbye(struct jd_hub *hub)
{
    hub->goodbye_said = true;
    for (struct client *client = hub->first; client; client = client->next) {
        close_soon(client, CLOSE_GOING_AWAY);
    }
    lws_sul_schedule(hub->context, 0, &hub->end_timer, end_service,
            hub->first ? STOP_MS * LWS_US_PER_MS : 1);
}

static void on_wake(struct jd_hub *hub)
{
    adopt_all(hub);
    deliver_all(hub);
    sign_out_all(hub);
    if (atomic_load(&hub->stopping) && !hub->goodbye_said) {
        say_goodbye(hub);
    }
}

static int
on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct jd_hub *hub = lws_context_user(lws_get_context(wsi));
    struct client *client = user;
    switch (reason) {
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        on_wake(hub);
        return 0;
    case LWS_CALLBACK_HTTP:
        return answer_problem(
                wsi, 426, JD_SPAN("this path is a WebSocket: ask for an upgrade"));
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return on_handshake(hub, wsi);
    case LWS_CALLBACK_ESTABLISHED:
        on_open(hub, client, wsi);
        return 0;
    case LWS_CALLBACK_RECEIVE:
        if (!client->close_code) {
            on_bytes(hub, client, jd_span_new(in, len));
        }
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return on_writeable(hub, client);
    case LWS_CALLBACK_TIMER:
        on_timer(client);
        return 0;
    case LWS_CALLBACK_CLOSED:
        on_closed(hub, client);
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { .name = PROTOCOL_NAME,
            .callback = on_event,
            .per_session_data_size = sizeof(struct client),
            .rx_buffer_size = READ_BYTES,
            .tx_packet_size = WRITE_BYTES },
    { .name = NULL },
};

static const lws_retry_bo_t liveness = {
    .secs_since_valid_ping = PING_S,
    .secs_since_valid_hangup = HANG_UP_S,
};

/* Its lines may hold what a peer sent, so only that there was one is told. */
static void on_log_line(int level, const char *line)
{
    (void)line;
    jd_log(level == LLL_ERR ? JD_LOG_WARNING : JD_LOG_DEBUG, "the websocket library complains",
            NULL);
}

/* Signals are the role's concern, not the library's. */
static void on_signal(void *loop, int signal_number)
{
    (void)loop, (void)signal_number;
}

static void *work(void *argument)
{
    struct jd_hub *hub = argument;
    lws_sul_schedule(hub->context, 0, &hub->tick_timer, tick, TICK_MS * LWS_US_PER_MS);
    while (lws_service(hub->context, 0) >= 0 && !hub->goodbye_said) {
    }
    lws_context_destroy(hub->context);
    return NULL;
}

static void destroy(struct jd_hub *hub)
{
    hub->goodbye_said = true; // what still waits to be adopted is closed
    adopt_all(hub);
    struct jd_post_item *item = jd_post_take(&hub->deliveries);
    while (item) {
        struct jd_delivery *delivery = (struct jd_delivery *)item;
        item = item->next;
        jd_delivery_destroy(&delivery);
    }
    sign_out_all(hub); // there is no client any more
    jd_post_finish(&hub->sign_outs);
    jd_post_finish(&hub->adoptions);
    jd_post_finish(&hub->deliveries);
    jd_map_destroy(&hub->streams);
    jd_map_destroy(&hub->clients);
    free(hub);
}

enum jd_status jd_hub_start(const struct jd_hub_options *options,
        struct jd_hub **out_hub,
        struct jd_error *error)
{
    struct jd_hub *hub = jd_xalloc(sizeof(*hub));
    hub->options = *options;
    hub->streams = jd_map_create();
    hub->clients = jd_map_create();
    hub->connected = jd_metric("jackdaw_websocket_clients", NULL);
    hub->sent = jd_metric("jackdaw_websocket_frames_total", NULL);
    hub->slowed = jd_metric("jackdaw_websocket_resyncs_total", NULL);
    jd_post_init(&hub->adoptions);
    jd_post_init(&hub->deliveries);
    jd_post_init(&hub->sign_outs);
    lws_set_log_level(LLL_ERR | LLL_WARN, on_log_line);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = protocols,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .user = hub,
        .timeout_secs = HANDSHAKE_S,
        .retry_and_idle_policy = &liveness,
        .signal_cb = on_signal,
        .options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS |
                   LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME,
    };
    hub->context = lws_create_context(&info);
    enum jd_status status = JD_OK;
    if (!hub->context) {
        status = jd_error_set(error, JD_RETRY_LATER,
                "the WebSocket server does not start: is the package libwebsockets-evlib-ev installed?");
    } else {
        status = jd_thread_start(&hub->thread, "gw-hub", work, hub, error);
    }
    if (status != JD_OK) {
        if (hub->context) {
            lws_context_destroy(hub->context);
        }
        destroy(hub);
        return status;
    }
    *out_hub = hub;
    return JD_OK;
}

void jd_hub_adopt(struct jd_hub *hub, int fd)
{
    struct adoption *adoption = jd_xalloc(sizeof(*adoption));
    adoption->fd = fd;
    jd_post_put(&hub->adoptions, &adoption->item);
    lws_cancel_service(hub->context);
}

void jd_hub_deliver(struct jd_hub *hub, struct jd_delivery *delivery)
{
    jd_post_put(&hub->deliveries, &delivery->item);
    lws_cancel_service(hub->context);
}

void jd_hub_sign_out(struct jd_hub *hub, int64_t user, int64_t until_ms)
{
    struct sign_out *sign_out = jd_xalloc(sizeof(*sign_out));
    sign_out->user = user;
    sign_out->until_ms = until_ms;
    jd_post_put(&hub->sign_outs, &sign_out->item);
    lws_cancel_service(hub->context);
}

void jd_hub_stop(struct jd_hub **hub)
{
    if (!*hub) {
        return;
    }
    atomic_store(&(*hub)->stopping, true);
    lws_cancel_service((*hub)->context);
    pthread_join((*hub)->thread, NULL);
    destroy(*hub);
    *hub = NULL;
}
