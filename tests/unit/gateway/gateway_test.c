/* A whole gateway on a real port: one request of each kind, bytes in small pieces, and the
 * end. What the answers mean is the system tests' concern; here the frame must hold, also under
 * the sanitizers. */
#include "gateway/gateway.h"

#include <netinet/tcp.h>
#include <poll.h>

#include "jd_test.h"
#include "rig.h"
#include "store/answers.h"

#define PATIENCE_MS 10000

static const char handshake[] =
        "GET /api/v1/events HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n";

static struct rig rig;
static char token[1200]; // robin's
static char answer[256 * 1024];

static int dial(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static void say(int fd, const char *text, size_t piece)
{
    for (size_t len = strlen(text), at = 0; at < len; at += piece) {
        size_t bytes = len - at < piece ? len - at : piece;
        if (send(fd, text + at, bytes, MSG_NOSIGNAL) < 0) {
            return; // the answer tells
        }
    }
}

/* Reads until the peer closes, or until `wanted` is there. */
static const char *hear(int fd, const char *wanted)
{
    size_t len = 0;
    answer[0] = '\0';
    struct pollfd readable = { .fd = fd, .events = POLLIN };
    while (len + 1 < sizeof(answer) && !(wanted && strstr(answer, wanted)) &&
            poll(&readable, 1, PATIENCE_MS) > 0) {
        ssize_t got = recv(fd, answer + len, sizeof(answer) - 1 - len, 0);
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
        answer[len] = '\0';
    }
    return answer;
}

/* One request on a connection of its own; `head` ends without the empty line. */
static const char *ask(int port, const char *head, const char *body, size_t piece)
{
    char request[8192];
    snprintf(request, sizeof(request),
            "%s\r\nHost: test\r\nConnection: close\r\nAuthorization: Bearer %s\r\n"
            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
            head, token, strlen(body), body);
    int fd = dial(port);
    say(fd, request, piece);
    hear(fd, NULL);
    close(fd);
    return answer;
}

static bool answers(const char *head, const char *body, const char *status, const char *part)
{
    ask(rig.port, head, body, 1000);
    bool good = strncmp(answer, status, strlen(status)) == 0 && strstr(answer, part);
    if (!good) {
        printf("# %s: %.400s\n", head, answer);
    }
    return good;
}

/* The text between `before` and the next quote. */
static bool cut(const char *before, char *out, size_t out_bytes)
{
    const char *start = strstr(answer, before);
    const char *end = start ? strchr(start + strlen(before), '"') : NULL;
    if (!end) {
        return false;
    }
    start += strlen(before);
    snprintf(out, out_bytes, "%.*s", (int)(end - start), start);
    return true;
}

static bool sign_in(const char *name, char *out_token)
{
    char body[200];
    snprintf(body, sizeof(body), "{\"username\":\"%s\",\"password\":\"%s\"}", name,
            RIG_PASSWORD);
    ask(rig.port, "POST /api/v1/auth/login HTTP/1.1", body, 1000);
    return cut("\"access_token\":\"", out_token, sizeof(token));
}

TEST(signs_in)
{
    CHECK(answers("POST /api/v1/auth/login HTTP/1.1",
            "{\"username\":\"robin\",\"password\":\"wrong\"}", "HTTP/1.1 401",
            "the name or the password is wrong"));
    CHECK(answers("POST /api/v1/auth/login HTTP/1.1",
            "{\"username\":\"nobody\",\"password\":\"wrong\"}", "HTTP/1.1 401",
            "the name or the password is wrong"));
    CHECK(sign_in("robin", token));
    CHECK(strstr(answer, "Set-Cookie: jackdaw_refresh_") != NULL);
    CHECK(answers("GET /api/v1/me HTTP/1.1", "", "HTTP/1.1 200", "\"robin\""));
}

/* A path of the server is read with the server's eyes: only admins may name one, and others
 * do not even learn whether it is there. */
TEST(only_admins_connect_paths)
{
    char own[sizeof(token)];
    const char *const bodies[] = {
        "{\"name\":\"x\",\"kind\":\"maildir\",\"options\":{\"path\":\"/tmp\"}}",
        "{\"name\":\"x\",\"kind\":\"eml\",\"options\":{\"path\":\"/not/there\"}}",
        "{\"name\":\"x\",\"kind\":\"mbox\",\"options\":{}}",
    };
    memcpy(own, token, sizeof(own));
    CHECK(sign_in("kim", token));
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        CHECK(answers("POST /api/v1/accounts HTTP/1.1", bodies[i], "HTTP/1.1 403",
                "reads a path of the server"));
    }
    CHECK(answers("GET /api/v1/accounts HTTP/1.1", "", "HTTP/1.1 200", "\"items\":[]"));
    memcpy(token, own, sizeof(own));
}

