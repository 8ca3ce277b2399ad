#include "base/log.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include <pty.h>

#include "base/clock.h"
#include "base/json.h"
#include "jd_test.h"

static int saved_stderr = -1;
static int read_end = -1;

/** From here on stderr is a pipe. */
static void begin_capture(void)
{
    int ends[2];
    if (pipe(ends) == 0) {
        saved_stderr = dup(STDERR_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[1]);
        read_end = ends[0];
    }
    jd_log_init("worker", JD_LOG_INFO);
}

/** What was written since; "" for nothing. */
static const char *end_capture(void)
{
    static char text[64 * 1024];
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    ssize_t len = read(read_end, text, sizeof(text) - 1);
    close(read_end);
    text[len > 0 ? len : 0] = '\0';
    return text;
}

TEST(writes_one_line_of_json)
{
    jd_clock_freeze(1772355600000);
    begin_capture();
    jd_log(JD_LOG_WARNING, "account listed", "account", "%s", "a\"b", "count", "%zu",
            (size_t)42, "took_ms", "%lld", 1LL << 40, "ratio", "%.2f", 0.5, "delta", "%d", -1,
            "limit", "%u", 7u, "note", "%d ms", 3, "event.outcome", "%s", "success", "odd",
            "%f", (double)NAN, "last", "%s", "end", NULL);
    const char *line = end_capture();
    char expected[1000];
    snprintf(expected, sizeof(expected),
            "{\"@timestamp\":\"2026-03-01T09:00:00.000Z\",\"log.level\":\"warning\","
            "\"message\":\"account listed\",\"ecs.version\":\"8.11.0\","
            "\"service.name\":\"jackdaw\",\"process.name\":\"worker\",\"process.pid\":%d,"
            "\"jackdaw.account\":\"a\\\"b\",\"jackdaw.count\":42,"
            "\"jackdaw.took_ms\":1099511627776,\"jackdaw.ratio\":0.50,\"jackdaw.delta\":-1,"
            "\"jackdaw.limit\":7,\"jackdaw.note\":\"3 ms\",\"event.outcome\":\"success\","
            "\"jackdaw.odd\":\"nan\",\"jackdaw.last\":\"end\"}\n",
            (int)getpid());
    jd_clock_freeze(0);
    CHECK_TEXT(jd_span_of(line), expected);
    struct jd_error error;
    struct jd_json *document = NULL;
    CHECK_OK(jd_json_parse(jd_span_of(line), 10000, &document, &error), error);
    jd_json_destroy(&document);
}

TEST(holds_its_level)
{
    begin_capture();
    jd_log(JD_LOG_DEBUG, "too small", NULL);
    jd_log(JD_LOG_INFO, "large enough", NULL);
    const char *text = end_capture();
    CHECK(strstr(text, "too small") == NULL);
    CHECK(strstr(text, "\"message\":\"large enough\"") != NULL);
}

/* What fails at every attempt is told once a minute; another sentence is another line. */
TEST(tells_the_same_error_once_a_minute)
{
    struct jd_error full, busy;
    const int64_t start = INT64_C(1772355600000);
    jd_error_set(&full, JD_RETRY_LATER, "the disk is full");
    jd_error_set(&busy, JD_RETRY_LATER, "the disk is busy");
    const struct {
        int64_t at_ms;
        const struct jd_error *error;
        const char *account;
        const char *text; // in the line; NULL: none is written
    } cases[] = {
        { start, &full, "a", "the disk is full" },
        { start + 1, &full, "a", NULL },
        { start + 1, &busy, "a", "the disk is busy" },
        { start + 2, &full, "b", "the disk is full" },
        { start + 59999, &full, "a", NULL },
        { start + 60000, &full, "a", "\"jackdaw.left_out\":2}" },
        { start + 60001, &full, "a", NULL },
        { start - 5000, &full, "a", "\"jackdaw.left_out\":1}" }, // the clock was set back
        { start + 55000, &full, "a", "the disk is full" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        jd_clock_freeze(cases[i].at_ms);
        begin_capture();
        jd_log_error(JD_LOG_WARNING, "not stored", cases[i].error, "account", "%s",
                cases[i].account, NULL);
        jd_log(JD_LOG_WARNING, "end", NULL);
        const char *text = end_capture();
        bool told = strstr(text, "not stored") != NULL;
        if (told != (cases[i].text != NULL) || (told && !strstr(text, cases[i].text))) {
            FAIL("case %zu: %s", i, text);
        }
    }
    jd_clock_freeze(0);
}

TEST(tells_errors)
{
    struct jd_error error;
    jd_error_set(&error, JD_RATE_LIMITED, "wait a while");
    begin_capture();
    jd_log_error(JD_LOG_ERROR, "call failed", &error, "provider", "%s", "p", NULL);
    const char *line = end_capture();
    CHECK(strstr(line, "\"error.code\":\"rate_limited\",\"error.message\":\"wait a while\","
                       "\"jackdaw.provider\":\"p\"}\n") != NULL);
}

TEST(stays_a_line_whatever_comes)
{
    static char large[5000];
    memset(large, 'x', sizeof(large) - 1);
    begin_capture();
    jd_log(JD_LOG_INFO, "event", "a", "%s", "new\nline", "b", "%s", "\xFF", "c", "%s", large,
            NULL);
    const char *line = end_capture();
    CHECK(strlen(line) < 2000); // a value is cut
    struct jd_error error;
    struct jd_json *document = NULL;
    CHECK_OK(jd_json_parse(jd_span_of(line), 10000, &document, &error), error);
    jd_json_destroy(&document);
}

TEST(is_plain_on_a_terminal)
{
    int terminal, program;
    char text[1000];
    if (openpty(&terminal, &program, NULL, NULL, NULL) != 0) {
        FAIL("no pseudo terminal");
        return;
    }
    jd_clock_freeze(1772355600000);
    int saved = dup(STDERR_FILENO);
    dup2(program, STDERR_FILENO);
    jd_log_init("worker", JD_LOG_INFO);
    jd_log(JD_LOG_WARNING, "account listed", "account", "%s", "a\n\x1B[2J", "count", "%d", 3,
            NULL);
    dup2(saved, STDERR_FILENO);
    ssize_t len = read(terminal, text, sizeof(text));
    jd_clock_freeze(0);
    CHECK_TEXT(((struct jd_span){ text, len > 0 ? (size_t)len : 0 }),
            "2026-03-01T09:00:00.000Z warning worker: account listed account=a??[2J count=3\r\n");
    close(saved);
    close(terminal);
    close(program);
}

int main(void)
{
    RUN(writes_one_line_of_json);
    RUN(holds_its_level);
    RUN(tells_the_same_error_once_a_minute);
    RUN(tells_errors);
    RUN(stays_a_line_whatever_comes);
    RUN(is_plain_on_a_terminal);
    return REPORT();
}