TEST(lists_in_pages)
{
    char target[400], cursor[200], head[500];
    int pages = 0;
    snprintf(target, sizeof(target), "/api/v1/messages?limit=8");
    do {
        snprintf(head, sizeof(head), "GET %.400s HTTP/1.1", target);
        CHECK(answers(head, "", "HTTP/1.1 200", "\"items\":["));
        pages++;
        if (!cut("\"next_cursor\":\"", cursor, sizeof(cursor))) {
            break;
        }
        snprintf(target, sizeof(target), "/api/v1/messages?limit=8&cursor=%s", cursor);
    } while (pages < 10);
    CHECK_INT(pages, 3);                                   // 20 messages
    CHECK(answers(head, "", "HTTP/1.1 200", "Subject 0")); // now from the cache
}

TEST(changes_and_undoes)
{
    char id[20], operation[20], head[100];
    CHECK(answers("GET /api/v1/messages?limit=1 HTTP/1.1", "", "HTTP/1.1 200", "Subject 19"));
    CHECK(cut("\"id\":\"", id, sizeof(id)));
    snprintf(head, sizeof(head), "PATCH /api/v1/messages/%s HTTP/1.1", id);
    CHECK(answers(head, "{\"category\":\"spam\"}", "HTTP/1.1 200", "\"corrected\":true"));
    CHECK(cut("\"operation\":\"", operation, sizeof(operation)));
    snprintf(head, sizeof(head), "PATCH /api/v1/messages/%s HTTP/1.1\r\nIf-Match: \"1\"", id);
    CHECK(answers(head, "{\"category\":\"work\"}", "HTTP/1.1 412", "changed meanwhile"));
    CHECK(answers("GET /api/v1/messages?category=spam HTTP/1.1", "", "HTTP/1.1 200", id));
    snprintf(head, sizeof(head), "POST /api/v1/undo/%s HTTP/1.1", operation);
    CHECK(answers(head, "", "HTTP/1.1 200", "\"undone\""));
    CHECK(answers(
            "GET /api/v1/messages?category=spam HTTP/1.1", "", "HTTP/1.1 200", "\"items\":[]"));
}

TEST(another_users_mail_is_not_there)
{
    char id[20], head[100], robins[sizeof(token)];
    CHECK(answers("GET /api/v1/messages?limit=1 HTTP/1.1", "", "HTTP/1.1 200", "Subject 19"));
    CHECK(cut("\"id\":\"", id, sizeof(id)));
    memcpy(robins, token, sizeof(token));
    CHECK(sign_in("kim", token));
    snprintf(head, sizeof(head), "GET /api/v1/messages/%s HTTP/1.1", id);
    CHECK(answers(head, "", "HTTP/1.1 404", "no such message"));
    snprintf(head, sizeof(head), "PATCH /api/v1/messages/%s HTTP/1.1", id);
    CHECK(answers(head, "{\"unread\":false}", "HTTP/1.1 404", "no such message"));
    CHECK(answers("GET /api/v1/messages HTTP/1.1", "", "HTTP/1.1 200", "\"items\":[]"));
    CHECK(answers("GET /api/v1/jobs HTTP/1.1", "", "HTTP/1.1 403", "only admins"));
    memcpy(token, robins, sizeof(token));
}

TEST(every_route_answers)
{
    const struct {
        const char *head, *body, *status, *part;
    } cases[] = {
        { "GET /api/v1/messages/counts HTTP/1.1", "", "HTTP/1.1 200", "\"total\":20" },
        { "GET /api/v1/messages?q=answ HTTP/1.1", "", "HTTP/1.1 200", "Subject 3" },
        { "GET /api/v1/messages?q=%21 HTTP/1.1", "", "HTTP/1.1 400", "\"field\":\"q\"" },
        { "GET /api/v1/messages/zz HTTP/1.1", "", "HTTP/1.1 404", "has this id" },
        { "GET /api/v1/tasks?state=open HTTP/1.1", "", "HTTP/1.1 200", "\"title\":\"Answer\"" },
        { "GET /api/v1/drafts HTTP/1.1", "", "HTTP/1.1 200", "\"next_cursor\":null" },
        { "GET /api/v1/operations HTTP/1.1", "", "HTTP/1.1 200", "undoable_until" },
        { "GET /api/v1/accounts HTTP/1.1", "", "HTTP/1.1 200", "\"Mail\"" },
        { "GET /api/v1/jobs HTTP/1.1", "", "HTTP/1.1 200", "\"items\":[" },
        { "GET /api/v1/events/log HTTP/1.1", "", "HTTP/1.1 200", "\"next\":\"" },
        { "GET /api/v1/events/log?after=1.1 HTTP/1.1", "", "HTTP/1.1 410", "\"position\":\"" },
        { "GET /api/v1/events/log?after=x HTTP/1.1", "", "HTTP/1.1 400",
                "\"field\":\"after\"" },
        { "GET /api/v1/events HTTP/1.1", "", "HTTP/1.1 426", "Upgrade Required" },
        { "GET /api/v1/openapi.json HTTP/1.1", "", "HTTP/1.1 200", "\"openapi\":\"3.1.0\"" },
        { "GET /health/live HTTP/1.1", "", "HTTP/1.1 200", "\"ok\"" },
        { "GET /health/ready HTTP/1.1", "", "HTTP/1.1 200", "\"queue\"" },
        { "POST /api/v1/auth/refresh HTTP/1.1", "", "HTTP/1.1 401", "nobody is signed in" },
        { "POST /api/v1/auth/link HTTP/1.1", "{\"token\":\"x\"}", "HTTP/1.1 401", "link" },
        { "POST /api/v1/auth/logout HTTP/1.1", "", "HTTP/1.1 204", "Max-Age=0" },
        { "POST /api/v1/accounts HTTP/1.1", "{\"name\":\"x\",\"kind\":\"maildir\"}",
                "HTTP/1.1 400", "\"field\":\"options\"" },
        { "POST /api/v1/undo/0000000000001 HTTP/1.1", "", "HTTP/1.1 410", "no such operation" },
        { "HEAD /health/live HTTP/1.1", "", "HTTP/1.1 200", "Content-Length: 15" },
        { "OPTIONS /api/v1/accounts HTTP/1.1", "", "HTTP/1.1 204",
                "Allow: GET, HEAD, POST, OPTIONS" },
        { "PUT /api/v1/accounts HTTP/1.1", "", "HTTP/1.1 405", "Allow: GET, HEAD, POST" },
        { "POST /inbox HTTP/1.1", "", "HTTP/1.1 405", "pages are only read" },
        { "GET /inbox HTTP/1.1", "", "HTTP/1.1 200", "not built" },
        { "GET /api/v2/messages HTTP/1.1", "", "HTTP/1.1 404", "nothing at this path" },
        { "GET /%zz HTTP/1.1", "", "HTTP/1.1 400", "path is not valid" },
        { "PATCH /api/v1/tasks/0000000000001 HTTP/1.1", "{\"state\":\"x\"}", "HTTP/1.1 400",
                "\"field\":\"state\"" },
        { "PATCH /api/v1/tasks/0000000000001 HTTP/1.1", "{}", "HTTP/1.1 400",
                "'state' is missing" },
        { "PATCH /api/v1/tasks/0000000000001 HTTP/1.1", "[1]", "HTTP/1.1 400", "JSON object" },
        { "PATCH /api/v1/tasks/0000000000001 HTTP/1.1", "{", "HTTP/1.1 400", "the body: " },
        { "GET /api/v1/me HTTP/1.1", "{}", "HTTP/1.1 400", "takes no body" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK(answers(cases[i].head, cases[i].body, cases[i].status, cases[i].part));
    }
}

TEST(releases_are_made_and_edited)
{
    char id[32], head[200];
    CHECK(answers("POST /api/v1/rules/releases HTTP/1.1", "{\"owner\":\"me\"}", "HTTP/1.1 201",
            "\"state\":\"open\""));
    CHECK(cut("\"id\":\"", id, sizeof(id)));
    snprintf(head, sizeof(head), "PUT /api/v1/rules/releases/%s/files?path=mine/a.lua HTTP/1.1",
            id);
    CHECK(answers(head, "{\"content\":\"-- one\"}", "HTTP/1.1 200", "ETag: \"2\""));
    CHECK(answers(head, "{\"content\":7}", "HTTP/1.1 400", "\"field\":\"content\""));
    snprintf(head, sizeof(head), "GET /api/v1/rules/releases/%s/diff HTTP/1.1", id);
    CHECK(answers(head, "", "HTTP/1.1 200", "@@ -0,0 +1,1 @@\\n+-- one"));
    snprintf(head, sizeof(head), "POST /api/v1/rules/releases/%s/activate HTTP/1.1", id);
    CHECK(answers(head, "{}", "HTTP/1.1 409", "not checked"));
    snprintf(head, sizeof(head), "DELETE /api/v1/rules/releases/%s HTTP/1.1", id);
    CHECK(answers(head, "", "HTTP/1.1 204", ""));
    CHECK(answers("GET /api/v1/rules/releases?owner=me HTTP/1.1", "", "HTTP/1.1 200",
            "\"items\":[]"));
}

/* A connection that has asked for a check; the question, as a worker claims it. */
static int ask_for_a_check(struct jd_job **out_question)
{
    char id[32], request[2048];
    struct jd_error error;
    uint32_t count = 0;
    int64_t job = 0;
    ask(rig.port, "POST /api/v1/rules/releases HTTP/1.1", "{\"owner\":\"me\"}", 1000);
    CHECK(cut("\"id\":\"", id, sizeof(id)));
    snprintf(request, sizeof(request),
            "POST /api/v1/rules/releases/%s/check HTTP/1.1\r\nHost: test\r\n"
            "Connection: close\r\nAuthorization: Bearer %s\r\n\r\n",
            id, token);
    int fd = dial(rig.port);
    say(fd, request, sizeof(request));
    static const struct jd_statement question = { "test.question", JD_SCOPE_SYSTEM,
        "SELECT id FROM jobs WHERE kind = 'ask' AND state = 'ready'" };
    for (int i = 0; i < PATIENCE_MS && !job; i++) {
        if (jd_db_int(rig.db, &question, 0, JD_NO_VALUES, &job, &error) != JD_OK) {
            (void)poll(NULL, 0, 1);
        }
    }
    CHECK_OK(jd_jobs_claim(rig.db, &job, 1, JD_SPAN("worker"), 60000, rig.arena, out_question,
                     &count, &error),
            error);
    CHECK_INT(count, 1);
    return fd;
}

TEST(a_request_waits_for_a_workers_answer)
{
    static const struct {
        struct jd_answer_row row;
        const char *status, *part;
    } cases[] = {
        { { JD_OK, JD_SPAN("{\"passed\":true}") }, "HTTP/1.1 200", "{\"passed\":true}" },
        { { JD_REJECTED, JD_SPAN("it was edited") }, "HTTP/1.1 409", "it was edited" },
        { { JD_GONE, JD_SPAN("it is gone") }, "HTTP/1.1 404", "it is gone" },
        { { JD_BUG, JD_SPAN("a secret") }, "HTTP/1.1 500", "the log says what" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_job *question = NULL;
        struct jd_error error;
        int fd = ask_for_a_check(&question);
        CHECK_OK(jd_answer_keep(rig.db, question, &cases[i].row, &error), error);
        hear(fd, NULL);
        CHECK(strncmp(answer, cases[i].status, strlen(cases[i].status)) == 0);
        CHECK(strstr(answer, cases[i].part) != NULL);
        close(fd);
    }
}

TEST(a_body_that_is_too_large)
{
    char head[200];
    snprintf(head, sizeof(head),
            "POST /api/v1/accounts HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n",
            256 * 1024 + 1);
    int fd = dial(rig.port);
    say(fd, head, 1000);
    CHECK(strstr(hear(fd, "at most"), "413") != NULL);
    close(fd);
}

/* A rule file may be larger than other bodies, for who is signed in. */
TEST(a_rule_file_that_is_large)
{
    static const char *const tokens[] = { "nobody", token };
    for (size_t i = 0; i < 2; i++) {
        char head[2048];
        snprintf(head, sizeof(head),
                "PUT /api/v1/rules/releases/x/files?path=a/b HTTP/1.1\r\nHost: test\r\n"
                "Connection: close\r\nAuthorization: Bearer %s\r\n"
                "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n",
                tokens[i], 300 * 1024);
        int fd = dial(rig.port);
        say(fd, head, sizeof(head));
        if (i == 1) {
            static char body[300 * 1024 + 1];
            memset(body, ' ', sizeof(body) - 1);
            say(fd, body, sizeof(body));
        }
        hear(fd, NULL);
        CHECK(strncmp(answer, i ? "HTTP/1.1 400" : "HTTP/1.1 413", 12) == 0); // it is no JSON
        close(fd);
    }
}

TEST(requests_in_small_pieces)
{
    for (size_t piece = 1; piece <= 4; piece++) {
        ask(rig.port, "GET /api/v1/events/log HTTP/1.1", "", piece);
        CHECK(strstr(answer, "200 OK") && strstr(answer, "\"epoch\""));
        ask(rig.port, "POST /api/v1/auth/link HTTP/1.1", "{\"token\":\"x\"}", piece);
        CHECK(strstr(answer, "401") != NULL);
    }
}

TEST(a_websocket_handshake_in_small_pieces)
{
    for (size_t piece = 1; piece <= 4; piece++) {
        int fd = dial(rig.port);
        say(fd, handshake, piece);
        // The answer to the key is the one of RFC 6455, 1.3.
        CHECK(strstr(hear(fd, "\r\n\r\n"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != NULL);
        close(fd);
    }
}

/* The hello of RFC 6455's masked form, with a mask of zeros. */
static void say_hello(int fd, const char *hello)
{
    size_t len = strlen(hello);
    char frame[2048] = { (char)0x81, (char)(0x80 | 126), (char)(len >> 8), (char)len };
    memcpy(frame + 8, hello, len);
    send(fd, frame, len + 8, MSG_NOSIGNAL);
}

/* A connected WebSocket that has said hello and been welcomed. rcvbuf 0: as the system likes.
 */
static int listen_to_events(int rcvbuf)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)rig.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    char hello[1400];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (rcvbuf) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
    }
    CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    say(fd, handshake, 1000);
    hear(fd, "\r\n\r\n");
    snprintf(hello, sizeof(hello), "{\"type\":\"hello\",\"token\":\"%s\"}", token);
    say_hello(fd, hello);
    CHECK(strstr(hear(fd, "}"), "\"welcome\"") != NULL);
    return fd;
}

/* Reads on, however much comes, until `wanted`; the bytes before it. */
static size_t skip_until(int fd, const char *wanted)
{
    size_t total = 0, kept = 0;
    struct pollfd readable = { .fd = fd, .events = POLLIN };
    while (poll(&readable, 1, PATIENCE_MS) > 0) {
        ssize_t got = recv(fd, answer + kept, sizeof(answer) - kept, 0);
        if (got <= 0) {
            break;
        }
        total += (size_t)got;
        kept += (size_t)got;
        if (memmem(answer, kept, wanted, strlen(wanted))) {
            return total;
        }
        size_t tail = kept < 64 ? kept : 64;
        memmove(answer, answer + kept - tail, tail);
        kept = tail;
    }
    FAIL("%s did not come", wanted);
    return total;
}

TEST(events_follow_hello)
{
    int fd = listen_to_events(0);
    rig_add_message(&rig, 100);
    CHECK(strstr(hear(fd, "]}}"), "\"messages.decided\"") != NULL);
    close(fd);
}

/* 64 MB of events: who does not read them loses them, and is told so; who reads
 * gets them all. */
TEST(a_slow_client_gets_resync_and_slows_nobody)
{
    enum {
        BATCHES = 160,
        BATCH = 50,
        BYTES = 8000
    };
    static char json[BYTES];
    struct jd_error error;
    int slow = listen_to_events(4096), fast = listen_to_events(0);
    memset(json, ' ', sizeof(json));
    json[0] = '{';
    json[BYTES - 1] = '}';
    for (int batch = 0; batch < BATCHES; batch++) {
        CHECK_OK(jd_tx_begin(rig.db, JD_TX_BULK, INT64_MAX, &error), error);
        for (int i = 1; i <= BATCH; i++) {
            jd_tx_event(rig.db, rig.admin, i < BATCH ? "test.bulk" : "test.last",
                    (struct jd_span){ json, BYTES });
        }
        CHECK_OK(jd_tx_commit(rig.db, &error), error);
        CHECK(skip_until(fast, "\"test.last\"") > (size_t)(BATCH - 2) * BYTES);
    }
    CHECK(skip_until(slow, "\"resync\"") < (size_t)BATCHES * BATCH * BYTES / 2);
    rig_add_message(&rig, 101);
    skip_until(slow, "\"messages.decided\""); // and is live again
    close(slow);
    close(fast);
}

TEST(metrics_have_a_listener_of_their_own)
{
    ask(rig.metrics_port, "GET /metrics HTTP/1.1", "", 1000);
    CHECK(strstr(answer, "jackdaw_http_requests_total{code=\"2xx\"}") != NULL);
    ask(rig.metrics_port, "GET /health/detail HTTP/1.1", "", 1000);
    CHECK(strstr(answer, "\"schema\"") != NULL);
    ask(rig.metrics_port, "GET /api/v1/me HTTP/1.1", "", 1000);
    CHECK(strncmp(answer, "HTTP/1.1 404", 12) == 0);
    CHECK(answers("GET /metrics HTTP/1.1", "", "HTTP/1.1 200", "<!doctype html>"));
}

TEST(stops_with_clients_connected)
{
    struct jd_job *question = NULL;
    int waiting = ask_for_a_check(&question);
    int idle = dial(rig.port), half = dial(rig.port), socket = dial(rig.port);
    say(half, "GET /api/v1/me HT", 1000);
    say(socket, handshake, 1000);
    hear(socket, "\r\n\r\n");
    int64_t began_ms = jd_clock_monotonic_ms();
    rig_stop(&rig);
    CHECK(jd_clock_monotonic_ms() - began_ms < JD_GATEWAY_DRAIN_MS + 5000);
    hear(socket, NULL);
    CHECK(memcmp(answer, "\x88\x02\x03\xe9", 4) == 0); // closed with 1001
    hear(waiting, NULL); // and who waits for a worker is told where the answer will be
    CHECK(strncmp(answer, "HTTP/1.1 503", 12) == 0);
    CHECK(strstr(answer, "Location: /api/v1/answers/") && strstr(answer, "\"job\":\""));
    close(waiting);
    close(idle);
    close(half);
    close(socket);
}

int main(void)
{
    rig_start(&rig, 20);
    RUN(signs_in);
    RUN(only_admins_connect_paths);
    RUN(lists_in_pages);
    RUN(changes_and_undoes);
    RUN(another_users_mail_is_not_there);
    RUN(every_route_answers);
    RUN(releases_are_made_and_edited);
    RUN(a_request_waits_for_a_workers_answer);
    RUN(a_body_that_is_too_large);
    RUN(a_rule_file_that_is_large);
    RUN(requests_in_small_pieces);
    RUN(a_websocket_handshake_in_small_pieces);
    RUN(events_follow_hello);
    RUN(a_slow_client_gets_resync_and_slows_nobody);
    RUN(metrics_have_a_listener_of_their_own);
    RUN(stops_with_clients_connected);
    return REPORT();
}
